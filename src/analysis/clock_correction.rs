//! Putting clocks right: how far each is to be moved so that no effect comes before its cause. By the estimates of
//! `findings::clocks`, from the main root's clock on. Only when the reader asks for it: figures are those of recorded times otherwise.
//!
//! ```text
//! gateway ── order-service ──(-350 ms)── carrier-ups ── its database     moved:  0, 0, +350 ms, +350 ms
//! ```

use std::collections::BTreeMap;

use super::Derived;
use super::findings::{Clock, Ground, Seen, clock_pairs, clocks_of_resources, skews};
use crate::base::sort;
use crate::model::{Clocks, MovedClock, Trace};

/// The clocks of a trace of recorded times put right, and those that are moved, by service and host. `None` when none is.
pub fn corrected(trace: &Trace, derived: &Derived) -> Option<(Clocks, Vec<MovedClock>)> {
    let ground = Ground::new(trace, derived, Seen::default());
    let shifts = shifts(&ground)?;
    let of_resource = clocks_of_resources(&ground);
    let moved =
        of_resource.iter().map(|clock| clock.and_then(|clock| shifts.get(&key(clock))).copied().unwrap_or_default());
    let clocks = Clocks::moved(moved.collect());
    let text = |sym| trace.set.strings.get(sym).to_owned();
    let mut told: Vec<MovedClock> = shifts
        .into_iter()
        .filter(|(_, shift_ns)| *shift_ns != 0)
        .map(|((service, host), shift_ns)| MovedClock {
            service: trace.services.get(service as usize).map(|name| text(*name)).unwrap_or_default(),
            host: text(host),
            shift_ns,
        })
        .collect();
    sort::by(&mut told, |a, b| (&a.service, &a.host).cmp(&(&b.service, &b.host)));
    // Estimates that ways over other clocks make up for move nothing.
    (!told.is_empty()).then_some((clocks, told))
}

type Key = (u32, crate::base::Sym);

fn key(clock: Clock) -> Key {
    (clock.service, clock.host)
}

/// How far each clock is moved. A clock that two ways lead to goes by the shorter.
fn shifts(ground: &Ground<'_>) -> Option<BTreeMap<Key, i64>> {
    let skews = skews(ground);
    if skews.is_empty() {
        return None;
    }
    // By how much the second is ahead of the first.
    let mut ahead: BTreeMap<(Key, Key), i64> = BTreeMap::new();
    for (a, b) in clock_pairs(ground) {
        ahead.insert((key(a), key(b)), 0);
        ahead.insert((key(b), key(a)), 0);
    }
    for skew in &skews {
        ahead.insert((key(skew.reference), key(skew.clock)), skew.estimate_ns);
        ahead.insert((key(skew.clock), key(skew.reference)), skew.estimate_ns.saturating_neg());
    }
    let trace = ground.trace;
    let top = trace.main_root().or_else(|| trace.tops().next())?;
    let first = clocks_of_resources(ground).get(trace.set.resource.at(trace.row(top)) as usize).copied().flatten()?;
    // Clocks that no call connects with the main root's are measured against the first of their own.
    let others: Vec<Key> = ahead.keys().map(|(from, _)| *from).collect();
    let mut shifts: BTreeMap<Key, i64> = BTreeMap::new();
    for start in core::iter::once(key(first)).chain(others) {
        spread(&ahead, start, &mut shifts);
    }
    Some(shifts)
}

/// From one clock, unless it has been reached, to all that calls connect with it.
fn spread(ahead: &BTreeMap<(Key, Key), i64>, start: Key, shifts: &mut BTreeMap<Key, i64>) {
    if shifts.contains_key(&start) {
        return;
    }
    shifts.insert(start, 0);
    let mut waiting = std::collections::VecDeque::from([start]);
    while let Some(at) = waiting.pop_front() {
        let shift = shifts.get(&at).copied().unwrap_or_default();
        let least = (at, (0, crate::base::Sym::EMPTY));
        for ((_, other), ns) in ahead.range(least..).take_while(|((from, _), _)| *from == at) {
            if !shifts.contains_key(other) {
                shifts.insert(*other, shift.saturating_sub(*ns));
                waiting.push_back(*other);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::analysis::sample::{Draft, trace};
    use crate::base::TraceId;
    use crate::model::Kind;

    const MS: u64 = 1_000_000;

    /// gateway → carrier (350 ms behind) → its database service on the same machine.
    fn skewed() -> Trace {
        trace(&[
            Draft::new(1, 0, 1000 * MS, 1200 * MS).service("gateway").kind(Kind::Server),
            Draft::new(2, 1, 1010 * MS, 1190 * MS).service("gateway").kind(Kind::Client),
            Draft::new(3, 2, 665 * MS, 835 * MS).service("carrier").kind(Kind::Server),
            Draft::new(4, 3, 670 * MS, 800 * MS).service("carrier").kind(Kind::Client),
            Draft::new(5, 4, 675 * MS, 795 * MS).service("store").kind(Kind::Server),
        ])
    }

    #[test]
    fn a_clock_behind_is_moved_and_so_are_those_it_calls() {
        let recorded = skewed();
        let (clocks, moved) = corrected(&recorded, &Derived::of(&recorded)).unwrap();
        let shifts: Vec<(&str, i64)> = moved.iter().map(|clock| (clock.service.as_str(), clock.shift_ns)).collect();
        assert_eq!(shifts, [("carrier", 350_000_000), ("store", 350_000_000)]);
        let right = Trace::build_with(&recorded.set, TraceId(7), &[], clocks).unwrap();
        let starts: Vec<u64> = right.spans().map(|span| right.start_ns(span) / MS).collect();
        assert_eq!(starts, [0, 10, 15, 20, 25]);
        assert_eq!(corrected(&right, &Derived::of(&right)), None, "nothing disagrees any more");
        assert_eq!(right.duration_ns, 200 * MS);
    }

    #[test]
    fn clocks_that_agree_are_left_alone() {
        let trace = trace(&[
            Draft::new(1, 0, 0, 100 * MS).kind(Kind::Client),
            Draft::new(2, 1, 10 * MS, 90 * MS).service("b").kind(Kind::Server),
        ]);
        assert_eq!(corrected(&trace, &Derived::of(&trace)), None);
    }
}
