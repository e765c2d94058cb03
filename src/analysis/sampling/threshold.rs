//! How many traces a sampled trace stands for: out of the threshold that OpenTelemetry's probability samplers write into the trace state.
//!
//! `ot=th:c` says that a trace was kept if 56 random bits were at least `0xc0000000000000`: the digits are the highest, zeros at the end are
//! left out. So it was kept with probability `1 - th / 2^56`, a quarter here, and stands for four (OpenTelemetry specification, "TraceState:
//! Probability Sampling", opentelemetry.io/docs/specs/otel/trace/tracestate-probability-sampling).

use rustc_hash::FxHashSet;

use crate::base::Sym;
use crate::model::Trace;

/// Digits of 56 bits.
const MOST_DIGITS: usize = 14;
/// 2^56.
const ALL: u64 = 1 << 56;

/// How many traces this one stands for, by the largest threshold of its spans; `None` when none has one.
pub fn weight(trace: &Trace) -> Option<f64> {
    let mut seen: FxHashSet<Sym> = FxHashSet::default();
    let mut largest = None;
    for span in trace.spans() {
        let state = trace.set.trace_state.at(trace.row(span));
        if !state.is_empty() && seen.insert(state) {
            largest = largest.max(threshold(trace.set.strings.get(state)));
        }
    }
    largest.map(|threshold| ALL as f64 / (ALL - threshold) as f64)
}

/// The threshold in a trace state, below 2^56.
fn threshold(trace_state: &str) -> Option<u64> {
    let ot = trace_state.split(',').find_map(|member| member.trim().strip_prefix("ot="))?;
    let digits = ot.split(';').find_map(|value| value.trim().strip_prefix("th:"))?.trim_end();
    if digits.is_empty() || digits.len() > MOST_DIGITS || !digits.bytes().all(|digit| digit.is_ascii_hexdigit()) {
        return None;
    }
    let highest = u64::from_str_radix(digits, 16).ok()?;
    Some(highest << (4 * (MOST_DIGITS - digits.len())))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::analysis::sample::{Draft, trace};

    fn weight_of(states: &[&'static str]) -> Option<f64> {
        let drafts: Vec<Draft> =
            (1..).zip(states).map(|(id, state)| Draft::new(id, id - 1, 0, 9).trace_state(state)).collect();
        weight(&trace(&drafts))
    }

    #[test]
    fn a_threshold_is_how_many_traces_one_stands_for() {
        assert_eq!(weight_of(&["ot=th:c"]), Some(4.0));
        assert_eq!(weight_of(&["ot=th:8;rv:9b8233f7e3a151"]), Some(2.0));
        assert_eq!(weight_of(&["ot=th:0"]), Some(1.0));
        assert_eq!(weight_of(&["rojo=1, ot=rv:9b8233f7e3a151;th:c0"]), Some(4.0));
        assert_eq!(weight_of(&["ot=th:ffffffffffffff"]), Some(ALL as f64));
        let one_in_a_million = weight_of(&["ot=th:ffffef39085f4a"]).unwrap();
        assert!((one_in_a_million - 1e6).abs() < 1.0, "{one_in_a_million}");
    }

    #[test]
    fn the_largest_of_a_trace_counts() {
        assert_eq!(weight_of(&["ot=th:8", "", "ot=th:c", "ot=th:4"]), Some(4.0));
    }

    #[test]
    fn what_is_no_threshold_says_nothing() {
        for state in [
            "",
            "ot=rv:9b8233f7e3a151",
            "xot=th:c",
            "ot=th:",
            "ot=th:g",
            "ot=th:+1",
            "ot=th:fffffffffffffff",
            "vendor=th:c",
            "ot=th:é",
        ] {
            assert_eq!(weight_of(&[state]), None, "{state}");
        }
    }
}
