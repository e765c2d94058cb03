//! A value, readable: JSON indented, SQL by clauses, long ones cut with a way to the whole.

use leptos::prelude::*;

use crate::analysis::details::{self as answers, Text};
use crate::analysis::readable::{self, Line, MAX_COLOURED, Role};
use crate::base::format::bytes;
use crate::model::SpanIdx;
use crate::state::app::App;
use crate::ui::icon::Icon;
use crate::worker::protocol::{Ask, Tell};

/// How much of a whole value is put on the page at once; more is only copied.
const MAX_SHOWN: usize = 200_000;

/// Where a value can be fetched whole.
#[derive(Clone, Copy)]
pub struct Place {
    pub span: SpanIdx,
    pub section: answers::Section,
    pub index: u32,
}

/// Pieces in their colours.
pub fn coloured(lines: Vec<Line>) -> impl IntoView {
    let line = |line: Line| {
        let pieces = line.into_iter().map(|(role, piece)| match class_of(role) {
            "" => view! { {piece} }.into_any(),
            class => view! { <span class=class>{piece}</span> }.into_any(),
        });
        view! { {pieces.collect_view()}"\n" }
    };
    lines.into_iter().map(line).collect_view()
}

fn class_of(role: Role) -> &'static str {
    match role {
        Role::Plain => "",
        Role::Keyword => "k",
        Role::String => "s",
        Role::Number => "n9",
        Role::Operator => "o",
        Role::Library => "lib",
    }
}

/// Copies a text, all of it also where the panel shows only its beginning.
pub fn copy_whole(app: App, place: Place, text: Text, what: String) {
    if text.cut_from.is_none() {
        app.copy(text.text, &what);
        return;
    }
    let Place { span, section, index } = place;
    let copying = app.begin_copy(&what);
    let asked = app.ask(move |id| Ask::FullValue { id, span: span.0, section, index });
    leptos::task::spawn_local(async move {
        match asked.await.map(|answer| answer.tell) {
            Some(Tell::FullValue { value: Some(value), .. }) => copying.give(value),
            _ => app.say("The whole value could not be fetched; nothing was copied"),
        }
    });
}

/// A text that may have been cut: its beginning, and on demand the whole.
#[component]
pub fn LongText(text: Text, place: Place) -> impl IntoView {
    let app = App::get();
    let shown = RwSignal::new(text.text.clone());
    let cut_from = RwSignal::new(text.cut_from);
    let only_start = RwSignal::new(false);
    let fetch = move |_| {
        leptos::task::spawn_local(async move {
            let Place { span, section, index } = place;
            let answer = app.ask(|id| Ask::FullValue { id, span: span.0, section, index }).await;
            if let Some(Tell::FullValue { value: Some(value), .. }) = answer.map(|answer| answer.tell) {
                let short: String = value.chars().take(MAX_SHOWN).collect();
                only_start.set(short.len() < value.len());
                cut_from.set(None);
                shown.set(short);
            }
        });
    };
    let body = move || {
        let text = shown.get();
        let is_worth_it = text.len() > 40 && text.len() <= MAX_COLOURED;
        match is_worth_it.then(|| readable::json(&text)).flatten() {
            Some(lines) => view! { <pre class="inline-json" tabindex="0">{coloured(lines)}</pre> }.into_any(),
            None if text.is_empty() => view! { <span class="dim">"(empty)"</span> }.into_any(),
            None => view! { {text} }.into_any(),
        }
    };
    view! {
        {body}
        {move || cut_from.get().map(|whole| view! {
            <button class="btn link" on:click=fetch>{format!("… all {}", bytes(whole))}</button>
        })}
        <Show when=move || only_start.get()>
            <span class="dim">" … The first 200,000 characters are shown; Copy takes all."</span>
        </Show>
    }
}

/// A database statement, by clauses or as it was sent.
#[component]
pub fn Statement(statement: answers::Statement, span: Signal<SpanIdx>) -> impl IntoView {
    let app = App::get();
    let raw = RwSignal::new(false);
    let answers::Statement { text, system, namespace, index } = statement;
    let whole = text.text.clone();
    let copied = text.clone();
    // A cut statement is shown as text, which has the way to the whole.
    let is_cut = text.cut_from.is_some();
    let place = Place { span: span.get_untracked(), section: answers::Section::Span, index };
    let colours = !is_cut && whole.len() <= MAX_COLOURED;
    view! {
        <div class="code">
            <div class="bar">
                <span>{system}</span><span>{namespace}</span><span class="grow"></span>
                <button class="btn" aria-pressed=move || raw.get().to_string() on:click=move |_| raw.update(|raw| *raw = !*raw)>"Raw"</button>
                <button class="btn icon" aria-label="Copy statement" title="Copy" on:click=move |_| copy_whole(app, place, copied.clone(), "the statement".to_owned())>
                    <Icon name="copy"/>
                </button>
            </div>
            {move || if raw.get() || !colours {
                view! { <pre class="wrap" tabindex="0"><LongText text=text.clone() place/></pre> }.into_any()
            } else {
                view! { <pre class="wrap" tabindex="0">{coloured(readable::sql(&whole))}</pre> }.into_any()
            }}
        </div>
    }
}
