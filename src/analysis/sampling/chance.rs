//! With which chance a trace is kept, by each policy and by the plan.
//!
//! Most policies are certain. What is left to chance, and how it goes together:
//!
//! - **The head** is a chance of its own: `probabilistic_sampler` hashes the trace id otherwise than `tail_sampling` does.
//! - **`probabilistic`** policies all hash the trace id with the same salt, so they are no chances of their own: what a policy of 10 % keeps,
//!   one of 20 % keeps too, and both together keep 20 %. They are worked out on one number between 0 and 1, piece by piece between the
//!   percentages.
//! - **`rate_limiting`** is a bucket of twice the rate; a trace of more spans never passes. Others are taken to pass with the chance of rate
//!   by what arrives, at most 1: as if traces arrived evenly and all sizes were refused alike. Everything that reaches the policy takes from
//!   the bucket, also what another policy keeps anyway.
//! - **`composite`**: the first of its policies that says yes decides. Each has its part of the rate a second, worked out the same way; a
//!   trace of more spans than the part never passes, and one that is refused does not go on to the next.
//!
//! What arrives is the rate of new traces, times the mean spans that reach the limit, each trace with its weight.

use super::attributes::Known;
use super::facts::{Facts, TraceFacts, status_bit};
use super::plan::{self, Plan, Policy, Portion, Rule};
use crate::base::{Sym, sort};
use crate::model::Status;

/// A policy, ready to be asked. Attributes are looked up beforehand, once for all traces.
enum Test {
    Never,
    Always,
    /// Of the number between 0 and 1 that a trace's id is.
    Below(f64),
    Latency {
        over: i64,
        most: Option<i64>,
    },
    Statuses(u8),
    /// By trace.
    Holds(Vec<bool>),
    Spans {
        min: u32,
        max: Option<u32>,
    },
    /// By place in [`Chances::limits`].
    Limit(usize),
    All(Vec<Test>),
    InOrder(Vec<(Test, usize)>),
}

struct Limit {
    spans_per_second: f64,
    most_spans: f64,
    /// How much of what reaches it passes.
    passes: f64,
}

/// A plan, ready to be asked about the traces it was made for.
pub struct Chances<'f> {
    facts: &'f Facts,
    head: f64,
    /// One for each policy of the plan.
    tests: Vec<Test>,
    has_tail: bool,
    limits: Vec<Limit>,
    /// Pieces of 0 to 1 within which every `probabilistic` policy says the same: the middle and the length.
    pieces: Vec<(f64, f64)>,
}

/// The chances of one trace.
pub struct Chance {
    /// To be kept.
    pub kept: f64,
    /// To be kept by each policy, whatever the others say.
    pub by: Vec<f64>,
    /// To be kept by this one alone.
    pub alone: Vec<f64>,
}

impl<'f> Chances<'f> {
    /// `rate` is of new traces a second. When it is not known, limits refuse only what is too large for them.
    pub fn new(facts: &'f Facts, plan: &Plan, rate: Option<f64>) -> Self {
        let mut build = Build { facts, limits: Vec::new(), cuts: vec![0.0, 1.0] };
        let tests = plan.policies.iter().map(|policy| build.top(policy)).collect();
        let Build { limits, mut cuts, .. } = build;
        sort::by(&mut cuts, f64::total_cmp);
        cuts.dedup();
        let pieces = cuts.windows(2).map(|ends| ((ends[0] + ends[1]) / 2.0, ends[1] - ends[0])).collect();
        let head = plan.head_share();
        let mut chances = Chances { facts, head, tests, has_tail: plan.has_tail(), limits, pieces };
        if let Some(rate) = rate {
            chances.fill(rate);
        }
        chances
    }

