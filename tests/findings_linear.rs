//! What findings and the critical path cost, in instructions: ten times the spans may cost ten times the instructions, and a little more for
//! sorting. Instructions are counted by valgrind's cachegrind, since times of shared machines say nothing. Run where there is
//! a valgrind: `scripts/test.sh` does.
//!
//! The test starts itself under valgrind, once to build a trace and once more to ask; what the second takes more is the cost.

#![allow(clippy::unwrap_used, reason = "a test that cannot count fails")]

mod counting;

use std::hint::black_box;
use std::sync::Arc;

use spanloom::analysis::findings::{Seen, findings};
use spanloom::analysis::resolution::StartResolution;
use spanloom::analysis::{Derived, critical_path};
use spanloom::base::{SpanId, TraceId};
use spanloom::model::{AnyValue, Kind, Resource, SpanDraft, SpanSet, Status, Trace};

const SPANS: &str = "SPANLOOM_LINEAR_SPANS";
const ASKS: &str = "SPANLOOM_LINEAR_ASKS";

/// Instructions of a span at 100,000 may be this many percent of those at 10,000: sorting n takes n log n, and 17 / 13 is 1.3.
const MOST_PERCENT: u64 = 130;

/// Requests of 25 spans below one root: a server, ten queries in turn, calls side by side, a message, a failure that is tried again, a clock
/// that is behind.
fn trace_of(spans: u64) -> Trace {
    let mut set = SpanSet::new();
    let mut push =
        |id: u64, parent: u64, kind: Kind, service: &str, name: &str, (start, end): (u64, u64), more: u64| {
            let mark = set.attrs.mark();
            match kind {
                Kind::Client if name.starts_with("SELECT") => {
                    set.push_attr("db.system.name", &AnyValue::str("postgresql"));
                    set.push_attr("db.query.text", &AnyValue::str(&format!("{name} WHERE id = {more}")));
                }
                Kind::Client | Kind::Server => {
                    set.push_attr("http.request.method", &AnyValue::str("GET"));
                    set.push_attr("url.full", &AnyValue::str(&format!("http://{service}/orders/{more}?token=a")));
                    set.push_attr("server.address", &AnyValue::str("legacy-lb"));
                    set.push_attr("http.response.status_code", &AnyValue::Int(200 + (more % 7 / 6) as i64 * 303));
                }
                _ => set.push_attr("order.id", &AnyValue::Int(more as i64)),
            }
            let attrs = set.attrs.since(mark);
            let span = SpanDraft {
                trace_id: TraceId(1),
                span_id: SpanId(id),
                parent_id: SpanId(parent),
                name: set.intern(name),
                kind,
                status: if more % 11 == 3 { Status::Error } else { Status::Unset },
                start_unix_nano: 1_000_000_000_000 + start,
                end_unix_nano: 1_000_000_000_000 + end,
                attrs,
                ..SpanDraft::default()
            };
            let row = set.push_span(&span);
            let mark = set.attrs.mark();
            set.push_attr("service.name", &AnyValue::str(service));
            set.push_attr("host.name", &AnyValue::str(if service == "carrier" { "node-2" } else { "node-1" }));
            let resource = Resource { attrs: set.attrs.since(mark), ..Resource::default() };
            let resource = set.intern_resource(resource);
            set.set_resource(row, resource);
        };
    let requests = spans / 25;
    push(1, 0, Kind::Server, "gateway", "POST /import", (0, requests * 10_000_000), 0);
    for request in 0..requests {
        let (id, at) = (10 + request * 30, request * 10_000_000);
        push(id, 1, Kind::Internal, "gateway", "row", (at, at + 9_000_000), request);
        push(id + 1, id, Kind::Client, "gateway", "GET", (at + 100, at + 8_000_000), request);
        push(id + 2, id + 1, Kind::Server, "orders", "GET /orders/{id}", (at + 200, at + 7_900_000), request);
        for query in 0..10 {
            let from = at + 1_000 + query * 100_000;
            push(id + 3 + query, id + 2, Kind::Client, "orders", "SELECT a FROM t", (from, from + 90_000), request);
        }
        for call in 0..5 {
            let from = at + 2_000_000 + call * 1_000;
            push(
                id + 13 + call * 2,
                id + 2,
                Kind::Client,
                "orders",
                "GET quote",
                (from, from + 900_000),
                request + call,
            );
            push(
                id + 14 + call * 2,
                id + 13 + call * 2,
                Kind::Server,
                "carrier",
                "quote",
                (from - 1_500_000, from - 700_000),
                call,
            );
        }
        push(id + 23, id + 2, Kind::Producer, "orders", "publish", (at + 5_000_000, at + 5_001_000), request);
        push(
            id + 24,
            id + 2,
            Kind::Internal,
            "orders",
            &format!("step {request}"),
            (at + 6_000_000, at + 7_000_000),
            request,
        );
    }
    set.close(0);
    Trace::build(&Arc::new(set), TraceId(1)).unwrap()
}

/// What runs under valgrind: builds, and asks if it is to.
#[test]
#[ignore = "is started under valgrind by the test below"]
fn work() {
    let spans = std::env::var(SPANS).ok().and_then(|text| text.parse().ok()).unwrap_or(1_000);
    let trace = trace_of(spans);
    assert_eq!(trace.len() as u64, spans / 25 * 25 + 1);
    match std::env::var(ASKS).as_deref() {
        Ok("path") => {
            black_box(critical_path::critical_path(&trace, &StartResolution::of(&trace)));
        }
        Ok("derived") => {
            black_box(Derived::of(&trace));
        }
        Ok("findings") => {
            let derived = Derived::of(&trace);
            assert!(findings(&trace, &derived, Seen::default()).len() > 5);
        }
        _ => {}
    }
}

fn instructions(spans: u64, asks: &str) -> u64 {
    counting::instructions(&[(SPANS, &spans.to_string()), (ASKS, asks)])
}

#[test]
#[ignore = "needs valgrind; scripts/test.sh runs it where there is one"]
fn findings_and_the_critical_path_cost_as_much_a_span_at_ten_times_the_spans() {
    let mut lines = Vec::new();
    for (asks, without) in [("path", "nothing"), ("findings", "derived")] {
        let [few, many] = [10_000, 100_000].map(|spans| {
            let cost = instructions(spans, asks) - instructions(spans, without);
            cost / spans
        });
        println!("{asks}: {few} instructions a span at 10,000 spans, {many} at 100,000");
        lines.push((asks, few, many));
    }
    for (asks, few, many) in lines {
        assert!(many * 100 <= few * MOST_PERCENT, "{asks}: {few} a span at 10,000, {many} at 100,000");
    }
}
