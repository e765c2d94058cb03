//! The address bar: what it says opens; what is open, and how it is looked at, is written into it.
//!
//! Pan, zoom and filter replace the entry, at most twice a second and once they rest; opening something pushes one.

use core::time::Duration;

use leptos::prelude::*;
use leptos::task::spawn_local;
use wasm_bindgen::JsValue;

use super::app::{App, Failed, Origin, Screen};
use super::findings::{kinds_of, unknown_kinds};
use super::keys::Scheme;
use super::open::How;
use super::pick::Pick;
use super::prefs::{Dock, Theme, forget_unchosen, stored};
use super::url::{ClocksAre, Entry, UrlState, with_query};
use crate::analysis::statistics::GroupBy;
use crate::base::{SpanId, id_text};
use crate::layout::Viewport;
use crate::model::{Outline, TraceSummary};
use crate::source::address::Address;
use crate::source::config::{Config, DetailsSide, Theme as ConfigTheme};
use crate::source::embedded::{self, ASKS_NO_SERVER};
use crate::source::fetch;
use crate::source::goto::{self, Goto};
use crate::source::percent;
use crate::source::unfilled;
use crate::state::react::{effect, memo};
use crate::worker::protocol::Arrangement;

/// `file=local:NAME` stands for a file of the reader's machine, which no address can fetch.
pub(super) const LOCAL: &str = "local:";

pub(super) fn location_query() -> String {
    web_sys::window().and_then(|window| window.location().search().ok()).unwrap_or_default()
}

pub(super) fn location_href() -> String {
    web_sys::window().and_then(|window| window.location().href().ok()).unwrap_or_default()
}

/// What `trace=` says when it is no id, shortened, and why a dashboard may have written it so.
fn unread_trace() -> Option<(String, Option<String>)> {
    let query = location_query();
    let (_, text) = percent::pairs(query.trim_start_matches('?')).find(|(name, _)| name == "trace")?;
    let is_id = id_text::trace_id(&text).is_some_and(|id| !id.is_zero());
    let unfilled = unfilled::problem("trace", &text);
    (!is_id).then(|| (text.chars().take(60).collect(), unfilled))
}

fn theme_of(theme: ConfigTheme) -> Theme {
    match theme {
        ConfigTheme::System => Theme::System,
        ConfigTheme::Light => Theme::Light,
        ConfigTheme::Dark => Theme::Dark,
    }
}

fn config_theme_of(theme: Theme) -> ConfigTheme {
    match theme {
        Theme::System => ConfigTheme::System,
        Theme::Light => ConfigTheme::Light,
        Theme::Dark => ConfigTheme::Dark,
    }
}

impl App {
    /// Reads the configuration, then opens what the address bar names.
    pub fn start(self) {
        super::tempo::note_blocked();
        self.read_evidence();
        self.read_address();
        self.hear_answers();
        self.wait_undecided();
        spawn_local(async move {
            let config = if embedded::is_single() { None } else { fetch::text("config.json").await };
            if let Some(text) = config {
                let (config, mut notes) = Config::parse(&text);
                self.apply_defaults(&config);
                notes.extend(unknown_kinds(config.defaults.findings_off.as_deref().unwrap_or_default()));
                self.config.set(std::sync::Arc::new(config));
                self.config_notes.set(notes);
            }
            self.open_address();
            self.decide();
            self.hear_early();
            self.prepare_worker();
        });
    }

    /// What the configuration wants until the reader chooses otherwise.
    fn apply_defaults(self, config: &Config) {
        let url = self.url.get_untracked();
        let defaults = &config.defaults;
        forget_unchosen();
        if let Some(theme) = defaults.theme.filter(|_| stored("theme").is_none() && url.theme.is_none()) {
            self.prefs.theme.set(theme_of(theme));
        }
        if let Some(zone) = defaults.tz.clone().filter(|_| stored("zone").is_none() && url.tz.is_none()) {
            self.prefs.zone.set(zone_name(&zone));
        }
        if let Some(scheme) = defaults.keys.as_deref().and_then(Scheme::from_name).filter(|_| stored("keys").is_none())
        {
            self.prefs.keys.set(scheme);
        }
        if let Some(off) = defaults.findings_off.as_deref().filter(|_| stored("findings-off").is_none()) {
            self.prefs.findings_off.set(kinds_of(off));
        }
        if let Some(side) = defaults.details.filter(|_| stored("dock").is_none()) {
            self.prefs.dock.set(if side == DetailsSide::Below { Dock::Below } else { Dock::Right });
        }
    }

