//! Where the time went: the one part that is more than half of it, stretches that no span tells about, and spans that took far longer than
//! others that do the same. Not waiting for several calls or for connections: that is `waiting`.
//!
//! ```text
//! root   ▬▬━━━━━━━━━━━━━━━━▬▬      ▬ own time on the critical path
//! call     ▬━━━━━━━━━━━━━━           the last step down with more than half: told, if it is a call
//! server       ▬▬▬▬▬▬▬▬▬▬▬
//!            ^^ on the way: no span tells of it
//! ```

use rustc_hash::FxHashMap;

use super::{Finding, FindingKind, Ground};
use crate::analysis::critical_path::Piece;
use crate::base::{format, sort};
use crate::model::{Kind, SpanIdx};

/// A part with more than this many percent of the whole is the slow one.
const SLOW_PERCENT: u64 = 50;
/// Percent of the whole, and ns, from which on a stretch without spans is told.
const GAP_PERCENT: u64 = 10;
const GAP_NS: u64 = 10_000_000;
/// Spans of an operation from which on one of them can be an outlier; how many times the median; percent; ns.
const OUTLIER_SPANS: usize = 10;
const OUTLIER_TIMES: u64 = 5;
const OUTLIER_PERCENT: u64 = 5;
const OUTLIER_NS: u64 = 1_000_000;

pub fn find(ground: &mut Ground<'_>, found: &mut Vec<Finding>) {
    let gaps = gaps(ground);
    let is_told = |span: SpanIdx| gaps.iter().any(|gap| gap.spans.contains(&span));
    found.extend(
        slow_part(ground).filter(|slow| !slow.spans.iter().any(|span| !ground.is_call(*span) && is_told(*span))),
    );
    found.extend(gaps);
    found.extend(outliers(ground));
}

fn slow_part(ground: &Ground<'_>) -> Option<Finding> {
    let root = ground.derived.critical_path.as_ref()?.root;
    let mut at = root;
    while let Some(next) = dearest_half(ground, at) {
        at = next;
    }
    // What children that the path skipped did is not the span's own.
    let (path_ns, own_ns) = (ground.path_ns(at), ground.own_path_ns(at).min(ground.derived.self_ns[at.index()]));
    let is_call = ground.is_call(at);
    if at == root || !is_call && !is_most(ground, own_ns) {
        return None;
    }
    let (label, service) = (ground.label(at), ground.service(at));
    let whole = format::duration(ground.whole_ns());
    let title = match ground.derived.labels.peer(at).filter(|_| is_call) {
        Some(peer) => format!(
            "“{label}” from {service} to {peer} is {} of the request: {} of {whole}",
            ground.share(path_ns),
            format::duration(path_ns)
        ),
        None => format!(
            "“{label}” in {service} is {} of the request: {} of {whole}",
            ground.share(path_ns),
            format::duration(path_ns)
        ),
    };
    let mut finding = ground.finding(FindingKind::SlowPart, vec![at], title);
    let trace = ground.trace;
    finding.evidence.push(format!(
        "It runs from {} to {} after the trace's start; {} of the critical path is its own time.",
        format::duration(trace.start_ns(at)),
        format::duration(trace.end_ns(at)),
        format::duration(own_ns)
    ));
    finding.evidence.extend(callers(ground, at));
    Some(finding)
}

/// The child with more than half of the whole: there is one at most.
fn dearest_half(ground: &Ground<'_>, span: SpanIdx) -> Option<SpanIdx> {
    ground.trace.children(span).find(|child| is_most(ground, ground.path_ns(*child)))
}

fn is_most(ground: &Ground<'_>, ns: u64) -> bool {
    u128::from(ns) * 100 > u128::from(ground.whole_ns()) * u128::from(SLOW_PERCENT)
}

/// Who waited for it: the services above, the nearest first.
fn callers(ground: &Ground<'_>, span: SpanIdx) -> Option<String> {
    const MOST: usize = 6;
    let trace = ground.trace;
    let mut services: Vec<&str> = Vec::new();
    let mut at = trace.parent(span);
    while let Some(above) = at.filter(|_| services.len() <= MOST) {
        if trace.service(above) != trace.service(span) && services.last() != Some(&ground.service(above)) {
            services.push(ground.service(above));
        }
        at = trace.parent(above);
    }
    if services.is_empty() {
        return None;
    }
    let more = if services.len() > MOST { " and more" } else { "" };
    services.truncate(MOST);
    Some(format!("Waited for by {}{more}.", services.join(", by ")))
}

