//! The rows of the waterfall: what is shown of a trace, in which order and how deep, once the reader has collapsed,
//! folded, hidden and focused. Not where a row stands in px ([`super::scroll`]), not what is drawn in it
//! ([`super::bars`]).
//!
//! Every span is in exactly one place: a row of its own, folded into the row of its only child (`+2`), in a group row
//! (`3 ×`), below a collapsed row (`9`), of a hidden service, or outside the focus; [`Totals`] counts them all.
//!
//! They are found by [`super::row_build`].

use super::bits::Bits;
use super::fold::Run;
use super::row_build;
use crate::base::SpanId;
use crate::model::{Outline, SpanIdx};

/// What the reader has chosen.
#[derive(Clone, PartialEq, Debug, Default)]
pub struct RowOptions {
    /// Spans whose descendants are hidden. Without effect on a span that has no row of its own.
    pub collapsed: Bits,
    /// Whether pass-through spans and like siblings are folded.
    pub fold: bool,
    /// Groups that are open: a group is open when any of its members is in the set.
    pub expanded_groups: Bits,
    /// Spans never folded away (selected, matched, first failing); they stand apart from their group. A collapsed
    /// ancestor hides them nevertheless: see [`super::reveal`].
    pub keep: Bits,
    /// Services, by index in the outline, whose spans have no row; what they called stands below their own caller.
    /// To isolate services, hide their [`Bits::complement`].
    pub hidden_services: Bits,
    /// Show only this span and what is below it.
    pub focus: Option<SpanIdx>,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum RowKind {
    /// A span. With [`Row::folded`] above 0, also the pass-through spans above it, whose depth it takes.
    Span,
    /// Like siblings in one row; when expanded, a head over them.
    Group,
    /// The head over orphans that miss the same parent.
    Orphans,
    /// The head over the spans at which cycles were cut.
    Cycles,
}

/// One row, 16 bytes: a million of them are 16 MB.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub struct Row {
    pub(super) span: u32,
    pub(super) count: u32,
    pub(super) below: u32,
    /// Depth in the upper 24 bits, [`RowKind`] in the lower 2, three marks between.
    packed: u32,
}

pub(super) const HAS_CHILDREN: u32 = 4;
pub(super) const EXPANDED: u32 = 8;
pub(super) const ERROR_BELOW: u32 = 16;
/// Depths beyond share the deepest indent; no screen indents as far.
const MAX_DEPTH: u32 = (1 << 24) - 1;

impl Row {
    pub(super) fn new(kind: RowKind, span: SpanIdx, depth: u32) -> Row {
        Row { span: span.0, count: 0, below: 0, packed: depth.min(MAX_DEPTH) << 8 | kind as u32 }
    }

    pub(super) fn mark(&mut self, bit: u32, on: bool) {
        self.packed = self.packed & !bit | if on { bit } else { 0 };
    }

    pub fn kind(&self) -> RowKind {
        match self.packed & 3 {
            0 => RowKind::Span,
            1 => RowKind::Group,
            2 => RowKind::Orphans,
            _ => RowKind::Cycles,
        }
    }

    pub fn is_head(&self) -> bool {
        matches!(self.kind(), RowKind::Orphans | RowKind::Cycles)
    }

    /// The span; of a group its first member, of a head the first span under it.
    pub fn span(&self) -> SpanIdx {
        SpanIdx(self.span)
    }

    /// Visual depth; 0 for tops and heads.
    pub fn depth(&self) -> u32 {
        self.packed >> 8
    }

    pub fn has_children(&self) -> bool {
        self.packed & HAS_CHILDREN != 0
    }

    /// Whether what is below is shown. False without children.
    pub fn expanded(&self) -> bool {
        self.packed & EXPANDED != 0
    }

    /// Whether a span that this row holds out of sight has failed (collapsed below it, or a member of its group).
    pub fn error_inside(&self) -> bool {
        self.packed & ERROR_BELOW != 0
    }

    /// Pass-through spans folded into this row, `+n`; 0 for other kinds than [`RowKind::Span`].
    pub fn folded(&self) -> u32 {
        if self.kind() == RowKind::Span { self.count } else { 0 }
    }

    /// Members of a group, orphans or cut cycles under a head; 1 for a span.
    pub fn count(&self) -> u32 {
        if self.kind() == RowKind::Span { 1 } else { self.count }
    }

    /// Spans hidden below: of a collapsed row its descendants, of a closed group those of its members; 0 when
    /// expanded. Spans of hidden services are not counted here. Of a head, all spans below its tops.
    pub fn below(&self) -> u32 {
        self.below
    }
}

