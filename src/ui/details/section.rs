//! A part of the details that can be shut.

use leptos::prelude::*;

use crate::ui::icon::Icon;

#[component]
pub fn Section(title: &'static str, count: Option<usize>, open: bool, children: ChildrenFn) -> impl IntoView {
    let open = RwSignal::new(open);
    view! {
        <section class="sec" class:shut=move || !open.get() data-section=title>
            <h3>
                <button aria-expanded=move || open.get().to_string() on:click=move |_| open.update(|open| *open = !*open)>
                    {move || if open.get() { view! { <Icon name="down"/> } } else { view! { <Icon name="right"/> } }}
                    {title}" "<span class="n">{count.map(|count| count.to_string())}</span>
                </button>
            </h3>
            <Show when=move || open.get()>{children()}</Show>
        </section>
    }
}
