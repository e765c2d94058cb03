//! The other half of a broken trace: by what it would be found. What a lost hop and its other side both say (a queue, a host, an order's
//! id), and links. Not the asking: that is the page's, and only when the reader wants it.

use serde::{Deserialize, Serialize};

use crate::model::{Kind, Place, SpanIdx, Trace, Value};

/// Both sides of a hop are within so much of each other: a message may wait in a queue.
const NEAR_NS: u64 = 120_000_000_000;
/// How many spans around are asked for ids of orders and the like, and how many of these are taken.
const MOST_SPANS: usize = 200;
const MOST_IDS: usize = 4;
const LONGEST_ID: usize = 128;

/// What to look for, in the order in which it is likely to be the other half.
#[derive(Clone, PartialEq, Debug, Default, Serialize, Deserialize)]
pub struct Clues {
    pub clues: Vec<Clue>,
    /// When, in unix ns.
    pub start_unix_nano: u64,
    pub end_unix_nano: u64,
}

#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct Clue {
    /// A few words: `links to this message`, `the same order.id`.
    pub words: String,
    pub sought: Sought,
}

#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub enum Sought {
    /// Spans with a link to the span of this id.
    LinkTo(String),
    /// The span of this id.
    Span(String),
    /// Spans of this kind, if one is named, that say all of these.
    Same { kind: Option<Kind>, said: Vec<(String, Said)> },
}

#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub enum Said {
    Text(String),
    Number(i64),
}

/// What the other half of a span would say.
pub fn clues(trace: &Trace, span: SpanIdx) -> Clues {
    let start = trace.start_unix_nano.saturating_add(trace.start_ns(span));
    let end = trace.start_unix_nano.saturating_add(trace.end_ns(span));
    let mut clues = of_hop(trace, span);
    clues.extend(ids_around(trace, span).into_iter().map(|(key, said)| Clue {
        words: format!("the same {key}"),
        sought: Sought::Same { kind: None, said: vec![(key, said)] },
    }));
    Clues { clues, start_unix_nano: start.saturating_sub(NEAR_NS), end_unix_nano: end.saturating_add(NEAR_NS) }
}

fn of_hop(trace: &Trace, span: SpanIdx) -> Vec<Clue> {
    let said = |keys: &[&str]| keys.iter().find_map(|key| Some(((*key).to_owned(), said_of(trace, span, key)?)));
    let queue = said(&[
        "messaging.destination.name",
        "messaging.rabbitmq.destination.routing_key",
        "messaging.rabbitmq.routing_key",
        "messaging.destination",
    ]);
    let host = said(&["server.address", "net.peer.name", "http.host", "net.host.name"]);
    let path = said(&["url.path", "http.target"]);
    let same = |words: &str, kind, said: [Option<(String, Said)>; 2]| {
        let said: Vec<(String, Said)> = said.into_iter().flatten().collect();
        (!said.is_empty()).then(|| Clue { words: words.to_owned(), sought: Sought::Same { kind: Some(kind), said } })
    };
    let mut clues = Vec::new();
    if trace.place(span) == Place::Orphan {
        let sought = Sought::Span(trace.parent_id(span).to_string());
        clues.push(Clue { words: "the missing parent itself".to_owned(), sought });
    }
    match trace.kind(span) {
        Kind::Producer => {
            let sought = Sought::LinkTo(trace.span_id(span).to_string());
            clues.push(Clue { words: "links to this message".to_owned(), sought });
            clues.extend(same("consumers of the same queue", Kind::Consumer, [queue, None]));
        }
        Kind::Consumer => clues.extend(same("producers to the same queue", Kind::Producer, [queue, None])),
        Kind::Client => clues.extend(same("servers called by the same name", Kind::Server, [host, path])),
        Kind::Server => clues.extend(same("clients that called this name", Kind::Client, [host, path])),
        _ => {}
    }
    clues
}

fn said_of(trace: &Trace, span: SpanIdx, key: &str) -> Option<Said> {
    let key = trace.set.strings.find(key)?;
    said(trace.attr(span, key)?)
}

fn said(value: Value<'_>) -> Option<Said> {
    match value {
        Value::Str(text) if !text.is_empty() && text.len() <= LONGEST_ID => Some(Said::Text(text.to_owned())),
        Value::Int(number) => Some(Said::Number(number)),
        _ => None,
    }
}

