//! The report against the truth: every fixture trace, in every format the fixture has, beside `facts.json`, which was
//! computed from raw protobuf by a program that shares no code with this one; and beside the report of the same trace
//! read from Tempo's own protobuf, so that no format tells another story.
//!
//! What a format cannot carry is in [`EXCEPTIONS`]; an exception that nothing needs fails the test. Jaeger and Zipkin
//! write microseconds, so their times may differ by what rounding can do and no more ([`slack_ns`]).

#![allow(clippy::unwrap_used, reason = "a test that cannot read its fixture fails")]

use std::collections::BTreeMap;
use std::fs::File;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use serde_json::{Value, json};
use spanloom::analysis::findings::{Seen, findings};
use spanloom::analysis::{Derived, report};
use spanloom::base::TraceId;
use spanloom::model::{SpanSet, Trace};

struct Exception {
    trace: &'static str,
    /// File name, without `.gz`.
    format: &'static str,
    field: &'static str,
    /// Printed when the exception is not needed any more.
    reason: &'static str,
}

const EXCEPTIONS: &[Exception] = &[
    zipkin_topology("span_count"),
    zipkin_topology("services"),
    zipkin_topology("same.span_count"),
    zipkin_topology("same.services"),
    zipkin_topology("same.warnings"),
    Exception {
        trace: "synthetic-types",
        format: "conv.zipkin.json",
        field: "same.warnings",
        reason: "the converter left a duration of 0 out, so the span's end is not known there",
    },
];

const fn zipkin_topology(field: &'static str) -> Exception {
    Exception {
        trace: "synthetic-topology",
        format: "conv.zipkin.json",
        field,
        reason: "Zipkin cannot write the span whose end is before its start; the file lacks it",
    }
}

/// How far a time may be from the truth: not at all, but in formats that write microseconds both ends of every span are
/// rounded, and a sum over spans gathers that of each.
fn slack_ns(format: &str, key: &str, span_count: u64) -> u64 {
    match (format, key) {
        ("conv.jaeger.json" | "conv.zipkin.json", key)
            if key.ends_with("unix_nano") || key.ends_with("duration_ns") =>
        {
            2_000
        }
        ("conv.jaeger.json" | "conv.zipkin.json", _) => 2_000 * span_count,
        _ => 0,
    }
}

/// Whether two values are equal, times within their slack. A time is what stands under a key in ns or unix nano.
fn agree(got: &Value, true_value: &Value, key: &str, slack: &impl Fn(&str) -> u64) -> bool {
    let number = |value: &Value| value.as_u64().or_else(|| value.as_str()?.parse().ok());
    match (got, true_value) {
        (Value::Object(a), Value::Object(b)) => {
            a.keys().eq(b.keys()) && a.iter().all(|(key, value)| agree(value, &b[key], key, slack))
        }
        (Value::Array(a), Value::Array(b)) => {
            a.len() == b.len() && a.iter().zip(b).all(|(a, b)| agree(a, b, key, slack))
        }
        _ if key.ends_with("_ns") || key.ends_with("unix_nano") => match (number(got), number(true_value)) {
            (Some(a), Some(b)) => got.is_string() == true_value.is_string() && a.abs_diff(b) <= slack(key),
            _ => got == true_value,
        },
        _ => got == true_value,
    }
}

/// A figure of the report and what it should be.
struct Figure {
    field: String,
    got: Value,
    true_value: Value,
}

fn traces_dir() -> PathBuf {
    Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/fixtures/tempo/traces")).to_owned()
}

fn read_json(path: &Path) -> Value {
    serde_json::from_reader(File::open(path).unwrap()).unwrap()
}

/// The trace of a file, as the product reads it.
fn read_trace(path: &Path, id: &str) -> Trace {
    let mut set = SpanSet::new();
    let source = Box::new(File::open(path).unwrap());
    let outcome = spanloom::decode::decode(source, &mut set, &mut |_| {});
    assert_eq!(outcome.error, None, "{}", path.display());
    let id = TraceId::from_hex(id.as_bytes()).unwrap();
    assert_eq!(set.trace_ids, [id], "{}", path.display());
    Trace::build(&Arc::new(set), id).unwrap()
}

/// The report with its findings.
fn whole_report(trace: &Trace) -> Value {
    let derived = Derived::of(trace);
    let found = findings(trace, &derived, Seen::default());
    serde_json::to_value(report(trace, &derived).with_findings(trace, &found, &[])).unwrap()
}

