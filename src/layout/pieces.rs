//! A span's own time as pieces, and pieces as runs of px: what is solid in a bar and where the critical path's line
//! runs. However many pieces there are, a row gets no more runs than it has px.

use super::Viewport;
use crate::model::{Outline, SpanIdx};

/// A piece of a span's interval in which none of its children runs.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Own {
    pub start_ns: u64,
    pub end_ns: u64,
    /// Own time in the pieces before this one.
    pub before_ns: u64,
}

/// Puts into `own`, in order, the span's interval less the union of its direct children, clamped to it: self time, as
/// pieces. Children come by start, as an outline has them.
pub fn own_pieces(outline: &Outline, span: SpanIdx, own: &mut Vec<Own>) {
    own.clear();
    let (start, end) = (outline.start_ns[span.index()], outline.end_ns[span.index()]);
    let mut sum_ns = 0;
    let mut push = |start_ns: u64, end_ns: u64| {
        if start_ns < end_ns {
            own.push(Own { start_ns, end_ns, before_ns: sum_ns });
            sum_ns += end_ns - start_ns;
        }
    };
    let mut reached = start;
    for child in outline.children(span) {
        let (from, to) = (outline.start_ns[child.index()].max(start), outline.end_ns[child.index()].min(end));
        if from < to {
            push(reached, from);
            reached = reached.max(to);
        }
    }
    push(reached, end);
}

/// Own pieces of the few spans with so many children that a frame should not walk them; made once a trace.
#[derive(Clone, Debug, Default)]
pub struct WideSpans {
    spans: Vec<u32>,
    /// Where each one's pieces end.
    ends: Vec<u32>,
    own: Vec<Own>,
}

/// From this many children on a span's pieces are kept.
const WIDE_FROM: u32 = 512;

impl WideSpans {
    pub fn new(outline: &Outline) -> WideSpans {
        let mut children = vec![0u32; outline.len()];
        for parent in outline.spans().filter_map(|span| outline.parent(span)) {
            children[parent.index()] += 1;
        }
        let mut wide = WideSpans::default();
        let mut own = Vec::new();
        for span in outline.spans().filter(|span| children[span.index()] >= WIDE_FROM) {
            own_pieces(outline, span, &mut own);
            wide.own.extend_from_slice(&own);
            wide.spans.push(span.0);
            wide.ends.push(wide.own.len() as u32);
        }
        wide
    }

    /// The span's own pieces: kept ones, or found now in `scratch`.
    pub fn own<'a>(&'a self, outline: &Outline, span: SpanIdx, scratch: &'a mut Vec<Own>) -> &'a [Own] {
        match self.spans.binary_search(&span.0) {
            Ok(at) => {
                let start = if at == 0 { 0 } else { self.ends[at - 1] };
                &self.own[start as usize..self.ends[at] as usize]
            }
            Err(_) => {
                own_pieces(outline, span, scratch);
                scratch
            }
        }
    }
}

/// A stretch of a row, `x0_px < x1_px`, inside the width.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct Stretch {
    pub x0_px: f64,
    pub x1_px: f64,
}

/// Collects stretches from left to right; those that touch become one.
struct Stretches {
    found: Vec<Stretch>,
    width_px: f64,
}

impl Stretches {
    fn push(&mut self, x0_px: f64, x1_px: f64) {
        let (x0_px, x1_px) = (x0_px.max(0.0), x1_px.min(self.width_px));
        match self.found.last_mut() {
            Some(last) if x0_px <= last.x1_px => last.x1_px = last.x1_px.max(x1_px),
            _ if x0_px < x1_px => self.found.push(Stretch { x0_px, x1_px }),
            _ => {}
        }
    }
}

