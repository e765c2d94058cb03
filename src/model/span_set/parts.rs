//! Spans that were reported in parts: Zipkin's clients may send a span's start, its tags and its duration apart, in any
//! order and to different files. Parts become one row. Not here: copies word for word, which [`crate::model::Trace::build`]
//! leaves out, and the two halves of a shared span, which stay two spans.
//!
//! ```text
//! row 4   id 1  web  get /      start, duration        row 4   id 1  web  get /   start, duration, tag late
//! row 9   id 1  web  get /shop  tag late          →            other_name = get /shop
//! ```
//!
//! Rows are parts of one span when trace, id, service, kind, parent and `zipkin.shared` agree (what is missing agrees with
//! anything), at least one of them lacks a time, and no time contradicts another. The rules of merging are those of Zipkin's
//! own page (`span-cleaner.js`): the name, and the value of a tag, of the part with more times win; tags, annotations and
//! links are united. A name that lost is the attribute [`OTHER_NAME`]; a value that lost comes before the one that won.

use std::collections::BTreeMap;

use rustc_hash::{FxHashMap, FxHashSet};

use super::{Event, Kind, Link, Range32, Resource, SpanDraft, SpanSet, Status};
use crate::base::{SpanId, Sym, sort};
use crate::model::attr::{AnyValue, AttrRange};
use crate::model::clocks::Unplaced;
use crate::model::repeats::{self, same_span};

/// The attribute with the names that other parts of the span had.
pub const OTHER_NAME: &str = "other_name";

/// Rows of one id beyond this are left alone: they are no parts, and each may fit any other.
const MOST_OF_AN_ID: usize = 256;

/// The times that a row has. The order is that in which parts win.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
enum Has {
    /// Start and end. An end without a start is as whole: it fits nothing.
    Whole(u64, u64),
    Start(u64),
    DurationNs(u64),
    Nothing,
}

impl Has {
    fn of(start: u64, end: u64) -> Self {
        match (start, end, Unplaced::of(start, end)) {
            (0, 0, _) => Has::Nothing,
            (start, 0, _) => Has::Start(start),
            (0, _, Some(Unplaced::DurationNs(ns))) => Has::DurationNs(ns),
            _ => Has::Whole(start, end),
        }
    }

    /// The times of both together; `None` when both are whole or they contradict one another.
    fn with(self, other: Has) -> Option<Has> {
        let (more, less) = if self <= other { (self, other) } else { (other, self) };
        match (more, less) {
            (Has::Whole(..), Has::Whole(..)) => None,
            (more, Has::Nothing) => Some(more),
            (Has::Whole(start, _), Has::Start(other)) => (start == other).then_some(more),
            (Has::Whole(start, end), Has::DurationNs(ns)) => (end.checked_sub(start) == Some(ns)).then_some(more),
            (Has::Start(start), Has::DurationNs(ns)) => Some(Has::Whole(start, start.checked_add(ns)?)),
            (more, less) => (more == less).then_some(more),
        }
    }
}

/// A span and the rows that are parts of it.
struct Parts {
    has: Has,
    service: String,
    kind: Kind,
    parent: SpanId,
    name: Sym,
    is_shared: bool,
    /// Made of parts before: a row with its times is one of them that came again.
    is_joined: bool,
    /// Whole rows, word for word the same; or the row with the most times.
    whole: Vec<u32>,
    /// The others, those with more times first.
    more: Vec<u32>,
}

/// What a row becomes, with its resource and scope.
type Joined = (SpanDraft, u32, u32);

impl SpanSet {
    /// Makes one row of the parts of each span. Call it when an input was read, whose rows begin at `from`; rows behind a part move up. Nothing is looked
    /// at unless some row lacks a time.
    pub fn join_parts(&mut self, from: usize) {
        let mut joined: BTreeMap<u32, Joined> = BTreeMap::new();
        let mut gone: BTreeMap<u32, u32> = BTreeMap::new();
        for rows in self.rows_of_shared_ids(from) {
            for parts in self.parts_of(&rows) {
                let Some(first) = parts.whole.first().copied().filter(|_| !parts.more.is_empty()) else { continue };
                let one = self.join(&parts);
                joined.extend(parts.whole.iter().map(|row| (*row, one)));
                gone.extend(parts.more.iter().map(|row| (*row, first)));
            }
        }
        if !gone.is_empty() {
            self.rewrite(&joined, &gone);
        }
    }

