//! The worker and the page's end of it. The worker owns a set of spans and the trace opened from it; the page asks.
//!
//! One worker serves one load: cancelling a load, or closing its traces, terminates it, since wasm memory never shrinks.
//! [`protocol`] is pure; `serve` runs in the worker, `client` on the page.

#[cfg(target_arch = "wasm32")]
mod across;
#[cfg(target_arch = "wasm32")]
mod blob_read;
pub mod budget;
#[cfg(target_arch = "wasm32")]
pub mod client;
#[cfg(target_arch = "wasm32")]
mod export;
#[cfg(target_arch = "wasm32")]
mod map;
#[cfg(target_arch = "wasm32")]
pub mod panicked;
pub mod protocol;
pub mod seal;
#[cfg(target_arch = "wasm32")]
pub mod serve;
#[cfg(target_arch = "wasm32")]
pub mod task;
#[cfg(target_arch = "wasm32")]
mod transfer;
