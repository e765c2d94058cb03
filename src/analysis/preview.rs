//! A trace while it is still being read: what can be said of rows that came so far. No tree, no figures that a later span
//! could turn into their opposite: counts, names, and the longest spans. Bounded, however much has come.

use serde::{Deserialize, Serialize};

use crate::base::sort;
use crate::model::{Repeats, SpanSet};

/// Rows that are told, the longest ones.
const ROWS: usize = 40;
/// Pieces of time of which the number of spans is told.
pub const PIECES: usize = 120;
/// Rows that are looked at for the density; of more, every so many-th.
const SAMPLED: usize = 20_000;

#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
pub struct Preview {
    /// Without those that came again.
    pub spans: u64,
    /// Rows that say what an earlier one says.
    pub repeats: u64,
    pub traces: u64,
    pub errors: u64,
    /// From the first start that is known to the last end so far: of one trace its duration.
    pub duration_ns: u64,
    /// Names and spans, most spans first.
    pub services: Vec<(String, u64)>,
    /// Spans that start in each piece of the time so far, of those sampled.
    pub density: Vec<u32>,
    /// The longest spans so far, by start.
    pub rows: Vec<PreviewRow>,
}

#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct PreviewRow {
    pub service: String,
    pub name: String,
    /// From the first start so far.
    pub start_ns: u64,
    pub end_ns: u64,
    pub error: bool,
}

/// Follows a set as it grows: each row is looked at once, but for the sample.
#[derive(Default)]
pub struct Previewer {
    /// Rows seen.
    seen: usize,
    known: Repeats,
    repeats: u64,
    first_unix_nano: Option<u64>,
    last_unix_nano: u64,
    errors: u64,
    by_resource: Vec<u64>,
    /// The longest rows, with their durations; at most twice [`ROWS`] between two sortings.
    longest: Vec<(u64, u32)>,
    /// Shorter ones are not among the longest any more.
    least_ns: u64,
}

impl Previewer {
    /// The set as it is now.
    pub fn look(&mut self, set: &SpanSet) -> Preview {
        for row in self.seen..set.len() {
            self.see(set, row);
        }
        self.seen = set.len();
        self.keep_longest();
        let first = self.first_unix_nano.unwrap_or_default();
        let duration_ns = self.last_unix_nano.saturating_sub(first);
        Preview {
            spans: (set.len() as u64).saturating_sub(self.repeats),
            repeats: self.repeats,
            traces: set.trace_ids.len() as u64,
            errors: self.errors,
            duration_ns,
            services: self.services(set),
            density: density(set, first, duration_ns),
            rows: self.rows(set, first),
        }
    }

    fn see(&mut self, set: &SpanSet, row: usize) {
        if self.known.is_repeat(set, row as u32) {
            self.repeats += 1;
            return;
        }
        self.errors += u64::from(set.status[row] == crate::model::Status::Error);
        let resource = set.resource.at(row) as usize;
        // The batch that is being read has no resource yet.
        if resource < set.resources.len() {
            if self.by_resource.len() <= resource {
                self.by_resource.resize(resource + 1, 0);
            }
            self.by_resource[resource] += 1;
        }
        let (start, end) = (set.start_unix_nano[row], set.end_unix_nano[row]);
        // A span without a time would stretch the picture over fifty years.
        if start == 0 {
            return;
        }
        self.first_unix_nano = Some(self.first_unix_nano.map_or(start, |first| first.min(start)));
        self.last_unix_nano = self.last_unix_nano.max(end).max(start);
        let length = end.saturating_sub(start);
        if length >= self.least_ns {
            self.longest.push((length, row as u32));
            if self.longest.len() >= 2 * ROWS {
                self.keep_longest();
            }
        }
    }

    fn keep_longest(&mut self) {
        self.longest.sort_unstable_by(|a, b| b.cmp(a));
        self.longest.truncate(ROWS);
        if self.longest.len() == ROWS {
            self.least_ns = self.longest.last().map_or(0, |(length, _)| *length);
        }
    }

    fn services(&self, set: &SpanSet) -> Vec<(String, u64)> {
        let mut services: std::collections::BTreeMap<&str, u64> = Default::default();
        for (resource, spans) in (0u32..).zip(&self.by_resource) {
            *services.entry(set.service_of_resource(resource)).or_default() += spans;
        }
        let mut services: Vec<(String, u64)> =
            services.into_iter().map(|(name, spans)| (name.to_owned(), spans)).collect();
        sort::by_key(&mut services, |(_, spans)| core::cmp::Reverse(*spans));
        services
    }

