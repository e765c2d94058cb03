//! Rows as they were read: every span of every trace of an input, in the order of arrival, column by column.
//!
//! A decoder fills a [`SpanDraft`] and pushes it; events, links and attributes go in before their span and are named by
//! range. Nothing is repaired here: that is [`super::Trace::build`]. Several files may be read into one set. Spans that came
//! in parts are joined after each file ([`SpanSet::join_parts`]).

mod parts;

use std::collections::BTreeMap;

use rustc_hash::FxHashMap;
use serde::{Deserialize, Serialize};

use super::attr::{AnyValue, AttrPool, AttrRange, Value};
use super::follows::{self, Follows};
use super::shapes::Shape;
use super::warning::WarningKind;
use crate::base::{Column, Ints, SpanId, Sparse, Strings, Sym, TraceId};

/// OTLP's span kinds, with OTLP's numbers.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Default, Serialize, Deserialize)]
#[repr(u8)]
pub enum Kind {
    #[default]
    Unspecified,
    Internal,
    Server,
    Client,
    Producer,
    Consumer,
}

impl Kind {
    /// From OTLP's number; `None` for a number that OTLP does not define.
    pub fn from_otlp(number: u64) -> Option<Self> {
        Some(match number {
            0 => Kind::Unspecified,
            1 => Kind::Internal,
            2 => Kind::Server,
            3 => Kind::Client,
            4 => Kind::Producer,
            5 => Kind::Consumer,
            _ => return None,
        })
    }

    /// As OTLP names it, without the prefix `SPAN_KIND_`.
    pub fn name(self) -> &'static str {
        match self {
            Kind::Unspecified => "UNSPECIFIED",
            Kind::Internal => "INTERNAL",
            Kind::Server => "SERVER",
            Kind::Client => "CLIENT",
            Kind::Producer => "PRODUCER",
            Kind::Consumer => "CONSUMER",
        }
    }

    /// From OTLP's name in either case, with or without `SPAN_KIND_`.
    pub fn from_name(name: &str) -> Option<Self> {
        let short = name.strip_prefix("SPAN_KIND_").unwrap_or(name);
        (0..=5).filter_map(Kind::from_otlp).find(|kind| kind.name().eq_ignore_ascii_case(short))
    }
}

/// OTLP's status codes, with OTLP's numbers.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Default, Serialize, Deserialize)]
#[repr(u8)]
pub enum Status {
    #[default]
    Unset,
    Ok,
    Error,
}

impl Status {
    pub fn from_otlp(number: u64) -> Option<Self> {
        Some(match number {
            0 => Status::Unset,
            1 => Status::Ok,
            2 => Status::Error,
            _ => return None,
        })
    }

    /// As OTLP names it, without the prefix `STATUS_CODE_`.
    pub fn name(self) -> &'static str {
        match self {
            Status::Unset => "UNSET",
            Status::Ok => "OK",
            Status::Error => "ERROR",
        }
    }

    pub fn from_name(name: &str) -> Option<Self> {
        let short = name.strip_prefix("STATUS_CODE_").unwrap_or(name);
        (0..=2).filter_map(Status::from_otlp).find(|status| status.name().eq_ignore_ascii_case(short))
    }
}

/// Entries `start..start + len` of the events or links of a set.
#[derive(Clone, Copy, Default, PartialEq, Eq, Debug)]
pub struct Range32 {
    pub start: u32,
    pub len: u32,
}

impl Range32 {
    pub fn indexes(self) -> core::ops::Range<usize> {
        self.start as usize..self.start as usize + self.len as usize
    }
}

#[derive(Clone, Copy, Default, Debug)]
pub struct Event {
    pub name: Sym,
    pub time_unix_nano: u64,
    pub attrs: AttrRange,
    pub dropped_attributes: u32,
}

#[derive(Clone, Copy, Default, Debug)]
pub struct Link {
    pub trace_id: TraceId,
    pub span_id: SpanId,
    pub trace_state: Sym,
    pub attrs: AttrRange,
    pub dropped_attributes: u32,
    pub flags: u32,
}

