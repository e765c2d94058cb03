//! Values of every type are shown as they were recorded, and written so that they read back as the same. Truth: by hand, from the text of
//! `tests/fixtures/reports/numbers.json`.

#![allow(clippy::unwrap_used, reason = "a test that cannot read its fixture fails")]

use std::io::Cursor;
use std::path::Path;
use std::sync::Arc;

use spanloom::analysis::details::{Attribute, ValueType, details};
use spanloom::analysis::{Derived, export};
use spanloom::model::{SpanIdx, SpanSet, Trace, WarningKind};

const SHOWN: [(&str, &str, ValueType); 18] = [
    ("i.str", "9007199254740993", ValueType::Int),
    ("i.num", "9007199254740993", ValueType::Int),
    ("i.neg", "-9223372036854775808", ValueType::Int),
    // No i64 holds it: it stays the text that was recorded.
    ("i.over", "9223372036854775808", ValueType::String),
    ("i.exp", "1000", ValueType::Int),
    ("d.str", "1.25", ValueType::Double),
    ("d.nan", "NaN", ValueType::Double),
    ("d.inf", "-Infinity", ValueType::Double),
    ("d.exp", "1000", ValueType::Double),
    ("d.tiny", "5e-324", ValueType::Double),
    ("d.zero", "-0", ValueType::Double),
    ("b.str", "true", ValueType::Bool),
    ("b.false", "false", ValueType::Bool),
    ("none", "", ValueType::Empty),
    ("null", "", ValueType::Empty),
    ("bytes", "6869", ValueType::Bytes),
    ("arr", r#"[1,"two",true,null]"#, ValueType::Array),
    ("", "empty key", ValueType::String),
];

fn numbers() -> Vec<u8> {
    std::fs::read(Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/reports/numbers.json")).unwrap()
}

fn read(bytes: Vec<u8>) -> Trace {
    let mut set = SpanSet::new();
    let outcome = spanloom::decode::decode(Box::new(Cursor::new(bytes)), &mut set, &mut |_| {});
    assert_eq!(outcome.error, None);
    let id = set.trace_ids[0];
    Trace::build(&Arc::new(set), id).unwrap()
}

fn shown(trace: &Trace) -> Vec<(String, String, ValueType)> {
    let lines = details(trace, &Derived::of(trace), SpanIdx(0)).attributes.into_iter();
    lines.map(|Attribute { key, value, value_type }| (key, value.text, value_type)).collect()
}

fn expected() -> Vec<(String, String, ValueType)> {
    SHOWN.map(|(key, text, of)| (key.to_owned(), text.to_owned(), of)).to_vec()
}

#[test]
fn every_value_is_shown_as_it_was_recorded_and_the_one_that_fits_no_i64_is_warned_of() {
    let trace = read(numbers());
    assert_eq!(shown(&trace), expected());
    let warned: Vec<&str> = trace
        .warnings
        .iter()
        .filter(|warning| warning.kind == WarningKind::InvalidField)
        .map(|warning| warning.message.as_str())
        .collect();
    assert!(warned.len() == 1 && warned[0].contains("9223372036854775808"), "{warned:?}");
}

#[test]
fn both_forms_of_otlp_give_the_same_values_back() {
    let trace = read(numbers());
    let json = export::otlp_json(&trace);
    let text = String::from_utf8(json.clone()).unwrap();
    assert!(text.contains(r#"{"key":"d.tiny","value":{"doubleValue":5e-324}}"#), "{text}");
    assert!(text.contains(r#"{"key":"d.zero","value":{"doubleValue":-0.0}}"#), "{text}");
    assert!(!text.contains("0000000000000000000000000000000000000000"), "{text}");
    assert_eq!(shown(&read(json)), expected());
    assert_eq!(shown(&read(export::otlp_proto(&trace))), expected());
}

#[test]
fn tables_and_jaeger_json_have_short_numbers() {
    let trace = read(numbers());
    let csv = String::from_utf8(export::spans_csv(&trace, &Derived::of(&trace), &[0], None)).unwrap();
    assert!(csv.contains(r#"""d.tiny"":5e-324"#) && csv.contains(r#"""d.inf"":""-Infinity"""#), "{csv}");
    let jaeger = String::from_utf8(export::jaeger_json(&trace)).unwrap();
    assert!(jaeger.contains("5e-324"), "{jaeger}");
    for text in [csv, jaeger] {
        assert!(!text.contains("0000000000000000000000000000000000000000"), "{text}");
    }
}

/// What no double holds would read as infinity or as 0: it stays the text that was recorded.
#[test]
fn numbers_beyond_doubles_keep_their_text() {
    for number in ["1e400", "-1e999", "1e-400"] {
        for written in [number.to_owned(), format!("\"{number}\"")] {
            let span = format!(
                r#"{{"resourceSpans":[{{"scopeSpans":[{{"spans":[{{"traceId":"0af7651916cd43dd8448eb211c80319c",
                "spanId":"00000000000000a1","name":"n","startTimeUnixNano":"1767225600000000000",
                "endTimeUnixNano":"1767225600000001000","attributes":[{{"key":"d","value":{{"doubleValue":{written}}}}}]}}]}}]}}]}}"#
            );
            let trace = read(span.into_bytes());
            assert_eq!(shown(&trace), [("d".to_owned(), number.to_owned(), ValueType::String)]);
            assert!(trace.warnings.iter().any(|warning| warning.kind == WarningKind::InvalidField), "{number}");
        }
    }
}
