//! When the critical path runs through a span or what is below it: of rules that tell a part of a span's time.

use super::Ground;
use crate::model::SpanIdx;

/// Between which times the critical path runs through a span or below it: one stretch, since the path leaves a span once. By span.
pub struct Reaches(Vec<Option<(u64, u64)>>);

impl Reaches {
    pub fn of(ground: &Ground<'_>) -> Self {
        let trace = ground.trace;
        let mut reaches = vec![None; trace.len()];
        let widen = |reach: &mut Option<(u64, u64)>, from: u64, to: u64| {
            *reach = Some(reach.map_or((from, to), |(start, end)| (from.min(start), to.max(end))));
        };
        for piece in ground.derived.critical_path.iter().flat_map(|path| &path.pieces) {
            widen(&mut reaches[piece.span.index()], piece.start_ns, piece.end_ns);
        }
        for span in trace.spans().rev() {
            if let (Some((from, to)), Some(parent)) = (reaches[span.index()], trace.parent(span)) {
                widen(&mut reaches[parent.index()], from, to);
            }
        }
        Reaches(reaches)
    }

    /// The part of a stretch in which the path runs through `span` or below it.
    pub fn clip(&self, span: SpanIdx, (from, to): (u64, u64)) -> Option<(u64, u64)> {
        let (start, end) = self.0[span.index()]?;
        Some((from.max(start), to.min(end))).filter(|(from, to)| from < to)
    }
}
