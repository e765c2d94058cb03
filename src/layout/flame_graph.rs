//! The flame graph: merged spans as boxes, as wide as their share of the work, with a row a level. Which boxes stand
//! where and which is under the pointer; not their text, and not the flame chart, where x is time.
//!
//! ```text
//! all          ━━━━━━━━━━━━━━━━━━━━━━━━     row 0; the whole width, as all above the zoomed node
//! GET /orders  ━━━━━━━━━━━━━━━━━━━━━━━━     zoomed: the whole width
//! SELECT lines ━━━━━━━━━━━━━━━━ ━━━ ▌▌▌     children from the left, widest first; thin ones as runs
//! connect      ━━━━━━━                      what no child covers is the parent's own
//! ```
//!
//! A frame costs what it draws: at most 2 items a px a row in sight, and in rows above them a look at boxes of half a
//! px and more. Only finding looks at every node that a run in sight stands for.
//! [`hit_test`] reads the same input as [`scene`], so what is clicked is what is drawn.

use core::ops::Range;

use super::Rect;
pub use super::flame_order::{Order, Width, effective_width};
use crate::analysis::CallTree;
use crate::model::outline::NONE;
use crate::model::{Outline, SpanIdx};

#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub enum Direction {
    /// `all` at the top.
    #[default]
    Icicle,
    /// `all` at the bottom.
    Flame,
}

/// Narrower boxes are drawn as runs.
const THIN_BELOW_PX: f64 = 1.0;
/// Below narrower boxes nothing is drawn.
const DESCEND_FROM_PX: f64 = 0.5;
/// Wider boxes leave [`GAP_PX`] free at their right.
const GAP_ABOVE_PX: f64 = 3.0;
const GAP_PX: f64 = 1.0;

/// What a frame is made of. `tree`, `order` and `outline` are of one trace; how wide boxes are is in `order`.
pub struct Graph<'a> {
    pub tree: &'a CallTree,
    pub order: &'a Order,
    pub outline: &'a Outline,
    pub direction: Direction,
    /// Zoomed to this node: it and its ancestors span the whole width. `all` if there is no such node.
    pub root: u32,
    pub width_px: f64,
    /// Height of the view.
    pub view_px: f64,
    /// From the top of the rows, in either direction.
    pub scroll_px: f64,
    pub pitch_px: f64,
    /// By node: whether one of its spans matches; all others are dimmed.
    pub matches: Option<&'a [bool]>,
    pub selected: Option<u32>,
}

/// One node. x from the left, y from the top of the view, in CSS px. The first and last row in sight may stand out of
/// the view.
#[derive(Clone, PartialEq, Debug)]
pub struct GraphBox {
    pub node: u32,
    pub x: f64,
    pub y: f64,
    pub w: f64,
    pub h: f64,
    /// Palette slot; `None` for `all`.
    pub slot: Option<u8>,
    /// Does not match; never `all`.
    pub dim: bool,
    pub found: bool,
    /// One of its own spans has status ERROR.
    pub error: bool,
    pub selected: bool,
    /// Above the zoomed node: the whole width, whatever its share.
    pub ancestor: bool,
}

/// A run of siblings too thin to tell apart: drawn in the full colour of the widest, never selectable as one. At least
/// 1 px wide where its parent has the room.
#[derive(Clone, PartialEq, Debug)]
pub struct Thin {
    pub x: f64,
    pub y: f64,
    pub w: f64,
    pub h: f64,
    pub slot: u8,
    /// None of them matches.
    pub dim: bool,
    pub found: bool,
    pub error: bool,
    pub nodes: u32,
}

/// Row by row, from `all`; each row from the left.
#[derive(Clone, PartialEq, Debug, Default)]
pub struct GraphScene {
    pub boxes: Vec<GraphBox>,
    pub thin: Vec<Thin>,
    /// Of all rows, in sight or not.
    pub height_px: f64,
}

/// What is drawn in the view.
pub fn scene(graph: &Graph) -> GraphScene {
    let Some(frame) = Frame::of(graph) else { return GraphScene::default() };
    let rows = frame.rows_in_sight();
    let mut scene = GraphScene { height_px: frame.rows_px(), ..GraphScene::default() };
    for (row, node) in (0..).zip(breadcrumbs(graph.tree, frame.root)).take_while(|(row, _)| *row < rows.end) {
        if rows.contains(&row) {
            scene.boxes.push(frame.graph_box(node, row));
        }
    }
    let (mut level, mut below) = (vec![frame.root], Vec::new());
    for row in frame.root_row + 1..rows.end {
        for parent in level.drain(..) {
            if rows.contains(&row) {
                frame.draw_children(parent, row, &mut scene);
            }
            let children = frame.wide_children(parent, DESCEND_FROM_PX).iter().copied();
            below.extend(children.filter(|child| frame.leads_to(*child, row, rows.start)));
        }
        core::mem::swap(&mut level, &mut below);
    }
    scene
}

