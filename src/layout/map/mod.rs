//! Where the nodes and edges of a service map stand: in layers (Sugiyama, Tagawa, Toda 1981), callers left of whom they
//! call. Pure and deterministic: the same graph, in whatever order its edges come, is placed alike.
//! What the figures are is `analysis::service_map`'s, colours and rounded corners are the painter's.
//!
//! `cycles` turns edges until there is no cycle, `layers` puts nodes in layers, `grid` makes lanes of long edges
//! and room for labels, `order` sorts the columns so that little crosses, `align`, `relax` and `straighten`
//! find their y, `ports` where edges meet nodes, `tracks` where they turn, and `route` draws them. `steps` cuts all
//! of it into slices.

mod adjacent;
mod align;
mod cycles;
mod grid;
mod isotonic;
mod layers;
pub mod nearby;
mod order;
mod ports;
mod relax;
mod route;
mod steps;
mod straighten;
mod tracks;

use core::cmp::Reverse;
use core::pin::Pin;
use core::task::{Context, Poll, Waker};
use std::rc::Rc;

use serde::{Deserialize, Serialize};

use grid::Line;
use steps::Steps;

pub use steps::SLICE;

use crate::base::sort;

/// A point in px from the placement's top left corner.
#[derive(Clone, Copy, PartialEq, Debug, Default, Serialize, Deserialize)]
pub struct Point {
    pub x_px: f32,
    pub y_px: f32,
}

#[derive(Clone, Copy, PartialEq, Debug)]
pub struct NodeIn {
    pub width_px: f32,
    pub height_px: f32,
}

#[derive(Clone, Copy, PartialEq, Debug)]
pub struct EdgeIn {
    pub from: u32,
    pub to: u32,
    /// Room its label takes where it stands alone; 0 for none.
    pub label_width_px: f32,
    /// Of the line.
    pub width_px: f32,
    /// Of a cycle the lightest edge goes backward.
    pub weight: u64,
}

#[derive(Clone, Copy, PartialEq, Debug)]
pub struct Gaps {
    /// Between nodes of a layer.
    pub node_px: f32,
    /// Least between layers; grows by tracks and labels.
    pub layer_px: f32,
    /// Between lines that run side by side.
    pub track_px: f32,
}

/// A label's height: two lines of 12 px, the edge's own line between them.
pub const LABEL_HEIGHT_PX: f32 = 26.0;

/// The heaviest so many edges have labels; a map of more is read by its nodes first, and each label widens it.
pub const MAX_LABELS: usize = 1_500;

/// A longer side of a node, label or gap is taken for this.
const MAX_PX: f32 = 10_000.0;

#[derive(Clone, PartialEq, Debug, Default, Serialize, Deserialize)]
pub struct Placement {
    pub width_px: f32,
    pub height_px: f32,
    /// By node: its top left corner.
    pub nodes: Vec<Point>,
    /// By edge.
    pub edges: Vec<Route>,
    /// Pairs of edges that cross between two columns. Those of one source do not: they share a trunk.
    pub crossings: u32,
}

#[derive(Clone, PartialEq, Debug, Default, Serialize, Deserialize)]
pub struct Route {
    /// An orthogonal line from the source's right side to the target's left side; a loop's ends at the upper side. The
    /// painter rounds corners. Calls of one source share a port and a trunk; elsewhere no edge lies on another. Empty
    /// when the edge names no node.
    pub points: Vec<Point>,
    /// Where the label stands: from here [`EdgeIn::label_width_px`] to the right, and 13 px up and down. The edge runs
    /// along the middle, and nothing else there: next to its target, of a backward edge next to its source, of a loop
    /// above its node, left of its line.
    pub label: Option<Point>,
    /// It goes against the layers, below the nodes at its ends.
    pub backward: bool,
    pub is_loop: bool,
}

/// Places a map at once, as [`PlaceBuild`] does in slices.
pub fn place(nodes: &[NodeIn], edges: &[EdgeIn], gaps: &Gaps) -> Placement {
    PlaceBuild::new(nodes.to_vec(), edges.to_vec(), *gaps).finish()
}

/// A placement under way. It goes on in [`PlaceBuild::step`] and nowhere else: who drops it has cancelled it.
pub struct PlaceBuild {
    work: Pin<Box<dyn Future<Output = Placement>>>,
    steps: Rc<Steps>,
    placed: Option<Placement>,
}

impl PlaceBuild {
    pub fn new(nodes: Vec<NodeIn>, edges: Vec<EdgeIn>, gaps: Gaps) -> Self {
        let steps = Rc::new(Steps::default());
        let counted = steps.clone();
        let work = Box::pin(async move { placed(&nodes, &edges, &gaps, &counted).await });
        PlaceBuild { work, steps, placed: None }
    }

    /// Works for about [`SLICE`] steps; false when all is placed.
    pub fn step(&mut self) -> bool {
        if self.placed.is_none()
            && let Poll::Ready(placed) = self.work.as_mut().poll(&mut Context::from_waker(Waker::noop()))
        {
            self.placed = Some(placed);
        }
        self.placed.is_none()
    }

    /// Steps taken so far.
    pub fn steps(&self) -> u64 {
        self.steps.taken()
    }

    /// The placement; what is left of the work is done at once.
    pub fn finish(mut self) -> Placement {
        while self.step() {}
        self.placed.unwrap_or_default()
    }
}

