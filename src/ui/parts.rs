//! The smallest pieces that several screens share: buttons with an icon, switches, swatches.

use leptos::ev::MouseEvent;
use leptos::prelude::*;

use super::icon::Icon;

pub use crate::base::format::service_words;

/// A button that is only an icon: its name is what a screen reader says and what hovering shows.
#[component]
pub fn IconButton(
    icon: &'static str,
    #[prop(into)] name: Signal<String>,
    on_click: impl Fn(MouseEvent) + 'static,
    #[prop(optional)] class: &'static str,
) -> impl IntoView {
    view! {
        <button class=format!("btn icon {class}") aria-label=name title=name on:click=on_click>
            <Icon name=icon/>
        </button>
    }
}

/// A switch: pressed or not.
#[component]
pub fn Toggle(
    icon: &'static str,
    name: &'static str,
    #[prop(into)] on: Signal<bool>,
    on_click: impl Fn(MouseEvent) + 'static,
    #[prop(optional)] title: &'static str,
) -> impl IntoView {
    view! {
        <button class="btn" class:on=on aria-pressed=move || on.get().to_string() title=title on:click=on_click>
            <Icon name=icon/>
            {name}
        </button>
    }
}

/// One of a few that exclude each other, in a `seg`.
#[component]
pub fn Choice(
    #[prop(into)] name: String,
    #[prop(optional)] title: &'static str,
    #[prop(into)] on: Signal<bool>,
    on_choose: impl Fn() + 'static,
) -> impl IntoView {
    view! {
        <button type="button" class:on=on aria-pressed=move || on.get().to_string() title=title on:click=move |_| on_choose()>{name}</button>
    }
}

/// The colour of a service.
#[component]
pub fn Swatch(of: u8) -> impl IntoView {
    view! { <i class=format!("sw {}", slot_class(of))></i> }
}

/// The class that gives an element its service's colour as `--c`. Slots count from 0, tokens from 1.
pub fn slot_class(slot: u8) -> String {
    format!("s{}", slot % 20 + 1)
}
