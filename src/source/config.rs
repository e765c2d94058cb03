//! `config.json`, which whoever hosts the page may lay beside it: sources, outgoing links, trust, colours, defaults.
//!
//! Every key is in [`KEYS`], which is also the README's table. Nothing in the file stops the page: what cannot be used
//! is left out and told with its path. Reading single values is `config_read`'s; fetching the file is the page's.

use std::collections::BTreeMap;

use serde_json::Value;

use super::address;
use super::config_read::Reader;
use super::links::Template;

/// What the file says, as far as it can be used.
#[derive(Clone, PartialEq, Debug, Default)]
pub struct Config {
    pub sources: Vec<Source>,
    pub links: Vec<Link>,
    /// Origins of pages that may drive this one without asking the reader.
    pub trusted_hosts: Vec<String>,
    /// Origins that a link may name as `tempo` or `file` without asking the reader.
    pub trusted_sources: Vec<String>,
    /// Palette slot 1 to 20 by service name.
    pub service_colors: BTreeMap<String, u8>,
    pub defaults: Defaults,
}

/// One backend.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Source {
    pub name: String,
    pub url: String,
    pub headers: Vec<(String, String)>,
    pub tenant: Option<String>,
    pub credentials: Credentials,
    pub prometheus: Option<String>,
    /// Where the page's host passes requests on to, for words alone: of the source, and of its Prometheus.
    pub behind: Option<String>,
    pub prometheus_behind: Option<String>,
}

/// Whether cookies go along, as `fetch` names it.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub enum Credentials {
    Omit,
    #[default]
    SameOrigin,
    Include,
}

/// A link that leads out of a trace or a span.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Link {
    pub name: String,
    pub on: LinkOn,
    pub template: Template,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum LinkOn {
    Trace,
    Span,
}

/// What holds until the reader chooses otherwise. `None`: the page's own.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Defaults {
    pub theme: Option<Theme>,
    /// `local`, `utc` or a zone's name, `Europe/Berlin`.
    pub tz: Option<String>,
    /// `perfetto`, `jaeger` or `none`.
    pub keys: Option<String>,
    pub fold: Option<bool>,
    pub details: Option<DetailsSide>,
    /// Kinds of findings that are not told. Whether there are such kinds, the page says.
    pub findings_off: Option<Vec<String>>,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Theme {
    System,
    Light,
    Dark,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum DetailsSide {
    Right,
    Below,
}

/// Something in the file that is not used as written, and why.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct ConfigNote {
    /// `sources[0].url`; empty for the file as a whole.
    pub path: String,
    /// A sentence or two.
    pub message: String,
}

/// One key, for the README and for telling unknown ones.
pub struct Key {
    /// `sources[].url`.
    pub path: &'static str,
    pub takes: &'static str,
    pub doc: &'static str,
}

const fn key(path: &'static str, takes: &'static str, doc: &'static str) -> Key {
    Key { path, takes, doc }
}

/// Every key there is.
pub const KEYS: [Key; 25] = [
    key("sources", "list", "Where traces are asked for. The first is the one that is asked when a link names none."),
    key("sources[].name", "text", "How links (`?source=`) and the page call it. Unique."),
    key("sources[].type", "`\"tempo\"`", "The kind of backend."),
    key(
        "sources[].url",
        "address",
        "The base, under which `/api/echo` answers: absolute, or relative to the page (`tempo`, `/tempo`). A \
        trailing `/api` is taken off.",
    ),
    key(
        "sources[].headers",
        "names to texts",
        "Sent with every request to this source, and nowhere else. The file is public: put no secret in it.",
    ),
    key("sources[].tenant", "text", "Sent as `X-Scope-OrgID`; `one|two` asks both."),
    key(
        "sources[].credentials",
        "`\"omit\"`, `\"same-origin\"`, `\"include\"`",
        "Whether cookies go along. `same-origin` unless set.",
    ),
    key("sources[].prometheus", "address", "The Prometheus that holds this Tempo's span metrics and service graph."),
    key(
        "sources[].behind",
        "address",
        "Where this page's host passes requests for `url` on to (`http://127.0.0.1:3200`). Never asked: the page \
        names it where nothing answers there.",
    ),
    key("sources[].prometheus_behind", "address", "The same for `prometheus`."),
    key("links", "list", "Links that lead out of a trace: logs, metrics, profiles, a runbook."),
    key("links[].name", "text", "What the link is called."),
    key("links[].on", "`\"trace\"`, `\"span\"`", "Where it is offered."),
    key(
        "links[].url",
        "template",
        "An http, https or relative address with fields such as `${trace.id}`. Hidden where a value is missing.",
    ),
    key("trusted_hosts", "list of origins", "Pages that may drive this one by messages without the reader's consent."),
    key("trusted_sources", "list of origins", "Where `?tempo=` and `?file=` may lead without the reader's consent."),
    key(
        "service_colors",
        "names to 1…20",
        "The palette slot of a service. Slots, not colours, since each is tuned for both themes and for \
        colour-blind eyes.",
    ),
    key("defaults", "object", "What holds until the reader chooses otherwise."),
    key(
        "defaults.theme",
        "`\"system\"`, `\"light\"`, `\"dark\"`",
        "The look. `system` follows the reader's own setting.",
    ),
    key("defaults.tz", "`\"local\"`, `\"utc\"` or a zone", "The zone of clock times, such as `\"Europe/Berlin\"`."),
    key(
        "defaults.keys",
        "`\"perfetto\"`, `\"jaeger\"`, `\"none\"`",
        "Which letters do what; `?` on the page lists them.",
    ),
    key("defaults.fold", "true or false", "Whether rows that add nothing are folded away."),
    key(
        "defaults.findings_off",
        "list of kinds",
        "Kinds of findings that are not told, as `docs/findings.md` names them: `[\"unset_kind\"]`.",
    ),
    key("defaults.details", "`\"right\"`, `\"below\"`", "Where the details of a span stand."),
    key("$schema", "text", "For editors. Not read."),
];

