//! What may be folded: which spans merely pass through, and which siblings are alike. Only the rules; what is done with
//! them is [`super::rows`].

use core::ops::Range;

use crate::model::outline::flag;
use crate::model::{Kind, Outline, SpanIdx};

/// Siblings alike become a group from this many on.
pub const GROUP_FROM: u32 = 3;

/// Whether the span does nothing but call its only child: INTERNAL, exactly one child, no events, links or error of
/// its own, and self time under 1 % of its duration (so a span of no duration never passes through).
///
/// ```text
/// middleware - express      3.11 s   passes through
///   middleware - body       3.11 s   passes through
///     request handler       3.11 s   remains, and carries +2: it is where work branches
///       order.validate      5.10 ms
///       INSERT orders       3.27 ms
/// ```
pub fn passes_through(outline: &Outline, span: SpanIdx) -> bool {
    let at = span.index();
    const OWN: u8 = flag::ERROR | flag::EXCEPTION | flag::EVENTS | flag::LINKS;
    outline.kind[at] == Kind::Internal as u8
        && outline.flags[at] & OWN == 0
        && outline.subtree[at] > 1
        && outline.subtree[at + 1] == outline.subtree[at] - 1
        && u128::from(outline.self_ns[at]) * 100 < u128::from(outline.duration_of(span))
}

/// Whether two siblings are alike: of one service, name and kind, and shown by one label. Instrumentations give all of a
/// service's statements one name (`pg.query:INSERT shipping`), which the label tells apart.
pub fn alike(outline: &Outline, one: SpanIdx, other: SpanIdx) -> bool {
    let (one, other) = (one.index(), other.index());
    outline.service[one] == outline.service[other]
        && outline.name[one] == outline.name[other]
        && outline.label[one] == outline.label[other]
        && outline.kind[one] == outline.kind[other]
}

/// Siblings that follow one another and are alike: where the last one's subtree ends, and how many they are.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Run {
    pub first: u32,
    pub end: u32,
    pub count: u32,
}

impl Run {
    pub fn is_group(&self) -> bool {
        self.count >= GROUP_FROM
    }

    pub fn spans(&self) -> Range<u32> {
        self.first..self.end
    }
}

/// The run that begins with `first`, among siblings that end before `parent_end`.
pub fn run_from(outline: &Outline, first: SpanIdx, parent_end: u32) -> Run {
    let mut run = Run { first: first.0, end: first.0 + outline.subtree_len(first), count: 1 };
    while run.end < parent_end && alike(outline, first, SpanIdx(run.end)) {
        run.end += outline.subtree_len(SpanIdx(run.end));
        run.count += 1;
    }
    run
}

/// The run among its siblings in which `span` stands; a top stands alone.
pub fn run_of(outline: &Outline, span: SpanIdx) -> Run {
    let Some(parent) = outline.parent(span) else { return run_from(outline, span, 0) };
    let parent_end = parent.0 + outline.subtree_len(parent);
    let mut run = run_from(outline, SpanIdx(parent.0 + 1), parent_end);
    while run.end <= span.0 {
        run = run_from(outline, SpanIdx(run.end), parent_end);
    }
    run
}

/// The members of a run.
pub fn members(outline: &Outline, run: Run) -> impl Iterator<Item = SpanIdx> + '_ {
    let mut next = run.first;
    core::iter::from_fn(move || {
        (next < run.end).then(|| {
            let member = SpanIdx(next);
            next += outline.subtree_len(member);
            member
        })
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::layout::sketch::Sketch;

    /// A root over one span of 1000 ns with a child that leaves it `own_ns`.
    fn parent_with_child(own_ns: u64, change: impl Fn(&mut Sketch)) -> Outline {
        let mut sketch = Sketch::default();
        sketch.span(0, "a", "root", 0..2000).span(1, "a", "through", 0..1000);
        change(&mut sketch);
        sketch.span(2, "a", "child", 0..1000 - own_ns);
        sketch.finish()
    }

    #[test]
    fn internal_span_with_one_child_and_hardly_any_time_passes_through() {
        assert!(passes_through(&parent_with_child(9, |_| ()), SpanIdx(1)));
    }

    #[test]
    fn one_percent_of_own_time_does_not_pass_through() {
        assert!(!passes_through(&parent_with_child(10, |_| ()), SpanIdx(1)));
    }

    #[test]
    fn other_kinds_do_not_pass_through() {
        for kind in [Kind::Unspecified, Kind::Server, Kind::Client, Kind::Producer, Kind::Consumer] {
            let outline = parent_with_child(0, |sketch| {
                sketch.kind(kind);
            });
            assert!(!passes_through(&outline, SpanIdx(1)), "{kind:?}");
        }
    }

    #[test]
    fn what_has_something_of_its_own_does_not_pass_through() {
        for bits in [flag::ERROR, flag::EXCEPTION, flag::EVENTS, flag::LINKS] {
            let outline = parent_with_child(0, |sketch| {
                sketch.flags(bits);
            });
            assert!(!passes_through(&outline, SpanIdx(1)), "{bits}");
        }
    }

    #[test]
    fn two_children_or_none_do_not_pass_through() {
        let mut sketch = Sketch::default();
        sketch.span(0, "a", "root", 0..100).span(1, "a", "one", 0..50).span(1, "a", "two", 50..100);
        let outline = sketch.finish();
        assert!(!passes_through(&outline, SpanIdx(0)));
        assert!(!passes_through(&outline, SpanIdx(1)));
    }

    #[test]
    fn span_of_no_duration_does_not_pass_through() {
        let mut sketch = Sketch::default();
        sketch.span(0, "a", "root", 5..5).span(1, "a", "child", 5..5);
        assert!(!passes_through(&sketch.finish(), SpanIdx(0)));
    }

    #[test]
    fn run_ends_where_service_name_or_kind_changes() {
        let mut sketch = Sketch::default();
        sketch.span(0, "a", "root", 0..100);
        for at in 0..3 {
            sketch.span(1, "a", "get", at..at + 1).span(2, "a", "below", at..at + 1);
        }
        sketch.span(1, "b", "get", 4..5).span(1, "b", "put", 5..6).span(1, "b", "put", 6..7).kind(Kind::Client);
        let outline = sketch.finish();
        let counts: Vec<u32> =
            [1, 7, 8, 9].map(|first| run_from(&outline, SpanIdx(first), outline.len() as u32).count).to_vec();
        assert_eq!(counts, [3, 1, 1, 1]);
        assert_eq!(run_of(&outline, SpanIdx(5)), Run { first: 1, end: 7, count: 3 });
        assert_eq!(run_of(&outline, SpanIdx(0)), Run { first: 0, end: 10, count: 1 });
        let run = run_of(&outline, SpanIdx(1));
        assert_eq!(members(&outline, run).map(|span| span.0).collect::<Vec<_>>(), [1, 3, 5]);
    }
}
