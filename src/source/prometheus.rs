//! A Prometheus beside a Tempo: span metrics, the service graph, and their exemplars, as Tempo's metrics-generator writes them. Pure.
//!
//! Prometheus writes numbers as texts, times as seconds, and trace ids of exemplars without their leading zeros (Tempo's own habit).

use std::collections::BTreeMap;

use serde::Deserialize;

use super::address;
use super::backend::{Backend, Kind, Request, base_of};
use super::config::{Credentials, Source};
use super::json;
use super::metrics::{MOST_READ_EXEMPLARS, MOST_SERIES, bounded, step_s};
use super::percent::encode_query_value;
use super::tempo::Bounds;
use crate::base::TraceId;
use crate::model::{Exemplar, Remarks, Sample, Series};
use crate::query::promql;

/// What people copy along with a base address.
const TAILS: [&str; 3] = ["api/v1/query", "api/v1", "api"];

#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Prometheus {
    pub backend: Backend,
}

impl Prometheus {
    /// The one that belongs to a source. Headers, tenant and cookies of the source go along only where both are on one origin: they were
    /// configured for the Tempo's. `resolved` is what the browser makes of an address.
    pub fn of(source: &Source, resolved: &dyn Fn(&str) -> String) -> Option<Self> {
        let url = source.prometheus.as_ref()?;
        let origin = |url: &str| address::origin(&resolved(url));
        // What cannot be read is no origin that could be the same.
        let is_same = origin(url).is_some() && origin(url) == origin(&source.url);
        let (tenant, headers, credentials) = match is_same {
            true => (source.tenant.clone(), source.headers.clone(), source.credentials),
            false => (None, Vec::new(), Credentials::SameOrigin),
        };
        let name = format!("Prometheus of {}", source.name);
        let (kind, base, behind) = (Kind::Prometheus, base_of(url, &TAILS), source.prometheus_behind.clone());
        let backend = Backend { kind, name, base, behind, tenant, headers, credentials, ..Backend::default() };
        Some(Prometheus { backend: backend.resolved_by(resolved) })
    }

    fn request(&self, path: &str) -> Request {
        self.backend.request(path, "application/json")
    }

    /// Samples at each step.
    pub fn range(&self, query: &str, bounds: Bounds) -> Request {
        let Bounds { start_s, end_s } = bounds;
        let (query, step) = (encode_query_value(query), step_s(bounds));
        self.request(&format!("api/v1/query_range?query={query}&start={start_s}&end={end_s}&step={step}"))
    }

    /// One value a series, as of the end of the range.
    pub fn instant(&self, query: &str, at_s: u64) -> Request {
        self.request(&format!("api/v1/query?query={}&time={at_s}", encode_query_value(query)))
    }

    /// Traces behind the buckets of a selector.
    pub fn exemplars(&self, selector: &str, bounds: Bounds) -> Request {
        let Bounds { start_s, end_s } = bounds;
        let query = encode_query_value(selector);
        self.request(&format!("api/v1/query_exemplars?query={query}&start={start_s}&end={end_s}"))
    }
}

/// Reads a matrix, a vector or a scalar. Labels of span metrics come out under the names that TraceQL has for them. The error is a sentence for the
/// reader.
pub fn read(body: &[u8], remarks: &mut Remarks) -> Result<Vec<Series>, String> {
    read_up_to(MOST_SERIES, body, remarks)
}

/// The same of a service graph, which has a series for each connection: a map counts all of them, and draws the heaviest.
pub fn read_graph(body: &[u8], remarks: &mut Remarks) -> Result<Vec<Series>, String> {
    /// Those of 300 services that all call one another.
    const MOST_CONNECTIONS: usize = 100_000;
    read_up_to(MOST_CONNECTIONS, body, remarks)
}

fn read_up_to(most: usize, body: &[u8], remarks: &mut Remarks) -> Result<Vec<Series>, String> {
    let mut answer: wire::Answer<wire::Data> = wire::read(body)?;
    remarks.cut_series(&mut answer.data.result, most);
    let series = answer.data.result.into_iter().filter_map(|metric| metric.into_series(remarks));
    Ok(series.collect::<Vec<_>>().into_iter().map(|series| bounded(series, remarks)).collect())
}

