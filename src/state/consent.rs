//! Sources that a link names: before the first request to an origin that is neither the page's own, nor configured, nor trusted, the reader is asked.
//!
//! What is allowed holds until the page is closed, and is kept in memory alone: where storage is blocked it works the same.

use leptos::prelude::*;

use super::app::{App, Failed, Screen};
use super::route::LOCAL;
use super::tempo::resolved;
use super::url::UrlState;
use crate::source::address;

impl App {
    /// Shows the question if the address would lead to an origin that nobody has vouched for; whether it did.
    pub(super) fn asks_consent(self, url: &UrlState) -> bool {
        let file = url.file.as_deref().filter(|file| !file.starts_with(LOCAL));
        // Where a file is named, no Tempo is asked.
        let named = file.or(url.tempo.as_deref().filter(|_| url.file.is_none()));
        let Some(origin) = named.map(resolved).and_then(|named| self.stranger(&named)) else { return false };
        self.loading.set(None);
        self.failed.set(Some(Failed::NeedsConsent { origin, is_file: file.is_some() }));
        self.screen.set(Screen::Failure);
        true
    }

    /// The origin of the Tempo at a base, if it needs the reader's word.
    fn stranger_at(self, base: Option<&str>) -> Option<String> {
        base.map(resolved).and_then(|base| self.stranger(&base))
    }

    /// Whether the Tempo that the address names may not be asked: nobody has vouched for it.
    pub(super) fn is_stranger(self, tempo: &str) -> bool {
        self.stranger_at(Some(tempo)).is_some()
    }

    /// The same of any address.
    fn stranger(self, address: &str) -> Option<String> {
        let origin = address::origin(address)?;
        let own = web_sys::window().and_then(|window| window.location().origin().ok());
        let is_known = own.as_ref() == Some(&origin)
            || self.config.with_untracked(|config| config.trusts_source(address))
            || self.held.with_value(|held| held.allowed_sources.contains(&origin));
        (!is_known).then_some(origin)
    }

    /// Not now: the address forgets a source that may not be asked.
    pub(super) fn forget_stranger(self) {
        let tempo = self.url.with_untracked(|url| url.tempo.clone());
        if self.stranger_at(tempo.as_deref()).is_some() {
            self.url.update(|url| url.tempo = None);
        }
    }

    /// The reader's word: what the address names is opened.
    pub fn allow_source(self, origin: &str) {
        self.held.update_value(|held| {
            held.allowed_sources.insert(origin.to_owned());
        });
        // The question stands until what it was about takes its place.
        self.open_address();
    }
}
