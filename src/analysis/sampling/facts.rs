//! What sampling policies look at, of each loaded trace. Fed trace by trace, which may be dropped afterwards: a trace of a hundred spans
//! leaves about a kilobyte.

use rustc_hash::FxHashMap;

use super::attributes::Attributes;
use super::{size, threshold};
use crate::analysis::label::labels;
use crate::base::{Strings, Sym, sort};
use crate::model::{Status, Trace};

const NS_OF_MS: i64 = 1_000_000;

/// Facts of the loaded traces.
#[derive(Default)]
pub struct Facts {
    pub(super) strings: Strings,
    pub(super) traces: Vec<TraceFacts>,
    /// Service and what is done, in the order in which they were met.
    pub(super) operations: Vec<(Sym, Sym)>,
    pub(super) attributes: Attributes,
    lookup: FxHashMap<(Sym, Sym), u32>,
    done: Vec<Done>,
}

pub(super) struct TraceFacts {
    /// The least start that is known; 0 when none is.
    pub start_unix_nano: u64,
    /// The greatest end less the least start whole milliseconds towards zero, as recorded. Wraps as the Collector's does: negative if
    /// spans end before they start.
    pub latency_ms: i64,
    /// A bit for each [`Status`] that a span has.
    pub statuses: u8,
    pub spans: u32,
    pub bytes: u64,
    /// How many traces it stands for, as far as a sampler wrote that down.
    pub weight: f64,
    pub has_threshold: bool,
    /// Where its part of `done` ends.
    end: u32,
}

/// What a trace has of an operation.
#[derive(Clone, Copy)]
pub(super) struct Done {
    /// By place in `operations`.
    pub operation: u32,
    pub spans: u32,
    pub errors: u32,
}

/// The bit of a status in [`TraceFacts::statuses`].
pub(super) fn status_bit(status: Status) -> u8 {
    1 << status as u8
}

impl TraceFacts {
    pub fn has_error(&self) -> bool {
        self.statuses & status_bit(Status::Error) != 0
    }
}

impl Facts {
    /// Adds the facts of a trace, linear in its spans, attributes and events.
    pub fn add(&mut self, trace: &Trace) {
        let set = &trace.set;
        let (mut start, mut end, mut statuses) = (u64::MAX, 0, 0);
        let mut first_known = u64::MAX;
        for span in trace.spans() {
            let row = trace.row(span);
            start = start.min(set.start_unix_nano[row]);
            first_known = first_known.min(match set.start_unix_nano[row] {
                0 => u64::MAX,
                known => known,
            });
            end = end.max(set.end_unix_nano[row]);
            statuses |= status_bit(trace.status(span));
        }
        let start = if start == u64::MAX { 0 } else { start };
        self.add_operations(trace);
        self.attributes.add(&mut self.strings, trace);
        let weight = threshold::weight(trace);
        self.traces.push(TraceFacts {
            start_unix_nano: if first_known == u64::MAX { 0 } else { first_known },
            latency_ms: end.wrapping_sub(start) as i64 / NS_OF_MS,
            statuses,
            spans: trace.len() as u32,
            bytes: size::bytes(trace),
            weight: weight.unwrap_or(1.0),
            has_threshold: weight.is_some(),
            end: self.done.len() as u32,
        });
    }

    /// Operations are called what the rows of the timeline are labelled: a name such as `POST` says too little.
    fn add_operations(&mut self, trace: &Trace) {
        let labels = labels(trace);
        let mut place: FxHashMap<(u32, Sym), usize> = FxHashMap::default();
        for span in trace.spans() {
            let (service, label) = (trace.service(span), labels.label[span.index()]);
            let at = *place.entry((service, label)).or_insert_with(|| {
                let service = self.strings.intern(trace.service_name(span));
                let name = self.strings.intern(labels.strings.get(label));
                let next = self.operations.len() as u32;
                let operation = *self.lookup.entry((service, name)).or_insert(next);
                if operation == next {
                    self.operations.push((service, name));
                }
                self.done.push(Done { operation, spans: 0, errors: 0 });
                self.done.len() - 1
            });
            if let Some(done) = self.done.get_mut(at) {
                done.spans += 1;
                done.errors += u32::from(trace.is_error(span));
            }
        }
    }

    /// How many traces there are.
    pub fn len(&self) -> usize {
        self.traces.len()
    }

    pub fn is_empty(&self) -> bool {
        self.traces.is_empty()
    }

    /// Keys of attributes that policies can ask for, sorted.
    pub fn attribute_keys(&self) -> Vec<&str> {
        let mut keys: Vec<&str> = self.attributes.keys().map(|key| self.strings.get(key)).collect();
        sort::plain(&mut keys);
        keys
    }

    /// What a trace has of each operation.
    pub(super) fn done_in(&self, trace: usize) -> &[Done] {
        let end_of = |trace: usize| self.traces.get(trace).map(|facts| facts.end as usize);
        let from = trace.checked_sub(1).and_then(end_of).unwrap_or_default();
        self.done.get(from..end_of(trace).unwrap_or(from)).unwrap_or_default()
    }

    /// From the first start to the last, in seconds.
    pub fn seconds(&self) -> f64 {
        let starts = || self.traces.iter().map(|trace| trace.start_unix_nano).filter(|start| *start != 0);
        let (first, last) = (starts().min().unwrap_or_default(), starts().max().unwrap_or_default());
        (last - first) as f64 / 1e9
    }

    /// How many traces they stand for.
    pub fn weight(&self) -> f64 {
        self.traces.iter().map(|trace| trace.weight).sum()
    }
}

#[cfg(test)]
#[path = "facts_test.rs"]
mod tests;
