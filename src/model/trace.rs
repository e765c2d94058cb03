//! One trace: columns in depth-first order, repaired, with a warning for each repair.
//!
//! A subtree is a range of positions, so no walk recurses. What is derived from these columns (self time, critical
//! path, edges) is not here but in `analysis`. Nothing that the set has is copied: a span's times, names and ids are read
//! at its row, and what stays beside is 13 to 16 bytes a span.

use std::sync::Arc;

use super::attr::{AttrRange, Value};
use super::clocks::{Clocks, Placed, Times, Timing, Unplaced};
use super::doubts::{self, Doubts};
use super::ids::Ids;
use super::span_set::{Event, Kind, Link, Resource, Scope, SpanSet, Status};
use super::tree::{self, NONE, Tree};
use super::warning::Warning;
use crate::base::{Ints, SpanId, Sym, TraceId, sort};

/// A span's position in its trace, depth first. It means nothing in another trace, or in another version of this one.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct SpanIdx(pub u32);

impl SpanIdx {
    pub fn index(self) -> usize {
        self.0 as usize
    }
}

/// Why a span stands where it stands. The order is the order of the tops.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
#[repr(u8)]
pub enum Place {
    /// Has no parent id.
    Root,
    /// Its parent is not in the trace.
    Orphan,
    /// Its own ancestor; the cycle was cut above it.
    Cycle,
    /// Below its parent.
    Child,
    /// Below a span of a cycle: no root or orphan reaches it.
    BelowCycle,
}

/// One trace. Positions are depth first; siblings stand by start, then by arrival.
pub struct Trace {
    pub set: Arc<SpanSet>,
    pub id: TraceId,
    /// The least known start, in unix ns; all `_ns` columns count from it. 0 when no span has a start.
    pub start_unix_nano: u64,
    /// The greatest end less the least start, over spans with a known start.
    pub duration_ns: u64,
    /// Rows that said what an earlier one says, and were left out.
    pub repeats: u64,
    /// Distinct service names, sorted; `service` counts in it.
    pub services: Vec<Sym>,
    pub warnings: Vec<Warning>,
    clocks: Clocks,
    placed: Placed,
    row: Vec<u32>,
    parent: Vec<u32>,
    subtree: Vec<u32>,
    depth: Ints,
    /// Positions from which on spans stand below orphans, and below cut cycles.
    first_orphan: u32,
    first_cycle: u32,
    /// Index in `services`, by resource of the set.
    service_of_resource: Vec<u32>,
}

/// Two clocks that differ by no more than this agree. It is the coarsest resolution that starts have (JavaScript's SDK rounds them to
/// 1 ms), so that of any two services is no larger; starts of nanoseconds keep it too, since clocks that NTP keeps are about as close.
pub const CLOCKS_AGREE_NS: u64 = 1_000_000;

impl Trace {
    /// The trace of this id; `None` when the set has no span of it.
    pub fn build(set: &Arc<SpanSet>, id: TraceId) -> Option<Trace> {
        Self::build_with(set, id, &[], Clocks::default())
    }

    /// The same with the spans of other traces beside it, so that they stand on one time axis, and with clocks put right. All of it is
    /// one trace then, under the first one's id.
    pub fn build_with(set: &Arc<SpanSet>, id: TraceId, beside: &[TraceId], clocks: Clocks) -> Option<Trace> {
        let mut rows = set.rows_of(id);
        if !rows.is_empty() {
            rows.extend(beside.iter().filter(|other| **other != id).flat_map(|other| set.rows_of(*other)));
            rows.sort_unstable();
            rows.dedup();
        }
        if rows.is_empty() {
            return None;
        }
        let came = rows.len();
        let ids = Ids::of(set, &mut rows);
        let repeats = came - rows.len();
        let mut found = Doubts::default();
        found.repeated(repeats);
        found.shared_ids(set, &rows, &ids);
        let times = Times { set, clocks: &clocks, placed: &Placed::default() };
        let timed = || rows.iter().map(|row| *row as usize).filter(|row| times.known_start(*row).is_some());
        let start_unix_nano = timed().map(|row| times.start(row)).min().unwrap_or_default();
        let end = timed().map(|row| times.interval(row).1).max();
        let (services, service_of_resource) = services_of(set, &rows);
        let (tree, placed) = tree::build(times, start_unix_nano, &rows, ids);
        let Tree { rows: row, parent, subtree, depth, first_orphan, first_cycle } = tree;
        let mut trace = Trace {
            set: set.clone(),
            id,
            start_unix_nano,
            duration_ns: end.unwrap_or_default().saturating_sub(start_unix_nano),
            repeats: repeats as u64,
            services,
            warnings: Vec::new(),
            clocks,
            placed,
            row,
            parent,
            subtree,
            depth,
            first_orphan,
            first_cycle,
            service_of_resource,
        };
        doubts::of(&trace, &mut found);
        trace.warnings = found.into_warnings();
        Some(trace)
    }

