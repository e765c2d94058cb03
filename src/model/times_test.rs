//! Spans without a start or an end: where they are placed, and that they set no figure of the trace.

use std::sync::Arc;

use proptest::prelude::*;

use super::{Place, SpanIdx, Trace};
use crate::base::{SpanId, TraceId};
use crate::model::{Clocks, Kind, SpanDraft, SpanSet, Timing, WarningKind};

const BASE: u64 = 1_767_225_600_000_000_000;

/// Id, parent, start and end from [`BASE`]; `None` is not recorded.
type Line = (u64, u64, Option<u64>, Option<u64>);

fn set_of(lines: &[Line]) -> Arc<SpanSet> {
    let mut set = SpanSet::new();
    for (id, parent, start, end) in lines {
        let at = |time: &Option<u64>| time.map_or(0, |time| BASE + time);
        set.push_span(&SpanDraft {
            trace_id: TraceId(7),
            span_id: SpanId(*id),
            parent_id: SpanId(*parent),
            start_unix_nano: at(start),
            end_unix_nano: at(end),
            kind: Kind::Internal,
            ..SpanDraft::default()
        });
    }
    set.close(0);
    Arc::new(set)
}

fn trace(lines: &[Line]) -> Trace {
    Trace::build(&set_of(lines), TraceId(7)).unwrap()
}

fn starts(trace: &Trace) -> Vec<(u64, u64)> {
    trace.spans().map(|span| (trace.span_id(span).0, trace.start_ns(span))).collect()
}

#[test]
fn a_span_without_a_start_is_placed_at_its_parents_start() {
    let trace = trace(&[(1, 0, Some(100), Some(900)), (2, 1, Some(300), Some(500)), (3, 2, None, None)]);
    assert_eq!((trace.start_unix_nano, trace.duration_ns), (BASE + 100, 800));
    assert_eq!(starts(&trace), [(1, 0), (2, 200), (3, 200)]);
    let third = SpanIdx(2);
    assert_eq!((trace.end_ns(third), trace.duration_of(third), trace.timing(third)), (200, 0, Timing::NoStart));
}

#[test]
fn a_root_or_orphan_without_a_start_is_placed_at_the_traces_start() {
    let trace = trace(&[(1, 0, None, Some(5)), (2, 1, Some(300), Some(500)), (3, 99, None, None)]);
    assert_eq!(starts(&trace), [(1, 0), (2, 0), (3, 0)]);
    assert_eq!((trace.start_unix_nano, trace.duration_ns), (BASE + 300, 200));
}

#[test]
fn a_chain_of_unknown_starts_goes_by_the_nearest_ancestor_that_has_one() {
    let trace =
        trace(&[(4, 3, None, None), (3, 2, None, None), (2, 1, Some(50), Some(60)), (1, 0, Some(0), Some(900))]);
    assert_eq!(starts(&trace), [(1, 0), (2, 50), (3, 50), (4, 50)]);
    let long: Vec<Line> = (1..=100_000).map(|id| (id, id - 1, (id == 1).then_some(7), None)).collect();
    let trace = self::trace(&long);
    assert!(trace.spans().all(|span| trace.start_ns(span) == 0));
    assert_eq!((trace.start_unix_nano, trace.duration_ns), (BASE + 7, 0));
    let told: Vec<_> = trace.warnings.iter().map(|warning| (warning.kind, warning.count, warning.span)).collect();
    assert_eq!(told, [(WarningKind::UnknownStart, 99_999, None), (WarningKind::UnknownEnd, 1, Some(1))]);
    assert_eq!(
        trace.warnings[0].message,
        "99,999 spans have no start time; they are shown without length at the start of their parents."
    );
}

#[test]
fn a_cycle_is_cut_at_the_earliest_start_that_is_known() {
    let lines = [(1, 3, None, None), (2, 1, Some(50), Some(60)), (3, 2, Some(40), Some(70))];
    let trace = trace(&lines);
    let cut: Vec<u64> = trace.tops().map(|top| trace.span_id(top).0).collect();
    assert_eq!((cut, trace.place(SpanIdx(0))), (vec![3], Place::Cycle));
    assert_eq!(starts(&trace), [(3, 0), (1, 0), (2, 10)]);
}

