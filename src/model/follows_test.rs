//! Cycles of references, in one file and in several; random graphs against a naive walk.

use super::*;
use crate::base::TraceId;
use crate::model::clocks::YEAR_2000_NS;
use crate::model::{AnyValue, Place, SpanIdx, Trace, WarningKind};
use std::sync::Arc;

/// Id, parent, start, and whether the parent is one that the span only follows.
type Case = (u64, u64, u64, bool);

fn push(set: &mut SpanSet, trace: u128, (id, parent, start, follows): Case) {
    let mark = set.link_mark();
    if follows {
        let attrs = set.attrs.mark();
        set.push_attr(REF_TYPE, &AnyValue::str(FOLLOWS_FROM));
        let attrs = set.attrs.since(attrs);
        set.push_link(Link { trace_id: TraceId(trace), span_id: SpanId(parent), attrs, ..Link::default() });
    }
    let links = set.links_since(mark);
    // A start of 0 is unknown; the others are of this century.
    let start = if start == 0 { 0 } else { YEAR_2000_NS + start };
    set.push_span(&SpanDraft {
        trace_id: TraceId(trace),
        span_id: SpanId(id),
        parent_id: SpanId(parent),
        start_unix_nano: start,
        end_unix_nano: start + 10,
        links,
        ..SpanDraft::default()
    });
}

/// Each slice is a file.
fn read(files: &[&[Case]]) -> SpanSet {
    let mut set = SpanSet::new();
    for file in files {
        let from = set.len();
        file.iter().for_each(|case| push(&mut set, 7, *case));
        set.close(from);
        set.cut_cycles(from);
    }
    set
}

fn parents(set: &SpanSet) -> Vec<u64> {
    set.parent_id.iter().map(|id| id.0).collect()
}

fn build(set: SpanSet) -> Trace {
    Trace::build(&Arc::new(set), TraceId(7)).unwrap()
}

#[test]
fn a_cycle_is_cut_at_the_span_that_only_follows() {
    let trace = build(read(&[&[(1, 2, 100, true), (2, 1, 110, false)]]));
    assert_eq!(trace.roots().map(|root| trace.span_id(root).0).collect::<Vec<_>>(), [1]);
    assert_eq!((trace.depth(SpanIdx(1)), trace.links(SpanIdx(0)).len()), (2, 1));
    assert!(trace.warnings.is_empty(), "{:?}", trace.warnings);
    // Also where it starts later than the caller that it would be cut at without.
    assert_eq!(parents(&read(&[&[(1, 2, 100, false), (2, 1, 110, true)]])), [2, 0]);
}

#[test]
fn a_reference_without_a_cycle_is_a_parent() {
    let set = read(&[&[(1, 0, 100, false), (2, 1, 110, true), (3, 2, 120, true), (4, 99, 130, true)]]);
    assert_eq!(parents(&set), [0, 1, 2, 99]);
}

#[test]
fn a_ring_of_references_alone_is_cut_at_its_earliest_span() {
    assert_eq!(parents(&read(&[&[(1, 3, 120, true), (2, 1, 100, true), (3, 2, 110, true)]])), [3, 0, 2]);
    // A start of 0 is unknown, not early.
    assert_eq!(parents(&read(&[&[(1, 2, 0, true), (2, 1, 100, true)]])), [2, 0]);
    // Of equal starts the smaller id, whichever came first.
    assert_eq!(parents(&read(&[&[(2, 1, 100, true), (1, 2, 100, true)]])), [1, 0]);
    let count = 100_000;
    let ring: Vec<Case> = (1..=count).map(|id| (id, id % count + 1, 1_000_000 - id, true)).collect();
    let set = read(&[&ring]);
    let roots: Vec<usize> = (0..set.len()).filter(|row| set.parent_id[*row].is_zero()).collect();
    assert_eq!(roots, [count as usize - 1]);
    assert_eq!(build(set).depth(SpanIdx(99_999)), 100_000);
}

