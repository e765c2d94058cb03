//! A text as it is, and as it is once its escapes are read, so that a secret is found however it was written: `%3D`,
//! `\u003d`, `\\n`, `&quot;`.
//! Each byte of a layer knows where it came from, so that what is found there is taken out of the text as it was recorded.
//!
//! ```text
//! layer 0   next=https%253A%252F%252Fb%253Fpan%253D4556737586899855
//! layer 1   next=https%3A%2F%2Fb%3Fpan%3D4556737586899855
//! layer 2   next=https://b?pan=4556737586899855
//! ```
//!
//! One layer reads one level of URL escapes and of HTML entities, and every level of backslashes, since those double with each level.

use core::ops::Range;
use std::borrow::Cow;

/// Layers above the text itself. Deeper escapes are left as they are.
pub const MOST_LAYERS: usize = 4;

/// A text after some levels of unescaping.
pub struct Layer<'t> {
    pub text: Cow<'t, str>,
    /// Where each byte's origin starts, and at the end the length of the original. Empty for the text itself.
    starts: Vec<u32>,
}

impl Layer<'_> {
    /// The place in the original text of a place in this layer.
    pub fn origin(&self, place: Range<usize>) -> Range<usize> {
        let at = |at: usize| self.starts.get(at).map_or(at, |start| *start as usize);
        at(place.start)..at(place.end)
    }
}

/// The text itself first, then one layer for each level of escapes.
pub fn layers(text: &str) -> Vec<Layer<'_>> {
    let mut all = vec![Layer { text: Cow::Borrowed(text), starts: Vec::new() }];
    if u32::try_from(text.len()).is_err() {
        return all;
    }
    while all.len() <= MOST_LAYERS {
        let Some(last) = all.last() else { break };
        let Some(read) = Reading::of(&last.text) else { break };
        let starts = match last.starts.is_empty() {
            true => read.starts,
            false => read.starts.iter().filter_map(|at| last.starts.get(*at as usize).copied()).collect(),
        };
        all.push(Layer { text: Cow::Owned(read.text), starts });
    }
    all
}

/// A text with its escapes read, and where each byte came from.
struct Reading {
    text: String,
    starts: Vec<u32>,
}

impl Reading {
    /// `None` where there is no escape.
    fn of(text: &str) -> Option<Self> {
        let bytes = text.as_bytes();
        let mut reading: Option<Self> = None;
        let (mut at, mut copied) = (0, 0);
        while let Some(gap) = bytes.get(at..).and_then(|rest| memchr::memchr3(b'%', b'\\', b'&', rest)) {
            let start = at + gap;
            let mut read = Read::default();
            let end = match bytes.get(start) {
                Some(b'%') => percent(bytes, start, &mut read),
                Some(b'\\') => backslashes(bytes, start, &mut read),
                _ => entity(bytes, start, &mut read),
            };
            if let Some(end) = end {
                let reading = reading.get_or_insert_with(|| Reading { text: String::new(), starts: Vec::new() });
                reading.copy(text, copied..start);
                read.chars.into_iter().for_each(|(from, c)| reading.push(from, c));
                copied = end;
            }
            at = end.unwrap_or(start + 1);
        }
        let mut reading = reading?;
        reading.copy(text, copied..text.len());
        reading.starts.push(text.len() as u32);
        Some(reading)
    }

    fn copy(&mut self, text: &str, place: Range<usize>) {
        self.text.push_str(text.get(place.clone()).unwrap_or_default());
        self.starts.extend(place.start as u32..place.end as u32);
    }

    fn push(&mut self, from: usize, c: char) {
        self.text.push(c);
        self.starts.extend(core::iter::repeat_n(from as u32, c.len_utf8()));
    }
}

/// The characters that escapes were read as, each with where its escape starts.
#[derive(Default)]
struct Read {
    chars: Vec<(usize, char)>,
}

