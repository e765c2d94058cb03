//! `error`: what failed first, and how far up it was felt. Failures without the status ERROR are in `unstated`, those that a retry
//! healed in `retries`.

use rustc_hash::FxHashMap;

use super::chains::Chains;
use super::{Finding, FindingKind, Ground, Severity, naming, quote, unstated};
use crate::base::{Strings, Sym, format};
use crate::model::{Held, SpanIdx};

/// A chain is shared by all causes below it, which may be of many findings: each lists so many spans above its causes, and so many
/// more for each cause.
const MOST_ABOVE: usize = 100;
const MOST_ABOVE_EACH: usize = 10;

/// Longer chains are written with their middle left out.
const MOST_IN_TEXT: u32 = 8;

pub fn find(ground: &mut Ground<'_>, found: &mut Vec<Finding>) {
    let trace = ground.trace;
    if trace.spans().any(|span| trace.is_error(span)) {
        let chains = Chains::of(trace);
        let mut listing = Listing { of: vec![0; trace.len()], number: 0 };
        for causes in groups(ground, &chains) {
            found.extend(told(ground, &chains, &causes, &mut listing));
        }
    }
    unstated::find(ground, found);
}

/// Causes that no later attempt healed, by operation and message, each group by start.
fn groups(ground: &Ground<'_>, chains: &Chains) -> Vec<Vec<SpanIdx>> {
    let trace = ground.trace;
    let mut healed = vec![false; trace.len()];
    let mut alike = Alike::default();
    let mut numbers: FxHashMap<(u32, Sym), usize> = FxHashMap::default();
    let mut groups: Vec<Vec<SpanIdx>> = Vec::new();
    for span in trace.spans() {
        let above = trace.parent(span).is_some_and(|parent| healed[parent.index()]);
        healed[span.index()] = above || ground.is_healed[span.index()];
        if healed[span.index()] || !chains.is_cause(span) {
            continue;
        }
        let message = alike.of(&trace.set.strings, chains.told(span));
        let next = groups.len();
        let group = *numbers.entry((ground.operations.of(span), message)).or_insert(next);
        match groups.get_mut(group) {
            Some(causes) => causes.push(span),
            None => groups.push(vec![span]),
        }
    }
    for causes in &mut groups {
        naming::sort_by_start(trace, causes);
    }
    groups
}

/// Messages with their numbers taken out, each distinct one once.
#[derive(Default)]
struct Alike {
    known: FxHashMap<Sym, Sym>,
    strings: Strings,
}

impl Alike {
    fn of(&mut self, strings: &Strings, message: Sym) -> Sym {
        let Alike { known, strings: alike } = self;
        *known.entry(message).or_insert_with(|| alike.intern(&without_numbers(strings.get(message))))
    }
}

/// `row 97: bad` as `row #: bad`.
fn without_numbers(message: &str) -> String {
    let mut out = String::with_capacity(message.len());
    for c in message.chars() {
        match c.is_ascii_digit() {
            false => out.push(c),
            true if out.ends_with('#') => {}
            true => out.push('#'),
        }
    }
    out
}

/// Which finding listed a span last, so that none lists it twice.
struct Listing {
    of: Vec<u32>,
    number: u32,
}

impl Listing {
    /// The causes, then the failed spans above them; and whether that is all of those.
    fn spans(&mut self, chains: &Chains, causes: &[SpanIdx]) -> (Vec<SpanIdx>, bool) {
        self.number += 1;
        let most = causes.len() + MOST_ABOVE.saturating_add(causes.len().saturating_mul(MOST_ABOVE_EACH));
        let mut spans = causes.to_vec();
        for cause in causes {
            let mut at = chains.above(*cause);
            while let Some(above) = at.filter(|above| self.of[above.index()] != self.number) {
                if spans.len() >= most {
                    return (spans, false);
                }
                self.of[above.index()] = self.number;
                spans.push(above);
                at = chains.above(above);
            }
        }
        (spans, true)
    }
}

fn told(ground: &Ground<'_>, chains: &Chains, causes: &[SpanIdx], listing: &mut Listing) -> Option<Finding> {
    let first = *causes.first()?;
    let (spans, is_all) = listing.spans(chains, causes);
    let title = title(ground, chains, causes, spans.len() - causes.len(), is_all);
    let main_root = ground.trace.main_root();
    let reached = causes.iter().filter(|cause| reached_top(ground, chains, **cause)).count();
    let is_fatal =
        causes.iter().any(|cause| Some(chains.top(*cause)) == main_root && reached_top(ground, chains, *cause));
    let mut finding = ground.finding(FindingKind::Error, spans, title);
    finding.severity = if is_fatal { Severity::Error } else { Severity::Warning };
    finding.cost_ns = ground.path_ns_of(causes);
    finding.total_ns = ground.durations_of(causes);
    finding.evidence.extend(message(ground, chains, first, causes.len()));
    finding.evidence.extend(exceptions(ground, causes).map(|types| format!("Exceptions: {types}.")));
    finding.evidence.extend(quote::statuses(ground, causes).map(|statuses| format!("HTTP status: {statuses}.")));
    if chains.height(first) > 0 {
        finding.evidence.push(format!("From the cause upwards: {}.", chain(ground, chains, first)));
    }
    if causes.len() > 1 {
        let (reached, causes) = (format::count(reached as u64), format::count(causes.len() as u64));
        finding.evidence.push(format!("{reached} of {causes} causes reached the top."));
    }
    let which = if causes.len() > 1 { "The first" } else { "It" };
    finding.evidence.push(format!("{which} {}.", end(ground, chains, first)));
    Some(finding)
}

