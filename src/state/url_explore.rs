//! What the query string says of exploring a source, beside query and range. Pure text; reading the rest is `url`'s.

use crate::base::format::duration_parts;
use crate::query::duration;

/// Names of the parameters.
pub const NAMES: [&str; 7] = ["refresh", "spans", "sample", "figures", "duration", "across", "setup"];
/// Timers of a browser reach no further than some weeks.
const DAY_NS: u64 = 86_400_000_000_000;
const ALL: &str = "all";
const SPAN_METRICS: &str = "span-metrics";
const HEATMAP: &str = "heatmap";

/// What is shown of many traces together.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub enum Part {
    #[default]
    Connectors,
    Propagation,
    Sampling,
}

const PARTS: [(&str, Part); 3] =
    [("connectors", Part::Connectors), ("propagation", Part::Propagation), ("sampling", Part::Sampling)];

#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Exploring {
    /// How often everything is asked again, in seconds; 0 is never.
    pub refresh_s: u32,
    /// Charts are of all spans that match, not of root spans alone.
    pub all_spans: bool,
    /// Traces of which a map is made, where it is made of a sample; 0 is the usual number.
    pub sample: u32,
    /// Figures come from span metrics, not from TraceQL.
    pub span_metrics: bool,
    /// Durations as a heatmap.
    pub heatmap: bool,
    /// What many traces say together is shown: which part of it.
    pub across: Option<Part>,
    /// The set-up doctor is shown.
    pub setup: bool,
}

impl Exploring {
    /// Takes a parameter; what it should have been if it cannot be read.
    pub fn take(&mut self, name: &str, value: &str) -> Result<(), &'static str> {
        let is = |known: &str, wanted: &'static str| if value == known { Ok(true) } else { Err(wanted) };
        match name {
            "refresh" => {
                let ns = duration::read_ns(value).filter(|ns| (1_000_000_000..=DAY_NS).contains(ns));
                let seconds = ns.and_then(|ns| u32::try_from(ns / 1_000_000_000).ok());
                self.refresh_s = seconds.ok_or("a duration from 1s to 24h")?;
            }
            "spans" => self.all_spans = is(ALL, "`all`")?,
            "sample" => {
                let many = value.parse::<u32>().ok().filter(|many| (1..=1_000).contains(many));
                self.sample = many.ok_or("a number of traces from 1 to 1000")?;
            }
            "figures" => self.span_metrics = is(SPAN_METRICS, "`span-metrics`")?,
            "across" => {
                let named = PARTS.iter().find(|(name, _)| *name == value);
                self.across = Some(named.ok_or("`connectors`, `propagation` or `sampling`")?.1);
            }
            "duration" => self.heatmap = is(HEATMAP, "`heatmap`")?,
            _ => self.setup = !matches!(value, "0" | "false"),
        }
        Ok(())
    }

    /// Names and values, in a fixed order; what is as usual is left out.
    pub fn pairs(&self) -> [(&'static str, Option<String>); 7] {
        let word = |is: bool, word: &str| is.then(|| word.to_owned());
        [
            ("refresh", (self.refresh_s > 0).then(|| format!("{}s", self.refresh_s))),
            ("spans", word(self.all_spans, ALL)),
            ("sample", (self.sample > 0).then(|| self.sample.to_string())),
            ("figures", word(self.span_metrics, SPAN_METRICS)),
            ("duration", word(self.heatmap, HEATMAP)),
            (
                "across",
                self.across
                    .and_then(|part| PARTS.iter().find(|(_, known)| *known == part))
                    .map(|(name, _)| (*name).to_owned()),
            ),
            ("setup", word(self.setup, "1")),
        ]
    }
}

/// How often, as people read it: `30 s`, `5 min`.
pub fn refresh_words(seconds: u32) -> String {
    let (figure, unit) = duration_parts(u64::from(seconds) * 1_000_000_000);
    match figure.split_once(" min ") {
        Some((minutes, "00")) => format!("{minutes} min"),
        _ => format!("{} {unit}", figure.trim_end_matches('0').trim_end_matches('.')),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_is_read_back() {
        let full = Exploring {
            refresh_s: 30,
            all_spans: true,
            sample: 200,
            span_metrics: true,
            heatmap: true,
            across: Some(Part::Sampling),
            setup: true,
        };
        let mut read = Exploring::default();
        for (name, value) in full.pairs() {
            assert_eq!(read.take(name, &value.unwrap()), Ok(()), "{name}");
        }
        assert_eq!(read, full);
        assert!(Exploring::default().pairs().iter().all(|(_, value)| value.is_none()));
    }

    #[test]
    fn what_cannot_be_read_says_what_it_should_have_been() {
        let mut read = Exploring::default();
        for (name, value) in [
            ("refresh", "30d"),
            ("refresh", "0s"),
            ("refresh", "often"),
            ("sample", "0"),
            ("sample", "5000"),
            ("spans", "root"),
            ("duration", "x"),
            ("across", "x"),
        ] {
            assert!(read.take(name, value).is_err(), "{name}={value}");
        }
        assert_eq!(read, Exploring::default());
        assert_eq!(read.take("refresh", "5m"), Ok(()));
        assert_eq!(read.refresh_s, 300);
    }
}
