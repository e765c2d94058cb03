//! What secrets look like in a text: scanners over bytes, each linear. Which keys hold secrets, whatever they look like, is for `secrets`.
//!
//! A start is tried only where a word begins, and what is read from one start is not read from the next.

use core::ops::Range;

use super::card::card_end;

/// What was recognised.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum Form {
    PrivateKey,
    Token,
    Credentials,
    AwsKey,
    UrlPassword,
    Card,
}

/// From `Bearer ` and `Basic ` on: so many characters at least, or it is prose.
const SHORTEST_TOKEN: usize = 16;
const AWS_ID_LEN: usize = 20;
/// `-----BEGIN OPENSSH PRIVATE KEY-----` and its like.
const LONGEST_PEM_LABEL: usize = 48;

/// The first secret at or after `from`: its form and where it stands.
pub fn next_secret(text: &str, from: usize) -> Option<(Form, Range<usize>)> {
    let bytes = text.as_bytes();
    let mut at = from;
    while let Some(byte) = bytes.get(at) {
        let word = at == 0 || !bytes.get(at - 1).is_some_and(|before| is_word(*before));
        let found = match byte {
            b'e' if word => jwt_end(bytes, at).map(|end| (Form::Token, at..end)),
            b'b' | b'B' if word => scheme_end(bytes, at),
            b'A' if word => aws_end(bytes, at).map(|end| (Form::AwsKey, at..end)),
            b'-' => private_key_end(bytes, at).map(|end| (Form::PrivateKey, at..end)),
            b':' => url_password(text, at).map(|place| (Form::UrlPassword, place)),
            b'0'..=b'9' if word => card_end(bytes, at).map(|end| (Form::Card, at..end)),
            _ => None,
        };
        if found.is_some() {
            return found;
        }
        at += 1;
    }
    None
}

/// A byte of a word, of a token, or of a character that is not ASCII.
fn is_word(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || byte == b'_' || !byte.is_ascii()
}

fn is_base64url(byte: &u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-')
}

fn run(bytes: &[u8], at: usize, is_in: impl Fn(&u8) -> bool) -> usize {
    bytes.get(at..).map_or(0, |rest| rest.iter().take_while(|byte| is_in(byte)).count())
}

/// Two JSON objects in base64 (`{"` is `eyJ`) and a signature. What follows a dot is a part of what began before it.
fn jwt_end(bytes: &[u8], at: usize) -> Option<usize> {
    let begins = |at: usize| bytes.get(at..).is_some_and(|rest| rest.starts_with(b"eyJ"));
    if !begins(at) || at > 0 && matches!(bytes.get(at - 1), Some(b'.' | b'-')) {
        return None;
    }
    let mut end = at;
    for (place, shortest) in [10, 6, 16].into_iter().enumerate() {
        if place > 0 {
            (bytes.get(end) == Some(&b'.')).then_some(())?;
            end += 1;
        }
        if place == 1 && !begins(end) {
            return None;
        }
        let len = run(bytes, end, is_base64url);
        (len >= shortest).then_some(())?;
        end += len;
    }
    Some(end)
}

/// Where what begins with `eyJ` ends, if it may be what was left of a JSON Web Token: a text that was cut has no signature.
pub fn jwt_like_end(text: &str, at: usize) -> Option<usize> {
    let bytes = text.as_bytes();
    let is_part = |byte: &u8| is_base64url(byte) || *byte == b'.';
    if at > 0 && bytes.get(at - 1).is_some_and(is_part) {
        return None;
    }
    let len = run(bytes, at, is_part);
    (len >= SHORTEST_TOKEN).then_some(at + len)
}

/// `Bearer ` or `Basic ` and a token. "Basic internationalisation" is prose: a token has a digit, or capitals within.
fn scheme_end(bytes: &[u8], at: usize) -> Option<(Form, Range<usize>)> {
    let schemes = [(b"bearer ".as_slice(), Form::Token), (b"basic ".as_slice(), Form::Credentials)];
    let (scheme, form) = schemes
        .into_iter()
        .find(|(scheme, _)| bytes.get(at..at + scheme.len()).is_some_and(|here| here.eq_ignore_ascii_case(scheme)))?;
    let from = at + scheme.len();
    let len = run(bytes, from, |byte| byte.is_ascii_alphanumeric() || b"-._~+/=".contains(byte));
    let token = bytes.get(from..from + len)?;
    let has_digit = token.iter().any(u8::is_ascii_digit);
    let has_capitals = token.iter().skip(1).any(u8::is_ascii_uppercase) && token.iter().any(u8::is_ascii_lowercase);
    (len >= SHORTEST_TOKEN && (has_digit || has_capitals) && !is_hidden(core::str::from_utf8(token).ok()?))
        .then_some((form, at..from + len))
}

