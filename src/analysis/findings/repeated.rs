//! `repeated_calls`: one operation called again and again, N+1. Not here: the same read twice (`duplicates`), and failed calls that are
//! tried again (`retries`).
//!
//! ```text
//! handler   ▬▬▬▬▬▬▬▬▬▬▬▬▬▬▬       import    ▬▬▬▬▬▬▬▬▬▬▬▬
//!   connect  ▪  ▪  ▪  ▪  ▪          row      ▬▬▬ ▬▬▬ ▬▬▬
//!   query     ▬  ▬  ▬  ▬  ▬           POST    ▬   ▬   ▬      each row has one: counted together
//! ```

use std::collections::BTreeMap;

use rustc_hash::{FxHashMap, FxHashSet};

use super::calls::{self, Keyed};
use super::{Finding, FindingKind, Ground, Severity};
use crate::base::{format, sort};
use crate::model::{SpanIdx, Trace};

/// From how many calls on there is something to say.
const FEWEST: usize = 5;
/// From how many calls and which share, in percent, on it is to be mended.
const MANY: usize = 10;
const WARNING_PERCENT: u64 = 5;

/// Calls of one operation that stand together, without those that were tried again and what is directly below such: a retry is no
/// repeat.
struct Group {
    /// The common parent; with [`BELOW_SIBLINGS`] the parents of one name below one grandparent.
    place: u64,
    calls: Vec<SpanIdx>,
    /// How many calls were left out.
    retried: usize,
    total_ns: u64,
}

impl Group {
    fn is_below_siblings(&self) -> bool {
        self.place & BELOW_SIBLINGS != 0
    }
}

const BELOW_SIBLINGS: u64 = 1 << 63;

pub fn find(ground: &mut Ground<'_>, found: &mut Vec<Finding>) {
    let (mut groups, rest) = below_one_parent(ground);
    mark(ground, &groups);
    let below_siblings = below_siblings(ground, rest);
    mark(ground, &below_siblings.counted);
    groups.extend(below_siblings.counted);
    mark(ground, &below_siblings.nested);
    sort::by_key(&mut groups, |group| group.place);
    // One loop that many requests run through is one finding: by its operation and that of what it stands below.
    let mut loops: FxHashMap<(u32, Option<u32>), Vec<Led<'_>>> = FxHashMap::default();
    for place in groups.chunk_by(|a, b| a.place == b.place) {
        for (lead, companions) in led(ground.trace, place) {
            let Some(first) = lead.calls.first() else { continue };
            let parent = ground.trace.parent(*first).map(|parent| ground.operations.of(parent));
            loops.entry((ground.operations.of(*first), parent)).or_default().push((lead, companions));
        }
    }
    found.extend(loops.into_values().filter_map(|groups| match groups.as_slice() {
        [(lead, companions)] => Some(told(ground, lead, companions)),
        several => told_of_several(ground, several),
    }));
}

/// A group, and the groups beside it of about as many calls.
type Led<'g> = (&'g Group, Vec<&'g Group>);

fn mark(ground: &mut Ground<'_>, groups: &[Group]) {
    for call in groups.iter().flat_map(|group| &group.calls) {
        if let Some(is_repeated) = ground.is_repeated.get_mut(call.index()) {
            *is_repeated = true;
        }
    }
}

/// A group of calls in order of start.
fn group(ground: &Ground<'_>, place: u64, all: impl Iterator<Item = SpanIdx>) -> Group {
    let is_retried = |span: SpanIdx| ground.is_retried.get(span.index()) == Some(&true);
    let (retried, calls): (Vec<SpanIdx>, Vec<SpanIdx>) =
        all.partition(|call| is_retried(*call) || ground.trace.parent(*call).is_some_and(is_retried));
    Group { place, retried: retried.len(), total_ns: ground.durations_of(&calls), calls }
}

/// Groups below one parent, and the calls of parents that have fewer.
fn below_one_parent(ground: &Ground<'_>) -> (Vec<Group>, Vec<SpanIdx>) {
    let trace = ground.trace;
    let calls = trace.spans().filter(|span| ground.is_call(*span));
    let key = |call| Some(u64::from(trace.parent(call)?.0) << 32 | u64::from(ground.operations.of(call)));
    let mut keyed: Vec<Keyed> = calls.filter_map(|call| Some((key(call)?, call))).collect();
    calls::put_in_order(trace, &mut keyed);
    let (mut groups, mut rest) = (Vec::new(), Vec::new());
    for same in keyed.chunk_by(|a, b| a.0 == b.0) {
        let calls = same.iter().map(|(_, call)| *call);
        if same.len() < FEWEST {
            rest.extend(calls);
            continue;
        }
        let place = same.first().map(|(key, _)| key >> 32).unwrap_or_default();
        let group = group(ground, place, calls.clone());
        if group.calls.len() < FEWEST {
            rest.extend(calls);
        } else {
            groups.push(group);
        }
    }
    (groups, rest)
}