#[test]
fn spans_beside_a_cycle_keep_their_parents() {
    // 4 and 5 hang below the cycle of 1, 2 and 3; 6 and 7 are apart.
    let set = read(&[&[
        (5, 4, 150, true),
        (4, 2, 140, true),
        (1, 3, 100, false),
        (2, 1, 110, true),
        (3, 2, 120, false),
        (6, 7, 200, false),
        (7, 0, 190, false),
    ]]);
    assert_eq!(parents(&set), [4, 2, 3, 0, 2, 7, 0]);
}

#[test]
fn a_cycle_of_callers_alone_is_still_one() {
    let trace = build(read(&[&[(1, 2, 100, false), (2, 1, 110, false), (3, 2, 120, true)]]));
    assert!(trace.warnings.iter().any(|warning| warning.kind == WarningKind::Cycle));
    assert_eq!(trace.place(SpanIdx(0)), Place::Cycle);
    let itself = build(read(&[&[(1, 1, 100, false)]]));
    assert!(itself.warnings.iter().any(|warning| warning.kind == WarningKind::Cycle));
}

#[test]
fn a_cycle_that_a_second_file_closes_is_cut() {
    assert_eq!(parents(&read(&[&[(1, 2, 100, true)], &[(2, 1, 110, false)]])), [0, 1]);
    assert_eq!(parents(&read(&[&[(2, 1, 110, false)], &[(8, 0, 1, false)], &[(1, 2, 100, true)]])), [1, 0, 0]);
}

#[test]
fn copies_of_a_span_lose_the_same_parent() {
    let file: &[Case] = &[(1, 2, 100, true), (2, 1, 110, false)];
    assert_eq!(parents(&read(&[file, file])), [0, 1, 0, 1]);
    let twice: Vec<Case> = file.iter().chain(file).copied().collect();
    let trace = build(read(&[&twice]));
    assert_eq!((trace.len(), trace.roots().count()), (2, 1));
    let kinds: Vec<WarningKind> = trace.warnings.iter().map(|warning| warning.kind).collect();
    assert_eq!(kinds, [WarningKind::RepeatedSpan]);
}

#[test]
fn the_same_ids_in_another_trace_are_no_cycle() {
    let mut set = SpanSet::new();
    push(&mut set, 7, (1, 2, 100, true));
    push(&mut set, 8, (2, 1, 110, false));
    set.cut_cycles(0);
    assert_eq!(parents(&set), [2, 1]);
}

/// Numbers that look random and are the same in every run.
fn dice(seed: &mut u64, sides: u64) -> u64 {
    *seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
    (*seed >> 33) % sides
}

/// The spans from `id` on up to where the walk along parents comes back to it; `None` when it does not.
fn cycle_through(cases: &[Case], id: u64) -> Option<Vec<Case>> {
    let of = |id: u64| cases.iter().find(|case| case.0 == id);
    let mut cycle = vec![*of(id)?];
    for _ in 0..cases.len() {
        let parent = cycle.last()?.1;
        if parent == id {
            return Some(cycle);
        }
        cycle.push(*of(parent)?);
    }
    None
}

#[test]
fn random_graphs_lose_the_earliest_reference_of_each_cycle_and_nothing_else() {
    let mut cut_somewhere = 0;
    for seed in 1..500u64 {
        let mut state = seed;
        let count = 2 + dice(&mut state, 12);
        let cases: Vec<Case> = (1..=count)
            .map(|id| (id, dice(&mut state, count + 1), 100 + dice(&mut state, 4), dice(&mut state, 2) == 0))
            .collect();
        let expected: Vec<u64> = cases
            .iter()
            .map(|case| {
                let cycle = cycle_through(&cases, case.0).unwrap_or_default();
                let earliest = cycle.iter().filter(|case| case.3).map(|case| (case.2, case.0)).min();
                if earliest == Some((case.2, case.0)) { 0 } else { case.1 }
            })
            .collect();
        cut_somewhere += usize::from(cases.iter().zip(&expected).any(|(case, parent)| case.1 != *parent));
        // In one file, and each span in its own.
        let alone: Vec<&[Case]> = cases.chunks(1).collect();
        assert_eq!(parents(&read(&[&cases])), expected, "seed {seed}");
        assert_eq!(parents(&read(&alone)), expected, "seed {seed}, in files");
    }
    assert!(cut_somewhere > 100, "{cut_somewhere}");
}
