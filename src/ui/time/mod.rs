//! What the views share whose x is time: minimap, ruler, the palette of their canvases;
//! and the tools that are the same in several views.

mod colours;
mod matched;
mod minimap;
mod ruler;
mod services;
mod size;
mod tools;

use leptos::prelude::*;

pub use colours::follow_palette;
pub use matched::follow_matches;
pub use minimap::Minimap;
pub use ruler::Ruler;
pub use services::Services;
pub use size::follow_size;
pub use tools::{ErrorTool, FocusTool, FoldTool};

/// The width of the picture under the ruler, in CSS px; the ruler measures it.
#[derive(Clone, Copy)]
pub struct Across {
    pub width_px: RwSignal<f64>,
}
