//! What boxes stand in which row: small charts by hand, any chart by its promises.

use super::*;
use crate::layout::RowOptions;
use crate::layout::sketch::{self, Sketch};
use crate::model::outline::flag;
use proptest::prelude::*;

fn packed(outline: &Outline, options: &RowOptions) -> Packed {
    Packed::new(outline, &RowModel::new(outline, options))
}

/// (span, row) of every box, by span.
fn rows_of(packed: &Packed) -> Vec<(u32, u32)> {
    let mut rows: Vec<(u32, u32)> = packed.items.iter().map(|item| (item.span.0, item.row)).collect();
    rows.sort_unstable();
    rows
}

#[test]
fn children_that_follow_one_another_share_a_row_and_parallel_ones_do_not() {
    let mut sketch = Sketch::default();
    sketch.span(0, "a", "root", 0..100);
    sketch.span(1, "a", "first", 0..40).span(2, "a", "below first", 10..30);
    sketch.span(1, "a", "parallel", 20..60);
    sketch.span(1, "a", "after", 60..90);
    let packed = packed(&sketch.finish(), &RowOptions::default());
    // `parallel` cannot stand beside `first`, nor beside what is below it.
    assert_eq!(rows_of(&packed), [(0, 0), (1, 1), (2, 2), (3, 3), (4, 1)]);
    assert_eq!(packed.row_count(), 4);
}

#[test]
fn a_gap_before_a_later_box_is_filled() {
    let mut sketch = Sketch::default();
    sketch.span(0, "a", "root", 0..100);
    sketch.span(1, "a", "x", 0..50).span(2, "a", "late", 40..50);
    sketch.span(1, "a", "y", 10..30);
    let packed = packed(&sketch.finish(), &RowOptions::default());
    assert_eq!(rows_of(&packed), [(0, 0), (1, 1), (2, 2), (3, 2)]);
}

#[test]
fn a_speck_that_overlaps_the_trunk_goes_below_it() {
    let mut sketch = Sketch::default();
    sketch.span(0, "a", "root", 0..100);
    sketch.span(1, "a", "speck", 1..4).span(2, "a", "below speck", 1..4);
    sketch.span(1, "a", "trunk", 2..100).span(2, "a", "inner", 10..100);
    let packed = packed(&sketch.finish(), &RowOptions::default());
    assert_eq!(rows_of(&packed), [(0, 0), (1, 2), (2, 3), (3, 1), (4, 2)]);
}

#[test]
fn spans_of_no_length_do_not_lie_on_one_another() {
    let mut sketch = Sketch::default();
    sketch.span(0, "a", "root", 5..5).span(1, "a", "x", 5..5).span(1, "b", "y", 5..5);
    assert_eq!(rows_of(&packed(&sketch.finish(), &RowOptions::default())), [(0, 0), (1, 1), (2, 2)]);
}

#[test]
fn orphans_and_further_roots_stand_from_the_top() {
    let mut sketch = Sketch::default();
    sketch.span(0, "a", "root", 0..50).span(1, "a", "child", 0..50);
    sketch.span(0, "a", "later root", 60..70);
    let packed = packed(&sketch.finish(), &RowOptions::default());
    assert_eq!(rows_of(&packed), [(0, 0), (1, 1), (2, 0)]);
}

fn foldable() -> Outline {
    let mut sketch = Sketch::default();
    sketch.span(0, "a", "root", 0..1000).span(1, "a", "through", 0..1000).span(2, "b", "handler", 0..1000);
    for at in 0..3 {
        sketch.span(3, "b", "call", at * 100..at * 100 + 90).span(4, "c", "served", at * 100..at * 100 + 50);
    }
    sketch.finish()
}

