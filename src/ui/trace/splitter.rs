//! The edge between the view and the details: dragged, or moved by arrow keys.

use leptos::ev::{KeyboardEvent, PointerEvent};
use leptos::prelude::*;

use crate::state::app::App;
use crate::state::prefs::{Dock, MIN_DETAILS_PX};
use crate::ui::follow::drag;

fn window_px() -> (f64, f64) {
    let size = |value: Result<wasm_bindgen::JsValue, _>| value.ok().and_then(|value| value.as_f64()).unwrap_or(1000.0);
    match web_sys::window() {
        Some(window) => (size(window.inner_width()), size(window.inner_height())),
        None => (1000.0, 1000.0),
    }
}

#[component]
pub fn DetailsSplitter() -> impl IntoView {
    let app = App::get();
    let prefs = app.prefs;
    let below = move || prefs.dock.get() == Dock::Below || app.view.narrow.get();
    let resize = move |dx: f64, dy: f64, width: f64, height: f64| {
        let (window_w, window_h) = window_px();
        if below() {
            prefs.details_height_px.set((height - dy).clamp(120.0, (window_h - 260.0).max(140.0)));
        } else {
            prefs.details_width_px.set((width - dx).clamp(MIN_DETAILS_PX, (window_w - 480.0).max(MIN_DETAILS_PX)));
        }
    };
    let press = move |event: PointerEvent| {
        let (width, height) = (prefs.details_width_px.get_untracked(), prefs.details_height_px.get_untracked());
        drag(&event, move |dx, dy| resize(dx, dy, width, height));
    };
    let keys = move |event: KeyboardEvent| {
        let step = match event.key().as_str() {
            "ArrowLeft" | "ArrowUp" => -16.0,
            "ArrowRight" | "ArrowDown" => 16.0,
            _ => return,
        };
        event.prevent_default();
        event.stop_propagation();
        resize(step, step, prefs.details_width_px.get_untracked(), prefs.details_height_px.get_untracked());
    };
    view! {
        <div class="splitter" role="separator" tabindex="0" aria-label="Size of the details"
            aria-orientation=move || if below() { "horizontal" } else { "vertical" }
            aria-valuenow=move || format!("{:.0}", if below() { prefs.details_height_px.get() } else { prefs.details_width_px.get() })
            on:pointerdown=press on:keydown=keys></div>
    }
}
