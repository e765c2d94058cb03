//! Every way that asking a source can fail, in words: what happened, what the server said, which causes are left, what
//! to do. Nothing is claimed that cannot be known from here.
//!
//! Texts are plain, with code between backticks. Answers with a status are here, a fetch without one in `no_status`; a
//! file that cannot be read is the decoders' to explain.

use super::address;
use super::backend::Kind;
use super::config::Credentials;
pub use super::no_status::{NoStatus, Probe, no_status};
use super::nobody::{self, answers_for_nobody};
use crate::base::TraceId;
use crate::base::format::counted;

/// One failure as the page shows it.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Failure {
    /// "Trace not found", "Tempo answered 503".
    pub title: String,
    /// One or two sentences.
    pub what: String,
    /// The server's own words, without mark-up, at most 500 characters.
    pub server_text: Option<String>,
    /// What may be the cause, each a sentence. One is certain, several are what is left.
    pub causes: Vec<String>,
    /// What to do, each a sentence.
    pub advice: Vec<String>,
    /// Texts to copy.
    pub snippets: Vec<Snippet>,
    /// Whether the same request may succeed in a moment.
    pub retry: bool,
    /// What the server answered; `None` where there was no answer.
    pub status: Option<u16>,
    /// What a proxy could do about it.
    pub remedy: Remedy,
    /// Where the source itself was not reached: why, as a clause ("nothing answers at …").
    pub unreached: Option<String>,
}

/// Whether a proxy helps.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub enum Remedy {
    #[default]
    None,
    /// One that puts the source under the page's own origin.
    OwnOrigin,
    /// The same, or one that lets the page read from another.
    OwnOriginOrCors,
}

/// A piece of a file to copy: which file and where in it, and the text.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Snippet {
    pub file: String,
    pub text: String,
}

/// What was asked, of whom.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Asked {
    pub kind: Kind,
    /// The source's name.
    pub source: String,
    /// Its base address.
    pub base: String,
    /// The same as the browser resolves it against the page; empty where that is not known.
    pub resolved: String,
    /// The address that the page's host passes requests on to, where the configuration says it.
    pub behind: Option<String>,
    /// The address of this request.
    pub url: String,
    pub tenant: Option<String>,
    /// Names of the headers that are configured.
    pub headers: Vec<String>,
    pub credentials: Credentials,
}

impl Asked {
    /// The base as whole as it is known.
    pub(super) fn address(&self) -> &str {
        if self.resolved.is_empty() { &self.base } else { &self.resolved }
    }
}

/// What came back, as far as words need it.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Answered<'a> {
    pub status: u16,
    pub content_type: &'a str,
    /// The start of the body.
    pub body: &'a [u8],
    /// The address that answered, after redirects; empty when not known.
    pub final_url: &'a str,
}

/// How one trace was looked for.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct LookedFor {
    pub trace_id: TraceId,
    /// It was looked for in a time range first, then without one.
    pub bounded: bool,
}

/// At most `most` characters of a text, with an ellipsis if some are missing.
pub fn shortened(text: &str, most: usize) -> String {
    match text.char_indices().nth(most) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text.to_owned(),
    }
}

/// The source answered, and has no such trace.
pub fn not_found(asked: &Asked, looked_for: LookedFor) -> Failure {
    let id = looked_for.trace_id;
    let digits = format!("{:x}", id.0).len();
    let mut advice = Vec::new();
    if digits <= 24 && digits != 16 {
        advice.push(format!(
            "This id has {}. It was looked for with zeros in front, `{id}`. If digits were cut off elsewhere, the \
            whole id is needed.",
            counted(digits as u64, "digit", "digits")
        ));
    } else if digits == 16 {
        advice.push(format!(
            "This is a 64-bit id, looked for as `{id}`. Where 128-bit ids are in use, it is only the lower half of one."
        ));
    }
    advice.push("It may be under 30 s old, still on its way: try again.".to_owned());
    advice.push("It may be older than the retention of the source.".to_owned());
    advice.push(match &asked.tenant {
        Some(tenant) => format!("Only tenant `{tenant}` was searched; it may belong to another."),
        None => "It may not have been sampled, or may be in another source or tenant.".to_owned(),
    });
    let searched = if looked_for.bounded { " Neither in the time range of the link nor outside it." } else { "" };
    Failure {
        title: "Trace not found".to_owned(),
        what: format!("Source {} has no trace `{id}`.{searched}", asked.source),
        advice,
        retry: true,
        ..Failure::default()
    }
}

