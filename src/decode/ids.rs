//! Ids of one span as its format wrote them. What is no id in any spelling ([`crate::base::id_text`]) keeps its identity: an id
//! is derived from the text, and the text stays with the span as an attribute, which every view, export and search has anyway.
//!
//! ```text
//! "spanId": "span-A"   →   span_id = b46e…, attributes + spanloom.id_text = "span-A"
//! ```

use super::json::{Reader, Scalar, Step};
use crate::base::id_text::{self, derived_span_id, derived_trace_id};
use crate::base::{SpanId, Strings, Sym, TraceId};
use crate::model::id_texts::{ID_TEXT, PARENT_ID_TEXT, TRACE_ID_TEXT};
use crate::model::{AnyValue, AttrRange, SpanSet};

/// An id, and the text that it was derived from; empty where it was read.
#[derive(Clone, Copy, Default)]
pub(super) struct Read<Id> {
    pub id: Id,
    pub text: Sym,
}

/// The texts of a span's or a link's ids that are no ids; all empty nearly always.
#[derive(Clone, Copy, Default)]
pub(super) struct IdTexts {
    pub trace: Sym,
    pub span: Sym,
    pub parent: Sym,
}

impl IdTexts {
    /// Adds the texts to the attributes of their owner.
    pub fn keep(&self, set: &mut SpanSet, attrs: &mut AttrRange) {
        let texts = [(ID_TEXT, self.span), (PARENT_ID_TEXT, self.parent), (TRACE_ID_TEXT, self.trace)];
        if texts.iter().all(|(_, text)| text.is_empty()) {
            return;
        }
        let mark = set.attrs.reopen(*attrs);
        for (key, text) in texts.into_iter().filter(|(_, text)| !text.is_empty()) {
            let text = set.strings.get(text).to_owned();
            set.push_attr(key, &AnyValue::str(&text));
        }
        *attrs = set.attrs.since(mark);
    }
}

/// The trace id that comes next in the JSON. Null and the empty text are no id.
pub(super) fn trace_id(reader: &mut Reader<'_, '_>, strings: &mut Strings) -> Step<Read<TraceId>> {
    let bytes = byte_list(reader)?;
    if let Some(bytes) = bytes {
        return Ok(trace_id_of_bytes(&bytes, strings));
    }
    let scalar = reader.scalar()?;
    let read = match scalar {
        Scalar::Number(text) => id_text::trace_id_of_number(text),
        _ => id_text::trace_id(scalar.text()),
    };
    Ok(known_or_derived(scalar.text(), read, derived_trace_id, strings))
}

/// The same for a span id.
pub(super) fn span_id(reader: &mut Reader<'_, '_>, strings: &mut Strings) -> Step<Read<SpanId>> {
    let bytes = byte_list(reader)?;
    if let Some(bytes) = bytes {
        return Ok(span_id_of_bytes(&bytes, strings));
    }
    let scalar = reader.scalar()?;
    let read = match scalar {
        Scalar::Number(text) => id_text::span_id_of_number(text),
        _ => id_text::span_id(scalar.text()),
    };
    Ok(known_or_derived(scalar.text(), read, derived_span_id, strings))
}

/// The trace id of a binary format.
pub(super) fn trace_id_of_bytes(bytes: &[u8], strings: &mut Strings) -> Read<TraceId> {
    match id_text::trace_id_of_bytes(bytes) {
        Some(id) => Read { id, text: Sym::EMPTY },
        None => known_or_derived(&text_of(bytes), None, derived_trace_id, strings),
    }
}

/// The span id of a binary format.
pub(super) fn span_id_of_bytes(bytes: &[u8], strings: &mut Strings) -> Read<SpanId> {
    match id_text::span_id_of_bytes(bytes) {
        Some(id) => Read { id, text: Sym::EMPTY },
        None => known_or_derived(&text_of(bytes), None, derived_span_id, strings),
    }
}

fn known_or_derived<Id: Default>(
    text: &str,
    known: Option<Id>,
    derived: fn(&str) -> Id,
    strings: &mut Strings,
) -> Read<Id> {
    match known {
        Some(id) => Read { id, text: Sym::EMPTY },
        None if text.trim().is_empty() => Read { id: Id::default(), text: Sym::EMPTY },
        None => Read { id: derived(text), text: strings.intern(text) },
    }
}

/// Bytes for a person: as text where they are printable ASCII, else in hex.
fn text_of(bytes: &[u8]) -> String {
    match core::str::from_utf8(bytes) {
        Ok(text) if text.bytes().all(|byte| byte.is_ascii_graphic()) => text.to_owned(),
        _ => bytes.iter().map(|byte| format!("{byte:02x}")).collect(),
    }
}

/// `[10, 247, …]`: the bytes of an id as some JSON writers list them. Numbers past 255 and lists past 64 bytes are no ids.
fn byte_list(reader: &mut Reader<'_, '_>) -> Step<Option<Vec<u8>>> {
    if reader.next_byte()? != b'[' {
        return Ok(None);
    }
    let mut bytes = Vec::new();
    if reader.begin_array()? {
        while reader.next_element()? {
            let byte = reader.unsigned()?;
            if bytes.len() < 64 {
                bytes.push(u8::try_from(byte).unwrap_or(u8::MAX));
            }
        }
    }
    Ok(Some(bytes))
}
