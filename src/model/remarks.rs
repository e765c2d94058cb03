//! What of a backend's answers was not taken as it came: left out beyond a bound, or a value that cannot be. Counted while an answer is read, and put into
//! words beside what the answer is shown as.
//!
//! Nothing that a backend tells sizes anything before it went through here.

use crate::base::format::counted;

/// The greatest number that is taken as it came: beyond it a double no longer tells whole numbers apart, and no backend counts as far.
pub const GREATEST: u64 = 1 << 53;
/// The end of the year 9999, in unix ms.
const LAST_MS: f64 = 253_402_300_799_999.0;

/// How many of each kind.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Remarks {
    series: u64,
    points: u64,
    traces: u64,
    times: u64,
    numbers: u64,
}

impl Remarks {
    pub fn is_empty(&self) -> bool {
        *self == Remarks::default()
    }

    /// Those of another answer too.
    pub fn add(&mut self, other: Remarks) {
        let Remarks { series, points, traces, times, numbers } = other;
        let pairs = [
            (&mut self.series, series),
            (&mut self.points, points),
            (&mut self.traces, traces),
            (&mut self.times, times),
            (&mut self.numbers, numbers),
        ];
        pairs.into_iter().for_each(|(sum, more)| *sum = sum.saturating_add(more));
    }

    /// Keeps the first `most` series.
    pub fn cut_series<T>(&mut self, list: &mut Vec<T>, most: usize) {
        self.series = self.series.saturating_add(cut(list, most));
    }

    /// Keeps the first `most` points.
    pub fn cut_points<T>(&mut self, list: &mut Vec<T>, most: usize) {
        self.points = self.points.saturating_add(cut(list, most));
    }

    /// Keeps the first `most` traces.
    pub fn cut_traces<T>(&mut self, list: &mut Vec<T>, most: usize) {
        self.traces = self.traces.saturating_add(cut(list, most));
    }

    /// So many points were left out.
    pub fn points_left_out(&mut self, count: usize) {
        self.points = self.points.saturating_add(count as u64);
    }

    /// A time in unix ms; `None` where no calendar has it.
    pub fn time_ms(&mut self, unix_ms: f64) -> Option<i64> {
        let is_time = (0.0..=LAST_MS).contains(&unix_ms);
        self.times = self.times.saturating_add(u64::from(!is_time));
        is_time.then_some(unix_ms.round() as i64)
    }

    /// A number as it may be reckoned with: at most [`GREATEST`] either way. NaN and the infinities say something and stay.
    pub fn number(&mut self, value: f64) -> f64 {
        let most = GREATEST as f64;
        if !value.is_finite() || value.abs() <= most {
            return value;
        }
        self.numbers = self.numbers.saturating_add(1);
        value.clamp(-most, most)
    }

    /// The same for a count.
    pub fn count(&mut self, value: u64) -> u64 {
        self.numbers = self.numbers.saturating_add(u64::from(value > GREATEST));
        value.min(GREATEST)
    }

    /// Seconds as whole ns: 0 below 0 and of what is no number, at most what 64 bits hold.
    pub fn ns(&mut self, seconds: f64) -> u64 {
        let ns = (seconds.max(0.0) * 1e9).round();
        self.numbers = self.numbers.saturating_add(u64::from(ns >= u64::MAX as f64));
        // A cast of what is no number is 0, of what is too great the greatest.
        ns as u64
    }

    /// A number of things: 0 below 0 and of what is no number, at most [`GREATEST`].
    pub fn whole(&mut self, value: f64) -> u64 {
        let whole = value.max(0.0).round() as u64;
        self.count(whole)
    }

    /// In sentences; `None` where there is nothing to say.
    pub fn words(&self) -> Option<String> {
        let mut said = Vec::new();
        let mut say = |count: u64, one: &str, many: &str, why: &str| {
            if count > 0 {
                let verb = if count == 1 { "is" } else { "are" };
                said.push(format!("{} {verb} {why}", counted(count, one, many)));
            }
        };
        say(self.points, "point", "points", "left out: the answer has more than were asked for.");
        say(self.series, "series", "series", "left out: more came than can be shown.");
        say(self.traces, "trace", "traces", "left out: more came than were asked for.");
        say(self.times, "point", "points", "left out: no calendar has the time.");
        say(self.numbers, "number", "numbers", "doubted and cut: nothing counts as far as the answer says.");
        (!said.is_empty()).then(|| said.join(" "))
    }
}

/// Cuts a list; gives how many went.
fn cut<T>(list: &mut Vec<T>, most: usize) -> u64 {
    let over = list.len().saturating_sub(most) as u64;
    list.truncate(most);
    over
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_cannot_be_is_cut_and_counted() {
        let mut remarks = Remarks::default();
        assert_eq!(remarks.words(), None);
        assert_eq!(
            (remarks.number(1.5), remarks.count(7), remarks.time_ms(1_795_349_820_000.4)),
            (1.5, 7, Some(1_795_349_820_000))
        );
        assert!(remarks.number(f64::NAN).is_nan() && remarks.number(f64::INFINITY) == f64::INFINITY);
        assert!(remarks.is_empty());
        for time in [-1e308, -1.0, 1e16, f64::NAN, f64::INFINITY] {
            assert_eq!(remarks.time_ms(time), None, "{time}");
        }
        assert_eq!(
            (remarks.number(-1e308), remarks.count(u64::MAX)),
            (-9_007_199_254_740_992.0, 9_007_199_254_740_992)
        );
        assert_eq!(
            (remarks.ns(-1.0), remarks.ns(f64::NAN), remarks.ns(2.5), remarks.ns(1e300)),
            (0, 0, 2_500_000_000, u64::MAX)
        );
        assert_eq!((remarks.whole(-4.0), remarks.whole(2.5), remarks.whole(f64::INFINITY)), (0, 3, 1 << 53));
        let mut points = vec![1, 2, 3];
        remarks.cut_points(&mut points, 2);
        assert_eq!(points, [1, 2]);
        let words = remarks.words().unwrap_or_default();
        assert_eq!(
            words,
            "1 point is left out: the answer has more than were asked for. 5 points are left out: no calendar has the time. \
             4 numbers are doubted and cut: nothing counts as far as the answer says."
        );
        let mut twice = remarks;
        twice.add(remarks);
        assert!(twice.words().unwrap_or_default().starts_with("2 points are left out"));
    }
}
