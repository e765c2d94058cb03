//! What keys, buttons and menus do to the trace that is shown.

use leptos::prelude::*;
use wasm_bindgen::JsCast;

use super::app::{App, Screen};
use super::prefs::Dock;
use super::show::{Given, Show};
use super::url::View as Tab;
use crate::base::SpanId;
use crate::layout::{Bits, RowKind, Viewport, collapse};
use crate::model::outline::flag;
use crate::model::{Outline, SpanIdx};

/// Rows kept in sight above and below the selected one.
const MARGIN_ROWS: f64 = 3.0;
/// One press of a zoom or pan key.
const ZOOM_STEP: f64 = 1.4;
const PAN_STEP: f64 = 0.15;

impl App {
    /// Selects a span from anywhere: opens what hides it, scrolls to it, shows its details.
    pub fn select(self, span: SpanIdx) {
        let Some(outline) = self.outline.get_untracked() else { return };
        if span.index() >= outline.len() {
            return;
        }
        if self.view.reveal(&outline, span) {
            self.await_row(span);
        }
        self.select_row(span);
        self.show_selected(span);
        self.into_window(&outline, span);
    }

    /// Selects a span whose row is in sight: nothing moves.
    pub fn select_row(self, span: SpanIdx) {
        self.view.selected.set(Some(span));
        self.view.details_open.set(true);
        self.view.map_first.set(false);
    }

    pub fn select_id(self, id: SpanId) {
        if let Some(span) = self.outline.with_untracked(|outline| outline.as_ref().and_then(|outline| outline.find(id)))
        {
            self.select(span);
        }
    }

    /// Scrolls no more than it takes.
    pub(super) fn scroll_to(self, span: SpanIdx) {
        let Some(shown) = self.shown.get_untracked() else { return };
        let Some(row) = shown.rows.row_holding(&shown.outline, span) else { return };
        let view_px = self.view.rows_px.get_untracked();
        let margin = MARGIN_ROWS * shown.heights.height_px(row);
        self.view.scroll.update(|scroll| *scroll = scroll.with_in_view(row, margin, &shown.heights, view_px));
    }

    /// The rows' view has another height: what is selected stays in sight if it was.
    pub fn resize_rows(self, height_px: f64) {
        let before_px = self.view.rows_px.get_untracked();
        self.view.rows_px.set(height_px);
        let (Some(span), Some(shown)) = (self.view.selected.get_untracked(), self.shown.get_untracked()) else {
            return;
        };
        let scroll = self.view.scroll.get_untracked();
        let row = shown.rows.row_holding(&shown.outline, span);
        if row.is_some_and(|row| shown.heights.visible(scroll, before_px).contains(&row)) {
            self.scroll_to(span);
        }
    }

    /// Pans so that the span's start is in the window, if no part of it is.
    pub(super) fn into_window(self, outline: &Outline, span: SpanIdx) {
        let (start, end) = (outline.start_ns[span.index()] as f64, outline.end_ns[span.index()] as f64);
        let window = self.view.window.get_untracked();
        if end < window.t0_ns || start > window.t1_ns {
            let width = window.width_ns();
            let t0_ns = start - width * 0.2;
            self.set_window(Viewport { t0_ns, t1_ns: t0_ns + width });
        }
    }

    pub fn set_window(self, window: Viewport) {
        let duration = self.outline.with_untracked(|o| o.as_ref().map(|o| o.headline.duration_ns)).unwrap_or(1);
        self.view.window.set(window.clamped(duration));
    }

    fn duration_ns(self) -> u64 {
        self.outline.with_untracked(|o| o.as_ref().map(|o| o.headline.duration_ns)).unwrap_or(1)
    }

    /// Zooms about a share of the window; a factor above 1 zooms in.
    pub fn zoom_at(self, share: f64, factor: f64) {
        let duration = self.duration_ns();
        self.view.window.update(|window| *window = window.zoomed(share, factor, duration));
    }

    /// Pans by a share of the window; later when positive.
    pub fn pan(self, share: f64) {
        let duration = self.duration_ns();
        self.view.window.update(|window| *window = window.panned(share, duration));
    }

    /// Pans a window that was taken hold of by a share of its width.
    pub fn pan_from(self, window: Viewport, share: f64) {
        self.view.window.set(window.panned(share, self.duration_ns()));
    }

