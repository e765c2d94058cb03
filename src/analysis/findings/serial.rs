//! `serial_calls`: different reads one after another that might have been started together. A hint: whether one needs what another read
//! is not in a trace. Not here: one read again and again (`repeated`).

use rustc_hash::{FxHashMap, FxHashSet};

use super::calls;
use super::waiting::Waits;
use super::{Confidence, Finding, FindingKind, Ground};
use crate::analysis::semconv::{Conventions, Field};
use crate::analysis::statement::sql_name;
use crate::base::{Sym, format};
use crate::model::{Kind, SpanIdx, Trace};

const FEWEST: usize = 3;
const SHARE_PERCENT: u64 = 10;

pub fn find(ground: &mut Ground<'_>, found: &mut Vec<Finding>) {
    let mut reads = Reads::of(ground.trace);
    let mut waits = Waits::of(ground.trace);
    let all = calls::by_parent(ground);
    for mut below_one in calls::groups(&all) {
        // Who needs a connection has to wait for it: that is no call of its own.
        below_one.retain(|call| !waits.holds(ground, *call));
        for run in runs(ground, &mut reads, &below_one) {
            found.extend(told(ground, run));
        }
    }
}

/// Reads in a row: each of an operation that the row does not have yet, none overlapping the next, no other call between. What failed and
/// what is told of as repeated are other calls.
fn runs(ground: &Ground<'_>, reads: &mut Reads<'_>, calls: &[SpanIdx]) -> Vec<Vec<SpanIdx>> {
    let mut runs = Vec::new();
    let mut run: Vec<SpanIdx> = Vec::new();
    let mut operations = FxHashSet::default();
    for call in calls {
        let is_other = ground.trace.is_error(*call) || ground.is_repeated.get(call.index()) == Some(&true);
        let is_read = !is_other && reads.is_read(ground, *call);
        let operation = ground.operations.of(*call);
        let beside = run.last().is_some_and(|last| ground.overlaps(*last, *call));
        if !is_read || beside || operations.contains(&operation) {
            operations.clear();
            let ended = core::mem::take(&mut run);
            runs.extend((ended.len() >= FEWEST).then_some(ended));
        }
        if is_read {
            operations.insert(operation);
            run.push(*call);
        }
    }
    runs.extend((run.len() >= FEWEST).then_some(run));
    runs
}

/// Tells which calls read; each different statement is looked at once.
struct Reads<'t> {
    trace: &'t Trace,
    conventions: Conventions,
    is_select: FxHashMap<Sym, bool>,
}

impl<'t> Reads<'t> {
    fn of(trace: &'t Trace) -> Self {
        Reads { trace, conventions: Conventions::of(&trace.set.strings), is_select: FxHashMap::default() }
    }

    /// HTTP GET or HEAD, a method that gets or lists, a SELECT by its statement or, without one, by what the span says of it.
    fn is_read(&mut self, ground: &Ground<'_>, call: SpanIdx) -> bool {
        let said = self.conventions.read(self.trace, call);
        let text = |field| self.trace.set.strings.get(said.get(field));
        if ground.operations.is_database(call) {
            let statement = said.get(Field::DbText);
            if statement.is_empty() {
                let summary = [Field::DbSummary, Field::DbOperation].map(text);
                let summary = summary.into_iter().find(|summary| !summary.is_empty()).and_then(sql_name);
                return summary.is_some_and(|summary| summary.starts_with("SELECT"));
            }
            return *self.is_select.entry(statement).or_insert_with(|| calls::is_select(text(Field::DbText)));
        }
        let method = text(Field::RpcMethod);
        if !method.is_empty() {
            return method.starts_with("Get") || method.starts_with("List");
        }
        self.trace.kind(call) == Kind::Client && matches!(text(Field::HttpMethod), "GET" | "HEAD")
    }
}

fn told(ground: &Ground<'_>, reads: Vec<SpanIdx>) -> Option<Finding> {
    const SHOWN: usize = 5;
    let all_ns = ground.path_ns_of(&reads);
    let first = *reads.first()?;
    let longest = reads.iter().copied().max_by_key(|read| ground.path_ns(*read))?;
    if !ground.is_share(all_ns, SHARE_PERCENT) {
        return None;
    }
    let count = format::count(reads.len() as u64);
    let (service, below) = (ground.service(first), ground.trace.parent(first).map(|parent| ground.label(parent))?);
    let title =
        format!("{count} different reads one after another in {service}, {}", calls::cost(ground, all_ns, all_ns));
    let named = |read: &SpanIdx| {
        let (name, to) = (ground.label(*read), calls::called(ground, *read));
        format!("“{name}”{to} ({})", format::duration(ground.trace.duration_of(*read)))
    };
    let mut names: Vec<String> = reads.iter().take(SHOWN).map(named).collect();
    if reads.len() > SHOWN {
        names.push(format!("{} more", format::count((reads.len() - SHOWN) as u64)));
    }
    let evidence = vec![
        format!("Below “{below}”, {}: {}.", calls::when(ground.trace, &reads), names.join(", ")),
        format!(
            "Side by side they would take as long as the longest, {} on the critical path.",
            format::duration(ground.path_ns(longest))
        ),
    ];
    Some(Finding {
        confidence: Confidence::Low,
        evidence,
        cost_ns: all_ns - ground.path_ns(longest),
        ..ground.finding(FindingKind::SerialCalls, reads, title)
    })
}

