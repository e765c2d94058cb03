//! The minimap: where in time and how deep the trace is busy, in a strip of a few lanes. A picture of density, not of
//! spans: nothing in it can be clicked but the time.
//!
//! Computed once a width; what it gives is bounded by width times lanes, whatever the trace.

use crate::model::outline::flag;
use crate::model::{Outline, SpanIdx};

/// A stretch of one colour in one lane; x and width in whole px.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Stretch {
    pub lane: u16,
    pub x_px: u32,
    pub w_px: u32,
    pub slot: u8,
}

#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Minimap {
    /// Lanes in use: the depth of the trace when it is less than what fits.
    pub lanes: u16,
    /// By lane, then x.
    pub stretches: Vec<Stretch>,
    /// Where failed spans end, ascending.
    pub errors_px: Vec<u32>,
}

/// Slot 0 is a colour, so an empty px needs a number of its own.
const EMPTY: u16 = u16::MAX;
const MAX_LANES: u32 = 256;

/// Spans by depth in at most `max_lanes` lanes of `width_px`. Where spans share a px of a lane the deeper and the later
/// one shows; none is less than a px wide.
pub fn minimap(outline: &Outline, width_px: u32, max_lanes: u32) -> Minimap {
    let mut build = MinimapBuild::new(outline, width_px, max_lanes);
    while build.step(usize::MAX) {}
    build.finish()
}

/// A minimap under way, so that a page can draw one of a million spans between its frames.
pub struct MinimapBuild<'a> {
    outline: &'a Outline,
    width_px: u32,
    duration_ns: u64,
    depth: u32,
    /// One a lane; none when there is nothing to show.
    strips: Vec<Strip>,
    failed_px: Vec<bool>,
    /// Spans still to be looked at: those before this one.
    left: usize,
}

impl<'a> MinimapBuild<'a> {
    pub fn new(outline: &'a Outline, width_px: u32, max_lanes: u32) -> Self {
        let depth = outline.depth.iter().copied().max().unwrap_or_default();
        let lanes = if width_px == 0 { 0 } else { depth.min(max_lanes.clamp(1, MAX_LANES)) };
        MinimapBuild {
            outline,
            width_px,
            duration_ns: outline.end_ns.iter().copied().max().unwrap_or_default().max(1),
            depth,
            strips: (0..lanes).map(|_| Strip::new(width_px)).collect(),
            failed_px: vec![false; width_px as usize],
            left: if lanes == 0 { 0 } else { outline.len() },
        }
    }

    /// Looks at `count` spans more; false when all have been looked at.
    pub fn step(&mut self, count: usize) -> bool {
        // Backwards, so that what is painted last in order of depth comes first and every px is written once.
        let until = self.left.saturating_sub(count);
        for at in (until..self.left).rev() {
            self.add(SpanIdx(at as u32));
        }
        self.left = until;
        until > 0
    }

    fn add(&mut self, span: SpanIdx) {
        let (outline, width_px, at) = (self.outline, self.width_px, span.index());
        let (depth, lanes) = (self.depth, self.strips.len() as u32);
        let lane = match depth {
            _ if depth <= lanes => outline.depth[at].saturating_sub(1),
            _ => (u64::from(outline.depth[at].saturating_sub(1)) * u64::from(lanes) / u64::from(depth)) as u32,
        };
        let end_px = self.x_of(outline.end_ns[at]);
        let from = self.x_of(outline.start_ns[at]).min(width_px - 1);
        self.strips[lane as usize].fill(from, end_px.clamp(from + 1, width_px), u16::from(outline.slot(span)));
        if outline.has(span, flag::ERROR) {
            self.failed_px[end_px.min(width_px - 1) as usize] = true;
        }
    }

    fn x_of(&self, time_ns: u64) -> u32 {
        match time_ns.checked_mul(u64::from(self.width_px)) {
            Some(product) => (product / self.duration_ns) as u32,
            // wasm has no division of 128 bits: it is only for traces of months.
            None => (u128::from(time_ns) * u128::from(self.width_px) / u128::from(self.duration_ns)) as u32,
        }
    }

    /// The minimap of the spans looked at.
    pub fn finish(self) -> Minimap {
        if self.strips.is_empty() {
            return Minimap::default();
        }
        let stretches = self.strips.iter().enumerate().flat_map(|(lane, strip)| strip.stretches(lane as u16)).collect();
        let errors_px = (0..self.width_px).filter(|x| self.failed_px[*x as usize]).collect();
        Minimap { lanes: self.strips.len() as u16, stretches, errors_px }
    }
}

