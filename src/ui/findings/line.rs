//! A span in a list: its service, its name, how long it took; a press selects it.

use leptos::prelude::*;

use crate::model::{Outline, SpanIdx};
use crate::state::app::App;
use crate::ui::parts::{Swatch, service_words};

/// One line of a list of spans. Without a span only what is said.
#[component]
pub fn SpanLine(span: Option<SpanIdx>, #[prop(optional)] said: String) -> impl IntoView {
    let app = App::get();
    let named = app.outline.with_untracked(|outline| {
        let (outline, span) = (outline.as_ref()?, span?);
        let duration = outline.duration_words(span);
        let service = service_words(outline.service_name(span));
        Some((outline.id(span), outline.slot(span), service, outline.label(span).to_owned(), duration))
    });
    let found =
        move || span.is_some_and(|span| app.view.matches.with(|matches| matches.spans.binary_search(&span.0).is_ok()));
    let selected = move || span.is_some() && app.view.selected.get() == span;
    let is_short = said.is_empty();
    view! {
        <li class:found=found class:sel=selected>
            {named.map(|(id, slot, service, label, duration)| view! {
                <button class="btn span-link" on:click=move |_| app.select_id(id) title="Select this span" data-span=id.to_string()>
                    <Swatch of=slot/><span class="mid">{service}</span>" "<span>{label}</span>
                </button>
                {is_short.then(|| view! { <span class="dim">{duration}</span> })}
            })}
            {(!is_short).then(|| view! { <span class="dim said">{said}</span> })}
        </li>
    }
}

/// Whether a span is shown: its service is not hidden, and it is in focus. Call under tracking.
pub fn is_in_scope(app: App, outline: &Outline, span: SpanIdx) -> bool {
    app.view.options.with(|options| {
        let focused =
            options.focus.is_none_or(|focus| (focus.0..focus.0 + outline.subtree_len(focus)).contains(&span.0));
        focused && !options.hidden_services.contains(outline.service[span.index()])
    })
}
