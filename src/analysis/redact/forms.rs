//! What is taken out by its look, wherever it is: e-mail addresses here, IP addresses, numbers and tokens in files of their own. Each place
//! is found in one pass over the text.

use core::ops::Range;

use super::rules::{Rule, Rules};
use super::{addresses, numbers, tokens};

/// The longest part of an address before its `@` (RFC 5321, 4.5.3.1.1).
const LONGEST_LOCAL: usize = 64;

/// Adds where something is that a rule takes out by its look.
pub fn places(text: &str, rules: &Rules, found: &mut Vec<(Range<usize>, Rule)>) {
    if rules.is_on(Rule::Token) {
        tokens::places(text, found);
    }
    if rules.is_on(Rule::Email) {
        emails(text, found);
    }
    if rules.is_on(Rule::Ip) {
        addresses::places(text, found);
    }
    numbers::places(text, rules, found);
}

/// Whether a text was cut at `at`, by us or by whoever wrote it: what is before may be the beginning of something longer.
pub fn is_cut(text: &str, at: usize) -> bool {
    text.get(at..).is_some_and(|rest| rest.starts_with('…') || rest.starts_with("..."))
}

/// `anna@example.com`, and what is left of one that was cut behind its `@`.
fn emails(text: &str, found: &mut Vec<(Range<usize>, Rule)>) {
    let is_local = |c: char| c.is_alphanumeric() || ".!#$%*+-^_{|}~'".contains(c);
    let mut reached = 0;
    for at in memchr::memchr_iter(b'@', text.as_bytes()) {
        let from = (reached.max(at.saturating_sub(LONGEST_LOCAL))..=at)
            .find(|from| text.is_char_boundary(*from))
            .unwrap_or(at);
        let before = text.get(from..at).unwrap_or_default();
        let local: usize = before.chars().rev().take_while(|c| is_local(*c)).map(char::len_utf8).sum();
        // A quote before it is none of `o'brien`'s.
        let local = before.get(before.len() - local..).map_or(0, |local| local.trim_start_matches('\'').len());
        let domain = domain_len(text.get(at + 1..).unwrap_or_default());
        if local > 0 && (domain > 0 || is_cut(text, at + 1)) {
            reached = at + 1 + domain;
            found.push((at - local..reached, Rule::Email));
        }
    }
}

/// Length of a domain up to a top level of letters; what touches that behind is none of it. Of one that was cut, all that is left.
fn domain_len(text: &str) -> usize {
    /// Characters of a domain (RFC 1035, 2.3.4).
    const LONGEST: usize = 255;
    let is_of = |c: char| c.is_alphanumeric() || matches!(c, '.' | '-');
    let len: usize = text.chars().take(LONGEST).take_while(|c| is_of(*c)).map(char::len_utf8).sum();
    let run = text.get(..len).unwrap_or_default();
    let kept = run.trim_end_matches('.');
    if is_cut(text, kept.len()) {
        return kept.len();
    }
    let mut end = 0;
    let mut at = 0;
    for (nth, label) in run.split('.').enumerate() {
        let letters: usize = label.chars().take_while(|c| c.is_alphabetic()).map(char::len_utf8).sum();
        let is_top = label.chars().take_while(|c| c.is_alphabetic()).count() >= 2;
        if label.is_empty() {
            break;
        }
        if nth > 0 && label.starts_with("xn--") {
            end = at + label.len();
        } else if nth > 0 && is_top {
            end = at + letters;
        }
        at += label.len() + 1;
    }
    end
}

/// The texts that a scanner finds.
#[cfg(test)]
pub(super) fn found_by(text: &str, scan: impl FnOnce(&str, &mut Vec<(Range<usize>, Rule)>)) -> Vec<&str> {
    let mut all = Vec::new();
    scan(text, &mut all);
    all.into_iter().filter_map(|(place, _)| text.get(place)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(text: &str) -> Vec<(&str, Rule)> {
        let mut places_found = Vec::new();
        places(text, &Rules::default(), &mut places_found);
        places_found.into_iter().map(|(place, rule)| (&text[place], rule)).collect()
    }

    #[test]
    fn each_form_is_found_within_a_sentence() {
        for (text, expected) in [
            ("mail anna.b+x@example.co.uk.", vec![("anna.b+x@example.co.uk", Rule::Email)]),
            ("<a@b.de>, c@d.org", vec![("a@b.de", Rule::Email), ("c@d.org", Rule::Email)]),
            ("jürgen@example.com", vec![("jürgen@example.com", Rule::Email)]),
            ("“anna@example.com”…", vec![("anna@example.com", Rule::Email)]),
            ("anna@example.com-x anna@example.com_y", vec![("anna@example.com", Rule::Email); 2]),
            ("to anna@exam…", vec![("anna@exam", Rule::Email)]),
            ("to anna@exam... or bob@…", vec![("anna@exam", Rule::Email), ("bob@", Rule::Email)]),
            ("'sean.o'brien@example.com'", vec![("sean.o'brien@example.com", Rule::Email)]),
            ("anna@müller.de, x@y.xn--p1ai", vec![("anna@müller.de", Rule::Email), ("x@y.xn--p1ai", Rule::Email)]),
            ("from 10.0.0.17:5432", vec![("10.0.0.17", Rule::Ip)]),
            ("paid 4111 1111 1111 1111", vec![("4111 1111 1111 1111", Rule::Card)]),
            ("to DE89370400440532013000", vec![("DE89370400440532013000", Rule::Iban)]),
            ("AKIAIOSFODNN7EXAMPLE", vec![("AKIAIOSFODNN7EXAMPLE", Rule::Token)]),
        ] {
            assert_eq!(found(text), expected, "{text}");
        }
    }

    #[test]
    fn what_only_resembles_one_is_left() {
        for text in
            ["@angular/core@17.1.0", "a@b", "user@host:8080", "1.2.3", "100%", "", "@@@@", "a@.com", "@example.com"]
        {
            assert_eq!(found(text), [], "{text}");
        }
    }

    #[test]
    fn a_megabyte_of_beginnings_is_read_once() {
        for text in ["@", "a@", "%40", "a.", "1.", "1:", ":", "a@b.", "é@é.", "f:", "é", "….", "a…"] {
            found(&text.repeat((1 << 20) / text.len()));
        }
    }
}
