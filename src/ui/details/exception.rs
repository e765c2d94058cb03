//! What failed: exceptions with their stacks first, else the status message; and the way to the first failing span.

use leptos::prelude::*;

use super::section::Section;
use super::value::{LongText, Place, coloured};
use crate::analysis::details::{Exception, Section as Owner, Text};
use crate::analysis::readable;
use crate::model::SpanIdx;
use crate::model::outline::flag;
use crate::state::app::App;
use crate::ui::icon::ErrorMark;

#[component]
pub fn Exceptions(exceptions: Vec<Exception>, status_message: Option<Text>, span: Signal<SpanIdx>) -> impl IntoView {
    let app = App::get();
    let at = span.get_untracked();
    let failed =
        app.outline.with_untracked(|o| o.as_ref().is_some_and(|o| at.index() < o.len() && o.has(at, flag::ERROR)));
    if exceptions.is_empty() && status_message.is_none() && !failed {
        return ().into_any();
    }
    let title = if exceptions.is_empty() { "Status" } else { "Exception" };
    let said = exceptions.iter().map(|exception| exception.message.text.clone()).collect::<Vec<_>>();
    let message = status_message.filter(|message| !said.contains(&message.text));
    view! {
        <Section title count=(exceptions.len() > 1).then_some(exceptions.len()) open=true>
            {exceptions.iter().cloned().map(|exception| view! { <OneException exception span=at/> }).collect_view()}
            {message.clone().map(|text| view! {
                <div class="exc"><div class="t">
                    {failed.then(|| view! { <b class="err"><ErrorMark/>"Status ERROR"</b> })}
                    <span><LongText text place=Place { span: at, section: Owner::StatusMessage, index: 0 }/></span>
                </div></div>
            })}
            {(failed && message.is_none() && said.is_empty()).then(|| view! {
                <p class="more"><b class="err">"Status ERROR"</b>", without a message or an exception."</p>
            })}
            <FirstFailing at/>
        </Section>
    }
    .into_any()
}

#[component]
fn OneException(exception: Exception, span: SpanIdx) -> impl IntoView {
    let Exception { event, exception_type, message, stacktrace, stacktrace_index } = exception;
    let lines = readable::stack(&stacktrace.text, &message.text);
    let place = Place { span, section: Owner::Event(event), index: stacktrace_index.unwrap_or_default() };
    let cut = stacktrace.cut_from.is_some();
    view! {
        <div class="exc">
            <div class="t"><b class="err"><ErrorMark/>{exception_type.text}</b><span>{message.text}</span></div>
            {if cut {
                view! { <pre tabindex="0"><LongText text=stacktrace place/></pre> }.into_any()
            } else if lines.is_empty() {
                ().into_any()
            } else {
                view! { <pre tabindex="0">{coloured(lines)}</pre> }.into_any()
            }}
        </div>
    }
}

/// From a symptom to the cause.
#[component]
fn FirstFailing(at: SpanIdx) -> impl IntoView {
    let app = App::get();
    let first = app.first_error.get_untracked().map(SpanIdx).filter(|first| *first != at);
    first.and_then(|first| {
        let outline = app.outline.get_untracked()?;
        let label = (first.index() < outline.len()).then(|| outline.label(first).to_owned())?;
        Some(view! {
            <p class="more">
                <button class="btn link" on:click=move |_| app.select(first)>"First failing span: "{label}</button>
            </p>
        })
    })
}
