//! Texts that the reader names: taken out wherever they stand, whatever they are. A `*` is any characters but blanks, quotes, brackets and
//! commas, so `ORD-*` is every word that begins so. Case does not matter.

use core::ops::Range;

use super::rules::Rule;

/// Characters that a `*` stands for at most.
const MOST_OF_RUN: usize = 256;

/// Those without a `*`, whose copies in URLs and in JSON are to be gone as well.
pub fn plain(texts: &[String]) -> impl Iterator<Item = &str> {
    texts.iter().map(|text| text.trim()).filter(|text| !text.is_empty() && !text.contains('*'))
}

/// Adds where one of them stands.
pub fn places(text: &str, texts: &[String], found: &mut Vec<(Range<usize>, Rule)>) {
    if texts.is_empty() {
        return;
    }
    // Of ASCII alone, so that places stay what they are.
    let low = text.to_ascii_lowercase();
    for wanted in texts.iter().flat_map(|wanted| writings(wanted.trim())) {
        // Nothing but stars would be everything.
        let Some(anchor) = wanted.split('*').find(|part| !part.is_empty()) else { continue };
        let mut reached = 0;
        for at in memchr::memmem::find_iter(low.as_bytes(), anchor.as_bytes()) {
            if at >= reached
                && let Some(place) = fits(&low, &wanted, at, reached)
            {
                reached = place.end;
                found.push((place, Rule::Own));
            }
        }
    }
}

/// Letters beyond ASCII have their cases too; those are looked for as they are, all small, and all capital.
fn writings(wanted: &str) -> Vec<String> {
    let mut all = vec![wanted.to_ascii_lowercase()];
    if !wanted.is_ascii() {
        all.push(wanted.to_lowercase());
        all.push(wanted.to_uppercase().to_ascii_lowercase());
        all.dedup();
    }
    all
}

/// All that fits a pattern whose first part that is not empty stands at `at`.
fn fits(text: &str, wanted: &str, at: usize, reached: usize) -> Option<Range<usize>> {
    let mut end = at;
    let mut parts = wanted.trim_start_matches('*').split('*');
    end += parts.next()?.len();
    for part in parts {
        let rest = text.get(end..)?;
        let run = rest.char_indices().take(MOST_OF_RUN).find(|(_, c)| is_end(*c)).map(|(at, _)| at);
        let run = run.unwrap_or_else(|| rest.char_indices().nth(MOST_OF_RUN).map_or(rest.len(), |(at, _)| at));
        // The last place of a part, so that a pattern takes as much as it can.
        end += if part.is_empty() { run } else { rest.get(..run)?.rfind(part)? + part.len() };
    }
    let mut start = at;
    if wanted.starts_with('*') {
        let before = text.get(reached..at)?;
        start = reached
            + before.rfind(is_end).map_or(0, |place| {
                place + before.get(place..).and_then(|rest| rest.chars().next()).map_or(1, char::len_utf8)
            });
    }
    Some(start..end)
}

fn is_end(c: char) -> bool {
    c.is_whitespace() || matches!(c, '"' | '\'' | '`' | '<' | '>' | ',' | ';' | '(' | ')' | '[' | ']' | '{' | '}')
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found<'t>(text: &'t str, wanted: &str) -> Vec<&'t str> {
        let mut places_found = Vec::new();
        places(text, &[wanted.to_owned()], &mut places_found);
        places_found.into_iter().map(|(place, _)| &text[place]).collect()
    }

    #[test]
    fn texts_are_found_in_either_case_and_stars_end_at_blanks() {
        for (text, wanted, expected) in [
            ("Anna and anna", "ANNA", vec!["Anna", "anna"]),
            ("order ORD-17, (ord-18)", "ORD-*", vec!["ORD-17", "ord-18"]),
            ("mail a.b@shop.de é x@shop.de", "*@shop.de", vec!["a.b@shop.de", "x@shop.de"]),
            ("k=a1b2c3 k=a1", "a*c*", vec!["a1b2c3"]),
            ("aaa", "aa", vec!["aa"]),
            ("x", "*", vec![]),
            ("", "a", vec![]),
            ("Jürgen JÜRGEN jürgen", "Jürgen", vec!["Jürgen", "jürgen", "JÜRGEN"]),
        ] {
            assert_eq!(found(text, wanted), expected, "{wanted} in {text}");
        }
    }
}