#[test]
fn a_trace_without_any_start_has_none() {
    let trace = trace(&[(1, 0, None, None), (2, 1, None, Some(5))]);
    assert_eq!((trace.start_unix_nano, trace.duration_ns, trace.len()), (0, 0, 2));
    assert_eq!(starts(&trace), [(1, 0), (2, 0)]);
}

#[test]
fn an_end_of_0_is_no_end_and_another_before_the_start_is_told() {
    let trace = trace(&[(1, 0, Some(100), Some(900)), (2, 1, Some(300), None), (3, 1, Some(400), Some(200))]);
    let told: Vec<_> = trace.warnings.iter().map(|warning| (warning.kind, warning.span)).collect();
    assert_eq!(told, [(WarningKind::UnknownEnd, Some(2)), (WarningKind::EndBeforeStart, Some(3))]);
    let timing: Vec<Timing> = trace.spans().map(|span| trace.timing(span)).collect();
    assert_eq!(timing, [Timing::Known, Timing::NoEnd, Timing::Known]);
    assert!(
        trace.spans().skip(1).all(|span| trace.duration_of(span) == 0 && trace.end_ns(span) == trace.start_ns(span))
    );
}

#[test]
fn a_moved_clock_does_not_make_times_of_none() {
    let set = set_of(&[(1, 0, Some(100), Some(900)), (2, 1, None, None), (3, 1, Some(200), None)]);
    for shift in [i64::MAX, 400, -400, i64::MIN] {
        let moved = Trace::build_with(&set, TraceId(7), &[], Clocks::moved(vec![shift])).unwrap();
        assert!(moved.spans().all(|span| moved.end_ns(span) <= moved.duration_ns), "{shift}");
        assert_eq!((moved.start_ns(SpanIdx(1)), moved.duration_of(SpanIdx(1))), (0, 0), "{shift}");
    }
    let moved = Trace::build_with(&set, TraceId(7), &[], Clocks::moved(vec![400])).unwrap();
    assert_eq!((moved.start_unix_nano, moved.duration_ns), (BASE + 500, 800));
}

#[test]
fn ordinary_traces_keep_nothing_beside() {
    let trace = trace(&[(1, 0, Some(100), Some(900)), (2, 1, Some(300), Some(400))]);
    assert!(trace.memory().contains(&("places of spans without a start", 0)));
}

fn lines() -> impl Strategy<Value = Vec<Line>> {
    let time = 0..5_000u64;
    prop::collection::vec((1..12u64, 0..14u64, time.clone(), time), 1..30)
        .prop_map(|lines| lines.into_iter().map(|(id, parent, a, b)| (id, parent, Some(a), Some(a + b))).collect())
}

proptest! {
    /// Further spans without a start, below any span or none, in any place: with any end.
    #[test]
    fn unknown_starts_never_change_the_traces_times(
        known in lines(),
        unknown in prop::collection::vec((20..60u64, 0..60u64, prop::option::of(0..9_000u64), 0..40usize), 0..20),
    ) {
        let without = trace(&known);
        let mut all = known;
        for (id, parent, end, at) in unknown {
            all.insert(at.min(all.len()), (id, parent, None, end));
        }
        let with = trace(&all);
        prop_assert_eq!((with.start_unix_nano, with.duration_ns), (without.start_unix_nano, without.duration_ns));
        for span in with.spans() {
            prop_assert!(with.end_ns(span) <= with.duration_ns);
            if with.timing(span) == Timing::NoStart {
                let expected = with.parent(span).map_or(0, |parent| with.start_ns(parent));
                prop_assert_eq!((with.start_ns(span), with.end_ns(span)), (expected, expected));
            }
        }
        let told = with.warnings.iter().filter(|warning| warning.kind == WarningKind::UnknownStart).count();
        prop_assert!(told <= 1);
    }
}
