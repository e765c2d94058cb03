//! Secrets that a text names: `password=hunter2`, `"token": "abc"`, `Authorization: Bearer abc`. By the name before the sign, as keys of attributes
//! are judged; the value reaches to its closing quote, or to what ends a value in URLs and logs.

use core::ops::Range;

use super::hidden::is_nothing;
use super::rules::{Rule, Rules, by_key};

/// Bytes of a name.
const LONGEST_NAME: usize = 64;
const SCHEMES: [&str; 4] = ["bearer", "basic", "token", "negotiate"];

/// Adds where the value of a named secret stands.
pub fn places(text: &str, rules: &Rules, found: &mut Vec<(Range<usize>, Rule)>) {
    let is_on = |rule: &Rule| rules.is_on(*rule) && matches!(rule, Rule::Authorization | Rule::Cookie | Rule::Token);
    if ![Rule::Authorization, Rule::Cookie, Rule::Token].iter().any(is_on) {
        return;
    }
    let mut reached = 0;
    // East Asian texts have their own signs; `>` ends the tag of an XML element.
    for (at, sign) in text.match_indices(['=', ':', '：', '＝', '>']) {
        if at < reached {
            continue;
        }
        let Some(name) = name_before(text, at, sign) else { continue };
        let Some(rule) = by_key(name).filter(is_on) else { continue };
        let place = value_behind(text, at + sign.len(), sign, rule);
        if !is_nothing(text.get(place.clone()).unwrap_or_default()) {
            reached = place.end;
            found.push((place, rule));
        }
    }
}

/// The name that ends before a sign, with or without quotes; of an element the name that its tag opens.
fn name_before<'t>(text: &'t str, at: usize, sign: &str) -> Option<&'t str> {
    let is_around = |c: char| {
        c.is_whitespace() || matches!(c, '"' | '\'' | '\\' | '`' | '*' | ']' | '“' | '”' | '‘' | '’' | '«' | '»')
    };
    let before = text.get(..at)?;
    let before = if sign == ">" { before } else { before.trim_end_matches(is_around) };
    let is_name = |byte: &&u8| byte.is_ascii_alphanumeric() || b"_-.[".contains(byte);
    let len = before.as_bytes().iter().rev().take(LONGEST_NAME).take_while(is_name).count();
    let (rest, name) = before.split_at_checked(before.len() - len)?;
    if sign == ">" && !rest.ends_with(['<', ':']) {
        return None;
    }
    // `API key: …`
    if name.eq_ignore_ascii_case("key") {
        let words = ["api ", "access ", "secret ", "private ", "account "];
        let long =
            |word: &&str| rest.get(rest.len().checked_sub(word.len())?..).filter(|end| end.eq_ignore_ascii_case(word));
        return words.iter().find_map(long).map(|_| "api_key");
    }
    Some(name).filter(|name| !name.is_empty())
}

fn value_behind(text: &str, from: usize, sign: &str, rule: Rule) -> Range<usize> {
    let rest = text.get(from..).unwrap_or_default();
    if sign == ">" {
        return from..from + rest.find('<').unwrap_or(rest.len());
    }
    // `==`, `:=`, `=>` and blanks of any kind are before the value too.
    let value = rest.trim_start_matches(|c: char| c.is_whitespace() || matches!(c, '=' | '>' | ':' | '~'));
    let start = from + rest.len() - value.len();
    let slashes = value.len() - value.trim_start_matches('\\').len();
    let first = value.get(slashes..).and_then(|rest| rest.chars().next());
    if let Some(close) = first.and_then(closing_quote) {
        let start = start + slashes + first.map_or(0, char::len_utf8);
        return start..start + quoted_len(text.get(start..).unwrap_or_default(), close, slashes);
    }
    let len = match (first, rule) {
        (Some('$'), _) if value.starts_with("${") => value.find('}').map_or(value.len(), |end| end + 1),
        (Some('{'), _) if value.starts_with("{{") => value.find("}}").map_or(value.len(), |end| end + 2),
        // A list or an object, whose parts are as secret.
        (Some('['), _) => value.find(']').map_or(value.len(), |end| end + 1),
        (Some('{'), _) => value.find('}').map_or(value.len(), |end| end + 1),
        (_, Rule::Cookie) => cookies_len(value),
        _ => credentials_len(value, rule),
    };
    start..start + len
}

fn closing_quote(open: char) -> Option<char> {
    match open {
        '"' | '\'' | '`' => Some(open),
        '“' | '„' => Some('”'),
        '‘' => Some('’'),
        '«' => Some('»'),
        _ => None,
    }
}