    pub fn len(&self) -> usize {
        self.row.len()
    }

    pub fn is_empty(&self) -> bool {
        self.row.is_empty()
    }

    pub fn spans(&self) -> impl DoubleEndedIterator<Item = SpanIdx> + ExactSizeIterator + use<> {
        (0..self.len() as u32).map(SpanIdx)
    }

    /// Where the span's row stands in [`Trace::set`].
    pub fn row(&self, span: SpanIdx) -> usize {
        self.row[span.index()] as usize
    }

    pub fn parent(&self, span: SpanIdx) -> Option<SpanIdx> {
        match self.parent[span.index()] {
            NONE => None,
            parent => Some(SpanIdx(parent)),
        }
    }

    /// Spans in the subtree, the span itself included.
    pub fn subtree_len(&self, span: SpanIdx) -> u32 {
        self.subtree[span.index()]
    }

    /// 1 for roots and orphans.
    pub fn depth(&self, span: SpanIdx) -> u32 {
        self.depth.at(span.index())
    }

    pub fn place(&self, span: SpanIdx) -> Place {
        match (self.parent[span.index()], span.0) {
            (NONE, at) if at < self.first_orphan => Place::Root,
            (NONE, at) if at < self.first_cycle => Place::Orphan,
            (NONE, _) => Place::Cycle,
            (_, at) if at < self.first_cycle => Place::Child,
            _ => Place::BelowCycle,
        }
    }

    /// From the trace's start.
    pub fn start_ns(&self, span: SpanIdx) -> u64 {
        self.times().start(self.row(span)) - self.start_unix_nano
    }

    /// From the trace's start; never before the span's start.
    pub fn end_ns(&self, span: SpanIdx) -> u64 {
        self.times().interval(self.row(span)).1 - self.start_unix_nano
    }

