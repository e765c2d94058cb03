//! The hops of one trace: which calls were answered below, which were not, and what arrived without a caller. Which of the halves belong
//! together is not known before all traces are read (`pairs`). What is answered, inside and lost is said by `findings::unanswered`.
//!
//! ```text
//! CLIENT ─ SERVER                 survived, and the place that was called is answered by that service
//! CLIENT                          a hop to its place: a host or a queue
//! CLIENT ─ CLIENT                 the inner one is the call
//!               SERVER (no parent)  an arrival at the place that it was called by
//! ```

use rustc_hash::{FxHashMap, FxHashSet};

use super::{Matrix, Protocol};
use crate::analysis::Derived;
use crate::analysis::findings::host::Host;
use crate::analysis::findings::unanswered::{Called, answered_below, called, never_arrived, services};
use crate::analysis::findings::{Ground, Seen, propagation};
use crate::analysis::semconv::Conventions;
use crate::analysis::service_graph::{Target, parents};
use crate::base::{SpanId, Sym, TraceId, sort};
use crate::model::outline::Icon;
use crate::model::{Kind, Place as Top, SpanIdx, Trace};

/// A span of the sample.
pub type SpanRef = (TraceId, SpanId);

/// Where a call went, by symbol of the matrix; no name is [`Sym::EMPTY`].
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Place {
    Host(Sym),
    /// A host that every machine means itself by.
    Here(Sym),
    Queue(Sym),
}

impl Place {
    /// Whether it is the same place wherever it is named.
    pub fn is_known(self) -> bool {
        match self {
            Place::Host(name) | Place::Queue(name) => !name.is_empty(),
            Place::Here(_) => false,
        }
    }
}

/// A call or message. Times are unix ns.
pub struct Hop {
    pub caller: Sym,
    pub protocol: Protocol,
    pub place: Place,
    pub span: SpanRef,
    pub start: u64,
    pub end: u64,
    /// Something is below it that answers it or that it wraps, and the services of what answers.
    pub is_answered: bool,
    pub answered_by: Vec<Sym>,
}

/// A SERVER or CONSUMER without a parent among the spans.
pub struct Arrival {
    pub callee: Sym,
    pub protocol: Protocol,
    pub place: Option<Place>,
    pub is_orphan: bool,
    pub span: SpanRef,
    pub start: u64,
}

/// The position of a call, its service, the service that answered it, and how.
#[derive(PartialEq, Eq, PartialOrd, Ord)]
struct Answer(u32, Sym, Sym, Protocol);

/// The position of what is called without a span of a call.
const NO_CALL: u32 = u32::MAX;

struct Reader<'m, 't> {
    matrix: &'m mut Matrix,
    trace: &'t Trace,
    ground: Ground<'t>,
    conventions: Conventions,
    /// Names of the trace's services, as hosts are read, and as symbols of the matrix.
    lower_case: FxHashSet<String>,
    services: Vec<Sym>,
    /// Where calls for a target go, and whether a span is to be expected there.
    places: FxHashMap<(bool, Target), (Place, bool)>,
}

/// Reads a trace. O(n).
pub fn read(matrix: &mut Matrix, trace: &Trace, derived: &Derived) {
    let ground = Ground::new(trace, derived, Seen::default());
    let name = |service: &Sym| trace.set.strings.get(*service);
    let names: Vec<Sym> = trace.services.iter().map(|service| matrix.names.intern(name(service))).collect();
    let (lower_case, conventions) = (services(&ground), Conventions::of(&trace.set.strings));
    let is_answered = answered_below(&ground);
    let places = FxHashMap::default();
    let mut reader = Reader { matrix, trace, ground, conventions, lower_case, services: names, places };
    let answers = reader.answers();
    let mut next = 0;
    for span in trace.spans() {
        let from = next;
        next += answers.iter().skip(from).take_while(|answer| answer.0 == span.0).count();
        reader.link(span);
        reader.arrival(span);
        if let Some((place, is_inside)) = reader.place(span) {
            let answers = answers.get(from..next).unwrap_or_default();
            reader.call(span, place, is_inside, answers, is_answered[span.index()]);
        }
    }
}

impl Reader<'_, '_> {
    fn service(&self, span: SpanIdx) -> Sym {
        self.services.get(self.trace.service(span) as usize).copied().unwrap_or_default()
    }

    fn reference(&self, span: SpanIdx) -> SpanRef {
        (self.trace.id_of(span), self.trace.span_id(span))
    }

    fn unix(&self, ns: u64) -> u64 {
        self.trace.start_unix_nano.saturating_add(ns)
    }

    fn protocol(&self, span: SpanIdx) -> Protocol {
        match self.ground.derived.labels.icon[span.index()] {
            Icon::HttpServer | Icon::HttpClient => Protocol::Http,
            Icon::Rpc => Protocol::Rpc,
            Icon::Messaging => Protocol::Messaging,
            _ => Protocol::Other,
        }
    }

    /// What the caller says of it, else what the callee does.
    fn protocol_of(&self, caller: SpanIdx, callee: SpanIdx) -> Protocol {
        match self.protocol(caller) {
            Protocol::Other => self.protocol(callee),
            said => said,
        }
    }

