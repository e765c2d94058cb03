//! The worker's end: reads, builds, and answers. One set of spans, at most one trace of it open.

use std::cell::{Cell, RefCell};
use std::rc::Rc;
use std::sync::Arc;

use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::spawn_local;
use web_sys::{DedicatedWorkerGlobalScope, MessageEvent};

use super::across;
use super::blob_read::{BlobRead, Sent};
use super::budget;
use super::map;
use super::panicked::on_panic;
use super::protocol::{Arrangement, Ask, FileOutcome, Tell};
use super::seal::{Said, Sealed, seal};
use super::task::next_task;
use super::transfer::{Bulk, column, pack, unpack};
use crate::analysis::call_tree;
use crate::analysis::clock_correction;
use crate::analysis::derived::Derived;
use crate::analysis::find::{Query, Search};
use crate::analysis::findings::{self, Finding, FindingKind, Seen};
use crate::analysis::preview::Previewer;
use crate::analysis::range_map::Sample;
use crate::analysis::redact::Rules;
use crate::analysis::report::{Report, report};
use crate::analysis::sampling::Facts;
use crate::analysis::service_map::{ServiceMap, service_map};
use crate::analysis::statistics::GroupBy;
use crate::analysis::unusual::{Like, Others};
use crate::analysis::{self, Scope};
use crate::base::TraceId;
use crate::decode::{self, Progress};
use crate::layout::flame_chart::pack;
use crate::model::outline::Column;
use crate::model::summary::TraceSummary;
use crate::model::{Clocks, MovedClock, SpanIdx, SpanSet, Trace, Warning, WarningKind};

/// Progress is told at most this often.
const PROGRESS_MS: f64 = 80.0;
/// What can be seen already, at most this often.
const PREVIEW_MS: f64 = 250.0;
/// Bytes of a page of wasm memory.
const WASM_PAGE: u64 = 65_536;
/// Matches beyond the first are told at most this often.
const FOUND_MS: f64 = 100.0;
/// Spans that one slice of a search looks at: a few milliseconds, so that a newer question is heard soon.
const FIND_SLICE: usize = 50_000;
/// Attribute keys that are offered to group by.
const MOST_KEYS: usize = 200;
/// Rows of statistics in one message: the page reads them in a few milliseconds.
const STAT_ROWS: usize = 500;
/// What trials of redaction follow one another as ([`Ask::follows`]).
const SEALS: usize = 6;

#[derive(Default)]
struct Held {
    set: Arc<SpanSet>,
    summaries: Vec<TraceSummary>,
    /// When the set was read.
    read_at_unix_nano: u64,
    /// Said of every trace of the set: what the files lacked.
    warnings: Vec<Warning>,
    /// What the saved file that was read says of its trace.
    said: Option<Box<Said>>,
    trace: Option<Rc<Open>>,
    newest_find: u32,
    /// The newest question of each kind, see [`Ask::follows`].
    newest: [u32; Ask::KINDS],
    /// What policies of sampling look at, once it was asked for.
    facts: Option<Rc<Facts>>,
}

/// The trace that is open, with what is derived from it.
struct Open {
    trace: Trace,
    arrangement: Arrangement,
    derived: Derived,
    moved_clocks: Vec<MovedClock>,
    /// What recorded times said of clocks that were put right since, its spans by row.
    recorded: Vec<(Finding, Vec<usize>)>,
    seen: Seen,
    /// What is wrong with it, once it was looked for.
    findings: RefCell<Option<Rc<Vec<Finding>>>>,
}

pub(super) struct Server {
    scope: DedicatedWorkerGlobalScope,
    held: RefCell<Held>,
    /// Whether the page was asked for bytes instead of `Blob`s.
    has_bytes: Cell<bool>,
}

