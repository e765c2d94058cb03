//! Which calls are missed on the other side, and which are not. Hosts by themselves are tested in `host`.

use std::sync::Arc;

use super::*;
use crate::analysis::Derived;
use crate::analysis::findings::Seen;
use crate::analysis::sample::{Draft, add, trace};
use crate::base::TraceId;
use crate::model::{AnyValue, Clocks, Link, SpanDraft, SpanSet, Trace};

fn found_in(trace: &Trace) -> Vec<Finding> {
    let derived = Derived::of(trace);
    let mut found = Vec::new();
    find(&mut Ground::new(trace, &derived, Seen::default()), &mut found);
    found
}

fn titles(drafts: &[Draft]) -> Vec<String> {
    found_in(&trace(drafts)).into_iter().map(|finding| finding.title).collect()
}

fn root() -> Draft {
    Draft::new(1, 0, 0, 1000).kind(Kind::Server)
}

fn call(id: u64, host: &'static str) -> Draft {
    Draft::new(id, 1, id * 10, id * 10 + 5).kind(Kind::Client).name("GET").attr("server.address", host)
}

fn message(id: u64) -> Draft {
    Draft::new(id, 1, id * 10, id * 10 + 5)
        .kind(Kind::Producer)
        .attr("messaging.system", "rabbitmq")
        .attr("messaging.destination", "labels")
}

#[test]
fn calls_to_one_host_inside_are_one_warning_by_start() {
    let trace = trace(&[
        root(),
        call(4, "LEGACY-LB:80"),
        call(3, "legacy-lb").value("http.response.status_code", AnyValue::Int(200)),
    ]);
    let [finding] = &found_in(&trace)[..] else { panic!("one finding") };
    assert_eq!(finding.title, "2 calls to legacy-lb have no span on the other side");
    assert_eq!((finding.severity, finding.confidence), (Severity::Warning, Confidence::Medium));
    assert_eq!(
        finding.evidence,
        [
            "legacy-lb is a name without a dot, so what answers there is inside and could send spans.",
            "Sent by shop (2).",
            "“GET” (CLIENT, shop on node-7, span 0000000000000003) took 5 ns and was answered with HTTP 200.",
            "“GET” (CLIENT, shop on node-7, span 0000000000000004) took 5 ns.",
        ]
    );
    let ids: Vec<u64> = finding.spans.iter().map(|span| trace.span_id(*span).0).collect();
    assert_eq!((ids, finding.cost_ns, finding.total_ns), (vec![3, 4], 10, 10));
}

#[test]
fn hosts_outside_and_unknown_are_not_missed() {
    assert_eq!(titles(&[root(), call(2, "api.ups.example"), call(3, "8.8.8.8"), call(4, "")]), [""; 0]);
    assert_eq!(titles(&[root(), call(2, "169.254.169.254"), call(3, "/run/docker.sock")]), [""; 0]);
}

#[test]
fn a_host_that_only_the_url_names_was_not_seen() {
    let by_url = |id, url| Draft::new(id, 1, id * 10, id * 10 + 5).kind(Kind::Client).attr("http.url", url);
    let calls =
        [root(), by_url(2, "http://me:pw@legacy-lb:80/a"), by_url(3, "http://api.ups.example/a"), call(4, "legacy-lb")];
    assert_eq!(titles(&calls), ["2 calls to legacy-lb have no span on the other side"]);
}

#[test]
fn a_host_named_like_a_service_of_the_trace_is_inside() {
    let service = Draft::new(9, 1, 0, 1).service("Orders.Example");
    assert_eq!(
        titles(&[root(), call(2, "orders.example:443"), service]),
        ["1 call to orders.example has no span on the other side"]
    );
}

#[test]
fn a_span_on_the_other_side_answers_in_whichever_service() {
    let below = |kind| Draft::new(3, 2, 20, 22).kind(kind);
    assert_eq!(titles(&[root(), call(2, "lb"), below(Kind::Internal).service("other")]), [""; 0]);
    assert_eq!(titles(&[root(), call(2, "lb"), below(Kind::Server)]), [""; 0]);
    assert_eq!(titles(&[root(), call(2, "lb"), below(Kind::Internal)]).len(), 1);
}

#[test]
fn the_innermost_of_nested_calls_is_told() {
    let inner = Draft::new(3, 2, 20, 22).kind(Kind::Client).attr("net.peer.name", "lb");
    let trace = trace(&[root(), call(2, "lb"), inner]);
    let found = found_in(&trace);
    assert_eq!(found.len(), 1);
    assert_eq!(found[0].spans.iter().map(|span| trace.span_id(*span).0).collect::<Vec<_>>(), [3]);
}

