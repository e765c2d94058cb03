//! Tests of the OTLP/JSON decoder: both dialects, lines, any order of keys, damage.

use super::decode;
use crate::base::{SpanId, TraceId};
use crate::decode::Format;
use crate::decode::json_testing::*;
use crate::model::{Kind, SpanSet, Status, Value, WarningKind};

const FILES: [&str; 3] = ["v1.json", "v2.json", "conv.otlp.json"];
/// `v1.json` differs by its first key only; damaging it too would tell nothing more.
const DAMAGED: [&str; 2] = ["v2.json", "conv.otlp.json"];

fn attr(set: &SpanSet, row: usize, key: &str) -> Option<String> {
    let key = set.strings.find(key)?;
    set.attrs.last(&set.strings, set.span_attrs.at(row), key).map(|value| value.to_text().into_owned())
}

#[test]
fn elements_on_lines_of_their_own_start_no_document() {
    let text = "{\"resourceSpans\":[\n{\"resource\":{},\"scopeSpans\":[]},\n{\"resource\":{}}]}\n";
    assert_eq!(read_from(text.as_bytes(), otlp).error, None);
}

#[test]
fn every_fixture_agrees_with_its_facts() {
    let facts = facts();
    for (path, bytes) in traces(&FILES) {
        let set = whole(&bytes, otlp);
        let truth = &facts[path.split('/').nth(1).expect("a trace name")];
        agrees_with_facts(&path, &set, truth);
        assert_eq!(attribute_count(&set), truth["attribute_count"].as_u64().expect("a count"), "{path}");
        assert_eq!(
            set.trace_ids.iter().map(TraceId::to_string).collect::<Vec<_>>(),
            [truth["trace_ids"][0].as_str().expect("an id")]
        );
        let start = set.start_unix_nano.iter().min().expect("spans");
        assert_eq!(start.to_string(), truth["start_unix_nano"].as_str().expect("a start"), "{path}");
        assert!(set.defects.is_empty(), "{path}: {:?}", set.defects);
    }
}

#[test]
fn tempos_json_and_standard_json_read_the_same() {
    for (path, bytes) in traces(&["conv.otlp.json"]) {
        let standard = lines(&whole(&bytes, otlp));
        for other in ["v1.json", "v2.json"] {
            let Some(tempo) = fixture(&path.replace("conv.otlp.json", other)) else { continue };
            assert_eq!(lines(&whole(&tempo, otlp)), standard, "{path} and {other}");
        }
    }
}

#[test]
fn single_bytes_read_as_whole_files_do() {
    let bytes = fixture("traces/synthetic-types/conv.otlp.json").expect("a fixture");
    let dripped = read_from(Drip { bytes: &bytes, step: 1 }, otlp);
    assert_eq!(dripped.error, None);
    assert_eq!(lines(&dripped.set), lines(&whole(&bytes, otlp)));
}

