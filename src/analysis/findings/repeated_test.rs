//! Tests of repeated calls: each threshold from both sides, and traces that would mislead.

use super::super::retries;
use super::*;
use crate::analysis::sample::{BASE_UNIX_NANO, Draft};
use crate::model::Kind;

const MS: u64 = 1_000_000;

/// The `n`th of calls one after another, `ns` long, 100 ms apart.
fn call(n: u64, ns: u64) -> Draft {
    Draft::new(n + 2, 1, n * 100 * MS, n * 100 * MS + ns).kind(Kind::Client)
}

fn query(id: u64, parent: u64, from: u64, to: u64, text: &'static str) -> Draft {
    Draft::new(id, parent, from, to).kind(Kind::Client).attr("db.system", "postgresql").attr("db.statement", text)
}

fn told(calls: Vec<Draft>) -> Vec<(Finding, Vec<u64>)> {
    let all = calls::told(&[retries::find, find], &[vec![Draft::new(1, 0, 0, 2000 * MS)], calls].concat());
    all.into_iter().filter(|(finding, _)| finding.kind == FindingKind::RepeatedCalls).collect()
}

fn severities(count: u64, ns: u64) -> Vec<Severity> {
    told((0..count).map(|n| call(n, ns)).collect()).iter().map(|(finding, _)| finding.severity).collect()
}

#[test]
fn four_are_nothing_nine_info_and_ten_a_warning() {
    assert!(severities(4, 90 * MS).is_empty());
    assert_eq!(severities(5, 90 * MS), [Severity::Info]);
    assert_eq!(severities(9, 90 * MS), [Severity::Info]);
    assert_eq!(severities(10, 90 * MS), [Severity::Warning]);
}

#[test]
fn ten_below_five_percent_are_info() {
    assert_eq!(severities(10, 10 * MS), [Severity::Warning]);
    assert_eq!(severities(10, 10 * MS - 1), [Severity::Info]);
}

#[test]
fn a_finding_says_how_many_how_long_and_from_where() {
    let text = "SELECT a FROM t WHERE b = 'secret'";
    let found = told((0..10).map(|n| query(n + 2, 1, n * 20 * MS, (n + 1) * 20 * MS, text)).collect());
    let [(finding, ids)] = found.as_slice() else { panic!("{found:?}") };
    assert_eq!(finding.title, "10 sequential “SELECT t” calls, 200 ms, 10 % of the critical path");
    assert_eq!(
        finding.evidence,
        [
            "shop makes them below “work”, from 0 ns to 200 ms after the trace's start.",
            "The calls take 200 ms in total, median 20.0 ms, longest 20.0 ms.",
            "Statement: SELECT a FROM t WHERE b = ?."
        ]
    );
    assert_eq!(ids, &(2..12).collect::<Vec<u64>>());
}

#[test]
fn calls_side_by_side_are_parallel_with_the_most_at_once() {
    let call = |n: u64| {
        let call = Draft::new(n + 2, 1, n * 10 * MS, n * 10 * MS + 25 * MS).kind(Kind::Client).name("POST");
        call.attr("http.request.method", "POST")
            .attr("url.path", ["/a/1", "/a/2"][n as usize % 2])
            .attr("server.address", "b")
    };
    let found = told((0..6).map(call).collect());
    let titles: Vec<&str> = found.iter().map(|(finding, _)| finding.title.as_str()).collect();
    assert_eq!(titles.len(), 1);
    assert!(titles[0].starts_with("6 parallel “POST /a/{id}” calls to b, at most 3 at once, "), "{titles:?}");
}

#[test]
fn a_retry_is_no_repeat() {
    let ask = |n| call(n, MS).attr("sku", "a");
    let calls = |failed: u64| (0..6).map(move |n| if n < failed { ask(n).error("x") } else { ask(n) });
    let found = told(calls(1).collect());
    assert_eq!(found.iter().map(|(_, ids)| ids.clone()).collect::<Vec<_>>(), [[3, 4, 5, 6, 7]]);
    let said = "Not counted: 1 more that failed and was tried again.";
    assert!(found.iter().all(|(finding, _)| finding.evidence.iter().any(|sentence| sentence == said)));
    assert!(told(calls(2).collect()).is_empty());
    // Failed side by side: none repeats another.
    assert_eq!(told((2..8).map(|id| Draft::new(id, 1, 0, MS).kind(Kind::Client).error("x")).collect()).len(), 1);
}

