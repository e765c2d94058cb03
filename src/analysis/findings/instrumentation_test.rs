//! Tests of what the instrumentation leaves unsaid.

use super::*;
use crate::analysis::Derived;
use crate::analysis::findings::{Confidence, Seen, Severity};
use crate::analysis::sample::{Draft, trace};

/// Kind, title and ids.
fn found(drafts: &[Draft]) -> Vec<(FindingKind, String, Vec<u64>)> {
    let trace = trace(drafts);
    let derived = Derived::of(&trace);
    let mut found = Vec::new();
    find(&mut Ground::new(&trace, &derived, Seen::default()), &mut found);
    let told = |finding: Finding| {
        assert_eq!((finding.severity, finding.confidence), (Severity::Info, Confidence::High));
        assert_eq!((finding.cost_ns, finding.total_ns), (0, 0));
        assert!(!finding.evidence.is_empty());
        (finding.kind, finding.title, finding.spans.iter().map(|span| trace.span_id(*span).0).collect())
    };
    found.into_iter().map(told).collect()
}

fn span(id: u64) -> Draft {
    Draft::new(id, 0, id, 1000)
}

#[test]
fn services_without_a_name_of_their_own_are_one_finding() {
    let drafts = [
        span(1).service(""),
        span(2).service("unknown_service:node"),
        span(3).service("").resource("service.name", ""),
        span(4),
        span(5).service("my_unknown_service"),
    ];
    let title = "3 spans have no service name of their own".to_owned();
    assert_eq!(found(&drafts), [(FindingKind::MissingServiceName, title, vec![1, 2, 3])]);
    assert_eq!(found(&drafts[..1])[0].1, "1 span has no service name of its own");
    assert!(found(&drafts[3..]).is_empty());
}

#[test]
fn kinds_are_unset_only_beside_internal_ones() {
    let unset = || span(1).kind(Kind::Unspecified);
    assert_eq!(found(&[unset(), span(2)]), [(FindingKind::UnsetKind, "1 span says no kind".to_owned(), vec![1])]);
    assert!(found(&[unset(), span(2).kind(Kind::Server)]).is_empty());
    assert!(found(&[span(2)]).is_empty());
}

fn named(count: u64, name: impl Fn(u64) -> String) -> Vec<Draft> {
    (1..=count).map(|id| span(id).name(Box::leak(name(id).into_boxed_str()))).collect()
}

#[test]
fn ten_names_of_one_template_are_too_many_and_nine_are_not() {
    let name = |id: u64| format!("GET /orders/{}", id * 7919);
    let ten = found(&named(10, name));
    assert_eq!(ten[0].0, FindingKind::VaryingSpanNames);
    assert_eq!(ten[0].1, "10 span names of shop differ only in numbers or ids: “GET /orders/#”");
    assert_eq!(ten[0].2.len(), 10);
    assert!(found(&named(9, name)).is_empty());
}

#[test]
fn names_of_several_services_or_kinds_are_not_added_up() {
    let name = |id: u64| format!("job-{id}");
    let services = named(18, name).into_iter().enumerate();
    let of_two: Vec<Draft> = services.map(|(n, span)| span.service(if n % 2 == 0 { "a" } else { "b" })).collect();
    assert!(found(&of_two).is_empty());
    let kinds = named(18, name).into_iter().enumerate();
    let of_two: Vec<Draft> =
        kinds.map(|(n, span)| span.kind(if n % 2 == 0 { Kind::Server } else { Kind::Client })).collect();
    assert!(found(&of_two).is_empty());
}

#[test]
fn one_name_of_many_spans_and_names_that_differ_in_words_are_none() {
    assert!(found(&named(50, |_| "step 1".to_owned())).is_empty());
    let word = |id: u64| format!("step {}", char::from(b'a' + id as u8));
    assert!(found(&named(20, word)).is_empty());
}

#[test]
fn several_templates_are_one_finding_the_most_names_first() {
    let name = |id: u64| if id <= 10 { format!("a{id}") } else { format!("b{id}") };
    let mut drafts = named(25, name);
    let forwards = found(&drafts);
    assert_eq!(forwards[0].1, "15 span names of shop differ only in numbers or ids: “b#”, and 1 other template");
    drafts.reverse();
    assert_eq!(found(&drafts), forwards);
}

#[test]
fn ids_are_replaced_whole_and_digits_within_words_too() {
    let templates = [
        ("GET /orders/17/items/3", "GET /orders/#/items/#"),
        ("job d9428888-122b-11e1-b85c-61cd3cbb3210 done", "job # done"),
        ("load-5f3a9c2e1b", "load-#"),
        ("user_42x7", "user_#x#"),
        ("HTTP v2", "HTTP v#"),
        ("Zażółć 日本 9", "Zażółć 日本 #"),
        ("- -- facade", "- -- facade"),
        ("", ""),
    ];
    for (name, template) in templates {
        assert_eq!(name_template(name), template);
    }
}

#[test]
fn a_hundred_thousand_names_are_one_template() {
    assert_eq!(found(&named(100_000, |id| format!("row {id}")))[0].2.len(), 100_000);
}
