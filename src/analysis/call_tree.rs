//! The call tree: spans merged by their chain of (service, operation) from the top, as a profiler merges stacks. The
//! operation is what rows show, its label. Not when anything ran, and not where a box stands: that is `layout`.
//!
//! ```text
//! spans                          nodes              spans  work  wall
//! GET /orders   ▬▬▬▬▬▬▬▬▬▬       all                    0    12    10
//!   SELECT lines  ▬▬▬              GET /orders          1    12    10
//!   SELECT lines      ▬▬▬▬           SELECT lines       2     9     7
//!     connect         ▬▬               connect          2     4     2
//!     connect         ▬▬
//! ```
//!
//! Calls in parallel add up in work, so `all` may hold more than the trace lasted.

use rustc_hash::FxHashMap;

use super::derived::Derived;
use super::scope::Scope;
use crate::base::Sym;
use crate::model::outline::{Column, NONE, u32s, u64s};
use crate::model::{SpanIdx, Trace};

/// Struct of arrays; node 0 is `all`, which no span is merged into. Depth first: parents before children, a subtree is
/// a range. Children stand in the order in which their first spans do.
#[derive(Clone, PartialEq, Debug, Default)]
pub struct CallTree {
    /// [`NONE`] for node 0.
    pub parent: Vec<u32>,
    /// Nodes in it, itself included.
    pub subtree: Vec<u32>,
    /// A span of it that is not folded, for its names and colour; [`NONE`] for node 0.
    pub first_span: Vec<u32>,
    /// Spans merged into it.
    pub spans: Vec<u32>,
    /// Of those with status ERROR.
    pub errors: Vec<u32>,
    /// Spans of it and below it.
    pub subtree_spans: Vec<u32>,
    /// Sum of its spans' self times.
    pub self_ns: Vec<u64>,
    /// Sum of self times of it and below it.
    pub work_ns: Vec<u64>,
    /// How long any of its spans ran: the union of their intervals; for node 0 that of all spans in scope.
    pub wall_ns: Vec<u64>,
    /// Its spans' own time on the critical path.
    pub critical_ns: Vec<u64>,
    /// By span: its node; [`NONE`] out of scope.
    pub node_of: Vec<u32>,
}

/// The call tree of the spans in scope. O(n log n), for the union of intervals.
///
/// What a span out of scope called hangs from the nearest ancestor in scope. `folded` are positions of spans without a
/// node of their own, ascending: such a span counts in the node of the first one below it that has one, while each has
/// a single child. One for which there is none (it branches, or has no child) keeps its node. So folding changes
/// nodes, never the sums of node 0.
pub fn call_tree(trace: &Trace, derived: &Derived, scope: &Scope, folded: &[u32]) -> CallTree {
    let holders = holders(trace, scope, folded);
    let mut tree = merged(trace, derived, scope, &holders);
    tree.number_depth_first();
    tree.add_spans(trace, derived);
    tree.add_up();
    tree.add_wall(trace);
    tree
}

/// Of the spans that pass through, ascending, those whose whole frame does: all spans merged with them pass through too.
/// A frame of which only some were folded would stand twice, once whole and once without its upper half.
pub fn whole_frames(trace: &Trace, derived: &Derived, scope: &Scope, passing: &[u32]) -> Vec<u32> {
    if passing.is_empty() {
        return Vec::new();
    }
    let plain = merged(trace, derived, scope, &holders(trace, scope, &[]));
    let node = |span: u32| plain.node_of.get(span as usize).copied().filter(|node| *node != NONE);
    let mut left = vec![0u32; plain.len()];
    plain.node_of.iter().filter(|node| **node != NONE).for_each(|node| left[*node as usize] += 1);
    for node in passing.iter().filter_map(|span| node(*span)) {
        left[node as usize] = left[node as usize].saturating_sub(1);
    }
    passing.iter().copied().filter(|span| node(*span).is_some_and(|node| left[node as usize] == 0)).collect()
}

