//! The set-up doctor: what is asked of a source to see what of it works, and what each answer means, with the exact thing to change. Pure.
//!
//! It claims no more than an answer shows. What has no status (CORS, mixed content, a policy, nothing there) is explained by [`super::no_status`];
//! a feature counts as there only where an answer could not have come without it.

use super::backend::{Backend, Kind, Request};
use super::failure::{Answered, Asked, Failure, Remedy, Snippet, config_snippet, is_html, of_status};
use super::tempo::Bounds;
use super::{prometheus, proxies};
use crate::model::Remarks;
use crate::query::metrics::{Population, rate};

/// How a check came out.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Verdict {
    Good,
    /// Works without it, with less.
    Missing,
    Bad,
    /// Not asked, or the answer does not tell.
    Unknown,
}

/// One line of the doctor's.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Finding {
    pub name: &'static str,
    pub verdict: Verdict,
    /// A sentence or two.
    pub words: String,
    /// The server's own words.
    pub server_text: Option<String>,
    pub causes: Vec<String>,
    pub advice: Vec<String>,
    pub snippets: Vec<Snippet>,
    /// Ways to do the same, of which one is enough, each with its short name.
    pub ways: Vec<(&'static str, Snippet)>,
}

/// What is asked. [`Probe::Reach`] comes first, of each kind; what follows it only where it went well.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Probe {
    Reach,
    Version,
    /// Also whether the tenant and the login are right.
    Search,
    Recent,
    Tags,
    Metrics,
    TraceV2,
    Pruning,
    SpanMetrics,
    Exemplars,
}

/// Asked of a Tempo after it was reached.
pub const OF_TEMPO: [Probe; 7] =
    [Probe::Version, Probe::Search, Probe::Tags, Probe::Metrics, Probe::TraceV2, Probe::Pruning, Probe::Recent];
/// Asked of a Prometheus after it was reached.
pub const OF_PROMETHEUS: [Probe; 2] = [Probe::SpanMetrics, Probe::Exemplars];
/// Where an answer shows neither.
const UNTOLD: &str = "The answer does not tell; try again.";
/// A trace id that no tracer gives.
const NO_TRACE: &str = "00000000000000000000000000000001";

/// What came back of a probe.
#[derive(Clone, Debug)]
pub enum Came<'a> {
    Answer(Answered<'a>),
    /// No status: what that can have been.
    None(Failure),
}