/// Files of one trace by format, Tempo's protobuf first.
fn files_of(trace: &str) -> Vec<(String, PathBuf)> {
    let mut files: Vec<(String, PathBuf)> = std::fs::read_dir(traces_dir().join(trace))
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .map(|path| (path.file_name().unwrap().to_str().unwrap().trim_end_matches(".gz").to_owned(), path))
        .collect();
    files.sort_by_key(|(format, _)| (format != "v1.pb", format.clone()));
    files
}

fn facts() -> BTreeMap<String, Value> {
    serde_json::from_value(read_json(&traces_dir().with_file_name("facts.json"))).unwrap()
}

/// `123` of the facts as the report writes nanoseconds.
fn text(ns: &Value) -> Value {
    match ns {
        Value::String(_) => ns.clone(),
        ns => json!(ns.as_u64().unwrap().to_string()),
    }
}

fn sorted(mut lines: Vec<Value>) -> Value {
    lines.sort_by_key(Value::to_string);
    Value::Array(lines)
}

fn edges(facts: &Value, other_side: &str) -> Value {
    let line = |edge: &Value| json!({ "client": edge["client"], other_side: edge[other_side], "calls": edge["calls"], "errors": edge["with_error"] });
    sorted(facts.as_array().unwrap().iter().map(line).collect())
}

fn figures(facts: &Value, report: &Value) -> Vec<Figure> {
    let mut figures = Vec::new();
    let mut add = |field: &str, got: Value, true_value: Value| {
        figures.push(Figure { field: field.to_owned(), got, true_value });
    };
    add("spanloom_report", report["spanloom_report"].clone(), json!(1));
    add("trace_id", json!([report["trace_id"]]), facts["trace_ids"].clone());
    for (field, fact) in [
        ("span_count", "span_count"),
        ("service_count", "service_count"),
        ("error_span_count", "error_span_count"),
        ("root_count", "root_count"),
        ("orphan_count", "orphan_count"),
        ("max_depth", "max_depth"),
        ("unreachable_count", "unreachable_spans"),
    ] {
        add(field, report[field].clone(), facts[fact].clone());
    }
    for field in ["start_unix_nano", "duration_ns"] {
        add(field, report[field].clone(), text(&facts[field]));
    }
    let services = facts["services"].as_object().unwrap().iter().map(|(name, service)| {
        json!({
            "name": name,
            "spans": service["spans"],
            "error_spans": service["error_spans"],
            "self_time_ns": text(&service["self_time_ns"]),
        })
    });
    add("services", report["services"].clone(), Value::Array(services.collect()));
    let lines = |field: &str| sorted(report[field].as_array().unwrap().clone());
    add("edges", lines("edges"), edges(&facts["service_edges"], "server"));
    add("external_edges", lines("external_edges"), edges(&facts["external_edges"], "target"));
    figures
}

/// The critical path's figures; services of its spans come from the trace, since the report names spans only.
fn path_figures(facts: &Value, report: &Value, service_of: &BTreeMap<String, String>) -> Vec<Figure> {
    let (truth, path) = (&facts["critical_path"], &report["critical_path"]);
    let figure = |field: &str, got: Value, true_value: Value| Figure {
        field: format!("critical_path.{field}"),
        got,
        true_value,
    };
    if truth.is_null() || path.is_null() {
        return vec![figure("present", json!(!path.is_null()), json!(!truth.is_null()))];
    }
    let own: BTreeMap<&str, u64> = path["spans"]
        .as_array()
        .unwrap()
        .iter()
        .map(|span| (span["span_id"].as_str().unwrap(), span["self_ns"].as_str().unwrap().parse().unwrap()))
        .collect();
    let mut by_service: BTreeMap<&str, u64> = BTreeMap::new();
    for (span, ns) in &own {
        *by_service.entry(service_of[*span].as_str()).or_default() += ns;
    }
    let true_by_service: BTreeMap<String, u64> = serde_json::from_value(truth["by_service_ns"].clone()).unwrap();
    let top = truth["top"].as_array().unwrap();
    let own_ns = |of: &Value, ns: &Option<&u64>| json!({ "of": of, "own_ns": ns });
    let true_top: Vec<Value> =
        top.iter().map(|span| own_ns(&span["span_id"], &Some(&span["on_path_self_ns"].as_u64().unwrap()))).collect();
    let got_top: Vec<Value> =
        top.iter().map(|span| own_ns(&span["span_id"], &own.get(span["span_id"].as_str().unwrap()))).collect();
    vec![
        figure("root_span_id", path["root_span_id"].clone(), truth["root_span_id"].clone()),
        figure("duration_ns", path["duration_ns"].clone(), text(&truth["root_duration_ns"])),
        figure("span_count", json!(path["spans"].as_array().unwrap().len()), truth["spans_on_path"].clone()),
        figure("sum_ns", json!(own.values().sum::<u64>()), truth["sum_self_on_path_ns"].clone()),
        figure(
            "services_ns",
            json!(by_service.values().collect::<Vec<_>>()),
            json!(true_by_service.values().collect::<Vec<_>>()),
        ),
        figure(
            "services",
            json!(by_service.keys().collect::<Vec<_>>()),
            json!(true_by_service.keys().collect::<Vec<_>>()),
        ),
        figure("top", json!(got_top), json!(true_top)),
    ]
}