    pub fn zoom_step(self, inward: bool) {
        match self.view.tab.get_untracked() {
            Tab::Map => {
                let (width, height) = self.map.size_px.get_untracked();
                return self.map.zoom((width / 2.0, height / 2.0), if inward { ZOOM_STEP } else { 1.0 / ZOOM_STEP });
            }
            Tab::Graph if inward => return self.zoom_graph_to_selection(),
            Tab::Graph => {
                self.zoom_graph_out();
                return;
            }
            _ => {}
        }
        let window = self.view.window.get_untracked();
        let share = match self.view.cursor_ns.get_untracked() {
            Some(ns) => ((ns as f64 - window.t0_ns) / window.width_ns()).clamp(0.0, 1.0),
            None => 0.5,
        };
        self.zoom_at(share, if inward { ZOOM_STEP } else { 1.0 / ZOOM_STEP });
    }

    pub fn pan_step(self, later: bool) {
        if self.view.tab.get_untracked() == Tab::Map {
            let by = self.map.size_px.get_untracked().0 * PAN_STEP;
            return self.map.pan(if later { -by } else { by }, 0.0);
        }
        self.pan(if later { PAN_STEP } else { -PAN_STEP });
    }

    pub fn fit(self) {
        match self.view.tab.get_untracked() {
            Tab::Map => return self.map.fit(),
            Tab::Graph => return self.zoom_graph(0),
            _ => {}
        }
        self.view.window.set(Viewport::fit(self.duration_ns()));
    }

    pub fn zoom_to(self, span: SpanIdx) {
        let Some(outline) = self.outline.get_untracked() else { return };
        let (start, end) = (outline.start_ns[span.index()], outline.end_ns[span.index()]);
        self.view.window.set(Viewport::fit_span(start, end, 0.1, outline.headline.duration_ns));
    }

    pub fn zoom_to_selection(self) {
        if self.view.tab.get_untracked() == Tab::Graph {
            return self.zoom_graph_to_selection();
        }
        if let Some(span) = self.view.selected.get_untracked() {
            self.zoom_to(span);
        }
    }

    pub fn scroll_by(self, dy_px: f64) {
        match self.view.tab.get_untracked() {
            Tab::Timeline => {}
            Tab::Flame => return self.scroll_flame(dy_px),
            Tab::Graph => return self.scroll_graph(dy_px),
            Tab::Map => return self.map.pan(0.0, -dy_px),
            Tab::Stats | Tab::Findings => return,
        }
        let Some(shown) = self.shown.get_untracked() else { return };
        let view_px = self.view.rows_px.get_untracked();
        self.view.scroll.update(|scroll| *scroll = scroll.by_px(dy_px, &shown.heights, view_px));
    }

    pub fn scroll_pages(self, pages: f64) {
        let view_px = match self.view.tab.get_untracked() {
            Tab::Flame => self.view.flame_px,
            Tab::Graph => self.graph.view_px,
            _ => self.view.rows_px,
        };
        self.scroll_by(pages * view_px.get_untracked() * 0.9);
    }

    /// Moves the selection along the rows that can be selected.
    pub fn step_row(self, by: i64) {
        let Some(shown) = self.shown.get_untracked() else { return };
        let rows = shown.rows.rows();
        let from = self.view.selected.get_untracked().and_then(|span| shown.rows.row_holding(&shown.outline, span));
        let first = match (from, by >= 0) {
            (Some(at), _) => at as i64 + by.signum(),
            (None, true) => 0,
            (None, false) => rows.len() as i64 - 1,
        };
        let mut at = first;
        while let Some(row) = usize::try_from(at).ok().and_then(|at| rows.get(at)) {
            if row.kind() == RowKind::Span {
                self.go_row(row.span());
                return;
            }
            at += by.signum();
        }
    }

    pub fn end_row(self, last: bool) {
        let Some(shown) = self.shown.get_untracked() else { return };
        let spans = || shown.rows.rows().iter().filter(|row| row.kind() == RowKind::Span).map(|row| row.span());
        let span = if last { spans().next_back() } else { spans().next() };
        if let Some(span) = span {
            self.go_row(span);
        }
    }

    /// Along the rows by key: the details follow unless they were closed.
    pub(super) fn go_row(self, span: SpanIdx) {
        self.view.selected.set(Some(span));
        self.show_selected(span);
    }

