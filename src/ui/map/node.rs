//! One node of the map: a service with its colour, a database as a cylinder, a queue as a pipe, an outside host dashed.

use leptos::prelude::*;

use crate::analysis::service_map::{MapNode, NodeKind};
use crate::base::format::{counted, duration};
use crate::layout::map_picture::{PERCENTILE_FROM, rate_words};
use crate::state::app::App;
use crate::state::map::MapView;
use crate::state::pick::Pick;
use crate::state::react::memo;
use crate::ui::parts::{service_words, slot_class};

/// Where a node stands and how large it is, in the picture's px.
#[derive(Clone, Copy, PartialEq)]
pub struct Place {
    pub x: f32,
    pub y: f32,
    pub w: f32,
    pub h: f32,
}

/// The second line of a node, and its spoken kind.
fn words(node: &MapNode, of_range: bool, over_s: Option<u64>) -> (String, &'static str) {
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
fn cut(name: String, width_px: f32) -> String {
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
    let Place { x, y, w, h } = place;
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
    let shape = shape(node.kind, place);
    let lid = lid(node.kind, place);
    let text_x = x + if is_service {
        14.0
    } else if node.kind == NodeKind::Queue {
        20.0
    } else {
        12.0
    };
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
            {is_service.then(|| view! { <path class="edge-c" d=format!("M{} {}a3 3 0 0 1 3-2.5h1.5v{}h-1.5a3 3 0 0 1-3-2.5Z", x + 1.0, y + 3.0, h - 1.0)/> })}
            {has_error.then(|| view! { <path class="em-f" d=format!("M{} {}l6 6-6 6-6-6Z", x + w - 14.0, y + 8.0)/><path class="em-l" d=format!("M{} {}v3.4m0 2.2v.1", x + w - 14.0, y + 11.0)/> })}
        </g>
        // Beside the button, not in it: its name says the same and more. Presses go through to the button.
        <g class="node-label" class:faded=faded aria-hidden="true">
            <text class=if is_service { "nm" } else { "" } x=text_x y=y + if node.kind == NodeKind::Database { 24.0 } else { 18.0 }>{cut(name, w)}</text>
            <text class="t2" x=text_x y=y + if node.kind == NodeKind::Database { 37.0 } else { 33.0 }>{second}</text>
        </g>
    }
}

/// The outline of a node.
fn shape(kind: NodeKind, Place { x, y, w, h }: Place) -> String {
    match kind {
        NodeKind::Database => format!("M{x} {}c0-8 {w}-8 {w} 0v{}c0 8-{w} 8-{w} 0Z", y + 6.0, h - 12.0),
        NodeKind::Queue => format!("M{} {y}h{}c10 0 10 {h} 0 {h}h-{}c-10 0-10-{h} 0-{h}Z", x + 8.0, w - 16.0, w - 16.0),
        NodeKind::Service | NodeKind::Host | NodeKind::Caller => {
            format!(
                "M{} {y}h{}a3 3 0 0 1 3 3v{}a3 3 0 0 1-3 3h-{}a3 3 0 0 1-3-3v-{}a3 3 0 0 1 3-3Z",
                x + 3.0,
                w - 6.0,
                h - 6.0,
                w - 6.0,
                h - 6.0
            )
        }
    }
}

/// The rim of a cylinder or pipe.
fn lid(kind: NodeKind, Place { x, y, w, h }: Place) -> Option<String> {
    match kind {
        NodeKind::Database => Some(format!("M{x} {}c0 8 {w} 8 {w} 0", y + 6.0)),
        NodeKind::Queue => Some(format!("M{} {y}c-10 0-10 {h} 0 {h}", x + w - 8.0)),
        NodeKind::Service | NodeKind::Host | NodeKind::Caller => None,
    }
}
