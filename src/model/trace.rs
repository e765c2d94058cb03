//! One trace: columns in depth-first order, repaired, with a warning for each repair.
//!
//! A subtree is a range of positions, so no walk recurses. What is derived from these columns (self time, critical
//! path, edges) is not here but in `analysis`.

use std::sync::Arc;

use rustc_hash::FxHashMap;

use super::attr::{AttrRange, Value};
use super::span_set::{Event, Kind, Link, Resource, Scope, SpanSet, Status};
use super::tree::{self, NONE, Tree};
use super::warning::{Warning, WarningKind};
use crate::base::{SpanId, Sym, TraceId};

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
    /// The least start, in unix ns; all `_ns` columns count from it.
    pub start_unix_nano: u64,
    /// The greatest end less the least start.
    pub duration_ns: u64,
    /// Distinct service names, sorted; `service` counts in it.
    pub services: Vec<Sym>,
    pub warnings: Vec<Warning>,
    row: Vec<u32>,
    parent: Vec<u32>,
    subtree: Vec<u32>,
    depth: Vec<u32>,
    place: Vec<Place>,
    start_ns: Vec<u64>,
    end_ns: Vec<u64>,
    service: Vec<u32>,
}

/// A clock difference below this is the resolution of an SDK's clock (JavaScript's has 1 ms), not skew.
pub const CLOCK_RESOLUTION_NS: u64 = 1_000_000;

/// How many warnings of one kind name their span; the rest share one line with a count.
const MAX_WARNINGS_OF_A_KIND: usize = 200;

impl Trace {
    /// The trace of this id; `None` when the set has no span of it.
    pub fn build(set: &Arc<SpanSet>, id: TraceId) -> Option<Trace> {
        let mut rows = set.rows_of(id);
        if rows.is_empty() {
            return None;
        }
        let mut warnings = Vec::new();
        drop_repeated(set, &mut rows, &mut warnings);
        let tree = tree::build(set, &rows);
        let start_unix_nano = rows.iter().map(|row| set.start_unix_nano[*row as usize]).min().unwrap_or_default();
        let relative = |unix: u64| unix.saturating_sub(start_unix_nano);
        let start_ns: Vec<u64> = tree.rows.iter().map(|row| relative(set.start_unix_nano[*row as usize])).collect();
        let end_ns: Vec<u64> = tree
            .rows
            .iter()
            .map(|row| set.end_unix_nano[*row as usize].max(set.start_unix_nano[*row as usize]))
            .map(relative)
            .collect();
        let duration_ns = end_ns.iter().copied().max().unwrap_or_default();
        let (services, service) = services_of(set, &tree.rows);
        let Tree { rows: row, parent, subtree, depth, place } = tree;
        let set = set.clone();
        let mut trace = Trace {
            set,
            id,
            start_unix_nano,
            duration_ns,
            services,
            warnings,
            row,
            parent,
            subtree,
            depth,
            place,
            start_ns,
            end_ns,
            service,
        };
        trace.warn();
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
        self.depth[span.index()]
    }

    pub fn place(&self, span: SpanIdx) -> Place {
        self.place[span.index()]
    }

    /// From the trace's start.
    pub fn start_ns(&self, span: SpanIdx) -> u64 {
        self.start_ns[span.index()]
    }

    /// From the trace's start; never before the span's start.
    pub fn end_ns(&self, span: SpanIdx) -> u64 {
        self.end_ns[span.index()]
    }

    pub fn duration_of(&self, span: SpanIdx) -> u64 {
        self.end_ns(span) - self.start_ns(span)
    }

    /// Index in [`Trace::services`].
    pub fn service(&self, span: SpanIdx) -> u32 {
        self.service[span.index()]
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
        self.set.strings.get(self.set.status_message[self.row(span)])
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

    /// The longest root (ties: the earlier start), which the headline and the critical path are about.
    pub fn main_root(&self) -> Option<SpanIdx> {
        self.roots().min_by_key(|root| (core::cmp::Reverse(self.duration_of(*root)), self.start_ns(*root)))
    }

    pub fn attrs(&self, span: SpanIdx) -> AttrRange {
        self.set.span_attrs[self.row(span)]
    }

    /// A span attribute; the last of a repeated key.
    pub fn attr(&self, span: SpanIdx, key: Sym) -> Option<Value<'_>> {
        self.set.attrs.last(&self.set.strings, self.attrs(span), key)
    }

