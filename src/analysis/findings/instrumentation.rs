//! What the instrumentation leaves unsaid or says in too many ways: `missing_service_name`, `unset_kind`, `varying_span_names`. It costs
//! no time; it makes searches, maps and statistics wrong.

use core::cmp::Reverse;

use rustc_hash::FxHashMap;

use super::operation::is_id;
use super::{Finding, FindingKind, Ground, naming, quote};
use crate::base::{Strings, Sym, format, sort};
use crate::model::{Kind, SpanIdx};

const FEWEST_NAMES: usize = 10;
/// More are counted, not listed.
const MOST_LISTED: usize = 20;
const EXAMPLES: usize = 3;

pub fn find(ground: &mut Ground<'_>, found: &mut Vec<Finding>) {
    found.extend(missing_service_name(ground));
    found.extend(unset_kind(ground));
    found.extend(varying_span_names(ground));
}

/// By start; costs nothing.
fn finding(ground: &Ground<'_>, kind: FindingKind, mut spans: Vec<SpanIdx>, title: String) -> Finding {
    let trace = ground.trace;
    naming::sort_by_start(trace, &mut spans);
    let mut finding = ground.finding(kind, spans, title);
    (finding.cost_ns, finding.total_ns) = (0, 0);
    finding
}

fn missing_service_name(ground: &Ground<'_>) -> Option<Finding> {
    let trace = ground.trace;
    // `services` has each name once, so a text is looked at once.
    let is_missing = |name: &Sym| {
        let name = trace.set.strings.get(*name).trim_start();
        name.is_empty() || name.starts_with("unknown_service")
    };
    let missing: Vec<bool> = trace.services.iter().map(is_missing).collect();
    let is_nameless = |span: &SpanIdx| missing.get(trace.service(*span) as usize).copied().unwrap_or(true);
    let spans: Vec<SpanIdx> = trace.spans().filter(is_nameless).collect();
    if spans.is_empty() {
        return None;
    }
    let count = spans.len() as u64;
    let title = format!("{} no service name of their own", format::counted(count, "span has", "spans have"));
    let title = if count == 1 { title.replace("their", "its") } else { title };
    let names = spans.iter().filter_map(|span| trace.services.get(trace.service(*span) as usize).copied());
    let nameless = spans.iter().filter(|span| trace.service_name(**span).is_empty()).count() as u64;
    let named = quote::tally(ground, names);
    let scopes = quote::tally(ground, spans.iter().map(|span| trace.scope(*span).name));
    let mut finding = finding(ground, FindingKind::MissingServiceName, spans, title);
    if nameless > 0 {
        finding
            .evidence
            .push(format!("service.name is missing or empty in {}.", format::counted(nameless, "span", "spans")));
    }
    finding.evidence.extend(named.map(|names| format!("Names that the SDK chose: {names}.")));
    finding.evidence.extend(scopes.map(|scopes| format!("Instrumented by: {scopes}.")));
    Some(finding)
}

/// Only where INTERNAL was said: a format without the word leaves both out.
fn unset_kind(ground: &Ground<'_>) -> Option<Finding> {
    let trace = ground.trace;
    let of_kind = |kind: Kind| move |span: &SpanIdx| trace.kind(*span) == kind;
    let internal = trace.spans().filter(of_kind(Kind::Internal)).count();
    let spans: Vec<SpanIdx> = trace.spans().filter(of_kind(Kind::Unspecified)).collect();
    if internal == 0 || spans.is_empty() {
        return None;
    }
    let title = format!("{} no kind", format::counted(spans.len() as u64, "span says", "spans say"));
    let names = quote::tally(ground, spans.iter().map(|span| trace.set.name[trace.row(*span)]));
    let scopes = quote::tally(ground, spans.iter().map(|span| trace.scope(*span).name));
    let mut finding = finding(ground, FindingKind::UnsetKind, spans, title);
    let internal = format::counted(internal as u64, "span of the trace is", "spans of the trace are");
    finding.evidence.push(format!("{internal} INTERNAL, so the format can say it."));
    finding.evidence.extend(names.map(|names| format!("Span names: {names}.")));
    finding.evidence.extend(scopes.map(|scopes| format!("Instrumented by: {scopes}.")));
    Some(finding)
}

/// Spans of one service and kind of which the names are one template.
struct Varying {
    template: String,
    names: Vec<Sym>,
    spans: Vec<SpanIdx>,
}

