//! How one trace is looked at: selection, window, rows, find. Views of a trace share all of it.

use std::sync::Arc;

use leptos::prelude::*;
use rustc_hash::FxHashMap;

use super::url::View as Tab;
use super::url_rows::{MOST, Rows};
use crate::analysis::Scope;
use crate::base::SpanId;
use crate::layout::bars::Metrics;
use crate::layout::flame_chart::pack::Packed;
use crate::layout::scroll::{RowHeights, Scroll};
use crate::layout::{Bits, RowModel, RowOptions, Viewport, collapse};
use crate::layout::{fold, reveal};
use crate::model::outline::flag;
use crate::model::{Outline, SpanIdx};
use crate::source::config::Config;
use crate::state::react::memo;

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
    pub rows: Arc<RowModel>,
    pub heights: RowHeights,
}

/// The boxes of the flame chart, with the trace they are of and the rows they were made from.
pub struct Flame {
    pub outline: Arc<Outline>,
    pub chosen: RowOptions,
    pub rows: RowModel,
    pub packed: Packed,
}

/// Above this many matches, matching does not keep spans from being folded: everything would unfold.
const MAX_KEPT_MATCHES: usize = 2_000;

fn folds_at_first(config: &Config) -> bool {
    config.defaults.fold.unwrap_or(true)
}

/// As the rows of a trace are first shown: expanded, folded as the configuration says. Failing spans are what people look
/// for: none is folded away, however many repeat.
pub fn first_options(outline: &Outline, config: &Config) -> RowOptions {
    let failed = outline.spans().filter(|span| outline.has(*span, flag::ERROR));
    RowOptions {
        fold: folds_at_first(config),
        keep: failed.take(MAX_KEPT_MATCHES).map(|span| span.0).collect(),
        ..RowOptions::default()
    }
}

impl View {
    pub fn new() -> Self {
        let narrow = RwSignal::new(false);
        super::prefs::follow_media("(max-width: 720px)", narrow);
        let options = RwSignal::new(RowOptions::default());
        let matches = RwSignal::new(Matches::default());
        let chosen = memo(move |_| {
            let mut options = options.get();
            matches.with(|matches| {
                // While a search runs rows stay as they are.
                if matches.done && matches.spans.len() <= MAX_KEPT_MATCHES {
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
        self.options.set(first_options(outline, config));
        self.scroll.set(Scroll::default());
        self.flame_scroll_px.set(0.0);
        self.matches.set(Matches::default());
        self.hovered.set(None);
        self.cursor_ns.set(None);
    }

    /// After a reload positions mean other spans: what was collapsed, opened and focused is carried over by span id.
    pub fn carry_over(self, outline: &Outline, before: &Outline) {
        let held = |bits: &Bits| bits.iter().filter(|at| (*at as usize) < before.len()).collect::<Vec<u32>>();
        let mut wanted: FxHashMap<SpanId, Option<u32>> = FxHashMap::default();
        self.options.with_untracked(|options| {
            let sets = [&options.collapsed, &options.expanded_groups, &options.keep];
            let spans = sets.into_iter().flat_map(held).chain(options.focus.map(|span| span.0));
            wanted.extend(spans.map(|at| (before.id(SpanIdx(at)), None)));
        });
        if !wanted.is_empty() {
            for span in outline.spans() {
                if let Some(place) = wanted.get_mut(&outline.id(span)) {
                    place.get_or_insert(span.0);
                }
            }
        }
        let now = |at: u32| wanted.get(&before.id(SpanIdx(at))).copied().flatten();
        let moved = |bits: &Bits| -> Bits { held(bits).into_iter().filter_map(now).collect() };
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
            options.focus = options.focus.and_then(|span| now(span.0)).map(SpanIdx);
        });
        if self.window.with_untracked(|window| window.is_whole(before.headline.duration_ns)) {
            self.window.set(Viewport::fit(outline.headline.duration_ns));
        }
    }

    /// Rows with where they stand. Call under tracking.
    pub fn shown(self, outline: Arc<Outline>, rows: Arc<RowModel>) -> Shown {
        let metrics = self.metrics();
        let heights = RowHeights::new(rows.len(), rows.heads(), metrics.row_px, metrics.head_px);
        Shown { outline, rows, heights }
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

    /// What the address says of the rows. Tracked.
    pub fn rows_chosen(self, outline: &Outline, config: &Config) -> Rows {
        let few = |bits: &Bits| -> Vec<SpanId> {
            let ids: Vec<SpanId> = {
                let at = bits.iter().take(MOST + 1).map(SpanIdx).filter(|span| span.index() < outline.len());
                at.map(|span| outline.id(span)).collect()
            };
            // All or none: a link that names some of them would show what nobody has seen.
            if ids.len() > MOST { Vec::new() } else { ids }
        };
        let critical = Some(self.show_critical.get()).filter(|shown| !shown);
        self.options.with(|options| Rows {
            fold: Some(options.fold).filter(|fold| *fold != folds_at_first(config)),
            critical,
            closed: few(&options.collapsed),
            opened: few(&options.expanded_groups),
        })
    }

    /// Rows as an address has them; spans that the trace lacks are left out.
    pub fn restore_rows(self, outline: &Outline, rows: &Rows) {
        if let Some(shown) = rows.critical {
            self.show_critical.set(shown);
        }
        if *rows == (Rows { critical: rows.critical, ..Rows::default() }) {
            return;
        }
        let bits =
            |ids: &[SpanId]| -> Bits { ids.iter().filter_map(|id| outline.find(*id)).map(|span| span.0).collect() };
        self.options.update(|options| {
            options.fold = rows.fold.unwrap_or(options.fold);
            options.collapsed = bits(&rows.closed);
            options.expanded_groups = bits(&rows.opened);
        });
    }

    /// Opens whatever hides a span; whether something did.
    pub fn reveal(self, outline: &Outline, span: SpanIdx) -> bool {
        let hidden = self.options.with_untracked(|options| !reveal::reveal(outline, options, span).is_empty());
        if hidden {
            self.options.update(|options| {
                reveal::show(outline, options, span);
            });
        }
        hidden
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
