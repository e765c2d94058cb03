//! The board of services: rate, errors and duration of each over a range and over the one before, and which of them changed for the worse.
//!
//! Made of a backend's series; nothing is fetched here. Requests are counted as the service saw them (its SERVER or CONSUMER spans).

use std::collections::BTreeMap;

use crate::base::sort;
use crate::model::{Sample, Series};

/// Figures of one service over one range.
#[derive(Clone, Copy, PartialEq, Debug, Default)]
pub struct Red {
    /// Requests a second.
    pub rate: f64,
    /// Failed requests a second: status ERROR.
    pub errors: f64,
    /// Seconds; `None` where the backend told none.
    pub p50: Option<f64>,
    pub p95: Option<f64>,
    pub p99: Option<f64>,
}

impl Red {
    /// Failed requests of all, 0 to 1; `None` without requests.
    pub fn error_share(&self) -> Option<f64> {
        (self.rate > 0.0).then(|| self.errors / self.rate)
    }
}

/// One line of the board.
#[derive(Clone, PartialEq, Debug, Default)]
pub struct ServiceLine {
    /// A service, or an operation of one.
    pub name: String,
    pub now: Red,
    /// The same over the range before; `None` when it was not seen then.
    pub before: Option<Red>,
    /// The range before was asked, and it was not there.
    pub is_new: bool,
    /// Requests a second over time.
    pub spark: Vec<f64>,
    /// How much worse it got; see [`worse`].
    pub worse: f64,
}

/// Answers the board is made of. Any may be missing: the rest is still shown.
#[derive(Clone, Copy, Debug, Default)]
pub struct Answers<'a> {
    /// `rate() by (name, status)`, one value each; `None` where it did not come, which is not the same as nothing counted.
    pub rates: Option<&'a [Series]>,
    /// `quantile_over_time(duration, .5, .95, .99) by (name)`.
    pub quantiles: &'a [Series],
    /// Rates over time, as `rates`.
    pub over_time: &'a [Series],
    /// The range's start: Tempo's first interval may begin before it, and is then only half of one.
    pub start_unix_ms: i64,
    pub rates_before: Option<&'a [Series]>,
    pub quantiles_before: &'a [Series],
}

/// The lines, worst change first; those that changed alike by errors, then by rate.
///
/// `field` is the label that names a line: `resource.service.name` or `name`.
pub fn board(field: &str, answers: Answers) -> Vec<ServiceLine> {
    let now = reds(field, answers.rates.unwrap_or_default(), answers.quantiles);
    let before = reds(field, answers.rates_before.unwrap_or_default(), answers.quantiles_before);
    let mut sparks = sparks(field, answers.over_time, answers.start_unix_ms);
    let (has_now, has_before) = (answers.rates.is_some(), answers.rates_before.is_some());
    let mut lines: Vec<ServiceLine> = now
        .into_iter()
        .map(|(name, now)| {
            let before = before.get(&name).copied();
            let worse = if has_before { worse(&now, before.as_ref()) } else { 0.0 };
            let is_new = has_before && before.is_none();
            let spark = sparks.remove(&name).unwrap_or_default();
            ServiceLine { name, now, before, is_new, spark, worse }
        })
        .collect();
    // What was there and is silent now is a change as well.
    let gone = before
        .iter()
        .filter(|_| has_now)
        .filter(|(name, red)| red.rate > 0.0 && !lines.iter().any(|line| line.name == **name));
    let gone: Vec<ServiceLine> = gone
        .map(|(name, red)| {
            let now = Red::default();
            ServiceLine {
                name: name.clone(),
                now,
                before: Some(*red),
                is_new: false,
                spark: Vec::new(),
                worse: worse(&now, Some(red)),
            }
        })
        .collect();
    lines.extend(gone);
    sort::by(&mut lines, |a, b| {
        let key = |line: &ServiceLine| (line.worse, line.now.errors, line.now.rate);
        let (a_key, b_key) = (key(a), key(b));
        b_key
            .0
            .total_cmp(&a_key.0)
            .then(b_key.1.total_cmp(&a_key.1))
            .then(b_key.2.total_cmp(&a_key.2))
            .then(a.name.cmp(&b.name))
    });
    lines
}

