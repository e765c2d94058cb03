//! Opening a trace by id from a Tempo: sends what `source::tempo` decides to ask, and shows what it makes of the answers.

use leptos::prelude::*;
use leptos::task::spawn_local;
use web_sys::{AbortSignal, Blob};

use super::app::{App, Banner, Failed, Origin};
use super::engine::is_safari;
use super::open::How;
use crate::base::TraceId;
use crate::base::format::counted;
use crate::source::blocked::Blocked;
use crate::source::embedded;
use crate::source::failure::{Asked, Failure, NoStatus, Probe, no_status as words_of_no_status};
use crate::source::fetch::{self, AbortOnDrop, Get, NoReply};
use crate::source::prometheus::Prometheus;
use crate::source::tempo::{Answer, Bounds, Lookup, Request, Step, Tempo};
use crate::source::when::End;
use crate::worker::protocol::FileOutcome;

pub(super) fn as_get(request: &Request) -> Get {
    let Request { url, headers, credentials } = request.clone();
    Get { url, headers, credentials: credentials.name().to_owned() }
}

pub(super) fn page_origin() -> String {
    web_sys::window().and_then(|window| window.location().origin().ok()).unwrap_or_default()
}

/// An address as the browser resolves it against the page.
pub fn resolved(address: &str) -> String {
    let base = web_sys::window().and_then(|w| w.document()).and_then(|page| page.base_uri().ok().flatten());
    web_sys::Url::new_with_base(address, &base.unwrap_or_default())
        .map(|url| url.href())
        .unwrap_or_else(|_| address.to_owned())
}

/// How long the browser's report of a blocked request is waited for.
const POLICY_REPORT_MS: i32 = 100;

/// What a fetch without a status can have been: the probe and the two origins leave only some causes.
pub(super) async fn without_status(asked: &Asked, probe_url: &str) -> Failure {
    let asked = Asked { url: resolved(&asked.url), base: resolved(&asked.base), ..asked.clone() };
    let blocked = policy_blocked(&asked.url);
    let probe = match blocked {
        true => Probe::BlockedByCsp,
        false if fetch::answers(probe_url).await => Probe::Answered,
        false => {
            // The report of a blocked request comes as a task of its own, after the failure.
            fetch::pause(POLICY_REPORT_MS).await;
            if policy_blocked(&asked.url) { Probe::BlockedByCsp } else { Probe::Failed }
        }
    };
    words_of_no_status(&asked, &NoStatus { page_origin: page_origin(), probe, is_safari: is_safari() })
}

/// The same for a file at an address.
pub async fn no_status(address: &str) -> Failure {
    let asked =
        Asked { source: address.to_owned(), base: address.to_owned(), url: address.to_owned(), ..Asked::default() };
    without_status(&asked, address).await
}

thread_local! {
    static BLOCKED: std::cell::RefCell<Blocked> = const { std::cell::RefCell::new(Blocked::new()) };
}

/// Starts to note what the page's policy blocks.
pub fn note_blocked() {
    let noted = |event: web_sys::Event| {
        let field = |name: &str| {
            js_sys::Reflect::get(&event, &wasm_bindgen::JsValue::from_str(name))
                .ok()
                .and_then(|value| value.as_string())
        };
        if field("effectiveDirective").is_some_and(|directive| directive == "connect-src")
            && let Some(address) = field("blockedURI")
        {
            BLOCKED.with_borrow_mut(|blocked| blocked.note(&address));
        }
    };
    let handle = window_event_listener_untyped("securitypolicyviolation", noted);
    on_cleanup(move || handle.remove());
}

fn policy_blocked(address: &str) -> bool {
    BLOCKED.with_borrow(|blocked| blocked.has(address))
}

/// One trace, as its Tempo sent it, and whether it was found only outside the bounds. No failure: nobody waits any more.
pub(super) async fn look_up(
    tempo: &Tempo,
    id: TraceId,
    bounds: Option<Bounds>,
    signal: &AbortSignal,
    on_bytes: fetch::OnBytes<'_>,
) -> Result<(Blob, bool), Option<Failure>> {
    let mut lookup = Lookup::new(tempo.clone(), id, bounds);
    let mut request = lookup.request();
    loop {
        let reply = fetch::get(&as_get(&request), signal, on_bytes).await;
        if signal.aborted() {
            return Err(None);
        }
        let reply = match reply {
            Ok(reply) => reply,
            Err(NoReply::Aborted) => return Err(None),
            Err(NoReply::NoStatus(_)) => {
                let failure = without_status(&tempo.backend.asked(&request), &tempo.backend.probe_url()).await;
                return Err((!signal.aborted()).then_some(failure));
            }
        };
        let answer = Answer {
            status: reply.status,
            content_type: &reply.content_type,
            body_len: reply.body.size() as u64,
            head: &reply.head,
            final_url: &reply.url,
        };
        match lookup.next(&answer) {
            Step::Ask(next) => request = next,
            Step::Decode { outside_bounds } => return Ok((reply.body, outside_bounds)),
            Step::NotFound(failure) | Step::Fail(failure) => return Err(Some(failure)),
        }
    }
}

