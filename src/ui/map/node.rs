//! One node of the map: a service with its colour, a database as a cylinder, a queue as a pipe, an outside host dashed.

use leptos::prelude::*;

use crate::analysis::service_map::{MapNode, NodeKind};
use crate::base::format::{counted, duration};
use crate::layout::map_picture::{PERCENTILE_FROM, rate_words};
use crate::paint::map_path::{Place, Shape, error_mark, lid, outline, strip};
use crate::state::app::App;
use crate::state::map::MapView;
use crate::state::pick::Pick;
use crate::state::react::memo;
use crate::ui::parts::{service_words, slot_class};

/// The second line of a node, and its spoken kind.
pub fn words(node: &MapNode, of_range: bool, over_s: Option<u64>) -> (String, &'static str) {
    let calls = || match over_s {
        Some(seconds) => rate_words(node.calls, seconds),
        None => counted(node.calls, "call", "calls"),
    };
    let p95 = match node.p95_ns {
        0 => String::new(),
        ns => format!(" · {} {}", late_name(node, over_s), duration(ns)),
    };
    match node.kind {
        NodeKind::Service if of_range && node.calls == 0 => ("not called".to_owned(), "service"),
        NodeKind::Service if of_range => (calls() + &p95, "service"),
        NodeKind::Database if of_range => (calls() + &p95, "database"),
        NodeKind::Host if of_range => (calls() + &p95, "outside host"),
        NodeKind::Caller => ("outside caller".to_owned(), "outside caller"),
        NodeKind::Service => {
            (format!("{}  {} self", counted(node.spans, "span", "spans"), duration(node.self_ns)), "service")
        }
        NodeKind::Database => (counted(node.calls, "call", "calls"), "database"),
        NodeKind::Queue => {
            (if node.system.is_empty() { "queue".to_owned() } else { format!("{} queue", node.system) }, "queue")
        }
        NodeKind::Host => ("outside host".to_owned(), "outside host"),
    }
}

/// What the longest calls to a node are told by: few have a maximum, and no percentile to speak of.
pub fn late_name(node: &MapNode, over_s: Option<u64>) -> &'static str {
    if over_s.is_none() && node.calls < PERCENTILE_FROM { "max" } else { "p95" }
}

/// As much of a name as the widest node holds; the whole of it is in the title.
pub fn cut(name: String, width_px: f32) -> String {
    let most = ((width_px - 40.0) / 6.7).max(6.0) as usize;
    if name.chars().count() <= most { name } else { name.chars().take(most - 1).chain(['…']).collect() }
}

#[component]
pub fn Node(
    node: MapNode,
    /// As the picture's.
    over_s: Option<u64>,
    place: Place,
    colour: Option<u8>,
    entry: Memo<bool>,
    faded: Memo<bool>,
    /// The selected span is one of its spans.
    holds: Memo<bool>,
) -> impl IntoView {
    let app = App::get();
    let w = place.w;
    let map = MapView::get();
    let (second, kind) = words(&node, map.of_range, over_s);
    let name = if node.service.is_some() { service_words(&node.name) } else { node.name.clone() };
    let failed = match node.kind {
        NodeKind::Service if node.error_spans > 0 => {
            format!(", {} in error", counted(node.error_spans, "span", "spans"))
        }
        _ if node.call_errors > 0 => format!(", {} failed", counted(node.call_errors, "call", "calls")),
        _ => String::new(),
    };
    let has_error = node.error_spans > 0 || (map.of_range && node.call_errors > 0);
    let spoken = format!("{name}, {kind}, {second}{failed}");
    let key = node.key.clone();
    let picked = memo(move |_| map.pick.with(|pick| matches!(pick, Some(Pick::Node(picked)) if *picked == key)));
    let key = node.key.clone();
    let act = move || app.pick_in(map, Some(Pick::Node(key.clone())));
    let (by_click, by_key) = (act.clone(), act);
    let class = match node.kind {
        NodeKind::Service => "node",
        NodeKind::Database => "node ext db",
        NodeKind::Queue => "node ext queue",
        NodeKind::Host | NodeKind::Caller => "node ext host",
    };
    let is_service = node.service.is_some();
    let (shape, lid) = (outline(shape_of(node.kind), place), lid(shape_of(node.kind), place));
    let mark = has_error.then(|| error_mark(place));
    let (text_x, name_y, second_y) = text_place(node.kind, place);
    view! {
        <g class=format!("{class} {}", colour.map(slot_class).unwrap_or_default()) class:sel=picked class:faded=faded class:holds=holds
            role="button" aria-label=spoken aria-pressed=move || picked.get().to_string()
            tabindex=move || if entry.get() { "0" } else { "-1" } data-node=node.key.clone() data-kind=kind
            on:click=move |event| {
                event.stop_propagation();
                by_click();
            }
            on:dblclick=move |event| {
                event.stop_propagation();
                app.follow_pick(map);
            }
            on:keydown=move |event| match event.key().as_str() {
                // The first press picks, the second leads to the timeline.
                "Enter" if picked.get_untracked() => {
                    event.prevent_default();
                    event.stop_propagation();
                    app.follow_pick(map);
                }
                "Enter" | " " => {
                    event.prevent_default();
                    event.stop_propagation();
                    by_key();
                }
                _ => {}
            }
        >
            <path class="b" d=shape/>
            {lid.map(|lid| view! { <path class="b lid" d=lid/> })}
            {is_service.then(|| view! { <path class="edge-c" d=strip(place)/> })}
            {mark.map(|(fill, line)| view! { <path class="em-f" d=fill/><path class="em-l" d=line/> })}
        </g>
        // Beside the button, not in it: its name says the same and more. Presses go through to the button.
        <g class="node-label" class:faded=faded aria-hidden="true">
            <text class=if is_service { "nm" } else { "" } x=text_x y=name_y>{cut(name, w)}</text>
            <text class="t2" x=text_x y=second_y>{second}</text>
        </g>
    }
}

pub fn shape_of(kind: NodeKind) -> Shape {
    match kind {
        NodeKind::Database => Shape::Cylinder,
        NodeKind::Queue => Shape::Pipe,
        NodeKind::Service | NodeKind::Host | NodeKind::Caller => Shape::Box,
    }
}

/// Where its two lines begin, and the baseline of each.
pub fn text_place(kind: NodeKind, place: Place) -> (f32, f32, f32) {
    let inset = match kind {
        NodeKind::Service => 14.0,
        NodeKind::Queue => 20.0,
        NodeKind::Database | NodeKind::Host | NodeKind::Caller => 12.0,
    };
    let (name, second) = if kind == NodeKind::Database { (24.0, 37.0) } else { (18.0, 33.0) };
    (place.x + inset, place.y + name, place.y + second)
}
