//! How wide texts are in the page's own font, as a picture's reader with the same fonts will see them.

use std::cell::Cell;

use wasm_bindgen::JsCast;
use web_sys::{CanvasRenderingContext2d, HtmlCanvasElement};

use crate::layout::Measure;

/// Measures on a canvas that is on no page.
pub struct Widths {
    context: Option<CanvasRenderingContext2d>,
    family: String,
    font_px: Cell<f32>,
}

impl Widths {
    pub fn new(family: &str) -> Widths {
        let page = web_sys::window().and_then(|window| window.document());
        let canvas = page.and_then(|page| page.create_element("canvas").ok()?.dyn_into::<HtmlCanvasElement>().ok());
        let context = canvas.and_then(|canvas| canvas.get_context("2d").ok()??.dyn_into().ok());
        Widths { context, family: family.to_owned(), font_px: Cell::new(0.0) }
    }
}

impl Measure for Widths {
    fn width(&self, text: &str, font_px: f32) -> f32 {
        let by_figures = text.chars().count() as f32 * font_px * 0.6;
        let Some(context) = &self.context else { return by_figures };
        if self.font_px.replace(font_px) != font_px {
            context.set_font(&format!("{font_px}px {}", self.family));
        }
        context.measure_text(text).map_or(by_figures, |size| size.width() as f32)
    }
}
