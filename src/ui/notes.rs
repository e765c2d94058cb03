//! Notes: those of a span in its details, those of the whole trace in the header and before it is handed over.

use leptos::html;
use leptos::prelude::*;

use super::icon::Icon;
use super::parts::IconButton;
use crate::model::SpanIdx;
use crate::source::notes::{MOST_OF_NOTE, Note};
use crate::state::app::App;
use crate::state::engine::is_safari;
use crate::state::evidence::notes::Writing;
use crate::state::react::{effect, memo};
use crate::state::stamp::absolute;

/// Notes of the selected span, and the way to write one.
#[component]
pub fn NotesOfSpan(span: Signal<SpanIdx>) -> impl IntoView {
    let app = App::get();
    let id = memo(move |_| {
        let span = span.get();
        app.outline.with(|outline| {
            outline.as_ref().filter(|outline| span.index() < outline.len()).map(|outline| outline.id(span).to_string())
        })
    });
    let lines = move || {
        app.notes
            .of(id.get().as_deref())
            .into_iter()
            .map(|(at, note)| view! { <OneNote at note has_place=false/> })
            .collect_view()
    };
    view! {
        <div class="notes" data-notes-of-span>
            <ul aria-label="Notes of this span">{lines}</ul>
            <Write span_id=id/>
        </div>
    }
}

/// All notes, and the way to write one about the trace as a whole.
#[component]
pub fn NoteList() -> impl IntoView {
    let app = App::get();
    let none = memo(|_| None);
    let lines = move || {
        app.notes
            .all
            .get()
            .into_iter()
            .enumerate()
            .map(|(at, note)| view! { <OneNote at note has_place=true/> })
            .collect_view()
    };
    view! {
        <div class="notes" data-notes>
            <ul aria-label="Notes">{lines}</ul>
            <Write span_id=none/>
        </div>
    }
}

#[component]
fn OneNote(at: usize, note: Note, has_place: bool) -> impl IntoView {
    let app = App::get();
    let is_written = move || app.notes.writing.with(|writing| *writing == Some(Writing::Again(at)));
    let time = absolute(note.written_unix_ms.saturating_mul(1_000_000), &app.prefs.zone.get_untracked()).0;
    let time = time.get(..16).unwrap_or_default().to_owned();
    let place = (has_place && note.span_id.is_some()).then(|| {
        let (note, shown) = (note.clone(), note.clone());
        view! {
            <button class="btn link" on:click=move |_| { app.dialog.set(None); app.show_note(&note); }>
                {move || app.noted_span(&shown).map_or("a span that is not here".to_owned(), |(_, words)| words)}
            </button>
        }
    });
    let text = note.text.clone();
    view! {
        <li class="note" data-note=note.span_id.clone().unwrap_or_default()>
            {move || match is_written() {
                true => view! { <Writer/> }.into_any(),
                false => view! { <p class="note-text">{text.clone()}</p> }.into_any(),
            }}
            <div class="note-foot dim">
                {place}<span>{time}</span><span class="grow"></span>
                <IconButton icon="edit" name="Change this note" on_click=move |_| app.begin_note(Writing::Again(at))/>
                <IconButton icon="close" name="Remove this note" on_click=move |_| app.remove_note(at)/>
            </div>
        </li>
    }
}

/// The button that begins a note, and the note that is begun.
#[component]
fn Write(span_id: Memo<Option<String>>) -> impl IntoView {
    let app = App::get();
    let mine = move || Writing::New(span_id.get());
    let is_written = move || app.notes.writing.with(|writing| writing.as_ref() == Some(&mine()));
    let name = move || if span_id.with(Option::is_some) { "Add a note" } else { "Add a note about the trace" };
    move || {
        match is_written() {
        true => view! { <Writer/> }.into_any(),
        false => view! {
            <button class="btn" data-add-note on:click=move |_| app.begin_note(untrack(mine))><Icon name="note"/>{name}</button>
        }
        .into_any(),
    }
    }
}

#[component]
fn Writer() -> impl IntoView {
    let app = App::get();
    let field = NodeRef::<html::Textarea>::new();
    effect(move || {
        if let Some(field) = field.get() {
            // What has just come into the page takes the keyboard in the next frame.
            request_animation_frame(move || {
                let _ = field.focus();
            });
        }
    });
    let take = move || app.write_note();
    let on_key = move |event: leptos::ev::KeyboardEvent| {
        let is_enter = event.key() == "Enter" && (event.ctrl_key() || event.meta_key());
        if is_enter || event.key() == "Escape" {
            event.prevent_default();
            event.stop_propagation();
            if is_enter { take() } else { app.notes.writing.set(None) }
        }
    };
    let is_kept_briefly = is_safari();
    view! {
        <div class="note-write">
            <textarea class="field" node_ref=field rows="3" maxlength=MOST_OF_NOTE.to_string() aria-label="Note" prop:value=app.notes.draft.get_untracked()
                on:input:target=move |event| app.notes.draft.set(event.target().value()) on:keydown=on_key></textarea>
            <div class="row-flex">
                <button class="btn line" on:click=move |_| take()>"Keep"</button>
                <button class="btn" on:click=move |_| app.notes.writing.set(None)>"Not now"</button>
                <span class="dim">"Ctrl or ⌘ with Enter keeps it"</span>
            </div>
            {is_kept_briefly.then(|| view! {
                <p class="dim" data-safari-notes>"Safari deletes what a page has stored after seven days of use without a visit here. “Hand over…” saves the notes with the trace."</p>
            })}
        </div>
    }
}
