//! Attributes as nearly all writers spell them, taken in one look: `{"key":"…","value":{"stringValue":"…"}}` without
//! blanks and escapes, with one scalar. Everything else, and everything that is wrong, is [`super::value`]'s.

use crate::base::{Strings, Sym};
use crate::decode::json::{Glance, Reader, is_beyond_doubles};
use crate::model::{AnyValue, SpanSet};

/// Reads the attribute that is next and keeps it; false when it is spelled otherwise, and then nothing was read.
pub(super) fn attribute(reader: &mut Reader<'_, '_>, set: &mut SpanSet) -> bool {
    let mut glance = reader.glance();
    let Some((key, value)) = key_and_value(&mut glance, &mut set.strings) else { return false };
    match value {
        Plain::Text(text) => set.attrs.push_sym(key, text),
        Plain::Int(number) => set.attrs.push_int(key, number),
        Plain::Bool(flag) => set.attrs.push(&mut set.strings, key, &AnyValue::Bool(flag)),
        Plain::Double(number) => set.attrs.push(&mut set.strings, key, &AnyValue::Double(number)),
    }
    let len = glance.len();
    reader.pass(len);
    true
}

enum Plain {
    Text(Sym),
    Int(i64),
    Bool(bool),
    Double(f64),
}

fn key_and_value(glance: &mut Glance<'_>, strings: &mut Strings) -> Option<(Sym, Plain)> {
    if !glance.literal(b"{\"key\":\"") {
        return None;
    }
    let key = strings.intern_bytes(glance.text()?)?;
    if !glance.literal(b",\"value\":{\"") {
        return None;
    }
    let value = if glance.literal(b"stringValue\":\"") {
        Plain::Text(strings.intern_bytes(glance.text()?)?)
    } else if glance.literal(b"intValue\":\"") {
        Plain::Int(whole(glance.text()?)?)
    } else if glance.literal(b"intValue\":") {
        Plain::Int(whole(glance.word()?)?)
    } else if glance.literal(b"boolValue\":true") {
        Plain::Bool(true)
    } else if glance.literal(b"boolValue\":false") {
        Plain::Bool(false)
    } else if glance.literal(b"doubleValue\":") {
        Plain::Double(double(glance.word()?)?)
    } else {
        return None;
    };
    glance.literal(b"}}").then_some((key, value))
}

/// Digits that fit, after a minus or not; `None` for every other spelling of a number.
fn whole(text: &[u8]) -> Option<i64> {
    let (negative, digits) = match text.strip_prefix(b"-") {
        Some(digits) => (true, digits),
        None => (false, text),
    };
    if digits.is_empty() || digits.len() > 18 {
        return None;
    }
    let mut number = 0;
    for digit in digits {
        if !digit.is_ascii_digit() {
            return None;
        }
        number = number * 10 + i64::from(digit - b'0');
    }
    Some(if negative { -number } else { number })
}

/// What starts like a number of JSON; words such as `NaN` go the long way.
fn double(text: &[u8]) -> Option<f64> {
    if !matches!(text.first(), Some(b'-' | b'0'..=b'9')) {
        return None;
    }
    let text = core::str::from_utf8(text).ok()?;
    text.parse().ok().filter(|number| !is_beyond_doubles(text, *number))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whole_numbers_are_those_that_fit() {
        assert_eq!(whole(b"-42"), Some(-42));
        assert_eq!(whole(b"999999999999999999"), Some(999_999_999_999_999_999));
        for other in ["", "-", "1e3", "1.0", "+1", " 1", "9223372036854775807"] {
            assert_eq!(whole(other.as_bytes()), None, "{other}");
        }
    }

    #[test]
    fn words_are_no_doubles() {
        assert_eq!(double(b"-1.5e3"), Some(-1500.0));
        assert_eq!((double(b"1e400"), double(b"-1e-400"), double(b"0e9")), (None, None, Some(0.0)));
        assert_eq!((double(b"NaN"), double(b"-Infinity"), double(b"1-2")), (None, Some(f64::NEG_INFINITY), None));
    }
}
