//! One row: its name in the tree, its duration, and in words what the canvas draws.

use leptos::ev::MouseEvent;
use leptos::prelude::*;

use super::row_text::{NameCell, group_words, time_words};
use crate::base::format::{counted, duration_parts};
use crate::layout::rows::missing_parent;
use crate::layout::{Row, RowKind};
use crate::model::outline::flag;
use crate::state::app::App;
use crate::ui::icon::{Caret, Icon};
use crate::ui::parts::slot_class;

#[component]
pub fn RowView(at: usize, row: Row) -> impl IntoView {
    let app = App::get();
    let view = app.view;
    let top = move || {
        app.shown.with(|shown| {
            let y = shown.as_ref().map(|shown| shown.heights.y_px(at) - view.scroll.get().y_px(&shown.heights));
            format!("translateY({}px)", y.unwrap_or_default().round())
        })
    };
    if row.is_head() {
        return view! { <HeadRow at row top=Signal::derive(top)/> }.into_any();
    }
    let Some(shown) = app.shown.get_untracked() else { return ().into_any() };
    let outline = &shown.outline;
    let span = row.span();
    let is_group = row.kind() == RowKind::Group;
    let selected = move || !is_group && view.selected.get() == Some(span);
    let hovered = move || view.hovered.get() == Some(span);
    let end = if is_group { shown.rows.group(span).map(|group| group.end).unwrap_or(span.0 + 1) } else { span.0 + 1 };
    let matched = move || {
        view.matches.with(|matches| {
            let from = matches.spans.partition_point(|at| *at < span.0);
            matches.spans.get(from).is_some_and(|at| *at < end)
        })
    };
    let dimmed = move || view.find.with(|text| !text.trim().is_empty()) && !matched();
    let critical = !outline.critical_of(span).is_empty();
    let (ns, sign) = match shown.rows.group(span).filter(|_| is_group) {
        Some(group) => (group.sum_ns, "Σ "),
        None => (outline.duration_of(span), ""),
    };
    let (figure, unit) = duration_parts(ns);
    let title = if is_group { shown.rows.group(span).map(group_words) } else { None };
    let words = time_words(outline, span);
    let id = outline.id(span).to_string();
    let toggle = move |event: MouseEvent| {
        event.stop_propagation();
        if event.alt_key() && !is_group {
            app.toggle_subtree(span, row.expanded());
        } else {
            app.toggle_row(at);
        }
    };
    view! {
        <div
            class=format!("row {}", slot_class(outline.slot(span)))
            class:sel=selected class:is-hover=hovered class:dimmed=dimmed class:cp=critical class:failed=outline.has(span, flag::ERROR)
            role="row" id=format!("row-{}", if is_group { format!("g{}", span.0) } else { span.0.to_string() })
            data-span=(!is_group).then(|| id.clone()) data-group=is_group.then(|| id.clone())
            prop:ariaLevel=(row.depth() + 1).to_string() aria-rowindex=at + 1
            aria-expanded=row.has_children().then(|| row.expanded().to_string())
            aria-selected=move || selected().to_string()
            style=("--d", row.depth().to_string()) style:transform=top
            on:click=move |_| if is_group { app.toggle_row(at) } else { app.select_row(span) }
        >
            <div class="tree" role="gridcell">
                <span class="guides"></span>
                {if row.has_children() {
                    let name = if row.expanded() { "Collapse (Alt: all below)" } else { "Expand (Alt: all below)" };
                    view! { <button class="caret" tabindex=if is_group { "0" } else { "-1" } aria-label=name title=name on:click=toggle><Caret open=row.expanded()/></button> }.into_any()
                } else {
                    view! { <span class="caret"></span> }.into_any()
                }}
                <NameCell row/>
            </div>
            <div class="dur num" role="gridcell" title=title>{(!sign.is_empty()).then(|| view! { <span class="dim">{sign}</span> })}{figure}<u>{unit}</u></div>
            <div class="bars" role="gridcell"><span class="vh">{words}</span></div>
        </div>
    }
    .into_any()
}

/// The head over orphans of one missing parent, or over spans in a cycle.
#[component]
fn HeadRow(at: usize, row: Row, top: Signal<String>) -> impl IntoView {
    let app = App::get();
    let orphans = row.kind() == RowKind::Orphans;
    let parent = app.outline.with_untracked(|outline| outline.as_ref().and_then(|o| missing_parent(o, row.span())));
    let what = match orphans {
        true => counted(u64::from(row.count()), "orphan span", "orphan spans"),
        false => counted(u64::from(row.count()), "span in a cycle", "spans in cycles"),
    };
    let below = match row.below() {
        0 => String::new(),
        below => format!("; {} below", counted(u64::from(below), "span", "spans")),
    };
    let why = if orphans {
        "The caller was not recorded, not sampled, has not arrived yet, or was cut by a size limit."
    } else {
        "These spans are their own ancestors. The cycle is cut above the earliest one."
    };
    view! {
        <div class="grouphead" role="row" aria-rowindex=at + 1 style:transform=move || top.get() title=why>
            <div role="gridcell" class="row-flex">
                <Icon name="warning"/>
                <b class="strong">{what}</b>
                <span class="dim cut">
                    {match (orphans, parent) {
                        (true, Some(parent)) => view! { "parent "<span class="mono">{parent.to_string()}</span>" is not in this trace"{below} }.into_any(),
                        _ => view! { "cut at the earliest span"{below} }.into_any(),
                    }}
                </span>
                <span class="vh">{why}</span>
            </div>
        </div>
    }
}
