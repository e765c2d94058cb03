//! A picture of the timeline: rows with their names, durations and bars over a time scale. Made row by row, for a trace has thousands.

use super::drawing::{Drawing, Named, Type};
use super::frame::Heading;
use super::row::{Rows, Standing};
use super::ruler::{self, RULER_PX};
use super::{MARGIN_PX, Picture, WIDTH_PX};
use crate::layout::bars::{Bars, Metrics, scene};
use crate::layout::pieces::WideSpans;
use crate::layout::scroll::{RowHeights, Scroll};
use crate::layout::{Bits, Measure, Rect, Row, RowKind, RowModel, Viewport};
use crate::model::{Outline, SpanIdx};
use crate::paint::{Palette, bars};

const TREE_LEAST_PX: f64 = 260.0;
const TREE_MOST_PX: f64 = 560.0;
const DURATION_PX: f64 = 72.0;

/// What a picture of the timeline is made of.
pub struct Timeline<'a> {
    pub outline: &'a Outline,
    pub rows: &'a RowModel,
    pub wide: &'a WideSpans,
    /// Positions of the rows to draw, ascending.
    pub which: &'a [usize],
    pub viewport: Viewport,
    pub matches: Option<&'a Bits>,
    pub critical_path: bool,
    pub selected: Option<SpanIdx>,
    pub sought: &'a str,
}

/// A picture under way.
pub struct Making<'a> {
    of: &'a Timeline<'a>,
    heading: &'a Heading,
    drawing: Drawing<'a>,
    words: Rows<'a>,
    heights: RowHeights,
    /// The next row to draw, of those wanted, and where it goes.
    next: usize,
    y: f64,
}

/// When something of the row runs, in ns; `None` of a head.
pub fn times(outline: &Outline, rows: &RowModel, row: &Row) -> Option<(u64, u64)> {
    let at = row.span().index();
    let (start, end) = (*outline.start_ns.get(at)?, *outline.end_ns.get(at)?);
    match row.kind() {
        RowKind::Span => Some((start, end)),
        RowKind::Group => rows.group(row.span()).map(|group| (start, group.end_ns)),
        RowKind::Orphans | RowKind::Cycles => None,
    }
}

impl<'a> Making<'a> {
    pub fn new(of: &'a Timeline<'a>, heading: &'a Heading, palette: &'a Palette, measure: &'a dyn Measure) -> Self {
        let drawing = Drawing::new(palette, measure);
        let y = heading.draw(&drawing, WIDTH_PX) + 8.0;
        let metrics = &Metrics::WIDE;
        let heights = RowHeights::new(of.rows.len(), of.rows.heads(), metrics.row_px, metrics.head_px);
        let mut words =
            Rows { outline: of.outline, rows: of.rows, sought: of.sought, tree_px: 0.0, duration_px: DURATION_PX };
        let wanted = of.shown().map(|(_, row)| words.wanted_px(row)).fold(0.0, f64::max);
        words.tree_px = wanted.clamp(TREE_LEAST_PX, TREE_MOST_PX);
        let mut making = Making { of, heading, drawing, words, heights, next: 0, y };
        making.draw_scale();
        making
    }

    fn bars_px(&self) -> (f64, f64) {
        let left = MARGIN_PX + self.words.tree_px + DURATION_PX;
        (left, WIDTH_PX - MARGIN_PX - left)
    }

    /// The heads of the columns, the time scale, and its lines through all rows.
    fn draw_scale(&mut self) {
        let palette = self.drawing.palette;
        let (left, wide) = self.bars_px();
        let label = Type::new(11.0, &palette.ink_3);
        self.drawing.write(label, "Span", MARGIN_PX + 8.0, self.y + 15.0);
        self.drawing.write(label.at_end(), "Duration", left - 10.0, self.y + 15.0);
        let grid = ruler::draw(&self.drawing, &self.of.viewport, Rect { x: left, y: self.y, w: wide, h: RULER_PX });
        self.y += RULER_PX;
        let rows_px: f64 = self.of.which.iter().map(|at| self.heights.height_px(*at)).sum();
        for x in grid {
            let line = Rect { x: left + x.round(), y: self.y, w: 1.0, h: rows_px };
            self.drawing.panel(line, 0.0, &palette.grid, None);
        }
        let whole = Rect { x: MARGIN_PX, y: self.y - 1.0, w: WIDTH_PX - 2.0 * MARGIN_PX, h: 1.0 };
        self.drawing.panel(whole, 0.0, &palette.hair, None);
        self.drawing.panel(Rect { y: self.y + rows_px, ..whole }, 0.0, &palette.hair, None);
    }

    /// Draws up to `count` further rows; false once all are drawn.
    pub fn step(&mut self, count: usize) -> bool {
        for at in self.of.which.iter().skip(self.next).take(count) {
            let Some(row) = self.of.rows.rows().get(*at) else { continue };
            self.draw(*at, row);
            self.y += self.heights.height_px(*at);
            self.drawing.rest_at(self.y);
        }
        self.next += count;
        self.next < self.of.which.len()
    }

    fn draw(&self, at: usize, row: &Row) {
        let h = self.heights.height_px(at);
        let place = Rect { x: MARGIN_PX, y: self.y, w: WIDTH_PX - 2.0 * MARGIN_PX, h };
        if row.is_head() {
            self.words.draw_head(&self.drawing, row, place);
            return;
        }
        let span = row.span();
        let key = if row.kind() == RowKind::Group { "group" } else { "span" };
        self.drawing.open(&Named { key, id: self.of.outline.id(span).to_string(), title: String::new() });
        let standing = Standing { dim: self.is_dim(row), selected: self.of.selected == Some(span) };
        self.words.draw(&self.drawing, row, place, standing);
        let (left, wide) = self.bars_px();
        self.drawing.within(Rect { x: left, y: self.y, w: wide, h });
        let items = scene(&Bars {
            outline: self.of.outline,
            rows: self.of.rows,
            wide: self.of.wide,
            heights: &self.heights,
            scroll: Scroll { row: at, fraction: 0.0 },
            view_px: h,
            viewport: self.of.viewport,
            width_px: wide,
            metrics: &Metrics::WIDE,
            matches: self.of.matches,
            critical_path: self.of.critical_path,
            measure: self.drawing.measure,
        });
        bars::paint(&self.drawing, self.drawing.palette, &[], &items);
        self.drawing.close();
    }

    fn is_dim(&self, row: &Row) -> bool {
        let Some(matches) = self.of.matches else { return false };
        match self.of.rows.group(row.span()).filter(|_| row.kind() == RowKind::Group) {
            Some(group) => !matches.any_in(group.run().spans()),
            None => !matches.has(row.span()),
        }
    }

    pub fn finish(self) -> Picture {
        self.heading.finish(self.drawing, WIDTH_PX, self.y)
    }
}

impl Timeline<'_> {
    fn shown(&self) -> impl Iterator<Item = (usize, &Row)> {
        self.which.iter().filter_map(|at| Some((*at, self.rows.rows().get(*at)?))).filter(|(_, row)| !row.is_head())
    }
}