#[test]
fn every_type_of_value_survives() {
    let set = whole(&fixture("traces/synthetic-types/v2.json").expect("a fixture"), otlp);
    let row = set.span_id.iter().position(|id| *id == SpanId(0x1100_0000_0000_0001)).expect("the root");
    for (key, text) in [
        ("str.html", "<img src=x onerror=alert(1)>&amp;\"'"),
        ("str.empty", ""),
        ("bool.t", "true"),
        ("int.min", "-9223372036854775808"),
        ("int.2p53+1", "9007199254740993"),
        ("dbl", "0.1"),
        ("dbl.nan", "NaN"),
        ("dbl.ninf", "-Infinity"),
        ("bytes", "000102030405060708090a0b0c0d0e0f"),
        ("arr.mixed", r#"["a",1,2.5,true,null]"#),
        ("arr.empty", "[]"),
        ("arr.nested", r#"[[1],["x"]]"#),
        ("kv", r#"{"k":"v","n":{"deep":1}}"#),
        ("kv.empty", "{}"),
        ("null", ""),
        ("dup", "second"),
    ] {
        assert_eq!(attr(&set, row, key).as_deref(), Some(text), "{key}");
    }
    let dup = set.strings.find("dup").expect("a key");
    let copies = set.attrs.iter(&set.strings, set.span_attrs.at(row)).filter(|(key, _)| *key == dup).count();
    assert_eq!(copies, 2, "a repeated key is kept twice");
    assert_eq!(set.strings.get(set.trace_state.at(row)), "vendor=abc,o=1");
    assert!(set.dropped.contains_key(&(row as u32)));
    assert_eq!(set.resources[set.resource.at(row) as usize].dropped_attributes, 2);
}

#[test]
fn a_partial_answer_gives_tempos_message_and_its_spans() {
    let bytes = fixture("limits/v2-partial.json").expect("a fixture");
    let came = read(&bytes, otlp);
    assert_eq!(came.error, None);
    assert_eq!(came.partial.as_deref(), Some("Trace exceeds maximum size of 20000 bytes, a partial trace is returned"));
    assert!(!came.set.is_empty());
}

#[test]
fn every_file_cut_anywhere_keeps_its_complete_spans() {
    for (path, bytes) in traces(&DAMAGED) {
        survives_truncation(&path, &bytes, otlp, Format::OtlpJson);
    }
}

#[test]
fn every_file_with_a_flipped_bit_is_read_to_an_end() {
    for (path, bytes) in traces(&DAMAGED) {
        survives_bit_flips(&path, &bytes, otlp);
    }
}

/// A span with everything, its members in the order that is least kind to a reader.
const REVERSED: &str = r#"{"resource_spans": [{
  "schema_url": "schema/r",
  "scope_spans": [{
    "spans": [{
      "status": {"message": "boom", "code": "STATUS_CODE_ERROR"},
      "links": [{"attributes": [{"value": {"int_value": "5"}, "key": "l"}], "span_id": "0000000000000009", "trace_id": "0a"}],
      "events": [{"attributes": [{"value": {"bool_value": true}, "key": "e"}], "name": "ev", "time_unix_nano": 150}],
      "attributes": [{"value": {"string_value": "v"}, "key": "k"}, {"value": {"double_value": "NaN"}, "key": "d"}, {"key": "n"}],
      "end_time_unix_nano": "200", "start_time_unix_nano": 100, "kind": "SPAN_KIND_CLIENT", "name": "call",
      "parent_span_id": "", "span_id": "00000000000000AA", "trace_id": "000000000000000000000000000000bb",
      "flags": 257, "trace_state": "a=b", "dropped_attributes_count": 1, "dropped_events_count": 2, "dropped_links_count": 3
    }],
    "scope": {"attributes": [], "version": "1", "name": "lib"}
  }],
  "resource": {"attributes": [{"value": {"string_value": "orders"}, "key": "service.name"}]}
}]}"#;

#[test]
fn members_come_in_any_order_and_in_snake_case() {
    let set = whole(REVERSED.as_bytes(), otlp);
    assert_eq!(set.len(), 1);
    assert_eq!((set.trace_ids[0], set.span_id[0], set.parent_id[0]), (TraceId(0xbb), SpanId(0xaa), SpanId(0)));
    assert_eq!((set.kind[0], set.status[0]), (Kind::Client, Status::Error));
    assert_eq!((set.strings.get(set.name[0]), set.strings.get(set.status_message.at(0))), ("call", "boom"));
    assert_eq!((set.start_unix_nano[0], set.end_unix_nano[0], set.flags.at(0)), (100, 200, 257));
    assert_eq!(set.dropped.get(&0), Some(&[1, 2, 3]));
    assert_eq!(attr(&set, 0, "k").as_deref(), Some("v"));
    assert_eq!(attr(&set, 0, "d").as_deref(), Some("NaN"));
    assert_eq!(attr(&set, 0, "n").as_deref(), Some(""));
    assert_eq!(set.service_of_resource(set.resource.at(0)), "orders");
    assert_eq!(set.strings.get(set.resources[set.resource.at(0) as usize].schema_url), "schema/r");
    assert_eq!(set.strings.get(set.scopes[set.scope.at(0) as usize].name), "lib");
    assert_eq!((set.events.len(), set.links.len()), (1, 1));
    assert_eq!((set.links[0].trace_id, set.links[0].span_id), (TraceId(0xa), SpanId(9)));
}

