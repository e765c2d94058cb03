//! Whether a value was hidden by whoever wrote it, or is nothing. Stricter than the finding about secrets: what is in brackets may be a list.

use super::rules::Rule;
use crate::analysis::findings::secret_forms::is_hidden;

/// `***`, `REDACTED`, `[Filtered]`, `${PASSWORD}`, and what redaction itself writes.
pub fn is_nothing(value: &str) -> bool {
    let value = value.trim();
    let bare = value
        .trim_matches(|c: char| matches!(c, '[' | ']' | '<' | '>' | '(' | ')' | '{' | '}' | '"' | '\'' | '$' | '%'));
    if bare == value {
        return is_hidden(value);
    }
    bare.is_empty() || is_place(value) || is_hidden(bare) || ours(value).is_some()
}

/// `${PASSWORD}`, `<API_KEY_2>` and `%TOKEN%`, which hold the place of a value. In other brackets it may be a list of one.
fn is_place(value: &str) -> bool {
    [("${", "}"), ("{{", "}}"), ("{", "}"), ("<", ">"), ("%", "%")].iter().any(|(open, close)| {
        let name = value.strip_prefix(open).and_then(|rest| rest.strip_suffix(close)).map_or("", str::trim);
        let is_of = |byte: u8| byte.is_ascii_uppercase() || byte.is_ascii_digit() || byte == b'_';
        let is_word = !name.bytes().any(|byte| byte.is_ascii_digit()) || name.contains('_');
        !name.is_empty() && name.bytes().all(is_of) && is_word
    })
}

/// The rule and the number of `[ip 3]`.
pub fn ours(value: &str) -> Option<(Rule, u32)> {
    let (word, number) = value.strip_prefix('[')?.strip_suffix(']')?.split_once(' ')?;
    let rule = core::iter::once(Rule::Own).chain(Rule::OFFERED).find(|rule| rule.word() == word)?;
    Some((rule, number.parse().ok()?))
}

/// Values of the cookies in a header; attributes of one that is set are none, but the first pair is always a cookie.
pub fn cookies(text: &str) -> impl Iterator<Item = &str> {
    const ATTRIBUTES: [&str; 7] = ["path", "domain", "expires", "max-age", "httponly", "secure", "samesite"];
    let is_attribute = |name: &str| ATTRIBUTES.iter().any(|known| name.trim().eq_ignore_ascii_case(known));
    text.split(';').enumerate().filter_map(move |(nth, pair)| {
        let (name, value) = pair.split_once('=').unwrap_or(("", pair));
        let value = value.trim().trim_matches('"');
        (nth == 0 || !is_attribute(name) && !is_attribute(value)).then_some(value)
    })
}

/// What stands behind `Bearer` and its like; all of it without one.
pub fn token(text: &str) -> &str {
    let text = text.trim();
    match text.split_once(' ') {
        Some((scheme, token)) if scheme.bytes().all(|byte| byte.is_ascii_alphabetic()) => token.trim(),
        _ => text,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_hidden_is_told_from_what_is_in_brackets() {
        for value in [
            "",
            " ",
            "***",
            "xxxx",
            "REDACTED",
            "[Filtered]",
            "<redacted>",
            "${PASS}",
            "<PASSWORD>",
            "[ip 12]",
            "[]",
            "null",
        ] {
            assert!(is_nothing(value), "{value}");
        }
        for value in [
            "a",
            "[\"k-9f8e\"]",
            "[\"K9F8E7\"]",
            "[9F8E7D6C5B4A]",
            "$UMMER2026",
            "(4711042)",
            "{HUNTER2}",
            "{\"user\":\"a\"}",
            "<hunter2>",
            "[alpha]",
            "[ip x]",
            "${lower}",
        ] {
            assert!(!is_nothing(value), "{value}");
        }
        assert_eq!(ours("[card 7]"), Some((Rule::Card, 7)));
    }

    #[test]
    fn cookies_and_tokens_are_read_out_of_their_headers() {
        let values: Vec<&str> =
            cookies("sid=abc; theme=dark; Path=/; Max-Age=86400; HttpOnly; Domain=shop.example").collect();
        assert_eq!(values, ["abc", "dark"]);
        assert_eq!((token("Bearer abc"), token("abc"), token("k1 x")), ("abc", "abc", "k1 x"));
    }
}