    fn read_address(self) {
        let (mut url, mut notes) = UrlState::parse(&location_query());
        // A host may have put parameters of its own behind a file of evidence.
        let says_nothing = UrlState { unknown: url.unknown.clone(), ..UrlState::default() } == url;
        if let Some(view) = self.saved_view().filter(|_| says_nothing) {
            let unknown = core::mem::take(&mut url.unknown);
            url = UrlState { unknown, ..UrlState::parse(&view).0 };
        }
        // That a trace cannot be read fills the page.
        notes.retain(|note| !note.starts_with("`trace` is"));
        forget_unchosen();
        if let Some(theme) = url.theme {
            self.prefs.theme.set(theme_of(theme));
        }
        if let Some(zone) = &url.tz {
            self.prefs.zone.set(zone_name(zone));
        }
        self.view.find.set(url.find.clone().unwrap_or_default());
        if !notes.is_empty() {
            self.say(notes.join(" "));
        }
        self.url.set(url);
    }

    /// Opens what the address names: a file, a trace of a source, or home.
    pub(super) fn open_address(self) {
        let url = self.url.get_untracked();
        let trace = url.trace.map(|id| id.to_string());
        self.landing.set_value(true);
        self.held.update_value(|held| held.beside.clear());
        self.arrangement.set(Arrangement { clocks_right: url.clocks.is_some(), ..Arrangement::default() });
        if self.opens_carried(&url) || self.refuses_server(&url) || self.asks_consent(&url) {
            return;
        }
        match (&url.file, trace) {
            (Some(file), trace) => match file.strip_prefix(LOCAL) {
                Some(name) => {
                    self.failed.set(Some(Failed::NeedsFile(name.to_owned())));
                    self.screen.set(Screen::Failure);
                }
                None => self.open_file_address(file, trace),
            },
            (None, Some(trace)) => self.open_trace(&trace),
            (None, None) => match unread_trace() {
                // An empty one is a dashboard's; in the address bar it says nothing.
                Some((text, Some(_))) if text.is_empty() && !url.embed => self.land(),
                Some((_, Some(sentence))) => {
                    self.fail(Failed::Other { title: "The link names no trace".to_owned(), sentence });
                }
                Some((text, None)) => self.fail(Failed::Other {
                    title: format!("“{text}” is not a trace id"),
                    sentence:
                        "trace= takes a trace id: hex digits, a UUID, base64 or a decimal number. The go-to box above finds an id in a URL or a log line."
                            .to_owned(),
                }),
                // Something may have been dropped or sent meanwhile.
                None if self.outline.with_untracked(Option::is_none)
                    && self.loading.with_untracked(Option::is_none) =>
                {
                    self.land();
                }
                None => {}
            },
        }
    }

    /// A file that a link names, from wherever the page's policy lets it be fetched; no cookie goes to another origin.
    fn open_file_address(self, file: &str, trace: Option<String>) {
        let how = How { trace, ..How::default() };
        if embedded::is_single() {
            return self.open_packed(file.to_owned(), how);
        }
        let scheme = Address::of(&super::tempo::resolved(file)).scheme.to_owned();
        if scheme != "http" && scheme != "https" {
            self.fail(Failed::Other {
                title: "This link cannot be opened".to_owned(),
                sentence: format!("file= takes an http or https address; this one is {scheme}:."),
            });
            return;
        }
        self.open_url(file.to_owned(), how);
    }

    /// A trace by id, from the source that the address or the reader chose.
    pub fn open_trace(self, trace: &str) {
        // A Tempo that a link named and nobody allowed is not asked for what the reader pastes.
        self.forget_stranger();
        self.open_from_source(trace.to_owned(), How::default());
    }

    /// A trace from the Tempo or the source that the address names, else from the first configured one.
    pub(super) fn open_from_source(self, trace: String, how: How) {
        let url = self.url.get_untracked();
        if let Some(base) = url.tempo {
            return self.open_tempo(base, true, trace, how);
        }
        match url.source.or_else(|| self.config.with_untracked(|config| config.first_source_name())) {
            Some(source) => self.open_tempo(source, false, trace, how),
            None => self.fail(Failed::Other {
                title: "No source is configured".to_owned(),
                sentence: format!(
                    "Trace {trace} was asked for, and there is no Tempo to ask. A config.json beside this page names one, or ?tempo= in the address does."
                ),
            }),
        }
    }

    /// The trace of the open file whose id was written as this text, which is no id by itself.
    fn listed_as(self, text: &str) -> Option<String> {
        let is_it = |line: &&TraceSummary| line.id_text.as_deref() == Some(text);
        self.traces.with_untracked(|traces| traces.iter().find(is_it).map(|line| line.trace_id.clone()))
    }