impl App {
    /// The Prometheus beside the source that is explored, where the configuration names one.
    pub(super) fn prometheus(self) -> Option<Prometheus> {
        let is_ad_hoc = self.url.with_untracked(|url| url.tempo.is_some());
        let name = untrack(|| self.source_name()).filter(|_| !is_ad_hoc)?;
        self.config.with_untracked(|config| Prometheus::of(config.source(&name)?, &resolved))
    }

    /// The Tempo of a name, or of an address that a link gave.
    pub(super) fn tempo(self, source: &str, ad_hoc: bool) -> Option<Tempo> {
        if ad_hoc {
            return Some(Tempo::from_url(source).resolved_by(&resolved));
        }
        self.config
            .with_untracked(|config| config.source(source).map(Tempo::from_source))
            .map(|it| it.resolved_by(&resolved))
    }

    /// Looks a trace up. `from` and `to` of the address bound it.
    pub fn open_tempo(self, source: String, ad_hoc: bool, trace: String, how: How) {
        if embedded::is_single() {
            return self.fail_without_server();
        }
        let (Some(tempo), Some(id)) = (self.tempo(&source, ad_hoc), TraceId::from_hex(trace.as_bytes())) else {
            self.fail(Failed::Other {
                title: format!("There is no source “{source}”"),
                sentence: "config.json beside this page names the sources; the link names another one.".to_owned(),
            });
            return;
        };
        if how.reload {
            self.begin_quietly(&trace);
        } else {
            self.begin(&trace, "Fetching");
        }
        let Some(abort) = AbortOnDrop::new() else { return };
        let signal = abort.signal();
        self.held.update_value(|held| held.request = Some(abort));
        let origin = Origin::Tempo { source, ad_hoc, trace };
        self.attempt.set(Some(origin.clone()));
        let bounds = self.bounds();
        spawn_local(async move {
            match look_up(&tempo, id, bounds, &signal, &|bytes, total| self.fetched(bytes, total)).await {
                Ok((body, outside_bounds)) => {
                    // A first look opens what came, whatever the case or padding of the id in it.
                    self.read(origin, vec![(format!("{id}"), body)], how);
                    if outside_bounds {
                        self.say("Found outside the time range of the link");
                    }
                }
                Err(Some(failure)) => self.lookup_failed(failure, how.reload),
                Err(None) => {}
            }
        });
    }

    /// A reload that fails leaves the trace in place and says why above it.
    pub(super) fn lookup_failed(self, failure: Failure, reload: bool) {
        if !reload {
            self.fail(Failed::Request(failure));
            return;
        }
        self.loading.set(None);
        let Failure { title, what, server_text, advice, .. } = failure;
        let text = match server_text {
            Some(said) => format!("{what} “{said}”"),
            None => what,
        };
        self.banners.update(|banners| {
            banners.retain(|banner| !banner.bad || banner.read_again);
            banners.push(Banner {
                strong: format!("Reload failed: {title}."),
                text,
                advice,
                bad: true,
                ..Banner::default()
            });
        });
    }

    fn bounds(self) -> Option<Bounds> {
        let now_ms = js_sys::Date::now() as i64;
        self.url.with_untracked(|url| {
            let (from, to) = (url.from.as_ref()?, url.to.as_ref()?);
            let bounds = Bounds { start_s: from.unix_s(now_ms, End::From), end_s: to.unix_s(now_ms, End::To) };
            (bounds.start_s < bounds.end_s).then_some(bounds)
        })
    }
}

/// What to do about a partial answer, by its reason.
fn advice_on(reason: &str) -> Vec<String> {
    let mut advice = vec!["Reload later: what could not be read then may be there.".to_owned()];
    if reason.contains("maximum size") || reason.contains("max size") {
        advice.insert(0, "The trace is larger than Tempo's limit for one trace: raise `max_bytes_per_trace` for this tenant, or have it send fewer spans.".to_owned());
    }
    advice
}

/// What must be said above a trace: a partial answer, records that are no spans.
pub fn banners(files: &[FileOutcome], spans: u64) -> Vec<Banner> {
    let mut banners = Vec::new();
    for file in files {
        if let Some(message) = &file.outcome.partial {
            let came = counted(spans, "span came; figures below cover it", "spans came; figures below cover those");
            banners.push(Banner {
                strong: "Partial trace.".to_owned(),
                text: format!("The answer says: “{message}”. {came}."),
                advice: advice_on(message),
                ..Banner::default()
            });
        }
        if let Some(error) = &file.outcome.error {
            banners.push(Banner {
                strong: "Cut trace.".to_owned(),
                text: format!(
                    "{} was read up to byte {}: {}. {} kept.",
                    file.name,
                    crate::base::format::count(error.offset),
                    error.problem,
                    counted(spans, "complete span is", "complete spans are"),
                ),
                advice: vec!["Export the trace again; what is shown may lack spans anywhere.".to_owned()],
                ..Banner::default()
            });
        }
    }
    let skipped: u64 = files.iter().map(|file| file.outcome.skipped_logs + file.outcome.skipped_metrics).sum();
    if skipped > 0 {
        let words = counted(skipped, "record is a log or metric and was", "records are logs or metrics and were");
        banners.push(Banner {
            strong: "Not only traces.".to_owned(),
            text: format!("{words} skipped."),
            advice: Vec::new(),
            ..Banner::default()
        });
    }
    banners
}
