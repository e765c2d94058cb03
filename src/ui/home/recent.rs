//! Traces opened lately on this machine: ids and names only, and they can be forgotten.

use leptos::prelude::*;

use crate::base::TraceId;
use crate::source::recent::{Place, Recent as Entry};
use crate::state::app::App;
use crate::state::url::UrlState;

#[component]
pub fn Recent() -> impl IntoView {
    let app = App::get();
    let recent = RwSignal::new(app.recent());
    let line = move |entry: Entry| {
        let open = entry.clone();
        view! {
            <li class="row-flex">
                <a
                    class="cut" href=address_of(&entry) title=entry.trace_id.clone()
                    on:click=move |event| {
                        // A new tab is the browser's to open.
                        if !(event.ctrl_key() || event.meta_key() || event.shift_key()) {
                            event.prevent_default();
                            app.open_recent(&open);
                        }
                    }
                >
                    {name_of(&entry)}
                </a>
                <span class="dim cut">{place_words(&entry.from)}</span>
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

/// The address that opens it, for a tab of its own.
fn address_of(entry: &Entry) -> String {
    let mut url = UrlState { trace: TraceId::from_hex(entry.trace_id.as_bytes()), ..UrlState::default() };
    match entry.from.clone() {
        Place::Source(source) => url.source = Some(source),
        Place::Tempo(base) => url.tempo = Some(base),
        Place::Sample(file) | Place::Url(file) => url.file = Some(file),
        Place::File(name) => url.file = Some(format!("local:{name}")),
        Place::Pasted => {}
    }
    format!("?{}", url.to_query())
}

fn name_of(entry: &Entry) -> String {
    match (entry.root_service.as_str(), entry.root_name.as_str()) {
        ("", "") => entry.trace_id.clone(),
        (service, name) => format!("{service} {name}").trim().to_owned(),
    }
}

fn place_words(place: &Place) -> String {
    match place {
        Place::Source(name) | Place::Tempo(name) | Place::Sample(name) | Place::File(name) => name.clone(),
        Place::Url(url) => url.rsplit('/').next().unwrap_or(url).to_owned(),
        Place::Pasted => "pasted".to_owned(),
    }
}
