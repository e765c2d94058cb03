//! The cells of the matrix, made when all traces are read: who is the callee of what nobody answered, and what became of each call. Which
//! halves belong together is in `pairs`.
//!
//! ```text
//! caller          callee                      protocol    survived  linked  lost  unseen
//! api-gateway     invoice-service (service)   http        0         0       1     0       via legacy-lb, joined
//! order-service   rabbitmq/legacy.in (queue)  messaging   0         0       5     0
//! order-service   label-service (service)     messaging   0         2       0     3       via rabbitmq/labels.requested
//! ```

use core::cmp::Reverse;

use rustc_hash::{FxHashMap, FxHashSet};
use serde::{Deserialize, Serialize};

use super::Matrix;
use super::hops::{Arrival, Hop, Place, SpanRef};
use super::pairs::pairs;
use crate::analysis::statistics::cut;
use crate::base::{Strings, Sym, sort};

/// How many cells are told, and of each how many lost spans and how many names of its callee.
pub const MAX_CELLS: usize = 2_000;
pub const MAX_LOST: usize = 10;
pub const MAX_VIA: usize = 10;

#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Protocol {
    Http,
    Rpc,
    Messaging,
    /// Neither side says.
    Other,
}

/// Who was called. Names may be empty: a service without one, a host or queue that the caller does not name.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Callee {
    Service(String),
    Host(String),
    Queue(String),
}

/// A span of which the other side is missing.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Lost {
    pub trace_id: String,
    pub span_id: String,
    /// Trace and span of the other half, where it was found.
    pub other: Option<(String, String)>,
}

/// Calls of one caller to one callee by one protocol.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Cell {
    /// `None` where nobody knows.
    pub caller: Option<String>,
    pub callee: Callee,
    pub protocol: Protocol,
    pub survived: u64,
    pub linked: u64,
    pub lost: u64,
    /// Of those that are lost, the ones whose other half was found.
    pub joined: u64,
    /// Messages of a queue whose consumers link, from traces that are not in the sample.
    pub unseen: u64,
    pub unreached: u64,
    pub outside: u64,
    pub arrived: u64,
    pub orphaned: u64,
    /// Hosts and queues by which the callee, a service, was called with nothing below; sorted, up to [`MAX_VIA`].
    pub via: Vec<String>,
    /// Up to [`MAX_LOST`] lost calls, those with their other half first, then the latest; of an unknown caller what arrived.
    pub examples: Vec<Lost>,
}

impl Cell {
    /// Calls that the share is of: those that survived or are lost.
    pub fn judged(&self) -> u64 {
        self.survived + self.lost
    }
}

/// The matrix: cells by lost calls, the most first, then by caller (the unknown one first), callee and protocol.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
pub struct MatrixRows {
    pub cells: Vec<Cell>,
    pub traces: u64,
    /// Of all cells, those left out included.
    pub survived: u64,
    pub linked: u64,
    pub lost: u64,
    /// Cells left out beyond [`MAX_CELLS`].
    pub more_cells: u64,
}

#[derive(Clone, Copy, PartialEq, Eq, Hash)]
enum To {
    Service(Sym),
    Place(Place),
}

type Key = (Option<Sym>, To, Protocol);

/// A lost span, as it ranks.
type Example = (Reverse<bool>, Reverse<u64>, SpanRef, Option<SpanRef>);

#[derive(Default)]
struct Count {
    survived: u64,
    linked: u64,
    lost: u64,
    joined: u64,
    unseen: u64,
    unreached: u64,
    outside: u64,
    arrived: u64,
    orphaned: u64,
    via: FxHashSet<Sym>,
    examples: Vec<Example>,
}

type Counts = FxHashMap<Key, Count>;

pub fn finish(matrix: Matrix) -> MatrixRows {
    let mut counts = Counts::default();
    for ((caller, callee, protocol), calls) in &matrix.survived {
        counts.entry((Some(*caller), To::Service(*callee), *protocol)).or_default().survived += calls;
    }
    let linkers = |hop: &Hop| matrix.links.get(&hop.span).map(Vec::as_slice).unwrap_or_default();
    let is_lost: Vec<bool> = matrix.hops.iter().map(|hop| !hop.is_answered && linkers(hop).is_empty()).collect();
    let other_half = pairs(&matrix.hops, &is_lost, &matrix.arrivals);
    let linked = matrix.hops.iter().filter(|hop| linkers(hop).iter().any(Option::is_some));
    let links: FxHashSet<Place> = linked.map(|hop| hop.place).filter(|place| place.is_known()).collect();
    let answers = answers(&matrix, &other_half, linkers);
    let callee = |place: Place| match answers.get(&place) {
        Some(Some(service)) => To::Service(*service),
        _ => To::Place(place),
    };
    for (at, hop) in matrix.hops.iter().enumerate() {
        let arrival = other_half[at].and_then(|arrival| matrix.arrivals.get(arrival));
        let links_only = links.contains(&hop.place);
        match (is_lost[at], arrival) {
            (false, _) => count_links(&mut counts, hop, linkers(hop), callee(hop.place)),
            (true, Some(arrival)) => lose(&mut counts, hop, To::Service(arrival.callee), Some(arrival)),
            (true, None) if links_only => count(&mut counts, hop, callee(hop.place), hop.protocol).unseen += 1,
            (true, None) => lose(&mut counts, hop, callee(hop.place), None),
        }
    }
    for ((caller, place, protocol), [outside, unreached]) in &matrix.unjudged {
        let count = counts.entry((Some(*caller), callee(*place), *protocol)).or_default();
        count.outside += outside;
        count.unreached += unreached;
    }
    let mut is_joined = vec![false; matrix.arrivals.len()];
    other_half.iter().flatten().for_each(|arrival| is_joined[*arrival] = true);
    for (arrival, _) in matrix.arrivals.iter().zip(is_joined).filter(|(_, is_joined)| !is_joined) {
        let count = counts.entry((None, To::Service(arrival.callee), arrival.protocol)).or_default();
        count.arrived += u64::from(!arrival.is_orphan);
        count.orphaned += u64::from(arrival.is_orphan);
        count.examples.push((Reverse(false), Reverse(arrival.start), arrival.span, None));
    }
    told(&matrix.names, matrix.seen.len(), counts)
}

