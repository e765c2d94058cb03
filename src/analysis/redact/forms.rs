//! What is taken out by its look, wherever it stands: e-mail addresses, IP addresses, card numbers, tokens. Each place is found in one
//! pass over the text; secrets and cards are recognised by the rules of the finding about secrets.

use core::net::{Ipv4Addr, Ipv6Addr};
use core::ops::Range;

use super::rules::{Rule, Rules};
use crate::analysis::findings::secret_forms::{Form, jwt_like_end, next_secret, password_in};

/// The longest part of an address before its `@` (RFC 5321, 4.5.3.1.1).
const LONGEST_LOCAL: usize = 64;
const LONGEST_IPV6: usize = 45;

/// Adds where something stands that a rule takes out by its look.
pub fn places(text: &str, rules: &Rules, found: &mut Vec<(Range<usize>, Rule)>) {
    if rules.is_on(Rule::Token) || rules.is_on(Rule::Card) {
        secrets(text, rules, found);
    }
    if rules.is_on(Rule::Email) {
        emails(text, found);
    }
    if rules.is_on(Rule::Ip) {
        addresses(text, found);
    }
}

fn secrets(text: &str, rules: &Rules, found: &mut Vec<(Range<usize>, Rule)>) {
    let mut from = 0;
    while let Some((form, place)) = next_secret(text, from) {
        from = place.end;
        let rule = if form == Form::Card { Rule::Card } else { Rule::Token };
        if rules.is_on(rule) {
            found.push((password_in(text, form, place), rule));
        }
    }
    if rules.is_on(Rule::Token) {
        schemes(text, found);
        let cut = memchr::memmem::find_iter(text.as_bytes(), b"eyJ").filter_map(|at| Some(at..jwt_like_end(text, at)?));
        found.extend(cut.map(|place| (place, Rule::Token)));
    }
}

/// `Bearer abc123` and `Basic dXNlcjpw`, shorter ones than a finding would dare to tell of.
fn schemes(text: &str, found: &mut Vec<(Range<usize>, Rule)>) {
    const SHORTEST: usize = 6;
    const LONG: usize = 16;
    let low = text.to_ascii_lowercase();
    for scheme in ["bearer", "basic"] {
        for at in memchr::memmem::find_iter(low.as_bytes(), scheme.as_bytes()) {
            let behind = low.get(at + scheme.len()..).unwrap_or_default();
            let gap = ["%20", " ", "+"].into_iter().find(|gap| behind.starts_with(gap)).map_or(0, str::len);
            let start = at + scheme.len() + gap;
            let is_of = |byte: &u8| byte.is_ascii_alphanumeric() || b"-._~+/=".contains(byte);
            let len = text.as_bytes().get(start..).map_or(0, |rest| rest.iter().take_while(|byte| is_of(byte)).count());
            let token = text.as_bytes().get(start..start + len).unwrap_or_default();
            let is_mixed = token.iter().any(u8::is_ascii_digit) || token.iter().skip(1).any(u8::is_ascii_uppercase);
            let begins = at == 0 || !low.as_bytes().get(at - 1).is_some_and(u8::is_ascii_alphanumeric);
            if begins && gap > 0 && len >= SHORTEST && (is_mixed || len > LONG) {
                found.push((start..start + len, Rule::Token));
            }
        }
    }
}

/// `anna@example.com`, also as `anna%40example.com`.
fn emails(text: &str, found: &mut Vec<(Range<usize>, Rule)>) {
    let bytes = text.as_bytes();
    let mut reached = 0;
    for at in memchr::memchr2_iter(b'@', b'%', bytes) {
        let sign = match bytes.get(at..) {
            Some([b'@', ..]) => 1,
            Some([b'%', b'4', b'0', ..]) => 3,
            Some([b'%', b'2', b'5', b'4', b'0', ..]) => 5,
            _ => continue,
        };
        let is_local =
            |byte: &&u8| byte.is_ascii_alphanumeric() || b".!#$&'*+-/=?^_`{|}~".contains(byte) || !byte.is_ascii();
        let before = bytes.get(reached.max(at.saturating_sub(LONGEST_LOCAL))..at).unwrap_or_default();
        // What an address within a URL's query or path stands behind is no part of it.
        let local = before.iter().rev().take_while(|byte| is_local(byte) && !b"/=?&'`".contains(byte)).count();
        let domain = domain_len(bytes.get(at + sign..).unwrap_or_default());
        if local > 0 && domain > 0 {
            let mut start = at - local;
            while !text.is_char_boundary(start) {
                start += 1;
            }
            reached = at + sign + domain;
            found.push((start..reached, Rule::Email));
        }
    }
}

/// Length of a domain with a top level of letters, without a dot at its end.
fn domain_len(bytes: &[u8]) -> usize {
    let is_of = |byte: &&u8| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'-') || !byte.is_ascii();
    let len = bytes.iter().take_while(is_of).count();
    let whole = bytes.get(..len).unwrap_or_default();
    let end = whole.iter().rposition(|byte| !matches!(byte, b'.' | b'-')).map_or(0, |last| last + 1);
    let domain = whole.get(..end).unwrap_or_default();
    let top = domain.iter().rev().take_while(|byte| **byte != b'.').count();
    let top_of = |at: &u8| at.is_ascii_alphabetic() || !at.is_ascii();
    let is_puny = domain.get(domain.len() - top..).is_some_and(|top| top.starts_with(b"xn--"));
    let is_top = top >= 2 && top < domain.len() && (is_puny || domain.iter().rev().take(top).all(top_of));
    if is_top { domain.len() } else { 0 }
}

