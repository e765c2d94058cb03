//! The service map of every fixture trace against the service graph, against `facts.json`, which was computed from raw
//! protobuf by a program that shares no code with this one, and against what its picture must hold.

#![allow(clippy::unwrap_used, reason = "a test that cannot read its fixture fails")]

use std::collections::BTreeMap;
use std::fs::File;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use serde_json::Value;
use spanloom::analysis::service_map::{EdgeKind, NodeKind, ServiceMap, service_map};
use spanloom::analysis::{Derived, Scope};
use spanloom::base::TraceId;
use spanloom::layout::map::{EdgeIn, Gaps, LABEL_HEIGHT_PX, NodeIn, Placement, place};
use spanloom::model::{SpanSet, Trace};

fn fixtures() -> PathBuf {
    Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/fixtures/tempo")).to_owned()
}

fn facts() -> BTreeMap<String, Value> {
    serde_json::from_reader(File::open(fixtures().join("facts.json")).unwrap()).unwrap()
}

/// The trace as Tempo's own protobuf has it.
fn read_trace(name: &str, facts: &Value) -> Trace {
    let mut set = SpanSet::new();
    let dir = fixtures().join("traces").join(name);
    let path = ["v1.pb", "v1.pb.gz"].iter().map(|file| dir.join(file)).find(|path| path.exists()).unwrap();
    let outcome = spanloom::decode::decode(Box::new(File::open(path).unwrap()), &mut set, &mut |_| {});
    assert_eq!(outcome.error, None, "{name}");
    let id = TraceId::from_hex(facts["trace_ids"][0].as_str().unwrap().as_bytes()).unwrap();
    Trace::build(&Arc::new(set), id).unwrap()
}

/// Every fixture trace with its whole map.
fn for_each_map(mut check: impl FnMut(&str, &Value, &Trace, &Derived, &ServiceMap)) {
    let facts = facts();
    assert_eq!(facts.len(), 20);
    for (name, facts) in facts {
        let trace = read_trace(&name, &facts);
        let derived = Derived::of(&trace);
        let map = service_map(&trace, &derived, &Scope::default());
        check(&name, &facts, &trace, &derived, &map);
    }
}

/// Calls and errors by the two ends.
type Sums = BTreeMap<(String, String), (u64, u64)>;

/// Between services (calls and messages, not those to itself), or from a service to outside targets.
fn sums(map: &ServiceMap, outside: bool) -> Sums {
    let mut sums = Sums::new();
    for edge in &map.edges {
        let (from, to) = (&map.nodes[edge.from as usize], &map.nodes[edge.to as usize]);
        if edge.kind != EdgeKind::Link && edge.from != edge.to && (to.kind != NodeKind::Service) == outside {
            let sum = sums.entry((from.key.clone(), to.key.clone())).or_default();
            *sum = (sum.0 + edge.calls, sum.1 + edge.errors);
        }
    }
    sums
}

fn true_sums(facts: &Value, other_side: &str) -> Sums {
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    let line = |edge: &Value| {
        let counts = (edge["calls"].as_u64().unwrap(), edge["with_error"].as_u64().unwrap());
        ((text(&edge["client"]), text(&edge[other_side])), counts)
    };
    facts.as_array().unwrap().iter().map(line).collect()
}

#[test]
fn the_whole_maps_calls_are_those_of_the_graph_and_of_the_facts() {
    for_each_map(|name, facts, _, derived, map| {
        let graph = &derived.graph;
        let between: Sums =
            graph.edges.iter().map(|e| ((e.client.clone(), e.server.clone()), (e.calls, e.errors))).collect();
        let outside: Sums =
            graph.external.iter().map(|e| ((e.client.clone(), e.target.clone()), (e.calls, e.errors))).collect();
        assert_eq!(sums(map, false), between, "{name}");
        assert_eq!(sums(map, false), true_sums(&facts["service_edges"], "server"), "{name}");
        assert_eq!(sums(map, true), outside, "{name}");
        assert_eq!(sums(map, true), true_sums(&facts["external_edges"], "target"), "{name}");
    });
}

#[test]
fn nodes_are_the_facts_services_and_edges_own_their_calls() {
    for_each_map(|name, facts, trace, _, map| {
        let services: BTreeMap<String, (u64, u64, u64)> = map
            .nodes
            .iter()
            .filter(|node| node.kind == NodeKind::Service)
            .map(|node| (node.key.clone(), (node.spans, node.error_spans, node.self_ns)))
            .collect();
        let figure = |service: &Value, key: &str| match &service[key] {
            Value::String(ns) => ns.parse().unwrap(),
            ns => ns.as_u64().unwrap(),
        };
        let truth = facts["services"].as_object().unwrap().iter().map(|(name, service)| {
            let figures = (figure(service, "spans"), figure(service, "error_spans"), figure(service, "self_time_ns"));
            (name.clone(), figures)
        });
        assert_eq!(services, truth.collect(), "{name}");
        let path_ns = facts["critical_path"]["sum_self_on_path_ns"].as_u64().unwrap_or_default();
        assert_eq!(map.nodes.iter().map(|node| node.critical_ns).sum::<u64>(), path_ns, "{name}");

        let keys = |at: usize| (map.nodes[at].kind, map.nodes[at].key.as_str());
        assert!((1..map.nodes.len()).all(|at| keys(at - 1) < keys(at)), "{name}: nodes in order");
        let pairs = |at: usize| (map.edges[at].from, map.edges[at].to, map.edges[at].kind);
        assert!((1..map.edges.len()).all(|at| pairs(at - 1) < pairs(at)), "{name}: edges in order");
        let mut next = 0;
        for edge in &map.edges {
            let calls = &map.calls[edge.first_call as usize..][..edge.calls as usize];
            assert_eq!(edge.first_call, next, "{name}");
            next += calls.len() as u32;
            let mut latency_ns: Vec<u64> =
                calls.iter().map(|span| trace.duration_of(spanloom::model::SpanIdx(*span))).collect();
            latency_ns.sort_unstable();
            let rank = |percent: usize| latency_ns[(percent * latency_ns.len()).div_ceil(100) - 1];
            let figures = [edge.total_ns, edge.p50_ns, edge.p95_ns, edge.max_ns];
            assert_eq!(figures, [latency_ns.iter().sum(), rank(50), rank(95), rank(100)], "{name}");
        }
        assert_eq!(next as usize, map.calls.len(), "{name}");
    });
}