/// The count of a call that nothing is below, with the name by which its callee was called.
fn count<'c>(counts: &'c mut Counts, hop: &Hop, to: To, protocol: Protocol) -> &'c mut Count {
    let count = counts.entry((Some(hop.caller), to, protocol)).or_default();
    if let (To::Service(_), Place::Host(name) | Place::Here(name) | Place::Queue(name)) = (to, hop.place) {
        count.via.insert(name);
    }
    count
}

/// Once for each service that links to it and is not below it too. Where only what calls links to it, as what sends a batch does, its callee is
/// where it went.
fn count_links(counts: &mut Counts, hop: &Hop, linkers: &[Option<Sym>], to: To) {
    let services = linkers.iter().flatten().filter(|service| !hop.answered_by.contains(service));
    for service in services {
        counts.entry((Some(hop.caller), To::Service(*service), hop.protocol)).or_default().linked += 1;
    }
    if !hop.is_answered && linkers.iter().all(Option::is_none) {
        counts.entry((Some(hop.caller), to, hop.protocol)).or_default().linked += 1;
    }
}

fn lose(counts: &mut Counts, hop: &Hop, to: To, arrival: Option<&Arrival>) {
    let protocol = match (hop.protocol, arrival) {
        (Protocol::Other, Some(arrival)) => arrival.protocol,
        (said, _) => said,
    };
    let count = count(counts, hop, to, protocol);
    let other = arrival.map(|arrival| arrival.span);
    count.lost += 1;
    count.joined += u64::from(other.is_some());
    count.examples.push((Reverse(other.is_some()), Reverse(hop.start), hop.span, other));
}

/// The service that answers at a place or takes from it; `None` where several do.
fn answers<'m>(
    matrix: &'m Matrix,
    other_half: &[Option<usize>],
    linkers: impl Fn(&Hop) -> &'m [Option<Sym>],
) -> FxHashMap<Place, Option<Sym>> {
    let mut answers: FxHashMap<Place, Option<Sym>> = FxHashMap::default();
    let mut answer = |place: Place, service: Sym| {
        let only = answers.entry(place).or_insert(Some(service));
        *only = only.filter(|known| *known == service);
    };
    matrix.answers.iter().for_each(|(place, service)| answer(*place, *service));
    for (hop, other_half) in matrix.hops.iter().zip(other_half).filter(|(hop, _)| hop.place.is_known()) {
        linkers(hop).iter().flatten().for_each(|service| answer(hop.place, *service));
        if let Some(arrival) = other_half.and_then(|arrival| matrix.arrivals.get(arrival)) {
            answer(hop.place, arrival.callee);
        }
    }
    answers
}

fn told(names: &Strings, traces: usize, counts: Counts) -> MatrixRows {
    let mut rows = MatrixRows { traces: traces as u64, ..MatrixRows::default() };
    for count in counts.values() {
        rows.survived += count.survived;
        rows.linked += count.linked;
        rows.lost += count.lost;
    }
    let name = |sym: Sym| names.get(sym);
    let to = |to: &To| match to {
        To::Service(service) => (0, name(*service)),
        To::Place(Place::Host(host) | Place::Here(host)) => (1, name(*host)),
        To::Place(Place::Queue(queue)) => (2, name(*queue)),
    };
    let mut all: Vec<(Key, Count)> = counts.into_iter().collect();
    sort::by(&mut all, |((a_from, a_to, a_how), a), ((b_from, b_to, b_how), b)| {
        let by_name = || (a_from.map(name), to(a_to), a_how).cmp(&(b_from.map(name), to(b_to), b_how));
        b.lost.cmp(&a.lost).then_with(by_name)
    });
    rows.more_cells = all.len().saturating_sub(MAX_CELLS) as u64;
    all.truncate(MAX_CELLS);
    rows.cells = all.into_iter().map(|(key, count)| cell(names, key, count)).collect();
    rows
}

fn cell(names: &Strings, (caller, to, protocol): Key, mut count: Count) -> Cell {
    let name = |sym: Sym| cut(names.get(sym));
    let mut via: Vec<String> = count.via.iter().map(|sym| name(*sym)).filter(|name| !name.is_empty()).collect();
    sort::plain(&mut via);
    via.truncate(MAX_VIA);
    sort::plain(&mut count.examples);
    let ids = |(trace, span): SpanRef| (trace.to_string(), span.to_string());
    let examples = count.examples.into_iter().take(MAX_LOST).map(|(_, _, span, other)| {
        let (trace_id, span_id) = ids(span);
        Lost { trace_id, span_id, other: other.map(ids) }
    });
    Cell {
        caller: caller.map(name),
        callee: match to {
            To::Service(service) => Callee::Service(name(service)),
            To::Place(Place::Host(host) | Place::Here(host)) => Callee::Host(name(host)),
            To::Place(Place::Queue(queue)) => Callee::Queue(name(queue)),
        },
        protocol,
        survived: count.survived,
        linked: count.linked,
        lost: count.lost,
        joined: count.joined,
        unseen: count.unseen,
        unreached: count.unreached,
        outside: count.outside,
        arrived: count.arrived,
        orphaned: count.orphaned,
        via,
        examples: examples.collect(),
    }
}
