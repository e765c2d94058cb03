//! The app's state: which screen, what is open, and the choices that outlive a trace.

use std::collections::HashMap;
use std::rc::Rc;
use std::sync::Arc;

use leptos::prelude::*;

use super::across::Across;
use super::evidence::format::Evidence;
use super::evidence::notes::NotesView;
use super::evidence::save::HandOver;
use super::explore::view::Explore;
use super::findings::FindingsView;
use super::first::Answers;
use super::graph::GraphView;
use super::host::Consent;
use super::keys::Scheme;
use super::list::ListView;
use super::map::MapView;
use super::picture::PictureChoice;
use super::prefs::{Prefs, Theme};
use super::rows::LargeRows;
use super::stats::StatsView;
use super::url::UrlState;
use super::view::{Flame, Shown, View};
use crate::analysis::preview::Preview;
use crate::decode::explain::Detail;
use crate::layout::pieces::WideSpans;
use crate::model::Outline;
use crate::model::summary::TraceSummary;
use crate::source::config::{Config, ConfigNote};
use crate::source::failure::Failure;
use crate::source::fetch::AbortOnDrop;
use crate::worker::client::Client;
use crate::worker::protocol::{Arrangement, FileOutcome};

/// What fills the page.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Screen {
    Home,
    Explore,
    Loading,
    Failure,
    List,
    Trace,
}

/// Where what is open came from.
#[derive(Clone, PartialEq, Debug)]
pub enum Origin {
    /// Files of this machine, by name: they cannot be read again without the reader.
    Files(Vec<String>),
    /// A file at an address, as the link wrote it.
    Url(String),
    /// A trace of a Tempo: the source's name in config.json, or its base URL when it was given ad hoc.
    Tempo { source: String, ad_hoc: bool, trace: String },
    /// Text out of the clipboard.
    Pasted,
    /// Handed over by the page around this one.
    Host(String),
    /// In this very page, which was saved with it: where it came from then.
    Evidence(String),
    /// In the fragment of the address.
    Link,
}

impl Origin {
    /// As the trail in the app bar names it.
    pub fn words(&self) -> String {
        match self {
            Origin::Files(names) => match names.as_slice() {
                [one] => one.clone(),
                many => format!("{} files", many.len()),
            },
            Origin::Url(url) => url.rsplit('/').next().unwrap_or(url).to_owned(),
            Origin::Tempo { source, .. } => source.clone(),
            Origin::Pasted => "pasted text".to_owned(),
            Origin::Host(name) => name.clone(),
            Origin::Evidence(_) => "evidence".to_owned(),
            Origin::Link => "a link".to_owned(),
        }
    }
}

/// How far a load is.
#[derive(Clone, PartialEq, Debug, Default)]
pub struct Loading {
    pub what: String,
    /// `Fetching`, `Reading`.
    pub doing: &'static str,
    /// What can be seen of it already.
    pub preview: Option<Arc<Preview>>,
    pub bytes: u64,
    pub total: Option<u64>,
    pub spans: u64,
    /// `Date.now()` at the start.
    pub since_ms: f64,
}

/// Why there is nothing to show, and what can be done.
#[derive(Clone, PartialEq, Debug)]
pub enum Failed {
    /// A request failed, or found nothing.
    Request(Failure),
    /// A file was not read to its end. `spans` of it can be opened.
    File { files: Vec<FileOutcome>, spans: u64, traces: u64 },
    /// A link to a local file: which, and that it must be dropped again.
    NeedsFile(String),
    /// A link leads to an origin that nobody has vouched for: the reader is asked first.
    NeedsConsent { origin: String, is_file: bool },
    /// Something that should not happen, in one sentence.
    Other { title: String, sentence: String },
}

