//! All that is known of one span, as the page asks for it. Long values are cut and say so; the whole is fetched by its
//! place when the reader wants it.

use std::borrow::Cow;

use rustc_hash::FxHashMap;
use serde::{Deserialize, Serialize};

use super::derived::Derived;
use super::outline::is_exception;
use crate::base::SpanId;
use crate::model::{AttrRange, Kind, SpanIdx, Status, Timing, Trace, Unplaced, Value};

/// Values longer than this many bytes are cut.
pub const MAX_VALUE: usize = 4096;

/// A text, perhaps cut.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
pub struct Text {
    pub text: String,
    /// The full length in bytes, if `text` is only its beginning.
    pub cut_from: Option<u64>,
}

/// OpenTelemetry's value types, as the page names them.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum ValueType {
    Empty,
    String,
    Bool,
    Int,
    Double,
    Bytes,
    Array,
    Map,
}

#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Attribute {
    pub key: String,
    pub value: Text,
    pub value_type: ValueType,
}

/// Where a value stands; with an index in that section's attributes it names one value.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub enum Section {
    Span,
    Resource,
    Scope,
    /// The nth event's attributes.
    Event(u32),
    Link(u32),
    /// The status message; the index is not read.
    StatusMessage,
}

#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
pub struct ScopeDetails {
    pub name: String,
    pub version: String,
    pub attributes: Vec<Attribute>,
}

#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct EventDetails {
    pub name: String,
    /// From the span's start; negative before it.
    pub at_ns: i64,
    pub attributes: Vec<Attribute>,
    pub exception: bool,
}

#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct LinkDetails {
    pub trace_id: String,
    pub span_id: String,
    /// What the source wrote for the linked span and its trace, where that is no id.
    pub id_texts: [Option<String>; 2],
    /// The linked span is in this trace.
    pub in_trace: bool,
    pub attributes: Vec<Attribute>,
}

/// What an exception event says, by semantic conventions.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Exception {
    /// Which event.
    pub event: u32,
    pub exception_type: Text,
    pub message: Text,
    pub stacktrace: Text,
    /// Where in the event's attributes the stack trace stands, to fetch the whole.
    pub stacktrace_index: Option<u32>,
}

/// A database statement.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Statement {
    pub text: Text,
    pub system: String,
    pub namespace: String,
    /// Where in the span's attributes it stands.
    pub index: u32,
}

#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct SpanDetails {
    /// Lowercase hex of full width.
    pub trace_id: String,
    pub span_id: String,
    /// Texts of the span's, its parent's and its trace's id, where they are no ids and those here are derived from them.
    pub id_texts: [Option<String>; 3],
    /// `None` without a parent id; the parent need not be in the trace.
    pub parent_id: Option<String>,
    pub name: String,
    pub label: String,
    pub service: String,
    pub kind: Kind,
    pub status: Status,
    pub status_message: Text,
    pub trace_state: String,
    /// Where it is placed, of a span without a start.
    pub start_unix_nano: u64,
    /// Which times are known, and what is recorded where there is no start.
    pub timing: Timing,
    pub unplaced: Option<Unplaced>,
    /// From the trace's start.
    pub start_ns: u64,
    pub duration_ns: u64,
    pub self_ns: u64,
    /// Own time on the critical path; `None` when it is not on it.
    pub critical_ns: Option<u64>,
    pub exceptions: Vec<Exception>,
    pub statement: Option<Statement>,
    pub attributes: Vec<Attribute>,
    pub events: Vec<EventDetails>,
    pub links: Vec<LinkDetails>,
    pub resource: Vec<Attribute>,
    pub scope: ScopeDetails,
    /// Attributes, events and links that the SDK dropped.
    pub dropped: [u32; 3],
}

/// Everything about one span. Linear in what the span holds; with links, also one pass over the trace's ids.
pub fn details(trace: &Trace, derived: &Derived, span: SpanIdx) -> SpanDetails {
    let (set, row) = (&trace.set, trace.row(span));
    let parent_id = trace.parent_id(span);
    let scope = trace.scope(span);
    SpanDetails {
        trace_id: trace.id.to_string(),
        span_id: trace.span_id(span).to_string(),
        id_texts: [trace.id_text(span), trace.parent_id_text(span), set.trace_id_text(row)]
            .map(|text| text.map(str::to_owned)),
        parent_id: (!parent_id.is_zero()).then(|| parent_id.to_string()),
        name: trace.name(span).to_owned(),
        label: derived.labels.label(span).to_owned(),
        service: trace.service_name(span).to_owned(),
        kind: trace.kind(span),
        status: trace.status(span),
        status_message: cut(trace.status_message(span)),
        trace_state: set.strings.get(set.trace_state.at(row)).to_owned(),
        start_unix_nano: start_unix_nano(trace, span),
        timing: trace.timing(span),
        unplaced: trace.recorded_without_start(span),
        start_ns: trace.start_ns(span),
        duration_ns: trace.duration_of(span),
        self_ns: derived.self_ns[span.index()],
        critical_ns: derived.critical_path.as_ref().and_then(|path| path.own_ns_of(span)),
        exceptions: exceptions(trace, span),
        statement: statement(trace, span),
        attributes: attributes(trace, trace.attrs(span)),
        events: events(trace, span),
        links: links(trace, span),
        resource: attributes(trace, trace.resource(span).attrs),
        scope: ScopeDetails {
            name: set.strings.get(scope.name).to_owned(),
            version: set.strings.get(scope.version).to_owned(),
            attributes: attributes(trace, scope.attrs),
        },
        dropped: set.dropped.get(&(row as u32)).copied().unwrap_or_default(),
    }
}

