//! OTLP protobuf: `TracesData` (the same bytes as `ExportTraceServiceRequest` and Tempo's v1 answer) and Tempo's v2 answer.
//!
//! The outer messages are walked as a stream and never held; only a `Span`, `Resource` or `InstrumentationScope` stands
//! in the window whole. Fields may come in any order. A damaged record inside an intact frame is skipped with a
//! warning; damage to the outer messages ends the reading, since nothing after it can be trusted.

mod leaf;
mod shape;

use leaf::Leaf;
pub(super) use shape::{Outer, outer};

use super::input::Input;
use super::skipped::Holder;
use super::wire::{self, Damage, Head, MAX_HEAD};
use super::{DecodeError, Decoded, Format, Sink};
use crate::base::Sym;
use crate::model::{Resource, Scope, WarningKind};

/// How much of the input is looked at to tell its shape.
pub(super) const LOOK_AHEAD: usize = 64 * 1024;

/// The largest record that is held in memory; larger ones are damage, or an attack.
const MAX_HELD: u64 = 256 << 20;

/// The end of a message that ends with the input.
const OPEN: u64 = u64::MAX;

/// Reads to the end of the input.
pub fn decode(input: &mut Input, sink: &mut Sink) -> Decoded {
    Walk::new(input, sink, Format::OtlpProtobuf).traces(OPEN)
}

/// Reads one message that ends at offset `end`, the `index`-th of a length-prefixed file.
pub(super) fn decode_frame(input: &mut Input, sink: &mut Sink, index: u64, end: u64) -> Decoded {
    let mut walk = Walk::new(input, sink, Format::OtlpProtobufDelimited);
    walk.path.push(("message", Some(index)));
    walk.traces(end)
}

/// A field of an outer message; of a message only its length has been read.
type Field = (u32, Head);

struct Walk<'w, 'i, 's> {
    input: &'w mut Input<'i>,
    sink: &'w mut Sink<'s>,
    format: Format,
    /// Where the walk is: names and places, outermost first. Left as it stood when something failed.
    path: Vec<(&'static str, Option<u64>)>,
}

impl<'w, 'i, 's> Walk<'w, 'i, 's> {
    fn new(input: &'w mut Input<'i>, sink: &'w mut Sink<'s>, format: Format) -> Self {
        Walk { input, sink, format, path: Vec::new() }
    }

    /// `resource_spans[3].scope_spans[0].spans[14]`
    fn field_path(&self) -> String {
        let mut path = String::new();
        for (name, index) in &self.path {
            if !path.is_empty() {
                path.push('.');
            }
            path.push_str(name);
            if let Some(index) = index {
                path.push_str(&format!("[{index}]"));
            }
        }
        path
    }

    fn error(&self, problem: impl Into<String>, truncated: bool) -> DecodeError {
        DecodeError::here(self.input, Some(self.format), self.field_path(), problem, truncated)
    }

    fn ends_inside(&self, what: &str) -> DecodeError {
        self.error(format!("the file ends inside {what}"), true)
    }

    fn defect(&mut self, kind: WarningKind, row: Option<u32>, message: impl core::fmt::Display) {
        let message = format!("{}: {message}", self.field_path());
        self.sink.set.defect(kind, row, message);
    }

    /// The next field of a message that ends at `end`; `None` there.
    fn field(&mut self, end: u64) -> Result<Option<Field>, DecodeError> {
        let left = end.saturating_sub(self.input.offset());
        let whole = self.input.need(MAX_HEAD);
        if left == 0 || (end == OPEN && self.input.window().is_empty()) {
            return Ok(None);
        }
        let window = self.input.window();
        let held = window.len().min(MAX_HEAD).min(usize::try_from(left).unwrap_or(MAX_HEAD));
        let (number, head, used) = match wire::head(window.get(..held).unwrap_or_default()) {
            Ok(found) => found,
            Err(Damage::CutShort) if !whole && (held as u64) < left => return Err(self.ends_inside("a field")),
            Err(damage) => return Err(self.error(damage.to_string(), false)),
        };
        if let Head::Length(length) = head {
            let room = left - used as u64;
            if end != OPEN && length > room {
                let problem = format!("field {number} claims {length} bytes, its message has only {room} left");
                return Err(self.error(problem, false));
            }
        }
        self.input.consume(used);
        Ok(Some((number, head)))
    }

    /// Steps over a field that is not wanted.
    fn skip(&mut self, head: Head) -> Decoded {
        let Head::Length(mut left) = head else { return Ok(()) };
        while left > 0 {
            let step = self.input.window().len().min(usize::try_from(left).unwrap_or(usize::MAX));
            if step == 0 && !self.input.refill() {
                return Err(self.ends_inside("a field"));
            }
            self.input.consume(step);
            left -= step as u64;
        }
        Ok(())
    }

