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
    attrs: Vec<(&'static str, AnyValue<'static>)>,
    event: Option<(&'static str, Vec<(&'static str, &'static str)>)>,
    links: Vec<u64>,
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
            attrs: Vec::new(),
            event: None,
            links: Vec::new(),
        }
    }

    pub fn kind(self, kind: Kind) -> Self {
        Draft { kind, ..self }
    }

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

    pub fn event(self, name: &'static str, attrs: &[(&'static str, &'static str)]) -> Self {
        Draft { event: Some((name, attrs.to_vec())), ..self }
    }

    /// A link to a span of the same trace.
    pub fn link(mut self, id: u64) -> Self {
        self.links.push(id);
        self
    }
}

/// Start of every sample, so that relative and absolute times differ.
pub const BASE_UNIX_NANO: u64 = 1_000_000_000;

pub fn add(set: &mut SpanSet, trace_id: u128, draft: &Draft) {
    let event_mark = set.event_mark();
    if let Some((name, attrs)) = &draft.event {
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
        status: if draft.error.is_some() { Status::Error } else { Status::Unset },
        status_message: set.intern(draft.error.unwrap_or_default()),
        start_unix_nano: BASE_UNIX_NANO + draft.start_ns,
        end_unix_nano: BASE_UNIX_NANO + draft.end_ns,
        attrs: set.attrs.since(mark),
        events,
        links,
        ..SpanDraft::default()
    };
    let row = set.push_span(&span);
    let mark = set.attrs.mark();
    set.push_attr("service.name", &AnyValue::str(draft.service));
    set.push_attr("host.name", &AnyValue::str("node-7"));
    let resource = Resource { attrs: set.attrs.since(mark), ..Resource::default() };
    let resource = set.intern_resource(resource);
    set.set_resource(row, resource);
}

pub fn trace(drafts: &[Draft]) -> Trace {
    let mut set = SpanSet::new();
    for draft in drafts {
        add(&mut set, 7, draft);
    }
    set.close(0);
    Trace::build(&Arc::new(set), TraceId(7)).unwrap()
}
