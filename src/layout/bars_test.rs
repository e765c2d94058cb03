//! Tests of the bars: what is drawn for which rows and window.

use super::*;
use crate::layout::RowOptions;
use crate::layout::sketch::{self, SevenPx, Sketch};

/// A view of 1000 px by 200 px over an outline.
struct View {
    outline: Outline,
    rows: RowModel,
    wide: WideSpans,
    heights: RowHeights,
    viewport: Viewport,
    metrics: Metrics,
    matches: Option<Bits>,
    scroll: Scroll,
}

impl View {
    fn new(outline: Outline, options: &RowOptions, window: core::ops::Range<u64>) -> View {
        let rows = RowModel::new(&outline, options);
        View {
            heights: RowHeights::new(rows.len(), rows.heads(), 20.0, 24.0),
            wide: WideSpans::new(&outline),
            viewport: Viewport { t0_ns: window.start as f64, t1_ns: window.end as f64 },
            metrics: Metrics::WIDE,
            matches: None,
            scroll: Scroll::default(),
            rows,
            outline,
        }
    }

    fn bars(&self) -> Bars<'_> {
        Bars {
            outline: &self.outline,
            rows: &self.rows,
            wide: &self.wide,
            heights: &self.heights,
            scroll: self.scroll,
            view_px: 200.0,
            viewport: self.viewport,
            width_px: 1000.0,
            metrics: &self.metrics,
            matches: self.matches.as_ref(),
            critical_path: true,
            measure: &SevenPx,
        }
    }

    /// A line an item: what, where from and to, and what sets it apart.
    fn lines(&self) -> Vec<String> {
        scene(&self.bars()).iter().map(line).collect()
    }
}

fn line(item: &Item) -> String {
    let mark = |on: bool, word: &'static str| if on { word } else { "" };
    match item {
        Item::Bar { x, y, w, slot, dim, starts, ends, .. } => format!(
            "bar {x}..{} y{y} s{slot}{}{}{}",
            x + w,
            mark(*starts, " starts"),
            mark(*ends, " ends"),
            mark(*dim, " dim")
        ),
        Item::SelfTime { x, w, slot, .. } => format!("self {x}..{} s{slot}", x + w),
        Item::Callee { x, y, w, slot, .. } => format!("callee {x}..{} y{y} s{slot}", x + w),
        Item::Critical { x, y, w, .. } => format!("path {x}..{} y{y}", x + w),
        Item::Event { x, exception, .. } => format!("event {x}{}", mark(*exception, " exception")),
        Item::ErrorMark { x, inside, .. } => format!("error {x}{}", mark(*inside, " inside")),
        Item::Beyond { side, text, .. } => format!("{side:?} {text}"),
    }
}

fn unfolded() -> RowOptions {
    RowOptions::default()
}

fn folding() -> RowOptions {
    RowOptions { fold: true, ..RowOptions::default() }
}

#[test]
fn bar_shows_own_time_critical_path_events_and_error() {
    let mut sketch = Sketch::default();
    sketch.span(0, "a", "root", 0..500).flags(flag::ERROR).critical(0..100).critical(400..500);
    sketch.event(50, false).event(450, true).span(1, "b", "call", 100..400).critical(100..400);
    let view = View::new(sketch.finish(), &unfolded(), 0..1000);
    assert_eq!(
        view.lines(),
        [
            "bar 0..500 y3 s0 starts ends",
            "self 0..100 s0",
            "self 400..500 s0",
            "path 0..100 y15",
            "path 400..500 y15",
            "event 50",
            "event 450 exception",
            "error 503",
            "bar 100..400 y23 s1 starts ends",
            "self 100..400 s1",
            "path 100..400 y35"
        ]
    );
}

#[test]
fn span_on_the_critical_path_without_time_of_its_own_has_no_line() {
    let mut sketch = Sketch::default();
    sketch.span(0, "a", "root", 0..1000).critical(500..500).span(1, "a", "call", 0..1000).critical(0..1000);
    let view = View::new(sketch.finish(), &unfolded(), 0..1000);
    let paths: Vec<String> = view.lines().into_iter().filter(|line| line.starts_with("path")).collect();
    assert_eq!(paths, ["path 0..1000 y35"]);
}

#[test]
fn error_mark_stands_inside_a_bar_that_ends_at_the_right() {
    let mut sketch = Sketch::default();
    sketch.span(0, "a", "root", 0..1000).flags(flag::ERROR).span(1, "a", "near", 0..970).flags(flag::ERROR);
    let view = View::new(sketch.finish(), &unfolded(), 0..1000);
    let marks: Vec<String> = view.lines().into_iter().filter(|line| line.starts_with("error")).collect();
    assert_eq!(marks, ["error 988 inside", "error 973"]);
}

