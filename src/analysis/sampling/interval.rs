//! What share is kept, and how far a sample of this size can be trusted about it.
//!
//! The interval is Wilson's score interval at 95 % (E. B. Wilson, "Probable inference, the law of succession, and statistical inference",
//! Journal of the American Statistical Association 22, 1927; also NIST, Engineering Statistics Handbook, 7.2.4.1). Where traces count
//! differently, its n is Kish's effective size, `(Σw)² / Σw²` (L. Kish, "Survey Sampling", 1965). Of spans and bytes a trace is one draw too,
//! with its weight times its spans: spans of one trace are kept or lost together.
//!
//! A policy that keeps one in ten does so of any traffic, so of its share less is uncertain than the interval says. It errs on the safe side.

use serde::{Deserialize, Serialize};

/// The 97.5th percentile of the normal distribution.
const Z: f64 = 1.959_963_985;

/// A share with its interval, all between 0 and 1. Of nothing the interval is everything.
#[derive(Clone, Copy, PartialEq, Debug, Serialize, Deserialize)]
pub struct Share {
    pub value: f64,
    pub low: f64,
    pub high: f64,
}

/// A share as it comes together.
#[derive(Clone, Copy, Default)]
pub struct Sum {
    pub before: f64,
    pub after: f64,
    squares: f64,
}

impl Sum {
    /// What counts `weight` is kept with this chance.
    pub fn add(&mut self, weight: f64, chance: f64) {
        self.before += weight;
        self.after += weight * chance;
        self.squares += weight * weight;
    }

    /// Kish's effective size.
    pub fn effective(&self) -> f64 {
        if self.squares > 0.0 { self.before * self.before / self.squares } else { 0.0 }
    }

    pub fn share(&self) -> Share {
        let value = if self.before > 0.0 { (self.after / self.before).clamp(0.0, 1.0) } else { 0.0 };
        wilson(value, self.effective())
    }
}

fn wilson(value: f64, n: f64) -> Share {
    if n <= 0.0 || !n.is_finite() {
        return Share { value, low: 0.0, high: 1.0 };
    }
    let z2 = Z * Z;
    let middle = value + z2 / (2.0 * n);
    let reach = Z * (value * (1.0 - value) / n + z2 / (4.0 * n * n)).sqrt();
    let whole = 1.0 + z2 / n;
    // At 0 and 1 the ends are exact but for rounding.
    Share {
        value,
        low: ((middle - reach) / whole).clamp(0.0, value),
        high: ((middle + reach) / whole).clamp(value, 1.0),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn close(a: f64, b: f64) -> bool {
        (a - b).abs() < 5e-5
    }

    #[test]
    fn the_interval_is_wilsons() {
        // Agresti and Coull, "Approximate is better than exact", 1998, and R's prop.test(10, 100, correct = FALSE).
        let share = wilson(0.1, 100.0);
        assert!(close(share.low, 0.05523) && close(share.high, 0.17437), "{share:?}");
        let none = wilson(0.0, 10.0);
        assert!(none.low == 0.0 && close(none.high, 0.27753), "{none:?}");
        let all = wilson(1.0, 10.0);
        assert!(all.high == 1.0 && close(all.low, 0.72247), "{all:?}");
    }

    #[test]
    fn unequal_weights_are_worth_fewer_traces() {
        let mut equal = Sum::default();
        (0..100).for_each(|_| equal.add(1e6, 0.5));
        assert!(close(equal.effective(), 100.0));
        let mut unequal = Sum::default();
        unequal.add(1e6, 1.0);
        (0..99).for_each(|_| unequal.add(1.0, 0.0));
        assert!(unequal.effective() < 1.001);
        assert!(unequal.share().low < 0.3 && unequal.share().value > 0.999);
    }

    #[test]
    fn of_nothing_nothing_is_known() {
        assert_eq!(Sum::default().share(), Share { value: 0.0, low: 0.0, high: 1.0 });
    }
}
