//! Bytes in, rows out. One file a format; [`sniff`] chooses by content, never by file name alone.
//!
//! A decoder pushes complete spans into a [`SpanSet`] as it meets them, so that whatever breaks, what was complete is
//! kept. It never panics and never recurses deeper than a fixed bound.

use std::io::Read;

use crate::model::SpanSet;

mod carried;
mod compression;
mod frames;
mod ids;
pub mod explain;
pub mod input;
mod jaeger;
mod json;
#[cfg(test)]
mod json_testing;
mod otlp_json;
mod otlp_proto;
mod skipped;
mod sniff;
mod wire;
mod zipkin;

pub use input::{Counted, Input, Progress};

/// What an input was taken for.
#[derive(Clone, Copy, PartialEq, Eq, Debug, serde::Serialize, serde::Deserialize)]
pub enum Format {
    OtlpJson,
    OtlpJsonLines,
    OtlpProtobuf,
    /// Length-prefixed messages, as the Collector's file exporter writes with `format: proto`.
    OtlpProtobufDelimited,
    JaegerJson,
    ZipkinJson,
}

impl Format {
    /// As the reader knows it.
    pub fn name(self) -> &'static str {
        match self {
            Format::OtlpJson => "OTLP/JSON",
            Format::OtlpJsonLines => "OTLP/JSON lines",
            Format::OtlpProtobuf => "OTLP protobuf",
            Format::OtlpProtobufDelimited => "OTLP protobuf, length-prefixed",
            Format::JaegerJson => "Jaeger JSON",
            Format::ZipkinJson => "Zipkin v2 JSON",
        }
    }
}

#[derive(Clone, Copy, PartialEq, Eq, Debug, serde::Serialize, serde::Deserialize)]
pub enum Compression {
    Gzip,
    Zstd,
}

/// Why an input could not be read to its end. What came before is kept.
#[derive(Clone, PartialEq, Eq, Debug, serde::Serialize, serde::Deserialize)]
pub struct DecodeError {
    /// What the input was taken for; `None` when nothing fits.
    pub format: Option<Format>,
    /// Where in the unpacked input, in bytes.
    pub offset: u64,
    /// The field, as a path: `resourceSpans[6].scopeSpans[2].spans[14].attributes`; empty at the top.
    pub field: String,
    /// What is wrong there, as a clause: "the file ends inside a string", "expected a number, found `true`".
    pub problem: String,
    /// The input ended too early, rather than holding something wrong.
    pub truncated: bool,
    /// Up to 32 bytes before the offset and 16 from it, for a person to look at.
    pub before: Vec<u8>,
    pub at: Vec<u8>,
}

impl DecodeError {
    /// An error at the next byte of `input`.
    pub(crate) fn here(
        input: &Input,
        format: Option<Format>,
        field: impl Into<String>,
        problem: impl Into<String>,
        truncated: bool,
    ) -> Self {
        let at = input.window();
        DecodeError {
            format,
            offset: input.offset(),
            field: field.into(),
            problem: problem.into(),
            truncated,
            before: input.behind(32).to_vec(),
            at: at.get(..at.len().min(16)).unwrap_or_default().to_vec(),
        }
    }
}

/// What reading one input came to. The spans are in the set.
#[derive(Clone, PartialEq, Eq, Debug, Default, serde::Serialize, serde::Deserialize)]
pub struct Outcome {
    pub format: Option<Format>,
    pub compression: Option<Compression>,
    /// Bytes taken from the source, still packed.
    pub bytes: u64,
    /// Complete spans that this input added.
    pub spans: u64,
    /// Records that are not spans: skipped and counted.
    pub skipped_logs: u64,
    pub skipped_metrics: u64,
    /// Tempo's `status: PARTIAL`, with its own message.
    pub partial: Option<String>,
    pub error: Option<DecodeError>,
}

/// What a decoder answers: `Err` holds where and why it stopped.
pub(crate) type Decoded = Result<(), DecodeError>;

/// What every decoder is given besides its input.
pub(crate) struct Sink<'s> {
    pub set: &'s mut SpanSet,
    pub skipped_logs: u64,
    pub skipped_metrics: u64,
    pub partial: Option<String>,
    /// Content that the format does not define.
    pub skipped: skipped::Skipped,
    on_rows: OnRows<'s>,
    /// [`OnRows`] has refused: nothing more is to be read, also where a format could go on behind an error.
    pub refused: bool,
}

