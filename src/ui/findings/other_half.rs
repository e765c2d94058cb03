//! Looking for the other half of a broken trace: what would be asked and of whom, then what was found, each with the way to see both on
//! one time axis.

use leptos::prelude::*;

use crate::base::format::duration;
use crate::state::app::App;
use crate::state::other_half::{Candidate, Looking, Plan, Sides};
use crate::ui::icon::Icon;
use crate::ui::parts::service_words;

#[component]
pub fn OtherHalf(span: u32) -> impl IntoView {
    let app = App::get();
    let (plan, looking): (RwSignal<Option<Plan>>, Looking) = Default::default();
    let open = move |_| match plan.with_untracked(Option::is_some) {
        true => plan.set(None),
        false => app.plan_other_half(span, plan),
    };
    view! {
        <Show when=move || app.can_look_for_other_half()>
            <div class="f-other" data-other-half>
                <button class="btn line" aria-expanded=move || plan.with(Option::is_some).to_string() on:click=open>
                    <Icon name="search"/>"Look for the other half"
                </button>
                {move || plan.get().map(|plan| view! { <Questions plan looking/> })}
            </div>
        </Show>
    }
}

#[component]
fn Questions(plan: Plan, looking: Looking) -> impl IntoView {
    let app = App::get();
    let source = plan.source.clone();
    let questions = plan.questions.iter().map(|question| {
        view! {
            <li><span>{question.words.clone()}</span><code>{question.traceql.clone()}</code></li>
        }
    });
    let questions = questions.collect_view();
    let is_empty = plan.questions.is_empty();
    let plan = StoredValue::new(plan);
    if is_empty {
        return view! { <p class="dim">"This span says nothing that its other side would say too: no queue, no host, no id."</p> }.into_any();
    }
    view! {
        <p class="dim">"Asks "{source}" within two minutes of the span, and sends nothing else:"</p>
        <ul class="f-questions">{questions}</ul>
        {move || match looking.sides.get() {
            Sides::NotAsked => view! {
                <button class="btn primary" on:click=move |_| app.look_for_other_half(plan.get_value(), looking)>"Ask"</button>
            }.into_any(),
            Sides::Asking => view! { <p role="status">"Asking…"</p> }.into_any(),
            Sides::Failed(failure) => view! {
                <p class="err" role="alert">{failure.title.clone()}". "{failure.what.clone()}</p>
                <button class="btn line" on:click=move |_| app.look_for_other_half(plan.get_value(), looking)>"Ask again"</button>
            }.into_any(),
            Sides::Found(found) if found.is_empty() => view! {
                <p role="status">"No other trace near this time says so: it was not sampled, not sent, or is older than what the source keeps."</p>
            }.into_any(),
            Sides::Found(found) => view! {
                <ul class="f-candidates" aria-label="Traces that may be the other half">
                    {found.into_iter().map(|candidate| view! { <Line candidate/> }).collect_view()}
                </ul>
            }.into_any(),
        }}
    }
    .into_any()
}

/// A trace that may be it: what it is, how far from here, and by what it was found.
#[component]
fn Line(candidate: Candidate) -> impl IntoView {
    let app = App::get();
    let Candidate { trace, by } = candidate;
    let (service, operation) = trace.root.clone().unwrap_or_default();
    let start = app.outline.with_untracked(|outline| outline.as_ref().map(|outline| outline.headline.start_unix_nano));
    let apart = start.map(|start| {
        let words = duration(start.abs_diff(trace.start_unix_nano));
        if trace.start_unix_nano < start { format!("{words} before") } else { format!("{words} after") }
    });
    let id = trace.id;
    view! {
        <li data-candidate=id.to_string()>
            <span class="mid">{service_words(&service)}</span>" "<span>{operation}</span>
            <span class="dim">{apart}" · "{duration(trace.duration_ms.saturating_mul(1_000_000))}" · "{by.join(", ")}</span>
            <span class="row-flex">
                <button class="btn line" on:click=move |_| app.show_beside(id)>"Show beside"</button>
                <button class="btn link" on:click=move |_| app.open_linked(&id.to_string(), "")>"Open"</button>
            </span>
        </li>
    }
}