/// How many lanes the edges take: stretches from layer to layer, which is what placing them costs.
pub fn lanes(nodes: usize, edges: &[(u32, u32, u64)]) -> u64 {
    let is_known = |(from, to, _): &&(u32, u32, u64)| (*from as usize) < nodes && (*to as usize) < nodes;
    let known: Vec<(u32, u32, u64)> = edges.iter().filter(is_known).copied().collect();
    let ordered = route::without_cycles(nodes, &known).0;
    let layer = layers::layers(nodes, &ordered);
    let of = |node: u32| layer.get(node as usize).copied().unwrap_or_default();
    ordered.iter().map(|(from, to)| u64::from(of(*to).abs_diff(of(*from)))).sum()
}

/// Nodes of a layer are in one column, unconnected parts one below the other, the largest first. Steps are bounded
/// (see `order`): 5,000 edges are placed with more crossings rather than late.
async fn placed(nodes: &[NodeIn], edges: &[EdgeIn], gaps: &Gaps, steps: &Steps) -> Placement {
    let nodes: Vec<NodeIn> =
        nodes.iter().map(|node| NodeIn { width_px: sane(node.width_px), height_px: sane(node.height_px) }).collect();
    let gaps =
        Gaps { node_px: sane(gaps.node_px), layer_px: sane(gaps.layer_px), track_px: sane(gaps.track_px).max(1.0) };
    let mut placement = Placement {
        nodes: vec![Point::default(); nodes.len()],
        edges: vec![Route::default(); edges.len()],
        ..Placement::default()
    };
    for part in parts(nodes.len(), edges) {
        let lines = part.lines(edges);
        let own: Vec<NodeIn> = part.nodes.iter().map(|node| nodes[*node as usize]).collect();
        let drawn = route::draw(&own, &lines, &gaps, steps).await;
        let top_px = if placement.height_px > 0.0 { placement.height_px + 2.0 * gaps.node_px } else { 0.0 };
        let down = |point: Point| Point { y_px: point.y_px + top_px, ..point };
        for (node, corner) in part.nodes.iter().zip(drawn.nodes) {
            placement.nodes[*node as usize] = down(corner);
        }
        for ((edge, _), route) in part.edges.iter().zip(drawn.routes) {
            let points = route.points.into_iter().map(down).collect();
            placement.edges[*edge as usize] = Route { points, label: route.label.map(down), ..route };
        }
        placement.width_px = placement.width_px.max(drawn.width_px);
        placement.height_px = top_px + drawn.height_px;
        placement.crossings = placement.crossings.saturating_add(u32::try_from(drawn.crossings).unwrap_or(u32::MAX));
    }
    placement
}

fn sane(px: f32) -> f32 {
    if px.is_finite() { px.clamp(0.0, MAX_PX) } else { 0.0 }
}

/// Nodes that edges connect, and those edges with whether each has a label; both ascending, edges by what they are
/// and not by where they came.
struct Part {
    nodes: Vec<u32>,
    edges: Vec<(u32, bool)>,
}

impl Part {
    /// Its edges with ends numbered within the part.
    fn lines(&self, edges: &[EdgeIn]) -> Vec<Line> {
        let local = |node: u32| self.nodes.partition_point(|other| *other < node) as u32;
        let line = |(edge, has_label): &(u32, bool)| {
            let edge = &edges[*edge as usize];
            let label_px = if *has_label { sane(edge.label_width_px) } else { 0.0 };
            let (from, to) = (local(edge.from), local(edge.to));
            Line { from, to, width_px: sane(edge.width_px), label_px, weight: edge.weight }
        };
        self.edges.iter().map(line).collect()
    }
}

/// The connected parts: most nodes first, then most edges, then the least node.
fn parts(nodes: usize, edges: &[EdgeIn]) -> Vec<Part> {
    let is_known = |edge: &EdgeIn| (edge.from as usize) < nodes && (edge.to as usize) < nodes;
    let mut sorted: Vec<u32> = (0..edges.len() as u32).filter(|edge| is_known(&edges[*edge as usize])).collect();
    sort::by_key(&mut sorted, |at| {
        let edge = &edges[*at as usize];
        (edge.from, edge.to, edge.weight, sane(edge.label_width_px).to_bits(), sane(edge.width_px).to_bits())
    });
    let mut heaviest = sorted.clone();
    sort::by_key(&mut heaviest, |at| Reverse(edges[*at as usize].weight));
    let mut has_label = vec![false; edges.len()];
    heaviest.iter().take(MAX_LABELS).for_each(|at| has_label[*at as usize] = true);

    let mut above: Vec<u32> = (0..nodes as u32).collect();
    for at in &sorted {
        let (a, b) = (top(&mut above, edges[*at as usize].from), top(&mut above, edges[*at as usize].to));
        above[a.max(b) as usize] = a.min(b);
    }
    let mut part_of = vec![usize::MAX; nodes];
    let mut parts: Vec<Part> = Vec::new();
    for node in 0..nodes as u32 {
        // A part's top is its least node, so it is met first.
        let first = top(&mut above, node) as usize;
        if part_of[first] == usize::MAX {
            part_of[first] = parts.len();
            parts.push(Part { nodes: Vec::new(), edges: Vec::new() });
        }
        part_of[node as usize] = part_of[first];
        parts[part_of[first]].nodes.push(node);
    }
    for at in sorted {
        parts[part_of[edges[at as usize].from as usize]].edges.push((at, has_label[at as usize]));
    }
    sort::by_key(&mut parts, |part| (Reverse(part.nodes.len()), Reverse(part.edges.len())));
    parts
}

/// The top of the tree that `node` is in; halves the way on the way.
fn top(above: &mut [u32], mut node: u32) -> u32 {
    while above[node as usize] != node {
        above[node as usize] = above[above[node as usize] as usize];
        node = above[node as usize];
    }
    node
}

#[cfg(test)]
#[path = "place_test.rs"]
mod tests;
