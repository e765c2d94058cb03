//! Searching a Tempo: what to ask, and what its answer holds. Pure.
//!
//! Tempo returns the first matches that it meets, up to the limit: neither the slowest nor the newest. Whoever shows a list as long as its limit
//! says so ([`Found::is_cut`]).

use std::collections::HashMap;

use serde::Deserialize;

use super::json::{self, KeyValue};
use super::percent::encode_query_value;
use super::tempo::{Bounds, Request, Tempo};
use crate::base::{SpanId, TraceId};
use crate::model::Remarks;

/// What Tempo writes as the root's service when the root is not there.
const NO_ROOT: &str = "<root span not yet received>";
/// What Tempo allows at most.
pub const MOST_TRACES: u32 = 262_144;
/// The longest range of a search, by default: 168 h.
pub const LONGEST_RANGE_S: u64 = 168 * 3600;

/// A search.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Search {
    /// TraceQL, untouched.
    pub query: String,
    /// Whole seconds: Tempo takes nothing finer.
    pub bounds: Bounds,
    pub limit: u32,
    /// How many spans of a spanset come along.
    pub spans_per_set: u32,
}

impl Tempo {
    pub fn search(&self, search: &Search) -> Request {
        let Search { query, bounds: Bounds { start_s, end_s }, limit, spans_per_set } = search;
        let query = encode_query_value(query);
        let path = format!("api/search?q={query}&limit={limit}&spss={spans_per_set}&start={start_s}&end={end_s}");
        self.request(&path, "application/json")
    }
}

/// What a search found.
#[derive(Clone, PartialEq, Debug, Default)]
pub struct Found {
    pub traces: Vec<FoundTrace>,
    pub inspected: Inspected,
    /// What was left out or doubted.
    pub remarks: Remarks,
}

/// What Tempo looked at.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Inspected {
    #[serde(deserialize_with = "json::whole")]
    pub inspected_bytes: u64,
    #[serde(deserialize_with = "json::whole")]
    pub total_blocks: u64,
    #[serde(deserialize_with = "json::whole")]
    pub completed_jobs: u64,
    #[serde(deserialize_with = "json::whole")]
    pub total_jobs: u64,
}

/// One trace of a search.
#[derive(Clone, PartialEq, Debug)]
pub struct FoundTrace {
    /// Of full width: Tempo leaves zeros in front away.
    pub id: TraceId,
    /// Service and operation of the root; `None` while the root has not been received.
    pub root: Option<(String, String)>,
    pub start_unix_nano: u64,
    /// Tempo's own figure, whole milliseconds.
    pub duration_ms: u64,
    /// One, or several after `by()`; none with `tags=`.
    pub span_sets: Vec<FoundSpans>,
    /// By name; empty when Tempo told none.
    pub services: Vec<FoundService>,
}

/// Spans of a trace that matched together.
#[derive(Clone, PartialEq, Debug, Default)]
pub struct FoundSpans {
    /// How many matched; `spans` may be fewer.
    pub matched: u64,
    pub spans: Vec<FoundSpan>,
    /// What `by()` grouped by, what `count()` counted.
    pub attributes: Vec<(String, String)>,
}

#[derive(Clone, PartialEq, Debug)]
pub struct FoundSpan {
    pub id: SpanId,
    /// Empty unless Tempo tells it.
    pub name: String,
    pub start_unix_nano: u64,
    pub duration_ns: u64,
    /// Those that the query speaks of, and those of `select()`, which lose their scope.
    pub attributes: Vec<(String, String)>,
}

#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct FoundService {
    pub name: String,
    pub spans: u64,
    pub errors: u64,
}

impl Found {
    /// Reads the body of a search. The error is a sentence for the reader.
    pub fn read(body: &[u8]) -> Result<Found, String> {
        let mut wire: wire::Answer = json::read(body, "result of a search")?;
        let mut remarks = Remarks::default();
        remarks.cut_traces(&mut wire.traces, MOST_TRACES as usize);
        let traces = wire.traces.into_iter().map(|trace| trace.into_found(&mut remarks)).collect::<Result<_, _>>()?;
        Ok(Found { traces, inspected: wire.metrics, remarks })
    }

    /// Keeps no more traces than were asked for, where each of them costs something more.
    pub fn keep_asked(&mut self, limit: u32) {
        self.remarks.cut_traces(&mut self.traces, limit as usize);
    }

    /// Whether more may match than came.
    pub fn is_cut(&self, limit: u32) -> bool {
        self.traces.len() >= limit as usize
    }

    /// Takes those of a later answer in that are not here yet, and replaces those that are.
    pub fn merge(&mut self, later: Found) {
        let mut places: HashMap<TraceId, usize> =
            self.traces.iter().enumerate().map(|(at, trace)| (trace.id, at)).collect();
        for trace in later.traces {
            let at = *places.entry(trace.id).or_insert(self.traces.len());
            match self.traces.get_mut(at) {
                Some(known) => *known = trace,
                None => self.traces.push(trace),
            }
        }
        self.inspected = later.inspected;
        self.remarks = later.remarks;
    }
}

