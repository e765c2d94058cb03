//! Spanloom, a distributed-trace viewer that runs wholly in the browser.
//!
//! Rooms, bottom first; a room imports only from rooms above its own line here (`tests/rooms.rs` holds this).
//! The rooms down to `query` name no browser crate and build and test natively.

pub mod base;
pub mod model;
pub mod decode;
pub mod analysis;
pub mod layout;
pub mod query;
pub mod source;
pub mod worker;
pub mod paint;
pub mod state;
#[cfg(target_arch = "wasm32")]
pub mod ui;
