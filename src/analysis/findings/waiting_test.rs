//! Tests of stragglers and waits for connections: each threshold from both sides, and traces that would mislead.

use super::*;
use crate::analysis::sample::{BASE_UNIX_NANO, Draft};
use crate::model::Kind;

const MS: u64 = 1_000_000;

/// A root of 1 s, and calls side by side that start at 100 ms and end then.
fn fan_out(ends_ms: &[u64]) -> Vec<Draft> {
    let calls = (2..).zip(ends_ms).map(|(id, end)| Draft::new(id, 1, 100 * MS, end * MS).kind(Kind::Client));
    [vec![Draft::new(1, 0, 0, 1000 * MS)], calls.collect()].concat()
}

fn costs(drafts: &[Draft]) -> Vec<(u64, u64)> {
    calls::told(&[find_stragglers], drafts).iter().map(|(found, _)| (found.cost_ns / MS, found.total_ns / MS)).collect()
}

#[test]
fn one_of_four_that_ends_far_after_the_others_is_told() {
    let found = calls::told(&[find_stragglers], &fan_out(&[150, 300, 170, 160]));
    let [(finding, ids)] = found.as_slice() else { panic!("{found:?}") };
    assert_eq!((finding.severity, ids.as_slice()), (Severity::Info, [3].as_slice()));
    assert_eq!(finding.title, "“work” ends 130 ms after the 3 calls beside it, 13 % of the critical path");
    assert!(costs(&fan_out(&[150, 300, 170])).is_empty());
}

#[test]
fn each_threshold_counts() {
    // 30 % of the time of all: 60 of 200, 59 of 200.
    assert_eq!(costs(&fan_out(&[150, 240, 170, 300])), [(60, 60)]);
    assert!(costs(&fan_out(&[150, 241, 170, 300])).is_empty());
    // 5 % of the whole: 50 of 1000, 49 of 1000.
    assert_eq!(costs(&fan_out(&[150, 150, 150, 200])), [(50, 50)]);
    assert!(costs(&fan_out(&[150, 150, 150, 199])).is_empty());
    // 10 ms, in a root of 20 ms.
    let short = |end_ns| {
        let calls = (2..6).map(|id| Draft::new(id, 1, 0, if id == 5 { end_ns } else { 2 * MS }).kind(Kind::Client));
        costs(&[vec![Draft::new(1, 0, 0, 20 * MS)], calls.collect()].concat()).len()
    };
    assert_eq!((short(12 * MS), short(12 * MS - 1)), (1, 0));
}

#[test]
fn one_after_another_none_lags_behind() {
    let calls = (0..4).map(|n| {
        Draft::new(n + 2, 1, n * 50 * MS, if n == 3 { 900 * MS } else { (n + 1) * 50 * MS }).kind(Kind::Client)
    });
    assert!(costs(&[vec![Draft::new(1, 0, 0, 1000 * MS)], calls.collect()].concat()).is_empty());
}

#[test]
fn nobody_waits_for_a_call_that_outlives_its_parent() {
    // The handler ends at 220 ms, so of the 130 ms only 50 are waited for; then it ends before the others do.
    let below = |handler_end: u64| {
        let mut drafts = fan_out(&[150, 300, 170, 160]);
        drafts.push(Draft::new(9, 1, 0, handler_end * MS));
        let calls = [(150, 10), (300, 11), (170, 12), (160, 13)];
        drafts.extend(calls.map(|(end, id)| Draft::new(id, 9, 100 * MS, end * MS).kind(Kind::Client)));
        drafts.drain(1..5);
        costs(&drafts)
    };
    assert_eq!(below(220), [(50, 130)]);
    assert!(below(165).is_empty());
}

#[test]
fn equal_ends_have_no_last_and_times_may_be_anything() {
    assert!(costs(&fan_out(&[300, 300, 150, 150])).is_empty());
    let last = u64::MAX - BASE_UNIX_NANO;
    let calls = (2..6).map(|id| Draft::new(id, 1, 0, if id == 5 { last } else { 2 * MS }).kind(Kind::Client));
    assert_eq!(costs(&[vec![Draft::new(1, 0, 0, last)], calls.collect()].concat()).len(), 1);
    assert!(costs(&(2..100_000).map(|id| Draft::new(id, 1, 5, 5).kind(Kind::Client)).collect::<Vec<_>>()).is_empty());
}

