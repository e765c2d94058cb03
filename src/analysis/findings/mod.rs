//! What is wrong with a trace: findings, each by a stated rule, with evidence that can be checked and what it costs. The rules, their
//! thresholds and their sources are in `docs/findings.md`; a file here is a rule or a few that look at the same thing. Not here: what
//! was repaired while reading (`model::doubts`).
//!
//! Every rule is linear in spans, apart from sorting, and pure: the same spans in any order give the same findings.

mod calls;
pub(in crate::analysis) mod card;
mod chains;
mod chatty;
mod clock_words;
mod clocks;
mod duplicates;
mod failures;
mod ground;
pub(in crate::analysis) mod host;
mod instrumentation;
pub mod kind;
mod naming;
pub(in crate::analysis) mod operation;
pub(in crate::analysis) mod propagation;
mod propagation_words;
mod quote;
mod reaches;
mod repeated;
mod retries;
mod retry_arguments;
pub(in crate::analysis) mod secret_forms;
pub(in crate::analysis) mod secret_keys;
mod secrets;
mod serial;
mod slow;
mod timeouts;
mod told;
pub(in crate::analysis) mod unanswered;
mod unstated;
mod waiting;

use core::cmp::Reverse;
use std::borrow::Cow;

use rustc_hash::{FxHashMap, FxHashSet};
use serde::{Deserialize, Serialize};

pub use self::clocks::{Clock, Skew, clock_pairs, clocks_of_resources, skews};
pub use self::ground::Ground;
pub use self::kind::FindingKind;
pub use self::told::{FindingFigures, FindingLine, KeptFinding, figures, kept, lines, restored, spans_named};
use super::Derived;
use crate::base::{format, sort};
use crate::model::{SpanIdx, Trace};

/// How bad it is. The order is the order of the page.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Severity {
    /// The request failed.
    Error,
    /// Something to mend.
    Warning,
    /// Worth knowing.
    Info,
}

/// How sure it is.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Confidence {
    /// Follows from the spans.
    High,
    /// The likeliest of several explanations.
    Medium,
    /// A hint.
    Low,
}

/// One finding.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Finding {
    pub kind: FindingKind,
    pub severity: Severity,
    pub confidence: Confidence,
    /// One sentence without its full stop, with figures.
    pub title: String,
    /// Whole sentences, the most telling first.
    pub evidence: Vec<String>,
    /// What usually mends it, where the kind's own words are not enough.
    pub fix: Option<Cow<'static, str>>,
    /// In the order in which one steps through them; none twice.
    pub spans: Vec<SpanIdx>,
    /// In ns on the critical path, see [`Ground::path_ns`]; 0 without a root.
    pub cost_ns: u64,
    /// In ns, on the path or not.
    pub total_ns: u64,
}

/// What a rule may know besides the trace.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Seen {
    /// When the trace was read, in unix ns; `None` when that is not known.
    pub read_at_unix_nano: Option<u64>,
}

/// How long a title and a sentence of evidence may be, in characters: names may be a megabyte.
const MOST_OF_TITLE: usize = 400;
const MOST_OF_SENTENCE: usize = 1000;
/// How many findings of a kind are told one by one.
const MOST_OF_A_KIND: usize = 100;

/// A rule: adds what it finds.
type Rule = fn(&mut Ground<'_>, &mut Vec<Finding>);

/// In the order in which they run: those that look at what earlier ones found come later.
const RULES: [Rule; 15] = [
    retries::find,
    repeated::find,
    duplicates::find,
    chatty::find,
    timeouts::find,
    waiting::find_stragglers,
    serial::find,
    propagation::find,
    unanswered::find,
    clocks::find,
    failures::find,
    slow::find,
    waiting::find_connections,
    instrumentation::find,
    secrets::find,
];

/// Finding under way: rule by rule, so that a worker can listen between two.
pub struct Search<'t> {
    ground: Ground<'t>,
    found: Vec<Finding>,
    next: usize,
}

impl<'t> Search<'t> {
    pub fn new(trace: &'t Trace, derived: &'t Derived, seen: Seen) -> Self {
        Search { ground: Ground::new(trace, derived, seen), found: Vec::new(), next: 0 }
    }

    /// Runs the next rule; false when there is none left.
    pub fn step(&mut self) -> bool {
        let Some(rule) = RULES.get(self.next) else { return false };
        rule(&mut self.ground, &mut self.found);
        self.next += 1;
        true
    }

    /// What was found: the dearest on the critical path first, then in total; ties by severity, kind, first span, title.
    pub fn finish(self) -> Vec<Finding> {
        let Search { ground, mut found, .. } = self;
        cut(&mut found);
        in_order(ground.trace, &mut found);
        summed_up(ground.trace, found, |spans| (ground.path_ns_of(spans), ground.durations_of(spans)))
    }
}

fn cut(found: &mut [Finding]) {
    for finding in found {
        finding.title = quote::line(&finding.title, MOST_OF_TITLE);
        finding.evidence.iter_mut().for_each(|sentence| *sentence = quote::line(sentence, MOST_OF_SENTENCE));
    }
}

