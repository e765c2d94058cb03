//! The card of what is under the pointer in the map: a node's or an edge's figures.

use leptos::prelude::*;

use super::node::late_name;
use super::panel::{counted_as, name_of};
use crate::analysis::service_map::{EdgeKind, MapEdge, MapNode, NodeKind};
use crate::base::format::{count, duration, percent};
use crate::layout::map_picture::{PERCENTILE_FROM, rate_words};
use crate::state::map::{MapView, Mapped};
use crate::state::pick::Pick;
use crate::ui::card::{CardBody, Line, line};

#[component]
pub fn MapCard(of: Pick) -> impl IntoView {
    let Some(mapped) = MapView::get().mapped.get_untracked() else { return ().into_any() };
    match &of {
        Pick::Node(key) => {
            let Some(at) = mapped.node_at(key) else { return ().into_any() };
            let Some(node) = mapped.node(at) else { return ().into_any() };
            let kind = match node.kind {
                NodeKind::Service => "service",
                NodeKind::Database => "database",
                NodeKind::Queue => "queue",
                NodeKind::Host => "outside host",
                NodeKind::Caller => "outside caller",
            };
            view! {
                <CardBody colour=mapped.slot(at) service=kind.to_owned() operation=name_of(node)
                    lines=node_lines(&mapped, node) hint=if mapped.outline.is_some() { "Click shows callers and calls, double click the timeline" } else { "Click shows callers and calls, double click its traces" }/>
            }
            .into_any()
        }
        Pick::Edge(from, to, kind) => {
            let Some(edge) = mapped.edge(from, to, *kind) else { return ().into_any() };
            let name = |at: u32| mapped.node(at).map(name_of).unwrap_or_default();
            let kind = match edge.kind {
                EdgeKind::Call => "calls",
                EdgeKind::Message => "messages, asynchronous",
                EdgeKind::Link => "span links",
            };
            view! {
                <CardBody colour=None service=kind.to_owned() operation=format!("{} → {}", name(edge.from), name(edge.to))
                    lines=edge_lines(&mapped, edge) hint=if mapped.outline.is_some() { "Click lists them" } else { "Click leads to their traces" }/>
            }
            .into_any()
        }
    }
}

fn node_lines(mapped: &Mapped, node: &MapNode) -> Vec<Line> {
    let mut lines = Vec::new();
    if let Some(outline) = mapped.outline.as_ref().filter(|_| node.kind == NodeKind::Service) {
        let critical_ns = outline.headline.critical_path_ns;
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
        lines.push(called(mapped, "Calls to it", node.calls));
    }
    if node.call_errors > 0 {
        lines.push(failed(mapped, "Failed calls to it", node.call_errors, node.calls));
    }
    if node.p95_ns > 0 {
        lines.push(line(late_name(node, mapped.picture.over_s), duration(node.p95_ns)));
    }
    lines
}

/// Calls, and where all of a range are known how many a second.
fn called(mapped: &Mapped, what: &'static str, calls: u64) -> Line {
    let told = line(what, count(calls));
    match mapped.picture.over_s {
        Some(seconds) => told.beside(rate_words(calls, seconds)),
        None => told,
    }
}

/// Failed ones, and of many traces their share: of one the numbers are small enough to be seen.
fn failed(mapped: &Mapped, what: &'static str, failed: u64, calls: u64) -> Line {
    let told = line(what, count(failed)).bad();
    if mapped.outline.is_none() { told.beside(percent(failed, calls)) } else { told }
}

fn edge_lines(mapped: &Mapped, edge: &MapEdge) -> Vec<Line> {
    let mut lines = vec![called(mapped, counted_as(edge.kind), edge.calls)];
    if edge.errors > 0 {
        lines.push(failed(mapped, "Failed", edge.errors, edge.calls));
    }
    let is_told = |ns: u64| mapped.picture.over_s.is_none() || ns > 0;
    if is_told(edge.p50_ns) {
        lines.push(line("p50", duration(edge.p50_ns)));
    }
    // Metrics tell no single call, and so no longest one.
    let is_counted = mapped.picture.over_s.is_some();
    if (edge.calls >= PERCENTILE_FROM || is_counted) && is_told(edge.p95_ns) {
        lines.push(line("p95", duration(edge.p95_ns)));
    }
    if !is_counted {
        lines.push(line("Max", duration(edge.max_ns)));
    }
    if is_told(edge.total_ns) {
        lines.push(line("Total", duration(edge.total_ns)));
    }
    lines
}
