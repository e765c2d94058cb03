//! Statistics: a row of figures for each group of spans. What spans can be grouped by is in `group_by`; how a table is
//! sorted by other columns is for the page.
//!
//! Figures are of the spans in scope; self time and critical path are computed on the whole trace first, so that hiding
//! a service changes which rows there are and no figure of the others.
//!
//! | figure | definition |
//! |---|---|
//! | count | spans |
//! | errors | spans with status ERROR |
//! | total | sum of durations; a span below another of its group counts again |
//! | self | sum of self times, as the report has them |
//! | mean | total / count, rounded down |
//! | p50, p95, p99 | nearest-rank percentiles of durations |
//! | critical | sum of the spans' own time on the critical path |
//!
//! An attribute is looked for on the span, then its scope, its resource, its events and its links: where find looks for
//! `key=value`. Values are grouped as they read, so the number 1 and the text `1` are one group. Sums that pass 64 bits
//! stay at the greatest value.

use core::cmp::Reverse;

use serde::{Deserialize, Serialize};

pub use super::attribute_keys::{KeyLine, attribute_keys};
use super::derived::Derived;
pub use super::group_by::GroupBy;
use super::group_by::{Groups, NONE};
use super::percentile::nearest_rank;
use super::scope::Scope;
use crate::base::sort;
use crate::model::Trace;

/// Rows of a table: what a reader can sort and a message can carry. The groups with the most spans are kept.
pub const MAX_GROUPS: usize = 10_000;

/// Texts longer than this many bytes are cut with `…`; a value may be a megabyte, and there may be 10,000.
pub const MAX_TEXT: usize = 1024;

/// A group and its figures.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct StatRow {
    /// The service, by index in the trace, when grouping has one.
    pub service: Option<u32>,
    /// The operation (what rows of the timeline show: `Derived::labels`), kind, span name, status or attribute's value;
    /// empty when grouped by service alone.
    pub text: String,
    /// Grouped by an attribute: spans that do not have it.
    pub absent: bool,
    /// A span of it: the first in depth-first order (for icon and colour).
    pub first_span: u32,
    pub count: u64,
    pub errors: u64,
    pub total_ns: u64,
    pub self_ns: u64,
    pub min_ns: u64,
    pub mean_ns: u64,
    pub p50_ns: u64,
    pub p95_ns: u64,
    pub p99_ns: u64,
    pub max_ns: u64,
    /// Own time on the critical path; its share is of `Statistics::critical_ns`.
    pub critical_ns: u64,
    /// What to type into find to mark exactly these spans, and no other span in scope. `None` where find cannot: a text
    /// with a quote or a line break or that is cut, an empty value, a key that reads as something else, a text that
    /// differs from another group's by case alone, a value that a span of another group says too.
    pub find: Option<String>,
}

/// The table: rows by total, greatest first, then by service name, then by text.
#[derive(Clone, PartialEq, Debug, Default, Serialize, Deserialize)]
pub struct Statistics {
    pub rows: Vec<StatRow>,
    /// Spans in scope, those of groups left out included.
    pub spans: u64,
    /// Their self times.
    pub self_ns: u64,
    /// Length of the whole critical path, whatever the scope; 0 without a root.
    pub critical_ns: u64,
    /// Groups left out beyond [`MAX_GROUPS`].
    pub more_groups: u64,
    /// Their spans.
    pub more_spans: u64,
}

/// The table, and where each span stands in it.
pub struct Grouped {
    pub statistics: Statistics,
    /// Row of each span; `u32::MAX` for spans out of scope or beyond the cap.
    pub row_of: Vec<u32>,
}

/// Sums of one group. In u128, so that no number of spans overflows them.
#[derive(Clone, Copy)]
struct Sum {
    first_span: u32,
    count: u64,
    errors: u64,
    total_ns: u128,
    self_ns: u128,
    critical_ns: u64,
}

/// The table of `by`. O(n log n); texts are made for groups, not for spans.
pub fn statistics(trace: &Trace, derived: &Derived, scope: &Scope, by: &GroupBy) -> Grouped {
    let groups = Groups::of(trace, derived, scope, by);
    let sums = sums(trace, derived, &groups);
    let kept = kept(&groups, &sums);
    let mut row_of_group = vec![NONE; sums.len()];
    for (row, group) in kept.iter().enumerate() {
        row_of_group[*group] = row as u32;
    }
    let row_of: Vec<u32> =
        groups.of_span.iter().map(|group| row_of_group.get(*group as usize).copied().unwrap_or(NONE)).collect();
    let spans: u64 = sums.iter().map(|sum| sum.count).sum();
    let shown: u64 = kept.iter().map(|group| sums[*group].count).sum();
    let statistics = Statistics {
        rows: rows(trace, &groups, &sums, &kept, &row_of),
        spans,
        self_ns: to_ns(sums.iter().map(|sum| sum.self_ns).sum()),
        critical_ns: derived.critical_path.as_ref().map_or(0, |path| trace.duration_of(path.root)),
        more_groups: (sums.len() - kept.len()) as u64,
        more_spans: spans - shown,
    };
    Grouped { statistics, row_of }
}

