//! What is around OTLP/JSON, and its parts without what is usually around them. All are known by their shape.
//!
//! ```text
//! {"trace": {"resourceSpans": […]}, "metrics": {…}, "status": "PARTIAL", "message": "…"}   Tempo's v2
//! {"result": {"resourceSpans": […]}}  {"error": {"message": "…"}}                          Jaeger's v3
//! {"meta": {…}, "logs": […], "traces": {"resourceSpans": […]}}                             Grafana Faro
//! [{"resourceSpans": […]}, …]                                                              a list of documents
//! {"resource": {…}, "scopeSpans": […]}                                                     Java's logging exporter
//! ```
//!
//! Members that are not OTLP are looked into, as far as [`DEEPEST`] levels, since any of them may hold it.

use super::Otlp;
use crate::decode::json::{Documents, Reader, Step};
use crate::decode::sniff::{self, Ahead, Shape};

/// What an object says beside what it holds.
#[derive(Default)]
struct Beside {
    has_payload: bool,
    /// Tempo's `status: PARTIAL`.
    is_partial: bool,
    message: String,
    /// A status code of gRPC, beside a message.
    has_code: bool,
    error: String,
}

impl<'r, 'a: 'r> Documents<'r, 'a> for Otlp<'_, 'r, 'a, '_> {
    fn reader(&mut self) -> &mut Reader<'r, 'a> {
        &mut self.reader
    }

    fn document(&mut self) -> Step<()> {
        let starts: [&'static [u8]; 3] = [b"{\"result\":", b"{\"resource\":", b"{\"scope\":"];
        let start = starts.into_iter().find(|start| self.reader.glance().literal(start));
        self.line_start = start.unwrap_or(b"{\"resource");
        self.reader.expect_lines(start);
        let read = match self.reader.next_byte()? {
            b'[' => self.top_list(),
            _ => self.object(1),
        };
        self.reader.expect_lines(None);
        self.reader.report(self.sink.set, None);
        read
    }

    fn object(&mut self, depth: usize) -> Step<()> {
        // What programs write; all else is looked at first.
        let is_data = self.reader.glance().literal(b"{\"resourceSpans\":");
        let ahead = if is_data { Ahead::Is(Shape::OtlpData) } else { self.reader.shape_ahead() };
        match ahead {
            Ahead::Is(Shape::ResourceSpans) => self.resource_spans(),
            Ahead::Is(Shape::ScopeSpans) => self.scope_spans(),
            Ahead::Is(Shape::OtlpSpan) => self.span(),
            Ahead::Is(Shape::ResourceRecords) => self.resource_records(),
            _ => {
                let mut beside = Beside::default();
                let read = self.look_into(depth, &mut beside);
                self.conclude(depth, beside);
                read
            }
        }
    }

    fn refused(&self) -> bool {
        self.sink.refused
    }
}

impl Otlp<'_, '_, '_, '_> {
    fn top_list(&mut self) -> Step<()> {
        let mut objects = 0u64;
        self.reader.begin_array()?;
        while self.reader.next_element()? {
            objects += u64::from(matches!(self.reader.next_byte()?, b'{' | b'['));
            self.around(2)?;
        }
        if objects == 0 { Err(self.reader.broken("the list holds no object")) } else { Ok(()) }
    }

    fn look_into(&mut self, depth: usize, beside: &mut Beside) -> Step<()> {
        if !self.reader.begin_object()? {
            return Ok(());
        }
        while let Some(key) = self.reader.next_key()? {
            match key {
                "resourceSpans" | "resource_spans" | "batches" => {
                    beside.has_payload = true;
                    self.payload(depth)?;
                }
                "resourceLogs" | "resource_logs" => self.sink.skipped_logs += self.logs()?,
                "resourceMetrics" | "resource_metrics" => self.sink.skipped_metrics += self.metrics()?,
                "trace" | "result" => {
                    beside.has_payload = true;
                    self.around(depth + 1)?;
                }
                "error" | "errors" if depth == 1 => {
                    let said = self.reader.said()?;
                    if beside.error.is_empty() {
                        beside.error = said;
                    }
                }
                "status" => match self.plain()? {
                    true => beside.is_partial = matches!(self.reader.string()?, "PARTIAL" | "1"),
                    false => self.around(depth + 1)?,
                },
                "message" => match self.plain()? {
                    true => beside.message = self.reader.string()?.to_owned(),
                    false => self.around(depth + 1)?,
                },
                "code" => {
                    beside.has_code = true;
                    self.reader.skip_value()?;
                }
                _ => self.around(depth + 1)?,
            }
        }
        Ok(())
    }

    /// Whether the next value is neither an object nor a list.
    fn plain(&mut self) -> Step<bool> {
        Ok(!matches!(self.reader.next_byte()?, b'{' | b'['))
    }

    /// A list of resources. Anything else there is an error that does not end the reading.
    fn payload(&mut self, depth: usize) -> Step<()> {
        match self.reader.next_byte()? {
            b'[' => {
                let outside = self.reader.expect_lines(Some(self.line_start));
                self.each(Self::resource_spans)?;
                self.reader.expect_lines(outside);
                Ok(())
            }
            b'n' => self.reader.skip_value(),
            // Below the top, a name alone is no sign of OTLP.
            first if depth > 1 && first != b'{' => self.reader.skip_value(),
            _ => {
                let error = self.reader.wrong("an array of resources with their spans");
                self.wrong.get_or_insert(error);
                self.around(depth + 1)
            }
        }
    }

    /// Why what came is not all, when the object says so.
    fn conclude(&mut self, depth: usize, beside: Beside) {
        let Beside { has_payload, is_partial, message, has_code, error } = beside;
        let is_answer = depth == 1;
        let reason = if is_partial && (is_answer || has_payload) {
            message
        } else if is_answer && !error.is_empty() {
            error
        } else if is_answer && has_code && !has_payload && !message.is_empty() {
            sniff::one_line(&message)
        } else {
            return;
        };
        self.sink.partial.get_or_insert(reason);
    }
}
