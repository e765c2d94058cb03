//! Spans as CSV, one a row, in depth-first order. Which ones is for the caller: those that a view shows.
//!
//! Times are as the page shows them, so with clocks put right where the reader asked for it; everything else is as recorded.
//! A cell of a time that is not known is empty.

use super::csv::Csv;
use super::json::push_members;
use crate::analysis::derived::Derived;
use crate::base::utc;
use crate::model::{SpanIdx, Timing, Trace};

const NAMES: [&str; 18] = [
    "trace_id",
    "span_id",
    "parent_span_id",
    "service",
    "operation",
    "name",
    "kind",
    "status",
    "status_message",
    "start_utc",
    "start_unix_nano",
    "start_ns",
    "duration_ns",
    "self_ns",
    "critical_path_ns",
    "critical_path_share",
    "depth",
    "attributes",
];

/// What find has marked, if it looks for something: ascending.
pub type Found<'f> = Option<&'f [u32]>;

/// `spans` that the trace does not have are left out. With `found` a last column says whether find marks the span.
pub fn spans_csv(trace: &Trace, derived: &Derived, spans: &[u32], found: Found<'_>) -> Vec<u8> {
    let mut csv = Csv::default();
    NAMES.iter().chain(found.map(|_| &"found")).for_each(|name| csv.text(name));
    csv.end_row();
    let mut attributes = String::new();
    for span in spans.iter().filter(|span| (**span as usize) < trace.len()) {
        let span = SpanIdx(*span);
        identity(trace, derived, span, &mut csv);
        times(trace, derived, span, &mut csv);
        csv.number(u64::from(trace.depth(span)));
        attributes.clear();
        attributes.push('{');
        let strings = &trace.set.strings;
        let members = trace.set.attrs.iter(strings, trace.attrs(span));
        push_members(&mut attributes, members.map(|(key, value)| (strings.get(key), value)));
        attributes.push('}');
        csv.text(&attributes);
        if let Some(found) = found {
            csv.text(if found.binary_search(&span.0).is_ok() { "true" } else { "false" });
        }
        csv.end_row();
    }
    csv.into_bytes()
}

fn identity(trace: &Trace, derived: &Derived, span: SpanIdx, csv: &mut Csv) {
    let id = |id: crate::base::SpanId| if id.is_zero() { String::new() } else { id.to_string() };
    csv.text(&trace.id_of(span).to_string());
    csv.text(&id(trace.span_id(span)));
    csv.text(&id(trace.parent_id(span)));
    csv.text(trace.service_name(span));
    csv.text(derived.labels.label(span));
    csv.text(trace.name(span));
    csv.text(trace.kind(span).name());
    csv.text(trace.status(span).name());
    csv.text(trace.status_message(span));
}

fn times(trace: &Trace, derived: &Derived, span: SpanIdx, csv: &mut Csv) {
    let path = derived.critical_path.as_ref();
    let start_unix_nano = trace.start_unix_nano.saturating_add(trace.start_ns(span));
    let timing = trace.timing(span);
    if timing == Timing::NoStart {
        (0..3).for_each(|_| csv.text(""));
    } else {
        csv.text(&utc::iso8601_ms(start_unix_nano));
        csv.number(start_unix_nano);
        csv.number(trace.start_ns(span));
    }
    if timing.is_known() {
        csv.number(trace.duration_of(span));
        csv.number(derived.self_ns.get(span.index()).copied().unwrap_or_default());
    } else {
        (0..2).for_each(|_| csv.text(""));
    }
    let own_ns = path.and_then(|path| path.own_ns_of(span)).unwrap_or_default();
    csv.number(own_ns);
    csv.share(own_ns, path.map_or(0, |path| trace.duration_of(path.root)));
}
