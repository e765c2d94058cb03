//! What many traces say together: the connector board, the propagation matrix, the sampling lab. Of a file with many traces its own worker
//! is asked; of a search a sample is fetched, and the worker that read it is kept for as long as this is looked at.

use std::rc::Rc;
use std::sync::Arc;

use leptos::prelude::*;

use super::app::{App, Screen};
use super::explore::map::SAMPLES;
use super::explore::pending::Pending;
pub use super::url_explore::Part;
use crate::analysis::connectors::ConnectorRows;
use crate::analysis::propagation_matrix::MatrixRows;
use crate::analysis::sampling::{Outcome, Plan};
use crate::model::Series;
use crate::source::failure::Failure;
use crate::source::tempo::Bounds;
use crate::state::react::effect;
use crate::worker::client::Client;
use crate::worker::protocol::{Ask, Tell};

/// The parts, as the page names them, and what they are.
pub const PARTS: [(Part, &str, &str); 3] = [
    (Part::Connectors, "Connectors", "Who costs how much, and what mending it would save"),
    (Part::Propagation, "Propagation", "Whose trace context survived"),
    (Part::Sampling, "Sampling lab", "What sampling would keep, and the Collector's configuration for it"),
];

/// The traces of a search that were fetched.
#[derive(Clone, PartialEq, Debug)]
pub struct Fetched {
    pub traces: u32,
    /// Whether more match than were fetched.
    pub more_exist: bool,
    pub lost: u32,
    pub bounds: Bounds,
}

/// Figures of the whole range, as the backend counts them, by service and span name (or by the attribute's value).
#[derive(Clone, PartialEq, Debug)]
pub struct RangeFigures {
    pub rates: Vec<Series>,
    pub quantiles: Vec<Series>,
    /// How many seconds the range has: rates times that are calls.
    pub seconds: f64,
    /// `TraceQL` or `span metrics`.
    pub from: &'static str,
    /// In what they are not of the search as it is written.
    pub notes: Vec<String>,
    /// Of which grouping and range they are.
    pub by: String,
    pub bounds: Bounds,
}

/// What figures of the range were asked for: grouping, range, whether of span metrics.
type Ranged = (String, Option<Bounds>, bool);

/// What the sampling lab says of a plan.
#[derive(Clone, PartialEq, Debug)]
pub struct Lab {
    pub outcome: Outcome,
    pub config: String,
    /// Attributes that a policy can go by.
    pub keys: Vec<String>,
}

#[derive(Clone, Copy)]
pub struct Across {
    pub part: RwSignal<Part>,
    /// Over a file's traces its list is shown instead.
    pub over_list: RwSignal<bool>,
    /// Traces of which search; of any without one.
    pub query: RwSignal<Option<String>>,
    pub sample: RwSignal<u32>,
    pub fetched: Pending<Fetched>,
    /// Traces that came, of how many.
    pub progress: RwSignal<(u32, u32)>,
    /// By what connectors are grouped, as the address writes it.
    pub by: RwSignal<String>,
    pub connectors: RwSignal<Option<Arc<ConnectorRows>>>,
    pub range: Pending<RangeFigures>,
    pub(super) ranged_for: StoredValue<Option<Ranged>>,
    /// The range of the sample that was asked for last.
    pub(super) bounds: RwSignal<Option<Bounds>>,
    /// Whether an answer is being worked out.
    pub working: RwSignal<bool>,
    pub matrix: RwSignal<Option<Arc<MatrixRows>>>,
    pub plan: RwSignal<Plan>,
    pub lab: RwSignal<Option<Arc<Lab>>>,
    /// The worker that has the sample of a search.
    pub(super) client: StoredValue<Option<Rc<Client>>, LocalStorage>,
    /// Whether the answers are of a file's traces.
    of_list: StoredValue<bool>,
    /// Counts samples, so that what is shown is asked anew.
    pub(super) version: RwSignal<u32>,
}