/// Starts to listen, and says so. Call once, in the worker.
pub fn start() {
    on_panic(|words| {
        let (data, _) = pack(&Tell::Panicked { words: words.to_owned() }, Bulk::none());
        if let Ok(scope) = js_sys::global().dyn_into::<DedicatedWorkerGlobalScope>() {
            // The page hears of a failed post as of any error of a worker.
            let _ = scope.post_message(&data);
        }
    });
    let Ok(scope) = js_sys::global().dyn_into::<DedicatedWorkerGlobalScope>() else { return };
    let server = Rc::new(Server { scope: scope.clone(), held: RefCell::default(), has_bytes: Cell::new(false) });
    let hearing = server.clone();
    let on_message = Closure::<dyn FnMut(MessageEvent)>::new(move |event: MessageEvent| {
        if let Some((ask, bulk)) = unpack::<Ask>(&event.data()) {
            hear(&hearing, ask, bulk);
        }
    });
    scope.set_onmessage(Some(on_message.as_ref().unchecked_ref()));
    // The worker listens as long as it lives.
    on_message.forget();
    server.tell(&Tell::Ready);
}

fn hear(server: &Rc<Server>, ask: Ask, bulk: Vec<JsValue>) {
    match ask {
        Ask::Load { files, trace, arrangement, said } => server.load(files, bulk, trace, &arrangement, said),
        Ask::Open { trace, arrangement } => server.open(&trace, &arrangement),
        Ask::Find { id, text } => {
            server.held.borrow_mut().newest_find = id;
            spawn_local(find(server.clone(), id, text));
        }
        Ask::FindTraces { id, text } => server.find_traces(id, &text),
        Ask::Findings { id } => spawn_local(tell_findings(server.clone(), id)),
        Ask::Report { id, off } => spawn_local(tell_report(server.clone(), id, off)),
        Ask::Seal { id, rules, texts, is_trial } => {
            if is_trial {
                server.held.borrow_mut().newest[SEALS] = id;
            }
            spawn_local(tell_sealed(server.clone(), id, rules, texts, is_trial));
        }
        Ask::GiveUp { id } => server.give_up(id),
        Ask::Map { .. } | Ask::PlaceMap { .. } => {
            if let Some((kind, id)) = ask.follows() {
                server.held.borrow_mut().newest[kind] = id;
                spawn_local(map::answer(server.clone(), kind, id, ask));
            }
        }
        Ask::Connectors { .. } | Ask::Propagation { .. } | Ask::Sampling { .. } => {
            if let Some((kind, id)) = ask.follows() {
                server.held.borrow_mut().newest[kind] = id;
                spawn_local(across::answer(server.clone(), kind, id, ask));
            }
        }
        other => match other.follows() {
            Some((kind, id)) => {
                server.held.borrow_mut().newest[kind] = id;
                spawn_local(follow(server.clone(), kind, id, other, bulk));
            }
            None => server.answer(other, &bulk),
        },
    }
}

impl Server {
    pub(super) fn tell(&self, message: &Tell) {
        self.tell_with(message, Bulk::none());
    }

    /// The set, and the ids of its traces.
    pub(super) fn all_traces(&self) -> (Arc<SpanSet>, Vec<String>) {
        let held = self.held.borrow();
        (held.set.clone(), held.summaries.iter().map(|summary| summary.trace_id.clone()).collect())
    }

    pub(super) fn is_newest(&self, kind: usize, id: u32) -> bool {
        self.held.borrow().newest.get(kind) == Some(&id)
    }

    /// A question that nobody waits for any more is no longer the newest of its kind.
    fn give_up(&self, id: u32) {
        let mut held = self.held.borrow_mut();
        held.newest.iter_mut().filter(|newest| **newest == id).for_each(|newest| *newest = 0);
    }

    /// Who calls whom in the trace that is open.
    pub(super) fn service_map(&self, scope: &Scope) -> Option<ServiceMap> {
        self.trace().map(|open| service_map(&open.trace, &open.derived, scope))
    }

    pub(super) fn facts(&self) -> Option<Rc<Facts>> {
        self.held.borrow().facts.clone()
    }

    pub(super) fn keep_facts(&self, facts: Facts) -> Rc<Facts> {
        let facts = Rc::new(facts);
        self.held.borrow_mut().facts = Some(facts.clone());
        facts
    }

    fn tell_with(&self, message: &Tell, bulk: Bulk) {
        let (data, transfer) = pack(message, bulk);
        // Posting fails only for data that cannot be cloned, which ours always can.
        let _ = self.scope.post_message_with_transfer(&data, &transfer);
    }

