//! Ids as texts: every spelling that writers use for the 16 bytes of a trace id or the 8 of a span id, read in one place.
//!
//! | spelling | who writes it |
//! |---|---|
//! | hex of up to 32 or 16 digits, either case, `0x` in front | OpenTelemetry, Jaeger, Zipkin, Python |
//! | UUID, bare, in braces or as a URN | .NET, mobile SDKs |
//! | base64 of 16 or 8 bytes | protobuf's JSON mapping: Tempo, Go |
//! | base64 of the hex or UUID text | opentelemetry-swift |
//! | decimal, more than 16 digits or a JSON number | Datadog |
//! | `1-58406520-a006649127e371903a2de979` | AWS X-Ray |
//!
//! What is none of these still tells spans apart: [`derived`] makes an id of the text. Not here: finding an id in running text
//! (`source::goto`), remembering which text an id was derived from (`model::written_ids`).

use super::base64;
use super::{SpanId, TraceId};

/// Longest text that is looked at as an id; a longer one is none.
const MAX_LEN: usize = 128;

/// A trace id in any known spelling; zero ids are read as zero. `None`: this text is no id.
#[inline]
pub fn trace_id(text: &str) -> Option<TraceId> {
    match text.len() {
        32 => TraceId::from_hex(text.as_bytes()).or_else(|| id(text, 16).map(TraceId)),
        _ => id(text, 16).map(TraceId),
    }
}

/// A span id in any known spelling.
#[inline]
pub fn span_id(text: &str) -> Option<SpanId> {
    match text.len() {
        16 => SpanId::from_hex(text.as_bytes()).or_else(|| id(text, 8).map(|id| SpanId(id as u64))),
        _ => id(text, 8).map(|id| SpanId(id as u64)),
    }
}

/// The id that a text means: read, or derived from it.
pub fn trace_id_or_derived(text: &str) -> TraceId {
    trace_id(text).unwrap_or_else(|| derived_trace_id(text))
}

/// The same for a span.
pub fn span_id_or_derived(text: &str) -> SpanId {
    span_id(text).unwrap_or_else(|| derived_span_id(text))
}

/// A trace id from a number: what is written in decimal.
pub fn trace_id_of_number(text: &str) -> Option<TraceId> {
    decimal(text, 16).map(TraceId)
}

/// A span id from a number. A negative one is the same 64 bits with a sign, as Java has them.
pub fn span_id_of_number(text: &str) -> Option<SpanId> {
    decimal(text, 8).map(|id| SpanId(id as u64))
}

/// A trace id from the bytes of a binary format: 16 bytes, fewer (left-padded), or its text in any spelling where bytes belong.
pub fn trace_id_of_bytes(bytes: &[u8]) -> Option<TraceId> {
    hex_text(bytes, 16).map(TraceId).or_else(|| TraceId::from_bytes(bytes)).or_else(|| trace_id(printable(bytes)?))
}

/// The same for a span id and 8 bytes.
pub fn span_id_of_bytes(bytes: &[u8]) -> Option<SpanId> {
    SpanId::from_bytes(bytes).or_else(|| span_id(printable(bytes)?))
}

/// Bytes that are printable ASCII, as a text.
pub fn printable(bytes: &[u8]) -> Option<&str> {
    core::str::from_utf8(bytes).ok().filter(|text| text.bytes().all(|byte| byte.is_ascii_graphic()))
}

/// The id derived from a text that is no id: the same for the same text, in every file and every build. FNV-1a, never zero.
pub fn derived_trace_id(text: &str) -> TraceId {
    let hash = text.bytes().fold(0x6c62_272e_07bb_0142_62b8_2175_6295_c58d_u128, |hash, byte| {
        (hash ^ u128::from(byte)).wrapping_mul(0x0000_0000_0100_0000_0000_0000_0000_013b)
    });
    TraceId(hash.max(1))
}

/// The same for a span.
pub fn derived_span_id(text: &str) -> SpanId {
    let hash = text
        .bytes()
        .fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01b3));
    SpanId(hash.max(1))
}

