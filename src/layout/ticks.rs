//! Ticks of the ruler: round times, labelled where a label has room. Only along x; the grid lines below stand at the
//! labelled ticks.

use super::{Measure, Viewport};
use crate::base::format;

/// One tick of the ruler.
#[derive(Clone, PartialEq, Debug)]
pub struct Tick {
    pub time_ns: u64,
    pub x_px: f64,
    /// `None` for a minor tick.
    pub label: Option<String>,
}

/// Least distance of two labelled ticks; a label that needs more gets more.
const LABEL_EVERY_PX: f64 = 70.0;
/// Room between the end of a label and the next tick.
const LABEL_GAP_PX: f64 = 10.0;
const FONT_PX: f32 = 10.0;

/// Ticks of the window in order of time. Labelled ones stand at multiples of 1, 2 or 5 times a power of ten ns, at
/// least 70 px apart and never so close that labels touch; minor ones at quarters or fifths of that in whole ns.
pub fn ticks(viewport: &Viewport, width_px: f64, measure: &dyn Measure) -> Vec<Tick> {
    let px_per_ns = viewport.px_per_ns(width_px);
    if px_per_ns <= 0.0 || !px_per_ns.is_finite() || width_px < 1.0 {
        return Vec::new();
    }
    let first_ns = viewport.t0_ns.max(0.0).ceil() as u64;
    let last_ns = viewport.t1_ns.max(0.0).floor() as u64;
    let step = labelled_step(px_per_ns, last_ns, measure);
    let minor_ns = step.minor_ns();
    let mut ticks = Vec::new();
    let mut time_ns = first_ns.div_ceil(minor_ns).checked_mul(minor_ns);
    while let Some(at) = time_ns.filter(|at| *at <= last_ns) {
        let label = (at % step.ns == 0).then(|| format::tick(at, step.ns));
        ticks.push(Tick { time_ns: at, x_px: viewport.px_from_time(at, width_px), label });
        time_ns = at.checked_add(minor_ns);
    }
    ticks
}

/// A distance of labelled ticks: `ns` is `leading` (1, 2 or 5) times a power of ten.
#[derive(Clone, Copy)]
struct Step {
    ns: u64,
    leading: u64,
}

impl Step {
    /// The next greater one; itself at the end of u64.
    fn next(self) -> Step {
        let (factor, over, leading) = match self.leading {
            1 => (2, 1, 2),
            2 => (5, 2, 5),
            _ => (2, 1, 1),
        };
        match (self.ns / over).checked_mul(factor) {
            Some(ns) => Step { ns, leading },
            None => self,
        }
    }

    /// 2 has quarters, 1 and 5 have fifths; where those are no whole ns, every ns.
    fn minor_ns(self) -> u64 {
        let parts = if self.leading == 2 { 4 } else { 5 };
        match (self.ns % parts, self.ns < 10) {
            (0, _) => self.ns / parts,
            (_, true) => 1,
            _ => self.ns,
        }
    }
}

fn labelled_step(px_per_ns: f64, last_ns: u64, measure: &dyn Measure) -> Step {
    let mut step = Step { ns: 1, leading: 1 };
    loop {
        let distance_px = step.ns as f64 * px_per_ns;
        // The latest label is the longest.
        let needs_px = || f64::from(measure.width(&format::tick(last_ns, step.ns), FONT_PX)) + LABEL_GAP_PX;
        let next = step.next();
        if next.ns == step.ns || (distance_px >= LABEL_EVERY_PX && distance_px >= needs_px()) {
            return step;
        }
        step = next;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::layout::sketch::SevenPx;

    const S: u64 = 1_000_000_000;

    fn labels(ticks: &[Tick]) -> Vec<&str> {
        ticks.iter().filter_map(|tick| tick.label.as_deref()).collect()
    }

    fn assert_apart(ticks: &[Tick]) {
        let labelled: Vec<_> = ticks.iter().filter_map(|tick| Some((tick.x_px, tick.label.as_ref()?))).collect();
        for pair in labelled.windows(2) {
            let room = pair[1].0 - pair[0].0;
            assert!(room >= LABEL_EVERY_PX - 1e-6, "{pair:?}");
            assert!(f64::from(SevenPx.width(pair[0].1, 10.0)) < room, "{pair:?}");
        }
        assert!(labelled.len() >= 2, "{ticks:?}");
    }

    #[test]
    fn ticks_of_seconds_are_round_and_have_fifths() {
        let ticks = ticks(&Viewport { t0_ns: 0.0, t1_ns: 3.4e9 }, 632.0, &SevenPx);
        assert_eq!(labels(&ticks), ["0", "500 ms", "1.0 s", "1.5 s", "2.0 s", "2.5 s", "3.0 s"]);
        assert_eq!(ticks[1].time_ns, S / 10);
        assert_apart(&ticks);
    }

    #[test]
    fn ticks_at_single_nanoseconds_are_whole_and_do_not_collide() {
        let t0 = 3_599_999_999_900f64;
        let ticks = ticks(&Viewport { t0_ns: t0, t1_ns: t0 + 100.0 }, 1000.0, &SevenPx);
        assert_apart(&ticks);
        assert!(labels(&ticks).iter().all(|label| label.ends_with(" s") && label.contains('.')), "{ticks:?}");
        assert!(ticks.windows(2).all(|pair| pair[0].time_ns < pair[1].time_ns));
    }

    #[test]
    fn ticks_over_hours_and_centuries_stay_few() {
        for end in [7_200 * S, 90 * 86_400 * S, u64::MAX] {
            let ticks = ticks(&Viewport::fit(end), 800.0, &SevenPx);
            assert_apart(&ticks);
            assert!(ticks.len() < 80, "{}", ticks.len());
        }
    }

    #[test]
    fn no_width_has_no_ticks() {
        assert!(ticks(&Viewport::fit(S), 0.0, &SevenPx).is_empty());
        assert!(ticks(&Viewport::default(), 100.0, &SevenPx).is_empty());
    }
}