    pub(super) fn tell_columns(&self, message: &Tell, columns: &[Column]) {
        let mut bulk = Bulk::none();
        columns.iter().for_each(|column| bulk.push_column(column));
        self.tell_with(message, bulk);
    }

    fn load(
        &self,
        names: Vec<String>,
        bulk: Vec<JsValue>,
        trace: Option<String>,
        arrangement: &Arrangement,
        said: Option<Box<Said>>,
    ) {
        let mut set = SpanSet::new();
        let mut files = Vec::new();
        let sent: Vec<Sent> = bulk.into_iter().filter_map(Sent::of).collect();
        // Asked once, and only where none can be read: a file that the page cannot read either is reported as what it is.
        let mut filled = sent.iter().filter(|one| one.size() > 0.0).peekable();
        if !self.has_bytes.get() && filled.peek().is_some() && !filled.any(Sent::can_be_read) {
            self.has_bytes.set(true);
            return self.tell(&Tell::NoBlobs);
        }
        for (name, sent) in names.into_iter().zip(sent) {
            let size = sent.size() as u64;
            let outcome = self.read(&name, sent, &mut set);
            files.push(FileOutcome { name, size, outcome });
        }
        let summaries = analysis::summary::summaries(&set);
        let warnings = files.iter().flat_map(warnings_of).collect();
        *self.held.borrow_mut() = Held {
            set: Arc::new(set),
            summaries: summaries.clone(),
            read_at_unix_nano: (js_sys::Date::now() * 1e6) as u64,
            warnings,
            said,
            ..Held::default()
        };
        let open = trace.or_else(|| match summaries.as_slice() {
            [only] => Some(only.trace_id.clone()),
            _ => None,
        });
        self.tell(&Tell::Loaded { files, traces: summaries });
        if let Some(trace) = open {
            self.open(&trace, arrangement);
        }
    }

    fn read(&self, name: &str, sent: Sent, set: &mut SpanSet) -> decode::Outcome {
        let total = sent.size() as u64;
        let mut told_at = 0.0;
        let read = Cell::new(0);
        let mut watch = |progress: Progress| {
            read.set(progress.bytes_read);
            let now = js_sys::Date::now();
            if now - told_at >= PROGRESS_MS {
                told_at = now;
                self.tell(&Tell::Progress { file: name.to_owned(), total, progress });
            }
        };
        let mut previewer = Previewer::default();
        let mut looked_at = 0.0;
        let mut on_rows = |set: &SpanSet| {
            let now = js_sys::Date::now();
            if now - looked_at >= PREVIEW_MS {
                looked_at = now;
                self.tell(&Tell::Preview(Box::new(previewer.look(set))));
            }
            let used = core::arch::wasm32::memory_size(0) as u64 * WASM_PAGE;
            budget::refusal(used, set.len() as u64, read.get(), total).map_or(Ok(()), Err)
        };
        match BlobRead::new(sent) {
            Ok(source) => decode::decode_watched(Box::new(source), set, &mut watch, &mut on_rows),
            Err(error) => decode::Outcome { error: Some(unreadable(error.to_string())), ..decode::Outcome::default() },
        }
    }

    fn open(&self, trace: &str, arrangement: &Arrangement) {
        let (set, warnings) = {
            let held = self.held.borrow();
            (held.set.clone(), held.warnings.clone())
        };
        let Some(Arranged { trace: mut built, derived, moved_clocks, recorded }) = arranged(&set, trace, arrangement)
        else {
            self.tell(&Tell::NoSuchTrace { trace: trace.to_owned() });
            return;
        };
        built.warnings.splice(0..0, warnings);
        let said = self.said_of(trace, arrangement);
        let findings = said.map(|said| {
            built.warnings = said.warnings;
            Rc::new(findings::restored(&built, said.findings))
        });
        let report = Report { moved_clocks: moved_clocks.clone(), ..report(&built, &derived) };
        let outline = analysis::outline::outline_of(&built, &derived, report);
        let first_error = analysis::errors::first_error(&built).map(|span| span.0);
        let seen = Seen { read_at_unix_nano: Some(self.held.borrow().read_at_unix_nano) };
        self.held.borrow_mut().trace = Some(Rc::new(Open {
            trace: built,
            arrangement: arrangement.clone(),
            derived,
            moved_clocks,
            recorded,
            seen,
            findings: RefCell::new(findings),
        }));
        let (headline, services, columns) = outline.into_columns();
        self.tell(&Tell::Outline { headline, services, first_error, columns: columns.len() as u32 });
        for column in columns {
            self.tell_columns(&Tell::Column, &[column]);
        }
    }

