//! Tests of the service map: which calls make which edge, with what figures. That it agrees with the service graph and
//! with the fixtures' facts is held by `tests/map_truth.rs`.

use super::*;
use crate::analysis::sample::{Draft, trace};

fn map_of(drafts: &[Draft], scope: impl Fn(&Trace) -> Scope) -> ServiceMap {
    let trace = trace(drafts);
    service_map(&trace, &Derived::of(&trace), &scope(&trace))
}

fn whole(drafts: &[Draft]) -> ServiceMap {
    map_of(drafts, |_| Scope::default())
}

/// Hides a service by name.
fn without(name: &'static str) -> impl Fn(&Trace) -> Scope {
    move |trace| Scope {
        hidden_services: (0..trace.services.len() as u32)
            .filter(|at| trace.set.strings.get(trace.services[*at as usize]) == name)
            .collect(),
        focus: None,
    }
}

/// `a -Call-> b 2 calls 1 err, 30 ns`: a line an edge, with its total.
fn lines(map: &ServiceMap) -> Vec<String> {
    let key = |node: u32| map.nodes[node as usize].key.as_str();
    let line = |e: &MapEdge| {
        format!("{} -{:?}-> {} {} calls {} err, {} ns", key(e.from), e.kind, key(e.to), e.calls, e.errors, e.total_ns)
    };
    map.edges.iter().map(line).collect()
}

fn client(id: u64, parent: u64, start_ns: u64, end_ns: u64) -> Draft {
    Draft::new(id, parent, start_ns, end_ns).kind(Kind::Client)
}

#[test]
fn a_call_lasts_as_long_as_its_client_and_a_message_as_its_consumer() {
    let map = whole(&[
        Draft::new(1, 0, 0, 1000).service("a"),
        client(2, 1, 0, 100).service("a"),
        Draft::new(3, 2, 10, 60).service("b").kind(Kind::Server),
        Draft::new(4, 1, 200, 205).service("a").kind(Kind::Producer),
        Draft::new(5, 4, 300, 700).service("b").kind(Kind::Consumer).error(""),
        Draft::new(6, 1, 800, 830).service("b"),
    ]);
    assert_eq!(lines(&map), ["a -Call-> b 2 calls 0 err, 130 ns", "a -Message-> b 1 calls 1 err, 400 ns"]);
    // The CLIENT span and the child without one, then the CONSUMER.
    assert_eq!(map.calls, [1, 5, 4]);
    assert_eq!(map.edges[1].first_call, 2);
    assert_eq!((map.nodes[1].calls, map.nodes[1].call_errors), (3, 1));
    assert_eq!([map.edges[0].critical, map.edges[1].critical], [true, false]);
}

#[test]
fn percentiles_are_of_the_edges_calls() {
    let mut drafts = vec![Draft::new(1, 0, 0, 100_000).service("a")];
    drafts.extend((1..=100).rev().map(|n| Draft::new(n + 1, 1, n * 200, n * 200 + n).service("b")));
    let map = whole(&drafts);
    let edge = &map.edges[0];
    assert_eq!((edge.calls, edge.total_ns, edge.p50_ns, edge.p95_ns, edge.max_ns), (100, 5050, 50, 95, 100));
}

#[test]
fn a_service_that_calls_itself_has_an_edge_to_itself_and_counts_as_calling_a_host() {
    let map = whole(&[
        client(1, 0, 0, 100).service("a"),
        Draft::new(2, 1, 10, 90).service("a").kind(Kind::Server).error(""),
        Draft::new(3, 2, 20, 30).service("a"),
    ]);
    assert_eq!(lines(&map), ["a -Call-> a 1 calls 1 err, 100 ns", "a -Call-> host:? 1 calls 0 err, 100 ns"]);
    assert_eq!((map.nodes[0].calls, map.nodes[1].name.as_str()), (1, "?"));
}

#[test]
fn a_link_runs_from_the_linked_service_and_is_no_call() {
    let map = whole(&[
        Draft::new(1, 0, 0, 100).service("a"),
        Draft::new(2, 1, 0, 10).service("a").kind(Kind::Producer),
        // To another service's span; to its own parent, its own service and a span that is not there: none.
        Draft::new(3, 1, 20, 50).service("b").link(2).link(1).link(4).link(99),
        Draft::new(4, 3, 30, 40).service("b").link(2).error(""),
    ]);
    let links: Vec<String> = lines(&map).into_iter().filter(|line| line.contains("Link")).collect();
    assert_eq!(links, ["a -Link-> b 2 calls 1 err, 40 ns"]);
    assert_eq!((map.nodes[1].key.as_str(), map.nodes[1].calls), ("b", 1));
}

