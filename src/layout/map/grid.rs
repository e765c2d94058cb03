//! The layered graph in columns: node columns, and between two of them one for labels. An edge is a chain of pieces from
//! each column to the next; where it only passes it has a lane, and where its label stands a lane as high as that.
//!
//! ```text
//! column  0 nodes      1 labels     2 nodes      3 labels      4 nodes
//!         ┌────────┐                ┌────────┐                 ┌────────┐
//!         │ a      │──── 3 calls ───│ b      │──── 1 call ─────│ c      │     a → b, b → c
//!         └────────┘──┐             └────────┘             ┌───└────────┘
//!                     └──  lane  ─────  lane  ── 2 calls ──┘                  a → c: label next to its target
//! ```
//!
//! A backward edge c → a is the chain from a to c. At both ends it runs in a lane of its own below the node, which
//! belongs to the node; there it turns. Its label is next to c, its source.

use core::ops::Range;

use super::adjacent::Adjacent;
use super::{Gaps, LABEL_HEIGHT_PX, NodeIn};

use crate::base::sort;

/// An edge of one component, numbered within it.
#[derive(Clone, Copy)]
pub(super) struct Line {
    pub from: u32,
    pub to: u32,
    pub width_px: f32,
    /// 0 without a label.
    pub label_px: f32,
    pub weight: u64,
}

impl Line {
    pub fn is_loop(&self) -> bool {
        self.from == self.to
    }
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Role {
    Node(u32),
    /// Of the edge.
    Label(u32),
    Lane(u32),
}

/// What stands in a column. Its y is that of its anchor: a node's middle, a lane's line.
pub(super) struct Vertex {
    pub role: Role,
    pub column: u32,
    /// How far it reaches above and below its anchor. Whole px, so that straight stays straight.
    pub up_px: i32,
    pub down_px: i32,
}

/// A stretch of an edge between two neighbouring columns.
#[derive(Clone, Copy)]
pub(super) struct Piece {
    pub left: u32,
    pub right: u32,
    pub edge: u32,
    /// It meets a node in the lane below it rather than in its middle.
    pub below_left: bool,
    pub below_right: bool,
}

pub(super) struct Grid {
    /// The vertex of each node comes first: vertex n is node n.
    pub vertices: Vec<Vertex>,
    pub pieces: Vec<Piece>,
    /// By edge: its pieces, left to right; none of a loop.
    pub chains: Vec<Range<u32>>,
    pub backward: Vec<bool>,
    /// By column: its vertices, top to bottom.
    pub columns: Vec<Vec<u32>>,
    /// Pieces that leave a vertex to the right, and those that reach it from the left.
    pub out: Adjacent,
    pub into: Adjacent,
    /// By node: its backward edges, the one whose lane is nearest first.
    pub turns: Vec<Vec<u32>>,
    /// By node: its loops, innermost first.
    pub loops: Vec<Vec<u32>>,
}

/// From a node's lower edge to the first lane below it, and from lane to lane.
pub(super) const TURN_PX: f32 = 12.0;
/// What a loop without a label takes above its node.
const BARE_LOOP_PX: f32 = 12.0;

impl Grid {
    pub fn build(nodes: &[NodeIn], lines: &[Line], layer: &[u32], backward: Vec<bool>) -> Grid {
        let layers = layer.iter().max().map_or(0, |last| *last as usize + 1);
        let ends = |edge: usize| {
            let line = &lines[edge];
            if backward[edge] { (line.to, line.from) } else { (line.from, line.to) }
        };
        let forward_edges = || (0..lines.len()).filter(|edge| !lines[*edge].is_loop());
        let mut has_labels = vec![false; layers];
        for edge in forward_edges().filter(|edge| lines[*edge].label_px > 0.0) {
            has_labels[layer[ends(edge).1 as usize] as usize] = true;
        }
        // Node column of each layer: behind the label column that precedes it, if there is one.
        let column_of: Vec<u32> = (0..layers)
            .scan(0, |next, layer| {
                *next += u32::from(has_labels[layer]);
                *next += 1;
                Some(*next - 1)
            })
            .collect();
        let mut vertices: Vec<Vertex> = (0..nodes.len())
            .map(|node| {
                let half = half_up(nodes[node].height_px);
                let column = column_of[layer[node] as usize];
                Vertex { role: Role::Node(node as u32), column, up_px: half, down_px: half }
            })
            .collect();
        let (mut pieces, mut chains) = (Vec::new(), vec![0..0; lines.len()]);
        for edge in forward_edges() {
            let (left, right) = ends(edge);
            let last = column_of[layer[right as usize] as usize];
            let first_piece = pieces.len() as u32;
            let mut before = left;
            for column in column_of[layer[left as usize] as usize] + 1..=last {
                let vertex = match column == last {
                    true => right,
                    false => {
                        let is_label = column + 1 == last && lines[edge].label_px > 0.0;
                        vertices.push(lane(edge as u32, &lines[edge], column, is_label));
                        vertices.len() as u32 - 1
                    }
                };
                let (below_left, below_right) = (backward[edge] && before == left, backward[edge] && vertex == right);
                pieces.push(Piece { left: before, right: vertex, edge: edge as u32, below_left, below_right });
                before = vertex;
            }
            chains[edge] = first_piece..pieces.len() as u32;
        }
        let mut columns = vec![Vec::new(); column_of.last().map_or(0, |last| *last as usize + 1)];
        for (at, vertex) in vertices.iter().enumerate() {
            columns[vertex.column as usize].push(at as u32);
        }
        let out = Adjacent::new(vertices.len(), pieces.iter().map(|piece| piece.left));
        let into = Adjacent::new(vertices.len(), pieces.iter().map(|piece| piece.right));
        let (turns, loops) = (vec![Vec::new(); nodes.len()], vec![Vec::new(); nodes.len()]);
        let mut grid = Grid { vertices, pieces, chains, backward, columns, out, into, turns, loops };
        grid.add_turns_and_loops(lines);
        grid
    }

