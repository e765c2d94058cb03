//! Tests of the rows: every span in one place, folding with its counter-examples, heads, focus.

use proptest::prelude::*;

use super::*;
use crate::layout::sketch::{self, Sketch};
use crate::model::Kind;
use crate::model::outline::flag;

fn folding() -> RowOptions {
    RowOptions { fold: true, ..RowOptions::default() }
}

/// A line a row: depth, then what it is.
fn lines(outline: &Outline, options: &RowOptions) -> Vec<String> {
    let model = RowModel::new(outline, options);
    let line = |row: &Row| {
        let indent = "  ".repeat(row.depth() as usize);
        let name = outline.name(row.span());
        let below = if row.below() > 0 { format!(" [{}]", row.below()) } else { String::new() };
        match row.kind() {
            RowKind::Span if row.folded() > 0 => format!("{indent}+{} {name}{below}", row.folded()),
            RowKind::Span => format!("{indent}{name}{below}"),
            RowKind::Group => {
                format!("{indent}{} x {name}{below}{}", row.count(), if row.expanded() { " v" } else { "" })
            }
            RowKind::Orphans => {
                let missing = missing_parent(outline, row.span()).map_or(0, |id| id.0);
                format!("orphans {} of {missing:x}{below}", row.count())
            }
            RowKind::Cycles => format!("cycles {}{below}", row.count()),
        }
    };
    model.rows().iter().map(line).collect()
}

/// gateway: root, two middlewares that pass through, a handler with three like calls and one other.
fn order() -> Outline {
    let mut sketch = Sketch::default();
    sketch.span(0, "gateway", "POST /orders", 0..10_000).kind(Kind::Server);
    sketch.span(1, "gateway", "express", 0..9_000).span(2, "gateway", "body", 1..9_000);
    sketch.span(3, "gateway", "handler", 2..9_000);
    for at in 0..3u64 {
        let start = 1_000 * at + 100;
        sketch.span(4, "gateway", "reserve", start..start + 900).kind(Kind::Client);
        sketch.span(5, "stock", "POST /reserve", start + 100..start + 500).kind(Kind::Server);
    }
    sketch.span(4, "gateway", "COMMIT", 5_000..6_000).kind(Kind::Client);
    sketch.finish()
}

#[test]
fn rows_stay_compact() {
    assert_eq!(size_of::<Row>(), 16);
}

#[test]
fn unfolded_every_span_has_its_row() {
    let outline = order();
    let model = RowModel::new(&outline, &RowOptions::default());
    assert_eq!(model.totals.spans_shown, 11);
    assert!(outline.spans().all(|span| model.row_of(span) == Some(span.index())));
    assert!(model.rows().iter().all(|row| row.depth() + 1 == outline.depth[row.span().index()]));
}

#[test]
fn chain_folds_onto_its_deepest_span_and_takes_its_depth() {
    assert_eq!(lines(&order(), &folding()), ["POST /orders", "  +2 handler", "    3 x reserve [3]", "    COMMIT"]);
    let totals = RowModel::new(&order(), &folding()).totals;
    assert_eq!((totals.rows, totals.folded_pass_through, totals.grouped), (4, 2, 6));
}

#[test]
fn roots_never_fold() {
    let mut sketch = Sketch::default();
    sketch.span(0, "a", "root", 0..1000).span(1, "a", "child", 0..1000);
    assert_eq!(lines(&sketch.finish(), &folding()), ["root", "  child"]);
}

#[test]
fn like_roots_are_no_group() {
    let mut sketch = Sketch::default();
    (0..4).for_each(|at| {
        sketch.span(0, "a", "root", at..at + 1);
    });
    assert_eq!(lines(&sketch.finish(), &folding()).len(), 4);
}

#[test]
fn collapsed_pass_through_keeps_its_row() {
    let options = RowOptions { collapsed: [1u32].into_iter().collect(), ..folding() };
    assert_eq!(lines(&order(), &options), ["POST /orders", "  express [9]"]);
}

#[test]
fn kept_pass_through_keeps_its_row() {
    let options = RowOptions { keep: [2u32].into_iter().collect(), ..folding() };
    assert_eq!(lines(&order(), &options)[..3], ["POST /orders", "  +1 body", "    handler"]);
}

#[test]
fn two_like_siblings_are_no_group() {
    let mut sketch = Sketch::default();
    sketch.span(0, "a", "root", 0..100).span(1, "a", "get", 0..1).span(1, "a", "get", 2..3).span(1, "a", "put", 4..5);
    assert_eq!(lines(&sketch.finish(), &folding()), ["root", "  get", "  get", "  put"]);
}

