//! The traces that a search found: a virtualised table; a trace unfolds into the spans that matched.

use std::collections::HashSet;
use std::sync::Arc;

use leptos::html;
use leptos::prelude::*;

use super::pending::Remarked;
use super::result_row::{Line, ResultRow};
use crate::base::format::{bytes, count, counted, duration};
use crate::base::{TraceId, sort};
use crate::source::search::{Found, FoundTrace};
use crate::state::app::App;
use crate::state::explore::search::{Column, Results as Came};
use crate::state::react::{derived, effect, memo};
use crate::ui::follow::follow_size;
use crate::ui::icon::Icon;
use crate::ui::table::{Rows, SortHead};

const ROW_PX: f64 = 26.0;

const COLUMNS: [(Column, &str, bool); 6] = [
    (Column::Start, "Start", false),
    (Column::Root, "Root", false),
    (Column::Duration, "Duration", true),
    (Column::Spans, "Spans", true),
    (Column::Errors, "Errors", false),
    (Column::Matched, "Matched", true),
];

/// Positions of the traces in the order of a column.
fn ordered(found: &Found, by: Column, descending: bool) -> Vec<u32> {
    let mut order: Vec<u32> = (0..found.traces.len() as u32).collect();
    let trace = |at: &u32| &found.traces[*at as usize];
    let figure = |trace: &FoundTrace| match by {
        Column::Start | Column::Root => trace.start_unix_nano,
        Column::Duration => trace.duration_ms,
        Column::Spans => trace.spans(),
        Column::Errors => trace.errors(),
        Column::Matched => trace.matched(),
    };
    match by {
        Column::Root => sort::by(&mut order, |a, b| trace(a).root.cmp(&trace(b).root)),
        _ => sort::by_key(&mut order, |at| figure(trace(at))),
    }
    if descending {
        order.reverse();
    }
    order
}

/// The lines of the table: each trace, and below those that are unfolded what matched in them.
fn lines_of(found: &Found, order: &[u32], unfolded: &HashSet<TraceId>) -> Vec<Line> {
    let mut lines = Vec::new();
    for at in order {
        let Some(trace) = found.traces.get(*at as usize) else { continue };
        lines.push(Line::Trace(*at));
        if !unfolded.contains(&trace.id) {
            continue;
        }
        for (set, spans) in (0u32..).zip(&trace.span_sets) {
            if !spans.attributes.is_empty() || trace.span_sets.len() > 1 {
                lines.push(Line::Set(*at, set));
            }
            lines.extend((0..spans.spans.len() as u32).map(|span| Line::Span(*at, set, span)));
            if spans.matched > spans.spans.len() as u64 {
                lines.push(Line::More(*at, set));
            }
        }
    }
    lines
}

#[component]
pub fn Results() -> impl IntoView {
    let app = App::get();
    let found = app.explore.found.value;
    view! {
        {move || found.get().map(|came| if came.found.traces.is_empty() {
            view! { <NothingFound came/> }.into_any()
        } else {
            view! { <Table came/> }.into_any()
        })}
    }
}

#[component]
fn NothingFound(came: Arc<Came>) -> impl IntoView {
    let Came { asked, found, .. } = &*came;
    let range = duration(asked.bounds.seconds().saturating_mul(1_000_000_000));
    view! {
        <div class="msg explored" data-nothing>
            <h2><Icon name="info"/>"No trace matches"</h2>
            <p>{format!("{} in {} were looked at, over {range}.", bytes(found.inspected.inspected_bytes), counted(found.inspected.total_blocks, "block", "blocks"))}</p>
            <ul class="do">
                <li>"Search hides what came in the last half minute: try again, or go to a trace by its id."</li>
                <li>"A longer range, or fewer conditions."</li>
                <li>"An attribute needs its scope: span., resource., event., link., or only a dot for span and resource."</li>
            </ul>
        </div>
    }
}

