//! The reader's notes on the trace that is open: pinned to a span, or about the trace as a whole. They stay in this browser, by trace id; of
//! a file of evidence they are the file's, and are kept by saving it anew.

use leptos::prelude::*;

use crate::base::SpanId;
use crate::model::{Outline, SpanIdx};
use crate::source::notes::{MOST_NOTES, Note, of_trace, tidy, with};
use crate::state::app::App;
use crate::state::prefs::{store, stored};

/// The name under which all notes are kept; `prefs` puts `spanloom.` before it.
const NOTES: &str = "notes";

#[derive(Clone, Copy)]
pub struct NotesView {
    pub all: RwSignal<Vec<Note>>,
    /// Which note is being written: its place in `all`, or the span that a new one is for.
    pub writing: RwSignal<Option<Writing>>,
    /// Its text so far.
    pub draft: RwSignal<String>,
    /// Notes that a file of evidence holds, and of which trace.
    pub carried: StoredValue<Option<(String, Vec<Note>)>>,
}

#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Writing {
    New(Option<String>),
    Again(usize),
}

impl NotesView {
    pub fn new() -> Self {
        NotesView {
            all: RwSignal::default(),
            writing: RwSignal::new(None),
            draft: RwSignal::default(),
            carried: StoredValue::new(None),
        }
    }

    /// Those of a span, with their places; of the trace as a whole for `None`. Tracked.
    pub fn of(self, span_id: Option<&str>) -> Vec<(usize, Note)> {
        let is_of = |(_, note): &(usize, &Note)| note.span_id.as_deref() == span_id;
        self.all.with(|all| all.iter().enumerate().filter(is_of).map(|(at, note)| (at, note.clone())).collect())
    }
}

impl Default for NotesView {
    fn default() -> Self {
        Self::new()
    }
}

impl App {
    /// Notes of a trace that has been opened.
    pub fn bring_notes(self, outline: &Outline) {
        let id = &outline.headline.trace_id;
        // Evidence that does not name its trace holds no other.
        let is_of = |of: &str| of.is_empty() || of == id;
        let carried = self.notes.carried.with_value(|carried| carried.clone().filter(|(of, _)| is_of(of)));
        let notes = match carried {
            Some((_, notes)) => {
                self.notes.carried.set_value(Some((id.clone(), notes.clone())));
                notes
            }
            None => of_trace(&stored(NOTES).unwrap_or_default(), id),
        };
        self.forget_trial();
        self.notes.writing.set(None);
        self.notes.all.set(notes);
    }

    /// Begins a note, or begins to change one.
    pub fn begin_note(self, writing: Writing) {
        let text = match writing {
            Writing::New(_) => String::new(),
            Writing::Again(at) => {
                self.notes.all.with_untracked(|all| all.get(at).map(|note| note.text.clone()).unwrap_or_default())
            }
        };
        self.keep_draft();
        self.notes.draft.set(text);
        self.notes.writing.set(Some(writing));
    }

    /// A note that is being written is kept as far as it is.
    pub fn keep_draft(self) {
        if self.notes.writing.with_untracked(Option::is_some)
            && self.notes.draft.with_untracked(|text| !text.trim().is_empty())
        {
            self.write_note();
        }
    }

    /// Takes what was written: a new note, or another text of one. Without a text it goes.
    pub fn write_note(self) {
        let Some(writing) = self.notes.writing.get_untracked() else { return };
        let text = self.notes.draft.get_untracked();
        if self.notes.all.with_untracked(|all| all.len() >= MOST_NOTES) && matches!(writing, Writing::New(_)) {
            return self.say(format!("A trace has {MOST_NOTES} notes at most: remove one first"));
        }
        let written_unix_ms = js_sys::Date::now() as u64;
        self.notes.all.update(|all| {
            match writing {
                Writing::New(span_id) => all.push(Note { span_id, text: text.trim().to_owned(), written_unix_ms }),
                Writing::Again(at) => {
                    if let Some(note) = all.get_mut(at) {
                        (note.text, note.written_unix_ms) = (text.trim().to_owned(), written_unix_ms);
                    }
                }
            }
            *all = tidy(core::mem::take(all));
        });
        self.notes.writing.set(None);
        self.keep_notes();
    }

    pub fn remove_note(self, at: usize) {
        self.notes.all.update(|all| {
            if at < all.len() {
                all.remove(at);
            }
        });
        self.notes.writing.set(None);
        self.keep_notes();
    }

    fn keep_notes(self) {
        let Some(outline) = self.outline.get_untracked() else { return };
        let (id, notes) = (outline.headline.trace_id.clone(), self.notes.all.get_untracked());
        let is_carried = self.notes.carried.with_value(|carried| carried.as_ref().is_some_and(|(of, _)| *of == id));
        match is_carried {
            true => self.notes.carried.set_value(Some((id, notes))),
            false => store(NOTES, &with(&stored(NOTES).unwrap_or_default(), &id, &notes)),
        }
    }

    /// Spans that notes are pinned to. Tracked.
    pub fn noted_spans(self) -> Vec<SpanIdx> {
        let Some(outline) = self.outline.get() else { return Vec::new() };
        let id = |note: &Note| SpanId::from_hex(note.span_id.as_deref()?.as_bytes());
        self.notes.all.with(|all| all.iter().filter_map(id).filter_map(|id| outline.find(id)).collect())
    }

    /// The span of a note is shown, with its details.
    pub fn show_note(self, note: &Note) {
        let id = note.span_id.as_deref().and_then(|id| SpanId::from_hex(id.as_bytes()));
        if let Some(id) = id {
            self.select_id(id);
        }
    }
}
