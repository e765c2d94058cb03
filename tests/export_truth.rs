//! What is written is read back as the same: every fixture trace, damaged ones and hostile texts, in every format that is
//! written. Held against each other are the reports, and for OTLP every field of every span too.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test that cannot read its fixture fails")]

use std::borrow::Cow;
use std::fs::File;
use std::io::Cursor;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use serde_json::Value as Json;
use spanloom::analysis::export::{jaeger_json, otlp_json, otlp_proto, spans_csv, statistics_csv};
use spanloom::analysis::findings::{Seen, findings};
use spanloom::analysis::statistics::{GroupBy, statistics};
use spanloom::analysis::statistics_order::{Order, Sort};
use spanloom::analysis::{Derived, report};
use spanloom::base::{SpanId, TraceId};
use spanloom::decode::{Format, decode};
use spanloom::model::attr::MAX_NESTING;
use spanloom::model::{
    AnyValue, AttrRange, Clocks, Event, Kind, Link, Resource, Scope, SpanDraft, SpanSet, Status, Trace, WarningKind,
};

/// A writer of OTLP and the format that its bytes are taken for.
const OTLP: [(fn(&Trace) -> Vec<u8>, Format); 2] = [(otlp_json, Format::OtlpJson), (otlp_proto, Format::OtlpProtobuf)];

/// What is said of the bytes that a trace was read from, and so of that reading alone: a copy has no such warning. With it
/// goes what a finding of the named kind says because of it.
struct OfReading {
    kind: WarningKind,
    finding: Option<&'static str>,
    why: &'static str,
}

const OF_READING: [OfReading; 5] = [
    OfReading {
        kind: WarningKind::Truncated,
        finding: Some("broken_propagation"),
        why: "the copy is whole, of what there was",
    },
    OfReading {
        kind: WarningKind::Damaged,
        finding: Some("broken_propagation"),
        why: "the copy holds what could be read",
    },
    OfReading {
        kind: WarningKind::Partial,
        finding: Some("broken_propagation"),
        why: "the copy does not know what the backend kept back",
    },
    OfReading { kind: WarningKind::InvalidUtf8, finding: None, why: "bad bytes are U+FFFD in the copy" },
    OfReading { kind: WarningKind::InvalidField, finding: None, why: "the field has its default in the copy" },
];

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