#[derive(Clone, Copy, Default, Debug)]
pub struct Resource {
    pub attrs: AttrRange,
    pub dropped_attributes: u32,
    pub schema_url: Sym,
}

#[derive(Clone, Copy, Default, Debug)]
pub struct Scope {
    pub name: Sym,
    pub version: Sym,
    pub attrs: AttrRange,
    pub dropped_attributes: u32,
    pub schema_url: Sym,
}

/// One span as a decoder fills it. Times are unix nanoseconds.
#[derive(Clone, Copy, Default, Debug)]
pub struct SpanDraft {
    pub trace_id: TraceId,
    pub span_id: SpanId,
    /// Zero when the span has no parent.
    pub parent_id: SpanId,
    pub name: Sym,
    pub kind: Kind,
    pub status: Status,
    pub status_message: Sym,
    pub trace_state: Sym,
    pub flags: u32,
    pub start_unix_nano: u64,
    pub end_unix_nano: u64,
    pub attrs: AttrRange,
    pub events: Range32,
    pub links: Range32,
    pub dropped_attributes: u32,
    pub dropped_events: u32,
    pub dropped_links: u32,
}

/// Something a decoder could not read and left at its default. `row` is the span it belongs to, if it has one.
#[derive(Clone, Debug)]
pub struct Defect {
    pub kind: WarningKind,
    pub row: Option<u32>,
    pub message: String,
}

/// How many defects are kept word for word; beyond it they are only counted.
const MAX_DEFECTS: usize = 1000;

/// Which resource or scope each row has, by index; `u32::MAX` while it is not known.
#[derive(Clone, Default)]
pub struct Assigned {
    /// The index and 1, so that what is open is 0.
    given: Ints,
}

impl Assigned {
    #[inline]
    pub fn at(&self, row: usize) -> u32 {
        self.given.at(row).wrapping_sub(1)
    }

    pub fn iter(&self) -> impl Iterator<Item = u32> + '_ {
        self.given.iter().map(|given| given.wrapping_sub(1))
    }

    fn push_open(&mut self) {
        self.given.push(0);
    }

    fn give(&mut self, row: usize, index: u32) {
        self.given.set(row, index.wrapping_add(1));
    }

    /// Gives rows `from..` that have none yet this one.
    fn give_rest(&mut self, from: usize, index: u32) {
        for row in from..self.given.len() {
            if self.given.at(row) == 0 {
                self.give(row, index);
            }
        }
    }

    fn any_open(&self, from: usize) -> bool {
        (from..self.given.len()).any(|row| self.given.at(row) == 0)
    }
}

/// The attributes of each row.
#[derive(Clone, Default)]
pub struct SpanAttrs {
    start: Column<u32>,
    /// Few shapes have more than 255 lines.
    len: Ints,
    shape: Ints,
}

impl SpanAttrs {
    #[inline]
    pub fn at(&self, row: usize) -> AttrRange {
        let start = self.start.get(row).unwrap_or_default();
        AttrRange { start, len: self.len.at(row), shape: Shape(self.shape.at(row)) }
    }

    /// The shape alone.
    #[inline]
    pub fn shape_at(&self, row: usize) -> Shape {
        Shape(self.shape.at(row))
    }

    pub fn iter(&self) -> impl Iterator<Item = AttrRange> + '_ {
        (0..self.start.len()).map(|row| self.at(row))
    }

    fn push(&mut self, range: AttrRange) {
        self.start.push(range.start);
        self.len.push(range.len);
        self.shape.push(range.shape.0);
    }
}

