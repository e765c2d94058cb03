//! What an input is, by its content alone: file names and media types lie.
//!
//! Only the beginning is looked at and nothing is consumed but a byte order mark. What is no trace is an error whose
//! words say what it looks like instead; a person reads them. JSON is known by the shape of an object in it, also of one
//! that others are wrapped around: decoders look for it in the same way ([`ahead`]).

mod members;
mod not_a_trace;
mod scan;

use super::input::Input;
use super::{DecodeError, Format, frames, otlp_proto};
use scan::Seen;

pub(super) use members::Shape;
pub(super) use scan::{Ahead, DEEPEST, ahead, one_line};

/// JSON whose members do not decide in this much is looked at further, up to [`MOST`]: a value of a megabyte may come
/// first.
const FIRST_LOOK: usize = 64 * 1024;
const MOST: usize = 4 * 1024 * 1024;

const EXPECTED: &str = "expected a trace as OTLP/JSON, OTLP protobuf, Jaeger JSON or Zipkin v2 JSON";

/// The format, or an error without one that says what was found.
pub fn sniff(input: &mut Input) -> Result<Format, DecodeError> {
    let more = input.need(FIRST_LOOK);
    if input.window().starts_with(b"\xef\xbb\xbf") {
        input.consume(3);
    }
    let window = input.window();
    let format = match window.iter().find(|byte| !byte.is_ascii_whitespace()) {
        Some(b'{' | b'[') => return json(input).or_else(|refused| short_protobuf(input).ok_or(refused)),
        _ if otlp_proto::outer(window, more).is_some() => Some(Format::OtlpProtobuf),
        _ if frames::begins(window) => Some(Format::OtlpProtobufDelimited),
        // A short file may be a longer one that was cut off.
        _ if otlp_proto::outer(window, true).is_some() => Some(Format::OtlpProtobuf),
        _ => None,
    };
    format.ok_or_else(|| refusal(input, &not_a_trace::name(input.window())))
}

fn json(input: &mut Input) -> Result<Format, DecodeError> {
    let mut look = FIRST_LOOK;
    loop {
        let more = input.need(look);
        let seen = scan::scan(input.window().get(..look).unwrap_or(input.window()));
        if let Some((_, shape)) = seen.found {
            return format_of(shape).ok_or_else(|| refusal(input, not_a_trace::shape_name(shape)));
        }
        if !more || look >= MOST || seen.is_whole || seen.is_text {
            return Err(refused(input, &seen));
        }
        look *= 4;
    }
}

fn format_of(shape: Shape) -> Option<Format> {
    match shape {
        Shape::OtlpData | Shape::ResourceSpans | Shape::ResourceRecords | Shape::ScopeSpans | Shape::OtlpSpan => {
            Some(Format::OtlpJson)
        }
        Shape::JaegerTrace => Some(Format::JaegerJson),
        Shape::ZipkinSpan => Some(Format::ZipkinJson),
        Shape::JaegerSpan | Shape::ZipkinV1Span | Shape::Foreign(_) => None,
    }
}

/// JSON in which nothing was found.
fn refused(input: &mut Input, seen: &Seen) -> DecodeError {
    if seen.is_text {
        return refusal(input, &not_a_trace::name(input.window()));
    }
    if seen.bare_name.is_some() && not_a_trace::is_printed(input.window()) {
        return refusal(input, not_a_trace::shape_name(Shape::Foreign(members::Foreign::Console)));
    }
    let Some(bare) = &seen.bare_name else { return refusal(input, &not_a_trace::json_name(seen)) };
    // The place is the name's, so that the bytes around it are shown.
    let problem = format!("{} at byte {}", bare_name(&bare.name), input.offset() + bare.at as u64);
    input.consume(bare.at);
    DecodeError::here(input, None, "", problem, input.is_cut_off())
}

/// What is wrong with a name that is not in double quotes.
pub(super) fn bare_name(name: &str) -> String {
    format!("JSON keys need double quotes: `{name}`")
}

/// Protobuf begins with a line break and a length, and a length of 91 or 123 is a bracket.
fn short_protobuf(input: &Input) -> Option<Format> {
    let window = input.window();
    let is_one = window.starts_with(b"\n") && otlp_proto::outer(window, false).is_some();
    is_one.then_some(Format::OtlpProtobuf)
}

fn refusal(input: &Input, found: &str) -> DecodeError {
    let problem = match input.failure() {
        Some(failure) => format!("{failure}; what could be unpacked is {found}; {EXPECTED}"),
        None => format!("this is {found}; {EXPECTED}"),
    };
    DecodeError::here(input, None, "", problem, input.is_cut_off())
}

#[cfg(test)]
mod tests;
