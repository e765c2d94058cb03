//! What rows of these tables share: the traces behind a row, unfolded below it, and the ways on.

use leptos::prelude::*;

use crate::base::TraceId;
use crate::base::format::count;
use crate::state::app::{App, Screen};

/// Traces to open. Of a search they are opened from there, so that back leads here; of a file from its list.
#[component]
pub fn TraceLinks(ids: Vec<String>) -> impl IntoView {
    let app = App::get();
    let open = move |id: &str| match app.screen.get_untracked() {
        Screen::List => app.open_from_list(id),
        _ => {
            if let Some(trace) = TraceId::from_hex(id.as_bytes()) {
                app.open_found(trace, None);
            }
        }
    };
    view! {
        <ul class="a-traces" aria-label="Traces">
            {ids.into_iter().map(|id| {
                let (target, mark) = (id.clone(), id.clone());
                view! { <li><button class="btn link mono" data-open-trace=mark on:click=move |_| open(&target)>{id}</button></li> }
            }).collect_view()}
        </ul>
    }
}

/// Rows after those that are shown.
#[component]
pub fn More(shown: RwSignal<usize>, #[prop(into)] total: Signal<usize>) -> impl IntoView {
    move || {
        (shown.get() < total.get()).then(|| {
            view! { <p class="a-note"><button class="btn link" on:click=move |_| shown.update(|shown| *shown += 200)>{format!("Show more of {}", count(total.get() as u64))}</button></p> }
        })
    }
}

/// A cell of figures: empty ones are a dash that says why.
#[component]
pub fn Figure(text: Option<String>, #[prop(optional)] why: &'static str, #[prop(optional)] bad: bool) -> impl IntoView {
    match text {
        Some(text) => view! { <td class="num" class:bad=bad>{text}</td> }.into_any(),
        None => view! { <td class="num dim" title=why>"–"</td> }.into_any(),
    }
}
