//! The picture of the map as SVG: the wheel zooms at the pointer, dragging pans, a click picks.

use std::sync::Arc;

use leptos::ev::{PointerEvent, WheelEvent};
use leptos::html;
use leptos::prelude::*;
use wasm_bindgen::JsCast;

use super::card::MapCard;
use super::edge::{Edge, Ends};
use super::legend::Legend;
use super::node::Node;
use crate::analysis::service_map::EdgeKind;
use crate::base::format::percent;
use crate::model::SpanIdx;
use crate::paint::map_path::Place;
use crate::state::app::App;
use crate::state::map::{MapView, Mapped, Port};
use crate::state::pick::Pick;
use crate::state::react::{derived, effect, memo};
use crate::ui::card::{At, Card};
use crate::ui::follow::{Dragging, ZOOM_PER_PX, follow_matches, follow_size, some_a_task};
use crate::ui::icon::Icon;
use crate::ui::parts::IconButton;
use crate::ui::tools::NothingShown;

const ZOOM_STEP: f64 = 1.25;
/// Nodes and edges that are made in a task: ten milliseconds of work.
const DRAWN_A_TASK: usize = 24;

#[component]
pub fn Picture() -> impl IntoView {
    let app = App::get();
    let map = MapView::get();
    let wrap = NodeRef::<html::Div>::new();
    follow_size(wrap, move |width, height| {
        map.size_px.set((width, height));
        if !map.moved.get_untracked() {
            map.fit_readably();
        }
    });
    let place = move |x: i32, y: i32| {
        let rect = wrap.get_untracked().map(|wrap| wrap.get_bounding_client_rect());
        rect.map(|rect| (f64::from(x) - rect.left(), f64::from(y) - rect.top())).unwrap_or_default()
    };
    let on_wheel = move |event: WheelEvent| {
        event.prevent_default();
        if event.shift_key() {
            map.pan(-event.delta_y() - event.delta_x(), 0.0);
        } else {
            map.zoom(place(event.client_x(), event.client_y()), (-event.delta_y() * ZOOM_PER_PX).exp());
        }
    };
    let dragging = Dragging::new();
    let hovered: RwSignal<Option<(At, Pick)>> = RwSignal::new(None);
    let on_move = move |event: PointerEvent| {
        if event.pointer_type() == "touch" || event.buttons() != 0 {
            return;
        }
        let at = (f64::from(event.client_x()), f64::from(event.client_y()));
        hovered.set(under(&event).map(|pick| (at, pick)));
    };
    let card_at = derived(move || hovered.with(|hovered| hovered.as_ref().map(|(at, _)| *at)));
    let card_of = memo(move |_| hovered.with(|hovered| hovered.as_ref().map(|(_, pick)| pick.clone())));
    // What stood under a still pointer has moved away.
    effect(move || {
        map.port.track();
        map.mapped.track();
        hovered.set(None);
    });
    let on_down = move |event: PointerEvent| {
        let from = map.port.get_untracked();
        dragging.follow(&event, move |dx, dy| {
            map.moved.set(true);
            map.port.set(Port { x_px: from.x_px + dx, y_px: from.y_px + dy, ..from });
        });
    };
    let middle = move || {
        let (width, height) = map.size_px.get_untracked();
        (width / 2.0, height / 2.0)
    };
    let transform = move || {
        let port = map.port.get();
        format!("translate({} {}) scale({})", port.x_px, port.y_px, port.scale)
    };
    let label = move || super::tools::status(map).map(|words| format!("Service map: {words}")).unwrap_or_default();
    let empty = derived(move || {
        map.mapped.with(|mapped| mapped.as_ref().is_some_and(|mapped| mapped.picture.nodes.is_empty()))
    });
    view! {
        <div class="mapwrap" id="view-map" role=if map.of_range { "region" } else { "tabpanel" } aria-labelledby=(!map.of_range).then_some("tab-map") aria-label=map.of_range.then_some("Service map") node_ref=wrap
            on:wheel=on_wheel on:pointerdown=on_down on:pointermove=on_move on:pointerleave=move |_| hovered.set(None)
            on:click=move |_| if !dragging.was_drag() { app.pick_in(map, None) }>
            <svg class="map" role="group" data-view-focus tabindex="-1" aria-label=label>
                <g transform=transform>{move || map.mapped.get().map(|mapped| view! { <Drawn mapped/> })}</g>
            </svg>
            <NothingShown when=empty title="No service to show"/>
            <Legend/>
            <div class="maptools" on:pointerdown=|event| event.stop_propagation() on:click=|event| event.stop_propagation()>
                <div class="seg" role="group" aria-label="Size">
                    <button aria-label="Smaller" title="Smaller" on:click=move |_| map.zoom(middle(), 1.0 / ZOOM_STEP)><Icon name="minus"/></button>
                    <span data-scale>{move || percent((map.port.get().scale * 1000.0).round() as u64, 1000)}</span>
                    <button aria-label="Larger" title="Larger" on:click=move |_| map.zoom(middle(), ZOOM_STEP)><Icon name="plus"/></button>
                </div>
                <IconButton icon="fit" name="Fit the map" class="line" on_click=move |_| map.fit()/>
            </div>
        </div>
        <Card at=card_at>{move || card_of.get().map(|of| view! { <MapCard of/> })}</Card>
    }
}

