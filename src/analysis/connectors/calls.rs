//! Whose work each span is: the call of a row that it belongs to. For one trace; what is added up of it is in `mod`.
//!
//! By service and operation (and by anything else but an attribute) a call is a span of kind SERVER, CONSUMER, CLIENT or PRODUCER, or of a
//! database, and the spans below it in the same service are its work, down to the next call. What a service is asked and what it asks of others
//! stand apart: a `POST /orders` that comes in and the `POST /orders` by which it is passed on are two rows.
//!
//! By an attribute a call is a span of whatever kind that says the attribute, since who sets one by hand sets it on a span of his own; all
//! that is below is its work, down to the next that says another value.
//!
//! ```text
//!                                    service, operation        erp.system
//! SERVER   POST /orders              A                         –
//! └ INTERNAL push  erp.system=sap    work of A                 call of sap
//!   └ CLIENT POST /documents         B                         work of sap
//!     └ SERVER POST /documents       C, of another service     work of sap
//!       └ INTERNAL map  erp.system=sap                         work of sap, of the same call
//! ```

use super::rows::Side;
use crate::analysis::Derived;
use crate::analysis::group_by::{GroupBy, Groups, NONE};
use crate::model::outline::Icon;
use crate::model::{Kind, SpanIdx, Trace};

/// Of each span the position of the call that it belongs to, its own where it is one; [`NONE`] where it is nobody's work.
pub fn owners(trace: &Trace, derived: &Derived, groups: &Groups<'_>, by: &GroupBy) -> Vec<u32> {
    let mut owner = vec![NONE; trace.len()];
    for span in trace.spans() {
        // Parents stand before their children.
        let above = trace.parent(span).and_then(|parent| call_at(&owner, parent));
        let owned = match by {
            GroupBy::Attribute(_) => by_attribute(groups, span, above),
            _ if crosses(trace, derived, span) => Some(span),
            _ => above.filter(|call| trace.service(*call) == trace.service(span)),
        };
        owner[span.index()] = owned.map_or(NONE, |call| call.0);
    }
    owner
}

/// The call that a span belongs to.
pub fn call_at(owner: &[u32], span: SpanIdx) -> Option<SpanIdx> {
    owner.get(span.index()).copied().filter(|owner| *owner != NONE).map(SpanIdx)
}

/// A span of a kind that crosses, or of a database.
pub fn crosses(trace: &Trace, derived: &Derived, span: SpanIdx) -> bool {
    match trace.kind(span) {
        Kind::Server | Kind::Client | Kind::Producer | Kind::Consumer => true,
        Kind::Internal | Kind::Unspecified => derived.labels.icon[span.index()] == Icon::Database,
    }
}

fn by_attribute(groups: &Groups<'_>, span: SpanIdx, above: Option<SpanIdx>) -> Option<SpanIdx> {
    let group = |span: SpanIdx| groups.of_span[span.index()];
    let says = groups.keys.get(group(span) as usize).is_some_and(|key| !groups.is_absent(*key));
    match above {
        Some(call) if !says || group(call) == group(span) => Some(call),
        _ => says.then_some(span),
    }
}

/// On which side of a call a span is.
pub fn side(trace: &Trace, call: SpanIdx) -> Side {
    match trace.kind(call) {
        Kind::Server | Kind::Consumer => Side::Received,
        _ => Side::Made,
    }
}

/// Of each span whether it is a call that is tried again or is what is tried again: one of these spans, or a topmost call below one that is
/// no call itself, such as a loop around a request.
pub fn tried_again(trace: &Trace, owner: &[u32], attempts: impl Iterator<Item = SpanIdx>) -> Vec<bool> {
    let mut is_tried = vec![false; trace.len()];
    attempts.for_each(|span| is_tried[span.index()] = true);
    for span in trace.spans() {
        let inherits = |parent: SpanIdx| is_tried[parent.index()] && call_at(owner, parent) != Some(parent);
        is_tried[span.index()] |= trace.parent(span).is_some_and(inherits);
    }
    is_tried
}
