//! The rows of the waterfall: what is shown of a trace, in which order and how deep, once the reader has collapsed,
//! folded, hidden and focused. Not where a row stands in px ([`super::scroll`]), not what is drawn in it
//! ([`super::bars`]).
//!
//! Every span is in exactly one place: a row of its own, folded into the row of its only child (`+2`), in a group row
//! (`3 ×`), below a collapsed row (`9`), of a hidden service, or outside the focus; [`Totals`] counts them all.
//!
//! One pass over the outline; what a collapsed row or a group holds is skipped, not walked.

use super::bits::{Bits, Rank};
use super::fold::{self, Run};
use crate::base::SpanId;
use crate::model::outline::flag;
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
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Row {
    span: u32,
    count: u32,
    below: u32,
    /// Depth in the upper 24 bits, [`RowKind`] in the lower 2, three marks between.
    packed: u32,
}

const HAS_CHILDREN: u32 = 4;
const EXPANDED: u32 = 8;
const ERROR_BELOW: u32 = 16;
/// Depths beyond share the deepest indent; no screen indents as far.
const MAX_DEPTH: u32 = (1 << 24) - 1;

impl Row {
    fn new(kind: RowKind, span: SpanIdx, depth: u32) -> Row {
        Row { span: span.0, count: 0, below: 0, packed: depth.min(MAX_DEPTH) << 8 | kind as u32 }
    }

    fn mark(&mut self, bit: u32, on: bool) {
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
    busy: core::ops::Range<u32>,
    critical: core::ops::Range<u32>,
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
    rows: Vec<Row>,
    /// Positions of heads, which are taller than other rows.
    heads: Vec<u32>,
    groups: Vec<Group>,
    busy: Vec<(u64, u64)>,
    critical: Vec<(u64, u64)>,
    pub totals: Totals,
}

impl RowModel {
    pub fn new(outline: &Outline, options: &RowOptions) -> RowModel {
        let mut build = Build::new(outline, options);
        let scope = match options.focus.filter(|span| span.index() < outline.len()) {
            Some(span) => span.0..span.0 + outline.subtree_len(span),
            None => 0..outline.len() as u32,
        };
        build.model.totals.spans_total = outline.len() as u32;
        build.model.totals.out_of_focus = outline.len() as u32 - (scope.end - scope.start);
        let mut at = scope.start;
        while at < scope.end {
            at = build.step(SpanIdx(at), options.focus.is_none());
        }
        let mut model = build.model;
        model.totals.rows = model.rows.len() as u32;
        model
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

/// A span on the open path.
struct Frame {
    end: u32,
    /// Depth of its children's rows.
    depth: u32,
    /// The run of its children that is under way.
    run: Run,
    run_is: RunState,
}

#[derive(Clone, Copy, PartialEq)]
enum RunState {
    Plain,
    /// A group, its members shown one deeper.
    Open,
    /// A group, its members in one row but for those kept.
    Closed,
}

struct Build<'a> {
    outline: &'a Outline,
    options: &'a RowOptions,
    keep: Rank,
    hidden: Rank,
    failed: Rank,
    frames: Vec<Frame>,
    /// Pass-through spans since the last row.
    folded: u32,
    /// The missing parent of the orphans under way.
    missing: Option<SpanId>,
    head: Option<usize>,
    model: RowModel,
}

impl<'a> Build<'a> {
    fn new(outline: &'a Outline, options: &'a RowOptions) -> Self {
        let spans = 0..outline.len() as u32;
        let hidden = match options.hidden_services.is_empty() {
            true => Bits::default(),
            false => {
                spans.clone().filter(|span| options.hidden_services.contains(outline.service[*span as usize])).collect()
            }
        };
        let failed: Bits = spans.filter(|span| outline.has(SpanIdx(*span), flag::ERROR)).collect();
        Build {
            outline,
            options,
            keep: Rank::new(options.keep.clone()),
            hidden: Rank::new(hidden),
            failed: Rank::new(failed),
            frames: Vec::new(),
            folded: 0,
            missing: None,
            head: None,
            model: RowModel::default(),
        }
    }

    /// Places `span`, and all that its row holds; returns the span to go on with.
    fn step(&mut self, span: SpanIdx, with_heads: bool) -> u32 {
        while self.frames.last().is_some_and(|frame| frame.end <= span.0) {
            self.frames.pop();
        }
        if self.frames.is_empty() {
            if with_heads {
                self.head_over(span);
            }
            return self.place(span, 0, true);
        }
        if self.options.fold
            && !self.hidden.contains(span.0)
            && let Some(next) = self.group(span)
        {
            return next;
        }
        let depth = self.frames.last().map_or(0, |frame| frame.depth + u32::from(frame.run_is == RunState::Open));
        self.place(span, depth, false)
    }

    /// Puts a head over the first of orphans that miss one parent, and over the first cut cycle; counts the others in.
    fn head_over(&mut self, top: SpanIdx) {
        let (kind, missing) = match () {
            _ if self.outline.has(top, flag::ORPHAN) => (RowKind::Orphans, missing_parent(self.outline, top)),
            _ if self.outline.has(top, flag::CYCLE) => (RowKind::Cycles, None),
            _ => return,
        };
        let head = match self.head {
            Some(head) if self.model.rows[head].kind() == kind && self.missing == missing => head,
            _ => {
                let head = self.model.rows.len();
                self.model.rows.push(Row::new(kind, top, 0));
                self.model.heads.push(head as u32);
                head
            }
        };
        let row = &mut self.model.rows[head];
        row.count += 1;
        row.below += self.outline.subtree_len(top) - 1;
        (self.head, self.missing) = (Some(head), missing);
    }