/// By span in the focused range: the span in whose node it counts, itself unless it is folded. A hidden span tells what
/// a folded one above it would find, or [`NONE`].
fn holders(trace: &Trace, scope: &Scope, folded: &[u32]) -> Vec<u32> {
    let hidden = scope.hidden(trace);
    let mut holders = vec![NONE; trace.len()];
    for at in scope.range(trace).rev() {
        let span = SpanIdx(at);
        let len = trace.subtree_len(span);
        let only_child = len > 1 && trace.subtree_len(SpanIdx(at + 1)) == len - 1;
        let below = if only_child { holders[span.index() + 1] } else { NONE };
        let is_hidden = hidden[trace.service(span) as usize];
        let is_folded = below != NONE && folded.binary_search(&at).is_ok();
        holders[span.index()] = if is_hidden || is_folded { below } else { at };
    }
    holders
}

/// Nodes in order of their first spans, without sums; every span in scope has its node.
fn merged(trace: &Trace, derived: &Derived, scope: &Scope, holders: &[u32]) -> CallTree {
    let mut tree = CallTree {
        parent: vec![NONE],
        first_span: vec![NONE],
        node_of: vec![NONE; trace.len()],
        ..CallTree::default()
    };
    let hidden = scope.hidden(trace);
    let mut known: FxHashMap<(u32, u32, Sym), u32> = FxHashMap::default();
    // By span: the node from which its children hang. Spans above the focus are never asked: 0.
    let mut hangs_from = vec![0u32; trace.len()];
    for span in scope.range(trace).map(SpanIdx) {
        let above = trace.parent(span).map_or(0, |parent| hangs_from[parent.index()]);
        hangs_from[span.index()] = above;
        if hidden[trace.service(span) as usize] || holders[span.index()] != span.0 {
            continue;
        }
        let chain = (above, trace.service(span), derived.labels.label[span.index()]);
        let node = *known.entry(chain).or_insert_with(|| {
            tree.parent.push(above);
            tree.first_span.push(span.0);
            tree.parent.len() as u32 - 1
        });
        hangs_from[span.index()] = node;
        tree.node_of[span.index()] = node;
    }
    for span in scope.spans(trace) {
        tree.node_of[span.index()] = tree.node_of[holders[span.index()] as usize];
    }
    tree
}

impl CallTree {
    /// Nodes, `all` included.
    pub fn len(&self) -> usize {
        self.parent.len()
    }

    pub fn is_empty(&self) -> bool {
        self.parent.is_empty()
    }

    /// From parents before children to depth first; siblings keep their order. Fills `subtree`.
    fn number_depth_first(&mut self) {
        let mut subtree = vec![1u32; self.len()];
        for node in (1..self.len()).rev() {
            subtree[self.parent[node] as usize] += subtree[node];
        }
        let mut number = vec![0u32; self.len()];
        // By old number: the new number of its next child.
        let mut next_child = vec![1u32; self.len()];
        for node in 1..self.len() {
            let parent = self.parent[node] as usize;
            number[node] = next_child[parent];
            next_child[parent] += subtree[node];
            next_child[node] = number[node] + 1;
        }
        let old_parent = core::mem::replace(&mut self.parent, vec![NONE; number.len()]);
        let old_first = core::mem::replace(&mut self.first_span, vec![NONE; number.len()]);
        self.subtree = subtree.clone();
        for old in 1..number.len() {
            let new = number[old] as usize;
            self.parent[new] = number[old_parent[old] as usize];
            self.first_span[new] = old_first[old];
            self.subtree[new] = subtree[old];
        }
        for node in self.node_of.iter_mut().filter(|node| **node != NONE) {
            *node = number[*node as usize];
        }
    }

