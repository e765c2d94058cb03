//! Spans that differ in little stay apart: what is written is read back as as many spans, also where they have next to nothing to be told apart by.

use std::fs::File;
use std::path::PathBuf;

use proptest::prelude::*;
use spanloom::analysis::export::{jaeger_json, otlp_proto};
use spanloom::base::{SpanId, TraceId};
use spanloom::decode::{Format, decode};
use spanloom::model::span_set::Link;
use spanloom::model::{AnyValue, Kind, SpanDraft, SpanSet, Trace};

use super::{first_trace, read_back, survives_otlp};

const BASE: u64 = 1_767_225_600_000_000_000;

/// What is complete in an input that breaks off.
fn cut_off(name: &str) -> SpanSet {
    let path = PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/fixtures/reports/faults")).join(name);
    let mut set = SpanSet::new();
    decode(Box::new(File::open(path).unwrap()), &mut set, &mut |_| {});
    set
}

/// Names of a control character, and of two that read as a message: in the place of a log record's body and of a metric's points.
#[test]
fn a_span_with_nothing_but_a_name_is_read_back() {
    let recorded = cut_off("sealed-len.bin");
    assert_eq!((recorded.len(), recorded.strings.get(recorded.name[0])), (1, "\0"));
    survives_otlp(&first_trace(recorded), "sealed-len.bin");
    let names = (0..0x80u8).flat_map(|byte| [vec![byte], vec![0x10, byte], vec![0x0a, 1, byte], vec![byte; 3]]);
    for name in names.map(|bytes| String::from_utf8(bytes).unwrap()) {
        for parent in [0, 7] {
            let mut set = SpanSet::new();
            for kind in [Kind::Unspecified, Kind::Consumer] {
                let name = set.intern(&name);
                set.push_span(&SpanDraft { name, kind, parent_id: SpanId(parent), ..SpanDraft::default() });
            }
            set.close(0);
            survives_otlp(&first_trace(set), &format!("{name:?} below {parent}"));
        }
    }
}

/// Every field of a span alone, without ids and times.
#[test]
fn a_span_with_a_single_field_is_read_back() {
    type Fill = fn(&mut SpanSet, &mut SpanDraft);
    let fills: [Fill; 7] = [
        |_, _| {},
        |set, draft| draft.trace_state = set.intern("\u{1}"),
        |set, draft| draft.status_message = set.intern("\u{8}\u{1}"),
        |_, draft| draft.flags = 1,
        |_, draft| draft.dropped_events = 3,
        |set, draft| {
            let mark = set.attrs.mark();
            set.push_attr("\u{1}", &AnyValue::Empty);
            draft.attrs = set.attrs.since(mark);
        },
        |set, draft| {
            let mark = set.link_mark();
            set.push_link(Link::default());
            draft.links = set.links_since(mark);
        },
    ];
    for (nth, fill) in fills.into_iter().enumerate() {
        let (mut set, mut draft) = (SpanSet::new(), SpanDraft::default());
        fill(&mut set, &mut draft);
        set.push_span(&draft);
        set.close(0);
        survives_otlp(&first_trace(set), &format!("field {nth}"));
    }
}

/// Written as protobuf by others, who leave a start of 0 away.
#[test]
fn a_name_of_one_byte_is_no_log_record() {
    for byte in 0..0x80u8 {
        let bytes = [0x0a, 0x0b, 0x0a, 0, 0x12, 7, 0x0a, 0, 0x12, 3, 0x2a, 1, byte];
        let set = read_back(&bytes, Format::OtlpProtobuf, &format!("{byte:#x}"));
        assert_eq!((set.len(), set.strings.get(set.name[0]).as_bytes()), (1, &[byte][..]));
    }
}

