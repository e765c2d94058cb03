//! The service map of a time range: counted by the Prometheus of the source, or made of a sample of traces that are fetched.

use std::cell::{Cell, RefCell};
use std::rc::Rc;
use std::sync::Arc;

use js_sys::Promise;
use leptos::prelude::*;
use leptos::task::spawn_local;
use wasm_bindgen::prelude::Closure;
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::JsFuture;
use web_sys::{AbortSignal, Blob};

use super::backend::{NoAnswer, all, answers_of, ask, unread};
pub use super::behind::Behind;
use super::behind::{of_edge, of_node};
use super::pending::{Asking, Pending};
use crate::analysis::range_map::{GraphAnswers, of_series};
use crate::analysis::service_map::{NodeKind, ServiceMap};
use crate::base::TraceId;
use crate::layout::map_picture::MapWanted;
use crate::query::promql;
use crate::source::failure::Failure;
use crate::source::prometheus::{self, Prometheus};
use crate::source::search::{Found, LONGEST_RANGE_S, Search};
use crate::source::tempo::{Bounds, Tempo};
use crate::state::app::App;
use crate::state::map::{MapView, Mapped};
use crate::state::pick::Pick;
use crate::state::react::{effect, effect_of_change};
use crate::state::tempo::look_up;
use crate::worker::client::{Client, Heard};
use crate::worker::protocol::{Arrangement, Ask, Tell};

/// Traces of a first sample, and of a larger one.
pub const SAMPLES: [u32; 2] = [50, 200];
/// Traces that are fetched at once.
const AT_ONCE: usize = 4;
/// A sample of larger traces than this in all is cut: they are held by one worker.
const MOST_BYTES: f64 = 200e6;

/// What a map is made of.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Basis {
    /// All calls of the range, as metrics count them.
    Metrics,
    /// Traces that were fetched: of how many that were found, whether more exist, and how many could not be had.
    Sample { traces: u32, more_exist: bool, lost: u32 },
}

/// The map of a range.
#[derive(Clone, PartialEq, Debug)]
pub struct RangeGraph {
    pub map: ServiceMap,
    pub basis: Basis,
    pub bounds: Bounds,
    /// Why it is a sample though a Prometheus is configured.
    pub note: Option<String>,
}

#[derive(Clone, Copy)]
pub struct RangeMap {
    pub view: MapView,
    pub graph: Pending<RangeGraph>,
    /// Traces fetched, of how many.
    pub fetched: RwSignal<(u32, u32)>,
    /// Traces of which search; all of them where it is none.
    pub query: RwSignal<Option<String>>,
    pub sample: RwSignal<u32>,
    /// What the picture that is there is of: coming back to it finds it as it was.
    placed: StoredValue<Option<(Arc<RangeGraph>, MapWanted)>>,
    /// The worker that places it.
    placer: StoredValue<Option<Rc<Client>>, LocalStorage>,
}

impl RangeMap {
    pub fn new() -> Self {
        RangeMap {
            view: MapView::of(true),
            graph: Pending::new(),
            fetched: RwSignal::new((0, 0)),
            query: RwSignal::new(None),
            sample: RwSignal::new(SAMPLES[0]),
            placed: StoredValue::new(None),
            placer: StoredValue::new_local(None),
        }
    }

    /// Forgets what is of another range or source.
    pub fn clear(self) {
        self.graph.clear();
        self.placed.set_value(None);
        self.view.reset();
    }
}

impl Default for RangeMap {
    fn default() -> Self {
        Self::new()
    }
}

impl App {
    pub fn ask_range_map(self) {
        let range_map = self.explore.map;
        let Some(asking) = range_map.graph.begin() else { return };
        range_map.fetched.set((0, 0));
        let Some(tempo) = self.explored() else { return asking.end(Err(self.no_source())) };
        let bounds = match self.explore.bounds() {
            Ok(bounds) => bounds,
            Err(what) => return asking.end(Err(Failure { title: "Not asked".to_owned(), what, ..Failure::default() })),
        };
        let query = range_map.query.get_untracked();
        // Metrics know nothing of a search.
        let prometheus = self.prometheus().filter(|_| query.is_none());
        let sample = range_map.sample.get_untracked();
        spawn_local(async move {
            let note = match prometheus {
                None => None,
                Some(prometheus) => match counted(&prometheus, bounds, &asking).await {
                    Err(NoAnswer::Aborted) => return,
                    Ok(map) if map.edges.is_empty() => {
                        Some(format!("{} has no service-graph metrics of this range", prometheus.backend.name))
                    }
                    Ok(map) => return asking.end(Ok(RangeGraph { map, basis: Basis::Metrics, bounds, note: None })),
                    Err(NoAnswer::Failed(failure) | NoAnswer::Refused(failure)) => {
                        Some(format!("{}: {}", failure.title, failure.server_text.unwrap_or(failure.what)))
                    }
                },
            };
            let query = query.unwrap_or_else(|| "{ }".to_owned());
            let outcome = match sampled(self, &tempo, &query, bounds, sample, &asking).await {
                Ok((map, basis)) => Ok(RangeGraph { map, basis, bounds, note }),
                Err(NoAnswer::Aborted) => return,
                Err(NoAnswer::Failed(failure) | NoAnswer::Refused(failure)) => Err(*failure),
            };
            asking.end(outcome);
        });
    }

