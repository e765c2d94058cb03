//! How long spans took over time, as cells: how many of each interval took how long. Made of histogram series, whose buckets Tempo tells one by one and
//! Prometheus summed up.

use crate::base::sort;
use crate::model::{Sample, Series};

/// Spans of an interval and a bucket.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct Cell {
    pub from_ms: f64,
    pub to_ms: f64,
    /// Seconds, above the first and up to the second.
    pub from_s: f64,
    pub to_s: f64,
    pub count: f64,
}

/// Upper bounds of buckets that are powers of two: Tempo's.
const TEMPO: &str = "__bucket";
/// Upper bounds of buckets that each hold the ones below: Prometheus'.
const PROMETHEUS: &str = "le";

/// Upper bound and samples of each bucket, ascending.
fn buckets<'s>(series: &'s [Series], label: &str) -> Vec<(f64, &'s Series)> {
    let bound =
        |series: &'s Series| Some((series.label(label)?.parse::<f64>().ok().filter(|bound| *bound >= 0.0)?, series));
    let mut buckets: Vec<(f64, &Series)> = series.iter().filter_map(bound).collect();
    sort::by(&mut buckets, |a, b| a.0.total_cmp(&b.0));
    buckets
}

/// The most cells of a chart: of 256 buckets over 200 intervals.
const MOST_CELLS: usize = 51_200;

/// The cells that hold any span, inside a range in ms. An interval is no shorter than `least_ms`, the step that was asked for.
pub fn cells(series: &[Series], (start_ms, end_ms): (i64, i64), least_ms: i64) -> Vec<Cell> {
    let step_ms = step_of(series).map_or(end_ms.saturating_sub(start_ms), |step| step.max(least_ms)).max(1);
    let of_tempo = buckets(series, TEMPO);
    let mut cells = Vec::new();
    if !of_tempo.is_empty() {
        for (to_s, series) in &of_tempo {
            add(&mut cells, &series.samples, (to_s / 2.0, *to_s), (start_ms, end_ms, step_ms), |sample| sample.value);
        }
        return cells;
    }
    let cumulative = buckets(series, PROMETHEUS);
    let mut below: Option<&(f64, &Series)> = None;
    for one in &cumulative {
        let (to_s, series) = one;
        let from_s = below.map_or(to_s / 2.0, |(bound, _)| *bound);
        // The last bucket has no end: as high as the one before it is.
        let to_s = if to_s.is_finite() { *to_s } else { from_s * 2.0 };
        let under = |sample: &Sample| {
            let samples = below.map(|(_, series)| series.samples.as_slice()).unwrap_or_default();
            // Samples come by time.
            let same = samples.partition_point(|other| other.unix_ms < sample.unix_ms);
            samples.get(same).filter(|other| other.unix_ms == sample.unix_ms).map_or(0.0, |other| other.value)
        };
        add(&mut cells, &series.samples, (from_s, to_s), (start_ms, end_ms, step_ms), |sample| {
            sample.value - under(sample)
        });
        below = Some(one);
    }
    cells
}

/// How long an interval is: as far as two samples of a series are apart at least.
fn step_of(series: &[Series]) -> Option<i64> {
    let pairs = series.iter().flat_map(|one| one.samples.iter().zip(one.samples.iter().skip(1)));
    let gaps = pairs.map(|(one, next)| next.unix_ms.saturating_sub(one.unix_ms));
    gaps.filter(|gap| *gap > 0).min()
}

/// A sample stands at its interval's end.
fn add(
    cells: &mut Vec<Cell>,
    samples: &[Sample],
    (from_s, to_s): (f64, f64),
    (start_ms, end_ms, step_ms): (i64, i64, i64),
    count: impl Fn(&Sample) -> f64,
) {
    for sample in samples.iter().take(MOST_CELLS.saturating_sub(cells.len())) {
        let count = count(sample);
        let (from, to) = (sample.unix_ms.saturating_sub(step_ms).max(start_ms), sample.unix_ms.min(end_ms));
        if from < to && count.is_finite() && count > 0.0 {
            cells.push(Cell { from_ms: from as f64, to_ms: to as f64, from_s, to_s, count });
        }
    }
}

/// How dark a cell is, 0 to 1: by the square root, so that a few beside thousands are seen.
pub fn strength(count: f64, most: f64) -> f64 {
    if most > 0.0 { (count / most).clamp(0.0, 1.0).sqrt() } else { 0.0 }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn series(label: &str, bound: &str, values: &[f64]) -> Series {
        let labels = [(label.to_owned(), bound.to_owned())].into();
        let samples =
            values.iter().zip(1i64..).map(|(value, at)| Sample { unix_ms: at * 1_000, value: *value }).collect();
        Series { labels, samples, exemplars: Vec::new() }
    }

    #[test]
    fn tempos_buckets_are_powers_of_two_each_for_itself() {
        let cells = cells(&[series(TEMPO, "0.5", &[3.0, 0.0]), series(TEMPO, "0.25", &[0.0, 2.0])], (0, 2_000), 1);
        let lines: Vec<_> = cells.iter().map(|one| (one.from_ms, one.to_ms, one.from_s, one.to_s, one.count)).collect();
        assert_eq!(lines, [(1_000.0, 2_000.0, 0.125, 0.25, 2.0), (0.0, 1_000.0, 0.25, 0.5, 3.0)]);
    }

    #[test]
    fn prometheus_buckets_hold_those_below() {
        let all =
            [series(PROMETHEUS, "0.1", &[2.0]), series(PROMETHEUS, "1", &[5.0]), series(PROMETHEUS, "+Inf", &[6.0])];
        let cells = cells(&all, (0, 1_000), 1);
        let lines: Vec<_> = cells.iter().map(|one| (one.from_s, one.to_s, one.count)).collect();
        assert_eq!(lines, [(0.05, 0.1, 2.0), (0.1, 1.0, 3.0), (1.0, 2.0, 1.0)]);
    }

    #[test]
    fn what_is_before_the_range_is_left_out_and_a_few_are_seen() {
        assert_eq!(cells(&[series(TEMPO, "1", &[4.0, f64::NAN])], (1_000, 2_000), 1), []);
        assert_eq!(cells(&[], (0, 1_000), 1), []);
        assert_eq!(cells(&[series(TEMPO, "NaN", &[4.0]), series(TEMPO, "-1", &[4.0])], (0, 2_000), 1), []);
        assert!(strength(1.0, 100.0) >= 0.1 && strength(100.0, 100.0) == 1.0 && strength(1.0, 0.0) == 0.0);
    }

    /// Times at the ends of what 64 bits hold, and samples closer than was asked for.
    #[test]
    fn times_from_outside_make_no_interval_of_their_own() {
        let at = |times: &[i64]| Series {
            samples: times.iter().map(|unix_ms| Sample { unix_ms: *unix_ms, value: 1.0 }).collect(),
            ..series(TEMPO, "1", &[])
        };
        let all = [at(&[i64::MIN, 1_000, i64::MAX]), at(&[i64::MAX, i64::MIN])];
        assert_eq!(cells(&all, (i64::MIN, i64::MAX), 1).len(), 3);
        let close = cells(&[at(&[5_000, 5_001])], (0, 10_000), 2_000);
        assert_eq!(
            close.iter().map(|cell| (cell.from_ms, cell.to_ms)).collect::<Vec<_>>(),
            [(3_000.0, 5_000.0), (3_001.0, 5_001.0)]
        );
        let many: Vec<i64> = (1..=30_000).collect();
        assert_eq!(cells(&[at(&many), at(&many)], (0, 40_000), 1).len(), MOST_CELLS);
    }
}