impl Probe {
    fn name(self, kind: Kind) -> &'static str {
        match (self, kind) {
            (Probe::Reach, Kind::Tempo) => "Tempo answers",
            (Probe::Reach, Kind::Prometheus) => "Prometheus answers",
            (Probe::Version, _) => "Version",
            (Probe::Search, _) => "Search, tenant, login",
            (Probe::Recent, _) => "Newest first",
            (Probe::Tags, _) => "Attribute names (tags v2)",
            (Probe::Metrics, _) => "TraceQL metrics",
            (Probe::TraceV2, _) => "Traces by id (v2)",
            (Probe::Pruning, _) => "A part of a trace",
            (Probe::SpanMetrics, _) => "Span metrics and service graph",
            (Probe::Exemplars, _) => "Exemplars",
        }
    }

    /// The request; a range where it wants one.
    pub fn request(self, backend: &Backend, bounds: Bounds) -> Request {
        use super::percent::encode_query_value as encoded;
        let Bounds { start_s, end_s } = bounds;
        let json = "application/json";
        let get = |path: String| backend.request(&path, json);
        match self {
            Probe::Reach => backend.request(backend.kind.probe_path(), "*/*"),
            Probe::Version => get("api/status/buildinfo".to_owned()),
            Probe::Search => get(format!("api/search?q={}&start={start_s}&end={end_s}&limit=1", encoded("{ }"))),
            Probe::Recent => get(format!(
                "api/search?q={}&start={start_s}&end={end_s}&limit=1",
                encoded("{ } with (most_recent=true)")
            )),
            Probe::Tags => get(format!("api/v2/search/tags?scope=resource&start={start_s}&end={end_s}")),
            Probe::Metrics => {
                let query = rate(Population::All, "", &[]);
                get(format!("api/metrics/query?q={}&start={start_s}&end={end_s}", encoded(&query)))
            }
            Probe::TraceV2 => backend.request(&format!("api/v2/traces/{NO_TRACE}"), "application/protobuf"),
            // One that does not read `q` answers as if it were not there; one that does refuses this.
            Probe::Pruning => get(format!("api/v2/traces/{NO_TRACE}?q={}", encoded("{"))),
            Probe::SpanMetrics => {
                get(format!("api/v1/label/__name__/values?match[]={}", encoded("{__name__=~\"traces_.*\"}")))
            }
            Probe::Exemplars => get(format!(
                "api/v1/query_exemplars?query=traces_spanmetrics_latency_bucket&start={start_s}&end={end_s}"
            )),
        }
    }

    /// What it means.
    pub fn judge(self, backend: &Backend, request: &Request, came: &Came) -> Finding {
        let name = self.name(backend.kind);
        let (answered, failure) = match came {
            Came::None(failure) => return of_failure(name, Verdict::Bad, failure.clone()),
            Came::Answer(answered) => (answered, of_status(&backend.asked(request), *answered)),
        };
        let is_page = is_html(answered.body, answered.content_type);
        let is_fine = answered.status == 200 && !is_page;
        // Only these say that there is no such thing; a busy or broken server says nothing of it.
        let is_refusal = matches!(answered.status, 400 | 404 | 405 | 501) || is_fine;
        let said = String::from_utf8_lossy(answered.body);
        match self {
            Probe::Reach if is_fine && is_it(backend.kind, &said) => {
                good(name, format!("`{}` answers as a {} does.", backend.probe_url(), backend.kind.name()))
            }
            Probe::Reach => of_failure(name, Verdict::Bad, reached_something_else(backend, is_fine, failure)),
            Probe::Version => match version(answered.body).filter(|_| is_fine) {
                Some(version) => good(name, format!("{version}.")),
                None => unknown(name, "It does not tell; what it can do is asked of it instead."),
            },
            Probe::Search if is_fine => good(name, search_words(backend)),
            Probe::Search => of_failure(name, Verdict::Bad, failure),
            Probe::Recent if is_fine => good(name, "It does not refuse `most_recent=true`: “latest” is one search. Whether it heeds the hint does not show in an answer."),
            Probe::Recent if !is_refusal => unknown(name, UNTOLD).saying(failure.server_text),
            Probe::Recent => missing(name, "It takes no `most_recent=true`: “latest” narrows the range instead.", Vec::new()),
            Probe::Tags if is_fine && said.contains("\"scopes\"") => good(name, "The editor completes attributes and values."),
            Probe::Tags if !is_refusal => unknown(name, UNTOLD).saying(failure.server_text),
            Probe::Tags => missing(name, "Without it the editor completes keywords alone.", vec!["Tempo has it from 2.4 on.".to_owned()])
                .saying(failure.server_text),
            Probe::Metrics if is_fine => good(name, "Services, charts and comparisons are computed by this Tempo."),
            Probe::Metrics if !is_refusal => unknown(name, UNTOLD).saying(failure.server_text),
            Probe::Metrics => no_metrics(name, failure.server_text),
            Probe::TraceV2 if is_page => of_failure(name, Verdict::Bad, failure),
            Probe::TraceV2 => trace_v2(name, answered, failure.server_text),
            Probe::Pruning if answered.status == 400 => good(name, "It reads `q` of a trace request."),
            Probe::Pruning => unknown(name, "It sends traces whole; nothing here needs less."),
            Probe::SpanMetrics => span_metrics(name, is_fine, answered.body, failure),
            Probe::Exemplars if is_fine => match prometheus::read_exemplars(answered.body, &mut Remarks::default()).map(|found| found.len()) {
                Ok(0) => missing(
                    name,
                    "None in the last hour.",
                    vec!["Prometheus keeps them with `--enable-feature=exemplar-storage`; Tempo sends them with `send_exemplars: true` in `remote_write`.".to_owned()],
                ),
                Ok(_) => good(name, "Points of the charts lead to traces."),
                Err(words) => unknown(name, &words),
            },
            Probe::Exemplars if !is_refusal => unknown(name, UNTOLD).saying(failure.server_text),
            Probe::Exemplars => missing(
                name,
                "They cannot be asked for.",
                vec!["Prometheus keeps them with `--enable-feature=exemplar-storage`.".to_owned()],
            )
            .saying(failure.server_text),
        }
    }

    /// Not asked, since the source was not reached.
    pub fn unasked(self, kind: Kind) -> Finding {
        unknown(self.name(kind), "Not asked: the first check failed.")
    }
}

/// Other bases under which a source may lie that was configured wrongly: `/tempo/tempo`, or a level up.
pub fn other_bases(backend: &Backend) -> Vec<String> {
    let base = backend.base.trim_end_matches('/');
    let mut bases =
        vec![format!("{}{}/", backend.base, if backend.kind == Kind::Tempo { "tempo" } else { "prometheus" })];
    let path = super::address::Address::of(&backend.base).path.trim_end_matches('/');
    if let Some((above, _)) = base.rsplit_once('/').filter(|_| !path.is_empty()) {
        bases.push(format!("{above}/"));
    }
    bases
}

