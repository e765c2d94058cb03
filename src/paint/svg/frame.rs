//! What stands around a picture: which trace and which part of it, when and how long, whose colours are whose, what the marks mean, and by
//! what it was made. What it says comes as it is to be written.

use super::drawing::{Drawing, Named, Type};
use super::{MARGIN_PX, Picture};
use crate::layout::Rect;
use crate::layout::bars::MARK_PX;
use crate::paint::bars::paint_mark;
use crate::paint::pen::{Pen, diamond};

/// What a mark of a picture means.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Sign {
    /// A bar: pale for a span's time, full for its own.
    Time,
    Box,
    Work,
    Critical,
    Error,
    ErrorCorner,
    Event,
    Selected,
    Found,
    Call,
    Async,
    FailedCall,
    CriticalCall,
}

impl Sign {
    fn words(self) -> &'static str {
        match self {
            Sign::Time => "duration, in full colour where it is its own time",
            Sign::Box => "one span, as wide as it took",
            Sign::Work => "merged spans, as wide as their share",
            Sign::Critical => "critical path",
            Sign::Error | Sign::ErrorCorner => "error",
            Sign::Event => "event",
            Sign::Selected => "selected",
            Sign::Found => "found",
            Sign::Call => "call",
            Sign::Async => "asynchronous",
            Sign::FailedCall => "calls in error",
            Sign::CriticalCall => "on the critical path",
        }
    }
}

/// What a picture says about itself.
#[derive(Clone, PartialEq, Debug, Default)]
pub struct Heading {
    /// Of the root: its service, with its colour, and its operation.
    pub slot: u8,
    pub service: String,
    pub operation: String,
    pub trace_id: String,
    /// When it began, how long it took, how many spans.
    pub facts: Vec<String>,
    /// `Timeline, 1.20 s to 1.40 s of 3.12 s, rows 12 to 40 of 103`.
    pub view: String,
    /// What is not as it was recorded, or not all of it.
    pub notes: Vec<String>,
    pub services: Vec<(u8, String)>,
    pub signs: Vec<Sign>,
}

const LINE_PX: f64 = 18.0;
const GAP_PX: f64 = 16.0;
/// Services named in the legend; of more the rest is counted.
const MOST_SERVICES: usize = 40;

impl Heading {
    /// The picture's name: service and operation.
    pub fn title(&self) -> String {
        format!("{} {}", self.service, self.operation)
    }

    fn about(&self) -> String {
        format!("{}. Trace {}, {}.", self.view, self.trace_id, self.facts.join(", "))
    }

    /// Draws what stands above the picture, over `width_px`; gives the y below it.
    pub fn draw(&self, drawing: &Drawing, width_px: f64) -> f64 {
        let palette = drawing.palette;
        let right = width_px - MARGIN_PX;
        let mark_px = mark(drawing, right, MARGIN_PX);
        let mut y = MARGIN_PX + 15.0;
        drawing.panel(Rect { x: MARGIN_PX, y: y - 11.0, w: 11.0, h: 11.0 }, 1.0, palette.line(self.slot), None);
        let name = Type::new(16.0, &palette.ink);
        let x = MARGIN_PX + 18.0;
        let room = right - mark_px - GAP_PX - x;
        let service = drawing.fitted(name.strong(), &self.service, room * 0.6);
        let service = format!("{service} ");
        let operation = drawing.fitted(name, &self.operation, room - drawing.width_of(name.strong(), &service));
        drawing.write_parts(name, &[(name.strong(), &service), (name, &operation)], x, y);
        y += 22.0;
        self.draw_facts(drawing, right, y);
        y += LINE_PX;
        let quiet = Type::new(12.0, &palette.ink_2);
        for line in wrapped(drawing, quiet, &self.view, right - MARGIN_PX) {
            drawing.write(quiet, &line, MARGIN_PX, y);
            y += LINE_PX;
        }
        for note in &self.notes {
            let style = Type::new(12.0, &palette.warn);
            for line in wrapped(drawing, style, note, right - MARGIN_PX) {
                drawing.write(style, &line, MARGIN_PX, y);
                y += LINE_PX;
            }
        }
        self.draw_services(drawing, right, y + 2.0)
    }

