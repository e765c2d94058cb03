//! One menu for everything that can be taken along: the trace handed over, a picture of the view, the trace as it came and in the formats of
//! other tools, tables, the report, and what is copied.

use leptos::html::Details;
use leptos::prelude::*;

use super::icon::Icon;
use super::menu::{Menu, close};
use crate::state::app::{App, Dialog};

/// What one line says, what it adds to that, and what it does.
type Line = (&'static str, &'static str, fn(App));

const FOR_OTHERS: [Line; 3] = [
    ("Hand over…", "one file, or a link; redacted", |app| app.dialog.set(Some(Dialog::HandOver))),
    ("Picture…", "SVG or PNG of this view", |app| app.dialog.set(Some(Dialog::Picture))),
    ("Report", "every figure, as JSON", App::download_report),
];

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
            {group("For others", &FOR_OTHERS)}
            {group("Trace", &TRACE)}
            {group("Table", &TABLES)}
            {group("Clipboard", &COPY)}
        </Menu>
    }
}
