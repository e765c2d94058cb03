//! Tools that several views have: folding, the way to the next error, the way out of a focus.

use leptos::prelude::*;

use crate::base::format::counted;
use crate::state::app::App;
use crate::state::react::derived;
use crate::ui::icon::{ErrorMark, Icon};
use crate::ui::parts::Toggle;

#[component]
pub fn FoldTool() -> impl IntoView {
    let app = App::get();
    let fold = derived(move || app.view.options.with(|options| options.fold));
    view! {
        <Toggle icon="collapse-all" name="Fold pass-through" on=fold title="Fold spans that only pass through, and repeats"
            on_click=move |_| app.toggle_fold()/>
    }
}

#[component]
pub fn ErrorTool() -> impl IntoView {
    let app = App::get();
    let errors = move || app.outline.with(|o| o.as_ref().map(|o| o.headline.error_span_count).unwrap_or_default());
    move || match errors() {
        0 => view! { <span class="tool-note only-wide"><Icon name="info"/>"No errors"</span> }.into_any(),
        n => view! {
            <button class="btn" title="Next error" on:click=move |_| app.next_error()>
                <ErrorMark/>{counted(n, "error", "errors")}
            </button>
        }
        .into_any(),
    }
}

/// Shown while only a subtree is.
#[component]
pub fn FocusTool() -> impl IntoView {
    let app = App::get();
    view! {
        <Show when=move || app.view.options.with(|options| options.focus.is_some())>
            <button class="btn on" title="Show the whole trace again" on:click=move |_| app.focus(None)>
                <Icon name="focus"/>"Focused"<Icon name="close"/>
            </button>
        </Show>
    }
}