/// An answer that is no trace, by its status; 2xx is one that holds a web page.
pub fn of_status(asked: &Asked, answered: Answered) -> Failure {
    let server_text = plain_text(answered.body, answered.content_type);
    let said = server_text.clone().unwrap_or_default().to_ascii_lowercase();
    let mut failure = match answered.status {
        _ if answers_for_nobody(&answered) => nobody::nobody(asked, answered.status),
        200..=299 => web_page(asked, answered),
        300..=399 => moved(),
        400 => bad_request(&said),
        401 => unauthorized(asked, &said),
        403 => forbidden(asked),
        404 | 410 => no_api(asked),
        405 => Failure {
            what: "This address takes no GET request.".into(),
            advice: vec![wrong_base(asked)],
            ..Failure::default()
        },
        413 | 422 if said.contains("max size") || answered.status == 413 => too_large(&said),
        429 => too_many(&said),
        504 => too_slow(),
        503 => unavailable(&said),
        500..=599 => server_fault(),
        _ => Failure {
            what: "The request was refused. The server's own words are all there is to know.".into(),
            ..Failure::default()
        },
    };
    if failure.title.is_empty() {
        failure.title = format!("{} answered {}", asked.source, answered.status);
    } else {
        // A title in words still says which answer it is about.
        failure.what = format!("{} answered {}. {}", asked.source, answered.status, failure.what);
    }
    failure.server_text = server_text;
    failure.status = Some(answered.status);
    failure
}

fn web_page(asked: &Asked, answered: Answered) -> Failure {
    let elsewhere =
        address::origin(answered.final_url).filter(|origin| address::origin(&asked.url).as_ref() != Some(origin));
    let mut causes = Vec::new();
    // Only an absolute request can be told from a redirect: a relative one has the page's origin, not known here.
    if let (Some(origin), Some(_)) = (elsewhere, address::origin(&asked.url)) {
        causes.push(format!("The request was redirected to `{origin}`, as a login does."));
    } else {
        causes.push("A login page stands before the source.".to_owned());
        causes.push(format!(
            "The address `{}` is not a Tempo but a web site, or a proxy that sends every path to one.",
            asked.base
        ));
    }
    Failure {
        title: "A web page came instead of a trace".to_owned(),
        what: format!("{} answered {} with HTML.", asked.source, answered.status),
        causes,
        advice: vec![
            "Open the source's address in another tab, log in if it asks, then try again.".to_owned(),
            wrong_base(asked),
        ],
        retry: true,
        ..Failure::default()
    }
}

fn moved() -> Failure {
    Failure {
        what: "The answer is a redirect that the browser did not follow.".into(),
        advice: vec!["Set the address it leads to as the source's `url`.".into()],
        ..Failure::default()
    }
}

fn bad_request(said: &str) -> Failure {
    let advice = if said.contains("tenant") {
        vec!["Correct `tenant` of this source in config.json.".into()]
    } else if said.contains("trace id") {
        vec!["Check the trace id: up to 32 hex digits.".into()]
    } else if said.contains("start") || said.contains("end") {
        vec!["Check `from` and `to` of the link.".into()]
    } else {
        Vec::new()
    };
    Failure { what: "The request was not accepted.".into(), advice, ..Failure::default() }
}

fn unauthorized(asked: &Asked, said: &str) -> Failure {
    if said.contains("no org id") {
        return Failure {
            what: "This Tempo has several tenants, and the request named none.".into(),
            advice: vec![
                "Set the tenant of this source in config.json, or have the proxy add the header `X-Scope-OrgID`."
                    .into(),
                "Several tenants are asked at once as `one|two`.".into(),
            ],
            snippets: vec![config_snippet(&asked.source, &asked.base, Some("your-tenant"))],
            ..Failure::default()
        };
    }
    Failure {
        what: "The source, or a proxy before it, wants to know who asks.".into(),
        causes: vec![
            "You are not logged in, or the login has expired.".into(),
            "A token in the configured headers is missing or no longer valid.".into(),
        ],
        advice: vec![
            "Open the source's address in another tab, log in, then try again.".into(),
            "On another origin the browser sends cookies only with `\"credentials\": \"include\"` in config.json."
                .into(),
        ],
        retry: true,
        ..Failure::default()
    }
}

