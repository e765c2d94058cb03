//! A chart onto a canvas, by plotters. Where things stand is `layout::chart`'s: its axes are plotters' axes here, so that a point is found where it is drawn.
//!
//! plotters draws through a backend of our own: `plotters-canvas` knows no device pixels and is blurred where a screen has more of them than CSS says.

use core::convert::Infallible;
use core::ops::Range;

use plotters::coord::ranged1d::{KeyPointHint, NoDefaultFormatting, Ranged, ValueFormatter};
use plotters::prelude::*;
use plotters_backend::{
    BackendColor, BackendCoord, BackendStyle, BackendTextStyle, DrawingBackend, DrawingErrorKind,
    text_anchor::{HPos, VPos},
};

use super::{Palette, Surface};
use crate::layout::chart::{Axis, BOTTOM_PX, Chart, LEFT_PX, Line, RIGHT_PX, Stroke, TOP_PX};
use crate::layout::heatmap::strength;

const FONT_PX: f64 = 10.0;
/// Half of a point's square.
const DOT_PX: i32 = 3;
/// A stretch of a dashed and of a dotted line, and the gap behind it.
const DASH_PX: (i32, i32) = (6, 4);
const DOTTED_PX: (i32, i32) = (2, 3);
/// The darkest cell lets points be seen on it.
const MOST_INK: f64 = 0.75;
/// Between a label and its axis.
const GAP_PX: f64 = 4.0;
/// More labels than any axis has: which there are is the axis' to say.
const LABELS: usize = 24;

type Nothing = Result<(), DrawingErrorKind<Infallible>>;

/// Draws the chart over all of the surface.
pub fn paint(surface: &Surface, palette: &Palette, chart: &Chart) {
    surface.font(FONT_PX, &palette.font);
    // Drawing on a canvas cannot fail, and neither can a chart that has room; one without room draws nothing.
    let _ = draw(surface, palette, chart);
}

fn draw(surface: &Surface, palette: &Palette, chart: &Chart) -> Result<(), DrawingAreaErrorKind<Infallible>> {
    let root = Canvas { surface }.into_drawing_area();
    let mut context = ChartBuilder::on(&root)
        .margin_top(TOP_PX)
        .margin_right(RIGHT_PX)
        .set_label_area_size(LabelAreaPosition::Left, LEFT_PX)
        .set_label_area_size(LabelAreaPosition::Bottom, BOTTOM_PX)
        .build_cartesian_2d(Coordinate(chart.x.clone()), Coordinate(chart.y.clone()))?;
    let quiet = colour(&palette.ink_3);
    let label = TextStyle::from(("x", FONT_PX)).color(&quiet);
    context
        .configure_mesh()
        .disable_x_mesh()
        .x_labels(LABELS)
        .y_labels(LABELS)
        .set_all_tick_mark_size(0)
        .axis_style(colour(&palette.axis))
        .bold_line_style(colour(&palette.grid))
        .light_line_style(TRANSPARENT)
        .label_style(label)
        .draw()?;
    let most = chart.cells.iter().map(|cell| cell.count).fold(0.0, f64::max);
    let dark = colour(&palette.ink_2);
    context.draw_series(chart.cells.iter().map(|cell| {
        let style = dark.mix(strength(cell.count, most) * MOST_INK).filled();
        Rectangle::new([(cell.from_ms, cell.to_s), (cell.to_ms, cell.from_s)], style)
    }))?;
    for line in &chart.lines {
        let ink = line.slot.map_or(palette.ink.as_str(), |slot| palette.line(slot));
        draw_line(&mut context, line, colour(ink))?;
    }
    let (normal, failed, ground) = (colour(&palette.ink), colour(&palette.error), colour(&palette.bg));
    context.draw_series(chart.dots.iter().map(|dot| {
        let at = EmptyElement::at((dot.unix_ms, dot.value));
        // A failed one is a diamond, so that red is never alone.
        let shape = |reach: i32| match dot.is_error {
            true => vec![(0, -reach), (reach, 0), (0, reach), (-reach, 0)],
            false => vec![(-reach, -reach), (reach, -reach), (reach, reach), (-reach, reach)],
        };
        let (edge, inside) = (if dot.is_error { failed } else { normal }, if dot.is_error { failed } else { ground });
        let outer = Polygon::new(shape(DOT_PX + i32::from(dot.is_error)), edge);
        let inner = Polygon::new(shape(DOT_PX - 1), inside);
        at + outer + inner
    }))?;
    root.present()
}

fn draw_line<'a>(
    context: &mut ChartContext<'a, Canvas<'a>, Cartesian2d<Coordinate, Coordinate>>,
    line: &Line,
    ink: RGBColor,
) -> Result<(), DrawingAreaErrorKind<Infallible>> {
    let style = ShapeStyle { color: ink.to_rgba(), filled: false, stroke_width: 2 };
    for run in &line.runs {
        let points = run.iter().copied();
        let dash = match line.stroke {
            Stroke::Solid => None,
            Stroke::Dashed => Some(DASH_PX),
            Stroke::Dotted => Some(DOTTED_PX),
        };
        match dash {
            None => context.draw_series(LineSeries::new(points, style))?,
            Some((dash, gap)) => context.draw_series(DashedLineSeries::new(points, dash, gap, style))?,
        };
    }
    Ok(())
}

