//! The picture of a service map: which of its nodes are drawn, how large they and their labels are, and where
//! [`super::map`] places them. It runs in the worker; the page draws what comes.

use serde::{Deserialize, Serialize};

use super::map::{EdgeIn, Gaps, NodeIn, PlaceBuild, Placement, nearby};
use super::map_edges::{MOST_EDGES, most_edges_of_all, split};
use crate::analysis::service_map::{EdgeKind, MapEdge, MapNode, NodeKind, ServiceMap, most_important};
use crate::base::format::{counted, duration, per_second, percent};

/// What the reader wants to see of a map.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct MapWanted {
    pub databases: bool,
    pub queues: bool,
    pub hosts: bool,
    /// Only this node, by key, and those it calls or is called by.
    pub near: Option<String>,
    /// More nodes than this are cut to those with most calls; of `u32::MAX`, all are drawn.
    pub cap: u32,
}

#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct MapPicture {
    pub nodes: Vec<MapNode>,
    pub edges: Vec<MapEdge>,
    pub placement: Placement,
    /// Size of each node, in px.
    pub sizes: Vec<(f32, f32)>,
    /// Nodes of the map that the cap left out.
    pub cut: u32,
    /// Nodes that would be drawn without it: of the kinds that are wanted, near what is picked if that is wanted.
    pub all: u32,
    /// Edges between the nodes drawn that were left out. They travel beside the picture, see [`super::map_edges::packed`].
    #[serde(skip)]
    pub left_out: Vec<MapEdge>,
    /// Seconds that the calls are all of, so that they can be told as rates; `None` for one trace and for a sample.
    pub over_s: Option<u64>,
}

/// Which figure stands on an edge.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
pub enum EdgeFigure {
    #[default]
    P95,
    P50,
    Total,
}

pub const NODE_HEIGHT_PX: f32 = 42.0;
const NODE_LEAST_PX: f32 = 156.0;
const NODE_MOST_PX: f32 = 260.0;
/// A mean character of the page's font at 12 px and 11 px; digits are 0.6 of the size, letters less.
const NAME_CHAR_PX: f32 = 6.7;
const LABEL_CHAR_PX: f32 = 6.2;
/// Room in a node beside its name: edge, inset, error mark.
const NODE_INSET_PX: f32 = 44.0;
/// Fewer calls than this have no 95th percentile to speak of: the maximum is named as what it is.
pub const PERCENTILE_FROM: u64 = 20;

const GAPS: Gaps = Gaps { node_px: 16.0, layer_px: 64.0, track_px: 10.0 };

/// The two lines of an edge's label: `6 calls`, `max 38.5 ms`; where all calls of a range are known, `6.47/s`, `p95 96 ms`.
pub fn edge_words(edge: &MapEdge, figure: EdgeFigure, over_s: Option<u64>) -> (String, String) {
    let (one, many) = match edge.kind {
        EdgeKind::Call => ("call", "calls"),
        EdgeKind::Message => ("msg", "msgs"),
        EdgeKind::Link => ("link", "links"),
    };
    let figure = match figure {
        EdgeFigure::Total if over_s.is_some() && edge.total_ns == 0 => String::new(),
        EdgeFigure::Total => format!("Σ {}", duration(edge.total_ns)),
        // Metrics tell no single call.
        // What metrics have no figure of is not told as 0.
        EdgeFigure::P95 if over_s.is_some() && edge.p95_ns == 0 => String::new(),
        EdgeFigure::P50 if over_s.is_some() && edge.p50_ns == 0 => String::new(),
        EdgeFigure::P95 if over_s.is_some() => format!("p95 {}", duration(edge.p95_ns)),
        _ if edge.calls == 1 && over_s.is_none() => duration(edge.max_ns),
        EdgeFigure::P50 => format!("p50 {}", duration(edge.p50_ns)),
        EdgeFigure::P95 if edge.calls < PERCENTILE_FROM => format!("max {}", duration(edge.max_ns)),
        EdgeFigure::P95 => format!("p95 {}", duration(edge.p95_ns)),
    };
    let calls = match over_s {
        Some(seconds) => rate_words(edge.calls, seconds),
        None => counted(edge.calls, one, many),
    };
    (calls, figure)
}

/// Calls of a range as a rate: `6.47/s`.
pub fn rate_words(calls: u64, over_s: u64) -> String {
    per_second(calls as f64 / over_s.max(1) as f64)
}

/// `3 err`, of calls; of all calls of a range their share.
pub fn error_words(edge: &MapEdge, over_s: Option<u64>) -> Option<String> {
    (edge.errors > 0).then(|| match over_s {
        Some(_) => format!("{} err", percent(edge.errors, edge.calls)),
        None => format!("{} err", crate::base::format::count(edge.errors)),
    })
}

