//! TraceQL metrics of a Tempo: over a range, or one figure for all of it. Pure.
//!
//! Tempo leaves a value of 0 away, aligns intervals to multiples of the step (so one may begin before the range), and sends exemplars unasked.

use std::collections::BTreeMap;

use serde::Deserialize;

use super::failure::Failure;
use super::json::{self, KeyValue};
use super::percent::encode_query_value;
use super::tempo::{Bounds, Request, Tempo};
use crate::base::{TraceId, sort};
use crate::model::{Exemplar, Remarks, Sample, Series};
use crate::query::duration;

/// The longest range Tempo computes by default: 24 h.
pub const LONGEST_RANGE_S: u64 = 24 * 3600;
/// The most intervals of one query.
const MOST_INTERVALS: u64 = 10_000;
/// Intervals that a chart of the page's width can show apart.
const WANTED_INTERVALS: u64 = 120;
const MOST_EXEMPLARS: u32 = 100;
/// Series of an answer that are read, samples of a series (Prometheus' own limit), and traces behind a series: bounds for whatever a server sends.
pub(super) const MOST_SERIES: usize = 5_000;
pub(super) const MOST_SAMPLES: usize = 11_000;
pub(super) const MOST_READ_EXEMPLARS: usize = 10_000;
/// Samples that a chart can draw, about one a pixel.
const MOST_DRAWN: usize = 1_000;
/// Series of a histogram that are read: buckets.
pub const MOST_BUCKETS: usize = 256;
/// Tempo 3 leaves spans younger than this out of metrics (`query_end_cutoff`), as not all of them have arrived.
const NEWEST_S: u64 = 30;
/// What a page says where the newest spans are not counted yet.
pub const NEWEST_MISSING: &str = "without the newest 30 s: metrics appear after about 30 s";
/// Steps that people read as such, in seconds.
const STEPS_S: [u64; 15] = [1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1_800, 3_600, 7_200, 14_400];

/// The step for a range, in seconds: a round one, with no more than [`WANTED_INTERVALS`].
pub fn step_s(bounds: Bounds) -> u64 {
    let range = bounds.end_s.saturating_sub(bounds.start_s);
    let least = range.div_ceil(WANTED_INTERVALS).max(range.div_ceil(MOST_INTERVALS)).max(1);
    STEPS_S.into_iter().find(|step| *step >= least).unwrap_or(least)
}

/// How many samples of one series the steps of a range give: both ends, and an interval that begins before the range.
fn asked_points(bounds: Bounds) -> usize {
    usize::try_from(bounds.seconds() / step_s(bounds)).unwrap_or(usize::MAX).saturating_add(2).min(MOST_SAMPLES)
}

/// Keeps as many samples as the steps of the range give, and a finer answer as long as a chart can draw it. Where more came, one of each step:
/// the first.
pub fn keep_asked(series: &mut [Series], bounds: Bounds, remarks: &mut Remarks) {
    let most = asked_points(bounds).max(MOST_DRAWN);
    let (_, step_ms) = Bounds { start_s: 0, end_s: step_s(bounds) }.ms();
    for samples in series.iter_mut().map(|one| &mut one.samples).filter(|samples| samples.len() > most) {
        let came = samples.len();
        samples.dedup_by_key(|sample| sample.unix_ms.div_euclid(step_ms.max(1)));
        remarks.points_left_out(came - samples.len());
        remarks.cut_points(samples, most);
    }
}

/// A series as it may be used: its samples by time, and no more of them than any question asks for.
pub(super) fn bounded(mut series: Series, remarks: &mut Remarks) -> Series {
    remarks.cut_points(&mut series.samples, MOST_SAMPLES);
    remarks.cut_points(&mut series.exemplars, MOST_READ_EXEMPLARS);
    if !series.samples.is_sorted_by_key(|sample| sample.unix_ms) {
        sort::by_key(&mut series.samples, |sample| sample.unix_ms);
    }
    series
}

/// The part of a range that Tempo has metrics of at `now_s`: it ends 30 s before that at the latest. `None` where nothing is left.
pub fn counted_part(bounds: Bounds, now_s: u64) -> Option<Bounds> {
    let end_s = bounds.end_s.min(now_s.saturating_sub(NEWEST_S));
    (bounds.start_s < end_s).then_some(Bounds { end_s, ..bounds })
}

/// Why a range has no metrics yet, as a sentence: all of it is too young.
pub fn too_young(bounds: Bounds, now_s: u64) -> Option<String> {
    let is_range = bounds.start_s < bounds.end_s;
    (is_range && counted_part(bounds, now_s).is_none()).then(|| {
        "This range began less than 30 s ago, and metrics appear after about 30 s. Try again in a moment, or choose an earlier start."
            .to_owned()
    })
}

/// Why a range cannot be asked for, as a sentence; Tempo would refuse it.
pub fn range_problem(bounds: Bounds) -> Option<String> {
    let range = bounds.end_s.saturating_sub(bounds.start_s);
    if range == 0 {
        return Some("The range is empty: its end must be after its start.".to_owned());
    }
    (range > LONGEST_RANGE_S).then(|| {
        format!("Tempo computes metrics over at most 24 h; this range is {:.1} h. Choose a shorter one for rates and charts.", range as f64 / 3600.0)
    })
}