/// Own time as stretches of px. A piece of a px and more shows as it is. Of what is thinner a px is solid when at least
/// half of it is own time; a piece that stands alone always shows, a px wide. So a bar crowded with children does not
/// look solid for the slits between them.
pub fn own_stretches(own: &[Own], viewport: &Viewport, width_px: f64) -> Vec<Stretch> {
    /// A piece with another one nearer than this to its left does not stand alone.
    const ALONE_PX: f64 = 2.0;
    let px_per_ns = viewport.px_per_ns(width_px);
    let x_of = |time_ns: u64| viewport.px_from_time(time_ns, width_px);
    let mut stretches = Stretches { found: Vec::new(), width_px };
    let mut at = own.partition_point(|piece| x_of(piece.end_ns) <= 0.0);
    let mut last_px = f64::NEG_INFINITY;
    while let Some(piece) = own.get(at) {
        let (x0, x1) = (x_of(piece.start_ns), x_of(piece.end_ns));
        if x0 >= width_px {
            break;
        }
        if x1 - x0 >= 1.0 {
            stretches.push(x0, x1);
            (at, last_px) = (at + 1, x1);
            continue;
        }
        // All thin pieces that begin in this px, as one.
        let px = x0.floor();
        let mut end = at + own[at..].partition_point(|piece| x_of(piece.start_ns) < px + 1.0);
        let is_thick = |piece: &Own| (piece.end_ns - piece.start_ns) as f64 * px_per_ns >= 1.0;
        if end > at + 1 && is_thick(&own[end - 1]) {
            end -= 1;
        }
        let last = own[end - 1];
        let own_ns = last.before_ns + (last.end_ns - last.start_ns) - piece.before_ns;
        if own_ns as f64 * px_per_ns >= 0.5 {
            stretches.push(px, px + 1.0);
        } else if end == at + 1 && x0 - last_px > ALONE_PX {
            let x0 = x0.min(width_px - 1.0);
            stretches.push(x0, x0 + 1.0);
        }
        (at, last_px) = (end, x_of(last.end_ns));
    }
    stretches.found
}

/// Disjoint pieces, `times(i)` of `len` in order, as stretches at least `least_px` wide; a px with any piece is covered.
pub fn stretches(
    len: usize,
    times: impl Fn(usize) -> (u64, u64),
    least_px: f64,
    viewport: &Viewport,
    width_px: f64,
) -> Vec<Stretch> {
    let x_of = |time_ns: u64| viewport.px_from_time(time_ns, width_px);
    let mut stretches = Stretches { found: Vec::new(), width_px };
    let mut at = first(0, len, |i| x_of(times(i).1) >= 0.0);
    while at < len {
        let (start, end) = times(at);
        let (x0, x1) = (x_of(start), x_of(end));
        // A point at the window's very end is still in it.
        if x0 > width_px || x1 < 0.0 {
            break;
        }
        let x0 = x0.min(width_px - least_px).max(0.0);
        stretches.push(x0, x1.max(x0 + least_px));
        // Those that end in what is covered now add nothing.
        at = first(at + 1, len, |i| x_of(times(i).1) > x1.max(x0 + 1.0));
    }
    stretches.found
}

