//! Find: what is looked for, what came of it, and the steps from match to match.

use std::sync::Arc;

use leptos::prelude::*;

use super::app::App;
use super::view::Matches;
use crate::model::SpanIdx;
use crate::model::outline::Column;
use crate::worker::protocol::{Ask, Tell};

impl App {
    /// Starts a search; an empty text ends it.
    pub fn find_for(self, text: &str) {
        let view = self.view;
        view.find.set(text.to_owned());
        if text.trim().is_empty() {
            view.matches.set(Matches::default());
            return;
        }
        let Some(client) = self.client() else { return };
        let asked = text.to_owned();
        view.matches.update(|matches| matches.done = false);
        let (sent, mut first) = (asked.clone(), true);
        client.ask(
            |id| Ask::Find { id, text: sent },
            move |answer| {
                let Tell::Found { done, notes, .. } = answer.tell else { return };
                if view.find.with_untracked(|now| *now != asked) {
                    return;
                }
                let Some(Column::U32(spans)) = answer.columns.into_iter().next() else { return };
                let fresh = core::mem::take(&mut first);
                view.matches.update(|matches| {
                    let held = core::mem::take(&mut matches.spans);
                    let mut all = if fresh { Vec::new() } else { Arc::unwrap_or_clone(held) };
                    all.extend(spans);
                    *matches = Matches { spans: all.into(), done, notes };
                });
            },
        );
    }

    /// Which match the selection is.
    pub fn match_position(self) -> Option<usize> {
        let selected = self.view.selected.get()?;
        self.view.matches.with(|matches| matches.spans.binary_search(&selected.0).ok())
    }

    /// The next or previous match from the selection, around the ends.
    pub fn step_match(self, by: i32) {
        let selected = self.view.selected.get_untracked().map(|span| span.0);
        let next = self.view.matches.with_untracked(|matches| {
            let spans = &matches.spans;
            let count = spans.len();
            if count == 0 {
                return None;
            }
            let at = match (selected, by > 0) {
                (None, true) => 0,
                (None, false) => count - 1,
                (Some(span), true) => spans.partition_point(|at| *at <= span) % count,
                (Some(span), false) => (spans.partition_point(|at| *at < span) + count - 1) % count,
            };
            spans.get(at).copied()
        });
        if let Some(next) = next {
            self.select(SpanIdx(next));
        }
    }
}
