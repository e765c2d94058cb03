//! Geometry, and nothing but: what stands where. Viewport and ticks, waterfall rows, bars, minimap, scrolling, flame chart,
//! flame graph, service map.
//!
//! Everything here is a pure function of an [`Outline`](crate::model::Outline) and of what the reader has chosen.
//! Colours are palette slots, text is measured through [`Measure`]; painting is the paint room's.

pub mod chart;
pub mod bars;
pub mod bits;
pub mod collapse;
pub mod flame_chart;
pub mod flame_graph;
mod flame_order;
pub mod fold;
pub mod heatmap;
pub mod in_view;
pub mod map_edges;
pub mod map_picture;
pub mod map;
pub mod minimap;
pub mod pieces;
pub mod reveal;
mod row_build;
pub mod rows;
#[cfg(test)]
pub(crate) mod sketch;
pub mod scroll;
pub mod ticks;
pub mod viewport;

pub use bits::Bits;
pub use row_build::RowBuild;
pub use rows::{Row, RowKind, RowModel, RowOptions};
pub use viewport::Viewport;

/// A place in a view, in CSS px from its corner.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct Rect {
    pub x: f64,
    pub y: f64,
    pub w: f64,
    pub h: f64,
}

/// How wide a text is; paint fills it with the browser's own measure.
pub trait Measure {
    /// Width of `text` in CSS px at a font size of `font_px`.
    fn width(&self, text: &str, font_px: f32) -> f32;
}
