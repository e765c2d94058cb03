//! Tests of the Jaeger decoder: what recorded answers hold, what damage costs.

use super::decode;
use crate::base::{SpanId, TraceId};
use crate::decode::Format;
use crate::decode::json_testing::*;
use crate::model::{Kind, Link, SpanSet, Status, Trace, WarningKind, follows};
use std::sync::Arc;

const FILES: [&str; 1] = ["conv.jaeger.json"];

fn attr(set: &SpanSet, row: usize, key: &str) -> Option<String> {
    let key = set.strings.find(key)?;
    set.attrs.last(&set.strings, set.span_attrs.at(row), key).map(|value| value.to_text().into_owned())
}

fn one(span: &str) -> SpanSet {
    let json = format!(
        r#"{{"data":[{{"traceID":"ab","spans":[{span}],"processes":{{"p1":{{"serviceName":"orders","tags":[]}}}}}}]}}"#
    );
    whole(json.as_bytes(), decode)
}

#[test]
fn every_fixture_agrees_with_its_facts() {
    let facts = facts();
    for (path, bytes) in traces(&FILES) {
        let set = whole(&bytes, decode);
        let truth = &facts[path.split('/').nth(1).expect("a trace name")];
        agrees_with_facts(&path, &set, truth);
        assert_eq!(attribute_count(&set), truth["attribute_count"].as_u64().expect("a count"), "{path}");
        assert!(set.defects.is_empty(), "{path}: {:?}", set.defects);
    }
}

/// Apart from what the module says Jaeger JSON cannot carry.
#[test]
fn every_fixture_reads_as_its_otlp_does_with_times_cut_to_microseconds() {
    for (path, bytes) in traces(&FILES) {
        let original = whole(&fixture(&path.replace("jaeger", "otlp")).expect("the same trace in OTLP"), otlp);
        let set = whole(&bytes, decode);
        for row in 0..set.len() {
            let same = original.span_id.iter().position(|id| *id == set.span_id[row]).expect("the same span");
            let (start, end) = (original.start_unix_nano[same], original.end_unix_nano[same]);
            let cut_start = start / 1000 * 1000;
            let cut_duration = (i128::from(end) - i128::from(start)) / 1000 * 1000;
            assert_eq!(set.start_unix_nano[row], cut_start, "{path}");
            assert_eq!(i128::from(set.end_unix_nano[row]), i128::from(cut_start) + cut_duration, "{path}");
            assert_eq!(set.parent_id[row], original.parent_id[same], "{path}");
            assert_eq!((set.kind[row], set.status[row]), (original.kind[same], original.status[same]), "{path}");
            let texts = |set: &SpanSet, row: usize| {
                let scope = set.scopes[set.scope.at(row) as usize];
                [set.name[row], set.status_message.at(row), set.trace_state.at(row), scope.name, scope.version]
                    .map(|sym| set.strings.get(sym).to_owned())
            };
            assert_eq!(texts(&set, row), texts(&original, same), "{path}");
            let attrs = |set: &SpanSet, range| {
                let mut attrs: Vec<(String, String)> = set
                    .attrs
                    .iter(&set.strings, range)
                    .map(|(key, value)| (set.strings.get(key).to_owned(), value.to_text().into_owned()))
                    .collect();
                attrs.sort();
                attrs
            };
            assert_eq!(attrs(&set, set.span_attrs.at(row)), attrs(&original, original.span_attrs.at(same)), "{path}");
            let of_resource =
                |set: &SpanSet, row: usize| attrs(set, set.resources[set.resource.at(row) as usize].attrs);
            assert_eq!(of_resource(&set, row), of_resource(&original, same), "{path}");
        }
    }
}

#[test]
fn every_file_cut_anywhere_keeps_its_complete_spans() {
    for (path, bytes) in traces(&FILES) {
        survives_truncation(&path, &bytes, decode, Format::JaegerJson);
    }
}

#[test]
fn every_file_with_a_flipped_bit_is_read_to_an_end() {
    for (path, bytes) in traces(&FILES) {
        survives_bit_flips(&path, &bytes, decode);
    }
}

#[test]
fn single_bytes_read_as_whole_files_do() {
    let bytes = fixture("traces/linked-label/conv.jaeger.json").expect("a fixture");
    let dripped = read_from(Drip { bytes: &bytes, step: 1 }, decode);
    assert_eq!(lines(&dripped.set), lines(&whole(&bytes, decode)));
}

