//! The report: every figure that the page shows about a trace, as one JSON object (version 1, a public promise; see
//! `DESIGN.md`, "Report"). The page's own headline is made of the same value.
//!
//! Nanoseconds are decimal strings, since JSON's numbers lose digits past 2^53; counts are numbers; ids are lowercase hex
//! of full width. Keys stand in the order in which they are documented, arrays in an order that does not depend on how
//! the spans arrived, so two reports of one trace can be compared as text.

use std::collections::BTreeMap;

use serde::{Serialize, Serializer};

use super::derived::Derived;
use super::findings::{self, Finding, FindingFigures, FindingKind};
use crate::base::{SpanId, TraceId, sort};
use crate::model::outline::Headline;
use crate::model::{Edge, ExternalEdge, MovedClock, Place, Trace, WarningKind};

#[derive(Clone, PartialEq, Debug, Serialize)]
pub struct Report {
    /// The version of this format.
    pub spanloom_report: u32,
    #[serde(serialize_with = "as_text")]
    pub trace_id: TraceId,
    /// What the source wrote, where that is no id and `trace_id` is derived from it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub id_text: Option<String>,
    #[serde(serialize_with = "as_text")]
    pub start_unix_nano: u64,
    #[serde(serialize_with = "as_text")]
    pub duration_ns: u64,
    pub span_count: u64,
    pub service_count: u64,
    pub error_span_count: u64,
    pub root_count: u64,
    pub orphan_count: u64,
    /// Of what a root or orphan reaches; those have 1.
    pub max_depth: u64,
    /// Spans of a parent cycle, and what hangs below.
    pub unreachable_count: u64,
    /// By kind, span and message.
    pub warnings: Vec<WarningLine>,
    /// By name.
    pub services: Vec<ServiceFigures>,
    /// By names.
    pub edges: Vec<Edge>,
    pub external_edges: Vec<ExternalEdge>,
    /// `null` without a root.
    pub critical_path: Option<CriticalPathFigures>,
    /// By cost on the critical path, the dearest first. Empty until [`Report::with_findings`].
    pub findings: Vec<FindingFigures>,
    /// Kinds of findings that the reader has turned off: none of them is told.
    pub findings_off: Vec<FindingKind>,
    /// Clocks that were put right, because the reader asked for it: every time is moved by that. Empty: times as recorded.
    pub moved_clocks: Vec<MovedClock>,
    /// Ids of the traces that stand beside it because the reader asked for it: every figure is of all of them.
    pub beside: Vec<String>,
    /// Texts of span ids that are no ids, by the hex id derived from each. Absent where every id was read.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub id_texts: BTreeMap<String, String>,
}

#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug, Serialize)]
pub struct WarningLine {
    pub kind: WarningKind,
    #[serde(serialize_with = "as_text_or_null")]
    pub span_id: Option<SpanId>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub id_text: Option<String>,
    pub message: String,
}

#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct ServiceFigures {
    /// `""` for spans without `service.name`.
    pub name: String,
    pub spans: u64,
    pub error_spans: u64,
    #[serde(serialize_with = "as_text")]
    pub self_time_ns: u64,
}

#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct CriticalPathFigures {
    #[serde(serialize_with = "as_text")]
    pub root_span_id: SpanId,
    #[serde(serialize_with = "as_text")]
    pub duration_ns: u64,
    /// By start, then depth, then id: callers before what they call.
    pub spans: Vec<PathSpan>,
}

/// A span on the critical path and its own time there.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct PathSpan {
    #[serde(serialize_with = "as_text")]
    pub span_id: SpanId,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub id_text: Option<String>,
    #[serde(serialize_with = "as_text")]
    pub self_ns: u64,
}

fn as_text<S: Serializer>(value: &impl core::fmt::Display, to: S) -> Result<S::Ok, S::Error> {
    to.collect_str(value)
}

fn as_text_or_null<S: Serializer>(value: &Option<SpanId>, to: S) -> Result<S::Ok, S::Error> {
    match value {
        Some(value) => to.collect_str(value),
        None => to.serialize_none(),
    }
}