#[test]
fn a_call_is_in_scope_when_both_its_spans_are() {
    let drafts = [
        Draft::new(1, 0, 0, 100).service("a"),
        client(2, 1, 0, 90).service("a"),
        Draft::new(3, 2, 10, 80).service("b"),
        client(4, 3, 20, 70).service("b").attr("db.system", "redis"),
        Draft::new(5, 3, 71, 75).service("c").error(""),
    ];
    let all = [
        "a -Call-> b 1 calls 0 err, 90 ns",
        "b -Call-> c 1 calls 1 err, 4 ns",
        "b -Call-> db:redis 1 calls 0 err, 50 ns",
    ];
    assert_eq!(lines(&whole(&drafts)), all);
    let hidden = map_of(&drafts, without("b"));
    assert_eq!(lines(&hidden), Vec::<String>::new());
    assert_eq!(
        hidden.nodes.iter().map(|node| (node.key.as_str(), node.spans)).collect::<Vec<_>>(),
        [("a", 2), ("c", 1)]
    );
    let focused = map_of(&drafts, |_| Scope { hidden_services: vec![], focus: Some(2) });
    assert_eq!(lines(&focused), all[1..]);
}

#[test]
fn a_service_node_sums_its_spans_in_scope() {
    let drafts = [
        Draft::new(1, 0, 0, 100).service("a"),
        Draft::new(2, 1, 10, 40).service("b").error(""),
        Draft::new(3, 1, 50, 70).service("b"),
    ];
    let map = whole(&drafts);
    let figures = |at: usize| {
        let node: &MapNode = &map.nodes[at];
        (node.service, node.spans, node.error_spans, node.self_ns, node.critical_ns)
    };
    assert_eq!([figures(0), figures(1)], [(Some(0), 1, 0, 50, 50), (Some(1), 2, 1, 50, 50)]);
}

#[test]
fn targets_stand_by_kind_and_key_and_those_that_read_alike_are_one() {
    let queue = |id, system, destination| {
        Draft::new(id, 1, 0, 5)
            .kind(Kind::Producer)
            .attr("messaging.system", system)
            .attr("messaging.destination", destination)
    };
    let map = whole(&[
        Draft::new(1, 0, 0, 100),
        client(2, 1, 0, 1),
        client(3, 1, 0, 1).attr("server.address", "?"),
        client(4, 1, 0, 1).attr("server.address", "api.ups.example"),
        queue(5, "a/b", "c"),
        queue(6, "a", "b/c"),
        queue(7, "rabbitmq", "labels.requested"),
        client(8, 1, 0, 1).attr("db.system.name", "postgresql"),
    ]);
    let nodes: Vec<_> = map
        .nodes
        .iter()
        .map(|node| (node.kind, node.name.as_str(), node.key.as_str(), node.system.as_str(), node.calls))
        .collect();
    assert_eq!(
        nodes,
        [
            (NodeKind::Service, "shop", "shop", "", 0),
            (NodeKind::Database, "postgresql", "db:postgresql", "", 1),
            (NodeKind::Queue, "b/c", "queue:a/b/c", "a", 2),
            (NodeKind::Queue, "labels.requested", "queue:rabbitmq/labels.requested", "rabbitmq", 1),
            (NodeKind::Host, "?", "host:?", "", 2),
            (NodeKind::Host, "api.ups.example", "host:api.ups.example", "", 1),
        ]
    );
}

#[test]
fn cut_cycles_count() {
    let map = whole(&[Draft::new(1, 2, 0, 100).service("a"), Draft::new(2, 1, 10, 50).service("b")]);
    assert_eq!(lines(&map), ["a -Call-> b 1 calls 0 err, 40 ns", "b -Call-> a 1 calls 0 err, 100 ns"]);
}

#[test]
fn the_entry_is_kept_when_only_some_nodes_can_be() {
    let mut drafts = vec![Draft::new(1, 0, 0, 100).service("entry"), Draft::new(2, 1, 0, 100).service("hub")];
    drafts.extend((3..=9).map(|id| client(id, 2, 0, 1).service("hub").attr("db.system", "redis")));
    drafts.extend([(10, "x"), (11, "y")].map(|(id, name)| Draft::new(id, 2, 0, 1).service(name)));
    let map = whole(&drafts);
    let keys = |cap| most_important(&map, cap).iter().map(|at| map.nodes[*at as usize].key.clone()).collect::<Vec<_>>();
    assert_eq!(keys(3), ["entry", "hub", "db:redis"]);
    assert_eq!(keys(99), ["entry", "hub", "x", "y", "db:redis"]);
    assert_eq!(keys(0), Vec::<String>::new());
}

#[test]
fn deep_and_broad_traces_are_counted_in_one_pass() {
    let service = |id: u64| if id.is_multiple_of(2) { "a" } else { "b" };
    let deep: Vec<Draft> = (1..=100_000).map(|id| Draft::new(id, id - 1, 0, 9).service(service(id))).collect();
    let map = whole(&deep);
    assert_eq!(map.edges.iter().map(|edge| edge.calls).collect::<Vec<_>>(), [49_999, 50_000]);
    let broad: Vec<Draft> =
        (1..=100_000).map(|id| Draft::new(id, u64::from(id > 1), 0, 9).service(service(id)).link(1)).collect();
    let map = whole(&broad);
    assert_eq!(map.edges.iter().map(|edge| edge.calls).collect::<Vec<_>>(), [50_000]);
    assert_eq!(map.calls.len(), 50_000);
}
