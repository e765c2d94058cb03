//! Which texts of a trace hold a needle: found by one walk over the string table, in which texts stand end to end, before
//! any span is looked at. A span then asks for a bit of each of its symbols. Not the matching of one text: that is
//! [`super::needle`].

use super::needle::Needle;
use crate::base::{Strings, Sym};

/// Texts that are looked at in one step where letters are not ASCII and each must be written anew in lowercase.
const STEP: u32 = 20_000;

pub(super) struct Texts {
    /// A bit a symbol: the text holds the needle.
    bits: Vec<u64>,
    /// The first and the last that do; most needles are rare, and two numbers are nearer than a bit of a million.
    first: u32,
    last: u32,
    /// The first symbol that was not looked at.
    next: u32,
}

impl Texts {
    pub fn new(strings: &Strings) -> Self {
        Texts { bits: vec![0; strings.len().div_ceil(64)], first: u32::MAX, last: 0, next: 0 }
    }

    /// Looks at more texts, a mebibyte at most; false when all have been seen. Until then [`Texts::hold`] must not be asked.
    pub fn step(&mut self, strings: &Strings, needle: &Needle) -> bool {
        let end = strings.len() as u32;
        if self.next >= end {
            return false;
        }
        if needle.as_str().is_ascii() && !needle.as_str().is_empty() {
            let (text, behind) = strings.together(self.next, end);
            self.look(strings, needle, text, behind);
            self.next = behind;
        } else {
            let behind = end.min(self.next + STEP);
            for sym in (self.next..behind).map(Sym).filter(|sym| needle.is_in(strings.get(*sym))) {
                self.set(sym);
            }
            self.next = behind;
        }
        true
    }

    /// The symbols from `self.next` up to `behind` stand in `text`.
    fn look(&mut self, strings: &Strings, needle: &Needle, text: &str, behind: u32) {
        let (first, mut near, mut from) = (self.next, self.next, 0);
        while let Some(found) = needle.find(text.as_bytes(), from) {
            let Some((sym, place)) = strings.at_offset(first, near, behind, found) else { return };
            near = sym.0;
            // A match that ends in the next text is none.
            if found + needle.as_str().len() <= place.end {
                self.set(sym);
                from = place.end;
            } else {
                from = found + 1;
            }
        }
    }

    fn set(&mut self, sym: Sym) {
        (self.first, self.last) = (self.first.min(sym.0), self.last.max(sym.0));
        if let Some(word) = self.bits.get_mut(sym.index() / 64) {
            *word |= 1 << (sym.index() % 64);
        }
    }

    /// Whether the text of `sym` holds the needle.
    #[inline]
    pub fn hold(&self, sym: Sym) -> bool {
        self.first <= sym.0 && sym.0 <= self.last && self.bit(sym)
    }

    fn bit(&self, sym: Sym) -> bool {
        self.bits.get(sym.index() / 64).is_some_and(|word| word >> (sym.index() % 64) & 1 == 1)
    }

    /// Whether any text does.
    pub fn any(&self) -> bool {
        self.first <= self.last
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn seen(strings: &Strings, needle: &Needle) -> Texts {
        let mut texts = Texts::new(strings);
        while texts.step(strings, needle) {}
        texts
    }

    proptest! {
        #[test]
        fn a_walk_over_all_texts_finds_what_each_of_them_holds(
            texts in proptest::collection::vec("[abAB:ł]{0,5}", 0..60),
            needle in "[abAB:Ł]{1,3}",
        ) {
            let mut strings = Strings::default();
            let symbols: Vec<Sym> = texts.iter().map(|text| strings.intern(text)).collect();
            let needle = Needle::new(&needle);
            let found = seen(&strings, &needle);
            for (sym, text) in symbols.iter().zip(&texts) {
                prop_assert_eq!(found.hold(*sym), text.to_lowercase().contains(needle.as_str()), "{}", text);
            }
            prop_assert_eq!(found.any(), symbols.iter().any(|sym| found.hold(*sym)));
        }
    }

    #[test]
    fn texts_of_many_chunks_are_all_seen() {
        let mut strings = Strings::default();
        let symbols: Vec<Sym> =
            (0..60_000).map(|n| strings.intern(&format!("https://orders.example/{n:060}"))).collect();
        let found = seen(&strings, &Needle::new("0000777"));
        let held: Vec<Sym> = symbols.iter().copied().filter(|sym| found.hold(*sym)).collect();
        let said: Vec<Sym> = symbols.iter().copied().filter(|sym| strings.get(*sym).contains("0000777")).collect();
        assert_eq!(held, said);
        assert!(!held.is_empty());
    }
}
