//! `retries`: failed calls that a later one repeated, as chains of attempts. Whether a failure that was healed is told as an error is
//! for `failures`, which reads [`Ground::is_healed`].
//!
//! ```text
//! parent      ├──────────────────────────────┤
//! reserve(31)   ├fails┤  ├fails┤   ├well┤       one chain of three: healed
//! reserve(39)   ├fails─┤  ├fails┤                another, of two: not healed
//! cost          ├────────────────┤               from a failure's start to the start of what repeats it
//! ```

use rustc_hash::{FxHashMap, FxHashSet};

use super::reaches::Reaches;
use super::retry_arguments::Arguments;
use super::{Finding, FindingKind, Ground, Severity, calls, quote};
use crate::analysis::errors::error_text;
use crate::base::{format, sort};
use crate::model::SpanIdx;

/// From this share of the whole on it is a warning, in percent.
const WARNING_PERCENT: u64 = 5;

/// Attempts at one thing, in time; or one span alone that says that it was sent again.
struct Chain {
    attempts: Vec<SpanIdx>,
    ended_well: bool,
}

pub fn find(ground: &mut Ground<'_>, found: &mut Vec<Finding>) {
    let mut chains = repeated(ground);
    chains.extend(sent_again(ground, &chains));
    for chain in &chains {
        for failed in chain.attempts.iter().rev().skip(1) {
            ground.is_retried[failed.index()] = true;
            ground.is_healed[failed.index()] = chain.ended_well;
        }
    }
    let mut operations: FxHashMap<u32, Vec<Chain>> = FxHashMap::default();
    for chain in chains {
        let Some(first) = chain.attempts.first() else { continue };
        operations.entry(ground.operations.of(*first)).or_default().push(chain);
    }
    let mut operations: Vec<Vec<Chain>> = operations.into_values().collect();
    if operations.is_empty() {
        return;
    }
    let trace = ground.trace;
    let in_time = |span: SpanIdx| (trace.start_ns(span), trace.span_id(span), span);
    for chains in &mut operations {
        sort::by_key(chains, |chain| chain.attempts.first().map(|first| in_time(*first)));
    }
    sort::by_key(&mut operations, |chains| Some(in_time(*chains.first()?.attempts.first()?)));
    let reaches = Reaches::of(ground);
    found.extend(operations.iter().filter_map(|chains| told(ground, &reaches, chains)));
}

/// A span of an operation that failed below the same parent.
struct Attempt {
    parent: SpanIdx,
    operation: u32,
    arguments: u32,
    span: SpanIdx,
}

fn repeated(ground: &Ground<'_>) -> Vec<Chain> {
    let trace = ground.trace;
    let place = |span: SpanIdx| Some((trace.parent(span)?, ground.operations.of(span)));
    let failed: FxHashSet<_> = trace.spans().filter(|span| trace.is_error(*span)).filter_map(place).collect();
    if failed.is_empty() {
        return Vec::new();
    }
    let mut arguments = Arguments::new(trace);
    let places = trace.spans().filter_map(|span| Some((span, place(span).filter(|place| failed.contains(place))?)));
    let mut attempts: Vec<Attempt> = places
        .map(|(span, (parent, operation))| Attempt { parent, operation, arguments: arguments.of(span), span })
        .collect();
    sort::by_key(&mut attempts, |attempt| {
        let span = attempt.span;
        let together = (attempt.parent, attempt.operation, attempt.arguments);
        (together, trace.start_ns(span), trace.end_ns(span), trace.span_id(span), span)
    });
    let together =
        |a: &Attempt, b: &Attempt| (a.parent, a.operation, a.arguments) == (b.parent, b.operation, b.arguments);
    let mut chains = Vec::new();
    for attempts in attempts.chunk_by(together).filter(|attempts| attempts.len() > 1) {
        let spans: Vec<SpanIdx> = attempts.iter().map(|attempt| attempt.span).collect();
        let before = chains.len();
        chains_of(ground, &spans, &mut chains);
        // Arguments that do not show may differ: where more was done than tried again, it is a loop.
        let tried: usize = chains[before..].iter().map(|chain| chain.attempts.len()).sum();
        if tried < spans.len() && spans.first().is_some_and(|first| arguments.may_hide(*first)) {
            chains.truncate(before);
        }
    }
    chains
}

