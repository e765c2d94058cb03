//! Scenes onto a canvas and into SVG: the only place that knows colours, fonts and device pixels.
//!
//! What stands where was decided in `layout`; nothing here looks at a trace. A scene is painted with a [`pen::Pen`], which is the page's
//! canvas or a picture. All but the canvas and what is asked of the browser is pure.

pub mod bars;
#[cfg(target_arch = "wasm32")]
pub mod chart;
pub mod flame;
pub mod map_path;
#[cfg(target_arch = "wasm32")]
pub mod minimap;
mod mix;
pub mod palette;
pub mod pen;
#[cfg(target_arch = "wasm32")]
pub mod surface;
pub mod svg;
#[cfg(target_arch = "wasm32")]
mod theme;
#[cfg(target_arch = "wasm32")]
pub mod widths;

pub use palette::Palette;
#[cfg(target_arch = "wasm32")]
pub use surface::Surface;
