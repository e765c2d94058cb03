//! Secrets that are recognised by their look: tokens with a prefix, JSON Web Tokens, private keys, credentials after `Bearer` and in URLs,
//! addresses that are secrets themselves. Freer than the finding about secrets, which must not accuse: a token touches anything, and one
//! that was cut is one too.

use core::ops::Range;

use super::forms::is_cut;
use super::hidden::is_nothing;
use super::prefixes::{BEGIN_WORDS, BY_FIRST, HOOKS, PREFIXES};
use super::rules::Rule;
use crate::analysis::findings::secret_forms::private_key_end;

/// Of a token that was cut so many characters are enough, after its prefix.
const SHORTEST_CUT: usize = 4;
/// Bytes that a password with a slash in it is looked for.
const LONGEST_PASSWORD: usize = 256;

/// Adds where such a secret is.
pub fn places(text: &str, found: &mut Vec<(Range<usize>, Rule)>) {
    let mut add = |place: Option<Range<usize>>| found.extend(place.map(|place| (place, Rule::Token)));
    let bytes = text.as_bytes();
    let mut at = 0;
    while let Some(byte) = bytes.get(at) {
        let place = prefixed(text, at, *byte);
        at = place.as_ref().map_or(at + 1, |place| place.end);
        add(place);
    }
    web_tokens(text, &mut add);
    let mut reached = 0;
    for at in memchr::memmem::find_iter(bytes, b"-----BEGIN ") {
        if at >= reached
            && let Some(end) = private_key_end(bytes, at)
        {
            reached = end;
            add(Some(at..end));
        }
    }
    memchr::memmem::find_iter(bytes, b"://").for_each(|at| add(user_info(text, at)));
    schemes(text, &mut add);
    HOOKS.iter().for_each(|hook| posted_to(text, hook, &mut add));
}

fn run(bytes: &[u8], at: usize, is_of: impl Fn(u8) -> bool) -> usize {
    bytes.get(at..).map_or(0, |rest| rest.iter().take_while(|byte| is_of(**byte)).count())
}

/// A token that its prefix gives away.
fn prefixed(text: &str, at: usize, first: u8) -> Option<Range<usize>> {
    let (from, to) = BY_FIRST[first as usize];
    let rest = text.as_bytes().get(at..)?;
    PREFIXES.get(from as usize..to as usize)?.iter().find_map(|(prefix, letters, least)| {
        rest.starts_with(prefix.as_bytes()).then_some(())?;
        let start = at + prefix.len();
        let before = at.checked_sub(1).and_then(|before| text.as_bytes().get(before));
        if BEGIN_WORDS.contains(prefix) && before.is_some_and(|byte| byte.is_ascii_alphanumeric() || *byte == b'-') {
            return None;
        }
        let len = run(text.as_bytes(), start, |byte| letters.has(byte));
        let kept = text.get(start..start + len)?.trim_end_matches('.').len();
        let enough = len >= *least || kept >= SHORTEST_CUT && is_cut(text, start + kept);
        enough.then_some(at..start + len)
    })
}

