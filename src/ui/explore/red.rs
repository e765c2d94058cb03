//! Above the results: rate, errors and duration of what the search is about, and the traces it returned over their start.

use std::sync::Arc;

use leptos::prelude::*;

use super::pending::{Progress, Remarked};
use super::time_chart::{TimeChart, seconds};
use crate::base::format::per_second;
use crate::layout::chart::{Axis, Chart, Dot, Line, Stroke, runs_of};
use crate::layout::heatmap::cells;
use crate::model::Series;
use crate::query::metrics::Population;
use crate::source::failure::Failure;
use crate::source::metrics::step_s;
use crate::source::tempo::Bounds;
use crate::state::app::App;
use crate::state::explore::compare::Selection;
use crate::state::explore::red::{Red, mean_of_all};
use crate::state::react::{derived, memo};
use crate::state::stamp::absolute;
use crate::ui::failure::coded;
use crate::ui::icon::Icon;
use crate::ui::parts::Choice;

/// Lines that a chart can show apart.
const MOST_LINES: usize = 8;
/// Points that a chart can show apart: a Prometheus tells as many as it keeps.
const MOST_DOTS: usize = 300;
/// The one line of an ungrouped chart, and the group of spans that lack the field.
const ALL: &str = "all";
const NONE: &str = "(none)";
/// Charts are about this wide; the time axis wants to know how many labels it has room for.
const ABOUT_PX: f64 = 340.0;

/// A time as the axis writes it: within a day the clock, else the day.
fn tick(unix_ms: i64, bounds: Bounds, zone: &str) -> String {
    let (whole, _) = absolute(u64::try_from(unix_ms).unwrap_or(0).saturating_mul(1_000_000), zone);
    let (day, time) = whole.split_once(' ').unwrap_or((whole.as_str(), ""));
    let length = bounds.seconds();
    match length {
        0..=600 => time.get(..8).unwrap_or(time).to_owned(),
        601..=86_400 => time.get(..5).unwrap_or(time).to_owned(),
        _ => day.get(5..).unwrap_or(day).to_owned(),
    }
}

fn time_axis(bounds: Bounds, zone: &str) -> (Axis, i64, i64) {
    let (start, end) = bounds.ms();
    (Axis::of_time(start, end, ABOUT_PX, |at| tick(at, bounds, zone)), start, end)
}

/// The series with most, as lines; how many were left out.
fn lines(
    app: App,
    series: &[Series],
    by: &str,
    (start, end): (i64, i64),
    counts: fn(f64) -> bool,
) -> (Vec<Line>, usize) {
    let mut order: Vec<&Series> = series.iter().collect();
    crate::base::sort::by(&mut order, |a, b| b.mean().unwrap_or_default().total_cmp(&a.mean().unwrap_or_default()));
    let left_out = order.len().saturating_sub(MOST_LINES);
    order.truncate(MOST_LINES);
    let runs = |series: &Series| runs_of(series, start, end, counts);
    if by.is_empty() {
        // One line of all has no colour to be known by.
        let line =
            |series: &&Series| Line { name: ALL.to_owned(), slot: None, stroke: Stroke::Solid, runs: runs(series) };
        return (order.iter().map(line).collect(), left_out);
    }
    let names = order.iter().map(|series| series.label(by).unwrap_or(NONE));
    let slots = app.colours_of(names.clone());
    let lines = order.iter().zip(names).zip(slots).map(|((series, name), slot)| Line {
        name: name.to_owned(),
        slot: Some(slot),
        stroke: Stroke::Solid,
        runs: runs(series),
    });
    (lines.collect(), left_out)
}

fn values(lines: &[Line]) -> impl Iterator<Item = f64> + '_ {
    lines.iter().flat_map(|line| &line.runs).flatten().map(|(_, value)| *value)
}

/// Exemplars, each trace once.
fn dots(series: &[Series], is_error: bool) -> Vec<Dot> {
    let mut dots: Vec<Dot> = Vec::new();
    let mut known = std::collections::HashSet::new();
    for exemplar in series.iter().flat_map(|series| &series.exemplars) {
        if dots.len() < MOST_DOTS && known.insert(exemplar.trace_id) {
            dots.push(Dot {
                unix_ms: exemplar.unix_ms as f64,
                value: exemplar.value,
                is_error,
                trace: exemplar.trace_id,
            });
        }
    }
    dots
}

