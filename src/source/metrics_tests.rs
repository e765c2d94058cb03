//! Held against the recorded bodies, read here as plain JSON.

use serde_json::Value;

use super::*;

const FOLDER: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/fixtures/tempo/metrics/");

fn recorded(file: &str) -> Vec<u8> {
    std::fs::read(format!("{FOLDER}{file}")).unwrap_or_else(|error| panic!("{file}: {error}"))
}

fn tempo() -> Tempo {
    Tempo::from_url("/tempo")
}

#[test]
fn every_recorded_answer_keeps_its_series_samples_and_exemplars() {
    let mut read_files = 0;
    for entry in std::fs::read_dir(FOLDER).unwrap() {
        let name = entry.unwrap().file_name().into_string().unwrap();
        if !name.ends_with(".json") {
            continue;
        }
        let raw: Value = serde_json::from_slice(&recorded(&name)).unwrap();
        let mut remarks = Remarks::default();
        let series = read(&recorded(&name), &mut remarks).unwrap_or_else(|error| panic!("{name}: {error}"));
        assert!(remarks.is_empty(), "{name}");
        let told = raw["series"].as_array().map(Vec::as_slice).unwrap_or_default();
        assert_eq!(series.len(), told.len(), "{name}");
        for (ours, theirs) in series.iter().zip(told) {
            match theirs["samples"].as_array() {
                Some(points) => {
                    let want: Vec<f64> = points.iter().map(|point| point["value"].as_f64().unwrap_or(0.0)).collect();
                    assert_eq!(ours.samples.iter().map(|sample| sample.value).collect::<Vec<_>>(), want, "{name}");
                }
                None => assert_eq!(ours.samples[0].value, theirs["value"].as_f64().unwrap_or(0.0), "{name}"),
            }
            assert_eq!(ours.exemplars.len(), theirs["exemplars"].as_array().map_or(0, Vec::len), "{name}");
            assert_eq!(ours.labels.len(), theirs["labels"].as_array().map_or(0, Vec::len), "{name}");
        }
        read_files += 1;
    }
    assert_eq!(read_files, 34);
}

#[test]
fn exemplars_name_whole_ids_and_their_own_duration() {
    let series = read(&recorded("range-histogram-exemplars.json"), &mut Remarks::default()).unwrap();
    let slowest =
        series.iter().flat_map(|series| &series.exemplars).max_by(|a, b| a.value.total_cmp(&b.value)).unwrap();
    assert_eq!(slowest.trace_id.to_string(), "05a57cc5047e471c1f59ec3d4e1accaa");
    assert_eq!(slowest.value, 4.994142631);
}

#[test]
fn labels_of_any_type_are_text() {
    let of = |file: &str, label: &str| -> Vec<String> {
        let series = read(&recorded(file), &mut Remarks::default()).unwrap();
        series.iter().filter_map(|series| series.label(label).map(str::to_owned)).collect()
    };
    assert_eq!(of("range-by-bool.json", "payment.critical"), ["false", "true"]);
    assert!(of("range-quantile.json", "p").starts_with(&["0.5".to_owned(), "0.95".to_owned(), "0.99".to_owned()]));
    assert!(of("instant-by-two.json", "status").contains(&"error".to_owned()));
}

#[test]
fn steps_are_round_and_few() {
    let step = |range: u64| step_s(Bounds { start_s: 0, end_s: range });
    assert_eq!(
        [step(0), step(150), step(3_600), step(6 * 3_600), step(86_400), step(168 * 3_600)],
        [1, 2, 30, 300, 900, 7_200]
    );
    for range in (1..200_000).step_by(997) {
        assert!(range / step(range) <= WANTED_INTERVALS, "{range}");
    }
}

#[test]
fn ranges_that_tempo_refuses_are_not_asked_for() {
    let problem = |start_s, end_s| range_problem(Bounds { start_s, end_s });
    assert_eq!(problem(0, 86_400), None);
    assert!(problem(0, 86_401).unwrap().contains("at most 24 h"));
    assert!(problem(5, 5).unwrap().contains("empty"));
}

#[test]
fn requests_are_as_recorded() {
    let bounds = Bounds { start_s: 1_795_349_830, end_s: 1_795_349_980 };
    assert_eq!(
        tempo().metrics_instant("{ kind = server } | rate()", bounds, 1_800_000_000).url,
        "/tempo/api/metrics/query?q=%7B%20kind%20%3D%20server%20%7D%20%7C%20rate()&start=1795349830&end=1795349980"
    );
    assert!(
        tempo()
            .metrics_range("{} | rate()", bounds, 1_800_000_000)
            .url
            .ends_with("&start=1795349830&end=1795349980&step=2s&exemplars=100")
    );
}

