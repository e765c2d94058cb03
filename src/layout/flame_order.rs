//! In which order the boxes of a flame graph stand and how wide each is, in whole ns or spans. Made once a call tree
//! and width; where that comes to lie on the screen is [`super::flame_graph`].

use core::cmp::Reverse;

use crate::analysis::CallTree;
use crate::model::{Outline, SpanIdx};

/// What a box's width stands for.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub enum Width {
    /// Self time of it and below it: `work_ns`.
    #[default]
    Time,
    /// Spans of it and below it: `subtree_spans`.
    Count,
}

/// The width that is drawn: a tree without any self time is drawn by count, for by time none of its boxes would show.
pub fn effective_width(tree: &CallTree, width: Width) -> Width {
    match tree.work_ns.first() {
        Some(0) | None => Width::Count,
        Some(_) => width,
    }
}

/// Children in the order in which they are drawn: widest first (left-heavy, as speedscope has it), ties by service and
/// operation. And with it what each box covers of `all`: as integers, so that neither depth nor zoom gathers errors of
/// rounding.
///
/// ```text
/// all         |0                  12|
/// GET           |0                12|   children from the left, its own 3 at the right
/// SELECT          |0         9|
/// ```
#[derive(Clone, PartialEq, Debug, Default)]
pub struct Order {
    width: Width,
    /// Where each node's children begin in `children`; one more entry than nodes.
    starts: Vec<u32>,
    children: Vec<u32>,
    /// Of `children`, how many before each have errors; one more entry.
    failed_before: Vec<u32>,
    /// By node: what it covers of node 0, in units of `width`.
    left: Vec<u64>,
    right: Vec<u64>,
    /// By node: rows above it.
    depth: Vec<u32>,
    /// By node: rows of its subtree, its own included.
    rows: Vec<u32>,
}

impl Order {
    /// O(n log n).
    pub fn new(tree: &CallTree, outline: &Outline, width: Width) -> Order {
        let width = effective_width(tree, width);
        let mut order = Order { width, ..Order::default() };
        let width_of = |node: u32| match width {
            Width::Time => tree.work_ns[node as usize],
            Width::Count => u64::from(tree.subtree_spans[node as usize]),
        };
        let words = |node: u32| {
            let span = SpanIdx(tree.first_span[node as usize]);
            (outline.service_name(span), outline.label(span))
        };
        for node in 0..tree.len() as u32 {
            let begin = order.children.len();
            order.starts.push(begin as u32);
            let end = node + tree.subtree[node as usize];
            let mut child = node + 1;
            while child < end {
                order.children.push(child);
                child += tree.subtree[child as usize];
            }
            order.children[begin..].sort_unstable_by(|a, b| {
                Reverse(width_of(*a)).cmp(&Reverse(width_of(*b))).then_with(|| (words(*a), a).cmp(&(words(*b), b)))
            });
        }
        order.starts.push(order.children.len() as u32);
        order.place(tree, width_of);
        order.count_failed(tree);
        order
    }

    fn place(&mut self, tree: &CallTree, width_of: impl Fn(u32) -> u64) {
        let nodes = tree.len();
        self.left = vec![0; nodes];
        self.right = vec![0; nodes];
        self.depth = vec![0; nodes];
        self.rows = vec![1; nodes];
        if let Some(all) = self.right.first_mut() {
            *all = width_of(0);
        }
        for node in 0..nodes {
            let mut reached = self.left[node];
            for at in self.starts[node]..self.starts[node + 1] {
                let child = self.children[at as usize];
                self.left[child as usize] = reached;
                // Sums of work stop at the end of u64; within that no child may leave its parent.
                reached = reached.saturating_add(width_of(child)).min(self.right[node]);
                self.right[child as usize] = reached;
                self.depth[child as usize] = self.depth[node] + 1;
            }
        }
        for node in (1..nodes).rev() {
            let parent = tree.parent[node] as usize;
            self.rows[parent] = self.rows[parent].max(self.rows[node] + 1);
        }
    }

    fn count_failed(&mut self, tree: &CallTree) {
        let mut failed = 0;
        self.failed_before.push(0);
        for child in &self.children {
            failed += u32::from(tree.errors[*child as usize] > 0);
            self.failed_before.push(failed);
        }
    }

    /// The width it was made for; see [`effective_width`].
    pub fn width(&self) -> Width {
        self.width
    }

    /// As they are drawn, from the left; none of a node that is not in the tree.
    pub fn children(&self, node: u32) -> &[u32] {
        self.children.get(self.range(node)).unwrap_or_default()
    }

    fn range(&self, node: u32) -> core::ops::Range<usize> {
        match self.starts.get(node as usize..).unwrap_or_default() {
            [begin, end, ..] => *begin as usize..*end as usize,
            _ => 0..0,
        }
    }

    /// Whether any of some children of `node` has errors; `which` counts in [`Order::children`].
    pub(super) fn any_failed(&self, node: u32, which: core::ops::Range<usize>) -> bool {
        let begin = self.range(node).start;
        self.failed_before[begin + which.start] < self.failed_before[begin + which.end]
    }

    /// What the node covers of `all`, in ns of work or in spans.
    pub(super) fn left(&self, node: u32) -> u64 {
        self.left[node as usize]
    }

    pub(super) fn right(&self, node: u32) -> u64 {
        self.right[node as usize]
    }

    pub(super) fn units(&self, node: u32) -> u64 {
        self.right(node) - self.left(node)
    }

    /// Rows above the node; 0 for `all`.
    pub fn depth(&self, node: u32) -> u32 {
        self.depth[node as usize]
    }

    /// Rows of the node's subtree, its own included.
    pub(super) fn rows(&self, node: u32) -> u32 {
        self.rows[node as usize]
    }
}