/// What to say where one of them answers.
pub fn lies_elsewhere(backend: &Backend, base: &str) -> Finding {
    let name = Probe::Reach.name(backend.kind);
    let found = base.trim_end_matches('/');
    let snippet = match backend.kind {
        Kind::Tempo => config_snippet(&backend.name, found, backend.tenant.as_deref()),
        Kind::Prometheus => {
            Snippet { file: "config.json, in the source".to_owned(), text: format!("\"prometheus\": \"{found}\"") }
        }
    };
    Finding {
        advice: vec![
            format!("Set the address to `{found}`."),
            "Or correct the proxy: it adds or keeps a path that the server does not have. In nginx `proxy_pass` with a slash at its end takes the location's own path off.".to_owned(),
        ],
        snippets: vec![snippet],
        ..bad(name, format!("Not at `{}`, but under `{found}` a {} answers.", backend.base, backend.kind.name()))
    }
}

/// Whether a body is that of the probe.
pub fn is_it(kind: Kind, said: &str) -> bool {
    match kind {
        Kind::Tempo => said.trim() == "echo",
        Kind::Prometheus => said.contains("\"version\"") && said.contains("\"success\""),
    }
}

/// How a page and a source stand to each other, before anything is asked. `page` and `target` are origins.
pub fn origins(page: Option<&str>, target: Option<&str>) -> Finding {
    let name = "Origin";
    match (page, target) {
        (Some(page), Some(target)) if page == target => {
            good(name, format!("The page and the source are both on `{page}`: no leave of another origin is needed."))
        }
        (_, Some(target)) => Finding {
            words: format!(
                "The source is on `{target}`, another origin than this page: the browser reads its answers only where a proxy before it allows that. A Tempo alone does not."
            ),
            ..unknown(name, "")
        },
        _ => unknown(name, "The address cannot be read."),
    }
}

/// Who may show the page in a frame, by the two headers it came with.
pub fn framing(policy: Option<&str>, options: Option<&str>) -> Finding {
    let name = "Frames of other pages";
    let directives = policy.unwrap_or_default().split([';', ',']).map(str::trim);
    let ancestors = directives.filter_map(|directive| directive.strip_prefix("frame-ancestors")).next().map(str::trim);
    let advice = "A dashboard shows this page in a frame only if its origin is named.".to_owned();
    let snippet = Snippet {
        file: "Content-Security-Policy of this page".to_owned(),
        text: "frame-ancestors 'self' https://grafana.example;".to_owned(),
    };
    // Where both are sent browsers go by the policy (CSP 3, 7.7.1).
    match (ancestors, options.map(str::trim).filter(|options| !options.is_empty())) {
        (Some("'none'"), _) => Finding {
            snippets: vec![snippet],
            ..missing(name, "No page may show this one in a frame: `frame-ancestors 'none'`.", vec![advice])
        },
        (Some(hosts), _) => {
            good(name, format!("Allowed for `{hosts}`, by `frame-ancestors`. Others show the browser's own refusal."))
        }
        (None, Some(options)) => Finding {
            snippets: vec![snippet],
            ..missing(name, &format!("Refused to other origins: `X-Frame-Options: {options}`."), vec![advice])
        },
        (None, None) => missing(
            name,
            "Any page may show this one in a frame: neither `frame-ancestors` nor `X-Frame-Options` is sent.",
            vec!["That works with every dashboard, and with every stranger's page too.".to_owned()],
        ),
    }
}

fn finding(name: &'static str, verdict: Verdict, words: String) -> Finding {
    Finding {
        name,
        verdict,
        words,
        server_text: None,
        causes: Vec::new(),
        advice: Vec::new(),
        snippets: Vec::new(),
        ways: Vec::new(),
    }
}

fn good(name: &'static str, words: impl Into<String>) -> Finding {
    finding(name, Verdict::Good, words.into())
}

fn bad(name: &'static str, words: String) -> Finding {
    finding(name, Verdict::Bad, words)
}

fn unknown(name: &'static str, words: &str) -> Finding {
    finding(name, Verdict::Unknown, words.to_owned())
}

fn missing(name: &'static str, words: &str, advice: Vec<String>) -> Finding {
    Finding { advice, ..finding(name, Verdict::Missing, words.to_owned()) }
}

impl Finding {
    fn saying(self, server_text: Option<String>) -> Finding {
        Finding { server_text, ..self }
    }
}

fn of_failure(name: &'static str, verdict: Verdict, failure: Failure) -> Finding {
    let Failure { title, what, server_text, causes, advice, snippets, .. } = failure;
    Finding { server_text, causes, advice, snippets, ..finding(name, verdict, format!("{title}. {what}")) }
}

