//! One span with its endpoints and annotations.

use super::{Zipkin, packed};
use crate::base::{SpanId, Sym, TraceId};
use crate::decode::carried;
use crate::decode::ids::{self, IdTexts, Read};
use crate::decode::json::Step;
use crate::decode::skipped::Holder;
use crate::model::{Event, Kind, Range32, SpanDraft};

/// One side of a call.
#[derive(Default)]
pub(super) struct Endpoint {
    pub service_name: Sym,
    pub address: Sym,
    /// Beside an IPv4 address.
    pub ipv6: Sym,
    pub port: u32,
}

/// A span's members that wait for its end, when its attributes are written.
#[derive(Default)]
pub(super) struct Members {
    pub draft: SpanDraft,
    pub texts: IdTexts,
    pub local: Endpoint,
    pub remote: Endpoint,
    pub is_shared: bool,
    pub is_debug: bool,
    start_ns: i128,
    /// `None` when it is not written: the span is not finished, or was reported in parts.
    duration_ns: Option<i128>,
}

impl Zipkin<'_, '_, '_, '_> {
    /// Pushes the span when its last member was read: a span that breaks off is not kept.
    pub(super) fn span(&mut self) -> Step<()> {
        if !self.reader.begin_object()? {
            return Ok(());
        }
        self.tags.clear();
        self.is_v1 = false;
        let mut members = Members::default();
        while let Some(key) = self.reader.next_key()? {
            match key {
                "traceId" => Read { id: members.draft.trace_id, text: members.texts.trace } = self.trace_id()?,
                "id" => Read { id: members.draft.span_id, text: members.texts.span } = self.span_id()?,
                "parentId" => Read { id: members.draft.parent_id, text: members.texts.parent } = self.span_id()?,
                "name" => members.draft.name = self.reader.symbol(&mut self.sink.set.strings)?,
                "kind" => members.draft.kind = self.kind()?,
                "timestamp" | "timestampMicros" => members.start_ns = self.microseconds()?,
                "duration" | "durationMicros" => members.duration_ns = self.reader.duration()?,
                "localEndpoint" => members.local = self.endpoint()?,
                "remoteEndpoint" => members.remote = self.endpoint()?,
                "annotations" => members.draft.events = self.annotations(members.draft.events)?,
                "tags" => self.tags()?,
                "shared" => members.is_shared = self.flag()?,
                "debug" => members.is_debug = self.flag()?,
                "binaryAnnotations" => self.only_in_v1(b'[')?,
                _ => self.reader.skip_unknown(&mut self.sink.skipped, Holder::Span)?,
            }
        }
        if self.is_v1 {
            return Ok(());
        }
        let times = carried::start_and_end(members.start_ns, members.duration_ns);
        [members.draft.start_unix_nano, members.draft.end_unix_nano] = times.map(|time| self.reader.accept(time));
        let row = self.push(members);
        self.reader.count_span();
        self.reader.report(self.sink.set, Some(row));
        self.sink.look().map_err(|problem| self.reader.broken(problem))
    }

    fn kind(&mut self) -> Step<Kind> {
        let read = match self.reader.string()? {
            "" => Ok(Kind::Unspecified),
            name => Kind::from_name(name).ok_or_else(|| format!("`{name:.48}` is not a kind of Zipkin's")),
        };
        Ok(self.reader.accept(read))
    }

    fn flag(&mut self) -> Step<bool> {
        let read = self.reader.scalar()?.bool();
        Ok(self.reader.accept(read))
    }

    fn endpoint(&mut self) -> Step<Endpoint> {
        let mut endpoint = Endpoint::default();
        if self.reader.begin_object()? {
            while let Some(key) = self.reader.next_key()? {
                match key {
                    "serviceName" => {
                        let name = carried::service_name(self.reader.string()?);
                        endpoint.service_name = self.sink.set.intern(name);
                    }
                    "ipv4" => endpoint.address = self.reader.symbol(&mut self.sink.set.strings)?,
                    "ipv6" => endpoint.ipv6 = self.reader.symbol(&mut self.sink.set.strings)?,
                    "port" => endpoint.port = self.reader.unsigned_32()?,
                    _ => self.reader.skip_unknown(&mut self.sink.skipped, Holder::Endpoint)?,
                }
            }
        }
        if endpoint.address.is_empty() {
            endpoint.address = core::mem::take(&mut endpoint.ipv6);
        }
        Ok(endpoint)
    }

    /// `{"key": "text", …}`
    fn tags(&mut self) -> Step<()> {
        if !self.reader.begin_object()? {
            return Ok(());
        }
        while let Some(key) = self.reader.next_key()? {
            let key = self.sink.set.intern(key);
            let value = self.reader.symbol(&mut self.sink.set.strings)?;
            self.tags.push((key, value));
        }
        Ok(())
    }

    /// The span's events so far are the last of the set, so `known` is extended where it ends.
    fn annotations(&mut self, known: Range32) -> Step<Range32> {
        let mark = if known.len > 0 { known.start } else { self.sink.set.event_mark() };
        if self.reader.begin_array()? {
            while self.reader.next_element()? {
                self.annotation()?;
            }
        }
        Ok(self.sink.set.events_since(mark))
    }

    fn annotation(&mut self) -> Step<()> {
        if !self.reader.begin_object()? {
            return Ok(());
        }
        let mut event = Event::default();
        while let Some(key) = self.reader.next_key()? {
            match key {
                "timestamp" | "timestampMicros" => {
                    let read = carried::unix_nano(self.microseconds()?);
                    event.time_unix_nano = self.reader.accept(read);
                }
                "value" => {
                    let packed = packed::event(self.reader.string()?);
                    let set = &mut *self.sink.set;
                    event.name = set.intern(packed.name);
                    let mark = set.attrs.mark();
                    for (key, value) in &packed.attributes {
                        set.push_attr(key, value);
                    }
                    event.attrs = set.attrs.since(mark);
                    event.dropped_attributes = packed.dropped;
                }
                "endpoint" => self.only_in_v1(b'{')?,
                _ => self.reader.skip_unknown(&mut self.sink.skipped, Holder::Annotation)?,
            }
        }
        self.sink.set.push_event(event);
        Ok(())
    }

    /// Microseconds as nanoseconds.
    fn microseconds(&mut self) -> Step<i128> {
        let read = self.reader.scalar()?.scaled(3);
        Ok(self.reader.accept(read))
    }

    fn trace_id(&mut self) -> Step<Read<TraceId>> {
        ids::trace_id(&mut self.reader, &mut self.sink.set.strings)
    }

    fn span_id(&mut self) -> Step<Read<SpanId>> {
        ids::span_id(&mut self.reader, &mut self.sink.set.strings)
    }
}
