//! What is drawn right of the tree for the rows in sight: bars with their own time, critical path, events, error marks,
//! and what lies outside the window. A list of items with palette slots, never colours; the tree's text is the page's.
//!
//! A row gives at most some items a px (a small group some a member more), however many spans, events or pieces it
//! stands for. [`hit_test`] reads the same input, so what is clicked is what is drawn.

use super::fold;
use super::pieces::{self, Own, Stretch, WideSpans};
use super::rows::{DRAWN_ONE_BY_ONE, Group};
use super::scroll::{RowHeights, Scroll};
use super::{Bits, Measure, Row, RowKind, RowModel, Viewport};
use crate::base::format;
use crate::model::outline::flag;
use crate::model::{Outline, SpanIdx};

/// Where things stand in a row, in px from its top.
#[derive(Clone, PartialEq, Debug)]
pub struct Metrics {
    pub row_px: f64,
    pub head_px: f64,
    pub bar_top: f64,
    pub bar_px: f64,
    pub path_top: f64,
    pub path_px: f64,
    pub event_top: f64,
    pub event_px: f64,
    pub callee_top: f64,
    pub callee_px: f64,
    pub mark_top: f64,
    pub text_top: f64,
    pub text_px: f64,
}

impl Metrics {
    /// Tree left, bars right.
    pub const WIDE: Metrics = Metrics {
        row_px: 20.0,
        head_px: 24.0,
        bar_top: 3.0,
        bar_px: 10.0,
        path_top: 15.0,
        path_px: 2.0,
        event_top: 2.0,
        event_px: 14.0,
        callee_top: 6.0,
        callee_px: 4.0,
        mark_top: 3.0,
        text_top: 2.0,
        text_px: 10.0,
    };

    /// Up to 720 px: the name in the upper 22 px, the bar below it.
    pub const NARROW: Metrics = Metrics {
        row_px: 40.0,
        bar_top: 23.0,
        path_top: 35.0,
        event_top: 22.0,
        event_px: 12.0,
        callee_top: 25.0,
        mark_top: 23.0,
        text_top: 22.0,
        ..Metrics::WIDE
    };
}

/// Width of an error mark.
pub const MARK_PX: f64 = 10.0;
const MARK_GAP_PX: f64 = 3.0;
/// Beyond this share of the width an error mark stands inside its bar.
const MARK_INSIDE_FROM: f64 = 0.97;
/// Pixels over which events are drawn one by one; no screen has more.
const MOST_PX: f64 = 100_000.0;
/// Least width of a piece of the critical path.
const PATH_LEAST_PX: f64 = 2.0;
/// Room for the arrow and the edges of a label for what lies outside the window.
const BEYOND_ROOM_PX: f64 = 24.0;
/// How many descendants are looked at for a service called by a collapsed row.
const CALLEE_WITHIN: u32 = 64;

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Side {
    Left,
    Right,
}

/// One thing to draw. x from the left of the bars, y from the top of the view, in CSS px. In order: later ones cover
/// earlier ones.
#[derive(Clone, PartialEq, Debug)]
pub enum Item {
    /// A span's time in the pale colour of `slot`. An edge in the full colour stands where the span begins or ends;
    /// not where the window cuts it.
    Bar {
        x: f64,
        y: f64,
        w: f64,
        h: f64,
        slot: u8,
        dim: bool,
        starts: bool,
        ends: bool,
    },
    /// Own time, in the full colour.
    SelfTime {
        x: f64,
        y: f64,
        w: f64,
        h: f64,
        slot: u8,
        dim: bool,
    },
    /// What a collapsed span calls in another service: a thin stripe in that service's full colour.
    Callee {
        x: f64,
        y: f64,
        w: f64,
        h: f64,
        slot: u8,
        dim: bool,
    },
    /// A piece of the critical path.
    Critical {
        x: f64,
        y: f64,
        w: f64,
        h: f64,
        dim: bool,
    },
    Event {
        x: f64,
        y: f64,
        h: f64,
        exception: bool,
        dim: bool,
    },
    /// Left edge of a mark of [`MARK_PX`]; never dimmed.
    ErrorMark {
        x: f64,
        y: f64,
        inside: bool,
    },
    /// Text at the window's edge, with an arrow that points out: `to 4.11 s →`.
    Beyond {
        y: f64,
        side: Side,
        text: String,
        dim: bool,
    },
}

/// What a frame is made of.
pub struct Bars<'a> {
    pub outline: &'a Outline,
    pub rows: &'a RowModel,
    pub wide: &'a WideSpans,
    pub heights: &'a RowHeights,
    pub scroll: Scroll,
    pub view_px: f64,
    pub viewport: Viewport,
    pub width_px: f64,
    pub metrics: &'a Metrics,
    /// Spans that find or a filter has matched; all others are dimmed.
    pub matches: Option<&'a Bits>,
    pub critical_path: bool,
    pub measure: &'a dyn Measure,
}

