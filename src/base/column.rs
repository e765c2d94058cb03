//! A column: values one after another in chunks that never move. Not a `Vec`, which doubles: while it moves to twice its
//! room it holds three times what it had, and wasm memory never shrinks again.
//!
//! ```text
//! chunks  [32,768 values] [32,768 values] [17 values, room for 32,768]
//! ```
//!
//! The first chunk grows like a `Vec`, so that the column of a small trace is small.

use core::ops::Index;

const SHIFT: u32 = 15;
const CHUNK: usize = 1 << SHIFT;
const MASK: usize = CHUNK - 1;

#[derive(Clone, Debug)]
pub struct Column<T> {
    chunks: Vec<Vec<T>>,
}

impl<T> Default for Column<T> {
    fn default() -> Self {
        Column { chunks: Vec::new() }
    }
}

impl<T: Copy> Column<T> {
    #[inline]
    pub fn push(&mut self, value: T) {
        if let Some(last) = self.chunks.last_mut()
            && last.len() < CHUNK
        {
            last.push(value);
        } else {
            self.push_chunk(value);
        }
    }

    #[cold]
    fn push_chunk(&mut self, value: T) {
        let mut chunk = Vec::with_capacity(if self.chunks.is_empty() { 0 } else { CHUNK });
        chunk.push(value);
        self.chunks.push(chunk);
    }

    #[inline]
    pub fn get(&self, at: usize) -> Option<T> {
        self.chunks.get(at >> SHIFT)?.get(at & MASK).copied()
    }

    /// Puts `value` at a place that has one already.
    pub fn set(&mut self, at: usize, value: T) {
        if let Some(slot) = self.chunks.get_mut(at >> SHIFT).and_then(|chunk| chunk.get_mut(at & MASK)) {
            *slot = value;
        }
    }

    pub fn len(&self) -> usize {
        self.chunks.last().map_or(0, |last| (self.chunks.len() - 1) * CHUNK + last.len())
    }

    pub fn is_empty(&self) -> bool {
        self.chunks.is_empty()
    }

    /// Forgets what stands from `len` on.
    pub fn truncate(&mut self, len: usize) {
        if len >= self.len() {
            return;
        }
        self.chunks.truncate(len.div_ceil(CHUNK));
        if let Some(last) = self.chunks.last_mut() {
            last.truncate(len - (len - 1) / CHUNK * CHUNK);
        }
    }

    pub fn iter(&self) -> impl Iterator<Item = &T> + '_ {
        self.chunks.iter().flatten()
    }

    /// The values at `start..start + len`, as far as there are so many: in two pieces when a chunk ends between.
    #[inline]
    pub fn pieces(&self, start: usize, len: usize) -> [&[T]; 2] {
        let from = start & MASK;
        let Some(first) = self.chunks.get(start >> SHIFT) else { return [&[], &[]] };
        if let Some(whole) = first.get(from..from + len) {
            return [whole, &[]];
        }
        let first = first.get(from..).unwrap_or_default();
        let second = self.chunks.get((start >> SHIFT) + 1).map(Vec::as_slice).unwrap_or_default();
        [first, second.get(..(len - first.len()).min(second.len())).unwrap_or_default()]
    }

    /// The values at `start..start + len`, one after another.
    pub fn range(&self, start: usize, len: usize) -> impl Iterator<Item = T> + '_ {
        (start..start + len).map_while(|at| self.get(at))
    }

    /// Bytes of memory, room that is not used yet included.
    pub fn bytes(&self) -> usize {
        self.chunks.iter().map(|chunk| chunk.capacity() * size_of::<T>()).sum()
    }
}

/// Panics, as a slice does, where there is no value; for positions that came from the column's own length.
impl<T> Index<usize> for Column<T> {
    type Output = T;

    #[inline]
    fn index(&self, at: usize) -> &T {
        &self.chunks[at >> SHIFT][at & MASK]
    }
}

impl<T: PartialEq> PartialEq for Column<T> {
    fn eq(&self, other: &Self) -> bool {
        self.chunks == other.chunks
    }
}

impl<T: PartialEq + Copy, const N: usize> PartialEq<[T; N]> for Column<T> {
    fn eq(&self, other: &[T; N]) -> bool {
        self.len() == N && self.iter().eq(other)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_stay_where_they_were_put_across_chunks() {
        let mut column = Column::default();
        let count = 2 * CHUNK + 17;
        for value in 0..count {
            column.push(value as u32);
        }
        assert_eq!(column.len(), count);
        assert!((0..count).all(|at| column[at] == at as u32));
        assert_eq!(column.get(count), None);
        assert_eq!(column.range(CHUNK - 2, 4).collect::<Vec<_>>(), [32_766, 32_767, 32_768, 32_769]);
        assert_eq!(column.pieces(CHUNK - 1, 2), [&[32_767][..], &[32_768][..]]);
        assert_eq!(column.pieces(count - 1, 9), [&[32_768 * 2 + 16][..], &[][..]]);
    }

    #[test]
    fn room_is_a_chunk_at_most_and_little_for_little() {
        let mut column = Column::default();
        (0..CHUNK as u64 + 1).for_each(|value| column.push(value));
        assert_eq!(column.bytes(), 2 * CHUNK * 8);
        let mut small = Column::default();
        small.push(7u64);
        assert!(small.bytes() <= 64);
    }

    #[test]
    fn truncated_at_any_place_it_can_grow_again() {
        for len in [0, 1, CHUNK - 1, CHUNK, CHUNK + 1, 2 * CHUNK] {
            let mut column = Column::default();
            (0..2 * CHUNK as u32).for_each(|value| column.push(value));
            column.truncate(len);
            assert_eq!(column.len(), len);
            column.push(77);
            assert_eq!((column.len(), column[len]), (len + 1, 77));
        }
    }
}
