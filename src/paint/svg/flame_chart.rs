//! A picture of the flame chart: its boxes under a time scale.

use super::drawing::{Drawing, Named};
use super::frame::{Heading, outlined};
use super::ruler::{self, RULER_PX};
use super::{MARGIN_PX, PREVIEW_PX, Picture, WIDTH_PX};
use crate::layout::flame_chart::{self, Chart, FlameBox, selection};
use crate::layout::{Measure, Rect};
use crate::paint::Palette;
use crate::paint::flame::{Words, paint};

/// Width that boxes have.
pub const BOXES_PX: f64 = WIDTH_PX - 2.0 * MARGIN_PX;

/// What is written in boxes, and what they are called.
pub struct Names<'a> {
    pub words: &'a dyn Fn(&FlameBox) -> Words,
    pub named: &'a dyn Fn(u32) -> Named,
}

/// The rows in the chart's view, which is [`BOXES_PX`] wide.
pub fn picture(chart: &Chart, names: &Names, heading: &Heading, palette: &Palette, measure: &dyn Measure) -> Picture {
    let whole = drawn(chart, names, heading, palette, measure);
    if chart.view_px <= PREVIEW_PX {
        return whole;
    }
    let beginning = drawn(&Chart { view_px: PREVIEW_PX, ..*chart }, names, heading, palette, measure);
    Picture { preview: Some(beginning.svg), ..whole }
}

fn drawn(chart: &Chart, names: &Names, heading: &Heading, palette: &Palette, measure: &dyn Measure) -> Picture {
    let drawing = Drawing::new(palette, measure).naming(names.named);
    let y = heading.draw(&drawing, WIDTH_PX) + 8.0;
    let across = Rect { x: MARGIN_PX, y, w: BOXES_PX, h: RULER_PX };
    let grid = ruler::draw(&drawing, &chart.viewport, across);
    let top = y + RULER_PX;
    drawing.panel(Rect { y: top - 1.0, h: 1.0, ..across }, 0.0, &palette.hair, None);
    drawing.within(Rect { y: top, h: chart.view_px, ..across });
    paint(&drawing, palette, &grid, &flame_chart::scene(chart), names.words);
    if let Some(Rect { x, y, w, h }) = selection(chart).filter(|rect| rect.y >= 0.0 && rect.y < chart.view_px) {
        outlined(&drawing, Rect { x: MARGIN_PX + x, y: top + y, w, h });
    }
    heading.finish(drawing, WIDTH_PX, top + chart.view_px)
}
