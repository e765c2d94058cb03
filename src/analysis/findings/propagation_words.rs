//! How a cause of broken propagation is told: title, evidence, what mends it. Which spans have which cause is in `propagation`.

use super::propagation::{Cause, HAS_IS_REMOTE, IS_REMOTE, Known, called_as, flags, has_half_an_id, is_of_incomplete};
use super::{Confidence, Finding, FindingKind, Ground, Severity, naming};
use crate::base::format;
use crate::model::SpanIdx;

/// The finding of a cause; `spans` by start, at least one.
pub fn finding(ground: &Ground<'_>, known: &Known, cause: Cause, spans: Vec<SpanIdx>) -> Finding {
    let (severity, confidence) = weight(known, cause);
    Finding {
        kind: FindingKind::BrokenPropagation,
        severity,
        confidence,
        title: title(ground, known, cause, &spans),
        evidence: evidence(ground, known, cause, &spans),
        fix: Some(fix(cause).into()),
        cost_ns: 0,
        total_ns: ground.durations_of(&spans),
        spans,
    }
}

fn weight(known: &Known, cause: Cause) -> (Severity, Confidence) {
    match cause {
        Cause::TraceIncomplete => (Severity::Warning, known.incomplete.unwrap_or(Confidence::Medium)),
        Cause::IdMismatch => (Severity::Warning, Confidence::High),
        Cause::NotYetReceived | Cause::SampledAway => (Severity::Info, Confidence::Medium),
        Cause::CallerNotExported | Cause::SecondRoot => (Severity::Warning, Confidence::High),
        Cause::ParentLost | Cause::LostAtQueue => (Severity::Warning, Confidence::Medium),
        Cause::LostAtProxy => (Severity::Info, Confidence::Low),
    }
}

fn title(ground: &Ground<'_>, known: &Known, cause: Cause, spans: &[SpanIdx]) -> String {
    let count = spans.len() as u64;
    let of_spans = format!("of {}", format::counted(count, "span", "spans"));
    let parents = if known.missing == 1 { "parent" } else { "parents" };
    let is = if known.missing == 1 { "is" } else { "are" };
    let service = spans.first().map_or("", |span| ground.service(*span));
    match cause {
        Cause::TraceIncomplete if known.incomplete == Some(Confidence::High) => {
            format!("The {parents} {of_spans} {is} missing: the trace was not read whole")
        }
        Cause::TraceIncomplete => {
            let missing = format::counted(known.missing as u64, "parent", "parents");
            format!("The trace looks cut: it has no root, and {missing} {of_spans} are missing")
        }
        Cause::IdMismatch => {
            let tops = format::counted(count, "span that has no caller here", "spans that have no caller here");
            format!("The trace is in two parts whose ids share only their last 64 bits; this one has {tops}")
        }
        Cause::NotYetReceived => {
            let age = format::duration(known.age_ns.unwrap_or_default());
            format!("The {parents} {of_spans} may still be on the way: the trace was read within {age} of its end")
        }
        Cause::SampledAway => format!("The {parents} {of_spans} {is} missing, likely sampled away"),
        Cause::CallerNotExported => format!(
            "The caller {of_spans} is not in the trace: it passes its context on but does not send its spans here"
        ),
        Cause::ParentLost => {
            format!("The parent {of_spans} did not arrive, though it ran in the same process")
        }
        Cause::SecondRoot => {
            let (roots, have) = (format::counted(count, "root", "roots"), if count == 1 { "stands" } else { "stand" });
            format!("{roots} {have} beside the main one: the trace id came through, the parent's id did not")
        }
        Cause::LostAtQueue => {
            format!("{service} took a message without the context of who sent it, as parent or as link")
        }
        Cause::LostAtProxy => {
            let name = spans.first().and_then(|root| called_as(ground, *root)).map_or(String::new(), |(_, name)| name);
            format!("{service} was called as {name}, by a name inside, yet the trace begins there")
        }
    }
}

fn evidence(ground: &Ground<'_>, known: &Known, cause: Cause, spans: &[SpanIdx]) -> Vec<String> {
    let mut evidence = reasons(ground, known, cause);
    let of_span = |span| match cause {
        Cause::SecondRoot => second_root(ground, known, span),
        Cause::LostAtQueue => {
            format!("{} has no parent id and no link.", naming::span(ground, span))
        }
        Cause::LostAtProxy => called_by_name(ground, span),
        _ => lost_parent(ground, span),
    };
    evidence.extend(naming::sentences(spans, of_span));
    let below = spans.iter().fold(0u64, |sum, span| sum + u64::from(ground.trace.subtree_len(*span)));
    if below > spans.len() as u64 {
        let all = format::count(ground.trace.len() as u64);
        let whose = if spans.len() == 1 { "it" } else { "them" };
        let below = format::counted(below - spans.len() as u64, "span stands", "spans stand");
        evidence.push(format!("{below} below {whose}, of {all} in the trace."));
    }
    evidence
}

