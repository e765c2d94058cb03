//! Spans without a start or an end, spans in parts, times in the wrong unit: in every format that can write them, and the
//! reported inputs beside their facts. A time that is not known sets no figure of the trace.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test that cannot read its fixture fails")]

use std::io::Cursor;
use std::path::Path;
use std::sync::Arc;

use serde_json::{Value, json};
use spanloom::analysis::export::{otlp_json, otlp_proto, spans_csv};
use spanloom::analysis::findings::{Seen, findings};
use spanloom::analysis::summary::summaries;
use spanloom::analysis::{Derived, report};
use spanloom::base::SpanId;
use spanloom::model::{SpanIdx, SpanSet, Timing, Trace, WarningKind};

fn read_into(set: &mut SpanSet, bytes: &[u8]) {
    let outcome = spanloom::decode::decode(Box::new(Cursor::new(bytes.to_vec())), set, &mut |_| {});
    assert_eq!(outcome.error, None);
}

/// The first trace of some files, read into one set.
fn trace_of(files: &[&[u8]]) -> Trace {
    let mut set = SpanSet::new();
    files.iter().for_each(|bytes| read_into(&mut set, bytes));
    let id = set.trace_ids[0];
    Trace::build(&Arc::new(set), id).unwrap()
}

fn of_json(value: &Value) -> Trace {
    trace_of(&[value.to_string().as_bytes()])
}

fn span(trace: &Trace, id: u64) -> SpanIdx {
    trace.find(SpanId(id)).expect("the span")
}

fn attr(trace: &Trace, span: SpanIdx, key: &str) -> Option<String> {
    let key = trace.set.strings.find(key)?;
    trace.attr(span, key).map(|value| value.to_text().into_owned())
}

/// Kinds, how many each stands for, and messages.
fn warnings(trace: &Trace) -> Vec<(WarningKind, u64, &str)> {
    trace.warnings.iter().map(|warning| (warning.kind, warning.count, warning.message.as_str())).collect()
}

fn reports_dir() -> std::path::PathBuf {
    Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/fixtures/reports")).to_owned()
}

#[test]
fn reported_inputs_have_the_figures_of_their_facts() {
    let facts: Value = serde_json::from_slice(&std::fs::read(reports_dir().join("facts.json")).unwrap()).unwrap();
    for file in ["zipkin-parts.json", "zipkin-no-duration.json", "otlp-end-missing.json", "zipkin-ms.json"] {
        let trace = trace_of(&[&std::fs::read(reports_dir().join(file)).unwrap()]);
        let of = &facts[file];
        let truth = &of["traces"][0];
        let derived = Derived::of(&trace);
        let got = serde_json::to_value(report(&trace, &derived)).unwrap();
        for (figure, fact) in [
            ("trace_id", "id"),
            ("span_count", "spans"),
            ("error_span_count", "failed"),
            ("start_unix_nano", "start"),
            ("duration_ns", "duration"),
            ("root_count", "roots"),
            ("orphan_count", "orphans"),
            ("max_depth", "depth"),
        ] {
            assert_eq!(got[figure], truth[fact], "{file}: {figure}");
        }
        let services = got["services"].as_array().unwrap().iter().map(|service| service["name"].clone());
        assert_eq!(services.collect::<Value>(), truth["services"], "{file}");
        for kind in of["warnings"].as_array().into_iter().flatten() {
            assert!(got["warnings"].as_array().unwrap().iter().any(|line| line["kind"] == *kind), "{file}: {kind}");
        }
        let line = &summaries(&trace.set)[0];
        assert_eq!(json!(line.start_unix_nano.to_string()), truth["start"], "{file}: the list");
        assert_eq!(json!(line.duration_ns.to_string()), truth["duration"], "{file}: the list");
    }
}

const START_US: u64 = 1_767_225_600_000_000;
const START_NS: u64 = START_US * 1_000;

/// A root of 5 ms, a child without a start, its child of 1 ms, a child without an end: each format's way to say so. `none` is
/// how the missing times are written.
fn in_every_format(none: Option<u64>) -> Vec<(&'static str, Vec<u8>)> {
    vec![
        ("OTLP JSON", otlp_json_of(none)),
        ("OTLP protobuf", otlp_proto(&trace_of(&[&otlp_json_of(none)]))),
        ("Jaeger", jaeger_of(none)),
        ("Zipkin", zipkin_of(none)),
    ]
}

fn with_times(mut span: Value, times: [(&str, Option<Value>); 2]) -> Value {
    for (key, time) in times {
        if let Some(time) = time {
            span[key] = time;
        }
    }
    span
}

