//! Events of a span: when, what, with what. Exceptions stand above, in full.

use leptos::prelude::*;

use super::attributes::Lines;
use super::section::Section;
use crate::analysis::details::{EventDetails, Section as Owner};
use crate::base::format::duration;
use crate::model::SpanIdx;

#[component]
pub fn Events(events: Vec<EventDetails>, span: Signal<SpanIdx>, filter: RwSignal<String>) -> impl IntoView {
    if events.is_empty() {
        return ().into_any();
    }
    let count = events.len();
    view! {
        <Section title="Events" count=Some(count) open=true>
            {(0..).zip(events.clone()).map(|(index, event)| {
                let sign = if event.at_ns < 0 { "−" } else { "+" };
                let when = format!("{sign}{}", duration(event.at_ns.unsigned_abs()));
                let lines = if event.exception { Vec::new() } else { event.attributes.clone() };
                view! {
                    <div class="event" class:err=event.exception>
                        <p class="event-head"><span class="dim mono">{when}</span>" "<b>{event.name.clone()}</b></p>
                        <Lines lines place=Owner::Event(index) span filter/>
                    </div>
                }
            }).collect_view()}
        </Section>
    }
    .into_any()
}
