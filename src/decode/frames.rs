//! Length-prefixed messages, as the Collector's file exporter writes them with `format: proto`.
//!
//! ```text
//! 00 00 1d 3c  <7,484 bytes>  00 00 00 91  <145 bytes>  …
//! ```
//!
//! Four bytes of length, big-endian, before each message (`exportMessageAsBuffer` in opentelemetry-collector-contrib,
//! `exporter/fileexporter/file_writer.go`). With `compression: zstd` each message is a zstd frame of its own inside its
//! frame here, and then `format: json` is framed too. Newer Collectors compress the whole file instead; then this is
//! what is found inside.

use std::cell::Cell;
use std::io::{self, Read};
use std::rc::Rc;

use super::input::{Input, Progress};
use super::otlp_proto::{self, LOOK_AHEAD};
use super::{Compression, DecodeError, Decoded, Format, Sink, compression, otlp_json};

const PREFIX: usize = 4;

/// What one message holds.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Content {
    Protobuf,
    Json,
    Packed(Compression),
}

fn content(start: &[u8]) -> Content {
    match (compression::of_magic(start), start) {
        (Some(compression), _) => Content::Packed(compression),
        (None, [b'{', ..]) => Content::Json,
        (None, _) => Content::Protobuf,
    }
}

/// Whether these bytes, `cut` off or whole, begin with a length and a message of traces, logs or metrics.
pub fn begins(bytes: &[u8], cut: bool) -> bool {
    let mut rest = bytes;
    // Empty messages are written too; they say nothing.
    while let Some((prefix, after)) = rest.split_first_chunk::<PREFIX>() {
        let length = u32::from_be_bytes(*prefix) as usize;
        if length == 0 {
            rest = after;
            continue;
        }
        let message = after.get(..length.min(after.len())).unwrap_or_default();
        let whole = message.len() == length;
        return (whole || cut || !message.is_empty())
            && match content(message) {
                Content::Packed(_) | Content::Json => true,
                Content::Protobuf => otlp_proto::outer(message, !whole).is_some(),
            };
    }
    false
}

/// Reads all messages. `packed` is set when they are compressed one by one.
pub fn decode(input: &mut Input, sink: &mut Sink, packed: &mut Option<Compression>) -> Decoded {
    let mut index = 0;
    while input.peek().is_some() {
        if !input.need(PREFIX) {
            return Err(broken(input, index, "the file ends inside the length of a message", true));
        }
        let length = input.window().first_chunk::<PREFIX>().map_or(0, |prefix| u32::from_be_bytes(*prefix));
        input.consume(PREFIX);
        let end = input.offset() + u64::from(length);
        if length > 0 {
            input.need(PREFIX);
            match content(input.window()) {
                Content::Protobuf => otlp_proto::decode_frame(input, sink, index, end)?,
                Content::Json => nested(input, sink, index, end, None)?,
                Content::Packed(compression) => {
                    *packed = Some(compression);
                    nested(input, sink, index, end, Some(compression))?;
                }
            }
        }
        index += 1;
    }
    Ok(())
}

fn broken(input: &Input, index: u64, problem: &str, truncated: bool) -> DecodeError {
    DecodeError::here(input, Some(Format::OtlpProtobufDelimited), format!("message[{index}]"), problem, truncated)
}

/// One message as an input of its own.
fn nested(input: &mut Input, sink: &mut Sink, index: u64, end: u64, packed: Option<Compression>) -> Decoded {
    let start = input.offset();
    let spans = input.spans;
    let mut silent = |_: Progress| {};
    let mut frame = Frame { input, end };
    let source: Box<dyn Read + '_> = match packed {
        Some(_) => compression::unpack(Box::new(&mut frame)).0,
        None => Box::new(&mut frame),
    };
    let mut inner = Input::new(source, Rc::new(Cell::new(0)), &mut silent);
    inner.spans = spans;
    let result = one_message(&mut inner, sink, index).and_then(|()| match inner.failure() {
        Some(failure) => Err(broken(&inner, index, failure, inner.is_cut_off())),
        None => Ok(()),
    });
    let spans = inner.spans;
    drop(inner);
    let whole = frame.finish();
    input.spans = spans;
    result.map_err(|error| DecodeError {
        // Inside a packed message an offset means nothing to the file.
        offset: if packed.is_some() { start } else { start + error.offset },
        field: if error.field.starts_with("message") {
            error.field
        } else {
            format!("message[{index}].{}", error.field)
        },
        truncated: error.truncated && !whole,
        ..error
    })?;
    if whole { Ok(()) } else { Err(broken(input, index, "the file ends inside a message", true)) }
}

fn one_message(inner: &mut Input, sink: &mut Sink, index: u64) -> Decoded {
    inner.need(LOOK_AHEAD);
    match content(inner.window()) {
        Content::Json => otlp_json::decode(inner, sink).1,
        // A stream of unknown length: it ends where its input does.
        _ => otlp_proto::decode_frame(inner, sink, index, u64::MAX),
    }
}

/// The bytes of an input up to an offset.
struct Frame<'f, 'i> {
    input: &'f mut Input<'i>,
    end: u64,
}

impl Frame<'_, '_> {
    fn left(&self) -> usize {
        usize::try_from(self.end.saturating_sub(self.input.offset())).unwrap_or(usize::MAX)
    }

    /// Steps over what was not read; whether the frame was whole.
    fn finish(mut self) -> bool {
        let whole = io::copy(&mut self, &mut io::sink()).is_ok();
        whole && self.left() == 0
    }
}

impl Read for Frame<'_, '_> {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        if self.left() == 0 || (self.input.window().is_empty() && !self.input.refill()) {
            return Ok(0);
        }
        let window = self.input.window();
        let count = window.get(..window.len().min(self.left())).unwrap_or_default().read(into)?;
        self.input.consume(count);
        Ok(count)
    }
}