/// The node or edge under the pointer.
fn under(event: &PointerEvent) -> Option<Pick> {
    let target = event.target()?.dyn_into::<web_sys::Element>().ok()?;
    let element = target.closest("[data-node], [data-edge]").ok()??;
    if let Some(key) = element.get_attribute("data-node") {
        return Some(Pick::Node(key));
    }
    let kind = match element.get_attribute("data-kind")?.as_str() {
        "message" => EdgeKind::Message,
        "link" => EdgeKind::Link,
        _ => EdgeKind::Call,
    };
    Some(Pick::Edge(element.get_attribute("data-from")?, element.get_attribute("data-to")?, kind))
}

/// Edges below nodes. What find has not matched is faded.
#[component]
fn Drawn(mapped: Arc<Mapped>) -> impl IntoView {
    let app = App::get();
    let map = MapView::get();
    let found = follow_matches();
    // Find is of the trace that is open.
    let matched = Memo::new_with_compare(move |_| found.get().filter(|_| !map.of_range), |_, _| true);
    let outline = mapped.outline.clone();
    // By service: whether find has matched a span of it; and of calls, by edge below.
    let services: Memo<Option<Vec<bool>>> = memo(move |_| {
        let (matched, outline) = (matched.get()?, outline.as_ref()?);
        let mut found = vec![false; outline.services.len()];
        for at in matched.iter() {
            if let Some(found) = outline.service.get(at as usize).and_then(|service| found.get_mut(*service as usize)) {
                *found = true;
            }
        }
        Some(found)
    });
    let first = first_node(&mapped);
    let of_edges = mapped.clone();
    let edge = move |at: usize| {
        let mapped = &of_edges;
        let (edge, route) = (mapped.picture.edges.get(at)?, mapped.picture.placement.edges.get(at)?);
        let (from, to) = (mapped.node(edge.from)?, mapped.node(edge.to)?);
        let ends = Ends {
            from: from.key.clone(),
            to: to.key.clone(),
            pick: mapped.pick_of_edge(edge)?,
            target_is_outside: to.service.is_none(),
        };
        let calls: Arc<[u32]> = mapped.calls_of(edge).into();
        let faded =
            memo(move |_| matched.get().is_some_and(|matched| !calls.iter().any(|call| matched.contains(*call))));
        let label_px =
            route.label.map_or(0.0, |_| crate::layout::map_picture::label_width(edge, mapped.picture.over_s));
        let over_s = mapped.picture.over_s;
        Some(view! { <Edge edge=edge.clone() over_s route=route.clone() ends label_px faded/> })
    };
    let of_nodes = mapped.clone();
    let node = move |at: usize| {
        let mapped = &of_nodes;
        let node = mapped.picture.nodes.get(at)?;
        let (corner, (w, h)) = (mapped.picture.placement.nodes.get(at)?, *mapped.picture.sizes.get(at)?);
        let service = node.service;
        let slot = mapped.slot(at as u32);
        let over_s = mapped.picture.over_s;
        let outside_calls: Option<Arc<[u32]>> = service.is_none().then(|| calls_to(mapped, at as u32));
        let faded = memo(move |_| match (&outside_calls, service) {
            (Some(calls), _) => matched.get().is_some_and(|matched| !calls.iter().any(|call| matched.contains(*call))),
            (None, Some(service)) => services.with(|found| {
                found.as_ref().is_some_and(|found| !found.get(service as usize).copied().unwrap_or_default())
            }),
            _ => false,
        });
        // One node takes part in the order of Tab: the picked one, else the first; arrows lead to the others.
        let drawn = mapped.clone();
        let entry = memo(move |_| {
            map.pick.with(|pick| match pick {
                Some(Pick::Node(picked)) => {
                    drawn.node_at(picked).map_or(Some(at) == first, |picked| picked as usize == at)
                }
                _ => Some(at) == first,
            })
        });
        let drawn = mapped.clone();
        let holds = memo(move |_| {
            let Some(outline) = drawn.outline.as_ref() else { return false };
            let span = app.view.selected.get().filter(|span| span.index() < outline.len());
            service.is_some() && span.map(|span| outline.service[span.index()]) == service
        });
        let place = Place { x: corner.x_px, y: corner.y_px, w, h };
        Some(view! { <Node node=node.clone() over_s place colour=slot entry faded holds/> })
    };
    // Nodes come first, edges behind them.
    let (nodes, edges) = (mapped.picture.nodes.len(), mapped.picture.edges.len());
    let most = some_a_task(DRAWN_A_TASK, nodes + edges);
    view! {
        <g><For each=move || 0..most.get().saturating_sub(nodes).min(edges) key=|at| *at let:at>{edge(at)}</For></g>
        <g><For each=move || 0..most.get().min(nodes) key=|at| *at let:at>{node(at)}</For></g>
    }
}

/// The node that is furthest left, and of those the topmost.
fn first_node(mapped: &Mapped) -> Option<usize> {
    let corner = |at: &usize| mapped.picture.placement.nodes.get(*at).map(|point| (point.x_px, point.y_px));
    (0..mapped.picture.nodes.len())
        .min_by(|a, b| corner(a).partial_cmp(&corner(b)).unwrap_or(core::cmp::Ordering::Equal))
}

/// Spans of all calls to a node.
pub fn calls_to(mapped: &Mapped, node: u32) -> Arc<[u32]> {
    let to_it = mapped.edges().filter(|edge| edge.to == node);
    to_it.flat_map(|edge| mapped.calls_of(edge).iter().copied()).map(|call| SpanIdx(call).0).collect()
}
