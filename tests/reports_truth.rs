//! Inputs after public reports, beside what is right of each (`tests/fixtures/reports/facts.json`): the figures of the
//! report, or the words of the refusal.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test that cannot read its fixture fails")]

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;
use std::sync::Arc;

use serde_json::{Value, json};
use spanloom::analysis::{Derived, report};
use spanloom::decode::{Outcome, decode};
use spanloom::model::{SpanSet, Trace};

fn folder() -> PathBuf {
    PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/fixtures/reports"))
}

fn facts() -> BTreeMap<String, Value> {
    serde_json::from_slice(&std::fs::read(folder().join("facts.json")).unwrap()).unwrap()
}

fn read(name: &str) -> (SpanSet, Outcome) {
    let bytes = std::fs::read(folder().join(name)).unwrap();
    let mut set = SpanSet::new();
    let outcome = decode(Box::new(bytes.as_slice()), &mut set, &mut |_| {});
    (set, outcome)
}

/// The figures of one trace, named as in the facts.
fn figures(trace: &Trace) -> Value {
    let report = serde_json::to_value(report(trace, &Derived::of(trace))).unwrap();
    let services = report["services"].as_array().unwrap().iter().map(|service| service["name"].clone());
    json!({
        "id": report["trace_id"],
        "spans": report["span_count"],
        "services": services.collect::<Vec<_>>(),
        "failed": report["error_span_count"],
        "start": report["start_unix_nano"],
        "duration": report["duration_ns"],
        "roots": report["root_count"],
        "orphans": report["orphan_count"],
        "depth": report["max_depth"],
    })
}

fn texts(list: &Value) -> Vec<&str> {
    list.as_array().map(|list| list.iter().map(|text| text.as_str().unwrap()).collect()).unwrap_or_default()
}

/// What is wrong with a file that must open.
fn wrong_in_traces(fact: &Value, set: SpanSet, outcome: &Outcome) -> Vec<String> {
    let mut wrong: Vec<String> = outcome.error.iter().map(|error| format!("error: {}", error.problem)).collect();
    let set = Arc::new(set);
    let traces: Vec<Trace> = set.trace_ids.iter().filter_map(|id| Trace::build(&set, *id)).collect();
    let mut got: Vec<Value> = traces.iter().map(figures).collect();
    got.sort_by_key(|figures| figures["id"].to_string());
    if json!(got) != fact["traces"] {
        wrong.push(format!("\n   got  {}\n   true {}", json!(got), fact["traces"]));
    }
    let spans = || traces.iter().flat_map(|trace| trace.spans().map(move |span| (trace, span)));
    let names: BTreeSet<&str> = spans().map(|(trace, span)| trace.name(span)).collect();
    let ids: BTreeSet<String> = spans().map(|(trace, span)| trace.span_id(span).to_string()).collect();
    let keys: BTreeSet<&str> = spans()
        .flat_map(|(trace, span)| set.attrs.iter(&set.strings, trace.attrs(span)))
        .map(|(key, _)| set.strings.get(key))
        .collect();
    let reports: Vec<String> =
        traces.iter().map(|trace| serde_json::to_string(&report(trace, &Derived::of(trace))).unwrap()).collect();
    let in_report = |text: &str| reports.iter().any(|report| report.contains(text));
    wrong.extend(
        texts(&fact["names"]).iter().filter(|name| !names.contains(*name)).map(|name| format!("no span {name}")),
    );
    wrong.extend(texts(&fact["span_ids"]).iter().filter(|id| !ids.contains(**id)).map(|id| format!("no id {id}")));
    wrong.extend(texts(&fact["tags"]).iter().filter(|key| !keys.contains(*key)).map(|key| format!("no tag {key}")));
    for field in ["warnings", "id_texts"] {
        let lacks = texts(&fact[field]).into_iter().filter(|text| !in_report(text));
        wrong.extend(lacks.map(|text| format!("the report lacks {text}")));
    }
    wrong
}

/// What is wrong with the refusal of a file: each word must be in its sentence.
fn wrong_in_refusal(words: &Value, set: &SpanSet, outcome: &Outcome) -> Vec<String> {
    let Some(error) = &outcome.error else { return vec!["it was not refused".to_owned()] };
    let sentence = format!("{} {}", error.field, error.problem).to_lowercase();
    let missing = texts(words).into_iter().filter(|word| !sentence.contains(&word.to_lowercase()));
    let mut wrong: Vec<String> = missing.map(|word| format!("no {word:?} in {sentence:?}")).collect();
    if !set.is_empty() {
        wrong.push(format!("{} spans were read", set.len()));
    }
    wrong
}

#[test]
fn every_reported_input_opens_with_its_figures_or_is_refused_in_its_words() {
    let facts = facts();
    let mut wrong = Vec::new();
    for (name, fact) in &facts {
        let (set, outcome) = read(name);
        let problems = match &fact["refused"] {
            Value::Null => wrong_in_traces(fact, set, &outcome),
            words => wrong_in_refusal(words, &set, &outcome),
        };
        wrong.extend(problems.into_iter().map(|problem| format!("{name}: {problem}")));
    }
    assert_eq!(facts.len(), 22, "every reported input");
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn every_reported_input_has_its_facts() {
    // What broke something (`faults`) is held by the tests of what it broke.
    let files = std::fs::read_dir(folder()).unwrap().map(Result::unwrap).filter(|entry| entry.path().is_file());
    let names = files.map(|entry| entry.file_name().into_string().unwrap());
    let files: BTreeSet<String> = names.filter(|name| name != "facts.json").collect();
    assert_eq!(files, facts().into_keys().collect());
}
