//! The tools of the map: which figure stands on the edges, which targets are drawn, focus on neighbours, find a node.

use leptos::prelude::*;

use crate::analysis::service_map::{EdgeKind, MapEdge};
use crate::base::format::{count, counted};
use crate::layout::map_edges::left_out_words;
use crate::layout::map_picture::EdgeFigure;
use crate::state::app::App;
use crate::state::map::{CAP, MapView};
use crate::state::pick::Pick;
use crate::state::react::{derived, memo};
use crate::ui::parts::{Choice, Toggle};
use crate::ui::tools::{FocusTool, Services};

#[component]
pub fn MapTools() -> impl IntoView {
    let app = App::get();
    let map = MapView::get();
    let figure = move |figure: EdgeFigure| derived(move || map.figure.get() == figure);
    let picked_key = move || match map.pick.get() {
        Some(Pick::Node(key)) => Some(key),
        Some(Pick::Edge(from, ..)) => Some(from),
        None => None,
    };
    let toggle_near = move |_| {
        let next = match map.near.get_untracked() {
            Some(_) => None,
            None => untrack(picked_key),
        };
        if next.is_none() && map.near.with_untracked(Option::is_none) {
            app.say("Pick a service to see its neighbours alone");
        }
        map.near.set(next);
    };
    view! {
        <div class="tools" role="toolbar" aria-label="Map">
            <span class="lab only-wide">"Edges show"</span>
            <div class="seg" role="group" aria-label="Edges show">
                <Choice name="p95" title="95th percentile; the maximum below 20 calls" on=figure(EdgeFigure::P95) on_choose=move || map.figure.set(EdgeFigure::P95)/>
                <Choice name="p50" title="Median" on=figure(EdgeFigure::P50) on_choose=move || map.figure.set(EdgeFigure::P50)/>
                <Choice name="Total" title="Sum" on=figure(EdgeFigure::Total) on_choose=move || map.figure.set(EdgeFigure::Total)/>
            </div>
            <span class="sep only-wide"></span>
            <Toggle icon="database" name="Databases" on=map.databases on_click=move |_| map.databases.update(|on| *on = !*on)/>
            <Toggle icon="messaging" name="Queues" on=map.queues on_click=move |_| map.queues.update(|on| *on = !*on)/>
            <Toggle icon="external" name="Outside hosts" on=map.hosts on_click=move |_| map.hosts.update(|on| *on = !*on)/>
            {(!map.of_range).then(|| view! {
                <Toggle icon="critical" name="Critical path" on=app.view.show_critical on_click=move |_| app.view.show_critical.update(|on| *on = !*on)/>
                <FocusTool/>
                <Services menu_only=true/>
            })}
            <span class="grow"></span>
            <Cut/>
            <FindNode/>
            <Toggle icon="focus" name="Focus on neighbours" on=derived(move || map.near.with(Option::is_some)) on_click=toggle_near
                title="Only the picked service, its callers and whom it calls"/>
        </div>
    }
}

/// What the caps left out.
pub fn cut_words(map: MapView) -> Option<String> {
    map.mapped.with(|mapped| {
        let picture = &mapped.as_ref()?.picture;
        let nodes = (picture.cut > 0).then(|| format!("The {CAP} of {} with most calls", count(picture.all.into())));
        let edges = left_out_words(picture.left_out.len() as u64);
        let words: Vec<String> = nodes.into_iter().chain(edges).collect();
        (!words.is_empty()).then(|| words.join(", "))
    })
}

/// The same, and how to see more where the caps are not lifted yet.
#[component]
fn Cut() -> impl IntoView {
    let map = MapView::get();
    let words = memo(move |_| cut_words(map));
    let more = memo(move |_| {
        let nodes = map.mapped.with(|mapped| {
            let picture = &mapped.as_ref()?.picture;
            Some((picture.cut > 0).then(|| count(picture.all.into())))
        })?;
        (!map.all.get()).then(|| nodes.map_or_else(|| "show more".to_owned(), |all| format!("show all {all}")))
    });
    view! {
        {move || words.get().map(|words| view! {
            <span class="tool-note" data-cut title="What has fewer calls is left out. A click on a service lists its connections, those left out too">
                {words}" "
                {move || more.get().map(|more| view! { <button class="btn link" on:click=move |_| map.all.set(true)>{more}</button> })}
            </span>
        })}
    }
}

/// A node by its name: typing offers the services of the trace and the targets that are drawn.
#[component]
fn FindNode() -> impl IntoView {
    let app = App::get();
    let map = MapView::get();
    let names = move || {
        map.mapped.with(|mapped| {
            let Some(mapped) = mapped.as_ref() else { return Vec::new() };
            let services = mapped.services.iter().cloned();
            let targets =
                mapped.picture.nodes.iter().filter(|node| node.service.is_none()).map(|node| node.key.clone());
            services.chain(targets).filter(|name| !name.is_empty()).collect::<Vec<_>>()
        })
    };
    view! {
        <input class="field map-find" type="search" list="map-nodes" placeholder="Go to a service" aria-label="Go to a service of the map" spellcheck="false"
            on:change:target=move |event| app.go_to_node(map, &event.target().value())/>
        <datalist id="map-nodes">{move || names().into_iter().map(|name| view! { <option value=name></option> }).collect_view()}</datalist>
    }
}

/// What the status bar says of the map.
pub fn status(map: MapView) -> Option<String> {
    let mapped = map.mapped.get()?;
    let picture = &mapped.picture;
    let services = picture.nodes.iter().filter(|node| node.service.is_some()).count() as u64;
    let targets = picture.nodes.len() as u64 - services;
    let is_call = |edge: &&MapEdge| edge.kind != EdgeKind::Link;
    let calls: u64 = mapped.edges().filter(is_call).map(|edge| edge.calls).sum();
    Some(format!(
        "{}, {}, {}",
        counted(services, "service", "services"),
        counted(targets, "outside target", "outside targets"),
        counted(calls, "call", "calls")
    ))
}
