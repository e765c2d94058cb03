//! A picture of a table: a column of names, then columns of figures. Its texts come as they are to be written.

use super::drawing::{Drawing, Named, Type};
use super::frame::Heading;
use super::{MARGIN_PX, Picture, WIDTH_PX};
use crate::layout::bars::MARK_PX;
use crate::layout::{Measure, Rect};
use crate::paint::Palette;
use crate::paint::bars::paint_mark;

const HEAD_PX: f64 = 26.0;
const ROW_PX: f64 = 24.0;
/// Between columns.
const GAP_PX: f64 = 14.0;
/// Of the bar before a share.
const SHARE_PX: f64 = 44.0;

/// A cell of figures.
#[derive(Clone, PartialEq, Debug, Default)]
pub struct Cell {
    pub figure: String,
    pub unit: String,
    /// It counts errors, and has some: a mark stands before it.
    pub error: bool,
    /// A bar of so much of the column, 0 to 1, before it.
    pub share: Option<f64>,
}

#[derive(Clone, PartialEq, Debug, Default)]
pub struct Line {
    pub slot: Option<u8>,
    /// The service, then the name within it; either may be empty.
    pub service: String,
    pub name: String,
    /// The name stands for something that is not there.
    pub quiet: bool,
    pub cells: Vec<Cell>,
    pub dim: bool,
    pub selected: bool,
}

pub struct Table<'a> {
    /// Of names first, then of figures; the one it is sorted by, and whether from the largest down.
    pub heads: &'a [String],
    pub sorted: Option<(usize, bool)>,
    pub lines: &'a [Line],
}

/// A picture under way.
pub struct Making<'a> {
    table: &'a Table<'a>,
    heading: &'a Heading,
    drawing: Drawing<'a>,
    /// Where each column of figures ends.
    ends: Vec<f64>,
    names_px: f64,
    next: usize,
    y: f64,
}

impl<'a> Making<'a> {
    pub fn new(table: &'a Table<'a>, heading: &'a Heading, palette: &'a Palette, measure: &'a dyn Measure) -> Self {
        let drawing = Drawing::new(palette, measure);
        let y = heading.draw(&drawing, WIDTH_PX) + 8.0;
        let (ends, names_px) = columns(&drawing, table);
        let mut making = Making { table, heading, drawing, ends, names_px, next: 0, y };
        making.draw_heads();
        making
    }

    fn draw_heads(&mut self) {
        let palette = self.drawing.palette;
        let row = Rect { x: MARGIN_PX, y: self.y, w: WIDTH_PX - 2.0 * MARGIN_PX, h: HEAD_PX };
        self.drawing.panel(row, 0.0, &palette.panel, None);
        self.drawing.panel(Rect { y: self.y + HEAD_PX - 1.0, h: 1.0, ..row }, 0.0, &palette.hair, None);
        for (at, head) in self.table.heads.iter().enumerate() {
            let (is_sorted, arrow) = match self.table.sorted {
                Some((sorted, true)) if sorted == at => (true, " ↓"),
                Some((sorted, false)) if sorted == at => (true, " ↑"),
                _ => (false, ""),
            };
            let style =
                Type { strong: is_sorted, ..Type::new(11.0, if is_sorted { &palette.ink } else { &palette.ink_2 }) };
            let words = format!("{head}{arrow}");
            match at.checked_sub(1) {
                None => self.drawing.write(style, &words, MARGIN_PX + 8.0, self.y + 17.0),
                Some(at) => {
                    let end = self.ends.get(at).copied().unwrap_or_default();
                    self.drawing.write(style.at_end(), &words, end, self.y + 17.0);
                }
            }
        }
        self.y += HEAD_PX;
    }

    /// Draws up to `count` further lines; false once all are drawn.
    pub fn step(&mut self, count: usize) -> bool {
        for line in self.table.lines.iter().skip(self.next).take(count) {
            self.draw(line);
            self.y += ROW_PX;
            self.drawing.rest_at(self.y);
        }
        self.next += count;
        self.next < self.table.lines.len()
    }

    fn draw(&self, line: &Line) {
        let (drawing, palette) = (&self.drawing, self.drawing.palette);
        let row = Rect { x: MARGIN_PX, y: self.y, w: WIDTH_PX - 2.0 * MARGIN_PX, h: ROW_PX };
        let id = format!("{} {}", line.service, line.name).trim().to_owned();
        drawing.open(&Named { key: "line", id, title: String::new() });
        if line.selected {
            drawing.panel(row, 0.0, &palette.sel, None);
        }
        drawing.panel(Rect { y: self.y + ROW_PX - 1.0, h: 1.0, ..row }, 0.0, &palette.grid, None);
        let base = self.y + 16.0;
        let mut x = MARGIN_PX + 8.0;
        if let Some(slot) = line.slot {
            drawing.panel(Rect { x, y: self.y + 8.0, w: 8.0, h: 8.0 }, 1.0, palette.line(slot), None);
            x += 14.0;
        }
        self.draw_name(line, x, base);
        for (cell, end) in line.cells.iter().zip(&self.ends) {
            self.draw_cell(cell, *end, line.dim);
        }
        drawing.close();
    }

