//! Findings as they are told: to the page, spans by position and beside the message, and in the report, spans by id. Both number the
//! findings of a kind alike, so what the page marks (`finding:repeated_calls.1`) can be looked up in the report.

use rustc_hash::FxHashMap;
use serde::{Deserialize, Serialize};

use super::{Confidence, Finding, FindingKind, Severity};
use crate::base::SpanId;
use crate::model::{SpanIdx, Trace};

/// A finding as the page has it. Its spans are the next `span_count` of the column beside.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct FindingLine {
    /// `repeated_calls.1`: the kind and its place among those of the kind.
    pub id: String,
    pub kind: FindingKind,
    pub severity: Severity,
    pub confidence: Confidence,
    pub title: String,
    pub evidence: Vec<String>,
    pub fix: String,
    pub cost_ns: u64,
    pub total_ns: u64,
    pub span_count: u32,
}

/// A finding as the report has it.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct FindingFigures {
    pub kind: FindingKind,
    pub severity: Severity,
    pub title: String,
    /// In the order in which one steps through them.
    #[serde(serialize_with = "ids_as_text")]
    pub span_ids: Vec<SpanId>,
    /// On the critical path, see `docs/findings.md`.
    #[serde(serialize_with = "as_text")]
    pub cost_ns: u64,
    pub evidence: Vec<String>,
    /// `repeated_calls.1`, as find takes it: `finding:repeated_calls.1`.
    pub id: String,
    pub confidence: Confidence,
    #[serde(serialize_with = "as_text")]
    pub total_ns: u64,
    pub rule: &'static str,
    pub fix: String,
}

/// A finding as it is kept beside a trace that is handed over: what was found there is told here, whatever was taken out of the trace since.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct KeptFinding {
    pub line: FindingLine,
    /// Hex, in the order in which one steps through them.
    pub span_ids: Vec<String>,
}

fn as_text<S: serde::Serializer>(value: &u64, to: S) -> Result<S::Ok, S::Error> {
    to.collect_str(value)
}

fn ids_as_text<S: serde::Serializer>(ids: &[SpanId], to: S) -> Result<S::Ok, S::Error> {
    to.collect_seq(ids.iter().map(SpanId::to_string))
}

/// Findings for the page, and their spans one after another.
pub fn lines(findings: &[Finding]) -> (Vec<FindingLine>, Vec<u32>) {
    let spans = findings.iter().flat_map(|finding| finding.spans.iter().map(|span| span.0)).collect();
    let lines = findings.iter().zip(ids(findings)).map(|(finding, id)| FindingLine {
        id,
        kind: finding.kind,
        severity: finding.severity,
        confidence: finding.confidence,
        title: finding.title.clone(),
        evidence: finding.evidence.clone(),
        fix: fix_of(finding).to_owned(),
        cost_ns: finding.cost_ns,
        total_ns: finding.total_ns,
        span_count: finding.spans.len() as u32,
    });
    (lines.collect(), spans)
}

/// Findings to be kept beside the trace.
pub fn kept(trace: &Trace, findings: &[Finding]) -> Vec<KeptFinding> {
    let (lines, _) = lines(findings);
    let ids = |finding: &Finding| finding.spans.iter().map(|span| trace.span_id(*span).to_string()).collect();
    lines.into_iter().zip(findings).map(|(line, finding)| KeptFinding { line, span_ids: ids(finding) }).collect()
}

/// Findings that were kept, of the trace as it was read again. Spans that it lacks are left out.
pub fn restored(trace: &Trace, kept: Vec<KeptFinding>) -> Vec<Finding> {
    let mut span_of: FxHashMap<SpanId, SpanIdx> = FxHashMap::default();
    trace.spans().for_each(|span| {
        span_of.entry(trace.span_id(span)).or_insert(span);
    });
    let span = |id: &String| span_of.get(&SpanId::from_hex(id.as_bytes())?).copied();
    let restored = kept.into_iter().map(|KeptFinding { line, span_ids }| Finding {
        kind: line.kind,
        severity: line.severity,
        confidence: line.confidence,
        title: line.title,
        evidence: line.evidence,
        fix: Some(line.fix.into()),
        spans: span_ids.iter().filter_map(span).collect(),
        cost_ns: line.cost_ns,
        total_ns: line.total_ns,
    });
    restored.collect()
}