/// The node under the pointer, of thin ones the nearest; x and y as in [`GraphBox`].
pub fn hit_test(graph: &Graph, x_px: f64, y_px: f64) -> Option<u32> {
    let frame = Frame::of(graph)?;
    if !(0.0..graph.width_px).contains(&x_px) || !(0.0..graph.view_px).contains(&y_px) {
        return None;
    }
    let row = frame.row_at(y_px)?;
    if row <= frame.root_row {
        return breadcrumbs(graph.tree, frame.root).get(row as usize).copied();
    }
    let mut parent = frame.root;
    for _ in frame.root_row + 1..row {
        parent = frame.child_at(parent, x_px).filter(|child| frame.px(*child) >= DESCEND_FROM_PX)?;
    }
    frame.child_at(parent, x_px).or_else(|| {
        let last = frame.runs(parent).last()?;
        let nearest = frame.drawn_children(parent).get(last.which)?.last()?;
        (last.x0..last.x1).contains(&x_px).then_some(*nearest)
    })
}

/// Where a node's box is drawn, in sight or not; `None` for a node outside the zoomed subtree and the way to it.
pub fn rect_of(graph: &Graph, node: u32) -> Option<Rect> {
    let frame = Frame::of(graph).filter(|_| (node as usize) < graph.tree.len())?;
    let row = graph.order.depth(node);
    let is_shown = if row <= frame.root_row {
        breadcrumbs(graph.tree, frame.root).contains(&node)
    } else {
        breadcrumbs(graph.tree, node).contains(&frame.root)
    };
    let GraphBox { x, y, w, h, .. } = frame.graph_box(node, row);
    is_shown.then_some(Rect { x, y, w, h })
}

/// Top of the node's row, in px from the top of all rows; it may stand outside the zoomed subtree.
pub fn y_of(graph: &Graph, node: u32) -> f64 {
    Frame::of(graph).map_or(0.0, |frame| frame.y_of(graph.order.depth(node)) + graph.scroll_px)
}

/// Rows of the zoomed tree, those above the zoomed node included.
pub fn depth_of(graph: &Graph) -> u32 {
    Frame::of(graph).map_or(0, |frame| frame.row_count())
}

/// The way from `all` down to the node, both included.
pub fn breadcrumbs(tree: &CallTree, node: u32) -> Vec<u32> {
    let parent = |node: &u32| tree.parent.get(*node as usize).copied().filter(|parent| *parent != NONE);
    let known = Some(node).filter(|node| (*node as usize) < tree.len());
    let mut way: Vec<u32> = core::iter::successors(known, parent).collect();
    way.reverse();
    way
}

/// A graph of at least one node and px, with what its rows share.
struct Frame<'g, 'a> {
    graph: &'g Graph<'a>,
    root: u32,
    root_row: u32,
    /// In ns of work or in spans; not 0.
    total: f64,
}

/// Some of a node's children, all thin; `which` counts in [`Frame::drawn_children`].
struct Run {
    which: Range<usize>,
    x0: f64,
    x1: f64,
}

impl<'g, 'a> Frame<'g, 'a> {
    fn of(graph: &'g Graph<'a>) -> Option<Self> {
        if graph.tree.is_empty() || graph.width_px < 1.0 || graph.pitch_px < 1.0 {
            return None;
        }
        let root = if (graph.root as usize) < graph.tree.len() { graph.root } else { 0 };
        let total = graph.order.units(root).max(1) as f64;
        Some(Frame { graph, root, root_row: graph.order.depth(root), total })
    }

    fn row_count(&self) -> u32 {
        self.root_row + self.graph.order.rows(self.root)
    }

    fn rows_px(&self) -> f64 {
        f64::from(self.row_count()) * self.graph.pitch_px
    }

    /// A flame stands on the floor of the view when it does not fill it.
    fn floor_px(&self) -> f64 {
        self.rows_px().max(self.graph.view_px) - self.graph.scroll_px
    }

    fn y_of(&self, row: u32) -> f64 {
        match self.graph.direction {
            Direction::Icicle => f64::from(row) * self.graph.pitch_px - self.graph.scroll_px,
            Direction::Flame => self.floor_px() - f64::from(row + 1) * self.graph.pitch_px,
        }
    }

    fn row_at(&self, y_px: f64) -> Option<u32> {
        let row = match self.graph.direction {
            Direction::Icicle => ((y_px + self.graph.scroll_px) / self.graph.pitch_px).floor(),
            Direction::Flame => ((self.floor_px() - y_px) / self.graph.pitch_px).ceil() - 1.0,
        };
        (0.0..f64::from(self.row_count())).contains(&row).then_some(row as u32)
    }

    /// Rows of which more than the gap below them is in sight.
    fn rows_in_sight(&self) -> Range<u32> {
        let Graph { scroll_px, view_px, pitch_px, .. } = *self.graph;
        let (near_px, far_px) = match self.graph.direction {
            Direction::Icicle => (scroll_px, scroll_px + view_px),
            Direction::Flame => (self.floor_px() - view_px, self.floor_px()),
        };
        // Casts saturate: rows before the first read as the first.
        let rows = (near_px / pitch_px).floor() as u32..((far_px / pitch_px).ceil() as u32).min(self.row_count());
        let is_seen = |row: &u32| self.y_of(*row) < view_px && self.y_of(*row) + self.height_px() > 0.0;
        let start = rows.clone().find(is_seen).unwrap_or(rows.end);
        let end = rows.rev().find(is_seen).map_or(start, |last| last + 1);
        start..end
    }

