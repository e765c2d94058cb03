//! The time scale of a picture: labelled ticks over a width, and lines below them through the rows.

use super::drawing::{Drawing, Type};
use crate::layout::ticks::{Tick, ticks};
use crate::layout::{Rect, Viewport};

pub const RULER_PX: f64 = 24.0;

/// Draws the scale in `place`, which is [`RULER_PX`] high; gives where its labelled ticks stand, from its left.
pub fn draw(drawing: &Drawing, viewport: &Viewport, place: Rect) -> Vec<f64> {
    let palette = drawing.palette;
    let all = ticks(viewport, place.w, drawing.measure);
    drawing.open(&super::drawing::Named { key: "scale", id: "time".to_owned(), ..Default::default() });
    for Tick { x_px, label, .. } in &all {
        let x = place.x + x_px.round();
        let (top, ink) =
            if label.is_some() { (place.y, &palette.axis) } else { (place.y + RULER_PX - 8.0, &palette.hair) };
        drawing.panel(Rect { x, y: top, w: 1.0, h: place.y + RULER_PX - top }, 0.0, ink, None);
        let Some(label) = label else { continue };
        let style = Type::new(10.0, &palette.ink_3);
        // A label at the very end would stand outside; the tick says what it is by the ones before.
        if x_px + 4.0 + drawing.width_of(style, label) <= place.w + super::MARGIN_PX {
            drawing.write(style, label, x + 4.0, place.y + 11.0);
        }
    }
    drawing.close();
    all.into_iter().filter(|tick| tick.label.is_some()).map(|tick| tick.x_px).collect()
}
