//! In which layer each node stands: right after its latest caller (longest path), and a caller that nobody calls right
//! before its earliest callee.

use super::adjacent::Adjacent;

/// By node: its layer, from 0. `edges` must hold no cycle.
pub(super) fn layers(nodes: usize, edges: &[(u32, u32)]) -> Vec<u32> {
    let out = Adjacent::new(nodes, edges.iter().map(|(from, _)| *from));
    let into = Adjacent::new(nodes, edges.iter().map(|(_, to)| *to));
    let mut layer = vec![0u32; nodes];
    let mut waits_for: Vec<usize> = (0..nodes as u32).map(|node| into.of(node).len()).collect();
    let mut order: Vec<u32> = (0..nodes as u32).filter(|node| waits_for[*node as usize] == 0).collect();
    let mut at = 0;
    while let Some(node) = order.get(at).copied() {
        at += 1;
        for edge in out.of(node) {
            let to = edges[*edge as usize].1 as usize;
            layer[to] = layer[to].max(layer[node as usize] + 1);
            waits_for[to] -= 1;
            if waits_for[to] == 0 {
                order.push(to as u32);
            }
        }
    }
    // What only serves its one callee, back to a source: moving all of it right makes no edge longer.
    let mut free = vec![false; nodes];
    for node in &order {
        free[*node as usize] = into.of(*node).iter().all(|edge| {
            let caller = edges[*edge as usize].0;
            free[caller as usize] && out.of(caller).iter().all(|other| edges[*other as usize].1 == *node)
        });
    }
    for node in order.iter().rev().filter(|node| free[**node as usize]) {
        let earliest = out.of(*node).iter().map(|edge| layer[edges[*edge as usize].1 as usize]).min();
        if let Some(earliest) = earliest {
            layer[*node as usize] = earliest.saturating_sub(1);
        }
    }
    layer
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_node_stands_right_after_its_latest_caller() {
        assert_eq!(layers(5, &[(0, 1), (1, 2), (0, 2), (2, 3), (0, 4)]), [0, 1, 2, 3, 1]);
    }

    #[test]
    fn a_source_stands_right_before_its_earliest_callee() {
        // 4 → 5 only serve 3; 6 calls 1 and 3.
        assert_eq!(layers(7, &[(0, 1), (1, 2), (2, 3), (4, 5), (5, 3), (6, 1), (6, 3)]), [0, 1, 2, 3, 1, 2, 0]);
    }
}
