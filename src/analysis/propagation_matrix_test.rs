//! What became of each call, who is its callee, and which halves are joined. Hosts by themselves are tested in `findings::host`, which calls
//! are missed in `findings::unanswered`; recorded traces are in `tests/many_traces_truth.rs`.

use std::sync::Arc;

use super::*;
use crate::analysis::sample::{BASE_UNIX_NANO, Draft, add, trace_of};
use crate::base::SpanId;
use crate::model::{Kind, Link, SpanDraft, SpanSet};

const SECOND: u64 = 1_000_000_000;

fn matrix(traces: &[Trace]) -> MatrixRows {
    let mut matrix = Matrix::default();
    traces.iter().for_each(|trace| matrix.add(trace, &Derived::of(trace)));
    matrix.finish()
}

fn callee(cell: &Cell) -> String {
    match &cell.callee {
        Callee::Service(name) => name.clone(),
        Callee::Host(name) => format!("host {name}"),
        Callee::Queue(name) => format!("queue {name}"),
    }
}

/// Each cell as `caller > callee protocol: counts that are not 0`.
fn told(rows: &MatrixRows) -> Vec<String> {
    let line = |cell: &Cell| {
        let counts = [
            ("survived", cell.survived),
            ("linked", cell.linked),
            ("lost", cell.lost),
            ("joined", cell.joined),
            ("unseen", cell.unseen),
            ("unreached", cell.unreached),
            ("outside", cell.outside),
            ("arrived", cell.arrived),
            ("orphaned", cell.orphaned),
        ];
        let counts: Vec<String> =
            counts.iter().filter(|(_, count)| *count > 0).map(|(name, count)| format!("{name} {count}")).collect();
        let via = if cell.via.is_empty() { String::new() } else { format!(" via {}", cell.via.join(", ")) };
        let caller = cell.caller.as_deref().unwrap_or("?");
        format!("{caller} > {} {:?}: {}{via}", callee(cell), cell.protocol, counts.join(", "))
    };
    rows.cells.iter().map(line).collect()
}

fn root() -> Draft {
    Draft::new(1, 0, 0, 100 * SECOND)
}

fn call(id: u64, host: &'static str) -> Draft {
    Draft::new(id, 1, id * SECOND, (id + 1) * SECOND)
        .kind(Kind::Client)
        .attr("http.request.method", "GET")
        .attr("server.address", host)
}

fn server(id: u64, parent: u64, at: u64, host: &'static str) -> Draft {
    Draft::new(id, parent, at, at + 1)
        .kind(Kind::Server)
        .service("erp")
        .attr("http.request.method", "GET")
        .attr("server.address", host)
}

fn message(id: u64, queue: &'static str) -> Draft {
    Draft::new(id, 1, id * SECOND, id * SECOND + 5)
        .kind(Kind::Producer)
        .attr("messaging.system", "kafka")
        .attr("messaging.destination.name", queue)
}

fn consumer(id: u64, parent: u64, at: u64, queue: &'static str) -> Draft {
    Draft::new(id, parent, at, at + 1)
        .kind(Kind::Consumer)
        .service("mail")
        .attr("messaging.system", "kafka")
        .attr("messaging.destination.name", queue)
}

#[test]
fn calls_answered_below_survived_each_once_a_service() {
    let trace = trace_of(
        7,
        &[
            root(),
            call(2, "erp"),
            server(3, 2, 3 * SECOND, "erp"),
            server(4, 2, 3 * SECOND, "erp"),
            call(5, "self"),
            server(6, 5, 6 * SECOND, "self").service("shop"),
            // No CLIENT span, but it is known who calls.
            server(7, 1, 9 * SECOND, "").service("far"),
            Draft::new(8, 1, 0, 1).service("inside"),
            message(9, "q"),
            consumer(10, 9, 10 * SECOND, "q"),
        ],
    );
    assert_eq!(
        told(&matrix(&[trace])),
        [
            "shop > erp Http: survived 1",
            "shop > far Http: survived 1",
            "shop > inside Other: survived 1",
            "shop > mail Messaging: survived 1",
            "shop > shop Http: survived 1",
        ]
    );
}

#[test]
fn protocols_are_cells_of_their_own_and_rpc_is_one() {
    let rpc = |draft: Draft| draft.attr("rpc.system", "grpc");
    let grpc = rpc(Draft::new(4, 1, 0, 9).kind(Kind::Client));
    let answer = rpc(Draft::new(5, 4, 1, 2).kind(Kind::Server).service("erp"));
    let rows = matrix(&[trace_of(7, &[root(), call(2, "erp"), server(3, 2, 3 * SECOND, "erp"), grpc, answer])]);
    assert_eq!(told(&rows), ["shop > erp Http: survived 1", "shop > erp Rpc: survived 1"]);
}

