//! Jaeger JSON: the same report but for what the format cannot carry, named one by one.

use std::path::{Path, PathBuf};

use serde_json::Value as Json;
use spanloom::analysis::export::jaeger_json;
use spanloom::decode::Format;
use spanloom::model::{AnyValue, Trace};

use super::damaged::{damaged, set_of};
use super::hostile::{HOSTILE, hostile, values};
use super::{file_trace, first_trace, read_back, survives_otlp, traces_dir, whole_report};

/// What Jaeger JSON has no place for, by the kind of trace that shows it; one that nothing needs fails.
struct JaegerLoses {
    /// A fixture, or the defect of a trace of [`damaged`].
    trace: &'static str,
    field: &'static str,
    why: &'static str,
}

const fn loses(trace: &'static str, field: &'static str, why: &'static str) -> JaegerLoses {
    JaegerLoses { trace, field, why }
}

const NO_LENGTH: &str = "an end before the start is a duration of 0 there";

const NO_END: &str = "a span without an end has a duration of 0 there, since Jaeger's page needs one";

const FINER: &str =
    "two calls overlap by 666 ns, which is real between nanoseconds and less than the resolution of microseconds";

const JAEGER_LOSES: &[JaegerLoses] = &[
    loses("synthetic-types", "critical_path", FINER),
    loses("synthetic-types", "findings", FINER),
    loses("synthetic-topology", "warnings", NO_LENGTH),
    loses("EndBeforeStart", "warnings", NO_LENGTH),
    loses("UnknownEnd", "warnings", NO_END),
];

/// How far a figure may be off: a start and a duration are cut to the microsecond each, a sum gathers that of every span.
fn slack_ns(key: &str, spans: u64) -> u64 {
    match key {
        "start_unix_nano" => 999,
        "duration_ns" => 1_998,
        _ => 1_998 * spans,
    }
}

fn close(got: &Json, truth: &Json, key: &str, spans: u64) -> bool {
    let number = |value: &Json| value.as_str().and_then(|text| text.parse::<u64>().ok());
    match (got, truth) {
        (Json::Object(a), Json::Object(b)) => {
            a.keys().eq(b.keys()) && a.iter().all(|(key, value)| close(value, &b[key], key, spans))
        }
        (Json::Array(a), Json::Array(b)) => a.len() == b.len() && a.iter().zip(b).all(|(a, b)| close(a, b, key, spans)),
        _ if key.ends_with("_ns") || key.ends_with("unix_nano") => match (number(got), number(truth)) {
            (Some(a), Some(b)) => a.abs_diff(b) <= slack_ns(key, spans),
            _ => got == truth,
        },
        _ => got == truth,
    }
}

/// Findings without what tells times in words, and without their order by cost, both of which hang on nanoseconds.
fn without_words(findings: &Json) -> Json {
    let mut stripped: Vec<Json> = findings.as_array().unwrap().clone();
    for finding in &mut stripped {
        let finding = finding.as_object_mut().unwrap();
        for key in ["title", "evidence", "id"] {
            finding.remove(key);
        }
        finding.get_mut("span_ids").and_then(Json::as_array_mut).unwrap().sort_by_key(Json::to_string);
    }
    stripped.sort_by_key(|finding| format!("{} {}", finding["kind"], finding["span_ids"]));
    Json::Array(stripped)
}

/// Fields of the report in which the copy differs.
fn jaeger_differs(trace: &Trace, what: &str) -> Vec<String> {
    let again = first_trace(read_back(&jaeger_json(trace), Format::JaegerJson, what));
    let (mut truth, mut again) = (whole_report(trace), whole_report(&again));
    for report in [&mut truth, &mut again] {
        report["findings"] = without_words(&report["findings"]);
    }
    let spans = trace.len() as u64;
    let fields = truth.as_object().unwrap().iter();
    fields
        .filter(|(field, truth)| !close(&again[*field], truth, field, spans))
        .map(|(field, _)| field.clone())
        .collect()
}

