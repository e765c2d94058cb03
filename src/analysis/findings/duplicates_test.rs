//! Tests of duplicate calls: each threshold from both sides, and traces that would mislead.

use super::*;
use crate::analysis::findings::repeated;
use crate::analysis::sample::Draft;
use crate::model::AnyValue;

const MS: u64 = 1_000_000;

fn root() -> Draft {
    Draft::new(1, 0, 0, 1000 * MS)
}

/// The `n`th call: 100 ms after the one before, 25 ms long.
fn call(n: u64) -> Draft {
    Draft::new(n + 1, 1, n * 100 * MS, n * 100 * MS + 25 * MS).kind(Kind::Client)
}

fn get(n: u64, url: &'static str) -> Draft {
    call(n).attr("http.request.method", "GET").attr("url.full", url)
}

fn query(n: u64, text: &'static str) -> Draft {
    call(n).attr("db.system.name", "postgresql").attr("db.query.text", text)
}

fn command(n: u64, text: &'static str) -> Draft {
    call(n).attr("db.system.name", "redis").attr("db.query.text", text)
}

fn told(calls: Vec<Draft>) -> Vec<(Finding, Vec<u64>)> {
    calls::told(&[repeated::find, find], &[vec![root()], calls].concat())
}

fn count(calls: Vec<Draft>) -> usize {
    told(calls).len()
}

#[test]
fn two_equal_reads_are_info_and_three_a_warning() {
    let found = told(vec![get(1, "http://a/b"), get(2, "http://a/b")]);
    let [(finding, ids)] = found.as_slice() else { panic!("{found:?}") };
    assert_eq!((finding.severity, finding.confidence, finding.cost_ns), (Severity::Info, Confidence::Medium, 25 * MS));
    assert_eq!(ids, &[2, 3]);
    assert_eq!(
        finding.title,
        "shop makes the same call “GET /b” twice, the second 25.0 ms, 2.5 % of the critical path"
    );
    let found = told((1..=3).map(|n| get(n, "http://a/b")).collect());
    assert_eq!(found.iter().map(|(finding, _)| finding.severity).collect::<Vec<_>>(), [Severity::Warning]);
}

#[test]
fn three_below_five_percent_are_info() {
    let mut calls: Vec<Draft> = (1..=2).map(|n| get(n, "http://a/b")).collect();
    calls.push(
        Draft::new(9, 1, 900 * MS, 924 * MS)
            .kind(Kind::Client)
            .attr("http.method", "GET")
            .attr("http.url", "http://a/b"),
    );
    let found = told(calls);
    assert_eq!(found.iter().map(|(f, _)| (f.severity, f.cost_ns)).collect::<Vec<_>>(), [(Severity::Info, 49 * MS)]);
}

#[test]
fn other_arguments_hosts_methods_and_services_are_other_reads() {
    assert_eq!(count(vec![get(1, "http://a/b?c=1"), get(2, "http://a/b?c=2"), get(3, "http://b/b?c=1")]), 0);
    assert_eq!(count(vec![get(1, "http://a/b"), get(2, "http://a/b").service("other")]), 0);
    let post = |n| call(n).attr("http.request.method", "POST").attr("url.full", "http://a/b");
    assert_eq!(count(vec![post(1), post(2)]), 0);
    let shard = |n, port| query(n, "SELECT a FROM t").value("server.port", AnyValue::Int(port));
    assert_eq!((count(vec![shard(1, 1), shard(2, 2)]), count(vec![shard(1, 1), shard(2, 1)])), (0, 1));
}