#[test]
fn what_lies_outside_the_window_is_told_at_its_edge() {
    let mut sketch = Sketch::default();
    sketch.span(0, "a", "across", 0..4000).span(1, "a", "before", 0..900).span(1, "a", "inside", 1000..2000);
    sketch.span(1, "a", "out at the right", 1500..2500).span(1, "a", "after", 3000..4000);
    let view = View::new(sketch.finish(), &unfolded(), 1000..2000);
    let lines: Vec<String> = view.lines().into_iter().filter(|line| !line.starts_with("self")).collect();
    assert_eq!(
        lines,
        [
            "bar 0..1000 y3 s0",
            "Left from 0 ns",
            "Right to 4.00 µs",
            "Left 900 ns",
            "bar 0..1000 y43 s0 starts ends",
            "bar 500..1000 y63 s0 starts",
            "Right to 2.50 µs",
            "Right 3.00 µs"
        ]
    );
}

#[test]
fn bar_is_never_thinner_than_a_pixel_nor_outside() {
    let mut sketch = Sketch::default();
    sketch.span(0, "a", "root", 0..1_000_000).span(1, "a", "dot", 500_000..500_000);
    sketch.span(1, "a", "end", 1_000_000..1_000_000);
    let view = View::new(sketch.finish(), &unfolded(), 0..1_000_000);
    let bars: Vec<String> = view.lines().into_iter().filter(|line| line.starts_with("bar")).collect();
    assert_eq!(bars[1..], ["bar 500..501 y23 s0 starts ends", "bar 999..1000 y43 s0 starts ends"]);
}

#[test]
fn collapsed_row_shows_the_service_it_calls() {
    let mut sketch = Sketch::default();
    sketch.span(0, "a", "root", 0..1000).span(1, "a", "call", 100..900).span(2, "b", "served", 200..800);
    let outline = sketch.finish();
    let collapsed = RowOptions { collapsed: [0u32].into_iter().collect(), ..unfolded() };
    let view = View::new(outline.clone(), &collapsed, 0..1000);
    assert_eq!(view.lines()[3..], ["callee 200..800 y6 s1"]);
    let open = View::new(outline, &unfolded(), 0..1000);
    assert!(!open.lines().iter().any(|line| line.starts_with("callee")));
}

#[test]
fn all_but_matches_are_dimmed_and_errors_never() {
    let mut sketch = Sketch::default();
    sketch.span(0, "a", "root", 0..1000).span(1, "a", "hit", 0..500).span(1, "a", "other", 500..600).flags(flag::ERROR);
    let mut view = View::new(sketch.finish(), &unfolded(), 0..1000);
    view.matches = Some([1u32].into_iter().collect());
    let dims: Vec<bool> =
        view.lines().iter().filter(|line| line.starts_with("bar")).map(|l| l.contains("dim")).collect();
    assert_eq!(dims, [true, false, true]);
    assert_eq!(view.lines().last().unwrap(), "error 603");
}

#[test]
fn group_row_draws_the_bar_of_each_member() {
    let mut sketch = Sketch::default();
    sketch.span(0, "a", "root", 0..1000).span(1, "a", "get", 0..100).critical(0..100).span(1, "a", "get", 200..300);
    sketch.flags(flag::ERROR).span(1, "a", "get", 400..500).span(2, "a", "below", 400..450);
    let view = View::new(sketch.finish(), &folding(), 0..1000);
    let of_group = |line: &&String| !line.contains("y3 ");
    assert_eq!(
        view.lines().iter().filter(of_group).skip(3).cloned().collect::<Vec<_>>(),
        [
            "bar 0..100 y23 s0 starts ends",
            "self 0..100 s0",
            "bar 200..300 y23 s0 starts ends",
            "self 200..300 s0",
            "bar 400..500 y23 s0 starts ends",
            "self 450..500 s0",
            "path 0..100 y35",
            "error 503"
        ]
    );
    let hit = |x| hit_test(&view.bars(), x, 25.0).unwrap();
    assert_eq!(hit(250.0), Hit { row: 1, span: SpanIdx(2), part: Part::Bar });
    assert_eq!(hit(350.0), Hit { row: 1, span: SpanIdx(1), part: Part::Row });
}

