//! The service map of many traces: out of the series of Tempo's service-graph processor, or of a sample of traces that were fetched.
//!
//! Calls are those of [`super::service_map`], summed over traces, without links, which lead within one trace. Beside them stands who calls from
//! outside: a root SERVER span was called by somebody who sends no spans, which Tempo's processor names `user`.
//! Figures of a node are of the calls to it: how many, how many failed, p95.

use std::collections::{BTreeMap, BTreeSet};

use super::percentile::nearest_rank;
use super::service_map::{EdgeKind, MapEdge, MapNode, NodeKind, ServiceMap, node, service_map};
use super::{Derived, Scope};
use crate::model::{Kind, Remarks, Series, Trace};

/// What Tempo's processor calls an outside caller of which it knows nothing.
const USER: &str = "user";

/// A node by kind and key: services first, as [`ServiceMap`] orders them.
type Name = (NodeKind, String);

/// Answers of a Prometheus about a range, each by `client`, `server` and `connection_type`. Durations in seconds.
#[derive(Clone, Copy, Debug, Default)]
pub struct GraphAnswers<'a> {
    /// How many calls.
    pub calls: &'a [Series],
    pub failed: &'a [Series],
    /// Sum of durations.
    pub total: &'a [Series],
    pub p50: &'a [Series],
    pub p95: &'a [Series],
    /// By `server` alone.
    pub node_p95: &'a [Series],
}

/// Figures of one edge as they come together.
#[derive(Default)]
struct Sum {
    calls: u64,
    errors: u64,
    total_ns: u64,
    p50_ns: u64,
    p95_ns: u64,
    max_ns: u64,
}

/// The map of the series of Tempo's service-graph processor. What of their numbers is doubted goes into `remarks`.
pub fn of_series(answers: GraphAnswers, remarks: &mut Remarks) -> ServiceMap {
    let label = |series: &Series, name: &str| series.label(name).unwrap_or_default().to_owned();
    let types = answers.calls.iter().map(|series| (series, label(series, "connection_type")));
    // A name at either end of a call between services is a service.
    let mut services: BTreeSet<&str> = BTreeSet::new();
    for series in answers.calls {
        let (client, server) = (series.label("client"), series.label("server"));
        match series.label("connection_type").unwrap_or_default() {
            "" | "messaging_system" => services.extend(client.into_iter().chain(server)),
            "database" => services.extend(client),
            _ => {}
        }
    }
    let is_service = |name: &str| services.contains(name);
    let mut edges: BTreeMap<(Name, Name, EdgeKind), Sum> = BTreeMap::new();
    let mut names: BTreeMap<(String, String, String), (Name, Name, EdgeKind)> = BTreeMap::new();
    for (series, connection) in types {
        let (client, server) = (label(series, "client"), label(series, "server"));
        let is_caller = client == USER || (connection == "virtual_node" && !is_service(&client));
        let from = if connection == "virtual_node" && is_caller {
            (NodeKind::Caller, format!("caller:{client}"))
        } else {
            (NodeKind::Service, client.clone())
        };
        let to = match connection.as_str() {
            "database" => (NodeKind::Database, format!("db:{server}")),
            "virtual_node" if !is_caller => (NodeKind::Host, format!("host:{server}")),
            _ => (NodeKind::Service, server.clone()),
        };
        let kind = if connection == "messaging_system" { EdgeKind::Message } else { EdgeKind::Call };
        let calls = remarks.whole(series.mean().unwrap_or_default());
        if calls == 0 {
            continue;
        }
        let key = (from, to, kind);
        names.insert((client, server, connection), key.clone());
        let sum = &mut edges.entry(key).or_default().calls;
        *sum = sum.saturating_add(calls);
    }
    let mut fill = |series: &[Series], set: fn(&mut Sum, f64, &mut Remarks)| {
        for one in series {
            let key = (label(one, "client"), label(one, "server"), label(one, "connection_type"));
            let sum = names.get(&key).and_then(|key| edges.get_mut(key));
            if let (Some(sum), Some(value)) = (sum, one.mean()) {
                set(sum, value, remarks);
            }
        }
    };
    // Several series of one edge add up; of their percentiles the largest stands for all.
    fill(answers.failed, |sum, failed, remarks| {
        sum.errors = sum.errors.saturating_add(remarks.whole(failed)).min(sum.calls);
    });
    fill(answers.total, |sum, seconds, remarks| sum.total_ns = sum.total_ns.saturating_add(remarks.ns(seconds)));
    fill(answers.p50, |sum, seconds, remarks| sum.p50_ns = sum.p50_ns.max(remarks.ns(seconds)));
    fill(answers.p95, |sum, seconds, remarks| sum.p95_ns = sum.p95_ns.max(remarks.ns(seconds)));
    let mut map = assembled(edges);
    // The first of a name, as nodes are ordered.
    let mut named: BTreeMap<String, &mut MapNode> = BTreeMap::new();
    for node in &mut map.nodes {
        if matches!(node.kind, NodeKind::Service | NodeKind::Database | NodeKind::Host) {
            named.entry(node.name.clone()).or_insert(node);
        }
    }
    for series in answers.node_p95 {
        let node = series.label("server").and_then(|server| named.get_mut(server));
        if let (Some(node), Some(p95)) = (node, series.mean()) {
            node.p95_ns = remarks.ns(p95);
        }
    }
    map
}