/// `AKIA` or `ASIA` and 16 capitals and digits.
fn aws_end(bytes: &[u8], at: usize) -> Option<usize> {
    let rest = bytes.get(at..)?;
    let is_id = |byte: &u8| byte.is_ascii_uppercase() || byte.is_ascii_digit();
    let len = rest.iter().take(AWS_ID_LEN + 1).take_while(|byte| is_id(byte)).count();
    let begins = rest.starts_with(b"AKIA") || rest.starts_with(b"ASIA");
    let ends = !rest.get(AWS_ID_LEN).is_some_and(|after| is_word(*after));
    (begins && len == AWS_ID_LEN && ends).then_some(at + AWS_ID_LEN)
}

/// The first line of a private key, and what follows up to the end of its last.
pub fn private_key_end(bytes: &[u8], at: usize) -> Option<usize> {
    const BEGIN: &[u8] = b"-----BEGIN ";
    let label = bytes.get(at..)?.strip_prefix(BEGIN)?;
    let is_label = |byte: &&u8| byte.is_ascii_uppercase() || byte.is_ascii_digit() || **byte == b' ';
    let len = label.iter().take(LONGEST_PEM_LABEL).take_while(is_label).count();
    let (label, rest) = label.split_at_checked(len)?;
    let is_key = label.ends_with(b"PRIVATE KEY") || label.ends_with(b"PRIVATE KEY BLOCK");
    if !is_key || !rest.starts_with(b"-----") {
        return None;
    }
    let behind = memchr::memmem::find(rest, b"-----END").map_or(bytes.len(), |end| bytes.len() - rest.len() + end);
    Some(behind)
}

/// `amqp://user:password@host`, asked at the colon. Its place is from the scheme to the `@`.
fn url_password(text: &str, colon: usize) -> Option<Range<usize>> {
    let bytes = text.as_bytes();
    let from = colon + 3;
    (bytes.get(colon..from)? == b"://").then_some(())?;
    let is_scheme = |byte: &&u8| byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'-' | b'.');
    let scheme = bytes.get(..colon)?.iter().rev().take_while(is_scheme).count();
    let ends =
        |byte: &u8| matches!(byte, b'/' | b'?' | b'#' | b'"' | b'\'' | b'`' | b'\\') || byte.is_ascii_whitespace();
    let authority = text.get(from..from + run(bytes, from, |byte| !ends(byte)))?;
    let (user_info, _) = authority.rsplit_once('@')?;
    let (_, password) = user_info.split_once(':')?;
    (scheme > 0 && !is_hidden(password)).then_some(colon - scheme..from + user_info.len())
}

/// What of a secret's place is the secret: of a URL the password, since scheme and user say where it leads.
pub fn password_in(text: &str, form: Form, place: Range<usize>) -> Range<usize> {
    let info = text.get(place.clone()).unwrap_or_default();
    match info.find("://").and_then(|at| Some(at + 3 + info.get(at + 3..)?.find(':')? + 1)) {
        Some(password) if form == Form::UrlPassword => place.start + password..place.end,
        _ => place,
    }
}

