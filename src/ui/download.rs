//! One menu for everything that can be taken along: the trace, as it came and in the formats of other tools, tables, the
//! report, and what is copied; and the way to hand the trace over.

use leptos::html::Details;
use leptos::prelude::*;

use super::icon::Icon;
use super::menu::{Menu, close};
use crate::state::app::{App, Dialog};

/// What one line says, what it adds to that, and what it does.
type Line = (&'static str, &'static str, fn(App));

const HAND_OVER: [Line; 1] =
    [("Hand over…", "one file, or a link; redacted", |app| app.dialog.set(Some(Dialog::HandOver)))];

const TRACE: [Line; 4] = [
    ("As received", "the bytes that came", App::download_received),
    ("OTLP protobuf", "all of it, small", App::download_otlp_protobuf),
    ("OTLP/JSON", "all of it", App::download_otlp_json),
    ("Jaeger JSON", "times in whole µs", App::download_jaeger),
];

const TABLES: [Line; 2] = [
    ("Statistics as CSV", "grouped and sorted as shown", App::download_statistics),
    ("Spans in view as CSV", "rows within the window", App::download_spans),
];

const REPORT: [Line; 1] = [("Report", "every figure, as JSON", App::download_report)];

const COPY: [Line; 2] =
    [("Copy summary", "five lines of Markdown", App::copy_markdown), ("Copy link", "this view", App::copy_link)];

#[component]
pub fn DownloadMenu() -> impl IntoView {
    let app = App::get();
    let menu = NodeRef::<Details>::new();
    let group = move |name: &'static str, lines: &'static [Line]| {
        let line = move |(words, note, act): &'static Line| {
            view! {
                <li>
                    <button class="btn" on:click=move |_| { close(menu); act(app); }>
                        <span>{*words}</span><span class="dim">{*note}</span>
                    </button>
                </li>
            }
        };
        view! {
            <li class="menu-group">
                <span class="menu-head">{name}</span>
                <ul aria-label=name>{lines.iter().map(line).collect_view()}</ul>
            </li>
        }
    };
    let label = || view! { <summary class="btn" aria-label="Download" title="Download"><Icon name="download"/><span class="wide">"Download"</span></summary> };
    view! {
        <Menu handle=menu label>
            {group("Hand over", &HAND_OVER)}
            {group("Trace", &TRACE)}
            {group("Table", &TABLES)}
            {group("Figures", &REPORT)}
            {group("Clipboard", &COPY)}
        </Menu>
    }
}