    /// The go-to box. The error is a sentence for the reader.
    pub fn go_to(self, text: &str) -> Result<(), String> {
        if let Some(trace) = self.listed_as(text.trim()) {
            self.open_from_list(&trace);
            return Ok(());
        }
        match goto::find(text) {
            Goto::Trace(_) if embedded::is_single() => Err(ASKS_NO_SERVER.to_owned()),
            Goto::File { url, .. } if embedded::is_single() && !embedded::holds(&url) => Err(ASKS_NO_SERVER.to_owned()),
            Goto::Trace(found) => {
                self.forget_view();
                self.url.update(|url| {
                    url.span = found.span_id;
                    if found.source.is_some() {
                        (url.source, url.tempo) = (found.source.clone(), None);
                    }
                });
                self.open_trace(&found.trace_id.to_string());
                Ok(())
            }
            Goto::File { url, trace_id, span_id } => {
                self.forget_view();
                self.url.update(|state| state.span = span_id);
                self.open_file_address(&url, trace_id.map(|id| id.to_string()));
                Ok(())
            }
            Goto::Several(found) => {
                let ids: Vec<String> = found.iter().map(|found| found.trace_id.to_string()).collect();
                Err(format!("Several ids are in it; paste one: {}", ids.join(", ")))
            }
            Goto::Nothing { why } => Err(why),
        }
    }

    /// The other end of a link, from the same source.
    pub fn open_linked(self, trace: &str, span: &str) {
        let in_set = self.traces.with_untracked(|traces| traces.iter().any(|line| line.trace_id == trace));
        self.forget_view();
        self.url.update(|url| url.span = SpanId::from_hex(span.as_bytes()));
        if in_set {
            self.begin(trace, super::open::OPENING);
            if let Some(client) = self.client() {
                client.open(trace.to_owned(), Arrangement::default());
            }
            return;
        }
        match self.origin.get_untracked() {
            Some(Origin::Tempo { source, ad_hoc, .. }) => {
                self.open_tempo(source, ad_hoc, trace.to_owned(), How::default())
            }
            _ if self.config.with_untracked(|config| config.sources.is_empty()) => {
                self.say(format!("Trace {trace} is not in this file, and no source is configured to ask"));
            }
            _ => self.open_trace(trace),
        }
    }

    /// A new trace is seen afresh; what the address said of a view is not for it.
    pub fn forget_view(self) {
        self.landing.set_value(false);
        self.explore.opened_from.set_value(false);
        self.arrangement.set(Arrangement::default());
        self.held.update_value(|held| held.beside.clear());
        self.view.selected.set(None);
        self.view.details_open.set(true);
        self.view.find.set(String::new());
        self.view.matches.set(super::view::Matches::default());
        self.url.update(|url| {
            let kept = url.clone();
            *url = UrlState {
                source: kept.source,
                tempo: kept.tempo,
                from: kept.from,
                to: kept.to,
                theme: kept.theme,
                embed: kept.embed,
                tz: kept.tz,
                exploring: kept.exploring,
                unknown: kept.unknown,
                ..UrlState::default()
            };
        });
    }

    /// Brings a freshly opened trace into the view that the address asks for.
    pub fn restore_view(self, outline: &Outline) {
        let url = self.url.get_untracked();
        let view = self.view;
        view.tab.set(url.view.unwrap_or_default());
        self.graph.zoom.set(url.zoom.and_then(|id| outline.find(id)));
        self.graph.width.set(url.width.unwrap_or_default());
        self.graph.direction.set(url.direction.unwrap_or_default());
        self.map.near.set(url.near.clone());
        self.map.figure.set(url.edges.unwrap_or_default());
        self.map.set_without(url.without.as_deref().unwrap_or_default());
        self.stats.by.set(GroupBy::parse(url.by.as_deref().unwrap_or_default()));
        self.stats.set_sort_text(url.sort.as_deref());
        if !url.only.is_empty() {
            view.isolate(outline, &url.only);
        }
        view.restore_rows(outline, &url.rows);
        if let Some(focus) = url.focus.and_then(|id| outline.find(id)) {
            view.options.update(|options| options.focus = Some(focus));
        }
        if let Some((t0, t1)) = url.window {
            self.set_window(Viewport { t0_ns: t0 as f64, t1_ns: t1 as f64 });
        }
        if let Some(id) = url.span {
            match outline.find(id) {
                Some(span) => self.select(span),
                None => self.say(format!("The span {id} of the link is not in this trace")),
            }
        }
        // After the span: what a link picks in the map stands before a span's details.
        self.pick(url.node.as_deref().map(Pick::parse));
        let find = url.find.clone().unwrap_or_default();
        if !find.is_empty() {
            self.find_for(&find);
        }
    }

