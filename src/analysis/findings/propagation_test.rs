//! Each cause, what nearly is one, and traces that are broken on purpose.

use std::sync::Arc;

use super::*;
use crate::analysis::Derived;
use crate::analysis::findings::{Seen, Severity};
use crate::analysis::sample::{BASE_UNIX_NANO, Draft, add, trace_of};
use crate::model::{SpanDraft, SpanSet, Trace};

/// An id of 128 bits.
const ID: u128 = 7 << 64 | 7;

fn seen_in(trace: &Trace, seen: Seen) -> Vec<Finding> {
    let derived = Derived::of(trace);
    let mut found = Vec::new();
    find(&mut Ground::new(trace, &derived, seen), &mut found);
    found
}

fn found_in(trace: &Trace) -> Vec<Finding> {
    seen_in(trace, Seen::default())
}

/// Causes with how many spans each.
fn causes(trace: &Trace, seen: Seen) -> Vec<(Cause, usize)> {
    let derived = Derived::of(trace);
    let ground = Ground::new(trace, &derived, seen);
    let known = Known::of(&ground);
    let mut counts: BTreeMap<Cause, usize> = BTreeMap::new();
    for cause in trace.tops().filter_map(|top| cause_of(&ground, &known, top)) {
        *counts.entry(cause).or_default() += 1;
    }
    counts.into_iter().collect()
}

fn causes_of(drafts: &[Draft]) -> Vec<(Cause, usize)> {
    causes(&trace_of(ID, drafts), Seen::default())
}

fn root() -> Draft {
    Draft::new(1, 0, 0, 1000)
}

fn orphan(id: u64) -> Draft {
    Draft::new(id, id + 1_000_000, 10, 20)
}

fn server(key: &'static str, host: &'static str) -> Draft {
    root().kind(Kind::Server).attr(key, host)
}

/// A trace with the defects of its input.
fn with_defect(kind: WarningKind, drafts: &[Draft]) -> Trace {
    let mut set = SpanSet::new();
    drafts.iter().for_each(|draft| add(&mut set, ID, draft));
    set.close(0);
    set.defect(kind, None, "The input ends early.");
    Trace::build(&Arc::new(set), TraceId(ID)).unwrap()
}

#[test]
fn a_whole_trace_has_nothing_to_tell() {
    assert_eq!(causes_of(&[root(), Draft::new(2, 1, 0, 9).kind(Kind::Server).service("b")]), []);
}

#[test]
fn an_orphan_that_was_called_has_a_caller_that_does_not_export() {
    let callers = [orphan(2).kind(Kind::Server), orphan(3).kind(Kind::Consumer), orphan(4).flags(0x301)];
    assert_eq!(causes_of(&callers), [(Cause::CallerNotExported, 3)]);
    let found = found_in(&trace_of(ID, &[orphan(2).kind(Kind::Server).flags(0x300), Draft::new(3, 2, 12, 13)]));
    assert_eq!(
        found[0].title,
        "The caller of 1 span is not in the trace: it passes its context on but does not send its spans here"
    );
    assert_eq!(
        found[0].evidence,
        [
            "The parent 00000000000f4242 of “work” (SERVER, shop on node-7, span 0000000000000002) is not in the trace; its flags say that the parent ran elsewhere.",
            "1 span stands below it, of 2 in the trace.",
        ]
    );
    assert_eq!((found[0].severity, found[0].confidence), (Severity::Warning, Confidence::High));
    assert_eq!((found[0].cost_ns, found[0].total_ns), (0, 10));
}

#[test]
fn any_other_orphan_lost_its_parent_in_the_process() {
    // 0x100 says that the parent was local; 0x200 alone says nothing.
    let lost = [orphan(2), orphan(3).kind(Kind::Client), orphan(4).flags(0x100), orphan(5).flags(0x200)];
    assert_eq!(causes_of(&lost), [(Cause::ParentLost, 4)]);
    let found = found_in(&trace_of(ID, &lost));
    assert_eq!((found[0].severity, found[0].confidence), (Severity::Warning, Confidence::Medium));
    assert_eq!(found[0].title, "The parent of 4 spans did not arrive, though it ran in the same process");
}

