//! Span links, to another span or trace; and the links out of Spanloom that config.json defines.

use leptos::prelude::*;

use super::section::Section;
use crate::analysis::details::LinkDetails;
use crate::base::SpanId;
use crate::model::SpanIdx;
use crate::state::app::App;
use crate::state::react::effect;
use crate::ui::icon::Icon;

#[component]
pub fn Links(links: Vec<LinkDetails>) -> impl IntoView {
    if links.is_empty() {
        return ().into_any();
    }
    let count = links.len();
    view! {
        <Section title="Links" count=Some(count) open=true>
            {links.iter().cloned().map(|link| view! { <OneLink link/> }).collect_view()}
        </Section>
    }
    .into_any()
}

#[component]
fn OneLink(link: LinkDetails) -> impl IntoView {
    let app = App::get();
    let LinkDetails { trace_id, span_id, id_texts: [span_text, trace_text], in_trace, attributes } = link;
    let said: Vec<String> = attributes.iter().map(|line| format!("{}={}", line.key, line.value.text)).collect();
    let (to_trace, to_span) = (trace_id.clone(), span_id.clone());
    let open = move |_| {
        if in_trace {
            let found = SpanId::from_hex(to_span.as_bytes());
            let found = app.outline.with_untracked(|o| o.as_ref().zip(found).and_then(|(o, id)| o.find(id)));
            if let Some(found) = found {
                app.select(found);
            }
        } else {
            app.open_linked(&to_trace, &to_span);
        }
    };
    view! {
        <div class="event">
            <p class="event-head">
                <button class="btn link" on:click=open>
                    {if in_trace { "Span in this trace" } else { "Other trace" }}
                </button>
                " "<span class="mono cut">{if in_trace { span_text.unwrap_or(span_id) } else { trace_text.unwrap_or(trace_id) }}</span>
            </p>
            {(!said.is_empty()).then(|| view! { <p class="more mono">{said.join("  ")}</p> })}
        </div>
    }
}

/// Links of config.json that this span can fill.
#[component]
pub fn OutgoingLinks(span: Signal<SpanIdx>) -> impl IntoView {
    let app = App::get();
    let links: RwSignal<Vec<(String, String)>> = RwSignal::new(Vec::new());
    effect(move || {
        let at = span.get();
        leptos::task::spawn_local(async move {
            let filled = app.outgoing_links(Some(at)).await;
            links.set(filled);
        });
    });
    view! {
        <Show when=move || links.with(|links| !links.is_empty())>
            <p class="more outgoing">
                {move || links.get().into_iter().map(|(name, href)| view! {
                    <a class="btn" href=href target="_blank" rel="noopener"><Icon name="external"/>{name}</a>
                }).collect_view()}
            </p>
        </Show>
    }
}
