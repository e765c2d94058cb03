//! A sample of the traces that a search finds: searched, fetched a few at once, read by a worker of their own. What is made of it is for
//! `map` and `across`.

use std::cell::{Cell, RefCell};
use std::rc::Rc;

use js_sys::Promise;
use leptos::prelude::*;
use leptos::task::spawn_local;
use wasm_bindgen::prelude::Closure;
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::JsFuture;
use web_sys::{AbortSignal, Blob};

use super::backend::{NoAnswer, all, ask, unread};
use super::pending::Asking;
use crate::base::TraceId;
use crate::source::failure::Failure;
use crate::source::search::{Found, LONGEST_RANGE_S, Search};
use crate::source::tempo::{Bounds, Tempo};
use crate::state::across::Fetched;
use crate::state::app::App;
use crate::state::tempo::look_up;
use crate::worker::client::{Client, Heard};
use crate::worker::protocol::{Arrangement, Tell};

/// Traces that are fetched at once.
const AT_ONCE: usize = 4;
/// A sample of larger traces than this in all is cut: they are held by one worker.
const MOST_BYTES: f64 = 200e6;

/// Which traces are fetched.
pub struct Wanted<'a> {
    pub query: &'a str,
    pub bounds: Bounds,
    pub limit: u32,
    /// Traces that came, of how many.
    pub progress: RwSignal<(u32, u32)>,
}

/// Traces as they came.
pub struct Came {
    pub files: Vec<(String, Blob)>,
    /// How many were found, and whether more exist.
    pub found: u32,
    pub more_exist: bool,
}

/// Searches, and fetches what was found. No trace of none is no failure.
pub async fn fetch<T: Send + Sync + 'static>(
    tempo: &Tempo,
    wanted: Wanted<'_>,
    asking: &Asking<T>,
) -> Result<Came, NoAnswer> {
    let Wanted { query, bounds, limit, progress } = wanted;
    let failed = |failure: Failure| NoAnswer::Failed(Box::new(failure));
    if bounds.seconds() > LONGEST_RANGE_S {
        let what = "Tempo searches at most 168 h at once. Choose a shorter range.".to_owned();
        return Err(failed(Failure { title: "Not asked".to_owned(), what, ..Failure::default() }));
    }
    let search = Search { query: query.to_owned(), bounds, limit, spans_per_set: 1 };
    let body = ask(&tempo.backend, &tempo.search(&search), &asking.signal, &|words| asking.wait(words)).await?;
    let mut found = Found::read(&body).map_err(|words| failed(unread(&tempo.backend, words)))?;
    let more_exist = found.is_cut(limit);
    // Each is fetched: no more of them than were asked for.
    found.keep_asked(limit);
    let ids: Vec<TraceId> = found.traces.iter().map(|trace| trace.id).collect();
    progress.set((0, ids.len() as u32));
    let (files, first_failure) = fetch_all(tempo, &ids, bounds, &asking.signal, progress).await;
    if !asking.is_newest() {
        return Err(NoAnswer::Aborted);
    }
    if let Some(failure) = first_failure.filter(|_| files.is_empty()) {
        return Err(failed(failure));
    }
    Ok(Came { files, found: ids.len() as u32, more_exist })
}

/// The traces as they came, and why the first of those that did not come did not.
async fn fetch_all(
    tempo: &Tempo,
    ids: &[TraceId],
    bounds: Bounds,
    signal: &AbortSignal,
    told: RwSignal<(u32, u32)>,
) -> (Vec<(String, Blob)>, Option<Failure>) {
    let next = Cell::new(0usize);
    let came: RefCell<Vec<(String, Blob)>> = RefCell::default();
    let (failure, bytes) = (RefCell::new(None::<Failure>), Cell::new(0f64));
    let one_after_the_other = async || {
        while let Some(id) = ids.get(next.get()).filter(|_| !signal.aborted()) {
            next.set(next.get() + 1);
            if bytes.get() < MOST_BYTES {
                match look_up(tempo, *id, Some(bounds), signal, &|_, _| {}).await {
                    Ok((blob, _)) => {
                        bytes.set(bytes.get() + blob.size());
                        came.borrow_mut().push((id.to_string(), blob));
                    }
                    Err(why) => {
                        let mut failure = failure.borrow_mut();
                        *failure = failure.take().or(why);
                    }
                }
            }
            told.try_update(|(done, _)| *done += 1);
        }
    };
    let lanes = (0..AT_ONCE).map(|_| one_after_the_other());
    all(lanes.collect()).await;
    (came.into_inner(), failure.into_inner())
}