/// `now` is unix second 10,000 in all of these: Tempo counts up to 9,970.
#[test]
fn a_range_is_cut_to_what_is_counted_already() {
    let part = |start_s, end_s| counted_part(Bounds { start_s, end_s }, 10_000).map(|part| (part.start_s, part.end_s));
    assert_eq!(part(6_400, 10_000), Some((6_400, 9_970)), "the last hour");
    assert_eq!(part(6_400, 12_000), Some((6_400, 9_970)), "an end that is still to come");
    assert_eq!(part(6_400, 9_971), Some((6_400, 9_970)));
    assert_eq!(part(6_400, 9_970), Some((6_400, 9_970)), "old enough to the second");
    assert_eq!(part(5_000, 6_000), Some((5_000, 6_000)));
    assert_eq!(part(9_969, 10_000), Some((9_969, 9_970)));
    assert_eq!(part(9_970, 10_000), None);
    assert_eq!(part(9_990, 10_000), None);
    assert_eq!(part(11_000, 12_000), None, "all of it is still to come");
}

#[test]
fn a_range_that_is_too_young_is_not_asked_for_and_the_page_says_when() {
    let young = |start_s, end_s| too_young(Bounds { start_s, end_s }, 10_000);
    assert!(young(9_975, 10_000).unwrap().contains("metrics appear after about 30 s"));
    assert_eq!(young(6_400, 10_000), None);
    assert_eq!(young(6_400, 6_400), None, "an empty range is not called young");
}

#[test]
fn a_cut_range_keeps_the_step_of_the_range_asked_for() {
    // 150 s have steps of 2 s, the 120 s that are left of them would have steps of 1 s.
    let bounds = Bounds { start_s: 9_850, end_s: 10_000 };
    let range = tempo().metrics_range("{} | rate()", bounds, 10_000).url;
    assert!(range.ends_with("&start=9850&end=9970&step=2s&exemplars=100"), "{range}");
    let instant = tempo().metrics_instant("{} | rate()", bounds, 10_000).url;
    assert!(instant.ends_with("&start=9850&end=9970"), "{instant}");
}

#[test]
fn an_answer_that_is_none_says_so() {
    assert!(
        read(b"not a metrics query", &mut Remarks::default())
            .unwrap_err()
            .starts_with("The answer is no answer to a metrics query as Tempo gives it")
    );
    assert_eq!(read(b"{}", &mut Remarks::default()), Ok(Vec::new()));
    assert!(read(br#"{"series":[{"samples":[{"value":"x"}]}]}"#, &mut Remarks::default()).is_err());
}

/// A time far before every calendar is between the others.
#[test]
fn a_time_that_cannot_be_is_left_out_and_told() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/fixtures/reports/faults/prometheus-overflow.bin");
    let mut remarks = Remarks::default();
    let series = read(&std::fs::read(path).unwrap(), &mut remarks).unwrap();
    let times: Vec<i64> = series[0].samples.iter().map(|sample| sample.unix_ms % 1_000_000).collect();
    assert_eq!(times, [820_000, 880_000, 910_000, 940_000, 970_000, 0]);
    assert_eq!(remarks.words().as_deref(), Some("1 point is left out: no calendar has the time."));
}

/// 3,600 s have steps of 30 s: 120 of them, an end more, and one that begins before.
#[test]
fn no_more_samples_are_kept_than_the_steps_of_the_range_give_or_a_chart_can_draw() {
    let bounds = Bounds { start_s: 7_200, end_s: 10_800 };
    let of = |step_ms: i64, many: i64| {
        let samples = (0..many).map(|nth| Sample { unix_ms: 7_200_000 + nth * step_ms, value: nth as f64 });
        vec![Series { samples: samples.collect(), ..Series::default() }]
    };
    let kept = |step_ms: i64, many: i64| {
        let (mut series, mut remarks) = (of(step_ms, many), Remarks::default());
        keep_asked(&mut series, bounds, &mut remarks);
        (series[0].samples.iter().map(|sample| sample.unix_ms - 7_200_000).collect::<Vec<_>>(), remarks)
    };
    let (times, remarks) = kept(30_000, 122);
    assert_eq!((times.len(), remarks.is_empty()), (122, true));
    let (times, remarks) = kept(10_000, 300);
    assert_eq!((times.len(), remarks.is_empty()), (300, true), "finer than was asked for");
    let (times, remarks) = kept(1_000, 3_601);
    assert_eq!(times, (0..121).map(|nth| nth * 30_000).collect::<Vec<_>>());
    assert!(remarks.words().unwrap().starts_with("3,480 points are left out"));
    let (times, remarks) = kept(30_000, 2_000);
    assert_eq!(times.len(), 1_000);
    assert!(remarks.words().unwrap().starts_with("1,000 points are left out"));
}
