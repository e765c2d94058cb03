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
use core::ops::Range;
use std::collections::BTreeMap;

use super::free_rows::FreeRows;
use crate::layout::{Bits, Row, RowKind, RowModel};
use crate::model::outline::{NONE, flag};
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
    /// It failed, or a member of its group did.
    pub error: bool,
    /// It has time of its own on the critical path.
    pub critical: bool,
}

/// All boxes, row by row, each row by start.
#[derive(Clone, PartialEq, Debug, Default)]
pub struct Packed {
    items: Vec<Item>,
    /// Where each row begins in `items`; one more than there are rows.
    rows: Vec<u32>,
    /// By span: the box that stands for it, [`NONE`] while it is hidden or out of focus.
    box_of: Vec<u32>,
    /// How many boxes before each one have failed, and are on the critical path: what a run of specks holds is one
    /// subtraction.
    failed_before: Vec<u32>,
    critical_before: Vec<u32>,
}

/// Boxes that wait for their rows, depth first.
#[derive(Clone, PartialEq, Debug, Default)]
pub struct Unplaced {
    items: Vec<Item>,
    spans: usize,
    /// By box: where the spans end that it stands for.
    ends: Vec<u32>,
}

/// Rows below a parent that are searched for a gap between two boxes; further down a box goes after the last one of a row.
/// It bounds the work for very many siblings that run at once: a million of them take a million rows, not a million
/// squared steps.
const GAPS_WITHIN: u32 = 256;

impl Unplaced {
    /// The boxes of what `rows` shows; collapsing is the timeline's own, so it should be made without.
    pub fn of(outline: &Outline, rows: &RowModel) -> Unplaced {
        let mut boxes = BoxBuild::new(outline, rows);
        while boxes.step(usize::MAX) {}
        boxes.finish()
    }

    pub fn len(&self) -> usize {
        self.items.len()
    }

    pub fn is_empty(&self) -> bool {
        self.items.is_empty()
    }

    /// What [`rows`] needs: start, end and the position of the parent of each box. For very many boxes it is asked of the
    /// worker.
    pub fn columns(&self) -> (Vec<u64>, Vec<u64>, Vec<u32>) {
        let items = &self.items;
        (
            items.iter().map(|item| item.start_ns).collect(),
            items.iter().map(|item| item.end_ns).collect(),
            items.iter().map(|item| item.row).collect(),
        )
    }
}

/// Boxes on the way to their rows, which can be stopped and gone on with.
pub struct Placing {
    unplaced: Unplaced,
    row_of: Vec<u32>,
    order: Vec<u32>,
    packed: Packed,
    failed: u32,
    critical: u32,
}

impl Placing {
    /// `row_of` is the row of each box, `order` the boxes as [`order`] gives them; `None` unless both have one for each.
    pub fn new(unplaced: Unplaced, row_of: Vec<u32>, order: Vec<u32>) -> Option<Placing> {
        let boxes = unplaced.len();
        if row_of.len() != boxes || order.len() != boxes {
            return None;
        }
        let packed = Packed {
            items: Vec::with_capacity(boxes),
            rows: vec![0],
            box_of: vec![NONE; unplaced.spans],
            failed_before: Vec::with_capacity(boxes + 1),
            critical_before: Vec::with_capacity(boxes + 1),
        };
        Some(Placing { unplaced, row_of, order, packed, failed: 0, critical: 0 })
    }

    /// Places at most `count` boxes more; false when all are placed.
    pub fn step(&mut self, count: usize) -> bool {
        let from = self.packed.items.len();
        let until = from.saturating_add(count).min(self.order.len());
        for at in from..until {
            self.place(self.order[at] as usize, at as u32);
        }
        until < self.order.len()
    }

    fn place(&mut self, which: usize, at: u32) {
        let Placing { unplaced, packed, .. } = self;
        let (Some(item), Some(end)) = (unplaced.items.get(which), unplaced.ends.get(which)) else { return };
        let item = Item { row: self.row_of[which], ..*item };
        while packed.rows.len() <= item.row as usize {
            packed.rows.push(at);
        }
        let spans = (item.span.0 - item.folded) as usize..*end as usize;
        packed.box_of.get_mut(spans).unwrap_or_default().fill(at);
        packed.failed_before.push(self.failed);
        packed.critical_before.push(self.critical);
        self.failed += u32::from(item.error);
        self.critical += u32::from(item.critical);
        packed.items.push(item);
    }

