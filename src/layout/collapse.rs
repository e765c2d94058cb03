//! Operations on the set of collapsed spans, for many spans at once. Each gives a new set; a single span is toggled
//! with [`Bits::set`]. Only spans with children are ever in a set made here.

use super::bits::Bits;
use crate::model::outline::{NONE, flag};
use crate::model::{Outline, SpanIdx};

fn parents(outline: &Outline) -> impl Iterator<Item = SpanIdx> + '_ {
    outline.spans().filter(|span| outline.subtree_len(*span) > 1)
}

/// Every span with children: only tops have rows.
pub fn all(outline: &Outline) -> Bits {
    parents(outline).collect()
}

/// Shows spans down to `depth`, 1 being the tops alone.
pub fn to_depth(outline: &Outline, depth: u32) -> Bits {
    parents(outline).filter(|span| outline.depth[span.index()] >= depth.max(1)).collect()
}

/// Opens the paths that lead to failed spans, and nothing else. Without a failed span, only tops have rows.
pub fn all_but_error_paths(outline: &Outline) -> Bits {
    let mut leads = vec![false; outline.len()];
    for span in outline.spans().rev() {
        let parent = outline.parent[span.index()];
        if parent != NONE && (leads[span.index()] || outline.has(span, flag::ERROR)) {
            leads[parent as usize] = true;
        }
    }
    parents(outline).filter(|span| !leads[span.index()]).collect()
}

/// Opens one level: in every branch the topmost collapsed span, as Jaeger's `o`.
pub fn one_level_open(outline: &Outline, collapsed: &Bits) -> Bits {
    let mut opened = collapsed.clone();
    let mut at = SpanIdx(0);
    while at.index() < outline.len() {
        if collapsed.has(at) {
            opened.remove(at.0);
            at.0 += outline.subtree_len(at);
        } else {
            at.0 += 1;
        }
    }
    opened
}

/// Closes one level: in every branch the deepest open spans in sight, those below which nothing else is open, as
/// Jaeger's `p`.
pub fn one_level_closed(outline: &Outline, collapsed: &Bits) -> Bits {
    let mut closed = collapsed.clone();
    let mut has_open_child = vec![false; outline.len()];
    let mut open: Vec<SpanIdx> = Vec::new();
    let mut at = SpanIdx(0);
    while at.index() < outline.len() {
        let len = outline.subtree_len(at);
        if collapsed.has(at) {
            at.0 += len;
            continue;
        }
        if len > 1 {
            open.push(at);
            if let Some(parent) = outline.parent(at) {
                has_open_child[parent.index()] = true;
            }
        }
        at.0 += 1;
    }
    for span in open.into_iter().filter(|span| !has_open_child[span.index()]) {
        closed.insert(span.0);
    }
    closed
}

/// Opens the span and all below it.
pub fn subtree_open(outline: &Outline, collapsed: &Bits, span: SpanIdx) -> Bits {
    with_subtree(outline, collapsed, span, false)
}

/// Closes the span and all below it.
pub fn subtree_closed(outline: &Outline, collapsed: &Bits, span: SpanIdx) -> Bits {
    with_subtree(outline, collapsed, span, true)
}

fn with_subtree(outline: &Outline, collapsed: &Bits, span: SpanIdx, closed: bool) -> Bits {
    let mut changed = collapsed.clone();
    let len = outline.subtree.get(span.index()).copied().unwrap_or_default();
    for at in span.0..span.0 + len {
        changed.set(at, closed && outline.subtree[at as usize] > 1);
    }
    changed
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::layout::sketch::{self, Sketch};
    use crate::layout::{RowModel, RowOptions};

    /// ```text
    /// 0 root
    /// 1   left
    /// 2     deep
    /// 3       leaf (fails)
    /// 4   right
    /// 5     leaf
    /// ```
    fn outline() -> Outline {
        let mut sketch = Sketch::default();
        sketch.span(0, "a", "root", 0..100).span(1, "a", "left", 0..50).span(2, "a", "deep", 0..40);
        sketch.span(3, "a", "leaf", 0..30).flags(flag::ERROR);
        sketch.span(1, "a", "right", 50..100).span(2, "a", "leaf", 60..70);
        sketch.finish()
    }

    fn shown(outline: &Outline, collapsed: Bits) -> Vec<u32> {
        let model = RowModel::new(outline, &RowOptions { collapsed, ..RowOptions::default() });
        model.rows().iter().map(|row| row.span().0).collect()
    }

    #[test]
    fn collapsing_all_leaves_the_tops() {
        assert_eq!(shown(&outline(), all(&outline())), [0]);
        assert_eq!(all(&outline()).count(), 4);
    }

    #[test]
    fn depth_counts_from_the_tops() {
        let outline = outline();
        assert_eq!(shown(&outline, to_depth(&outline, 0)), [0]);
        assert_eq!(shown(&outline, to_depth(&outline, 2)), [0, 1, 4]);
        assert_eq!(shown(&outline, to_depth(&outline, 3)), [0, 1, 2, 4, 5]);
        assert!(to_depth(&outline, 4).is_empty());
    }

    #[test]
    fn only_paths_to_errors_stay_open() {
        let outline = outline();
        assert_eq!(shown(&outline, all_but_error_paths(&outline)), [0, 1, 2, 3, 4]);
        assert_eq!(shown(&sketch::chain(5), all_but_error_paths(&sketch::chain(5))), [0]);
    }

    #[test]
    fn one_level_at_a_time_opens_every_branch_and_closes_it_again() {
        let outline = outline();
        let mut sets = vec![all(&outline)];
        while let Some(last) = sets.last().filter(|last| !last.is_empty()) {
            sets.push(one_level_open(&outline, last));
        }
        let seen: Vec<Vec<u32>> = sets.iter().map(|set| shown(&outline, set.clone())).collect();
        assert_eq!(seen, [vec![0], vec![0, 1, 4], vec![0, 1, 2, 4, 5], vec![0, 1, 2, 3, 4, 5]]);

        let closed = one_level_closed(&outline, &Bits::default());
        assert_eq!(shown(&outline, closed.clone()), [0, 1, 2, 4]);
        let closed = one_level_closed(&outline, &closed);
        assert_eq!(shown(&outline, closed.clone()), [0, 1, 4]);
        assert_eq!(shown(&outline, one_level_closed(&outline, &closed)), [0]);
    }

    #[test]
    fn subtree_opens_and_closes_without_touching_the_rest() {
        let outline = outline();
        let opened = subtree_open(&outline, &all(&outline), SpanIdx(1));
        assert_eq!(opened, [0u32, 4].into_iter().collect());
        assert_eq!(subtree_closed(&outline, &Bits::default(), SpanIdx(1)), [1u32, 2].into_iter().collect());
        assert!(subtree_closed(&outline, &Bits::default(), SpanIdx(77)).is_empty());
    }

    #[test]
    fn chain_100_000_deep_opens_level_by_level_without_recursion() {
        let outline = sketch::chain(100_000);
        let open = one_level_open(&outline, &all(&outline));
        assert_eq!(shown(&outline, open), [0, 1]);
        assert_eq!(one_level_closed(&outline, &Bits::default()).iter().collect::<Vec<_>>(), [99_998]);
    }
}
