//! The flame graph: the merged tree, which frame it is zoomed to, and how it is drawn. A frame is remembered by a span of
//! it: what is folded, hidden or reloaded makes a new tree, and the span is in it all the same.

use std::sync::Arc;

use leptos::prelude::*;
use leptos::task::spawn_local;

use super::app::App;
use super::ask::Working;
use super::pace::{Pace, Superseded};
use super::tabs::Step;
use crate::analysis::Scope;
use crate::analysis::call_tree::CallTree;
use crate::layout::flame_graph::{Direction, Order, Width};
use crate::layout::{Bits, RowOptions};
use crate::model::outline::{Column, NONE};
use crate::model::{Outline, SpanIdx};
use crate::state::react::effect;
use crate::worker::protocol::Ask;

/// The tree with the trace it was merged from, and its children as they are drawn.
pub struct Merged {
    answered: Arc<Answered>,
    pub order: Order,
}

/// A tree, and the trace it was asked of.
type Answered = (Arc<Outline>, CallTree);

/// What the tree was merged from: the trace, and what of it is hidden, focused and folded.
type Known = (Arc<Outline>, RowOptions);

#[derive(Clone, Copy)]
pub struct GraphView {
    tree: RwSignal<Option<Arc<Answered>>>,
    known: StoredValue<Option<Known>>,
    pub merged: Memo<Option<Arc<Merged>>>,
    pub width: RwSignal<Width>,
    pub direction: RwSignal<Direction>,
    /// A span of the frame that fills the width; none for `all`.
    pub zoom: RwSignal<Option<SpanIdx>>,
    pub scroll_px: RwSignal<f64>,
    /// Of all rows, as last drawn.
    pub height_px: RwSignal<f64>,
    pub view_px: RwSignal<f64>,
}

impl GraphView {
    pub fn new() -> Self {
        let tree: RwSignal<Option<Arc<Answered>>> = RwSignal::new(None);
        let width = RwSignal::new(Width::default());
        let merged = Memo::new_with_compare(
            move |_| {
                let width = width.get();
                tree.with(|tree| {
                    tree.as_ref().map(|tree| {
                        let order = Order::new(&tree.1, &tree.0, width);
                        Arc::new(Merged { answered: tree.clone(), order })
                    })
                })
            },
            |_, _| true,
        );
        GraphView {
            tree,
            known: StoredValue::new(None),
            merged,
            width,
            direction: RwSignal::new(Direction::default()),
            zoom: RwSignal::new(None),
            scroll_px: RwSignal::new(0.0),
            height_px: RwSignal::new(0.0),
            view_px: RwSignal::new(600.0),
        }
    }

    /// As a trace is first seen.
    pub fn reset(self) {
        self.tree.set(None);
        self.known.set_value(None);
        self.zoom.set(None);
        self.scroll_px.set(0.0);
    }
}

impl Default for GraphView {
    fn default() -> Self {
        Self::new()
    }
}

impl Merged {
    pub fn outline(&self) -> &Arc<Outline> {
        &self.answered.0
    }

    pub fn tree(&self) -> &CallTree {
        &self.answered.1
    }

    /// The frame that holds a span; `None` while it is hidden or out of focus.
    pub fn node_of(&self, span: SpanIdx) -> Option<u32> {
        self.tree().node_of.get(span.index()).copied().filter(|node| *node != NONE)
    }

    /// By frame: whether one of these spans is in it.
    pub fn nodes_of(&self, spans: impl Iterator<Item = u32>) -> Vec<bool> {
        let mut found = vec![false; self.tree().len()];
        for node in spans.filter_map(|at| self.node_of(SpanIdx(at))) {
            if let Some(found) = found.get_mut(node as usize) {
                *found = true;
            }
        }
        found
    }

    /// A span of a frame; none of `all`.
    pub fn span_of(&self, node: u32) -> Option<SpanIdx> {
        self.tree().first_span.get(node as usize).copied().filter(|span| *span != NONE).map(SpanIdx)
    }

    /// What a frame is called: service and operation.
    pub fn names(&self, node: u32) -> (&str, &str) {
        match self.span_of(node) {
            Some(span) => (self.outline().service_name(span), self.outline().label(span)),
            None => ("", "all"),
        }
    }

    /// Its figure: work, or spans.
    pub fn figure(&self, node: u32) -> u64 {
        let at = node as usize;
        match self.order.width() {
            Width::Time => self.tree().work_ns.get(at).copied().unwrap_or_default(),
            Width::Count => self.tree().subtree_spans.get(at).copied().unwrap_or_default().into(),
        }
    }
}

/// Pass-through spans that have no box of their own, ascending.
async fn folded(outline: &Outline, chosen: &RowOptions, pace: &mut Pace) -> Result<Vec<u32>, Superseded> {
    if !chosen.fold {
        return Ok(Vec::new());
    }
    // Groups are open: what is merged by name needs no grouping, and folds inside them count too.
    let expanded_groups = Bits::below(outline.len() as u32);
    let options = RowOptions { collapsed: Bits::default(), expanded_groups, ..chosen.clone() };
    let rows = pace.rows(outline, &options).await?;
    Ok(rows.rows().iter().flat_map(|row| row.span().0 - row.folded()..row.span().0).collect())
}

