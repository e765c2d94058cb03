//! The flame chart: stepping from box to box, and keeping the selected one in sight.

use leptos::prelude::*;

use super::app::App;
use super::tabs::Step;
use super::url::View as Tab;
use crate::layout::flame_chart::{height_px, scroll_to_row};
use crate::model::SpanIdx;

impl App {
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
                Step::Up => outline
                    .parent(SpanIdx(item.span.0 - item.folded))
                    .and_then(|parent| packed.holding(parent))
                    .map(|above| above.span),
                Step::Down => {
                    outline.children(item.span).find_map(|child| packed.holding(child)).map(|below| below.span)
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
