//! A row's words in a picture of the timeline: what stands left of its bar. The page writes the same as elements (`ui::timeline`).

use super::drawing::{Drawing, Type};
use crate::base::format::{count, duration_parts, service_words};
use crate::layout::bars::MARK_PX;
use crate::layout::rows::missing_parent;
use crate::layout::{Rect, Row, RowKind, RowModel};
use crate::model::outline::{Icon, flag};
use crate::model::{Outline, SpanIdx};
use crate::paint::bars::paint_mark;
use crate::paint::pen::Pen;

const INDENT_PX: f64 = 8.0;
/// The deepest indent leaves names this share of the room.
const INDENT_MOST: f64 = 0.5;
const BASELINE_PX: f64 = 14.0;
const PX: f64 = 12.0;

/// What all rows of a picture share.
pub struct Rows<'a> {
    pub outline: &'a Outline,
    pub rows: &'a RowModel,
    /// Plain text that is marked in names, lowercase.
    pub sought: &'a str,
    pub tree_px: f64,
    pub duration_px: f64,
}

/// How a row stands: what find and the selection make of it.
#[derive(Clone, Copy, Default)]
pub struct Standing {
    pub dim: bool,
    pub selected: bool,
}

/// A piece of a row's name.
struct Part {
    text: String,
    strong: bool,
    quiet: bool,
}

