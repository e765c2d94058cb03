//! Every kind of policy: what it keeps, what it nearly keeps, and how chances go together.

use super::*;
use crate::analysis::sample::{Draft, trace_of};
use crate::model::AnyValue;

fn facts(traces: &[Vec<Draft>]) -> Facts {
    let mut facts = Facts::default();
    (1..).zip(traces).for_each(|(id, drafts)| facts.add(&trace_of(id, drafts)));
    facts
}

fn plan(rules: Vec<Rule>) -> Plan {
    Plan { policies: rules.into_iter().map(|rule| Policy::new("p", rule)).collect(), ..Plan::default() }
}

fn one(ms: u64) -> Draft {
    Draft::new(1, 0, 0, ms * 1_000_000)
}

/// The chance of each trace under one rule.
fn kept(traces: &[Vec<Draft>], rule: Rule) -> Vec<f64> {
    let facts = facts(traces);
    let chances = Chances::new(&facts, &plan(vec![rule]), None);
    (0..traces.len()).map(|trace| chances.of(trace).kept).collect()
}

fn close(a: f64, b: f64) -> bool {
    (a - b).abs() < 1e-9
}

fn latency(threshold_ms: u64, upper_threshold_ms: Option<u64>) -> Rule {
    Rule::Latency { threshold_ms, upper_threshold_ms }
}

fn text(key: &str, value: &str, invert_match: bool) -> Rule {
    Rule::StringAttribute { key: key.to_owned(), values: vec![String::new(), value.to_owned()], invert_match }
}

fn number(min: Option<i64>, max: Option<i64>) -> Rule {
    Rule::NumericAttribute { key: "n".to_owned(), min, max }
}

fn spans(count: u64) -> Vec<Draft> {
    (1..=count).map(|id| Draft::new(id, id - 1, 0, 9)).collect()
}

#[test]
fn everything_and_nothing() {
    let traces = [vec![one(1)]];
    assert_eq!(kept(&traces, Rule::AlwaysSample), [1.0]);
    for (percent, expected) in [(0.0, 0.0), (100.0, 1.0), (f64::NAN, 0.0), (25.0, 0.25), (-3.0, 0.0), (1e9, 1.0)] {
        assert!(close(kept(&traces, Rule::Probabilistic { percent })[0], expected), "{percent}");
    }
    assert_eq!(kept(&[], Rule::AlwaysSample), [0.0; 0]);
}

#[test]
fn latency_is_above_the_one_and_up_to_the_other() {
    let traces = [vec![one(500)], vec![one(501)], vec![one(800)], vec![one(801)]];
    assert_eq!(kept(&traces, latency(500, None)), [0.0, 1.0, 1.0, 1.0]);
    assert_eq!(kept(&traces, latency(500, Some(0))), [0.0, 1.0, 1.0, 1.0]);
    assert_eq!(kept(&traces, latency(500, Some(800))), [0.0, 1.0, 1.0, 0.0]);
    assert_eq!(kept(&traces, latency(u64::MAX, None)), [0.0; 4]);
}

#[test]
fn any_span_with_the_status_will_do() {
    let traces = [vec![one(1), Draft::new(2, 1, 0, 1).error("x")], vec![one(1).ok()], vec![one(1)]];
    let status = |error, unset, ok| kept(&traces, Rule::StatusCode { error, unset, ok });
    assert_eq!(status(true, false, false), [1.0, 0.0, 0.0]);
    assert_eq!(status(false, true, false), [1.0, 0.0, 1.0]);
    assert_eq!(status(true, false, true), [1.0, 1.0, 0.0]);
    assert_eq!(status(false, false, false), [1.0; 3], "a plan of which nothing is on keeps all");
}

