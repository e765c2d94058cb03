//! Parents that the tree had to let go: a span at which a parent cycle was cut still names its parent, and figures
//! defined by the parent's id (self time, service edges) still count it.

use rustc_hash::FxHashMap;

use crate::base::SpanId;
use crate::model::{Place, SpanIdx, Trace};

/// (child, parent) of every cut, in depth-first order of the child. Almost always empty.
pub fn cut_edges(trace: &Trace) -> Vec<(SpanIdx, SpanIdx)> {
    let cut: Vec<SpanIdx> = trace.tops().filter(|top| trace.place(*top) == Place::Cycle).collect();
    if cut.is_empty() {
        return Vec::new();
    }
    let mut parents: FxHashMap<SpanId, Option<SpanIdx>> =
        cut.iter().map(|child| (trace.parent_id(*child), None)).collect();
    for span in trace.spans() {
        if let Some(found @ None) = parents.get_mut(&trace.span_id(span)) {
            *found = Some(span);
        }
    }
    cut.into_iter().filter_map(|child| Some((child, (*parents.get(&trace.parent_id(child))?)?))).collect()
}
