//! What the views share whose x is time: minimap and ruler.

mod minimap;
mod ruler;

use leptos::prelude::*;

pub use minimap::Minimap;
pub use ruler::Ruler;

/// The width of the picture under the ruler, in CSS px; the ruler measures it.
#[derive(Clone, Copy)]
pub struct Across {
    pub width_px: RwSignal<f64>,
}