    fn rows(&self, set: &SpanSet, first: u64) -> Vec<PreviewRow> {
        let mut rows: Vec<PreviewRow> = self
            .longest
            .iter()
            .map(|(_, row)| *row as usize)
            // Rows that are parts of one span are joined between two files: then there are fewer.
            .filter(|row| *row < set.len())
            .map(|row| PreviewRow {
                service: set.service_of_resource(set.resource.at(row)).to_owned(),
                name: set.strings.get(set.name[row]).to_owned(),
                start_ns: set.start_unix_nano[row].saturating_sub(first),
                end_ns: set.end_unix_nano[row].max(set.start_unix_nano[row]).saturating_sub(first),
                error: set.status[row] == crate::model::Status::Error,
            })
            .collect();
        sort::by_key(&mut rows, |row| (row.start_ns, core::cmp::Reverse(row.end_ns)));
        rows
    }
}

fn density(set: &SpanSet, first: u64, duration_ns: u64) -> Vec<u32> {
    let mut density = vec![0; PIECES];
    for start in set.start_unix_nano.iter().step_by(set.len().div_ceil(SAMPLED).max(1)).filter(|start| **start != 0) {
        let at = u128::from(start.saturating_sub(first)) * PIECES as u128 / u128::from(duration_ns.max(1));
        density[(at as usize).min(PIECES - 1)] += 1;
    }
    density
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{SpanDraft, Status};

    fn push(set: &mut SpanSet, from: u64, to: u64, status: Status) {
        let name = set.intern("work");
        set.push_span(&SpanDraft { start_unix_nano: from, end_unix_nano: to, name, status, ..SpanDraft::default() });
    }

    #[test]
    fn what_came_is_told_and_grows() {
        let mut set = SpanSet::new();
        let mut previewer = Previewer::default();
        push(&mut set, 1_000, 2_000, Status::Unset);
        assert_eq!(previewer.look(&set).duration_ns, 1_000);
        push(&mut set, 500, 800, Status::Error);
        set.close(0);
        let preview = previewer.look(&set);
        assert_eq!((preview.spans, preview.errors, preview.duration_ns), (2, 1, 1_500));
        let rows: Vec<(u64, u64)> = preview.rows.iter().map(|row| (row.start_ns, row.end_ns)).collect();
        assert_eq!(rows, [(0, 300), (500, 1_500)]);
        assert_eq!((preview.density[0], preview.density[40]), (1, 1));
    }

    #[test]
    fn of_very_many_only_the_longest_are_told() {
        let mut set = SpanSet::new();
        (0..10_000).for_each(|n| push(&mut set, 1_000, 1_000 + (n * 7_919) % 10_007, Status::Unset));
        let preview = Previewer::default().look(&set);
        assert_eq!(preview.rows.len(), ROWS);
        let mut lengths: Vec<u64> = (0..10_000).map(|n| (n * 7_919) % 10_007).collect();
        lengths.sort_unstable();
        let least = lengths[lengths.len() - ROWS];
        assert!(preview.rows.iter().all(|row| row.end_ns - row.start_ns >= least));
        assert_eq!(preview.density.iter().sum::<u32>(), 10_000);
    }

    #[test]
    fn a_span_without_a_time_stretches_nothing() {
        let mut set = SpanSet::new();
        push(&mut set, 0, 0, Status::Error);
        push(&mut set, 5_000, 6_000, Status::Unset);
        push(&mut set, 5_500, 0, Status::Unset);
        let preview = Previewer::default().look(&set);
        assert_eq!((preview.duration_ns, preview.spans, preview.errors), (1_000, 3, 1));
        let rows: Vec<(u64, u64)> = preview.rows.iter().map(|row| (row.start_ns, row.end_ns)).collect();
        assert_eq!(rows, [(0, 1_000), (500, 500)]);
    }

    #[test]
    fn repeats_are_counted_beside_also_when_they_come_later() {
        let mut set = SpanSet::new();
        let mut previewer = Previewer::default();
        let batch = |set: &mut SpanSet| {
            for id in 1..=40 {
                let draft = SpanDraft {
                    span_id: crate::base::SpanId(id),
                    start_unix_nano: 1_000 + id,
                    end_unix_nano: 2_000,
                    status: Status::Error,
                    ..SpanDraft::default()
                };
                set.push_span(&draft);
            }
            set.close(0);
        };
        batch(&mut set);
        assert_eq!(previewer.look(&set).spans, 40);
        (0..2).for_each(|_| batch(&mut set));
        let preview = previewer.look(&set);
        assert_eq!((preview.spans, preview.repeats, preview.errors, preview.duration_ns), (40, 80, 40, 999));
        assert_eq!(preview.rows.len(), 40);
    }
}
