//! Unknown members at every place of every format, and none in recorded files.

use std::path::{Path, PathBuf};

use crate::decode::{Format, decode};
use crate::model::{SpanSet, WarningKind};

fn read(bytes: &[u8], set: &mut SpanSet) -> Option<Format> {
    let outcome = decode(Box::new(bytes), set, &mut |_| {});
    assert_eq!(outcome.error, None, "{}", String::from_utf8_lossy(&bytes[..bytes.len().min(200)]));
    outcome.format
}

/// The warnings of the file; nothing else may be wrong with it.
fn warnings(bytes: &[u8], format: Format) -> Vec<String> {
    let mut set = SpanSet::new();
    assert_eq!(read(bytes, &mut set), Some(format));
    assert!(set.defects.iter().all(|defect| defect.kind == WarningKind::SkippedContent), "{:?}", set.defects);
    set.defects.into_iter().map(|defect| defect.message).collect()
}

/// “1 span … a member that OTLP does not define …: `x`.”
fn one(holder: &str, format: &str, name: &str) -> String {
    let kind = if name.starts_with("field") { "field" } else { "member" };
    format!("1 {holder} in this file has a {kind} that {format} does not define and that is not read: {name}.")
}

const OTLP: &str = r#"{"resourceSpans":[{"rsX":1,"resource":{"resX":1,"entityRefs":[{"type":"service"}],
    "attributes":[{"key":"service.name","value":{"stringValue":"a"},"keyX":"y"}]},
    "scopeSpans":[{"ssX":[1],"scope":{"name":"s","scopeX":true},"spans":[{"traceId":"0af7651916cd43dd8448eb211c80319c",
    "spanId":"00000000000000a1","startTimeUnixNano":"1767225600000000000","endTimeUnixNano":"1767225600000001000",
    "spanX":{"a":[{"b":1}]},"none":null,"list":[],"map":{},"text":"","nested":[[],{}],
    "status":{"code":1,"statusX":"s","deprecatedCode":2},"events":[{"timeUnixNano":"1767225600000000500","eventX":"x"}],
    "links":[{"traceId":"0af7651916cd43dd8448eb211c80319c","spanId":"00000000000000a2","linkX":0}],
    "attributes":[{"key":"v","value":{"valueX":"lost"}},{"key":"two","value":{"stringValue":"a","intValue":1}},
    {"key":"a","value":{"arrayValue":{"values":[{"itemX":1}],"arrayX":2}}},
    {"key":"m","value":{"kvlistValue":{"values":[{"key":"k","value":{"intValue":1},"entryX":1}],"mapX":[2]}}}]}]}]}]}"#;

#[test]
fn unknown_members_of_otlp_json_are_named() {
    let expected = [
        one("group of a resource's spans", "OTLP", "`rsX`"),
        one("resource", "OTLP", "`resX`"),
        one("group of a scope's spans", "OTLP", "`ssX`"),
        one("scope", "OTLP", "`scopeX`"),
        one("span", "OTLP", "`spanX`"),
        one("status", "OTLP", "`statusX`"),
        one("event", "OTLP", "`eventX`"),
        one("link", "OTLP", "`linkX`"),
        "Attributes in this file have members that OTLP does not define and that are not read: \
         `keyX` (1 attribute), `entryX` (1)."
            .to_owned(),
        "Attribute values in this file are in forms that are not OTLP: `valueX` (1 attribute value), `intValue` (1), \
         `itemX` (1), `arrayX` (1), `mapX` (1)."
            .to_owned(),
    ];
    assert_eq!(warnings(OTLP.as_bytes(), Format::OtlpJson), expected);
}

#[test]
fn unknown_members_of_jaeger_are_named() {
    let json = r#"{"data":[{"traceID":"7","traceX":1,"warnings":["late"],"spans":[{"traceID":"7","spanID":"1",
        "operationName":"op","startTime":1767225600000000,"duration":5,"processID":"p1","flags":1,"spanX":"x",
        "startTimeMillis":1767225600000,"depth":3,"hasChildren":true,"warnings":null,"tag":{},
        "references":[{"refType":"CHILD_OF","traceID":"7","spanID":"2","refX":1}],
        "tags":[{"key":"k","vType":"STRING","vStr":"lost"}],"logs":[{"timestamp":1767225600000001,"fields":[],"logX":1}]}],
        "processes":{"p1":{"serviceName":"a","tags":[],"processX":1}}}],"total":0,"limit":5,"offset":0,"errors":null}"#;
    let expected = [
        "Traces in this file have members that are not read: `traceX` (1 trace), `warnings` (1).".to_owned(),
        one("process", "Jaeger JSON", "`processX`"),
        one("span", "Jaeger JSON", "`spanX`"),
        one("reference", "Jaeger JSON", "`refX`"),
        one("log", "Jaeger JSON", "`logX`"),
        "Tags in this file have members that Jaeger JSON does not define and that are not read: `vType` (1 tag), \
         `vStr` (1)."
            .to_owned(),
    ];
    assert_eq!(warnings(json.as_bytes(), Format::JaegerJson), expected);
}

