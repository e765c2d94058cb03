//! A sample of a search, as the map of a range and the boards of many traces tell it and let it be chosen.

use leptos::prelude::*;

use crate::base::format::{count, counted};
use crate::state::explore::map::SAMPLES;
use crate::state::react::derived;
use crate::ui::parts::Choice;

/// Of how many traces something is, and whether those are all.
pub fn sample_words(traces: u32, more_exist: bool, lost: u32) -> String {
    let more = if more_exist { "a sample; more exist" } else { "all that match" };
    let lost = if lost > 0 { format!("; {} could not be had", count(u64::from(lost))) } else { String::new() };
    format!("of {}, {more}{lost}", counted(u64::from(traces), "trace", "traces"))
}

/// How many traces are fetched.
#[component]
pub fn SampleChoice(sample: RwSignal<u32>, on_choose: impl Fn() + Copy + 'static) -> impl IntoView {
    view! {
        <div class="seg" role="group" aria-label="Traces of the sample">
            {SAMPLES.map(|many| view! {
                <Choice name=many.to_string() title="Traces that are fetched" on=derived(move || sample.get() == many) on_choose=move || {
                    sample.set(many);
                    on_choose();
                }/>
            })}
        </div>
    }
}