#[test]
fn group_that_a_kept_span_is_in_stands_apart_from_it() {
    let options = RowOptions { keep: [5u32].into_iter().collect(), ..folding() };
    assert_eq!(
        lines(&order(), &options)[2..],
        ["    reserve", "      POST /reserve", "    2 x reserve [2]", "    COMMIT"]
    );
}

#[test]
fn expanded_group_is_a_head_over_its_members_whichever_member_opened_it() {
    for member in [4u32, 6, 8] {
        let options = RowOptions { expanded_groups: [member].into_iter().collect(), ..folding() };
        let rows = lines(&order(), &options);
        assert_eq!(rows[2..5], ["    3 x reserve v", "      reserve", "        POST /reserve"]);
        assert_eq!(rows.last().unwrap(), "    COMMIT");
        let model = RowModel::new(&order(), &options);
        assert_eq!(model.row_of(SpanIdx(4)), Some(3));
        assert_eq!(model.totals.grouped, 0);
    }
}

#[test]
fn group_tells_sum_max_and_end() {
    let outline = order();
    let model = RowModel::new(&outline, &folding());
    let group = model.group(SpanIdx(4)).unwrap();
    assert_eq!((group.sum_ns, group.max_ns, group.end_ns, group.leaves), (2_700, 900, 3_000, false));
    assert!(model.busy(group).is_empty());
    assert!(model.group(SpanIdx(5)).is_none());
}

#[test]
fn large_group_knows_when_it_is_busy() {
    let mut sketch = Sketch::default();
    sketch.span(0, "a", "root", 0..10_000);
    (0..50).for_each(|at| {
        sketch.span(1, "a", "get", at * 10..at * 10 + 10);
    });
    (100..150).for_each(|at| {
        sketch.span(1, "a", "get", at * 10..at * 10 + 5);
    });
    let outline = sketch.finish();
    let model = RowModel::new(&outline, &folding());
    let group = model.group(SpanIdx(1)).unwrap();
    assert!(group.leaves);
    assert_eq!(model.busy(group).len(), 51);
    assert_eq!(model.busy(group)[..2], [(0, 500), (1000, 1005)]);
}

#[test]
fn collapsed_row_counts_what_it_hides_and_tells_of_errors_inside() {
    let mut sketch = Sketch::default();
    sketch.span(0, "a", "root", 0..100).span(1, "a", "one", 0..50).span(2, "a", "bad", 0..10).flags(flag::ERROR);
    sketch.span(1, "a", "two", 50..100).span(2, "a", "good", 50..60);
    let outline = sketch.finish();
    let options = RowOptions { collapsed: [1u32, 3].into_iter().collect(), ..RowOptions::default() };
    let model = RowModel::new(&outline, &options);
    let told: Vec<_> = model.rows().iter().map(|row| (row.below(), row.expanded(), row.error_inside())).collect();
    assert_eq!(told, [(0, true, false), (1, false, true), (1, false, false)]);
    assert!(model.rows().iter().all(Row::has_children));
}

#[test]
fn orphans_stand_under_a_head_for_each_missing_parent_then_cycles() {
    let mut sketch = Sketch::default();
    sketch.span(0, "a", "root", 0..10);
    sketch.span(0, "b", "lost", 0..5).orphan_of(0xf4).span(1, "b", "below", 0..4);
    sketch.span(0, "b", "lost too", 1..5).orphan_of(0xf4);
    sketch.span(0, "b", "elsewhere", 1..5).orphan_of(0xf5);
    sketch.span(0, "c", "snake", 1..5).cycle().span(1, "c", "tail", 1..2);
    sketch.span(0, "c", "other snake", 1..5).cycle();
    let outline = sketch.finish();
    assert_eq!(
        lines(&outline, &RowOptions::default()),
        [
            "root",
            "orphans 2 of f4 [1]",
            "lost",
            "  below",
            "lost too",
            "orphans 1 of f5",
            "elsewhere",
            "cycles 2 [1]",
            "snake",
            "  tail",
            "other snake"
        ]
    );
    let model = RowModel::new(&outline, &RowOptions::default());
    assert_eq!(model.heads(), [1, 5, 7]);
    let stale = RowOptions { focus: Some(SpanIdx(99)), ..RowOptions::default() };
    assert_eq!(RowModel::new(&outline, &stale).heads(), [1, 5, 7]);
    assert_eq!(model.row_of(SpanIdx(1)), Some(2));
}

