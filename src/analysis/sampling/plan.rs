//! The plan that the reader sets: a head sampler and tail policies, under the Collector's names. Numbers come from a page and may be
//! anything; what they mean is asked of the functions here, by evaluation and configuration alike.

use std::collections::BTreeMap;

use serde::{Deserialize, Deserializer, Serialize};

/// What samples. Every trace passes the head first; then each policy has its say, and one that says yes is enough.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
#[serde(default)]
pub struct Plan {
    /// Decides before anything of a trace is known: the Collector's `probabilistic_sampler`, or an SDK's `TraceIdRatioBased`.
    pub head_percent: Option<f64>,
    /// None, or none that is on, keeps whatever passed the head.
    pub policies: Vec<Policy>,
    /// How long the Collector waits for a trace's spans.
    pub decision_wait_seconds: u32,
    /// How many new traces arrive a second, before the head, where the reader knows. Otherwise it is what the sample looks like, and what a search
    /// returned is seldom all there was.
    pub traces_per_second: Option<f64>,
}

#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct Policy {
    pub name: String,
    pub rule: Rule,
}

#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Rule {
    AlwaysSample,
    Probabilistic {
        #[serde(deserialize_with = "number_or_none")]
        percent: f64,
    },
    /// Longer than the one, and not longer than the other.
    Latency {
        threshold_ms: u64,
        upper_threshold_ms: Option<u64>,
    },
    /// A span with one of these.
    StatusCode {
        error: bool,
        unset: bool,
        ok: bool,
    },
    /// A span or resource with one of these values; inverted, none with any.
    StringAttribute {
        key: String,
        values: Vec<String>,
        invert_match: bool,
    },
    /// Limits are included.
    NumericAttribute {
        key: String,
        min: Option<i64>,
        max: Option<i64>,
    },
    BooleanAttribute {
        key: String,
        value: bool,
    },
    RateLimiting {
        spans_per_second: u32,
    },
    /// Limits are included.
    SpanCount {
        min: u32,
        max: Option<u32>,
    },
    /// All of them. Not within another, nor a composite within.
    And {
        policies: Vec<Policy>,
    },
    /// The first that says yes decides, as far as its part of the rate goes.
    Composite {
        max_total_spans_per_second: u32,
        policies: Vec<Portion>,
    },
}

/// A policy of a composite one, and its part of the rate. 0 is an equal part, as the Collector has it.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct Portion {
    pub policy: Policy,
    pub percent: u32,
}

/// JSON has no NaN: what is no number is written `null`, and read as such.
fn number_or_none<'de, D: Deserializer<'de>>(deserializer: D) -> Result<f64, D::Error> {
    Ok(Option::<f64>::deserialize(deserializer)?.unwrap_or(f64::NAN))
}

impl Default for Plan {
    /// Keeps everything. The wait is the Collector's own.
    fn default() -> Self {
        Plan { head_percent: None, policies: Vec::new(), decision_wait_seconds: 30, traces_per_second: None }
    }
}

impl Policy {
    pub fn new(name: &str, rule: Rule) -> Self {
        Policy { name: name.to_owned(), rule }
    }
}

impl Plan {
    /// What is usual: errors, what is slow, what matters to the business once its attribute is named, and a tenth of the rest.
    pub fn usual() -> Plan {
        let business = Rule::StringAttribute { key: String::new(), values: Vec::new(), invert_match: false };
        Plan {
            policies: vec![
                Policy::new("errors", Rule::StatusCode { error: true, unset: false, ok: false }),
                Policy::new("slow", Rule::Latency { threshold_ms: 500, upper_threshold_ms: None }),
                Policy::new("business-critical", business),
                Policy::new("rest", Rule::Probabilistic { percent: 10.0 }),
            ],
            ..Plan::default()
        }
    }

    /// The share that passes the head.
    pub fn head_share(&self) -> f64 {
        self.head_percent.map_or(1.0, share_of)
    }

    /// What the reader says arrives, if it is a rate.
    pub fn said_rate(&self) -> Option<f64> {
        self.traces_per_second.filter(|rate| rate.is_finite() && *rate > 0.0)
    }

    /// Whether any policy is on.
    pub fn has_tail(&self) -> bool {
        self.policies.iter().any(|policy| policy.rule.off().is_none())
    }
}