    pub fn resource(&self, span: SpanIdx) -> Resource {
        let index = self.set.resource[self.row(span)] as usize;
        self.set.resources.get(index).copied().unwrap_or_default()
    }

    pub fn scope(&self, span: SpanIdx) -> Scope {
        let index = self.set.scope[self.row(span)] as usize;
        self.set.scopes.get(index).copied().unwrap_or_default()
    }

    pub fn events(&self, span: SpanIdx) -> &[Event] {
        self.set.events.get(self.set.span_events[self.row(span)].indexes()).unwrap_or_default()
    }

    pub fn links(&self, span: SpanIdx) -> &[Link] {
        self.set.links.get(self.set.span_links[self.row(span)].indexes()).unwrap_or_default()
    }

    fn warn(&mut self) {
        let mut found: Vec<Warning> = Vec::new();
        let roots = self.roots().count();
        if roots == 0 {
            found.push(Warning::of_trace(
                WarningKind::MissingRoot,
                "No span of this trace is its root: the caller was not recorded, not sent yet, or cut by a size limit.",
            ));
        } else if roots > 1 {
            found.push(Warning::of_trace(
                WarningKind::SeveralRoots,
                format!("{roots} spans have no parent; figures that need one root use the longest."),
            ));
        }
        if self.id.is_zero() {
            found.push(Warning::of_trace(WarningKind::ZeroTraceId, "These spans carry no trace id."));
        }
        let mut ids: FxHashMap<SpanId, u32> = FxHashMap::default();
        for span in self.spans() {
            self.warn_of_place(span, &mut found);
            self.warn_of_time(span, &mut found);
            let id = self.span_id(span);
            if id.is_zero() {
                found.push(Warning::of_span(
                    WarningKind::ZeroSpanId,
                    id,
                    format!("“{}” has no span id.", self.name(span)),
                ));
            } else {
                *ids.entry(id).or_default() += 1;
            }
        }
        let mut shared: Vec<(SpanId, u32)> = ids.into_iter().filter(|(_, count)| *count > 1).collect();
        shared.sort_unstable();
        for (id, count) in shared {
            found.push(Warning::of_span(WarningKind::DuplicateSpanId, id, format!("{count} spans carry the id {id}.")));
        }
        self.warn_of_defects(&mut found);
        self.warnings.append(&mut found);
        bound(&mut self.warnings);
    }

    fn warn_of_place(&self, span: SpanIdx, found: &mut Vec<Warning>) {
        let (id, name) = (self.span_id(span), self.name(span));
        match self.place(span) {
            Place::Orphan => found.push(Warning::of_span(
                WarningKind::Orphan,
                id,
                format!("The parent {} of “{name}” is not in this trace.", self.parent_id(span)),
            )),
            Place::Cycle => found.push(Warning::of_span(
                WarningKind::Cycle,
                id,
                format!("“{name}” is its own ancestor; the cycle is cut above it."),
            )),
            _ => {}
        }
    }

    fn warn_of_time(&self, span: SpanIdx, found: &mut Vec<Warning>) {
        let (row, id, name) = (self.row(span), self.span_id(span), self.name(span));
        let (start, end) = (self.set.start_unix_nano[row], self.set.end_unix_nano[row]);
        if end < start {
            found.push(Warning::of_span(
                WarningKind::EndBeforeStart,
                id,
                format!("“{name}” ends before it starts; it is shown with no length."),
            ));
        }
        if start == 0 {
            found.push(Warning::of_span(WarningKind::ImpossibleTime, id, format!("“{name}” has no start time.")));
        }
        if let Some(parent) = self.parent(span)
            && self.service(parent) != self.service(span)
            && self.start_ns(span).saturating_add(CLOCK_RESOLUTION_NS) < self.start_ns(parent)
        {
            let early = crate::base::format::duration(self.start_ns(parent) - self.start_ns(span));
            found.push(Warning::of_span(
                WarningKind::ClockSkew,
                id,
                format!(
                    "“{name}” in {} starts {early} before its caller in {}: their clocks disagree.",
                    self.service_name(span),
                    self.service_name(parent)
                ),
            ));
        }
    }

