//! What can be taken along: downloads, copies, links out; and the ways in that are a click: picker, paste, recent.

use js_sys::{Array, Uint8Array};
use leptos::prelude::*;
use leptos::task::spawn_local;
use wasm_bindgen::JsCast;
use wasm_bindgen_futures::JsFuture;
use web_sys::{Blob, BlobPropertyBag, HtmlAnchorElement, HtmlElement, Url};

use super::app::{App, Failed, Origin, Screen};
use super::clipboard::clipboard;
use super::open::How;
use super::prefs::{forget, store, stored};
use super::route::location_href;
use crate::base::TraceId;
use crate::layout::in_view::spans_in_view;
use crate::model::outline::Column;
use crate::model::{Outline, SpanIdx};
use crate::source::config::LinkOn;
use crate::source::filename::Taking;
use crate::source::links::{LinkFacts, SpanFacts};
use crate::source::recent::{self, Place, Recent};
use crate::worker::protocol::{Ask, Export, Tell};

/// The name under which the list is kept; `prefs` puts `spanloom.` before it.
const RECENT: &str = "recent";

const JSON: &str = "application/json";
const CSV: &str = "text/csv;charset=utf-8";

pub fn blob_of(bytes: &[u8], mime: &str) -> Option<Blob> {
    let parts = Array::of1(&Uint8Array::from(bytes));
    let options = BlobPropertyBag::new();
    options.set_type(mime);
    Blob::new_with_u8_array_sequence_and_options(&parts, &options).ok()
}

/// Whether an address leads into a folder of this machine.
fn is_of_a_file(href: &str) -> bool {
    href.starts_with("file:")
}

/// Hands a blob to the browser's downloads.
pub fn save(blob: &Blob, name: &str) {
    let Some(page) = web_sys::window().and_then(|window| window.document()) else { return };
    let Ok(href) = Url::create_object_url_with_blob(blob) else { return };
    let anchor = page.create_element("a").ok().and_then(|element| element.dyn_into::<HtmlAnchorElement>().ok());
    if let Some(anchor) = anchor {
        anchor.set_href(&href);
        anchor.set_download(name);
        anchor.click();
    }
    // The download has its own hold on the bytes by then.
    set_timeout(
        move || {
            let _ = Url::revoke_object_url(&href);
        },
        core::time::Duration::from_secs(10),
    );
}

impl App {
    /// Id of the trace that is open; empty without one.
    pub fn trace_id(self) -> String {
        self.outline.with_untracked(|outline| outline.as_ref().map(|o| o.headline.trace_id.clone())).unwrap_or_default()
    }

    /// The bytes as they came, under the names they had.
    pub fn download_received(self) {
        let received = self.held.with_value(|held| held.received.clone());
        for (name, blob) in received {
            let ending = match name.rsplit_once('.') {
                Some(_) => "",
                // A trace of a Tempo has no file name: protobuf is what was asked for.
                None => ".pb",
            };
            save(&blob, &format!("{name}{ending}"));
        }
    }

    fn download(self, format: Export, columns: Vec<Column>, mime: &'static str, ending: &'static str) {
        let taking = Taking::of(self.trace_id(), ending);
        let asked = self.ask_with(move |id| Ask::Export { id, format }, columns);
        spawn_local(async move {
            let Some(answer) = asked.await else { return };
            if let Tell::Export { trace, .. } = answer.tell
                && let Some(Column::U8(bytes)) = answer.columns.into_iter().next()
            {
                self.save_taken(&taking, &trace, &bytes, mime);
            }
        });
    }

    /// Saves what came, if it is of the trace that was asked for.
    fn save_taken(self, taking: &Taking, came_of: &str, bytes: &[u8], mime: &str) {
        match taking.name_if_of(came_of) {
            Ok(name) => {
                if let Some(blob) = blob_of(bytes, mime) {
                    save(&blob, &name);
                }
            }
            Err(why) => self.say(why),
        }
    }

    pub fn download_otlp_json(self) {
        self.download(Export::OtlpJson, Vec::new(), JSON, "otlp.json");
    }

    pub fn download_otlp_protobuf(self) {
        self.download(Export::OtlpProtobuf, Vec::new(), "application/x-protobuf", "otlp.pb");
    }

    pub fn download_jaeger(self) {
        self.download(Export::JaegerJson, Vec::new(), JSON, "jaeger.json");
    }

