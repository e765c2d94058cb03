//! Every recorded answer that is no trace, put to what reads answers: failures keep the server's words, and nothing but a Tempo passes for one. What is in
//! them is held by the tests beside each reader; what the page makes of them, by `tests/browser/explore-recorded.test.mjs`.

#![allow(clippy::unwrap_used, reason = "a test that cannot read its fixture fails")]

use std::path::{Path, PathBuf};

use serde_json::Value;
use spanloom::model::Remarks;
use spanloom::source::doctor::{Came, Probe, Verdict};
use spanloom::source::failure::{Answered, Asked, of_status};
use spanloom::source::tempo::{Bounds, Tempo};
use spanloom::source::{compare, metrics, prometheus, search, tags};

fn folder() -> PathBuf {
    Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/fixtures/tempo")).to_owned()
}

struct Recorded {
    name: String,
    /// The address that was asked.
    url: String,
    status: u16,
    content_type: String,
    body: Vec<u8>,
}

/// Every file of a folder, with what `requests.json` says of its answer.
fn recorded(part: &str) -> Vec<Recorded> {
    let requests: Vec<Value> = serde_json::from_slice(&std::fs::read(folder().join("requests.json")).unwrap()).unwrap();
    let mut all = Vec::new();
    for entry in std::fs::read_dir(folder().join(part)).unwrap() {
        let file = entry.unwrap().file_name().into_string().unwrap();
        let name = format!("{part}/{file}");
        let told =
            requests.iter().find(|one| one["file"] == name.trim_end_matches(".gz") || one["file"] == name.as_str());
        // One of them was recorded by hand: it is taken for an answer of 200.
        let nothing = Value::Null;
        let told = told.unwrap_or(&nothing);
        let header = |wanted: &str| {
            let headers = told["response_headers"].as_array().map(Vec::as_slice).unwrap_or_default();
            let found = headers.iter().find(|pair| pair[0].as_str().unwrap().eq_ignore_ascii_case(wanted));
            found.map(|pair| pair[1].as_str().unwrap().to_owned()).unwrap_or_default()
        };
        all.push(Recorded {
            status: told["status"].as_u64().unwrap_or(200) as u16,
            url: told["request"]["url"].as_str().unwrap_or_default().to_owned(),
            content_type: header("content-type"),
            body: std::fs::read(folder().join(&name)).unwrap(),
            name,
        });
    }
    assert!(!all.is_empty(), "{part}");
    all
}

#[test]
fn every_refusal_names_its_status_and_keeps_the_servers_words() {
    let mut refused = 0;
    for part in ["errors", "limits", "http", "prometheus", "metrics"] {
        for Recorded { name, status, content_type, body, .. } in recorded(part) {
            if status < 400 {
                continue;
            }
            refused += 1;
            let asked =
                Asked { source: "prod".into(), base: "/tempo".into(), url: "/tempo/api".into(), ..Asked::default() };
            let answered = Answered { status, content_type: &content_type, body: &body, final_url: "" };
            let failure = of_status(&asked, answered);
            assert!(format!("{} {}", failure.title, failure.what).contains(&status.to_string()), "{name}: {failure:?}");
            let text = String::from_utf8_lossy(&body);
            let first =
                text.trim_start_matches(|c: char| !c.is_alphanumeric()).split_whitespace().next().unwrap_or_default();
            let is_json = text.starts_with('{');
            if !first.is_empty() && !is_json {
                assert!(failure.server_text.as_deref().is_some_and(|said| said.contains(first)), "{name}: {failure:?}");
            }
        }
    }
    assert!(refused >= 40, "{refused} refusals were recorded");
}

#[test]
fn nothing_but_an_echo_passes_for_a_tempo() {
    let backend = Tempo::from_url("/tempo").backend;
    let request = Probe::Reach.request(&backend, Bounds { start_s: 1, end_s: 2 });
    let mut echoes = 0;
    for part in ["http", "errors", "limits"] {
        for Recorded { name, status, content_type, body, .. } in recorded(part) {
            let answered = Answered { status, content_type: &content_type, body: &body, final_url: "" };
            let finding = Probe::Reach.judge(&backend, &request, &Came::Answer(answered));
            let is_echo = status == 200 && body.trim_ascii() == b"echo";
            echoes += usize::from(is_echo);
            assert_eq!(finding.verdict == Verdict::Good, is_echo, "{name}: {finding:?}");
            assert!(!finding.words.is_empty(), "{name}");
        }
    }
    assert!(echoes >= 2);
}

/// Whoever reads the wrong answer says so or finds nothing in it: no reader makes something of another's body.
#[test]
fn readers_take_only_what_is_theirs() {
    for part in ["search", "tags", "metrics", "prometheus", "errors", "limits", "http"] {
        for Recorded { name, url, body, .. } in recorded(part) {
            // Of what was recorded by hand it is not known what was asked.
            if url.is_empty() {
                continue;
            }
            if !url.contains("/api/search?") {
                let read = search::Found::read(&body).map(|found| found.traces.len());
                assert!(read.as_ref().map_or(true, |traces| *traces == 0), "{name} is no search: {read:?}");
            }
            if !url.contains("/api/metrics/") {
                let read = metrics::read(&body, &mut Remarks::default()).map(|series| series.len());
                assert!(read.as_ref().map_or(true, |series| *series == 0), "{name} is no metric of Tempo: {read:?}");
            }
            if part != "prometheus" {
                assert!(
                    prometheus::read(&body, &mut Remarks::default()).is_err()
                        && prometheus::read_exemplars(&body, &mut Remarks::default()).is_err(),
                    "{name} is no answer of Prometheus"
                );
            }
            if !url.contains("/search/tags") {
                let read = tags::read_names(&body).map(|names| names.len());
                assert!(read.as_ref().map_or(true, |names| *names == 0), "{name} has no names: {read:?}");
            }
        }
    }
}

/// Cut off at 200 places, and with a bit turned at as many: every reader ends with an answer or a sentence.
#[test]
fn damaged_answers_are_read_without_a_panic() {
    let (tempo, bounds) = (Tempo::from_url("/tempo").backend, Bounds { start_s: 1, end_s: 2 });
    let request = Probe::Metrics.request(&tempo, bounds);
    let mut readings = 0;
    for part in ["search", "tags", "metrics", "prometheus", "errors", "limits", "http"] {
        for Recorded { status, content_type, body, .. } in recorded(part) {
            for nth in 0..200 {
                let at = body.len() * nth / 200;
                let mut flipped = body.clone();
                if let Some(byte) = flipped.get_mut(at) {
                    *byte ^= 1 << (nth % 8);
                }
                for damaged in [&body[..at], &flipped] {
                    let _ = search::Found::read(damaged);
                    let _ = metrics::read(damaged, &mut Remarks::default());
                    let _ = compare::read(damaged, &mut Remarks::default());
                    let _ = prometheus::read(damaged, &mut Remarks::default());
                    let _ = prometheus::read_exemplars(damaged, &mut Remarks::default());
                    let _ = tags::read_names(damaged);
                    let _ = tags::read_values(damaged);
                    let answered = Answered { status, content_type: &content_type, body: damaged, final_url: "" };
                    let finding = Probe::Metrics.judge(&tempo, &request, &Came::Answer(answered));
                    assert!(!finding.words.is_empty());
                    readings += 1;
                }
            }
        }
    }
    assert!(readings > 40_000, "{readings} damaged answers were read");
}