    /// Opens or closes what is below a row.
    pub fn toggle_row(self, at: usize) {
        let Some(shown) = self.shown.get_untracked() else { return };
        let Some(row) = shown.rows.rows().get(at) else { return };
        match row.kind() {
            RowKind::Group => self.view.set_group_open(&shown.outline, row.span(), !row.expanded()),
            RowKind::Span => self.view.set_collapsed(row.span(), row.expanded()),
            RowKind::Orphans | RowKind::Cycles => {}
        }
    }

    /// Opens or closes a span and everything below it.
    pub fn toggle_subtree(self, span: SpanIdx, close: bool) {
        self.collapse_by(|outline, collapsed| match close {
            true => collapse::subtree_closed(outline, collapsed, span),
            false => collapse::subtree_open(outline, collapsed, span),
        });
    }

    /// Right arrow: opens, or goes to the first child. Left: closes, or goes to the parent.
    pub fn expand_or_enter(self, expand: bool) {
        let (Some(span), Some(shown)) = (self.view.selected.get_untracked(), self.shown.get_untracked()) else {
            return;
        };
        let Some(row) = shown.rows.row_of(span).and_then(|at| shown.rows.rows().get(at)) else { return };
        match (expand, row.expanded(), row.has_children()) {
            (true, false, true) => self.view.set_collapsed(span, false),
            (true, true, _) => self.step_row(1),
            (false, true, _) => self.view.set_collapsed(span, true),
            (false, ..) => self.step_parent(),
            _ => {}
        }
    }

    /// To the parent as the rows show it.
    pub fn step_parent(self) {
        let (Some(span), Some(outline)) = (self.view.selected.get_untracked(), self.outline.get_untracked()) else {
            return;
        };
        let Some(parent) = outline.parent(span) else { return };
        self.view.reveal(&outline, parent);
        self.go_row(parent);
    }

    pub fn step_child(self) {
        let (Some(span), Some(outline)) = (self.view.selected.get_untracked(), self.outline.get_untracked()) else {
            return;
        };
        let Some(child) = outline.children(span).next() else { return };
        self.view.reveal(&outline, child);
        self.go_row(child);
    }

    /// The next failing span after the selected one, around the end.
    pub fn next_error(self) {
        self.next_with("No span of this trace failed", |outline, span| outline.has(span, flag::ERROR));
    }

    pub fn next_critical(self) {
        let Some(outline) = self.outline.get_untracked() else { return };
        let spans = &outline.critical_span;
        let after = self.view.selected.get_untracked().map_or(0, |span| spans.partition_point(|at| *at <= span.0));
        match spans.get(after).or(spans.first()) {
            Some(span) => self.select(SpanIdx(*span)),
            None => self.say("There is no critical path without a root"),
        }
    }

    fn next_with(self, none: &str, fits: impl Fn(&Outline, SpanIdx) -> bool) {
        let Some(outline) = self.outline.get_untracked() else { return };
        let from = self.view.selected.get_untracked().map(|span| span.0 + 1).unwrap_or_default();
        let after = (from..outline.len() as u32).chain(0..from.min(outline.len() as u32)).map(SpanIdx);
        let found = after.into_iter().find(|span| fits(&outline, *span));
        match found {
            Some(span) => self.select(span),
            None => self.say(none),
        }
    }

    pub fn toggle_fold(self) {
        // What is selected stays in sight.
        let selected = self.view.selected.get_untracked();
        self.view.options.update(|options| {
            options.fold = !options.fold;
            if let Some(span) = selected {
                options.keep.insert(span.0);
            }
        });
    }

    pub fn collapse_all(self) {
        if let Some(outline) = self.outline.get_untracked() {
            self.view.collapse_all(&outline);
        }
    }

    pub fn collapse_by(self, change: impl FnOnce(&Outline, &Bits) -> Bits) {
        if let Some(outline) = self.outline.get_untracked() {
            self.view.collapse_by(|collapsed| change(&outline, collapsed));
        }
    }

    pub fn expand_level(self) {
        self.collapse_by(collapse::one_level_open);
    }

    pub fn collapse_level(self) {
        self.collapse_by(collapse::one_level_closed);
    }

    pub fn focus(self, span: Option<SpanIdx>) {
        if span.is_none() && self.view.options.with_untracked(|options| options.focus.is_none()) {
            self.say("Select a span to focus its subtree");
            return;
        }
        self.view.options.update(|options| options.focus = span);
    }

    /// Only this service; again, all of them.
    pub fn only_service(self, at: u32) {
        let Some(outline) = self.outline.get_untracked() else { return };
        let all = outline.services.len() as u32;
        let only: Bits = core::iter::once(at).collect::<Bits>().complement(all);
        self.view.options.update(|options| {
            options.hidden_services = if options.hidden_services == only { Bits::default() } else { only };
        });
    }