#[test]
fn large_group_draws_no_more_than_the_pixels() {
    let mut sketch = Sketch::default();
    sketch.span(0, "a", "root", 0..1_000_000);
    (0..100_000).for_each(|at| {
        sketch.span(1, "a", "get", at * 10..at * 10 + 5).critical(at * 10..at * 10 + 5);
    });
    let outline = sketch.finish();
    let whole = View::new(outline.clone(), &folding(), 0..1_000_000);
    assert_eq!(whole.lines()[1..], ["self 0..1000 s0", "bar 0..1000 y23 s0", "self 0..1000 s0", "path 0..1000 y35"]);
    let near = View::new(outline, &folding(), 500_000..500_098);
    assert_eq!(near.lines().iter().filter(|line| line.contains("y23")).count(), 10);
    assert_eq!(hit_test(&near.bars(), 120.0, 25.0).unwrap().span, SpanIdx(50_002));
}

#[test]
fn only_rows_in_sight_are_drawn() {
    let mut view = View::new(sketch::chain(50_000), &unfolded(), 0..1_000_000);
    view.scroll = Scroll { row: 20_000, fraction: 0.5 };
    let items = scene(&view.bars());
    assert!(items.len() < 11 * 5, "{}", items.len());
    assert!(matches!(items[0], Item::Bar { y, .. } if y == -7.0));
    assert_eq!(hit_test(&view.bars(), 500.0, 15.0).map(|hit| hit.row), Some(20_001));
}

#[test]
fn million_events_leave_one_a_pixel() {
    let mut sketch = Sketch::default();
    sketch.span(0, "a", "root", 0..1_000_000);
    (0..1_000_000).for_each(|at| {
        sketch.event(at, at == 500);
    });
    let view = View::new(sketch.finish(), &unfolded(), 0..1_000_000);
    let events: Vec<String> = view.lines().into_iter().filter(|line| line.starts_with("event")).collect();
    assert_eq!(events.len(), 1000);
    assert_eq!(events[0], "event 0 exception");
}

#[test]
fn pointer_finds_bar_event_mark_row_and_head() {
    let mut sketch = Sketch::default();
    sketch.span(0, "a", "root", 100..500).flags(flag::ERROR).event(300, false).event(304, true);
    sketch.span(0, "b", "lost", 0..10).orphan_of(7);
    let view = View::new(sketch.finish(), &unfolded(), 0..1000);
    let part = |x, y| hit_test(&view.bars(), x, y).map(|hit| (hit.row, hit.span.0, hit.part));
    assert_eq!(part(200.0, 5.0), Some((0, 0, Part::Bar)));
    assert_eq!(part(98.0, 5.0), Some((0, 0, Part::Bar)));
    assert_eq!(part(303.0, 5.0), Some((0, 0, Part::Event(1))));
    assert_eq!(part(508.0, 5.0), Some((0, 0, Part::ErrorMark)));
    assert_eq!(part(700.0, 5.0), Some((0, 0, Part::Row)));
    assert_eq!(part(700.0, 30.0), Some((1, 1, Part::Row)));
    assert_eq!(part(5.0, 50.0), Some((2, 1, Part::Bar)));
    assert_eq!(part(5.0, 80.0), None);
    assert_eq!(part(-5.0, 5.0), None);
}

#[test]
fn narrow_rows_have_the_bar_below_the_name() {
    let mut sketch = Sketch::default();
    sketch.span(0, "a", "root", 0..1000).critical(0..1000);
    let mut view = View::new(sketch.finish(), &unfolded(), 0..1000);
    view.metrics = Metrics::NARROW;
    assert_eq!(view.lines(), ["bar 0..1000 y23 s0 starts ends", "self 0..1000 s0", "path 0..1000 y35"]);
}

#[test]
fn no_width_draws_nothing() {
    let view = View::new(sketch::chain(3), &unfolded(), 0..60);
    assert!(scene(&Bars { width_px: 0.0, ..view.bars() }).is_empty());
}

/// A window that is being folded away is between 0 and 1 px wide for a frame; a pointer can be over it.
#[test]
fn less_than_a_px_of_width_is_hit_and_drawn_without_a_panic() {
    let mut sketch = Sketch::default();
    sketch.span(0, "a", "root", 100..500).flags(flag::ERROR).event(300, true);
    let view = View::new(sketch.finish(), &unfolded(), 0..1000);
    for width_px in [1e-9, 0.5, 0.999, 1.0, 1.5, f64::NAN, f64::INFINITY] {
        let bars = Bars { width_px, ..view.bars() };
        scene(&bars);
        let hit = hit_test(&bars, 0.0, 5.0);
        assert_eq!(hit.map(|hit| (hit.row, hit.span.0)), (!width_px.is_nan()).then_some((0, 0)), "{width_px}");
    }
    let narrow = Bars { width_px: 0.5, ..view.bars() };
    assert_eq!(narrow.clip((100, 500)), Some(Stretch { x0_px: 0.0, x1_px: 1.0 }));
}
