//! How one trace is looked at: selection, window, rows, find. Views of a trace share all of it.

use std::sync::Arc;

use leptos::prelude::*;

use super::url::View as Tab;
use crate::analysis::Scope;
use crate::base::SpanId;
use crate::layout::bars::Metrics;
use crate::layout::flame_chart::{self, pack::Packed};
use crate::layout::scroll::{RowHeights, Scroll};
use crate::layout::{Bits, RowModel, RowOptions, Viewport, collapse};
use crate::layout::{fold, reveal};
use crate::model::outline::flag;
use crate::model::{Outline, SpanIdx};
use crate::source::config::Config;

/// What find came to.
#[derive(Clone, Default)]
pub struct Matches {
    /// Ascending.
    pub spans: Arc<Vec<u32>>,
    pub done: bool,
    /// Terms that could not be read as asked.
    pub notes: Vec<String>,
}

#[derive(Clone, Copy)]
pub struct View {
    /// Which picture of the trace is shown.
    pub tab: RwSignal<Tab>,
    pub selected: RwSignal<Option<SpanIdx>>,
    pub window: RwSignal<Viewport>,
    pub options: RwSignal<RowOptions>,
    /// What is chosen, with what is found kept from being folded. A find of more than that changes nothing here.
    pub chosen: Memo<RowOptions>,
    pub show_critical: RwSignal<bool>,
    pub find: RwSignal<String>,
    pub matches: RwSignal<Matches>,
    pub scroll: RwSignal<Scroll>,
    /// Height of the rows' view, as last measured.
    pub rows_px: RwSignal<f64>,
    /// How far the flame chart is scrolled, and its height.
    pub flame_scroll_px: RwSignal<f64>,
    pub flame_px: RwSignal<f64>,
    pub hovered: RwSignal<Option<SpanIdx>>,
    /// Where the pointer is, in ns.
    pub cursor_ns: RwSignal<Option<u64>>,
    /// Whether the details show when something is selected.
    pub details_open: RwSignal<bool>,
    /// What is picked in the map was chosen after the selected span: its panel stands before the details.
    pub map_first: RwSignal<bool>,
    pub narrow: RwSignal<bool>,
}

/// The rows of a trace and where they stand, with the trace they are rows of.
pub struct Shown {
    pub outline: Arc<Outline>,
    pub rows: RowModel,
    pub heights: RowHeights,
}

/// The boxes of the flame chart, with the trace they are of and the rows they were made from.
pub struct Flame {
    pub outline: Arc<Outline>,
    pub rows: RowModel,
    pub packed: Packed,
}

/// Above this many matches, matching does not keep spans from being folded: everything would unfold.
const MAX_KEPT_MATCHES: usize = 2_000;

impl View {
    pub fn new() -> Self {
        let narrow = RwSignal::new(false);
        super::prefs::follow_media("(max-width: 720px)", narrow);
        let options = RwSignal::new(RowOptions::default());
        let matches = RwSignal::new(Matches::default());
        let chosen = Memo::new(move |_| {
            let mut options = options.get();
            matches.with(|matches| {
                if matches.spans.len() <= MAX_KEPT_MATCHES {
                    matches.spans.iter().for_each(|span| options.keep.insert(*span));
                }
            });
            options
        });
        View {
            tab: RwSignal::new(Tab::default()),
            selected: RwSignal::new(None),
            window: RwSignal::new(Viewport::fit(1)),
            options,
            chosen,
            show_critical: RwSignal::new(true),
            find: RwSignal::new(String::new()),
            matches,
            scroll: RwSignal::new(Scroll::default()),
            rows_px: RwSignal::new(600.0),
            flame_scroll_px: RwSignal::new(0.0),
            flame_px: RwSignal::new(600.0),
            hovered: RwSignal::new(None),
            cursor_ns: RwSignal::new(None),
            details_open: RwSignal::new(true),
            map_first: RwSignal::new(false),
            narrow,
        }
    }

    /// As a trace is first seen: all of it, expanded, folded as the configuration says.
    pub fn reset(self, outline: &Outline, config: &Config) {
        self.selected.set(None);
        self.window.set(Viewport::fit(outline.headline.duration_ns));
        let mut options = RowOptions { fold: config.defaults.fold.unwrap_or(true), ..RowOptions::default() };
        // Failing spans are what people look for: none is folded away, however many repeat.
        options.keep = outline
            .spans()
            .filter(|span| outline.has(*span, flag::ERROR))
            .take(MAX_KEPT_MATCHES)
            .map(|s| s.0)
            .collect();
        self.options.set(options);
        self.scroll.set(Scroll::default());
        self.flame_scroll_px.set(0.0);
        self.matches.set(Matches::default());
        self.hovered.set(None);
        self.cursor_ns.set(None);
    }