#[cfg(test)]
mod tests {
    use super::super::{Severity, repeated};
    use super::*;
    use crate::analysis::sample::Draft;

    const MS: u64 = 1_000_000;

    /// The `n`th call of 40 ms.
    fn call(n: u64) -> Draft {
        Draft::new(n + 1, 1, n * 40 * MS, (n + 1) * 40 * MS).kind(Kind::Client)
    }

    fn get(n: u64, url: &'static str) -> Draft {
        call(n).attr("http.request.method", "GET").attr("url.full", url)
    }

    fn query(n: u64, text: &'static str) -> Draft {
        call(n).attr("db.system.name", "postgresql").attr("db.query.text", text)
    }

    fn told(calls: Vec<Draft>) -> Vec<(Finding, Vec<u64>)> {
        let drafts = [vec![Draft::new(1, 0, 0, 1000 * MS)], calls].concat();
        let all = calls::told(&[repeated::find, find], &drafts);
        all.into_iter().filter(|(finding, _)| finding.kind == FindingKind::SerialCalls).collect()
    }

    fn ids(calls: Vec<Draft>) -> Vec<Vec<u64>> {
        told(calls).into_iter().map(|(_, ids)| ids).collect()
    }

    #[test]
    fn three_different_reads_in_a_row_are_told_and_two_are_not() {
        let rpc = call(3).attr("rpc.system", "grpc").attr("rpc.service", "S").attr("rpc.method", "ListOrders");
        let found = told(vec![get(1, "http://a/b"), query(2, "SELECT a FROM t"), rpc.clone()]);
        let [(finding, ids)] = found.as_slice() else { panic!("{found:?}") };
        assert_eq!((finding.severity, finding.confidence), (Severity::Info, Confidence::Low));
        assert_eq!((finding.cost_ns, ids.as_slice()), (80 * MS, [2, 3, 4].as_slice()));
        assert_eq!(finding.title, "3 different reads one after another in shop, 120 ms, 12 % of the critical path");
        assert!(told(vec![get(1, "http://a/b"), rpc]).is_empty());
    }

    #[test]
    fn less_than_a_tenth_of_the_path_is_not_told() {
        let of = |ns: u64| {
            let last = Draft::new(4, 1, 120 * MS, 120 * MS + ns).kind(Kind::Client);
            let last = last.attr("http.method", "HEAD").attr("http.url", "http://a/d");
            ids(vec![get(1, "http://a/b"), get(2, "http://a/c"), last]).len()
        };
        assert_eq!((of(20 * MS), of(20 * MS - 1)), (1, 0));
    }

    #[test]
    fn a_write_between_may_be_why_they_wait() {
        for write in [
            query(3, "UPDATE t SET a = 1"),
            query(3, "SELECT a FROM t FOR UPDATE"),
            call(3).attr("rpc.method", "Reserve"),
        ] {
            assert!(ids(vec![get(1, "http://a/b"), get(2, "http://a/c"), write, get(4, "http://a/d")]).is_empty());
        }
    }

    #[test]
    fn reads_side_by_side_are_not_in_a_row() {
        let beside = Draft::new(9, 1, 90 * MS, 130 * MS).kind(Kind::Client);
        let beside = beside.attr("http.request.method", "GET").attr("url.full", "http://a/d");
        assert!(ids(vec![get(1, "http://a/b"), get(2, "http://a/c"), beside]).is_empty());
    }

    #[test]
    fn interleaved_a_b_a_b_is_not_three_different_reads() {
        let reads = (1..=4).map(|n| get(n, if n % 2 == 0 { "http://a/b" } else { "http://a/c" }));
        assert!(ids(reads.collect()).is_empty());
        let reads = (1..=4).map(|n| get(n, ["http://a/b", "http://a/c", "http://a/d"][n as usize % 3]));
        assert_eq!(ids(reads.collect()), [[2, 3, 4]]);
    }

    #[test]
    fn repeated_and_failed_reads_are_other_calls() {
        let urls = ["http://a/b", "http://a/c", "http://a/d"];
        assert!(ids((0..15).map(|n| get(n, urls[n as usize % 3])).collect()).is_empty());
        assert!(ids(vec![get(1, urls[0]), get(2, urls[1]).error("down"), get(3, urls[2])]).is_empty());
    }

    #[test]
    fn zero_length_reads_and_a_trace_without_a_root_cost_nothing() {
        let read =
            |id, url| Draft::new(id, 1, 5, 5).kind(Kind::Client).attr("http.method", "GET").attr("http.url", url);
        let reads = vec![read(2, "http://a/b"), read(3, "http://a/c"), read(4, "http://a/d")];
        assert!(ids(reads.clone()).is_empty());
        assert!(calls::told(&[find], &[vec![Draft::new(1, 99, 0, 9)], reads].concat()).is_empty());
    }

    #[test]
    fn different_reads_by_the_hundred_thousand_are_one_row() {
        let mut drafts = vec![Draft::new(1, 0, 0, 200_000)];
        drafts.extend((2..100_000u64).map(|id| {
            let name: &'static str = id.to_string().leak();
            Draft::new(id, 1, id, id + 1).kind(Kind::Client).name(name).attr("http.method", "GET")
        }));
        let found = calls::told(&[find], &drafts);
        assert_eq!(found.iter().map(|(_, ids)| ids.len()).collect::<Vec<_>>(), [99_998]);
    }
}
