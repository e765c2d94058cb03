//! Clocks that disagree: what causality says of two clocks, from the calls between them. How it is told is in `clock_words`. Not
//! here: shifting any time; what is shown is what was recorded.
//!
//! ```text
//! clock A (caller)   t0 ├──────────────────┤ t3       the call starts after its caller:      B is ahead by t1 − t0 at most
//! clock B (called)        t1 ├─────────┤ t2           and ends before it, if that waited:    B is ahead by t2 − t3 at least
//! ```
//!
//! A call from B to A says the same of A. That a call ends after its caller is a bound but no evidence: responses are streamed.

use core::cmp::{Ordering, Reverse};

use rustc_hash::FxHashMap;

use super::{Finding, Ground, clock_words, naming};
use crate::base::{Sym, sort};
use crate::model::trace::CLOCKS_AGREE_NS;
use crate::model::{Kind, SpanIdx, Timing, Trace, Value};

/// A service on a host; the host is [`Sym::EMPTY`] when it is not known.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub struct Clock {
    /// Index in `Trace::services`.
    pub service: u32,
    pub host: Sym,
}

/// Two clocks that disagree.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Skew {
    /// Against which the other is measured: the caller's.
    pub reference: Clock,
    /// The called side's.
    pub clock: Clock,
    /// Whether `clock` is behind `reference`; else it is ahead.
    pub is_behind: bool,
    /// How far `clock` is ahead, at least and at most; negative when it is behind. They may cross.
    pub lower_ns: Option<i64>,
    pub upper_ns: Option<i64>,
    /// How far `clock` is ahead, likeliest; negative when it is behind.
    pub estimate_ns: i64,
}

impl Skew {
    /// Whether some call contradicts another.
    pub fn bounds_cross(&self) -> bool {
        self.lower_ns.zip(self.upper_ns).is_some_and(|(lower, upper)| lower > upper)
    }
}

/// What one call says at most or at least.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Bound {
    pub ns: i128,
    pub child: SpanIdx,
    /// From the ends of the two spans, else from their starts.
    pub is_of_ends: bool,
}

/// A skew with what it is concluded from.
pub struct Measured {
    pub skew: Skew,
    pub lower: Option<Bound>,
    pub upper: Option<Bound>,
    /// Children that start before, or when ahead after, their callers; by start.
    pub children: Vec<SpanIdx>,
    /// Calls from `reference` to `clock`.
    pub calls: u64,
}

/// Clocks that differ by no more agree.
const AGREE: i128 = CLOCKS_AGREE_NS as i128;

/// All calls from one clock to another.
#[derive(Default)]
struct Calls {
    count: u64,
    /// The least `t1 − t0`.
    start: Option<Bound>,
    /// The greatest `t2 − t3`.
    end: Option<Bound>,
    /// Children that start before their callers.
    early: Vec<SpanIdx>,
    /// Children that start after callers that did not fail had ended.
    late: Vec<SpanIdx>,
}

/// Calls with kinds, and pairs of other spans: these count where no call has kinds.
#[derive(Default)]
struct Direction {
    with_kinds: Calls,
    others: Calls,
}

impl Direction {
    fn used(&self, has_kinds: bool) -> &Calls {
        if has_kinds { &self.with_kinds } else { &self.others }
    }
}

pub fn find(ground: &mut Ground<'_>, found: &mut Vec<Finding>) {
    found.extend(measured(ground).into_iter().map(|skew| clock_words::finding(ground, skew)));
}

/// Pairs of clocks that disagree, by service and host.
pub fn skews(ground: &Ground<'_>) -> Vec<Skew> {
    measured(ground).into_iter().map(|measured| measured.skew).collect()
}

/// Pairs of clocks with a call from the first to the second.
pub fn clock_pairs(ground: &Ground<'_>) -> Vec<(Clock, Clock)> {
    directions(ground).into_keys().collect()
}

