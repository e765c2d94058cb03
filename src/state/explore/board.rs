//! The board of services, or of one service's operations: what is asked for it, and its lines as the answers come.

use std::cell::{Cell, RefCell};
use std::rc::Rc;

use leptos::prelude::*;
use leptos::task::spawn_local;

use super::backend::{NoAnswer, ask, unread};
use super::figures::{Figures, Over, Subject, instead_words};
use super::pending::{Asking, Pending};
use super::range;
use crate::analysis::services::{Answers, ServiceLine, board};
use crate::model::{Remarks, Series};
use crate::query::metrics::{Population, Scope};
use crate::query::write;
use crate::source::backend::Request;
use crate::source::failure::Failure;
use crate::source::metrics;
use crate::source::tempo::Bounds;
use crate::state::app::App;

const SERVICE: &str = "resource.service.name";
const OPERATION: &str = "name";
const SHARES: [&str; 3] = ["0.5", "0.95", "0.99"];
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
    /// Why they are not from where they were wanted.
    pub note: Option<String>,
    /// That the newest spans of the range are not counted yet.
    pub newest_missing: Option<&'static str>,
    /// What of the answers was left out or doubted.
    pub remarks: Remarks,
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
    figures: Figures,
    field: &'static str,
    scope: Scope,
    matchers: Vec<String>,
    bounds: Bounds,
    note: Option<String>,
}

impl Plan {
    fn new(figures: Figures, field: &'static str, conditions: String, bounds: Bounds, note: Option<String>) -> Self {
        let mut scope = Scope { conditions, ..Scope::default() };
        let matchers = figures.matchers(&mut scope);
        Plan { figures, field, scope, matchers, bounds, note }
    }

    fn request(&self, population: Population, part: Part) -> Request {
        let by = [self.field, "status"];
        let of = |by| Subject { population, conditions: &self.scope.conditions, matchers: &self.matchers, by };
        let rates = |over| self.figures.rate(&of(&by), false, over);
        let durations = |over| self.figures.quantiles(&of(&by[..1]), &SHARES, over);
        let (now, before) = (Over::Whole(self.bounds), Over::Whole(range::before(self.bounds)));
        match part {
            Part::Rates => rates(now),
            Part::Quantiles => durations(now),
            Part::OverTime => rates(Over::Steps(self.bounds)),
            Part::RatesBefore => rates(before),
            Part::QuantilesBefore => durations(before),
        }
    }
}

/// The series of a section that are in.
#[derive(Default)]
struct Came {
    series: [Option<Vec<Series>>; 5],
    remarks: Remarks,
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
            start_unix_ms: plan.bounds.ms().0,
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
        if self.explored().is_none() {
            return asking.end(Err(self.no_source()));
        }
        let bounds = match self.explore.bounds() {
            Ok(bounds) => bounds,
            Err(words) => return asking.end(Err(not_asked(words))),
        };
        let (figures, note) = match self.figures(bounds) {
            Ok(found) => found,
            Err(words) => return asking.end(Err(not_asked(words))),
        };
        let instead = self.figures_instead(&figures);
        self.put_plan(asking, Plan::new(figures, field, conditions, bounds, note), instead, None);
    }

    /// Puts all questions of a plan; where none of them has an answer, those of another.
    fn put_plan(self, asking: Asking<Board>, plan: Plan, instead: Option<Figures>, first_failure: Option<Failure>) {
        let plan = Rc::new(plan);
        let asking = Rc::new(Asked {
            app: self,
            instead: RefCell::new(instead),
            first_failure,
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
    app: App,
    /// Where to ask if nothing at all comes.
    instead: RefCell<Option<Figures>>,
    /// Why this is asked instead: shown if this has no answer either.
    first_failure: Option<Failure>,
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
        let mut remarks = Remarks::default();
        let read = match ask(plan.figures.backend(), request, &signal, &wait).await {
            Err(NoAnswer::Aborted) => return,
            Err(NoAnswer::Failed(failure) | NoAnswer::Refused(failure)) => Err(metrics::explained(*failure)),
            Ok(body) if PARTS[at].0 == Part::OverTime => {
                let read = plan.figures.read_rates(&body, plan.bounds, &mut remarks);
                read.map_err(|words| unread(plan.figures.backend(), words))
            }
            Ok(body) => {
                let read = plan.figures.read(&body, Over::Whole(plan.bounds), &mut remarks);
                read.map_err(|words| unread(plan.figures.backend(), words))
            }
        };
        self.came.borrow_mut()[which].remarks.add(remarks);
        match read {
            Ok(series) => self.came.borrow_mut()[which].series[at] = Some(series),
            Err(failure) => self.came.borrow_mut()[which].missing.push((words, failure)),
        }
        self.waits_for.set(self.waits_for.get() - 1);
        if self.waits_for.get() == 0
            && let Some(asking) = self.asking.borrow_mut().take()
        {
            let board = whole(plan, &self.came.borrow());
            let failure = board.failure();
            match (failure, self.instead.take()) {
                (Some(failure), Some(instead)) => {
                    let note = Some(instead_words(&failure));
                    let conditions = plan.scope.conditions.clone();
                    let plan = Plan::new(instead, plan.field, conditions, plan.bounds, note);
                    self.app.put_plan(asking, plan, None, Some(failure));
                }
                (Some(failure), None) => asking.end(Err(self.first_failure.clone().unwrap_or(failure))),
                (None, _) => asking.end(Ok(board)),
            }
        }
    }
}

fn whole(plan: &Plan, came: &[Came; 2]) -> Board {
    let sections = POPULATIONS.into_iter().zip(came).map(|(population, came)| came.section(plan, population));
    Board {
        sections: sections.filter(|section| !section.lines.is_empty() || !section.missing.is_empty()).collect(),
        note: plan.note.clone(),
        newest_missing: plan.figures.newest_missing(plan.bounds),
        remarks: came.iter().fold(Remarks::default(), |mut all, came| {
            all.add(came.remarks);
            all
        }),
    }
}
