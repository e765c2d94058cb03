//! Events of a span: when, what, with what. Exceptions stand above, in full.

use leptos::prelude::*;

use super::attributes::Lines;
use super::section::Section;
use crate::analysis::details::{EventDetails, Section as Owner};
use crate::base::format::duration;
use crate::model::SpanIdx;

/// What the exception's own part of the panel says in full.
const EXCEPTION: [&str; 3] = ["exception.type", "exception.message", "exception.stacktrace"];
/// Spans with thousands of events are shown a part at a time.
const AT_ONCE: usize = 100;

#[component]
pub fn Events(events: Vec<EventDetails>, span: Signal<SpanIdx>, filter: RwSignal<String>) -> impl IntoView {
    if events.is_empty() {
        return ().into_any();
    }
    let count = events.len();
    let shown = RwSignal::new(AT_ONCE);
    view! {
        <Section title="Events" count=Some(count) open=true>
            {
                let events = events.clone();
                move || (0..).zip(events.clone()).take(shown.get()).map(|(index, event)| {
                let sign = if event.at_ns < 0 { "−" } else { "+" };
                let when = format!("{sign}{}", duration(event.at_ns.unsigned_abs()));
                let is_shown_above = |key: &str| event.exception && EXCEPTION.contains(&key);
                let lines = (0..).zip(event.attributes.clone()).filter(|(_, line)| !is_shown_above(&line.key)).collect::<Vec<_>>();
                view! {
                    <div class="event" class:err=event.exception>
                        <p class="event-head"><span class="dim mono">{when}</span>" "<b>{event.name.clone()}</b></p>
                        <Lines lines place=Owner::Event(index) span filter/>
                    </div>
                }
            }).collect_view()
            }
            <Show when=move || shown.get() < count>
                <p class="more"><button class="btn link" on:click=move |_| shown.update(|shown| *shown += AT_ONCE)>
                    {move || format!("Show more of {count}")}
                </button></p>
            </Show>
        </Section>
    }
    .into_any()
}