#[test]
fn jaeger_json_tells_the_same_but_for_what_it_cannot_carry() {
    let mut traces: Vec<(String, Trace)> = std::fs::read_dir(traces_dir())
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .map(|dir| (dir.file_name().unwrap().to_str().unwrap().to_owned(), file_trace(&first_file(&dir))))
        .collect();
    assert!(traces.len() >= 20);
    for (kind, mut spans) in damaged() {
        // Whole microseconds, so that the defect is all there is to lose.
        for span in &mut spans {
            (span.start, span.end) = (span.start.saturating_mul(1_000), span.end.saturating_mul(1_000));
        }
        traces.push((format!("{kind:?}"), first_trace(set_of(7, &spans))));
    }
    let mut used = vec![false; JAEGER_LOSES.len()];
    let mut wrong = Vec::new();
    for (name, trace) in &traces {
        for field in jaeger_differs(trace, name) {
            match JAEGER_LOSES.iter().position(|known| (known.trace, known.field) == (name, field.as_str())) {
                Some(known) => used[known] = true,
                None => wrong.push(format!("{name}: {field}")),
            }
        }
    }
    let needless = JAEGER_LOSES.iter().zip(used).filter(|(_, used)| !used);
    wrong.extend(needless.map(|(known, _)| format!("{}: {} is not lost: {}", known.trace, known.field, known.why)));
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// The first span follows the last and is its ancestor; the third follows the second. One is cut, the other is a parent.
#[test]
fn references_that_make_a_cycle_are_the_same_again() {
    let span = |id: u64, reference: &str, of: u64, start: u64| {
        format!(
            r#"{{"traceID":"7","spanID":"{id}","operationName":"op","startTime":{},"duration":50,
            "references":[{{"refType":"{reference}","traceID":"7","spanID":"{of}"}}],"processID":"p1"}}"#,
            1_767_225_600_000_000 + start
        )
    };
    let spans = [span(1, "FOLLOWS_FROM", 3, 0), span(2, "CHILD_OF", 1, 10), span(3, "FOLLOWS_FROM", 2, 20)].join(",");
    let json = format!(
        r#"{{"data":[{{"traceID":"7","spans":[{spans}],"processes":{{"p1":{{"serviceName":"a","tags":[]}}}}}}]}}"#
    );
    let trace = first_trace(read_back(json.as_bytes(), Format::JaegerJson, "references"));
    let truth = whole_report(&trace);
    assert_eq!((&truth["root_count"], &truth["max_depth"]), (&Json::from(1), &Json::from(3)));
    assert_eq!(truth["warnings"], Json::Array(Vec::new()));
    survives_otlp(&trace, "references");
    let written: Json = serde_json::from_slice(&jaeger_json(&trace)).unwrap();
    let references: Vec<Vec<(&str, &str)>> = written["data"][0]["spans"]
        .as_array()
        .unwrap()
        .iter()
        .map(|span| {
            span["references"]
                .as_array()
                .unwrap()
                .iter()
                .map(|line| (line["refType"].as_str().unwrap(), line["spanID"].as_str().unwrap()))
                .collect()
        })
        .collect();
    assert_eq!(
        references,
        [
            [("FOLLOWS_FROM", "0000000000000003")],
            [("CHILD_OF", "0000000000000001")],
            [("FOLLOWS_FROM", "0000000000000002")]
        ]
    );
    assert!(jaeger_differs(&trace, "references").is_empty());
}

/// Tempo's protobuf, or what else there is of the trace.
fn first_file(dir: &Path) -> PathBuf {
    let mut files: Vec<PathBuf> = std::fs::read_dir(dir).unwrap().map(|entry| entry.unwrap().path()).collect();
    files.sort_by_key(|path| (!path.ends_with("v1.pb"), path.clone()));
    files.swap_remove(0)
}

