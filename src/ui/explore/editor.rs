//! The editor of a query: a text field over the same text in colours, with a list of what can be written at the caret.

use leptos::ev::KeyboardEvent;
use leptos::html;
use leptos::prelude::*;

use super::offers::{Offers, SHOWN};
use crate::query::token::{Kind, lex};
use crate::state::app::App;
use crate::state::explore::editor::Editor;
use crate::state::explore::history;
use crate::state::react::{effect, memo};
use crate::ui::icon::Icon;
use crate::ui::menu::{Menu, close};

/// The id of the list, for whoever reads the page aloud.
pub const LIST_ID: &str = "query-offers";

/// Bytes of a text before so many UTF-16 units, which is what the browser counts carets in.
fn bytes_of(text: &str, units: u32) -> usize {
    let mut passed = 0;
    for (at, c) in text.char_indices() {
        if passed >= units as usize {
            return at;
        }
        passed += c.len_utf16();
    }
    text.len()
}

fn units_of(text: &str, bytes: usize) -> u32 {
    text.get(..bytes).unwrap_or(text).encode_utf16().count() as u32
}

#[component]
pub fn QueryEditor() -> impl IntoView {
    let app = App::get();
    let editor = app.explore.editor;
    let field = NodeRef::<html::Textarea>::new();
    let offers = memo(move |_| editor.offers());
    let see = move || {
        if let Some(field) = field.get_untracked() {
            let text = field.value();
            let caret = field.selection_end().ok().flatten().unwrap_or(0);
            editor.caret.set(Some(bytes_of(&text, caret)));
            editor.chosen.set(0);
        }
    };
    let put_caret = move |caret: usize| {
        if let Some(field) = field.get_untracked() {
            let units = editor.text.with_untracked(|text| {
                // The field has the new text only with the next rendering.
                field.set_value(text);
                units_of(text, caret)
            });
            // A field of the page can always be selected in.
            let _ = field.set_selection_range(units, units);
            let _ = field.focus();
        }
    };
    effect(move || {
        if let (Some(caret), Some(_)) = (editor.goes_to.get(), field.get()) {
            editor.goes_to.set(None);
            put_caret(caret);
            editor.caret.set(Some(caret));
        }
    });
    let accept = move |at: usize| {
        let offer = offers.with_untracked(|offers| offers.get(at).cloned());
        if let Some(caret) = offer.and_then(|offer| editor.accept(&offer)) {
            put_caret(caret);
        }
    };
    let press =
        move |event: KeyboardEvent| key(app, editor, &event, offers.with_untracked(Vec::len).min(SHOWN), accept);
    let is_open = move || offers.with(|offers| !offers.is_empty());
    view! {
        <div class="editor" class:is-open=is_open>
            <pre class="ln" aria-hidden="true">{move || coloured(editor)}</pre>
            <textarea
                node_ref=field rows="1" spellcheck="false" autocomplete="off" autocapitalize="off" data-query
                aria-label="TraceQL" role="combobox" aria-autocomplete="list" aria-controls=LIST_ID aria-expanded=move || is_open().to_string()
                aria-activedescendant=move || is_open().then(|| format!("{LIST_ID}-{}", editor.chosen.get()))
                placeholder="{ } finds every trace; { status = error } those that failed"
                prop:value=editor.text
                on:input:target=move |event| { editor.text.set(event.target().value()); see(); }
                on:keydown=press
                on:keyup=move |event| if matches!(event.key().as_str(), "ArrowLeft" | "ArrowRight" | "Home" | "End") { see() }
                on:pointerup=move |_| see()
                on:blur=move |_| editor.caret.set(None)
            ></textarea>
            <Offers offers on_accept=accept/>
            <History/>
        </div>
    }
}

/// Keys of the list go before those of the text.
fn key(app: App, editor: Editor, event: &KeyboardEvent, offers: usize, accept: impl Fn(usize)) {
    let chosen = editor.chosen.get_untracked();
    let runs = event.ctrl_key() || event.meta_key();
    let has_typed = editor.place().is_some_and(|place| !place.typed.is_empty());
    match event.key().as_str() {
        "Enter" if runs => app.run_query(),
        "ArrowDown" if offers > 0 => editor.chosen.set((chosen + 1) % offers),
        "ArrowUp" if offers > 0 => editor.chosen.set((chosen + offers - 1) % offers),
        "Tab" if offers > 0 && !event.shift_key() => accept(chosen),
        // With nothing typed and nothing chosen, Enter means the query.
        "Enter" if offers > 0 && (has_typed || chosen > 0) => accept(chosen),
        "Enter" if !event.shift_key() => {
            editor.caret.set(None);
            app.run_query();
        }
        "Escape" if offers > 0 => editor.caret.set(None),
        _ => return,
    }
    event.prevent_default();
    event.stop_propagation();
}

fn class_of(kind: Kind) -> &'static str {
    match kind {
        Kind::Scope | Kind::Intrinsic | Kind::Function | Kind::Hint => "tk-key",
        Kind::Attribute => "tk-attr",
        Kind::Text => "tk-str",
        Kind::Number | Kind::Duration | Kind::Constant => "tk-num",
        Kind::Brace | Kind::Paren | Kind::Comma | Kind::Pipe | Kind::Operator | Kind::Comment => "tk-op",
        Kind::Unknown => "tk-unknown",
    }
}

/// The text in colours, what is amiss underlined.
fn coloured(editor: Editor) -> Vec<AnyView> {
    let text = editor.text.get();
    let lexed = lex(&text);
    let is_written = editor.caret.with(Option::is_some);
    let refused = editor.said.get().filter(|(of, _)| *of == text).and_then(|(_, said)| said.range);
    let slip = refused.or_else(|| lexed.slip.filter(|_| !is_written).map(|slip| slip.range));
    let mut at = 0;
    let mut pieces = Vec::new();
    for token in lexed.tokens {
        let between = text[at..token.range.start].to_owned();
        let is_amiss = slip.as_ref().is_some_and(|slip| slip.start < token.range.end && token.range.start < slip.end);
        let class = if is_amiss { format!("{} sq", class_of(token.kind)) } else { class_of(token.kind).to_owned() };
        pieces.push(view! { {between}<span class=class>{text[token.range.clone()].to_owned()}</span> }.into_any());
        at = token.range.end;
    }
    let is_end = slip.is_some_and(|slip| slip.start >= at);
    // A space, so that an underline has something to stand under and a last line break a line.
    pieces.push(view! { {text[at..].to_owned()}<span class:sq=is_end>" "</span> }.into_any());
    pieces
}

/// Queries that were run before.
#[component]
fn History() -> impl IntoView {
    let app = App::get();
    let handle = NodeRef::<html::Details>::new();
    view! {
        <Menu handle class="x-history" label=|| view! { <summary class="btn icon" title="Queries that were run before" data-history><Icon name="history"/><span class="vh">"Queries that were run before"</span></summary> }>
            {move || {
                // What was just run stands first.
                app.explore.asked.track();
                let queries = history::queries();
                if queries.is_empty() {
                    view! { <li class="dim x-empty">"Nothing was searched yet"</li> }.into_any()
                } else {
                    queries.into_iter().map(|query| {
                        let chosen = query.clone();
                        view! { <li><button type="button" class="btn mono" on:click=move |_| { close(handle); app.run(chosen.clone()); }><span class="cut">{query}</span></button></li> }
                    }).collect_view().into_any()
                }
            }}
        </Menu>
    }
}
