//! `chatty_services`: two services that talk a lot in small words. Not here: many calls of one operation, which are told as `repeated`.

use std::collections::BTreeMap;

use super::calls::{self, Keyed};
use super::{Confidence, Finding, FindingKind, Ground, Severity};
use crate::analysis::percentile::nearest_rank;
use crate::base::{format, sort};
use crate::model::SpanIdx;

const FEWEST: usize = 20;
const WARNING_CALLS: usize = 50;
const WARNING_PERCENT: u64 = 10;
/// Half of the calls take less.
const SHORT_NS: u64 = 10_000_000;

pub fn find(ground: &mut Ground<'_>, found: &mut Vec<Finding>) {
    let trace = ground.trace;
    let crosses = |span: SpanIdx| {
        let (from, to) = (trace.service(trace.parent(span)?), trace.service(span));
        // What has no name is not known to be one service.
        let is_named = |service: u32| trace.services.get(service as usize).is_some_and(|name| !name.is_empty());
        (from != to && is_named(from) && is_named(to)).then_some((u64::from(from) << 32 | u64::from(to), span))
    };
    let mut keyed: Vec<Keyed> = trace.spans().filter_map(crosses).collect();
    calls::put_in_order(trace, &mut keyed);
    found.extend(calls::groups(&keyed).filter_map(|called| told(ground, &called)));
}

/// The spans that call: each caller once, in order of start. Where a caller made no span for its call, what it called stands for it: the
/// caller's span is then about more than the call.
fn calling(ground: &Ground<'_>, called: &[SpanIdx]) -> Vec<SpanIdx> {
    let trace = ground.trace;
    let caller = |span: SpanIdx| trace.parent(span).filter(|parent| ground.is_call(*parent)).unwrap_or(span);
    let mut keyed: Vec<Keyed> = called.iter().map(|span| (0, caller(*span))).collect();
    calls::put_in_order(trace, &mut keyed);
    keyed.dedup();
    keyed.into_iter().map(|(_, span)| span).collect()
}

fn told(ground: &Ground<'_>, called: &[SpanIdx]) -> Option<Finding> {
    let trace = ground.trace;
    let first = *called.first()?;
    let mut ns: Vec<u64> = called.iter().map(|span| trace.duration_of(*span)).collect();
    ns.sort_unstable();
    let median_ns = nearest_rank(&ns, 50);
    let is_repeated = |span: &&SpanIdx| {
        trace.parent(**span).is_some_and(|parent| ground.is_repeated.get(parent.index()) == Some(&true))
    };
    let repeated = called.iter().filter(is_repeated).count();
    if called.len() < FEWEST || median_ns >= SHORT_NS || repeated * 2 >= called.len() {
        return None;
    }
    let mut finding = ground.finding(FindingKind::ChattyServices, calling(ground, called), String::new());
    let severe = called.len() >= WARNING_CALLS && ground.is_share(finding.cost_ns, WARNING_PERCENT);
    finding.severity = if severe { Severity::Warning } else { Severity::Info };
    finding.confidence = Confidence::Medium;
    let (from, to) = (trace.parent(first).map(|parent| ground.service(parent))?, ground.service(first));
    let count = format::count(called.len() as u64);
    let cost = calls::cost(ground, finding.cost_ns, finding.total_ns);
    finding.title =
        format!("{from} calls {to} {count} times, half of them for {} or less, {cost}", format::duration(median_ns));
    finding.evidence.push(format!(
        "What is called takes {}, {}.",
        calls::durations(trace, called),
        calls::when(trace, called)
    ));
    finding.evidence.push(format!("Called are {}.", operations(ground, called)));
    if repeated > 0 {
        let repeated = format::counted(repeated as u64, "call is", "calls are");
        finding.evidence.push(format!("{repeated} among repeated calls already."));
    }
    Some(finding)
}

/// `12 × “POST /reserve”, 10 × “GET /stock”, 3 other operations`.
fn operations(ground: &Ground<'_>, called: &[SpanIdx]) -> String {
    const SHOWN: usize = 3;
    let mut keyed: Vec<Keyed> = called.iter().map(|span| (u64::from(ground.operations.of(*span)), *span)).collect();
    calls::put_in_order(ground.trace, &mut keyed);
    // By name, since the numbers of operations hang on the order in which spans arrived.
    let mut by_name: BTreeMap<String, u64> = BTreeMap::new();
    for group in calls::groups(&keyed) {
        *by_name.entry(calls::name(ground, &group)).or_default() += group.len() as u64;
    }
    let mut by_name: Vec<(String, u64)> = by_name.into_iter().collect();
    sort::by_key(&mut by_name, |(_, count)| core::cmp::Reverse(*count));
    let one = |(name, count): &(String, u64)| format!("{} × “{name}”", format::count(*count));
    let mut named: Vec<String> = by_name.iter().take(SHOWN).map(one).collect();
    if by_name.len() > SHOWN {
        named.push(format::counted((by_name.len() - SHOWN) as u64, "other operation", "other operations"));
    }
    named.join(", ")
}

#[cfg(test)]
mod tests {
    use super::super::repeated;
    use super::*;
    use crate::analysis::sample::Draft;
    use crate::model::Kind;

    const MS: u64 = 1_000_000;
    /// Different operations, so that nothing is repeated.
    const NAMES: [&str; 25] = [
        "a", "b", "c", "d", "e", "f", "g", "h", "i", "j", "k", "l", "m", "n", "o", "p", "q", "r", "s", "t", "u", "v",
        "w", "x", "y",
    ];

