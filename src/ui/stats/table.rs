//! The rows of the table: only those in sight are elements. Sorted by any column; a row with matches of find tells how many.

use std::sync::Arc;

use leptos::html;
use leptos::prelude::*;

use super::tools::words;
use crate::analysis::statistics::{GroupBy, StatRow};
use crate::base::format::{count, counted, duration_parts, percent};
use crate::model::SpanIdx;
use crate::state::app::App;
use crate::state::react::{derived, effect, memo};
use crate::state::stats::{Grouped, Sort};
use crate::ui::follow::{follow_matches, follow_scroll, follow_size, some_a_task};
use crate::ui::icon::ErrorMark;
use crate::ui::parts::{service_words, slot_class};
use crate::ui::table::{Rows, SortHead};
use crate::ui::tools::NothingShown;

pub const ROW_PX: f64 = 26.0;
/// The head stays at the top of the scroller.
const HEAD_PX: f64 = 28.0;
/// Rows that are made in a task, and from how many on nobody counts them.
const ROWS_A_TASK: usize = 8;
const MOST_IN_SIGHT: usize = 120;

pub const COLUMNS: [(Sort, &str, &str); 11] = [
    (Sort::Count, "Count", "Spans"),
    (Sort::Errors, "Errors", "Spans with status ERROR"),
    (Sort::Total, "Total", "Sum of durations; nested spans count in each"),
    (Sort::OwnTime, "Self", "Sum of self times: durations less what children cover"),
    (Sort::Min, "Min", "Shortest"),
    (Sort::Mean, "Mean", "Total by count"),
    (Sort::P50, "p50", "Median duration, nearest rank"),
    (Sort::P95, "p95", "95th percentile of durations, nearest rank"),
    (Sort::P99, "p99", "99th percentile of durations, nearest rank"),
    (Sort::Max, "Max", "Longest"),
    (Sort::Critical, "Critical path", "Own time on the critical path, and its share of it"),
];

#[component]
pub fn Table() -> impl IntoView {
    let app = App::get();
    let stats = app.stats;
    let scroller = NodeRef::<html::Div>::new();
    let height = RwSignal::new(600.0);
    follow_size(scroller, move |_, px| height.set(px));
    let on_scroll = follow_scroll(scroller, stats.scroll_px, move || stats.grouped.track());
    let matched = follow_matches();
    // By row: how many of its spans find has matched.
    let matches: Memo<Option<Arc<Vec<u64>>>> = memo(move |_| {
        let (matched, grouped) = (matched.get()?, stats.grouped.get()?);
        let mut counts = vec![0u64; grouped.statistics.rows.len()];
        for row in matched.iter().filter_map(|at| grouped.row_of(at)) {
            if let Some(count) = counts.get_mut(row as usize) {
                *count += 1;
            }
        }
        Some(Arc::new(counts))
    });
    let order: Memo<Arc<Vec<u32>>> = memo(move |_| {
        let order = stats.order();
        let sorted = |grouped: &Arc<Grouped>| order.of(&grouped.statistics.rows);
        Arc::new(stats.grouped.with(|grouped| grouped.as_ref().map(sorted).unwrap_or_default()))
    });
    let selected_row = memo(move |_| {
        let (span, grouped) = (app.view.selected.get()?, stats.grouped.get()?);
        grouped.row_of(span.0)
    });
    let seen = memo(move |_| {
        let first = (stats.scroll_px.get() / ROW_PX).floor().max(0.0) as usize;
        let room = (height.get() / ROW_PX).ceil() as usize + 1;
        // A new answer makes new rows, even at the same places.
        let version = stats
            .grouped
            .with(|grouped| grouped.as_ref().map(|grouped| Arc::as_ptr(grouped) as usize))
            .unwrap_or_default();
        order.with(|order| {
            order
                .iter()
                .copied()
                .enumerate()
                .skip(first)
                .take(room)
                .map(|(place, at)| (version, place, at))
                .collect::<Vec<_>>()
        })
    });
    let rows = Rows {
        scroller,
        row_px: ROW_PX,
        head_px: HEAD_PX,
        count: derived(move || order.with(|order| order.len())),
        cursor: RwSignal::new(0),
    };
    // Where Tab leads to: the keyboard's row, or the one in sight that is nearest to it.
    let entry = memo(move |_| {
        let (first, last) = seen.with(|seen| (seen.first().map_or(0, |row| row.1), seen.last().map_or(0, |row| row.1)));
        rows.cursor.get().clamp(first, last.max(first))
    });
    // The row of the selected span is the keyboard's.
    effect(move || {
        let place = selected_row.get().and_then(|row| order.with(|order| order.iter().position(|at| *at == row)));
        if let Some(place) = place {
            rows.cursor.set(place);
        }
    });
    let nothing = derived(move || {
        stats.grouped.with(|grouped| grouped.as_ref().is_some_and(|grouped| grouped.statistics.rows.is_empty()))
    });
    view! {
        <div class="grid" role="grid" aria-label="Statistics" data-view-focus tabindex="-1" aria-rowcount=move || order.with(|order| order.len() + 1) on:keydown=move |event| rows.press(&event)>
            <div class="grid-scroll" role="presentation" node_ref=scroller on:scroll=move |_| on_scroll()>
                <Head/>
                <div class="grid-space" role="rowgroup" style:height=move || format!("{}px", order.with(|order| order.len()) as f64 * ROW_PX)>
                    {move || {
                        stats.grouped.track();
                        view! { <InSight seen matches selected=selected_row cursor=rows.cursor entry/> }
                    }}
                </div>
            </div>
        </div>
        <NothingShown when=nothing title="Nothing to count"/>
    }
}