/// What the cause is concluded from, where that is said of the trace and not of each span.
fn reasons(ground: &Ground<'_>, known: &Known, cause: Cause) -> Vec<String> {
    let missing = format::counted(known.missing as u64, "parent is", "parents are");
    match cause {
        Cause::TraceIncomplete if known.incomplete == Some(Confidence::High) => {
            let warnings = ground.trace.warnings.iter().filter(|warning| is_of_incomplete(warning.kind));
            warnings.take(naming::SHOWN).map(|warning| warning.message.clone()).collect()
        }
        Cause::TraceIncomplete => {
            vec![format!("The trace has no root, {missing} missing, and a span whose parent is missing ends last.")]
        }
        Cause::IdMismatch => {
            let said = |twin| {
                format!(
                    "This trace is {}; trace {twin}, which was read too, ends in the same 64 bits.",
                    ground.trace.id
                )
            };
            known.twin.map(said).into_iter().collect()
        }
        Cause::NotYetReceived => {
            let age = format::duration(known.age_ns.unwrap_or_default());
            vec![format!(
                "Between the trace's last end and its being read are {age}; spans are sent when they end, in batches."
            )]
        }
        Cause::SampledAway => {
            let state = known.threshold.map_or("", |state| ground.trace.set.strings.get(state));
            vec![format!("The trace state “{state}” holds a sampling threshold.")]
        }
        Cause::CallerNotExported | Cause::ParentLost
            if has_half_an_id(ground.trace.id) && known.main_root.is_none() =>
        {
            vec!["The trace id has only 64 bits: where the caller uses 128, its spans stand under a longer id that ends alike.".to_owned()]
        }
        _ => Vec::new(),
    }
}

/// `The parent 00…aa of “GET /orders” (SERVER, …) is not in the trace; its flags say that the parent ran elsewhere.`
fn lost_parent(ground: &Ground<'_>, span: SpanIdx) -> String {
    let (name, parent) = (naming::span(ground, span), ground.trace.parent_id(span));
    if parent.is_zero() {
        return format!("{name} has no parent id.");
    }
    let said = match (flags(ground, span) & HAS_IS_REMOTE != 0, flags(ground, span) & IS_REMOTE != 0) {
        (true, true) => "; its flags say that the parent ran elsewhere",
        (true, false) => "; its flags say that the parent ran in the same process",
        (false, _) => "",
    };
    format!("The parent {parent} of {name} is not in the trace{said}.")
}

fn second_root(ground: &Ground<'_>, known: &Known, root: SpanIdx) -> String {
    let trace = ground.trace;
    let took = format::duration(trace.duration_of(root));
    let Some(main) = known.main_root else { return format!("{} has no parent id.", naming::span(ground, root)) };
    let apart = format::duration(trace.start_ns(root).abs_diff(trace.start_ns(main)));
    let side = if trace.start_ns(root) < trace.start_ns(main) { "before" } else { "after" };
    format!(
        "{} has no parent id and took {took}; it starts {apart} {side} the main root, {}.",
        naming::span(ground, root),
        naming::span(ground, main)
    )
}

fn called_by_name(ground: &Ground<'_>, server: SpanIdx) -> String {
    let Some((key, name)) = called_as(ground, server) else { return String::new() };
    format!(
        "{} has no parent id; {key} is {name}, a name without a dot that is not the service's own, as of a proxy or load balancer inside.",
        naming::span(ground, server)
    )
}

fn fix(cause: Cause) -> &'static str {
    match cause {
        Cause::TraceIncomplete => {
            "Read the trace whole: raise the backend's limit on the size of a trace, or fetch or save it again."
        }
        Cause::IdMismatch => {
            "Let all pass on ids of 128 bits: W3C traceparent, or B3 and Jaeger headers with the long id. What cuts them is where the short id first appears."
        }
        Cause::NotYetReceived => "Read the trace again in a minute.",
        Cause::SampledAway => {
            "Sample by the trace and not by the span: let children follow their parent's decision (parent-based), or keep whole traces in the Collector (tail sampling)."
        }
        Cause::CallerNotExported => {
            "Let the caller (a gateway, a mesh, a browser, another team) send its spans to this backend too, or keep it from passing on a context of which nobody has the spans."
        }
        Cause::ParentLost => {
            "See that the parent is ended on every way out, that the process flushes before it exits, and that neither the SDK's queue nor the Collector drops spans."
        }
        Cause::SecondRoot => {
            "Hand on the whole context and not the trace id alone: begin the span with the context that was read as its parent."
        }
        Cause::LostAtQueue => {
            "Write the context into the message's headers when it is sent, and read it from there when it is taken, as parent or as link."
        }
        Cause::LostAtProxy => {
            "See that the proxy passes traceparent and tracestate on, and that the caller sets them. If nothing that is traced calls here, all is well."
        }
    }
}