fn otlp_json_of(none: Option<u64>) -> Vec<u8> {
    let none = none.map(|none| json!(none.to_string()));
    let at = |us: u64| Some(json!(((START_US + us) * 1_000).to_string()));
    let span = |id: u64, parent: u64, start: Option<Value>, end: Option<Value>| {
        let parent = if parent == 0 { String::new() } else { format!("{parent:016x}") };
        let span = json!({"traceId": "000000000000000000000000000000ab", "spanId": format!("{id:016x}"), "parentSpanId": parent, "name": "get"});
        with_times(span, [("startTimeUnixNano", start), ("endTimeUnixNano", end)])
    };
    let spans = [
        span(1, 0, at(0), at(5_000)),
        span(2, 1, none.clone(), none.clone()),
        span(3, 2, at(1_000), at(2_000)),
        span(4, 1, at(3_000), none),
    ];
    let service = json!([{"key": "service.name", "value": {"stringValue": "a"}}]);
    json!({"resourceSpans": [{"resource": {"attributes": service}, "scopeSpans": [{"spans": spans}]}]})
        .to_string()
        .into()
}

fn jaeger_of(none: Option<u64>) -> Vec<u8> {
    let none = none.map(|none| json!(none));
    let span = |id: &str, parent: &str, start: Option<Value>, duration: Option<Value>| {
        let references = match parent {
            "" => json!([]),
            parent => json!([{"refType": "CHILD_OF", "traceID": "ab", "spanID": parent}]),
        };
        let span =
            json!({"traceID": "ab", "spanID": id, "operationName": "get", "references": references, "processID": "p1"});
        with_times(span, [("startTime", start), ("duration", duration)])
    };
    let spans = [
        span("1", "", Some(json!(START_US)), Some(json!(5_000))),
        span("2", "1", none.clone(), none),
        span("3", "2", Some(json!(START_US + 1_000)), Some(json!(1_000))),
        span("4", "1", Some(json!(START_US + 3_000)), None),
    ];
    json!({"data": [{"traceID": "ab", "spans": spans, "processes": {"p1": {"serviceName": "a"}}}]}).to_string().into()
}

fn zipkin_of(none: Option<u64>) -> Vec<u8> {
    let none = none.map(|none| json!(none));
    let span = |id: &str, parent: Option<&str>, start: Option<Value>, duration: Option<Value>| {
        let mut span = json!({"traceId": "ab", "id": id, "name": "get", "localEndpoint": {"serviceName": "a"}});
        if let Some(parent) = parent {
            span["parentId"] = json!(parent);
        }
        with_times(span, [("timestamp", start), ("duration", duration)])
    };
    json!([
        span("1", None, Some(json!(START_US)), Some(json!(5_000))),
        span("2", Some("1"), none.clone(), none),
        span("3", Some("2"), Some(json!(START_US + 1_000)), Some(json!(1_000))),
        span("4", Some("1"), Some(json!(START_US + 3_000)), None)
    ])
    .to_string()
    .into()
}

#[test]
fn missing_times_are_unknown_in_every_format_whether_absent_or_0() {
    for none in [None, Some(0)] {
        for (format, bytes) in in_every_format(none) {
            let what = format!("{format}, {none:?}");
            let trace = trace_of(&[&bytes]);
            assert_eq!((trace.start_unix_nano, trace.duration_ns), (START_NS, 5_000_000), "{what}");
            let times = |id| {
                let span = span(&trace, id);
                (trace.timing(span), trace.start_ns(span), trace.end_ns(span), trace.duration_of(span))
            };
            assert_eq!(times(2), (Timing::NoStart, 0, 0, 0), "{what}");
            assert_eq!(times(3), (Timing::Known, 1_000_000, 2_000_000, 1_000_000), "{what}");
            assert_eq!(times(4), (Timing::NoEnd, 3_000_000, 3_000_000, 0), "{what}");
            let told = warnings(&trace);
            assert_eq!(
                told,
                [
                    (
                        WarningKind::UnknownStart,
                        1,
                        "1 span has no start time; it is shown without length at the start of its parent."
                    ),
                    (
                        WarningKind::UnknownEnd,
                        1,
                        "1 span has no end time; it is shown without length, and the duration is not known."
                    ),
                ],
                "{what}"
            );
            let derived = Derived::of(&trace);
            assert_eq!(derived.self_ns[span(&trace, 1).index()], 5_000_000, "{what}: they cover nothing");
            let path = derived.critical_path.as_ref().unwrap();
            assert_eq!(path.own_ns().collect::<Vec<_>>(), [(span(&trace, 1), 5_000_000)], "{what}");
            findings(&trace, &derived, Seen::default());
            let line = &summaries(&trace.set)[0];
            assert_eq!((line.start_unix_nano, line.duration_ns), (START_NS, 5_000_000), "{what}");
        }
    }
}

