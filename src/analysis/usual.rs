//! What is usual for an operation: how long its spans take and how many fail, out of a backend's histogram of them.

use std::collections::BTreeMap;

use crate::model::Series;

/// Figures of an operation's spans over a range.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct Usual {
    /// Spans that were counted.
    pub count: f64,
    /// Those whose status is ERROR.
    pub errors: f64,
    /// Seconds.
    pub p50: f64,
    pub p95: f64,
}

impl Usual {
    /// Of `histogram_over_time(duration) by (status)`; `None` when nothing was counted.
    ///
    /// A bucket `__bucket` of `b` seconds holds what took more than half of `b` and at most `b`: Tempo's are powers of two nanoseconds.
    pub fn of(series: &[Series]) -> Option<Usual> {
        // By the bits of the bound: bounds are positive, so bits ascend as they do.
        let mut buckets: BTreeMap<u64, f64> = BTreeMap::new();
        let mut errors = 0.0;
        for one in series {
            let bound = one.label("__bucket").and_then(|bound| bound.parse::<f64>().ok()).filter(|bound| *bound > 0.0);
            // Spans of no length stand in a bucket without a bound.
            let bound = bound.unwrap_or(f64::MIN_POSITIVE);
            let count: f64 = one.samples.iter().map(|sample| sample.value).filter(|value| value.is_finite()).sum();
            *buckets.entry(bound.to_bits()).or_default() += count;
            if one.label("status") == Some("error") {
                errors += count;
            }
        }
        let count: f64 = buckets.values().sum();
        let of = |share: f64| quantile(&buckets, count * share);
        (count > 0.0).then(|| Usual { count, errors, p50: of(0.50), p95: of(0.95) })
    }

    pub fn error_share(&self) -> f64 {
        self.errors / self.count
    }
}

/// The length that `rank` spans do not exceed; within a bucket lengths are taken to be spread evenly over its powers, as Tempo does for its quantiles.
fn quantile(buckets: &BTreeMap<u64, f64>, rank: f64) -> f64 {
    let mut below = 0.0;
    let mut longest = 0.0;
    for (bits, count) in buckets {
        let bound = f64::from_bits(*bits);
        if *count > 0.0 {
            longest = bound;
            if below + count >= rank {
                return bound / 2.0 * 2f64.powf((rank - below) / count);
            }
        }
        below += count;
    }
    longest
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::Sample;

    fn bucket(bound: f64, status: &str, counts: &[f64]) -> Series {
        let labels = [("__bucket".to_owned(), bound.to_string()), ("status".to_owned(), status.to_owned())].into();
        let samples = counts.iter().map(|value| Sample { unix_ms: 0, value: *value }).collect();
        Series { labels, samples, exemplars: Vec::new() }
    }

    #[test]
    fn quantiles_lie_in_the_bucket_of_their_rank() {
        let series =
            [bucket(0.001, "unset", &[50.0]), bucket(0.002, "unset", &[30.0, 10.0]), bucket(0.064, "error", &[10.0])];
        let usual = Usual::of(&series).unwrap();
        assert_eq!((usual.count, usual.errors, usual.error_share()), (100.0, 10.0, 0.1));
        assert_eq!(usual.p50, 0.001);
        // Half way through the powers of the last bucket.
        assert!((usual.p95 - 0.032 * 2f64.sqrt()).abs() < 1e-12, "{}", usual.p95);
    }

    #[test]
    fn nothing_counted_is_none() {
        assert_eq!(Usual::of(&[]), None);
        assert_eq!(Usual::of(&[bucket(0.001, "unset", &[0.0])]), None);
        assert_eq!(Usual::of(&[Series::default()]), None);
        let mut unnamed = bucket(1.0, "unset", &[3.0]);
        unnamed.labels.insert("__bucket".to_owned(), "nil".to_owned());
        assert_eq!(Usual::of(&[unnamed, bucket(0.001, "unset", &[1.0])]).map(|usual| usual.count), Some(4.0));
    }
}
