//! A column in which most places hold nothing: a bit a place says which do, and only theirs are kept, in order. A place
//! costs 3/16 of a byte; finding its value is counting the bits before it. Written only at its end.

use super::Column;

/// Places whose bits are counted anew; beyond, one running count serves.
const BLOCK: usize = 512;
const WORDS: usize = BLOCK / 64;

#[derive(Clone, Debug)]
pub struct Sparse<T> {
    len: usize,
    present: Column<u64>,
    /// How many values stand before each block of [`BLOCK`] places.
    before: Column<u32>,
    values: Column<T>,
}

impl<T> Default for Sparse<T> {
    fn default() -> Self {
        Sparse { len: 0, present: Column::default(), before: Column::default(), values: Column::default() }
    }
}

impl<T: Copy + Default + PartialEq> Sparse<T> {
    /// Adds a place; a default value is none.
    #[inline]
    pub fn push(&mut self, value: T) {
        let at = self.len;
        self.len += 1;
        if value == T::default() {
            return;
        }
        while self.present.len() <= at / 64 {
            if self.present.len().is_multiple_of(WORDS) {
                self.before.push(self.values.len() as u32);
            }
            self.present.push(0);
        }
        let word = self.present.get(at / 64).unwrap_or_default();
        self.present.set(at / 64, word | 1 << (at % 64));
        self.values.push(value);
    }

    /// The value at `at`; the default where there is none.
    #[inline]
    pub fn at(&self, at: usize) -> T {
        match self.present.get(at / 64) {
            Some(word) if word >> (at % 64) & 1 == 1 => self.value(at, word),
            _ => T::default(),
        }
    }

    fn value(&self, at: usize, word: u64) -> T {
        let block = at / BLOCK;
        let earlier: u32 = self.present.range(block * WORDS, at / 64 - block * WORDS).map(u64::count_ones).sum();
        let here = (word & ((1 << (at % 64)) - 1)).count_ones();
        let rank = self.before.get(block).unwrap_or_default() + earlier + here;
        self.values.get(rank as usize).unwrap_or_default()
    }

    pub fn len(&self) -> usize {
        self.len
    }

    pub fn is_empty(&self) -> bool {
        self.len == 0
    }

    /// The values that are there, in order of their places.
    pub fn values(&self) -> impl Iterator<Item = T> + '_ {
        self.values.iter().copied()
    }

    /// The value of each place.
    pub fn iter(&self) -> impl Iterator<Item = T> + '_ {
        (0..self.len).map(|at| self.at(at))
    }

    /// Bytes of memory.
    pub fn bytes(&self) -> usize {
        self.present.bytes() + self.before.bytes() + self.values.bytes()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_value_is_found_among_the_many_that_are_not_there() {
        let value = |at: u32| if at.is_multiple_of(97) || (1000..1100).contains(&at) { at } else { 0 };
        let mut sparse = Sparse::default();
        (0..100_000).for_each(|at| sparse.push(value(at)));
        assert!((0..100_000).all(|at| sparse.at(at as usize) == value(at)));
        assert_eq!((sparse.at(100_000), sparse.len()), (0, 100_000));
        assert!(sparse.bytes() < 100_000, "{}", sparse.bytes());
    }

    #[test]
    fn nothing_costs_nothing() {
        let mut sparse = Sparse::<u64>::default();
        (0..1000).for_each(|_| sparse.push(0));
        assert_eq!((sparse.bytes(), sparse.at(3)), (0, 0));
    }
}
