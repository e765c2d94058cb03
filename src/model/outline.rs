//! The outline: the few columns that drawing a frame needs, in depth-first order. It crosses to the page once, as plain
//! columns that are transferred, and is never changed there.
//!
//! Everything else (attributes, events' contents, links) stays with the worker and is asked for. It is filled by
//! `analysis::outline`.

use serde::{Deserialize, Serialize};

use super::clocks::{MovedClock, Timing};
use super::span_set::{Kind, Status};
use super::trace::SpanIdx;
use super::warning::Warning;
use crate::base::{SpanId, Texts, format};

/// What a span is, for its icon. By semantic conventions, not by kind alone.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Default)]
#[repr(u8)]
pub enum Icon {
    #[default]
    Internal,
    HttpServer,
    HttpClient,
    Rpc,
    Database,
    Messaging,
    /// A server or client whose protocol is not known.
    Server,
    Client,
}

impl Icon {
    pub fn from_u8(number: u8) -> Self {
        use Icon::*;
        [Internal, HttpServer, HttpClient, Rpc, Database, Messaging, Server, Client]
            .into_iter()
            .find(|icon| *icon as u8 == number)
            .unwrap_or_default()
    }

    /// In words, for the details panel and screen readers.
    pub fn words(self) -> &'static str {
        match self {
            Icon::Internal => "Internal",
            Icon::HttpServer => "HTTP server",
            Icon::HttpClient => "HTTP client",
            Icon::Rpc => "RPC",
            Icon::Database => "Database client",
            Icon::Messaging => "Messaging",
            Icon::Server => "Server",
            Icon::Client => "Client",
        }
    }
}

/// Bits of `flags`.
pub mod flag {
    pub const ERROR: u8 = 1;
    pub const ROOT: u8 = 2;
    pub const ORPHAN: u8 = 4;
    pub const CYCLE: u8 = 8;
    pub const EXCEPTION: u8 = 16;
    /// Its clock disagrees with its caller's.
    pub const SKEWED: u8 = 32;
    pub const EVENTS: u8 = 64;
    pub const LINKS: u8 = 128;
}

/// No parent, no peer.
pub const NONE: u32 = u32::MAX;

/// Figures of the whole trace, as the header and the report show them; from one value, the report.
#[derive(Clone, PartialEq, Debug, Default, Serialize, Deserialize)]
pub struct Headline {
    pub trace_id: String,
    /// What the source wrote, where that is no id.
    pub id_text: Option<String>,
    pub start_unix_nano: u64,
    /// Greatest end less least start, over all spans whose start is known.
    pub duration_ns: u64,
    /// The main root (the longest), if there is one.
    pub root: Option<u32>,
    pub span_count: u64,
    /// Spans that came again, word for word, and are not among them.
    pub repeats: u64,
    pub service_count: u64,
    pub error_span_count: u64,
    pub root_count: u64,
    pub orphan_count: u64,
    pub max_depth: u64,
    pub unreachable_count: u64,
    pub critical_path_spans: u64,
    pub critical_path_ns: u64,
    /// The latest end in unix ns: a trace that ended just now may still grow.
    pub end_unix_nano: u64,
    pub warnings: Vec<Warning>,
    /// Clocks that were put right, because the reader asked for it.
    pub moved_clocks: Vec<MovedClock>,
    /// Ids of other traces that stand on the same time axis.
    pub beside: Vec<String>,
}

/// A service of the trace.
#[derive(Clone, PartialEq, Debug, Default, Serialize, Deserialize)]
pub struct ServiceLine {
    pub name: String,
    pub spans: u64,
    pub error_spans: u64,
    /// Palette slot, 0-based; the same for a name in every trace unless another service took it first.
    pub slot: u8,
}

/// The columns. All of length `len()` unless a comment says otherwise.
#[derive(Clone, PartialEq, Debug, Default)]
pub struct Outline {
    pub headline: Headline,
    pub services: Vec<ServiceLine>,
    pub texts: Texts,

    pub start_ns: Vec<u64>,
    pub end_ns: Vec<u64>,
    pub self_ns: Vec<u64>,
    pub span_id: Vec<u64>,
    pub parent: Vec<u32>,
    pub subtree: Vec<u32>,
    pub depth: Vec<u32>,
    pub service: Vec<u32>,
    /// The span's own name, in `texts`.
    pub name: Vec<u32>,
    /// What the row shows, in `texts`: `GET /orders/{id}`, `SELECT orders`.
    pub label: Vec<u32>,
    /// What it calls, in `texts`: the service or host at the other side; [`NONE`] when it calls nothing.
    pub peer: Vec<u32>,
    pub kind: Vec<u8>,
    pub status: Vec<u8>,
    pub icon: Vec<u8>,
    pub flags: Vec<u8>,

    /// Events of all spans, sorted by span: which span, when, and 1 for an exception.
    pub event_span: Vec<u32>,
    pub event_ns: Vec<u64>,
    pub event_exception: Vec<u8>,

