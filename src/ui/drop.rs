//! Files dragged anywhere over the page, and text or files pasted into it.

use leptos::ev::{ClipboardEvent, DragEvent};
use leptos::prelude::*;
use wasm_bindgen::JsCast;
use web_sys::{DataTransfer, File, HtmlElement};

use super::icon::Icon;
use crate::state::app::App;

fn files_of(transfer: Option<DataTransfer>) -> Vec<File> {
    let list = transfer.and_then(|transfer| transfer.files());
    list.map(|list| (0..list.length()).filter_map(|at| list.get(at)).collect()).unwrap_or_default()
}

fn carries_files(event: &DragEvent) -> bool {
    event.data_transfer().is_some_and(|transfer| transfer.types().includes(&"Files".into(), 0))
}

/// Whether a paste belongs to a text field.
fn in_field(event: &ClipboardEvent) -> bool {
    let element = event.target().and_then(|target| target.dyn_into::<HtmlElement>().ok());
    element.is_some_and(|element| matches!(element.tag_name().as_str(), "INPUT" | "TEXTAREA"))
}

#[component]
pub fn DropTarget() -> impl IntoView {
    let app = App::get();
    let over = window_event_listener(leptos::ev::dragover, move |event| {
        if carries_files(&event) {
            event.prevent_default();
            app.dragging.set(true);
        }
    });
    let leave = window_event_listener(leptos::ev::dragleave, move |event| {
        // Leaving the window has no element that is entered.
        if event.related_target().is_none() {
            app.dragging.set(false);
        }
    });
    let dropped = window_event_listener(leptos::ev::drop, move |event| {
        if carries_files(&event) {
            event.prevent_default();
            app.dragging.set(false);
            app.open_files(files_of(event.data_transfer()));
        }
    });
    let pasted = window_event_listener(leptos::ev::paste, move |event| {
        if in_field(&event) {
            return;
        }
        let files = files_of(event.clipboard_data());
        let text = event.clipboard_data().and_then(|data| data.get_data("text").ok()).unwrap_or_default();
        if !files.is_empty() {
            event.prevent_default();
            app.open_files(files);
        } else if !text.trim().is_empty() {
            event.prevent_default();
            app.open_pasted(&text);
        }
    });
    on_cleanup(move || {
        over.remove();
        leave.remove();
        dropped.remove();
        pasted.remove();
    });
    view! {
        <Show when=move || app.dragging.get()>
            <div class="drop">
                <Icon name="file"/>
                <b class="strong">"Drop to open"</b>
                <span class="mid">"OTLP JSON or protobuf, JSON lines, Jaeger, Zipkin; gzip and zstd too"</span>
                <span class="dim">"Stays on this machine"</span>
            </div>
        </Show>
    }
}
