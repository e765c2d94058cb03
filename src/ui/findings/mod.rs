//! Findings: what was doubtful when the trace was read, said once a kind, with what it means, what to do, and the spans it
//! is about.

use leptos::prelude::*;

use crate::analysis::meaning::{Meaning, Severity, WarningGroup, grouped, meaning};
use crate::base::SpanId;
use crate::base::format::{count, counted};
use crate::model::{Outline, Warning};
use crate::state::app::App;
use crate::ui::card::service_words;
use crate::ui::icon::Icon;
use crate::ui::parts::Swatch;

/// Spans of a finding that are listed before the reader asks for all.
const LISTED: usize = 8;

#[component]
pub fn FindingsView() -> impl IntoView {
    let app = App::get();
    view! {
        <div class="findings" id="view-findings" role="tabpanel" aria-labelledby="tab-findings" tabindex="0">
            {move || app.outline.get().map(|outline| {
                let groups = grouped(&outline.headline.warnings);
                if groups.is_empty() {
                    return view! {
                        <div class="msg"><h2>"No findings"</h2><p>"Every span was read as it was sent: nothing was repaired, and nothing is missing that the trace itself names."</p></div>
                    }.into_any();
                }
                groups.into_iter().map(|group| {
                    let warnings: Vec<Warning> = group.warnings.iter().filter_map(|at| outline.headline.warnings.get(*at as usize).cloned()).collect();
                    view! { <Finding group warnings/> }
                }).collect_view().into_any()
            })}
        </div>
    }
}

#[component]
fn Finding(group: WarningGroup, warnings: Vec<Warning>) -> impl IntoView {
    let Meaning { title, meaning, advice, severity } = meaning(group.kind);
    let all = RwSignal::new(warnings.len() <= LISTED);
    let total = warnings.len();
    let about = warnings.iter().filter(|warning| warning.span.is_some_and(|id| id != 0)).count();
    let warnings = StoredValue::new(warnings);
    let icon = if severity == Severity::Warning { "warning" } else { "info" };
    let figure = if about > 0 { counted(about as u64, "span", "spans") } else { String::new() };
    view! {
        <section class="finding" class:soft=severity == Severity::Info data-finding=title>
            <h2><Icon name=icon/>{title}<span class="dim">{figure}</span></h2>
            <p>{meaning}</p>
            <p class="advice"><span class="strong">"What to do: "</span>{advice}</p>
            <ul>
                {move || {
                    let shown = if all.get() { total } else { LISTED };
                    warnings.with_value(|warnings| warnings.iter().take(shown).cloned().map(|warning| view! { <Line warning/> }).collect_view())
                }}
            </ul>
            <Show when=move || !all.get()>
                <button class="btn link" on:click=move |_| all.set(true)>{format!("Show all {}", count(total as u64))}</button>
            </Show>
        </section>
    }
}

/// One warning: its message, and the span it is about.
#[component]
fn Line(warning: Warning) -> impl IntoView {
    let app = App::get();
    let span = warning.span.filter(|id| *id != 0).map(SpanId);
    let named = span
        .and_then(|id| app.outline.with_untracked(|outline| outline.as_ref().and_then(|outline| named(outline, id))));
    view! {
        <li>
            {match (span, named) {
                (Some(id), Some((slot, service, label))) => view! {
                    <button class="btn span-link" on:click=move |_| app.select_id(id) title="Select this span">
                        <Swatch of=slot/><span class="mid">{service}</span>" "<span>{label}</span>
                    </button>
                }.into_any(),
                _ => ().into_any(),
            }}
            <span class="dim said">{warning.message}</span>
        </li>
    }
}

fn named(outline: &Outline, id: SpanId) -> Option<(u8, String, String)> {
    let span = outline.find(id)?;
    Some((outline.slot(span), service_words(outline.service_name(span)), outline.label(span).to_owned()))
}
