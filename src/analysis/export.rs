//! A trace as standard OTLP/JSON: what other viewers and the Collector read. Ids are hex, enums integers, 64-bit numbers
//! strings, bytes base64, by the OTLP specification's JSON mapping. Nothing a span carries is left out; repairs are not
//! written (a span keeps its own parent id and end).

use std::io::{self, Write};

use crate::base::{SpanId, sort};
use crate::model::attr::push_json_string;
use crate::model::{AttrRange, SpanIdx, Status, Trace, Value};

/// Written out when the buffer is this full.
const CHUNK: usize = 64 * 1024;

/// Writes the trace, grouped by resource, then scope, each in order of first arrival. Fails only as `to` fails.
pub fn write_otlp_json(trace: &Trace, to: &mut impl Write) -> io::Result<()> {
    let set = &trace.set;
    let group = |span: SpanIdx| (set.resource.at(trace.row(span)), set.scope.at(trace.row(span)));
    let mut spans: Vec<SpanIdx> = trace.spans().collect();
    sort::by_key(&mut spans, |span| (group(*span), trace.row(*span)));
    let mut out = String::from("{\"resourceSpans\":[");
    for (nth_resource, of_resource) in spans.chunk_by(|a, b| group(*a).0 == group(*b).0).enumerate() {
        comma(&mut out, nth_resource);
        open_resource(trace, of_resource, &mut out);
        for (nth_scope, of_scope) in of_resource.chunk_by(|a, b| group(*a) == group(*b)).enumerate() {
            comma(&mut out, nth_scope);
            let schema = open_scope(trace, of_scope, &mut out);
            for (nth_span, span) in of_scope.iter().enumerate() {
                comma(&mut out, nth_span);
                write_span(trace, *span, &mut out);
                if out.len() > CHUNK {
                    to.write_all(out.as_bytes())?;
                    out.clear();
                }
            }
            out.push(']');
            text_member(&mut out, "schemaUrl", schema);
            out.push('}');
        }
        out.push(']');
        let schema = of_resource.first().map(|span| set.strings.get(trace.resource(*span).schema_url));
        text_member(&mut out, "schemaUrl", schema.unwrap_or_default());
        out.push('}');
    }
    out.push_str("]}");
    to.write_all(out.as_bytes())
}

/// The same as one text in memory.
pub fn otlp_json(trace: &Trace) -> Vec<u8> {
    let mut bytes = Vec::new();
    // Writing to memory does not fail.
    let _ = write_otlp_json(trace, &mut bytes);
    bytes
}

fn open_resource(trace: &Trace, spans: &[SpanIdx], out: &mut String) {
    let resource = spans.first().map(|span| trace.resource(*span)).unwrap_or_default();
    out.push_str("{\"resource\":{\"attributes\":");
    attributes(trace, resource.attrs, out);
    count_member(out, "droppedAttributesCount", resource.dropped_attributes);
    out.push_str("},\"scopeSpans\":[");
}

/// Gives the scope's schema URL, which stands behind its spans.
fn open_scope<'t>(trace: &'t Trace, spans: &[SpanIdx], out: &mut String) -> &'t str {
    let scope = spans.first().map(|span| trace.scope(*span)).unwrap_or_default();
    let strings = &trace.set.strings;
    out.push_str("{\"scope\":{\"name\":");
    push_json_string(out, strings.get(scope.name));
    text_member(out, "version", strings.get(scope.version));
    if scope.attrs.len > 0 {
        out.push_str(",\"attributes\":");
        attributes(trace, scope.attrs, out);
    }
    count_member(out, "droppedAttributesCount", scope.dropped_attributes);
    out.push_str("},\"spans\":[");
    strings.get(scope.schema_url)
}

fn write_span(trace: &Trace, span: SpanIdx, out: &mut String) {
    let (set, row) = (&trace.set, trace.row(span));
    put(out, format_args!("{{\"traceId\":\"{}\",\"spanId\":\"{}\"", trace.id, hex_or_empty(set.span_id[row])));
    text_member(out, "traceState", set.strings.get(set.trace_state.at(row)));
    text_member(out, "parentSpanId", &hex_or_empty(set.parent_id[row]));
    count_member(out, "flags", set.flags.at(row));
    out.push_str(",\"name\":");
    push_json_string(out, trace.name(span));
    put(
        out,
        format_args!(
            ",\"kind\":{},\"startTimeUnixNano\":\"{}\",\"endTimeUnixNano\":\"{}\",\"attributes\":",
            set.kind[row] as u8, set.start_unix_nano[row], set.end_unix_nano[row]
        ),
    );
    attributes(trace, set.span_attrs.at(row), out);
    let [attrs_dropped, events_dropped, links_dropped] = set.dropped.get(&(row as u32)).copied().unwrap_or_default();
    count_member(out, "droppedAttributesCount", attrs_dropped);
    write_events(trace, span, out);
    count_member(out, "droppedEventsCount", events_dropped);
    write_links(trace, span, out);
    count_member(out, "droppedLinksCount", links_dropped);
    write_status(trace, span, out);
    out.push('}');
}

