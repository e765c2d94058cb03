//! All keys of the chosen scheme, from the table that the handler reads.

use leptos::prelude::*;

use crate::state::app::App;
use crate::state::keys::{BINDINGS, Binding, SECTIONS, Scheme, cap};

#[component]
pub fn Keys() -> impl IntoView {
    let app = App::get();
    let filter = RwSignal::new(String::new());
    let lines = move |section: &'static str| {
        let scheme = app.scheme();
        let wanted = filter.get().to_lowercase();
        BINDINGS
            .iter()
            .filter(|binding| binding.section == section && binding.words.to_lowercase().contains(&wanted))
            .filter(|binding| binding.keys(scheme).next().is_some())
            .map(|binding| view! { <Line binding scheme/> })
            .collect_view()
    };
    view! {
        <div class="keys-filter">
            <input type="search" class="field" placeholder="Filter keys" aria-label="Filter keys" prop:value=filter
                on:input:target=move |event| filter.set(event.target().value())/>
            <span class="dim">{move || match app.scheme() {
                Scheme::Perfetto => "Perfetto's letters; Settings has Jaeger's, or none",
                Scheme::Jaeger => "Jaeger's letters; Settings has Perfetto's, or none",
                Scheme::None => "Letters are off; Settings turns them on",
            }}</span>
        </div>
        <div class="keys">
            {SECTIONS.map(|section| view! { <section><h3>{section}</h3>{move || lines(section)}</section> }).collect_view()}
        </div>
    }
}

#[component]
fn Line(binding: &'static Binding, scheme: Scheme) -> impl IntoView {
    view! {
        <div>
            <span>{binding.words}</span>
            <span>{binding.keys(scheme).map(|key| view! { <kbd class="kbd">{cap(key)}</kbd> }).collect_view()}</span>
        </div>
    }
}
