//! What OpenTelemetry's spans have and Jaeger's and Zipkin's have no field for: it travels in tags, is read back here, and
//! is an attribute no more.
//!
//! Source: OpenTelemetry specification, "Span to Jaeger" and "Span to Zipkin" of `trace/sdk_exporters`, and the
//! Collector's `translator/jaeger` and `translator/zipkin`, which write them (`otel.library.*` are the older names).

use crate::base::{Strings, Sym, utc};
use crate::model::clocks::{YEAR_2000_NS, YEAR_2100_NS};
use crate::model::{Kind, Scope, SpanDraft, SpanSet, Status};

/// What the Collector writes for a service without a name; Zipkin lowercases it.
const NO_SERVICE_NAME: &str = "OTLPResourceNoServiceName";

/// A service name as it was before translation; empty when there was none.
pub(super) fn service_name(text: &str) -> &str {
    if text.eq_ignore_ascii_case(NO_SERVICE_NAME) { "" } else { text }
}

#[derive(Default)]
pub(super) struct Carried {
    kind: Option<Kind>,
    status: Status,
    is_error: bool,
    status_message: Sym,
    trace_state: Sym,
    scope_name: Sym,
    scope_version: Sym,
}

impl Carried {
    /// Takes a tag of a span; false when it is an ordinary attribute.
    pub fn take(&mut self, strings: &mut Strings, key: &str, value: &str) -> bool {
        match key {
            "span.kind" => match Kind::from_name(value) {
                Some(kind) => self.kind = Some(kind),
                None => return false,
            },
            "otel.status_code" => match Status::from_name(value) {
                Some(status) => self.status = status,
                None => return false,
            },
            "otel.status_description" => self.status_message = strings.intern(value),
            "error" if value == "true" => self.is_error = true,
            "w3c.tracestate" => self.trace_state = strings.intern(value),
            "otel.scope.name" | "otel.library.name" => self.scope_name = strings.intern(value),
            "otel.scope.version" | "otel.library.version" => self.scope_version = strings.intern(value),
            _ => return false,
        }
        true
    }

    /// An error that the span names in a way of its format's own; `message` stands in for a missing description.
    pub fn set_error(&mut self, message: Sym) {
        self.is_error = true;
        if self.status_message.is_empty() {
            self.status_message = message;
        }
    }

    /// Fills the draft. A kind that the format has a field for (`draft.kind` is set) goes before the tag; the tag `error`
    /// goes before `otel.status_code`, as in the Collector.
    pub fn apply(&self, draft: &mut SpanDraft) {
        if draft.kind == Kind::Unspecified {
            draft.kind = self.kind.unwrap_or_default();
        }
        draft.status = if self.is_error { Status::Error } else { self.status };
        draft.status_message = self.status_message;
        draft.trace_state = self.trace_state;
    }

    /// Gives `row` its scope, if the tags name one.
    pub fn assign_scope(&self, set: &mut SpanSet, row: u32) {
        if self.scope_name.is_empty() && self.scope_version.is_empty() {
            return;
        }
        let scope = set.intern_scope(Scope { name: self.scope_name, version: self.scope_version, ..Scope::default() });
        set.assign_scope(row as usize, scope);
    }
}

/// Nanoseconds since 1970 of a sum in i128; an error clause when no u64 holds them.
pub(super) fn unix_nano(ns: i128) -> Result<u64, String> {
    u64::try_from(ns).map_err(|_| {
        let finer = u64::try_from(ns / 1_000).ok().filter(|time| (YEAR_2000_NS..YEAR_2100_NS).contains(time));
        let hint = finer.map(|time| {
            let then = utc::iso8601_ms(time);
            format!("; if the file has nanoseconds where microseconds belong, it is {then}")
        });
        format!("{ns} ns is no time that 64 bits hold{}", hint.unwrap_or_default())
    })
}

/// Start and end where a format has a start and a duration, in ns. A start that is missing is 0, with the duration alone as
/// the end; without a duration there is no end, which is 0 too.
pub(super) fn start_and_end(start_ns: i128, duration_ns: Option<i128>) -> [Result<u64, String>; 2] {
    let end_ns = duration_ns.map_or(0, |duration_ns| start_ns.saturating_add(duration_ns));
    [unix_nano(start_ns), unix_nano(end_ns)]
}