#[test]
fn databases_brokers_and_wrapped_calls_are_no_hops() {
    let trace = trace_of(
        7,
        &[
            root(),
            call(2, "db").attr("db.system", "postgresql"),
            server(3, 2, 3 * SECOND, "db"),
            call(4, "rabbit").attr("messaging.system", "rabbitmq"),
            call(5, "erp"),
            Draft::new(6, 5, 6 * SECOND, 6 * SECOND + 9).kind(Kind::Client).attr("server.address", "erp"),
        ],
    );
    assert_eq!(told(&matrix(&[trace])), ["shop > host erp Other: lost 1"]);
}

#[test]
fn hosts_outside_failed_calls_and_unnamed_hosts_are_not_judged() {
    let rows = matrix(&[trace_of(
        7,
        &[root(), call(2, "api.ups.example"), call(3, ""), call(4, "lb").error("ECONNREFUSED"), call(5, "LB:80")],
    )]);
    assert_eq!(
        told(&rows),
        [
            "shop > host lb Http: lost 1, unreached 1",
            "shop > host  Http: outside 1",
            "shop > host api.ups.example Http: outside 1",
        ]
    );
    assert_eq!(rows.cells.iter().map(Cell::judged).collect::<Vec<_>>(), [1, 0, 0]);
}

#[test]
fn a_lost_call_and_an_arrival_at_its_host_are_one_hop() {
    let caller = trace_of(7, &[root(), call(2, "LEGACY-LB:80")]);
    let callee = |id, at| trace_of(id, &[server(1, 0, at, "legacy-lb")]);
    let rows = matrix(&[callee(8, 2 * SECOND), caller]);
    assert_eq!(told(&rows), ["shop > erp Http: lost 1, joined 1 via legacy-lb"]);
    let id = |trace: u128, span: u64| (TraceId(trace).to_string(), SpanId(span).to_string());
    let [lost] = &rows.cells[0].examples[..] else { panic!("one example") };
    assert_eq!((lost.trace_id.clone(), lost.span_id.clone()), id(7, 2));
    assert_eq!(lost.other, Some(id(8, 1)));
}

#[test]
fn what_arrives_at_another_time_or_place_is_not_the_other_half() {
    let caller = || trace_of(7, &[root(), call(10, "lb")]);
    let at = |at, host| matrix(&[caller(), trace_of(8, &[server(1, 0, at, host)])]);
    let apart = ["shop > host lb Http: lost 1", "? > erp Http: arrived 1"];
    assert_eq!(told(&at(12 * SECOND + 1, "lb")), apart);
    assert_eq!(told(&at(9 * SECOND - 1, "lb")), apart);
    assert_eq!(told(&at(10 * SECOND, "lb2")), apart);
    assert_eq!(told(&at(12 * SECOND, "lb")), ["shop > erp Http: lost 1, joined 1 via lb"]);
    assert_eq!(told(&at(9 * SECOND, "lb")), ["shop > erp Http: lost 1, joined 1 via lb"]);
}

#[test]
fn what_every_machine_calls_itself_joins_nothing() {
    for host in ["localhost", "127.0.0.1", "::1"] {
        let rows = matrix(&[trace_of(7, &[root(), call(2, host)]), trace_of(8, &[server(1, 0, 2 * SECOND, host)])]);
        assert_eq!(told(&rows).len(), 2, "{host}");
        assert_eq!(rows.cells[0].callee, Callee::Host(host.to_owned()));
    }
}

#[test]
fn each_arrival_is_the_other_half_of_one_call() {
    // The arrival at 4.5 s fits both calls; that at 6.5 s only the longer.
    let calls =
        [call(4, "lb"), Draft::new(9, 1, 4 * SECOND, 8 * SECOND).kind(Kind::Client).attr("server.address", "lb")];
    let [short, long] = calls;
    let half = SECOND / 2;
    let arrivals = |at: [u64; 3]| {
        let mut traces = vec![trace_of(7, &[root(), short.clone(), long.clone()])];
        traces.extend((8..).zip(at).map(|(id, at)| trace_of(id, &[server(1, 0, at, "lb")])));
        matrix(&traces)
    };
    let lost_and_joined = |rows: &MatrixRows| {
        let of_erp = rows.cells.iter().filter(|cell| cell.caller.is_some());
        of_erp.map(|cell| (cell.lost, cell.joined)).fold((0, 0), |sum, cell| (sum.0 + cell.0, sum.1 + cell.1))
    };
    let rows = arrivals([8 * SECOND + half, 4 * SECOND + half, 20 * SECOND]);
    assert_eq!(lost_and_joined(&rows), (2, 2));
    assert_eq!(rows.cells.iter().map(|cell| cell.arrived).sum::<u64>(), 1);
}