    /// Pieces of the critical path, sorted by span, then start: the span's own time on it.
    pub critical_span: Vec<u32>,
    pub critical_start_ns: Vec<u64>,
    pub critical_end_ns: Vec<u64>,

    /// Tops that are orphans: which span, and the missing parent's id.
    pub orphan_span: Vec<u32>,
    pub orphan_parent_id: Vec<u64>,

    /// Spans without a start, and those with a start and no end: ascending.
    pub no_start_span: Vec<u32>,
    pub no_end_span: Vec<u32>,
}

/// A column on its way between worker and page.
#[derive(Clone, PartialEq, Debug)]
pub enum Column {
    U8(Vec<u8>),
    U32(Vec<u32>),
    U64(Vec<u64>),
}

impl Outline {
    pub fn len(&self) -> usize {
        self.start_ns.len()
    }

    pub fn is_empty(&self) -> bool {
        self.start_ns.is_empty()
    }

    pub fn spans(&self) -> impl DoubleEndedIterator<Item = SpanIdx> + ExactSizeIterator + use<> {
        (0..self.len() as u32).map(SpanIdx)
    }

    pub fn parent(&self, span: SpanIdx) -> Option<SpanIdx> {
        match self.parent[span.index()] {
            NONE => None,
            parent => Some(SpanIdx(parent)),
        }
    }

    pub fn subtree_len(&self, span: SpanIdx) -> u32 {
        self.subtree[span.index()]
    }

    /// 0 where [`Outline::timing`] says that it is not known.
    pub fn duration_of(&self, span: SpanIdx) -> u64 {
        self.end_ns[span.index()] - self.start_ns[span.index()]
    }

    /// Which of the span's times are known.
    pub fn timing(&self, span: SpanIdx) -> Timing {
        match (self.no_start_span.binary_search(&span.0), self.no_end_span.binary_search(&span.0)) {
            (Ok(_), _) => Timing::NoStart,
            (_, Ok(_)) => Timing::NoEnd,
            _ => Timing::Known,
        }
    }

    /// `1.2 ms`, or that it is not known.
    pub fn duration_words(&self, span: SpanIdx) -> String {
        self.timing(span).words().map_or_else(|| format::duration(self.duration_of(span)), str::to_owned)
    }

    /// The same as a figure and its unit, for columns.
    pub fn duration_cell(&self, span: SpanIdx) -> (String, &'static str) {
        match self.timing(span).is_known() {
            true => format::duration_parts(self.duration_of(span)),
            false => ("unknown".to_owned(), ""),
        }
    }

    /// When it starts, from the trace's start; or that it is not known.
    pub fn start_words(&self, span: SpanIdx) -> String {
        match self.timing(span) {
            Timing::NoStart => "unknown".to_owned(),
            _ => format::duration(self.start_ns[span.index()]),
        }
    }

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

    pub fn name(&self, span: SpanIdx) -> &str {
        self.texts.get(self.name[span.index()] as usize)
    }

    pub fn label(&self, span: SpanIdx) -> &str {
        self.texts.get(self.label[span.index()] as usize)
    }

    pub fn peer(&self, span: SpanIdx) -> Option<&str> {
        match self.peer[span.index()] {
            NONE => None,
            peer => Some(self.texts.get(peer as usize)),
        }
    }

    pub fn service_name(&self, span: SpanIdx) -> &str {
        self.services.get(self.service[span.index()] as usize).map(|line| line.name.as_str()).unwrap_or_default()
    }

    /// Palette slot of the span's service.
    pub fn slot(&self, span: SpanIdx) -> u8 {
        self.services.get(self.service[span.index()] as usize).map(|line| line.slot).unwrap_or_default()
    }

    pub fn kind(&self, span: SpanIdx) -> Kind {
        Kind::from_otlp(u64::from(self.kind[span.index()])).unwrap_or_default()
    }

    pub fn status(&self, span: SpanIdx) -> Status {
        Status::from_otlp(u64::from(self.status[span.index()])).unwrap_or_default()
    }

    pub fn icon(&self, span: SpanIdx) -> Icon {
        Icon::from_u8(self.icon[span.index()])
    }

    /// Whether all of `bits` (see [`flag`]) are set.
    pub fn has(&self, span: SpanIdx, bits: u8) -> bool {
        self.flags[span.index()] & bits == bits
    }

    pub fn id(&self, span: SpanIdx) -> SpanId {
        SpanId(self.span_id[span.index()])
    }

    /// The first span with this id.
    pub fn find(&self, id: SpanId) -> Option<SpanIdx> {
        self.span_id.iter().position(|known| *known == id.0).map(|at| SpanIdx(at as u32))
    }

    /// The span's events: indexes into the event columns.
    pub fn events_of(&self, span: SpanIdx) -> core::ops::Range<usize> {
        range_of(&self.event_span, span)
    }

    /// The span's pieces of the critical path: indexes into the critical columns.
    pub fn critical_of(&self, span: SpanIdx) -> core::ops::Range<usize> {
        range_of(&self.critical_span, span)
    }

