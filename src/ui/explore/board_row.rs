//! One line of the board: figures with what they were before, and ways into the traces behind them.

use leptos::prelude::*;

use crate::analysis::services::{Red, ServiceLine};
use crate::base::format::{self, duration_parts};
use crate::query::metrics::Population;
use crate::query::{duration, write};
use crate::state::app::App;
use crate::ui::icon::{ErrorMark, Icon};
use crate::ui::parts::{service_words, slot_class};

/// Lines in a row's way down to its traces.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Which {
    All,
    Failed,
    Slow,
}

#[component]
pub fn BoardRow(
    line: ServiceLine,
    colour: u8,
    population: Population,
    /// The service that the line is, or is an operation of.
    service: String,
    /// Whether its operations stand below; `None` for an operation.
    #[prop(optional)]
    is_open: Option<Signal<bool>>,
) -> impl IntoView {
    let app = App::get();
    let ServiceLine { name, now, before, is_new, spark, worse } = line;
    let is_service = is_open.is_some();
    let operation = (!is_service).then(|| name.clone());
    let shown = if is_service { service_words(&name) } else { name.clone() };
    let p95_s = now.p95;
    let toggled = service.clone();
    let find = move |which: Which| {
        let query = query_of(population, &service, operation.as_deref(), which, p95_s);
        move |_: leptos::ev::MouseEvent| app.run(query.clone())
    };
    let (all, failed, slow) = (find(Which::All), find(Which::Failed), find(Which::Slow));
    let head = match is_open {
        Some(is_open) => view! {
            <button class="btn x-name" aria-expanded=move || is_open.get().to_string() title="Its operations" on:click=move |_| app.toggle_operations(&toggled)>
                {move || view! { <Icon name=if is_open.get() { "down" } else { "right" }/> }}
                <i class=format!("sw {}", slot_class(colour))></i><span class="cut">{shown}</span>
            </button>
        }
        .into_any(),
        None => view! { <span class="x-name x-operation cut">{shown}</span> }.into_any(),
    };
    let is_failing = now.errors > 0.0;
    view! {
        <div role="row" class="board-row" class:worse={worse >= 1.0} class:sub=!is_service data-line=name data-worse=format!("{worse:.2}")>
            <div role="rowheader" class="cut">{head}</div>
            <div role="cell" class="num" data-figure="rate">{per_second(now.rate)}{change(if is_new { Some(("new".to_owned(), false)) } else { rate_change(&now, before.as_ref()) })}</div>
            <div role="cell">{sparkline(&spark)}</div>
            <div role="cell" class="num" class:err=is_failing data-figure="errors">{is_failing.then(|| view! { <ErrorMark/>" " })}{per_second(now.errors)}</div>
            <div role="cell" class="num" class:err=is_failing data-figure="error-share">{share(&now)}{change(share_change(&now, before.as_ref()))}</div>
            <div role="cell" class="num" data-figure="p50">{seconds(now.p50)}</div>
            <div role="cell" class="num" data-figure="p95">{seconds(now.p95)}{change(slower(&now, before.as_ref()))}</div>
            <div role="cell" class="num" data-figure="p99">{seconds(now.p99)}</div>
            <div role="cell" class="row-flex x-ways">
                <button class="btn link" title="Search for its traces" on:click=all>"Traces"</button>
                {is_failing.then(|| view! { <button class="btn link err" title="Search for those that failed" on:click=failed>"Failed"</button> })}
                {p95_s.map(|_| view! { <button class="btn link" title="Search for those slower than p95" on:click=slow>"Slow"</button> })}
            </div>
        </div>
    }
    .into_any()
}

/// The search that a line leads to.
fn query_of(
    population: Population,
    service: &str,
    operation: Option<&str>,
    which: Which,
    p95_s: Option<f64>,
) -> String {
    let kind = if population == Population::Consumers { "kind = consumer" } else { "kind = server" };
    let mut conditions = vec![format!("resource.service.name = {}", write::text(service)), kind.to_owned()];
    conditions.extend(operation.map(|name| format!("name = {}", write::text(name))));
    match (which, p95_s) {
        (Which::Failed, _) => conditions.push("status = error".to_owned()),
        (Which::Slow, Some(seconds)) => {
            // Whole milliseconds read better, and a p95 is no more exact than its bucket; short ones in microseconds.
            let unit_ns = if seconds >= 0.01 { 1_000_000 } else { 1_000 };
            let ns = (seconds * 1e9) as u64 / unit_ns * unit_ns;
            conditions.push(format!("duration >= {}", duration::write(ns.max(1))));
        }
        _ => {}
    }
    write::spanset(&write::all(conditions))
}