struct BelowSiblings {
    counted: Vec<Group>,
    /// Those below calls that are counted themselves, as of two instrumentations one inside the other: the same thing again.
    nested: Vec<Group>,
}

/// Groups of calls below siblings of one service and name.
fn below_siblings(ground: &Ground<'_>, calls: Vec<SpanIdx>) -> BelowSiblings {
    let trace = ground.trace;
    let mut places: FxHashMap<_, u32> = FxHashMap::default();
    let mut place = |call: SpanIdx| {
        let parent = trace.parent(call)?;
        let name = trace.set.name.get(trace.row(parent))?;
        let next = places.len() as u32;
        Some(*places.entry((trace.parent(parent)?, trace.service(parent), name)).or_insert(next))
    };
    let mut key = |call: SpanIdx| Some(u64::from(place(call)?) << 32 | u64::from(ground.operations.of(call)));
    let mut keyed: Vec<Keyed> = calls.into_iter().filter_map(|call| Some((key(call)?, call))).collect();
    calls::put_in_order(trace, &mut keyed);
    let mut found = BelowSiblings { counted: Vec::new(), nested: Vec::new() };
    for same in keyed.chunk_by(|a, b| a.0 == b.0).filter(|same| same.len() >= FEWEST) {
        let place = same.first().map(|(key, _)| key >> 32).unwrap_or_default();
        let group = group(ground, place | BELOW_SIBLINGS, same.iter().map(|(_, call)| *call));
        let is_repeated = |span: SpanIdx| ground.is_repeated.get(span.index()) == Some(&true);
        if group.calls.iter().all(|call| trace.parent(*call).is_some_and(is_repeated)) {
            found.nested.push(group);
        } else if group.calls.len() >= FEWEST {
            found.counted.push(group);
        }
    }
    found
}

/// Groups of one place by what leads them: the longest in total first, and with it those of about as many calls.
fn led<'g>(trace: &Trace, place: &'g [Group]) -> Vec<(&'g Group, Vec<&'g Group>)> {
    let first = |group: &Group| group.calls.first().map(|call| (trace.start_ns(*call), trace.span_id(*call)));
    let mut longest_first: Vec<&Group> = place.iter().collect();
    sort::by_key(&mut longest_first, |group| (core::cmp::Reverse(group.total_ns), first(group)));
    let mut by_count: BTreeMap<usize, Vec<usize>> = BTreeMap::new();
    for (at, group) in longest_first.iter().enumerate() {
        by_count.entry(group.calls.len()).or_default().push(at);
    }
    let mut taken: FxHashSet<usize> = FxHashSet::default();
    let mut led = Vec::new();
    for (at, lead) in longest_first.iter().enumerate() {
        if taken.contains(&at) {
            continue;
        }
        let count = lead.calls.len();
        let slack = (count / 10).max(1);
        let counts: Vec<usize> = by_count.range(count - slack..=count + slack).map(|(count, _)| *count).collect();
        let mut with: Vec<usize> = counts.iter().filter_map(|count| by_count.remove(count)).flatten().collect();
        with.sort_unstable();
        taken.extend(&with);
        let companions = with.into_iter().filter(|other| *other != at);
        led.push((*lead, companions.filter_map(|other| longest_first.get(other).copied()).collect()));
    }
    led
}

