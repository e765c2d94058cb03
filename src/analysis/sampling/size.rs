//! How many bytes a trace is: as OTLP's protobuf, uncompressed, sent alone with each resource and scope once. Counted field by field, nothing
//! is encoded. A store keeps fewer after compression; as the price of ingestion it is the usual measure.

use rustc_hash::FxHashSet;

use crate::model::attr::List;
use crate::model::{AttrRange, SpanIdx, Trace, Value};

/// Ids of trace and span, both times and the kind, each with its tag; of the span's own message and status only what frames them.
const FIXED: u64 = 18 + 10 + 9 + 9 + 2;
const PARENT: u64 = 10;

/// Bytes of a trace.
pub fn bytes(trace: &Trace) -> u64 {
    let set = &trace.set;
    let mut total: u64 = 0;
    let mut resources = FxHashSet::default();
    let mut scopes = FxHashSet::default();
    for span in trace.spans() {
        let row = trace.row(span);
        let (resource, scope) = (set.resource.at(row), set.scope.at(row));
        if resources.insert(resource) {
            total += field(field(attributes(trace, trace.resource(span).attrs)));
        }
        if scopes.insert((resource, scope)) {
            let scope = trace.scope(span);
            let said = text(set.strings.get(scope.name)) + text(set.strings.get(scope.version));
            total += field(field(said + attributes(trace, scope.attrs)));
        }
        total += field(span_bytes(trace, span));
    }
    total
}

fn span_bytes(trace: &Trace, span: SpanIdx) -> u64 {
    let set = &trace.set;
    let parent = if trace.parent_id(span).is_zero() { 0 } else { PARENT };
    let state = text(set.strings.get(set.trace_state.at(trace.row(span))));
    let status = text(trace.status_message(span)) + 2 * u64::from(trace.status(span) as u8 > 0);
    let mut total = FIXED + parent + state + text(trace.name(span)) + field(status);
    total += attributes(trace, trace.attrs(span));
    for event in trace.events(span) {
        total += field(9 + text(set.strings.get(event.name)) + attributes(trace, event.attrs));
    }
    for link in trace.links(span) {
        total += field(18 + 10 + text(set.strings.get(link.trace_state)) + attributes(trace, link.attrs));
    }
    total
}

fn attributes(trace: &Trace, range: AttrRange) -> u64 {
    let set = &trace.set;
    let lines = set.attrs.iter(&set.strings, range);
    lines.map(|(key, value)| field(text(set.strings.get(key)) + field(value_bytes(value)))).sum()
}

/// An `AnyValue`. Recurses as deep as values nest, which is bounded.
fn value_bytes(value: Value) -> u64 {
    match value {
        Value::Empty => 0,
        Value::Str(text) => field(text.len() as u64),
        Value::Bool(_) => 2,
        Value::Int(number) => 1 + varint(number as u64),
        Value::Double(_) => 9,
        Value::Bytes(bytes) => field(bytes.len() as u64),
        Value::Array(list) => field(list.iter().map(|(_, item)| field(value_bytes(item))).sum()),
        Value::Kvlist(list) => field(entries(list)),
    }
}

fn entries(list: List) -> u64 {
    list.iter().map(|(key, value)| field(text(key) + field(value_bytes(value)))).sum()
}

/// A text in a field; an empty one is left out.
fn text(text: &str) -> u64 {
    if text.is_empty() { 0 } else { field(text.len() as u64) }
}

/// A message of that many bytes with its tag and length.
fn field(len: u64) -> u64 {
    1 + varint(len) + len
}

fn varint(number: u64) -> u64 {
    u64::from((64 - (number | 1).leading_zeros()).div_ceil(7))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::analysis::sample::{Draft, trace};
    use crate::model::AnyValue;

    #[test]
    fn varints_are_as_long_as_protobuf_makes_them() {
        assert_eq!([0, 127, 128, 16_383, 16_384, u64::MAX].map(varint), [1, 1, 2, 2, 3, 10]);
    }

    #[test]
    fn a_span_is_what_its_fields_are() {
        let bare = bytes(&trace(&[Draft::new(1, 0, 0, 9).service("").host("").name("work")]));
        // Span: 48 of fixed fields, name 6, status 2, and 2 that frame it; resource and scope, both empty, 4 each.
        assert_eq!(bare, 48 + 6 + 2 + 2 + 4 + 4);
        let with = |draft: Draft| bytes(&trace(&[draft])) - bare;
        let plain = || Draft::new(1, 0, 0, 9).service("").host("").name("work");
        // KeyValue: tag and length, key 3, value's tag and length, value 7.
        assert_eq!(with(plain().attr("k", "value")), 2 + 3 + 2 + 7);
        assert_eq!(with(plain().value("k", AnyValue::Int(-1))), 2 + 3 + 2 + 11);
        let list = AnyValue::Array(vec![AnyValue::Bool(true), AnyValue::Double(0.5)]);
        assert_eq!(with(plain().value("k", list)), 2 + 3 + 2 + 2 + (2 + 2) + (2 + 9));
    }

    #[test]
    fn a_resource_counts_once() {
        let one = bytes(&trace(&[Draft::new(1, 0, 0, 9)]));
        let two = bytes(&trace(&[Draft::new(1, 0, 0, 9), Draft::new(2, 1, 0, 9)]));
        assert_eq!(two - one, FIXED + PARENT + 6 + 2 + 2);
    }
}
