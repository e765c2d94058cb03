//! OTLP protobuf: one `TracesData`. Field numbers are those of opentelemetry-proto v1.

use std::io::{self, Write};

use crate::facts::Facts;
use crate::platform;
use crate::span::{Attributes, Event, Span, Value};
use crate::tree::{Tree, batches};

pub fn write(mut tree: Tree, out: &mut dyn Write) -> io::Result<Facts> {
    let trace_id = tree.trace_id;
    batches(&mut tree, |batch| {
        let mut message = Vec::new();
        bytes(&mut message, 1, &resource_spans(trace_id, batch));
        out.write_all(&message)
    })?;
    Ok(tree.facts)
}

fn resource_spans(trace_id: u128, batch: &[Span]) -> Vec<u8> {
    let mut message = Vec::new();
    let Some(first) = batch.first() else { return message };
    let mut resource = Vec::new();
    attributes(&mut resource, 1, &platform::resource(first.service, first.instance));
    bytes(&mut message, 1, &resource);
    let mut scope = Vec::new();
    bytes(&mut scope, 1, b"@shop/instrumentation");
    bytes(&mut scope, 2, b"0.57.0");
    let mut scope_spans = Vec::new();
    bytes(&mut scope_spans, 1, &scope);
    let mut one = Vec::new();
    for each in batch {
        one.clear();
        span(&mut one, trace_id, each);
        bytes(&mut scope_spans, 2, &one);
    }
    bytes(&mut message, 2, &scope_spans);
    message
}

fn span(message: &mut Vec<u8>, trace_id: u128, span: &Span) {
    bytes(message, 1, &trace_id.to_be_bytes());
    bytes(message, 2, &span.span_id.to_be_bytes());
    if span.parent_id != 0 {
        bytes(message, 4, &span.parent_id.to_be_bytes());
    }
    bytes(message, 5, span.name.as_bytes());
    number(message, 6, span.kind as u64);
    fixed(message, 7, span.start_unix_nano);
    fixed(message, 8, span.end_unix_nano);
    attributes(message, 9, &span.attributes);
    for each in &span.events {
        bytes(message, 11, &event(each));
    }
    if let Some(link) = span.link {
        let mut inner = Vec::new();
        bytes(&mut inner, 1, &trace_id.to_be_bytes());
        bytes(&mut inner, 2, &link.to_be_bytes());
        bytes(message, 13, &inner);
    }
    let mut status = Vec::new();
    if let Some(failure) = span.failed {
        bytes(&mut status, 2, failure.as_bytes());
        number(&mut status, 3, 2);
    }
    bytes(message, 15, &status);
    varint(message, 16 << 3 | 5);
    message.extend_from_slice(&257u32.to_le_bytes());
}

fn event(event: &Event) -> Vec<u8> {
    let mut message = Vec::new();
    fixed(&mut message, 1, event.time_unix_nano);
    bytes(&mut message, 2, event.name.as_bytes());
    attributes(&mut message, 3, &event.attributes);
    message
}

fn attributes(message: &mut Vec<u8>, field: u32, attributes: &Attributes) {
    for (key, value) in attributes {
        let mut any = Vec::new();
        match value {
            Value::Text(text) => bytes(&mut any, 1, text.as_bytes()),
            Value::Bool(flag) => number(&mut any, 2, u64::from(*flag)),
            Value::Int(int) => number(&mut any, 3, *int as u64),
            Value::Double(double) => fixed(&mut any, 4, double.to_bits()),
        }
        let mut pair = Vec::new();
        bytes(&mut pair, 1, key.as_bytes());
        bytes(&mut pair, 2, &any);
        bytes(message, field, &pair);
    }
}

fn varint(message: &mut Vec<u8>, mut value: u64) {
    while value >= 0x80 {
        message.push(value as u8 | 0x80);
        value >>= 7;
    }
    message.push(value as u8);
}

fn number(message: &mut Vec<u8>, field: u32, value: u64) {
    varint(message, u64::from(field << 3));
    varint(message, value);
}

/// Wire type 1: times as `fixed64`, doubles by their bits.
fn fixed(message: &mut Vec<u8>, field: u32, bits: u64) {
    varint(message, u64::from(field << 3 | 1));
    message.extend_from_slice(&bits.to_le_bytes());
}

fn bytes(message: &mut Vec<u8>, field: u32, value: &[u8]) {
    varint(message, u64::from(field << 3 | 2));
    varint(message, value.len() as u64);
    message.extend_from_slice(value);
}
