//! A trace as Jaeger JSON, as Jaeger's query API gives it and its UI opens it: `{"data": [trace, …]}`, one entry a trace.
//!
//! Source: the Collector's `translator/jaeger`, which says what becomes of OpenTelemetry's fields, and Jaeger's
//! `uimodel/converter/v1/json`, which says how that stands in JSON. What the format cannot carry is told where it is read
//! ([`crate::decode`], Jaeger), and in the README. Beyond that two things are Jaeger's own: an end before its start is
//! written as a duration of 0, and of a root a link to its own trace reads as a reference to its parent where that makes no
//! cycle.
//!
//! Times are whole microseconds, as Jaeger has them. Only spans that share their id keep the fraction: cut off, it could make them copies of one
//! another, of which one is kept when they are read again.

use rustc_hash::FxHashSet;

use super::all_rows;
use super::json::{comma, push_value, put};
use crate::base::{SpanId, TraceId, base64};
use crate::model::attr::push_json_string;
use crate::model::follows;
use crate::model::{AttrRange, Event, Kind, Link, Resource, SpanSet, Status, Trace, Value};

/// What the Collector writes for a service without a name.
const NO_SERVICE_NAME: &str = "OTLPResourceNoServiceName";
/// Whole numbers beyond are written as text, since JavaScript's lose digits.
const MAX_SAFE: u64 = (1 << 53) - 1;

/// The trace, and those that stand beside it.
pub fn jaeger_json(trace: &Trace) -> Vec<u8> {
    let set = &*trace.set;
    let rows = all_rows(trace);
    let shared = shared_ids(set, &rows);
    let mut written = vec![false; set.trace_ids.len()];
    let mut out = String::from("{\"data\":[");
    for row in &rows {
        let index = set.trace.at(*row as usize);
        if !core::mem::replace(&mut written[index as usize], true) {
            if out.ends_with('}') {
                out.push(',');
            }
            one_trace(set, &shared, rows.iter().filter(|row| set.trace.at(**row as usize) == index), &mut out);
        }
    }
    out.push_str("]}");
    out.into_bytes()
}

/// A span by the index of its trace and its id.
type Id = (u32, SpanId);

fn id_of(set: &SpanSet, row: usize) -> Id {
    (set.trace.at(row), set.span_id.get(row).unwrap_or_default())
}

/// Ids that several rows have.
fn shared_ids(set: &SpanSet, rows: &[u32]) -> FxHashSet<Id> {
    let mut seen: FxHashSet<Id> = FxHashSet::default();
    let ids = rows.iter().map(|row| id_of(set, *row as usize)).filter(|(_, id)| !id.is_zero());
    ids.filter(|id| !seen.insert(*id)).collect()
}

fn one_trace<'r>(set: &SpanSet, shared: &FxHashSet<Id>, rows: impl Iterator<Item = &'r u32> + Clone, out: &mut String) {
    let id = rows.clone().next().map(|row| trace_id(set, *row as usize)).unwrap_or_default();
    put(out, format_args!("{{\"traceID\":\"{id}\",\"spans\":["));
    let mut is_used = vec![false; set.resources.len()];
    for (nth, row) in rows.enumerate() {
        comma(out, nth);
        span(set, *row as usize, shared.contains(&id_of(set, *row as usize)), out);
        if let Some(is_used) = is_used.get_mut(set.resource.at(*row as usize) as usize) {
            *is_used = true;
        }
    }
    out.push_str("],\"processes\":{");
    let used = (1..).zip(&set.resources).zip(is_used).filter(|(_, is_used)| *is_used);
    for (nth, ((number, resource), _)) in used.enumerate() {
        comma(out, nth);
        process(set, number, *resource, out);
    }
    out.push_str("}}");
}

fn trace_id(set: &SpanSet, row: usize) -> TraceId {
    set.trace_ids.get(set.trace.at(row) as usize).copied().unwrap_or_default()
}

fn span(set: &SpanSet, row: usize, is_shared: bool, out: &mut String) {
    let (start_ns, end_ns) = (set.start_unix_nano[row], set.end_unix_nano[row]);
    let (id, span_id) = (trace_id(set, row), set.span_id[row]);
    put(out, format_args!("{{\"traceID\":\"{id}\",\"spanID\":\"{span_id}\",\"flags\":{},", set.flags.at(row) & 1));
    out.push_str("\"operationName\":");
    push_json_string(out, set.strings.get(set.name[row]));
    references(set, row, out);
    let duration_ns = end_ns.saturating_sub(start_ns);
    for (key, ns) in [("startTime", start_ns), ("duration", duration_ns)] {
        put(out, format_args!(",\"{key}\":{}", ns / 1_000));
        if is_shared && ns % 1_000 > 0 {
            put(out, format_args!(".{:03}", ns % 1_000));
        }
    }
    out.push_str(",\"tags\":[");
    span_tags(set, row, &mut Tags { out, count: 0 });
    out.push_str("],\"logs\":[");
    for (nth, event) in set.events.get(set.span_events.at(row).indexes()).unwrap_or_default().iter().enumerate() {
        comma(out, nth);
        log(set, event, out);
    }
    put(out, format_args!("],\"processID\":\"p{}\",\"warnings\":null}}", u64::from(set.resource.at(row)) + 1));
}

