//! What is made of all rows when every trace is read: durations by row, and span names that are of one row alone. What is told of a row is
//! in `mod`.
//!
//! ```text
//! span name              rows of one service and side         is the name of
//! POST                   POST /charge, POST /reserve          neither
//! pg.query:SELECT shop   SELECT orders                        SELECT orders
//! ```

use rustc_hash::{FxHashMap, FxHashSet};

use super::{PARTS, Row, Side};
use crate::analysis::group_by::NONE;
use crate::base::Sym;

/// Of each row whose calls have one name that in its service and on its side no other row has, that name.
pub fn own_names(rows: &[Row], span_names: &FxHashSet<(u32, Sym)>) -> FxHashMap<u32, Sym> {
    let mut times: FxHashMap<(Sym, Sym, Option<Side>), u32> = FxHashMap::default();
    let mut name_of: FxHashMap<u32, Option<Sym>> = FxHashMap::default();
    let key = |row: u32, name: Sym| rows.get(row as usize).map(|row| (row.service, name, row.side));
    for (row, name) in span_names {
        name_of.entry(*row).and_modify(|name| *name = None).or_insert(Some(*name));
        if let Some(key) = key(*row, *name) {
            *times.entry(key).or_default() += 1;
        }
    }
    let is_own = |row: u32, name: Sym| key(row, name).and_then(|key| times.get(&key)) == Some(&1);
    name_of.into_iter().filter_map(|(row, name)| Some((row, name.filter(|name| is_own(row, *name))?))).collect()
}

/// `part` of `whole` in [`PARTS`], rounded down; 0 of nothing.
pub fn parts(part: u64, whole: u64) -> u64 {
    (u128::from(part) * u128::from(PARTS) / u128::from(whole.max(1))) as u64
}

/// Durations of the calls of these rows, row by row.
pub fn durations(kept: &[u32], took: &[(u32, u64)], rows: usize) -> Vec<Vec<u64>> {
    let mut place = vec![NONE; rows];
    for (at, row) in kept.iter().enumerate() {
        place[*row as usize] = at as u32;
    }
    let mut durations = vec![Vec::new(); kept.len()];
    for (row, ns) in took {
        let at = place.get(*row as usize).map_or(NONE, |at| *at);
        if let Some(durations) = durations.get_mut(at as usize) {
            durations.push(*ns);
        }
    }
    durations
}
