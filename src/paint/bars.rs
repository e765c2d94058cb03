//! The bars of the waterfall.

use super::Palette;
use super::pen::{Pen, diamond};
use crate::layout::bars::{Item, MARK_PX, Side};

/// Strength of what find or a filter has not matched.
const DIMMED: f64 = 0.4;
/// From this width on a bar shows its ends.
const EDGES_FROM_PX: f64 = 3.0;

/// Draws the items in their order, over faint lines at the ruler's labelled ticks.
pub fn paint(pen: &dyn Pen, palette: &Palette, grid_x: &[f64], items: &[Item]) {
    for x in grid_x {
        pen.fill(&palette.grid, x.round(), 0.0, 1.0, pen.height_px());
    }
    for item in items {
        paint_item(pen, palette, item);
    }
    pen.alpha(1.0);
}

fn strength(pen: &dyn Pen, dim: bool) {
    pen.alpha(if dim { DIMMED } else { 1.0 });
}

fn paint_item(pen: &dyn Pen, palette: &Palette, item: &Item) {
    match item {
        Item::Bar { x, y, w, h, slot, dim, starts, ends } => {
            strength(pen, *dim);
            if *w < EDGES_FROM_PX {
                pen.fill(palette.line(*slot), *x, *y, *w, *h);
                return;
            }
            pen.fill(palette.area(*slot), *x, *y, *w, *h);
            if *starts {
                pen.fill(palette.line(*slot), *x, *y, 1.0, *h);
            }
            if *ends {
                pen.fill(palette.line(*slot), x + w - 1.0, *y, 1.0, *h);
            }
        }
        Item::SelfTime { x, y, w, h, slot, dim } | Item::Callee { x, y, w, h, slot, dim } => {
            strength(pen, *dim);
            pen.fill(palette.line(*slot), *x, *y, w.max(1.0), *h);
        }
        Item::Critical { x, y, w, h, dim } => {
            strength(pen, *dim);
            pen.fill(&palette.critical, *x, *y, *w, *h);
        }
        Item::Event { x, y, h, exception, dim } => {
            strength(pen, *dim);
            paint_event(pen, palette, *x, *y, *h, *exception);
        }
        Item::ErrorMark { x, y, .. } => {
            pen.alpha(1.0);
            paint_mark(pen, palette, *x, *y);
        }
        Item::Beyond { y, side, text, dim } => {
            strength(pen, *dim);
            paint_beyond(pen, palette, *y, *side, text);
        }
    }
}

/// A tick with a small diamond; of an exception a red tick.
fn paint_event(pen: &dyn Pen, palette: &Palette, x: f64, y: f64, h: f64, exception: bool) {
    if exception {
        pen.fill(&palette.error, x, y, 1.5, h);
        return;
    }
    pen.fill(&palette.ink, x, y, 1.0, h);
    pen.polygon(&palette.bg, &diamond(x + 0.5, y + 1.5, 3.0), Some(&palette.ink));
}

/// A red diamond with `!`, in a rim of the ground so that it stands off from any bar.
pub fn paint_mark(pen: &dyn Pen, palette: &Palette, x: f64, y: f64) {
    let half = MARK_PX / 2.0;
    let (x, y) = (x + half, y + half);
    pen.polygon(&palette.bg, &diamond(x, y, half + 1.5), None);
    pen.polygon(&palette.error, &diamond(x, y, half), None);
    pen.fill(&palette.on_solid, x - 0.6, y - 2.6, 1.2, 3.2);
    pen.fill(&palette.on_solid, x - 0.6, y + 1.6, 1.2, 1.2);
}

/// `to 4.11 s →` at the right edge, `← 20 ms` at the left, on the ground so that it reads over a bar.
fn paint_beyond(pen: &dyn Pen, palette: &Palette, y: f64, side: Side, text: &str) {
    pen.letters(10.0, &palette.font);
    let words = match side {
        Side::Right => format!("{text} →"),
        Side::Left => format!("← {text}"),
    };
    let width = pen.text_width(&words);
    let x = match side {
        Side::Right => pen.width_px() - width - 6.0,
        Side::Left => 6.0,
    };
    pen.fill(&palette.bg, x - 4.0, y, width + 8.0, 13.0);
    pen.text(&palette.ink_2, &words, x, y + 7.0);
}
