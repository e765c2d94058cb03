//! `timeout`: failed spans that say that they ran out of time. A span that was merely long is none.

use rustc_hash::FxHashMap;

use super::{Finding, FindingKind, Ground, Severity, naming, quote};
use crate::analysis::errors::error_text;
use crate::base::{Sym, format, sort};
use crate::model::{Held, SpanIdx, Trace};

const WORDS: [&[u8]; 5] = [b"timeout", b"timed out", b"etimedout", b"deadline exceeded", b"deadline_exceeded"];

const HTTP_STATUSES: [u16; 2] = [408, 504];
/// DEADLINE_EXCEEDED.
const GRPC_STATUS: i64 = 4;

pub fn find(ground: &mut Ground<'_>, found: &mut Vec<Finding>) {
    let mut groups: FxHashMap<u32, Vec<SpanIdx>> = FxHashMap::default();
    for span in deepest(ground) {
        groups.entry(ground.operations.of(span)).or_default().push(span);
    }
    let mut groups: Vec<Vec<SpanIdx>> = groups.into_values().collect();
    let trace = ground.trace;
    for spans in &mut groups {
        naming::sort_by_start(trace, spans);
    }
    sort::plain(&mut groups);
    found.extend(groups.into_iter().filter_map(|spans| told(ground, spans)));
}

/// Spans that timed out, none below them did.
fn deepest(ground: &Ground<'_>) -> Vec<SpanIdx> {
    let trace = ground.trace;
    let mut said = Said::new(trace);
    let mut is_above = vec![false; trace.len()];
    let mut deepest = Vec::new();
    // Children come after their parents, so the way back meets the deepest first.
    for span in trace.spans().rev() {
        let timed_out = trace.is_error(span) && said.timed_out(ground, span);
        if timed_out && !is_above[span.index()] {
            deepest.push(span);
        }
        if let Some(parent) = trace.parent(span).filter(|_| timed_out || is_above[span.index()]) {
            is_above[parent.index()] = true;
        }
    }
    deepest
}

/// What texts say, each distinct one looked at once.
struct Said<'t> {
    trace: &'t Trace,
    known: FxHashMap<Sym, bool>,
    error_type: Option<Sym>,
    of_exception: [Option<Sym>; 2],
}

impl<'t> Said<'t> {
    fn new(trace: &'t Trace) -> Self {
        let find = |key| trace.set.strings.find(key);
        let of_exception = [find("exception.type"), find("exception.message")];
        Said { trace, known: FxHashMap::default(), error_type: find("error.type"), of_exception }
    }

    fn timed_out(&mut self, ground: &Ground<'_>, span: SpanIdx) -> bool {
        let set = &self.trace.set;
        if ground.http_status(span).is_some_and(|status| HTTP_STATUSES.contains(&status))
            || ground.number(span, "rpc.grpc.status_code") == Some(GRPC_STATUS)
            || self.says(set.status_message.at(self.trace.row(span)))
        {
            return true;
        }
        let scan = |attrs| set.attrs.scan(&set.strings, attrs);
        let (own, events) = (self.trace.attrs(span), self.trace.events(span));
        scan(own).any(|(key, held)| Some(key) == self.error_type && self.holds(held))
            || events
                .iter()
                .flat_map(|event| scan(event.attrs))
                .any(|(key, held)| self.of_exception.contains(&Some(key)) && self.holds(held))
    }

    fn holds(&mut self, held: Held<'_>) -> bool {
        if let Held::Text(text) = held { self.says(text) } else { false }
    }

    fn says(&mut self, text: Sym) -> bool {
        let strings = &self.trace.set.strings;
        *self.known.entry(text).or_insert_with(|| says_timeout(strings.get(text)))
    }
}

fn says_timeout(text: &str) -> bool {
    let bytes = text.as_bytes();
    let begins =
        |at: usize, word: &[u8]| bytes.get(at..at + word.len()).is_some_and(|here| here.eq_ignore_ascii_case(word));
    let starts = bytes.iter().enumerate().filter(|(_, byte)| matches!(byte.to_ascii_lowercase(), b't' | b'e' | b'd'));
    starts.map(|(at, _)| at).any(|at| WORDS.iter().any(|word| begins(at, word)))
}

