//! What was wrong with a trace and what was done about it. A warning never stops a trace from opening.

use serde::{Deserialize, Serialize};

use crate::base::{SpanId, format};

/// The kinds, as the report names them.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum WarningKind {
    /// The input ended or broke before its end.
    Truncated,
    /// The input holds something unreadable; what came after it is missing.
    Damaged,
    /// The backend said that it did not send everything.
    Partial,
    /// No span of the trace is without a parent.
    MissingRoot,
    /// More than one span is without a parent.
    SeveralRoots,
    /// The parent is not in the trace.
    Orphan,
    /// The span is its own ancestor, or hangs below one that is.
    Cycle,
    /// The same span came twice; one copy is kept.
    RepeatedSpan,
    /// Different spans carry one id.
    DuplicateSpanId,
    /// A span without an id: nothing can be its child.
    ZeroSpanId,
    /// Spans without a trace id, kept together as one trace.
    ZeroTraceId,
    /// Ids that are no ids in any spelling: one is derived from the text, which stays with the span.
    UnreadableId,
    /// No start was recorded: shown with no length at the start of the parent.
    UnknownStart,
    /// A start and no end was recorded: shown with no length.
    UnknownEnd,
    /// The end is before the start; shown with no length.
    EndBeforeStart,
    /// Before 2000 or after 2100: most likely written in another unit.
    ImpossibleTime,
    /// Starts more than 1 ms before its parent, in another service: two clocks disagree.
    ClockSkew,
    /// Text that was not UTF-8; the bad bytes are shown as U+FFFD.
    InvalidUtf8,
    /// A field that could not be read and was left at its default.
    InvalidField,
    /// Members or fields that their format does not define and that were stepped over; one warning for each kind of object
    /// that has them, with names and counts.
    SkippedContent,
    /// Attributes, events or links that the SDK dropped before sending.
    DroppedBySdk,
}

/// One repair or doubt. `span` is the span it is about, if it is about one.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Warning {
    pub kind: WarningKind,
    pub span: Option<u64>,
    /// How many it stands for: 1, but for the line that counts those which are not kept word for word.
    pub count: u64,
    pub message: String,
}

impl Warning {
    pub fn of_trace(kind: WarningKind, message: impl Into<String>) -> Self {
        Warning { kind, span: None, count: 1, message: message.into() }
    }

    pub fn of_span(kind: WarningKind, span: SpanId, message: impl Into<String>) -> Self {
        Warning { kind, span: Some(span.0), count: 1, message: message.into() }
    }

    /// Those of a kind that are not kept.
    pub fn of_more(kind: WarningKind, count: u64) -> Self {
        let message = format!("{} more of this kind.", format::count(count));
        Warning { kind, span: None, count, message }
    }
}
