//! Reading a Prometheus, against its recorded answers.

#![allow(clippy::unwrap_used, reason = "a test that cannot read its fixture fails")]

use serde_json::Value;

use super::*;

fn body(name: &str) -> Vec<u8> {
    std::fs::read(format!("{}/tests/fixtures/tempo/prometheus/{name}", env!("CARGO_MANIFEST_DIR"))).unwrap()
}

fn source(url: &str, prometheus: &str) -> Source {
    Source {
        name: "prod".to_owned(),
        url: url.to_owned(),
        headers: vec![("X-Key".to_owned(), "k".to_owned())],
        tenant: Some("shipping".to_owned()),
        credentials: Credentials::Include,
        prometheus: Some(prometheus.to_owned()),
        behind: None,
        prometheus_behind: None,
    }
}

/// What a browser makes of an address on a page of `https://traces.example`.
fn resolved(url: &str) -> String {
    match url {
        url if url.starts_with("//") => format!("https:{url}"),
        url if url.contains("://") => url.to_owned(),
        url => format!("https://traces.example/{}", url.trim_start_matches('/')),
    }
}

fn of(source: Source) -> Option<Prometheus> {
    Prometheus::of(&source, &resolved)
}

#[test]
fn every_recorded_answer_is_read_with_every_value() {
    for name in [
        "cors-get.json",
        "instant-calls-sample.json",
        "instant-graph-connection-types.json",
        "instant-graph-request-total.json",
        "instant-target-info.json",
        "instant-native-histogram.json",
        "range-calls-rate.json",
        "range-errors.json",
        "range-graph-failed.json",
        "range-graph-p95.json",
        "range-graph-rate.json",
        "range-p95.json",
    ] {
        let bytes = body(name);
        let raw: Value = serde_json::from_slice(&bytes).unwrap();
        let raw = raw["data"]["result"].as_array().unwrap().clone();
        let mut remarks = Remarks::default();
        let series = read(&bytes, &mut remarks).unwrap();
        assert!(remarks.is_empty(), "{name}");
        let of_series: Vec<&Value> = raw.iter().filter(|one| one.is_object()).collect();
        assert_eq!(series.len(), of_series.len(), "{name}");
        for (one, raw) in series.iter().zip(of_series) {
            assert_eq!(one.labels.len(), raw["metric"].as_object().unwrap().len());
            let points: Vec<&Value> = match raw.get("values") {
                Some(values) => values.as_array().unwrap().iter().collect(),
                None => raw.get("value").into_iter().collect(),
            };
            assert_eq!(one.samples.len(), points.len());
            for (sample, point) in one.samples.iter().zip(points) {
                let value: f64 = point[1].as_str().unwrap().parse().unwrap();
                assert!(sample.value == value || (sample.value.is_nan() && value.is_nan()));
                assert_eq!(sample.unix_ms, (point[0].as_f64().unwrap() * 1e3).round() as i64);
            }
        }
    }
}

#[test]
fn exemplars_lead_to_traces_of_full_width() {
    for (name, many) in
        [("exemplars-calls.json", false), ("exemplars-graph.json", true), ("exemplars-latency.json", true)]
    {
        let raw: Value = serde_json::from_slice(&body(name)).unwrap();
        let count: usize =
            raw["data"].as_array().unwrap().iter().map(|one| one["exemplars"].as_array().unwrap().len()).sum();
        let read = read_exemplars(&body(name), &mut Remarks::default()).unwrap();
        assert_eq!((read.len(), !read.is_empty()), (count, many), "{name}");
        assert!(read.iter().all(|one| one.trace_id.to_string().len() == 32 && one.value > 0.0));
    }
    let short = br#"{"data":[{"exemplars":[{"labels":{"traceID":"ab12"},"value":"1","timestamp":1.5},{"labels":{},"value":"1","timestamp":1}]}]}"#;
    let read = read_exemplars(short, &mut Remarks::default()).unwrap();
    assert_eq!((read.len(), read[0].trace_id, read[0].unix_ms), (1, TraceId(0xab12), 1_500));
}

