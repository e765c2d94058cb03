//! A load under way: what, how far, how many spans, and Cancel. The skeleton holds the places of rows to come.

use leptos::prelude::*;

use crate::base::format::{bytes, count, duration, percent};
use crate::state::app::App;

#[component]
pub fn LoadingScreen() -> impl IntoView {
    let app = App::get();
    let tick = RwSignal::new(0u32);
    let clock = set_interval_with_handle(move || tick.update(|n| *n += 1), core::time::Duration::from_millis(100));
    on_cleanup(move || {
        if let Ok(clock) = clock {
            clock.clear();
        }
    });
    let loading = move || app.loading.get().unwrap_or_default();
    let elapsed = move || {
        tick.track();
        duration(((js_sys::Date::now() - loading().since_ms).max(0.0) / 100.0).round() as u64 * 100_000_000)
    };
    let share = move || {
        let now = loading();
        now.total.filter(|total| *total > 0).map(|total| (now.bytes as f64 / total as f64 * 100.0).min(100.0))
    };
    view! {
        <div
            class="prog" role="progressbar" aria-label="Progress" aria-valuemin="0" aria-valuemax="100"
            aria-valuenow=move || share().map(|share| format!("{share:.0}"))
        >
            <i style:width=move || format!("{}%", share().unwrap_or(4.0))></i>
        </div>
        <div class="msg">
            <h2>{move || format!("{} {}", loading().doing, loading().what)}</h2>
            <dl class="two">
                <dt>"Read"</dt>
                <dd>
                    {move || match loading().total {
                        Some(total) => format!("{} of {} ", bytes(loading().bytes), bytes(total)),
                        None => bytes(loading().bytes),
                    }}
                    <span class="dim">{move || loading().total.map(|total| percent(loading().bytes, total))}</span>
                </dd>
                <dt>"Spans so far"</dt><dd>{move || count(loading().spans)}</dd>
                <dt>"Elapsed"</dt><dd>{elapsed}</dd>
            </dl>
            <div class="skel" aria-hidden="true"><i></i><i></i><i></i><i></i><i></i><i></i></div>
            <div class="acts">
                <button class="btn line" on:click=move |_| app.cancel()>
                    "Cancel "<span class="kbd" aria-hidden="true">"Esc"</span>
                </button>
            </div>
        </div>
    }
}
