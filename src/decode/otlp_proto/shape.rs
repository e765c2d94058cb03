//! Telling protobuf messages apart, since the wire carries no names: how well do bytes fit the message one expects?
//!
//! Only a look at the bytes at hand; nothing is decoded here. Field numbers are those of opentelemetry-proto v1 and of
//! Tempo's `tempopb.TraceByIDResponse`.

use crate::base::id_text;
use crate::decode::wire::{Head, MAX_HEAD, head};

/// What a field of a message should hold.
enum Kind {
    Varint,
    Fixed64,
    Fixed32,
    /// UTF-8 without control characters; this is what a nested message read as text nearly always breaks.
    Text,
    /// Bytes of this length, or none; or the text of an id, where a writer put it in their place.
    Id(usize),
    Opaque,
    Message(&'static Schema),
}

type Schema = [(u32, Kind)];

/// Longest text that a writer may have put in the place of an id.
const MAX_ID_TEXT: u64 = 128;

const KEY_VALUE: &Schema = &[(1, Kind::Text), (2, Kind::Opaque)];
const RESOURCE: &Schema = &[(1, Kind::Message(KEY_VALUE)), (2, Kind::Varint), (3, Kind::Opaque)];
const SCOPE: &Schema = &[(1, Kind::Text), (2, Kind::Text), (3, Kind::Message(KEY_VALUE)), (4, Kind::Varint)];
const SCOPE_SPANS: &Schema = &[(1, Kind::Message(SCOPE)), (2, Kind::Opaque), (3, Kind::Text)];
const RESOURCE_SPANS: &Schema = &[
    (1, Kind::Message(RESOURCE)),
    (2, Kind::Message(SCOPE_SPANS)),
    (3, Kind::Text),
    (1000, Kind::Message(SCOPE_SPANS)),
];
const TRACES_DATA: &Schema = &[(1, Kind::Message(RESOURCE_SPANS))];
/// `tempopb.Trace` has the very fields of `TracesData`.
const TRACE_BY_ID: &Schema = &[(1, Kind::Message(TRACES_DATA)), (2, Kind::Opaque), (3, Kind::Varint), (4, Kind::Text)];

const SPAN: &Schema = &[
    (1, Kind::Id(16)),
    (2, Kind::Id(8)),
    (3, Kind::Text),
    (4, Kind::Id(8)),
    (5, Kind::Text),
    (6, Kind::Varint),
    (7, Kind::Fixed64),
    (8, Kind::Fixed64),
    (9, Kind::Message(KEY_VALUE)),
    (10, Kind::Varint),
    (11, Kind::Opaque),
    (12, Kind::Varint),
    (13, Kind::Opaque),
    (14, Kind::Varint),
    (15, Kind::Opaque),
    (16, Kind::Fixed32),
];
const ANY_VALUE: &Schema = &[
    (1, Kind::Text),
    (2, Kind::Varint),
    (3, Kind::Varint),
    (4, Kind::Fixed64),
    (5, Kind::Opaque),
    (6, Kind::Opaque),
    (7, Kind::Opaque),
];
const LOG_RECORD: &Schema = &[
    (1, Kind::Fixed64),
    (2, Kind::Varint),
    (3, Kind::Text),
    (5, Kind::Message(ANY_VALUE)),
    (6, Kind::Message(KEY_VALUE)),
    (7, Kind::Varint),
    (8, Kind::Fixed32),
    (9, Kind::Id(16)),
    (10, Kind::Id(8)),
    (11, Kind::Fixed64),
    (12, Kind::Text),
];
/// A gauge, a sum, a histogram or a summary.
const POINTS: &Schema = &[(1, Kind::Opaque), (2, Kind::Varint), (3, Kind::Varint)];
const METRIC: &Schema = &[
    (1, Kind::Text),
    (2, Kind::Text),
    (3, Kind::Text),
    (5, Kind::Message(POINTS)),
    (7, Kind::Message(POINTS)),
    (9, Kind::Message(POINTS)),
    (10, Kind::Message(POINTS)),
    (11, Kind::Message(POINTS)),
    (12, Kind::Message(KEY_VALUE)),
];

/// How well bytes fit a schema.
#[derive(Clone, Copy, Default, Debug)]
struct Fit {
    /// Fields that are in the schema and hold what it says, nested ones included.
    known: u32,
    unknown: u32,
    /// Something contradicts the schema: a wrong wire type, a length that overruns, text that is none.
    broken: bool,
}

impl Fit {
    /// Better fits are greater.
    fn rank(self) -> (bool, i64) {
        (!self.broken, i64::from(self.known) - i64::from(self.unknown))
    }
}

/// Fields looked at before a fit is taken as settled.
const ENOUGH: u32 = 200;

/// How bytes are looked at.
#[derive(Clone, Copy)]
struct Look {
    /// They are the beginning of something longer, so a field that overruns them is no contradiction.
    cut: bool,
    /// Control characters in a text are one.
    plain: bool,
}

fn fit(bytes: &[u8], how: Look, schema: &Schema) -> Fit {
    let mut total = Fit::default();
    look(bytes, how, schema, &mut total);
    total
}

/// Recurses as deep as the schemas do: five messages.
fn look(bytes: &[u8], how: Look, schema: &Schema, total: &mut Fit) {
    let mut rest = bytes;
    while !rest.is_empty() && !total.broken && total.known + total.unknown < ENOUGH {
        let Ok((number, head, used)) = head(rest) else {
            // A head that the cut falls into says nothing.
            total.broken = !(how.cut && rest.len() < MAX_HEAD);
            return;
        };
        rest = rest.get(used..).unwrap_or_default();
        let (body, overruns) = match head {
            Head::Length(length) => {
                let held = usize::try_from(length).unwrap_or(usize::MAX).min(rest.len());
                let (body, after) = rest.split_at(held);
                rest = after;
                (body, (held as u64) < length)
            }
            _ => (Default::default(), false),
        };
        if overruns && !how.cut {
            total.broken = true;
            return;
        }
        match schema.iter().find(|(known, _)| *known == number) {
            None => total.unknown += 1,
            Some((_, kind)) => field(kind, head, body, Look { cut: overruns, ..how }, total),
        }
    }
}

/// Names of metrics are where spans have ids, so any text will not do.
fn is_id_text(width: usize, body: &[u8]) -> bool {
    id_text::printable(body).is_some_and(|text| match width {
        16 => id_text::trace_id(text).is_some(),
        _ => id_text::span_id(text).is_some(),
    })
}

fn field(kind: &Kind, head: Head, body: &[u8], how: Look, total: &mut Fit) {
    let good = match (kind, head) {
        (Kind::Varint, Head::Varint(_)) | (Kind::Fixed64, Head::Fixed64(_)) | (Kind::Fixed32, Head::Fixed32(_)) => true,
        (Kind::Text, Head::Length(_)) => is_text(body, how),
        (Kind::Id(expected), Head::Length(length)) => {
            length == 0 || length == *expected as u64 || (length <= MAX_ID_TEXT && is_id_text(*expected, body))
        }
        (Kind::Opaque, Head::Length(_)) => true,
        (Kind::Message(schema), Head::Length(_)) => {
            look(body, how, schema, total);
            !total.broken
        }
        _ => false,
    };
    total.broken |= !good;
    total.known += u32::from(good);
}

fn is_text(bytes: &[u8], how: Look) -> bool {
    let text = match core::str::from_utf8(bytes) {
        Ok(text) => text,
        Err(error) if how.cut && error.error_len().is_none() => return true,
        Err(_) => return false,
    };
    !how.plain || !text.bytes().any(|byte| byte < 0x20 && !matches!(byte, b'\t' | b'\n' | b'\r'))
}

/// The two messages a trace comes in.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Outer {
    /// `TracesData`, `ExportTraceServiceRequest`, and Tempo's v1 answer, which are one on the wire:
    /// `{1: ResourceSpans…}`.
    Bare,
    /// Tempo's v2 answer, `{1: Trace{1: ResourceSpans…}, 2: metrics, 3: status, 4: message}`.
    TraceById,
}

