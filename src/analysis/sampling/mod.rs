//! The sampling lab: what sampling policies would keep of the traces that are loaded, and the Collector's configuration for them.
//!
//! ```text
//! Trace, one after the other ──▶ Facts ──┐
//!                                        ├─▶ evaluate ──▶ Outcome: volume, policies, services, operations, blind spots, limits
//! Plan, as the reader sets it ───────────┤
//!                                        └─▶ config ──▶ YAML
//! ```
//!
//! Policies decide as the Collector's processors do: `tailsamplingprocessor` and `probabilisticsamplerprocessor` of [`COLLECTOR`], read from their
//! sources. What of it is an estimate stands in [`chance`]; what the lab cannot see, in [`limits`].

mod attributes;
pub mod chance;
pub mod config;
pub mod facts;
pub mod interval;
pub mod limits;
pub mod outcome;
pub mod plan;
pub mod size;
pub mod threshold;

pub use self::config::config;
pub use self::facts::Facts;
pub use self::interval::Share;
pub use self::outcome::{BlindSpot, Kept, Lost, Outcome, Row, Volume, evaluate};
pub use self::plan::{Plan, Policy, Portion, Rule};

/// The version of both processors that decisions and keys were read from.
pub const COLLECTOR: &str = "v0.165.1";
