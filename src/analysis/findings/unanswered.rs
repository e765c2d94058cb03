//! Calls to something inside, and messages, without a span on the other side: what is called does not send spans, or the trace
//! context did not come through. Not here: what came to the other side and lost its parent (`propagation`).
//!
//! ```text
//! api-gateway   CLIENT GET  server.address=legacy-lb     no child, a name without a dot       told
//!               └ CLIENT GET                             the inner of two is the call         told of the inner
//!                 └ SERVER GET   (order-service)         answered
//!               CLIENT GET  server.address=api.ups.example                                    outside: nothing to expect
//! ```

use std::collections::BTreeMap;

use rustc_hash::{FxHashMap, FxHashSet};

use super::host::{self, Host};
use super::{Confidence, Finding, FindingKind, Ground, Severity, naming};
use crate::analysis::service_graph::{Target, outside_calls};
use crate::base::{SpanId, Sym, TraceId, format, sort};
use crate::model::{Kind, SpanIdx};

const MESSAGE_FIX: &str = "See that the producer writes the context into the message's headers and the consumer reads it, as parent or as link.";

/// Whom calls of one finding are for. The order is that of findings that cost the same.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub(in crate::analysis) enum Called {
    /// By name, and why it is inside.
    Host(String, String),
    /// `rabbitmq/labels`; empty when the producer names none.
    Queue(String),
}

pub fn find(ground: &mut Ground<'_>, found: &mut Vec<Finding>) {
    let is_answered = answered(ground);
    let services = services(ground);
    let mut known: FxHashMap<(bool, Target), Option<Called>> = FxHashMap::default();
    let mut by_url: FxHashMap<&str, Option<Called>> = FxHashMap::default();
    let mut calls: BTreeMap<Called, Vec<SpanIdx>> = BTreeMap::new();
    for (span, target) in outside_calls(ground.trace, &is_answered) {
        let is_message = ground.trace.kind(span) == Kind::Producer;
        if ground.operations.is_database(span) || never_arrived(ground, span, is_message) {
            continue;
        }
        let called = match url_host(ground, span, is_message, target) {
            Some(host) => by_url.entry(host).or_insert_with(|| inside(host, &services)),
            None => known.entry((is_message, target)).or_insert_with(|| called(ground, is_message, target, &services)),
        };
        if let Some(called) = called {
            match calls.get_mut(called) {
                Some(spans) => spans.push(span),
                None => drop(calls.insert(called.clone(), vec![span])),
            }
        }
    }
    let mut queues = Vec::new();
    for (called, spans) in calls {
        match called {
            Called::Host(name, why) => found.push(calls_finding(ground, &name, &why, spans)),
            Called::Queue(name) => queues.push((name, spans)),
        }
    }
    found.extend(messages_finding(ground, queues));
}

/// Of each span whether something came of it: a span in another service, or on the other side in the same one, a call that it wraps,
/// or a link to it from anywhere in what was read.
fn answered(ground: &Ground<'_>) -> Vec<bool> {
    let trace = ground.trace;
    let mut is_answered = answered_below(ground);
    if trace.set.links.is_empty() {
        return is_answered;
    }
    // Several traces may stand on one time axis.
    let linked: FxHashSet<(TraceId, SpanId)> =
        trace.set.links.iter().map(|link| (link.trace_id, link.span_id)).collect();
    for span in trace.spans() {
        is_answered[span.index()] |= linked.contains(&(trace.id_of(span), trace.span_id(span)));
    }
    is_answered
}

/// The same without links.
pub(in crate::analysis) fn answered_below(ground: &Ground<'_>) -> Vec<bool> {
    let trace = ground.trace;
    let mut is_answered: Vec<bool> = trace.spans().map(|span| ground.answered_by[span.index()].is_some()).collect();
    for child in trace.spans() {
        let answers = matches!(trace.kind(child), Kind::Server | Kind::Consumer) || ground.is_call(child);
        if let (true, Some(parent)) = (answers, trace.parent(child)) {
            is_answered[parent.index()] = true;
        }
    }
    is_answered
}

/// A message that could not be sent, or a call that failed before there was an answer.
pub(in crate::analysis) fn never_arrived(ground: &Ground<'_>, span: SpanIdx, is_message: bool) -> bool {
    ground.trace.is_error(span) && (is_message || ground.http_status(span).is_none())
}

/// Whom a call is for, if a span is to be expected there. What a CLIENT asks of a broker, the broker answers itself.
pub(in crate::analysis) fn called(
    ground: &Ground<'_>,
    is_message: bool,
    target: Target,
    services: &FxHashSet<String>,
) -> Option<Called> {
    let text = |sym| ground.trace.set.strings.get(sym);
    match (is_message, target) {
        (_, Target::Database(_)) | (false, Target::Queue(..)) => None,
        (true, Target::Queue(system, destination)) if destination.is_empty() => {
            Some(Called::Queue(text(system).to_owned()))
        }
        (true, Target::Queue(system, destination)) => {
            Some(Called::Queue(format!("{}/{}", text(system), text(destination))))
        }
        (true, Target::Host(host)) => Some(Called::Queue(text(host).to_owned())),
        (false, Target::Host(host)) => inside(text(host), services),
    }
}

