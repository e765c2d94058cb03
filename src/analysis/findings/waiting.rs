//! `straggler`: the one of many calls side by side that everybody waits for; and `connection_wait`: waiting for a database's connection.
//! Not here: what takes long without others beside it (`slow`).

use std::collections::BTreeMap;

use rustc_hash::FxHashMap;

use super::calls::{self, Keyed};
use super::reaches::Reaches;
use super::{Finding, FindingKind, Ground, Severity};
use crate::analysis::semconv::{Conventions, Field};
use crate::base::{format, sort};
use crate::model::{SpanIdx, Trace};

/// Of how many calls side by side one may lag behind.
const FEWEST: usize = 4;
const LATER_PERCENT_OF_CALLS: u128 = 30;
const LATER_PERCENT_OF_WHOLE: u64 = 5;
const LEAST_NS: u64 = 10_000_000;
const LEAST_WAIT_NS: u64 = 5_000_000;
const WAIT_PERCENT: u64 = 5;
const WARNING_PERCENT: u64 = 25;

pub fn find_stragglers(ground: &mut Ground<'_>, found: &mut Vec<Finding>) {
    let mut reaches = None;
    for below_one in calls::groups(&calls::by_parent(ground)) {
        for side_by_side in below_one.chunk_by(|a, b| ground.overlaps(*a, *b)) {
            if let Some((last, before_ns)) = last_by_far(ground, side_by_side) {
                let reaches = reaches.get_or_insert_with(|| Reaches::of(ground));
                let later = (before_ns, ground.trace.end_ns(last));
                let waited = reaches.clip(last, later).map(|(from, to)| to - from);
                found.extend(waited.map(|cost_ns| straggler(ground, side_by_side, last, before_ns, cost_ns)));
            }
        }
    }
}

/// The call that ends last if it ends late enough, and when the last but one ends.
fn last_by_far(ground: &Ground<'_>, calls: &[SpanIdx]) -> Option<(SpanIdx, u64)> {
    let trace = ground.trace;
    let last = calls.iter().copied().max_by_key(|call| trace.end_ns(*call))?;
    let others = calls.iter().filter(|call| **call != last);
    let before_ns = others.map(|call| trace.end_ns(*call)).max()?;
    let later_ns = trace.end_ns(last) - before_ns;
    let all_ns = trace.end_ns(last).saturating_sub(trace.start_ns(*calls.first()?));
    let is_late = u128::from(later_ns) * 100 >= u128::from(all_ns) * LATER_PERCENT_OF_CALLS
        && ground.is_share(later_ns, LATER_PERCENT_OF_WHOLE)
        && later_ns >= LEAST_NS;
    (calls.len() >= FEWEST && is_late && ground.path_ns(last) > 0).then_some((last, before_ns))
}

fn straggler(ground: &Ground<'_>, calls: &[SpanIdx], last: SpanIdx, before_ns: u64, cost_ns: u64) -> Finding {
    let trace = ground.trace;
    let later_ns = trace.end_ns(last) - before_ns;
    let (name, to) = (ground.label(last), calls::called(ground, last));
    let (count, others) = (format::count(calls.len() as u64), format::count(calls.len() as u64 - 1));
    let later = format::duration(later_ns);
    let title = format!(
        "“{name}”{to} ends {later} after the {others} calls beside it, {} of the critical path",
        ground.share(cost_ns)
    );
    let parent = trace.parent(last).map(|parent| ground.label(parent)).unwrap_or_default();
    let all_ns = calls.first().map_or(0, |first| trace.end_ns(last).saturating_sub(trace.start_ns(*first)));
    let [before, end] = [before_ns, trace.end_ns(last)].map(format::duration);
    let evidence = vec![
        format!(
            "{} makes {count} calls side by side below “{parent}”, {}.",
            ground.service(last),
            calls::when(trace, calls)
        ),
        format!(
            "The last but one ends at {before}, this one at {end}: {} of the time of all.",
            format::percent(later_ns, all_ns)
        ),
        format!("The calls take {}.", calls::durations(trace, calls)),
    ];
    Finding { evidence, cost_ns, total_ns: later_ns, ..ground.finding(FindingKind::Straggler, vec![last], title) }
}