#[test]
fn messages_of_the_full_order_are_told_from_calls() {
    let facts = facts();
    let trace = read_trace("order-full", &facts["order-full"]);
    let map = service_map(&trace, &Derived::of(&trace), &Scope::default());
    let key = |node: u32| map.nodes[node as usize].key.as_str();
    let messages: Vec<_> = map.edges.iter().filter(|edge| edge.kind == EdgeKind::Message).collect();
    let ends: Vec<_> = messages.iter().map(|edge| (key(edge.from), key(edge.to), edge.calls)).collect();
    let queues = ["shipment-worker", "queue:rabbitmq/labels.requested", "queue:rabbitmq/legacy.in"]
        .map(|to| ("order-service", to, 1));
    assert_eq!(ends, queues);
    let system = |node: u32| map.nodes[node as usize].system.as_str();
    assert_eq!(messages.iter().map(|edge| system(edge.to)).collect::<Vec<_>>(), ["", "rabbitmq", "rabbitmq"]);
}

/// As the mock-up has it: 156 × 42, 58 from row to row.
fn placement(map: &ServiceMap) -> (Placement, Vec<[f32; 4]>, Vec<[f32; 4]>) {
    let nodes = vec![NodeIn { width_px: 156.0, height_px: 42.0 }; map.nodes.len()];
    let edge = |edge: &spanloom::analysis::service_map::MapEdge| EdgeIn {
        from: edge.from,
        to: edge.to,
        label_width_px: if edge.errors > 0 { 88.0 } else { 60.0 },
        width_px: 1.0 + (edge.calls as f32).log10().min(3.5),
        weight: edge.total_ns,
    };
    let edges: Vec<EdgeIn> = map.edges.iter().map(edge).collect();
    let placement = place(&nodes, &edges, &Gaps { node_px: 16.0, layer_px: 60.0, track_px: 8.0 });
    let boxes = placement.nodes.iter().map(|at| [at.x_px, at.y_px, at.x_px + 156.0, at.y_px + 42.0]).collect();
    let half_px = LABEL_HEIGHT_PX / 2.0;
    let labels = placement.edges.iter().zip(&edges).map(|(route, edge)| {
        let at = route.label.unwrap();
        [at.x_px, at.y_px - half_px, at.x_px + edge.label_width_px, at.y_px + half_px]
    });
    let labels = labels.collect();
    (placement, boxes, labels)
}

fn overlap(a: &[f32; 4], b: &[f32; 4]) -> bool {
    a[0] < b[2] && b[0] < a[2] && a[1] < b[3] && b[1] < a[3]
}

#[test]
fn on_every_fixtures_map_nothing_overlaps_and_nothing_crosses() {
    for_each_map(|name, _, _, _, map| {
        let (placement, boxes, labels) = placement(map);
        let all: Vec<[f32; 4]> = boxes.iter().chain(&labels).copied().collect();
        for (at, rect) in all.iter().enumerate() {
            assert!(all[..at].iter().all(|other| !overlap(rect, other)), "{name}: {rect:?}");
            assert!(rect[0] >= 0.0 && rect[1] >= 0.0, "{name}: {rect:?}");
            assert!(rect[2] <= placement.width_px && rect[3] <= placement.height_px, "{name}: {rect:?}");
        }
        for (edge, route) in placement.edges.iter().enumerate() {
            for pair in route.points.windows(2) {
                let [a, b] = pair else { continue };
                let line = [a.x_px.min(b.x_px), a.y_px.min(b.y_px), a.x_px.max(b.x_px), a.y_px.max(b.y_px)];
                assert!(a.x_px == b.x_px || a.y_px == b.y_px, "{name}: edge {edge} {pair:?}");
                assert!(boxes.iter().all(|node| !overlap(&line, node)), "{name}: edge {edge} {pair:?}");
                let others = labels.iter().enumerate().filter(|(other, _)| *other != edge);
                assert!(others.into_iter().all(|(_, label)| !overlap(&line, label)), "{name}: edge {edge} {pair:?}");
            }
        }
        assert_eq!(placement.crossings, 0, "{name}");
    });
}
