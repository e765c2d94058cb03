//! The Collector's configuration for a plan, as YAML: `probabilistic_sampler` for the head, `tail_sampling` for the policies. The keys are
//! those that both processors document; `tests/collector_config.rs` holds them against the documentation.
//!
//! Names, keys and values come from the reader. They stand in double quotes with everything escaped that YAML or a terminal could take for
//! something else, and with `$` doubled: the Collector replaces `${env:NAME}` in any text. Comments hold nothing of the reader's.

use core::fmt::Write;

use super::COLLECTOR;
use super::plan::{self, Plan, Policy, Portion, Rule};

/// The Collector's own.
const NUM_TRACES: f64 = 50_000.0;
/// More than any Collector has memory for.
const MOST_TRACES: f64 = 10_000_000.0;
/// How much room for traces there is above what the rate needs.
const ROOM: f64 = 2.0;

/// The configuration. A plan that keeps everything has none, and a comment says so.
pub fn config(plan: &Plan) -> String {
    let mut yaml = Yaml::default();
    yaml.comment(0, &format!("For the OpenTelemetry Collector (contrib). Keys as of its processors' {COLLECTOR}."));
    let head = plan.head_percent.map(plan::percent_of);
    if head.is_none() && !plan.has_tail() {
        yaml.comment(0, "No policy is on: nothing is dropped, and there is nothing to configure.");
        return yaml.text;
    }
    yaml.line(0, "processors:");
    if let Some(percent) = head {
        yaml.comment(1, "Head: decides by the trace id alone, span by span.");
        yaml.line(1, "probabilistic_sampler:");
        yaml.line(2, "mode: hash_seed");
        yaml.line(2, &format!("sampling_percentage: {percent}"));
    }
    if plan.has_tail() {
        tail(&mut yaml, plan);
    }
    pipeline(&mut yaml, plan, head.is_some());
    yaml.text
}

fn tail(yaml: &mut Yaml, plan: &Plan) {
    let rate = plan.said_rate().unwrap_or_default();
    let wait = plan.decision_wait_seconds.max(1);
    yaml.comment(1, "Tail: decides on whole traces. All spans of a trace must reach the same Collector.");
    yaml.line(1, "tail_sampling:");
    yaml.comment(
        2,
        "How long to wait for a trace's spans. Longer than its slowest traces take, or these are judged by a part.",
    );
    yaml.line(2, &format!("decision_wait: {wait}s"));
    yaml.comment(
        2,
        "Traces in memory: at least as many as arrive during the wait, or the oldest are dropped undecided.",
    );
    yaml.line(
        2,
        &format!("num_traces: {}", (rate * f64::from(wait) * ROOM).ceil().clamp(NUM_TRACES, MOST_TRACES) as u64),
    );
    yaml.line(2, &format!("expected_new_traces_per_sec: {}", rate.ceil().min(MOST_TRACES) as u64));
    yaml.comment(2, "A trace is kept if any policy says so.");
    yaml.line(2, "policies:");
    let names = plan::distinct(plan.policies.iter().map(|policy| policy.name.as_str()));
    for (policy, name) in plan.policies.iter().zip(names) {
        if policy.rule.off().is_none() {
            yaml.policy(3, &policy.rule, &name);
        }
    }
}

fn pipeline(yaml: &mut Yaml, plan: &Plan, has_head: bool) {
    let mut order = vec!["memory_limiter"];
    if plan.has_tail() {
        order.push("k8sattributes");
    }
    if has_head {
        order.push("probabilistic_sampler");
    }
    if plan.has_tail() {
        order.push("tail_sampling");
    }
    order.push("batch");
    yaml.comment(0, "In the pipeline, in this order; leave out what you do not have:");
    yaml.comment(0, &format!("  service.pipelines.traces.processors: [{}]", order.join(", ")));
    if plan.has_tail() {
        yaml.comment(
            0,
            "What reads a request's context, such as k8sattributes, stands before tail_sampling, which loses it.",
        );
    }
}

#[derive(Default)]
struct Yaml {
    text: String,
}

impl Yaml {
    fn line(&mut self, depth: usize, line: &str) {
        (0..depth).for_each(|_| self.text.push_str("  "));
        self.text.push_str(line);
        self.text.push('\n');
    }

    fn comment(&mut self, depth: usize, comment: &str) {
        self.line(depth, &format!("# {comment}"));
    }

    fn text(&mut self, depth: usize, key: &str, text: &str) {
        self.line(depth, &format!("{key}: {}", quoted(text)));
    }

