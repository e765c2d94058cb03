//! The editor of a query: its text, where the caret is, and what the source knows that could be written there.

use std::collections::HashMap;
use std::sync::Arc;

use leptos::prelude::*;
use leptos::task::spawn_local;

use super::backend::ask;
use crate::query::complete::{Known, Offer, Place, Value, Wants, offers, place, values_of};
use crate::query::problem::{Said, said};
use crate::source::failure::Failure;
use crate::source::fetch;
use crate::source::tags;
use crate::state::app::App;
use crate::state::react::{effect, memo};

/// How long the fingers rest before values are asked for.
const DEBOUNCE_MS: i32 = 150;

/// What the source told so far, of the range that is looked at.
#[derive(Clone, Default)]
pub struct KnownTags {
    /// `None` until it was asked for.
    pub names: Option<Arc<Vec<(String, String)>>>,
    /// Values by field.
    pub values: HashMap<String, Arc<Vec<Value>>>,
}

#[derive(Clone, Copy)]
pub struct Editor {
    pub text: RwSignal<String>,
    /// Where the caret is, in bytes; `None` while the editor is not in use or the list was closed.
    pub caret: RwSignal<Option<usize>>,
    /// The line of the list that is chosen.
    pub chosen: RwSignal<usize>,
    pub known: RwSignal<KnownTags>,
    /// The field whose values are being asked for.
    pub asking: RwSignal<Option<String>>,
    /// What is being asked for; taking one away ends it.
    held: StoredValue<HashMap<Option<String>, fetch::AbortOnDrop>, LocalStorage>,
    /// What the form wrote last: while that is the text the form stays, also while it is half a condition.
    pub form_text: RwSignal<Option<String>>,
    /// The form stands in the editor's place, as long as it can say what the query says.
    pub as_form: RwSignal<bool>,
    /// Where the caret is to be put, in bytes, with the keyboard.
    pub goes_to: RwSignal<Option<usize>>,
    /// What the source said of which query, when it refused it.
    pub said: RwSignal<Option<(String, Said)>>,
}

impl Editor {
    pub fn new() -> Self {
        Editor {
            text: RwSignal::new(String::new()),
            caret: RwSignal::new(None),
            chosen: RwSignal::new(0),
            known: RwSignal::new(KnownTags::default()),
            asking: RwSignal::new(None),
            held: StoredValue::new_local(HashMap::new()),
            form_text: RwSignal::new(None),
            as_form: RwSignal::new(false),
            goes_to: RwSignal::new(None),
            said: RwSignal::new(None),
        }
    }

    pub fn set_text(self, text: String) {
        self.text.set(text);
        self.caret.set(None);
    }

    /// Puts the caret somewhere, and gives the editor the keyboard.
    pub fn go_to(self, caret: usize) {
        self.goes_to.set(Some(caret));
    }

    /// Another source or range knows other names.
    pub fn forget_known(self) {
        self.held.update_value(HashMap::clear);
        self.known.set(KnownTags::default());
    }

    /// Notes what a source said of a query.
    pub fn refused(self, query: &str, failure: &Failure) {
        if let Some(text) = &failure.server_text {
            self.said.set(Some((query.to_owned(), said(text, query))));
        }
    }

    /// The caret's surroundings; `None` while nothing is to be offered.
    pub fn place(self) -> Option<Place> {
        let caret = self.caret.get()?;
        Some(self.text.with(|text| place(text, caret))).filter(|place| place.wants != Wants::Nothing)
    }

    /// What can be written at the caret.
    pub fn offers(self) -> Vec<Offer> {
        let Some(place) = self.place() else { return Vec::new() };
        let known = self.known.get();
        let values = match &place.wants {
            Wants::Value { field } => known.values.get(field).cloned(),
            _ => None,
        };
        let attributes = known.names.as_deref().map(Vec::as_slice).unwrap_or_default();
        let values = values.as_deref().map(Vec::as_slice).unwrap_or_default();
        let offers = offers(&place, Known { attributes, values });
        // What is written already needs no offer.
        let is_whole =
            |offer: &Offer| self.text.with(|text| text.get(place.replaces.clone()) == Some(offer.insert.trim_end()));
        if offers.len() == 1 && offers.iter().all(is_whole) { Vec::new() } else { offers }
    }

    /// Puts an offer into the text; gives the caret behind it.
    pub fn accept(self, offer: &Offer) -> Option<usize> {
        let place = self.place()?;
        let mut caret = 0;
        self.text.update(|text| {
            let rest = text.get(place.replaces.end..).unwrap_or_default();
            // No second space where one stands.
            let insert = if rest.starts_with(' ') { offer.insert.trim_end() } else { &offer.insert };
            let skipped = usize::from(rest.starts_with(' ') && insert.len() < offer.insert.len());
            text.replace_range(place.replaces.clone(), insert);
            caret = place.replaces.start + insert.len() - offer.back.min(insert.len()) + skipped;
        });
        self.caret.set(Some(caret));
        self.chosen.set(0);
        Some(caret)
    }
}

impl Default for Editor {
    fn default() -> Self {
        Self::new()
    }
}

impl App {
    /// Keeps what the source knows in step with the caret: names once, values of a field when its place is reached. Answers that nobody waits
    /// for any more are aborted; none that fails disturbs the editor, which then offers what the language itself has.
    pub fn follow_caret(self) {
        let editor = self.explore.editor;
        let wanted = memo(move |_| {
            editor.caret.get()?;
            let is_missing = |known: &KnownTags, field: &str| !known.values.contains_key(field);
            match editor.place().map(|place| place.wants) {
                Some(Wants::Value { field }) if values_of(&field).is_some() => {
                    editor.known.with(|known| is_missing(known, &field)).then_some(Some(field))
                }
                _ => editor.known.with(|known| known.names.is_none()).then_some(None),
            }
        });
        effect(move || {
            if let Some(wanted) = wanted.get() {
                // What the caret has left is not waited for any more.
                editor.held.update_value(HashMap::clear);
                self.learn(wanted);
            }
        });
    }

    /// Asks for the values of a field, or for the names of all attributes.
    pub fn learn(self, wanted: Option<String>) {
        let editor = self.explore.editor;
        let (Some(tempo), Ok(bounds), Some(abort)) =
            (self.explored(), self.explore.bounds(), fetch::AbortOnDrop::new())
        else {
            return;
        };
        let signal = abort.signal();
        editor.held.update_value(|held| drop(held.insert(wanted.clone(), abort)));
        editor.asking.set(wanted.clone());
        spawn_local(async move {
            if wanted.is_some() {
                fetch::pause(DEBOUNCE_MS).await;
                if signal.aborted() {
                    return;
                }
            }
            let request = match &wanted {
                Some(field) => tempo.tag_values(field, bounds),
                None => tempo.tags(bounds),
            };
            let body = ask(&tempo.backend, &request, &signal, &|_| {}).await;
            if signal.aborted() {
                return;
            }
            let body = body.unwrap_or_default();
            editor.held.try_update_value(|held| drop(held.remove(&wanted)));
            editor.asking.try_set(None);
            editor.known.try_update(|known| match wanted {
                Some(field) => drop(known.values.insert(field, Arc::new(tags::read_values(&body).unwrap_or_default()))),
                None => known.names = Some(Arc::new(tags::read_names(&body).unwrap_or_default())),
            });
        });
    }
}
