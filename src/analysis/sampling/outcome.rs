//! What a plan would keep of the loaded traces: in all, by policy, by service and operation, and what would no longer be seen.
//!
//! Figures "before" and "after" count each trace as many times as it stands for ([`super::threshold`]): they are of the traffic before the
//! sampling that is in place, and the plan stands instead of it. Whether an operation vanishes is asked of the traces as they were loaded.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::chance::{Chance, Chances};
use super::facts::Facts;
use super::interval::{Share, Sum};
use super::limits;
use super::plan::{self, Plan};
use crate::base::{Sym, sort};

const SECONDS_OF_MONTH: f64 = 30.0 * 86_400.0;

/// What a plan would keep. All counts are expected values.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct Outcome {
    /// How many traces were loaded, and how many of them say how many they stand for.
    pub loaded: u32,
    pub with_threshold: u32,
    pub traces: Volume,
    pub spans: Volume,
    /// As [`super::size`] counts them.
    pub bytes: Volume,
    /// Traces with an error.
    pub error_traces: Volume,
    /// In the order of the plan.
    pub policies: Vec<Kept>,
    /// By name.
    pub services: Vec<Row>,
    /// By service and name.
    pub operations: Vec<Row>,
    /// What is likeliest to be lost first.
    pub blind_spots: Vec<BlindSpot>,
    /// What the lab cannot see, in sentences.
    pub limits: Vec<String>,
    /// New traces a second, before the head: as the reader says, else as the sample looks; `None` when it has no two starts.
    pub traces_per_second: Option<f64>,
}

/// How much there is, and how much is kept.
#[derive(Clone, Copy, PartialEq, Debug, Serialize, Deserialize)]
pub struct Volume {
    pub before: f64,
    pub after: f64,
    pub share: Share,
}

/// What a policy keeps.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct Kept {
    /// As it is written into the configuration.
    pub name: String,
    /// Why it is off.
    pub off: Option<String>,
    /// Whatever the others keep.
    pub traces: Volume,
    pub spans: f64,
    /// Traces that none of the others keeps.
    pub alone: f64,
}

/// A service, or an operation of one.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct Row {
    pub service: String,
    /// Empty of a service.
    pub operation: String,
    /// Loaded traces that have it, and have an error in it.
    pub seen: u32,
    pub seen_errors: u32,
    pub traces: Volume,
    /// Traces with an error in it.
    pub error_traces: Volume,
    pub spans_before: f64,
    pub spans_after: f64,
    /// Traces kept by each policy, whatever the others keep.
    pub by_policy: Vec<f64>,
}

/// What is lost of an operation.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub enum Lost {
    Operation,
    /// Its traces with errors.
    Errors,
}

/// An operation that is not seen any more, or not seen to fail.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct BlindSpot {
    pub service: String,
    pub operation: String,
    pub lost: Lost,
    /// Loaded traces that show it.
    pub seen: u32,
    /// How many of them are kept.
    pub expected: f64,
    /// The chance that none is.
    pub chance: f64,
}

impl Outcome {
    /// How much of something counted by the sample is a month of 30 days at the rate of new traces; `None` when the rate is not known.
    pub fn per_month(&self, of_sample: f64) -> Option<f64> {
        let traces = self.traces.before;
        self.traces_per_second.filter(|_| traces > 0.0).map(|rate| of_sample / traces * rate * SECONDS_OF_MONTH)
    }
}

/// Traces that show something.
#[derive(Clone)]
struct Shown {
    sum: Sum,
    seen: u32,
    expected: f64,
    /// The chance that none is kept.
    none: f64,
}

impl Default for Shown {
    fn default() -> Self {
        Shown { sum: Sum::default(), seen: 0, expected: 0.0, none: 1.0 }
    }
}

impl Shown {
    fn add(&mut self, weight: f64, kept: f64) {
        self.sum.add(weight, kept);
        self.seen += 1;
        self.expected += kept;
        self.none *= 1.0 - kept;
    }

    /// Likelier lost than not; or of several traces not one is expected.
    fn is_lost(&self) -> bool {
        self.seen > 0 && (self.none > 0.5 || (self.seen > 1 && self.expected < 1.0))
    }
}

#[derive(Clone, Default)]
struct Figures {
    traces: Shown,
    errors: Shown,
    spans: Sum,
    by_policy: Vec<f64>,
}

impl Figures {
    fn add(&mut self, weight: f64, chance: &Chance, spans: u32, has_error: bool) {
        self.traces.add(weight, chance.kept);
        if has_error {
            self.errors.add(weight, chance.kept);
        }
        self.spans.add(weight * f64::from(spans), chance.kept);
        self.by_policy.resize(chance.by.len(), 0.0);
        self.by_policy.iter_mut().zip(&chance.by).for_each(|(sum, kept)| *sum += weight * kept);
    }

