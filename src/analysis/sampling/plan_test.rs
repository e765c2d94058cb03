//! A plan survives its round trip, reads any number, and knows what is half set.

use super::*;

fn and(policies: Vec<Policy>) -> Rule {
    Rule::And { policies }
}

#[test]
fn the_usual_plan_waits_for_an_attribute() {
    let plan = Plan::usual();
    let off: Vec<&str> =
        plan.policies.iter().filter(|policy| policy.rule.off().is_some()).map(|policy| policy.name.as_str()).collect();
    assert_eq!((plan.head_percent, off), (None, vec!["business-critical"]));
    assert!(plan.has_tail());
}

#[test]
fn a_plan_comes_back_from_json() {
    let mut plan = Plan::usual();
    plan.head_percent = Some(12.5);
    let latency = Policy::new("l", Rule::Latency { threshold_ms: u64::MAX, upper_threshold_ms: Some(7) });
    let portion = Portion { policy: Policy::new("a", and(vec![latency])), percent: 40 };
    plan.policies.push(Policy::new(
        "\"'\n: #${env:HOME}",
        Rule::Composite { max_total_spans_per_second: 9, policies: vec![portion] },
    ));
    let json = serde_json::to_string(&plan).unwrap();
    assert_eq!(serde_json::from_str::<Plan>(&json).unwrap(), plan);
    assert_eq!(serde_json::from_str::<Plan>("{}").unwrap(), Plan::default());
}

#[test]
fn what_is_no_number_comes_back_as_none() {
    let plan = Plan {
        head_percent: Some(f64::NAN),
        policies: vec![Policy::new("p", Rule::Probabilistic { percent: f64::NAN })],
        ..Plan::default()
    };
    let back: Plan = serde_json::from_str(&serde_json::to_string(&plan).unwrap()).unwrap();
    assert_eq!(back.head_percent, None);
    assert!(matches!(back.policies[0].rule, Rule::Probabilistic { percent } if percent.is_nan()));
}

#[test]
fn percentages_stay_between_none_and_all() {
    let read = [f64::NAN, f64::NEG_INFINITY, -1.0, 0.0, 0.1, 100.0, 100.1, f64::INFINITY].map(percent_of);
    assert_eq!(read, [0.0, 0.0, 0.0, 0.0, 0.1, 100.0, 100.0, 100.0]);
    assert_eq!(percent_of(1e-300), 0.0);
}

#[test]
fn what_is_half_set_is_off() {
    let text = |key: &str, values: &[&str]| Rule::StringAttribute {
        key: key.to_owned(),
        values: values.iter().map(|value| (*value).to_owned()).collect(),
        invert_match: true,
    };
    let number = |min, max| Rule::NumericAttribute { key: "n".to_owned(), min, max };
    let named = |rule: Rule| Policy::new("p", rule);
    let off = [
        text("", &["a"]),
        text("k", &[]),
        text("k", &[""]),
        number(None, None),
        number(Some(0), Some(0)),
        Rule::BooleanAttribute { key: String::new(), value: true },
        Rule::StatusCode { error: false, unset: false, ok: false },
        and(vec![]),
        // Without the second the first would keep a tenth of everything.
        and(vec![named(Rule::Probabilistic { percent: 10.0 }), named(text("", &["a"]))]),
        and(vec![named(and(vec![named(Rule::AlwaysSample)]))]),
        Rule::Composite { max_total_spans_per_second: 9, policies: vec![] },
        Rule::Composite {
            max_total_spans_per_second: 9,
            policies: vec![Portion {
                policy: named(Rule::Composite { max_total_spans_per_second: 9, policies: vec![] }),
                percent: 1,
            }],
        },
    ];
    for rule in off {
        assert!(rule.off().is_some(), "{rule:?}");
    }
    for rule in [text("k", &["", "a"]), number(Some(-1), Some(0)), Rule::AlwaysSample] {
        assert_eq!(rule.off(), None, "{rule:?}");
    }
}

#[test]
fn names_are_made_distinct() {
    assert_eq!(
        distinct([" ", "a", "a", "", "a (2)", "a"].into_iter()),
        ["policy", "a", "a (2)", "policy (2)", "a (2) (2)", "a (3)"]
    );
}