fn rates(app: App, red: &Red, series: &[Series], with_dots: bool, zone: &str) -> Arc<Chart> {
    let Some(bounds) = red.bounds else { return Arc::default() };
    let (x, start, end) = time_axis(bounds, zone);
    let (lines, left_out) = lines(app, series, &red.by, (start, end), |_| true);
    let dots = if with_dots { dots(series, true) } else { Vec::new() };
    let all: Vec<f64> = values(&lines).chain(dots.iter().map(|dot| dot.value)).collect();
    Arc::new(Chart { x, y: Axis::of_rates(all.into_iter(), "/s"), lines, left_out, dots, cells: Vec::new() })
}

fn durations(app: App, red: &Red, zone: &str) -> Arc<Chart> {
    let Some(bounds) = red.bounds else { return Arc::default() };
    let (x, start, end) = time_axis(bounds, zone);
    if red.wants_histogram {
        let (_, step_ms) = Bounds { start_s: 0, end_s: step_s(bounds) }.ms();
        let cells = cells(&red.histogram, (start, end), step_ms);
        let dots = dots(&red.durations, false);
        let ends = cells.iter().flat_map(|cell| [cell.from_s, cell.to_s]).chain(dots.iter().map(|dot| dot.value));
        let y = Axis::of_durations(ends);
        return Arc::new(Chart { x, y, lines: Vec::new(), left_out: 0, dots, cells });
    }
    // A quantile of nothing is told as 0.
    let is_told = |value: f64| value > 0.0;
    let (lines, left_out) = if red.by.is_empty() {
        let quantile = |name: &str, p: &str, stroke: Stroke| {
            let series = red.durations.iter().find(|series| series.label("p") == Some(p))?;
            Some(Line { name: name.to_owned(), slot: None, stroke, runs: runs_of(series, start, end, is_told) })
        };
        let all = [("p50", "0.5", Stroke::Solid), ("p90", "0.9", Stroke::Dashed), ("p99", "0.99", Stroke::Dotted)];
        (all.into_iter().filter_map(|(name, p, stroke)| quantile(name, p, stroke)).collect(), 0)
    } else {
        lines(app, &red.durations, &red.by, (start, end), is_told)
    };
    let dots = dots(&red.durations, false);
    let all: Vec<f64> = values(&lines).chain(dots.iter().map(|dot| dot.value)).collect();
    Arc::new(Chart { x, y: Axis::of_durations(all.into_iter()), lines, left_out, dots, cells: Vec::new() })
}

/// The traces that the search returned: start and duration.
fn returned(app: App, zone: &str) -> Arc<Chart> {
    let Some(came) = app.explore.found.value.get() else { return Arc::default() };
    let bounds = came.asked.bounds;
    let (x, ..) = time_axis(bounds, zone);
    let dots: Vec<Dot> = came
        .found
        .traces
        .iter()
        .map(|trace| Dot {
            unix_ms: (trace.start_unix_nano / 1_000_000) as f64,
            value: trace.duration_ms as f64 / 1e3,
            is_error: trace.errors() > 0,
            trace: trace.id,
        })
        .collect();
    let y = Axis::of_durations(dots.iter().map(|dot| dot.value));
    Arc::new(Chart { x, y, lines: Vec::new(), left_out: 0, dots, cells: Vec::new() })
}

