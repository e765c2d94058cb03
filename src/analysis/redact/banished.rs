//! Values that were taken out somewhere and are to be gone everywhere: looks for all of them in a text at once.
//!
//! Long values are sought anywhere, short ones as whole words only, the shortest not at all: whoever hides the value `42` does not want
//! every 42 of a trace gone.

use core::ops::Range;

use rustc_hash::FxHashMap;

use super::rules::Rule;

/// Bytes by which a value is looked up, and below which it is not sought.
const HEAD: usize = 4;
/// From this many bytes on it is sought within words too.
const WITHIN_WORDS_FROM: usize = 8;

type Head = [u8; HEAD];
type Values = FxHashMap<String, Banished>;

/// A value and what stands in its place.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Banished {
    pub rule: Rule,
    /// Counts the distinct values of a rule, from 1.
    pub number: u32,
}

/// All of them.
#[derive(Default)]
pub struct AllBanished {
    numbers: [u32; 8],
    by_value: Values,
    /// By the first bytes, then by length, the longest first: of a million values that begin alike few lengths are tried.
    by_head: FxHashMap<Head, Vec<(usize, Values)>>,
}

impl AllBanished {
    /// The number of a value, a new one where it was not known. `seek`: copies of it are to be gone as well.
    pub fn add(&mut self, rule: Rule, value: &str, seek: bool) -> Banished {
        let banished = match self.by_value.get(value) {
            Some(known) => *known,
            None => {
                let number = self.numbers.get_mut(rule as usize);
                let number = number.map_or(1, |number| {
                    *number += 1;
                    *number
                });
                let banished = Banished { rule, number };
                self.by_value.insert(value.to_owned(), banished);
                banished
            }
        };
        if seek {
            for written in [value.to_owned(), percent_encoded(value), json_escaped(value)] {
                self.seek(written, banished);
            }
        }
        banished
    }

    fn seek(&mut self, written: String, banished: Banished) {
        let Some(head) = written.as_bytes().first_chunk::<HEAD>() else { return };
        let lengths = self.by_head.entry(*head).or_default();
        let at = lengths.partition_point(|(len, _)| *len > written.len());
        if lengths.get(at).is_none_or(|(len, _)| *len != written.len()) {
            lengths.insert(at, (written.len(), Values::default()));
        }
        if let Some((_, values)) = lengths.get_mut(at) {
            values.entry(written).or_insert(banished);
        }
    }

    /// How many distinct values of a rule there are.
    pub fn count(&self, rule: Rule) -> u32 {
        self.numbers.get(rule as usize).copied().unwrap_or_default()
    }

    /// Adds where a text holds any of them.
    pub fn places(&self, text: &str, found: &mut Vec<(Range<usize>, Banished)>) {
        if self.by_head.is_empty() {
            return;
        }
        let bytes = text.as_bytes();
        let mut at = 0;
        while let Some(head) = bytes.get(at..).and_then(|rest| rest.first_chunk::<HEAD>()) {
            let lengths = self.by_head.get(head).map(Vec::as_slice).unwrap_or_default();
            let here = lengths.iter().find_map(|(len, values)| {
                let value = text.get(at..at + len)?;
                Some((at..at + len, values.get(value).filter(|_| stands_alone(bytes, at, value.as_bytes()))?))
            });
            at = match here {
                Some((place, banished)) => {
                    let end = place.end;
                    found.push((place, *banished));
                    end
                }
                None => at + 1,
            };
        }
    }
}

impl AllBanished {
    /// Adds where a text breaks off, with an ellipsis, within any of them.
    pub fn cut_places(&self, text: &str, found: &mut Vec<(Range<usize>, Banished)>) {
        /// So far before the ellipsis its beginning is looked for.
        const REACH: usize = 256;
        for (cut, _) in text.match_indices('…') {
            let before = text.as_bytes().get(..cut).unwrap_or_default();
            let begins = (cut.saturating_sub(REACH)..cut.saturating_sub(HEAD - 1)).find_map(|at| {
                let rest = before.get(at..)?;
                let mut values = self.by_head.get(rest.first_chunk::<HEAD>()?)?.iter().flat_map(|(_, values)| values);
                let (_, banished) = values.find(|(value, _)| value.as_bytes().starts_with(rest))?;
                Some((at..cut, *banished))
            });
            found.extend(begins);
        }
    }
}

