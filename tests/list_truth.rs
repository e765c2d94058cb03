//! The list of traces, the preview and the opened trace show the same start, duration, spans and repeats. Truth: `facts.json` of the recorded
//! traces, which the Collector's file exporter wrote three times each (`tests/fixtures/collector/file-exporter.*`), and figures by hand.

#![allow(clippy::unwrap_used, reason = "a test that cannot read its fixture fails")]

use std::collections::BTreeMap;
use std::fs::File;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use serde_json::Value;
use spanloom::analysis::preview::Previewer;
use spanloom::analysis::report::report;
use spanloom::analysis::summary::summaries;
use spanloom::analysis::{Derived, markdown};
use spanloom::base::{TraceId, format};
use spanloom::model::{SpanSet, Trace};

fn fixtures() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures")
}

fn read(path: &str) -> SpanSet {
    let mut set = SpanSet::new();
    let file = File::open(fixtures().join(path)).unwrap();
    let outcome = spanloom::decode::decode(Box::new(file), &mut set, &mut |_| {});
    assert_eq!(outcome.error, None, "{path}");
    set
}

fn facts() -> BTreeMap<String, Value> {
    let facts: BTreeMap<String, Value> =
        serde_json::from_reader(File::open(fixtures().join("tempo/facts.json")).unwrap()).unwrap();
    facts.into_values().map(|facts| (facts["trace_ids"][0].as_str().unwrap().to_owned(), facts)).collect()
}

const FIVE: [&str; 5] = [
    "a16e7d8bd1542771aab509b5286eaea7",
    "b52217d5b162a8772aa74c5d800d5837",
    "e89e771df00bcd1eb2a6e3545ddbaa3e",
    "00a1b2c3d4e5f60718293a4b5c6d7e8f",
    "af51a411a87459fa408b948f162967fd",
];

fn built(set: &Arc<SpanSet>, id: &str) -> Trace {
    Trace::build(set, TraceId::from_hex(id.as_bytes()).unwrap()).unwrap()
}

#[test]
fn a_trace_has_one_start_one_duration_and_counts_repeats_beside() {
    let facts = facts();
    for file in ["collector/file-exporter.jsonl.gz", "collector/file-exporter.pb"] {
        let set = Arc::new(read(file));
        let lines = summaries(&set);
        assert_eq!(lines.len(), FIVE.len(), "{file}");
        for id in FIVE {
            let what = format!("{file}: {id}");
            let spans = facts[id]["span_count"].as_u64().unwrap();
            let start: u64 = facts[id]["start_unix_nano"].as_str().unwrap().parse().unwrap();
            let true_figures = (spans, 2 * spans, start, facts[id]["duration_ns"].as_u64().unwrap());
            let line = lines.iter().find(|line| line.trace_id == id).unwrap();
            assert_eq!(
                (line.spans, line.repeats, line.start_unix_nano, line.duration_ns),
                true_figures,
                "list: {what}"
            );
            assert_eq!(line.error_spans, facts[id]["error_span_count"].as_u64().unwrap(), "{what}");
            let trace = built(&set, id);
            let head = report(&trace, &Derived::of(&trace)).headline(&trace);
            let opened = (head.span_count, head.repeats, head.start_unix_nano, head.duration_ns);
            assert_eq!(opened, true_figures, "opened: {what}");
        }
    }
}

#[test]
fn the_preview_counts_repeats_beside_in_whatever_pieces_it_looks() {
    let facts = facts();
    let set = read("collector/file-exporter.jsonl.gz");
    let preview = Previewer::default().look(&set);
    let all: u64 = FIVE.iter().map(|id| facts[*id]["span_count"].as_u64().unwrap()).sum();
    let failed: u64 = FIVE.iter().map(|id| facts[*id]["error_span_count"].as_u64().unwrap()).sum();
    assert_eq!((preview.spans, preview.repeats, preview.errors, preview.traces), (all, 2 * all, failed, 5));
    let named: u64 = preview.services.iter().map(|(_, spans)| spans).sum();
    assert_eq!(named, all);
}

#[test]
fn list_and_preview_of_one_trace_agree_with_the_opened_one() {
    let facts = facts();
    for name in ["order-full", "get-order", "synthetic-topology", "orphans-missing-root"] {
        let set = Arc::new(read(&format!("tempo/traces/{name}/v1.pb")));
        let id = summaries(&set)[0].trace_id.clone();
        let truth = facts[&id]["duration_ns"].as_u64().unwrap();
        let trace = built(&set, &id);
        let durations =
            [summaries(&set)[0].duration_ns, Previewer::default().look(&set).duration_ns, trace.duration_ns];
        assert_eq!(durations, [truth; 3], "{name}");
    }
}

/// The request was answered after 3,115.419 ms; the last of its queue consumers ended after 4,546.317 ms.
#[test]
fn the_duration_of_the_root_is_another_figure() {
    let set = Arc::new(read("tempo/traces/order-full/v1.pb"));
    let trace = built(&set, FIVE[1]);
    let root = trace.main_root().unwrap();
    let figures = [trace.duration_ns, trace.duration_of(root)].map(format::duration);
    assert_eq!(figures, ["4.55 s", "3.12 s"]);
    let summary = markdown::summary(&trace, &Derived::of(&trace), "");
    assert!(summary.contains("\n- Duration: 4.55 s · root 3.12 s · async tail +"), "{summary}");
    assert_eq!(summaries(&set)[0].duration_ns, trace.duration_ns);
}

/// Three days and four hours, as the header writes them.
#[test]
fn a_duration_of_days_reads_in_days_and_hours() {
    let set = Arc::new(read("reports/days.json"));
    let line = summaries(&set).remove(0);
    assert_eq!((line.duration_ns, line.start_unix_nano), (273_600_000_000_000, 1_767_225_600_000_000_000));
    assert_eq!(format::duration(built(&set, &line.trace_id).duration_ns), "3 d 04 h");
}
