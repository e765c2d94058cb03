//! Tests of the Zipkin decoder: what recorded answers hold, what damage costs.

use super::decode;
use crate::base::{SpanId, TraceId};
use crate::decode::Format;
use crate::decode::json_testing::*;
use crate::model::{Kind, SpanSet, Status, WarningKind};

const FILES: [&str; 1] = ["conv.zipkin.json"];

fn attr(set: &SpanSet, row: usize, key: &str) -> Option<String> {
    let key = set.strings.find(key)?;
    set.attrs.last(&set.strings, set.span_attrs.at(row), key).map(|value| value.to_text().into_owned())
}

fn of_resource(set: &SpanSet, row: usize, key: &str) -> Option<String> {
    let range = set.resources[set.resource.at(row) as usize].attrs;
    let key = set.strings.find(key)?;
    set.attrs.last(&set.strings, range, key).map(|value| value.to_text().into_owned())
}

/// The synthetic traces hold what Zipkin cannot carry; tests of their own name it.
fn carried_whole(path: &str) -> bool {
    !path.contains("synthetic")
}

#[test]
fn every_fixture_agrees_with_its_facts() {
    let facts = facts();
    for (path, bytes) in traces(&FILES).into_iter().filter(|(path, _)| carried_whole(path)) {
        let set = whole(&bytes, decode);
        let truth = &facts[path.split('/').nth(1).expect("a trace name")];
        agrees_with_facts(&path, &set, truth);
        assert_eq!(attribute_count(&set), truth["attribute_count"].as_u64().expect("a count"), "{path}");
        assert!(set.defects.is_empty(), "{path}: {:?}", set.defects);
    }
}

fn rounded(ns: u64) -> u64 {
    (ns + 500) / 1000 * 1000
}

