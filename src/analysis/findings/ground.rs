//! What several rules need of a trace, computed once: operations, path time, HTTP statuses, who answers whom.

use super::operation::{Operations, operations};
use super::{Finding, FindingKind, Seen};
use crate::analysis::Derived;
use crate::analysis::service_graph::first_foreign_children;
use crate::base::format;
use crate::model::{Kind, SpanIdx, Trace, Value};

pub struct Ground<'t> {
    pub trace: &'t Trace,
    pub derived: &'t Derived,
    pub seen: Seen,
    pub operations: Operations,
    /// Of each span its first child in another service.
    pub answered_by: Vec<Option<SpanIdx>>,
    /// Spans of a [`FindingKind::RepeatedCalls`], for rules that come later.
    pub is_repeated: Vec<bool>,
    /// Failed spans that a later one repeated, see [`super::retries`].
    pub is_retried: Vec<bool>,
    /// Those of them of which the chain of attempts ended well.
    pub is_healed: Vec<bool>,
    /// `path_before[i]`: own time on the critical path of the spans before position `i`.
    path_before: Vec<u64>,
    /// HTTP response status; 0 for none.
    http_status: Vec<u16>,
    whole_ns: u64,
}

impl<'t> Ground<'t> {
    pub fn new(trace: &'t Trace, derived: &'t Derived, seen: Seen) -> Self {
        let mut path_before = vec![0u64; trace.len() + 1];
        for (span, own_ns) in derived.critical_path.iter().flat_map(|path| path.own_ns()) {
            path_before[span.index() + 1] = own_ns;
        }
        let mut before = 0u64;
        for sum in &mut path_before {
            before += *sum;
            *sum = before;
        }
        Ground {
            trace,
            derived,
            seen,
            operations: operations(trace),
            answered_by: first_foreign_children(trace),
            is_repeated: vec![false; trace.len()],
            is_retried: vec![false; trace.len()],
            is_healed: vec![false; trace.len()],
            path_before,
            http_status: http_statuses(trace),
            whole_ns: trace.main_root().map_or(trace.duration_ns, |root| trace.duration_of(root)),
        }
    }

    /// The duration that shares are of: the main root's, without one the trace's.
    pub fn whole_ns(&self) -> u64 {
        self.whole_ns
    }

    /// Path time: time on the critical path of a span and everything below it.
    pub fn path_ns(&self, span: SpanIdx) -> u64 {
        let end = span.index() + self.trace.subtree_len(span) as usize;
        self.path_before[end] - self.path_before[span.index()]
    }

    /// The span's own time on the critical path.
    pub fn own_path_ns(&self, span: SpanIdx) -> u64 {
        self.path_before[span.index() + 1] - self.path_before[span.index()]
    }

    /// Path time of several spans, each span below them once.
    pub fn path_ns_of(&self, spans: &[SpanIdx]) -> u64 {
        let mut sorted = spans.to_vec();
        sorted.sort_unstable();
        let (mut sum, mut reached) = (0u64, 0u32);
        for span in sorted {
            if span.0 >= reached {
                sum += self.path_ns(span);
                reached = span.0 + self.trace.subtree_len(span);
            }
        }
        sum
    }

    /// Durations of several spans together, overlapping or not.
    pub fn durations_of(&self, spans: &[SpanIdx]) -> u64 {
        spans.iter().fold(0u64, |sum, span| sum.saturating_add(self.trace.duration_of(*span)))
    }

    /// Whether `ns` is `percent` % of the whole or more. Nothing is a share of nothing.
    pub fn is_share(&self, ns: u64, percent: u64) -> bool {
        ns > 0 && u128::from(ns) * 100 >= u128::from(self.whole_ns) * u128::from(percent)
    }

    /// `12 %` of the whole.
    pub fn share(&self, ns: u64) -> String {
        format::percent(ns, self.whole_ns)
    }

    /// The HTTP response status; `None` when the span says none.
    pub fn http_status(&self, span: SpanIdx) -> Option<u16> {
        Some(self.http_status[span.index()]).filter(|status| *status != 0)
    }

    /// A span as rows name it, `POST /orders`.
    pub fn label(&self, span: SpanIdx) -> &str {
        self.derived.labels.label(span)
    }

    /// The service's name, or words for a missing one.
    pub fn service(&self, span: SpanIdx) -> &str {
        match self.trace.service_name(span) {
            "" => "a service without a name",
            name => name,
        }
    }

    /// Whether a call runs beside the next one in order of start. One that does not overlap the next overlaps none after that.
    pub fn overlaps(&self, call: SpanIdx, next: SpanIdx) -> bool {
        self.derived.resolution.overlaps(self.trace, call, next)
    }

    /// Whether a span is a call: CLIENT or PRODUCER, or of a database and not its server.
    pub fn is_call(&self, span: SpanIdx) -> bool {
        match self.trace.kind(span) {
            Kind::Client | Kind::Producer => true,
            Kind::Server => false,
            _ => self.operations.is_database(span),
        }
    }

    /// A text attribute of a span; `None` when it is missing, empty or no text.
    pub fn text(&self, span: SpanIdx, key: &str) -> Option<&'t str> {
        let key = self.trace.set.strings.find(key)?;
        match self.trace.attr(span, key)? {
            Value::Str(text) if !text.is_empty() => Some(text),
            _ => None,
        }
    }

    /// A whole-number attribute of a span, or one written as text.
    pub fn number(&self, span: SpanIdx, key: &str) -> Option<i64> {
        let key = self.trace.set.strings.find(key)?;
        number_of(self.trace.attr(span, key)?)
    }

    /// A finding whose cost is the path time of its spans and whose total their durations.
    pub fn finding(&self, kind: FindingKind, spans: Vec<SpanIdx>, title: String) -> Finding {
        Finding {
            kind,
            severity: super::Severity::Info,
            confidence: super::Confidence::High,
            title,
            evidence: Vec::new(),
            fix: None,
            cost_ns: self.path_ns_of(&spans),
            total_ns: self.durations_of(&spans),
            spans,
        }
    }
}

fn number_of(value: Value<'_>) -> Option<i64> {
    match value {
        Value::Int(number) => Some(number),
        Value::Str(text) => text.parse().ok(),
        _ => None,
    }
}

/// The HTTP response status of each span, by the newer convention or the older; 0 for none.
fn http_statuses(trace: &Trace) -> Vec<u16> {
    let keys = ["http.response.status_code", "http.status_code"].map(|key| trace.set.strings.find(key));
    let said = |span: SpanIdx| {
        let mut values = keys.iter().flatten().filter_map(|key| number_of(trace.attr(span, *key)?));
        values.find_map(|number| u16::try_from(number).ok())
    };
    if keys == [None, None] {
        return vec![0; trace.len()];
    }
    trace.spans().map(|span| said(span).unwrap_or_default()).collect()
}