/// Ids of orders, parcels and the like that the span, its callers and what is below it carry; the nearest first.
fn ids_around(trace: &Trace, span: SpanIdx) -> Vec<(String, Said)> {
    let below = (span.0..span.0 + trace.subtree_len(span)).map(SpanIdx);
    let above = core::iter::successors(trace.parent(span), |above| trace.parent(*above));
    let mut ids: Vec<(String, Said)> = Vec::new();
    for near in below.take(MOST_SPANS).chain(above.take(MOST_SPANS)) {
        for (key, value) in trace.set.attrs.iter(&trace.set.strings, trace.attrs(near)) {
            let key = trace.set.strings.get(key);
            if is_id(key)
                && let Some(said) = said(value)
                && !ids.iter().any(|(known, _)| known == key)
            {
                ids.push((key.to_owned(), said));
            }
        }
        if ids.len() >= MOST_IDS {
            break;
        }
    }
    ids.truncate(MOST_IDS);
    ids
}

/// A key of an id that means something elsewhere too: `order.id`, `messaging.message.id`; not that of a process or a thread.
fn is_id(key: &str) -> bool {
    const OF_THIS_PROCESS: &[&str] = &[
        "process",
        "thread",
        "host",
        "container",
        "k8s",
        "aws",
        "gcp",
        "azure",
        "db",
        "http",
        "net",
        "network",
        "rpc",
        "peer",
        "code",
        "service",
        "telemetry",
        "otel",
        "session",
        "os",
        "device",
        "faas",
        "cloud",
    ];
    const OF_A_MESSAGE: &[&str] =
        &["messaging.message.id", "messaging.message_id", "messaging.message.conversation_id"];
    let mut parts = key.split(['.', '_']);
    let first = parts.next().unwrap_or_default();
    let last = key.rsplit(['.', '_']).next().unwrap_or_default();
    let is_id = last.eq_ignore_ascii_case("id") || key.ends_with("Id");
    OF_A_MESSAGE.contains(&key) || is_id && first != "messaging" && !OF_THIS_PROCESS.contains(&first)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::analysis::sample::{BASE_UNIX_NANO, Draft, trace};
    use crate::model::AnyValue;

    fn words(clues: &Clues) -> Vec<&str> {
        clues.clues.iter().map(|clue| clue.words.as_str()).collect()
    }

    #[test]
    fn a_message_is_looked_for_by_link_queue_and_order() {
        let trace = trace(&[
            Draft::new(1, 0, 0, 100).value("order.id", AnyValue::Int(207)).attr("process.id", "7"),
            Draft::new(2, 1, 10, 20)
                .kind(Kind::Producer)
                .attr("messaging.system", "rabbitmq")
                .attr("messaging.rabbitmq.routing_key", "legacy.in"),
        ]);
        let clues = clues(&trace, SpanIdx(1));
        assert_eq!(words(&clues), ["links to this message", "consumers of the same queue", "the same order.id"]);
        assert_eq!(clues.clues[0].sought, Sought::LinkTo("0000000000000002".to_owned()));
        let order = Sought::Same { kind: None, said: vec![("order.id".to_owned(), Said::Number(207))] };
        assert_eq!(clues.clues[2].sought, order);
        assert_eq!(clues.start_unix_nano, BASE_UNIX_NANO + 10 - NEAR_NS);
        assert_eq!(clues.end_unix_nano, BASE_UNIX_NANO + 20 + NEAR_NS);
    }

    #[test]
    fn a_consumer_looks_below_for_what_its_message_was_about() {
        let trace = trace(&[
            Draft::new(1, 0, 0, 100).kind(Kind::Consumer).attr("messaging.destination.name", "q"),
            Draft::new(2, 1, 10, 20).attr("parcelId", "p-1").attr("messaging.message.id", "m-1"),
        ]);
        let clues = clues(&trace, SpanIdx(0));
        assert_eq!(
            words(&clues),
            ["producers to the same queue", "the same parcelId", "the same messaging.message.id"]
        );
    }

    #[test]
    fn a_call_is_looked_for_by_name_and_path_and_an_orphan_by_its_parent() {
        let call =
            Draft::new(2, 9, 0, 9).kind(Kind::Client).attr("server.address", "legacy-lb").attr("url.path", "/invoices");
        let clues = clues(&trace(&[call]), SpanIdx(0));
        assert_eq!(words(&clues), ["the missing parent itself", "servers called by the same name"]);
        assert_eq!(clues.clues[0].sought, Sought::Span("0000000000000009".to_owned()));
        let Sought::Same { kind: Some(Kind::Server), said } = &clues.clues[1].sought else { panic!("{clues:?}") };
        assert_eq!(said.len(), 2);
    }

    #[test]
    fn long_texts_and_many_ids_are_left_out() {
        let ids = ["a.id", "b.id", "c.id", "d.id", "e.id"];
        let mut span = Draft::new(1, 0, 0, 9).attr("long.id", "x".repeat(500).leak());
        for id in ids {
            span = span.attr(id, "1");
        }
        assert_eq!(
            words(&clues(&trace(&[span]), SpanIdx(0))),
            ["the same a.id", "the same b.id", "the same c.id", "the same d.id"]
        );
    }
}
