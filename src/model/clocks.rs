//! Times of spans with their clocks put right, or as they were recorded. Who is how far off is not known here: `analysis` estimates it, and
//! only when the reader asks for it. A start of 0 is unknown: [`Placed`] says where such a span is drawn.

use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::span_set::SpanSet;

/// Traces are no older than this and no newer than that, in unix ns: what is outside was written in another unit.
pub const YEAR_2000_NS: u64 = 946_684_800_000_000_000;
pub const YEAR_2100_NS: u64 = 4_102_444_800_000_000_000;

/// A clock that was moved, for the reader.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct MovedClock {
    pub service: String,
    /// Empty when it is not known.
    pub host: String,
    /// How far, in ns: a clock that was behind is moved forward. A decimal string in the report, as all ns are.
    #[serde(with = "as_text")]
    pub shift_ns: i64,
}

mod as_text {
    use serde::{Deserialize, Deserializer, Serializer};

    pub fn serialize<S: Serializer>(ns: &i64, to: S) -> Result<S::Ok, S::Error> {
        to.collect_str(ns)
    }

    pub fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<i64, D::Error> {
        let text = String::deserialize(from)?;
        text.parse().map_err(serde::de::Error::custom)
    }
}

/// How far each resource's clock is moved, in ns. Empty: times as recorded.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Clocks {
    shift_ns: Arc<[i64]>,
}

impl Clocks {
    /// By index of the set's resources; those past the end stay as recorded.
    pub fn moved(shift_ns: Vec<i64>) -> Self {
        Clocks { shift_ns: shift_ns.into() }
    }

    pub fn are_as_recorded(&self) -> bool {
        self.shift_ns.is_empty()
    }

    /// A recorded time of a resource, put right. What would leave u64 stays at its end.
    #[inline]
    pub fn at(&self, resource: u32, unix_nano: u64) -> u64 {
        match self.shift_ns.get(resource as usize) {
            Some(shift_ns) => unix_nano.saturating_add_signed(*shift_ns),
            None => unix_nano,
        }
    }
}

/// Which of a span's times are known.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Timing {
    #[default]
    Known,
    /// No start: placed without length at its parent's start, else at the trace's.
    NoStart,
    /// A start and no end: counts without length at its start.
    NoEnd,
}

impl Timing {
    /// Of recorded times in unix ns, where 0 is none.
    pub fn of(start_unix_nano: u64, end_unix_nano: u64) -> Self {
        match (start_unix_nano, end_unix_nano) {
            (0, _) => Timing::NoStart,
            (_, 0) => Timing::NoEnd,
            _ => Timing::Known,
        }
    }

    pub fn is_known(self) -> bool {
        self == Timing::Known
    }

    /// The words shown in place of a duration; `None` when the duration is known.
    pub fn words(self) -> Option<&'static str> {
        match self {
            Timing::Known => None,
            Timing::NoStart => Some("start unknown"),
            Timing::NoEnd => Some("duration unknown"),
        }
    }
}

/// What is recorded of a span without a start.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub enum Unplaced {
    /// Formats of start and duration: the start is read as 0, so the duration becomes the end.
    DurationNs(u64),
    EndUnixNano(u64),
}

impl Unplaced {
    /// `None` for a span with a start, or without any time. An end before 2000 is no end but a duration.
    pub fn of(start_unix_nano: u64, end_unix_nano: u64) -> Option<Self> {
        match (start_unix_nano, end_unix_nano) {
            (0, 0) => None,
            (0, end) if end < YEAR_2000_NS => Some(Unplaced::DurationNs(end)),
            (0, end) => Some(Unplaced::EndUnixNano(end)),
            _ => None,
        }
    }
}

/// Where spans without a start are placed. Empty in ordinary traces; 12 bytes for each such span.
#[derive(Clone, Debug, Default)]
pub(super) struct Placed {
    /// Ascending.
    rows: Vec<u32>,
    start_unix_nano: Vec<u64>,
}

impl Placed {
    /// Of rows with their starts, each row once.
    pub fn of(mut placed: Vec<(u32, u64)>) -> Self {
        placed.sort_unstable();
        let (rows, start_unix_nano) = placed.into_iter().unzip();
        Placed { rows, start_unix_nano }
    }

    fn start(&self, row: usize) -> u64 {
        let at = self.rows.binary_search(&(row as u32)).ok();
        at.and_then(|at| self.start_unix_nano.get(at)).copied().unwrap_or_default()
    }

    pub fn bytes(&self) -> usize {
        self.rows.capacity() * size_of::<u32>() + self.start_unix_nano.capacity() * size_of::<u64>()
    }
}

/// Starts and ends by row.
#[derive(Clone, Copy)]
pub(super) struct Times<'s> {
    pub set: &'s SpanSet,
    pub clocks: &'s Clocks,
    pub placed: &'s Placed,
}

