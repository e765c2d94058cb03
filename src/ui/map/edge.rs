//! One edge of the map: an orthogonal line with rounded corners, an arrow, and a label where it runs alone.

use leptos::prelude::*;

use crate::analysis::service_map::{EdgeKind, MapEdge};
use crate::layout::map::Route;
use crate::layout::map_picture::{edge_words, error_words, line_width};
use crate::paint::map_path::{arrow, rounded};
use crate::state::app::App;
use crate::state::map::MapView;
use crate::state::pick::Pick;
use crate::state::react::memo;

/// The names of an edge's ends, as the report has them and as they are shown.
#[derive(Clone, PartialEq)]
pub struct Ends {
    pub from: String,
    pub to: String,
    pub pick: Pick,
    pub target_is_outside: bool,
}

#[component]
pub fn Edge(
    edge: MapEdge,
    over_s: Option<u64>,
    route: Route,
    ends: Ends,
    label_px: f32,
    faded: Memo<bool>,
) -> impl IntoView {
    let app = App::get();
    let map = MapView::get();
    let Some(tip) = route.points.last().copied() else { return ().into_any() };
    let before = route.points.len().checked_sub(2).and_then(|at| route.points.get(at)).copied().unwrap_or(tip);
    let pick = ends.pick.clone();
    let picked = memo(move |_| map.pick.with(|now| now.as_ref() == Some(&pick)));
    let (from, to) = (ends.from.clone(), ends.to.clone());
    // Edges of the picked node stand out with it.
    let related =
        memo(move |_| map.pick.with(|now| matches!(now, Some(Pick::Node(key)) if *key == from || *key == to)));
    let critical = {
        let on = edge.critical;
        move || on && app.view.show_critical.get()
    };
    let path = rounded(&route.points);
    let words = {
        let edge = edge.clone();
        move || edge_words(&edge, map.figure.get(), over_s)
    };
    let (first, second) = (words.clone(), words.clone());
    let spoken = {
        let (edge, ends) = (edge.clone(), ends.clone());
        move || {
            let (calls, figure) = words();
            let errors = if edge.errors > 0 { format!(", {} failed", edge.errors) } else { String::new() };
            let kind = match edge.kind {
                EdgeKind::Call => "",
                EdgeKind::Message => ", asynchronous",
                EdgeKind::Link => ", span link",
            };
            format!("{} to {}: {calls}{errors}, {figure}{kind}", ends.from, ends.to)
        }
    };
    let act = {
        let pick = ends.pick.clone();
        move || app.pick_in(map, Some(pick.clone()))
    };
    let (by_click, by_key, by_label) = (act.clone(), act.clone(), act);
    let errors = error_words(&edge, over_s);
    let bad = edge.errors > 0;
    view! {
        <g class="call" class:async=edge.kind != EdgeKind::Call class:bad=bad class:cp=critical class:rel=related class:sel=picked class:faded=faded
            role="button" aria-label=spoken aria-pressed=move || picked.get().to_string() tabindex="-1"
            data-edge data-kind=match edge.kind { EdgeKind::Call => "call", EdgeKind::Message => "message", EdgeKind::Link => "link" }
            data-from=ends.from.clone() data-to=ends.to.clone() data-outside=ends.target_is_outside.to_string()
            data-calls=edge.calls.to_string() data-errors=edge.errors.to_string()
            on:click=move |event| {
                event.stop_propagation();
                by_click();
            }
            on:keydown=move |event| if event.key() == "Enter" || event.key() == " " {
                event.prevent_default();
                event.stop_propagation();
                by_key();
            }
        >
            <path class="hit" d=path.clone()/>
            <path class="edge" d=path.clone() stroke-width=line_width(&edge).to_string()/>
            {edge.critical.then(|| view! { <path class="core" d=path/> })}
            <path class="arrow" d=arrow(before, tip)/>
        </g>
        {route.label.map(|at| {
                // The text ends where the arrow begins; of what goes backward it begins at its source.
                let (x, anchor) = if route.backward || route.is_loop { (at.x_px + 4.0, "start") } else { (at.x_px + label_px - 6.0, "end") };
                view! {
                    // Beside the button, not in it: what it is called says the same in another order.
                    <g class="edge-label" class:faded=faded class:sel=picked aria-hidden="true" on:click=move |event| {
                        event.stop_propagation();
                        by_label();
                    }>
                    <text class="t2" x=x y=at.y_px - 4.0 text-anchor=anchor>{move || first().0}{errors.clone().map(|errors| view! { <tspan class="bad" dx="4">{errors}</tspan> })}</text>
                    <text class="t2" x=x y=at.y_px + 12.0 text-anchor=anchor>{move || second().1}</text>
                    </g>
                }
            })}
    }
    .into_any()
}
