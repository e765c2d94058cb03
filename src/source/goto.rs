//! What a person pasted into the go-to box: an id, a `traceparent`, an address, or a whole log line, and the trace it
//! means.
//!
//! Pure and linear in the text. It looks at shapes and names only; whether such a trace exists is for a source to say.
//! Addresses as a whole are taken apart in `goto_url`; a pasted trace (the document itself) is not for here.

use super::goto_url;
use crate::base::{SpanId, TraceId, id_text};

/// What was found.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Goto {
    Trace(Found),
    /// A trace file to fetch, and what to choose in it.
    File {
        url: String,
        trace_id: Option<TraceId>,
        span_id: Option<SpanId>,
    },
    /// More than one id with equal claim, at most [`MOST_CANDIDATES`], in order of appearance.
    Several(Vec<Found>),
    /// A sentence that says why there is nothing to open.
    Nothing {
        why: String,
    },
}

/// One trace that was found, never with a zero id.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Found {
    pub trace_id: TraceId,
    pub span_id: Option<SpanId>,
    /// The source that a Spanloom link names.
    pub source: Option<String>,
    /// How it was read, as a phrase for the reader: "trace_id in the text", "traceparent".
    pub note: String,
}

/// How many candidates are offered. More would not be read.
pub const MOST_CANDIDATES: usize = 8;

const EMPTY: &str = "Paste a trace id, a traceparent, a link to a trace, or a log line that holds an id.";
const ALL_ZERO: &str = "The id is all zeros, which stands for “no trace”: nothing was recorded under it.";

/// Finds the trace that `text` means.
pub fn find(text: &str) -> Goto {
    let text = text.trim().trim_matches(['"', '\'', '`', '<', '>', ',', ';']).trim();
    if text.is_empty() {
        return Goto::Nothing { why: EMPTY.to_owned() };
    }
    if let Some(alone) = alone(text) {
        return alone;
    }
    if !text.contains(char::is_whitespace)
        && let Some(found) = goto_url::find(text)
    {
        return found;
    }
    in_text(text)
}

/// The whole text as one id: up to 32 hex digits, a UUID, or a decimal id as Datadog writes it.
fn alone(text: &str) -> Option<Goto> {
    let hex = text.strip_prefix("0x").or_else(|| text.strip_prefix("0X")).unwrap_or(text);
    if let Some(id) = uuid(text) {
        return Some(one(id, None, "a trace id written as a UUID"));
    }
    if let Some((id, span)) = b3(hex, true) {
        return Some(one(id, span, "b3 header"));
    }
    let Some(id) = TraceId::from_hex(hex.as_bytes()) else { return in_other_spelling(text) };
    let note = match hex.len() {
        32 => "a trace id".to_owned(),
        16 => "a 64-bit trace id".to_owned(),
        digits => format!("a trace id of {digits} digits, zeros put in front"),
    };
    match decimal(hex).filter(|from_decimal| (17..=20).contains(&hex.len()) && !from_decimal.is_zero()) {
        Some(from_decimal) => Some(Goto::Several(vec![
            Found {
                trace_id: from_decimal,
                span_id: None,
                source: None,
                note: "read as a decimal id (Datadog)".into(),
            },
            Found { trace_id: id, span_id: None, source: None, note },
        ])),
        None => Some(one(id, None, &note)),
    }
}

/// Base64 of an id or of its hex text, or a decimal number of more than 64 bits, alone in the box. Shorter words may be base64 by chance.
fn in_other_spelling(text: &str) -> Option<Goto> {
    let is_long = text.len() >= 22 && !text.contains(char::is_whitespace);
    let id = id_text::trace_id(text).filter(|_| is_long)?;
    Some(one(
        id,
        None,
        if text.bytes().all(|byte| byte.is_ascii_digit()) { "a decimal trace id" } else { "a trace id in base64" },
    ))
}

/// One trace, or why not if its id is zero.
pub(super) fn one(trace_id: TraceId, span_id: Option<SpanId>, note: &str) -> Goto {
    if trace_id.is_zero() {
        return Goto::Nothing { why: ALL_ZERO.to_owned() };
    }
    let span_id = span_id.filter(|span| !span.is_zero());
    Goto::Trace(Found { trace_id, span_id, source: None, note: note.to_owned() })
}

