//! Base64 (RFC 4648), read as protobuf's JSON mapping accepts it: standard or URL-safe alphabet, padded or not.

/// With `+` and `/`, padded.
const STANDARD: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
/// With `-` and `_`, not padded.
const URL_SAFE: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

/// Appends bytes in the standard alphabet, padded.
pub fn push(out: &mut String, bytes: &[u8]) {
    push_in(STANDARD, out, bytes);
    let rest = bytes.len() % 3;
    out.push_str(["", "==", "="].get(rest).copied().unwrap_or_default());
}

/// Appends bytes in the alphabet of URLs, not padded.
pub fn push_url_safe(out: &mut String, bytes: &[u8]) {
    push_in(URL_SAFE, out, bytes);
}

fn push_in(alphabet: &[u8; 64], out: &mut String, bytes: &[u8]) {
    out.reserve(bytes.len().div_ceil(3) * 4);
    for three in bytes.chunks(3) {
        let bits = three.iter().chain([&0, &0]).take(3).fold(0u32, |bits, byte| bits << 8 | u32::from(*byte));
        for place in 0..=three.len() as u32 {
            let six = (bits >> (18 - 6 * place)) as usize & 63;
            out.push(char::from(alphabet.get(six).copied().unwrap_or_default()));
        }
    }
}

/// Appends the bytes that `text` stands for. `None`, with `out` in an unknown state, when it is not base64.
pub fn decode(text: &[u8], out: &mut Vec<u8>) -> Option<()> {
    let padding = text.iter().rev().take_while(|byte| **byte == b'=').count();
    let digits = text.get(..text.len() - padding)?;
    if padding > 2 || (padding > 0 && !text.len().is_multiple_of(4)) || digits.len() % 4 == 1 {
        return None;
    }
    out.reserve(digits.len() / 4 * 3 + 2);
    for group in digits.chunks(4) {
        let bits = group.iter().try_fold(0u32, |bits, digit| Some(bits << 6 | sextet(*digit)?))?;
        let bits = bits << (6 * (4 - group.len()));
        let [_, bytes @ ..] = bits.to_be_bytes();
        out.extend_from_slice(bytes.get(..group.len() - 1)?);
    }
    Some(())
}

fn sextet(digit: u8) -> Option<u32> {
    Some(u32::from(match digit {
        b'A'..=b'Z' => digit - b'A',
        b'a'..=b'z' => digit - b'a' + 26,
        b'0'..=b'9' => digit - b'0' + 52,
        b'+' | b'-' => 62,
        b'/' | b'_' => 63,
        _ => return None,
    }))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Option<Vec<u8>> {
        let mut out = Vec::new();
        decode(text.as_bytes(), &mut out).map(|()| out)
    }

    #[test]
    fn both_alphabets_are_read_padded_or_not() {
        assert_eq!(read("").as_deref(), Some(&b""[..]));
        assert_eq!(read("AAH+/w==").as_deref(), Some(&[0, 1, 0xfe, 0xff][..]));
        assert_eq!(read("AAH-_w").as_deref(), Some(&[0, 1, 0xfe, 0xff][..]));
        assert_eq!(read("EQAAAAAAAAE=").as_deref(), Some(&[0x11, 0, 0, 0, 0, 0, 0, 1][..]));
    }

    #[test]
    fn what_is_written_is_read_again() {
        for len in 0..70usize {
            let bytes: Vec<u8> = (0..len).map(|at| (at * 37 + len * 91) as u8).collect();
            let (mut standard, mut url_safe) = (String::new(), String::new());
            push(&mut standard, &bytes);
            push_url_safe(&mut url_safe, &bytes);
            assert!(standard.len().is_multiple_of(4) && !url_safe.contains(['+', '/', '=']));
            assert_eq!((read(&standard), read(&url_safe)), (Some(bytes.clone()), Some(bytes)));
        }
        let mut text = String::new();
        push(&mut text, &[0, 1, 0xfe, 0xff]);
        assert_eq!(text, "AAH+/w==");
    }

    #[test]
    fn what_is_not_base64_is_refused() {
        for text in ["A", "A===", "AA=", "=", "AA==A", "A A=", "AAAAA", "é"] {
            assert_eq!(read(text), None, "{text}");
        }
    }
}