    pub fn toggle_service(self, at: u32) {
        self.view.options.update(|options| {
            let hidden = options.hidden_services.contains(at);
            options.hidden_services.set(at, !hidden);
        });
    }

    pub fn all_services(self) {
        self.view.options.update(|options| options.hidden_services = Bits::default());
    }

    /// Nothing is hidden or out of focus; what is folded and collapsed stays so.
    pub fn show_every_service(self) {
        self.view.options.update(|options| {
            options.hidden_services = Bits::default();
            options.focus = None;
        });
    }

    /// Every span has a row of its own.
    pub fn show_all(self) {
        self.view.options.update(|options| {
            options.collapsed = Bits::default();
            options.hidden_services = Bits::default();
            options.focus = None;
            options.fold = false;
        });
    }

    pub fn close_details(self) {
        self.view.details_open.set(false);
        self.focus_rows();
    }

    /// Enter: the details open and take the keyboard.
    pub fn enter_details(self) {
        if self.view.selected.with_untracked(Option::is_none) {
            return;
        }
        self.view.details_open.set(true);
        request_animation_frame(|| focus_element("[data-details]"));
    }

    pub fn focus_rows(self) {
        request_animation_frame(|| focus_element("[data-view-focus]"));
    }

    pub fn toggle_dock(self) {
        self.prefs.dock.update(|dock| *dock = if *dock == Dock::Right { Dock::Below } else { Dock::Right });
    }

    /// The topmost thing closes: false when nothing was open.
    pub fn close_topmost(self) -> bool {
        if self.dialog.with_untracked(Option::is_some) {
            self.dialog.set(None);
        } else if self.screen.get_untracked() == Screen::Loading || self.loading.with_untracked(Option::is_some) {
            self.cancel();
        } else if self.screen.get_untracked() != Screen::Trace {
            return false;
        } else if self.shows_pick() && self.view.map_first.get_untracked() {
            self.close_pick(self.map);
        } else if self.view.details_open.get_untracked() && self.view.selected.with_untracked(Option::is_some) {
            self.close_details();
        } else if self.shows_pick() {
            self.close_pick(self.map);
        } else if self.view.tab.get_untracked() == Tab::Graph && self.zoom_graph_out() {
            // One frame further out.
        } else if self.view.find.with_untracked(|text| !text.is_empty()) {
            self.find_for("");
        } else if self.view.options.with_untracked(|options| options.focus.is_some()) {
            self.focus(None);
        } else if self.view.selected.with_untracked(Option::is_some) {
            self.view.selected.set(None);
        } else {
            return false;
        }
        true
    }

    pub fn copy_span_id(self) {
        let id = self
            .view
            .selected
            .get_untracked()
            .zip(self.outline.get_untracked())
            .map(|(span, outline)| outline.id(span));
        if let Some(id) = id {
            self.copy(id.to_string(), "the span id");
        }
    }

    /// The host page's `show`: all of it, or an error and nothing.
    pub fn show(self, asked: &[(&'static str, Given)]) -> Result<(), String> {
        let is_shown = self.screen.get_untracked() == Screen::Trace;
        let Some(outline) = self.outline.get_untracked().filter(|_| is_shown) else {
            return Err("no trace is open".to_owned());
        };
        let show = Show::read(asked, &|id| outline.find(id), outline.headline.duration_ns)?;
        if let Some(tab) = show.view {
            self.show_tab(tab);
        }
        if let Some(span) = show.span {
            self.select(span);
        }
        if let Some(window) = show.window {
            self.set_window(window);
        }
        if let Some(find) = show.find {
            self.find_for(&find);
        }
        Ok(())
    }
}

/// Puts the keyboard into the first element that fits a selector, of HTML or SVG.
pub fn focus_element(selector: &str) {
    let found =
        web_sys::window().and_then(|w| w.document()).and_then(|page| page.query_selector(selector).ok().flatten());
    let Some(element) = found else { return };
    let focus = js_sys::Reflect::get(&element, &wasm_bindgen::JsValue::from_str("focus"));
    if let Some(focus) = focus.ok().and_then(|focus| focus.dyn_into::<js_sys::Function>().ok()) {
        // An element that cannot take the focus leaves it where it was.
        let _ = focus.call0(&element);
    }
}
