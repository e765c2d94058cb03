//! Icons: inline SVG, a 16-unit box, one stroke, the colour of the text around them. The name says what it shows.

use leptos::prelude::*;

/// The path of an icon.
fn path(name: &str) -> &'static str {
    match name {
        "internal" => "M8 8h.01",
        "file" => "M4 1.5h5l3.5 3.5v9.5H4ZM9 1.5V5h3.5",
        "folder" => "M2 4.5V13h12V5.5H8L6.5 3H2Z",
        "link" => "M6.5 9.5 9.5 6.5M7 4.5l1.6-1.6a3 3 0 0 1 4.4 4.4L11.5 9M9 11.5l-1.6 1.6A3 3 0 0 1 3 8.7L4.5 7",
        "download" => "M8 2v8M5 7.5 8 10.5l3-3M2.5 13.5h11",
        "theme" => "M8 1.5a6.5 6.5 0 1 0 0 13Zm0 0a6.5 6.5 0 0 1 0 13",
        "help" => {
            "M8 14.5a6.5 6.5 0 1 0 0-13 6.5 6.5 0 0 0 0 13ZM6.2 6.2c.2-1 1-1.5 1.9-1.5 1 0 1.8.6 1.8 1.6 0 1.3-1.9 1.4-1.9 2.7M8 11.3h.01"
        }
        "copy" => "M5.5 5.5v-3h8v8h-3M2.5 5.5h8v8h-8Z",
        "search" => "M7 12A5 5 0 1 0 7 2a5 5 0 0 0 0 10Zm3.6-1.4L14 14",
        "expand-all" => "m4.5 5.5 3.5-3 3.5 3M4.5 10.5l3.5 3 3.5-3",
        "collapse-all" => "m4.5 2.5 3.5 3 3.5-3M4.5 13.5l3.5-3 3.5 3",
        "down" => "m4 6 4 4 4-4",
        "up" => "m4 10 4-4 4 4",
        "right" => "m6 4 4 4-4 4",
        "critical" => "M2 13V9h4V5h4V2h4",
        "info" => "M8 14.5a6.5 6.5 0 1 0 0-13 6.5 6.5 0 0 0 0 13ZM8 7.5v3.7M8 5h.01",
        "fit" => "M2 6V2h4M10 2h4v4M14 10v4h-4M6 14H2v-4",
        "note" => "M3 2.5h10v7.5l-3.5 3.5H3ZM9.5 13.5V10H13M5.5 5.5h5M5.5 8h3",
        "edit" => "M10.8 2.8 13.2 5.2 6 12.4 3 13l.6-3Z",
        "close" => "m4 4 8 8M12 4l-8 8",
        "history" => "M2.6 5.5A6 6 0 1 1 2 8M2 2.5v3.2h3.2M8 5v3.3l2.2 1.3",
        "clock" => "M8 14.5a6.5 6.5 0 1 0 0-13 6.5 6.5 0 0 0 0 13ZM8 4v4.2l2.8 1.7",
        "below" => "M2 2.5h12v11H2ZM2 9h12",
        "beside" => "M2 2.5h12v11H2ZM9.5 2.5v11",
        "parent" => "M4 13h5V3M6 6l3-3 3 3",
        "child" => "M4 3h5v10M6 10l3 3 3-3",
        "warning" => "M8 2 1.5 13.5h13ZM8 6.5v3.2M8 11.6h.01",
        "failed" => "M8 14.5a6.5 6.5 0 1 0 0-13 6.5 6.5 0 0 0 0 13ZM5.8 5.8l4.4 4.4M10.2 5.8l-4.4 4.4",
        "reload" => "M13.5 8A5.5 5.5 0 1 1 11.8 4M13.5 2v2.8h-2.8",
        "check" => "M3 8.5 6.5 12 13 4.5",
        "minus" => "M3 8h10",
        "plus" => "M8 3v10M3 8h10",
        "list" => "M2 4h12M2 8h12M2 12h12",
        "settings" => "M2 4.5h7M12 4.5h2M2 11.5h2M7 11.5h7M10.5 4.5a1.5 1.5 0 1 0 0-.01M5.5 11.5a1.5 1.5 0 1 0 0-.01",
        "paste" => "M5 3H3v11.5h10V3h-2M5.5 1.5h5v3h-5Z",
        "focus" => "M8 11a3 3 0 1 0 0-6 3 3 0 0 0 0 6ZM8 1.5V4M8 12v2.5M1.5 8H4M12 8h2.5",
        "more" => "M3.5 8h.01M8 8h.01M12.5 8h.01",
        "external" => "M6.5 3H3v10h10V9.5M9.5 2.5h4v4M13.5 2.5 7.5 8.5",
        "http-server" => "M1.5 8h7M6 5.5 8.5 8 6 10.5M11 3h3v10h-3",
        "http-client" => "M5 3H2v10h3M7 8h7M11.5 5.5 14 8l-2.5 2.5",
        "database" => {
            "M2.5 4c0-1.2 2.5-2 5.5-2s5.5.8 5.5 2-2.5 2-5.5 2-5.5-.8-5.5-2Zm0 0v8c0 1.2 2.5 2 5.5 2s5.5-.8 5.5-2V4M2.5 8c0 1.2 2.5 2 5.5 2s5.5-.8 5.5-2"
        }
        "messaging" => "M2 4v8M5 4v8M8 8h6M11.5 5.5 14 8l-2.5 2.5",
        "messaging-in" => "M1.5 8h6M5 5.5 7.5 8 5 10.5M11 4v8M14 4v8",
        "rpc" => "m6 4-4 4 4 4M10 4l4 4-4 4",
        _ => "",
    }
}

