//! What is remembered of a trace.

use super::*;
use crate::analysis::sample::{BASE_UNIX_NANO, Draft, trace, trace_of};
use crate::analysis::sampling::attributes::Known;
use crate::model::{AnyValue, SpanDraft, SpanSet};
use std::sync::Arc;

fn facts(drafts: &[Draft]) -> Facts {
    let mut facts = Facts::default();
    facts.add(&trace(drafts));
    facts
}

#[test]
fn latency_is_from_the_first_start_to_the_last_end() {
    let facts = facts(&[
        Draft::new(1, 0, 5_000_000, 10_000_000),
        Draft::new(2, 1, 2_000_000, 8_000_000),
        Draft::new(3, 1, 9_000_000, 503_999_999).error("boom").service("pay"),
    ]);
    let trace = &facts.traces[0];
    assert_eq!((trace.latency_ms, trace.start_unix_nano - BASE_UNIX_NANO, trace.spans), (501, 2_000_000, 3));
    assert!(trace.has_error() && trace.statuses == 0b101);
    assert!((trace.weight, trace.has_threshold) == (1.0, false));
}

#[test]
fn times_at_the_ends_of_their_type_wrap_as_the_collectors_do() {
    for (start, end, ms) in
        [(0, u64::MAX, 0), (u64::MAX, 0, 0), (u64::MAX - 1, u64::MAX, 0), (0, i64::MAX as u64, i64::MAX / 1_000_000)]
    {
        let mut set = SpanSet::new();
        let draft = SpanDraft {
            trace_id: crate::base::TraceId(7),
            span_id: crate::base::SpanId(1),
            start_unix_nano: start,
            end_unix_nano: end,
            ..SpanDraft::default()
        };
        set.push_span(&draft);
        set.close(0);
        let mut facts = Facts::default();
        facts.add(&Trace::build(&Arc::new(set), crate::base::TraceId(7)).unwrap());
        assert_eq!(facts.traces[0].latency_ms, ms, "{start} {end}");
        assert_eq!(facts.seconds(), 0.0);
    }
}

#[test]
fn operations_are_counted_by_trace() {
    let mut facts = Facts::default();
    for id in 1..=2 {
        facts.add(&trace_of(
            id,
            &[
                Draft::new(1, 0, 0, 9).name("a"),
                Draft::new(2, 1, 0, 9).name("b").error("x"),
                Draft::new(3, 1, 0, 9).name("b"),
                Draft::new(4, 1, 0, 9).name("b").service("pay"),
            ],
        ));
    }
    let named: Vec<_> = facts.operations.iter().map(|(s, n)| (facts.strings.get(*s), facts.strings.get(*n))).collect();
    assert_eq!(named, [("shop", "a"), ("shop", "b"), ("pay", "b")]);
    for at in 0..2 {
        let done: Vec<_> = facts.done_in(at).iter().map(|done| (done.operation, done.spans, done.errors)).collect();
        assert_eq!(done, [(0, 1, 0), (1, 2, 1), (2, 1, 0)]);
    }
    assert!(facts.done_in(2).is_empty());
}

#[test]
fn attributes_of_resources_and_spans_are_one_heap() {
    let facts = facts(&[
        Draft::new(1, 0, 0, 9).attr("tier", "gold").resource("zone", "eu"),
        Draft::new(2, 1, 0, 9)
            .value("n", AnyValue::Int(7))
            .value("n.real", AnyValue::Double(7.0))
            .event("e", &[("in.event", "x")]),
    ]);
    let text = |key: &str, wanted: &str| {
        let wanted = facts.strings.find(wanted);
        facts.attributes.holds(&facts.strings, key, &|value| matches!(value, Known::Text(text) if Some(text) == wanted))
            [0]
    };
    assert!(text("tier", "gold") && text("zone", "eu") && text("service.name", "shop"));
    assert!(!text("tier", "eu") && !text("in.event", "x") && !text("", ""));
    let int = |key: &str| facts.attributes.holds(&facts.strings, key, &|value| value.int() == 7)[0];
    assert!(int("n") && !int("n.real"));
    assert_eq!(facts.attribute_keys(), ["host.name", "n", "n.real", "service.name", "tier", "zone"]);
}

#[test]
fn what_has_too_many_values_is_cut_and_told() {
    let many: Vec<Draft> = (1..=200)
        .map(|id| Draft::new(id, id - 1, 0, 9).value("id", AnyValue::Int(id as i64)).attr("few", "x"))
        .collect();
    let long: &'static str = Box::leak("x".repeat(5_000).into_boxed_str());
    let mut facts = facts(&many);
    facts.add(&trace_of(8, &[Draft::new(1, 0, 0, 9).attr("long", long)]));
    assert_eq!(["id", "few", "long", "none"].map(|key| facts.attributes.cut(&facts.strings, key)), [1, 0, 1, 0]);
    let has = |key: &str| facts.attributes.holds(&facts.strings, key, &|_| true);
    assert_eq!((has("id"), has("long")), (vec![true, false], vec![false, true]));
}