/// Why a text is no id of so many bytes, as a clause; the text cut to 48 characters.
pub fn why_none(text: &str, width: usize) -> String {
    let digits = 2 * width;
    let what = if width == 16 { "a trace id" } else { "a span id" };
    let shown: String = text.chars().take(48).collect();
    let dots = if shown.len() < text.len() { "…" } else { "" };
    let is_hex = text.strip_prefix("0x").unwrap_or(text).bytes().all(|byte| byte.is_ascii_hexdigit());
    let reason = if is_hex || id(text, 16).is_some() {
        format!("it is longer than {what}, which has {width} bytes ({digits} hex digits)")
    } else {
        format!("{what} has {digits} hex digits, or is base64, a UUID or a decimal number")
    };
    format!("`{shown}{dots}`: {reason}")
}

fn id(text: &str, width: usize) -> Option<u128> {
    let text = text.trim();
    if text.is_empty() || text.len() > MAX_LEN {
        return None;
    }
    let bare = text.strip_prefix("0x").or_else(|| text.strip_prefix("0X")).unwrap_or(text);
    // Java writes the same 64 bits with a sign.
    let digits = text.strip_prefix('-').unwrap_or(text);
    let is_decimal = is_decimal_length(digits.len(), width) && digits.bytes().all(|byte| byte.is_ascii_digit());
    if let Some(id) = is_decimal.then(|| decimal(text, width)).flatten() {
        return Some(id);
    }
    hex(bare.as_bytes(), width)
        .or_else(|| uuid(text).and_then(|id| fits(id, width)))
        .or_else(|| x_ray(text).and_then(|id| fits(id, width)))
        .or_else(|| in_base64(text, width))
}

/// Lengths at which a text of digits alone is decimal: longer than a span id's hex, or than a trace id's; and what 64 bits
/// need as a trace id, since hex ids of 17 to 20 digits with no letter among them do not occur.
fn is_decimal_length(len: usize, width: usize) -> bool {
    (17..=20).contains(&len) || (width == 16 && (33..=39).contains(&len))
}

fn decimal(text: &str, width: usize) -> Option<u128> {
    if let Some(negative) = text.strip_prefix('-') {
        let value: i64 = negative.parse::<u64>().ok().and_then(|value| 0i64.checked_sub_unsigned(value))?;
        return Some(u128::from(value as u64));
    }
    fits(text.parse().ok()?, width)
}

/// Hex digits; zeros in front of the width are dropped.
fn hex(text: &[u8], width: usize) -> Option<u128> {
    if text.len() > 32 {
        return None;
    }
    TraceId::from_hex(text).and_then(|id| fits(id.0, width))
}

fn fits(id: u128, width: usize) -> Option<u128> {
    (width == 16 || id <= u128::from(u64::MAX)).then_some(id)
}

/// A UUID in its five groups, bare, in braces or as a URN.
pub fn uuid(text: &str) -> Option<u128> {
    let text = text.strip_prefix("urn:uuid:").unwrap_or(text);
    let text = text.strip_prefix('{').and_then(|inner| inner.strip_suffix('}')).unwrap_or(text);
    let parts: Vec<&str> = text.split('-').collect();
    let lengths: Vec<usize> = parts.iter().map(|part| part.len()).collect();
    (lengths == [8, 4, 4, 4, 12]).then(|| TraceId::from_hex(parts.concat().as_bytes()).map(|id| id.0)).flatten()
}

/// `1-` seconds `-` 96 random bits: AWS X-Ray's spelling of a trace id.
pub fn x_ray(text: &str) -> Option<u128> {
    let (time, random) = text.strip_prefix("1-")?.split_once('-')?;
    (time.len() == 8 && random.len() == 24)
        .then(|| TraceId::from_hex(format!("{time}{random}").as_bytes()).map(|id| id.0))
        .flatten()
}

/// Base64 of an id's bytes, or of its text. Writers of protobuf's JSON pad it, which marks it as base64. Without padding a word of
/// the right length may be base64 by chance: letters of both cases must be in it and, in the 11 characters of a span id, a
/// digit or another sign. Bits behind the last byte must be zero, so that no two texts are one id.
fn in_base64(text: &str, width: usize) -> Option<u128> {
    let mut bytes = Vec::new();
    base64::decode(text.as_bytes(), &mut bytes)?;
    if let Some(id) = id_in_bytes(&bytes, width) {
        return Some(id);
    }
    let bare = text.trim_end_matches('=');
    let (mut standard, mut url_safe) = (String::new(), String::new());
    base64::push(&mut standard, &bytes);
    base64::push_url_safe(&mut url_safe, &bytes);
    let is_exact = bare == standard.trim_end_matches('=') || bare == url_safe;
    let has = |of: fn(&u8) -> bool| text.as_bytes().iter().any(of);
    let is_mixed = has(u8::is_ascii_uppercase) && has(u8::is_ascii_lowercase);
    let is_word = width == 8 && !has(|byte| !byte.is_ascii_alphabetic());
    let is_whole = bytes.len() == width && is_mixed && !is_word;
    (bytes.len() <= width && is_exact && (text.ends_with('=') || is_whole))
        .then(|| TraceId::from_bytes(&bytes).map(|id| id.0))
        .flatten()
}

