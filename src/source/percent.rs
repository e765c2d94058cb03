//! Percent-encoding, as browsers do it: `encodeURIComponent`, query strings, and decoding that never fails.
//!
//! Not here: taking an address apart, which is [`super::address`].

/// Text with every `%41` read as its byte. A `%` that starts no pair of hex digits stays as it is; bytes that are not
/// UTF-8 read as U+FFFD.
pub fn decode(text: &str) -> String {
    decode_bytes(text.as_bytes(), false)
}

/// The same for one part of a query string, where `+` is a space.
pub fn decode_query_part(text: &str) -> String {
    decode_bytes(text.as_bytes(), true)
}

fn decode_bytes(text: &[u8], plus_is_space: bool) -> String {
    let mut bytes = Vec::with_capacity(text.len());
    let mut at = 0;
    while let Some(byte) = text.get(at) {
        let pair = if *byte == b'%' { hex_pair(text.get(at + 1..at + 3)) } else { None };
        match (pair, byte) {
            (Some(decoded), _) => {
                bytes.push(decoded);
                at += 2;
            }
            (None, b'+') if plus_is_space => bytes.push(b' '),
            (None, other) => bytes.push(*other),
        }
        at += 1;
    }
    String::from_utf8(bytes).unwrap_or_else(|broken| String::from_utf8_lossy(broken.as_bytes()).into_owned())
}

fn hex_pair(pair: Option<&[u8]>) -> Option<u8> {
    let [high, low] = pair? else { return None };
    let digit = |byte: &u8| (*byte as char).to_digit(16);
    u8::try_from(digit(high)? << 4 | digit(low)?).ok()
}

/// As JavaScript's `encodeURIComponent`: everything but letters, digits and `-_.!~*'()`
/// (ECMA-262, `uriUnescaped` without the reserved set).
pub fn encode_component(text: &str) -> String {
    encode(text, b"-_.!~*'()")
}

/// For a value in a query string, with what may stand there unencoded (RFC 3986, 3.4) and reads better so: `:/,@`.
pub fn encode_query_value(text: &str) -> String {
    encode(text, b"-_.!~*'():/,@")
}

fn encode(text: &str, kept: &[u8]) -> String {
    const DIGITS: &[u8; 16] = b"0123456789ABCDEF";
    let mut encoded = String::with_capacity(text.len());
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || kept.contains(&byte) {
            encoded.push(byte as char);
        } else {
            encoded.push('%');
            encoded.push(DIGITS[usize::from(byte >> 4)] as char);
            encoded.push(DIGITS[usize::from(byte & 15)] as char);
        }
    }
    encoded
}

/// The names and values of a query string, decoded, in order. A leading `?` is skipped; a name without `=` has an empty
/// value.
pub fn pairs(query: &str) -> impl Iterator<Item = (String, String)> {
    let query = query.strip_prefix('?').unwrap_or(query);
    query.split('&').filter(|pair| !pair.is_empty()).map(|pair| {
        let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
        (decode_query_part(name), decode_query_part(value))
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn what_is_no_pair_of_hex_digits_stays() {
        assert_eq!(decode("100%"), "100%");
        assert_eq!(decode("%zz%4"), "%zz%4");
        assert_eq!(decode("%7B%22a%22%7d+b"), "{\"a\"}+b");
        assert_eq!(decode_query_part("a+b%2Bc"), "a b+c");
    }

    #[test]
    fn bytes_that_are_not_utf8_read_as_replacement() {
        assert_eq!(decode("%ff%c3%a9"), "\u{fffd}é");
    }

    #[test]
    fn components_are_encoded_as_javascript_does() {
        assert_eq!(encode_component("a b&c=d/é\"'(x)"), "a%20b%26c%3Dd%2F%C3%A9%22'(x)");
    }

    #[test]
    fn a_query_string_comes_apart() {
        let taken: Vec<_> = pairs("?a=1&&b&c=x=y&d=%26").collect();
        let wanted = [("a", "1"), ("b", ""), ("c", "x=y"), ("d", "&")];
        assert_eq!(taken, wanted.map(|(name, value)| (name.to_owned(), value.to_owned())));
    }

    proptest! {
        #[test]
        fn encoding_comes_back(text in any::<String>()) {
            prop_assert_eq!(decode(&encode_component(&text)), text.clone());
            prop_assert_eq!(decode_query_part(&encode_query_value(&text)), text);
        }
    }
}