fn told(ground: &Ground<'_>, lead: &Group, companions: &[&Group]) -> Finding {
    let calls = &lead.calls;
    let mut finding = ground.finding(FindingKind::RepeatedCalls, calls.clone(), String::new());
    let many = calls.len() >= MANY && ground.is_share(finding.cost_ns, WARNING_PERCENT);
    finding.severity = if many { Severity::Warning } else { Severity::Info };
    let count = format::count(calls.len() as u64);
    let name = calls::name(ground, calls);
    let to = calls.first().map(|call| calls::called(ground, *call)).unwrap_or_default();
    let cost = calls::cost(ground, finding.cost_ns, finding.total_ns);
    finding.title = match calls::most_at_once(ground.trace, &ground.derived.resolution, calls) {
        0 | 1 => format!("{count} sequential “{name}” calls{to}, {cost}"),
        most => format!("{count} parallel “{name}” calls{to}, at most {} at once, {cost}", format::count(most)),
    };
    finding.evidence.push(format!("{}, {}.", place(ground, lead), calls::when(ground.trace, calls)));
    finding.evidence.push(format!("The calls take {}.", calls::durations(ground.trace, calls)));
    finding.evidence.extend(calls.first().and_then(|call| calls::asked(ground, *call)));
    if lead.retried > 0 {
        let more = format::counted(lead.retried as u64, "more that failed and was", "more that failed and were");
        finding.evidence.push(format!("Not counted: {more} tried again."));
    }
    if !companions.is_empty() {
        finding.evidence.push(format!("About as often beside them: {}.", named(ground, companions)));
    }
    finding
}

/// `1,800 “INSERT order_lines” calls below 300 parents, 6 each`.
fn told_of_several(ground: &Ground<'_>, groups: &[Led<'_>]) -> Option<Finding> {
    let counts = || groups.iter().map(|(lead, _)| lead.calls.len());
    let (fewest, most) = (counts().min()?, counts().max()?);
    let mut keyed: Vec<Keyed> = groups.iter().flat_map(|(lead, _)| &lead.calls).map(|call| (0, *call)).collect();
    calls::put_in_order(ground.trace, &mut keyed);
    let calls: Vec<SpanIdx> = keyed.into_iter().map(|(_, call)| call).collect();
    let first = *calls.first()?;
    let mut finding = ground.finding(FindingKind::RepeatedCalls, calls, String::new());
    if most >= MANY && ground.is_share(finding.cost_ns, WARNING_PERCENT) {
        finding.severity = Severity::Warning;
    }
    let each = match fewest == most {
        true => format::count(most as u64),
        false => format!("{} to {}", format::count(fewest as u64), format::count(most as u64)),
    };
    finding.title = format!(
        "{} “{}” calls{} below {} parents, {each} each, {}",
        format::count(finding.spans.len() as u64),
        calls::name(ground, &finding.spans),
        calls::called(ground, first),
        format::count(groups.len() as u64),
        calls::cost(ground, finding.cost_ns, finding.total_ns)
    );
    let below = ground.trace.parent(first).map(|parent| ground.label(parent)).unwrap_or_default();
    let (service, when) = (ground.service(first), calls::when(ground.trace, &finding.spans));
    finding.evidence.push(format!("{service} makes them below “{below}”, {when}."));
    finding.evidence.push(format!("The calls take {}.", calls::durations(ground.trace, &finding.spans)));
    finding.evidence.extend(calls::asked(ground, first));
    Some(finding)
}

/// Who makes the calls, and below what.
fn place(ground: &Ground<'_>, group: &Group) -> String {
    let trace = ground.trace;
    let Some((call, parent)) = group.calls.first().and_then(|call| Some((*call, trace.parent(*call)?))) else {
        return String::new();
    };
    let (service, below) = (ground.service(call), ground.label(parent));
    match trace.parent(parent).filter(|_| group.is_below_siblings()) {
        None => format!("{service} makes them below “{below}”"),
        Some(above) => {
            let parents: FxHashSet<_> = group.calls.iter().map(|call| trace.parent(*call)).collect();
            let (count, above) = (format::count(parents.len() as u64), ground.label(above));
            format!("{service} makes them below {count} × “{below}” of “{above}”")
        }
    }
}

/// `41 × “pg-pool.connect” (2.11 ms in total)`, the longest few.
fn named(ground: &Ground<'_>, companions: &[&Group]) -> String {
    const SHOWN: usize = 3;
    let one = |group: &&Group| {
        let (count, name) = (format::count(group.calls.len() as u64), calls::name(ground, &group.calls));
        format!("{count} × “{name}” ({} in total)", format::duration(group.total_ns))
    };
    let mut named: Vec<String> = companions.iter().take(SHOWN).map(one).collect();
    if let Some(more) = companions.len().checked_sub(SHOWN).filter(|more| *more > 0) {
        named.push(format::counted(more as u64, "other operation", "other operations"));
    }
    named.join(", ")
}

#[cfg(test)]
#[path = "repeated_test.rs"]
mod tests;