/// `eyJ…` is `{"` in base64: a JSON Web Token, whole, encrypted or cut. Within a word its header must be one that tokens have, or a later
/// part begin like one.
fn web_tokens(text: &str, add: &mut impl FnMut(Option<Range<usize>>)) {
    const SHORTEST: usize = 16;
    /// `{"alg`, `{"typ`, `{"kid`, `{"enc`, `{"jku`, `{"x5`, `{"cty`
    const HEADERS: [&str; 7] = ["eyJhbG", "eyJ0eX", "eyJraW", "eyJlbm", "eyJqa3", "eyJ4NX", "eyJjdH"];
    let bytes = text.as_bytes();
    // Of the run of letters that is being read: where it ends, and where its last part begins that is JSON too.
    let (mut end, mut last_part) = (0, None);
    let mut reached = 0;
    for at in memchr::memmem::find_iter(bytes, b"eyJ").filter(|at| text.is_char_boundary(*at)) {
        if at < reached {
            continue;
        }
        if at >= end {
            let len = run(bytes, at, |byte| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-' | b'.' | b'='));
            let letters = text.get(at..at + len).unwrap_or_default();
            end = at + letters.trim_end_matches(['.', '-']).len().max(3);
            last_part = letters.rfind(".eyJ").map(|part| at + part);
        }
        let token = text.get(at..end).unwrap_or_default();
        let is_within = at > 0 && bytes.get(at - 1).is_some_and(u8::is_ascii_alphanumeric);
        let is_one = !is_within || HEADERS.iter().any(|header| token.starts_with(header)) || last_part > Some(at);
        let least = if is_cut(text, end) { SHORTEST_CUT } else { SHORTEST };
        if is_one && token.len() >= least {
            reached = end;
            add(Some(at..end));
        }
    }
}

/// `Bearer abc123` and `Basic dXNlcjpw`: also short ones, unless they could be words.
fn schemes(text: &str, add: &mut impl FnMut(Option<Range<usize>>)) {
    const SHORTEST: usize = 6;
    const LONG: usize = 16;
    let low = text.to_ascii_lowercase();
    let bytes = text.as_bytes();
    for scheme in ["bearer", "basic"] {
        let mut reached = 0;
        for at in memchr::memmem::find_iter(low.as_bytes(), scheme) {
            let begins = at == 0 || !bytes.get(at - 1).is_some_and(u8::is_ascii_alphanumeric);
            if at < reached || !begins {
                continue;
            }
            let behind = low.get(at + scheme.len()..).unwrap_or_default();
            let gap = behind.len() - behind.trim_start_matches([' ', '+', '\u{a0}', '\t', ':', '=']).len();
            if gap == 0 {
                continue;
            }
            let start = at + scheme.len() + gap;
            let len = run(bytes, start, |byte| byte.is_ascii_alphanumeric() || b"-._~+/=".contains(&byte));
            let token = bytes.get(start..start + len).unwrap_or_default();
            let is_mixed = token.iter().any(u8::is_ascii_digit) || token.iter().skip(1).any(u8::is_ascii_uppercase);
            let enough = len >= SHORTEST && (is_mixed || len > LONG)
                || len >= SHORTEST_CUT && is_mixed && is_cut(text, start + len);
            if enough {
                reached = start + len;
                add(Some(start..reached));
            }
        }
    }
}

/// What is before the `@` of a URL whose `://` is at `colon`: user and password, or a token alone.
fn user_info(text: &str, colon: usize) -> Option<Range<usize>> {
    let from = colon + 3;
    let ends =
        |c: char| matches!(c, '/' | '?' | '#' | '"' | '\'' | '`' | '\\' | '<' | '>' | '“' | '”') || c.is_whitespace();
    let rest = text.get(from..)?;
    let authority = rest.get(..rest.find(ends).unwrap_or(rest.len()))?;
    if let Some((info, _)) = authority.rsplit_once('@') {
        // A token in place of the user comes with no password, or one that is none.
        let secret = match info.split_once(':') {
            Some((user, "" | "x" | "X" | "x-oauth-basic")) => user,
            Some((_, password)) => password,
            None => info,
        };
        return (!is_nothing(secret)).then_some(from..from + info.len());
    }
    // What is left of one: `amqp://guest:gue…`, where a port would have digits only.
    let kept = authority.split(['…']).next().unwrap_or_default().trim_end_matches('.');
    let (_, password) = kept.split_once(':')?;
    let is_port = password.bytes().all(|byte| byte.is_ascii_digit());
    if !is_port
        && !kept.starts_with('[')
        && let Some(len) = with_slashes(rest, authority.len())
    {
        return Some(from..from + len);
    }
    (is_cut(text, from + kept.len()) && !is_port && !kept.starts_with('[')).then_some(from..from + kept.len())
}

/// The length of a user and a password that has a `/`, `?` or `#`, which should have been escaped. `slash` is where the
/// first one is: what is between `:` and it is no port.
fn with_slashes(rest: &str, slash: usize) -> Option<usize> {
    let more = rest.as_bytes().get(slash..)?;
    let more = more.get(..more.len().min(LONGEST_PASSWORD))?;
    let ends = |byte: &u8| byte.is_ascii_whitespace() || byte.is_ascii_control() || b"\"'`\\<>@".contains(byte);
    let end = more.iter().position(ends)?;
    (end > 0 && more.get(end) == Some(&b'@')).then_some(slash + end)
}

/// The paths of addresses that whoever knows them may post to.
fn posted_to(text: &str, hook: &str, add: &mut impl FnMut(Option<Range<usize>>)) {
    const SHORTEST: usize = 8;
    let is_of = |byte: u8| byte.is_ascii_alphanumeric() || b"-._~/:@=&?%".contains(&byte);
    let mut reached = 0;
    for at in memchr::memmem::find_iter(text.as_bytes(), hook) {
        let start = at + hook.len();
        if start < reached {
            continue;
        }
        reached = start + run(text.as_bytes(), start, is_of);
        let len = reached - start;
        add((len >= SHORTEST || len >= SHORTEST_CUT && is_cut(text, reached)).then_some(start..reached));
    }
}

#[cfg(test)]
mod tests {
    use super::super::forms::found_by;
    use super::*;

    fn found(text: &str) -> Vec<&str> {
        found_by(text, places)
    }

    const JWT: &str = "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.dozjgNryP4J3jVmNHl0w5N_XgL0n3I9PlFUP0THsR8U";

    #[test]
    fn every_prefix_is_found_whatever_it_touches() {
        for (prefix, letters, least) in PREFIXES {
            let token = format!("{prefix}{}", if letters.has(b'g') { "g7" } else { "7A" }.repeat(least / 2 + 1));
            for (before, behind) in
                [("", ""), ("客", "端"), ("“", "”"), ("-", "."), ("\u{200b}", "…"), ("%", "\n"), ("\\n", "\\")]
            {
                let text = format!("{before}{token}{behind}");
                if before.ends_with(['-', 'n']) && BEGIN_WORDS.contains(&prefix) {
                    continue;
                }
                assert!(found(&text).iter().any(|one| one.contains(&token)), "{text}: {:?}", found(&text));
            }
            let cut = format!("sent {}…", &token[..prefix.len() + SHORTEST_CUT]);
            assert_eq!(found(&cut).len(), 1, "{cut}");
        }
    }

    #[test]
    fn tokens_of_every_form_are_found_within_text() {
        for (text, expected) in [
            (format!("a{JWT}."), vec![JWT]),
            (format!("-{JWT}_"), vec![&*format!("{JWT}_")]),
            ("id eyJhbGciOiJI…".to_owned(), vec!["eyJhbGciOiJI"]),
            ("keyJust a word".to_owned(), vec![]),
            ("monkeyJumpedOverTheFence".to_owned(), vec![]),
            ("sent Bearer abc123, Basic\u{a0}dXNlcjpw".to_owned(), vec!["abc123", "dXNlcjpw"]),
            ("Basic internationalisation".to_owned(), vec!["internationalisation"]),
            ("the Bearer of bad news".to_owned(), vec![]),
            ("amqp://guest:guest7@queue:5672/".to_owned(), vec!["guest:guest7"]),
            ("https://tok3n@git.example/x, ssh://host/a@b".to_owned(), vec!["tok3n"]),
            ("redis://:p@ss@cache amqp://a:***@h".to_owned(), vec![":p@ss"]),
            ("amqp://svc:hu/nt?er2@queue/v http://host:80/a@b".to_owned(), vec!["svc:hu/nt?er2"]),
            ("https://q8zr91:@git.example https://APIKEY9k7:X@x.example".to_owned(), vec!["q8zr91:", "APIKEY9k7:X"]),
            ("amqp://svc:[hunter2xQ]@queue".to_owned(), vec!["svc:[hunter2xQ]"]),
            (format!("task-{0} disk-{0} cache-key-{0}", "0123456789abcdef".repeat(2)), vec![]),
            ("token glpat-x7Qz8Rk2...".to_owned(), vec!["glpat-x7Qz8Rk2..."]),
            ("amqp://guest:gue… http://host:80…".to_owned(), vec!["guest:gue"]),
            (
                "-----BEGIN EC PRIVATE KEY-----\nMHc\n-----END EC".to_owned(),
                vec!["-----BEGIN EC PRIVATE KEY-----\nMHc\n"],
            ),
            ("https://hooks.slack.com/services/T0/B0/XX1".to_owned(), vec!["T0/B0/XX1"]),
            ("https://discord.com/api/webhooks/12/abc-d".to_owned(), vec!["12/abc-d"]),
            ("AKIAIOSFODNN7EXAMPLE akiaiosfodnn7example".to_owned(), vec!["AKIAIOSFODNN7EXAMPLE"]),
            ("task-manager risk-assessment npm_config_registry hf_hub".to_owned(), vec![]),
        ] {
            let mut got = found(&text);
            got.sort_unstable();
            let mut wanted = expected;
            wanted.sort_unstable();
            assert_eq!(got, wanted, "{text}");
        }
    }

    #[test]
    fn a_megabyte_of_beginnings_is_read_once() {
        for text in [
            "Bearer ",
            "eyJa.",
            "eyJ",
            "http://a:",
            "-----BEGIN ",
            "AKIA",
            "sk-",
            "xoxb-",
            "://",
            "a@b://",
            "hooks.slack.com/services/",
        ] {
            found(&text.repeat((1 << 20) / text.len()));
        }
        let keys = "-----BEGIN PRIVATE KEY-----".repeat(1 << 12);
        assert_eq!(found(&keys), [keys.as_str()]);
    }
}
