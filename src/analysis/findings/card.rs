//! Numbers of payment cards: 13 to 19 digits with a known issuer's prefix and length, right by Luhn. One number in ten is right by Luhn,
//! so that alone says nothing: a timestamp in ns has 19 digits, and so has many an id.

/// First and last of the prefixes, and the lengths that go with them.
type Issuer = (&'static str, &'static str, &'static [usize]);

const ISSUERS: [Issuer; 14] = [
    // Visa
    ("4", "4", &[13, 16, 19]),
    // Mastercard
    ("51", "55", &[16]),
    ("2221", "2720", &[16]),
    // American Express
    ("34", "34", &[15]),
    ("37", "37", &[15]),
    // Discover
    ("6011", "6011", &[16, 17, 18, 19]),
    ("644", "649", &[16, 17, 18, 19]),
    ("65", "65", &[16, 17, 18, 19]),
    // Diners Club
    ("300", "305", &[14]),
    ("36", "36", &[14]),
    ("38", "39", &[14]),
    // JCB
    ("3528", "3589", &[16, 17, 18, 19]),
    // UnionPay
    ("62", "62", &[16, 17, 18, 19]),
    ("81", "81", &[16, 17, 18, 19]),
];

/// How cards print their digits: in fours, American Express and Diners otherwise.
pub const GROUPS: [&[usize]; 4] = [&[4, 4, 4, 4], &[4, 6, 5], &[4, 6, 4], &[4, 4, 4, 4, 3]];

pub const MOST_DIGITS: usize = 19;

/// Where a card's number that begins at `at` ends. A number within a word, a decimal fraction or a longer number is none.
pub fn card_end(bytes: &[u8], at: usize) -> Option<usize> {
    let before = at.checked_sub(1).and_then(|before| bytes.get(before));
    if before.is_some_and(|byte| is_joined(*byte)) {
        return None;
    }
    let run = bytes.get(at..)?.iter().take(MOST_DIGITS + 1).take_while(|byte| byte.is_ascii_digit()).count();
    let end = if run == 4 { GROUPS.iter().find_map(|groups| grouped_end(bytes, at, groups))? } else { at + run };
    let (next, after) = (bytes.get(end).copied(), bytes.get(end + 1).copied());
    let goes_on = next.is_some_and(|byte| byte != b'.' && is_joined(byte))
        || next == Some(b'.') && after.is_some_and(|byte| byte.is_ascii_alphanumeric());
    let digits: Vec<u8> = bytes.get(at..end)?.iter().copied().filter(u8::is_ascii_digit).collect();
    (!goes_on && is_card(&digits)).then_some(end)
}

/// Whether these digits are a card's number.
pub fn is_card(digits: &[u8]) -> bool {
    is_issued(digits) && is_luhn(digits)
}

/// Whether a card's number can begin with these digits.
pub fn begins_as_issued(digits: &[u8]) -> bool {
    ISSUERS.iter().any(|(first, last, _)| {
        let prefix = digits.get(..first.len());
        prefix.is_some_and(|prefix| (first.as_bytes()..=last.as_bytes()).contains(&prefix))
    })
}

/// What a number does not begin or end beside: it is a part of something longer.
fn is_joined(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'_' | b'-' | b'%') || !byte.is_ascii()
}

/// `4111 1111 1111 1111`, with blanks or with dashes.
fn grouped_end(bytes: &[u8], at: usize, groups: &[usize]) -> Option<usize> {
    let between = *bytes.get(at + 4).filter(|byte| matches!(byte, b' ' | b'-'))?;
    let mut end = at;
    for (place, len) in groups.iter().enumerate() {
        if place > 0 {
            (*bytes.get(end)? == between).then_some(())?;
            end += 1;
        }
        bytes.get(end..end + len)?.iter().all(u8::is_ascii_digit).then_some(())?;
        end += len;
    }
    Some(end)
}

fn is_issued(digits: &[u8]) -> bool {
    ISSUERS.iter().any(|(first, last, lengths)| {
        let prefix = digits.get(..first.len());
        prefix.is_some_and(|prefix| (first.as_bytes()..=last.as_bytes()).contains(&prefix))
            && lengths.contains(&digits.len())
    })
}

/// Every second digit from the right counts twice, its digits summed; the sum ends in 0.
fn is_luhn(digits: &[u8]) -> bool {
    let twice = |digit: u8| if digit > 4 { 2 * digit - 9 } else { 2 * digit };
    let values = digits.iter().rev().map(|digit| digit.wrapping_sub(b'0')).enumerate();
    let sum: u32 = values.map(|(place, digit)| u32::from(if place % 2 == 1 { twice(digit) } else { digit })).sum();
    sum.is_multiple_of(10)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn is_card(text: &str) -> bool {
        let digit = text.bytes().position(|byte| byte.is_ascii_digit()).unwrap();
        card_end(text.as_bytes(), digit).is_some()
    }

    #[test]
    fn test_numbers_of_the_issuers_are_cards() {
        let numbers = [
            "4111111111111111",
            "4222222222222",
            "5555555555554444",
            "2223003122003222",
            "378282246310005",
            "6011111111111117",
            "30569309025904",
            "3530111333300000",
            "6200000000000005",
            "4111 1111 1111 1111",
            "4111-1111-1111-1111",
            "3782 822463 10005",
            "card=4111111111111111.",
            "('4111111111111111')",
        ];
        for number in numbers {
            assert!(is_card(number), "{number}");
        }
    }

    #[test]
    fn one_digit_off_is_none() {
        for number in ["4111111111111112", "5555555555554445", "378282246310006", "4111 1111 1111 1112"] {
            assert!(!is_card(number), "{number}");
        }
    }

    #[test]
    fn luhn_valid_numbers_of_no_issuer_or_another_length_are_none() {
        for number in ["1111111111111117", "9999999999999995", "0000000000000000", "41111111111111"] {
            assert!(!is_card(number), "{number}");
        }
        assert!(is_luhn(b"1111111111111117") && is_luhn(b"9999999999999995"));
        assert!(!is_issued(b"27210000000000000") && !is_issued(b"2721000000000000") && is_issued(b"2720000000000000"));
    }

    #[test]
    fn timestamps_ids_and_parts_of_longer_things_are_none() {
        let others = [
            "1795349836799000000",
            "1795349836799",
            "41111111111111110000",
            "0.4111111111111111",
            "4111111111111111.5",
            "a4111111111111111",
            "4111111111111111f",
            "ORD-4111111111111111",
            "order_4111111111111111",
            "4111-1111-1111-1111-1111",
            "4111 1111-1111 1111",
            "4111 1111 1111",
            "日4111111111111111",
            "d9428888-4111-4111-8111-111111111111",
        ];
        for number in others {
            let bytes = number.as_bytes();
            assert!(
                (0..bytes.len()).filter(|at| bytes[*at].is_ascii_digit()).all(|at| card_end(bytes, at).is_none()),
                "{number}"
            );
        }
    }
}
