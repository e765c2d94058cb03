//! What calls say of two clocks, and what they do not.

use std::sync::Arc;

use super::*;
use crate::analysis::Derived;
use crate::analysis::findings::{Confidence, Seen, Severity};
use crate::analysis::sample::{BASE_UNIX_NANO, Draft, add, trace};
use crate::base::{SpanId, TraceId};
use crate::model::{AnyValue, SpanDraft, SpanSet, Trace};

const MS: u64 = 1_000_000;

fn found_in(trace: &Trace) -> Vec<Finding> {
    let derived = Derived::of(trace);
    let mut found = Vec::new();
    find(&mut Ground::new(trace, &derived, Seen::default()), &mut found);
    found
}

fn titles(drafts: &[Draft]) -> Vec<String> {
    found_in(&trace(drafts)).into_iter().map(|finding| finding.title).collect()
}

fn skews_in(drafts: &[Draft]) -> Vec<Skew> {
    let trace = trace(drafts);
    let derived = Derived::of(&trace);
    skews(&Ground::new(&trace, &derived, Seen::default()))
}

/// A call from `shop on a` and what it is to `ups on b`, times in ms.
fn request(id: u64, [t0, t3]: [u64; 2], [t1, t2]: [u64; 2]) -> [Draft; 2] {
    let client = Draft::new(id, 0, t0 * MS, t3 * MS).kind(Kind::Client).name("POST").host("a");
    let server =
        Draft::new(id + 1, id, t1 * MS, t2 * MS).kind(Kind::Server).name("POST /rate").service("ups").host("b");
    [client, server]
}

/// The same from `ups` to `shop`.
fn request_back(id: u64, caller: [u64; 2], called: [u64; 2]) -> [Draft; 2] {
    let [client, server] = request(id, caller, called);
    [client.service("ups").host("b"), server.service("shop").host("a")]
}

#[test]
fn a_child_before_its_caller_is_behind_by_the_middle_of_the_bounds() {
    let drafts = request(1, [1000, 1100], [660, 740]);
    let trace = trace(&drafts);
    let [finding] = &found_in(&trace)[..] else { panic!("one finding") };
    assert_eq!(finding.title, "ups on b is 350 ms behind shop on a");
    assert_eq!((finding.severity, finding.confidence), (Severity::Warning, Confidence::High));
    assert_eq!((finding.cost_ns, finding.total_ns, finding.spans.len()), (0, 0, 1));
    assert_eq!(
        finding.evidence,
        [
            "1 of 1 call to ups on b starts before its caller does.",
            "ups on b is at least 340 ms behind: “POST /rate” (SERVER, ups on b, span 0000000000000002) starts 340 ms before its caller, “POST” (CLIENT, shop on a, span 0000000000000001), starts.",
            "ups on b is at most 360 ms behind: “POST /rate” (SERVER, ups on b, span 0000000000000002) ends 360 ms before its caller, “POST” (CLIENT, shop on a, span 0000000000000001), ends.",
            "“POST /rate” (span 0000000000000002) starts 340 ms before and ends 360 ms before its caller “POST” (span 0000000000000001).",
        ]
    );
    let ms = |ms: i64| ms * MS as i64;
    let [skew] = skews_in(&drafts)[..] else { panic!("one skew") };
    assert_eq!((skew.lower_ns, skew.upper_ns, skew.estimate_ns), (Some(ms(-360)), Some(ms(-340)), ms(-350)));
    assert_eq!((skew.reference.service, skew.clock.service, skew.is_behind), (0, 1, true));
}

#[test]
fn a_millisecond_is_no_skew_however_finely_starts_are_recorded() {
    let behind = |ns: u64| {
        let [client, _] = request(1, [10, 20], [9, 15]);
        [client, Draft::new(2, 1, 10 * MS - ns, 15 * MS).kind(Kind::Server).service("ups").host("b")]
    };
    assert_eq!(skews_in(&behind(MS)), []);
    assert_eq!(skews_in(&behind(MS + 1)).len(), 1);
    let ahead = |ns: u64| {
        let [client, _] = request(1, [0, 10], [0, 0]);
        [client, Draft::new(2, 1, 10 * MS + ns, 15 * MS).kind(Kind::Server).service("ups").host("b")]
    };
    assert_eq!(skews_in(&ahead(MS)), []);
    assert_eq!(skews_in(&ahead(MS + 1)).len(), 1);
}

