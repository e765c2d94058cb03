//! The string table: every distinct string of a set of spans, once, end to end in chunks of a MiB.
//!
//! A symbol is an index; symbol 0 is the empty string, so a missing name costs nothing. Strings are never removed. Chunks
//! never move: one buffer that doubles would hold three times its text while it moves. A string longer than a chunk has
//! one of its own.
//!
//! ```text
//! position = chunk number << 20 | place in it; ends[i] is the position where string i ends
//! chunks   "GETordersfindord…"  "…"  <a string of 2.5 MiB>  -  -  "…"
//! owner     0                   1     2                     2  2   5
//! ```

use core::hash::{Hash, Hasher};

use hashbrown::HashTable;

use super::Column;

/// An interned string of one [`Strings`]; it means nothing to another table.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default, Debug)]
pub struct Sym(pub u32);

impl Hash for Sym {
    fn hash<H: Hasher>(&self, state: &mut H) {
        state.write_u32(self.0);
    }
}

impl Sym {
    pub const EMPTY: Sym = Sym(0);

    pub fn is_empty(self) -> bool {
        self == Sym::EMPTY
    }

    pub fn index(self) -> usize {
        self.0 as usize
    }
}

/// Strings end to end in one buffer, read by index: what a [`Strings`] table is without its lookup, and what crosses
/// to the page.
#[derive(Clone, Default, PartialEq, Debug)]
pub struct Texts {
    text: String,
    /// `ends[i]` is where string `i` ends.
    ends: Vec<u32>,
}

impl Texts {
    /// From what [`Texts::parts`] gave. Ends that do not fit the text read as empty strings.
    pub fn from_parts(text: String, ends: Vec<u32>) -> Self {
        Texts { text, ends }
    }

    pub fn parts(&self) -> (&str, &[u32]) {
        (&self.text, &self.ends)
    }

    pub fn into_parts(self) -> (String, Vec<u32>) {
        (self.text, self.ends)
    }

    /// The string at `index`; empty when there is none.
    pub fn get(&self, index: usize) -> &str {
        let end = self.ends.get(index).copied().unwrap_or_default() as usize;
        let start = match index.checked_sub(1) {
            Some(before) => self.ends.get(before).copied().unwrap_or_default() as usize,
            None => 0,
        };
        self.text.get(start..end).unwrap_or_default()
    }

    pub fn len(&self) -> usize {
        self.ends.len()
    }

    pub fn is_empty(&self) -> bool {
        self.ends.is_empty()
    }
}

const SHIFT: u32 = 20;
const CHUNK: usize = 1 << SHIFT;
/// Positions have 32 bits: 4 GiB, which wasm's memory cannot hold.
const MOST_CHUNKS: usize = 1 << (32 - SHIFT);

#[derive(Clone)]
pub struct Strings {
    /// By chunk number; empty where a long string began before.
    chunks: Vec<String>,
    /// The chunk in which the text at a chunk number stands.
    owner: Vec<u32>,
    ends: Column<u32>,
    lookup: HashTable<u32>,
    /// Symbols met lately, by [`recent_place`]: nearly all keys and most values of a span stood in the spans before it,
    /// and a comparison is cheaper than the check for UTF-8 and the hash.
    recent: Box<[u32]>,
}

const RECENT: usize = 2048;

impl Default for Strings {
    fn default() -> Self {
        Strings {
            chunks: Vec::new(),
            owner: Vec::new(),
            ends: Column::default(),
            lookup: HashTable::new(),
            recent: vec![0; RECENT].into(),
        }
    }
}

impl Strings {
    /// The symbol of `text`, adding it if it is new. A table that is full (4 GiB) answers the empty string for
    /// anything new.
    pub fn intern(&mut self, text: &str) -> Sym {
        if text.is_empty() {
            return Sym::EMPTY;
        }
        match self.recent(text.as_bytes()) {
            Ok(known) => known,
            Err(place) => {
                let hash = hash_of(text.as_bytes());
                let sym = self.known(hash, text.as_bytes()).unwrap_or_else(|| self.add(hash, text));
                self.recent[place] = sym.0;
                sym
            }
        }
    }

