//! The sheet a picture is drawn on: shapes and texts as SVG elements, in one text that grows. A scene draws on it as a [`Pen`], the frame
//! and the tables by its own methods.

use std::cell::{Cell, RefCell};

use super::{PREVIEW_PX, Picture, escape};
use crate::layout::{Measure, Rect};
use crate::paint::Palette;
use crate::paint::pen::{Pen, fitted};

/// How wide strong letters are by plain ones of the same size; in some fonts less.
const STRONG: f64 = 1.13;
/// From the middle of a line of figures and small letters to its baseline, by the size of the letters.
const BASELINE: f64 = 0.35;

/// How a text looks, and which end of it stands at its x.
#[derive(Clone, Copy)]
pub struct Type<'a> {
    pub px: f64,
    pub ink: &'a str,
    pub strong: bool,
    pub mono: bool,
    pub at_end: bool,
}

impl<'a> Type<'a> {
    pub const fn new(px: f64, ink: &'a str) -> Type<'a> {
        Type { px, ink, strong: false, mono: false, at_end: false }
    }

    pub const fn strong(self) -> Type<'a> {
        Type { strong: true, ..self }
    }

    pub const fn mono(self) -> Type<'a> {
        Type { mono: true, ..self }
    }

    pub const fn at_end(self) -> Type<'a> {
        Type { at_end: true, ..self }
    }
}

/// What a thing is called in the SVG: an attribute that names it, and what a reader sees who points at it.
#[derive(Clone, PartialEq, Debug, Default)]
pub struct Named {
    pub key: &'static str,
    pub id: String,
    pub title: String,
}

pub struct Drawing<'a> {
    pub palette: &'a Palette,
    pub measure: &'a dyn Measure,
    out: RefCell<String>,
    /// What scenes take for the upper left corner, and the room they have from there.
    corner: Cell<(f64, f64)>,
    room: Cell<(f64, f64)>,
    alpha: Cell<f64>,
    font_px: Cell<f64>,
    /// Where the preview ends: in the text, and in px.
    beginning: Cell<Option<(usize, f64)>>,
    /// What things of a scene are called.
    naming: Option<&'a dyn Fn(u32) -> Named>,
}

