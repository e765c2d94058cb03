//! One menu for everything that can be taken along: the trace as it came and as standard OTLP/JSON, the report, a link,
//! a summary in words; and the way to hand the trace over.

use leptos::html::Details;
use leptos::prelude::*;

use super::icon::Icon;
use super::menu::{Menu, close};
use crate::state::app::{App, Dialog};

#[component]
pub fn DownloadMenu() -> impl IntoView {
    let app = App::get();
    let menu = NodeRef::<Details>::new();
    let item = move |words: &'static str, note: &'static str, act: fn(App)| {
        view! {
            <li>
                <button class="btn" on:click=move |_| { close(menu); act(app); }>
                    <span>{words}</span><span class="dim">{note}</span>
                </button>
            </li>
        }
    };
    let label = || view! { <summary class="btn" aria-label="Download" title="Download"><Icon name="download"/><span class="wide">"Download"</span></summary> };
    view! {
        <Menu handle=menu label>
            {item("Trace as received", "the bytes that came", App::download_received)}
            {item("Trace as OTLP/JSON", "standard: hex ids, integer enums", App::download_otlp)}
            {item("Report", "every figure, as JSON", App::download_report)}
            {item("Copy summary", "five lines of Markdown", App::copy_markdown)}
            {item("Copy link", "this view", App::copy_link)}
            {item("Hand over…", "one file, or a link, redacted", |app| app.dialog.set(Some(Dialog::HandOver)))}
        </Menu>
    }
}
