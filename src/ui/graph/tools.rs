//! The tools of the flame graph: time or count, icicle or flame, what the widths mean, what find has matched, and the way
//! back out.

use leptos::prelude::*;

use crate::base::format::{count, counted, duration, percent};
use crate::layout::flame_graph::{Direction, Width, breadcrumbs};
use crate::model::SpanIdx;
use crate::state::app::App;
use crate::state::graph::Merged;
use crate::ui::icon::Icon;
use crate::ui::parts::Choice;
use crate::ui::tools::{FocusTool, FoldTool, Services};

/// Frames of a long way that are named, from `all` and from the zoomed one.
const FIRST: usize = 2;
const LAST: usize = 4;

#[component]
pub fn GraphTools() -> impl IntoView {
    let app = App::get();
    let graph = app.graph;
    view! {
        <div class="tools" role="toolbar" aria-label="Flame graph">
            <div class="seg" role="group" aria-label="Width">
                <Choice name="Time" title="Width: self time, summed over everything below" on=move || graph.width.get() == Width::Time on_choose=move || graph.width.set(Width::Time)/>
                <Choice name="Count" title="Width: number of spans" on=move || graph.width.get() == Width::Count on_choose=move || graph.width.set(Width::Count)/>
            </div>
            <div class="seg" role="group" aria-label="Direction">
                <Choice name="Icicle" title="Callers at the top" on=move || graph.direction.get() == Direction::Icicle on_choose=move || graph.direction.set(Direction::Icicle)/>
                <Choice name="Flame" title="Callers at the bottom" on=move || graph.direction.get() == Direction::Flame on_choose=move || graph.direction.set(Direction::Flame)/>
            </div>
            <FoldTool/>
            <FocusTool/>
            <span class="sep only-wide"></span>
            <Services/>
            <span class="grow"></span>
        </div>
    }
}

/// Where the graph is zoomed to, what its widths add up to, and what share find has matched.
#[component]
pub fn Breadcrumbs() -> impl IntoView {
    let app = App::get();
    let path = move || {
        let merged = app.graph.merged.get()?;
        let root = app.graph_root(&merged);
        let way = breadcrumbs(merged.tree(), root);
        let name = |node: &u32| (*node, merged.names(*node).1.to_owned());
        // Of a deep way both ends are shown.
        let cut = way.len().checked_sub(FIRST + LAST).filter(|cut| *cut > 1);
        let (first, last) = match cut {
            Some(_) => (&way[..FIRST], &way[way.len() - LAST..]),
            None => (way.as_slice(), &[][..]),
        };
        Some((first.iter().map(name).collect::<Vec<_>>(), cut, last.iter().map(name).collect::<Vec<_>>(), root))
    };
    let crumb = move |(node, name): (u32, String), root: u32| {
        view! {
            {(node != 0).then(|| view! { <Icon name="right"/> })}
            <button class="btn" class:on=node == root aria-current=(node == root).then_some("location") on:click=move |_| app.zoom_graph(node)>{name}</button>
        }
    };
    view! {
        <div class="crumb-bar">
            <nav class="path" aria-label="Zoomed to">
                {move || path().map(|(first, cut, last, root)| view! {
                    {first.into_iter().map(|one| crumb(one, root)).collect_view()}
                    {cut.map(|cut| view! { <Icon name="right"/><span class="dim">{format!("… {} more", count(cut as u64))}</span> })}
                    {last.into_iter().map(|one| crumb(one, root)).collect_view()}
                })}
            </nav>
            <span class="grow"></span>
            <span class="lab" data-graph-found>{move || found(app)}</span>
            <span class="lab" data-graph-caption>{move || app.graph.merged.get().map(|merged| caption(app, &merged))}</span>
        </div>
    }
}

/// `work: 48.1 s over 8.15 s elapsed`: what all widths add up to, and how long it took by the clock.
fn caption(app: App, merged: &Merged) -> String {
    let root = app.graph_root(merged);
    let at = root as usize;
    let wall = merged.tree().wall_ns.get(at).copied().unwrap_or_default();
    match merged.order.width() {
        Width::Time => format!("work: {} over {} elapsed", duration(merged.figure(root)), duration(wall)),
        Width::Count => format!("{} over {} elapsed", counted(merged.figure(root), "span", "spans"), duration(wall)),
    }
}

/// `erp matches 10 spans, 58.5 % of self time`.
fn found(app: App) -> Option<String> {
    let text = app.view.find.get();
    let merged = app.graph.merged.get()?;
    if text.trim().is_empty() || !app.view.matches.with(|matches| matches.done) {
        return None;
    }
    let (mut spans, mut own) = (0u64, 0u64);
    app.view.matches.with(|matches| {
        for span in matches.spans.iter().map(|at| SpanIdx(*at)).filter(|span| merged.node_of(*span).is_some()) {
            spans += 1;
            own += merged.outline().self_ns.get(span.index()).copied().unwrap_or_default();
        }
    });
    let all = merged.tree().work_ns.first().copied().unwrap_or_default();
    let share = match merged.order.width() {
        Width::Time => format!("{} of self time", percent(own, all)),
        Width::Count => format!("{} of spans", percent(spans, merged.figure(0))),
    };
    let spans = if spans == 1 { "1 span".to_owned() } else { format!("{} spans", count(spans)) };
    Some(format!("{text} matches {spans}, {share}"))
}
