//! Opening: from files, addresses or a backend to an outline on the screen, with progress, cancel and failure on the way.
//!
//! A load has a worker of its own. What is shown stays until the new outline is complete; then its worker goes.

use std::rc::{Rc, Weak};
use std::sync::Arc;

use leptos::prelude::*;
use leptos::task::spawn_local;
use web_sys::Blob;

use super::app::{App, Banner, Failed, Loading, NotOpened, Origin, Screen};
use super::pace::{AT_ONCE, Pace, mark};
use super::stamp;
use super::view::first_options;
use crate::base::format::{capitalised, count, counted};
use crate::base::{SpanId, TraceId};
use crate::decode::{Progress, explain};
use crate::model::Outline;
use crate::model::palette::slots;
use crate::source::embedded;
use crate::source::failure::Failure;
use crate::source::fetch::{self, AbortOnDrop, Get, NoReply, Reply};
use crate::worker::client::{Client, Heard, Loss};
use crate::worker::protocol::{Arrangement, FileOutcome, Tell};
use crate::worker::seal::Said;
use crate::worker::task::next_task;

/// How long the page is left alone before a worker is started that nobody waits for.
const PREPARED_AFTER: core::time::Duration = core::time::Duration::from_millis(300);

/// A trace of the set that is held already: nothing is read.
pub const OPENING: &str = "Opening";

/// What a load should do besides loading.
#[derive(Clone, Default)]
pub struct How {
    /// Open this trace of the set.
    pub trace: Option<String>,
    /// The same trace again: keep what the reader set, and say what came.
    pub reload: bool,
    /// Why it is this one that opens, where a link left that open.
    pub why: Option<String>,
    /// What is to be known of it, whatever is read.
    pub banner: Option<Banner>,
    /// What the saved file that holds it says of it.
    pub said: Option<Box<Said>>,
}

impl App {
    /// Files of this machine, all into one set.
    pub fn open_files(self, files: Vec<web_sys::File>) {
        if files.is_empty() {
            return;
        }
        let names: Vec<String> = files.iter().map(|file| file.name()).collect();
        let blobs: Vec<(String, Blob)> = files.into_iter().map(|file| (file.name(), Blob::from(file))).collect();
        // A link to a view of this very file: its view is restored.
        let restore = self.failed.with_untracked(|failed| match failed {
            Some(Failed::NeedsFile(name)) => names.contains(name) || *name == names.join(", "),
            _ => false,
        });
        if !restore {
            self.forget_view();
        }
        let trace = restore.then(|| self.url.with_untracked(|url| url.trace.map(|id| id.to_string()))).flatten();
        self.begin(&Origin::Files(names).words(), "Reading");
        self.read(Origin::Files(blob_names(&blobs)), blobs, How { trace, ..How::default() });
    }

    /// Text or bytes that came without a file: paste, host page.
    pub fn open_bytes(self, name: &str, blob: Blob, origin: Origin, trace: Option<String>) {
        self.forget_view();
        self.begin(name, "Reading");
        self.read(origin, vec![(name.to_owned(), blob)], How { trace, ..How::default() });
    }

    /// A trace file at an address; the view that the address bar asks for is restored.
    pub fn open_url(self, address: String, how: How) {
        if embedded::is_single() {
            return self.open_packed(address, how);
        }
        let name = address.rsplit('/').next().unwrap_or(&address).to_owned();
        if how.reload {
            self.begin_quietly(&name);
        } else {
            self.begin(&name, "Fetching");
        }
        let Some(abort) = AbortOnDrop::new() else { return };
        let signal = abort.signal();
        self.held.update_value(|held| held.request = Some(abort));
        self.attempt.set(Some(Origin::Url(address.clone())));
        spawn_local(async move {
            let request = Get { url: address.clone(), ..Get::default() };
            let reply = fetch::get(&request, &signal, &|bytes, total| self.fetched(bytes, total)).await;
            if signal.aborted() {
                return;
            }
            match reply {
                Ok(Reply { status: 200..300, body, .. }) => {
                    self.read(Origin::Url(address), vec![(name, body)], how);
                }
                Ok(reply) if how.reload => {
                    let title = format!("the server answered {}", reply.status);
                    self.lookup_failed(Failure { title, what: reply.url, ..Failure::default() }, true);
                }
                Ok(reply) => self.fail(Failed::Other {
                    title: format!("{name} could not be fetched"),
                    sentence: format!(
                        "The server answered {} for {}. Check the address of the file.",
                        reply.status, reply.url
                    ),
                }),
                Err(NoReply::Aborted) => {}
                Err(NoReply::NoStatus(_)) => {
                    let failure = super::tempo::no_status(&address).await;
                    if !signal.aborted() {
                        self.lookup_failed(failure, how.reload);
                    }
                }
            }
        });
    }

