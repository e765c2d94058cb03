//! The order in each column, so that edges cross little: sweeps by barycentre and by median (Sugiyama, Tagawa, Toda
//! 1981; Gansner et al. 1993) from several starts, neighbours swapped where that helps, the best kept. Crossings are
//! counted exactly, each pair of columns in O(pieces · log) with a Fenwick tree (Barth, Jünger, Mutzel 2002).
//!
//! Edges of one vertex do not cross each other: they share its trunk, or its ports are put in order. Label columns are
//! left out, which halves the work and lets a node move without its labels holding it; they are filled at the end, in
//! the order of the nodes their edges go to, and add no crossing.

use super::adjacent::Adjacent;
use super::grid::Grid;
use super::steps::Steps;

use crate::base::sort;

/// Steps of the inner loops, over all starts.
const MAX_STEPS: u64 = 40_000_000;
/// No further start is made after so many: a small map gets all of them, one of 300 services two or three.
const ENOUGH_STEPS: u64 = 4_000_000;
const MAX_STARTS: u64 = 24;
/// Sweeps of a start, and how many may bring nothing before it is given up.
const MAX_SWEEPS: usize = 24;
const MAX_VAIN_SWEEPS: usize = 8;

/// Orders the grid's columns; gives how many pairs of edges cross.
pub(super) async fn arrange(grid: &mut Grid, steps: &Steps) -> u64 {
    let net = Net::of(grid);
    let mut work = Work { done: 0, steps };
    let mut best: Option<(u64, Vec<Vec<u32>>)> = None;
    for start in 0..MAX_STARTS {
        let by = if start % 2 == 0 { By::Barycentre } else { By::Median };
        let (crossings, columns) = Sweeper::new(&net, start_order(&net, start)).sweep(by, &mut work).await;
        if best.as_ref().is_none_or(|(least, _)| crossings < *least) {
            best = Some((crossings, columns));
        }
        if matches!(best, Some((0, _))) || work.done > ENOUGH_STEPS {
            break;
        }
    }
    let (crossings, columns) = best.unwrap_or_default();
    fill(grid, &net, columns);
    crossings
}

/// What sorting and swapping has cost, which is bounded; it rests between two columns.
struct Work<'a> {
    done: u64,
    steps: &'a Steps,
}

impl Work<'_> {
    fn add(&mut self, steps: u64) {
        self.done += steps;
        self.steps.take(steps);
    }
}

/// The grid without its label columns.
struct Net {
    /// By column the column in the grid, and its vertices.
    columns: Vec<(usize, Vec<u32>)>,
    column_of: Vec<u32>,
    links: Vec<Link>,
    out: Adjacent,
    into: Adjacent,
}

/// A stretch of an edge from one node column to the next; each end with whether it is in the lane below a node.
#[derive(Clone, Copy)]
struct Link {
    left: (u32, bool),
    right: (u32, bool),
}

impl Net {
    fn of(grid: &Grid) -> Net {
        let columns: Vec<(usize, Vec<u32>)> = grid
            .columns
            .iter()
            .enumerate()
            .filter(|(_, column)| column.iter().any(|vertex| grid.is_node(*vertex)))
            .map(|(at, column)| (at, column.clone()))
            .collect();
        const LEFT_OUT: u32 = u32::MAX;
        let mut column_of = vec![LEFT_OUT; grid.vertices.len()];
        for (at, (_, column)) in columns.iter().enumerate() {
            column.iter().for_each(|vertex| column_of[*vertex as usize] = at as u32);
        }
        let mut links = Vec::new();
        for chain in &grid.chains {
            let mut left = (0, false);
            for piece in grid.pieces[chain.start as usize..chain.end as usize].iter() {
                if column_of[piece.left as usize] != LEFT_OUT {
                    left = (piece.left, piece.below_left);
                }
                if column_of[piece.right as usize] != LEFT_OUT {
                    links.push(Link { left, right: (piece.right, piece.below_right) });
                }
            }
        }
        let out = Adjacent::new(grid.vertices.len(), links.iter().map(|link| link.left.0));
        let into = Adjacent::new(grid.vertices.len(), links.iter().map(|link| link.right.0));
        Net { columns, column_of, links, out, into }
    }
}

/// Writes the order into the grid, and fills the label columns by their edges' right ends, then their left ones.
fn fill(grid: &mut Grid, net: &Net, columns: Vec<Vec<u32>>) {
    let mut place = vec![0u32; grid.vertices.len()];
    for ((at, _), column) in net.columns.iter().zip(columns) {
        column.iter().enumerate().for_each(|(at, vertex)| place[*vertex as usize] = at as u32);
        grid.columns[*at] = column;
    }
    for at in 0..grid.columns.len() {
        if net.columns.binary_search_by_key(&at, |(column, _)| *column).is_ok() {
            continue;
        }
        let mut column = core::mem::take(&mut grid.columns[at]);
        sort::by_key(&mut column, |vertex| {
            let end = |piece: Option<&u32>, left: bool| {
                let piece = grid.pieces.get(*piece? as usize)?;
                let (other, below) =
                    if left { (piece.left, piece.below_left) } else { (piece.right, piece.below_right) };
                Some((place[other as usize], below))
            };
            (end(grid.out.of(*vertex).first(), false), end(grid.into.of(*vertex).first(), true), *vertex)
        });
        grid.columns[at] = column;
    }
}