fn varying_span_names(ground: &Ground<'_>) -> Option<Finding> {
    let trace = ground.trace;
    let varying = varying(ground);
    let first = varying.first()?;
    let example = *first.spans.first()?;
    let mut title = format!(
        "{} span names of {} differ only in numbers or ids: {}",
        format::count(first.names.len() as u64),
        quote::service(ground, example),
        quote::quoted(&first.template)
    );
    if varying.len() > 1 {
        title.push_str(&format!(
            ", and {}",
            format::counted(varying.len() as u64 - 1, "other template", "other templates")
        ));
    }
    let sentence = |varying: &Varying| {
        let names = varying.names.iter().take(EXAMPLES).map(|name| quote::quoted(trace.set.strings.get(*name)));
        let (service, kind) = varying
            .spans
            .first()
            .map(|span| (quote::service(ground, *span), trace.kind(*span).name()))
            .unwrap_or_default();
        format!(
            "{} in {service}, kind {kind}: {} of {}, such as {}.",
            quote::quoted(&varying.template),
            format::counted(varying.names.len() as u64, "name", "names"),
            format::counted(varying.spans.len() as u64, "span", "spans"),
            names.collect::<Vec<_>>().join(", ")
        )
    };
    let spans = varying.iter().flat_map(|varying| &varying.spans).copied().collect();
    let mut finding = finding(ground, FindingKind::VaryingSpanNames, spans, title);
    finding.evidence = varying.iter().take(MOST_LISTED).map(sentence).collect();
    if varying.len() > MOST_LISTED {
        finding.evidence.push(format!("And {} more.", format::count((varying.len() - MOST_LISTED) as u64)));
    }
    Some(finding)
}

/// Those of ten names or more, the most names first.
fn varying(ground: &Ground<'_>) -> Vec<Varying> {
    let trace = ground.trace;
    let mut templates = Strings::default();
    let mut of_name: FxHashMap<Sym, Sym> = FxHashMap::default();
    let mut groups = FxHashMap::<_, (Vec<Sym>, Vec<SpanIdx>)>::default();
    for span in trace.spans() {
        let name = trace.set.name[trace.row(span)];
        let template =
            *of_name.entry(name).or_insert_with(|| templates.intern(&name_template(trace.set.strings.get(name))));
        let (names, spans) = groups.entry((trace.service(span), trace.kind(span), template)).or_default();
        names.push(name);
        spans.push(span);
    }
    let mut varying = Vec::new();
    for ((.., template), (mut names, mut spans)) in groups {
        names.sort_unstable();
        names.dedup();
        if names.len() >= FEWEST_NAMES {
            sort::by(&mut names, |a, b| trace.set.strings.get(*a).cmp(trace.set.strings.get(*b)));
            naming::sort_by_start(trace, &mut spans);
            varying.push(Varying { template: templates.get(template).to_owned(), names, spans });
        }
    }
    let first = |varying: &Varying| varying.spans.first().map(|span| (trace.service(*span), trace.kind(*span).name()));
    sort::by(&mut varying, |a, b| {
        let order = |v: &Varying| (Reverse(v.names.len()), first(v));
        (order(a), &a.template).cmp(&(order(b), &b.template))
    });
    varying
}

/// `GET /orders/17` and `GET /orders/18` as `GET /orders/#`: ids whole, of other words the digits.
fn name_template(name: &str) -> String {
    let mut out = String::with_capacity(name.len());
    let mut rest = name;
    while let Some(first) = rest.chars().next() {
        let word = rest.bytes().take_while(|byte| byte.is_ascii_alphanumeric() || *byte == b'-').count();
        let (token, behind) = rest.split_at(if word == 0 { first.len_utf8() } else { word });
        if is_id(token) {
            out.push('#')
        } else {
            token.split_inclusive('-').for_each(|part| push_part(&mut out, part))
        }
        rest = behind;
    }
    out
}

/// A part of a word with its dash: `job-`, `7`, `v2-`.
fn push_part(out: &mut String, part: &str) {
    let bare = part.strip_suffix('-').unwrap_or(part);
    if is_id(bare) {
        out.push('#');
    } else {
        let digits = |a: &char, b: &char| a.is_ascii_digit() == b.is_ascii_digit();
        for run in bare.chars().collect::<Vec<_>>().chunk_by(digits) {
            match run.first() {
                Some(first) if first.is_ascii_digit() => out.push('#'),
                _ => out.extend(run),
            }
        }
    }
    out.push_str(part.get(bare.len()..).unwrap_or_default());
}

#[cfg(test)]
#[path = "instrumentation_test.rs"]
mod tests;
