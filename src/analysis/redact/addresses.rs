//! IP addresses, wherever they are in a text: beside letters of any script, within URLs, before a port.

use core::net::Ipv6Addr;
use core::ops::Range;

use super::forms::is_cut;
use super::rules::Rule;

/// Adds where addresses of both versions are.
pub fn places(text: &str, found: &mut Vec<(Range<usize>, Rule)>) {
    v4_places(text, found);
    v6_places(text, found);
}

/// Maximal runs of bytes that are `of` a form.
fn runs(text: &str, of: impl Fn(u8) -> bool) -> impl Iterator<Item = Range<usize>> {
    let bytes = text.as_bytes();
    let mut at = 0;
    core::iter::from_fn(move || {
        let start = at + bytes.get(at..)?.iter().position(|byte| of(*byte))?;
        at = start + bytes.get(start..)?.iter().take_while(|byte| of(**byte)).count();
        Some(start..at)
    })
}

/// Four numbers up to 255 between dots. Five, and a version such as `v1.2.3.4`, are none.
fn v4_places(text: &str, found: &mut Vec<(Range<usize>, Rule)>) {
    for run in runs(text, |byte| byte.is_ascii_digit() || byte == b'.') {
        let whole = text.get(run.clone()).unwrap_or_default();
        if whole.len() < 3 || is_version(text.as_bytes(), run.start) {
            continue;
        }
        let mut start = run.start;
        // An ellipsis, and dots that end a sentence, are between addresses.
        for part in whole.split("..") {
            let trimmed = part.trim_start_matches('.');
            let from = start + (part.len() - trimmed.len());
            let address = trimmed.trim_end_matches('.');
            let end = from + address.len();
            let is_whole = is_v4(address) && !is_release(text, address, end);
            if is_whole || is_cut(text, end) && is_begun(address) {
                found.push((from..end, Rule::Ip));
            }
            start += part.len() + 2;
        }
    }
}

fn is_v4(address: &str) -> bool {
    address.split('.').count() == 4 && address.split('.').all(is_octet)
}

/// Leading zeros are written too: `010.000.000.017`.
fn is_octet(text: &str) -> bool {
    (1..=3).contains(&text.len()) && text.parse::<u8>().is_ok()
}

/// What is left of an address where a text was cut: two numbers and the beginning of another.
fn is_begun(address: &str) -> bool {
    (3..=4).contains(&address.split('.').count()) && address.split('.').all(is_octet)
}

/// `119.0.0.0` of a browser, `8.0.0.0` of a library: no host has such an address, and a network is written with its mask.
fn is_release(text: &str, address: &str, end: usize) -> bool {
    address.ends_with(".0.0.0") && text.as_bytes().get(end) != Some(&b'/')
}

/// `v1.2.3.4`, where the `v` is no part of a word.
fn is_version(bytes: &[u8], at: usize) -> bool {
    let before = |back: usize| at.checked_sub(back).and_then(|at| bytes.get(at));
    matches!(before(1), Some(b'v' | b'V')) && !before(2).is_some_and(u8::is_ascii_alphanumeric)
}

/// Of what could be a path of names (`abc::def`) or a time only what has three colons, or two and a digit, is an address. With two it
/// touches no letter.
fn v6_places(text: &str, found: &mut Vec<(Range<usize>, Rule)>) {
    let bytes = text.as_bytes();
    for run in runs(text, |byte| byte.is_ascii_hexdigit() || matches!(byte, b':' | b'.')) {
        let whole = text.get(run.clone()).unwrap_or_default();
        let colons = whole.bytes().filter(|byte| *byte == b':').count();
        if colons < 2 {
            continue;
        }
        let touches = run.start > 0
            && bytes.get(run.start - 1).is_some_and(|byte| byte.is_ascii_alphanumeric() || *byte == b'_')
            || bytes.get(run.end).is_some_and(|byte| byte.is_ascii_alphanumeric() || *byte == b'_');
        let begins = whole.trim_start_matches('.');
        let start = run.start + whole.len() - begins.len();
        let address = begins.trim_end_matches('.');
        // With two colons alone it could be a path of names, or a time.
        let is_sure = |place: &Range<usize>| {
            let of = address.get(place.clone()).unwrap_or_default();
            of.bytes().filter(|byte| *byte == b':').count() > 2
                || !touches && of.bytes().any(|byte| byte.is_ascii_digit())
        };
        found.extend(v6_in(address).filter(is_sure).map(|place| (start + place.start..start + place.end, Rule::Ip)));
    }
}

