//! Which edges go backward: a set whose turning leaves no cycle, so that callers can stand before whom they call.
//!
//! Only edges inside a strongly connected component (Tarjan 1972) can be. In each the greedy order of Eades, Lin and
//! Smyth (1993) is made: sources to the front, sinks to the back, else the node that gives most more than it takes.
//! Edges against it go backward. It gives by weight, so that the lighter direction of a pair turns.

use core::cmp::Reverse;
use std::collections::BTreeSet;

use super::adjacent::Adjacent;

/// A directed edge and how much it weighs.
pub(super) type Weighed = (u32, u32, u64);

/// By edge: whether it goes backward. Loops do not. O(edges · log nodes), the same for any order of the edges.
pub(super) fn backward(nodes: usize, edges: &[Weighed]) -> Vec<bool> {
    let out = Adjacent::new(nodes, edges.iter().map(|(from, ..)| *from));
    let into = Adjacent::new(nodes, edges.iter().map(|(_, to, _)| *to));
    let component = components(nodes, edges, &out);
    let inside = |edge: u32| {
        let (from, to, _) = edges[edge as usize];
        from != to && component[from as usize] == component[to as usize]
    };
    let place = greedy_order(nodes, edges, &out, &into, &inside);
    (0..edges.len() as u32)
        .map(|edge| {
            let (from, to, _) = edges[edge as usize];
            inside(edge) && place[from as usize] > place[to as usize]
        })
        .collect()
}

/// By node: the number of its strongly connected component. A stack of open nodes instead of recursion.
fn components(nodes: usize, edges: &[Weighed], out: &Adjacent) -> Vec<u32> {
    const UNSEEN: u32 = u32::MAX;
    let mut component = vec![UNSEEN; nodes];
    let (mut index, mut low) = (vec![UNSEEN; nodes], vec![0u32; nodes]);
    let (mut on_path, mut next_edge) = (Vec::new(), vec![0usize; nodes]);
    let (mut seen, mut found) = (0, 0);
    for first in 0..nodes {
        let mut open: Vec<usize> = if index[first] == UNSEEN { vec![first] } else { Vec::new() };
        while let Some(node) = open.last().copied() {
            if index[node] == UNSEEN {
                (index[node], low[node]) = (seen, seen);
                seen += 1;
                on_path.push(node);
            }
            if let Some(edge) = out.of(node as u32).get(next_edge[node]) {
                next_edge[node] += 1;
                let to = edges[*edge as usize].1 as usize;
                if index[to] == UNSEEN {
                    open.push(to);
                } else if component[to] == UNSEEN {
                    low[node] = low[node].min(index[to]);
                }
                continue;
            }
            open.pop();
            if let Some(above) = open.last() {
                low[*above] = low[*above].min(low[node]);
            }
            if low[node] == index[node] {
                while let Some(member) = on_path.pop() {
                    component[member] = found;
                    if member == node {
                        break;
                    }
                }
                found += 1;
            }
        }
    }
    component
}

/// What is left of a node while the order is made.
#[derive(Clone, Copy, Default)]
struct Left {
    into: u32,
    out: u32,
    /// Weight out less weight in; of u64s, so it cannot overflow.
    gives: i128,
}

impl Left {
    /// Sinks go first, then sources, then who gives most; ties by the smaller index.
    fn rank(self, node: u32) -> (u8, i128, Reverse<u32>) {
        let class = match self {
            Left { out: 0, .. } => 2,
            Left { into: 0, .. } => 1,
            _ => 0,
        };
        (class, if class == 0 { self.gives } else { 0 }, Reverse(node))
    }
}

/// By node: its place in the order. The components' places interleave, which says nothing: only edges inside one count.
fn greedy_order(
    nodes: usize,
    edges: &[Weighed],
    out: &Adjacent,
    into: &Adjacent,
    inside: &impl Fn(u32) -> bool,
) -> Vec<u32> {
    let mut left = vec![Left::default(); nodes];
    for (at, (from, to, weight)) in edges.iter().enumerate() {
        if inside(at as u32) {
            left[*from as usize].out += 1;
            left[*from as usize].gives += i128::from(*weight);
            left[*to as usize].into += 1;
            left[*to as usize].gives -= i128::from(*weight);
        }
    }
    let mut ranked: BTreeSet<_> = left.iter().enumerate().map(|(node, left)| left.rank(node as u32)).collect();
    let mut place = vec![u32::MAX; nodes];
    let (mut front, mut back) = (0, nodes as u32);
    while let Some((class, _, Reverse(node))) = ranked.pop_last() {
        if class == 2 {
            back -= 1;
            place[node as usize] = back;
        } else {
            place[node as usize] = front;
            front += 1;
        }
        let mut lose = |other: u32, change: &dyn Fn(&mut Left)| {
            if place[other as usize] == u32::MAX {
                ranked.remove(&left[other as usize].rank(other));
                change(&mut left[other as usize]);
                ranked.insert(left[other as usize].rank(other));
            }
        };
        for edge in out.of(node).iter().filter(|edge| inside(**edge)) {
            let (_, to, weight) = edges[*edge as usize];
            lose(to, &|left| (left.into, left.gives) = (left.into - 1, left.gives + i128::from(weight)));
        }
        for edge in into.of(node).iter().filter(|edge| inside(**edge)) {
            let (from, _, weight) = edges[*edge as usize];
            lose(from, &|left| (left.out, left.gives) = (left.out - 1, left.gives - i128::from(weight)));
        }
    }
    place
}

#[cfg(test)]
mod tests {
    use super::*;

    fn turned(nodes: usize, edges: &[Weighed]) -> Vec<(u32, u32)> {
        let backward = backward(nodes, edges);
        edges.iter().zip(backward).filter(|(_, turned)| *turned).map(|((from, to, _), _)| (*from, *to)).collect()
    }

    #[test]
    fn without_a_cycle_nothing_turns() {
        assert_eq!(turned(4, &[(3, 0, 1), (3, 1, 1), (1, 0, 1), (0, 2, 1), (2, 2, 1)]), []);
    }

    #[test]
    fn the_call_back_turns_and_not_the_call() {
        assert_eq!(turned(3, &[(2, 1, 9), (1, 0, 5), (0, 1, 3)]), [(0, 1)]);
        assert_eq!(turned(2, &[(1, 0, 5), (0, 1, 3)]), [(0, 1)]);
    }

    #[test]
    fn a_ring_turns_one_edge() {
        let ring: Vec<Weighed> = (0..50).map(|at| (at, (at + 1) % 50, if at == 20 { 1 } else { 2 })).collect();
        assert_eq!(turned(50, &ring), [(20, 21)]);
    }

    #[test]
    fn an_edge_between_two_cycles_never_turns() {
        let edges = [(0, 1, 1), (1, 0, 9), (2, 3, 1), (3, 2, 9), (0, 2, 1), (1, 3, 1)];
        assert_eq!(turned(4, &edges), [(0, 1), (2, 3)]);
    }

    #[test]
    fn a_chain_of_100000_services_is_walked_without_recursion() {
        let mut edges: Vec<Weighed> = (0..99_999).map(|at| (at, at + 1, 2)).collect();
        edges.push((99_999, 0, 1));
        assert_eq!(turned(100_000, &edges), [(99_999, 0)]);
    }
}
