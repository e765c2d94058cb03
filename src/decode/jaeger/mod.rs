//! Jaeger JSON, as Jaeger's query API and its UI's download give it: `{"data": [trace, …]}`; also one trace without
//! `data`, a list of traces, lines of either, and any object around them.
//!
//! Source: Jaeger `model/json/model.go`, and the Collector's `translator/jaeger`, whose mapping is reversed here.
//!
//! ```text
//! {"traceID": "…", "spans": [{"spanID": "…", "references": [{"refType": "CHILD_OF", "spanID": "…"}], "startTime": µs,
//!   "duration": µs, "tags": [{"key": "…", "type": "int64", "value": 1}], "logs": [{"timestamp": µs, "fields": [tag, …]}],
//!   "processID": "p1"}], "processes": {"p1": {"serviceName": "…", "tags": [tag, …]}}}
//! ```
//!
//! What Jaeger JSON cannot carry, and is therefore different from the same trace in OTLP:
//! - times are cut to microseconds, durations too, so an end can be up to 2 µs early (a fraction is read if one stands
//!   there, as our own writer has it where spans share an id). A negative duration stands as its two's complement in 64 bits and is read back;
//! - `NaN` and the infinities do not exist; arrays, maps and bytes of OTLP come as JSON or base64 text in string tags;
//! - an event's name is its field `event`; the number of dropped attributes, events and links, schema URLs, attributes of
//!   a scope (they are tags of the span) and trace states and flags of links are gone;
//! - a link is a reference `FOLLOWS_FROM`. Without a `CHILD_OF`, the first one to another span of the same trace is
//!   the parent, as in Jaeger, unless that closes a cycle ([`crate::model::follows`]); its link stays, with the attribute
//!   `opentracing.ref_type` = `follows_from`. Further `CHILD_OF` are links with the attribute `child_of`;
//! - spans of one id that differ only in what is lost here read as copies of one another, and so become one;
//! - a status `OK` or `ERROR` without its tag (`otel.status_code`, `error`) cannot be told from an unset one.

mod process;
mod span;
mod tag;

use rustc_hash::FxHashMap;

use super::ids::Read;
use super::json::{Documents, Reader, Step, read_documents};
use super::skipped::Holder;
use super::{Decoded, Format, Input, Sink};
use crate::base::{Sym, TraceId};
use crate::model::WarningKind;
use span::Reference;

/// Reads all documents of the input; the error is the first one.
pub(crate) fn decode(input: &mut Input<'_>, sink: &mut Sink<'_>) -> Decoded {
    let from = sink.set.len();
    let mut jaeger = Jaeger { reader: Reader::new(input, Format::JaegerJson), sink, references: Vec::new() };
    let (_, error) = read_documents(&mut jaeger);
    let error = if jaeger.sink.set.len() > from { error } else { error.or_else(|| jaeger.reader.mismatch()) };
    jaeger.reader.report(jaeger.sink.set, None);
    jaeger.sink.set.close(from);
    error.map_or(Ok(()), Err)
}

struct Jaeger<'j, 'r, 'a, 's> {
    reader: Reader<'r, 'a>,
    sink: &'j mut Sink<'s>,
    /// Of the span that is being read.
    references: Vec<Reference>,
}

/// A trace that is being read. Spans name their process; processes may come before or after them.
#[derive(Default)]
struct Open {
    id: TraceId,
    /// What the id was derived from, if it is none.
    id_text: Sym,
    /// Row and process id.
    waiting: Vec<(u32, Sym)>,
    /// Process id and resource.
    processes: FxHashMap<Sym, u32>,
}

impl Open {
    /// Whether members of a trace came already; else it may be an object around traces.
    fn is_trace(&self) -> bool {
        !self.id.is_zero() || !self.waiting.is_empty() || !self.processes.is_empty()
    }
}

impl<'r, 'a: 'r> Documents<'r, 'a> for Jaeger<'_, 'r, 'a, '_> {
    fn reader(&mut self) -> &mut Reader<'r, 'a> {
        &mut self.reader
    }

    fn document(&mut self) -> Step<()> {
        self.around(1)
    }

    /// A trace, or an object around several.
    fn object(&mut self, depth: usize) -> Step<()> {
        let mut open = Open::default();
        let read = self.members(&mut open, depth);
        self.assign_processes(&open);
        self.reader.report(self.sink.set, None);
        read
    }

    fn refused(&self) -> bool {
        self.sink.refused
    }
}

impl Jaeger<'_, '_, '_, '_> {
    fn members(&mut self, open: &mut Open, depth: usize) -> Step<()> {
        if !self.reader.begin_object()? {
            return Ok(());
        }
        while let Some(key) = self.reader.next_key()? {
            match key {
                "traceID" => Read { id: open.id, text: open.id_text } = self.trace_id()?,
                "spans" => {
                    if self.reader.begin_array()? {
                        while self.reader.next_element()? {
                            self.span(open)?;
                        }
                    }
                }
                "processes" => self.processes(open)?,
                // What Jaeger could not read of it.
                "errors" if depth == 1 => {
                    let said = self.reader.said()?;
                    if !said.is_empty() {
                        self.sink.partial.get_or_insert(said);
                    }
                }
                _ if open.is_trace() => self.reader.skip_unknown(&mut self.sink.skipped, Holder::Trace)?,
                _ => self.around(depth + 1)?,
            }
        }
        Ok(())
    }

    /// Gives the spans their resources. Where the input broke off before its processes, the services stay unknown.
    fn assign_processes(&mut self, open: &Open) {
        let mut unknown = 0u64;
        for (row, process) in &open.waiting {
            match open.processes.get(process) {
                Some(resource) => self.sink.set.set_resource(*row, *resource),
                None => unknown += 1,
            }
        }
        if unknown > 0 {
            let spans = crate::base::format::counted(unknown, "span names a process", "spans name a process");
            let message = format!("{spans} that the file does not describe: the service is unknown.");
            let row = open.waiting.iter().find(|(_, process)| !open.processes.contains_key(process));
            self.sink.set.defect(WarningKind::InvalidField, row.map(|(row, _)| *row), message);
        }
    }
}

#[cfg(test)]
mod tests;
