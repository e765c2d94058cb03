//! Whether a server answers at all: asked once, before anything else is asked of it. A page puts twenty questions at
//! once, and twenty failures say no more than one.
//!
//! Who asks while that question is out waits for its answer. That a server answers is known until a question gets
//! none; that it does not is forgotten at once, so that "Try again" asks.

use std::cell::RefCell;
use std::collections::HashMap;
use std::future::poll_fn;
use std::rc::Rc;
use std::task::{Poll, Waker};

use leptos::prelude::*;
use leptos::task::spawn_local;
use wasm_bindgen::JsCast;

use super::app::{App, Screen};
use super::first::{Answers, FirstPage, Judged, first_page, judge};
use super::tempo::{as_get, page_origin, resolved, without_status};
use crate::source::address::origin;
use crate::source::backend::{Backend, Kind, Request};
use crate::source::failure::{Answered, Failure, of_status};
use crate::source::fetch::{self, AbortOnDrop};
use crate::source::quiet;

type Outcome = Result<(), Box<Failure>>;

/// A question that is out, and who waits for it.
#[derive(Default)]
struct Question {
    outcome: Option<Outcome>,
    waiting: Vec<Waker>,
}

#[derive(Clone)]
enum Known {
    Asking(Rc<RefCell<Question>>),
    Answers,
}

thread_local! {
    /// By the address of the first question.
    static KNOWN: RefCell<HashMap<String, Known>> = RefCell::default();
    /// Hears what becomes known.
    static APP: RefCell<Option<App>> = const { RefCell::new(None) };
}

fn note(backend: &Backend, answers: Answers) {
    let Some(app) = APP.with_borrow(|app| *app) else { return };
    app.source_answers.update(|known| drop(known.insert(backend.base.clone(), answers)));
}

/// Waits until it is known whether a server answers. The question is put by the call itself, not when its answer is
/// waited for.
pub fn reach(backend: &Backend) -> impl Future<Output = Outcome> + use<> {
    let question = match KNOWN.with_borrow(|known| known.get(&backend.probe_url()).cloned()) {
        Some(Known::Answers) => None,
        Some(Known::Asking(question)) => Some(question),
        None => Some(put(backend.clone())),
    };
    poll_fn(move |context| {
        let Some(question) = &question else { return Poll::Ready(Ok(())) };
        let mut question = question.borrow_mut();
        match &question.outcome {
            Some(outcome) => Poll::Ready(outcome.clone()),
            None => {
                question.waiting.push(context.waker().clone());
                Poll::Pending
            }
        }
    })
}

/// A question got no answer: whether the server is there is not known any more.
pub fn forget(backend: &Backend) {
    KNOWN.with_borrow_mut(|known| {
        if matches!(known.get(&backend.probe_url()), Some(Known::Answers)) {
            known.remove(&backend.probe_url());
        }
    });
}

/// Puts the question, for whoever comes to want the answer.
fn put(backend: Backend) -> Rc<RefCell<Question>> {
    let question = Rc::<RefCell<Question>>::default();
    KNOWN.with_borrow_mut(|known| known.insert(backend.probe_url(), Known::Asking(question.clone())));
    note(&backend, Answers::Asking);
    let asked = question.clone();
    spawn_local(async move {
        let outcome = first_question(&backend).await;
        // “Try again” may have asked once more: then this answer is too late to count.
        if asking(&backend).is_some_and(|newest| Rc::ptr_eq(&newest, &asked)) {
            KNOWN.with_borrow_mut(|known| match outcome {
                Ok(()) => drop(known.insert(backend.probe_url(), Known::Answers)),
                Err(_) => drop(known.remove(&backend.probe_url())),
            });
            note(&backend, outcome.clone().map_or_else(Answers::No, |()| Answers::Yes));
        }
        let waiting = {
            let mut asked = asked.borrow_mut();
            asked.outcome = Some(outcome);
            core::mem::take(&mut asked.waiting)
        };
        waiting.into_iter().for_each(Waker::wake);
    });
    question
}

/// The question that is out.
fn asking(backend: &Backend) -> Option<Rc<RefCell<Question>>> {
    KNOWN.with_borrow(|known| match known.get(&backend.probe_url()) {
        Some(Known::Asking(question)) => Some(question.clone()),
        _ => None,
    })
}

async fn first_question(backend: &Backend) -> Outcome {
    let cheap = backend.request(backend.kind.probe_path(), "*/*");
    match send(backend, &cheap).await {
        Judged::Answers => Ok(()),
        Judged::Fails(failure) => Err(failure),
        // Of a Prometheus nothing cheap is known that each has.
        Judged::Unsure if backend.kind == Kind::Prometheus => Ok(()),
        Judged::Unsure => match send(backend, &backend.request("api/search?limit=1", "application/json")).await {
            Judged::Answers => Ok(()),
            Judged::Fails(failure) => Err(failure),
            Judged::Unsure => {
                let answered = Answered { status: 404, ..Answered::default() };
                Err(Box::new(of_status(&backend.asked(&cheap), answered)))
            }
        },
    }
}

async fn send(backend: &Backend, request: &Request) -> Judged {
    let asked = backend.asked(request);
    let answer = match is_own(request) {
        true => quiet::get(&as_get(request)).await,
        false => Err(quiet::NoAnswer::NotAsked),
    };
    let answer = match answer {
        Err(quiet::NoAnswer::NotAsked) => plainly(request).await,
        answer => answer.ok(),
    };
    match answer {
        Some(quiet::Answer { status, content_type, body, url }) => {
            let (content_type, body, final_url) = (&*content_type, body.as_bytes(), &*url);
            judge(&asked, Answered { status, content_type, body, final_url })
        }
        None => Judged::Fails(Box::new(without_status(&asked, &backend.probe_url()).await)),
    }
}

