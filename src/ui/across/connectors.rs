//! The connector board: who costs how much over many traces, and what mending it would save. Figures of the whole range stand left, as the
//! backend counts them, those of the sample right.

use std::collections::BTreeMap;
use std::sync::Arc;

use leptos::prelude::*;

use super::row::{Figure, More, TraceLinks};
use crate::analysis::connectors::{ConnectorRow, ConnectorRows, GroupBy, PARTS, Side};
use crate::analysis::services::{Red, reds_by};
use crate::base::format::{count, counted, duration, percent};
use crate::model::Series;
use crate::query::form::Form;
use crate::query::write;
use crate::state::across::RangeFigures;
use crate::state::app::{App, Screen};
use crate::state::react::memo;
use crate::ui::icon::Icon;
use crate::ui::parts::service_words;

/// Rows that are shown before the reader asks for more.
const SHOWN: usize = 50;

#[component]
pub fn Connectors() -> impl IntoView {
    let app = App::get();
    let across = app.across;
    app.follow_range_figures();
    view! {
        <div class="a-tools">
            <label class="row-flex"><span>"By"</span>
                <input class="field" data-connectors-by placeholder="service and operation, or an attribute: erp.system" size="38" spellcheck="false"
                    prop:value=across.by on:change:target=move |event| {
                        let typed = event.target().value();
                        let typed = typed.trim();
                        let key = typed.strip_prefix("span.").or(typed.strip_prefix("resource.")).unwrap_or(typed);
                        across.by.set(key.to_owned());
                        app.note_address(false);
                    }/>
            </label>
            <span class="dim">"Sorted by what it would save: what a request would take less, on average over the sample, if this took no time itself."</span>
        </div>
        {move || across.range.failure.get().map(|failure| view! {
            <p class="warn a-note"><Icon name="warning"/>"Figures of the whole range could not be had: "{failure.title}". "{failure.server_text.unwrap_or(failure.what)}</p>
        })}
        {move || across.range.value.get().map(|range| range.notes.clone()).filter(|notes| !notes.is_empty()).map(|notes| view! {
            <p class="a-note dim" data-notes>"Figures of the whole range: "{notes.join("; ")}"."</p>
        })}
        {move || across.connectors.get().map(|rows| view! { <Board rows/> })}
    }
}

type Reds = BTreeMap<String, Red>;

/// Figures of the range by service, span name and kind, or by the attribute's value.
fn by_key(range: &RangeFigures, by: &GroupBy) -> Reds {
    let name = |series: &Series| match by {
        GroupBy::Attribute(key) => series.label(key).map(str::to_owned),
        _ => {
            let name = series.labels.get("name").or(series.labels.get("span:name"))?;
            let kind = series.labels.get("kind").or(series.labels.get("span:kind"))?;
            Some(key_of(series.label("service.name")?, name, kind))
        }
    };
    reds_by(&name, &range.rates, &range.quantiles)
}

fn key_of(service: &str, name: &str, kind: &str) -> String {
    [service, name, kind].join("\u{1f}")
}

/// What the range says of a row; nothing where its spans are of two kinds, whose durations are told apart.
fn ranged_of(row: &ConnectorRow, reds: &Reds) -> Option<Red> {
    let kinds = match row.side {
        None => return reds.get(&row.text).copied(),
        Some(Side::Received) => ["server", "consumer"],
        Some(Side::Made) => ["client", "producer"],
    };
    let (service, name) = (row.service.as_ref()?, row.span_name.as_ref()?);
    let mut found = kinds.iter().filter_map(|kind| reds.get(&key_of(service, name, kind)));
    found.next().filter(|_| found.next().is_none()).copied()
}

