//! Where a failure began. Which spans failed is their status and needs no analysis.

use crate::base::Sym;
use crate::model::{Held, SpanIdx, Trace};

/// The earliest-ending error span that has no error child: the end of the chain of failures that the caller saw first.
/// `None` when no span failed. Ties go to the first in depth-first order.
pub fn first_error(trace: &Trace) -> Option<SpanIdx> {
    let mut has_error_child = vec![false; trace.len()];
    for span in trace.spans().filter(|span| trace.is_error(*span)) {
        if let Some(parent) = trace.parent(span) {
            has_error_child[parent.index()] = true;
        }
    }
    let origins = trace.spans().filter(|span| trace.is_error(*span) && !has_error_child[span.index()]);
    origins.min_by_key(|span| (trace.end_ns(*span), *span))
}

/// What is said of a failure: by the failed span, else by the nearest of its callers that failed with it, since a client
/// that was answered 500 often leaves the words to the code around it. Empty when none of them says anything.
pub fn told_message(trace: &Trace, span: SpanIdx) -> &str {
    let mut at = Some(span);
    while let Some(failed) = at.filter(|at| trace.is_error(*at)) {
        let message = error_message(trace, failed);
        if !message.is_empty() {
            return message;
        }
        at = trace.parent(failed);
    }
    ""
}

/// What a failed span says of its failure: its status message, else the message or type of its last exception; empty
/// when it says nothing.
pub fn error_message(trace: &Trace, span: SpanIdx) -> &str {
    trace.set.strings.get(error_text(trace, span))
}

/// The same as a symbol, for those who look at each distinct text once.
pub fn error_text(trace: &Trace, span: SpanIdx) -> Sym {
    let set = &trace.set;
    let message = set.status_message.at(trace.row(span));
    if !message.is_empty() {
        return message;
    }
    let said = |key: &str| {
        let key = set.strings.find(key)?;
        let text_of = |attrs| {
            let held = set.attrs.scan(&set.strings, attrs).filter(|(known, _)| *known == key).last();
            held.and_then(|(_, held)| if let Held::Text(text) = held { Some(text) } else { None })
        };
        trace.events(span).iter().rev().find_map(|event| text_of(event.attrs))
    };
    said("exception.message").or_else(|| said("exception.type")).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::analysis::sample::{Draft, trace};

    #[test]
    fn the_first_failure_is_at_the_bottom_of_its_chain() {
        let trace = trace(&[
            Draft::new(1, 0, 0, 100).error(""),
            Draft::new(2, 1, 10, 60).error(""),
            Draft::new(3, 2, 20, 50).error("declined"),
            Draft::new(4, 1, 70, 90).error("later"),
        ]);
        let first = first_error(&trace).unwrap();
        assert_eq!(trace.status_message(first), "declined");
    }

    #[test]
    fn a_silent_failure_is_told_by_the_nearest_failing_caller() {
        let trace = trace(&[
            Draft::new(1, 0, 0, 100).error("top"),
            Draft::new(2, 1, 10, 60).error("no stock"),
            Draft::new(3, 2, 20, 50).error(""),
        ]);
        let first = first_error(&trace).unwrap();
        assert_eq!(told_message(&trace, first), "no stock");
    }

    #[test]
    fn a_trace_without_errors_has_no_first() {
        assert_eq!(first_error(&trace(&[Draft::new(1, 0, 0, 100)])), None);
    }

    #[test]
    fn a_failure_without_status_message_is_told_by_its_exception() {
        let silent = Draft::new(1, 0, 0, 100).error("");
        let trace = trace(&[
            silent.clone().event("exception", &[("exception.type", "E"), ("exception.message", "out of stock")]),
            Draft::new(2, 1, 0, 10).error("").event("exception", &[("exception.type", "RangeError")]),
            Draft::new(3, 2, 0, 10).error("said"),
        ]);
        let messages: Vec<&str> = trace.spans().map(|span| error_message(&trace, span)).collect();
        assert_eq!(messages, ["out of stock", "RangeError", "said"]);
    }
}
