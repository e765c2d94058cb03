//! What is fuzzed: one plain function a target. cargo-fuzz runs them from `fuzz_targets/`, `tests/fuzz.rs` runs them over their corpora and over
//! mutations of them, on the stable compiler.
//!
//! A target panics when something does not hold. Whatever the bytes are, none may hang or overflow; what memory decoding takes is counted in `tests/decode_linear.rs`.

use std::io::Cursor;
use std::sync::Arc;

use spanloom::analysis::export::{jaeger_json, otlp_json, otlp_proto};
use spanloom::analysis::find::{Query, Search};
use spanloom::analysis::findings::{Seen, findings};
use spanloom::analysis::redact::Rules;
use spanloom::analysis::service_map::service_map;
use spanloom::analysis::{Derived, Scope, call_tree, outline, report};
use spanloom::base::{SpanId, TraceId};
use spanloom::decode::{Outcome, decode as read};
use spanloom::layout::bars::{self, Bars, Metrics};
use spanloom::layout::flame_chart::pack::Packed;
use spanloom::layout::flame_chart::{self, Chart};
use spanloom::layout::flame_graph::{self, Direction, Graph, Order, Width};
use spanloom::layout::map_picture::{MapWanted, PictureBuild};
use spanloom::layout::minimap::minimap;
use spanloom::layout::pieces::WideSpans;
use spanloom::layout::scroll::{RowHeights, Scroll};
use spanloom::layout::viewport::Viewport;
use spanloom::layout::{Measure, RowModel, RowOptions};
use spanloom::model::remarks::Remarks;
use spanloom::model::{AnyValue, Kind, Outline, Resource, SpanDraft, SpanSet, Status, Trace};
use spanloom::query::complete::{Known, offers, place};
use spanloom::query::form::Form;
use spanloom::query::{condition, problem, token};
use spanloom::source::config::Config;
use spanloom::source::search::Found;
use spanloom::source::tempo::Bounds;
use spanloom::source::{compare, goto, metrics, notes, prometheus, recent, tags};
use spanloom::state::show::{Given, Show};
use spanloom::state::url::UrlState;
use spanloom::worker::protocol::Arrangement;
use spanloom::worker::seal::seal;

type Target = fn(&[u8]);

/// All targets by name; a corpus is in `corpus/NAME`.
pub const TARGETS: [(&str, Target); 10] = [
    ("decode", decode),
    ("round_trip", round_trip),
    ("redact", redact),
    ("geometry", geometry),
    ("traceql", traceql),
    ("find", find),
    ("address", address),
    ("config", config),
    ("host", host),
    ("answers", answers),
];

/// Traces of one input that are looked at.
const MAX_TRACES: usize = 3;
/// Spans beyond which a target looks at no more than what was read.
const MAX_SPANS: usize = 2_000;

fn decoded(bytes: &[u8]) -> (SpanSet, Outcome) {
    let mut set = SpanSet::new();
    let outcome = read(Box::new(Cursor::new(bytes.to_vec())), &mut set, &mut |_| {});
    (set, outcome)
}

/// The traces of an input, as the page opens them.
fn traces(mut set: SpanSet) -> Vec<Trace> {
    set.join_parts(0);
    let mut ids = set.trace_ids.clone();
    ids.sort_unstable();
    ids.dedup();
    let set = Arc::new(set);
    ids.into_iter().take(MAX_TRACES).filter_map(|id| Trace::build(&set, id)).collect()
}

/// Every decoder: each error is at a byte of the input, what was read is what is counted, and every view of it can be made.
pub fn decode(bytes: &[u8]) {
    let (set, outcome) = decoded(bytes);
    if let Some(error) = &outcome.error {
        assert!(!error.problem.is_empty(), "an error without words");
        // Offsets are those of the unpacked input.
        assert!(outcome.compression.is_some() || error.offset <= bytes.len() as u64, "byte {}", error.offset);
    }
    assert!(set.len() as u64 <= outcome.spans, "{} rows of {} spans", set.len(), outcome.spans);
    let _ = spanloom::decode::explain::sentence(&outcome);
    if set.len() > MAX_SPANS {
        return;
    }
    for trace in traces(set) {
        let derived = Derived::of(&trace);
        let found = findings(&trace, &derived, Seen::default());
        drop(report(&trace, &derived).with_findings(&trace, &found, &[]));
        drop(jaeger_json(&trace));
    }
}

