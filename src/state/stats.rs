//! Statistics: what spans are grouped by, how the table is sorted, and its rows.

use std::sync::Arc;

use leptos::prelude::*;

use super::app::App;
use super::ask::Answered;
use crate::analysis::statistics::{GroupBy, KeyLine, StatRow, Statistics};
pub use crate::analysis::statistics_order::{Order, Sort};
use crate::model::Outline;
use crate::model::outline::{Column, NONE};
use crate::worker::protocol::{Ask, Tell};

/// The table, and the row of each span.
pub struct Grouped {
    /// The trace it is of.
    pub outline: Arc<Outline>,
    pub by: GroupBy,
    pub statistics: Statistics,
    row_of: Vec<u32>,
}

impl Grouped {
    /// The row that a span is counted in.
    pub fn row_of(&self, span: u32) -> Option<u32> {
        self.row_of.get(span as usize).copied().filter(|row| *row != NONE)
    }
}

#[derive(Clone, Copy)]
pub struct StatsView {
    pub by: RwSignal<GroupBy>,
    /// The column, and whether the largest comes first.
    pub sort: RwSignal<(Sort, bool)>,
    pub grouped: RwSignal<Option<Arc<Grouped>>>,
    pub keys: RwSignal<Vec<KeyLine>>,
    answered: Answered,
    keys_answered: Answered,
    pub scroll_px: RwSignal<f64>,
}

impl StatsView {
    pub fn new() -> Self {
        StatsView {
            by: RwSignal::new(GroupBy::default()),
            sort: RwSignal::new((Sort::Total, true)),
            grouped: RwSignal::new(None),
            keys: RwSignal::new(Vec::new()),
            answered: Answered::new(),
            keys_answered: Answered::new(),
            scroll_px: RwSignal::new(0.0),
        }
    }

    /// As a trace is first seen.
    pub fn reset(self) {
        self.grouped.set(None);
        self.keys.set(Vec::new());
        self.answered.forget();
        self.keys_answered.forget();
        self.scroll_px.set(0.0);
    }

    /// How the rows stand.
    pub fn order(self) -> Order {
        let (by, descending) = self.sort.get();
        Order { by, descending }
    }

    /// As the address has it; nothing when it is the usual order.
    pub fn sort_text(self) -> Option<String> {
        let order = self.order();
        (order != Order::default()).then(|| order.text())
    }

    pub fn set_sort_text(self, text: Option<&str>) {
        if let Some(order) = text.map_or(Some(Order::default()), Order::parse) {
            self.sort.set((order.by, order.descending));
        }
    }
}

impl Default for StatsView {
    fn default() -> Self {
        Self::new()
    }
}

impl App {
    /// Keeps the table at what is chosen. Call once, in the view that shows it.
    pub fn follow_stats(self) {
        let question = move || Ask::Statistics { id: 0, scope: self.view.scope(), by: self.stats.by.get().name() };
        self.follow(self.stats.answered, question, move |outline, answer| {
            if let (Tell::Statistics { statistics, .. }, Some(Column::U32(row_of))) =
                (answer.tell, answer.columns.into_iter().next())
            {
                let by = self.stats.by.get_untracked();
                self.stats.grouped.set(Some(Arc::new(Grouped { outline, by, statistics, row_of })));
            }
        });
        let question = move || Ask::AttributeKeys { id: 0, scope: self.view.scope() };
        self.follow(self.stats.keys_answered, question, move |_, answer| {
            if let Tell::AttributeKeys { keys, .. } = answer.tell {
                self.stats.keys.set(keys);
            }
        });
    }

    /// A click on a row: find marks its spans in every view; a second click ends that.
    pub fn filter_to(self, row: &StatRow) {
        match &row.find {
            Some(find) if self.view.find.with_untracked(|now| now == find) => self.find_for(""),
            Some(find) => self.find_for(find),
            None => self.say("Find has no words that tell exactly this group from the others"),
        }
    }
}
