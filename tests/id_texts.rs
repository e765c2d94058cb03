//! Ids in every spelling and every format: what can be read joins, what cannot keeps its identity and its text. Expected ids are
//! written out by hand.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test that cannot read its input fails")]

mod otlp_writer;

use std::io::Cursor;
use std::sync::Arc;

use otlp_writer::{bytes, fixed64, message, traces};
use serde_json::{Value as Json, json};
use spanloom::analysis::export::{jaeger_json, otlp_json, otlp_proto};
use spanloom::analysis::summary::summaries;
use spanloom::analysis::{Derived, report};
use spanloom::base::{SpanId, TraceId};
use spanloom::decode::decode;
use spanloom::model::{Place, SpanSet, Trace, WarningKind};

/// Writes a trace in a format.
type Writer = fn(&Trace) -> Vec<u8>;

const TRACE: u128 = 0x0af7_6519_16cd_43dd_8448_eb21_1c80_319c;
const START_US: u64 = 1_767_225_600_000_000;

/// A trace, its two spans and the second one's parent as a writer spells them.
struct Ids {
    trace: Json,
    root: Json,
    child: Json,
}

fn ids(trace: &str, root: &str, child: &str) -> Ids {
    Ids { trace: trace.into(), root: root.into(), child: child.into() }
}

fn otlp(ids: &Ids) -> String {
    let span = |id: &Json, parent: Option<&Json>| {
        json!({"traceId": ids.trace, "spanId": id, "parentSpanId": parent, "name": "work",
            "startTimeUnixNano": (START_US * 1000).to_string(), "endTimeUnixNano": (START_US * 1000 + 5000).to_string()})
    };
    let spans = [span(&ids.root, None), span(&ids.child, Some(&ids.root))];
    json!({"resourceSpans": [{"scopeSpans": [{"spans": spans}]}]}).to_string()
}

fn jaeger(ids: &Ids) -> String {
    let span = |id: &Json, parent: Option<&Json>| {
        let of = |parent| json!({"refType": "CHILD_OF", "traceID": ids.trace, "spanID": parent});
        let references: Vec<Json> = parent.map(of).into_iter().collect();
        json!({"traceID": ids.trace, "spanID": id, "operationName": "work", "references": references,
            "startTime": START_US, "duration": 5, "tags": [], "logs": [], "processID": "p1"})
    };
    let spans = [span(&ids.root, None), span(&ids.child, Some(&ids.root))];
    json!({"data": [{"traceID": ids.trace, "spans": spans, "processes": {"p1": {"serviceName": "a", "tags": []}}}]})
        .to_string()
}

fn zipkin(ids: &Ids) -> String {
    let span = |id: &Json, parent: Option<&Json>| {
        json!({"traceId": ids.trace, "id": id, "parentId": parent, "name": "work", "timestamp": START_US, "duration": 5,
            "localEndpoint": {"serviceName": "a"}})
    };
    json!([span(&ids.root, None), span(&ids.child, Some(&ids.root))]).to_string()
}

fn read(text: impl Into<Vec<u8>>) -> SpanSet {
    let mut set = SpanSet::new();
    let outcome = decode(Box::new(Cursor::new(text.into())), &mut set, &mut |_| {});
    assert_eq!(outcome.error, None);
    assert!(set.defects.is_empty(), "{:?}", set.defects);
    set
}

fn only_trace(set: SpanSet) -> Trace {
    assert_eq!(set.trace_ids.len(), 1, "{:?}", set.trace_ids);
    let id = set.trace_ids[0];
    Trace::build(&Arc::new(set), id).unwrap()
}

/// Root first, child below it; nothing is missing, nothing is shared.
fn is_joined(trace: &Trace, what: &str) {
    let spans: Vec<_> = trace.spans().map(|span| (trace.place(span), trace.depth(span))).collect();
    assert_eq!(spans, [(Place::Root, 1), (Place::Child, 2)], "{what}");
}