fn forbidden(asked: &Asked) -> Failure {
    let tenant = match &asked.tenant {
        Some(tenant) => format!("Tenant `{tenant}` may not be open to you."),
        None => "The tenant that the proxy chooses may not be open to you.".to_owned(),
    };
    Failure {
        what: "The source, or a proxy before it, knows who asks and refuses.".into(),
        causes: vec!["Your account may not read traces here.".into(), tenant],
        advice: vec!["Ask whoever runs the source for access.".into()],
        ..Failure::default()
    }
}

fn no_api(asked: &Asked) -> Failure {
    if asked.kind == Kind::Prometheus {
        return Failure {
            title: "No Prometheus at this address".into(),
            what: format!("Something answers at `{}`, but it does not know `/api/v1`.", asked.base),
            advice: vec![wrong_base(asked)],
            ..Failure::default()
        };
    }
    Failure {
        title: "No Tempo at this address".into(),
        what: format!(
            "Something answers at `{}`, but it knows neither `/api/v2/traces` nor `/api/traces`.",
            asked.base
        ),
        advice: vec![
            wrong_base(asked),
            "Behind a proxy, see that it strips its own prefix: `proxy_pass` needs the slash at its end.".into(),
        ],
        ..Failure::default()
    }
}

fn wrong_base(asked: &Asked) -> String {
    match asked.kind {
        Kind::Tempo => {
            format!(
                "Check the source's `url`, now `{}`: the address under which `/api/echo` answers “echo”.",
                asked.base
            )
        }
        Kind::Prometheus => {
            format!(
                "Check the source's `prometheus`, now `{}`: the address under which `/api/v1/query` answers.",
                asked.base
            )
        }
    }
}

fn too_large(said: &str) -> Failure {
    let limit = said.split("max bytes:").nth(1).map(|rest| rest.trim_start());
    let limit = limit.and_then(|rest| rest.split(|c: char| !c.is_ascii_digit()).next()?.parse::<u64>().ok());
    let raised = limit.unwrap_or(5_000_000).max(5_000_000).saturating_mul(10);
    let what = match limit {
        Some(limit) => {
            format!("The trace is larger than this source sends: {} is its limit.", crate::base::format::bytes(limit))
        }
        None => "The trace is larger than this source, or a proxy before it, sends.".to_owned(),
    };
    Failure {
        title: "The trace is too large to be sent".into(),
        what,
        advice: vec![
            "Raise `max_bytes_per_trace` in Tempo's overrides. The same limit drops spans when they come in, so \
            spans of old traces may be lost already."
                .into(),
            "A Tempo with `/api/v2/traces` sends what fits and says that it is partial.".into(),
        ],
        snippets: vec![Snippet {
            file: "tempo.yaml".into(),
            text: format!("overrides:\n  defaults:\n    global:\n      max_bytes_per_trace: {raised}"),
        }],
        ..Failure::default()
    }
}

fn too_many(said: &str) -> Failure {
    let what = match said.contains("queue full") {
        true => "Tempo has more requests waiting than it takes.",
        false => "Too many requests reached it in a short time.",
    };
    Failure {
        what: what.into(),
        advice: vec!["Wait a little, then try again.".into()],
        retry: true,
        ..Failure::default()
    }
}

fn too_slow() -> Failure {
    Failure {
        what: "The source did not finish in the time that it gives a request.".into(),
        advice: vec!["Try again in a moment, or choose a shorter range.".into()],
        retry: true,
        ..Failure::default()
    }
}