fn told(ground: &Ground<'_>, spans: Vec<SpanIdx>) -> Option<Finding> {
    let trace = ground.trace;
    let first = *spans.first()?;
    let (name, service) = (quote::operation(ground, first), quote::service(ground, first));
    let durations = || spans.iter().map(|span| trace.duration_of(*span));
    let (shortest, longest) = (durations().min()?, durations().max()?);
    let title = match spans.len() {
        1 => format!("{name} in {service} timed out after {}", format::duration(longest)),
        many => format!(
            "{} calls of {name} in {service} timed out, the longest after {}",
            format::count(many as u64),
            format::duration(longest)
        ),
    };
    let messages = quote::tally(ground, spans.iter().map(|span| error_text(trace, *span)));
    let statuses = quote::statuses(ground, &spans);
    let mut finding = ground.finding(FindingKind::Timeout, spans, title);
    finding.severity = Severity::Warning;
    finding.evidence.extend(messages.map(|messages| format!("Messages: {messages}.")));
    finding.evidence.extend(statuses.map(|statuses| format!("HTTP status: {statuses}.")));
    if finding.spans.len() > 1 {
        let (shortest, longest) = (format::duration(shortest), format::duration(longest));
        finding.evidence.push(format!("They took {shortest} to {longest}."));
    }
    Some(finding)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::analysis::Derived;
    use crate::analysis::findings::{Confidence, Seen};
    use crate::analysis::sample::{Draft, trace};
    use crate::model::AnyValue;

    /// The ids of the spans of each finding.
    fn found(drafts: &[Draft]) -> Vec<Vec<u64>> {
        let trace = trace(drafts);
        let derived = Derived::of(&trace);
        let mut found = Vec::new();
        find(&mut Ground::new(&trace, &derived, Seen::default()), &mut found);
        assert!(found.iter().all(|f| (f.severity, f.confidence) == (Severity::Warning, Confidence::High)));
        found.iter().map(|finding| finding.spans.iter().map(|span| trace.span_id(*span).0).collect()).collect()
    }

    fn failed(id: u64, message: &'static str) -> Draft {
        Draft::new(id, 0, id, id + 1_000_000).error(message)
    }

    #[test]
    fn every_way_of_saying_so_counts() {
        let says = [
            failed(1, "Request TimeOut of 3 s"),
            failed(1, "the operation timed out"),
            failed(1, "connect ETIMEDOUT 10.0.0.1:80"),
            failed(1, "rpc error: DEADLINE_EXCEEDED"),
            failed(1, "context deadline exceeded"),
            failed(1, "").attr("error.type", "java.net.SocketTimeoutException"),
            failed(1, "x").event("exception", &[("exception.type", "TimeoutError")]),
            failed(1, "x").event("exception", &[("exception.message", "日本 timed out")]).event("later", &[]),
            failed(1, "").value("http.response.status_code", AnyValue::Int(504)),
            failed(1, "").value("http.status_code", AnyValue::Int(408)),
            failed(1, "").value("rpc.grpc.status_code", AnyValue::Int(4)),
        ];
        for draft in says {
            assert_eq!(found(core::slice::from_ref(&draft)), [[1]], "{draft:?}");
        }
    }

    #[test]
    fn what_does_not_say_so_or_did_not_fail_is_none() {
        let quiet = [
            failed(1, "time out of mind: timed-out, deadline"),
            failed(1, "timeou"),
            failed(1, "").value("http.response.status_code", AnyValue::Int(503)),
            failed(1, "").value("rpc.grpc.status_code", AnyValue::Int(14)),
            failed(1, "").attr("note", "timeout"),
            Draft::new(1, 0, 0, 90).attr("error.type", "timeout"),
            Draft::new(1, 0, 0, 90).value("http.response.status_code", AnyValue::Int(504)),
        ];
        for draft in quiet {
            assert!(found(core::slice::from_ref(&draft)).is_empty(), "{draft:?}");
        }
    }

    #[test]
    fn of_a_chain_only_the_deepest_counts_across_what_did_not_fail() {
        let drafts = [
            failed(1, "timeout"),
            Draft::new(2, 1, 2, 9),
            Draft::new(3, 2, 3, 9).error("timeout").name("deep"),
            Draft::new(4, 1, 3, 9).error("timeout").name("other"),
        ];
        let mut found = found(&drafts);
        found.sort();
        assert_eq!(found, [[3], [4]]);
    }

    #[test]
    fn one_operation_is_one_finding_whatever_came_first() {
        let mut drafts = [failed(3, "timeout 3"), failed(1, "timeout 1"), failed(2, "timeout 2")];
        assert_eq!(found(&drafts), [[1, 2, 3]]);
        drafts.reverse();
        assert_eq!(found(&drafts), [[1, 2, 3]]);
    }

    #[test]
    fn a_megabyte_shared_by_100000_spans_is_read_once() {
        let text: &'static str = Box::leak(format!("{}timed out", "té".repeat(400_000)).into_boxed_str());
        let drafts: Vec<Draft> = (1..=100_000).map(|id| failed(id, text)).collect();
        assert_eq!(found(&drafts)[0].len(), 100_000);
    }
}