    /// The symbol of bytes that should be UTF-8; `None` when they are not. Those of a string that is known are not
    /// checked, since they are equal to checked ones.
    pub fn intern_bytes(&mut self, bytes: &[u8]) -> Option<Sym> {
        if bytes.is_empty() {
            return Some(Sym::EMPTY);
        }
        match self.recent(bytes) {
            Ok(known) => Some(known),
            Err(place) => {
                let hash = hash_of(bytes);
                let sym = match self.known(hash, bytes) {
                    Some(known) => known,
                    None => self.add(hash, core::str::from_utf8(bytes).ok()?),
                };
                self.recent[place] = sym.0;
                Some(sym)
            }
        }
    }

    /// The text of these bytes, if it was met lately: known to be UTF-8 without another look.
    pub fn lately(&self, bytes: &[u8]) -> Option<&str> {
        if bytes.is_empty() {
            return Some("");
        }
        self.recent(bytes).ok().map(|sym| self.get(sym))
    }

    /// The symbol of a text met lately, else where it would stand among those. Not for the empty one.
    #[inline]
    fn recent(&self, bytes: &[u8]) -> Result<Sym, usize> {
        let place = recent_place(bytes);
        let sym = self.recent[place];
        if self.bytes_of(sym) == bytes { Ok(Sym(sym)) } else { Err(place) }
    }

    #[inline]
    fn known(&self, hash: u64, bytes: &[u8]) -> Option<Sym> {
        self.lookup.find(hash, |index| self.bytes_of(*index) == bytes).map(|index| Sym(*index))
    }

    fn add(&mut self, hash: u64, text: &str) -> Sym {
        if self.ends.is_empty() {
            self.begin();
        }
        let index = self.ends.len() as u32;
        let Some(end) = self.append(text) else { return Sym::EMPTY };
        self.ends.push(end);
        let Strings { chunks, owner, ends, lookup, .. } = self;
        lookup.insert_unique(hash, index, |index| hash_of(bytes_of(chunks, owner, ends, *index)));
        Sym(index)
    }

    /// The empty string.
    fn begin(&mut self) {
        self.chunks.push(String::new());
        self.owner.push(0);
        self.ends.push(0);
    }

    /// Puts text behind what is there; its end's position, `None` when the table is full.
    fn append(&mut self, text: &str) -> Option<u32> {
        let last = self.chunks.len() - 1;
        let fits = self.owner.get(last).is_some_and(|owner| *owner as usize == last);
        if let Some(chunk) = self.chunks.get_mut(last).filter(|chunk| fits && chunk.len() + text.len() < CHUNK) {
            chunk.push_str(text);
            return Some((last << SHIFT | chunk.len()) as u32);
        }
        let number = self.chunks.len();
        let passed = text.len() >> SHIFT;
        if number + passed >= MOST_CHUNKS {
            return None;
        }
        let mut chunk = String::with_capacity(if passed > 0 { text.len() } else { CHUNK });
        chunk.push_str(text);
        self.chunks.push(chunk);
        self.owner.push(number as u32);
        for _ in 0..passed {
            self.chunks.push(String::new());
            self.owner.push(number as u32);
        }
        Some(((number << SHIFT) + text.len()) as u32)
    }

    #[inline]
    fn bytes_of(&self, index: u32) -> &[u8] {
        bytes_of(&self.chunks, &self.owner, &self.ends, index)
    }

    /// The symbol of `text` if it is in the table.
    pub fn find(&self, text: &str) -> Option<Sym> {
        if text.is_empty() { Some(Sym::EMPTY) } else { self.known(hash_of(text.as_bytes()), text.as_bytes()) }
    }

    /// The text of a symbol; empty for a symbol of another table.
    #[inline]
    pub fn get(&self, sym: Sym) -> &str {
        let Some((owner, place)) = place(&self.owner, &self.ends, sym.0) else { return "" };
        self.chunks.get(owner).and_then(|chunk| chunk.get(place)).unwrap_or_default()
    }

    /// How many distinct strings there are, the empty one included.
    pub fn len(&self) -> usize {
        self.ends.len().max(1)
    }

    pub fn is_empty(&self) -> bool {
        self.len() <= 1
    }

    /// Every string with its symbol, in order of first appearance.
    pub fn iter(&self) -> impl Iterator<Item = (Sym, &str)> {
        (0..self.len() as u32).map(|index| (Sym(index), self.get(Sym(index))))
    }

