//! A trace as OTLP protobuf: one `TracesData`, as the Collector, Tempo and every SDK take it (an
//! `ExportTraceServiceRequest` is the same on the wire).
//!
//! Source: opentelemetry-proto `trace/v1/trace.proto`, `common/v1/common.proto`, `resource/v1/resource.proto`. Fields stand
//! by number; a resource and a scope are written even when they are empty, as the Collector does.

use super::otlp_rows::Rows;
use super::pass::{AsIs, At, Owner, Pass, Passed, Text};
use super::protobuf::Message;
use crate::base::Sym;
use crate::model::{AttrRange, Event, Link, Resource, Scope, SpanSet, Status, Trace, Value};

/// The trace as it came.
pub fn otlp_proto(trace: &Trace) -> Vec<u8> {
    otlp_proto_through(trace, &mut AsIs)
}

/// The trace with every text and value as `pass` gives it.
pub fn otlp_proto_through<P: Pass + ?Sized>(trace: &Trace, pass: &mut P) -> Vec<u8> {
    let rows = Rows::of(trace);
    let mut writer = Writer { set: &trace.set, pass, out: Message::default() };
    for (resource, of_resource) in rows.resources() {
        let resource_spans = writer.out.begin(1);
        writer.resource(resource);
        for (scope, of_scope) in rows.scopes(of_resource) {
            let scope_spans = writer.out.begin(2);
            writer.scope(scope);
            of_scope.iter().for_each(|row| writer.span(*row as usize));
            writer.text(3, Text::SchemaUrl, scope.schema_url);
            writer.out.end(scope_spans);
        }
        writer.text(3, Text::SchemaUrl, resource.schema_url);
        writer.out.end(resource_spans);
    }
    writer.out.into_bytes()
}

struct Writer<'t, P: ?Sized> {
    set: &'t SpanSet,
    pass: &'t mut P,
    out: Message,
}