impl App {
    /// Keeps the tree at what is chosen. Call once, in the view that shows it.
    pub fn follow_graph(self) {
        let view = self.view;
        let newest = StoredValue::new(0u32);
        effect(move || {
            let (outline, scope, chosen) = (self.outline.get(), view.scope(), view.chosen.get());
            newest.update_value(|n| *n = n.wrapping_add(1));
            let mine = newest.get_value();
            let Some(outline) = outline else { return };
            let is_known = |known: &Known| Arc::ptr_eq(&known.0, &outline) && known.1 == chosen;
            if self.graph.known.with_value(|known| known.as_ref().is_some_and(is_known)) {
                return;
            }
            let working = Working::begin(self.working);
            spawn_local(async move {
                let mut pace = Pace::new(move || newest.try_get_value() == Some(mine));
                if let Ok(tree) = self.merge(&outline, scope, &chosen, &mut pace).await {
                    self.graph.known.set_value(Some((outline.clone(), chosen)));
                    self.graph.tree.set(Some(Arc::new((outline, tree))));
                }
                drop(working);
            });
        });
    }

    async fn merge(
        self,
        outline: &Outline,
        scope: Scope,
        chosen: &RowOptions,
        pace: &mut Pace,
    ) -> Result<CallTree, Superseded> {
        let folded = folded(outline, chosen, pace).await?;
        let ask = |id| Ask::CallTree { id, scope };
        let answer = self.ask_with(ask, vec![Column::U32(folded)]).await.ok_or(Superseded)?;
        pace.rest().await?;
        let tree = CallTree::from_columns(answer.columns).ok_or(Superseded)?;
        if tree.node_of.len() == outline.len() { Ok(tree) } else { Err(Superseded) }
    }

    /// The frame that fills the width. Call under tracking.
    pub fn graph_root(self, merged: &Merged) -> u32 {
        self.graph.zoom.get().and_then(|span| merged.node_of(span)).unwrap_or(0)
    }

    /// A click on a frame: it fills the width, and its first span is selected.
    pub fn zoom_graph(self, node: u32) {
        let Some(merged) = self.graph.merged.get_untracked() else { return };
        let span = merged.span_of(node);
        self.graph.zoom.set(span);
        if let Some(span) = span {
            self.view.selected.set(Some(span));
        }
    }

    /// To the frame above or below, or to the sibling beside.
    pub fn step_graph(self, step: Step) {
        let Some(merged) = self.graph.merged.get_untracked() else { return };
        let held = self.view.selected.get_untracked().and_then(|span| merged.node_of(span));
        let siblings = |node: u32| {
            let parent = merged.tree().parent.get(node as usize).copied().unwrap_or(NONE);
            if parent == NONE { &[] } else { merged.order.children(parent) }
        };
        let beside = |node: u32, by: isize| {
            let siblings = siblings(node);
            let at = siblings.iter().position(|sibling| *sibling == node)?;
            siblings.get(at.checked_add_signed(by)?).copied()
        };
        // In a flame the callees stand above.
        let step = match (self.graph.direction.get_untracked(), step) {
            (Direction::Flame, Step::Up) => Step::Down,
            (Direction::Flame, Step::Down) => Step::Up,
            (_, step) => step,
        };
        let next = match (held, step) {
            (None, _) => merged.order.children(0).first().copied(),
            (Some(node), Step::Up) => merged.tree().parent.get(node as usize).copied().filter(|parent| *parent != NONE),
            (Some(node), Step::Down) => merged.order.children(node).first().copied(),
            (Some(node), Step::Left) => beside(node, -1),
            (Some(node), Step::Right) => beside(node, 1),
        };
        if let Some(span) = next.and_then(|node| merged.span_of(node)) {
            self.view.selected.set(Some(span));
        }
    }

    /// The selected frame fills the width.
    pub fn zoom_graph_to_selection(self) {
        let Some(merged) = self.graph.merged.get_untracked() else { return };
        if let Some(node) = self.view.selected.get_untracked().and_then(|span| merged.node_of(span)) {
            self.zoom_graph(node);
        }
    }

    pub fn scroll_graph(self, dy_px: f64) {
        let most = (self.graph.height_px.get_untracked() - self.graph.view_px.get_untracked()).max(0.0);
        self.graph.scroll_px.update(|scroll| *scroll = (*scroll + dy_px).clamp(0.0, most));
    }

    /// Escape: the frame above the zoomed one fills the width. False when `all` does already.
    pub fn zoom_graph_out(self) -> bool {
        let Some(merged) = self.graph.merged.get_untracked() else { return false };
        let root = untrack(|| self.graph_root(&merged));
        let above = merged.tree().parent.get(root as usize).copied().filter(|above| *above != NONE);
        if let Some(above) = above {
            self.graph.zoom.set(merged.span_of(above));
        }
        above.is_some()
    }
}
