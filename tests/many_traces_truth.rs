//! The two views over many traces against the truth, over all recorded traces together. Calls, failed calls, durations and self times of each
//! service and operation are computed here from Tempo's recorded JSON, sharing no code with the crate but the labels, which
//! `analysis_labels` tests; calls between services are those of `facts.json`; hops that lost their context are named by hand, as
//! `tests/fixtures/tempo/INDEX.md` describes them. The crate reads the protobuf of the same traces.
//!
//! Not here: what a call is in traces made up for it, which is tested beside the code.

#![allow(clippy::unwrap_used, reason = "a test that cannot read its fixture fails")]

use std::collections::BTreeMap;
use std::fs::File;
use std::io::Read;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use serde_json::Value;
use spanloom::analysis::Derived;
use spanloom::analysis::connectors::{ConnectorRow, ConnectorRows, GroupBy, SampleBoard, Side};
use spanloom::analysis::findings::{Seen, findings};
use spanloom::analysis::propagation_matrix::{Callee, Cell, Matrix, MatrixRows, Protocol};
use spanloom::base::TraceId;
use spanloom::model::{SpanSet, Trace};

fn traces_dir() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/tempo/traces")
}

fn facts() -> BTreeMap<String, Value> {
    serde_json::from_reader(File::open(traces_dir().with_file_name("facts.json")).unwrap()).unwrap()
}

fn read(name: &str, facts: &Value) -> Trace {
    let dir = traces_dir().join(name);
    let file = File::open(dir.join("v1.pb")).or_else(|_| File::open(dir.join("v1.pb.gz"))).unwrap();
    let mut set = SpanSet::new();
    let outcome = spanloom::decode::decode(Box::new(file), &mut set, &mut |_| {});
    assert_eq!(outcome.error, None, "{name}");
    let id = TraceId::from_hex(facts["trace_ids"][0].as_str().unwrap().as_bytes()).unwrap();
    Trace::build(&Arc::new(set), id).unwrap()
}

fn traces() -> BTreeMap<String, Trace> {
    facts().iter().map(|(name, facts)| (name.clone(), read(name, facts))).collect()
}

fn board(by: &str, traces: &BTreeMap<String, Trace>) -> ConnectorRows {
    let mut board = SampleBoard::new(GroupBy::parse(by));
    for trace in traces.values() {
        let derived = Derived::of(trace);
        board.add(trace, &derived, &findings(trace, &derived, Seen::default()));
    }
    board.finish()
}

fn matrix<'t>(traces: impl Iterator<Item = &'t Trace>) -> MatrixRows {
    let mut matrix = Matrix::default();
    traces.for_each(|trace| matrix.add(trace, &Derived::of(trace)));
    matrix.finish()
}

/// A span as the JSON says it.
struct Span {
    id: u64,
    parent: u64,
    service: String,
    kind: String,
    failed: bool,
    start: u64,
    /// Never before the start.
    end: u64,
    is_database: bool,
}

/// Eight bytes of base64, as a number; 0 when missing.
fn id_of(text: &Value) -> u64 {
    const DIGITS: &[u8] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let digits = text.as_str().unwrap_or_default().trim_end_matches('=').bytes();
    let digits = digits.map(|c| DIGITS.iter().position(|digit| *digit == c).unwrap() as u128);
    (digits.fold(0, |sum, digit| sum << 6 | digit) >> 2) as u64
}

fn spans_of(name: &str) -> Vec<Span> {
    let dir = traces_dir().join(name);
    let trace: Value = match File::open(dir.join("v2.json")) {
        Ok(file) => serde_json::from_reader::<_, Value>(file).unwrap()["trace"].take(),
        Err(_) => {
            let mut text = String::new();
            flate2::read::GzDecoder::new(File::open(dir.join("v1.json.gz")).unwrap())
                .read_to_string(&mut text)
                .unwrap();
            serde_json::from_str(&text).unwrap()
        }
    };
    let list = |value: &Value| value.as_array().cloned().unwrap_or_default();
    let ns = |value: &Value| value.as_str().map_or(0, |digits| digits.parse::<u64>().unwrap());
    let batches = if trace["batches"].is_array() { &trace["batches"] } else { &trace["resourceSpans"] };
    let mut spans = Vec::new();
    for batch in list(batches) {
        let named = list(&batch["resource"]["attributes"]).into_iter().rfind(|pair| pair["key"] == "service.name");
        let service = named.map(|pair| pair["value"]["stringValue"].as_str().unwrap_or_default().to_owned());
        for span in list(&batch["scopeSpans"]).iter().flat_map(|scoped| list(&scoped["spans"])) {
            let says = |pair: &Value| ["db.system", "db.system.name"].iter().any(|key| pair["key"] == *key);
            let start = ns(&span["startTimeUnixNano"]);
            spans.push(Span {
                id: id_of(&span["spanId"]),
                parent: id_of(&span["parentSpanId"]),
                service: service.clone().unwrap_or_default(),
                kind: span["kind"].as_str().unwrap_or_default().to_owned(),
                failed: span["status"]["code"] == "STATUS_CODE_ERROR",
                start,
                end: ns(&span["endTimeUnixNano"]).max(start),
                is_database: list(&span["attributes"]).iter().any(says),
            });
        }
    }
    spans
}

