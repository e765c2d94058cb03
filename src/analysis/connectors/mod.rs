//! The connector board of a sample: for each service and operation, or each value of an attribute, what many traces that were fetched say of
//! it and what mending it would save. Traces come one after the other. Whose work a span is says `calls`. Not here: rates over a whole range,
//! which a backend counts (`services`).
//!
//! ```text
//! trace 1 ─┐                        sum by group          by text, over traces        rows
//! trace 2 ─┼─ Trace, Derived, ──▶   calls, own time, ──▶  symbols of the board's ──▶  dearest first,
//! trace 3 ─┘  findings              path time             own table                   percentiles made
//! ```
//!
//! | figure | definition |
//! |---|---|
//! | calls | spans that are calls (`calls`) |
//! | failed | those with status ERROR |
//! | p50, p95, p99 | nearest-rank percentiles of their durations |
//! | self | self times of the calls and of their work |
//! | critical | own time of the same spans on the critical path |
//! | share | critical of the main root's duration: the mean of the traces that it is in and that have a root |
//! | saves | critical of all traces, by all traces with a root: what a request would take less, on average, if this took no time |
//! | attempts | calls that findings of kind `retries` name, or that are tried again within a span that they name |
//! | findings | those that name the calls or their work, once a trace and kind, by the worst severity there |
//!
//! Self and critical of all rows add up to no more than those of the traces: no span is the work of two calls. Every sum is of whole numbers,
//! so the order of traces says nothing.

mod calls;
mod ends;
mod rows;

use core::cmp::Reverse;

use rustc_hash::{FxHashMap, FxHashSet};

use self::calls::{call_at, crosses, owners, side, tried_again};
use self::ends::{durations, own_names, parts};
pub use self::rows::{ConnectorRow, ConnectorRows, MAX_ROWS, MAX_TRACES, PARTS, Side};
use super::findings::{Finding, FindingKind, Severity};
use super::group_by::{Groups, NONE};
use super::percentile::nearest_rank;
pub use super::statistics::GroupBy;
use super::statistics::cut;
use super::{Derived, Scope};
use crate::base::{Strings, Sym, TraceId, sort};
use crate::model::{SpanIdx, Trace};

/// Figures of a group, of one trace or of all.
#[derive(Clone, Copy, Default)]
struct Sum {
    calls: u64,
    failed: u64,
    self_ns: u64,
    critical_ns: u64,
    attempts: u64,
    findings: [u64; 3],
}

impl Sum {
    fn add(&mut self, more: &Sum) {
        self.calls += more.calls;
        self.failed += more.failed;
        self.self_ns = self.self_ns.saturating_add(more.self_ns);
        self.critical_ns = self.critical_ns.saturating_add(more.critical_ns);
        self.attempts += more.attempts;
        self.findings.iter_mut().zip(more.findings).for_each(|(sum, more)| *sum += more);
    }
}

/// What ranks a finding: cost, total, then the worse severity.
type Cost = (u64, u64, Reverse<Severity>);

struct Row {
    service: Sym,
    text: Sym,
    side: Option<Side>,
    sum: Sum,
    /// Shares of critical paths, of [`PARTS`] each, and of how many traces.
    ppm: u64,
    with_root: u64,
    dearest: Option<Box<(Cost, String)>>,
    traces: Vec<InTrace>,
}

/// A trace of a row: path time and self time there.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct InTrace(Reverse<u64>, Reverse<u64>, TraceId);

/// Traces one after the other.
pub struct SampleBoard {
    by: GroupBy,
    names: Strings,
    row_of: FxHashMap<(Sym, Sym, Option<Side>), u32>,
    /// Span names of the calls of each row.
    span_names: FxHashSet<(u32, Sym)>,
    rows: Vec<Row>,
    /// Duration of each call, with its row.
    took: Vec<(u32, u64)>,
    seen: FxHashSet<TraceId>,
    traces_with_root: u64,
    calls_without: u64,
}

