//! Boxes of the flame chart and the flame graph: an area in the service's pale colour with a full-strength edge where it
//! begins, and as much of its label as fits. What is selected is marked over the canvas, not on it.

use super::{Palette, Surface};
use crate::layout::flame_chart::{FlameBox, Mark, Scene};

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
pub struct Look {
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

/// The flame chart, over faint lines at the ruler's labelled ticks.
pub fn paint(surface: &Surface, palette: &Palette, grid_x: &[f64], scene: &Scene, words: impl Fn(&FlameBox) -> Words) {
    for x in grid_x {
        surface.fill(&palette.grid, x.round(), 0.0, 1.0, surface.height_px);
    }
    begin_text(surface, palette);
    // Thousands of marks have a dozen colours, and setting a colour costs more than filling a mark: colour by colour.
    let mut marks: Vec<&Mark> = scene.marks.iter().collect();
    marks.sort_unstable_by_key(|mark| (mark.found, mark.dim, mark.error, mark.slot));
    for mark in marks {
        paint_mark(surface, palette, &mark.into());
    }
    for drawn in scene.boxes.iter().filter(|drawn| drawn.item.count > 1) {
        surface.alpha(if drawn.dim { GAPS * DIMMED } else { GAPS });
        surface.fill(palette.area(drawn.slot), drawn.x, drawn.y, drawn.w, drawn.h);
    }
    for run in &scene.busy {
        surface.alpha(if run.dim { DIMMED } else { 1.0 });
        surface.fill(palette.area(run.slot), run.x, run.y, run.w, run.h);
    }
    for drawn in &scene.boxes {
        let look = Look { ground: drawn.item.count == 1, ..drawn.into() };
        paint_box(surface, palette, &look, || words(drawn));
    }
    surface.alpha(1.0);
    for piece in &scene.path {
        surface.fill(&palette.critical, piece.x, piece.y, piece.w, 2.0);
    }
}

/// Sets the font of all labels; once a frame, for it is slow to set.
pub fn begin_text(surface: &Surface, palette: &Palette) {
    surface.font(FONT_PX, &palette.font);
    surface.context.set_text_baseline("middle");
}

/// What is too narrow for a box: the full colour.
pub fn paint_mark(surface: &Surface, palette: &Palette, look: &Look) {
    surface.alpha(if look.dim { DIMMED } else { 1.0 });
    let colour = if look.error { palette.error.as_str() } else { palette.line(look.slot.unwrap_or_default()) };
    surface.fill(colour, look.x, look.y, look.w, look.h);
    if look.found {
        surface.fill(&palette.mark_line, look.x, look.y + look.h - 2.0, look.w.max(2.0), 2.0);
    }
}

pub fn paint_box(surface: &Surface, palette: &Palette, look: &Look, words: impl FnOnce() -> Words) {
    let Look { x, y, w, h, .. } = *look;
    surface.alpha(if look.dim { DIMMED } else { 1.0 });
    match look.slot {
        None => surface.fill(&palette.inset, x, y, w, h),
        Some(slot) if w < EDGE_FROM_PX => surface.fill(palette.line(slot), x, y, w, h),
        Some(slot) => {
            if look.ground {
                surface.fill(palette.area(slot), x, y, w, h);
            }
            if look.edge {
                surface.fill(palette.line(slot), x, y, 2.0, h);
            }
        }
    }
    if look.found {
        surface.fill(&palette.mark_line, x, y + h - 2.0, w, 2.0);
    }
    surface.alpha(1.0);
    if look.error {
        paint_error(surface, palette, look);
    }
    if w > LABEL_FROM_PX && h >= TEXT_FROM_PX {
        paint_words(surface, palette, look, words());
    }
}

/// A line along the top and a corner: never colour alone, for the corner is a shape.
fn paint_error(surface: &Surface, palette: &Palette, look: &Look) {
    let Look { x, y, w, .. } = *look;
    surface.fill(&palette.error, x, y, w.max(2.0), 2.0);
    // Filling has set the colour.
    if w > 10.0 {
        let context = &surface.context;
        context.begin_path();
        context.move_to(x + w, y);
        context.line_to(x + w - 8.0, y);
        context.line_to(x + w, y + 8.0);
        context.close_path();
        context.fill();
    }
}

fn paint_words(surface: &Surface, palette: &Palette, look: &Look, words: Words) {
    let middle = look.y + look.h / 2.0 + 0.5;
    let left = look.x + INSET_PX;
    let room = look.w - INSET_PX - 4.0;
    let figure_px = if look.w > FIGURE_FROM_PX && !words.figure.is_empty() {
        surface.text_width(&words.figure) + 10.0
    } else {
        0.0
    };
    let whole = surface.text_width(&words.label) <= room - figure_px;
    // A cut label gets the figure's room.
    let label = fitted(surface, &words.label, if whole { room - figure_px } else { room });
    surface.text(if look.dim { &palette.ink_3 } else { &palette.ink }, &label, left, middle);
    if figure_px > 0.0 && whole {
        let x = look.x + look.w - figure_px + 5.0;
        surface.text(if look.dim { &palette.ink_3 } else { &palette.ink_2 }, &words.figure, x, middle);
    }
}

/// As much of a text as fits, with an ellipsis when it is cut; nothing when not even two characters fit.
fn fitted(surface: &Surface, text: &str, room_px: f64) -> String {
    let whole_px = surface.text_width(text);
    if whole_px <= room_px {
        return text.to_owned();
    }
    let chars = text.chars().count();
    // The first guess is by the text's mean width; it is then too long by a character or two at most.
    let mut keep = (chars as f64 * (room_px / whole_px)).floor().max(0.0) as usize;
    while keep >= 2 {
        let cut: String = text.chars().take(keep).chain(['…']).collect();
        if surface.text_width(&cut) <= room_px {
            return cut;
        }
        keep -= 1;
    }
    String::new()
}
