//! What a frame draws: exact boxes, cut and scrolled ones, and as many marks as there are pixels.

use super::*;
use crate::layout::sketch::Sketch;
use crate::layout::{RowModel, RowOptions};
use crate::model::outline::flag;

fn outline() -> Outline {
    let mut sketch = Sketch::default();
    sketch.span(0, "gate", "root", 0..1000).critical(0..100).critical(900..1000);
    sketch.span(1, "gate", "call", 100..900);
    sketch.span(2, "shop", "serve", 100..500).flags(flag::ERROR).critical(100..500);
    sketch.span(2, "shop", "again", 500..900);
    sketch.finish()
}

fn chart<'a>(outline: &'a Outline, (packed, rows): &'a (Packed, RowModel)) -> Chart<'a> {
    Chart {
        outline,
        packed,
        rows,
        viewport: Viewport { t0_ns: 0.0, t1_ns: 1000.0 },
        width_px: 1000.0,
        view_px: 200.0,
        scroll_px: 0.0,
        matches: None,
        selected: None,
        critical_path: false,
    }
}

fn pack(outline: &Outline) -> (Packed, RowModel) {
    pack_with(outline, RowOptions::default())
}

fn pack_with(outline: &Outline, chosen: RowOptions) -> (Packed, RowModel) {
    let rows = RowModel::new(outline, &options(outline, chosen));
    (Packed::new(outline, &rows), rows)
}

#[test]
fn a_group_without_children_is_one_box_that_shows_when_its_members_run() {
    let mut sketch = Sketch::default();
    sketch.span(0, "a", "root", 0..1000);
    for at in [0, 200, 210] {
        sketch.span(1, "b", "query", at..at + 100);
    }
    for at in [500, 600, 700] {
        sketch.span(1, "c", "row", at..at + 50).span(2, "c", "inner", at..at + 40);
    }
    let outline = sketch.finish();
    let packed = pack_with(&outline, RowOptions { fold: true, ..RowOptions::default() });
    let scene = scene(&chart(&outline, &packed));
    let boxes: Vec<_> = scene.boxes.iter().map(|b| (b.item.span.0, b.item.count, b.item.row, b.x, b.w)).collect();
    // Of `row` every one has its box: what is below would be lost otherwise.
    assert_eq!(boxes[..3], [(0, 1, 0, 0.0, 999.0), (1, 3, 1, 0.0, 309.0), (4, 1, 1, 500.0, 49.0)]);
    assert_eq!(boxes.len(), 8);
    let busy: Vec<_> = scene.busy.iter().map(|b| (b.x, b.w, b.slot)).collect();
    assert_eq!(busy, [(0.0, 100.0, 1), (200.0, 110.0, 1)]);
}

#[test]
fn boxes_stand_at_their_times_in_their_rows() {
    let (outline, packed) = (outline(), pack(&outline()));
    let scene = scene(&chart(&outline, &packed));
    let drawn: Vec<_> = scene.boxes.iter().map(|b| (b.item.span.0, b.x, b.y, b.w, b.h, b.slot, b.error)).collect();
    assert_eq!(
        drawn,
        [
            (0, 0.0, 4.0, 999.0, 17.0, 0, false),
            (1, 100.0, 22.0, 799.0, 17.0, 0, false),
            (2, 100.0, 40.0, 399.0, 17.0, 1, true),
            (3, 500.0, 40.0, 399.0, 17.0, 1, false),
        ]
    );
    assert_eq!(scene.boxes.iter().map(|b| b.names_service).collect::<Vec<_>>(), [true, false, true, true]);
    assert!(scene.marks.is_empty() && scene.path.is_empty());
}