fn first_trace(set: SpanSet) -> Trace {
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

/// A span as the tests below damage it.
#[derive(Clone, Copy)]
struct Span {
    id: u64,
    parent: u64,
    start: u64,
    end: u64,
    service: &'static str,
    kind: Kind,
    name: &'static str,
}

fn span(id: u64, parent: u64, start: u64, end: u64) -> Span {
    Span { id, parent, start, end, service: "a", kind: Kind::Internal, name: "work" }
}

fn resource_of(set: &mut SpanSet, service: &str) -> u32 {
    let mark = set.attrs.mark();
    set.push_attr("service.name", &AnyValue::str(service));
    let attrs = set.attrs.since(mark);
    set.intern_resource(Resource { attrs, ..Resource::default() })
}

fn push(set: &mut SpanSet, trace: u128, span: &Span) -> u32 {
    let name = set.intern(span.name);
    let row = set.push_span(&SpanDraft {
        trace_id: TraceId(trace),
        span_id: SpanId(span.id),
        parent_id: SpanId(span.parent),
        name,
        kind: span.kind,
        start_unix_nano: span.start,
        end_unix_nano: span.end,
        ..SpanDraft::default()
    });
    let resource = resource_of(set, span.service);
    set.set_resource(row, resource);
    row
}

fn set_of(trace: u128, spans: &[Span]) -> SpanSet {
    let mut set = SpanSet::new();
    spans.iter().for_each(|span| {
        push(&mut set, trace, span);
    });
    set.close(0);
    set
}

/// What each defect is called and a trace that has it; the warning proves that it does.
fn damaged() -> Vec<(WarningKind, Vec<Span>)> {
    let b = |span: Span| Span { service: "b", ..span };
    let root = span(1, 0, 100, 900);
    vec![
        (WarningKind::MissingRoot, vec![span(2, 1, 100, 200), b(span(3, 2, 120, 150))]),
        (WarningKind::SeveralRoots, vec![root, span(2, 0, 100, 900), b(span(3, 0, 5, 6))]),
        (WarningKind::Orphan, vec![root, span(2, 77, 100, 200), b(span(3, 77, 90, 95))]),
        (WarningKind::Cycle, vec![root, span(2, 4, 300, 400), b(span(3, 2, 300, 400)), span(4, 3, 300, 400)]),
        (WarningKind::Cycle, vec![root, span(5, 5, 300, 400), b(span(6, 5, 310, 320))]),
        (WarningKind::RepeatedSpan, vec![root, b(span(2, 1, 120, 130)), root, b(span(2, 1, 120, 130))]),
        // The one that a child hangs on stands before or after the other, in another resource.
        (WarningKind::DuplicateSpanId, vec![root, b(span(2, 1, 120, 500)), span(2, 1, 110, 600), span(3, 2, 200, 210)]),
        (WarningKind::DuplicateSpanId, vec![span(2, 1, 110, 600), root, b(span(2, 1, 120, 500)), span(3, 2, 700, 710)]),
        (
            WarningKind::DuplicateSpanId,
            vec![span(9, 1, 1, 2), b(span(2, 1, 120, 500)), root, span(2, 1, 110, 600), b(span(3, 2, 700, 710))],
        ),
        (WarningKind::ZeroSpanId, vec![root, b(span(0, 1, 120, 130)), span(0, 1, 120, 130), span(0, 0, 120, 140)]),
        (WarningKind::EndBeforeStart, vec![root, b(span(2, 1, 500, 200)), span(3, 2, 510, 520)]),
        (WarningKind::ImpossibleTime, vec![root, b(span(2, 1, 0, 0)), span(3, 1, 0, u64::MAX)]),
        (
            WarningKind::ClockSkew,
            vec![span(1, 0, 5_000_000_000, 6_000_000_000), b(span(2, 1, 4_000_000_000, 4_500_000_000))],
        ),
    ]
}

#[test]
fn damaged_traces_are_the_same_after_otlp() {
    for (kind, spans) in damaged() {
        let trace = first_trace(set_of(7, &spans));
        assert!(trace.warnings.iter().any(|warning| warning.kind == kind), "{kind:?}: {:?}", trace.warnings);
        survives_otlp(&trace, &format!("{kind:?}"));
    }
    let trace = first_trace(set_of(0, &[span(1, 0, 1, 2)]));
    assert!(trace.warnings.iter().any(|warning| warning.kind == WarningKind::ZeroTraceId));
    survives_otlp(&trace, "ZeroTraceId");
}

#[test]
fn of_hundreds_of_warnings_the_same_are_told_in_words() {
    let orphans: Vec<Span> = (1..=900)
        .map(|id| Span { service: if id % 3 == 0 { "a" } else { "b" }, ..span(id, 5_000, 100, 200) })
        .collect();
    let trace = first_trace(set_of(7, &orphans));
    assert!(trace.warnings.iter().any(|warning| warning.count > 1));
    survives_otlp(&trace, "orphans");
}

/// Numbers that look random and are the same in every run.
struct Dice(u64);

impl Dice {
    fn roll(&mut self, sides: u64) -> u64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % sides
    }
}

#[test]
fn random_damage_is_the_same_after_otlp() {
    for seed in 0..400 {
        let mut dice = Dice(seed);
        let ids = 3 + dice.roll(30);
        let spans: Vec<Span> = (0..5 + dice.roll(40))
            .map(|_| {
                // Few starts and few ids: many are equal.
                let start = dice.roll(6) * 1_000_000;
                Span {
                    id: dice.roll(ids),
                    parent: dice.roll(ids),
                    start,
                    end: start + dice.roll(5) * 1_000_000 - dice.roll(2).min(start),
                    service: ["a", "b", "c"][dice.roll(3) as usize],
                    kind: [Kind::Internal, Kind::Server, Kind::Client][dice.roll(3) as usize],
                    name: ["get", "put"][dice.roll(2) as usize],
                }
            })
            .collect();
        survives_otlp(&first_trace(set_of(7, &spans)), &format!("seed {seed}"));
        // The same without shared ids, which is written resource by resource.
        let apart: Vec<Span> = spans.iter().zip(1..).map(|(span, id)| Span { id, ..*span }).collect();
        survives_otlp(&first_trace(set_of(7, &apart)), &format!("seed {seed}, ids apart"));
    }
}

