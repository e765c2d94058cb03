//! The flame chart: x is time, a span stands in the first free row below its parent. What it shows is what the rows of the
//! timeline show: folded, focused, hidden and kept alike (see [`options`] for what differs).
//!
//! [`pack`] gives boxes their rows, once a change; [`scene`] says what of them is drawn in a frame, and [`hit_test`] reads
//! the same input. Work of a frame grows with its pixels, not with the trace.

mod free_rows;
pub mod pack;

use core::ops::Range;

use self::pack::{Item, Packed};
use super::{Bits, Rect, RowModel, RowOptions, Viewport};
use crate::model::{Outline, SpanIdx};

/// Rows' pitch, and from how many rows on the dense one is taken.
pub const PITCH_PX: f64 = 18.0;
pub const DENSE_PITCH_PX: f64 = 12.0;
const DENSE_FROM_ROWS: u32 = 60;
/// Room above the first row.
pub const TOP_PX: f64 = 4.0;
/// Boxes narrower than this are drawn as marks, at most one each so many px of a row. A frame that would be more than
/// [`MOST_ITEMS`] is drawn with the next; with the last, whatever it comes to.
const THIN_PX: [f64; 5] = [1.0, 2.0, 4.0, 8.0, 12.0];
const MOST_ITEMS: usize = 6_000;
/// How far beside a box the pointer still means it.
const NEAR_PX: f64 = 3.0;

/// What a frame is made of.
pub struct Chart<'a> {
    pub outline: &'a Outline,
    pub packed: &'a Packed,
    /// What the boxes were made from.
    pub rows: &'a RowModel,
    pub viewport: Viewport,
    pub width_px: f64,
    pub view_px: f64,
    pub scroll_px: f64,
    /// Positions of the boxes in which find has matched a span ([`Packed::positions_of`]); all others are dimmed.
    pub matches: Option<&'a Bits>,
    pub selected: Option<SpanIdx>,
    pub critical_path: bool,
}

/// A box in sight. x and y from the view's corner, in CSS px.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct FlameBox {
    pub item: Item,
    pub x: f64,
    pub y: f64,
    pub w: f64,
    pub h: f64,
    pub slot: u8,
    pub dim: bool,
    /// Find is at work and it matches.
    pub found: bool,
    pub error: bool,
    pub selected: bool,
    /// Whether its start is in the window: only then it has an edge there.
    pub starts: bool,
    /// Its service is another than its parent's box shows: the label names it.
    pub names_service: bool,
}

/// Boxes too narrow to be told apart: marks that touch, of one colour, as one.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct Mark {
    pub x: f64,
    pub y: f64,
    pub w: f64,
    pub h: f64,
    pub slot: u8,
    pub dim: bool,
    pub found: bool,
    pub error: bool,
}

/// A stretch of a group's box in which one of its members runs.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct Busy {
    pub x: f64,
    pub y: f64,
    pub w: f64,
    pub h: f64,
    pub slot: u8,
    pub dim: bool,
}

/// A piece of the critical path under a box.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct PathPiece {
    pub x: f64,
    pub y: f64,
    pub w: f64,
}

#[derive(Clone, PartialEq, Debug, Default)]
pub struct Scene {
    pub boxes: Vec<FlameBox>,
    pub marks: Vec<Mark>,
    pub busy: Vec<Busy>,
    pub path: Vec<PathPiece>,
}

/// The rows' options as the flame chart takes them. Nothing is collapsed: that is a matter of rows. Like siblings make one
/// box only if nothing is below them: side by side in time they take one row anyway, and what is below them is what a
/// flame chart is for.
pub fn options(outline: &Outline, chosen: RowOptions) -> RowOptions {
    let mut expanded_groups = chosen.expanded_groups;
    if chosen.fold {
        outline.spans().filter(|span| outline.subtree_len(*span) > 1).for_each(|span| expanded_groups.insert(span.0));
    }
    RowOptions { collapsed: Bits::default(), expanded_groups, ..chosen }
}

/// Pitch of the rows: dense when there are many.
pub fn pitch_px(rows: u32) -> f64 {
    if rows > DENSE_FROM_ROWS { DENSE_PITCH_PX } else { PITCH_PX }
}

/// Height of all rows.
pub fn height_px(rows: u32) -> f64 {
    TOP_PX * 2.0 + f64::from(rows) * pitch_px(rows)
}

/// The scroll position nearest to `scroll_px` at which a row can be seen.
pub fn scroll_to_row(row: u32, rows: u32, scroll_px: f64, view_px: f64) -> f64 {
    let pitch = pitch_px(rows);
    let top = TOP_PX + f64::from(row) * pitch;
    let least = (top + pitch * 2.0 - view_px).max(0.0);
    let most = (top - pitch).max(0.0);
    scroll_px.clamp(least.min(most), most.max(least)).min((height_px(rows) - view_px).max(0.0))
}

