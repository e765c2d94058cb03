//! Percentiles of what was measured. Not of a histogram: every value is there.

/// The nearest-rank percentile (NIST, Engineering Statistics Handbook, 7.2.6.2: no interpolation): the smallest value that at least `percent` % of all do not exceed; 0 of none.
///
/// `sorted` ascends. The greatest value from 100 % on, the least at 0 %.
pub(crate) fn nearest_rank(sorted: &[u64], percent: u32) -> u64 {
    // In u128: a length times a percentage can pass 64 bits, and 32 on wasm.
    let rank = (sorted.len() as u128 * u128::from(percent)).div_ceil(100);
    let last = sorted.len().saturating_sub(1);
    let at = usize::try_from(rank.saturating_sub(1)).unwrap_or(last).min(last);
    sorted.get(at).copied().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn the_rank_is_rounded_up_and_nothing_is_interpolated() {
        assert_eq!([0, 30, 40, 50, 100].map(|p| nearest_rank(&[15, 20, 35, 40, 50], p)), [15, 20, 20, 35, 50]);
        let hundred: Vec<u64> = (1..=100).collect();
        assert_eq!([1, 50, 95, 99, 100].map(|p| nearest_rank(&hundred, p)), [1, 50, 95, 99, 100]);
        assert_eq!([50, 95, 99].map(|p| nearest_rank(&[7], p)), [7, 7, 7]);
        assert_eq!([50, 51].map(|p| nearest_rank(&[1, 9], p)), [1, 9]);
    }

    #[test]
    fn nothing_and_the_ends_of_the_types_are_answered() {
        assert_eq!(nearest_rank(&[], 50), 0);
        assert_eq!(nearest_rank(&[0, u64::MAX], u32::MAX), u64::MAX);
        assert_eq!(nearest_rank(&[u64::MAX; 3], 99), u64::MAX);
    }

    proptest! {
        #[test]
        fn it_is_the_smallest_value_that_enough_do_not_exceed(
            mut values in prop::collection::vec(0u64..50, 1..200),
            percent in 1u32..=100,
        ) {
            values.sort_unstable();
            let covered = |limit: u64| values.iter().filter(|value| **value <= limit).count() * 100;
            let enough = values.len() * percent as usize;
            let smallest = values.iter().copied().find(|value| covered(*value) >= enough);
            prop_assert_eq!(Some(nearest_rank(&values, percent)), smallest);
        }
    }
}
