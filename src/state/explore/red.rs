//! Rate, errors and duration over time of what a search is about: three questions of one population, and what came of them.

use std::cell::{Cell, RefCell};

use leptos::prelude::*;
use leptos::task::spawn_local;

use super::backend::{NoAnswer, ask, both, unread};
use super::figures::{Figures, Over, Subject, instead_words};
use super::pending::Asking;
use crate::model::{Remarks, Series};
use crate::query::metrics::{Population, Scope, scope_of};
use crate::query::promql::{field_of, label_of};
use crate::source::backend::Request;
use crate::source::failure::Failure;
use crate::source::tempo::Bounds;
use crate::source::{metrics, prometheus};
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
    /// Spans of each interval by how long they took, if that was wanted.
    pub histogram: Vec<Series>,
    pub wants_histogram: bool,
    /// They are of span metrics, not of TraceQL.
    pub from_span_metrics: bool,
    /// Why they are not from where they were wanted.
    pub note: Option<String>,
    /// That the newest spans of the range are not counted yet.
    pub newest_missing: Option<&'static str>,
    /// What of the answers was left out or doubted.
    pub remarks: Remarks,
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
        if self.explored().is_none() {
            return;
        }
        let Some(asking) = explore.red.begin() else { return };
        let (figures, note) = match self.figures(bounds) {
            Ok(found) => found,
            Err(what) => return asking.end(Err(Failure { title: "No charts".to_owned(), what, ..Failure::default() })),
        };
        let red = Red {
            bounds: Some(bounds),
            population: explore.population.get_untracked(),
            scope: scope_of(query),
            by: explore.by.get_untracked().trim().to_owned(),
            wants_histogram: explore.heatmap.get_untracked(),
            note,
            ..Red::default()
        };
        spawn_local(async move {
            let instead = self.figures_instead(&figures);
            let Some(mut outcome) = asked(&figures, red.clone(), &asking).await else { return };
            // Where TraceQL has no metrics at all, span metrics may.
            if let (Err(failure), Some(instead)) = (&outcome, instead) {
                let note = Some(instead_words(failure));
                match asked(&instead, Red { note, ..red }, &asking).await {
                    None => return,
                    Some(Err(_)) => {}
                    Some(Ok(red)) => outcome = Ok(red),
                }
            }
            asking.end(outcome);
        });
    }

    /// The charts of another population, or grouped otherwise.
    pub fn redraw_red(self) {
        if let Some(asked) = self.explore.asked.get_untracked() {
            self.ask_red(&asked.query, asked.bounds);
            self.note_address(false);
        }
    }
}

