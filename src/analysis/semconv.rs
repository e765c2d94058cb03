//! OpenTelemetry's semantic conventions, old and new, as one table: which attribute keys say the same thing.
//!
//! Keys are resolved to symbols once a trace; reading a span is then one pass over its attributes without comparing
//! text. Only string values are read: all of these are strings by convention. What the values mean is for `label` and
//! `service_graph`.

use crate::base::{Strings, Sym};
use crate::model::{Held, SpanIdx, SpanSet, Trace};

/// What a span may say about itself. The order is that of [`KEYS`].
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[repr(u8)]
pub enum Field {
    HttpMethod,
    /// The route's template, without values.
    HttpRoute,
    /// A path or URL, perhaps with a query.
    HttpPath,
    RpcSystem,
    RpcService,
    RpcMethod,
    DbSystem,
    DbSummary,
    DbOperation,
    DbCollection,
    DbNamespace,
    DbText,
    MessagingSystem,
    MessagingOperation,
    MessagingDestination,
    /// RabbitMQ's newer key; not part of an external edge's definition.
    RoutingKey,
    PeerService,
    PeerHost,
}

/// The keys of each field, the one that wins first.
const KEYS: [&[&str]; 18] = [
    &["http.request.method", "http.method"],
    &["http.route", "url.template"],
    &["url.path", "http.target", "url.full", "http.url"],
    &["rpc.system.name", "rpc.system"],
    &["rpc.service"],
    &["rpc.method"],
    &["db.system.name", "db.system"],
    &["db.query.summary"],
    &["db.operation.name", "db.operation"],
    &["db.collection.name", "db.sql.table", "db.mongodb.collection", "db.cassandra.table"],
    &["db.namespace", "db.name"],
    &["db.query.text", "db.statement"],
    &["messaging.system"],
    &["messaging.operation.type", "messaging.operation", "messaging.operation.name"],
    &["messaging.destination", "messaging.destination.name", "messaging.rabbitmq.routing_key"],
    &["messaging.rabbitmq.destination.routing_key"],
    &["peer.service", "service.peer.name"],
    &["server.address", "net.peer.name"],
];

const NO_FIELD: u8 = u8::MAX;

/// The table for one trace's symbols.
pub struct Conventions {
    /// Field and rank by key symbol, up to the last symbol that is a key.
    of_key: Vec<(u8, u8)>,
}

/// What one span says, by field; [`Sym::EMPTY`] where it says nothing.
#[derive(Clone, Copy)]
pub struct Said {
    value: [Sym; KEYS.len()],
    rank: [u8; KEYS.len()],
}

impl Conventions {
    pub fn of(strings: &Strings) -> Self {
        let mut of_key = Vec::new();
        for (field, keys) in KEYS.iter().enumerate() {
            for (rank, key) in keys.iter().enumerate() {
                let Some(sym) = strings.find(key) else { continue };
                if of_key.len() <= sym.index() {
                    of_key.resize(sym.index() + 1, (NO_FIELD, 0));
                }
                of_key[sym.index()] = (field as u8, rank as u8);
            }
        }
        Conventions { of_key }
    }

    pub fn read(&self, trace: &Trace, span: SpanIdx) -> Said {
        self.read_row(&trace.set, trace.row(span))
    }

    /// The same of a row of a set.
    pub fn read_row(&self, set: &SpanSet, row: usize) -> Said {
        let mut said = Said { value: [Sym::EMPTY; KEYS.len()], rank: [u8::MAX; KEYS.len()] };
        for (key, held) in set.attrs.scan(&set.strings, set.span_attrs.at(row)) {
            let Some((field, rank)) = self.of_key.get(key.index()).copied() else { continue };
            if let Held::Text(value) = held
                && field != NO_FIELD
                && !value.is_empty()
                && rank <= said.rank[field as usize]
            {
                said.value[field as usize] = value;
                said.rank[field as usize] = rank;
            }
        }
        said
    }
}

impl Said {
    /// The value of the field's best key that is not empty; the last of a repeated key.
    pub fn get(&self, field: Field) -> Sym {
        self.value[field as usize]
    }

    pub fn has(&self, field: Field) -> bool {
        !self.get(field).is_empty()
    }
}
