//! Searching: what was asked, what came, and how the list of it is looked at.

use std::collections::HashSet;
use std::sync::Arc;

use leptos::prelude::*;
use leptos::task::spawn_local;

use super::backend::{NoAnswer, ask, unread};
use super::history;
use super::view::Tab;
use crate::base::{SpanId, TraceId};
use crate::query::metrics::makes_metrics;
use crate::source::failure::Failure;
use crate::source::search::{Found, LONGEST_RANGE_S, MOST_TRACES, Search};
use crate::source::tempo::Bounds;
use crate::state::app::App;

/// Traces of a first search, as Tempo's own default.
const FIRST_LIMIT: u32 = 20;
/// How many times more "load more" asks for.
const MORE: u32 = 5;
const SPANS_PER_SET: u32 = 3;

/// A search that was put.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Asked {
    pub query: String,
    pub bounds: Bounds,
    pub limit: u32,
}

impl Asked {
    /// Whether the range is so short that the day of a trace says nothing.
    pub fn is_one_day(&self) -> bool {
        self.bounds.seconds() <= 86_400
    }
}

/// What came of a search.
#[derive(Clone, PartialEq, Debug)]
pub struct Results {
    pub asked: Asked,
    pub found: Found,
    /// More may match than came.
    pub is_cut: bool,
}

/// What the list is sorted by.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Column {
    Start,
    Root,
    Duration,
    Spans,
    Errors,
    Matched,
}

#[derive(Clone, Copy)]
pub struct ResultsView {
    /// The column, and whether the largest comes first.
    pub sort: RwSignal<(Column, bool)>,
    /// In px.
    pub scroll: RwSignal<f64>,
    /// The row that has the keyboard.
    pub cursor: RwSignal<usize>,
    /// The trace that the pointer is on, in the table or in a chart.
    pub hot: RwSignal<Option<TraceId>>,
    /// Traces whose spans are shown.
    pub unfolded: RwSignal<HashSet<TraceId>>,
}

impl ResultsView {
    pub fn new() -> Self {
        ResultsView {
            sort: RwSignal::new((Column::Start, true)),
            scroll: RwSignal::new(0.0),
            cursor: RwSignal::new(0),
            hot: RwSignal::new(None),
            unfolded: RwSignal::default(),
        }
    }
}

impl Default for ResultsView {
    fn default() -> Self {
        Self::new()
    }
}

impl App {
    /// Searches for what the editor says.
    pub fn run_query(self) {
        self.search_for(self.written());
        self.note_address(true);
    }

    /// What the editor says; nothing is everything.
    fn written(self) -> String {
        let query = self.explore.editor.text.get_untracked();
        if query.trim().is_empty() { "{ }".to_owned() } else { query }
    }

    /// A search from the start, without a word to the history.
    pub(super) fn search_for(self, query: String) {
        self.explore.results.scroll.set(0.0);
        self.explore.results.cursor.set(0);
        self.search(query, FIRST_LIMIT, None);
    }

    /// Searches for something that another part of the page asks.
    pub fn run(self, query: String) {
        self.explore.editor.set_text(query);
        self.explore.tab.set(Tab::Traces);
        self.run_query();
    }

    /// Puts the last search again, in the range as it is now.
    pub fn search_again(self) {
        match self.explore.asked.get_untracked() {
            Some(Asked { query, limit, .. }) => self.search(query, limit, None),
            None => self.search_for(self.written()),
        }
    }

    /// The same search with a larger limit. What is there stays, what is new is added.
    pub fn load_more(self) {
        if let Some(results) = self.explore.found.value.get_untracked() {
            let Asked { query, limit, .. } = results.asked.clone();
            self.search(query, limit.saturating_mul(MORE).min(MOST_TRACES), Some(results));
        }
    }

    /// A trace out of the results, at the span that matched.
    pub fn open_found(self, trace: TraceId, span: Option<SpanId>) {
        self.explore.results.hot.set(None);
        self.forget_view();
        self.explore.opened_from.set_value(true);
        self.url.update(|url| url.span = span);
        self.open_trace(&trace.to_string());
    }

    /// Searches; what is found is added to what was found `before`, if that is given.
    fn search(self, query: String, limit: u32, before: Option<Arc<Results>>) {
        let explore = self.explore;
        let Some(asking) = explore.found.begin() else { return };
        let Some(tempo) = self.explored() else { return asking.end(Err(self.no_source())) };
        let bounds = match explore.bounds() {
            Ok(bounds) => bounds,
            Err(what) => return asking.end(Err(Failure { title: "Not asked".to_owned(), what, ..Failure::default() })),
        };
        let is_other = explore.asked.with_untracked(|asked| asked.as_ref().is_none_or(|asked| asked.query != query));
        explore.asked.set(Some(Asked { query: query.clone(), bounds, limit }));
        explore.editor.said.set(None);
        if is_other {
            explore.compare.clear();
        }
        if bounds.seconds() > LONGEST_RANGE_S {
            let what = "Tempo searches at most 168 h at once. Choose a shorter range.".to_owned();
            return asking.end(Err(Failure { title: "Not asked".to_owned(), what, ..Failure::default() }));
        }
        if makes_metrics(&query) {
            let what = "This query makes metrics: Tempo's search would answer as if the function after the pipe were not there.".to_owned();
            let advice = vec!["Take the function away to search for the traces behind it.".to_owned()];
            return asking.end(Err(Failure { title: "Not a search".to_owned(), what, advice, ..Failure::default() }));
        }
        history::remember(&query);
        if before.is_none() {
            self.ask_red(&query, bounds);
        }
        let request = tempo.search(&Search { query: query.clone(), bounds, limit, spans_per_set: SPANS_PER_SET });
        let asked = Asked { query: query.clone(), bounds, limit };
        spawn_local(async move {
            let answer = ask(&tempo.backend, &request, &asking.signal, &|words| asking.wait(words)).await;
            let outcome = match answer {
                Err(NoAnswer::Aborted) => return,
                Err(NoAnswer::Failed(failure) | NoAnswer::Refused(failure)) => {
                    if asking.is_newest() {
                        explore.editor.refused(&query, &failure);
                    }
                    Err(*failure)
                }
                Ok(body) => Found::read(&body).map_err(|words| unread(&tempo.backend, words)),
            };
            asking.end(outcome.map(|mut found| {
                let is_cut = found.is_cut(limit);
                found.keep_asked(limit);
                let found = match before {
                    Some(before) => {
                        let mut all = before.found.clone();
                        all.merge(found);
                        all
                    }
                    None => found,
                };
                Results { asked, found, is_cut }
            }));
        });
    }
}
