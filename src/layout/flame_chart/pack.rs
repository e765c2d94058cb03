//! Which row of the flame chart each box gets: the first free one below its parent's, so that nothing overlaps. Not where
//! a box stands in px ([`super::scene`]).
//!
//! ```text
//! root     ████████████████████      a child that overlaps its sibling goes below
//! child    ██████   ███████          whatever the sibling's own children left free
//! child      ██████████
//! grand      ███
//! ```

use core::cmp::Reverse;
use std::collections::BTreeMap;

use super::free_rows::FreeRows;
use crate::layout::{RowKind, RowModel};
use crate::model::outline::NONE;
use crate::model::{Outline, SpanIdx};

/// One box: a span, or like siblings folded into one.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Item {
    pub start_ns: u64,
    pub end_ns: u64,
    /// The span; of a group its first member.
    pub span: SpanIdx,
    /// Members of a group; 1 for a span.
    pub count: u32,
    /// Pass-through spans folded into it.
    pub folded: u32,
    pub row: u32,
}

/// All boxes, row by row, each row by start.
#[derive(Clone, PartialEq, Debug, Default)]
pub struct Packed {
    items: Vec<Item>,
    /// Where each row begins in `items`; one more than there are rows.
    rows: Vec<u32>,
    /// By span: the box that stands for it, [`NONE`] while it is hidden or out of focus.
    box_of: Vec<u32>,
}

/// Rows below a parent that are searched for a gap between two boxes; further down a box goes after the last one of a row.
/// It bounds the work for very many siblings that run at once: a million of them take a million rows, not a million
/// squared steps.
const GAPS_WITHIN: u32 = 256;

impl Packed {
    /// Packs what `rows` shows; collapsing is the timeline's own, so it should be made without.
    pub fn new(outline: &Outline, rows: &RowModel) -> Packed {
        let mut items = items(outline, rows);
        let placed = place(&mut items);
        let mut packed = Packed { box_of: vec![NONE; outline.len()], rows: vec![0; placed as usize + 1], items };
        packed.items.sort_unstable_by_key(|item| (item.row, item.start_ns, item.span));
        for item in &packed.items {
            packed.rows[item.row as usize + 1] += 1;
        }
        for row in 1..packed.rows.len() {
            packed.rows[row] += packed.rows[row - 1];
        }
        for (at, item) in (0u32..).zip(&packed.items) {
            let spans = item.span.0 - item.folded..packed_end(outline, rows, item);
            for holder in packed.box_of.get_mut(spans.start as usize..spans.end as usize).unwrap_or_default() {
                *holder = at;
            }
        }
        packed
    }

    pub fn row_count(&self) -> u32 {
        self.rows.len().saturating_sub(1) as u32
    }

    pub fn len(&self) -> usize {
        self.items.len()
    }

    pub fn is_empty(&self) -> bool {
        self.items.is_empty()
    }

    /// The boxes of a row, by start.
    pub fn row(&self, row: u32) -> &[Item] {
        let bound = |row: u32| self.rows.get(row as usize).copied().unwrap_or_default() as usize;
        self.items.get(bound(row)..bound(row + 1)).unwrap_or_default()
    }

    /// The box that stands for a span.
    pub fn holding(&self, span: SpanIdx) -> Option<&Item> {
        self.items.get(*self.box_of.get(span.index())? as usize)
    }

    /// The box before or after another in its row.
    pub fn beside(&self, item: &Item, later: bool) -> Option<&Item> {
        let row = self.row(item.row);
        let at = row.iter().position(|other| other == item)?;
        if later { row.get(at + 1) } else { row.get(at.checked_sub(1)?) }
    }
}

/// Where the spans end that a box stands for.
fn packed_end(outline: &Outline, rows: &RowModel, item: &Item) -> u32 {
    match rows.group(item.span).filter(|_| item.count > 1) {
        Some(group) => group.end,
        None => (item.span.0 + 1).min(outline.len() as u32),
    }
}

