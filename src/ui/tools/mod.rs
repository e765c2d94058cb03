//! Tools that several views have: services, folding, the way to the next error, the way out of a focus, and what is said
//! when nothing is left to show.

mod common;
mod nothing;
mod services;

pub use common::{ErrorTool, FocusTool, FoldTool};
pub use nothing::NothingShown;
pub use services::Services;