/// How much worse a range is than the one before, in steps of about what a person would look at; 0 when it is not.
/// The largest of: percentage points by which the share of errors rose; steps of a quarter by which p95 grew; steps of a half by which the
/// rate fell. A service that was not there before counts by its errors alone.
pub fn worse(now: &Red, before: Option<&Red>) -> f64 {
    let points = |red: &Red| red.error_share().unwrap_or(0.0) * 100.0;
    let Some(before) = before else { return points(now) };
    let steps = |ratio: f64, step: f64| if ratio.is_finite() && ratio > 1.0 { ratio.ln() / step.ln() } else { 0.0 };
    let slower = match (now.p95, before.p95) {
        (Some(now), Some(before)) if before > 0.0 => steps(now / before, 1.25),
        _ => 0.0,
    };
    // Silence is as bad as a rate that fell to a hundredth.
    let fewer =
        if before.rate > 0.0 { steps((before.rate / now.rate.max(before.rate / 100.0)).max(0.0), 1.5) } else { 0.0 };
    (points(now) - points(before)).max(slower).max(fewer).max(0.0)
}

fn reds(field: &str, rates: &[Series], quantiles: &[Series]) -> BTreeMap<String, Red> {
    reds_by(&|series| series.label(field).map(str::to_owned), rates, quantiles)
}

/// Rates, errors and durations of what `name` makes of a series' labels.
pub fn reds_by(
    name: &dyn Fn(&Series) -> Option<String>,
    rates: &[Series],
    quantiles: &[Series],
) -> BTreeMap<String, Red> {
    let mut reds: BTreeMap<String, Red> = BTreeMap::new();
    for series in rates {
        let (Some(name), Some(rate)) = (name(series), series.mean()) else { continue };
        let red = reds.entry(name).or_default();
        red.rate += rate;
        if series.label("status") == Some("error") {
            red.errors += rate;
        }
    }
    for series in quantiles {
        let (Some(name), Some(value)) = (name(series), series.mean()) else { continue };
        let Some(red) = reds.get_mut(&name) else { continue };
        match series.label("p") {
            Some("0.5") => red.p50 = Some(value),
            Some("0.95") => red.p95 = Some(value),
            Some("0.99") => red.p99 = Some(value),
            _ => {}
        }
    }
    reds
}

/// Rates over time of each name, its statuses added up. Series of one answer share their times.
fn sparks(field: &str, over_time: &[Series], start_unix_ms: i64) -> BTreeMap<String, Vec<f64>> {
    let mut sparks: BTreeMap<String, Vec<f64>> = BTreeMap::new();
    for series in over_time {
        let Some(name) = series.label(field) else { continue };
        let spark = sparks.entry(name.to_owned()).or_default();
        let samples: Vec<&Sample> = series.samples.iter().filter(|sample| sample.unix_ms > start_unix_ms).collect();
        spark.resize(spark.len().max(samples.len()), 0.0);
        for (sum, sample) in spark.iter_mut().zip(samples) {
            if sample.value.is_finite() {
                *sum += sample.value;
            }
        }
    }
    sparks
}

#[cfg(test)]
mod tests {
    use super::*;

    fn series(labels: &[(&str, &str)], values: &[f64]) -> Series {
        let labels = labels.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
        let samples = (0i64..).zip(values).map(|(at, value)| Sample { unix_ms: at * 1000, value: *value }).collect();
        Series { labels, samples, exemplars: Vec::new() }
    }

    const NAME: &str = "resource.service.name";

