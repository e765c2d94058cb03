//! The protobuf wire format: tags, varints, fixed numbers and length-prefixed bytes, borrowed from a slice.
//!
//! Source: <https://protobuf.dev/programming-guides/encoding/>. It knows no message; groups (wire types 3 and 4), which
//! OTLP never used, are refused, so that nothing here recurses.

use core::fmt;

/// What a field carries, as far as the wire tells.
#[derive(Clone, Copy, PartialEq, Debug)]
pub enum Payload<'a> {
    Varint(u64),
    Fixed64(u64),
    Fixed32(u32),
    Bytes(&'a [u8]),
}

/// The start of a field: all of it when it is a number; of bytes only their length, since they may not be at hand.
#[derive(Clone, Copy, PartialEq, Debug)]
pub enum Head {
    Varint(u64),
    Fixed64(u64),
    Fixed32(u32),
    Length(u64),
}

/// A tag and what follows it take at most this much: two varints of 10 bytes.
pub const MAX_HEAD: usize = 20;

/// Why bytes are not a protobuf message.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Damage {
    /// The bytes end inside a field.
    CutShort,
    LongVarint,
    /// Wire type 3, 4, 6 or 7.
    WireType(u8),
    FieldNumber(u64),
}

impl fmt::Display for Damage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Damage::CutShort => f.write_str("a field runs past the end of its message"),
            Damage::LongVarint => f.write_str("a varint is longer than 10 bytes"),
            Damage::WireType(wire) => write!(f, "wire type {wire} is not one that OTLP uses"),
            Damage::FieldNumber(number) => write!(f, "{number} is not a field number"),
        }
    }
}

/// The varint at the start of `bytes`, and how many bytes it takes. Bits past the 64th are dropped, as protobuf does.
#[inline]
pub fn varint(bytes: &[u8]) -> Result<(u64, usize), Damage> {
    if let [byte @ ..0x80, ..] = bytes {
        return Ok((u64::from(*byte), 1));
    }
    long_varint(bytes)
}

fn long_varint(bytes: &[u8]) -> Result<(u64, usize), Damage> {
    let mut value = 0u64;
    for (place, byte) in bytes.iter().take(10).enumerate() {
        value |= u64::from(byte & 0x7f) << (7 * place);
        if byte & 0x80 == 0 {
            return Ok((value, place + 1));
        }
    }
    Err(if bytes.len() < 10 { Damage::CutShort } else { Damage::LongVarint })
}

/// The field that starts `bytes`: its number, its head, and how many bytes the head takes.
pub fn head(bytes: &[u8]) -> Result<(u32, Head, usize), Damage> {
    let (tag, used) = varint(bytes)?;
    let rest = bytes.get(used..).unwrap_or_default();
    let number = match u32::try_from(tag >> 3) {
        Ok(number) if (1..1 << 29).contains(&number) => number,
        _ => return Err(Damage::FieldNumber(tag >> 3)),
    };
    let (head, more) = match tag as u8 & 7 {
        0 => varint(rest).map(|(value, more)| (Head::Varint(value), more))?,
        1 => (Head::Fixed64(u64::from_le_bytes(*rest.first_chunk().ok_or(Damage::CutShort)?)), 8),
        2 => varint(rest).map(|(length, more)| (Head::Length(length), more))?,
        5 => (Head::Fixed32(u32::from_le_bytes(*rest.first_chunk().ok_or(Damage::CutShort)?)), 4),
        wire => return Err(Damage::WireType(wire)),
    };
    Ok((number, head, used + more))
}

/// The fields of one whole message, in the order of the wire.
#[derive(Clone)]
pub struct Fields<'a> {
    rest: &'a [u8],
}

impl<'a> Fields<'a> {
    pub fn new(message: &'a [u8]) -> Self {
        Fields { rest: message }
    }

    pub fn is_at_end(&self) -> bool {
        self.rest.is_empty()
    }

    /// The next field; `None` at the end. After an error there is nothing more to be had.
    #[inline(always)]
    pub fn next_field(&mut self) -> Result<Option<(u32, Payload<'a>)>, Damage> {
        // Nearly all fields of a span: a tag of a byte, a length of a byte, and that many bytes.
        if let [tag @ 8..0x80, length @ ..0x80, after @ ..] = self.rest
            && tag & 7 == 2
            && let Some((bytes, after)) = after.split_at_checked(usize::from(*length))
        {
            self.rest = after;
            return Ok(Some((u32::from(tag >> 3), Payload::Bytes(bytes))));
        }
        self.next_odd_field()
    }

    #[inline(never)]
    fn next_odd_field(&mut self) -> Result<Option<(u32, Payload<'a>)>, Damage> {
        if self.rest.is_empty() {
            return Ok(None);
        }
        let (number, head, used) = head(self.rest)?;
        let after = self.rest.get(used..).unwrap_or_default();
        let (payload, after) = match head {
            Head::Varint(value) => (Payload::Varint(value), after),
            Head::Fixed64(value) => (Payload::Fixed64(value), after),
            Head::Fixed32(value) => (Payload::Fixed32(value), after),
            Head::Length(length) => {
                let length = usize::try_from(length).map_err(|_| Damage::CutShort)?;
                let (bytes, after) = after.split_at_checked(length).ok_or(Damage::CutShort)?;
                (Payload::Bytes(bytes), after)
            }
        };
        self.rest = after;
        Ok(Some((number, payload)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_wire_type_is_read() {
        let bytes = [0x08, 0x96, 0x01, 0x11, 1, 0, 0, 0, 0, 0, 0, 0, 0x1a, 2, b'h', b'i', 0x25, 7, 0, 0, 0];
        let mut fields = Fields::new(&bytes);
        assert_eq!(fields.next_field(), Ok(Some((1, Payload::Varint(150)))));
        assert_eq!(fields.next_field(), Ok(Some((2, Payload::Fixed64(1)))));
        assert_eq!(fields.next_field(), Ok(Some((3, Payload::Bytes(b"hi")))));
        assert_eq!(fields.next_field(), Ok(Some((4, Payload::Fixed32(7)))));
        assert_eq!(fields.next_field(), Ok(None));
    }

    #[test]
    fn a_negative_int_is_ten_bytes_of_varint() {
        let bytes = [0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x01];
        assert_eq!(varint(&bytes), Ok((u64::MAX, 10)));
        assert_eq!(varint(&[0xff; 11]), Err(Damage::LongVarint));
    }

    #[test]
    fn groups_field_zero_and_overlong_fields_are_refused() {
        assert_eq!(Fields::new(&[0x0b, 0x0c]).next_field(), Err(Damage::WireType(3)));
        assert_eq!(Fields::new(&[0x00, 0x00]).next_field(), Err(Damage::FieldNumber(0)));
        assert_eq!(Fields::new(&[0x0a, 0x05, 1]).next_field(), Err(Damage::CutShort));
        assert_eq!(Fields::new(&[0x0a]).next_field(), Err(Damage::CutShort));
    }
}