/// The ids in running text: what a key names wins over what a name like a key names, and that over a lone 32-digit
/// word.
fn in_text(text: &str) -> Goto {
    let seen = scan(text);
    for claims in [&seen.keyed, &seen.related] {
        if !claims.found.is_empty() {
            return settle(claims, &seen.spans);
        }
    }
    if text.contains("://")
        && let Some(found) = links_in(text)
    {
        return found;
    }
    if !seen.unkeyed.found.is_empty() {
        return settle(&seen.unkeyed, &seen.spans);
    }
    let why = if seen.zero {
        ALL_ZERO.to_owned()
    } else {
        "No trace id was found in this text. It should hold one of 32 hex digits, or one after a name such as trace_id."
            .to_owned()
    };
    Goto::Nothing { why }
}

/// The first trace that an address within the text leads to.
fn links_in(text: &str) -> Option<Goto> {
    let words = text.split(|c: char| c.is_whitespace() || matches!(c, '"' | '\'' | '<' | '>' | '`' | '|'));
    words.filter_map(|word| word.find("http").map(|at| &word[at..])).take(16).find_map(|link| {
        let link = link.trim_end_matches(['.', ',', ')', ']', ';']);
        match goto_url::find(link)? {
            Goto::Nothing { .. } => None,
            found => Some(found),
        }
    })
}

fn settle(claims: &Claims, spans: &[SpanId]) -> Goto {
    let mut found = claims.found.clone();
    // A 64-bit id beside a 128-bit one that ends in it is the same trace, as B3 and Datadog write it.
    let whole: Vec<u128> = found.iter().map(|one| one.trace_id.0).filter(|id| id >> 64 != 0).collect();
    found.retain(|one| one.trace_id.0 >> 64 != 0 || !whole.iter().any(|id| *id as u64 == one.trace_id.0 as u64));
    if let [only] = found.as_mut_slice() {
        if let [span] = spans {
            only.span_id = Some(*span);
        }
        return Goto::Trace(only.clone());
    }
    found.truncate(MOST_CANDIDATES);
    Goto::Several(found)
}

/// Distinct traces of one strength of claim. Stops taking them once they are too many to offer.
#[derive(Default)]
struct Claims {
    found: Vec<Found>,
}

impl Claims {
    fn add(&mut self, trace_id: TraceId, span_id: Option<SpanId>, note: String) {
        if let Some(known) = self.found.iter_mut().find(|one| one.trace_id == trace_id) {
            known.span_id = known.span_id.or(span_id);
        } else if self.found.len() <= MOST_CANDIDATES {
            self.found.push(Found { trace_id, span_id, source: None, note });
        }
    }
}

#[derive(Default)]
struct Seen {
    /// After a name that means the trace of this record, or in a shape that is nothing else (`traceparent`).
    keyed: Claims,
    /// After a longer name: `parent_trace_id`, `linkedTraceId`.
    related: Claims,
    /// Words of 32 hex digits.
    unkeyed: Claims,
    /// Distinct spans under span keys, at most two: two are too many to choose from.
    spans: Vec<SpanId>,
    zero: bool,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Key {
    Trace,
    DatadogTrace,
    RelatedTrace,
    Span,
    DatadogSpan,
    B3,
    /// `uber-trace-id: {trace}:{span}:{parent}:{flags}`: a span id follows.
    Jaeger,
}

/// Reads the text word by word. A word is letters, digits and `_.-`; a key names the next word when little more than
/// quotes, colons, equals signs or blanks lie between: `"trace_id":"…"`, `traceId=…`, `\"trace\":{\"id\":\"…\"`.
fn scan(text: &str) -> Seen {
    let mut seen = Seen::default();
    let mut key: Option<(Key, &str)> = None;
    let mut previous = "";
    let mut gap_start = 0;
    for (start, word) in words(text) {
        let gap = &text[gap_start..start];
        let end = start + word.len();
        gap_start = end;
        let joined = joins(gap);
        let named = key.take().filter(|_| joined);
        let word = word.trim_matches(['.', '_', '-']);
        if let Some((kind, name)) = named {
            let followed = text[end..].trim_start_matches(['"', '\'', '\\', ' ']).starts_with(['=', ':']);
            if take_named(&mut seen, kind, name, word, followed) {
                if kind == Key::Jaeger && text[end..].starts_with(':') {
                    key = Some((Key::Span, name));
                }
                previous = "";
                continue;
            }
        }
        key = key_of(word, if joined { previous } else { "" }).map(|kind| (kind, word));
        if key.is_none() {
            take_unnamed(&mut seen, word);
        }
        previous = word;
    }
    seen
}

/// Words with their offsets.
fn words(text: &str) -> impl Iterator<Item = (usize, &str)> {
    let in_word = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'.' | b'-');
    let bytes = text.as_bytes();
    let mut at = 0;
    core::iter::from_fn(move || {
        while at < bytes.len() && !in_word(bytes[at]) {
            at += 1;
        }
        let start = at;
        while at < bytes.len() && in_word(bytes[at]) {
            at += 1;
        }
        (start < at).then(|| (start, &text[start..at]))
    })
}

