//! Where rates, errors and durations come from: TraceQL metrics of the Tempo, or span metrics of the Prometheus beside it. The same questions, and
//! answers under the same names.

use leptos::prelude::*;

use crate::model::{Remarks, Series};
use crate::query::metrics::{Population, Scope, histogram, quantiles_of, rate};
use crate::query::promql::{self, label_of, window_of_step};
use crate::query::write;
use crate::source::backend::{Backend, Request};
use crate::source::failure::Failure;
use crate::source::metrics::{self, counted_part, range_problem, step_s, too_young};
use crate::source::prometheus::{self, Prometheus};
use crate::source::tempo::{Bounds, Tempo};
use crate::state::app::App;

#[derive(Clone, Debug)]
pub enum Figures {
    /// A Tempo, and when it is asked, in unix seconds: it counts nothing of the newest spans.
    TraceQl(Tempo, u64),
    SpanMetrics(Prometheus),
}

/// Which spans, and by which fields they are told apart.
#[derive(Clone, Debug)]
pub struct Subject<'a> {
    pub population: Population,
    /// Conditions as TraceQL, and the same as far as span metrics have them.
    pub conditions: &'a str,
    pub matchers: &'a [String],
    pub by: &'a [&'a str],
}

/// One figure for all of a range, or one at each step.
#[derive(Clone, Copy, Debug)]
pub enum Over {
    Whole(Bounds),
    Steps(Bounds),
}

impl Figures {
    pub fn backend(&self) -> &Backend {
        match self {
            Figures::TraceQl(tempo, _) => &tempo.backend,
            Figures::SpanMetrics(prometheus) => &prometheus.backend,
        }
    }

    pub fn is_span_metrics(&self) -> bool {
        matches!(self, Figures::SpanMetrics(_))
    }

    /// The part of a range that is counted already.
    pub fn counted(&self, bounds: Bounds) -> Bounds {
        match self {
            Figures::TraceQl(_, now_s) => counted_part(bounds, *now_s).unwrap_or(bounds),
            Figures::SpanMetrics(_) => bounds,
        }
    }

    /// What to say where that is not all of it.
    pub fn newest_missing(&self, bounds: Bounds) -> Option<&'static str> {
        (self.counted(bounds) != bounds).then_some(metrics::NEWEST_MISSING)
    }

    /// What of a search can be asked of it: what cannot is left out of the scope and told.
    pub fn matchers(&self, scope: &mut Scope) -> Vec<String> {
        if self.is_span_metrics() { promql::matchers(scope) } else { Vec::new() }
    }

    /// Spans a second, or failed ones.
    pub fn rate(&self, of: &Subject, failed: bool, over: Over) -> Request {
        match self {
            Figures::TraceQl(tempo, now_s) => {
                let failure = if failed { "status = error".to_owned() } else { String::new() };
                let conditions = write::all([of.conditions.to_owned(), failure]);
                traceql(tempo, &rate(of.population, &conditions, of.by), over, *now_s)
            }
            Figures::SpanMetrics(prometheus) => {
                let (asked, by) = promql_of(of, over);
                promql_over(prometheus, &if failed { asked.errors(&by) } else { asked.rate(&by) }, over)
            }
        }
    }

    /// How long spans took, by shares written as `0.95`.
    pub fn quantiles(&self, of: &Subject, shares: &[&str], over: Over) -> Request {
        match self {
            Figures::TraceQl(tempo, now_s) => {
                let shares: Vec<&str> = shares.iter().map(|share| share.trim_start_matches('0')).collect();
                let query = quantiles_of(of.population, of.conditions, &shares.join(", "), of.by);
                traceql(tempo, &query, over, *now_s)
            }
            Figures::SpanMetrics(prometheus) => {
                let (asked, by) = promql_of(of, over);
                promql_over(prometheus, &asked.quantiles(shares, &by), over)
            }
        }
    }

    /// How many spans of each interval took how long.
    pub fn histogram(&self, of: &Subject, bounds: Bounds) -> Request {
        match self {
            Figures::TraceQl(tempo, now_s) => {
                tempo.metrics_range(&histogram(of.population, of.conditions), bounds, *now_s)
            }
            Figures::SpanMetrics(prometheus) => {
                let (asked, _) = promql_of(of, Over::Steps(bounds));
                prometheus.range(&asked.histogram(step_s(bounds)), bounds)
            }
        }
    }

    /// Traces behind the durations; `None` where they come with them.
    pub fn exemplars(&self, of: &Subject, failed: bool, bounds: Bounds) -> Option<Request> {
        let Figures::SpanMetrics(prometheus) = self else { return None };
        let (asked, _) = promql_of(of, Over::Steps(bounds));
        Some(prometheus.exemplars(&asked.exemplars(failed), bounds))
    }

    /// Reads rates over time, with 0 where nothing was counted.
    pub fn read_rates(&self, body: &[u8], bounds: Bounds, remarks: &mut Remarks) -> Result<Vec<Series>, String> {
        if !self.is_span_metrics() {
            return self.read(body, Over::Steps(bounds), remarks);
        }
        let mut series = prometheus::read(body, remarks)?;
        prometheus::fill(&mut series, bounds, remarks);
        Ok(series)
    }

    /// Reads an answer about a range. The error is a sentence for the reader.
    pub fn read(&self, body: &[u8], over: Over, remarks: &mut Remarks) -> Result<Vec<Series>, String> {
        let mut series = match self {
            Figures::TraceQl(..) => metrics::read(body, remarks)?,
            Figures::SpanMetrics(_) => prometheus::read(body, remarks)?,
        };
        if let Over::Steps(bounds) = over {
            metrics::keep_asked(&mut series, bounds, remarks);
        }
        Ok(series)
    }
}