/// Items of the rows in sight.
pub fn scene(bars: &Bars) -> Vec<Item> {
    let mut items = Vec::new();
    if !(1.0..=MOST_PX).contains(&bars.width_px) {
        return items;
    }
    let mut scratch = Vec::new();
    for at in bars.heights.visible(bars.scroll, bars.view_px) {
        let Some(row) = bars.rows.rows().get(at) else { break };
        let y = bars.y_of(at);
        match row.kind() {
            RowKind::Span => RowScene { bars, y, items: &mut items, scratch: &mut scratch }.span_row(row),
            RowKind::Group => RowScene { bars, y, items: &mut items, scratch: &mut scratch }.group_row(row),
            RowKind::Orphans | RowKind::Cycles => {}
        }
    }
    items
}

impl Bars<'_> {
    fn y_of(&self, row: usize) -> f64 {
        self.heights.y_px(row) - self.scroll.y_px(self.heights)
    }

    fn x_of(&self, time_ns: u64) -> f64 {
        self.viewport.px_from_time(time_ns, self.width_px)
    }

    fn time(&self, span: SpanIdx) -> (u64, u64) {
        (self.outline.start_ns[span.index()], self.outline.end_ns[span.index()])
    }

    /// The part of an interval in the window, at least a px wide; `None` when it lies outside.
    fn clip(&self, (start, end): (u64, u64)) -> Option<Stretch> {
        let (x0, x1) = (self.x_of(start), self.x_of(end));
        if x1 < 0.0 || x0 > self.width_px {
            return None;
        }
        // The last px, or the left edge of what is narrower than one.
        let x0_px = x0.min(self.width_px - 1.0).max(0.0);
        Some(Stretch { x0_px, x1_px: x1.min(self.width_px).max(x0_px + 1.0) })
    }

    fn mark_x(&self, end_ns: u64) -> (f64, bool) {
        let x = self.x_of(end_ns).min(self.width_px).max(0.0);
        if x > self.width_px * MARK_INSIDE_FROM {
            ((x - MARK_PX - MARK_GAP_PX + 1.0).max(0.0), true)
        } else {
            (x + MARK_GAP_PX, false)
        }
    }
}

struct RowScene<'b, 'a> {
    bars: &'b Bars<'a>,
    y: f64,
    items: &'b mut Vec<Item>,
    scratch: &'b mut Vec<Own>,
}

impl RowScene<'_, '_> {
    fn span_row(&mut self, row: &Row) {
        let (bars, span) = (self.bars, row.span());
        let dim = bars.matches.is_some_and(|matches| !matches.has(span));
        let (start, end) = bars.time(span);
        if bars.clip((start, end)).is_some() {
            self.bar((start, end), bars.outline.slot(span), dim);
            self.own_time(span, dim);
            if row.has_children() && !row.expanded() {
                self.callee(span, dim);
            }
            let pieces = bars.outline.critical_of(span);
            let from = pieces.start;
            let times =
                |at: usize| (bars.outline.critical_start_ns[from + at], bars.outline.critical_end_ns[from + at]);
            self.critical(pieces.len(), times, dim);
            self.events(span, dim);
            if bars.outline.has(span, flag::ERROR) {
                self.error_mark(end);
            }
        }
        self.beyond((start, end), dim);
    }

    fn group_row(&mut self, row: &Row) {
        let bars = self.bars;
        let Some(group) = bars.rows.group(row.span()) else { return };
        let dim = bars.matches.is_some_and(|matches| !matches.any_in(group.run().spans()));
        if group.count <= DRAWN_ONE_BY_ONE {
            self.members(group, dim);
        } else {
            self.union_of_members(group, dim);
        }
        let times = (bars.outline.start_ns[group.first.index()], group.end_ns);
        if row.error_inside() && bars.clip(times).is_some() {
            self.error_mark(group.end_ns);
        }
        self.beyond(times, dim);
    }

    /// Every member's own bar, but for those that would cover no further px.
    fn members(&mut self, group: &Group, dim: bool) {
        let bars = self.bars;
        let mut reached = f64::NEG_INFINITY;
        for member in fold::members(bars.outline, group.run()) {
            let Some(stretch) = bars.clip(bars.time(member)).filter(|stretch| stretch.x1_px > reached + 0.5) else {
                continue;
            };
            reached = stretch.x1_px;
            self.bar(bars.time(member), bars.outline.slot(member), dim);
            self.own_time(member, dim);
        }
        for member in fold::members(bars.outline, group.run()) {
            let pieces = bars.outline.critical_of(member);
            let from = pieces.start;
            let times =
                |at: usize| (bars.outline.critical_start_ns[from + at], bars.outline.critical_end_ns[from + at]);
            self.critical(pieces.len(), times, dim);
        }
    }