#[test]
fn every_spelling_is_the_same_id_in_every_json_format() {
    let spellings = [
        ids("0af7651916cd43dd8448eb211c80319c", "00000000000000a1", "00000000000000a2"),
        ids("0AF7651916CD43DD8448EB211C80319C", "00000000000000A1", "A2"),
        ids("0x0af7651916cd43dd8448eb211c80319c", "0xa1", "0X00000000000000A2"),
        ids("0AF76519-16CD-43DD-8448-EB211C80319C", "a1", "a2"),
        ids("{0af76519-16cd-43dd-8448-eb211c80319c}", "a1", "a2"),
        ids("CvdlGRbNQ92ESOshHIAxnA==", "AAAAAAAAAKE=", "AAAAAAAAAKI="),
        ids("MGFmNzY1MTkxNmNkNDNkZDg0NDhlYjIxMWM4MDMxOWM=", "MDAwMDAwMDAwMDAwMDBhMQ==", "MDAwMDAwMDAwMDAwMDBhMg=="),
        Ids { trace: "14576827793038113322513871894673895836".into(), root: json!(161), child: json!(162) },
        Ids {
            trace: json!([10, 247, 101, 25, 22, 205, 67, 221, 132, 72, 235, 33, 28, 128, 49, 156]),
            root: json!([0, 0, 0, 0, 0, 0, 0, 161]),
            child: json!([162]),
        },
        Ids {
            trace: json!({"type": "Buffer", "data": [10, 247, 101, 25, 22, 205, 67, 221, 132, 72, 235, 33, 28, 128, 49, 156]}),
            root: json!({"0": 0, "1": 0, "2": 161}),
            child: json!({"type": "Buffer", "data": [0, 0, 0, 162]}),
        },
    ];
    for spelling in &spellings[..] {
        for (format, text) in [("OTLP", otlp(spelling)), ("Jaeger", jaeger(spelling)), ("Zipkin", zipkin(spelling))] {
            let what = format!("{format}: {}", spelling.trace);
            let trace = only_trace(read(text));
            assert_eq!(trace.spans().map(|span| trace.span_id(span).0).collect::<Vec<_>>(), [0xa1, 0xa2], "{what}");
            assert_eq!(trace.id, TraceId(TRACE), "{what}");
            is_joined(&trace, &what);
            assert!(trace.warnings.iter().all(|warning| warning.kind != WarningKind::UnreadableId), "{what}");
        }
    }
}

#[test]
fn decimal_ids_of_datadog_join_whatever_their_length() {
    let spelling = ids("1234567890123456789", "9876543210987654321", "11111111111111111111");
    for text in [otlp(&spelling), jaeger(&spelling), zipkin(&spelling)] {
        let trace = only_trace(read(text));
        assert_eq!(trace.id, TraceId(1_234_567_890_123_456_789));
        assert_eq!(trace.span_id(trace.roots().next().unwrap()), SpanId(9_876_543_210_987_654_321));
        is_joined(&trace, "decimal");
    }
}

#[test]
fn texts_that_are_no_ids_keep_spans_apart_and_parents_joined() {
    for texts in
        [ids("checkout run 7", "span-A", "span-B"), ids("trace-one", "0af76519-16cd-43dd-8448-eb211c80319c", "ü")]
    {
        for (format, text) in [("OTLP", otlp(&texts)), ("Jaeger", jaeger(&texts)), ("Zipkin", zipkin(&texts))] {
            let set = read(text);
            let listed = summaries(&set);
            assert_eq!(listed[0].id_text.as_deref(), texts.trace.as_str(), "{format}");
            let trace = only_trace(set);
            is_joined(&trace, format);
            assert_eq!(trace.trace_id_text(), texts.trace.as_str(), "{format}");
            let shown: Vec<String> = trace.spans().map(|span| trace.shown_id(span)).collect();
            assert_eq!(shown, [texts.root.as_str().unwrap(), texts.child.as_str().unwrap()], "{format}");
            let unread: Vec<&str> = trace
                .warnings
                .iter()
                .filter(|warning| warning.kind == WarningKind::UnreadableId)
                .map(|warning| warning.message.as_str())
                .collect();
            assert_eq!(unread.len(), 2, "{format}: {unread:?}");
            assert!(unread[0].starts_with("2 spans have ids in no known form. `"), "{unread:?}");
            assert!(!trace.warnings.iter().any(|warning| warning.kind == WarningKind::ZeroSpanId), "{format}");
        }
    }
}

