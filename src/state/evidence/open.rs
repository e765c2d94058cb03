//! A trace that came with the page: in the page itself, as a file of evidence, or in the fragment of its address. No request is made for
//! either.

use leptos::prelude::*;

use super::format::Evidence;
use super::fragment;
use crate::base::format::{count, counted};
use crate::source::embedded;
use crate::state::app::{App, Banner, Failed, Origin};
use crate::state::open::How;
use crate::state::route::location_query;
use crate::state::stamp;
use crate::state::take::blob_of;
use crate::state::url::UrlState;

/// What a trace in a link is called.
const LINK: &str = "the link";

impl App {
    /// The view that evidence was saved from, for an address that says nothing else.
    pub fn saved_view(self) -> Option<String> {
        self.evidence.with_value(|evidence| evidence.as_ref()?.as_ref().ok().map(|evidence| evidence.view.clone()))
    }

    /// Reads the evidence that this page holds, once. What cannot be read is told when it would be opened.
    pub fn read_evidence(self) {
        self.evidence.set_value(embedded::evidence().map(|text| Evidence::parse(&text)));
    }

    /// Opens what came with the page, if the address is of that; whether it is.
    pub fn opens_carried(self, url: &UrlState) -> bool {
        match fragment::read(&location_hash()) {
            Some(packed) => self.open_fragment(packed, url),
            None if self.is_evidence(url) => self.open_evidence(),
            None => return false,
        }
        true
    }

    /// Whether an address is of a trace that came with the page.
    pub fn is_carried(self, url: &UrlState) -> bool {
        fragment::carries(&location_hash()) || self.is_evidence(url)
    }

    /// Whether what is shown came with the page.
    pub fn shows_carried(self) -> bool {
        matches!(self.origin.get_untracked(), Some(Origin::Evidence(_) | Origin::Link))
    }

    fn is_evidence(self, url: &UrlState) -> bool {
        let is_of = |trace_id: &str| url.trace.is_none_or(|trace| trace.to_string() == trace_id);
        self.evidence.with_value(|evidence| match evidence {
            Some(Ok(evidence)) => {
                url.file.is_none() && (evidence.said.trace_id.is_empty() || is_of(&evidence.said.trace_id))
            }
            Some(Err(_)) => url.file.is_none(),
            None => false,
        })
    }

    pub fn open_evidence(self) {
        const TITLE: &str = "The evidence in this file cannot be opened";
        let Some(evidence) = self.evidence.get_value() else { return };
        let (evidence, packed) = match evidence.and_then(|evidence| Ok((evidence.packed()?, evidence))) {
            Ok((packed, evidence)) => (evidence, packed),
            Err(sentence) => return self.fail(Failed::Other { title: TITLE.to_owned(), sentence }),
        };
        let (said, from) = (evidence.said.clone(), evidence.from.clone());
        // What was noted since it was opened is not lost by going back to it.
        let is_known = |known: &(String, _)| !said.trace_id.is_empty() && known.0 == said.trace_id;
        if !self.notes.carried.with_value(|carried| carried.as_ref().is_some_and(is_known)) {
            self.notes.carried.set_value(Some((said.trace_id.clone(), evidence.notes.clone())));
        }
        self.config.update(|config| {
            let config = std::sync::Arc::make_mut(config);
            evidence.service_colors.iter().for_each(|(name, slot)| {
                config.service_colors.entry(name.clone()).or_insert(*slot);
            });
        });
        self.prefs.findings_off_for_now(evidence.findings_off.clone());
        self.arrangement.set(said.arrangement.clone());
        self.landing.set_value(true);
        let how = How {
            // Who put a file together by hand may have left out what was said of the trace.
            trace: Some(said.trace_id.clone()).filter(|id| !id.is_empty()),
            banner: Some(banner_of(&evidence, &self.prefs.zone.get_untracked())),
            said: Some(Box::new(said)),
            ..How::default()
        };
        self.open_carried("evidence", &packed, Origin::Evidence(from), how);
    }

    fn open_fragment(self, packed: Result<Vec<u8>, String>, url: &UrlState) {
        match packed {
            Ok(packed) => {
                // A link holds one trace, or that and the one beside it.
                let beside: Vec<String> = url.beside.iter().map(|id| id.to_string()).collect();
                let trace = url.trace.filter(|_| !beside.is_empty()).map(|trace| trace.to_string());
                self.arrangement.update(|arrangement| arrangement.beside = beside);
                self.open_carried(LINK, &packed, Origin::Link, How { trace, ..How::default() });
            }
            Err(sentence) => self.fail(Failed::Other { title: "The link cannot be opened".to_owned(), sentence }),
        }
    }

    /// The view that the address asks for is restored.
    fn open_carried(self, name: &str, packed: &[u8], origin: Origin, how: How) {
        self.begin(name, "Reading");
        if let Some(blob) = blob_of(packed, "application/gzip") {
            self.read(origin, vec![(name.to_owned(), blob)], how);
        }
    }

    /// Another fragment was put behind the same address.
    pub fn fragment_changed(self) {
        let trace = self.url.with_untracked(|url| url.trace);
        if fragment::carries(&location_hash()) {
            let (url, _) = UrlState::parse(&location_query());
            self.forget_view();
            self.url.set(url);
            self.open_address();
        } else if self.origin.with_untracked(|origin| *origin == Some(Origin::Link)) {
            // It was taken away: what is shown stays, and is nowhere but here.
            self.url.update(|url| url.trace = trace);
        }
    }

    /// The part of the address that belongs to what is shown.
    pub fn kept_fragment(self) -> String {
        let origin = self.attempt.get_untracked().or(self.origin.get_untracked());
        let hash = location_hash();
        if fragment::carries(&hash) && origin != Some(Origin::Link) { String::new() } else { hash }
    }
}

pub(in crate::state) fn location_hash() -> String {
    web_sys::window().and_then(|window| window.location().hash().ok()).unwrap_or_default()
}

/// What must be known of it: when it was saved, from what, and what is missing.
fn banner_of(evidence: &Evidence, zone: &str) -> Banner {
    let (time, zone) = stamp::absolute(evidence.saved_unix_ms.saturating_mul(1_000_000), zone);
    let time = time.get(..16).unwrap_or(&time).to_owned();
    let from = if evidence.from.is_empty() { String::new() } else { format!(" from {}", evidence.from) };
    let places: u64 = evidence.redacted.iter().map(|taken| taken.places).sum();
    let redacted = match places {
        0 => "Nothing was taken out of it.".to_owned(),
        _ => {
            let kinds: Vec<String> = evidence
                .redacted
                .iter()
                .map(|taken| format!("{} ({})", in_sentence(taken.rule.title()), count(taken.places)))
                .collect();
            format!("Taken out of it: {}.", kinds.join(", "))
        }
    };
    let notes = match evidence.notes.len() as u64 {
        0 => String::new(),
        many => format!(" {}.", counted(many, "note", "notes")),
    };
    Banner {
        strong: "Evidence".to_owned(),
        text: format!("Saved {time} {zone}{from}.{notes} {redacted}"),
        ..Banner::default()
    }
}

/// A title within a sentence; what begins with two capitals is an abbreviation.
fn in_sentence(title: &str) -> String {
    let mut chars = title.chars();
    match (chars.next(), chars.next()) {
        (Some(first), Some(second)) if !second.is_uppercase() => {
            first.to_lowercase().chain([second]).chain(chars).collect()
        }
        _ => title.to_owned(),
    }
}
