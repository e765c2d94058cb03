//! The set-up doctor: puts the questions of `source::doctor` to every source, and shows what came of them as it comes.

use std::cell::RefCell;

use leptos::prelude::*;
use leptos::task::spawn_local;
use web_sys::AbortSignal;

use super::backend::all;
use super::pending::Pending;
use crate::source::address;
use crate::source::backend::{Backend, Kind, Request};
use crate::source::doctor::{
    Came, Finding, OF_PROMETHEUS, OF_TEMPO, Probe, Verdict, framing, is_it, lies_elsewhere, origins, other_bases,
    with_proxies,
};
use crate::source::failure::{Answered, Asked};
use crate::source::fetch::{self, NoReply};
use crate::source::prometheus::Prometheus;
use crate::source::tempo::{Bounds, Tempo};
use crate::state::app::App;
use crate::state::tempo::{as_get, page_origin, resolved, without_status};

/// How far back features are looked for.
const RANGE_S: u64 = 3_600;

/// One finding, and how long its answer took, in ms.
pub type Line = (Finding, Option<u64>);

/// One server.
#[derive(Clone, PartialEq, Debug)]
pub struct Part {
    pub name: String,
    pub address: String,
    pub lines: Vec<Line>,
    /// Questions that are still open.
    pub is_asking: bool,
}

pub type Doctor = Pending<Vec<Part>>;

/// Changes what is told of one server.
type Tell<'t> = dyn Fn(&dyn Fn(&mut Part)) + 't;

impl App {
    /// Asks every source, one beside the other.
    pub fn examine(self) {
        let Some(asking) = self.explore.doctor.begin() else { return };
        let backends = self.backends();
        let now_s = (js_sys::Date::now() / 1e3) as u64;
        let bounds = Bounds { start_s: now_s.saturating_sub(RANGE_S), end_s: now_s };
        spawn_local(async move {
            let parts: Vec<Part> = backends.iter().map(unasked).chain([this_page().await]).collect();
            let told = RefCell::new(parts);
            asking.take(told.borrow().clone());
            let (heard, told) = (&asking, &told);
            let examined = backends.iter().enumerate().map(|(at, backend)| async move {
                let tell = |change: &dyn Fn(&mut Part)| {
                    if let Some(part) = told.borrow_mut().get_mut(at) {
                        change(part);
                    }
                    heard.take(told.borrow().clone());
                };
                examine(backend, bounds, &heard.signal, &tell).await;
            });
            all(examined.collect()).await;
            asking.end_of_parts(None);
        });
    }

    /// Every Tempo that is configured or named by the address, and the Prometheus beside each.
    fn backends(self) -> Vec<Backend> {
        let url = self.url.get_untracked();
        let named = url.tempo.filter(|base| !self.is_stranger(base)).map(|base| Tempo::from_url(&base).backend);
        let configured = self.config.with_untracked(|config| {
            let of = |source| {
                let prometheus = Prometheus::of(source, &resolved).map(|prometheus| prometheus.backend);
                [Some(Tempo::from_source(source).backend), prometheus]
            };
            config.sources.iter().flat_map(of).flatten().collect::<Vec<_>>()
        });
        named.into_iter().chain(configured).map(|backend| backend.resolved_by(&resolved)).collect()
    }
}

fn unasked(backend: &Backend) -> Part {
    Part { name: backend.name.clone(), address: resolved(&backend.base), lines: Vec::new(), is_asking: true }
}

/// What the page's own server says of it.
async fn this_page() -> Part {
    let headers = fetch::own_headers(["content-security-policy", "x-frame-options"]).await;
    let lines =
        headers.map(|[policy, options]| (framing(policy.as_deref(), options.as_deref()), None)).into_iter().collect();
    Part { name: "This page".to_owned(), address: resolved("."), lines, is_asking: false }
}

/// A reply to a probe, kept whole.
struct Reply {
    status: u16,
    content_type: String,
    head: Vec<u8>,
    url: String,
}

async fn examine(backend: &Backend, bounds: Bounds, signal: &AbortSignal, tell: &Tell<'_>) {
    let page = address::origin(&page_origin());
    let target = address::origin(&resolved(&backend.probe_url()));
    let add = |line: Line| tell(&|part: &mut Part| part.lines.push(line.clone()));
    add((origins(page.as_deref(), target.as_deref()), None));
    let (reach, took_ms) = put(backend, Probe::Reach, bounds, signal).await;
    let is_reached = reach.verdict == Verdict::Good;
    // Where no answer came at all, none comes from a path beside it either.
    let reach = match is_reached || took_ms.is_none() {
        true => reach,
        false => found_elsewhere(backend, signal).await.unwrap_or(reach),
    };
    add((reach, took_ms));
    let probes: &[Probe] = if backend.kind == Kind::Tempo { &OF_TEMPO } else { &OF_PROMETHEUS };
    if is_reached {
        let asked = probes.iter().map(|probe| put(backend, *probe, bounds, signal)).collect();
        // All at once, told in their order.
        for line in all(asked).await {
            add(line);
        }
    } else {
        probes.iter().for_each(|probe| add((probe.unasked(backend.kind), None)));
    }
    tell(&|part: &mut Part| part.is_asking = false);
}

async fn put(backend: &Backend, probe: Probe, bounds: Bounds, signal: &AbortSignal) -> Line {
    let request = probe.request(backend, bounds);
    let since_ms = js_sys::Date::now();
    let reply = send(&request, signal).await;
    if signal.aborted() {
        // Nobody waits any more: nothing more is sent.
        return (probe.unasked(backend.kind), None);
    }
    let took_ms = (js_sys::Date::now() - since_ms).max(0.0) as u64;
    match reply {
        Some(Reply { status, content_type, head, url }) => {
            let answered = Answered { status, content_type: &content_type, body: &head, final_url: &url };
            (probe.judge(backend, &request, &Came::Answer(answered)), Some(took_ms))
        }
        None => {
            let failure = without_status(&backend.asked(&request), &backend.probe_url()).await;
            let remedy = failure.remedy;
            let finding = probe.judge(backend, &request, &Came::None(failure));
            let asked = Asked { base: resolved(&backend.base), ..backend.asked(&request) };
            (with_proxies(finding, remedy, &asked, address::origin(&page_origin()).as_deref()), None)
        }
    }
}

/// A reply of whatever status; `None` without one.
async fn send(request: &Request, signal: &AbortSignal) -> Option<Reply> {
    match fetch::get(&as_get(request), signal, &|_, _| {}).await {
        Ok(fetch::Reply { status, content_type, head, url, .. }) => Some(Reply { status, content_type, head, url }),
        Err(NoReply::Aborted | NoReply::NoStatus(_)) => None,
    }
}

/// A level up or down, where an address is wrong by one.
async fn found_elsewhere(backend: &Backend, signal: &AbortSignal) -> Option<Finding> {
    for base in other_bases(backend) {
        let there = Backend { base: base.clone(), ..backend.clone() };
        let request = Probe::Reach.request(&there, Bounds { start_s: 0, end_s: 1 });
        let reply = send(&request, signal).await;
        if reply.is_some_and(|reply| reply.status == 200 && is_it(backend.kind, &String::from_utf8_lossy(&reply.head)))
        {
            return Some(lies_elsewhere(backend, &base));
        }
    }
    None
}
