//! What many traces say together: connectors, propagation, sampling. Of a sample of a search, or of all traces of a file.

mod connectors;
mod fields;
mod lab;
mod policies;
mod propagation;
mod row;

use leptos::prelude::*;

use self::connectors::Connectors;
use self::lab::SamplingLab;
use self::propagation::PropagationMatrix;
use super::explore::pending::{Failed, Progress};
use super::explore::sampled::{SampleChoice, sample_words};
use crate::base::format::count;
use crate::state::across::{Across, PARTS, Part};
use crate::state::app::App;
use crate::state::react::derived;
use crate::ui::icon::Icon;
use crate::ui::parts::Choice;
use crate::worker::protocol::MOST_ACROSS;

/// The parts, one of them chosen.
#[component]
fn PartChoice(
    on_choose: impl Fn(Part) + Copy + Send + Sync + 'static,
    #[prop(optional)] over_list: bool,
) -> impl IntoView {
    let across = App::get().across;
    let is_on = move |part| across.part.get() == part && (!over_list || across.over_list.get());
    view! {
        <div class="seg" role="group" aria-label="What many traces say together">
            {over_list.then(|| view! {
                <Choice name="Traces" title="One after the other" on=derived(move || !across.over_list.get()) on_choose=move || across.over_list.set(false)/>
            })}
            {PARTS.map(|(part, name, title)| view! {
                <Choice name title on=derived(move || is_on(part)) on_choose=move || on_choose(part)/>
            })}
        </div>
    }
}

/// The part that is chosen.
#[component]
pub fn Parts() -> impl IntoView {
    let app = App::get();
    app.follow_across();
    let working =
        move || app.across.working.get().then(|| view! { <p class="a-working" role="status">"Working it out…"</p> });
    let part = move || match app.across.part.get() {
        Part::Connectors => view! { <Connectors/> }.into_any(),
        Part::Propagation => view! { <PropagationMatrix/> }.into_any(),
        Part::Sampling => view! { <SamplingLab/> }.into_any(),
    };
    view! { {working}{part} }
}

/// Of how many traces it is, and whether those are all.
pub fn basis_words(across: Across) -> Option<String> {
    across.fetched.value.get().map(|of| sample_words(of.traces, of.more_exist, of.lost))
}

/// Of the traces that a search finds.
#[component]
pub fn AcrossScreen() -> impl IntoView {
    let app = App::get();
    let across = app.across;
    let fetched = across.fetched;
    let words = move || basis_words(across);
    let is_empty = move || fetched.value.with(|of| of.as_ref().is_some_and(|of| of.traces == 0));
    view! {
        <div class="phead a-head">
            <PartChoice on_choose=move |part| { across.part.set(part); app.note_address(false); }/>
            <span class="dim cut" role="status" data-basis>{words}</span>
            {move || across.query.get().map(|query| view! {
                <button class="chip" title="Of all traces" on:click=move |_| app.across_of(None)><span class="mono cut">{query}</span><Icon name="close"/></button>
            })}
            <span class="grow"></span>
            <SampleChoice sample=across.sample on_choose=move || {
                app.ask_across();
                app.note_address(false);
            }/>
        </div>
        <Progress of=fetched what="Fetching a sample"/>
        {move || {
            let (done, of) = across.progress.get();
            (of > 0 && fetched.is_asking()).then(|| view! { <p class="x-wait dim" role="status" data-fetched>{format!("{done} of {of} traces fetched")}</p> })
        }}
        {move || fetched.failure.get().map(|failure| view! { <Failed failure on_retry=move || app.ask_across()/> })}
        <Show when=is_empty>
            <div class="msg explored" data-nothing><h2><Icon name="info"/>"No trace in this range"</h2><p>"Nothing matches the search. Choose a longer range, or another search."</p></div>
        </Show>
        <Show when=move || across.is_of_search() && !is_empty()>
            <div class="across" tabindex="0" role="region" aria-label="What many traces say together"><Parts/></div>
        </Show>
    }
}

/// Of all traces of a file, or its list.
#[component]
pub fn OverList(list: impl Fn() -> AnyView + Send + Sync + 'static) -> impl IntoView {
    let app = App::get();
    let across = app.across;
    let total = move || app.traces.with(|traces| traces.len());
    view! {
        <div class="phead a-head">
            <PartChoice over_list=true on_choose=move |part| { across.part.set(part); across.over_list.set(true); }/>
            <span class="dim cut" data-basis>{move || match (across.over_list.get(), total()) {
                (false, _) => String::new(),
                (true, many) if many > MOST_ACROSS => format!("of the first {} of {} traces", count(MOST_ACROSS as u64), count(many as u64)),
                (true, many) => format!("of all {} traces", count(many as u64)),
            }}</span>
        </div>
        {move || if across.over_list.get() {
            view! { <div class="across" tabindex="0" role="region" aria-label="What many traces say together"><Parts/></div> }.into_any()
        } else {
            list()
        }}
    }
}
