//! What a board counts, of which calls, and what it says whatever order traces come in. Figures of recorded traces are in
//! `tests/many_traces_truth.rs`.

use super::*;
use crate::analysis::findings::{Confidence, Seen, findings};
use crate::analysis::sample::{Draft, trace_of};
use crate::model::{AnyValue, Kind};

const MS: u64 = 1_000_000;

fn finding(kind: FindingKind, severity: Severity, title: &str, cost_ns: u64, spans: &[u32]) -> Finding {
    Finding {
        kind,
        severity,
        confidence: Confidence::High,
        title: title.to_owned(),
        evidence: Vec::new(),
        fix: None,
        spans: spans.iter().map(|span| SpanIdx(*span)).collect(),
        cost_ns,
        total_ns: cost_ns,
    }
}

fn add(board: &mut SampleBoard, trace: &Trace) {
    let derived = Derived::of(trace);
    board.add(trace, &derived, &findings(trace, &derived, Seen::default()));
}

fn board(by: &str, traces: &[Trace]) -> ConnectorRows {
    let mut board = SampleBoard::new(GroupBy::parse(by));
    traces.iter().for_each(|trace| add(&mut board, trace));
    board.finish()
}

/// Service, text, calls, self and critical time.
fn lines(rows: &ConnectorRows) -> Vec<(&str, &str, u64, u64, u64)> {
    let line = |row: &'_ ConnectorRow| (row.calls, row.self_ns, row.critical_ns);
    let named = rows.rows.iter().map(|row| (row.service.as_deref().unwrap_or("-"), row.text.as_str(), line(row)));
    named.map(|(service, text, (calls, own, critical))| (service, text, calls, own, critical)).collect()
}

/// A request that calls a second service, which does something inside.
fn request(id: u128, took: u64) -> Trace {
    trace_of(
        id,
        &[
            Draft::new(1, 0, 0, 100 + took).kind(Kind::Server).name("buy"),
            Draft::new(2, 1, 10, 90 + took).name("middleware"),
            Draft::new(3, 2, 20, 80 + took).kind(Kind::Client).name("book"),
            Draft::new(4, 3, 30, 70 + took).kind(Kind::Server).service("erp").name("book"),
            Draft::new(5, 4, 40, 60 + took).service("erp").name("map"),
        ],
    )
}

#[test]
fn what_a_service_does_inside_is_the_work_of_its_call() {
    let rows = board("", &[request(7, 0)]);
    assert_eq!(lines(&rows), [("erp", "book", 1, 40, 40), ("shop", "buy", 1, 40, 40), ("shop", "book", 1, 20, 20)]);
    assert_eq!((rows.traces, rows.traces_with_root, rows.calls, rows.calls_without), (1, 1, 3, 0));
    assert_eq!(rows.rows.iter().map(|row| row.critical_ppm).sum::<u64>(), PARTS);
}

#[test]
fn what_it_saves_is_of_all_traces_and_its_share_of_those_it_is_in() {
    let other = trace_of(9, &[Draft::new(1, 0, 0, 1000).kind(Kind::Server).name("read")]);
    let rows = board("", &[request(7, 0), request(8, 100), other]);
    let erp = &rows.rows[1];
    assert_eq!((erp.service.as_deref(), erp.traces, erp.critical_ns, erp.saves_ns), (Some("erp"), 2, 180, 60));
    // 40 % of the one and 70 % of the other.
    assert_eq!(erp.critical_ppm, 550_000);
    assert_eq!([erp.p50_ns, erp.p95_ns, erp.p99_ns], [40, 140, 140]);
    assert_eq!(erp.trace_ids, [8, 7].map(|id| TraceId(id).to_string()));
    assert_eq!((rows.rows[0].text.as_str(), rows.rows[0].saves_ns), ("read", 333));
}