    /// The span's own time on the critical path; `None` when it is not on it.
    pub fn critical_ns(&self, span: SpanIdx) -> Option<u64> {
        let pieces = self.critical_of(span);
        if pieces.is_empty() {
            return None;
        }
        Some(pieces.map(|at| self.critical_end_ns[at] - self.critical_start_ns[at]).sum())
    }

    /// Takes the columns out to be sent, in the order in which [`Outline::from_columns`] expects them. What remains is
    /// the headline and the services, which travel as JSON.
    pub fn into_columns(self) -> (Headline, Vec<ServiceLine>, Vec<Column>) {
        let (text, ends) = self.texts.parts();
        let (text, ends) = (text.as_bytes().to_vec(), ends.to_vec());
        use Column::*;
        let columns = vec![
            U8(text),
            U32(ends),
            U64(self.start_ns),
            U64(self.end_ns),
            U64(self.self_ns),
            U64(self.span_id),
            U32(self.parent),
            U32(self.subtree),
            U32(self.depth),
            U32(self.service),
            U32(self.name),
            U32(self.label),
            U32(self.peer),
            U8(self.kind),
            U8(self.status),
            U8(self.icon),
            U8(self.flags),
            U32(self.event_span),
            U64(self.event_ns),
            U8(self.event_exception),
            U32(self.critical_span),
            U64(self.critical_start_ns),
            U64(self.critical_end_ns),
            U32(self.orphan_span),
            U64(self.orphan_parent_id),
            U32(self.no_start_span),
            U32(self.no_end_span),
        ];
        (self.headline, self.services, columns)
    }

    /// Puts an outline together again; `None` when a column is missing, of another type or of another length.
    pub fn from_columns(headline: Headline, services: Vec<ServiceLine>, columns: Vec<Column>) -> Option<Outline> {
        let mut columns = columns.into_iter();
        let mut outline = Outline { headline, services, ..Outline::default() };
        let text = String::from_utf8(u8s(columns.next())?).ok()?;
        outline.texts = Texts::from_parts(text, u32s(columns.next())?);
        for slot in [&mut outline.start_ns, &mut outline.end_ns, &mut outline.self_ns, &mut outline.span_id] {
            *slot = u64s(columns.next())?;
        }
        for slot in [
            &mut outline.parent,
            &mut outline.subtree,
            &mut outline.depth,
            &mut outline.service,
            &mut outline.name,
            &mut outline.label,
            &mut outline.peer,
        ] {
            *slot = u32s(columns.next())?;
        }
        for slot in [&mut outline.kind, &mut outline.status, &mut outline.icon, &mut outline.flags] {
            *slot = u8s(columns.next())?;
        }
        outline.event_span = u32s(columns.next())?;
        outline.event_ns = u64s(columns.next())?;
        outline.event_exception = u8s(columns.next())?;
        outline.critical_span = u32s(columns.next())?;
        outline.critical_start_ns = u64s(columns.next())?;
        outline.critical_end_ns = u64s(columns.next())?;
        outline.orphan_span = u32s(columns.next())?;
        outline.orphan_parent_id = u64s(columns.next())?;
        outline.no_start_span = u32s(columns.next())?;
        outline.no_end_span = u32s(columns.next())?;
        outline.is_even().then_some(outline)
    }

    /// Whether all columns have the length they must have.
    fn is_even(&self) -> bool {
        let spans = self.len();
        [self.end_ns.len(), self.self_ns.len(), self.span_id.len()].into_iter().all(|len| len == spans)
            && [&self.parent, &self.subtree, &self.depth, &self.service, &self.name, &self.label, &self.peer]
                .into_iter()
                .all(|column| column.len() == spans)
            && [&self.kind, &self.status, &self.icon, &self.flags].into_iter().all(|column| column.len() == spans)
            && self.event_ns.len() == self.event_span.len()
            && self.event_exception.len() == self.event_span.len()
            && self.critical_start_ns.len() == self.critical_span.len()
            && self.critical_end_ns.len() == self.critical_span.len()
            && self.orphan_parent_id.len() == self.orphan_span.len()
    }
}

/// Where `span`'s entries stand in a column sorted by span.
fn range_of(sorted: &[u32], span: SpanIdx) -> core::ops::Range<usize> {
    let begin = sorted.partition_point(|at| *at < span.0);
    begin..sorted.partition_point(|at| *at <= span.0)
}

fn u8s(column: Option<Column>) -> Option<Vec<u8>> {
    match column? {
        Column::U8(values) => Some(values),
        _ => None,
    }
}

pub(crate) fn u32s(column: Option<Column>) -> Option<Vec<u32>> {
    match column? {
        Column::U32(values) => Some(values),
        _ => None,
    }
}

pub(crate) fn u64s(column: Option<Column>) -> Option<Vec<u64>> {
    match column? {
        Column::U64(values) => Some(values),
        _ => None,
    }
}