#[test]
fn tags_that_stand_for_fields_are_attributes_no_more() {
    let set = one(r#"{"spanID":"1","processID":"p1","tags":[
        {"key":"span.kind","type":"string","value":"producer"},{"key":"error","type":"bool","value":true},
        {"key":"otel.status_code","type":"string","value":"ERROR"},
        {"key":"otel.status_description","type":"string","value":"boom"},
        {"key":"otel.library.name","type":"string","value":"lib"},{"key":"w3c.tracestate","type":"string","value":"a=b"},
        {"key":"kept","type":"int64","value":7}]}"#);
    assert_eq!((set.kind[0], set.status[0]), (Kind::Producer, Status::Error));
    let texts = [set.status_message.at(0), set.trace_state.at(0), set.scopes[set.scope.at(0) as usize].name];
    assert_eq!(texts.map(|sym| set.strings.get(sym)), ["boom", "a=b", "lib"]);
    assert_eq!(set.span_attrs.at(0).len, 1);
    assert_eq!(set.service_of_resource(set.resource.at(0)), "orders");
}

#[test]
fn a_false_error_tag_and_an_unknown_kind_stay_attributes() {
    let set = one(r#"{"spanID":"1","processID":"p1","tags":[{"key":"error","type":"bool","value":false},
        {"key":"span.kind","type":"string","value":"sidecar"}]}"#);
    assert_eq!((set.kind[0], set.status[0], set.span_attrs.at(0).len), (Kind::Unspecified, Status::Unset, 2));
    assert_eq!(attr(&set, 0, "error").as_deref(), Some("false"));
}

#[test]
fn values_keep_their_types_in_any_order_of_members() {
    let set = one(r#"{"spanID":"1","processID":"p1","tags":[{"value":"AAH/","type":"binary","key":"b"},
        {"value":"12","key":"i","type":"int64"},{"key":"f","type":"float64","value":3},{"key":"f2","value":3.5},
        {"key":"i2","value":3},{"key":"t","value":"text"},{"value":true,"key":"flag"},{"key":"none"}]}"#);
    let values: Vec<String> = set
        .attrs
        .iter(&set.strings, set.span_attrs.at(0))
        .map(|(key, value)| format!("{}={value:?}", set.strings.get(key)))
        .collect();
    assert_eq!(
        values,
        [
            "b=Bytes([0, 1, 255])",
            "i=Int(12)",
            "f=Double(3.0)",
            "f2=Double(3.5)",
            "i2=Int(3)",
            "t=Str(\"text\")",
            "flag=Bool(true)",
            "none=Empty"
        ]
    );
}

#[test]
fn the_parent_is_the_first_child_of_of_the_same_trace() {
    let set = one(r#"{"traceID":"ab","spanID":"1","references":[
        {"refType":"FOLLOWS_FROM","traceID":"ab","spanID":"2"},{"refType":"CHILD_OF","traceID":"cd","spanID":"3"},
        {"refType":"CHILD_OF","traceID":"ab","spanID":"4"},{"refType":"CHILD_OF","traceID":"ab","spanID":"5"}]}"#);
    assert_eq!(set.parent_id[0], SpanId(4));
    let links: Vec<(u128, u64, u32)> =
        set.links.iter().map(|link| (link.trace_id.0, link.span_id.0, link.attrs.len)).collect();
    assert_eq!(links, [(0xab, 2, 0), (0xcd, 3, 1), (0xab, 5, 1)], "further parents say so in an attribute");
}

/// Trace, span and what the link says of the reference.
fn links(set: &SpanSet) -> Vec<(u128, u64, String)> {
    let of = |link: &Link| (link.trace_id.0, link.span_id.0, follows::ref_type(set, link).to_owned());
    set.links.iter().map(of).collect()
}

