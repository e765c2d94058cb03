//! The edges between services, and from a service to what sends no spans.
//!
//! Definitions of `tests/fixtures/tempo/INDEX.md`: an edge counts once per child whose parent is in another service, an
//! error if either has status ERROR; links are not edges. An external edge is a CLIENT or PRODUCER span with no child in
//! another service, an error if its own status is ERROR.

use rustc_hash::FxHashMap;

use super::cut_edges::cut_edges;
use super::semconv::{Conventions, Field, Said};
use crate::base::{Sym, sort};
use crate::model::{Edge, ExternalEdge, Kind, ServiceGraph, SpanIdx, Trace};

#[derive(Clone, Copy, Default)]
struct Count {
    calls: u64,
    errors: u64,
}

impl Count {
    fn add(&mut self, error: bool) {
        self.calls += 1;
        self.errors += u64::from(error);
    }
}

/// Every (parent, child) of the trace, in depth-first order of the child, cut cycles last.
pub(super) fn parents(trace: &Trace) -> impl Iterator<Item = (SpanIdx, SpanIdx)> + '_ {
    let cut = cut_edges(trace).into_iter().map(|(child, parent)| (parent, child));
    let kept = trace.spans().filter_map(|child| Some((trace.parent(child)?, child)));
    kept.chain(cut)
}

/// Those whose services differ.
fn crossings(trace: &Trace) -> impl Iterator<Item = (SpanIdx, SpanIdx)> + '_ {
    parents(trace).filter(|(parent, child)| trace.service(*parent) != trace.service(*child))
}

/// For every span its first child in another service, if it has one. Of equal starts the id decides, so that the order in which spans came does not.
pub fn first_foreign_children(trace: &Trace) -> Vec<Option<SpanIdx>> {
    let mut first: Vec<Option<SpanIdx>> = vec![None; trace.len()];
    let at = |span: SpanIdx| (trace.start_ns(span), trace.span_id(span).0);
    for (parent, child) in crossings(trace) {
        let known = &mut first[parent.index()];
        if known.is_none_or(|known| at(child) < at(known)) {
            *known = Some(child);
        }
    }
    first
}

/// The graph. O(n), plus sorting the edges.
pub fn service_graph(trace: &Trace) -> ServiceGraph {
    let mut edges: FxHashMap<(u32, u32), Count> = FxHashMap::default();
    let mut calls_a_service = vec![false; trace.len()];
    for (parent, child) in crossings(trace) {
        let count = edges.entry((trace.service(parent), trace.service(child))).or_default();
        count.add(trace.is_error(parent) || trace.is_error(child));
        calls_a_service[parent.index()] = true;
    }
    let name = |service: u32| {
        let sym = trace.services.get(service as usize).copied().unwrap_or_default();
        trace.set.strings.get(sym).to_owned()
    };
    let mut edges: Vec<Edge> = edges
        .into_iter()
        .map(|((client, server), Count { calls, errors })| Edge {
            client: name(client),
            server: name(server),
            calls,
            errors,
        })
        .collect();
    sort::plain(&mut edges);
    let mut external: Vec<ExternalEdge> = external_calls(trace, &calls_a_service)
        .into_iter()
        .map(|((client, target), Count { calls, errors })| ExternalEdge { client: name(client), target, calls, errors })
        .collect();
    sort::plain(&mut external);
    ServiceGraph { edges, external }
}

/// What a span calls outside, still as symbols; two of different protocols never read alike.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub(super) enum Target {
    Database(Sym),
    Queue(Sym, Sym),
    Host(Sym),
}

impl Target {
    pub(super) fn of(said: &Said) -> Self {
        if said.has(Field::DbSystem) {
            Target::Database(said.get(Field::DbSystem))
        } else if said.has(Field::MessagingSystem) {
            Target::Queue(said.get(Field::MessagingSystem), said.get(Field::MessagingDestination))
        } else {
            Target::Host(said.get(Field::PeerHost))
        }
    }

    /// As edges of the report name it. A host named "?" reads like an unknown one.
    pub(super) fn key(self, trace: &Trace) -> String {
        let text = |sym: Sym| trace.set.strings.get(sym);
        match self {
            Target::Database(system) => format!("db:{}", text(system)),
            Target::Queue(system, destination) => format!("queue:{}/{}", text(system), text(destination)),
            Target::Host(Sym::EMPTY) => "host:?".to_owned(),
            Target::Host(host) => format!("host:{}", text(host)),
        }
    }
}