#[test]
fn a_root_beside_the_main_one_is_told_whatever_explains_orphans() {
    let drafts = [root(), Draft::new(2, 0, 5, 10).trace_state("ot=th:8"), orphan(3)];
    assert_eq!(causes_of(&drafts), [(Cause::SampledAway, 1), (Cause::SecondRoot, 1)]);
    let found = found_in(&trace_of(ID, &[root(), Draft::new(2, 0, 5, 10).kind(Kind::Server)]));
    assert_eq!(found[0].title, "1 root stands beside the main one: the trace id came through, the parent's id did not");
    assert_eq!(
        found[0].evidence,
        [
            "“work” (SERVER, shop on node-7, span 0000000000000002) has no parent id and took 5 ns; it starts 5 ns after the main root, “work” (INTERNAL, shop on node-7, span 0000000000000001)."
        ]
    );
}

#[test]
fn of_equal_roots_the_one_with_the_smaller_id_is_the_main_one() {
    let roots = [Draft::new(5, 0, 0, 9), Draft::new(4, 0, 0, 9), Draft::new(6, 0, 0, 9)];
    let second = |drafts: &[Draft]| {
        let trace = trace_of(ID, drafts);
        found_in(&trace)[0].spans.iter().map(|span| trace.span_id(*span).0).collect::<Vec<_>>()
    };
    let [a, b, c] = roots.clone();
    assert_eq!((second(&roots), second(&[c, b, a])), (vec![5, 6], vec![5, 6]));
}

#[test]
fn what_the_input_says_is_missing_explains_orphans_and_no_roots() {
    for kind in [WarningKind::Partial, WarningKind::Truncated, WarningKind::Damaged] {
        let trace = with_defect(kind, &[root(), Draft::new(2, 0, 5, 10), orphan(3)]);
        assert_eq!(causes(&trace, Seen::default()), [(Cause::TraceIncomplete, 1), (Cause::SecondRoot, 1)]);
        let found = found_in(&trace);
        assert_eq!(found[0].confidence, Confidence::High);
        assert_eq!(found[0].title, "The parent of 1 span is missing: the trace was not read whole");
        assert_eq!(found[0].evidence[0], "The input ends early.");
    }
    let trace = with_defect(WarningKind::InvalidUtf8, &[root(), orphan(3)]);
    assert_eq!(causes(&trace, Seen::default()), [(Cause::ParentLost, 1)]);
}

#[test]
fn ten_missing_parents_without_a_root_look_cut_if_an_orphan_ends_last() {
    let orphans = |count: u64| (2..2 + count).map(orphan).collect::<Vec<_>>();
    let found = found_in(&trace_of(ID, &orphans(10)));
    assert_eq!(found[0].title, "The trace looks cut: it has no root, and 10 parents of 10 spans are missing");
    assert_eq!((found.len(), found[0].confidence), (1, Confidence::Medium));
    assert_eq!(causes_of(&orphans(9)), [(Cause::ParentLost, 9)]);
    let with = |more: Draft| orphans(10).into_iter().chain([more]).collect::<Vec<_>>();
    assert_eq!(causes_of(&with(root())), [(Cause::ParentLost, 10)]);
    assert_eq!(causes_of(&with(Draft::new(99, 2, 10, 21))), [(Cause::ParentLost, 10)]);
    let of_one: Vec<Draft> = (2..20).map(|id| Draft::new(id, 999, 10, 20)).collect();
    assert_eq!(causes_of(&of_one), [(Cause::ParentLost, 18)]);
}

/// Trace `id` of a set that holds a trace of each of `others` too.
fn among(id: u128, drafts: &[Draft], others: &[u128]) -> Trace {
    let mut set = SpanSet::new();
    drafts.iter().for_each(|draft| add(&mut set, id, draft));
    others.iter().for_each(|other| add(&mut set, *other, &root()));
    set.close(0);
    Trace::build(&Arc::new(set), TraceId(id)).unwrap()
}

