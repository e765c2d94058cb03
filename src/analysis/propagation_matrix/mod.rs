//! The propagation matrix of a sample: of each caller, callee and protocol the calls whose context survived, and those of which nothing
//! arrived. Traces come one after the other; `hops` reads one, `pairs` joins halves of hops that came in different traces, `cells` is what
//! comes of it. Not here: databases and brokers, which answer themselves, and why a context was lost (`findings::propagation`).
//!
//! ```text
//! CLIENT ──▶ SERVER, CONSUMER or a span in another service     survived
//! PRODUCER ◀─ link ─ a span anywhere in the sample             linked
//! CLIENT of a host inside, nothing below, no link              lost; its callee is that host,
//!   beside it a SERVER without a parent, called as that host     and then the service of that span: joined
//! PRODUCER, nothing below, no link                             lost, to its queue in the same way; but unseen,
//!   where other messages of that queue are linked                since its consumer links from a trace of its own
//! CLIENT or PRODUCER that failed without an answer             unreached: there was nothing to lose
//! CLIENT of a host outside, or of one that it does not name    outside: nothing to expect
//! SERVER, CONSUMER without a parent and without a link         arrived, from nobody knows where
//!   with a parent that is not among the spans                  orphaned: its context came, its caller's span did not
//! ```
//!
//! Where one service alone answers at a host or takes from a queue, in all of the sample, that is the callee of what is lost there too, so that
//! its share is of all calls to it; by which names it was called stands in [`Cell::via`]. What every machine means itself by, as
//! `localhost`, says nothing of that.

mod cells;
mod hops;
mod pairs;

use rustc_hash::{FxHashMap, FxHashSet};

pub use self::cells::{Callee, Cell, Lost, MAX_CELLS, MAX_LOST, MAX_VIA, MatrixRows, Protocol};
use self::hops::{Arrival, Hop, Place, SpanRef};
use super::Derived;
use crate::base::{Strings, Sym, TraceId};
use crate::model::Trace;

/// Traces one after the other.
#[derive(Default)]
pub struct Matrix {
    names: Strings,
    seen: FxHashSet<TraceId>,
    /// By caller, called service and protocol.
    survived: FxHashMap<(Sym, Sym, Protocol), u64>,
    /// Who was seen to answer where.
    answers: FxHashSet<(Place, Sym)>,
    /// Calls and messages of which nothing is below, and every message.
    hops: Vec<Hop>,
    /// Calls that are not judged: outside, and unreached.
    unjudged: FxHashMap<(Sym, Place, Protocol), [u64; 2]>,
    arrivals: Vec<Arrival>,
    /// Who links to a span; `None` for one that calls itself, as what sends a batch links to its messages.
    links: FxHashMap<SpanRef, Vec<Option<Sym>>>,
}

impl Matrix {
    /// Adds a trace. One that was added before is not counted again.
    pub fn add(&mut self, trace: &Trace, derived: &Derived) {
        if self.seen.insert(trace.id) {
            hops::read(self, trace, derived);
        }
    }

    pub fn finish(self) -> MatrixRows {
        cells::finish(self)
    }
}

#[cfg(test)]
#[path = "../propagation_matrix_test.rs"]
mod tests;