/// An id's text where its bytes belong.
fn id_in_bytes(bytes: &[u8], width: usize) -> Option<u128> {
    hex_text(bytes, width).or_else(|| uuid(printable(bytes)?).and_then(|id| fits(id, width)))
}

/// Hex digits of a whole id, of 128 or of 64 bits: as bytes they do not occur by chance.
fn hex_text(bytes: &[u8], width: usize) -> Option<u128> {
    matches!((bytes.len(), width), (32, 16) | (16, _)).then(|| hex(bytes, width)).flatten()
}

#[cfg(test)]
mod tests {
    use super::*;

    const ID: TraceId = TraceId(0x0af7_6519_16cd_43dd_8448_eb21_1c80_319c);
    const SPAN: SpanId = SpanId(0x1100_0000_0000_0001);

    #[test]
    fn a_trace_id_is_read_in_every_spelling() {
        for text in [
            "0af7651916cd43dd8448eb211c80319c",
            "0AF7651916CD43DD8448EB211C80319C",
            " 0af7651916cd43dd8448eb211c80319c\n",
            "0x0af7651916cd43dd8448eb211c80319c",
            "0X0AF7651916CD43DD8448EB211C80319C",
            "af7651916cd43dd8448eb211c80319c",
            "0AF76519-16CD-43DD-8448-EB211C80319C",
            "{0af76519-16cd-43dd-8448-eb211c80319c}",
            "urn:uuid:0af76519-16cd-43dd-8448-eb211c80319c",
            "1-0af76519-16cd43dd8448eb211c80319c",
            "CvdlGRbNQ92ESOshHIAxnA==",
            "CvdlGRbNQ92ESOshHIAxnA",
            "MGFmNzY1MTktMTZjZC00M2RkLTg0NDgtZWIyMTFjODAzMTlj",
            "MGFmNzY1MTkxNmNkNDNkZDg0NDhlYjIxMWM4MDMxOWM=",
        ] {
            assert_eq!(trace_id(text), Some(ID), "{text}");
        }
    }

    #[test]
    fn a_span_id_is_read_in_every_spelling() {
        for text in [
            "1100000000000001",
            "0x1100000000000001",
            "EQAAAAAAAAE=",
            "MTEwMDAwMDAwMDAwMDAwMQ==",
            "00000000000000001100000000000001",
            "1224979098644774913",
        ] {
            assert_eq!(span_id(text), Some(SPAN), "{text}");
        }
    }

    #[test]
    fn short_ids_are_padded() {
        assert_eq!(trace_id("d0e1"), Some(TraceId(0xd0e1)));
        assert_eq!(trace_id("0OE="), Some(TraceId(0xd0e1)));
        assert_eq!(trace_id("EQAAAAAAAAE="), Some(TraceId(0x1100_0000_0000_0001)));
        assert_eq!(span_id("AQI="), Some(SpanId(0x102)));
        assert_eq!(span_id("161"), Some(SpanId(0x161)), "digits in a text of up to 16 are hex");
    }

    #[test]
    fn decimal_ids_are_read_as_datadog_writes_them() {
        assert_eq!(trace_id("1234567890123456789"), Some(TraceId(1_234_567_890_123_456_789)));
        assert_eq!(span_id("18446744073709551615"), Some(SpanId(u64::MAX)));
        assert_eq!(span_id("18446744073709551616"), None, "more than 64 bits");
        assert_eq!(trace_id("340282366920938463463374607431768211455"), Some(TraceId(u128::MAX)));
        assert_eq!(
            trace_id("00000000000000001234567890123456"),
            Some(TraceId(0x1234_5678_9012_3456)),
            "32 digits are hex"
        );
        assert_eq!(span_id_of_number("161"), Some(SpanId(0xa1)));
        assert_eq!(span_id("-1234567890123456789"), Some(SpanId(0xeedd_ef0b_8216_7eeb)), "Java's sign");
        assert_eq!(span_id_of_number("-1"), Some(SpanId(u64::MAX)));
        assert_eq!(span_id_of_number("-9223372036854775808"), Some(SpanId(1 << 63)));
        assert_eq!(span_id_of_number("1.5"), None);
    }

