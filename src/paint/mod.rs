//! Scenes onto a canvas: the only place that knows colours, fonts and device pixels.
//!
//! What stands where was decided in `layout`; nothing here looks at a trace.

pub mod bars;
pub mod chart;
pub mod flame;
pub mod minimap;
pub mod palette;
pub mod surface;

pub use palette::Palette;
pub use surface::Surface;
