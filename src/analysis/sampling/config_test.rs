//! What is written, word for word where it matters. Keys are held against the documentation by `tests/collector_config.rs`.

use super::*;

#[test]
fn the_usual_plan_reads_as_a_person_would_write_it() {
    let mut plan = Plan::usual();
    plan.head_percent = Some(50.0);
    plan.traces_per_second = Some(2000.5);
    let written = config(&plan);
    let settings: Vec<&str> = written.lines().filter(|line| !line.trim_start().starts_with('#')).collect();
    assert_eq!(
        settings.join("\n"),
        "processors:
  probabilistic_sampler:
    mode: hash_seed
    sampling_percentage: 50
  tail_sampling:
    decision_wait: 30s
    num_traces: 120030
    expected_new_traces_per_sec: 2001
    policies:
      - name: \"errors\"
        type: status_code
        status_code:
          status_codes:
            - \"ERROR\"
      - name: \"slow\"
        type: latency
        latency:
          threshold_ms: 500
      - name: \"rest\"
        type: probabilistic
        probabilistic:
          sampling_percentage: 10"
    );
    assert!(written.contains("[memory_limiter, k8sattributes, probabilistic_sampler, tail_sampling, batch]"));
}

#[test]
fn a_plan_that_keeps_all_has_no_configuration() {
    let written = config(&Plan::default());
    assert!(written.lines().all(|line| line.starts_with("# ")) && written.contains("nothing to configure"));
}

#[test]
fn what_the_reader_writes_stays_in_its_quotes() {
    assert_eq!(quoted("a\"b\\c\nd\r\t: #e"), r#""a\"b\\c\nd\r\t: #e""#);
    assert_eq!(quoted("${env:SECRET}$"), "\"$${env:SECRET}$$\"");
    assert_eq!(quoted("\0\u{85}\u{2028}\u{202e}é→𝄞"), "\"\\u0000\\u0085\\u2028\\u202Eé→𝄞\"");
    let policy = Policy::new("x\"\n    - name: y\n#", Rule::AlwaysSample);
    let written = config(&Plan { policies: vec![policy], ..Plan::default() });
    assert_eq!(written.lines().filter(|line| line.contains("name:")).count(), 1);
}

#[test]
fn numbers_stay_within_the_collectors_types() {
    let rules = vec![
        Rule::Latency { threshold_ms: u64::MAX, upper_threshold_ms: Some(u64::MAX) },
        Rule::SpanCount { min: u32::MAX, max: Some(u32::MAX) },
        Rule::Probabilistic { percent: f64::NAN },
    ];
    let plan = Plan {
        policies: rules.into_iter().map(|rule| Policy::new("p", rule)).collect(),
        head_percent: Some(f64::INFINITY),
        traces_per_second: Some(f64::MAX),
        decision_wait_seconds: 0,
    };
    let written = config(&plan);
    assert!(!written.contains("NaN") && !written.contains("inf") && written.contains("decision_wait: 1s"), "{written}");
    assert_eq!(written.matches("9223372036854775807").count(), 2);
    assert_eq!(written.matches("2147483647").count(), 2);
}
