//! OTLP/JSON, as one document or a document a line. Ids are lowercase hex, 64-bit numbers are strings, enums are numbers.

use std::io::{self, Write};

use crate::facts::Facts;
use crate::platform;
use crate::span::{Attributes, Span, Value};
use crate::tree::{Tree, batches};

pub fn write(mut tree: Tree, out: &mut dyn Write) -> io::Result<Facts> {
    let mut text = Vec::new();
    let mut before: &[u8] = b"{\"resourceSpans\":[\n";
    let trace_id = tree.trace_id;
    batches(&mut tree, |batch| {
        out.write_all(before)?;
        before = b",\n";
        text.clear();
        resource_spans(&mut text, trace_id, batch)?;
        out.write_all(&text)
    })?;
    out.write_all(b"\n]}\n")?;
    Ok(tree.facts)
}

pub fn write_lines(mut tree: Tree, out: &mut dyn Write) -> io::Result<Facts> {
    let mut text = Vec::new();
    let trace_id = tree.trace_id;
    batches(&mut tree, |batch| {
        text.clear();
        text.extend_from_slice(b"{\"resourceSpans\":[");
        resource_spans(&mut text, trace_id, batch)?;
        text.extend_from_slice(b"]}\n");
        out.write_all(&text)
    })?;
    Ok(tree.facts)
}

fn resource_spans(text: &mut Vec<u8>, trace_id: u128, batch: &[Span]) -> io::Result<()> {
    let Some(first) = batch.first() else { return Ok(()) };
    text.extend_from_slice(b"{\"resource\":{\"attributes\":");
    attributes(text, &platform::resource(first.service, first.instance))?;
    text.extend_from_slice(
        b"},\"scopeSpans\":[{\"scope\":{\"name\":\"@shop/instrumentation\",\"version\":\"0.57.0\"},\"spans\":[",
    );
    for (at, span) in batch.iter().enumerate() {
        if at > 0 {
            text.push(b',');
        }
        write_span(text, trace_id, span)?;
    }
    text.extend_from_slice(b"]}]}");
    Ok(())
}

fn write_span(text: &mut Vec<u8>, trace_id: u128, span: &Span) -> io::Result<()> {
    write!(text, "{{\"traceId\":\"{trace_id:032x}\",\"spanId\":\"{:016x}\",", span.span_id)?;
    if span.parent_id != 0 {
        write!(text, "\"parentSpanId\":\"{:016x}\",", span.parent_id)?;
    }
    write!(text, "\"name\":")?;
    quoted(text, &span.name);
    write!(
        text,
        ",\"kind\":{},\"startTimeUnixNano\":\"{}\",\"endTimeUnixNano\":\"{}\",\"attributes\":",
        span.kind as u8, span.start_unix_nano, span.end_unix_nano
    )?;
    attributes(text, &span.attributes)?;
    if !span.events.is_empty() {
        write!(text, ",\"events\":[")?;
        for (at, event) in span.events.iter().enumerate() {
            let comma = if at > 0 { "," } else { "" };
            write!(
                text,
                "{comma}{{\"timeUnixNano\":\"{}\",\"name\":\"{}\",\"attributes\":",
                event.time_unix_nano, event.name
            )?;
            attributes(text, &event.attributes)?;
            text.push(b'}');
        }
        text.push(b']');
    }
    if let Some(link) = span.link {
        write!(text, ",\"links\":[{{\"traceId\":\"{trace_id:032x}\",\"spanId\":\"{link:016x}\"}}]")?;
    }
    match span.failed {
        Some(message) => write!(text, ",\"status\":{{\"code\":2,\"message\":\"{message}\"}},\"flags\":257}}"),
        None => write!(text, ",\"status\":{{}},\"flags\":257}}"),
    }
}

fn attributes(text: &mut Vec<u8>, attributes: &Attributes) -> io::Result<()> {
    text.push(b'[');
    for (at, (key, value)) in attributes.iter().enumerate() {
        let comma = if at > 0 { "," } else { "" };
        write!(text, "{comma}{{\"key\":\"{key}\",\"value\":{{")?;
        match value {
            Value::Text(value) => {
                write!(text, "\"stringValue\":")?;
                quoted(text, value);
            }
            Value::Int(value) => write!(text, "\"intValue\":\"{value}\"")?,
            Value::Double(value) => write!(text, "\"doubleValue\":{value}")?,
            Value::Bool(value) => write!(text, "\"boolValue\":{value}")?,
        }
        text.extend_from_slice(b"}}");
    }
    text.push(b']');
    Ok(())
}

/// A JSON string. What is generated holds no control character but the newline.
pub fn quoted(text: &mut Vec<u8>, value: &str) {
    text.push(b'"');
    for byte in value.bytes() {
        match byte {
            b'"' | b'\\' => text.extend_from_slice(&[b'\\', byte]),
            b'\n' => text.extend_from_slice(b"\\n"),
            byte => text.push(byte),
        }
    }
    text.push(b'"');
}
