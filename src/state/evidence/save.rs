//! Handing a trace over: what would be taken out of it, the file of evidence, the link with the trace inside. The worker redacts and writes
//! the trace; packing it is the browser's.

use std::collections::BTreeMap;
use std::sync::Arc;

use js_sys::{Array, Reflect, Uint8Array};
use leptos::prelude::*;
use leptos::task::spawn_local;
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::JsFuture;
use web_sys::{Blob, Response};

use super::format::{Evidence, around, taken_out};
use super::fragment;
use crate::analysis::redact::{Redaction, Rules};
use crate::model::SpanIdx;
use crate::model::outline::Column;
use crate::source::embedded;
use crate::source::filename::{Taking, download_name};
use crate::source::notes::Note;
use crate::source::percent;
use crate::state::app::{App, Origin};
use crate::state::ask::Answered;
use crate::state::prefs::{store, stored};
use crate::state::stamp;
use crate::state::take::{blob_of, save};
use crate::state::url::UrlState;
use crate::worker::client::Answer;
use crate::worker::protocol::{Ask, Tell};
use crate::worker::seal::Said;

/// The name under which the rules are kept; `prefs` puts `spanloom.` before it.
const RULES: &str = "redact";
/// More spans are not put into a file of evidence: browsers do not open pages of a gigabyte.
pub const MOST_SPANS: usize = 500_000;

/// What is chosen in the dialog, and what it comes to.
#[derive(Clone, Copy)]
pub struct HandOver {
    pub rules: RwSignal<Rules>,
    pub trial: RwSignal<Option<Arc<Trial>>>,
    answered: Answered,
    pub is_saving: RwSignal<bool>,
    /// Why it could not be done.
    pub failed: RwSignal<String>,
}

/// What would be handed over.
#[derive(Clone, PartialEq, Debug)]
pub struct Trial {
    pub redaction: Redaction,
    pub bytes: u64,
}

impl HandOver {
    pub fn new() -> Self {
        let rules = stored(RULES).and_then(|text| serde_json::from_str(&text).ok()).unwrap_or_default();
        HandOver {
            rules: RwSignal::new(rules),
            trial: RwSignal::new(None),
            answered: Answered::new(),
            is_saving: RwSignal::new(false),
            failed: RwSignal::default(),
        }
    }
}

impl Default for HandOver {
    fn default() -> Self {
        Self::new()
    }
}

/// The page's own texts that go along: what they may quote of the trace is taken out of them too.
struct Beside {
    from: String,
    view: Vec<(String, String)>,
    notes: Vec<Note>,
    colors: BTreeMap<String, u8>,
}

impl Beside {
    fn texts(&self) -> Vec<String> {
        let view = self.view.iter().map(|(_, value)| value.clone());
        let notes = self.notes.iter().map(|note| note.text.clone());
        core::iter::once(self.from.clone()).chain(view).chain(notes).chain(self.colors.keys().cloned()).collect()
    }

    /// With the texts as they came back, in the same order.
    fn with(self, texts: Vec<String>) -> Self {
        let mut texts = texts.into_iter();
        let mut next = || texts.next().unwrap_or_default();
        let from = next();
        let view = self.view.into_iter().map(|(name, _)| (name, next())).collect();
        let notes = self.notes.into_iter().map(|note| Note { text: next(), ..note }).collect();
        let colors = self.colors.into_values().map(|slot| (next(), slot)).collect();
        Beside { from, view, notes, colors }
    }

    fn query(&self) -> String {
        let pair = |(name, value): &(String, String)| format!("{name}={}", percent::encode_query_value(value));
        self.view.iter().map(pair).collect::<Vec<_>>().join("&")
    }
}

/// The trace as it is handed over, packed.
struct Packed {
    said: Said,
    beside: Beside,
    redaction: Redaction,
    bytes: Vec<u8>,
}

