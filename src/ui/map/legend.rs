//! What the lines of the map mean.

use leptos::prelude::*;

use crate::state::map::MapView;

#[component]
pub fn Legend() -> impl IntoView {
    view! {
        <div class="legend only-wide" aria-hidden="true">
            <span><svg viewBox="0 0 26 14"><path d="M0 7h26" stroke-width="1.5"/></svg>"call"</span>
            <span><svg viewBox="0 0 26 14"><path d="M0 7h26" stroke-width="1.5" stroke-dasharray="5 4"/></svg>"asynchronous"</span>
            <span class="bad"><svg viewBox="0 0 26 14"><path d="M0 7h26" stroke-width="1.5"/></svg>"calls in error"</span>
            {(!MapView::get().of_range).then(|| view! { <span class="cp"><svg viewBox="0 0 26 14"><path d="M0 7h26" stroke-width="4"/><path class="core" d="M0 7h26" stroke-width="2"/></svg>"on the critical path"</span> })}
            <span><svg viewBox="0 0 26 14"><path d="M0 4h26M0 10.5h26" stroke-width="1"/><path d="M0 10.5h26" stroke-width="4"/></svg>"width: total time"</span>
        </div>
    }
}