impl Read {
    /// Reads bytes as UTF-8; what is none becomes one replacement character.
    fn bytes(&mut self, bytes: &[u8], starts: &[usize]) {
        let mut at = 0;
        for chunk in bytes.utf8_chunks() {
            for c in chunk.valid().chars() {
                self.chars.push((starts.get(at).copied().unwrap_or_default(), c));
                at += c.len_utf8();
            }
            if !chunk.invalid().is_empty() {
                self.chars.push((starts.get(at).copied().unwrap_or_default(), char::REPLACEMENT_CHARACTER));
                at += chunk.invalid().len();
            }
        }
    }
}

fn hex_byte(high: u8, low: u8) -> Option<u8> {
    let digit = |byte: u8| char::from(byte).to_digit(16);
    u8::try_from(digit(high)? * 16 + digit(low)?).ok()
}

/// A number in hex from its digits, as far as there are any.
fn hex_number(digits: &[u8]) -> Option<u32> {
    u32::from_str_radix(core::str::from_utf8(digits).ok().filter(|text| !text.starts_with('+'))?, 16).ok()
}

/// A run of `%41%C3%A9`, whose bytes are UTF-8 together; `%u00e9` alone.
fn percent(bytes: &[u8], start: usize, read: &mut Read) -> Option<usize> {
    if let Some([b'%', b'u' | b'U', digits @ ..]) = bytes.get(start..start + 6) {
        let c = char::from_u32(hex_number(digits)?)?;
        read.chars.push((start, c));
        return Some(start + 6);
    }
    let (mut at, mut values, mut starts) = (start, Vec::new(), Vec::new());
    while let Some(&[b'%', high, low]) = bytes.get(at..at + 3)
        && let Some(byte) = hex_byte(high, low)
    {
        values.push(byte);
        starts.push(at);
        at += 3;
    }
    read.bytes(&values, &starts);
    (at > start).then_some(at)
}

/// Backslashes and what they escape, however often the text was escaped: `\n` and `\\\\n` are both a line's end.
fn backslashes(bytes: &[u8], start: usize, read: &mut Read) -> Option<usize> {
    let run = bytes.get(start..)?.iter().take_while(|byte| **byte == b'\\').count();
    let at = start + run;
    let mut one = |c: char, len: usize| {
        read.chars.push((start, c));
        Some(at + len)
    };
    match bytes.get(at) {
        Some(b'n') => one('\n', 1),
        Some(b'r') => one('\r', 1),
        Some(b't') => one('\t', 1),
        Some(b'b' | b'f' | b'v' | b'0' | b'e') => one(' ', 1),
        Some(quote @ (b'"' | b'\'' | b'/' | b'`')) => one(char::from(*quote), 1),
        Some(b'u') if let Some((c, end)) = unicode(bytes, at) => one(c, end - at),
        Some(b'x') if let Some(c) = hex_character(bytes, at + 1) => one(c, 3),
        Some(sign) if sign.is_ascii_punctuation() => one(char::from(*sign), 1),
        _ if run > 1 => one('\\', 0),
        _ => None,
    }
}

fn hex_character(bytes: &[u8], at: usize) -> Option<char> {
    let &[high, low] = bytes.get(at..at + 2)? else { return None };
    hex_byte(high, low).map(char::from)
}

/// `u00e9`, a pair of surrogates, or `u{e9}`: the character and where it ends.
fn unicode(bytes: &[u8], at: usize) -> Option<(char, usize)> {
    if bytes.get(at + 1) == Some(&b'{') {
        let len = bytes.get(at + 2..)?.iter().take(7).position(|byte| *byte == b'}')?;
        return Some((char::from_u32(hex_number(bytes.get(at + 2..at + 2 + len)?)?)?, at + 3 + len));
    }
    let unit = hex_number(bytes.get(at + 1..at + 5)?)?;
    if let Some(c) = char::from_u32(unit) {
        return Some((c, at + 5));
    }
    // The other half has as many backslashes again.
    let gap = bytes.get(at + 5..)?.iter().take_while(|byte| **byte == b'\\').count();
    let low = at + 5 + gap;
    let pair = (gap > 0 && bytes.get(low) == Some(&b'u')).then(|| hex_number(bytes.get(low + 1..low + 5)?)).flatten();
    let units = [u16::try_from(unit).ok()?, pair.and_then(|low| u16::try_from(low).ok()).unwrap_or_default()];
    match char::decode_utf16(units).next() {
        Some(Ok(c)) => Some((c, low + 5)),
        _ => Some((char::REPLACEMENT_CHARACTER, at + 5)),
    }
}