/// Columns filled in the order in which a walk meets their vertices: two depth first, two breadth first, all others in
/// an order that only looks random.
fn start_order(net: &Net, start: u64) -> Vec<Vec<u32>> {
    let mut columns: Vec<Vec<u32>> = net.columns.iter().map(|(_, column)| Vec::with_capacity(column.len())).collect();
    if start >= 4 {
        // Fibonacci hashing of the vertex, another for each start.
        let hash = |vertex: u32| (u64::from(vertex) + 1).wrapping_mul(0x9E37_79B9_7F4A_7C15 ^ (start << 17)) >> 20;
        for (column, (_, from)) in columns.iter_mut().zip(&net.columns) {
            column.extend(from);
            sort::by_key(column, |vertex| (hash(*vertex), *vertex));
        }
        return columns;
    }
    let mut seen = vec![false; net.column_of.len()];
    let mut open = std::collections::VecDeque::new();
    let sources = net.columns.iter().flat_map(|(_, column)| column).filter(|vertex| net.into.of(**vertex).is_empty());
    for source in sources {
        open.push_back(*source);
        while let Some(vertex) = if start < 2 { open.pop_back() } else { open.pop_front() } {
            if core::mem::replace(&mut seen[vertex as usize], true) {
                continue;
            }
            columns[net.column_of[vertex as usize] as usize].push(vertex);
            // A stack gives back the last first.
            let next = net.out.of(vertex).iter().map(|link| net.links[*link as usize].right.0);
            if start == 0 { open.extend(next.rev()) } else { open.extend(next) }
        }
    }
    columns
}

#[derive(Clone, Copy, PartialEq)]
enum By {
    Barycentre,
    Median,
}

struct Sweeper<'a> {
    net: &'a Net,
    columns: Vec<Vec<u32>>,
    /// By vertex: its place in its column.
    place: Vec<u32>,
}

impl<'a> Sweeper<'a> {
    fn new(net: &'a Net, columns: Vec<Vec<u32>>) -> Self {
        Sweeper { net, columns, place: vec![0; net.column_of.len()] }
    }

    /// Sweeps until nothing improves; gives the best order met and its crossings.
    async fn sweep(mut self, by: By, work: &mut Work<'_>) -> (u64, Vec<Vec<u32>>) {
        (0..self.columns.len()).for_each(|column| self.number(column));
        self.swap_neighbours(work).await;
        let mut best = (self.crossings(work.steps).await, self.columns.clone());
        let mut vain = 0;
        for sweep in 0..MAX_SWEEPS {
            if best.0 == 0 || vain == MAX_VAIN_SWEEPS || work.done > MAX_STEPS {
                break;
            }
            let rightward = sweep % 2 == 0;
            for nth in 1..self.columns.len() {
                let column = if rightward { nth } else { self.columns.len() - 1 - nth };
                self.sort_column(column, rightward, by, sweep % 4 >= 2, work);
                work.steps.rest().await;
            }
            self.swap_neighbours(work).await;
            let crossings = self.crossings(work.steps).await;
            vain += 1;
            if crossings < best.0 {
                best = (crossings, self.columns.clone());
                vain = 0;
            }
        }
        best
    }

    fn number(&mut self, column: usize) {
        for (at, vertex) in self.columns[column].iter().enumerate() {
            self.place[*vertex as usize] = at as u32;
        }
    }

    /// Where a link ends: twice the place, and one more in the lane below a node.
    fn end(&self, (vertex, below): (u32, bool)) -> u32 {
        2 * self.place[vertex as usize] + u32::from(below)
    }

    /// Where a vertex's links end in the column left or right of it, sorted.
    fn neighbours(&self, vertex: u32, left: bool) -> Vec<u32> {
        let net = self.net;
        let link = |link: &u32| net.links[*link as usize];
        let mut ends: Vec<u32> = match left {
            true => net.into.of(vertex).iter().map(|at| self.end(link(at).left)).collect(),
            false => net.out.of(vertex).iter().map(|at| self.end(link(at).right)).collect(),
        };
        ends.sort_unstable();
        ends
    }

    /// Sorts a column by where its vertices' neighbours on one side stand; vertices without any keep their places.
    /// Those of one place keep their order, or turn it: else the callees of one caller would never change places.
    fn sort_column(&mut self, column: usize, by_left: bool, by: By, turn_ties: bool, work: &mut Work) {
        let mut keyed: Vec<(f64, u32)> = Vec::new();
        let mut fixed = vec![None; self.columns[column].len()];
        for (at, vertex) in self.columns[column].iter().enumerate() {
            let near = self.neighbours(*vertex, by_left);
            work.add(1 + near.len() as u64);
            match near.len() {
                0 => fixed[at] = Some(*vertex),
                len if by == By::Median => {
                    let middle = f64::from(near[(len - 1) / 2]) + f64::from(near[len / 2]);
                    keyed.push((middle / 2.0, *vertex));
                }
                len => keyed.push((near.iter().map(|place| f64::from(*place)).sum::<f64>() / len as f64, *vertex)),
            }
        }
        if turn_ties {
            keyed.reverse();
        }
        keyed.sort_by(|a, b| a.0.total_cmp(&b.0));
        let mut movable = keyed.into_iter().map(|(_, vertex)| vertex);
        self.columns[column] = fixed.into_iter().filter_map(|fixed| fixed.or_else(|| movable.next())).collect();
        self.number(column);
    }