#[test]
fn what_is_received_and_what_is_passed_on_are_two_rows() {
    let drafts = [
        Draft::new(1, 0, 0, 100).kind(Kind::Server).name("book"),
        Draft::new(2, 1, 10, 90).kind(Kind::Client).name("book"),
        Draft::new(3, 2, 20, 80).kind(Kind::Server).service("erp").name("book"),
    ];
    let told = |by| {
        let rows = board(by, &[trace_of(7, &drafts)]).rows;
        rows.into_iter().map(|row| (row.side, row.calls, row.self_ns)).collect::<Vec<_>>()
    };
    use Side::{Made, Received};
    assert_eq!(told(""), [(Some(Received), 1, 60), (Some(Received), 1, 20), (Some(Made), 1, 20)]);
    assert_eq!(told("operation"), [(Some(Received), 2, 80), (Some(Made), 1, 20)]);
    assert_eq!(told("host.name"), [(None, 1, 100)]);
}

#[test]
fn a_span_name_is_told_where_it_is_of_one_row_alone() {
    let client = |id, path| {
        Draft::new(id, 1, 0, 9).kind(Kind::Client).name("GET").attr("http.method", "GET").attr("url.path", path)
    };
    let drafts = [
        Draft::new(1, 0, 0, 100).kind(Kind::Server).name("GET"),
        client(2, "/a"),
        client(3, "/b"),
        client(4, "/c").name("c"),
        client(5, "/c").name("C"),
        client(6, "/a").name("GET").service("erp"),
    ];
    let rows = board("", &[trace_of(7, &drafts), trace_of(8, &drafts)]).rows;
    let mut told: Vec<_> =
        rows.iter().map(|row| (row.service.as_deref(), &*row.text, row.span_name.as_deref())).collect();
    told.sort_unstable();
    assert_eq!(
        told,
        [
            (Some("erp"), "GET /a", Some("GET")),
            (Some("shop"), "GET", Some("GET")),
            (Some("shop"), "GET /a", None),
            (Some("shop"), "GET /b", None),
            (Some("shop"), "GET /c", None),
        ]
    );
}

#[test]
fn a_database_call_counts_whatever_its_kind_and_a_span_inside_does_not() {
    let drafts = [
        Draft::new(1, 0, 0, 100).name("job"),
        Draft::new(2, 1, 0, 10).name("SELECT").attr("db.system", "postgresql"),
        Draft::new(3, 1, 10, 30).kind(Kind::Unspecified).name("step"),
    ];
    let rows = board("", &[trace_of(7, &drafts)]);
    assert_eq!(lines(&rows), [("shop", "SELECT", 1, 10, 10)]);
}

#[test]
fn work_in_another_service_is_not_that_of_the_call_above() {
    let drafts = [
        Draft::new(1, 0, 0, 100).kind(Kind::Server).name("buy"),
        Draft::new(2, 1, 0, 60).service("erp").name("inside"),
    ];
    assert_eq!(lines(&board("", &[trace_of(7, &drafts)])), [("shop", "buy", 1, 40, 40)]);
}

#[test]
fn by_an_attribute_a_call_is_what_says_it_and_all_below() {
    let drafts = [
        Draft::new(1, 0, 0, 100).kind(Kind::Server).name("buy"),
        Draft::new(2, 1, 10, 90).name("push").attr("erp.system", "sap"),
        Draft::new(3, 2, 20, 80).kind(Kind::Client),
        Draft::new(4, 3, 30, 70).kind(Kind::Server).service("erp").attr("erp.system", "sap"),
        Draft::new(5, 4, 40, 60).attr("erp.system", "odoo").error(""),
    ];
    let rows = board("erp.system", &[trace_of(7, &drafts)]);
    assert_eq!(lines(&rows), [("-", "sap", 1, 60, 60), ("-", "odoo", 1, 20, 20)]);
    assert_eq!((rows.calls_without, rows.rows[1].failed), (1, 1));
    assert_eq!(board("erp", &[trace_of(7, &drafts)]), {
        ConnectorRows { traces: 1, traces_with_root: 1, calls_without: 3, ..ConnectorRows::default() }
    });
}

