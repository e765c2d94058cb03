//! What stands beside an answer that is being waited for, or that did not come: how long it takes, what is waited for, and why there is none.

use core::time::Duration;

use leptos::prelude::*;

use crate::source::failure::Failure;
use crate::state::explore::pending::Pending;
use crate::ui::failure::{Snippet, coded};
use crate::ui::icon::Icon;

/// One line while an answer is under way: it appears after a moment, so that quick answers do not flicker.
#[component]
pub fn Progress<T: Send + Sync + 'static>(of: Pending<T>, what: &'static str) -> impl IntoView {
    let now = RwSignal::new(js_sys::Date::now());
    let tick = set_interval_with_handle(move || now.set(js_sys::Date::now()), Duration::from_millis(200)).ok();
    on_cleanup(move || {
        if let Some(tick) = tick {
            tick.clear();
        }
    });
    let waited_s =
        move || of.since_ms.get().map(|since| ((now.get() - since) / 1000.0).max(0.0)).filter(|waited| *waited > 0.15);
    move || {
        waited_s().map(|waited| {
            view! {
                <div class="x-wait">
                    <div class="prog busy-line"><i></i></div>
                    <span role="status">{what}</span>
                    {(waited >= 1.0).then(|| view! { <span class="dim">{format!("{waited:.0} s")}</span> })}
                    {of.waiting.get().map(|words| view! { <span class="warn" role="status">{words}</span> })}
                    <button class="btn link" on:click=move |_| of.cancel()>"Cancel"</button>
                </div>
            }
        })
    }
}

/// What of an answer was left out or doubted.
#[component]
pub fn Remarked(words: String) -> impl IntoView {
    view! { <span class="warn cut" data-remarks title=words.clone()><Icon name="warning"/>{words.clone()}</span> }
}

/// Why there is no answer. What came before stays below it.
#[component]
pub fn Failed(failure: Failure, on_retry: impl Fn() + Copy + Send + Sync + 'static) -> impl IntoView {
    let Failure { title, what, server_text, causes, advice, snippets, retry, .. } = failure;
    let list = |title: &'static str, lines: Vec<String>| {
        (!lines.is_empty()).then(|| view! { <div><h3>{title}</h3><ul class="do">{lines.iter().map(|line| view! { <li>{coded(line).into_any()}</li> }).collect_view()}</ul></div> })
    };
    view! {
        <div class="msg x-failed" role="alert">
            <h2 class="err"><Icon name="failed"/>{title}</h2>
            <p>{coded(&what).into_any()}</p>
            {server_text.map(|text| view! { <blockquote class="mono" data-said>{text}</blockquote> })}
            {list("What it can be", causes)}
            {list("What to do", advice)}
            {snippets.into_iter().map(|snippet| view! { <Snippet name=snippet.file text=snippet.text/> }).collect_view()}
            {retry.then(|| view! { <div class="acts"><button class="btn line" on:click=move |_| on_retry()>"Try again"</button></div> })}
        </div>
    }
    .into_any()
}
