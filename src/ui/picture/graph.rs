//! The flame graph as a picture.

use leptos::prelude::*;

use super::Making;
use super::heading::{chosen_signs, heading, rows_words, services};
use crate::layout::flame_graph::{Graph, Width, depth_of};
use crate::model::SpanIdx;
use crate::paint::svg::drawing::Named;
use crate::paint::svg::flame_graph::{BOXES_PX, Names, picture as drawn};
use crate::paint::svg::limits::MOST_ROWS;
use crate::paint::svg::{Heading, Picture, Sign};
use crate::state::graph::Merged;
use crate::ui::graph::{PITCH_PX, figure_words, words_in};

pub fn picture(making: &Making) -> Option<Picture> {
    let (app, view) = (making.app, making.app.view);
    let merged = app.graph.merged.get_untracked()?;
    let found = making.matched().map(|matched| merged.nodes_of(matched.iter()));
    let mut graph = Graph {
        tree: merged.tree(),
        order: &merged.order,
        outline: merged.outline(),
        direction: app.graph.direction.get_untracked(),
        root: if making.is_whole() { 0 } else { untrack(|| app.graph_root(&merged)) },
        width_px: BOXES_PX,
        view_px: PITCH_PX,
        scroll_px: 0.0,
        pitch_px: PITCH_PX,
        matches: found.as_deref(),
        selected: view.selected.get_untracked().and_then(|span| merged.node_of(span)),
    };
    let all = depth_of(&graph) as usize;
    let (first, rows) = wanted(making, all);
    graph.view_px = rows as f64 * PITCH_PX;
    graph.scroll_px = first as f64 * PITCH_PX;
    let named = |node: u32| {
        let (service, label) = merged.names(node);
        let title = format!("{service} {label}, {}", figure_words(&merged, node));
        Named { key: "frame", id: node.to_string(), title: title.trim_start().to_owned() }
    };
    let whole = figure_words(&merged, graph.root);
    let names = Names {
        words: &|node| words_in(&merged, node),
        named: &named,
        whole: whole.split("  ").next().unwrap_or_default(),
    };
    let heading = headed(making, &merged, graph.root, rows_words(first, rows, all));
    Some(drawn(&graph, &names, &heading, &making.palette, &making.widths))
}

/// The first row to draw, and how many, of all there are.
fn wanted(making: &Making, all: usize) -> (usize, usize) {
    let graph = making.app.graph;
    let in_sight = (graph.view_px.get_untracked() / PITCH_PX).floor().max(1.0) as usize;
    if making.is_whole() || all <= in_sight {
        return (0, all.min(MOST_ROWS));
    }
    let first = (graph.scroll_px.get_untracked() / PITCH_PX).round().max(0.0) as usize;
    (first.min(all - in_sight), in_sight)
}

fn headed(making: &Making, merged: &Merged, root: u32, rows: String) -> Heading {
    let (app, outline) = (making.app, merged.outline());
    let measure = match merged.order.width() {
        Width::Time => "widths are work",
        Width::Count => "widths are numbers of spans",
    };
    let of = match merged.names(root) {
        ("", label) => label.to_owned(),
        (service, label) => format!("{service} {label}"),
    };
    let mut heading = heading(making, outline, format!("Flame graph of {of}: {measure}, {rows}"));
    heading.services = services(app, outline);
    heading.signs = vec![Sign::Work];
    if outline.spans().any(|span: SpanIdx| outline.has(span, crate::model::outline::flag::ERROR)) {
        heading.signs.push(Sign::ErrorCorner);
    }
    chosen_signs(app, &mut heading.signs);
    heading
}
