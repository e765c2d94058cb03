//! Boxes of the flame chart and the flame graph: an area in the service's pale colour with a full-strength edge where it
//! begins, and as much of its label as fits. What is selected is marked over the canvas, not on it.

use super::Palette;
use super::pen::{Pen, fitted};
use crate::layout::flame_chart::{FlameBox, Mark, Scene};
use crate::layout::flame_graph::{GraphBox, GraphScene, Thin};

/// Strength of what find or a filter has not matched.
const DIMMED: f64 = 0.45;
/// Strength of a group's box where none of its members runs.
const GAPS: f64 = 0.4;
/// From this width on a box has an edge, a label, a figure.
const EDGE_FROM_PX: f64 = 3.0;
const LABEL_FROM_PX: f64 = 26.0;
const FIGURE_FROM_PX: f64 = 130.0;
/// Lower boxes have no room for text.
const TEXT_FROM_PX: f64 = 13.0;
const FONT_PX: f64 = 11.0;
/// Room left of a label and right of a figure.
const INSET_PX: f64 = 6.0;

/// What stands in a box: its label, and at its right end a figure.
#[derive(Clone, PartialEq, Debug, Default)]
pub struct Words {
    pub label: String,
    pub figure: String,
}

/// How a box looks, whatever it stands for.
#[derive(Clone, Copy, PartialEq, Debug)]
struct Look {
    pub x: f64,
    pub y: f64,
    pub w: f64,
    pub h: f64,
    /// `None`: the ground of `all`.
    pub slot: Option<u8>,
    /// Whether its area is filled; of a group it already is.
    pub ground: bool,
    pub edge: bool,
    pub dim: bool,
    pub found: bool,
    pub error: bool,
}

impl From<&FlameBox> for Look {
    fn from(b: &FlameBox) -> Look {
        let FlameBox { x, y, w, h, slot, dim, found, error, starts, .. } = *b;
        Look { x, y, w, h, slot: Some(slot), ground: true, edge: starts, dim, found, error }
    }
}

impl From<&Mark> for Look {
    fn from(mark: &Mark) -> Look {
        let Mark { x, y, w, h, slot, dim, found, error } = *mark;
        Look { x, y, w, h, slot: Some(slot), ground: true, edge: false, dim, found, error }
    }
}

impl From<&GraphBox> for Look {
    fn from(b: &GraphBox) -> Look {
        let GraphBox { x, y, w, h, slot, dim, found, error, ancestor, .. } = *b;
        Look { x, y, w, h, slot, ground: true, edge: true, dim: dim || ancestor, found, error }
    }
}

impl From<&Thin> for Look {
    fn from(thin: &Thin) -> Look {
        let Thin { x, y, w, h, slot, dim, found, error, .. } = *thin;
        Look { x, y, w, h, slot: Some(slot), ground: true, edge: false, dim, found, error }
    }
}

/// The flame graph; `words` of a node.
pub fn paint_graph(pen: &dyn Pen, palette: &Palette, scene: &GraphScene, words: &dyn Fn(u32) -> Words) {
    begin_text(pen, palette);
    for thin in &scene.thin {
        paint_mark(pen, palette, &thin.into());
    }
    for drawn in &scene.boxes {
        pen.begin(drawn.node);
        paint_box(pen, palette, &drawn.into(), &|| words(drawn.node));
        pen.end();
    }
    pen.alpha(1.0);
}