/// Findings for the report, without those of the kinds that are turned off.
pub fn figures(trace: &Trace, findings: &[Finding], off: &[FindingKind]) -> Vec<FindingFigures> {
    let told = findings.iter().zip(ids(findings)).filter(|(finding, _)| !off.contains(&finding.kind));
    told.map(|(finding, id)| FindingFigures {
        kind: finding.kind,
        severity: finding.severity,
        title: finding.title.clone(),
        span_ids: finding.spans.iter().map(|span| trace.span_id(*span)).collect(),
        cost_ns: finding.cost_ns,
        evidence: finding.evidence.clone(),
        id,
        confidence: finding.confidence,
        total_ns: finding.total_ns,
        rule: finding.kind.words().rule,
        fix: fix_of(finding).to_owned(),
    })
    .collect()
}

/// Positions of the spans of what `wanted` names, ascending: a kind, or one finding of it by number. `None` when there is no such kind.
pub fn spans_named(findings: &[Finding], wanted: &str) -> Option<Vec<u32>> {
    let name = wanted.split_once('.').map_or(wanted, |(kind, _)| kind);
    let kind = FindingKind::named(name)?;
    let named = findings
        .iter()
        .zip(ids(findings))
        .filter(|(finding, id)| finding.kind == kind && (wanted == name || id == wanted));
    let mut spans: Vec<u32> = named.flat_map(|(finding, _)| finding.spans.iter().map(|span| span.0)).collect();
    spans.sort_unstable();
    spans.dedup();
    Some(spans)
}

fn fix_of(finding: &Finding) -> &str {
    finding.fix.as_deref().unwrap_or(finding.kind.words().fix)
}

fn ids(findings: &[Finding]) -> Vec<String> {
    let mut told = [0u32; FindingKind::ALL.len()];
    findings
        .iter()
        .map(|finding| {
            let number = &mut told[finding.kind as usize];
            *number += 1;
            format!("{}.{number}", finding.kind.words().name)
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn finding(kind: FindingKind, spans: &[u32]) -> Finding {
        Finding {
            kind,
            severity: Severity::Info,
            confidence: Confidence::High,
            title: String::new(),
            evidence: Vec::new(),
            fix: None,
            spans: spans.iter().map(|span| SpanIdx(*span)).collect(),
            cost_ns: 0,
            total_ns: 0,
        }
    }

    #[test]
    fn findings_of_a_kind_are_numbered_and_named_by_kind_or_number() {
        let all = [
            finding(FindingKind::Retries, &[3, 1]),
            finding(FindingKind::Error, &[2]),
            finding(FindingKind::Retries, &[1, 7]),
        ];
        let (lines, spans) = lines(&all);
        let ids: Vec<&str> = lines.iter().map(|line| line.id.as_str()).collect();
        assert_eq!(ids, ["retries.1", "error.1", "retries.2"]);
        assert_eq!((spans, lines[2].span_count), (vec![3, 1, 2, 1, 7], 2));
        assert_eq!(spans_named(&all, "retries"), Some(vec![1, 3, 7]));
        assert_eq!(spans_named(&all, "retries.2"), Some(vec![1, 7]));
        assert_eq!(spans_named(&all, "retries.3"), Some(vec![]));
        assert_eq!(spans_named(&all, "nothing"), None);
    }

    #[test]
    fn every_kind_has_its_place_its_name_and_its_words() {
        for (at, kind) in FindingKind::ALL.into_iter().enumerate() {
            let words = kind.words();
            assert_eq!((kind as usize, FindingKind::named(words.name)), (at, Some(kind)));
            assert_eq!(serde_json::to_value(kind).ok(), Some(serde_json::Value::from(words.name)));
            assert!(
                words.rule.ends_with('.') && words.fix.ends_with(['.', '?']) && !words.title.ends_with('.'),
                "{}",
                words.name
            );
        }
    }
}