    /// Shows the loading screen, after a moment in which a quick load is already done.
    pub fn begin(self, what: &str, doing: &'static str) {
        self.supersede();
        let since_ms = js_sys::Date::now();
        let what = what.to_owned();
        self.loading.set(Some(Loading { what, doing, since_ms, ..Loading::default() }));
        if self.failed.with_untracked(Option::is_some) {
            self.failed.set(None);
            self.screen.set(Screen::Loading);
        }
        set_timeout(
            move || {
                if self.loading.with_untracked(|now| now.as_ref().is_some_and(|now| now.since_ms == since_ms)) {
                    self.screen.set(Screen::Loading);
                }
            },
            core::time::Duration::from_millis(150),
        );
    }

    /// Whatever was under way ends: its worker, its request, and the host page that waits for it.
    fn supersede(self) {
        self.attempts.update_value(|n| *n = n.wrapping_add(1));
        self.drop_load(|| "something else was opened before this was done".into());
    }

    /// Lets go of the load under way, with its worker and its request, and tells a host page that waits for it why.
    fn drop_load(self, why: impl FnOnce() -> NotOpened) {
        let dropped = self.held.try_update_value(|held| {
            (held.incoming.take(), held.request.take(), core::mem::take(&mut held.received_incoming))
        });
        // Outside of the cell: a request that is aborted calls whoever waits for it.
        drop(dropped);
        self.tell_host(|| Err(why()));
    }

    /// The same while what is shown stays: a thin line, and Escape ends it.
    pub fn begin_quietly(self, what: &str) {
        self.supersede();
        let since_ms = js_sys::Date::now();
        self.loading.set(Some(Loading { what: what.to_owned(), doing: "Fetching", since_ms, ..Loading::default() }));
    }

    pub fn fetched(self, bytes: u64, total: Option<u64>) {
        self.loading.update(|loading| {
            if let Some(loading) = loading {
                (loading.bytes, loading.total) = (bytes, total);
            }
        });
    }

    /// Ends a load: its worker, its request; back to what was there.
    pub fn cancel(self) {
        self.attempts.update_value(|n| *n = n.wrapping_add(1));
        let opening = self.loading.with_untracked(|loading| loading.as_ref().is_some_and(|now| now.doing == OPENING));
        if let (true, Some(client), Some(outline)) = (opening, self.client(), self.outline.get_untracked()) {
            // The worker goes back to what is shown.
            client.open(outline.headline.trace_id.clone(), self.arrangement.get_untracked());
        }
        self.drop_load(|| "the reader cancelled".into());
        self.loading.set(None);
        if self.screen.get_untracked() == Screen::Loading {
            let several = self.traces.with_untracked(|traces| traces.len() > 1) && self.client().is_some();
            if self.explore.opened_from.get_value() {
                self.back_to_search();
            } else if self.outline.with_untracked(Option::is_some) {
                self.screen.set(Screen::Trace);
            } else if several {
                self.show_list(false);
            } else {
                self.go_home();
            }
        }
        self.say("Cancelled");
    }