fn inside(host: &str, services: &FxHashSet<String>) -> Option<Called> {
    let host = Host::read(host)?;
    let name = host.to_string();
    let by_service = || services.contains(&name).then(|| "the name of a service of this trace".to_owned());
    let why = host.why_inside().or_else(by_service)?;
    Some(Called::Host(name, why))
}

/// The host of a call that names it by its URL alone.
fn url_host<'t>(ground: &Ground<'t>, span: SpanIdx, is_message: bool, target: Target) -> Option<&'t str> {
    if is_message || target != Target::Host(Sym::EMPTY) {
        return None;
    }
    ["url.full", "http.url"].into_iter().find_map(|key| ground.text(span, key)).map(host::of_url)
}

/// Names of the services of the trace, in lower case as hosts are read.
pub(in crate::analysis) fn services(ground: &Ground<'_>) -> FxHashSet<String> {
    let lower_case = |service: &Sym| ground.trace.set.strings.get(*service).to_lowercase();
    ground.trace.services.iter().map(lower_case).collect()
}

fn calls_finding(ground: &Ground<'_>, name: &str, why: &str, spans: Vec<SpanIdx>) -> Finding {
    let (count, have) = counted(&spans, "call", "calls");
    let title = format!("{count} to {name} {have} no span on the other side");
    let first = format!("{name} is {why}, so what answers there is inside and could send spans.");
    Finding { severity: Severity::Warning, ..finding(ground, title, first, spans) }
}

/// All messages together: that a consumer links instead is usual.
fn messages_finding(ground: &Ground<'_>, queues: Vec<(String, Vec<SpanIdx>)>) -> Option<Finding> {
    let mut names: Vec<&str> = queues.iter().map(|(name, _)| name.as_str()).filter(|name| !name.is_empty()).collect();
    let more = names.len().saturating_sub(naming::SHOWN);
    names.truncate(naming::SHOWN);
    let mut to = if names.is_empty() { String::new() } else { format!(": {}", names.join(", ")) };
    if more > 0 {
        to.push_str(&format!(" and {more} more"));
    }
    let spans: Vec<SpanIdx> = queues.iter().flat_map(|(_, spans)| spans.iter().copied()).collect();
    let (count, have) = counted(&spans, "message", "messages");
    let first = "No consumer is below it or links to it in what was read; one may link from a trace of its own.";
    let title = format!("{count} {have} no span on the other side{to}");
    (!spans.is_empty())
        .then(|| Finding { fix: Some(MESSAGE_FIX.into()), ..finding(ground, title, first.to_owned(), spans) })
}

/// `2 messages`, `have`.
fn counted(spans: &[SpanIdx], one: &str, many: &str) -> (String, &'static str) {
    let count = spans.len() as u64;
    (format::counted(count, one, many), if count == 1 { "has" } else { "have" })
}

fn finding(ground: &Ground<'_>, title: String, first: String, mut spans: Vec<SpanIdx>) -> Finding {
    naming::sort_by_start(ground.trace, &mut spans);
    let mut evidence = vec![first, callers(ground, &spans)];
    evidence.extend(naming::sentences(&spans, |span| call(ground, span)));
    let found = ground.finding(FindingKind::UnansweredCall, spans, title);
    Finding { confidence: Confidence::Medium, evidence, ..found }
}

/// `Sent by order-service (3) and api-gateway (1).`, the most first.
fn callers(ground: &Ground<'_>, spans: &[SpanIdx]) -> String {
    let mut counts: BTreeMap<&str, u64> = BTreeMap::new();
    for span in spans {
        *counts.entry(ground.service(*span)).or_default() += 1;
    }
    let mut counts: Vec<(&str, u64)> = counts.into_iter().collect();
    sort::by_key(&mut counts, |(_, count)| core::cmp::Reverse(*count));
    let shown: Vec<String> =
        counts.iter().take(naming::SHOWN).map(|(name, count)| format!("{name} ({})", format::count(*count))).collect();
    let more = match counts.len() - shown.len() {
        0 => String::new(),
        more => format!(" and {}", format::counted(more as u64, "more service", "more services")),
    };
    format!("Sent by {}{more}.", shown.join(", "))
}

fn call(ground: &Ground<'_>, span: SpanIdx) -> String {
    let took = format::duration(ground.trace.duration_of(span));
    let status =
        ground.http_status(span).map_or(String::new(), |status| format!(" and was answered with HTTP {status}"));
    format!("{} took {took}{status}.", naming::span(ground, span))
}

#[cfg(test)]
#[path = "unanswered_test.rs"]
mod tests;
