//! Tests of `secret_in_attribute` and of masking. What secrets look like is tested in `secret_forms` and `card`.

use std::borrow::Cow;
use std::sync::Arc;

use super::*;
use crate::analysis::Derived;
use crate::analysis::findings::Seen;
use crate::analysis::sample::{Draft, trace};
use crate::base::{SpanId, TraceId};
use crate::model::{AnyValue, Link, Range32, Scope, SpanDraft, SpanSet};

const TOKEN: &str = "Bearer abcd1234abcd1234";
const JWT: &str = "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.dozjgNryP4J3jVmNHl0w5N_XgL0n3I9PlFUP0THsR8U";

/// Title, evidence and ids.
fn found(drafts: &[Draft]) -> Option<(String, Vec<String>, Vec<u64>)> {
    found_in(&trace(drafts))
}

fn found_in(trace: &Trace) -> Option<(String, Vec<String>, Vec<u64>)> {
    let derived = Derived::of(trace);
    let mut found = Vec::new();
    find(&mut Ground::new(trace, &derived, Seen::default()), &mut found);
    assert!(found.len() < 2);
    let finding = found.pop()?;
    assert_eq!((finding.severity, finding.confidence), (Severity::Warning, Confidence::Medium));
    assert_eq!((finding.cost_ns, finding.total_ns), (0, 0));
    let ids = finding.spans.iter().map(|span| trace.span_id(*span).0).collect();
    Some((finding.title, finding.evidence, ids))
}

fn span(id: u64) -> Draft {
    Draft::new(id, 0, id, 1000)
}

#[test]
fn a_token_is_told_by_its_key_its_spans_and_two_characters() {
    let (title, evidence, ids) =
        found(&[span(3).attr("h.auth", TOKEN), span(1).attr("h.auth", TOKEN), span(2)]).unwrap();
    assert_eq!(title, "A token in h.auth of 2 spans (“Be…”)");
    assert_eq!((evidence, ids), (vec!["A token in h.auth of 2 spans (“Be…”).".to_owned()], vec![1, 3]));
}

#[test]
fn spans_events_and_resources_are_looked_at() {
    assert_eq!(found(&[span(1).event("log", &[("line", TOKEN)])]).unwrap().2, [1]);
    assert_eq!(
        found(&[span(1).resource("process.env", TOKEN), span(2).resource("process.env", TOKEN)]).unwrap().2,
        [1, 2]
    );
    assert!(found(&[span(1).name("Bearer abcd1234abcd1234").error(TOKEN)]).is_none());
}

#[test]
fn a_secret_of_a_scope_or_a_link_was_not_looked_at() {
    let mut set = SpanSet::new();
    let mark = set.attrs.mark();
    set.push_attr("exporter.auth", &AnyValue::str(TOKEN));
    let attrs = set.attrs.since(mark);
    let scope = set.intern_scope(Scope { attrs, ..Scope::default() });
    let mark = set.attrs.mark();
    set.push_attr("message.auth", &AnyValue::str(TOKEN));
    let attrs = set.attrs.since(mark);
    let before = set.link_mark();
    set.push_link(Link { attrs, ..Link::default() });
    let links = set.links_since(before);
    for (id, links) in [(1, links), (2, Range32::default())] {
        let draft = SpanDraft { trace_id: TraceId(7), span_id: SpanId(id), links, ..SpanDraft::default() };
        set.push_span(&draft);
    }
    set.assign_scope(0, scope);
    set.close(0);
    let (title, evidence, ids) = found_in(&Trace::build(&Arc::new(set), TraceId(7)).unwrap()).unwrap();
    assert_eq!(title, "A token in the scope's exporter.auth of 2 spans (“Be…”), and 1 other");
    assert_eq!((evidence[1].as_str(), ids), ("A token in a link's message.auth of 1 span (“Be…”).", vec![1, 2]));
}

#[test]
fn the_evidence_did_not_say_whose_attribute_it_is() {
    let [event, resource] = [span(1).event("log", &[("a", TOKEN)]), span(1).resource("a", TOKEN)];
    assert_eq!(found(&[event]).unwrap().0, "A token in an event's a of 1 span (“Be…”)");
    assert_eq!(found(&[resource]).unwrap().0, "A token in the resource's a of 1 span (“Be…”)");
}

#[test]
fn a_key_tells_of_a_secret_whatever_it_looks_like() {
    assert_eq!(
        found(&[span(1).attr("db.password", "correct horse")]).unwrap().0,
        "A password in db.password of 1 span (“co…”)"
    );
    assert_eq!(found(&[span(1).attr("db.password", "horse")]).unwrap().0, "A password in db.password of 1 span (“…”)");
    assert_eq!(
        found(&[span(1).attr("x-api-key", "日本語日本語日本語")]).unwrap().0,
        "An API key in x-api-key of 1 span (“日本…”)"
    );
    for hidden in ["", "***", "xxxxx", "REDACTED", "[Filtered]", "true"] {
        assert!(found(&[span(1).attr("db.password", hidden)]).is_none(), "{hidden}");
    }
    assert!(found(&[span(1).value("db.password", AnyValue::Bool(true))]).is_none());
}

