//! The service map: who calls whom in a scope, how often, how long and with what errors. Figures only; where
//! nodes stand is `layout::map`.
//!
//! Over all spans its calls are those of [`super::service_graph`]: the same walk, the same definitions (cut cycles
//! count, a call fails if either side has status ERROR). It adds what the graph leaves out: calls of a service to
//! itself, span links, latencies, and a scope.
//!
//! ```text
//! order-service CLIENT ─▶ inventory-service SERVER     Call      latency: the CLIENT span
//! order-service PRODUCER ─▶ shipment-worker CONSUMER   Message   latency: the CONSUMER span; a PRODUCER's duration
//!                                                                says nothing of the message
//! order-service PRODUCER ◁╌╌ label-service CONSUMER    Link      latency: the linking span
//! order-service CLIENT ─▶ postgresql                   Call      latency: the CLIENT span
//! ```

use core::cmp::Reverse;

use rustc_hash::FxHashMap;
use serde::{Deserialize, Serialize};

use super::percentile::nearest_rank;
use super::service_graph::{Target, outside_calls, parents};
use super::{Derived, Scope};
use crate::base::{SpanId, sort};
use crate::model::{Kind, SpanIdx, Trace};

#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize, Deserialize)]
pub enum NodeKind {
    Service,
    Database,
    Queue,
    Host,
    /// Whoever calls a service from outside, where no span tells who: only on maps of many traces.
    Caller,
}

/// A service with spans in scope, or something outside that one of them calls.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct MapNode {
    pub kind: NodeKind,
    /// What the node is called: the service's name ("" when it has none), `postgresql`, `labels.requested`,
    /// `api.ups.example`; "?" for a host that no span names.
    pub name: String,
    /// As report edges name it: a service's name, or `db:postgresql`, `queue:rabbitmq/labels.requested`,
    /// `host:api.ups.example`. Unique among nodes of a kind.
    pub key: String,
    /// Of a queue its system, `rabbitmq`; else empty.
    pub system: String,
    /// Index of the service in the trace; None for an outside target.
    pub service: Option<u32>,
    /// Of a service, in scope: its spans, those with status ERROR, their self time, their own time on the critical
    /// path. 0 for outside targets.
    pub spans: u64,
    pub error_spans: u64,
    pub self_ns: u64,
    pub critical_ns: u64,
    /// Calls and messages to it, its own to itself too, and how many of them failed. Links are none.
    pub calls: u64,
    pub call_errors: u64,
    /// Nearest-rank p95 of how long calls to it took; 0 where it is not told, as on the map of one trace.
    pub p95_ns: u64,
}

#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize, Deserialize)]
pub enum EdgeKind {
    Call,
    /// Asynchronous: the caller is a PRODUCER or the called span a CONSUMER.
    Message,
    /// A span link to a span of another service in this trace, from the linked span's service to the linking one's. A
    /// link to the span's own parent is left out: the call says it already.
    Link,
}

/// All calls of one kind from one node to another. A pair with synchronous and asynchronous calls has two edges.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct MapEdge {
    pub from: u32,
    pub to: u32,
    pub kind: EdgeKind,
    pub calls: u64,
    /// Of a call: either side has status ERROR. To an outside target: the calling span has; of a link: the linking one.
    pub errors: u64,
    /// Latencies in ns: their sum, nearest-rank percentiles and greatest.
    pub total_ns: u64,
    pub p50_ns: u64,
    pub p95_ns: u64,
    pub max_ns: u64,
    /// Whether the critical path runs through one of its calls: both spans are on it.
    pub critical: bool,
    /// Its calls are `ServiceMap::calls[first_call..first_call + calls]`.
    pub first_call: u32,
}

/// Nodes: services by name, then databases, queues and hosts by key. Edges: by (from, to, kind).
#[derive(Clone, PartialEq, Debug, Default, Serialize, Deserialize)]
pub struct ServiceMap {
    pub nodes: Vec<MapNode>,
    pub edges: Vec<MapEdge>,
    /// Of each call the span whose duration is its latency; by edge, then start.
    pub calls: Vec<u32>,
}