#[component]
fn Board(rows: Arc<ConnectorRows>) -> impl IntoView {
    let app = App::get();
    let across = app.across;
    let is_source = move || app.screen.get() == Screen::Explore;
    let shown = RwSignal::new(SHOWN);
    // Figures of another grouping or range than the sample's are not shown beside it.
    let ranged = memo(move |_| {
        let range = across.range.value.get()?;
        let is_of = across.by.with(|by| *by == range.by)
            && across.fetched.value.with(|of| of.as_ref().is_some_and(|of| of.bounds == range.bounds));
        is_of
            .then(|| Ranged {
                reds: by_key(&range, &GroupBy::parse(&range.by)),
                seconds: range.seconds,
                from: range.from,
            })
            .map(Arc::new)
    });
    let from = move || {
        ranged
            .get()
            .map(|ranged| format!("whole range, from {}", ranged.from))
            .unwrap_or_else(|| "whole range".to_owned())
    };
    let sample = format!("from {}", counted(rows.traces, "sampled trace", "sampled traces"));
    let file = format!("from {}", counted(rows.traces, "trace", "traces"));
    let total = rows.rows.len();
    let left_out = left_out(&rows, total);
    let traces = rows.traces;
    view! {
        <table class="t a-table" data-connectors>
            <thead>
                <tr>
                    <th></th>
                    {move || is_source().then(|| view! { <th colspan="5" class="a-span">{from}</th> })}
                    <th colspan="8" class="a-span">{move || if is_source() { sample.clone() } else { file.clone() }}</th>
                </tr>
                <tr>
                    <th>"Connector"</th>
                    {move || is_source().then(|| ["Calls", "Errors", "p50", "p95", "p99"].map(|name| view! { <th class="num">{name}</th> }).collect_view())}
                    <th class="num" title="What a request would take less, on average, if this took no time itself">"Saves"</th>
                    <th class="num" title="Mean share of the critical paths of the traces it is in">"Of the path"</th>
                    <th class="num" title="Of its calls and of what its service does inside them">"Self"</th>
                    <th class="num">"Calls"</th>
                    <th class="num">"Errors"</th>
                    <th class="num">"p95"</th>
                    <th class="num" title="Calls that were tried again, and what repeated them">"Retried"</th>
                    <th class="num">"Findings"</th>
                </tr>
            </thead>
            <tbody>
                <For each=move || 0..shown.get().min(total) key=|at| *at let:at>
                    {rows.rows.get(at).cloned().map(|row| view! { <Row row traces ranged is_source=is_source()/> })}
                </For>
            </tbody>
        </table>
        <More shown total/>
        {left_out.map(|words| view! { <p class="a-note dim">{words}</p> })}
    }
}

fn left_out(rows: &ConnectorRows, total: usize) -> Option<String> {
    let mut words = Vec::new();
    if total == 0 {
        words.push("No call says this.".to_owned());
    }
    if rows.more_rows > 0 {
        words.push(format!(
            "{} with {} are left out.",
            counted(rows.more_rows, "more row", "more rows"),
            counted(rows.more_calls, "call", "calls")
        ));
    }
    if rows.calls_without > 0 {
        words.push(format!(
            "{} neither say this nor stand below a span that does.",
            counted(rows.calls_without, "call", "calls")
        ));
    }
    if rows.traces_with_root < rows.traces {
        words.push(format!(
            "Saves and shares are of {} with a root.",
            counted(rows.traces_with_root, "trace", "traces")
        ));
    }
    (!words.is_empty()).then(|| words.join(" "))
}

/// Figures of the range by row.
#[derive(PartialEq)]
struct Ranged {
    reds: Reds,
    seconds: f64,
    from: &'static str,
}

