//! What is picked in the service map, and how the address names it.

use crate::analysis::service_map::EdgeKind;

/// Between key of the caller and of the called in the address; of an asynchronous edge, of a link.
const ARROWS: [(EdgeKind, char); 3] = [(EdgeKind::Call, '→'), (EdgeKind::Message, '⇢'), (EdgeKind::Link, '⤳')];

/// What of the map is looked at, by keys: a new picture may hold it at another place.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Pick {
    Node(String),
    Edge(String, String, EdgeKind),
}

impl Pick {
    /// As the address names it.
    pub fn text(&self) -> String {
        match self {
            Pick::Node(key) => key.clone(),
            Pick::Edge(from, to, kind) => {
                let arrow = ARROWS.iter().find(|(known, _)| known == kind).map_or('→', |(_, arrow)| *arrow);
                format!("{from}{arrow}{to}")
            }
        }
    }

    pub fn parse(text: &str) -> Pick {
        for (kind, arrow) in ARROWS {
            if let Some((from, to)) = text.split_once(arrow) {
                return Pick::Edge(from.to_owned(), to.to_owned(), kind);
            }
        }
        Pick::Node(text.to_owned())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pick_comes_back_from_the_address() {
        for kind in [EdgeKind::Call, EdgeKind::Message, EdgeKind::Link] {
            let edge = Pick::Edge("order-service".to_owned(), "queue:rabbitmq/labels".to_owned(), kind);
            assert_eq!(Pick::parse(&edge.text()), edge);
        }
        let node = Pick::Node("db:postgresql".to_owned());
        assert_eq!(Pick::parse(&node.text()), node);
        // A service without a name is a node too.
        assert_eq!(Pick::parse(""), Pick::Node(String::new()));
        assert_eq!(Pick::parse("→b"), Pick::Edge(String::new(), "b".to_owned(), EdgeKind::Call));
    }

    #[test]
    fn edges_read_as_arrows() {
        let edge = Pick::Edge("a".to_owned(), "b".to_owned(), EdgeKind::Message);
        assert_eq!(edge.text(), "a⇢b");
    }
}