/// Failed spans by end, each with the earliest later one that is not taken. They are of one service, in order of start.
fn chains_of(ground: &Ground<'_>, by_start: &[SpanIdx], chains: &mut Vec<Chain>) {
    let trace = ground.trace;
    let failed = |at: &usize| by_start.get(*at).is_some_and(|span| trace.is_error(*span));
    let mut by_end: Vec<usize> = (0..by_start.len()).filter(failed).collect();
    sort::by_key(&mut by_end, |at| by_start.get(*at).map(|span| trace.end_ns(*span)));
    let mut repeated_by: Vec<Option<usize>> = vec![None; by_start.len()];
    let mut repeats = vec![false; by_start.len()];
    let mut free = Free::of(by_start.len());
    for at in by_end {
        let Some(span) = by_start.get(at) else { continue };
        let from_ns = repeated_from(ground, *span);
        let first = by_start.partition_point(|later| trace.start_ns(*later) < from_ns).max(at + 1);
        let Some(next) = free.take_from(first) else { continue };
        repeated_by[at] = Some(next);
        repeats[next] = true;
    }
    for first in (0..by_start.len()).filter(|at| !repeats[*at] && repeated_by[*at].is_some()) {
        let places = core::iter::successors(Some(first), |at| repeated_by[*at]);
        let attempts: Vec<SpanIdx> = places.filter_map(|at| by_start.get(at).copied()).collect();
        let ended_well = attempts.last().is_some_and(|last| !trace.is_error(*last));
        chains.push(Chain { attempts, ended_well });
    }
}

/// From which start on a span of the same service may repeat a failed one: its end, or less than the resolution of starts before that.
/// Of two that start at once neither is known to be the later.
fn repeated_from(ground: &Ground<'_>, failed: SpanIdx) -> u64 {
    let trace = ground.trace;
    let [start_ns, end_ns] = [trace.start_ns(failed), trace.end_ns(failed)];
    let within = end_ns.saturating_add(1).saturating_sub(ground.derived.resolution.ns(trace, failed));
    within.max(start_ns.saturating_add(1)).min(end_ns)
}

/// Places that are not taken yet; each leads to the next that may be free.
struct Free(Vec<usize>);

impl Free {
    fn of(len: usize) -> Self {
        Free((0..len).collect())
    }

    /// Takes the first free place from `at` on.
    fn take_from(&mut self, mut at: usize) -> Option<usize> {
        while let Some(next) = self.0.get(at).copied().filter(|next| *next != at) {
            let beyond = self.0.get(next).copied().unwrap_or(next);
            self.0[at] = beyond;
            at = beyond;
        }
        *self.0.get_mut(at)? = at + 1;
        Some(at)
    }
}

/// Spans that say that they were sent again and of which no attempt before is in the trace.
fn sent_again(ground: &Ground<'_>, chains: &[Chain]) -> Vec<Chain> {
    let trace = ground.trace;
    let keys = ["http.request.resend_count", "http.resend_count"];
    if keys.iter().all(|key| trace.set.strings.find(key).is_none()) {
        return Vec::new();
    }
    let told: FxHashSet<SpanIdx> = chains.iter().flat_map(|chain| &chain.attempts).copied().collect();
    let is_resent = |span: &SpanIdx| keys.iter().any(|key| ground.number(*span, key).is_some_and(|count| count > 0));
    let alone = trace.spans().filter(|span| !told.contains(span)).filter(is_resent);
    alone.map(|span| Chain { attempts: vec![span], ended_well: !trace.is_error(span) }).collect()
}