/// `&quot;`, `&#34;` and `&#x22;`.
fn entity(bytes: &[u8], start: usize, read: &mut Read) -> Option<usize> {
    const LONGEST: usize = 10;
    let rest = bytes.get(start + 1..)?;
    let len = rest.iter().take(LONGEST).position(|byte| *byte == b';')?;
    let name = rest.get(..len)?;
    let c = match name {
        b"amp" => '&',
        b"lt" => '<',
        b"gt" => '>',
        b"quot" => '"',
        b"apos" => '\'',
        b"nbsp" | b"ensp" | b"emsp" | b"thinsp" | b"Tab" => ' ',
        b"NewLine" => '\n',
        b"equals" => '=',
        b"colon" => ':',
        b"period" => '.',
        b"comma" => ',',
        b"commat" => '@',
        b"sol" => '/',
        b"num" => '#',
        b"percnt" => '%',
        b"hyphen" | b"dash" => '-',
        b"lowbar" => '_',
        b"plus" => '+',
        [b'#', b'x' | b'X', digits @ ..] => char::from_u32(hex_number(digits)?)?,
        [b'#', digits @ ..] => char::from_u32(core::str::from_utf8(digits).ok()?.parse().ok()?)?,
        _ => return None,
    };
    read.chars.push((start, c));
    Some(start + 1 + len + 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The last layer.
    fn plain(text: &str) -> String {
        layers(text).pop().unwrap().text.into_owned()
    }

    #[test]
    fn every_way_of_escaping_is_read() {
        for (text, expected) in [
            ("a%3Db%20c", "a=b c"),
            ("%C3%BC%c3%bc %E5%AE%A2", "üü 客"),
            ("%u00fc", "ü"),
            ("%253D %25253D", "= ="),
            ("a\\nb\\\\nc\\\\\\\\nd", "a\nb\nc\nd"),
            ("\\u00fc\\\\u003d\\u{5BA2}", "ü=客"),
            ("\\ud83d\\ude00 \\\\ud83d\\\\ude00", "😀 😀"),
            ("\\x41\\\"\\/", "A\"/"),
            ("&quot;&#61;&#x3D;&amp;amp;lt;", "\"==<"),
            ("%26quot%3B\\u0025%33D", "\"="),
        ] {
            assert_eq!(plain(text), expected, "{text}");
        }
    }

    #[test]
    fn what_only_resembles_an_escape_is_left() {
        for text in
            ["93% 203", "%", "%4", "%zz", "%é9", "\\", "\\d", "a&b=1", "&;", "&unknown;", "&#;", "\\u12", "\\ud83d"]
        {
            let expected = if text == "\\ud83d" { "\u{fffd}" } else { text };
            assert_eq!(plain(text), expected, "{text}");
        }
        assert_eq!(plain("%FF%C3x"), "\u{fffd}\u{fffd}x");
    }

    #[test]
    fn a_place_in_any_layer_is_one_of_the_original() {
        let text = "x=%253Dse%2563ret%2526 \\\\u0073ecret&quot;";
        let mut found = Vec::new();
        for layer in layers(text) {
            for (at, word) in layer.text.match_indices("secret") {
                found.push(&text[layer.origin(at..at + word.len())]);
            }
        }
        found.sort_unstable();
        found.dedup();
        assert_eq!(found, ["\\\\u0073ecret", "se%2563ret"]);
    }

    #[test]
    fn the_number_of_layers_is_bounded_and_every_place_is_in_the_text() {
        let text = format!("%{}41é\\\\{}&amp;amp;amp;amp;amp;lt;", "25".repeat(40), "u005c".repeat(9));
        let all = layers(&text);
        assert_eq!(all.len(), MOST_LAYERS + 1);
        for layer in &all {
            for (at, c) in layer.text.char_indices() {
                let place = layer.origin(at..at + c.len_utf8());
                assert!(text.get(place.clone()).is_some_and(|part| !part.is_empty()), "{place:?}");
            }
        }
    }
}