/// Of a short value, whether it is no part of a longer word.
fn stands_alone(bytes: &[u8], at: usize, value: &[u8]) -> bool {
    let is_word =
        |byte: Option<&u8>| byte.is_some_and(|byte| byte.is_ascii_alphanumeric() || *byte == b'_' || !byte.is_ascii());
    let before = at.checked_sub(1).and_then(|before| bytes.get(before));
    let is_joined =
        is_word(before) && is_word(value.first()) || is_word(bytes.get(at + value.len())) && is_word(value.last());
    value.len() >= WITHIN_WORDS_FROM || !is_joined
}

/// As it stands in a URL.
fn percent_encoded(value: &str) -> String {
    let mut out = String::with_capacity(value.len());
    for byte in value.bytes() {
        if byte.is_ascii_alphanumeric() || b"-_.~".contains(&byte) {
            out.push(char::from(byte));
        } else {
            out.push_str(&format!("%{byte:02X}"));
        }
    }
    out
}

/// As it stands inside a JSON text.
fn json_escaped(value: &str) -> String {
    let mut quoted = String::new();
    crate::model::attr::push_json_string(&mut quoted, value);
    quoted.get(1..quoted.len() - 1).unwrap_or_default().to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found<'t>(values: &[&str], text: &'t str) -> Vec<&'t str> {
        let mut all = AllBanished::default();
        for value in values {
            all.add(Rule::Own, value, true);
        }
        let mut places = Vec::new();
        all.places(text, &mut places);
        places.into_iter().map(|(place, _)| &text[place]).collect()
    }

    #[test]
    fn long_values_are_found_anywhere_and_short_ones_as_words() {
        assert_eq!(found(&["abcdefgh"], "xabcdefghy abcdefgh"), ["abcdefgh", "abcdefgh"]);
        assert_eq!(found(&["anna"], "anna, annabel, (anna) hanna"), ["anna", "anna"]);
        assert_eq!(found(&["/a/b"], "x/a/b x/a/bc"), ["/a/b"]);
        assert_eq!(found(&["abc"], "abc"), [] as [&str; 0]);
        assert_eq!(found(&["größe"], "die größe. größen"), ["größe"]);
    }

    #[test]
    fn of_values_that_begin_alike_the_longer_is_found() {
        assert_eq!(found(&["abcdefgh", "abcdefghij"], "abcdefghij abcdefgh"), ["abcdefghij", "abcdefgh"]);
    }

    #[test]
    fn copies_in_a_url_and_in_json_are_found() {
        assert_eq!(
            found(&["a b&c=1\"2"], "?q=a%20b%26c%3D1%222 {\"q\":\"a b&c=1\\\"2\"}"),
            ["a%20b%26c%3D1%222", "a b&c=1\\\"2"]
        );
    }

    #[test]
    fn a_hundred_thousand_values_that_begin_alike_are_found_in_as_many_texts() {
        let mut all = AllBanished::default();
        let values: Vec<String> = (0..100_000).map(|at| format!("ORD-{at:06}")).collect();
        for value in &values {
            all.add(Rule::Literal, value, true);
        }
        let mut places = Vec::new();
        values.iter().for_each(|value| all.places(value, &mut places));
        assert_eq!(places.len(), values.len());
        assert!(places.iter().zip(1..).all(|((_, banished), number)| banished.number == number));
    }

    #[test]
    fn what_is_left_of_a_value_where_a_text_breaks_off_is_found() {
        let mut all = AllBanished::default();
        all.add(Rule::Token, "q8Zr-91xV_secretpart", true);
        for (text, expected) in
            [("sent q8Zr-91x…", vec!["q8Zr-91x"]), ("q8Z…", vec![]), ("é…q8Zr…x", vec!["q8Zr"]), ("q8Zr!…", vec![])]
        {
            let mut places = Vec::new();
            all.cut_places(text, &mut places);
            assert_eq!(places.into_iter().map(|(place, _)| &text[place]).collect::<Vec<_>>(), expected, "{text}");
        }
    }

    #[test]
    fn a_value_keeps_its_number() {
        let mut all = AllBanished::default();
        let numbers = [("x1", Rule::Ip), ("x2", Rule::Ip), ("x1", Rule::Email), ("y", Rule::Email)]
            .map(|(value, rule)| all.add(rule, value, true))
            .map(|banished| (banished.rule, banished.number));
        assert_eq!(numbers, [(Rule::Ip, 1), (Rule::Ip, 2), (Rule::Ip, 1), (Rule::Email, 1)]);
        assert_eq!((all.count(Rule::Ip), all.count(Rule::Email), all.count(Rule::Card)), (2, 1, 0));
    }
}
