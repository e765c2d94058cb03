//! The page around this one: `postMessage`, version 1, as README documents it. Reading and answering a single message is
//! `question`'s.
//!
//! Same origin, and hosts that config.json trusts, need no consent; others need the reader's, in a bar. Until then only
//! `ping` is answered. What comes while a trace is loading is done once it is there.

use std::collections::HashSet;

use leptos::prelude::*;
use leptos::task::spawn_local;
use wasm_bindgen::JsValue;
use web_sys::MessageEvent;

use super::app::{App, NotOpened, Origin, Screen};
use super::question::{OPAQUE, Question};
use super::react::effect;
use crate::base::format::count;
use crate::base::id_text;
use crate::worker::protocol::Tell;
use crate::worker::task::next_task;

/// Messages of one origin that wait for the same; further ones are refused.
const MAX_OF_ONE: usize = 32;
/// Messages of all origins that wait for the same.
const MAX_OF_ALL: usize = 128;
/// So often the reader says "not now" to an origin before it is asked about no more.
const MAX_REFUSALS: usize = 2;

const NO_TRACE: &str = "no trace is open";
const NOT_ALLOWED: &str = "the reader did not allow this page to be driven from outside";

/// Questions that wait, and hosts that have the reader's consent or do not.
#[derive(Default)]
pub struct Consent {
    /// Came before the configuration was read.
    early: Vec<Question>,
    /// For the reader's word. The first of the origin that is asked about is the one asked for.
    waiting: Vec<Question>,
    /// Came while a trace was loading.
    behind: Vec<Question>,
    given: HashSet<String>,
    /// An origin as often as the reader refused it.
    refused: Vec<String>,
}

/// Starts to listen.
pub fn listen(app: App) {
    let handle = window_event_listener(leptos::ev::message, move |event: MessageEvent| {
        if let Some(question) = Question::of(&event) {
            hear(app, question);
        }
    });
    on_cleanup(move || handle.remove());
    effect(move || {
        if app.loading.with(Option::is_none) {
            untrack(|| take(app, |consent| &mut consent.behind).into_iter().for_each(|question| act(app, question)));
        }
    });
}

type Queue = fn(&mut Consent) -> &mut Vec<Question>;

fn take(app: App, queue: Queue) -> Vec<Question> {
    app.held.try_update_value(|held| core::mem::take(queue(&mut held.consent))).unwrap_or_default()
}

/// Lets a question wait, or refuses it where too many do: a page that floods this one fills no memory, and keeps no other from being heard.
fn wait(app: App, queue: Queue, question: Question) {
    app.held.update_value(|held| {
        let waiting = queue(&mut held.consent);
        let of_it = waiting.iter().filter(|other| other.origin == question.origin).count();
        if of_it >= MAX_OF_ONE || waiting.len() >= MAX_OF_ALL {
            question.refuse(&format!(
                "too many messages wait already, {MAX_OF_ONE} of one origin at most; this one was not kept"
            ));
        } else {
            waiting.push(question);
        }
    });
}

impl App {
    /// The configuration is read: what was asked before is heard now.
    pub fn hear_early(self) {
        self.config_read.set(true);
        take(self, |consent| &mut consent.early).into_iter().for_each(|question| hear(self, question));
    }

    /// What the reader says to the page around this one.
    pub fn decide_host(self, allowed: bool) {
        let Some(origin) = self.asking_host.get_untracked() else { return };
        self.asking_host.set(None);
        let asked = self.held.try_update_value(|held| {
            let consent = &mut held.consent;
            match allowed {
                // An opaque origin is nobody's name: it is asked each time.
                true if origin == OPAQUE => {}
                true => {
                    consent.given.insert(origin.clone());
                }
                false => consent.refused.push(origin.clone()),
            }
            let first = consent.waiting.iter().find(|question| question.origin == origin).cloned();
            let is_meant = |question: &Question| first.as_ref().is_some_and(|first| question.is_of_one_host(first));
            let (asked, others) = consent.waiting.drain(..).partition(is_meant);
            consent.waiting = others;
            asked
        });
        let asked: Vec<Question> = asked.unwrap_or_default();
        for question in asked {
            if allowed {
                act(self, question);
            } else {
                question.refuse(NOT_ALLOWED);
            }
        }
        let next = self.held.with_value(|held| held.consent.waiting.first().map(|question| question.origin.clone()));
        self.asking_host.set(next);
    }
}

