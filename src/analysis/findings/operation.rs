//! Which spans do the same: the operation of each span, with what varies from one to the next taken out. `docs/findings.md`, "Words".

use rustc_hash::FxHashMap;

use super::host;
use crate::analysis::semconv::{Conventions, Field, Said};
use crate::analysis::statement_shape::{Shapes, is_cut};
use crate::base::{Strings, Sym};
use crate::model::{Kind, SpanIdx, SpanSet, Trace, Value};

/// Databases whose statements are a command and its keys rather than a query language.
const KEY_VALUE: &[&str] = &["redis", "valkey", "memcached"];

/// The operation of every span, in depth-first order.
pub struct Operations {
    /// Equal for spans of one service that do the same.
    of: Vec<u32>,
    is_database: Vec<bool>,
    /// Whether a database span carries a statement.
    has_statement: Vec<bool>,
}

impl Operations {
    pub fn of(&self, span: SpanIdx) -> u32 {
        self.of[span.index()]
    }

    /// Whether the span names a database system and is not its server.
    pub fn is_database(&self, span: SpanIdx) -> bool {
        self.is_database[span.index()]
    }

    pub fn has_statement(&self, span: SpanIdx) -> bool {
        self.has_statement[span.index()]
    }
}

/// Operations of all spans. O(n), and linear in the length of different statements and paths.
pub fn operations(trace: &Trace) -> Operations {
    let conventions = Conventions::of(&trace.set.strings);
    let mut numbers = Numbers::new(&trace.set);
    let cut_len = longest_cut(trace, &conventions);
    let mut all = Operations { of: Vec::new(), is_database: Vec::new(), has_statement: Vec::new() };
    for span in trace.spans() {
        let said = conventions.read(trace, span);
        let database = is_database(&said, trace.kind(span));
        let text = numbers.text(trace.row(span), database, &said, cut_len);
        all.of.push(numbers.number(trace.service(span), text));
        all.is_database.push(database);
        all.has_statement.push(database && (said.has(Field::DbText) || said.has(Field::DbSummary)));
    }
    all
}

fn is_database(said: &Said, kind: Kind) -> bool {
    said.has(Field::DbSystem) && kind != Kind::Server
}

/// Operations of rows of any traces of a set, as text: equal for spans of one service that do the same, also in another set.
pub(in crate::analysis) struct Named<'s> {
    conventions: Conventions,
    numbers: Numbers<'s>,
}

impl<'s> Named<'s> {
    pub fn of(set: &'s SpanSet) -> Self {
        Named { conventions: Conventions::of(&set.strings), numbers: Numbers::new(set) }
    }

    /// Statements that an SDK cut are compared whole, so fewer are found equal than within one trace.
    pub fn name(&mut self, row: usize) -> String {
        let set = self.numbers.set;
        let said = self.conventions.read_row(set, row);
        let text = self.numbers.text(row, is_database(&said, set.kind[row]), &said, None);
        self.numbers.written(text)
    }
}

/// The length at which an SDK cut statements: that of the longest, if several different ones have it. `None` when none is long
/// enough to have been cut.
pub(super) fn longest_cut(trace: &Trace, conventions: &Conventions) -> Option<usize> {
    const SHORTEST_LIMIT: usize = 128;
    let (mut longest, mut first, mut several) = (SHORTEST_LIMIT, Sym::EMPTY, false);
    for span in trace.spans() {
        let statement = conventions.read(trace, span).get(Field::DbText);
        let len = trace.set.strings.get(statement).chars().count();
        if len > longest {
            (longest, first, several) = (len, statement, false);
        } else if len == longest {
            several |= statement != first && !first.is_empty();
            first = if first.is_empty() { statement } else { first };
        }
    }
    several.then_some(longest)
}

/// Gives equal operations equal numbers. What is normalised is normalised once for each different text.
struct Numbers<'s> {
    set: &'s SpanSet,
    url_keys: [Option<Sym>; 2],
    strings: Strings,
    shapes: Shapes,
    paths: FxHashMap<Sym, Sym>,
    known: FxHashMap<Key, u32>,
}

/// What an operation is told by: symbols of the trace or, where texts were normalised, of [`Numbers::strings`].
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
enum Text {
    Name(Sym),
    Summary(Sym, Sym),
    Command(Sym),
    Statement(Sym, Sym),
    Database(Sym, Sym, Sym),
    Route(Sym, Sym, Sym),
    Path(Sym, Sym, Sym),
    Rpc(Sym, Sym),
    Message(Sym, Sym),
}

type Key = (u32, Text);

impl<'s> Numbers<'s> {
    fn new(set: &'s SpanSet) -> Self {
        Numbers {
            set,
            url_keys: ["url.full", "http.url"].map(|key| set.strings.find(key)),
            strings: Strings::default(),
            shapes: Shapes::default(),
            paths: FxHashMap::default(),
            known: FxHashMap::default(),
        }
    }