    /// What a saved file says of a trace that stands as it did there.
    fn said_of(&self, trace: &str, arrangement: &Arrangement) -> Option<Said> {
        let held = self.held.borrow();
        let said = held.said.as_ref().filter(|said| said.trace_id == trace && said.arrangement == *arrangement);
        said.map(|said| (**said).clone())
    }

    fn trace(&self) -> Option<Rc<Open>> {
        self.held.borrow().trace.clone()
    }

    /// Questions about the open trace that are answered at once.
    fn answer(&self, ask: Ask, bulk: &[JsValue]) {
        match &ask {
            Ask::SampleMap { id } => return self.sample_map(*id),
            Ask::Others { id, like, against } => {
                let set = self.held.borrow().set.clone();
                let others = Others::of_set(&set, like, *against);
                return self.tell(&Tell::Others { id: *id, others });
            }
            _ => {}
        }
        let Some(open) = self.trace() else { return };
        let Open { trace, derived, .. } = &*open;
        let span = |span: u32| ((span as usize) < trace.len()).then_some(SpanIdx(span));
        match ask {
            Ask::Details { id, span: at } => {
                let details = span(at).map(|span| Box::new(analysis::details::details(trace, derived, span)));
                self.tell(&Tell::Details { id, details });
            }
            Ask::FullValue { id, span: at, section, index } => {
                let value = span(at).and_then(|span| analysis::details::full_value(trace, span, section, index));
                self.tell(&Tell::FullValue { id, value });
            }
            Ask::OtherHalf { id, span: at } => {
                let clues = span(at).map(|span| Box::new(analysis::other_half::clues(trace, span)));
                self.tell(&Tell::OtherHalf { id, clues });
            }
            Ask::Like { id, span: at } => {
                let like = span(at).map(|span| Box::new(Like::of(trace, span)));
                self.tell(&Tell::Like { id, like });
            }
            Ask::Export { id, format } => {
                let columns = bulk.iter().filter_map(column).collect();
                let bytes = super::export::bytes(trace, derived, format, columns);
                self.tell_columns(&Tell::Export { id, trace: trace.id.to_string() }, &[Column::U8(bytes)]);
            }
            Ask::Markdown { id, link } => {
                let text = analysis::markdown::summary(trace, derived, &link);
                self.tell(&Tell::Markdown { id, trace: trace.id.to_string(), text });
            }
            Ask::Pack { id } => {
                let mut columns = bulk.iter().filter_map(column);
                let (Some(Column::U64(starts)), Some(Column::U64(ends)), Some(Column::U32(parents))) =
                    (columns.next(), columns.next(), columns.next())
                else {
                    return self.tell(&Tell::Superseded { id });
                };
                let rows = pack::rows(&starts, &ends, &parents);
                let order = pack::order(&starts, &rows);
                self.tell_columns(&Tell::Pack { id }, &[Column::U32(rows), Column::U32(order)]);
            }
            Ask::CallTree { id, scope } => {
                let folded = match bulk.first().and_then(column) {
                    Some(Column::U32(folded)) => folded,
                    _ => Vec::new(),
                };
                let folded = call_tree::whole_frames(trace, derived, &scope, &folded);
                let tree = call_tree::call_tree(trace, derived, &scope, &folded);
                self.tell_columns(&Tell::CallTree { id }, &tree.into_columns());
            }
            Ask::Statistics { id, scope, by } => {
                let grouped = analysis::statistics::statistics(trace, derived, &scope, &GroupBy::parse(&by));
                let mut statistics = grouped.statistics;
                while statistics.rows.len() > STAT_ROWS {
                    let rest = statistics.rows.split_off(STAT_ROWS);
                    let rows = core::mem::replace(&mut statistics.rows, rest);
                    self.tell(&Tell::StatRows { id, rows });
                }
                self.tell_columns(&Tell::Statistics { id, statistics }, &[Column::U32(grouped.row_of)]);
            }
            Ask::AttributeKeys { id, scope } => {
                let keys = analysis::statistics::attribute_keys(trace, &scope, MOST_KEYS);
                self.tell(&Tell::AttributeKeys { id, keys });
            }
            Ask::Load { .. }
            | Ask::Open { .. }
            | Ask::Find { .. }
            | Ask::Findings { .. }
            | Ask::Report { .. }
            | Ask::Seal { .. }
            | Ask::FindTraces { .. }
            | Ask::SampleMap { .. }
            | Ask::Others { .. }
            | Ask::Connectors { .. }
            | Ask::Propagation { .. }
            | Ask::Sampling { .. }
            | Ask::Map { .. }
            | Ask::PlaceMap { .. }
            | Ask::GiveUp { .. } => {}
        }
    }

