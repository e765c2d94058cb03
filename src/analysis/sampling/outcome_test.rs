//! Volume, policies, rows and blind spots of small samples.

use super::*;
use crate::analysis::sample::{Draft, trace_of};

fn close(a: f64, b: f64) -> bool {
    (a - b).abs() <= 1e-9 * b.abs().max(1.0)
}

fn tenths(figure: f64) -> f64 {
    (figure * 10.0).round() / 10.0
}

fn sample(traces: &[Vec<Draft>]) -> Facts {
    let mut facts = Facts::default();
    (1..).zip(traces).for_each(|(id, drafts)| facts.add(&trace_of(id, drafts)));
    facts
}

fn at(second: u64, ms: u64) -> Draft {
    Draft::new(1, 0, second * 1_000_000_000, second * 1_000_000_000 + ms * 1_000_000)
}

#[test]
fn the_usual_plan_keeps_errors_what_is_slow_and_a_tenth() {
    let mut traces: Vec<Vec<Draft>> = (0..18).map(|second| vec![at(second, 10).name("list")]).collect();
    traces.push(vec![at(18, 600).name("list")]);
    traces.push(vec![at(19, 10).name("list"), Draft::new(2, 1, 0, 9).name("pay").service("bank").error("no")]);
    let outcome = evaluate(&sample(&traces), &Plan::usual());
    assert!(close(outcome.traces.before, 20.0) && close(outcome.traces.after, 3.8), "{outcome:?}");
    assert!(close(outcome.error_traces.before, 1.0) && close(outcome.error_traces.after, 1.0));
    assert!(close(outcome.spans.before, 21.0) && close(outcome.spans.after, 4.8));
    let kept: Vec<(&str, f64, f64, bool)> = outcome
        .policies
        .iter()
        .map(|kept| (kept.name.as_str(), tenths(kept.traces.after), tenths(kept.alone), kept.off.is_some()))
        .collect();
    // The trace with the error starts at 0, as its second span does, and lasts 19 s: it is slow too.
    assert_eq!(
        kept,
        [
            ("errors", 1.0, 0.0, false),
            ("slow", 2.0, 0.9, false),
            ("business-critical", 0.0, 0.0, true),
            ("rest", 2.0, 1.8, false)
        ]
    );
    let services: Vec<(&str, u32, u32)> =
        outcome.services.iter().map(|row| (row.service.as_str(), row.seen, row.seen_errors)).collect();
    assert_eq!(services, [("bank", 1, 1), ("shop", 20, 0)]);
    assert_eq!(outcome.operations.len(), 2);
    assert_eq!(outcome.operations[0].by_policy.len(), 4);
    assert!(outcome.blind_spots.is_empty(), "{:?}", outcome.blind_spots);
    let share = outcome.traces.share;
    assert!(share.low < 0.19 && share.high > 0.19 && share.low > 0.05 && share.high < 0.45, "{share:?}");
}

#[test]
fn what_is_rare_vanishes() {
    let mut traces: Vec<Vec<Draft>> = (0..30).map(|second| vec![at(second, 1).name("often")]).collect();
    traces.push(vec![at(30, 1).name("rare")]);
    traces.push(vec![at(31, 1).name("often").error("x")]);
    let plan = Plan { head_percent: Some(10.0), ..Plan::default() };
    let outcome = evaluate(&sample(&traces), &plan);
    let spots: Vec<(&str, Lost, u32)> =
        outcome.blind_spots.iter().map(|spot| (spot.operation.as_str(), spot.lost, spot.seen)).collect();
    assert_eq!(spots, [("often", Lost::Errors, 1), ("rare", Lost::Operation, 1)]);
    assert!(close(outcome.blind_spots[0].chance, 0.9) && close(outcome.blind_spots[0].expected, 0.1));
    // Kept at 60 %, one that was seen once is likelier kept than lost.
    let plan = Plan { head_percent: Some(60.0), ..Plan::default() };
    assert!(evaluate(&sample(&traces), &plan).blind_spots.is_empty());
    // Nine at 10 % are kept with 61 %, but not one is expected.
    let nine: Vec<Vec<Draft>> = (0..9).map(|second| vec![at(second, 1)]).collect();
    let plan = Plan { head_percent: Some(10.0), ..Plan::default() };
    assert_eq!(evaluate(&sample(&nine), &plan).blind_spots.len(), 1);
}