    fn number(&mut self, service: u32, text: Text) -> u32 {
        let next = self.known.len() as u32;
        *self.known.entry((service, text)).or_insert(next)
    }

    /// Its kind, then its parts, apart by a character that names do not have.
    fn written(&self, text: Text) -> String {
        let set = |sym: Sym| self.set.strings.get(sym);
        let own = |sym: Sym| self.strings.get(sym);
        let parts = match text {
            Text::Name(name) => vec!["name", set(name)],
            Text::Summary(system, summary) => vec!["summary", set(system), set(summary)],
            Text::Command(command) => vec!["command", own(command)],
            Text::Statement(system, shape) => vec!["statement", set(system), own(shape)],
            Text::Database(system, operation, on) => vec!["database", set(system), set(operation), set(on)],
            Text::Route(method, host, route) => vec!["route", set(method), set(host), set(route)],
            Text::Path(method, host, path) => vec!["path", set(method), set(host), own(path)],
            Text::Rpc(service, method) => vec!["rpc", set(service), set(method)],
            Text::Message(name, to) => vec!["message", set(name), set(to)],
        };
        parts.join("\u{1f}")
    }

    fn text(&mut self, row: usize, database: bool, said: &Said, cut_len: Option<usize>) -> Text {
        let name = self.set.name[row];
        let kind = self.set.kind[row];
        let crosses = kind != Kind::Internal;
        if database {
            self.database(said, name, cut_len)
        } else if crosses && (said.has(Field::MessagingSystem) || matches!(kind, Kind::Producer | Kind::Consumer)) {
            let to = [Field::MessagingDestination, Field::RoutingKey].map(|field| said.get(field));
            Text::Message(name, to.into_iter().find(|to| !to.is_empty()).unwrap_or_default())
        } else if crosses && said.has(Field::RpcMethod) {
            Text::Rpc(said.get(Field::RpcService), said.get(Field::RpcMethod))
        } else if crosses && said.has(Field::HttpMethod) {
            self.http(row, said, kind)
        } else {
            Text::Name(name)
        }
    }

    /// The full URL; empty when the span has none.
    fn url(&self, row: usize) -> &'s str {
        let (set, attrs) = (self.set, self.set.span_attrs.at(row));
        let mut said =
            self.url_keys.iter().flatten().filter_map(|key| match set.attrs.last(&set.strings, attrs, *key) {
                Some(Value::Str(url)) if !url.is_empty() => Some(url),
                _ => None,
            });
        said.next().unwrap_or_default()
    }

    fn database(&mut self, said: &Said, name: Sym, cut_len: Option<usize>) -> Text {
        let strings = &self.set.strings;
        let system = said.get(Field::DbSystem);
        let statement = said.get(Field::DbText);
        if said.has(Field::DbSummary) {
            return Text::Summary(system, said.get(Field::DbSummary));
        }
        if KEY_VALUE.contains(&strings.get(system)) {
            let command = strings.get(statement).split_ascii_whitespace().next().unwrap_or_default();
            let command = if command.is_empty() { strings.get(said.get(Field::DbOperation)) } else { command };
            let command = if command.is_empty() { strings.get(name) } else { command };
            return Text::Command(self.strings.intern(&command.to_ascii_uppercase()));
        }
        if !statement.is_empty() {
            let text = strings.get(statement);
            let shape = self.shapes.of(statement, text, is_cut(text, cut_len), &mut self.strings);
            return Text::Statement(system, shape);
        }
        if said.has(Field::DbOperation) {
            let on = [Field::DbCollection, Field::DbNamespace].map(|field| said.get(field));
            let on = on.into_iter().find(|on| !on.is_empty()).unwrap_or_default();
            return Text::Database(system, said.get(Field::DbOperation), on);
        }
        Text::Name(name)
    }

    fn http(&mut self, row: usize, said: &Said, kind: Kind) -> Text {
        let name = self.set.name[row];
        let method = said.get(Field::HttpMethod);
        let host = if kind == Kind::Client { said.get(Field::PeerHost) } else { Sym::EMPTY };
        let by_url = (kind == Kind::Client && host.is_empty()).then(|| host::of_url(self.url(row)));
        if let Some(by_url) = by_url.filter(|by_url| !by_url.is_empty()) {
            let text = |field| self.set.strings.get(said.get(field));
            let path = if said.has(Field::HttpRoute) {
                text(Field::HttpRoute).to_owned()
            } else {
                path_template(text(Field::HttpPath))
            };
            return Text::Path(method, Sym::EMPTY, self.strings.intern(&format!("//{by_url}{path}")));
        }
        if said.has(Field::HttpRoute) {
            Text::Route(method, host, said.get(Field::HttpRoute))
        } else if said.has(Field::HttpPath) {
            let path = said.get(Field::HttpPath);
            let strings = &mut self.strings;
            let template =
                *self.paths.entry(path).or_insert_with(|| strings.intern(&path_template(self.set.strings.get(path))));
            Text::Path(method, host, template)
        } else {
            Text::Name(name)
        }
    }
}

