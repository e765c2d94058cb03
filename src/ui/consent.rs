//! The question whether the page around this one may drive it.

use leptos::prelude::*;

use super::icon::Icon;
use crate::state::app::App;

#[component]
pub fn ConsentBar() -> impl IntoView {
    let app = App::get();
    let host = move || match app.asking_host.get() {
        Some(origin) if origin == "null" => "A page of unknown origin".to_owned(),
        Some(origin) => origin,
        None => String::new(),
    };
    view! {
        <Show when=move || app.asking_host.with(Option::is_some)>
            <div class="banner" role="alertdialog" aria-label="Allow the page around this one?">
                <Icon name="warning"/>
                <span class="grow"><b class="strong">{host}</b>" wants to open traces here and read their reports."</span>
                <button class="btn line" on:click=move |_| app.decide_host(true)>"Allow"</button>
                <button class="btn" on:click=move |_| app.decide_host(false)>"Not now"</button>
            </div>
        </Show>
    }
}
