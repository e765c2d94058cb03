//! The critical path: which spans the main root waited for, and when.
//!
//! The last-finishing-child walk, with clamping, as `tests/fixtures/tempo/INDEX.md` defines it: "from the longest root (ties: earlier
//! start), walking back from its end with a point reached. Each child is clamped to its parent's clamped interval; the child with the
//! latest clamped end that is not after the point comes next (ties: later start, then smaller span id); one that ends after the point is
//! skipped, not shortened, unless it only seems to overlap: if the point is the start of a sibling, and the child ends less than the
//! resolution of that sibling's starts after it, the child is taken as ending at the point" (see [`StartResolution`]; "a sibling whose
//! start was clamped gives no slack"). "A CONSUMER child of a PRODUCER is not descended into. What lies between is the span's own."
//!
//! Nearest to it are CRISP (Zhang et al., USENIX ATC 2022) and Jaeger UI's; `docs/findings.md` says how they differ. Cases drawn by hand
//! are in `critical_path_test`.
//!
//! ```text
//! root     ▬▬━━━━━━▬▬━━━━▬      ▬ own time on the path
//! child      ▬▬▬▬▬▬  |
//! child        ----- |          ends after the point reached by its sibling's start: skipped
//! child              ▬▬▬▬
//! ```

use core::cmp::Reverse;

use super::resolution::StartResolution;
use crate::model::{Kind, SpanIdx, Trace};

/// A stretch of a span's own time on the path, in ns from the trace's start.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub struct Piece {
    pub span: SpanIdx,
    pub start_ns: u64,
    pub end_ns: u64,
}

/// The path. Lengths of all pieces sum to the root's duration.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct CriticalPath {
    pub root: SpanIdx,
    /// By span, then start. A span on the path without own time has one piece of no length.
    pub pieces: Vec<Piece>,
}

impl CriticalPath {
    /// Each span on the path once, in depth-first order, with its own ns there.
    pub fn own_ns(&self) -> impl Iterator<Item = (SpanIdx, u64)> + '_ {
        self.pieces.chunk_by(|a, b| a.span == b.span).filter_map(|pieces| {
            let own = pieces.iter().map(|piece| piece.end_ns - piece.start_ns).sum();
            Some((pieces.first()?.span, own))
        })
    }

    /// One span's own ns on the path; `None` when it is not on it.
    pub fn own_ns_of(&self, span: SpanIdx) -> Option<u64> {
        let begin = self.pieces.partition_point(|piece| piece.span < span);
        let pieces = self.pieces[begin..].iter().take_while(|piece| piece.span == span);
        pieces.map(|piece| piece.end_ns - piece.start_ns).reduce(|sum, own| sum + own)
    }
}

/// The critical path; `None` without a root. O(n log n): every span is visited at most once and its children sorted.
pub fn critical_path(trace: &Trace, resolution: &StartResolution) -> Option<CriticalPath> {
    let root = trace.main_root()?;
    let mut pieces = Vec::new();
    let mut visits = vec![(root, trace.start_ns(root), trace.end_ns(root))];
    let mut last_first = Vec::new();
    while let Some((span, start_ns, end_ns)) = visits.pop() {
        children_last_first(trace, span, end_ns, &mut last_first);
        let before = pieces.len();
        // An end that is later than the point by less than `slack_ns` may be no later.
        let (mut reached, mut slack_ns) = (end_ns, 0);
        for child in &last_first {
            let recorded_start = trace.start_ns(*child);
            let child_start = recorded_start.max(start_ns);
            let mut child_end = trace.end_ns(*child).min(end_ns);
            if child_end.saturating_sub(reached) < slack_ns {
                child_end = child_end.min(reached);
            }
            if child_end > reached || child_end <= child_start {
                continue;
            }
            own(&mut pieces, span, child_end, reached);
            visits.push((*child, child_start, child_end));
            reached = child_start;
            slack_ns = if recorded_start >= start_ns { resolution.ns(trace, *child) } else { 0 };
        }
        own(&mut pieces, span, start_ns, reached);
        if pieces.len() == before {
            pieces.push(Piece { span, start_ns, end_ns: start_ns });
        }
    }
    pieces.sort_unstable();
    Some(CriticalPath { root, pieces })
}

