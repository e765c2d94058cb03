//! Values that were taken out somewhere and are to be gone everywhere: looks for all of them in a text at once.
//!
//! How a value is sought depends on what it is: whoever hides the value `42` does not want every 42 of a trace gone, and the password
//! `postgres` is a word too.

use core::ops::{Bound, Range};
use std::collections::BTreeMap;
use std::rc::Rc;

use rustc_hash::{FxHashMap, FxHashSet};

use super::layers::layers;
use super::rules::Rule;

/// Bytes by which a value is looked up, and below which it is not sought.
const HEAD: usize = 4;
/// From this many bytes on a telling value is sought within words too.
const WITHIN_WORDS_FROM: usize = 8;
/// From this many bytes on a value is sought that could be a word of a language.
const WORD_FROM: usize = 12;

type Head = [u8; HEAD];
type Values = FxHashMap<Rc<str>, (Banished, How)>;

/// A value that is taken out: the rule, and its place among the values of the rule.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Banished {
    pub rule: Rule,
    nth: usize,
}

/// How copies of a value are sought.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum How {
    /// Not at all: it is taken out where a rule finds it.
    Nowhere,
    /// Where it stands alone.
    AsWord,
    /// Within words too.
    Anywhere,
}

impl How {
    /// How a value is sought that a rule has found.
    pub fn of(rule: Rule, value: &str) -> How {
        let is_number = value.bytes().all(|byte| byte.is_ascii_digit());
        match (is_telling(value), rule) {
            (true, _) if value.len() >= WITHIN_WORDS_FROM && !is_number => How::Anywhere,
            (true, _) | (false, Rule::Own) => How::AsWord,
            (false, Rule::Literal) => How::Nowhere,
            (false, _) if value.len() >= WORD_FROM => How::AsWord,
            (false, _) => How::Nowhere,
        }
    }
}

/// Whether a value is nobody's word for something else: `pending`, `100` and `http` are, `ORD-4711`, `Anna Schmidt` and `kTGhRewQ` are not.
pub fn is_telling(value: &str) -> bool {
    const SHORTEST: usize = 5;
    let value = value.trim();
    let is_mixed = || {
        value.len() >= WITHIN_WORDS_FROM
            && value.bytes().skip(1).any(|byte| byte.is_ascii_uppercase())
            && value.bytes().any(|byte| byte.is_ascii_lowercase())
    };
    value.len() >= SHORTEST
        && value.chars().any(char::is_alphanumeric)
        && (value.chars().any(|c| c.is_ascii_digit() || c == '@' || c.is_whitespace()) || is_mixed())
}

/// All of them.
#[derive(Default)]
pub struct AllBanished {
    /// How many values there are, by rule.
    counts: [usize; Rule::COUNT],
    /// The numbers that values go by, by rule, as far as they are settled.
    numbers: [Vec<u32>; Rule::COUNT],
    /// Numbers that a text of the trace has already, of an earlier redaction or by chance.
    reserved: FxHashSet<(Rule, u32)>,
    by_value: Values,
    /// By the first bytes, then by length, the longest first: of a million values that begin alike few lengths are tried.
    by_head: FxHashMap<Head, Vec<(usize, Values)>>,
    /// In order, to find the value that a text breaks off in.
    in_order: BTreeMap<Rc<str>, Banished>,
}

impl AllBanished {
    /// Takes a value in, unless it is known.
    pub fn add(&mut self, rule: Rule, value: &str, how: How) -> Banished {
        if let Some((known, _)) = self.by_value.get(value).copied() {
            self.add_part(known, value, how);
            return known;
        }
        let count = self.counts.get_mut(rule as usize);
        let nth = count.map_or(0, |count| core::mem::replace(count, *count + 1));
        let banished = Banished { rule, nth };
        self.add_part(banished, value, how);
        banished
    }

    /// What tells as much as a value that was taken out goes by its number.
    pub fn add_part(&mut self, banished: Banished, part: &str, how: How) {
        // Who seeks it further than whoever named it first is right.
        let banished = match self.by_value.get_mut(part) {
            Some((_, known)) if *known >= how => return,
            Some((banished, known)) => {
                *known = how;
                *banished
            }
            None => {
                self.by_value.insert(part.into(), (banished, how));
                banished
            }
        };
        if how != How::Nowhere {
            for written in spellings(part) {
                self.seek(written, banished, how);
            }
        }
    }

    /// A number that is in what is read already is given to no value. Call it for all texts before the first number is asked for.
    pub fn reserve(&mut self, rule: Rule, number: u32) {
        self.reserved.insert((rule, number));
    }

    /// The number of a value among those of its rule, from 1.
    pub fn number(&mut self, banished: Banished) -> u32 {
        let Some(numbers) = self.numbers.get_mut(banished.rule as usize) else { return 0 };
        while numbers.len() <= banished.nth {
            let mut next = numbers.last().map_or(1, |last| last.saturating_add(1));
            while self.reserved.contains(&(banished.rule, next)) && next < u32::MAX {
                next += 1;
            }
            numbers.push(next);
        }
        numbers.get(banished.nth).copied().unwrap_or_default()
    }

    fn seek(&mut self, written: Rc<str>, banished: Banished, how: How) {
        let Some(head) = written.as_bytes().first_chunk::<HEAD>() else { return };
        let lengths = self.by_head.entry(*head).or_default();
        let at = lengths.partition_point(|(len, _)| *len > written.len());
        if lengths.get(at).is_none_or(|(len, _)| *len != written.len()) {
            lengths.insert(at, (written.len(), Values::default()));
        }
        if let Some((_, values)) = lengths.get_mut(at) {
            let held = values.entry(written.clone()).or_insert((banished, how));
            held.1 = held.1.max(how);
        }
        self.in_order.entry(written).or_insert(banished);
    }