#[test]
fn folding_takes_pass_through_spans_out_and_makes_one_box_of_a_group() {
    let outline = foldable();
    let folded = packed(&outline, &RowOptions { fold: true, ..RowOptions::default() });
    let boxes: Vec<_> = folded.items.iter().map(|item| (item.span.0, item.row, item.count, item.folded)).collect();
    assert_eq!(boxes, [(0, 0, 1, 0), (2, 1, 1, 1), (3, 2, 3, 0)]);
    assert_eq!((folded.items[2].start_ns, folded.items[2].end_ns), (0, 290));
    // What has no box of its own is found in the one that stands for it.
    let holder = |span: u32| folded.holding(SpanIdx(span)).map(|item| item.span.0);
    assert_eq!([1, 2, 3, 6, 8].map(holder), [Some(2), Some(2), Some(3), Some(3), Some(3)]);
    assert_eq!(packed(&outline, &RowOptions::default()).len(), 9);
}

#[test]
fn an_open_group_shows_its_members_where_the_group_was() {
    let outline = foldable();
    let options = RowOptions { fold: true, expanded_groups: [3u32].into_iter().collect(), ..RowOptions::default() };
    let open = packed(&outline, &options);
    assert_eq!(rows_of(&open)[2..], [(3, 2), (4, 3), (5, 2), (6, 3), (7, 2), (8, 3)]);
}

#[test]
fn what_a_hidden_service_called_hangs_from_its_caller() {
    let outline = foldable();
    let b = outline.services.iter().position(|line| line.name == "b").unwrap() as u32;
    let options = RowOptions { hidden_services: [b].into_iter().collect(), ..RowOptions::default() };
    let packed = packed(&outline, &options);
    assert_eq!(rows_of(&packed), [(0, 0), (1, 1), (4, 2), (6, 2), (8, 2)]);
    assert_eq!(packed.holding(SpanIdx(2)), None);
}

#[test]
fn boxes_beside_one_another_are_stepped_through() {
    let outline = foldable();
    let packed = packed(&outline, &RowOptions::default());
    let first = *packed.holding(SpanIdx(3)).unwrap();
    let next = packed.beside(&first, true).unwrap();
    assert_eq!((next.span.0, packed.beside(next, false).map(|item| item.span.0)), (5, Some(3)));
    assert_eq!(packed.beside(&first, false), None);
}

#[test]
fn chain_100_000_deep_and_100_000_parallel_siblings_are_packed() {
    assert_eq!(packed(&sketch::chain(100_000), &RowOptions::default()).row_count(), 100_000);
    let mut sketch = Sketch::default();
    sketch.span(0, "a", "root", 0..1_000_000);
    for at in 0..100_000 {
        sketch.span(1, "a", "x", at..900_000).flags(flag::ERROR);
    }
    assert_eq!(packed(&sketch.finish(), &RowOptions::default()).row_count(), 100_001);
}

proptest! {
    #[test]
    fn no_two_boxes_overlap_and_children_stand_below_their_parents(
        spans in prop::collection::vec((0usize..6, 0u64..100, 0u64..60), 1..60), fold: bool,
    ) {
        let mut sketch = Sketch::default();
        let mut depth = 0;
        for (at, (wanted, start, length)) in spans.into_iter().enumerate() {
            depth = if at == 0 { 0 } else { wanted.min(depth + 1) };
            sketch.span(depth, ["a", "b"][at % 2], "x", start..start + length);
        }
        let outline = sketch.finish();
        let packed = packed(&outline, &RowOptions { fold, ..RowOptions::default() });
        for row in 0..packed.row_count() {
            for pair in packed.row(row).windows(2) {
                prop_assert!(pair[0].end_ns.max(pair[0].start_ns + 1) <= pair[1].start_ns, "{pair:?}");
            }
        }
        for item in &packed.items {
            let top = SpanIdx(item.span.0 - item.folded);
            if let Some(parent) = outline.parent(top).and_then(|parent| packed.holding(parent)) {
                prop_assert!(parent.row < item.row, "{parent:?} {item:?}");
            }
        }
        for span in outline.spans() {
            prop_assert!(packed.holding(span).is_some());
        }
    }
}