#[test]
fn what_is_said_of_the_bytes_alone_is_all_that_a_copy_lacks() {
    for OfReading { kind, finding, why } in OF_READING {
        let mut set = set_of(7, &[span(1, 0, 100, 900), span(2, 99, 100, 200)]);
        set.defect(kind, Some(0), "unreadable");
        let trace = first_trace(set);
        for (write, format) in OTLP {
            let (mut truth, mut again) =
                (whole_report(&trace), whole_report(&first_trace(read_back(&write(&trace), format, why))));
            let said = |line: &Json| line["kind"] == serde_json::to_value(kind).unwrap();
            assert_eq!(take(&mut truth["warnings"], said).len(), 1, "{kind:?}: an exception that nothing needs");
            if let Some(finding) = finding {
                let of_kind = |line: &Json| line["kind"] == finding;
                let (was, is) = (take(&mut truth["findings"], of_kind), take(&mut again["findings"], of_kind));
                assert_ne!(was, is, "{kind:?}, {finding}: an exception that nothing needs");
            }
            assert_eq!(again, truth, "{kind:?} as {format:?}: {why}");
        }
    }
}

/// Takes the lines of a report's array that are so.
fn take(array: &mut Json, is_so: impl Fn(&Json) -> bool) -> Vec<Json> {
    let (taken, kept) = array.as_array().unwrap().iter().cloned().partition(|line| is_so(line));
    *array = Json::Array(kept);
    taken
}

const HOSTILE: [&str; 14] = [
    "",
    "quotes \" ' ` and \\ \\u0041 \\",
    "lines\r\n\tand\u{b}\u{c}\u{8}",
    "\0\u{1}\u{1b}[31m\u{7f}\u{80}\u{9f}",
    "</script><!-- <img src=x onerror=alert(1)>",
    "\\ud800 is no surrogate, nor is \u{fffd}",
    "\u{2028}\u{2029}\u{feff}\u{202e}\u{200d}",
    "=HYPERLINK(\"http://x\")",
    "+1",
    "-1",
    "@SUM(A1)",
    "\ttab",
    "\rreturn",
    "𝕊𝕡𝕒𝕟 ☃ e\u{301}",
];

fn nested(depth: usize) -> AnyValue<'static> {
    let mut value = AnyValue::str("deep");
    for level in 0..depth {
        value = match level % 2 {
            0 => AnyValue::Array(vec![AnyValue::Empty, value]),
            _ => AnyValue::Kvlist(vec![(Cow::Borrowed("k\"\n"), value), (Cow::Borrowed(""), AnyValue::Bool(false))]),
        };
    }
    value
}

fn values() -> Vec<AnyValue<'static>> {
    let mut values: Vec<AnyValue<'static>> = HOSTILE.iter().map(|text| AnyValue::str(text)).collect();
    let doubles =
        [f64::NAN, f64::INFINITY, f64::NEG_INFINITY, 0.0, -0.0, 0.1, f64::MAX, f64::MIN_POSITIVE, 5e-324, 1e21];
    values.extend(doubles.map(AnyValue::Double));
    values.extend([i64::MIN, i64::MAX, -1, 0, 1 << 53, (1 << 53) + 1].map(AnyValue::Int));
    values.extend([
        AnyValue::Empty,
        AnyValue::Bool(true),
        AnyValue::Bool(false),
        AnyValue::Bytes(Cow::Borrowed(&[])),
        AnyValue::Bytes((0..=255).collect()),
        AnyValue::Array(Vec::new()),
        AnyValue::Kvlist(Vec::new()),
        nested(3),
        nested(MAX_NESTING),
        AnyValue::Str("x".repeat(1 << 20).into()),
    ]);
    values
}