/// The figures of a trace; findings are looked for apart, since they take longer.
pub fn report(trace: &Trace, derived: &Derived) -> Report {
    let services = services(trace, derived);
    let at = |place: Place| trace.spans().filter(|span| trace.place(*span) == place).count() as u64;
    let unreachable_count = at(Place::Cycle) + at(Place::BelowCycle);
    let reached = trace.spans().filter(|span| !matches!(trace.place(*span), Place::Cycle | Place::BelowCycle));
    let max_depth = reached.map(|span| u64::from(trace.depth(span))).max().unwrap_or_default();
    let id_texts = id_texts(trace);
    let mut warnings: Vec<WarningLine> = trace
        .warnings
        .iter()
        .map(|warning| WarningLine {
            kind: warning.kind,
            span_id: warning.span.map(SpanId),
            id_text: warning.span.and_then(|id| id_texts.get(&SpanId(id).to_string()).cloned()),
            message: warning.message.clone(),
        })
        .collect();
    sort::plain(&mut warnings);
    Report {
        spanloom_report: 1,
        trace_id: trace.id,
        id_text: trace.trace_id_text().map(str::to_owned),
        start_unix_nano: trace.start_unix_nano,
        duration_ns: trace.duration_ns,
        span_count: trace.len() as u64,
        service_count: services.len() as u64,
        error_span_count: services.iter().map(|service| service.error_spans).sum(),
        root_count: at(Place::Root),
        orphan_count: at(Place::Orphan),
        max_depth,
        unreachable_count,
        warnings,
        services,
        edges: derived.graph.edges.clone(),
        external_edges: derived.graph.external.clone(),
        critical_path: critical_path(trace, derived),
        findings: Vec::new(),
        findings_off: Vec::new(),
        moved_clocks: Vec::new(),
        beside: beside(trace),
        id_texts,
    }
}

fn id_texts(trace: &Trace) -> BTreeMap<String, String> {
    if !trace.set.has_id_texts() {
        return BTreeMap::new();
    }
    let texts =
        trace.spans().filter_map(|span| Some((trace.span_id(span).to_string(), trace.id_text(span)?.to_owned())));
    texts.collect()
}

/// Ids of the traces whose spans stand beside those of the trace itself.
fn beside(trace: &Trace) -> Vec<String> {
    let mut others: Vec<TraceId> = trace.tops().map(|top| trace.id_of(top)).filter(|id| *id != trace.id).collect();
    sort::plain(&mut others);
    others.dedup();
    others.iter().map(TraceId::to_string).collect()
}

fn services(trace: &Trace, derived: &Derived) -> Vec<ServiceFigures> {
    let mut services: Vec<ServiceFigures> = trace
        .services
        .iter()
        .map(|name| ServiceFigures {
            name: trace.set.strings.get(*name).to_owned(),
            spans: 0,
            error_spans: 0,
            self_time_ns: 0,
        })
        .collect();
    for (span, self_ns) in trace.spans().zip(&derived.self_ns) {
        let Some(service) = services.get_mut(trace.service(span) as usize) else { continue };
        service.spans += 1;
        service.error_spans += u64::from(trace.is_error(span));
        // Damaged times may sum past u64.
        service.self_time_ns = service.self_time_ns.saturating_add(*self_ns);
    }
    services
}

fn critical_path(trace: &Trace, derived: &Derived) -> Option<CriticalPathFigures> {
    let path = derived.critical_path.as_ref()?;
    let mut spans: Vec<_> = path.own_ns().collect();
    sort::by_key(&mut spans, |(span, _)| (trace.start_ns(*span), trace.depth(*span), trace.span_id(*span)));
    let of = |(span, self_ns)| PathSpan {
        span_id: trace.span_id(span),
        id_text: trace.id_text(span).map(str::to_owned),
        self_ns,
    };
    let spans = spans.into_iter().map(of).collect();
    Some(CriticalPathFigures {
        root_span_id: trace.span_id(path.root),
        duration_ns: trace.duration_of(path.root),
        spans,
    })
}

impl Report {
    /// The whole report: the figures, and the findings but for the kinds in `off`.
    pub fn with_findings(self, trace: &Trace, found: &[Finding], off: &[FindingKind]) -> Report {
        Report { findings: findings::figures(trace, found, off), findings_off: off.to_vec(), ..self }
    }