/// The picture of a map under way. It is placed in slices, see [`PlaceBuild`].
pub struct PictureBuild {
    /// All but the placement.
    picture: MapPicture,
    placing: PlaceBuild,
}

impl PictureBuild {
    pub fn new(map: &ServiceMap, wanted: &MapWanted, over_s: Option<u64>) -> Self {
        let picture = unplaced(map, wanted, over_s);
        let (nodes, edges) = to_place(&picture);
        PictureBuild { picture, placing: PlaceBuild::new(nodes, edges, GAPS) }
    }

    /// Works for a slice; false when all is placed.
    pub fn step(&mut self) -> bool {
        self.placing.step()
    }

    /// Steps that placing has taken so far.
    pub fn steps(&self) -> u64 {
        self.placing.steps()
    }

    /// The picture; what is left of the work is done at once.
    pub fn finish(self) -> MapPicture {
        MapPicture { placement: self.placing.finish(), ..self.picture }
    }
}

/// What is drawn, and how large it is.
fn unplaced(map: &ServiceMap, wanted: &MapWanted, over_s: Option<u64>) -> MapPicture {
    let (shown, cut, all) = shown_nodes(map, wanted);
    let (nodes, edges) = restricted(map, &shown);
    let most = if wanted.cap == u32::MAX { most_edges_of_all(nodes.len()) } else { MOST_EDGES };
    let (edges, left_out) = split(nodes.len(), edges, most);
    let sizes: Vec<(f32, f32)> = nodes.iter().map(|node| (node_width(node), NODE_HEIGHT_PX)).collect();
    MapPicture { nodes, edges, placement: Placement::default(), sizes, cut, all, left_out, over_s }
}

fn to_place(picture: &MapPicture) -> (Vec<NodeIn>, Vec<EdgeIn>) {
    let node = |(width_px, height_px): &(f32, f32)| NodeIn { width_px: *width_px, height_px: *height_px };
    let edge = |edge: &MapEdge| EdgeIn {
        from: edge.from,
        to: edge.to,
        label_width_px: label_width(edge, picture.over_s),
        width_px: line_width(edge),
        weight: edge.calls,
    };
    (picture.sizes.iter().map(node).collect(), picture.edges.iter().map(edge).collect())
}

/// Positions of the nodes to draw, ascending; how many the cap left out, and of how many.
fn shown_nodes(map: &ServiceMap, wanted: &MapWanted) -> (Vec<u32>, u32, u32) {
    let is_wanted = |node: &MapNode| match node.kind {
        NodeKind::Service => true,
        NodeKind::Database => wanted.databases,
        NodeKind::Queue => wanted.queues,
        NodeKind::Host | NodeKind::Caller => wanted.hosts,
    };
    let mut shown: Vec<u32> = (0u32..).zip(&map.nodes).filter(|(_, node)| is_wanted(node)).map(|(at, _)| at).collect();
    let near = wanted.near.as_ref().and_then(|key| map.nodes.iter().position(|node| node.key == *key));
    if let Some(near) = near {
        let pairs: Vec<(u32, u32)> = map.edges.iter().map(|edge| (edge.from, edge.to)).collect();
        let around = nearby::neighbours(&pairs, near as u32, 1, map.nodes.len());
        shown.retain(|at| around.binary_search(at).is_ok());
    }
    let before = shown.len();
    if before > wanted.cap as usize {
        let (nodes, edges) = restricted(map, &shown);
        let part = ServiceMap { nodes, edges, calls: Vec::new() };
        let kept = most_important(&part, wanted.cap as usize);
        shown = kept.into_iter().filter_map(|at| shown.get(at as usize).copied()).collect();
        shown.sort_unstable();
    }
    let cut = (before - shown.len()) as u32;
    (shown, cut, before as u32)
}

/// The nodes at these positions, and the edges between them.
fn restricted(map: &ServiceMap, shown: &[u32]) -> (Vec<MapNode>, Vec<MapEdge>) {
    let place = |at: u32| shown.binary_search(&at).ok().map(|at| at as u32);
    let nodes = shown.iter().filter_map(|at| map.nodes.get(*at as usize).cloned()).collect();
    let edges = map
        .edges
        .iter()
        .filter_map(|edge| Some(MapEdge { from: place(edge.from)?, to: place(edge.to)?, ..edge.clone() }))
        .collect();
    (nodes, edges)
}

fn node_width(node: &MapNode) -> f32 {
    (node.name.chars().count() as f32 * NAME_CHAR_PX + NODE_INSET_PX).clamp(NODE_LEAST_PX, NODE_MOST_PX)
}