/// Duration less what children cover of it, moment by moment between the ends of their intervals.
fn self_ns(span: &Span, children: &[&Span]) -> u64 {
    let clamped = |child: &&Span| (child.start.clamp(span.start, span.end), child.end.clamp(span.start, span.end));
    let mut intervals: Vec<(u64, u64)> = children.iter().map(clamped).collect();
    intervals.sort_unstable();
    let (mut own, mut reached) = (0, span.start);
    for (start, end) in intervals {
        own += start.saturating_sub(reached);
        reached = reached.max(end);
    }
    own + (span.end - reached)
}

#[derive(Default, PartialEq, Eq, Debug)]
struct Truth {
    traces: u64,
    failed: u64,
    took_ns: Vec<u64>,
    self_ns: u64,
}

/// A service, an operation and whether it is received.
type Key = (String, String, bool);

/// By service, operation and side. Of one trace the operation of a span is the crate's label.
fn truth(traces: &BTreeMap<String, Trace>) -> BTreeMap<Key, Truth> {
    let mut rows: BTreeMap<Key, Truth> = BTreeMap::new();
    for (name, trace) in traces {
        let spans = spans_of(name);
        let derived = Derived::of(trace);
        let labels: BTreeMap<u64, &str> =
            trace.spans().map(|span| (trace.span_id(span).0, derived.labels.label(span))).collect();
        let by_id: BTreeMap<u64, &Span> = spans.iter().map(|span| (span.id, span)).collect();
        assert_eq!((by_id.len(), labels.len()), (spans.len(), spans.len()), "{name}");
        let mut children: BTreeMap<u64, Vec<&Span>> = BTreeMap::new();
        spans.iter().for_each(|span| children.entry(span.parent).or_default().push(span));
        let crosses = |span: &Span| {
            let kind = span.kind.strip_prefix("SPAN_KIND_").unwrap_or_default();
            ["SERVER", "CLIENT", "PRODUCER", "CONSUMER"].contains(&kind) || span.is_database
        };
        let mut met: Vec<Key> = Vec::new();
        for span in &spans {
            // Up to the call that it is the work of; a circle leads to none.
            let mut call = span;
            let mut steps = 0;
            while !crosses(call) && steps < spans.len() {
                let Some(above) = by_id.get(&call.parent).filter(|above| above.service == call.service) else { break };
                (call, steps) = (above, steps + 1);
            }
            if !crosses(call) {
                continue;
            }
            let is_received = ["SPAN_KIND_SERVER", "SPAN_KIND_CONSUMER"].contains(&call.kind.as_str());
            let key = (call.service.clone(), labels[&call.id].to_owned(), is_received);
            let row = rows.entry(key.clone()).or_default();
            row.self_ns += self_ns(span, children.get(&span.id).map(Vec::as_slice).unwrap_or_default());
            if call.id == span.id {
                row.failed += u64::from(span.failed);
                row.took_ns.push(span.end - span.start);
                met.push(key);
            }
        }
        met.sort();
        met.dedup();
        met.iter().for_each(|key| rows.get_mut(key).unwrap().traces += 1);
    }
    rows.values_mut().for_each(|row| row.took_ns.sort_unstable());
    rows
}

#[test]
fn calls_failures_durations_and_self_times_of_every_operation_are_true() {
    let traces = traces();
    let truth = truth(&traces);
    let rows = board("", &traces);
    assert_eq!((rows.traces, rows.traces_with_root, rows.more_rows), (20, 19, 0));
    assert_eq!(rows.calls, truth.values().map(|row| row.took_ns.len() as u64).sum::<u64>());
    let key = |row: &ConnectorRow| (row.service.clone().unwrap(), row.text.clone(), row.side == Some(Side::Received));
    let got: Vec<_> = rows.rows.iter().map(key).collect();
    let mut sorted = got.clone();
    sorted.sort();
    assert_eq!(sorted, truth.keys().cloned().collect::<Vec<_>>());
    for (row, key) in rows.rows.iter().zip(got) {
        let truth = &truth[&key];
        let calls = truth.took_ns.len();
        let at = |percent: usize| truth.took_ns[(1..=calls).find(|rank| rank * 100 >= percent * calls).unwrap() - 1];
        assert_eq!((row.traces, row.calls, row.failed), (truth.traces, calls as u64, truth.failed), "{key:?}");
        assert_eq!([row.p50_ns, row.p95_ns, row.p99_ns], [50, 95, 99].map(at), "{key:?}");
        assert_eq!(row.self_ns, truth.self_ns, "{key:?}");
    }
}

#[test]
fn what_rows_save_is_in_order_and_no_more_than_the_paths_are_long() {
    let (traces, facts) = (traces(), facts());
    let rows = board("", &traces);
    let total = |facts: &Value| facts["critical_path"]["root_duration_ns"].as_u64();
    let whole: u64 = facts.values().filter_map(total).sum();
    let sum: u64 = rows.rows.iter().map(|row| row.critical_ns).sum();
    // What is nobody's work: spans inside a service without a call above, as in the traces made by hand.
    assert!(sum <= whole && sum > whole * 98 / 100, "{sum} of {whole}");
    assert!(rows.rows.is_sorted_by(|a, b| a.critical_ns >= b.critical_ns));
    assert!(rows.rows.iter().all(|row| row.saves_ns == row.critical_ns / 19));
}

