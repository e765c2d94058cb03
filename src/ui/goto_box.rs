//! The go-to box: an id, a traceparent, a URL or a whole log line; Enter opens what is found in it.

use leptos::ev::{KeyboardEvent, SubmitEvent};
use leptos::html::Input;
use leptos::prelude::*;

use super::icon::Icon;
use crate::state::app::App;

#[component]
pub fn GotoBox() -> impl IntoView {
    let app = App::get();
    let input = NodeRef::<Input>::new();
    let wrong = RwSignal::new(String::new());
    let submit = move |event: SubmitEvent| {
        event.prevent_default();
        let Some(field) = input.get_untracked() else { return };
        match app.go_to(&field.value()) {
            Ok(()) => {
                field.set_value("");
                wrong.set(String::new());
                let _ = field.blur();
            }
            Err(why) => wrong.set(why),
        }
    };
    let escape = move |event: KeyboardEvent| {
        if event.key() == "Escape" {
            event.stop_propagation();
            wrong.set(String::new());
            if let Some(field) = input.get_untracked() {
                let _ = field.blur();
            }
        }
    };
    view! {
        <form class="goto" role="search" aria-label="Go to a trace" on:submit=submit>
            <span class="field">
                <Icon name="search"/>
                <input
                    class="val" type="text" data-goto node_ref=input spellcheck="false" autocomplete="off"
                    aria-label="Go to trace id, traceparent, URL or log line"
                    placeholder="Go to trace id, URL, log line"
                    aria-invalid=move || wrong.with(|why| !why.is_empty()).to_string()
                    on:keydown=escape
                    on:input=move |_| wrong.set(String::new())
                />
                <span class="kbd wide" aria-hidden="true">"G"</span>
            </span>
            <Show when=move || wrong.with(|why| !why.is_empty())>
                <p class="goto-wrong" role="alert">{move || wrong.get()}</p>
            </Show>
        </form>
    }
}
