//! What sets some spans apart: which are selected, and what the source counts of them beside the rest.

use leptos::prelude::*;
use leptos::task::spawn_local;

use super::backend::{NoAnswer, ask, unread};
use super::figures::now_s;
use super::pending::Pending;
use super::search::Asked;
use super::view::range_of_ms;
use crate::analysis::compare::{Comparison, compared};
use crate::base::format::duration;
use crate::model::Remarks;
use crate::query::metrics::{compare, scope_of};
use crate::query::{condition, duration as literal, write};
use crate::source;
use crate::source::failure::Failure;
use crate::state::app::App;

/// Values of an attribute that are counted on either side.
pub const MOST_VALUES: usize = 10;

/// Which spans of a chart are meant.
#[derive(Clone, PartialEq, Debug)]
pub enum Selection {
    /// A region of a chart: times in ms, durations in s, of spans or of whole traces.
    Region {
        from_ms: f64,
        to_ms: f64,
        from_s: f64,
        to_s: f64,
        of_traces: bool,
    },
    Failed,
    /// At least so long, in s.
    Slow(f64),
}

impl Selection {
    /// As a condition of TraceQL.
    fn condition(&self) -> String {
        let at_least = |field: &str, seconds: f64| format!("{field} >= {}", literal::write(ns_of(seconds).max(1)));
        match self {
            Selection::Region { from_s, to_s, of_traces, .. } => {
                let field = if *of_traces { "traceDuration" } else { "duration" };
                let at_most = format!("{field} <= {}", literal::write(ns_of(*to_s).max(1)));
                write::all([at_least(field, *from_s), at_most])
            }
            Selection::Failed => "status = error".to_owned(),
            Selection::Slow(seconds) => at_least("duration", *seconds),
        }
    }

    /// Its time in ns, where it is not all of the range.
    fn times_ns(&self) -> Option<(u64, u64)> {
        let Selection::Region { from_ms, to_ms, .. } = self else { return None };
        let ns = |ms: f64| (ms.max(0.0) as u64).saturating_mul(1_000_000);
        Some((ns(*from_ms), ns(*to_ms)))
    }

    /// What is selected, for people; `clock` writes a point in ms.
    pub fn words(&self, clock: impl Fn(f64) -> String) -> String {
        match self {
            Selection::Region { from_ms, to_ms, from_s, to_s, of_traces } => format!(
                "{}{} to {} between {} and {}",
                if *of_traces { "traces of " } else { "" },
                duration(ns_of(*from_s)),
                duration(ns_of(*to_s)),
                clock(*from_ms),
                clock(*to_ms)
            ),
            Selection::Failed => "status ERROR".to_owned(),
            Selection::Slow(seconds) => format!("at least {}", duration(ns_of(*seconds))),
        }
    }
}

fn ns_of(seconds: f64) -> u64 {
    (seconds.max(0.0) * 1e9).round() as u64
}

/// What came of it.
#[derive(Clone, PartialEq, Debug)]
pub struct Compared {
    pub selection: Selection,
    /// The question, as it was put.
    pub query: String,
    /// Whose spans both sides are.
    pub population: &'static str,
    pub comparison: Comparison,
    /// What of the answer was left out or doubted.
    pub remarks: Remarks,
}

#[derive(Clone, Copy)]
pub struct Compare {
    /// What is selected; none while nothing is compared.
    pub selection: RwSignal<Option<Selection>>,
    pub found: Pending<Compared>,
}

impl Compare {
    pub fn new() -> Self {
        Compare { selection: RwSignal::new(None), found: Pending::new() }
    }

    pub fn clear(self) {
        self.selection.set(None);
        self.found.clear();
    }
}

impl Default for Compare {
    fn default() -> Self {
        Self::new()
    }
}

impl App {
    /// Asks what sets a selection apart from the other spans of the charts.
    pub fn compare(self, selection: Selection) {
        let compare_with = self.explore.compare;
        compare_with.selection.set(Some(selection.clone()));
        let Some(asking) = compare_with.found.begin() else { return };
        // Charts may be missing, or of metrics that know less: what is compared is what was searched for.
        let Some(Asked { query: searched, bounds, .. }) = self.explore.asked.get_untracked() else {
            return asking.cancel();
        };
        let Some(tempo) = self.explored() else { return asking.end(Err(self.no_source())) };
        let population = self.explore.red.value.with_untracked(|red| red.as_ref().map(|red| red.population));
        let population = population.unwrap_or_else(|| self.explore.population.get_untracked());
        let scope = scope_of(&searched);
        // A trace that was found has what the search chose it by.
        let chosen = match &selection {
            Selection::Region { of_traces: true, .. } => {
                write::all(scope.left_out.iter().cloned().chain([selection.condition()]))
            }
            _ => selection.condition(),
        };
        let now_s = now_s();
        if let Some(what) = source::metrics::range_problem(bounds).or(source::metrics::too_young(bounds, now_s)) {
            return asking.end(Err(Failure { title: "Not compared".to_owned(), what, ..Failure::default() }));
        }
        let query = compare(population, &scope.conditions, &chosen, MOST_VALUES, selection.times_ns());
        let request = tempo.metrics_instant(&query, bounds, now_s);
        spawn_local(async move {
            let mut remarks = Remarks::default();
            let outcome = match ask(&tempo.backend, &request, &asking.signal, &|words| asking.wait(words)).await {
                Err(NoAnswer::Aborted) => return,
                Err(NoAnswer::Failed(failure) | NoAnswer::Refused(failure)) => Err(*failure),
                Ok(body) => source::compare::read(&body, &mut remarks).map_err(|words| unread(&tempo.backend, words)),
            };
            asking.end(outcome.map(|counts| Compared {
                selection,
                query,
                population: population.words(),
                comparison: compared(&counts, MOST_VALUES),
                remarks,
            }));
        });
    }

    /// Searches for what is selected, in its time.
    pub fn search_selection(self, selection: &Selection) {
        if let Selection::Region { from_ms, to_ms, .. } = selection
            && let Some(range) = range_of_ms(*from_ms, *to_ms)
        {
            self.explore.range.set(range);
            self.forget_other_range();
        }
        self.search_with(&selection.condition());
    }

    /// The search again with one more condition.
    pub fn search_with(self, more: &str) {
        let asked = self.explore.asked.get_untracked().map(|asked| asked.query).unwrap_or_default();
        self.run(condition::with(&asked, more));
    }
}