/// Headers that a page may not set (Fetch standard, forbidden request-header).
const FORBIDDEN_HEADERS: [&str; 12] = [
    "accept-charset",
    "accept-encoding",
    "connection",
    "content-length",
    "cookie",
    "date",
    "host",
    "keep-alive",
    "origin",
    "referer",
    "te",
    "transfer-encoding",
];

impl Config {
    /// Reads the text of the file. Text that is no JSON object gives the default and one note.
    pub fn parse(text: &str) -> (Config, Vec<ConfigNote>) {
        let text = text.trim_start_matches('\u{feff}');
        let mut reader = Reader::default();
        let config = match serde_json::from_str::<Value>(text) {
            Ok(value) => read(&mut reader, &value),
            Err(error) => {
                reader.note("", broken(text, &error));
                Config::default()
            }
        };
        (config, reader.into_notes())
    }

    pub fn source(&self, name: &str) -> Option<&Source> {
        self.sources.iter().find(|source| source.name == name)
    }

    /// The source that is asked where an address names none.
    pub fn first_source_name(&self) -> Option<String> {
        self.sources.first().map(|source| source.name.clone())
    }

    /// Whether an address is on an origin that a link may name without asking: a configured source's, or a trusted one.
    /// Give it what the browser made of the address: `//host` and `/\host` look relative and are not. A relative one
    /// answers false.
    pub fn trusts_source(&self, url: &str) -> bool {
        let Some(origin) = address::origin(url) else { return false };
        let configured =
            self.sources.iter().flat_map(|source| [Some(&source.url), source.prometheus.as_ref()]).flatten();
        self.trusted_sources.contains(&origin)
            || configured.filter_map(|url| address::origin(url)).any(|own| own == origin)
    }

    /// Whether a page of this origin may drive this one without asking.
    pub fn trusts_host(&self, origin: &str) -> bool {
        self.trusted_hosts.iter().any(|trusted| trusted == origin)
    }
}

impl Credentials {
    /// As `fetch` and the file name it.
    pub fn name(self) -> &'static str {
        match self {
            Credentials::Omit => "omit",
            Credentials::SameOrigin => "same-origin",
            Credentials::Include => "include",
        }
    }
}