/// What a stretch without spans lies between.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
enum Gap {
    /// Between the children of a span, before the first or after the last.
    Inside,
    /// Between the start of a call and that of the span that answers it.
    OnTheWay,
}

fn gaps(ground: &Ground<'_>) -> Vec<Finding> {
    let mut by_operation: FxHashMap<(u32, Gap), Vec<Piece>> = FxHashMap::default();
    // There are at most ten such pieces: each is 10 % of the path.
    for piece in ground.derived.critical_path.iter().flat_map(|path| &path.pieces).filter(|piece| is_gap(ground, piece))
    {
        let Some(gap) = gap_of(ground, piece) else { continue };
        let stretches = if gap == Gap::Inside { unspanned(ground, piece) } else { vec![*piece] };
        let told = stretches.into_iter().filter(|stretch| is_gap(ground, stretch));
        by_operation.entry((ground.operations.of(piece.span), gap)).or_default().extend(told);
    }
    let mut groups: Vec<((u32, Gap), Vec<Piece>)> = by_operation.into_iter().collect();
    sort::by_key(&mut groups, |(_, pieces)| pieces.first().copied());
    groups.into_iter().filter_map(|((_, gap), pieces)| gap_finding(ground, gap, &pieces)).collect()
}

/// Whether a stretch is long enough to be told.
fn is_gap(ground: &Ground<'_>, piece: &Piece) -> bool {
    let ns = piece.end_ns - piece.start_ns;
    ns >= GAP_NS && ground.is_share(ns, GAP_PERCENT)
}

fn gap_of(ground: &Ground<'_>, piece: &Piece) -> Option<Gap> {
    let trace = ground.trace;
    let is_leaf = trace.subtree_len(piece.span) == 1;
    match ground.answered_by[piece.span.index()] {
        Some(child) if trace.kind(piece.span) == Kind::Client => {
            (trace.kind(child) == Kind::Server && piece.end_ns == trace.start_ns(child)).then_some(Gap::OnTheWay)
        }
        _ => (!is_leaf && !ground.is_call(piece.span)).then_some(Gap::Inside),
    }
}

/// What of a stretch of a span's own time no span below it covers: the path skips what runs beside it. O(spans below, sorted).
fn unspanned(ground: &Ground<'_>, piece: &Piece) -> Vec<Piece> {
    let trace = ground.trace;
    let below = (piece.span.0 + 1..piece.span.0 + trace.subtree_len(piece.span)).map(SpanIdx);
    let mut covered: Vec<(u64, u64)> = below
        .map(|span| (trace.start_ns(span), trace.end_ns(span)))
        .filter(|(start, end)| end > start && *end > piece.start_ns && *start < piece.end_ns)
        .collect();
    sort::plain(&mut covered);
    let (mut free, mut reached) = (Vec::new(), piece.start_ns);
    for (start, end) in covered.into_iter().chain([(piece.end_ns, piece.end_ns)]) {
        if start > reached {
            free.push(Piece { start_ns: reached, end_ns: start, ..*piece });
        }
        reached = reached.max(end);
    }
    free
}

