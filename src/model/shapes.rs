//! Shapes: which keys an owner's attributes have, in which order, and of which types. Spans of one kind share a shape, so
//! a key is kept once a shape and not once a span, and what a key means is asked once a shape. Not the values.

use hashbrown::HashTable;

use super::attr::Tag;
use crate::base::Sym;

/// A list of keys and types; 0 is the empty one.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Debug)]
pub struct Shape(pub u32);

impl Shape {
    pub fn index(self) -> usize {
        self.0 as usize
    }
}

/// All shapes of a pool. Where every span has keys of its own, a line costs 5 bytes and a shape about 20.
#[derive(Clone, Default)]
pub(super) struct Shapes {
    keys: Vec<Sym>,
    tags: Vec<Tag>,
    /// `ends[i]` is where shape `i + 1` ends; the empty shape is not kept.
    ends: Vec<u32>,
    hashes: Vec<u32>,
    lookup: HashTable<u32>,
}

/// A hash that grows with the lines of a shape.
#[derive(Clone, Copy, Default)]
pub(super) struct ShapeHash(u64);

impl ShapeHash {
    #[inline]
    pub fn add(&mut self, key: Sym, tag: Tag) {
        let line = u64::from(key.0) << 8 | tag as u64;
        self.0 = (self.0.rotate_left(23) ^ line).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    }

    fn finish(self) -> u32 {
        let mixed = (self.0 ^ self.0 >> 32).wrapping_mul(0x9e37_79b9_7f4a_7c15);
        (mixed >> 32) as u32
    }
}

/// hashbrown takes the lowest and the highest bits.
fn spread(hash: u32) -> u64 {
    u64::from(hash) << 32 | u64::from(hash)
}

impl Shapes {
    fn range(&self, shape: Shape) -> core::ops::Range<usize> {
        let Some(at) = shape.index().checked_sub(1) else { return 0..0 };
        let start = at.checked_sub(1).and_then(|before| self.ends.get(before)).copied().unwrap_or_default();
        let end = self.ends.get(at).copied().unwrap_or_default();
        start as usize..end as usize
    }

    #[inline]
    pub fn keys(&self, shape: Shape) -> &[Sym] {
        self.keys.get(self.range(shape)).unwrap_or_default()
    }

    #[inline]
    pub fn tags(&self, shape: Shape) -> &[Tag] {
        self.tags.get(self.range(shape)).unwrap_or_default()
    }

    /// How many there are, the empty one included.
    pub fn len(&self) -> usize {
        self.ends.len() + 1
    }

    /// The shape of these lines, whose hash is `hash`.
    pub fn intern(&mut self, keys: &[Sym], tags: &[Tag], hash: ShapeHash) -> Shape {
        if keys.is_empty() {
            return Shape::default();
        }
        let hash = hash.finish();
        let same = |index: &u32| self.keys(Shape(*index)) == keys && self.tags(Shape(*index)) == tags;
        if let Some(known) = self.lookup.find(spread(hash), same) {
            return Shape(*known);
        }
        self.keys.extend_from_slice(keys);
        self.tags.extend_from_slice(tags);
        self.ends.push(self.keys.len() as u32);
        self.hashes.push(hash);
        let (shape, hashes) = (self.ends.len() as u32, &self.hashes);
        let hash_of = |index: &u32| spread(hashes.get(*index as usize - 1).copied().unwrap_or_default());
        self.lookup.insert_unique(spread(hash), shape, hash_of);
        Shape(shape)
    }

    pub fn bytes(&self) -> usize {
        self.keys.capacity() * size_of::<Sym>()
            + self.tags.capacity()
            + (self.ends.capacity() + self.hashes.capacity()) * size_of::<u32>()
            + self.lookup.allocation_size()
    }
}
