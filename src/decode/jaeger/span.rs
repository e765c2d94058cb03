//! One span with its references and logs.

use super::tag::Owner;
use super::{Jaeger, Open};
use crate::base::{SpanId, Sym, TraceId};
use crate::decode::carried::{self, Carried};
use crate::decode::ids::{self, IdTexts, Read};
use crate::decode::json::Step;
use crate::decode::skipped::Holder;
use crate::model::follows::{CHILD_OF, FOLLOWS_FROM, REF_TYPE};
use crate::model::{AnyValue, Event, Link, Range32, SpanDraft};

/// A reference to another span.
#[derive(Clone, Copy, Default)]
pub(super) struct Reference {
    is_child_of: bool,
    trace_id: TraceId,
    span_id: SpanId,
    texts: IdTexts,
}

/// A span's members that need each other.
#[derive(Default)]
struct Members {
    carried: Carried,
    start_ns: i128,
    duration_ns: Option<i128>,
    parent: Read<SpanId>,
    texts: IdTexts,
    process: Option<Sym>,
    /// Of a span that holds its own process, as Jaeger's storage writes it.
    resource: Option<u32>,
    warnings: Vec<String>,
}

/// What Jaeger's query service says about a span; an attribute, an array of strings.
const WARNINGS: &str = "jaeger.warnings";

impl Jaeger<'_, '_, '_, '_> {
    /// Pushes the span when its last member was read: a span that breaks off is not kept.
    pub(super) fn span(&mut self, open: &mut Open) -> Step<()> {
        if !self.reader.begin_object()? {
            return Ok(());
        }
        self.references.clear();
        let mut span = SpanDraft { trace_id: open.id, ..SpanDraft::default() };
        let mut members = Members::default();
        members.texts.trace = open.id_text;
        while let Some(key) = self.reader.next_key()? {
            match key {
                "traceID" => Read { id: span.trace_id, text: members.texts.trace } = self.trace_id()?,
                "spanID" => Read { id: span.span_id, text: members.texts.span } = self.span_id()?,
                "parentSpanID" => members.parent = self.span_id()?,
                "operationName" => span.name = self.reader.symbol(&mut self.sink.set.strings)?,
                "references" => self.references(span.trace_id)?,
                "startTime" => members.start_ns = self.microseconds()?,
                "duration" => members.duration_ns = self.reader.duration()?.map(signed),
                // Jaeger's first flag, "sampled", is W3C's; the others are Jaeger's own.
                "flags" => span.flags = self.reader.unsigned_32()? & 1,
                "tags" => {
                    let mark = self.sink.set.attrs.reopen(span.attrs);
                    self.tags(Owner::Span(&mut members.carried))?;
                    span.attrs = self.sink.set.attrs.since(mark);
                }
                "logs" => span.events = self.logs(span.events)?,
                "processID" => members.process = Some(self.reader.symbol(&mut self.sink.set.strings)?),
                "process" => members.resource = self.process()?,
                "warnings" => self.warnings(&mut members.warnings)?,
                // What Jaeger's storage and its page add, worked out from the members above.
                "startTimeMillis"
                | "relativeStartTime"
                | "depth"
                | "hasChildren"
                | "childSpanIds"
                | "childSpanCount"
                | "subsidiarilyReferencedBy" => self.reader.skip_value()?,
                _ => self.reader.skip_unknown(&mut self.sink.skipped, Holder::Span)?,
            }
        }
        self.push(open, span, members);
        self.sink.look().map_err(|problem| self.reader.broken(problem))
    }

    fn push(&mut self, open: &mut Open, mut span: SpanDraft, members: Members) {
        members.carried.apply(&mut span);
        let times = carried::start_and_end(members.start_ns, members.duration_ns);
        [span.start_unix_nano, span.end_unix_nano] = times.map(|time| self.reader.accept(time));
        let parent = self.parent(&span, members.parent.id);
        let set = &mut *self.sink.set;
        if !members.warnings.is_empty() {
            let mark = set.attrs.reopen(span.attrs);
            let warnings = members.warnings.iter().map(|text| AnyValue::str(text)).collect();
            set.push_attr(WARNINGS, &AnyValue::Array(warnings));
            span.attrs = set.attrs.since(mark);
        }
        let mut texts = members.texts;
        (span.parent_id, texts.parent) = match parent.and_then(|place| self.references.get(place)) {
            Some(reference) => (reference.span_id, reference.texts.span),
            None => (members.parent.id, members.parent.text),
        };
        let mark = set.link_mark();
        for (place, reference) in self.references.iter().enumerate() {
            let is_parent = Some(place) == parent;
            if is_parent && reference.is_child_of {
                continue;
            }
            let attrs = set.attrs.mark();
            if is_parent || reference.is_child_of {
                // The parent keeps its link, in case it turns out to close a cycle.
                set.push_attr(REF_TYPE, &AnyValue::str(if is_parent { FOLLOWS_FROM } else { CHILD_OF }));
            }
            let mut attrs = set.attrs.since(attrs);
            reference.texts.keep(set, &mut attrs);
            set.push_link(Link { trace_id: reference.trace_id, span_id: reference.span_id, attrs, ..Link::default() });
        }
        span.links = set.links_since(mark);
        texts.keep(set, &mut span.attrs);
        let row = set.push_span(&span);
        members.carried.assign_scope(set, row);
        match (members.resource, members.process) {
            (Some(resource), _) => set.set_resource(row, resource),
            (None, Some(process)) => open.waiting.push((row, process)),
            (None, None) => {}
        }
        self.reader.count_span();
        self.reader.report(self.sink.set, Some(row));
    }

