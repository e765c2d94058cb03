//! The query string: everything that a link to a view carries, read and written. The contract is the README's table of
//! parameters; each is a promise to whoever keeps a link.
//!
//! Pure text. Reading `location` and writing the history is the page's.

use std::collections::BTreeMap;

use super::url_explore::{self, Exploring};
use super::url_rows::{self, Rows};
use crate::base::{SpanId, TraceId, id_text};
use crate::layout::flame_graph::{Direction, Width};
use crate::layout::map_picture::EdgeFigure;
use crate::query::duration;
use crate::source::config::{Theme, is_zone_name};
use crate::source::landing::{Landing, Wanted};
use crate::source::percent;
use crate::source::when::When;

/// What the query string says. Everything is optional; a value that cannot be read is left out and noted.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct UrlState {
    /// A source of `config.json`, by name.
    pub source: Option<String>,
    /// The base address of a Tempo that is in no configuration.
    pub tempo: Option<String>,
    pub trace: Option<TraceId>,
    /// Another trace of the source on the same time axis.
    pub beside: Option<TraceId>,
    /// Clocks that disagree are put right.
    pub clocks: Option<ClocksAre>,
    /// The selected span.
    pub span: Option<SpanId>,
    /// The address of a trace file.
    pub file: Option<String>,
    pub view: Option<View>,
    /// Find in the trace.
    pub find: Option<String>,
    /// TraceQL.
    pub q: Option<String>,
    pub from: Option<When>,
    pub to: Option<When>,
    /// The visible window, ns from the trace's start: both or none, and not empty.
    pub window: Option<(u64, u64)>,
    /// Services that alone are shown; one parameter each, since names may hold commas.
    pub only: Vec<String>,
    /// The span whose subtree alone is shown.
    pub focus: Option<SpanId>,
    /// The service whose operations the board of services shows.
    pub operations: Option<String>,
    /// What statistics and searches are grouped by.
    pub by: Option<String>,
    /// The column that statistics are sorted by, `-` before it for the largest first.
    pub sort: Option<String>,
    /// The flame graph is zoomed to the frame of this span.
    pub zoom: Option<SpanId>,
    /// What the widths of the flame graph are.
    pub width: Option<Width>,
    /// Where the flame graph has its callers.
    pub direction: Option<Direction>,
    /// What is picked in the map: a node's key, or two with an arrow between.
    pub node: Option<String>,
    /// The map shows this node and its neighbours alone.
    pub near: Option<String>,
    /// The figure on the map's edges.
    pub edges: Option<EdgeFigure>,
    /// Kinds of targets that the map leaves out, with commas between.
    pub without: Option<String>,
    pub theme: Option<Theme>,
    /// Shown inside another page, without chrome.
    pub embed: bool,
    /// `utc`, `local` or a zone's name.
    pub tz: Option<String>,
    pub service: Option<String>,
    pub operation: Option<String>,
    /// A duration as TraceQL writes it, `1.5s`.
    pub min_duration: Option<String>,
    pub max_duration: Option<String>,
    pub status: Option<StatusIs>,
    /// Attributes and their texts as a JSON object, as Jaeger's search has them.
    pub tags: Option<String>,
    pub open: Option<Open>,
    pub exploring: Exploring,
    pub rows: Rows,
    /// Parameters that are not ours, kept as they came: a host's own, or a later version's.
    pub unknown: Vec<(String, String)>,
}

/// A tab.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Default)]
pub enum View {
    #[default]
    Timeline,
    Flame,
    Graph,
    Map,
    Findings,
    Stats,
}

/// How times are shown.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum ClocksAre {
    Right,
}

/// The status that a landing looks for.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum StatusIs {
    Error,
    Ok,
    Unset,
}

/// Which trace a landing opens of those it finds.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Open {
    Slowest,
    Latest,
    FirstError,
}

/// How a change of state enters the history.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Entry {
    Unchanged,
    /// Pan, zoom, filter, selection: the same place, seen otherwise.
    Replace,
    /// Another trace, file, search or view: back leads to the one before.
    Push,
}

/// A fixed set of names, one a value.
trait Named: Copy + PartialEq + Sized + 'static {
    const NAMES: &'static [(&'static str, Self)];
}

