//! A picture of the flame graph: merged spans as wide as their share, under a scale of shares.

use super::drawing::{Drawing, Named, Type};
use super::frame::{Heading, outlined};
use super::{MARGIN_PX, PREVIEW_PX, Picture, WIDTH_PX};
use crate::layout::flame_graph::{Graph, rect_of, scene};
use crate::layout::{Measure, Rect};
use crate::paint::Palette;
use crate::paint::flame::{Words, paint_graph};
use crate::paint::pen::Pen;

/// Width that boxes have.
pub const BOXES_PX: f64 = WIDTH_PX - 2.0 * MARGIN_PX;
const SCALE_PX: f64 = 24.0;

/// What is written in the box of a node, what it is called, and what the whole width is.
pub struct Names<'a> {
    pub words: &'a dyn Fn(u32) -> Words,
    pub named: &'a dyn Fn(u32) -> Named,
    pub whole: &'a str,
}

/// The rows in the graph's view, which is [`BOXES_PX`] wide.
pub fn picture(graph: &Graph, names: &Names, heading: &Heading, palette: &Palette, measure: &dyn Measure) -> Picture {
    let whole = drawn(graph, names, heading, palette, measure);
    if graph.view_px <= PREVIEW_PX {
        return whole;
    }
    let beginning = drawn(&Graph { view_px: PREVIEW_PX, ..*graph }, names, heading, palette, measure);
    Picture { preview: Some(beginning.svg), ..whole }
}

fn drawn(graph: &Graph, names: &Names, heading: &Heading, palette: &Palette, measure: &dyn Measure) -> Picture {
    let drawing = Drawing::new(palette, measure).naming(names.named);
    let y = heading.draw(&drawing, WIDTH_PX) + 8.0;
    let place = Rect { x: MARGIN_PX, y: y + SCALE_PX, w: BOXES_PX, h: graph.view_px };
    draw_scale(&drawing, place, names.whole);
    drawing.within(place);
    paint_graph(&drawing, palette, &scene(graph), names.words);
    let selected = graph.selected.and_then(|node| rect_of(graph, node));
    if let Some(Rect { x, y, w, h }) = selected.filter(|rect| rect.y >= 0.0 && rect.y < graph.view_px) {
        outlined(&drawing, Rect { x: place.x + x, y: place.y + y, w, h });
    }
    heading.finish(drawing, WIDTH_PX, place.y + place.h)
}

/// Tenths of the whole width; what the whole is stands at its end.
fn draw_scale(drawing: &Drawing, place: Rect, whole: &str) {
    let palette = drawing.palette;
    let style = Type::new(10.0, &palette.ink_3);
    drawing.open(&Named { key: "scale", id: "share".to_owned(), title: String::new() });
    drawing.within(Rect { y: place.y - SCALE_PX, h: SCALE_PX, ..place });
    for tenth in 0..=10u32 {
        let x = (f64::from(tenth) / 10.0 * place.w).round().min(place.w - 1.0);
        let is_labelled = tenth % 2 == 0;
        let top = if is_labelled { 0.0 } else { SCALE_PX - 8.0 };
        drawing.fill(if is_labelled { &palette.axis } else { &palette.hair }, x, top, 1.0, SCALE_PX - top);
        match tenth {
            10 => {
                drawing.write(style.at_end(), &format!("100 % = {whole}"), place.x + x - 4.0, place.y - SCALE_PX + 11.0)
            }
            _ if is_labelled => {
                drawing.write(style, &format!("{} %", tenth * 10), place.x + x + 4.0, place.y - SCALE_PX + 11.0);
            }
            _ => {}
        }
    }
    drawing.close();
}