/// As recorded; of a span without a start where it is placed.
fn start_unix_nano(trace: &Trace, span: SpanIdx) -> u64 {
    match trace.set.start_unix_nano[trace.row(span)] {
        0 => trace.start_unix_nano.saturating_add(trace.start_ns(span)),
        start => start,
    }
}

/// The whole of a value that [`details`] cut; `None` when there is nothing at that place.
pub fn full_value(trace: &Trace, span: SpanIdx, section: Section, index: u32) -> Option<String> {
    let range = match section {
        Section::Span => trace.attrs(span),
        Section::Resource => trace.resource(span).attrs,
        Section::Scope => trace.scope(span).attrs,
        Section::Event(nth) => trace.events(span).get(nth as usize)?.attrs,
        Section::Link(nth) => trace.links(span).get(nth as usize)?.attrs,
        Section::StatusMessage => return Some(trace.status_message(span).to_owned()),
    };
    let (_, value) = trace.set.attrs.iter(&trace.set.strings, range).nth(index as usize)?;
    Some(value.to_text().into_owned())
}

fn attributes(trace: &Trace, range: AttrRange) -> Vec<Attribute> {
    let strings = &trace.set.strings;
    trace
        .set
        .attrs
        .iter(strings, range)
        .map(|(key, value)| Attribute {
            key: strings.get(key).to_owned(),
            value: cut_value(value),
            value_type: type_of(value),
        })
        .collect()
}

fn type_of(value: Value<'_>) -> ValueType {
    match value {
        Value::Empty => ValueType::Empty,
        Value::Str(_) => ValueType::String,
        Value::Bool(_) => ValueType::Bool,
        Value::Int(_) => ValueType::Int,
        Value::Double(_) => ValueType::Double,
        Value::Bytes(_) => ValueType::Bytes,
        Value::Array(_) => ValueType::Array,
        Value::Kvlist(_) => ValueType::Map,
    }
}

fn cut_value(value: Value<'_>) -> Text {
    match value.to_text() {
        Cow::Borrowed(text) => cut(text),
        Cow::Owned(text) if text.len() <= MAX_VALUE => Text { text, cut_from: None },
        Cow::Owned(text) => cut(&text),
    }
}

fn cut(text: &str) -> Text {
    if text.len() <= MAX_VALUE {
        return Text { text: text.to_owned(), cut_from: None };
    }
    let end = (0..=MAX_VALUE).rev().find(|end| text.is_char_boundary(*end)).unwrap_or_default();
    Text { text: text.get(..end).unwrap_or_default().to_owned(), cut_from: Some(text.len() as u64) }
}

fn events(trace: &Trace, span: SpanIdx) -> Vec<EventDetails> {
    let start = i128::from(start_unix_nano(trace, span));
    trace
        .events(span)
        .iter()
        .map(|event| EventDetails {
            name: trace.set.strings.get(event.name).to_owned(),
            at_ns: (i128::from(event.time_unix_nano) - start).clamp(i64::MIN.into(), i64::MAX.into()) as i64,
            attributes: attributes(trace, event.attrs),
            exception: is_exception(trace, event),
        })
        .collect()
}

fn links(trace: &Trace, span: SpanIdx) -> Vec<LinkDetails> {
    let mut here: FxHashMap<SpanId, bool> =
        trace.links(span).iter().filter(|link| link.trace_id == trace.id).map(|link| (link.span_id, false)).collect();
    if !here.is_empty() {
        for other in trace.spans() {
            if let Some(found) = here.get_mut(&trace.span_id(other)) {
                *found = true;
            }
        }
    }
    trace
        .links(span)
        .iter()
        .map(|link| LinkDetails {
            trace_id: link.trace_id.to_string(),
            span_id: link.span_id.to_string(),
            id_texts: <[_; 2]>::from(trace.set.link_id_texts(link)).map(|text| text.map(str::to_owned)),
            in_trace: link.trace_id == trace.id && here.get(&link.span_id).copied().unwrap_or_default(),
            attributes: attributes(trace, link.attrs),
        })
        .collect()
}

