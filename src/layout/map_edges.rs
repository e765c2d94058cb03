//! Which edges of a map are drawn. Where everything calls everything, all edges are a grey area that takes minutes to
//! place: the heaviest are drawn, and the others are listed at their nodes.

use core::cmp::Reverse;

use super::map::lanes;
use crate::analysis::service_map::{EdgeKind, MapEdge};
use crate::base::format::counted;
use crate::base::sort;

/// Edges that are drawn at most, but for each node's heaviest.
pub const MOST_EDGES: usize = 400;
/// So many more a node where the reader wants to see all of them.
const MORE_EDGES_A_NODE: usize = 2;
/// Lanes that the edges take, and a node if that is more; beyond them no more than [`MOST_EDGES`] are drawn. What placing
/// costs, and how large and tangled the picture gets, goes by how many layers the edges pass, not by edges alone.
const MOST_LANES: u64 = 4_000;
const MOST_LANES_A_NODE: u64 = 10;

/// How many edges are drawn at most between so many nodes, when all nodes are drawn.
pub fn most_edges_of_all(nodes: usize) -> usize {
    MOST_EDGES + MORE_EDGES_A_NODE * nodes
}

/// How many lanes the edges between so many nodes may take.
pub fn most_lanes(nodes: usize) -> u64 {
    MOST_LANES.max(MOST_LANES_A_NODE * nodes as u64)
}

/// The edges to draw, and those left out; both in the order in which they came. Each node keeps its heaviest edge
/// to or from another, so that none is drawn without its connections; the others follow by calls, up to `most` in all,
/// beyond [`MOST_EDGES`] as far as their lanes are few.
pub fn split(nodes: usize, edges: Vec<MapEdge>, most: usize) -> (Vec<MapEdge>, Vec<MapEdge>) {
    let (ranked, least) = ranked(nodes, &edges);
    let weighed = |at: &usize| edges.get(*at).map(|edge| (edge.from, edge.to, edge.calls));
    let mut count = ranked.len().min(most.max(least));
    let fewest = count.min(MOST_EDGES.max(least));
    while count > fewest {
        let drawn: Vec<(u32, u32, u64)> = ranked.iter().take(count).filter_map(weighed).collect();
        if lanes(nodes, &drawn) <= most_lanes(nodes) {
            break;
        }
        count = (count - count.div_ceil(10)).max(fewest);
    }
    let mut is_drawn = vec![false; edges.len()];
    for at in ranked.into_iter().take(count) {
        if let Some(is_drawn) = is_drawn.get_mut(at) {
            *is_drawn = true;
        }
    }
    let mut is_drawn = is_drawn.into_iter();
    edges.into_iter().partition(|_| is_drawn.next() == Some(true))
}

/// Edges by how much they matter, and how many of the first are the heaviest of one of their ends.
fn ranked(nodes: usize, edges: &[MapEdge]) -> (Vec<usize>, usize) {
    let mut by_calls: Vec<usize> = (0..edges.len()).collect();
    sort::by_key(&mut by_calls, |at| Reverse(edges.get(*at).map(|edge| edge.calls)));
    let mut is_met = vec![false; nodes];
    let mut meet = |node: u32| is_met.get_mut(node as usize).is_some_and(|met| !core::mem::replace(met, true));
    let (mut ranked, others): (Vec<usize>, Vec<usize>) = by_calls.into_iter().partition(|at| {
        let Some(edge) = edges.get(*at).filter(|edge| edge.from != edge.to) else { return false };
        let (from, to) = (meet(edge.from), meet(edge.to));
        from || to
    });
    let least = ranked.len();
    ranked.extend(others);
    (ranked, least)
}

/// How many edges are not drawn, if any: `39,800 lighter connections are not drawn`.
pub fn left_out_words(left_out: u64) -> Option<String> {
    let are = if left_out == 1 { "is" } else { "are" };
    (left_out > 0)
        .then(|| format!("{} {are} not drawn", counted(left_out, "lighter connection", "lighter connections")))
}

/// Numbers that an edge is written as.
const NUMBERS: usize = 8;

/// Edges as numbers, to travel as a column: those left out can be many.
pub fn packed(edges: &[MapEdge]) -> Vec<u64> {
    let pair = |high: u32, low: u32| (u64::from(high) << 32) | u64::from(low);
    let mut numbers = Vec::with_capacity(edges.len() * NUMBERS);
    for edge in edges {
        let kind = match edge.kind {
            EdgeKind::Call => 0,
            EdgeKind::Message => 2,
            EdgeKind::Link => 4,
        };
        numbers.extend([pair(edge.from, edge.to), pair(edge.first_call, kind + u32::from(edge.critical))]);
        numbers.extend([edge.calls, edge.errors, edge.total_ns, edge.p50_ns, edge.p95_ns, edge.max_ns]);
    }
    numbers
}

