//! Findings against what raw spans say: for every recorded trace the findings are those of `tests/fixtures/tempo/findings.json`, and none
//! other. That file is computed by `tests/fixtures/findings.py` from `docs/findings.md`, sharing no code with the crate. Kind,
//! severity, confidence and spans are compared exactly, times to the nanosecond.
//!
//! Also what must hold of any trace: the order of spans says nothing, and nothing panics.

#![allow(clippy::unwrap_used, reason = "a test that cannot read its fixture fails")]

use std::collections::BTreeMap;
use std::fs::File;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use serde::Deserialize;
use spanloom::analysis::Derived;
use spanloom::analysis::findings::{Finding, Seen, findings};
use spanloom::model::{SpanSet, Trace};

/// A finding as raw spans have it.
#[derive(Deserialize, PartialEq, Eq, PartialOrd, Ord, Debug)]
struct Expected {
    kind: String,
    severity: String,
    confidence: String,
    /// Sorted.
    span_ids: Vec<String>,
    cost_ns: String,
    total_ns: String,
}

fn traces_dir() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/tempo/traces")
}

fn expected() -> BTreeMap<String, Vec<Expected>> {
    serde_json::from_reader(File::open(traces_dir().with_file_name("findings.json")).unwrap()).unwrap()
}

fn read(trace: &str) -> Trace {
    let files = ["v1.pb", "v1.pb.gz"].map(|file| traces_dir().join(trace).join(file));
    let path = files.iter().find(|path| path.exists()).unwrap();
    let mut set = SpanSet::new();
    let outcome = spanloom::decode::decode(Box::new(File::open(path).unwrap()), &mut set, &mut |_| {});
    assert_eq!(outcome.error, None, "{trace}");
    let id = *set.trace_ids.first().unwrap();
    Trace::build(&Arc::new(set), id).unwrap()
}

/// A value's name as the report writes it.
fn name(value: impl serde::Serialize) -> String {
    serde_json::to_value(value).unwrap().as_str().unwrap().to_owned()
}

fn as_expected(trace: &Trace, finding: &Finding) -> Expected {
    let mut span_ids: Vec<String> = finding.spans.iter().map(|span| trace.span_id(*span).to_string()).collect();
    span_ids.sort();
    Expected {
        kind: name(finding.kind),
        severity: name(finding.severity),
        confidence: name(finding.confidence),
        span_ids,
        cost_ns: finding.cost_ns.to_string(),
        total_ns: finding.total_ns.to_string(),
    }
}

#[test]
fn every_recorded_trace_has_its_findings_and_none_other() {
    let expected = expected();
    assert_eq!(expected.len(), std::fs::read_dir(traces_dir()).unwrap().count(), "a trace without expectations");
    for (name, mut expected) in expected {
        let trace = read(&name);
        let mut found: Vec<Expected> = findings(&trace, &Derived::of(&trace), Seen::default())
            .iter()
            .map(|finding| as_expected(&trace, finding))
            .collect();
        found.sort();
        expected.sort();
        assert_eq!(found, expected, "{name}");
    }
}

#[test]
fn healthy_traces_have_nothing_to_be_mended() {
    let expected = expected();
    for name in ["get-order", "order-full", "linked-label"] {
        assert!(expected[name].iter().all(|finding| finding.severity == "info"), "{name}");
    }
    // Asked in parallel and all well; but one of its carriers has a clock that is 350 ms behind.
    let other = expected["quotes-fanout"].iter().filter(|finding| finding.severity != "info");
    assert_eq!(other.map(|finding| finding.kind.as_str()).collect::<Vec<_>>(), ["clock_skew"]);
}

#[test]
fn damaged_recordings_are_looked_at_without_a_panic() {
    for entry in std::fs::read_dir(traces_dir()).unwrap() {
        let path = entry.unwrap().path().join("v1.pb");
        let Ok(whole) = std::fs::read(&path) else { continue };
        for at in 1..=20 {
            let place = whole.len() * at / 21;
            let mut turned = whole.clone();
            turned[place] ^= 1 << (at % 8);
            for bytes in [whole[..place].to_vec(), turned] {
                let mut set = SpanSet::new();
                spanloom::decode::decode(Box::new(std::io::Cursor::new(bytes)), &mut set, &mut |_| {});
                let set = Arc::new(set);
                for id in &set.trace_ids {
                    let trace = Trace::build(&set, *id).unwrap();
                    findings(&trace, &Derived::of(&trace), Seen { read_at_unix_nano: Some(trace.start_unix_nano) });
                }
            }
        }
    }
}
