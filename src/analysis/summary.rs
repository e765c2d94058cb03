//! The list of traces of a set: one line each, from one pass over the rows, without building any trace. Start, duration, spans
//! and repeats are those that the opened trace shows.

use core::cmp::Reverse;

use rustc_hash::FxHashMap;

use crate::base::{SpanId, Sym, sort};
use crate::model::summary::{MAX_SERVICES, RootName};
use crate::model::{Repeats, ServiceMark, SpanSet, Status, TraceSummary};

/// What is gathered of one trace while rows go by.
#[derive(Clone)]
struct Gathered {
    start: u64,
    end: u64,
    spans: u64,
    repeats: u64,
    error_spans: u64,
    /// The first row.
    first: u32,
    root: Option<Root>,
    services: Vec<(Sym, bool)>,
}

const NOTHING: Gathered = Gathered {
    start: u64::MAX,
    end: 0,
    spans: 0,
    repeats: 0,
    error_spans: 0,
    first: 0,
    root: None,
    services: Vec::new(),
};

/// The main root as [`crate::model::Trace::main_root`] chooses it: the longest, then the earlier start, then the smaller id.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Root {
    duration_ns: Reverse<u64>,
    /// Without a start: after those with one.
    has_no_start: bool,
    start: u64,
    span_id: SpanId,
    row: u32,
}

