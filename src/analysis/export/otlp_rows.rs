//! The rows of a trace as OTLP nests them: by resource, within it by scope. Both of its writers walk these.

use rustc_hash::FxHashMap;

use super::all_rows;
use crate::base::sort;
use crate::model::{Resource, Scope, SpanSet, Trace, WarningKind};

/// Warnings of a trace beyond which some of a kind may be told as a number only.
const ALL_IN_WORDS: usize = 200;

pub(super) struct Rows<'t> {
    set: &'t SpanSet,
    rows: Vec<u32>,
}

impl<'t> Rows<'t> {
    /// Spans of one resource stand together, in the order of arrival, which no figure hangs on. But where ids are shared or
    /// missing the first to arrive is preferred, and of many warnings the first are told in words: such a trace is written
    /// as it came, and a resource as often as its spans begin anew.
    pub fn of(trace: &'t Trace) -> Self {
        let set = &*trace.set;
        let rows = all_rows(trace);
        let by_arrival = trace.warnings.len() > ALL_IN_WORDS
            || trace.warnings.iter().any(|warning| {
                use WarningKind::{DuplicateSpanId, RepeatedSpan, ZeroSpanId};
                matches!(warning.kind, DuplicateSpanId | RepeatedSpan | ZeroSpanId)
            });
        Rows { set, rows: if by_arrival { rows } else { grouped(set, &rows) } }
    }

    /// Each resource with its rows.
    pub fn resources(&self) -> impl Iterator<Item = (Resource, &[u32])> {
        let of = |row: &u32| self.set.resource.at(*row as usize);
        self.rows.chunk_by(move |a, b| of(a) == of(b)).map(move |rows| {
            let index = rows.first().map(of).unwrap_or_default() as usize;
            (self.set.resources.get(index).copied().unwrap_or_default(), rows)
        })
    }

    /// Each scope of a resource's rows, with its own.
    pub fn scopes<'r>(&self, rows: &'r [u32]) -> impl Iterator<Item = (Scope, &'r [u32])> {
        let set = self.set;
        let of = |row: &u32| set.scope.at(*row as usize);
        rows.chunk_by(move |a, b| of(a) == of(b)).map(move |rows| {
            let index = rows.first().map(of).unwrap_or_default() as usize;
            (set.scopes.get(index).copied().unwrap_or_default(), rows)
        })
    }
}

/// The rows by resource, within it by scope: each where its first row is.
fn grouped(set: &SpanSet, rows: &[u32]) -> Vec<u32> {
    let mut firsts: FxHashMap<(u32, Option<u32>), u32> = FxHashMap::default();
    let mut keys = Vec::with_capacity(rows.len());
    for row in rows {
        let (resource, scope) = (set.resource.at(*row as usize), set.scope.at(*row as usize));
        let of_resource = *firsts.entry((resource, None)).or_insert(*row);
        let of_scope = *firsts.entry((resource, Some(scope))).or_insert(*row);
        keys.push((of_resource, of_scope, *row));
    }
    sort::plain(&mut keys);
    keys.into_iter().map(|(.., row)| row).collect()
}