impl App {
    /// Keeps what would be taken out in step with the rules, as long as whoever calls lives.
    pub fn follow_trial(self) {
        let over = self.hand_over;
        self.follow(
            over.answered,
            move || {
                let rules = over.rules.get();
                self.notes.all.track();
                let texts = untrack(|| self.beside_trace()).texts();
                Ask::Seal { id: 0, rules: Box::new(rules), texts, is_trial: true }
            },
            move |_, answer| {
                if let Tell::Sealed { redaction, bytes, .. } = answer.tell {
                    over.trial.set(Some(Arc::new(Trial { redaction, bytes })));
                }
            },
        );
    }

    /// Of another trace something else would be taken out.
    pub fn forget_trial(self) {
        self.hand_over.answered.forget();
        self.hand_over.trial.set(None);
    }

    pub fn change_rules(self, change: impl FnOnce(&mut Rules)) {
        self.hand_over.rules.update(change);
        if let Ok(text) = self.hand_over.rules.with_untracked(serde_json::to_string) {
            store(RULES, &text);
        }
    }

    fn beside_trace(self) -> Beside {
        let address = self.address();
        let zone = self.prefs.zone.get_untracked();
        let kept = UrlState { tz: Some(if zone == "local" { stamp::own_zone() } else { zone }), ..address.of_view() };
        Beside {
            from: match self.origin.get_untracked() {
                Some(Origin::Evidence(from)) => from,
                origin => origin.map(|origin| origin.words()).unwrap_or_default(),
            },
            view: percent::pairs(&kept.to_query()).collect(),
            notes: self.notes.all.get_untracked(),
            colors: self.config.with_untracked(|config| {
                // Of services of this trace alone: the others are nobody else's business.
                let is_here = |name: &str| {
                    self.outline.with_untracked(|outline| {
                        outline.as_ref().is_some_and(|outline| outline.services.iter().any(|line| line.name == name))
                    })
                };
                let here = config.service_colors.iter().filter(|(name, _)| is_here(name));
                here.map(|(name, slot)| (name.clone(), *slot)).collect()
            }),
        }
    }

    /// The trace that is shown now, whatever has opened when it is packed.
    fn packed(self) -> impl Future<Output = Result<Packed, String>> {
        let (beside, taking) = (untrack(|| self.beside_trace()), Taking::of(self.trace_id(), "html"));
        let (rules, texts) = (Box::new(self.hand_over.rules.get_untracked()), beside.texts());
        let asked = self.ask(move |id| Ask::Seal { id, rules, texts, is_trial: false });
        async move {
            let Some(answer) = asked.await else { return Err("The worker did not answer.".to_owned()) };
            packed_of(answer, beside, &taking).await
        }
    }

    /// Saves the page with the trace inside.
    pub fn save_evidence(self) {
        self.hand_over_as(move || {
            let (packed, findings_off) = (self.packed(), self.prefs.findings_off.get_untracked());
            async move {
                let page = embedded::whole_page()
                    .await
                    .map_err(|why| format!("The page to put it into is missing: {why}."))?;
                let Packed { said, beside, redaction, bytes } = packed.await?;
                let name = download_name(&format!("evidence {}", said.trace_id), "html");
                let mut evidence = Evidence::new(said, &bytes);
                evidence.saved_unix_ms = js_sys::Date::now() as u64;
                evidence.view = beside.query();
                evidence.redacted = taken_out(&redaction);
                evidence.findings_off = findings_off;
                (evidence.from, evidence.notes, evidence.service_colors) = (beside.from, beside.notes, beside.colors);
                let (before, behind) = around(&page, embedded::PLACE)
                    .ok_or("The page to put it into is not a Spanloom of this version.")?;
                let parts = Array::of3(&before.into(), &evidence.to_text().into(), &behind.into());
                let blob = Blob::new_with_str_sequence(&parts).map_err(|_| "The browser has no room for the file.")?;
                save(&blob, &name);
                Ok(format!("Saved {name}"))
            }
        });
    }

