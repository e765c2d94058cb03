//! Outlines drawn by hand, for the tests of this room: a line a span, indented by depth.

use std::ops::Range;

use super::Measure;
use crate::base::Strings;
use crate::model::outline::{NONE, ServiceLine, flag};
use crate::model::{Kind, Outline, SpanIdx};

/// Every character is 7 px wide.
pub struct SevenPx;

impl Measure for SevenPx {
    fn width(&self, text: &str, _font_px: f32) -> f32 {
        text.chars().count() as f32 * 7.0
    }
}

/// Collects spans in depth-first order; [`Sketch::finish`] works out parents, subtrees and self times.
#[derive(Default)]
pub struct Sketch {
    outline: Outline,
    names: Strings,
    /// The open path: the last span of each depth.
    path: Vec<u32>,
}

impl Sketch {
    /// A span at `depth` (0 is a root) of `service`, INTERNAL and without flags.
    pub fn span(&mut self, depth: usize, service: &str, name: &str, time: Range<u64>) -> &mut Sketch {
        let at = self.outline.len() as u32;
        self.path.truncate(depth);
        let parent = self.path.last().copied();
        assert_eq!(self.path.len(), depth, "span {at} has no parent");
        self.path.push(at);
        let service = match self.outline.services.iter().position(|line| line.name == service) {
            Some(known) => known,
            None => {
                let slot = self.outline.services.len() as u8;
                self.outline.services.push(ServiceLine { name: service.to_owned(), slot, ..Default::default() });
                self.outline.services.len() - 1
            }
        };
        let name = self.names.intern(name).0;
        let outline = &mut self.outline;
        outline.start_ns.push(time.start);
        outline.end_ns.push(time.end);
        outline.span_id.push(u64::from(at) + 1);
        outline.parent.push(parent.unwrap_or(NONE));
        outline.depth.push(depth as u32 + 1);
        outline.service.push(service as u32);
        outline.name.push(name);
        outline.label.push(name);
        outline.peer.push(NONE);
        outline.kind.push(Kind::Internal as u8);
        outline.status.push(0);
        outline.icon.push(0);
        outline.flags.push(if depth == 0 { flag::ROOT } else { 0 });
        self
    }

    /// Gives the latest span a kind.
    pub fn kind(&mut self, kind: Kind) -> &mut Sketch {
        if let Some(last) = self.outline.kind.last_mut() {
            *last = kind as u8;
        }
        self
    }

    /// Adds flags to the latest span.
    pub fn flags(&mut self, bits: u8) -> &mut Sketch {
        if let Some(last) = self.outline.flags.last_mut() {
            *last |= bits;
        }
        self
    }

    /// Adds an event to the latest span.
    pub fn event(&mut self, at_ns: u64, exception: bool) -> &mut Sketch {
        self.outline.event_span.push(self.outline.len() as u32 - 1);
        self.outline.event_ns.push(at_ns);
        self.outline.event_exception.push(u8::from(exception));
        self.flags(flag::EVENTS)
    }

    /// Adds a piece of the critical path to the latest span.
    pub fn critical(&mut self, piece: Range<u64>) -> &mut Sketch {
        self.outline.critical_span.push(self.outline.len() as u32 - 1);
        self.outline.critical_start_ns.push(piece.start);
        self.outline.critical_end_ns.push(piece.end);
        self
    }

    /// Makes the latest span, a top, an orphan.
    pub fn orphan_of(&mut self, missing: u64) -> &mut Sketch {
        self.outline.orphan_span.push(self.outline.len() as u32 - 1);
        self.outline.orphan_parent_id.push(missing);
        self.top_is(flag::ORPHAN)
    }

    /// Makes the latest span, a top, the place where a cycle was cut.
    pub fn cycle(&mut self) -> &mut Sketch {
        self.top_is(flag::CYCLE)
    }

    fn top_is(&mut self, bits: u8) -> &mut Sketch {
        if let Some(last) = self.outline.flags.last_mut() {
            *last = *last & !flag::ROOT | bits;
        }
        self
    }

    pub fn finish(&mut self) -> Outline {
        let mut outline = core::mem::take(&mut self.outline);
        outline.texts = core::mem::take(&mut self.names).into_texts();
        let len = outline.len();
        outline.subtree = vec![1; len];
        for at in (0..len).rev() {
            if outline.parent[at] != NONE {
                outline.subtree[outline.parent[at] as usize] += outline.subtree[at];
            }
        }
        outline.self_ns = outline.spans().map(|span| self_time(&outline, span)).collect();
        outline
    }
}

/// By the definition, interval less union of clamped children, computed apart from the code under test.
fn self_time(outline: &Outline, span: SpanIdx) -> u64 {
    let (start, end) = (outline.start_ns[span.index()], outline.end_ns[span.index()]);
    let mut covered: Vec<(u64, u64)> = outline
        .children(span)
        .map(|child| (outline.start_ns[child.index()].max(start), outline.end_ns[child.index()].min(end)))
        .filter(|(from, to)| from < to)
        .collect();
    covered.sort_unstable();
    let mut own = end - start;
    let mut reached = start;
    for (from, to) in covered {
        own -= to.saturating_sub(from.max(reached));
        reached = reached.max(to);
    }
    own
}

/// `len` spans, each the only child of the one before, each with a tenth of its time to itself.
pub fn chain(len: usize) -> Outline {
    let mut sketch = Sketch::default();
    for depth in 0..len {
        let at = depth as u64;
        sketch.span(depth, "deep", "step", at * 10..20 * len as u64 - at * 10);
    }
    sketch.finish()
}
