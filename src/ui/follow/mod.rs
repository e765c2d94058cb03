//! Following what changes, outside of elements: sizes, scrollers, colours, matches, frames to paint, tasks to make
//! elements in, a pointer that drags.
//! Each stops when the component that asked for it goes.

mod drag;
mod frame;
mod gradual;
mod matched;
mod palette;
mod scroll;
mod size;

pub use drag::{Dragging, drag};
pub use frame::paint_each_frame;
pub use gradual::{next_task_on, some_a_task};
pub use matched::follow_matches;
pub use palette::{follow_palette, provide_palette};
pub use scroll::follow_scroll;
pub use size::follow_size;

/// Zoom by the wheel: a step of 100 px is a quarter.
pub const ZOOM_PER_PX: f64 = 0.0022;
