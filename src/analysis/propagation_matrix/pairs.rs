//! Halves of hops that belong together though nothing in the spans says so: a call that nothing answered, and an arrival that nobody called, at
//! one place and at one time. Which calls and arrivals there are is in `hops`.
//!
//! ```text
//! calls to legacy-lb       ├────a────┤   ├──b──┤
//!                             ├───────c───────────┤
//! arrivals as legacy-lb        1   2                    3
//! pairs                     1 with a, 2 with c: of what waits, the one that waits no longer first
//! ```

use std::collections::BTreeSet;

use super::hops::{Arrival, Hop, Place, SpanRef};
use crate::base::{TraceId, sort};

/// How far apart the clocks of two machines are taken to be at most.
const CLOCK_NS: u64 = 1_000_000_000;
/// How long a message may wait in its queue.
const QUEUE_NS: u64 = 120_000_000_000;

/// Where halves can meet: a place, and for what still knows its trace that trace.
type Key = (Place, Option<TraceId>);

struct Half {
    key: Key,
    from: u64,
    to: u64,
    span: SpanRef,
    at: usize,
}

/// Of each hop the arrival that is its other half. `is_lost` says of a hop whether it has none yet.
///
/// An orphan knows its trace, so it is the other half of a call of that trace alone.
pub fn pairs(hops: &[Hop], is_lost: &[bool], arrivals: &[Arrival]) -> Vec<Option<usize>> {
    let mut other_half = vec![None; hops.len()];
    for of_orphans in [true, false] {
        let key = |place: Place, span: &SpanRef| (place, of_orphans.then_some(span.0));
        let lost = hops
            .iter()
            .enumerate()
            .filter(|(at, hop)| is_lost[*at] && other_half[*at].is_none() && hop.place.is_known());
        let calls = lost.map(|(at, hop)| {
            let wait_ns = if matches!(hop.place, Place::Queue(_)) { QUEUE_NS } else { CLOCK_NS };
            let (from, to) = (hop.start.saturating_sub(CLOCK_NS), hop.end.saturating_add(wait_ns));
            Half { key: key(hop.place, &hop.span), from, to, span: hop.span, at }
        });
        let mut calls: Vec<Half> = calls.collect();
        let came = arrivals.iter().enumerate().filter(|(_, arrival)| arrival.is_orphan == of_orphans);
        let came = came.filter_map(|(at, arrival)| {
            let place = arrival.place.filter(|place| place.is_known())?;
            let (from, span) = (arrival.start, arrival.span);
            Some(Half { key: key(place, &span), from, to: from, span, at })
        });
        let mut came: Vec<Half> = came.collect();
        in_order(&mut calls);
        in_order(&mut came);
        meet(&calls, &came, |call, arrival| other_half[call] = Some(arrival));
    }
    other_half
}

fn in_order(halves: &mut [Half]) {
    sort::by(halves, |a, b| (a.key, a.from, a.to, a.span).cmp(&(b.key, b.from, b.to, b.span)));
}

/// Both in order: what arrives takes of the calls that it may belong to the one that ends first.
fn meet(calls: &[Half], came: &[Half], mut pair: impl FnMut(usize, usize)) {
    let mut calls = calls.iter().peekable();
    let mut waiting: BTreeSet<(Key, u64, SpanRef, usize)> = BTreeSet::new();
    for arrival in came {
        while let Some(call) = calls.next_if(|call| (call.key, call.from) <= (arrival.key, arrival.from)) {
            waiting.insert((call.key, call.to, call.span, call.at));
        }
        // What waits at an earlier place, or no longer, waits for nothing that is still to come.
        while waiting.first().is_some_and(|call| (call.0, call.1) < (arrival.key, arrival.from)) {
            waiting.pop_first();
        }
        if let Some((_, _, _, call)) = waiting.pop_first() {
            pair(call, arrival.at);
        }
    }
}
