//! What must hold of the findings of any trace: random trees of calls, messages, failures and clocks.

use proptest::prelude::*;

use super::*;
use crate::analysis::sample::{BASE_UNIX_NANO, Draft, trace};
use crate::model::Kind;

const SERVICES: [&str; 4] = ["gateway", "orders", "carrier", ""];
const HOSTS: [&str; 3] = ["node-1", "node-2", ""];
const MS: u64 = 1_000_000;

/// A span with what rules look at; its parent is one of those before it, one of those after it (a cycle, perhaps), itself, missing, or
/// none. Ids differ, since spans of one id are told apart by arrival alone.
fn draft(id: u64) -> impl Strategy<Value = Draft> {
    let times = (0u64..400, prop_oneof![3 => 0u64..200, 1 => Just(0u64), 1 => Just(u64::MAX / MS / 4)]);
    (0u64..id + 6, times, 0u8..6, 0usize..4, 0usize..3, 0u8..8, any::<u8>()).prop_map(
        move |(parent, (start, length), kind, service, host, what, flags)| {
            let parent = if parent > id + 3 { 0 } else { parent };
            let (start, end) = (start * MS, start.saturating_add(length).saturating_mul(MS));
            let draft = Draft::new(id, parent, start, end.min(u64::MAX - BASE_UNIX_NANO))
                .kind(Kind::from_otlp(u64::from(kind)).unwrap_or_default())
                .service(SERVICES[service])
                .host(HOSTS[host]);
            let draft = match what {
                0 => draft
                    .attr("db.system", "postgresql")
                    .attr("db.statement", "SELECT a FROM t WHERE b = $1")
                    .name("query"),
                1 => draft.attr("db.system", "postgresql").name("pg-pool.connect"),
                2 => draft
                    .attr("http.request.method", "GET")
                    .attr("server.address", "legacy-lb")
                    .attr("url.full", "http://legacy-lb/a/1"),
                3 => draft.attr("messaging.system", "rabbitmq").attr("messaging.destination.name", "q").name("publish"),
                4 => draft.attr("http.response.status_code", "503").name("step 17"),
                5 => draft.attr("authorization", "Bearer abcd1234abcd1234abcd1234"),
                _ => draft,
            };
            let draft = match flags >> 5 {
                7 => draft.without_start(),
                6 => draft.without_end(),
                _ => draft,
            };
            let draft = if flags & 3 == 0 { draft.error("row 7: deadline exceeded") } else { draft };
            if flags & 28 == 0 { draft.event("exception", &[("exception.type", "E")]) } else { draft }
        },
    )
}

fn drafts() -> impl Strategy<Value = Vec<Draft>> {
    (1u64..60).prop_flat_map(|count| (1..=count).map(draft).collect::<Vec<_>>())
}

/// Kind, severity, title, spans by id, costs, evidence: what does not depend on positions.
type Told = (FindingKind, Severity, String, Vec<u64>, (u64, u64), Vec<String>);

fn told(drafts: &[Draft]) -> Vec<Told> {
    let trace = trace(drafts);
    let found = findings(&trace, &Derived::of(&trace), Seen::default());
    let ids = |finding: &Finding| finding.spans.iter().map(|span| trace.span_id(*span).0).collect();
    let told = |one: &Finding| {
        (one.kind, one.severity, one.title.clone(), ids(one), (one.cost_ns, one.total_ns), one.evidence.clone())
    };
    found.iter().map(told).collect()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(300))]

    #[test]
    fn the_order_in_which_spans_come_says_nothing((drafts, mixed) in drafts().prop_flat_map(|drafts| {
        let mixed = Just(drafts.clone()).prop_shuffle();
        (Just(drafts), mixed)
    })) {
        prop_assert_eq!(told(&drafts), told(&mixed));
    }

    #[test]
    fn a_finding_names_spans_once_and_costs_no_more_than_the_path(drafts in drafts()) {
        let trace = trace(&drafts);
        let derived = Derived::of(&trace);
        let whole_ns = trace.main_root().map_or(0, |root| trace.duration_of(root));
        if let Some(path) = &derived.critical_path {
            prop_assert_eq!(path.own_ns().map(|(_, own)| own).sum::<u64>(), whole_ns);
        }
        for span in trace.spans() {
            prop_assert!(derived.self_ns[span.index()] <= trace.duration_of(span));
        }
        for finding in findings(&trace, &derived, Seen::default()) {
            prop_assert!(!finding.spans.is_empty() && !finding.title.is_empty());
            prop_assert!(finding.cost_ns <= whole_ns, "{:?} costs {} of {}", finding.kind, finding.cost_ns, whole_ns);
            let mut spans = finding.spans.clone();
            spans.sort_unstable();
            spans.dedup();
            prop_assert_eq!(spans.len(), finding.spans.len(), "{:?}", finding.kind);
            let text = [finding.evidence.join(" "), finding.title].join(" ");
            prop_assert!(!text.contains("abcd1234"), "a secret is shown: {}", text);
        }
    }

    #[test]
    fn clocks_put_right_leave_every_duration_as_it_was(drafts in drafts()) {
        let recorded = trace(&drafts);
        let corrected = crate::analysis::clock_correction::corrected(&recorded, &Derived::of(&recorded));
        if let Some((clocks, moved)) = corrected {
            prop_assert!(!moved.is_empty());
            let right = Trace::build_with(&recorded.set, recorded.id, &[], clocks);
            let right = right.ok_or_else(|| TestCaseError::fail("the trace is gone"))?;
            prop_assert_eq!(right.len(), recorded.len());
            findings(&right, &Derived::of(&right), Seen::default());
        }
    }
}

/// A big trace of everything, for the linear cost: see `tests/findings_linear.rs`.
#[test]
fn a_hundred_of_a_kind_are_told_and_the_rest_summed_up() {
    let mut drafts = vec![Draft::new(1, 0, 0, 1000 * MS)];
    drafts.extend(
        (2..400).map(|id| {
            Draft::new(id, 1, id, id + 1).name(format!("op{}", letters(id)).leak()).error(letters(id).leak())
        }),
    );
    let told = told(&drafts);
    let errors: Vec<_> = told.iter().filter(|one| one.0 == FindingKind::Error).collect();
    assert_eq!(errors.len(), MOST_OF_A_KIND + 1);
    let sum = errors.iter().find(|one| one.2.contains("more of this kind")).unwrap();
    assert_eq!(sum.3.len(), 398 - MOST_OF_A_KIND, "{}", sum.2);
    assert!(sum.2.starts_with("298 more of this kind"), "{}", sum.2);
}

/// A number in letters, so that messages differ in more than digits.
fn letters(mut number: u64) -> String {
    let mut text = String::new();
    while number > 0 {
        text.push(char::from(b'a' + (number % 26) as u8));
        number /= 26;
    }
    text
}