/// The map of traces that were fetched, one after the other.
#[derive(Default)]
pub struct Sample {
    edges: BTreeMap<(Name, Name, EdgeKind), Calls>,
    /// Services that call nobody and that nobody calls are on the map too.
    alone: Vec<Name>,
    /// System of a queue, by its name.
    systems: BTreeMap<Name, String>,
    traces: u32,
}

#[derive(Default)]
struct Calls {
    errors: u64,
    took_ns: Vec<u64>,
}

impl Sample {
    pub fn add(&mut self, trace: &Trace) {
        self.traces += 1;
        let map = service_map(trace, &Derived::of(trace), &Scope::default());
        let name = |node: &MapNode| (node.kind, node.key.clone());
        for node in &map.nodes {
            self.alone.push(name(node));
            if !node.system.is_empty() {
                self.systems.insert(name(node), node.system.clone());
            }
        }
        for edge in map.edges.iter().filter(|edge| edge.kind != EdgeKind::Link) {
            let (Some(from), Some(to)) = (map.nodes.get(edge.from as usize), map.nodes.get(edge.to as usize)) else {
                continue;
            };
            let calls = self.edges.entry((name(from), name(to), edge.kind)).or_default();
            calls.errors += edge.errors;
            let first = edge.first_call as usize;
            let spans = map.calls.get(first..first + edge.calls as usize).unwrap_or_default();
            calls.took_ns.extend(spans.iter().map(|span| trace.duration_of(crate::model::SpanIdx(*span))));
        }
        let entries =
            trace.spans().filter(|span| trace.parent_id(*span).is_zero() && trace.kind(*span) == Kind::Server);
        for span in entries {
            let service =
                trace.set.strings.get(trace.services.get(trace.service(span) as usize).copied().unwrap_or_default());
            let key =
                ((NodeKind::Caller, format!("caller:{USER}")), (NodeKind::Service, service.to_owned()), EdgeKind::Call);
            let calls = self.edges.entry(key).or_default();
            calls.errors += u64::from(trace.is_error(span));
            calls.took_ns.push(trace.duration_of(span));
        }
    }

    /// The map, and how many traces it is of.
    pub fn finish(self) -> (ServiceMap, u32) {
        let mut to_node: BTreeMap<Name, Vec<u64>> = BTreeMap::new();
        let mut sums = BTreeMap::new();
        for ((from, to, kind), mut calls) in self.edges {
            calls.took_ns.sort_unstable();
            to_node.entry(to.clone()).or_default().extend(&calls.took_ns);
            let sum = Sum {
                calls: calls.took_ns.len() as u64,
                errors: calls.errors,
                total_ns: calls.took_ns.iter().fold(0, |sum: u64, ns| sum.saturating_add(*ns)),
                p50_ns: nearest_rank(&calls.took_ns, 50),
                p95_ns: nearest_rank(&calls.took_ns, 95),
                max_ns: nearest_rank(&calls.took_ns, 100),
            };
            sums.insert((from, to, kind), sum);
        }
        let mut map = assembled_with(sums, self.alone);
        for node in &mut map.nodes {
            let name = (node.kind, node.key.clone());
            if let Some(mut took_ns) = to_node.remove(&name) {
                took_ns.sort_unstable();
                node.p95_ns = nearest_rank(&took_ns, 95);
            }
            node.system = self.systems.get(&name).cloned().unwrap_or_default();
        }
        (map, self.traces)
    }
}

fn assembled(edges: BTreeMap<(Name, Name, EdgeKind), Sum>) -> ServiceMap {
    assembled_with(edges, Vec::new())
}

/// Nodes and edges with their figures; what a node is called is its key without the kind.
fn assembled_with(edges: BTreeMap<(Name, Name, EdgeKind), Sum>, more: Vec<Name>) -> ServiceMap {
    let ends = edges.keys().flat_map(|(from, to, _)| [from.clone(), to.clone()]);
    let names: BTreeSet<Name> = ends.chain(more).collect();
    let at: BTreeMap<&Name, u32> = names.iter().zip(0..).collect();
    let mut map = ServiceMap { nodes: names.iter().map(named).collect(), ..ServiceMap::default() };
    for ((from, to, kind), sum) in edges {
        let (Some(from), Some(to)) = (at.get(&from).copied(), at.get(&to).copied()) else { continue };
        let Sum { calls, errors, total_ns, p50_ns, p95_ns, max_ns } = sum;
        if let Some(called) = map.nodes.get_mut(to as usize) {
            called.calls = called.calls.saturating_add(calls);
            called.call_errors = called.call_errors.saturating_add(errors);
        }
        let (critical, first_call) = (false, 0);
        map.edges.push(MapEdge {
            from,
            to,
            kind,
            calls,
            errors,
            total_ns,
            p50_ns,
            p95_ns,
            max_ns,
            critical,
            first_call,
        });
    }
    map
}

fn named((kind, key): &Name) -> MapNode {
    let name = match kind {
        NodeKind::Service => key.as_str(),
        NodeKind::Queue => {
            key.strip_prefix("queue:").and_then(|rest| rest.split_once('/')).map_or(key.as_str(), |(_, name)| name)
        }
        _ => key.split_once(':').map_or(key.as_str(), |(_, name)| name),
    };
    let name = if name.is_empty() && *kind != NodeKind::Service { "?" } else { name };
    let node = node(*kind, name, key.clone(), "");
    // Which one it is of those that are drawn is of no matter here; that it is one is.
    MapNode { service: (*kind == NodeKind::Service).then_some(0), ..node }
}

#[cfg(test)]
#[path = "range_map_test.rs"]
mod tests;