impl<'a> Drawing<'a> {
    pub fn new(palette: &'a Palette, measure: &'a dyn Measure) -> Drawing<'a> {
        Drawing {
            palette,
            measure,
            out: RefCell::default(),
            corner: Cell::new((0.0, 0.0)),
            room: Cell::new((0.0, 0.0)),
            alpha: Cell::new(1.0),
            font_px: Cell::new(12.0),
            beginning: Cell::new(None),
            naming: None,
        }
    }

    pub fn naming(self, naming: &'a dyn Fn(u32) -> Named) -> Drawing<'a> {
        Drawing { naming: Some(naming), ..self }
    }

    /// Where scenes are drawn from now on.
    pub fn within(&self, place: Rect) {
        self.corner.set((place.x, place.y));
        self.room.set((place.w, place.h));
    }

    /// Opens `<g data-KEY="id">`, with a title where there is one; [`Pen::end`] closes it.
    pub fn open(&self, named: &Named) {
        let mut out = self.out.borrow_mut();
        out.push_str("<g data-");
        out.push_str(named.key);
        attribute(&mut out, "", &named.id);
        out.push('>');
        if !named.title.is_empty() {
            element(&mut out, "title", &named.title);
        }
    }

    /// A rectangle with corners of a radius, and a line of 1 px around it where one is asked for.
    pub fn panel(&self, place: Rect, radius_px: f64, fill: &str, line: Option<&str>) {
        let mut out = self.out.borrow_mut();
        // A line lies on both sides of its path.
        let by = if line.is_some() { 0.5 } else { 0.0 };
        self.rect(&mut out, Rect { x: place.x + by, y: place.y + by, w: place.w - 2.0 * by, h: place.h - 2.0 * by });
        attribute(&mut out, " fill", fill);
        if let Some(line) = line {
            attribute(&mut out, " stroke", line);
        }
        if radius_px > 0.0 {
            number(&mut out, " rx", radius_px);
        }
        out.push_str("/>");
    }

    /// A line along a path, in px of the sheet; dashed as `dash` says.
    pub fn line(&self, path: &str, ink: &str, width_px: f64, dash: &str) {
        let mut out = self.out.borrow_mut();
        out.push_str("<path");
        attribute(&mut out, " d", path);
        out.push_str(" fill=\"none\"");
        attribute(&mut out, " stroke", ink);
        number(&mut out, " stroke-width", width_px);
        if !dash.is_empty() {
            attribute(&mut out, " stroke-dasharray", dash);
        }
        self.faded(&mut out);
        out.push_str("/>");
    }

    /// A filled path, in px of the sheet, with a line around it where one is asked for: its ink, and how it is dashed.
    pub fn shape(&self, path: &str, fill: &str, line: Option<(&str, f64, &str)>) {
        let mut out = self.out.borrow_mut();
        out.push_str("<path");
        attribute(&mut out, " d", path);
        attribute(&mut out, " fill", fill);
        if let Some((ink, width_px, dash)) = line {
            attribute(&mut out, " stroke", ink);
            number(&mut out, " stroke-width", width_px);
            if !dash.is_empty() {
                attribute(&mut out, " stroke-dasharray", dash);
            }
        }
        self.faded(&mut out);
        out.push_str("/>");
    }

    /// One text with its baseline at y, in px of the sheet.
    pub fn write(&self, style: Type, text: &str, x: f64, y: f64) {
        self.write_parts(style, &[(style, text)], x, y);
    }

    /// One text of parts that look differently, one behind the other.
    pub fn write_parts(&self, style: Type, parts: &[(Type, &str)], x: f64, y: f64) {
        let mut out = self.out.borrow_mut();
        out.push_str("<text");
        number(&mut out, " x", x);
        number(&mut out, " y", y);
        self.looks(&mut out, style, None);
        if style.at_end {
            out.push_str(" text-anchor=\"end\"");
        }
        self.faded(&mut out);
        out.push('>');
        for (part, text) in parts {
            if looks_like(*part, style) {
                escape::words(&mut out, text);
            } else {
                out.push_str("<tspan");
                self.looks(&mut out, *part, Some(style));
                out.push('>');
                escape::words(&mut out, text);
                out.push_str("</tspan>");
            }
        }
        out.push_str("</text>");
    }

    /// Attributes of a look, as far as they are other than around it.
    fn looks(&self, out: &mut String, style: Type, around: Option<Type>) {
        if around.is_none_or(|around| around.ink != style.ink) {
            attribute(out, " fill", style.ink);
        }
        if around.is_none_or(|around| around.px != style.px) {
            number(out, " font-size", style.px);
        }
        if style.strong != around.is_some_and(|around| around.strong) {
            out.push_str(if style.strong { " font-weight=\"600\"" } else { " font-weight=\"400\"" });
        }
        if style.mono != around.is_some_and(|around| around.mono) {
            attribute(out, " font-family", if style.mono { &self.palette.mono } else { &self.palette.font });
        }
    }

    pub fn width_of(&self, style: Type, text: &str) -> f64 {
        let by = match (style.strong, style.mono) {
            (true, _) => STRONG,
            // Monospaced letters are 0.6 of their size in every font of the stack.
            (_, true) => return text.chars().count() as f64 * style.px * 0.61,
            _ => 1.0,
        };
        f64::from(self.measure.width(text, style.px as f32)) * by
    }

    /// As much of a text as fits. What surely fits is not measured.
    pub fn fitted(&self, style: Type, text: &str, room_px: f64) -> String {
        if text.len() as f64 * style.px <= room_px {
            return text.to_owned();
        }
        fitted(&|text| self.width_of(style, text), text, room_px)
    }

    /// Says that all is drawn down to `y`: a long picture's preview ends at such a place.
    pub fn rest_at(&self, y: f64) {
        if y >= PREVIEW_PX && self.beginning.get().is_none() {
            self.beginning.set(Some((self.out.borrow().len(), y)));
        }
    }

    /// The picture, on the ground of its theme. `title` is what it is called where it is shown, `about` what it shows in a sentence.
    pub fn finish(self, title: &str, about: &str, width_px: f64, height_px: f64) -> Picture {
        let (width_px, height_px) = (width_px.ceil().max(1.0), height_px.ceil().max(1.0));
        let out = self.out.borrow();
        let beginning = self.beginning.get().and_then(|(to, y)| Some((out.get(..to)?, y)));
        Picture {
            svg: self.sheet(title, about, (width_px, height_px), &out),
            preview: beginning.map(|(drawn, y)| self.sheet(title, about, (width_px, y), drawn)),
            width_px: width_px as u32,
            height_px: height_px as u32,
        }
    }

    fn sheet(&self, title: &str, about: &str, (width_px, height_px): (f64, f64), drawn: &str) -> String {
        let mut svg = String::with_capacity(drawn.len() + 1024);
        svg.push_str("<svg xmlns=\"http://www.w3.org/2000/svg\" role=\"img\" aria-labelledby=\"title about\"");
        number(&mut svg, " width", width_px);
        number(&mut svg, " height", height_px);
        svg.push_str(" viewBox=\"0 0 ");
        escape::px(&mut svg, width_px);
        svg.push(' ');
        escape::px(&mut svg, height_px);
        svg.push('"');
        attribute(&mut svg, " font-family", &self.palette.font);
        svg.push_str("><title id=\"title\">");
        escape::text(&mut svg, title);
        svg.push_str("</title><desc id=\"about\">");
        escape::text(&mut svg, about);
        svg.push_str("</desc><rect");
        number(&mut svg, " width", width_px);
        number(&mut svg, " height", height_px);
        attribute(&mut svg, " fill", &self.palette.bg);
        svg.push_str("/>");
        svg.push_str(drawn);
        svg.push_str("</svg>\n");
        svg
    }

    /// Opens a part of the sheet in which what lies outside is cut away, `scale` times as large; [`Drawing::close_port`] closes it.
    pub fn open_port(&self, place: Rect, (x, y): (f64, f64), scale: f64) {
        let mut out = self.out.borrow_mut();
        out.push_str("<svg");
        number(&mut out, " x", place.x);
        number(&mut out, " y", place.y);
        number(&mut out, " width", place.w);
        number(&mut out, " height", place.h);
        out.push_str(" overflow=\"hidden\" viewBox=\"");
        for (at, px) in [x, y, place.w / scale, place.h / scale].into_iter().enumerate() {
            if at > 0 {
                out.push(' ');
            }
            escape::px(&mut out, px);
        }
        out.push_str("\">");
    }

    pub fn close_port(&self) {
        self.out.borrow_mut().push_str("</svg>");
    }

    fn rect(&self, out: &mut String, place: Rect) {
        out.push_str("<rect");
        number(out, " x", place.x);
        number(out, " y", place.y);
        number(out, " width", place.w.max(0.0));
        number(out, " height", place.h.max(0.0));
    }

    fn faded(&self, out: &mut String) {
        if self.alpha.get() < 1.0 {
            number(out, " opacity", self.alpha.get());
        }
    }
}