impl Named for View {
    const NAMES: &'static [(&'static str, View)] = &[
        ("timeline", View::Timeline),
        ("flame", View::Flame),
        ("graph", View::Graph),
        ("map", View::Map),
        ("findings", View::Findings),
        ("stats", View::Stats),
    ];
}

impl Named for Width {
    const NAMES: &'static [(&'static str, Width)] = &[("time", Width::Time), ("count", Width::Count)];
}

impl Named for Direction {
    const NAMES: &'static [(&'static str, Direction)] = &[("icicle", Direction::Icicle), ("flame", Direction::Flame)];
}

impl Named for EdgeFigure {
    const NAMES: &'static [(&'static str, EdgeFigure)] =
        &[("p95", EdgeFigure::P95), ("p50", EdgeFigure::P50), ("total", EdgeFigure::Total)];
}

impl Named for StatusIs {
    const NAMES: &'static [(&'static str, StatusIs)] =
        &[("error", StatusIs::Error), ("ok", StatusIs::Ok), ("unset", StatusIs::Unset)];
}

impl Named for ClocksAre {
    const NAMES: &'static [(&'static str, ClocksAre)] = &[("right", ClocksAre::Right)];
}

impl Named for Open {
    const NAMES: &'static [(&'static str, Open)] =
        &[("slowest", Open::Slowest), ("latest", Open::Latest), ("first-error", Open::FirstError)];
}

impl Named for Theme {
    const NAMES: &'static [(&'static str, Theme)] = &Theme::NAMES;
}

fn name_of<T: Named>(value: T) -> &'static str {
    T::NAMES.iter().find(|(_, known)| *known == value).map_or("", |(name, _)| name)
}

impl View {
    /// As the query string names it.
    pub fn name(self) -> &'static str {
        name_of(self)
    }

    pub fn from_name(name: &str) -> Option<Self> {
        Self::NAMES.iter().find(|(known, _)| *known == name).map(|(_, view)| *view)
    }
}

impl StatusIs {
    pub fn name(self) -> &'static str {
        name_of(self)
    }
}

impl Open {
    pub fn wanted(self) -> Wanted {
        match self {
            Open::Slowest => Wanted::Slowest,
            Open::Latest => Wanted::Latest,
            Open::FirstError => Wanted::FirstError,
        }
    }

    pub fn name(self) -> &'static str {
        name_of(self)
    }
}

impl UrlState {
    /// From a query string, with or without its `?`. The notes are sentences about what could not be read. Of a
    /// parameter that comes twice the first counts, as `URLSearchParams.get` has it; only `only` may.
    pub fn parse(query: &str) -> (UrlState, Vec<String>) {
        let mut reading = Reading::default();
        for (name, value) in percent::pairs(query) {
            reading.take(name, value);
        }
        reading.finish()
    }

    /// The query string without `?`, in a fixed order, what is not ours last.
    pub fn to_query(&self) -> String {
        let mut query = Query::default();
        let text = |text: &Option<String>| text.clone();
        query.add("source", text(&self.source));
        query.add("tempo", text(&self.tempo));
        query.add("trace", self.trace.map(|id| id.to_string()));
        query.add("beside", self.beside.map(|id| id.to_string()));
        query.add("clocks", self.clocks.map(|clocks| name_of(clocks).to_owned()));
        query.add("span", self.span.map(|id| id.to_string()));
        query.add("file", text(&self.file));
        query.add("view", self.view.map(|view| view.name().to_owned()));
        query.add("find", text(&self.find));
        query.add("q", text(&self.q));
        query.add("from", self.from.as_ref().map(|when| when.text().to_owned()));
        query.add("to", self.to.as_ref().map(|when| when.text().to_owned()));
        if let Some(service) = &self.operations {
            query.add_even_empty("operations", service);
        }
        query.add("t0", self.window.map(|(t0, _)| t0.to_string()));
        query.add("t1", self.window.map(|(_, t1)| t1.to_string()));
        for service in &self.only {
            query.add_even_empty("only", service);
        }
        query.add("focus", self.focus.map(|id| id.to_string()));
        query.add("by", text(&self.by));
        query.add("sort", text(&self.sort));
        query.add("zoom", self.zoom.map(|id| id.to_string()));
        query.add("width", self.width.map(|width| name_of(width).to_owned()));
        query.add("direction", self.direction.map(|direction| name_of(direction).to_owned()));
        // A service may have no name.
        if let Some(node) = &self.node {
            query.add_even_empty("node", node);
        }
        query.add("near", text(&self.near));
        query.add("edges", self.edges.map(|figure| name_of(figure).to_owned()));
        query.add("without", text(&self.without));
        query.add("theme", self.theme.map(|theme| theme.name().to_owned()));
        query.add("embed", self.embed.then(|| "1".to_owned()));
        query.add("tz", text(&self.tz));
        query.add("service", text(&self.service));
        query.add("operation", text(&self.operation));
        query.add("minDuration", text(&self.min_duration));
        query.add("maxDuration", text(&self.max_duration));
        query.add("status", self.status.map(|status| status.name().to_owned()));
        query.add("tags", text(&self.tags));
        query.add("open", self.open.map(|open| open.name().to_owned()));
        for (name, value) in self.exploring.pairs().into_iter().chain(self.rows.pairs()) {
            query.add(name, value);
        }
        for (name, value) in &self.unknown {
            query.add_even_empty(name, value);
        }
        query.text
    }

