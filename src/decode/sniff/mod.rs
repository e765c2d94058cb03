//! What an input is, by its content alone: file names and media types lie.
//!
//! Only the beginning is looked at and nothing is consumed but a byte order mark. What is no trace is an error whose
//! words say what it looks like instead; a person reads them.

mod json_keys;
mod not_a_trace;

use super::input::Input;
use super::{DecodeError, Format, frames, otlp_proto};

/// JSON whose keys do not decide in this much is looked at further, up to [`MOST`]: a value of a megabyte may come first.
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
        let seen = json_keys::scan(input.window().get(..look).unwrap_or(input.window()));
        if let Some(format) = seen.format() {
            return Ok(format);
        }
        if !more || look >= MOST || seen.is_whole() {
            let name = not_a_trace::json_name(&seen);
            return Err(refusal(input, &name));
        }
        look *= 4;
    }
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
