//! Texts that parsers, pages and spreadsheets stumble over, and every value there is, wherever a trace holds any.

use std::borrow::Cow;

use spanloom::base::{SpanId, TraceId};
use spanloom::model::attr::MAX_NESTING;
use spanloom::model::{AnyValue, AttrRange, Event, Kind, Link, Resource, Scope, SpanDraft, SpanSet, Status};

use super::{first_trace, survives_otlp};

pub const HOSTILE: [&str; 14] = [
    "",
    "quotes \" ' ` and \\ \\u0041 \\",
    "lines\r\n\tand\u{b}\u{c}\u{8}",
    "\0\u{1}\u{1b}[31m\u{7f}\u{80}\u{9f}",
    "</script><!-- <img src=x onerror=alert(1)>",
    "\\ud800 is no surrogate, nor is \u{fffd}",
    "\u{2028}\u{2029}\u{feff}\u{202e}\u{200d}",
    "=HYPERLINK(\"http://x\")",
    "+1",
    "-1",
    "@SUM(A1)",
    "\ttab",
    "\rreturn",
    "𝕊𝕡𝕒𝕟 ☃ e\u{301}",
];

fn nested(depth: usize) -> AnyValue<'static> {
    let mut value = AnyValue::str("deep");
    for level in 0..depth {
        value = match level % 2 {
            0 => AnyValue::Array(vec![AnyValue::Empty, value]),
            _ => AnyValue::Kvlist(vec![(Cow::Borrowed("k\"\n"), value), (Cow::Borrowed(""), AnyValue::Bool(false))]),
        };
    }
    value
}

pub fn values() -> Vec<AnyValue<'static>> {
    let mut values: Vec<AnyValue<'static>> = HOSTILE.iter().map(|text| AnyValue::str(text)).collect();
    let doubles =
        [f64::NAN, f64::INFINITY, f64::NEG_INFINITY, 0.0, -0.0, 0.1, f64::MAX, f64::MIN_POSITIVE, 5e-324, 1e21];
    values.extend(doubles.map(AnyValue::Double));
    values.extend([i64::MIN, i64::MAX, -1, 0, 1 << 53, (1 << 53) + 1].map(AnyValue::Int));
    values.extend([
        AnyValue::Empty,
        AnyValue::Bool(true),
        AnyValue::Bool(false),
        AnyValue::Bytes(Cow::Borrowed(&[])),
        AnyValue::Bytes((0..=255).collect()),
        AnyValue::Array(Vec::new()),
        AnyValue::Kvlist(Vec::new()),
        nested(3),
        nested(MAX_NESTING),
        AnyValue::Str("x".repeat(1 << 20).into()),
    ]);
    values
}

fn push_values(set: &mut SpanSet, text: &str) -> AttrRange {
    let mark = set.attrs.mark();
    for (at, value) in values().iter().enumerate() {
        // Keys repeat, are empty, and are as hostile as values.
        set.push_attr(if at % 3 == 0 { text } else { "key" }, value);
    }
    set.attrs.since(mark)
}

/// A set in which everything that holds text or values holds this text and all values.
pub fn hostile(text: &str) -> SpanSet {
    let mut set = SpanSet::new();
    let sym = set.intern(text);
    let (event_mark, link_mark) = (set.event_mark(), set.link_mark());
    let attrs = push_values(&mut set, text);
    for time_unix_nano in [0, u64::MAX] {
        set.push_event(Event { name: sym, time_unix_nano, attrs, dropped_attributes: u32::MAX });
    }
    let attrs = push_values(&mut set, text);
    for (trace_id, span_id) in [(0, 0), (u128::MAX, u64::MAX)] {
        let (trace_id, span_id) = (TraceId(trace_id), SpanId(span_id));
        set.push_link(Link { trace_id, span_id, trace_state: sym, attrs, dropped_attributes: 7, flags: u32::MAX });
    }
    let (events, links) = (set.events_since(event_mark), set.links_since(link_mark));
    let attrs = push_values(&mut set, text);
    set.push_span(&SpanDraft {
        trace_id: TraceId(u128::MAX),
        span_id: SpanId(u64::MAX),
        parent_id: SpanId(0),
        name: sym,
        kind: Kind::Consumer,
        status: Status::Error,
        status_message: sym,
        trace_state: sym,
        flags: u32::MAX,
        start_unix_nano: 1,
        end_unix_nano: u64::MAX,
        attrs,
        events,
        links,
        dropped_attributes: u32::MAX,
        dropped_events: 1,
        dropped_links: 2,
    });
    let attrs = push_values(&mut set, text);
    let resource = set.intern_resource(Resource { attrs, dropped_attributes: 3, schema_url: sym });
    set.assign_resource(0, resource);
    let attrs = push_values(&mut set, text);
    let scope = set.intern_scope(Scope { name: sym, version: sym, attrs, dropped_attributes: 4, schema_url: sym });
    set.assign_scope(0, scope);
    set
}

#[test]
fn hostile_texts_and_every_value_are_the_same_after_otlp() {
    for text in HOSTILE {
        survives_otlp(&first_trace(hostile(text)), &format!("{text:?}"));
    }
}