/// The children that `span` could have waited for, by end clamped to `end_ns` (latest first), then start (latest
/// first), then span id.
fn children_last_first(trace: &Trace, span: SpanIdx, end_ns: u64, into: &mut Vec<SpanIdx>) {
    let sends = trace.kind(span) == Kind::Producer;
    into.clear();
    into.extend(
        trace
            .children(span)
            .filter(|child| trace.start_ns(*child) < end_ns && !(sends && trace.kind(*child) == Kind::Consumer)),
    );
    into.sort_unstable_by_key(|child| {
        (Reverse(trace.end_ns(*child).min(end_ns)), Reverse(trace.start_ns(*child)), trace.span_id(*child))
    });
}

fn own(pieces: &mut Vec<Piece>, span: SpanIdx, start_ns: u64, end_ns: u64) {
    if end_ns > start_ns {
        pieces.push(Piece { span, start_ns, end_ns });
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::analysis::sample::{Draft, trace};

    fn own_by_id(drafts: &[Draft]) -> Vec<(u64, u64)> {
        let trace = trace(drafts);
        let path = critical_path(&trace, &StartResolution::of(&trace)).unwrap();
        let total: u64 = path.own_ns().map(|(_, own)| own).sum();
        assert_eq!(total, trace.duration_of(path.root));
        let mut own: Vec<(u64, u64)> = path.own_ns().map(|(span, own)| (trace.span_id(span).0, own)).collect();
        own.sort_unstable();
        own
    }

    #[test]
    fn the_last_finishing_child_comes_first_and_an_overlapping_one_is_skipped() {
        let drafts =
            [Draft::new(1, 0, 0, 100), Draft::new(2, 1, 10, 40), Draft::new(3, 1, 20, 70), Draft::new(4, 1, 60, 90)];
        assert_eq!(own_by_id(&drafts), [(1, 40), (2, 30), (4, 30)]);
    }

    #[test]
    fn child_outliving_parent_is_clamped() {
        let drafts = [Draft::new(1, 0, 0, 100), Draft::new(2, 1, 60, 500), Draft::new(3, 2, 90, 600)];
        assert_eq!(own_by_id(&drafts), [(1, 60), (2, 30), (3, 10)]);
    }

    #[test]
    fn a_child_as_long_as_its_parent_leaves_it_listed_with_nothing() {
        assert_eq!(own_by_id(&[Draft::new(1, 0, 0, 100), Draft::new(2, 1, 0, 100)]), [(1, 0), (2, 100)]);
    }

    #[test]
    fn equal_ends_go_by_later_start_then_smaller_id() {
        let drafts =
            [Draft::new(1, 0, 0, 100), Draft::new(4, 1, 50, 100), Draft::new(3, 1, 50, 100), Draft::new(2, 1, 10, 100)];
        assert_eq!(own_by_id(&drafts), [(1, 50), (3, 50)]);
    }

    #[test]
    fn a_consumer_below_its_producer_is_not_waited_for() {
        let drafts = [
            Draft::new(1, 0, 0, 100),
            Draft::new(2, 1, 0, 80).kind(Kind::Producer),
            Draft::new(3, 2, 10, 70).kind(Kind::Consumer),
        ];
        assert_eq!(own_by_id(&drafts), [(1, 20), (2, 80)]);
    }

    #[test]
    fn without_a_root_there_is_no_path() {
        let trace = trace(&[Draft::new(2, 9, 0, 10)]);
        assert_eq!(critical_path(&trace, &StartResolution::of(&trace)), None);
    }

    #[test]
    fn a_chain_100000_deep_is_walked_without_recursion() {
        let drafts: Vec<Draft> = (1..=100_000).map(|id| Draft::new(id, id - 1, 0, 1_000_000 - id)).collect();
        assert_eq!(own_by_id(&drafts).len(), 100_000);
    }

    #[test]
    fn siblings_by_the_hundred_thousand_are_sorted_once() {
        let mut drafts = vec![Draft::new(1, 0, 0, 400_000)];
        drafts.extend((0..200_000).map(|n| Draft::new(n + 2, 1, 2 * n, 2 * n + 1)));
        assert_eq!(own_by_id(&drafts).first(), Some(&(1, 200_000)));
    }
}
