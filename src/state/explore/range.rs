//! The time range that everything on the page is asked for, as links write it (`now-1h`) and as a backend takes it.

use crate::source::tempo::Bounds;
use crate::source::when::{End, When};

/// From and to, as written.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct TimeRange {
    pub from: When,
    pub to: When,
}

/// Ranges that are one click away: what they are called, and where they begin.
pub const QUICK: [(&str, &str); 10] = [
    ("Last 5 minutes", "now-5m"),
    ("Last 15 minutes", "now-15m"),
    ("Last 30 minutes", "now-30m"),
    ("Last 1 hour", "now-1h"),
    ("Last 3 hours", "now-3h"),
    ("Last 6 hours", "now-6h"),
    ("Last 12 hours", "now-12h"),
    ("Last 24 hours", "now-24h"),
    ("Last 2 days", "now-2d"),
    ("Last 7 days", "now-7d"),
];

/// How often everything is asked again, in seconds; 0 is never.
pub const REFRESH_S: [(u32, &str); 6] =
    [(0, "Off"), (10, "10 s"), (30, "30 s"), (60, "1 m"), (300, "5 m"), (900, "15 m")];

impl TimeRange {
    /// The error is a clause for the reader.
    pub fn parse(from: &str, to: &str) -> Result<Self, String> {
        Ok(TimeRange { from: When::parse(from)?, to: When::parse(to)? })
    }

    /// What is looked at until somebody says otherwise.
    pub fn usual() -> Self {
        TimeRange { from: When::hours_ago(1), to: When::now() }
    }

    /// In whole seconds, as Tempo takes it; the error is a sentence.
    pub fn bounds(&self, now_ms: i64) -> Result<Bounds, String> {
        // Whole seconds, so that an hour back is an hour long.
        let now_ms = now_ms.div_euclid(1000) * 1000;
        let bounds = Bounds { start_s: self.from.unix_s(now_ms, End::From), end_s: self.to.unix_s(now_ms, End::To) };
        if bounds.start_s < bounds.end_s {
            Ok(bounds)
        } else {
            Err(format!("The time range ends before it begins: from {} to {}.", self.from.text(), self.to.text()))
        }
    }

    /// As people call it, if they do: `Last 1 hour`.
    pub fn name(&self) -> Option<&'static str> {
        let is_now = self.to.text() == "now";
        QUICK.iter().find(|(_, from)| is_now && *from == self.from.text()).map(|(name, _)| *name)
    }
}

/// The range of the same length that ends where this one begins.
pub fn before(bounds: Bounds) -> Bounds {
    let length = bounds.seconds();
    Bounds { start_s: bounds.start_s.saturating_sub(length), end_s: bounds.start_s }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ranges_mean_what_they_say() {
        let now_ms = 1_795_349_980_123;
        let bounds = TimeRange::usual().bounds(now_ms).unwrap();
        assert_eq!((bounds.start_s, bounds.end_s), (1_795_346_380, 1_795_349_980));
        assert_eq!(before(bounds), Bounds { start_s: 1_795_342_780, end_s: 1_795_346_380 });
        assert_eq!(TimeRange::usual().name(), Some("Last 1 hour"));
        let fixed = TimeRange::parse("1795349830000", "1795349980000").unwrap();
        assert_eq!(fixed.name(), None);
        assert_eq!(fixed.bounds(0), Ok(Bounds { start_s: 1_795_349_830, end_s: 1_795_349_980 }));
    }

    #[test]
    fn a_range_that_ends_before_it_begins_says_so() {
        let backwards = TimeRange::parse("now", "now-1h").unwrap();
        assert_eq!(
            backwards.bounds(5_000_000_000).unwrap_err(),
            "The time range ends before it begins: from now to now-1h."
        );
    }

    #[test]
    fn every_quick_range_is_one() {
        for (name, from) in QUICK {
            assert_eq!(TimeRange::parse(from, "now").unwrap().name(), Some(name));
        }
    }
}
