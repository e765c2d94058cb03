//! Numbers that are recognised by their digits: payment cards, bank accounts (IBAN), telephones. Written in groups or as one; beside
//! anything but more digits.

use core::ops::Range;

use super::forms::is_cut;
use super::rules::{Rule, Rules};
use crate::analysis::findings::card::{GROUPS, MOST_DIGITS, begins_as_issued, is_card};

/// Adds where such a number is, of the rules that are on.
pub fn places(text: &str, rules: &Rules, found: &mut Vec<(Range<usize>, Rule)>) {
    let of = |rule,
              place: fn(&str, usize) -> Option<Range<usize>>,
              starts: fn(&[u8], usize) -> bool,
              found: &mut Vec<(Range<usize>, Rule)>| {
        if !rules.is_on(rule) {
            return;
        }
        let mut at = 0;
        while at < text.len() {
            let place = if starts(text.as_bytes(), at) { place(text, at) } else { None };
            at = place.as_ref().map_or(at + 1, |place| place.end);
            found.extend(place.map(|place| (place, rule)));
        }
    };
    of(Rule::Card, card, |bytes, at| is_digit(bytes, at) && !(at > 0 && is_digit(bytes, at - 1)), found);
    of(Rule::Iban, iban, |bytes, at| bytes.get(at).is_some_and(u8::is_ascii_alphabetic), found);
    of(Rule::Phone, phone, |bytes, at| matches!(bytes.get(at), Some(b'+' | b'(' | b'0'..=b'9')), found);
}

fn is_digit(bytes: &[u8], at: usize) -> bool {
    bytes.get(at).is_some_and(u8::is_ascii_digit)
}

/// Length of what may be between two groups of digits.
fn gap(text: &str, at: usize) -> usize {
    let is_dash = |c: char| matches!(c, '-' | '\u{2010}'..='\u{2014}');
    let is_blank = |c: char| matches!(c, ' ' | '\u{a0}' | '\u{2000}'..='\u{200a}' | '\u{202f}' | '\u{3000}');
    let is_gap = |c: &char| is_dash(*c) || is_blank(*c) || matches!(c, '.' | '_' | '+' | '/');
    text.get(at..).and_then(|rest| rest.chars().next()).filter(is_gap).map_or(0, char::len_utf8)
}

fn digits_at(text: &str, at: usize, most: usize) -> &str {
    let rest = text.get(at..).unwrap_or_default();
    let len = rest.bytes().take(most).take_while(u8::is_ascii_digit).count();
    rest.get(..len).unwrap_or_default()
}

fn card(text: &str, at: usize) -> Option<Range<usize>> {
    let run = digits_at(text, at, MOST_DIGITS + 1);
    if is_card(run.as_bytes()) {
        return Some(at..at + run.len());
    }
    let grouped = GROUPS.iter().filter(|groups| groups.first() == Some(&run.len())).find_map(|groups| {
        let (mut end, mut digits) = (at, String::new());
        for (nth, len) in groups.iter().enumerate() {
            end += if nth > 0 { Some(gap(text, end)).filter(|gap| *gap > 0)? } else { 0 };
            let group = digits_at(text, end, len + 1);
            (group.len() == *len).then(|| digits.push_str(group))?;
            end += len;
        }
        is_card(digits.as_bytes()).then_some(at..end)
    });
    grouped.or_else(|| cut_card(text, at))
}

/// Nine digits of an issuer or more, before the ellipsis where a text was cut.
fn cut_card(text: &str, at: usize) -> Option<Range<usize>> {
    const LEAST: usize = 9;
    let (mut end, mut digits) = (at, String::new());
    while digits.len() < MOST_DIGITS {
        let group = digits_at(text, end, MOST_DIGITS);
        digits.push_str(group);
        end += group.len();
        let gap = gap(text, end);
        if group.is_empty() || gap == 0 || !is_digit(text.as_bytes(), end + gap) {
            break;
        }
        end += gap;
    }
    (digits.len() >= LEAST && is_cut(text, end) && begins_as_issued(digits.as_bytes())).then_some(at..end)
}

