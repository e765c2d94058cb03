//! Sorting what is few: names, edges, the rows of a table.
//!
//! The standard library's sorts are compiled anew for each type and comparison, at 10 kB apiece: seventy of them were a ninth of the page's code. Here
//! positions are sorted, by one copy for all, and the items follow. A comparison costs a call more, so what is sorted by the hundred
//! thousand keeps the standard sort.

use core::cmp::Ordering;

/// Sorts; equal items keep their order.
pub fn plain<T: Ord>(items: &mut [T]) {
    by(items, T::cmp);
}

/// The same by a key.
pub fn by_key<T, K: Ord>(items: &mut [T], key: impl Fn(&T) -> K) {
    by(items, |a, b| key(a).cmp(&key(b)));
}

/// The same by a comparison. Slices longer than `u32` counts stay as they are: no memory of a page holds one.
pub fn by<T>(items: &mut [T], compare: impl Fn(&T, &T) -> Ordering) {
    let Ok(len) = u32::try_from(items.len()) else { return };
    let mut order: Vec<u32> = (0..len).collect();
    positions(&mut order, &|a, b| compare(&items[a as usize], &items[b as usize]));
    follow(&mut order, &mut |a, b| items.swap(a, b));
}

/// Sorts positions by what stands there.
pub fn positions(order: &mut [u32], compare: &dyn Fn(u32, u32) -> Ordering) {
    order.sort_by(|a, b| compare(*a, *b));
}

/// Brings items into the order of `order`, which says for each place where its item is now: cycle by cycle, at most one swap an item.
fn follow(order: &mut [u32], swap: &mut dyn FnMut(usize, usize)) {
    for start in 0..order.len() {
        let mut at = start;
        loop {
            let from = order[at] as usize;
            order[at] = at as u32;
            if from == start || from == at {
                break;
            }
            swap(at, from);
            at = from;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    proptest::proptest! {
        #[test]
        fn items_stand_as_the_standard_sort_has_them(items: Vec<(u8, u16)>) {
            let (mut ours, mut theirs) = (items.clone(), items.clone());
            by_key(&mut ours, |item| item.0);
            theirs.sort_by_key(|item| item.0);
            proptest::prop_assert_eq!(&ours, &theirs);
            plain(&mut ours);
            theirs.sort();
            proptest::prop_assert_eq!(ours, theirs);
        }
    }

    #[test]
    fn nothing_and_one_are_sorted() {
        plain::<u8>(&mut []);
        let mut one = [5];
        plain(&mut one);
        assert_eq!(one, [5]);
    }
}