/// The clock of each resource of the set; `None` for those of other traces' services.
pub fn clocks_of_resources(ground: &Ground<'_>) -> Vec<Option<Clock>> {
    let hosts = hosts(ground.trace);
    let mut clocks = vec![None; hosts.len()];
    for span in ground.trace.spans() {
        let resource = ground.trace.set.resource.at(ground.trace.row(span)) as usize;
        if let (Some(clock), Some(host)) = (clocks.get_mut(resource), hosts.get(resource)) {
            *clock = Some(Clock { service: ground.trace.service(span), host: *host });
        }
    }
    clocks
}

/// Tells between which two clocks a call is, whichever called; `None` of a span without a parent.
pub fn pair_of(trace: &Trace) -> impl Fn(SpanIdx) -> Option<[(u32, Sym); 2]> + '_ {
    let host_of_resource = hosts(trace);
    let clock = move |span| {
        let resource = trace.set.resource.at(trace.row(span)) as usize;
        (trace.service(span), host_of_resource.get(resource).copied().unwrap_or_default())
    };
    move |child| {
        let [a, b] = [clock(trace.parent(child)?), clock(child)];
        Some(if a <= b { [a, b] } else { [b, a] })
    }
}

fn measured(ground: &Ground<'_>) -> Vec<Measured> {
    let directions = directions(ground);
    let text = |clock: Clock| (clock.service, ground.trace.set.strings.get(clock.host));
    let mut pairs: Vec<(Clock, Clock)> =
        directions.keys().map(|(a, b)| if text(*a) <= text(*b) { (*a, *b) } else { (*b, *a) }).collect();
    sort::by(&mut pairs, |x, y| (text(x.0), text(x.1)).cmp(&(text(y.0), text(y.1))));
    pairs.dedup();
    let none = Direction::default();
    let of_pair = |(a, b): (Clock, Clock)| {
        let there = directions.get(&(a, b)).unwrap_or(&none);
        let back = directions.get(&(b, a)).unwrap_or(&none);
        let has_kinds = there.with_kinds.count + back.with_kinds.count > 0;
        let (there, back) = (there.used(has_kinds), back.used(has_kinds));
        let both = [disagreement(ground, (a, b), there, back), disagreement(ground, (b, a), back, there)];
        // Of two that contradict one another the surer is told, then the larger.
        let key = |found: &Measured| (Reverse(found.skew.is_behind), Reverse(found.skew.estimate_ns.unsigned_abs()));
        both.into_iter().flatten().min_by_key(key)
    };
    let mut all: Vec<Measured> = pairs.into_iter().filter_map(of_pair).collect();
    for measured in &mut all {
        naming::sort_by_start(ground.trace, &mut measured.children);
    }
    all
}

/// How the called clock disagrees with the caller's, if calls from the one to the other (`there`) say so.
fn disagreement(ground: &Ground<'_>, of: (Clock, Clock), there: &Calls, back: &Calls) -> Option<Measured> {
    let turned = |bound: Bound| Bound { ns: -bound.ns, ..bound };
    let least = |a: &Bound, b: &Bound| in_order(ground, a, b);
    let greatest = |a: &Bound, b: &Bound| in_order(ground, &turned(*a), &turned(*b));
    let upper = there.start.into_iter().chain(back.end.map(turned)).min_by(least);
    let lower = there.end.into_iter().chain(back.start.map(turned)).min_by(greatest);
    let behind = there.start.filter(|bound| bound.ns < -AGREE);
    let ahead = lower.filter(|bound| bound.ns > AGREE && !there.late.is_empty());
    let known = behind.or(ahead)?;
    let estimate = match (lower, upper) {
        (Some(lower), Some(upper)) if lower.ns <= upper.ns => (lower.ns + upper.ns).div_euclid(2),
        _ => known.ns,
    };
    let is_behind = behind.is_some();
    let skew = Skew {
        reference: of.0,
        clock: of.1,
        is_behind,
        lower_ns: lower.map(|bound| saturated(bound.ns)),
        upper_ns: upper.map(|bound| saturated(bound.ns)),
        estimate_ns: saturated(estimate),
    };
    let children = if is_behind { there.early.clone() } else { there.late.clone() };
    Some(Measured { skew, lower, upper, children, calls: there.count })
}

fn saturated(ns: i128) -> i64 {
    ns.clamp(i64::MIN.into(), i64::MAX.into()) as i64
}