    /// The rows of each id that several rows of a trace have, one of them without a time or made of parts.
    fn rows_of_shared_ids(&self, from: usize) -> Vec<Vec<u32>> {
        let key = |row: u32| (self.trace.at(row as usize), self.span_id.get(row as usize).unwrap_or_default());
        let mut wanted: FxHashSet<(u32, SpanId)> =
            self.untimed.iter().chain(&self.joined).map(|row| key(*row)).filter(|(_, id)| !id.is_zero()).collect();
        if from > 0 && !wanted.is_empty() {
            // Earlier rows were joined among themselves when they were read.
            let fresh = (from as u32..self.len() as u32).map(key);
            wanted = fresh.filter(|key| wanted.contains(key)).collect();
        }
        if wanted.is_empty() {
            return Vec::new();
        }
        let mut rows: FxHashMap<(u32, SpanId), Vec<u32>> = FxHashMap::default();
        for row in 0..self.len() as u32 {
            if wanted.contains(&key(row)) {
                rows.entry(key(row)).or_default().push(row);
            }
        }
        let mut shared: Vec<Vec<u32>> =
            rows.into_values().filter(|rows| (2..=MOST_OF_AN_ID).contains(&rows.len())).collect();
        sort::by_key(&mut shared, |rows| rows.first().copied());
        shared
    }

    fn times_of(&self, row: u32) -> Has {
        let time = |column: &crate::base::Column<u64>| column.get(row as usize).unwrap_or_default();
        Has::of(time(&self.start_unix_nano), time(&self.end_unix_nano))
    }

    /// Sorts rows of one id into spans. A part that fits several goes to the one of its kind, or stays by itself.
    fn parts_of(&self, rows: &[u32]) -> Vec<Parts> {
        let mut by_times: Vec<(u8, usize, u32, Parts)> = Vec::with_capacity(rows.len());
        for row in rows {
            let alone = self.alone(*row);
            by_times.push((self.rank(*row), alone.missing(), *row, alone));
        }
        // What says less comes later, so that what it is joined to does not hang on the order of arrival.
        sort::by_key(&mut by_times, |(rank, missing, row, _)| (*rank, *missing, *row));
        let mut spans: Vec<Parts> = Vec::new();
        // By a hash of what rows say: a copy is looked for among the few that may be one.
        let mut known: FxHashMap<u64, Vec<usize>> = FxHashMap::default();
        for (_, _, row, alone) in by_times {
            let alike = known.entry(repeats::hash(self, row as usize)).or_default();
            let copy = alike.iter().copied().find(|at| {
                spans.get(*at).is_some_and(|span| {
                    // Whole rows of a span say the same.
                    let first = span.whole.first();
                    span.more.is_empty()
                        && span.service == alone.service
                        && first.is_some_and(|known| same_span(self, *known as usize, row as usize))
                })
            });
            if let Some(copy) = copy.and_then(|at| spans.get_mut(at)) {
                copy.whole.push(row);
                continue;
            }
            let fitting: Vec<usize> = (0..spans.len()).filter(|at| spans[*at].fits(&alone)).collect();
            let of_kind = fitting.iter().filter(|at| spans[**at].kind == alone.kind);
            let chosen = match (fitting.as_slice(), of_kind.copied().collect::<Vec<_>>().as_slice()) {
                ([only], _) | (_, [only]) => spans.get_mut(*only),
                _ => None,
            };
            match chosen {
                Some(span) => span.add(alone),
                None => {
                    alike.push(spans.len());
                    spans.push(alone);
                }
            }
        }
        spans
    }

    fn rank(&self, row: u32) -> u8 {
        match self.times_of(row) {
            Has::Whole(..) => 0,
            Has::Start(_) => 1,
            Has::DurationNs(_) => 2,
            Has::Nothing => 3,
        }
    }