    /// Works out the limits one after the other: what reaches one depends on none that comes later.
    fn fill(&mut self, rate: f64) {
        let weight = self.facts.weight();
        for at in 0..self.limits.len() {
            let mut reached = vec![0.0; self.limits.len()];
            for trace in 0..self.facts.len() {
                for (middle, length) in &self.pieces {
                    let mut asked =
                        Asked { chances: self, trace, number: *middle, scale: *length, reached: &mut reached };
                    self.tests.iter().for_each(|test| _ = asked.ask(test, self.head));
                }
            }
            let arrives = reached.get(at).copied().unwrap_or_default() / weight * rate;
            if let Some(limit) = self.limits.get_mut(at)
                && arrives > limit.spans_per_second
            {
                limit.passes = limit.spans_per_second / arrives;
            }
        }
    }

    /// The chances of a trace, by its place.
    pub fn of(&self, trace: usize) -> Chance {
        let count = self.tests.len();
        let mut chance = Chance { kept: 0.0, by: vec![0.0; count], alone: vec![0.0; count] };
        if !self.has_tail {
            chance.kept = self.head;
            return chance;
        }
        let mut reached = vec![0.0; self.limits.len()];
        let mut lost_after = vec![1.0; count + 1];
        for (middle, length) in &self.pieces {
            let mut asked = Asked { chances: self, trace, number: *middle, scale: 0.0, reached: &mut reached };
            let by: Vec<f64> = self.tests.iter().map(|test| asked.ask(test, self.head)).collect();
            for (at, kept) in by.iter().enumerate().rev() {
                lost_after[at] = lost_after[at + 1] * (1.0 - kept);
            }
            let mut lost_before = 1.0;
            for (at, kept) in by.iter().enumerate() {
                chance.by[at] += self.head * length * kept;
                chance.alone[at] += self.head * length * kept * lost_before * lost_after[at + 1];
                lost_before *= 1.0 - kept;
            }
            chance.kept += self.head * length * (1.0 - lost_before);
        }
        chance.kept = chance.kept.clamp(0.0, 1.0);
        chance
    }
}

/// One trace, and one number between 0 and 1.
struct Asked<'a> {
    chances: &'a Chances<'a>,
    trace: usize,
    number: f64,
    scale: f64,
    /// Spans that reach each limit.
    reached: &'a mut [f64],
}

impl Asked<'_> {
    /// The chance that a test says yes, once it is reached; `reach` is the chance of that.
    fn ask(&mut self, test: &Test, reach: f64) -> f64 {
        let Some(facts) = self.chances.facts.traces.get(self.trace) else { return 0.0 };
        let certain = match test {
            Test::Never => false,
            Test::Always => true,
            Test::Below(share) => self.number < *share,
            Test::Latency { over, most } => {
                facts.latency_ms > *over && most.is_none_or(|most| facts.latency_ms <= most)
            }
            Test::Statuses(bits) => facts.statuses & bits != 0,
            Test::Holds(traces) => traces.get(self.trace).copied().unwrap_or_default(),
            Test::Spans { min, max } => facts.spans >= *min && max.is_none_or(|max| facts.spans <= max),
            Test::Limit(limit) => return self.limit(*limit, facts, reach),
            Test::All(tests) => {
                let mut passes = 1.0;
                for test in tests {
                    if passes == 0.0 {
                        break;
                    }
                    passes *= self.ask(test, reach * passes);
                }
                return passes;
            }
            Test::InOrder(portions) => {
                let (mut kept, mut goes_on) = (0.0, 1.0);
                for (test, limit) in portions {
                    let yes = self.ask(test, reach * goes_on);
                    kept += goes_on * yes * self.limit(*limit, facts, reach * goes_on * yes);
                    goes_on *= 1.0 - yes;
                }
                return kept;
            }
        };
        f64::from(u8::from(certain))
    }

    fn limit(&mut self, at: usize, facts: &TraceFacts, reach: f64) -> f64 {
        let spans = f64::from(facts.spans);
        match self.chances.limits.get(at) {
            Some(limit) if spans <= limit.most_spans => {
                if let Some(reached) = self.reached.get_mut(at) {
                    *reached += self.scale * reach * facts.weight * spans;
                }
                limit.passes
            }
            _ => 0.0,
        }
    }
}

