//! Protobuf's wire format, written: fields one after another, messages with their length in front. What the fields mean is
//! for the callers.

/// A message that grows. Fields of proto3 are left out at their default; those of a `oneof` are not, and have methods of
/// their own.
#[derive(Default)]
pub(super) struct Message {
    bytes: Vec<u8>,
}

const VARINT: u32 = 0;
const FIXED64: u32 = 1;
const LENGTH: u32 = 2;
const FIXED32: u32 = 5;

impl Message {
    pub fn into_bytes(self) -> Vec<u8> {
        self.bytes
    }

    fn varint(&mut self, mut value: u64) {
        while value >= 0x80 {
            self.bytes.push(value as u8 | 0x80);
            value >>= 7;
        }
        self.bytes.push(value as u8);
    }

    fn head(&mut self, field: u32, wire: u32) {
        self.varint(u64::from(field << 3 | wire));
    }

    pub fn number(&mut self, field: u32, value: u64) {
        if value != 0 {
            self.number_of_one(field, value);
        }
    }

    pub fn number_of_one(&mut self, field: u32, value: u64) {
        self.head(field, VARINT);
        self.varint(value);
    }

    pub fn fixed64(&mut self, field: u32, value: u64) {
        if value != 0 {
            self.fixed64_of_one(field, value);
        }
    }

    pub fn fixed64_of_one(&mut self, field: u32, value: u64) {
        self.head(field, FIXED64);
        self.bytes.extend_from_slice(&value.to_le_bytes());
    }

    pub fn fixed32(&mut self, field: u32, value: u32) {
        if value != 0 {
            self.head(field, FIXED32);
            self.bytes.extend_from_slice(&value.to_le_bytes());
        }
    }

    pub fn bytes(&mut self, field: u32, value: &[u8]) {
        if !value.is_empty() {
            self.bytes_of_one(field, value);
        }
    }

    pub fn bytes_of_one(&mut self, field: u32, value: &[u8]) {
        self.head(field, LENGTH);
        self.varint(value.len() as u64);
        self.bytes.extend_from_slice(value);
    }

    /// Begins a message in a field; gives what [`Message::end`] takes.
    pub fn begin(&mut self, field: u32) -> usize {
        self.head(field, LENGTH);
        // Most messages are shorter than 128 bytes: room for a length of one.
        self.bytes.push(0);
        self.bytes.len()
    }

    /// Ends the message that began at `from`. One of 128 bytes or more is moved on by what its length needs.
    pub fn end(&mut self, from: usize) {
        let mut length = self.bytes.len() - from;
        let more = (usize::BITS - 1).saturating_sub(length.leading_zeros()) as usize / 7;
        if more > 0 {
            let end = self.bytes.len();
            self.bytes.resize(end + more, 0);
            self.bytes.copy_within(from..end, from + more);
        }
        for at in from - 1..from + more {
            self.bytes[at] = length as u8 & 0x7f | if at + 1 < from + more { 0x80 } else { 0 };
            length >>= 7;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lengths_stand_before_what_they_count_at_every_size() {
        for length in [0, 1, 127, 128, 129, 16_383, 16_384, 2_097_151, 2_097_152] {
            let (mut nested, mut whole) = (Message::default(), Message::default());
            let from = nested.begin(3);
            nested.bytes.resize(from + length, 7);
            nested.end(from);
            whole.bytes_of_one(3, &vec![7; length]);
            assert!(nested.into_bytes() == whole.into_bytes(), "{length}");
        }
    }

    #[test]
    fn defaults_are_left_out_but_not_in_a_oneof() {
        let mut message = Message::default();
        message.number(1, 0);
        message.fixed64(2, 0);
        message.fixed32(3, 0);
        message.bytes(4, b"");
        message.number_of_one(5, 0);
        message.bytes_of_one(6, b"");
        message.number(1, 300);
        message.fixed32(3, 1);
        assert_eq!(message.into_bytes(), [40, 0, 50, 0, 8, 0xac, 2, 29, 1, 0, 0, 0]);
    }
}
