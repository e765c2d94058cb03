//! One menu for everything that can be taken along: the trace as it came and as standard OTLP/JSON, the report, a link,
//! a summary in words.

use leptos::html::Details;
use leptos::prelude::*;

use super::icon::Icon;
use crate::state::app::App;

#[component]
pub fn DownloadMenu() -> impl IntoView {
    let app = App::get();
    let menu = NodeRef::<Details>::new();
    let close = move || {
        if let Some(menu) = menu.get_untracked() {
            menu.set_open(false);
        }
    };
    let item = move |words: &'static str, note: &'static str, act: fn(App)| {
        view! {
            <li>
                <button class="btn" on:click=move |_| { close(); act(app); }>
                    <span>{words}</span><span class="dim">{note}</span>
                </button>
            </li>
        }
    };
    view! {
        <details class="menu" node_ref=menu
            on:focusout=move |event| {
                let inside = menu.get_untracked().is_some_and(|menu| {
                    let to = event.related_target().and_then(|to| wasm_bindgen::JsCast::dyn_into::<web_sys::Node>(to).ok());
                    menu.contains(to.as_ref())
                });
                if !inside {
                    close();
                }
            }
            on:keydown=move |event| if event.key() == "Escape" && menu.get_untracked().is_some_and(|menu| menu.open()) {
                event.stop_propagation();
                close();
            }
        >
            <summary class="btn" aria-label="Download" title="Download"><Icon name="download"/><span class="wide">"Download"</span></summary>
            <ul>
                {item("Trace as received", "the bytes that came", App::download_received)}
                {item("Trace as OTLP/JSON", "standard: hex ids, integer enums", App::download_otlp)}
                {item("Report", "every figure, as JSON", App::download_report)}
                {item("Copy summary", "five lines of Markdown", App::copy_markdown)}
                {item("Copy link", "this view", App::copy_link)}
            </ul>
        </details>
    }
}