    /// One trace after the other is built, counted and let go.
    fn sample_map(&self, id: u32) {
        let held = self.held.borrow();
        let mut sample = Sample::default();
        for summary in &held.summaries {
            let trace = TraceId::from_hex(summary.trace_id.as_bytes()).and_then(|id| Trace::build(&held.set, id));
            if let Some(trace) = trace {
                sample.add(&trace);
            }
        }
        let (map, traces) = sample.finish();
        self.tell(&Tell::SampleMap { id, map: Box::new(map), traces });
    }

    fn find_traces(&self, id: u32, text: &str) {
        let query = Query::parse(text);
        let held = self.held.borrow();
        let traces = (0u32..)
            .zip(&held.summaries)
            .filter(|(_, summary)| query.matches_summary(summary))
            .map(|(at, _)| at)
            .collect();
        self.tell(&Tell::FoundTraces { id, traces, notes: notes_of(&query) });
    }
}

/// Answers once all messages that have come are heard, unless one of them asks the same anew.
async fn follow(server: Rc<Server>, kind: usize, id: u32, ask: Ask, bulk: Vec<JsValue>) {
    next_task().await;
    if server.held.borrow().newest[kind] == id {
        server.answer(ask, &bulk);
    } else {
        server.tell(&Tell::Superseded { id });
    }
}

/// A trace as it is to stand.
struct Arranged {
    trace: Trace,
    derived: Derived,
    moved_clocks: Vec<MovedClock>,
    recorded: Vec<(Finding, Vec<usize>)>,
}

/// `None` when the set has no such trace. Clocks are put right by what recorded times say, so the trace is built twice then.
fn arranged(set: &Arc<SpanSet>, trace: &str, arrangement: &Arrangement) -> Option<Arranged> {
    let id = |text: &str| TraceId::from_hex(text.as_bytes());
    let beside: Vec<TraceId> = arrangement.beside.iter().filter_map(|text| id(text)).collect();
    let recorded = Trace::build_with(set, id(trace)?, &beside, Clocks::default())?;
    let derived = Derived::of(&recorded);
    let right = match arrangement.clocks_right {
        true => clock_correction::corrected(&recorded, &derived),
        false => None,
    };
    let Some((clocks, moved_clocks)) = right else {
        return Some(Arranged { trace: recorded, derived, moved_clocks: Vec::new(), recorded: Vec::new() });
    };
    let row = |span: &SpanIdx| recorded.row(*span);
    let of_clocks = findings::of_clocks(&recorded, &derived).into_iter();
    let of_recorded = of_clocks.map(|finding| (finding.clone(), finding.spans.iter().map(row).collect())).collect();
    let trace = Trace::build_with(set, id(trace)?, &beside, clocks)?;
    Some(Arranged { derived: Derived::of(&trace), trace, moved_clocks, recorded: of_recorded })
}