    /// Steps over a field that OTLP does not define, and counts it unless it holds nothing.
    fn skip_unknown(&mut self, holder: Holder, (number, head): Field) -> Decoded {
        if !matches!(head, Head::Varint(0) | Head::Fixed64(0) | Head::Fixed32(0) | Head::Length(0)) {
            self.sink.skipped.field(holder, number);
        }
        self.skip(head)
    }

    /// Makes the window hold a message of `length` bytes; gives its length in memory's measure.
    fn hold(&mut self, length: u64, what: &str) -> Result<usize, DecodeError> {
        if length > MAX_HELD {
            let problem = format!("{what} claims {length} bytes, more than the {MAX_HELD} that one may have");
            return Err(self.error(problem, false));
        }
        let length = length as usize;
        if self.input.need(length) { Ok(length) } else { Err(self.ends_inside(what)) }
    }

    /// Reads a held message with `read`, notes what was wrong with it, and steps over it. `None` when it is damaged.
    fn leaf<T: Default>(
        &mut self,
        length: u64,
        what: &str,
        read: impl FnOnce(&mut Leaf, &[u8]) -> Result<T, Damage>,
    ) -> Result<Option<T>, DecodeError> {
        let length = self.hold(length, what)?;
        let mut leaf = Leaf::new(self.sink.set);
        let result = read(&mut leaf, self.input.window().get(..length).unwrap_or_default());
        let (notes, skipped) = (core::mem::take(&mut leaf.notes), core::mem::take(&mut leaf.skipped));
        self.sink.skipped.merge(skipped);
        for (kind, message) in notes {
            self.defect(kind, None, message);
        }
        if let Err(damage) = &result {
            self.defect(WarningKind::InvalidField, None, format_args!("{what} is damaged and was skipped ({damage})"));
        }
        self.input.consume(length);
        Ok(result.ok())
    }

    /// The outermost message.
    fn traces(&mut self, end: u64) -> Decoded {
        self.input.need(LOOK_AHEAD);
        let window = self.input.window();
        let left = usize::try_from(end.saturating_sub(self.input.offset())).unwrap_or(usize::MAX);
        let cut = window.len() >= LOOK_AHEAD && left > LOOK_AHEAD;
        let prefix = window.get(..window.len().min(left).min(LOOK_AHEAD)).unwrap_or_default();
        // A short input may also be a longer one that was cut off.
        let shape = outer(prefix, cut).or_else(|| outer(prefix, true));
        match shape {
            Some(Outer::TraceById) => self.trace_by_id(end),
            Some(Outer::Bare) | None => self.traces_data(end),
        }
    }

    fn traces_data(&mut self, end: u64) -> Decoded {
        let mut index = 0;
        while let Some((number, head)) = self.field(end)? {
            match (number, head) {
                (1, Head::Length(length)) => {
                    self.path.push(("resource_spans", Some(index)));
                    self.resource_spans(length)?;
                    self.path.pop();
                    index += 1;
                }
                (_, head) => self.skip(head)?,
            }
        }
        Ok(())
    }

    /// Tempo's v2 answer: `{1: trace, 2: metrics, 3: status (0 complete, 1 partial), 4: message}`.
    fn trace_by_id(&mut self, end: u64) -> Decoded {
        let (mut partial, mut message) = (false, String::new());
        while let Some((number, head)) = self.field(end)? {
            match (number, head) {
                (1, Head::Length(length)) => {
                    self.path.push(("trace", None));
                    let end = self.end_of(length);
                    self.traces_data(end)?;
                    self.path.pop();
                }
                (3, Head::Varint(status)) => partial = status == 1,
                (4, Head::Length(length)) => {
                    let length = self.hold(length, "the status message")?;
                    message = String::from_utf8_lossy(self.input.window().get(..length).unwrap_or_default()).into();
                    self.input.consume(length);
                }
                (_, head) => self.skip(head)?,
            }
        }
        if partial {
            self.sink.partial = Some(message);
        }
        Ok(())
    }

    fn end_of(&self, length: u64) -> u64 {
        // One below OPEN, which has a meaning of its own.
        self.input.offset().saturating_add(length).min(OPEN - 1)
    }

    fn resource_spans(&mut self, length: u64) -> Decoded {
        let from = self.sink.set.len();
        let (mut resource, mut schema_url) = (None, Sym::EMPTY);
        let result = self.resource_fields(length, &mut resource, &mut schema_url);
        // The resource may stand behind its spans, and spans of a message that broke off still have theirs.
        let set = &mut *self.sink.set;
        if set.len() > from {
            let index = resource.unwrap_or_else(|| set.intern_resource(Resource::default()));
            let index = if schema_url.is_empty() { index } else { set.resource_with_schema(index, schema_url) };
            set.assign_resource(from, index);
        }
        result
    }