#[test]
fn texts_are_looked_for_in_spans_and_resources() {
    let traces = [
        vec![one(1), Draft::new(2, 1, 0, 1).attr("tier", "gold")],
        vec![one(1).resource("tier", "gold")],
        vec![one(1).attr("tier", "golden")],
        vec![one(1).attr("tier", "")],
        vec![one(1).value("tier", AnyValue::Int(1))],
        vec![one(1)],
    ];
    assert_eq!(kept(&traces, text("tier", "gold", false)), [1.0, 1.0, 0.0, 0.0, 0.0, 0.0]);
    assert_eq!(kept(&traces, text("tier", "gold", true)), [0.0, 0.0, 1.0, 1.0, 1.0, 1.0]);
    assert_eq!(kept(&traces, text("tier", "nowhere", false)), [0.0; 6]);
    assert_eq!(kept(&traces, text("nowhere", "gold", true)), [1.0; 6]);
}

#[test]
fn numbers_are_within_limits_and_what_is_none_reads_as_0() {
    let of = |value| vec![one(1).value("n", value)];
    let traces =
        [of(AnyValue::Int(5)), of(AnyValue::Int(10)), of(AnyValue::Int(-1)), of(AnyValue::Double(7.0)), vec![one(1)]];
    assert_eq!(kept(&traces, number(Some(5), Some(9))), [1.0, 0.0, 0.0, 0.0, 0.0]);
    assert_eq!(kept(&traces, number(Some(5), None)), [1.0, 1.0, 0.0, 0.0, 0.0]);
    // To the Collector a lower limit of 0 is none, and a double is 0.
    assert_eq!(kept(&traces, number(Some(0), Some(9))), [1.0, 0.0, 1.0, 1.0, 0.0]);
    assert_eq!(kept(&traces, number(Some(9), Some(5))), [0.0; 5]);
}

#[test]
fn booleans_are_as_wanted_and_what_is_none_reads_as_false() {
    let of = |value| vec![one(1).value("b", value)];
    let traces = [of(AnyValue::Bool(true)), of(AnyValue::Bool(false)), of(AnyValue::str("true")), vec![one(1)]];
    let boolean = |value| kept(&traces, Rule::BooleanAttribute { key: "b".to_owned(), value });
    assert_eq!(boolean(true), [1.0, 0.0, 0.0, 0.0]);
    assert_eq!(boolean(false), [0.0, 1.0, 1.0, 0.0]);
}

#[test]
fn spans_are_counted_with_both_ends() {
    let traces = [spans(1), spans(2), spans(3), spans(4)];
    let count = |min, max| kept(&traces, Rule::SpanCount { min, max });
    assert_eq!(count(2, Some(3)), [0.0, 1.0, 1.0, 0.0]);
    assert_eq!(count(2, None), [0.0, 1.0, 1.0, 1.0]);
    assert_eq!(count(0, Some(0)), [1.0; 4]);
    assert_eq!(count(u32::MAX, None), [0.0; 4]);
}

#[test]
fn all_of_an_and_must_say_yes() {
    let traces = [vec![one(600).attr("tier", "gold")], vec![one(600)], vec![one(1).attr("tier", "gold")]];
    let policies = vec![
        Policy::new("a", text("tier", "gold", false)),
        Policy::new("b", latency(500, None)),
        Policy::new("c", Rule::Probabilistic { percent: 50.0 }),
    ];
    assert_eq!(kept(&traces, Rule::And { policies }), [0.5, 0.0, 0.0]);
}

#[test]
fn probabilistic_policies_share_their_hash_and_the_head_has_its_own() {
    let facts = facts(&[vec![one(1)]]);
    let mut plan = plan([10.0, 20.0].map(|percent| Rule::Probabilistic { percent }).to_vec());
    let chance = Chances::new(&facts, &plan, None).of(0);
    assert!(close(chance.kept, 0.2), "{}", chance.kept);
    assert!(close(chance.by[0], 0.1) && close(chance.by[1], 0.2));
    assert!(close(chance.alone[0], 0.0) && close(chance.alone[1], 0.1), "{:?}", chance.alone);
    plan.head_percent = Some(50.0);
    assert!(close(Chances::new(&facts, &plan, None).of(0).kept, 0.1));
    plan.policies.clear();
    assert!(close(Chances::new(&facts, &plan, None).of(0).kept, 0.5));
    plan.head_percent = Some(f64::NAN);
    assert_eq!(Chances::new(&facts, &plan, None).of(0).kept, 0.0);
}

