//! Small traces for this room's tests, written as one line a span. Not compiled into the product.

use std::sync::Arc;

use crate::base::{SpanId, TraceId};
use crate::model::{AnyValue, Event, Kind, Link, Resource, SpanDraft, SpanSet, Status, Trace};

#[derive(Clone, Debug)]
pub struct Draft {
    id: u64,
    parent: u64,
    start_ns: u64,
    end_ns: u64,
    kind: Kind,
    service: &'static str,
    name: &'static str,
    error: Option<&'static str>,
    is_ok: bool,
    attrs: Vec<(&'static str, AnyValue<'static>)>,
    events: Vec<(&'static str, Vec<(&'static str, &'static str)>)>,
    resource: Vec<(&'static str, &'static str)>,
    links: Vec<u64>,
    host: &'static str,
    trace_state: &'static str,
    flags: u32,
    has_no_start: bool,
    has_no_end: bool,
}

impl Draft {
    pub fn new(id: u64, parent: u64, start_ns: u64, end_ns: u64) -> Self {
        Draft {
            id,
            parent,
            start_ns,
            end_ns,
            kind: Kind::Internal,
            service: "shop",
            name: "work",
            error: None,
            is_ok: false,
            attrs: Vec::new(),
            events: Vec::new(),
            resource: Vec::new(),
            links: Vec::new(),
            host: "node-7",
            trace_state: "",
            flags: 0,
            has_no_start: false,
            has_no_end: false,
        }
    }

    /// A start of 0 is recorded: none.
    pub fn without_start(self) -> Self {
        Draft { has_no_start: true, ..self }
    }

    pub fn without_end(self) -> Self {
        Draft { has_no_end: true, ..self }
    }

    pub fn kind(self, kind: Kind) -> Self {
        Draft { kind, ..self }
    }

    /// The empty name leaves `service.name` out.
    pub fn service(self, service: &'static str) -> Self {
        Draft { service, ..self }
    }

    pub fn name(self, name: &'static str) -> Self {
        Draft { name, ..self }
    }

    pub fn error(self, message: &'static str) -> Self {
        Draft { error: Some(message), ..self }
    }

    pub fn attr(mut self, key: &'static str, value: &'static str) -> Self {
        self.attrs.push((key, AnyValue::str(value)));
        self
    }

    pub fn value(mut self, key: &'static str, value: AnyValue<'static>) -> Self {
        self.attrs.push((key, value));
        self
    }

    /// Status OK, said by whoever made the span.
    pub fn ok(self) -> Self {
        Draft { is_ok: true, ..self }
    }

    pub fn event(mut self, name: &'static str, attrs: &[(&'static str, &'static str)]) -> Self {
        self.events.push((name, attrs.to_vec()));
        self
    }

    /// An attribute of the resource, after its `service.name` and `host.name`.
    pub fn resource(mut self, key: &'static str, value: &'static str) -> Self {
        self.resource.push((key, value));
        self
    }

    /// A link to a span of the same trace.
    pub fn link(mut self, id: u64) -> Self {
        self.links.push(id);
        self
    }

    /// `host.name`; none when it is empty.
    pub fn host(self, host: &'static str) -> Self {
        Draft { host, ..self }
    }

    pub fn trace_state(self, trace_state: &'static str) -> Self {
        Draft { trace_state, ..self }
    }

    pub fn flags(self, flags: u32) -> Self {
        Draft { flags, ..self }
    }
}

/// Start of every sample, so that relative and absolute times differ.
pub const BASE_UNIX_NANO: u64 = 1_767_225_600_000_000_000;

pub fn add(set: &mut SpanSet, trace_id: u128, draft: &Draft) {
    let event_mark = set.event_mark();
    for (name, attrs) in &draft.events {
        let mark = set.attrs.mark();
        for (key, value) in attrs {
            set.push_attr(key, &AnyValue::str(value));
        }
        let event = Event {
            name: set.intern(name),
            time_unix_nano: BASE_UNIX_NANO + draft.start_ns + 1,
            attrs: set.attrs.since(mark),
            dropped_attributes: 0,
        };
        set.push_event(event);
    }
    let events = set.events_since(event_mark);
    let link_mark = set.link_mark();
    for id in &draft.links {
        set.push_link(Link { trace_id: TraceId(trace_id), span_id: SpanId(*id), ..Link::default() });
    }
    let links = set.links_since(link_mark);
    let mark = set.attrs.mark();
    for (key, value) in &draft.attrs {
        set.push_attr(key, value);
    }
    let span = SpanDraft {
        trace_id: TraceId(trace_id),
        span_id: SpanId(draft.id),
        parent_id: SpanId(draft.parent),
        name: set.intern(draft.name),
        kind: draft.kind,
        status: match draft.error {
            Some(_) => Status::Error,
            None if draft.is_ok => Status::Ok,
            None => Status::Unset,
        },
        status_message: set.intern(draft.error.unwrap_or_default()),
        trace_state: set.intern(draft.trace_state),
        flags: draft.flags,
        start_unix_nano: if draft.has_no_start { 0 } else { BASE_UNIX_NANO + draft.start_ns },
        end_unix_nano: if draft.has_no_end { 0 } else { BASE_UNIX_NANO + draft.end_ns },
        attrs: set.attrs.since(mark),
        events,
        links,
        ..SpanDraft::default()
    };
    let row = set.push_span(&span);
    let mark = set.attrs.mark();
    if !draft.service.is_empty() {
        set.push_attr("service.name", &AnyValue::str(draft.service));
    }
    if !draft.host.is_empty() {
        set.push_attr("host.name", &AnyValue::str(draft.host));
    }
    for (key, value) in &draft.resource {
        set.push_attr(key, &AnyValue::str(value));
    }
    let resource = Resource { attrs: set.attrs.since(mark), ..Resource::default() };
    let resource = set.intern_resource(resource);
    set.set_resource(row, resource);
}

pub fn trace(drafts: &[Draft]) -> Trace {
    trace_of(7, drafts)
}

/// A trace with an id of its own choice: that of [`trace`] has 64 bits.
pub fn trace_of(trace_id: u128, drafts: &[Draft]) -> Trace {
    let mut set = SpanSet::new();
    for draft in drafts {
        add(&mut set, trace_id, draft);
    }
    set.close(0);
    Trace::build(&Arc::new(set), TraceId(trace_id)).unwrap()
}
