//! One file a question about a trace. Pure: columns in, figures out; nothing here recurses over spans or takes a
//! quadratic step, so a chain of 100,000 and a parent of a million children are ordinary.
//!
//! [`Derived`] is computed once a trace; [`outline`] and [`report`] are made of it, so page and report agree.

pub mod call_tree;
pub mod clock_correction;
mod attribute_keys;
mod attribute_places;
pub mod compare;
pub mod connectors;
mod cut_edges;
pub mod critical_path;
#[cfg(test)]
mod critical_path_test;
pub mod derived;
pub mod details;
pub mod errors;
pub mod export;
pub mod find;
pub mod findings;
mod group_by;
pub mod label;
pub mod markdown;
pub mod meaning;
pub mod other_half;
pub mod outline;
mod percentile;
pub mod preview;
pub mod propagation_matrix;
pub mod range_map;
pub mod readable;
pub mod redact;
pub mod report;
pub mod resolution;
#[cfg(test)]
mod sample;
pub mod sampling;
pub mod scope;
pub mod self_time;
mod semconv;
pub mod service_graph;
pub mod service_map;
pub mod services;
mod statement;
mod statement_shape;
pub mod statistics;
pub mod statistics_order;
#[cfg(test)]
mod statistics_test;
pub mod summary;
pub mod unusual;
pub mod usual;

pub use call_tree::{CallTree, call_tree};
pub use derived::Derived;
pub use outline::outline;
pub use report::{Report, report};
pub use scope::Scope;
