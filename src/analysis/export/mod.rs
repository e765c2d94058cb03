//! A trace written out, to be taken along: in the formats that other tools read, and as tables. Nothing is derived here but
//! in the tables; the report is not one of these ([`super::report`]).
//!
//! Jaeger JSON loses what it has no place for, and the fractions of a microsecond. OTLP is written in full, in JSON and in protobuf: what is read back gives the same report. Repairs are not written: a span
//! keeps its own parent id and end, and spans that came more than once are written as often. Times are as recorded, also
//! where clocks are put right on the page. Traces that stand beside the open one are written with it, each under its own id.

mod csv;
mod jaeger_json;
mod json;
mod otlp_json;
mod otlp_proto;
mod otlp_rows;
mod pass;
mod protobuf;
mod spans_csv;
mod statistics_csv;

pub use jaeger_json::jaeger_json;
pub use otlp_json::{otlp_json, write_otlp_json};
pub use otlp_proto::{otlp_proto, otlp_proto_through};
pub use pass::{AsIs, At, Owner, Pass, Passed, Text};
pub use spans_csv::spans_csv;
pub use statistics_csv::statistics_csv;

use crate::model::Trace;

/// Every row of the trace and of those that stand beside it, in order of arrival. Those that say what an earlier one says
/// are among them: the warning about them is part of the report.
fn all_rows(trace: &Trace) -> Vec<u32> {
    let set = &*trace.set;
    let mut is_written = vec![false; set.trace_ids.len()];
    for span in trace.spans() {
        is_written[set.trace.at(trace.row(span)) as usize] = true;
    }
    (0..set.len() as u32).filter(|row| is_written[set.trace.at(*row as usize) as usize]).collect()
}
