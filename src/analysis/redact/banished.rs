//! Values that were taken out somewhere and are to be gone everywhere: looks for all of them in a text at once.
//!
//! How a value is sought depends on what it is: whoever hides the value `42` does not want every 42 of a trace gone, and the password
//! `postgres` is a word too.

use core::ops::Range;

use rustc_hash::FxHashMap;

use super::rules::Rule;

/// Bytes by which a value is looked up, and below which it is not sought.
const HEAD: usize = 4;
/// From this many bytes on a telling value is sought within words too.
const WITHIN_WORDS_FROM: usize = 8;
/// From this many bytes on a value is sought that could be a word of a language.
const WORD_FROM: usize = 12;

type Head = [u8; HEAD];
type Values = FxHashMap<String, (Banished, How)>;

/// A value and what stands in its place.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Banished {
    pub rule: Rule,
    /// Counts the distinct values of a rule, from 1.
    pub number: u32,
}

/// How copies of a value are sought.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
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
    numbers: [u32; 8],
    by_value: FxHashMap<String, Banished>,
    /// By the first bytes, then by length, the longest first: of a million values that begin alike few lengths are tried.
    by_head: FxHashMap<Head, Vec<(usize, Values)>>,
}

impl AllBanished {
    /// The number of a value, a new one where it was not known.
    pub fn add(&mut self, rule: Rule, value: &str, how: How) -> Banished {
        if let Some(known) = self.by_value.get(value) {
            return *known;
        }
        let number = match self.numbers.get_mut(rule as usize) {
            Some(number) => {
                *number += 1;
                *number
            }
            None => 1,
        };
        let banished = Banished { rule, number };
        self.add_part(banished, value, how);
        banished
    }

    /// What tells as much as a value that was taken out goes by its number.
    pub fn add_part(&mut self, banished: Banished, part: &str, how: How) {
        if self.by_value.contains_key(part) {
            return;
        }
        self.by_value.insert(part.to_owned(), banished);
        if how != How::Nowhere {
            spellings(part, |written| self.seek(written, banished, how));
        }
    }

    /// Numbers that stand in what is read already: those that are given now are others.
    pub fn reserve(&mut self, rule: Rule, number: u32) {
        if let Some(last) = self.numbers.get_mut(rule as usize) {
            *last = number.max(*last);
        }
    }

    fn seek(&mut self, written: String, banished: Banished, how: How) {
        let Some(head) = written.as_bytes().first_chunk::<HEAD>() else { return };
        let lengths = self.by_head.entry(*head).or_default();
        let at = lengths.partition_point(|(len, _)| *len > written.len());
        if lengths.get(at).is_none_or(|(len, _)| *len != written.len()) {
            lengths.insert(at, (written.len(), Values::default()));
        }
        if let Some((_, values)) = lengths.get_mut(at) {
            values.entry(written).or_insert((banished, how));
        }
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
                let fits = *how == How::Anywhere || !is_key && stands_alone(bytes, at, value.as_bytes());
                fits.then_some((at..at + len, *banished))
            });
            found.extend(here);
            // Another may begin within this one.
            at += 1;
        }
    }

    /// Adds where a text breaks off, with an ellipsis, within any of them.
    pub fn cut_places(&self, text: &str, found: &mut Vec<(Range<usize>, Banished)>) {
        /// So far before the ellipsis its beginning is looked for.
        const REACH: usize = 1_024;
        if self.by_head.is_empty() {
            return;
        }
        for (cut, _) in text.match_indices('…').chain(text.match_indices("...")) {
            let before = text.as_bytes().get(..cut).unwrap_or_default();
            let begins = (cut.saturating_sub(REACH)..cut.saturating_sub(HEAD - 1)).find_map(|at| {
                let rest = before.get(at..)?;
                let mut values = self.by_head.get(rest.first_chunk::<HEAD>()?)?.iter().flat_map(|(_, values)| values);
                let (_, (banished, _)) = values.find(|(value, _)| value.as_bytes().starts_with(rest))?;
                Some((at..cut, *banished))
            });
            found.extend(begins);
        }
    }

    /// How many distinct values of a rule there are.
    pub fn count(&self, rule: Rule) -> u32 {
        self.numbers.get(rule as usize).copied().unwrap_or_default()
    }
}

/// Whether a value is no part of a longer word, or of a longer number.
fn stands_alone(bytes: &[u8], at: usize, value: &[u8]) -> bool {
    let (before, behind) = (at.checked_sub(1).and_then(|before| bytes.get(before)), bytes.get(at + value.len()));
    if value.iter().all(u8::is_ascii_digit) {
        return !before.is_some_and(u8::is_ascii_digit) && !behind.is_some_and(u8::is_ascii_digit);
    }
    let is_word =
        |byte: Option<&u8>| byte.is_some_and(|byte| byte.is_ascii_alphanumeric() || *byte == b'_' || !byte.is_ascii());
    !(is_word(before) && is_word(value.first()) || is_word(behind) && is_word(value.last()))
}

/// A value as it is, and as it stands in URLs and in JSON, as different programs write those.
fn spellings(value: &str, mut each: impl FnMut(String)) {
    each(value.to_owned());
    let mut seen = vec![value.to_owned()];
    let plus = |text: String| text.replace("%20", "+");
    let writings = [
        encoded(value, b"-_.~", true),
        encoded(value, b"-_.~", false),
        encoded(value, b"-_.!~*'()", true),
        plus(encoded(value, b"-_.*", true)),
        json_escaped(value, false, false),
        json_escaped(value, true, false),
        json_escaped(value, false, true),
        value.replace("''", "'"),
        value.split_whitespace().collect::<Vec<_>>().join(" "),
    ];
    for written in writings {
        if !written.is_empty() && !seen.contains(&written) {
            seen.push(written.clone());
            each(written);
        }
    }
}

/// As it stands in a URL, with capital hex digits or small ones.
fn encoded(value: &str, kept: &[u8], capitals: bool) -> String {
    let mut out = String::with_capacity(value.len());
    for byte in value.bytes() {
        if byte.is_ascii_alphanumeric() || kept.contains(&byte) {
            out.push(char::from(byte));
        } else if capitals {
            out.push_str(&format!("%{byte:02X}"));
        } else {
            out.push_str(&format!("%{byte:02x}"));
        }
    }
    out
}

/// As it stands inside a JSON text, which may be of ASCII alone, or have its slashes escaped.
fn json_escaped(value: &str, is_ascii: bool, slashes: bool) -> String {
    let mut quoted = String::new();
    crate::model::attr::push_json_string(&mut quoted, value);
    let inner = quoted.get(1..quoted.len() - 1).unwrap_or_default();
    let mut out = String::with_capacity(inner.len());
    for c in inner.chars() {
        match c {
            '/' if slashes => out.push_str("\\/"),
            c if is_ascii && !c.is_ascii() => {
                let mut units = [0; 2];
                c.encode_utf16(&mut units).iter().for_each(|unit| out.push_str(&format!("\\u{unit:04x}")));
            }
            c => out.push(c),
        }
    }
    out
}

#[cfg(test)]
#[path = "banished_test.rs"]
mod tests;
