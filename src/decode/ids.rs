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
        None => Read { id: derived(text.trim()), text: strings.intern(text.trim()) },
    }
}

/// Bytes for a person: as text where they are printable ASCII, else in hex.
fn text_of(bytes: &[u8]) -> String {
    let hex = || bytes.iter().map(|byte| format!("{byte:02x}")).collect();
    id_text::printable(bytes).map_or_else(hex, str::to_owned)
}

/// Bytes of an id as JSON writers list them: `[10, 247, …]`, Node's `{"type": "Buffer", "data": […]}`, or `{"0": 10, "1": 247, …}`
/// as an array of bytes becomes. A number past 255 or more than 64 bytes make no id of them, only a text.
fn byte_list(reader: &mut Reader<'_, '_>) -> Step<Option<Vec<u8>>> {
    let mut bytes = Vec::new();
    match reader.next_byte()? {
        b'[' => bytes_of_array(reader, &mut bytes)?,
        b'{' => bytes_of_object(reader, &mut bytes)?,
        _ => return Ok(None),
    }
    Ok(Some(bytes))
}

fn bytes_of_array(reader: &mut Reader<'_, '_>, bytes: &mut Vec<u8>) -> Step<()> {
    if reader.begin_array()? {
        while reader.next_element()? {
            let number = reader.unsigned()?;
            push_byte(bytes, number);
        }
    }
    Ok(())
}

fn bytes_of_object(reader: &mut Reader<'_, '_>, bytes: &mut Vec<u8>) -> Step<()> {
    if !reader.begin_object()? {
        return Ok(());
    }
    while let Some(key) = reader.next_key()? {
        let (is_data, is_place) = (key == "data", key.bytes().all(|byte| byte.is_ascii_digit()));
        match reader.next_byte()? {
            b'[' if is_data => bytes_of_array(reader, bytes)?,
            _ if is_place => {
                let number = reader.unsigned()?;
                push_byte(bytes, number);
            }
            _ => reader.skip_value()?,
        }
    }
    Ok(())
}

/// A number that is no byte takes all of its own bytes, so that lists that differ stay different.
fn push_byte(bytes: &mut Vec<u8>, number: u64) {
    if bytes.len() >= 64 {
        return;
    }
    match u8::try_from(number) {
        Ok(byte) => bytes.push(byte),
        Err(_) => bytes.extend(number.to_be_bytes()),
    }
}