/// Which of the two `prefix` begins; `None` when it is neither.
///
/// Both start with field 1, a message. Read one level off, they soon contradict themselves:
///
/// ```text
/// bare     1: ResourceSpans   1: Resource        1: KeyValue   1: "service.name"   2: AnyValue
/// wrapped  1: Trace           1: ResourceSpans   1: Resource   1: KeyValue …       2: varint (dropped count)
/// ```
///
/// A key read as a message is not one, a `KeyValue` read as a key has control characters, and the `ScopeSpans` in field 2
/// of `ResourceSpans` is no dropped count. So: fit both, take the one without a contradiction, then the one with more
/// known fields; when still even (nothing but empty messages), bare.
pub fn outer(prefix: &[u8], cut: bool) -> Option<Outer> {
    let plain = best_outer(prefix, Look { cut, plain: true });
    // Keys and names with control characters are odd, but no other format's. What is short has few fields: there all of
    // it has to fit, and better than the other reading.
    let odd = best_outer(prefix, Look { cut, plain: false });
    let fits_better = odd.1.known > plain.1.known && (plain.1.broken || plain.1.unknown > 0);
    if !cut && !odd.1.broken && odd.1.unknown == 0 && odd.1.known >= 4 && fits_better {
        return Some(odd.0);
    }
    outer_if(plain, cut).or_else(|| (!odd.1.broken && odd.1.known >= 6).then_some(odd.0))
}

fn best_outer(prefix: &[u8], how: Look) -> (Outer, Fit) {
    let bare = fit(prefix, how, TRACES_DATA);
    let wrapped = fit(prefix, how, TRACE_BY_ID);
    if wrapped.rank() > bare.rank() { (Outer::TraceById, wrapped) } else { (Outer::Bare, bare) }
}

fn outer_if((outer, best): (Outer, Fit), cut: bool) -> Option<Outer> {
    // Damaged further on, it is still what it began as.
    let enough = match best {
        Fit { broken: true, known, .. } => known >= 6,
        Fit { known: 1, unknown, .. } => unknown == 0 && !cut,
        Fit { known, .. } => known > 1,
    };
    enough.then_some(outer)
}

