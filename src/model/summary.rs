//! One line of the list of traces. Filled by `analysis::summary` from a file, without building each trace.

use serde::{Deserialize, Serialize};

/// A trace in a list.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
pub struct TraceSummary {
    /// Lowercase hex of full width.
    pub trace_id: String,
    /// What the source wrote, where that is no id and `trace_id` is derived from it.
    #[serde(default)]
    pub id_text: Option<String>,
    /// Service and name of the longest root; `None` without a root.
    pub root: Option<RootName>,
    /// The least start that is known; 0 when none is.
    pub start_unix_nano: u64,
    /// Greatest end less least start, over all spans whose start is known: what the header shows of the trace.
    pub duration_ns: u64,
    /// Without those that came again.
    pub spans: u64,
    /// Rows that say what an earlier one says.
    pub repeats: u64,
    pub error_spans: u64,
    pub service_count: u64,
    /// The first services by name, at most [`MAX_SERVICES`].
    pub services: Vec<ServiceMark>,
}

/// The root's service and operation.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
pub struct RootName {
    pub service: String,
    pub operation: String,
}

/// A service in a list of traces, and whether a span of it failed.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
pub struct ServiceMark {
    pub name: String,
    pub error: bool,
}

/// How many services a summary names: what fits a line.
pub const MAX_SERVICES: usize = 12;
