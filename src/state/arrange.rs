//! How the spans of the open trace stand: with clocks that disagree put right, or beside those of another trace on one time axis.
//! Never silently: the header says so for as long as it lasts, with the way back.

use leptos::prelude::*;
use leptos::task::spawn_local;

use super::app::{App, Origin};
use super::open::How;
use crate::base::TraceId;
use crate::source::fetch::AbortOnDrop;
use crate::source::tempo::Tempo;

impl App {
    pub fn put_clocks_right(self, on: bool) {
        self.arrangement.update(|arrangement| arrangement.clocks_right = on);
        self.rearrange(if on { "Clocks put right" } else { "Times as recorded" });
    }

    /// The trace alone again.
    pub fn take_away_beside(self) {
        self.arrangement.update(|arrangement| arrangement.beside.clear());
        self.held.update_value(|held| held.beside.clear());
        self.rearrange("Alone again");
    }

    fn rearrange(self, said: &str) {
        let trace =
            self.outline.with_untracked(|outline| outline.as_ref().map(|outline| outline.headline.trace_id.clone()));
        if let (Some(client), Some(trace)) = (self.client(), trace) {
            self.rearranged.set_value(Some(said.to_owned()));
            client.open(trace, self.arrangement.get_untracked());
        }
    }

    /// Fetches another trace of the source and shows it beside this one.
    pub fn show_beside(self, other: TraceId) {
        let Some((tempo, outline)) = self.tempo_at_hand().zip(self.outline.get_untracked()) else { return };
        let Some(origin) = self.origin.get_untracked() else { return };
        self.begin_quietly(&other.to_string());
        let Some(abort) = AbortOnDrop::new() else { return };
        let signal = abort.signal();
        self.held.update_value(|held| held.request = Some(abort));
        spawn_local(async move {
            let fetched =
                super::tempo::look_up(&tempo, other, None, &signal, &|bytes, total| self.fetched(bytes, total)).await;
            match fetched {
                Ok((body, _)) => {
                    let id = other.to_string();
                    self.held.update_value(|held| held.beside = vec![(id.clone(), body)]);
                    self.arrangement.update(|arrangement| arrangement.beside = vec![id.clone()]);
                    self.rearranged.set_value(Some(format!("Trace {id} stands beside it on one time axis")));
                    let received = self.held.with_value(|held| held.received.clone());
                    let how = How { trace: Some(outline.headline.trace_id.clone()), reload: true, ..How::default() };
                    self.read(origin, received, how);
                }
                Err(Some(failure)) => self.lookup_failed(failure, true),
                Err(None) => {}
            }
        });
    }

    /// The Tempo that what is open came from, else the configured one that is asked first.
    pub fn tempo_at_hand(self) -> Option<Tempo> {
        match self.origin.get_untracked() {
            Some(Origin::Tempo { source, ad_hoc, .. }) => self.tempo(&source, ad_hoc),
            _ => self.tempo(&self.config.with_untracked(|config| config.first_source_name())?, false),
        }
    }
}
