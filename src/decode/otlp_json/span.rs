//! One span with its events and links.

use super::Otlp;
use crate::base::{SpanId, Sym, TraceId};
use crate::decode::ids::{self, IdTexts};
use crate::decode::json::{Scalar, Step};
use crate::decode::skipped::Holder;
use crate::model::{Event, Kind, Link, Range32, SpanDraft, Status};

impl Otlp<'_, '_, '_, '_> {
    /// Pushes the span when its last member was read: a span that breaks off is not kept.
    pub(super) fn span(&mut self) -> Step<()> {
        if !self.reader.begin_object()? {
            return Ok(());
        }
        let mut span = SpanDraft::default();
        let mut texts = IdTexts::default();
        while let Some(key) = self.reader.next_key()? {
            match key {
                "traceId" | "trace_id" => span.trace_id = self.trace_id(&mut texts)?,
                "spanId" | "span_id" => span.span_id = self.span_id(&mut texts.span)?,
                "parentSpanId" | "parent_span_id" => span.parent_id = self.span_id(&mut texts.parent)?,
                "name" => span.name = self.reader.symbol(&mut self.sink.set.strings)?,
                "kind" => span.kind = self.enumerator(Kind::from_otlp, Kind::from_name)?,
                "startTimeUnixNano" | "start_time_unix_nano" => span.start_unix_nano = self.reader.unsigned()?,
                "endTimeUnixNano" | "end_time_unix_nano" => span.end_unix_nano = self.reader.unsigned()?,
                "attributes" => span.attrs = self.attributes(span.attrs)?,
                "status" => self.status(&mut span)?,
                "events" => span.events = self.events(span.events)?,
                "links" => span.links = self.links(span.links)?,
                "traceState" | "trace_state" => span.trace_state = self.reader.symbol(&mut self.sink.set.strings)?,
                "flags" => span.flags = self.reader.unsigned_32()?,
                "droppedAttributesCount" | "dropped_attributes_count" => {
                    span.dropped_attributes = self.reader.unsigned_32()?;
                }
                "droppedEventsCount" | "dropped_events_count" => span.dropped_events = self.reader.unsigned_32()?,
                "droppedLinksCount" | "dropped_links_count" => span.dropped_links = self.reader.unsigned_32()?,
                _ => self.reader.skip_unknown(&mut self.sink.skipped, Holder::Span)?,
            }
        }
        texts.keep(self.sink.set, &mut span.attrs);
        let row = self.sink.set.push_span(&span);
        self.reader.count_span();
        self.reader.report(self.sink.set, Some(row));
        self.sink.look().map_err(|problem| self.reader.broken(problem))
    }

    fn status(&mut self, span: &mut SpanDraft) -> Step<()> {
        if !self.reader.begin_object()? {
            return Ok(());
        }
        while let Some(key) = self.reader.next_key()? {
            match key {
                "code" => span.status = self.enumerator(Status::from_otlp, Status::from_name)?,
                "message" => span.status_message = self.reader.symbol(&mut self.sink.set.strings)?,
                // Of OTLP before 0.12, beside `code`.
                "deprecatedCode" | "deprecated_code" => self.reader.skip_value()?,
                _ => self.reader.skip_unknown(&mut self.sink.skipped, Holder::Status)?,
            }
        }
        Ok(())
    }

    /// The span's events so far are the last of the set, so `known` is extended where it ends.
    fn events(&mut self, known: Range32) -> Step<Range32> {
        let mark = if known.len > 0 { known.start } else { self.sink.set.event_mark() };
        self.each(Self::event)?;
        Ok(self.sink.set.events_since(mark))
    }

    fn event(&mut self) -> Step<()> {
        if !self.reader.begin_object()? {
            return Ok(());
        }
        let mut event = Event::default();
        while let Some(key) = self.reader.next_key()? {
            match key {
                "timeUnixNano" | "time_unix_nano" => event.time_unix_nano = self.reader.unsigned()?,
                "name" => event.name = self.reader.symbol(&mut self.sink.set.strings)?,
                "attributes" => event.attrs = self.attributes(event.attrs)?,
                "droppedAttributesCount" | "dropped_attributes_count" => {
                    event.dropped_attributes = self.reader.unsigned_32()?;
                }
                _ => self.reader.skip_unknown(&mut self.sink.skipped, Holder::Event)?,
            }
        }
        self.sink.set.push_event(event);
        Ok(())
    }

    fn links(&mut self, known: Range32) -> Step<Range32> {
        let mark = if known.len > 0 { known.start } else { self.sink.set.link_mark() };
        self.each(Self::link)?;
        Ok(self.sink.set.links_since(mark))
    }

    fn link(&mut self) -> Step<()> {
        if !self.reader.begin_object()? {
            return Ok(());
        }
        let mut link = Link::default();
        let mut texts = IdTexts::default();
        while let Some(key) = self.reader.next_key()? {
            match key {
                "traceId" | "trace_id" => link.trace_id = self.trace_id(&mut texts)?,
                "spanId" | "span_id" => link.span_id = self.span_id(&mut texts.span)?,
                "traceState" | "trace_state" => link.trace_state = self.reader.symbol(&mut self.sink.set.strings)?,
                "attributes" => link.attrs = self.attributes(link.attrs)?,
                "droppedAttributesCount" | "dropped_attributes_count" => {
                    link.dropped_attributes = self.reader.unsigned_32()?;
                }
                "flags" => link.flags = self.reader.unsigned_32()?,
                _ => self.reader.skip_unknown(&mut self.sink.skipped, Holder::Link)?,
            }
        }
        texts.keep(self.sink.set, &mut link.attrs);
        self.sink.set.push_link(link);
        Ok(())
    }

    fn trace_id(&mut self, texts: &mut IdTexts) -> Step<TraceId> {
        let read = ids::trace_id(&mut self.reader, &mut self.sink.set.strings)?;
        texts.trace = read.text;
        Ok(read.id)
    }

    fn span_id(&mut self, text: &mut Sym) -> Step<SpanId> {
        let read = ids::span_id(&mut self.reader, &mut self.sink.set.strings)?;
        *text = read.text;
        Ok(read.id)
    }

    /// An enum by number or name.
    fn enumerator<T: Default>(
        &mut self,
        from_number: fn(u64) -> Option<T>,
        from_name: fn(&str) -> Option<T>,
    ) -> Step<T> {
        let scalar = self.reader.scalar()?;
        let read = match scalar {
            Scalar::Text(name) if from_name(name).is_some() => from_name(name),
            scalar => scalar.whole().ok().and_then(|number| from_number(u64::try_from(number).ok()?)),
        };
        let read = read.ok_or_else(|| format!("`{:.48}` is not defined by OTLP", scalar.text()));
        Ok(self.reader.accept(read))
    }
}
