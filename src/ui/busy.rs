//! A thin line while something is read and the old view stays: a reload, a trace of the list.

use leptos::prelude::*;

use crate::state::app::{App, Screen};

#[component]
pub fn Busy() -> impl IntoView {
    let app = App::get();
    let shown = move || app.loading.with(Option::is_some) && app.screen.get() != Screen::Loading;
    view! {
        <Show when=shown>
            <div class="prog busy" role="progressbar" aria-label="Reading"><i></i></div>
        </Show>
    }
}
