//! Traces opened lately on this machine: ids and names only, and they can be forgotten.

use leptos::prelude::*;

use crate::state::app::App;

#[component]
pub fn Recent() -> impl IntoView {
    let app = App::get();
    let recent = RwSignal::new(app.recent());
    let line = move |entry: crate::source::recent::Entry| {
        let open = entry.clone();
        view! {
            <li class="row-flex">
                <a
                    class="cut" href=entry.address.clone() title=entry.trace_id.clone()
                    on:click=move |event| { event.prevent_default(); app.open_recent(&open); }
                >
                    {entry.name.clone()}
                </a>
                <span class="dim cut">{entry.from.clone()}</span>
                <span class="dim num grow">{crate::state::stamp::ago(entry.opened_unix_ms * 1_000_000)}</span>
            </li>
        }
    };
    view! {
        <Show when=move || recent.with(|entries| !entries.is_empty())>
            <div class="recent" data-recent>
                <h2>
                    "Recent"<span class="grow"></span>
                    <button class="btn" on:click=move |_| { app.forget_recent(); recent.set(Vec::new()); }>"Clear"</button>
                </h2>
                <ul>{move || recent.get().into_iter().take(6).map(line).collect_view()}</ul>
            </div>
        </Show>
    }
}
