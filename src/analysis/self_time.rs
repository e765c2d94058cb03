//! Self time: a span's duration less the union of its direct children's intervals, clamped to it.
//!
//! ```text
//! parent   |----------------|        self: 2 + 3
//! child      |-----|
//! child         |------|
//! ```

use super::cut_edges::cut_edges;
use crate::model::{SpanIdx, Trace};

/// Self time in ns of every span, in depth-first order.
///
/// Children stand by start, so one pass over the trace merges each parent's intervals as they come: O(n).
pub fn self_times(trace: &Trace) -> Vec<u64> {
    let mut covered = vec![0u64; trace.len()];
    let mut reached = vec![0u64; trace.len()];
    for child in trace.spans() {
        let Some(parent) = trace.parent(child) else { continue };
        let (start, end) = clamped(trace, child, parent);
        let at = parent.index();
        if end > start.max(reached[at]) {
            covered[at] += end - start.max(reached[at]);
            reached[at] = end;
        }
    }
    for (child, parent) in cut_edges(trace) {
        // Out of order, so this parent is merged anew. A cycle is cut once: no parent comes twice for one cut child.
        covered[parent.index()] = covered_with(trace, parent, child);
    }
    trace.spans().map(|span| trace.duration_of(span) - covered[span.index()]).collect()
}

fn clamped(trace: &Trace, child: SpanIdx, parent: SpanIdx) -> (u64, u64) {
    (trace.start_ns(child).max(trace.start_ns(parent)), trace.end_ns(child).min(trace.end_ns(parent)))
}

/// How much of `parent` its children and one more cover.
fn covered_with(trace: &Trace, parent: SpanIdx, more: SpanIdx) -> u64 {
    let mut intervals: Vec<(u64, u64)> =
        trace.children(parent).chain([more]).map(|child| clamped(trace, child, parent)).collect();
    intervals.sort_unstable();
    let (mut covered, mut reached) = (0, 0);
    for (start, end) in intervals {
        let start = start.max(reached);
        if end > start {
            covered += end - start;
            reached = end;
        }
    }
    covered
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::analysis::sample::{Draft, trace};

    #[test]
    fn overlapping_children_count_once() {
        let trace = trace(&[Draft::new(1, 0, 0, 100), Draft::new(2, 1, 10, 50), Draft::new(3, 1, 40, 80)]);
        assert_eq!(self_times(&trace), [30, 40, 40]);
    }

    #[test]
    fn child_outliving_parent_is_clamped() {
        let trace = trace(&[Draft::new(1, 0, 100, 200), Draft::new(2, 1, 50, 120), Draft::new(3, 1, 190, 900)]);
        assert_eq!(self_times(&trace), [70, 70, 710]);
    }

    #[test]
    fn a_span_that_is_its_own_parent_has_no_self_time() {
        let trace = trace(&[Draft::new(1, 0, 0, 100), Draft::new(2, 2, 10, 50)]);
        assert_eq!(self_times(&trace), [100, 0]);
    }

    #[test]
    fn both_spans_of_a_cycle_are_covered_by_each_other() {
        let trace = trace(&[Draft::new(1, 2, 0, 100), Draft::new(2, 1, 10, 50)]);
        assert_eq!(self_times(&trace), [60, 0]);
    }
}