    /// The text of the symbols from `first` on that stand together, at most up to `end`: the text, and the symbol behind
    /// the last of them. For searching many strings at once.
    pub fn together(&self, first: u32, end: u32) -> (&str, u32) {
        let Some((owner, place)) = place(&self.owner, &self.ends, first) else { return ("", end) };
        let in_chunk = |at: u32| {
            let end = self.ends.get(at as usize).unwrap_or(u32::MAX);
            self.owner.get((end >> SHIFT) as usize).is_some_and(|other| *other as usize == owner)
        };
        let (mut behind, mut above) = (first + 1, end.max(first + 1));
        while behind < above {
            let middle = behind + (above - behind) / 2;
            if in_chunk(middle) { behind = middle + 1 } else { above = middle }
        }
        let last = self.ends.get(behind as usize - 1).unwrap_or_default() as usize - (owner << SHIFT);
        (self.chunks.get(owner).and_then(|chunk| chunk.get(place.start..last)).unwrap_or_default(), behind)
    }

    /// Which of the symbols `first..end` holds the byte at `offset` in what [`Strings::together`] gave from `first` on, and
    /// where in that text it begins and ends. `near` is one of them that does not stand behind that byte: the search
    /// starts there, and so costs little for bytes that are asked for in order.
    pub fn at_offset(&self, first: u32, near: u32, end: u32, offset: usize) -> Option<(Sym, core::ops::Range<usize>)> {
        let (owner, place_of_first) = place(&self.owner, &self.ends, first)?;
        let position = ((owner << SHIFT) + place_of_first.start + offset) as u32;
        let ends_before = |at: u32| self.ends.get(at as usize).is_some_and(|end| end <= position);
        let (mut low, mut step) = (near, 1);
        while low + step < end && ends_before(low + step) {
            low += step;
            step *= 2;
        }
        let mut high = end.min(low + step);
        while low < high {
            let middle = low + (high - low) / 2;
            if ends_before(middle) { low = middle + 1 } else { high = middle }
        }
        let (_, place) = place(&self.owner, &self.ends, low)?;
        Some((Sym(low), place.start - place_of_first.start..place.end - place_of_first.start))
    }

    /// Without the lookup, in one buffer, to hand over.
    pub fn into_texts(self) -> Texts {
        let mut texts = Texts::default();
        texts.text.reserve_exact(self.chunks.iter().map(String::len).sum());
        texts.ends.reserve_exact(self.len());
        for (_, text) in self.iter() {
            texts.text.push_str(text);
            texts.ends.push(texts.text.len() as u32);
        }
        texts
    }

    /// Bytes of memory: the texts, their ends, the lookup.
    pub fn bytes(&self) -> [usize; 3] {
        let text = self.chunks.iter().map(|chunk| chunk.capacity() + size_of::<String>()).sum();
        [text, self.ends.bytes(), self.lookup.allocation_size()]
    }
}

/// Where a text stands among the recent ones: by its length, its first and its last eight bytes.
fn recent_place(bytes: &[u8]) -> usize {
    let word = |chunk: Option<&[u8; 8]>| chunk.map_or(0, |chunk| u64::from_le_bytes(*chunk));
    let (first, last) = (bytes.first_chunk(), bytes.last_chunk());
    let ends = match (first, last) {
        (None, _) => bytes.iter().fold(0, |word, byte| word << 8 | u64::from(*byte)),
        _ => word(first) ^ word(last).rotate_left(29),
    };
    let mixed = (ends ^ bytes.len() as u64).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    (mixed >> 53) as usize % RECENT
}

/// The chunk in which a string stands, and where.
#[inline]
fn place(owners: &[u32], ends: &Column<u32>, index: u32) -> Option<(usize, core::ops::Range<usize>)> {
    let end = ends.get(index as usize)?;
    let owner = *owners.get((end >> SHIFT) as usize)?;
    let base = owner << SHIFT;
    // The string before ends in an earlier chunk, or where this one starts.
    let before = index.checked_sub(1).and_then(|before| ends.get(before as usize)).unwrap_or_default();
    Some((owner as usize, before.saturating_sub(base) as usize..(end - base) as usize))
}

#[inline]
fn bytes_of<'t>(chunks: &'t [String], owners: &[u32], ends: &Column<u32>, index: u32) -> &'t [u8] {
    let Some((owner, place)) = place(owners, ends, index) else { return &[] };
    chunks.get(owner).and_then(|chunk| chunk.as_bytes().get(place)).unwrap_or_default()
}