#[test]
fn batches_of_old_senders_are_read() {
    let json = br#"{"batches": [{"resource": {}, "instrumentationLibrarySpans": [
        {"instrumentationLibrary": {"name": "old", "version": "0"}, "spans": [{"spanId": "0000000000000001"}]}]}]}"#;
    let set = whole(json, otlp);
    assert_eq!(set.strings.get(set.scopes[set.scope.at(0) as usize].name), "old");
}

#[test]
fn a_schema_named_last_does_not_multiply_resources() {
    let batch = r#"{"resource": {"attributes": [{"key": "service.name", "value": {"stringValue": "a"}}]},
        "scopeSpans": [{"spans": [{"spanId": "01", "attributes": [{"key": "k", "value": {"intValue": 1}}]}]}], "schemaUrl": "s"}"#;
    let json = format!("{{\"resourceSpans\": [{}]}}", [batch; 50].join(","));
    let set = whole(json.as_bytes(), otlp);
    assert_eq!(set.len(), 50);
    assert_eq!(set.resources.len(), 2, "without the schema while it is not known yet, and with it");
    assert!(set.resource.iter().all(|index| set.strings.get(set.resources[index as usize].schema_url) == "s"));
    assert_eq!(set.attrs.len(), 51, "one line of the resource, one of each span");
}

/// Node.js resources hold an array (`process.command_args`); every line of a file repeats its resource.
#[test]
fn resources_with_arrays_are_shared_and_many_that_differ_by_a_number_stay_cheap() {
    let line = |pid: usize| {
        format!(
            r#"{{"resourceSpans":[{{"resource":{{"attributes":[{{"key":"args","value":{{"arrayValue":{{"values":[{{"stringValue":"node"}}]}}}}}},{{"key":"pid","value":{{"intValue":"{pid}"}}}}]}},"scopeSpans":[{{"spans":[{{"spanId":"01"}}]}}]}}]}}"#
        )
    };
    let same = vec![line(1); 1000].join("\n");
    assert_eq!(whole(same.as_bytes(), otlp).resources.len(), 1);
    let distinct = (0..20_000).map(line).collect::<Vec<_>>().join("\n");
    assert_eq!(whole(distinct.as_bytes(), otlp).resources.len(), 20_000);
}

fn span_line(number: u32) -> String {
    format!(
        r#"{{"resourceSpans":[{{"resource":{{}},"scopeSpans":[{{"spans":[{{"traceId":"{number:032x}","spanId":"{number:016x}"}}]}}]}}]}}"#
    )
}

fn format_of(json: &str) -> Format {
    let mut set = SpanSet::new();
    let mut no_look = |_: &SpanSet| Ok(());
    let mut sink = crate::decode::Sink::new(&mut set, &mut no_look);
    let mut watch = |_| {};
    let (source, taken) = crate::decode::Counted::new(json.as_bytes());
    decode(&mut crate::decode::Input::new(Box::new(source), taken, &mut watch), &mut sink).0
}

#[test]
fn lines_and_concatenated_documents_are_one_set_of_many_traces() {
    for joint in ["\n", "\r\n", "", " "] {
        let json = (1..=100).map(span_line).collect::<Vec<_>>().join(joint);
        assert_eq!(whole(json.as_bytes(), otlp).trace_ids.len(), 100);
        assert_eq!(format_of(&json), Format::OtlpJsonLines);
    }
    assert_eq!(format_of(&span_line(1)), Format::OtlpJson);
}