/// Prometheus has no sample where nothing was counted yet, and none once it is forgotten: rates are 0 there. All series get the times that any of them has, and those
/// between, over all of the range.
///
/// Times are as far apart as they were asked for, or farther where the answer's are; never closer, so that no answer makes more points than were asked for.
pub fn fill(series: &mut [Series], bounds: Bounds, remarks: &mut Remarks) {
    let (start_ms, end_ms) = bounds.ms();
    for one in series.iter_mut() {
        let came = one.samples.len();
        one.samples.retain(|sample| (start_ms..=end_ms).contains(&sample.unix_ms));
        remarks.points_left_out(came - one.samples.len());
    }
    let times = || series.iter().flat_map(|one| one.samples.iter().map(|sample| sample.unix_ms));
    let gaps = series.iter().flat_map(|one| one.samples.iter().zip(one.samples.iter().skip(1)));
    let gaps = gaps.map(|(one, next)| next.unix_ms - one.unix_ms);
    let (Some(any), Some(gap)) = (times().min(), gaps.filter(|gap| *gap > 0).min()) else { return };
    let (_, asked) = Bounds { start_s: 0, end_s: step_s(bounds) }.ms();
    let step = gap.max(asked);
    // All of these lie in the range: none overflows.
    let first = any - (any - start_ms).div_euclid(step) * step;
    let many = (end_ms - first).div_euclid(step) + 1;
    for one in series {
        let mut known = one.samples.iter().peekable();
        let mut taken = 0;
        let filled = (0..many).map(|nth| first + nth * step).map(|unix_ms| {
            while known.next_if(|sample| sample.unix_ms < unix_ms).is_some() {}
            let value = known.next_if(|sample| sample.unix_ms - unix_ms < step).map(|sample| sample.value);
            taken += usize::from(value.is_some());
            Sample { unix_ms, value: value.unwrap_or(0.0) }
        });
        let filled: Vec<Sample> = filled.collect();
        remarks.points_left_out(one.samples.len() - taken);
        one.samples = filled;
    }
}

/// Reads exemplars, those without a trace left out.
pub fn read_exemplars(body: &[u8], remarks: &mut Remarks) -> Result<Vec<Exemplar>, String> {
    let answer: wire::Answer<Vec<wire::OfSeries>> = wire::read(body)?;
    let all = answer.data.into_iter().flat_map(|series| series.exemplars);
    let mut exemplars: Vec<Exemplar> = all.filter_map(|exemplar| exemplar.read(remarks)).collect();
    remarks.cut_points(&mut exemplars, MOST_READ_EXEMPLARS);
    Ok(exemplars)
}

/// Reads a list of names.
pub fn read_names(body: &[u8]) -> Result<Vec<String>, String> {
    wire::read::<Vec<String>>(body).map(|answer| answer.data)
}

mod wire {
    use serde::de::DeserializeOwned;

    use super::*;

    #[derive(Deserialize)]
    pub struct Answer<T> {
        pub data: T,
    }

    pub fn read<T: DeserializeOwned>(body: &[u8]) -> Result<Answer<T>, String> {
        serde_json::from_slice(body).map_err(|error| format!("The answer is none of a Prometheus: {error}."))
    }

    #[derive(Deserialize)]
    pub struct Data {
        #[serde(default)]
        pub result: Vec<Metric>,
    }

    /// A series; a scalar's two values are no series and are left out.
    #[derive(Deserialize)]
    #[serde(untagged)]
    pub enum Metric {
        Series {
            metric: BTreeMap<String, String>,
            #[serde(default)]
            values: Vec<Point>,
            value: Option<Point>,
        },
        Other(serde::de::IgnoredAny),
    }

    /// Seconds and a value.
    #[derive(Deserialize)]
    pub struct Point(f64, #[serde(deserialize_with = "json::number")] f64);

    impl Point {
        fn sample(&self, remarks: &mut Remarks) -> Option<Sample> {
            Some(Sample { unix_ms: remarks.time_ms(self.0 * 1e3)?, value: remarks.number(self.1) })
        }
    }

    impl Metric {
        pub fn into_series(self, remarks: &mut Remarks) -> Option<Series> {
            let Metric::Series { metric, values, value } = self else { return None };
            let labels = metric.into_iter().map(|(name, value)| promql::as_traceql(name, value)).collect();
            let samples = values.iter().chain(value.as_ref()).filter_map(|point| point.sample(remarks)).collect();
            Some(Series { labels, samples, exemplars: Vec::new() })
        }
    }

    #[derive(Deserialize)]
    pub struct OfSeries {
        #[serde(default)]
        pub exemplars: Vec<Exemplar>,
    }

    #[derive(Deserialize)]
    pub struct Exemplar {
        #[serde(default)]
        labels: BTreeMap<String, String>,
        #[serde(deserialize_with = "json::number")]
        value: f64,
        timestamp: f64,
    }

    impl Exemplar {
        pub fn read(self, remarks: &mut Remarks) -> Option<super::Exemplar> {
            let id = ["traceID", "trace_id", "traceId"].iter().find_map(|name| self.labels.get(*name))?;
            let trace_id = TraceId::from_hex(id.as_bytes())?;
            let unix_ms = remarks.time_ms(self.timestamp * 1e3)?;
            Some(super::Exemplar { unix_ms, value: remarks.number(self.value), trace_id })
        }
    }
}

#[cfg(test)]
#[path = "prometheus_tests.rs"]
mod tests;
