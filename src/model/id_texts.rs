//! Ids that were written as texts no reader of ids knows: decoders derive an id from the text and keep the text as an attribute.
//! This finds it again. An attribute counts only if the id is the one that its text derives, so no attribute can rename a span.

use super::attr::{AttrRange, Value};
use super::span_set::{Link, SpanSet};
use super::trace::{SpanIdx, Trace};
use crate::base::id_text::{derived_span_id, derived_trace_id};
use crate::base::{SpanId, TraceId};

/// Keys of the attributes that hold a span's own id, its parent's and its trace's as they were written. On a link: the
/// linked span's and its trace's.
pub const ID_TEXT: &str = "spanloom.id_text";
pub const PARENT_ID_TEXT: &str = "spanloom.parent_id_text";
pub const TRACE_ID_TEXT: &str = "spanloom.trace_id_text";

fn text_at<'s>(set: &'s SpanSet, attrs: AttrRange, key: &str) -> Option<&'s str> {
    let key = set.strings.find(key)?;
    set.attrs.last(&set.strings, attrs, key).and_then(Value::as_str)
}

fn span_text<'s>(set: &'s SpanSet, attrs: AttrRange, key: &str, id: SpanId) -> Option<&'s str> {
    text_at(set, attrs, key).filter(|text| derived_span_id(text) == id)
}

fn trace_text(set: &SpanSet, attrs: AttrRange, id: TraceId) -> Option<&str> {
    text_at(set, attrs, TRACE_ID_TEXT).filter(|text| derived_trace_id(text) == id)
}

impl SpanSet {
    /// Whether a span of the set has an id that is derived from a text. O(1): most sets have none.
    pub fn has_id_texts(&self) -> bool {
        [ID_TEXT, PARENT_ID_TEXT, TRACE_ID_TEXT].iter().any(|key| self.strings.find(key).is_some())
    }

    /// The text that the span id of a row was derived from.
    pub fn id_text(&self, row: usize) -> Option<&str> {
        let id = self.span_id.get(row)?;
        span_text(self, self.span_attrs.at(row), ID_TEXT, id)
    }

    /// The text that the trace id of a row was derived from.
    pub fn trace_id_text(&self, row: usize) -> Option<&str> {
        let id = self.trace_ids.get(self.trace.at(row) as usize).copied()?;
        trace_text(self, self.span_attrs.at(row), id)
    }

    /// What a link's span id and trace id were written as.
    pub fn link_id_texts(&self, link: &Link) -> (Option<&str>, Option<&str>) {
        (span_text(self, link.attrs, ID_TEXT, link.span_id), trace_text(self, link.attrs, link.trace_id))
    }
}

impl Trace {
    /// The text that the span's id was derived from; `None` for an id that was read.
    pub fn id_text(&self, span: SpanIdx) -> Option<&str> {
        self.set.id_text(self.row(span))
    }

    pub fn parent_id_text(&self, span: SpanIdx) -> Option<&str> {
        span_text(&self.set, self.attrs(span), PARENT_ID_TEXT, self.parent_id(span))
    }

    /// The text that the trace's id was derived from.
    pub fn trace_id_text(&self) -> Option<&str> {
        if !self.set.has_id_texts() {
            return None;
        }
        let own = self.spans().find(|span| self.id_of(*span) == self.id)?;
        trace_text(&self.set, self.attrs(own), self.id)
    }

    /// A span's id for a person: as it was written.
    pub fn shown_id(&self, span: SpanIdx) -> String {
        self.id_text(span).map_or_else(|| self.span_id(span).to_string(), str::to_owned)
    }

    /// The same for its parent's.
    pub fn shown_parent_id(&self, span: SpanIdx) -> String {
        self.parent_id_text(span).map_or_else(|| self.parent_id(span).to_string(), str::to_owned)
    }
}
