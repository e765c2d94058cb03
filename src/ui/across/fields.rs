//! What each kind of policy has to be set: one table that the form reads.

use crate::analysis::sampling::{Plan, Policy, Portion, Rule};

/// A setting of a policy, and how it is read and written.
pub enum Field {
    /// Nothing where a number may be left out. Up to `top` there is a slider.
    Number {
        name: &'static str,
        unit: &'static str,
        top: Option<f64>,
        read: fn(&Rule) -> Option<f64>,
        write: fn(&mut Rule, Option<f64>),
    },
    /// `is_key` where it names an attribute.
    Text {
        name: &'static str,
        hint: &'static str,
        is_key: bool,
        read: fn(&Rule) -> String,
        write: fn(&mut Rule, String),
    },
    Check {
        name: &'static str,
        read: fn(&Rule) -> bool,
        write: fn(&mut Rule, bool),
    },
}

/// Numbers of a rule as a field shows them.
trait Shown {
    fn get(&self) -> Option<f64>;
    fn set(&mut self, to: Option<f64>);
}

macro_rules! shown {
    ($($number:ty),*) => {$(
        impl Shown for $number {
            fn get(&self) -> Option<f64> {
                Some(*self as f64)
            }
            // A cast of what is out of range takes the nearest.
            fn set(&mut self, to: Option<f64>) {
                *self = to.unwrap_or(0.0) as $number;
            }
        }
        impl Shown for Option<$number> {
            fn get(&self) -> Option<f64> {
                self.map(|number| number as f64)
            }
            fn set(&mut self, to: Option<f64>) {
                *self = to.map(|number| number as $number);
            }
        }
    )*};
}
shown!(f64, u64, u32, i64);

macro_rules! number {
    ($name:literal, $unit:literal, $top:expr, $kind:ident.$field:ident) => {
        Field::Number {
            name: $name,
            unit: $unit,
            top: $top,
            read: |rule| if let Rule::$kind { $field, .. } = rule { $field.get() } else { None },
            write: |rule, value| {
                if let Rule::$kind { $field, .. } = rule {
                    $field.set(value);
                }
            },
        }
    };
}

macro_rules! check {
    ($name:literal, $kind:ident.$field:ident) => {
        Field::Check {
            name: $name,
            read: |rule| matches!(rule, Rule::$kind { $field: true, .. }),
            write: |rule, value| {
                if let Rule::$kind { $field, .. } = rule {
                    *$field = value;
                }
            },
        }
    };
}

macro_rules! key {
    ($kind:ident) => {
        Field::Text {
            name: "Attribute",
            hint: "payment.method",
            is_key: true,
            read: |rule| if let Rule::$kind { key, .. } = rule { key.clone() } else { String::new() },
            write: |rule, value| {
                if let Rule::$kind { key, .. } = rule {
                    *key = value.trim().to_owned();
                }
            },
        }
    };
}

pub fn fields(rule: &Rule) -> Vec<Field> {
    match rule {
        Rule::AlwaysSample | Rule::And { .. } => Vec::new(),
        Rule::Probabilistic { .. } => vec![number!("Keep", "%", Some(100.0), Probabilistic.percent)],
        Rule::Latency { .. } => vec![
            number!("Longer than", "ms", Some(5_000.0), Latency.threshold_ms),
            number!("Not longer than", "ms", None, Latency.upper_threshold_ms),
        ],
        Rule::StatusCode { .. } => {
            vec![check!("Error", StatusCode.error), check!("Unset", StatusCode.unset), check!("Ok", StatusCode.ok)]
        }
        Rule::StringAttribute { .. } => {
            vec![key!(StringAttribute), values(), check!("Traces without any", StringAttribute.invert_match)]
        }
        Rule::NumericAttribute { .. } => {
            vec![
                key!(NumericAttribute),
                number!("From", "", None, NumericAttribute.min),
                number!("To", "", None, NumericAttribute.max),
            ]
        }
        Rule::BooleanAttribute { .. } => vec![key!(BooleanAttribute), check!("Is true", BooleanAttribute.value)],
        Rule::RateLimiting { .. } => vec![number!("At most", "spans/s", Some(5_000.0), RateLimiting.spans_per_second)],
        Rule::SpanCount { .. } => {
            vec![number!("From", "spans", Some(1_000.0), SpanCount.min), number!("To", "spans", None, SpanCount.max)]
        }
        Rule::Composite { .. } => {
            vec![number!("In all at most", "spans/s", Some(5_000.0), Composite.max_total_spans_per_second)]
        }
    }
}

