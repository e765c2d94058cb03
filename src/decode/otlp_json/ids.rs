//! Ids in OTLP/JSON: hex as OTLP says, base64 as Tempo writes them. Length and alphabet tell which.

use crate::base::base64;
use crate::base::{SpanId, TraceId};

/// A trace id: 32 hex digits, or 24 characters of base64; shorter ones of either kind are left-padded.
pub(super) fn trace_id(text: &[u8]) -> Option<TraceId> {
    TraceId::from_hex(text).or_else(|| TraceId::from_bytes(&bytes(text)?))
}

/// A span id: 16 hex digits, or 12 characters of base64; shorter ones of either kind are left-padded.
pub(super) fn span_id(text: &[u8]) -> Option<SpanId> {
    SpanId::from_hex(text).or_else(|| SpanId::from_bytes(&bytes(text)?))
}

/// Text of hex digits alone is hex. It is never base64 of an id of full width, which has 22 or 11 digits that are rarely
/// all hex and ends in padding, which is not hex at all.
fn bytes(text: &[u8]) -> Option<Vec<u8>> {
    let mut bytes = Vec::new();
    base64::decode(text, &mut bytes)?;
    Some(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hex_and_base64_are_told_apart() {
        let id = Some(TraceId(0xb522_17d5_b162_a877_2aa7_4c5d_800d_5837));
        assert_eq!(trace_id(b"b52217d5b162a8772aa74c5d800d5837"), id);
        assert_eq!(trace_id(b"B52217D5B162A8772AA74C5D800D5837"), id);
        assert_eq!(trace_id(b"tSIX1bFiqHcqp0xdgA1YNw=="), id);
        assert_eq!(span_id(b"1100000000000001"), Some(SpanId(0x1100_0000_0000_0001)));
        assert_eq!(span_id(b"EQAAAAAAAAE="), Some(SpanId(0x1100_0000_0000_0001)));
    }

    #[test]
    fn short_ids_are_padded() {
        assert_eq!(trace_id(b"d0e1"), Some(TraceId(0xd0e1)));
        assert_eq!(trace_id(b"0OE="), Some(TraceId(0xd0e1)));
        assert_eq!(trace_id(b"EQAAAAAAAAE="), Some(TraceId(0x1100_0000_0000_0001)));
        assert_eq!(span_id(b"AQI="), Some(SpanId(0x102)));
    }

    #[test]
    fn ids_of_neither_kind_are_refused() {
        assert_eq!(trace_id(b"not an id"), None);
        assert_eq!(span_id(b"b52217d5b162a8772aa74c5d800d5837"), None);
        assert_eq!(span_id(b"tSIX1bFiqHcqp0xdgA1YNw=="), None);
    }
}