/// Where all spans are.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Totals {
    pub rows: u32,
    /// Rows of kind [`RowKind::Span`].
    pub spans_shown: u32,
    pub spans_total: u32,
    pub folded_pass_through: u32,
    /// Spans in closed groups, descendants included.
    pub grouped: u32,
    /// Spans below collapsed rows.
    pub collapsed: u32,
    pub hidden_by_service: u32,
    pub out_of_focus: u32,
}

/// Figures of a group row.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Group {
    pub first: SpanIdx,
    pub count: u32,
    /// Where the last member's subtree ends.
    pub end: u32,
    pub sum_ns: u64,
    pub max_ns: u64,
    /// The latest end of a member.
    pub end_ns: u64,
    /// No member has children: all of their time is their own.
    pub leaves: bool,
    /// When members run, as [`RowModel::busy`] has it; empty for a group of at most [`DRAWN_ONE_BY_ONE`].
    pub(super) busy: core::ops::Range<u32>,
    pub(super) critical: core::ops::Range<u32>,
}

impl Group {
    pub fn run(&self) -> Run {
        Run { first: self.first.0, end: self.end, count: self.count }
    }
}

/// Groups up to this size are drawn member by member; of larger ones the union of members' times is kept, so that a
/// frame's work does not grow with the group.
pub const DRAWN_ONE_BY_ONE: u32 = 64;

/// The rows, and what is known of them.
#[derive(Clone, Debug, Default)]
pub struct RowModel {
    pub(super) rows: Vec<Row>,
    /// Positions of heads, which are taller than other rows.
    pub(super) heads: Vec<u32>,
    pub(super) groups: Vec<Group>,
    pub(super) busy: Vec<(u64, u64)>,
    pub(super) critical: Vec<(u64, u64)>,
    pub totals: Totals,
}

impl RowModel {
    pub fn new(outline: &Outline, options: &RowOptions) -> RowModel {
        row_build::build(outline, options)
    }

    pub fn rows(&self) -> &[Row] {
        &self.rows
    }

    pub fn len(&self) -> usize {
        self.rows.len()
    }

    pub fn is_empty(&self) -> bool {
        self.rows.is_empty()
    }

    /// Positions of heads, ascending.
    pub fn heads(&self) -> &[u32] {
        &self.heads
    }

    /// Figures of the group row that begins with `first`.
    pub fn group(&self, first: SpanIdx) -> Option<&Group> {
        let at = self.groups.partition_point(|group| group.first < first);
        self.groups.get(at).filter(|group| group.first == first)
    }

    /// Disjoint times, in order, at which members of a large group run.
    pub fn busy(&self, group: &Group) -> &[(u64, u64)] {
        self.busy.get(group.busy.start as usize..group.busy.end as usize).unwrap_or_default()
    }

    /// Pieces of the critical path that members of a large group have, in order.
    pub fn critical(&self, group: &Group) -> &[(u64, u64)] {
        self.critical.get(group.critical.start as usize..group.critical.end as usize).unwrap_or_default()
    }

    /// The row that is the span's own; `None` while it is folded, grouped, collapsed, hidden or out of focus.
    pub fn row_of(&self, span: SpanIdx) -> Option<usize> {
        let at = self.after(span).checked_sub(1)?;
        let row = self.rows[at];
        (row.span() == span && row.kind() == RowKind::Span).then_some(at)
    }

    /// The row that stands for the span: its own, else the one it is folded or grouped into or collapsed under; `None`
    /// when its service is hidden or it is out of focus.
    pub fn row_holding(&self, outline: &Outline, span: SpanIdx) -> Option<usize> {
        let after = self.after(span);
        if let Some((at, row)) = after.checked_sub(1).map(|at| (at, self.rows[at])) {
            let end = match row.kind() {
                RowKind::Group if !row.expanded() => self.group(row.span()).map(|group| group.end)?,
                RowKind::Span if !row.expanded() => row.span + outline.subtree_len(row.span()),
                RowKind::Span => row.span + 1,
                _ => row.span,
            };
            if span.0 < end {
                return Some(at);
            }
        }
        // Folded spans stand right before the row they are folded into, with nothing between.
        let next = self.rows.get(after)?;
        let is_folded = next.kind() == RowKind::Span && next.span - span.0 <= next.folded();
        is_folded.then_some(after)
    }

    /// Position of the first row whose span comes after `span`; spans ascend along the rows.
    fn after(&self, span: SpanIdx) -> usize {
        self.rows.partition_point(|row| row.span <= span.0)
    }
}

/// The missing parent that an orphan names.
pub fn missing_parent(outline: &Outline, orphan: SpanIdx) -> Option<SpanId> {
    let at = outline.orphan_span.binary_search(&orphan.0).ok()?;
    outline.orphan_parent_id.get(at).copied().map(SpanId)
}

#[cfg(test)]
#[path = "rows_test.rs"]
mod tests;
