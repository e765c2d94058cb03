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
use crate::layout::{Bits, RowKind, RowModel};
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
        let items = items(outline, rows);
        let ends = items.iter().map(|item| packed_end(outline, rows, item)).collect();
        Unplaced { items, spans: outline.len(), ends }
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

    /// With the row of each box; `None` unless there is one for each.
    pub fn placed(self, rows: &[u32]) -> Option<Packed> {
        let Unplaced { mut items, spans, ends } = self;
        if rows.len() != items.len() {
            return None;
        }
        items.iter_mut().zip(rows).for_each(|(item, row)| item.row = *row);
        let mut items: Vec<(Item, u32)> = items.into_iter().zip(ends).collect();
        items.sort_unstable_by_key(|(item, _)| (item.row, item.start_ns, item.span));
        let count = rows.iter().max().map_or(0, |last| *last as usize + 1);
        let mut packed = Packed { box_of: vec![NONE; spans], rows: vec![0; count + 1], ..Packed::default() };
        for (at, (item, end)) in (0u32..).zip(&items) {
            packed.rows[item.row as usize + 1] += 1;
            for holder in packed.box_of.get_mut((item.span.0 - item.folded) as usize..*end as usize).unwrap_or_default()
            {
                *holder = at;
            }
        }
        for row in 1..packed.rows.len() {
            packed.rows[row] += packed.rows[row - 1];
        }
        packed.items = items.into_iter().map(|(item, _)| item).collect();
        packed.failed_before = counted(&packed.items, |item| item.error);
        packed.critical_before = counted(&packed.items, |item| item.critical);
        Some(packed)
    }
}

/// How many items before each one, and before the end, have something.
fn counted(items: &[Item], has: impl Fn(&Item) -> bool) -> Vec<u32> {
    let mut sum = 0;
    let mut before = vec![0];
    before.extend(items.iter().map(|item| {
        sum += u32::from(has(item));
        sum
    }));
    before
}

impl Packed {
    /// Packs what `rows` shows, here and now.
    pub fn new(outline: &Outline, shown: &RowModel) -> Packed {
        let unplaced = Unplaced::of(outline, shown);
        let (starts, ends, parents) = unplaced.columns();
        unplaced.placed(&rows(&starts, &ends, &parents)).unwrap_or_default()
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
        let spans = span.0..if count > 1 { rows.group(span).map_or(span.0 + 1, |group| group.end) } else { span.0 + 1 };
        items.push(Item {
            start_ns,
            end_ns,
            span,
            count,
            folded: row.folded(),
            row: parent,
            error: outline.has(span, flag::ERROR) || row.error_inside(),
            critical: has_critical_time(outline, spans),
        });
    }
    items
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
