//! The board of services, or of one service's operations: what is asked for it, and its lines as the answers come.

use std::cell::{Cell, RefCell};
use std::rc::Rc;

use leptos::prelude::*;
use leptos::task::spawn_local;

use super::backend::{NoAnswer, ask, unread};
use super::pending::{Asking, Pending};
use super::range;
use crate::analysis::services::{Answers, ServiceLine, board};
use crate::model::Series;
use crate::query::metrics::{Population, quantiles, rate};
use crate::query::write;
use crate::source::failure::Failure;
use crate::source::metrics::{self, range_problem};
use crate::source::tempo::{Bounds, Request, Tempo};
use crate::state::app::App;

const SERVICE: &str = "resource.service.name";
const OPERATION: &str = "name";
/// Requests, then messages: many a service takes only the one or the other.
const POPULATIONS: [Population; 2] = [Population::Servers, Population::Consumers];

/// The lines of a population, as far as its answers are in.
#[derive(Clone, PartialEq, Debug, Default)]
pub struct Section {
    pub population: Population,
    pub lines: Vec<ServiceLine>,
    /// Answers that did not come, each with what it was of.
    pub missing: Vec<(&'static str, Failure)>,
}

/// Requests and messages apart: a service that takes both has figures of both.
#[derive(Clone, PartialEq, Debug, Default)]
pub struct Board {
    pub sections: Vec<Section>,
}

impl Board {
    /// The first failure, if nothing at all came.
    fn failure(&self) -> Option<Failure> {
        let is_empty = self.sections.iter().all(|section| section.lines.is_empty());
        self.sections
            .iter()
            .filter(|_| is_empty)
            .find_map(|section| section.missing.first())
            .map(|(_, failure)| failure.clone())
    }
}

/// One answer of a section.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Part {
    Rates,
    Quantiles,
    OverTime,
    RatesBefore,
    QuantilesBefore,
}

const PARTS: [(Part, &str); 5] = [
    (Part::Rates, "rates"),
    (Part::Quantiles, "durations"),
    (Part::OverTime, "rates over time"),
    (Part::RatesBefore, "rates of the range before"),
    (Part::QuantilesBefore, "durations of the range before"),
];

/// What one board is of.
struct Plan {
    tempo: Tempo,
    field: &'static str,
    conditions: String,
    bounds: Bounds,
}

impl Plan {
    fn request(&self, population: Population, part: Part) -> Request {
        let (tempo, conditions, now) = (&self.tempo, self.conditions.as_str(), self.bounds);
        let rates = || rate(population, conditions, &[self.field, "status"]);
        let durations = || quantiles(population, conditions, &[self.field]);
        match part {
            Part::Rates => tempo.metrics_instant(&rates(), now),
            Part::Quantiles => tempo.metrics_instant(&durations(), now),
            Part::OverTime => tempo.metrics_range(&rates(), now),
            Part::RatesBefore => tempo.metrics_instant(&rates(), range::before(now)),
            Part::QuantilesBefore => tempo.metrics_instant(&durations(), range::before(now)),
        }
    }
}

/// The series of a section that are in.
#[derive(Default)]
struct Came {
    series: [Option<Vec<Series>>; 5],
    missing: Vec<(&'static str, Failure)>,
}

impl Came {
    fn section(&self, plan: &Plan, population: Population) -> Section {
        let of = |part: Part| {
            let at = PARTS.iter().position(|(known, _)| *known == part).unwrap_or(0);
            self.series[at].as_deref()
        };
        let answers = Answers {
            rates: of(Part::Rates),
            quantiles: of(Part::Quantiles).unwrap_or_default(),
            over_time: of(Part::OverTime).unwrap_or_default(),
            start_unix_ms: i64::try_from(plan.bounds.start_s * 1000).unwrap_or_default(),
            rates_before: of(Part::RatesBefore),
            quantiles_before: of(Part::QuantilesBefore).unwrap_or_default(),
        };
        Section { population, lines: board(plan.field, answers), missing: self.missing.clone() }
    }
}

impl App {
    /// Asks for the board of all services.
    pub fn ask_services(self) {
        self.ask_board(self.explore.services, SERVICE, String::new());
    }

