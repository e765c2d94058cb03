//! The visible window of time, and its place on a width of pixels. Not scrolling: that is rows, in [`super::scroll`].

/// A window on a trace, in ns from the trace's start. Fractions of a ns arise while zooming and are harmless: a time is
/// mapped by its distance from the window's start, taken in whole ns, so a window of 100 ns at the end of a year-long
/// trace is as exact as one at its start.
#[derive(Clone, Copy, PartialEq, Debug, Default)]
pub struct Viewport {
    pub t0_ns: f64,
    pub t1_ns: f64,
}

/// Narrower than this a window shows nothing more: a ns would be wider than 10 px.
pub const MIN_WIDTH_NS: f64 = 100.0;

impl Viewport {
    /// The whole trace; at least [`MIN_WIDTH_NS`] wide, so an empty trace has a ruler too.
    pub fn fit(duration_ns: u64) -> Viewport {
        Viewport { t0_ns: 0.0, t1_ns: widest(duration_ns) }
    }

    /// A window about a span, with `margin` of its length on both sides.
    pub fn fit_span(start_ns: u64, end_ns: u64, margin: f64, duration_ns: u64) -> Viewport {
        let length = end_ns.saturating_sub(start_ns) as f64;
        let width = (length * (1.0 + 2.0 * margin)).max(MIN_WIDTH_NS);
        let t0_ns = start_ns as f64 - (width - length) / 2.0;
        Viewport { t0_ns, t1_ns: t0_ns + width }.clamped(duration_ns)
    }

    pub fn width_ns(&self) -> f64 {
        self.t1_ns - self.t0_ns
    }

    /// Zooms by `factor` (2 shows half as much) while the time under `at`, a share of the width, stays where it is.
    pub fn zoomed(&self, at: f64, factor: f64, duration_ns: u64) -> Viewport {
        if !factor.is_finite() || factor <= 0.0 {
            return self.clamped(duration_ns);
        }
        let width = (self.width_ns() / factor).clamp(MIN_WIDTH_NS, widest(duration_ns));
        let t0_ns = self.t0_ns + (self.width_ns() - width) * at.clamp(0.0, 1.0);
        Viewport { t0_ns, t1_ns: t0_ns + width }.clamped(duration_ns)
    }

    /// Moves by `share` of the width, to the right when positive; stops at the trace's ends and keeps the width.
    pub fn panned(&self, share: f64, duration_ns: u64) -> Viewport {
        let by = self.width_ns() * share;
        Viewport { t0_ns: self.t0_ns + by, t1_ns: self.t1_ns + by }.clamped(duration_ns)
    }

    /// The nearest window that is not too narrow and lies within the trace; the whole trace for a window that is none
    /// (NaN, or its ends swapped).
    pub fn clamped(&self, duration_ns: u64) -> Viewport {
        let whole = widest(duration_ns);
        if !self.t0_ns.is_finite() || !self.t1_ns.is_finite() || self.t1_ns < self.t0_ns {
            return Viewport::fit(duration_ns);
        }
        let width = self.width_ns().clamp(MIN_WIDTH_NS, whole);
        let t0_ns = self.t0_ns.clamp(0.0, whole - width);
        Viewport { t0_ns, t1_ns: t0_ns + width }
    }

    /// Whether it shows the whole trace.
    pub fn is_whole(&self, duration_ns: u64) -> bool {
        self.t0_ns <= 0.0 && self.t1_ns >= duration_ns as f64
    }

    pub fn px_per_ns(&self, width_px: f64) -> f64 {
        if self.width_ns() > 0.0 { width_px / self.width_ns() } else { 0.0 }
    }

    /// Where `time_ns` stands on a width of `width_px`; below 0 or above the width when outside the window.
    pub fn px_from_time(&self, time_ns: u64, width_px: f64) -> f64 {
        let origin = self.t0_ns.max(0.0).floor();
        // As integers: the f64 of a late time has lost its last ns, a difference of two late times has not.
        let whole = origin as u64;
        let distance = if time_ns >= whole { (time_ns - whole) as f64 } else { -((whole - time_ns) as f64) };
        (distance - (self.t0_ns - origin)) * self.px_per_ns(width_px)
    }

