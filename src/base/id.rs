//! Trace and span ids as OpenTelemetry defines them: 16 and 8 bytes, written as lowercase hex of full width.
//!
//! Not here: finding an id in free text (that is `source::goto`).

use core::fmt;

/// A W3C trace id, 16 bytes. 64-bit ids (Zipkin, Jaeger) stand in the low half, the high half zero.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct TraceId(pub u128);

/// A W3C span id, 8 bytes. Zero means "no id", which is also what an absent parent is.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct SpanId(pub u64);

impl TraceId {
    /// From the wire's bytes, big-endian. Shorter ids are left-padded with zeros, as Tempo and Jaeger do;
    /// `None` when there are more than 16 bytes.
    pub fn from_bytes(bytes: &[u8]) -> Option<Self> {
        if bytes.len() > 16 {
            return None;
        }
        Some(TraceId(bytes.iter().fold(0, |id, b| id << 8 | u128::from(*b))))
    }

    /// From 1 to 32 hex digits of either case; shorter ids are left-padded with zeros.
    pub fn from_hex(hex: &[u8]) -> Option<Self> {
        if hex.is_empty() || hex.len() > 32 {
            return None;
        }
        fold_hex(hex).map(TraceId)
    }

    pub fn is_zero(self) -> bool {
        self.0 == 0
    }
}

impl SpanId {
    /// From the wire's bytes, big-endian, left-padded; `None` when there are more than 8.
    pub fn from_bytes(bytes: &[u8]) -> Option<Self> {
        if bytes.len() > 8 {
            return None;
        }
        Some(SpanId(bytes.iter().fold(0, |id, b| id << 8 | u64::from(*b))))
    }

    /// From 1 to 16 hex digits of either case; shorter ids are left-padded with zeros.
    pub fn from_hex(hex: &[u8]) -> Option<Self> {
        if hex.is_empty() || hex.len() > 16 {
            return None;
        }
        fold_hex(hex).map(|id| SpanId(id as u64))
    }

    pub fn is_zero(self) -> bool {
        self.0 == 0
    }
}

fn fold_hex(hex: &[u8]) -> Option<u128> {
    hex.iter().try_fold(0u128, |id, digit| {
        let value = (*digit as char).to_digit(16)?;
        Some(id << 4 | u128::from(value))
    })
}

impl fmt::Display for TraceId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:032x}", self.0)
    }
}

impl fmt::Debug for TraceId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl fmt::Display for SpanId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:016x}", self.0)
    }
}

impl fmt::Debug for SpanId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn short_ids_are_left_padded() {
        assert_eq!(TraceId::from_hex(b"5FbA3"), Some(TraceId(0x5fba3)));
        assert_eq!(TraceId(0x5fba3).to_string(), "0000000000000000000000000005fba3");
        assert_eq!(SpanId::from_bytes(&[1, 2]), Some(SpanId(0x102)));
    }

    #[test]
    fn ids_that_are_too_long_or_not_hex_are_refused() {
        assert_eq!(TraceId::from_hex(b""), None);
        assert_eq!(TraceId::from_hex(&[b'a'; 33]), None);
        assert_eq!(SpanId::from_hex(b"xyz"), None);
        assert_eq!(SpanId::from_bytes(&[0; 9]), None);
    }
}
