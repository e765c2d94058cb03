//! A trace written out, to be taken along: in the formats that other tools read, and as tables. Nothing is derived here but
//! in the tables; the report is not one of these ([`super::report`]).
//!
//! OTLP is written in full, in JSON and in protobuf: what is read back gives the same report. Repairs are not written: a span
//! keeps its own parent id and end, and spans that came more than once are written as often. Times are as recorded, also
//! where clocks are put right on the page. Traces that stand beside the open one are written with it, each under its own id.

mod json;
mod otlp_json;
mod otlp_proto;
mod otlp_rows;
mod pass;
mod protobuf;

pub use otlp_json::{otlp_json, write_otlp_json};
pub use otlp_proto::{otlp_proto, otlp_proto_through};
pub use pass::{AsIs, At, Owner, Pass, Passed, Text};
