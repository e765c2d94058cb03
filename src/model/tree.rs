//! From rows to a tree: which row is whose parent, and the depth-first order.
//!
//! No walk recurses, so a chain of a million spans is no deeper than a loop. Cycles are broken at their earliest span.

use std::collections::hash_map::Entry;

use rustc_hash::FxHashMap;

use super::span_set::{Kind, SpanSet};
use super::trace::Place;
use crate::base::SpanId;

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
    pub depth: Vec<u32>,
    pub place: Vec<Place>,
}

/// The parent of each of `rows` (by place in `rows`), with what stands at the top.
struct Parents {
    parent: Vec<u32>,
    place: Vec<Place>,
}

/// Builds the tree of `rows`. Children and tops are ordered by start, then by arrival.
pub fn build(set: &SpanSet, rows: &[u32]) -> Tree {
    let mut parents = find_parents(set, rows);
    break_cycles(set, rows, &mut parents);
    order(set, rows, &parents)
}

fn start_of(set: &SpanSet, row: u32) -> u64 {
    set.start_unix_nano.get(row as usize).copied().unwrap_or_default()
}

fn find_parents(set: &SpanSet, rows: &[u32]) -> Parents {
    let mut by_id: FxHashMap<SpanId, u32> = FxHashMap::default();
    by_id.reserve(rows.len());
    // Rows of one id beyond the first, in order of arrival; rare.
    let mut more: FxHashMap<SpanId, Vec<u32>> = FxHashMap::default();
    for (at, row) in rows.iter().enumerate() {
        let id = set.span_id[*row as usize];
        if id.is_zero() {
            continue;
        }
        match by_id.entry(id) {
            Entry::Occupied(_) => more.entry(id).or_default().push(at as u32),
            Entry::Vacant(first) => {
                first.insert(at as u32);
            }
        }
    }

    let mut parent = vec![NONE; rows.len()];
    let mut place = vec![Place::Child; rows.len()];
    for (at, row) in rows.iter().enumerate() {
        let (id, parent_id) = (set.span_id[*row as usize], set.parent_id[*row as usize]);
        // Zipkin's shared spans: client and server carry one id. The server's half is the client's child.
        if let (Some(first), Some(others)) = (by_id.get(&id), more.get(&id))
            && set.kind[*row as usize] == Kind::Server
            && let Some(client) = core::iter::once(first)
                .chain(others)
                .find(|other| **other != at as u32 && set.kind[rows[**other as usize] as usize] == Kind::Client)
        {
            parent[at] = *client;
            continue;
        }
        if parent_id.is_zero() {
            place[at] = Place::Root;
            continue;
        }
        let Some(first) = by_id.get(&parent_id) else {
            place[at] = Place::Orphan;
            continue;
        };
        parent[at] = match more.get(&parent_id) {
            None => *first,
            Some(others) => pick_parent(set, rows, at, *first, others),
        };
    }
    Parents { parent, place }
}

/// Of several spans with the parent's id: the server's half if there is one, else one that runs when the child starts,
/// else the first; never the child itself.
fn pick_parent(set: &SpanSet, rows: &[u32], child: usize, first: u32, others: &[u32]) -> u32 {
    let start = start_of(set, rows[child]);
    let candidates = || core::iter::once(first).chain(others.iter().copied()).filter(|at| *at as usize != child);
    let row = |at: u32| rows[at as usize] as usize;
    candidates()
        .find(|at| set.kind[row(*at)] == Kind::Server)
        .or_else(|| {
            candidates().find(|at| (set.start_unix_nano[row(*at)]..=set.end_unix_nano[row(*at)]).contains(&start))
        })
        .or_else(|| candidates().next())
        .unwrap_or(first)
}

/// Marks spans that no root or orphan reaches, and cuts each cycle at its earliest span.
fn break_cycles(set: &SpanSet, rows: &[u32], parents: &mut Parents) {
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
            let cut = path[from..]
                .iter()
                .copied()
                .min_by_key(|on_cycle| (start_of(set, rows[*on_cycle as usize]), rows[*on_cycle as usize]));
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

fn order(set: &SpanSet, rows: &[u32], parents: &Parents) -> Tree {
    // Children of each place as ranges of one list (a counting sort by parent), tops in a list of their own.
    let mut begin = vec![0u32; rows.len() + 1];
    for parent in parents.parent.iter().filter(|parent| **parent != NONE) {
        begin[*parent as usize + 1] += 1;
    }
    for at in 0..rows.len() {
        begin[at + 1] += begin[at];
    }
    let mut fill = begin.clone();
    let mut children = vec![0u32; begin[rows.len()] as usize];
    let mut tops: Vec<u32> = Vec::new();
    for (at, parent) in parents.parent.iter().enumerate() {
        if *parent == NONE {
            tops.push(at as u32);
        } else {
            children[fill[*parent as usize] as usize] = at as u32;
            fill[*parent as usize] += 1;
        }
    }
    let key = |at: &u32| (start_of(set, rows[*at as usize]), rows[*at as usize]);
    for at in 0..rows.len() {
        children[begin[at] as usize..begin[at + 1] as usize].sort_unstable_by_key(key);
    }
    // Roots first, then orphans with those of one missing parent together, then broken cycles.
    let missing = |at: u32| match parents.place[at as usize] {
        Place::Orphan => set.parent_id[rows[at as usize] as usize],
        _ => SpanId(0),
    };
    let mut first_of_missing: FxHashMap<SpanId, (u64, u32)> = FxHashMap::default();
    for at in &tops {
        let seen = first_of_missing.entry(missing(*at)).or_insert(key(at));
        *seen = (*seen).min(key(at));
    }
    tops.sort_by_key(|at| {
        (parents.place[*at as usize], first_of_missing.get(&missing(*at)).copied(), missing(*at), key(at))
    });

    let mut tree = Tree::default();
    let mut stack: Vec<(u32, u32, Place)> = Vec::new();
    for top in tops {
        let group = parents.place[top as usize];
        stack.push((top, NONE, group));
        while let Some((at, parent, place)) = stack.pop() {
            let position = tree.rows.len() as u32;
            tree.rows.push(rows[at as usize]);
            tree.parent.push(parent);
            tree.depth.push(if parent == NONE { 1 } else { tree.depth[parent as usize] + 1 });
            tree.place.push(place);
            let below = if group == Place::Cycle { Place::BelowCycle } else { Place::Child };
            let range = begin[at as usize] as usize..begin[at as usize + 1] as usize;
            stack.extend(children[range].iter().rev().map(|child| (*child, position, below)));
        }
    }
    tree.subtree = vec![1; tree.rows.len()];
    for position in (0..tree.rows.len()).rev() {
        let parent = tree.parent[position];
        if parent != NONE {
            tree.subtree[parent as usize] += tree.subtree[position];
        }
    }
    tree
}