/// A rate to three digits, with its unit.
fn per_second(rate: f64) -> AnyView {
    view! { {format::rate(rate)}<u class="u">"/s"</u> }.into_any()
}

fn seconds(value: Option<f64>) -> AnyView {
    match value.filter(|seconds| seconds.is_finite()) {
        Some(seconds) => {
            let (figure, unit) = duration_parts((seconds * 1e9).max(0.0) as u64);
            view! { {figure}<u class="u">{unit}</u> }.into_any()
        }
        None => view! { <span class="dim">"–"</span> }.into_any(),
    }
}

fn share(red: &Red) -> AnyView {
    match red.error_share().map(|share| share * 100.0) {
        None => view! { <span class="dim">"–"</span> }.into_any(),
        Some(percent) => {
            let figure = if percent == 0.0 {
                "0".to_owned()
            } else if percent < 0.1 {
                "<0.1".to_owned()
            } else {
                format!("{percent:.1}")
            };
            view! { {figure}<u class="u">"%"</u> }.into_any()
        }
    }
}

/// What a figure did against the range before: words, and whether that is for the worse.
type Change = Option<(String, bool)>;

/// A change below this is none: sampling alone moves figures by as much.
const LEAST_PERCENT: f64 = 5.0;

fn percent(now: f64, before: f64) -> Option<f64> {
    (before > 0.0)
        .then(|| (now / before - 1.0) * 100.0)
        .filter(|change| change.is_finite() && change.abs() >= LEAST_PERCENT)
}

fn signed(change: f64, unit: &str) -> String {
    let sign = if change > 0.0 { "+" } else { "−" };
    let figure = change.abs();
    if figure >= 1000.0 { format!("{sign}{:.0} ×", figure / 100.0) } else { format!("{sign}{figure:.0}{unit}") }
}

fn rate_change(now: &Red, before: Option<&Red>) -> Change {
    percent(now.rate, before?.rate).map(|change| (signed(change, " %"), change < -30.0))
}

fn slower(now: &Red, before: Option<&Red>) -> Change {
    let change = percent(now.p95?, before?.p95?)?;
    Some((signed(change, " %"), change > 0.0))
}

fn share_change(now: &Red, before: Option<&Red>) -> Change {
    let points = (now.error_share()? - before?.error_share()?) * 100.0;
    (points.abs() >= 0.1).then(|| {
        let sign = if points > 0.0 { "+" } else { "−" };
        (format!("{sign}{:.1} pt", points.abs()), points > 0.0)
    })
}

fn change(change: Change) -> AnyView {
    match change {
        Some((words, is_worse)) => {
            view! { <small class="x-change" class:warn=is_worse class:dim=!is_worse>{words}</small> }.into_any()
        }
        None => ().into_any(),
    }
}

const SPARK_PX: (f64, f64) = (96.0, 18.0);

/// The rate over time as a line from 0 to its own greatest: its shape, since how much it is stands beside it.
fn sparkline(values: &[f64]) -> AnyView {
    let most = values.iter().copied().fold(0.0, f64::max);
    if values.len() < 2 || most <= 0.0 {
        return ().into_any();
    }
    let (width, height) = SPARK_PX;
    let step = width / (values.len() - 1) as f64;
    let point = |(at, value): (usize, &f64)| {
        format!("{:.1},{:.1}", at as f64 * step, height - 1.0 - value / most * (height - 2.0))
    };
    let points = values.iter().enumerate().map(point).collect::<Vec<_>>().join(" ");
    view! {
        <svg class="spark" viewBox=format!("0 0 {width} {height}") aria-hidden="true" preserveAspectRatio="none"><polyline points=points/></svg>
    }
    .into_any()
}