#[test]
fn what_is_no_answer_says_so() {
    assert!(read(b"<html>", &mut Remarks::default()).unwrap_err().contains("Prometheus"));
    assert!(read(&body("error-bad-query.json"), &mut Remarks::default()).is_err());
    assert!(read_names(&body("label-names.json")).unwrap().contains(&"traces_spanmetrics_calls_total".to_owned()));
    assert_eq!(read_names(br#"{"status":"success","data":[]}"#), Ok(Vec::new()));
}

#[test]
fn what_was_configured_for_a_tempo_goes_to_no_other_origin() {
    let bounds = Bounds { start_s: 100, end_s: 250 };
    let beside = of(source("/tempo", "/prometheus/")).unwrap();
    let request = beside.range("up", bounds);
    assert_eq!(request.url, "/prometheus/api/v1/query_range?query=up&start=100&end=250&step=2");
    assert!(
        request.headers.iter().any(|(name, _)| name == "X-Scope-OrgID") && request.credentials == Credentials::Include
    );
    let elsewhere = of(source("/tempo", "https://prometheus.example/api/v1")).unwrap();
    let request = elsewhere.instant("up", 250);
    assert_eq!(request.url, "https://prometheus.example/api/v1/query?query=up&time=250");
    assert_eq!(request.headers, [("Accept".to_owned(), "application/json".to_owned())]);
    assert_eq!(request.credentials, Credentials::SameOrigin);
    let rooted = of(source("/tempo", "//prometheus.example")).unwrap();
    assert_eq!(rooted.backend.headers, []);
    let whole = of(source("/tempo", "https://traces.example/prometheus")).unwrap();
    assert_eq!(whole.backend.tenant.as_deref(), Some("shipping"));
    assert_eq!(of(Source { prometheus: None, ..source("/tempo", "") }), None);
}

fn of_times(times: &[i64]) -> Series {
    Series { samples: times.iter().map(|at| Sample { unix_ms: *at, value: 1.0 }).collect(), ..Series::default() }
}

/// 1,800 s have steps of 15 s.
#[test]
fn what_was_not_counted_yet_is_a_rate_of_nothing() {
    let bounds = Bounds { start_s: 0, end_s: 1_800 };
    let mut series = [of_times(&[15_000, 30_000, 45_000, 60_000]), of_times(&[60_000])];
    let mut remarks = Remarks::default();
    fill(&mut series, bounds, &mut remarks);
    for (one, counted) in series.iter().zip([15_000..=60_000, 60_000..=60_000]) {
        assert_eq!(one.samples.len(), 121);
        for (sample, at) in one.samples.iter().zip((0..).map(|nth| nth * 15_000)) {
            let value = if counted.contains(&at) { 1.0 } else { 0.0 };
            assert_eq!((sample.unix_ms, sample.value), (at, value));
        }
    }
    let mut alone = [of_times(&[60_000])];
    fill(&mut alone, bounds, &mut remarks);
    assert_eq!(alone[0].samples.len(), 1);
    // An answer in coarser steps keeps them.
    let mut coarse = [of_times(&[0, 600_000, 1_200_000])];
    fill(&mut coarse, bounds, &mut remarks);
    assert_eq!(
        coarse[0].samples.iter().map(|sample| sample.unix_ms / 1_000).collect::<Vec<_>>(),
        [0, 600, 1_200, 1_800]
    );
    assert_eq!(remarks.words(), None);
}

/// Two samples 1 ms apart made a point of each of 86 million ms.
#[test]
fn an_answer_makes_no_more_points_than_its_question_asked_for() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/fixtures/reports/faults/prometheus-fill-1ms.json");
    let mut remarks = Remarks::default();
    let mut series = read(&std::fs::read(path).unwrap(), &mut remarks).unwrap();
    let bounds = Bounds { start_s: 1_789_960_000, end_s: 1_789_960_000 + 86_400 };
    fill(&mut series, bounds, &mut remarks);
    // 24 h have steps of 900 s.
    assert_eq!(series[0].samples.len(), 96);
    let counted: Vec<_> = series[0].samples.iter().filter(|sample| sample.value > 0.0).collect();
    assert_eq!(counted, [&Sample { unix_ms: 1_790_000_000_000, value: 1.0 }]);
    assert_eq!(remarks.words().as_deref(), Some("1 point is left out: the answer has more than were asked for."));
}

#[test]
fn times_outside_of_the_range_or_of_any_calendar_make_nothing() {
    let bounds = Bounds { start_s: 1_000, end_s: 2_800 };
    let mut remarks = Remarks::default();
    let body = br#"{"data":{"result":[{"metric":{},"values":[[-1e300,"1"],[10,"1"],[1010,"1"],[1025,"1e300"],[9e15,"1"],[90000,"1"]]}]}}"#;
    let mut series = read(body, &mut remarks).unwrap();
    fill(&mut series, bounds, &mut remarks);
    assert_eq!(series[0].samples.len(), 120);
    assert_eq!(series[0].samples[1], Sample { unix_ms: 1_010_000 + 15_000, value: 9_007_199_254_740_992.0 });
    let words = remarks.words().unwrap();
    for part in ["2 points are left out: the answer", "2 points are left out: no calendar", "1 number is doubted"] {
        assert!(words.contains(part), "{part}: {words}");
    }
    for extreme in [Bounds { start_s: 0, end_s: u64::MAX }, Bounds { start_s: u64::MAX, end_s: 0 }] {
        let mut series = [of_times(&[0, 1]), of_times(&[i64::MIN, i64::MAX])];
        fill(&mut series, extreme, &mut remarks);
        assert!(series.iter().all(|one| one.samples.len() <= 122));
    }
}

#[test]
fn more_series_than_can_be_shown_are_left_out_and_counted() {
    let one = r#"{"metric":{},"value":[1,"1"]}"#;
    let body = format!(r#"{{"data":{{"result":[{}]}}}}"#, vec![one; 6_000].join(","));
    let mut remarks = Remarks::default();
    assert_eq!(read(body.as_bytes(), &mut remarks).unwrap().len(), 5_000);
    assert!(remarks.words().unwrap().starts_with("1,000 series are left out"), "{:?}", remarks.words());
    // A map counts every connection.
    let mut remarks = Remarks::default();
    assert_eq!((read_graph(body.as_bytes(), &mut remarks).unwrap().len(), remarks.is_empty()), (6_000, true));
    let body = format!(r#"{{"data":{{"result":[{}]}}}}"#, vec![one; 100_001].join(","));
    assert_eq!(read_graph(body.as_bytes(), &mut remarks).unwrap().len(), 100_000);
    assert!(remarks.words().unwrap().starts_with("1 series is left out"), "{:?}", remarks.words());
}