impl FoundTrace {
    pub fn matched(&self) -> u64 {
        sum(self.span_sets.iter().map(|set| set.matched))
    }

    pub fn spans(&self) -> u64 {
        sum(self.services.iter().map(|service| service.spans))
    }

    pub fn errors(&self) -> u64 {
        sum(self.services.iter().map(|service| service.errors))
    }
}

/// Numbers from outside.
fn sum(numbers: impl Iterator<Item = u64>) -> u64 {
    numbers.fold(0, u64::saturating_add)
}

/// The answer as it is written.
mod wire {
    use std::collections::BTreeMap;

    use super::*;

    #[derive(Deserialize)]
    #[serde(default)]
    #[derive(Default)]
    pub struct Answer {
        pub traces: Vec<Trace>,
        pub metrics: Inspected,
    }

    #[derive(Deserialize)]
    #[serde(rename_all = "camelCase")]
    pub struct Trace {
        #[serde(rename = "traceID")]
        id: String,
        #[serde(default)]
        root_service_name: String,
        #[serde(default)]
        root_trace_name: String,
        #[serde(default, deserialize_with = "json::whole")]
        start_time_unix_nano: u64,
        #[serde(default, deserialize_with = "json::whole")]
        duration_ms: u64,
        #[serde(default)]
        span_sets: Vec<SpanSet>,
        /// Repeats the first of them; older Tempos have only this.
        #[serde(default)]
        span_set: Option<SpanSet>,
        #[serde(default)]
        service_stats: BTreeMap<String, Stats>,
    }

    #[derive(Deserialize)]
    struct SpanSet {
        #[serde(default)]
        spans: Vec<Span>,
        #[serde(default, deserialize_with = "json::whole")]
        matched: u64,
        #[serde(default)]
        attributes: Vec<KeyValue>,
    }

    #[derive(Deserialize)]
    #[serde(rename_all = "camelCase")]
    struct Span {
        #[serde(rename = "spanID")]
        id: String,
        #[serde(default)]
        name: String,
        #[serde(default, deserialize_with = "json::whole")]
        start_time_unix_nano: u64,
        #[serde(default, deserialize_with = "json::whole")]
        duration_nanos: u64,
        #[serde(default)]
        attributes: Vec<KeyValue>,
    }

    #[derive(Deserialize, Default)]
    #[serde(rename_all = "camelCase", default)]
    struct Stats {
        #[serde(deserialize_with = "json::whole")]
        span_count: u64,
        #[serde(deserialize_with = "json::whole")]
        error_count: u64,
    }

    fn pairs(attributes: &[KeyValue]) -> Vec<(String, String)> {
        attributes.iter().map(|attribute| (attribute.key.clone(), attribute.text())).collect()
    }

    impl Trace {
        pub fn into_found(self, remarks: &mut Remarks) -> Result<FoundTrace, String> {
            let id = TraceId::from_hex(self.id.as_bytes());
            let id = id.ok_or_else(|| format!("The answer names a trace “{}”, which is no trace id.", self.id))?;
            let has_root = self.root_service_name != NO_ROOT
                && !(self.root_service_name.is_empty() && self.root_trace_name.is_empty());
            let sets = if self.span_sets.is_empty() { self.span_set.into_iter().collect() } else { self.span_sets };
            let services = self.service_stats.into_iter();
            Ok(FoundTrace {
                id,
                root: has_root.then_some((self.root_service_name, self.root_trace_name)),
                start_unix_nano: self.start_time_unix_nano,
                duration_ms: remarks.count(self.duration_ms),
                span_sets: sets.into_iter().map(|set| set.into_found(remarks)).collect::<Result<_, _>>()?,
                services: services
                    .map(|(name, Stats { span_count, error_count })| FoundService {
                        name,
                        spans: remarks.count(span_count),
                        errors: remarks.count(error_count),
                    })
                    .collect(),
            })
        }
    }

    impl SpanSet {
        fn into_found(self, remarks: &mut Remarks) -> Result<FoundSpans, String> {
            let spans = self.spans.into_iter().map(Span::into_found).collect::<Result<Vec<_>, _>>()?;
            let matched = remarks.count(self.matched).max(spans.len() as u64);
            Ok(FoundSpans { matched, attributes: pairs(&self.attributes), spans })
        }
    }

    impl Span {
        fn into_found(self) -> Result<FoundSpan, String> {
            let id = SpanId::from_hex(self.id.as_bytes());
            let id = id.ok_or_else(|| format!("The answer names a span “{}”, which is no span id.", self.id))?;
            Ok(FoundSpan {
                id,
                name: self.name,
                start_unix_nano: self.start_time_unix_nano,
                duration_ns: self.duration_nanos,
                attributes: pairs(&self.attributes),
            })
        }
    }
}

#[cfg(test)]
#[path = "search_tests.rs"]
mod tests;
