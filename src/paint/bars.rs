//! The bars of the waterfall.

use super::{Palette, Surface};
use crate::layout::bars::{Item, MARK_PX, Side};

/// Strength of what find or a filter has not matched.
const DIMMED: f64 = 0.4;
/// From this width on a bar shows its ends.
const EDGES_FROM_PX: f64 = 3.0;

/// Draws the items in their order, over faint lines at the ruler's labelled ticks.
pub fn paint(surface: &Surface, palette: &Palette, grid_x: &[f64], items: &[Item]) {
    for x in grid_x {
        surface.fill(&palette.grid, x.round(), 0.0, 1.0, surface.height_px);
    }
    for item in items {
        paint_item(surface, palette, item);
    }
    surface.alpha(1.0);
}

fn strength(surface: &Surface, dim: bool) {
    surface.alpha(if dim { DIMMED } else { 1.0 });
}

fn paint_item(surface: &Surface, palette: &Palette, item: &Item) {
    match item {
        Item::Bar { x, y, w, h, slot, dim, starts, ends } => {
            strength(surface, *dim);
            if *w < EDGES_FROM_PX {
                surface.fill(palette.line(*slot), *x, *y, *w, *h);
                return;
            }
            surface.fill(palette.area(*slot), *x, *y, *w, *h);
            if *starts {
                surface.fill(palette.line(*slot), *x, *y, 1.0, *h);
            }
            if *ends {
                surface.fill(palette.line(*slot), x + w - 1.0, *y, 1.0, *h);
            }
        }
        Item::SelfTime { x, y, w, h, slot, dim } | Item::Callee { x, y, w, h, slot, dim } => {
            strength(surface, *dim);
            surface.fill(palette.line(*slot), *x, *y, w.max(1.0), *h);
        }
        Item::Critical { x, y, w, h, dim } => {
            strength(surface, *dim);
            surface.fill(&palette.critical, *x, *y, *w, *h);
        }
        Item::Event { x, y, h, exception, dim } => {
            strength(surface, *dim);
            paint_event(surface, palette, *x, *y, *h, *exception);
        }
        Item::ErrorMark { x, y, .. } => {
            surface.alpha(1.0);
            paint_mark(surface, palette, *x, *y);
        }
        Item::Beyond { y, side, text, dim } => {
            strength(surface, *dim);
            paint_beyond(surface, palette, *y, *side, text);
        }
    }
}

/// A tick with a small diamond; of an exception a red tick.
fn paint_event(surface: &Surface, palette: &Palette, x: f64, y: f64, h: f64, exception: bool) {
    if exception {
        surface.fill(&palette.error, x, y, 1.5, h);
        return;
    }
    surface.fill(&palette.ink, x, y, 1.0, h);
    diamond(surface, x + 0.5, y + 1.5, 3.0);
    surface.ink(&palette.bg);
    surface.context.fill();
    surface.context.set_stroke_style_str(&palette.ink);
    surface.context.set_line_width(1.0);
    surface.context.stroke();
}

fn diamond(surface: &Surface, x: f64, y: f64, reach: f64) {
    let context = &surface.context;
    context.begin_path();
    context.move_to(x, y - reach);
    context.line_to(x + reach, y);
    context.line_to(x, y + reach);
    context.line_to(x - reach, y);
    context.close_path();
}

/// A red diamond with `!`, in a rim of the ground so that it stands off from any bar.
fn paint_mark(surface: &Surface, palette: &Palette, x: f64, y: f64) {
    let half = MARK_PX / 2.0;
    let (x, y) = (x + half, y + half);
    diamond(surface, x, y, half + 1.5);
    surface.ink(&palette.bg);
    surface.context.fill();
    diamond(surface, x, y, half);
    surface.ink(&palette.error);
    surface.context.fill();
    surface.fill(&palette.on_solid, x - 0.6, y - 2.6, 1.2, 3.2);
    surface.fill(&palette.on_solid, x - 0.6, y + 1.6, 1.2, 1.2);
}

/// `to 4.11 s →` at the right edge, `← 20 ms` at the left, on the ground so that it reads over a bar.
fn paint_beyond(surface: &Surface, palette: &Palette, y: f64, side: Side, text: &str) {
    surface.font(10.0, &palette.font);
    surface.context.set_text_baseline("middle");
    let words = match side {
        Side::Right => format!("{text} →"),
        Side::Left => format!("← {text}"),
    };
    let width = surface.text_width(&words);
    let x = match side {
        Side::Right => surface.width_px - width - 6.0,
        Side::Left => 6.0,
    };
    surface.fill(&palette.bg, x - 4.0, y, width + 8.0, 13.0);
    surface.text(&palette.ink_2, &words, x, y + 7.0);
}