    pub fn fail(self, failed: Failed) {
        self.loading.set(None);
        self.drop_load(|| not_opened(&failed));
        let of_request = matches!(failed, Failed::Request(_));
        self.failed.set(Some(failed));
        self.screen.set(Screen::Failure);
        // What was asked for stands in the address: reloading asks again, back leads to what was before.
        if of_request {
            self.note_address(!self.landing.get_value());
            self.landing.set_value(false);
        }
    }

    /// Reads blobs in a new worker.
    pub fn read(self, origin: Origin, blobs: Vec<(String, Blob)>, how: How) {
        let spare = self.held.try_update_value(|held| held.spare.take()).flatten();
        let client = match spare.filter(|spare| !spare.is_lost()).map_or_else(|| Client::start().map(Rc::new), Ok) {
            Ok(client) => client,
            Err(why) => {
                self.fail(Failed::Other { title: "The reader's worker did not start".to_owned(), sentence: why });
                return;
            }
        };
        let heard = {
            let (how, origin, of) = (how.clone(), origin.clone(), Rc::downgrade(&client));
            move |heard: Heard| match heard {
                Heard::Lost(loss) => self.lost(&of, &loss, &origin),
                heard => self.heard(heard, &origin, &how),
            }
        };
        client.on_heard(heard);
        let mut files = blobs.clone();
        self.held.with_value(|held| files.extend(held.beside.iter().cloned()));
        client.load(&files, how.trace.clone(), self.arrangement.get_untracked(), how.said.clone());
        self.loading.update(|loading| {
            if let Some(loading) = loading {
                (loading.doing, loading.bytes, loading.total) = ("Reading", 0, None);
            }
        });
        self.held.update_value(|held| {
            held.request = None;
            held.incoming = Some(client);
            held.received_incoming = blobs;
        });
    }

    /// Starts the worker of the next load once the page has nothing else to do: fetching and compiling it takes longer than
    /// reading a small trace.
    pub fn prepare_worker(self) {
        let start = move || {
            let is_needed = self.held.with_value(|held| held.spare.is_none() && held.incoming.is_none());
            if is_needed && let Ok(client) = Client::start() {
                self.held.update_value(|held| held.spare = Some(Rc::new(client)));
            }
        };
        set_timeout(start, PREPARED_AFTER);
        set_timeout(move || stamp::prepare(&self.prefs.zone.get_untracked()), PREPARED_AFTER * 2);
    }

    fn heard(self, heard: Heard, origin: &Origin, how: &How) {
        match heard {
            Heard::Tell(Tell::Progress { file, total, progress: Progress { bytes_read, spans }, .. }) => {
                self.loading.update(|loading| {
                    if let Some(loading) = loading {
                        loading.what = file;
                        (loading.bytes, loading.total, loading.spans) = (bytes_read, Some(total), spans);
                    }
                });
            }
            Heard::Tell(Tell::Preview(preview)) => {
                let preview = Arc::<crate::analysis::preview::Preview>::from(preview);
                self.loading.update(|loading| {
                    if let Some(loading) = loading {
                        loading.preview = Some(preview);
                    }
                });
            }
            Heard::Tell(Tell::Loaded { files, traces }) => self.loaded(origin, how, files, traces),
            // A file of which nothing could be read has been told of already.
            Heard::Tell(Tell::NoSuchTrace { .. })
                if self.failed.with_untracked(|failed| matches!(failed, Some(Failed::File { .. }))) => {}
            Heard::Tell(Tell::NoSuchTrace { trace }) => {
                self.outline.set(None);
                self.fail(Failed::Other {
                    title: "That trace is not in this file".to_owned(),
                    sentence: format!("{} was read, and holds no trace {trace}.", origin.words()),
                });
            }
            Heard::Tell(_) | Heard::Lost(_) => {}
            Heard::Outline { outline, first_error } => self.arrived(*outline, first_error, how),
        }
    }