    fn draw_facts(&self, drawing: &Drawing, right: f64, y: f64) {
        let (quiet, ink) = (Type::new(12.0, &drawing.palette.ink_3), Type::new(12.0, &drawing.palette.ink_2));
        let facts: String = self.facts.iter().map(|fact| format!("  ·  {fact}")).collect();
        let id = drawing.fitted(ink.mono(), &self.trace_id, right - MARGIN_PX - 60.0);
        let room = right - MARGIN_PX - drawing.width_of(quiet, "Trace ") - drawing.width_of(ink.mono(), &id);
        let facts = drawing.fitted(ink, &facts, room);
        drawing.write_parts(ink, &[(quiet, "Trace "), (ink.mono(), &id), (ink, &facts)], MARGIN_PX, y);
    }

    /// Colours and names of services, in as many lines as they take.
    fn draw_services(&self, drawing: &Drawing, right: f64, top: f64) -> f64 {
        let style = Type::new(11.0, &drawing.palette.ink_2);
        let (mut x, mut y) = (MARGIN_PX, top + 9.0);
        if self.services.is_empty() {
            return top;
        }
        drawing.open(&Named { key: "legend", id: "services".to_owned(), ..Named::default() });
        let mut put = |slot: Option<u8>, name: &str| {
            let swatch_px = if slot.is_some() { 13.0 } else { 0.0 };
            let name = drawing.fitted(style, name, right - MARGIN_PX - swatch_px);
            let wide = swatch_px + drawing.width_of(style, &name);
            if x > MARGIN_PX && x + wide > right {
                (x, y) = (MARGIN_PX, y + 16.0);
            }
            if let Some(slot) = slot {
                drawing.panel(Rect { x, y: y - 8.0, w: 8.0, h: 8.0 }, 1.0, drawing.palette.line(slot), None);
            }
            drawing.write(style, &name, x + swatch_px, y);
            x += wide + GAP_PX;
        };
        for (slot, name) in self.services.iter().take(MOST_SERVICES) {
            put(Some(*slot), name);
        }
        if self.services.len() > MOST_SERVICES {
            put(None, &format!("and {} more", self.services.len() - MOST_SERVICES));
        }
        drawing.close();
        y + 10.0
    }

    /// What the marks mean, below the picture; gives the height of it all.
    pub fn draw_signs(&self, drawing: &Drawing, width_px: f64, top: f64) -> f64 {
        if self.signs.is_empty() {
            return top + MARGIN_PX;
        }
        let style = Type::new(11.0, &drawing.palette.ink_3);
        let (mut x, mut y) = (MARGIN_PX, top + 20.0);
        drawing.open(&Named { key: "legend", id: "signs".to_owned(), ..Named::default() });
        for sign in &self.signs {
            let wide = 34.0 + drawing.width_of(style, sign.words());
            if x > MARGIN_PX && x + wide > width_px - MARGIN_PX {
                (x, y) = (MARGIN_PX, y + 18.0);
            }
            draw_sign(drawing, *sign, x, y - 12.0);
            drawing.write(style, sign.words(), x + 32.0, y);
            x += wide + GAP_PX;
        }
        drawing.close();
        y + MARGIN_PX
    }

    /// The finished picture of these contents.
    pub fn finish(&self, drawing: Drawing, width_px: f64, content_end_px: f64) -> Picture {
        let height_px = self.draw_signs(&drawing, width_px, content_end_px);
        drawing.finish(&self.title(), &self.about(), width_px, height_px)
    }
}