#[test]
fn without_child_of_a_follows_from_or_the_old_field_names_the_parent() {
    let set = one(r#"{"spanID":"1","references":[{"refType":"FOLLOWS_FROM","traceID":"ab","spanID":"2"},
        {"refType":"FOLLOWS_FROM","traceID":"ab","spanID":"3"}]}"#);
    assert_eq!(set.parent_id[0], SpanId(2));
    let expected = [(0xab, 2, "follows_from".to_owned()), (0xab, 3, String::new())];
    assert_eq!(links(&set), expected, "the reference stays a link");
    let set = one(r#"{"spanID":"1","parentSpanID":"9","references":null}"#);
    assert_eq!((set.parent_id[0], set.links.len()), (SpanId(9), 0));
    let set = one(r#"{"spanID":"1","references":[{"refType":"FOLLOWS_FROM","traceID":"cd","spanID":"2"}]}"#);
    assert_eq!(set.parent_id[0], SpanId(0), "a reference to another trace is a link");
    assert_eq!(links(&set), [(0xcd, 2, String::new())]);
    let set = one(r#"{"spanID":"1","references":[{"refType":"FOLLOWS_FROM","traceID":"ab","spanID":"1"}]}"#);
    assert_eq!((set.parent_id[0], set.links.len()), (SpanId(0), 1), "and so is one to itself");
}

#[test]
fn the_old_field_is_a_child_of_unless_a_reference_names_its_span() {
    let set = one(r#"{"spanID":"1","parentSpanID":"9",
        "references":[{"refType":"FOLLOWS_FROM","traceID":"ab","spanID":"2"}]}"#);
    assert_eq!((set.parent_id[0], links(&set)), (SpanId(9), vec![(0xab, 2, String::new())]));
    let set = one(r#"{"spanID":"1","parentSpanID":"2",
        "references":[{"refType":"FOLLOWS_FROM","traceID":"ab","spanID":"2"}]}"#);
    assert_eq!((set.parent_id[0], links(&set)), (SpanId(2), vec![(0xab, 2, "follows_from".to_owned())]));
}

#[test]
fn a_follows_from_that_makes_a_cycle_is_a_link_alone() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/fixtures/reports/jaeger-follows-cycle.json");
    let set = whole(&std::fs::read(path).expect("a fixture"), decode);
    let id = TraceId(0x3c6b_9f12_a4d8_70e5);
    let trace = Trace::build(&Arc::new(set), id).expect("a trace");
    assert_eq!((trace.len(), trace.roots().count(), trace.tops().count()), (2, 1, 1));
    assert_eq!(trace.spans().map(|span| trace.depth(span)).max(), Some(2));
    assert_eq!((trace.start_unix_nano, trace.duration_ns), (1_767_225_600_000_000_000, 1_000_000));
    let root = trace.main_root().expect("a root");
    assert_eq!((trace.span_id(root), trace.parent_id(root)), (SpanId(0xa1), SpanId(0)));
    let linked: Vec<_> = trace.links(root).iter().map(|link| (link.trace_id, link.span_id)).collect();
    assert_eq!(linked, [(id, SpanId(0xa2))]);
    assert!(trace.warnings.is_empty(), "{:?}", trace.warnings);
}

#[test]
fn logs_are_events_named_by_their_field_event() {
    let set = one(r#"{"spanID":"1","startTime":10,"duration":5,"logs":[{"timestamp":12,"fields":[
        {"key":"event","type":"string","value":"exception"},{"key":"exception.type","type":"string","value":"E"}]},
        {"fields":[{"key":"message","type":"string","value":"no event field"}],"timestamp":13.25}]}"#);
    assert_eq!((set.start_unix_nano[0], set.end_unix_nano[0]), (10_000, 15_000));
    let events: Vec<(&str, u64, u32)> =
        set.events.iter().map(|event| (set.strings.get(event.name), event.time_unix_nano, event.attrs.len)).collect();
    assert_eq!(events, [("exception", 12_000, 1), ("", 13_250, 1)]);
}