#[test]
fn an_orphan_is_the_other_half_within_its_trace_alone() {
    let orphan = || server(3, 99, 2 * SECOND, "proxy");
    let apart = matrix(&[trace_of(7, &[root(), call(2, "proxy")]), trace_of(8, &[orphan()])]);
    assert_eq!(told(&apart), ["shop > host proxy Http: lost 1", "? > erp Http: orphaned 1"]);
    let together = matrix(&[trace_of(7, &[root(), call(2, "proxy"), orphan()])]);
    assert_eq!(told(&together), ["shop > erp Http: lost 1, joined 1 via proxy"]);
}

#[test]
fn where_one_service_alone_answers_it_is_the_callee_of_what_is_lost_too() {
    let well = || trace_of(7, &[root(), call(2, "lb"), server(3, 2, 2 * SECOND, "lb")]);
    let lost = || trace_of(8, &[root(), call(2, "lb"), call(4, "lb").error("")]);
    let rows = matrix(&[lost(), well()]);
    assert_eq!(told(&rows), ["shop > erp Http: survived 1, lost 1, unreached 1 via lb"]);
    assert_eq!(rows.cells[0].judged(), 2);
    // Behind a load balancer stand several.
    let other = trace_of(9, &[root(), call(2, "lb"), server(3, 2, 2 * SECOND, "lb").service("crm")]);
    assert_eq!(
        told(&matrix(&[lost(), well(), other])),
        ["shop > host lb Http: lost 1, unreached 1", "shop > crm Http: survived 1", "shop > erp Http: survived 1"]
    );
}

/// A trace whose only span links to these.
fn linking(kind: Kind, service: &'static str, links: &[(u128, u64)]) -> Trace {
    let mut set = SpanSet::new();
    let mark = set.link_mark();
    for (trace, span) in links {
        set.push_link(Link { trace_id: TraceId(*trace), span_id: SpanId(*span), ..Link::default() });
    }
    let links = set.links_since(mark);
    let start_unix_nano = BASE_UNIX_NANO;
    let id = TraceId(90);
    set.push_span(&SpanDraft {
        trace_id: id,
        span_id: SpanId(1),
        kind,
        links,
        start_unix_nano,
        end_unix_nano: start_unix_nano,
        ..SpanDraft::default()
    });
    let mark = set.attrs.mark();
    set.push_attr("service.name", &crate::model::AnyValue::str(service));
    let resource = crate::model::Resource { attrs: set.attrs.since(mark), ..Default::default() };
    let resource = set.intern_resource(resource);
    set.set_resource(0, resource);
    set.close(0);
    Trace::build(&Arc::new(set), id).unwrap()
}

#[test]
fn a_message_that_is_linked_is_not_lost_and_others_of_its_queue_are_unseen() {
    let sent = || trace_of(7, &[root(), message(2, "labels"), message(3, "labels"), message(4, "legacy")]);
    let rows = matrix(&[linking(Kind::Consumer, "label", &[(7, 2), (7, 2), (5, 3)]), sent()]);
    assert_eq!(
        told(&rows),
        ["shop > queue kafka/legacy Messaging: lost 1", "shop > label Messaging: linked 1, unseen 1 via kafka/labels"]
    );
    assert_eq!(rows.cells.iter().map(Cell::judged).collect::<Vec<_>>(), [1, 0]);
    // The same span id in another trace is another span.
    let none = matrix(&[linking(Kind::Consumer, "label", &[(8, 2)]), sent()]);
    assert_eq!((none.linked, none.lost), (0, 3));
}

#[test]
fn what_sends_a_batch_links_to_its_messages_and_is_not_their_callee() {
    let sent = trace_of(7, &[root(), message(2, "labels")]);
    let rows = matrix(&[sent, linking(Kind::Client, "shop", &[(7, 2)])]);
    assert_eq!(told(&rows).last().map(String::as_str), Some("shop > queue kafka/labels Messaging: linked 1"));
    assert_eq!(rows.lost, 0);
}

#[test]
fn a_consumer_that_is_below_and_links_counts_once_and_another_beside_it_too() {
    let linked = consumer(3, 2, 3 * SECOND, "q").link(2);
    let again = consumer(4, 1, 4 * SECOND, "q").link(2);
    let other = consumer(5, 1, 4 * SECOND, "q").link(2).service("audit");
    let rows = matrix(&[trace_of(7, &[root(), message(2, "q"), linked, again, other])]);
    // What the root calls without a CLIENT span is a call of its own.
    assert_eq!(told(&rows), ["shop > audit Messaging: survived 1, linked 1", "shop > mail Messaging: survived 2"]);
}