fn unavailable(said: &str) -> Failure {
    let what = match said.contains("timeout") {
        true => "Tempo did not finish in the time that it gives a request.",
        false => "The source is not ready: starting, stopping or overloaded.",
    };
    let mut advice = vec!["Try again in a moment.".to_owned()];
    if said.contains("timeout") {
        advice.push("A link with `from` and `to` around the trace makes Tempo look through fewer blocks.".to_owned());
    }
    Failure { what: what.into(), advice, retry: true, ..Failure::default() }
}

fn server_fault() -> Failure {
    Failure {
        what: "Something broke on the server's side. Its log knows more.".into(),
        advice: vec!["Try again; if it stays, show the server's words to whoever runs it.".into()],
        retry: true,
        ..Failure::default()
    }
}

/// The line of config.json that describes a source.
pub(super) fn config_snippet(name: &str, url: &str, tenant: Option<&str>) -> Snippet {
    let quoted = |text: &str| serde_json::Value::from(text).to_string();
    let tenant = tenant.map(|tenant| format!(", \"tenant\": {}", quoted(tenant))).unwrap_or_default();
    Snippet {
        file: "config.json".to_owned(),
        text: format!(
            "{{ \"sources\": [{{ \"name\": {}, \"type\": \"tempo\", \"url\": {}{tenant} }}] }}",
            quoted(name),
            quoted(url)
        ),
    }
}

/// Whether a body is a web page: by its first characters, since servers name the type wrongly.
pub fn is_html(body: &[u8], content_type: &str) -> bool {
    let start: String =
        String::from_utf8_lossy(&body[..body.len().min(256)]).trim_start_matches('\u{feff}').to_ascii_lowercase();
    let start = start.trim_start();
    start.starts_with("<!doctype html")
        || start.starts_with("<html")
        || start.starts_with("<head")
        || (content_type.starts_with("text/html") && start.starts_with('<'))
}

/// The words in a body: a page's title, the message of a JSON error, or the text itself; `None` when there are none or
/// it is not text.
fn plain_text(body: &[u8], content_type: &str) -> Option<String> {
    const MOST: usize = 500;
    let text = String::from_utf8_lossy(&body[..body.len().min(16 * 1024)]);
    let words = if is_html(body, content_type) {
        between(&text, "<title", "</title").unwrap_or_default().to_owned()
    } else if text.starts_with('{') {
        let value: serde_json::Value = serde_json::from_str(&text).unwrap_or_default();
        let message = ["message", "error", "detail"].iter().find_map(|name| value.get(name)?.as_str());
        message.unwrap_or(&text).to_owned()
    } else {
        text.into_owned()
    };
    let binary = words.chars().take(MOST).any(|c| c == '\u{fffd}' || (c.is_control() && !c.is_whitespace()));
    let words = words.split_whitespace().collect::<Vec<_>>().join(" ");
    (!words.is_empty() && !binary).then(|| shortened(&words, MOST))
}