/// What the rows show, depth first, with `row` still the position of the parent's item ([`NONE`] without one).
fn items(outline: &Outline, rows: &RowModel) -> Vec<Item> {
    let mut items: Vec<Item> = Vec::with_capacity(rows.len());
    // The open path: depth of a row and the item it made; heads and open groups pass their own parent on.
    let mut path: Vec<(u32, u32)> = Vec::new();
    for row in rows.rows() {
        while path.last().is_some_and(|(depth, _)| *depth >= row.depth()) {
            path.pop();
        }
        let parent = path.last().map_or(NONE, |(_, item)| *item);
        let span = row.span();
        let (start_ns, own_end) = (outline.start_ns[span.index()], outline.end_ns[span.index()]);
        let drawn = match row.kind() {
            RowKind::Span => Some((own_end, 1)),
            RowKind::Group if !row.expanded() => rows.group(span).map(|group| (group.end_ns, group.count)),
            RowKind::Group | RowKind::Orphans | RowKind::Cycles => None,
        };
        let Some((end_ns, count)) = drawn else {
            path.push((row.depth(), parent));
            continue;
        };
        path.push((row.depth(), items.len() as u32));
        items.push(Item { start_ns, end_ns, span, count, folded: row.folded(), row: parent });
    }
    items
}

/// Replaces each item's parent by its row; gives the number of rows.
fn place(items: &mut [Item]) -> u32 {
    let mut taken: Vec<BTreeMap<u64, u64>> = Vec::new();
    let mut ends = FreeRows::default();
    for at in trunk_first(items) {
        let Some(item) = items.get(at).copied() else { continue };
        let first = items.get(item.row as usize).map_or(0, |parent| parent.row + 1);
        // A span without length takes its place as well, or two of them would lie on one another.
        let (start, end) = (item.start_ns, item.end_ns.max(item.start_ns.saturating_add(1)));
        let near = (first..(first + GAPS_WITHIN).min(taken.len() as u32))
            .find(|row| taken.get(*row as usize).is_some_and(|taken| is_free(taken, start, end)));
        let beyond = first.max((first + GAPS_WITHIN).min(taken.len() as u32));
        let row = near.unwrap_or_else(|| ends.first_ending_by(start, beyond));
        if row as usize >= taken.len() {
            taken.resize_with(row as usize + 1, BTreeMap::new);
        }
        if let Some(taken) = taken.get_mut(row as usize) {
            taken.insert(start, end);
        }
        ends.extend_to(row, end);
        if let Some(item) = items.get_mut(at) {
            item.row = row;
        }
    }
    taken.len() as u32
}

/// Positions of the items, parents before their children: of siblings first those that fill half of their parent, longest
/// first, then the others by start. So the trunk of a trace stays together, and specks that overlap it by a clock's
/// rounding go below it instead of pushing it down.
fn trunk_first(items: &[Item]) -> Vec<usize> {
    // Children of each item side by side; the tops stand in the last place.
    let tops = items.len();
    let parent = |item: &Item| (item.row as usize).min(tops);
    let mut ends = vec![0usize; tops + 1];
    items.iter().for_each(|item| ends[parent(item)] += 1);
    for at in 1..ends.len() {
        ends[at] += ends[at - 1];
    }
    let mut begins = ends.clone();
    let mut children = vec![0usize; tops];
    for (at, item) in items.iter().enumerate().rev() {
        begins[parent(item)] -= 1;
        children[begins[parent(item)]] = at;
    }
    let length = |at: usize| items.get(at).map_or(0, |item| item.end_ns - item.start_ns);
    for of in 0..tops {
        let half = length(of) / 2;
        // Stable: the others keep their order.
        children[begins[of]..ends[of]]
            .sort_by_key(|child| if length(*child) >= half { Reverse(length(*child)) } else { Reverse(0) });
    }
    let mut order = Vec::with_capacity(tops);
    let mut open: Vec<usize> = children[begins[tops]..ends[tops]].iter().rev().copied().collect();
    while let Some(at) = open.pop() {
        order.push(at);
        open.extend(children[begins[at]..ends[at]].iter().rev());
    }
    order
}

fn is_free(taken: &BTreeMap<u64, u64>, start: u64, end: u64) -> bool {
    // Boxes of a row do not overlap: only the last one that begins before our end can be in the way.
    taken.range(..end).next_back().is_none_or(|(_, other_end)| *other_end <= start)
}

#[cfg(test)]
#[path = "pack_test.rs"]
mod tests;