    fn times(&self) -> Times<'_> {
        Times { set: &self.set, clocks: &self.clocks, placed: &self.placed }
    }

    /// Which of the span's times are known.
    pub fn timing(&self, span: SpanIdx) -> Timing {
        let row = self.row(span);
        Timing::of(self.set.start_unix_nano[row], self.set.end_unix_nano[row])
    }

    /// What is recorded of a span without a start: a duration alone, as Zipkin and Jaeger may write it, or an end.
    pub fn recorded_without_start(&self, span: SpanIdx) -> Option<Unplaced> {
        let row = self.row(span);
        Unplaced::of(self.set.start_unix_nano[row], self.set.end_unix_nano[row])
    }

    /// Clocks that were moved; as recorded unless the reader asked for it.
    pub fn clocks(&self) -> &Clocks {
        &self.clocks
    }

    /// A recorded time of a span, such as that of an event, put right as the span's own are.
    pub fn put_right(&self, span: SpanIdx, unix_nano: u64) -> u64 {
        self.clocks.at(self.set.resource.at(self.row(span)), unix_nano)
    }

    /// The trace that the span came in: another than [`Trace::id`] where several stand on one time axis.
    pub fn id_of(&self, span: SpanIdx) -> TraceId {
        let index = self.set.trace.at(self.row(span)) as usize;
        self.set.trace_ids.get(index).copied().unwrap_or(self.id)
    }

    /// 0 where start or end is unknown; [`Trace::timing`] says whether.
    pub fn duration_of(&self, span: SpanIdx) -> u64 {
        let row = self.row(span);
        match self.set.start_unix_nano[row] {
            0 => 0,
            start => self.set.end_unix_nano[row].saturating_sub(start),
        }
    }

    /// Index in [`Trace::services`].
    pub fn service(&self, span: SpanIdx) -> u32 {
        self.service_of_resource.get(self.set.resource.at(self.row(span)) as usize).copied().unwrap_or_default()
    }

    pub fn service_name(&self, span: SpanIdx) -> &str {
        self.services.get(self.service(span) as usize).map(|name| self.set.strings.get(*name)).unwrap_or_default()
    }

    pub fn name(&self, span: SpanIdx) -> &str {
        self.set.strings.get(self.set.name[self.row(span)])
    }

    pub fn kind(&self, span: SpanIdx) -> Kind {
        self.set.kind[self.row(span)]
    }

    pub fn status(&self, span: SpanIdx) -> Status {
        self.set.status[self.row(span)]
    }

    pub fn status_message(&self, span: SpanIdx) -> &str {
        self.set.strings.get(self.set.status_message.at(self.row(span)))
    }

    /// Status ERROR and nothing else: HTTP 5xx without it is not an error here.
    pub fn is_error(&self, span: SpanIdx) -> bool {
        self.status(span) == Status::Error
    }

    pub fn span_id(&self, span: SpanIdx) -> SpanId {
        self.set.span_id[self.row(span)]
    }

    pub fn parent_id(&self, span: SpanIdx) -> SpanId {
        self.set.parent_id[self.row(span)]
    }

    /// The first span with this id.
    pub fn find(&self, id: SpanId) -> Option<SpanIdx> {
        self.spans().find(|span| self.span_id(*span) == id)
    }

    /// Direct children, by start.
    pub fn children(&self, span: SpanIdx) -> impl Iterator<Item = SpanIdx> + '_ {
        let end = span.0 + self.subtree_len(span);
        let mut next = span.0 + 1;
        core::iter::from_fn(move || {
            if next >= end {
                return None;
            }
            let child = SpanIdx(next);
            next += self.subtree_len(child);
            Some(child)
        })
    }

    /// Roots, then orphans, then broken cycles.
    pub fn tops(&self) -> impl Iterator<Item = SpanIdx> + '_ {
        let mut next = 0;
        core::iter::from_fn(move || {
            if next >= self.len() as u32 {
                return None;
            }
            let top = SpanIdx(next);
            next += self.subtree_len(top);
            Some(top)
        })
    }

    pub fn roots(&self) -> impl Iterator<Item = SpanIdx> + '_ {
        self.tops().filter(|top| self.place(*top) == Place::Root)
    }

    /// The longest root (ties: one with a start, then the earlier start, then the smaller id), which the headline and the
    /// critical path are about.
    pub fn main_root(&self) -> Option<SpanIdx> {
        self.roots().min_by_key(|root| {
            let is_unplaced = self.timing(*root) == Timing::NoStart;
            (core::cmp::Reverse(self.duration_of(*root)), is_unplaced, self.start_ns(*root), self.span_id(*root))
        })
    }

    pub fn attrs(&self, span: SpanIdx) -> AttrRange {
        self.set.span_attrs.at(self.row(span))
    }

    /// A span attribute; the last of a repeated key.
    pub fn attr(&self, span: SpanIdx, key: Sym) -> Option<Value<'_>> {
        self.set.attrs.last(&self.set.strings, self.attrs(span), key)
    }

    pub fn resource(&self, span: SpanIdx) -> Resource {
        let index = self.set.resource.at(self.row(span)) as usize;
        self.set.resources.get(index).copied().unwrap_or_default()
    }

    pub fn scope(&self, span: SpanIdx) -> Scope {
        let index = self.set.scope.at(self.row(span)) as usize;
        self.set.scopes.get(index).copied().unwrap_or_default()
    }

    pub fn events(&self, span: SpanIdx) -> &[Event] {
        self.set.events.get(self.set.span_events.at(self.row(span)).indexes()).unwrap_or_default()
    }

    pub fn links(&self, span: SpanIdx) -> &[Link] {
        self.set.links.get(self.set.span_links.at(self.row(span)).indexes()).unwrap_or_default()
    }

    /// Bytes of memory by column; the set's own are [`SpanSet::memory`].
    pub fn memory(&self) -> Vec<(&'static str, usize)> {
        vec![
            ("row", self.row.capacity() * size_of::<u32>()),
            ("parent", self.parent.capacity() * size_of::<u32>()),
            ("subtree", self.subtree.capacity() * size_of::<u32>()),
            ("depth", self.depth.bytes()),
            ("places of spans without a start", self.placed.bytes()),
        ]
    }
}

/// Names of the services of these rows, sorted, and the index of each resource's service in them.
fn services_of(set: &SpanSet, rows: &[u32]) -> (Vec<Sym>, Vec<u32>) {
    let name_of: Vec<Sym> = (0..set.resources.len() as u32)
        .map(|resource| set.strings.find(set.service_of_resource(resource)).unwrap_or_default())
        .collect();
    let mut is_used = vec![false; name_of.len()];
    for row in rows {
        if let Some(used) = is_used.get_mut(set.resource.at(*row as usize) as usize) {
            *used = true;
        }
    }
    let used = name_of.iter().zip(&is_used).filter(|(_, used)| **used);
    let mut services: Vec<Sym> = used.map(|(name, _)| *name).collect();
    sort::by(&mut services, |a, b| set.strings.get(*a).cmp(set.strings.get(*b)));
    services.dedup();
    let index_of = |name: &Sym| services.binary_search_by(|other| set.strings.get(*other).cmp(set.strings.get(*name)));
    let service_of_resource = name_of.iter().map(|name| index_of(name).unwrap_or_default() as u32).collect();
    (services, service_of_resource)
}

#[cfg(test)]
#[path = "times_test.rs"]
mod tests;
