//! Looking for the other half of a broken trace: what the worker says to look for as TraceQL, asked of the source only when the reader
//! wants it, and what came of it.

use leptos::prelude::*;
use leptos::task::spawn_local;

use super::app::App;
use super::explore::backend::{NoAnswer, ask};
use crate::analysis::other_half::{Clues, Said, Sought};
use crate::query::write;
use crate::source::failure::Failure;
use crate::source::fetch::AbortOnDrop;
use crate::source::search::{Found, FoundTrace, Search};
use crate::source::tempo::Bounds;
use crate::worker::protocol::{Ask, Tell};

/// Of each question.
const LIMIT: u32 = 20;
const NS_PER_S: u64 = 1_000_000_000;

/// A question that may find the other half.
#[derive(Clone, PartialEq, Debug)]
pub struct Question {
    /// `the same order.id`.
    pub words: String,
    pub traceql: String,
}

/// What would be asked, and where.
#[derive(Clone, PartialEq, Debug)]
pub struct Plan {
    pub source: String,
    pub questions: Vec<Question>,
    pub bounds: Bounds,
}

/// A trace that may be the other half, and by which questions.
#[derive(Clone, PartialEq, Debug)]
pub struct Candidate {
    pub trace: FoundTrace,
    pub by: Vec<String>,
}

/// How far the search is.
#[derive(Clone, PartialEq, Debug, Default)]
pub enum Sides {
    #[default]
    NotAsked,
    Asking,
    Failed(Box<Failure>),
    /// Those that most questions found first.
    Found(Vec<Candidate>),
}

/// A search under way, given up when what shows it goes.
#[derive(Clone, Copy)]
pub struct Looking {
    pub sides: RwSignal<Sides>,
    request: StoredValue<Option<AbortOnDrop>, LocalStorage>,
}

impl Looking {
    pub fn new() -> Self {
        Looking { sides: RwSignal::new(Sides::NotAsked), request: StoredValue::new_local(None) }
    }
}

impl Default for Looking {
    fn default() -> Self {
        Self::new()
    }
}

impl App {
    /// Whether there is a source to ask.
    pub fn can_look_for_other_half(self) -> bool {
        self.origin.track();
        self.config.track();
        untrack(|| self.tempo_at_hand()).is_some()
    }

    /// What would be asked for a span; nothing is sent yet.
    pub fn plan_other_half(self, span: u32, plan: RwSignal<Option<Plan>>) {
        let Some(tempo) = self.tempo_at_hand() else { return };
        spawn_local(async move {
            let answer = self.ask(|id| Ask::OtherHalf { id, span }).await;
            if let Some(Tell::OtherHalf { clues: Some(clues), .. }) = answer.map(|answer| answer.tell) {
                plan.set(Some(plan_of(tempo.backend.name.clone(), *clues)));
            }
        });
    }

    /// Asks, one question after the other.
    pub fn look_for_other_half(self, plan: Plan, looking: Looking) {
        let sides = looking.sides;
        let (Some(tempo), Some(abort)) = (self.tempo_at_hand(), AbortOnDrop::new()) else { return };
        let own =
            self.outline.with_untracked(|outline| outline.as_ref().map(|outline| outline.headline.trace_id.clone()));
        let signal = abort.signal();
        sides.set(Sides::Asking);
        looking.request.set_value(Some(abort));
        spawn_local(async move {
            let mut found: Vec<Candidate> = Vec::new();
            for question in &plan.questions {
                let search =
                    Search { query: question.traceql.clone(), bounds: plan.bounds, limit: LIMIT, spans_per_set: 1 };
                let answer = ask(&tempo.backend, &tempo.search(&search), &signal, &|_| {}).await;
                let traces = match answer {
                    Ok(body) => {
                        let mut found = Found::read(&body).unwrap_or_default();
                        found.keep_asked(LIMIT);
                        found.traces
                    }
                    // A source that does not know a field of a question may still know the next one's.
                    Err(NoAnswer::Refused(_)) => Vec::new(),
                    Err(NoAnswer::Aborted) => return,
                    Err(NoAnswer::Failed(failure)) => {
                        sides.try_set(Sides::Failed(failure));
                        return;
                    }
                };
                for trace in traces.into_iter().filter(|trace| Some(trace.id.to_string()) != own) {
                    match found.iter_mut().find(|known| known.trace.id == trace.id) {
                        Some(known) => known.by.push(question.words.clone()),
                        None => found.push(Candidate { trace, by: vec![question.words.clone()] }),
                    }
                }
            }
            found.sort_by_key(|candidate| (core::cmp::Reverse(candidate.by.len()), candidate.trace.start_unix_nano));
            sides.try_set(Sides::Found(found));
        });
    }
}

fn plan_of(source: String, clues: Clues) -> Plan {
    let questions = clues.clues.into_iter().map(|clue| Question { words: clue.words, traceql: traceql(&clue.sought) });
    let bounds = Bounds { start_s: (clues.start_unix_nano / NS_PER_S), end_s: (clues.end_unix_nano / NS_PER_S + 1) };
    Plan { source, questions: questions.collect(), bounds }
}

fn traceql(sought: &Sought) -> String {
    match sought {
        Sought::LinkTo(span) => write::spanset(&format!("link:spanID = {}", write::text(span))),
        Sought::Span(span) => write::spanset(&format!("span:id = {}", write::text(span))),
        Sought::Same { kind, said } => {
            let kind = kind.map(|kind| format!("kind = {}", kind.name().to_lowercase()));
            let said = said.iter().map(|(key, said)| {
                let value = match said {
                    Said::Text(text) => write::text(text),
                    Said::Number(number) => number.to_string(),
                };
                format!("{} = {value}", write::attribute("span", key))
            });
            write::spanset(&write::all(kind.into_iter().chain(said)))
        }
    }
}
