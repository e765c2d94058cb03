//! Which attributes there are to group by. Not their values: those are rows of `statistics`.

use rustc_hash::FxHashSet;
use serde::{Deserialize, Serialize};

use super::attribute_places::{Values, places};
use super::scope::Scope;
use super::statistics::MAX_GROUPS;
use crate::base::{Sym, sort};
use crate::model::Trace;

/// A key and what grouping by it would give.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct KeyLine {
    pub key: String,
    /// Spans in scope that have it, wherever grouping looks for it.
    pub spans: u64,
    /// Groups they would fall into; [`MAX_GROUPS`] + 1 stands for more than [`MAX_GROUPS`], counted no further.
    pub values: u64,
}

struct Count {
    key: Sym,
    spans: u64,
    values: u64,
    /// The last span that counted, so that a key counts once a span.
    counted: u32,
    last_value: u32,
}

const NONE: u32 = u32::MAX;

/// Keys that spans of the trace carry, on themselves, their scope, resource, events or links, with how many spans in
/// scope have each and how many distinct values, most spans first, then by key; at most `cap`.
///
/// O(attributes of the spans in scope). What is remembered of values is bounded by [`MAX_GROUPS`] a key.
pub fn attribute_keys(trace: &Trace, scope: &Scope, cap: usize) -> Vec<KeyLine> {
    let strings = &trace.set.strings;
    let mut values = Values::new(strings);
    let mut place_of_key = vec![NONE; strings.len()];
    let mut counts: Vec<Count> = Vec::new();
    let mut seen: FxHashSet<(u32, u32)> = FxHashSet::default();
    let mut said = Vec::new();
    for span in scope.spans(trace) {
        for (_, range) in places(trace, span) {
            said.clear();
            said.extend(trace.set.attrs.scan(strings, range));
            // The last of a repeated key is the one that counts.
            for (key, held) in said.iter().rev().copied() {
                let Some(place) = place_of_key.get_mut(key.index()) else { continue };
                if *place == NONE {
                    *place = counts.len() as u32;
                    counts.push(Count { key, spans: 0, values: 0, counted: NONE, last_value: NONE });
                }
                let (place, at) = (*place, *place as usize);
                let Some(count) = counts.get_mut(at).filter(|count| count.counted != span.0) else { continue };
                count.counted = span.0;
                count.spans += 1;
                if count.values > MAX_GROUPS as u64 {
                    continue;
                }
                let value = values.id(held);
                if count.last_value != value && seen.insert((place, value)) {
                    count.values += 1;
                }
                count.last_value = value;
            }
        }
    }
    let mut lines: Vec<KeyLine> = counts
        .into_iter()
        .map(|Count { key, spans, values, .. }| KeyLine { key: strings.get(key).to_owned(), spans, values })
        .collect();
    sort::by(&mut lines, |a, b| b.spans.cmp(&a.spans).then_with(|| a.key.cmp(&b.key)));
    lines.truncate(cap);
    lines
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::analysis::sample::{Draft, trace};
    use crate::model::AnyValue;

    #[test]
    fn a_key_counts_once_a_span_and_a_value_once_a_trace() {
        let trace = trace(&[
            Draft::new(1, 0, 0, 100).attr("k", "old").attr("k", "1").attr("host.name", "mine"),
            Draft::new(2, 1, 0, 90).value("k", AnyValue::Int(1)).event("e", &[("k", "elsewhere")]),
            Draft::new(3, 1, 0, 80).event("e", &[("only.here", "x")]),
        ]);
        let lines = |scope: &Scope, cap: usize| -> Vec<(String, u64, u64)> {
            attribute_keys(&trace, scope, cap).into_iter().map(|line| (line.key, line.spans, line.values)).collect()
        };
        let line = |key: &str, spans, values| (key.to_owned(), spans, values);
        let all = [line("host.name", 3, 2), line("service.name", 3, 1), line("k", 2, 1), line("only.here", 1, 1)];
        assert_eq!(lines(&Scope::default(), 9), all);
        assert_eq!(lines(&Scope::default(), 2), all[..2]);
        let focus = Scope { focus: Some(1), ..Scope::default() };
        assert_eq!(lines(&focus, 9), [line("host.name", 1, 1), line("k", 1, 1), line("service.name", 1, 1)]);
    }

    #[test]
    fn values_beyond_the_groups_that_are_shown_are_counted_no_further() {
        let drafts: Vec<Draft> =
            (1..=10_020).map(|id| Draft::new(id, 0, 0, 1).value("request.id", AnyValue::Int(id as i64))).collect();
        let lines = attribute_keys(&trace(&drafts), &Scope::default(), 9);
        let line = lines.iter().find(|line| line.key == "request.id").unwrap();
        assert_eq!((line.spans, line.values), (10_020, 10_001));
    }
}
