//! Tests of `retries`. What counts as the same arguments is tested in `retry_arguments`.

use super::*;
use crate::analysis::Derived;
use crate::analysis::findings::{Confidence, Seen};
use crate::analysis::sample::{Draft, trace};
use crate::model::{AnyValue, Kind};

struct Told {
    severity: Severity,
    title: String,
    evidence: String,
    spans: Vec<u64>,
    cost_ns: u64,
    total_ns: u64,
}

/// Retries, and the ids of failed spans that one of them healed.
fn found(drafts: &[Draft]) -> (Vec<Told>, Vec<u64>) {
    let trace = trace(drafts);
    let derived = Derived::of(&trace);
    let mut ground = Ground::new(&trace, &derived, Seen::default());
    let mut found = Vec::new();
    find(&mut ground, &mut found);
    let mut healed: Vec<u64> =
        trace.spans().filter(|span| ground.is_healed[span.index()]).map(|span| trace.span_id(span).0).collect();
    healed.sort();
    let told = |finding: Finding| {
        assert_eq!(finding.confidence, Confidence::High);
        Told {
            severity: finding.severity,
            title: finding.title,
            evidence: finding.evidence.join(" "),
            spans: finding.spans.iter().map(|span| trace.span_id(*span).0).collect(),
            cost_ns: finding.cost_ns,
            total_ns: finding.total_ns,
        }
    };
    (found.into_iter().map(told).collect(), healed)
}

fn one(drafts: &[Draft]) -> Told {
    let mut told = found(drafts).0;
    assert_eq!(told.len(), 1);
    told.remove(0)
}

fn root() -> Draft {
    Draft::new(1, 0, 0, 1000)
}

fn attempt(id: u64, start: u64, end: u64) -> Draft {
    Draft::new(id, 1, start, end).name("reserve")
}

#[test]
fn chains_of_attempts_that_end_well_are_healed() {
    let (told, healed) = found(&[
        root(),
        attempt(2, 10, 20).error("503").attr("sku", "a"),
        attempt(3, 10, 25).error("503").attr("sku", "b"),
        attempt(4, 30, 40).error("503").attr("sku", "a"),
        attempt(5, 35, 45).attr("sku", "b"),
        attempt(6, 60, 70).attr("sku", "a"),
        attempt(7, 60, 70).attr("sku", "c"),
    ]);
    assert_eq!(healed, [2, 3, 4]);
    assert_eq!(told[0].title, "3 failed calls of “reserve” were repeated, 50 ns, 5 % of the critical path");
    assert_eq!(told[0].spans, [2, 4, 6, 3, 5]);
    assert_eq!((told[0].total_ns, told[0].cost_ns), (50, 50));
    assert!(
        told[0]
            .evidence
            .starts_with("2 chains of 2 to 3 attempts, below 1 parent. Ended well: 2, failed to the last: 0.")
    );
    assert!(told[0].evidence.ends_with("Messages: 503 (3)."));
}

#[test]
fn the_last_attempt_tells_whether_it_is_a_warning() {
    let (told, healed) = found(&[root(), attempt(2, 10, 20).error("x"), attempt(3, 30, 40).error("x")]);
    assert_eq!((told[0].severity, healed.len()), (Severity::Warning, 0));
    assert!(told[0].title.ends_with("; the last attempt failed too"), "{}", told[0].title);
}

#[test]
fn a_cost_of_5_percent_is_a_warning_and_less_is_not() {
    let severity = |again| one(&[root(), attempt(2, 100, 120).error("x"), attempt(3, again, 900)]).severity;
    assert_eq!((severity(150), severity(149)), (Severity::Warning, Severity::Info));
}

#[test]
fn time_off_the_critical_path_costs_nothing() {
    let told = one(&[
        root(),
        Draft::new(2, 1, 0, 600).name("main"),
        Draft::new(3, 1, 0, 500).name("aside"),
        Draft::new(4, 3, 10, 20).name("reserve").error("x"),
        Draft::new(5, 3, 110, 120).name("reserve"),
    ]);
    assert_eq!((told.cost_ns, told.total_ns), (0, 100));
}

#[test]
fn what_starts_before_the_failure_ended_repeats_nothing() {
    assert!(found(&[root(), attempt(2, 10, 20).error("x"), attempt(3, 19, 40)]).0.is_empty());
    assert_eq!(found(&[root(), attempt(2, 10, 20).error("x"), attempt(3, 20, 40)]).1, [2]);
}

#[test]
fn other_parents_operations_arguments_and_successes_repeat_nothing() {
    let failed = || attempt(2, 10, 20).error("x").attr("row", "97");
    let others = [
        Draft::new(3, 9, 30, 40).name("reserve").attr("row", "97"),
        attempt(3, 30, 40).name("release").attr("row", "97"),
        attempt(3, 30, 40).service("other").attr("row", "97"),
        attempt(3, 30, 40).attr("row", "98"),
    ];
    for other in others {
        assert!(found(&[root(), Draft::new(9, 1, 0, 90), failed(), other.clone()]).0.is_empty(), "{other:?}");
    }
    assert!(found(&[root(), attempt(2, 10, 20), attempt(3, 30, 40)]).0.is_empty());
    assert!(found(&[attempt(2, 10, 20).error("x"), attempt(3, 30, 40)]).0.is_empty());
}

fn sku(id: u64, start: u64, end: u64) -> Draft {
    attempt(id, start, end).attr("sku", "a")
}

