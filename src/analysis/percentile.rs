//! Percentiles of durations. Not an estimate: no sketch, no interpolation.

/// The nearest-rank percentile (NIST, Engineering Statistics Handbook, 7.2.6.2: no interpolation): the smallest value that at least `percent` % of all do not exceed; 0 of none.
pub(crate) fn nearest_rank(sorted: &[u64], percent: u32) -> u64 {
    let rank = (sorted.len() as u64 * u64::from(percent)).div_ceil(100).max(1);
    let at = (rank - 1).min(sorted.len().saturating_sub(1) as u64);
    sorted.get(at as usize).copied().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_nearest_rank_is_a_value_that_was_measured() {
        let ten: Vec<u64> = (1..=10).map(|n| n * 100).collect();
        let of = |percent| nearest_rank(&ten, percent);
        assert_eq!([of(0), of(50), of(51), of(95), of(100)], [100, 500, 600, 1000, 1000]);
        assert_eq!([nearest_rank(&[7], 50), nearest_rank(&[7], 95), nearest_rank(&[], 95)], [7, 7, 0]);
        let hundred: Vec<u64> = (1..=100).collect();
        assert_eq!([nearest_rank(&hundred, 95), nearest_rank(&hundred, 99)], [95, 99]);
    }
}
