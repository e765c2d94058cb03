//! Is a part of a request unusually long? One trace cannot say: every request has a largest part. What it is compared with are spans of the
//! same operation in other traces: those of the open file, of a sample of a search, or of the source's last hour.
//!
//! Unusual is what is longer than 95 % of the others and longer than twice their median, of ten or more of them. The first alone would
//! call one in twenty of any kind unusual, the second alone whatever varies much.

use rustc_hash::FxHashSet;
use serde::{Deserialize, Serialize};

use super::findings::operation::Named;
use super::percentile::nearest_rank;
use super::usual::Usual;
use crate::base::{TraceId, format};
use crate::model::{SpanIdx, SpanSet, Timing, Trace};

/// Fewer other traces, or spans of the last hour, say nothing of what is usual.
pub const FEWEST: u64 = 10;
/// How many times the median is unusual.
const TIMES_MEDIAN: u64 = 2;

/// An operation, so that it can be looked for in another set of traces.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Like {
    /// The trace that is not to be compared with itself, in hex.
    pub trace_id: String,
    pub service: String,
    pub name: String,
    /// Position in [`Kind`](crate::model::Kind).
    pub kind: u8,
    /// As `docs/findings.md` defines operations.
    pub operation: String,
}

/// How long spans of an operation took elsewhere.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Others {
    pub against: Against,
    /// Other traces; of the last hour spans, since the source counts those.
    pub count: u64,
    pub median_ns: u64,
    pub p95_ns: u64,
}

/// What is compared with.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub enum Against {
    File,
    Sample,
    LastHour,
}

impl Like {
    pub fn of(trace: &Trace, span: SpanIdx) -> Self {
        let row = trace.row(span);
        Like {
            trace_id: trace.id_of(span).to_string(),
            service: trace.service_name(span).to_owned(),
            name: trace.name(span).to_owned(),
            kind: trace.kind(span) as u8,
            operation: Named::of(&trace.set).name(row),
        }
    }
}

impl Others {
    /// Spans of the operation in the other traces of a set. `None` of fewer than [`FEWEST`] traces. O(rows).
    pub fn of_set(set: &SpanSet, like: &Like, against: Against) -> Option<Others> {
        let name = set.strings.find(&like.name)?;
        let own = TraceId::from_hex(like.trace_id.as_bytes())
            .and_then(|id| set.trace_ids.iter().position(|other| *other == id))
            .and_then(|index| u32::try_from(index).ok());
        let is_service: Vec<bool> =
            (0..set.resources.len() as u32).map(|resource| set.service_of_resource(resource) == like.service).collect();
        let mut named = Named::of(set);
        // Repeated spans count once.
        let mut seen = FxHashSet::default();
        let mut traces: FxHashSet<u32> = FxHashSet::default();
        let mut durations = Vec::new();
        for row in 0..set.len() {
            let trace = set.trace.at(row);
            if set.name[row] != name || set.kind[row] as u8 != like.kind || Some(trace) == own {
                continue;
            }
            let is_same = is_service.get(set.resource.at(row) as usize) == Some(&true)
                && Timing::of(set.start_unix_nano[row], set.end_unix_nano[row]).is_known()
                && named.name(row) == like.operation;
            if is_same && seen.insert((trace, set.span_id[row])) {
                traces.insert(trace);
                durations.push(set.end_unix_nano[row].saturating_sub(set.start_unix_nano[row]));
            }
        }
        Others::of(durations, traces.len() as u64, against)
    }

    fn of(mut durations: Vec<u64>, count: u64, against: Against) -> Option<Others> {
        durations.sort_unstable();
        let [median_ns, p95_ns] = [50, 95].map(|percent| nearest_rank(&durations, percent));
        (count >= FEWEST).then_some(Others { against, count, median_ns, p95_ns })
    }

    /// Of the source's figures of spans of one service and name.
    pub fn of_usual(usual: &Usual) -> Option<Others> {
        let ns = |seconds: f64| (seconds * 1e9) as u64;
        let count = usual.count as u64;
        let others = Others { against: Against::LastHour, count, median_ns: ns(usual.p50), p95_ns: ns(usual.p95) };
        (count >= FEWEST).then_some(others)
    }

    /// Whether a span of this length is unusually long beside them.
    pub fn is_exceeded_by(&self, ns: u64) -> bool {
        ns > self.p95_ns && ns > self.median_ns.saturating_mul(TIMES_MEDIAN)
    }

