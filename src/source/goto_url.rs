//! The trace that an address leads to: Spanloom's own, Tempo, Jaeger, Zipkin, Grafana Explore, and any other that holds
//! one id.
//!
//! It reads the address only and asks nothing of it.

use serde_json::Value;

use super::address::{self, Address};
use super::goto::{self, Found, Goto};
use super::percent;
use crate::base::{SpanId, TraceId, id_text};

/// What trace files end in, packed or not.
const FILE_ENDINGS: [&str; 10] =
    [".json", ".jsonl", ".ndjson", ".pb", ".proto", ".protobuf", ".otlp", ".binpb", ".gz", ".zst"];

/// `None` when the text, which has no blanks, is no address at all.
pub(super) fn find(text: &str) -> Option<Goto> {
    let address = Address::of(text);
    if !address.is_http() && !text.starts_with(['/', '?', '.']) && !is_file(&address) {
        return None;
    }
    let query: Vec<(String, String)> = percent::pairs(address.query).chain(fragment_pairs(&address)).collect();
    let span = span_in(&query);
    if let Some(found) = own_link(text, &query, span) {
        return Some(found);
    }
    if let Some(found) = grafana(&query) {
        return Some(found);
    }
    if let Some(trace_id) = trace_in(&query) {
        return Some(goto::one(trace_id, span, "a link"));
    }
    if let Some(found) = in_path(&address, span) {
        return Some(found);
    }
    if is_file(&address) {
        return Some(match address::is_fetchable(text) {
            true => Goto::File { url: text.to_owned(), trace_id: None, span_id: None },
            false => Goto::Nothing { why: format!("A page cannot read from “{}:”.", address.scheme) },
        });
    }
    if address.is_http() { Some(lone_id(text)) } else { None }
}

/// Pages that keep their state after `#` put a query there too.
fn fragment_pairs<'a>(address: &Address<'a>) -> impl Iterator<Item = (String, String)> + use<'a> {
    percent::pairs(address.fragment.split_once('?').map_or("", |(_, query)| query))
}

fn value<'q>(query: &'q [(String, String)], name: &str) -> Option<&'q str> {
    let mut values = query.iter().filter(|(key, value)| key == name && !value.is_empty());
    values.next().map(|(_, value)| value.as_str())
}

/// A trace id as a value of its own: hex, or another spelling that is too long for a word.
fn id(text: &str) -> Option<TraceId> {
    let text = text.trim();
    TraceId::from_hex(text.as_bytes()).or_else(|| id_text::trace_id(text).filter(|_| text.len() >= 22))
}

/// Under the names that viewers give it, `uiFind` being Jaeger's.
fn span_in(query: &[(String, String)]) -> Option<SpanId> {
    let names = ["span", "spanId", "spanID", "span_id", "spanid", "uiFind"];
    names.iter().find_map(|name| span_id(name, value(query, name)?.trim()))
}

/// `uiFind` may also be a word, and some words are hex: `feed`.
fn span_id(name: &str, text: &str) -> Option<SpanId> {
    let is_word = name == "uiFind" && text.len() < 12;
    SpanId::from_hex(text.as_bytes()).filter(|span| !span.is_zero() && !is_word)
}

fn trace_in(query: &[(String, String)]) -> Option<TraceId> {
    let names = ["traceId", "traceID", "trace_id", "traceid", "trace-id", "var-traceId", "var-traceid"];
    names.iter().find_map(|name| id(value(query, name)?))
}

/// `?trace=…&span=…&source=…`, `?file=…`: a link that this viewer made.
fn own_link(text: &str, query: &[(String, String)], span_id: Option<SpanId>) -> Option<Goto> {
    let trace_id = value(query, "trace").and_then(id).filter(|id| !id.is_zero());
    if let Some(file) = value(query, "file") {
        let url = resolve(text, file);
        return Some(match address::is_fetchable(&url) {
            true => Goto::File { url, trace_id, span_id },
            false => Goto::Nothing { why: "The link names a file that a page cannot fetch.".to_owned() },
        });
    }
    let trace = value(query, "trace").and_then(id)?;
    let mut found = goto::one(trace, span_id, "a link");
    if let Goto::Trace(Found { source, .. }) = &mut found {
        *source = value(query, "source").map(str::to_owned);
    }
    Some(found)
}

/// `file` as the page at `page` would fetch it. A relative page leaves it as it is.
fn resolve(page: &str, file: &str) -> String {
    let (file_parts, page_parts) = (Address::of(file), Address::of(page));
    if !file_parts.scheme.is_empty() || !file_parts.authority.is_empty() || !page_parts.is_http() {
        return file.to_owned();
    }
    let (scheme, authority) = (page_parts.scheme, page_parts.authority);
    let folder = page_parts.path.rfind('/').map_or("/", |slash| &page_parts.path[..=slash]);
    match file.starts_with('/') {
        true => format!("{scheme}://{authority}{file}"),
        false => format!("{scheme}://{authority}{folder}{file}"),
    }
}