    /// Deals with the run of like siblings in which `span` stands. `Some` when it went into a closed group's row: the
    /// span after it.
    fn group(&mut self, span: SpanIdx) -> Option<u32> {
        let outline = self.outline;
        let frame = self.frames.last_mut()?;
        if span.0 >= frame.run.end {
            let run = fold::run_from(outline, span, frame.end);
            let is_open = || fold::members(outline, run).any(|member| self.options.expanded_groups.has(member));
            frame.run_is = match run.is_group() {
                false => RunState::Plain,
                true if is_open() => RunState::Open,
                true => RunState::Closed,
            };
            frame.run = run;
            if frame.run_is == RunState::Open {
                let depth = frame.depth;
                self.push_group(run, depth, true);
            }
        }
        let frame = self.frames.last()?;
        if frame.run_is != RunState::Closed {
            return None;
        }
        let (run_end, depth) = (frame.run.end, frame.depth);
        let mut piece = Run { first: span.0, end: span.0, count: 0 };
        while piece.end < run_end {
            let end = piece.end + outline.subtree_len(SpanIdx(piece.end));
            if self.keep.count_in(piece.end..end) > 0 {
                break;
            }
            piece = Run { end, count: piece.count + 1, ..piece };
        }
        // A kept member, or a single one that kept ones have cut off.
        if piece.count < 2 {
            return None;
        }
        let hidden = self.hidden.count_in(piece.spans());
        self.model.totals.grouped += piece.end - piece.first - hidden;
        self.model.totals.hidden_by_service += hidden;
        self.push_group(piece, depth, false);
        Some(piece.end)
    }

    fn push_group(&mut self, run: Run, depth: u32, expanded: bool) {
        let group = self.figures(run);
        let mut row = Row::new(RowKind::Group, group.first, depth);
        row.count = run.count;
        row.mark(HAS_CHILDREN, true);
        row.mark(EXPANDED, expanded);
        if !expanded {
            row.below = run.end - run.first - self.hidden.count_in(run.spans()) - run.count;
            row.mark(ERROR_BELOW, self.failed.count_in(run.spans()) > 0);
        }
        self.model.groups.push(group);
        self.model.rows.push(row);
    }

    fn figures(&mut self, run: Run) -> Group {
        let (outline, model) = (self.outline, &mut self.model);
        let (busy_from, critical_from) = (model.busy.len(), model.critical.len());
        let mut group = Group {
            first: SpanIdx(run.first),
            count: run.count,
            end: run.end,
            sum_ns: 0,
            max_ns: 0,
            end_ns: 0,
            leaves: run.end - run.first == run.count,
            busy: 0..0,
            critical: 0..0,
        };
        for member in fold::members(outline, run) {
            let (start, end) = (outline.start_ns[member.index()], outline.end_ns[member.index()]);
            group.sum_ns = group.sum_ns.saturating_add(end - start);
            group.max_ns = group.max_ns.max(end - start);
            group.end_ns = group.end_ns.max(end);
            if run.count <= DRAWN_ONE_BY_ONE {
                continue;
            }
            match model.busy[busy_from..].last_mut() {
                Some(last) if start <= last.1 => last.1 = last.1.max(end),
                _ => model.busy.push((start, end)),
            }
            let pieces = outline.critical_of(member);
            model.critical.extend(pieces.map(|at| (outline.critical_start_ns[at], outline.critical_end_ns[at])));
        }
        model.critical[critical_from..].sort_unstable();
        group.busy = busy_from as u32..model.busy.len() as u32;
        group.critical = critical_from as u32..model.critical.len() as u32;
        group
    }

    /// Gives the span its row, or folds it, or leaves it out for its service; returns the span to go on with.
    fn place(&mut self, span: SpanIdx, depth: u32, is_top: bool) -> u32 {
        let end = span.0 + self.outline.subtree_len(span);
        let below = end - span.0 - 1 - self.hidden.count_in(span.0 + 1..end);
        let collapsed = below > 0 && self.options.collapsed.has(span);
        let child_depth = if self.hidden.contains(span.0) {
            self.model.totals.hidden_by_service += 1;
            depth
        } else if !is_top && !collapsed && self.folds(span) {
            self.model.totals.folded_pass_through += 1;
            self.folded += 1;
            depth
        } else {
            let mut row = Row::new(RowKind::Span, span, depth);
            row.count = core::mem::take(&mut self.folded);
            row.mark(HAS_CHILDREN, below > 0);
            row.mark(EXPANDED, below > 0 && !collapsed);
            if collapsed {
                row.below = below;
                row.mark(ERROR_BELOW, self.failed.count_in(span.0 + 1..end) > 0);
            }
            self.model.rows.push(row);
            self.model.totals.spans_shown += 1;
            depth + 1
        };
        if collapsed && !self.hidden.contains(span.0) {
            self.model.totals.collapsed += below;
            self.model.totals.hidden_by_service += end - span.0 - 1 - below;
            return end;
        }
        if end > span.0 + 1 {
            let run = Run { first: span.0 + 1, end: span.0 + 1, count: 0 };
            self.frames.push(Frame { end, depth: child_depth, run, run_is: RunState::Plain });
        }
        span.0 + 1
    }

    /// Whether the span is folded into its child. The child must have a row to be folded into.
    fn folds(&self, span: SpanIdx) -> bool {
        self.options.fold
            && !self.keep.contains(span.0)
            && fold::passes_through(self.outline, span)
            && !self.hidden.contains(span.0 + 1)
    }
}

#[cfg(test)]
#[path = "rows_test.rs"]
mod tests;
