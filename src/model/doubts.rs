//! What is doubtful about a trace, in words: each repair of the tree, each time that cannot be, what the decoder could not
//! read. The repairs themselves are in [`super::tree`] and [`super::trace`].
//!
//! A sentence is written only when it is kept: a trace of a million orphans says so in 200 of them and a count.

use std::collections::BTreeMap;

use super::clocks::{Timing, YEAR_2000_NS, YEAR_2100_NS};
use super::ids::Ids;
use super::span_set::SpanSet;
use super::trace::{CLOCKS_AGREE_NS, Place, SpanIdx, Trace};
use super::warning::{Warning, WarningKind};
use crate::base::{format, id_text, sort, utc};

/// How many warnings of one kind name their span; the rest share one line with a count.
const MAX_WARNINGS_OF_A_KIND: u64 = 200;

/// Warnings of each kind, the first of them in words.
#[derive(Default)]
pub(super) struct Doubts {
    kept: Vec<Warning>,
    seen: BTreeMap<WarningKind, u64>,
    more: BTreeMap<WarningKind, u64>,
}

impl Doubts {
    fn add(&mut self, kind: WarningKind, write: impl FnOnce() -> Warning) {
        self.add_counted(kind, 1, write);
    }

    /// A warning that stands for `count`.
    fn add_counted(&mut self, kind: WarningKind, count: u64, write: impl FnOnce() -> Warning) {
        let seen = self.seen.entry(kind).or_default();
        *seen += 1;
        if *seen <= MAX_WARNINGS_OF_A_KIND {
            self.kept.push(write());
        } else {
            *self.more.entry(kind).or_default() += count;
        }
    }

    /// Rows that came more than once, word for word.
    pub fn repeated(&mut self, rows: usize) {
        if rows == 0 {
            return;
        }
        self.add(WarningKind::RepeatedSpan, || {
            let what = format::counted(rows as u64, "span", "spans");
            let message = format!("{what} came more than once, word for word; one copy of each is kept.");
            Warning::of_trace(WarningKind::RepeatedSpan, message)
        });
    }

    /// Ids that several rows carry.
    pub fn shared_ids(&mut self, set: &SpanSet, rows: &[u32], ids: &Ids) {
        let row_of = |first: &u32| rows[*first as usize] as usize;
        let of = |(first, more): (&u32, &Vec<u32>)| (set.span_id[row_of(first)], more.len() + 1, row_of(first));
        let mut shared: Vec<_> = ids.more.iter().map(of).collect();
        shared.sort_unstable();
        for (id, count, row) in shared {
            self.add(WarningKind::DuplicateSpanId, || {
                let shown = set.id_text(row).map_or_else(|| id.to_string(), str::to_owned);
                Warning::of_span(WarningKind::DuplicateSpanId, id, format!("{count} spans carry the id {shown}."))
            });
        }
    }

    /// By kind; of one kind as they were found, the count of those not kept last.
    pub fn into_warnings(self) -> Vec<Warning> {
        let mut warnings = self.kept;
        warnings.extend(self.more.into_iter().map(|(kind, count)| Warning::of_more(kind, count)));
        sort::by_key(&mut warnings, |warning| warning.kind);
        warnings
    }
}

/// Adds what is doubtful about a trace that is built.
pub(super) fn of(trace: &Trace, found: &mut Doubts) {
    of_roots(trace, found);
    let mut odd = OddTimes::default();
    for span in trace.spans() {
        of_place(trace, span, found);
        of_time(trace, span, found);
        odd.look(trace, span);
        let id = trace.span_id(span);
        if id.is_zero() {
            found.add(WarningKind::ZeroSpanId, || {
                Warning::of_span(WarningKind::ZeroSpanId, id, format!("“{}” has no span id.", trace.name(span)))
            });
        }
    }
    odd.tell(trace, found);
    if trace.set.has_id_texts() {
        of_unread_ids(trace, found);
    }
    of_defects(trace, found);
}