/// The rows in sight of one answer.
#[component]
fn InSight(
    seen: Memo<Vec<(usize, usize, u32)>>,
    matches: Memo<Option<Arc<Vec<u64>>>>,
    selected: Memo<Option<u32>>,
    cursor: RwSignal<usize>,
    entry: Memo<usize>,
) -> impl IntoView {
    let most = some_a_task(ROWS_A_TASK, MOST_IN_SIGHT);
    view! {
        <For each=move || seen.get().into_iter().take(most.get()) key=|seen| *seen let:seen>
            <Row place=seen.1 at=seen.2 matches selected cursor entry/>
        </For>
    }
}

#[component]
fn Head() -> impl IntoView {
    let app = App::get();
    let stats = app.stats;
    let group = move || words(&stats.by.get());
    view! {
        <div class="grid-head" role="row" aria-rowindex="1">
            <SortHead sort=stats.sort column=Sort::Group name=Signal::derive(group) title="The group's name" is_figure=false/>
            {COLUMNS.map(|(sort, name, title)| view! { <SortHead sort=stats.sort column=sort name=derived(move || name.to_owned()) title is_figure=true/> }).collect_view()}
        </div>
    }
}

#[component]
fn Row(
    place: usize,
    at: u32,
    matches: Memo<Option<Arc<Vec<u64>>>>,
    selected: Memo<Option<u32>>,
    cursor: RwSignal<usize>,
    entry: Memo<usize>,
) -> impl IntoView {
    let app = App::get();
    let grouped = app.stats.grouped.get_untracked();
    let Some(grouped) = grouped else { return ().into_any() };
    let outline = grouped.outline.clone();
    let Some(row) = grouped.statistics.rows.get(at as usize).cloned() else { return ().into_any() };
    let first = SpanIdx(row.first_span);
    if first.index() >= outline.len() {
        return ().into_any();
    }
    let found = move || {
        matches.with(|matches| matches.as_ref().map(|counts| counts.get(at as usize).copied().unwrap_or_default()))
    };
    let filtered = {
        let find = row.find.clone();
        move || find.as_ref().is_some_and(|find| app.view.find.with(|now| now == find))
    };
    let is_filtered = filtered.clone();
    let critical_ns = grouped.statistics.critical_ns;
    let share = row.critical_ns as f64 / critical_ns.max(1) as f64 * 100.0;
    let clicked = row.clone();
    let act = move || app.filter_to(&clicked);
    let by_key = act.clone();
    let figures = [row.total_ns, row.self_ns, row.min_ns, row.mean_ns, row.p50_ns, row.p95_ns, row.p99_ns, row.max_ns];
    let slot = row.service.is_some().then(|| outline.slot(first));
    view! {
        <div
            class=format!("grid-row {}", slot.map(slot_class).unwrap_or_default()) class:sel=move || selected.get() == Some(at)
            class:on=filtered class:dimmed=move || found() == Some(0)
            role="row" tabindex=move || if entry.get() == place { "0" } else { "-1" } on:focus=move |_| cursor.set(place)
            aria-rowindex=place + 2 data-place=place data-group=row.text.clone()
            data-service=row.service.map(|_| outline.service_name(first).to_owned())
            aria-selected=move || is_filtered().to_string()
            title="Click: find marks these spans in every view"
            style:transform=format!("translateY({}px)", place as f64 * ROW_PX)
            on:click=move |_| act()
            on:keydown=move |event| if event.key() == "Enter" || event.key() == " " {
                event.prevent_default();
                event.stop_propagation();
                by_key();
            }
        >
            <div role="gridcell" class="cut name"><Name row=row.clone() by=grouped.by.clone() service=service_words(outline.service_name(first))/></div>
            <div role="gridcell" class="num" data-col="count">{move || found().filter(|found| *found > 0).map(|found| view! { <span class="mk">{count(found)}</span>" of " })}{count(row.count)}</div>
            <div role="gridcell" class="num" data-col="errors" class:err=row.errors.gt(&0)>{(row.errors > 0).then(|| view! { <ErrorMark/>" " })}{count(row.errors)}</div>
            {COLUMNS.iter().skip(2).zip(figures).map(|((_, name, _), ns)| {
                let (figure, unit) = duration_parts(ns);
                view! { <div role="gridcell" class="num" data-col=name.to_lowercase() data-ns=ns.to_string()>{figure}<u>{unit}</u></div> }
            }).collect_view()}
            <div role="gridcell" class="num share" data-col="critical" data-ns=row.critical_ns.to_string()>
                {(row.critical_ns > 0).then(|| view! { <i class="hbar" style:width=format!("{}px", (share * 0.48).max(1.0))></i> })}
                {if row.critical_ns > 0 { percent(row.critical_ns, critical_ns) } else { "–".to_owned() }}
            </div>
        </div>
    }
    .into_any()
}

