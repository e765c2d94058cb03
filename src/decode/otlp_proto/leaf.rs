//! The messages that are read whole: `Span` with its events and links, `Resource`, `InstrumentationScope`.
//!
//! Source: opentelemetry-proto `trace/v1/trace.proto`, `common/v1/common.proto`, `resource/v1/resource.proto`. Strings go
//! from the window straight into the string table. What cannot be read is left at its default and noted; a message that
//! is no message at all is an error, and its caller skips it.

use std::borrow::Cow;

use crate::base::{SpanId, Sym, TraceId};
use crate::decode::ids::{self, IdTexts};
use crate::decode::skipped::{Holder, Skipped};
use crate::decode::wire::{Damage, Fields, Payload};
use crate::model::attr::{AnyValue, MAX_NESTING};
use crate::model::{Event, Kind, Link, Resource, Scope, SpanDraft, SpanSet, Status, WarningKind};

/// A set being filled from one message, and what was wrong with that message.
pub struct Leaf<'s> {
    pub set: &'s mut SpanSet,
    pub notes: Vec<(WarningKind, String)>,
    /// Fields that OTLP does not define.
    pub skipped: Skipped,
    /// A known field came with the wire type of another: perhaps this is not the message it was taken for.
    pub mismatched: bool,
}

impl<'s> Leaf<'s> {
    pub fn new(set: &'s mut SpanSet) -> Self {
        Leaf { set, notes: Vec::new(), skipped: Skipped::default(), mismatched: false }
    }

    fn invalid(&mut self, message: String) {
        self.notes.push((WarningKind::InvalidField, message));
    }

    fn mismatch(&mut self, what: &str, number: u32) {
        self.mismatched = true;
        self.invalid(format!("field {number} of a {what} has a wrong type"));
    }

    /// Counts a field that OTLP does not define, unless it holds nothing.
    #[cold]
    fn unknown(&mut self, holder: Holder, number: u32, payload: Payload<'_>) {
        let is_empty =
            matches!(payload, Payload::Varint(0) | Payload::Fixed64(0) | Payload::Fixed32(0) | Payload::Bytes([]));
        if !is_empty {
            self.skipped.field(holder, number);
        }
    }

