//! What the lab cannot see, in plain sentences: which of them hold for these traces and this plan.

use super::COLLECTOR;
use super::facts::Facts;
use super::plan::{Plan, Policy, Rule};
use crate::base::format;

/// A sample of fewer traces, or of a shorter time, says little of a rate.
const FEW_TRACES: usize = 100;
const SHORT_SECONDS: f64 = 60.0;

/// The sentences, the most important first. `effective` is how many traces of equal weight the sample is worth.
pub fn limits(facts: &Facts, plan: &Plan, rate: Option<f64>, effective: f64) -> Vec<String> {
    if facts.is_empty() {
        return vec!["No traces are loaded, so nothing can be said of what the policies keep.".to_owned()];
    }
    let mut said = vec![dropped(facts)];
    if effective < 0.9 * facts.len() as f64 {
        said.push(format!(
            "Traces stand for different numbers of others, so for the intervals this sample is worth {} \
             of equal weight.",
            format::counted(effective.round() as u64, "trace", "traces")
        ));
    }
    said.push(
        "Intervals hold for a random sample. What a search returned is none: Tempo returns the \
         first that it meets of those that were searched for."
            .to_owned(),
    );
    let rules = all_rules(&plan.policies);
    let has_limit = |rule: &&Rule| matches!(rule, Rule::RateLimiting { .. } | Rule::Composite { .. });
    if rules.iter().any(has_limit) {
        said.push(rates(facts, plan, rate));
    }
    for key in keys(&rules) {
        let cut = facts.attributes.cut(&facts.strings, key);
        if cut > 0 {
            said.push(format!(
                "In {} some values of “{}” were left out, since there are too many or they are too long: \
                 there, a policy that asks for them may keep more or less than is shown.",
                format::counted(u64::from(cut), "trace", "traces"),
                shown(key)
            ));
        }
    }
    if rules.iter().any(|rule| matches!(rule, Rule::Latency { upper_threshold_ms: Some(1..), .. })) {
        said.push(
            "A latency policy with an upper limit looks at spans as they arrive: the Collector may keep a \
             longer trace whose first spans fit."
                .to_owned(),
        );
    }
    if rules.iter().any(|rule| matches!(rule, Rule::StringAttribute { invert_match: true, .. })) {
        said.push(format!(
            "An inverted policy is taken as the Collector of {COLLECTOR} takes it. Older ones let it drop \
             a trace that another policy keeps."
        ));
    }
    if plan.has_tail() {
        said.push(format!(
            "Traces are judged whole. The Collector decides {} s after the first span: what comes later \
             is not looked at, and spans of one trace must all reach the same Collector.",
            plan.decision_wait_seconds.max(1)
        ));
    }
    if plan.head_percent.is_some() {
        said.push(
            "The Collector's head sampler also keeps or drops spans by their attribute sampling.priority, \
         which is not looked at here."
                .to_owned(),
        );
    }
    said
}

fn dropped(facts: &Facts) -> String {
    let with = facts.traces.iter().filter(|trace| trace.has_threshold).count();
    if with == 0 {
        return "Only traces that were stored can be loaded. None of these says that it was sampled (ot=th in its \
         trace state), so each counts once: what was dropped before is not seen, and if anything was, \
         the true volume is larger."
            .to_owned();
    }
    format!(
        "{} of {} say with which chance they were sampled (ot=th in the trace state). Each of these \
         counts as all that it stands for{}: {} in all. Figures are of the traffic before that sampling, \
         and the plan stands instead of it. What no kept trace resembles is still not seen.",
        format::count(with as u64),
        format::counted(facts.len() as u64, "trace", "traces"),
        if with < facts.len() { ", the others once" } else { "" },
        format::counted(facts.weight().round() as u64, "trace", "traces")
    )
}

fn rates(facts: &Facts, plan: &Plan, rate: Option<f64>) -> String {
    let even = "Limits are worked out as if traces arrived evenly: bursts lose more, and large traces are refused \
     more often than small ones.";
    let seconds = facts.seconds();
    match rate {
        Some(rate) if plan.said_rate().is_some() => {
            format!("For rates, {} new traces are taken, as you say. {even}", format::per_second(rate))
        }
        Some(rate) => format!(
            "For rates, {} new traces are taken: those that are loaded, over the {} between the first \
             start and the last. If a search left some out, more arrive.{} {even}",
            format::per_second(rate),
            format::duration((seconds * 1e9) as u64),
            if facts.len() < FEW_TRACES || seconds < SHORT_SECONDS { " That is too little to rely on." } else { "" }
        ),
        None => "The loaded traces do not say how many arrive a second, so limits are taken to refuse only traces \
         that are too large for them."
            .to_owned(),
    }
}

/// The rules of policies that are on, with those within.
fn all_rules(policies: &[Policy]) -> Vec<&Rule> {
    let mut rules = Vec::new();
    let on = policies.iter().map(|policy| &policy.rule).filter(|rule| rule.off().is_none());
    let mut open: Vec<&Rule> = on.collect();
    while let Some(rule) = open.pop() {
        rules.push(rule);
        match rule {
            Rule::And { policies } => open.extend(policies.iter().map(|policy| &policy.rule)),
            Rule::Composite { policies, .. } => open.extend(policies.iter().map(|portion| &portion.policy.rule)),
            _ => {}
        }
    }
    rules
}

/// The attributes they ask for, each once.
fn keys<'a>(rules: &[&'a Rule]) -> std::collections::BTreeSet<&'a str> {
    let key = |rule: &&'a Rule| match rule {
        Rule::StringAttribute { key, .. } | Rule::NumericAttribute { key, .. } | Rule::BooleanAttribute { key, .. } => {
            Some(key.as_str())
        }
        _ => None,
    };
    rules.iter().filter_map(key).collect()
}

fn shown(key: &str) -> String {
    key.chars().map(|c| if c.is_control() { ' ' } else { c }).take(80).collect()
}

#[cfg(test)]
#[path = "limits_test.rs"]
mod tests;