#[test]
fn two_ids_with_the_same_lower_half_are_one_trace_in_two() {
    let both = |id, other| causes(&among(id, &[root(), orphan(2).kind(Kind::Server)], &[other]), Seen::default());
    assert_eq!(both(ID, 7), [(Cause::IdMismatch, 2)]);
    assert_eq!(both(7, ID), [(Cause::IdMismatch, 2)]);
    assert_eq!(both(ID, 8), [(Cause::CallerNotExported, 1)]);
    assert_eq!(both(5 << 64, 6 << 64), [(Cause::CallerNotExported, 1)]);
    let found = found_in(&among(7, &[orphan(2)], &[9 << 64 | 7, 8 << 64 | 7]));
    assert_eq!(found[0].confidence, Confidence::High);
    assert_eq!(
        found[0].evidence[0],
        "This trace is 00000000000000000000000000000007; trace 00000000000000080000000000000007, which was read too, ends in the same 64 bits."
    );
}

#[test]
fn that_an_id_of_64_bits_may_be_half_of_one_is_said_with_the_cause() {
    let says = |id, drafts: &[Draft]| {
        let found = found_in(&trace_of(id, drafts));
        found[0].evidence.iter().any(|sentence| sentence.starts_with("The trace id has only 64 bits"))
    };
    assert!(says(7, &[orphan(2).kind(Kind::Server)]) && says(u128::from(u64::MAX), &[orphan(2)]));
    assert!(!says(7, &[root(), orphan(2)]) && !says(1 << 64, &[orphan(2)]) && !says(0, &[orphan(2)]));
}

#[test]
fn a_trace_of_the_last_minute_may_still_be_on_its_way() {
    let trace = trace_of(ID, &[root(), orphan(2), Draft::new(3, 0, 1, 2)]);
    let read = |after_ns: i64| {
        let at = (BASE_UNIX_NANO + 1000).checked_add_signed(after_ns);
        causes(&trace, Seen { read_at_unix_nano: at })[0].0
    };
    let minute = 60_000_000_000;
    assert_eq!([0, minute - 1, -1_000].map(read), [Cause::NotYetReceived; 3]);
    assert_eq!([minute, minute + 1].map(read), [Cause::ParentLost; 2]);
    let found = seen_in(&trace, Seen { read_at_unix_nano: Some(BASE_UNIX_NANO + 12_000_001_000) });
    assert_eq!((found[0].severity, found[0].confidence), (Severity::Info, Confidence::Medium));
    assert_eq!(
        found[0].title,
        "The parent of 1 span may still be on the way: the trace was read within 12.0 s of its end"
    );
    assert_eq!(causes(&trace, Seen { read_at_unix_nano: Some(u64::MAX) })[0].0, Cause::ParentLost);
}

#[test]
fn a_sampling_threshold_on_any_span_may_have_dropped_the_parent() {
    let with = |state| causes_of(&[root().trace_state(state), orphan(2)])[0].0;
    for state in ["ot=th:8", "vendor=a, ot=rv:1234;th:fd70a3d70a3d7", "ot=th:08"] {
        assert_eq!(with(state), Cause::SampledAway, "{state}");
    }
    for state in ["", "ot=th:0", "ot=th:000", "ot=th:", "ot=rv:8", "vendor=ot=th:8", "ot=th:xyz", "not=th:8", "th:8"] {
        assert_eq!(with(state), Cause::ParentLost, "{state}");
    }
    let found = found_in(&trace_of(ID, &[orphan(2).trace_state("ot=th:8")]));
    assert_eq!(found[0].evidence[0], "The trace state “ot=th:8” holds a sampling threshold.");
}

#[test]
fn a_consumer_that_names_no_sender_lost_it_at_the_queue() {
    let consumer = || root().kind(Kind::Consumer).service("mail");
    assert_eq!(causes_of(&[consumer()]), [(Cause::LostAtQueue, 1)]);
    assert_eq!(causes_of(&[consumer().link(9)]), []);
    // A batch: one receives, and one below it a message names who sent it.
    assert_eq!(causes_of(&[consumer(), Draft::new(2, 1, 1, 2).kind(Kind::Consumer).link(9)]), []);
    assert_eq!(causes_of(&[consumer(), Draft::new(2, 1, 1, 2).link(9)]), [(Cause::LostAtQueue, 1)]);
    let found = found_in(&trace_of(ID, &[consumer()]));
    assert_eq!((found[0].severity, found[0].confidence), (Severity::Warning, Confidence::Medium));
    assert_eq!(found[0].title, "mail took a message without the context of who sent it, as parent or as link");
}