fn write_events(trace: &Trace, span: SpanIdx, out: &mut String) {
    if trace.events(span).is_empty() {
        return;
    }
    out.push_str(",\"events\":[");
    for (nth, event) in trace.events(span).iter().enumerate() {
        comma(out, nth);
        put(out, format_args!("{{\"timeUnixNano\":\"{}\",\"name\":", event.time_unix_nano));
        push_json_string(out, trace.set.strings.get(event.name));
        out.push_str(",\"attributes\":");
        attributes(trace, event.attrs, out);
        count_member(out, "droppedAttributesCount", event.dropped_attributes);
        out.push('}');
    }
    out.push(']');
}

fn write_links(trace: &Trace, span: SpanIdx, out: &mut String) {
    if trace.links(span).is_empty() {
        return;
    }
    out.push_str(",\"links\":[");
    for (nth, link) in trace.links(span).iter().enumerate() {
        comma(out, nth);
        put(out, format_args!("{{\"traceId\":\"{}\",\"spanId\":\"{}\"", link.trace_id, link.span_id));
        text_member(out, "traceState", trace.set.strings.get(link.trace_state));
        out.push_str(",\"attributes\":");
        attributes(trace, link.attrs, out);
        count_member(out, "droppedAttributesCount", link.dropped_attributes);
        count_member(out, "flags", link.flags);
        out.push('}');
    }
    out.push(']');
}

fn write_status(trace: &Trace, span: SpanIdx, out: &mut String) {
    let (status, message) = (trace.status(span), trace.status_message(span));
    out.push_str(",\"status\":{");
    if !message.is_empty() {
        out.push_str("\"message\":");
        push_json_string(out, message);
    }
    if status != Status::Unset {
        out.push_str(if message.is_empty() { "" } else { "," });
        put(out, format_args!("\"code\":{}", status as u8));
    }
    out.push('}');
}

fn attributes(trace: &Trace, range: AttrRange, out: &mut String) {
    let strings = &trace.set.strings;
    out.push('[');
    for (nth, (key, value)) in trace.set.attrs.iter(strings, range).enumerate() {
        comma(out, nth);
        key_value(strings.get(key), value, out);
    }
    out.push(']');
}

fn key_value(key: &str, value: Value<'_>, out: &mut String) {
    out.push_str("{\"key\":");
    push_json_string(out, key);
    out.push_str(",\"value\":");
    any_value(value, out);
    out.push('}');
}

/// Recurses as deep as values nest, which decoders bound ([`crate::model::attr::MAX_NESTING`]).
fn any_value(value: Value<'_>, out: &mut String) {
    match value {
        Value::Empty => out.push_str("{}"),
        Value::Str(text) => {
            out.push_str("{\"stringValue\":");
            push_json_string(out, text);
            out.push('}');
        }
        Value::Bool(flag) => put(out, format_args!("{{\"boolValue\":{flag}}}")),
        Value::Int(number) => put(out, format_args!("{{\"intValue\":\"{number}\"}}")),
        // Protobuf's JSON writes what JSON has no number for as a string.
        Value::Double(number) if number.is_finite() => put(out, format_args!("{{\"doubleValue\":{number:?}}}")),
        Value::Double(_) => put(out, format_args!("{{\"doubleValue\":\"{}\"}}", value.to_text())),
        Value::Bytes(bytes) => {
            out.push_str("{\"bytesValue\":\"");
            push_base64(out, bytes);
            out.push_str("\"}");
        }
        Value::Array(list) => {
            out.push_str("{\"arrayValue\":{\"values\":[");
            for (nth, (_, item)) in list.iter().enumerate() {
                comma(out, nth);
                any_value(item, out);
            }
            out.push_str("]}}");
        }
        Value::Kvlist(list) => {
            out.push_str("{\"kvlistValue\":{\"values\":[");
            for (nth, (key, item)) in list.iter().enumerate() {
                comma(out, nth);
                key_value(key, item, out);
            }
            out.push_str("]}}");
        }
    }
}