/// What a group is called beside its service.
pub fn name_words(row: &StatRow, by: &GroupBy) -> String {
    match (by, row.absent) {
        (_, true) => "(not set)".to_owned(),
        (GroupBy::Service, _) => String::new(),
        _ if row.text.is_empty() => "(empty)".to_owned(),
        _ => row.text.clone(),
    }
}

/// Of rows from the scroller's first on, how many are wholly or mostly in sight; the first one, and how many.
pub fn rows_in_sight(scrolled_rows: f64, all: usize) -> (usize, usize) {
    let page = web_sys::window().and_then(|window| window.document());
    let scroller = page.and_then(|page| page.query_selector(".grid-scroll").ok().flatten());
    let height_px = scroller.map_or(0.0, |scroller| f64::from(scroller.client_height())) - HEAD_PX;
    let first = (scrolled_rows.round().max(0.0) as usize).min(all);
    (first, ((height_px / ROW_PX).round().max(1.0) as usize).min(all - first))
}

#[component]
fn Name(row: StatRow, by: GroupBy, service: String) -> impl IntoView {
    let text = name_words(&row, &by);
    let quiet = row.absent;
    view! {
        {row.service.map(|_| view! { <i class="sw"></i><span class:mid=!text.is_empty()>{service}</span>" " })}
        <span class:dim=quiet>{text.clone()}</span>
    }
}

/// What the status bar says of the table.
pub fn status(grouped: &Grouped) -> String {
    let statistics = &grouped.statistics;
    let groups = statistics.rows.len() as u64 + statistics.more_groups;
    format!("{} of {}", counted(groups, "group", "groups"), counted(statistics.spans, "span", "spans"))
}
