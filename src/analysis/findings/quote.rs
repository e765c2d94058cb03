//! How findings repeat what a trace says: cut, without control characters, with secrets masked; and lists with counts. What is worth
//! repeating is each rule's own choice.

use core::cmp::Reverse;

use rustc_hash::FxHashMap;

use super::Ground;
use super::secrets::masked;
use crate::base::{Sym, format, sort};
use crate::model::SpanIdx;

/// Longer texts are cut; the end is drawn as `…`.
const MOST_CHARS: usize = 120;

/// How much of a text is looked at: many findings may quote one text of a megabyte. A secret that begins before the cut is told by
/// its first bytes.
const WINDOW: usize = 4096;

/// Lists of more are cut.
const MOST_LISTED: usize = 8;

/// A text of the trace as one line, without quotes.
pub fn plain(text: &str) -> String {
    let mut end = text.len().min(WINDOW);
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    let masked = masked(text.get(..end).unwrap_or_default());
    let shown: String = masked.chars().map(|c| if is_unseen(c) { ' ' } else { c }).collect();
    let shown = shown.trim();
    match shown.char_indices().nth(MOST_CHARS) {
        Some((cut, _)) => format!("{}…", shown.get(..cut).unwrap_or_default().trim_end()),
        None if end < text.len() => format!("{shown}…"),
        None => shown.to_owned(),
    }
}

/// A sentence that is put together already, safe to show and no longer than `most` characters.
pub fn line(sentence: &str, most: usize) -> String {
    let masked = masked(sentence);
    let shown: String = masked.chars().map(|c| if is_unseen(c) { ' ' } else { c }).collect();
    match shown.char_indices().nth(most) {
        Some((cut, _)) => format!("{}…", shown.get(..cut).unwrap_or_default().trim_end()),
        None => shown,
    }
}

/// The same in “ ”.
pub fn quoted(text: &str) -> String {
    format!("“{}”", plain(text))
}

/// Control characters, and those that turn the direction of what follows.
fn is_unseen(c: char) -> bool {
    c.is_control() || matches!(c, '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{feff}')
}

/// An operation's name in “ ”.
pub fn operation(ground: &Ground<'_>, span: SpanIdx) -> String {
    quoted(ground.label(span))
}

/// `“POST /orders” in api-gateway`.
pub fn placed(ground: &Ground<'_>, span: SpanIdx) -> String {
    format!("{} in {}", operation(ground, span), service(ground, span))
}

pub fn service(ground: &Ground<'_>, span: SpanIdx) -> String {
    plain(ground.service(span))
}

/// How often each of these texts was said: `RangeError (3), Error (1)`, the most frequent first. `None` of nothing.
pub fn tally(ground: &Ground<'_>, said: impl Iterator<Item = Sym>) -> Option<String> {
    let mut counts: FxHashMap<Sym, u64> = FxHashMap::default();
    said.filter(|text| !text.is_empty()).for_each(|text| *counts.entry(text).or_default() += 1);
    let strings = &ground.trace.set.strings;
    let mut counted: Vec<(&str, u64)> = counts.into_iter().map(|(text, count)| (strings.get(text), count)).collect();
    sort::by(&mut counted, |a, b| (Reverse(a.1), a.0).cmp(&(Reverse(b.1), b.0)));
    let more = counted.len().saturating_sub(MOST_LISTED);
    let mut parts: Vec<String> = counted
        .iter()
        .take(MOST_LISTED)
        .map(|(text, count)| format!("{} ({})", plain(text), format::count(*count)))
        .collect();
    if more > 0 {
        parts.push(format!("{} more", format::count(more as u64)));
    }
    Some(parts.join(", ")).filter(|_| !counted.is_empty())
}

/// How often each HTTP status was answered: `500 (3), 404 (1)`. `None` where there is none.
pub fn statuses(ground: &Ground<'_>, spans: &[SpanIdx]) -> Option<String> {
    let mut all: Vec<u16> = spans.iter().filter_map(|span| ground.http_status(*span)).collect();
    all.sort_unstable();
    let mut counted: Vec<(usize, u16)> = all.chunk_by(|a, b| a == b).map(|same| (same.len(), same[0])).collect();
    sort::by_key(&mut counted, |(count, status)| (Reverse(*count), *status));
    let parts =
        counted.iter().take(MOST_LISTED).map(|(count, status)| format!("{status} ({})", format::count(*count as u64)));
    Some(parts.collect::<Vec<_>>().join(", ")).filter(|text| !text.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_long_text_is_cut_between_characters() {
        let cut = plain(&"é".repeat(500));
        assert_eq!((cut.chars().count(), cut.ends_with('…')), (MOST_CHARS + 1, true));
        assert_eq!(plain(&"é".repeat(MOST_CHARS)), "é".repeat(MOST_CHARS));
    }

    #[test]
    fn a_message_of_a_megabyte_is_cut_where_a_character_straddles_the_window() {
        let text = format!("{}{}", "a".repeat(WINDOW - 1), "日".repeat(400_000));
        assert_eq!(plain(&text), format!("{}…", "a".repeat(MOST_CHARS)));
        assert_eq!(plain(&format!("say{}", " ".repeat(1 << 20))), "say…");
    }

    #[test]
    fn control_characters_are_blanks() {
        assert_eq!(quoted("a\n\tb\u{0}c\u{202e}d\n"), "“a  b c d”");
    }

    #[test]
    fn a_secret_that_the_cut_would_halve_is_masked_before() {
        let text = format!("{} Bearer abcd1234abcd1234abcd1234", "a".repeat(100));
        assert!(plain(&text).ends_with("a Be…"), "{}", plain(&text));
        let token = format!("bad token eyJhbGciOiJSUzI1NiJ9.eyJ{}.sig", "a".repeat(10_000));
        assert_eq!(plain(&token), "bad token ey……");
    }
}