/// Whether what lies between two words lets the first be the name of the second. An empty value in quotes ends it.
fn joins(gap: &str) -> bool {
    if gap.len() > 12 || !gap.bytes().all(|byte| b" \t\"'\\:={[(>|`".contains(&byte)) {
        return false;
    }
    let bare = gap.replace(['\\', ' ', '\t'], "");
    !["=\"\"", ":\"\"", "=''", ":''"].iter().any(|empty| bare.contains(empty))
}

/// What a word names, given the word before it (`trace` then `id`, as nested JSON and prose have it).
fn key_of(word: &str, previous: &str) -> Option<Key> {
    if word.len() > 64 {
        return None;
    }
    let flat = |word: &str| -> String {
        word.bytes().filter(u8::is_ascii_alphanumeric).map(|byte| byte.to_ascii_lowercase() as char).collect()
    };
    let mut name = flat(word);
    if name == "id" && matches!(flat(previous).as_str(), "trace" | "span") {
        name = flat(previous) + "id";
    }
    Some(match name.as_str() {
        "traceid" | "trace" | "oteltraceid" | "xb3traceid" | "b3traceid" | "xtraceid" | "ttraceid" => Key::Trace,
        "ddtraceid" | "xdatadogtraceid" => Key::DatadogTrace,
        "ubertraceid" => Key::Jaeger,
        "spanid" | "span" | "otelspanid" | "xb3spanid" | "b3spanid" => Key::Span,
        "ddspanid" => Key::DatadogSpan,
        "b3" | "xb3" => Key::B3,
        _ if name.ends_with("traceid") => Key::RelatedTrace,
        _ => return None,
    })
}

/// Takes `word` as the value of a key, if it looks like one. `followed` tells that the word is itself before `=` or
/// `:`, so that a short one is rather the next name: `trace_id= added=1`.
fn take_named(seen: &mut Seen, kind: Key, name: &str, word: &str, followed: bool) -> bool {
    // Nested JSON names it `"trace":{"id":…}`, prose "trace id".
    let note = || format!("{} in the text", if name.eq_ignore_ascii_case("id") { "trace id" } else { name });
    let bare_name = matches!(name.to_ascii_lowercase().as_str(), "trace" | "span");
    match kind {
        Key::Span | Key::DatadogSpan => {
            let hex =
                (1..=16).contains(&word.len()) && !(bare_name && word.len() != 16) && !(followed && word.len() < 8);
            let id = match kind {
                Key::DatadogSpan => decimal(word).map(|id| SpanId(id.0 as u64)),
                _ => decimal(word).filter(|_| word.len() > 16).map(|id| SpanId(id.0 as u64)),
            };
            let Some(id) = id.or_else(|| SpanId::from_hex(word.as_bytes()).filter(|_| hex)) else { return false };
            if !id.is_zero() && !seen.spans.contains(&id) && seen.spans.len() < 2 {
                seen.spans.push(id);
            }
            true
        }
        Key::B3 => match b3(word, true) {
            Some((trace_id, span_id)) => take_trace(seen, false, trace_id, span_id, "b3 header".to_owned()),
            None => false,
        },
        Key::Trace | Key::DatadogTrace | Key::RelatedTrace | Key::Jaeger => {
            if let Some((trace_id, span_id, shape)) = shaped(word) {
                return take_trace(seen, kind == Key::RelatedTrace, trace_id, span_id, shape.to_owned());
            }
            let id = match kind {
                Key::DatadogTrace => decimal(word),
                _ => decimal(word).filter(|_| (17..=20).contains(&word.len())),
            };
            let fits = match word.len() {
                16 | 32 => true,
                1..=31 => !bare_name && (kind == Key::Jaeger || !followed),
                _ => false,
            };
            let id = id.or_else(|| uuid(word)).or_else(|| TraceId::from_hex(word.as_bytes()).filter(|_| fits));
            let Some(id) = id else { return false };
            take_trace(seen, kind == Key::RelatedTrace, id, None, note())
        }
    }
}