/// The map of the spans in scope. A call is in scope when both its spans are; to an outside target when its caller is.
/// What calls outside does not depend on the scope: a CLIENT span without a child in another service of the trace.
///
/// A call of a service to itself (a CLIENT or PRODUCER span whose child, of kind SERVER or CONSUMER, is in the same
/// service) is an edge from the node to itself. The service graph has no such edge: there its caller counts as a call
/// to a host, and does so here too. O(n), plus sorting the calls.
pub fn service_map(trace: &Trace, derived: &Derived, scope: &Scope) -> ServiceMap {
    let mut found = Found::new(trace, derived, scope);
    let mut calls_a_service = vec![false; trace.len()];
    for (parent, child) in parents(trace) {
        calls_a_service[parent.index()] |= trace.service(parent) != trace.service(child);
        found.call(parent, child);
    }
    found.outside(&calls_a_service);
    found.links();
    let (nodes, node_of) = found.nodes(derived, scope);
    let (edges, calls) = edges(trace, found.calls, &node_of);
    let mut map = ServiceMap { nodes, edges, calls };
    for edge in map.edges.iter().filter(|edge| edge.kind != EdgeKind::Link) {
        if let Some(called) = map.nodes.get_mut(edge.to as usize) {
            called.calls += edge.calls;
            called.call_errors += edge.errors;
        }
    }
    map
}

/// At most `cap` nodes, ascending: those with the most calls from and to them, ties by order. Calls from them count,
/// or the entry, which nothing calls, would be the first to go.
pub fn most_important(map: &ServiceMap, cap: usize) -> Vec<u32> {
    let mut calls = vec![0u64; map.nodes.len()];
    for edge in &map.edges {
        for end in [edge.from, edge.to] {
            if let Some(sum) = calls.get_mut(end as usize) {
                *sum += edge.calls;
            }
        }
    }
    let mut nodes: Vec<u32> = (0..map.nodes.len() as u32).collect();
    sort::by_key(&mut nodes, |node| Reverse(calls[*node as usize]));
    nodes.truncate(cap);
    nodes.sort_unstable();
    nodes
}

/// One end of a call: a service of the trace, or a target by its place in [`Found::targets`].
#[derive(Clone, Copy)]
enum End {
    Service(u32),
    Target(u32),
}

struct Call {
    from: End,
    to: End,
    kind: EdgeKind,
    /// Its duration is the latency.
    span: SpanIdx,
    error: bool,
    critical: bool,
}

/// Node index by service and by target.
struct NodeOf {
    service: Vec<u32>,
    target: Vec<u32>,
}

impl NodeOf {
    fn end(&self, end: End) -> u32 {
        match end {
            End::Service(service) => self.service[service as usize],
            End::Target(target) => self.target[target as usize],
        }
    }
}

struct Found<'a> {
    trace: &'a Trace,
    in_scope: Vec<bool>,
    on_path: Vec<bool>,
    targets: Vec<Target>,
    calls: Vec<Call>,
}

impl<'a> Found<'a> {
    fn new(trace: &'a Trace, derived: &Derived, scope: &Scope) -> Self {
        let mut in_scope = vec![false; trace.len()];
        for span in scope.spans(trace) {
            in_scope[span.index()] = true;
        }
        let mut on_path = vec![false; trace.len()];
        for piece in derived.critical_path.iter().flat_map(|path| &path.pieces) {
            on_path[piece.span.index()] = true;
        }
        Found { trace, in_scope, on_path, targets: Vec::new(), calls: Vec::new() }
    }

    fn has(&self, span: SpanIdx) -> bool {
        self.in_scope[span.index()]
    }