#[test]
fn the_window_cuts_boxes_and_leaves_out_what_is_beside_it() {
    let (outline, packed) = (outline(), pack(&outline()));
    let mut chart = chart(&outline, &packed);
    chart.viewport = Viewport { t0_ns: 400.0, t1_ns: 600.0 };
    let drawn: Vec<_> = scene(&chart).boxes.iter().map(|b| (b.item.span.0, b.x, b.w, b.starts)).collect();
    assert_eq!(
        drawn,
        [(0, 0.0, 1000.0, false), (1, 0.0, 1000.0, false), (2, 0.0, 499.0, false), (3, 500.0, 500.0, true)]
    );
}

#[test]
fn scrolled_rows_are_not_drawn() {
    let (outline, packed) = (outline(), pack(&outline()));
    let mut chart = chart(&outline, &packed);
    (chart.scroll_px, chart.view_px) = (24.0, 15.0);
    let drawn: Vec<_> = scene(&chart).boxes.iter().map(|b| (b.item.span.0, b.y)).collect();
    assert_eq!(drawn, [(1, -2.0)]);
}

#[test]
fn find_dims_the_rest_and_marks_what_it_hit() {
    let (outline, packed) = (outline(), pack(&outline()));
    let matches = packed.0.positions_of(&[3u32].into_iter().collect());
    let mut chart = chart(&outline, &packed);
    (chart.matches, chart.selected) = (Some(&matches), Some(SpanIdx(1)));
    let drawn: Vec<_> = scene(&chart).boxes.iter().map(|b| (b.dim, b.found, b.selected)).collect();
    assert_eq!(drawn, [(true, false, false), (true, false, true), (true, false, false), (false, true, false)]);
}

#[test]
fn the_critical_path_lies_under_the_spans_that_have_it() {
    let (outline, packed) = (outline(), pack(&outline()));
    let mut chart = chart(&outline, &packed);
    chart.critical_path = true;
    let path: Vec<_> = scene(&chart).path.iter().map(|p| (p.x, p.y, p.w)).collect();
    assert_eq!(path, [(0.0, 19.0, 100.0), (900.0, 19.0, 100.0), (100.0, 55.0, 400.0)]);
}

/// A root over children of 1 ns each.
fn dust(children: u64) -> Outline {
    let mut sketch = Sketch::default();
    sketch.span(0, "a", "root", 0..children * 2);
    for at in 0..children {
        sketch.span(1, "b", "speck", at * 2..at * 2 + 1);
    }
    sketch.finish()
}

#[test]
fn a_frame_draws_by_pixels_not_by_spans() {
    let outline = dust(100_000);
    let packed = pack(&outline);
    let mut chart = chart(&outline, &packed);
    chart.viewport = Viewport { t0_ns: 0.0, t1_ns: 200_000.0 };
    let drawn = scene(&chart);
    assert_eq!((drawn.boxes.len(), drawn.marks.len()), (1, 1));
    assert_eq!((drawn.marks[0].x, drawn.marks[0].w), (0.0, 1000.0));
    // Every second px matched: as many marks as px, however many spans.
    let matches = packed.0.positions_of(&(1..=100_000u32).filter(|at| ((at - 1) / 100) % 2 == 0).collect());
    chart.matches = Some(&matches);
    let marks = scene(&chart).marks.len();
    assert!((900..=1000).contains(&marks), "{marks}");
}

#[test]
fn a_selected_speck_is_seen_among_the_others() {
    let outline = dust(100_000);
    let packed = pack(&outline);
    let mut chart = chart(&outline, &packed);
    chart.viewport = Viewport { t0_ns: 0.0, t1_ns: 200_000.0 };
    chart.selected = Some(SpanIdx(50_000));
    let marked = selection(&chart).map(|rect| (rect.x.floor(), rect.y, rect.w));
    assert_eq!(marked, Some((499.0, 22.0, 1.0)));
    chart.viewport = Viewport { t0_ns: 0.0, t1_ns: 90_000.0 };
    assert_eq!(selection(&chart), None);
}

