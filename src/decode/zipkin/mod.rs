//! Zipkin v2 JSON: an array of spans; also the array of such arrays that Zipkin's `/api/v2/traces` answers, and one span.
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
//!   that never ended has no duration and is read as ending where it starts;
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

use super::json::{Reader, Step};
use super::{Decoded, Format, Input, Sink};
use crate::base::Sym;

/// Reads one document.
pub(crate) fn decode(input: &mut Input<'_>, sink: &mut Sink<'_>) -> Decoded {
    let from = sink.set.len();
    let mut zipkin = Zipkin { reader: Reader::new(input, Format::ZipkinJson), sink, tags: Vec::new() };
    let read = zipkin.document();
    zipkin.reader.report(zipkin.sink.set, None);
    zipkin.sink.set.close(from);
    read.map_err(|_| zipkin.reader.take_error())
}

struct Zipkin<'z, 'r, 'a, 's> {
    reader: Reader<'r, 'a>,
    sink: &'z mut Sink<'s>,
    /// Key and value of the span that is being read.
    tags: Vec<(Sym, Sym)>,
}

impl Zipkin<'_, '_, '_, '_> {
    fn document(&mut self) -> Step<()> {
        match self.reader.next_document()? {
            None => return Err(self.reader.empty()),
            Some(b'[') => self.list(true)?,
            Some(b'{') => self.span()?,
            Some(_) => return Err(self.reader.broken_by_next("expected an array of spans")),
        }
        self.reader.end()
    }

    /// Spans, or lists of them when `outer`.
    fn list(&mut self, outer: bool) -> Step<()> {
        if self.reader.begin_array()? {
            while self.reader.next_element()? {
                match self.reader.next_byte()? {
                    b'[' if outer => self.list(false)?,
                    _ => self.span()?,
                }
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests;
