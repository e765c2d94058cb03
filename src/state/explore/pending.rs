//! An answer of a backend that a view waits for. The last one stays until the next is there; a new question takes the place of one under way.

use std::sync::Arc;

use leptos::prelude::*;

use crate::source::failure::Failure;
use crate::source::fetch::AbortOnDrop;

/// The answer, and what becomes of it.
pub struct Pending<T: Send + Sync + 'static> {
    pub value: RwSignal<Option<Arc<T>>>,
    /// `Date.now()` when what is under way was asked.
    pub since_ms: RwSignal<Option<f64>>,
    pub failure: RwSignal<Option<Failure>>,
    /// What is being waited for before asking again, in words.
    pub waiting: RwSignal<Option<String>>,
    request: StoredValue<Option<AbortOnDrop>, LocalStorage>,
    turn: StoredValue<u32>,
}

impl<T: Send + Sync + 'static> Clone for Pending<T> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<T: Send + Sync + 'static> Copy for Pending<T> {}

/// One asking of a [`Pending`]: whether it is still the newest.
pub struct Asking<T: Send + Sync + 'static> {
    of: Pending<T>,
    turn: u32,
    pub signal: web_sys::AbortSignal,
}

impl<T: Send + Sync + 'static> Pending<T> {
    pub fn new() -> Self {
        Pending {
            value: RwSignal::new(None),
            since_ms: RwSignal::new(None),
            failure: RwSignal::new(None),
            waiting: RwSignal::new(None),
            request: StoredValue::new_local(None),
            turn: StoredValue::new(0),
        }
    }

    /// Begins to ask; whatever was asked before is aborted. `None` where the browser has no way to abort, which none lacks.
    pub fn begin(self) -> Option<Asking<T>> {
        let abort = AbortOnDrop::new()?;
        let signal = abort.signal();
        self.request.set_value(Some(abort));
        self.turn.update_value(|turn| *turn = turn.wrapping_add(1));
        self.since_ms.set(Some(js_sys::Date::now()));
        self.waiting.set(None);
        Some(Asking { of: self, turn: self.turn.get_value(), signal })
    }

    /// Ends what is under way.
    pub fn cancel(self) {
        self.request.set_value(None);
        self.turn.update_value(|turn| *turn = turn.wrapping_add(1));
        self.since_ms.set(None);
        self.waiting.set(None);
    }

    /// Forgets the answer too.
    pub fn clear(self) {
        self.cancel();
        self.value.set(None);
        self.failure.set(None);
    }

    /// Nothing was asked: neither answered, nor refused, nor under way.
    pub fn is_untouched(self) -> bool {
        self.value.with_untracked(Option::is_none)
            && self.failure.with_untracked(Option::is_none)
            && !untrack(|| self.is_asking())
    }

    pub fn is_asking(self) -> bool {
        self.since_ms.with(Option::is_some)
    }
}

impl<T: Send + Sync + 'static> Default for Pending<T> {
    fn default() -> Self {
        Self::new()
    }
}

impl<T: Send + Sync + 'static> Asking<T> {
    pub fn is_newest(&self) -> bool {
        self.of.turn.try_get_value() == Some(self.turn) && !self.signal.aborted()
    }

    /// A part of the answer, while the rest is still waited for.
    pub fn take(&self, value: T) {
        if self.is_newest() {
            self.of.value.set(Some(Arc::new(value)));
        }
    }

    /// Nothing is asked after all.
    pub fn cancel(self) {
        if self.is_newest() {
            self.of.cancel();
        }
    }

    pub fn wait(&self, words: Option<String>) {
        if self.is_newest() {
            self.of.waiting.set(words);
        }
    }

    /// The end: an answer or why there is none. What was there stays beside a failure.
    pub fn end(self, outcome: Result<T, Failure>) {
        if !self.is_newest() {
            return;
        }
        self.of.since_ms.set(None);
        self.of.waiting.set(None);
        match outcome {
            Ok(value) => {
                self.of.failure.set(None);
                self.of.value.set(Some(Arc::new(value)));
            }
            Err(failure) => self.of.failure.set(Some(failure)),
        }
    }

    /// The end of an answer that came in parts.
    pub fn end_of_parts(self, failure: Option<Failure>) {
        if self.is_newest() {
            self.of.since_ms.set(None);
            self.of.waiting.set(None);
            self.of.failure.set(failure);
        }
    }
}