    /// The table as the statistics show it, or would.
    pub fn download_statistics(self) {
        let (scope, by) = (self.view.scope(), self.stats.by.get_untracked().name());
        let order = self.stats.order().text();
        self.download(Export::Statistics { scope, by, order }, Vec::new(), CSV, "statistics.csv");
    }

    /// The spans that the timeline has rows for in its window.
    pub fn download_spans(self) {
        let Some(shown) = self.shown.get_untracked() else { return };
        let window = self.view.window.get_untracked();
        let spans = self
            .view
            .options
            .with_untracked(|options| spans_in_view(&shown.outline, &shown.rows, &options.hidden_services, &window));
        let mut columns = vec![Column::U32(spans)];
        if self.view.find.with_untracked(|find| !find.trim().is_empty()) {
            let (found, done) = self.view.matches.with_untracked(|matches| (matches.spans.clone(), matches.done));
            if !done {
                return self.say("Find still looks through the trace: try again when it is done");
            }
            columns.push(Column::U32(found.to_vec()));
        }
        self.download(Export::Spans, columns, CSV, "spans.csv");
    }

    pub fn download_report(self) {
        let taking = Taking::of(self.trace_id(), "report.json");
        let asked = self.report();
        spawn_local(async move {
            if let Some(Tell::Report { trace, json, .. }) = asked.await.map(|answer| answer.tell) {
                self.save_taken(&taking, &trace, json.as_bytes(), JSON);
            }
        });
    }

    /// The report, without findings of the kinds that are turned off.
    pub fn report(self) -> impl Future<Output = Option<crate::worker::client::Answer>> {
        let off = self.prefs.findings_off.get_untracked();
        self.ask(move |id| Ask::Report { id, off })
    }

    fn link(self) -> String {
        self.note_address(false);
        location_href()
    }

    pub fn copy_link(self) {
        let link = self.link();
        let what = if is_of_a_file(&link) { "the link: it works on this machine only" } else { "the link" };
        self.copy(link, what);
    }

    pub fn copy_markdown(self) {
        // A folder of this machine is of no use to others, and may be nobody's business.
        let link = Some(self.link()).filter(|link| !is_of_a_file(link)).unwrap_or_default();
        let taking = Taking::of(self.trace_id(), "md");
        let copying = self.begin_copy("the summary");
        let asked = self.ask(move |id| Ask::Markdown { id, link });
        spawn_local(async move {
            if let Some(Tell::Markdown { trace, text, .. }) = asked.await.map(|answer| answer.tell) {
                match taking.name_if_of(&trace) {
                    Ok(_) => copying.give(text),
                    Err(why) => self.say(why),
                }
            }
        });
    }

    /// Links of config.json that can be filled, for a span or for the trace as a whole.
    pub async fn outgoing_links(self, span: Option<SpanIdx>) -> Vec<(String, String)> {
        let config = self.config.get_untracked();
        let on = if span.is_some() { LinkOn::Span } else { LinkOn::Trace };
        if !config.links.iter().any(|link| link.on == on) {
            return Vec::new();
        }
        let Some(outline) = self.outline.get_untracked() else { return Vec::new() };
        let about = span.or(outline.headline.root.map(SpanIdx)).filter(|span| span.index() < outline.len());
        let details = match about {
            Some(span) => match self.ask(|id| Ask::Details { id, span: span.0 }).await.map(|answer| answer.tell) {
                Some(Tell::Details { details, .. }) => details,
                _ => None,
            },
            None => None,
        };
        let pairs = |lines: &[crate::analysis::details::Attribute]| -> Vec<(String, String)> {
            lines.iter().map(|line| (line.key.clone(), line.value.text.clone())).collect()
        };
        let (resource, attributes) = match &details {
            Some(details) => (pairs(&details.resource), pairs(&details.attributes)),
            None => Default::default(),
        };
        let head = &outline.headline;
        let facts = LinkFacts {
            trace_id: TraceId::from_hex(head.trace_id.as_bytes()).unwrap_or_default(),
            trace_start_ns: head.start_unix_nano,
            trace_end_ns: head.end_unix_nano,
            span: about.zip(details.as_ref()).map(|(span, details)| SpanFacts {
                id: outline.id(span),
                name: &details.name,
                service: &details.service,
                start_ns: details.start_unix_nano,
                end_ns: details.start_unix_nano.saturating_add(details.duration_ns),
                resource: &resource,
                attributes: &attributes,
            }),
        };
        let of_kind = config.links.iter().filter(|link| link.on == on);
        of_kind.filter_map(|link| Some((link.name.clone(), link.template.fill(&facts)?))).collect()
    }

