//! Which picture of the trace is shown, and what the keys for rows mean in it.

use leptos::prelude::*;

use super::act::focus_element;
use super::app::App;
use super::url::View as Tab;

/// The tabs in their order, as they are named on the page.
pub const TABS: [(Tab, &str); 6] = [
    (Tab::Timeline, "Timeline"),
    (Tab::Flame, "Flame chart"),
    (Tab::Graph, "Flame graph"),
    (Tab::Map, "Map"),
    (Tab::Stats, "Statistics"),
    (Tab::Findings, "Findings"),
];

/// Where a step along rows or boxes goes.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Step {
    Up,
    Down,
    Left,
    Right,
}

impl App {
    /// What the views remember of a trace is of no use for another.
    pub fn reset_views(self) {
        self.flame.set(None);
        self.graph.reset();
        self.map.reset();
        self.stats.reset();
        self.findings.reset();
    }

    pub fn show_tab(self, tab: Tab) {
        if self.view.tab.get_untracked() == tab {
            return;
        }
        self.view.hovered.set(None);
        self.view.cursor_ns.set(None);
        self.view.tab.set(tab);
        self.note_address(false);
        // Whoever used the keyboard in the view goes on in the next one; who chose the tab stays on it. A page around this one that
        // asks for a view keeps the keyboard.
        if has_keyboard() && !is_focused("[role=tablist]") {
            self.focus_rows();
        }
        // What is selected is in sight in every view.
        if let Some(span) = self.view.selected.get_untracked() {
            request_animation_frame(move || self.show_selected(span));
        }
    }

    /// The first or last tab; the keyboard goes along.
    pub fn end_tab(self, last: bool) {
        self.show_tab(TABS[if last { TABS.len() - 1 } else { 0 }].0);
        request_animation_frame(|| focus_element("[role=tab][aria-selected=true]"));
    }

    /// The neighbouring tab, around the ends; the keyboard goes along.
    pub fn step_tab(self, by: i32) {
        let now = self.view.tab.get_untracked();
        let at = TABS.iter().position(|(tab, _)| *tab == now).unwrap_or_default() as i32;
        let next = TABS[(at + by).rem_euclid(TABS.len() as i32) as usize].0;
        self.show_tab(next);
        request_animation_frame(|| focus_element("[role=tab][aria-selected=true]"));
    }

    /// Arrow keys and the letters for rows: along rows, boxes or lines, whichever the view has.
    pub fn step(self, step: Step) {
        match (self.view.tab.get_untracked(), step) {
            (Tab::Timeline, Step::Up) => self.step_row(-1),
            (Tab::Timeline, Step::Down) => self.step_row(1),
            (Tab::Timeline, Step::Left) => self.expand_or_enter(false),
            (Tab::Timeline, Step::Right) => self.expand_or_enter(true),
            (Tab::Flame, step) => self.step_flame(step),
            (Tab::Graph, step) => self.step_graph(step),
            (Tab::Map, step) => self.step_map(self.map, step),
            (Tab::Stats | Tab::Findings, _) => {}
        }
    }
}

/// Whether the keyboard is in an element that fits a selector.
fn is_focused(selector: &str) -> bool {
    let focused = web_sys::window().and_then(|window| window.document()).and_then(|page| page.active_element());
    focused.is_some_and(|element| element.closest(selector).ok().flatten().is_some())
}

/// Whether this page has the keyboard, and not one around it.
fn has_keyboard() -> bool {
    let page = web_sys::window().and_then(|window| window.document());
    page.is_some_and(|page| page.has_focus().unwrap_or(true))
}