impl SampleBoard {
    pub fn new(by: GroupBy) -> Self {
        SampleBoard {
            by,
            names: Strings::default(),
            row_of: FxHashMap::default(),
            span_names: FxHashSet::default(),
            rows: Vec::new(),
            took: Vec::new(),
            seen: FxHashSet::default(),
            traces_with_root: 0,
            calls_without: 0,
        }
    }

    /// Adds a trace and what was found of it. One that was added before is not counted again.
    pub fn add(&mut self, trace: &Trace, derived: &Derived, findings: &[Finding]) {
        if !self.seen.insert(trace.id) {
            return;
        }
        let by = self.by.clone();
        let groups = Groups::of(trace, derived, &Scope::default(), &by);
        let owner = owners(trace, derived, &groups, &by);
        let whole_ns = derived.critical_path.as_ref().map(|path| trace.duration_of(path.root));
        self.traces_with_root += u64::from(whole_ns.is_some());
        // Two slots a group: what is received and what is made.
        let has_sides = !matches!(by, GroupBy::Attribute(_));
        let side_of = |call| has_sides.then(|| side(trace, call));
        let slot =
            |call: SpanIdx| groups.of_span[call.index()] as usize * 2 + usize::from(side_of(call) == Some(Side::Made));
        let slot_at = |span| call_at(&owner, span).map(slot);
        let mut rows = vec![NONE; groups.keys.len() * 2];
        for call in trace.spans().filter(|span| owner[span.index()] == span.0) {
            if rows[slot(call)] == NONE {
                let key = groups.keys[groups.of_span[call.index()] as usize];
                rows[slot(call)] = self.row(groups.service_name(key), groups.text(key), side_of(call));
            }
        }
        let mut sums = vec![Sum::default(); rows.len()];
        let attempts = findings.iter().filter(|finding| finding.kind == FindingKind::Retries);
        let is_tried = tried_again(trace, &owner, attempts.flat_map(|finding| finding.spans.iter().copied()));
        for span in trace.spans() {
            let Some(slot) = slot_at(span) else {
                self.calls_without += u64::from(crosses(trace, derived, span));
                continue;
            };
            let (sum, row) = (&mut sums[slot], rows[slot]);
            sum.self_ns = sum.self_ns.saturating_add(derived.self_ns[span.index()]);
            if owner[span.index()] == span.0 {
                sum.calls += 1;
                sum.failed += u64::from(trace.is_error(span));
                sum.attempts += u64::from(is_tried[span.index()]);
                self.took.push((row, trace.duration_of(span)));
                if by == GroupBy::ServiceOperation {
                    self.span_names.insert((row, self.names.intern(trace.name(span))));
                }
            }
        }
        for (span, own_ns) in derived.critical_path.iter().flat_map(|path| path.own_ns()) {
            if let Some(slot) = slot_at(span) {
                sums[slot].critical_ns += own_ns;
            }
        }
        self.count_findings(findings, &rows, &mut sums, slot_at);
        for (sum, row) in sums.iter().zip(&rows) {
            let Some(row) = self.rows.get_mut(*row as usize) else { continue };
            row.sum.add(sum);
            if let Some(whole_ns) = whole_ns {
                row.ppm += parts(sum.critical_ns, whole_ns);
                row.with_root += 1;
            }
            row.traces.push(InTrace(Reverse(sum.critical_ns), Reverse(sum.self_ns), trace.id));
        }
    }

    fn row(&mut self, service: &str, text: &str, side: Option<Side>) -> u32 {
        let [service, text] = [service, text].map(|name| self.names.intern(name));
        let next = self.rows.len() as u32;
        let row = *self.row_of.entry((service, text, side)).or_insert(next);
        if row == next {
            let (sum, traces) = (Sum::default(), Vec::new());
            self.rows.push(Row { service, text, side, sum, ppm: 0, with_root: 0, dearest: None, traces });
        }
        row
    }