/// The report, without what reading found wrong with the bytes of `of`: that is not in the trace.
fn report_of(trace: &Trace, of: &SpanSet) -> serde_json::Value {
    let derived = Derived::of(trace);
    let found = findings(trace, &derived, Seen::default());
    let mut report =
        serde_json::to_value(report(trace, &derived).with_findings(trace, &found, &[])).unwrap_or_default();
    let kinds: Vec<_> = of.defects.iter().filter_map(|defect| serde_json::to_value(defect.kind).ok()).collect();
    if let Some(warnings) = report.get_mut("warnings").and_then(|warnings| warnings.as_array_mut()) {
        warnings.retain(|warning| warning.get("kind").is_none_or(|kind| !kinds.contains(kind)));
    }
    report
}

/// What is read, written as OTLP and read again has the same report.
pub fn round_trip(bytes: &[u8]) {
    let (set, _) = decoded(bytes);
    if set.len() > MAX_SPANS {
        return;
    }
    // Findings speak of other traces of the same file; what is written is one.
    if let [trace] = traces(set).as_slice() {
        let before = report_of(trace, &trace.set);
        for (kind, written) in [("protobuf", otlp_proto(trace)), ("JSON", otlp_json(trace))] {
            let (set, outcome) = decoded(&written);
            assert_eq!(outcome.error, None, "{kind} that was written");
            let again = traces(set);
            let same = again.iter().find(|again| again.id == trace.id);
            assert!(same.is_some(), "{kind}: the trace is gone");
            if let Some(same) = same {
                assert_eq!(report_of(same, &trace.set), before, "{kind}");
            }
        }
    }
}

/// Secrets whose form needs no boundary, so that nothing beside them hides them.
const SECRETS: [&str; 4] = [
    "ghp_9aB8cD7eF6gH5iJ4kL3mN2oP1qR0sT9uV8wX",
    "AKIAZ7Q9W8E6R5T4Y3U2",
    "glpat-x7Kq9Zt2Lm4Vb8Nc1Pd5",
    "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiJmdXp6In0.dozjgNryP4J3jVmNHl0w5N_XgL0n3I9PlFUP0THsR8U",
];

/// A secret planted anywhere in a text, in any place of a span, is in no byte of what is shared.
///
/// The first byte chooses the secret, the second where the text is, the third where in the text the secret is; the rest is the text.
pub fn redact(bytes: &[u8]) {
    let [secret, place, at, text @ ..] = bytes else { return };
    let secret = SECRETS[*secret as usize % SECRETS.len()];
    let text = String::from_utf8_lossy(text);
    let cut = (0..=text.len()).rev().find(|cut| *cut <= *at as usize * text.len() / 255 && text.is_char_boundary(*cut));
    let (before, behind) = text.split_at(cut.unwrap_or_default());
    let planted = format!("{before}{secret}{behind}");

    let mut set = SpanSet::new();
    let mark = set.attrs.mark();
    let is = |nth: u8| *place % 5 == nth;
    if is(0) {
        set.push_attr("note", &AnyValue::str(&planted));
    } else if is(1) {
        set.push_attr("list", &AnyValue::Array(vec![AnyValue::str(&planted)]));
    } else if is(2) {
        set.push_attr(&planted, &AnyValue::Int(1));
    }
    let attrs = set.attrs.since(mark);
    let name = if is(3) { set.intern(&planted) } else { set.intern("work") };
    let status_message = if is(4) { set.intern(&planted) } else { set.intern("") };
    set.push_span(&SpanDraft {
        trace_id: TraceId(1),
        span_id: SpanId(2),
        name,
        status: Status::Error,
        status_message,
        start_unix_nano: 1_700_000_000_000_000_000,
        end_unix_nano: 1_700_000_000_100_000_000,
        attrs,
        ..SpanDraft::default()
    });
    let Some(trace) = traces(set).into_iter().next() else { return };
    let found = findings(&trace, &Derived::of(&trace), Seen::default());
    let sealed = seal(&trace, &found, &Arrangement::default(), &Rules::every(), std::slice::from_ref(&planted));
    let has = |bytes: &[u8]| bytes.windows(secret.len()).any(|part| part == secret.as_bytes());
    let said = serde_json::to_string(&sealed.said).unwrap_or_default();
    assert!(!has(&sealed.otlp), "in the trace: {planted:?}");
    assert!(!has(said.as_bytes()), "in warnings or findings: {planted:?}");
    assert!(!sealed.texts.iter().any(|text| has(text.as_bytes())), "in the page's texts: {planted:?}");
}