    /// What the decoder could not read of this trace's spans, or of no span in particular.
    fn warn_of_defects(&self, found: &mut Vec<Warning>) {
        let trace_of =
            |row: u32| self.set.trace.get(row as usize).and_then(|trace| self.set.trace_ids.get(*trace as usize));
        for defect in &self.set.defects {
            match defect.row {
                Some(row) if trace_of(row) == Some(&self.id) => {
                    let id = self.set.span_id.get(row as usize).copied().unwrap_or_default();
                    found.push(Warning::of_span(defect.kind, id, defect.message.clone()));
                }
                Some(_) => {}
                None => found.push(Warning::of_trace(defect.kind, defect.message.clone())),
            }
        }
        for (kind, count) in &self.set.more_defects {
            found.push(Warning::of_more(*kind, *count));
        }
    }
}

/// Removes rows that say exactly what an earlier row of the same id says: a batch that was sent or dropped in twice.
fn drop_repeated(set: &SpanSet, rows: &mut Vec<u32>, warnings: &mut Vec<Warning>) {
    let mut seen: FxHashMap<SpanId, Vec<u32>> = FxHashMap::default();
    let before = rows.len();
    rows.retain(|row| {
        let id = set.span_id[*row as usize];
        if id.is_zero() {
            return true;
        }
        let known = seen.entry(id).or_default();
        if known.iter().any(|other| same_span(set, *other as usize, *row as usize)) {
            return false;
        }
        known.push(*row);
        true
    });
    let dropped = before - rows.len();
    if dropped > 0 {
        let what = crate::base::format::counted(dropped as u64, "span", "spans");
        warnings.push(Warning::of_trace(
            WarningKind::RepeatedSpan,
            format!("{what} came more than once, word for word; one copy of each is kept."),
        ));
    }
}

fn same_span(set: &SpanSet, a: usize, b: usize) -> bool {
    set.parent_id[a] == set.parent_id[b]
        && set.name[a] == set.name[b]
        && set.kind[a] == set.kind[b]
        && set.status[a] == set.status[b]
        && set.status_message[a] == set.status_message[b]
        && set.start_unix_nano[a] == set.start_unix_nano[b]
        && set.end_unix_nano[a] == set.end_unix_nano[b]
        && set.span_events[a].len == set.span_events[b].len
        && set.span_links[a].len == set.span_links[b].len
        && set.span_attrs[a].len == set.span_attrs[b].len
}

fn services_of(set: &SpanSet, rows: &[u32]) -> (Vec<Sym>, Vec<u32>) {
    let name_of: Vec<Sym> = (0..set.resources.len() as u32)
        .map(|resource| set.strings.find(set.service_of_resource(resource)).unwrap_or_default())
        .collect();
    let of_row = |row: &u32| name_of.get(set.resource[*row as usize] as usize).copied().unwrap_or_default();
    let mut services: Vec<Sym> = rows.iter().map(of_row).collect();
    services.sort_unstable();
    services.dedup();
    services.sort_by(|a, b| set.strings.get(*a).cmp(set.strings.get(*b)));
    let index: FxHashMap<Sym, u32> = services.iter().enumerate().map(|(at, name)| (*name, at as u32)).collect();
    let service = rows.iter().map(|row| index.get(&of_row(row)).copied().unwrap_or_default()).collect();
    (services, service)
}

/// Keeps the first warnings of each kind and one line that counts the rest, so that a trace of a million orphans does
/// not carry a million sentences.
fn bound(warnings: &mut Vec<Warning>) {
    let mut seen: std::collections::BTreeMap<WarningKind, usize> = Default::default();
    let mut more: std::collections::BTreeMap<WarningKind, u64> = Default::default();
    warnings.retain(|warning| {
        let seen = seen.entry(warning.kind).or_default();
        *seen += 1;
        let keep = *seen <= MAX_WARNINGS_OF_A_KIND;
        if !keep {
            *more.entry(warning.kind).or_default() += warning.count;
        }
        keep
    });
    warnings.extend(more.into_iter().map(|(kind, count)| Warning::of_more(kind, count)));
    warnings.sort_by_key(|warning| warning.kind);
}