    /// Keeps the picture at the map that is there and at what of it is wanted. Call once, in the view that shows it.
    pub fn follow_range_map(self) {
        let range_map = self.explore.map;
        let map = range_map.view;
        let newest = StoredValue::new(0u32);
        // What of it is looked at is in the address, once it changes.
        effect_of_change(move || (map.near.get(), map.figure.get(), map.without()), move || self.note_address(false));
        on_cleanup(move || {
            range_map.placer.try_update_value(|placer| *placer = None);
        });
        effect(move || {
            newest.update_value(|newest| *newest = newest.wrapping_add(1));
            let Some(graph) = range_map.graph.value.get() else { return };
            let wanted = map.wanted();
            let is_placed = range_map.placed.with_value(|placed| {
                placed.as_ref().is_some_and(|(of, known)| Arc::ptr_eq(of, &graph) && *known == wanted)
            });
            if is_placed {
                return;
            }
            let mine = newest.get_value();
            let Some(client) = range_map.placer() else { return range_map.not_placed("no worker could be started") };
            let over_s = (graph.basis == Basis::Metrics).then(|| graph.bounds.end_s - graph.bounds.start_s);
            let services: Vec<String> = graph
                .map
                .nodes
                .iter()
                .filter(|node| node.kind == NodeKind::Service)
                .map(|node| node.name.clone())
                .collect();
            let (question, of) = (graph.map.clone(), (graph.clone(), wanted.clone()));
            client.ask(
                |id| Ask::PlaceMap { id, map: Box::new(question), wanted, over_s },
                move |answer| {
                    let Tell::Map { picture, .. } = answer.tell else { return };
                    if newest.try_get_value() != Some(mine) {
                        return;
                    }
                    let names =
                        || picture.nodes.iter().filter(|node| node.service.is_some()).map(|node| node.name.as_str());
                    let mut given = self.colours_of(names()).into_iter();
                    let slots = picture.nodes.iter().map(|node| node.service.and_then(|_| given.next())).collect();
                    range_map.placed.set_value(Some(of.clone()));
                    map.mapped.set(Some(Arc::new(Mapped::of_range(*picture, slots, services.clone()))));
                    map.fit();
                },
            );
        });
    }

    /// Searches for the traces behind what is picked.
    pub fn search_pick(self, behind: Behind) {
        let map = self.explore.map.view;
        let (Some(mapped), Some(pick)) = (map.mapped.get_untracked(), map.pick.get_untracked()) else { return };
        let query = match &pick {
            Pick::Node(key) => mapped.node_at(key).and_then(|at| mapped.node(at)).map(|node| of_node(node, behind)),
            Pick::Edge(from, to, kind) => {
                let end = |key: &str| mapped.node_at(key).and_then(|at| mapped.node(at));
                end(from).zip(end(to)).map(|(from, to)| of_edge(from, to, *kind, behind))
            }
        };
        if let Some(query) = query {
            self.run(query);
        }
    }

    /// The map of the traces that a search finds; of all again without one.
    pub fn map_of(self, query: Option<String>) {
        self.explore.map.query.set(query);
        self.explore.map.clear();
        self.explore.tab.set(super::view::Tab::Map);
        self.ask_range_map();
        self.note_address(true);
    }
}

impl RangeMap {
    fn not_placed(self, why: &str) {
        let what = format!("The map is there, and could not be drawn: {why}.");
        let failure = Failure { title: "No picture".to_owned(), what, retry: true, ..Failure::default() };
        self.graph.failure.try_set(Some(failure));
    }

    fn placer(self) -> Option<Rc<Client>> {
        if self.placer.with_value(|placer| placer.as_ref().is_none_or(|placer| placer.is_lost())) {
            let client = Client::start().ok().map(Rc::new);
            if let Some(client) = &client {
                client.on_heard(move |heard| {
                    if let Heard::Lost(why) = heard {
                        self.not_placed(&why);
                    }
                });
            }
            self.placer.set_value(client);
        }
        self.placer.get_value()
    }
}