    /// What it says of the view of a trace, and nothing of where the trace is from.
    pub fn of_view(self) -> UrlState {
        let (source, tempo, trace, file, q, from, to, operations) = Default::default();
        let (service, operation, min_duration, max_duration, status, tags, open) = Default::default();
        let (embed, exploring, unknown) = Default::default();
        UrlState {
            source,
            tempo,
            trace,
            file,
            q,
            from,
            to,
            operations,
            service,
            operation,
            min_duration,
            max_duration,
            status,
            tags,
            open,
            embed,
            exploring,
            unknown,
            ..self
        }
    }

    /// What it says of a trace without naming it.
    pub fn landing(&self) -> Landing {
        let text = |text: &Option<String>| text.clone().unwrap_or_default();
        let tags = self.tags.as_deref().and_then(|tags| serde_json::from_str::<BTreeMap<String, String>>(tags).ok());
        Landing {
            service: text(&self.service),
            operation: text(&self.operation),
            min_duration: text(&self.min_duration),
            max_duration: text(&self.max_duration),
            status: self.status.map(|status| status.name().to_owned()).unwrap_or_default(),
            tags: tags.into_iter().flatten().collect(),
        }
    }

    /// Forgets it: the trace is found.
    pub fn forget_landing(&mut self) {
        (self.service, self.operation, self.min_duration, self.max_duration) = (None, None, None, None);
        (self.status, self.tags, self.open) = (None, None, None);
    }

    /// How going from `before` to this enters the history. Inside another page nothing is pushed: its back button is
    /// not ours.
    pub fn entry_after(&self, before: &UrlState) -> Entry {
        if self == before {
            return Entry::Unchanged;
        }
        let place = |state: &UrlState| {
            let UrlState { source, tempo, trace, file, q, from, to, exploring, .. } = state.clone();
            let view = state.view.unwrap_or_default();
            let landing = state.landing();
            (source, tempo, trace, file, view, q, from, to, (landing, state.open, exploring.setup))
        };
        if self.embed || place(self) == place(before) { Entry::Replace } else { Entry::Push }
    }
}

#[derive(Default)]
struct Query {
    text: String,
}

impl Query {
    fn add(&mut self, name: &str, value: Option<String>) {
        if let Some(value) = value.filter(|value| !value.is_empty()) {
            self.add_even_empty(name, &value);
        }
    }

    fn add_even_empty(&mut self, name: &str, value: &str) {
        if !self.text.is_empty() {
            self.text.push('&');
        }
        self.text += &percent::encode_query_value(name);
        self.text.push('=');
        self.text += &percent::encode_query_value(value);
    }
}

/// Every parameter that is ours.
const NAMES: [&str; 36] = [
    "source",
    "tempo",
    "trace",
    "beside",
    "clocks",
    "span",
    "file",
    "view",
    "find",
    "q",
    "from",
    "to",
    "operations",
    "t0",
    "t1",
    "only",
    "focus",
    "by",
    "sort",
    "zoom",
    "width",
    "direction",
    "node",
    "near",
    "edges",
    "without",
    "theme",
    "embed",
    "tz",
    "service",
    "operation",
    "minDuration",
    "maxDuration",
    "status",
    "tags",
    "open",
];

