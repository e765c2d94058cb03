//! Find: text and terms, how many match, and the steps through them.

use leptos::ev::KeyboardEvent;
use leptos::html::Input;
use leptos::prelude::*;

use crate::base::format::count;
use crate::state::app::App;
use crate::ui::icon::Icon;
use crate::ui::parts::IconButton;

#[component]
pub fn FindBox() -> impl IntoView {
    let app = App::get();
    let view = app.view;
    let input = NodeRef::<Input>::new();
    let asked = move || view.find.with(|text| !text.trim().is_empty());
    let counted = move || {
        let (total, done) = view.matches.with(|matches| (matches.spans.len(), matches.done));
        let more = if done { "" } else { "…" };
        match app.match_position() {
            Some(at) => format!("{} of {}{more}", count(at as u64 + 1), count(total as u64)),
            None if total == 0 && done => "none".to_owned(),
            None => format!("{}{more}", count(total as u64)),
        }
    };
    let keydown = move |event: KeyboardEvent| match event.key().as_str() {
        "Enter" => {
            event.prevent_default();
            app.step_match(if event.shift_key() { -1 } else { 1 });
        }
        "Escape" => {
            event.prevent_default();
            event.stop_propagation();
            if asked() {
                app.find_for("");
            } else if let Some(input) = input.get_untracked() {
                let _ = input.blur();
            }
        }
        _ => {}
    };
    view! {
        <div class="field find" role="search">
            <Icon name="search"/>
            <input
                class="val" type="text" data-find node_ref=input spellcheck="false" autocomplete="off"
                aria-label="Find in trace" placeholder="Find: text, key=value, error, duration>100ms"
                prop:value=view.find
                on:input:target=move |event| app.find_for(&event.target().value())
                on:keydown=keydown
            />
            <Show when=asked fallback=|| view! { <span class="kbd" aria-hidden="true">"/"</span> }>
                <span class="count" data-find-count role="status">{counted}</span>
                <IconButton icon="up" name="Previous match" on_click=move |_| app.step_match(-1)/>
                <IconButton icon="down" name="Next match" on_click=move |_| app.step_match(1)/>
                <IconButton icon="close" name="Clear find" on_click=move |_| app.find_for("")/>
            </Show>
            <Show when=move || view.matches.with(|matches| !matches.notes.is_empty())>
                <p class="find-notes" role="status">{move || view.matches.with(|matches| matches.notes.join(" "))}</p>
            </Show>
        </div>
    }
}