#[component]
pub fn RedCharts() -> impl IntoView {
    let app = App::get();
    let explore = app.explore;
    let zone = move || app.prefs.zone.get();
    let red = move || explore.red.value.get().unwrap_or_default();
    let rate: Signal<Arc<Chart>> = Signal::from(memo(move |_| rates(app, &red(), &red().rate, false, &zone())));
    let errors: Signal<Arc<Chart>> = Signal::from(memo(move |_| rates(app, &red(), &red().errors, true, &zone())));
    let duration: Signal<Arc<Chart>> = Signal::from(memo(move |_| durations(app, &red(), &zone())));
    let traces: Signal<Arc<Chart>> = Signal::from(memo(move |_| returned(app, &zone())));
    let share = move || red().error_share().map(|share| format!("{:.1} %", share * 100.0)).unwrap_or_default();
    let has_errors = move || mean_of_all(&red().errors) > 0.0;
    // The slowest tenth; grouped charts tell no p90.
    let slow = move || {
        let red = red();
        let p90 = red.durations.iter().find(|series| series.label("p") == Some("0.9"))?;
        // A quantile of nothing is told as 0.
        let told = p90.samples.iter().map(|sample| sample.value).filter(|value| *value > 0.0 && value.is_finite());
        let told: Vec<f64> = told.collect();
        (!told.is_empty()).then(|| told.iter().sum::<f64>() / told.len() as f64)
    };
    let heatmap = move |on: bool| {
        if explore.heatmap.get_untracked() != on {
            explore.heatmap.set(on);
            app.redraw_red();
        }
    };
    let keys = move |chart: Signal<Arc<Chart>>| {
        move || {
            let chart = chart.get();
            let more = (chart.left_out > 0).then(|| format!("and {} more, lower on average", chart.left_out));
            let keys = chart
                .lines
                .iter()
                .filter(|line| line.slot.is_some() || line.name != ALL)
                .map(|line| {
                    let class = line.slot.map(crate::ui::parts::slot_class).unwrap_or_default();
                    let stroke = match line.stroke {
                        Stroke::Solid => "",
                        Stroke::Dashed => "dash",
                        Stroke::Dotted => "dot",
                    };
                    view! { <span class=format!("keyline {class}")><i class=stroke></i>{line.name.clone()}</span> }
                })
                .collect_view();
            let is_grouped = chart.lines.iter().any(|line| line.slot.is_some());
            view! { <span class="x-keys" class:grouped=is_grouped>{keys}{more.map(|words| view! { <span class="keyline" data-left-out>{words}</span> })}</span> }
        }
    };
    view! {
        <section class="red" aria-label="Rate, errors and duration" data-red>
            <About/>
            <Progress of=explore.red what="Asking for rates and durations"/>
            <div class="red-charts">
                <div class="chart"><h3><b>"Rate"</b>{keys(rate)}<span class="now" data-mean="rate">{move || per_second(mean_of_all(&red().rate))}</span></h3><TimeChart name="Rate" chart=rate write=per_second/></div>
                <div class="chart"><h3><b>"Errors"</b>{keys(errors)}{move || has_errors().then(|| view! { <button class="btn link x-why" title="What sets failed spans apart from the rest" data-why="failed" on:click=move |_| app.compare(Selection::Failed)>"Why?"</button> })}<span class="now" data-mean="errors">{move || per_second(mean_of_all(&red().errors))}" "<span class="dim">{share}</span></span></h3><TimeChart name="Errors" chart=errors write=per_second/></div>
                <div class="chart"><h3><b>"Duration"</b>
                    <span class="seg" role="group" aria-label="Durations as">
                        <Choice name="Lines" title="p50, p90 and p99" on=derived(move || !explore.heatmap.get()) on_choose=move || heatmap(false)/>
                        <Choice name="Heatmap" title="How many spans took how long; drag over a region to compare it" on=derived(move || explore.heatmap.get()) on_choose=move || heatmap(true)/>
                    </span>
                    {keys(duration)}{move || slow().map(|seconds| view! { <button class="btn link x-why" title="What sets spans over p90 apart from the rest" data-why="slow" on:click=move |_| app.compare(Selection::Slow(seconds))>"Why?"</button> })}</h3><TimeChart name="Duration" chart=duration write=seconds selects=derived(move || explore.heatmap.get())/></div>
                <div class="chart"><h3><b>"Traces returned"</b><span class="now dim">{move || format!("{}, over their start", traces.with(|chart| chart.dots.len()))}</span></h3><TimeChart name="Traces" chart=traces write=seconds selects=Signal::from(true) of_traces=true/></div>
            </div>
        </section>
    }
}