    #[test]
    fn statuses_add_up_to_a_rate_and_errors_are_its_part() {
        let rates =
            [series(&[(NAME, "a"), ("status", "unset")], &[9.0]), series(&[(NAME, "a"), ("status", "error")], &[1.0])];
        let quantiles =
            [series(&[(NAME, "a"), ("p", "0.95")], &[0.25]), series(&[(NAME, "b"), ("p", "0.95")], &[0.25])];
        let lines = board(NAME, Answers { rates: Some(&rates), quantiles: &quantiles, ..Answers::default() });
        assert_eq!(lines.len(), 1);
        assert_eq!((lines[0].now.rate, lines[0].now.errors, lines[0].now.p95), (10.0, 1.0, Some(0.25)));
        assert_eq!(lines[0].now.error_share(), Some(0.1));
        assert_eq!(lines[0].worse, 0.0);
    }

    #[test]
    fn the_worst_change_stands_first() {
        let rate = |name: &str, ok: f64, failed: f64| {
            [series(&[(NAME, name), ("status", "ok")], &[ok]), series(&[(NAME, name), ("status", "error")], &[failed])]
        };
        let p95 = |name: &str, value: f64| series(&[(NAME, name), ("p", "0.95")], &[value]);
        let rates: Vec<Series> =
            [rate("same", 90.0, 10.0), rate("failing", 80.0, 20.0), rate("slower", 100.0, 0.0)].concat();
        let before: Vec<Series> = [
            rate("same", 90.0, 10.0),
            rate("failing", 100.0, 0.0),
            rate("slower", 100.0, 0.0),
            rate("silent", 5.0, 0.0),
        ]
        .concat();
        let quantiles = [p95("slower", 0.5), p95("same", 0.1)];
        let quantiles_before = [p95("slower", 0.1), p95("same", 0.1)];
        let answers = Answers {
            rates: Some(&rates),
            quantiles: &quantiles,
            over_time: &[],
            start_unix_ms: -1,
            rates_before: Some(&before),
            quantiles_before: &quantiles_before,
        };
        let lines = board(NAME, answers);
        assert_eq!(
            lines.iter().map(|line| line.name.as_str()).collect::<Vec<_>>(),
            ["failing", "silent", "slower", "same"]
        );
        assert!((lines[0].worse - 20.0).abs() < 1e-9, "{}", lines[0].worse);
        assert_eq!(lines[3].worse, 0.0);
        assert_eq!(lines[1].now, Red::default());
    }

    #[test]
    fn an_answer_that_did_not_come_is_not_silence() {
        let rates = [series(&[(NAME, "a"), ("status", "ok")], &[5.0])];
        let lost = board(NAME, Answers { rates_before: Some(&rates), ..Answers::default() });
        assert_eq!(lost, []);
        let alone = board(NAME, Answers { rates: Some(&rates), ..Answers::default() });
        assert_eq!((alone[0].is_new, alone[0].worse), (false, 0.0));
        let new = board(NAME, Answers { rates: Some(&rates), rates_before: Some(&[]), ..Answers::default() });
        assert!(new[0].is_new);
    }

    #[test]
    fn improving_is_no_change_for_the_worse() {
        let slow = Red { rate: 1.0, errors: 0.5, p95: Some(2.0), ..Red::default() };
        let fast = Red { rate: 2.0, errors: 0.0, p95: Some(1.0), ..Red::default() };
        assert_eq!(worse(&fast, Some(&slow)), 0.0);
        assert!(worse(&slow, Some(&fast)) >= 25.0);
        assert_eq!(worse(&slow, None), 50.0);
    }

    #[test]
    fn rates_over_time_add_up_by_name() {
        let over_time = [series(&[(NAME, "a")], &[1.0, f64::NAN, 3.0]), series(&[(NAME, "a")], &[1.0, 1.0])];
        let rates = [series(&[(NAME, "a")], &[1.0])];
        let lines = board(
            NAME,
            Answers { rates: Some(&rates), over_time: &over_time, start_unix_ms: -1, ..Answers::default() },
        );
        assert_eq!(lines[0].spark, [2.0, 1.0, 3.0]);
        let later = Answers { rates: Some(&rates), over_time: &over_time, start_unix_ms: 0, ..Answers::default() };
        assert_eq!(board(NAME, later)[0].spark, [1.0, 3.0]);
    }
}
