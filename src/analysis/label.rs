//! What a span is, in a few words: its row's label, its icon, and whom it calls. From semantic conventions, old and new;
//! a span that follows none keeps its own name.

use rustc_hash::FxHashMap;

use super::semconv::{Conventions, Field, Said};
use super::service_graph::first_foreign_children;
use super::statement::{command_name, sql_name};
use crate::base::{Strings, Sym};
use crate::model::outline::Icon;
use crate::model::{Kind, SpanIdx, Trace};

/// Labels longer than this are cut: a path or summary may be a megabyte.
const MAX_LABEL_CHARS: usize = 200;

/// Databases whose statements are a command and its keys rather than a query language.
const KEY_VALUE: &[&str] = &["redis", "valkey", "memcached"];

/// Labels, icons and peers of every span, in depth-first order. Texts are in a table of their own.
pub struct Labels {
    pub strings: Strings,
    /// In `strings`.
    pub label: Vec<Sym>,
    /// In `strings`; empty when the span calls nothing.
    pub peer: Vec<Sym>,
    pub icon: Vec<Icon>,
}

impl Labels {
    pub fn label(&self, span: SpanIdx) -> &str {
        self.strings.get(self.label[span.index()])
    }

    pub fn peer(&self, span: SpanIdx) -> Option<&str> {
        Some(self.strings.get(self.peer[span.index()])).filter(|peer| !peer.is_empty())
    }
}

/// Labels of all spans, O(n): each distinct combination of texts is put together once.
pub fn labels(trace: &Trace) -> Labels {
    let conventions = Conventions::of(&trace.set.strings);
    let foreign = first_foreign_children(trace);
    let mut writer = Writer { trace, strings: Strings::default(), known: FxHashMap::default() };
    let mut labels = Labels {
        strings: Strings::default(),
        label: Vec::with_capacity(trace.len()),
        peer: Vec::with_capacity(trace.len()),
        icon: Vec::with_capacity(trace.len()),
    };
    for span in trace.spans() {
        let said = conventions.read(trace, span);
        let protocol = Protocol::of(trace.kind(span), &said);
        labels.icon.push(icon(protocol, trace.kind(span)));
        labels.label.push(writer.label(span, protocol, &said));
        labels.peer.push(writer.peer(span, foreign[span.index()], &said));
    }
    labels.strings = writer.strings;
    labels
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Protocol {
    Http,
    Rpc,
    Database,
    Messaging,
    Unknown,
}

impl Protocol {
    /// INTERNAL spans of a web framework carry `http.route` too; they are no requests.
    fn of(kind: Kind, said: &Said) -> Self {
        let crosses = kind != Kind::Internal;
        if said.has(Field::DbSystem) && kind != Kind::Server {
            Protocol::Database
        } else if crosses && (said.has(Field::MessagingSystem) || matches!(kind, Kind::Producer | Kind::Consumer)) {
            Protocol::Messaging
        } else if crosses && (said.has(Field::RpcSystem) || said.has(Field::RpcService)) {
            Protocol::Rpc
        } else if crosses && said.has(Field::HttpMethod) {
            Protocol::Http
        } else {
            Protocol::Unknown
        }
    }
}

fn icon(protocol: Protocol, kind: Kind) -> Icon {
    match (protocol, kind) {
        (Protocol::Http, Kind::Server) => Icon::HttpServer,
        (Protocol::Http, Kind::Client) => Icon::HttpClient,
        (Protocol::Rpc, _) => Icon::Rpc,
        (Protocol::Database, _) => Icon::Database,
        (Protocol::Messaging, _) => Icon::Messaging,
        (_, Kind::Server) => Icon::Server,
        (_, Kind::Client) => Icon::Client,
        _ => Icon::Internal,
    }
}

/// How a label is put together of one or two texts of the trace.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
enum Shape {
    /// A text as it is.
    Plain,
    /// `GET /orders/{id}`, `SELECT orders`.
    Pair,
    /// `GET` and the path of a URL.
    MethodAndPath,
    /// `CartService/AddItem`.
    Method,
    /// A key-value store's operation.
    Command,
    /// The name of a statement, else the span's name.
    Sql,
    KeyValue,
    Publish,
    Process,
}

struct Writer<'t> {
    trace: &'t Trace,
    strings: Strings,
    known: FxHashMap<(Shape, Sym, Sym), Sym>,
}