/// The first index of `from..to` that holds; holding goes on once begun.
fn first(from: usize, to: usize, holds: impl Fn(usize) -> bool) -> usize {
    let (mut low, mut high) = (from, to.max(from));
    while low < high {
        let middle = low + (high - low) / 2;
        if holds(middle) {
            high = middle;
        } else {
            low = middle + 1;
        }
    }
    low
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::layout::sketch::Sketch;

    fn pieces_of(outline: &Outline, span: SpanIdx) -> Vec<(u64, u64)> {
        let mut own = Vec::new();
        own_pieces(outline, span, &mut own);
        own.iter().map(|piece| (piece.start_ns, piece.end_ns)).collect()
    }

    #[test]
    fn own_time_is_the_interval_less_the_union_of_children() {
        let mut sketch = Sketch::default();
        sketch.span(0, "a", "root", 100..1000);
        sketch.span(1, "a", "early", 0..200).span(2, "a", "grandchild", 500..600);
        sketch.span(1, "a", "one", 300..500).span(1, "a", "overlapping", 400..600);
        sketch.span(1, "a", "instant", 700..700).span(1, "a", "outliving", 900..5000);
        let outline = sketch.finish();
        assert_eq!(pieces_of(&outline, SpanIdx(0)), [(200, 300), (600, 900)]);
        assert_eq!(pieces_of(&outline, SpanIdx(5)), []);
        assert_eq!(pieces_of(&outline, SpanIdx(3)), [(300, 500)]);
    }

    fn fenced(children: u64, child_ns: u64, every_ns: u64) -> Outline {
        let mut sketch = Sketch::default();
        sketch.span(0, "a", "root", 0..children * every_ns);
        (0..children).for_each(|at| {
            sketch.span(1, "a", "get", at * every_ns..at * every_ns + child_ns);
        });
        sketch.finish()
    }

    fn own_of(outline: &Outline, viewport: &Viewport) -> Vec<Stretch> {
        let wide = WideSpans::new(outline);
        own_stretches(wide.own(outline, SpanIdx(0), &mut Vec::new()), viewport, 500.0)
    }

    #[test]
    fn bar_crowded_with_children_is_not_solid_for_the_slits_between_them() {
        for children in [500, 100_000] {
            let outline = fenced(children, 99, 100);
            let solid: f64 = own_of(&outline, &Viewport::fit(children * 100)).iter().map(|s| s.x1_px - s.x0_px).sum();
            assert!(solid <= 1.0, "{children}: {solid} px");
        }
    }

    #[test]
    fn bar_that_is_mostly_its_own_is_solid() {
        let outline = fenced(100_000, 10, 100);
        assert_eq!(own_of(&outline, &Viewport::fit(10_000_000)), [Stretch { x0_px: 0.0, x1_px: 500.0 }]);
    }

    #[test]
    fn thin_piece_that_stands_alone_shows() {
        let mut sketch = Sketch::default();
        sketch.span(0, "a", "root", 0..10_000).span(1, "a", "one", 0..5_000).span(1, "a", "two", 5_001..10_000);
        let found = own_of(&sketch.finish(), &Viewport::fit(10_000));
        assert_eq!(found, [Stretch { x0_px: 250.0, x1_px: 251.0 }]);
    }

    #[test]
    fn kept_pieces_of_wide_spans_are_those_found_anew() {
        let outline = fenced(2_000, 30, 100);
        let wide = WideSpans::new(&outline);
        let mut anew = Vec::new();
        own_pieces(&outline, SpanIdx(0), &mut anew);
        let mut scratch = Vec::new();
        assert_eq!(wide.own(&outline, SpanIdx(0), &mut scratch), anew);
        assert!(scratch.is_empty());
        assert_eq!(wide.own(&outline, SpanIdx(1), &mut scratch).len(), 1);
    }

    #[test]
    fn pieces_outside_the_window_leave_no_stretch() {
        let outline = fenced(10, 50, 100);
        let window = Viewport { t0_ns: 200.0, t1_ns: 300.0 };
        assert_eq!(own_of(&outline, &window), [Stretch { x0_px: 250.0, x1_px: 500.0 }]);
        let times = [(0, 10), (250, 260), (900, 950)];
        let found = stretches(3, |at| times[at], 2.0, &window, 500.0);
        assert_eq!(found, [Stretch { x0_px: 250.0, x1_px: 300.0 }]);
    }

    #[test]
    fn million_points_become_no_more_stretches_than_pixels() {
        let found = stretches(1_000_000, |at| (at as u64 * 10, at as u64 * 10), 2.0, &Viewport::fit(10_000_000), 500.0);
        assert_eq!(found, [Stretch { x0_px: 0.0, x1_px: 500.0 }]);
    }

    proptest! {
        #[test]
        fn own_pieces_sum_to_self_time(children in prop::collection::vec((0u64..1000, 0u64..400), 0..30)) {
            let mut children = children;
            children.sort_unstable();
            let mut sketch = Sketch::default();
            sketch.span(0, "a", "root", 200..800);
            for (start, len) in children {
                sketch.span(1, "a", "child", start..start + len);
            }
            let outline = sketch.finish();
            let sum: u64 = pieces_of(&outline, SpanIdx(0)).iter().map(|(from, to)| to - from).sum();
            prop_assert_eq!(sum, outline.self_ns[0]);
        }

        #[test]
        fn stretches_are_apart_and_inside(
            gaps in prop::collection::vec((0u64..50, 0u64..50), 0..200), t0 in 0u64..3000, len in 100u64..3000,
        ) {
            let mut at = 0;
            let mut times = Vec::new();
            for (gap, piece) in gaps {
                times.push((at + gap, at + gap + piece));
                at += gap + piece;
            }
            let window = Viewport { t0_ns: t0 as f64, t1_ns: (t0 + len) as f64 };
            let found = stretches(times.len(), |at| times[at], 2.0, &window, 100.0);
            prop_assert!(found.windows(2).all(|pair| pair[0].x1_px < pair[1].x0_px));
            prop_assert!(found.iter().all(|run| run.x0_px >= 0.0 && run.x0_px < run.x1_px && run.x1_px <= 100.0));
            for (start, end) in times {
                let (x0, x1) = (window.px_from_time(start, 100.0), window.px_from_time(end, 100.0));
                let is_inside = x1 >= 0.0 && x0 <= 99.0;
                let is_covered = found.iter().any(|run| run.x0_px <= x0.max(0.0) + 1.0 && run.x1_px >= x1.min(99.0) - 1.0);
                prop_assert!(!is_inside || is_covered, "{start}..{end} {found:?}");
            }
        }
    }
}
