//! Who calls whom: services and what they call outside. Made from a trace here, and of the same shape when a backend
//! answers it for many traces.

use serde::{Deserialize, Serialize};

/// Sorted by names, so that two graphs of one trace are equal however its spans arrived.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
pub struct ServiceGraph {
    pub edges: Vec<Edge>,
    pub external: Vec<ExternalEdge>,
}

/// Calls from one service to another.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug, Serialize, Deserialize)]
pub struct Edge {
    pub client: String,
    pub server: String,
    pub calls: u64,
    /// Calls of which either side has status ERROR.
    pub errors: u64,
}

/// Calls to something that sends no spans: `db:postgresql`, `queue:rabbitmq/labels`, `host:api.ups.example`.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug, Serialize, Deserialize)]
pub struct ExternalEdge {
    pub client: String,
    pub target: String,
    pub calls: u64,
    pub errors: u64,
}