/// Something answers, and is not what it should be.
fn reached_something_else(backend: &Backend, is_fine: bool, failure: Failure) -> Failure {
    if !is_fine {
        return failure;
    }
    Failure {
        title: format!("Something else than a {}", backend.kind.name()),
        what: format!("`{}` answers 200, but not as a {} does.", backend.probe_url(), backend.kind.name()),
        advice: vec!["See what lies at this address, and where the proxy sends it.".to_owned()],
        ..Failure::default()
    }
}

fn version(body: &[u8]) -> Option<String> {
    let value: serde_json::Value = serde_json::from_slice(body).ok()?;
    let version = value.get("version")?.as_str().filter(|version| !version.is_empty())?;
    let revision = value.get("revision").and_then(|revision| revision.as_str()).unwrap_or_default();
    Some(if revision.is_empty() { format!("Tempo {version}") } else { format!("Tempo {version}, revision {revision}") })
}

fn search_words(backend: &Backend) -> String {
    match &backend.tenant {
        Some(tenant) => format!("It searches, as tenant `{tenant}`."),
        None => "It searches. No tenant is needed, or a proxy names one.".to_owned(),
    }
}

fn no_metrics(name: &'static str, server_text: Option<String>) -> Finding {
    let advice = vec![
        "Tempo 3 computes them without any setting. In Tempo 2 the metrics-generator needs the `local-blocks` processor.".to_owned(),
        "A Prometheus with span metrics, named as `prometheus` of the source, gives rates, errors and durations too.".to_owned(),
    ];
    let snippets = vec![Snippet {
        file: "tempo.yaml, Tempo 2".to_owned(),
        text: "metrics_generator:\n  processor:\n    local_blocks: { filter_server_spans: false, flush_to_storage: true }\n  traces_storage: { path: /var/tempo/generator/traces }\noverrides:\n  defaults:\n    metrics_generator: { processors: [service-graphs, span-metrics, local-blocks] }".to_owned(),
    }];
    Finding {
        snippets,
        ..missing(name, "Without them there are no services, charts and comparisons; searching works.", advice)
            .saying(server_text)
    }
}

/// v2 answers a missing trace with 200; a server without v2 says that there is no such path.
fn trace_v2(name: &'static str, answered: &Answered, server_text: Option<String>) -> Finding {
    let is_protobuf = answered.content_type.contains("protobuf");
    match answered.status {
        200 if is_protobuf || answered.body.is_empty() => good(name, "Traces come as protobuf, the quickest way."),
        200 => good(name, "Traces come, as JSON: protobuf was asked for and is not sent."),
        404 | 405 | 501 => {
            missing(name, "Only v1: what is cut by a limit is refused there, not told as partial.", Vec::new())
        }
        _ => unknown(name, UNTOLD).saying(server_text),
    }
}

fn span_metrics(name: &'static str, is_fine: bool, body: &[u8], failure: Failure) -> Finding {
    if !is_fine {
        return of_failure(name, Verdict::Bad, failure);
    }
    let names = match prometheus::read_names(body) {
        Ok(names) => names,
        Err(words) => return unknown(name, &words),
    };
    let has = |wanted: &str| names.iter().any(|name| name == wanted);
    let (spans, graph) = (has("traces_spanmetrics_calls_total"), has("traces_service_graph_request_total"));
    let lacks = match (spans, graph) {
        (true, true) => return good(name, "Both are there: charts over any range, and the map of all calls."),
        (true, false) => "The service graph is missing: maps are made of samples.",
        (false, true) => "Span metrics are missing; the service graph is there.",
        (false, false) => "Neither is there.",
    };
    Finding {
        snippets: vec![Snippet {
            file: "tempo.yaml".to_owned(),
            text: "metrics_generator:\n  storage:\n    path: /var/tempo/generator/wal\n    remote_write: [{ url: http://prometheus:9090/api/v1/write, send_exemplars: true }]\noverrides:\n  defaults:\n    metrics_generator: { processors: [service-graphs, span-metrics] }".to_owned(),
        }],
        ..missing(name, lacks, vec!["Tempo's metrics-generator writes them, to a Prometheus that runs with `--web.enable-remote-write-receiver`.".to_owned()])
    }
}

/// Adds every way to do what helps, in place of the first of them.
pub fn with_proxies(finding: Finding, remedy: Remedy, asked: &Asked, page: Option<&str>) -> Finding {
    match remedy {
        Remedy::None => finding,
        Remedy::OwnOrigin | Remedy::OwnOriginOrCors => Finding {
            ways: proxies::all(asked, page, remedy == Remedy::OwnOriginOrCors),
            snippets: proxies::own_config(asked).into_iter().collect(),
            ..finding
        },
    }
}

#[cfg(test)]
#[path = "doctor_tests.rs"]
mod tests;
