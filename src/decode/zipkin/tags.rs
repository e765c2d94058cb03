//! Where a span's tags go: into fields, links, the resource, or its attributes.

use super::span::{Endpoint, Members};
use super::{Zipkin, packed};
use crate::base::Sym;
use crate::decode::carried::Carried;
use crate::model::{AnyValue, Link, Resource, SpanSet};

/// Whether OpenTelemetry's semantic conventions use the key for resources. The Collector moves the keys it knows one by
/// one; a namespace also fits those that were added since.
pub(super) fn is_of_resource(key: &str) -> bool {
    const NAMESPACES: [&str; 11] = [
        "cloud.",
        "container.",
        "deployment.",
        "device.",
        "host.",
        "k8s.",
        "os.",
        "process.",
        "service.",
        "telemetry.sdk.",
        "telemetry.distro.",
    ];
    NAMESPACES.iter().any(|namespace| key.starts_with(namespace))
}

impl Zipkin<'_, '_, '_, '_> {
    /// Writes the span with all that its tags say; gives its row.
    pub(super) fn push(&mut self, mut members: Members) -> u32 {
        let set = &mut *self.sink.set;
        let mut carried = Carried::default();
        let links = set.link_mark();
        let has_status = has(set, &self.tags, "otel.status_code");
        self.tags.retain(|(key, value)| !take(set, &mut carried, *key, *value, has_status));
        members.draft.links = set.links_since(links);
        carried.apply(&mut members.draft);

        let resource = push_resource(set, &mut self.tags, members.local.service_name);
        let mark = set.attrs.mark();
        for (key, value) in &self.tags {
            set.attrs.push_sym(*key, *value);
        }
        push_endpoints(set, &self.tags, &members);
        members.draft.attrs = set.attrs.since(mark);
        members.texts.keep(set, &mut members.draft.attrs);
        let row = set.push_span(&members.draft);
        set.set_resource(row, resource);
        carried.assign_scope(set, row);
        row
    }
}

/// Takes a tag that is a field of the span or a link. `has_status`: the span carries OpenTelemetry's status as a tag.
fn take(set: &mut SpanSet, carried: &mut Carried, key: Sym, value: Sym, has_status: bool) -> bool {
    let name = set.strings.get(key);
    if name.starts_with("otlp.link.") {
        let text = set.strings.get(value).to_owned();
        let Some(packed) = packed::link(&text) else { return false };
        let trace_state = set.intern(packed.trace_state);
        let mark = set.attrs.mark();
        for (key, value) in &packed.attributes {
            set.push_attr(key, value);
        }
        let attrs = set.attrs.since(mark);
        set.push_link(Link {
            trace_id: packed.trace_id,
            span_id: packed.span_id,
            trace_state,
            attrs,
            dropped_attributes: packed.dropped,
            flags: 0,
        });
        return true;
    }
    // The key is copied only when it is one of the few that start so.
    if !name.starts_with("otel.") && !matches!(name, "span.kind" | "error" | "w3c.tracestate") {
        return false;
    }
    let (name, text) = (name.to_owned(), set.strings.get(value).to_owned());
    if name == "error" {
        // Zipkin's rule: the key alone marks an error; a text that is no flag says which. It stays an attribute, but for the
        // `true` that the Collector writes beside its status.
        let is_flag = matches!(text.as_str(), "" | "true" | "false");
        carried.set_error(if is_flag { Sym::EMPTY } else { value });
        return has_status && text == "true";
    }
    carried.take(&mut set.strings, &name, &text)
}

/// The local endpoint's name and the tags that are a resource's, which leave `tags`.
fn push_resource(set: &mut SpanSet, tags: &mut Vec<(Sym, Sym)>, service_name: Sym) -> u32 {
    let mark = set.attrs.mark();
    if !service_name.is_empty() {
        let key = set.strings.intern("service.name");
        set.attrs.push_sym(key, service_name);
    }
    tags.retain(|(key, value)| {
        let is_of_resource = is_of_resource(set.strings.get(*key));
        if is_of_resource {
            set.attrs.push_sym(*key, *value);
        }
        !is_of_resource
    });
    let attrs = set.attrs.since(mark);
    set.intern_resource(Resource { attrs, ..Resource::default() })
}

fn push_endpoints(set: &mut SpanSet, tags: &[(Sym, Sym)], members: &Members) {
    let Members { local, remote, .. } = members;
    push_text(set, tags, "peer.service", remote.service_name);
    push_address(set, tags, ["network.peer.address", "network.peer.port"], remote);
    push_address(set, tags, ["network.local.address", "network.local.port"], local);
    push_text(set, tags, "zipkin.remote_endpoint.ipv6", remote.ipv6);
    push_text(set, tags, "zipkin.local_endpoint.ipv6", local.ipv6);
    for (key, holds) in [("zipkin.shared", members.is_shared), ("zipkin.debug", members.is_debug)] {
        if holds {
            set.push_attr(key, &AnyValue::Bool(true));
        }
    }
}

fn push_address(set: &mut SpanSet, tags: &[(Sym, Sym)], [address, port]: [&str; 2], endpoint: &Endpoint) {
    push_text(set, tags, address, endpoint.address);
    if endpoint.port > 0 && !has(set, tags, port) {
        set.push_attr(port, &AnyValue::Int(i64::from(endpoint.port)));
    }
}

/// Unless it is empty, or a tag says it already.
fn push_text(set: &mut SpanSet, tags: &[(Sym, Sym)], key: &str, value: Sym) {
    if !value.is_empty() && !has(set, tags, key) {
        let key = set.intern(key);
        set.attrs.push_sym(key, value);
    }
}

fn has(set: &SpanSet, tags: &[(Sym, Sym)], key: &str) -> bool {
    set.strings.find(key).is_some_and(|key| tags.iter().any(|(known, _)| *known == key))
}
