//! What a connector board tells: its rows and what was left out of them, as they cross to the page. How they are counted is in `mod`.
//!
//! ```text
//! service          text               calls  failed   p95      self     share   saves
//! erp-connector    POST sap.erp…      1      0        508 ms   508 ms   16 %    39.1 ms
//! ```

use serde::{Deserialize, Serialize};

/// How many rows are told, and how many traces of a row.
pub const MAX_ROWS: usize = 2_000;
pub const MAX_TRACES: usize = 20;
/// Parts of a whole that [`ConnectorRow::critical_ppm`] counts.
pub const PARTS: u64 = 1_000_000;

/// On which side of a call a row is.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Side {
    /// SERVER, CONSUMER.
    Received,
    /// CLIENT, PRODUCER, and calls of databases.
    Made,
}

/// A service and operation, or whatever else spans were grouped by.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
pub struct ConnectorRow {
    /// When grouping has one; empty where spans name none.
    pub service: Option<String>,
    /// The operation or the attribute's value, cut when it is long; empty when grouped by service alone.
    pub text: String,
    /// `None` when grouped by an attribute.
    pub side: Option<Side>,
    /// Grouped by service and operation: the span name that all calls of this row have and, in this service and on this side, those of no other
    /// row. What a backend counts by span name is then of this row.
    pub span_name: Option<String>,
    /// Traces it is in.
    pub traces: u64,
    pub calls: u64,
    pub failed: u64,
    pub p50_ns: u64,
    pub p95_ns: u64,
    pub p99_ns: u64,
    pub self_ns: u64,
    pub critical_ns: u64,
    /// Mean share of the critical paths of the traces it is in, of [`PARTS`].
    pub critical_ppm: u64,
    pub attempts: u64,
    /// By severity: errors, warnings, infos.
    pub findings: [u64; 3],
    /// Title of the dearest of them.
    pub dearest: Option<String>,
    pub saves_ns: u64,
    /// Up to [`MAX_TRACES`] ids, those in which it takes most of the critical path first, then most in itself.
    pub trace_ids: Vec<String>,
}

/// The board: rows by what they save, ties by service, text and side.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
pub struct ConnectorRows {
    pub rows: Vec<ConnectorRow>,
    /// Traces of the sample; and those of them with a root, which alone have a critical path.
    pub traces: u64,
    pub traces_with_root: u64,
    /// Calls of all rows, those left out included.
    pub calls: u64,
    /// Grouped by an attribute: calls that are neither of nor below a span that says it.
    pub calls_without: u64,
    /// Rows left out beyond [`MAX_ROWS`], and their calls.
    pub more_rows: u64,
    pub more_calls: u64,
}