    /// When any member of a large group runs. Own time shows only when it is all the members have.
    fn union_of_members(&mut self, group: &Group, dim: bool) {
        let (bars, slot) = (self.bars, self.bars.outline.slot(group.first));
        let busy = bars.rows.busy(group);
        let (y, h) = (self.y + bars.metrics.bar_top, bars.metrics.bar_px);
        for run in pieces::stretches(busy.len(), |at| busy[at], 1.0, &bars.viewport, bars.width_px) {
            let (x, w) = (run.x0_px, run.x1_px - run.x0_px);
            let (starts, ends) = (x > 0.0, run.x1_px < bars.width_px);
            self.items.push(Item::Bar { x, y, w, h, slot, dim, starts, ends });
            if group.leaves {
                self.items.push(Item::SelfTime { x, y, w, h, slot, dim });
            }
        }
        let critical = bars.rows.critical(group);
        self.critical(critical.len(), |at| critical[at], dim);
    }

    fn bar(&mut self, times: (u64, u64), slot: u8, dim: bool) {
        let Some(stretch) = self.bars.clip(times) else { return };
        let (y, h) = (self.y + self.bars.metrics.bar_top, self.bars.metrics.bar_px);
        let (x, w) = (stretch.x0_px, stretch.x1_px - stretch.x0_px);
        let starts = self.bars.x_of(times.0) >= 0.0;
        let ends = self.bars.x_of(times.1) <= self.bars.width_px;
        self.items.push(Item::Bar { x, y, w, h, slot, dim, starts, ends });
    }

    fn own_time(&mut self, span: SpanIdx, dim: bool) {
        let bars = self.bars;
        let slot = bars.outline.slot(span);
        let (y, h) = (self.y + bars.metrics.bar_top, bars.metrics.bar_px);
        let own = bars.wide.own(bars.outline, span, self.scratch);
        for run in pieces::own_stretches(own, &bars.viewport, bars.width_px) {
            self.items.push(Item::SelfTime { x: run.x0_px, y, w: run.x1_px - run.x0_px, h, slot, dim });
        }
    }

    fn callee(&mut self, span: SpanIdx, dim: bool) {
        let outline = self.bars.outline;
        let service = outline.service[span.index()];
        let end = span.0 + outline.subtree_len(span).min(CALLEE_WITHIN);
        let called = (span.0 + 1..end).map(SpanIdx).find(|below| outline.service[below.index()] != service);
        let Some((called, stretch)) = called.and_then(|called| Some((called, self.bars.clip(self.bars.time(called))?)))
        else {
            return;
        };
        let (x, w) = (stretch.x0_px, stretch.x1_px - stretch.x0_px);
        let (y, h) = (self.y + self.bars.metrics.callee_top, self.bars.metrics.callee_px);
        self.items.push(Item::Callee { x, y, w, h, slot: outline.slot(called), dim });
    }

    fn critical(&mut self, len: usize, times: impl Fn(usize) -> (u64, u64), dim: bool) {
        let bars = self.bars;
        // A span on the path with no time of its own has one empty piece; it leaves no line.
        let is_empty = |(start, end): (u64, u64)| start == end;
        if !bars.critical_path || len == 0 || (len == 1 && is_empty(times(0))) {
            return;
        }
        let (y, h) = (self.y + bars.metrics.path_top, bars.metrics.path_px);
        for run in pieces::stretches(len, times, PATH_LEAST_PX, &bars.viewport, bars.width_px) {
            self.items.push(Item::Critical { x: run.x0_px, y, w: run.x1_px - run.x0_px, h, dim });
        }
    }

    /// One event a px, an exception before others.
    fn events(&mut self, span: SpanIdx, dim: bool) {
        let (bars, outline) = (self.bars, self.bars.outline);
        let events = outline.events_of(span);
        if events.is_empty() {
            return;
        }
        let mut at_px: Vec<Option<bool>> = vec![None; bars.width_px.min(MOST_PX) as usize + 1];
        for at in events {
            let x = bars.x_of(outline.event_ns[at]);
            if (0.0..=bars.width_px).contains(&x) {
                let exception = outline.event_exception[at] != 0;
                if let Some(there) = at_px.get_mut(x as usize) {
                    *there = Some(exception || *there == Some(true));
                }
            }
        }
        let (y, h) = (self.y + bars.metrics.event_top, bars.metrics.event_px);
        for (x, exception) in at_px.into_iter().enumerate() {
            if let Some(exception) = exception {
                let x = (x as f64).min(bars.width_px - 1.0);
                self.items.push(Item::Event { x, y, h, exception, dim });
            }
        }
    }