/// `“no stock” in shop: reserve failed, and 2 spans above it`.
fn title(ground: &Ground<'_>, chains: &Chains, causes: &[SpanIdx], above: usize, is_all: bool) -> String {
    let Some(first) = causes.first().copied() else { return String::new() };
    let said = ground.trace.set.strings.get(chains.told(first));
    let (service, label) = (quote::service(ground, first), quote::plain(ground.label(first)));
    let times = match causes.len() {
        1 => String::new(),
        count => format!(" {} times", format::count(count as u64)),
    };
    let mut title = match said {
        "" => format!("{label} in {service} failed{times} without a message"),
        said => format!("{} in {service}: {label} failed{times}", quote::quoted(said)),
    };
    let above = if causes.len() == 1 { u64::from(chains.height(first)) } else { above as u64 };
    if above > 0 {
        let at_least = if is_all || causes.len() == 1 { "" } else { "at least " };
        let it = if causes.len() == 1 { "it" } else { "them" };
        title.push_str(&format!(", and {at_least}{} above {it}", format::counted(above, "span", "spans")));
    }
    title
}

fn message(ground: &Ground<'_>, chains: &Chains, first: SpanIdx, causes: usize) -> Option<String> {
    let trace = ground.trace;
    let said = trace.set.strings.get(chains.told(first));
    if said.is_empty() {
        return Some("Neither the failed span nor its failed callers say why.".to_owned());
    }
    let own = crate::analysis::errors::error_text(trace, first);
    let who = if own.is_empty() { "A failed caller says" } else { "Message" };
    let which = if causes > 1 { " of the first" } else { "" };
    Some(format!("{who}{which}: {}.", quote::quoted(said)))
}

/// Exceptions that the causes recorded, by type.
fn exceptions(ground: &Ground<'_>, causes: &[SpanIdx]) -> Option<String> {
    let set = &ground.trace.set;
    let key = set.strings.find("exception.type")?;
    let events = causes.iter().flat_map(|cause| ground.trace.events(*cause));
    let types = events.filter_map(|event| {
        let (_, held) = set.attrs.scan(&set.strings, event.attrs).filter(|(known, _)| *known == key).last()?;
        if let Held::Text(text) = held { Some(text) } else { None }
    });
    quote::tally(ground, types)
}

/// `charge in payment → POST in shop → POST /orders`: a service is named where it changes.
fn chain(ground: &Ground<'_>, chains: &Chains, cause: SpanIdx) -> String {
    let len = chains.height(cause) + 1;
    let listed = if len > MOST_IN_TEXT { MOST_IN_TEXT - 2 } else { len };
    let (mut parts, mut service) = (Vec::new(), None);
    let mut part = |span: SpanIdx| {
        let label = quote::plain(ground.label(span));
        let here = ground.trace.service(span);
        if service.replace(here) == Some(here) { label } else { format!("{label} in {}", quote::service(ground, span)) }
    };
    let mut at = Some(cause);
    while let Some(span) = at.filter(|_| parts.len() < listed as usize) {
        parts.push(part(span));
        at = chains.above(span);
    }
    if len > listed {
        parts.push(format!("… {} more …", format::count(u64::from(len - listed - 1))));
        parts.push(part(chains.highest(cause)));
    }
    parts.join(" → ")
}

fn reached_top(ground: &Ground<'_>, chains: &Chains, cause: SpanIdx) -> bool {
    let top = chains.top(cause);
    ground.trace.is_error(top) || ground.http_status(top).is_some_and(|status| (500..600).contains(&status))
}

/// Where the failure went.
fn end(ground: &Ground<'_>, chains: &Chains, cause: SpanIdx) -> String {
    let trace = ground.trace;
    let top = chains.top(cause);
    let name = quote::placed(ground, top);
    let is_main = Some(top) == trace.main_root();
    if reached_top(ground, chains, cause) {
        return match (trace.is_error(top), ground.http_status(top), is_main) {
            (false, Some(status), _) => {
                format!("reached the top: {name} answered {status}, though its status is not ERROR")
            }
            (_, _, true) => format!("reached the top, {name}"),
            _ => format!("reached the top of its part of the trace, {name}, which is not the main root"),
        };
    }
    let stop = trace.parent(chains.highest(cause)).unwrap_or(top);
    let answered = match (ground.http_status(stop), ground.http_status(top)) {
        (Some(status), _) => format!(" and answered {status}"),
        (None, Some(status)) => format!("; the top, {name}, answered {status}"),
        (None, None) => String::new(),
    };
    format!("stopped at {}, which did not fail{answered}", quote::placed(ground, stop))
}

#[cfg(test)]
#[path = "failures_test.rs"]
mod tests;