    /// After a reload positions mean other spans: what was collapsed, opened and focused is carried over by span id.
    pub fn carry_over(self, outline: &Outline, before: &Outline) {
        let ids: std::collections::HashMap<SpanId, u32> =
            outline.spans().map(|span| (outline.id(span), span.0)).collect();
        let moved = |bits: &Bits| -> Bits {
            bits.iter()
                .filter(|at| (*at as usize) < before.len())
                .filter_map(|at| ids.get(&before.id(SpanIdx(at))).copied())
                .collect()
        };
        let services = |bits: &Bits| -> Bits {
            let name = |at: u32| before.services.get(at as usize).map(|line| line.name.as_str());
            let hidden: Vec<&str> = bits.iter().filter_map(name).collect();
            (0u32..)
                .zip(&outline.services)
                .filter(|(_, line)| hidden.contains(&line.name.as_str()))
                .map(|(at, _)| at)
                .collect()
        };
        self.options.update(|options| {
            options.collapsed = moved(&options.collapsed);
            options.expanded_groups = moved(&options.expanded_groups);
            options.keep = moved(&options.keep);
            options.hidden_services = services(&options.hidden_services);
            options.focus = options.focus.and_then(|span| ids.get(&before.id(span)).copied()).map(SpanIdx);
        });
        if self.window.with_untracked(|window| window.is_whole(before.headline.duration_ns)) {
            self.window.set(Viewport::fit(outline.headline.duration_ns));
        }
    }

    /// The rows, given what is chosen and what is found. Call under tracking.
    pub fn shown(self, outline: Arc<Outline>) -> Shown {
        let rows = self.chosen.with(|chosen| RowModel::new(&outline, chosen));
        let metrics = self.metrics();
        let heights = RowHeights::new(rows.len(), rows.heads(), metrics.row_px, metrics.head_px);
        Shown { outline, rows, heights }
    }

    /// The rows that the flame chart makes its boxes from. Call under tracking.
    pub fn flame_rows(self, outline: &Outline) -> RowModel {
        RowModel::new(outline, &flame_chart::options(outline, self.chosen.get()))
    }

    /// Pass-through spans that have no box of their own, ascending. Call under tracking.
    pub fn folded(self, outline: &Outline) -> Vec<u32> {
        let options = self.chosen.get();
        if !options.fold {
            return Vec::new();
        }
        // Groups are open: what is merged by name needs no grouping, and folds inside them count too.
        let expanded_groups = Bits::default().complement(outline.len() as u32);
        let rows = RowModel::new(outline, &RowOptions { collapsed: Bits::default(), expanded_groups, ..options });
        rows.rows().iter().flat_map(|row| row.span().0 - row.folded()..row.span().0).collect()
    }

    /// What the figures of every view are about. Call under tracking.
    pub fn scope(self) -> Scope {
        self.options.with(|options| Scope {
            hidden_services: options.hidden_services.iter().collect(),
            focus: options.focus.map(|span| span.0),
        })
    }

    /// Where things stand in a row. Narrow screens have the name over the bar.
    pub fn metrics(self) -> &'static Metrics {
        if self.narrow.get() { &Metrics::NARROW } else { &Metrics::WIDE }
    }

    /// Opens whatever hides a span.
    pub fn reveal(self, outline: &Outline, span: SpanIdx) {
        let hidden = self.options.with_untracked(|options| !reveal::reveal(outline, options, span).is_empty());
        if hidden {
            self.options.update(|options| {
                reveal::show(outline, options, span);
            });
        }
    }

    /// Opens or closes a group of like siblings.
    pub fn set_group_open(self, outline: &Outline, first: SpanIdx, open: bool) {
        let run = fold::run_of(outline, first);
        self.options.update(|options| {
            if open {
                options.expanded_groups.insert(first.0);
            } else {
                fold::members(outline, run).for_each(|member| options.expanded_groups.remove(member.0));
            }
        });
    }

    pub fn set_collapsed(self, span: SpanIdx, collapsed: bool) {
        self.options.update(|options| options.collapsed.set(span.0, collapsed));
    }

    pub fn collapse_by(self, change: impl FnOnce(&Bits) -> Bits) {
        self.options.update(|options| {
            options.collapsed = change(&options.collapsed);
            if options.collapsed.is_empty() {
                return;
            }
            options.expanded_groups = Bits::default();
        });
    }

    pub fn expand_all(self) {
        self.options.update(|options| options.collapsed = Bits::default());
    }

    pub fn collapse_all(self, outline: &Outline) {
        self.collapse_by(|_| collapse::all(outline));
    }

    /// Shows only these services; none of them shows all.
    pub fn isolate(self, outline: &Outline, names: &[String]) {
        let shown: Bits =
            (0u32..).zip(&outline.services).filter(|(_, line)| names.contains(&line.name)).map(|(at, _)| at).collect();
        let all = outline.services.len() as u32;
        self.options.update(|options| {
            options.hidden_services = if shown.is_empty() { Bits::default() } else { shown.complement(all) };
        });
    }

    /// Names of the services that are shown, when not all are.
    pub fn isolated(self, outline: &Outline) -> Vec<String> {
        self.options.with(|options| {
            if options.hidden_services.is_empty() {
                return Vec::new();
            }
            let shown = |(at, _): &(u32, _)| !options.hidden_services.contains(*at);
            (0u32..).zip(&outline.services).filter(shown).map(|(_, line)| line.name.clone()).collect()
        })
    }
}

impl Default for View {
    fn default() -> Self {
        Self::new()
    }
}