    /// The boxes placed so far.
    pub fn finish(mut self) -> Packed {
        if !self.packed.items.is_empty() {
            self.packed.rows.push(self.packed.items.len() as u32);
        }
        self.packed.failed_before.push(self.failed);
        self.packed.critical_before.push(self.critical);
        self.packed
    }
}

/// Positions of the boxes row by row, each row by start; of those that start together, depth first. O(n log n).
pub fn order(starts: &[u64], row_of: &[u32]) -> Vec<u32> {
    let mut order: Vec<u32> = (0..row_of.len() as u32).collect();
    order.sort_unstable_by_key(|at| {
        let at = *at as usize;
        (row_of.get(at).copied(), starts.get(at).copied(), at)
    });
    order
}

impl Packed {
    /// Packs what `rows` shows, here and now.
    pub fn new(outline: &Outline, shown: &RowModel) -> Packed {
        let unplaced = Unplaced::of(outline, shown);
        let (starts, ends, parents) = unplaced.columns();
        let row_of = rows(&starts, &ends, &parents);
        let order = order(&starts, &row_of);
        let Some(mut placing) = Placing::new(unplaced, row_of, order) else { return Packed::default() };
        while placing.step(usize::MAX) {}
        placing.finish()
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
        self.items.get(self.positions(row)).unwrap_or_default()
    }

    /// Where a row's boxes stand among all.
    pub fn positions(&self, row: u32) -> Range<usize> {
        let bound = |row: u32| self.rows.get(row as usize).copied().unwrap_or_default() as usize;
        bound(row)..bound(row + 1)
    }

    /// Whether one of the boxes at these positions has failed.
    pub fn any_failed(&self, at: Range<usize>) -> bool {
        differ(&self.failed_before, at)
    }

    /// Whether one of the boxes at these positions has time of its own on the critical path.
    pub fn any_critical(&self, at: Range<usize>) -> bool {
        differ(&self.critical_before, at)
    }

    /// Positions of the boxes that stand for these spans.
    pub fn positions_of(&self, spans: &Bits) -> Bits {
        let holder = |span: u32| self.box_of.get(span as usize).copied().filter(|at| *at != NONE);
        spans.iter().filter_map(holder).collect()
    }

    /// The box that stands for a span.
    pub fn holding(&self, span: SpanIdx) -> Option<&Item> {
        self.items.get(*self.box_of.get(span.index())? as usize)
    }

    /// The box before or after another in its row.
    pub fn beside(&self, item: &Item, later: bool) -> Option<&Item> {
        let row = self.row(item.row);
        let at = row.binary_search_by_key(&(item.start_ns, item.span), |other| (other.start_ns, other.span)).ok()?;
        if later { row.get(at + 1) } else { row.get(at.checked_sub(1)?) }
    }
}

/// Boxes being made of what rows show, depth first; it can be stopped and gone on with. Their `row` is still the position
/// of the parent's box ([`NONE`] without one).
pub struct BoxBuild<'a> {
    outline: &'a Outline,
    rows: &'a RowModel,
    /// The open path: depth of a row and the box it made; heads and open groups pass their own parent on.
    path: Vec<(u32, u32)>,
    /// The row to go on with.
    at: usize,
    made: Unplaced,
}

impl<'a> BoxBuild<'a> {
    pub fn new(outline: &'a Outline, rows: &'a RowModel) -> Self {
        let made = Unplaced {
            items: Vec::with_capacity(rows.len()),
            spans: outline.len(),
            ends: Vec::with_capacity(rows.len()),
        };
        BoxBuild { outline, rows, path: Vec::new(), at: 0, made }
    }

    /// Takes `count` rows more; false when all are taken.
    pub fn step(&mut self, count: usize) -> bool {
        let until = self.at.saturating_add(count).min(self.rows.len());
        for row in &self.rows.rows()[self.at..until] {
            self.take(row);
        }
        self.at = until;
        until < self.rows.len()
    }