    fn resource_fields(&mut self, length: u64, resource: &mut Option<u32>, schema_url: &mut Sym) -> Decoded {
        let end = self.end_of(length);
        let mut index = 0;
        while let Some((number, head)) = self.field(end)? {
            match (number, head) {
                (1, Head::Length(length)) => {
                    self.path.push(("resource", None));
                    if let Some(read) = self.leaf(length, "a resource", |leaf, bytes| leaf.resource(bytes))? {
                        *resource = Some(self.sink.set.intern_resource(read));
                    }
                    self.path.pop();
                }
                // 1000 is instrumentation_library_spans, which was scope_spans until 2022.
                (2 | 1000, Head::Length(length)) => {
                    self.path.push(("scope_spans", Some(index)));
                    self.scope_spans(length)?;
                    self.path.pop();
                    index += 1;
                }
                (3, Head::Length(length)) => {
                    let url = self.leaf(length, "a schema URL", |leaf, bytes| Ok(leaf.schema_url(bytes)))?;
                    *schema_url = url.unwrap_or_default();
                }
                field => self.skip_unknown(Holder::ResourceSpans, field)?,
            }
        }
        Ok(())
    }

    fn scope_spans(&mut self, length: u64) -> Decoded {
        let from = self.sink.set.len();
        let mut scope = Scope::default();
        let result = self.scope_fields(length, &mut scope);
        if self.sink.set.len() > from {
            let index = self.sink.set.intern_scope(scope);
            self.sink.set.assign_scope(from, index);
        }
        result
    }

    fn scope_fields(&mut self, length: u64, scope: &mut Scope) -> Decoded {
        let end = self.end_of(length);
        let mut index = 0;
        while let Some((number, head)) = self.field(end)? {
            match (number, head) {
                (1, Head::Length(length)) => {
                    self.path.push(("scope", None));
                    let schema_url = scope.schema_url;
                    if let Some(read) = self.leaf(length, "a scope", |leaf, bytes| leaf.scope(bytes))? {
                        *scope = Scope { schema_url, ..read };
                    }
                    self.path.pop();
                }
                (2, Head::Length(length)) => {
                    self.path.push(("spans", Some(index)));
                    self.record(length)?;
                    self.path.pop();
                    index += 1;
                }
                (3, Head::Length(length)) => {
                    let url = self.leaf(length, "a schema URL", |leaf, bytes| Ok(leaf.schema_url(bytes)))?;
                    scope.schema_url = url.unwrap_or_default();
                }
                field => self.skip_unknown(Holder::ScopeSpans, field)?,
            }
        }
        Ok(())
    }

    /// A span; or a log record or metric, which stand in the same place of messages of the same outer shape.
    fn record(&mut self, length: u64) -> Decoded {
        let length = self.hold(length, "a span")?;
        let bytes = self.input.window().get(..length).unwrap_or_default();
        let set = &mut *self.sink.set;
        let marks = (set.attrs.mark(), set.events.len(), set.links.len());
        let mut leaf = Leaf::new(set);
        let result = leaf.span(bytes);
        let Leaf { notes, skipped, mismatched, .. } = leaf;
        // Every ordinary span has times, so only odd ones cost a second look.
        let odd = mismatched || result.map_or(true, |span| span.start_unix_nano == 0 && span.end_unix_nano == 0);
        let kind = if odd { shape::record(bytes) } else { shape::Record::Span };
        let set = &mut *self.sink.set;
        match (kind, result) {
            (shape::Record::Span, Ok(draft)) => {
                let row = set.push_span(&draft);
                self.input.spans += 1;
                self.sink.skipped.merge(skipped);
                for (kind, message) in notes {
                    self.defect(kind, Some(row), message);
                }
            }
            (kind, result) => {
                set.attrs.truncate(marks.0);
                set.events.truncate(marks.1);
                set.links.truncate(marks.2);
                match (kind, result) {
                    (shape::Record::Log, _) => self.sink.skipped_logs += 1,
                    (shape::Record::Metric, _) => self.sink.skipped_metrics += 1,
                    (shape::Record::Span, Err(damage)) => {
                        let message = format_args!("the span is damaged and was skipped ({damage})");
                        self.defect(WarningKind::InvalidField, None, message);
                    }
                    (shape::Record::Span, Ok(_)) => {}
                }
            }
        }
        self.input.consume(length);
        self.sink.look().map_err(|problem| self.error(problem, false))
    }
}