    fn alone(&self, row: u32) -> Parts {
        let at = row as usize;
        let is_shared = self.strings.find("zipkin.shared").is_some_and(|key| {
            let attrs = self.span_attrs.at(at);
            self.attrs.last(&self.strings, attrs, key).is_some()
        });
        Parts {
            has: self.times_of(row),
            service: self.service_of_resource(self.resource.at(at)).to_owned(),
            kind: self.kind.get(at).unwrap_or_default(),
            parent: self.parent_id.get(at).unwrap_or_default(),
            name: self.name.get(at).unwrap_or_default(),
            is_shared,
            is_joined: self.joined.binary_search(&row).is_ok(),
            whole: vec![row],
            more: Vec::new(),
        }
    }

    fn join(&mut self, parts: &Parts) -> Joined {
        let rows: Vec<u32> = parts.whole.first().into_iter().chain(&parts.more).copied().collect();
        let drafts: Vec<SpanDraft> = rows.iter().map(|row| self.draft_of(*row)).collect();
        let mut one = drafts.first().copied().unwrap_or_default();
        (one.start_unix_nano, one.end_unix_nano) = match parts.has {
            Has::Whole(start, end) => (start, end),
            Has::Start(start) => (start, 0),
            Has::DurationNs(ns) => (0, ns),
            Has::Nothing => (0, 0),
        };
        let first =
            |of: &dyn Fn(&SpanDraft) -> Sym| drafts.iter().map(of).find(|sym| !sym.is_empty()).unwrap_or_default();
        one.status_message = first(&|draft| draft.status_message);
        one.trace_state = first(&|draft| draft.trace_state);
        one.kind = parts.kind;
        one.parent_id = parts.parent;
        for draft in drafts.iter().skip(1) {
            one.status = worse(one.status, draft.status);
            one.flags |= draft.flags;
            one.dropped_attributes = one.dropped_attributes.max(draft.dropped_attributes);
            one.dropped_events = one.dropped_events.max(draft.dropped_events);
            one.dropped_links = one.dropped_links.max(draft.dropped_links);
        }
        let (name, others) = self.names(&drafts);
        one.name = name;
        one.attrs = self.join_attrs(&drafts.iter().map(|draft| draft.attrs).collect::<Vec<_>>(), &others);
        one.events = self.join_events(&drafts);
        one.links = self.join_links(&drafts);
        (one, self.join_resources(&rows), self.join_scopes(&rows))
    }

    /// The name, and the other names. As on Zipkin's page a name of `unknown` is none.
    fn names(&self, drafts: &[SpanDraft]) -> (Sym, Vec<String>) {
        let is_name = |name: &Sym| !name.is_empty() && self.strings.get(*name) != "unknown";
        let names = drafts.iter().map(|draft| draft.name);
        let name = names.clone().find(is_name).or_else(|| names.clone().find(|name| !name.is_empty()));
        let name = name.unwrap_or_default();
        let mut others: Vec<Sym> = Vec::new();
        for other in names.filter(is_name) {
            if other != name && !others.contains(&other) {
                others.push(other);
            }
        }
        (name, others.into_iter().map(|other| self.strings.get(other).to_owned()).collect())
    }

    /// The lines of all ranges. Where keys meet the first range's value comes last, where it is read.
    fn join_attrs(&mut self, ranges: &[AttrRange], other_names: &[String]) -> AttrRange {
        let Some((first, rest)) = ranges.split_first() else { return AttrRange::default() };
        let lines_of = |range: &AttrRange| (0..range.len as usize).map(|at| (*range, at)).collect::<Vec<_>>();
        let of_first = lines_of(first);
        let keys: FxHashSet<Sym> = of_first.iter().filter_map(|line| self.attrs.key_of_line(*line)).collect();
        let all = of_first.iter().copied().chain(rest.iter().flat_map(lines_of));
        let once = once(all, |line| self.attrs.key_of_line(*line), |a, b| self.attrs.same_line(*a, *b));
        let (before, behind): (Vec<_>, Vec<_>) = once
            .into_iter()
            .filter(|(range, _)| range != first)
            .partition(|line| self.attrs.key_of_line(*line).is_some_and(|key| keys.contains(&key)));
        let mark = self.attrs.mark();
        for line in before.into_iter().chain(of_first).chain(behind) {
            self.attrs.repeat_line(line);
        }
        match other_names {
            [] => {}
            [name] => self.push_attr(OTHER_NAME, &AnyValue::str(name)),
            names => {
                let names = names.iter().map(|name| AnyValue::str(name)).collect();
                self.push_attr(OTHER_NAME, &AnyValue::Array(names));
            }
        }
        self.attrs.since(mark)
    }