/// A word, and behind the name of a scheme the next one; behind a scheme that is not known, all up to the end of the line.
fn credentials_len(value: &str, rule: Rule) -> usize {
    let word = word_len(value);
    let first = value.get(..word).unwrap_or_default();
    let behind = value.get(word..).unwrap_or_default();
    let gap = behind.len() - behind.trim_start_matches(|c: char| c.is_whitespace() && c != '\n').len();
    if SCHEMES.iter().any(|scheme| first.eq_ignore_ascii_case(scheme)) {
        return word + gap + word_len(behind.get(gap..).unwrap_or_default());
    }
    if rule == Rule::Authorization && gap > 0 {
        return value.find(['\n', '\r']).unwrap_or(value.len());
    }
    word
}

/// Up to what ends a value in URLs and logs. A backslash does where it escapes a quote or the end of a line.
fn word_len(value: &str) -> usize {
    let is_end = |(at, c): &(usize, char)| match c {
        '\\' => value.get(at + 1..).is_none_or(|next| next.starts_with(['"', '\'', '\\', 'n', 'r'])),
        '&' | ';' | ',' | '"' | '\'' | ')' | '}' | ']' | '<' | '>' | '|' | '#' => true,
        c => c.is_whitespace(),
    };
    value.char_indices().find(is_end).map_or(value.len(), |(at, _)| at)
}

/// All cookies of a header, up to the end of its line, or of the text in quotes that it is in.
fn cookies_len(value: &str) -> usize {
    let mut before = ' ';
    let mut is_quoted = false;
    for (at, c) in value.char_indices() {
        match c {
            '\n' | '\r' => return at,
            '\\' if value.get(at + 1..).is_some_and(|next| next.starts_with(['"', 'n', 'r', '\\'])) => return at,
            '"' if is_quoted => is_quoted = false,
            '"' if before == '=' => is_quoted = true,
            '"' => return at,
            _ => {}
        }
        before = c;
    }
    value.len()
}

/// Up to the closing quote, which has as many backslashes as the opening one; twice the same quote is one in the text.
fn quoted_len(inside: &str, close: char, slashes: usize) -> usize {
    let (mut run, mut skip) = (0, false);
    for (at, c) in inside.char_indices() {
        if c == close && !skip {
            let behind = inside.get(at + c.len_utf8()..).unwrap_or_default();
            let is_escaped = if slashes == 0 { run % 2 == 1 } else { run != slashes };
            let is_doubled = slashes == 0 && at > 0 && behind.starts_with(close);
            if !is_escaped && !is_doubled {
                return at - run.min(slashes);
            }
            skip = is_doubled;
        } else {
            skip = false;
        }
        run = if c == '\\' { run + 1 } else { 0 };
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
            ("{\"X-Api-Key\":[\"k9F8e7Dq\"],\"n\":1}", vec!["[\"k9F8e7Dq\"]"]),
            ("{\"password\":{\"value\":\"hunter2\"}}", vec!["{\"value\":\"hunter2\"}"]),
            ("{\"password\"=>\"hunter2\"}", vec!["hunter2"]),
            ("password == \"hunter2\", token := abc7", vec!["hunter2", "abc7"]),
            ("password:\u{a0}hunter2 token\t= abc7", vec!["hunter2", "abc7"]),
            ("“password”: “correct horse”, `token`: abc7", vec!["correct horse", "abc7"]),
            ("config[\"password\"] = \"hunter2\"", vec!["hunter2"]),
            ("{\\\"password\\\":\\\"hun\\\\\\\"ter2x\\\"}", vec!["hun\\\\\\\"ter2x"]),
            ("Password='a''hunter2b';x", vec!["a''hunter2b"]),
            ("Authorization: ApiKey abc123, n=1\nnext", vec!["ApiKey abc123, n=1"]),
            (
                "Authorization: Digest username=\"anna\", response=\"66\"",
                vec!["Digest username=\"anna\", response=\"66\""],
            ),
            ("Authorization: Basic\tYTpi x", vec!["Basic\tYTpi"]),
            ("API key: abc7; <ns:password>hunter2</ns:password>", vec!["abc7", "hunter2"]),
            ("password=hun\\ter2secret", vec!["hun\\ter2secret"]),
            ("Cookie: theme=\"dark\"; sid=8f2e", vec!["theme=\"dark\"; sid=8f2e"]),
            ("PGPASSWORD=hunter2", vec!["hunter2"]),
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