/// The boxes in sight.
pub fn scene(chart: &Chart) -> Scene {
    let mut scene = Scene::default();
    if chart.width_px < 1.0 || chart.packed.is_empty() {
        return scene;
    }
    for (at, thin_px) in THIN_PX.into_iter().enumerate() {
        scene = Scene::default();
        let is_last = at + 1 == THIN_PX.len();
        let is_whole = chart.rows_in_sight().all(|row| {
            chart.draw_row(row, thin_px, &mut scene);
            is_last || scene.len() <= MOST_ITEMS
        });
        if is_whole {
            break;
        }
    }
    scene
}

impl Scene {
    /// Things to draw.
    pub fn len(&self) -> usize {
        self.boxes.len() + self.marks.len() + self.busy.len() + self.path.len()
    }

    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }
}

/// Where the box of the selected span is, at least a px wide; `None` while it is beside the window or has no box. It is drawn
/// over the scene, which a selection therefore never changes.
pub fn selection(chart: &Chart) -> Option<Rect> {
    let item = chart.selected.and_then(|span| chart.packed.holding(span)).filter(|_| chart.width_px >= 1.0)?;
    let (x0, x1) = (chart.x_of(item.start_ns), chart.x_of(item.end_ns));
    if x1 < 0.0 || x0 > chart.width_px {
        return None;
    }
    let x = x0.clamp(0.0, chart.width_px - 1.0);
    let y = TOP_PX + f64::from(item.row) * chart.pitch() - chart.scroll_px;
    Some(Rect { x, y, w: (x1.min(chart.width_px) - x).max(1.0), h: chart.pitch() - 1.0 })
}

/// The box at a place: the one it lies in, else the nearest in its row within 3 px.
pub fn hit_test<'a>(chart: &Chart<'a>, x_px: f64, y_px: f64) -> Option<&'a Item> {
    let row = (y_px + chart.scroll_px - TOP_PX) / chart.pitch();
    if row < 0.0 || row >= f64::from(chart.packed.row_count()) {
        return None;
    }
    let items = chart.packed.row(row as u32);
    let after = items.partition_point(|item| chart.x_of(item.start_ns) <= x_px);
    let away = |item: &Item| (x_px - chart.x_of(item.end_ns)).max(chart.x_of(item.start_ns) - x_px).max(0.0);
    let beside = [after.checked_sub(1), Some(after)];
    let near = beside.into_iter().flatten().filter_map(|at| items.get(at)).filter(|item| away(item) <= NEAR_PX);
    near.min_by(|a, b| away(a).total_cmp(&away(b)))
}

