//! The flame chart: stepping from box to box, and keeping the selected one in sight.

use std::sync::Arc;

use leptos::prelude::*;

use super::app::App;
use super::tabs::Step;
use super::url::View as Tab;
use super::view::Flame;
use crate::layout::flame_chart::pack::{self, Unplaced};
use crate::layout::flame_chart::{height_px, scroll_to_row};
use crate::model::SpanIdx;
use crate::model::outline::Column;
use crate::worker::protocol::Ask;

/// More boxes than this are packed by the worker: the page has a frame to keep.
const PACKED_HERE: usize = 20_000;

impl App {
    /// Keeps the boxes at what is chosen. Call once, in the view that shows them.
    pub fn follow_flame(self) {
        let newest = StoredValue::new(0u32);
        Effect::new(move || {
            let Some(outline) = self.outline.get() else { return };
            let rows = self.view.flame_rows(&outline);
            let unplaced = Unplaced::of(&outline, &rows);
            newest.update_value(|n| *n = n.wrapping_add(1));
            let (starts, ends, parents) = unplaced.columns();
            let show = move |unplaced: Unplaced, placed: &[u32], outline, rows| {
                let Some(packed) = unplaced.placed(placed) else { return };
                let is_first = self.flame.with_untracked(Option::is_none);
                self.flame.set(Some(Arc::new(Flame { outline, rows, packed })));
                if let Some(span) = self.view.selected.get_untracked().filter(|_| is_first) {
                    self.scroll_flame_to(span);
                }
            };
            let Some(client) = self.client().filter(|_| unplaced.len() > PACKED_HERE) else {
                show(unplaced, &pack::rows(&starts, &ends, &parents), outline, rows);
                return;
            };
            let mine = newest.get_value();
            let mut waiting = Some((unplaced, outline, rows));
            let columns = [Column::U64(starts), Column::U64(ends), Column::U32(parents)];
            client.ask_with(
                |id| Ask::Pack { id },
                &columns,
                move |answer| {
                    let placed = answer.columns.into_iter().next();
                    // The view that asked may be gone, or may have asked anew.
                    if let (Some(Column::U32(placed)), Some((unplaced, outline, rows))) = (placed, waiting.take())
                        && newest.try_get_value() == Some(mine)
                    {
                        show(unplaced, &placed, outline, rows);
                    }
                },
            );
        });
        on_cleanup(move || self.flame.set(None));
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
