//! The page as a single file: samples are inside, no server is asked, and where a link or the reader wants one, one sentence says so.

use leptos::prelude::*;
use leptos::task::spawn_local;

use super::app::{App, Failed, Origin};
use super::open::How;
use super::route::LOCAL;
use super::url::UrlState;
use crate::source::embedded::{self, ASKS_NO_SERVER};
use crate::source::fetch::AbortOnDrop;

impl App {
    /// Says so if an address wants what only a server has; whether it did. A hosted page is never refused anything.
    pub(super) fn refuses_server(self, url: &UrlState) -> bool {
        if !embedded::is_single() {
            return false;
        }
        // None is explored either, once the reader goes home.
        self.url.update(|url| (url.source, url.tempo) = (None, None));
        let wants = match &url.file {
            Some(file) => !file.starts_with(LOCAL) && !embedded::holds(file),
            None => {
                let names_one = url.trace.is_some() || url.source.is_some() || url.tempo.is_some();
                names_one || url.open.is_some() || !url.landing().is_empty()
            }
        };
        if wants {
            self.fail_without_server();
        }
        wants
    }

    pub(super) fn fail_without_server(self) {
        self.fail(Failed::Other { title: "This needs a server".to_owned(), sentence: ASKS_NO_SERVER.to_owned() });
    }

    /// A sample out of the page itself; nothing else has an address here.
    pub(super) fn open_packed(self, path: String, how: How) {
        if !embedded::holds(&path) {
            return self.fail_without_server();
        }
        let name = path.rsplit('/').next().unwrap_or(&path).to_owned();
        self.begin(&name, "Reading");
        let Some(abort) = AbortOnDrop::new() else { return };
        let signal = abort.signal();
        self.held.update_value(|held| held.request = Some(abort));
        self.attempt.set(Some(Origin::Url(path.clone())));
        spawn_local(async move {
            let unpacked = embedded::sample(&path).await;
            if signal.aborted() {
                return;
            }
            match unpacked {
                Ok(blob) => self.read(Origin::Url(path), vec![(name, blob)], how),
                Err(sentence) => self.fail(Failed::Other { title: format!("{name} could not be read"), sentence }),
            }
        });
    }
}