#[test]
fn what_is_unknown_stays_so_in_what_is_written() {
    let trace = trace_of(&[&otlp_json_of(None)]);
    for bytes in [otlp_json(&trace), otlp_proto(&trace)] {
        let again = trace_of(&[&bytes]);
        let timing = |trace: &Trace| (1..=4).map(|id| trace.timing(span(trace, id))).collect::<Vec<_>>();
        assert_eq!(timing(&again), [Timing::Known, Timing::NoStart, Timing::Known, Timing::NoEnd]);
    }
    let csv = spans_csv(&trace, &Derived::of(&trace), &[0, 1, 2, 3], None);
    let csv = String::from_utf8(csv).unwrap();
    let lines: Vec<&str> = csv.trim_end().split("\r\n").collect();
    let cells = |id: &str| {
        let line = lines.iter().find(|line| line.contains(&format!(",{id:0>16},"))).unwrap();
        line.split(',').skip(9).take(5).map(str::to_owned).collect::<Vec<_>>()
    };
    assert_eq!(cells("2"), ["", "", "", "", ""]);
    assert_eq!(cells("4"), ["2026-01-01T00:00:00.003Z", "1767225600003000000", "3000000", "", ""]);
}

#[test]
fn a_duration_without_a_start_is_kept_for_the_details_and_sets_nothing() {
    let bytes = std::fs::read(reports_dir().join("zipkin-no-duration.json")).unwrap();
    let trace = trace_of(&[&bytes]);
    let third = span(&trace, 3);
    assert_eq!((trace.timing(third), trace.duration_of(third)), (Timing::NoStart, 0));
    let details = spanloom::analysis::details::details(&trace, &Derived::of(&trace), third);
    assert_eq!(details.unplaced, Some(spanloom::model::Unplaced::DurationNs(700_000)));
    assert_eq!(details.start_unix_nano, START_NS, "its parent's");
    assert_eq!(trace.timing(span(&trace, 1)), Timing::Known, "a duration of 0 is a duration");
    assert_eq!(trace.timing(span(&trace, 2)), Timing::NoEnd);
}

fn zipkin_span(more: Value) -> Value {
    let mut span = json!({"traceId": "ab", "id": "1", "localEndpoint": {"serviceName": "web"}});
    for (key, value) in more.as_object().unwrap() {
        span[key] = value.clone();
    }
    span
}

fn timed() -> Value {
    zipkin_span(json!({
        "name": "get /", "kind": "SERVER", "timestamp": START_US, "duration": 5_000, "tags": {"k": "first", "own": "1"},
        "annotations": [{"timestamp": START_US + 3, "value": "b"}]
    }))
}

fn late() -> Value {
    zipkin_span(json!({
        "name": "get /shop", "tags": {"late": "x", "k": "second", "error": "boom"},
        "annotations": [{"timestamp": START_US + 1, "value": "a"}, {"timestamp": START_US + 3, "value": "b"}]
    }))
}

fn is_one_span(trace: &Trace, what: &str) {
    assert_eq!(trace.len(), 1, "{what}");
    let only = SpanIdx(0);
    assert_eq!((trace.name(only), trace.timing(only), trace.duration_of(only)), ("get /", Timing::Known, 5_000_000));
    assert_eq!(trace.service_name(only), "web", "{what}");
    assert_eq!(attr(trace, only, "late").as_deref(), Some("x"), "{what}");
    assert_eq!(attr(trace, only, "k").as_deref(), Some("first"), "{what}: the timed part's value is read");
    assert_eq!(attr(trace, only, "own").as_deref(), Some("1"), "{what}");
    assert_eq!(attr(trace, only, "other_name").as_deref(), Some("get /shop"), "{what}");
    let key = trace.set.strings.find("k").unwrap();
    let values = trace.set.attrs.iter(&trace.set.strings, trace.attrs(only)).filter(|(known, _)| *known == key);
    let values: Vec<String> = values.map(|(_, value)| value.to_text().into_owned()).collect();
    assert_eq!(values, ["second", "first"], "{what}: the other value is kept");
    let events: Vec<&str> = trace.events(only).iter().map(|event| trace.set.strings.get(event.name)).collect();
    assert_eq!(events, ["a", "b"], "{what}: each once, by time");
    assert!(trace.is_error(only), "{what}: an error of a part is the span's");
    assert_eq!(trace.status_message(only), "boom", "{what}");
    assert_eq!(warnings(trace), [], "{what}");
}

