//! `failure_without_status`: spans that tell of a failure and whose status does not. What the status says is for `failures`.

use super::{Confidence, Finding, FindingKind, Ground, Severity, naming, quote};
use crate::base::format;
use crate::model::{Held, Kind, SpanIdx, Status};

/// From this HTTP status on the server says that it failed.
const FAILED_FROM: u16 = 500;

pub fn find(ground: &Ground<'_>, found: &mut Vec<Finding>) {
    found.extend(statuses(ground));
    found.extend(exceptions(ground));
}

fn is_5xx(ground: &Ground<'_>, span: SpanIdx) -> bool {
    ground.http_status(span).is_some_and(|status| status >= FAILED_FROM)
}

fn statuses(ground: &Ground<'_>) -> Option<Finding> {
    let trace = ground.trace;
    let crosses = |span: &SpanIdx| matches!(trace.kind(*span), Kind::Server | Kind::Client);
    let is_unstated = |span: &SpanIdx| !trace.is_error(*span) && crosses(span) && is_5xx(ground, *span);
    let spans = by_start(ground, trace.spans().filter(is_unstated).collect());
    let first = *spans.first()?;
    let title = match spans.len() {
        1 => format!(
            "{} answered {} and its status is not ERROR",
            quote::placed(ground, first),
            ground.http_status(first).unwrap_or_default()
        ),
        many => {
            format!("{} spans answered {FAILED_FROM} or more and their status is not ERROR", format::count(many as u64))
        }
    };
    let statuses = quote::statuses(ground, &spans);
    let mut finding = ground.finding(FindingKind::FailureWithoutStatus, spans, title);
    finding.severity = Severity::Warning;
    finding.evidence.extend(statuses.map(|statuses| format!("HTTP status: {statuses}.")));
    finding.evidence.push(stated(ground, &finding.spans));
    Some(finding)
}

fn exceptions(ground: &Ground<'_>) -> Option<Finding> {
    let trace = ground.trace;
    let name = trace.set.strings.find("exception")?;
    let holds = |span: &SpanIdx| trace.events(*span).iter().any(|event| event.name == name);
    let is_unstated = |span: &SpanIdx| !trace.is_error(*span) && holds(span) && !is_5xx(ground, *span);
    let spans = by_start(ground, trace.spans().filter(is_unstated).collect());
    let first = *spans.first()?;
    let title = match spans.len() {
        1 => format!("{} recorded an exception and its status is not ERROR", quote::placed(ground, first)),
        many => format!("{} spans recorded an exception and their status is not ERROR", format::count(many as u64)),
    };
    let key = trace.set.strings.find("exception.type");
    let events = spans.iter().flat_map(|span| trace.events(*span)).filter(|event| event.name == name);
    let types = events.filter_map(|event| {
        let said =
            trace.set.attrs.scan(&trace.set.strings, event.attrs).filter(|(known, _)| Some(*known) == key).last();
        if let (_, Held::Text(text)) = said? { Some(text) } else { None }
    });
    let types = quote::tally(ground, types);
    let mut finding = ground.finding(FindingKind::FailureWithoutStatus, spans, title);
    finding.confidence = Confidence::Medium;
    finding.evidence.extend(types.map(|types| format!("Exceptions: {types}.")));
    finding.evidence.push(stated(ground, &finding.spans));
    finding.evidence.push("It may have been handled: then the exception is worth an event and no more.".to_owned());
    Some(finding)
}

fn by_start(ground: &Ground<'_>, mut spans: Vec<SpanIdx>) -> Vec<SpanIdx> {
    let trace = ground.trace;
    naming::sort_by_start(trace, &mut spans);
    spans
}

/// OK was said by somebody, UNSET by nobody.
fn stated(ground: &Ground<'_>, spans: &[SpanIdx]) -> String {
    let ok = spans.iter().filter(|span| ground.trace.status(**span) == Status::Ok).count();
    let unset = spans.len() - ok;
    format!("Status UNSET: {}, OK: {}.", format::counted(unset as u64, "span", "spans"), format::count(ok as u64))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::analysis::Derived;
    use crate::analysis::findings::Seen;
    use crate::analysis::sample::{Draft, trace};
    use crate::model::AnyValue;

    fn found(drafts: &[Draft]) -> Vec<(Severity, String, usize)> {
        let trace = trace(drafts);
        let derived = Derived::of(&trace);
        let mut found = Vec::new();
        find(&Ground::new(&trace, &derived, Seen::default()), &mut found);
        found.into_iter().map(|finding| (finding.severity, finding.title, finding.spans.len())).collect()
    }

    fn answer(status: i64) -> Draft {
        Draft::new(1, 0, 0, 9)
            .kind(Kind::Server)
            .name("GET /a")
            .value("http.response.status_code", AnyValue::Int(status))
    }

    #[test]
    fn http_500_without_error_is_a_warning_and_499_is_nothing() {
        let warning = (Severity::Warning, "“GET /a” in shop answered 500 and its status is not ERROR".to_owned(), 1);
        assert_eq!(found(&[answer(500)]), [warning]);
        assert!(found(&[answer(499)]).is_empty());
        assert!(found(&[answer(404)]).is_empty());
        assert!(found(&[answer(500).error("")]).is_empty());
        assert!(found(&[answer(500).kind(Kind::Internal)]).is_empty());
    }

    #[test]
    fn the_older_convention_and_a_number_as_text_count() {
        let old = Draft::new(1, 0, 0, 9).kind(Kind::Client).attr("http.status_code", "503");
        assert_eq!(found(&[old.clone(), Draft::new(2, 1, 1, 2), answer(500)]).len(), 1);
        assert_eq!(found(&[old])[0].0, Severity::Warning);
    }

    #[test]
    fn an_exception_on_a_span_that_is_ok_may_have_been_handled() {
        let caught = Draft::new(1, 0, 0, 9).ok().event("exception", &[("exception.type", "E")]);
        let found_here = found(core::slice::from_ref(&caught));
        assert_eq!((found_here.len(), found_here[0].0), (1, Severity::Info));
        assert!(found(&[caught.error("failed")]).is_empty());
        assert!(found(&[Draft::new(1, 0, 0, 9).event("note", &[("exception.type", "E")])]).is_empty());
    }

    #[test]
    fn a_5xx_with_an_exception_is_told_once() {
        let found = found(&[answer(500).event("exception", &[])]);
        assert_eq!(found.iter().map(|(severity, ..)| *severity).collect::<Vec<_>>(), [Severity::Warning]);
    }
}