#[test]
fn children_of_hidden_services_stand_below_their_nearest_shown_ancestor() {
    let mut sketch = Sketch::default();
    sketch.span(0, "proxy", "edge", 0..100).span(1, "a", "one", 0..90).span(2, "proxy", "hop", 0..80);
    sketch.span(3, "proxy", "hop", 0..70).span(4, "b", "work", 0..60);
    let outline = sketch.finish();
    let hide =
        |services: &[u32]| RowOptions { hidden_services: services.iter().copied().collect(), ..RowOptions::default() };
    assert_eq!(lines(&outline, &hide(&[0])), ["one", "  work"]);
    assert_eq!(RowModel::new(&outline, &hide(&[0])).totals.hidden_by_service, 3);
    let isolated = RowOptions { hidden_services: Bits::from_iter([2u32]).complement(3), ..RowOptions::default() };
    assert_eq!(lines(&outline, &isolated), ["work"]);
    // A hidden span that is collapsed has no row to open it with, so it hides nothing.
    let collapsed = RowOptions { collapsed: [0u32, 2].into_iter().collect(), ..hide(&[0]) };
    assert_eq!(lines(&outline, &collapsed), ["one", "  work"]);
}

#[test]
fn collapsed_row_does_not_count_spans_of_hidden_services() {
    let outline = order();
    let options = RowOptions {
        collapsed: [3u32].into_iter().collect(),
        hidden_services: [1u32].into_iter().collect(),
        ..RowOptions::default()
    };
    let model = RowModel::new(&outline, &options);
    assert_eq!(model.rows().last().unwrap().below(), 4);
    assert_eq!(model.totals.hidden_by_service, 3);
}

#[test]
fn focus_shows_the_subtree_alone_with_the_span_as_top() {
    let options = RowOptions { focus: Some(SpanIdx(3)), ..folding() };
    assert_eq!(lines(&order(), &options), ["handler", "  3 x reserve [3]", "  COMMIT"]);
    let through = RowOptions { focus: Some(SpanIdx(1)), ..folding() };
    assert_eq!(lines(&order(), &through)[..2], ["express", "  +1 handler"]);
    assert_eq!(RowModel::new(&order(), &options).totals.out_of_focus, 3);
    let gone = RowOptions { focus: Some(SpanIdx(999)), ..RowOptions::default() };
    assert_eq!(lines(&order(), &gone).len(), 11);
}

#[test]
fn every_hidden_span_is_held_by_a_row() {
    let outline = order();
    let model = RowModel::new(&outline, &folding());
    let holding: Vec<_> = outline.spans().map(|span| model.row_holding(&outline, span)).collect();
    assert_eq!(holding, [0, 1, 1, 1, 2, 2, 2, 2, 2, 2, 3].map(Some));
    let focused = RowModel::new(&outline, &RowOptions { focus: Some(SpanIdx(4)), ..folding() });
    assert_eq!(focused.row_holding(&outline, SpanIdx(3)), None);
    assert_eq!(focused.row_holding(&outline, SpanIdx(10)), None);
}

#[test]
fn nothing_has_no_rows() {
    let model = RowModel::new(&Outline::default(), &folding());
    assert!(model.is_empty());
    assert_eq!(model.row_of(SpanIdx(0)), None);
}

#[test]
fn million_siblings_fold_into_one_row_and_open_into_a_million() {
    let mut sketch = Sketch::default();
    sketch.span(0, "a", "root", 0..3_000_000);
    (0..999_999).for_each(|at| {
        sketch.span(1, "a", "get", at * 3..at * 3 + 2);
    });
    let outline = sketch.finish();
    assert_eq!(RowModel::new(&outline, &folding()).len(), 2);
    assert_eq!(RowModel::new(&outline, &RowOptions::default()).len(), 1_000_000);
    let open = RowOptions { expanded_groups: [500_000u32].into_iter().collect(), ..folding() };
    let model = RowModel::new(&outline, &open);
    assert_eq!(model.len(), 1_000_001);
    assert_eq!(model.row_of(SpanIdx(999_999)), Some(1_000_000));
    // Every second one kept: nothing left to group but single ones.
    let keep = (0..1_000_000).step_by(2).collect();
    assert_eq!(RowModel::new(&outline, &RowOptions { keep, ..folding() }).len(), 1_000_000);
}

#[test]
fn chain_100_000_deep_has_its_rows_without_recursion() {
    let outline = sketch::chain(100_000);
    let model = RowModel::new(&outline, &RowOptions::default());
    assert_eq!(model.rows().last().map(Row::depth), Some(99_999));
    // A step's own 20 ns reach 1 % only near the chain's end.
    let folded = RowModel::new(&outline, &folding());
    assert_eq!(folded.totals.spans_shown + folded.totals.folded_pass_through, 100_000);
    assert!(folded.totals.folded_pass_through > 99_000);
    assert_eq!(folded.rows()[1].folded(), folded.totals.folded_pass_through);
}

