//! A link that names no trace but says which one is wanted: `?service=…&operation=…&open=slowest`. Which questions lead to it, and why the
//! one that is opened is it. Pure.
//!
//! Tempo returns the first matches that it meets, so "slowest" of one long list is a guess. What decides is asked for instead: a duration above
//! which fewer traces match than the limit, or a window in which fewer do. At most [`MOST_SEARCHES`] searches; where that did not settle it, the answer says
//! so.

use super::search::{Found, FoundTrace, Search};
use super::tempo::Bounds;
use crate::base::TraceId;
use crate::base::format::{count, counted, duration as duration_words};
use crate::query::metrics::{Population, quantiles};
use crate::query::{duration, write};

pub const MOST_SEARCHES: usize = 5;
const LIMIT: u32 = 20;
/// All that a search gives: the slowest span of a trace may be any of those that match.
const SPANS_PER_SET: u32 = 100;
/// The first window is this part of the range.
const FIRST_PART: u64 = 16;

/// Which of the traces that match is wanted.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Wanted {
    Slowest,
    Latest,
    FirstError,
}

/// What a link says of the trace that it means; empty is not said.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Landing {
    pub service: String,
    pub operation: String,
    /// As TraceQL writes it.
    pub min_duration: String,
    pub max_duration: String,
    /// `error`, `ok`, `unset`.
    pub status: String,
    /// Attributes and their texts, as Jaeger's `tags` has them; looked for in span and resource.
    pub tags: Vec<(String, String)>,
}

impl Landing {
    pub fn is_empty(&self) -> bool {
        *self == Landing::default()
    }

    /// The search that it stands for.
    pub fn query(&self) -> String {
        write::spanset(&self.conditions(true))
    }

    fn conditions(&self, with_least: bool) -> String {
        let text = |field: &str, value: &str| match value {
            "" => String::new(),
            value => format!("{field} = {}", write::text(value)),
        };
        let word = |start: &str, value: &str| if value.is_empty() { String::new() } else { format!("{start} {value}") };
        let least = if with_least { self.min_duration.as_str() } else { "" };
        let mut all = vec![
            text("resource.service.name", &self.service),
            text("name", &self.operation),
            word("status =", &self.status),
            word("duration >=", least),
            word("duration <=", &self.max_duration),
        ];
        all.extend(self.tags.iter().map(|(name, value)| match (name.as_str(), value.as_str()) {
            // Jaeger's own marks of errors.
            ("error", "true") => "status = error".to_owned(),
            (name, value) => format!("{} = {}", write::attribute("", name), write::value(value)),
        }));
        write::all(all)
    }
}

/// What to do next.
#[derive(Clone, PartialEq, Debug)]
pub enum Next {
    /// A metrics query over the range: only its p99 is wanted, and it may fail.
    Quantile(String),
    Search(Search),
    /// This one; why, in a sentence.
    Open {
        trace: TraceId,
        why: String,
    },
    /// None matches, and what was asked last.
    Nothing {
        query: String,
    },
}

/// What came.
#[derive(Clone, Debug)]
pub enum Came {
    /// Seconds.
    Quantile(Option<f64>),
    Found(Found),
    /// The source refused the question, as an older Tempo refuses a hint.
    Refused,
}

/// One landing under way.
#[derive(Clone, Debug)]
pub struct Hunt {
    landing: Landing,
    wanted: Wanted,
    bounds: Bounds,
    searches: usize,
    step: Step,
    /// The shortest window that is known to hold more than the limit, and the longest known to hold nothing, in seconds.
    too_many: Option<u64>,
    too_few: Option<u64>,
    /// The best of a list that was cut.
    fallback: Option<(FoundTrace, String)>,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Step {
    Quantile,
    /// Spans of at least so many ns.
    AtLeast(u64),
    /// With the hint that asks for the newest.
    Hinted,
    /// So many seconds of the range, from its end (latest) or its start (first error).
    Part(u64),
}

impl Hunt {
    pub fn new(mut landing: Landing, wanted: Wanted, bounds: Bounds) -> Self {
        if wanted == Wanted::FirstError {
            "error".clone_into(&mut landing.status);
        }
        let step = match wanted {
            Wanted::Slowest => Step::Quantile,
            Wanted::Latest => Step::Hinted,
            Wanted::FirstError => Step::Part(first_part(bounds)),
        };
        Hunt { landing, wanted, bounds, searches: 0, step, too_many: None, too_few: None, fallback: None }
    }

    /// What to ask first.
    pub fn first(&mut self) -> Next {
        self.ask()
    }

    fn ask(&mut self) -> Next {
        if self.step == Step::Quantile {
            return Next::Quantile(quantiles(Population::All, &self.landing.conditions(true), &[]));
        }
        self.searches += 1;
        let (query, bounds) = (self.query(), self.bounds_asked());
        Next::Search(Search { query, bounds, limit: LIMIT, spans_per_set: SPANS_PER_SET })
    }

    fn query(&self) -> String {
        match self.step {
            Step::AtLeast(ns) if ns > 0 => {
                let least = format!("duration >= {}", duration::write(ns));
                write::spanset(&write::all([self.landing.conditions(false), least]))
            }
            Step::Hinted => format!("{} with (most_recent = true)", self.landing.query()),
            _ => self.landing.query(),
        }
    }

    fn bounds_asked(&self) -> Bounds {
        let Bounds { start_s, end_s } = self.bounds;
        match (self.step, self.wanted) {
            (Step::Part(seconds), Wanted::FirstError) => {
                Bounds { start_s, end_s: start_s.saturating_add(seconds).min(end_s) }
            }
            (Step::Part(seconds), _) => Bounds { start_s: end_s.saturating_sub(seconds).max(start_s), end_s },
            _ => self.bounds,
        }
    }

