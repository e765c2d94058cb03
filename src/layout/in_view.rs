//! Which spans the timeline shows in its window: for taking them along, not for drawing.

use super::bits::Bits;
use super::rows::{RowKind, RowModel};
use super::viewport::Viewport;
use crate::model::{Outline, SpanIdx};

/// Every span that a row stands for and that runs within the window, in depth-first order. A span that is folded into its
/// child, and what stands in a group of like siblings, are shown by that row, only shorter: they are among them. What is
/// below a row that the reader collapsed is not, nor are hidden services and what is out of focus. O(n).
pub fn spans_in_view(outline: &Outline, rows: &RowModel, hidden_services: &Bits, window: &Viewport) -> Vec<u32> {
    let mut shown = Vec::new();
    for row in rows.rows() {
        let first = row.span();
        let spans = match row.kind() {
            RowKind::Span => first.0 - row.folded()..first.0 + 1,
            RowKind::Group if !row.expanded() => first.0..rows.group(first).map_or(first.0, |group| group.end),
            RowKind::Group | RowKind::Orphans | RowKind::Cycles => continue,
        };
        shown.extend(spans.filter(|span| {
            let at = *span as usize;
            let is_hidden = outline.service.get(at).is_some_and(|service| hidden_services.contains(*service));
            !is_hidden && runs_within(outline, SpanIdx(*span), window)
        }));
    }
    shown
}

/// Whether any of the span, its ends included, is in the window.
fn runs_within(outline: &Outline, span: SpanIdx, window: &Viewport) -> bool {
    let times = outline.start_ns.get(span.index()).zip(outline.end_ns.get(span.index()));
    times.is_some_and(|(start, end)| *start as f64 <= window.t1_ns && *end as f64 >= window.t0_ns)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::layout::rows::RowOptions;
    use crate::layout::sketch::Sketch;
    use crate::model::Kind;

    /// A root, a middleware that passes through, a handler with three like calls to a stock, and a commit.
    fn order() -> Outline {
        let mut sketch = Sketch::default();
        sketch.span(0, "gateway", "POST /orders", 0..10_000).kind(Kind::Server);
        sketch.span(1, "gateway", "express", 0..9_000);
        sketch.span(2, "gateway", "handler", 2..9_000);
        for at in 0..3u64 {
            let start = 1_000 * at + 100;
            sketch.span(3, "gateway", "reserve", start..start + 900).kind(Kind::Client);
            sketch.span(4, "stock", "POST /reserve", start + 100..start + 500).kind(Kind::Server);
        }
        sketch.span(3, "gateway", "COMMIT", 5_000..6_000).kind(Kind::Client);
        sketch.finish()
    }

    fn shown(options: &RowOptions, window: Viewport) -> Vec<u32> {
        let outline = order();
        spans_in_view(&outline, &RowModel::new(&outline, options), &options.hidden_services, &window)
    }

    fn folding() -> RowOptions {
        RowOptions { fold: true, ..RowOptions::default() }
    }

    const ALL: Viewport = Viewport { t0_ns: 0.0, t1_ns: 10_000.0 };

    #[test]
    fn what_is_folded_is_shown_and_what_is_collapsed_is_not() {
        let folded = RowModel::new(&order(), &folding());
        assert!(folded.totals.folded_pass_through > 0 && folded.totals.grouped > 0, "{:?}", folded.totals);
        let every: Vec<u32> = (0..10).collect();
        assert_eq!(shown(&RowOptions::default(), ALL), every);
        assert_eq!(shown(&folding(), ALL), every);
        let kept = RowOptions { keep: [5].into_iter().collect(), ..folding() };
        assert_eq!(shown(&kept, ALL), every, "a kept member stands apart from its group, and nothing comes twice");
        let open = RowOptions { expanded_groups: [3].into_iter().collect(), ..folding() };
        assert_eq!(shown(&open, ALL), every, "the head of an open group is no span");
        let collapsed = RowOptions { collapsed: [3, 5].into_iter().collect(), ..RowOptions::default() };
        assert_eq!(shown(&collapsed, ALL), [0, 1, 2, 3, 5, 7, 8, 9]);
    }

    #[test]
    fn the_window_hidden_services_and_the_focus_hold() {
        let window = Viewport { t0_ns: 2_150.0, t1_ns: 5_000.0 };
        assert_eq!(shown(&folding(), window), [0, 1, 2, 7, 8, 9], "what only touches the window is in it");
        let stock = RowOptions { hidden_services: [1].into_iter().collect(), ..folding() };
        assert_eq!(shown(&stock, ALL), [0, 1, 2, 3, 5, 7, 9]);
        let focused = RowOptions { focus: Some(SpanIdx(5)), ..folding() };
        assert_eq!(shown(&focused, ALL), [5, 6]);
    }
}
