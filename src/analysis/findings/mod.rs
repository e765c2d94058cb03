//! What is wrong with a trace: findings, each by a stated rule, with evidence that can be checked and what it costs. The rules, their
//! thresholds and their sources are in `docs/findings.md`; a file here is a rule or a few that look at the same thing. Not here: what
//! was repaired while reading (`model::doubts`).
//!
//! Every rule is linear in spans, apart from sorting, and pure: the same spans in any order give the same findings.

mod calls;
mod chatty;
mod clocks;
mod duplicates;
mod failures;
mod ground;
mod instrumentation;
pub mod kind;
mod operation;
mod propagation;
mod repeated;
mod retries;
mod secrets;
mod serial;
mod slow;
mod timeouts;
mod unanswered;
mod waiting;

use core::cmp::Reverse;

use serde::{Deserialize, Serialize};

pub use self::ground::Ground;
pub use self::kind::FindingKind;
use super::Derived;
use crate::base::sort;
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
    pub fix: Option<&'static str>,
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
    /// When the trace was read, in unix ns; `None` when that says nothing, as of a file.
    pub read_at_unix_nano: Option<u64>,
}

/// A rule: adds what it finds.
type Rule = fn(&mut Ground<'_>, &mut Vec<Finding>);

/// In the order in which they run: those that look at what earlier ones found come later.
const RULES: [Rule; 15] = [
    repeated::find,
    duplicates::find,
    chatty::find,
    retries::find,
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
    pub fn finish(mut self) -> Vec<Finding> {
        let trace = self.ground.trace;
        sort::by_key(&mut self.found, |finding| {
            let first = finding.spans.first().map(|span| (trace.start_ns(*span), trace.span_id(*span)));
            let cost = (Reverse(finding.cost_ns), Reverse(finding.total_ns));
            (cost, finding.severity, finding.kind, first, finding.title.clone())
        });
        self.found
    }
}

/// All findings of a trace, in the order of [`Search::finish`].
pub fn findings(trace: &Trace, derived: &Derived, seen: Seen) -> Vec<Finding> {
    let mut search = Search::new(trace, derived, seen);
    while search.step() {}
    search.finish()
}
