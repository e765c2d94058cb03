//! What the doctor makes of answers, most of them recorded.

#![allow(clippy::unwrap_used, reason = "a test that cannot read its fixture fails")]

use super::*;
use crate::source::prometheus::Prometheus;
use crate::source::tempo::Tempo;

fn fixture(name: &str) -> Vec<u8> {
    std::fs::read(format!("{}/tests/fixtures/tempo/{name}", env!("CARGO_MANIFEST_DIR"))).unwrap()
}

fn tempo() -> Backend {
    Tempo::from_url("/tempo").backend
}

fn beside() -> Backend {
    let config = r#"{"sources":[{"name":"prod","type":"tempo","url":"/tempo","prometheus":"/prometheus"}]}"#;
    let (config, notes) = crate::source::config::Config::parse(config);
    assert_eq!(notes, []);
    Prometheus::of(&config.sources[0], &str::to_owned).unwrap().backend
}

fn judged(probe: Probe, backend: &Backend, status: u16, content_type: &str, body: &[u8]) -> Finding {
    let request = probe.request(backend, Bounds { start_s: 1, end_s: 2 });
    probe.judge(backend, &request, &Came::Answer(Answered { status, content_type, body, final_url: "" }))
}

#[test]
fn a_tempo_that_works_is_told_so_line_by_line() {
    let answers = [
        (Probe::Reach, fixture("http/echo.txt"), "text/plain"),
        (Probe::Search, fixture("search/limit-1.json"), "application/json"),
        (Probe::Recent, fixture("search/most-recent.json"), "application/json"),
        (Probe::Tags, fixture("tags/v2-tags-resource.json"), "application/json"),
        (Probe::Metrics, fixture("metrics/instant-rate.json"), "application/json"),
        (Probe::TraceV2, Vec::new(), "application/protobuf"),
    ];
    for (probe, body, content_type) in answers {
        let finding = judged(probe, &tempo(), 200, content_type, &body);
        assert_eq!(finding.verdict, Verdict::Good, "{finding:?}");
    }
    // One that was built without its version says none.
    let version = |body: &[u8]| judged(Probe::Version, &tempo(), 200, "application/json", body);
    assert_eq!(version(&fixture("http/buildinfo.json")).verdict, Verdict::Unknown);
    assert_eq!(version(br#"{"version":"2.7.1","revision":"abc"}"#).words, "Tempo 2.7.1, revision abc.");
    assert_eq!(
        judged(Probe::Pruning, &tempo(), 400, "text/plain", &fixture("errors/v2-q-bad.txt")).verdict,
        Verdict::Good
    );
    assert_eq!(
        judged(Probe::Pruning, &tempo(), 200, "application/json", &fixture("errors/v2-notfound.txt")).verdict,
        Verdict::Unknown
    );
}

#[test]
fn what_fails_names_what_to_change() {
    let tenant = judged(Probe::Search, &tempo(), 401, "text/plain", &fixture("limits/401-no-org-id.txt"));
    assert_eq!(tenant.verdict, Verdict::Bad);
    assert!(tenant.words.contains("tenants") && tenant.snippets[0].text.contains("your-tenant"));
    let wrong = judged(Probe::Search, &tempo(), 400, "text/plain", &fixture("limits/400-bad-tenant.txt"));
    assert_eq!(wrong.verdict, Verdict::Bad);
    let login = judged(Probe::Reach, &tempo(), 200, "text/html", b"<!doctype html><title>Sign in</title>");
    assert!(login.verdict == Verdict::Bad && login.server_text.as_deref() == Some("Sign in"));
    let none = judged(Probe::Reach, &tempo(), 404, "text/plain", &fixture("errors/no-such-path.txt"));
    assert!(none.verdict == Verdict::Bad && none.words.contains("No Tempo"));
    let other = judged(Probe::Reach, &tempo(), 200, "text/plain", b"hello");
    assert!(other.words.contains("Something else"));
    let metrics = judged(Probe::Metrics, &tempo(), 404, "text/plain", b"404 page not found");
    assert!(metrics.verdict == Verdict::Missing && metrics.snippets[0].text.contains("local-blocks"));
    let old = judged(Probe::TraceV2, &tempo(), 404, "text/plain", b"404 page not found");
    assert_eq!(old.verdict, Verdict::Missing);
    assert_eq!(judged(Probe::Tags, &tempo(), 404, "text/plain", b"404 page not found").verdict, Verdict::Missing);
    assert_eq!(
        judged(Probe::Recent, &tempo(), 400, "text/plain", &fixture("errors/search-parse.txt")).verdict,
        Verdict::Missing
    );
    assert_eq!(judged(Probe::Version, &tempo(), 404, "text/plain", b"").verdict, Verdict::Unknown);
}

#[test]
fn a_prometheus_is_asked_for_what_the_page_reads_of_it() {
    let names = fixture("prometheus/label-names.json");
    assert_eq!(
        judged(Probe::Reach, &beside(), 200, "application/json", &fixture("prometheus/buildinfo.json")).verdict,
        Verdict::Good
    );
    assert_eq!(judged(Probe::SpanMetrics, &beside(), 200, "application/json", &names).verdict, Verdict::Good);
    let none = judged(Probe::SpanMetrics, &beside(), 200, "application/json", br#"{"status":"success","data":[]}"#);
    assert!(none.verdict == Verdict::Missing && none.snippets[0].text.contains("remote_write"));
    assert_eq!(
        judged(Probe::Exemplars, &beside(), 200, "application/json", &fixture("prometheus/exemplars-latency.json"))
            .verdict,
        Verdict::Good
    );
    assert_eq!(
        judged(Probe::Exemplars, &beside(), 200, "application/json", &fixture("prometheus/exemplars-calls.json"))
            .verdict,
        Verdict::Missing
    );
    let wrong = judged(Probe::Reach, &beside(), 404, "text/plain", b"404 page not found");
    assert!(wrong.words.contains("Prometheus") && !wrong.words.contains("Tempo"), "{}", wrong.words);
}

#[test]
fn a_base_that_is_one_level_off_is_found() {
    let of = |base: &str| other_bases(&Tempo::from_url(base).backend);
    assert_eq!(of("/tempo"), ["/tempo/tempo/", "/"]);
    assert_eq!(of("https://tempo.example"), ["https://tempo.example/tempo/"]);
    assert_eq!(of("https://host.example/a/b"), ["https://host.example/a/b/tempo/", "https://host.example/a/"]);
    let found = lies_elsewhere(&tempo(), "/tempo/tempo/");
    assert!(found.words.contains("/tempo/tempo") && found.snippets[0].text.contains("\"url\": \"/tempo/tempo\""));
}

#[test]
fn who_may_frame_the_page_is_read_off_its_own_headers() {
    let policy = "default-src 'self'; frame-ancestors 'self' https://grafana.example; x";
    let allowed = framing(Some(policy), Some("DENY"));
    assert!(allowed.verdict == Verdict::Good && allowed.words.contains("https://grafana.example"));
    assert_eq!(framing(Some("frame-ancestors 'none'"), None).verdict, Verdict::Missing);
    assert!(framing(Some("default-src 'self'"), Some("SAMEORIGIN")).words.contains("SAMEORIGIN"));
    assert!(framing(None, None).words.contains("Any page"));
}

#[test]
fn origins_are_compared_and_no_more() {
    let page = Some("https://traces.example");
    assert_eq!(origins(page, page).verdict, Verdict::Good);
    let other = origins(page, Some("https://tempo.example"));
    assert!(other.verdict == Verdict::Unknown && other.words.contains("https://tempo.example"));
}

#[test]
fn no_answer_is_explained_with_every_proxy() {
    let backend = Tempo::from_url("https://tempo.example").backend;
    let request = Probe::Reach.request(&backend, Bounds { start_s: 1, end_s: 2 });
    let known = crate::source::failure::NoStatus {
        page_origin: "https://traces.example".to_owned(),
        probe: crate::source::failure::Probe::Answered,
        is_safari: false,
    };
    let failure = crate::source::failure::no_status(&backend.asked(&request), &known);
    let remedy = failure.remedy;
    let finding = Probe::Reach.judge(&backend, &request, &Came::None(failure));
    let asked = Asked { base: "https://tempo.example".to_owned(), ..backend.asked(&request) };
    let finding = with_proxies(finding, remedy, &asked, Some("https://traces.example"));
    let ways: Vec<&str> = finding.ways.iter().map(|(name, _)| *name).collect();
    assert_eq!(ways, ["nginx", "Caddy", "Traefik", "Grafana proxy", "CORS"]);
    assert_eq!(finding.snippets[0].file, "config.json");
}

#[test]
fn a_busy_server_says_nothing_of_what_it_has() {
    for probe in [Probe::Tags, Probe::Metrics, Probe::Recent, Probe::TraceV2] {
        for (status, file) in [(429, "limits/429-job-queue-full.txt"), (503, "limits/503-timeout.txt")] {
            let finding = judged(probe, &tempo(), status, "text/plain", &fixture(file));
            assert_eq!(finding.verdict, Verdict::Unknown, "{finding:?}");
        }
    }
    let page = judged(Probe::TraceV2, &tempo(), 200, "text/html", b"<!doctype html><title>Sign in</title>");
    assert_eq!(page.verdict, Verdict::Bad);
}