#[test]
fn a_message_and_a_consumer_of_its_queue_without_a_parent_are_one_hop() {
    let sent = || trace_of(7, &[root(), message(2, "q")]);
    let taken = |at| trace_of(8, &[consumer(1, 0, at, "q")]);
    assert_eq!(told(&matrix(&[sent(), taken(60 * SECOND)])), ["shop > mail Messaging: lost 1, joined 1 via kafka/q"]);
    assert_eq!(told(&matrix(&[sent(), taken(130 * SECOND)])).len(), 2);
    // One that links knows its caller, wherever that is.
    let linked = trace_of(8, &[consumer(1, 0, 60 * SECOND, "q").link(5)]);
    assert_eq!(told(&matrix(&[sent(), linked])), ["shop > queue kafka/q Messaging: lost 1"]);
}

#[test]
fn arrivals_are_counted_by_who_is_known_to_be_missing() {
    let rows = matrix(&[
        trace_of(7, &[server(1, 0, 0, "erp")]),
        trace_of(8, &[server(1, 5, 0, "erp"), Draft::new(2, 0, 0, 1)]),
        trace_of(9, &[Draft::new(1, 0, 0, 1).kind(Kind::Consumer).service("")]),
    ]);
    assert_eq!(told(&rows), ["? >  Messaging: arrived 1", "? > erp Http: arrived 1, orphaned 1"]);
    assert_eq!(rows.cells[1].examples.len(), 2);
}

#[test]
fn no_traces_one_twice_and_cycles() {
    assert_eq!(matrix(&[]), MatrixRows::default());
    let trace = || trace_of(7, &[root(), call(2, "lb")]);
    assert_eq!(matrix(&[trace(), trace()]), matrix(&[trace()]));
    let cycle = [
        Draft::new(2, 3, 0, 9).kind(Kind::Client).attr("server.address", "lb"),
        Draft::new(3, 2, 0, 9).service("other").kind(Kind::Client).attr("server.address", "lb"),
    ];
    let rows = matrix(&[trace_of(7, &cycle)]);
    assert_eq!(told(&rows), ["other > shop Other: survived 1", "shop > other Other: survived 1"]);
}

#[test]
fn names_with_separators_are_names() {
    let of = |id, caller, callee| {
        let client = Draft::new(1, 0, 0, 9).kind(Kind::Client).service(caller);
        trace_of(id, &[client, Draft::new(2, 1, 0, 9).kind(Kind::Server).service(callee)])
    };
    let rows = matrix(&[of(1, "a > b", "c"), of(2, "a", "b > c"), of(3, "a\0b", "c"), of(4, "a", "b\0c")]);
    assert_eq!(rows.cells.len(), 4);
    // A service that is called like a queue is none.
    let queue = trace_of(1, &[root(), message(2, "q")]);
    assert_eq!(matrix(&[queue, of(2, "shop", "kafka/q")]).cells.len(), 2);
}

#[test]
fn the_order_of_traces_says_nothing() {
    let traces = || -> Vec<Trace> {
        let mut traces = vec![linking(Kind::Consumer, "label", &[(7, 2)])];
        traces.extend((1..30).map(|id| trace_of(id, &[root(), message(2, "q"), call(3, "lb"), call(4, "b.example")])));
        traces.extend((30..50).map(|id| trace_of(id, &[server(1, 0, 3 * SECOND, "lb")])));
        traces.extend((50..60).map(|id| trace_of(id, &[server(1, 0, 3 * SECOND, "x"), call(2, "z-service")])));
        traces
    };
    let forward = matrix(&traces());
    let mut backward = traces();
    backward.reverse();
    assert_eq!(forward, matrix(&backward));
    assert_eq!(forward.cells[0].examples.len(), MAX_LOST);
    assert!(forward.cells[0].examples[0].other.is_some());
    assert_eq!(serde_json::from_str::<MatrixRows>(&serde_json::to_string(&forward).unwrap()).unwrap(), forward);
}

#[test]
fn calls_by_the_hundred_thousand_and_more_cells_than_are_told() {
    let mut drafts = vec![root()];
    drafts.extend((2..100_002).map(|id| Draft::new(id, 1, id, id + 1).kind(Kind::Client).attr("server.address", "lb")));
    let mut matrix = Matrix::default();
    let mut add_all = |id, drafts: &[Draft]| {
        let trace = trace_of(id, drafts);
        matrix.add(&trace, &Derived::of(&trace));
    };
    add_all(7, &drafts);
    let mut set = SpanSet::new();
    add(&mut set, 8, &root());
    for id in 2..5_002u64 {
        let host: &'static str = Box::leak(format!("host-{id}").into_boxed_str());
        add(&mut set, 8, &call(id, host));
    }
    set.close(0);
    let trace = Trace::build(&Arc::new(set), TraceId(8)).unwrap();
    matrix.add(&trace, &Derived::of(&trace));
    let rows = matrix.finish();
    assert_eq!((rows.cells.len(), rows.more_cells, rows.lost), (MAX_CELLS, 3_001, 105_000));
    assert_eq!(rows.cells[0].lost, 100_000);
}