/// As wide as the label gets, whichever figure is chosen.
pub fn label_width(edge: &MapEdge, over_s: Option<u64>) -> f32 {
    let errors = error_words(edge, over_s).map_or(0, |words| words.chars().count() + 1);
    let width = [EdgeFigure::P95, EdgeFigure::P50, EdgeFigure::Total].map(|figure| {
        let (calls, figure) = edge_words(edge, figure, over_s);
        (calls.chars().count() + errors).max(figure.chars().count())
    });
    width.into_iter().max().unwrap_or_default() as f32 * LABEL_CHAR_PX + 10.0
}

/// 1 to 4.5 px by the logarithm of the total time: 1 µs is thin, 10 s and more is thick.
pub fn line_width(edge: &MapEdge) -> f32 {
    let decades = ((edge.total_ns.max(1) as f64).log10() - 3.0) / 7.0;
    (1.0 + 3.5 * decades.clamp(0.0, 1.0)) as f32
}

#[cfg(test)]
mod tests {
    use super::*;

    fn node(kind: NodeKind, name: &str, calls: u64) -> MapNode {
        let key = if kind == NodeKind::Service { name.to_owned() } else { format!("host:{name}") };
        MapNode {
            kind,
            name: name.to_owned(),
            key,
            system: String::new(),
            service: (kind == NodeKind::Service).then_some(0),
            spans: 1,
            error_spans: 0,
            self_ns: 0,
            critical_ns: 0,
            calls,
            call_errors: 0,
            p95_ns: 0,
        }
    }

    fn edge(from: u32, to: u32, calls: u64) -> MapEdge {
        MapEdge {
            from,
            to,
            kind: EdgeKind::Call,
            calls,
            errors: 0,
            total_ns: calls * 1_000_000,
            p50_ns: 1_000_000,
            p95_ns: 2_000_000,
            max_ns: 3_000_000,
            critical: false,
            first_call: 0,
        }
    }

    fn wanted() -> MapWanted {
        MapWanted { databases: true, queues: true, hosts: true, near: None, cap: 100 }
    }

    /// a calls b, b calls c and a host, c calls nobody.
    fn map() -> ServiceMap {
        ServiceMap {
            nodes: vec![
                node(NodeKind::Service, "a", 0),
                node(NodeKind::Service, "b", 9),
                node(NodeKind::Service, "c", 1),
                node(NodeKind::Host, "mail.example", 5),
            ],
            edges: vec![edge(0, 1, 9), edge(1, 2, 1), edge(1, 3, 5)],
            calls: vec![0; 15],
        }
    }

    #[test]
    fn one_call_has_a_duration_few_have_a_maximum_and_many_a_percentile() {
        let words = |calls, figure| edge_words(&edge(0, 1, calls), figure, None).1;
        assert_eq!(words(1, EdgeFigure::P95), "3.00 ms");
        assert_eq!(words(1, EdgeFigure::P50), "3.00 ms");
        assert_eq!(words(19, EdgeFigure::P95), "max 3.00 ms");
        assert_eq!(words(20, EdgeFigure::P95), "p95 2.00 ms");
        assert_eq!(words(19, EdgeFigure::P50), "p50 1.00 ms");
        assert_eq!(words(3, EdgeFigure::Total), "Σ 3.00 ms");
    }

    #[test]
    fn calls_messages_and_links_are_named_as_what_they_are() {
        let words = |kind, calls| edge_words(&MapEdge { kind, ..edge(0, 1, calls) }, EdgeFigure::P95, None).0;
        assert_eq!(words(EdgeKind::Call, 1), "1 call");
        assert_eq!(words(EdgeKind::Message, 2), "2 msgs");
        assert_eq!(words(EdgeKind::Link, 1), "1 link");
        assert_eq!(error_words(&MapEdge { errors: 3, ..edge(0, 1, 6) }, None), Some("3 err".to_owned()));
        assert_eq!(error_words(&edge(0, 1, 6), None), None);
    }

    #[test]
    fn all_calls_of_a_range_are_told_as_rates() {
        let many = MapEdge { errors: 9, ..edge(0, 1, 900) };
        assert_eq!(edge_words(&many, EdgeFigure::P95, Some(150)), ("6.00/s".to_owned(), "p95 2.00 ms".to_owned()));
        assert_eq!(error_words(&many, Some(150)), Some("1 % err".to_owned()));
        assert_eq!(edge_words(&edge(0, 1, 1), EdgeFigure::P95, Some(3_600)).0, "<0.001/s");
    }