    fn call(&mut self, parent: SpanIdx, child: SpanIdx) {
        let trace = self.trace;
        let (caller, called) = (trace.kind(parent), trace.kind(child));
        let between = trace.service(parent) != trace.service(child);
        let to_itself =
            matches!(caller, Kind::Client | Kind::Producer) && matches!(called, Kind::Server | Kind::Consumer);
        if !self.has(parent) || !self.has(child) || !(between || to_itself) {
            return;
        }
        let asynchronous = caller == Kind::Producer || called == Kind::Consumer;
        self.calls.push(Call {
            from: End::Service(trace.service(parent)),
            to: End::Service(trace.service(child)),
            kind: if asynchronous { EdgeKind::Message } else { EdgeKind::Call },
            span: if caller == Kind::Client { parent } else { child },
            error: trace.is_error(parent) || trace.is_error(child),
            critical: self.on_path[parent.index()] && self.on_path[child.index()],
        });
    }

    fn outside(&mut self, calls_a_service: &[bool]) {
        let trace = self.trace;
        let mut known: FxHashMap<Target, u32> = FxHashMap::default();
        for (span, target) in outside_calls(trace, calls_a_service).filter(|(span, _)| self.in_scope[span.index()]) {
            let to = *known.entry(target).or_insert_with(|| {
                self.targets.push(target);
                self.targets.len() as u32 - 1
            });
            self.calls.push(Call {
                from: End::Service(trace.service(span)),
                to: End::Target(to),
                kind: if trace.kind(span) == Kind::Producer { EdgeKind::Message } else { EdgeKind::Call },
                span,
                error: trace.is_error(span),
                critical: self.on_path[span.index()],
            });
        }
    }

    fn links(&mut self) {
        let trace = self.trace;
        let links = || {
            trace
                .spans()
                .flat_map(|span| trace.links(span).iter().map(move |link| (span, link)))
                .filter(|(span, link)| link.trace_id == trace.id && link.span_id != trace.parent_id(*span))
                .filter(|(_, link)| !link.span_id.is_zero())
        };
        // The first span with each linked id, found in one pass: a link a span must not be a search a link.
        let mut linked: FxHashMap<SpanId, Option<SpanIdx>> = links().map(|(_, link)| (link.span_id, None)).collect();
        if linked.is_empty() {
            return;
        }
        for span in trace.spans() {
            if let Some(first @ None) = linked.get_mut(&trace.span_id(span)) {
                *first = Some(span);
            }
        }
        for (span, link) in links() {
            let Some(to) = linked.get(&link.span_id).copied().flatten() else { continue };
            if trace.service(span) == trace.service(to) || !self.has(span) || !self.has(to) {
                continue;
            }
            self.calls.push(Call {
                from: End::Service(trace.service(to)),
                to: End::Service(trace.service(span)),
                kind: EdgeKind::Link,
                span,
                error: trace.is_error(span),
                critical: false,
            });
        }
    }

    fn nodes(&self, derived: &Derived, scope: &Scope) -> (Vec<MapNode>, NodeOf) {
        let mut by_service: Vec<Option<MapNode>> = vec![None; self.trace.services.len()];
        for span in scope.spans(self.trace) {
            let service = self.trace.service(span);
            let Some(node) = by_service.get_mut(service as usize) else { continue };
            let node = node.get_or_insert_with(|| service_node(self.trace, service));
            node.spans += 1;
            node.error_spans += u64::from(self.trace.is_error(span));
            // Damaged times may sum past u64.
            node.self_ns = node.self_ns.saturating_add(derived.self_ns[span.index()]);
        }
        for (span, own_ns) in derived.critical_path.iter().flat_map(|path| path.own_ns()) {
            if let Some(Some(node)) = by_service.get_mut(self.trace.service(span) as usize)
                && self.has(span)
            {
                node.critical_ns += own_ns;
            }
        }
        let mut service_at = vec![0; by_service.len()];
        let mut nodes = Vec::new();
        for (service, node) in by_service.into_iter().enumerate() {
            service_at[service] = nodes.len() as u32;
            nodes.extend(node);
        }
        let target_at = self.target_nodes(&mut nodes);
        (nodes, NodeOf { service: service_at, target: target_at })
    }

