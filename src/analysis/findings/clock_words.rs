//! How a skew is told: title and evidence. What is concluded is in `clocks`.

use super::clocks::{Bound, Clock, Measured};
use super::{Confidence, Finding, FindingKind, Ground, Severity, naming};
use crate::base::format;
use crate::model::SpanIdx;

pub fn finding(ground: &Ground<'_>, measured: Measured) -> Finding {
    let skew = measured.skew;
    Finding {
        kind: FindingKind::ClockSkew,
        severity: Severity::Warning,
        confidence: match skew.is_behind {
            true => Confidence::High,
            false if skew.bounds_cross() => Confidence::Low,
            false => Confidence::Medium,
        },
        title: title(ground, &measured),
        evidence: evidence(ground, &measured),
        fix: None,
        cost_ns: 0,
        total_ns: 0,
        spans: measured.children,
    }
}

/// `carrier-ups on node-6 is 350 ms behind order-service on node-1`; `or more` where nothing bounds it on the other side.
fn title(ground: &Ground<'_>, measured: &Measured) -> String {
    let skew = measured.skew;
    let by = format::duration(skew.estimate_ns.unsigned_abs());
    let more = if skew.is_behind && measured.lower.is_none() { " or more" } else { "" };
    let side = if skew.is_behind { "behind" } else { "ahead of" };
    format!("{} is {by}{more} {side} {}", named(ground, skew.clock), named(ground, skew.reference))
}

fn named(ground: &Ground<'_>, clock: Clock) -> String {
    let strings = &ground.trace.set.strings;
    let service = ground.trace.services.get(clock.service as usize).map_or("", |service| strings.get(*service));
    let service = if service.is_empty() { "a service without a name" } else { service };
    naming::place(service, strings.get(clock.host))
}

fn evidence(ground: &Ground<'_>, measured: &Measured) -> Vec<String> {
    let mut evidence = vec![how_many(ground, measured)];
    evidence.extend(bounds(ground, measured));
    if let (Some(lower), Some(upper)) = (measured.lower, measured.upper)
        && lower.ns > upper.ns
    {
        evidence.push(
            "These bounds cross: a clock was set meanwhile, several hosts share a name, or a caller did not wait for the answer."
                .to_owned(),
        );
    }
    evidence.extend(naming::sentences(&measured.children, |child| call(ground, child)));
    evidence
}

/// `2 of 3 calls to carrier-ups on node-6 start before their callers do.`
fn how_many(ground: &Ground<'_>, measured: &Measured) -> String {
    let odd = measured.children.len() as u64;
    let calls = format::counted(measured.calls, "call", "calls");
    let does = match (measured.skew.is_behind, odd) {
        (true, 1) => "starts before its caller does",
        (true, _) => "start before their callers do",
        (false, 1) => "starts after its caller has ended",
        (false, _) => "start after their callers have ended",
    };
    format!("{} of {calls} to {} {does}.", format::count(odd), named(ground, measured.skew.clock))
}

/// `carrier-ups on node-6 is at least 349 ms behind: …`, the surer bound first. Of bounds that cross one may be negative.
fn bounds(ground: &Ground<'_>, measured: &Measured) -> Vec<String> {
    let clock = named(ground, measured.skew.clock);
    let (least, most, side, sign) = match measured.skew.is_behind {
        true => (measured.upper, measured.lower, "behind", -1),
        false => (measured.lower, measured.upper, "ahead", 1),
    };
    let says = |word: &str, of: Bound| {
        let size = format::duration(u64::try_from(of.ns.unsigned_abs()).unwrap_or(u64::MAX));
        let minus = if of.ns.signum() * sign < 0 { "−" } else { "" };
        bound(ground, &format!("{clock} is at {word} {minus}{size} {side}"), of)
    };
    let least = least.map(|of| says("least", of));
    least.into_iter().chain(most.map(|of| says("most", of))).collect()
}

/// A bound with the call that it is from.
fn bound(ground: &Ground<'_>, says: &str, bound: Bound) -> String {
    let Some(parent) = ground.trace.parent(bound.child) else { return format!("{says}.") };
    let of = |span| if bound.is_of_ends { ground.trace.end_ns(span) } else { ground.trace.start_ns(span) };
    let does = if bound.is_of_ends { "ends" } else { "starts" };
    let relation = relation(of(bound.child), of(parent));
    format!(
        "{says}: {} {does} {relation} its caller, {}, {does}.",
        naming::span(ground, bound.child),
        naming::span(ground, parent)
    )
}

/// `349 ms before`, from one time to another.
fn relation(at_ns: u64, other_ns: u64) -> String {
    let side = if at_ns < other_ns { "before" } else { "after" };
    format!("{} {side}", format::duration(at_ns.abs_diff(other_ns)))
}

/// One of the calls with what its bounds are made of.
fn call(ground: &Ground<'_>, child: SpanIdx) -> String {
    let trace = ground.trace;
    let Some(parent) = trace.parent(child) else { return naming::span(ground, child) };
    let starts = relation(trace.start_ns(child), trace.start_ns(parent));
    let ends = relation(trace.end_ns(child), trace.end_ns(parent));
    format!(
        "“{}” (span {}) starts {starts} and ends {ends} its caller “{}” (span {}).",
        trace.name(child),
        trace.span_id(child),
        trace.name(parent),
        trace.span_id(parent)
    )
}