    fn list<'a>(&mut self, depth: usize, key: &str, texts: impl Iterator<Item = &'a str>) {
        self.line(depth, &format!("{key}:"));
        texts.for_each(|text| self.line(depth + 1, &format!("- {}", quoted(text))));
    }

    /// A policy as an item of a list. Recurses as deep as policies stand within others: three at most.
    fn policy(&mut self, depth: usize, rule: &Rule, name: &str) {
        self.line(depth, &format!("- name: {}", quoted(name)));
        self.line(depth + 1, &format!("type: {}", rule.kind()));
        if *rule != Rule::AlwaysSample {
            self.line(depth + 1, &format!("{}:", rule.kind()));
            self.settings(depth + 2, rule);
        }
    }

    fn settings(&mut self, depth: usize, rule: &Rule) {
        let ms = |ms: u64| ms.min(i64::MAX as u64);
        let spans = |spans: u32| spans.min(i32::MAX as u32);
        match rule {
            Rule::AlwaysSample => {}
            Rule::Probabilistic { percent } => {
                self.line(depth, &format!("sampling_percentage: {}", plan::percent_of(*percent)));
            }
            Rule::Latency { threshold_ms, upper_threshold_ms } => {
                self.line(depth, &format!("threshold_ms: {}", ms(*threshold_ms)));
                if let Some(upper @ 1..) = upper_threshold_ms {
                    self.line(depth, &format!("upper_threshold_ms: {}", ms(*upper)));
                }
            }
            Rule::StatusCode { error, unset, ok } => {
                let codes = [(*error, "ERROR"), (*unset, "UNSET"), (*ok, "OK")];
                self.list(depth, "status_codes", codes.into_iter().filter(|(is, _)| *is).map(|(_, code)| code));
            }
            Rule::StringAttribute { key, values, invert_match } => {
                self.text(depth, "key", key);
                self.list(depth, "values", plan::values_of(values));
                if *invert_match {
                    self.line(depth, "invert_match: true");
                }
            }
            Rule::NumericAttribute { key, min, max } => {
                self.text(depth, "key", key);
                let (min, max) = plan::numeric_limits(*min, *max);
                for (key, limit) in [("min_value", min), ("max_value", max)] {
                    if let Some(limit) = limit {
                        self.line(depth, &format!("{key}: {limit}"));
                    }
                }
            }
            Rule::BooleanAttribute { key, value } => {
                self.text(depth, "key", key);
                self.line(depth, &format!("value: {value}"));
            }
            Rule::RateLimiting { spans_per_second } => {
                self.line(depth, &format!("spans_per_second: {spans_per_second}"));
            }
            Rule::SpanCount { min, max } => {
                self.line(depth, &format!("min_spans: {}", spans(*min)));
                if let Some(max @ 1..) = max {
                    self.line(depth, &format!("max_spans: {}", spans(*max)));
                }
            }
            Rule::And { policies } => self.within(depth, policies),
            Rule::Composite { max_total_spans_per_second, policies } => {
                self.composite(depth, *max_total_spans_per_second, &plan::portions_of(policies));
            }
        }
    }

    fn within(&mut self, depth: usize, policies: &[Policy]) {
        self.line(depth, "and_sub_policy:");
        let names = plan::distinct(policies.iter().map(|policy| policy.name.as_str()));
        for (policy, name) in policies.iter().zip(names) {
            self.policy(depth + 1, &policy.rule, &name);
        }
    }

    fn composite(&mut self, depth: usize, total: u32, portions: &[&Portion]) {
        let names = plan::distinct(portions.iter().map(|portion| portion.policy.name.as_str()));
        self.line(depth, &format!("max_total_spans_per_second: {total}"));
        self.list(depth, "policy_order", names.iter().map(String::as_str));
        self.line(depth, "composite_sub_policy:");
        for (portion, name) in portions.iter().zip(&names) {
            self.policy(depth + 1, &portion.policy.rule, name);
        }
        self.line(depth, "rate_allocation:");
        for (portion, name) in portions.iter().zip(&names) {
            self.text(depth + 1, "- policy", name);
            self.line(depth + 2, &format!("percent: {}", portion.percent));
        }
    }
}

/// A text in double quotes, on one line and in plain sight.
fn quoted(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + 2);
    out.push('"');
    for c in text.chars() {
        // Writing into a `String` does not fail.
        let _ = match c {
            '"' => out.write_str("\\\""),
            '\\' => out.write_str("\\\\"),
            '\n' => out.write_str("\\n"),
            '\r' => out.write_str("\\r"),
            '\t' => out.write_str("\\t"),
            '$' => out.write_str("$$"),
            c if is_unseen(c) => write!(out, "\\u{:04X}", u32::from(c)),
            c => out.write_char(c),
        };
    }
    out.push('"');
    out
}

/// Control characters, breaks of lines, and those that turn the direction of what follows: all of four digits or fewer.
fn is_unseen(c: char) -> bool {
    c.is_control()
        || matches!(c, '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}' | '\u{fffe}' | '\u{ffff}')
}

#[cfg(test)]
#[path = "config_test.rs"]
mod tests;