    /// A worker is gone. If it read what is on the screen, that stays, with a banner; a load ends.
    fn lost(self, of: &Weak<Client>, loss: &Loss, origin: &Origin) {
        let is_shown = self.client().is_some_and(|client| Weak::ptr_eq(of, &Rc::downgrade(&client)));
        let opening = self.loading.with_untracked(|loading| loading.as_ref().is_some_and(|now| now.doing == OPENING));
        if is_shown && !opening {
            let banner = Banner {
                strong: "Calculating stopped.".to_owned(),
                text: format!(
                    "{}. What is on the screen stays; views, find and details answer again once the trace is read again.",
                    capitalised(&loss.words())
                ),
                advice: vec![loss.advice().to_owned()],
                bad: true,
                read_again: true,
            };
            self.banners.update(|banners| banners.insert(0, banner));
            return;
        }
        self.fail(Failed::Other {
            title: format!("{} could not be opened", origin.words()),
            sentence: format!("Reading stopped: {}. {}", loss.words(), loss.advice()),
        });
    }

    /// Reads what is open once more, in a new worker.
    pub fn read_again(self) {
        let Some(origin) = self.origin.get_untracked() else { return };
        if matches!(origin, Origin::Evidence(_)) {
            // What the file says of its trace is in the page that holds it.
            let _ = window().location().reload();
            return;
        }
        let received = self.held.with_value(|held| held.received.clone());
        let trace = self.outline.with_untracked(|outline| outline.as_ref().map(|of| of.headline.trace_id.clone()));
        self.begin_quietly(&origin.words());
        self.read(origin, received, How { reload: trace.is_some(), trace, ..How::default() });
    }

    fn loaded(
        self,
        origin: &Origin,
        how: &How,
        files: Vec<FileOutcome>,
        mut traces: Vec<crate::model::summary::TraceSummary>,
    ) {
        let arrangement = self.arrangement.get_untracked();
        traces.retain(|line| !arrangement.beside.contains(&line.trace_id));
        let spans: u64 = files.iter().map(|file| file.outcome.spans).sum();
        let broken = files.iter().any(|file| file.outcome.error.is_some());
        let many = traces.len() as u64;
        if how.reload && (spans == 0 || !traces.iter().any(|line| Some(&line.trace_id) == how.trace.as_ref())) {
            self.loading.set(None);
            self.held.update_value(|held| held.incoming = None);
            self.say("Reloaded: the source sent no span of this trace; what was there stays");
            return;
        }
        self.origin.set(Some(origin.clone()));
        self.attempt.set(None);
        self.files.set(Arc::new(files.clone()));
        self.traces.set(Arc::new(traces));
        self.list.reset();
        if many > 1 {
            self.across.over_list.set(false);
            self.across.clear();
        }
        self.banners.set(super::tempo::banners(&files, spans));
        if let Some(banner) = how.banner.clone() {
            self.banners.update(|banners| banners.insert(0, banner));
        }
        if let Some(text) = how.why.clone() {
            self.banners.update(|banners| banners.insert(0, Banner { text, ..Banner::default() }));
        }
        if how.reload {
            return;
        }
        self.adopt();
        if broken || spans == 0 {
            self.outline.set(None);
            self.fail(Failed::File { files, spans, traces: many });
        } else if many > 1 && how.trace.is_none() {
            self.loading.set(None);
            self.outline.set(None);
            self.show_list(true);
            self.tell_host(|| Ok(()));
        }
    }

    /// The worker under way becomes the worker of what is shown.
    fn adopt(self) {
        self.held.update_value(|held| {
            if let Some(client) = held.incoming.take() {
                held.client = Some(client);
                held.received = core::mem::take(&mut held.received_incoming);
            }
        });
    }

    fn tell_host(self, opened: impl FnOnce() -> Result<(), NotOpened>) {
        // Called outside of the cell: the host's answer may open something.
        if let Some(tell) = self.held.try_update_value(|held| held.on_opened.take()).flatten() {
            tell(opened());
        }
    }