fn gap_finding(ground: &Ground<'_>, gap: Gap, pieces: &[Piece]) -> Option<Finding> {
    let trace = ground.trace;
    let first = pieces.first()?.span;
    let sum: u64 = pieces.iter().map(|piece| piece.end_ns - piece.start_ns).sum();
    let (label, service) = (ground.label(first), ground.service(first));
    let (time, share) = (format::duration(sum), ground.share(sum));
    let title = match (gap, ground.answered_by[first.index()]) {
        (Gap::OnTheWay, Some(child)) => {
            let called = ground.service(child);
            format!(
                "{time} pass between “{label}” in {service} and its start in {called}, {share} of the critical path"
            )
        }
        _ => format!("{time} in “{label}” of {service} without a span, {share} of the critical path"),
    };
    let mut spans: Vec<SpanIdx> = pieces.iter().map(|piece| piece.span).collect();
    sort::by_key(&mut spans, |span| (trace.start_ns(*span), trace.span_id(*span)));
    spans.dedup();
    let mut finding = ground.finding(FindingKind::UninstrumentedTime, spans, title);
    (finding.cost_ns, finding.total_ns) = (sum, sum);
    const MOST: usize = 5;
    finding.evidence = pieces
        .iter()
        .take(MOST)
        .map(|piece| {
            let (start, end) = (format::duration(piece.start_ns), format::duration(piece.end_ns));
            format!("From {start} to {end} after the trace's start nothing below “{}” runs.", ground.label(piece.span))
        })
        .collect();
    if pieces.len() > MOST {
        finding.evidence.push(format!("And {} more stretches.", pieces.len() - MOST));
    }
    if gap == Gap::OnTheWay {
        finding.fix = Some(
            "Look at what lies between: connecting, TLS, a proxy, a full accept queue or a busy event loop of the called service.".into(),
        );
    }
    Some(finding)
}

fn outliers(ground: &Ground<'_>) -> Vec<Finding> {
    let trace = ground.trace;
    let mut count: Vec<u32> = Vec::new();
    for span in trace.spans() {
        let operation = ground.operations.of(span) as usize;
        if count.len() <= operation {
            count.resize(operation + 1, 0);
        }
        count[operation] += 1;
    }
    // Only spans that could be outliers ask for a median, and each operation has one.
    let is_dear = |span: &SpanIdx| ground.is_share(ground.own_path_ns(*span), OUTLIER_PERCENT);
    let mut of_operation: FxHashMap<u32, Vec<SpanIdx>> = FxHashMap::default();
    for span in trace.spans().filter(is_dear) {
        let operation = ground.operations.of(span);
        if count[operation as usize] as usize >= OUTLIER_SPANS {
            of_operation.entry(operation).or_default().push(span);
        }
    }
    if of_operation.is_empty() {
        return Vec::new();
    }
    let mut self_ns: FxHashMap<u32, Vec<u64>> = of_operation.keys().map(|operation| (*operation, Vec::new())).collect();
    for span in trace.spans() {
        if let Some(all) = self_ns.get_mut(&ground.operations.of(span)) {
            all.push(ground.derived.self_ns[span.index()]);
        }
    }
    let mut found: Vec<Finding> = of_operation
        .into_iter()
        .filter_map(|(operation, spans)| {
            let all = self_ns.get_mut(&operation)?;
            let middle = all.len() / 2;
            let (_, median, _) = all.select_nth_unstable(middle);
            outlier_finding(ground, spans, *median, all.len())
        })
        .collect();
    sort::by_key(&mut found, |finding| finding.spans.first().copied());
    found
}

