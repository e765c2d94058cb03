//! Isotonic regression: the nearest values that do not fall. What must stand in order and apart is placed by it, once
//! each wanted place is moved up by the room of those above it.

/// For each (wanted, weight) a value, such that none is less than the one before and the weighted sum of squared
/// distances is least. Weights are above 0. Pooling adjacent violators, O(n).
pub(super) fn isotonic(wanted: impl Iterator<Item = (f64, f64)>) -> Vec<f64> {
    // (weighted sum, weight, how many) of each pool; its mean is the value of all in it.
    let mut pools: Vec<(f64, f64, usize)> = Vec::new();
    for (value, weight) in wanted {
        let mut pool = (value * weight, weight, 1);
        while let Some(above) = pools.last().copied()
            && above.0 / above.1 > pool.0 / pool.1
        {
            pool = (pool.0 + above.0, pool.1 + above.1, pool.2 + above.2);
            pools.pop();
        }
        pools.push(pool);
    }
    pools.iter().flat_map(|(sum, weight, len)| core::iter::repeat_n(sum / weight, *len)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_falls_is_pooled_by_weight() {
        assert_eq!(isotonic([(1.0, 1.0), (3.0, 1.0), (2.0, 1.0), (5.0, 1.0)].into_iter()), [1.0, 2.5, 2.5, 5.0]);
        assert_eq!(isotonic([(4.0, 3.0), (0.0, 1.0), (2.0, 1.0)].into_iter()), [2.8, 2.8, 2.8]);
        assert_eq!(isotonic([].into_iter()), [0.0; 0]);
    }
}