    /// The header's figures: those of this report, with what only the page needs (the root's position, the end, and
    /// warnings in the trace's order).
    pub fn headline(&self, trace: &Trace) -> Headline {
        let path = self.critical_path.as_ref();
        Headline {
            trace_id: self.trace_id.to_string(),
            id_text: self.id_text.clone(),
            start_unix_nano: self.start_unix_nano,
            duration_ns: self.duration_ns,
            root: trace.main_root().map(|root| root.0),
            span_count: self.span_count,
            repeats: trace.repeats,
            service_count: self.service_count,
            error_span_count: self.error_span_count,
            root_count: self.root_count,
            orphan_count: self.orphan_count,
            max_depth: self.max_depth,
            unreachable_count: self.unreachable_count,
            critical_path_spans: path.map(|path| path.spans.len() as u64).unwrap_or_default(),
            critical_path_ns: path.map(|path| path.duration_ns).unwrap_or_default(),
            end_unix_nano: self.start_unix_nano.saturating_add(self.duration_ns),
            warnings: trace.warnings.clone(),
            moved_clocks: self.moved_clocks.clone(),
            beside: self.beside.clone(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::analysis::sample::{Draft, trace};

    #[test]
    fn the_report_reads_as_documented() {
        let trace = trace(&[
            Draft::new(1, 0, 0, 100).service("a").error("boom"),
            Draft::new(2, 1, 10, 40).service("b"),
            Draft::new(3, 9, 50, 150).service("b"),
        ]);
        let written = serde_json::to_string_pretty(&report(&trace, &Derived::of(&trace))).unwrap();
        let expected = r#"{
  "spanloom_report": 1,
  "trace_id": "00000000000000000000000000000007",
  "start_unix_nano": "1767225600000000000",
  "duration_ns": "150",
  "span_count": 3,
  "service_count": 2,
  "error_span_count": 1,
  "root_count": 1,
  "orphan_count": 1,
  "max_depth": 2,
  "unreachable_count": 0,
  "warnings": [
    {
      "kind": "orphan",
      "span_id": "0000000000000003",
      "message": "The parent 0000000000000009 of “work” is not in this trace."
    }
  ],
  "services": [
    {
      "name": "a",
      "spans": 1,
      "error_spans": 1,
      "self_time_ns": "70"
    },
    {
      "name": "b",
      "spans": 2,
      "error_spans": 0,
      "self_time_ns": "130"
    }
  ],
  "edges": [
    {
      "client": "a",
      "server": "b",
      "calls": 1,
      "errors": 1
    }
  ],
  "external_edges": [],
  "critical_path": {
    "root_span_id": "0000000000000001",
    "duration_ns": "100",
    "spans": [
      {
        "span_id": "0000000000000001",
        "self_ns": "70"
      },
      {
        "span_id": "0000000000000002",
        "self_ns": "30"
      }
    ]
  },
  "findings": [],
  "findings_off": [],
  "moved_clocks": [],
  "beside": []
}"#;
        assert_eq!(written, expected);
    }

    #[test]
    fn spans_of_a_cycle_are_counted_but_have_no_depth() {
        let trace = trace(&[
            Draft::new(1, 0, 0, 100),
            Draft::new(2, 3, 0, 10),
            Draft::new(3, 2, 0, 10),
            Draft::new(4, 3, 0, 10),
        ]);
        let report = report(&trace, &Derived::of(&trace));
        assert_eq!((report.span_count, report.max_depth, report.unreachable_count), (4, 1, 3));
    }

    #[test]
    fn a_cycle_of_equal_starts_is_cut_at_one_span_in_whatever_order_they_come() {
        let cut_of = |ids: [u64; 3]| {
            let parent_of = |id| [3, 4, 2][id as usize - 2];
            let trace = trace(&ids.map(|id| Draft::new(id, parent_of(id), 0, 10)));
            trace.tops().map(|top| trace.span_id(top).0).collect::<Vec<_>>()
        };
        for ids in [[2, 3, 4], [3, 2, 4], [4, 3, 2], [4, 2, 3]] {
            assert_eq!(cut_of(ids), [2], "{ids:?}");
        }
    }

    #[test]
    fn headline_and_report_agree() {
        let trace = trace(&[Draft::new(1, 0, 0, 100), Draft::new(2, 1, 10, 140)]);
        let report = report(&trace, &Derived::of(&trace));
        let headline = report.headline(&trace);
        assert_eq!((headline.critical_path_spans, headline.critical_path_ns), (2, 100));
        assert_eq!(
            (headline.duration_ns, headline.end_unix_nano, headline.root),
            (140, 1_767_225_600_000_000_140, Some(0))
        );
    }
}