/// Explore's state: `panes={"a":{"queries":[{"query":"…"}],"panelsState":{"trace":{"spanId":"…"}}}}` since Grafana 10,
/// `left=` (an object, before 8 an array) earlier.
fn grafana(query: &[(String, String)]) -> Option<Goto> {
    let is_state = |value: &&str| value.starts_with(['{', '[']);
    let state = ["panes", "left", "right"].iter().find_map(|name| value(query, name).filter(is_state))?;
    let Ok(state) = serde_json::from_str::<Value>(state) else {
        return Some(Goto::Nothing { why: "The Explore link is cut: its state is not whole.".to_owned() });
    };
    let mut held = Held::default();
    held.walk(&state);
    let mut traces: Vec<Found> = Vec::new();
    for query in &held.queries {
        let found = match goto::find(query) {
            Goto::Trace(found) => vec![found],
            Goto::Several(found) => found,
            Goto::File { .. } | Goto::Nothing { .. } => Vec::new(),
        };
        for found in found {
            if traces.len() < goto::MOST_CANDIDATES && !traces.iter().any(|known| known.trace_id == found.trace_id) {
                traces.push(Found { note: "a Grafana Explore link".to_owned(), ..found });
            }
        }
    }
    Some(match traces.as_mut_slice() {
        [] => Goto::Nothing {
            why: match held.queries.first().filter(|query| !query.trim().is_empty()) {
                Some(query) => format!(
                    "This Explore link holds a search, not a trace: {}",
                    super::failure::shortened(query.trim(), 120)
                ),
                None => "This Explore link holds no trace.".to_owned(),
            },
        },
        [only] => {
            only.span_id = only.span_id.or(held.span_id);
            Goto::Trace(only.clone())
        }
        _ => Goto::Several(traces),
    })
}

/// What Explore's state holds, wherever its version puts it. serde_json bounds the depth to 128.
#[derive(Default)]
struct Held {
    queries: Vec<String>,
    span_id: Option<SpanId>,
}

impl Held {
    fn walk(&mut self, state: &Value) {
        match state {
            Value::Array(items) => items.iter().for_each(|item| self.walk(item)),
            Value::Object(fields) => {
                for (name, field) in fields {
                    match (name.as_str(), field) {
                        ("query", Value::String(query)) if self.queries.len() < 32 => self.queries.push(query.clone()),
                        ("spanId", Value::String(span)) => self.span_id = SpanId::from_hex(span.as_bytes()),
                        _ => self.walk(field),
                    }
                }
            }
            _ => {}
        }
    }
}

/// `…/trace/{id}`, `…/traces/{id}`, also after `#`; Jaeger's comparison `…/trace/{id}...{id}`.
fn in_path(address: &Address, span_id: Option<SpanId>) -> Option<Goto> {
    let fragment = address.fragment.split('?').next().unwrap_or_default();
    let segments: Vec<&str> =
        address.path.split('/').chain(fragment.split('/')).filter(|part| !part.is_empty()).collect();
    let after =
        |names: &[&str]| segments.windows(2).find(|pair| names.contains(&pair[0])).map(|pair| percent::decode(pair[1]));
    let segment = after(&["trace", "traces"])?;
    if let Some((left, right)) = segment.split_once("...") {
        let both = [id(left)?, id(right)?];
        if both.iter().any(|id| id.is_zero()) {
            return None;
        }
        let found = |trace_id| Found { trace_id, span_id: None, source: None, note: "a comparison of two".to_owned() };
        return Some(Goto::Several(both.map(found).to_vec()));
    }
    let note = if address.path.contains("/api/") { "the address of an API" } else { "a link" };
    Some(goto::one(id(&segment)?, span_id, note))
}

/// An address of no known viewer: its one 32-digit word, decoded first since `%22` would stick to it.
fn lone_id(text: &str) -> Goto {
    let decoded = percent::decode(text);
    let mut ids: Vec<Found> = Vec::new();
    for word in decoded.split(|c: char| !c.is_ascii_alphanumeric()).filter(|word| word.len() == 32) {
        if let Some(trace_id) = id(word).filter(|id| !id.is_zero())
            && ids.len() < goto::MOST_CANDIDATES
            && !ids.iter().any(|known| known.trace_id == trace_id)
        {
            ids.push(Found { trace_id, span_id: None, source: None, note: "a link".to_owned() });
        }
    }
    match ids.as_slice() {
        [] => Goto::Nothing {
            why: "No trace id was found in this address, and it does not end like a trace file.".to_owned(),
        },
        [only] => Goto::Trace(only.clone()),
        _ => Goto::Several(ids),
    }
}

/// Compact JSON has no blanks either: a path holds no quotes, braces or equals signs.
fn is_file(address: &Address) -> bool {
    if address.path.contains(['"', '\'', '{', '}', '=', ',']) {
        return false;
    }
    let name = address.path.rsplit('/').next().unwrap_or_default().to_ascii_lowercase();
    FILE_ENDINGS.iter().any(|ending| name.len() > ending.len() && name.ends_with(ending))
}