    /// Swaps neighbours in a column wherever fewer pieces cross then, until none is left.
    async fn swap_neighbours(&mut self, work: &mut Work<'_>) {
        const MAX_ROUNDS: usize = 12;
        let mut dirty = vec![true; self.columns.len()];
        for _ in 0..MAX_ROUNDS {
            let mut any = false;
            for column in 0..self.columns.len() {
                if !core::mem::take(&mut dirty[column]) || work.done > MAX_STEPS {
                    continue;
                }
                work.steps.rest().await;
                if self.swap_in(column, work) {
                    any = true;
                    let beside = column.saturating_sub(1)..(column + 2).min(dirty.len());
                    dirty[beside].fill(true);
                }
            }
            if !any {
                break;
            }
        }
    }

    fn swap_in(&mut self, column: usize, work: &mut Work) -> bool {
        let mut order = core::mem::take(&mut self.columns[column]);
        let mut near: Vec<[Vec<u32>; 2]> =
            order.iter().map(|vertex| [self.neighbours(*vertex, true), self.neighbours(*vertex, false)]).collect();
        work.steps.take(near.iter().flatten().map(|ends| ends.len() as u64).sum());
        let mut swapped = false;
        for at in 1..order.len() {
            let (mut now, mut then) = (0, 0);
            for (above, below) in near[at - 1].iter().zip(&near[at]) {
                work.add((above.len() + below.len()) as u64);
                now += crossed(above, below);
                then += crossed(below, above);
            }
            if then < now {
                order.swap(at - 1, at);
                near.swap(at - 1, at);
                swapped = true;
            }
        }
        self.columns[column] = order;
        self.number(column);
        swapped
    }

    async fn crossings(&self, steps: &Steps) -> u64 {
        let mut crossings = 0;
        for right in 1..self.columns.len() {
            crossings += self.crossings_between(right - 1, right);
            let links = self.columns[right - 1].iter().map(|vertex| self.net.out.of(*vertex).len() as u64);
            steps.take(links.sum());
            steps.rest().await;
        }
        crossings
    }

    fn crossings_between(&self, left: usize, right: usize) -> u64 {
        let mut met = Fenwick::new(2 * self.columns[right].len());
        let mut crossings = 0;
        let mut ends: Vec<(bool, usize)> = Vec::new();
        for vertex in &self.columns[left] {
            ends.clear();
            ends.extend(self.net.out.of(*vertex).iter().map(|link| {
                let link = self.net.links[*link as usize];
                (link.left.1, self.end(link.right) as usize)
            }));
            ends.sort_unstable();
            // Those of the trunk, then those of the lanes below it.
            for port in ends.chunk_by(|(a, _), (b, _)| a == b) {
                crossings += port.iter().map(|(_, end)| met.above(*end)).sum::<u64>();
                port.iter().for_each(|(_, end)| met.add(*end));
            }
        }
        crossings
    }
}

/// How many pairs (one of `above`, one of `below`, both sorted) are out of order.
fn crossed(above: &[u32], below: &[u32]) -> u64 {
    let (mut count, mut less) = (0, 0);
    for place in above {
        while below.get(less).is_some_and(|other| other < place) {
            less += 1;
        }
        count += less as u64;
    }
    count
}

/// Counts of places, as a binary indexed tree.
struct Fenwick {
    tree: Vec<u64>,
    total: u64,
}

impl Fenwick {
    fn new(len: usize) -> Self {
        Fenwick { tree: vec![0; len + 1], total: 0 }
    }

    fn add(&mut self, place: usize) {
        self.total += 1;
        let mut at = place + 1;
        while at < self.tree.len() {
            self.tree[at] += 1;
            at += at & at.wrapping_neg();
        }
    }

    /// How many were added above `place`.
    fn above(&self, place: usize) -> u64 {
        let (mut at, mut up_to) = (place + 1, 0);
        while at > 0 {
            up_to += self.tree[at];
            at -= at & at.wrapping_neg();
        }
        self.total - up_to
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_fenwick_tree_counts_what_is_beyond() {
        let mut met = Fenwick::new(5);
        [4, 1, 1, 3].into_iter().for_each(|place| met.add(place));
        assert_eq!([0, 1, 2, 3, 4].map(|place| met.above(place)), [4, 2, 2, 1, 0]);
    }

    #[test]
    fn pairs_at_one_place_do_not_cross() {
        assert_eq!(crossed(&[1, 4], &[0, 1, 2]), 1 + 3);
        assert_eq!(crossed(&[1], &[1, 2]), 0);
    }
}
