//! Spans in memory, as columns.
//!
//! Decoders push rows into a [`SpanSet`], in the order in which they arrive, of as many traces as the input holds.
//! [`Trace::build`] makes one trace of it: depth-first order, repaired, with a [`Warning`] for each repair. The
//! attributes stay where the decoder put them. [`Outline`] is the small part that crosses to the page.

pub mod attr;
mod compared;
pub mod comparison;
pub mod clocks;
mod doubts;
pub mod follows;
pub mod id_texts;
mod ids;
pub mod outline;
pub mod palette;
pub mod remarks;
mod repeats;
pub mod series;
mod shared;
#[cfg(test)]
mod shared_test;
pub mod service_graph;
pub mod shapes;
pub mod span_set;
pub mod summary;
pub mod trace;
pub mod tree;
pub mod warning;

pub use attr::{AnyValue, AttrPool, AttrRange, Held, Value, ValueType};
pub use clocks::{Clocks, MovedClock, Timing, Unplaced};
pub use outline::Outline;
pub use remarks::Remarks;
pub use repeats::Repeats;
pub use series::{Exemplar, Sample, Series};
pub use service_graph::{Edge, ExternalEdge, ServiceGraph};
pub use shapes::Shape;
pub use span_set::{Event, Kind, Link, Range32, Resource, Scope, SpanDraft, SpanSet, Status};
pub use summary::{ServiceMark, TraceSummary};
pub use trace::{Place, SpanIdx, Trace};
pub use warning::{Warning, WarningKind};