/// The rows. Columns of one length, `len()`; fields are open to be read, and written only through methods.
#[derive(Clone, Default)]
pub struct SpanSet {
    pub strings: Strings,
    pub attrs: AttrPool,
    pub trace: Ints,
    pub span_id: Column<SpanId>,
    pub parent_id: Column<SpanId>,
    pub name: Column<Sym>,
    pub kind: Column<Kind>,
    pub status: Column<Status>,
    pub status_message: Sparse<Sym>,
    pub trace_state: Sparse<Sym>,
    pub flags: Ints,
    pub start_unix_nano: Column<u64>,
    pub end_unix_nano: Column<u64>,
    pub span_attrs: SpanAttrs,
    pub span_events: Sparse<Range32>,
    pub span_links: Sparse<Range32>,
    pub resource: Assigned,
    pub scope: Assigned,
    /// Dropped attributes, events, links of a row; most rows have none.
    pub dropped: BTreeMap<u32, [u32; 3]>,

    pub trace_ids: Vec<TraceId>,
    pub resources: Vec<Resource>,
    pub scopes: Vec<Scope>,
    pub events: Vec<Event>,
    pub links: Vec<Link>,
    pub defects: Vec<Defect>,
    /// Defects beyond those kept, by kind.
    pub more_defects: BTreeMap<WarningKind, u64>,
    /// How many spans each trace id has, beside `trace_ids`.
    pub spans_of_trace: Vec<u32>,

    pub(super) follows: Follows,
    /// Rows without a start or an end, ascending: few, or none.
    untimed: Vec<u32>,
    /// Rows made of parts, ascending.
    joined: Vec<u32>,
    trace_lookup: FxHashMap<TraceId, u32>,
    resource_lookup: FxHashMap<u64, Vec<u32>>,
    scope_lookup: FxHashMap<u64, Vec<u32>>,
}

impl SpanSet {
    pub fn new() -> Self {
        Self::default()
    }

    /// How many spans there are.
    pub fn len(&self) -> usize {
        self.span_id.len()
    }

    pub fn is_empty(&self) -> bool {
        self.span_id.is_empty()
    }

    pub fn intern(&mut self, text: &str) -> Sym {
        self.strings.intern(text)
    }

    /// Adds an attribute to the owner whose range is open (see [`AttrPool::mark`]).
    pub fn push_attr(&mut self, key: &str, value: &AnyValue<'_>) {
        let key = self.strings.intern(key);
        self.attrs.push(&mut self.strings, key, value);
    }

    /// Adds an event; the caller names the range of a span's events in its draft.
    pub fn push_event(&mut self, event: Event) {
        self.events.push(event);
    }

    pub fn push_link(&mut self, link: Link) {
        self.links.push(link);
    }

    pub fn event_mark(&self) -> u32 {
        self.events.len() as u32
    }

    pub fn events_since(&self, mark: u32) -> Range32 {
        Range32 { start: mark, len: self.event_mark().saturating_sub(mark) }
    }

    pub fn link_mark(&self) -> u32 {
        self.links.len() as u32
    }

    pub fn links_since(&self, mark: u32) -> Range32 {
        Range32 { start: mark, len: self.link_mark().saturating_sub(mark) }
    }

    /// Adds a span, its resource and scope still open; gives its row.
    pub fn push_span(&mut self, draft: &SpanDraft) -> u32 {
        let row = self.len() as u32;
        let trace = *self.trace_lookup.entry(draft.trace_id).or_insert_with(|| {
            self.trace_ids.push(draft.trace_id);
            self.spans_of_trace.push(0);
            (self.trace_ids.len() - 1) as u32
        });
        if let Some(count) = self.spans_of_trace.get_mut(trace as usize) {
            *count += 1;
        }
        if draft.start_unix_nano == 0 || draft.end_unix_nano == 0 {
            self.untimed.push(row);
        }
        self.trace.push(trace);
        self.span_id.push(draft.span_id);
        self.parent_id.push(draft.parent_id);
        self.name.push(draft.name);
        self.kind.push(draft.kind);
        self.status.push(draft.status);
        self.status_message.push(draft.status_message);
        self.trace_state.push(draft.trace_state);
        self.flags.push(draft.flags);
        self.start_unix_nano.push(draft.start_unix_nano);
        self.end_unix_nano.push(draft.end_unix_nano);
        self.span_attrs.push(draft.attrs);
        self.span_events.push(draft.events);
        self.span_links.push(draft.links);
        self.resource.push_open();
        self.scope.push_open();
        let dropped = [draft.dropped_attributes, draft.dropped_events, draft.dropped_links];
        if dropped != [0; 3] {
            self.dropped.insert(row, dropped);
        }
        if follows::follows_parent(self, draft) {
            self.follows.add(trace, row);
        }
        row
    }

