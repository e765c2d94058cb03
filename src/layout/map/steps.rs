//! The placement in slices. What it does is counted in steps, each a turn of an inner loop; between two pieces of work it
//! rests once a slice is used up, and whoever drives it decides whether to go on. Steps are counted and no clock is
//! read, so the same graph rests at the same places everywhere.

use core::cell::Cell;
use core::future::poll_fn;
use core::task::Poll;

/// Steps of a slice: a few milliseconds.
pub const SLICE: u64 = 500_000;

/// Steps taken so far, and by which of them the work has rested last.
#[derive(Default)]
pub(super) struct Steps {
    taken: Cell<u64>,
    rested: Cell<u64>,
}

impl Steps {
    pub fn take(&self, steps: u64) {
        self.taken.set(self.taken.get().saturating_add(steps));
    }

    pub fn taken(&self) -> u64 {
        self.taken.get()
    }

    /// Goes on at once, or in the next slice when this one is used up.
    pub async fn rest(&self) {
        if self.taken.get().saturating_sub(self.rested.get()) < SLICE {
            return;
        }
        self.rested.set(self.taken.get());
        let mut has_rested = false;
        poll_fn(|_| if core::mem::replace(&mut has_rested, true) { Poll::Ready(()) } else { Poll::Pending }).await;
    }
}
