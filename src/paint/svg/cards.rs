//! A picture of findings: one card a finding, with its sentence, its cost and what is unfolded of it. Sentences come as they are to be
//! written.

use super::drawing::{Drawing, Named, Type};
use super::frame::{Heading, wrapped};
use super::{MARGIN_PX, Picture, WIDTH_PX};
use crate::layout::{Measure, Rect};
use crate::paint::Palette;
use crate::paint::bars::paint_mark;
use crate::paint::pen::Pen;

const LINE_PX: f64 = 18.0;
const INSET_PX: f64 = 14.0;
const COST_PX: f64 = 240.0;
const LABEL_PX: f64 = 124.0;
/// Between evidence, remedy and spans.
const GAP_PX: f64 = 6.0;

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Weight {
    Error,
    Warning,
    Info,
}

/// A span named by a finding.
#[derive(Clone, PartialEq, Debug, Default)]
pub struct NamedSpan {
    pub slot: u8,
    pub service: String,
    pub label: String,
    pub duration: String,
}

#[derive(Clone, PartialEq, Debug)]
pub struct Card {
    /// `repeated_calls.1`.
    pub id: String,
    pub weight: Weight,
    pub title: String,
    pub about: String,
    /// What it costs in words, and its share of the whole, 0 to 1.
    pub cost: String,
    pub share: Option<f64>,
    /// Unfolded: evidence, then labelled sentences, then spans and how many are left out. All empty when folded.
    pub evidence: Vec<String>,
    pub more: Vec<(&'static str, String)>,
    pub spans: Vec<NamedSpan>,
    pub left_out: String,
}

/// `nothing` is said where there is no card.
pub fn picture(cards: &[Card], nothing: &str, heading: &Heading, palette: &Palette, measure: &dyn Measure) -> Picture {
    let drawing = Drawing::new(palette, measure);
    let mut y = heading.draw(&drawing, WIDTH_PX) + 12.0;
    if cards.is_empty() {
        drawing.write(Type::new(12.0, &palette.ink_2), nothing, MARGIN_PX, y + 14.0);
        y += 24.0;
    }
    for card in cards {
        y = draw(&drawing, card, y) + 10.0;
        drawing.rest_at(y);
    }
    heading.finish(drawing, WIDTH_PX, y)
}

/// Draws a card; gives the y below it.
fn draw(drawing: &Drawing, card: &Card, top: f64) -> f64 {
    let palette = drawing.palette;
    drawing.open(&Named { key: "finding", id: card.id.clone(), title: String::new() });
    let left = MARGIN_PX + INSET_PX + 22.0;
    let right = WIDTH_PX - MARGIN_PX - INSET_PX;
    draw_weight(drawing, card.weight, MARGIN_PX + INSET_PX, top + 11.0);
    let strong = Type::new(13.0, &palette.ink).strong();
    let mut y = top + 22.0;
    for line in wrapped(drawing, strong, &card.title, right - COST_PX - left) {
        drawing.write(strong, &line, left, y);
        y += LINE_PX;
    }
    let quiet = Type::new(11.0, &palette.ink_3);
    drawing.write(quiet, &card.about, left, y);
    draw_cost(drawing, card, right, top + 22.0);
    y += 12.0;
    if !card.evidence.is_empty() || !card.more.is_empty() {
        y = draw_body(drawing, card, left, right, y + 12.0);
    }
    let whole = Rect { x: MARGIN_PX, y: top, w: WIDTH_PX - 2.0 * MARGIN_PX, h: y - top };
    let corner = format!("M{} {top}h{}v{}h-{}Z", MARGIN_PX + 0.5, whole.w - 1.0, whole.h, whole.w - 1.0);
    drawing.line(&corner, &palette.hair, 1.0, "");
    drawing.close();
    y
}

fn draw_body(drawing: &Drawing, card: &Card, left: f64, right: f64, top: f64) -> f64 {
    let palette = drawing.palette;
    let (ink, quiet) = (Type::new(12.0, &palette.ink), Type::new(12.0, &palette.ink_3));
    let mut y = top;
    for sentence in &card.evidence {
        drawing.panel(Rect { x: left + 2.0, y: y - 6.0, w: 3.0, h: 3.0 }, 1.5, &palette.ink_3, None);
        for line in wrapped(drawing, ink, sentence, right - left - 14.0) {
            drawing.write(ink, &line, left + 14.0, y);
            y += LINE_PX;
        }
    }
    y += GAP_PX;
    for (label, sentence) in &card.more {
        drawing.write(quiet, label, left, y);
        for line in wrapped(drawing, Type::new(12.0, &palette.ink_2), sentence, right - left - LABEL_PX) {
            drawing.write(Type::new(12.0, &palette.ink_2), &line, left + LABEL_PX, y);
            y += LINE_PX;
        }
    }
    y += GAP_PX;
    for span in &card.spans {
        draw_span(drawing, span, left, right, y);
        y += LINE_PX;
    }
    if !card.left_out.is_empty() {
        drawing.write(quiet, &card.left_out, left + 14.0, y);
        y += LINE_PX;
    }
    y
}

fn draw_span(drawing: &Drawing, span: &NamedSpan, left: f64, right: f64, y: f64) {
    let palette = drawing.palette;
    let (ink, mid, quiet) =
        (Type::new(12.0, &palette.ink), Type::new(12.0, &palette.ink_2), Type::new(12.0, &palette.ink_3));
    drawing.panel(Rect { x: left, y: y - 8.0, w: 8.0, h: 8.0 }, 1.0, palette.line(span.slot), None);
    let service = format!("{} ", span.service);
    let duration = format!("  {}", span.duration);
    let taken = drawing.width_of(mid, &service) + drawing.width_of(quiet, &duration);
    let label = drawing.fitted(ink, &span.label, right - left - 14.0 - taken);
    drawing.write_parts(ink, &[(mid, &service), (ink, &label), (quiet, &duration)], left + 14.0, y);
}

fn draw_cost(drawing: &Drawing, card: &Card, right: f64, y: f64) {
    let palette = drawing.palette;
    let style = Type::new(12.0, if card.share.is_some() { &palette.ink } else { &palette.ink_3 });
    drawing.write(style.at_end(), &card.cost, right, y);
    let Some(share) = card.share else { return };
    let x = right - drawing.width_of(style, &card.cost) - 84.0;
    let bar = Rect { x, y: y - 8.0, w: 72.0, h: 6.0 };
    drawing.panel(bar, 1.0, &palette.inset, None);
    drawing.panel(Rect { w: (bar.w * share.clamp(0.0, 1.0)).max(1.0), ..bar }, 1.0, &palette.critical, None);
}

/// A diamond, a triangle or a ring, each with its sign in it: never colour alone.
fn draw_weight(drawing: &Drawing, weight: Weight, x: f64, y: f64) {
    let palette = drawing.palette;
    drawing.within(Rect { x, y, w: 14.0, h: 14.0 });
    match weight {
        Weight::Error => paint_mark(drawing, palette, 2.0, 2.0),
        Weight::Warning => {
            drawing.line(
                &format!("M{} {}l6 11h-12ZM{} {}v3.2m0 1.8v.2", x + 7.0, y + 1.5, x + 7.0, y + 5.5),
                &palette.warn,
                1.4,
                "",
            );
        }
        Weight::Info => {
            drawing.line(
                &format!("M{} {}a5.5 5.5 0 1 0 .01 0M{} {}v3.4m0-5.4v.2", x + 7.0, y + 1.5, x + 7.0, y + 6.6),
                &palette.ink_3,
                1.3,
                "",
            );
            drawing.fill(&palette.ink_3, 6.4, 4.0, 1.2, 1.2);
        }
    }
}