/// The rate first: without a root span among those that match, requests are counted where services take them in. `None` when nobody waits any more.
async fn asked(figures: &Figures, mut red: Red, asking: &Asking<Red>) -> Option<Result<Red, Failure>> {
    let bounds = red.bounds.unwrap_or(Bounds { start_s: 0, end_s: 0 });
    red.from_span_metrics = figures.is_span_metrics();
    red.newest_missing = figures.newest_missing(bounds);
    let matchers = figures.matchers(&mut red.scope);
    if red.from_span_metrics {
        if red.population == Population::Roots {
            red.population = Population::Entries;
        }
        if let Some(field) = label_of(&red.by).and_then(field_of) {
            red.by = field.to_owned();
        } else if !red.by.is_empty() {
            let what = format!("Span metrics tell spans apart by service, name, kind and status, not by {}.", red.by);
            return Some(Err(Failure { title: "No charts".to_owned(), what, ..Failure::default() }));
        }
    }
    let (by, conditions) = (red.by.clone(), red.scope.conditions.clone());
    let by: Vec<&str> = Some(by.as_str()).filter(|by| !by.is_empty()).into_iter().collect();
    let subject = |population| Subject { population, conditions: conditions.as_str(), matchers: &matchers, by: &by };
    let over = Over::Steps(bounds);
    let doubted = Cell::new(Remarks::default());
    let put = async |request: Request, is_rate: bool| -> Option<Result<Vec<Series>, Failure>> {
        match ask(figures.backend(), &request, &asking.signal, &|words| asking.wait(words)).await {
            Err(NoAnswer::Aborted) => None,
            Err(NoAnswer::Failed(failure) | NoAnswer::Refused(failure)) => Some(Err(metrics::explained(*failure))),
            Ok(body) => {
                let mut remarks = doubted.get();
                let read = match is_rate {
                    true => figures.read_rates(&body, bounds, &mut remarks),
                    false => figures.read(&body, over, &mut remarks),
                };
                doubted.set(remarks);
                let read = read.map(|series| inside(series, bounds));
                Some(read.map_err(|words| unread(figures.backend(), words)))
            }
        }
    };
    let is_empty = |series: &[Series]| series.iter().all(|one| one.mean().unwrap_or_default() == 0.0);
    let mut rates = put(figures.rate(&subject(red.population), false, over), true).await?;
    if red.population == Population::Roots && rates.as_ref().is_ok_and(|series| is_empty(series)) {
        red.population = Population::Entries;
        rates = put(figures.rate(&subject(red.population), false, over), true).await?;
    }
    let of = subject(red.population);
    let shares: &[&str] = if by.is_empty() { &["0.5", "0.9", "0.99"] } else { &["0.99"] };
    let (errors, durations) =
        both(put(figures.rate(&of, true, over), true), put(figures.quantiles(&of, shares, over), false)).await;
    let (errors, durations) = (errors?, durations?);
    let histogram = match red.wants_histogram {
        true => put(figures.histogram(&of, bounds), false).await?,
        false => Ok(Vec::new()),
    };
    let missing = RefCell::new(Vec::new());
    let take = |what: &'static str, came: Result<Vec<Series>, Failure>| {
        came.unwrap_or_else(|failure| {
            missing.borrow_mut().push((what, failure));
            Vec::new()
        })
    };
    (red.rate, red.errors, red.durations) =
        (take("the rate", rates), take("errors", errors), take("durations", durations));
    red.histogram = take("the heatmap", histogram);
    red.remarks = doubted.get();
    red.remarks.cut_series(&mut red.histogram, metrics::MOST_BUCKETS);
    red.missing = missing.into_inner();
    // A source without metrics is told once.
    if red.missing.len() >= 3 && red.rate.is_empty() {
        return red.missing.into_iter().next().map(|(_, failure)| Err(failure));
    }
    for (failed, to) in [(false, &mut red.durations), (true, &mut red.errors)] {
        let Some(request) = figures.exemplars(&of, failed, bounds) else { continue };
        match ask(figures.backend(), &request, &asking.signal, &|words| asking.wait(words)).await {
            Err(NoAnswer::Aborted) => return None,
            Err(NoAnswer::Failed(failure) | NoAnswer::Refused(failure)) => red.missing.push(("exemplars", *failure)),
            Ok(body) => match prometheus::read_exemplars(&body, &mut red.remarks) {
                Ok(mut exemplars) => {
                    if failed {
                        // They tell how long a call took; where errors are counted they stand on the line.
                        exemplars.iter_mut().for_each(|one| one.value = rate_at(to, one.unix_ms));
                    }
                    to.push(Series { exemplars, ..Series::default() });
                }
                Err(words) => red.missing.push(("exemplars", unread(figures.backend(), words))),
            },
        }
    }
    Some(Ok(red))
}

/// What all series are together at a time: of each the sample that is nearest.
fn rate_at(series: &[Series], unix_ms: i64) -> f64 {
    let nearest = |one: &Series| {
        one.samples.iter().min_by_key(|sample| sample.unix_ms.abs_diff(unix_ms)).map(|sample| sample.value)
    };
    series.iter().filter_map(nearest).filter(|value| value.is_finite()).sum()
}

/// Without what is told of the time before the range: a sample of Tempo stands at its interval's end.
fn inside(mut series: Vec<Series>, bounds: Bounds) -> Vec<Series> {
    let (start_ms, _) = bounds.ms();
    series.iter_mut().for_each(|series| series.samples.retain(|sample| sample.unix_ms > start_ms));
    series
}
