//! Rate, errors and duration over time of what a search is about: three questions of one population, and what came of them.

use std::cell::RefCell;

use leptos::prelude::*;
use leptos::task::spawn_local;

use super::backend::{NoAnswer, ask, both, unread};
use super::pending::Asking;
use crate::model::Series;
use crate::query::metrics::{Population, Scope, quantiles_of, rate, scope_of};
use crate::query::write;
use crate::source::failure::Failure;
use crate::source::metrics::{self, range_problem};
use crate::source::tempo::{Bounds, Tempo};
use crate::state::app::App;

/// What the charts are made of.
#[derive(Clone, PartialEq, Debug, Default)]
pub struct Red {
    pub bounds: Option<Bounds>,
    /// Whose spans they are of. It may be another than was wanted, where roots are missing.
    pub population: Population,
    pub scope: Scope,
    /// The field that lines are told apart by; empty for one line of all.
    pub by: String,
    pub rate: Vec<Series>,
    pub errors: Vec<Series>,
    /// By quantile, or the p99 of each group. Seconds.
    pub durations: Vec<Series>,
    /// Answers that did not come, each with what it was of.
    pub missing: Vec<(&'static str, Failure)>,
}

impl Red {
    /// Failed ones of all, 0 to 1; `None` without any.
    pub fn error_share(&self) -> Option<f64> {
        let all = mean_of_all(&self.rate);
        (all > 0.0).then(|| mean_of_all(&self.errors) / all)
    }
}

/// The mean over the range of what the series are together; 0 of none (an empty `sum` is -0, which would be shown).
pub fn mean_of_all(series: &[Series]) -> f64 {
    series.iter().filter_map(Series::mean).fold(0.0, |all, mean| all + mean)
}

impl App {
    /// Asks for the charts of a search over its range.
    pub(super) fn ask_red(self, query: &str, bounds: Bounds) {
        let explore = self.explore;
        // That there is no such source is told once, by the search.
        let (Some(tempo), Some(asking)) = (self.explored(), explore.red.begin()) else { return };
        if let Some(what) = range_problem(bounds) {
            return asking.end(Err(Failure { title: "No charts".to_owned(), what, ..Failure::default() }));
        }
        let red = Red {
            bounds: Some(bounds),
            population: explore.population.get_untracked(),
            scope: scope_of(query),
            by: explore.by.get_untracked().trim().to_owned(),
            ..Red::default()
        };
        spawn_local(asked(tempo, red, asking));
    }

    /// The charts of another population, or grouped otherwise.
    pub fn redraw_red(self) {
        if let Some(asked) = self.explore.asked.get_untracked() {
            self.ask_red(&asked.query, asked.bounds);
            self.note_address(false);
        }
    }
}

/// The rate first: without a root span among those that match, requests are counted where services take them in.
async fn asked(tempo: Tempo, mut red: Red, asking: Asking<Red>) {
    let bounds = red.bounds.unwrap_or(Bounds { start_s: 0, end_s: 0 });
    let by: Vec<&str> = Some(red.by.as_str()).filter(|by| !by.is_empty()).into_iter().collect();
    let put = async |query: String| -> Option<Result<Vec<Series>, Failure>> {
        match ask(&tempo.backend, &tempo.metrics_range(&query, bounds), &asking.signal, |words| asking.wait(words))
            .await
        {
            Err(NoAnswer::Aborted) => None,
            Err(NoAnswer::Failed(failure) | NoAnswer::Refused(failure)) => Some(Err(*failure)),
            Ok(body) => Some(
                metrics::read(&body)
                    .map(|series| inside(series, bounds))
                    .map_err(|words| unread(&tempo.backend, words)),
            ),
        }
    };
    let conditions = red.scope.conditions.clone();
    let is_empty = |series: &[Series]| series.iter().all(|one| one.mean().unwrap_or_default() == 0.0);
    let Some(mut rates) = put(rate(red.population, &conditions, &by)).await else { return };
    if red.population == Population::Roots && rates.as_ref().is_ok_and(|series| is_empty(series)) {
        red.population = Population::Entries;
        let Some(entries) = put(rate(red.population, &conditions, &by)).await else { return };
        rates = entries;
    }
    let failed = write::all([conditions.clone(), "status = error".to_owned()]);
    let shares = if by.is_empty() { ".5, .9, .99" } else { ".99" };
    let (errors, durations) =
        both(put(rate(red.population, &failed, &by)), put(quantiles_of(red.population, &conditions, shares, &by)))
            .await;
    let (Some(errors), Some(durations)) = (errors, durations) else { return };
    drop(by);
    let missing = RefCell::new(Vec::new());
    let take = |what: &'static str, came: Result<Vec<Series>, Failure>| {
        came.unwrap_or_else(|failure| {
            missing.borrow_mut().push((what, failure));
            Vec::new()
        })
    };
    (red.rate, red.errors, red.durations) =
        (take("the rate", rates), take("errors", errors), take("durations", durations));
    red.missing = missing.into_inner();
    // A source without metrics is told once.
    let first = red.missing.first().filter(|_| red.missing.len() == 3).map(|(_, failure)| failure.clone());
    asking.end(first.map_or(Ok(red), Err));
}

/// Without what is told of the time before the range: a sample stands at its interval's end.
fn inside(mut series: Vec<Series>, bounds: Bounds) -> Vec<Series> {
    let start_ms = (bounds.start_s * 1_000) as i64;
    series.iter_mut().for_each(|series| series.samples.retain(|sample| sample.unix_ms > start_ms));
    series
}