impl Theme {
    pub const NAMES: [(&'static str, Theme); 3] =
        [("system", Theme::System), ("light", Theme::Light), ("dark", Theme::Dark)];

    pub fn name(self) -> &'static str {
        Self::NAMES.iter().find(|(_, theme)| *theme == self).map_or("system", |(name, _)| name)
    }

    pub fn from_name(name: &str) -> Option<Self> {
        Self::NAMES.iter().find(|(known, _)| *known == name).map(|(_, theme)| *theme)
    }
}

fn broken(text: &str, error: &serde_json::Error) -> String {
    if text.trim().is_empty() {
        return "The file is empty. Nothing of it is used.".to_owned();
    }
    if text.trim_start().starts_with('<') {
        return "A web page came in place of config.json: the server answers unknown paths with one. Nothing of it \
        is used."
            .to_owned();
    }
    let words = error.to_string();
    let words = words.split(" at line ").next().unwrap_or_default();
    format!("Not JSON at line {}, column {}: {words}. Nothing of the file is used.", error.line(), error.column())
}

fn read(reader: &mut Reader, file: &Value) -> Config {
    let mut config = Config::default();
    let Some(top) = reader.object("", file) else { return config };
    reader.unknown_keys("", top);
    for (index, item) in reader.list("sources", top.get("sources")).iter().enumerate() {
        if let Some(source) = read_source(reader, &format!("sources[{index}]"), item, &config.sources) {
            config.sources.push(source);
        }
    }
    for (index, item) in reader.list("links", top.get("links")).iter().enumerate() {
        config.links.extend(read_link(reader, &format!("links[{index}]"), item));
    }
    config.trusted_hosts = read_origins(reader, "trusted_hosts", top.get("trusted_hosts"));
    config.trusted_sources = read_origins(reader, "trusted_sources", top.get("trusted_sources"));
    config.service_colors = read_colors(reader, top.get("service_colors"));
    config.defaults = top.get("defaults").map(|defaults| read_defaults(reader, defaults)).unwrap_or_default();
    config
}

fn read_source(reader: &mut Reader, path: &str, item: &Value, before: &[Source]) -> Option<Source> {
    let fields = reader.object(path, item)?;
    reader.unknown_keys("sources[]", fields).at(path);
    let at = |name: &str| format!("{path}.{name}");
    let kind = reader.text(&at("type"), fields.get("type"));
    if kind.as_deref().is_some_and(|kind| kind != "tempo") {
        reader.note(&at("type"), "Only \"tempo\" is known. The source is left out.".to_owned());
        return None;
    }
    let Some(url) = reader.text(&at("url"), fields.get("url")) else {
        reader.note(&at("url"), "A source needs its address. It is left out.".to_owned());
        return None;
    };
    check_base(reader, &at("url"), &url)?;
    let name =
        reader.text(&at("name"), fields.get("name")).filter(|name| !name.trim().is_empty()).unwrap_or_else(|| {
            reader.note(&at("name"), format!("A source needs a name for links to use. It is called “{url}”."));
            url.clone()
        });
    if before.iter().any(|source| source.name == name) {
        reader.note(&at("name"), format!("There is another “{name}”. This one is left out."));
        return None;
    }
    let tenant = reader.text(&at("tenant"), fields.get("tenant")).filter(|tenant| !tenant.is_empty());
    let prometheus = reader.text(&at("prometheus"), fields.get("prometheus"));
    let prometheus = prometheus.filter(|url| check_base(reader, &at("prometheus"), url).is_some());
    let behind = read_behind(reader, &at("behind"), fields.get("behind"));
    let prometheus_behind = read_behind(reader, &at("prometheus_behind"), fields.get("prometheus_behind"));
    let credentials =
        [Credentials::Omit, Credentials::SameOrigin, Credentials::Include].map(|mode| (mode.name(), mode));
    Some(Source {
        credentials: reader.one_of(&at("credentials"), fields.get("credentials"), &credentials).unwrap_or_default(),
        headers: read_headers(reader, &at("headers"), fields.get("headers")),
        name,
        url,
        tenant,
        prometheus,
        behind,
        prometheus_behind,
    })
}

/// An address that is only shown; a password in it would be on the page.
fn read_behind(reader: &mut Reader, path: &str, value: Option<&Value>) -> Option<String> {
    let text = reader.text(path, value)?;
    if address::origin(&text).is_none() {
        reader.note(path, format!("“{text}” is no http or https address. It is left out."));
        return None;
    }
    if address::Address::of(&text).authority.contains('@') {
        reader.note(path, "A name and password would be shown on the page. It is left out.".to_owned());
        return None;
    }
    Some(text)
}

/// `None` when no request can go there.
fn check_base(reader: &mut Reader, path: &str, url: &str) -> Option<()> {
    let parts = address::Address::of(url);
    if !address::is_fetchable(url) {
        let hint = match parts.path.bytes().next().is_some_and(|byte| byte.is_ascii_digit()) && !parts.scheme.is_empty()
        {
            true => format!(" Write “http://{url}”."),
            false => String::new(),
        };
        reader.note(path, format!("“{url}” is no http, https or relative address.{hint} It is left out."));
        return None;
    }
    if parts.authority.contains('@') {
        reader.note(
            path,
            "Browsers refuse a name and password in an address. Use a proxy that adds them. It is left out.".to_owned(),
        );
        return None;
    }
    if !parts.query.is_empty() || !parts.fragment.is_empty() {
        reader.note(path, "What follows “?” or “#” is not used in a base address.".to_owned());
    }
    Some(())
}

fn read_headers(reader: &mut Reader, path: &str, value: Option<&Value>) -> Vec<(String, String)> {
    let mut headers = Vec::new();
    let Some(fields) = value.and_then(|value| reader.object(path, value)) else { return headers };
    for (name, value) in fields {
        let path = format!("{path}.{name}");
        let Some(value) = reader.text(&path, Some(value)) else { continue };
        let lower = name.to_ascii_lowercase();
        let is_token = !name.is_empty()
            && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&byte));
        if !is_token || value.contains(|c: char| c.is_control() || c as u32 > 255) {
            reader.note(&path, "This is no header that can be sent. It is left out.".to_owned());
        } else if FORBIDDEN_HEADERS.contains(&lower.as_str())
            || lower.starts_with("sec-")
            || lower.starts_with("proxy-")
        {
            reader.note(&path, "Browsers do not let a page set this header. It is left out.".to_owned());
        } else {
            headers.push((name.clone(), value));
        }
    }
    headers
}

