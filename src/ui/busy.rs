//! A thin line while something is under way and the old view stays: a reload, a trace of the list, the figures of a view.

use leptos::prelude::*;

use crate::state::app::{App, Screen};

#[component]
pub fn Busy() -> impl IntoView {
    let app = App::get();
    let shown = move || app.loading.with(Option::is_some) && app.screen.get() != Screen::Loading;
    // Styled to show only after a moment: most of it is done before.
    let works = move || app.working.get() > 0;
    view! {
        <Show when=shown>
            <div class="prog busy" role="progressbar" aria-label="Reading"><i></i></div>
        </Show>
        <Show when=works>
            <div class="prog busy late" role="progressbar" aria-label="Working out"><i></i></div>
        </Show>
    }
}