#[test]
fn lists_and_maps_are_looked_into() {
    let header = AnyValue::Array(vec![AnyValue::str("a"), AnyValue::str("sessionid=0123456789")]);
    let (title, ..) = found(&[span(1).value("http.request.header.cookie", header)]).unwrap();
    assert_eq!(title, "A cookie in http.request.header.cookie of 1 span (“…”)".replace("“…”", "“se…”"));
    let map = AnyValue::Kvlist(vec![(Cow::Borrowed("password"), AnyValue::str("correct horse"))]);
    let nested = AnyValue::Array(vec![map]);
    assert_eq!(found(&[span(1).value("body", nested)]).unwrap().0, "A password in body.password of 1 span (“co…”)");
}

#[test]
fn several_places_are_one_finding_the_most_frequent_first() {
    let (title, evidence, ids) = found(&[
        span(1).attr("b", TOKEN).attr("a", JWT),
        span(2).attr("b", TOKEN),
        span(3).attr("url", "http://u:pass1@h"),
    ])
    .unwrap();
    assert_eq!(title, "A token in b of 2 spans (“Be…”), and 2 others");
    assert_eq!((evidence.len(), ids), (3, vec![1, 2, 3]));
    assert!(evidence.contains(&"A URL with a password in url of 1 span (“ht…”).".to_owned()), "{evidence:?}");
}

#[test]
fn card_numbers_count_as_numbers_too_and_ids_never() {
    assert!(found(&[span(1).value("card", AnyValue::Int(4_111_111_111_111_111))]).is_some());
    assert!(found(&[span(1).attr("card", "4111111111111111")]).is_some());
    for key in ["dd.span_id", "order.id", "id", "orderId", "userID"] {
        assert!(found(&[span(1).value(key, AnyValue::Int(4_111_111_111_111_111))]).is_none(), "{key}");
        assert!(found(&[span(1).attr(key, "4111111111111111")]).is_none(), "{key}");
    }
    assert!(found(&[span(1).attr("grid", "4111111111111111")]).is_some());
    assert!(found(&[span(1).value("time", AnyValue::Int(1_795_349_836_799_000_000))]).is_none());
    assert!(found(&[span(1).value("time", AnyValue::Int(i64::MIN))]).is_none());
}

#[test]
fn the_order_of_arrival_does_not_matter() {
    let mut drafts = vec![span(1).attr("b", TOKEN), span(2).attr("a", JWT), span(3).attr("password", "correct horse")];
    let forwards = found(&drafts);
    drafts.reverse();
    assert_eq!(found(&drafts), forwards);
}

#[test]
fn a_megabyte_that_100000_spans_share_is_read_once() {
    let text: &'static str = Box::leak(format!("{} {TOKEN}", "日eyJ:".repeat(200_000)).into_boxed_str());
    let list = AnyValue::Array(vec![AnyValue::str(text)]);
    let drafts: Vec<Draft> = (1..=100_000).map(|id| span(id).attr("a", text).value("cookie", list.clone())).collect();
    assert_eq!(found(&drafts).unwrap().2.len(), 100_000);
}

#[test]
fn masking_hides_every_secret_and_keeps_the_rest() {
    let masked_of = [
        ("nothing to hide", "nothing to hide"),
        ("a Bearer abcd1234abcd1234 b Basic dXNlcjpwYXNzd29yZA==", "a Be… b Ba…"),
        ("amqp://guest:hunter2@queue and redis://:hunter2@cache", "amqp://guest:…@queue and redis://:…@cache"),
        ("amqp://guest:***@queue", "amqp://guest:***@queue"),
        ("paid 4111 1111 1111 1111!", "paid 41…!"),
        ("-----BEGIN PRIVATE KEY-----\nMIIEvQ\n-----END PRIVATE KEY-----", "--…-----END PRIVATE KEY-----"),
        ("-----BEGIN PRIVATE KEY-----\nMIIEvQ", "--…"),
        ("cut eyJhbGciOiJIUzI1NiJ9.eyJz", "cut ey…"),
        ("日本 AKIAIOSFODNN7EXAMPLE 日本", "日本 AK… 日本"),
        ("", ""),
    ];
    for (text, expected) in masked_of {
        assert_eq!(masked(text), expected);
    }
    assert_eq!(masked(&format!("{JWT} {TOKEN}")), "ey… Be…");
}

proptest::proptest! {
    #[test]
    fn masking_never_leaves_a_secret(before in ".{0,20}", after in ".{0,20}") {
        for secret in [TOKEN, JWT, "http://u:hunter22@h", "AKIAIOSFODNN7EXAMPLE"] {
            let masked = masked(&format!("{before} {secret} {after}"));
            let hidden = secret.get(secret.len() - 12..secret.len() - 3).unwrap();
            proptest::prop_assert!(!masked.contains(hidden), "{masked}");
        }
    }
}
