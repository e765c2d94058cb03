//! From rows to a tree: which row is whose parent, and the depth-first order.
//!
//! No walk recurses, so a chain of a million spans is no deeper than a loop. Cycles are broken at their earliest span, of equal starts at the smallest id;
//! one without a start comes last.

use rustc_hash::FxHashMap;

use super::clocks::{Placed, Times};
use super::ids::Ids;
use super::shared::SharedIds;
use super::trace::Place;
use crate::base::{Ints, SpanId};

pub const NONE: u32 = u32::MAX;

/// Depth-first order of some rows, with what a walk needs: parents and subtree lengths by position.
#[derive(Default)]
pub struct Tree {
    /// Position to row.
    pub rows: Vec<u32>,
    /// Position of the parent, or [`NONE`].
    pub parent: Vec<u32>,
    /// Spans in the subtree, the span itself included.
    pub subtree: Vec<u32>,
    /// 1 for roots, orphans and the spans at which a cycle was broken.
    pub depth: Ints,
    /// Where what stands below orphans begins, and what stands below cut cycles; roots come first.
    pub first_orphan: u32,
    pub first_cycle: u32,
}

/// The parent of each of `rows` (by place in `rows`), with what stands at the top.
struct Parents {
    parent: Vec<u32>,
    place: Vec<Place>,
}

/// Builds the tree of `rows`, whose ids are `ids`. Children and tops are ordered by start, then by arrival. Spans without a
/// start are placed at their parents' starts, tops at `trace_start`.
pub(super) fn build(times: Times<'_>, trace_start: u64, rows: &[u32], ids: Ids) -> (Tree, Placed) {
    let mut parents = find_parents(times, rows, &ids);
    drop(ids);
    break_cycles(times, rows, &mut parents);
    let placed = place_unknown(times, trace_start, rows, &parents.parent);
    (order(Times { placed: &placed, ..times }, rows, parents), placed)
}

/// Places each row without a start at its nearest ancestor that has one. Each is walked over once, however long the chain.
fn place_unknown(times: Times<'_>, trace_start: u64, rows: &[u32], parent: &[u32]) -> Placed {
    let is_unknown = |at: u32| times.known_start(rows[at as usize] as usize).is_none();
    let mut start_of: FxHashMap<u32, u64> = FxHashMap::default();
    let mut path = Vec::new();
    for begin in (0..rows.len() as u32).filter(|at| is_unknown(*at)) {
        let mut at = begin;
        while at != NONE && is_unknown(at) && !start_of.contains_key(&at) {
            path.push(at);
            at = parent[at as usize];
        }
        let start = match at {
            NONE => trace_start,
            at => start_of.get(&at).copied().unwrap_or_else(|| times.start(rows[at as usize] as usize)),
        };
        start_of.extend(path.drain(..).map(|at| (at, start)));
    }
    Placed::of(start_of.into_iter().map(|(at, start)| (rows[at as usize], start)).collect())
}

fn find_parents(times: Times<'_>, rows: &[u32], ids: &Ids) -> Parents {
    let set = times.set;
    let mut parent = vec![NONE; rows.len()];
    let mut place = vec![Place::Child; rows.len()];
    let mut shared = SharedIds::new(times, rows, ids);
    // Siblings often come one after another.
    let mut last = (SpanId(0), None);
    for (at, row) in rows.iter().enumerate() {
        let (id, parent_id) = (set.span_id[*row as usize], set.parent_id[*row as usize]);
        if !ids.more.is_empty()
            && let Some(client) = shared.client_half(at, id)
        {
            parent[at] = client;
            continue;
        }
        if parent_id.is_zero() {
            place[at] = Place::Root;
            continue;
        }
        if last.0 != parent_id {
            last = (parent_id, ids.first(set, rows, parent_id));
        }
        let Some(first) = last.1 else {
            place[at] = Place::Orphan;
            continue;
        };
        parent[at] = if ids.more.is_empty() { first } else { shared.parent(at as u32, first) };
    }
    Parents { parent, place }
}