#[test]
fn unknown_members_of_zipkin_are_named() {
    let json = r#"[{"traceId":"7","id":"1","name":"a","timestamp":1767225600000000,"duration":5,"spanX":1,"tags":[],
        "localEndpoint":{"serviceName":"a","ipv4":"10.0.0.1","ipv6":"2001:db8::1","endpointX":1},"remoteEndpoint":[],
        "annotations":[{"timestamp":1767225600000001,"value":"v","annotationX":1}],"debug":false,"shared":false}]"#;
    let expected = [
        one("span", "Zipkin v2 JSON", "`spanX`"),
        one("annotation", "Zipkin v2 JSON", "`annotationX`"),
        one("endpoint", "Zipkin v2 JSON", "`endpointX`"),
    ];
    assert_eq!(warnings(json.as_bytes(), Format::ZipkinJson), expected);
}

fn message(number: u32, body: &[u8]) -> Vec<u8> {
    let mut out = Vec::new();
    for mut varint in [u64::from(number << 3 | 2), body.len() as u64] {
        while varint >= 0x80 {
            out.push(varint as u8 | 0x80);
            varint >>= 7;
        }
        out.push(varint as u8);
    }
    out.extend_from_slice(body);
    out
}

/// A field that is a varint of 1, and one that holds nothing.
fn unknown(number: u32) -> Vec<u8> {
    let mut out = message(number, b"x");
    out.extend(message(99, b""));
    out
}

fn traces_data() -> Vec<u8> {
    let text = |text: &str| message(1, text.as_bytes());
    let array = message(5, &[message(1, &text("a")), unknown(31)].concat());
    let map = message(6, &message(1, &[text("k"), message(2, &text("v")), unknown(32)].concat()));
    let attribute = |value: &[u8]| [text("k"), message(2, value), unknown(33)].concat();
    let link = [message(1, &[7; 16]), message(2, &[9; 8]), unknown(34)].concat();
    let span = [
        message(1, &[7; 16]),
        message(2, &[8; 8]),
        message(5, b"GET"),
        vec![0x39, 1, 0, 0, 0, 0, 0, 0, 0],
        vec![0x41, 2, 0, 0, 0, 0, 0, 0, 0],
        message(9, &attribute(&array)),
        message(9, &attribute(&map)),
        message(9, &attribute(&unknown(35))),
        message(11, &[message(2, b"event"), unknown(36)].concat()),
        message(13, &link),
        message(15, &[vec![0x08, 2, 0x18, 1], unknown(37)].concat()),
        unknown(42),
        unknown(42),
        unknown(2_000),
    ]
    .concat();
    let scope = [text("s"), unknown(38)].concat();
    let scope_spans = [message(1, &scope), message(2, &span), unknown(39)].concat();
    let resource = [message(1, &[text("k"), message(2, &text("v"))].concat()), message(3, b"entity"), unknown(40)];
    message(1, &[message(1, &resource.concat()), message(2, &scope_spans), unknown(41)].concat())
}

fn of_traces_data() -> Vec<String> {
    vec![
        one("group of a resource's spans", "OTLP", "field 41"),
        one("resource", "OTLP", "field 40"),
        one("group of a scope's spans", "OTLP", "field 39"),
        one("scope", "OTLP", "field 38"),
        "Spans in this file have fields that OTLP does not define and that are not read: field 42 (2 spans), \
         field 2000 (1)."
            .to_owned(),
        one("status", "OTLP", "field 37"),
        one("event", "OTLP", "field 36"),
        one("link", "OTLP", "field 34"),
        "Attributes in this file have fields that OTLP does not define and that are not read: field 33 (3 attributes), \
         field 32 (1)."
            .to_owned(),
        "Attribute values in this file are in forms that are not OTLP: field 31 (1 attribute value), field 35 (1)."
            .to_owned(),
    ]
}

#[test]
fn unknown_fields_of_protobuf_are_named() {
    assert_eq!(warnings(&traces_data(), Format::OtlpProtobuf), of_traces_data());
}

