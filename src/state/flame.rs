//! The flame chart: stepping from box to box, and keeping the selected one in sight.

use std::sync::Arc;

use leptos::prelude::*;
use leptos::task::spawn_local;

use super::app::App;
use super::ask::Working;
use super::pace::{Pace, STEP, Superseded};
use super::tabs::Step;
use super::url::View as Tab;
use super::view::Flame;
use crate::layout::RowOptions;
use crate::layout::flame_chart::pack::{self, Placing};
use crate::layout::flame_chart::{self, height_px, scroll_to_row};
use crate::model::outline::Column;
use crate::model::{Outline, SpanIdx};
use crate::state::react::effect;
use crate::worker::protocol::Ask;

/// More boxes than this are packed by the worker: the page has a frame to keep.
const PACKED_HERE: usize = 20_000;

impl App {
    /// Keeps the boxes at what is chosen, the old ones standing until the new ones are made. Call once, in the view that
    /// shows them.
    pub fn follow_flame(self) {
        let newest = StoredValue::new(0u32);
        effect(move || {
            let (outline, chosen) = (self.outline.get(), self.view.chosen.get());
            newest.update_value(|n| *n = n.wrapping_add(1));
            let mine = newest.get_value();
            let Some(outline) = outline else { return };
            let is_made = |flame: &Arc<Flame>| Arc::ptr_eq(&flame.outline, &outline) && flame.chosen == chosen;
            if self.flame.with_untracked(|flame| flame.as_ref().is_some_and(is_made)) {
                return;
            }
            let working = Working::begin(self.working);
            spawn_local(async move {
                let mut pace = Pace::new(move || newest.try_get_value() == Some(mine));
                if let Ok(flame) = self.make_flame(outline, chosen, &mut pace).await {
                    let is_first = self.flame.with_untracked(Option::is_none);
                    self.flame.set(Some(Arc::new(flame)));
                    if let Some(span) = self.view.selected.get_untracked().filter(|_| is_first) {
                        self.scroll_flame_to(span);
                    }
                }
                drop(working);
            });
        });
    }

    async fn make_flame(self, outline: Arc<Outline>, chosen: RowOptions, pace: &mut Pace) -> Result<Flame, Superseded> {
        let rows = pace.rows(&outline, &flame_chart::options(&outline, chosen.clone())).await?;
        let unplaced = pace.boxes(&outline, &rows).await?;
        let (starts, ends, parents) = unplaced.columns();
        pace.rest().await?;
        let (row_of, order) = if unplaced.len() <= PACKED_HERE {
            let row_of = pack::rows(&starts, &ends, &parents);
            let order = pack::order(&starts, &row_of);
            (row_of, order)
        } else {
            let columns = vec![Column::U64(starts), Column::U64(ends), Column::U32(parents)];
            let answer = self.ask_with(|id| Ask::Pack { id }, columns).await.ok_or(Superseded)?;
            let mut columns = answer.columns.into_iter();
            let (Some(Column::U32(row_of)), Some(Column::U32(order))) = (columns.next(), columns.next()) else {
                return Err(Superseded);
            };
            (row_of, order)
        };
        let mut placing = Placing::new(unplaced, row_of, order).ok_or(Superseded)?;
        while placing.step(STEP) {
            pace.rest().await?;
        }
        pace.rest().await?;
        Ok(Flame { outline, chosen, rows, packed: placing.finish() })
    }

    /// Scrolls the flame chart so that the box of a span is in sight, no more than it takes.
    pub fn scroll_flame_to(self, span: SpanIdx) {
        let Some(flame) = self.flame.get_untracked() else { return };
        let Some(item) = flame.packed.holding(span) else { return };
        let view_px = self.view.flame_px.get_untracked();
        let rows = flame.packed.row_count();
        self.view.flame_scroll_px.update(|scroll| *scroll = scroll_to_row(item.row, rows, *scroll, view_px));
    }

    /// Brings a span into sight in the view that is shown.
    pub fn show_selected(self, span: SpanIdx) {
        match self.view.tab.get_untracked() {
            Tab::Timeline => self.scroll_to(span),
            Tab::Flame => self.scroll_flame_to(span),
            _ => {}
        }
    }

    /// To the box above, the first one below, or the neighbour in the row.
    pub fn step_flame(self, step: Step) {
        let (Some(flame), Some(outline)) = (self.flame.get_untracked(), self.outline.get_untracked()) else { return };
        let packed = &flame.packed;
        let held = self.view.selected.get_untracked().and_then(|span| packed.holding(span)).copied();
        let next = match held {
            None => packed.row(0).first().map(|item| item.span),
            Some(item) => match step {
                // Spans of hidden services have no box: the walk passes over them.
                Step::Up => {
                    let above = |span: &SpanIdx| outline.parent(*span);
                    let mut ancestors = core::iter::successors(above(&SpanIdx(item.span.0 - item.folded)), above);
                    ancestors.find_map(|span| packed.holding(span)).map(|above| above.span)
                }
                Step::Down => {
                    let below = item.span.0 + 1..item.span.0 + outline.subtree_len(item.span);
                    let mut held = below.filter_map(|span| packed.holding(SpanIdx(span)));
                    held.find(|below| **below != item).map(|below| below.span)
                }
                Step::Left | Step::Right => packed.beside(&item, step == Step::Right).map(|beside| beside.span),
            },
        };
        if let Some(span) = next {
            self.go_row(span);
            self.into_window(&outline, span);
        }
    }

    /// Scrolls the flame chart by px.
    pub fn scroll_flame(self, dy_px: f64) {
        let rows = self.flame.with_untracked(|flame| flame.as_ref().map(|flame| flame.packed.row_count()));
        let most = (height_px(rows.unwrap_or_default()) - self.view.flame_px.get_untracked()).max(0.0);
        self.view.flame_scroll_px.update(|scroll| *scroll = (*scroll + dy_px).clamp(0.0, most));
    }

    /// What a double click asks for: the time of a box; a group opens.
    pub fn zoom_to_box(self, span: SpanIdx) {
        let Some(flame) = self.flame.get_untracked() else { return };
        match flame.packed.holding(span) {
            Some(item) if item.count > 1 => self.view.set_group_open(&flame.outline, item.span, true),
            _ => self.zoom_to(span),
        }
    }
}