fn addresses(text: &str, found: &mut Vec<(Range<usize>, Rule)>) {
    let bytes = text.as_bytes();
    let mut at = 0;
    while let Some(byte) = bytes.get(at) {
        let is_escape = at >= 3
            && matches!(bytes.get(at - 3..at), Some([b'%', a, b]) if a.is_ascii_hexdigit() && b.is_ascii_hexdigit());
        let begins = at == 0 || is_escape || bytes.get(at - 1).is_some_and(|before| !is_joined(*before));
        let len = match byte {
            b'0'..=b'9' if begins => v4_len(text, at).or_else(|| v6_len(text, at)),
            b'a'..=b'f' | b'A'..=b'F' | b':' if begins => v6_len(text, at),
            _ => None,
        };
        if let Some(len) = len {
            found.push((at..at + len, Rule::Ip));
        }
        // Of a word that is none nothing is tried from its middle.
        let word = match byte {
            b'%' => 3,
            _ => bytes.get(at..).map_or(1, |rest| rest.iter().take_while(|byte| is_joined(**byte)).count().max(1)),
        };
        at += len.unwrap_or(word);
    }
}

/// What an address does not begin or end beside: it is a part of something longer.
fn is_joined(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || byte == b'.' || !byte.is_ascii()
}

fn v4_len(text: &str, at: usize) -> Option<usize> {
    let rest = text.get(at..)?;
    let len = rest.bytes().take(16).take_while(|byte| byte.is_ascii_digit() || *byte == b'.').count();
    let run = rest.get(..len)?;
    // A sentence may end behind it.
    let address = run.strip_suffix('.').unwrap_or(run);
    let next = rest.as_bytes().get(address.len()).copied();
    let ends = next.is_none_or(|byte| {
        !is_joined(byte)
            || byte == b'.' && rest.as_bytes().get(address.len() + 1).is_none_or(|after| !is_joined(*after))
    });
    (ends && address.parse::<Ipv4Addr>().is_ok()).then_some(address.len())
}

/// Of what could be a path of names (`abc::def`) or a time only what has three colons, or two and a digit, is an address.
fn v6_len(text: &str, at: usize) -> Option<usize> {
    let rest = text.get(at..)?;
    let is_of = |byte: &u8| byte.is_ascii_hexdigit() || matches!(byte, b':' | b'.');
    let len = rest.bytes().take(LONGEST_IPV6 + 1).take_while(is_of).count();
    let address = rest.get(..len)?.trim_end_matches('.');
    let next = rest.as_bytes().get(address.len()).copied();
    let (colons, digits) = address
        .bytes()
        .fold((0, 0), |(c, d), byte| (c + usize::from(byte == b':'), d + usize::from(byte.is_ascii_digit())));
    let ends = next.is_none_or(|byte| !is_joined(byte) || byte == b'.');
    (ends && (colons > 2 || colons == 2 && digits > 0) && address.parse::<Ipv6Addr>().is_ok()).then_some(address.len())
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
            ("/u?to=anna%40example.com&x=1", vec![("anna%40example.com", Rule::Email)]),
            ("<a@b.de>, c@d.org", vec![("a@b.de", Rule::Email), ("c@d.org", Rule::Email)]),
            ("jürgen@example.com", vec![("jürgen@example.com", Rule::Email)]),
            ("from 10.0.0.17:5432, then 192.168.1.1.", vec![("10.0.0.17", Rule::Ip), ("192.168.1.1", Rule::Ip)]),
            (
                "[2001:db8::1]:443 and ::1 and fe80::1%eth0",
                vec![("2001:db8::1", Rule::Ip), ("::1", Rule::Ip), ("fe80::1", Rule::Ip)],
            ),
            ("::ffff:10.0.0.1", vec![("::ffff:10.0.0.1", Rule::Ip)]),
            ("paid 4111 1111 1111 1111", vec![("4111 1111 1111 1111", Rule::Card)]),
            ("amqp://guest:guest7@queue:5672/", vec![("guest7", Rule::Token)]),
            ("sent Bearer abc123, Basic%20dXNlcjpw", vec![("abc123", Rule::Token), ("dXNlcjpw", Rule::Token)]),
            ("?next=http%3A%2F%2F10.0.0.17%2Fx host_10.0.0.18", vec![("10.0.0.17", Rule::Ip), ("10.0.0.18", Rule::Ip)]),
            ("anna@müller.de, x@y.xn--p1ai", vec![("anna@müller.de", Rule::Email), ("x@y.xn--p1ai", Rule::Email)]),
            ("AKIAIOSFODNN7EXAMPLE", vec![("AKIAIOSFODNN7EXAMPLE", Rule::Token)]),
        ] {
            assert_eq!(found(text), expected, "{text}");
        }
    }

    #[test]
    fn what_only_resembles_one_is_left() {
        for text in [
            "@angular/core@17.1.0",
            "a@b",
            "user@host:8080",
            "1.2.3",
            "1.2.3.4.5",
            "v1.2.3.4",
            "256.1.1.1",
            "12:30:45",
            "std::collections::HashMap",
            "abc::def",
            "a::b::c",
            "::",
            "100%",
            "",
            "@@@@",
        ] {
            assert_eq!(found(text), [], "{text}");
        }
    }

    #[test]
    fn a_megabyte_of_beginnings_is_read_once() {
        for text in ["@", "a@", "%40", "a.", "1.", "1:", ":", "a@b.", "é@é.", "f:"] {
            found(&text.repeat((1 << 20) / text.len()));
        }
    }
}
