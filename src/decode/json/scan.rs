//! Finding the end of a run inside a JSON string, eight bytes at a step, and reading its escapes. Pure functions on bytes.

const ONES: u64 = 0x0101_0101_0101_0101;
const HIGHS: u64 = 0x8080_8080_8080_8080;

/// How many bytes stand before the first quote, backslash or control character; all of them when there is none.
pub(super) fn plain_len(bytes: &[u8]) -> usize {
    let (words, rest) = bytes.as_chunks::<8>();
    for (place, word) in words.iter().enumerate() {
        let stops = stops_in(u64::from_le_bytes(*word));
        if stops != 0 {
            return place * 8 + stops.trailing_zeros() as usize / 8;
        }
    }
    let tail = rest.iter().position(|byte| matches!(byte, b'"' | b'\\' | 0..=0x1f));
    words.len() * 8 + tail.unwrap_or(rest.len())
}

/// The high bit of each byte that ends a run. A borrow can mark a byte above a true stop, never one below it, so the
/// lowest mark is exact. (Anderson, "Bit Twiddling Hacks": a byte that is zero, a byte less than n.)
fn stops_in(word: u64) -> u64 {
    let quotes = word ^ (ONES * b'"' as u64);
    let backslashes = word ^ (ONES * b'\\' as u64);
    let zero_quotes = quotes.wrapping_sub(ONES) & !quotes;
    let zero_backslashes = backslashes.wrapping_sub(ONES) & !backslashes;
    let controls = word.wrapping_sub(ONES * 0x20) & !word;
    (zero_quotes | zero_backslashes | controls) & HIGHS
}

/// The character of a one-letter escape; `None` for letters that JSON does not define.
pub(super) fn short_escape(letter: u8) -> Option<u8> {
    Some(match letter {
        b'"' | b'\\' | b'/' => letter,
        b'b' => 0x08,
        b'f' => 0x0c,
        b'n' => b'\n',
        b'r' => b'\r',
        b't' => b'\t',
        _ => return None,
    })
}

/// A UTF-16 unit from the four hex digits of `\uXXXX`.
pub(super) fn unit(digits: &[u8]) -> Option<u32> {
    digits.get(..4)?.iter().try_fold(0, |unit, digit| Some(unit << 4 | (*digit as char).to_digit(16)?))
}

/// The character of a surrogate pair; `None` unless the units are a high and a low one.
pub(super) fn pair(high: u32, low: u32) -> Option<char> {
    if !(0xd800..0xdc00).contains(&high) || !(0xdc00..0xe000).contains(&low) {
        return None;
    }
    char::from_u32(0x10000 + ((high - 0xd800) << 10) + (low - 0xdc00))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_stop_is_found_at_every_place() {
        for stop in [b'"', b'\\', 0, b'\n', 0x1f] {
            for place in 0..40 {
                let mut bytes = "aé~ !#[]\u{7f}".repeat(5).into_bytes();
                bytes[place] = stop;
                bytes[place + 1] = b'"';
                assert_eq!(plain_len(&bytes), place, "{stop} at {place}");
            }
        }
        let without = "no stop, Zażółć, more than one word…".as_bytes();
        assert_eq!(plain_len(without), without.len());
    }

    #[test]
    fn only_true_pairs_join() {
        assert_eq!(unit(b"d83d").zip(unit(b"DE9A")).and_then(|(high, low)| pair(high, low)), Some('🚚'));
        assert_eq!(pair(0xd83d, 0x41), None);
        assert_eq!(pair(0x41, 0xde9a), None);
        assert_eq!(unit(b"12g4"), None);
        assert_eq!(unit(b"123"), None);
    }
}