#[test]
fn what_is_no_call_or_of_another_parent_does_not_count() {
    assert!(told((0..9).map(|n| call(n, MS).kind(Kind::Internal)).collect()).is_empty());
    let far = (0..9).flat_map(|n| {
        [
            Draft::new(100 + n, 1, n, n + 9).name(format!("step {n}").leak()),
            Draft::new(2 + n, 100 + n, n, n + 1).kind(Kind::Client),
        ]
    });
    assert!(told(far.collect()).is_empty());
    assert!(
        calls::told(&[find], &(2..12).map(|id| Draft::new(id, 0, id, id + 1).kind(Kind::Client)).collect::<Vec<_>>())
            .is_empty()
    );
}

#[test]
fn three_hundred_siblings_with_one_call_each_are_one_finding() {
    let row = |n: u64| {
        let at = n * 6 * MS;
        [
            Draft::new(n + 1000, 1, at, at + 5 * MS).name("row"),
            query(n + 2, n + 1000, at, at + 4 * MS, "INSERT INTO t VALUES (1)"),
        ]
    };
    let found = told((0..300).flat_map(row).collect());
    let [(finding, ids)] = found.as_slice() else { panic!("{}", found.len()) };
    assert_eq!((ids.len(), finding.severity, finding.cost_ns), (300, Severity::Warning, 1200 * MS));
    assert!(finding.evidence[0].starts_with("shop makes them below 300 × “row” of “work”, from 0 ns"));
}

#[test]
fn a_warning_needs_ten_calls_below_one_of_several_parents() {
    let severity = |each: u64| {
        let request = move |n: u64| {
            let at = move |call: u64| n * 60 * MS + call * 5 * MS;
            let calls =
                (0..each).map(move |call| query(n * 100 + call + 3, n * 100 + 2, at(call), at(call + 1), "COMMIT"));
            [Draft::new(n * 100 + 2, 1, at(0), at(each)).name("handler")].into_iter().chain(calls)
        };
        let found = told((0..30).flat_map(request).collect());
        let [(finding, _)] = found.as_slice() else { panic!("{}", found.len()) };
        finding.severity
    };
    assert_eq!([severity(9), severity(10)], [Severity::Info, Severity::Warning]);
}

#[test]
fn a_loop_that_many_requests_run_through_is_one_finding() {
    let request = |n: u64| {
        let calls = (0..6 + n % 2)
            .map(move |at| query(n * 100 + at + 3, n * 100 + 2, n * 1000 + at, n * 1000 + at + 1, "COMMIT"));
        [Draft::new(n * 100 + 2, 1, n * 1000, n * 1000 + 100).name("handler")].into_iter().chain(calls)
    };
    let found = told((0..300).flat_map(request).collect());
    let [(finding, ids)] = found.as_slice() else { panic!("{}", found.len()) };
    assert_eq!((ids.len(), finding.severity), (1950, Severity::Info));
    assert!(finding.title.starts_with("1,950 “COMMIT” calls below 300 parents, 6 to 7 each, "), "{}", finding.title);
}

#[test]
fn a_row_that_failed_counts_and_attempts_with_spans_of_their_own_do_not() {
    let rows = |count: u64, failed: u64, name: &'static str, sku: &'static str| {
        let row = move |n: u64| {
            let row = Draft::new(n + 1000, 1, n * 10, n * 10 + 9).name(name);
            // A row says which it is, an attempt what it attempts.
            let row = row.attr("sku", if sku.is_empty() { n.to_string().leak() } else { sku });
            let call = query(n + 2, n + 1000, n * 10, n * 10 + 9, "COMMIT");
            if n < failed { [row.error("x"), call.error("x")] } else { [row, call] }
        };
        told((0..count).flat_map(row).collect()).iter().map(|(_, ids)| ids.len()).collect::<Vec<_>>()
    };
    assert_eq!((rows(300, 3, "row", ""), rows(8, 3, "row", "")), (vec![300], vec![8]));
    assert_eq!((rows(8, 3, "attempt", "a"), rows(7, 3, "attempt", "a")), (vec![5], vec![]));
}

#[test]
fn interleaved_a_b_a_b_is_one_finding_led_by_the_longer() {
    let pair = |n: u64| {
        let at = n * 10 * MS;
        [query(2 * n + 2, 1, at, at + MS, "BEGIN"), query(2 * n + 3, 1, at + 2 * MS, at + 6 * MS, "SELECT a FROM t")]
    };
    let mut calls: Vec<Draft> = (0..20).flat_map(pair).collect();
    calls.push(query(500, 1, 900 * MS, 901 * MS, "BEGIN"));
    let found = told(calls.clone());
    let [(finding, _)] = found.as_slice() else { panic!("{}", found.len()) };
    assert!(finding.title.starts_with("20 sequential “SELECT t” calls, 80.0 ms, 4 %"), "{}", finding.title);
    assert!(finding.evidence.contains(&"About as often beside them: 21 × “BEGIN” (21.0 ms in total).".to_owned()));
    calls.extend([501, 502].map(|id| query(id, 1, 900 * MS, 901 * MS, "BEGIN")));
    assert_eq!(told(calls).len(), 2, "23 differ from 20 by more than 10 %");
}