    fn arrived(self, mut outline: Outline, first_error: Option<u32>, how: &How) {
        // A broken file waits on its own screen until the reader goes on.
        let waits = self.failed.with_untracked(|failed| matches!(failed, Some(Failed::File { .. })));
        let wanted = self.loading.with_untracked(|loading| match loading {
            Some(loading) => loading.doing != OPENING || loading.what == outline.headline.trace_id,
            None => waits || self.rearranged.with_value(Option::is_some),
        });
        if !wanted {
            return;
        }
        self.recolour(&mut outline);
        let outline = Arc::new(outline);
        let before = self.outline.get_untracked();
        let again = how.reload || self.rearranged.with_value(Option::is_some);
        let same = |before: &Arc<Outline>| again && before.headline.trace_id == outline.headline.trace_id;
        let before = before.filter(same);
        // The rows of a large trace first: until they are there, what was shown stays.
        let chosen = match &before {
            // Positions differ; which rows are shown is carried over behind this.
            Some(_) => self.view.chosen.get_untracked(),
            None => first_options(&outline, &self.config.get_untracked()),
        };
        let attempt = self.attempts.get_value();
        spawn_local(async move {
            let mut pace = Pace::new(move || self.attempts.get_value() == attempt);
            if outline.len() > AT_ONCE && self.make_rows(outline.clone(), chosen, &mut pace).await.is_err() {
                return;
            }
            // Taking the outline in was a task; showing it is another.
            next_task().await;
            if self.attempts.get_value() == attempt {
                self.commit(outline, first_error, before, waits);
            }
        });
    }

    /// What has come is what is shown.
    fn commit(self, outline: Arc<Outline>, first_error: Option<u32>, before: Option<Arc<Outline>>, waits: bool) {
        mark("spanloom.outline");
        self.adopt();
        self.prepare_worker();
        self.loading.set(None);
        self.first_error.set(first_error);
        if let Some(before) = before {
            let selected = self.view.selected.get_untracked().map(|span| before.id(span));
            self.swap(outline, selected, &before);
            return;
        }
        self.view.reset(&outline, &self.config.get_untracked());
        self.reset_views();
        self.outline.set(Some(outline));
        if !waits {
            self.show_trace();
        }
        self.tell_host(|| Ok(()));
    }

