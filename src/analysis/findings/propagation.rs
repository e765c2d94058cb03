//! Spans whose caller is lost, and why: which of them there are and which cause is the likeliest. How a cause is told is in
//! `propagation_words`. Not here: calls that nobody answered (`unanswered`).
//!
//! ```text
//! main root  CONSUMER without a link                  lost_at_queue
//!            SERVER   called as "legacy-lb"           lost_at_proxy
//! root       beside the main one                      second_root
//! orphan     its parent is not among the spans:       caller_not_exported, parent_lost; before that, whether the trace is
//!                                                     incomplete, cut in two by its id, too young, or sampled
//! ```
//!
//! What explains a missing parent (an incomplete trace, a young one, sampling) explains no root: nothing that is still to come
//! gives a span the parent's id that it was sent without.

use std::collections::BTreeMap;

use rustc_hash::FxHashSet;

use super::host::Host;
use super::{Confidence, Finding, Ground, naming, propagation_words};
use crate::base::{Sym, TraceId};
use crate::model::warning::WarningKind;
use crate::model::{Kind, Place, SpanIdx};

/// In the order in which they are tried.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum Cause {
    TraceIncomplete,
    IdMismatch,
    NotYetReceived,
    SampledAway,
    CallerNotExported,
    ParentLost,
    SecondRoot,
    LostAtQueue,
    LostAtProxy,
}

/// A trace this young may have spans on their way.
const YOUNG_NS: u64 = 60_000_000_000;

/// From this many missing parents on, a trace without a root that ends with an orphan looks cut.
const MANY_MISSING: usize = 10;

/// OTLP's span flags: whether the span says where its parent ran, and that it was elsewhere.
pub const HAS_IS_REMOTE: u32 = 0x100;
pub const IS_REMOTE: u32 = 0x200;

/// What is so of the whole trace.
pub struct Known {
    pub main_root: Option<SpanIdx>,
    /// How sure it is that the trace is incomplete; `None` when nothing says so.
    pub incomplete: Option<Confidence>,
    /// Another trace of the set whose id ends alike.
    pub twin: Option<TraceId>,
    /// How long before it was read a young trace ended.
    pub age_ns: Option<u64>,
    /// A span's trace state with a sampling threshold.
    pub threshold: Option<Sym>,
    /// How many different parents are missing.
    pub missing: usize,
}

pub fn find(ground: &mut Ground<'_>, found: &mut Vec<Finding>) {
    let known = Known::of(ground);
    let mut spans: BTreeMap<Cause, Vec<SpanIdx>> = BTreeMap::new();
    for top in ground.trace.tops() {
        if let Some(cause) = cause_of(ground, &known, top) {
            spans.entry(cause).or_default().push(top);
        }
    }
    for (cause, mut spans) in spans {
        naming::sort_by_start(ground.trace, &mut spans);
        found.push(propagation_words::finding(ground, &known, cause, spans));
    }
}

fn cause_of(ground: &Ground<'_>, known: &Known, top: SpanIdx) -> Option<Cause> {
    match ground.trace.place(top) {
        Place::Orphan => Some(cause_of_orphan(ground, known, top)),
        Place::Root if known.twin.is_some() => Some(Cause::IdMismatch),
        Place::Root if known.main_root == Some(top) => cause_of_main_root(ground, top),
        // A trace that stands beside has a root of its own.
        Place::Root if ground.trace.id_of(top) != ground.trace.id => cause_of_main_root(ground, top),
        Place::Root => Some(Cause::SecondRoot),
        _ => None,
    }
}

fn cause_of_orphan(ground: &Ground<'_>, known: &Known, orphan: SpanIdx) -> Cause {
    let is_called = matches!(ground.trace.kind(orphan), Kind::Server | Kind::Consumer);
    if known.incomplete.is_some() {
        Cause::TraceIncomplete
    } else if known.twin.is_some() {
        Cause::IdMismatch
    } else if known.age_ns.is_some() {
        Cause::NotYetReceived
    } else if known.threshold.is_some() {
        Cause::SampledAway
    } else if is_called || flags(ground, orphan) & (HAS_IS_REMOTE | IS_REMOTE) == HAS_IS_REMOTE | IS_REMOTE {
        Cause::CallerNotExported
    } else {
        Cause::ParentLost
    }
}

fn cause_of_main_root(ground: &Ground<'_>, root: SpanIdx) -> Option<Cause> {
    match ground.trace.kind(root) {
        Kind::Consumer if !has_links(ground, root) => Some(Cause::LostAtQueue),
        Kind::Server => called_as(ground, root).map(|_| Cause::LostAtProxy),
        _ => None,
    }
}

pub fn flags(ground: &Ground<'_>, span: SpanIdx) -> u32 {
    ground.trace.set.flags.at(ground.trace.row(span))
}

