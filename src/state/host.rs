//! The page around this one: `postMessage`, version 1, as README documents it.
//!
//! Same origin, and hosts that config.json trusts, need no consent; others need the reader's, in a bar. Until then only
//! `ping` is answered.

use std::collections::HashSet;

use js_sys::{Array, ArrayBuffer, Object, Reflect};
use leptos::prelude::*;
use leptos::task::spawn_local;
use wasm_bindgen::prelude::*;
use web_sys::{Blob, MessageEvent};

use super::app::{App, Origin};
use crate::worker::protocol::Tell;

/// A question from a host, and where its answer goes.
#[derive(Clone)]
pub struct Question {
    kind: String,
    data: JsValue,
    id: JsValue,
    origin: String,
    from: JsValue,
}

/// Types and keys of answers: a page may post to itself, and must not answer its own answers.
const ANSWERS: [&str; 5] = ["pong", "opened", "shown", "report", "error"];

fn get(object: &JsValue, key: &str) -> JsValue {
    Reflect::get(object, &JsValue::from_str(key)).unwrap_or(JsValue::UNDEFINED)
}

impl Question {
    /// A message of the protocol that asks; `None` for everything else.
    fn of(event: &MessageEvent) -> Option<Self> {
        let data = event.data();
        if !data.is_object() || get(&data, "spanloom").as_f64() != Some(1.0) {
            return None;
        }
        let kind = get(&data, "type").as_string()?;
        let carries = |key: &str| !get(&data, key).is_undefined();
        let is_answer = ["version", "trace_id", "message"].into_iter().any(carries)
            || carries("report")
            || (ANSWERS.contains(&kind.as_str()) && kind != "report");
        if is_answer {
            return None;
        }
        let from = get(event, "source");
        Some(Question { kind, id: get(&data, "id"), origin: event.origin(), from, data })
    }

    fn answer(&self, kind: &str, parts: &[(&str, JsValue)]) {
        let answer = Object::new();
        let set = |key: &str, value: &JsValue| {
            let _ = Reflect::set(&answer, &JsValue::from_str(key), value);
        };
        set("spanloom", &JsValue::from_f64(1.0));
        set("id", &self.id);
        set("type", &JsValue::from_str(kind));
        for (key, value) in parts {
            set(key, value);
        }
        // An opaque origin cannot be named as a target; what it gets, the reader has allowed.
        let target = if self.origin == "null" { "*" } else { self.origin.as_str() };
        let post = get(&self.from, "postMessage").dyn_into::<js_sys::Function>();
        if let Ok(post) = post {
            let _ = post.call2(&self.from, &answer, &JsValue::from_str(target));
        }
    }

    fn refuse(&self, message: &str) {
        self.answer("error", &[("message", JsValue::from_str(message))]);
    }
}

/// Questions that wait for the reader's consent, and hosts that have it.
#[derive(Default)]
pub struct Consent {
    /// Came before the configuration was read.
    early: Vec<Question>,
    waiting: Vec<Question>,
    given: HashSet<String>,
}

/// Starts to listen.
pub fn listen(app: App) {
    let handle = window_event_listener(leptos::ev::message, move |event: MessageEvent| {
        if let Some(question) = Question::of(&event) {
            hear(app, question);
        }
    });
    on_cleanup(move || handle.remove());
}

impl App {
    /// The configuration is read: what was asked before is heard now.
    pub fn hear_early(self) {
        self.config_read.set(true);
        let early = self.held.try_update_value(|held| core::mem::take(&mut held.consent.early)).unwrap_or_default();
        early.into_iter().for_each(|question| hear(self, question));
    }

