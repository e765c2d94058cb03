//! Long work on the page in slices, so that no frame waits for it. What is worked on, and how it is cut, is elsewhere
//! (`layout`'s builds); work that needs more than the outline is the worker's.

use crate::layout::flame_chart::pack::{BoxBuild, Unplaced};
use crate::layout::minimap::{Minimap, MinimapBuild};
use crate::layout::{RowBuild, RowModel, RowOptions};
use crate::model::Outline;
use crate::worker::task::next_task;

/// What the page works at a stretch: half a frame.
const SLICE_MS: f64 = 8.0;
/// Spans, rows or boxes between two looks at the clock: well under a millisecond.
pub const STEP: usize = 4_096;
/// Up to this many spans rows are made at once, within a frame.
pub const AT_ONCE: usize = 50_000;

/// Nobody wants the result any more.
pub struct Superseded;

/// One piece of long work, and whether it is still wanted.
pub struct Pace {
    wanted: Box<dyn Fn() -> bool>,
    since_ms: f64,
}

impl Pace {
    pub fn new(wanted: impl Fn() -> bool + 'static) -> Self {
        Pace { wanted: Box::new(wanted), since_ms: now_ms() }
    }

    /// Call between two steps. When the slice is used up, whatever waits (input, a frame, an answer) goes first.
    pub async fn rest(&mut self) -> Result<(), Superseded> {
        if now_ms() - self.since_ms >= SLICE_MS {
            next_task().await;
            self.since_ms = now_ms();
        }
        if (self.wanted)() { Ok(()) } else { Err(Superseded) }
    }

    /// The rows of an outline, as [`RowModel::new`] makes them.
    pub async fn rows(&mut self, outline: &Outline, options: &RowOptions) -> Result<RowModel, Superseded> {
        let mut rows = RowBuild::new(outline, options);
        while rows.step(STEP) {
            self.rest().await?;
        }
        Ok(rows.finish())
    }

    /// The boxes of rows, as [`Unplaced::of`] makes them.
    pub async fn boxes(&mut self, outline: &Outline, rows: &RowModel) -> Result<Unplaced, Superseded> {
        let mut boxes = BoxBuild::new(outline, rows);
        while boxes.step(STEP) {
            self.rest().await?;
        }
        Ok(boxes.finish())
    }

    pub async fn minimap(&mut self, outline: &Outline, width_px: u32, lanes: u32) -> Result<Minimap, Superseded> {
        let mut map = MinimapBuild::new(outline, width_px, lanes);
        while map.step(STEP) {
            self.rest().await?;
        }
        Ok(map.finish())
    }
}

/// Milliseconds on the page's clock.
pub fn now_ms() -> f64 {
    performance().map_or_else(js_sys::Date::now, |clock| clock.now())
}

fn performance() -> Option<web_sys::Performance> {
    web_sys::window()?.performance()
}

/// Marks a moment for those who measure (`performance.getEntriesByType("mark")`): the benchmark, and whoever wonders.
pub fn mark(name: &str) {
    if let Some(clock) = performance() {
        // A page may mark whatever it likes.
        let _ = clock.mark(name);
    }
}