#[test]
fn hostile_texts_and_values_stand_in_jaeger_json_as_they_are() {
    for text in HOSTILE {
        let trace = first_trace(hostile(text));
        let written: Json = serde_json::from_slice(&jaeger_json(&trace)).unwrap();
        let span = &written["data"][0]["spans"][0];
        assert_eq!(span["operationName"], text);
        let tags = |array: &Json| -> Vec<(String, String, Json)> {
            let part = |tag: &Json, key: &str| tag[key].as_str().unwrap().to_owned();
            array
                .as_array()
                .unwrap()
                .iter()
                .map(|tag| (part(tag, "key"), part(tag, "type"), tag["value"].clone()))
                .collect()
        };
        let want: Vec<(String, Json)> = values().iter().map(jaeger_value).collect();
        let places = [&span["tags"], &span["logs"][0]["fields"], &written["data"][0]["processes"]["p1"]["tags"]];
        for place in places {
            let got: Vec<(String, Json)> = tags(place)
                .into_iter()
                .filter(|(key, ..)| key == text || key == "key")
                .map(|(_, kind, value)| (kind, unpacked(value)))
                .collect();
            // A span has those of its scope too.
            assert!(got.ends_with(&want), "{text:?}: {got:?}");
        }
        let again = first_trace(read_back(&jaeger_json(&trace), Format::JaegerJson, text));
        assert_eq!((again.name(again.main_root().unwrap()), again.len()), (text, 1));
    }
}

/// The type and value that a tag should have.
fn jaeger_value(value: &AnyValue<'_>) -> (String, Json) {
    let (kind, value) = match value {
        AnyValue::Empty => ("string", Json::from("")),
        AnyValue::Str(text) => ("string", Json::from(text.as_ref())),
        AnyValue::Bool(flag) => ("bool", Json::from(*flag)),
        AnyValue::Int(number) if number.unsigned_abs() >= 1 << 53 => ("int64", Json::from(number.to_string())),
        AnyValue::Int(number) => ("int64", Json::from(*number)),
        AnyValue::Double(number) if number.is_nan() => ("float64", Json::from("NaN")),
        AnyValue::Double(number) if number.is_infinite() => {
            ("float64", Json::from(if *number > 0.0 { "Infinity" } else { "-Infinity" }))
        }
        AnyValue::Double(number) => ("float64", Json::from(*number)),
        AnyValue::Bytes(bytes) => ("binary", Json::from(base64(bytes))),
        nested => ("string", plain(nested)),
    };
    (kind.to_owned(), value)
}

/// Arrays and maps are JSON within a text.
fn unpacked(value: Json) -> Json {
    let text = value.as_str().filter(|text| text.starts_with(['[', '{']));
    text.and_then(|text| serde_json::from_str(text).ok()).unwrap_or(value)
}

/// As ordinary JSON.
pub fn plain(value: &AnyValue<'_>) -> Json {
    match value {
        AnyValue::Array(items) => Json::Array(items.iter().map(plain).collect()),
        AnyValue::Kvlist(entries) => {
            Json::Object(entries.iter().map(|(key, value)| (key.to_string(), plain(value))).collect())
        }
        AnyValue::Empty => Json::Null,
        scalar => jaeger_value(scalar).1,
    }
}

fn base64(bytes: &[u8]) -> String {
    let digit = |six: u8| match six {
        0..26 => b'A' + six,
        26..52 => b'a' + six - 26,
        52..62 => b'0' + six - 52,
        62 => b'+',
        _ => b'/',
    };
    let bits: Vec<bool> = bytes.iter().flat_map(|byte| (0..8).rev().map(move |bit| byte >> bit & 1 == 1)).collect();
    let six = |bits: &[bool]| (0..6).fold(0, |six, at| six << 1 | u8::from(bits.get(at) == Some(&true)));
    let mut text: String = bits.chunks(6).map(|bits| char::from(digit(six(bits)))).collect();
    while !text.len().is_multiple_of(4) {
        text.push('=');
    }
    text
}
