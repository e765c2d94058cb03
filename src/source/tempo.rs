//! Asking a Tempo for one trace: which requests, in which order, and what each answer means. Pure; sending is
//! `fetch`'s.
//!
//! ```text
//!  v2 protobuf, start/end ──empty──▶ v2 without bounds ──empty──▶ not found
//!     │ no such path                                 │ a trace
//!     ▼                                              ▼
//!  v1 protobuf, start/end ──404──▶ v1 without bounds ──404──▶ not found
//! ```
//! Answers as observed on Tempo 3.1: v2 answers a missing trace with 200 and an empty trace, v1 with 404 and an empty
//! body; an unknown path, such as v2's on an older Tempo, is 404 `404 page not found`. JSON in answer to an ask for
//! protobuf is fine: the decoder goes by content.

use serde_json::Value;

pub use super::backend::Request;
use super::backend::{Backend, Kind, base_of};
use super::config::{Credentials, Source};
use super::failure::{self, Answered, Failure, LookedFor};
use crate::base::TraceId;

/// Bytes of a body that [`Lookup::next`] needs at most: all of an error's words, all of an empty answer.
pub const HEAD_LEN: usize = 64 * 1024;

/// The paths of the API itself, which people copy along with a base address. One `/api` is taken off; a Tempo that really lies under `…/api` is written
/// `…/api/api`.
const TAILS: [&str; 6] = ["api/v2/traces", "api/traces", "api/v2", "api/search", "api/echo", "api"];

/// A Tempo to ask.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Tempo {
    pub backend: Backend,
}

impl Tempo {
    pub fn from_source(source: &Source) -> Self {
        let backend = Backend {
            kind: Kind::Tempo,
            name: source.name.clone(),
            base: base_of(&source.url, &TAILS),
            tenant: source.tenant.clone(),
            headers: source.headers.clone(),
            credentials: source.credentials,
            behind: source.behind.clone(),
            resolved: String::new(),
        };
        Tempo { backend }
    }

    /// A Tempo that a link names. It gets no configured header and no cookie beyond those of the page's own origin, so
    /// that Grafana's data source proxy works and nothing leaks.
    pub fn from_url(url: &str) -> Self {
        let base = base_of(url, &TAILS);
        let host = super::address::Address::of(&base).host();
        let name = if host.is_empty() { base.trim_end_matches('/') } else { host }.to_owned();
        let credentials = Credentials::SameOrigin;
        Tempo { backend: Backend { kind: Kind::Tempo, name, base, credentials, ..Backend::default() } }
    }

    /// With its base as the browser resolves it.
    pub fn resolved_by(self, resolved: &dyn Fn(&str) -> String) -> Self {
        Tempo { backend: self.backend.resolved_by(resolved) }
    }

    pub fn name(&self) -> &str {
        &self.backend.name
    }

    pub fn request(&self, path: &str, accept: &str) -> Request {
        self.backend.request(path, accept)
    }
}

/// A time range in unix seconds, as Tempo's `start` and `end`: it bounds which blocks are looked at.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Bounds {
    pub start_s: u64,
    pub end_s: u64,
}

impl Bounds {
    /// In unix ms.
    pub fn ms(self) -> (i64, i64) {
        let ms = |seconds: u64| i64::try_from(seconds.saturating_mul(1_000)).unwrap_or(i64::MAX);
        (ms(self.start_s), ms(self.end_s))
    }

    pub fn seconds(self) -> u64 {
        self.end_s.saturating_sub(self.start_s)
    }
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Api {
    V2,
    V1,
}

/// What to do next.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Step {
    Ask(Request),
    /// The body is the trace. `outside_bounds`: it was found only when asked for without them.
    Decode {
        outside_bounds: bool,
    },
    NotFound(Failure),
    Fail(Failure),
}

/// What came back.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Answer<'a> {
    pub status: u16,
    pub content_type: &'a str,
    /// Of the whole body, unpacked.
    pub body_len: u64,
    /// Its start, up to [`HEAD_LEN`] bytes.
    pub head: &'a [u8],
    /// The address after redirects; empty when not known.
    pub final_url: &'a str,
}

/// One trace being looked for.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Lookup {
    tempo: Tempo,
    trace_id: TraceId,
    bounds: Option<Bounds>,
    api: Api,
    bounded: bool,
    json: bool,
}

impl Lookup {
    /// Bounds that are no range (end not after start) are left out: Tempo refuses them.
    pub fn new(tempo: Tempo, trace_id: TraceId, bounds: Option<Bounds>) -> Self {
        let bounds = bounds.filter(|bounds| bounds.start_s < bounds.end_s);
        Lookup { tempo, trace_id, bounds, api: Api::V2, bounded: bounds.is_some(), json: false }
    }

