//! The list of traces of a set: one line each, from one pass over the rows, without building any trace.
//!
//! Spans that came twice, word for word, count twice here; opening the trace drops the copies.

use rustc_hash::FxHashMap;

use crate::base::{Sym, sort};
use crate::model::summary::{MAX_SERVICES, RootName};
use crate::model::{ServiceMark, SpanSet, Status, TraceSummary};

/// What is gathered of one trace while rows go by.
#[derive(Clone)]
struct Gathered {
    start: u64,
    end: u64,
    spans: u64,
    error_spans: u64,
    /// The first row.
    first: u32,
    /// Duration, start and row of the longest root.
    root: Option<(u64, u64, u32)>,
    services: Vec<(Sym, bool)>,
}

const NOTHING: Gathered =
    Gathered { start: u64::MAX, end: 0, spans: 0, error_spans: 0, first: 0, root: None, services: Vec::new() };

/// A summary of each trace of the set, in order of first appearance. O(rows).
pub fn summaries(set: &SpanSet) -> Vec<TraceSummary> {
    let service_of: Vec<Sym> = (0..set.resources.len() as u32)
        .map(|resource| set.strings.find(set.service_of_resource(resource)).unwrap_or_default())
        .collect();
    let mut gathered = vec![NOTHING; set.trace_ids.len()];
    let mut place_of: FxHashMap<(u32, Sym), u32> = FxHashMap::default();
    for row in 0..set.len() {
        let trace = set.trace.at(row);
        let line = &mut gathered[trace as usize];
        let (start, end) = (set.start_unix_nano[row], set.end_unix_nano[row].max(set.start_unix_nano[row]));
        let error = set.status[row] == Status::Error;
        line.start = line.start.min(start);
        line.end = line.end.max(end);
        if line.spans == 0 {
            line.first = row as u32;
        }
        line.spans += 1;
        line.error_spans += u64::from(error);
        let longer = line.root.is_none_or(|(ns, earlier, _)| end - start > ns || end - start == ns && start < earlier);
        if set.parent_id[row].is_zero() && longer {
            line.root = Some((end - start, start, row as u32));
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
            let root = line.root.map(|(_, _, row)| RootName {
                service: set.service_of_resource(set.resource.at(row as usize)).to_owned(),
                operation: text(set.name[row as usize]),
            });
            sort::by(&mut line.services, |(a, _), (b, _)| set.strings.get(*a).cmp(set.strings.get(*b)));
            let services = line.services.iter().take(MAX_SERVICES);
            TraceSummary {
                trace_id: id.to_string(),
                id_text: set.trace_id_text(line.first as usize).map(str::to_owned),
                root,
                start_unix_nano: line.start,
                duration_ns: line.end.saturating_sub(line.start),
                spans: line.spans,
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
}
