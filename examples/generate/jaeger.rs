//! Jaeger's JSON, as its query service answers. It has microseconds and no nanoseconds, tags and no attributes.

use std::collections::BTreeSet;
use std::io::{self, Write};

use crate::facts::Facts;
use crate::otlp_json::quoted;
use crate::platform;
use crate::span::{Attributes, Kind, Span, Value};
use crate::tree::{Tree, batches};

pub fn write(mut tree: Tree, out: &mut dyn Write) -> io::Result<Facts> {
    let trace_id = tree.trace_id;
    let mut text = Vec::new();
    let mut processes: BTreeSet<(u32, u32)> = BTreeSet::new();
    write!(out, "{{\"data\":[{{\"traceID\":\"{trace_id:032x}\",\"spans\":[")?;
    let mut before = "";
    batches(&mut tree, |batch| {
        text.clear();
        for span in batch {
            text.extend_from_slice(before.as_bytes());
            before = ",\n";
            processes.insert((span.service, span.instance));
            write_span(&mut text, trace_id, span)?;
        }
        out.write_all(&text)
    })?;
    write!(out, "],\"processes\":{{")?;
    for (at, (service, instance)) in processes.into_iter().enumerate() {
        text.clear();
        let comma = if at > 0 { ",\n" } else { "" };
        let name = platform::service_name(service);
        write!(text, "{comma}\"p{service}-{instance}\":{{\"serviceName\":\"{name}\",\"tags\":")?;
        let mut resource = platform::resource(service, instance);
        // Jaeger has the name beside the tags, not among them.
        resource.retain(|(key, _)| *key != "service.name");
        tags(&mut text, &resource, None)?;
        text.push(b'}');
        out.write_all(&text)?;
    }
    out.write_all(b"}}],\"total\":1,\"limit\":0,\"offset\":0,\"errors\":null}\n")?;
    Ok(tree.facts)
}

fn write_span(text: &mut Vec<u8>, trace_id: u128, span: &Span) -> io::Result<()> {
    write!(text, "{{\"traceID\":\"{trace_id:032x}\",\"spanID\":\"{:016x}\",\"operationName\":", span.span_id)?;
    quoted(text, &span.name);
    write!(text, ",\"references\":[")?;
    let mut reference = |kind: &str, id: u64, comma: &str| {
        write!(text, "{comma}{{\"refType\":\"{kind}\",\"traceID\":\"{trace_id:032x}\",\"spanID\":\"{id:016x}\"}}")
    };
    if span.parent_id != 0 {
        reference("CHILD_OF", span.parent_id, "")?;
    }
    if let Some(link) = span.link {
        reference("FOLLOWS_FROM", link, if span.parent_id != 0 { "," } else { "" })?;
    }
    let (start, end) = (span.start_unix_nano / 1_000, span.end_unix_nano / 1_000);
    write!(text, "],\"startTime\":{start},\"duration\":{},\"tags\":", end - start)?;
    tags(text, &span.attributes, Some(span))?;
    write!(text, ",\"logs\":[")?;
    for (at, event) in span.events.iter().enumerate() {
        let comma = if at > 0 { "," } else { "" };
        write!(text, "{comma}{{\"timestamp\":{},\"fields\":", event.time_unix_nano / 1_000)?;
        let mut fields = vec![("event", platform::text(event.name))];
        fields.extend(event.attributes.iter().map(|(key, value)| (*key, copy(value))));
        tags(text, &fields, None)?;
        text.push(b'}');
    }
    write!(text, "],\"processID\":\"p{}-{}\",\"warnings\":null}}", span.service, span.instance)
}

fn copy(value: &Value) -> Value {
    match value {
        Value::Text(text) => Value::Text(text.clone()),
        Value::Int(int) => Value::Int(*int),
        Value::Double(double) => Value::Double(*double),
        Value::Bool(flag) => Value::Bool(*flag),
    }
}

/// Attributes as tags; of a span also what Jaeger has no field for.
fn tags(text: &mut Vec<u8>, attributes: &Attributes, span: Option<&Span>) -> io::Result<()> {
    text.push(b'[');
    let mut before = "";
    for (key, value) in attributes {
        write!(text, "{before}{{\"key\":\"{key}\",")?;
        before = ",";
        match value {
            Value::Text(value) => {
                write!(text, "\"type\":\"string\",\"value\":")?;
                quoted(text, value);
            }
            Value::Int(value) => write!(text, "\"type\":\"int64\",\"value\":{value}")?,
            Value::Double(value) => write!(text, "\"type\":\"float64\",\"value\":{value}")?,
            Value::Bool(value) => write!(text, "\"type\":\"bool\",\"value\":{value}")?,
        }
        text.push(b'}');
    }
    let Some(span) = span else {
        text.push(b']');
        return Ok(());
    };
    let kind = match span.kind {
        Kind::Internal => "internal",
        Kind::Server => "server",
        Kind::Client => "client",
        Kind::Producer => "producer",
        Kind::Consumer => "consumer",
    };
    write!(text, "{before}{{\"key\":\"span.kind\",\"type\":\"string\",\"value\":\"{kind}\"}}")?;
    write!(text, ",{{\"key\":\"otel.scope.name\",\"type\":\"string\",\"value\":\"@shop/instrumentation\"}}")?;
    write!(text, ",{{\"key\":\"otel.scope.version\",\"type\":\"string\",\"value\":\"0.57.0\"}}")?;
    if let Some(message) = span.failed {
        write!(text, ",{{\"key\":\"otel.status_code\",\"type\":\"string\",\"value\":\"ERROR\"}}")?;
        write!(text, ",{{\"key\":\"error\",\"type\":\"bool\",\"value\":true}}")?;
        write!(text, ",{{\"key\":\"otel.status_description\",\"type\":\"string\",\"value\":\"{message}\"}}")?;
    }
    text.push(b']');
    Ok(())
}