/// How thick the stroke of an icon is.
fn stroke(name: &str) -> &'static str {
    if name == "internal" { "3" } else { "1.5" }
}

/// An icon beside text, or inside a button that has a name of its own: hidden from screen readers.
#[component]
pub fn Icon(name: &'static str) -> impl IntoView {
    view! { <svg class="i" viewBox="0 0 16 16" aria-hidden="true"><path d=path(name) stroke-width=stroke(name)/></svg> }
}

const ERROR_FILL: &str = "M8 .8 15.2 8 8 15.2.8 8Z";
const ERROR_LINE: &str = "M8 4.9v3.6M8 11h.01";

/// The mark of an error: a diamond with `!`, so that red is never alone.
#[component]
pub fn ErrorMark() -> impl IntoView {
    view! {
        <svg class="em" viewBox="0 0 16 16" role="img" aria-label="error">
            <path class="f" d=ERROR_FILL/>
            <path class="l" d=ERROR_LINE/>
        </svg>
    }
}

/// The same as elements made by hand.
pub mod made {
    use web_sys::Element;

    use super::{ERROR_FILL, ERROR_LINE, path, stroke};
    use crate::ui::made::{Maker, Write};

    pub fn icon(maker: &Maker, name: &str) -> Option<Element> {
        let line = maker.svg("path")?.attr("d", path(name)).attr("stroke-width", stroke(name));
        let icon = maker.svg("svg")?.attr("class", "i").attr("viewBox", "0 0 16 16").attr("aria-hidden", "true");
        Some(icon.child(Some(line)))
    }

    pub fn error_mark(maker: &Maker) -> Option<Element> {
        let mark = maker.svg("svg")?.attr("class", "em").attr("viewBox", "0 0 16 16").attr("role", "img");
        let fill = maker.svg("path")?.attr("class", "f").attr("d", ERROR_FILL);
        let line = maker.svg("path")?.attr("class", "l").attr("d", ERROR_LINE);
        Some(mark.attr("aria-label", "error").child(Some(fill)).child(Some(line)))
    }

    /// The triangle before a row: down when open.
    pub fn caret(maker: &Maker, is_open: bool) -> Option<Element> {
        let shape = if is_open { "M.8 2h6.4L4 6.6Z" } else { "M2 .8v6.4L6.6 4Z" };
        let caret = maker.svg("svg")?.attr("viewBox", "0 0 8 8").attr("fill", "currentColor");
        Some(caret.attr("aria-hidden", "true").child(Some(maker.svg("path")?.attr("d", shape))))
    }
}

/// Two threads through three spans.
#[component]
pub fn Logo() -> impl IntoView {
    view! {
        <svg viewBox="0 0 18 18" aria-hidden="true" fill="currentColor">
            <path d="M2 3h9v2H2ZM5 8h11v2H5ZM2 13h7v2H2Z"/>
            <path d="M12.5 2h1.4v5h-1.4ZM12.5 11h1.4v5h-1.4ZM3.4 6.2h1.4v5.6H3.4Z" opacity=".55"/>
        </svg>
    }
}