/// Whether the page's own server is asked.
fn is_own(request: &Request) -> bool {
    origin(&resolved(&request.url)).is_some_and(|origin| origin == page_origin())
}

/// Asked by the page itself.
async fn plainly(request: &Request) -> Option<quiet::Answer> {
    let abort = AbortOnDrop::new()?;
    let reply = fetch::get(&as_get(request), &abort.signal(), &|_, _| {}).await.ok()?;
    let body = String::from_utf8_lossy(&reply.head).into_owned();
    Some(quiet::Answer { status: reply.status, content_type: reply.content_type, body, url: reply.url })
}

/// How long nothing is painted while the first page is being decided.
const UNDECIDED_MS: i32 = 300;
/// After this, a question that is still open is shown as one without an answer.
const PATIENCE_MS: i32 = 8_000;

impl App {
    /// Shows on this page what becomes known of servers.
    pub(super) fn hear_answers(self) {
        APP.with_borrow_mut(|app| *app = Some(self));
    }

    /// What is known of the source that is explored.
    pub fn answers(self) -> Answers {
        let base = untrack(|| self.explored()).map(|tempo| tempo.backend.base).unwrap_or_default();
        self.source_answers.with(|known| known.get(&base).cloned().unwrap_or_default())
    }

    /// What there is before anything is open: the services of a source that answers, else what works without one.
    pub fn show_start(self) {
        let (has_source, answers) = (untrack(|| self.has_source()), untrack(|| self.answers()));
        match first_page(has_source, &self.url.get_untracked(), &answers) {
            FirstPage::Home => self.screen.set(Screen::Home),
            FirstPage::Explore => self.show_explore(),
            FirstPage::Ask => {
                if answers == Answers::Unasked {
                    self.undecided.set(true);
                    self.wait_undecided();
                }
                if self.screen.get_untracked() != Screen::Home {
                    self.screen.set(Screen::Home);
                }
                self.ask_first();
            }
        }
    }

    /// Nothing is painted for a moment, and then whatever there is.
    pub(super) fn wait_undecided(self) {
        spawn_local(async move {
            fetch::pause(UNDECIDED_MS).await;
            self.undecided.set(false);
        });
    }

    /// Paints what has been decided by now; where the source is being asked, that is not yet known.
    pub(super) fn decide(self) {
        if untrack(|| self.answers()) != Answers::Asking {
            self.undecided.set(false);
        }
    }

    /// Asks the source whether it answers, and goes on to it if it does.
    fn ask_first(self) {
        let Some(tempo) = self.explored() else { return self.show_explore() };
        let backend = tempo.backend;
        let since_ms = js_sys::Date::now();
        let late = backend.clone();
        let reached = reach(&backend);
        let mine = asking(&backend);
        spawn_local(async move {
            let outcome = reached.await;
            self.undecided.set(false);
            let is_in_time = js_sys::Date::now() - since_ms < f64::from(PATIENCE_MS);
            if outcome.is_ok() && is_in_time && self.waits_for(&backend) {
                self.show_explore();
                self.note_address(false);
            }
        });
        spawn_local(async move {
            fetch::pause(PATIENCE_MS).await;
            let is_out = asking(&late).zip(mine).is_some_and(|(newest, mine)| Rc::ptr_eq(&newest, &mine));
            let is_asking = self.source_answers.with_untracked(|known| known.get(&late.base) == Some(&Answers::Asking));
            if is_out && is_asking {
                note(&late, Answers::No(Box::new(no_answer_yet(&late))));
            }
        });
    }

    /// Whether the reader has begun nothing else meanwhile: what is being read or written is not taken away.
    fn waits_for(self, backend: &Backend) -> bool {
        self.screen.get_untracked() == Screen::Home
            && self.loading.with_untracked(Option::is_none)
            && self.dialog.with_untracked(Option::is_none)
            && self.explored().is_some_and(|tempo| tempo.backend.base == backend.base)
            && !is_writing()
    }

    /// "Try again".
    pub fn ask_again(self) {
        let Some(tempo) = self.explored() else { return };
        // One that hangs is let go of.
        KNOWN.with_borrow_mut(|known| drop(known.remove(&tempo.backend.probe_url())));
        self.ask_first();
    }

    /// Asks whether the source answers, where home is shown and nobody has asked yet.
    pub fn ask_for_line(self) {
        // Home is there for a moment also before a file that a link names begins to load.
        let is_home = self.screen.get_untracked() == Screen::Home && self.loading.with_untracked(Option::is_none);
        if let Some(tempo) = self.explored().filter(|_| is_home && untrack(|| self.answers()) == Answers::Unasked) {
            drop(reach(&tempo.backend));
        }
    }

    /// On to the source, whatever it answers.
    pub fn explore_source(self, setup: bool) {
        self.url.update(|url| url.exploring.setup = setup);
        self.show_explore();
        self.note_address(true);
    }
}

/// Whether the reader has written something into a field.
fn is_writing() -> bool {
    let focused = web_sys::window().and_then(|window| window.document()).and_then(|page| page.active_element());
    focused
        .and_then(|element| element.dyn_into::<web_sys::HtmlInputElement>().ok())
        .is_some_and(|field| !field.value().is_empty())
}

fn no_answer_yet(backend: &Backend) -> Failure {
    let seconds = PATIENCE_MS / 1000;
    Failure {
        unreached: Some(format!("no answer came from {} within {seconds} s", backend.resolved)),
        ..Failure::default()
    }
}
