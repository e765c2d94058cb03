//! The panel of what is picked in the map: a node's figures, callers, calls and operations; an edge's calls.

use std::sync::Arc;

use leptos::prelude::*;
use rustc_hash::FxHashMap;

use super::node::late_name;
use crate::analysis::service_map::{EdgeKind, MapEdge, MapNode, NodeKind};
use crate::base::format::{count, counted, duration, duration_parts, percent};
use crate::base::sort;
use crate::layout::map_picture::{PERCENTILE_FROM, rate_words};
use crate::model::outline::flag;
use crate::model::{Outline, SpanIdx, Timing};
use crate::state::app::App;
use crate::state::explore::map::Behind;
use crate::state::map::{MapView, Mapped};
use crate::state::pick::Pick;
use crate::ui::details::Section;
use crate::ui::icon::{ErrorMark, Icon};
use crate::ui::parts::{IconButton, Swatch, service_words, slot_class};

/// Calls and operations that are listed.
const LISTED: usize = 200;

#[component]
pub fn MapPanel() -> impl IntoView {
    let map = MapView::get();
    move || {
        let (mapped, pick) = (map.mapped.get()?, map.pick.get()?);
        Some(match &pick {
            Pick::Node(key) => match mapped.node_at(key) {
                Some(at) => view! { <NodePanel mapped=mapped.clone() at/> }.into_any(),
                None => view! { <Gone name=key.clone()/> }.into_any(),
            },
            Pick::Edge(from, to, kind) => match mapped.edge(from, to, *kind).cloned() {
                Some(edge) => view! { <EdgePanel mapped=mapped.clone() edge/> }.into_any(),
                None => view! { <Gone name=format!("{from} → {to}")/> }.into_any(),
            },
        })
    }
}

/// What is picked is hidden or left out of this map.
#[component]
fn Gone(name: String) -> impl IntoView {
    view! {
        <aside class="details" aria-label="Picked in the map" data-map-panel>
            <div class="d-head"><Top kind="Not shown" colour=None/><h2>{name}</h2></div>
            <p class="more dim">"It is hidden, out of focus, or left out of this map."</p>
        </aside>
    }
}

#[component]
fn Top(kind: &'static str, colour: Option<u8>) -> impl IntoView {
    let app = App::get();
    view! {
        <div class="top">
            {colour.map(|of| view! { <Swatch of/> })}
            <span>{kind}</span><span class="grow"></span>
            <IconButton icon="close" name="Close" on_click=move |_| app.close_pick(MapView::get())/>
        </div>
    }
}

pub fn name_of(node: &MapNode) -> String {
    if node.service.is_some() { service_words(&node.name) } else { node.name.clone() }
}

