//! The card of what is under the pointer in the map: a node's or an edge's figures.

use leptos::prelude::*;

use super::panel::{counted_as, name_of, slot_of};
use crate::analysis::service_map::{EdgeKind, MapEdge, MapNode, NodeKind};
use crate::base::format::{count, duration, percent};
use crate::layout::map_picture::PERCENTILE_FROM;
use crate::state::app::App;
use crate::state::pick::Pick;
use crate::ui::card::{CardBody, Line, line};

#[component]
pub fn MapCard(of: Pick) -> impl IntoView {
    let Some(mapped) = App::get().map.mapped.get_untracked() else { return ().into_any() };
    let critical_ns = mapped.outline.headline.critical_path_ns;
    match &of {
        Pick::Node(key) => {
            let Some(node) = mapped.node_at(key).and_then(|at| mapped.node(at)) else { return ().into_any() };
            let kind = match node.kind {
                NodeKind::Service => "service",
                NodeKind::Database => "database",
                NodeKind::Queue => "queue",
                NodeKind::Host => "outside host",
            };
            view! {
                <CardBody colour=slot_of(&mapped.outline, node) service=kind.to_owned() operation=name_of(node)
                    lines=node_lines(node, critical_ns) hint="Click shows callers and calls, double click the timeline"/>
            }
            .into_any()
        }
        Pick::Edge(from, to, kind) => {
            let Some(edge) = mapped.edge_at(from, to, *kind).and_then(|at| mapped.picture.edges.get(at as usize))
            else {
                return ().into_any();
            };
            let name = |at: u32| mapped.node(at).map(name_of).unwrap_or_default();
            let kind = match edge.kind {
                EdgeKind::Call => "calls",
                EdgeKind::Message => "messages, asynchronous",
                EdgeKind::Link => "span links",
            };
            view! {
                <CardBody colour=None service=kind.to_owned() operation=format!("{} → {}", name(edge.from), name(edge.to))
                    lines=edge_lines(edge) hint="Click lists them"/>
            }
            .into_any()
        }
    }
}

fn node_lines(node: &MapNode, critical_ns: u64) -> Vec<Line> {
    let mut lines = Vec::new();
    if node.kind == NodeKind::Service {
        lines.push(line("Spans", count(node.spans)));
        lines.push(line("Self", duration(node.self_ns)));
        if node.critical_ns > 0 {
            lines.push(
                line("On critical path", duration(node.critical_ns)).beside(percent(node.critical_ns, critical_ns)),
            );
        }
        if node.error_spans > 0 {
            lines.push(line("Spans in error", count(node.error_spans)).bad());
        }
    }
    if node.calls > 0 {
        lines.push(line("Calls to it", count(node.calls)));
    }
    if node.call_errors > 0 {
        lines.push(line("Failed calls to it", count(node.call_errors)).bad());
    }
    lines
}

fn edge_lines(edge: &MapEdge) -> Vec<Line> {
    let mut lines = vec![line(counted_as(edge.kind), count(edge.calls))];
    if edge.errors > 0 {
        lines.push(line("Failed", count(edge.errors)).bad());
    }
    lines.push(line("p50", duration(edge.p50_ns)));
    if edge.calls >= PERCENTILE_FROM {
        lines.push(line("p95", duration(edge.p95_ns)));
    }
    lines.push(line("Max", duration(edge.max_ns)));
    lines.push(line("Total", duration(edge.total_ns)));
    lines
}
