//! Rows of a real trace read as what their spans are, by the semantic conventions that real instrumentation writes.

#![allow(clippy::unwrap_used, reason = "a test that cannot read its fixture fails")]

use std::fs::File;
use std::path::Path;
use std::sync::Arc;

use spanloom::analysis::Derived;
use spanloom::model::{SpanSet, Trace};

fn order_full() -> Trace {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/tempo/traces/order-full/v1.pb");
    let mut set = SpanSet::new();
    spanloom::decode::decode(Box::new(File::open(path).unwrap()), &mut set, &mut |_| {});
    let id = set.trace_ids[0];
    Trace::build(&Arc::new(set), id).unwrap()
}

#[test]
fn the_order_reads_as_what_it_did() {
    let trace = order_full();
    let labels = Derived::of(&trace).labels;
    let handler = trace
        .spans()
        .find(|span| trace.service_name(*span) == "order-service" && trace.name(*span) == "request handler - /orders")
        .unwrap();
    let rows: Vec<String> = trace
        .children(handler)
        .map(|span| match labels.peer(span) {
            Some(peer) => format!("{} → {peer}", labels.label(span)),
            None => labels.label(span).to_owned(),
        })
        .collect();
    assert_eq!(
        rows,
        [
            "order.validate",
            "pg-pool.connect → orders-db",
            "BEGIN → orders-db",
            "INSERT orders → orders-db",
            "INSERT order_lines → orders-db",
            "INSERT order_lines → orders-db",
            "INSERT order_lines → orders-db",
            "COMMIT → orders-db",
            "inventory.reserve",
            "inventory.reserve",
            "inventory.reserve",
            "POST /charge → payment-service",
            "carrier.quote_fanout",
            "POST /sync → erp-connector",
            "POST /book → carrier-tnt",
            "publish shipments.created → shipment-worker",
            "order.audit_log",
            "publish labels.requested → queue",
            "publish legacy.in → queue",
        ]
    );
}