#[component]
fn Table(came: Arc<Came>) -> impl IntoView {
    let app = App::get();
    let explore = app.explore;
    let view = explore.results;
    let scroller = NodeRef::<html::Div>::new();
    let height = RwSignal::new(600.0);
    follow_size(scroller, move |_, px| height.set(px));
    // Coming back to the results finds them where they were.
    effect(move || {
        if let Some(scroller) = scroller.get() {
            scroller.set_scroll_top(view.scroll.get_untracked() as i32);
            // A list that has become shorter does not reach as far.
            view.scroll.set(f64::from(scroller.scroll_top()));
        }
    });
    let kept = StoredValue::new(came.clone());
    let lines: Memo<Arc<Vec<Line>>> = memo(move |_| {
        let (by, descending) = view.sort.get();
        let came = kept.get_value();
        Arc::new(view.unfolded.with(|unfolded| lines_of(&came.found, &ordered(&came.found, by, descending), unfolded)))
    });
    let is_dated = !came.asked.is_one_day();
    let longest_ms = came.found.traces.iter().map(|trace| trace.duration_ms).max().unwrap_or(1).max(1);
    let many = move || lines.with(|lines| lines.len());
    // One row always takes part in the order of Tab.
    effect(move || {
        let last = many().saturating_sub(1);
        if view.cursor.get_untracked() > last {
            view.cursor.set(last);
        }
    });
    let seen = memo(move |_| {
        let first = (view.scroll.get() / ROW_PX).floor().max(0.0) as usize;
        let rows = (height.get() / ROW_PX).ceil() as usize + 1;
        lines.with(|lines| lines.iter().copied().enumerate().skip(first).take(rows).collect::<Vec<(usize, Line)>>())
    });
    let rows = Rows { scroller, row_px: ROW_PX, head_px: 0.0, count: Signal::derive(many), cursor: view.cursor };
    let press = move |event: leptos::ev::KeyboardEvent| {
        // The letters of vi, as everywhere else on the page.
        match event.key().as_str() {
            "j" => rows.step(1),
            "k" => rows.step(-1),
            _ => rows.press(&event),
        }
    };
    view! {
        <Summary came=came.clone()/>
        <div class="list results" class:dated=is_dated role="treegrid" aria-label="Traces found" data-results aria-rowcount=move || many() + 1 on:keydown=press>
            <div class="list-head" role="row" aria-rowindex="1">
                {COLUMNS.map(|(column, name, is_figure)| view! { <SortHead sort=view.sort column name=derived(move || name.to_owned()) is_figure/> }).collect_view()}
            </div>
            <div class="list-rows" role="rowgroup" tabindex="-1" node_ref=scroller on:scroll=move |_| {
                if let Some(scroller) = scroller.get_untracked() {
                    view.scroll.set(f64::from(scroller.scroll_top()));
                }
            }>
                <div class="list-space" role="presentation" style:height=move || format!("{}px", many() as f64 * ROW_PX)>
                    <For each=move || seen.get() key=|seen| *seen let:seen>
                        <ResultRow found=kept line=seen.1 place=seen.0 top_px=seen.0 as f64 * ROW_PX longest_ms/>
                    </For>
                </div>
            </div>
        </div>
    }
}

/// How many came, whether more exist, and what a sorted list is sorted among.
#[component]
fn Summary(came: Arc<Came>) -> impl IntoView {
    let app = App::get();
    let many = came.found.traces.len() as u64;
    let inspected = bytes(came.found.inspected.inspected_bytes);
    let is_cut = came.is_cut;
    let asked = came.asked.query.clone();
    let sampled = asked.clone();
    let words = match is_cut {
        true => format!("within {} returned, more exist: neither the slowest nor the newest of all", count(many)),
        false => format!("{}, all that match", counted(many, "trace", "traces")),
    };
    view! {
        <div class="phead" data-summary>
            <b>"Traces"</b>
            <span class="dim" role="status">{words}</span>
            {came.found.remarks.words().map(|words| view! { <Remarked words/> })}
            {is_cut.then(|| view! { <button class="btn link" data-more on:click=move |_| app.load_more()>"Load more"</button> })}
            <button class="btn link" data-map-of title="Who calls whom in the traces that this search finds" on:click=move |_| app.map_of(Some(asked.clone()))>"Map of these"</button>
            <button class="btn link" data-across-of title="Connectors, propagation and sampling of the traces that this search finds" on:click=move |_| app.across_of(Some(sampled.clone()))>"Sample of these"</button>
            <span class="grow"></span>
            <span class="dim wide">{format!("inspected {inspected}")}</span>
        </div>
    }
}