/// A sample of a mark, in 26 by 16 px.
fn draw_sign(drawing: &Drawing, sign: Sign, x: f64, y: f64) {
    let palette = drawing.palette;
    drawing.within(Rect { x, y, w: 26.0, h: 16.0 });
    let line = |ink: &str, width: f64, dash: &str| drawing.line(&format!("M{x} {}h26", y + 8.0), ink, width, dash);
    match sign {
        Sign::Time => {
            drawing.fill(palette.area(0), 0.0, 3.0, 26.0, 10.0);
            drawing.fill(palette.line(0), 0.0, 3.0, 10.0, 10.0);
            drawing.fill(palette.line(0), 25.0, 3.0, 1.0, 10.0);
        }
        Sign::Box | Sign::Work => {
            drawing.fill(palette.area(0), 0.0, 2.0, 26.0, 13.0);
            drawing.fill(palette.line(0), 0.0, 2.0, 2.0, 13.0);
        }
        Sign::Critical => drawing.fill(&palette.critical, 0.0, 8.0, 26.0, 2.0),
        Sign::Error => paint_mark(drawing, palette, 8.0, 8.0 - MARK_PX / 2.0),
        Sign::ErrorCorner => {
            drawing.fill(palette.area(0), 0.0, 2.0, 26.0, 13.0);
            drawing.fill(&palette.error, 0.0, 2.0, 26.0, 2.0);
            drawing.polygon(&palette.error, &[(26.0, 2.0), (18.0, 2.0), (26.0, 10.0)], None);
        }
        Sign::Event => {
            drawing.fill(&palette.ink, 13.0, 2.0, 1.0, 13.0);
            drawing.polygon(&palette.bg, &diamond(13.5, 4.5, 3.0), Some(&palette.ink));
        }
        Sign::Selected => outlined(drawing, Rect { x, y: y + 2.0, w: 26.0, h: 13.0 }),
        Sign::Found => drawing.fill(&palette.mark_line, 0.0, 12.0, 26.0, 2.0),
        Sign::Call => line(&palette.edge, 1.5, ""),
        Sign::Async => line(&palette.edge, 1.5, "5 4"),
        Sign::FailedCall => line(&palette.error, 1.5, ""),
        Sign::CriticalCall => {
            line(&palette.edge, 4.0, "");
            line(&palette.critical, 1.6, "");
        }
    }
}

/// A line of 2 px around what is selected.
pub fn outlined(drawing: &Drawing, Rect { x, y, w, h }: Rect) {
    let path = format!("M{:.2} {:.2}h{w:.2}v{h:.2}h-{w:.2}Z", x, y);
    drawing.line(&path, &drawing.palette.accent, 2.0, "");
}

/// The page's sign and name, ending at `right`; gives its width.
fn mark(drawing: &Drawing, right: f64, top: f64) -> f64 {
    const NAME: &str = "Spanloom";
    let style = Type::new(11.0, &drawing.palette.ink_3);
    let wide = drawing.width_of(style.strong(), NAME);
    let x = right - wide - 22.0;
    drawing.panel(Rect { x, y: top, w: 16.0, h: 16.0 }, 3.0, &drawing.palette.ink_3, None);
    let bg = drawing.palette.bg.as_str();
    drawing.within(Rect { x, y: top, w: 16.0, h: 16.0 });
    for (x, y, w) in [(3.0, 3.0, 6.5), (5.0, 7.0, 8.0), (3.0, 11.0, 5.0)] {
        drawing.fill(bg, x, y, w, 2.0);
    }
    drawing.write(style.strong(), NAME, x + 22.0, top + 12.0);
    wide + 22.0
}

/// A text in lines that fit; a word that fits no line is cut.
pub fn wrapped(drawing: &Drawing, style: Type, text: &str, room_px: f64) -> Vec<String> {
    let mut lines: Vec<String> = Vec::new();
    for word in text.split_whitespace() {
        if let Some(last) = lines.last_mut() {
            let longer = format!("{last} {word}");
            if drawing.width_of(style, &longer) <= room_px {
                *last = longer;
                continue;
            }
        }
        lines.push(drawing.fitted(style, word, room_px));
    }
    lines
}
