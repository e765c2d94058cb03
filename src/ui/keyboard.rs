//! Key presses, by the table of `state::keys`. Text fields keep their keys; buttons and links keep Enter and Space.

use leptos::ev::KeyboardEvent;
use leptos::prelude::*;
use wasm_bindgen::JsCast;
use web_sys::HtmlElement;

use crate::state::act::focus_element;
use crate::state::app::{App, Dialog, Screen};
use crate::state::keys::{Action, action};
use crate::state::tabs::Step;
use crate::state::url::View as Tab;

pub fn listen(app: App) {
    let handle = window_event_listener(leptos::ev::keydown, move |event| press(app, &event));
    on_cleanup(move || handle.remove());
}

fn target_of(event: &KeyboardEvent) -> Option<HtmlElement> {
    event.target().and_then(|target| target.dyn_into::<HtmlElement>().ok())
}

fn in_text_field(event: &KeyboardEvent) -> bool {
    target_of(event).is_some_and(|element| match element.tag_name().as_str() {
        "TEXTAREA" | "SELECT" => true,
        "INPUT" => !matches!(element.get_attribute("type").as_deref(), Some("checkbox" | "radio" | "file")),
        _ => element.is_content_editable(),
    })
}

/// Keys that the focused element itself answers to.
fn is_taken(event: &KeyboardEvent) -> bool {
    let Some(element) = target_of(event) else { return false };
    let tag = element.tag_name();
    match event.key().as_str() {
        "Enter" | " " => matches!(tag.as_str(), "BUTTON" | "A" | "SUMMARY" | "INPUT"),
        // In the details and in dialogs the arrows and page keys scroll.
        "ArrowUp" | "ArrowDown" | "ArrowLeft" | "ArrowRight" | "PageUp" | "PageDown" | "Home" | "End" => element
            .closest("[data-details], [data-map-panel], dialog, .menu, [role=grid], [type=radio], select")
            .ok()
            .flatten()
            .is_some(),
        _ => false,
    }
}

fn press(app: App, event: &KeyboardEvent) {
    if event.default_prevented() || event.ctrl_key() || event.meta_key() || event.alt_key() || event.is_composing() {
        return;
    }
    // Inside another page keys are this one's after a press into it.
    if app.url.with_untracked(|url| url.embed) && !app.is_entered.get_untracked() {
        return;
    }
    if event.key() != "Escape" && (in_text_field(event) || is_taken(event)) {
        return;
    }
    let Some(action) = action(app.prefs.keys.get_untracked(), &event.key(), event.shift_key()) else { return };
    // An open dialog has the keyboard; only what closes it reaches the page.
    if app.dialog.with_untracked(Option::is_some) && !matches!(action, Action::Close | Action::Help) {
        return;
    }
    if act(app, action) {
        event.prevent_default();
    }
}

/// Whether the action was for this screen.
fn act(app: App, action: Action) -> bool {
    match action {
        Action::Close => return app.close_topmost(),
        Action::OpenFile => app.pick_files(),
        Action::GoTo => focus_element("input[data-goto]"),
        Action::Theme => app.next_theme(),
        Action::Help => app.dialog.update(|dialog| {
            *dialog = if dialog.is_some() { None } else { Some(Dialog::Keys) };
        }),
        _ if app.screen.get_untracked() == Screen::Trace => return act_on_trace(app, action),
        Action::Find if app.screen.get_untracked() == Screen::List => focus_element("input[data-list-find]"),
        _ => return false,
    }
    true
}

/// Whether a view has what an action is about; where it has not, the key is the browser's.
fn is_meant(tab: Tab, action: Action) -> bool {
    match action {
        Action::ZoomIn | Action::ZoomOut | Action::Fit => !matches!(tab, Tab::Stats | Tab::Findings),
        Action::PanLeft | Action::PanRight => matches!(tab, Tab::Timeline | Tab::Flame | Tab::Map),
        Action::ZoomToSelection => matches!(tab, Tab::Timeline | Tab::Flame | Tab::Graph),
        Action::NextRow
        | Action::PreviousRow
        | Action::Expand
        | Action::Collapse
        | Action::PageDown
        | Action::PageUp
        | Action::ScrollDown
        | Action::ScrollUp => !matches!(tab, Tab::Stats | Tab::Findings),
        Action::FirstRow
        | Action::LastRow
        | Action::ExpandAll
        | Action::CollapseAll
        | Action::ExpandLevel
        | Action::CollapseLevel => tab == Tab::Timeline,
        _ => true,
    }
}

fn act_on_trace(app: App, action: Action) -> bool {
    if !is_meant(app.view.tab.get_untracked(), action) {
        return false;
    }
    match action {
        Action::Find => focus_element("input[data-find]"),
        Action::NextMatch => app.step_match(1),
        Action::PreviousMatch => app.step_match(-1),
        Action::Reload => app.reload(),
        Action::ZoomIn => app.zoom_step(true),
        Action::ZoomOut => app.zoom_step(false),
        Action::PanLeft => app.pan_step(false),
        Action::PanRight => app.pan_step(true),
        Action::Fit => app.fit(),
        Action::ZoomToSelection => app.zoom_to_selection(),
        Action::Show(tab) => app.show_tab(tab),
        Action::NextRow => app.step(Step::Down),
        Action::PreviousRow => app.step(Step::Up),
        Action::ScrollDown => app.scroll_by(60.0),
        Action::ScrollUp => app.scroll_by(-60.0),
        Action::PageDown => app.scroll_pages(1.0),
        Action::PageUp => app.scroll_pages(-1.0),
        Action::FirstRow => app.end_row(false),
        Action::LastRow => app.end_row(true),
        Action::Expand => app.step(Step::Right),
        Action::Collapse => app.step(Step::Left),
        Action::ExpandAll => app.view.expand_all(),
        Action::CollapseAll => app.collapse_all(),
        Action::ExpandLevel => app.expand_level(),
        Action::CollapseLevel => app.collapse_level(),
        Action::Parent => app.step_parent(),
        Action::FirstChild => app.step_child(),
        Action::NextError => app.next_error(),
        Action::CriticalPath => app.next_critical(),
        Action::Details => app.enter_details(),
        Action::CopySpanId => app.copy_span_id(),
        Action::Fold => app.toggle_fold(),
        Action::Dock => app.toggle_dock(),
        Action::Close | Action::OpenFile | Action::GoTo | Action::Help | Action::Theme => return false,
    }
    true
}