#[test]
fn values_of_all_types_are_rows_by_how_they_read() {
    let values = [
        AnyValue::str("7"),
        AnyValue::Int(7),
        AnyValue::Double(0.5),
        AnyValue::Bool(true),
        AnyValue::str(""),
        AnyValue::Bytes(vec![1, 2].into()),
        AnyValue::Array(vec![AnyValue::Int(1), AnyValue::str("a")]),
        AnyValue::Kvlist(vec![("k".into(), AnyValue::Bool(false))]),
    ];
    let mut drafts = vec![Draft::new(1, 0, 0, 100)];
    drafts.extend((2..).zip(values).map(|(id, value)| Draft::new(id, 1, id, id + 1).value("k", value)));
    let rows = board("k", &[trace_of(7, &drafts), trace_of(8, &drafts)]);
    let of_text = |text: &str| rows.rows.iter().find(|row| row.text == text).map(|row| row.calls);
    assert_eq!(["7", "0.5", "true", ""].map(of_text), [Some(4), Some(2), Some(2), Some(2)]);
    assert_eq!((rows.rows.len(), rows.calls), (7, 16));
}

#[test]
fn names_with_separators_are_names() {
    let server = |service, name| Draft::new(1, 0, 0, 100).service(service).kind(Kind::Server).name(name);
    let traces = [("a", "b, c"), ("a, b", "c"), ("a\0b", "c"), ("a", "b\0c"), ("", "c")];
    let traces: Vec<Trace> =
        (1..).zip(traces).map(|(id, (service, name))| trace_of(id, &[server(service, name)])).collect();
    let rows = board("", &traces);
    assert_eq!(rows.rows.len(), 5);
    assert_eq!(rows.rows[0].service.as_deref(), Some(""));
}

#[test]
fn attempts_are_calls_or_those_within_what_is_tried_again() {
    let client = |id, parent, at: u64| Draft::new(id, parent, at, at + 5 * MS).kind(Kind::Client).name("reserve");
    let attempt = |id, at: u64| Draft::new(id, 1, at, at + 9 * MS).name("try");
    let inside = trace_of(
        7,
        &[
            Draft::new(1, 0, 0, 100 * MS).kind(Kind::Server).name("buy"),
            attempt(2, 10 * MS).error(""),
            client(3, 2, 10 * MS).error(""),
            attempt(4, 30 * MS),
            client(5, 4, 30 * MS),
            client(6, 5, 31 * MS).name("below"),
        ],
    );
    let attempts = |rows: &ConnectorRows| -> Vec<(String, u64)> {
        rows.rows.iter().map(|row| (row.text.clone(), row.attempts)).collect()
    };
    let of = |name: &str, attempts| (name.to_owned(), attempts);
    let rows = board("", &[inside]);
    assert_eq!(attempts(&rows), [of("buy", 0), of("reserve", 2), of("below", 0)]);
    // The finding names what is inside the request.
    assert!(rows.rows[0].findings.iter().sum::<u64>() >= 1);
    assert_eq!(rows.rows[1].findings, [0; 3]);
    let bare = [
        Draft::new(1, 0, 0, 100 * MS).kind(Kind::Server).name("buy"),
        client(2, 1, 10 * MS).error(""),
        client(3, 1, 20 * MS),
        client(4, 1, 40 * MS).name("other"),
    ];
    let rows = board("", &[trace_of(7, &bare), trace_of(8, &bare)]);
    assert_eq!(attempts(&rows), [of("buy", 0), of("reserve", 4), of("other", 0)]);
}

