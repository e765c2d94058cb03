//! What the reader set on the page that explores a source, and its way to and from the address.

use leptos::prelude::*;

use super::board::Board;
use super::compare::Compare;
use super::doctor::Doctor;
use super::editor::Editor;
use super::map::{RangeMap, SAMPLES};
use super::pending::Pending;
use super::range::TimeRange;
use super::red::Red;
use super::search::{Asked, Results, ResultsView};
use super::usual::Answers;
use crate::base::TraceId;
use crate::model::palette::Given;
use crate::query::metrics::Population;
use crate::source::failure::Failure;
use crate::source::tempo::{Bounds, Tempo};
use crate::source::when::When;
use crate::state::across::Part;
use crate::state::app::{App, Screen};
use crate::state::pick::Pick;
use crate::state::url::{UrlState, View};
use crate::state::url_explore::Exploring;

const HALF_AN_HOUR_S: u64 = 1_800;

/// What fills the page.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub enum Tab {
    #[default]
    Services,
    Traces,
    /// Who calls whom in the range.
    Map,
    /// What a sample of traces says together: connectors, propagation, sampling.
    Across,
    /// What of the source works, and what to change where it does not.
    Setup,
    /// Files, samples, ids: what there is without a source.
    Open,
}

/// All of it, by copy.
#[derive(Clone, Copy)]
pub struct Explore {
    pub tab: RwSignal<Tab>,
    pub range: RwSignal<TimeRange>,
    /// How often everything is asked again, in seconds; 0 is never.
    pub refresh_s: RwSignal<u32>,
    /// Services and their figures.
    pub services: Pending<Board>,
    /// The service whose operations are shown, and their figures.
    pub of_service: RwSignal<Option<String>>,
    pub operations: Pending<Board>,
    pub editor: Editor,
    /// What was searched last; the text of the editor may have gone on.
    pub asked: RwSignal<Option<Asked>>,
    pub found: Pending<Results>,
    /// Rate, errors and duration of what was asked, whose, and by which field.
    pub red: Pending<Red>,
    pub population: RwSignal<Population>,
    pub by: RwSignal<String>,
    /// Figures come from span metrics of the Prometheus beside the source, not from TraceQL.
    pub span_metrics: RwSignal<bool>,
    /// Durations as a heatmap.
    pub heatmap: RwSignal<bool>,
    pub compare: Compare,
    pub map: RangeMap,
    pub doctor: Doctor,
    /// The colours of services, on every part of the page the same.
    pub colours: StoredValue<Given>,
    pub results: ResultsView,
    /// The trace that opens was chosen from the results: giving up leads back to them.
    pub opened_from: StoredValue<bool>,
    /// The source that all of this is of.
    of_source: StoredValue<Option<String>>,
    /// What is usual for operations, as far as it was asked.
    pub usual: StoredValue<Answers>,
    /// The file and the trace that stay open while the page explores: back leads to them without reading anew.
    left: StoredValue<Option<(Option<String>, Option<TraceId>)>>,
}

impl Explore {
    pub fn new() -> Self {
        Explore {
            tab: RwSignal::new(Tab::Services),
            range: RwSignal::new(TimeRange::usual()),
            refresh_s: RwSignal::new(0),
            services: Pending::new(),
            of_service: RwSignal::new(None),
            operations: Pending::new(),
            editor: Editor::new(),
            asked: RwSignal::new(None),
            found: Pending::new(),
            red: Pending::new(),
            population: RwSignal::new(Population::Roots),
            by: RwSignal::new(String::new()),
            span_metrics: RwSignal::new(false),
            heatmap: RwSignal::new(false),
            compare: Compare::new(),
            map: RangeMap::new(),
            doctor: Doctor::new(),
            colours: StoredValue::default(),
            results: ResultsView::new(),
            opened_from: StoredValue::new(false),
            of_source: StoredValue::new(None),
            usual: StoredValue::default(),
            left: StoredValue::new(None),
        }
    }

    /// The range now, as a backend takes it; the error is a sentence.
    pub fn bounds(self) -> Result<Bounds, String> {
        self.range.with_untracked(|range| range.bounds(js_sys::Date::now() as i64))
    }
}

impl Default for Explore {
    fn default() -> Self {
        Self::new()
    }
}

impl App {
    /// Whether there is a source to explore.
    pub fn has_source(self) -> bool {
        let tempo = self.url.with(|url| url.tempo.clone());
        tempo.is_some_and(|tempo| !self.is_stranger(&tempo)) || self.config.with(|config| !config.sources.is_empty())
    }