    /// Asks for the operations of the service that is unfolded, if one is.
    pub fn ask_operations(self) {
        match self.explore.of_service.get_untracked() {
            Some(service) => {
                self.ask_board(self.explore.operations, OPERATION, format!("{SERVICE} = {}", write::text(&service)))
            }
            None => self.explore.operations.clear(),
        }
    }

    /// Unfolds a service, or folds it again.
    pub fn toggle_operations(self, service: &str) {
        let explore = self.explore;
        let is_open = explore.of_service.with_untracked(|open| open.as_deref() == Some(service));
        explore.of_service.set((!is_open).then(|| service.to_owned()));
        explore.operations.clear();
        self.ask_operations();
        self.note_address(false);
    }

    fn ask_board(self, pending: Pending<Board>, field: &'static str, conditions: String) {
        let Some(asking) = pending.begin() else { return };
        let Some(tempo) = self.explored() else { return asking.end(Err(self.no_source())) };
        let bounds = match self.explore.bounds() {
            Ok(bounds) => bounds,
            Err(words) => return asking.end(Err(not_asked(words))),
        };
        if let Some(words) = range_problem(bounds) {
            return asking.end(Err(not_asked(words)));
        }
        let plan = Rc::new(Plan { tempo, field, conditions, bounds });
        let asking = Rc::new(Asked {
            asking: RefCell::new(Some(asking)),
            came: RefCell::default(),
            waits_for: Cell::new(POPULATIONS.len() * PARTS.len()),
        });
        for (at, (part, words)) in PARTS.iter().enumerate() {
            for (which, population) in POPULATIONS.into_iter().enumerate() {
                let request = plan.request(population, *part);
                let (plan, asking) = (plan.clone(), asking.clone());
                // The browser lets six at a time through to one host; the others wait their turn, first come first.
                spawn_local(async move { asking.one(&plan, &request, which, at, words).await });
            }
        }
    }
}

fn not_asked(words: String) -> Failure {
    Failure { title: "Not asked".to_owned(), what: words, ..Failure::default() }
}

/// A board that is being asked for. It is shown once all answers are in, so that no line moves under the reader's eyes.
struct Asked {
    asking: RefCell<Option<Asking<Board>>>,
    came: RefCell<[Came; 2]>,
    waits_for: Cell<usize>,
}

impl Asked {
    async fn one(&self, plan: &Plan, request: &Request, which: usize, at: usize, words: &'static str) {
        let Some(signal) = self.asking.borrow().as_ref().map(|asking| asking.signal.clone()) else { return };
        let wait = |words| {
            if let Some(asking) = self.asking.borrow().as_ref() {
                asking.wait(words);
            }
        };
        let read = match ask(&plan.tempo.backend, request, &signal, wait).await {
            Err(NoAnswer::Aborted) => return,
            Err(NoAnswer::Failed(failure) | NoAnswer::Refused(failure)) => Err(*failure),
            Ok(body) => metrics::read(&body).map_err(|words| unread(&plan.tempo.backend, words)),
        };
        match read {
            Ok(series) => self.came.borrow_mut()[which].series[at] = Some(series),
            Err(failure) => self.came.borrow_mut()[which].missing.push((words, failure)),
        }
        self.waits_for.set(self.waits_for.get() - 1);
        if self.waits_for.get() == 0
            && let Some(asking) = self.asking.borrow_mut().take()
        {
            let board = whole(plan, &self.came.borrow());
            asking.end(board.failure().map_or(Ok(board), Err));
        }
    }
}

fn whole(plan: &Plan, came: &[Came; 2]) -> Board {
    let sections = POPULATIONS.into_iter().zip(came).map(|(population, came)| came.section(plan, population));
    Board { sections: sections.filter(|section| !section.lines.is_empty() || !section.missing.is_empty()).collect() }
}