impl<P: Pass + ?Sized> Writer<'_, P> {
    fn text(&mut self, field: u32, which: Text, text: Sym) {
        let text = self.pass.text(which, self.set.strings.get(text));
        self.out.bytes(field, text.as_bytes());
    }

    fn resource(&mut self, resource: Resource) {
        let message = self.out.begin(1);
        self.attributes(1, Owner::Resource, resource.attrs);
        self.out.number(2, u64::from(resource.dropped_attributes));
        self.out.end(message);
    }

    fn scope(&mut self, scope: Scope) {
        let message = self.out.begin(1);
        self.text(1, Text::ScopeName, scope.name);
        self.text(2, Text::ScopeVersion, scope.version);
        self.attributes(3, Owner::Scope, scope.attrs);
        self.out.number(4, u64::from(scope.dropped_attributes));
        self.out.end(message);
    }

    fn span(&mut self, row: usize) {
        let set = self.set;
        let message = self.out.begin(2);
        let trace_id = set.trace_ids.get(set.trace.at(row) as usize).copied().unwrap_or_default();
        self.id(1, trace_id.is_zero(), &trace_id.0.to_be_bytes());
        self.id(2, set.span_id[row].is_zero(), &set.span_id[row].0.to_be_bytes());
        self.text(3, Text::TraceState, set.trace_state.at(row));
        self.id(4, set.parent_id[row].is_zero(), &set.parent_id[row].0.to_be_bytes());
        self.text(5, Text::SpanName, set.name[row]);
        self.out.number(6, set.kind[row] as u64);
        match (set.start_unix_nano[row], set.end_unix_nano[row]) {
            // The outer messages of spans, log records and metrics are one on the wire. A record without times and ids could be any of them: only a
            // span has eight bytes here, also where they are zeros.
            (0, 0) => self.out.fixed64_of_one(7, 0),
            (start, end) => {
                self.out.fixed64(7, start);
                self.out.fixed64(8, end);
            }
        }
        self.attributes(9, Owner::Span, set.span_attrs.at(row));
        let [attrs_dropped, events_dropped, links_dropped] =
            set.dropped.get(&(row as u32)).copied().unwrap_or_default();
        self.out.number(10, u64::from(attrs_dropped));
        for event in set.events.get(set.span_events.at(row).indexes()).unwrap_or_default() {
            self.event(event);
        }
        self.out.number(12, u64::from(events_dropped));
        for link in set.links.get(set.span_links.at(row).indexes()).unwrap_or_default() {
            self.link(link);
        }
        self.out.number(14, u64::from(links_dropped));
        self.status(set.status[row], set.status_message.at(row));
        self.out.fixed32(16, set.flags.at(row));
        self.out.end(message);
    }

    /// An id of zeros is none.
    fn id(&mut self, field: u32, is_zero: bool, bytes: &[u8]) {
        self.out.bytes(field, if is_zero { &[] } else { bytes });
    }

    fn event(&mut self, event: &Event) {
        let message = self.out.begin(11);
        self.out.fixed64(1, event.time_unix_nano);
        self.text(2, Text::EventName, event.name);
        self.attributes(3, Owner::Event, event.attrs);
        self.out.number(4, u64::from(event.dropped_attributes));
        self.out.end(message);
    }

    fn link(&mut self, link: &Link) {
        let message = self.out.begin(13);
        self.id(1, link.trace_id.is_zero(), &link.trace_id.0.to_be_bytes());
        self.id(2, link.span_id.is_zero(), &link.span_id.0.to_be_bytes());
        self.text(3, Text::LinkTraceState, link.trace_state);
        self.attributes(4, Owner::Link, link.attrs);
        self.out.number(5, u64::from(link.dropped_attributes));
        self.out.fixed32(6, link.flags);
        self.out.end(message);
    }

    fn status(&mut self, status: Status, message: Sym) {
        if status == Status::Unset && message.is_empty() {
            return;
        }
        let field = self.out.begin(15);
        self.text(2, Text::StatusMessage, message);
        self.out.number(3, status as u64);
        self.out.end(field);
    }

    fn attributes(&mut self, field: u32, owner: Owner, range: AttrRange) {
        let set = self.set;
        for (key, value) in set.attrs.iter(&set.strings, range) {
            let key = set.strings.get(key);
            self.key_value(field, At { owner, attribute: key, key }, value);
        }
    }

    fn key_value(&mut self, field: u32, at: At<'_>, value: Value<'_>) {
        let message = self.out.begin(field);
        let key = self.pass.key(at.owner, at.key);
        self.out.bytes(1, key.as_bytes());
        self.any_value(2, at, value);
        self.out.end(message);
    }

    /// Recurses as deep as values nest, which decoders bound ([`crate::model::attr::MAX_NESTING`]).
    fn any_value(&mut self, field: u32, at: At<'_>, value: Value<'_>) {
        let message = self.out.begin(field);
        match (self.pass.value(at, value), value) {
            (Passed::Text(text), _) => self.out.bytes_of_one(1, text.as_bytes()),
            (Passed::Kept, Value::Empty) => {}
            (Passed::Kept, Value::Str(text)) => self.out.bytes_of_one(1, text.as_bytes()),
            (Passed::Kept, Value::Bool(flag)) => self.out.number_of_one(2, u64::from(flag)),
            (Passed::Kept, Value::Int(number)) => self.out.number_of_one(3, number as u64),
            (Passed::Kept, Value::Double(number)) => self.out.fixed64_of_one(4, number.to_bits()),
            (Passed::Kept, Value::Array(list)) => {
                let array = self.out.begin(5);
                list.iter().for_each(|(_, item)| self.any_value(1, at, item));
                self.out.end(array);
            }
            (Passed::Kept, Value::Kvlist(list)) => {
                let map = self.out.begin(6);
                list.iter().for_each(|(key, item)| self.key_value(1, At { key, ..at }, item));
                self.out.end(map);
            }
            (Passed::Kept, Value::Bytes(bytes)) => self.out.bytes_of_one(7, bytes),
        }
        self.out.end(message);
    }
}

#[cfg(test)]
#[path = "otlp_proto_test.rs"]
mod tests;