    #[test]
    fn texts_that_look_like_base64_are_one_id_each() {
        for (a, b) in [("SpanNumber1", "SpanNumber2"), ("Checkout-01", "Checkout-02")] {
            assert_ne!(span_id_or_derived(a), span_id_or_derived(b), "{a} {b}");
        }
        let [a, b] = ["Order-2024-01-15-00001", "Order-2024-01-15-00002"].map(trace_id_or_derived);
        assert_ne!(a, b);
        // Every id of 16 bytes, and of 8 with a digit or a sign, is read without padding too.
        for seed in 1..200u64 {
            let id = u128::from(seed).wrapping_mul(0x9e37_79b9_7f4a_7c15_f39c_c060_5ced_c835);
            let (mut trace, mut span) = (String::new(), String::new());
            base64::push_url_safe(&mut trace, &id.to_be_bytes());
            base64::push_url_safe(&mut span, &(id as u64).to_be_bytes());
            assert_eq!(trace_id(&trace), Some(TraceId(id)), "{trace}");
            if span.bytes().any(|byte| !byte.is_ascii_alphabetic()) {
                assert_eq!(span_id(&span), Some(SpanId(id as u64)), "{span}");
            }
        }
    }

    #[test]
    fn texts_that_are_no_id_are_refused_and_derive_one() {
        for text in [
            "",
            "order-12345",
            "checkoutAll",
            "span-A",
            "not an id",
            "xyz",
            "root",
            "abcdefgh",
            "0x",
            "{}",
            "-",
            &"a".repeat(33),
            &"f".repeat(4000),
        ] {
            assert_eq!(trace_id(text), None, "{text}");
        }
        for text in
            ["b52217d5b162a8772aa74c5d800d5837", "tSIX1bFiqHcqp0xdgA1YNw==", "0af76519-16cd-43dd-8448-eb211c80319c"]
        {
            assert_eq!(span_id(text), None, "{text} has 16 bytes");
        }
        // FNV-1a of the empty text and of "a", from the algorithm's published vectors.
        assert_eq!(derived_span_id(""), SpanId(0xcbf2_9ce4_8422_2325));
        assert_eq!(derived_span_id("a"), SpanId(0xaf63_dc4c_8601_ec8c));
        assert_eq!(derived_trace_id(""), TraceId(0x6c62_272e_07bb_0142_62b8_2175_6295_c58d));
        assert_eq!(derived_trace_id("a"), TraceId(0xd228_cb69_6f1a_8caf_7891_2b70_4e4a_8964));
        assert_ne!(derived_span_id("span-A"), derived_span_id("span-B"));
    }

    #[test]
    fn bytes_that_hold_the_text_of_an_id_are_read() {
        assert_eq!(trace_id_of_bytes(b"0af7651916cd43dd8448eb211c80319c"), Some(ID));
        assert_eq!(trace_id_of_bytes(b"0af76519-16cd-43dd-8448-eb211c80319c"), Some(ID));
        assert_eq!(trace_id_of_bytes(b"0x0af7651916cd43dd8448eb211c80319c"), Some(ID));
        assert_eq!(trace_id_of_bytes(b"CvdlGRbNQ92ESOshHIAxnA=="), Some(ID));
        assert_eq!(trace_id_of_bytes(b"1100000000000001"), Some(TraceId(0x1100_0000_0000_0001)));
        assert_eq!(trace_id_of_bytes(&ID.0.to_be_bytes()), Some(ID));
        assert_eq!(span_id_of_bytes(b"1100000000000001"), Some(SPAN));
        assert_eq!(span_id_of_bytes(&[1, 2]), Some(SpanId(0x102)));
        assert_eq!(span_id_of_bytes(&[1; 9]), None);
    }
}