impl Tempo {
    /// Samples at each step, up to what is counted at `now_s`. The step is that of the whole range: a chart's axis shows all of it.
    pub fn metrics_range(&self, query: &str, bounds: Bounds, now_s: u64) -> Request {
        let Bounds { start_s, end_s } = counted_part(bounds, now_s).unwrap_or(bounds);
        let (query, step) = (encode_query_value(query), step_s(bounds));
        let path = format!(
            "api/metrics/query_range?q={query}&start={start_s}&end={end_s}&step={step}s&exemplars={MOST_EXEMPLARS}"
        );
        self.request(&path, "application/json")
    }

    /// One value a series, over as much of the range as is counted at `now_s`.
    pub fn metrics_instant(&self, query: &str, bounds: Bounds, now_s: u64) -> Request {
        let Bounds { start_s, end_s } = counted_part(bounds, now_s).unwrap_or(bounds);
        let query = encode_query_value(query);
        self.request(&format!("api/metrics/query?q={query}&start={start_s}&end={end_s}"), "application/json")
    }
}

/// A refusal as what it means for metrics: a Tempo that does not know the path, or not the question, has none.
pub fn explained(failure: Failure) -> Failure {
    if !matches!(failure.status, Some(404 | 405 | 501)) {
        return failure;
    }
    Failure {
        title: "This source has no TraceQL metrics".to_owned(),
        what: "Tempo 3 computes them without any setting; in Tempo 2 the metrics-generator needs the `local-blocks` processor. A Prometheus with span metrics, \
               named as `prometheus` of the source, gives the same figures."
            .to_owned(),
        server_text: failure.server_text,
        status: failure.status,
        ..Failure::default()
    }
}

/// Reads either answer; an instant value is a single sample at 0. The error is a sentence for the reader.
pub fn read(body: &[u8], remarks: &mut Remarks) -> Result<Vec<Series>, String> {
    let mut answer: wire::Answer = json::read(body, "answer to a metrics query")?;
    remarks.cut_series(&mut answer.series, MOST_SERIES);
    Ok(answer.series.into_iter().map(|series| bounded(series.into_series(remarks), remarks)).collect())
}

mod wire {
    use super::*;

    #[derive(Deserialize)]
    pub struct Answer {
        #[serde(default)]
        pub series: Vec<Series>,
    }

    #[derive(Deserialize)]
    pub struct Series {
        #[serde(default)]
        labels: Vec<KeyValue>,
        #[serde(default)]
        samples: Option<Vec<Point>>,
        #[serde(default, deserialize_with = "json::number")]
        value: f64,
        #[serde(default)]
        exemplars: Vec<Exemplar>,
    }

    #[derive(Deserialize)]
    #[serde(rename_all = "camelCase")]
    struct Point {
        #[serde(default, deserialize_with = "json::number")]
        timestamp_ms: f64,
        #[serde(default, deserialize_with = "json::number")]
        value: f64,
    }

    #[derive(Deserialize)]
    #[serde(rename_all = "camelCase")]
    struct Exemplar {
        #[serde(default)]
        labels: Vec<KeyValue>,
        #[serde(default, deserialize_with = "json::number")]
        value: f64,
        #[serde(default, deserialize_with = "json::number")]
        timestamp_ms: f64,
    }

    impl Series {
        pub fn into_series(self, remarks: &mut Remarks) -> crate::model::Series {
            let labels: BTreeMap<String, String> =
                self.labels.iter().map(|label| (label.key.clone(), label.text())).collect();
            let samples = match self.samples {
                Some(points) => points
                    .iter()
                    .filter_map(|point| {
                        let unix_ms = remarks.time_ms(point.timestamp_ms)?;
                        Some(Sample { unix_ms, value: remarks.number(point.value) })
                    })
                    .collect(),
                None => vec![Sample { unix_ms: 0, value: remarks.number(self.value) }],
            };
            let exemplars = self.exemplars.iter().filter_map(|exemplar| exemplar.read(remarks)).collect();
            crate::model::Series { labels, samples, exemplars }
        }
    }

    impl Exemplar {
        /// One without a trace leads nowhere.
        fn read(&self, remarks: &mut Remarks) -> Option<super::Exemplar> {
            let label = |name: &str| self.labels.iter().find(|label| label.key == name).map(KeyValue::text);
            let trace_id = TraceId::from_hex(label("trace:id")?.as_bytes())?;
            let own_s = label("duration").and_then(|text| duration::read_ns(&text)).map(|ns| ns as f64 / 1e9);
            let unix_ms = remarks.time_ms(self.timestamp_ms)?;
            Some(super::Exemplar { unix_ms, value: remarks.number(own_s.unwrap_or(self.value)), trace_id })
        }
    }
}

#[cfg(test)]
#[path = "metrics_tests.rs"]
mod tests;