#[test]
fn where_arguments_may_hide_a_success_that_repeats_nothing_makes_it_a_loop() {
    let rows = |attempt: fn(u64, u64, u64) -> Draft| {
        found(&[root(), attempt(2, 10, 20).error("x"), attempt(3, 30, 40), attempt(4, 50, 60)]).1.len()
    };
    assert_eq!((rows(attempt), rows(sku)), (0, 1));
    let insert = |id, start, end| attempt(id, start, end).attr("db.query.text", "INSERT INTO t VALUES ($1)");
    assert_eq!(rows(insert), 0);
    assert_eq!(found(&[root(), insert(2, 10, 20).error("x"), insert(3, 30, 40)]).1, [2]);
}

#[test]
fn each_later_span_repeats_one_failure() {
    let (told, healed) = found(&[root(), sku(2, 10, 20).error("x"), sku(3, 10, 21).error("x"), sku(4, 30, 40)]);
    assert_eq!((told[0].spans.as_slice(), healed.as_slice()), ([2, 4].as_slice(), [2].as_slice()));
}

#[test]
fn attempts_without_length_at_one_time_do_not_repeat_each_other_in_a_circle() {
    let told = one(&[root(), attempt(3, 10, 10).error("x"), attempt(2, 10, 10).error("x")]);
    assert_eq!(told.spans, [2, 3]);
}

#[test]
fn a_span_that_says_it_was_sent_again_counts() {
    let again =
        |count| Draft::new(2, 1, 10, 20).kind(Kind::Client).value("http.request.resend_count", AnyValue::Int(count));
    assert_eq!(one(&[root(), again(1)]).title, "1 call of “work” was sent again");
    assert_eq!(one(&[root(), again(2).error("x")]).severity, Severity::Warning);
    assert!(found(&[root(), again(0)]).0.is_empty());
    let repeat = Draft::new(3, 1, 30, 40).kind(Kind::Client).value("http.request.resend_count", AnyValue::Int(1));
    assert_eq!(
        one(&[root(), again(0).error("x"), repeat]).title,
        "1 failed call of “work” was repeated, 20 ns, 2 % of the critical path"
    );
}

#[test]
fn one_operation_below_many_parents_is_one_finding_in_any_order() {
    let mut drafts = vec![root()];
    for n in 0..50 {
        drafts.push(Draft::new(100 + n, 1, 0, 900).name("row"));
        drafts.push(Draft::new(200 + n, 100 + n, 10, 20).name("reserve").error("x"));
        drafts.push(Draft::new(300 + n, 100 + n, 30, 40).name("reserve"));
    }
    let forwards = one(&drafts);
    assert!(forwards.evidence.starts_with("50 chains of 2 attempts, below 50 parents."));
    drafts.reverse();
    let backwards = one(&drafts);
    assert_eq!(
        (forwards.spans, forwards.title, forwards.cost_ns),
        (backwards.spans, backwards.title, backwards.cost_ns)
    );
}

#[test]
fn a_hundred_thousand_attempts_are_one_chain_and_side_by_side_they_are_none() {
    let mut drafts = vec![root()];
    drafts.extend((2..100_002).map(|id| Draft::new(id, 1, 2 * id, 2 * id + 1).name("reserve").error("x")));
    assert_eq!(one(&drafts).spans.len(), 100_000);
    let mut drafts = vec![root()];
    drafts.extend((2..100_002).map(|id| Draft::new(id, 1, 1, 900).name("reserve").error("x")));
    assert!(found(&drafts).0.is_empty());
}

#[test]
fn retries_within_a_chain_100000_deep_do_not_walk_it_each() {
    let mut drafts = vec![];
    for depth in 1..50_000 {
        drafts.push(Draft::new(depth, depth - 1, 0, u64::MAX / 2).name("deep"));
        drafts.push(Draft::new(100_000 + depth, depth, 1, 2).name("reserve").error("x"));
        drafts.push(Draft::new(200_000 + depth, depth, 5, 6).name("reserve"));
    }
    let told = one(&drafts);
    assert_eq!((told.spans.len(), told.total_ns), (99_998, 4));
}

#[test]
fn a_retry_that_seems_to_begin_before_the_failure_ended_is_one() {
    const MS: u64 = 1_000_000;
    let of = |first: (u64, u64), later: (u64, u64)| {
        let [first, later] = [(2, first), (3, later)].map(|(id, (from, to))| attempt(id, from, to).attr("sku", "a"));
        found(&[Draft::new(1, 0, 0, 100 * MS), first.error("503"), later]).1
    };
    // Starts are whole milliseconds: the retry may have begun at 12.7 ms.
    assert_eq!(of((10 * MS, 12 * MS + 600_000), (12 * MS, 15 * MS)), [2]);
    assert_eq!(of((10 * MS, 13 * MS), (12 * MS, 15 * MS)), [0; 0], "by a millisecond it overlaps");
    // Starts are finer: it began while the other still ran.
    assert_eq!(of((10 * MS + 1_001, 12 * MS + 600_000), (12 * MS, 15 * MS)), [0; 0]);
    // Two short ones at once: neither is known to be the later.
    assert_eq!(of((10 * MS, 10 * MS + 300_000), (10 * MS, 10 * MS + 400_000)), [0; 0]);
}

#[test]
fn what_cannot_repeat_a_short_failure_still_repeats_an_earlier_one() {
    const MS: u64 = 1_000_000;
    let attempt = |id, from, to| attempt(id, from, to).attr("sku", "a");
    // 3 and 4 start at once, so 3 does not repeat 4, which ends first of the failed; but it repeats 2.
    let drafts = [
        Draft::new(1, 0, 0, 100 * MS),
        attempt(2, 9 * MS, 10 * MS + 500_000).error("503"),
        attempt(3, 10 * MS, 10 * MS + 200_000),
        attempt(4, 10 * MS, 10 * MS + 300_000).error("503"),
        attempt(5, 20 * MS, 21 * MS),
    ];
    assert_eq!(one(&drafts).spans, [2, 3, 4, 5]);
}