#[test]
fn databases_and_brokers_answer_themselves() {
    let db = call(2, "postgres").attr("db.system", "postgresql");
    assert_eq!(titles(&[root(), db, call(3, "rabbit").attr("messaging.system", "rabbitmq")]), [""; 0]);
}

#[test]
fn a_call_that_failed_without_a_status_never_arrived() {
    let status = |call: Draft| call.value("http.status_code", AnyValue::Int(503));
    assert_eq!(titles(&[root(), call(2, "lb").error("ECONNREFUSED"), message(3).error("closed")]), [""; 0]);
    assert_eq!(titles(&[root(), status(call(2, "lb").error("503"))]).len(), 1);
}

#[test]
fn messages_are_told_together_as_worth_knowing() {
    let nameless = Draft::new(9, 1, 0, 1).kind(Kind::Producer);
    let found = found_in(&trace(&[root(), message(2), message(3), nameless]));
    let titles: Vec<&str> = found.iter().map(|finding| finding.title.as_str()).collect();
    assert_eq!(titles, ["3 messages have no span on the other side: rabbitmq/labels"]);
    assert!(found.iter().all(|finding| (finding.severity, finding.confidence) == (Severity::Info, Confidence::Medium)));
    assert!(found.iter().all(|finding| finding.fix.as_deref() == Some(MESSAGE_FIX)));
}

#[test]
fn a_link_from_another_trace_answers_a_message() {
    let mut set = SpanSet::new();
    add(&mut set, 7, &root());
    add(&mut set, 7, &message(2));
    add(&mut set, 7, &message(3));
    let mark = set.link_mark();
    // The same span id in another trace is another span.
    set.push_link(Link { trace_id: TraceId(7), span_id: SpanId(2), ..Link::default() });
    set.push_link(Link { trace_id: TraceId(9), span_id: SpanId(3), ..Link::default() });
    let links = set.links_since(mark);
    set.push_span(&SpanDraft { trace_id: TraceId(8), span_id: SpanId(1), links, ..SpanDraft::default() });
    set.close(0);
    let trace = Trace::build(&Arc::new(set), TraceId(7)).unwrap();
    assert_eq!(found_in(&trace)[0].title, "1 message has no span on the other side: rabbitmq/labels");
}

#[test]
fn links_to_a_trace_that_stands_beside_did_not_answer() {
    let mut set = SpanSet::new();
    add(&mut set, 7, &root());
    add(&mut set, 8, &message(2));
    add(&mut set, 8, &message(3));
    let mark = set.link_mark();
    set.push_link(Link { trace_id: TraceId(8), span_id: SpanId(2), ..Link::default() });
    set.push_link(Link { trace_id: TraceId(7), span_id: SpanId(3), ..Link::default() });
    let links = set.links_since(mark);
    set.push_span(&SpanDraft { trace_id: TraceId(7), span_id: SpanId(4), links, ..SpanDraft::default() });
    set.close(0);
    let trace = Trace::build_with(&Arc::new(set), TraceId(7), &[TraceId(8)], Clocks::default()).unwrap();
    let [finding] = &found_in(&trace)[..] else { panic!("one finding") };
    assert_eq!(finding.spans.iter().map(|span| trace.span_id(*span).0).collect::<Vec<_>>(), [3]);
}

#[test]
fn a_consumer_below_or_a_link_in_the_trace_answers_a_message() {
    let below = Draft::new(4, 2, 30, 40).service("labels").kind(Kind::Consumer);
    let linking = Draft::new(5, 1, 30, 40).service("labels").kind(Kind::Consumer).link(3);
    assert_eq!(titles(&[root(), message(2), message(3), below, linking]), [""; 0]);
}

#[test]
fn calls_by_the_hundred_thousand_in_any_order_are_one_finding() {
    let mut drafts: Vec<Draft> = (2..100_002).map(|id| call(id, "lb")).collect();
    drafts.push(Draft::new(1, 0, 0, 10_000_000).kind(Kind::Server));
    let forward = found_in(&trace(&drafts));
    drafts.reverse();
    let backward = found_in(&trace(&drafts));
    assert_eq!(forward[0].title, "100,000 calls to lb have no span on the other side");
    assert_eq!(forward[0].evidence.last().map(String::as_str), Some("The same holds for 99,995 more spans."));
    assert_eq!((forward.len(), &forward), (1, &backward));
}

#[test]
fn a_call_in_a_cycle_is_answered_by_its_child() {
    let a = Draft::new(2, 3, 0, 9).kind(Kind::Client).attr("server.address", "lb");
    let b = Draft::new(3, 2, 0, 9).service("other").kind(Kind::Client).attr("server.address", "lb");
    assert_eq!(titles(&[a, b]), [""; 0]);
}