fn hear(app: App, question: Question) {
    if question.kind == "ping" {
        question.answer("pong", &[("version", JsValue::from_str(env!("CARGO_PKG_VERSION")))]);
        return;
    }
    // Whom config.json trusts is known once it is read.
    if !app.config_read.get_untracked() {
        wait(app, |consent| &mut consent.early, question);
        return;
    }
    let own = web_sys::window().and_then(|window| window.location().origin().ok()).unwrap_or_default();
    // An opaque origin is nobody's own: a page that was opened as a file knows itself by its window.
    let trusted = (question.origin == own && own != OPAQUE)
        || ((own == OPAQUE || own.starts_with("file:")) && question.is_own())
        || app.config.with_untracked(|config| config.trusts_host(&question.origin))
        || app.held.with_value(|held| held.consent.given.contains(&question.origin));
    if trusted {
        act(app, question);
        return;
    }
    let refusals =
        app.held.with_value(|held| held.consent.refused.iter().filter(|origin| **origin == question.origin).count());
    if refusals >= MAX_REFUSALS {
        question.refuse(NOT_ALLOWED);
        return;
    }
    let origin = question.origin.clone();
    wait(app, |consent| &mut consent.waiting, question);
    // One question at a time: another host's does not slip under the reader's pointer.
    if app.asking_host.with_untracked(Option::is_none) {
        app.asking_host.set(Some(origin));
    }
}

fn act(app: App, question: Question) {
    if let Some(why) = question.unknown_key() {
        return question.refuse(&why);
    }
    let is_loading = app.loading.with_untracked(Option::is_some);
    match question.kind.as_str() {
        "open" => {
            if let Err(why) = open(app, &question) {
                question.refuse(&why);
            }
        }
        "show" | "report" if is_loading => wait(app, |consent| &mut consent.behind, question),
        "show" => match app.show(&question.given()) {
            // The page is as asked once what follows these values has run.
            Ok(()) => spawn_local(async move {
                next_task().await;
                question.answer("shown", &[]);
            }),
            Err(why) => question.refuse(&why),
        },
        "report" if app.screen.get_untracked() != Screen::Trace => question.refuse(NO_TRACE),
        "report" => spawn_local(async move {
            match app.report().await.map(|answer| answer.tell) {
                Some(Tell::Report { json, .. }) => match js_sys::JSON::parse(&json) {
                    Ok(report) => question.answer("report", &[("report", report)]),
                    Err(_) => question.refuse("the report could not be written"),
                },
                _ => question.refuse(NO_TRACE),
            }
        }),
        other => question.refuse(&format!("unknown type `{other}`; there are ping, open, show and report")),
    }
}

fn open(app: App, question: &Question) -> Result<(), String> {
    let name = question.text("name")?.unwrap_or_else(|| "trace".to_owned());
    let trace = match question.text("trace")? {
        Some(id) => Some(id_text::trace_id(&id).ok_or("`trace` must be the 32 hex digits of a trace id")?),
        None => None,
    };
    let blob = question.blob()?;
    let asked = question.clone();
    let on_opened = move |opened: Result<(), NotOpened>| match (opened, app.outline.get_untracked()) {
        (Ok(()), Some(outline)) => asked.answer(
            "opened",
            &[
                ("trace_id", JsValue::from_str(&outline.headline.trace_id)),
                ("span_count", JsValue::from_f64(outline.len() as f64)),
            ],
        ),
        (Ok(()), None) => {
            let many = app.traces.with_untracked(|traces| traces.len());
            asked.refuse(&format!("the data holds {} traces; name one as `trace`", count(many as u64)));
        }
        (Err(why), _) => asked.refuse_with(&why.message, why.detail.as_ref()),
    };
    app.open_bytes(&name.clone(), blob, Origin::Host(name), trace.map(|id| id.to_string()));
    // Reading has begun, and whoever waited before was told; this one waits now.
    match app.loading.with_untracked(Option::is_some) {
        true => app.held.update_value(|held| held.on_opened = Some(Box::new(on_opened))),
        false => on_opened(Err("the reader's worker did not start".into())),
    }
    Ok(())
}
