//! One pass over the outline that finds the rows. What a collapsed row or a closed group holds is skipped, not walked;
//! nothing recurses, so a chain of a million spans is a loop. The pass can be stopped and gone on with, so that a page
//! makes a million rows between its frames. What rows are is told in [`super::rows`].

use super::bits::{Bits, Rank};
use super::fold::{self, Run};
use super::rows::{
    DRAWN_ONE_BY_ONE, ERROR_BELOW, EXPANDED, Group, HAS_CHILDREN, Row, RowKind, RowModel, RowOptions, missing_parent,
};
use crate::base::SpanId;
use crate::model::outline::flag;
use crate::model::{Outline, SpanIdx};

/// The rows of `outline` under `options`.
pub fn build(outline: &Outline, options: &RowOptions) -> RowModel {
    let mut rows = RowBuild::new(outline, options);
    while rows.step(usize::MAX) {}
    rows.finish()
}

/// The pass under way.
pub struct RowBuild<'a> {
    build: Build<'a>,
    /// The span to go on with, and where the pass ends.
    at: u32,
    end: u32,
    with_heads: bool,
}

impl<'a> RowBuild<'a> {
    pub fn new(outline: &'a Outline, options: &'a RowOptions) -> Self {
        // A focus from another trace is none.
        let focus = options.focus.filter(|span| span.index() < outline.len());
        let (at, end) = match focus {
            Some(span) => (span.0, span.0 + outline.subtree_len(span)),
            None => (0, outline.len() as u32),
        };
        let mut build = Build::new(outline, options);
        let totals = &mut build.model.totals;
        totals.spans_total = outline.len() as u32;
        totals.out_of_focus = totals.spans_total - (end - at);
        RowBuild { build, at, end, with_heads: focus.is_none() }
    }

    /// Places at most `count` rows more; false when all are placed. A group is placed whole, whatever its size.
    pub fn step(&mut self, count: usize) -> bool {
        for _ in 0..count {
            if self.at >= self.end {
                return false;
            }
            self.at = self.build.step(SpanIdx(self.at), self.with_heads);
        }
        self.at < self.end
    }

    /// The rows placed so far.
    pub fn finish(mut self) -> RowModel {
        self.build.model.totals.rows = self.build.model.rows.len() as u32;
        self.build.model
    }
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