fn push_values(set: &mut SpanSet, text: &str) -> AttrRange {
    let mark = set.attrs.mark();
    for (at, value) in values().iter().enumerate() {
        // Keys repeat, are empty, and are as hostile as values.
        set.push_attr(if at % 3 == 0 { text } else { "key" }, value);
    }
    set.attrs.since(mark)
}

/// A set in which everything that holds text or values holds this text and all values.
fn hostile(text: &str) -> SpanSet {
    let mut set = SpanSet::new();
    let sym = set.intern(text);
    let (event_mark, link_mark) = (set.event_mark(), set.link_mark());
    let attrs = push_values(&mut set, text);
    for time_unix_nano in [0, u64::MAX] {
        set.push_event(Event { name: sym, time_unix_nano, attrs, dropped_attributes: u32::MAX });
    }
    let attrs = push_values(&mut set, text);
    for (trace_id, span_id) in [(0, 0), (u128::MAX, u64::MAX)] {
        let (trace_id, span_id) = (TraceId(trace_id), SpanId(span_id));
        set.push_link(Link { trace_id, span_id, trace_state: sym, attrs, dropped_attributes: 7, flags: u32::MAX });
    }
    let (events, links) = (set.events_since(event_mark), set.links_since(link_mark));
    let attrs = push_values(&mut set, text);
    set.push_span(&SpanDraft {
        trace_id: TraceId(u128::MAX),
        span_id: SpanId(u64::MAX),
        parent_id: SpanId(0),
        name: sym,
        kind: Kind::Consumer,
        status: Status::Error,
        status_message: sym,
        trace_state: sym,
        flags: u32::MAX,
        start_unix_nano: 1,
        end_unix_nano: u64::MAX,
        attrs,
        events,
        links,
        dropped_attributes: u32::MAX,
        dropped_events: 1,
        dropped_links: 2,
    });
    let attrs = push_values(&mut set, text);
    let resource = set.intern_resource(Resource { attrs, dropped_attributes: 3, schema_url: sym });
    set.assign_resource(0, resource);
    let attrs = push_values(&mut set, text);
    let scope = set.intern_scope(Scope { name: sym, version: sym, attrs, dropped_attributes: 4, schema_url: sym });
    set.assign_scope(0, scope);
    set
}

#[test]
fn hostile_texts_and_every_value_are_the_same_after_otlp() {
    for text in HOSTILE {
        survives_otlp(&first_trace(hostile(text)), &format!("{text:?}"));
    }
}