/// Countries and how long their account numbers are, from the registry of IBAN formats that SWIFT keeps.
const IBANS: &str = "AD24AE23AL28AT20AZ28BA20BE16BG22BH22BI27BR29BY28CH21CR22CY28CZ24DE22DJ27DK18DO28EE20EG29ES24FI18FK18FO18FR27GB22\
     GE22GI23GL18GR27GT28HN28HR21HU28IE22IL23IQ23IS26IT27JO30KW30KZ20LB28LC32LI21LT20LU20LV21LY25MC27MD24ME22MK19MN20MR27MT31MU30\
     NI28NL18NO15OM23PK24PL28PS29PT25QA29RO24RS22RU33SA24SC31SD18SE24SI19SK24SM27SO23ST25SV28TL23TN24TR26UA29VA22VG24XK20YE30";

fn iban_len(country: [u8; 2]) -> Option<usize> {
    let entries = IBANS.as_bytes().chunks_exact(4);
    entries
        .filter(|entry| entry.starts_with(&country))
        .find_map(|entry| core::str::from_utf8(entry.get(2..)?).ok()?.parse().ok())
}

/// A country, two check digits, and as many letters and digits as the country's have, right by the check digits. On one side at least it
/// touches no letter and no digit.
fn iban(text: &str, at: usize) -> Option<Range<usize>> {
    let bytes = text.as_bytes();
    let &[first, second, tens, ones] = bytes.get(at..at + 4)? else { return None };
    (second.is_ascii_alphabetic() && tens.is_ascii_digit() && ones.is_ascii_digit()).then_some(())?;
    let wanted = iban_len([first.to_ascii_uppercase(), second.to_ascii_uppercase()])?;
    let (mut end, mut letters) = (at, Vec::with_capacity(wanted));
    while letters.len() < wanted {
        match bytes.get(end) {
            Some(byte) if byte.is_ascii_alphanumeric() => {
                letters.push(byte.to_ascii_uppercase());
                end += 1;
            }
            _ => {
                end += Some(gap(text, end))
                    .filter(|gap| *gap > 0 && bytes.get(end + gap).is_some_and(u8::is_ascii_alphanumeric))?
            }
        }
    }
    let alone = |byte: Option<&u8>| !byte.is_some_and(u8::is_ascii_alphanumeric);
    let is_apart = at == 0 || alone(bytes.get(at - 1)) || alone(bytes.get(end));
    letters.rotate_left(4);
    let rest = letters.iter().fold(0u32, |rest, letter| match letter {
        b'0'..=b'9' => (rest * 10 + u32::from(letter - b'0')) % 97,
        _ => (rest * 100 + u32::from(letter - b'A') + 10) % 97,
    });
    (is_apart && rest == 1).then_some(at..end)
}

/// `+49 30 123456`, `0049…`, `(555) 010-9999` and `555-010-9999`.
fn phone(text: &str, at: usize) -> Option<Range<usize>> {
    const MOST_GROUPS: usize = 8;
    let bytes = text.as_bytes();
    let before = at.checked_sub(1).and_then(|before| bytes.get(before));
    if before.is_some_and(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'.' | b'-' | b'_')) {
        return None;
    }
    let rest = text.get(at..)?;
    // `tel:+49 …`, but no part of a time.
    if before == Some(&b':') && !rest.starts_with('+') {
        return None;
    }
    let is_international = rest.starts_with('+') || rest.starts_with("00");
    let mut next = at + usize::from(rest.starts_with('+'));
    // Digits of each group, and where it ends.
    let mut groups: Vec<(usize, usize)> = Vec::new();
    while groups.len() < MOST_GROUPS {
        // Brackets around a group: `+49 (0) 30`, `(555) 010`.
        let bracket = usize::from(bytes.get(next) == Some(&b'('));
        let group = digits_at(text, next + bracket, MOST_DIGITS);
        let closing = next + bracket + group.len();
        if group.is_empty() || bracket == 1 && bytes.get(closing) != Some(&b')') {
            break;
        }
        groups.push((group.len(), closing + bracket));
        next = closing + bracket + gap(text, closing + bracket);
    }
    // Of what follows the number, such as another one, the last groups are none of it.
    (1..=groups.len()).rev().find_map(|taken| {
        let groups = groups.get(..taken)?;
        let end = groups.last()?.1;
        let digits: usize = groups.iter().map(|(digits, _)| digits).sum();
        let is_national = || groups.iter().map(|(digits, _)| *digits).eq([3, 3, 4]);
        let fits = if is_international { (8..=17).contains(&digits) } else { is_national() };
        (fits && !bytes.get(end).is_some_and(u8::is_ascii_alphanumeric)).then_some(at..end)
    })
}