fn push_base64(out: &mut String, bytes: &[u8]) {
    const ALPHABET: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    for three in bytes.chunks(3) {
        let bits = three.iter().chain([&0, &0]).take(3).fold(0u32, |bits, byte| bits << 8 | u32::from(*byte));
        for place in 0..4u32 {
            let six = (bits >> (18 - 6 * place)) as usize & 63;
            out.push(if place as usize <= three.len() { char::from(ALPHABET[six]) } else { '=' });
        }
    }
}

fn put(out: &mut String, text: core::fmt::Arguments<'_>) {
    // A String takes whatever is written.
    let _ = core::fmt::Write::write_fmt(out, text);
}

fn comma(out: &mut String, nth: usize) {
    if nth > 0 {
        out.push(',');
    }
}

fn hex_or_empty(id: SpanId) -> String {
    if id.is_zero() { String::new() } else { id.to_string() }
}

/// A member that proto3's JSON leaves out when it is empty.
fn text_member(out: &mut String, name: &str, value: &str) {
    if !value.is_empty() {
        put(out, format_args!(",\"{name}\":"));
        push_json_string(out, value);
    }
}

fn count_member(out: &mut String, name: &str, value: u32) {
    if value != 0 {
        put(out, format_args!(",\"{name}\":{value}"));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::analysis::sample::{Draft, trace};
    use crate::model::AnyValue;
    use std::borrow::Cow;

    #[test]
    fn every_type_is_written_as_otlp_says() {
        let trace = trace(&[Draft::new(1, 0, 0, 100)
            .error("no")
            .event("retry", &[("n", "1")])
            .attr("s", "a\"b")
            .value("i", AnyValue::Int(i64::MAX))
            .value("d", AnyValue::Double(3.0))
            .value("nan", AnyValue::Double(f64::NAN))
            .value("b", AnyValue::Bytes(Cow::Borrowed(&[0, 1, 255, 254])))
            .value("a", AnyValue::Array(vec![AnyValue::Bool(true), AnyValue::Empty]))
            .value("kv", AnyValue::Kvlist(vec![(Cow::Borrowed("k"), AnyValue::str("v"))]))]);
        let text = String::from_utf8(otlp_json(&trace)).unwrap();
        let expected = concat!(
            r#"{"resourceSpans":[{"resource":{"attributes":["#,
            r#"{"key":"service.name","value":{"stringValue":"shop"}},"#,
            r#"{"key":"host.name","value":{"stringValue":"node-7"}}]},"#,
            r#""scopeSpans":[{"scope":{"name":""},"spans":["#,
            r#"{"traceId":"00000000000000000000000000000007","spanId":"0000000000000001","name":"work","kind":1,"#,
            r#""startTimeUnixNano":"1000000000","endTimeUnixNano":"1000000100","attributes":["#,
            r#"{"key":"s","value":{"stringValue":"a\"b"}},"#,
            r#"{"key":"i","value":{"intValue":"9223372036854775807"}},"#,
            r#"{"key":"d","value":{"doubleValue":3.0}},"#,
            r#"{"key":"nan","value":{"doubleValue":"NaN"}},"#,
            r#"{"key":"b","value":{"bytesValue":"AAH//g=="}},"#,
            r#"{"key":"a","value":{"arrayValue":{"values":[{"boolValue":true},{}]}}},"#,
            r#"{"key":"kv","value":{"kvlistValue":{"values":[{"key":"k","value":{"stringValue":"v"}}]}}}],"#,
            r#""events":[{"timeUnixNano":"1000000001","name":"retry","attributes":["#,
            r#"{"key":"n","value":{"stringValue":"1"}}]}],"#,
            r#""status":{"message":"no","code":2}}]}]}]}"#
        );
        assert_eq!(text, expected);
    }

    #[test]
    fn spans_of_one_resource_stand_together() {
        let trace = trace(&[
            Draft::new(1, 0, 0, 100).service("a"),
            Draft::new(2, 1, 0, 90).service("b"),
            Draft::new(3, 2, 0, 80).service("a"),
        ]);
        let json: serde_json::Value = serde_json::from_slice(&otlp_json(&trace)).unwrap();
        let groups = json["resourceSpans"].as_array().unwrap();
        assert_eq!(groups.len(), 2);
        assert_eq!(groups[0]["scopeSpans"][0]["spans"].as_array().unwrap().len(), 2);
        assert_eq!(groups[0]["scopeSpans"][0]["spans"][1]["parentSpanId"], "0000000000000002");
    }
}
