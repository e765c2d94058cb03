//! What a view says when the reader's choices leave it nothing to show.

use leptos::prelude::*;

use crate::state::app::App;

#[component]
pub fn NothingShown(
    /// Whether nothing is left.
    #[prop(into)]
    when: Signal<bool>,
    /// `No row to show`.
    title: &'static str,
) -> impl IntoView {
    let app = App::get();
    view! {
        <Show when=move || when.get()>
            <div class="msg nothing">
                <h2>{title}</h2>
                <p>"Every service is hidden."</p>
                <div class="acts"><button class="btn line" on:click=move |_| app.show_every_service()>"Show all services"</button></div>
            </div>
        </Show>
    }
}