#[test]
fn weights_count_and_are_worth_fewer_traces() {
    let traces = [vec![at(0, 1).trace_state("ot=th:ffffef39085f4a").error("x")], vec![at(1, 1)], vec![at(2, 1)]];
    let outcome =
        evaluate(&sample(&traces), &Plan { policies: Plan::usual().policies[..1].to_vec(), ..Plan::default() });
    assert!((outcome.traces.before - 1_000_002.0).abs() < 1.0, "{:?}", outcome.traces);
    assert!((outcome.traces.after - 1e6).abs() < 1.0);
    assert!(outcome.traces.share.low < 0.25 && outcome.traces.share.high > 0.999);
    assert_eq!((outcome.loaded, outcome.with_threshold), (3, 1));
}

#[test]
fn nothing_and_one_trace_are_answered() {
    for plan in [Plan::default(), Plan::usual()] {
        let none = evaluate(&Facts::default(), &plan);
        assert_eq!((none.traces.before, none.traces.after, none.traces_per_second), (0.0, 0.0, None));
        assert_eq!((none.traces.share.low, none.traces.share.high), (0.0, 1.0));
        assert_eq!(none.per_month(1.0), None);
        let one = evaluate(&sample(&[vec![at(0, 1)]]), &plan);
        assert_eq!((one.traces.before, one.traces_per_second, one.per_month(1.0)), (1.0, None, None));
        assert!(serde_json::to_string(&one).unwrap().contains("limits"));
    }
}

#[test]
fn a_month_is_worked_out_of_the_rate() {
    let traces: Vec<Vec<Draft>> = (0..11).map(|second| vec![at(second, 1)]).collect();
    let facts = sample(&traces);
    let measured = evaluate(&facts, &Plan::default());
    assert!(close(measured.traces_per_second.unwrap(), 1.1));
    let said = evaluate(&facts, &Plan { traces_per_second: Some(100.0), ..Plan::default() });
    assert!(close(said.per_month(said.traces.after).unwrap(), 100.0 * 2_592_000.0));
    for rate in [f64::NAN, 0.0, -1.0, f64::INFINITY] {
        let plan = Plan { traces_per_second: Some(rate), ..Plan::default() };
        assert_eq!(evaluate(&facts, &plan).traces_per_second, measured.traces_per_second);
    }
}

#[test]
fn a_service_counts_a_trace_once() {
    let trace = vec![
        at(0, 1).name("a"),
        Draft::new(2, 1, 0, 9).name("b").error("x"),
        Draft::new(3, 1, 0, 9).name("c").error("x"),
    ];
    let outcome = evaluate(&sample(&[trace]), &Plan::default());
    let row = &outcome.services[0];
    assert_eq!((row.seen, row.seen_errors, row.spans_before, row.error_traces.after), (1, 1, 3.0, 1.0));
    assert_eq!(outcome.operations.iter().map(|row| row.operation.as_str()).collect::<Vec<_>>(), ["a", "b", "c"]);
}

#[test]
fn the_same_traces_give_the_same_outcome() {
    let traces: Vec<Vec<Draft>> =
        (0..40).map(|second| vec![at(second, second * 30).name("a"), Draft::new(2, 1, 0, 9).name("b")]).collect();
    let plan = Plan::usual();
    assert_eq!(evaluate(&sample(&traces), &plan), evaluate(&sample(&traces), &plan));
}