impl Times<'_> {
    #[inline]
    fn put_right(&self, row: usize, unix_nano: u64) -> u64 {
        // Looking up the resource costs more than the time itself: only where clocks are moved.
        if self.clocks.are_as_recorded() { unix_nano } else { self.clocks.at(self.set.resource.at(row), unix_nano) }
    }

    /// `None` when none was recorded.
    #[inline]
    pub fn known_start(&self, row: usize) -> Option<u64> {
        match self.set.start_unix_nano.get(row).unwrap_or_default() {
            0 => None,
            start => Some(self.put_right(row, start)),
        }
    }

    #[inline]
    pub fn start(&self, row: usize) -> u64 {
        self.known_start(row).unwrap_or_else(|| self.placed.start(row))
    }

    /// Start and end, the end never before the start; equal where either is unknown.
    #[inline]
    pub fn interval(&self, row: usize) -> (u64, u64) {
        match self.known_start(row) {
            Some(start) => (start, self.end(row).max(start)),
            None => (self.placed.start(row), self.placed.start(row)),
        }
    }

    /// As it is written, perhaps before the start; 0 when none was recorded.
    #[inline]
    pub fn end(&self, row: usize) -> u64 {
        match self.set.end_unix_nano.get(row).unwrap_or_default() {
            0 => 0,
            end => self.put_right(row, end),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::{SpanId, TraceId};
    use crate::model::{AnyValue, Resource, SpanDraft, SpanIdx, Trace};

    /// One span a trace and service: (trace, id, parent, service, start, end).
    fn set(spans: &[(u128, u64, u64, &str, u64, u64)]) -> Arc<SpanSet> {
        let mut set = SpanSet::new();
        for (trace, id, parent, service, start, end) in spans {
            let span = SpanDraft {
                trace_id: TraceId(*trace),
                span_id: SpanId(*id),
                parent_id: SpanId(*parent),
                start_unix_nano: *start,
                end_unix_nano: *end,
                ..SpanDraft::default()
            };
            let row = set.push_span(&span);
            let mark = set.attrs.mark();
            set.push_attr("service.name", &AnyValue::str(service));
            let resource = Resource { attrs: set.attrs.since(mark), ..Resource::default() };
            let resource = set.intern_resource(resource);
            set.set_resource(row, resource);
        }
        set.close(0);
        Arc::new(set)
    }

    fn times(trace: &Trace) -> Vec<(u64, u64, u64)> {
        trace.spans().map(|span| (trace.span_id(span).0, trace.start_ns(span), trace.end_ns(span))).collect()
    }

    #[test]
    fn a_moved_clock_moves_its_spans_and_their_place_among_siblings() {
        let set = set(&[(1, 1, 0, "a", 1000, 1900), (1, 2, 1, "a", 1200, 1300), (1, 3, 1, "late", 700, 800)]);
        let recorded = Trace::build(&set, TraceId(1)).unwrap();
        assert_eq!(times(&recorded), [(1, 300, 1200), (3, 0, 100), (2, 500, 600)]);
        let right = Trace::build_with(&set, TraceId(1), &[], Clocks::moved(vec![0, 800])).unwrap();
        assert_eq!(times(&right), [(1, 0, 900), (2, 200, 300), (3, 500, 600)]);
        assert!(recorded.clocks().are_as_recorded() && !right.clocks().are_as_recorded());
        assert_eq!(right.put_right(SpanIdx(2), 750), 1550);
    }

    #[test]
    fn a_clock_moved_past_the_ends_of_time_stays_there() {
        let set = set(&[(1, 1, 0, "a", 5, u64::MAX - 5), (1, 2, 1, "b", 5, 10)]);
        let right = Trace::build_with(&set, TraceId(1), &[], Clocks::moved(vec![i64::MAX, i64::MIN])).unwrap();
        assert_eq!(times(&right), [(1, i64::MAX as u64 + 5, u64::MAX), (2, 0, 0)]);
    }

    #[test]
    fn traces_beside_each_other_stand_on_one_axis_and_keep_their_ids() {
        const B: u64 = 1_767_225_600_000_000_000;
        let spans =
            [(1, 1, 0, "a", B + 1000, B + 1100), (2, 7, 0, "b", B + 1500, B + 1600), (3, 9, 0, "c", B + 1, B + 2)];
        let set = set(&spans);
        let both = Trace::build_with(&set, TraceId(1), &[TraceId(2), TraceId(1)], Clocks::default()).unwrap();
        assert_eq!(times(&both), [(1, 0, 100), (7, 500, 600)]);
        assert_eq!((both.id, both.id_of(SpanIdx(0)), both.id_of(SpanIdx(1))), (TraceId(1), TraceId(1), TraceId(2)));
        assert_eq!(both.warnings, [], "each has its own root");
        assert!(Trace::build_with(&set, TraceId(5), &[TraceId(2)], Clocks::default()).is_none());
    }
}
