//! Which rows repeat an earlier one: a batch that was sent or dropped in twice. The one rule for the trace, the list of traces
//! and the preview.
//!
//! A table of rows by a hash of all that they say, 8 to 16 bytes for each row that is kept. Linear in the rows, whatever ids they carry and in whatever
//! they differ.

use core::hash::Hasher;

use rustc_hash::FxHasher;

use super::span_set::SpanSet;

/// Follows rows in order of arrival.
#[derive(Default)]
pub struct Repeats {
    /// A row and 1; 0 is free. A power of two, at most half full; empty before the first row.
    slots: Vec<u32>,
    kept: usize,
}

impl Repeats {
    /// With room for so many rows.
    pub fn with_room(rows: usize) -> Self {
        Repeats { slots: vec![0; (rows * 2).next_power_of_two().max(16)], kept: 0 }
    }

    /// Whether an earlier row says the same; if none does, the row is remembered. A row without a span id repeats nothing.
    pub fn is_repeat(&mut self, set: &SpanSet, row: u32) -> bool {
        if set.span_id[row as usize].is_zero() {
            return false;
        }
        if (self.kept + 1) * 2 > self.slots.len() {
            self.grow(set);
        }
        let slot = self.slot(set, row);
        if self.slots[slot] != 0 {
            return true;
        }
        self.slots[slot] = row + 1;
        self.kept += 1;
        false
    }

    fn grow(&mut self, set: &SpanSet) {
        let room = (self.slots.len() * 2).max(16);
        let before = core::mem::replace(&mut self.slots, vec![0; room]);
        for place in before.into_iter().filter(|place| *place != 0) {
            let slot = self.slot(set, place - 1);
            self.slots[slot] = place;
        }
    }

    /// Where a row that says the same is, or this one would be.
    fn slot(&self, set: &SpanSet, row: u32) -> usize {
        let shift = 64 - self.slots.len().trailing_zeros();
        let mut slot = (hash(set, row as usize).wrapping_mul(0x9e37_79b9_7f4a_7c15) >> shift) as usize;
        loop {
            match self.slots[slot] {
                0 => return slot,
                place if same_span(set, place as usize - 1, row as usize) => return slot,
                _ => slot = (slot + 1) & (self.slots.len() - 1),
            }
        }
    }
}

/// Of all that [`same_span`] compares: rows that are the same hash alike, others hardly ever do.
pub(super) fn hash(set: &SpanSet, row: usize) -> u64 {
    let mut hasher = FxHasher::default();
    hasher.write_u64(set.span_id[row].0);
    hasher.write_u64(set.parent_id[row].0);
    hasher.write_u64(set.start_unix_nano[row]);
    hasher.write_u64(set.end_unix_nano[row]);
    hasher.write_u32(set.trace.at(row));
    hasher.write_u32(set.name[row].0);
    hasher.write_u32((set.kind[row] as u32) << 8 | set.status[row] as u32);
    hasher.write_u32(set.status_message.at(row).0);
    hasher.write_u32(set.span_events.at(row).len);
    hasher.write_u32(set.span_links.at(row).len);
    hasher.write_u32(set.span_attrs.at(row).len);
    hasher.finish()
}

/// Whether two rows say the same.
pub(super) fn same_span(set: &SpanSet, a: usize, b: usize) -> bool {
    super::compared::one();
    set.span_id[a] == set.span_id[b]
        && set.trace.at(a) == set.trace.at(b)
        && set.parent_id[a] == set.parent_id[b]
        && set.name[a] == set.name[b]
        && set.kind[a] == set.kind[b]
        && set.status[a] == set.status[b]
        && set.status_message.at(a) == set.status_message.at(b)
        && set.start_unix_nano[a] == set.start_unix_nano[b]
        && set.end_unix_nano[a] == set.end_unix_nano[b]
        && set.span_events.at(a).len == set.span_events.at(b).len
        && set.span_links.at(a).len == set.span_links.at(b).len
        && set.span_attrs.at(a).len == set.span_attrs.at(b).len
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::base::{SpanId, TraceId};
    use crate::model::{SpanDraft, Trace};

    fn push(set: &mut SpanSet, trace: u128, id: u64, start: u64) {
        let draft = SpanDraft {
            trace_id: TraceId(trace),
            span_id: SpanId(id),
            start_unix_nano: start,
            end_unix_nano: start + 5,
            ..SpanDraft::default()
        };
        set.push_span(&draft);
    }

    fn repeats(set: &SpanSet) -> Vec<bool> {
        let mut repeats = Repeats::default();
        (0..set.len() as u32).map(|row| repeats.is_repeat(set, row)).collect()
    }

    #[test]
    fn a_row_repeats_one_of_its_trace_and_id_that_says_the_same() {
        let mut set = SpanSet::new();
        for (trace, id, start) in
            [(1, 7, 10), (1, 7, 10), (2, 7, 10), (1, 7, 11), (1, 8, 10), (1, 7, 11), (1, 0, 9), (1, 0, 9)]
        {
            push(&mut set, trace, id, start);
        }
        assert_eq!(repeats(&set), [false, true, false, false, false, true, false, false]);
    }

    /// 300,000 rows that share one id and differ: compared with each other they would be 45 thousand million pairs.
    #[test]
    fn rows_of_one_id_are_not_compared_with_each_other() {
        let mut set = SpanSet::new();
        (0..300_000).for_each(|n| push(&mut set, 1, 7, 1_000 + n));
        (0..300_000).for_each(|n| push(&mut set, 1, 7, 1_000 + n));
        set.close(0);
        let again = repeats(&set);
        assert!(again[..300_000].iter().all(|repeat| !repeat) && again[300_000..].iter().all(|repeat| *repeat));
        let trace = Trace::build(&Arc::new(set), TraceId(1)).expect("a trace");
        assert_eq!((trace.len(), trace.repeats), (300_000, 300_000));
    }
}