#[test]
fn a_selection_changes_nothing_that_is_painted() {
    let outline = dust(1_000);
    let packed = pack(&outline);
    let mut chart = chart(&outline, &packed);
    let without = scene(&chart).marks;
    chart.selected = Some(SpanIdx(500));
    assert_eq!(scene(&chart).marks, without);
}

#[test]
fn what_is_drawn_is_what_is_hit() {
    let (outline, packed) = (outline(), pack(&outline()));
    let chart = chart(&outline, &packed);
    for drawn in scene(&chart).boxes {
        let hit = hit_test(&chart, drawn.x + drawn.w / 2.0, drawn.y + drawn.h / 2.0);
        assert_eq!(hit, Some(&drawn.item));
    }
    assert_eq!(hit_test(&chart, 50.0, 45.0), None);
    assert_eq!(hit_test(&chart, 98.0, 45.0).map(|item| item.span.0), Some(2));
    assert_eq!(hit_test(&chart, 50.0, 150.0), None);
    assert_eq!(hit_test(&chart, 50.0, 1.0), None);
}

#[test]
fn scrolling_to_a_row_moves_no_more_than_it_takes() {
    assert_eq!(scroll_to_row(0, 40, 100.0, 200.0), 0.0);
    assert_eq!(scroll_to_row(8, 40, 100.0, 200.0), 100.0);
    assert_eq!(scroll_to_row(30, 40, 100.0, 200.0), 4.0 + 30.0 * 18.0 + 36.0 - 200.0);
    assert_eq!(scroll_to_row(39, 40, 0.0, 200.0), 8.0 + 40.0 * 18.0 - 200.0);
}

#[test]
fn many_rows_stand_denser() {
    assert_eq!((pitch_px(60), pitch_px(61)), (18.0, 12.0));
}

#[test]
fn a_frame_of_very_many_boxes_is_drawn_coarser() {
    // 60 rows of 1,000 boxes, each 0.6 px wide and of another service than the next.
    let mut sketch = Sketch::default();
    sketch.span(0, "a", "root", 0..1_000_000);
    for row in 0..60u64 {
        for at in 0..1_000u64 {
            sketch.span(
                1,
                ["b", "c", "d", "e", "f"][(at / 8 + at) as usize % 5],
                "x",
                at * 1000 + row..at * 1000 + 999,
            );
        }
    }
    let outline = sketch.finish();
    let packed = pack(&outline);
    let mut chart = chart(&outline, &packed);
    (chart.viewport, chart.view_px) = (Viewport { t0_ns: 0.0, t1_ns: 1_000_000.0 }, 1_200.0);
    let drawn = scene(&chart);
    assert!((5_000..=MOST_ITEMS).contains(&drawn.len()), "{}", drawn.len());
    assert!(drawn.marks[0].w >= 2.0, "{}", drawn.marks[0].w);
}

#[test]
fn a_failing_speck_shows_among_any_number_of_others() {
    let mut sketch = Sketch::default();
    sketch.span(0, "a", "root", 0..200_000);
    for at in 0..100_000u64 {
        sketch.span(1, "b", "speck", at * 2..at * 2 + 1);
        if at == 77_777 {
            sketch.flags(flag::ERROR).critical(at * 2..at * 2 + 1);
        }
    }
    let outline = sketch.finish();
    let packed = pack(&outline);
    let mut chart = chart(&outline, &packed);
    (chart.viewport, chart.critical_path) = (Viewport { t0_ns: 0.0, t1_ns: 200_000.0 }, true);
    let matches = packed.0.positions_of(&[77_778u32].into_iter().collect());
    chart.matches = Some(&matches);
    let drawn = scene(&chart);
    let red: Vec<_> = drawn.marks.iter().filter(|mark| mark.error).map(|mark| (mark.x, mark.w, mark.found)).collect();
    assert_eq!(red, [(777.0, 1.0, true)]);
    assert_eq!(drawn.path, [PathPiece { x: 777.0, y: 37.0, w: 1.0 }]);
}