/// By group.
fn sums(trace: &Trace, derived: &Derived, groups: &Groups<'_>) -> Vec<Sum> {
    let nothing = Sum { first_span: NONE, count: 0, errors: 0, total_ns: 0, self_ns: 0, critical_ns: 0 };
    let mut sums = vec![nothing; groups.keys.len()];
    for span in trace.spans() {
        let Some(sum) = sums.get_mut(groups.of_span[span.index()] as usize) else { continue };
        sum.first_span = sum.first_span.min(span.0);
        sum.count += 1;
        sum.errors += u64::from(trace.is_error(span));
        sum.total_ns += u128::from(trace.duration_of(span));
        sum.self_ns += u128::from(derived.self_ns[span.index()]);
    }
    for (span, own_ns) in derived.critical_path.iter().flat_map(|path| path.own_ns()) {
        if let Some(sum) = sums.get_mut(groups.of_span[span.index()] as usize) {
            // Pieces do not overlap: their sum is at most the root's duration.
            sum.critical_ns += own_ns;
        }
    }
    sums
}

/// Groups with the most spans, in the order of the rows.
fn kept(groups: &Groups<'_>, sums: &[Sum]) -> Vec<usize> {
    let mut kept: Vec<usize> = (0..sums.len()).collect();
    if kept.len() > MAX_GROUPS {
        let most = |group: &usize| {
            let sum = &sums[*group];
            (Reverse(sum.count), Reverse(sum.total_ns), sum.first_span)
        };
        kept.select_nth_unstable_by_key(MAX_GROUPS, most);
        kept.truncate(MAX_GROUPS);
    }
    sort::by(&mut kept, |a, b| {
        let (key_a, key_b) = (groups.keys[*a], groups.keys[*b]);
        let total = sums[*b].total_ns.cmp(&sums[*a].total_ns);
        total
            .then_with(|| groups.service_name(key_a).cmp(groups.service_name(key_b)))
            .then_with(|| groups.text(key_a).cmp(groups.text(key_b)))
            // Absent before empty.
            .then_with(|| groups.is_absent(key_b).cmp(&groups.is_absent(key_a)))
    });
    kept
}

fn rows(trace: &Trace, groups: &Groups<'_>, sums: &[Sum], kept: &[usize], row_of: &[u32]) -> Vec<StatRow> {
    let counts: Vec<u64> = kept.iter().map(|group| sums[*group].count).collect();
    let durations = Durations::by_row(trace, &counts, row_of);
    let keys: Vec<_> = kept.iter().map(|group| groups.keys[*group]).collect();
    let alike = groups.alike(&keys);
    let row = |(row, group): (usize, &usize)| {
        let (key, sum, sorted) = (keys[row], &sums[*group], durations.of_row(row));
        let text = groups.text(key);
        let whole = text.len() <= MAX_TEXT && !alike[row];
        StatRow {
            service: (key.service != NONE).then_some(key.service),
            text: cut(text),
            absent: groups.is_absent(key),
            first_span: sum.first_span,
            count: sum.count,
            errors: sum.errors,
            total_ns: to_ns(sum.total_ns),
            self_ns: to_ns(sum.self_ns),
            min_ns: nearest_rank(sorted, 0),
            mean_ns: to_ns(sum.total_ns / u128::from(sum.count.max(1))),
            p50_ns: nearest_rank(sorted, 50),
            p95_ns: nearest_rank(sorted, 95),
            p99_ns: nearest_rank(sorted, 99),
            max_ns: nearest_rank(sorted, 100),
            critical_ns: sum.critical_ns,
            find: if whole { groups.find(key) } else { None },
        }
    };
    kept.iter().enumerate().map(row).collect()
}

/// Durations of all rows in one column, row after row, ascending within each.
struct Durations {
    sorted: Vec<u64>,
    /// Where each row ends.
    ends: Vec<usize>,
}

impl Durations {
    fn by_row(trace: &Trace, counts: &[u64], row_of: &[u32]) -> Self {
        let mut next = Vec::with_capacity(counts.len());
        let mut len = 0;
        for count in counts {
            next.push(len);
            len += *count as usize;
        }
        let mut sorted = vec![0; len];
        for span in trace.spans() {
            if let Some(at) = next.get_mut(row_of[span.index()] as usize) {
                sorted[*at] = trace.duration_of(span);
                *at += 1;
            }
        }
        let mut durations = Durations { sorted, ends: next };
        for row in 0..counts.len() {
            let range = durations.range(row);
            durations.sorted[range].sort_unstable();
        }
        durations
    }

    fn range(&self, row: usize) -> core::ops::Range<usize> {
        let start = row.checked_sub(1).map_or(0, |before| self.ends[before]);
        start..self.ends[row]
    }

    fn of_row(&self, row: usize) -> &[u64] {
        &self.sorted[self.range(row)]
    }
}

fn to_ns(sum: u128) -> u64 {
    u64::try_from(sum).unwrap_or(u64::MAX)
}

pub(super) fn cut(text: &str) -> String {
    if text.len() <= MAX_TEXT {
        return text.to_owned();
    }
    let end = (0..=MAX_TEXT).rev().find(|end| text.is_char_boundary(*end)).unwrap_or_default();
    format!("{}…", text.get(..end).unwrap_or_default())
}
