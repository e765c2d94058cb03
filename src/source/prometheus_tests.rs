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
        let series = read(&bytes).unwrap();
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
        let read = read_exemplars(&body(name)).unwrap();
        assert_eq!((read.len(), !read.is_empty()), (count, many), "{name}");
        assert!(read.iter().all(|one| one.trace_id.to_string().len() == 32 && one.value > 0.0));
    }
    let short = br#"{"data":[{"exemplars":[{"labels":{"traceID":"ab12"},"value":"1","timestamp":1.5},{"labels":{},"value":"1","timestamp":1}]}]}"#;
    let read = read_exemplars(short).unwrap();
    assert_eq!((read.len(), read[0].trace_id, read[0].unix_ms), (1, TraceId(0xab12), 1_500));
}

#[test]
fn what_is_no_answer_says_so() {
    assert!(read(b"<html>").unwrap_err().contains("Prometheus"));
    assert!(read(&body("error-bad-query.json")).is_err());
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

#[test]
fn what_was_not_counted_yet_is_a_rate_of_nothing() {
    let of = |times: &[i64]| Series {
        samples: times.iter().map(|at| Sample { unix_ms: *at, value: 1.0 }).collect(),
        ..Series::default()
    };
    let mut series = [of(&[15, 30, 45, 60]), of(&[60])];
    fill(&mut series, 0, 60);
    let values = |at: usize| series[at].samples.iter().map(|sample| (sample.unix_ms, sample.value)).collect::<Vec<_>>();
    assert_eq!(values(0), [(0, 0.0), (15, 1.0), (30, 1.0), (45, 1.0), (60, 1.0)]);
    assert_eq!(values(1), [(0, 0.0), (15, 0.0), (30, 0.0), (45, 0.0), (60, 1.0)]);
    let mut alone = [of(&[60])];
    fill(&mut alone, 0, 60);
    assert_eq!(alone[0].samples.len(), 1);
}
