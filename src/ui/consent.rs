//! The question whether the page around this one may drive it.

use leptos::prelude::*;

use super::icon::Icon;
use crate::state::act::focus_element;
use crate::state::app::App;
use crate::state::react::effect;

/// "Allow" does nothing at first: a press that was meant for what stood there before, or for the question before, is no consent.
const PAUSE: core::time::Duration = core::time::Duration::from_millis(500);

#[component]
pub fn ConsentBar() -> impl IntoView {
    let app = App::get();
    let host = move || match app.asking_host.get() {
        Some(origin) if origin == "null" => "A page of unknown origin".to_owned(),
        Some(origin) => origin,
        None => String::new(),
    };
    let is_ready = RwSignal::new(false);
    let questions = StoredValue::new(0_u32);
    effect(move || {
        app.asking_host.track();
        is_ready.set(false);
        let this = questions.get_value().wrapping_add(1);
        questions.set_value(this);
        set_timeout(move || is_ready.set(questions.get_value() == this || is_ready.get_untracked()), PAUSE);
    });
    let decide = move |allowed| {
        app.decide_host(allowed);
        // The buttons go; the keyboard does not go with them.
        if app.asking_host.with_untracked(Option::is_none) {
            focus_element("#main");
        }
    };
    view! {
        <Show when=move || app.asking_host.with(Option::is_some)>
            <div class="banner ask" role="alertdialog" aria-label="Allow the page around this one?">
                <Icon name="warning"/>
                <span class="grow"><b class="strong">{host}</b>" wants to open traces here and read their reports."</span>
                <button
                    class="btn line" aria-disabled=move || (!is_ready.get()).then_some("true")
                    on:click=move |_| if is_ready.get_untracked() { decide(true) }
                >"Allow"</button>
                <button class="btn" on:click=move |_| decide(false)>"Not now"</button>
            </div>
        </Show>
    }
}
