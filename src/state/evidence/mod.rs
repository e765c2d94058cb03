//! Evidence: a trace that is handed over as one file that needs nothing else, or within a link. Redacted, at the view it was saved from, with
//! what was found and noted.
//!
//! `format` is what such a file holds, `fragment` how a link carries a trace; both are pure. `save` makes them, `open` reads them.

pub mod format;
pub mod fragment;
#[cfg(target_arch = "wasm32")]
pub mod notes;
#[cfg(target_arch = "wasm32")]
pub mod open;
#[cfg(target_arch = "wasm32")]
pub mod save;