    /// The bytes as text; bad UTF-8 becomes U+FFFD.
    fn text<'a>(&mut self, bytes: &'a [u8], what: &str) -> Cow<'a, str> {
        if let Ok(text) = core::str::from_utf8(bytes) {
            return Cow::Borrowed(text);
        }
        let text = String::from_utf8_lossy(bytes);
        self.notes.push((WarningKind::InvalidUtf8, format!("{what} is not UTF-8: {}", start_of(&text))));
        text
    }

    fn sym(&mut self, bytes: &[u8], what: &str) -> Sym {
        if let Some(sym) = self.set.strings.intern_bytes(bytes) {
            return sym;
        }
        let text = self.text(bytes, what);
        self.set.intern(&text)
    }

    pub fn schema_url(&mut self, bytes: &[u8]) -> Sym {
        self.sym(bytes, "a schema URL")
    }

    /// Absent ids are zero; ids that are too short are padded and noted.
    fn trace_id(&mut self, bytes: &[u8], text: &mut Sym) -> TraceId {
        if matches!(bytes.len(), 1..16) {
            self.invalid(format!("a trace id has {} bytes instead of 16", bytes.len()));
        }
        let read = ids::trace_id_of_bytes(bytes, &mut self.set.strings);
        *text = read.text;
        read.id
    }

    fn span_id(&mut self, bytes: &[u8], what: &str, text: &mut Sym) -> SpanId {
        if matches!(bytes.len(), 1..8) {
            self.invalid(format!("a {what} has {} bytes instead of 8", bytes.len()));
        }
        let read = ids::span_id_of_bytes(bytes, &mut self.set.strings);
        *text = read.text;
        read.id
    }

    /// One span; what it owns is pushed, the span itself is not. Events and links are read in passes of their own:
    /// the lines of one owner stand together, whatever the order of the fields.
    pub fn span(&mut self, message: &[u8]) -> Result<SpanDraft, Damage> {
        let mut draft = SpanDraft::default();
        let attrs = self.set.attrs.mark();
        let mut texts = IdTexts::default();
        let (has_events, has_links) = self.span_fields(message, &mut draft, &mut texts)?;
        draft.attrs = self.set.attrs.since(attrs);
        texts.keep(self.set, &mut draft.attrs);
        if has_events {
            let mark = self.set.event_mark();
            self.events(message)?;
            draft.events = self.set.events_since(mark);
        }
        if has_links {
            let mark = self.set.link_mark();
            self.links(message)?;
            draft.links = self.set.links_since(mark);
        }
        Ok(draft)
    }

    /// Everything but events and links; says whether there are any.
    fn span_fields(
        &mut self,
        message: &[u8],
        draft: &mut SpanDraft,
        texts: &mut IdTexts,
    ) -> Result<(bool, bool), Damage> {
        let (mut has_events, mut has_links) = (false, false);
        let mut fields = Fields::new(message);
        while let Some(field) = fields.next_field()? {
            match field {
                (1, Payload::Bytes(id)) => draft.trace_id = self.trace_id(id, &mut texts.trace),
                (2, Payload::Bytes(id)) => draft.span_id = self.span_id(id, "span id", &mut texts.span),
                (3, Payload::Bytes(state)) => draft.trace_state = self.sym(state, "a trace state"),
                (4, Payload::Bytes(id)) => draft.parent_id = self.span_id(id, "parent span id", &mut texts.parent),
                (5, Payload::Bytes(name)) => draft.name = self.sym(name, "a span name"),
                (6, Payload::Varint(number)) => match Kind::from_otlp(number) {
                    Some(kind) => draft.kind = kind,
                    None => self.invalid(format!("{} is not a span kind", number as i64)),
                },
                (7, Payload::Fixed64(time)) => draft.start_unix_nano = time,
                (8, Payload::Fixed64(time)) => draft.end_unix_nano = time,
                (9, Payload::Bytes(attribute)) => self.attribute(attribute)?,
                (10, Payload::Varint(count)) => draft.dropped_attributes = count32(count),
                (11, Payload::Bytes(_)) => has_events = true,
                (12, Payload::Varint(count)) => draft.dropped_events = count32(count),
                (13, Payload::Bytes(_)) => has_links = true,
                (14, Payload::Varint(count)) => draft.dropped_links = count32(count),
                (15, Payload::Bytes(status)) => self.status(status, draft)?,
                (16, Payload::Fixed32(flags)) => draft.flags = flags,
                (number @ 1..=16, _) => self.mismatch("span", number),
                (number, payload) => self.unknown(Holder::Span, number, payload),
            }
        }
        Ok((has_events, has_links))
    }

    fn events(&mut self, message: &[u8]) -> Result<(), Damage> {
        let mut fields = Fields::new(message);
        while let Some(field) = fields.next_field()? {
            if let (11, Payload::Bytes(event)) = field {
                self.event(event)?;
            }
        }
        Ok(())
    }

    fn links(&mut self, message: &[u8]) -> Result<(), Damage> {
        let mut fields = Fields::new(message);
        while let Some(field) = fields.next_field()? {
            if let (13, Payload::Bytes(link)) = field {
                self.link(link)?;
            }
        }
        Ok(())
    }

    fn status(&mut self, message: &[u8], draft: &mut SpanDraft) -> Result<(), Damage> {
        let mut fields = Fields::new(message);
        while let Some(field) = fields.next_field()? {
            match field {
                (2, Payload::Bytes(text)) => draft.status_message = self.sym(text, "a status message"),
                (3, Payload::Varint(number)) => match Status::from_otlp(number) {
                    Some(status) => draft.status = status,
                    None => self.invalid(format!("{} is not a status code", number as i64)),
                },
                (number @ 2..=3, _) => self.mismatch("status", number),
                // The code of OTLP before 0.12, beside field 3.
                (1, _) => {}
                (number, payload) => self.unknown(Holder::Status, number, payload),
            }
        }
        Ok(())
    }

    fn event(&mut self, message: &[u8]) -> Result<(), Damage> {
        let mut event = Event::default();
        let mark = self.set.attrs.mark();
        let mut fields = Fields::new(message);
        while let Some(field) = fields.next_field()? {
            match field {
                (1, Payload::Fixed64(time)) => event.time_unix_nano = time,
                (2, Payload::Bytes(name)) => event.name = self.sym(name, "an event name"),
                (3, Payload::Bytes(attribute)) => self.attribute(attribute)?,
                (4, Payload::Varint(count)) => event.dropped_attributes = count32(count),
                (number @ 1..=4, _) => self.mismatch("event", number),
                (number, payload) => self.unknown(Holder::Event, number, payload),
            }
        }
        event.attrs = self.set.attrs.since(mark);
        self.set.push_event(event);
        Ok(())
    }

    fn link(&mut self, message: &[u8]) -> Result<(), Damage> {
        let mut link = Link::default();
        let mut texts = IdTexts::default();
        let mark = self.set.attrs.mark();
        let mut fields = Fields::new(message);
        while let Some(field) = fields.next_field()? {
            match field {
                (1, Payload::Bytes(id)) => link.trace_id = self.trace_id(id, &mut texts.trace),
                (2, Payload::Bytes(id)) => link.span_id = self.span_id(id, "linked span id", &mut texts.span),
                (3, Payload::Bytes(state)) => link.trace_state = self.sym(state, "a trace state"),
                (4, Payload::Bytes(attribute)) => self.attribute(attribute)?,
                (5, Payload::Varint(count)) => link.dropped_attributes = count32(count),
                (6, Payload::Fixed32(flags)) => link.flags = flags,
                (number @ 1..=6, _) => self.mismatch("link", number),
                (number, payload) => self.unknown(Holder::Link, number, payload),
            }
        }
        link.attrs = self.set.attrs.since(mark);
        texts.keep(self.set, &mut link.attrs);
        self.set.push_link(link);
        Ok(())
    }

    pub fn resource(&mut self, message: &[u8]) -> Result<Resource, Damage> {
        let mut resource = Resource::default();
        let mark = self.set.attrs.mark();
        let mut fields = Fields::new(message);
        while let Some(field) = fields.next_field()? {
            match field {
                (1, Payload::Bytes(attribute)) => self.attribute(attribute)?,
                (2, Payload::Varint(count)) => resource.dropped_attributes = count32(count),
                (number @ 1..=2, _) => self.mismatch("resource", number),
                // entity_refs: references into the attributes.
                (3, _) => {}
                (number, payload) => self.unknown(Holder::Resource, number, payload),
            }
        }
        resource.attrs = self.set.attrs.since(mark);
        Ok(resource)
    }

    pub fn scope(&mut self, message: &[u8]) -> Result<Scope, Damage> {
        let mut scope = Scope::default();
        let mark = self.set.attrs.mark();
        let mut fields = Fields::new(message);
        while let Some(field) = fields.next_field()? {
            match field {
                (1, Payload::Bytes(name)) => scope.name = self.sym(name, "a scope name"),
                (2, Payload::Bytes(version)) => scope.version = self.sym(version, "a scope version"),
                (3, Payload::Bytes(attribute)) => self.attribute(attribute)?,
                (4, Payload::Varint(count)) => scope.dropped_attributes = count32(count),
                (number @ 1..=4, _) => self.mismatch("scope", number),
                (number, payload) => self.unknown(Holder::Scope, number, payload),
            }
        }
        scope.attrs = self.set.attrs.since(mark);
        Ok(scope)
    }

    fn attribute(&mut self, message: &[u8]) -> Result<(), Damage> {
        if self.plain_attribute(message).is_some() {
            return Ok(());
        }
        let (key, value) = self.key_value(message, 0)?;
        self.set.push_attr(&key, &value);
        Ok(())
    }

    /// Adds an attribute written as everybody writes it: a key, then a value of one scalar. `None` when it is anything else,
    /// damaged ones included; nothing was added then.
    fn plain_attribute(&mut self, message: &[u8]) -> Option<()> {
        let mut fields = Fields::new(message);
        let Ok(Some((1, Payload::Bytes(key)))) = fields.next_field() else { return None };
        let Ok(Some((2, Payload::Bytes(value)))) = fields.next_field() else { return None };
        let mut values = Fields::new(value);
        let Ok(Some(value)) = values.next_field() else { return None };
        if !fields.is_at_end() || !values.is_at_end() {
            return None;
        }
        let SpanSet { strings, attrs, .. } = &mut *self.set;
        let value = match value {
            (1, Payload::Bytes(text)) => {
                let (key, text) = (strings.intern_bytes(key)?, strings.intern_bytes(text)?);
                attrs.push_sym(key, text);
                return Some(());
            }
            (2, Payload::Varint(flag)) => AnyValue::Bool(flag != 0),
            (3, Payload::Varint(number)) => AnyValue::Int(number as i64),
            (4, Payload::Fixed64(bits)) => AnyValue::Double(f64::from_bits(bits)),
            _ => return None,
        };
        let key = strings.intern_bytes(key)?;
        attrs.push(strings, key, &value);
        Some(())
    }

    fn key_value<'a>(&mut self, message: &'a [u8], depth: usize) -> Result<(Cow<'a, str>, AnyValue<'a>), Damage> {
        let (mut key, mut value) = (Cow::Borrowed(""), AnyValue::Empty);
        let mut fields = Fields::new(message);
        while let Some(field) = fields.next_field()? {
            match field {
                (1, Payload::Bytes(text)) => key = self.text(text, "an attribute key"),
                (2, Payload::Bytes(any)) => value = self.any_value(any, depth)?,
                (number @ 1..=2, _) => self.mismatch("attribute", number),
                (number, payload) => self.unknown(Holder::Attribute, number, payload),
            }
        }
        Ok((key, value))
    }

    /// Of several values the last one counts, as for any `oneof`.
    fn any_value<'a>(&mut self, message: &'a [u8], depth: usize) -> Result<AnyValue<'a>, Damage> {
        let mut value = AnyValue::Empty;
        let mut fields = Fields::new(message);
        while let Some(field) = fields.next_field()? {
            value = match field {
                (1, Payload::Bytes(text)) => AnyValue::Str(self.text(text, "an attribute value")),
                (2, Payload::Varint(flag)) => AnyValue::Bool(flag != 0),
                (3, Payload::Varint(number)) => AnyValue::Int(number as i64),
                (4, Payload::Fixed64(bits)) => AnyValue::Double(f64::from_bits(bits)),
                (5 | 6, Payload::Bytes(_)) if depth >= MAX_NESTING => {
                    self.invalid(format!(
                        "an attribute is nested deeper than {MAX_NESTING} levels; the rest is left out"
                    ));
                    AnyValue::Empty
                }
                (5, Payload::Bytes(list)) => AnyValue::Array(self.array(list, depth + 1)?),
                (6, Payload::Bytes(list)) => AnyValue::Kvlist(self.kvlist(list, depth + 1)?),
                (7, Payload::Bytes(bytes)) => AnyValue::Bytes(Cow::Borrowed(bytes)),
                (number @ 1..=7, _) => {
                    self.mismatch("value", number);
                    value
                }
                (number, payload) => {
                    self.unknown(Holder::Value, number, payload);
                    value
                }
            };
        }
        Ok(value)
    }

    fn array<'a>(&mut self, message: &'a [u8], depth: usize) -> Result<Vec<AnyValue<'a>>, Damage> {
        let mut items = Vec::new();
        let mut fields = Fields::new(message);
        while let Some(field) = fields.next_field()? {
            match field {
                (1, Payload::Bytes(item)) => items.push(self.any_value(item, depth)?),
                (number, payload) => self.unknown(Holder::Value, number, payload),
            }
        }
        Ok(items)
    }

    fn kvlist<'a>(&mut self, message: &'a [u8], depth: usize) -> Result<Vec<(Cow<'a, str>, AnyValue<'a>)>, Damage> {
        let mut entries = Vec::new();
        let mut fields = Fields::new(message);
        while let Some(field) = fields.next_field()? {
            match field {
                (1, Payload::Bytes(entry)) => entries.push(self.key_value(entry, depth)?),
                (number, payload) => self.unknown(Holder::Value, number, payload),
            }
        }
        Ok(entries)
    }
}

fn count32(count: u64) -> u32 {
    u32::try_from(count).unwrap_or(u32::MAX)
}

/// Enough of a text to recognise it by.
fn start_of(text: &str) -> String {
    const SHOWN: usize = 40;
    match text.char_indices().nth(SHOWN) {
        Some((end, _)) => format!("{}…", text.get(..end).unwrap_or_default()),
        None => text.to_owned(),
    }
}