fn exceptions(trace: &Trace, span: SpanIdx) -> Vec<Exception> {
    let events = trace.events(span).iter().enumerate().filter(|(_, event)| is_exception(trace, event));
    events
        .map(|(nth, event)| {
            let part = |key: &str| last(trace, event.attrs, key).map(|(_, value)| cut_value(value)).unwrap_or_default();
            Exception {
                event: nth as u32,
                exception_type: part("exception.type"),
                message: part("exception.message"),
                stacktrace: part("exception.stacktrace"),
                stacktrace_index: last(trace, event.attrs, "exception.stacktrace").map(|(index, _)| index),
            }
        })
        .collect()
}

fn statement(trace: &Trace, span: SpanIdx) -> Option<Statement> {
    let attrs = trace.attrs(span);
    let first = |keys: [&str; 2]| keys.into_iter().find_map(|key| last(trace, attrs, key));
    let text_of = |keys: [&str; 2]| first(keys).map(|(_, value)| value.to_text().into_owned()).unwrap_or_default();
    let (index, value) = first(["db.query.text", "db.statement"])?;
    Some(Statement {
        text: cut_value(value),
        system: text_of(["db.system.name", "db.system"]),
        namespace: text_of(["db.namespace", "db.name"]),
        index,
    })
}

/// The last attribute with this key and its place in the range.
fn last<'t>(trace: &'t Trace, range: AttrRange, key: &str) -> Option<(u32, Value<'t>)> {
    let key = trace.set.strings.find(key)?;
    let found = trace.set.attrs.iter(&trace.set.strings, range).enumerate().filter(|(_, (known, _))| *known == key);
    found.last().map(|(index, (_, value))| (index as u32, value))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::analysis::sample::{BASE_UNIX_NANO, Draft, trace};
    use crate::model::AnyValue;

    #[test]
    fn exceptions_and_statement_are_pulled_out() {
        let trace = trace(&[Draft::new(1, 0, 0, 100)
            .error("failed")
            .attr("db.system", "postgresql")
            .attr("db.statement", "SELECT 1")
            .event("exception", &[("exception.type", "RangeError"), ("exception.stacktrace", "at x")])]);
        let details = details(&trace, &Derived::of(&trace), SpanIdx(0));
        assert_eq!(details.exceptions[0].exception_type.text, "RangeError");
        assert_eq!(
            (details.exceptions[0].message.text.as_str(), details.exceptions[0].stacktrace_index),
            ("", Some(1))
        );
        let statement = details.statement.unwrap();
        assert_eq!(
            (statement.text.text.as_str(), statement.system.as_str(), statement.index),
            ("SELECT 1", "postgresql", 1)
        );
        assert_eq!((details.events[0].at_ns, details.events[0].exception), (1, true));
        assert_eq!((details.critical_ns, details.self_ns, details.parent_id), (Some(100), 100, None));
    }

    #[test]
    fn a_value_of_a_megabyte_is_cut_at_a_character_and_fetched_whole() {
        let long: &'static str = Box::leak("é".repeat(500_000).into_boxed_str());
        let trace = trace(&[Draft::new(1, 0, 0, 100).value("n", AnyValue::Int(5)).attr("long", long)]);
        let details = details(&trace, &Derived::of(&trace), SpanIdx(0));
        assert_eq!(
            (details.attributes[0].value.text.as_str(), details.attributes[0].value_type),
            ("5", ValueType::Int)
        );
        let cut = &details.attributes[1].value;
        assert_eq!((cut.text.len(), cut.cut_from), (4096, Some(1_000_000)));
        assert_eq!(full_value(&trace, SpanIdx(0), Section::Span, 1).as_deref(), Some(long));
        assert_eq!(full_value(&trace, SpanIdx(0), Section::Event(3), 0), None);
    }

    #[test]
    fn of_a_span_without_a_start_the_details_say_what_is_recorded_and_where_it_is_placed() {
        let drafts = [
            Draft::new(1, 0, 10, 100),
            Draft::new(2, 1, 0, 70).without_start().event("retry", &[]),
            Draft::new(3, 1, 50, 0).without_end(),
        ];
        let trace = trace(&drafts);
        let of = |span| details(&trace, &Derived::of(&trace), SpanIdx(span));
        let (second, third) = (of(1), of(2));
        assert_eq!(
            (second.timing, second.unplaced),
            (Timing::NoStart, Some(Unplaced::EndUnixNano(BASE_UNIX_NANO + 70)))
        );
        assert_eq!((second.start_unix_nano, second.start_ns, second.duration_ns), (BASE_UNIX_NANO + 10, 0, 0));
        assert_eq!(second.events[0].at_ns, -9, "from where the span is placed");
        assert_eq!((third.timing, third.unplaced, third.start_ns), (Timing::NoEnd, None, 40));
    }

    #[test]
    fn details_survive_the_way_to_the_page() {
        let trace = trace(&[Draft::new(1, 9, 0, 100).attr("k", "v").event("retry", &[])]);
        let details = details(&trace, &Derived::of(&trace), SpanIdx(0));
        let text = serde_json::to_string(&details).unwrap();
        assert_eq!(serde_json::from_str::<SpanDetails>(&text).unwrap(), details);
    }
}