/// Now, in whole unix seconds.
pub(super) fn now_s() -> u64 {
    (js_sys::Date::now() / 1e3) as u64
}

/// Why figures are of span metrics where TraceQL had no answer.
pub fn instead_words(failure: &Failure) -> String {
    let said = failure.server_text.as_ref().unwrap_or(&failure.what);
    format!("TraceQL metrics have no answer (“{}”); figures are of span metrics", said.trim())
}

fn traceql(tempo: &Tempo, query: &str, over: Over, now_s: u64) -> Request {
    match over {
        Over::Whole(bounds) => tempo.metrics_instant(query, bounds, now_s),
        Over::Steps(bounds) => tempo.metrics_range(query, bounds, now_s),
    }
}

fn promql_over(prometheus: &Prometheus, query: &str, over: Over) -> Request {
    match over {
        Over::Whole(bounds) => prometheus.instant(query, bounds.end_s),
        Over::Steps(bounds) => prometheus.range(query, bounds),
    }
}

fn promql_of<'a>(of: &'a Subject<'a>, over: Over) -> (promql::Asked<'a>, Vec<&'static str>) {
    let window_s = match over {
        Over::Whole(bounds) => bounds.seconds(),
        Over::Steps(bounds) => window_of_step(step_s(bounds)),
    };
    let by = of.by.iter().filter_map(|field| label_of(field)).collect();
    (promql::Asked { population: of.population, matchers: of.matchers, window_s }, by)
}

impl App {
    /// Where figures of a range are asked for: where the reader wants, else by TraceQL as far as that goes. And a word where it is not where it was wanted;
    /// the error is a sentence.
    pub(super) fn figures(self, bounds: Bounds) -> Result<(Figures, Option<String>), String> {
        let prometheus = self.prometheus().map(Figures::SpanMetrics);
        let now_s = now_s();
        let tempo = self.explored().map(|tempo| Figures::TraceQl(tempo, now_s)).ok_or_else(|| self.no_source().what)?;
        let mut note = None;
        if self.explore.span_metrics.get_untracked() {
            if let Some(prometheus) = prometheus {
                return Ok((prometheus, None));
            }
            note = Some("no Prometheus is configured beside this source; figures are of TraceQL".to_owned());
        }
        if let Some(young) = too_young(bounds, now_s) {
            return Err(young);
        }
        if note.is_some() {
            return Ok((tempo, note));
        }
        match (range_problem(bounds), prometheus) {
            (None, _) => Ok((tempo, None)),
            (Some(problem), None) => Err(problem),
            (Some(_), Some(prometheus)) if bounds.start_s < bounds.end_s => Ok((
                prometheus,
                Some("TraceQL metrics reach over 24 h at most; figures are of span metrics".to_owned()),
            )),
            (Some(problem), Some(_)) => Err(problem),
        }
    }

    /// Where to ask after TraceQL had no answer at all.
    pub(super) fn figures_instead(self, of: &Figures) -> Option<Figures> {
        (!of.is_span_metrics()).then(|| self.prometheus().map(Figures::SpanMetrics)).flatten()
    }

    /// Whether span metrics can be chosen.
    pub fn has_prometheus(self) -> bool {
        self.url.track();
        self.config.track();
        self.prometheus().is_some()
    }

    /// Figures from there or from here, of what is shown.
    pub fn choose_figures(self, span_metrics: bool) {
        self.explore.span_metrics.set(span_metrics);
        self.explore.services.clear();
        self.explore.operations.clear();
        if self.explore.tab.get_untracked() != super::view::Tab::Traces {
            self.explore.red.clear();
        }
        match self.explore.tab.get_untracked() {
            super::view::Tab::Traces => self.redraw_red(),
            // The board follows by itself.
            super::view::Tab::Across => {}
            _ => self.refresh_explored(),
        }
        self.note_address(false);
    }
}