/// Looks at the rows read so far, every [`LOOK_EVERY`] spans. An `Err` ends the reading, and says why as a clause.
pub type OnRows<'s> = &'s mut dyn FnMut(&SpanSet) -> Result<(), String>;

const LOOK_EVERY: usize = 4_096;

impl<'s> Sink<'s> {
    fn new(set: &'s mut SpanSet, on_rows: OnRows<'s>) -> Self {
        let skipped = skipped::Skipped::default();
        Sink { set, skipped_logs: 0, skipped_metrics: 0, partial: None, skipped, on_rows, refused: false }
    }

    /// Call when a span was pushed; `Err` says why nothing more should be read.
    pub fn look(&mut self) -> Result<(), String> {
        if !self.set.len().is_multiple_of(LOOK_EVERY) {
            return Ok(());
        }
        let looked = (self.on_rows)(self.set);
        self.refused = looked.is_err();
        looked
    }
}

/// Reads one input to its end, or as far as it goes: unpacks it, finds out what it is, and adds its spans to `set`.
///
/// Memory beyond the set is bounded by the largest span, not by the input. `watch` hears of progress at every refill.
/// Files that belong together are read into one set, one call each. Whatever is wrong is in the outcome; the set holds
/// the complete spans in any case.
pub fn decode(source: Box<dyn Read + '_>, set: &mut SpanSet, watch: &mut dyn FnMut(Progress)) -> Outcome {
    decode_watched(source, set, watch, &mut |_| Ok(()))
}

/// The same; `on_rows` looks at the rows as they come, and may end the reading.
pub fn decode_watched(
    source: Box<dyn Read + '_>,
    set: &mut SpanSet,
    watch: &mut dyn FnMut(Progress),
    on_rows: OnRows<'_>,
) -> Outcome {
    let from = set.len();
    let (counted, taken) = Counted::new(source);
    let (unpacked, mut compression) = compression::unpack(Box::new(counted));
    let mut input = Input::new(unpacked, taken, watch);
    let mut sink = Sink::new(set, on_rows);
    let (format, result) = match sniff::sniff(&mut input) {
        Err(error) => (None, Err(error)),
        Ok(format) => {
            let (format, result) = decode_as(format, &mut input, &mut sink, &mut compression);
            (Some(format), result)
        }
    };
    let error = with_failure(&mut input, format, result.err());
    let Sink { set, skipped_logs, skipped_metrics, partial, mut skipped, .. } = sink;
    if let Some(format) = format {
        skipped.report(set, format);
    }
    set.close(from);
    set.cut_cycles(from);
    let spans = (set.len() - from) as u64;
    set.join_parts(from);
    Outcome { format, compression, bytes: input.bytes_read(), spans, skipped_logs, skipped_metrics, partial, error }
}

/// Calls the decoder of a format. What it found out on the way is better known than what the beginning looked like:
/// whether there are several documents, whether messages are packed one by one.
fn decode_as(
    format: Format,
    input: &mut Input,
    sink: &mut Sink,
    compression: &mut Option<Compression>,
) -> (Format, Decoded) {
    let result = match format {
        Format::OtlpJson | Format::OtlpJsonLines => return otlp_json::decode(input, sink),
        Format::OtlpProtobuf => otlp_proto::decode(input, sink),
        Format::OtlpProtobufDelimited => frames::decode(input, sink, compression),
        Format::JaegerJson => jaeger::decode(input, sink),
        Format::ZipkinJson => zipkin::decode(input, sink),
    };
    (format, result)
}

/// When the source itself failed, that is the cause of whatever the decoder stumbled over behind it.
fn with_failure(input: &mut Input, format: Option<Format>, error: Option<DecodeError>) -> Option<DecodeError> {
    // A decoder that is content may have left the end unread, where damage shows: a checksum, a second member.
    while error.is_none() && input.refill() {
        input.consume(input.window().len());
    }
    let Some(failure) = input.failure().map(str::to_owned) else { return error };
    let cut_off = input.is_cut_off();
    Some(match error {
        None => DecodeError::here(input, format, "", failure, cut_off),
        Some(error) if error.truncated => {
            DecodeError { problem: format!("{failure}; {}", error.problem), truncated: cut_off, ..error }
        }
        Some(error) => error,
    })
}