/// The flame chart, over faint lines at the ruler's labelled ticks.
pub fn paint(pen: &dyn Pen, palette: &Palette, grid_x: &[f64], scene: &Scene, words: &dyn Fn(&FlameBox) -> Words) {
    for x in grid_x {
        pen.fill(&palette.grid, x.round(), 0.0, 1.0, pen.height_px());
    }
    begin_text(pen, palette);
    // Thousands of marks have a dozen colours, and setting a colour costs more than filling a mark: colour by colour.
    let mut marks: Vec<&Mark> = scene.marks.iter().collect();
    marks.sort_unstable_by_key(|mark| (mark.found, mark.dim, mark.error, mark.slot));
    for mark in marks {
        paint_mark(pen, palette, &mark.into());
    }
    for drawn in scene.boxes.iter().filter(|drawn| drawn.item.count > 1) {
        pen.alpha(if drawn.dim { GAPS * DIMMED } else { GAPS });
        pen.fill(palette.area(drawn.slot), drawn.x, drawn.y, drawn.w, drawn.h);
    }
    for run in &scene.busy {
        pen.alpha(if run.dim { DIMMED } else { 1.0 });
        pen.fill(palette.area(run.slot), run.x, run.y, run.w, run.h);
    }
    for drawn in &scene.boxes {
        let look = Look { ground: drawn.item.count == 1, ..drawn.into() };
        pen.begin(drawn.item.span.0);
        paint_box(pen, palette, &look, &|| words(drawn));
        pen.end();
    }
    pen.alpha(1.0);
    for piece in &scene.path {
        pen.fill(&palette.critical, piece.x, piece.y, piece.w, 2.0);
    }
}

/// Sets the font of all labels; once a frame, for it is slow to set.
fn begin_text(pen: &dyn Pen, palette: &Palette) {
    pen.letters(FONT_PX, &palette.font);
}

/// What is too narrow for a box: the full colour.
fn paint_mark(pen: &dyn Pen, palette: &Palette, look: &Look) {
    pen.alpha(if look.dim { DIMMED } else { 1.0 });
    let colour = if look.error { palette.error.as_str() } else { palette.line(look.slot.unwrap_or_default()) };
    pen.fill(colour, look.x, look.y, look.w, look.h);
    if look.found {
        pen.fill(&palette.mark_line, look.x, look.y + look.h - 2.0, look.w.max(2.0), 2.0);
    }
}

fn paint_box(pen: &dyn Pen, palette: &Palette, look: &Look, words: &dyn Fn() -> Words) {
    let Look { x, y, w, h, .. } = *look;
    pen.alpha(if look.dim { DIMMED } else { 1.0 });
    match look.slot {
        None => pen.fill(&palette.inset, x, y, w, h),
        Some(slot) if w < EDGE_FROM_PX => pen.fill(palette.line(slot), x, y, w, h),
        Some(slot) => {
            if look.ground {
                pen.fill(palette.area(slot), x, y, w, h);
            }
            if look.edge {
                pen.fill(palette.line(slot), x, y, 2.0, h);
            }
        }
    }
    if look.found {
        pen.fill(&palette.mark_line, x, y + h - 2.0, w, 2.0);
    }
    pen.alpha(1.0);
    if look.error {
        paint_error(pen, palette, look);
    }
    if w > LABEL_FROM_PX && h >= TEXT_FROM_PX {
        paint_words(pen, palette, look, words());
    }
}

/// A line along the top and a corner: never colour alone, for the corner is a shape.
fn paint_error(pen: &dyn Pen, palette: &Palette, look: &Look) {
    let Look { x, y, w, .. } = *look;
    pen.fill(&palette.error, x, y, w.max(2.0), 2.0);
    if w > 10.0 {
        pen.polygon(&palette.error, &[(x + w, y), (x + w - 8.0, y), (x + w, y + 8.0)], None);
    }
}

fn paint_words(pen: &dyn Pen, palette: &Palette, look: &Look, words: Words) {
    let middle = look.y + look.h / 2.0 + 0.5;
    let left = look.x + INSET_PX;
    let room = look.w - INSET_PX - 4.0;
    let figure_px =
        if look.w > FIGURE_FROM_PX && !words.figure.is_empty() { pen.text_width(&words.figure) + 10.0 } else { 0.0 };
    let whole = pen.text_width(&words.label) <= room - figure_px;
    // A cut label gets the figure's room.
    let label = fitted(&|text| pen.text_width(text), &words.label, if whole { room - figure_px } else { room });
    pen.text(if look.dim { &palette.ink_3 } else { &palette.ink }, &label, left, middle);
    if figure_px > 0.0 && whole {
        let x = look.x + look.w - figure_px + 5.0;
        pen.text(if look.dim { &palette.ink_3 } else { &palette.ink_2 }, &words.figure, x, middle);
    }
}