/// A span of the tests below.
#[derive(Clone, Copy, Debug)]
struct Small {
    id: u64,
    start: u64,
    length: u64,
    /// Trace and span of a link, and what it was as a reference.
    link: Option<(u128, u64, Option<&'static str>)>,
}

fn trace_of(spans: &[Small]) -> Trace {
    let mut set = SpanSet::new();
    for span in spans {
        let mark = set.link_mark();
        if let Some((trace, linked, reference)) = span.link {
            let attrs = set.attrs.mark();
            if let Some(reference) = reference {
                set.push_attr("opentracing.ref_type", &AnyValue::str(reference));
            }
            let attrs = set.attrs.since(attrs);
            set.push_link(Link { trace_id: TraceId(trace), span_id: SpanId(linked), attrs, ..Link::default() });
        }
        let links = set.links_since(mark);
        let start = BASE + span.start;
        set.push_span(&SpanDraft {
            trace_id: TraceId(1),
            span_id: SpanId(span.id),
            start_unix_nano: start,
            end_unix_nano: start + span.length,
            links,
            ..SpanDraft::default()
        });
    }
    set.close(0);
    first_trace(set)
}

/// As Jaeger JSON and back: the spans that came, with their times where several share an id.
fn as_jaeger(trace: &Trace, what: &str) -> Trace {
    first_trace(read_back(&jaeger_json(trace), Format::JaegerJson, what))
}

fn times(trace: &Trace) -> Vec<(SpanId, u64, u64)> {
    let mut times: Vec<_> =
        trace.spans().map(|span| (trace.span_id(span), trace.start_ns(span), trace.duration_of(span))).collect();
    times.sort_unstable();
    times
}

#[test]
fn spans_of_one_id_keep_the_nanoseconds_that_tell_them_apart() {
    let small = |id, start, length| Small { id, start, length, link: None };
    let trace = trace_of(&[small(7, 20, 100), small(7, 30, 100), small(7, 20, 101), small(8, 20, 100)]);
    let again = as_jaeger(&trace, "nanoseconds");
    assert_eq!(
        times(&again),
        [
            (SpanId(7), 20, 100),
            (SpanId(7), 20, 101),
            (SpanId(7), 30, 100),
            // Alone with its id: in whole microseconds, as Jaeger has them.
            (SpanId(8), 0, 0),
        ]
        .map(|(id, start, length)| (id, start, length))
    );
    let text = String::from_utf8(jaeger_json(&trace)).unwrap();
    assert!(text.contains("\"startTime\":1767225600000000.020,\"duration\":0.100,"), "{text}");
    assert!(text.contains("\"startTime\":1767225600000000,\"duration\":0,"), "{text}");
}

/// Two spans, of which one is without an end: parts of one span, which is written as one.
#[test]
fn the_reported_spans_come_back_as_they_were_read() {
    let trace = first_trace(cut_off("jaeger-merges.bin"));
    let again = as_jaeger(&trace, "jaeger-merges.bin");
    assert_eq!((trace.len(), again.len()), (1, 1));
    let otlp = first_trace(read_back(&otlp_proto(&trace), Format::OtlpProtobuf, "jaeger-merges.bin"));
    assert_eq!(times(&otlp), times(&trace));
}

#[test]
fn a_link_to_no_span_stays_a_link() {
    for reference in [None, Some("child_of"), Some("follows_from")] {
        for linked in [(0, 0), (1, 0), (5, 0), (0, 5)] {
            let link = Some((linked.0, linked.1, reference));
            let small = Small { id: 7, start: 0, length: 5_000, link };
            let trace = trace_of(&[small, Small { link: None, ..small }]);
            let again = as_jaeger(&trace, "links");
            assert_eq!((trace.len(), again.len()), (2, 2), "{link:?}");
            let links: usize = again.spans().map(|span| again.links(span).len()).sum();
            assert_eq!(links, 1, "{link:?}");
        }
    }
}

fn small() -> impl Strategy<Value = Small> {
    let link = prop_oneof![
        Just(None),
        (prop_oneof![Just(0u128), Just(1), Just(5)], Just(None)).prop_map(|(trace, of)| Some((trace, 0, of))),
        (prop_oneof![Just(0u128), Just(1), Just(5)], prop_oneof![Just("child_of"), Just("follows_from")])
            .prop_map(|(trace, of)| Some((trace, 0, Some(of)))),
        Just(Some((5u128, 9u64, None))),
    ];
    let ns = || prop_oneof![0u64..4, 998u64..1_004, Just(5_000u64)];
    (0u64..4, ns(), ns(), link).prop_map(|(id, start, length, link)| Small { id, start, length, link })
}

proptest! {
    #[test]
    fn as_many_spans_come_back_from_jaeger_json_as_were_written(spans in prop::collection::vec(small(), 1..12)) {
        let trace = trace_of(&spans);
        let again = as_jaeger(&trace, "small spans");
        prop_assert_eq!(again.len(), trace.len());
    }
}