/// Whether a value was hidden by whoever wrote it, or holds its place: `***`, `xxxx`, `REDACTED`, `[Filtered]`, `${PASSWORD}`, `%s`.
pub fn is_hidden(value: &str) -> bool {
    const WORDS: [&str; 15] = [
        "redacted",
        "filtered",
        "masked",
        "hidden",
        "removed",
        "sanitized",
        "scrubbed",
        "omitted",
        "null",
        "none",
        "nil",
        "undefined",
        "true",
        "false",
        "%s",
    ];
    let value = value.trim();
    let is_drawn = value.chars().all(|c| matches!(c, '*' | 'x' | 'X' | '•' | '●' | '.' | '…' | '#' | '?' | '-' | '_'));
    let is_place = [("<", ">"), ("${", "}"), ("{", "}"), ("[", "]"), ("%7B", "%7D")]
        .iter()
        .any(|(open, close)| value.starts_with(open) && value.ends_with(close) && value.len() < 64);
    let bare =
        value.trim_matches(|c: char| matches!(c, '[' | ']' | '<' | '>' | '(' | ')' | '{' | '}' | '"' | '\'' | '*'));
    is_drawn || is_place || WORDS.iter().any(|word| bare.eq_ignore_ascii_case(word))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn form(text: &str) -> Option<Form> {
        next_secret(text, 0).map(|(form, _)| form)
    }

    const JWT: &str = "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.dozjgNryP4J3jVmNHl0w5N_XgL0n3I9PlFUP0THsR8U";

    #[test]
    fn tokens_keys_and_passwords_are_recognised_within_text() {
        let texts = [
            (JWT.to_owned(), Form::Token),
            (format!("token={JWT}&x=1"), Form::Token),
            ("sent Bearer abcd1234abcd1234!".to_owned(), Form::Token),
            ("authorization: bearer abcdefgHIJKLMNOP".to_owned(), Form::Token),
            ("Basic dXNlcjpwYXNzd29yZA==".to_owned(), Form::Credentials),
            ("-----BEGIN RSA PRIVATE KEY-----\nMIIE".to_owned(), Form::PrivateKey),
            ("x-----BEGIN PRIVATE KEY-----".to_owned(), Form::PrivateKey),
            ("key AKIAIOSFODNN7EXAMPLE.".to_owned(), Form::AwsKey),
            ("amqp://guest:guest@queue:5672/".to_owned(), Form::UrlPassword),
            ("redis://:hunter2@cache".to_owned(), Form::UrlPassword),
            ("postgres://a:p@ss@db/x".to_owned(), Form::UrlPassword),
            ("paid with 4111 1111 1111 1111".to_owned(), Form::Card),
        ];
        for (text, expected) in texts {
            assert_eq!(form(&text), Some(expected), "{text}");
        }
    }

    #[test]
    fn what_only_resembles_a_secret_is_none() {
        let two_parts = JWT.rsplit_once('.').unwrap().0;
        let texts = [
            two_parts,
            "eyJhbGciOiJIUzI1NiJ9.payload123.dozjgNryP4J3jVmNHl0w5N",
            "the Bearer of bad news",
            "Basic internationalisation is missing",
            "Bearer authentication_required",
            "Bearer abcd1234abcd123",
            "Bearer ****************",
            "Bearer xxxxxxxxxxxxxxxxxxxx",
            "forbearer abcd1234abcd1234",
            "Bearer  abcd1234abcd1234",
            "-----BEGIN PUBLIC KEY-----",
            "-----BEGIN CERTIFICATE-----",
            "-----BEGIN RSA PRIVATE KEY",
            "AKIAIOSFODNN7EXAMPL",
            "AKIAIOSFODNN7EXAMPLES",
            "XAKIAIOSFODNN7EXAMPLE",
            "akiaiosfodnn7example",
            "amqp://guest:***@queue",
            "amqp://guest@queue",
            "amqp://guest:@queue",
            "http://a:8080/x@y",
            "http://h/?q=a:b@c",
            "postgres://a:${PASSWORD}@db",
            "postgres://a:[REDACTED]@db",
            "://a:b@c",
            "mailto:a@b",
            "1795349836799000000",
            "f47ac10b-58cc-4372-a567-0e02b2c3d479",
            "00f067aa0ba902b7",
            "",
            "日本語 Bearer 日本語日本語日本語",
        ];
        for text in texts {
            assert_eq!(form(text), None, "{text}");
        }
    }

    #[test]
    fn a_megabyte_of_beginnings_is_read_once() {
        for text in ["Bearer ", "eyJa.", "http://a:", "-----BEGIN ", "AKIA", "4111 ", "eyJhbGciOiJI.eyJ", "1", "a+"] {
            assert_eq!(form(&text.repeat((1 << 20) / text.len())), None, "{text}");
        }
        let keys = "-----BEGIN PRIVATE KEY-----".repeat(1 << 15);
        assert_eq!(next_secret(&keys, 0), Some((Form::PrivateKey, 0..keys.len())));
    }

    #[test]
    fn hidden_values_are_told_from_short_ones() {
        assert!(
            ["", " ", "***", "xxxx", "REDACTED", "[Filtered]", "<redacted>", "${PASS}", "*****"]
                .iter()
                .all(|v| is_hidden(v))
        );
        assert!(!["a", "xx1", "hunter2", "redactedly", "日本"].iter().any(|v| is_hidden(v)));
    }
}