    fn add_turns_and_loops(&mut self, lines: &[Line]) {
        for (edge, line) in lines.iter().enumerate() {
            if line.is_loop() {
                self.loops[line.from as usize].push(edge as u32);
            } else if self.backward[edge] {
                self.turns[line.from as usize].push(edge as u32);
                self.turns[line.to as usize].push(edge as u32);
            }
        }
        for node in 0..self.turns.len() {
            // The shorter way lies inside the longer one.
            sort::by_key(&mut self.turns[node], |edge| (self.chains[*edge as usize].len(), *edge));
            let below = self.turns[node].len() as f32 * TURN_PX;
            let above: f32 = self.loops[node].iter().map(|edge| loop_height_px(&lines[*edge as usize])).sum();
            self.vertices[node].down_px += whole_up(below);
            self.vertices[node].up_px += whole_up(above);
        }
    }

    /// What a look at all of it costs, in steps.
    pub fn size(&self) -> u64 {
        (self.vertices.len() + self.pieces.len()) as u64
    }

    pub fn is_node(&self, vertex: u32) -> bool {
        matches!(self.vertices[vertex as usize].role, Role::Node(_))
    }

    /// How far below the middle of `node` the lane of its backward `edge` runs.
    pub fn turn_px(&self, nodes: &[NodeIn], node: u32, edge: u32) -> f32 {
        let nth = self.turns[node as usize].iter().position(|known| *known == edge).unwrap_or_default();
        half_up(nodes[node as usize].height_px) as f32 + TURN_PX * (nth as f32 + 1.0) - 2.0
    }

    /// Least distance in px between the anchors of two vertices, `above` directly above `below` in a column.
    pub fn apart_px(&self, above: u32, below: u32, gaps: &Gaps) -> i32 {
        /// Between two labels; they hold their own room.
        const LABELS_PX: f32 = 2.0;
        let role = |vertex: u32| self.vertices[vertex as usize].role;
        let gap = match (role(above), role(below)) {
            (Role::Node(_), Role::Node(_)) => gaps.node_px,
            (Role::Label(_), Role::Label(_)) => LABELS_PX,
            _ => gaps.track_px,
        };
        self.vertices[above as usize].down_px + whole_up(gap) + self.vertices[below as usize].up_px
    }
}

/// What a loop takes above its node.
pub(super) fn loop_height_px(line: &Line) -> f32 {
    if line.label_px > 0.0 { LABEL_HEIGHT_PX + 2.0 } else { BARE_LOOP_PX }
}

fn lane(edge: u32, line: &Line, column: u32, is_label: bool) -> Vertex {
    let half = half_up(if is_label { LABEL_HEIGHT_PX } else { line.width_px });
    Vertex { role: if is_label { Role::Label(edge) } else { Role::Lane(edge) }, column, up_px: half, down_px: half }
}

fn whole_up(px: f32) -> i32 {
    px.ceil() as i32
}

fn half_up(px: f32) -> i32 {
    whole_up(px / 2.0)
}
