//! Clocks put right: what recorded times say of them beside what moved times do.

use std::sync::Arc;

use super::*;
use crate::analysis::sample::{Draft, add};
use crate::base::TraceId;
use crate::model::{Clocks, Kind, SpanSet};

const MS: u64 = 1_000_000;

/// A root, and the `n`th of the services that it calls, each `behind` ms too early.
fn set(services: u64, behind: &[u64]) -> Arc<SpanSet> {
    let mut set = SpanSet::new();
    add(&mut set, 7, &Draft::new(1, 0, 1000 * MS, 2000 * MS).host("a"));
    for n in 0..services {
        for (at, ms) in behind.iter().enumerate() {
            let id = 10 + 10 * n + 2 * at as u64;
            let name: &'static str = format!("s{n}").leak();
            add(&mut set, 7, &Draft::new(id, 1, 1000 * MS, 1100 * MS).kind(Kind::Client).host("a"));
            let (from, to) = ((1010 - ms) * MS, (1090 - ms) * MS);
            add(&mut set, 7, &Draft::new(id + 1, id, from, to).kind(Kind::Server).service(name).host("b"));
        }
    }
    set.close(0);
    Arc::new(set)
}

/// Clocks of all that stands below a parent moved by ms, and what is told then.
fn told(set: &Arc<SpanSet>, by_ms: i64) -> Vec<Finding> {
    let recorded = Trace::build(set, TraceId(7)).unwrap();
    let of_clocks = of_clocks(&recorded, &Derived::of(&recorded)).into_iter();
    let row = |span: &SpanIdx| recorded.row(*span);
    let of_recorded: Vec<_> =
        of_clocks.map(|finding| (finding.clone(), finding.spans.iter().map(row).collect())).collect();
    let shop = set.resource.at(0) as usize;
    let moved = (0..set.resources.len()).map(|at| if at == shop { 0 } else { by_ms * MS as i64 }).collect();
    let trace = Trace::build_with(set, TraceId(7), &[], Clocks::moved(moved)).unwrap();
    let mut found = with_recorded(&trace, findings(&trace, &Derived::of(&trace), Seen::default()), &of_recorded);
    found.retain(|finding| finding.kind == FindingKind::ClockSkew);
    found
}

#[test]
fn a_pair_that_still_disagrees_was_told_twice() {
    let titles = |found: Vec<Finding>| found.into_iter().map(|finding| finding.title).collect::<Vec<_>>();
    // One call says 400 ms, another 200: no move mends both.
    let set = set(1, &[400, 200]);
    assert_eq!(titles(told(&set, 300)), ["s0 on b is 390 ms behind shop on a"]);
    assert_eq!(titles(told(&set, 5000)), ["s0 on b is 390 ms behind shop on a"]);
}

#[test]
fn a_pair_that_only_moved_times_let_disagree_is_told() {
    assert_eq!(told(&set(1, &[0]), -5000).len(), 1);
}

#[test]
fn recorded_clocks_were_told_beyond_a_hundred() {
    let found = told(&set(150, &[400]), 400);
    let spans: usize = found.iter().map(|finding| finding.spans.len()).sum();
    assert_eq!((found.len(), spans), (101, 150));
    let last = found.last().unwrap();
    assert_eq!(last.title, "50 more of this kind, each cheaper than those told one by one");
    assert_eq!((last.severity, last.cost_ns, last.total_ns), (Severity::Warning, 0, 0));
}