#[test]
fn logs_and_metrics_among_the_lines_are_counted() {
    let json = [
        span_line(1).as_str(),
        r#"{"resourceLogs":[{"scopeLogs":[{"logRecords":[{"body":{}},{}]},{"scope":{},"logRecords":[{}]}]}]}"#,
        r#"{"resourceMetrics":[{"resource":{},"scopeMetrics":[{"metrics":[{"name":"a"},{"name":"b"}]}]},{}]}"#,
        span_line(2).as_str(),
        r#"{"somethingElse":[1,2,{"resourceSpans":3}]}"#,
    ]
    .join("\n");
    let came = read(json.as_bytes(), otlp);
    assert_eq!((came.error, came.set.len(), came.skipped_logs, came.skipped_metrics), (None, 2, 3, 2));
}

#[test]
fn a_broken_line_costs_that_line_only_and_the_first_error_is_told() {
    let (one, two, three) = (span_line(1), span_line(2), span_line(3));
    let damaged = [
        two.replacen(':', ";", 1),
        two.replacen("\"spans\":[", "\"spans\":[,", 1),
        "garbage".to_owned(),
        "}}]".to_owned(),
    ];
    // Cut anywhere behind the first bracket, whatever was being read there.
    let cut = (20..two.len()).map(|len| two[..len].to_owned());
    for broken in damaged.into_iter().chain(cut) {
        let json = format!("{one}\n{broken}\n{three}\n{{\"also\" broken}}\n");
        let came = read(json.as_bytes(), otlp);
        let ids: Vec<u64> = came.set.span_id.iter().map(|id| id.0).filter(|id| *id != 2).collect();
        assert_eq!(ids, [1, 3], "{broken}");
        let error = came.error.expect("an error");
        let lines = one.len() as u64 + 1..=(one.len() + broken.len()) as u64 + 2;
        assert!(lines.contains(&error.offset), "{broken}: {error:?}");
        assert_eq!((error.format, error.truncated), (Some(Format::OtlpJsonLines), false));
    }
}

#[test]
fn a_broken_document_keeps_the_spans_before_the_break_with_their_resource() {
    let json = br#"{"resourceSpans":[{"resource":{"attributes":[{"key":"service.name","value":{"stringValue":"a"}}]},
"scopeSpans":[{"scope":{"name":"lib"},"spans":[{"spanId":"01","name":"whole"},{"spanId":"02","name":"half", "kind"#;
    let came = read(json, otlp);
    assert_eq!(came.set.len(), 1);
    assert_eq!(came.set.service_of_resource(came.set.resource.at(0)), "a");
    assert_eq!(came.set.strings.get(came.set.scopes[came.set.scope.at(0) as usize].name), "lib");
    let error = came.error.expect("an error");
    assert_eq!(error.field, "resourceSpans[0].scopeSpans[0].spans[1].name");
    assert_eq!((error.truncated, error.offset), (true, json.len() as u64));
}

#[test]
fn empty_documents_hold_nothing_and_are_no_error() {
    for json in ["{}", "{\"resourceSpans\":[]}", "{\"trace\":{},\"metrics\":{}}", " {\"batches\":null}\n\n", "{}\n{}"] {
        assert_eq!(whole(json.as_bytes(), otlp).len(), 0, "{json}");
    }
    for json in ["", "  \n", "[]", "7", "\"text\""] {
        assert!(read(json.as_bytes(), otlp).error.is_some(), "{json}");
    }
}

#[test]
fn unreadable_fields_are_defects_of_their_span_and_stay_at_their_default() {
    let json = br#"{"resourceSpans":[{"scopeSpans":[{"spans":[{"traceId":"zz!","spanId":"00000000000000000000aa",
        "kind":9,"startTimeUnixNano":"soon","endTimeUnixNano":-4,"status":{"code":"STATUS_CODE_FINE"},
        "attributes":[{"key":"i","value":{"intValue":"9223372036854775808"}},{"key":"b","value":{"bytesValue":"*"}}, 7]}]}]}]}"#;
    let set = whole(json, otlp);
    assert_eq!(set.len(), 1);
    // Texts that are no ids keep their identity, zeros in front of an id are dropped.
    assert_eq!((attr(&set, 0, "spanloom.trace_id_text").as_deref(), set.span_id[0].0), (Some("zz!"), 0xaa));
    assert_eq!((set.kind[0], set.status[0], set.start_unix_nano[0]), (Kind::Unspecified, Status::Unset, 0));
    assert_eq!(attr(&set, 0, "i").as_deref(), Some("9223372036854775808"));
    assert_eq!(set.defects.len(), 7);
    assert!(set.defects.iter().all(|defect| defect.kind == WarningKind::InvalidField && defect.row == Some(0)));
    assert!(set.defects[0].message.starts_with("resourceSpans[0].scopeSpans[0].spans[0].kind: `9`"));
}