    fn height_px(&self) -> f64 {
        self.graph.pitch_px - 1.0
    }

    /// Where a position in `all` stands when the zoomed node spans the whole width.
    fn x_of(&self, at: u64) -> f64 {
        at.saturating_sub(self.graph.order.left(self.root)) as f64 / self.total * self.graph.width_px
    }

    fn x0(&self, node: u32) -> f64 {
        self.x_of(self.graph.order.left(node))
    }

    fn x1(&self, node: u32) -> f64 {
        self.x_of(self.graph.order.right(node))
    }

    /// Its width, of its own and not as the difference of two x, so that siblings never seem to grow towards the right.
    fn px(&self, node: u32) -> f64 {
        self.graph.order.units(node) as f64 / self.total * self.graph.width_px
    }

    /// Children with any share at all: the others have no place.
    fn drawn_children(&self, parent: u32) -> &'a [u32] {
        let children = self.graph.order.children(parent);
        &children[..children.partition_point(|child| self.graph.order.units(*child) > 0)]
    }

    /// Children of at least some px: the first ones.
    fn wide_children(&self, parent: u32, from_px: f64) -> &'a [u32] {
        let children = self.drawn_children(parent);
        &children[..children.partition_point(|child| self.px(*child) >= from_px)]
    }

    /// Whether anything below `child`, which stands in `row`, reaches `first`, the first row in sight.
    fn leads_to(&self, child: u32, row: u32, first: u32) -> bool {
        let rows = self.graph.order.rows(child);
        rows > 1 && row + rows > first
    }

    fn child_at(&self, parent: u32, x_px: f64) -> Option<u32> {
        let children = self.drawn_children(parent);
        let after = children.partition_point(|child| self.x0(*child) <= x_px);
        let child = *children.get(after.checked_sub(1)?)?;
        (x_px < self.x1(child)).then_some(child)
    }

    /// The thin children, from the left, as runs of 1 to 2 px; what is left over at the end may be narrower.
    fn runs(&self, parent: u32) -> impl Iterator<Item = Run> {
        let children = self.drawn_children(parent);
        let mut next = self.wide_children(parent, THIN_BELOW_PX).len();
        core::iter::from_fn(move || {
            let thin = children.get(next..)?;
            let x0 = self.x0(*thin.first()?);
            let full = thin.partition_point(|child| self.x1(*child) < x0 + THIN_BELOW_PX);
            let len = (full + 1).min(thin.len());
            let end_px = self.x1(thin[len - 1]);
            let which = next..next + len;
            next += len;
            Some(Run { which, x0, x1: end_px.max((x0 + THIN_BELOW_PX).min(self.x1(parent))) })
        })
    }

    fn draw_children(&self, parent: u32, row: u32, scene: &mut GraphScene) {
        let wide = self.wide_children(parent, THIN_BELOW_PX);
        scene.boxes.extend(wide.iter().map(|child| self.graph_box(*child, row)));
        scene.thin.extend(self.runs(parent).map(|run| self.thin(parent, &run, row)));
    }

    fn graph_box(&self, node: u32, row: u32) -> GraphBox {
        let ancestor = row < self.root_row;
        let (x, x1) = if row <= self.root_row { (0.0, self.graph.width_px) } else { (self.x0(node), self.x1(node)) };
        let gap_px = if x1 - x > GAP_ABOVE_PX { GAP_PX } else { 0.0 };
        let found = self.is_found(node);
        GraphBox {
            node,
            x,
            y: self.y_of(row),
            w: x1 - x - gap_px,
            h: self.height_px(),
            slot: (node != 0).then(|| self.slot(node)),
            dim: self.graph.matches.is_some() && !found && node != 0,
            found,
            error: self.graph.tree.errors[node as usize] > 0,
            selected: self.graph.selected == Some(node),
            ancestor,
        }
    }

    fn thin(&self, parent: u32, run: &Run, row: u32) -> Thin {
        let nodes = &self.drawn_children(parent)[run.which.clone()];
        let found = nodes.iter().any(|node| self.is_found(*node));
        Thin {
            x: run.x0,
            y: self.y_of(row),
            w: run.x1 - run.x0,
            h: self.height_px(),
            slot: nodes.first().map_or(0, |widest| self.slot(*widest)),
            dim: self.graph.matches.is_some() && !found,
            found,
            error: self.graph.order.any_failed(parent, run.which.clone()),
            nodes: nodes.len() as u32,
        }
    }

    fn is_found(&self, node: u32) -> bool {
        self.graph.matches.is_some_and(|matches| matches.get(node as usize) == Some(&true))
    }

    fn slot(&self, node: u32) -> u8 {
        self.graph.outline.slot(SpanIdx(self.graph.tree.first_span[node as usize]))
    }
}

#[cfg(test)]
#[path = "flame_graph_test.rs"]
mod tests;
