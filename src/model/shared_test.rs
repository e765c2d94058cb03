//! Rows that share an id: what they cost, in comparisons of rows at four sizes, and which of them a child belongs to.

use std::sync::Arc;

use proptest::prelude::*;

use super::compared::count_of;
use super::span_set::{Event, Link, Range32};
use super::{Kind, SpanDraft, SpanSet, Trace};
use crate::base::{SpanId, TraceId};

const SIZES: [u64; 4] = [1_000, 5_000, 25_000, 100_000];
/// Comparisons of a row: a handful in tables, and a step for each halving of the rows. Pairs of 1,000 would be 500 of a row.
const MOST_OF_A_ROW: u64 = 60;
const BASE: u64 = 1_767_225_600_000_000_000;

fn draft(id: u64, start: u64) -> SpanDraft {
    SpanDraft {
        trace_id: TraceId(1),
        span_id: SpanId(id),
        start_unix_nano: BASE + start,
        end_unix_nano: BASE + start + 5,
        ..SpanDraft::default()
    }
}

/// Builds a trace of `rows` rows at each size, the `nth` of them as `row` makes it; `spans` of them are there after repeats are left out.
fn costs(what: &str, row: impl Fn(&mut SpanSet, u64, u64) -> SpanDraft) {
    for rows in SIZES {
        let mut set = SpanSet::new();
        for nth in 0..rows {
            let draft = row(&mut set, nth, rows);
            set.push_span(&draft);
        }
        set.close(0);
        let cost = count_of(|| set.join_parts(0));
        let set = Arc::new(set);
        let mut spans = 0;
        let cost = cost + count_of(|| spans = Trace::build(&set, TraceId(1)).map_or(0, |trace| trace.len() as u64));
        assert_eq!(spans, rows, "{what}");
        println!("{what}: {rows} rows, {cost} comparisons, {} a row", cost / rows);
        assert!(cost <= rows * MOST_OF_A_ROW, "{what}: {cost} comparisons of {rows} rows");
    }
}

#[test]
fn rows_of_one_id_that_differ_in_their_message_are_not_compared_in_pairs() {
    costs("messages", |set, nth, _| SpanDraft { status_message: set.intern(&format!("m{nth}")), ..draft(7, 0) });
}

#[test]
fn rows_of_one_id_that_differ_in_their_events_are_not_compared_in_pairs() {
    costs("events", |set, nth, rows| {
        if nth == 0 {
            (0..rows).for_each(|_| set.push_event(Event::default()));
        }
        SpanDraft { events: Range32 { start: 0, len: nth as u32 }, ..draft(7, 0) }
    });
}

#[test]
fn rows_of_one_id_that_differ_in_their_links_are_not_compared_in_pairs() {
    costs("links", |set, nth, rows| {
        if nth == 0 {
            (0..rows).for_each(|_| set.push_link(Link::default()));
        }
        SpanDraft { links: Range32 { start: 0, len: nth as u32 }, ..draft(7, 0) }
    });
}

/// Each looked for the client's half of its own among all of the others.
#[test]
fn servers_of_one_id_without_a_client_do_not_look_at_each_other() {
    costs("servers", |_, nth, _| SpanDraft { kind: Kind::Server, ..draft(7, nth) });
}

/// Half of the rows are children of the other half, which share an id: of each child one of them is the parent.
#[test]
fn children_of_a_shared_id_do_not_look_at_all_of_its_rows() {
    costs("children", |_, nth, _| match nth % 2 {
        0 => draft(7, nth * 10),
        _ => SpanDraft { parent_id: SpanId(7), ..draft(10 + nth, nth * 10 - 8) },
    });
    costs("children that no row runs for", |_, nth, _| match nth % 2 {
        0 => draft(7, nth * 10),
        _ => SpanDraft { parent_id: SpanId(7), start_unix_nano: BASE - nth, ..draft(10 + nth, 0) },
    });
    costs("their own parents", |_, nth, _| SpanDraft { parent_id: SpanId(7), ..draft(7, nth * 10) });
}

/// As many rows of an id as are looked at for parts of one span, all of them copies; and as many that differ.
#[test]
fn copies_among_parts_are_found_by_what_they_say() {
    costs("parts of many ids", |_, nth, _| {
        let id = 1 + nth / 256;
        if nth % 256 == 0 { SpanDraft { end_unix_nano: 0, start_unix_nano: 0, ..draft(id, 0) } } else { draft(id, nth) }
    });
}

/// The rule in its own words: the server's half if there is one, else the first that runs when the child starts, else the first; never the child itself.
fn parent_by_rule(drafts: &[SpanDraft], child: usize) -> Option<usize> {
    let of = &drafts[child];
    let bearers = || (0..drafts.len()).filter(|at| *at != child && drafts[*at].span_id == of.parent_id);
    let runs = |at: &usize| {
        let (from, to) = (drafts[*at].start_unix_nano, drafts[*at].end_unix_nano);
        from > 0 && of.start_unix_nano > 0 && (from..=to).contains(&of.start_unix_nano)
    };
    bearers().find(|at| drafts[*at].kind == Kind::Server).or_else(|| bearers().find(runs)).or_else(|| bearers().next())
}

proptest! {
    #[test]
    fn a_child_of_a_shared_id_belongs_to_the_row_that_the_rule_says(
        bearers in prop::collection::vec((0u64..60, 0u64..30, 0u8..40), 2..60),
        children in prop::collection::vec(0u64..90, 1..20),
    ) {
        let mut drafts: Vec<SpanDraft> = Vec::new();
        for (nth, (start, length, kind)) in bearers.iter().enumerate() {
            // Each says something else, so that none is a copy; few are servers, some have no start.
            let kind = if *kind == 0 { Kind::Server } else { Kind::Internal };
            let start = if *start == 0 { 0 } else { BASE + start };
            let end = if start == 0 { 0 } else { start + length };
            drafts.push(SpanDraft { kind, start_unix_nano: start, end_unix_nano: end, flags: nth as u32, ..draft(7, 0) });
        }
        for (nth, start) in children.iter().enumerate() {
            let start = if *start == 0 { 0 } else { BASE + start };
            drafts.push(SpanDraft { parent_id: SpanId(7), start_unix_nano: start, end_unix_nano: start, ..draft(100 + nth as u64, 0) });
        }
        let mut set = SpanSet::new();
        for (nth, draft) in drafts.iter_mut().enumerate() {
            draft.name = set.intern(&format!("n{nth}"));
            set.push_span(draft);
        }
        set.close(0);
        let trace = Trace::build(&Arc::new(set), TraceId(1)).unwrap();
        prop_assert_eq!(trace.len(), drafts.len());
        for span in trace.spans() {
            let at = trace.row(span);
            let parent = trace.parent(span).map(|parent| trace.row(parent));
            prop_assert_eq!(parent, parent_by_rule(&drafts, at).filter(|_| !drafts[at].parent_id.is_zero()), "row {}", at);
        }
    }
}