impl Writer<'_> {
    fn label(&mut self, span: SpanIdx, protocol: Protocol, said: &Said) -> Sym {
        let name = self.trace.set.name[self.trace.row(span)];
        let (shape, a, b) = match protocol {
            Protocol::Http => http(said, name),
            Protocol::Rpc if said.has(Field::RpcMethod) => {
                (Shape::Method, said.get(Field::RpcService), said.get(Field::RpcMethod))
            }
            Protocol::Database => self.database(said, name),
            Protocol::Messaging => messaging(said, self.trace.kind(span), name),
            Protocol::Rpc | Protocol::Unknown => (Shape::Plain, name, Sym::EMPTY),
        };
        if let Some(known) = self.known.get(&(shape, a, b)) {
            return *known;
        }
        let text = write(shape, self.trace.set.strings.get(a), self.trace.set.strings.get(b));
        let label = self.strings.intern(&cut(text));
        self.known.insert((shape, a, b), label);
        label
    }

    fn database(&self, said: &Said, name: Sym) -> (Shape, Sym, Sym) {
        let system = self.trace.set.strings.get(said.get(Field::DbSystem));
        let key_value = KEY_VALUE.contains(&system);
        let operation = said.get(Field::DbOperation);
        if said.has(Field::DbSummary) {
            (Shape::Plain, said.get(Field::DbSummary), Sym::EMPTY)
        } else if key_value && !operation.is_empty() {
            (Shape::Command, operation, Sym::EMPTY)
        } else if key_value && said.has(Field::DbText) {
            (Shape::KeyValue, said.get(Field::DbText), name)
        } else if !operation.is_empty() && said.has(Field::DbCollection) {
            (Shape::Pair, operation, said.get(Field::DbCollection))
        } else if said.has(Field::DbText) {
            (Shape::Sql, said.get(Field::DbText), if operation.is_empty() { name } else { operation })
        } else if !operation.is_empty() {
            (Shape::Pair, operation, said.get(Field::DbNamespace))
        } else {
            (Shape::Plain, name, Sym::EMPTY)
        }
    }

    /// Whom a CLIENT or PRODUCER calls: the service that answered, else what the span says of the other side.
    fn peer(&mut self, span: SpanIdx, foreign: Option<SpanIdx>, said: &Said) -> Sym {
        if !matches!(self.trace.kind(span), Kind::Client | Kind::Producer) {
            return Sym::EMPTY;
        }
        let service = foreign.and_then(|child| self.trace.services.get(self.trace.service(child) as usize).copied());
        let named = [Field::PeerService, Field::PeerHost, Field::DbSystem].map(|field| said.get(field));
        let peer = service.into_iter().chain(named).find(|peer| !peer.is_empty()).unwrap_or_default();
        self.strings.intern(self.trace.set.strings.get(peer))
    }
}

fn http(said: &Said, name: Sym) -> (Shape, Sym, Sym) {
    let method = said.get(Field::HttpMethod);
    if said.has(Field::HttpRoute) {
        (Shape::Pair, method, said.get(Field::HttpRoute))
    } else if said.has(Field::HttpPath) {
        (Shape::MethodAndPath, method, said.get(Field::HttpPath))
    } else {
        (Shape::Plain, name, Sym::EMPTY)
    }
}

fn messaging(said: &Said, kind: Kind, name: Sym) -> (Shape, Sym, Sym) {
    let destination = [Field::MessagingDestination, Field::RoutingKey].map(|field| said.get(field));
    let destination = destination.into_iter().find(|sym| !sym.is_empty()).unwrap_or_default();
    let operation = said.get(Field::MessagingOperation);
    match kind {
        _ if destination.is_empty() => (Shape::Plain, name, Sym::EMPTY),
        _ if !operation.is_empty() => (Shape::Pair, operation, destination),
        Kind::Producer => (Shape::Publish, destination, Sym::EMPTY),
        Kind::Consumer => (Shape::Process, destination, Sym::EMPTY),
        _ => (Shape::Plain, name, Sym::EMPTY),
    }
}

fn write(shape: Shape, a: &str, b: &str) -> String {
    match shape {
        Shape::Plain => a.to_owned(),
        Shape::Pair if b.is_empty() => a.to_owned(),
        Shape::Pair => format!("{a} {b}"),
        Shape::MethodAndPath => format!("{a} {}", path_of(b)),
        Shape::Method => rpc_method(a, b),
        Shape::Command => a.to_ascii_uppercase(),
        Shape::Sql => sql_name(a).unwrap_or_else(|| b.to_owned()),
        Shape::KeyValue => command_name(a).unwrap_or_else(|| b.to_owned()),
        Shape::Publish => format!("publish {a}"),
        Shape::Process => format!("process {a}"),
    }
}

/// `shop.v1.CartService` and `AddItem`, or a method that names its service itself, as `CartService/AddItem`.
fn rpc_method(service: &str, method: &str) -> String {
    let (service, method) = match method.trim_start_matches('/').rsplit_once('/') {
        Some((own_service, method)) => (own_service, method),
        None => (service, method),
    };
    match service.rsplit('.').next().unwrap_or_default() {
        "" => method.to_owned(),
        short => format!("{short}/{method}"),
    }
}

/// The path of a URL or request target, without query and fragment.
fn path_of(url: &str) -> &str {
    let path = match url.split_once("://") {
        Some((_, rest)) => rest.find(['/', '?', '#']).and_then(|at| rest.get(at..)).unwrap_or_default(),
        None => url,
    };
    match path.split(['?', '#']).next() {
        None | Some("") => "/",
        Some(path) => path,
    }
}