/// The path of a URL or path, its ids replaced: `http://a/orders/17?x=1` as `/orders/{id}`.
pub(super) fn path_template(url: &str) -> String {
    let url = url.split(['?', '#']).next().unwrap_or_default();
    let path = url.split_once("://").map_or(url, |(_, rest)| rest.find('/').map_or("/", |at| &rest[at..]));
    let segments: Vec<&str> = path.split('/').map(|segment| if is_id(segment) { "{id}" } else { segment }).collect();
    segments.join("/")
}

/// Digits, 8 or more hex digits with a digit among them, or a UUID.
pub(super) fn is_id(segment: &str) -> bool {
    let hex = segment.bytes().all(|byte| byte.is_ascii_hexdigit() || byte == b'-');
    let digits = segment.bytes().filter(u8::is_ascii_digit).count();
    let len = segment.bytes().filter(u8::is_ascii_hexdigit).count();
    !segment.is_empty() && digits > 0 && (digits == segment.len() || hex && len >= 8)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::analysis::sample::{Draft, trace};

    fn numbers(drafts: &[Draft]) -> Vec<u32> {
        let trace = trace(drafts);
        let all = operations(&trace);
        trace.spans().map(|span| all.of(span)).collect()
    }

    fn query(id: u64, text: &'static str) -> Draft {
        Draft::new(id, 0, id, id + 1).kind(Kind::Client).attr("db.system", "postgresql").attr("db.statement", text)
    }

    fn get(id: u64, host: &'static str, url: &'static str) -> Draft {
        let span = Draft::new(id, 0, id, id + 1).kind(Kind::Client).attr("http.request.method", "GET");
        span.attr("server.address", host).attr("url.full", url)
    }

    #[test]
    fn statements_that_differ_in_literals_are_one_operation() {
        let of = numbers(&[
            query(1, "SELECT a FROM t WHERE id = 17"),
            query(2, "SELECT a\n FROM t WHERE id = $1 -- why"),
            query(3, "SELECT b FROM t WHERE id = 17"),
        ]);
        assert_eq!(of, [0, 0, 1]);
    }

    #[test]
    fn paths_that_differ_in_ids_are_one_operation_and_hosts_are_not() {
        let of = numbers(&[
            get(1, "a", "http://a/parcels/17?x=1"),
            get(2, "a", "http://a/parcels/d9428888-122b-11e1-b85c-61cd3cbb3210"),
            get(3, "b", "http://b/parcels/17"),
            get(4, "a", "http://a/parcels/feed"),
        ]);
        assert_eq!(of, [0, 0, 1, 2]);
    }

    #[test]
    fn two_hosts_that_only_the_url_names_were_one_operation() {
        let old = |id, url| {
            let span = Draft::new(id, 0, id, id + 1).kind(Kind::Client);
            span.attr("http.method", "GET").attr("http.target", "/x/7").attr("http.url", url)
        };
        assert_eq!(numbers(&[old(1, "http://a/x/7"), old(2, "http://b/x/7"), old(3, "http://me@a/x/8?y")]), [0, 1, 0]);
    }

    #[test]
    fn a_url_in_the_query_was_taken_for_the_path() {
        assert_eq!(path_template("/go/7?to=http://a/b"), "/go/{id}");
        assert_eq!(path_template("http://a?to=/b"), "/");
    }

    #[test]
    fn one_name_in_two_services_is_two_operations() {
        let of = numbers(&[Draft::new(1, 0, 0, 9), Draft::new(2, 0, 1, 2).service("other"), Draft::new(3, 0, 3, 4)]);
        assert_eq!(of, [0, 1, 0]);
    }

    #[test]
    fn keys_of_a_key_value_store_do_not_matter() {
        let command = |id, text| {
            Draft::new(id, 0, id, id + 1).kind(Kind::Client).attr("db.system.name", "redis").attr("db.query.text", text)
        };
        assert_eq!(numbers(&[command(1, "get a"), command(2, "GET b"), command(3, "set a 1")]), [0, 0, 1]);
    }

    #[test]
    fn an_id_has_a_digit() {
        let ids = ["17", "deadbeef1", "d9428888-122b-11e1-b85c-61cd3cbb3210"];
        assert!(ids.iter().all(|id| is_id(id)));
        let words = ["", "cafe", "deadbeef", "v2", "a1", "-", "orders"];
        assert!(words.iter().all(|word| !is_id(word)), "{words:?}");
    }
}