/// One line for span ids and one for the trace's, however many there are.
fn of_unread_ids(trace: &Trace, found: &mut Doubts) {
    const SHOWN: &str =
        "The text is shown and found as written; reports, exports and links use a hex id derived from it.";
    let mut unread = trace.spans().filter(|span| trace.id_text(*span).is_some());
    if let Some(first) = unread.next() {
        let count = 1 + unread.count() as u64;
        found.add_counted(WarningKind::UnreadableId, count, || {
            let what = format::counted(count, "span has an id", "spans have ids");
            let why = id_text::why_none(trace.id_text(first).unwrap_or_default(), 8);
            let message = format!("{what} in no known form. {why}. {SHOWN}");
            Warning { count, ..Warning::of_span(WarningKind::UnreadableId, trace.span_id(first), message) }
        });
    }
    if let Some(text) = trace.trace_id_text() {
        found.add(WarningKind::UnreadableId, || {
            let why = id_text::why_none(text, 16);
            Warning::of_trace(WarningKind::UnreadableId, format!("The trace id is in no known form. {why}. {SHOWN}"))
        });
    }
}

/// Times that are missing or impossible; one warning a kind for the whole trace.
#[derive(Default)]
struct OddTimes {
    no_start: Spans,
    no_end: Spans,
    impossible: Spans,
    /// The first impossible time, and whether it is a start.
    first_impossible: Option<(u64, bool)>,
}

#[derive(Default)]
struct Spans {
    count: u64,
    first: Option<SpanIdx>,
}

impl Spans {
    fn add(&mut self, span: SpanIdx) {
        self.count += 1;
        self.first.get_or_insert(span);
    }

    /// One warning for all of them; it names the span when there is only one.
    fn tell(&self, trace: &Trace, kind: WarningKind, message: String, found: &mut Doubts) {
        let span = self.first.filter(|_| self.count == 1).map(|span| trace.span_id(span).0);
        found.add(kind, || Warning { kind, span, count: self.count, message });
    }
}

impl OddTimes {
    fn look(&mut self, trace: &Trace, span: SpanIdx) {
        let row = trace.row(span);
        let (start, end) = (trace.set.start_unix_nano[row], trace.set.end_unix_nano[row]);
        match Timing::of(start, end) {
            Timing::NoStart => return self.no_start.add(span),
            Timing::NoEnd => self.no_end.add(span),
            Timing::Known => {}
        }
        let bad = [(start, true), (end, false)].into_iter().find(|(time, _)| *time > 0 && !is_possible(*time));
        if let Some(bad) = bad {
            self.impossible.add(span);
            self.first_impossible.get_or_insert(bad);
        }
    }

    fn tell(self, trace: &Trace, found: &mut Doubts) {
        let of = |spans: &Spans, one, many| format::counted(spans.count, one, many);
        if self.no_start.count > 0 {
            let what = of(&self.no_start, "span has no start time; it is", "spans have no start time; they are");
            let whose = if self.no_start.count == 1 { "its parent" } else { "their parents" };
            let message = format!("{what} shown without length at the start of {whose}.");
            self.no_start.tell(trace, WarningKind::UnknownStart, message, found);
        }
        if self.no_end.count > 0 {
            let what = of(&self.no_end, "span has no end time; it is", "spans have no end time; they are");
            let message = format!("{what} shown without length, and the duration is not known.");
            self.no_end.tell(trace, WarningKind::UnknownEnd, message, found);
        }
        if let Some((time, is_start)) = self.first_impossible {
            let what = of(&self.impossible, "span has a time", "spans have times");
            let which = if is_start { "start" } else { "end" };
            let message =
                format!("{what} before 2000 or after 2100: a {which} of {}. {}", shown(time), likely_unit(time));
            self.impossible.tell(trace, WarningKind::ImpossibleTime, message, found);
        }
    }
}

fn is_possible(unix_nano: u64) -> bool {
    (YEAR_2000_NS..YEAR_2100_NS).contains(&unix_nano)
}

fn shown(unix_nano: u64) -> String {
    format!("{unix_nano} ns since 1970, which is {}", utc::iso8601_ms(unix_nano))
}

