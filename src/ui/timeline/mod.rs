//! The waterfall: tools, minimap, ruler, and rows with their bars.

mod bars;
mod lines;
mod row;
mod row_text;
mod rows;
mod tools;

use leptos::prelude::*;

use self::rows::Rows;
use self::tools::Tools;
use super::follow::{drag, next_task_on};
use super::time::{Across, Minimap, Ruler};
use crate::base::format::{counted, duration};
use crate::state::app::App;
use crate::state::prefs::MIN_TREE_PX;

pub use self::row_text::plain_words;

#[component]
pub fn Timeline() -> impl IntoView {
    let app = App::get();
    let prefs = app.prefs;
    provide_context(Across { width_px: RwSignal::new(800.0) });
    // Tools, minimap and ruler first, the rows in a task of their own: together they would keep a frame waiting.
    let has_head = next_task_on();
    let tree_px =
        move || if app.view.narrow.get() { "0px".to_owned() } else { format!("{}px", prefs.tree_width_px.get()) };
    let resize = move |event: leptos::ev::PointerEvent| {
        let from = prefs.tree_width_px.get_untracked();
        let most =
            web_sys::window().and_then(|w| w.inner_width().ok()).and_then(|w| w.as_f64()).unwrap_or(1400.0) * 0.7;
        drag(&event, move |dx, _| prefs.tree_width_px.set((from + dx).clamp(MIN_TREE_PX, most.max(MIN_TREE_PX))));
    };
    let resize_by_key = move |event: leptos::ev::KeyboardEvent| {
        let step = match event.key().as_str() {
            "ArrowLeft" => -16.0,
            "ArrowRight" => 16.0,
            _ => return,
        };
        event.prevent_default();
        event.stop_propagation();
        prefs.tree_width_px.update(|px| *px = (*px + step).max(MIN_TREE_PX));
    };
    view! {
        <Tools/>
        <div class="tl" id="view-timeline" role="tabpanel" aria-labelledby="tab-timeline" style=("--grid-tree", tree_px)>
            <div class="tl-over">
                <Figures/>
                <Minimap/>
            </div>
            <div class="tl-head">
                <div class="h" aria-hidden="true"><span>"Service and operation"</span><span>"Duration"</span></div>
                <Ruler/>
            </div>
            {move || if has_head.get() { view! { <Rows/> }.into_any() } else { view! { <div class="rows"></div> }.into_any() }}
            <div
                class="divider only-wide" role="separator" tabindex="0" aria-orientation="vertical" aria-label="Width of the tree"
                aria-valuenow=move || format!("{:.0}", prefs.tree_width_px.get())
                on:pointerdown=resize on:keydown=resize_by_key
            ></div>
        </div>
    }
}

/// Beside the minimap: the window and the critical path, in figures.
#[component]
fn Figures() -> impl IntoView {
    let app = App::get();
    let head = move || app.outline.with(|outline| outline.as_ref().map(|o| o.headline.clone()).unwrap_or_default());
    let window = move || {
        let window = app.view.window.get();
        let from = window.t0_ns.max(0.0) as u64;
        let from = if from == 0 { "0".to_owned() } else { duration(from) };
        format!("{from} to {}", duration(window.t1_ns.max(0.0) as u64))
    };
    view! {
        <div class="info">
            <span>"Window"</span>
            <b data-window>{window}" "<span class="dim">"of "{move || duration(head().duration_ns)}</span></b>
            <span>"Critical"</span>
            <b data-critical>
                {move || match head() {
                    head if head.root.is_none() => view! { <span class="dim">"no root, no path"</span> }.into_any(),
                    head => view! {
                        {duration(head.critical_path_ns)}" "<span class="dim">"over "{counted(head.critical_path_spans, "span", "spans")}</span>
                    }.into_any(),
                }}
            </b>
        </div>
    }
}