    fn count_findings(
        &mut self,
        findings: &[Finding],
        rows: &[u32],
        sums: &mut [Sum],
        slot_at: impl Fn(SpanIdx) -> Option<usize>,
    ) {
        let mut worst: FxHashMap<(usize, FindingKind), Severity> = FxHashMap::default();
        for finding in findings {
            let cost = (finding.cost_ns, finding.total_ns, Reverse(finding.severity));
            let mut named: Vec<u32> = finding.spans.iter().filter_map(|span| Some(slot_at(*span)? as u32)).collect();
            named.sort_unstable();
            named.dedup();
            for slot in named.into_iter().map(|slot| slot as usize) {
                let severity = worst.entry((slot, finding.kind)).or_insert(finding.severity);
                *severity = finding.severity.min(*severity);
                let Some(row) = self.rows.get_mut(rows[slot] as usize) else { continue };
                let is_dearer = row.dearest.as_deref().is_none_or(|(known, title)| {
                    (cost, Reverse(finding.title.as_str())) > (*known, Reverse(title.as_str()))
                });
                if is_dearer {
                    row.dearest = Some(Box::new((cost, finding.title.clone())));
                }
            }
        }
        for ((slot, _), severity) in worst {
            sums[slot].findings[severity as usize] += 1;
        }
    }

    pub fn finish(self) -> ConnectorRows {
        let SampleBoard { names, mut rows, took, span_names, seen, traces_with_root, calls_without, .. } = self;
        let mut order: Vec<u32> = (0..rows.len() as u32).collect();
        sort::positions(&mut order, &|a, b| {
            let (a, b) = (&rows[a as usize], &rows[b as usize]);
            let name = |row: &Row| (names.get(row.service), names.get(row.text), row.side);
            b.sum.critical_ns.cmp(&a.sum.critical_ns).then_with(|| name(a).cmp(&name(b)))
        });
        let calls = rows.iter().map(|row| row.sum.calls).sum();
        let kept = order.get(..order.len().min(MAX_ROWS)).unwrap_or_default();
        let durations = durations(kept, &took, rows.len());
        let span_names = own_names(&rows, &span_names);
        let has_service = matches!(self.by, GroupBy::Service | GroupBy::ServiceOperation);
        let told = |(at, mut took): (&u32, Vec<u64>)| {
            let row = rows.get_mut(*at as usize)?;
            took.sort_unstable();
            sort::plain(&mut row.traces);
            let ids = row.traces.iter().take(MAX_TRACES).map(|InTrace(_, _, id)| id.to_string());
            let sum = row.sum;
            Some(ConnectorRow {
                service: has_service.then(|| cut(names.get(row.service))),
                text: cut(names.get(row.text)),
                side: row.side,
                span_name: span_names.get(at).map(|name| names.get(*name).to_owned()),
                traces: row.traces.len() as u64,
                calls: sum.calls,
                failed: sum.failed,
                p50_ns: nearest_rank(&took, 50),
                p95_ns: nearest_rank(&took, 95),
                p99_ns: nearest_rank(&took, 99),
                self_ns: sum.self_ns,
                critical_ns: sum.critical_ns,
                critical_ppm: row.ppm / row.with_root.max(1),
                attempts: sum.attempts,
                findings: sum.findings,
                dearest: row.dearest.take().map(|dearest| dearest.1),
                saves_ns: sum.critical_ns / traces_with_root.max(1),
                trace_ids: ids.collect(),
            })
        };
        let told: Vec<ConnectorRow> = kept.iter().zip(durations).filter_map(told).collect();
        let shown: u64 = told.iter().map(|row| row.calls).sum();
        ConnectorRows {
            more_rows: (order.len() - told.len()) as u64,
            more_calls: calls - shown,
            rows: told,
            traces: seen.len() as u64,
            traces_with_root,
            calls,
            calls_without,
        }
    }
}

#[cfg(test)]
#[path = "../connectors_test.rs"]
mod tests;
