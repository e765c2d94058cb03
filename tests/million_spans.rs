//! What a trace of a million spans may cost, in counts: bytes a span by column, allocations, things a frame draws. Times are
//! the benchmark's (`docs/performance.md`), since machines differ; counts do not.

#![allow(clippy::unwrap_used, reason = "a test that cannot build its trace fails")]

use std::alloc::System;
use std::collections::HashMap;
use std::sync::Arc;

use spanloom::analysis::{Derived, outline};
use spanloom::base::{SpanId, TraceId};
use spanloom::layout::flame_chart::{self, Chart, pack::Packed};
use spanloom::layout::{RowModel, RowOptions, Viewport};
use spanloom::model::{AnyValue, Kind, Resource, SpanDraft, SpanSet, Status, Trace};
use stats_alloc::{INSTRUMENTED_SYSTEM, Region, StatsAlloc};

#[global_allocator]
static ALLOCATOR: &StatsAlloc<System> = &INSTRUMENTED_SYSTEM;

const SPANS: u64 = 1_000_000;
const ATTRIBUTES: [&str; 8] = [
    "http.request.method",
    "http.route",
    "server.address",
    "network.protocol.version",
    "cloud.region",
    "tenant.id",
    "order.id",
    "thread.id",
];

/// A span has four below it, one after another, and 12 attributes, among them one of a hundred thousand orders; one in a
/// hundred failed. `values` are the texts of each of [`ATTRIBUTES`].
fn million(values: &[Vec<String>]) -> SpanSet {
    let mut set = SpanSet::new();
    let names: Vec<_> = (0..200).map(|n| set.strings.intern(&format!("operation {n}"))).collect();
    let keys: Vec<_> = ATTRIBUTES.iter().map(|key| set.strings.intern(key)).collect();
    let numbers: Vec<_> = (0..4).map(|n| set.strings.intern(&format!("app.number.{n}"))).collect();
    let mut times: Vec<(u64, u64)> = Vec::with_capacity(SPANS as usize);
    for at in 0..SPANS {
        let (start, length) = match at.checked_sub(1) {
            None => (1_700_000_000_000_000_000, 1 << 40),
            Some(before) => {
                let (start, length) = times[(before / 4) as usize];
                (start + length / 5 * (before % 4), length / 4)
            }
        };
        times.push((start, length));
        let mark = set.attrs.mark();
        for (key, values) in keys.iter().zip(values) {
            let value = at.wrapping_mul(0x9e37_79b9_7f4a_7c15) % values.len() as u64;
            set.attrs.push_str(&mut set.strings, *key, &values[value as usize]);
        }
        for (key, of) in numbers.iter().zip([8_080, 600, 60_000, 5]) {
            set.attrs.push(&mut set.strings, *key, &AnyValue::Int((at % of) as i64));
        }
        let attrs = set.attrs.since(mark);
        let row = set.push_span(&SpanDraft {
            trace_id: TraceId(1),
            span_id: SpanId(at + 1),
            parent_id: SpanId(at.checked_sub(1).map_or(0, |before| before / 4 + 1)),
            name: names[(at % 200) as usize],
            kind: Kind::Internal,
            status: if at % 100 == 0 { Status::Error } else { Status::Unset },
            start_unix_nano: start,
            end_unix_nano: start + length,
            attrs,
            ..SpanDraft::default()
        });
        if at % 5_000 == 4_999 {
            let mark = set.attrs.mark();
            let (key, name) = (set.strings.intern("service.name"), format!("service-{}", at / 5_000 % 40));
            set.attrs.push_str(&mut set.strings, key, &name);
            let attrs = set.attrs.since(mark);
            let resource = set.intern_resource(Resource { attrs, ..Resource::default() });
            set.assign_resource(row as usize - 4_999, resource);
        }
    }
    set.close(0);
    set
}

/// One test: it counts what the whole program allocates, so nothing may run beside it.
#[test]
fn a_million_spans_cost_what_they_may() {
    let values: Vec<Vec<String>> =
        [3, 200, 40, 2, 3, 9, 100_000, 32].map(|of| (0..of).map(|n| format!("value-{of}-{n}")).collect()).into();
    let region = Region::new(ALLOCATOR);
    let set = million(&values);
    let held = region.change();
    // What is allocated anew counts as allocated or deallocated by the difference.
    bytes_a_span(&set, held.bytes_allocated as i64 - held.bytes_deallocated as i64);
    let allocations = (held.allocations + held.reallocations) as u64;
    assert!(allocations <= SPANS / 200, "{allocations} allocations");

    let id = set.trace_ids[0];
    let trace = Trace::build(&Arc::new(set), id).unwrap();
    let outline = outline(&trace, &Derived::of(&trace));
    things_a_frame(&outline);
}

/// 12 attributes a span in at most 100 bytes, and no column that is not in the table.
fn bytes_a_span(set: &SpanSet, held: i64) {
    let table = set.memory();
    for (column, bytes) in table.iter().filter(|(_, bytes)| *bytes > 0) {
        println!("{:>8.2} bytes a span: {column}", *bytes as f64 / SPANS as f64);
    }
    let total = set.memory_total();
    println!("{:>8.2} bytes a span in all, {:.2} held", total as f64 / SPANS as f64, held as f64 / SPANS as f64);
    assert!(total <= 100 * SPANS, "{total} bytes");
    // Lists of resources and the like are in no column.
    let apart = held.abs_diff(total as i64);
    assert!(apart < SPANS, "{apart} bytes are in no column");
}

/// At most 10,000 things, and three a px column of a row, however far one zooms in or out.
fn things_a_frame(outline: &spanloom::model::Outline) {
    let options = flame_chart::options(outline, RowOptions::default());
    let rows = RowModel::new(outline, &options);
    let packed = Packed::new(outline, &rows);
    assert_eq!(packed.len() as u64, SPANS);
    let whole = Viewport::fit(outline.headline.duration_ns);
    for zoom in 0..24 {
        let width_ns = whole.width_ns() / f64::from(1 << zoom);
        for place in [0.0, 0.37, 0.8] {
            let t0_ns = whole.t0_ns + (whole.width_ns() - width_ns) * place;
            let chart = Chart {
                outline,
                packed: &packed,
                rows: &rows,
                viewport: Viewport { t0_ns, t1_ns: t0_ns + width_ns },
                width_px: 1440.0,
                view_px: 800.0,
                scroll_px: 0.0,
                matches: None,
                selected: None,
                critical_path: true,
            };
            let scene = flame_chart::scene(&chart);
            assert!(!scene.is_empty() && scene.len() <= 10_000, "{} things at zoom {zoom}", scene.len());
            let boxes = scene.boxes.iter().map(|drawn| (drawn.y, drawn.x, drawn.w));
            let marks = scene.marks.iter().map(|drawn| (drawn.y, drawn.x, drawn.w));
            let mut columns: HashMap<(i64, i64), u32> = HashMap::new();
            for (y, x, width) in boxes.chain(marks) {
                for px in x.floor() as i64..=(x + width).ceil() as i64 - 1 {
                    *columns.entry((y as i64, px)).or_default() += 1;
                }
            }
            let most = columns.values().max().copied().unwrap_or_default();
            assert!(most <= 3, "{most} boxes a px at zoom {zoom}, {place}");
        }
    }
}
