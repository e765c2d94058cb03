//! What is asked of a trace that is open: each analysis, find, and the layout of its views.

use spanloom::analysis::find::Query;
use spanloom::analysis::findings::{self, Seen};
use spanloom::analysis::resolution::StartResolution;
use spanloom::analysis::scope::Scope;
use spanloom::analysis::service_map::service_map;
use spanloom::analysis::statistics::{GroupBy, attribute_keys, statistics};
use spanloom::analysis::{
    Derived, call_tree, critical_path, label, outline, report, self_time, service_graph, summary,
};
use spanloom::layout::bars::{self, Bars, Metrics};
use spanloom::layout::flame_chart::Chart;
use spanloom::layout::flame_chart::pack::{self, Packed};
use spanloom::layout::flame_graph::{self, Direction, Graph, Order, Width};
use spanloom::layout::map_picture::{MapWanted, PictureBuild};
use spanloom::layout::pieces::WideSpans;
use spanloom::layout::scroll::{RowHeights, Scroll};
use spanloom::layout::{Measure, RowModel, RowOptions, Viewport, flame_chart};
use spanloom::model::Trace;

use super::Bench;

const QUERIES: [&str; 7] = [
    "needle",
    "no-span-says-this",
    "postgres",
    "order.id=ORD-NEEDLE-7F3A",
    "http.response.status_code>=500",
    "service:orders duration>10ms",
    "error",
];

struct SevenPx;

impl Measure for SevenPx {
    fn width(&self, text: &str, _font_px: f32) -> f32 {
        text.chars().count() as f32 * 7.0
    }
}

pub fn ask(bench: &Bench, trace: &Trace, derived: &Derived) {
    let scope = Scope::default();
    bench.time("summaries", 0, || summary::summaries(&trace.set));
    bench.time("self time", 0, || self_time::self_times(trace));
    bench.time("critical path", 0, || critical_path::critical_path(trace, &StartResolution::of(trace)));
    bench.time("service graph", 0, || service_graph::service_graph(trace));
    bench.time("labels", 0, || label::labels(trace));
    bench.time("report", 0, || report::report(trace, derived));
    bench.time("findings", 0, || findings::findings(trace, derived, Seen::default()));
    bench.time("call tree", 0, || call_tree::call_tree(trace, derived, &scope, &[]));
    bench.time("statistics", 0, || statistics(trace, derived, &scope, &GroupBy::default()));
    let wanted = MapWanted { databases: true, queues: true, hosts: true, near: None, cap: 100 };
    let by = GroupBy::parse("order.id");
    bench.time("statistics by attribute", 0, || statistics(trace, derived, &scope, &by));
    bench.time("attribute keys", 0, || attribute_keys(trace, &scope, 200));
    bench.time("map", 0, || PictureBuild::new(&service_map(trace, derived, &scope), &wanted, None).finish());
    for query in QUERIES {
        let query_of = Query::parse(query);
        bench.time(&format!("find {query}"), 0, || query_of.run(trace, derived));
    }
    layout(bench, trace, derived);
}

fn layout(bench: &Bench, trace: &Trace, derived: &Derived) {
    let outline = outline(trace, derived);
    let options = RowOptions { fold: true, ..RowOptions::default() };
    bench.time("RowModel::new", 0, || RowModel::new(&outline, &options));
    let rows = RowModel::new(&outline, &options);
    let flame = flame_chart::options(&outline, RowOptions::default());
    let shown = RowModel::new(&outline, &flame);
    bench.time("flame chart packing", 0, || Packed::new(&outline, &shown));
    let (starts, ends, parents) = pack::Unplaced::of(&outline, &shown).columns();
    bench.time("flame chart rows (worker)", 0, || pack::rows(&starts, &ends, &parents));
    bench.time("wide spans", 0, || WideSpans::new(&outline));
    let (wide, heights) = (WideSpans::new(&outline), RowHeights::new(rows.len(), rows.heads(), 20.0, 24.0));
    let bars = Bars {
        outline: &outline,
        rows: &rows,
        wide: &wide,
        heights: &heights,
        scroll: Scroll::default(),
        view_px: 1000.0,
        viewport: Viewport::fit(outline.headline.duration_ns),
        width_px: 1500.0,
        metrics: &Metrics::WIDE,
        matches: None,
        critical_path: true,
        measure: &SevenPx,
    };
    bench.time("bars scene", 0, || bars::scene(&bars));
    let packed = Packed::new(&outline, &shown);
    let chart = Chart {
        outline: &outline,
        packed: &packed,
        rows: &shown,
        viewport: Viewport::fit(outline.headline.duration_ns),
        width_px: 1500.0,
        view_px: 1000.0,
        scroll_px: 0.0,
        matches: None,
        selected: None,
        critical_path: true,
    };
    bench.time("flame chart scene", 0, || flame_chart::scene(&chart));
    let tree = call_tree::call_tree(trace, derived, &Scope::default(), &[]);
    let order = Order::new(&tree, &outline, Width::Time);
    let graph = Graph {
        tree: &tree,
        order: &order,
        outline: &outline,
        direction: Direction::Icicle,
        root: 0,
        width_px: 1500.0,
        view_px: 1000.0,
        scroll_px: 0.0,
        pitch_px: 18.0,
        matches: None,
        selected: None,
    };
    bench.time("flame graph scene", 0, || flame_graph::scene(&graph));
}