/// Marks spans that no root or orphan reaches, and cuts each cycle at its earliest span.
fn break_cycles(times: Times<'_>, rows: &[u32], parents: &mut Parents) {
    const UNSEEN: u8 = 0;
    const WALKING: u8 = 1;
    const DONE: u8 = 2;
    let mut state = vec![UNSEEN; rows.len()];
    let mut path: Vec<u32> = Vec::new();
    for begin in 0..rows.len() {
        path.clear();
        let mut at = begin as u32;
        while at != NONE && state[at as usize] == UNSEEN {
            state[at as usize] = WALKING;
            path.push(at);
            at = parents.parent[at as usize];
        }
        if at != NONE && state[at as usize] == WALKING {
            let from = path.iter().position(|on_path| *on_path == at).unwrap_or_default();
            // Of equal starts the id decides, so that the order in which spans came does not.
            let cut = path[from..].iter().copied().min_by_key(|on_cycle| {
                let row = rows[*on_cycle as usize];
                let start = times.known_start(row as usize);
                (start.is_none(), start, times.set.span_id[row as usize].0, row)
            });
            if let Some(cut) = cut {
                parents.parent[cut as usize] = NONE;
                parents.place[cut as usize] = Place::Cycle;
            }
        }
        for walked in &path {
            state[*walked as usize] = DONE;
        }
    }
}

fn order(times: Times<'_>, rows: &[u32], parents: Parents) -> Tree {
    let Parents { parent, place } = parents;
    let key = |at: &u32| (times.start(rows[*at as usize] as usize), rows[*at as usize]);
    let (begin, children) = children_by_start(&parent, key);
    let tops = tops_in_order(times, rows, &parent, &place);
    drop(parent);
    let mut tree =
        Tree { rows: Vec::with_capacity(rows.len()), parent: Vec::with_capacity(rows.len()), ..Tree::default() };
    let mut stack: Vec<(u32, u32, u32)> = Vec::new();
    let (mut first_orphan, mut first_cycle) = (None, None);
    for top in tops {
        let position = tree.rows.len() as u32;
        match place[top as usize] {
            Place::Orphan => first_orphan.get_or_insert(position),
            Place::Cycle => first_cycle.get_or_insert(position),
            _ => &mut 0,
        };
        stack.push((top, NONE, 1));
        while let Some((at, parent, depth)) = stack.pop() {
            let position = tree.rows.len() as u32;
            tree.rows.push(rows[at as usize]);
            tree.parent.push(parent);
            tree.depth.push(depth);
            let range = begin[at as usize] as usize..begin[at as usize + 1] as usize;
            stack.extend(children[range].iter().rev().map(|child| (*child, position, depth + 1)));
        }
    }
    tree.first_cycle = first_cycle.unwrap_or(tree.rows.len() as u32);
    tree.first_orphan = first_orphan.unwrap_or(tree.first_cycle);
    drop((begin, children, stack));
    tree.subtree = vec![1; tree.rows.len()];
    for position in (0..tree.rows.len()).rev() {
        let parent = tree.parent[position];
        if parent != NONE {
            tree.subtree[parent as usize] += tree.subtree[position];
        }
    }
    tree
}

/// Children of each place as ranges of one list (a counting sort by parent), each range by start.
fn children_by_start(parent: &[u32], key: impl Fn(&u32) -> (u64, u32)) -> (Vec<u32>, Vec<u32>) {
    // One more than there are places, and one for the counting: `begin[at + 1]` is where filling has come to.
    let mut begin = vec![0u32; parent.len() + 2];
    for parent in parent.iter().filter(|parent| **parent != NONE) {
        begin[*parent as usize + 2] += 1;
    }
    for at in 2..begin.len() {
        begin[at] += begin[at - 1];
    }
    let mut children = vec![0u32; begin[parent.len() + 1] as usize];
    for (at, parent) in parent.iter().enumerate().filter(|(_, parent)| **parent != NONE) {
        let fill = &mut begin[*parent as usize + 1];
        children[*fill as usize] = at as u32;
        *fill += 1;
    }
    for at in 0..parent.len() {
        let range = &mut children[begin[at] as usize..begin[at + 1] as usize];
        if !range.is_sorted_by_key(&key) {
            range.sort_unstable_by_key(&key);
        }
    }
    (begin, children)
}

/// Roots first, then orphans with those of one missing parent together, then broken cycles.
fn tops_in_order(times: Times<'_>, rows: &[u32], parent: &[u32], place: &[Place]) -> Vec<u32> {
    let key = |at: &u32| (times.start(rows[*at as usize] as usize), rows[*at as usize]);
    let missing = |at: u32| match place[at as usize] {
        Place::Orphan => times.set.parent_id[rows[at as usize] as usize],
        _ => SpanId(0),
    };
    let mut tops: Vec<u32> = (0..parent.len() as u32).filter(|at| parent[*at as usize] == NONE).collect();
    let mut first_of_missing: FxHashMap<SpanId, (u64, u32)> = FxHashMap::default();
    for at in &tops {
        let seen = first_of_missing.entry(missing(*at)).or_insert(key(at));
        *seen = (*seen).min(key(at));
    }
    tops.sort_by_cached_key(|at| {
        (place[*at as usize], first_of_missing.get(&missing(*at)).copied(), missing(*at), key(at))
    });
    tops
}
