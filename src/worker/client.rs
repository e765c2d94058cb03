//! The page's end: starts a worker, sends questions, hands answers to whoever asked.

use std::cell::{Cell, RefCell};
use std::collections::HashMap;
use std::rc::{Rc, Weak};

use js_sys::Uint8Array;
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::{JsFuture, spawn_local};
use web_sys::{Blob, MessageEvent, Worker};

use super::protocol::{Arrangement, Ask, Tell};
use super::seal::Said;
use super::transfer::{Bulk, column, pack, program, unpack};
use crate::analysis::statistics::StatRow;
use crate::model::Outline;
use crate::model::outline::{Column, Headline, ServiceLine};

/// What a worker says unasked, beside answers.
pub enum Heard {
    Tell(Tell),
    Outline { outline: Box<Outline>, first_error: Option<u32> },
    Lost(Loss),
}

/// Why a worker is gone.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Loss {
    /// The program in it failed: the panic's message and place.
    Panicked(String),
    /// The browser reported an error without its reason.
    Ended,
    /// Its columns do not make an outline.
    Unreadable,
}

impl Loss {
    /// The cause, as the end of a sentence.
    pub fn words(&self) -> String {
        match self {
            Loss::Panicked(words) => format!("the worker failed with “{words}”, an error in Spanloom"),
            Loss::Ended => "the worker stopped: it could not be loaded, or memory ran out".to_owned(),
            Loss::Unreadable => "the worker sent columns that do not fit together".to_owned(),
        }
    }

    pub fn advice(&self) -> &'static str {
        match self {
            Loss::Panicked(_) | Loss::Unreadable => "Please report it together with the trace, if you may share that.",
            Loss::Ended => "Close other pages and try again, or open a part of the file.",
        }
    }
}

/// An answer with what came beside it.
pub struct Answer {
    pub tell: Tell,
    pub columns: Vec<Column>,
}

type OnAnswer = Box<dyn FnMut(Answer)>;
type OnHeard = Box<dyn FnMut(Heard)>;

/// An outline of which columns are still to come.
struct Arriving {
    headline: Headline,
    services: Vec<ServiceLine>,
    first_error: Option<u32>,
    columns: Vec<Column>,
    expected: usize,
}

#[derive(Default)]
struct Shared {
    arriving: RefCell<Option<Arriving>>,
    ready: Cell<bool>,
    lost: Cell<bool>,
    /// Posted once the worker says that it listens.
    waiting: RefCell<Vec<(JsValue, JsValue)>>,
    answers: RefCell<HashMap<u32, OnAnswer>>,
    /// Rows of tables that are still to be ended, by question.
    rows: RefCell<HashMap<u32, Vec<StatRow>>>,
    heard: RefCell<Option<OnHeard>>,
    next_id: Cell<u32>,
    /// The load under way, in case the worker wants bytes.
    loading: RefCell<Option<(Ask, Vec<Blob>)>>,
}

/// A running worker. Dropping it terminates the worker: nothing it was doing is ever heard of.
pub struct Client {
    worker: Worker,
    shared: Rc<Shared>,
    _on_message: Closure<dyn FnMut(MessageEvent)>,
    _on_error: Closure<dyn FnMut(web_sys::Event)>,
}

/// An address that the page's head gives, whole: in the worker it would be read against another base.
fn named(selector: &str, attribute: &str) -> Option<String> {
    let page = web_sys::window()?.document()?;
    let written = page.query_selector(selector).ok()??.get_attribute(attribute)?;
    Some(web_sys::Url::new_with_base(&written, &page.base_uri().ok()??).ok()?.href())
}

impl Client {
    pub fn start() -> Result<Client, String> {
        let start = named("meta[name=spanloom-worker]", "content").ok_or("the page does not name its worker")?;
        let glue = named("#app-js", "href").ok_or("the page does not name its program")?;
        // No module: Chromium starts none for a page that was opened as a file.
        let worker = Worker::new(&start)
            .map_err(|_| "the browser refused to start a worker (a policy of this page may forbid it)")?;
        let shared = Rc::new(Shared::default());
        let on_message = {
            let (shared, worker) = (shared.clone(), worker.clone());
            Closure::<dyn FnMut(MessageEvent)>::new(move |event: MessageEvent| shared.hear(&worker, &event.data()))
        };
        let on_error = {
            let shared = shared.clone();
            Closure::<dyn FnMut(web_sys::Event)>::new(move |_| shared.lose(Loss::Ended))
        };
        worker.set_onmessage(Some(on_message.as_ref().unchecked_ref()));
        worker.set_onerror(Some(on_error.as_ref().unchecked_ref()));
        worker.post_message(&program(&glue)).map_err(|_| "the browser does not hand a program to a worker")?;
        Ok(Client { worker, shared, _on_message: on_message, _on_error: on_error })
    }

    /// Whether it could not start, or has died.
    pub fn is_lost(&self) -> bool {
        self.shared.lost.get()
    }

    /// Who hears what the worker says unasked.
    pub fn on_heard(&self, heard: impl FnMut(Heard) + 'static) {
        *self.shared.heard.borrow_mut() = Some(Box::new(heard));
    }

    /// Reads files into the worker's set.
    pub fn load(
        &self,
        files: &[(String, Blob)],
        trace: Option<String>,
        arrangement: Arrangement,
        said: Option<Box<Said>>,
    ) {
        let mut bulk = Bulk::none();
        files.iter().for_each(|(_, blob)| bulk.push_blob(blob));
        let blobs = files.iter().map(|(_, blob)| blob.clone()).collect();
        let files = files.iter().map(|(name, _)| name.clone()).collect();
        let ask = Ask::Load { files, trace, arrangement, said };
        self.post(&ask, bulk);
        *self.shared.loading.borrow_mut() = Some((ask, blobs));
    }