    /// What is being asked now; first of all what to ask first.
    pub fn request(&self) -> Request {
        let mut path = match self.api {
            Api::V2 => format!("api/v2/traces/{}", self.trace_id),
            Api::V1 => format!("api/traces/{}", self.trace_id),
        };
        if let Some(Bounds { start_s, end_s }) = self.bounds.filter(|_| self.bounded) {
            path += &format!("?start={start_s}&end={end_s}");
        }
        // Tempo compares the header whole: a list with weights would get JSON.
        self.tempo.request(&path, if self.json { "application/json" } else { "application/protobuf" })
    }

    /// What the answer to [`Lookup::request`] means. At most six requests come of one lookup.
    pub fn next(&mut self, answer: &Answer) -> Step {
        if answer.status == 200 || answer.status == 204 {
            if failure::is_html(answer.head, answer.content_type) {
                return Step::Fail(self.failure(answer));
            }
            if !is_empty(answer) {
                return Step::Decode { outside_bounds: self.bounds.is_some() && !self.bounded };
            }
            return self.not_here();
        }
        if self.api == Api::V2 && lacks_v2(answer) {
            self.api = Api::V1;
            return Step::Ask(self.request());
        }
        if matches!(answer.status, 406 | 415) && !self.json {
            self.json = true;
            return Step::Ask(self.request());
        }
        if answer.status == 404 && says_no_such_trace(answer) {
            return self.not_here();
        }
        Step::Fail(self.failure(answer))
    }

    fn not_here(&mut self) -> Step {
        if self.bounded {
            self.bounded = false;
            return Step::Ask(self.request());
        }
        let looked_for = LookedFor { trace_id: self.trace_id, bounded: self.bounds.is_some() };
        Step::NotFound(failure::not_found(&self.tempo.backend.asked(&self.request()), looked_for))
    }

    fn failure(&self, answer: &Answer) -> Failure {
        let Answer { status, content_type, head, final_url, .. } = *answer;
        failure::of_status(
            &self.tempo.backend.asked(&self.request()),
            Answered { status, content_type, body: head, final_url },
        )
    }
}

/// Whether the answer is that of a server without `/api/v2/traces`. Any 404 counts: v2 itself answers 200 for a
/// missing trace.
fn lacks_v2(answer: &Answer) -> bool {
    let said = String::from_utf8_lossy(&answer.head[..answer.head.len().min(4096)]).to_ascii_lowercase();
    let words = ["page not found", "unknown path", "no route", "not implemented", "unsupported path", "no such path"];
    matches!(answer.status, 404 | 405 | 501) || (answer.status >= 400 && words.iter().any(|words| said.contains(words)))
}

/// A 404 of v1 that speaks of the trace, not of the path: without a body (Tempo 2 and 3), or saying so in text.
fn says_no_such_trace(answer: &Answer) -> bool {
    let said = String::from_utf8_lossy(&answer.head[..answer.head.len().min(4096)]).to_ascii_lowercase();
    said.trim().is_empty()
        || (said.contains("trace") && said.contains("not found") && !failure::is_html(answer.head, answer.content_type))
}

/// Whether a 200 holds no trace: no bytes at all; JSON whose `trace` is `{}`, or a v1 answer without batches; protobuf
/// of v2's wrapper without field 1, or with an empty one.
fn is_empty(answer: &Answer) -> bool {
    if answer.body_len == 0 || answer.status == 204 {
        return true;
    }
    // What is larger holds spans; what is not here in whole is not judged.
    if answer.body_len > answer.head.len() as u64 || answer.head.len() > 4096 {
        return false;
    }
    if answer.head.trim_ascii_start().starts_with(b"{") {
        return match serde_json::from_slice::<Value>(answer.head) {
            // A trace that was too large to send any of: the decoder passes on what Tempo says.
            Ok(Value::Object(fields)) if fields.contains_key("message") => false,
            Ok(Value::Object(fields)) => match fields.get("trace") {
                Some(trace) => holds_nothing(trace),
                None => fields.iter().all(|(name, value)| name == "metrics" || holds_nothing(value)),
            },
            _ => false,
        };
    }
    let first_field_is_empty = answer.head.starts_with(&[TRACE_FIELD, 0]);
    let rest = if first_field_is_empty { &answer.head[2..] } else { answer.head };
    // Field 2 is v2's metrics; a bare TracesData has field 1 only.
    rest.is_empty() || (rest[0] == METRICS_FIELD && is_one_field(rest))
}

/// Tags of length-delimited fields 1 and 2 of v2's wrapper.
const TRACE_FIELD: u8 = 0x0a;
const METRICS_FIELD: u8 = 0x12;

/// Whether the bytes are one length-delimited field shorter than 128 bytes and nothing after it.
fn is_one_field(bytes: &[u8]) -> bool {
    bytes.get(1).is_some_and(|len| *len < 128 && usize::from(*len) + 2 == bytes.len())
}

fn holds_nothing(value: &Value) -> bool {
    match value {
        Value::Null => true,
        Value::Array(items) => items.is_empty(),
        Value::Object(fields) => fields.values().all(holds_nothing),
        _ => false,
    }
}

#[cfg(test)]
#[path = "tempo_tests.rs"]
mod tests;