    /// Copies a link that carries the trace.
    pub fn copy_carrying_link(self) {
        self.hand_over_as(move || {
            let packed = self.packed();
            let copying = self.begin_copy("a link with the trace inside");
            async move {
                let Packed { said, beside, bytes, .. } = packed.await?;
                let fragment = fragment::write(&bytes)?;
                let location = web_sys::window().map(|window| window.location());
                let place = location.and_then(|location| Some((location.origin().ok()?, location.pathname().ok()?)));
                let (origin, path) = place.ok_or("The page does not know its own address.")?;
                // Which of the two is the trace, when another is open beside it.
                let trace = if said.arrangement.beside.is_empty() {
                    String::new()
                } else {
                    format!("trace={}&", said.trace_id)
                };
                let query = trace + &beside.query();
                copying.give(format!("{origin}{path}?{query}#{fragment}"));
                Ok(String::new())
            }
        });
    }

    fn hand_over_as<F: Future<Output = Result<String, String>> + 'static>(self, act: impl FnOnce() -> F + 'static) {
        let over = self.hand_over;
        if over.is_saving.get_untracked() {
            return;
        }
        // What is being written is meant to go along.
        self.keep_draft();
        over.is_saving.set(true);
        over.failed.set(String::new());
        // What is asked is asked now: when the first answer comes, another trace may be open.
        let doing = act();
        spawn_local(async move {
            let done = doing.await;
            over.is_saving.set(false);
            match done {
                Ok(said) => {
                    self.dialog.set(None);
                    if !said.is_empty() {
                        self.say(said);
                    }
                }
                Err(why) => over.failed.set(why),
            }
        });
    }

    /// Why a link with the trace inside is not offered.
    pub fn no_carrying_link(self) -> Option<&'static str> {
        match self.origin.get() {
            _ if embedded::is_single() => {
                Some("This file has no address that others could open: hand over the file itself.")
            }
            Some(Origin::Tempo { .. } | Origin::Url(_)) => {
                Some("The trace is where others can reach it: “Copy link” under “Download” is shorter.")
            }
            _ => None,
        }
    }

    /// Why no file of evidence is offered.
    pub fn no_evidence(self) -> Option<String> {
        let spans = self.outline.with(|outline| outline.as_ref().map(|outline| outline.len()).unwrap_or_default());
        (spans > MOST_SPANS).then(|| {
            format!(
                "{} spans are more than a page can hold: hand over a part of the trace, or the trace as OTLP.",
                crate::base::format::count(spans as u64)
            )
        })
    }

    /// What a note is pinned to, in words.
    pub fn noted_span(self, note: &Note) -> Option<(SpanIdx, String)> {
        let outline = self.outline.get()?;
        let id = crate::base::SpanId::from_hex(note.span_id.as_deref()?.as_bytes())?;
        let span = outline.find(id)?;
        Some((span, format!("{} {}", outline.service_name(span), outline.label(span))))
    }
}

/// What the worker sealed, packed, if it is of the trace that was asked for.
async fn packed_of(answer: Answer, beside: Beside, taking: &Taking) -> Result<Packed, String> {
    let (Tell::Sealed { said, texts, redaction, .. }, Some(Column::U8(otlp))) =
        (answer.tell, answer.columns.into_iter().next())
    else {
        return Err("The worker did not write the trace.".to_owned());
    };
    taking.name_if_of(&said.trace_id)?;
    let bytes = gzip(&otlp).await.ok_or(
        "This browser cannot pack in gzip: Chrome and Edge can from 80 on, Safari from 16.4, Firefox from 113.",
    )?;
    Ok(Packed { said: *said, beside: beside.with(texts), redaction, bytes })
}

/// Packs by the browser; `None` where it cannot.
async fn gzip(bytes: &[u8]) -> Option<Vec<u8>> {
    let constructor = Reflect::get(&js_sys::global(), &JsValue::from_str("CompressionStream")).ok()?;
    let constructor = constructor.dyn_into::<js_sys::Function>().ok()?;
    let packer = Reflect::construct(&constructor, &Array::of1(&JsValue::from_str("gzip"))).ok()?;
    let stream = blob_of(bytes, "application/octet-stream")?.stream();
    let packed = stream.pipe_through(packer.unchecked_ref());
    let response = Response::new_with_opt_readable_stream(Some(&packed)).ok()?;
    let buffer = JsFuture::from(response.array_buffer().ok()?).await.ok()?;
    Some(Uint8Array::new(&buffer).to_vec())
}