/// One lane, px by px.
struct Strip {
    slot: Vec<u16>,
    /// For each px a px at or after it, none between being empty; followed to its end, the next empty one.
    next: Vec<u32>,
}

impl Strip {
    fn new(width_px: u32) -> Strip {
        Strip { slot: vec![EMPTY; width_px as usize], next: (0..=width_px).collect() }
    }

    /// Colours the empty px of `from..to`. All fills of a strip together cost little more than its width.
    fn fill(&mut self, from: u32, to: u32, slot: u16) {
        let mut at = self.next_empty(from);
        while at < to {
            self.slot[at as usize] = slot;
            self.next[at as usize] = at + 1;
            at = self.next_empty(at + 1);
        }
    }

    fn next_empty(&mut self, from: u32) -> u32 {
        let mut at = from as usize;
        while self.next[at] as usize != at {
            // Halves the path for the next one who comes this way.
            self.next[at] = self.next[self.next[at] as usize];
            at = self.next[at] as usize;
        }
        at as u32
    }

    fn stretches(&self, lane: u16) -> impl Iterator<Item = Stretch> + '_ {
        let mut x = 0;
        self.slot.chunk_by(|left, right| left == right).filter_map(move |chunk| {
            let (x_px, w_px) = (x, chunk.len() as u32);
            x += w_px;
            let slot = u8::try_from(chunk[0]).ok()?;
            Some(Stretch { lane, x_px, w_px, slot })
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::layout::sketch::{self, Sketch};

    fn stretch(lane: u16, x_px: u32, w_px: u32, slot: u8) -> Stretch {
        Stretch { lane, x_px, w_px, slot }
    }

    #[test]
    fn spans_stand_by_depth_and_time_and_errors_at_their_end() {
        let mut sketch = Sketch::default();
        sketch.span(0, "a", "root", 0..1000).span(1, "b", "one", 100..300);
        sketch.span(1, "c", "two", 300..1000).flags(flag::ERROR);
        let map = minimap(&sketch.finish(), 100, 20);
        assert_eq!(map.lanes, 2);
        assert_eq!(map.stretches, [stretch(0, 0, 100, 0), stretch(1, 10, 20, 1), stretch(1, 30, 70, 2)]);
        assert_eq!(map.errors_px, [99]);
    }

    #[test]
    fn span_narrower_than_a_pixel_still_shows() {
        let mut sketch = Sketch::default();
        sketch.span(0, "a", "root", 0..1_000_000).span(1, "b", "tiny", 500_000..500_001);
        sketch.span(1, "b", "at the very end", 1_000_000..1_000_000);
        let map = minimap(&sketch.finish(), 100, 20);
        assert_eq!(map.stretches[1..], [stretch(1, 50, 1, 1), stretch(1, 99, 1, 1)]);
    }

    #[test]
    fn chain_100_000_deep_shares_the_lanes_there_are() {
        let map = minimap(&sketch::chain(100_000), 600, 16);
        assert_eq!(map.lanes, 16);
        assert!(map.stretches.len() >= 16 && map.stretches.len() <= 16 * 600);
    }

    #[test]
    fn million_spans_give_no_more_than_the_pixels() {
        let mut sketch = Sketch::default();
        sketch.span(0, "a", "root", 0..2_000_000);
        (0..999_999u64).for_each(|at| {
            sketch.span(1, ["b", "c"][at as usize % 2], "get", at * 2..at * 2 + 2).flags(flag::ERROR);
        });
        let map = minimap(&sketch.finish(), 300, 16);
        assert!(map.stretches.len() <= 301, "{}", map.stretches.len());
        assert_eq!(map.errors_px.len(), 300);
    }

    #[test]
    fn nothing_and_no_width_give_an_empty_map() {
        assert_eq!(minimap(&Outline::default(), 100, 16), Minimap::default());
        assert_eq!(minimap(&sketch::chain(3), 0, 16), Minimap::default());
    }

    #[test]
    fn extreme_times_stay_inside() {
        let mut sketch = Sketch::default();
        sketch.span(0, "a", "root", 0..u64::MAX).span(1, "a", "late", u64::MAX..u64::MAX);
        let map = minimap(&sketch.finish(), 100, 16);
        assert_eq!(map.stretches, [stretch(0, 0, 100, 0), stretch(1, 99, 1, 0)]);
    }
}
