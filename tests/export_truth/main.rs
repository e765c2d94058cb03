//! What is written is read back as the same: every fixture trace, damaged ones and hostile texts, in every format that is
//! written. Held against each other are the reports, and for OTLP every field of every span too.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test that cannot read its fixture fails")]

mod apart;
mod damaged;
mod hostile;
mod jaeger;
mod leaks;
mod sealed;
mod tables;

use std::fs::File;
use std::io::Cursor;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use damaged::{push, span};
use serde_json::Value as Json;
use spanloom::analysis::export::{otlp_json, otlp_proto};
use spanloom::analysis::findings::{Seen, findings};
use spanloom::analysis::{Derived, report};
use spanloom::base::{SpanId, TraceId};
use spanloom::decode::{Format, decode};
use spanloom::model::{AttrRange, Clocks, SpanDraft, SpanSet, Trace};

type Writer = fn(&Trace) -> Vec<u8>;

/// A writer of OTLP and the format that its bytes are taken for.
const OTLP: [(Writer, Format); 2] = [(otlp_json, Format::OtlpJson), (otlp_proto, Format::OtlpProtobuf)];

fn traces_dir() -> PathBuf {
    Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/fixtures/tempo/traces")).to_owned()
}

/// Every file of every fixture trace.
fn fixture_files() -> Vec<PathBuf> {
    let files = |dir: PathBuf| std::fs::read_dir(dir).unwrap().map(|entry| entry.unwrap().path());
    let mut all: Vec<PathBuf> = files(traces_dir()).filter(|path| path.is_dir()).flat_map(files).collect();
    all.sort();
    assert!(all.len() >= 66, "only {} fixture files were found", all.len());
    all
}

fn file_trace(path: &Path) -> Trace {
    let mut set = SpanSet::new();
    let outcome = decode(Box::new(File::open(path).unwrap()), &mut set, &mut |_| {});
    assert_eq!(outcome.error, None, "{}", path.display());
    first_trace(set)
}

/// As if the set had been read from a file.
fn first_trace(mut set: SpanSet) -> Trace {
    set.join_parts(0);
    let id = set.trace_ids[0];
    Trace::build(&Arc::new(set), id).unwrap()
}

/// What the product makes of bytes that it wrote; nothing may be wrong with them.
fn read_back(written: &[u8], format: Format, what: &str) -> SpanSet {
    let mut set = SpanSet::new();
    let outcome = decode(Box::new(Cursor::new(written.to_vec())), &mut set, &mut |_| {});
    assert_eq!((outcome.error, outcome.format), (None, Some(format)), "{what}");
    assert!(set.defects.is_empty(), "{what}: {:?}", set.defects);
    set
}

fn whole_report(trace: &Trace) -> Json {
    let derived = Derived::of(trace);
    let found = findings(trace, &derived, Seen::default());
    serde_json::to_value(report(trace, &derived).with_findings(trace, &found, &[])).unwrap()
}

/// Every field of every row, one row a line, in an order that does not hang on arrival.
fn lines(set: &SpanSet) -> Vec<String> {
    let text = |sym| set.strings.get(sym);
    let attrs = |range: AttrRange| {
        let pairs = set.attrs.iter(&set.strings, range);
        pairs.map(|(key, value)| format!("{:?}={value:?}", text(key))).collect::<Vec<_>>()
    };
    let line = |row: usize| {
        let (resource, scope) = (set.resources[set.resource.at(row) as usize], set.scopes[set.scope.at(row) as usize]);
        let events = set.events[set.span_events.at(row).indexes()].iter();
        let events: Vec<_> =
            events.map(|e| (text(e.name), e.time_unix_nano, attrs(e.attrs), e.dropped_attributes)).collect();
        let links = set.links[set.span_links.at(row).indexes()].iter();
        let links: Vec<_> = links
            .map(|l| (l.trace_id, l.span_id, text(l.trace_state), attrs(l.attrs), l.dropped_attributes, l.flags))
            .collect();
        let ids = (set.trace_ids[set.trace.at(row) as usize], set.span_id[row], set.parent_id[row]);
        let said = [set.name[row], set.status_message.at(row), set.trace_state.at(row)].map(text);
        let kinds = (set.kind[row], set.status[row], set.flags.at(row), set.dropped.get(&(row as u32)));
        let times = (set.start_unix_nano[row], set.end_unix_nano[row]);
        let of_resource = (attrs(resource.attrs), resource.dropped_attributes, text(resource.schema_url));
        let of_scope =
            ([scope.name, scope.version, scope.schema_url].map(text), attrs(scope.attrs), scope.dropped_attributes);
        let own = attrs(set.span_attrs.at(row));
        format!("{ids:?} {said:?} {kinds:?} {times:?} {own:?} {events:?} {links:?} {of_resource:?} {of_scope:?}")
    };
    let mut lines: Vec<String> = (0..set.len()).map(line).collect();
    lines.sort();
    lines
}

/// Writes the trace, whose set holds nothing else, in both formats of OTLP and reads it again: nothing may differ.
fn survives_otlp(trace: &Trace, what: &str) {
    let truth = whole_report(trace);
    for (write, format) in OTLP {
        let what = format!("{what} as {format:?}");
        let again = read_back(&write(trace), format, &what);
        assert_eq!(lines(&again), lines(&trace.set), "{what}");
        let again = Trace::build(&Arc::new(again), trace.id).unwrap();
        assert_eq!(whole_report(&again), truth, "{what}");
        assert_eq!(write(&again), write(trace), "{what}: written once more");
    }
}

#[test]
fn every_fixture_file_is_the_same_after_otlp() {
    for path in fixture_files() {
        survives_otlp(&file_trace(&path), &path.display().to_string());
    }
}

/// Two traces, one of them looked at with the other beside it, and a third that is not looked at.
#[test]
fn traces_side_by_side_are_written_each_under_its_own_id() {
    let mut set = SpanSet::new();
    push(&mut set, 7, &span(1, 0, 100, 900));
    push(&mut set, 8, &damaged::Span { service: "b", ..span(1, 0, 150, 500) });
    push(&mut set, 9, &span(1, 0, 1, 2));
    push(&mut set, 7, &span(2, 1, 200, 300));
    push(&mut set, 8, &span(3, 1, 200, 300));
    set.close(0);
    let (id, beside) = (TraceId(7), [TraceId(8)]);
    let trace = Trace::build_with(&Arc::new(set), id, &beside, Clocks::default()).unwrap();
    for (write, format) in OTLP {
        let again = read_back(&write(&trace), format, "side by side");
        let mut counts: Vec<_> = again.trace_ids.iter().map(|id| (id.0, again.rows_of(*id).len())).collect();
        counts.sort_unstable();
        assert_eq!(counts, [(7, 2), (8, 2)], "{format:?}");
        let again = Trace::build_with(&Arc::new(again), id, &beside, Clocks::default()).unwrap();
        assert_eq!(whole_report(&again), whole_report(&trace), "{format:?}");
        assert_eq!(whole_report(&again)["beside"], serde_json::json!([TraceId(8).to_string()]), "{format:?}");
    }
}

/// The first bytes of protobuf are a line break and a length, which may read as the beginning of JSON.
#[test]
fn a_trace_of_any_length_is_taken_for_what_it_is() {
    let name = "n".repeat(300);
    for length in 0..name.len() {
        let mut set = SpanSet::new();
        let name = set.intern(&name[..length]);
        set.push_span(&SpanDraft { trace_id: TraceId(7), span_id: SpanId(1), name, ..SpanDraft::default() });
        set.close(0);
        survives_otlp(&first_trace(set), &format!("{length} bytes of name"));
    }
}