pub fn find_connections(ground: &mut Ground<'_>, found: &mut Vec<Finding>) {
    let mut keyed = connections(ground);
    calls::put_in_order(ground.trace, &mut keyed);
    let waits: Vec<SpanIdx> = keyed.into_iter().map(|(_, wait)| wait).collect();
    let mut finding = ground.finding(FindingKind::ConnectionWait, waits, String::new());
    if finding.cost_ns < LEAST_WAIT_NS || !ground.is_share(finding.cost_ns, WAIT_PERCENT) {
        return;
    }
    if ground.is_share(finding.cost_ns, WARNING_PERCENT) {
        finding.severity = Severity::Warning;
    }
    let count = format::counted(finding.spans.len() as u64, "wait", "waits");
    let cost = calls::cost(ground, finding.cost_ns, finding.total_ns);
    finding.title = format!("{count} for database connections, {cost}");
    finding.evidence = by_service(ground, &finding.spans);
    found.push(finding);
}

/// Waits for connections, the outermost of those inside each other. `find pools` names its operation or collection and waits for none.
fn connections(ground: &Ground<'_>) -> Vec<Keyed> {
    let trace = ground.trace;
    let mut is_wait = Waits::of(trace);
    let (mut waits, mut reached) = (Vec::new(), 0);
    for span in trace.spans() {
        if span.0 >= reached && is_wait.holds(ground, span) {
            reached = span.0.saturating_add(trace.subtree_len(span));
            waits.push((0, span));
        }
    }
    waits
}

/// Tells which spans wait for a database's connection; each different name is looked at once.
pub(super) struct Waits<'t> {
    conventions: Conventions,
    is_name: FxHashMap<&'t str, bool>,
}

impl<'t> Waits<'t> {
    pub fn of(trace: &'t Trace) -> Self {
        Waits { conventions: Conventions::of(&trace.set.strings), is_name: FxHashMap::default() }
    }

    pub fn holds(&mut self, ground: &Ground<'t>, span: SpanIdx) -> bool {
        if !ground.operations.is_database(span) || ground.operations.has_statement(span) {
            return false;
        }
        let name = ground.trace.name(span);
        let is_wait = *self.is_name.entry(name).or_insert_with(|| {
            let name = name.to_ascii_lowercase();
            name.contains("pool") || name.contains("connect")
        });
        let said = self.conventions.read(ground.trace, span);
        is_wait && !said.has(Field::DbOperation) && !said.has(Field::DbCollection)
    }
}

/// A sentence for each of the services that wait longest.
fn by_service(ground: &Ground<'_>, waits: &[SpanIdx]) -> Vec<String> {
    const SHOWN: usize = 3;
    let mut services: BTreeMap<u32, Vec<SpanIdx>> = BTreeMap::new();
    for wait in waits {
        services.entry(ground.trace.service(*wait)).or_default().push(*wait);
    }
    let services: Vec<Vec<SpanIdx>> = services.into_values().collect();
    let mut services: Vec<(u64, Vec<SpanIdx>)> =
        services.into_iter().map(|waits| (ground.path_ns_of(&waits), waits)).collect();
    sort::by_key(&mut services, |(ns, _)| core::cmp::Reverse(*ns));
    let services: Vec<Vec<SpanIdx>> = services.into_iter().map(|(_, waits)| waits).collect();
    let sentence = |waits: &Vec<SpanIdx>| {
        let first = *waits.first()?;
        let count = format::counted(waits.len() as u64, "time", "times");
        let (service, name) = (ground.service(first), ground.label(first));
        let (all, when) = (calls::durations(ground.trace, waits), calls::when(ground.trace, waits));
        let on_path = format::duration(ground.path_ns_of(waits));
        Some(format!("{service} waits {count}, first as “{name}”, {when}: {all}, {on_path} on the critical path."))
    };
    let mut sentences: Vec<String> = services.iter().take(SHOWN).filter_map(sentence).collect();
    if services.len() > SHOWN {
        let more = format::counted((services.len() - SHOWN) as u64, "more service waits", "more services wait");
        sentences.push(format!("{more}."));
    }
    sentences
}

#[cfg(test)]
#[path = "waiting_test.rs"]
mod tests;