impl Chart<'_> {
    fn pitch(&self) -> f64 {
        pitch_px(self.packed.row_count())
    }

    fn x_of(&self, time_ns: u64) -> f64 {
        self.viewport.px_from_time(time_ns, self.width_px)
    }

    fn rows_in_sight(&self) -> Range<u32> {
        let first = ((self.scroll_px - TOP_PX) / self.pitch()).floor().max(0.0) as u32;
        let last = ((self.scroll_px + self.view_px - TOP_PX) / self.pitch()).ceil().max(0.0) as u32;
        first..last.min(self.packed.row_count())
    }

    fn draw_row(&self, row: u32, thin_px: f64, scene: &mut Scene) {
        let first = self.packed.positions(row).start;
        let items = self.packed.row(row);
        let y = TOP_PX + f64::from(row) * self.pitch() - self.scroll_px;
        // Boxes of a row do not overlap, so their ends ascend like their starts.
        let mut at = items.partition_point(|item| self.x_of(item.end_ns) < 0.0);
        while let Some(item) = items.get(at) {
            let (x0, x1) = (self.x_of(item.start_ns), self.x_of(item.end_ns));
            if x0 > self.width_px {
                break;
            }
            if x1 - x0 >= thin_px {
                let drawn = self.flame_box(item, first + at, x0, x1, y);
                scene.boxes.push(drawn);
                self.draw_busy(&drawn, scene);
                self.draw_path(item, y, thin_px, scene);
                at += 1;
            } else {
                at = self.draw_mark(row, at, y, thin_px, scene);
            }
        }
    }

    fn flame_box(&self, item: &Item, at: usize, x0: f64, x1: f64, y: f64) -> FlameBox {
        let (outline, span) = (self.outline, item.span);
        let x = x0.max(0.0);
        let shown_px = x1.min(self.width_px) - x;
        // A gap tells neighbours apart where there is room for one.
        let gap = if shown_px > 3.0 && x1 <= self.width_px { 1.0 } else { 0.0 };
        let parent = outline.parent(SpanIdx(span.0 - item.folded.min(span.0)));
        FlameBox {
            item: *item,
            x,
            y,
            w: (shown_px - gap).max(1.0),
            h: self.pitch() - 1.0,
            slot: outline.slot(span),
            dim: self.matches.is_some() && !self.is_found(at..at + 1),
            found: self.is_found(at..at + 1),
            error: item.error,
            selected: self.holds_selected(item),
            starts: x0 >= 0.0,
            names_service: parent.is_none_or(|parent| outline.service[parent.index()] != outline.service[span.index()]),
        }
    }

    /// Draws the thin boxes that begin in `thin_px` px from the row's box `at` on as one mark; gives the next to draw.
    fn draw_mark(&self, row: u32, at: usize, y: f64, thin_px: f64, scene: &mut Scene) -> usize {
        let items = self.packed.row(row);
        let Some(first) = items.get(at) else { return at + 1 };
        let px = (self.x_of(first.start_ns).max(0.0) / thin_px).floor() * thin_px;
        let rest = items.get(at..).unwrap_or_default();
        let beyond = first_beyond(rest, |item| self.x_of(item.start_ns) < px + thin_px);
        // Of boxes that begin here only the last can be wide: it is drawn as itself.
        let is_wide = |item: &Item| self.x_of(item.end_ns) - self.x_of(item.start_ns) >= thin_px;
        let last_is_wide = beyond > 1 && rest.get(beyond - 1).is_some_and(is_wide);
        let end = at + (beyond - usize::from(last_is_wide)).max(1);
        let offset = self.packed.positions(row).start;
        let among_all = offset + at..offset + end;
        let found = self.is_found(among_all.clone());
        let mark = Mark {
            x: px.min(self.width_px - 1.0),
            y,
            w: thin_px,
            h: self.pitch() - 1.0,
            slot: self.outline.slot(first.span),
            dim: self.matches.is_some() && !found,
            found,
            error: self.packed.any_failed(among_all.clone()),
        };
        if self.critical_path && self.packed.any_critical(among_all) {
            scene.path.push(PathPiece { x: mark.x, y: y + self.pitch() - 3.0, w: mark.w });
        }
        match scene.marks.last_mut() {
            Some(last) if last.x + last.w >= mark.x && last.looks_like(&mark) => last.w = mark.x + mark.w - last.x,
            _ => scene.marks.push(mark),
        }
        end
    }

    /// When a group's members run: its box spans them all, with whatever lies between.
    fn draw_busy(&self, drawn: &FlameBox, scene: &mut Scene) {
        let Some(group) = self.rows.group(drawn.item.span).filter(|_| drawn.item.count > 1) else { return };
        let members;
        let times = match self.rows.busy(group) {
            [] => {
                let time =
                    |member: SpanIdx| (self.outline.start_ns[member.index()], self.outline.end_ns[member.index()]);
                members = super::fold::members(self.outline, group.run()).map(time).collect::<Vec<_>>();
                members.as_slice()
            }
            busy => busy,
        };
        let FlameBox { y, h, slot, dim, .. } = *drawn;
        for run in super::pieces::stretches(times.len(), |at| times[at], 1.0, &self.viewport, self.width_px) {
            scene.busy.push(Busy { x: run.x0_px, y, w: run.x1_px - run.x0_px, h, slot, dim });
        }
    }

    fn draw_path(&self, item: &Item, y: f64, least_px: f64, scene: &mut Scene) {
        if !self.critical_path || !item.critical {
            return;
        }
        // Pieces are sorted by span, and of a group nothing stands between the members.
        let spans = self.spans_of(item);
        let from = self.outline.critical_span.partition_point(|span| *span < spans.start);
        let len = self.outline.critical_span.partition_point(|span| *span < spans.end) - from;
        let times = |at: usize| (self.outline.critical_start_ns[from + at], self.outline.critical_end_ns[from + at]);
        let y = y + self.pitch() - 3.0;
        for run in super::pieces::stretches(len, times, least_px, &self.viewport, self.width_px) {
            scene.path.push(PathPiece { x: run.x0_px, y, w: run.x1_px - run.x0_px });
        }
    }

    /// The spans a box draws: itself, or the members of its group and what little is below them.
    fn spans_of(&self, item: &Item) -> Range<u32> {
        let end = self.rows.group(item.span).filter(|_| item.count > 1).map_or(item.span.0 + 1, |group| group.end);
        item.span.0..end
    }

    /// Whether find has matched in one of the boxes at these positions among all.
    fn is_found(&self, at: Range<usize>) -> bool {
        self.matches.is_some_and(|matches| matches.any_in(at.start as u32..at.end as u32))
    }

    fn holds_selected(&self, item: &Item) -> bool {
        self.selected.and_then(|span| self.packed.holding(span)) == Some(item)
    }
}

/// How many items from the first on hold, as `partition_point` has it. Mostly a few, so it is sought in steps that double, then by halving:
/// a million in one px cost forty steps, three cost three.
fn first_beyond(items: &[Item], holds: impl Fn(&Item) -> bool) -> usize {
    let mut reach = 1;
    while items.get(reach).is_some_and(&holds) {
        reach *= 2;
    }
    let from = reach / 2;
    let between = items.get(from..reach.min(items.len())).unwrap_or_default();
    from + between.partition_point(holds)
}

impl Mark {
    fn looks_like(&self, other: &Mark) -> bool {
        (self.y, self.slot, self.dim, self.found, self.error)
            == (other.y, other.slot, other.dim, other.found, other.error)
    }
}

#[cfg(test)]
#[path = "scene_test.rs"]
mod tests;