fn take_unnamed(seen: &mut Seen, word: &str) {
    if let Some((trace_id, span_id, note)) = shaped(word) {
        take_trace(seen, false, trace_id, span_id, note.to_owned());
    } else if word.len() == 32
        && let Some(trace_id) = TraceId::from_hex(word.as_bytes())
    {
        if trace_id.is_zero() {
            seen.zero = true;
        } else {
            seen.unkeyed.add(trace_id, None, "a word of 32 hex digits".to_owned());
        }
    }
}

fn take_trace(seen: &mut Seen, related: bool, trace_id: TraceId, span_id: Option<SpanId>, note: String) -> bool {
    if trace_id.is_zero() {
        seen.zero = true;
    } else {
        let claims = if related { &mut seen.related } else { &mut seen.keyed };
        claims.add(trace_id, span_id.filter(|span| !span.is_zero()), note);
    }
    true
}

/// Shapes that are a trace id and nothing else, wherever they stand.
fn shaped(word: &str) -> Option<(TraceId, Option<SpanId>, &'static str)> {
    if word.len() > 128 || !word.contains('-') {
        return None;
    }
    if let Some((trace_id, span_id)) = traceparent(word) {
        return Some((trace_id, Some(span_id), "traceparent"));
    }
    if let Some((trace_id, span_id)) = b3(word, false) {
        return Some((trace_id, span_id, "b3 header"));
    }
    xray(word).map(|trace_id| (trace_id, None, "X-Ray id"))
}

/// `00-{trace}-{span}-01` (W3C Trace Context, 3.2): version `ff` is invalid, later versions may say more after the
/// flags.
pub(super) fn traceparent(word: &str) -> Option<(TraceId, SpanId)> {
    let mut parts = word.split('-');
    let (version, trace, span, flags) = (parts.next()?, parts.next()?, parts.next()?, parts.next()?);
    let fits = [version.len(), trace.len(), span.len(), flags.len()] == [2, 32, 16, 2];
    let rest = parts.next().is_some();
    let hex = |part: &str| part.bytes().all(|byte| byte.is_ascii_hexdigit());
    if !fits || !hex(version) || !hex(flags) || version.eq_ignore_ascii_case("ff") || (version == "00" && rest) {
        return None;
    }
    Some((TraceId::from_hex(trace.as_bytes())?, SpanId::from_hex(span.as_bytes())?))
}

/// `{trace}-{span}[-{sampled}[-{parent}]]` (openzipkin/b3-propagation, single header). Two words of 16 digits are one
/// only where a key or the whole text says so.
fn b3(word: &str, short_too: bool) -> Option<(TraceId, Option<SpanId>)> {
    let mut parts = word.split('-');
    let (trace, span) = (parts.next()?, parts.next()?);
    let (sampled, parent, rest) = (parts.next(), parts.next(), parts.next());
    let fits = (trace.len() == 32 || (short_too && trace.len() == 16))
        && span.len() == 16
        && sampled.is_none_or(|sampled| matches!(sampled, "0" | "1" | "d"))
        && parent.is_none_or(|parent| parent.len() == 16)
        && rest.is_none();
    if !fits {
        return None;
    }
    Some((TraceId::from_hex(trace.as_bytes())?, Some(SpanId::from_hex(span.as_bytes())?)))
}

fn xray(word: &str) -> Option<TraceId> {
    id_text::x_ray(word).map(TraceId)
}

fn uuid(word: &str) -> Option<TraceId> {
    id_text::uuid(word).map(TraceId)
}

/// A 64-bit id in decimal, as Datadog writes it.
fn decimal(word: &str) -> Option<TraceId> {
    if word.is_empty() || word.len() > 20 || !word.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    word.parse::<u64>().ok().map(|id| TraceId(u128::from(id)))
}

#[cfg(test)]
#[path = "goto_tests.rs"]
mod tests;