    fn draw_name(&self, line: &Line, x: f64, base: f64) {
        let (drawing, palette) = (&self.drawing, self.drawing.palette);
        let ink = if line.dim { &palette.ink_3 } else { &palette.ink };
        let plain = Type::new(12.0, ink);
        let quiet = Type::new(12.0, if line.dim { &palette.ink_3 } else { &palette.ink_2 });
        let room = MARGIN_PX + self.names_px - x;
        let service = match (line.service.is_empty(), line.name.is_empty()) {
            (true, _) => String::new(),
            (false, true) => drawing.fitted(plain, &line.service, room),
            (false, false) => drawing.fitted(quiet, &line.service, room * 0.6) + " ",
        };
        let name_style = if line.quiet { Type::new(12.0, &palette.ink_3) } else { plain };
        let name = drawing.fitted(name_style, &line.name, room - drawing.width_of(quiet, &service));
        let service_style = if line.name.is_empty() { plain } else { quiet };
        let parts = [(service_style, service.as_str()), (name_style, name.as_str())];
        let parts: Vec<(Type, &str)> = parts.into_iter().filter(|(_, text)| !text.is_empty()).collect();
        drawing.write_parts(plain, &parts, x, base);
    }

    fn draw_cell(&self, cell: &Cell, end: f64, dim: bool) {
        let (drawing, palette) = (&self.drawing, self.drawing.palette);
        let quiet = Type::new(12.0, &palette.ink_3);
        let ink = match (dim, cell.error) {
            (true, _) => quiet,
            (_, true) => Type::new(12.0, &palette.error),
            _ => Type::new(12.0, &palette.ink),
        };
        let unit = if cell.unit.is_empty() { String::new() } else { format!(" {}", cell.unit) };
        let parts = [(ink, cell.figure.as_str()), (quiet, unit.as_str())];
        let parts = if unit.is_empty() { &parts[..1] } else { &parts[..] };
        drawing.write_parts(ink.at_end(), parts, end, self.y + 16.0);
        let left = end - cell_px(drawing, cell);
        if cell.error {
            drawing.within(Rect { x: left - MARK_PX - 5.0, y: self.y + 7.0, w: MARK_PX, h: MARK_PX });
            paint_mark(drawing, palette, 0.0, 0.0);
        }
        if let Some(share) = cell.share.filter(|share| *share > 0.0) {
            let wide = (share.min(1.0) * SHARE_PX).max(1.0);
            let x = end - 54.0 - SHARE_PX;
            drawing.panel(Rect { x, y: self.y + 9.0, w: wide, h: 6.0 }, 0.0, &palette.critical, None);
        }
    }

    pub fn finish(self) -> Picture {
        self.heading.finish(self.drawing, WIDTH_PX, self.y)
    }
}

fn cell_px(drawing: &Drawing, cell: &Cell) -> f64 {
    let style = Type::new(12.0, "");
    let gap = if cell.unit.is_empty() { "" } else { " " };
    drawing.width_of(style, &format!("{}{gap}{}", cell.figure, cell.unit))
}

/// Where columns of figures end, and what is left for names: figures take what the widest of the first few hundred needs.
fn columns(drawing: &Drawing, table: &Table) -> (Vec<f64>, f64) {
    const LOOKED_AT: usize = 300;
    let head = Type::new(11.0, "").strong();
    let mut widths: Vec<f64> = table.heads.iter().skip(1).map(|words| drawing.width_of(head, words) + 12.0).collect();
    for line in table.lines.iter().take(LOOKED_AT) {
        for (cell, width) in line.cells.iter().zip(&mut widths) {
            let more = if cell.error { MARK_PX + 5.0 } else { 0.0 };
            let share = if cell.share.is_some() { 54.0 + SHARE_PX } else { 0.0 };
            *width = width.max(cell_px(drawing, cell) + more).max(share);
        }
    }
    let all: f64 = widths.iter().map(|width| width + GAP_PX).sum();
    let names_px = (WIDTH_PX - 2.0 * MARGIN_PX - all).max(160.0);
    let mut end = MARGIN_PX + names_px;
    let ends = widths.iter().map(|width| {
        end += width + GAP_PX;
        end - 4.0
    });
    (ends.collect(), names_px)
}