    /// Each event once, by time.
    fn join_events(&mut self, drafts: &[SpanDraft]) -> Range32 {
        let with_events = || drafts.iter().map(|draft| draft.events).filter(|events| events.len > 0);
        if with_events().count() < 2 {
            return with_events().next().unwrap_or_default();
        }
        let all = with_events().flat_map(|range| self.events.get(range.indexes()).unwrap_or_default().iter().copied());
        let key = |event: &Event| (event.name, event.time_unix_nano);
        let mut events = once(all, key, |a, b| self.attrs.same(a.attrs, b.attrs));
        sort::by_key(&mut events, |event| event.time_unix_nano);
        let mark = self.event_mark();
        self.events.extend(events);
        self.events_since(mark)
    }

    /// Each link once.
    fn join_links(&mut self, drafts: &[SpanDraft]) -> Range32 {
        let with_links = || drafts.iter().map(|draft| draft.links).filter(|links| links.len > 0);
        if with_links().count() < 2 {
            return with_links().next().unwrap_or_default();
        }
        let all = with_links().flat_map(|range| self.links.get(range.indexes()).unwrap_or_default().iter().copied());
        let key = |link: &Link| (link.trace_id, link.span_id);
        let links = once(all, key, |a, b| self.attrs.same(a.attrs, b.attrs));
        let mark = self.link_mark();
        self.links.extend(links);
        self.links_since(mark)
    }

    fn join_resources(&mut self, rows: &[u32]) -> u32 {
        let mut indexes: Vec<u32> = rows.iter().map(|row| self.resource.at(*row as usize)).collect();
        // A part without a service says less of where it comes from.
        sort::by_key(&mut indexes, |index| self.service_of_resource(*index).is_empty());
        let first = indexes.first().copied().unwrap_or_default();
        if indexes.iter().all(|index| *index == first) {
            return first;
        }
        let of = |index: &u32| self.resources.get(*index as usize).copied().unwrap_or_default();
        let ranges: Vec<AttrRange> = indexes.iter().map(|index| of(index).attrs).collect();
        let resource = of(&first);
        let attrs = self.join_attrs(&ranges, &[]);
        self.intern_resource(Resource { attrs, ..resource })
    }

    /// The first that has a name.
    fn join_scopes(&self, rows: &[u32]) -> u32 {
        let scopes = rows.iter().map(|row| self.scope.at(*row as usize));
        let is_named = |scope: &u32| self.scopes.get(*scope as usize).is_some_and(|scope| !scope.name.is_empty());
        scopes.clone().find(is_named).or_else(|| scopes.clone().next()).unwrap_or_default()
    }

    /// A row as it was pushed.
    fn draft_of(&self, row: u32) -> SpanDraft {
        let at = row as usize;
        let [dropped_attributes, dropped_events, dropped_links] = self.dropped.get(&row).copied().unwrap_or_default();
        SpanDraft {
            trace_id: self.trace_ids.get(self.trace.at(at) as usize).copied().unwrap_or_default(),
            span_id: self.span_id.get(at).unwrap_or_default(),
            parent_id: self.parent_id.get(at).unwrap_or_default(),
            name: self.name.get(at).unwrap_or_default(),
            kind: self.kind.get(at).unwrap_or_default(),
            status: self.status.get(at).unwrap_or_default(),
            status_message: self.status_message.at(at),
            trace_state: self.trace_state.at(at),
            flags: self.flags.at(at),
            start_unix_nano: self.start_unix_nano.get(at).unwrap_or_default(),
            end_unix_nano: self.end_unix_nano.get(at).unwrap_or_default(),
            attrs: self.span_attrs.at(at),
            events: self.span_events.at(at),
            links: self.span_links.at(at),
            dropped_attributes,
            dropped_events,
            dropped_links,
        }
    }

