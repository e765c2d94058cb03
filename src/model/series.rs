//! A quantity over time, as a backend computes it out of many traces: samples, and exemplars that name one trace each.

use std::collections::BTreeMap;

use crate::base::TraceId;

/// One line of a chart.
#[derive(Clone, PartialEq, Debug, Default)]
pub struct Series {
    /// What sets it apart, by the backend's name of the field. Values as text; a number keeps its digits.
    pub labels: BTreeMap<String, String>,
    /// By time, one each interval.
    pub samples: Vec<Sample>,
    pub exemplars: Vec<Exemplar>,
}

/// A value at a time. Seconds for durations, spans a second for rates; NaN where the backend says so.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct Sample {
    pub unix_ms: i64,
    pub value: f64,
}

/// One trace that was counted.
#[derive(Clone, PartialEq, Debug)]
pub struct Exemplar {
    pub unix_ms: i64,
    /// What the trace added: seconds for durations where the backend tells the span's own, else the series' value.
    pub value: f64,
    pub trace_id: TraceId,
}

impl Series {
    /// A label's value, whatever scope the backend puts before the name: `service.name` of `resource.service.name`.
    pub fn label(&self, name: &str) -> Option<&str> {
        let scoped = |known: &str| known.strip_suffix(name).is_some_and(|scope| scope.ends_with(['.', ':']));
        let exact = self.labels.get(name);
        exact
            .or_else(|| self.labels.iter().find(|(known, _)| scoped(known)).map(|(_, value)| value))
            .map(String::as_str)
    }

    /// The mean of the samples that are numbers; `None` without one.
    pub fn mean(&self) -> Option<f64> {
        let numbers: Vec<f64> =
            self.samples.iter().map(|sample| sample.value).filter(|value| value.is_finite()).collect();
        (!numbers.is_empty()).then(|| numbers.iter().sum::<f64>() / numbers.len() as f64)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn labels_are_found_with_and_without_their_scope() {
        let labels = [("resource.service.name", "a"), ("status", "error")];
        let labels = labels.map(|(name, value)| (name.to_owned(), value.to_owned())).into();
        let series = Series { labels, ..Series::default() };
        assert_eq!(series.label("service.name"), Some("a"));
        assert_eq!(series.label("status"), Some("error"));
        assert_eq!(series.label("name"), Some("a"));
        assert_eq!(series.label("us"), None);
    }

    #[test]
    fn the_mean_is_of_numbers() {
        let samples = [1.0, f64::NAN, 3.0].map(|value| Sample { unix_ms: 0, value }).into();
        assert_eq!(Series { samples, ..Series::default() }.mean(), Some(2.0));
        assert_eq!(Series::default().mean(), None);
    }
}
