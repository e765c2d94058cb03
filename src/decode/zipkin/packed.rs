//! Events and links that the Collector packed into text: parts between bars, attributes as JSON.
//!
//! ```text
//! annotation            exception|{"exception.message":"boom"}|0              name, attributes, dropped attributes
//! tag otlp.link.0       <trace id>|<span id>|<trace state>|{"k":"v"}|0        …, attributes, dropped attributes
//! ```

use std::borrow::Cow;

use serde_json::Value as Json;

use crate::base::{SpanId, TraceId, id_text};
use crate::model::AnyValue;
use crate::model::attr::MAX_NESTING;

type Attributes = Vec<(String, AnyValue<'static>)>;

pub(super) struct PackedEvent<'t> {
    pub name: &'t str,
    pub attributes: Attributes,
    pub dropped: u32,
}

pub(super) struct PackedLink<'t> {
    pub trace_id: TraceId,
    pub span_id: SpanId,
    pub trace_state: &'t str,
    pub attributes: Attributes,
    pub dropped: u32,
}

/// Text that is not packed is a name, bars and all.
pub(super) fn event(text: &str) -> PackedEvent<'_> {
    let parts = text.split_once('|').and_then(|(name, rest)| Some((name, tail(rest)?)));
    match parts {
        Some((name, (attributes, dropped))) => PackedEvent { name, attributes, dropped },
        None => PackedEvent { name: text, attributes: Vec::new(), dropped: 0 },
    }
}

/// `None` for text that is not a link.
pub(super) fn link(text: &str) -> Option<PackedLink<'_>> {
    let (trace_id, rest) = text.split_once('|')?;
    let (span_id, rest) = rest.split_once('|')?;
    let (trace_state, rest) = rest.split_once('|')?;
    let (attributes, dropped) = tail(rest)?;
    Some(PackedLink {
        trace_id: id_text::trace_id(trace_id)?,
        span_id: id_text::span_id(span_id)?,
        trace_state,
        attributes,
        dropped,
    })
}

/// `{…}|0`
fn tail(text: &str) -> Option<(Attributes, u32)> {
    let (attributes, dropped) = text.rsplit_once('|')?;
    let dropped = dropped.parse().ok()?;
    let Json::Object(entries) = serde_json::from_str(attributes).ok()? else { return None };
    Some((entries.into_iter().map(|(key, value)| (key, any_value(value, 0))).collect(), dropped))
}

/// What is nested too deep is left empty.
fn any_value(json: Json, depth: usize) -> AnyValue<'static> {
    match json {
        Json::Null => AnyValue::Empty,
        Json::Bool(flag) => AnyValue::Bool(flag),
        Json::Number(number) => match number.as_i64() {
            Some(whole) => AnyValue::Int(whole),
            // A double would lose its last digits.
            None if number.is_u64() => AnyValue::Str(Cow::Owned(number.to_string())),
            None => AnyValue::Double(number.as_f64().unwrap_or_default()),
        },
        Json::String(text) => AnyValue::Str(Cow::Owned(text)),
        _ if depth >= MAX_NESTING => AnyValue::Empty,
        Json::Array(items) => AnyValue::Array(items.into_iter().map(|item| any_value(item, depth + 1)).collect()),
        Json::Object(entries) => AnyValue::Kvlist(
            entries.into_iter().map(|(key, value)| (Cow::Owned(key), any_value(value, depth + 1))).collect(),
        ),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn packed_events_come_apart() {
        let packed = event(r#"retry|{"a|b":"c|d","n":1,"f":1.5}|4"#);
        assert_eq!((packed.name, packed.dropped), ("retry", 4));
        assert_eq!(
            packed.attributes,
            [
                ("a|b".to_owned(), AnyValue::str("c|d")),
                ("f".to_owned(), AnyValue::Double(1.5)),
                ("n".to_owned(), AnyValue::Int(1)),
            ]
        );
        assert_eq!(event("empty|{}|0").name, "empty");
    }

    #[test]
    fn text_with_bars_stays_a_name() {
        for text in ["a|b", "a|b|c", "a|{}|x", "a|[1]|0", "a|{broken|0", "", "|"] {
            assert_eq!(event(text).name, text);
        }
    }

    #[test]
    fn packed_links_come_apart() {
        let packed = link(r#"00000000000000000000000000000abc|00000000000000aa|l=1|{"k":"same|trace"}|2"#);
        let packed = packed.expect("a link");
        assert_eq!((packed.trace_id, packed.span_id), (TraceId(0xabc), SpanId(0xaa)));
        assert_eq!((packed.trace_state, packed.dropped), ("l=1", 2));
        assert_eq!(packed.attributes, [("k".to_owned(), AnyValue::str("same|trace"))]);
        assert!(link("abc|def|{}|0").is_none());
    }
}