/// A trace made of the bytes, nine a span: which span it is below, when it starts, how long it takes, whose it is, what it is called.
fn sketched(bytes: &[u8]) -> Option<(Trace, Outline)> {
    const MAX_SKETCHED: usize = 600;
    let mut set = SpanSet::new();
    let services: Vec<u32> = ["gate", "orders", "erp", "db", "mail"]
        .map(|name| {
            let mark = set.attrs.mark();
            set.push_attr("service.name", &AnyValue::str(name));
            let attrs = set.attrs.since(mark);
            set.intern_resource(Resource { attrs, ..Resource::default() })
        })
        .to_vec();
    for (nth, part) in bytes.chunks_exact(9).take(MAX_SKETCHED).enumerate() {
        let [parent, start, start_low, length, length_low, scale, service, name, kind] = *part else { continue };
        let wide = |high: u8, low: u8| (u64::from(high) << 8 | u64::from(low)) << (scale % 40);
        let start_unix_nano = 1_700_000_000_000_000_000 + wide(start, start_low);
        let name = set.intern(&format!("operation {}", name % 7));
        let from = set.len();
        set.push_span(&SpanDraft {
            trace_id: TraceId(1),
            span_id: SpanId(nth as u64 + 1),
            // Often the one before, so that deep trees are made; sometimes one that is not there.
            parent_id: SpanId(if parent < 200 { u64::from(parent) % (nth as u64 + 1) } else { nth as u64 }),
            name,
            kind: if kind % 2 == 0 { Kind::Client } else { Kind::Server },
            status: if kind % 5 == 0 { Status::Error } else { Status::Unset },
            start_unix_nano,
            end_unix_nano: start_unix_nano.saturating_add(wide(length, length_low)),
            ..SpanDraft::default()
        });
        set.assign_resource(from, services[service as usize % services.len()]);
    }
    set.close(0);
    let trace = traces(set).into_iter().next()?;
    let outline = outline(&trace, &Derived::of(&trace));
    Some((trace, outline))
}

struct Monospaced;

impl Measure for Monospaced {
    fn width(&self, text: &str, font_px: f32) -> f32 {
        text.chars().count() as f32 * font_px * 0.6
    }
}

