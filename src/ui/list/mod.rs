//! The traces of a set: a virtualised table, sorted and filtered, with the find grammar.

mod row;

use std::sync::Arc;

use leptos::html;
use leptos::prelude::*;

use self::row::ListRow;
use crate::base::format::{count, counted};
use crate::model::summary::TraceSummary;
use crate::state::app::App;
use crate::state::list::{Column, ListView};
use crate::state::react::{derived, effect, memo};
use crate::ui::across::OverList;
use crate::ui::follow::follow_size;
use crate::ui::icon::Icon;
use crate::ui::table::{Rows, SortHead};
use crate::worker::protocol::{Ask, Tell};

const ROW_PX: f64 = 26.0;

const COLUMNS: [(Column, &str, bool); 6] = [
    (Column::Root, "Root", false),
    (Column::Start, "Start", false),
    (Column::Duration, "Duration", true),
    (Column::Spans, "Spans", true),
    (Column::Errors, "Errors", true),
    (Column::Services, "Services", false),
];

fn sorted(traces: &[TraceSummary], mut order: Vec<u32>, by: Column, descending: bool) -> Vec<u32> {
    let line = |at: &u32| traces.get(*at as usize);
    let name = |at: &u32| {
        line(at).and_then(|line| line.root.as_ref()).map(|root| (root.service.clone(), root.operation.clone()))
    };
    let figure = |at: &u32| {
        let line = line(at)?;
        Some(match by {
            Column::Start => line.start_unix_nano,
            Column::Duration => line.duration_ns,
            Column::Spans => line.spans,
            Column::Services => line.service_count,
            Column::Errors => line.error_spans,
            Column::Root => 0,
        })
    };
    match by {
        Column::Root => order.sort_by_cached_key(name),
        _ => order.sort_by_key(figure),
    }
    if descending {
        order.reverse();
    }
    order
}

/// The list, or what its traces say together.
#[component]
pub fn TraceList() -> impl IntoView {
    view! { <OverList list=|| view! { <Lines/> }.into_any()/> }
}

#[component]
fn Lines() -> impl IntoView {
    let app = App::get();
    let ListView { sort, text, errors_only, .. } = app.list;
    // `None`: all of them match.
    let found: RwSignal<Option<Vec<u32>>> = RwSignal::new(None);
    let notes = RwSignal::new(String::new());
    effect(move || {
        let asked = text.get();
        if asked.trim().is_empty() {
            found.set(None);
            notes.set(String::new());
            return;
        }
        let Some(client) = app.client() else { return };
        let sent = asked.clone();
        client.ask(
            |id| Ask::FindTraces { id, text: sent },
            move |answer| {
                let current = text.try_with_untracked(|now| *now == asked).unwrap_or_default();
                if let Tell::FoundTraces { traces, notes: said, .. } = answer.tell
                    && current
                {
                    found.set(Some(traces));
                    notes.set(said.join(" "));
                }
            },
        );
    });
    let order: Memo<Arc<Vec<u32>>> = memo(move |_| {
        let (by, descending) = sort.get();
        app.traces.with(|traces| {
            let all = || (0..traces.len() as u32).collect();
            let mut order: Vec<u32> = found.get().unwrap_or_else(all);
            if errors_only.get() {
                order.retain(|at| traces.get(*at as usize).is_some_and(|line| line.error_spans > 0));
            }
            Arc::new(sorted(traces, order, by, descending))
        })
    });
    let total = move || app.traces.with(|traces| traces.len());
    let longest =
        memo(move |_| app.traces.with(|traces| traces.iter().map(|line| line.duration_ns).max().unwrap_or(1)));
    view! {
        <div class="list-tools">
            <h1 class="strong">{move || counted(total() as u64, "trace", "traces")}</h1>
            <span class="field list-find">
                <Icon name="search"/>
                <input class="val" type="search" data-list-find spellcheck="false" aria-label="Filter traces"
                    placeholder="Filter: text, service:orders, error, duration>500ms" prop:value=text
                    on:input:target=move |event| text.set(event.target().value())/>
            </span>
            <label class="row-flex"><input type="checkbox" prop:checked=errors_only on:change:target=move |event| errors_only.set(event.target().checked())/>"Errors only"</label>
            <span class="dim" role="status" data-list-count>{move || format!("{} shown", count(order.with(|order| order.len()) as u64))}</span>
            <span class="warn">{move || notes.get()}</span>
        </div>
        <Table order sort longest/>
    }
}

#[component]
fn Table(order: Memo<Arc<Vec<u32>>>, sort: RwSignal<(Column, bool)>, longest: Memo<u64>) -> impl IntoView {
    let app = App::get();
    let scroller = NodeRef::<html::Div>::new();
    let height = RwSignal::new(600.0);
    follow_size(scroller, move |_, px| height.set(px));
    // Coming back to the list finds it where it was.
    effect(move || {
        if let Some(scroller) = scroller.get() {
            scroller.set_scroll_top(app.list.scroll.get_untracked() as i32);
        }
    });
    let seen = memo(move |_| {
        let first = (app.list.scroll.get() / ROW_PX).floor().max(0.0) as usize;
        let count = (height.get() / ROW_PX).ceil() as usize + 1;
        order.with(|order| order.iter().copied().enumerate().skip(first).take(count).collect::<Vec<(usize, u32)>>())
    });
    // They need room beside the spans.
    let has_repeats = memo(move |_| app.traces.with(|traces| traces.iter().any(|line| line.repeats > 0)));
    let rows = Rows {
        scroller,
        row_px: ROW_PX,
        head_px: 0.0,
        count: derived(move || order.with(|order| order.len())),
        cursor: RwSignal::new(0),
    };
    view! {
        <div class="list" class:repeats=has_repeats role="grid" aria-label="Traces" aria-rowcount=move || order.with(|order| order.len() + 1) on:keydown=move |event| rows.press(&event)>
            <div class="list-head" role="row" aria-rowindex="1">{COLUMNS.map(|(column, name, is_figure)| view! { <SortHead sort column name=derived(move || name.to_owned()) is_figure/> }).collect_view()}</div>
            <div class="list-rows" role="rowgroup" tabindex="-1" node_ref=scroller on:scroll=move |_| {
                if let Some(scroller) = scroller.get_untracked() {
                    app.list.scroll.set(f64::from(scroller.scroll_top()));
                }
            }>
                <div class="list-space" role="presentation" style:height=move || format!("{}px", order.with(|order| order.len()) as f64 * ROW_PX)>
                    <For each=move || seen.get() key=|seen| *seen let:seen>
                        <ListRow place=seen.0 at=seen.1 top_px=seen.0 as f64 * ROW_PX longest cursor=rows.cursor/>
                    </For>
                </div>
                <Show when=move || order.with(|order| order.is_empty())>
                    <div class="msg"><h2>"No trace matches"</h2><p>"Of the traces read, none fits the filter."</p></div>
                </Show>
            </div>
        </div>
    }
}