/// A percentage as a share between 0 and 1; what is no number is 0. Nine decimals of a percent are kept.
pub fn share_of(percent: f64) -> f64 {
    percent_of(percent) / 100.0
}

/// The same between 0 and 100.
pub fn percent_of(percent: f64) -> f64 {
    let within = if percent.is_nan() { 0.0 } else { percent.clamp(0.0, 100.0) };
    (within * 1e9).round() / 1e9
}

/// The limits of `numeric_attribute` as the Collector reads them: it cannot tell 0 from a limit that is not set.
pub fn numeric_limits(min: Option<i64>, max: Option<i64>) -> (Option<i64>, Option<i64>) {
    (min.filter(|limit| *limit != 0), max.filter(|limit| *limit != 0))
}

/// The values of `string_attribute` that can match: the Collector leaves empty ones out.
pub fn values_of(values: &[String]) -> impl Iterator<Item = &str> {
    values.iter().map(String::as_str).filter(|value| !value.is_empty())
}

/// The policies of a composite one that are on.
pub fn portions_of(portions: &[Portion]) -> Vec<&Portion> {
    portions.iter().filter(|portion| portion.policy.rule.off_within(true).is_none()).collect()
}

/// Names as the Collector takes them: none empty, none twice.
pub fn distinct<'a>(names: impl Iterator<Item = &'a str>) -> Vec<String> {
    let mut times: BTreeMap<String, u32> = BTreeMap::new();
    let mut out = Vec::new();
    for name in names {
        let name = if name.trim().is_empty() { "policy" } else { name };
        let mut chosen = name.to_owned();
        while times.contains_key(&chosen) {
            let count = times.entry(name.to_owned()).or_insert(1);
            *count += 1;
            chosen = format!("{name} ({count})");
        }
        times.insert(chosen.clone(), 1);
        out.push(chosen);
    }
    out
}

impl Rule {
    /// Why the policy is off, as a sentence without its full stop; `None` when it is on. One that is off neither keeps anything nor is written: half set,
    /// the Collector would refuse it or keep everything.
    pub fn off(&self) -> Option<&'static str> {
        match self {
            Rule::Composite { policies, .. } if portions_of(policies).is_empty() => Some("No policy within is on"),
            Rule::Composite { .. } => None,
            _ => self.off_within(true),
        }
    }

    /// The same of one within another; `may_be_and` unless it stands within an `and`.
    fn off_within(&self, may_be_and: bool) -> Option<&'static str> {
        let no_key = |key: &str| key.is_empty().then_some("No attribute is named");
        match self {
            Rule::StringAttribute { key, values, .. } => {
                no_key(key).or(values_of(values).next().is_none().then_some("No value is named"))
            }
            Rule::NumericAttribute { key, min, max } => no_key(key)
                .or((numeric_limits(*min, *max) == (None, None))
                    .then_some("No limit is set; to the Collector, 0 is none")),
            Rule::BooleanAttribute { key, .. } => no_key(key),
            Rule::StatusCode { error: false, unset: false, ok: false } => Some("No status is chosen"),
            Rule::And { .. } if !may_be_and => Some("An “and” cannot stand within an “and”"),
            Rule::And { policies } if policies.is_empty() => Some("No policy is within"),
            // Without the one, the others would keep more than was meant.
            Rule::And { policies } => policies.iter().find_map(|policy| policy.rule.off_within(false)),
            Rule::Composite { .. } => Some("A composite cannot stand within another policy"),
            _ => None,
        }
    }

    /// The Collector's name of the kind, which is also the key of its settings.
    pub fn kind(&self) -> &'static str {
        match self {
            Rule::AlwaysSample => "always_sample",
            Rule::Probabilistic { .. } => "probabilistic",
            Rule::Latency { .. } => "latency",
            Rule::StatusCode { .. } => "status_code",
            Rule::StringAttribute { .. } => "string_attribute",
            Rule::NumericAttribute { .. } => "numeric_attribute",
            Rule::BooleanAttribute { .. } => "boolean_attribute",
            Rule::RateLimiting { .. } => "rate_limiting",
            Rule::SpanCount { .. } => "span_count",
            Rule::And { .. } => "and",
            Rule::Composite { .. } => "composite",
        }
    }
}

#[cfg(test)]
#[path = "plan_test.rs"]
mod tests;
