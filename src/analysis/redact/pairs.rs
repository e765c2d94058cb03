//! Secrets that a text names: `password=hunter2`, `"token": "abc"`, `Authorization: Bearer abc`. By the name before the sign, as keys of attributes
//! are judged; the value reaches to its closing quote, or to what ends a value in URLs and logs.

use core::ops::Range;

use super::hidden::is_nothing;
use super::rules::{Rule, Rules, by_key};

/// Bytes of a name.
const LONGEST_NAME: usize = 64;
const SCHEMES: [&str; 5] = ["bearer", "basic", "digest", "token", "negotiate"];

/// Adds where the value of a named secret stands.
pub fn places(text: &str, rules: &Rules, found: &mut Vec<(Range<usize>, Rule)>) {
    let is_on = |rule: &Rule| rules.is_on(*rule) && matches!(rule, Rule::Authorization | Rule::Cookie | Rule::Token);
    if ![Rule::Authorization, Rule::Cookie, Rule::Token].iter().any(is_on) {
        return;
    }
    let mut reached = 0;
    // East Asian texts have their own signs.
    for (at, sign) in text.match_indices(['=', ':', '：', '＝']) {
        if at < reached {
            continue;
        }
        let Some(rule) = name_before(text, at).and_then(by_key).filter(is_on) else { continue };
        let place = value_behind(text, at + sign.len(), rule);
        if !is_nothing(text.get(place.clone()).unwrap_or_default()) {
            reached = place.end;
            found.push((place, rule));
        }
    }
}

/// The name that ends before a sign, with or without quotes.
fn name_before(text: &str, at: usize) -> Option<&str> {
    let before = text.get(..at)?.trim_end_matches(' ').trim_end_matches(['"', '\'', '\\']);
    let is_name = |byte: &&u8| byte.is_ascii_alphanumeric() || b"_-.[]".contains(byte);
    let len = before.as_bytes().iter().rev().take(LONGEST_NAME).take_while(is_name).count();
    before.get(before.len() - len..).filter(|name| !name.is_empty())
}

fn value_behind(text: &str, from: usize, rule: Rule) -> Range<usize> {
    let rest = text.get(from..).unwrap_or_default();
    let blanks = rest.len() - rest.trim_start_matches(' ').len();
    let (start, rest) = (from + blanks, rest.get(blanks..).unwrap_or_default());
    for quote in ["\\\"", "\"", "'"] {
        if let Some(inside) = rest.strip_prefix(quote) {
            let start = start + quote.len();
            return start..start + quoted_len(inside, quote);
        }
    }
    let ends = |c: char| {
        c.is_whitespace() || matches!(c, '&' | ';' | ',' | '"' | '\'' | '\\' | ')' | '}' | ']' | '<' | '>' | '|' | '#')
    };
    let word = rest.find(ends).unwrap_or(rest.len());
    let first = rest.get(..word).unwrap_or_default();
    let len = match rule {
        // All cookies of a header, up to the end of its line.
        Rule::Cookie => rest.find(['\n', '\r', '"', '\\']).unwrap_or(rest.len()),
        _ if SCHEMES.iter().any(|scheme| first.eq_ignore_ascii_case(scheme)) => {
            let behind = rest.get(word..).unwrap_or_default();
            let gap = behind.len() - behind.trim_start_matches(' ').len();
            let token = behind.get(gap..).unwrap_or_default();
            word + gap + token.find(ends).unwrap_or(token.len())
        }
        _ => word,
    };
    start..start + len
}

/// Up to the closing quote; one behind a backslash closes nothing, unless the quotes themselves are escaped.
fn quoted_len(inside: &str, quote: &str) -> usize {
    if quote.len() > 1 {
        return inside.find(quote).unwrap_or(inside.len());
    }
    let bytes = inside.as_bytes();
    let mut at = 0;
    while let Some(byte) = bytes.get(at) {
        match byte {
            b'\\' => at += 2,
            byte if quote.as_bytes().first() == Some(byte) => return at,
            _ => at += 1,
        }
    }
    inside.len()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(text: &str) -> Vec<&str> {
        let mut all = Vec::new();
        places(text, &Rules::default(), &mut all);
        all.into_iter().map(|(place, _)| &text[place]).collect()
    }

    #[test]
    fn values_of_named_secrets_are_found_as_programs_write_them() {
        for (text, expected) in [
            ("https://shop/login?user=a&password=hunter2secret&x=1", vec!["hunter2secret"]),
            ("?access_token=abc&X-Amz-Signature=f00#top", vec!["abc", "f00"]),
            ("jdbc:postgresql://h/db?user=a&password=hunter2", vec!["hunter2"]),
            ("{\"password\":\"hun\\\"ter2\", \"n\": 1}", vec!["hun\\\"ter2"]),
            ("{\\\"password\\\": \\\"hunter2\\\"}", vec!["hunter2"]),
            ("{'api_key': 'k-9f8'}", vec!["k-9f8"]),
            ("authorization: Bearer abc.def, x", vec!["Bearer abc.def"]),
            ("Authorization=Basic dXNlcjpwYXNz", vec!["Basic dXNlcjpwYXNz"]),
            ("Set-Cookie: sid=abc; Path=/\nNext: 1", vec!["sid=abc; Path=/"]),
            ("login failed, password = hunter2.", vec!["hunter2."]),
            ("密码 password：hunter2", vec!["hunter2"]),
            ("Proxy-Authorization: Basic YTpi", vec!["Basic YTpi"]),
            ("?sv=2024&sig=abc%2F&se=1;AccountKey=xyz==;", vec!["abc%2F", "xyz=="]),
        ] {
            assert_eq!(found(text), expected, "{text}");
        }
    }

    #[test]
    fn what_names_no_secret_or_hides_it_already_is_left() {
        for text in [
            "http://host:8080/x",
            "a=b",
            "password=***",
            "token: null",
            "password=",
            "12:30:45",
            "secret=${SECRET}",
            ":",
            "=",
            "é=é",
        ] {
            assert_eq!(found(text), [] as [&str; 0], "{text}");
        }
    }

    #[test]
    fn a_megabyte_of_signs_is_read_once() {
        for text in ["=", ":", "a=", "password=", "token:\"", "password=\\\""] {
            found(&text.repeat((1 << 20) / text.len()));
        }
    }
}