/// What stands in field 2 of `ScopeSpans`, `ScopeLogs` or `ScopeMetrics`.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Record {
    Span,
    Log,
    Metric,
}

/// Tells the records apart, for those that cannot be read as an ordinary span; in doubt a span.
///
/// The three outer messages share their numbers, so only the records differ: field 1 is an id of 16 bytes in a span, a
/// fixed64 in a log record, text in a metric. A span may be named by control characters: that is odd, but contradicts nothing.
pub fn record(bytes: &[u8]) -> Record {
    let whole = Look { cut: false, plain: true };
    let span = fit(bytes, whole, SPAN).rank().max(fit(bytes, Look { plain: false, ..whole }, SPAN).rank());
    let log = fit(bytes, whole, LOG_RECORD).rank();
    let metric = fit(bytes, whole, METRIC).rank();
    if log.0 && log > span && log >= metric {
        Record::Log
    } else if metric.0 && metric > span {
        Record::Metric
    } else {
        Record::Span
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn message(number: u8, body: &[u8]) -> Vec<u8> {
        let mut out = vec![number << 3 | 2, body.len() as u8];
        out.extend_from_slice(body);
        out
    }

    fn resource_spans() -> Vec<u8> {
        let key_value = [message(1, b"service.name"), message(2, &message(1, b"orders"))].concat();
        let span = message(2, &message(1, &[7; 16]));
        [message(1, &message(1, &key_value)), message(2, &span)].concat()
    }

    #[test]
    fn the_wrapper_is_told_from_the_bare_message_by_content() {
        let bare = message(1, &resource_spans());
        assert_eq!(outer(&bare, false), Some(Outer::Bare));
        assert_eq!(outer(&message(1, &bare), false), Some(Outer::TraceById));
        for end in 20..bare.len() {
            assert_eq!(outer(&bare[..end], true), Some(Outer::Bare), "cut at {end}");
            assert_eq!(outer(&message(1, &bare)[..end + 2], true), Some(Outer::TraceById), "cut at {end}");
        }
    }

    #[test]
    fn without_a_resource_the_scope_spans_still_tell() {
        let bare = message(1, &message(2, &message(2, &message(1, &[7; 16]))));
        assert_eq!(outer(&bare, false), Some(Outer::Bare));
        assert_eq!(outer(&message(1, &bare), false), Some(Outer::TraceById));
    }

    #[test]
    fn tempos_answer_without_a_trace_is_a_wrapper() {
        assert_eq!(outer(&[0x0a, 0, 0x12, 0], false), Some(Outer::TraceById));
    }

    #[test]
    fn a_name_of_control_characters_is_one_in_the_shortest_trace() {
        let scope = message(1, &message(1, b"\x01"));
        let spans = [scope, message(2, &[])].concat();
        assert_eq!(outer(&message(1, &message(2, &spans)), false), Some(Outer::Bare));
        let beside_a_resource = [message(1, &[]), message(2, &spans)].concat();
        assert_eq!(outer(&message(1, &beside_a_resource), false), Some(Outer::Bare));
    }

    #[test]
    fn other_bytes_are_neither() {
        assert_eq!(outer(b"\nplain text that begins with a line break", false), None);
        assert_eq!(outer(&[0, 0, 0, 4, 10, 2, 8, 1], false), None);
        assert_eq!(outer(b"PK\x03\x04\x14\0\0\0", true), None);
    }

    #[test]
    fn records_differ_in_their_first_fields() {
        let span = [message(1, &[7; 16]), message(2, &[8; 8]), message(5, b"GET")].concat();
        assert_eq!(record(&span), Record::Span);
        let log = [vec![0x09, 1, 2, 3, 4, 5, 6, 7, 8], vec![0x10, 9], message(3, b"INFO")].concat();
        assert_eq!(record(&log), Record::Log);
        let gauge = message(1, &[0x11, 1, 0, 0, 0, 0, 0, 0, 0]);
        assert_eq!(
            record(&[message(1, b"jvm.memory.used!"), message(3, b"By"), message(5, &gauge)].concat()),
            Record::Metric
        );
        assert_eq!(record(&[]), Record::Span);
        let body = [vec![0x10, 9], message(5, &message(1, b"out of memory"))].concat();
        assert_eq!(record(&body), Record::Log, "no time, but a severity and a body");
        assert_eq!(record(&message(5, &message(1, b"text"))), Record::Log, "a body alone");
        let sum = [message(1, &[0x19, 1, 0, 0, 0, 0, 0, 0, 0]), vec![0x10, 2, 0x18, 1]].concat();
        assert_eq!(record(&[message(1, b"requests"), message(7, &sum)].concat()), Record::Metric);
        // Names of one byte, of any: with nothing else they are where a log record has its body and a metric its points.
        for byte in 0..0x80 {
            assert_eq!(record(&message(5, &[byte])), Record::Span, "{byte}");
            assert_eq!(record(&[message(5, &[byte]), vec![0x30, 1]].concat()), Record::Span, "{byte} with a kind");
        }
    }
}
