//! What the reader can change, and its round trip through the address bar.
//!
//! [`app::App`] is the one handle that components take from context: a bundle of signals, cheap to copy. The trace is one
//! signal of `Arc<Outline>`. `url`, `keys` and `pick` are pure; the rest needs a browser.

#[cfg(target_arch = "wasm32")]
pub mod act;
#[cfg(target_arch = "wasm32")]
pub mod app;
#[cfg(target_arch = "wasm32")]
pub mod ask;
pub mod explore;
#[cfg(target_arch = "wasm32")]
pub mod consent;
#[cfg(target_arch = "wasm32")]
pub mod find;
#[cfg(target_arch = "wasm32")]
pub mod findings;
#[cfg(target_arch = "wasm32")]
pub mod flame;
#[cfg(target_arch = "wasm32")]
pub mod graph;
#[cfg(target_arch = "wasm32")]
pub mod host;
pub mod keys;
#[cfg(target_arch = "wasm32")]
pub mod list;
#[cfg(target_arch = "wasm32")]
pub mod map;
#[cfg(target_arch = "wasm32")]
pub mod open;
#[cfg(target_arch = "wasm32")]
pub mod pace;
pub mod pick;
#[cfg(target_arch = "wasm32")]
pub mod prefs;
#[cfg(target_arch = "wasm32")]
pub mod react;
#[cfg(target_arch = "wasm32")]
pub mod route;
#[cfg(target_arch = "wasm32")]
pub mod rows;
#[cfg(target_arch = "wasm32")]
pub mod stamp;
#[cfg(target_arch = "wasm32")]
pub mod stats;
#[cfg(target_arch = "wasm32")]
pub mod tabs;
#[cfg(target_arch = "wasm32")]
pub mod take;
#[cfg(target_arch = "wasm32")]
pub mod tempo;
pub mod url;
pub mod url_explore;
#[cfg(target_arch = "wasm32")]
pub mod view;