    /// What the spans of each node come to.
    fn add_spans(&mut self, trace: &Trace, derived: &Derived) {
        self.spans = vec![0; self.len()];
        self.errors = vec![0; self.len()];
        self.self_ns = vec![0; self.len()];
        self.critical_ns = vec![0; self.len()];
        for span in trace.spans() {
            let Some(node) = self.node(span) else { continue };
            self.spans[node] += 1;
            self.errors[node] += u32::from(trace.is_error(span));
            self.self_ns[node] = self.self_ns[node].saturating_add(derived.self_ns[span.index()]);
        }
        for (span, own_ns) in derived.critical_path.iter().flat_map(|path| path.own_ns()) {
            if let Some(node) = self.node(span) {
                self.critical_ns[node] += own_ns;
            }
        }
    }

    /// Sums over subtrees, from the leaves up.
    fn add_up(&mut self) {
        self.subtree_spans = self.spans.clone();
        self.work_ns = self.self_ns.clone();
        for node in (1..self.len()).rev() {
            let parent = self.parent[node] as usize;
            self.subtree_spans[parent] += self.subtree_spans[node];
            self.work_ns[parent] = self.work_ns[parent].saturating_add(self.work_ns[node]);
        }
    }

    /// Unions of intervals: with the spans in order of start, one pass merges those of every node as they come.
    fn add_wall(&mut self, trace: &Trace) {
        let mut by_start: Vec<SpanIdx> = trace.spans().filter(|span| self.node(*span).is_some()).collect();
        by_start.sort_unstable_by_key(|span| trace.start_ns(*span));
        self.wall_ns = vec![0; self.len()];
        let mut reached_ns = vec![0u64; self.len()];
        for span in by_start {
            for node in [Some(0), self.node(span)].into_iter().flatten() {
                let start_ns = trace.start_ns(span).max(reached_ns[node]);
                let end_ns = trace.end_ns(span).max(start_ns);
                self.wall_ns[node] += end_ns - start_ns;
                reached_ns[node] = end_ns;
            }
        }
    }

    /// A span's node; `None` out of scope.
    fn node(&self, span: SpanIdx) -> Option<usize> {
        self.node_of.get(span.index()).filter(|node| **node != NONE).map(|node| *node as usize)
    }

    /// Takes the columns out to be sent, in the order in which [`CallTree::from_columns`] expects them.
    pub fn into_columns(self) -> Vec<Column> {
        use Column::*;
        vec![
            U32(self.parent),
            U32(self.subtree),
            U32(self.first_span),
            U32(self.spans),
            U32(self.errors),
            U32(self.subtree_spans),
            U32(self.node_of),
            U64(self.self_ns),
            U64(self.work_ns),
            U64(self.wall_ns),
            U64(self.critical_ns),
        ]
    }

    /// Puts a tree together again; `None` when a column is missing, of another type or of another length.
    pub fn from_columns(columns: Vec<Column>) -> Option<CallTree> {
        let mut columns = columns.into_iter();
        let mut tree = CallTree::default();
        for slot in [
            &mut tree.parent,
            &mut tree.subtree,
            &mut tree.first_span,
            &mut tree.spans,
            &mut tree.errors,
            &mut tree.subtree_spans,
            &mut tree.node_of,
        ] {
            *slot = u32s(columns.next())?;
        }
        for slot in [&mut tree.self_ns, &mut tree.work_ns, &mut tree.wall_ns, &mut tree.critical_ns] {
            *slot = u64s(columns.next())?;
        }
        tree.is_even().then_some(tree)
    }

    /// Whether all columns by node have one length.
    fn is_even(&self) -> bool {
        [&self.subtree, &self.first_span, &self.spans, &self.errors, &self.subtree_spans]
            .into_iter()
            .all(|column| column.len() == self.len())
            && [&self.self_ns, &self.work_ns, &self.wall_ns, &self.critical_ns]
                .into_iter()
                .all(|column| column.len() == self.len())
    }
}

#[cfg(test)]
#[path = "call_tree_test.rs"]
mod tests;