/// Jaeger's names for what we have, so that its links lead here with a rewrite of their path alone.
const JAEGER: [(&str, &str); 4] = [("uiFind", "find"), ("start", "from"), ("end", "to"), ("lookback", "from")];

#[derive(Default)]
struct Reading {
    state: UrlState,
    t0: Option<u64>,
    t1: Option<u64>,
    seen: Vec<&'static str>,
    /// What Jaeger's names say.
    aliases: Vec<(&'static str, String)>,
    notes: Vec<String>,
    /// Values of parameters for ids that are no ids in any spelling.
    id_texts: Vec<(&'static str, String)>,
}

/// Bytes of the longest text that an address may give as an id; a longer one is a mistake.
const MAX_ID_TEXT: usize = 256;

impl Reading {
    fn take(&mut self, name: String, value: String) {
        // Our own name counts before Jaeger's, wherever it stands.
        if let Some((_, ours)) = JAEGER.into_iter().find(|(theirs, _)| *theirs == name) {
            let value = if name == "lookback" { format!("now-{value}") } else { value };
            let is_range = name == "lookback" && When::parse(&value).is_err();
            if !value.is_empty() && !is_range {
                self.aliases.push((ours, value));
            }
            return;
        }
        let Some(name) =
            NAMES.into_iter().chain(url_explore::NAMES).chain(url_rows::NAMES).find(|known| *known == name)
        else {
            self.state.unknown.push((name, value));
            return;
        };
        if name == "only" {
            if !self.state.only.contains(&value) {
                self.state.only.push(value);
            }
            return;
        }
        if self.seen.contains(&name) {
            self.notes.push(format!("`{name}` comes twice; the first counts."));
            return;
        }
        self.seen.push(name);
        if !value.is_empty() || matches!(name, "embed" | "node" | "operations") {
            self.take_value(name, value);
        }
    }

    fn take_value(&mut self, name: &'static str, value: String) {
        match name {
            "source" => self.state.source = Some(value),
            "tempo" => self.state.tempo = Some(value),
            "trace" => self.state.trace = self.trace_id(name, value),
            "beside" => self.state.beside = self.trace_id(name, value),
            "clocks" => self.state.clocks = self.named(name, &value),
            "span" => self.state.span = self.span_id(name, value),
            "file" => self.state.file = Some(value),
            "view" => self.state.view = self.named(name, &value),
            "find" => self.state.find = Some(value),
            "q" => self.state.q = Some(value),
            "from" => self.state.from = self.when(name, &value),
            "to" => self.state.to = self.when(name, &value),
            "operations" => self.state.operations = Some(value),
            "t0" => self.t0 = self.read(name, &value, "a number of ns", |text| text.parse().ok()),
            "t1" => self.t1 = self.read(name, &value, "a number of ns", |text| text.parse().ok()),
            "focus" => self.state.focus = self.span_id(name, value),
            "by" => self.state.by = Some(value),
            "sort" => self.state.sort = Some(value),
            "zoom" => self.state.zoom = self.span_id(name, value),
            "width" => self.state.width = self.named(name, &value),
            "direction" => self.state.direction = self.named(name, &value),
            "node" => self.state.node = Some(value),
            "near" => self.state.near = Some(value),
            "edges" => self.state.edges = self.named(name, &value),
            "without" => self.state.without = Some(value),
            "theme" => self.state.theme = self.named(name, &value),
            "embed" => self.state.embed = !matches!(value.as_str(), "0" | "false"),
            "tz" => {
                self.state.tz = self.read(name, &value, "a zone", |zone| is_zone_name(zone).then(|| zone.to_owned()))
            }
            "service" => self.state.service = Some(value),
            "operation" => self.state.operation = Some(value),
            "minDuration" => {
                self.state.min_duration = self.read(name, &value, "a duration such as 250ms", |text| {
                    duration::read_ns(text).map(|_| text.to_owned())
                });
            }
            "maxDuration" => {
                self.state.max_duration = self.read(name, &value, "a duration such as 250ms", |text| {
                    duration::read_ns(text).map(|_| text.to_owned())
                });
            }
            "status" => self.state.status = self.named(name, &value),
            "tags" => {
                self.state.tags = self.read(name, &value, "a JSON object of texts", |text| {
                    serde_json::from_str::<BTreeMap<String, String>>(text).ok().map(|_| text.to_owned())
                });
            }
            "open" => self.state.open = self.named(name, &value),
            _ => {
                let taken = match url_rows::NAMES.contains(&name) {
                    true => self.state.rows.take(name, &value),
                    false => self.state.exploring.take(name, &value),
                };
                if let Err(wanted) = taken {
                    self.read(name, &value, wanted, |_| None::<()>);
                }
            }
        }
    }

    fn read<T>(&mut self, name: &str, value: &str, wanted: &str, read: impl Fn(&str) -> Option<T>) -> Option<T> {
        let taken = read(value.trim());
        if taken.is_none() {
            let value = crate::source::failure::shortened(value, 60);
            self.notes.push(format!("`{name}` is not {wanted}: “{value}”."));
        }
        taken
    }

    /// A trace id in any spelling. What is none may be what a file has for an id: that is known when all parameters are.
    fn trace_id(&mut self, name: &'static str, value: String) -> Option<TraceId> {
        let read = id_text::trace_id(&value).filter(|id| !id.is_zero());
        if read.is_none() {
            self.id_texts.push((name, value));
        }
        read
    }

    fn span_id(&mut self, name: &'static str, value: String) -> Option<SpanId> {
        let read = id_text::span_id(&value).filter(|id| !id.is_zero());
        if read.is_none() {
            self.id_texts.push((name, value));
        }
        read
    }

    /// Texts that are no ids: of a file they are taken as they are, a backend knows no such ids.
    fn finish_ids(&mut self) {
        for (name, value) in core::mem::take(&mut self.id_texts) {
            let (of_trace, text) = (matches!(name, "trace" | "beside"), value.trim());
            let is_zero = text.bytes().all(|byte| matches!(byte, b'0' | b'-' | b'x'));
            if self.state.file.is_none() || is_zero || text.len() > MAX_ID_TEXT {
                self.read(name, &value, if of_trace { "a trace id" } else { "a span id" }, |_| None::<()>);
                continue;
            }
            match name {
                "trace" => self.state.trace = Some(id_text::derived_trace_id(text)),
                "beside" => self.state.beside = Some(id_text::derived_trace_id(text)),
                "span" => self.state.span = Some(id_text::derived_span_id(text)),
                "focus" => self.state.focus = Some(id_text::derived_span_id(text)),
                _ => self.state.zoom = Some(id_text::derived_span_id(text)),
            }
        }
    }

    fn named<T: Named>(&mut self, name: &str, value: &str) -> Option<T> {
        let names: Vec<&str> = T::NAMES.iter().map(|(name, _)| *name).collect();
        let wanted = format!("one of {}", names.join(", "));
        self.read(name, value, &wanted, |text| T::NAMES.iter().find(|(name, _)| *name == text).map(|(_, value)| *value))
    }

    fn when(&mut self, name: &str, value: &str) -> Option<When> {
        When::parse(value).map_err(|problem| self.notes.push(format!("`{name}`: {problem}."))).ok()
    }

    fn finish(mut self) -> (UrlState, Vec<String>) {
        // `lookback` counts only where no `start` came, in whatever order they stand.
        let mut aliases = core::mem::take(&mut self.aliases);
        aliases.sort_by_key(|(_, value)| value.starts_with("now-"));
        for (name, value) in aliases {
            if !self.seen.contains(&name) {
                self.seen.push(name);
                self.take_value(name, value);
            }
        }
        self.finish_ids();
        self.state.window = match (self.t0, self.t1) {
            (Some(t0), Some(t1)) if t0 < t1 => Some((t0, t1)),
            (None, None) => None,
            _ => {
                self.notes.push("`t0` and `t1` come together, `t0` before `t1`.".to_owned());
                None
            }
        };
        (self.state, self.notes)
    }
}

/// The page's address with another query: path and fragment stay, whatever the page is called.
pub fn with_query(href: &str, query: &str) -> String {
    let (page, fragment) = href.split_at(href.find('#').unwrap_or(href.len()));
    let path = page.split('?').next().unwrap_or_default();
    let mark = if query.is_empty() { "" } else { "?" };
    format!("{path}{mark}{query}{fragment}")
}

#[cfg(test)]
#[path = "url_tests.rs"]
mod tests;