/// By size; of equal ones that of the earlier call first.
fn in_order(ground: &Ground<'_>, a: &Bound, b: &Bound) -> Ordering {
    a.ns.cmp(&b.ns).then_with(|| naming::by_start(ground.trace, a.child, b.child))
}

/// Calls by caller's and called side's clock.
fn directions(ground: &Ground<'_>) -> FxHashMap<(Clock, Clock), Direction> {
    let trace = ground.trace;
    let host_of_resource = hosts(trace);
    let resource = |span| trace.set.resource.at(trace.row(span)) as usize;
    let clock = |span| {
        let host = host_of_resource.get(resource(span)).copied().unwrap_or_default();
        Clock { service: trace.service(span), host }
    };
    let mut directions: FxHashMap<(Clock, Clock), Direction> = FxHashMap::default();
    for child in trace.spans() {
        let Some(parent) = trace.parent(child).filter(|parent| resource(*parent) != resource(child)) else { continue };
        let (from, to) = (clock(parent), clock(child));
        let has_no_start = |span| trace.timing(span) == Timing::NoStart;
        if from == to || [parent, child].into_iter().any(has_no_start) {
            continue;
        }
        let direction = directions.entry((from, to)).or_default();
        let calls = matches!(trace.kind(parent), Kind::Client | Kind::Producer);
        let is_called = matches!(trace.kind(child), Kind::Server | Kind::Consumer);
        let of = if calls && is_called { &mut direction.with_kinds } else { &mut direction.others };
        of.add(ground, parent, child);
    }
    directions
}

/// Where each resource runs, by what says it best: two pods of one service may be on two machines.
const HOST_KEYS: [&str; 4] = ["host.name", "k8s.node.name", "k8s.pod.name", "service.instance.id"];

/// The host of each resource; empty where nothing tells it.
fn hosts(trace: &Trace) -> Vec<Sym> {
    let set = &trace.set;
    let keys = HOST_KEYS.map(|key| set.strings.find(key));
    let host = |attrs| {
        let mut said = keys.iter().flatten().filter_map(|key| match set.attrs.last(&set.strings, attrs, *key) {
            Some(Value::Str(host)) if !host.is_empty() => set.strings.find(host),
            _ => None,
        });
        said.next().unwrap_or_default()
    };
    set.resources.iter().map(|resource| host(resource.attrs)).collect()
}

impl Calls {
    fn add(&mut self, ground: &Ground<'_>, parent: SpanIdx, child: SpanIdx) {
        let trace = ground.trace;
        let [t0, t1] = [parent, child].map(|span| i128::from(trace.start_ns(span)));
        let [t3, t2] = [parent, child].map(|span| i128::from(trace.end_ns(span)));
        self.count += 1;
        let start = Bound { ns: t1 - t0, child, is_of_ends: false };
        self.start = self.start.into_iter().chain([start]).min_by(|a, b| in_order(ground, a, b));
        if start.ns < -AGREE {
            self.early.push(child);
        }
        let is_request = trace.kind(parent) == Kind::Client && trace.kind(child) == Kind::Server;
        if !is_request || [parent, child].into_iter().any(|span| ends_before_its_start(ground, span)) {
            return;
        }
        // One that failed without an answer gave up waiting.
        let gave_up = trace.is_error(parent) && ground.http_status(parent).is_none();
        if t2 - t1 <= t3 - t0 && !gave_up {
            let end = Bound { ns: t2 - t3, child, is_of_ends: true };
            let larger =
                |a: &Bound, b: &Bound| b.ns.cmp(&a.ns).then_with(|| naming::by_start(ground.trace, a.child, b.child));
            self.end = self.end.into_iter().chain([end]).min_by(larger);
        }
        if t1 - t3 > AGREE && !trace.is_error(parent) {
            self.late.push(child);
        }
    }
}

fn ends_before_its_start(ground: &Ground<'_>, span: SpanIdx) -> bool {
    let (set, row) = (&ground.trace.set, ground.trace.row(span));
    set.end_unix_nano[row] < set.start_unix_nano[row]
}

#[cfg(test)]
#[path = "clocks_test.rs"]
mod tests;