#[test]
fn two_instrumentations_of_one_call_are_told_once() {
    let inner =
        |n: u64| Draft::new(n + 100, n + 2, n * 100 * MS, n * 100 * MS + MS).kind(Kind::Client).name("tcp.connect");
    let found = told((0..6).flat_map(|n| [call(n, 2 * MS), inner(n)]).collect());
    assert_eq!(found.iter().map(|(_, ids)| ids.len()).collect::<Vec<_>>(), [6]);
}

#[test]
fn the_order_in_which_spans_arrive_says_nothing() {
    let calls: Vec<Draft> = (0..12).map(|n| Draft::new(n + 2, 1, 0, (n % 3 + 1) * MS).kind(Kind::Client)).collect();
    let backwards: Vec<Draft> = calls.iter().rev().cloned().collect();
    let texts = |found: Vec<(Finding, Vec<u64>)>| {
        found.into_iter().map(|(f, ids)| (f.title, f.evidence, ids)).collect::<Vec<_>>()
    };
    assert_eq!(texts(told(calls)), texts(told(backwards)));
}

#[test]
fn truncated_statements_are_one_operation() {
    let text = |n: u64| -> &'static str { format!("SELECT a FROM t WHERE b IN ({}{n}...", "x, ".repeat(90)).leak() };
    assert_eq!(told((0..5).map(|n| query(n + 2, 1, n, n + 1, text(n))).collect()).len(), 1);
}

#[test]
fn zero_length_calls_outside_their_parent_and_endless_ones_are_told_without_a_share() {
    let last = u64::MAX - BASE_UNIX_NANO;
    let outside = calls::told(
        &[find],
        &[vec![Draft::new(1, 0, 0, MS)], (2..12).map(|id| Draft::new(id, 1, last, last).kind(Kind::Client)).collect()]
            .concat(),
    );
    let titles: Vec<&str> = outside.iter().map(|(finding, _)| finding.title.as_str()).collect();
    assert_eq!(titles, ["10 sequential “work” calls, 0 ns in total"]);
    let endless = calls::told(
        &[find],
        &(1..12).map(|id| Draft::new(id, if id == 1 { 99 } else { 1 }, 0, last).kind(Kind::Client)).collect::<Vec<_>>(),
    );
    assert_eq!(
        endless.iter().map(|(f, _)| (f.severity, f.cost_ns, f.total_ns)).collect::<Vec<_>>(),
        [(Severity::Info, 0, u64::MAX)]
    );
}

#[test]
fn siblings_by_the_hundred_thousand_and_a_chain_as_deep_are_walked_once() {
    let found = told((2..100_000).map(|id| Draft::new(id, 1, id, id + 1).kind(Kind::Client)).collect());
    assert_eq!(found.iter().map(|(_, ids)| ids.len()).collect::<Vec<_>>(), [99_998]);
    assert!(
        told((2..100_000).map(|id| Draft::new(id, id - 1, 0, 1_000_000 - id).kind(Kind::Client)).collect()).is_empty()
    );
    let kinds = told(
        (2..100_000)
            .map(|id| Draft::new(id, 1, id, id + 1).kind(Kind::Client).name(format!("{}", id % 15_000).leak()))
            .collect(),
    );
    assert_eq!(kinds.len(), 1, "six or seven calls of each of 15,000 operations stand together");
}

#[test]
fn calls_are_sequential_or_parallel_by_how_finely_starts_are_recorded() {
    // Each call ends 0.9 ms after the next one starts.
    let titles = |odd_ns: u64| {
        let call = |n: u64| Draft::new(n + 2, 1, n * 10 * MS + odd_ns, n * 10 * MS + 10 * MS + 900_000);
        let found = told((1..=10).map(|n| call(n).kind(Kind::Client).name("GET")).collect());
        found.into_iter().map(|(finding, _)| finding.title).collect::<Vec<_>>()
    };
    assert!(titles(0)[0].starts_with("10 sequential “GET” calls, "), "{:?}", titles(0));
    for odd_ns in [1_000, 1] {
        let titles = titles(odd_ns);
        assert!(titles[0].starts_with("10 parallel “GET” calls, at most 2 at once, "), "{titles:?}");
    }
}