/// What is wrong with a trace; looked for once, rule by rule, and between two the worker hears what else is asked.
async fn findings_of(open: &Open) -> Rc<Vec<Finding>> {
    let known = open.findings.borrow().clone();
    if let Some(known) = known {
        return known;
    }
    let mut search = findings::Search::new(&open.trace, &open.derived, open.seen);
    while search.step() {
        next_task().await;
    }
    let found = Rc::new(findings::with_recorded(&open.trace, search.finish(), &open.recorded));
    *open.findings.borrow_mut() = Some(found.clone());
    found
}

async fn tell_findings(server: Rc<Server>, id: u32) {
    let Some(open) = server.trace() else { return };
    let (findings, spans) = findings::lines(&findings_of(&open).await);
    server.tell_columns(&Tell::Findings { id, findings }, &[Column::U32(spans)]);
}

/// A trial waits for what else is asked: of rules that are being typed only the newest matter.
async fn tell_sealed(server: Rc<Server>, id: u32, rules: Box<Rules>, texts: Vec<String>, is_trial: bool) {
    next_task().await;
    if is_trial && !server.is_newest(SEALS, id) {
        return server.tell(&Tell::Superseded { id });
    }
    let Some(open) = server.trace() else { return };
    let found = findings_of(&open).await;
    let Sealed { otlp, said, texts, redaction } = seal(&open.trace, &found, &open.arrangement, &rules, &texts);
    let sealed = Tell::Sealed { id, said: Box::new(said), texts, redaction, bytes: otlp.len() as u64 };
    server.tell_columns(&sealed, &[Column::U8(if is_trial { Vec::new() } else { otlp })]);
}

async fn tell_report(server: Rc<Server>, id: u32, off: Vec<FindingKind>) {
    let Some(open) = server.trace() else { return };
    let found = findings_of(&open).await;
    let report = Report { moved_clocks: open.moved_clocks.clone(), ..report(&open.trace, &open.derived) };
    let report = report.with_findings(&open.trace, &found, &off);
    let json = serde_json::to_string_pretty(&report).unwrap_or_default();
    server.tell(&Tell::Report { id, trace: open.trace.id.to_string(), json });
}

/// Searches in slices; between them the worker hears newer questions, and a superseded search ends unanswered. The first
/// matches are told at once, the others together from time to time: each telling makes the page paint anew.
async fn find(server: Rc<Server>, id: u32, text: String) {
    let Some(open) = server.trace() else { return };
    let query = Query::parse(&text);
    let notes = notes_of(&query);
    let found = if query.asks_for_findings() { findings_of(&open).await } else { Rc::default() };
    let mut search = Search::new(&query, &open.trace, &open.derived, &found);
    let (mut untold, mut told_ms) = (Vec::new(), 0.0);
    loop {
        let found = search.step(FIND_SLICE);
        let superseded = server.held.borrow().newest_find != id;
        let done = found.is_none() || superseded;
        untold.extend(found.unwrap_or_default());
        let now = js_sys::Date::now();
        if done || (!untold.is_empty() && now - told_ms >= FOUND_MS) {
            told_ms = now;
            let spans = if superseded { Vec::new() } else { core::mem::take(&mut untold) };
            server.tell_columns(&Tell::Found { id, done, notes: notes.clone() }, &[Column::U32(spans)]);
        }
        if done {
            return;
        }
        next_task().await;
    }
}

fn notes_of(query: &Query) -> Vec<String> {
    query.notes.iter().map(|note| note.message.clone()).collect()
}

/// Nothing of it could be read at all.
fn unreadable(problem: String) -> decode::DecodeError {
    let (field, before, at) = Default::default();
    decode::DecodeError { format: None, offset: 0, field, problem, truncated: false, before, at }
}

/// What a file lacked, as warnings of every trace read from it.
fn warnings_of(file: &FileOutcome) -> Vec<Warning> {
    let mut warnings = Vec::new();
    if let Some(message) = &file.outcome.partial {
        warnings.push(Warning::of_trace(
            WarningKind::Partial,
            format!("This is a part of the trace; the answer says: {message}"),
        ));
    }
    if let Some(error) = &file.outcome.error {
        let kind = if error.truncated { WarningKind::Truncated } else { WarningKind::Damaged };
        warnings.push(Warning::of_trace(
            kind,
            format!("{} was read up to byte {}: {}.", file.name, error.offset, error.problem),
        ));
    }
    warnings
}
