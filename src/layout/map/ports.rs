//! Where edges meet nodes. To the right a node's calls leave from its middle together, as one trunk, and its backward
//! edges below that, each at its own port. At the left every edge has its own port, in the order in which they come.

use super::NodeIn;
use super::grid::Grid;
use super::isotonic::isotonic;

use crate::base::sort;

/// y of both ends of each edge; 0 of a loop.
pub(super) struct Ports {
    pub out_px: Vec<f32>,
    pub in_px: Vec<f32>,
}

/// Least distance of a port from a node's corner.
const CORNER_PX: f32 = 5.0;

/// `y` is that of each vertex. `apart_px` is the distance of ports where there is room for it.
pub(super) fn ports(grid: &Grid, nodes: &[NodeIn], y: &[i32], apart_px: f32) -> Ports {
    let mut ports = Ports { out_px: vec![0.0; grid.chains.len()], in_px: vec![0.0; grid.chains.len()] };
    for (node, size) in nodes.iter().enumerate() {
        let (node, middle_px) = (node as u32, y[node] as f32);
        let half_px = (size.height_px / 2.0 - CORNER_PX).max(0.0);
        let mut arriving: Vec<(f32, u32)> = Vec::new();
        let (mut arriving_below, mut leaving) = (Vec::new(), Vec::new());
        for piece in grid.out.of(node).iter().chain(grid.into.of(node)) {
            let piece = grid.pieces[*piece as usize];
            let (is_left, edge) = (piece.left == node, piece.edge);
            match (is_left, grid.backward[edge as usize]) {
                (true, false) => ports.out_px[edge as usize] = middle_px,
                (false, false) => arriving.push((y[piece.left as usize] as f32, edge)),
                // The source of a backward edge is the right end of its chain.
                (false, true) => leaving.push((grid.turn_px(nodes, node, edge), edge)),
                (true, true) => arriving_below.push((middle_px + grid.turn_px(nodes, node, edge), edge)),
            }
        }
        sort::by(&mut arriving, |a, b| a.0.total_cmp(&b.0));
        // The nearest lane below the node has the lowest port, so that nested loops do not cross.
        sort::by(&mut arriving_below, |a, b| b.0.total_cmp(&a.0));
        sort::by(&mut leaving, |a, b| b.0.total_cmp(&a.0));
        arriving.append(&mut arriving_below);
        let wanted: Vec<f32> = arriving.iter().map(|(px, _)| (px - middle_px).clamp(-half_px, half_px)).collect();
        for (port_px, (_, edge)) in spread(&wanted, apart_px, half_px).into_iter().zip(&arriving) {
            ports.in_px[*edge as usize] = middle_px + port_px;
        }
        let step_px = half_px / (leaving.len() as f32 + 0.5);
        for (nth, (_, edge)) in leaving.iter().enumerate() {
            ports.out_px[*edge as usize] = middle_px + step_px * (nth as f32 + 1.0);
        }
    }
    ports
}

/// The nearest places to `wanted` (least squares) that keep their order, stand `apart_px` apart, or as far as there is
/// room, and lie within ±`half_px`.
fn spread(wanted: &[f32], apart_px: f32, half_px: f32) -> Vec<f32> {
    let gaps = wanted.len().saturating_sub(1) as f32;
    let apart_px = if gaps > 0.0 { apart_px.min(2.0 * half_px / gaps) } else { 0.0 };
    let moved = wanted.iter().enumerate().map(|(nth, px)| (f64::from(px - nth as f32 * apart_px), 1.0));
    let (low, high) = (-half_px, (half_px - gaps * apart_px).max(-half_px));
    let level = isotonic(moved).into_iter().map(|px| (px as f32).clamp(low, high));
    let places = level.enumerate().map(|(nth, px)| px + nth as f32 * apart_px);
    // On whole px where that leaves them apart, so that a lane can meet one straight.
    places.map(|px| if apart_px >= 2.0 || gaps == 0.0 { px.floor() } else { px }).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_port_stands_where_its_edge_comes_when_there_is_room() {
        assert_eq!(spread(&[0.0], 8.0, 15.0), [0.0]);
        assert_eq!(spread(&[-15.0, 0.0, 15.0], 8.0, 15.0), [-15.0, 0.0, 15.0]);
        assert_eq!(spread(&[0.0, 0.0], 8.0, 15.0), [-4.0, 4.0]);
    }

    #[test]
    fn many_ports_share_the_height() {
        assert_eq!(spread(&[-15.0, -15.0, -15.0], 8.0, 15.0), [-15.0, -7.0, 1.0]);
        assert_eq!(spread(&[15.0; 7], 8.0, 15.0), [-15.0, -10.0, -5.0, 0.0, 5.0, 10.0, 15.0]);
        assert_eq!(spread(&[], 8.0, 15.0), [0.0; 0]);
    }
}
