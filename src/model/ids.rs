//! Which row has which span id: a table of places, 8 to 16 bytes a span while a tree is built, then gone. Ids of several
//! rows are rare and stand aside.

use rustc_hash::FxHashMap;

use super::repeats::{Repeats, same_span};
use super::span_set::SpanSet;
use crate::base::SpanId;

/// Places in a list of rows, by span id; rows without an id are not in it.
pub(super) struct Ids {
    /// A place and 1; 0 is free. A power of two, at most half full.
    slots: Vec<u32>,
    shift: u32,
    /// By the place of the first row of an id: the others, in order of arrival.
    pub more: FxHashMap<u32, Vec<u32>>,
    /// The rows in `more`, by what they say.
    others: Repeats,
}

impl Ids {
    /// The table of `rows`. A row that says what an earlier one says ([`Repeats`]) leaves `rows`.
    pub fn of(set: &SpanSet, rows: &mut Vec<u32>) -> Ids {
        let slots = (rows.len() * 2).next_power_of_two().max(2);
        let shift = 64 - slots.trailing_zeros();
        let mut ids = Ids { slots: vec![0; slots], shift, more: FxHashMap::default(), others: Repeats::default() };
        let mut kept = 0;
        for at in 0..rows.len() {
            let row = rows[at];
            if ids.insert(set, rows, row, kept) {
                rows[kept as usize] = row;
                kept += 1;
            }
        }
        rows.truncate(kept as usize);
        ids
    }

    /// False when the row says what an earlier one says. `rows[..kept]` are in the table.
    fn insert(&mut self, set: &SpanSet, rows: &[u32], row: u32, kept: u32) -> bool {
        let id = set.span_id[row as usize];
        if id.is_zero() {
            return true;
        }
        let slot = self.slot(set, rows, id);
        let Some(first) = self.slots[slot].checked_sub(1) else {
            self.slots[slot] = kept + 1;
            return true;
        };
        if same_span(set, rows[first as usize] as usize, row as usize) || self.others.is_repeat(set, row) {
            return false;
        }
        self.more.entry(first).or_default().push(kept);
        true
    }

    /// Where `id` is, or would be.
    #[inline]
    fn slot(&self, set: &SpanSet, rows: &[u32], id: SpanId) -> usize {
        let mut slot = ((id.0 ^ id.0 >> 32).wrapping_mul(0x9e37_79b9_7f4a_7c15) >> self.shift) as usize;
        loop {
            match self.slots[slot] {
                0 => return slot,
                place if set.span_id[rows[place as usize - 1] as usize] == id => return slot,
                _ => slot = (slot + 1) & (self.slots.len() - 1),
            }
        }
    }

    /// The place of the first row with this id.
    #[inline]
    pub fn first(&self, set: &SpanSet, rows: &[u32], id: SpanId) -> Option<u32> {
        self.slots[self.slot(set, rows, id)].checked_sub(1)
    }
}