/// The address in a run of hex digits and colons. Where letters that are hex digits too touch it, the groups beside them are cut to four,
/// and a colon that is a sentence's is left.
fn v6_in(run: &str) -> Option<Range<usize>> {
    let is = |place: &Range<usize>| run.get(place.clone()).is_some_and(|text| text.parse::<Ipv6Addr>().is_ok());
    let first = run.find(':').unwrap_or(run.len());
    let last = run.len() - run.rfind(':').map_or(0, |at| at + 1);
    let starts = [0, first.saturating_sub(4), usize::from(run.starts_with(':')), first + 1];
    let ends = [
        run.len(),
        run.len() - last.saturating_sub(4),
        run.len() - usize::from(run.ends_with(':')),
        run.len() - last - usize::from(last < run.len()),
    ];
    starts
        .into_iter()
        .flat_map(|start| ends.into_iter().map(move |end| start..end))
        .filter(|place| place.start < place.end)
        .find(is)
}

#[cfg(test)]
mod tests {
    use super::super::forms::found_by;
    use super::*;

    fn found(text: &str) -> Vec<&str> {
        found_by(text, places)
    }

    #[test]
    fn addresses_are_found_beside_anything() {
        for (text, expected) in [
            ("from 10.0.0.17:5432, then 192.168.1.1.", vec!["10.0.0.17", "192.168.1.1"]),
            ("load 93% 203.0.113.77", vec!["203.0.113.77"]),
            ("93%203.0.113.77", vec!["203.0.113.77"]),
            ("客户端203.0.113.78断开", vec!["203.0.113.78"]),
            ("“203.0.113.80”…\u{200b}203.0.113.81\u{a0}", vec!["203.0.113.80", "203.0.113.81"]),
            ("\\n203.0.113.79", vec!["203.0.113.79"]),
            ("host_10.0.0.18-x ip10.0.0.19ms", vec!["10.0.0.18", "10.0.0.19"]),
            ("010.000.000.017", vec!["010.000.000.017"]),
            ("at 10.0.0.1...then", vec!["10.0.0.1"]),
            ("203.0.11… 203.0.12...", vec!["203.0.11", "203.0.12"]),
            ("[2001:db8::1]:443 and ::1 and fe80::1%eth0", vec!["2001:db8::1", "::1", "fe80::1"]),
            ("::ffff:10.0.0.1", vec!["10.0.0.1", "::ffff:10.0.0.1"]),
            ("客2001:db8::1断“fe80::2”", vec!["2001:db8::1", "fe80::2"]),
            ("node2001:db8::1z", vec!["2001:db8::1"]),
            ("peer: 2001:db8:0:0:0:0:0:5: refused", vec!["2001:db8:0:0:0:0:0:5"]),
        ] {
            let mut got = found(text);
            let mut wanted = expected;
            got.sort_unstable();
            wanted.sort_unstable();
            assert_eq!(got, wanted, "{text}");
        }
    }

    #[test]
    fn what_only_resembles_one_is_left() {
        for text in [
            "1.2.3",
            "1.2.3.4.5",
            "v1.2.3.4",
            "(v1.2.3.4)",
            "256.1.1.1",
            "12:30:45",
            "std::collections::HashMap",
            "abc::def",
            "a::b::c",
            "Class::B2",
            "INFO my_app::db: connected",
            "Node::add: failed",
            "Chrome/119.0.0.0 Safari/537.36",
            "::",
            "...",
            "1.2…",
            "00:1a:2b:3c:4d:5e",
            "2026-11-22T12:17:10.145Z",
        ] {
            assert_eq!(found(text), [] as [&str; 0], "{text}");
        }
    }
}