    /// What the reader says to the page around this one.
    pub fn decide_host(self, allowed: bool) {
        let Some(origin) = self.asking_host.get_untracked() else { return };
        self.asking_host.set(None);
        let asked = self.held.try_update_value(|held| {
            // An opaque origin is nobody's name: it is asked each time.
            if allowed && origin != "null" {
                held.consent.given.insert(origin.clone());
            }
            let (asked, others) = held.consent.waiting.drain(..).partition(|question| question.origin == origin);
            held.consent.waiting = others;
            asked
        });
        let asked: Vec<Question> = asked.unwrap_or_default();
        for question in asked {
            if allowed {
                act(self, question);
            } else {
                question.refuse("the reader did not allow this page to be driven from outside");
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
        app.held.update_value(|held| held.consent.early.push(question));
        return;
    }
    let window = web_sys::window();
    let own = window.as_ref().and_then(|window| window.location().origin().ok()).unwrap_or_default();
    // An opaque origin is nobody's own: a page that was opened as a file knows itself by its window.
    let trusted = (question.origin == own && own != "null")
        || window.is_some_and(|window| question.from == JsValue::from(window))
        || app.config.with_untracked(|config| config.trusts_host(&question.origin))
        || app.held.with_value(|held| held.consent.given.contains(&question.origin));
    if trusted {
        act(app, question);
        return;
    }
    // One question at a time: another host's does not slip under the reader's pointer.
    if app.asking_host.with_untracked(Option::is_none) {
        app.asking_host.set(Some(question.origin.clone()));
    }
    app.held.update_value(|held| held.consent.waiting.push(question));
}

fn act(app: App, question: Question) {
    match question.kind.as_str() {
        "open" => open(app, question),
        "report" => spawn_local(async move {
            match app.report().await.map(|answer| answer.tell) {
                Some(Tell::Report { json, .. }) => match js_sys::JSON::parse(&json) {
                    Ok(report) => question.answer("report", &[("report", report)]),
                    Err(_) => question.refuse("the report could not be written"),
                },
                _ => question.refuse("no trace is open"),
            }
        }),
        "show" => match app.show(&shown(&question.data)) {
            Ok(()) => question.answer("shown", &[]),
            Err(why) => question.refuse(&why),
        },
        other => question.refuse(&format!("unknown type `{other}`; there are ping, open, show and report")),
    }
}

/// What `show` asks for, in the words of the address bar.
fn shown(data: &JsValue) -> Vec<(&'static str, String)> {
    ["span", "t0", "t1", "view", "find"]
        .into_iter()
        .filter_map(|key| {
            let value = get(data, key);
            let text = value.as_string().or_else(|| value.as_f64().map(|number| number.to_string()))?;
            Some((key, text))
        })
        .collect()
}

fn open(app: App, question: Question) {
    let name = get(&question.data, "name").as_string().unwrap_or_else(|| "trace".to_owned());
    let data = get(&question.data, "data");
    let parts = Array::new();
    let blob = if data.is_string() {
        parts.push(&data);
        Blob::new_with_str_sequence(&parts).ok()
    } else if data.is_instance_of::<ArrayBuffer>() {
        parts.push(&data);
        Blob::new_with_buffer_source_sequence(&parts).ok()
    } else {
        None
    };
    let Some(blob) = blob else {
        question.refuse("`data` must be an ArrayBuffer or a string");
        return;
    };
    let trace = get(&question.data, "trace").as_string();
    let on_opened = move |opened: Result<(), String>| match (opened, app.outline.get_untracked()) {
        (Ok(()), Some(outline)) => question.answer(
            "opened",
            &[
                ("trace_id", JsValue::from_str(&outline.headline.trace_id)),
                ("span_count", JsValue::from_f64(outline.len() as f64)),
            ],
        ),
        (Ok(()), None) => question.refuse("the data holds several traces; name one as `trace`"),
        (Err(why), _) => question.refuse(&why),
    };
    app.open_bytes(&name.clone(), blob, Origin::Host(name), trace);
    // Reading has begun, and whoever waited before was told; this one waits now.
    match app.loading.with_untracked(Option::is_some) {
        true => app.held.update_value(|held| held.on_opened = Some(Box::new(on_opened))),
        false => on_opened(Err("the reader's worker did not start".to_owned())),
    }
}
