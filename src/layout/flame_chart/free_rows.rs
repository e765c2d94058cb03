//! The first row from a given one on whose last box has ended: a tree of minima over the rows' ends, O(log rows) a
//! question and a change.

/// Ends of the last box of each row; rows never asked about are free.
#[derive(Default)]
pub struct FreeRows {
    /// A complete binary tree: leaves from `leaves` on, each inner node the least of its two.
    least: Vec<u64>,
    leaves: usize,
}

impl FreeRows {
    /// A row from `first` on in which nothing ends after `start`: the first such.
    pub fn first_ending_by(&self, start: u64, first: u32) -> u32 {
        let first = first as usize;
        if first >= self.leaves {
            return first as u32;
        }
        let mut node = self.leaves + first;
        // Up until a subtree to the right holds a free row, then down to its first leaf.
        while self.least[node] > start {
            while node % 2 == 1 {
                node /= 2;
                if node <= 1 {
                    return self.leaves as u32;
                }
            }
            node += 1;
        }
        while node < self.leaves {
            node = if self.least[node * 2] <= start { node * 2 } else { node * 2 + 1 };
        }
        (node - self.leaves) as u32
    }

    /// The row's last box ends no earlier than `end`.
    pub fn extend_to(&mut self, row: u32, end: u64) {
        let row = row as usize;
        if row >= self.leaves {
            self.grow(row + 1);
        }
        let mut node = self.leaves + row;
        self.least[node] = self.least[node].max(end);
        while node > 1 {
            node /= 2;
            self.least[node] = self.least[node * 2].min(self.least[node * 2 + 1]);
        }
    }

    fn grow(&mut self, rows: usize) {
        let leaves = rows.next_power_of_two().max(64);
        let mut least = vec![0; leaves * 2];
        least[leaves..leaves + self.leaves].copy_from_slice(&self.least[self.leaves..]);
        for node in (1..leaves).rev() {
            least[node] = least[node * 2].min(least[node * 2 + 1]);
        }
        (self.least, self.leaves) = (least, leaves);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn rows_beyond_the_known_ones_are_free() {
        let mut rows = FreeRows::default();
        assert_eq!(rows.first_ending_by(0, 5), 5);
        rows.extend_to(0, 10);
        rows.extend_to(1, 20);
        assert_eq!(rows.first_ending_by(5, 0), 2);
        assert_eq!(rows.first_ending_by(10, 0), 0);
        assert_eq!(rows.first_ending_by(15, 1), 2);
    }

    proptest! {
        #[test]
        fn the_tree_finds_what_a_walk_finds(ends in prop::collection::vec((0u32..200, 0u64..50), 0..300), start in 0u64..60, first in 0u32..220) {
            let mut rows = FreeRows::default();
            let mut plain = vec![0u64; 512];
            for (row, end) in ends {
                rows.extend_to(row, end);
                plain[row as usize] = plain[row as usize].max(end);
            }
            let walked = (first..512).find(|row| plain[*row as usize] <= start).unwrap();
            prop_assert_eq!(rows.first_ending_by(start, first), walked);
        }
    }
}
