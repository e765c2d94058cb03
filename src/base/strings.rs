//! The string table: every distinct string of a set of spans, once, in one buffer.
//!
//! A symbol is an index; symbol 0 is the empty string, so a missing name costs nothing. Strings are never removed.

use core::hash::{BuildHasher, BuildHasherDefault};

use hashbrown::HashTable;
use rustc_hash::FxHasher;

/// An interned string of one [`Strings`]; it means nothing to another table.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Debug)]
pub struct Sym(pub u32);

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

    /// Adds a string at the end; `None` when the buffer would pass 4 GiB, which 32-bit memory cannot hold.
    fn push(&mut self, text: &str) -> Option<u32> {
        let end = u32::try_from(self.text.len() + text.len()).ok()?;
        let index = u32::try_from(self.ends.len()).ok()?;
        self.text.push_str(text);
        self.ends.push(end);
        Some(index)
    }
}

/// [`Texts`] with a lookup, so that every distinct string is held once.
#[derive(Clone)]
pub struct Strings {
    texts: Texts,
    lookup: HashTable<u32>,
    hasher: BuildHasherDefault<FxHasher>,
    /// Symbols met lately, by [`place`]: nearly all keys and most values of a span stood in the spans before it, and a
    /// comparison is cheaper than the check for UTF-8 and the hash.
    recent: Box<[u32]>,
}

const RECENT: usize = 2048;

/// Where a text stands among the recent ones: by its length, its first and its last eight bytes.
fn place(bytes: &[u8]) -> usize {
    let word = |chunk: Option<&[u8; 8]>| chunk.map_or(0, |chunk| u64::from_le_bytes(*chunk));
    let (first, last) = (bytes.first_chunk(), bytes.last_chunk());
    let ends = match (first, last) {
        (None, _) => bytes.iter().fold(0, |word, byte| word << 8 | u64::from(*byte)),
        _ => word(first) ^ word(last).rotate_left(29),
    };
    let mixed = (ends ^ bytes.len() as u64).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    (mixed >> 53) as usize % RECENT
}

impl Default for Strings {
    fn default() -> Self {
        let mut strings = Strings {
            texts: Texts::default(),
            lookup: HashTable::new(),
            hasher: BuildHasherDefault::default(),
            recent: vec![0; RECENT].into(),
        };
        strings.intern_new("");
        strings
    }
}

impl Strings {
    /// The symbol of `text`, adding it if it is new. A table that is full (4 GiB) answers the empty string for
    /// anything new.
    pub fn intern(&mut self, text: &str) -> Sym {
        match self.recent(text.as_bytes()) {
            Ok(known) => known,
            Err(place) => {
                let sym = self.intern_new(text);
                self.recent[place] = sym.0;
                sym
            }
        }
    }

    /// The same for bytes that should be UTF-8; `None` when they are not.
    pub fn intern_bytes(&mut self, bytes: &[u8]) -> Option<Sym> {
        match self.recent(bytes) {
            Ok(known) => Some(known),
            Err(place) => {
                let sym = self.intern_new(core::str::from_utf8(bytes).ok()?);
                self.recent[place] = sym.0;
                Some(sym)
            }
        }
    }

    /// The text of these bytes, if it was met lately: known to be UTF-8 without another look.
    pub fn lately(&self, bytes: &[u8]) -> Option<&str> {
        self.recent(bytes).ok().map(|sym| self.get(sym))
    }

    /// The symbol of a text met lately, else where it would stand among those.
    #[inline]
    fn recent(&self, bytes: &[u8]) -> Result<Sym, usize> {
        let place = place(bytes);
        let sym = Sym(self.recent[place]);
        if self.texts.get(sym.index()).as_bytes() == bytes { Ok(sym) } else { Err(place) }
    }

    fn intern_new(&mut self, text: &str) -> Sym {
        let Strings { texts, lookup, hasher, .. } = self;
        let hash = hasher.hash_one(text.as_bytes());
        if let Some(found) = lookup.find(hash, |index| texts.get(*index as usize) == text) {
            return Sym(*found);
        }
        let Some(index) = texts.push(text) else { return Sym::EMPTY };
        lookup.insert_unique(hash, index, |index| hasher.hash_one(texts.get(*index as usize).as_bytes()));
        Sym(index)
    }

    /// The symbol of `text` if it is in the table.
    pub fn find(&self, text: &str) -> Option<Sym> {
        let hash = self.hasher.hash_one(text.as_bytes());
        let found = self.lookup.find(hash, |index| self.texts.get(*index as usize) == text)?;
        Some(Sym(*found))
    }

    /// The text of a symbol; empty for a symbol of another table.
    pub fn get(&self, sym: Sym) -> &str {
        self.texts.get(sym.index())
    }

    /// How many distinct strings there are, the empty one included.
    pub fn len(&self) -> usize {
        self.texts.len()
    }

    pub fn is_empty(&self) -> bool {
        self.texts.len() <= 1
    }

    /// Every string with its symbol, in order of first appearance.
    pub fn iter(&self) -> impl Iterator<Item = (Sym, &str)> {
        (0..self.texts.len()).map(|index| (Sym(index as u32), self.texts.get(index)))
    }

    /// Without the lookup, to hand over.
    pub fn into_texts(self) -> Texts {
        self.texts
    }
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
    fn bytes_are_found_as_texts_are_and_bad_utf_8_is_no_text() {
        let mut strings = Strings::default();
        let long = strings.intern("http.request.method, and more than sixteen bytes");
        assert_eq!(strings.intern_bytes(b"http.request.method, and more than sixteen bytes"), Some(long));
        assert_eq!(strings.intern_bytes(b"\xff\xfe"), None);
        assert_eq!(strings.intern_bytes(b""), Some(Sym::EMPTY));
        let new = strings.intern_bytes("Zażółć".as_bytes());
        assert_eq!(new, Some(strings.intern("Zażółć")));
    }

    #[test]
    fn a_symbol_of_another_table_reads_as_empty() {
        assert_eq!(Strings::default().get(Sym(77)), "");
    }
}
