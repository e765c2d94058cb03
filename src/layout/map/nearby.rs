//! Who is near a node, for the map that shows only its neighbours.

use super::adjacent::Adjacent;

/// Nodes within `hops` edges of `node`, in either direction, ascending, itself included; none when it is no node.
/// `count` is how many nodes there are; edges that name others are left out.
pub fn neighbours(edges: &[(u32, u32)], node: u32, hops: u32, count: usize) -> Vec<u32> {
    if node as usize >= count {
        return Vec::new();
    }
    let known: Vec<(u32, u32)> =
        edges.iter().copied().filter(|(a, b)| (*a as usize) < count && (*b as usize) < count).collect();
    let out = Adjacent::new(count, known.iter().map(|(from, _)| *from));
    let into = Adjacent::new(count, known.iter().map(|(_, to)| *to));
    let mut is_near = vec![false; count];
    is_near[node as usize] = true;
    let mut frontier = vec![node];
    for _ in 0..hops {
        let mut next = Vec::new();
        for node in frontier {
            let callees = out.of(node).iter().map(|edge| known[*edge as usize].1);
            let callers = into.of(node).iter().map(|edge| known[*edge as usize].0);
            next.extend(
                callees.chain(callers).filter(|other| !core::mem::replace(&mut is_near[*other as usize], true)),
            );
        }
        if next.is_empty() {
            break;
        }
        frontier = next;
    }
    (0..count as u32).filter(|node| is_near[*node as usize]).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn neighbours_are_found_in_both_directions() {
        let edges = [(0, 1), (1, 2), (2, 3), (4, 2), (2, 2), (9, 1)];
        assert_eq!(neighbours(&edges, 2, 0, 6), [2]);
        assert_eq!(neighbours(&edges, 2, 1, 6), [1, 2, 3, 4]);
        assert_eq!(neighbours(&edges, 2, 2, 6), [0, 1, 2, 3, 4]);
        assert_eq!(neighbours(&edges, 5, u32::MAX, 6), [5]);
        assert_eq!(neighbours(&edges, 6, 1, 6), [0; 0]);
    }
}