/// `#1f57c3` as plotters wants it; black where it is something else, which no token is.
fn colour(token: &str) -> RGBColor {
    let hex = u32::from_str_radix(token.trim_start_matches('#'), 16).unwrap_or_default();
    let [_, r, g, b] = hex.to_be_bytes();
    RGBColor(r, g, b)
}

/// An axis as plotters takes one.
struct Coordinate(Axis);

impl Ranged for Coordinate {
    type FormatOption = NoDefaultFormatting;
    type ValueType = f64;

    fn map(&self, value: &f64, (from, to): (i32, i32)) -> i32 {
        from + (self.0.share(*value).clamp(0.0, 1.0) * f64::from(to - from)).round() as i32
    }

    fn key_points<Hint: KeyPointHint>(&self, _: Hint) -> Vec<f64> {
        self.0.ticks.iter().map(|tick| tick.value).collect()
    }

    fn range(&self) -> Range<f64> {
        self.0.from..self.0.to
    }
}

impl ValueFormatter<f64> for Coordinate {
    fn format_ext(&self, value: &f64) -> String {
        self.0.ticks.iter().find(|tick| tick.value == *value).map(|tick| tick.label.clone()).unwrap_or_default()
    }
}

/// The surface as plotters draws on it, in CSS px.
struct Canvas<'a> {
    surface: &'a Surface,
}

impl Canvas<'_> {
    fn ink(&self, colour: BackendColor) {
        let (r, g, b) = colour.rgb;
        self.surface.ink(&format!("rgb({r} {g} {b} / {})", colour.alpha));
    }

    fn trace_path(&self, path: impl IntoIterator<Item = BackendCoord>) {
        let context = &self.surface.context;
        context.begin_path();
        for (nth, (x, y)) in path.into_iter().enumerate() {
            let (x, y) = (f64::from(x) + 0.5, f64::from(y) + 0.5);
            if nth == 0 { context.move_to(x, y) } else { context.line_to(x, y) }
        }
    }

    fn stroke<S: BackendStyle>(&self, style: &S) {
        let (r, g, b) = style.color().rgb;
        let context = &self.surface.context;
        context.set_stroke_style_str(&format!("rgb({r} {g} {b} / {})", style.color().alpha));
        context.set_line_width(if style.stroke_width() > 1 { 1.5 } else { 1.0 });
        context.stroke();
    }
}

impl DrawingBackend for Canvas<'_> {
    type ErrorType = Infallible;

    fn get_size(&self) -> (u32, u32) {
        (self.surface.width_px as u32, self.surface.height_px as u32)
    }

    fn ensure_prepared(&mut self) -> Nothing {
        Ok(())
    }

    fn present(&mut self) -> Nothing {
        Ok(())
    }

    fn draw_pixel(&mut self, (x, y): BackendCoord, color: BackendColor) -> Nothing {
        self.ink(color);
        self.surface.context.fill_rect(f64::from(x), f64::from(y), 1.0, 1.0);
        Ok(())
    }

    fn draw_line<S: BackendStyle>(&mut self, from: BackendCoord, to: BackendCoord, style: &S) -> Nothing {
        self.draw_path([from, to], style)
    }

    fn draw_path<S: BackendStyle, I: IntoIterator<Item = BackendCoord>>(&mut self, path: I, style: &S) -> Nothing {
        if style.color().alpha > 0.0 {
            self.trace_path(path);
            self.stroke(style);
        }
        Ok(())
    }

    fn draw_rect<S: BackendStyle>(&mut self, from: BackendCoord, to: BackendCoord, style: &S, _: bool) -> Nothing {
        self.ink(style.color());
        let (x, y) = (f64::from(from.0.min(to.0)), f64::from(from.1.min(to.1)));
        let (w, h) = (f64::from((to.0 - from.0).abs()), f64::from((to.1 - from.1).abs()));
        // A hair between cells tells them apart.
        self.surface.context.fill_rect(x + 0.5, y + 0.5, (w - 0.5).max(1.0), (h - 0.5).max(1.0));
        Ok(())
    }

    fn fill_polygon<S: BackendStyle, I: IntoIterator<Item = BackendCoord>>(&mut self, path: I, style: &S) -> Nothing {
        self.ink(style.color());
        self.trace_path(path);
        self.surface.context.fill();
        Ok(())
    }

    fn draw_text<T: BackendTextStyle>(&mut self, text: &str, style: &T, (x, y): BackendCoord) -> Nothing {
        self.ink(style.color());
        let width = self.surface.text_width(text);
        let x = f64::from(x)
            - match style.anchor().h_pos {
                HPos::Left => 0.0,
                HPos::Center => width / 2.0,
                HPos::Right => width + GAP_PX,
            };
        // The last label of the time axis would stand half outside.
        let x = x.min(self.surface.width_px - width);
        let y = f64::from(y)
            + match style.anchor().v_pos {
                VPos::Top => FONT_PX * 0.85,
                VPos::Center => FONT_PX * 0.35,
                VPos::Bottom => -FONT_PX * 0.15,
            };
        // Drawing text at finite places cannot fail.
        let _ = self.surface.context.fill_text(text, x, y);
        Ok(())
    }

    fn estimate_text_size<T: BackendTextStyle>(
        &self,
        text: &str,
        _: &T,
    ) -> Result<(u32, u32), DrawingErrorKind<Infallible>> {
        Ok((self.surface.text_width(text).ceil() as u32, FONT_PX as u32))
    }
}
