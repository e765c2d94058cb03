//! How finely each service records when its spans start. JavaScript's SDK rounds starts down to the millisecond, others to the
//! microsecond, and none rounds durations: of two calls one after the other the first then seems to end after the second began.
//!
//! The resolution of a service's starts is 1 ms if every start of the service in the trace is a whole millisecond, else 1 µs if every one
//! is a whole microsecond, else none, which is written as 1 ns. Recorded starts decide: a clock that was moved does not record finer.
//! A start of 0 is unknown, and being a multiple of everything it decides nothing.

use crate::model::{SpanIdx, Trace};

/// From the coarsest down.
const STEPS_NS: [u64; 3] = [1_000_000, 1_000, NONE_NS];
/// Two times that differ by it differ: times are whole nanoseconds.
const NONE_NS: u64 = 1;

/// The resolution of starts, by service.
pub struct StartResolution {
    /// Index into [`STEPS_NS`].
    step: Vec<u8>,
}

impl StartResolution {
    /// O(n).
    pub fn of(trace: &Trace) -> Self {
        let mut step = vec![0u8; trace.services.len()];
        for span in trace.spans() {
            let start_unix_nano = trace.set.start_unix_nano.get(trace.row(span)).unwrap_or_default();
            if let Some(step) = step.get_mut(trace.service(span) as usize) {
                while !start_unix_nano.is_multiple_of(step_ns(*step)) {
                    *step += 1;
                }
            }
        }
        StartResolution { step }
    }

    /// That of the starts of the span's service, in ns; 1 for none.
    pub fn ns(&self, trace: &Trace, span: SpanIdx) -> u64 {
        self.step.get(trace.service(span) as usize).map_or(NONE_NS, |step| step_ns(*step))
    }

    /// Whether one span runs beside another that starts later: it ends after that start by its resolution or more. What ends after it by
    /// less may have ended before.
    pub fn overlaps(&self, trace: &Trace, span: SpanIdx, next: SpanIdx) -> bool {
        trace.end_ns(span).saturating_sub(trace.start_ns(next)) >= self.ns(trace, next)
    }
}

fn step_ns(step: u8) -> u64 {
    STEPS_NS.get(usize::from(step)).copied().unwrap_or(NONE_NS)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::analysis::sample::{Draft, add, trace};
    use crate::base::TraceId;
    use crate::model::{Clocks, SpanSet};
    use std::sync::Arc;

    const MS: u64 = 1_000_000;

    fn of(drafts: &[Draft]) -> Vec<(String, u64)> {
        let trace = trace(drafts);
        let resolution = StartResolution::of(&trace);
        let mut all: Vec<(String, u64)> =
            trace.spans().map(|span| (trace.service_name(span).to_owned(), resolution.ns(&trace, span))).collect();
        all.sort_unstable();
        all.dedup();
        all
    }

    fn one(starts_ns: &[u64]) -> u64 {
        let drafts: Vec<Draft> =
            (1..).zip(starts_ns).map(|(id, start)| Draft::new(id, 0, *start, *start + 7)).collect();
        of(&drafts).first().map(|(_, ns)| *ns).unwrap()
    }

    #[test]
    fn every_start_of_a_service_counts() {
        assert_eq!(one(&[0, 5 * MS, 12 * MS]), 1_000_000);
        assert_eq!(one(&[0, 5 * MS, 12 * MS + 3_000]), 1_000);
        assert_eq!(one(&[12 * MS + 3_001, 5 * MS, 0]), 1);
        assert_eq!(one(&[1]), 1);
    }

    #[test]
    fn services_do_not_decide_for_each_other() {
        let drafts = [
            Draft::new(1, 0, 0, 9 * MS),
            Draft::new(2, 1, 1_000, 2 * MS).service("go"),
            Draft::new(3, 1, 1_001, 2 * MS).service(""),
        ];
        assert_eq!(of(&drafts), [(String::new(), 1), ("go".to_owned(), 1_000), ("shop".to_owned(), 1_000_000)]);
    }

    #[test]
    fn a_moved_clock_records_no_finer() {
        let mut set = SpanSet::new();
        add(&mut set, 7, &Draft::new(1, 0, 0, 9 * MS));
        set.close(0);
        let moved = Clocks::moved(vec![1_234_567]);
        let trace = Trace::build_with(&Arc::new(set), TraceId(7), &[], moved).unwrap();
        assert_eq!(StartResolution::of(&trace).ns(&trace, SpanIdx(0)), 1_000_000);
    }

    #[test]
    fn an_overlap_is_by_the_resolution_of_the_later_start() {
        let overlaps = |first_end: u64, next: Draft| {
            let trace = trace(&[Draft::new(1, 0, 0, first_end), next]);
            StartResolution::of(&trace).overlaps(&trace, SpanIdx(0), SpanIdx(1))
        };
        let next = |start| Draft::new(2, 0, start, 9 * MS);
        assert!(!overlaps(4 * MS - 1, next(3 * MS)) && overlaps(4 * MS, next(3 * MS)));
        let go = |start| next(start).service("go");
        assert!(!overlaps(3 * MS + 1_999, go(3 * MS + 1_000)) && overlaps(3 * MS + 2_000, go(3 * MS + 1_000)));
        assert!(!overlaps(3 * MS + 1, go(3 * MS + 1)) && overlaps(3 * MS + 2, go(3 * MS + 1)));
    }
}
