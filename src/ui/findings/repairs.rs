//! What was repaired or doubted while the trace was read, said once a kind, with what it means, what to do, and the spans it is about.

use leptos::prelude::*;

use super::line::{SpanLine, is_in_scope};
use crate::analysis::meaning::{Meaning, Severity, WarningGroup, grouped, meaning};
use crate::base::SpanId;
use crate::base::format::{count, counted};
use crate::model::{Outline, SpanIdx, Warning};
use crate::state::app::App;
use crate::ui::icon::Icon;

/// Spans of a kind that are listed before the reader asks for all.
const LISTED: usize = 8;

#[component]
pub fn Repairs() -> impl IntoView {
    let app = App::get();
    move || {
        let outline = app.outline.get()?;
        let groups = grouped(&outline.headline.warnings);
        (!groups.is_empty()).then(|| {
            let sections = groups.into_iter().map(|group| {
                let listed = group.warnings.iter().filter_map(|at| outline.headline.warnings.get(*at as usize).cloned());
                let warnings: Vec<Warning> = listed.collect();
                view! { <Kind group warnings/> }
            });
            let sections = sections.collect_view();
            view! {
                <h2 class="f-part">"While reading"<span class="dim">"what was repaired, or could not be as it was sent"</span></h2>
                {sections}
            }
        })
    }
}

#[component]
fn Kind(group: WarningGroup, warnings: Vec<Warning>) -> impl IntoView {
    let app = App::get();
    let Meaning { title, meaning, advice, severity } = meaning(group.kind);
    let total = warnings.len();
    let all = RwSignal::new(total <= LISTED);
    let is_about_spans = warnings.iter().any(|warning| warning.span.is_some_and(|id| id != 0));
    let warnings = StoredValue::new(warnings);
    let icon = if severity == Severity::Warning { "warning" } else { "info" };
    // More of a kind than are listed one by one are told by their number.
    let figure = if is_about_spans { counted(group.count, "span", "spans") } else { String::new() };
    view! {
        <section class="finding" class:soft=severity == Severity::Info data-warning=title>
            <h3><Icon name=icon/>{title}<span class="dim">{figure}</span></h3>
            <p>{meaning}</p>
            <p class="advice"><span class="strong">"What to do: "</span>{advice}</p>
            <ul>
                {move || {
                    let shown = if all.get() { total } else { LISTED };
                    warnings.with_value(|warnings| {
                        let in_scope = warnings.iter().filter(|warning| told_of(app, warning));
                        in_scope.take(shown).cloned().map(|warning| {
                            let span = app.outline.with_untracked(|outline| place_of(outline.as_deref()?, &warning));
                            view! { <SpanLine span said=warning.message/> }
                        }).collect_view()
                    })
                }}
            </ul>
            {move || {
                let left_out = warnings.with_value(|warnings| warnings.iter().filter(|warning| !told_of(app, warning)).count());
                (left_out > 0).then(|| view! { <p class="dim">{format!("{} of hidden services or out of focus", count(left_out as u64))}</p> })
            }}
            <Show when=move || !all.get()>
                <button class="btn link" on:click=move |_| all.set(true)>{format!("Show all {}", count(total as u64))}</button>
            </Show>
        </section>
    }
}

/// The span that a warning is about, if it is about one.
fn place_of(outline: &Outline, warning: &Warning) -> Option<SpanIdx> {
    outline.find(SpanId(warning.span.filter(|id| *id != 0)?))
}

/// Whether the span that a warning is about is shown; a warning about the trace always is. Call under tracking.
fn told_of(app: App, warning: &Warning) -> bool {
    app.outline.with(|outline| {
        let place = outline.as_ref().and_then(|outline| Some((outline, place_of(outline, warning)?)));
        place.is_none_or(|(outline, span)| is_in_scope(app, outline, span))
    })
}
