//! Which sentences are said when.

use super::super::plan::Portion;
use super::*;
use crate::analysis::sample::{Draft, trace_of};
use crate::analysis::sampling::evaluate;
use crate::model::AnyValue;

fn said(plan: &Plan, traces: &[Vec<Draft>]) -> String {
    let mut facts = Facts::default();
    (1..).zip(traces).for_each(|(id, drafts)| facts.add(&trace_of(id, drafts)));
    evaluate(&facts, plan).limits.join("\n")
}

fn span() -> Draft {
    Draft::new(1, 0, 0, 9)
}

fn plan(rule: Rule) -> Plan {
    Plan { policies: vec![Policy::new("p", rule)], ..Plan::default() }
}

#[test]
fn of_no_traces_only_that_is_said() {
    assert_eq!(said(&Plan::usual(), &[]), "No traces are loaded, so nothing can be said of what the policies keep.");
}

#[test]
fn dropped_traces_are_told_with_and_without_thresholds() {
    let plan = Plan::default();
    assert!(said(&plan, &[vec![span()]]).starts_with("Only traces that were stored can be loaded. None of these says"));
    let some = said(&plan, &[vec![span().trace_state("ot=th:c")], vec![span()]]);
    assert!(
        some.starts_with("1 of 2 traces say") && some.contains("stands for, the others once: 5 traces in all"),
        "{some}"
    );
    assert!(some.contains("is worth 1 trace of equal weight"), "{some}");
    assert!(!said(&plan, &[vec![span().trace_state("ot=th:c")]]).contains("the others"));
}

#[test]
fn rates_are_told_where_a_limit_needs_them() {
    let limit = Rule::RateLimiting { spans_per_second: 5 };
    let later = || Draft::new(1, 0, 2_000_000_000, 2_000_000_009);
    assert!(said(&plan(limit.clone()), &[vec![span()]]).contains("do not say how many arrive"));
    let short = said(&plan(limit.clone()), &[vec![span()], vec![later()]]);
    assert!(
        short.contains("1.00/s new traces are taken")
            && short.contains("over the 2.00 s")
            && short.contains("too little to rely on"),
        "{short}"
    );
    let known = Plan { traces_per_second: Some(50.0), ..plan(limit.clone()) };
    assert!(said(&known, &[vec![span()]]).contains("as you say"));
    let within = Portion { policy: Policy::new("a", Rule::AlwaysSample), percent: 1 };
    let composite = Rule::Composite { max_total_spans_per_second: 1, policies: vec![within] };
    assert!(said(&plan(composite), &[vec![span()]]).contains("do not say how many arrive"));
    assert!(!said(&plan(Rule::AlwaysSample), &[vec![span()], vec![later()]]).contains("For rates"));
}

#[test]
fn what_policies_do_otherwise_is_told() {
    let traces = [vec![span()]];
    let upper = Rule::Latency { threshold_ms: 1, upper_threshold_ms: Some(9) };
    assert!(said(&plan(upper), &traces).contains("with an upper limit"));
    assert!(
        !said(&plan(Rule::Latency { threshold_ms: 1, upper_threshold_ms: None }), &traces)
            .contains("with an upper limit")
    );
    let inverted = Rule::StringAttribute { key: "k".to_owned(), values: vec!["v".to_owned()], invert_match: true };
    assert!(said(&plan(inverted), &traces).contains("An inverted policy"));
    assert!(said(&plan(Rule::AlwaysSample), &traces).contains("30 s after the first span"));
    let head = Plan { head_percent: Some(1.0), ..Plan::default() };
    assert!(said(&head, &traces).contains("sampling.priority") && !said(&head, &traces).contains("judged whole"));
}

#[test]
fn values_that_were_left_out_are_told_of_keys_that_are_asked_for() {
    let many: Vec<Draft> =
        (1..=100).map(|id| Draft::new(id, id - 1, 0, 9).value("n", AnyValue::Int(id as i64))).collect();
    let number = |key: &str| plan(Rule::NumericAttribute { key: key.to_owned(), min: Some(1), max: None });
    assert!(said(&number("n"), std::slice::from_ref(&many)).contains("In 1 trace some values of “n” were left out"));
    assert!(!said(&number("m"), &[many]).contains("left out, since"));
}