/// What an element holds, its tag in either case.
fn between<'t>(text: &'t str, tag: &str, end: &str) -> Option<&'t str> {
    let lower = text.to_ascii_lowercase();
    let start = lower.find(tag)?;
    let start = start + lower[start..].find('>')? + 1;
    text.get(start..start + lower[start..].find(end)?)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn asked() -> Asked {
        Asked {
            kind: Kind::Tempo,
            source: "prod".into(),
            base: "/tempo".into(),
            url: "/tempo/api/v2/traces/1".into(),
            ..Asked::default()
        }
    }

    fn failure(status: u16, content_type: &str, body: &str) -> Failure {
        of_status(&asked(), Answered { status, content_type, body: body.as_bytes(), final_url: "" })
    }

    #[test]
    fn every_status_names_itself_and_keeps_the_servers_words() {
        // 404, 410, 413 have titles in words, and what only proxies send has one that names what is behind them.
        let titled = [404, 410, 413, 502, 504, 521, 522, 523];
        for status in (300..600).filter(|status| !titled.contains(status)) {
            let failure = failure(status, "text/plain", "its own words\n");
            assert_eq!(failure.title, format!("prod answered {status}"));
            assert_eq!(failure.server_text.as_deref(), Some("its own words"));
            assert!(failure.what.ends_with('.'), "{status}");
        }
    }

    #[test]
    fn a_short_id_is_answered_with_the_padded_one() {
        let looked_for = LookedFor { trace_id: TraceId(0x5fba3d7a1c0e), bounded: false };
        let failure = not_found(&asked(), looked_for);
        assert!(failure.what.starts_with("Source prod has no trace"));
        assert!(
            failure.advice[0].contains("12 digits") && failure.advice[0].contains("`000000000000000000005fba3d7a1c0e`")
        );
        assert!(failure.retry && failure.advice.iter().any(|advice| advice.contains("30 s")));
    }

    #[test]
    fn a_full_id_is_not_called_short_and_bounds_and_tenant_are_told() {
        let tenant = Asked { tenant: Some("shipping".into()), ..asked() };
        let failure = not_found(&tenant, LookedFor { trace_id: TraceId(u128::MAX >> 4), bounded: true });
        assert!(!failure.advice.iter().any(|advice| advice.contains("digit")));
        assert!(failure.advice.iter().any(|advice| advice.contains("`shipping`")));
        assert!(failure.what.contains("nor outside it"));
    }

    #[test]
    fn no_org_id_leads_to_the_tenant() {
        let failure = failure(401, "text/plain", "no org id\n");
        assert!(failure.what.contains("tenants") && failure.causes.is_empty());
        assert!(failure.snippets[0].text.contains(r#""tenant": "your-tenant""#));
    }

    #[test]
    fn other_401s_speak_of_the_login_and_not_of_tenants() {
        let failure = failure(401, "text/html", "<html><head><TITLE>401 Authorization\nRequired</TITLE></head></html>");
        assert_eq!(failure.server_text.as_deref(), Some("401 Authorization Required"));
        assert!(failure.retry && !failure.what.contains("tenant"));
    }

    #[test]
    fn too_large_traces_name_the_limit_and_the_setting() {
        let failure = failure(422, "text/plain", "trace exceeds max size (max bytes: 20000)\n");
        assert_eq!(failure.title, "The trace is too large to be sent");
        assert!(failure.what.contains("20.0 kB"));
        assert!(failure.snippets[0].text.ends_with("max_bytes_per_trace: 50000000"));
        assert_eq!(super::too_large("max bytes: 18446744073709551615").snippets.len(), 1);
    }

    #[test]
    fn a_422_of_another_kind_is_not_called_too_large() {
        assert_eq!(failure(422, "text/plain", "no").title, "prod answered 422");
    }

    #[test]
    fn a_login_page_is_told_by_its_html_and_by_where_it_came_from() {
        let page = b"\xef\xbb\xbf\n<!DOCTYPE html><title>Sign in</title>";
        let here = failure(200, "application/protobuf", std::str::from_utf8(page).unwrap());
        assert_eq!(
            (here.title.as_str(), here.server_text.as_deref()),
            ("A web page came instead of a trace", Some("Sign in"))
        );
        assert_eq!(here.causes.len(), 2);
        let asked = Asked { url: "https://tempo.example/api/x".into(), ..asked() };
        let answered =
            Answered { status: 200, content_type: "text/html", body: page, final_url: "https://login.example/?next" };
        assert_eq!(
            of_status(&asked, answered).causes,
            ["The request was redirected to `https://login.example`, as a login does."]
        );
    }

    #[test]
    fn timeouts_and_full_queues_may_be_tried_again() {
        let timeout = failure(503, "text/plain", "unable to process request in the configured timeout");
        assert!(timeout.retry && timeout.what.contains("time"));
        let full = failure(429, "text/plain", "job queue full");
        assert!(full.retry && full.what.contains("waiting"));
    }

    #[test]
    fn json_errors_give_their_message_and_binary_ones_nothing() {
        assert_eq!(
            failure(500, "application/json", r#"{"message":"boom","x":1}"#).server_text.as_deref(),
            Some("boom")
        );
        assert_eq!(
            of_status(&asked(), Answered { status: 500, body: &[0, 159, 1, 2], ..Answered::default() }).server_text,
            None
        );
        assert_eq!(failure(500, "", " \n").server_text, None);
        let long = failure(500, "text/plain", &"é".repeat(9_000)).server_text.unwrap();
        assert_eq!(long.chars().count(), 501);
    }
}
