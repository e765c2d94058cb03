//! A button that opens a list. Escape closes it and gives the keyboard back; so does going elsewhere.

use leptos::html::Details;
use leptos::prelude::*;
use wasm_bindgen::JsCast;

/// Closes the menu that `handle` names.
pub fn close(handle: NodeRef<Details>) {
    if let Some(menu) = handle.get_untracked() {
        menu.set_open(false);
    }
}

#[component]
pub fn Menu(
    handle: NodeRef<Details>,
    #[prop(optional)] class: &'static str,
    /// The `summary`.
    #[prop(into)]
    label: ViewFn,
    /// The lines of the list, `li` each: made when somebody comes near, for few menus are ever opened.
    children: ChildrenFn,
) -> impl IntoView {
    let wanted = RwSignal::new(false);
    let want = move || {
        if !wanted.get_untracked() {
            wanted.set(true);
        }
    };
    let leave = move |event: leptos::ev::FocusEvent| {
        // What was pressed may have taken the menu off the page.
        let Some(menu) = handle.try_get_untracked().flatten() else { return };
        let to = event.related_target().and_then(|to| to.dyn_into::<web_sys::Node>().ok());
        // A press on what cannot take the focus leads nowhere: inside the menu it is no reason to close it.
        if to.is_some() && !menu.contains(to.as_ref()) {
            menu.set_open(false);
        }
    };
    let escape = move |event: leptos::ev::KeyboardEvent| {
        let Some(menu) = handle.try_get_untracked().flatten().filter(|menu| event.key() == "Escape" && menu.open())
        else {
            return;
        };
        event.stop_propagation();
        menu.set_open(false);
        let summary = menu.query_selector("summary").ok().flatten();
        if let Some(summary) = summary.and_then(|summary| summary.dyn_into::<web_sys::HtmlElement>().ok()) {
            // A summary can always take the focus.
            let _ = summary.focus();
        }
    };
    // A press elsewhere that takes no focus closes it as well.
    let press = window_event_listener(leptos::ev::pointerdown, move |event| {
        let Some(menu) = handle.try_get_untracked().flatten().filter(|menu| menu.open()) else { return };
        let on = event.target().and_then(|target| target.dyn_into::<web_sys::Node>().ok());
        if !menu.contains(on.as_ref()) {
            menu.set_open(false);
        }
    });
    on_cleanup(move || press.remove());
    view! {
        <details class=format!("menu {class}") node_ref=handle on:focusout=leave on:keydown=escape on:pointerenter=move |_| want() on:focusin=move |_| want() on:toggle=move |_| want()>
            {label.run()}
            <ul>{move || wanted.get().then(|| children())}</ul>
        </details>
    }
}