#[test]
fn parts_of_a_zipkin_span_are_one_span_in_any_order_and_in_any_files() {
    is_one_span(&of_json(&json!([timed(), late()])), "the timed one first");
    is_one_span(&of_json(&json!([late(), timed()])), "last");
    is_one_span(&of_json(&json!([[late()], [timed()]])), "in two lists");
    let files = [json!([timed()]), json!([late()])].map(|file| file.to_string());
    is_one_span(&trace_of(&[files[0].as_bytes(), files[1].as_bytes()]), "in two files");
    is_one_span(&trace_of(&[files[1].as_bytes(), files[0].as_bytes()]), "in two files, the timed one last");
    let nameless = zipkin_span(json!({"name": "unknown", "kind": "SERVER"}));
    is_one_span(&of_json(&json!([late(), nameless, timed()])), "with a part that only says its kind");
}

#[test]
fn a_start_and_a_duration_that_came_apart_are_one_span() {
    let start = zipkin_span(json!({"name": "get", "timestamp": START_US}));
    let duration = zipkin_span(json!({"duration": 700, "tags": {"k": "v"}}));
    for parts in [json!([start, duration]), json!([duration, start])] {
        let trace = of_json(&parts);
        assert_eq!((trace.len(), trace.duration_ns, trace.name(SpanIdx(0))), (1, 700_000, "get"));
        assert_eq!((attr(&trace, SpanIdx(0), "k").as_deref(), warnings(&trace)), (Some("v"), vec![]));
    }
}

#[test]
fn parts_that_came_twice_are_counted_as_repeats_of_one_span() {
    let trace = of_json(&json!([timed(), late(), timed(), late()]));
    assert_eq!(trace.len(), 1);
    let told: Vec<WarningKind> = trace.warnings.iter().map(|warning| warning.kind).collect();
    assert_eq!(told, [WarningKind::RepeatedSpan]);
}

#[test]
fn halves_of_a_shared_span_and_spans_of_two_services_stay_two() {
    let client = zipkin_span(json!({"kind": "CLIENT", "timestamp": START_US, "duration": 900, "parentId": "9"}));
    let shared = |service: &str| {
        let mut half = zipkin_span(json!({"kind": "SERVER", "shared": true, "parentId": "9"}));
        half["localEndpoint"]["serviceName"] = json!(service);
        half
    };
    assert_eq!(of_json(&json!([client, shared("web")])).len(), 2, "client and server");
    assert_eq!(of_json(&json!([client, shared("db")])).len(), 2);
    let mut other = zipkin_span(json!({}));
    other["localEndpoint"]["serviceName"] = json!("db");
    assert_eq!(of_json(&json!([timed(), other])).len(), 2, "another service");
    let later = zipkin_span(json!({"name": "get /", "timestamp": START_US + 1}));
    assert_eq!(of_json(&json!([timed(), later])).len(), 2, "another start");
    // A part of the server's half goes to it, not to the client's.
    let mut timed_half = shared("web");
    timed_half["timestamp"] = json!(START_US + 10);
    timed_half["duration"] = json!(100);
    let mut tags = shared("web");
    tags["tags"] = json!({"late": "x"});
    let trace = of_json(&json!([tags, client, timed_half]));
    let with_tag: Vec<u64> = trace
        .spans()
        .filter(|span| attr(&trace, *span, "late").is_some())
        .map(|span| trace.duration_of(span))
        .collect();
    assert_eq!((trace.len(), with_tag), (2, vec![100_000]));
}