    /// The address of what is shown now.
    pub(super) fn address(self) -> UrlState {
        let mut url = self.url.get();
        let (screen, outline) = (self.screen.get(), self.outline.get());
        // What stays open behind a search is not what the address is of.
        let (attempt, shown) = (self.attempt.get(), self.origin.get().filter(|_| screen != Screen::Explore));
        match if screen == Screen::Failure { attempt.or(shown) } else { shown } {
            Some(Origin::Tempo { source, ad_hoc, trace }) => {
                (url.source, url.tempo) = if ad_hoc { (None, Some(source)) } else { (Some(source), None) };
                url.trace = crate::base::TraceId::from_hex(trace.as_bytes());
                url.file = None;
            }
            Some(Origin::Url(file)) => url.file = Some(file),
            Some(Origin::Files(names)) => url.file = names.first().map(|name| format!("{LOCAL}{name}")),
            Some(Origin::Host(_) | Origin::Pasted | Origin::Evidence(_) | Origin::Link) | None => url.file = None,
        }
        let several = self.traces.with(|traces| traces.len() > 1);
        match (&outline, screen) {
            (Some(outline), Screen::Trace) => {
                let is_carried = matches!(self.origin.get(), Some(Origin::Evidence(_) | Origin::Link));
                if several || is_carried {
                    url.trace = crate::base::TraceId::from_hex(outline.headline.trace_id.as_bytes());
                }
                self.write_view(&mut url, outline);
            }
            (_, Screen::List) => url.trace = None,
            (_, Screen::Home) => (url.trace, url.file) = (None, None),
            (_, Screen::Explore) => self.write_explore(&mut url),
            _ => {}
        }
        let chosen = self.prefs.theme.get();
        if url.theme.is_some() {
            url.theme = Some(config_theme_of(chosen));
        }
        url
    }

    fn write_view(self, url: &mut UrlState, outline: &Outline) {
        url.exploring = Default::default();
        let view = self.view;
        url.clocks = self.arrangement.with(|arrangement| arrangement.clocks_right).then_some(ClocksAre::Right);
        url.beside = outline
            .headline
            .beside
            .first()
            .and_then(|id| crate::base::TraceId::from_hex(id.as_bytes()))
            .or(url.beside.filter(|_| self.loading.with(Option::is_some)));
        // A span that the link names and the trace lacks stays in the address until another is chosen.
        if let Some(span) = view.selected.get() {
            url.span = (span.index() < outline.len()).then(|| outline.id(span));
        } else if url.span.is_some_and(|id| outline.find(id).is_some()) {
            url.span = None;
        }
        url.view = Some(view.tab.get()).filter(|tab| *tab != Default::default());
        url.zoom = self.graph.zoom.get().filter(|span| span.index() < outline.len()).map(|span| outline.id(span));
        url.width = Some(self.graph.width.get()).filter(|width| *width != Default::default());
        url.direction = Some(self.graph.direction.get()).filter(|direction| *direction != Default::default());
        url.near = self.map.near.get();
        url.edges = Some(self.map.figure.get()).filter(|figure| *figure != Default::default());
        url.without = self.map.without();
        url.node = self.map.pick.get().map(|pick| pick.text());
        url.by = Some(self.stats.by.get()).filter(|by| *by != GroupBy::default()).map(|by| by.name());
        url.sort = self.stats.sort_text();
        url.find = Some(view.find.get()).filter(|text| !text.trim().is_empty());
        let window = view.window.get();
        url.window = (!window.is_whole(outline.headline.duration_ns))
            .then(|| (window.t0_ns.max(0.0) as u64, window.t1_ns as u64));
        url.only = view.isolated(outline);
        url.rows = view.rows_chosen(outline, &self.config.get_untracked());
        url.focus = view.options.with(|options| options.focus).map(|span| outline.id(span));
    }

