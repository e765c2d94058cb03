//! Damaged traces are written as they came: repaired again, they give the same report.

use serde_json::Value as Json;
use spanloom::base::{SpanId, TraceId};
use spanloom::model::{AnyValue, Kind, Resource, SpanDraft, SpanSet, WarningKind};

use super::{OTLP, first_trace, read_back, survives_otlp, whole_report};

/// What is said of the bytes that a trace was read from, and so of that reading alone: a copy has no such warning. With it
/// goes what a finding of the named kind says because of it.
struct OfReading {
    kind: WarningKind,
    finding: Option<&'static str>,
    why: &'static str,
}

const OF_READING: [OfReading; 6] = [
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
    OfReading { kind: WarningKind::SkippedContent, finding: None, why: "the copy holds what was read" },
];

/// A span as the tests below damage it.
#[derive(Clone, Copy)]
pub struct Span {
    pub id: u64,
    pub parent: u64,
    pub start: u64,
    pub end: u64,
    pub service: &'static str,
    pub kind: Kind,
    pub name: &'static str,
}

pub fn span(id: u64, parent: u64, start: u64, end: u64) -> Span {
    Span { id, parent, start, end, service: "a", kind: Kind::Internal, name: "work" }
}

fn resource_of(set: &mut SpanSet, service: &str) -> u32 {
    let mark = set.attrs.mark();
    set.push_attr("service.name", &AnyValue::str(service));
    let attrs = set.attrs.since(mark);
    set.intern_resource(Resource { attrs, ..Resource::default() })
}

pub fn push(set: &mut SpanSet, trace: u128, span: &Span) -> u32 {
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

pub fn set_of(trace: u128, spans: &[Span]) -> SpanSet {
    let mut set = SpanSet::new();
    spans.iter().for_each(|span| {
        push(&mut set, trace, span);
    });
    set.close(0);
    set
}

/// What each defect is called and a trace that has it; the warning proves that it does.
pub fn damaged() -> Vec<(WarningKind, Vec<Span>)> {
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
        (WarningKind::UnknownStart, vec![root, b(span(2, 1, 0, 0)), span(3, 1, 0, u64::MAX), span(4, 3, 0, 70)]),
        (WarningKind::UnknownEnd, vec![root, b(span(2, 1, 500, 0)), span(3, 2, 600, 0)]),
        (WarningKind::ImpossibleTime, vec![root, b(span(2, 1, 200, u64::MAX))]),
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

const BASE: u64 = 1_767_225_600_000_000_000;

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
                // Few starts and few ids: many are equal. 0 is no start, and an end of 0 no end.
                let start = [0, BASE, BASE, BASE][dice.roll(4) as usize];
                let start = if start == 0 { 0 } else { start + dice.roll(6) * 1_000_000 };
                let end = start + dice.roll(5) * 1_000_000 - dice.roll(2).min(start);
                Span {
                    id: dice.roll(ids),
                    parent: dice.roll(ids),
                    start,
                    end: if dice.roll(8) == 0 { 0 } else { end },
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