/// Geometry of any trace: a row a span, bars and boxes that are numbers and no wider than the view, boxes of a row that do not overlap, a map that
/// is placed; any place can be pointed at.
pub fn geometry(bytes: &[u8]) {
    let Some(([zoom, at, width, scroll], rest)) = bytes.split_first_chunk::<4>() else { return };
    let Some((trace, outline)) = sketched(rest) else { return };
    let duration_ns = outline.headline.duration_ns;
    let share = f64::from(*at) / 255.0;
    let viewport = Viewport::fit(duration_ns).zoomed(share, 1.0 / 1.1f64.powi(i32::from(*zoom)), duration_ns);
    let width_px = f64::from(*width) * 10.0;
    let is_of_view =
        |x: f64, w: f64| x.is_finite() && w.is_finite() && w >= 0.0 && x + w >= -1.0 && x <= width_px + 1.0;

    for fold in [false, true] {
        let rows = RowModel::new(&outline, &RowOptions { fold, ..RowOptions::default() });
        if !fold {
            let with_row = outline.spans().filter(|span| rows.row_of(*span).is_some()).count();
            assert_eq!(with_row, outline.len(), "a row a span");
        }
        let heights = RowHeights::new(rows.len(), rows.heads(), 20.0, 24.0);
        let wide = WideSpans::new(&outline);
        let bars = Bars {
            outline: &outline,
            rows: &rows,
            wide: &wide,
            heights: &heights,
            scroll: Scroll::default(),
            view_px: 400.0,
            viewport,
            width_px,
            metrics: &Metrics::WIDE,
            matches: None,
            critical_path: true,
            measure: &Monospaced,
        };
        for item in bars::scene(&bars) {
            if let bars::Item::Bar { x, w, .. } = item {
                assert!(is_of_view(x, w), "a bar of {w} px at {x} in {width_px}");
            }
        }
        let _ = bars::hit_test(&bars, share * width_px, 10.0);

        let shown =
            RowModel::new(&outline, &flame_chart::options(&outline, RowOptions { fold, ..RowOptions::default() }));
        let packed = Packed::new(&outline, &shown);
        for row in 0..packed.row_count() {
            let mut reached = 0;
            for item in packed.row(row) {
                assert!(item.start_ns >= reached, "boxes of row {row} overlap");
                reached = item.end_ns;
            }
        }
        let chart = Chart {
            outline: &outline,
            packed: &packed,
            rows: &shown,
            viewport,
            width_px,
            view_px: 400.0,
            scroll_px: f64::from(*scroll),
            matches: None,
            selected: None,
            critical_path: true,
        };
        for shown in flame_chart::scene(&chart).boxes {
            assert!(is_of_view(shown.x, shown.w), "a box of {} px at {} in {width_px}", shown.w, shown.x);
        }
        let _ = flame_chart::hit_test(&chart, share * width_px, 30.0);
    }

    let derived = Derived::of(&trace);
    let scope = Scope::default();
    let tree = call_tree::call_tree(&trace, &derived, &scope, &[]);
    for width in [Width::Time, Width::Count] {
        let order = Order::new(&tree, &outline, width);
        let graph = Graph {
            tree: &tree,
            order: &order,
            outline: &outline,
            direction: Direction::Icicle,
            root: u32::from(*zoom),
            width_px,
            view_px: 400.0,
            scroll_px: f64::from(*scroll),
            pitch_px: 20.0,
            matches: None,
            selected: None,
        };
        for frame in flame_graph::scene(&graph).boxes {
            assert!(is_of_view(frame.x, frame.w), "a frame of {} px at {} in {width_px}", frame.w, frame.x);
        }
    }
    drop(minimap(&outline, u32::from(*width), 20));

    let map = service_map(&trace, &derived, &scope);
    let wanted = MapWanted { databases: true, queues: true, hosts: true, near: None, cap: u32::from(*scroll) + 1 };
    let mut build = PictureBuild::new(&map, &wanted, None);
    while build.step() {}
    let picture = build.finish();
    assert_eq!(picture.nodes.len(), picture.sizes.len(), "a size a node");
    assert!(
        picture.edges.iter().all(|edge| (edge.from.max(edge.to) as usize) < picture.nodes.len()),
        "an edge to nowhere"
    );
}

fn text_of(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

/// A place of a text, by a byte.
fn caret(text: &str, at: u8) -> usize {
    let near = at as usize * text.len() / 255;
    (0..=near).rev().find(|at| text.is_char_boundary(*at)).unwrap_or_default()
}

/// TraceQL as it is typed: tokens are in order and within the text, conditions are where they say, and a form that is read is written as the same form.
pub fn traceql(bytes: &[u8]) {
    let Some((at, rest)) = bytes.split_first() else { return };
    let query = text_of(rest);
    let mut reached = 0;
    for token in token::lex(&query).meaningful() {
        assert!(
            token.range.start >= reached && query.get(token.range.clone()).is_some(),
            "a token outside of the text"
        );
        reached = token.range.end;
    }
    let parts = condition::parts(&query);
    for condition in &parts.conditions {
        assert!(query.get(condition.range.clone()).is_some(), "a condition outside of the text");
        drop(condition::parts(&condition::without(&query, condition)));
    }
    drop(condition::with(&query, ".a = 1"));
    let known = [("span".to_owned(), "http.route".to_owned())];
    drop(offers(&place(&query, caret(&query, *at)), Known { attributes: &known, values: &[] }));
    drop(problem::said(&query, &query));
    if let Some(form) = Form::read(&query) {
        let written = form.write();
        assert_eq!(Form::read(&written).map(|form| form.write()), Some(written), "a form that is written is read");
    }
}

/// Find: any text is a query, and what it finds are spans.
pub fn find(bytes: &[u8]) {
    const TRACE: &[u8] = br#"{"resourceSpans":[{"resource":{"attributes":[{"key":"service.name","value":{"stringValue":"orders"}}]},"scopeSpans":[{"spans":[
        {"traceId":"0af7651916cd43dd8448eb211c80319c","spanId":"00f067aa0ba902b7","name":"GET /orders","kind":2,"startTimeUnixNano":"1700000000000000000","endTimeUnixNano":"1700000000100000000","attributes":[{"key":"http.route","value":{"stringValue":"/orders"}},{"key":"n","value":{"intValue":"5"}}],"status":{"code":2,"message":"gone"}},
        {"traceId":"0af7651916cd43dd8448eb211c80319c","spanId":"00f067aa0ba902b8","parentSpanId":"00f067aa0ba902b7","name":"SELECT","kind":3,"startTimeUnixNano":"1700000000010000000","endTimeUnixNano":"1700000000020000000"}]}]}]}"#;
    let query = Query::parse(&text_of(bytes));
    for trace in traces(decoded(TRACE).0) {
        let derived = Derived::of(&trace);
        let mut search = Search::new(&query, &trace, &derived, &[]);
        let mut all = Vec::new();
        while let Some(found) = search.step(1) {
            all.extend(found);
        }
        assert!(
            all.is_sorted() && all.iter().all(|span| (*span as usize) < trace.len()),
            "what is found are spans: {all:?}"
        );
    }
}

