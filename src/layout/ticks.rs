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
/// However wide a ruler claims to be: no screen has as many.
const MOST: usize = 10_000;

/// Ticks of the window in order of time. Labelled ones are at round times (see [`Step`]), at least 70 px apart and never
/// so close that labels touch; minor ones at a quarter, a fifth or another whole part of that in whole ns.
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
    while let Some(at) = time_ns.filter(|at| *at <= last_ns && ticks.len() < MOST) {
        let label = (at % step.ns == 0).then(|| format::tick(at, step.ns));
        ticks.push(Tick { time_ns: at, x_px: viewport.px_from_time(at, width_px), label });
        time_ns = at.checked_add(minor_ns);
    }
    ticks
}

/// A distance of labelled ticks: 1, 2 or 5 times a power of ten ns below a minute, then what divides an hour and a day, then
/// 1, 2 or 5 times a power of ten days. `parts` is how many minor ticks divide it.
#[derive(Clone, Copy)]
struct Step {
    ns: u64,
    parts: u64,
}

const S: u64 = 1_000_000_000;
const MINUTE: u64 = 60 * S;
const HOUR: u64 = 60 * MINUTE;
const DAY: u64 = 24 * HOUR;

/// From 10 s to a day.
const CLOCK: [Step; 15] = [
    Step { ns: 10 * S, parts: 5 },
    Step { ns: 15 * S, parts: 3 },
    Step { ns: 30 * S, parts: 3 },
    Step { ns: MINUTE, parts: 4 },
    Step { ns: 2 * MINUTE, parts: 4 },
    Step { ns: 5 * MINUTE, parts: 5 },
    Step { ns: 10 * MINUTE, parts: 5 },
    Step { ns: 15 * MINUTE, parts: 3 },
    Step { ns: 30 * MINUTE, parts: 3 },
    Step { ns: HOUR, parts: 4 },
    Step { ns: 2 * HOUR, parts: 4 },
    Step { ns: 3 * HOUR, parts: 3 },
    Step { ns: 6 * HOUR, parts: 3 },
    Step { ns: 12 * HOUR, parts: 4 },
    Step { ns: DAY, parts: 4 },
];

impl Step {
    const LEAST: Step = Step { ns: 1, parts: 5 };

    /// The next greater one; itself at the end of u64.
    fn next(self) -> Step {
        let on_clock = CLOCK.iter().find(|step| step.ns > self.ns);
        match on_clock {
            Some(step) if self.ns >= 5 * S => *step,
            Some(_) => self.next_decimal(1),
            None => self.next_decimal(DAY),
        }
    }

    /// The next of 1, 2 and 5 times a power of ten units.
    fn next_decimal(self, unit: u64) -> Step {
        let mut leading = self.ns / unit;
        while leading >= 10 {
            leading /= 10;
        }
        let (factor, over, parts) = match leading {
            1 => (2, 1, 4),
            2 => (5, 2, 5),
            _ => (2, 1, 5),
        };
        (self.ns / over).checked_mul(factor).map_or(self, |ns| Step { ns, parts })
    }

    /// Where its parts are no whole ns, every ns; of what is no whole part, the step itself.
    fn minor_ns(self) -> u64 {
        match (self.ns % self.parts, self.ns < 10) {
            (0, _) => self.ns / self.parts,
            (_, true) => 1,
            _ => self.ns,
        }
    }
}

fn labelled_step(px_per_ns: f64, last_ns: u64, measure: &dyn Measure) -> Step {
    let mut step = Step::LEAST;
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

    /// tests/fixtures/reports/days.json: three days and four hours.
    #[test]
    fn ticks_of_days_read_in_days_and_hours() {
        let whole = ticks(&Viewport::fit(273_600 * S), 800.0, &SevenPx);
        assert_eq!(labels(&whole), ["0", "12 h", "1 d 00 h", "1 d 12 h", "2 d 00 h", "2 d 12 h", "3 d 00 h"]);
        assert_eq!(whole[1].time_ns, 3 * HOUR);
        let days = ticks(&Viewport::fit(273_600 * S), 300.0, &SevenPx);
        assert_eq!(labels(&days), ["0", "1 d", "2 d", "3 d"]);
        let month = ticks(&Viewport::fit(45 * DAY), 700.0, &SevenPx);
        assert_eq!(labels(&month), ["0", "5 d", "10 d", "15 d", "20 d", "25 d", "30 d", "35 d", "40 d", "45 d"]);
        let ns = ticks(&Viewport { t0_ns: 86_400e9, t1_ns: 86_400e9 + 64.0 }, 1_000.0, &SevenPx);
        assert!(labels(&ns).contains(&"1 d 00 h 00 min 00.00000002 s"), "{ns:?}");
    }

    #[test]
    fn ticks_of_minutes_and_hours_stand_at_whole_minutes() {
        let minutes = ticks(&Viewport::fit(14 * MINUTE), 700.0, &SevenPx);
        assert_eq!(labels(&minutes), ["0", "2 min", "4 min", "6 min", "8 min", "10 min", "12 min", "14 min"]);
        let seconds = ticks(&Viewport::fit(150 * S), 700.0, &SevenPx);
        assert_eq!(labels(&seconds), ["0", "30 s", "1 min 00 s", "1 min 30 s", "2 min 00 s", "2 min 30 s"]);
        let hours = ticks(&Viewport::fit(5 * HOUR), 600.0, &SevenPx);
        assert_eq!(labels(&hours), ["0", "1 h", "2 h", "3 h", "4 h", "5 h"]);
        assert_eq!(hours[1].time_ns, 15 * MINUTE);
    }

    #[test]
    fn no_width_has_no_ticks() {
        assert!(ticks(&Viewport::fit(S), 0.0, &SevenPx).is_empty());
        assert!(ticks(&Viewport::default(), 100.0, &SevenPx).is_empty());
        assert!(ticks(&Viewport::fit(u64::MAX), 1e300, &SevenPx).len() <= MOST);
    }
}
