//! Parents by a reference that names no caller: Jaeger's `FOLLOWS_FROM`, which is a parent only where there is no `CHILD_OF`
//! and no cycle comes of it.
//!
//! Such a span keeps the reference as a link beside its parent; the link says `opentracing.ref_type` = `follows_from`, as
//! the Collector writes it. So a cycle is recognised in every format, and also where its spans came in several files.
//! When an input ends, cycles among the spans read so far are cut: of the spans of a cycle that follow their parent, the
//! earliest loses it and is a root with a link. A cycle without such a span is left to [`super::tree`].

use rustc_hash::{FxHashMap, FxHashSet};

use super::Value;
use super::span_set::{Link, SpanDraft, SpanSet};
use crate::base::SpanId;

/// The attribute of a link that says which reference it was, as the Collector names it.
pub const REF_TYPE: &str = "opentracing.ref_type";
pub const FOLLOWS_FROM: &str = "follows_from";
pub const CHILD_OF: &str = "child_of";

/// What a link says of the reference that it was; empty for other links.
pub fn ref_type<'s>(set: &'s SpanSet, link: &Link) -> &'s str {
    let key = set.strings.find(REF_TYPE);
    key.and_then(|key| set.attrs.last(&set.strings, link.attrs, key)).and_then(Value::as_str).unwrap_or_default()
}

/// A span of a trace, by the trace's index.
type Node = (u32, SpanId);

#[derive(Clone, Default)]
pub(super) struct Follows {
    /// Rows whose parent is such a reference, ascending, by trace.
    rows: FxHashMap<u32, Vec<u32>>,
    /// Spans that lost it. A copy that comes later loses it too.
    cut: FxHashSet<Node>,
}

impl Follows {
    /// Remembers what was cut in a set whose rows are written again.
    pub fn keep_cut(&mut self, from: &mut Follows) {
        self.cut = core::mem::take(&mut from.cut);
    }

    pub fn add(&mut self, trace: u32, row: u32) {
        self.rows.entry(trace).or_default().push(row);
    }
}

/// Whether the draft names its parent by such a reference.
pub(super) fn follows_parent(set: &SpanSet, draft: &SpanDraft) -> bool {
    if draft.links.len == 0 || draft.parent_id.is_zero() {
        return false;
    }
    let links = set.links.get(draft.links.indexes()).unwrap_or_default();
    links.iter().any(|link| {
        (link.trace_id, link.span_id) == (draft.trace_id, draft.parent_id) && ref_type(set, link) == FOLLOWS_FROM
    })
}

/// Cuts the cycles that rows `from..` close.
pub(super) fn cut_cycles(set: &mut SpanSet, from: usize) {
    if set.follows.rows.is_empty() {
        return;
    }
    let mut cycles = Cycles::of(set, from);
    cycles.following.sort_unstable();
    for at in 0..cycles.following.len() {
        cycles.walk(set, at);
    }
    let Cycles { traces, cut, .. } = cycles;
    let SpanSet { span_id, parent_id, follows, .. } = set;
    follows.cut.extend(cut);
    for trace in traces {
        let Some(rows) = follows.rows.get_mut(&trace) else { continue };
        rows.retain(|row| {
            let is_cut = follows.cut.contains(&(trace, span_id[*row as usize]));
            if is_cut {
                parent_id.set(*row as usize, SpanId(0));
            }
            !is_cut
        });
    }
}

/// The walk along parents from every row that follows its own.
struct Cycles {
    /// Those rows, ascending, of the traces that the input added to.
    following: Vec<u32>,
    traces: FxHashSet<u32>,
    /// The first row of each span in these traces.
    first: FxHashMap<Node, u32>,
    /// The walk that came by a row, from 1.
    seen: FxHashMap<u32, u32>,
    walks: u32,
    cut: FxHashSet<Node>,
}

impl Cycles {
    fn of(set: &SpanSet, from: usize) -> Self {
        let trace = |row: &u32| set.trace.at(*row as usize);
        let fresh: FxHashSet<u32> = (from as u32..set.len() as u32).map(|row| trace(&row)).collect();
        let traces: FxHashSet<u32> = fresh.into_iter().filter(|at| set.follows.rows.contains_key(at)).collect();
        let following = traces.iter().filter_map(|at| set.follows.rows.get(at)).flatten().copied().collect();
        // Spans of an earlier input may belong to these traces.
        let added = (from as u32..set.len() as u32).filter(|row| traces.contains(&trace(row))).count();
        let all: usize = traces.iter().map(|at| set.spans_of_trace.get(*at as usize).map_or(0, |n| *n as usize)).sum();
        let begin = if added == all { from } else { 0 };
        let mut first = FxHashMap::default();
        for row in (begin as u32..set.len() as u32).filter(|row| traces.contains(&trace(row))) {
            first.entry((trace(&row), set.span_id[row as usize])).or_insert(row);
        }
        let (seen, cut) = Default::default();
        Cycles { following, traces, first, seen, walks: 0, cut }
    }

    /// Goes along parents from the `nth` row on; a walk that comes back to itself has found a cycle.
    fn walk(&mut self, set: &SpanSet, nth: usize) {
        self.walks += 1;
        let node = |row: u32| (set.trace.at(row as usize), set.span_id[row as usize]);
        let mut at = self.following.get(nth).copied();
        while let Some(row) = at.filter(|row| !self.seen.contains_key(row)) {
            self.seen.insert(row, self.walks);
            at = self.parent(set, row);
        }
        let Some(on_cycle) = at.filter(|row| self.seen.get(row) == Some(&self.walks)) else { return };
        let mut earliest = None;
        let mut row = on_cycle;
        loop {
            if self.following.binary_search(&row).is_ok() {
                let start = set.start_unix_nano[row as usize];
                // A start of 0 is unknown. Of equal starts the id decides, so that the order in which spans came does not.
                let key = (start == 0, start, set.span_id[row as usize].0, row);
                earliest = Some(earliest.map_or(key, |other: (bool, u64, u64, u32)| other.min(key)));
            }
            match self.parent(set, row) {
                Some(parent) if parent != on_cycle => row = parent,
                _ => break,
            }
        }
        if let Some((.., row)) = earliest {
            self.cut.insert(node(row));
        }
    }

    fn parent(&self, set: &SpanSet, row: u32) -> Option<u32> {
        let parent = set.parent_id[row as usize];
        if parent.is_zero() { None } else { self.first.get(&(set.trace.at(row as usize), parent)).copied() }
    }
}

#[cfg(test)]
#[path = "follows_test.rs"]
mod tests;