#[component]
fn Row(row: ConnectorRow, traces: u64, ranged: Memo<Option<Arc<Ranged>>>, is_source: bool) -> impl IntoView {
    let app = App::get();
    let open = RwSignal::new(false);
    let of_range = row.clone();
    let figures = move || {
        let red = ranged.get().and_then(|ranged| Some((ranged_of(&of_range, &ranged.reds)?, ranged.seconds)));
        let seconds = |value: Option<f64>| value.map(|value| duration((value * 1e9) as u64));
        let why = "No figure of the range is of this row alone";
        let (calls, errors, p50, p95, p99) = match red {
            Some((red, range_s)) => (
                Some(count((red.rate * range_s).round() as u64)),
                red.error_share().map(|share| format!("{:.1} %", share * 100.0)),
                seconds(red.p50),
                seconds(red.p95),
                seconds(red.p99),
            ),
            None => (None, None, None, None, None),
        };
        let bad = red.is_some_and(|(red, _)| red.errors > 0.0);
        view! { <Figure text=calls why/><Figure text=errors why bad/><Figure text=p50 why/><Figure text=p95 why/><Figure text=p99 why/> }
    };
    let side = match row.side {
        Some(Side::Received) => "received",
        Some(Side::Made) => "made",
        None => "",
    };
    let service = row.service.clone().map(|service| service_words(&service));
    let text = if row.text.is_empty() && service.is_none() { "(empty)".to_owned() } else { row.text.clone() };
    let findings: u64 = row.findings.iter().sum();
    let worst = if row.findings[0] > 0 || row.findings[1] > 0 { "warn" } else { "dim" };
    let query = search_of(app, &row);
    let (ids, dearest) = (row.trace_ids.clone(), row.dearest.clone());
    let columns = if is_source { 14 } else { 9 };
    view! {
        <tr data-connector=row.text.clone() data-service=row.service.clone().unwrap_or_default() data-side=side data-saves=row.saves_ns.to_string()>
            <td>
                <button class="btn a-name" aria-expanded=move || open.get().to_string() on:click=move |_| open.update(|open| *open = !*open)>
                    <span class="f-caret" class:down=move || open.get()><Icon name="right"/></span>
                    {service.map(|service| view! { <span class="mid">{service}</span>" " })}<span class="cut">{text}</span>" "<span class="dim">{side}</span>
                </button>
            </td>
            {is_source.then_some(figures)}
            <td class="num strong">{duration(row.saves_ns)}</td>
            <td class="num">{percent(row.critical_ppm, PARTS)}</td>
            <td class="num">{duration(row.self_ns)}</td>
            <td class="num">{count(row.calls)}</td>
            <td class="num" class:bad=row.failed.gt(&0)>{count(row.failed)}</td>
            <td class="num">{duration(row.p95_ns)}</td>
            <td class="num">{(row.attempts > 0).then(|| count(row.attempts))}</td>
            <td class=format!("num {worst}") title=dearest.clone().unwrap_or_default()>{(findings > 0).then(|| count(findings))}</td>
        </tr>
        {move || open.get().then(|| {
            let (ids, dearest, query) = (ids.clone(), dearest.clone(), query.clone());
            view! {
                <tr class="a-more"><td colspan=columns>
                    {dearest.map(|title| view! { <p>"Its dearest finding: "{title}"."</p> })}
                    <p class="dim">{format!("In {} of {}; those in which it takes most first:", counted(row.traces, "trace", "traces"), count(traces))}</p>
                    <TraceLinks ids/>
                    {query.map(|query| view! { <button class="btn line" on:click=move |_| app.run(query.clone())><Icon name="search"/>"Search for its traces"</button> })}
                </td></tr>
            }
        })}
    }
}

/// The search behind a row, of the whole range; none where a search cannot say what the row says.
fn search_of(app: App, row: &ConnectorRow) -> Option<String> {
    if app.screen.get_untracked() != Screen::Explore {
        return None;
    }
    match GroupBy::parse(&app.across.by.get_untracked()) {
        GroupBy::ServiceOperation => {
            let (service, operation) = (row.service.clone()?, row.span_name.clone()?);
            Some(Form { service, operation, ..Form::default() }.write())
        }
        GroupBy::Attribute(key) if !row.text.is_empty() && !row.text.ends_with('…') => {
            let (field, text) = (write::attribute("", &key), write::text(&row.text));
            let is_bare =
                row.text.parse::<f64>().is_ok_and(f64::is_finite) || matches!(row.text.as_str(), "true" | "false");
            // The row has numbers and texts that read alike.
            Some(write::spanset(&if is_bare {
                format!("{field} = {} || {field} = {text}", row.text)
            } else {
                format!("{field} = {text}")
            }))
        }
        _ => None,
    }
}