#[test]
fn a_rate_passes_as_much_as_fits() {
    // 10 traces of 2 spans and 10 of 8, so 100 spans of 20 traces: at 4 traces a second 20 spans a second.
    let traces: Vec<Vec<Draft>> = (0..20).map(|at| spans(if at % 2 == 0 { 2 } else { 8 })).collect();
    let facts = facts(&traces);
    let chance = |per_second, rate, trace| {
        Chances::new(&facts, &plan(vec![Rule::RateLimiting { spans_per_second: per_second }]), rate).of(trace).kept
    };
    assert!(close(chance(5, Some(4.0), 0), 0.25) && close(chance(5, Some(4.0), 1), 0.25));
    assert_eq!(chance(20, Some(4.0), 0), 1.0);
    // A bucket of 6 never holds 8 spans, and those then take nothing from it: 4 spans a second arrive.
    assert_eq!((chance(3, Some(4.0), 1), chance(3, Some(4.0), 0)), (0.0, 0.75));
    assert_eq!((chance(0, Some(4.0), 0), chance(5, None, 0), chance(3, None, 1)), (0.0, 1.0, 0.0));
}

#[test]
fn a_rate_counts_only_what_reaches_it() {
    let traces = [vec![one(600)], vec![one(1)], vec![one(1)], vec![one(1)]];
    let facts = facts(&traces);
    let within =
        |policies: Vec<Rule>| Rule::And { policies: policies.into_iter().map(|rule| Policy::new("p", rule)).collect() };
    let limit = || Rule::RateLimiting { spans_per_second: 1 };
    let slow_first = Chances::new(&facts, &plan(vec![within(vec![latency(500, None), limit()])]), Some(4.0));
    assert_eq!((slow_first.of(0).kept, slow_first.of(1).kept), (1.0, 0.0));
    let limit_first = Chances::new(&facts, &plan(vec![within(vec![limit(), latency(500, None)])]), Some(4.0));
    assert_eq!((limit_first.of(0).kept, limit_first.of(1).kept), (0.25, 0.0));
}

#[test]
fn in_a_composite_the_first_that_says_yes_decides() {
    let traces = [vec![one(600)], vec![one(1)], vec![one(1)], vec![one(1)]];
    let facts = facts(&traces);
    let portion = |rule, percent| Portion { policy: Policy::new("p", rule), percent };
    let composite =
        |max_total_spans_per_second, policies| plan(vec![Rule::Composite { max_total_spans_per_second, policies }]);
    // Of 8 spans a second 2 are slow, and have 1 of 4: half is kept, and the other half does not go on. 6 others have 3.
    let both = composite(4, vec![portion(latency(500, None), 25), portion(Rule::AlwaysSample, 75)]);
    let chances = Chances::new(&facts, &both, Some(8.0));
    assert_eq!((chances.of(0).kept, chances.of(1).kept), (0.5, 0.5));
    // Without a percentage parts are equal: 2 each.
    let equal = composite(4, vec![portion(latency(500, None), 0), portion(Rule::AlwaysSample, 0)]);
    let chances = Chances::new(&facts, &equal, Some(8.0));
    assert_eq!(chances.of(0).kept, 1.0);
    assert!(close(chances.of(1).kept, 1.0 / 3.0));
    // No part is more than the whole, and one that is off has none.
    let more = composite(4, vec![portion(text("", "x", false), 0), portion(Rule::AlwaysSample, 900)]);
    assert_eq!(Chances::new(&facts, &more, Some(8.0)).of(0).kept, 0.5);
    let none = composite(0, vec![portion(Rule::AlwaysSample, 100)]);
    assert_eq!(Chances::new(&facts, &none, Some(8.0)).of(0).kept, 0.0);
}