fn read_link(reader: &mut Reader, path: &str, item: &Value) -> Option<Link> {
    let fields = reader.object(path, item)?;
    reader.unknown_keys("links[]", fields).at(path);
    let at = |name: &str| format!("{path}.{name}");
    let name = reader.text(&at("name"), fields.get("name")).filter(|name| !name.trim().is_empty());
    let url = reader.text(&at("url"), fields.get("url"));
    let on = [("trace", LinkOn::Trace), ("span", LinkOn::Span)];
    let on = reader.one_of(&at("on"), fields.get("on"), &on);
    let (Some(name), Some(url), Some(on)) = (name, url, on) else {
        reader.note(path, "A link needs “name”, “on” and “url”. It is left out.".to_owned());
        return None;
    };
    match Template::parse(&url) {
        Ok(template) => Some(Link { name, on, template }),
        Err(problem) => {
            reader.note(&at("url"), format!("{problem} The link is left out."));
            None
        }
    }
}

fn read_origins(reader: &mut Reader, path: &str, value: Option<&Value>) -> Vec<String> {
    let mut origins = Vec::new();
    for (index, item) in reader.list(path, value).iter().enumerate() {
        let path = format!("{path}[{index}]");
        let Some(text) = reader.text(&path, Some(item)) else { continue };
        let parts = address::Address::of(&text);
        match address::origin(&text) {
            Some(_) if text.contains('*') => {
                reader.note(&path, "Origins are named one by one; “*” is not understood. It is left out.".to_owned())
            }
            Some(origin) => {
                if !matches!(parts.path, "" | "/") || !parts.query.is_empty() {
                    reader.note(&path, format!("An origin has no path. All of “{origin}” is trusted."));
                }
                origins.push(origin);
            }
            None => {
                reader.note(&path, format!("“{text}” is no origin such as “https://grafana.example”. It is left out."))
            }
        }
    }
    origins
}

fn read_colors(reader: &mut Reader, value: Option<&Value>) -> BTreeMap<String, u8> {
    let mut colors = BTreeMap::new();
    let Some(fields) = value.and_then(|value| reader.object("service_colors", value)) else { return colors };
    for (service, slot) in fields {
        match slot.as_u64() {
            Some(slot @ 1..=20) => {
                colors.insert(service.clone(), slot as u8);
            }
            _ => {
                let hint = if slot.is_string() { " A colour of its own would fail in one of the themes." } else { "" };
                let message =
                    format!("Expected a palette slot from 1 to 20.{hint} The service keeps its usual colour.");
                reader.note(&format!("service_colors.{service}"), message);
            }
        }
    }
    colors
}

fn read_defaults(reader: &mut Reader, value: &Value) -> Defaults {
    let Some(fields) = reader.object("defaults", value) else { return Defaults::default() };
    reader.unknown_keys("defaults", fields).at("defaults");
    let keys = ["perfetto", "jaeger", "none"].map(|name| (name, name.to_owned()));
    let details = [("right", DetailsSide::Right), ("below", DetailsSide::Below)];
    Defaults {
        theme: reader.one_of("defaults.theme", fields.get("theme"), &Theme::NAMES),
        tz: reader.text("defaults.tz", fields.get("tz")).filter(|zone| {
            let fits = is_zone_name(zone);
            if !fits {
                reader.note("defaults.tz", format!("“{zone}” is no zone such as “utc”, “local” or “Europe/Berlin”."));
            }
            fits
        }),
        keys: reader.one_of("defaults.keys", fields.get("keys"), &keys),
        fold: reader.truth("defaults.fold", fields.get("fold")),
        details: reader.one_of("defaults.details", fields.get("details"), &details),
        findings_off: fields.get("findings_off").map(|list| {
            let items = reader.list("defaults.findings_off", Some(list));
            let texts = items.iter().enumerate();
            texts.filter_map(|(at, item)| reader.text(&format!("defaults.findings_off[{at}]"), Some(item))).collect()
        }),
    }
}

/// Whether a text can be a zone: `local`, `utc`, or letters, digits and `_+-/` as in the IANA database. Whether the
/// browser knows it, the browser says.
pub fn is_zone_name(zone: &str) -> bool {
    (1..=64).contains(&zone.len())
        && zone.starts_with(|first: char| first.is_ascii_alphabetic())
        && zone.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"_+-/".contains(&byte))
}

#[cfg(test)]
#[path = "config_tests.rs"]
mod tests;
