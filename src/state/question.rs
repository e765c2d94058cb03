//! A message of a host page, version 1: reading its values and answering to where it came from. What it is answered, and
//! whether at all, is `host`'s.

use js_sys::{Array, ArrayBuffer, Object, Reflect};
use wasm_bindgen::prelude::*;
use web_sys::{Blob, MessageEvent};

use super::show::{self, Given};
use crate::decode::explain::Detail;

/// A question from a host, and where its answer goes.
#[derive(Clone)]
pub struct Question {
    pub kind: String,
    pub origin: String,
    data: JsValue,
    id: JsValue,
    from: JsValue,
}

/// An origin that is nobody's name: a sandboxed frame, a page from disk.
pub const OPAQUE: &str = "null";

/// Types and keys of answers: a page may post to itself, and must not answer its own answers.
const ANSWERS: [&str; 5] = ["pong", "opened", "shown", "report", "error"];

const NOT_READABLE: &str = "`data` must be text, an ArrayBuffer, a typed array or a Blob; JSON is sent as text";

fn get(object: &JsValue, key: &str) -> JsValue {
    Reflect::get(object, &JsValue::from_str(key)).unwrap_or(JsValue::UNDEFINED)
}

impl Question {
    /// Whether this very page asks itself.
    pub fn is_own(&self) -> bool {
        web_sys::window().is_some_and(|window| self.from == JsValue::from(window))
    }

    /// A message of the protocol that asks; `None` for everything else.
    pub fn of(event: &MessageEvent) -> Option<Self> {
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

    pub fn answer(&self, kind: &str, parts: &[(&str, JsValue)]) {
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
        let target = if self.origin == OPAQUE { "*" } else { self.origin.as_str() };
        let post = get(&self.from, "postMessage").dyn_into::<js_sys::Function>();
        if let Ok(post) = post {
            let _ = post.call2(&self.from, &answer, &JsValue::from_str(target));
        }
    }

    pub fn refuse(&self, message: &str) {
        self.answer("error", &[("message", JsValue::from_str(message))]);
    }

    /// The same with what is wrong with the file, as `detail`.
    pub fn refuse_with(&self, message: &str, detail: Option<&Detail>) {
        let detail = detail
            .and_then(|detail| serde_json::to_string(detail).ok())
            .and_then(|json| js_sys::JSON::parse(&json).ok())
            .map(|detail| ("detail", detail));
        let parts: Vec<_> = [("message", JsValue::from_str(message))].into_iter().chain(detail).collect();
        self.answer("error", &parts);
    }

    /// Whether a word about the one holds for the other: of one origin, and where that is nobody's name, of one window.
    pub fn is_of_one_host(&self, other: &Question) -> bool {
        self.origin == other.origin && (self.origin != OPAQUE || Object::is(&self.from, &other.from))
    }

    /// What is wrong with the message's keys: a key that is not known would do nothing, unseen.
    pub fn unknown_key(&self) -> Option<String> {
        let known: &[&str] = match self.kind.as_str() {
            "open" => &["data", "name", "trace"],
            "show" => &show::KEYS,
            "report" => &[],
            _ => return None,
        };
        let keys = Object::keys(self.data.unchecked_ref::<Object>()).into_iter().filter_map(|key| key.as_string());
        let is_known = |key: &str| ["spanloom", "id", "type"].contains(&key) || known.contains(&key);
        let key = keys.into_iter().find(|key| !is_known(key) && !get(&self.data, key).is_undefined())?;
        let takes = if known.is_empty() { "nothing besides".to_owned() } else { known.join(", ") };
        Some(format!("`{}` has no `{key}`; it takes {takes}", self.kind))
    }

    /// The values that a key of `show` may have.
    pub fn given(&self) -> Vec<(&'static str, Given)> {
        let read = |key: &'static str| {
            let value = get(&self.data, key);
            let given = match (value.as_string(), value.as_f64()) {
                (Some(text), _) => Given::Text(text),
                (_, Some(number)) => Given::Number(number),
                _ if value.is_undefined() => return None,
                _ => Given::Other,
            };
            Some((key, given))
        };
        show::KEYS.into_iter().filter_map(read).collect()
    }

    /// A value that is text where it is there at all.
    pub fn text(&self, key: &str) -> Result<Option<String>, String> {
        let value = get(&self.data, key);
        match value.as_string() {
            None if !value.is_undefined() => Err(format!("`{key}` must be text")),
            text => Ok(text),
        }
    }

    /// What is to be opened. Memory that is shared with the sender is none: it could change while it is read.
    pub fn blob(&self) -> Result<Blob, &'static str> {
        let data = get(&self.data, "data");
        let parts = Array::of1(&data);
        let blob = if data.is_string() {
            Blob::new_with_str_sequence(&parts).ok()
        } else if data.is_instance_of::<ArrayBuffer>() || ArrayBuffer::is_view(&data) {
            Blob::new_with_buffer_source_sequence(&parts).ok()
        } else {
            data.dyn_into::<Blob>().ok()
        };
        match blob {
            Some(blob) if blob.size() > 0.0 => Ok(blob),
            Some(_) => Err("`data` is empty"),
            None => Err(NOT_READABLE),
        }
    }
}