/// Every key of one report beside the same of another: nothing may depend on the format.
fn same_report(got: &Value, reference: &Value, rounds: bool) -> Vec<Figure> {
    let keys = reference.as_object().unwrap().iter();
    let figure = |key: &String, value: &Value| {
        let of = |value: &Value| if rounds && key == "findings" { without_words(value) } else { value.clone() };
        Figure { field: format!("same.{key}"), got: of(&got[key]), true_value: of(value) }
    };
    keys.map(|(key, value)| figure(key, value)).collect()
}

/// Findings without what says times in words, and without the order by cost: both hang on nanoseconds that a format may round.
fn without_words(findings: &Value) -> Value {
    let stripped = findings.as_array().unwrap().iter().map(|finding| {
        let mut finding = finding.clone();
        for key in ["title", "evidence", "id"] {
            finding.as_object_mut().unwrap().remove(key);
        }
        let ids = finding["span_ids"].as_array_mut().unwrap();
        ids.sort_by_key(Value::to_string);
        finding
    });
    let mut stripped: Vec<Value> = stripped.collect();
    stripped.sort_by_key(|finding| format!("{} {}", finding["kind"], finding["span_ids"]));
    Value::Array(stripped)
}

fn short(value: &Value) -> String {
    let text = value.to_string();
    if text.chars().count() > 600 { format!("{}…", text.chars().take(600).collect::<String>()) } else { text }
}

#[test]
fn the_report_tells_the_truth_in_every_format() {
    let mut used = vec![false; EXCEPTIONS.len()];
    let mut wrong = Vec::new();
    let mut files_read = 0;
    for (name, facts) in facts() {
        let id = facts["trace_ids"][0].as_str().unwrap();
        let mut reference = None;
        for (format, path) in files_of(&name) {
            files_read += 1;
            let trace = read_trace(&path, id);
            let report = whole_report(&trace);
            let service_of = trace
                .spans()
                .map(|span| (trace.span_id(span).to_string(), trace.service_name(span).to_owned()))
                .collect();
            let reference = reference.get_or_insert_with(|| report.clone());
            let all = figures(&facts, &report)
                .into_iter()
                .chain(path_figures(&facts, &report, &service_of))
                .chain(same_report(&report, reference, slack_ns(&format, "", 1) > 0));
            let slack = |key: &str| slack_ns(&format, key, facts["span_count"].as_u64().unwrap());
            for figure in all.filter(|f| !agree(&f.got, &f.true_value, &f.field, &slack)) {
                let known =
                    EXCEPTIONS.iter().position(|e| (e.trace, e.format, e.field) == (&name, &format, &figure.field));
                match known {
                    Some(exception) => used[exception] = true,
                    None => wrong.push(format!(
                        "{name}/{format} {}:\n   got {}\n  true {}",
                        figure.field,
                        short(&figure.got),
                        short(&figure.true_value)
                    )),
                }
            }
        }
    }
    for (exception, used) in EXCEPTIONS.iter().zip(used) {
        if !used {
            wrong.push(format!(
                "{}/{} {}: an exception that nothing needs: {}",
                exception.trace, exception.format, exception.field, exception.reason
            ));
        }
    }
    assert!(files_read >= 66, "only {files_read} fixture files were found");
    assert!(wrong.is_empty(), "{} figures are wrong:\n{}", wrong.len(), wrong.join("\n"));
}