/// The parent first: who reads it takes the first `CHILD_OF`. A parent by `FOLLOWS_FROM` is among the links.
fn references(set: &SpanSet, row: usize, out: &mut String) {
    out.push_str(",\"references\":[");
    let mut nth = 0;
    let mut reference = |kind: &str, trace: TraceId, span| {
        comma(out, nth);
        nth += 1;
        put(out, format_args!("{{\"refType\":\"{kind}\",\"traceID\":\"{trace}\",\"spanID\":\"{span}\"}}"));
    };
    let links = set.links.get(set.span_links.at(row).indexes()).unwrap_or_default();
    let parent = (trace_id(set, row), set.parent_id[row]);
    let follows =
        |link: &Link| (link.trace_id, link.span_id) == parent && follows::ref_type(set, link) == follows::FOLLOWS_FROM;
    if !parent.1.is_zero() && !links.iter().any(follows) {
        reference("CHILD_OF", parent.0, parent.1);
    }
    for link in links {
        // Such a link is a further parent, as the Collector reads and writes it.
        let is_child_of = follows::ref_type(set, link) == follows::CHILD_OF;
        let kind = if is_child_of { "CHILD_OF" } else { "FOLLOWS_FROM" };
        reference(kind, link.trace_id, link.span_id);
    }
    out.push(']');
}

/// Tags of one owner, commas between.
struct Tags<'o> {
    out: &'o mut String,
    count: usize,
}

impl Tags<'_> {
    fn text(&mut self, key: &str, text: &str) {
        self.tag(key, Value::Str(text));
    }

    /// A text, when there is one.
    fn said(&mut self, key: &str, text: &str) {
        if !text.is_empty() {
            self.text(key, text);
        }
    }

    fn attributes(&mut self, set: &SpanSet, range: AttrRange) {
        for (key, value) in set.attrs.iter(&set.strings, range) {
            self.tag(set.strings.get(key), value);
        }
    }

    fn tag(&mut self, key: &str, value: Value<'_>) {
        comma(self.out, self.count);
        self.count += 1;
        self.out.push_str("{\"key\":");
        push_json_string(self.out, key);
        let kind = match value {
            Value::Bool(_) => "bool",
            Value::Int(_) => "int64",
            Value::Double(_) => "float64",
            Value::Bytes(_) => "binary",
            Value::Str(_) | Value::Empty | Value::Array(_) | Value::Kvlist(_) => "string",
        };
        put(self.out, format_args!(",\"type\":\"{kind}\",\"value\":"));
        match value {
            Value::Int(number) if number.unsigned_abs() > MAX_SAFE => put(self.out, format_args!("\"{number}\"")),
            Value::Empty => self.out.push_str("\"\""),
            Value::Bytes(bytes) => {
                self.out.push('"');
                base64::push(self.out, bytes);
                self.out.push('"');
            }
            // As JSON within a text.
            Value::Array(_) | Value::Kvlist(_) => {
                let mut text = String::new();
                push_value(&mut text, value);
                push_json_string(self.out, &text);
            }
            scalar => push_value(self.out, scalar),
        }
        self.out.push('}');
    }
}

fn span_tags(set: &SpanSet, row: usize, tags: &mut Tags<'_>) {
    let scope = set.scopes.get(set.scope.at(row) as usize).copied().unwrap_or_default();
    tags.said("otel.scope.name", set.strings.get(scope.name));
    tags.said("otel.scope.version", set.strings.get(scope.version));
    tags.attributes(set, scope.attrs);
    tags.attributes(set, set.span_attrs.at(row));
    let kind = match set.kind[row] {
        Kind::Unspecified => "",
        Kind::Internal => "internal",
        Kind::Server => "server",
        Kind::Client => "client",
        Kind::Producer => "producer",
        Kind::Consumer => "consumer",
    };
    tags.said("span.kind", kind);
    if set.status[row] != Status::Unset {
        tags.text("otel.status_code", set.status[row].name());
    }
    if set.status[row] == Status::Error {
        tags.tag("error", Value::Bool(true));
    }
    tags.said("otel.status_description", set.strings.get(set.status_message.at(row)));
    tags.said("w3c.tracestate", set.strings.get(set.trace_state.at(row)));
}

/// Its name is the field `event`, unless an attribute is called that.
fn log(set: &SpanSet, event: &Event, out: &mut String) {
    put(out, format_args!("{{\"timestamp\":{},\"fields\":[", event.time_unix_nano / 1_000));
    let mut tags = Tags { out, count: 0 };
    let mut keys = set.attrs.iter(&set.strings, event.attrs).map(|(key, _)| set.strings.get(key));
    if !keys.any(|key| key == "event") {
        tags.said("event", set.strings.get(event.name));
    }
    tags.attributes(set, event.attrs);
    out.push_str("]}");
}

/// `"p1":{"serviceName":"…","tags":[…]}`. A name that is no text stays a tag.
fn process(set: &SpanSet, number: u64, resource: Resource, out: &mut String) {
    let service = set.service_of_resource(number as u32 - 1);
    put(out, format_args!("\"p{number}\":{{\"serviceName\":"));
    push_json_string(out, if service.is_empty() { NO_SERVICE_NAME } else { service });
    out.push_str(",\"tags\":[");
    let mut tags = Tags { out, count: 0 };
    for (key, value) in set.attrs.iter(&set.strings, resource.attrs) {
        let key = set.strings.get(key);
        if key != "service.name" || service.is_empty() && value.as_str().is_none() {
            tags.tag(key, value);
        }
    }
    out.push_str("]}");
}