#[test]
fn a_call_after_its_caller_had_its_answer_is_ahead() {
    let found = found_in(&trace(&request(1, [0, 10], [51, 59])));
    assert_eq!(found[0].title, "ups on b is 50.0 ms ahead of shop on a");
    assert_eq!((found[0].confidence, found[0].spans.len()), (Confidence::Medium, 1));
    assert_eq!(found[0].evidence[0], "1 of 1 call to ups on b starts after its caller has ended.");
}

#[test]
fn a_streamed_response_is_no_skew() {
    // Ends at the headers; and a call back whose answer is streamed too.
    assert_eq!(titles(&request(1, [0, 10], [2, 500])), [""; 0]);
    assert_eq!(titles(&request(1, [0, 10], [5, 12])), [""; 0]);
    assert_eq!(titles(&request_back(1, [0, 10], [5, 12])), [""; 0]);
}

#[test]
fn work_after_the_caller_gave_up_is_no_skew() {
    let [client, server] = request(1, [0, 10], [50, 58]);
    assert_eq!(skews_in(&[client.error("timeout"), server]), []);
    // It did not wait, so its end says nothing of how far behind the other is either.
    let [slow, late] = request(3, [1000, 1100], [700, 790]);
    let [client, server] = request(1, [1000, 1100], [660, 740]);
    let all = [client, server, slow.error("timeout"), late];
    assert_eq!(titles(&all), ["ups on b is 350 ms behind shop on a"]);
    let [slow, late] = request(3, [1000, 1100], [700, 790]);
    let answered = slow.error("500").value("http.response.status_code", AnyValue::Int(500));
    assert_eq!(skews_in(&[answered, late])[0].lower_ns, Some(-310 * MS as i64));
}

#[test]
fn a_start_after_the_caller_that_did_not_wait_is_no_skew() {
    // Accepted at once and done later, for longer than the call took: nothing bounds it from below.
    assert_eq!(titles(&request(1, [0, 10], [50, 500])), [""; 0]);
}

#[test]
fn all_calls_of_a_pair_bound_it_from_both_directions() {
    // True offset −350: the calls there bound it by [−400, −320], one back by [−355, −345].
    let there = request(1, [1000, 1100], [680, 700]);
    let back = request_back(3, [660, 680], [1015, 1025]);
    let all: Vec<Draft> = there.into_iter().chain(back).collect();
    let [skew] = skews_in(&all)[..] else { panic!("one skew") };
    let ms = |ms: i64| ms * MS as i64;
    assert_eq!((skew.lower_ns, skew.upper_ns, skew.estimate_ns), (Some(ms(-355)), Some(ms(-345)), ms(-350)));
}

#[test]
fn two_bounds_that_cross_leave_the_surer() {
    let far = request(1, [1000, 1100], [600, 690]);
    let near = request(3, [2000, 2100], [1980, 2070]);
    let all: Vec<Draft> = far.into_iter().chain(near).collect();
    let found = found_in(&trace(&all));
    assert_eq!(found[0].title, "ups on b is 400 ms behind shop on a");
    assert!(found[0].evidence.iter().any(|sentence| sentence.starts_with("These bounds cross")));
}

#[test]
fn two_clocks_each_behind_the_other_are_one_finding() {
    let there = request(1, [1000, 1100], [900, 950]);
    let back = request_back(3, [1000, 1100], [500, 550]);
    let all: Vec<Draft> = there.into_iter().chain(back).collect();
    assert_eq!(titles(&all), ["shop on a is 500 ms behind ups on b"]);
}

#[test]
fn a_message_bounds_from_above_only() {
    let producer = Draft::new(1, 0, 1000 * MS, 1001 * MS).kind(Kind::Producer).host("a");
    let consumer = Draft::new(2, 1, 650 * MS, 900 * MS).kind(Kind::Consumer).service("ups").host("");
    assert_eq!(titles(&[producer.clone(), consumer]), ["ups is 350 ms or more behind shop on a"]);
    let late = Draft::new(2, 1, 5000 * MS, 5001 * MS).kind(Kind::Consumer).service("ups");
    assert_eq!(titles(&[producer, late]), [""; 0]);
}

