//! The rows of the timeline, kept at what is chosen. Those of a small trace are made within a frame, whenever they are asked
//! for; those of a large one in slices, the old ones standing until they are done.

use std::sync::Arc;

use leptos::prelude::*;
use leptos::task::spawn_local;

use super::app::App;
use super::pace::{AT_ONCE, Pace, Superseded};
use super::view::{Shown, View};
use crate::layout::{RowModel, RowOptions};
use crate::model::{Outline, SpanIdx};
use crate::state::react::effect;

/// The rows of a large trace, and what they were made of.
#[derive(Clone)]
pub struct Made {
    outline: Arc<Outline>,
    chosen: RowOptions,
    rows: Arc<RowModel>,
}

#[derive(Clone, Copy)]
pub struct LargeRows {
    made: RwSignal<Option<Made>>,
    /// A span to scroll to when the rows that show it have come.
    awaited: StoredValue<Option<SpanIdx>>,
}

impl LargeRows {
    pub fn new() -> Self {
        LargeRows { made: RwSignal::new(None), awaited: StoredValue::new(None) }
    }

    /// What the timeline shows of `outline`. Under tracking.
    pub fn shown(self, outline: Arc<Outline>, view: View) -> Option<Shown> {
        if outline.len() > AT_ONCE {
            // Those of the trace before, until its own are made: a reload changes little.
            return self.made.get().map(|made| view.shown(made.outline, made.rows));
        }
        let rows = view.chosen.with(|chosen| RowModel::new(&outline, chosen));
        Some(view.shown(outline, Arc::new(rows)))
    }

    fn are_of(self, outline: &Arc<Outline>, chosen: &RowOptions) -> bool {
        let of = |made: &Made| Arc::ptr_eq(&made.outline, outline) && made.chosen == *chosen;
        self.made.with_untracked(|made| made.as_ref().is_some_and(of))
    }
}

impl Default for LargeRows {
    fn default() -> Self {
        Self::new()
    }
}

impl App {
    /// Keeps the rows of large traces at what is chosen. Call once.
    pub fn follow_rows(self) {
        let newest = StoredValue::new(0u32);
        effect(move || {
            let (outline, chosen) = (self.outline.get(), self.view.chosen.get());
            newest.update_value(|n| *n = n.wrapping_add(1));
            let mine = newest.get_value();
            let Some(outline) = outline.filter(|outline| outline.len() > AT_ONCE) else {
                self.large_rows.made.set(None);
                return;
            };
            if self.large_rows.are_of(&outline, &chosen) {
                return;
            }
            spawn_local(async move {
                let mut pace = Pace::new(move || newest.get_value() == mine);
                if self.make_rows(outline, chosen, &mut pace).await.is_ok()
                    && let Some(span) = self.large_rows.awaited.get_value()
                {
                    self.large_rows.awaited.set_value(None);
                    self.scroll_to(span);
                }
            });
        });
    }

    /// Makes the rows of a large trace, and shows them.
    pub(super) async fn make_rows(
        self,
        outline: Arc<Outline>,
        chosen: RowOptions,
        pace: &mut Pace,
    ) -> Result<(), Superseded> {
        let rows = Arc::new(pace.rows(&outline, &chosen).await?);
        self.large_rows.made.set(Some(Made { outline, chosen, rows }));
        Ok(())
    }

    /// Scrolls to a span once its row is there; small traces have it already.
    pub(super) fn await_row(self, span: SpanIdx) {
        let is_large = self.outline.with_untracked(|outline| outline.as_ref().is_some_and(|o| o.len() > AT_ONCE));
        self.large_rows.awaited.set_value(is_large.then_some(span));
    }
}