/// Apart from what the module says Zipkin JSON cannot carry.
#[test]
fn every_fixture_reads_as_its_otlp_does_with_times_rounded_and_names_lowercase() {
    for (path, bytes) in traces(&FILES).into_iter().filter(|(path, _)| carried_whole(path)) {
        let original = whole(&fixture(&path.replace("zipkin", "otlp")).expect("the same trace in OTLP"), otlp);
        let set = whole(&bytes, decode);
        for row in 0..set.len() {
            let same = original.span_id.iter().position(|id| *id == set.span_id[row]).expect("the same span");
            let (start, end) = (original.start_unix_nano[same], original.end_unix_nano[same]);
            let duration = if (1..1000).contains(&(end - start)) { 1000 } else { rounded(end - start) };
            assert_eq!(set.start_unix_nano[row], rounded(start), "{path}");
            assert_eq!(set.end_unix_nano[row], rounded(start) + duration, "{path}");
            assert_eq!(set.parent_id[row], original.parent_id[same], "{path}");
            assert_eq!((set.kind[row], set.status[row]), (original.kind[same], original.status[same]), "{path}");
            assert_eq!(
                set.strings.get(set.name[row]),
                original.strings.get(original.name[same]).to_lowercase(),
                "{path}"
            );
            let texts = |set: &SpanSet, row: usize| {
                let scope = set.scopes[set.scope.at(row) as usize];
                [set.status_message.at(row), set.trace_state.at(row), scope.name, scope.version]
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
fn the_span_that_ends_before_it_starts_is_not_in_the_file() {
    let set = whole(&fixture("traces/synthetic-topology/conv.zipkin.json").expect("a fixture"), decode);
    assert_eq!(set.len(), 59, "of 60");
    assert!(!set.span_id.iter().any(|id| *id == SpanId(0x1109_0000_0000_000d)));
    let unfinished = set.span_id.iter().position(|id| *id == SpanId(0x1109_0000_0000_000e)).expect("the span");
    assert_eq!(set.end_unix_nano[unfinished], 0, "no duration is no end");
}

#[test]
fn what_the_collector_packed_into_tags_and_annotations_comes_apart() {
    let set = whole(&fixture("traces/synthetic-types/conv.zipkin.json").expect("a fixture"), decode);
    assert_eq!(set.len(), 8);
    let row = set.span_id.iter().position(|id| *id == SpanId(0x1100_0000_0000_0001)).expect("the root");
    assert_eq!((set.kind[row], set.status[row]), (Kind::Server, Status::Ok));
    assert_eq!(set.strings.get(set.trace_state.at(row)), "vendor=abc,o=1");
    let events: Vec<(&str, u64, u32, u32)> = set.events[set.span_events.at(row).indexes()]
        .iter()
        .map(|event| (set.strings.get(event.name), event.time_unix_nano, event.attrs.len, event.dropped_attributes))
        .collect();
    assert_eq!(
        events,
        [
            ("second", 1_795_350_091_050_000_000, 1, 0),
            ("first (out of order)", 1_795_350_091_010_000_000, 0, 0),
            ("before span start", 1_795_350_090_000_000_000, 0, 0),
            ("after span end", 1_795_350_092_000_000_000, 0, 4),
            ("no time", 0, 0, 0),
        ]
    );
    let links: Vec<(TraceId, SpanId, &str, u32)> = set.links[set.span_links.at(row).indexes()]
        .iter()
        .map(|link| (link.trace_id, link.span_id, set.strings.get(link.trace_state), link.attrs.len))
        .collect();
    assert_eq!(
        links,
        [(TraceId(0xd0e1), SpanId(0x1100_0000_0000_0005), "l=1", 1), (TraceId(0xff), SpanId(0xaa), "", 0),]
    );
    assert_eq!(of_resource(&set, row, "host.name").as_deref(), Some("node-0"));
    assert_eq!(attr(&set, row, "host.name"), None);
    assert_eq!(attr(&set, row, "int.max").as_deref(), Some("9223372036854775807"));
    assert_eq!(attr(&set, row, "otlp.link.0"), None);
    let nameless = set.span_id.iter().position(|id| *id == SpanId(0x1101_0000_0000_0001)).expect("the span");
    assert_eq!(set.service_of_resource(set.resource.at(nameless)), "");
    let failed = set.status.iter().filter(|status| **status == Status::Error).count();
    assert_eq!(failed, 2);
}

#[test]
fn every_file_cut_anywhere_keeps_its_complete_spans() {
    for (path, bytes) in traces(&FILES) {
        survives_truncation(&path, &bytes, decode, Format::ZipkinJson);
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
    let bytes = fixture("traces/linked-label/conv.zipkin.json").expect("a fixture");
    let dripped = read_from(Drip { bytes: &bytes, step: 1 }, decode);
    assert_eq!(lines(&dripped.set), lines(&whole(&bytes, decode)));
}

#[test]
fn zipkins_own_spans_are_read_in_any_order_of_members() {
    let json = br#"[{"shared":true,"tags":{"http.method":"GET"},"remoteEndpoint":{"port":8080,"ipv6":"::1","serviceName":"db"},
        "localEndpoint":{"serviceName":"front","ipv4":"10.0.0.1","port":80},"duration":"207000","timestamp":1502787600000000,
        "annotations":[{"value":"ws","timestamp":1502787600000001}],"kind":"CLIENT","name":"get","parentId":"02","id":"1",
        "traceId":"5af7183fb1d4cf5f","debug":false}]"#;
    let set = whole(json, decode);
    assert_eq!(set.trace_ids, [TraceId(0x5af7_183f_b1d4_cf5f)]);
    assert_eq!((set.span_id[0], set.parent_id[0], set.kind[0]), (SpanId(1), SpanId(2), Kind::Client));
    assert_eq!(set.end_unix_nano[0] - set.start_unix_nano[0], 207_000_000);
    assert_eq!(set.service_of_resource(set.resource.at(0)), "front");
    for (key, text) in [
        ("peer.service", "db"),
        ("network.peer.address", "::1"),
        ("network.peer.port", "8080"),
        ("network.local.address", "10.0.0.1"),
        ("network.local.port", "80"),
        ("zipkin.shared", "true"),
        ("http.method", "GET"),
    ] {
        assert_eq!(attr(&set, 0, key).as_deref(), Some(text), "{key}");
    }
    assert_eq!(attr(&set, 0, "zipkin.debug"), None);
    assert_eq!(set.strings.get(set.events[0].name), "ws");
}

#[test]
fn an_error_tag_of_any_text_is_an_error_and_a_text_its_message() {
    let of = |tags: &str| {
        let set = whole(format!(r#"[{{"id":"1","tags":{{{tags}}}}}]"#).as_bytes(), decode);
        (set.status[0], set.strings.get(set.status_message.at(0)).to_owned(), attr(&set, 0, "error"))
    };
    // Zipkin's tags are texts, and its rule is the key alone: "false" fails, too.
    for flag in ["true", "", "false"] {
        assert_eq!(of(&format!(r#""error":"{flag}""#)), (Status::Error, String::new(), Some(flag.to_owned())));
    }
    // As the Collector writes a failed span.
    let collected = of(r#""error":"true","otel.status_code":"ERROR","otel.status_description":"boom""#);
    assert_eq!(collected, (Status::Error, "boom".to_owned(), None));
    let text = "refused".to_owned();
    assert_eq!(of(r#""error":"refused""#), (Status::Error, text.clone(), Some(text.clone())));
    let described = of(r#""error":"refused","otel.status_description":"boom""#);
    assert_eq!(described, (Status::Error, "boom".to_owned(), Some(text)));
    assert_eq!(of(r#""http.status_code":"500""#), (Status::Unset, String::new(), None));
    assert_eq!(of(r#""otel.status_code":"OK""#), (Status::Ok, String::new(), None));
}

#[test]
fn five_of_the_six_reported_spans_fail() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/fixtures/reports/zipkin-error-forms.json");
    let set = whole(&std::fs::read(path).expect("a fixture"), decode);
    let failed: Vec<bool> = set.status.iter().map(|status| *status == Status::Error).collect();
    assert_eq!(failed, [true, true, true, true, true, false]);
    let shown: Vec<Option<String>> = (0..4).map(|row| attr(&set, row, "error")).collect();
    assert_eq!(shown, ["true", "", "false", "timeout"].map(|text| Some(text.to_owned())));
}

#[test]
fn spans_of_one_service_share_a_resource() {
    let json = fixture("traces/import-5k/conv.zipkin.json").expect("a fixture");
    assert_eq!(whole(&json, decode).resources.len(), 2);
}

#[test]
fn lists_of_lists_and_single_spans_are_read() {
    assert_eq!(whole(br#"[[{"id":"1"},{"id":"2"}],[{"id":"3"}]]"#, decode).len(), 3);
    assert_eq!(whole(br#"{"traceId":"a","id":"1"}"#, decode).len(), 1);
    for json in ["[]", "[[]]", "[{}]"] {
        assert!(whole(json.as_bytes(), decode).len() <= 1, "{json}");
    }
    for json in ["", "7", "[{\"id\":\"1\"}] 7"] {
        assert!(read(json.as_bytes(), decode).error.is_some(), "{json}");
    }
}

#[test]
fn unreadable_members_and_extreme_times_are_told() {
    let set = whole(
        br#"[{"id":"g","traceId":"123456789012345678901234567890123","kind":"SIDECAR","timestamp":18446744073709551615,
        "duration":-1,"tags":["a"],"annotations":{"a":1},"localEndpoint":"x"}]"#,
        decode,
    );
    assert_eq!(set.len(), 1);
    assert_eq!(set.defects.len(), 6, "{:?}", set.defects);
    assert_eq!(attr(&set, 0, "spanloom.id_text").as_deref(), Some("g"));
    assert!(set.defects.iter().all(|defect| defect.kind == WarningKind::InvalidField && defect.row == Some(0)));
}

fn report(name: &str) -> Vec<u8> {
    let path = format!("{}/tests/fixtures/reports/{name}", env!("CARGO_MANIFEST_DIR"));
    std::fs::read(path).expect("a fixture")
}

#[test]
fn times_named_by_their_unit_and_empty_lists_for_maps_are_read() {
    let set = whole(&report("molten.json"), decode);
    assert_eq!(set.trace_ids, [TraceId(0x1410_7ba1_0ab3_93fa)]);
    assert_eq!(set.start_unix_nano, [1_767_225_600_000_400_000, 1_767_225_600_000_000_000]);
    assert_eq!(set.end_unix_nano, [1_767_225_600_001_091_000, 1_767_225_600_007_582_000]);
    let services = [0, 1].map(|row| set.service_of_resource(set.resource.at(row)));
    assert_eq!(services, ["fpc", "cli"]);
    assert_eq!(attr(&set, 0, "file.path").as_deref(), Some("/tmp/x"));
    let found: Vec<_> = set.defects.iter().map(|defect| (defect.kind, defect.message.as_str())).collect();
    let message = "2 spans in this file have a member that OTLP does not define and that is not read: `version`.";
    assert_eq!(found, [(WarningKind::SkippedContent, message)], "and nothing about empty lists");
}

#[test]
fn an_endpoint_keeps_both_its_addresses() {
    let both = [r#""ipv4":"10.0.0.1","ipv6":"2001:db8::1""#, r#""ipv6":"2001:db8::1","ipv4":"10.0.0.1""#];
    for addresses in both {
        let json = format!(r#"[{{"id":"1","localEndpoint":{{{addresses}}},"remoteEndpoint":{{{addresses}}}}}]"#);
        let set = whole(json.as_bytes(), decode);
        for (key, text) in [
            ("network.peer.address", "10.0.0.1"),
            ("network.local.address", "10.0.0.1"),
            ("zipkin.remote_endpoint.ipv6", "2001:db8::1"),
            ("zipkin.local_endpoint.ipv6", "2001:db8::1"),
        ] {
            assert_eq!(attr(&set, 0, key).as_deref(), Some(text), "{key}");
        }
    }
}

#[test]
fn invalid_utf_8_and_a_value_of_a_megabyte_are_read() {
    let mut json = br#"[{"id":"1","name":"a"#.to_vec();
    json.push(0xff);
    json.extend_from_slice(br#"","tags":{"long":""#);
    json.resize(json.len() + (1 << 20), b'x');
    json.extend_from_slice(br#""}}]"#);
    let set = whole(&json, decode);
    assert_eq!(set.strings.get(set.name[0]), "a\u{fffd}");
    assert_eq!(attr(&set, 0, "long").map(|text| text.len()), Some(1 << 20));
    assert_eq!(set.defects[0].kind, WarningKind::InvalidUtf8);
}

#[test]
fn lines_of_spans_or_lists_and_objects_around_them_are_read() {
    let (one, two) = (r#"{"traceId":"a","id":"1","timestamp":5}"#, r#"{"traceId":"a","id":"2","timestamp":6}"#);
    for json in [
        format!("{one}\n{two}\n"),
        format!("[{one}]\n[{two}]"),
        format!("{one}[[{two}]]"),
        format!("{{\"spans\":[{one},{two}]}}"),
        format!("[{{\"_source\":{one}}},{{\"_source\":{two}}}]"),
        format!("{{\"total\":2,\"data\":{{\"x\":null,\"traces\":[[{one}],[{two}]]}}}}"),
        format!("{{\"level\":\"info\"}}\n{one}\n{two}"),
    ] {
        let set = whole(json.as_bytes(), decode);
        assert_eq!(set.span_id, [SpanId(1), SpanId(2)], "{json}");
    }
    let large = format!(r#"{{"tags":{{"a":"{}"}},"traceId":"a","id":"1"}}"#, "x".repeat(3 << 20));
    assert_eq!(whole(large.as_bytes(), decode).len(), 1);
    let broken = read(format!("{one}\n{{\"traceId\":\n{two}").as_bytes(), decode);
    assert_eq!((broken.set.span_id.len(), broken.error.is_some()), (2, true));
}

#[test]
fn spans_of_version_1_are_never_read_as_version_2() {
    let v2 = r#"{"traceId":"a","id":"1","name":"kept","timestamp":5}"#;
    for v1 in [
        r#"{"traceId":"a","id":"2","name":"old","binaryAnnotations":[]}"#,
        r#"{"traceId":"a","id":"2","annotations":[{"timestamp":5,"value":"sr","endpoint":{"serviceName":"s"}}]}"#,
    ] {
        for (json, kept) in [
            (format!("[{v2},{v1},{v2}]"), 2),
            (format!("{v2}\n{v1}\n{v2}"), 2),
            (format!("[{v1},{v2}]"), 1),
            (v1.to_owned(), 0),
        ] {
            let came = read(json.as_bytes(), decode);
            assert!(came.set.span_id.iter().all(|id| *id == SpanId(1)), "{json}");
            assert_eq!(came.set.len(), kept, "{json}");
            let error = came.error.expect("an error");
            assert!(error.problem.contains("Zipkin v1") && error.problem.contains("/api/v2/"), "{}", error.problem);
            assert!(error.field.contains("nnotations") && !error.truncated, "{error:?}");
        }
    }
    // Neither makes a span one of version 1.
    let set = whole(br#"[{"id":"1","binaryAnnotations":null,"annotations":[{"value":"a","endpoint":null}]}]"#, decode);
    assert_eq!(set.len(), 1);
}
