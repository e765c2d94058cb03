//! The minimap: stretches of lanes, failed spans as ticks at the bottom.

use super::{Palette, Surface};
use crate::layout::minimap::Minimap;

/// Room at the bottom for the ticks of failed spans.
pub const ERRORS_PX: f64 = 5.0;

pub fn paint(surface: &Surface, palette: &Palette, map: &Minimap) {
    let room = surface.height_px - ERRORS_PX - 3.0;
    let lane = (room / f64::from(map.lanes.max(1))).min(3.0);
    // Lanes of whole device pixels look even; gaps show where lanes are tall enough.
    let height = if lane >= 2.0 { lane - 0.5 } else { lane.max(1.0) };
    for stretch in &map.stretches {
        let y = 3.0 + f64::from(stretch.lane) * lane;
        surface.fill(palette.line(stretch.slot), f64::from(stretch.x_px), y, f64::from(stretch.w_px), height);
    }
    for x in &map.errors_px {
        surface.fill(&palette.error, f64::from(*x) - 0.5, surface.height_px - ERRORS_PX, 2.0, ERRORS_PX);
    }
}