    /// Pushes every row that stays once more, into new columns; what rows point to is kept.
    fn rewrite(&mut self, joined: &BTreeMap<u32, Joined>, gone: &BTreeMap<u32, u32>) {
        let mut old = core::mem::take(self);
        let keep = |set: &mut SpanSet, from: &mut SpanSet| {
            set.strings = core::mem::take(&mut from.strings);
            set.attrs = core::mem::take(&mut from.attrs);
            set.resources = core::mem::take(&mut from.resources);
            set.scopes = core::mem::take(&mut from.scopes);
            set.events = core::mem::take(&mut from.events);
            set.links = core::mem::take(&mut from.links);
            set.more_defects = core::mem::take(&mut from.more_defects);
            set.trace_lookup = core::mem::take(&mut from.trace_lookup);
            set.resource_lookup = core::mem::take(&mut from.resource_lookup);
            set.follows.keep_cut(&mut from.follows);
            set.scope_lookup = core::mem::take(&mut from.scope_lookup);
        };
        keep(self, &mut old);
        self.trace_ids = old.trace_ids.clone();
        self.spans_of_trace = vec![0; self.trace_ids.len()];
        for row in (0..old.len() as u32).filter(|row| !gone.contains_key(row)) {
            let as_it_was = || (old.draft_of(row), old.resource.at(row as usize), old.scope.at(row as usize));
            let (draft, resource, scope) = joined.get(&row).copied().unwrap_or_else(as_it_was);
            let new = self.push_span(&draft) as usize;
            if joined.contains_key(&row) || old.joined.binary_search(&row).is_ok() {
                self.joined.push(new as u32);
            }
            self.resource.give(new, resource);
            self.scope.give(new, scope);
        }
        let left: Vec<u32> = gone.keys().copied().collect();
        let new_row = |row: u32| {
            let row = gone.get(&row).copied().unwrap_or(row);
            row - left.partition_point(|gone| *gone < row) as u32
        };
        self.defects = core::mem::take(&mut old.defects);
        self.defects.iter_mut().for_each(|defect| defect.row = defect.row.map(&new_row));
    }
}

impl Parts {
    /// How many of service, kind and parent are absent.
    fn missing(&self) -> usize {
        let missing = [self.service.is_empty(), self.kind == Kind::Unspecified, self.parent.is_zero()];
        missing.into_iter().filter(|is_missing| *is_missing).count()
    }

    fn fits(&self, other: &Parts) -> bool {
        // Where neither has a time only the name tells that both are one span.
        let is_named_alike = self.name == other.name || self.name.is_empty() || other.name.is_empty();
        let came_again = self.has == other.has && (self.is_joined || other.is_joined);
        let has = if came_again { Some(self.has) } else { self.has.with(other.has) };
        has.is_some_and(|has| has != Has::Nothing || is_named_alike)
            && self.is_shared == other.is_shared
            && (self.service == other.service || self.service.is_empty() || other.service.is_empty())
            && (self.kind == other.kind || [self.kind, other.kind].contains(&Kind::Unspecified))
            && (self.parent == other.parent || self.parent.is_zero() || other.parent.is_zero())
    }

    fn add(&mut self, part: Parts) {
        self.has = self.has.with(part.has).unwrap_or(self.has);
        if self.service.is_empty() {
            self.service = part.service;
        }
        if self.kind == Kind::Unspecified {
            self.kind = part.kind;
        }
        if self.parent.is_zero() {
            self.parent = part.parent;
        }
        self.is_joined |= part.is_joined;
        self.more.extend(part.whole);
    }
}

/// How many items of one key are compared with a further one: beyond, a copy is kept.
const MOST_ALIKE: usize = 16;

/// Each item once, in their order.
fn once<T: Copy, K: Eq + core::hash::Hash>(
    items: impl Iterator<Item = T>,
    key: impl Fn(&T) -> K,
    is_same: impl Fn(&T, &T) -> bool,
) -> Vec<T> {
    let mut of_key: FxHashMap<K, Vec<T>> = FxHashMap::default();
    items
        .filter(|item| {
            let known = of_key.entry(key(item)).or_default();
            let is_new = !known.iter().any(|known| is_same(known, item));
            if is_new && known.len() < MOST_ALIKE {
                known.push(*item);
            }
            is_new
        })
        .collect()
}

fn worse(a: Status, b: Status) -> Status {
    if a as u8 >= b as u8 { a } else { b }
}

#[cfg(test)]
#[path = "parts_test.rs"]
mod tests;
