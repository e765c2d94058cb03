//! Searching: the query, what it found, and what is known of the finding.

use leptos::prelude::*;

use super::chips::Chips;
use super::compare::CompareSection;
use super::editor::QueryEditor;
use super::form::QueryForm;
use super::pending::{Failed, Progress};
use super::red::RedCharts;
use super::results::Results;
use crate::query::form::Form;
use crate::state::app::App;
use crate::state::react::{derived, memo};
use crate::ui::parts::Choice;

#[component]
pub fn SearchPage() -> impl IntoView {
    let app = App::get();
    let explore = app.explore;
    let editor = explore.editor;
    let has_form = memo(move |_| editor.text.with(|text| Form::read(text).is_some()));
    // Only a change of it makes the one or the other anew: the editor keeps the keyboard while it is written in.
    let is_forms_own =
        move || editor.form_text.with(|own| own.as_ref().is_some_and(|own| editor.text.with(|text| text == own)));
    let as_form = memo(move |_| editor.as_form.get() && (has_form.get() || is_forms_own()));
    let run = move |event: leptos::ev::SubmitEvent| {
        event.prevent_default();
        app.run_query();
    };
    view! {
        <form class="query" on:submit=run>
            <div class="line1">
                <div class="seg" role="group" aria-label="How to ask">
                    <Choice name="Form" title="The questions that are asked most" on=as_form on_choose=move || if has_form.get_untracked() {
                        editor.as_form.set(true);
                    } else {
                        app.say("This query says more than the form can: it stays in the editor");
                    }/>
                    <Choice name="TraceQL" on=derived(move || !as_form.get()) on_choose=move || editor.as_form.set(false)/>
                </div>
                {move || if as_form.get() { view! { <span class="x-written mono cut grow" title="What the form asks">{editor.text.get()}</span> }.into_any() } else { view! { <QueryEditor/> }.into_any() }}
                <button class="btn primary" type="submit" data-run title="Ctrl or ⌘ with Enter">"Run"</button>
            </div>
            {move || as_form.get().then(|| view! { <QueryForm/> })}
            <Chips/>
        </form>
        {move || explore.asked.with(Option::is_some).then(|| view! { <RedCharts/><CompareSection/> })}
        <Progress of=explore.found what="Searching"/>
        {move || explore.found.failure.get().map(|failure| view! { <Failed failure on_retry=move || app.search_again()/> })}
        <Results/>
    }
}
