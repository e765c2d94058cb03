//! Tests of maps of many traces.

use super::*;
use crate::analysis::sample::{Draft, trace};
use crate::model::Sample as Point;

fn series(client: &str, server: &str, connection: &str, value: f64) -> Series {
    let labels = [("client", client), ("server", server), ("connection_type", connection)];
    let labels = labels.into_iter().filter(|(_, value)| !value.is_empty());
    let labels = labels.map(|(name, value)| (name.to_owned(), value.to_owned())).collect();
    Series { labels, samples: vec![Point { unix_ms: 0, value }], exemplars: Vec::new() }
}

/// `Caller caller:user -Call-> Service a: 3 calls 1 err p95 0`.
fn lines(map: &ServiceMap) -> Vec<String> {
    let end = |at: u32| format!("{:?} {}", map.nodes[at as usize].kind, map.nodes[at as usize].key);
    let line = |edge: &MapEdge| {
        let MapEdge { kind, calls, errors, p95_ns, .. } = edge;
        format!("{} -{kind:?}-> {}: {calls} calls {errors} err p95 {p95_ns}", end(edge.from), end(edge.to))
    };
    map.edges.iter().map(line).collect()
}

#[test]
fn connection_types_say_what_stands_at_the_ends() {
    let calls = [
        series("user", "gateway", "virtual_node", 10.0),
        series("gateway", "orders", "", 8.4),
        series("orders", "orders-db", "database", 20.0),
        series("orders", "worker", "messaging_system", 3.0),
        series("orders", "api.ups.example", "virtual_node", 2.0),
        series("old-proxy", "gateway", "virtual_node", 1.0),
        series("orders", "silent", "", 0.2),
    ];
    let failed = [series("gateway", "orders", "", 2.0)];
    let p95 = [series("gateway", "orders", "", 0.25), series("orders", "orders-db", "database", f64::NAN)];
    let node_p95 = [series("", "orders", "", 0.5)];
    let answers =
        GraphAnswers { calls: &calls, failed: &failed, p95: &p95, node_p95: &node_p95, ..GraphAnswers::default() };
    let mut remarks = Remarks::default();
    let map = of_series(answers, &mut remarks);
    assert!(remarks.is_empty());
    assert_eq!(
        lines(&map),
        [
            "Service gateway -Call-> Service orders: 8 calls 2 err p95 250000000",
            "Service orders -Message-> Service worker: 3 calls 0 err p95 0",
            "Service orders -Call-> Database db:orders-db: 20 calls 0 err p95 0",
            "Service orders -Call-> Host host:api.ups.example: 2 calls 0 err p95 0",
            "Caller caller:old-proxy -Call-> Service gateway: 1 calls 0 err p95 0",
            "Caller caller:user -Call-> Service gateway: 10 calls 0 err p95 0",
        ]
    );
    let orders = map.nodes.iter().find(|node| node.key == "orders").unwrap();
    assert_eq!((orders.calls, orders.call_errors, orders.p95_ns), (8, 2, 500_000_000));
    assert_eq!(map.nodes.iter().find(|node| node.key == "db:orders-db").unwrap().name, "orders-db");
}

#[test]
fn traces_add_up_and_roots_have_a_caller() {
    let one = trace(&[
        Draft::new(1, 0, 0, 100).service("gateway").kind(Kind::Server),
        Draft::new(2, 1, 10, 60).service("gateway").kind(Kind::Client),
        Draft::new(3, 2, 20, 50).service("orders").kind(Kind::Server).error(""),
    ]);
    let two = trace(&[
        Draft::new(1, 0, 0, 300).service("gateway").kind(Kind::Server),
        Draft::new(2, 1, 10, 210).service("orders").kind(Kind::Server),
    ]);
    let job = trace(&[Draft::new(1, 0, 0, 10).service("cron")]);
    let mut sample = Sample::default();
    [one, two, job].iter().for_each(|trace| sample.add(trace));
    let (map, traces) = sample.finish();
    assert_eq!(traces, 3);
    assert_eq!(
        lines(&map),
        [
            "Service gateway -Call-> Service orders: 2 calls 1 err p95 200",
            "Caller caller:user -Call-> Service gateway: 2 calls 0 err p95 300",
        ]
    );
    assert_eq!(
        map.nodes.iter().map(|node| node.key.as_str()).collect::<Vec<_>>(),
        ["cron", "gateway", "orders", "caller:user"]
    );
    assert_eq!(map.edges[0].total_ns, 250);
    assert_eq!(map.nodes[2].p95_ns, 200);
}

#[test]
fn nothing_makes_an_empty_map() {
    assert_eq!(of_series(GraphAnswers::default(), &mut Remarks::default()), ServiceMap::default());
    assert_eq!(Sample::default().finish(), (ServiceMap::default(), 0));
}

/// Two series of one edge, whose calls together are more than 64 bits hold.
#[test]
fn numbers_that_cannot_be_add_up_without_beginning_at_0() {
    let big = [series("a", "b", "", 9_223_372_036_854_775_807.0), series("a", "b", "", 18_446_744_073_709_551_616.0)];
    let seconds = [series("a", "b", "", 1e300)];
    let node = [series("", "b", "", f64::INFINITY)];
    let answers =
        GraphAnswers { calls: &big, failed: &big, total: &seconds, p50: &seconds, p95: &seconds, node_p95: &node };
    let mut remarks = Remarks::default();
    let map = of_series(answers, &mut remarks);
    let most = 1u64 << 53;
    assert_eq!((map.edges[0].calls, map.edges[0].errors), (2 * most, 2 * most));
    assert_eq!((map.edges[0].total_ns, map.edges[0].p95_ns), (u64::MAX, u64::MAX));
    assert_eq!((map.nodes[1].calls, map.nodes[1].call_errors), (2 * most, 2 * most));
    assert!(remarks.words().unwrap().starts_with("7 numbers are doubted"), "{:?}", remarks.words());
}
