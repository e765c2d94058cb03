//! Held against the recorded bodies, read here as plain JSON.

use serde_json::Value;

use super::*;

const FOLDER: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/fixtures/tempo/search/");

fn recorded(file: &str) -> Vec<u8> {
    std::fs::read(format!("{FOLDER}{file}")).unwrap_or_else(|error| panic!("{file}: {error}"))
}

fn found(file: &str) -> Found {
    Found::read(&recorded(file)).unwrap_or_else(|error| panic!("{file}: {error}"))
}

#[test]
fn every_recorded_answer_is_read_with_every_trace_and_span() {
    let mut read_files = 0;
    for entry in std::fs::read_dir(FOLDER).unwrap() {
        let name = entry.unwrap().file_name().into_string().unwrap();
        if !name.ends_with(".json") {
            continue;
        }
        let raw: Value = serde_json::from_slice(&recorded(&name)).unwrap();
        let found = found(&name);
        assert!(found.remarks.is_empty(), "{name}");
        let told = raw["traces"].as_array().map(Vec::as_slice).unwrap_or_default();
        assert_eq!(found.traces.len(), told.len(), "{name}");
        for (ours, theirs) in found.traces.iter().zip(told) {
            assert_eq!(ours.id.to_string(), format!("{:0>32}", theirs["traceID"].as_str().unwrap()), "{name}");
            assert_eq!(ours.start_unix_nano.to_string(), theirs["startTimeUnixNano"].as_str().unwrap());
            assert_eq!(Some(ours.duration_ms), theirs["durationMs"].as_u64());
            let sets = theirs["spanSets"].as_array().map(Vec::as_slice).unwrap_or_default();
            assert_eq!(ours.span_sets.len(), sets.len(), "{name}");
            for (set, told) in ours.span_sets.iter().zip(sets) {
                assert_eq!(set.spans.len(), told["spans"].as_array().unwrap().len(), "{name}");
                assert_eq!(Some(set.matched), told["matched"].as_u64(), "{name}");
            }
            let stats = theirs["serviceStats"].as_object();
            let spans: u64 =
                stats.into_iter().flat_map(|stats| stats.values()).filter_map(|stat| stat["spanCount"].as_u64()).sum();
            assert_eq!(ours.spans(), spans, "{name}");
        }
        read_files += 1;
    }
    assert_eq!(read_files, 35);
}

#[test]
fn a_root_that_has_not_come_is_none() {
    let found = found("no-time-range.json");
    let without: Vec<bool> = found.traces.iter().map(|trace| trace.root.is_none()).collect();
    assert_eq!(without.iter().filter(|none| **none).count(), 1);
}

#[test]
fn what_is_grouped_counted_and_selected_comes_along() {
    let by = found("by.json");
    assert!(by.traces[0].span_sets.len() > 1);
    assert_eq!(by.traces[0].span_sets[0].attributes[0].0, "by(resource.service.name)");
    let counted = found("by-count.json");
    assert!(counted.traces[0].span_sets[0].attributes.iter().any(|(name, _)| name == "count()"));
    let selected = found("select.json");
    let names: Vec<&str> = selected.traces[0].span_sets[0]
        .spans
        .iter()
        .flat_map(|span| &span.attributes)
        .map(|(name, _)| name.as_str())
        .collect();
    assert!(names.contains(&"erp.system") && names.contains(&"span:parentID"));
}

#[test]
fn a_list_as_long_as_its_limit_is_cut() {
    assert!(found("errors.json").is_cut(20));
    assert!(found("limit-1.json").is_cut(1));
    assert!(!found("no-match.json").is_cut(20));
}

#[test]
fn a_larger_answer_adds_what_is_new() {
    let mut all = found("limit-1.json");
    let first = all.traces[0].id;
    all.merge(found("all.json"));
    all.merge(found("all.json"));
    assert_eq!(all.traces[0].id, first);
    let mut ids: Vec<_> = all.traces.iter().map(|trace| trace.id).collect();
    ids.sort_unstable();
    ids.dedup();
    assert_eq!(ids.len(), all.traces.len());
    assert_eq!(all.inspected.inspected_bytes, 2_812_317);
}

#[test]
fn the_query_is_asked_untouched() {
    let query = "{ name = \"ü & ?\" }\n| count() > 2";
    let search =
        Search { query: query.to_owned(), bounds: Bounds { start_s: 5, end_s: 9 }, limit: 20, spans_per_set: 3 };
    let url = Tempo::from_url("/tempo").search(&search).url;
    let (path, text) = url.split_once('?').unwrap();
    let pairs: Vec<(String, String)> = crate::source::percent::pairs(text).collect();
    assert_eq!(path, "/tempo/api/search");
    assert_eq!(pairs[0], ("q".to_owned(), query.to_owned()));
    assert_eq!(
        pairs[1..].iter().map(|(name, value)| format!("{name}={value}")).collect::<Vec<_>>(),
        ["limit=20", "spss=3", "start=5", "end=9"]
    );
}

#[test]
fn an_answer_that_is_none_says_so() {
    assert!(Found::read(b"<html>").unwrap_err().starts_with("The answer is no result of a search"));
    let wrong = Found::read(br#"{"traces":[{"traceID":"xyz"}]}"#).unwrap_err();
    assert_eq!(wrong, "The answer names a trace “xyz”, which is no trace id.");
    assert_eq!(Found::read(b"{}"), Ok(Found::default()));
}

/// Counts whose sum is more than 64 bits hold, and one that no trace has.
#[test]
fn counts_that_cannot_be_are_cut_and_told() {
    let body = br#"{"traces":[{"traceID":"ab","startTimeUnixNano":"1","durationMs":"18446744073709551615",
        "spanSets":[{"matched":"18446744073709551615"},{"matched":18446744073709551615},{"matched":2}],
        "serviceStats":{"a":{"spanCount":"18446744073709551615","errorCount":1e300},"b":{"spanCount":3,"errorCount":"18446744073709551615"}}}]}"#;
    let found = Found::read(body).unwrap();
    let trace = &found.traces[0];
    let most = 1u64 << 53;
    assert_eq!((trace.spans(), trace.errors(), trace.matched()), (most + 3, 2 * most, 2 * most + 2));
    assert_eq!(trace.duration_ms, most);
    assert!(found.remarks.words().unwrap().starts_with("6 numbers are doubted"), "{:?}", found.remarks.words());
    let service = |spans| FoundService { spans, errors: spans, ..FoundService::default() };
    let sums = FoundTrace { services: vec![service(u64::MAX), service(5)], ..trace.clone() };
    assert_eq!((sums.spans(), sums.errors()), (u64::MAX, u64::MAX));
}

#[test]
fn no_more_traces_are_kept_than_were_asked_for() {
    let mut found = found("all.json");
    let came = found.traces.len();
    assert!(came > 3);
    found.keep_asked(3);
    assert_eq!(found.traces.len(), 3);
    let left = found.remarks.words().unwrap();
    assert_eq!(left, format!("{} traces are left out: more came than were asked for.", came - 3));
}