/// Where figures come from, where there is a choice.
#[component]
pub fn FiguresFrom() -> impl IntoView {
    let app = App::get();
    let on = move |span_metrics: bool| derived(move || app.explore.span_metrics.get() == span_metrics);
    move || {
        app.has_prometheus().then(|| view! {
            <div class="seg" role="group" aria-label="Where figures come from">
                <Choice name="TraceQL" title="Computed by Tempo, over at most 24 h, for any condition" on=on(false) on_choose=move || app.choose_figures(false)/>
                <Choice name="Span metrics" title="Counted by the Prometheus beside it, over any range, by service, name, kind and status" on=on(true) on_choose=move || app.choose_figures(true)/>
            </div>
        })
    }
}

/// Whose spans the charts are of, what they leave out of the search, and how lines are told apart.
#[component]
fn About() -> impl IntoView {
    let app = App::get();
    let explore = app.explore;
    let choose = move |population: Population| {
        explore.population.set(population);
        app.redraw_red();
    };
    let is_on = move |population: Population| derived(move || explore.population.get() == population);
    let said = move || {
        let red = explore.red.value.get()?;
        let mut words = format!("of {}", red.population.words());
        if !red.scope.conditions.is_empty() {
            words += &format!(" with {}", red.scope.conditions);
        }
        if red.population == Population::Entries {
            words +=
                if red.from_span_metrics { "; span metrics know no root spans" } else { "; no root span was counted" };
        }
        if !red.scope.left_out.is_empty() {
            let why = if red.from_span_metrics {
                "which choose traces only, or are no label of span metrics"
            } else {
                "which choose traces only"
            };
            words += &format!("; without {}, {why}", red.scope.left_out.join(" and "));
        }
        if red.scope.is_simplified {
            words += "; the search says more, which charts do not repeat";
        }
        if let Some(missing) = red.newest_missing {
            words += &format!("; {missing}");
        }
        Some(words)
    };
    // That nothing answers is shown once, by the search.
    let is_told = move |failure: &Failure| {
        failure.unreached.is_some()
            && explore.found.failure.with(|told| told.as_ref().is_some_and(|told| told.unreached == failure.unreached))
    };
    let missing = move || explore.red.value.get().map(|red| red.missing.clone()).unwrap_or_default();
    view! {
        <div class="x-about">
            <div class="seg" role="group" aria-label="Whose spans are counted">
                <Choice name="Roots" title="Root spans: a request as its caller saw it" on=is_on(Population::Roots) on_choose=move || choose(Population::Roots)/>
                <Choice name="All" title="All spans that match" on=is_on(Population::All) on_choose=move || choose(Population::All)/>
            </div>
            <FiguresFrom/>
            <label class="row-flex"><span class="dim">"by"</span>
                <input class="field mono" type="text" spellcheck="false" list="x-by" placeholder="resource.service.name" data-by prop:value=explore.by
                    on:change:target=move |event| { explore.by.set(event.target().value()); app.redraw_red(); }/>
            </label>
            <datalist id="x-by"><option value="resource.service.name"></option><option value="name"></option><option value="status"></option><option value="span.http.response.status_code"></option></datalist>
            {move || explore.red.value.get().and_then(|red| red.note.clone()).map(|words| view! { <span class="warn cut" data-red-note title=words.clone()><Icon name="warning"/>{words.clone()}</span> })}
            <span class="dim cut" data-about title=said>{said}</span>
            {move || explore.red.value.get().and_then(|red| red.remarks.words()).map(|words| view! { <Remarked words/> })}
            {move || explore.red.failure.get().filter(|failure| !is_told(failure)).map(|failure| view! { <span class="warn" data-red-failed title=failure.server_text.clone()><Icon name="warning"/><span>{failure.title}". "{coded(&failure.what).into_any()}</span></span> })}
            {move || missing().into_iter().map(|(what, failure)| view! { <span class="warn" data-red-missing>{format!("Without {what}: ")}{failure.server_text.unwrap_or(failure.what)}</span> }).collect_view()}
        </div>
    }
}