fn values() -> Field {
    Field::Text {
        name: "One of",
        hint: "card, invoice",
        is_key: false,
        read: |rule| if let Rule::StringAttribute { values, .. } = rule { values.join(", ") } else { String::new() },
        write: |rule, text| {
            if let Rule::StringAttribute { values, .. } = rule {
                *values =
                    text.split(',').map(|value| value.trim().to_owned()).filter(|value| !value.is_empty()).collect();
            }
        },
    }
}

/// A kind to add, and what it begins with.
pub type NamedKind = (&'static str, fn() -> Rule);

/// Kinds to add, as the reader knows them, with what one begins with.
pub const KINDS: [NamedKind; 11] = [
    ("Errors", || Rule::StatusCode { error: true, unset: false, ok: false }),
    ("Slow", || Rule::Latency { threshold_ms: 500, upper_threshold_ms: None }),
    ("Attribute has a value", || Rule::StringAttribute { key: String::new(), values: Vec::new(), invert_match: false }),
    ("Attribute is a number", || Rule::NumericAttribute { key: String::new(), min: None, max: None }),
    ("Attribute is true or false", || Rule::BooleanAttribute { key: String::new(), value: true }),
    ("A share", || Rule::Probabilistic { percent: 10.0 }),
    ("A rate", || Rule::RateLimiting { spans_per_second: 500 }),
    ("Number of spans", || Rule::SpanCount { min: 2, max: None }),
    ("Everything", || Rule::AlwaysSample),
    ("All of several", || Rule::And { policies: Vec::new() }),
    ("Shares of a rate", || Rule::Composite { max_total_spans_per_second: 1_000, policies: Vec::new() }),
];

/// The policy at a place: its number in the plan, then within the policy around it.
pub fn policy<'p>(plan: &'p Plan, path: &[usize]) -> Option<&'p Policy> {
    let (first, rest) = path.split_first()?;
    rest.iter().try_fold(plan.policies.get(*first)?, |around, at| match &around.rule {
        Rule::And { policies } => policies.get(*at),
        Rule::Composite { policies, .. } => policies.get(*at).map(|portion| &portion.policy),
        _ => None,
    })
}

pub fn policy_mut<'p>(plan: &'p mut Plan, path: &[usize]) -> Option<&'p mut Policy> {
    let (first, rest) = path.split_first()?;
    rest.iter().try_fold(plan.policies.get_mut(*first)?, |around, at| match &mut around.rule {
        Rule::And { policies } => policies.get_mut(*at),
        Rule::Composite { policies, .. } => policies.get_mut(*at).map(|portion| &mut portion.policy),
        _ => None,
    })
}

/// The part of a composite's rate that the policy at a place has.
pub fn portion_mut<'p>(plan: &'p mut Plan, path: &[usize]) -> Option<&'p mut u32> {
    let (last, around) = path.split_last()?;
    match &mut policy_mut(plan, around)?.rule {
        Rule::Composite { policies, .. } => policies.get_mut(*last).map(|portion| &mut portion.percent),
        _ => None,
    }
}

/// Adds a policy within the one at a place, or to the plan itself.
pub fn add(plan: &mut Plan, path: &[usize], rule: Rule) {
    let policy = Policy::new(rule.kind(), rule);
    if path.is_empty() {
        plan.policies.push(policy);
        return;
    }
    match policy_mut(plan, path).map(|around| &mut around.rule) {
        Some(Rule::And { policies }) => policies.push(policy),
        Some(Rule::Composite { policies, .. }) => policies.push(Portion { policy, percent: 0 }),
        _ => {}
    }
}

pub fn remove(plan: &mut Plan, path: &[usize]) {
    let Some((last, around)) = path.split_last() else { return };
    if around.is_empty() {
        if *last < plan.policies.len() {
            plan.policies.remove(*last);
        }
        return;
    }
    match policy_mut(plan, around).map(|around| &mut around.rule) {
        Some(Rule::And { policies }) if *last < policies.len() => drop(policies.remove(*last)),
        Some(Rule::Composite { policies, .. }) if *last < policies.len() => drop(policies.remove(*last)),
        _ => {}
    }
}

/// Which cards there are: only when this changes are they made anew.
pub fn shape(policies: &[Policy]) -> String {
    policies
        .iter()
        .map(|policy| {
            let within = match &policy.rule {
                Rule::And { policies } => shape(policies),
                Rule::Composite { policies, .. } => {
                    policies.iter().map(|portion| shape(std::slice::from_ref(&portion.policy))).collect()
                }
                _ => String::new(),
            };
            format!("{}({within})", policy.rule.kind())
        })
        .collect()
}