    /// The index of a resource; one with the same attributes, if it is known already, else a new one. Batches repeat
    /// their resource, so a set has few.
    pub fn intern_resource(&mut self, resource: Resource) -> u32 {
        let known = self.resources.len();
        let index = self.find_or_add_resource(resource);
        // The repeated lines are the newest, unless spans came between: then they stay, unread.
        if (index as usize) < known && (resource.attrs.start + resource.attrs.len) as usize == self.attrs.len() {
            self.attrs.truncate(resource.attrs.start);
        }
        index
    }

    /// The resource that differs from `index` only by its schema URL, for formats that name the schema last.
    pub fn resource_with_schema(&mut self, index: u32, schema_url: Sym) -> u32 {
        match self.resources.get(index as usize).copied() {
            Some(resource) => self.find_or_add_resource(Resource { schema_url, ..resource }),
            None => index,
        }
    }

    fn find_or_add_resource(&mut self, resource: Resource) -> u32 {
        let hash = self.hash_attrs(resource.attrs, [resource.schema_url.0, resource.dropped_attributes, 0, 0]);
        let same = self.resource_lookup.get(&hash).into_iter().flatten().copied().find(|index| {
            self.resources.get(*index as usize).is_some_and(|known| {
                self.attrs.same(known.attrs, resource.attrs)
                    && known.schema_url == resource.schema_url
                    && known.dropped_attributes == resource.dropped_attributes
            })
        });
        same.unwrap_or_else(|| {
            let index = self.resources.len() as u32;
            self.resources.push(resource);
            self.resource_lookup.entry(hash).or_default().push(index);
            index
        })
    }

    /// The same for an instrumentation scope.
    pub fn intern_scope(&mut self, scope: Scope) -> u32 {
        let said = [scope.name.0, scope.version.0, scope.schema_url.0, scope.dropped_attributes];
        let key = self.hash_attrs(scope.attrs, said);
        let same = self.scope_lookup.get(&key).into_iter().flatten().copied().find(|index| {
            self.scopes.get(*index as usize).is_some_and(|known| {
                (known.name, known.version, known.schema_url) == (scope.name, scope.version, scope.schema_url)
                    && self.attrs.same(known.attrs, scope.attrs)
                    && known.dropped_attributes == scope.dropped_attributes
            })
        });
        if let Some(index) = same {
            return index;
        }
        let index = self.scopes.len() as u32;
        self.scopes.push(scope);
        self.scope_lookup.entry(key).or_default().push(index);
        index
    }

    /// Of attributes and of what else their owner says.
    fn hash_attrs(&self, range: AttrRange, more: [u32; 4]) -> u64 {
        use core::hash::Hasher;
        let mut hasher = rustc_hash::FxHasher::default();
        more.into_iter().for_each(|part| hasher.write_u32(part));
        self.attrs.hash(range, &mut hasher);
        hasher.finish()
    }

    /// Gives rows `from..` that have none yet this resource.
    pub fn assign_resource(&mut self, from: usize, resource: u32) {
        self.resource.give_rest(from, resource);
    }

    /// Gives rows `from..` that have none yet this scope.
    pub fn assign_scope(&mut self, from: usize, scope: u32) {
        self.scope.give_rest(from, scope);
    }

    /// Gives one row a resource, for formats whose spans name theirs.
    pub fn set_resource(&mut self, row: u32, resource: u32) {
        self.resource.give(row as usize, resource);
    }

    /// Gives every row from `from` on that is still open an empty resource and scope: at the end of an input, also of
    /// one that broke off.
    pub fn close(&mut self, from: usize) {
        if self.resource.any_open(from) {
            let resource = self.intern_resource(Resource::default());
            self.assign_resource(from, resource);
        }
        if self.scope.any_open(from) {
            let scope = self.intern_scope(Scope::default());
            self.assign_scope(from, scope);
        }
    }

