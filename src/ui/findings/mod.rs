//! Findings: what was doubtful when the trace was read, said once a kind, with what it means, what to do, and the spans it
//! is about.

use leptos::prelude::*;

use crate::analysis::meaning::{Meaning, Severity, WarningGroup, grouped, meaning};
use crate::base::SpanId;
use crate::base::format::{count, counted};
use crate::model::{Outline, SpanIdx, Warning};
use crate::state::app::App;
use crate::ui::icon::Icon;
use crate::ui::parts::{Swatch, service_words};

/// Spans of a finding that are listed before the reader asks for all.
const LISTED: usize = 8;

#[component]
pub fn FindingsView() -> impl IntoView {
    let app = App::get();
    view! {
        <div class="findings" id="view-findings" role="tabpanel" aria-labelledby="tab-findings" tabindex="0" data-view-focus>
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
        <section class="finding" class:soft=severity == Severity::Info data-finding=title>
            <h2><Icon name=icon/>{title}<span class="dim">{figure}</span></h2>
            <p>{meaning}</p>
            <p class="advice"><span class="strong">"What to do: "</span>{advice}</p>
            <ul>
                {move || {
                    let shown = if all.get() { total } else { LISTED };
                    warnings.with_value(|warnings| {
                        let in_scope = warnings.iter().filter(|warning| is_in_scope(app, warning));
                        in_scope.take(shown).cloned().map(|warning| view! { <Line warning/> }).collect_view()
                    })
                }}
            </ul>
            {move || {
                let left_out = warnings.with_value(|warnings| warnings.iter().filter(|warning| !is_in_scope(app, warning)).count());
                (left_out > 0).then(|| view! { <p class="dim">{format!("{} of hidden services or out of focus", count(left_out as u64))}</p> })
            }}
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
    let outline = app.outline.get_untracked();
    let place = span.zip(outline.as_ref()).and_then(|(id, outline)| outline.find(id));
    let named = place.zip(outline.as_ref()).map(|(span, outline)| named(outline, span));
    let found =
        move || place.is_some_and(|span| app.view.matches.with(|matches| matches.spans.binary_search(&span.0).is_ok()));
    let selected = move || place.is_some() && app.view.selected.get() == place;
    view! {
        <li class:found=found class:sel=selected>
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

/// Whether the span a warning is about is shown; a warning about the trace always is. Call under tracking.
fn is_in_scope(app: App, warning: &Warning) -> bool {
    let Some(id) = warning.span.filter(|id| *id != 0).map(SpanId) else { return true };
    app.outline.with(|outline| {
        let Some((outline, span)) = outline.as_ref().and_then(|outline| Some((outline, outline.find(id)?))) else {
            return true;
        };
        app.view.options.with(|options| {
            let focused =
                options.focus.is_none_or(|focus| (focus.0..focus.0 + outline.subtree_len(focus)).contains(&span.0));
            focused && !options.hidden_services.contains(outline.service[span.index()])
        })
    })
}

fn named(outline: &Outline, span: SpanIdx) -> (u8, String, String) {
    (outline.slot(span), service_words(outline.service_name(span)), outline.label(span).to_owned())
}
