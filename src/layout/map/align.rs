//! The y of everything in its column: Brandes and Köpf, "Fast and Simple Horizontal Coordinate Assignment" (2001),
//! turned by 90°. Vertices are aligned with the median of their neighbours into blocks, lanes of one edge before all
//! else; blocks are packed; four such layouts (from left or right, from above or below) are averaged. So long edges are
//! straight, and callers stand amid their callees.
//!
//! Blocks are packed by longest path over the graph of blocks, there and back, as dagre does, which needs none of the
//! paper's classes (and is not touched by the error in them). All in whole px: a straight edge is straight exactly.

use super::Gaps;
use super::grid::Grid;
use super::steps::Steps;

/// y of each vertex's anchor. Vertices of a column keep their order and distance.
pub(super) async fn heights(grid: &Grid, gaps: &Gaps, steps: &Steps) -> Vec<i32> {
    let conflicts = conflicts(grid);
    let mut layouts: Vec<Vec<i32>> = Vec::with_capacity(4);
    for (from_right, from_below) in [(false, false), (false, true), (true, false), (true, true)] {
        let pass = Pass::new(grid, from_right, from_below);
        let root = pass.blocks(&conflicts);
        layouts.push(pass.pack(&root, gaps));
        steps.take(2 * grid.size());
        steps.rest().await;
    }
    let bounds = |y: &[i32]| (y.iter().copied().min().unwrap_or_default(), y.iter().copied().max().unwrap_or_default());
    let narrowest = layouts.iter().map(|y| bounds(y)).min_by_key(|(least, most)| most - least).unwrap_or_default();
    for (nth, y) in layouts.iter_mut().enumerate() {
        let (least, most) = bounds(y);
        let shift = if nth % 2 == 0 { narrowest.0 - least } else { narrowest.1 - most };
        y.iter_mut().for_each(|y| *y += shift);
    }
    (0..grid.vertices.len())
        .map(|vertex| {
            let four = || layouts.iter().map(|y| y[vertex]);
            let outer = four().min().unwrap_or_default() + four().max().unwrap_or_default();
            // The mean of the two in the middle; rounding down keeps whole distances.
            (four().sum::<i32>() - outer).div_euclid(2)
        })
        .collect()
}

/// By piece: whether it crosses one between two lanes, or meets a node beside its middle. Such a piece aligns nothing.
fn conflicts(grid: &Grid) -> Vec<bool> {
    let mut conflicts: Vec<bool> = grid.pieces.iter().map(|piece| piece.below_left || piece.below_right).collect();
    let mut place = vec![0usize; grid.vertices.len()];
    for column in &grid.columns {
        column.iter().enumerate().for_each(|(at, vertex)| place[*vertex as usize] = at);
    }
    for pair in grid.columns.windows(2) {
        let [left, right] = pair else { continue };
        // The left end of the one piece between lanes that reaches `vertex`, if it does.
        let inner = |vertex: u32| {
            let [piece] = grid.into.of(vertex) else { return None };
            let from = grid.pieces[*piece as usize].left;
            (!grid.is_node(vertex) && !grid.is_node(from)).then(|| place[from as usize])
        };
        let (mut first, mut low) = (0, 0);
        for at in 0..right.len() {
            let bound = inner(right[at]);
            if bound.is_none() && at + 1 < right.len() {
                continue;
            }
            let high = bound.unwrap_or(left.len());
            for vertex in &right[first..=at] {
                for piece in grid.into.of(*vertex) {
                    let from = grid.pieces[*piece as usize].left;
                    let is_inner = !grid.is_node(from) && !grid.is_node(*vertex);
                    if !is_inner && !(low..=high).contains(&place[from as usize]) {
                        conflicts[*piece as usize] = true;
                    }
                }
            }
            (first, low) = (at + 1, high);
        }
    }
    conflicts
}

/// One of the four layouts. Seen from below, everything is upside down until the end.
struct Pass<'a> {
    grid: &'a Grid,
    from_right: bool,
    from_below: bool,
    columns: Vec<Vec<u32>>,
    place: Vec<i64>,
}

impl<'a> Pass<'a> {
    fn new(grid: &'a Grid, from_right: bool, from_below: bool) -> Self {
        let mut columns = grid.columns.clone();
        if from_right {
            columns.reverse();
        }
        let mut place = vec![0; grid.vertices.len()];
        for column in &mut columns {
            if from_below {
                column.reverse();
            }
            column.iter().enumerate().for_each(|(at, vertex)| place[*vertex as usize] = at as i64);
        }
        Pass { grid, from_right, from_below, columns, place }
    }

    /// By vertex: the first vertex of its block.
    fn blocks(&self, conflicts: &[bool]) -> Vec<u32> {
        let grid = self.grid;
        let mut root: Vec<u32> = (0..grid.vertices.len() as u32).collect();
        let mut continued = vec![false; grid.vertices.len()];
        let mut near: Vec<(i64, u32)> = Vec::new();
        for column in &self.columns {
            let mut reached = -1;
            for vertex in column {
                let pieces = if self.from_right { grid.out.of(*vertex) } else { grid.into.of(*vertex) };
                near.clear();
                near.extend(pieces.iter().filter(|piece| !conflicts[**piece as usize]).map(|piece| {
                    let piece = grid.pieces[*piece as usize];
                    let other = if self.from_right { piece.right } else { piece.left };
                    (self.place[other as usize], other)
                }));
                near.sort_unstable();
                if near.is_empty() {
                    continue;
                }
                for (place, other) in &near[(near.len() - 1) / 2..=near.len() / 2] {
                    if root[*vertex as usize] == *vertex && !continued[*other as usize] && reached < *place {
                        root[*vertex as usize] = root[*other as usize];
                        continued[*other as usize] = true;
                        reached = *place;
                    }
                }
            }
        }
        root
    }

    /// Packs the blocks as far up as they go, then draws each down to what holds it from below.
    fn pack(&self, root: &[u32], gaps: &Gaps) -> Vec<i32> {
        let mut apart: Vec<(u32, u32, i32)> = Vec::new();
        for column in &self.columns {
            for pair in column.windows(2) {
                let [above, below] = pair else { continue };
                let px = match self.from_below {
                    false => self.grid.apart_px(*above, *below, gaps),
                    true => self.grid.apart_px(*below, *above, gaps),
                };
                apart.push((root[*above as usize], root[*below as usize], px));
            }
        }
        let below = super::adjacent::Adjacent::new(root.len(), apart.iter().map(|(above, ..)| *above));
        let mut held_by = vec![0u32; root.len()];
        apart.iter().for_each(|(_, below, _)| held_by[*below as usize] += 1);
        let mut order: Vec<u32> = (0..root.len() as u32).filter(|vertex| held_by[*vertex as usize] == 0).collect();
        let mut y = vec![0i32; root.len()];
        let mut at = 0;
        while let Some(block) = order.get(at).copied() {
            at += 1;
            for distance in below.of(block) {
                let (_, next, px) = apart[*distance as usize];
                y[next as usize] = y[next as usize].max(y[block as usize].saturating_add(px));
                held_by[next as usize] -= 1;
                if held_by[next as usize] == 0 {
                    order.push(next);
                }
            }
        }
        for block in order.iter().rev() {
            let room = below.of(*block).iter().map(|distance| {
                let (_, next, px) = apart[*distance as usize];
                y[next as usize] - px
            });
            if let Some(room) = room.min() {
                y[*block as usize] = y[*block as usize].max(room);
            }
        }
        root.iter().map(|root| if self.from_below { -y[*root as usize] } else { y[*root as usize] }).collect()
    }
}
