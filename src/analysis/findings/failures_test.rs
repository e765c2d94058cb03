//! Tests of `error`, retries that healed it included. What chains are is tested in `chains`.

use super::*;
use crate::analysis::Derived;
use crate::analysis::findings::{Confidence, Seen, retries};
use crate::analysis::sample::{Draft, trace};
use crate::model::{AnyValue, Kind};

struct Told {
    severity: Severity,
    title: String,
    evidence: String,
    /// Ids.
    spans: Vec<u64>,
    cost_ns: u64,
    total_ns: u64,
}

/// Errors, with what retries found before them; the kinds of all.
fn found(drafts: &[Draft]) -> (Vec<Told>, Vec<FindingKind>) {
    let trace = trace(drafts);
    let derived = Derived::of(&trace);
    let mut ground = Ground::new(&trace, &derived, Seen::default());
    let mut found = Vec::new();
    retries::find(&mut ground, &mut found);
    find(&mut ground, &mut found);
    let kinds = found.iter().map(|finding| finding.kind).collect();
    let errors = found.into_iter().filter(|finding| finding.kind == FindingKind::Error);
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
    (errors.map(told).collect(), kinds)
}

fn errors(drafts: &[Draft]) -> Vec<Told> {
    found(drafts).0
}

fn one(drafts: &[Draft]) -> Told {
    let mut errors = errors(drafts);
    assert_eq!(errors.len(), 1);
    errors.remove(0)
}

#[test]
fn a_cause_is_told_with_the_chain_above_it_across_what_did_not_fail() {
    let error = one(&[
        Draft::new(1, 0, 0, 100).name("GET /orders/1").kind(Kind::Server).value("http.status_code", AnyValue::Int(404)),
        Draft::new(2, 1, 10, 90).name("handler").error("GET -> 404"),
        Draft::new(3, 2, 20, 80).name("GET").error(""),
        Draft::new(4, 3, 30, 70).name("GET /orders/:id").service("orders"),
        Draft::new(5, 4, 40, 60).name("find").service("orders").error("order not found"),
    ]);
    assert_eq!(error.title, "“order not found” in orders: find failed, and 2 spans above it");
    assert_eq!((error.severity, error.spans), (Severity::Warning, vec![5, 3, 2]));
    assert_eq!((error.cost_ns, error.total_ns), (20, 20));
    assert_eq!(
        error.evidence,
        "Message: “order not found”. From the cause upwards: find in orders → GET in shop → handler. \
         It stopped at “GET /orders/1” in shop, which did not fail and answered 404."
    );
}

#[test]
fn a_failed_main_root_is_an_error_and_so_is_one_that_answered_500() {
    let cause = || Draft::new(2, 1, 10, 20).error("no");
    let answered = |status| Draft::new(1, 0, 0, 100).value("http.response.status_code", AnyValue::Int(status));
    assert_eq!(one(&[Draft::new(1, 0, 0, 100).error(""), cause()]).severity, Severity::Error);
    let error = one(&[answered(500), cause()]);
    assert_eq!(error.severity, Severity::Error);
    assert!(error.evidence.ends_with("answered 500, though its status is not ERROR."), "{}", error.evidence);
    assert_eq!(one(&[answered(499), cause()]).severity, Severity::Warning);
}

#[test]
fn another_top_that_failed_is_reached_and_is_no_failed_request() {
    let error = one(&[Draft::new(1, 0, 0, 100), Draft::new(2, 99, 0, 90).error("lost")]);
    assert_eq!(error.severity, Severity::Warning);
    assert!(error.evidence.contains("which is not the main root"), "{}", error.evidence);
}

#[test]
fn what_the_top_answered_is_told_where_the_failure_stopped_below_it() {
    let error = one(&[
        Draft::new(1, 0, 0, 100).name("GET /a").value("http.status_code", AnyValue::Int(402)),
        Draft::new(2, 1, 0, 100).name("layer"),
        Draft::new(3, 2, 0, 90).error("declined"),
    ]);
    let end = "It stopped at “layer” in shop, which did not fail; the top, “GET /a” in shop, answered 402.";
    assert!(error.evidence.ends_with(end), "{}", error.evidence);
}

#[test]
fn messages_that_differ_in_numbers_are_one_and_others_are_not() {
    let row = |id, message| Draft::new(id, 1, id, id + 10).error(message);
    let root = || Draft::new(1, 0, 0, 100).name("import");
    let error = one(&[root(), row(2, "row 97: duplicate"), row(3, "row 194: duplicate"), row(4, "row 2: duplicate")]);
    assert_eq!(error.title, "“row 97: duplicate” in shop: work failed 3 times");
    assert_eq!(error.spans, [2, 3, 4]);
    assert!(error.evidence.contains("0 of 3 causes reached the top."), "{}", error.evidence);
    assert_eq!(errors(&[root(), row(2, "row 97: duplicate"), row(3, "row 97: duplicated")]).len(), 2);
    assert_eq!(errors(&[root(), row(2, "a"), row(3, "a").name("other")]).len(), 2);
}

#[test]
fn spans_above_several_causes_are_listed_once() {
    let error = one(&[
        Draft::new(1, 0, 0, 100).error("failed"),
        Draft::new(2, 1, 0, 90).error("failed"),
        Draft::new(3, 2, 5, 80).error("same").name("x"),
        Draft::new(4, 2, 6, 80).error("same").name("x"),
    ]);
    assert_eq!(error.spans, [3, 4, 2, 1]);
    assert_eq!(error.title, "“same” in shop: x failed 2 times, and 2 spans above them");
}

