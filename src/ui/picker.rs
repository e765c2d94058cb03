//! The browser's file picker, without a look of its own: buttons and keys open it.

use leptos::html::Input;
use leptos::prelude::*;

use crate::state::app::App;

#[component]
pub fn Picker() -> impl IntoView {
    let app = App::get();
    let input = NodeRef::<Input>::new();
    let chosen = move |_| {
        let Some(input) = input.get_untracked() else { return };
        let files = input.files().map(|list| (0..list.length()).filter_map(|at| list.get(at)).collect());
        app.open_files(files.unwrap_or_default());
        // The same file may be chosen again.
        input.set_value("");
    };
    view! { <input type="file" multiple hidden data-open node_ref=input aria-label="Open trace files" on:change=chosen/> }
}