/// What the time would be in another unit, if that makes it a time of this century.
fn likely_unit(unix_nano: u64) -> String {
    const MISTAKES: [(u64, &str); 3] = [
        (1_000, "milliseconds where microseconds belong, or microseconds where nanoseconds do"),
        (1_000_000, "milliseconds where nanoseconds belong, or seconds where microseconds do"),
        (1_000_000_000, "seconds where nanoseconds belong"),
    ];
    let guesses = MISTAKES.into_iter().flat_map(|(factor, unit)| {
        let larger =
            unix_nano.checked_mul(factor).map(|time| (time, format!("{} times that", format::count(factor)), unit));
        let smaller =
            (unix_nano / factor, format!("1/{} of that", format::count(factor)), "a finer unit than the field's");
        [larger, Some(smaller)]
    });
    match guesses.flatten().find(|(time, _, _)| is_possible(*time)) {
        Some((time, share, unit)) => {
            let then = utc::iso8601_ms(time);
            format!("Probably the unit is wrong ({unit}): {share} is {then}.")
        }
        None => "No usual unit makes it a time of this century.".to_owned(),
    }
}

fn of_roots(trace: &Trace, found: &mut Doubts) {
    // Traces that stand beside it have roots of their own.
    let roots = trace.roots().filter(|root| trace.id_of(*root) == trace.id).count();
    if roots == 0 {
        found.add(WarningKind::MissingRoot, || {
            Warning::of_trace(
                WarningKind::MissingRoot,
                "No span of this trace is its root: the caller was not recorded, not sent yet, or cut by a size limit.",
            )
        });
    } else if roots > 1 {
        found.add(WarningKind::SeveralRoots, || {
            let message = format!("{roots} spans have no parent; figures that need one root use the longest.");
            Warning::of_trace(WarningKind::SeveralRoots, message)
        });
    }
    if trace.id.is_zero() {
        found.add(WarningKind::ZeroTraceId, || {
            Warning::of_trace(WarningKind::ZeroTraceId, "These spans carry no trace id.")
        });
    }
}

fn of_place(trace: &Trace, span: SpanIdx, found: &mut Doubts) {
    match trace.place(span) {
        Place::Orphan => found.add(WarningKind::Orphan, || {
            let (name, parent) = (trace.name(span), trace.shown_parent_id(span));
            let message = format!("The parent {parent} of “{name}” is not in this trace.");
            Warning::of_span(WarningKind::Orphan, trace.span_id(span), message)
        }),
        Place::Cycle => found.add(WarningKind::Cycle, || {
            let message = format!("“{}” is its own ancestor; the cycle is cut above it.", trace.name(span));
            Warning::of_span(WarningKind::Cycle, trace.span_id(span), message)
        }),
        _ => {}
    }
}

fn of_time(trace: &Trace, span: SpanIdx, found: &mut Doubts) {
    let row = trace.row(span);
    let (start, end) = (trace.set.start_unix_nano[row], trace.set.end_unix_nano[row]);
    if end < start && end > 0 {
        found.add(WarningKind::EndBeforeStart, || {
            let message = format!("“{}” ends before it starts; it is shown with no length.", trace.name(span));
            Warning::of_span(WarningKind::EndBeforeStart, trace.span_id(span), message)
        });
    }
    if let Some(parent) = trace.parent(span)
        && trace.start_ns(span).saturating_add(CLOCKS_AGREE_NS) < trace.start_ns(parent)
        && trace.service(parent) != trace.service(span)
        && start > 0
        && trace.timing(parent) != Timing::NoStart
    {
        found.add(WarningKind::ClockSkew, || {
            let early = format::duration(trace.start_ns(parent) - trace.start_ns(span));
            let (name, service, caller) = (trace.name(span), trace.service_name(span), trace.service_name(parent));
            let message =
                format!("“{name}” in {service} starts {early} before its caller in {caller}: their clocks disagree.");
            Warning::of_span(WarningKind::ClockSkew, trace.span_id(span), message)
        });
    }
}

/// What the decoder could not read of this trace's spans, or of no span in particular.
fn of_defects(trace: &Trace, found: &mut Doubts) {
    let set = &trace.set;
    let is_of_trace = |row: u32| set.trace_ids.get(set.trace.at(row as usize) as usize) == Some(&trace.id);
    for defect in &set.defects {
        match defect.row {
            Some(row) if !is_of_trace(row) => {}
            Some(row) => found.add(defect.kind, || {
                let id = set.span_id.get(row as usize).unwrap_or_default();
                Warning::of_span(defect.kind, id, defect.message.clone())
            }),
            None => found.add(defect.kind, || Warning::of_trace(defect.kind, defect.message.clone())),
        }
    }
    for (kind, count) in &set.more_defects {
        found.add_counted(*kind, *count, || Warning::of_more(*kind, *count));
    }
}
