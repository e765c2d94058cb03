//! One of a few, as a row of radio buttons.

use leptos::prelude::*;

#[component]
pub fn Choice(
    name: &'static str,
    options: Vec<(&'static str, &'static str)>,
    value: Signal<&'static str>,
    choose: impl Fn(&str) + Copy + Send + 'static,
) -> impl IntoView {
    view! {
        <fieldset class="setting">
            <legend>{name}</legend>
            <span class="seg">
                {options.into_iter().map(|(key, words)| view! {
                    <label class:on=move || value.get() == key>
                        <input type="radio" name=name value=key prop:checked=move || value.get() == key on:change=move |_| choose(key)/>
                        {words}
                    </label>
                }).collect_view()}
            </span>
        </fieldset>
    }
}