    fn take(&mut self, row: &Row) {
        let (outline, rows) = (self.outline, self.rows);
        while self.path.last().is_some_and(|(depth, _)| *depth >= row.depth()) {
            self.path.pop();
        }
        let parent = self.path.last().map_or(NONE, |(_, item)| *item);
        let span = row.span();
        let group = || rows.group(span);
        // When it ends, and of how many members it is; after which span what it stands for is over.
        let drawn = match row.kind() {
            RowKind::Span => Some((outline.end_ns[span.index()], 1, span.0 + 1)),
            RowKind::Group if !row.expanded() => group().map(|group| (group.end_ns, group.count, group.end)),
            RowKind::Group | RowKind::Orphans | RowKind::Cycles => None,
        };
        let Some((end_ns, count, end)) = drawn else {
            self.path.push((row.depth(), parent));
            return;
        };
        self.path.push((row.depth(), self.made.items.len() as u32));
        self.made.ends.push(end);
        self.made.items.push(Item {
            start_ns: outline.start_ns[span.index()],
            end_ns,
            span,
            count,
            folded: row.folded(),
            row: parent,
            error: outline.has(span, flag::ERROR) || row.error_inside(),
            critical: has_critical_time(outline, span.0..end),
        });
    }

    /// The boxes of the rows taken.
    pub fn finish(self) -> Unplaced {
        self.made
    }
}

/// Whether one of these spans has time of its own on the critical path.
fn has_critical_time(outline: &Outline, spans: Range<u32>) -> bool {
    let from = outline.critical_span.partition_point(|span| *span < spans.start);
    let pieces = outline.critical_span.iter().zip(outline.critical_start_ns.iter().zip(&outline.critical_end_ns));
    pieces.skip(from).take_while(|(span, _)| **span < spans.end).any(|(_, (start, end))| start < end)
}

fn differ(before: &[u32], at: Range<usize>) -> bool {
    before.get(at.start) != before.get(at.end)
}

/// The row of each box, given when it begins and ends and the position of its parent ([`NONE`] without one), parents before
/// their children. O(n log n).
pub fn rows(starts: &[u64], ends: &[u64], parents: &[u32]) -> Vec<u32> {
    let mut taken: Vec<BTreeMap<u64, u64>> = Vec::new();
    let mut last_ends = FreeRows::default();
    let mut rows = vec![0; starts.len()];
    for at in trunk_first(starts, ends, parents) {
        let (Some(start), Some(end)) = (starts.get(at).copied(), ends.get(at).copied()) else { continue };
        // A span without length takes its place as well, or two of them would lie on one another.
        let end = end.max(start.saturating_add(1));
        let parent = parents.get(at).and_then(|parent| rows.get(*parent as usize));
        let first = parent.map_or(0, |row| row + 1);
        let near = (first..(first + GAPS_WITHIN).min(taken.len() as u32))
            .find(|row| taken.get(*row as usize).is_some_and(|taken| is_free(taken, start, end)));
        let beyond = first.max((first + GAPS_WITHIN).min(taken.len() as u32));
        let row = near.unwrap_or_else(|| last_ends.first_ending_by(start, beyond));
        if row as usize >= taken.len() {
            taken.resize_with(row as usize + 1, BTreeMap::new);
        }
        if let Some(taken) = taken.get_mut(row as usize) {
            taken.insert(start, end);
        }
        last_ends.extend_to(row, end);
        rows[at] = row;
    }
    rows
}

/// Positions of the items, parents before their children: of siblings first those that fill half of their parent, longest
/// first, then the others by start. So the trunk of a trace stays together, and specks that overlap it by a clock's
/// rounding go below it instead of pushing it down.
fn trunk_first(starts: &[u64], ends: &[u64], parents: &[u32]) -> Vec<usize> {
    // Children of each item side by side; the tops stand in the last place.
    let tops = starts.len();
    let parent = |at: usize| parents.get(at).map_or(tops, |parent| (*parent as usize).min(tops));
    let mut bounds = vec![0usize; tops + 1];
    (0..tops).for_each(|at| bounds[parent(at)] += 1);
    for at in 1..bounds.len() {
        bounds[at] += bounds[at - 1];
    }
    let mut begins = bounds.clone();
    let mut children = vec![0usize; tops];
    for at in (0..tops).rev() {
        begins[parent(at)] -= 1;
        children[begins[parent(at)]] = at;
    }
    let length = |at: usize| ends.get(at).zip(starts.get(at)).map_or(0, |(end, start)| end.saturating_sub(*start));
    for of in 0..tops {
        let half = length(of) / 2;
        // Stable: the others keep their order.
        children[begins[of]..bounds[of]]
            .sort_by_key(|child| if length(*child) >= half { Reverse(length(*child)) } else { Reverse(0) });
    }
    let mut order = Vec::with_capacity(tops);
    let mut open: Vec<usize> = children[begins[tops]..bounds[tops]].iter().rev().copied().collect();
    while let Some(at) = open.pop() {
        order.push(at);
        open.extend(children[begins[at]..bounds[at]].iter().rev());
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