/// The length of stretches together, overlaps once.
fn union_ns(mut stretches: Vec<(u64, u64)>) -> u64 {
    sort::plain(&mut stretches);
    let (mut sum, mut reached) = (0u64, 0u64);
    for (from, to) in stretches {
        sum = sum.saturating_add(to.saturating_sub(from.max(reached)));
        reached = reached.max(to);
    }
    sum
}

fn told(ground: &Ground<'_>, reaches: &Reaches, chains: &[Chain]) -> Option<Finding> {
    let trace = ground.trace;
    let spans: Vec<SpanIdx> = chains.iter().flat_map(|chain| &chain.attempts).copied().collect();
    let name = quote::operation(ground, *spans.first()?);
    let pairs = chains.iter().flat_map(|chain| chain.attempts.iter().zip(chain.attempts.iter().skip(1)));
    let pairs: Vec<(SpanIdx, (u64, u64))> =
        pairs.map(|(failed, repeat)| (*failed, (trace.start_ns(*failed), trace.start_ns(*repeat)))).collect();
    let on_path = pairs.iter().filter_map(|(failed, stretch)| reaches.clip(trace.parent(*failed)?, *stretch));
    let cost_ns = union_ns(on_path.collect());
    let total_ns = union_ns(pairs.iter().map(|(_, stretch)| *stretch).collect());
    let again = chains.iter().filter(|chain| chain.attempts.len() == 1).count() as u64;
    let lost = chains.iter().filter(|chain| !chain.ended_well).count() as u64;
    let title = match pairs.len() as u64 {
        0 => format!(
            "{} of {name} {} sent again",
            format::counted(again, "call", "calls"),
            if again == 1 { "was" } else { "were" }
        ),
        failed => format!(
            "{} of {name} {} repeated, {}",
            format::counted(failed, "failed call", "failed calls"),
            if failed == 1 { "was" } else { "were" },
            calls::cost(ground, cost_ns, total_ns)
        ),
    };
    let title = match (lost, chains.len() as u64) {
        (0, _) => title,
        (_, 1) => format!("{title}; the last attempt failed too"),
        (lost, all) => format!("{title}; {} of {} to no avail", format::count(lost), format::count(all)),
    };
    let mut finding = ground.finding(FindingKind::Retries, spans, title);
    finding.cost_ns = cost_ns;
    finding.total_ns = total_ns;
    if lost > 0 || ground.is_share(cost_ns, WARNING_PERCENT) {
        finding.severity = Severity::Warning;
    }
    finding.evidence = evidence(ground, chains, again, lost);
    let failed = pairs.iter().map(|(failed, _)| error_text(trace, *failed));
    finding.evidence.extend(quote::tally(ground, failed).map(|messages| format!("Messages: {messages}.")));
    Some(finding)
}

fn evidence(ground: &Ground<'_>, chains: &[Chain], again: u64, lost: u64) -> Vec<String> {
    let mut said = Vec::new();
    let several = || chains.iter().map(|chain| chain.attempts.len() as u64).filter(|attempts| *attempts > 1);
    if let (Some(fewest), Some(most)) = (several().min(), several().max()) {
        let attempts = match fewest == most {
            true => format::count(most),
            false => format!("{} to {}", format::count(fewest), format::count(most)),
        };
        let parents: FxHashSet<_> =
            chains.iter().filter_map(|chain| ground.trace.parent(*chain.attempts.first()?)).collect();
        said.push(format!(
            "{} of {attempts} attempts, below {}.",
            format::counted(several().count() as u64, "chain", "chains"),
            format::counted(parents.len() as u64, "parent", "parents")
        ));
    }
    let well = chains.len() as u64 - lost;
    said.push(format!("Ended well: {}, failed to the last: {}.", format::count(well), format::count(lost)));
    if again > 0 {
        let calls = format::counted(again, "call has", "calls have");
        said.push(format!("{calls} a resend count above 0 and no failed attempt before in the trace."));
    }
    said
}

#[cfg(test)]
#[path = "retries_test.rs"]
mod tests;