fn in_order(trace: &Trace, found: &mut [Finding]) {
    let first = |finding: &Finding| finding.spans.first().map(|span| (trace.start_ns(*span), trace.span_id(*span)));
    let key = |finding: &Finding| {
        let cost = (Reverse(finding.cost_ns), Reverse(finding.total_ns));
        (cost, finding.severity, finding.kind, first(finding))
    };
    sort::by(found, |a, b| key(a).cmp(&key(b)).then_with(|| a.title.cmp(&b.title)));
}

/// No more of a kind than anybody reads: beyond [`MOST_OF_A_KIND`] the cheapest are one finding, which has all their spans. `ns` tells
/// what spans cost together, on the path and in total.
fn summed_up(trace: &Trace, found: Vec<Finding>, ns: impl Fn(&[SpanIdx]) -> (u64, u64)) -> Vec<Finding> {
    let mut told = [0usize; FindingKind::ALL.len()];
    let mut rest: Vec<Vec<Finding>> = FindingKind::ALL.iter().map(|_| Vec::new()).collect();
    let mut kept = Vec::new();
    for finding in found {
        let at = finding.kind as usize;
        told[at] += 1;
        if told[at] <= MOST_OF_A_KIND { kept.push(finding) } else { rest[at].push(finding) }
    }
    kept.extend(rest.into_iter().filter_map(|rest| sum(trace, rest, &ns)));
    in_order(trace, &mut kept);
    kept
}

fn sum(trace: &Trace, rest: Vec<Finding>, ns: impl Fn(&[SpanIdx]) -> (u64, u64)) -> Option<Finding> {
    let dearest = rest.first()?;
    let (kind, severity, count) = (dearest.kind, rest.iter().map(|finding| finding.severity).min()?, rest.len() as u64);
    let confidence = rest.iter().map(|finding| finding.confidence).max()?;
    let mut spans: Vec<SpanIdx> = rest.iter().flat_map(|finding| finding.spans.iter().copied()).collect();
    naming::sort_by_start(trace, &mut spans);
    spans.dedup();
    // What costs nothing one by one, as a clock does, costs nothing together.
    let (cost_ns, total_ns) = ns(&spans);
    let cost_ns = if rest.iter().all(|finding| finding.cost_ns == 0) { 0 } else { cost_ns };
    let total_ns = if rest.iter().all(|finding| finding.total_ns == 0) { 0 } else { total_ns };
    let title = format!("{} more of this kind, each cheaper than those told one by one", format::count(count));
    let evidence = rest.iter().take(naming::SHOWN).map(|finding| format!("{}.", finding.title)).collect();
    Some(Finding { kind, severity, confidence, title, evidence, fix: None, spans, cost_ns, total_ns })
}

/// Clocks that disagree, alone: asked of recorded times before they are put right.
pub fn of_clocks(trace: &Trace, derived: &Derived) -> Vec<Finding> {
    let mut found = Vec::new();
    clocks::find(&mut Ground::new(trace, derived, Seen::default()), &mut found);
    cut(&mut found);
    found
}

/// Adds clocks that were found to disagree with recorded times, of the same trace; their spans by row of the set. Of a pair that still
/// disagrees when moved, what was recorded is told and not what is left.
pub fn with_recorded(trace: &Trace, found: Vec<Finding>, recorded: &[(Finding, Vec<usize>)]) -> Vec<Finding> {
    let wanted: FxHashSet<usize> = recorded.iter().flat_map(|(_, rows)| rows.iter().copied()).collect();
    let rows = trace.spans().map(|span| (trace.row(span), span)).filter(|(row, _)| wanted.contains(row));
    let span_of: FxHashMap<usize, SpanIdx> = rows.collect();
    let spans = |rows: &[usize]| rows.iter().filter_map(|row| span_of.get(row).copied()).collect();
    let recorded: Vec<Finding> =
        recorded.iter().map(|(finding, rows)| Finding { spans: spans(rows), ..finding.clone() }).collect();
    let pair = clocks::pair_of(trace);
    let told: FxHashSet<_> = recorded.iter().filter_map(|finding| pair(*finding.spans.first()?)).collect();
    let is_told = |span: &SpanIdx| pair(*span).is_some_and(|pair| told.contains(&pair));
    let (mut clocks, mut found): (Vec<Finding>, Vec<Finding>) =
        found.into_iter().partition(|finding| finding.kind == FindingKind::ClockSkew);
    clocks.retain(|finding| !finding.spans.iter().all(is_told));
    clocks.extend(recorded);
    in_order(trace, &mut clocks);
    found.extend(summed_up(trace, clocks, |_| (0, 0)));
    in_order(trace, &mut found);
    found
}

/// All findings of a trace, in the order of [`Search::finish`].
pub fn findings(trace: &Trace, derived: &Derived, seen: Seen) -> Vec<Finding> {
    let mut search = Search::new(trace, derived, seen);
    while search.step() {}
    search.finish()
}

#[cfg(test)]
mod property_test;
#[cfg(test)]
mod recorded_test;
