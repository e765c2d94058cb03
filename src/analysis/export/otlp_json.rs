//! A trace as standard OTLP/JSON: what other viewers and the Collector read. Ids are hex, enums integers, 64-bit numbers
//! strings, bytes base64, by the OTLP specification's JSON mapping. Nothing a span carries is left out.

use std::io::{self, Write};

use super::json::{comma, count_member, put, text_member};
use super::otlp_rows::Rows;
use crate::base::{SpanId, base64};
use crate::model::attr::push_json_string;
use crate::model::{AttrRange, Resource, Scope, SpanSet, Status, Trace, Value};

/// Written out when the buffer is this full.
const CHUNK: usize = 64 * 1024;

/// Writes the trace. Fails only as `to` fails.
pub fn write_otlp_json(trace: &Trace, to: &mut impl Write) -> io::Result<()> {
    let (set, rows) = (&*trace.set, Rows::of(trace));
    let mut out = String::from("{\"resourceSpans\":[");
    for (nth_resource, (resource, of_resource)) in rows.resources().enumerate() {
        comma(&mut out, nth_resource);
        open_resource(set, resource, &mut out);
        for (nth_scope, (scope, of_scope)) in rows.scopes(of_resource).enumerate() {
            comma(&mut out, nth_scope);
            open_scope(set, scope, &mut out);
            for (nth_span, row) in of_scope.iter().enumerate() {
                comma(&mut out, nth_span);
                write_span(set, *row as usize, &mut out);
                if out.len() > CHUNK {
                    to.write_all(out.as_bytes())?;
                    out.clear();
                }
            }
            out.push(']');
            text_member(&mut out, "schemaUrl", set.strings.get(scope.schema_url));
            out.push('}');
        }
        out.push(']');
        text_member(&mut out, "schemaUrl", set.strings.get(resource.schema_url));
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

fn open_resource(set: &SpanSet, resource: Resource, out: &mut String) {
    out.push_str("{\"resource\":{\"attributes\":");
    attributes(set, resource.attrs, out);
    count_member(out, "droppedAttributesCount", resource.dropped_attributes);
    out.push_str("},\"scopeSpans\":[");
}

fn open_scope(set: &SpanSet, scope: Scope, out: &mut String) {
    out.push_str("{\"scope\":{\"name\":");
    push_json_string(out, set.strings.get(scope.name));
    text_member(out, "version", set.strings.get(scope.version));
    if scope.attrs.len > 0 {
        out.push_str(",\"attributes\":");
        attributes(set, scope.attrs, out);
    }
    count_member(out, "droppedAttributesCount", scope.dropped_attributes);
    out.push_str("},\"spans\":[");
}

fn write_span(set: &SpanSet, row: usize, out: &mut String) {
    let trace_id = set.trace_ids.get(set.trace.at(row) as usize).copied().unwrap_or_default();
    put(out, format_args!("{{\"traceId\":\"{trace_id}\",\"spanId\":\"{}\"", hex_or_empty(set.span_id[row])));
    text_member(out, "traceState", set.strings.get(set.trace_state.at(row)));
    text_member(out, "parentSpanId", &hex_or_empty(set.parent_id[row]));
    count_member(out, "flags", set.flags.at(row));
    out.push_str(",\"name\":");
    push_json_string(out, set.strings.get(set.name[row]));
    put(
        out,
        format_args!(
            ",\"kind\":{},\"startTimeUnixNano\":\"{}\",\"endTimeUnixNano\":\"{}\",\"attributes\":",
            set.kind[row] as u8, set.start_unix_nano[row], set.end_unix_nano[row]
        ),
    );
    attributes(set, set.span_attrs.at(row), out);
    let [attrs_dropped, events_dropped, links_dropped] = set.dropped.get(&(row as u32)).copied().unwrap_or_default();
    count_member(out, "droppedAttributesCount", attrs_dropped);
    write_events(set, row, out);
    count_member(out, "droppedEventsCount", events_dropped);
    write_links(set, row, out);
    count_member(out, "droppedLinksCount", links_dropped);
    write_status(set, row, out);
    out.push('}');
}

fn write_events(set: &SpanSet, row: usize, out: &mut String) {
    let events = set.events.get(set.span_events.at(row).indexes()).unwrap_or_default();
    for (nth, event) in events.iter().enumerate() {
        out.push_str(if nth == 0 { ",\"events\":[" } else { "," });
        put(out, format_args!("{{\"timeUnixNano\":\"{}\",\"name\":", event.time_unix_nano));
        push_json_string(out, set.strings.get(event.name));
        out.push_str(",\"attributes\":");
        attributes(set, event.attrs, out);
        count_member(out, "droppedAttributesCount", event.dropped_attributes);
        out.push('}');
    }
    out.push_str(if events.is_empty() { "" } else { "]" });
}

fn write_links(set: &SpanSet, row: usize, out: &mut String) {
    let links = set.links.get(set.span_links.at(row).indexes()).unwrap_or_default();
    for (nth, link) in links.iter().enumerate() {
        out.push_str(if nth == 0 { ",\"links\":[" } else { "," });
        put(out, format_args!("{{\"traceId\":\"{}\",\"spanId\":\"{}\"", link.trace_id, link.span_id));
        text_member(out, "traceState", set.strings.get(link.trace_state));
        out.push_str(",\"attributes\":");
        attributes(set, link.attrs, out);
        count_member(out, "droppedAttributesCount", link.dropped_attributes);
        count_member(out, "flags", link.flags);
        out.push('}');
    }
    out.push_str(if links.is_empty() { "" } else { "]" });
}

fn write_status(set: &SpanSet, row: usize, out: &mut String) {
    let (status, message) = (set.status[row], set.strings.get(set.status_message.at(row)));
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

fn attributes(set: &SpanSet, range: AttrRange, out: &mut String) {
    out.push('[');
    for (nth, (key, value)) in set.attrs.iter(&set.strings, range).enumerate() {
        comma(out, nth);
        key_value(set.strings.get(key), value, out);
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
            base64::push(out, bytes);
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

fn hex_or_empty(id: SpanId) -> String {
    if id.is_zero() { String::new() } else { id.to_string() }
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
            r#""startTimeUnixNano":"1767225600000000000","endTimeUnixNano":"1767225600000000100","attributes":["#,
            r#"{"key":"s","value":{"stringValue":"a\"b"}},"#,
            r#"{"key":"i","value":{"intValue":"9223372036854775807"}},"#,
            r#"{"key":"d","value":{"doubleValue":3.0}},"#,
            r#"{"key":"nan","value":{"doubleValue":"NaN"}},"#,
            r#"{"key":"b","value":{"bytesValue":"AAH//g=="}},"#,
            r#"{"key":"a","value":{"arrayValue":{"values":[{"boolValue":true},{}]}}},"#,
            r#"{"key":"kv","value":{"kvlistValue":{"values":[{"key":"k","value":{"stringValue":"v"}}]}}}],"#,
            r#""events":[{"timeUnixNano":"1767225600000000001","name":"retry","attributes":["#,
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
