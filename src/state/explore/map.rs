//! The service map of a time range: counted by the Prometheus of the source, or made of a sample of traces that are fetched.

use std::cell::RefCell;
use std::rc::Rc;
use std::sync::Arc;

use js_sys::Promise;
use leptos::prelude::*;
use leptos::task::spawn_local;
use wasm_bindgen::prelude::Closure;
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::JsFuture;
use web_sys::AbortSignal;

use super::backend::{NoAnswer, answers_of, unread};
pub use super::behind::Behind;
use super::behind::{of_edge, of_node};
use super::pending::{Asking, Pending};
use super::sample::{self, Came, Wanted};
use crate::analysis::range_map::{GraphAnswers, of_series};
use crate::analysis::service_map::{NodeKind, ServiceMap};
use crate::layout::map_picture::MapWanted;
use crate::model::Remarks;
use crate::query::promql;
use crate::source::failure::Failure;
use crate::source::prometheus::{self, Prometheus};
use crate::source::tempo::{Bounds, Tempo};
use crate::state::app::App;
use crate::state::map::{MapView, Mapped, whole};
use crate::state::pick::Pick;
use crate::state::react::{effect, effect_of_change};
use crate::worker::client::{Client, Heard};
use crate::worker::protocol::{Ask, Tell};

/// Traces of a first sample, and of a larger one.
pub const SAMPLES: [u32; 2] = [50, 200];
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
    /// Why it is a sample though a Prometheus is configured, or what of its answers was left out or doubted.
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
                    Ok((map, _)) if map.edges.is_empty() => {
                        Some(format!("{} has no service-graph metrics of this range", prometheus.backend.name))
                    }
                    Ok((map, remarks)) => {
                        let note = remarks.words();
                        return asking.end(Ok(RangeGraph { map, basis: Basis::Metrics, bounds, note }));
                    }
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
            let over_s = (graph.basis == Basis::Metrics).then(|| graph.bounds.seconds());
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
                    let picture = whole(*picture, answer.columns.into_iter().nth(1));
                    let names =
                        || picture.nodes.iter().filter(|node| node.service.is_some()).map(|node| node.name.as_str());
                    let mut given = self.colours_of(names()).into_iter();
                    let slots = picture.nodes.iter().map(|node| node.service.and_then(|_| given.next())).collect();
                    range_map.placed.set_value(Some(of.clone()));
                    map.mapped.set(Some(Arc::new(Mapped::of_range(picture, slots, services.clone()))));
                    map.fit_readably();
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
                    if let Heard::Lost(loss) = heard {
                        self.not_placed(&loss.words());
                    }
                });
            }
            self.placer.set_value(client);
        }
        self.placer.get_value()
    }
}

/// What the service graph of a Prometheus has of a range.
async fn counted(
    prometheus: &Prometheus,
    bounds: Bounds,
    asking: &Asking<RangeGraph>,
) -> Result<(ServiceMap, Remarks), NoAnswer> {
    let questions = promql::graph(bounds.seconds());
    let requests = questions.map(|query| prometheus.instant(&query, bounds.end_s));
    let bodies = answers_of(&prometheus.backend, &requests, &asking.signal, &|words| asking.wait(words)).await?;
    let mut remarks = Remarks::default();
    let mut read = |at: usize| {
        let body = bodies.get(at).map(Vec::as_slice).unwrap_or_default();
        prometheus::read_graph(body, &mut remarks)
            .map_err(|words| NoAnswer::Failed(Box::new(unread(&prometheus.backend, words))))
    };
    let (calls, failed, total, p50, p95, node_p95) = (read(0)?, read(1)?, read(2)?, read(3)?, read(4)?, read(5)?);
    let answers =
        GraphAnswers { calls: &calls, failed: &failed, total: &total, p50: &p50, p95: &p95, node_p95: &node_p95 };
    let map = of_series(answers, &mut remarks);
    Ok((map, remarks))
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
    let wanted = Wanted { query, bounds, limit, progress: app.explore.map.fetched };
    let Came { files, found, more_exist } = sample::fetch(tempo, wanted, asking).await?;
    if files.is_empty() {
        return Ok((ServiceMap::default(), Basis::Sample { traces: 0, more_exist, lost: found }));
    }
    let (client, _) = sample::read(files, &asking.signal).await?;
    // The worker goes when its map has come, or as soon as nobody waits any more.
    let (map, traces) = sample_map(&client, &asking.signal).await.ok_or(NoAnswer::Aborted)?;
    // Those that came and could not be read are lost as well.
    Ok((map, Basis::Sample { traces, more_exist, lost: found.saturating_sub(traces) }))
}

/// The map of all that a worker has read, and of how many traces it is.
async fn sample_map(client: &Client, signal: &AbortSignal) -> Option<(ServiceMap, u32)> {
    let slot: Rc<RefCell<Option<(ServiceMap, u32)>>> = Rc::default();
    let mut on_abort = None;
    let promise = Promise::new(&mut |resolve, _| {
        // Resolving a promise of our own cannot throw, and doing it twice does nothing.
        let done = Rc::new(move || drop(resolve.call0(&JsValue::NULL)));
        let given_up = done.clone();
        let heard = Closure::<dyn FnMut()>::new(move || given_up());
        signal.set_onabort(Some(heard.as_ref().unchecked_ref()));
        on_abort = Some(heard);
        let (slot, lost) = (slot.clone(), done.clone());
        client.on_heard(move |heard| {
            if matches!(heard, Heard::Lost(_)) {
                lost();
            }
        });
        client.ask(
            |id| Ask::SampleMap { id },
            move |answer| {
                if let Tell::SampleMap { map, traces, .. } = answer.tell {
                    *slot.borrow_mut() = Some((*map, traces));
                }
                done();
            },
        );
    });
    let _ = JsFuture::from(promise).await;
    signal.set_onabort(None);
    drop(on_abort);
    slot.borrow_mut().take()
}
