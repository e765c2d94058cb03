//! What must be known of the whole trace, above it, until it is hidden: a partial answer, a file that breaks off.

use leptos::prelude::*;

use super::failure::coded;
use super::icon::{ErrorMark, Icon};
use super::parts::IconButton;
use crate::state::app::{App, Banner, Screen};

#[component]
pub fn Banners() -> impl IntoView {
    let app = App::get();
    let shown = move || matches!(app.screen.get(), Screen::Trace | Screen::List);
    view! {
        <Show when=shown>
            <For each=move || app.banners.get() key=|banner| (banner.strong.clone(), banner.text.clone()) let:banner>
                <OneBanner banner/>
            </For>
        </Show>
    }
}

#[component]
fn OneBanner(banner: Banner) -> impl IntoView {
    let app = App::get();
    let open = RwSignal::new(false);
    let Banner { strong, text, advice, bad, read_again } = banner;
    let hide = {
        let (strong, text) = (strong.clone(), text.clone());
        move |_| app.banners.update(|banners| banners.retain(|other| other.strong != strong || other.text != text))
    };
    let has_advice = !advice.is_empty();
    view! {
        <div class="banner" class:bad=bad data-banner role="status">
            {if bad { view! { <ErrorMark/> }.into_any() } else { view! { <Icon name="warning"/> }.into_any() }}
            <div class="grow">
                <b class="strong">{strong}</b>" "{text}
                <Show when=move || open.get()>
                    <ul class="do">{advice.iter().map(|line| view! { <li>{coded(line)}</li> }).collect_view()}</ul>
                </Show>
            </div>
            {has_advice.then(|| view! {
                <button class="btn" aria-expanded=move || open.get().to_string() on:click=move |_| open.update(|open| *open = !*open)>
                    "What to do"
                </button>
            })}
            {read_again.then(|| view! { <button class="btn line" on:click=move |_| app.read_again()>"Read again"</button> })}
            <IconButton icon="close" name="Hide" on_click=hide/>
        </div>
    }
}