#[test]
fn a_deep_chain_of_stragglers_is_walked_once() {
    let mut drafts = vec![Draft::new(1, 0, 0, 1000 * MS)];
    for level in 0..20_000 {
        let id = 4 * level + 2;
        let parent = if level == 0 { 1 } else { id - 1 };
        drafts.extend(
            (0..4).map(|n| Draft::new(id + n, parent, 0, if n == 3 { 1000 * MS } else { 100 * MS }).kind(Kind::Client)),
        );
    }
    assert_eq!(costs(&drafts).len(), 20_000);
}

fn wait(id: u64, parent: u64, from_ms: u64, to_ms: u64) -> Draft {
    Draft::new(id, parent, from_ms * MS, to_ms * MS)
        .kind(Kind::Client)
        .name("pg-Pool.connect")
        .attr("db.system", "postgresql")
}

fn waits(calls: Vec<Draft>) -> Vec<(Severity, u64)> {
    let found = calls::told(&[find_connections], &[vec![Draft::new(1, 0, 0, 1000 * MS)], calls].concat());
    found.iter().map(|(finding, _)| (finding.severity, finding.cost_ns / MS)).collect()
}

#[test]
fn waiting_is_told_from_5_percent_and_a_warning_from_25() {
    assert!(waits(vec![wait(2, 1, 0, 49)]).is_empty());
    assert_eq!(waits(vec![wait(2, 1, 0, 20), wait(3, 1, 100, 130)]), [(Severity::Info, 50)]);
    assert_eq!(waits(vec![wait(2, 1, 0, 249)]), [(Severity::Info, 249)]);
    assert_eq!(waits(vec![wait(2, 1, 0, 250)]), [(Severity::Warning, 250)]);
}

#[test]
fn waiting_of_less_than_5_ms_is_not_told() {
    let of = |end_ns| {
        let short = Draft::new(2, 1, 0, end_ns).kind(Kind::Client).name("connect").attr("db.system", "x");
        calls::told(&[find_connections], &[Draft::new(1, 0, 0, 20 * MS), short]).len()
    };
    assert_eq!((of(5 * MS), of(5 * MS - 1)), (1, 0));
}

#[test]
fn a_wait_that_seems_to_end_after_the_query_has_begun_is_waited_for() {
    // The query's start is rounded down to a millisecond, so the wait seems to end 0.4 ms later.
    let query = Draft::new(3, 1, 300 * MS, 1000 * MS).kind(Kind::Client);
    let rounded = |end_ns| {
        Draft::new(2, 1, 100 * MS, end_ns).kind(Kind::Client).name("pg-Pool.connect").attr("db.system", "postgresql")
    };
    assert_eq!(waits(vec![rounded(300 * MS + 400_000), query.clone()]), [(Severity::Info, 200)]);
    // What does run beside the query is not waited for.
    assert!(waits(vec![rounded(301 * MS), query.clone()]).is_empty());
    // Two at once are waited for once.
    assert_eq!(waits(vec![wait(2, 1, 100, 300), wait(4, 1, 150, 300), query.clone()]), [(Severity::Info, 150)]);
    assert!(waits(vec![wait(2, 1, 400, 900), query]).is_empty());
}

#[test]
fn of_nested_waits_the_outermost_counts() {
    let found =
        calls::told(&[find_connections], &[Draft::new(1, 0, 0, 100 * MS), wait(2, 1, 0, 50), wait(3, 2, 0, 50)]);
    let [(finding, ids)] = found.as_slice() else { panic!("{found:?}") };
    assert_eq!((finding.total_ns, ids.as_slice()), (50 * MS, [2].as_slice()));
    assert_eq!(finding.title, "1 wait for database connections, 50.0 ms, 50 % of the critical path");
}

#[test]
fn a_query_of_connections_is_no_wait_for_one() {
    assert!(waits(vec![wait(2, 1, 0, 900).attr("db.statement", "SELECT * FROM pools")]).is_empty());
    assert!(waits(vec![wait(2, 1, 0, 900).attr("db.operation", "find")]).is_empty());
    assert!(waits(vec![wait(2, 1, 0, 900).attr("db.mongodb.collection", "pools")]).is_empty());
    assert!(waits(vec![Draft::new(2, 1, 0, 900 * MS).kind(Kind::Client).name("connect")]).is_empty());
}

#[test]
fn without_a_root_or_waits_nothing_is_told() {
    assert!(waits(Vec::new()).is_empty());
    assert!(calls::told(&[find_connections], &[wait(2, 99, 0, 900)]).is_empty());
}