#[test]
fn fields_of_what_turns_out_to_be_a_log_are_not_counted() {
    let mut log = vec![0x09, 1, 2, 3, 4, 5, 6, 7, 8, 0x10, 9];
    log.extend([message(3, b"INFO"), message(5, &message(1, b"text")), message(40, b"of the log")].concat());
    let mut bytes = traces_data();
    bytes.extend(message(1, &message(2, &message(2, &log))));
    let mut set = SpanSet::new();
    let outcome = decode(Box::new(bytes.as_slice()), &mut set, &mut |_| {});
    assert_eq!((outcome.error, outcome.spans, outcome.skipped_logs), (None, 1, 1));
    let found: Vec<String> = set.defects.into_iter().map(|defect| defect.message).collect();
    assert_eq!(found, of_traces_data());
}

/// The sentences that have two of a kind.
fn spans_of(found: Vec<String>) -> Vec<String> {
    found.into_iter().filter(|message| message.contains("span") && message.contains("42")).collect()
}

#[test]
fn a_file_of_many_documents_has_one_warning() {
    let line = OTLP.replace('\n', "");
    let of_lines = warnings(format!("{line}\n{line}\n").as_bytes(), Format::OtlpJsonLines);
    assert_eq!(of_lines.len(), 10);
    assert!(of_lines[4].starts_with("2 spans in this file have a member"), "{}", of_lines[4]);

    let frame = |body: &[u8]| [&(body.len() as u32).to_be_bytes()[..], body].concat();
    let frames = [frame(&traces_data()), frame(&traces_data())].concat();
    let of_frames = spans_of(warnings(&frames, Format::OtlpProtobufDelimited));
    assert_eq!(of_frames.len(), 1);
    assert!(of_frames[0].contains("field 42 (4 spans), field 2000 (2)"), "{}", of_frames[0]);
}

#[test]
fn each_file_of_a_set_has_its_own_warning() {
    let mut set = SpanSet::new();
    read(OTLP.as_bytes(), &mut set);
    read(OTLP.as_bytes(), &mut set);
    assert_eq!(set.defects.len(), 20);
}

#[test]
fn names_without_end_are_counted_and_other_defects_do_not_hide_them() {
    let members: Vec<String> = (0..10_000).map(|nth| format!("\"x{nth}\":1")).collect();
    // 20 spans with 90 defects each are more than are kept word for word.
    let bad = [r#"{"key":"b","value":{"intValue":"none"}}"#; 90].join(",");
    let span = |members: &str| {
        format!(
            r#"{{"traceId":"0af7651916cd43dd8448eb211c80319c","spanId":"00000000000000a1","attributes":[{bad}],{members}}}"#
        )
    };
    let spans: Vec<String> = (0..20).map(|_| span(&members.join(","))).collect();
    let json = format!(r#"{{"resourceSpans":[{{"scopeSpans":[{{"spans":[{}]}}]}}]}}"#, spans.join(","));
    let mut set = SpanSet::new();
    read(json.as_bytes(), &mut set);
    let found: Vec<&str> = set
        .defects
        .iter()
        .filter(|defect| defect.kind == WarningKind::SkippedContent)
        .map(|defect| defect.message.as_str())
        .collect();
    assert_eq!(found.len(), 1);
    assert!(found[0].contains("`x0` (20 spans), `x1` (20), "), "{}", found[0]);
    assert!(found[0].ends_with(", other names (199,520)."), "{}", found[0]);
}

/// What was recorded from Tempo, the Collector and its converters.
fn recorded() -> Vec<PathBuf> {
    let fixtures = Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/fixtures"));
    let entries = |dir: PathBuf| std::fs::read_dir(dir).expect("a folder").map(|entry| entry.expect("a file").path());
    let mut files: Vec<PathBuf> = entries(fixtures.join("tempo/traces")).flat_map(entries).collect();
    files.extend(entries(fixtures.join("collector")).filter(|path| path.to_string_lossy().contains("file-exporter")));
    files.sort();
    files
}

#[test]
fn recorded_files_have_nothing_that_is_skipped() {
    let files = recorded();
    assert!(files.len() >= 68, "{}", files.len());
    for path in files {
        let mut set = SpanSet::new();
        read(&std::fs::read(&path).expect("a fixture"), &mut set);
        assert!(!set.is_empty(), "{}", path.display());
        let found: Vec<_> = set.defects.iter().filter(|defect| defect.kind == WarningKind::SkippedContent).collect();
        assert!(found.is_empty(), "{}: {found:?}", path.display());
    }
}