#[test]
fn links_that_the_sdk_dropped_were_links() {
    let mut set = SpanSet::new();
    let id = TraceId(ID);
    set.push_span(&SpanDraft { trace_id: id, kind: Kind::Consumer, dropped_links: 1, ..SpanDraft::default() });
    set.close(0);
    assert_eq!(causes(&Trace::build(&Arc::new(set), id).unwrap(), Seen::default()), []);
}

#[test]
fn a_server_called_by_a_short_name_may_have_lost_its_caller_at_a_proxy() {
    let is_told = |key, host| causes_of(&[server(key, host)]) == [(Cause::LostAtProxy, 1)];
    assert!(
        is_told("server.address", "legacy-lb") && is_told("http.host", "LB:8080") && is_told("net.host.name", "lb")
    );
    for host in
        ["shop", "SHOP:80", "localhost", "LocalHost:3000", "::1", "[::1]:80", "10.0.0.7", "10.0.0.7:80", "a.b", ""]
    {
        assert!(!is_told("server.address", host), "{host}");
    }
    // The newer attribute is believed before the older.
    assert_eq!(causes_of(&[server("server.address", "shop.example").attr("http.host", "lb")]), []);
    assert_eq!(causes_of(&[server("server.address", "lb").kind(Kind::Client)]), []);
    assert_eq!(causes_of(&[server("server.address", "lb"), orphan(2)]).last(), Some(&(Cause::LostAtProxy, 1)));
    let found = found_in(&trace_of(ID, &[server("http.host", "legacy-lb:80")]));
    assert_eq!((found[0].severity, found[0].confidence), (Severity::Info, Confidence::Low));
    assert_eq!(found[0].title, "shop was called as legacy-lb, by a name inside, yet the trace begins there");
    assert_eq!(
        found[0].evidence,
        [
            "“work” (SERVER, shop on node-7, span 0000000000000001) has no parent id; http.host is legacy-lb, a name without a dot that is not the service's own, as of a proxy or load balancer inside."
        ]
    );
}

#[test]
fn a_cycle_has_no_cause_of_its_own() {
    assert_eq!(causes_of(&[Draft::new(1, 2, 0, 9), Draft::new(2, 1, 1, 8), Draft::new(3, 3, 0, 9)]), []);
}

#[test]
fn spans_without_an_id_are_told_like_others() {
    let drafts = [Draft::new(0, 9, 0, 9), Draft::new(0, 9, 0, 9).name("b"), Draft::new(0, 0, 0, 5)];
    assert_eq!(causes_of(&drafts), [(Cause::ParentLost, 2)]);
}

#[test]
fn times_at_the_ends_of_u64_do_not_overflow() {
    let end = u64::MAX - BASE_UNIX_NANO;
    let trace =
        trace_of(ID, &[Draft::new(2, 9, 0, end), Draft::new(3, 9, end, end), Draft::new(4, 9, 0, end).name("b")]);
    let found = seen_in(&trace, Seen { read_at_unix_nano: Some(0) });
    assert_eq!((found.len(), found[0].total_ns), (1, u64::MAX));
}

#[test]
fn orphans_by_the_hundred_thousand_in_any_order_are_one_finding() {
    let mut drafts: Vec<Draft> = (2..100_002).map(orphan).collect();
    drafts.push(root());
    let said = |drafts: &[Draft]| {
        let trace = trace_of(ID, drafts);
        let found = found_in(&trace);
        let ids: Vec<_> = found[0].spans.iter().map(|span| trace.span_id(*span)).collect();
        (found.len(), found[0].title.clone(), found[0].evidence.clone(), ids)
    };
    let forward = said(&drafts);
    drafts.reverse();
    assert_eq!((forward.0, forward.3.len()), (1, 100_000));
    assert!(forward == said(&drafts));
}