fn with_attributes(attributes: &str) -> SpanSet {
    let json = format!(
        r#"{{"resourceSpans":[{{"scopeSpans":[{{"spans":[{{"spanId":"01","attributes":[{attributes}]}}]}}]}}]}}"#
    );
    whole(json.as_bytes(), otlp)
}

fn values(set: &SpanSet) -> Vec<String> {
    let attributes = set.attrs.iter(&set.strings, set.span_attrs.at(0));
    attributes.map(|(key, value)| format!("{}={value:?}", set.strings.get(key))).collect()
}

#[test]
fn values_in_the_form_of_gos_structs_are_read() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/fixtures/reports/go-value.json");
    let set = whole(&std::fs::read(path).expect("a fixture"), otlp);
    assert!(set.defects.is_empty(), "{:?}", set.defects);
    assert_eq!(set.service_of_resource(set.resource.at(0)), "quick");
    let resource = set.resources[set.resource.at(0) as usize].attrs;
    let key = set.strings.find("n").expect("a key");
    assert!(matches!(set.attrs.last(&set.strings, resource, key), Some(Value::Int(7))));
    assert_eq!(set.end_unix_nano[0] - set.start_unix_nano[0], 11_751);
    assert_eq!(set.trace_ids, [TraceId(0x0af7_6519_16cd_43dd_8448_eb21_1c80_319c)]);

    let set = with_attributes(
        r#"{"key":"s","value":{"Value":{"StringValue":"a"}}},{"value":{"Value":{"IntValue":-7}},"key":"i"},
        {"Key":"d","Value":{"Value":{"DoubleValue":0.5}}},{"key":"b","value":{"Value":{"BoolValue":true}}},
        {"key":"bytes","value":{"Value":{"BytesValue":"AAH/"}}},{"key":"none","value":{"Value":null}},
        {"key":"a","value":{"Value":{"ArrayValue":{"values":[{"Value":{"StringValue":"x"}},{"Value":{"IntValue":1}}]}}}},
        {"key":"m","value":{"Value":{"KvlistValue":{"values":[{"key":"k","value":{"Value":{"BoolValue":false}}}]}}}},
        {"key":"big","value":{"Value":{"ArrayValue":{"Values":[{"intValue":"2"}]}}}}"#,
    );
    assert!(set.defects.is_empty(), "{:?}", set.defects);
    let texts = ["s", "i", "d", "b", "bytes", "none", "a", "m", "big"].map(|key| attr(&set, 0, key).expect("a value"));
    assert_eq!(texts, ["a", "-7", "0.5", "true", "0001ff", "", r#"["x",1]"#, r#"{"k":false}"#, "[2]"]);
}

#[test]
fn values_of_no_form_are_named_and_gos_form_does_not_nest() {
    let deep = format!("{}{{}}{}", r#"{"Value":"#.repeat(100_000), "}".repeat(100_000));
    let set = with_attributes(&format!(
        r#"{{"key":"deep","value":{deep}}},{{"key":"x","value":{{"Value":{{"Text":"lost"}}}}}},
        {{"key":"y","value":{{"Text":"lost"}}}}"#
    ));
    let found: Vec<&str> = set.defects.iter().map(|defect| defect.message.as_str()).collect();
    let message =
        "Attribute values in this file are in forms that are not OTLP: `Text` (2 attribute values), `Value` (1).";
    assert_eq!(found, [message]);
}

#[test]
fn a_plain_value_without_its_type_is_kept_and_doubted() {
    let set = with_attributes(
        r#"{"key":"t","value":"text"},{"value":1.5,"key":"d"},{"key":"i","value":7},{"key":"b","value":true},
        {"key":"g","value":{"Value":"go"}},{"key":"none","value":null}"#,
    );
    let expected = [r#"t=Str("text")"#, "d=Double(1.5)", "i=Int(7)", "b=Bool(true)", r#"g=Str("go")"#, "none=Empty"];
    assert_eq!(values(&set), expected);
    assert_eq!(set.defects.len(), 5);
    assert!(set.defects.iter().all(|defect| defect.kind == WarningKind::InvalidField), "{:?}", set.defects);
    let set = with_attributes(r#"{"key":"a","value":{"arrayValue":{"values":["x",2]}}}"#);
    assert_eq!((attr(&set, 0, "a").as_deref(), set.defects.len()), (Some(r#"["x",2]"#), 2));
}

#[test]
fn extreme_times_survive() {
    let json = br#"{"resourceSpans":[{"scopeSpans":[{"spans":[
        {"startTimeUnixNano":"18446744073709551615","endTimeUnixNano":0},
        {"startTimeUnixNano":1.7e18,"endTimeUnixNano":18446744073709551615}]}]}]}"#;
    let set = whole(json, otlp);
    assert_eq!(set.start_unix_nano, [u64::MAX, 1_700_000_000_000_000_000]);
    assert_eq!(set.end_unix_nano, [0, u64::MAX]);
    assert!(set.defects.is_empty());
}

#[test]
fn a_value_of_a_megabyte_and_one_nested_too_deep_are_read_around() {
    let long = "x".repeat(1 << 20);
    let deep = format!("{}{{}}{}", r#"{"arrayValue":{"values":["#.repeat(5000), "]}}".repeat(5000));
    let json = format!(
        r#"{{"resourceSpans":[{{"scopeSpans":[{{"spans":[{{"attributes":[{{"key":"long","value":{{"stringValue":"{long}"}}}},
        {{"key":"deep","value":{deep}}},{{"key":"after","value":{{"intValue":1}}}}]}}]}}]}}]}}"#
    );
    let set = whole(json.as_bytes(), otlp);
    assert_eq!(attr(&set, 0, "long").map(|text| text.len()), Some(1 << 20));
    assert_eq!(attr(&set, 0, "after").as_deref(), Some("1"));
    assert_eq!(set.defects.len(), 1);
    let key = set.strings.find("deep").expect("a key");
    assert!(matches!(set.attrs.last(&set.strings, set.span_attrs.at(0), key), Some(Value::Array(_))));
}

#[test]
fn invalid_utf_8_is_shown_and_told() {
    let json = b"{\"resourceSpans\":[{\"scopeSpans\":[{\"spans\":[{\"name\":\"a\xfe\"}]}]}]}";
    let set = whole(json, otlp);
    assert_eq!(set.strings.get(set.name[0]), "a\u{fffd}");
    assert_eq!(set.defects[0].kind, WarningKind::InvalidUtf8);
}

#[test]
fn a_document_with_a_resource_a_line_is_one_document() {
    let line = r#"{"resource":{},"scopeSpans":[{"spans":[{"name":"a","spanId":"0000000000000001"}]}]}"#;
    let set = whole(format!("{{\"resourceSpans\":[\n{line},\n{line}\n]}}").as_bytes(), otlp);
    assert_eq!((set.len(), set.defects.len()), (2, 0));
}
