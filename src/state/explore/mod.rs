//! Exploring a source: which services are unwell, and which traces a search finds. All of it is asked of the backend; what
//! its figures come to is `analysis`'s.

#[cfg(target_arch = "wasm32")]
pub mod backend;
pub mod behind;
#[cfg(target_arch = "wasm32")]
pub mod board;
#[cfg(target_arch = "wasm32")]
pub mod compare;
#[cfg(target_arch = "wasm32")]
pub mod doctor;
#[cfg(target_arch = "wasm32")]
pub mod editor;
#[cfg(target_arch = "wasm32")]
pub mod figures;
#[cfg(target_arch = "wasm32")]
pub mod history;
#[cfg(target_arch = "wasm32")]
pub mod landing;
#[cfg(target_arch = "wasm32")]
pub mod map;
#[cfg(target_arch = "wasm32")]
pub mod pending;
pub mod range;
#[cfg(target_arch = "wasm32")]
pub mod red;
#[cfg(target_arch = "wasm32")]
pub mod range_figures;
#[cfg(target_arch = "wasm32")]
pub mod sample;
#[cfg(target_arch = "wasm32")]
pub mod search;
#[cfg(target_arch = "wasm32")]
pub mod usual;
#[cfg(target_arch = "wasm32")]
pub mod view;