    pub fn open(&self, trace: String, arrangement: Arrangement) {
        self.post(&Ask::Open { trace, arrangement }, Bulk::none());
    }

    /// The answer to this question is no longer waited for. What the worker says instead still ends the question.
    pub fn give_up(&self, id: u32) {
        self.post(&Ask::GiveUp { id }, Bulk::none());
    }

    /// Asks; `answer` is called for each answer with the question's id: once, or for a search until it is done. It is
    /// dropped uncalled when the worker is gone.
    pub fn ask(&self, ask: impl FnOnce(u32) -> Ask, answer: impl FnMut(Answer) + 'static) {
        self.ask_with(ask, &[], answer);
    }

    /// Asks with columns beside the question.
    pub fn ask_with(&self, ask: impl FnOnce(u32) -> Ask, columns: &[Column], answer: impl FnMut(Answer) + 'static) {
        if self.is_lost() {
            return;
        }
        let mut bulk = Bulk::none();
        columns.iter().for_each(|column| bulk.push_column(column));
        let id = self.shared.next_id.get().wrapping_add(1);
        self.shared.next_id.set(id);
        self.shared.answers.borrow_mut().insert(id, Box::new(answer));
        self.post(&ask(id), bulk);
    }

    fn post(&self, ask: &Ask, bulk: Bulk) {
        let (data, transfer) = pack(ask, bulk);
        if self.shared.ready.get() {
            let _ = self.worker.post_message_with_transfer(&data, &transfer);
        } else {
            self.shared.waiting.borrow_mut().push((data, transfer));
        }
    }
}

impl Drop for Client {
    fn drop(&mut self) {
        self.worker.set_onmessage(None);
        self.worker.set_onerror(None);
        self.worker.terminate();
    }
}

/// The same load with bytes in place of `Blob`s. What cannot be read stays what it is: the worker reports it.
async fn send_bytes(shared: Weak<Shared>, worker: Worker, ask: Ask, blobs: Vec<Blob>) {
    let mut bulk = Bulk::none();
    for blob in &blobs {
        match JsFuture::from(blob.array_buffer()).await {
            Ok(buffer) => bulk.push_bytes(&Uint8Array::new(&buffer)),
            Err(_) => bulk.push_blob(blob),
        }
    }
    let (data, transfer) = pack(&ask, bulk);
    if worker.post_message_with_transfer(&data, &transfer).is_err()
        && let Some(shared) = shared.upgrade()
    {
        shared.lose(Loss::Ended);
    }
}

impl Shared {
    fn hear(self: &Rc<Self>, worker: &Worker, data: &JsValue) {
        let Some((tell, bulk)) = unpack::<Tell>(data) else { return };
        match tell {
            Tell::Ready => {
                self.ready.set(true);
                for (data, transfer) in self.waiting.take() {
                    let _ = worker.post_message_with_transfer(&data, &transfer);
                }
            }
            Tell::Outline { headline, services, first_error, columns } => {
                let expected = columns as usize;
                let columns = Vec::with_capacity(expected);
                *self.arriving.borrow_mut() = Some(Arriving { headline, services, first_error, columns, expected });
            }
            Tell::NoBlobs => {
                if let Some((ask, blobs)) = self.loading.take() {
                    spawn_local(send_bytes(Rc::downgrade(self), worker.clone(), ask, blobs));
                }
            }
            Tell::Panicked { words } => self.lose(Loss::Panicked(words)),
            Tell::Column => self.arrive(bulk.first().and_then(column)),
            Tell::StatRows { id, rows } => self.rows.borrow_mut().entry(id).or_default().extend(rows),
            tell => match tell.id() {
                Some(id) => self.answered(id, tell, &bulk),
                None => self.say(Heard::Tell(tell)),
            },
        }
    }

    /// One more column of the outline under way; with the last one it is whole.
    fn arrive(&self, column: Option<Column>) {
        let Some(mut arriving) = self.arriving.take() else { return };
        arriving.columns.extend(column);
        if arriving.columns.len() < arriving.expected {
            *self.arriving.borrow_mut() = Some(arriving);
            return;
        }
        let Arriving { headline, services, first_error, columns, .. } = arriving;
        match Outline::from_columns(headline, services, columns) {
            Some(outline) => self.say(Heard::Outline { outline: Box::new(outline), first_error }),
            None => self.say(Heard::Lost(Loss::Unreadable)),
        }
    }

    fn answered(&self, id: u32, mut tell: Tell, bulk: &[JsValue]) {
        if let Tell::Statistics { statistics, .. } = &mut tell
            && let Some(first) = self.rows.borrow_mut().remove(&id)
        {
            let last = core::mem::replace(&mut statistics.rows, first);
            statistics.rows.extend(last);
        }
        let last = !matches!(tell, Tell::Found { done: false, .. });
        let Some(mut answer) = self.answers.borrow_mut().remove(&id) else { return };
        answer(Answer { tell, columns: bulk.iter().filter_map(column).collect() });
        if !last {
            self.answers.borrow_mut().insert(id, answer);
        }
    }

    /// The worker is gone: whoever listens hears it once, then every question ends without an answer.
    fn lose(&self, loss: Loss) {
        if self.lost.replace(true) {
            return;
        }
        self.say(Heard::Lost(loss));
        self.waiting.take();
        self.rows.take();
        drop(self.answers.take());
    }

    fn say(&self, heard: Heard) {
        // Taken out while it runs: the listener may replace itself.
        let listener = self.heard.borrow_mut().take();
        if let Some(mut listener) = listener {
            listener(heard);
            self.heard.borrow_mut().get_or_insert(listener);
        }
    }
}