    fn least_ns(&self) -> u64 {
        duration::read_ns(&self.landing.min_duration).unwrap_or(0)
    }

    /// What an answer leads to.
    pub fn next(&mut self, came: Came) -> Next {
        match (came, self.step) {
            (Came::Quantile(seconds), Step::Quantile) => {
                let ns =
                    seconds.filter(|seconds| seconds.is_finite() && *seconds > 0.0).map_or(0, |s| (s * 1e9) as u64);
                self.step = Step::AtLeast(whole(ns).max(self.least_ns()));
                self.ask()
            }
            (Came::Refused, Step::Hinted) => {
                self.step = Step::Part(first_part(self.bounds));
                self.ask()
            }
            (Came::Refused, _) => self.give_up(),
            (Came::Found(found), _) => self.judge(found),
            (Came::Quantile(_), _) => self.give_up(),
        }
    }

    fn judge(&mut self, found: Found) -> Next {
        let is_cut = found.is_cut(LIMIT);
        let many = found.traces.len() as u64;
        // A Tempo that takes the hint and does not heed it answers in any order.
        if self.step == Step::Hinted
            && is_cut
            && !found.traces.is_sorted_by(|a, b| a.start_unix_nano >= b.start_unix_nano)
        {
            return self.next(Came::Refused);
        }
        let best = self.best_of(found);
        match best {
            // The hint has sorted them: the newest is the newest.
            Some(best) if !is_cut || self.step == Step::Hinted => {
                Next::Open { trace: best.id, why: self.why(&best, many, false) }
            }
            Some(best) => {
                let (why, longest_ns) = (self.why(&best, many, true), slowest_ns(&best));
                self.fallback = Some((best, why));
                self.narrow(longest_ns)
            }
            None => self.widen(),
        }
    }

    fn best_of(&self, found: Found) -> Option<FoundTrace> {
        let traces = found.traces.into_iter();
        match self.wanted {
            Wanted::Slowest => traces.max_by_key(slowest_ns),
            Wanted::Latest => traces.max_by_key(|trace| trace.start_unix_nano),
            Wanted::FirstError => traces.min_by_key(|trace| trace.start_unix_nano),
        }
    }

    /// Fewer: spans at least as long as the longest that came, or a shorter window.
    fn narrow(&mut self, longest_ns: u64) -> Next {
        let step = match self.step {
            Step::AtLeast(ns) => Step::AtLeast(whole(longest_ns).max(ns)),
            Step::Part(seconds) => {
                self.too_many = Some(seconds);
                Step::Part(self.too_few.map_or(seconds / 4, |none| (seconds + none) / 2).max(1))
            }
            other => other,
        };
        let is_settled = step == self.step;
        self.step = step;
        if self.searches >= MOST_SEARCHES || is_settled { self.give_up() } else { self.ask() }
    }

    fn widen(&mut self) -> Next {
        let is_last = self.searches + 1 >= MOST_SEARCHES;
        let (step, is_all) = match self.step {
            Step::AtLeast(ns) => {
                let least = self.least_ns();
                let next = if is_last { least } else { whole(ns / 4).max(least) };
                (Step::AtLeast(next), ns <= least)
            }
            Step::Part(seconds) => {
                let all = self.bounds.seconds();
                let next = match self.too_many {
                    Some(many) => (seconds + many) / 2,
                    None if is_last => all,
                    None => seconds.saturating_mul(4).min(all),
                };
                self.too_few = Some(seconds);
                (Step::Part(next.max(1)), seconds >= all)
            }
            other => (other, true),
        };
        if is_all || self.searches >= MOST_SEARCHES || step == self.step {
            return self.give_up();
        }
        self.step = step;
        self.ask()
    }

    /// What is there of a list that was cut; nothing otherwise.
    fn give_up(&mut self) -> Next {
        match self.fallback.take() {
            Some((best, why)) => Next::Open { trace: best.id, why },
            None => Next::Nothing { query: self.landing.query() },
        }
    }

    fn why(&self, best: &FoundTrace, many: u64, is_cut: bool) -> String {
        let what = match self.wanted {
            Wanted::Slowest => "slowest",
            Wanted::Latest => "latest",
            Wanted::FirstError => "first failed",
        };
        let figure = match self.wanted {
            Wanted::Slowest => format!(", {}", duration_words(slowest_ns(best))),
            _ => String::new(),
        };
        let query = self.query();
        if is_cut {
            return format!("The {what} of {} returned{figure}; more exist. Asked: {query}", count(many));
        }
        match self.step {
            Step::AtLeast(_) if many > 1 => {
                format!("The {what}{figure}, of {} that match {query}", counted(many, "trace", "traces"))
            }
            _ => format!("The {what}{figure}. Asked: {query}"),
        }
    }
}

/// The longest span that matched; the trace's own duration where no span came along.
fn slowest_ns(trace: &FoundTrace) -> u64 {
    let spans = trace.span_sets.iter().flat_map(|set| &set.spans).map(|span| span.duration_ns).max();
    spans.unwrap_or(trace.duration_ms.saturating_mul(1_000_000))
}

/// Whole milliseconds where that is exact enough, so that a query reads well.
fn whole(ns: u64) -> u64 {
    if ns >= 10_000_000 { ns / 1_000_000 * 1_000_000 } else { ns }
}

fn first_part(bounds: Bounds) -> u64 {
    (bounds.seconds() / FIRST_PART).max(1)
}

#[cfg(test)]
#[path = "landing_tests.rs"]
mod tests;