prop_compose! {
    /// Any forest of up to 80 spans of three services and two names, with errors, orphans and spans that pass through.
    fn any_outline()(plan in prop::collection::vec((0usize..6, 0u8..3, 0u8..2, 0u64..40, 0u8..8), 0..80)) -> Outline {
        let mut sketch = Sketch::default();
        let mut depth_now = 0;
        for (at, (depth, service, name, own_ns, what)) in plan.into_iter().enumerate() {
            let depth = if at == 0 { 0 } else { depth.min(depth_now + 1) };
            depth_now = depth;
            let start = depth as u64 * own_ns;
            let service = ["a", "b", "c"][service as usize];
            sketch.span(depth, service, ["x", "y"][name as usize], start..4_000 - depth as u64 * own_ns);
            match (what, depth) {
                (0, _) => { sketch.flags(flag::ERROR); }
                (1, 0) => { sketch.orphan_of(own_ns % 2); }
                (2, 0) => { sketch.cycle(); }
                (3, _) => { sketch.kind(Kind::Client); }
                _ => {}
            }
        }
        sketch.finish()
    }
}

fn any_bits() -> impl Strategy<Value = Bits> {
    prop::collection::vec(0u32..80, 0..12).prop_map(|numbers| numbers.into_iter().collect())
}

prop_compose! {
    fn any_options()(
        collapsed in any_bits(), expanded_groups in any_bits(), keep in any_bits(), fold: bool,
        hidden in prop::collection::vec(0u32..3, 0..3), focus in prop::option::weighted(0.3, 0u32..90),
    ) -> RowOptions {
        let hidden_services = hidden.into_iter().collect();
        RowOptions { collapsed, fold, expanded_groups, keep, hidden_services, focus: focus.map(SpanIdx) }
    }
}

proptest! {
    #[test]
    fn every_span_is_in_exactly_one_place(outline in any_outline(), options in any_options()) {
        let model = RowModel::new(&outline, &options);
        let totals = model.totals;
        let sum = totals.spans_shown + totals.folded_pass_through + totals.grouped + totals.collapsed
            + totals.hidden_by_service + totals.out_of_focus;
        prop_assert_eq!(sum, totals.spans_total);

        // The rows themselves tell the same.
        let of = |kind: RowKind| model.rows().iter().filter(move |row| row.kind() == kind);
        prop_assert_eq!(of(RowKind::Span).map(Row::below).sum::<u32>(), totals.collapsed);
        prop_assert_eq!(of(RowKind::Span).map(Row::folded).sum::<u32>(), totals.folded_pass_through);
        let grouped: u32 = of(RowKind::Group).filter(|row| !row.expanded()).map(|row| row.count() + row.below()).sum();
        prop_assert_eq!(grouped, totals.grouped);

        // And so does every span, asked one by one.
        let mut own = 0;
        for span in outline.spans() {
            own += u32::from(model.row_of(span).is_some());
            let scope = options.focus.filter(|focus| focus.index() < outline.len());
            let in_focus = scope.is_none_or(|focus| (focus.0..focus.0 + outline.subtree_len(focus)).contains(&span.0));
            let is_hidden = options.hidden_services.contains(outline.service[span.index()]);
            if in_focus && !is_hidden {
                prop_assert!(model.row_holding(&outline, span).is_some(), "{:?} is lost", span);
            }
        }
        prop_assert_eq!(own, totals.spans_shown);
    }

    #[test]
    fn kept_spans_are_never_folded_and_depth_never_jumps(outline in any_outline(), options in any_options()) {
        let model = RowModel::new(&outline, &options);
        let mut last = 0;
        for row in model.rows() {
            prop_assert!(row.depth() <= last + 1);
            last = row.depth();
        }
        let open = RowOptions { collapsed: Bits::default(), focus: None, ..options };
        let model = RowModel::new(&outline, &open);
        for span in outline.spans().filter(|span| open.keep.has(*span)) {
            let is_hidden = open.hidden_services.contains(outline.service[span.index()]);
            prop_assert!(is_hidden || model.row_of(span).is_some(), "{:?} is folded away", span);
        }
    }

    #[test]
    fn revealing_gives_any_span_its_row(outline in any_outline(), options in any_options(), at in 0u32..80) {
        let span = SpanIdx(at);
        prop_assume!(span.index() < outline.len());
        let mut options = options;
        crate::layout::reveal::show(&outline, &mut options, span);
        prop_assert!(RowModel::new(&outline, &options).row_of(span).is_some());
    }
}