#[test]
fn a_failure_without_a_message_is_told_by_its_caller_or_says_so() {
    let silent = one(&[Draft::new(1, 0, 0, 100), Draft::new(2, 1, 0, 90).error("").name("send")]);
    assert_eq!(silent.title, "send in shop failed without a message");
    let told = one(&[Draft::new(1, 0, 0, 100).error("refused"), Draft::new(2, 1, 0, 90).error("").name("send")]);
    assert_eq!(told.title, "“refused” in shop: send failed, and 1 span above it");
    assert!(told.evidence.starts_with("A failed caller says: “refused”."), "{}", told.evidence);
}

#[test]
fn exceptions_and_statuses_are_counted() {
    let failed = |id, kind| {
        let failed = Draft::new(id, 1, 0, 90).error("bad").value("http.status_code", AnyValue::Int(503));
        failed.event("exception", &[("exception.type", "Outer")]).event("exception", &[("exception.type", kind)])
    };
    let error = one(&[Draft::new(1, 0, 0, 100), failed(2, "A"), failed(3, "B"), failed(4, "B")]);
    assert!(
        error.evidence.contains("Exceptions: Outer (3), B (2), A (1). HTTP status: 503 (3)."),
        "{}",
        error.evidence
    );
}

#[test]
fn a_cause_that_a_retry_healed_is_told_there() {
    let attempt = |id, start, end| Draft::new(id, 1, start, end).name("reserve");
    let below = Draft::new(5, 2, 12, 18).error("locked");
    let drafts = [Draft::new(1, 0, 0, 100), attempt(2, 10, 20).error("503"), below.clone(), attempt(3, 30, 40)];
    let (errors, kinds) = found(&drafts);
    assert!(errors.is_empty());
    assert_eq!(kinds, [FindingKind::Retries]);
    let in_vain = [Draft::new(1, 0, 0, 100), attempt(2, 10, 20).error("503"), below, attempt(3, 30, 40).error("503")];
    let (errors, kinds) = found(&in_vain);
    assert_eq!((errors.len(), kinds.len()), (2, 3));
}

#[test]
fn http_404_without_error_is_none() {
    let answered = Draft::new(1, 0, 0, 100).kind(Kind::Server).value("http.response.status_code", AnyValue::Int(404));
    assert!(errors(&[answered, Draft::new(2, 1, 0, 90)]).is_empty());
}

#[test]
fn a_secret_in_a_message_is_not_repeated() {
    let error =
        one(&[Draft::new(1, 0, 0, 100).error("connect amqp://guest:hunter2@queue: Bearer abcd1234abcd1234 refused")]);
    assert!(!format!("{} {}", error.title, error.evidence).contains("hunter2"));
    assert!(!format!("{} {}", error.title, error.evidence).contains("abcd"));
    assert!(error.title.starts_with("“connect amqp://guest:…@queue: Be… refused”"), "{}", error.title);
}

#[test]
fn errors_in_a_cycle_are_found() {
    let error = one(&[
        Draft::new(1, 0, 0, 100),
        Draft::new(2, 3, 0, 90).error("first"),
        Draft::new(3, 2, 0, 90).error("second"),
    ]);
    assert_eq!(error.spans.len(), 2);
}

#[test]
fn the_order_of_arrival_does_not_matter() {
    let mut drafts: Vec<Draft> = vec![Draft::new(1, 0, 0, 100).error("top")];
    drafts.extend((2..40).map(|id| Draft::new(id, id / 4 + 1, 7, 50).error(if id % 3 == 0 { "a 1" } else { "a 22" })));
    let told = |drafts: &[Draft]| {
        let mut told: Vec<_> = errors(drafts).into_iter().map(|e| (e.title, e.evidence, e.spans)).collect();
        told.sort();
        told
    };
    let forwards = told(&drafts);
    drafts.reverse();
    assert_eq!(told(&drafts), forwards);
}

#[test]
fn a_long_chain_is_written_with_its_middle_left_out() {
    let names = ["a", "b", "c", "d", "e", "f", "g", "h", "i"];
    let chain = |len: usize| -> Vec<Draft> {
        let below =
            |(at, name): (usize, &&'static str)| Draft::new(at as u64 + 1, at as u64, 0, 100).error("x").name(name);
        names.iter().take(len).enumerate().map(below).collect()
    };
    assert!(one(&chain(8)).evidence.contains("h in shop → g → f → e → d → c → b → a."));
    assert!(one(&chain(9)).evidence.contains("i in shop → h → g → f → e → d → … 2 more … → a."));
}

#[test]
fn a_chain_100000_deep_below_100000_different_messages_is_not_copied_for_each() {
    let mut drafts: Vec<Draft> = (1..=100_000).map(|id| Draft::new(id, id - 1, 0, 1_000_000).error("")).collect();
    drafts.extend((0..100_000u64).map(|n| {
        let letters: String = n.to_string().bytes().map(|digit| char::from(digit - b'0' + b'a')).collect();
        Draft::new(200_000 + n, 100_000, 0, 10).error(Box::leak(letters.into_boxed_str()))
    }));
    let errors = errors(&drafts);
    assert_eq!(errors.len(), 100_000);
    assert!(errors.iter().all(|error| error.spans.len() <= 1 + MOST_ABOVE + MOST_ABOVE_EACH));
    assert!(errors[0].title.ends_with("work failed, and 100,000 spans above it"), "{}", errors[0].title);
}

#[test]
fn a_hundred_thousand_failed_siblings_are_one_finding() {
    let mut drafts = vec![Draft::new(1, 0, 0, u64::MAX / 2)];
    drafts.extend((2..100_002).map(|id| Draft::new(id, 1, id, u64::MAX / 4).error("boom")));
    let error = one(&drafts);
    assert_eq!((error.spans.len(), error.total_ns), (100_000, u64::MAX));
}