    /// Calls one after another, each of 4 ms, the called span 2 ms shorter than `called_ns` is long.
    fn talk(calls: u64, call_ns: u64, called_ns: u64, whole_ns: u64) -> Vec<Draft> {
        let mut drafts = vec![Draft::new(1, 0, 0, whole_ns)];
        for n in 0..calls {
            let (at, name) = (n * call_ns, NAMES[n as usize % NAMES.len()]);
            drafts.push(Draft::new(2 * n + 2, 1, at, at + call_ns).kind(Kind::Client).name(name));
            let called = Draft::new(2 * n + 3, 2 * n + 2, at, at + called_ns).kind(Kind::Server);
            drafts.push(called.service("stock").name(name));
        }
        drafts
    }

    fn severities(drafts: &[Draft]) -> Vec<Severity> {
        calls::told(&[repeated::find, find], drafts).iter().map(|(finding, _)| finding.severity).collect()
    }

    #[test]
    fn twenty_short_calls_are_told_and_nineteen_are_not() {
        assert!(severities(&talk(19, 4 * MS, 2 * MS, 1000 * MS)).is_empty());
        let found = calls::told(&[repeated::find, find], &talk(20, 4 * MS, 2 * MS, 1000 * MS));
        let [(finding, ids)] = found.as_slice() else { panic!("{found:?}") };
        assert_eq!(
            finding.title,
            "shop calls stock 20 times, half of them for 2.00 ms or less, 80.0 ms, 8 % of the critical path"
        );
        assert_eq!((finding.severity, finding.confidence), (Severity::Info, Confidence::Medium));
        assert_eq!((ids.len(), ids.first(), ids.last()), (20, Some(&2), Some(&40)));
    }

    #[test]
    fn fifty_on_a_tenth_of_the_path_are_a_warning() {
        let calls = |count, call_ns| {
            let mut drafts = talk(count, call_ns, 2 * MS, 2000 * MS);
            // Each call below a parent of its own, so that none is repeated.
            for (n, call) in (0..count).zip(1..) {
                let at = n * call_ns;
                let id = 1000 + n;
                drafts[2 * call - 1] = Draft::new(2 * n + 2, id, at, at + call_ns).kind(Kind::Client);
                drafts.push(Draft::new(id, 1, at, at + call_ns).name(format!("step {n}").leak()));
            }
            severities(&drafts)
        };
        assert_eq!(calls(50, 4 * MS), [Severity::Warning]);
        assert_eq!(calls(49, 5 * MS), [Severity::Info]);
        assert_eq!(calls(50, 4 * MS - 1), [Severity::Info]);
    }

    #[test]
    fn long_answers_are_no_chatter() {
        assert_eq!(severities(&talk(20, 10 * MS, 10 * MS - 1, 1000 * MS)), [Severity::Info]);
        assert!(severities(&talk(20, 10 * MS, 10 * MS, 1000 * MS)).is_empty());
    }

    #[test]
    fn what_is_repeated_by_half_is_told_as_repeated() {
        let with_repeated = |count: u64| {
            let mut drafts = talk(20, 4 * MS, 2 * MS, 1000 * MS);
            for n in 0..count {
                let call = Draft::new(2 * n + 2, 1, n * 4 * MS, (n + 1) * 4 * MS).kind(Kind::Client);
                drafts[2 * n as usize + 1] = call.name("same");
            }
            let found = calls::told(&[repeated::find, find], &drafts);
            found.iter().filter(|(finding, _)| finding.kind == FindingKind::ChattyServices).count()
        };
        assert_eq!((with_repeated(9), with_repeated(10)), (1, 0));
    }

    #[test]
    fn a_caller_without_spans_for_its_calls_costs_what_it_called() {
        let mut drafts = vec![Draft::new(1, 0, 0, 1000 * MS)];
        drafts.extend((2..22).map(|id| Draft::new(id, 1, id * 10 * MS, id * 10 * MS + MS).service("stock")));
        let found = calls::told(&[find], &drafts);
        assert_eq!(
            found.iter().map(|(finding, ids)| (finding.cost_ns, ids.len())).collect::<Vec<_>>(),
            [(20 * MS, 20)]
        );
    }

    #[test]
    fn services_without_a_name_were_taken_for_one() {
        let calls = |caller, called| {
            let mut drafts = vec![Draft::new(1, 0, 0, 1000 * MS).service(caller)];
            drafts.extend((2..22).map(|id| Draft::new(id, 1, id * 10 * MS, id * 10 * MS + MS).service(called)));
            severities(&drafts).len()
        };
        assert_eq!([calls("", "stock"), calls("shop", ""), calls("shop", "stock")], [0, 0, 1]);
    }

    #[test]
    fn calls_in_both_directions_are_two_pairs() {
        let mut drafts = talk(10, 4 * MS, 2 * MS, 1000 * MS);
        drafts.extend((0..10).map(|n| Draft::new(500 + n, 2 * n + 3, n * 4 * MS, n * 4 * MS + MS)));
        assert!(severities(&drafts).is_empty());
    }

    #[test]
    fn siblings_by_the_hundred_thousand_without_a_root_cost_nothing() {
        let mut drafts = vec![Draft::new(1, 9_999_999, 0, 9)];
        drafts.extend((2..100_000).map(|id| Draft::new(id, 1, id, id).service("stock")));
        let found = calls::told(&[find], &drafts);
        let [(finding, _)] = found.as_slice() else { panic!("{}", found.len()) };
        assert_eq!((finding.severity, finding.cost_ns), (Severity::Info, 0));
        assert_eq!(finding.title, "shop calls stock 99,998 times, half of them for 0 ns or less, 0 ns in total");
    }
}
