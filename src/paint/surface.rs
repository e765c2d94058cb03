//! A canvas and its device pixels: everything is drawn in CSS px, and lands crisp on any screen.

use std::cell::{Cell, RefCell};

use wasm_bindgen::JsCast;
use web_sys::{CanvasRenderingContext2d, HtmlCanvasElement};

use super::pen::Pen;
use crate::layout::Measure;

pub struct Surface {
    canvas: HtmlCanvasElement,
    pub context: CanvasRenderingContext2d,
    pub width_px: f64,
    pub height_px: f64,
    /// The colour that is set: thousands of boxes of a frame have a dozen colours, and setting one is parsing its text.
    ink: RefCell<String>,
    alpha: Cell<f64>,
}

impl Surface {
    /// The canvas at a size in CSS px, cleared.
    pub fn cleared(canvas: &HtmlCanvasElement, width_px: f64, height_px: f64) -> Option<Surface> {
        let context = canvas.get_context("2d").ok().flatten()?.dyn_into::<CanvasRenderingContext2d>().ok()?;
        let surface = Surface {
            canvas: canvas.clone(),
            context,
            width_px,
            height_px,
            ink: RefCell::default(),
            alpha: Cell::new(f64::NAN),
        };
        surface.fit();
        surface.context.clear_rect(0.0, 0.0, width_px, height_px);
        Some(surface)
    }

    /// Gives the canvas as many pixels as the screen has there. Setting a size clears it, so only when it changed.
    fn fit(&self) {
        let ratio = web_sys::window().map(|window| window.device_pixel_ratio()).unwrap_or(1.0);
        let (width, height) = ((self.width_px * ratio).round() as u32, (self.height_px * ratio).round() as u32);
        if self.canvas.width() != width {
            self.canvas.set_width(width);
        }
        if self.canvas.height() != height {
            self.canvas.set_height(height);
        }
        // A matrix of finite numbers is always accepted.
        let _ = self.context.set_transform(ratio, 0.0, 0.0, ratio, 0.0, 0.0);
    }

    /// Fills and writes in this colour from now on.
    pub fn ink(&self, colour: &str) {
        let mut ink = self.ink.borrow_mut();
        if *ink != colour {
            self.context.set_fill_style_str(colour);
            colour.clone_into(&mut ink);
        }
    }

    pub fn fill(&self, colour: &str, x: f64, y: f64, w: f64, h: f64) {
        self.ink(colour);
        self.context.fill_rect(x, y, w, h);
    }

    pub fn font(&self, px: f64, family: &str) {
        self.context.set_font(&format!("{px}px {family}"));
    }

    pub fn text(&self, colour: &str, text: &str, x: f64, y: f64) {
        self.ink(colour);
        // Drawing text at finite places cannot fail.
        let _ = self.context.fill_text(text, x, y);
    }

    pub fn text_width(&self, text: &str) -> f64 {
        self.context.measure_text(text).map(|size| size.width()).unwrap_or_default()
    }

    /// Dims what is drawn until it is set back to 1.
    pub fn alpha(&self, alpha: f64) {
        if self.alpha.replace(alpha) != alpha {
            self.context.set_global_alpha(alpha);
        }
    }
}

impl Pen for Surface {
    fn width_px(&self) -> f64 {
        self.width_px
    }

    fn height_px(&self) -> f64 {
        self.height_px
    }

    fn alpha(&self, alpha: f64) {
        Surface::alpha(self, alpha);
    }

    fn fill(&self, colour: &str, x: f64, y: f64, w: f64, h: f64) {
        Surface::fill(self, colour, x, y, w, h);
    }

    fn polygon(&self, colour: &str, points: &[(f64, f64)], line: Option<&str>) {
        self.ink(colour);
        self.context.begin_path();
        for (nth, (x, y)) in points.iter().enumerate() {
            if nth == 0 { self.context.move_to(*x, *y) } else { self.context.line_to(*x, *y) }
        }
        self.context.close_path();
        self.context.fill();
        if let Some(line) = line {
            self.context.set_stroke_style_str(line);
            self.context.set_line_width(1.0);
            self.context.stroke();
        }
    }

    fn letters(&self, px: f64, family: &str) {
        self.font(px, family);
        self.context.set_text_baseline("middle");
    }

    fn text(&self, colour: &str, text: &str, x: f64, middle_px: f64) {
        Surface::text(self, colour, text, x, middle_px);
    }

    fn text_width(&self, text: &str) -> f64 {
        Surface::text_width(self, text)
    }
}

/// Widths of the page's font, by the figures' width: labels on canvases are mostly figures, which are tabular.
pub struct Figures;

impl Measure for Figures {
    fn width(&self, text: &str, font_px: f32) -> f32 {
        text.chars().count() as f32 * font_px * 0.6
    }
}