#[test]
fn statements_count_when_they_show_all_their_arguments() {
    let twice = |text| count(vec![query(1, text), query(2, text)]);
    assert_eq!(twice("SELECT a FROM t WHERE b = 'why?' AND c = 3::int"), 1);
    for hidden in ["$1", "?", ":id", "@p", "%s"] {
        let text: &'static str = format!("SELECT a FROM t WHERE b = {hidden}").leak();
        assert_eq!(twice(text), 0, "{text}");
    }
    let quotes =
        [" -- it's\nWHERE b = ?", " /* it's */ WHERE b = ?", " AS \"it's\" WHERE b = ?", " WHERE a = 'C:\\' AND b = ?"];
    for hidden in quotes {
        let text: &'static str = format!("SELECT a FROM t{hidden}").leak();
        assert_eq!(twice(text), 0, "{text}");
    }
    assert_eq!(twice("UPDATE t SET a = 1") + twice("SELECT 1") + twice("SELECT a FROM t FOR UPDATE"), 0);
}

#[test]
fn truncated_statements_may_differ_where_they_were_cut() {
    let twice = |text| count(vec![query(1, text), query(2, text)]);
    assert_eq!(twice("SELECT a FROM t WHERE b IN (1, 2..."), 0);
    let long = |column: &str| -> &'static str { format!("SELECT a FROM t WHERE {}", column.repeat(200)).leak() };
    let all = vec![query(1, long("b")), query(2, long("b")), query(3, long("c"))];
    assert_eq!((count(all), twice(long("b"))), (0, 1));
}

#[test]
fn a_command_counts_with_all_its_arguments() {
    let twice = |text| count(vec![command(1, text), command(2, text)]);
    assert_eq!(twice("GET a") + twice("hget a b") + twice("EXISTS a") + twice("mget a b"), 4);
    for other in ["GET", "GET ?", "HGET a", "hget a [1 other arguments]", "SET a 1", "GET a..."] {
        assert_eq!(twice(other), 0, "{other}");
    }
    assert_eq!(count(vec![command(1, "get a"), command(2, "GET a"), command(3, "GET A")]), 1);
}

#[test]
fn a_failed_read_is_none() {
    assert_eq!(count(vec![get(1, "http://a/b").error("x"), get(2, "http://a/b")]), 0);
    let missing = get(1, "http://a/b").value("http.response.status_code", AnyValue::Int(404));
    assert_eq!(count(vec![missing, get(2, "http://a/b")]), 0);
}

#[test]
fn what_repeated_calls_tells_is_not_told_again() {
    let found = told((1..=5).map(|n| get(n, "http://a/b")).collect());
    assert_eq!(found.iter().map(|(f, _)| f.kind).collect::<Vec<_>>(), [FindingKind::RepeatedCalls]);
}

#[test]
fn two_instrumentations_of_one_call_read_once() {
    let inner = Draft::new(3, 2, 110 * MS, 120 * MS).kind(Kind::Client);
    let inner = inner.attr("http.request.method", "GET").attr("url.full", "http://a/b");
    assert_eq!(count(vec![get(1, "http://a/b"), inner]), 0);
}

#[test]
fn two_tops_are_two_requests_and_without_a_root_nothing_costs() {
    let orphan = |id, parent| {
        Draft::new(id, parent, id * MS, id * MS + MS)
            .kind(Kind::Client)
            .attr("db.system", "x")
            .attr("db.statement", "SELECT a FROM t")
    };
    assert!(calls::told(&[find], &[orphan(2, 90), orphan(3, 91)]).is_empty());
    let found = calls::told(&[find], &[Draft::new(1, 90, 0, 9 * MS), orphan(2, 1), orphan(3, 1)]);
    let titles: Vec<&str> = found.iter().map(|(finding, _)| finding.title.as_str()).collect();
    assert_eq!(titles, ["shop makes the same call “SELECT t” twice, the second 1.00 ms in total"]);
}

#[test]
fn a_chain_of_100000_equal_reads_is_one_read() {
    let chain = (2..=100_000).map(|id| {
        Draft::new(id, id - 1, 0, 1_000_000 - id)
            .kind(Kind::Client)
            .attr("db.system", "x")
            .attr("db.statement", "SELECT a FROM t")
    });
    assert!(calls::told(&[find], &[vec![root()], chain.collect()].concat()).is_empty());
}