#[test]
fn spans_without_kinds_count_only_where_no_call_has_one() {
    let parent = Draft::new(1, 0, 1000 * MS, 1100 * MS).host("a");
    let child = Draft::new(2, 1, 650 * MS, 700 * MS).service("ups").host("b");
    assert_eq!(titles(&[parent.clone(), child.clone()]), ["ups on b is 350 ms or more behind shop on a"]);
    let call = request(3, [0, 100], [10, 90]);
    let all: Vec<Draft> = [parent, child].into_iter().chain(call).collect();
    assert_eq!(titles(&all), [""; 0]);
}

#[test]
fn one_service_on_two_hosts_has_two_clocks_and_one_host_one() {
    let client = Draft::new(1, 0, 1000 * MS, 1100 * MS).kind(Kind::Client).host("a");
    let server = Draft::new(2, 1, 600 * MS, 700 * MS).kind(Kind::Server);
    assert_eq!(titles(&[client.clone(), server.clone().host("b")]), ["shop on b is 400 ms behind shop on a"]);
    assert_eq!(titles(&[client, server.host("a")]), [""; 0]);
}

#[test]
fn times_that_were_never_set_are_no_clock() {
    let client = Draft::new(1, 0, 1000 * MS, 1100 * MS).kind(Kind::Client).host("a");
    let mut set = SpanSet::new();
    add(&mut set, 7, &client);
    let span = SpanDraft {
        trace_id: TraceId(7),
        span_id: SpanId(2),
        parent_id: SpanId(1),
        kind: Kind::Server,
        end_unix_nano: 5,
        ..SpanDraft::default()
    };
    set.push_span(&span);
    set.close(0);
    let trace = Trace::build(&Arc::new(set), TraceId(7)).unwrap();
    assert_eq!(found_in(&trace), []);
}

#[test]
fn an_end_before_its_start_bounds_nothing() {
    let client = Draft::new(1, 0, 10 * MS, 0).kind(Kind::Client).host("a");
    let server = Draft::new(2, 1, 20 * MS, 20 * MS).kind(Kind::Server).service("ups").host("b");
    assert_eq!(skews_in(&[client, server]), []);
}

#[test]
fn times_at_the_ends_of_u64_do_not_overflow() {
    let end = u64::MAX - BASE_UNIX_NANO;
    let client = Draft::new(1, 0, end, end).kind(Kind::Client).host("a");
    let server = Draft::new(2, 1, 0, 0).kind(Kind::Server).service("ups").host("b");
    let [skew] = skews_in(&[client, server])[..] else { panic!("one skew") };
    assert_eq!((skew.lower_ns, skew.upper_ns, skew.estimate_ns), (Some(i64::MIN), Some(i64::MIN), i64::MIN));
    assert_eq!(titles(&[Draft::new(1, 0, 0, end).host("a"), Draft::new(2, 1, end, end).host("b")]), [""; 0]);
}

#[test]
fn a_cycle_between_two_clocks_is_walked_once() {
    let a = Draft::new(1, 2, 10 * MS, 20 * MS).kind(Kind::Client).host("a");
    let b = Draft::new(2, 1, 10 * MS, 15 * MS).kind(Kind::Server).service("ups").host("b");
    assert_eq!(titles(&[a, b]), [""; 0]);
}

#[test]
fn a_chain_100000_deep_between_two_clocks_says_the_same_in_any_order() {
    let link = |id: u64| {
        let (service, host, kind) =
            if id.is_multiple_of(2) { ("ups", "b", Kind::Server) } else { ("shop", "a", Kind::Client) };
        let start_ns = 1_000 * MS - if id.is_multiple_of(2) { 400 * MS } else { 0 };
        Draft::new(id, id - 1, start_ns, start_ns + 10).service(service).host(host).kind(kind)
    };
    let mut drafts: Vec<Draft> = (1..=100_000).map(link).collect();
    let said = |drafts: &[Draft]| {
        let trace = trace(drafts);
        let found = found_in(&trace);
        let ids: Vec<_> = found[0].spans.iter().map(|span| trace.span_id(*span)).collect();
        (found.len(), found[0].title.clone(), found[0].evidence.clone(), ids)
    };
    let forward = said(&drafts);
    drafts.reverse();
    assert_eq!((forward.0, forward.3.len()), (1, 50_000));
    assert!(forward == said(&drafts));
}
