//! How the list of traces is looked at: sorted by what, filtered by what. It outlives a visit to one of its traces.

use leptos::prelude::*;

/// What the list is sorted by.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Column {
    Root,
    Start,
    Duration,
    Spans,
    Services,
    Errors,
}

#[derive(Clone, Copy)]
pub struct ListView {
    /// The column, and whether the largest comes first.
    pub sort: RwSignal<(Column, bool)>,
    pub text: RwSignal<String>,
    pub errors_only: RwSignal<bool>,
    /// In px.
    pub scroll: RwSignal<f64>,
}

impl ListView {
    pub fn new() -> Self {
        ListView {
            sort: RwSignal::new((Column::Start, false)),
            text: RwSignal::new(String::new()),
            errors_only: RwSignal::new(false),
            scroll: RwSignal::new(0.0),
        }
    }

    /// As a new list is first seen.
    pub fn reset(self) {
        self.sort.set((Column::Start, false));
        self.text.set(String::new());
        self.errors_only.set(false);
        self.scroll.set(0.0);
    }
}

impl Default for ListView {
    fn default() -> Self {
        Self::new()
    }
}
