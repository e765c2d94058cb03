//! What is computed once a trace and asked many times. The worker keeps it beside the trace; 24 bytes a span and the
//! labels' texts.

use super::critical_path::{CriticalPath, critical_path};
use super::label::{Labels, labels};
use super::self_time::self_times;
use super::service_graph::service_graph;
use crate::model::{ServiceGraph, Trace};

pub struct Derived {
    /// Self time in ns of every span, in depth-first order.
    pub self_ns: Vec<u64>,
    /// `None` without a root.
    pub critical_path: Option<CriticalPath>,
    pub graph: ServiceGraph,
    pub labels: Labels,
}

impl Derived {
    pub fn of(trace: &Trace) -> Self {
        Derived {
            self_ns: self_times(trace),
            critical_path: critical_path(trace),
            graph: service_graph(trace),
            labels: labels(trace),
        }
    }
}