    /// `unusual: 1.20 s against a median of 80.0 ms in 34 other traces of this file`; `None` of what is as usual.
    pub fn words(&self, ns: u64) -> Option<String> {
        let count = format::count(self.count);
        let of = match self.against {
            Against::File => format!("{count} other traces of this file"),
            Against::Sample => format!("{count} other traces of the sample"),
            Against::LastHour => format!("{count} spans of this name in the last hour"),
        };
        let [took, median] = [ns, self.median_ns].map(format::duration);
        self.is_exceeded_by(ns).then(|| format!("unusual: {took} against a median of {median} in {of}"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::analysis::sample::{Draft, add};
    use crate::model::Kind;
    use std::sync::Arc;

    const MS: u64 = 1_000_000;

    fn others(durations_ms: &[u64], count: u64) -> Option<Others> {
        Others::of(durations_ms.iter().map(|ms| ms * MS).collect(), count, Against::File)
    }

    #[test]
    fn unusual_is_beyond_p95_and_twice_the_median_of_ten_or_more() {
        // Twenty of 10 to 200 ms: the median is the tenth, p95 the nineteenth.
        let of: Vec<u64> = (1..=20).map(|n| n * 10).collect();
        let others = others(&of, 20).unwrap();
        assert_eq!((others.median_ns, others.p95_ns), (100 * MS, 190 * MS));
        assert!(others.is_exceeded_by(200 * MS + 1) && !others.is_exceeded_by(200 * MS), "twice the median");
        // Most are quick and some slow: then p95 decides.
        let some_slow = [vec![10; 18], vec![500, 500]].concat();
        let others = super::tests::others(&some_slow, 20).unwrap();
        assert!(others.is_exceeded_by(500 * MS + 1) && !others.is_exceeded_by(500 * MS));
        assert_eq!(super::tests::others(&of, 9), None, "of nine traces nothing is known");
    }

    #[test]
    fn it_says_against_what() {
        let mut some = Others { against: Against::File, count: 34, median_ns: 80 * MS, p95_ns: 200 * MS };
        assert_eq!(
            some.words(1_200 * MS).as_deref(),
            Some("unusual: 1.20 s against a median of 80.0 ms in 34 other traces of this file")
        );
        assert_eq!(some.words(200 * MS), None);
        some.against = Against::Sample;
        assert!(some.words(1_200 * MS).is_some_and(|words| words.ends_with("in 34 other traces of the sample")));
        let hour = Usual { count: 3_400.0, errors: 0.0, p50: 0.08, p95: 0.2 };
        let hour = Others::of_usual(&hour).and_then(|others| others.words(1_200 * MS));
        let words = "unusual: 1.20 s against a median of 80.0 ms in 3,400 spans of this name in the last hour";
        assert_eq!(hour.as_deref(), Some(words));
        assert_eq!(Others::of_usual(&Usual { count: 9.0, errors: 0.0, p50: 0.08, p95: 0.2 }), None);
    }

    fn call(id: u64, ms: u64, host: &'static str) -> Draft {
        let span = Draft::new(id, 0, 0, ms * MS).kind(Kind::Client).name("POST");
        span.attr("http.request.method", "POST").attr("url.path", "/orders/7").attr("server.address", host)
    }

    /// One trace of 900 ms and others: each a call of 10 ms to the same host, and what would mislead.
    fn file(others: u64) -> (Arc<SpanSet>, Like) {
        let mut set = SpanSet::new();
        add(&mut set, 1, &call(1, 900, "erp"));
        for n in 0..u128::from(others) {
            add(&mut set, n + 2, &call(1, 10, "erp"));
            add(&mut set, n + 2, &call(1, 10, "erp"));
            add(&mut set, n + 2, &call(2, 2_000, "carrier"));
            add(&mut set, n + 2, &call(3, 2_000, "erp").service("other"));
            add(&mut set, n + 2, &call(4, 2_000, "erp").kind(Kind::Server));
        }
        set.close(0);
        let set = Arc::new(set);
        let trace = Trace::build(&set, TraceId(1)).unwrap();
        let like = Like::of(&trace, SpanIdx(0));
        (set, like)
    }

    #[test]
    fn other_traces_of_a_file_are_compared_by_operation() {
        let (set, like) = file(10);
        let others = Others::of_set(&set, &like, Against::File).unwrap();
        assert_eq!((others.count, others.median_ns, others.p95_ns), (10, 10 * MS, 10 * MS));
        let words = "unusual: 900 ms against a median of 10.0 ms in 10 other traces of this file";
        assert_eq!(others.words(900 * MS).as_deref(), Some(words));
        let (set, like) = file(9);
        assert_eq!(Others::of_set(&set, &like, Against::File), None);
        let (set, like) = file(0);
        assert_eq!(Others::of_set(&set, &like, Against::File), None);
    }

    #[test]
    fn what_is_alike_is_found_in_another_set() {
        let ((_, like), (elsewhere, _)) = (file(0), file(12));
        // There the trace itself is left out too, by its id.
        assert_eq!(Others::of_set(&elsewhere, &like, Against::Sample).map(|others| others.count), Some(12));
        let unknown = Like { name: "GET".to_owned(), ..like };
        assert_eq!(Others::of_set(&elsewhere, &unknown, Against::Sample), None);
    }
}