    fn error_mark(&mut self, end_ns: u64) {
        let (x, inside) = self.bars.mark_x(end_ns);
        self.items.push(Item::ErrorMark { x, y: self.y + self.bars.metrics.mark_top, inside });
    }

    /// Where the time goes on when the window's edge cuts it, and where it is when it lies outside.
    fn beyond(&mut self, (start, end): (u64, u64), dim: bool) {
        /// What is cut by less cannot be seen to be cut.
        const SLACK_PX: f64 = 0.5;
        let bars = self.bars;
        let (x0, x1) = (bars.x_of(start), bars.x_of(end));
        let left = match () {
            _ if x1 < 0.0 => Some(format::duration(end)),
            _ if x0 < -SLACK_PX => Some(format!("from {}", format::duration(start))),
            _ => None,
        };
        let right = match () {
            _ if x0 > bars.width_px => Some(format::duration(start)),
            _ if x1 > bars.width_px + SLACK_PX => Some(format!("to {}", format::duration(end))),
            _ => None,
        };
        let y = self.y + bars.metrics.text_top;
        for (side, text) in [(Side::Left, left), (Side::Right, right)] {
            let Some(text) = text else { continue };
            let needs_px = f64::from(bars.measure.width(&text, bars.metrics.text_px as f32)) + BEYOND_ROOM_PX;
            if needs_px <= bars.width_px / 2.0 {
                self.items.push(Item::Beyond { y, side, text, dim });
            }
        }
    }
}

/// What of a row is under the pointer.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Part {
    /// The row, beside all that is drawn.
    Row,
    Bar,
    /// An index into the outline's events.
    Event(usize),
    ErrorMark,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Hit {
    pub row: usize,
    /// The span; in a group's row the member under the pointer, else the first; of a head the first span under it.
    pub span: SpanIdx,
    pub part: Part,
}

/// A px is hard to hit: so much beside a bar or an event still counts.
const REACH_PX: f64 = 3.0;

/// What is at (`x`, `y`), in the px of [`Item`]; `None` below the last row or outside.
pub fn hit_test(bars: &Bars, x: f64, y: f64) -> Option<Hit> {
    if !(0.0..=bars.width_px).contains(&x) || !(0.0..bars.view_px).contains(&y) {
        return None;
    }
    let top = bars.scroll.y_px(bars.heights) + y;
    let row_at = bars.heights.row_at(top).filter(|_| top < bars.heights.total_px())?;
    let row = bars.rows.rows().get(row_at)?;
    let hit = |span, part| Hit { row: row_at, span, part };
    let (first, end_ns, has_error) = match row.kind() {
        RowKind::Orphans | RowKind::Cycles => return Some(hit(row.span(), Part::Row)),
        RowKind::Span => (row.span(), bars.time(row.span()).1, bars.outline.has(row.span(), flag::ERROR)),
        RowKind::Group => {
            let group = bars.rows.group(row.span())?;
            (member_at(bars, group, x).unwrap_or(group.first), group.end_ns, row.error_inside())
        }
    };
    let Some(bar) = bars.clip(bars.time(first)) else { return Some(hit(first, Part::Row)) };
    let (mark_x, _) = bars.mark_x(end_ns);
    if has_error && (mark_x..=mark_x + MARK_PX).contains(&x) {
        return Some(hit(first, Part::ErrorMark));
    }
    if row.kind() == RowKind::Span
        && let Some(event) = event_at(bars, first, x)
    {
        return Some(hit(first, Part::Event(event)));
    }
    let is_on_bar = (bar.x0_px - REACH_PX..=bar.x1_px + REACH_PX).contains(&x);
    Some(hit(first, if is_on_bar { Part::Bar } else { Part::Row }))
}

/// The member nearest to `x`, of those that reach it the latest to start: it is drawn on top.
fn member_at(bars: &Bars, group: &Group, x: f64) -> Option<SpanIdx> {
    let mut nearest = None;
    for member in fold::members(bars.outline, group.run()) {
        let (start, end) = bars.time(member);
        let away = (bars.x_of(start) - x).max(x - bars.x_of(end)).max(0.0);
        if away <= REACH_PX && nearest.is_none_or(|(least, _)| away <= least) {
            nearest = Some((away, member));
        }
    }
    nearest.map(|(_, member)| member)
}

fn event_at(bars: &Bars, span: SpanIdx, x: f64) -> Option<usize> {
    let away = |at: usize| (bars.x_of(bars.outline.event_ns[at]) - x).abs();
    bars.outline
        .events_of(span)
        .filter(|at| away(*at) <= REACH_PX)
        .min_by(|one, other| away(*one).total_cmp(&away(*other)))
}

#[cfg(test)]
#[path = "bars_test.rs"]
mod tests;