    /// Which reference is the parent: the first `CHILD_OF` of the same trace, else the first to another span of the same
    /// trace. One that names no span (an id of zeros) is nobody's parent. The old member `parentSpanID` is a `CHILD_OF`, unless a reference names that span, as Jaeger reads it.
    fn parent(&self, span: &SpanDraft, old: SpanId) -> Option<usize> {
        let of_trace = |reference: &Reference| reference.trace_id == span.trace_id && !reference.span_id.is_zero();
        let child_of = self.references.iter().position(|reference| reference.is_child_of && of_trace(reference));
        if child_of.is_some() {
            return child_of;
        }
        let is_named = self.references.iter().any(|reference| of_trace(reference) && reference.span_id == old);
        if !old.is_zero() && old != span.span_id && !is_named {
            return None;
        }
        self.references.iter().position(|reference| of_trace(reference) && reference.span_id != span.span_id)
    }

    /// `[{"refType": "CHILD_OF", "traceID": "…", "spanID": "…"}]`
    fn references(&mut self, trace_id: TraceId) -> Step<()> {
        if !self.reader.begin_array()? {
            return Ok(());
        }
        while self.reader.next_element()? {
            if !self.reader.begin_object()? {
                continue;
            }
            let mut reference = Reference { trace_id, ..Reference::default() };
            while let Some(key) = self.reader.next_key()? {
                match key {
                    "refType" => reference.is_child_of = self.reader.string()? == "CHILD_OF",
                    "traceID" => Read { id: reference.trace_id, text: reference.texts.trace } = self.trace_id()?,
                    "spanID" => Read { id: reference.span_id, text: reference.texts.span } = self.span_id()?,
                    _ => self.reader.skip_unknown(&mut self.sink.skipped, Holder::Reference)?,
                }
            }
            self.references.push(reference);
        }
        Ok(())
    }

    /// The span's events so far are the last of the set, so `known` is extended where it ends.
    fn logs(&mut self, known: Range32) -> Step<Range32> {
        let mark = if known.len > 0 { known.start } else { self.sink.set.event_mark() };
        if self.reader.begin_array()? {
            while self.reader.next_element()? {
                self.log()?;
            }
        }
        Ok(self.sink.set.events_since(mark))
    }

    fn log(&mut self) -> Step<()> {
        if !self.reader.begin_object()? {
            return Ok(());
        }
        let mut event = Event::default();
        while let Some(key) = self.reader.next_key()? {
            match key {
                "timestamp" => {
                    let read = carried::unix_nano(self.microseconds()?);
                    event.time_unix_nano = self.reader.accept(read);
                }
                "fields" => {
                    let mark = self.sink.set.attrs.reopen(event.attrs);
                    self.tags(Owner::Log(&mut event.name))?;
                    event.attrs = self.sink.set.attrs.since(mark);
                }
                _ => self.reader.skip_unknown(&mut self.sink.skipped, Holder::Log)?,
            }
        }
        self.sink.set.push_event(event);
        Ok(())
    }

    fn warnings(&mut self, warnings: &mut Vec<String>) -> Step<()> {
        if self.reader.begin_array()? {
            while self.reader.next_element()? {
                warnings.push(self.reader.string()?.to_owned());
            }
        }
        Ok(())
    }

    /// Microseconds as nanoseconds.
    fn microseconds(&mut self) -> Step<i128> {
        let read = self.reader.scalar()?.scaled(3);
        Ok(self.reader.accept(read))
    }

    pub(super) fn trace_id(&mut self) -> Step<Read<TraceId>> {
        ids::trace_id(&mut self.reader, &mut self.sink.set.strings)
    }

    fn span_id(&mut self) -> Step<Read<SpanId>> {
        ids::span_id(&mut self.reader, &mut self.sink.set.strings)
    }
}

/// A duration below zero stands in the file as its two's complement in 64 bits, since Jaeger counts without a sign.
fn signed(duration_ns: i128) -> i128 {
    const HALF_US: i128 = 1 << 63;
    if duration_ns >= HALF_US * 1000 { duration_ns - 2 * HALF_US * 1000 } else { duration_ns }
}