    fn row(self, service: &str, operation: &str) -> Row {
        Row {
            service: service.to_owned(),
            operation: operation.to_owned(),
            seen: self.traces.seen,
            seen_errors: self.errors.seen,
            traces: volume(&self.traces.sum),
            error_traces: volume(&self.errors.sum),
            spans_before: self.spans.before,
            spans_after: self.spans.after,
            by_policy: self.by_policy,
        }
    }
}

fn volume(sum: &Sum) -> Volume {
    Volume { before: sum.before, after: sum.after, share: sum.share() }
}

/// What the plan would keep. Linear in traces and what they do, times the policies.
pub fn evaluate(facts: &Facts, plan: &Plan) -> Outcome {
    let rate = rate(facts, plan);
    let chances = Chances::new(facts, plan, rate);
    let [mut traces, mut spans, mut bytes, mut errors] = [Sum::default(); 4];
    let mut policies = vec![([Sum::default(); 2], 0.0); plan.policies.len()];
    let mut operations = vec![Figures::default(); facts.operations.len()];
    let mut services: BTreeMap<&str, Figures> = BTreeMap::new();
    for (at, trace) in facts.traces.iter().enumerate() {
        let (chance, weight) = (chances.of(at), trace.weight);
        let all_spans = weight * f64::from(trace.spans);
        traces.add(weight, chance.kept);
        spans.add(all_spans, chance.kept);
        bytes.add(weight * trace.bytes as f64, chance.kept);
        if trace.has_error() {
            errors.add(weight, chance.kept);
        }
        for (at, ([of_traces, of_spans], alone)) in policies.iter_mut().enumerate() {
            of_traces.add(weight, chance.by[at]);
            of_spans.add(all_spans, chance.by[at]);
            *alone += weight * chance.alone[at];
        }
        let mut of_service: BTreeMap<Sym, (u32, bool)> = BTreeMap::new();
        for done in facts.done_in(at) {
            let at = done.operation as usize;
            if let (Some((service, _)), Some(figures)) = (facts.operations.get(at), operations.get_mut(at)) {
                figures.add(weight, &chance, done.spans, done.errors > 0);
                let (spans, has_error) = of_service.entry(*service).or_default();
                *spans += done.spans;
                *has_error |= done.errors > 0;
            }
        }
        for (service, (spans, has_error)) in of_service {
            services.entry(facts.strings.get(service)).or_default().add(weight, &chance, spans, has_error);
        }
    }
    let names = plan::distinct(plan.policies.iter().map(|policy| policy.name.as_str()));
    let kept = policies.iter().zip(names).zip(&plan.policies).map(|((([traces, spans], alone), name), policy)| Kept {
        name,
        off: policy.rule.off().map(str::to_owned),
        traces: volume(traces),
        spans: spans.after,
        alone: *alone,
    });
    let mut outcome = Outcome {
        loaded: facts.len() as u32,
        with_threshold: facts.traces.iter().filter(|trace| trace.has_threshold).count() as u32,
        traces: volume(&traces),
        spans: volume(&spans),
        bytes: volume(&bytes),
        error_traces: volume(&errors),
        policies: kept.collect(),
        services: services.into_iter().map(|(service, figures)| figures.row(service, "")).collect(),
        operations: Vec::new(),
        blind_spots: Vec::new(),
        limits: limits::limits(facts, plan, rate, traces.effective()),
        traces_per_second: rate,
    };
    for ((service, name), figures) in facts.operations.iter().zip(operations) {
        let (service, name) = (facts.strings.get(*service), facts.strings.get(*name));
        for (lost, shown) in [(Lost::Operation, &figures.traces), (Lost::Errors, &figures.errors)] {
            // An operation that is lost is not lost again with its errors.
            if shown.is_lost() && (lost == Lost::Operation || !figures.traces.is_lost()) {
                outcome.blind_spots.push(BlindSpot {
                    service: service.to_owned(),
                    operation: name.to_owned(),
                    lost,
                    seen: shown.seen,
                    expected: shown.expected,
                    chance: shown.none,
                });
            }
        }
        outcome.operations.push(figures.row(service, name));
    }
    sort::by(&mut outcome.operations, |a, b| (&a.service, &a.operation).cmp(&(&b.service, &b.operation)));
    sort::by(&mut outcome.blind_spots, |a, b| {
        let names = || (&a.service, &a.operation).cmp(&(&b.service, &b.operation));
        b.chance.total_cmp(&a.chance).then(b.seen.cmp(&a.seen)).then_with(names)
    });
    outcome
}

/// New traces a second: as the reader says, else those that the sample stands for over the time between its first start and its last.
fn rate(facts: &Facts, plan: &Plan) -> Option<f64> {
    let seconds = facts.seconds();
    plan.said_rate().or_else(|| (seconds > 0.0).then(|| facts.weight() / seconds))
}

#[cfg(test)]
#[path = "outcome_test.rs"]
mod tests;
