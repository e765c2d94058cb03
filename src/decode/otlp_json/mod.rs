//! OTLP/JSON, one document or many: the Collector's file exporter writes a document a line, Tempo answers one.
//!
//! Source: opentelemetry-proto `trace/v1/trace.proto` with protobuf's JSON mapping, and what is written in the wild:
//! ids in hex (OTLP) or base64 (Tempo), enums as numbers or names, camelCase or snake_case, `resourceSpans` or Tempo's
//! `batches`, `instrumentationLibrarySpans` of OTLP before 0.15. Members come in any order. What may be around it, and
//! which parts of it may come alone, is in [`envelope`].
//!
//! ```text
//! {"resourceSpans": [{"resource": {…}, "scopeSpans": [{"scope": {…}, "spans": [{…}, …]}]}]}
//! ```
//!
//! Documents of logs or metrics are counted by record and skipped. A document that breaks keeps its complete spans, and
//! reading goes on at the next line that starts with `{`. Attributes keep every type of `AnyValue`, so nothing is lost
//! but values nested deeper than [`crate::model::attr::MAX_NESTING`] and members that OTLP does not define, which are
//! counted ([`super::skipped`]).

mod envelope;
mod plain;
mod records;
mod span;
mod value;

use super::json::{Reader, Step, read_documents};
use super::skipped::Holder;
use super::{DecodeError, Decoded, Format, Input, Sink};
use crate::base::Sym;
use crate::model::{Resource, Scope};

/// Reads all documents of the input. The format says whether there were several; the error is the first one.
pub(crate) fn decode(input: &mut Input<'_>, sink: &mut Sink<'_>) -> (Format, Decoded) {
    let from = sink.set.len();
    let mut otlp = Otlp { reader: Reader::new(input, Format::OtlpJson), sink, wrong: None, line_start: b"" };
    let (documents, error) = read_documents(&mut otlp);
    let error = error.or(otlp.wrong.take());
    let error = if otlp.sink.set.len() > from { error } else { error.or_else(|| otlp.reader.mismatch()) };
    otlp.reader.report(otlp.sink.set, None);
    otlp.sink.set.close(from);
    let format = if documents > 1 { Format::OtlpJsonLines } else { Format::OtlpJson };
    let decoded = match error {
        Some(error) => Err(DecodeError { format: Some(format), ..error }),
        None => Ok(()),
    };
    (format, decoded)
}

struct Otlp<'o, 'r, 'a, 's> {
    reader: Reader<'r, 'a>,
    sink: &'o mut Sink<'s>,
    /// The first list of resources that was something else.
    wrong: Option<DecodeError>,
    /// How the documents begin, on lines of their own.
    line_start: &'static [u8],
}

impl Otlp<'_, '_, '_, '_> {
    /// Reads every element of an array.
    fn each(&mut self, read: fn(&mut Self) -> Step<()>) -> Step<()> {
        if self.reader.begin_array()? {
            while self.reader.next_element()? {
                read(self)?;
            }
        }
        Ok(())
    }

    fn resource_spans(&mut self) -> Step<()> {
        let from = self.sink.set.len();
        let mut resource = None;
        let mut schema_url = Sym::EMPTY;
        let read = self.resource_spans_members(&mut resource, &mut schema_url);
        // Also where the input breaks: the spans that were complete keep their resource.
        let set = &mut *self.sink.set;
        if let Some(mut index) = resource {
            if !schema_url.is_empty() {
                index = set.resource_with_schema(index, schema_url);
            }
            set.assign_resource(from, index);
        } else if set.len() > from {
            let index = set.intern_resource(Resource { schema_url, ..Resource::default() });
            set.assign_resource(from, index);
        }
        self.reader.report(self.sink.set, None);
        read
    }

    fn resource_spans_members(&mut self, resource: &mut Option<u32>, schema_url: &mut Sym) -> Step<()> {
        if !self.reader.begin_object()? {
            return Ok(());
        }
        while let Some(key) = self.reader.next_key()? {
            match key {
                // Interned at once: the lines of a resource that is known already can be dropped while they are the last.
                "resource" => *resource = Some(self.resource()?),
                "scopeSpans" | "scope_spans" | "instrumentationLibrarySpans" | "instrumentation_library_spans" => {
                    self.each(Self::scope_spans)?;
                }
                "schemaUrl" | "schema_url" => *schema_url = self.reader.symbol(&mut self.sink.set.strings)?,
                _ => self.reader.skip_unknown(&mut self.sink.skipped, Holder::ResourceSpans)?,
            }
        }
        Ok(())
    }

    fn resource(&mut self) -> Step<u32> {
        let mut resource = Resource::default();
        if self.reader.begin_object()? {
            while let Some(key) = self.reader.next_key()? {
                match key {
                    "attributes" => resource.attrs = self.attributes(resource.attrs)?,
                    "droppedAttributesCount" | "dropped_attributes_count" => {
                        resource.dropped_attributes = self.reader.unsigned_32()?;
                    }
                    // References into the attributes.
                    "entityRefs" | "entity_refs" => self.reader.skip_value()?,
                    _ => self.reader.skip_unknown(&mut self.sink.skipped, Holder::Resource)?,
                }
            }
        }
        self.reader.report(self.sink.set, None);
        Ok(self.sink.set.intern_resource(resource))
    }

    fn scope_spans(&mut self) -> Step<()> {
        let from = self.sink.set.len();
        let mut scope = Scope::default();
        let read = self.scope_spans_members(&mut scope);
        let set = &mut *self.sink.set;
        if set.len() > from {
            let index = set.intern_scope(scope);
            set.assign_scope(from, index);
        }
        read
    }

    fn scope_spans_members(&mut self, scope: &mut Scope) -> Step<()> {
        if !self.reader.begin_object()? {
            return Ok(());
        }
        while let Some(key) = self.reader.next_key()? {
            match key {
                "scope" | "instrumentationLibrary" | "instrumentation_library" => self.scope(scope)?,
                "spans" => self.each(Self::span)?,
                "schemaUrl" | "schema_url" => scope.schema_url = self.reader.symbol(&mut self.sink.set.strings)?,
                _ => self.reader.skip_unknown(&mut self.sink.skipped, Holder::ScopeSpans)?,
            }
        }
        Ok(())
    }

    fn scope(&mut self, scope: &mut Scope) -> Step<()> {
        if !self.reader.begin_object()? {
            return Ok(());
        }
        while let Some(key) = self.reader.next_key()? {
            match key {
                "name" => scope.name = self.reader.symbol(&mut self.sink.set.strings)?,
                "version" => scope.version = self.reader.symbol(&mut self.sink.set.strings)?,
                "attributes" => scope.attrs = self.attributes(scope.attrs)?,
                "droppedAttributesCount" | "dropped_attributes_count" => {
                    scope.dropped_attributes = self.reader.unsigned_32()?;
                }
                _ => self.reader.skip_unknown(&mut self.sink.skipped, Holder::Scope)?,
            }
        }
        self.reader.report(self.sink.set, None);
        Ok(())
    }
}

#[cfg(test)]
mod envelope_tests;
#[cfg(test)]
mod tests;