/// Whether a consumer names what it took its messages from: by links of its own, also such as its SDK dropped, or as one that received a
/// batch, by those of the consumers below it, one a message.
pub(in crate::analysis) fn has_links(ground: &Ground<'_>, consumer: SpanIdx) -> bool {
    let trace = ground.trace;
    let linked = |span: SpanIdx| {
        let dropped = u32::try_from(trace.row(span)).ok().and_then(|row| trace.set.dropped.get(&row));
        let parent = (trace.id_of(span), trace.parent_id(span));
        let mut links = trace.links(span).iter().map(|link| (link.trace_id, link.span_id));
        links.any(|linked| linked != parent) || dropped.is_some_and(|[_, _, links]| *links > 0)
    };
    linked(consumer) || trace.children(consumer).any(|child| trace.kind(child) == Kind::Consumer && linked(child))
}

/// The short name by which a server was called, with the attribute that says so; `None` when it was called in a way that needs nobody
/// between.
pub fn called_as(ground: &Ground<'_>, server: SpanIdx) -> Option<(&'static str, String)> {
    let (key, written) = called_by(ground, server)?;
    let host = Host::read(written).filter(Host::is_short_name)?.to_string();
    // `invoice` is what a cluster may call invoice-service.
    let own = ground.trace.service_name(server).to_lowercase();
    (!own.contains(&host) && (own.is_empty() || !host.contains(&own))).then_some((key, host))
}

/// The host that a server was called by as it was written, and the attribute that says so.
pub(in crate::analysis) fn called_by<'t>(ground: &Ground<'t>, server: SpanIdx) -> Option<(&'static str, &'t str)> {
    let keys = ["server.address", "http.host", "net.host.name"];
    keys.into_iter().find_map(|key| Some((key, ground.text(server, key)?)))
}

/// An id whose upper 64 bits are zero. No id at all is no half of one.
pub fn has_half_an_id(id: TraceId) -> bool {
    id.0 >> 64 == 0 && !id.is_zero()
}

impl Known {
    fn of(ground: &Ground<'_>) -> Known {
        let trace = ground.trace;
        let main_root = trace.main_root();
        let orphans = || trace.tops().filter(|top| trace.place(*top) == Place::Orphan);
        let missing = orphans().map(|orphan| trace.parent_id(orphan)).collect::<FxHashSet<_>>().len();
        let is_said = trace.warnings.iter().any(|warning| is_of_incomplete(warning.kind));
        let is_likely = || {
            let last = trace.spans().map(|span| trace.end_ns(span)).max();
            main_root.is_none() && missing >= MANY_MISSING && orphans().any(|orphan| Some(trace.end_ns(orphan)) == last)
        };
        Known {
            main_root,
            incomplete: match is_said {
                true => Some(Confidence::High),
                false => is_likely().then_some(Confidence::Medium),
            },
            twin: twin(ground),
            age_ns: age_ns(ground),
            threshold: threshold(ground),
            missing,
        }
    }
}

/// Whether a warning says that there was more than was read.
pub fn is_of_incomplete(kind: WarningKind) -> bool {
    matches!(kind, WarningKind::Partial | WarningKind::Truncated | WarningKind::Damaged)
}

/// The least other id of the set with the same lower 64 bits, unless these are all zero.
fn twin(ground: &Ground<'_>) -> Option<TraceId> {
    let own = ground.trace.id;
    let is_twin = |id: &&TraceId| id.0 as u64 == own.0 as u64 && **id != own;
    let ids = &ground.trace.set.trace_ids;
    if own.0 as u64 == 0 { None } else { ids.iter().filter(is_twin).min().copied() }
}

/// How far the trace's end is from when it was read, if that is less than [`YOUNG_NS`]: clocks differ, so it may read as later.
fn age_ns(ground: &Ground<'_>) -> Option<u64> {
    let end = ground.trace.start_unix_nano.saturating_add(ground.trace.duration_ns);
    let age = ground.seen.read_at_unix_nano?.abs_diff(end);
    (age < YOUNG_NS).then_some(age)
}

/// The trace state, least as text, that holds a sampling threshold. Each different one is read once.
fn threshold(ground: &Ground<'_>) -> Option<Sym> {
    let set = &ground.trace.set;
    let states: FxHashSet<Sym> = ground
        .trace
        .spans()
        .map(|span| set.trace_state.at(ground.trace.row(span)))
        .filter(|sym| !sym.is_empty())
        .collect();
    states
        .into_iter()
        .filter(|state| has_threshold(set.strings.get(*state)))
        .min_by_key(|state| set.strings.get(*state))
}

/// Whether `ot=th:…` is in a trace state. A threshold of 0 lets everything through.
fn has_threshold(trace_state: &str) -> bool {
    let values =
        trace_state.split(',').filter_map(|member| member.trim().strip_prefix("ot=")).flat_map(|ot| ot.split(';'));
    let mut thresholds = values.filter_map(|value| value.trim().strip_prefix("th:"));
    thresholds.any(|th| th.bytes().all(|digit| digit.is_ascii_hexdigit()) && th.bytes().any(|digit| digit != b'0'))
}

#[cfg(test)]
#[path = "propagation_test.rs"]
mod tests;
