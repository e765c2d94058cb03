//! Where traces come from: what a person pasted ([`goto`]), what the page's owner set ([`config`]), what to ask a
//! Tempo or Prometheus and what its answer means ([`tempo`], [`search`], [`tags`], [`metrics`], [`prometheus`], [`failure`]), what was open before ([`recent`]), and
//! where links lead ([`links`]); `embedded` is the page as one file, which asks nobody.
//!
//! Deciding is pure and tested natively; sending is one thin file. Nothing here decodes a trace.

pub mod address;
pub mod backend;
pub mod blocked;
pub mod compare;
pub mod config;
mod config_read;
pub mod doctor;
#[cfg(target_arch = "wasm32")]
pub mod embedded;
pub mod failure;
#[cfg(target_arch = "wasm32")]
pub mod fetch;
pub mod filename;
pub mod goto;
mod goto_url;
mod json;
pub mod landing;
pub mod links;
pub mod metrics;
mod no_status;
pub mod nobody;
pub mod notes;
pub mod percent;
pub mod prometheus;
pub mod proxies;
#[cfg(target_arch = "wasm32")]
pub mod quiet;
pub mod recent;
pub mod search;
pub mod tags;
pub mod tempo;
pub mod unfilled;
pub mod when;
