//! Small steps made straight. Alignment averages four layouts, which leaves steps of some px, and knows only
//! the middles of nodes, beside which most ports are. Here lanes move to the height of their node or port where they have room.

use super::Gaps;
use super::grid::Grid;
use super::ports::Ports;

/// A step at an edge's beginning of up to this is taken out although it moves the end: the port there follows.
const STEP_PX: i32 = 6;

/// Moves lanes level with the nodes they come from, if they nearly are, and then with the ports they go to. A lane that
/// leaves its node straight stays: it would only bend there instead.
pub(super) fn straighten(grid: &Grid, ports: &Ports, y: &mut [i32], gaps: &Gaps) {
    let mut place = vec![0usize; grid.vertices.len()];
    for column in &grid.columns {
        column.iter().enumerate().for_each(|(at, vertex)| place[*vertex as usize] = at);
    }
    let mut lanes = Lanes { grid, gaps, place, y };
    // Lanes that alignment left straight are level already; relaxing leaves many steps of a few px.
    for piece in &grid.pieces {
        if !grid.is_node(piece.left) && !grid.is_node(piece.right) {
            let to_px = lanes.y[piece.left as usize];
            lanes.shift(&[piece.right], to_px);
        }
    }
    for chain in grid.chains.iter().filter(|chain| !chain.is_empty()) {
        let node_px = lanes.y[grid.pieces[chain.start as usize].left as usize];
        let run = lanes.level(chain.clone().map(|piece| grid.pieces[piece as usize].right));
        let is_near = run.first().is_some_and(|lane| lanes.y[*lane as usize].abs_diff(node_px) <= STEP_PX as u32);
        if is_near && !grid.pieces[chain.start as usize].below_left {
            lanes.shift(&run, node_px);
        }
    }
    for (edge, chain) in grid.chains.iter().enumerate().filter(|(edge, _)| !grid.backward[*edge]) {
        let run = lanes.level(chain.clone().rev().map(|piece| grid.pieces[piece as usize].left));
        let starts_straight = run.len() + 1 == chain.len()
            && run.last().is_some_and(|lane| {
                lanes.y[*lane as usize] == lanes.y[grid.pieces[chain.start as usize].left as usize]
            });
        if !starts_straight && ports.in_px[edge].fract() == 0.0 {
            lanes.shift(&run, ports.in_px[edge] as i32);
        }
    }
}

struct Lanes<'a> {
    grid: &'a Grid,
    gaps: &'a Gaps,
    /// By vertex: its place in its column.
    place: Vec<usize>,
    y: &'a mut [i32],
}

impl Lanes<'_> {
    /// The lanes at one height at the beginning of a walk along an edge.
    fn level(&self, walk: impl Iterator<Item = u32>) -> Vec<u32> {
        let mut lanes = walk.take_while(|vertex| !self.grid.is_node(*vertex)).peekable();
        let first_px = lanes.peek().map(|vertex| self.y[*vertex as usize]);
        lanes.take_while(|vertex| Some(self.y[*vertex as usize]) == first_px).collect()
    }

    /// Moves them all to `to_px`, or none.
    fn shift(&mut self, lanes: &[u32], to_px: i32) {
        if lanes.iter().all(|vertex| self.has_room(*vertex, to_px)) {
            lanes.iter().for_each(|vertex| self.y[*vertex as usize] = to_px);
        }
    }

    fn has_room(&self, vertex: u32, to_px: i32) -> bool {
        let at = self.place[vertex as usize];
        let column = &self.grid.columns[self.grid.vertices[vertex as usize].column as usize];
        let above = at.checked_sub(1).and_then(|above| column.get(above));
        let below = column.get(at + 1);
        above.is_none_or(|above| to_px - self.y[*above as usize] >= self.grid.apart_px(*above, vertex, self.gaps))
            && below
                .is_none_or(|below| self.y[*below as usize] - to_px >= self.grid.apart_px(vertex, *below, self.gaps))
    }
}