    /// Writes the address now. `push` when something was opened.
    pub fn note_address(self, push: bool) {
        let before = self.url.get_untracked();
        let now = untrack(|| self.address());
        let query = now.to_query();
        let changed = location_query().trim_start_matches('?') != query;
        // Setting what is there already would wake those who follow the address, this very timer among them.
        if now != before {
            self.url.set(now.clone());
        }
        let Some(history) = web_sys::window().and_then(|window| window.history().ok()) else { return };
        if !changed {
            return;
        }
        let href = location_href();
        let page = href.split('#').next().unwrap_or_default();
        let target = with_query(page, &query) + &self.kept_fragment();
        // Of what came with the page the address knows nothing until it is read.
        let replaces = now.embed || self.landing.get_value() && self.shows_carried();
        let pushes = (push || now.entry_after(&before) == Entry::Push) && !replaces;
        // A browser refuses when entries come too fast; the next change writes what is true then.
        let _ = if pushes {
            history.push_state_with_url(&JsValue::NULL, "", Some(&target))
        } else {
            history.replace_state_with_url(&JsValue::NULL, "", Some(&target))
        };
    }

    /// Keeps address and title in step with what is shown, and follows back and forward.
    pub fn follow_address(self) {
        let waiting = StoredValue::new(false);
        // While something else is on its way the address is that one's: back, pressed at once, must not be undone.
        let is_loading = memo(move |_| self.loading.with(Option::is_some));
        effect(move || {
            // Everything that the address tells is tracked by reading it.
            let _ = self.address();
            if self.screen.get() != Screen::Trace || is_loading.get() || waiting.get_value() {
                return;
            }
            waiting.set_value(true);
            set_timeout(
                move || {
                    waiting.set_value(false);
                    if self.screen.get_untracked() == Screen::Trace && !is_loading.get_untracked() {
                        self.note_address(false);
                    }
                },
                Duration::from_millis(500),
            );
        });
        effect(move || {
            let title = match (self.screen.get(), self.outline.get()) {
                (Screen::Trace, Some(outline)) => title_of(&outline),
                (Screen::List, _) => "Traces · Spanloom".to_owned(),
                (Screen::Explore, _) => match self.source_name() {
                    Some(name) => format!("{name} · Spanloom"),
                    None => "Spanloom".to_owned(),
                },
                _ => "Spanloom".to_owned(),
            };
            if let Some(page) = web_sys::window().and_then(|window| window.document()) {
                page.set_title(&title);
            }
        });
        let back = window_event_listener(leptos::ev::popstate, move |_| self.came_back());
        let fragment = window_event_listener(leptos::ev::hashchange, move |_| self.fragment_changed());
        on_cleanup(move || {
            back.remove();
            fragment.remove();
        });
    }

    /// Back or forward: another place is opened, the same place is shown as it was.
    fn came_back(self) {
        let before = self.url.get_untracked();
        self.read_address();
        let now = self.url.get_untracked();
        match self.is_carried(&now) {
            true if !self.shows_carried() => return self.open_address(),
            false if self.refuses_server(&now) => return,
            _ => {}
        }
        let place = |url: &UrlState| (url.source.clone(), url.tempo.clone(), url.file.clone());
        let same_set = place(&before) == place(&now) && self.client().is_some();
        let several = self.traces.with_untracked(|traces| traces.len() > 1);
        let is_left = self.screen.get_untracked() == Screen::Explore && self.is_left(&now);
        if is_left || (same_set && before.trace == now.trace && (now.trace.is_some() || now.file.is_some())) {
            if let Some(outline) = self.outline.get_untracked() {
                let config = self.config.get_untracked();
                self.view.reset(&outline, &config);
                self.reset_views();
                self.restore_view(&outline);
                self.screen.set(Screen::Trace);
            }
        } else if same_set && several {
            match now.trace {
                None => self.show_list_here(),
                Some(trace) => {
                    if let Some(client) = self.client() {
                        self.begin(&trace.to_string(), super::open::OPENING);
                        client.open(trace.to_string(), Arrangement::default());
                    }
                }
            }
        } else if now.file.as_deref().is_some_and(|file| file.starts_with(LOCAL))
            || now.file.is_some()
            || now.trace.is_some()
        {
            self.open_address();
        } else {
            // From search to search, a trace that stays open behind them stays.
            if self.screen.get_untracked() != Screen::Explore {
                self.close_all();
            }
            self.url.set(now);
            self.land();
        }
    }
}

fn zone_name(zone: &str) -> String {
    if zone.eq_ignore_ascii_case("utc") { "UTC".to_owned() } else { zone.to_owned() }
}

fn title_of(outline: &Outline) -> String {
    let root = outline.headline.root.map(crate::model::SpanIdx).or_else(|| outline.tops().next());
    match root {
        Some(root) => format!("{} {} · Spanloom", outline.service_name(root), outline.label(root)),
        None => "Spanloom".to_owned(),
    }
}
