//! What is written when something is taken along: which writer has which format.

use super::protocol::Export;
use crate::analysis::Derived;
use crate::analysis::export;
use crate::analysis::statistics::GroupBy;
use crate::analysis::statistics_order::Order;
use crate::model::Trace;
use crate::model::outline::Column;

/// `columns` are those that came beside the question.
pub fn bytes(trace: &Trace, derived: &Derived, format: Export, columns: Vec<Column>) -> Vec<u8> {
    match format {
        Export::OtlpJson => export::otlp_json(trace),
        Export::OtlpProtobuf => export::otlp_proto(trace),
        Export::JaegerJson => export::jaeger_json(trace),
        Export::Statistics { scope, by, order } => {
            let order = Order::parse(&order).unwrap_or_default();
            export::statistics_csv(trace, derived, &scope, &GroupBy::parse(&by), order)
        }
        Export::Spans => {
            let mut columns = columns.into_iter();
            let spans = match columns.next() {
                Some(Column::U32(spans)) => spans,
                _ => Vec::new(),
            };
            let found = match columns.next() {
                Some(Column::U32(found)) => Some(found),
                _ => None,
            };
            export::spans_csv(trace, derived, &spans, found.as_deref())
        }
    }
}