#[test]
fn findings_count_once_a_trace_and_kind_by_the_worst_and_the_dearest_is_told() {
    let trace = request(7, 0);
    let derived = Derived::of(&trace);
    use FindingKind::{Error, SlowPart};
    let found = [
        finding(Error, Severity::Warning, "b", 5, &[0, 2]),
        finding(Error, Severity::Error, "a", 5, &[1]),
        finding(SlowPart, Severity::Info, "cheap", 4, &[0, 1, 3]),
    ];
    let mut board = SampleBoard::new(GroupBy::default());
    board.add(&trace, &derived, &found);
    let rows = board.finish();
    let of = |text: &str, service: &str| {
        let row = rows.rows.iter().find(|row| row.text == text && row.service.as_deref() == Some(service)).unwrap();
        (row.findings, row.dearest.as_deref())
    };
    assert_eq!(of("buy", "shop"), ([1, 0, 1], Some("a")));
    assert_eq!(of("book", "shop"), ([0, 1, 0], Some("b")));
    assert_eq!(of("book", "erp"), ([0, 0, 1], Some("cheap")));
}

#[test]
fn no_traces_one_twice_and_one_without_a_root() {
    assert_eq!(board("", &[]), ConnectorRows::default());
    assert_eq!(board("", &[request(7, 0), request(7, 0)]), board("", &[request(7, 0)]));
    let orphans = trace_of(9, &[Draft::new(2, 1, 0, 50).kind(Kind::Server).name("buy")]);
    let rows = board("", &[orphans]);
    assert_eq!(lines(&rows), [("shop", "buy", 1, 50, 0)]);
    assert_eq!((rows.traces, rows.traces_with_root, rows.rows[0].saves_ns, rows.rows[0].critical_ppm), (1, 0, 0, 0));
    let rows = board("", &[trace_of(9, &[Draft::new(2, 1, 0, 50).kind(Kind::Server).name("buy")]), request(7, 0)]);
    let buy = rows.rows.iter().find(|row| row.text == "buy").unwrap();
    assert_eq!((buy.traces, buy.critical_ppm, buy.saves_ns), (2, 400_000, 40));
}

#[test]
fn the_order_of_traces_says_nothing() {
    let traces = || {
        let mut traces: Vec<Trace> = (1..40).map(|id| request(id, id as u64 % 7 * 10)).collect();
        traces.push(trace_of(99, &[Draft::new(1, 0, 0, 9).kind(Kind::Server).name("a").service("z")]));
        traces
    };
    let forward = board("", &traces());
    let mut backward = traces();
    backward.reverse();
    assert_eq!(forward, board("", &backward));
    assert_eq!(forward.rows[0].trace_ids.len(), MAX_TRACES);
    assert_eq!(serde_json::from_str::<ConnectorRows>(&serde_json::to_string(&forward).unwrap()).unwrap(), forward);
}

#[test]
fn rows_beyond_the_cap_are_counted() {
    let mut drafts = vec![Draft::new(1, 0, 0, 1_000_000)];
    let value = |n: u64| AnyValue::Int(n as i64);
    drafts.extend((0..100_000).map(|n| Draft::new(n + 2, 1, n, n + 1).kind(Kind::Client).value("k", value(n))));
    let rows = board("k", &[trace_of(7, &drafts)]);
    assert_eq!((rows.rows.len(), rows.more_rows, rows.more_calls), (MAX_ROWS, 98_000, 98_000));
    assert_eq!(rows.calls, 100_000);
}

#[test]
fn a_chain_of_a_hundred_thousand_attempts_is_counted_in_one_pass() {
    let drafts: Vec<Draft> =
        (1..=100_000).map(|id| Draft::new(id, id - 1, 0, 1_000_000 - id).kind(Kind::Client).name("again")).collect();
    let trace = trace_of(7, &drafts);
    let all: Vec<u32> = (0..100_000).collect();
    let mut board = SampleBoard::new(GroupBy::default());
    board.add(&trace, &Derived::of(&trace), &[finding(FindingKind::Retries, Severity::Info, "x", 1, &all)]);
    let rows = board.finish();
    assert_eq!((rows.rows[0].attempts, rows.rows[0].calls, rows.rows[0].findings), (100_000, 100_000, [0, 0, 1]));
}
