//! Statistics: what spans are grouped by, how the table is sorted, and its rows.

use std::sync::Arc;

use leptos::prelude::*;

use super::app::App;
use super::ask::Answered;
use crate::analysis::statistics::{GroupBy, KeyLine, StatRow, Statistics};
use crate::model::Outline;
use crate::model::outline::{Column, NONE};
use crate::worker::protocol::{Ask, Tell};

/// What the table is sorted by.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Sort {
    Group,
    Count,
    Errors,
    Total,
    OwnTime,
    Min,
    Mean,
    P50,
    P95,
    P99,
    Max,
    Critical,
}

impl Sort {
    /// As the address names it.
    pub const NAMES: [(&'static str, Sort); 12] = [
        ("group", Sort::Group),
        ("count", Sort::Count),
        ("errors", Sort::Errors),
        ("total", Sort::Total),
        ("self", Sort::OwnTime),
        ("min", Sort::Min),
        ("mean", Sort::Mean),
        ("p50", Sort::P50),
        ("p95", Sort::P95),
        ("p99", Sort::P99),
        ("max", Sort::Max),
        ("critical", Sort::Critical),
    ];

    /// A row's figure; groups are sorted by their names.
    pub fn figure(self, row: &StatRow) -> u64 {
        match self {
            Sort::Group => 0,
            Sort::Count => row.count,
            Sort::Errors => row.errors,
            Sort::Total => row.total_ns,
            Sort::OwnTime => row.self_ns,
            Sort::Min => row.min_ns,
            Sort::Mean => row.mean_ns,
            Sort::P50 => row.p50_ns,
            Sort::P95 => row.p95_ns,
            Sort::P99 => row.p99_ns,
            Sort::Max => row.max_ns,
            Sort::Critical => row.critical_ns,
        }
    }
}

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

    /// As the address has it: `self` the smallest first, `-self` the largest.
    pub fn sort_text(self) -> Option<String> {
        let (by, descending) = self.sort.get();
        let name = Sort::NAMES.iter().find(|(_, sort)| *sort == by).map(|(name, _)| *name)?;
        let standard = by == Sort::Total && descending;
        (!standard).then(|| if descending { format!("-{name}") } else { name.to_owned() })
    }

    pub fn set_sort_text(self, text: Option<&str>) {
        let text = text.unwrap_or("-total");
        let (name, descending) = text.strip_prefix('-').map_or((text, false), |name| (name, true));
        if let Some((_, sort)) = Sort::NAMES.iter().find(|(known, _)| *known == name) {
            self.sort.set((*sort, descending));
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
