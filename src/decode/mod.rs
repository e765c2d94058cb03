//! Bytes in, rows out. One file a format; [`sniff`] chooses by content, never by file name alone.
//!
//! A decoder pushes complete spans into a [`SpanSet`] as it meets them, so that whatever breaks, what was complete is
//! kept. It never panics and never recurses deeper than a fixed bound.

use crate::model::SpanSet;

mod carried;
pub mod input;
pub mod jaeger;
mod json;
pub mod otlp_json;
#[cfg(test)]
mod json_testing;
pub mod zipkin;

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
}