/// What the service graph of a Prometheus has of a range.
async fn counted(prometheus: &Prometheus, bounds: Bounds, asking: &Asking<RangeGraph>) -> Result<ServiceMap, NoAnswer> {
    let questions = promql::graph(bounds.end_s - bounds.start_s);
    let requests = questions.map(|query| prometheus.instant(&query, bounds.end_s));
    let bodies = answers_of(&prometheus.backend, &requests, &asking.signal, &|words| asking.wait(words)).await?;
    let read = |at: usize| {
        let body = bodies.get(at).map(Vec::as_slice).unwrap_or_default();
        prometheus::read(body).map_err(|words| NoAnswer::Failed(Box::new(unread(&prometheus.backend, words))))
    };
    let (calls, failed, total, p50, p95, node_p95) = (read(0)?, read(1)?, read(2)?, read(3)?, read(4)?, read(5)?);
    Ok(of_series(GraphAnswers {
        calls: &calls,
        failed: &failed,
        total: &total,
        p50: &p50,
        p95: &p95,
        node_p95: &node_p95,
    }))
}

/// Searches, fetches what was found, and counts the calls in it.
async fn sampled(
    app: App,
    tempo: &Tempo,
    query: &str,
    bounds: Bounds,
    limit: u32,
    asking: &Asking<RangeGraph>,
) -> Result<(ServiceMap, Basis), NoAnswer> {
    let failed = |failure: Failure| NoAnswer::Failed(Box::new(failure));
    if bounds.end_s - bounds.start_s > LONGEST_RANGE_S {
        let what = "Tempo searches at most 168 h at once. Choose a shorter range.".to_owned();
        return Err(failed(Failure { title: "Not asked".to_owned(), what, ..Failure::default() }));
    }
    let search = Search { query: query.to_owned(), bounds, limit, spans_per_set: 1 };
    let body = ask(&tempo.backend, &tempo.search(&search), &asking.signal, &|words| asking.wait(words)).await?;
    let found = Found::read(&body).map_err(|words| failed(unread(&tempo.backend, words)))?;
    let ids: Vec<TraceId> = found.traces.iter().map(|trace| trace.id).collect();
    let fetched = app.explore.map.fetched;
    fetched.set((0, ids.len() as u32));
    let (blobs, first_failure) = fetch_all(tempo, &ids, bounds, &asking.signal, fetched).await;
    if !asking.is_newest() {
        return Err(NoAnswer::Aborted);
    }
    if let Some(failure) = first_failure.filter(|_| blobs.is_empty()) {
        return Err(failed(failure));
    }
    let (map, traces) = match blobs.is_empty() {
        true => (ServiceMap::default(), 0),
        false => count_calls(blobs, &asking.signal).await?,
    };
    // Those that came and could not be read are lost as well.
    let lost = (ids.len() as u32).saturating_sub(traces);
    Ok((map, Basis::Sample { traces, more_exist: found.is_cut(limit), lost }))
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

/// A map and of how many traces it is, or why there is none.
type Counted = Result<(ServiceMap, u32), String>;

/// A worker of its own reads and counts them, and is let go: at the end, or as soon as nobody waits any more.
async fn count_calls(files: Vec<(String, Blob)>, signal: &AbortSignal) -> Result<(ServiceMap, u32), NoAnswer> {
    let lost = |what: String| {
        NoAnswer::Failed(Box::new(Failure {
            title: "The traces could not be counted".to_owned(),
            what,
            ..Failure::default()
        }))
    };
    let client = Rc::new(Client::start().map_err(lost)?);
    let slot: Rc<RefCell<Option<Counted>>> = Rc::default();
    // Held until it is over.
    let mut on_abort = None;
    let promise = Promise::new(&mut |resolve, _| {
        // Resolving a promise of our own cannot throw, and doing it twice does nothing.
        let done = Rc::new(move || drop(resolve.call0(&JsValue::NULL)));
        let given_up = done.clone();
        let heard = Closure::<dyn FnMut()>::new(move || given_up());
        signal.set_onabort(Some(heard.as_ref().unchecked_ref()));
        on_abort = Some(heard);
        let (asked, slot) = (Rc::downgrade(&client), slot.clone());
        client.on_heard(move |heard| match heard {
            Heard::Tell(Tell::Loaded { .. }) => {
                let Some(client) = asked.upgrade() else { return };
                let (slot, done) = (slot.clone(), done.clone());
                client.ask(
                    |id| Ask::SampleMap { id },
                    move |answer| {
                        if let Tell::SampleMap { map, traces, .. } = answer.tell {
                            *slot.borrow_mut() = Some(Ok((*map, traces)));
                        }
                        done();
                    },
                );
            }
            Heard::Lost(why) => {
                *slot.borrow_mut() = Some(Err(format!("Something went wrong while they were read: {why}.")));
                done();
            }
            _ => {}
        });
    });
    client.load(&files, None, Arrangement::default());
    let _ = JsFuture::from(promise).await;
    signal.set_onabort(None);
    drop(on_abort);
    match slot.borrow_mut().take() {
        _ if signal.aborted() => Err(NoAnswer::Aborted),
        Some(counted) => counted.map_err(lost),
        None => Err(NoAnswer::Aborted),
    }
}