/// Every span that calls outside, with its target, in depth-first order. `calls_a_service` says of each span whether it
/// has a child in another service.
pub(super) fn outside_calls<'a>(
    trace: &'a Trace,
    calls_a_service: &'a [bool],
) -> impl Iterator<Item = (SpanIdx, Target)> + 'a {
    let conventions = Conventions::of(&trace.set.strings);
    let calls_outside =
        |span: &SpanIdx| matches!(trace.kind(*span), Kind::Client | Kind::Producer) && !calls_a_service[span.index()];
    trace.spans().filter(calls_outside).map(move |span| (span, Target::of(&conventions.read(trace, span))))
}

fn external_calls(trace: &Trace, calls_a_service: &[bool]) -> FxHashMap<(u32, String), Count> {
    let mut counts: FxHashMap<(u32, Target), Count> = FxHashMap::default();
    for (span, target) in outside_calls(trace, calls_a_service) {
        counts.entry((trace.service(span), target)).or_default().add(trace.is_error(span));
    }
    let mut by_key: FxHashMap<(u32, String), Count> = FxHashMap::default();
    for ((client, target), count) in counts {
        let sum = by_key.entry((client, target.key(trace))).or_default();
        sum.calls += count.calls;
        sum.errors += count.errors;
    }
    by_key
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::analysis::sample::{Draft, trace};

    #[test]
    fn of_children_that_start_together_the_smaller_id_is_the_first() {
        let child = |id, service| Draft::new(id, 1, 10, 20).service(service);
        let call = Draft::new(1, 0, 0, 100).service("a");
        for children in [[child(2, "b"), child(3, "c")], [child(3, "c"), child(2, "b")]] {
            let [first, second] = children;
            let trace = trace(&[call.clone(), first, second]);
            let found = first_foreign_children(&trace)[0].map(|span| trace.span_id(span).0);
            assert_eq!(found, Some(2));
        }
    }

    #[test]
    fn an_edge_fails_if_either_side_fails() {
        let trace = trace(&[
            Draft::new(1, 0, 0, 100).service("a").kind(Kind::Client).error(""),
            Draft::new(2, 1, 10, 50).service("b"),
            Draft::new(3, 1, 60, 70).service("b"),
            Draft::new(4, 3, 60, 70).service("c"),
        ]);
        let graph = service_graph(&trace);
        let edges: Vec<_> =
            graph.edges.iter().map(|e| (e.client.as_str(), e.server.as_str(), e.calls, e.errors)).collect();
        assert_eq!(edges, [("a", "b", 2, 2), ("b", "c", 1, 0)]);
        assert_eq!(graph.external, []);
    }

    #[test]
    fn an_external_target_is_named_by_its_protocol() {
        let client = |id| Draft::new(id, 1, 0, 1).kind(Kind::Client);
        let trace = trace(&[
            Draft::new(1, 0, 0, 100),
            client(2).attr("db.system", "redis").attr("server.address", "cache"),
            client(3).attr("db.system.name", "postgresql").error("gone"),
            client(4).kind(Kind::Producer).attr("messaging.system", "rabbitmq").attr("messaging.destination", ""),
            client(5)
                .kind(Kind::Producer)
                .attr("messaging.system", "rabbitmq")
                .attr("messaging.destination", "")
                .attr("messaging.rabbitmq.routing_key", "labels"),
            client(6).attr("net.peer.name", "old.example"),
            client(7),
        ]);
        let targets: Vec<_> =
            service_graph(&trace).external.iter().map(|e| (e.target.clone(), e.calls, e.errors)).collect();
        assert_eq!(
            targets,
            [
                ("db:postgresql".to_owned(), 1, 1),
                ("db:redis".to_owned(), 1, 0),
                ("host:?".to_owned(), 1, 0),
                ("host:old.example".to_owned(), 1, 0),
                ("queue:rabbitmq/".to_owned(), 1, 0),
                ("queue:rabbitmq/labels".to_owned(), 1, 0),
            ]
        );
    }
}