struct Build<'f> {
    facts: &'f Facts,
    limits: Vec<Limit>,
    cuts: Vec<f64>,
}

impl Build<'_> {
    fn top(&mut self, policy: &Policy) -> Test {
        match &policy.rule {
            rule if rule.off().is_some() => Test::Never,
            Rule::Composite { max_total_spans_per_second, policies } => {
                self.composite(f64::from(*max_total_spans_per_second), &plan::portions_of(policies))
            }
            rule => self.test(rule),
        }
    }

    fn composite(&mut self, total: f64, portions: &[&Portion]) -> Test {
        let equal = total / portions.len().max(1) as f64;
        let with_limit = |portion: &&Portion| {
            let test = self.test(&portion.policy.rule);
            let part = if portion.percent == 0 { equal } else { f64::from(portion.percent) / 100.0 * total };
            // Whole spans a second, and no part is more than the whole.
            (test, self.limit(part.floor().min(total), 1.0))
        };
        Test::InOrder(portions.iter().map(with_limit).collect())
    }

    fn limit(&mut self, spans_per_second: f64, bucket_seconds: f64) -> usize {
        self.limits.push(Limit { spans_per_second, most_spans: spans_per_second * bucket_seconds, passes: 1.0 });
        self.limits.len() - 1
    }

    fn holds(&self, key: &str, test: &dyn Fn(Known) -> bool) -> Vec<bool> {
        self.facts.attributes.holds(&self.facts.strings, key, test)
    }

    /// Recurses into an `and`, in which no other stands.
    fn test(&mut self, rule: &Rule) -> Test {
        match rule {
            Rule::AlwaysSample => Test::Always,
            Rule::Probabilistic { percent } => {
                let share = plan::share_of(*percent);
                self.cuts.push(share);
                Test::Below(share)
            }
            Rule::Latency { threshold_ms, upper_threshold_ms } => {
                let ms = |ms: u64| i64::try_from(ms).unwrap_or(i64::MAX);
                Test::Latency { over: ms(*threshold_ms), most: upper_threshold_ms.filter(|most| *most > 0).map(ms) }
            }
            Rule::StatusCode { error, unset, ok } => {
                let bits = [(*error, Status::Error), (*unset, Status::Unset), (*ok, Status::Ok)];
                Test::Statuses(
                    bits.into_iter().filter(|(is, _)| *is).fold(0, |bits, (_, status)| bits | status_bit(status)),
                )
            }
            Rule::StringAttribute { key, values, invert_match } => {
                let mut wanted: Vec<Sym> =
                    plan::values_of(values).filter_map(|value| self.facts.strings.find(value)).collect();
                sort::plain(&mut wanted);
                let is_wanted = |value| matches!(value, Known::Text(text) if wanted.binary_search(&text).is_ok());
                let mut holds = self.holds(key, &is_wanted);
                holds.iter_mut().for_each(|holds| *holds ^= invert_match);
                Test::Holds(holds)
            }
            Rule::NumericAttribute { key, min, max } => {
                let (min, max) = plan::numeric_limits(*min, *max);
                let within = min.unwrap_or(i64::MIN)..=max.unwrap_or(i64::MAX);
                Test::Holds(self.holds(key, &|value| within.contains(&value.int())))
            }
            Rule::BooleanAttribute { key, value: wanted } => {
                Test::Holds(self.holds(key, &|value| value.bool() == *wanted))
            }
            // Twice the rate is the Collector's bucket, and what it starts with.
            Rule::RateLimiting { spans_per_second } => Test::Limit(self.limit(f64::from(*spans_per_second), 2.0)),
            Rule::SpanCount { min, max } => Test::Spans { min: *min, max: max.filter(|max| *max > 0) },
            Rule::And { policies } => Test::All(policies.iter().map(|policy| self.test(&policy.rule)).collect()),
            Rule::Composite { .. } => Test::Never,
        }
    }
}

#[cfg(test)]
#[path = "chance_test.rs"]
mod tests;
