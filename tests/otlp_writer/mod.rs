//! Writes OTLP protobuf by hand, right or wrong, for tests. It shares no code with the decoder.

#![allow(dead_code)] // Each test file uses its part.

pub fn varint(mut value: u64) -> Vec<u8> {
    let mut out = Vec::new();
    while value >= 0x80 {
        out.push(value as u8 | 0x80);
        value >>= 7;
    }
    out.push(value as u8);
    out
}

pub fn number(field: u64, value: u64) -> Vec<u8> {
    [varint(field << 3), varint(value)].concat()
}

pub fn fixed64(field: u64, value: u64) -> Vec<u8> {
    [varint(field << 3 | 1), value.to_le_bytes().to_vec()].concat()
}

pub fn fixed32(field: u64, value: u32) -> Vec<u8> {
    [varint(field << 3 | 5), value.to_le_bytes().to_vec()].concat()
}

pub fn bytes(field: u64, body: impl AsRef<[u8]>) -> Vec<u8> {
    let body = body.as_ref();
    [varint(field << 3 | 2), varint(body.len() as u64), body.to_vec()].concat()
}

/// A message in a field, of its fields.
pub fn message(field: u64, fields: &[Vec<u8>]) -> Vec<u8> {
    bytes(field, fields.concat())
}

/// An attribute in a field; `value` is an `AnyValue`'s field.
pub fn attribute(field: u64, key: &str, value: Vec<u8>) -> Vec<u8> {
    message(field, &[bytes(1, key), message(2, &[value])])
}

pub fn text(value: &str) -> Vec<u8> {
    bytes(1, value)
}

pub fn resource(service: &str) -> Vec<u8> {
    message(1, &[attribute(1, "service.name", text(service))])
}

/// The fields that an ordinary span begins with.
pub fn span_fields(id: u64, name: &str) -> Vec<Vec<u8>> {
    vec![
        bytes(1, 0xabcd_u128.to_be_bytes()),
        bytes(2, id.to_be_bytes()),
        bytes(5, name),
        number(6, 2),
        fixed64(7, 1_000),
        fixed64(8, 2_000),
    ]
}

/// A span with more fields, as field 2 of `ScopeSpans`.
pub fn span(id: u64, name: &str, more: &[Vec<u8>]) -> Vec<u8> {
    let mut fields = span_fields(id, name);
    fields.extend_from_slice(more);
    message(2, &fields)
}

/// `TracesData` of one service with these spans.
pub fn traces(service: &str, spans: &[Vec<u8>]) -> Vec<u8> {
    message(1, &[resource(service), message(2, spans)])
}

/// Each message behind its length, as the Collector's file exporter writes them.
pub fn length_prefixed(messages: &[Vec<u8>]) -> Vec<u8> {
    messages.iter().flat_map(|message| [&(message.len() as u32).to_be_bytes()[..], message].concat()).collect()
}