    /// Cuts cycles of parents that rows from `from` on close, where one of them only follows its parent: at the end of a
    /// file.
    pub fn cut_cycles(&mut self, from: usize) {
        follows::cut_cycles(self, from);
    }

    /// Records something unreadable. The first thousand are kept word for word, the rest counted.
    pub fn defect(&mut self, kind: WarningKind, row: Option<u32>, message: impl Into<String>) {
        if self.defects.len() < MAX_DEFECTS {
            self.defects.push(Defect { kind, row, message: message.into() });
        } else {
            *self.more_defects.entry(kind).or_default() += 1;
        }
    }

    /// Records what is wrong with an input as a whole: few, so they are kept also behind a thousand defects of spans.
    pub fn defect_of_file(&mut self, kind: WarningKind, message: impl Into<String>) {
        if self.defects.len() < 2 * MAX_DEFECTS {
            self.defects.push(Defect { kind, row: None, message: message.into() });
        } else {
            *self.more_defects.entry(kind).or_default() += 1;
        }
    }

    /// `service.name` of a resource, empty when it is missing or not a string.
    pub fn service_of_resource(&self, resource: u32) -> &str {
        let (Some(resource), Some(key)) = (self.resources.get(resource as usize), self.strings.find("service.name"))
        else {
            return "";
        };
        match self.attrs.last(&self.strings, resource.attrs, key) {
            Some(Value::Str(name)) => name,
            _ => "",
        }
    }

    /// The rows of one trace, in order of arrival.
    pub fn rows_of(&self, trace_id: TraceId) -> Vec<u32> {
        let Some(trace) = self.trace_lookup.get(&trace_id) else { return Vec::new() };
        if self.trace_ids.len() == 1 {
            return (0..self.len() as u32).collect();
        }
        let mut rows = Vec::with_capacity(self.spans_of_trace.get(*trace as usize).map_or(0, |count| *count as usize));
        rows.extend((0..self.len() as u32).filter(|row| self.trace.at(*row as usize) == *trace));
        rows
    }

    /// Bytes of memory by column, room that is not used yet included. What is not a column of spans (a thousand
    /// defects, a hundred resources) is left out.
    pub fn memory(&self) -> Vec<(&'static str, usize)> {
        let [text, text_ends, text_lookup] = self.strings.bytes();
        let [values, wide_values, shapes, nested_values] = self.attrs.bytes();
        let attrs = self.span_attrs.start.bytes() + self.span_attrs.len.bytes() + self.span_attrs.shape.bytes();
        vec![
            ("text", text),
            ("text ends", text_ends),
            ("text lookup", text_lookup),
            ("attribute values", values),
            ("wide attribute values", wide_values),
            ("nested attribute values", nested_values),
            ("shapes", shapes),
            ("trace", self.trace.bytes()),
            ("span id", self.span_id.bytes()),
            ("parent id", self.parent_id.bytes()),
            ("name", self.name.bytes()),
            ("kind and status", self.kind.bytes() + self.status.bytes()),
            ("status message", self.status_message.bytes()),
            ("trace state", self.trace_state.bytes()),
            ("flags", self.flags.bytes()),
            ("start and end", self.start_unix_nano.bytes() + self.end_unix_nano.bytes()),
            ("attributes of a span", attrs),
            ("events of a span", self.span_events.bytes()),
            ("links of a span", self.span_links.bytes()),
            ("resource and scope", self.resource.given.bytes() + self.scope.given.bytes()),
            ("events", self.events.capacity() * size_of::<Event>()),
            ("links", self.links.capacity() * size_of::<Link>()),
        ]
    }

    /// The sum of [`SpanSet::memory`].
    pub fn memory_total(&self) -> u64 {
        self.memory().iter().map(|(_, bytes)| *bytes as u64).sum()
    }
}