/// A summary of each trace of the set, in order of first appearance. O(rows).
pub fn summaries(set: &SpanSet) -> Vec<TraceSummary> {
    let service_of: Vec<Sym> = (0..set.resources.len() as u32)
        .map(|resource| set.strings.find(set.service_of_resource(resource)).unwrap_or_default())
        .collect();
    let mut gathered = vec![NOTHING; set.trace_ids.len()];
    let mut place_of: FxHashMap<(u32, Sym), u32> = FxHashMap::default();
    let mut repeats = Repeats::with_room(set.len());
    for row in 0..set.len() {
        let trace = set.trace.at(row);
        let line = &mut gathered[trace as usize];
        if repeats.is_repeat(set, row as u32) {
            line.repeats += 1;
            continue;
        }
        let (start, end) = (set.start_unix_nano[row], set.end_unix_nano[row].max(set.start_unix_nano[row]));
        let error = set.status[row] == Status::Error;
        // A start of 0 is unknown: such a span sets no time, and has no length.
        let duration_ns = if start == 0 { 0 } else { end - start };
        if start != 0 {
            line.start = line.start.min(start);
            line.end = line.end.max(end);
        }
        if line.spans == 0 {
            line.first = row as u32;
        }
        line.spans += 1;
        line.error_spans += u64::from(error);
        if set.parent_id[row].is_zero() {
            let (duration_ns, span_id) = (Reverse(duration_ns), set.span_id[row]);
            let root = Root { duration_ns, has_no_start: start == 0, start, span_id, row: row as u32 };
            line.root = Some(line.root.map_or(root, |known| known.min(root)));
        }
        let service = service_of.get(set.resource.at(row) as usize).copied().unwrap_or_default();
        let place = *place_of.entry((trace, service)).or_insert_with(|| {
            line.services.push((service, false));
            line.services.len() as u32 - 1
        });
        line.services[place as usize].1 |= error;
    }
    let text = |sym: Sym| set.strings.get(sym).to_owned();
    gathered
        .into_iter()
        .zip(&set.trace_ids)
        .map(|(mut line, id)| {
            let root = line.root.map(|Root { row, .. }| RootName {
                service: set.service_of_resource(set.resource.at(row as usize)).to_owned(),
                operation: text(set.name[row as usize]),
            });
            sort::by(&mut line.services, |(a, _), (b, _)| set.strings.get(*a).cmp(set.strings.get(*b)));
            let services = line.services.iter().take(MAX_SERVICES);
            TraceSummary {
                trace_id: id.to_string(),
                id_text: set.trace_id_text(line.first as usize).map(str::to_owned),
                root,
                start_unix_nano: if line.start == u64::MAX { 0 } else { line.start },
                duration_ns: line.end.saturating_sub(line.start),
                spans: line.spans,
                repeats: line.repeats,
                error_spans: line.error_spans,
                service_count: line.services.len() as u64,
                services: services.map(|(name, error)| ServiceMark { name: text(*name), error: *error }).collect(),
            }
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::analysis::sample::{BASE_UNIX_NANO, Draft, add};
    use crate::base::TraceId;
    use crate::model::SpanDraft;

    #[test]
    fn traces_of_one_file_are_told_apart_though_their_spans_are_mixed() {
        let mut set = SpanSet::new();
        add(&mut set, 1, &Draft::new(1, 0, 10, 100).service("web").name("GET /"));
        add(&mut set, 2, &Draft::new(1, 9, 20, 30).service("cron"));
        add(&mut set, 1, &Draft::new(2, 1, 5, 40).service("auth").error("no"));
        let lines = summaries(&set);
        assert_eq!(lines.len(), 2);
        assert_eq!(lines[0].root, Some(RootName { service: "web".to_owned(), operation: "GET /".to_owned() }));
        assert_eq!((lines[0].start_unix_nano, lines[0].duration_ns), (BASE_UNIX_NANO + 5, 95));
        assert_eq!((lines[0].spans, lines[0].error_spans, lines[0].service_count), (2, 1, 2));
        let marks: Vec<_> = lines[0].services.iter().map(|mark| (mark.name.as_str(), mark.error)).collect();
        assert_eq!(marks, [("auth", true), ("web", false)]);
        assert_eq!(lines[1].root, None);
    }

    #[test]
    fn repeats_are_counted_beside() {
        let mut set = SpanSet::new();
        for _ in 0..3 {
            add(&mut set, 1, &Draft::new(1, 0, 0, 100).error("no"));
            add(&mut set, 1, &Draft::new(2, 1, 10, 20));
        }
        let lines = summaries(&set);
        assert_eq!((lines[0].spans, lines[0].repeats, lines[0].error_spans, lines[0].duration_ns), (2, 4, 1, 100));
    }

    #[test]
    fn an_unknown_start_sets_neither_start_nor_duration() {
        let mut set = SpanSet::new();
        for (id, start_unix_nano, end_unix_nano) in [(1, 0, 99_000), (2, 5_000, 7_000), (3, 6_000, 0)] {
            let draft = SpanDraft {
                trace_id: TraceId(1),
                span_id: SpanId(id),
                start_unix_nano,
                end_unix_nano,
                ..SpanDraft::default()
            };
            set.push_span(&draft);
        }
        set.push_span(&SpanDraft { trace_id: TraceId(2), span_id: SpanId(4), ..SpanDraft::default() });
        let lines = summaries(&set);
        assert_eq!((lines[0].start_unix_nano, lines[0].duration_ns, lines[0].spans), (5_000, 2_000, 3));
        assert_eq!((lines[1].start_unix_nano, lines[1].duration_ns, lines[1].spans), (0, 0, 1));
    }

    #[test]
    fn a_span_without_a_start_sets_no_time_of_its_trace() {
        let mut set = SpanSet::new();
        add(&mut set, 1, &Draft::new(1, 0, 0, 900).without_start().name("unknown"));
        add(&mut set, 1, &Draft::new(2, 0, 10, 30).name("known"));
        add(&mut set, 1, &Draft::new(3, 2, 15, 0).without_end());
        add(&mut set, 2, &Draft::new(1, 0, 0, 0).without_start().without_end().name("only"));
        let lines = summaries(&set);
        assert_eq!((lines[0].start_unix_nano, lines[0].duration_ns), (BASE_UNIX_NANO + 10, 20));
        assert_eq!(lines[0].root.as_ref().map(|root| root.operation.as_str()), Some("known"));
        assert_eq!((lines[1].start_unix_nano, lines[1].duration_ns, lines[1].spans), (0, 0, 1));
        assert_eq!(lines[1].root.as_ref().map(|root| root.operation.as_str()), Some("only"));
    }
}