    /// Opens the browser's file picker.
    pub fn pick_files(self) {
        let page = web_sys::window().and_then(|window| window.document());
        let input = page.and_then(|page| page.query_selector("input[data-open]").ok().flatten());
        if let Some(input) = input.and_then(|input| input.dyn_into::<HtmlElement>().ok()) {
            input.click();
        }
    }

    /// Text out of the clipboard: an id to go to, or a trace.
    pub fn paste(self) {
        let Some(clipboard) = clipboard() else {
            self.say("The browser lets a page use the clipboard over https only: press Ctrl+V or ⌘V");
            return;
        };
        let reading = clipboard.read_text();
        spawn_local(async move {
            match JsFuture::from(reading).await.ok().and_then(|text| text.as_string()) {
                Some(text) if !text.trim().is_empty() => self.open_pasted(&text),
                Some(_) => self.say("The clipboard holds no text"),
                None => self.say("The browser does not let this page read the clipboard: press Ctrl+V or ⌘V"),
            }
        });
    }

    /// A pasted document is read, anything else is looked through for an id.
    pub fn open_pasted(self, text: &str) {
        let is_document = text.trim_start().starts_with(['{', '[']) && text.len() > 200;
        if !is_document {
            match self.go_to(text) {
                Ok(()) => return,
                Err(why) if !text.trim_start().starts_with(['{', '[']) => return self.say(why),
                Err(_) => {}
            }
        }
        if let Some(blob) = blob_of(text.as_bytes(), JSON) {
            self.open_bytes("pasted text", blob, Origin::Pasted, None);
        }
    }

    pub fn recent(self) -> Vec<Recent> {
        stored(RECENT).map(|text| recent::parse(&text)).unwrap_or_default()
    }

    pub fn remember_recent(self, outline: &Outline) {
        let from = match self.origin.get_untracked() {
            Some(Origin::Tempo { source, ad_hoc: false, .. }) => Place::Source(source),
            Some(Origin::Tempo { source, .. }) => Place::Tempo(source),
            Some(Origin::Url(url)) => Place::Url(url),
            Some(Origin::Files(names)) => Place::File(names.join(", ")),
            Some(Origin::Host(_) | Origin::Pasted | Origin::Link) => Place::Pasted,
            // It is in the file that holds it, and this page is that file.
            Some(Origin::Evidence(_)) | None => return,
        };
        let root = outline.headline.root.map(SpanIdx);
        let newest = Recent {
            trace_id: outline.headline.trace_id.clone(),
            root_service: root.map(|root| outline.service_name(root).to_owned()).unwrap_or_default(),
            root_name: root.map(|root| outline.label(root).to_owned()).unwrap_or_default(),
            from,
            opened_unix_ms: js_sys::Date::now() as u64,
        };
        store(RECENT, &recent::to_json(&recent::remember(&self.recent(), newest)));
    }

    pub fn forget_recent(self) {
        forget(RECENT);
    }

    pub fn open_recent(self, entry: &Recent) {
        self.forget_view();
        let trace = entry.trace_id.clone();
        match entry.from.clone() {
            Place::Source(source) => self.open_tempo(source, false, trace, How::default()),
            Place::Tempo(base) => self.open_tempo(base, true, trace, How::default()),
            Place::Sample(url) | Place::Url(url) => self.open_url(url, How { trace: Some(trace), ..How::default() }),
            Place::File(name) => {
                self.url.update(|url| url.trace = TraceId::from_hex(trace.as_bytes()));
                self.failed.set(Some(Failed::NeedsFile(name)));
                self.screen.set(Screen::Failure);
            }
            Place::Pasted => self.say("That trace was pasted; paste it again to see it"),
        }
    }

    /// What failed, once more.
    pub fn retry(self) {
        match self.attempt.get_untracked() {
            Some(Origin::Tempo { source, ad_hoc, trace }) => self.open_tempo(source, ad_hoc, trace, How::default()),
            Some(Origin::Url(address)) => {
                let trace = self.url.with_untracked(|url| url.trace.map(|id| id.to_string()));
                self.open_url(address, How { trace, ..How::default() });
            }
            // A link that left its trace to be found is followed anew.
            _ if self.url.with_untracked(|url| url.open.is_some()) => self.open_address(),
            _ => self.go_home(),
        }
    }

    /// Back to the list, without a new entry in the history.
    pub fn show_list_here(self) {
        self.show_list(false);
    }
}