/// A worker of its own that has read them, and how many traces they hold. Dropping it ends it.
pub async fn read(files: Vec<(String, Blob)>, signal: &AbortSignal) -> Result<(Rc<Client>, u32), NoAnswer> {
    let lost = |what: String| {
        NoAnswer::Failed(Box::new(Failure {
            title: "The traces could not be read".to_owned(),
            what,
            ..Failure::default()
        }))
    };
    let client = Rc::new(Client::start().map_err(lost)?);
    let slot: Rc<RefCell<Option<Result<u32, String>>>> = Rc::default();
    // Held until it is over.
    let mut on_abort = None;
    let promise = Promise::new(&mut |resolve, _| {
        // Resolving a promise of our own cannot throw, and doing it twice does nothing.
        let done = Rc::new(move || drop(resolve.call0(&JsValue::NULL)));
        let given_up = done.clone();
        let heard = Closure::<dyn FnMut()>::new(move || given_up());
        signal.set_onabort(Some(heard.as_ref().unchecked_ref()));
        on_abort = Some(heard);
        let slot = slot.clone();
        client.on_heard(move |heard| {
            let outcome = match heard {
                Heard::Tell(Tell::Loaded { traces, .. }) => Ok(traces.len() as u32),
                Heard::Lost(loss) => Err(format!("Reading stopped: {}. {}", loss.words(), loss.advice())),
                _ => return,
            };
            *slot.borrow_mut() = Some(outcome);
            done();
        });
    });
    client.load(&files, None, Arrangement::default(), None);
    let _ = JsFuture::from(promise).await;
    signal.set_onabort(None);
    drop(on_abort);
    match slot.borrow_mut().take() {
        _ if signal.aborted() => Err(NoAnswer::Aborted),
        Some(Ok(traces)) => Ok((client, traces)),
        Some(Err(why)) => Err(lost(why)),
        None => Err(NoAnswer::Aborted),
    }
}

impl App {
    /// Fetches a sample of the search and keeps the worker that reads it.
    pub fn ask_across(self) {
        let across = self.across;
        let Some(asking) = across.fetched.begin() else { return };
        across.progress.set((0, 0));
        let Some(tempo) = self.explored() else { return asking.end(Err(self.no_source())) };
        let bounds = match self.explore.bounds() {
            Ok(bounds) => bounds,
            Err(what) => return asking.end(Err(Failure { title: "Not asked".to_owned(), what, ..Failure::default() })),
        };
        across.ranged_for.set_value(None);
        across.bounds.set(Some(bounds));
        let query = across.query.get_untracked().unwrap_or_else(|| "{ }".to_owned());
        let limit = across.sample.get_untracked();
        spawn_local(async move {
            let wanted = Wanted { query: &query, bounds, limit, progress: across.progress };
            let came = match fetch(&tempo, wanted, &asking).await {
                Ok(came) => came,
                Err(NoAnswer::Aborted) => return,
                Err(NoAnswer::Failed(failure) | NoAnswer::Refused(failure)) => return asking.end(Err(*failure)),
            };
            let Came { files, found, more_exist } = came;
            if files.is_empty() {
                across.client.set_value(None);
                return asking.end(Ok(Fetched { traces: 0, more_exist, lost: found, bounds }));
            }
            match read(files, &asking.signal).await {
                Ok((client, traces)) => {
                    client.on_heard(move |heard| {
                        if let Heard::Lost(loss) = heard {
                            across.lose(&loss.words());
                        }
                    });
                    let lost = found.saturating_sub(traces);
                    across.client.set_value(Some(client));
                    across.version.update(|version| *version = version.wrapping_add(1));
                    asking.end(Ok(Fetched { traces, more_exist, lost, bounds }));
                }
                Err(NoAnswer::Aborted) => {}
                Err(NoAnswer::Failed(failure) | NoAnswer::Refused(failure)) => asking.end(Err(*failure)),
            }
        });
    }

    /// What many traces of a search say together.
    pub fn across_of(self, query: Option<String>) {
        self.across.query.set(query);
        self.across.clear();
        self.explore.tab.set(super::view::Tab::Across);
        self.ask_across();
        self.note_address(true);
    }
}