#[cfg(test)]
mod tests {
    use super::super::forms::found_by;
    use super::*;

    fn found<'t>(text: &'t str, rules: &Rules) -> Vec<&'t str> {
        found_by(text, |text, all| places(text, rules, all))
    }

    #[test]
    fn cards_are_found_beside_anything_but_digits() {
        for (text, expected) in [
            ("pan=4556737586899855", vec!["4556737586899855"]),
            ("客4556737586899855端", vec!["4556737586899855"]),
            ("ORD-4111111111111111_x, a4111111111111111b", vec!["4111111111111111", "4111111111111111"]),
            ("4111 1111 1111 1111, 3782.822463.10005", vec!["4111 1111 1111 1111", "3782.822463.10005"]),
            ("4111\u{a0}1111\u{a0}1111\u{a0}1111", vec!["4111\u{a0}1111\u{a0}1111\u{a0}1111"]),
            ("4111+1111+1111+1111.", vec!["4111+1111+1111+1111"]),
            ("4111 1111 11… 6212 3456 7890 0000 003", vec!["4111 1111 11", "6212 3456 7890 0000 003"]),
            ("4111111111111112 1795349836799000000 41111111111111110000", vec![]),
            ("d9428888-4111-4111-8111-111111111111", vec![]),
        ] {
            assert_eq!(found(text, &Rules::only(&[Rule::Card])), expected, "{text}");
        }
    }

    #[test]
    fn ibans_are_found_by_their_check_digits() {
        for (text, expected) in [
            ("to DE89370400440532013000.", vec!["DE89370400440532013000"]),
            ("GB82 WEST 1234 5698 7654 32", vec!["GB82 WEST 1234 5698 7654 32"]),
            ("客NO9386011117947端 xBE68539007547034", vec!["NO9386011117947", "BE68539007547034"]),
            ("nl91abna0417164300", vec!["nl91abna0417164300"]),
            ("DE88370400440532013000 DE8937040044053201300 ZZ89370400440532013000 xDE89370400440532013000x", vec![]),
        ] {
            assert_eq!(found(text, &Rules::only(&[Rule::Iban])), expected, "{text}");
        }
        assert_eq!(iban_len(*b"MT"), Some(31));
        assert_eq!(IBANS.len() % 4, 0);
    }

    #[test]
    fn telephones_are_found_where_their_rule_is_on() {
        for (text, expected) in [
            ("call +49 30 1234567 or +1-555-010-9999.", vec!["+49 30 1234567", "+1-555-010-9999"]),
            ("(555) 010-9999, 555.010.9999", vec!["(555) 010-9999", "555.010.9999"]),
            ("0049 170 1234567", vec!["0049 170 1234567"]),
            ("tel:+493012345678; +49 30 1234567 2nd try", vec!["+493012345678", "+49 30 1234567"]),
            ("+49 (0) 30 1234567", vec!["+49 (0) 30 1234567"]),
            ("2026-11-22 12:17:10+0200 1e+30812345678 10.0.0.17 555-010", vec![]),
        ] {
            assert_eq!(found(text, &Rules::only(&[Rule::Phone])), expected, "{text}");
            assert!(!found(text, &Rules::default()).iter().any(|one| expected.contains(one)), "{text}");
        }
    }

    #[test]
    fn a_megabyte_of_beginnings_is_read_once() {
        let rules = Rules::only(&[Rule::Card, Rule::Iban, Rule::Phone]);
        for text in ["4", "4111 ", "4111", "+1", "(", "(5) ", "DE", "DE89 ", "5.", "00", "+"] {
            found(&text.repeat((1 << 20) / text.len()), &rules);
        }
    }
}