fn outlier_finding(ground: &Ground<'_>, mut spans: Vec<SpanIdx>, median_ns: u64, of: usize) -> Option<Finding> {
    let trace = ground.trace;
    let self_ns = |span: SpanIdx| ground.derived.self_ns[span.index()];
    spans.retain(|span| self_ns(*span) >= OUTLIER_NS && self_ns(*span) > median_ns.saturating_mul(OUTLIER_TIMES));
    sort::by_key(&mut spans, |span| (trace.start_ns(*span), trace.span_id(*span)));
    let first = *spans.first()?;
    let own_ns: u64 = spans.iter().map(|span| ground.own_path_ns(*span)).sum();
    let title = format!(
        "{} of {} “{}” in {} took more than {OUTLIER_TIMES} times the median, {} of the critical path",
        format::count(spans.len() as u64),
        format::count(of as u64),
        ground.label(first),
        ground.service(first),
        ground.share(own_ns)
    );
    let longest = spans.iter().map(|span| self_ns(*span)).max().unwrap_or_default();
    let total_ns = spans.iter().fold(0u64, |sum, span| sum.saturating_add(self_ns(*span)));
    let evidence = vec![format!(
        "The median self time of all {} is {}, the longest {}.",
        format::count(of as u64),
        format::duration(median_ns),
        format::duration(longest)
    )];
    let finding = ground.finding(FindingKind::SelfTimeOutlier, spans, title);
    Some(Finding { cost_ns: own_ns, total_ns, evidence, ..finding })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::analysis::Derived;
    use crate::analysis::findings::{Seen, Severity};
    use crate::analysis::sample::{Draft, trace};

    const MS: u64 = 1_000_000;

    fn ms(id: u64, parent: u64, start: u64, end: u64) -> Draft {
        Draft::new(id, parent, start * MS, end * MS)
    }

    /// Kind, severity, title and ids of what is found.
    fn found(drafts: &[Draft]) -> Vec<(FindingKind, Severity, String, Vec<u64>)> {
        let trace = trace(drafts);
        let derived = Derived::of(&trace);
        let mut ground = Ground::new(&trace, &derived, Seen::default());
        let mut found = Vec::new();
        find(&mut ground, &mut found);
        let ids = |spans: &[SpanIdx]| spans.iter().map(|span| trace.span_id(*span).0).collect();
        found.iter().map(|one| (one.kind, one.severity, one.title.clone(), ids(&one.spans))).collect()
    }

    fn kinds(drafts: &[Draft]) -> Vec<(FindingKind, Severity)> {
        found(drafts).into_iter().map(|(kind, severity, _, _)| (kind, severity)).collect()
    }

    fn erp(start: u64, end: u64) -> Draft {
        ms(3, 2, start, end)
            .kind(Kind::Client)
            .service("erp-connector")
            .name("POST")
            .attr("server.address", "sap.example")
    }

    #[test]
    fn the_call_that_is_half_of_the_request_is_named() {
        let one = found(&[ms(1, 0, 0, 1000), ms(2, 1, 10, 990).service("erp-connector"), erp(20, 840)]);
        let (kind, severity, title, spans) = one.first().unwrap();
        // Every request has a largest part, so it is info, however long it is.
        assert_eq!((*kind, *severity), (FindingKind::SlowPart, Severity::Info));
        assert_eq!(title, "“POST” from erp-connector to sap.example is 82 % of the request: 820 ms of 1.00 s");
        assert_eq!(spans, &[3]);
    }

    #[test]
    fn a_call_of_less_than_half_of_the_request_is_not_told() {
        let of = |end: u64| kinds(&[ms(1, 0, 0, 900), ms(2, 1, 1, 899).service("erp-connector"), erp(20, 20 + end)]);
        assert_eq!(of(451).first(), Some(&(FindingKind::SlowPart, Severity::Info)));
        assert!(of(449).iter().all(|(kind, _)| *kind != FindingKind::SlowPart));
    }

    #[test]
    fn work_of_a_span_itself_is_told_and_work_of_the_root_is_not() {
        assert_eq!(
            kinds(&[ms(1, 0, 0, 100), ms(2, 1, 10, 70)]),
            [(FindingKind::SlowPart, Severity::Info), (FindingKind::UninstrumentedTime, Severity::Info)]
        );
        assert_eq!(kinds(&[ms(1, 0, 0, 100)]), []);
    }

    #[test]
    fn what_passes_without_a_span_is_measured() {
        let one = found(&[ms(1, 0, 0, 100), ms(2, 1, 0, 30), ms(3, 1, 55, 100)]);
        assert_eq!(one.len(), 1);
        assert_eq!(one[0].2, "25.0 ms in “work” of shop without a span, 25 % of the critical path");
    }

    #[test]
    fn a_stretch_that_a_skipped_span_covers_is_no_gap() {
        // It runs on beside what follows it, so the path skips it.
        let skipped = [ms(1, 0, 0, 100), ms(2, 1, 0, 30), ms(3, 1, 30, 56), ms(4, 1, 55, 100)];
        assert_eq!(kinds(&skipped), []);
        let moment = [ms(1, 0, 0, 100), ms(2, 1, 0, 30), ms(3, 1, 40, 40), ms(4, 1, 50, 100)];
        assert_eq!(kinds(&moment), [(FindingKind::UninstrumentedTime, Severity::Info)], "no time runs in a moment");
        let half = [ms(1, 0, 0, 100), ms(2, 1, 0, 30), ms(3, 1, 42, 56), ms(4, 1, 55, 100)];
        assert_eq!(found(&half)[0].2, "12.0 ms in “work” of shop without a span, 12 % of the critical path");
    }

    #[test]
    fn a_span_whose_gap_is_told_is_not_the_slow_part_too() {
        let own = [ms(1, 0, 0, 100), ms(2, 1, 0, 90), ms(3, 2, 0, 5)];
        assert_eq!(kinds(&own), [(FindingKind::UninstrumentedTime, Severity::Info)]);
    }

    #[test]
    fn what_a_skipped_child_did_is_not_the_own_time_of_its_parent() {
        let skipped = [ms(1, 0, 0, 100), ms(2, 1, 0, 100), ms(3, 2, 5, 66), ms(4, 2, 65, 100)];
        assert_eq!(kinds(&skipped), []);
    }

    #[test]
    fn half_is_not_more_than_half() {
        let of = |end| kinds(&[ms(1, 0, 0, 100), ms(2, 1, 0, end), ms(3, 1, end, 100)]);
        assert_eq!(of(50), []);
        assert_eq!(of(51), [(FindingKind::SlowPart, Severity::Info)]);
    }

    #[test]
    fn a_gap_of_nine_per_cent_or_nine_milliseconds_is_not_told() {
        assert_eq!(kinds(&[ms(1, 0, 0, 200), ms(2, 1, 0, 91), ms(3, 1, 110, 200)]), []);
        assert_eq!(kinds(&[ms(1, 0, 0, 20), ms(2, 1, 0, 6), ms(3, 1, 15, 20)]), []);
    }

    #[test]
    fn a_leaf_and_a_call_outside_have_no_gap() {
        let call = ms(2, 1, 0, 49).kind(Kind::Client).attr("server.address", "a.example");
        assert_eq!(kinds(&[ms(1, 0, 0, 100), call, ms(3, 1, 52, 100)]), []);
    }

    #[test]
    fn time_on_the_way_to_a_service_is_told_of_the_call() {
        let one = found(&[
            ms(1, 0, 0, 100),
            ms(4, 1, 0, 49),
            ms(2, 1, 50, 99).kind(Kind::Client).name("POST"),
            ms(3, 2, 70, 98).kind(Kind::Server).service("stock"),
        ]);
        assert_eq!(one.len(), 1, "{one:?}");
        assert_eq!(one[0].2, "20.0 ms pass between “POST” in shop and its start in stock, 20 % of the critical path");
    }

    #[test]
    fn the_slow_one_of_many_alike_is_an_outlier() {
        let alike = |slow: u64, of: u64| -> Vec<Draft> {
            let mut drafts = vec![ms(1, 0, 0, of * 10)];
            drafts.extend((0..of).map(|n| {
                let end = if n == 3 { slow } else { 1 };
                ms(n + 2, 1, n * 10, n * 10 + end).name("step")
            }));
            drafts
        };
        let outliers = |drafts: &[Draft]| -> Vec<String> {
            let found = found(drafts).into_iter().filter(|(kind, ..)| *kind == FindingKind::SelfTimeOutlier);
            found.map(|(_, _, title, _)| title).collect()
        };
        assert_eq!(
            outliers(&alike(9, 10)),
            ["1 of 10 “step” in shop took more than 5 times the median, 9 % of the critical path"]
        );
        assert_eq!(outliers(&alike(9, 9)).len(), 0, "too few to compare");
        assert_eq!(outliers(&alike(5, 10)).len(), 0, "five times is not more than five times");
        assert_eq!(outliers(&alike(9, 19)).len(), 0, "below 5 % of the whole");
    }

    #[test]
    fn without_a_root_nothing_is_slow() {
        assert_eq!(kinds(&[ms(2, 9, 0, 1000), ms(3, 2, 0, 900).kind(Kind::Client)]), []);
    }

    #[test]
    fn times_at_the_ends_of_u64_do_not_overflow() {
        let far = u64::MAX - crate::analysis::sample::BASE_UNIX_NANO;
        assert!(!kinds(&[Draft::new(1, 0, 0, far), Draft::new(2, 1, 0, far).kind(Kind::Client)]).is_empty());
    }
}