    /// Adds a node a target; two whose keys read alike are one, as in the report.
    fn target_nodes(&self, nodes: &mut Vec<MapNode>) -> Vec<u32> {
        let mut drafts: Vec<(MapNode, usize)> =
            self.targets.iter().enumerate().map(|(at, target)| (target_node(self.trace, *target), at)).collect();
        sort::by(&mut drafts, |(a, _), (b, _)| (a.kind, &a.key, &a.system).cmp(&(b.kind, &b.key, &b.system)));
        let mut node_at = vec![0; drafts.len()];
        for (node, target) in drafts {
            if nodes.last().is_none_or(|last| last.kind != node.kind || last.key != node.key) {
                nodes.push(node);
            }
            node_at[target] = nodes.len() as u32 - 1;
        }
        node_at
    }
}

fn service_node(trace: &Trace, service: u32) -> MapNode {
    let sym = trace.services.get(service as usize).copied().unwrap_or_default();
    let name = trace.set.strings.get(sym);
    MapNode { service: Some(service), ..node(NodeKind::Service, name, name.to_owned(), "") }
}

fn target_node(trace: &Trace, target: Target) -> MapNode {
    let text = |sym| trace.set.strings.get(sym);
    let key = target.key(trace);
    match target {
        Target::Database(system) => node(NodeKind::Database, text(system), key, ""),
        Target::Queue(system, destination) => node(NodeKind::Queue, text(destination), key, text(system)),
        Target::Host(host) if host.is_empty() => node(NodeKind::Host, "?", key, ""),
        Target::Host(host) => node(NodeKind::Host, text(host), key, ""),
    }
}

/// A node without figures.
pub fn node(kind: NodeKind, name: &str, key: String, system: &str) -> MapNode {
    MapNode {
        kind,
        name: name.to_owned(),
        key,
        system: system.to_owned(),
        service: None,
        spans: 0,
        error_spans: 0,
        self_ns: 0,
        critical_ns: 0,
        calls: 0,
        call_errors: 0,
        p95_ns: 0,
    }
}

/// Sorts the calls into edges; gives the edges and the span of each call.
fn edges(trace: &Trace, calls: Vec<Call>, node_of: &NodeOf) -> (Vec<MapEdge>, Vec<u32>) {
    let mut calls: Vec<((u32, u32, EdgeKind), Call)> =
        calls.into_iter().map(|call| ((node_of.end(call.from), node_of.end(call.to), call.kind), call)).collect();
    calls.sort_unstable_by_key(|(pair, call)| (*pair, trace.start_ns(call.span), call.span));
    let mut edges = Vec::new();
    let mut first_call = 0;
    for of_edge in calls.chunk_by(|(a, _), (b, _)| a == b) {
        let Some(((from, to, kind), _)) = of_edge.first() else { continue };
        let mut latency_ns: Vec<u64> = of_edge.iter().map(|(_, call)| trace.duration_of(call.span)).collect();
        latency_ns.sort_unstable();
        edges.push(MapEdge {
            from: *from,
            to: *to,
            kind: *kind,
            calls: of_edge.len() as u64,
            errors: of_edge.iter().filter(|(_, call)| call.error).count() as u64,
            total_ns: latency_ns.iter().fold(0, |sum: u64, ns| sum.saturating_add(*ns)),
            p50_ns: nearest_rank(&latency_ns, 50),
            p95_ns: nearest_rank(&latency_ns, 95),
            max_ns: nearest_rank(&latency_ns, 100),
            critical: of_edge.iter().any(|(_, call)| call.critical),
            first_call,
        });
        first_call += of_edge.len() as u32;
    }
    (edges, calls.into_iter().map(|(_, call)| call.span.0).collect())
}

#[cfg(test)]
#[path = "service_map_test.rs"]
mod tests;
