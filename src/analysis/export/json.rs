//! Pieces of JSON that the JSON writers share: texts appended to a string.

use crate::base::base64;
use crate::model::Value;
use crate::model::attr::push_json_string;

pub(super) fn put(out: &mut String, text: core::fmt::Arguments<'_>) {
    // A String takes whatever is written.
    let _ = core::fmt::Write::write_fmt(out, text);
}

pub(super) fn comma(out: &mut String, nth: usize) {
    if nth > 0 {
        out.push(',');
    }
}

/// `"name":"value"`, a comma in front; left out when it is empty, as proto3's JSON does.
pub(super) fn text_member(out: &mut String, name: &str, value: &str) {
    if !value.is_empty() {
        put(out, format_args!(",\"{name}\":"));
        push_json_string(out, value);
    }
}

/// The same for a number.
pub(super) fn count_member(out: &mut String, name: &str, value: u32) {
    if value != 0 {
        put(out, format_args!(",\"{name}\":{value}"));
    }
}

/// A value as ordinary JSON: bytes are base64, what JSON has no number for is text.
pub(super) fn push_value(out: &mut String, value: Value<'_>) {
    match value {
        Value::Empty => out.push_str("null"),
        Value::Str(text) => push_json_string(out, text),
        Value::Bool(flag) => put(out, format_args!("{flag}")),
        Value::Int(number) => put(out, format_args!("{number}")),
        Value::Double(number) if number.is_finite() => put(out, format_args!("{number:?}")),
        Value::Double(_) => put(out, format_args!("\"{}\"", value.to_text())),
        Value::Bytes(bytes) => {
            out.push('"');
            base64::push(out, bytes);
            out.push('"');
        }
        Value::Array(list) => {
            out.push('[');
            for (nth, (_, item)) in list.iter().enumerate() {
                comma(out, nth);
                push_value(out, item);
            }
            out.push(']');
        }
        Value::Kvlist(list) => {
            out.push('{');
            push_members(out, list.iter());
            out.push('}');
        }
    }
}

/// Members of an object. Keys that repeat do so here: of such ones JSON's readers take the last, as OpenTelemetry does.
pub(super) fn push_members<'t>(out: &mut String, members: impl Iterator<Item = (&'t str, Value<'t>)>) {
    for (nth, (key, value)) in members.enumerate() {
        comma(out, nth);
        push_json_string(out, key);
        out.push(':');
        push_value(out, value);
    }
}