impl Across {
    pub fn new() -> Self {
        Across {
            part: RwSignal::new(Part::default()),
            over_list: RwSignal::new(false),
            query: RwSignal::new(None),
            sample: RwSignal::new(SAMPLES[0]),
            fetched: Pending::new(),
            progress: RwSignal::new((0, 0)),
            by: RwSignal::new(String::new()),
            connectors: RwSignal::new(None),
            range: Pending::new(),
            ranged_for: StoredValue::new(None),
            bounds: RwSignal::new(None),
            working: RwSignal::new(false),
            matrix: RwSignal::new(None),
            plan: RwSignal::new(Plan::usual()),
            lab: RwSignal::new(None),
            client: StoredValue::new_local(None),
            of_list: StoredValue::new(false),
            version: RwSignal::new(0),
        }
    }

    /// Forgets what is of another search, range or file.
    pub fn clear(self) {
        self.fetched.clear();
        self.range.clear();
        self.ranged_for.set_value(None);
        self.bounds.set(None);
        self.client.set_value(None);
        self.forget_answers();
        self.version.update(|version| *version = version.wrapping_add(1));
    }

    /// The worker that had the sample is gone.
    pub(super) fn lose(self, why: &str) {
        self.client.set_value(None);
        self.working.set(false);
        self.fetched.value.set(None);
        self.fetched.failure.set(Some(Failure {
            title: "The sample was lost".to_owned(),
            what: format!("Something went wrong while it was looked at: {why}. A smaller sample may help."),
            retry: true,
            ..Failure::default()
        }));
    }

    fn forget_answers(self) {
        self.connectors.set(None);
        self.matrix.set(None);
        self.lab.set(None);
    }

    /// Whether the sampled traces are those of a search: then rows lead to searches and the whole range has figures.
    pub fn is_of_search(self) -> bool {
        self.fetched.value.with(Option::is_some)
    }
}

impl Default for Across {
    fn default() -> Self {
        Self::new()
    }
}

impl App {
    /// The worker that has the traces.
    fn across_client(self) -> Option<Rc<Client>> {
        match self.screen.get() {
            Screen::List => self.client(),
            _ => self.across.client.get_value(),
        }
    }

    /// The worker that has a sample of the source that the open trace came from.
    pub(super) fn sample_of_trace(self) -> Option<Rc<Client>> {
        let [of_trace, explored] = [self.source_of_trace()?, untrack(|| self.explored())?];
        let sample = self.across.client.get_value()?;
        (of_trace.backend.probe_url() == explored.backend.probe_url()).then_some(sample)
    }

    /// Keeps what is shown at the traces there are. Call once, in the view that shows it.
    pub fn follow_across(self) {
        let across = self.across;
        // What a search said is not what a file says.
        let is_list = self.screen.get_untracked() == Screen::List;
        if across.of_list.try_update_value(|of_list| std::mem::replace(of_list, is_list)) != Some(is_list) {
            across.forget_answers();
        }
        let newest = StoredValue::new(0u32);
        effect(move || {
            across.version.track();
            newest.update_value(|n| *n = n.wrapping_add(1));
            let ask = match across.part.get() {
                Part::Connectors => Ask::Connectors { id: 0, by: across.by.get() },
                Part::Propagation => Ask::Propagation { id: 0 },
                Part::Sampling => Ask::Sampling { id: 0, plan: Box::new(across.plan.get()) },
            };
            let Some(client) = self.across_client() else { return };
            let mine = newest.get_value();
            across.working.set(true);
            client.ask(
                |id| ask.numbered(id),
                move |answer| {
                    if newest.try_get_value() == Some(mine) {
                        across.working.set(false);
                        across.take(answer.tell);
                    }
                },
            );
        });
    }
}

impl Across {
    fn take(self, tell: Tell) {
        match tell {
            Tell::Connectors { rows, .. } => self.connectors.set(Some(Arc::new(*rows))),
            Tell::Propagation { rows, .. } => self.matrix.set(Some(Arc::new(*rows))),
            Tell::Sampling { outcome, config, keys, .. } => {
                self.lab.set(Some(Arc::new(Lab { outcome: *outcome, config, keys })));
            }
            _ => {}
        }
    }
}