#[test]
fn by_carrier_and_by_erp_there_is_a_row_for_each() {
    let traces = traces();
    // Calls, each said by a span of kind INTERNAL.
    let expected = [
        ("erp.system", vec![("dynamics", 1), ("odoo", 3), ("sap", 2)]),
        (
            "carrier.name",
            vec![
                ("chronopost", 6),
                ("dhl", 4),
                ("dpd", 2),
                ("fedex", 1),
                ("gls", 2),
                ("hermes", 2),
                ("postnl", 3),
                ("tnt", 5),
                ("ups", 6),
                ("usps", 5),
            ],
        ),
    ];
    for (key, expected) in expected {
        let rows = board(key, &traces);
        let mut got: Vec<(&str, u64)> = rows.rows.iter().map(|row| (row.text.as_str(), row.calls)).collect();
        got.sort_unstable();
        assert_eq!(got, expected);
        assert!(rows.rows.iter().all(|row| row.side.is_none() && row.service.is_none() && row.self_ns > 0));
        assert!(rows.calls_without > 0);
    }
}

fn told(cell: &Cell) -> String {
    let callee = match &cell.callee {
        Callee::Service(name) => name.clone(),
        Callee::Host(name) => format!("host {name}"),
        Callee::Queue(name) => format!("queue {name}"),
    };
    format!("{} > {callee}", cell.caller.as_deref().unwrap_or("?"))
}

#[test]
fn every_recorded_edge_between_services_survived_with_its_calls() {
    let mut expected: BTreeMap<(String, String), u64> = BTreeMap::new();
    for facts in facts().values() {
        for edge in facts["service_edges"].as_array().unwrap() {
            let name = |end: &str| edge[end].as_str().unwrap().to_owned();
            *expected.entry((name("client"), name("server"))).or_default() += edge["calls"].as_u64().unwrap();
        }
    }
    let traces = traces();
    let rows = matrix(traces.values());
    let mut got: BTreeMap<(String, String), u64> = BTreeMap::new();
    for cell in rows.cells.iter().filter(|cell| cell.survived > 0) {
        let Callee::Service(callee) = &cell.callee else { panic!("{cell:?}") };
        *got.entry((cell.caller.clone().unwrap(), callee.clone())).or_default() += cell.survived;
        assert_eq!(cell.lost, 0, "{cell:?}");
    }
    assert_eq!(got, expected);
}

#[test]
fn what_is_lost_linked_and_unseen_is_what_was_made_so() {
    let traces = traces();
    let rows = matrix(traces.values());
    let cells = |of: fn(&Cell) -> bool| rows.cells.iter().filter(move |cell| of(cell));
    let lost: Vec<_> = cells(|cell| cell.lost > 0).map(|cell| (told(cell), cell.lost, cell.joined)).collect();
    assert_eq!(
        lost,
        [
            ("order-service > queue rabbitmq/legacy.in".to_owned(), 5, 0),
            ("api-gateway > invoice-service".to_owned(), 1, 1)
        ]
    );
    let gateway = &rows.cells[1];
    assert_eq!((&gateway.via[..], gateway.protocol), (&["legacy-lb".to_owned()][..], Protocol::Http));
    let ids = |name: &str| traces[name].id.to_string();
    assert_eq!(gateway.examples[0].trace_id, ids("lost-http-caller"));
    assert_eq!(gateway.examples[0].other.as_ref().map(|other| other.0.clone()), Some(ids("lost-http-callee")));
    // Two messages of five are linked to by consumers in the sample; those of the others are not in it.
    let linked: Vec<_> =
        cells(|cell| cell.linked + cell.unseen > 0).map(|cell| (told(cell), cell.linked, cell.unseen)).collect();
    assert_eq!(linked, [("order-service > label-service".to_owned(), 2, 3)]);
    assert_eq!(cells(|cell| cell.orphaned > 0).map(told).collect::<Vec<_>>(), ["? > api-gateway"]);
    assert!(cells(|cell| cell.arrived > 0).any(|cell| told(cell) == "? > notification-service"));
    assert!(cells(|cell| cell.arrived > 0).all(|cell| told(cell) != "? > invoice-service"));
    assert_eq!(cells(|cell| cell.unreached > 0).map(told).collect::<Vec<_>>(), [""; 0]);
}

#[test]
fn the_order_of_traces_says_nothing() {
    let traces = traces();
    assert_eq!(matrix(traces.values()), matrix(traces.values().rev()));
    let mut backward = SampleBoard::new(GroupBy::default());
    for trace in traces.values().rev() {
        let derived = Derived::of(trace);
        backward.add(trace, &derived, &findings(trace, &derived, Seen::default()));
    }
    assert_eq!(backward.finish(), board("", &traces));
}