/// The edges again.
pub fn unpacked(numbers: &[u64]) -> Vec<MapEdge> {
    let edge = |numbers: &[u64]| {
        let [ends, what, calls, errors, total_ns, p50_ns, p95_ns, max_ns] = *numbers else { return None };
        let kind = match (what as u32) >> 1 {
            0 => EdgeKind::Call,
            1 => EdgeKind::Message,
            _ => EdgeKind::Link,
        };
        Some(MapEdge {
            from: (ends >> 32) as u32,
            to: ends as u32,
            kind,
            calls,
            errors,
            total_ns,
            p50_ns,
            p95_ns,
            max_ns,
            critical: what & 1 == 1,
            first_call: (what >> 32) as u32,
        })
    };
    numbers.chunks_exact(NUMBERS).filter_map(edge).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn edge(from: u32, to: u32, calls: u64) -> MapEdge {
        MapEdge {
            from,
            to,
            kind: EdgeKind::Call,
            calls,
            errors: calls / 3,
            total_ns: calls.saturating_mul(1_000_000),
            p50_ns: 1_000_000,
            p95_ns: 2_000_000,
            max_ns: 3_000_000,
            critical: calls % 2 == 1,
            first_call: 7 * from,
        }
    }

    fn ends(edges: &[MapEdge]) -> Vec<(u32, u32)> {
        edges.iter().map(|edge| (edge.from, edge.to)).collect()
    }

    #[test]
    fn the_heaviest_edges_are_drawn_and_the_others_left_out_both_in_their_order() {
        // Between four nodes all ways there are; 3 → 2 weighs most.
        let all = || (0..4).flat_map(|from| (0..4).filter(move |to| *to != from).map(move |to| (from, to)));
        let edges: Vec<MapEdge> = all().map(|(from, to)| edge(from, to, u64::from(10 * from + to))).collect();
        let (drawn, left_out) = split(4, edges.clone(), 5);
        assert_eq!(ends(&drawn), [(2, 1), (2, 3), (3, 0), (3, 1), (3, 2)]);
        assert_eq!(drawn.len() + left_out.len(), edges.len());
        assert!(all().filter(|pair| !ends(&drawn).contains(pair)).eq(ends(&left_out)));
        assert_eq!(split(4, edges.clone(), 12), (edges, Vec::new()));
    }

    #[test]
    fn each_node_keeps_its_heaviest_edge_even_beyond_the_cap() {
        // 0 and 1 call each other most; 4 is called once, by 3, and calls itself often.
        let edges = [edge(0, 1, 90), edge(1, 0, 80), edge(0, 2, 9), edge(2, 3, 8), edge(3, 4, 1), edge(4, 4, 70)];
        let (drawn, left_out) = split(5, edges.to_vec(), 2);
        assert_eq!(ends(&drawn), [(0, 1), (0, 2), (2, 3), (3, 4)]);
        assert_eq!(ends(&left_out), [(1, 0), (4, 4)]);
        assert_eq!(ends(&split(5, edges.to_vec(), 5).0), [(0, 1), (1, 0), (0, 2), (2, 3), (3, 4)]);
    }

    #[test]
    fn of_equal_weight_the_first_are_drawn() {
        let edges: Vec<MapEdge> = (1..10).flat_map(|to| [edge(0, to, 4), edge(to, 0, 4)]).collect();
        let (drawn, left_out) = split(10, edges, 11);
        assert_eq!((drawn.len(), left_out.len()), (11, 7));
        assert_eq!(ends(&drawn)[..5], [(0, 1), (1, 0), (0, 2), (2, 0), (0, 3)]);
    }

    /// Calls between 300 services from each to `reach` further down, the next one most.
    fn chain(reach: u32) -> Vec<MapEdge> {
        let weight = |from: u32, to: u32| if to == from + 1 { 1_000 } else { u64::from(from * 7 + to * 5) % 97 };
        let below = |from: u32| from + 1..300.min(from + 1 + reach);
        (0..300).flat_map(|from| below(from).map(move |to| edge(from, to, weight(from, to)))).collect()
    }

    fn lanes_of(edges: &[MapEdge]) -> u64 {
        let weighed: Vec<(u32, u32, u64)> = edges.iter().map(|edge| (edge.from, edge.to, edge.calls)).collect();
        lanes(300, &weighed)
    }

    #[test]
    fn edges_that_pass_many_layers_are_drawn_as_far_as_their_lanes_are_few() {
        let has_chain = |drawn: &[MapEdge]| (1..300).all(|to| ends(drawn).contains(&(to - 1, to)));
        // All fit; as many as have room; no fewer than are drawn anyway.
        let (drawn, left_out) = split(300, chain(3), most_edges_of_all(300));
        assert_eq!((drawn.len(), left_out.len()), (3 * 300 - 6, 0));
        let (drawn, left_out) = split(300, chain(20), most_edges_of_all(300));
        assert!((MOST_EDGES + 1..1_000).contains(&drawn.len()), "{} drawn", drawn.len());
        assert_eq!(drawn.len() + left_out.len(), chain(20).len());
        assert!(lanes_of(&drawn) <= most_lanes(300) && has_chain(&drawn));
        let (drawn, _) = split(300, chain(300), most_edges_of_all(300));
        assert_eq!(drawn.len(), MOST_EDGES);
        assert!(lanes_of(&drawn) > most_lanes(300) && has_chain(&drawn));
    }

    #[test]
    fn how_many_are_left_out_is_said_in_words() {
        assert_eq!(left_out_words(0), None);
        assert_eq!(left_out_words(1).as_deref(), Some("1 lighter connection is not drawn"));
        assert_eq!(left_out_words(39_800).as_deref(), Some("39,800 lighter connections are not drawn"));
    }

    #[test]
    fn edges_travel_as_numbers() {
        let kinds = [EdgeKind::Call, EdgeKind::Message, EdgeKind::Link];
        let edges: Vec<MapEdge> = (0..6)
            .map(|at| MapEdge { kind: kinds[at as usize % 3], ..edge(at, u32::MAX - at, u64::MAX / 7) })
            .collect();
        let edges: Vec<MapEdge> = edges.into_iter().chain([edge(1, 2, 4)]).collect();
        assert_eq!(unpacked(&packed(&edges)), edges);
        assert_eq!(unpacked(&[]), []);
    }
}
