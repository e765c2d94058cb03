//! Which edges each node has, as two columns instead of a list a node.

/// The edges of each node, in the order in which they were given.
pub(super) struct Adjacent {
    /// Where each node's edges begin; one more entry than nodes.
    start: Vec<u32>,
    edges: Vec<u32>,
}

impl Adjacent {
    /// `node_of` gives a node below `nodes` for each edge in turn.
    pub(super) fn new(nodes: usize, node_of: impl Iterator<Item = u32> + Clone) -> Adjacent {
        let mut start = vec![0u32; nodes + 1];
        for node in node_of.clone() {
            start[node as usize + 1] += 1;
        }
        for node in 0..nodes {
            start[node + 1] += start[node];
        }
        let mut next = start.clone();
        let mut edges = vec![0; start[nodes] as usize];
        for (edge, node) in node_of.enumerate() {
            edges[next[node as usize] as usize] = edge as u32;
            next[node as usize] += 1;
        }
        Adjacent { start, edges }
    }

    pub(super) fn of(&self, node: u32) -> &[u32] {
        &self.edges[self.start[node as usize] as usize..self.start[node as usize + 1] as usize]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn edges_stand_by_node_then_as_given() {
        let adjacent = Adjacent::new(4, [2, 0, 2, 3].into_iter());
        assert_eq!([0, 1, 2, 3].map(|node| adjacent.of(node).to_vec()), [vec![1], vec![], vec![0, 2], vec![3]]);
    }
}