    /// Of each CLIENT or PRODUCER the services that answered it, by position and none twice. Counts what survived: each of these once, and
    /// what spans of other kinds call of another service a child at a time.
    fn answers(&mut self) -> Vec<Answer> {
        let trace = self.trace;
        let mut answers: Vec<Answer> = Vec::new();
        for (caller, callee) in parents(trace).filter(|(caller, _)| !self.ground.operations.is_database(*caller)) {
            let calls = matches!(trace.kind(caller), Kind::Client | Kind::Producer);
            let is_other = trace.service(caller) != trace.service(callee);
            if is_other || calls && matches!(trace.kind(callee), Kind::Server | Kind::Consumer) {
                let position = if calls { caller.0 } else { NO_CALL };
                answers.push(Answer(
                    position,
                    self.service(caller),
                    self.service(callee),
                    self.protocol_of(caller, callee),
                ));
            }
        }
        sort::plain(&mut answers);
        answers.dedup_by(|a, b| a.0 != NO_CALL && (a.0, a.2) == (b.0, b.2));
        for Answer(_, caller, callee, protocol) in &answers {
            *self.matrix.survived.entry((*caller, *callee, *protocol)).or_default() += 1;
        }
        answers
    }

    fn link(&mut self, span: SpanIdx) {
        let own_parent = (self.trace.id_of(span), self.trace.parent_id(span));
        let calls = matches!(self.trace.kind(span), Kind::Client | Kind::Producer);
        let linker = (!calls).then(|| self.service(span));
        for link in self.trace.links(span) {
            let linked = (link.trace_id, link.span_id);
            if linked != own_parent {
                let linkers = self.matrix.links.entry(linked).or_default();
                if !linkers.contains(&linker) {
                    linkers.push(linker);
                }
            }
        }
    }

    fn arrival(&mut self, span: SpanIdx) {
        let top = self.trace.place(span);
        let place = match self.trace.kind(span) {
            _ if !matches!(top, Top::Root | Top::Orphan) => return,
            Kind::Consumer if propagation::has_links(&self.ground, span) => return,
            Kind::Consumer => {
                let target = Target::of(&self.conventions.read(self.trace, span));
                self.place_of(true, target).map(|(place, _)| place)
            }
            Kind::Server => {
                let written = propagation::called_by(&self.ground, span).map(|(_, written)| written);
                written.and_then(Host::read).map(|host| self.place_of_host(&host))
            }
            _ => return,
        };
        let arrival = Arrival {
            callee: self.service(span),
            protocol: self.protocol(span),
            place,
            is_orphan: top == Top::Orphan,
            span: self.reference(span),
            start: self.unix(self.trace.start_ns(span)),
        };
        self.matrix.arrivals.push(arrival);
    }

    /// Where a call went, and whether a span is to be expected there; `None` for what is no call, or one of a database or a broker.
    fn place(&mut self, span: SpanIdx) -> Option<(Place, bool)> {
        let kind = self.trace.kind(span);
        if !matches!(kind, Kind::Client | Kind::Producer) || self.ground.operations.is_database(span) {
            return None;
        }
        self.place_of(kind == Kind::Producer, Target::of(&self.conventions.read(self.trace, span)))
    }

    fn place_of(&mut self, is_message: bool, target: Target) -> Option<(Place, bool)> {
        if let Some(known) = self.places.get(&(is_message, target)) {
            return Some(*known);
        }
        let inside = called(&self.ground, is_message, target, &self.lower_case);
        let is_inside = inside.is_some();
        let place = match (inside, target) {
            (Some(Called::Queue(name)), _) => Place::Queue(self.matrix.names.intern(&name)),
            (_, Target::Host(host)) => {
                let written = self.trace.set.strings.get(host);
                match Host::read(written) {
                    Some(host) => self.place_of_host(&host),
                    None => Place::Host(self.matrix.names.intern(written)),
                }
            }
            _ => return None,
        };
        self.places.insert((is_message, target), (place, is_inside));
        Some((place, is_inside))
    }

    fn place_of_host(&mut self, host: &Host) -> Place {
        let name = self.matrix.names.intern(&host.to_string());
        if host.is_this_machine() { Place::Here(name) } else { Place::Host(name) }
    }

    fn call(&mut self, span: SpanIdx, place: Place, is_inside: bool, answers: &[Answer], is_answered: bool) {
        let (caller, protocol) = (self.service(span), self.protocol(span));
        let is_message = self.trace.kind(span) == Kind::Producer;
        let answered_by: Vec<Sym> = answers.iter().map(|answer| answer.2).collect();
        if place.is_known() {
            self.matrix.answers.extend(answered_by.iter().map(|service| (place, *service)));
        }
        // What only wraps a call is not the call.
        let is_answered = is_answered || !answered_by.is_empty();
        if is_answered && !is_message {
            return;
        }
        if !is_answered && (!is_inside || never_arrived(&self.ground, span, is_message)) {
            let counts = self.matrix.unjudged.entry((caller, place, protocol)).or_default();
            counts[usize::from(is_inside)] += 1;
            return;
        }
        let [start, end] = [self.trace.start_ns(span), self.trace.end_ns(span)].map(|ns| self.unix(ns));
        let span = self.reference(span);
        self.matrix.hops.push(Hop { caller, protocol, place, span, start, end, is_answered, answered_by });
    }
}
