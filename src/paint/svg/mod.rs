//! Pictures: a view of a trace as one SVG text, with a frame that says what it shows. All text stays text; there is no script, no style
//! sheet and nothing from elsewhere, so that any program that knows SVG can show it. Pure: what is measured is measured through
//! [`Measure`](crate::layout::Measure), and figures and sentences come as they are to be written.
//!
//! A file a view; [`drawing`] is the sheet they write on, [`frame`] what stands around each.

pub mod cards;
pub mod drawing;
mod escape;
pub mod flame_chart;
pub mod flame_graph;
pub mod frame;
pub mod limits;
pub mod map;
mod row;
mod ruler;
pub mod table;
pub mod timeline;

pub use drawing::Drawing;
pub use frame::{Heading, Sign};

/// A picture, and its size at 1×.
#[derive(Clone, PartialEq, Debug, Default)]
pub struct Picture {
    pub svg: String,
    /// Of a long one its beginning, as an SVG of its own: a browser that is to show a hundred thousand shapes stands still.
    pub preview: Option<String>,
    pub width_px: u32,
    pub height_px: u32,
}

/// Width of a picture whose content has none of its own.
pub const WIDTH_PX: f64 = 1280.0;
/// From this height on the beginning alone is shown before it is saved.
pub const PREVIEW_PX: f64 = 3_000.0;
/// Room around all of it.
pub const MARGIN_PX: f64 = 20.0;