#[test]
fn two_traces_with_unreadable_ids_are_two() {
    let mut all = read(otlp(&ids("first run", "a1", "a2")));
    let outcome = decode(Box::new(Cursor::new(otlp(&ids("second run", "a1", "a2")))), &mut all, &mut |_| {});
    assert_eq!((outcome.spans, all.trace_ids.len()), (2, 2));
}

#[test]
fn an_orphans_parent_is_named_as_it_was_written() {
    let mut texts = ids("0af7651916cd43dd8448eb211c80319c", "span-A", "span-B");
    let text = otlp(&texts).replacen("\"span-A\"", "\"a9\"", 1);
    let trace = only_trace(read(text));
    let orphan = trace.warnings.iter().find(|warning| warning.kind == WarningKind::Orphan).unwrap();
    assert_eq!(orphan.message, "The parent span-A of “work” is not in this trace.");
    texts.root = json!("");
    assert_eq!(only_trace(read(otlp(&texts))).roots().count(), 2, "an empty parent is none");
}

#[test]
fn protobuf_with_texts_or_too_many_bytes_for_ids_joins_its_spans() {
    let body = |trace: &[u8], root: &[u8], child: &[u8]| {
        let span = |id: &[u8], parent: &[u8]| {
            let times = [fixed64(7, START_US * 1000), fixed64(8, START_US * 1000 + 5000)];
            message(
                2,
                &[vec![bytes(1, trace), bytes(2, id), bytes(4, parent), bytes(5, "work")], times.to_vec()].concat(),
            )
        };
        traces("a", &[span(root, b""), span(child, root)])
    };
    let hex = only_trace(read(body(b"0af7651916cd43dd8448eb211c80319c", b"00000000000000a1", b"00000000000000a2")));
    assert_eq!(hex.id, TraceId(TRACE));
    is_joined(&hex, "hex text");
    let uuid = only_trace(read(body(b"0af76519-16cd-43dd-8448-eb211c80319c", &[0xa1; 8], &[0xa2; 8])));
    assert_eq!(uuid.id, TraceId(TRACE));
    let long = only_trace(read(body(&[7; 20], &[1; 9], b"span-number-two")));
    is_joined(&long, "bytes that are no id");
    let shown: Vec<String> = long.spans().map(|span| long.shown_id(span)).collect();
    assert_eq!(shown, ["010101010101010101", "span-number-two"]);
    assert_eq!(long.trace_id_text(), Some("07".repeat(20).as_str()));
}

#[test]
fn report_and_exports_carry_the_text_beside_the_derived_id() {
    let trace = only_trace(read(jaeger(&ids("run 7", "span-A", "span-B"))));
    let of = |trace: &Trace| serde_json::to_value(report(trace, &Derived::of(trace))).unwrap();
    let truth = of(&trace);
    // FNV-1a of the texts, worked out by a program of its own.
    assert_eq!((&truth["trace_id"], &truth["id_text"]), (&json!("0e5d474d6283d94f70817ac77124e9c3"), &json!("run 7")));
    assert_eq!(truth["id_texts"], json!({"064192ad097ac31f": "span-A", "064193ad097ac4d2": "span-B"}));
    assert_eq!(truth["critical_path"]["root_span_id"], "064192ad097ac31f");
    assert_eq!(truth["critical_path"]["spans"][0]["id_text"], "span-A");
    let writers: [(&str, Writer); 3] = [("OTLP/JSON", otlp_json), ("protobuf", otlp_proto), ("Jaeger", jaeger_json)];
    for (format, write) in writers {
        let again = only_trace(read(write(&trace)));
        assert_eq!(of(&again), truth, "{format}");
        assert_eq!(write(&only_trace(read(write(&again)))), write(&again), "{format}: written once more");
    }
}

#[test]
fn an_attribute_cannot_rename_a_span_whose_id_was_read() {
    let text = otlp(&ids("0af7651916cd43dd8448eb211c80319c", "a1", "a2")).replace(
        "\"name\":\"work\"",
        r#""name":"work","attributes":[{"key":"spanloom.id_text","value":{"stringValue":"other"}}]"#,
    );
    let trace = only_trace(read(text));
    assert_eq!(trace.shown_id(trace.roots().next().unwrap()), "00000000000000a1");
    assert!(trace.warnings.is_empty(), "{:?}", trace.warnings);
}