/// The address: any query is read, and what is written of it is read as the same.
pub fn address(bytes: &[u8]) {
    let (state, _) = UrlState::parse(&text_of(bytes));
    let written = state.to_query();
    let (again, faults) = UrlState::parse(&written);
    assert_eq!(again.to_query(), written, "what is written stays");
    assert!(faults.is_empty(), "{written} has faults: {faults:?}");
}

/// config.json: any text gives a configuration, and notes where it is wrong.
pub fn config(bytes: &[u8]) {
    let (config, _) = Config::parse(&text_of(bytes));
    drop(config.first_source_name());
    let _ = config.trusts_source("https://tempo.example/");
    let _ = config.trusts_host("https://host.example");
}

/// A host's `show`, and the go-to box, which takes whatever is pasted.
pub fn host(bytes: &[u8]) {
    const KEYS: [&str; 5] = ["view", "span", "t0", "t1", "find"];
    let mut asked = Vec::new();
    for (key, part) in KEYS.into_iter().zip(bytes.split(|byte| *byte == b'\n')) {
        let given = match part.split_first() {
            Some((b'#', number)) => {
                let mut bits = [0; 8];
                bits.iter_mut().zip(number).for_each(|(to, from)| *to = *from);
                Given::Number(f64::from_le_bytes(bits))
            }
            Some((b'!', _)) => Given::Other,
            Some(_) => Given::Text(text_of(part)),
            None => continue,
        };
        asked.push((key, given));
    }
    let duration_ns = u64::from(bytes.first().copied().unwrap_or_default()) << (bytes.len() % 56);
    if let Ok(Show { window: Some(window), .. }) = Show::read(&asked, &|_| None, duration_ns) {
        assert!(window.t0_ns.is_finite() && window.t1_ns.is_finite() && window.t0_ns <= window.t1_ns, "{window:?}");
    }
    drop(goto::find(&text_of(bytes)));
}

/// Answers of backends: whatever they hold, no more is made of them than was asked for.
pub fn answers(bytes: &[u8]) {
    const POINTS: usize = 1_000;
    let Some((hours, body)) = bytes.split_first() else { return };
    let bounds = Bounds { start_s: 1_700_000_000, end_s: 1_700_000_000 + u64::from(*hours) * 3_600 };
    for reader in [prometheus::read, prometheus::read_graph, metrics::read] {
        let mut remarks = Remarks::default();
        if let Ok(mut series) = reader(body, &mut remarks) {
            prometheus::fill(&mut series, bounds, &mut remarks);
            metrics::keep_asked(&mut series, bounds, &mut remarks);
            assert!(series.iter().all(|one| one.samples.len() <= POINTS + 2), "more points than a chart can draw");
            drop(remarks.words());
        }
    }
    let mut remarks = Remarks::default();
    drop(prometheus::read_exemplars(body, &mut remarks));
    drop(prometheus::read_names(body));
    drop(compare::read(body, &mut remarks));
    drop(tags::read_names(body));
    drop(tags::read_values(body));
    if let Ok(mut found) = Found::read(body) {
        found.keep_asked(20);
        assert!(found.traces.len() <= 20, "more traces than were asked for");
        for trace in &found.traces {
            let _ = (trace.matched(), trace.spans(), trace.errors());
        }
        if let Ok(later) = Found::read(body) {
            found.merge(later);
        }
    }
    let text = text_of(body);
    let recent = recent::parse(&text);
    drop(recent::to_json(&recent));
    drop(notes::of_trace(&text, "0af7651916cd43dd8448eb211c80319c"));
}