    #[test]
    fn kinds_that_are_not_wanted_leave_with_their_edges() {
        let (shown, cut, all) = shown_nodes(&map(), &MapWanted { hosts: false, ..wanted() });
        assert_eq!((shown.as_slice(), cut, all), (&[0, 1, 2][..], 0, 3));
        let (nodes, edges) = restricted(&map(), &shown);
        assert_eq!((nodes.len(), edges.len()), (3, 2));
    }

    #[test]
    fn neighbours_are_callers_and_called() {
        let near = |key: &str| shown_nodes(&map(), &MapWanted { near: Some(key.to_owned()), ..wanted() }).0;
        assert_eq!(near("a"), [0, 1]);
        assert_eq!(near("b"), [0, 1, 2, 3]);
        assert_eq!(near("host:mail.example"), [1, 3]);
        // A node that the map does not have has no neighbours to show: all stay.
        assert_eq!(near("gone"), [0, 1, 2, 3]);
    }

    /// All services call one another, no two pairs as often.
    fn all_call_all(services: u32) -> ServiceMap {
        let pairs = (0..services).flat_map(|from| (0..services).map(move |to| (from, to)));
        ServiceMap {
            nodes: (0..services).map(|at| node(NodeKind::Service, &format!("service-{at:03}"), 0)).collect(),
            edges: pairs
                .filter(|(from, to)| from != to)
                .map(|(from, to)| {
                    edge(from, to, 1 + u64::from(from * services + to).wrapping_mul(2_654_435_761) % 99_991)
                })
                .collect(),
            calls: Vec::new(),
        }
    }

    #[test]
    fn where_everything_calls_everything_the_heaviest_edges_are_drawn_and_the_others_counted() {
        let map = all_call_all(40);
        let picture = PictureBuild::new(&map, &wanted(), None).finish();
        assert_eq!((picture.edges.len(), picture.left_out.len()), (MOST_EDGES, 40 * 39 - MOST_EDGES));
        assert_eq!(picture.placement.edges.len(), MOST_EDGES);
        let heaviest_of = |node: u32| {
            let its = map.edges.iter().filter(|edge| edge.from == node || edge.to == node);
            its.max_by_key(|edge| edge.calls).unwrap()
        };
        assert!((0..40).all(|node| picture.edges.contains(heaviest_of(node))));
        let lightest = picture.edges.iter().filter(|edge| (0..40).all(|node| heaviest_of(node) != *edge));
        let lightest = lightest.map(|edge| edge.calls).min();
        assert!(picture.left_out.iter().all(|edge| Some(edge.calls) <= lightest));
        // With the cap on nodes lifted no fewer are drawn, and none is lost.
        let all = PictureBuild::new(&map, &MapWanted { cap: u32::MAX, ..wanted() }, None).finish();
        assert!(all.edges.len() >= MOST_EDGES && all.edges.len() + all.left_out.len() == 40 * 39);
    }

    #[test]
    fn a_picture_made_in_slices_is_the_picture_and_one_that_is_dropped_is_not_gone_on_with() {
        let map = all_call_all(60);
        let all = MapWanted { cap: u32::MAX, ..wanted() };
        let mut build = PictureBuild::new(&map, &all, Some(60));
        assert_eq!(build.steps(), 0);
        let mut slices = 0;
        while build.step() {
            slices += 1;
        }
        assert!(slices > 3, "{slices} slices");
        assert_eq!(build.finish(), PictureBuild::new(&map, &all, Some(60)).finish());
    }

    #[test]
    fn the_cap_keeps_the_nodes_with_most_calls_and_tells_how_many_it_cut() {
        let (shown, cut, all) = shown_nodes(&map(), &MapWanted { cap: 2, ..wanted() });
        assert_eq!((shown.as_slice(), cut, all), (&[0, 1][..], 2, 4));
        // Positions are those of the nodes that stayed.
        let (_, edges) = restricted(&map(), &[1, 3]);
        assert_eq!(edges.iter().map(|edge| (edge.from, edge.to)).collect::<Vec<_>>(), [(0, 1)]);
    }

    #[test]
    fn lines_grow_with_the_logarithm_of_the_total() {
        let width = |total_ns| line_width(&MapEdge { total_ns, ..edge(0, 1, 1) });
        assert_eq!((width(0), width(1_000), width(10_000_000_000), width(u64::MAX)), (1.0, 1.0, 4.5, 4.5));
        assert!((width(1_000_000) - 2.5).abs() < 0.01);
    }

    #[test]
    fn nodes_are_as_wide_as_their_names_within_limits() {
        let width = |name: &str| node_width(&node(NodeKind::Service, name, 0));
        assert_eq!((width("a"), width(&"x".repeat(100))), (NODE_LEAST_PX, NODE_MOST_PX));
        assert!(width("carrier-chronopost") > NODE_LEAST_PX);
    }
}
