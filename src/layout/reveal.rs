//! What must open so that a span can be seen: the opposite of [`super::rows`]' hiding. It changes nothing itself.

use super::fold;
use super::rows::RowOptions;
use crate::model::{Outline, SpanIdx};

/// What stands between a span and its row.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Reveal {
    /// Collapsed ancestors, nearest first: to be taken out of `collapsed`.
    pub collapsed: Vec<SpanIdx>,
    /// Members of closed groups, nearest first: to be put into `expanded_groups`.
    pub groups: Vec<SpanIdx>,
    /// It passes through and is folded: only `keep` shows it.
    pub is_folded: bool,
    /// Its service is hidden.
    pub is_hidden: bool,
    /// It is not below the focus.
    pub is_out_of_focus: bool,
}

impl Reveal {
    /// Nothing stands between.
    pub fn is_empty(&self) -> bool {
        *self == Reveal::default()
    }

    /// Opens everything that stands between, gives up a focus elsewhere, shows the span's service again.
    pub fn open(&self, outline: &Outline, span: SpanIdx, options: &mut RowOptions) {
        self.collapsed.iter().for_each(|ancestor| options.collapsed.remove(ancestor.0));
        self.groups.iter().for_each(|member| options.expanded_groups.insert(member.0));
        if self.is_folded {
            options.keep.insert(span.0);
        }
        if self.is_hidden {
            options.hidden_services.remove(outline.service[span.index()]);
        }
        if self.is_out_of_focus {
            options.focus = None;
        }
    }
}

/// Opens whatever hides `span`, until it has a row.
pub fn show(outline: &Outline, options: &mut RowOptions, span: SpanIdx) {
    // Opening one thing can bring another to light, as a service shown again brings its collapsed spans; what a round
    // opens stays open, so a few rounds are enough.
    for _ in 0..4 {
        let found = reveal(outline, options, span);
        if found.is_empty() {
            return;
        }
        found.open(outline, span, options);
    }
}

/// What hides `span` under these options. Work is the number of its ancestors and of their siblings.
pub fn reveal(outline: &Outline, options: &RowOptions, span: SpanIdx) -> Reveal {
    let mut reveal = Reveal::default();
    if span.index() >= outline.len() {
        return reveal;
    }
    let is_hidden = |at: SpanIdx| options.hidden_services.contains(outline.service[at.index()]);
    let top = options.focus.filter(|focus| focus.index() < outline.len());
    let in_focus = |focus: SpanIdx| (focus.0..focus.0 + outline.subtree_len(focus)).contains(&span.0);
    reveal.is_out_of_focus = top.is_some_and(|focus| !in_focus(focus));
    // Without the focus, the walk goes up to the root.
    let top = top.filter(|_| !reveal.is_out_of_focus);
    reveal.is_hidden = is_hidden(span);

    let is_top = |at: SpanIdx| Some(at) == top || outline.parent(at).is_none();
    reveal.is_folded = options.fold
        && !is_top(span)
        && !options.keep.has(span)
        && !options.collapsed.has(span)
        && fold::passes_through(outline, span)
        && !is_hidden(SpanIdx(span.0 + 1));
    let mut at = span;
    loop {
        if at != span && options.collapsed.has(at) && !is_hidden(at) {
            reveal.collapsed.push(at);
        }
        if is_top(at) {
            return reveal;
        }
        if options.fold && in_closed_group(outline, options, at) {
            reveal.groups.push(at);
        }
        let Some(parent) = outline.parent(at) else { return reveal };
        at = parent;
    }
}

/// Whether `member` is in a closed group's row: alike with its neighbours, and nothing below it is kept.
fn in_closed_group(outline: &Outline, options: &RowOptions, member: SpanIdx) -> bool {
    if options.hidden_services.contains(outline.service[member.index()]) {
        return false;
    }
    let kept = |at: SpanIdx| options.keep.any_in(at.0..at.0 + outline.subtree_len(at));
    let run = fold::run_of(outline, member);
    if !run.is_group() || kept(member) || fold::members(outline, run).any(|other| options.expanded_groups.has(other)) {
        return false;
    }
    // One that kept members have cut off on both sides has a row of its own.
    let mut before = None;
    let mut others = fold::members(outline, run);
    for other in others.by_ref().take_while(|other| *other != member) {
        before = Some(other);
    }
    let stands_with = |other: Option<SpanIdx>| other.is_some_and(|other| !kept(other));
    stands_with(before) || stands_with(others.next())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::layout::rows::RowModel;
    use crate::layout::sketch::Sketch;
    use crate::layout::{Bits, collapse};

    /// A root, a pass-through, and three like siblings with a child each.
    fn folded() -> Outline {
        let mut sketch = Sketch::default();
        sketch.span(0, "a", "root", 0..1000).span(1, "a", "through", 0..1000).span(2, "b", "handler", 0..1000);
        for at in 0..3 {
            sketch.span(3, "b", "call", at * 100..at * 100 + 90).span(4, "c", "served", at * 100..at * 100 + 50);
        }
        sketch.finish()
    }

    #[test]
    fn opening_what_hides_a_span_gives_it_a_row() {
        let outline = folded();
        let mut all = Vec::new();
        for fold in [false, true] {
            for collapsed in [Bits::default(), collapse::all(&outline)] {
                for hidden in [vec![], vec![1u32], vec![0, 2]] {
                    for focus in [None, Some(SpanIdx(5))] {
                        all.push(RowOptions {
                            fold,
                            collapsed: collapsed.clone(),
                            hidden_services: hidden.iter().copied().collect(),
                            focus,
                            ..RowOptions::default()
                        });
                    }
                }
            }
        }
        for options in all {
            for span in outline.spans() {
                let found = reveal(&outline, &options, span);
                let shown = RowModel::new(&outline, &options).row_of(span).is_some();
                assert_eq!(found.is_empty(), shown, "{span:?} {options:?} {found:?}");
                let mut opened = options.clone();
                show(&outline, &mut opened, span);
                assert!(RowModel::new(&outline, &opened).row_of(span).is_some(), "{span:?} {options:?} {found:?}");
            }
        }
    }

    #[test]
    fn reveal_names_only_what_hides() {
        let outline = folded();
        let options = RowOptions { fold: true, collapsed: [0u32, 5].into_iter().collect(), ..RowOptions::default() };
        let found = reveal(&outline, &options, SpanIdx(6));
        assert_eq!(found.collapsed, [SpanIdx(5), SpanIdx(0)]);
        assert_eq!(found.groups, [SpanIdx(5)]);
        assert!(!found.is_folded && !found.is_hidden && !found.is_out_of_focus);
        assert!(reveal(&outline, &options, SpanIdx(1)).is_folded);
        assert!(reveal(&outline, &options, SpanIdx(0)).is_empty());
        assert!(reveal(&outline, &options, SpanIdx(99)).is_empty());
    }

    #[test]
    fn member_cut_off_by_kept_ones_needs_no_group_opened() {
        let outline = folded();
        let keep = [3u32, 8].into_iter().collect();
        let options = RowOptions { fold: true, keep, ..RowOptions::default() };
        assert!(reveal(&outline, &options, SpanIdx(5)).is_empty());
        assert!(RowModel::new(&outline, &options).row_of(SpanIdx(5)).is_some());
    }
}