impl Pen for Drawing<'_> {
    fn width_px(&self) -> f64 {
        self.room.get().0
    }

    fn height_px(&self) -> f64 {
        self.room.get().1
    }

    fn alpha(&self, alpha: f64) {
        self.alpha.set(alpha);
    }

    fn fill(&self, colour: &str, x: f64, y: f64, w: f64, h: f64) {
        let (x0, y0) = self.corner.get();
        let mut out = self.out.borrow_mut();
        self.rect(&mut out, Rect { x: x0 + x, y: y0 + y, w, h });
        attribute(&mut out, " fill", colour);
        self.faded(&mut out);
        out.push_str("/>");
    }

    fn polygon(&self, colour: &str, points: &[(f64, f64)], line: Option<&str>) {
        let (x0, y0) = self.corner.get();
        let mut path = String::new();
        for (at, (x, y)) in points.iter().enumerate() {
            path.push(if at == 0 { 'M' } else { 'L' });
            escape::px(&mut path, x0 + x);
            path.push(' ');
            escape::px(&mut path, y0 + y);
        }
        path.push('Z');
        self.shape(&path, colour, line.map(|line| (line, 1.0, "")));
    }

    fn letters(&self, px: f64, _family: &str) {
        self.font_px.set(px);
    }

    fn text(&self, colour: &str, text: &str, x: f64, middle_px: f64) {
        if text.is_empty() {
            return;
        }
        let (x0, y0) = self.corner.get();
        let px = self.font_px.get();
        self.write(Type::new(px, colour), text, x0 + x, y0 + middle_px + px * BASELINE);
    }

    fn text_width(&self, text: &str) -> f64 {
        self.width_of(Type::new(self.font_px.get(), ""), text)
    }

    fn begin(&self, number: u32) {
        if let Some(naming) = self.naming {
            self.open(&naming(number));
        }
    }

    fn end(&self) {
        if self.naming.is_some() {
            self.close();
        }
    }
}

impl Drawing<'_> {
    /// Closes what [`Drawing::open`] opened.
    pub fn close(&self) {
        self.out.borrow_mut().push_str("</g>");
    }
}

fn looks_like(one: Type, other: Type) -> bool {
    (one.px, one.ink, one.strong, one.mono) == (other.px, other.ink, other.strong, other.mono)
}

fn attribute(out: &mut String, name: &str, value: &str) {
    out.push_str(name);
    out.push_str("=\"");
    escape::text(out, value);
    out.push('"');
}

fn number(out: &mut String, name: &str, value: f64) {
    out.push_str(name);
    out.push_str("=\"");
    escape::px(out, value);
    out.push('"');
}

fn element(out: &mut String, name: &str, text: &str) {
    out.push('<');
    out.push_str(name);
    out.push('>');
    escape::text(out, text);
    out.push_str("</");
    out.push_str(name);
    out.push('>');
}
