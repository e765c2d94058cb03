//! The y of everything where alignment fails: with many crossings its blocks hang on one another like stairs, and the
//! picture gets many times as high as its tallest column. Here every column is in turn moved as near to its neighbours
//! as its order allows, which keeps the height but makes fewer edges straight.

use super::Gaps;
use super::grid::Grid;
use super::isotonic::isotonic;
use super::steps::Steps;

/// There and back again so often; later sweeps move little.
const SWEEPS: usize = 16;
/// How much more a piece between two lanes pulls than one at a node (Gansner et al. 1993): bends in mid-air are worst.
const LANE_PULL: f64 = 8.0;

/// How many times as high as its tallest column a picture may be before this is tried.
const MOST_SLACK: f64 = 1.6;

/// Whether a layout is much higher than it need be.
pub(super) fn is_too_high(grid: &Grid, y: &[i32], gaps: &Gaps) -> bool {
    let height = |column: &Vec<u32>| offsets(grid, column, gaps).last().copied().unwrap_or_default();
    let needed_px = grid.columns.iter().map(height).max().unwrap_or_default();
    let (low, high) = y.iter().fold((i32::MAX, i32::MIN), |(low, high), y| (low.min(*y), high.max(*y)));
    f64::from(high.saturating_sub(low)) > MOST_SLACK * f64::from(needed_px)
}

/// y of each vertex's anchor. Vertices of a column keep their order and distance.
pub(super) async fn relaxed(grid: &Grid, gaps: &Gaps, steps: &Steps) -> Vec<i32> {
    let mut y = vec![0.0f64; grid.vertices.len()];
    let offsets: Vec<Vec<i32>> = grid.columns.iter().map(|column| offsets(grid, column, gaps)).collect();
    for (column, offsets) in grid.columns.iter().zip(&offsets) {
        let half = f64::from(offsets.last().copied().unwrap_or_default()) / 2.0;
        column.iter().zip(offsets).for_each(|(vertex, offset)| y[*vertex as usize] = f64::from(*offset) - half);
    }
    for sweep in 0..SWEEPS {
        steps.take(grid.size());
        steps.rest().await;
        for nth in 0..grid.columns.len() {
            let at = if sweep % 2 == 0 { nth } else { grid.columns.len() - 1 - nth };
            let (column, offsets) = (&grid.columns[at], &offsets[at]);
            let wanted = column.iter().zip(offsets).map(|(vertex, offset)| {
                let (place, weight) = pulled(grid, &y, *vertex);
                (place - f64::from(*offset), weight)
            });
            for ((vertex, offset), place) in column.iter().zip(offsets).zip(isotonic(wanted)) {
                // Rounding what does not fall keeps it from falling, and whole offsets keep whole distances.
                y[*vertex as usize] = place.round() + f64::from(*offset);
            }
        }
    }
    y.into_iter().map(|y| y as i32).collect()
}

/// How far each vertex of a column stands below the first at least.
fn offsets(grid: &Grid, column: &[u32], gaps: &Gaps) -> Vec<i32> {
    let steps = column.windows(2).map(|pair| grid.apart_px(pair[0], pair[1], gaps));
    let mut below = 0;
    core::iter::once(0)
        .chain(steps.map(|step| {
            below += step;
            below
        }))
        .take(column.len())
        .collect()
}

/// Where a vertex's neighbours pull it, and how much.
fn pulled(grid: &Grid, y: &[f64], vertex: u32) -> (f64, f64) {
    let (mut sum, mut weight) = (0.0, 0.0);
    for piece in grid.into.of(vertex).iter().chain(grid.out.of(vertex)) {
        let piece = grid.pieces[*piece as usize];
        let other = if piece.left == vertex { piece.right } else { piece.left };
        let pull = if grid.is_node(vertex) || grid.is_node(other) { 1.0 } else { LANE_PULL };
        sum += pull * y[other as usize];
        weight += pull;
    }
    // What hangs on nothing stays, and gives way.
    if weight > 0.0 { (sum / weight, weight) } else { (y[vertex as usize], 0.01) }
}