#[component]
fn NodePanel(mapped: Arc<Mapped>, at: u32) -> impl IntoView {
    let app = App::get();
    let Some(node) = mapped.node(at).cloned() else { return ().into_any() };
    let slot = mapped.slot(at);
    let kind = match node.kind {
        NodeKind::Service => "Service",
        NodeKind::Database => "Database",
        NodeKind::Queue => "Queue",
        NodeKind::Host => "Outside host",
        NodeKind::Caller => "Outside caller",
    };
    let outline = mapped.outline.clone();
    let over_s = mapped.picture.over_s;
    let edges = |to_it: bool| -> Vec<MapEdge> {
        let is_its = |edge: &&MapEdge| if to_it { edge.to == at } else { edge.from == at };
        let mut edges: Vec<MapEdge> = mapped.edges().filter(is_its).cloned().collect();
        sort::by_key(&mut edges, |edge| (edge.from, edge.to, edge.kind));
        edges
    };
    let (callers, calls) = (edges(true), edges(false));
    // Of many traces the figures are of the calls to it; a trace has more to tell of a service.
    let service = node.service.filter(|_| outline.is_some());
    let operations =
        outline.as_ref().zip(service).map(|(outline, service)| operations(app, outline, service)).unwrap_or_default();
    let critical_all = outline.as_ref().map_or(0, |outline| outline.headline.critical_path_ns);
    view! {
        <aside class=format!("details {}", slot.map(slot_class).unwrap_or_default()) aria-label=format!("{kind} details") data-map-panel tabindex="-1">
            <div class="d-head">
                <Top kind colour=slot/>
                <h2>{name_of(&node)}</h2>
                <dl class="nums">
                    {service.is_some().then(|| view! {
                        <div><dt>"Spans"</dt><dd>{count(node.spans)}</dd></div>
                        <div><dt>"In error"</dt><dd class:err=node.error_spans.gt(&0) title="Spans with status ERROR">{count(node.error_spans)}</dd></div>
                        <div><dt>"Self time"</dt><dd>{duration(node.self_ns)}</dd></div>
                        <div><dt>"Critical path"</dt><dd>{duration(node.critical_ns)}" "<span class="dim">{percent(node.critical_ns, critical_all)}</span></dd></div>
                    })}
                    {service.is_none().then(|| view! {
                        {over_s.map(|seconds| view! { <div><dt>"Rate"</dt><dd data-figure="rate">{rate_words(node.calls, seconds)}</dd></div> })}
                        <div><dt>"Calls to it"</dt><dd data-figure="calls">{count(node.calls)}</dd></div>
                        <div><dt>"Failed calls"</dt><dd data-figure="failed" class:err=node.call_errors.gt(&0)>{count(node.call_errors)}" "<span class="dim">{percent(node.call_errors, node.calls)}</span></dd></div>
                        {(node.p95_ns > 0).then(|| view! { <div><dt>{late_name(&node, over_s)}</dt><dd data-figure="p95">{duration(node.p95_ns)}</dd></div> })}
                    })}
                </dl>
            </div>
            {service.map(|at| view! {
                <div class="d-nav acts-row">
                    <button class="btn line" on:click=move |_| app.show_in_timeline()>"Show in timeline"</button>
                    <button class="btn line" on:click=move |_| app.only_service(at)>"Isolate"</button>
                    <button class="btn line" on:click=move |_| app.toggle_service(at)>"Hide"</button>
                </div>
            })}
            {mapped.outline.is_none().then(|| view! { <WaysOut failed=node.call_errors slow=node.p95_ns/> })}
            <div class="d-body" tabindex="-1">
                <EdgeTable title="Called by" head="Caller" mapped=mapped.clone() edges=callers others_are_callers=true/>
                <EdgeTable title="Calls" head="Target" mapped=mapped.clone() edges=calls others_are_callers=false/>
                {(!operations.is_empty()).then(|| view! { <Operations operations/> })}
            </div>
        </aside>
    }
    .into_any()
}

/// On a map of many traces: searches for those behind what is picked.
#[component]
fn WaysOut(failed: u64, slow: u64) -> impl IntoView {
    let app = App::get();
    view! {
        <div class="d-nav acts-row">
            <button class="btn line" data-behind="all" on:click=move |_| app.search_pick(Behind::All)>"Find its traces"</button>
            {(failed > 0).then(|| view! { <button class="btn line" data-behind="failed" on:click=move |_| app.search_pick(Behind::Failed)>"Failed"</button> })}
            {(slow > 0).then(|| view! { <button class="btn line" data-behind="slow" title="At least as long as p95" on:click=move |_| app.search_pick(Behind::Slow(slow))>"Slow"</button> })}
        </div>
    }
}

/// Edges of a node, with whoever stands at the other end.
#[component]
fn EdgeTable(
    title: &'static str,
    head: &'static str,
    mapped: Arc<Mapped>,
    edges: Vec<MapEdge>,
    others_are_callers: bool,
) -> impl IntoView {
    let app = App::get();
    if edges.is_empty() {
        return ().into_any();
    }
    let many = edges.len();
    // One figure a column: the percentile only where every edge has one.
    let over_s = mapped.picture.over_s;
    let p95 = over_s.is_some() || edges.iter().all(|edge| edge.calls >= PERCENTILE_FROM);
    let map = MapView::get();
    let lines = StoredValue::new((mapped, edges));
    view! {
        <Section title count=Some(many) open=true>
            <table class="t">
                <thead><tr><th>{head}</th><th class="num">{if over_s.is_some() { "Rate" } else { "Calls" }}</th><th class="num" title="Calls of which either side has status ERROR">"Failed"</th><th class="num">"p50"</th><th class="num">{if p95 { "p95" } else { "max" }}</th></tr></thead>
                <tbody>
                    {lines.with_value(|(mapped, edges)| edges.iter().filter_map(|edge| {
                        let other = mapped.node(if others_are_callers { edge.from } else { edge.to })?;
                        let pick = mapped.pick_of_edge(edge)?;
                        let late = if p95 { edge.p95_ns } else { edge.max_ns };
                        // What metrics have no figure of is not told as 0.
                        let parts = |ns: u64| if over_s.is_some() && ns == 0 { ("–".to_owned(), "") } else { duration_parts(ns) };
                        let (p50, late) = (parts(edge.p50_ns), parts(late));
                        let (slot, kind) = (mapped.slot(if others_are_callers { edge.from } else { edge.to }), edge.kind);
                        let icon = match other.kind { NodeKind::Database => "database", NodeKind::Queue => "messaging", _ => "external" };
                        Some(view! {
                            <tr>
                                <td><button class="btn link row-flex" on:click=move |_| app.pick_in(map, Some(pick.clone()))>
                                    {match slot { Some(of) => view! { <Swatch of/> }.into_any(), None => view! { <Icon name=icon/> }.into_any() }}
                                    <span class="cut">{name_of(other)}</span>
                                    {(kind != EdgeKind::Call).then(|| view! { <span class="dim">{if kind == EdgeKind::Link { "link" } else { "async" }}</span> })}
                                </button></td>
                                <td class="num">{match over_s { Some(seconds) => rate_words(edge.calls, seconds), None => count(edge.calls) }}</td><td class="num" class:err=edge.errors.gt(&0)>{match over_s { Some(_) => percent(edge.errors, edge.calls), None => count(edge.errors) }}</td>
                                <td class="num">{p50.0}<u>{p50.1}</u></td><td class="num">{late.0}<u>{late.1}</u></td>
                            </tr>
                        })
                    }).collect_view())}
                </tbody>
            </table>
        </Section>
    }
    .into_any()
}