    /// Adds where a text holds any of them; of keys, which are words, only what is sought within words.
    pub fn places(&self, text: &str, is_key: bool, found: &mut Vec<(Range<usize>, Banished)>) {
        if self.by_head.is_empty() {
            return;
        }
        let bytes = text.as_bytes();
        let mut at = 0;
        while let Some(head) = bytes.get(at..).and_then(|rest| rest.first_chunk::<HEAD>()) {
            let lengths = self.by_head.get(head).map(Vec::as_slice).unwrap_or_default();
            let here = lengths.iter().find_map(|(len, values)| {
                let value = text.get(at..at + len)?;
                let (banished, how) = values.get(value)?;
                let fits = *how == How::Anywhere || !is_key && is_apart(text, at, value);
                fits.then_some((at..at + len, *banished))
            });
            found.extend(here);
            // Another may begin within this one.
            at += 1;
        }
    }

    /// Adds where a text breaks off within any of them: at an ellipsis, or at its end, since many programs cut without one.
    pub fn cut_places(&self, text: &str, found: &mut Vec<(Range<usize>, Banished)>) {
        /// So far before the cut its beginning is looked for, and no further than the cut before.
        const REACH: usize = 4_096;
        if self.in_order.is_empty() {
            return;
        }
        let end = self.cut_within(text, text.len().saturating_sub(REACH), text.len());
        found.extend(end.filter(|(place, _)| {
            let rest = text.get(place.clone()).unwrap_or_default();
            rest.len() >= WITHIN_WORDS_FROM && is_telling(rest)
        }));
        for ellipsis in ["…", "..."] {
            let mut reached = 0;
            for cut in memchr::memmem::find_iter(text.as_bytes(), ellipsis) {
                found.extend(self.cut_within(text, reached.max(cut.saturating_sub(REACH)), cut));
                reached = cut + ellipsis.len();
            }
        }
    }

    /// The beginning of a value that starts at `from` or later and breaks off at `cut`.
    fn cut_within(&self, text: &str, from: usize, cut: usize) -> Option<(Range<usize>, Banished)> {
        let end = cut - cut_escape(text.as_bytes().get(from..cut)?);
        (from..end.saturating_sub(HEAD - 1)).find_map(|at| {
            let rest = text.get(at..end)?;
            self.by_head.get(rest.as_bytes().first_chunk::<HEAD>()?)?;
            let behind = (Bound::Included(rest), Bound::Unbounded);
            let (value, banished) = self.in_order.range::<str, _>(behind).next()?;
            value.starts_with(rest).then_some((at..cut, *banished))
        })
    }

    /// How many distinct values of a rule there are.
    pub fn count(&self, rule: Rule) -> u32 {
        self.counts.get(rule as usize).map_or(0, |count| u32::try_from(*count).unwrap_or(u32::MAX))
    }
}

/// Length of an escape that a text breaks off in: `%2`, `\u00`, `&quo`.
fn cut_escape(text: &[u8]) -> usize {
    const LONGEST: usize = 10;
    let is_of = |byte: &u8| byte.is_ascii_alphanumeric() || matches!(byte, b'#' | b'{' | b'\\');
    let tail = text.iter().rev().take(LONGEST).take_while(|byte| is_of(byte) || matches!(byte, b'%' | b'&'));
    tail.enumerate().filter(|(_, byte)| matches!(byte, b'%' | b'&' | b'\\')).map(|(at, _)| at + 1).last().unwrap_or(0)
}

/// Whether a value is no part of a longer word, or of a longer number.
fn is_apart(text: &str, at: usize, value: &str) -> bool {
    let before = text.get(..at).and_then(|before| before.chars().next_back());
    let behind = text.get(at + value.len()..).and_then(|behind| behind.chars().next());
    if value.bytes().all(|byte| byte.is_ascii_digit()) {
        return !before.is_some_and(|c| c.is_ascii_digit()) && !behind.is_some_and(|c| c.is_ascii_digit());
    }
    let is_word = |c: Option<char>| c.is_some_and(is_of_word);
    !(is_word(before) && is_word(value.chars().next()) || is_word(behind) && is_word(value.chars().next_back()))
}

/// Whether a character goes on a word. From Thai on, scripts put no blank between words and none before a value.
fn is_of_word(c: char) -> bool {
    const THAI: char = '\u{e00}';
    c == '_' || c.is_alphanumeric() && c < THAI
}

/// A value as it is, and otherwise than [`layers`] reads back what programs make of it: with its own escapes read, its doubled quotes
/// single, its blanks as in a URL's query, and on one line.
fn spellings(value: &str) -> Vec<Rc<str>> {
    let mut all: Vec<Rc<str>> = vec![value.into()];
    let read = layers(value).into_iter().skip(1).map(|layer| layer.text.into_owned());
    let others =
        [value.replace("''", "'"), value.replace(' ', "+"), value.split_whitespace().collect::<Vec<_>>().join(" ")];
    for written in read.chain(others) {
        if !written.is_empty() && !all.iter().any(|known| **known == *written) {
            all.push(written.into());
        }
    }
    all
}

#[cfg(test)]
#[path = "banished_test.rs"]
mod tests;