/// As SDKs write a span that is still open, and once more when it ended.
#[test]
fn a_span_that_was_written_before_it_was_timed_is_one_span_in_otlp_and_jaeger() {
    let span = |more: Value| {
        let mut span =
            json!({"traceId": "000000000000000000000000000000ab", "spanId": "00000000000000a1", "name": "get"});
        for (key, value) in more.as_object().unwrap() {
            span[key] = value.clone();
        }
        span
    };
    let text = |ns: u64| ns.to_string();
    let pending = span(json!({"attributes": [{"key": "late", "value": {"intValue": "7"}}]}));
    let open = span(json!({"startTimeUnixNano": text(START_NS)}));
    let ended = span(json!({"startTimeUnixNano": text(START_NS), "endTimeUnixNano": text(START_NS + 10)}));
    let doc = |spans: Value| json!({"resourceSpans": [{"scopeSpans": [{"spans": spans}]}]});
    for spans in [json!([pending, ended]), json!([open, pending, ended])] {
        let from_json = of_json(&doc(spans));
        let from_proto = trace_of(&[&otlp_proto(&from_json)]);
        for trace in [from_json, from_proto] {
            assert_eq!((trace.len(), trace.duration_ns), (1, 10));
            assert_eq!(attr(&trace, SpanIdx(0), "late").as_deref(), Some("7"));
        }
    }
    let another = span(json!({"startTimeUnixNano": text(START_NS + 5)}));
    assert_eq!(of_json(&doc(json!([another, ended]))).len(), 2, "an open span of another start is another span");
    let jaeger = json!({"data": [{"traceID": "ab", "spans": [
        {"traceID": "ab", "spanID": "1", "operationName": "get", "processID": "p1", "tags": [{"key": "late", "value": "x"}]},
        {"traceID": "ab", "spanID": "1", "operationName": "get", "processID": "p1", "startTime": START_US, "duration": 5},
    ], "processes": {"p1": {"serviceName": "a"}}}]});
    let trace = of_json(&jaeger);
    assert_eq!((trace.len(), attr(&trace, SpanIdx(0), "late").as_deref()), (1, Some("x")));
}

#[test]
fn defects_keep_their_spans_when_rows_move_up() {
    let bad = json!({"traceId": "ab", "id": "7", "timestamp": START_US, "duration": "x",
        "localEndpoint": {"serviceName": "web"}});
    let trace = of_json(&json!([timed(), late(), bad]));
    let invalid = trace.warnings.iter().find(|warning| warning.kind == WarningKind::InvalidField).unwrap();
    assert_eq!(invalid.span, Some(7));
}

#[test]
fn times_in_the_wrong_unit_are_shown_and_doubted_in_one_warning_that_names_the_unit() {
    let ms = START_US / 1_000;
    let otlp = |start: u64| {
        let span = json!({"traceId": "000000000000000000000000000000ab", "spanId": "00000000000000a1", "name": "get",
            "startTimeUnixNano": start.to_string(), "endTimeUnixNano": (start + 9).to_string()});
        json!({"resourceSpans": [{"scopeSpans": [{"spans": [span]}]}]})
    };
    let jaeger = |start: u64| json!({"data": [{"traceID": "ab", "spans": [{"traceID": "ab", "spanID": "1", "startTime": start, "duration": 9}]}]});
    let zipkin = |start: u64| json!([{"traceId": "ab", "id": "1", "timestamp": start, "duration": 9}]);
    for (document, recorded_ns, factor) in [
        (zipkin(ms), ms * 1_000, "1,000 times that"),
        (jaeger(ms), ms * 1_000, "1,000 times that"),
        (otlp(START_US), START_US, "1,000 times that"),
        (otlp(ms), ms, "1,000,000 times that"),
        (zipkin(ms / 1_000), ms, "1,000,000 times that"),
        (otlp(ms / 1_000), ms / 1_000, "1,000,000,000 times that"),
    ] {
        let trace = of_json(&document);
        assert_eq!(trace.start_unix_nano, recorded_ns, "as recorded");
        let told = warnings(&trace);
        let [(WarningKind::ImpossibleTime, 1, message)] = told.as_slice() else { panic!("{told:?}") };
        assert!(message.contains(&format!("{recorded_ns} ns since 1970")), "{message}");
        assert!(message.contains(&format!("{factor} is 2026-01-01T00:00:00.000Z")), "{message}");
    }
    let far = of_json(&otlp(u64::MAX - 9));
    assert!(warnings(&far)[0].2.contains("No usual unit"), "{:?}", warnings(&far));
    for edge in [946_684_800_000_000_000, 4_102_444_799_000_000_000] {
        assert_eq!(warnings(&of_json(&otlp(edge))), [], "the first and the last of what can be");
    }
}

#[test]
fn nanoseconds_where_microseconds_belong_are_named_and_the_start_is_unknown() {
    let trace = of_json(&json!([{"traceId": "ab", "id": "1", "timestamp": START_NS, "duration": 9}]));
    let told = warnings(&trace);
    assert_eq!(told[0].0, WarningKind::UnknownStart);
    let fault = told.iter().find(|(kind, _, _)| *kind == WarningKind::InvalidField).unwrap().2;
    assert!(
        fault.contains("if the file has nanoseconds where microseconds belong, it is 2026-01-01T00:00:00.000Z"),
        "{fault}"
    );
}