    /// Palette slots of service names, as the configuration and the names give them.
    pub fn slots_of<'a>(self, names: impl Iterator<Item = &'a str> + Clone) -> Vec<u8> {
        let of_names = slots(names.clone());
        self.config.with_untracked(|config| {
            let chosen = |name: &str| config.service_colors.get(name).map(|slot| slot.saturating_sub(1));
            names.zip(of_names).map(|(name, slot)| chosen(name).unwrap_or(slot)).collect()
        })
    }

    /// Colours that the configuration gives to services.
    fn recolour(self, outline: &mut Outline) {
        self.config.with_untracked(|config| {
            for line in &mut outline.services {
                if let Some(slot) = config.service_colors.get(&line.name) {
                    line.slot = slot.saturating_sub(1);
                }
            }
        });
    }

    /// A reloaded trace in the place of the one shown: selection and window stay.
    fn swap(self, outline: Arc<Outline>, selected: Option<SpanId>, before: &Outline) {
        let came = outline.len() as i64 - before.len() as i64;
        self.view.carry_over(&outline, before);
        let zoom = self.graph.zoom.get_untracked().filter(|span| span.index() < before.len());
        self.graph.zoom.set(zoom.and_then(|span| outline.find(before.id(span))));
        self.outline.set(Some(outline.clone()));
        self.view.selected.set(selected.and_then(|id| outline.find(id)));
        // Positions mean other spans now: what is found is found anew.
        self.find_for(&self.view.find.get_untracked());
        let rearranged = self.rearranged.try_update_value(Option::take).flatten();
        self.say(match came {
            _ if rearranged.is_some() => rearranged.unwrap_or_default(),
            0 => "Reloaded: nothing new".to_owned(),
            1.. => format!("Reloaded: +{}", counted(came as u64, "span", "spans")),
            _ => format!("Reloaded: {} spans fewer", count(came.unsigned_abs())),
        });
    }

    /// On to the trace, and its view as the address bar asks for.
    pub fn show_trace(self) {
        let Some(outline) = self.outline.get_untracked() else { return };
        self.failed.set(None);
        self.restore_view(&outline);
        self.screen.set(Screen::Trace);
        self.remember_recent(&outline);
        self.bring_notes(&outline);
        let is_beside = |id: &TraceId| outline.headline.beside.contains(&id.to_string());
        if let Some(other) = self.url.with_untracked(|url| url.beside).filter(|id| !is_beside(id)) {
            self.show_beside(other);
        }
        self.note_address(!self.landing.get_value());
        self.landing.set_value(false);
    }

    pub fn show_list(self, push: bool) {
        let push = push && !self.landing.get_value();
        self.failed.set(None);
        self.outline.set(None);
        self.forget_view();
        self.screen.set(Screen::List);
        self.note_address(push);
    }

    /// A trace out of the list.
    pub fn open_from_list(self, trace: &str) {
        self.forget_view();
        self.begin(trace, OPENING);
        if let Some(client) = self.client() {
            client.open(trace.to_owned(), Arrangement::default());
        }
    }

    pub fn client(self) -> Option<Rc<Client>> {
        self.held.with_value(|held| held.client.clone())
    }

    /// Home again; what was open is let go, with its worker.
    pub fn go_home(self) {
        self.close_all();
        self.forget_stranger();
        // The address of a trace says nothing of how its source is explored: that stays as it was.
        let exploring = untrack(|| self.exploring());
        self.url.update(|url| url.exploring = exploring);
        self.show_start();
        self.note_address(true);
    }

    /// Lets go of what is open, as the address already says.
    pub fn close_all(self) {
        self.held.update_value(|held| {
            held.client = None;
            held.incoming = None;
            held.request = None;
            held.received.clear();
            held.beside.clear();
        });
        self.loading.set(None);
        self.failed.set(None);
        self.outline.set(None);
        self.origin.set(None);
        self.attempt.set(None);
        self.banners.set(Vec::new());
        self.traces.set(Arc::default());
        self.forget_view();
    }

    /// Reads the same source again.
    pub fn reload(self) {
        let how = How {
            trace: self.outline.with_untracked(|o| o.as_ref().map(|o| o.headline.trace_id.clone())),
            reload: true,
            ..How::default()
        };
        match self.origin.get_untracked() {
            Some(Origin::Url(address)) => self.open_url(address, how),
            Some(Origin::Tempo { source, ad_hoc, trace }) => self.open_tempo(source, ad_hoc, trace, how),
            Some(Origin::Files(names)) => self.say(format!("Drop {} again to read it anew", names.join(", "))),
            Some(Origin::Pasted) => self.say("Paste the trace again to read it anew"),
            Some(Origin::Host(_)) => self.say("The page around this one sends the trace; it can send it again"),
            Some(Origin::Evidence(_)) => self.say("Evidence is what it was when it was saved"),
            Some(Origin::Link) => self.say("The link holds the trace as it was when it was copied"),
            None => {}
        }
    }
}

fn blob_names(blobs: &[(String, Blob)]) -> Vec<String> {
    blobs.iter().map(|(name, _)| name.clone()).collect()
}

fn not_opened(failed: &Failed) -> NotOpened {
    let (message, detail) = match failed {
        Failed::Request(failure) => (format!("{}: {}", failure.title, failure.what), None),
        Failed::File { files, .. } => {
            let broken = files.iter().find(|file| file.outcome.error.is_some()).or(files.first());
            let message = match broken.and_then(|file| file.outcome.error.as_ref()) {
                Some(error) => format!("byte {}: {}", error.offset, error.problem),
                None => "the file holds no spans".to_owned(),
            };
            (message, broken.map(|file| explain::detail(&file.outcome)))
        }
        Failed::NeedsFile(name) => (format!("the file {name} is needed"), None),
        Failed::NeedsConsent { origin, .. } => (format!("the reader has not allowed requests to {origin}"), None),
        Failed::Other { title, sentence } => (format!("{title}: {sentence}"), None),
    };
    NotOpened { message, detail }
}