/// What a service does: spans by operation.
#[derive(Clone)]
struct Operation {
    label: String,
    spans: u64,
    errors: u64,
    self_ns: u64,
}

/// The operations of a service, those with most self time first.
fn operations(app: App, outline: &Outline, service: u32) -> Vec<Operation> {
    let focus = app.view.options.with_untracked(|options| options.focus);
    let range = focus.map_or(0..outline.len() as u32, |focus| focus.0..focus.0 + outline.subtree_len(focus));
    let mut by_label: FxHashMap<u32, Operation> = FxHashMap::default();
    for span in range.map(SpanIdx).filter(|span| outline.service[span.index()] == service) {
        let operation = by_label.entry(outline.label[span.index()]).or_insert_with(|| Operation {
            label: outline.label(span).to_owned(),
            spans: 0,
            errors: 0,
            self_ns: 0,
        });
        operation.spans += 1;
        operation.errors += u64::from(outline.has(span, flag::ERROR));
        operation.self_ns += outline.self_ns[span.index()];
    }
    let mut operations: Vec<Operation> = by_label.into_values().collect();
    sort::by(&mut operations, |a, b| (b.self_ns, &a.label).cmp(&(a.self_ns, &b.label)));
    operations
}

#[component]
fn Operations(operations: Vec<Operation>) -> impl IntoView {
    let many = operations.len();
    let most = operations.first().map_or(1, |first| first.self_ns).max(1);
    let operations = StoredValue::new(operations);
    view! {
        <Section title="Operations" count=Some(many) open=true>
            <table class="t">
                <thead><tr><th>"Operation"</th><th class="num">"Count"</th><th class="num">"Self"</th><th><span class="vh">"Share"</span></th></tr></thead>
                <tbody>
                    {operations.with_value(|operations| operations.iter().take(LISTED).map(|operation| {
                        let (figure, unit) = duration_parts(operation.self_ns);
                        let width = operation.self_ns as f64 / most as f64 * 56.0;
                        view! {
                            <tr>
                                <td><span class="row-flex op-name"><span class="cut" title=operation.label.clone()>{operation.label.clone()}</span>{(operation.errors > 0).then(|| view! { <ErrorMark/> })}</span></td>
                                <td class="num">{count(operation.spans)}</td><td class="num">{figure}<u>{unit}</u></td>
                                <td class="bar-cell"><i class="hbar own" style:width=format!("{width}px")></i></td>
                            </tr>
                        }
                    }).collect_view())}
                </tbody>
            </table>
            {(many > LISTED).then(|| view! { <p class="more dim">{format!("and {} more, with less self time", count((many - LISTED) as u64))}</p> })}
        </Section>
    }
}

