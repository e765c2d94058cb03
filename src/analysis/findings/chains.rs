//! Which failure caused which: of every failed span the nearest failed one above, and what is said of it. Between two failed spans may
//! be one that did not fail: a server that answers 404 is no error to itself. How it is told is for `failures`.
//!
//! ```text
//! POST /orders       ok      top
//!   handler          failed  highest of the chain
//!     POST           failed
//!       POST /charge ok      says nothing of the chain
//!         charge     failed  cause: nothing below it failed
//! ```

use crate::analysis::errors::error_text;
use crate::base::Sym;
use crate::model::{SpanIdx, Trace};

const NONE: u32 = u32::MAX;

/// By span, in depth-first order.
pub struct Chains {
    above: Vec<u32>,
    /// How many failed spans are above.
    height: Vec<u32>,
    highest: Vec<u32>,
    told: Vec<Sym>,
    is_cause: Vec<bool>,
    tops: Vec<SpanIdx>,
}

impl Chains {
    /// O(n): parents come before their children.
    pub fn of(trace: &Trace) -> Self {
        let len = trace.len();
        let mut chains = Chains {
            above: vec![NONE; len],
            height: vec![0; len],
            highest: vec![NONE; len],
            told: vec![Sym::EMPTY; len],
            is_cause: trace.spans().map(|span| trace.is_error(span)).collect(),
            tops: trace.tops().collect(),
        };
        for span in trace.spans() {
            chains.take(trace, span);
        }
        for span in trace.spans().rev().filter(|span| trace.is_error(*span)) {
            if let Some(above) = chains.above(span) {
                chains.is_cause[above.index()] = false;
            }
        }
        chains
    }

    fn take(&mut self, trace: &Trace, span: SpanIdx) {
        let at = span.index();
        let parent = trace.parent(span);
        let parent_failed = parent.filter(|parent| trace.is_error(*parent));
        self.above[at] = match (parent_failed, parent) {
            (Some(failed), _) => failed.0,
            (None, Some(parent)) => self.above[parent.index()],
            (None, None) => NONE,
        };
        if let Some(above) = self.above(span) {
            self.height[at] = self.height[above.index()] + 1;
            self.highest[at] = self.highest[above.index()];
        }
        if trace.is_error(span) {
            if self.highest[at] == NONE {
                self.highest[at] = span.0;
            }
            // As `errors::told_message`, without a walk for every cause of a silent chain.
            self.told[at] = match (error_text(trace, span), parent_failed) {
                (Sym::EMPTY, Some(parent)) => self.told[parent.index()],
                (said, _) => said,
            };
        }
    }

    /// The nearest failed span above.
    pub fn above(&self, span: SpanIdx) -> Option<SpanIdx> {
        Some(self.above[span.index()]).filter(|above| *above != NONE).map(SpanIdx)
    }

    /// How many failed spans are above.
    pub fn height(&self, span: SpanIdx) -> u32 {
        self.height[span.index()]
    }

    /// The topmost of a failed span's chain, perhaps itself.
    pub fn highest(&self, span: SpanIdx) -> SpanIdx {
        Some(self.highest[span.index()]).filter(|highest| *highest != NONE).map_or(span, SpanIdx)
    }

    /// What a failed span says, else the nearest of the callers that failed with it.
    pub fn told(&self, span: SpanIdx) -> Sym {
        self.told[span.index()]
    }

    /// Whether it failed, and nothing below it.
    pub fn is_cause(&self, span: SpanIdx) -> bool {
        self.is_cause[span.index()]
    }

    /// The span without a parent that it is below, perhaps itself.
    pub fn top(&self, span: SpanIdx) -> SpanIdx {
        let behind = self.tops.partition_point(|top| *top <= span);
        behind.checked_sub(1).and_then(|at| self.tops.get(at)).copied().unwrap_or(span)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::analysis::errors::told_message;
    use crate::analysis::sample::{Draft, trace};

    #[test]
    fn a_chain_goes_on_above_a_span_that_did_not_fail() {
        let trace = trace(&[
            Draft::new(1, 0, 0, 100),
            Draft::new(2, 1, 0, 100).error("upper"),
            Draft::new(3, 2, 0, 90),
            Draft::new(4, 3, 0, 80).error(""),
            Draft::new(5, 0, 200, 300).error("alone"),
        ]);
        let chains = Chains::of(&trace);
        let at = |id: u64| trace.find(crate::base::SpanId(id)).unwrap();
        assert_eq!((chains.above(at(4)), chains.height(at(4)), chains.highest(at(4))), (Some(at(2)), 1, at(2)));
        assert_eq!((chains.top(at(4)), chains.top(at(5))), (at(1), at(5)));
        assert_eq!([2, 3, 4, 5].map(|id| chains.is_cause(at(id))), [false, false, true, true]);
    }

    #[test]
    fn what_is_told_is_what_a_walk_upwards_tells() {
        let trace = trace(&[
            Draft::new(1, 0, 0, 100).error("top"),
            Draft::new(2, 1, 0, 100).error(""),
            Draft::new(3, 2, 0, 90).error(""),
            Draft::new(4, 2, 0, 80),
            Draft::new(5, 4, 0, 70).error(""),
            Draft::new(6, 3, 0, 70).error("").event("exception", &[("exception.type", "E")]),
        ]);
        let chains = Chains::of(&trace);
        for span in trace.spans().filter(|span| trace.is_error(*span)) {
            assert_eq!(trace.set.strings.get(chains.told(span)), told_message(&trace, span));
        }
    }

    #[test]
    fn causes_below_a_silent_chain_100000_deep_do_not_walk_it_each() {
        let mut drafts: Vec<Draft> = (1..=100_000).map(|id| Draft::new(id, id - 1, 0, 1_000_000).error("")).collect();
        drafts.extend((100_001..200_000).map(|id| Draft::new(id, 100_000, 0, 10).error("")));
        let trace = trace(&drafts);
        let chains = Chains::of(&trace);
        assert_eq!(trace.spans().filter(|span| chains.is_cause(*span)).count(), 99_999);
    }
}