/// What stands above the trace until it is hidden.
#[derive(Clone, PartialEq, Debug, Default)]
pub struct Banner {
    pub strong: String,
    pub text: String,
    pub advice: Vec<String>,
    pub bad: bool,
    /// Offers to read what is open once more.
    pub read_again: bool,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Dialog {
    HandOver,
    Keys,
    Picture,
    Settings,
}

/// Why nothing was opened, for a host page.
#[derive(Clone, PartialEq, Debug)]
pub struct NotOpened {
    pub message: String,
    /// What is wrong with the file, where that is why.
    pub detail: Option<Detail>,
}

impl From<&str> for NotOpened {
    fn from(message: &str) -> Self {
        NotOpened { message: message.to_owned(), detail: None }
    }
}

/// Told how a load ended.
pub type OnOpened = Box<dyn FnOnce(Result<(), NotOpened>)>;

/// What is not a signal: the worker and the request under way. Replacing one ends what it was doing.
#[derive(Default)]
pub struct Held {
    /// The worker of what is shown.
    pub client: Option<Rc<Client>>,
    /// The worker of a load under way.
    pub incoming: Option<Rc<Client>>,
    /// A worker that has started and waits, so that the next load need not wait for it.
    pub spare: Option<Rc<Client>>,
    pub request: Option<AbortOnDrop>,
    /// The bytes of what is open, for "as received".
    pub received: Vec<(String, web_sys::Blob)>,
    pub received_incoming: Vec<(String, web_sys::Blob)>,
    /// Traces that stand beside what is open, by id.
    pub beside: Vec<(String, web_sys::Blob)>,
    pub consent: Consent,
    /// Origins of sources that a link named and the reader allowed.
    pub allowed_sources: std::collections::HashSet<String>,
    /// Told once the load under way ends: the host page waits for it.
    pub on_opened: Option<OnOpened>,
}

/// Everything components need, by copy.
#[derive(Clone, Copy)]
pub struct App {
    pub screen: RwSignal<Screen>,
    pub config: RwSignal<Arc<Config>>,
    pub config_notes: RwSignal<Vec<ConfigNote>>,
    /// Whether `config.json` has been asked for and its answer is in.
    pub config_read: RwSignal<bool>,
    /// What is known of whether servers answer, by base address.
    pub source_answers: RwSignal<HashMap<String, Answers>>,
    /// Nothing is painted in place of home for a moment: the source may answer, and home would only flash.
    pub undecided: RwSignal<bool>,
    pub origin: RwSignal<Option<Origin>>,
    pub loading: RwSignal<Option<Loading>>,
    pub failed: RwSignal<Option<Failed>>,
    pub banners: RwSignal<Vec<Banner>>,
    pub files: RwSignal<Arc<Vec<FileOutcome>>>,
    pub traces: RwSignal<Arc<Vec<TraceSummary>>>,
    pub explore: Explore,
    pub across: Across,
    pub list: ListView,
    pub outline: RwSignal<Option<Arc<Outline>>>,
    /// The first failing span: the cause, not the symptom.
    pub first_error: RwSignal<Option<u32>>,
    /// How the spans of the open trace stand.
    pub arrangement: RwSignal<Arrangement>,
    /// What to say once the trace that is open has come anew, arranged as was asked for.
    pub rearranged: StoredValue<Option<String>>,
    pub view: View,
    pub graph: GraphView,
    pub map: MapView,
    pub stats: StatsView,
    pub findings: FindingsView,
    pub notes: NotesView,
    pub hand_over: HandOver,
    /// What this page was saved with, or why that cannot be read.
    pub evidence: StoredValue<Option<Result<Evidence, String>>>,
    pub large_rows: LargeRows,
    /// The rows of the waterfall, as chosen; `None` without a trace.
    pub shown: Memo<Option<Arc<Shown>>>,
    /// The boxes of the flame chart, as last chosen while it was looked at.
    pub flame: RwSignal<Option<Arc<Flame>>>,
    /// Pieces of work under way that a view waits for.
    pub working: RwSignal<u32>,
    /// Spans with very many children, prepared once a trace for drawing.
    pub wide_spans: Memo<Option<Arc<WideSpans>>>,
    pub prefs: Prefs,
    pub dialog: RwSignal<Option<Dialog>>,
    pub picture: PictureChoice,
    /// One sentence that goes away by itself; read aloud.
    pub notice: RwSignal<String>,
    /// Somebody has pressed into the page since it last lost the keyboard: inside another page, keys and wheel are this one's then.
    pub is_entered: RwSignal<bool>,
    /// Files are being dragged over the page.
    pub dragging: RwSignal<bool>,
    /// The host page that waits for the reader's consent.
    pub asking_host: RwSignal<Option<String>>,
    /// What the address bar said last: unknown parameters and landings survive in it.
    pub url: RwSignal<UrlState>,
    /// What opens now was asked for by the address: it replaces the entry of the history instead of adding one.
    pub landing: StoredValue<bool>,
    /// Where what is being asked for comes from; what is shown keeps its own origin until it is replaced.
    pub attempt: RwSignal<Option<Origin>>,
    pub held: StoredValue<Held, LocalStorage>,
    /// Counts what was begun or given up: who prepares what has come in slices sees that it is not wanted any more.
    pub attempts: StoredValue<u32>,
}

impl App {
    pub fn new() -> Self {
        let outline: RwSignal<Option<Arc<Outline>>> = RwSignal::new(None);
        let view = View::new();
        let large_rows = LargeRows::new();
        let shown = Memo::new_with_compare(
            move |_| outline.get().and_then(|outline| large_rows.shown(outline, view)).map(Arc::new),
            |_, _| true,
        );
        let wide_spans = Memo::new_with_compare(
            move |_| outline.with(|outline| outline.as_ref().map(|outline| Arc::new(WideSpans::new(outline)))),
            |_, _| true,
        );
        App {
            screen: RwSignal::new(Screen::Home),
            config: RwSignal::new(Arc::new(Config::default())),
            config_notes: RwSignal::new(Vec::new()),
            config_read: RwSignal::new(false),
            source_answers: RwSignal::default(),
            undecided: RwSignal::new(true),
            origin: RwSignal::new(None),
            loading: RwSignal::new(None),
            failed: RwSignal::new(None),
            banners: RwSignal::new(Vec::new()),
            files: RwSignal::default(),
            traces: RwSignal::default(),
            explore: Explore::new(),
            across: Across::new(),
            list: ListView::new(),
            outline,
            first_error: RwSignal::new(None),
            arrangement: RwSignal::new(Arrangement::default()),
            rearranged: StoredValue::new(None),
            view,
            graph: GraphView::new(),
            map: MapView::new(),
            stats: StatsView::new(),
            findings: FindingsView::new(),
            notes: NotesView::new(),
            hand_over: HandOver::new(),
            evidence: StoredValue::new(None),
            large_rows,
            shown,
            flame: RwSignal::new(None),
            working: RwSignal::new(0),
            wide_spans,
            prefs: Prefs::load(),
            dialog: RwSignal::new(None),
            picture: PictureChoice::new(),
            notice: RwSignal::new(String::new()),
            is_entered: RwSignal::new(false),
            dragging: RwSignal::new(false),
            asking_host: RwSignal::new(None),
            url: RwSignal::new(UrlState::default()),
            landing: StoredValue::new(false),
            attempt: RwSignal::new(None),
            held: StoredValue::new_local(Held::default()),
            attempts: StoredValue::new(0),
        }
    }

    /// The app of this page.
    pub fn get() -> Self {
        expect_context()
    }

    /// Says something for a few seconds.
    pub fn say(self, words: impl Into<String>) {
        let words = words.into();
        self.notice.set(words.clone());
        set_timeout(
            move || {
                if self.notice.with_untracked(|now| *now == words) {
                    self.notice.set(String::new());
                }
            },
            core::time::Duration::from_secs(4),
        );
    }

    pub fn scheme(self) -> Scheme {
        self.prefs.keys.get()
    }

    pub fn next_theme(self) {
        let next = if self.prefs.is_dark_untracked() { Theme::Light } else { Theme::Dark };
        self.prefs.theme.set(next);
    }
}

impl Default for App {
    fn default() -> Self {
        Self::new()
    }
}
