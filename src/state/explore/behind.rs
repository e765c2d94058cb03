//! Which search leads to the traces behind something of a service map. Pure text.

use crate::analysis::service_map::{EdgeKind, MapNode, NodeKind};
use crate::query::{duration, write};

/// Which of them.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Behind {
    All,
    Failed,
    /// At least so long, in ns.
    Slow(u64),
}

impl Behind {
    fn condition(self) -> String {
        match self {
            Behind::All => String::new(),
            Behind::Failed => "status = error".to_owned(),
            Behind::Slow(ns) => format!("duration >= {}", duration::write(ns.max(1))),
        }
    }
}

/// What tells the span of a caller from outside.
const ENTRY: [&str; 2] = ["kind = server", "nestedSetParent < 0"];

fn service(name: &str) -> String {
    format!("resource.service.name = {}", write::text(name))
}

/// Any of some attributes has a value: conventions have named the same thing in several ways.
fn any(fields: &[&str], value: &str) -> String {
    let conditions: Vec<String> = fields.iter().map(|field| format!("{field} = {}", write::text(value))).collect();
    if conditions.len() == 1 { conditions.concat() } else { format!("({})", conditions.join(" || ")) }
}

/// What tells that a span calls something outside.
fn target(node: &MapNode) -> Vec<String> {
    let (kind, fields): (_, &[&str]) = match node.kind {
        NodeKind::Database => (
            "kind = client",
            &["span.db.namespace", "span.db.name", "span.db.system.name", "span.db.system", "span.peer.service"],
        ),
        NodeKind::Queue => ("kind = producer", &["span.messaging.destination.name"]),
        NodeKind::Host => ("kind = client", &["span.server.address", "span.peer.service", "span.net.peer.name"]),
        NodeKind::Service | NodeKind::Caller => return Vec::new(),
    };
    vec![kind.to_owned(), any(fields, &node.name)]
}

fn spanset(conditions: Vec<String>, behind: Behind) -> String {
    write::spanset(&write::all(conditions.into_iter().chain([behind.condition()])))
}

/// Spans of a service, or those that call what is outside.
pub fn of_node(node: &MapNode, behind: Behind) -> String {
    let conditions = match node.kind {
        NodeKind::Service => vec![service(&node.name)],
        NodeKind::Caller => ENTRY.map(str::to_owned).to_vec(),
        _ => target(node),
    };
    spanset(conditions, behind)
}

/// The called spans of an edge; to what is outside, the calling ones.
pub fn of_edge(from: &MapNode, to: &MapNode, kind: EdgeKind, behind: Behind) -> String {
    match (from.kind, to.kind) {
        (NodeKind::Caller, _) => {
            spanset([service(&to.name)].into_iter().chain(ENTRY.map(str::to_owned)).collect(), behind)
        }
        (_, NodeKind::Service) => {
            let (caller, called) = (service(&from.name), service(&to.name));
            if behind == Behind::Failed {
                // A call failed if either side did.
                let failed = Behind::Failed.condition();
                let one = |a: String, b: String| format!("({} > {})", write::spanset(&a), write::spanset(&b));
                return format!(
                    "{} || {}",
                    one(caller.clone(), write::all([called.clone(), failed.clone()])),
                    one(write::all([caller, failed]), called)
                );
            }
            let kind = if kind == EdgeKind::Message { "kind = consumer".to_owned() } else { String::new() };
            format!("{} > {}", write::spanset(&caller), spanset(vec![called, kind], behind))
        }
        _ => spanset([vec![service(&from.name)], target(to)].concat(), behind),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::analysis::service_map;
    use crate::query::token::lex;

    fn node(kind: NodeKind, name: &str) -> MapNode {
        service_map::node(kind, name, name.to_owned(), "")
    }

    #[test]
    fn a_pick_becomes_a_query() {
        let (a, b) = (node(NodeKind::Service, "a"), node(NodeKind::Service, "b \"x\""));
        let (db, queue) = (node(NodeKind::Database, "orders-db"), node(NodeKind::Queue, "labels"));
        let (user, host) = (node(NodeKind::Caller, "user"), node(NodeKind::Host, "api.ups.example"));
        let queries = [
            (of_node(&a, Behind::All), "{ resource.service.name = \"a\" }"),
            (of_node(&a, Behind::Failed), "{ resource.service.name = \"a\" && status = error }"),
            (
                of_edge(&a, &b, EdgeKind::Call, Behind::Slow(250_000_000)),
                r#"{ resource.service.name = "a" } > { resource.service.name = "b \"x\"" && duration >= 250ms }"#,
            ),
            (
                of_edge(&a, &b, EdgeKind::Message, Behind::All),
                r#"{ resource.service.name = "a" } > { resource.service.name = "b \"x\"" && kind = consumer }"#,
            ),
            (
                of_edge(&user, &a, EdgeKind::Call, Behind::All),
                r#"{ resource.service.name = "a" && kind = server && nestedSetParent < 0 }"#,
            ),
            (
                of_edge(&a, &queue, EdgeKind::Message, Behind::All),
                r#"{ resource.service.name = "a" && kind = producer && span.messaging.destination.name = "labels" }"#,
            ),
            (
                of_edge(&a, &a, EdgeKind::Call, Behind::Failed),
                r#"({ resource.service.name = "a" } > { resource.service.name = "a" && status = error }) || ({ resource.service.name = "a" && status = error } > { resource.service.name = "a" })"#,
            ),
            (of_node(&user, Behind::Failed), "{ kind = server && nestedSetParent < 0 && status = error }"),
        ];
        for (query, expected) in queries {
            assert_eq!(query, expected);
            assert_eq!(lex(&query).slip, None, "{query}");
        }
        assert!(
            of_edge(&a, &db, EdgeKind::Call, Behind::All)
                .contains("span.db.namespace = \"orders-db\" || span.db.name = \"orders-db\"")
        );
        assert!(
            of_node(&host, Behind::All)
                .starts_with("{ kind = client && (span.server.address = \"api.ups.example\" || ")
        );
    }
}
