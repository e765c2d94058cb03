//! Zipkin v2 JSON: an array of spans; also the array of such arrays that Zipkin's `/api/v2/traces` answers, one
//! span, lines of either, and any object around them. Spans of Zipkin v1 (`binaryAnnotations`, `endpoint` in annotations)
//! are skipped, and named as an error.
//!
//! Source: Zipkin's `zipkin2-api.yaml`, and the Collector's `translator/zipkin/zipkinv2`, whose mapping is reversed here.
//!
//! ```text
//! [{"traceId": "…", "id": "…", "parentId": "…", "name": "…", "kind": "CLIENT", "timestamp": µs, "duration": µs,
//!   "localEndpoint": {"serviceName": "…", "ipv4": "…", "port": 80}, "remoteEndpoint": {…},
//!   "annotations": [{"timestamp": µs, "value": "…"}], "tags": {"key": "text"}, "shared": true, "debug": true}]
//! ```
//!
//! What Zipkin JSON cannot carry, and is therefore different from the same trace in OTLP:
//! - span and service names are lowercase; a span without a name stays without one;
//! - starts, durations and event times are rounded to the microsecond (a duration below 1 µs counts as 1 µs), so an end can
//!   be 1 µs off. A fraction is read if one stands there. A span that ends before it starts is not written at all; one
//!   that never ended has no duration and is read as one without an end. A span without a timestamp has no start; its
//!   duration, if there is one, is kept as the end;
//! - tags are strings: numbers, booleans, arrays, maps and bytes stay the text that stands there; repeated keys are gone;
//! - tags of the resource, of the scope and of the span are one map. Those whose key stands in a namespace of resources
//!   ([`tags::is_of_resource`]) go to the resource; others of the resource or scope are read as the span's;
//! - a span's resource has a name only from its local endpoint. `remoteEndpoint` becomes `peer.service`,
//!   `network.peer.address` and `network.peer.port`, the endpoint's own address `network.local.address` and `.port`;
//!   An endpoint with two addresses keeps its IPv6 one in `zipkin.remote_endpoint.ipv6` or `zipkin.local_endpoint.ipv6`;
//! - an event whose text is not `name|{attributes}|dropped` is a name alone. Numbers in the attributes of events and links
//!   are integers when they are written as such;
//! - the number of dropped attributes, events and links of a span, schema URLs, span flags and links' flags are gone;
//! - the tag `error` marks a failed span whatever its text, also "" and "false", as Zipkin's own page has it, and stays an
//!   attribute; the `true` that the Collector writes beside `otel.status_code` goes;
//! - `shared` and `debug` become attributes `zipkin.shared` and `zipkin.debug` when true. A shared span has its caller's id.

mod packed;
mod span;
mod tags;

use super::json::{Documents, Reader, Step, read_documents};
use super::sniff::{Ahead, Shape};
use super::{DecodeError, Decoded, Format, Input, Sink};
use crate::base::Sym;

/// Reads all documents of the input; the error is the first one.
pub(crate) fn decode(input: &mut Input<'_>, sink: &mut Sink<'_>) -> Decoded {
    let from = sink.set.len();
    let mut zipkin =
        Zipkin { reader: Reader::new(input, Format::ZipkinJson), sink, tags: Vec::new(), is_v1: false, v1: None };
    let (_, error) = read_documents(&mut zipkin);
    zipkin.reader.report(zipkin.sink.set, None);
    zipkin.sink.set.close(from);
    let error = error.or(zipkin.v1);
    let error = if zipkin.sink.set.len() > from { error } else { error.or_else(|| zipkin.reader.mismatch()) };
    error.map_or(Ok(()), Err)
}

struct Zipkin<'z, 'r, 'a, 's> {
    reader: Reader<'r, 'a>,
    sink: &'z mut Sink<'s>,
    /// Key and value of the span that is being read.
    tags: Vec<(Sym, Sym)>,
    /// The span that is being read is one of Zipkin v1.
    is_v1: bool,
    /// Where the first of those was.
    v1: Option<DecodeError>,
}

impl<'r, 'a: 'r> Documents<'r, 'a> for Zipkin<'_, 'r, 'a, '_> {
    fn reader(&mut self) -> &mut Reader<'r, 'a> {
        &mut self.reader
    }

    fn document(&mut self) -> Step<()> {
        match self.reader.next_byte()? {
            b'[' => self.list(true),
            _ => self.around(1),
        }
    }

    /// A span, or an object around several.
    fn object(&mut self, depth: usize) -> Step<()> {
        match self.reader.shape_ahead() {
            Ahead::Is(Shape::ZipkinSpan | Shape::ZipkinV1Span) | Ahead::Unknown => self.span(),
            _ => self.members(depth),
        }
    }

    fn refused(&self) -> bool {
        self.sink.refused
    }
}

impl Zipkin<'_, '_, '_, '_> {
    /// Spans, or lists of them when `outer`. The first element says whether they are, or objects around them.
    fn list(&mut self, outer: bool) -> Step<()> {
        self.reader.begin_array()?;
        let mut holds = None;
        while self.reader.next_element()? {
            match self.reader.next_byte()? {
                b'[' if outer => self.list(false)?,
                b'{' if *holds.get_or_insert_with(|| self.reader.shape_ahead() == Ahead::Holds) => self.around(3)?,
                _ => self.span()?,
            }
        }
        Ok(())
    }

    fn members(&mut self, depth: usize) -> Step<()> {
        self.reader.begin_object()?;
        while self.reader.next_key()?.is_some() {
            self.around(depth + 1)?;
        }
        Ok(())
    }

    /// Skips a member that only Zipkin v1 writes. The span that is being read is skipped with it, and that is the error of
    /// the file.
    fn only_in_v1(&mut self, first: u8) -> Step<()> {
        if self.reader.next_byte()? == first {
            self.is_v1 = true;
            if self.v1.is_none() {
                let problem = format!("a span of Zipkin v1, which is not read; {ASK_V2}");
                self.v1 = Some(self.reader.error_here(problem, false));
            }
        }
        self.reader.skip_value()
    }
}

const ASK_V2: &str = "ask Zipkin for the trace at `/api/v2/trace/` and its id, which answers in v2";

#[cfg(test)]
mod tests;
