//! Pieces of JSON that the JSON writers share: texts appended to a string.

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

pub(super) fn push_base64(out: &mut String, bytes: &[u8]) {
    const ALPHABET: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    for three in bytes.chunks(3) {
        let bits = three.iter().chain([&0, &0]).take(3).fold(0u32, |bits, byte| bits << 8 | u32::from(*byte));
        for place in 0..4u32 {
            let six = (bits >> (18 - 6 * place)) as usize & 63;
            out.push(if place as usize <= three.len() { char::from(ALPHABET[six]) } else { '=' });
        }
    }
}