    /// The time at `x_px`, to the nearest ns; 0 for what lies before the trace.
    pub fn time_from_px(&self, x_px: f64, width_px: f64) -> u64 {
        if width_px <= 0.0 {
            return self.t0_ns.max(0.0) as u64;
        }
        let origin = self.t0_ns.floor();
        let ahead = (x_px / width_px * self.width_ns() + (self.t0_ns - origin)).round();
        // Casts saturate: a time before the trace reads as its start.
        if ahead >= 0.0 {
            (origin as u64).saturating_add(ahead as u64)
        } else {
            (origin as u64).saturating_sub(-ahead as u64)
        }
    }
}

fn widest(duration_ns: u64) -> f64 {
    (duration_ns as f64).max(MIN_WIDTH_NS)
}

#[cfg(test)]
mod tests {
    use super::*;

    const HOUR: u64 = 3_600_000_000_000;

    #[test]
    fn zoom_keeps_the_time_under_the_pointer() {
        let before = Viewport::fit(HOUR);
        let under = before.time_from_px(300.0, 1000.0);
        let after = before.zoomed(0.3, 8.0, HOUR);
        assert_eq!(after.time_from_px(300.0, 1000.0), under);
        assert_eq!(after.width_ns(), HOUR as f64 / 8.0);
    }

    #[test]
    fn window_never_leaves_the_trace() {
        let window = Viewport { t0_ns: 10.0, t1_ns: 1010.0 };
        assert_eq!(window.panned(-5.0, 5000), Viewport { t0_ns: 0.0, t1_ns: 1000.0 });
        assert_eq!(window.panned(50.0, 5000), Viewport { t0_ns: 4000.0, t1_ns: 5000.0 });
        assert_eq!(window.zoomed(0.5, 0.001, 5000), Viewport::fit(5000));
        assert_eq!(Viewport { t0_ns: f64::NAN, t1_ns: 3.0 }.clamped(5000), Viewport::fit(5000));
        assert_eq!(Viewport { t0_ns: 9.0, t1_ns: 3.0 }.clamped(5000), Viewport::fit(5000));
        assert_eq!(window.zoomed(0.5, f64::NAN, 5000), window);
    }

    #[test]
    fn window_never_gets_narrower_than_the_least_width() {
        let mut window = Viewport::fit(HOUR);
        for _ in 0..100 {
            window = window.zoomed(0.7, 2.0, HOUR);
        }
        assert!((window.width_ns() - MIN_WIDTH_NS).abs() < 1e-3);
        assert_eq!(Viewport::fit(0).width_ns(), MIN_WIDTH_NS);
        assert_eq!(Viewport::fit(0).px_from_time(0, 500.0), 0.0);
    }

    #[test]
    fn fitting_a_span_leaves_its_margin_and_stays_in_the_trace() {
        assert_eq!(Viewport::fit_span(2000, 3000, 0.1, HOUR), Viewport { t0_ns: 1900.0, t1_ns: 3100.0 });
        assert_eq!(Viewport::fit_span(0, 1000, 0.1, HOUR), Viewport { t0_ns: 0.0, t1_ns: 1200.0 });
        let instant = Viewport::fit_span(2000, 2000, 0.1, HOUR);
        assert_eq!(instant, Viewport { t0_ns: 1950.0, t1_ns: 2050.0 });
    }

    #[test]
    fn single_nanoseconds_stay_apart_at_the_end_of_a_month() {
        let month = 30 * 24 * HOUR;
        let window = Viewport { t0_ns: (month - 200) as f64, t1_ns: (month - 100) as f64 };
        for ns in 0..100 {
            let x = window.px_from_time(month - 200 + ns, 1000.0);
            assert!((x - ns as f64 * 10.0).abs() < 1e-9, "{ns} at {x}");
            assert_eq!(window.time_from_px(x, 1000.0), month - 200 + ns);
        }
    }

    #[test]
    fn extreme_times_neither_overflow_nor_panic() {
        let window = Viewport::fit(u64::MAX);
        assert!((window.px_from_time(u64::MAX, 1000.0) - 1000.0).abs() < 1e-6);
        assert_eq!(window.time_from_px(2000.0, 1000.0), u64::MAX);
        assert_eq!(window.time_from_px(-5.0, 1000.0), 0);
        assert_eq!(window.time_from_px(5.0, 0.0), 0);
    }
}