#[test]
fn warnings_of_jaeger_become_an_attribute_behind_the_tags() {
    let set = one(r#"{"spanID":"1","tags":[{"key":"k","type":"string","value":"v"}],
        "logs":[{"timestamp":1,"fields":[{"key":"a","type":"string","value":"b"}]}],"warnings":["clock skew","other"]}"#);
    assert_eq!(attr(&set, 0, "jaeger.warnings").as_deref(), Some(r#"["clock skew","other"]"#));
    assert_eq!(attr(&set, 0, "k").as_deref(), Some("v"));
    assert_eq!(set.span_attrs.at(0).len, 2);
}

#[test]
fn processes_may_come_first_and_differ_between_traces() {
    let trace = |id: &str, service: &str| {
        format!(
            r#"{{"processes":{{"p1":{{"tags":[],"serviceName":"{service}"}}}},"traceID":"{id}","spans":[{{"spanID":"1","processID":"p1"}}]}}"#
        )
    };
    let (a, b) = (trace("a", "one"), trace("b", "two"));
    for json in [format!(r#"{{"data":[{a},{b}],"errors":null}}"#), format!("[{a},{b}]")] {
        let set = whole(json.as_bytes(), decode);
        assert_eq!(set.trace_ids, [TraceId(0xa), TraceId(0xb)]);
        assert_eq!(set.service_of_resource(set.resource.at(0)), "one");
        assert_eq!(set.service_of_resource(set.resource.at(1)), "two");
    }
    assert_eq!(whole(a.as_bytes(), decode).len(), 1, "a bare trace");
}

#[test]
fn a_file_cut_before_its_processes_says_that_services_are_unknown() {
    let json =
        br#"{"data":[{"traceID":"a","spans":[{"spanID":"1","processID":"p1"},{"spanID":"2","processID":"p1"}],"proc"#;
    let came = read(json, decode);
    assert_eq!((came.set.len(), came.set.service_of_resource(came.set.resource.at(0))), (2, ""));
    assert_eq!(
        came.set.defects[0].message,
        "2 spans name a process that the file does not describe: the service is unknown."
    );
}

#[test]
fn a_span_that_holds_its_own_process_has_its_service() {
    let set = one(
        r#"{"spanID":"1","process":{"serviceName":"own","tags":[{"key":"host.name","type":"string","value":"h"}]}}"#,
    );
    assert_eq!(set.service_of_resource(set.resource.at(0)), "own");
    let set = one(r#"{"spanID":"1","process":{"serviceName":"OTLPResourceNoServiceName","tags":[]}}"#);
    assert_eq!(set.service_of_resource(set.resource.at(0)), "");
}

#[test]
fn negative_durations_and_extreme_times_are_read_or_told() {
    let set = one(r#"{"spanID":"1","startTime":2000,"duration":18446744073709550616}"#);
    assert_eq!((set.start_unix_nano[0], set.end_unix_nano[0]), (2_000_000, 1_000_000));
    let set = one(r#"{"spanID":"1","startTime":18446744073709551615,"duration":1}"#);
    assert_eq!(set.start_unix_nano[0], 0);
    assert_eq!(set.defects.len(), 2);
    assert!(set.defects.iter().all(|defect| defect.kind == WarningKind::InvalidField));
    let set = one(r#"{"spanID":"1","startTime":5,"duration":"x"}"#);
    assert_eq!((set.start_unix_nano[0], set.end_unix_nano[0], set.defects.len()), (5000, 0, 1), "no end");
}

#[test]
fn documents_without_spans_are_no_error_and_garbage_behind_them_is() {
    for json in [r#"{"data":[]}"#, r#"{"data":null,"errors":[{"code":404,"msg":"trace not found"}]}"#, "[]", "{}"] {
        assert!(whole(json.as_bytes(), decode).is_empty(), "{json}");
    }
    let came = read(br#"{"data":[{"traceID":"a","spans":[{"spanID":"1"}]}]} x"#, decode);
    assert_eq!(came.set.len(), 1);
    assert_eq!(came.error.map(|error| (error.offset, error.truncated)), Some((52, false)));
}

#[test]
fn invalid_utf_8_and_a_value_of_a_megabyte_are_read() {
    let mut json = br#"{"data":[{"spans":[{"spanID":"1","operationName":"a"#.to_vec();
    json.push(0xff);
    json.extend_from_slice(br#"","tags":[{"key":"long","type":"string","value":""#);
    json.resize(json.len() + (1 << 20), b'x');
    json.extend_from_slice(br#""}]}]}]}"#);
    let set = whole(&json, decode);
    assert_eq!(set.strings.get(set.name[0]), "a\u{fffd}");
    assert_eq!(attr(&set, 0, "long").map(|text| text.len()), Some(1 << 20));
    assert_eq!(set.defects[0].kind, WarningKind::InvalidUtf8);
}

#[test]
fn traces_alone_in_lists_on_lines_and_in_objects_are_read() {
    let trace = |number: u32| {
        format!(
            r#"{{"traceID":"{number}","spans":[{{"spanID":"{number}","operationName":"o","processID":"p"}}],"processes":{{"p":{{"serviceName":"a{number}"}}}}}}"#
        )
    };
    let (one, two) = (trace(1), trace(2));
    for json in [
        format!("{one}\n{two}"),
        format!("{one}{two}"),
        format!("[{one},{two}]"),
        format!("[{one}]\n[{two}]\n"),
        format!("{{\"data\":[{one},{two}]}}"),
        format!("{{\"data\":[{one}]}}\n{{\"data\":[{two}]}}"),
        format!("{{\"answer\":{{\"total\":2,\"data\":[{one},{two}]}}}}"),
        format!("{{\"a\":{one},\"b\":{two}}}"),
    ] {
        let set = whole(json.as_bytes(), decode);
        assert_eq!(set.span_id, [SpanId(1), SpanId(2)], "{json}");
        assert_eq!(set.trace_ids.len(), 2, "{json}");
        let services: Vec<&str> = set.resource.iter().map(|index| set.service_of_resource(index)).collect();
        assert_eq!((services, set.defects.len()), (vec!["a1", "a2"], 0), "{json}");
    }
    let broken = read(format!("{one}\n{}\n{two}\n", &one[..40]).as_bytes(), decode);
    assert_eq!((broken.set.span_id.len(), broken.error.is_some()), (2, true));
}

#[test]
fn errors_beside_a_trace_are_why_it_is_partial() {
    let json =
        br#"{"data":[{"traceID":"a","spans":[{"spanID":"1"}]}],"errors":[{"code":500,"msg":"a shard is away"}]}"#;
    let came = read(json, decode);
    assert_eq!((came.error, came.set.len(), came.partial.as_deref()), (None, 1, Some("a shard is away")));
}
