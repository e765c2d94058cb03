//! Fills the [`Outline`] that crosses to the page: columns of the trace, what is derived from it, and one compact text
//! table that holds names, labels and peers only.

use rustc_hash::FxHashMap;

use super::derived::Derived;
use super::report::{Report, report};
use crate::base::{Strings, Sym};
use crate::model::outline::{NONE, Outline, ServiceLine, flag};
use crate::model::trace::CLOCKS_AGREE_NS;
use crate::model::{Event, Place, SpanIdx, Timing, Trace, palette};

/// The outline of a trace, complete. O(n).
pub fn outline(trace: &Trace, derived: &Derived) -> Outline {
    outline_of(trace, derived, report(trace, derived))
}

/// The same with a report that is there already.
pub fn outline_of(trace: &Trace, derived: &Derived, report: Report) -> Outline {
    let slots = palette::slots(report.services.iter().map(|service| service.name.as_str()));
    let mut outline = Outline {
        headline: report.headline(trace),
        services: report
            .services
            .into_iter()
            .zip(slots)
            .map(|(service, slot)| ServiceLine {
                name: service.name,
                spans: service.spans,
                error_spans: service.error_spans,
                slot,
            })
            .collect(),
        ..Outline::default()
    };
    fill_spans(trace, derived, &mut outline);
    fill_texts(trace, derived, &mut outline);
    fill_events(trace, &mut outline);
    for piece in derived.critical_path.iter().flat_map(|path| &path.pieces) {
        outline.critical_span.push(piece.span.0);
        outline.critical_start_ns.push(piece.start_ns);
        outline.critical_end_ns.push(piece.end_ns);
    }
    for span in trace.spans() {
        match trace.timing(span) {
            Timing::Known => {}
            Timing::NoStart => outline.no_start_span.push(span.0),
            Timing::NoEnd => outline.no_end_span.push(span.0),
        }
    }
    for orphan in trace.tops().filter(|top| trace.place(*top) == Place::Orphan) {
        outline.orphan_span.push(orphan.0);
        outline.orphan_parent_id.push(trace.parent_id(orphan).0);
    }
    outline
}

fn fill_spans(trace: &Trace, derived: &Derived, outline: &mut Outline) {
    outline.start_ns = trace.spans().map(|span| trace.start_ns(span)).collect();
    outline.end_ns = trace.spans().map(|span| trace.end_ns(span)).collect();
    outline.self_ns = derived.self_ns.clone();
    outline.span_id = trace.spans().map(|span| trace.span_id(span).0).collect();
    outline.parent = trace.spans().map(|span| trace.parent(span).map_or(NONE, |parent| parent.0)).collect();
    outline.subtree = trace.spans().map(|span| trace.subtree_len(span)).collect();
    outline.depth = trace.spans().map(|span| trace.depth(span)).collect();
    outline.service = trace.spans().map(|span| trace.service(span)).collect();
    outline.kind = trace.spans().map(|span| trace.kind(span) as u8).collect();
    outline.status = trace.spans().map(|span| trace.status(span) as u8).collect();
    outline.icon = derived.labels.icon.iter().map(|icon| *icon as u8).collect();
    outline.flags = trace.spans().map(|span| flags(trace, span)).collect();
}

fn fill_texts(trace: &Trace, derived: &Derived, outline: &mut Outline) {
    let mut texts = Strings::default();
    let mut name_of: FxHashMap<Sym, u32> = FxHashMap::default();
    outline.name = trace
        .spans()
        .map(|span| {
            let name = trace.set.name[trace.row(span)];
            *name_of.entry(name).or_insert_with(|| texts.intern(trace.set.strings.get(name)).0)
        })
        .collect();
    let label_of: Vec<u32> = derived.labels.strings.iter().map(|(_, label)| texts.intern(label).0).collect();
    outline.label = derived.labels.label.iter().map(|label| label_of[label.index()]).collect();
    let peer_of = |peer: &Sym| if peer.is_empty() { NONE } else { label_of[peer.index()] };
    outline.peer = derived.labels.peer.iter().map(peer_of).collect();
    outline.texts = texts.into_texts();
}

fn fill_events(trace: &Trace, outline: &mut Outline) {
    for span in trace.spans() {
        for event in trace.events(span) {
            outline.event_span.push(span.0);
            let at = trace.put_right(span, event.time_unix_nano);
            outline.event_ns.push(at.saturating_sub(trace.start_unix_nano));
            outline.event_exception.push(u8::from(is_exception(trace, event)));
        }
    }
}