#[component]
fn EdgePanel(mapped: Arc<Mapped>, edge: MapEdge) -> impl IntoView {
    let (Some(from), Some(to)) = (mapped.node(edge.from).cloned(), mapped.node(edge.to).cloned()) else {
        return ().into_any();
    };
    let kind = match edge.kind {
        EdgeKind::Call => "Calls",
        EdgeKind::Message => "Messages, asynchronous",
        EdgeKind::Link => "Span links",
    };
    let over_s = mapped.picture.over_s;
    let told = |ns: u64| if over_s.is_some() && ns == 0 { "–".to_owned() } else { duration(ns) };
    let (late_name, late) =
        if edge.calls >= PERCENTILE_FROM || over_s.is_some() { ("p95", edge.p95_ns) } else { ("Max", edge.max_ns) };
    view! {
        <aside class="details" aria-label="Calls between two nodes" data-map-panel tabindex="-1">
            <div class="d-head">
                <Top kind colour=None/>
                <h2>{name_of(&from)}" → "{name_of(&to)}</h2>
                <dl class="nums five">
                    {over_s.map(|seconds| view! { <div><dt>"Rate"</dt><dd data-figure="rate">{rate_words(edge.calls, seconds)}</dd></div> })}
                    <div><dt>{counted_as(edge.kind)}</dt><dd data-figure="calls">{count(edge.calls)}</dd></div>
                    <div><dt>"Failed"</dt><dd data-figure="failed" class:err=edge.errors.gt(&0)>{count(edge.errors)}</dd></div>
                    <div><dt>"p50"</dt><dd>{told(edge.p50_ns)}</dd></div>
                    <div><dt>{late_name}</dt><dd data-figure="p95">{told(late)}</dd></div>
                    {(edge.total_ns > 0 || over_s.is_none()).then(|| view! { <div><dt>"Total"</dt><dd>{duration(edge.total_ns)}</dd></div> })}
                </dl>
            </div>
            {match mapped.outline.clone() {
                Some(outline) => view! { <div class="d-body" tabindex="-1"><Calls mapped outline edge/></div> }.into_any(),
                None => view! { <WaysOut failed=edge.errors slow=edge.p95_ns/> }.into_any(),
            }}
        </aside>
    }
    .into_any()
}

/// Whether positions in this outline still mean the spans that are shown: after a reload they do not.
fn is_now(app: App, outline: &Arc<Outline>) -> bool {
    app.outline.with_untracked(|now| now.as_ref().is_some_and(|now| Arc::ptr_eq(now, outline)))
}

/// What an edge counts.
pub fn counted_as(kind: EdgeKind) -> &'static str {
    match kind {
        EdgeKind::Call => "Calls",
        EdgeKind::Message => "Messages",
        EdgeKind::Link => "Links",
    }
}

/// The calls of an edge, slowest first; a click selects the calling or called span.
#[component]
fn Calls(mapped: Arc<Mapped>, outline: Arc<Outline>, edge: MapEdge) -> impl IntoView {
    let app = App::get();
    let mut calls: Vec<SpanIdx> =
        mapped.calls_of(&edge).iter().map(|call| SpanIdx(*call)).filter(|call| call.index() < outline.len()).collect();
    sort::by_key(&mut calls, |call| core::cmp::Reverse(outline.duration_of(*call)));
    let many = calls.len();
    let calls = StoredValue::new((outline, calls));
    view! {
        <Section title="Spans, slowest first" count=Some(many) open=true>
            <table class="t">
                <thead><tr><th>"Span"</th><th class="num">"Starts at"</th><th class="num">"Duration"</th></tr></thead>
                <tbody>
                    {calls.with_value(|(outline, calls)| calls.iter().take(LISTED).map(|call| {
                        let call = *call;
                        let took = outline.duration_cell(call);
                        let start = match outline.timing(call) {
                            Timing::NoStart => ("unknown".to_owned(), ""),
                            _ => duration_parts(outline.start_ns[call.index()]),
                        };
                        let failed = outline.has(call, flag::ERROR);
                        let shown = outline.clone();
                        view! {
                            <tr>
                                <td><button class="btn link row-flex" on:click=move |_| if is_now(app, &shown) { app.select(call) }>{failed.then(|| view! { <ErrorMark/> })}<span class="cut op-name">{outline.label(call).to_owned()}</span></button></td>
                                <td class="num">{start.0}<u>{start.1}</u></td><td class="num">{took.0}<u>{took.1}</u></td>
                            </tr>
                        }
                    }).collect_view())}
                </tbody>
            </table>
            {(many > LISTED).then(|| view! { <p class="more dim">{format!("and {} faster ones", counted((many - LISTED) as u64, "span", "spans"))}</p> })}
        </Section>
    }
}