fn cut(text: String) -> String {
    match text.char_indices().nth(MAX_LABEL_CHARS) {
        Some((at, _)) => format!("{}…", text.get(..at).unwrap_or_default()),
        None => text,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::analysis::sample::{Draft, trace};

    /// Label, icon and peer of one span below a root.
    fn label_of(draft: Draft) -> (String, Icon, Option<String>) {
        let trace = trace(&[Draft::new(1, 0, 0, 100), draft]);
        let labels = labels(&trace);
        let span = SpanIdx(1);
        (labels.label(span).to_owned(), labels.icon[1], labels.peer(span).map(str::to_owned))
    }

    fn span(kind: Kind) -> Draft {
        Draft::new(2, 1, 0, 100).kind(kind).name("raw name")
    }

    #[test]
    fn http_is_method_and_route_or_path() {
        let server = span(Kind::Server)
            .attr("http.request.method", "GET")
            .attr("http.route", "/orders/:id")
            .attr("url.path", "/x");
        assert_eq!(label_of(server), ("GET /orders/:id".to_owned(), Icon::HttpServer, None));
        let client = span(Kind::Client).attr("http.method", "GET").attr("http.url", "http://h.example:80/x?token=1");
        assert_eq!(label_of(client.clone()).0, "GET /x");
        let peer = client.attr("net.peer.name", "h.example");
        assert_eq!(label_of(peer), ("GET /x".to_owned(), Icon::HttpClient, Some("h.example".to_owned())));
        let bare = span(Kind::Client).attr("http.method", "GET").attr("url.full", "http://h.example");
        assert_eq!(label_of(bare).0, "GET /");
        let middleware = span(Kind::Internal).attr("http.route", "/orders").attr("http.method", "GET");
        assert_eq!(label_of(middleware), ("raw name".to_owned(), Icon::Internal, None));
    }

    #[test]
    fn rpc_is_service_and_method_without_the_package() {
        let old =
            span(Kind::Client).attr("rpc.system", "grpc").attr("rpc.service", "shop.Cart").attr("rpc.method", "Add");
        assert_eq!(label_of(old), ("Cart/Add".to_owned(), Icon::Rpc, None));
        let new = span(Kind::Server).attr("rpc.system.name", "grpc").attr("rpc.method", "shop.v1.Cart/Add");
        assert_eq!(label_of(new).0, "Cart/Add");
    }

    #[test]
    fn databases_are_named_by_summary_operation_or_statement() {
        let db = |system| span(Kind::Client).attr("db.system.name", system);
        assert_eq!(label_of(db("postgresql").attr("db.query.summary", "SELECT a b")).0, "SELECT a b");
        assert_eq!(label_of(db("mongodb").attr("db.operation", "find").attr("db.mongodb.collection", "x")).0, "find x");
        let sql = db("postgresql").attr("db.namespace", "shipping").attr("db.statement", "SELECT * FROM orders");
        assert_eq!(label_of(sql), ("SELECT orders".to_owned(), Icon::Database, Some("postgresql".to_owned())));
        let keyed = db("redis").attr("db.operation.name", "get").attr("db.query.text", "get session:none");
        assert_eq!(label_of(keyed).0, "GET");
        assert_eq!(label_of(db("redis").attr("db.statement", "HSET k hunter2")).0, "HSET");
        assert_eq!(label_of(db("postgresql").name("pg-pool.connect")).0, "pg-pool.connect");
    }

    #[test]
    fn messaging_is_operation_and_destination() {
        let rabbit = |kind| span(kind).attr("messaging.system", "rabbitmq").attr("messaging.destination", "");
        let published = rabbit(Kind::Producer).attr("messaging.rabbitmq.routing_key", "labels.requested");
        assert_eq!(label_of(published).0, "publish labels.requested");
        let new = span(Kind::Consumer)
            .attr("messaging.system", "kafka")
            .attr("messaging.destination.name", "orders")
            .attr("messaging.operation.name", "poll")
            .attr("messaging.operation.type", "receive");
        assert_eq!(label_of(new), ("receive orders".to_owned(), Icon::Messaging, None));
        assert_eq!(label_of(rabbit(Kind::Consumer)).0, "raw name");
    }

    #[test]
    fn the_service_that_answered_is_the_peer() {
        let trace = trace(&[
            Draft::new(1, 0, 0, 100).kind(Kind::Client).attr("server.address", "10.0.0.7"),
            Draft::new(2, 1, 10, 90).kind(Kind::Server).service("auth"),
        ]);
        assert_eq!(labels(&trace).peer(SpanIdx(0)), Some("auth"));
    }

    #[test]
    fn a_path_of_a_megabyte_is_cut() {
        let long: &'static str = Box::leak(format!("/{}", "é".repeat(500_000)).into_boxed_str());
        let (label, _, _) = label_of(span(Kind::Server).attr("http.method", "GET").attr("url.path", long));
        assert_eq!(label.chars().count(), MAX_LABEL_CHARS + 1);
    }
}