impl Rows<'_> {
    /// Room that a row's name wants, about.
    pub fn wanted_px(&self, row: &Row) -> f64 {
        let letters: usize = self.parts(row).iter().map(|part| part.text.chars().count() + 1).sum();
        INDENT_PX * f64::from(row.depth()) + 90.0 + letters as f64 * 6.4
    }

    /// Draws a span's or a group's row at its place, `place.w` wide.
    pub fn draw(&self, drawing: &Drawing, row: &Row, place: Rect, standing: Standing) {
        let palette = drawing.palette;
        let (outline, span) = (self.outline, row.span());
        if standing.selected {
            drawing.panel(place, 0.0, &palette.sel, None);
            drawing.panel(Rect { w: 3.0, ..place }, 0.0, &palette.accent, None);
        }
        let tree_end = place.x + self.tree_px;
        let indent = (f64::from(row.depth()) * INDENT_PX).min(self.tree_px * INDENT_MOST);
        guides(drawing, place, indent);
        let mut x = place.x + 8.0 + indent;
        if row.has_children() {
            caret(drawing, x, place.y + 10.0, row.expanded());
        }
        x += 12.0;
        drawing.alpha(if standing.dim { 0.4 } else { 1.0 });
        drawing.within(place);
        drawing.fill(palette.line(outline.slot(span)), x - place.x, 6.0, 8.0, 8.0);
        drawing.alpha(1.0);
        x += 13.0;
        let quiet = Type::new(11.0, &palette.ink_3);
        for kid in self.kids(row) {
            drawing.write(quiet, &kid, x, place.y + BASELINE_PX);
            x += drawing.width_of(quiet, &kid) + 5.0;
        }
        let end = self.draw_end(drawing, row, tree_end - 6.0, place.y);
        let is_marked = outline.has(span, flag::ERROR) && row.kind() == RowKind::Span;
        let tags_px =
            if is_marked { MARK_PX + 6.0 } else { 0.0 } + if outline.has(span, flag::SKEWED) { 46.0 } else { 0.0 };
        let mut x = self.draw_name(drawing, row, (x, end - tags_px), place.y, standing.dim) + 6.0;
        if is_marked {
            drawing.within(Rect { x, y: place.y + 5.0, w: MARK_PX, h: MARK_PX });
            paint_mark(drawing, palette, 0.0, 0.0);
            x += MARK_PX + 6.0;
        }
        if outline.has(span, flag::SKEWED) {
            drawing.write(Type::new(10.0, &palette.warn), "clock?", x, place.y + BASELINE_PX);
        }
        self.draw_duration(drawing, row, tree_end, place.y, standing.dim);
    }

    /// How many are folded into the row, and how many it stands for.
    fn kids(&self, row: &Row) -> impl Iterator<Item = String> {
        let folded = (row.folded() > 0).then(|| format!("+{}", row.folded()));
        let many = (row.kind() == RowKind::Group).then(|| format!("{} ×", count(u64::from(row.count()))));
        folded.into_iter().chain(many)
    }

    /// How many are hidden below, at the right end of the tree; gives the end of the room left of it.
    fn draw_end(&self, drawing: &Drawing, row: &Row, end: f64, y: f64) -> f64 {
        if row.below() == 0 {
            return end;
        }
        let palette = drawing.palette;
        let ink = if row.error_inside() { &palette.error } else { &palette.ink_3 };
        let (style, words) = (Type::new(10.0, ink), count(u64::from(row.below())));
        let wide = drawing.width_of(style, &words) + 10.0;
        drawing.panel(Rect { x: end - wide, y: y + 3.0, w: wide, h: 14.0 }, 3.0, &palette.bg, Some(&palette.axis));
        drawing.write(style.at_end(), &words, end - 5.0, y + 13.5);
        end - wide - 4.0
    }

    /// Service where it changes, label, whom it calls.
    fn parts(&self, row: &Row) -> Vec<Part> {
        let (outline, span) = (self.outline, row.span());
        let is_named =
            outline.parent(span).is_none_or(|parent| outline.service[parent.index()] != outline.service[span.index()]);
        let label = match outline.label(span) {
            "" => "(no name)",
            label => label,
        };
        let mut parts = Vec::new();
        if is_named {
            parts.push(Part { text: service_words(outline.service_name(span)), strong: true, quiet: false });
        }
        parts.push(Part { text: label.to_owned(), strong: false, quiet: outline.icon(span) == Icon::Internal });
        // A label that already says whom it calls is not said twice.
        let peer = outline.peer(span).filter(|peer| row.kind() == RowKind::Span && !label.contains(*peer));
        parts.extend(peer.map(|peer| Part { text: format!("→ {peer}"), strong: false, quiet: true }));
        parts
    }

    fn draw_name(&self, drawing: &Drawing, row: &Row, (from, to): (f64, f64), y: f64, dim: bool) -> f64 {
        let palette = drawing.palette;
        let plain = Type::new(PX, if dim { &palette.ink_3 } else { &palette.ink });
        let mut x = from;
        let mut written: Vec<(Type, String)> = Vec::new();
        for (at, part) in self.parts(row).into_iter().enumerate() {
            let ink = if part.quiet && !dim { palette.ink_2.as_str() } else { plain.ink };
            let style = Type { strong: part.strong, ink, ..plain };
            let blank = if at > 0 { " " } else { "" };
            let room = to - x - drawing.width_of(plain, blank);
            let text = drawing.fitted(style, &part.text, room);
            if text.is_empty() {
                break;
            }
            let is_cut = text != part.text;
            let text = format!("{blank}{text}");
            self.draw_found(drawing, style, &text, x, y);
            x += drawing.width_of(style, &text);
            written.push((style, text));
            if is_cut {
                break;
            }
        }
        let written: Vec<(Type, &str)> = written.iter().map(|(style, text)| (*style, text.as_str())).collect();
        drawing.write_parts(plain, &written, from, y + BASELINE_PX);
        x
    }

    /// The ground behind what is sought in a text.
    fn draw_found(&self, drawing: &Drawing, style: Type, text: &str, x: f64, y: f64) {
        if self.sought.is_empty() {
            return;
        }
        let lower = text.to_lowercase();
        // Lowercasing may change lengths; then the places do not fit, and nothing is marked.
        let Some(at) = lower.find(self.sought).filter(|_| lower.len() == text.len()) else { return };
        let (Some(before), Some(found)) = (text.get(..at), text.get(at..at + self.sought.len())) else { return };
        let left = x + drawing.width_of(style, before);
        let wide = drawing.width_of(style, found);
        drawing.panel(Rect { x: left, y: y + 3.0, w: wide, h: 15.0 }, 1.0, &drawing.palette.mark, None);
    }

    fn draw_duration(&self, drawing: &Drawing, row: &Row, tree_end: f64, y: f64, dim: bool) {
        let group = self.rows.group(row.span()).filter(|_| row.kind() == RowKind::Group);
        let (figure, unit) = match group {
            Some(group) => duration_parts(group.sum_ns),
            None => self.outline.duration_cell(row.span()),
        };
        let quiet = Type::new(PX, &drawing.palette.ink_3);
        let ink = if dim { quiet } else { Type::new(PX, &drawing.palette.ink) };
        let sum = if group.is_some() { "Σ " } else { "" };
        let unit = format!(" {unit}");
        let parts = [(quiet, sum), (ink, figure.as_str()), (quiet, unit.as_str())];
        drawing.write_parts(ink.at_end(), &parts, tree_end + self.duration_px - 10.0, y + BASELINE_PX);
    }

    /// The head over orphans of one missing parent, or over spans in a cycle.
    pub fn draw_head(&self, drawing: &Drawing, row: &Row, place: Rect) {
        let palette = drawing.palette;
        drawing.panel(place, 0.0, &palette.panel, None);
        let many = count(u64::from(row.count()));
        let (what, why) = match (row.kind(), row.count()) {
            (RowKind::Orphans, 1) => (format!("{many} orphan span"), missing(self.outline, row.span())),
            (RowKind::Orphans, _) => (format!("{many} orphan spans"), missing(self.outline, row.span())),
            (_, 1) => (format!("{many} span in a cycle"), "cut at the earliest span".to_owned()),
            _ => (format!("{many} spans in cycles"), "cut at the earliest span".to_owned()),
        };
        let (strong, quiet) = (Type::new(PX, &palette.ink).strong(), Type::new(PX, &palette.ink_3));
        drawing.write_parts(strong, &[(strong, &what), (quiet, &format!("  {why}"))], place.x + 8.0, place.y + 16.0);
    }
}

fn missing(outline: &Outline, span: SpanIdx) -> String {
    missing_parent(outline, span).map(|id| format!("parent {id} is not in this trace")).unwrap_or_default()
}

/// One line a level.
fn guides(drawing: &Drawing, place: Rect, indent_px: f64) {
    let mut path = String::new();
    let mut x = place.x + 8.0 + 6.5;
    while x < place.x + 8.0 + indent_px {
        path.push_str(&format!("M{x} {}v{}", place.y, place.h));
        x += INDENT_PX;
    }
    if !path.is_empty() {
        drawing.line(&path, &drawing.palette.hair, 1.0, "");
    }
}

fn caret(drawing: &Drawing, x: f64, middle: f64, open: bool) {
    let path = match open {
        true => format!("M{} {}l3 3 3-3", x + 1.0, middle - 1.5),
        false => format!("M{} {}l3 3-3 3", x + 2.5, middle - 3.0),
    };
    drawing.line(&path, &drawing.palette.ink_3, 1.2, "");
}