/// Semantic conventions name the event of an exception `exception`.
pub(super) fn is_exception(trace: &Trace, event: &Event) -> bool {
    trace.set.strings.get(event.name) == "exception"
}

fn flags(trace: &Trace, span: SpanIdx) -> u8 {
    let place = match trace.place(span) {
        Place::Root => flag::ROOT,
        Place::Orphan => flag::ORPHAN,
        Place::Cycle => flag::CYCLE,
        Place::Child | Place::BelowCycle => 0,
    };
    let events = trace.events(span);
    place
        | if trace.is_error(span) { flag::ERROR } else { 0 }
        | if events.iter().any(|event| is_exception(trace, event)) { flag::EXCEPTION } else { 0 }
        | if events.is_empty() { 0 } else { flag::EVENTS }
        | if trace.links(span).is_empty() { 0 } else { flag::LINKS }
        | if is_skewed(trace, span) { flag::SKEWED } else { 0 }
}

/// Starts before its caller in another service: the rule of [`crate::model::WarningKind::ClockSkew`].
fn is_skewed(trace: &Trace, span: SpanIdx) -> bool {
    trace.parent(span).is_some_and(|parent| {
        trace.service(parent) != trace.service(span)
            && ![parent, span].into_iter().any(|span| trace.timing(span) == Timing::NoStart)
            && trace.start_ns(span).saturating_add(CLOCKS_AGREE_NS) < trace.start_ns(parent)
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::analysis::sample::{Draft, trace};
    use crate::base::SpanId;
    use crate::model::Kind;

    fn sample() -> Outline {
        let trace = trace(&[
            Draft::new(1, 0, 5_000_000, 9_000_000).service("gateway").name("GET").kind(Kind::Client),
            Draft::new(2, 1, 0, 8_000_000).service("auth").error("").event("exception", &[]),
            Draft::new(3, 77, 6_000_000, 7_000_000).event("retry", &[]),
        ]);
        outline(&trace, &Derived::of(&trace))
    }

    #[test]
    fn flags_say_where_a_span_stands_and_what_befell_it() {
        let outline = sample();
        assert_eq!(
            outline.flags,
            [flag::ROOT, flag::ERROR | flag::EXCEPTION | flag::EVENTS | flag::SKEWED, flag::ORPHAN | flag::EVENTS]
        );
        assert_eq!((outline.orphan_span.as_slice(), outline.orphan_parent_id.as_slice()), (&[2][..], &[77][..]));
        assert_eq!(outline.event_exception, [1, 0]);
        assert_eq!(outline.event_ns, [1, 6_000_001]);
    }

    #[test]
    fn what_is_not_known_crosses_as_a_list_of_few_and_reads_as_unknown() {
        let drafts = [
            Draft::new(1, 0, 5, 100).service("a"),
            Draft::new(2, 1, 0, 0).service("b").without_start(),
            Draft::new(3, 1, 20, 0).without_end(),
        ];
        let trace = trace(&drafts);
        let outline = outline(&trace, &Derived::of(&trace));
        assert_eq!((outline.no_start_span.as_slice(), outline.no_end_span.as_slice()), (&[1][..], &[2][..]));
        let words = |span| (outline.start_words(SpanIdx(span)), outline.duration_words(SpanIdx(span)));
        let said = |start: &str, duration: &str| (start.to_owned(), duration.to_owned());
        assert_eq!(words(0), said("0 ns", "95 ns"));
        assert_eq!(words(1), said("unknown", "start unknown"));
        assert_eq!(words(2), said("15 ns", "duration unknown"));
        assert_eq!(outline.duration_cell(SpanIdx(1)), ("unknown".to_owned(), ""));
        assert!(!outline.has(SpanIdx(1), flag::SKEWED), "an unknown start disagrees with nobody");
        let (headline, services, columns) = outline.clone().into_columns();
        assert_eq!(Outline::from_columns(headline, services, columns), Some(outline));
    }

    #[test]
    fn names_labels_and_peers_are_readable_and_nothing_else_is_sent() {
        let outline = sample();
        let root = outline.find(SpanId(1)).unwrap();
        assert_eq!((outline.name(root), outline.label(root), outline.peer(root)), ("GET", "GET", Some("auth")));
        assert_eq!(outline.service_name(root), "gateway");
        let (text, _) = outline.texts.parts();
        assert_eq!(text, "GETworkauth");
    }

    #[test]
    fn it_survives_the_way_to_the_page() {
        let outline = sample();
        let (headline, services, columns) = outline.clone().into_columns();
        assert_eq!(Outline::from_columns(headline, services, columns), Some(outline));
    }
}