/// Two traces, one of them looked at with the other beside it, and a third that is not looked at.
#[test]
fn traces_side_by_side_are_written_each_under_its_own_id() {
    let mut set = SpanSet::new();
    push(&mut set, 7, &span(1, 0, 100, 900));
    push(&mut set, 8, &Span { service: "b", ..span(1, 0, 150, 500) });
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

const TO_A_CHILD: &str = "its root links to a span of its own trace, which Jaeger reads as the reference to a parent";
const NO_LENGTH: &str = "an end before the start is a duration of 0 there";

const JAEGER_LOSES: &[JaegerLoses] = &[
    loses("synthetic-types", "critical_path", TO_A_CHILD),
    loses("synthetic-types", "findings", TO_A_CHILD),
    loses("synthetic-types", "max_depth", TO_A_CHILD),
    loses("synthetic-types", "root_count", TO_A_CHILD),
    loses("synthetic-types", "unreachable_count", TO_A_CHILD),
    loses("synthetic-types", "warnings", TO_A_CHILD),
    loses("synthetic-topology", "warnings", NO_LENGTH),
    loses("EndBeforeStart", "warnings", NO_LENGTH),
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
fn plain(value: &AnyValue<'_>) -> Json {
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
    while text.len() % 4 != 0 {
        text.push('=');
    }
    text
}

/// A reader of RFC 4180: rows of cells. What is not quoted holds no quote and no line break, and every line ends with CRLF.
fn csv(bytes: &[u8]) -> Vec<Vec<String>> {
    let text = core::str::from_utf8(bytes).unwrap();
    let mut rows = vec![vec![String::new()]];
    let mut rest = text;
    while !rest.is_empty() {
        let cell = rows.last_mut().unwrap().last_mut().unwrap();
        if let Some(mut quoted) = rest.strip_prefix('"') {
            loop {
                let (piece, after) = quoted.split_once('"').unwrap();
                cell.push_str(piece);
                let Some(more) = after.strip_prefix('"') else {
                    rest = after;
                    break;
                };
                cell.push('"');
                quoted = more;
            }
        } else {
            let end = rest.find([',', '\r']).unwrap();
            cell.push_str(&rest[..end]);
            assert!(!cell.contains(['"', '\n']), "{cell:?}");
            rest = &rest[end..];
        }
        match rest.strip_prefix(',') {
            Some(after) => {
                rows.last_mut().unwrap().push(String::new());
                rest = after;
            }
            None => {
                rest = rest.strip_prefix("\r\n").unwrap();
                rows.push(vec![String::new()]);
            }
        }
    }
    assert_eq!(rows.pop(), Some(vec![String::new()]), "the last line ends too");
    rows
}

/// The text that a cell was made of.
fn plain_cell(cell: &str) -> &str {
    let formula = cell.strip_prefix('\'').filter(|rest| rest.starts_with(['=', '+', '-', '@', '\t', '\r']));
    assert!(!cell.starts_with(['=', '+', '-', '@', '\t', '\r']), "a spreadsheet would run {cell:?}");
    formula.unwrap_or(cell)
}

fn all_spans(trace: &Trace) -> Vec<u32> {
    (0..trace.len() as u32).collect()
}

#[test]
fn the_statistics_of_every_fixture_are_the_table_in_its_order() {
    let groupings = ["service", "operation", "", "kind", "name", "status", "http.request.method", "=key,\"\r\n"];
    for path in fixture_files().iter().filter(|path| path.ends_with("v1.pb") || path.ends_with("v1.pb.gz")) {
        let trace = file_trace(path);
        let derived = Derived::of(&trace);
        for (by, (sort, _)) in groupings.iter().flat_map(|by| Sort::NAMES.iter().map(move |sort| (by, *sort))) {
            let (by, order) = (GroupBy::parse(by), Order::parse(&format!("-{sort}")).unwrap());
            let scope = spanloom::analysis::Scope { hidden_services: vec![0], focus: None };
            let table = statistics(&trace, &derived, &scope, &by).statistics;
            let rows = csv(&statistics_csv(&trace, &derived, &scope, &by, order));
            let what = format!("{} by {} -{sort}", path.display(), by.name());
            assert_eq!(rows.len(), table.rows.len() + 1, "{what}");
            let column = |name: &str| rows[0].iter().position(|known| plain_cell(known) == name);
            for (row, at) in rows[1..].iter().zip(order.of(&table.rows)) {
                assert_eq!(row.len(), rows[0].len(), "{what}");
                let want = &table.rows[at as usize];
                let number = |name: &str| row[column(name).unwrap()].parse::<u64>().unwrap();
                let figures = [
                    ("count", want.count),
                    ("errors", want.errors),
                    ("total_ns", want.total_ns),
                    ("self_ns", want.self_ns),
                    ("min_ns", want.min_ns),
                    ("mean_ns", want.mean_ns),
                    ("p50_ns", want.p50_ns),
                    ("p95_ns", want.p95_ns),
                    ("p99_ns", want.p99_ns),
                    ("max_ns", want.max_ns),
                    ("critical_path_ns", want.critical_ns),
                ];
                for (name, figure) in figures {
                    assert_eq!(number(name), figure, "{what} {name}");
                }
                let service = want.service.map(|service| trace.set.strings.get(trace.services[service as usize]));
                assert_eq!(column("service").map(|at| plain_cell(&row[at])), service, "{what}");
                let group = match &by {
                    GroupBy::Service => continue,
                    GroupBy::ServiceOperation => "operation",
                    GroupBy::Attribute(key) => key,
                    by => &by.name(),
                };
                let text = if want.absent { "(not set)" } else { &want.text };
                assert_eq!(plain_cell(&row[column(group).unwrap()]), text, "{what}");
            }
            if let Some(at) = column(if sort == "critical" { "critical_path_ns" } else { sort }) {
                let figures: Vec<u64> = rows[1..].iter().filter_map(|row| row[at].parse().ok()).collect();
                assert!(figures.is_sorted_by(|a, b| a >= b), "{what}: the largest first");
            }
        }
    }
}

#[test]
fn the_spans_of_every_fixture_are_rows_with_their_figures() {
    for path in fixture_files() {
        let trace = file_trace(&path);
        let derived = Derived::of(&trace);
        let rows = csv(&spans_csv(&trace, &derived, &all_spans(&trace), None));
        assert_eq!(rows.len(), trace.len() + 1, "{}", path.display());
        for (row, span) in rows[1..].iter().zip(trace.spans()) {
            assert_eq!(row.len(), rows[0].len());
            let cell = |name: &str| plain_cell(&row[rows[0].iter().position(|known| known == name).unwrap()]);
            let number = |name: &str| cell(name).parse::<u64>().unwrap();
            let set_row = trace.row(span);
            let id_or_none = |id: SpanId| if id == SpanId(0) { String::new() } else { id.to_string() };
            assert_eq!(cell("trace_id"), trace.id.to_string());
            assert_eq!(cell("span_id"), id_or_none(trace.span_id(span)));
            assert_eq!(cell("parent_span_id"), id_or_none(trace.parent_id(span)));
            assert_eq!(cell("service"), trace.service_name(span));
            assert_eq!(cell("operation"), derived.labels.label(span));
            assert_eq!(cell("name"), trace.name(span));
            assert_eq!((cell("kind"), cell("status")), (trace.kind(span).name(), trace.status(span).name()));
            assert_eq!(cell("status_message"), trace.status_message(span));
            assert_eq!(number("start_unix_nano"), trace.set.start_unix_nano[set_row]);
            assert_eq!(number("start_ns"), trace.start_ns(span));
            assert_eq!(number("duration_ns"), trace.duration_of(span));
            assert_eq!(number("self_ns"), derived.self_ns[span.index()]);
            assert_eq!(number("depth"), u64::from(trace.depth(span)));
            let own = derived.critical_path.as_ref().and_then(|path| path.own_ns_of(span)).unwrap_or_default();
            assert_eq!(number("critical_path_ns"), own);
            let attributes: serde_json::Map<String, Json> = serde_json::from_str(cell("attributes")).unwrap();
            let strings = &trace.set.strings;
            for (key, _) in trace.set.attrs.iter(strings, trace.attrs(span)) {
                let said = trace.attr(span, key).unwrap();
                let got = &attributes[strings.get(key)];
                match said {
                    spanloom::model::Value::Str(text) => assert_eq!(got, text),
                    spanloom::model::Value::Int(number) => assert_eq!(got, &Json::from(number)),
                    _ => {}
                }
            }
        }
        let Some(path) = &derived.critical_path else { continue };
        let shares: f64 = rows[1..].iter().map(|row| row[15].parse::<f64>().unwrap()).sum();
        assert!(trace.duration_of(path.root) == 0 || (shares - 1.0).abs() < 1e-6 * trace.len() as f64, "{shares}");
    }
}

#[test]
fn hostile_texts_stand_in_tables_as_they_are_and_no_spreadsheet_runs_them() {
    for text in HOSTILE {
        let trace = first_trace(hostile(text));
        let derived = Derived::of(&trace);
        let rows = csv(&spans_csv(&trace, &derived, &[0, 77], Some(&[0])));
        assert_eq!(rows.len(), 2, "a span that the trace does not have is left out");
        let cell = |name: &str| plain_cell(&rows[1][rows[0].iter().position(|known| known == name).unwrap()]);
        assert_eq!([cell("name"), cell("status_message"), cell("found")], [text, text, "true"]);
        let attributes: Json = serde_json::from_str(cell("attributes")).unwrap();
        // Of a key that repeats the last value counts.
        let last = values().iter().enumerate().filter(|(at, _)| at % 3 != 0).last().map(|(_, value)| plain(value));
        assert_eq!(Some(&attributes["key"]), last.as_ref(), "{text:?}");
        let table = csv(&statistics_csv(&trace, &derived, &Default::default(), &GroupBy::Name, Order::default()));
        assert_eq!((plain_cell(&table[1][0]), table.len()), (text, 2));
    }
}