    /// Name of the source that is explored: the one of the address, else the first configured.
    pub fn source_name(self) -> Option<String> {
        let (source, tempo) = self.url.with(|url| (url.source.clone(), url.tempo.clone()));
        let first = self.config.with(|config| config.first_source_name());
        tempo.map(|base| Tempo::from_url(&base).name().to_owned()).or(source).or(first)
    }

    /// The source that is explored.
    pub(in crate::state) fn explored(self) -> Option<Tempo> {
        let url = self.url.get_untracked();
        match url.tempo {
            Some(base) => self.tempo(&base, true).filter(|_| !self.is_stranger(&base)),
            None => {
                let first = self.config.with_untracked(|config| config.first_source_name());
                self.tempo(&url.source.or(first)?, false)
            }
        }
    }

    /// Palette slots of services, as the configuration and the names give them.
    pub fn colours_of<'n>(self, names: impl Iterator<Item = &'n str> + Clone) -> Vec<u8> {
        let given = self.explore.colours.try_update_value(|given| given.slots(names.clone())).unwrap_or_default();
        self.config.with_untracked(|config| {
            let chosen = |name: &str| config.service_colors.get(name).map(|slot| slot.saturating_sub(1));
            names.zip(given).map(|(name, slot)| chosen(name).unwrap_or(slot)).collect()
        })
    }

    /// From a trace to a search: it stays open behind, and the range is one that it lies in.
    pub fn search_from_trace(self, query: String) {
        let explore = self.explore;
        let start_s = self
            .outline
            .with_untracked(|outline| outline.as_ref().map(|outline| outline.headline.start_unix_nano / 1_000_000_000));
        let is_inside =
            |start_s: u64| explore.bounds().is_ok_and(|bounds| (bounds.start_s..bounds.end_s).contains(&start_s));
        if let Some(start_s) = start_s.filter(|start_s| !is_inside(*start_s)) {
            let point = |seconds: u64| format!("{}", seconds.saturating_mul(1_000));
            if let Ok(range) =
                TimeRange::parse(&point(start_s.saturating_sub(HALF_AN_HOUR_S)), &point(start_s + HALF_AN_HOUR_S))
            {
                explore.range.set(range);
                explore.services.clear();
                explore.operations.clear();
                explore.map.clear();
                self.across.clear();
            }
        }
        let (file, trace) = self.url.with_untracked(|url| (url.file.clone(), url.trace));
        explore.left.set_value(Some((file, trace)));
        self.screen.set(Screen::Explore);
        self.run(query);
    }

    /// Back to the trace that stayed open, if it is the one that the address names.
    pub(in crate::state) fn is_left(self, url: &UrlState) -> bool {
        let is_here = self.outline.with_untracked(Option::is_some) && self.client().is_some();
        is_here
            && self
                .explore
                .left
                .with_value(|left| left.as_ref().is_some_and(|(file, trace)| (file, trace) == (&url.file, &url.trace)))
    }

    /// Another configured source.
    pub fn choose_source(self, name: &str) {
        self.url.update(|url| (url.source, url.tempo) = (Some(name.to_owned()), None));
        self.forget_other_source();
        self.refresh_explored();
        self.note_address(true);
    }

    /// A range out of a chart, in ms.
    pub fn zoom_range(self, from_ms: f64, to_ms: f64) {
        if let Some(range) = range_of_ms(from_ms, to_ms) {
            self.choose_range(range);
        }
    }

    /// Another range: all that is shown is asked for anew.
    pub fn choose_range(self, range: TimeRange) {
        self.explore.range.set(range);
        self.forget_other_range();
        self.refresh_explored();
        self.note_address(true);
    }

    /// What was told of another source is not of this one.
    fn forget_other_source(self) {
        let explore = self.explore;
        let now = untrack(|| self.source_name());
        if explore.of_source.get_value() == now {
            return;
        }
        explore.of_source.set_value(now);
        self.forget_other_range();
        explore.services.clear();
        explore.operations.clear();
        explore.found.clear();
        explore.red.clear();
        explore.map.clear();
        self.across.clear();
        explore.doctor.clear();
    }

    /// What the tab that is not shown has of another range; the one that is shown keeps its own until the new one is there.
    pub(super) fn forget_other_range(self) {
        let explore = self.explore;
        explore.editor.forget_known();
        let tab = explore.tab.get_untracked();
        if tab != Tab::Traces {
            explore.found.clear();
            explore.red.clear();
        }
        if tab != Tab::Services {
            explore.services.clear();
            explore.operations.clear();
        }
        if tab != Tab::Map {
            explore.map.clear();
        }
        if tab != Tab::Across {
            self.across.clear();
        }
    }

    /// Why a source that is named is not asked.
    pub(super) fn no_source(self) -> Failure {
        let name = untrack(|| self.source_name()).unwrap_or_default();
        Failure {
            title: format!("There is no source “{name}”"),
            what: "config.json beside this page names the sources; the link names another one.".to_owned(),
            ..Failure::default()
        }
    }

    /// Back to the results that a trace was opened from.
    pub(in crate::state) fn back_to_search(self) {
        let is_across = self.url.with_untracked(|url| url.exploring.across.is_some());
        let (query, by) = if is_across {
            (self.across.query.get_untracked(), Some(self.across.by.get_untracked()))
        } else {
            (self.explore.asked.with_untracked(|asked| asked.as_ref().map(|asked| asked.query.clone())), None)
        };
        self.url.update(|url| {
            (url.q, url.view, url.trace, url.span) = (query, None, None, None);
            url.by = by.or(url.by.take());
        });
        self.show_explore();
        self.note_address(false);
    }

    /// Asks again for what is looked at.
    pub fn refresh_explored(self) {
        match self.explore.tab.get_untracked() {
            Tab::Services => {
                self.ask_services();
                self.ask_operations();
            }
            Tab::Traces => self.search_again(),
            Tab::Map => self.ask_range_map(),
            Tab::Across => self.ask_across(),
            Tab::Setup => self.examine(),
            Tab::Open => {}
        }
    }

    pub fn show_explore_tab(self, tab: Tab) {
        let explore = self.explore;
        if explore.tab.get_untracked() == tab {
            return;
        }
        explore.tab.set(tab);
        self.ask_what_is_missing();
        self.note_address(true);
    }

    /// What the page shows and has not yet, or has of another range.
    pub(super) fn ask_what_is_missing(self) {
        let explore = self.explore;
        match explore.tab.get_untracked() {
            Tab::Services if explore.services.is_untouched() => self.refresh_explored(),
            Tab::Traces if explore.found.is_untouched() => self.search_again(),
            Tab::Traces if explore.red.is_untouched() => self.redraw_red(),
            Tab::Map if explore.map.graph.is_untouched() => self.ask_range_map(),
            Tab::Across if self.across.fetched.is_untouched() => self.ask_across(),
            Tab::Setup if explore.doctor.is_untouched() => self.examine(),
            _ => {}
        }
    }

    /// The range that the address names, or the usual one.
    pub(super) fn range_of_address(self) -> TimeRange {
        let usual = TimeRange::usual();
        self.url.with_untracked(|url| TimeRange {
            from: url.from.clone().unwrap_or(usual.from),
            to: url.to.clone().unwrap_or(usual.to),
        })
    }

    /// On to the page that explores the source, as the address has it.
    pub fn show_explore(self) {
        let url = self.url.get_untracked();
        if self.asks_consent(&url) {
            return;
        }
        let explore = self.explore;
        self.forget_other_source();
        let range = self.range_of_address();
        let is_new_range = explore.range.with_untracked(|now| *now != range);
        if is_new_range {
            explore.range.set(range);
            explore.services.clear();
            explore.operations.clear();
            explore.map.clear();
            self.across.clear();
            if url.q.is_none() {
                explore.found.clear();
                explore.red.clear();
            }
        }
        let is_map = url.view == Some(View::Map);
        self.read_exploring(&url, is_map);
        if url.exploring.across.is_none() {
            explore.by.set(url.by.clone().unwrap_or_default());
        }
        let is_new_service = explore.of_service.with_untracked(|now| *now != url.operations);
        explore.of_service.set(url.operations.clone());
        match &url.q {
            _ if url.exploring.setup => explore.tab.set(Tab::Setup),
            _ if is_map => explore.tab.set(Tab::Map),
            _ if url.exploring.across.is_some() => explore.tab.set(Tab::Across),
            Some(query) => {
                explore.tab.set(Tab::Traces);
                let asked = explore.asked.get_untracked();
                let is_asked = asked.is_some_and(|asked| asked.query == *query) && !explore.found.is_untouched();
                if !is_asked || is_new_range {
                    explore.editor.set_text(query.clone());
                    self.search_for(query.clone());
                }
            }
            None => explore.tab.set(Tab::Services),
        }
        self.failed.set(None);
        self.screen.set(Screen::Explore);
        self.ask_what_is_missing();
        if is_new_service {
            self.ask_operations();
        }
    }

    /// How figures are shown, as the address has it.
    pub(in crate::state) fn exploring(self) -> Exploring {
        let explore = self.explore;
        Exploring {
            refresh_s: explore.refresh_s.get(),
            all_spans: explore.population.get() == Population::All,
            span_metrics: explore.span_metrics.get(),
            heatmap: explore.heatmap.get(),
            ..Exploring::default()
        }
    }

    /// How figures are shown, and what of the map.
    fn read_exploring(self, url: &UrlState, is_map: bool) {
        let explore = self.explore;
        let said = &url.exploring;
        explore.refresh_s.set(said.refresh_s);
        explore.population.set(if said.all_spans { Population::All } else { Population::Roots });
        explore.span_metrics.set(said.span_metrics);
        explore.heatmap.set(said.heatmap);
        if let Some(part) = said.across {
            self.read_across(url, part);
        }
        if !is_map {
            return;
        }
        let map = explore.map;
        let sample = if said.sample > 0 { said.sample } else { SAMPLES[0] };
        let is_other = map.query.with_untracked(|query| *query != url.q) || map.sample.get_untracked() != sample;
        if is_other {
            map.clear();
            map.query.set(url.q.clone());
            map.sample.set(sample);
        }
        map.view.near.set(url.near.clone());
        map.view.figure.set(url.edges.unwrap_or_default());
        map.view.set_without(url.without.as_deref().unwrap_or_default());
        map.view.pick.set(url.node.as_deref().map(Pick::parse));
    }

    /// Which part of what many traces say, of which sample.
    fn read_across(self, url: &UrlState, part: Part) {
        let across = self.across;
        let sample = if url.exploring.sample > 0 { url.exploring.sample } else { SAMPLES[0] };
        let is_other = across.query.with_untracked(|query| *query != url.q) || across.sample.get_untracked() != sample;
        if is_other {
            across.clear();
            across.query.set(url.q.clone());
            across.sample.set(sample);
        }
        across.part.set(part);
        across.by.set(url.by.clone().unwrap_or_default());
    }

    /// What the address says of the page.
    pub(in crate::state) fn write_explore(self, url: &mut UrlState) {
        let explore = self.explore;
        let usual = TimeRange::usual();
        let range = explore.range.get();
        let given = (range != usual).then_some(range);
        (url.from, url.to) = given.map(|range| (range.from, range.to)).unzip();
        let tab = explore.tab.get();
        let (map, is_map) = (explore.map, tab == Tab::Map);
        let asked = explore.asked.get().map(|asked| asked.query);
        url.q = match tab {
            Tab::Traces => asked,
            Tab::Map => map.query.get(),
            Tab::Across => self.across.query.get(),
            _ => None,
        };
        url.view = is_map.then_some(View::Map);
        url.near = map.view.near.get().filter(|_| is_map);
        url.edges = Some(map.view.figure.get()).filter(|figure| is_map && *figure != Default::default());
        url.without = map.view.without().filter(|_| is_map);
        url.node = map.view.pick.get().filter(|_| is_map).map(|pick| pick.text());
        let sample = Some(map.sample.get()).filter(|sample| is_map && *sample != SAMPLES[0]);
        let across = self.across;
        let of_across = Some(across.sample.get()).filter(|sample| tab == Tab::Across && *sample != SAMPLES[0]);
        url.exploring = Exploring {
            sample: sample.or(of_across).unwrap_or_default(),
            setup: tab == Tab::Setup,
            across: (tab == Tab::Across).then(|| across.part.get()),
            ..self.exploring()
        };
        url.operations = explore.of_service.get().filter(|_| tab == Tab::Services);
        url.by = match tab {
            Tab::Traces => Some(explore.by.get()),
            Tab::Across => Some(across.by.get()),
            _ => None,
        }
        .filter(|by| !by.is_empty());
        (url.trace, url.file, url.span) = (None, None, None);
    }
}

/// A range between two points in ms. Tempo takes whole seconds: it has at least one.
pub(super) fn range_of_ms(from_ms: f64, to_ms: f64) -> Option<TimeRange> {
    let point = |ms: f64| When::parse(&format!("{}", ms.round() as i64)).ok();
    Some(TimeRange { from: point(from_ms)?, to: point(to_ms.max(from_ms + 1_000.0))? })
}