/// Eight bytes at a step, then a last mix, since the table takes a hash's lowest and highest bits. Not made against
/// chosen collisions: see `docs/decisions/0007-strings.md`.
#[inline]
fn hash_of(bytes: &[u8]) -> u64 {
    const K: u64 = 0x9e37_79b9_7f4a_7c15;
    let mut hash = (bytes.len() as u64).wrapping_mul(K);
    let (words, rest) = bytes.as_chunks::<8>();
    let mut mix = |word: u64| hash = (hash.rotate_left(23) ^ word).wrapping_mul(K);
    words.iter().for_each(|word| mix(u64::from_le_bytes(*word)));
    if let Some(last) = bytes.last_chunk::<8>() {
        if !rest.is_empty() {
            // Overlaps the word before.
            mix(u64::from_le_bytes(*last));
        }
    } else if let (Some(first), Some(last)) = (rest.first_chunk::<4>(), rest.last_chunk::<4>()) {
        mix(u64::from(u32::from_le_bytes(*first)) << 32 | u64::from(u32::from_le_bytes(*last)));
    } else {
        mix(rest.iter().fold(0, |word, byte| word << 8 | u64::from(*byte)));
    }
    hash ^= hash >> 32;
    hash = hash.wrapping_mul(K);
    hash ^ hash >> 29
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn equal_strings_share_a_symbol_and_the_empty_string_is_zero() {
        let mut strings = Strings::default();
        let a = strings.intern("orders");
        let b = strings.intern("auth");
        assert_ne!(a, b);
        assert_eq!(strings.intern("orders"), a);
        assert_eq!(strings.intern(""), Sym::EMPTY);
        assert_eq!(strings.get(b), "auth");
        assert_eq!(strings.find("orders"), Some(a));
        assert_eq!(strings.find("nope"), None);
    }

    #[test]
    fn ten_thousand_strings_survive_the_growth_of_the_table() {
        let mut strings = Strings::default();
        let symbols: Vec<Sym> = (0..10_000).map(|n| strings.intern(&format!("span {n}"))).collect();
        for (n, symbol) in symbols.iter().enumerate() {
            assert_eq!(strings.get(*symbol), format!("span {n}"));
        }
    }

    #[test]
    fn strings_longer_than_a_chunk_stand_between_short_ones() {
        let mut strings = Strings::default();
        let texts: Vec<String> = [3, CHUNK - 2, CHUNK, 1, 5 * CHUNK / 2, 2 * CHUNK, 7, CHUNK - 1, 9]
            .iter()
            .enumerate()
            .map(|(n, len)| char::from(b'a' + n as u8).to_string().repeat(*len))
            .collect();
        let symbols: Vec<Sym> = texts.iter().map(|text| strings.intern(text)).collect();
        for (symbol, text) in symbols.iter().zip(&texts) {
            assert!(strings.get(*symbol) == text && strings.find(text) == Some(*symbol), "{}", text.len());
        }
        assert_eq!(strings.clone().into_texts().parts().0, texts.concat());
        let mut together = String::new();
        let mut next = 0;
        while next < strings.len() as u32 {
            let (text, behind) = strings.together(next, strings.len() as u32);
            for sym in next.max(1)..behind {
                let offset = text.find(strings.get(Sym(sym)).chars().next().unwrap()).unwrap();
                let (found, place) = strings.at_offset(next, next, behind, offset).unwrap();
                assert_eq!((found, text.get(place)), (Sym(sym), Some(strings.get(Sym(sym)))));
            }
            together.push_str(text);
            next = behind;
        }
        assert!(together == texts.concat());
    }

    #[test]
    fn bytes_that_are_no_text_have_no_symbol() {
        let mut strings = Strings::default();
        assert_eq!(strings.intern_bytes(b"caf\xe9"), None);
        let known = strings.intern("café");
        assert_eq!(strings.intern_bytes("café".as_bytes()), Some(known));
        assert_eq!(strings.lately("café".as_bytes()), Some("café"));
        assert_eq!((strings.lately(b"cafe"), strings.lately(b"")), (None, Some("")));
    }

    #[test]
    fn a_symbol_of_another_table_reads_as_empty() {
        assert_eq!(Strings::default().get(Sym(77)), "");
    }
}
