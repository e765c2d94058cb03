//! The tables as CSV, read by a reader of its own: every figure of every row, and no cell that a spreadsheet would run.

use serde_json::Value as Json;
use spanloom::analysis::export::{spans_csv, statistics_csv};
use spanloom::analysis::statistics::{GroupBy, statistics};
use spanloom::analysis::statistics_order::{Order, Sort};
use spanloom::analysis::{Derived, Scope};
use spanloom::base::SpanId;
use spanloom::model::{Trace, Value};

use super::hostile::{HOSTILE, hostile, values};
use super::jaeger::plain;
use super::{file_trace, first_trace, fixture_files};

/// A reader of RFC 4180: rows of cells. What is not quoted holds no quote and no line break, and every line ends with CRLF.
fn csv(bytes: &[u8]) -> Vec<Vec<String>> {
    let text = core::str::from_utf8(bytes).unwrap();
    let mut rows = vec![vec![String::new()]];
    let mut rest = text;
    while !rest.is_empty() {
        let cell = rows.last_mut().unwrap().last_mut().unwrap();
        if let Some(mut quoted) = rest.strip_prefix('"') {
            loop {
                let (piece, after) = quoted.split_once('"').unwrap();
                cell.push_str(piece);
                let Some(more) = after.strip_prefix('"') else {
                    rest = after;
                    break;
                };
                cell.push('"');
                quoted = more;
            }
        } else {
            let end = rest.find([',', '\r']).unwrap();
            cell.push_str(&rest[..end]);
            assert!(!cell.contains(['"', '\n']), "{cell:?}");
            rest = &rest[end..];
        }
        match rest.strip_prefix(',') {
            Some(after) => {
                rows.last_mut().unwrap().push(String::new());
                rest = after;
            }
            None => {
                rest = rest.strip_prefix("\r\n").unwrap();
                rows.push(vec![String::new()]);
            }
        }
    }
    assert_eq!(rows.pop(), Some(vec![String::new()]), "the last line ends too");
    rows
}

/// The text that a cell was made of.
fn plain_cell(cell: &str) -> &str {
    let formula = cell.strip_prefix('\'').filter(|rest| rest.starts_with(['=', '+', '-', '@', '\t', '\r']));
    assert!(!cell.starts_with(['=', '+', '-', '@', '\t', '\r']), "a spreadsheet would run {cell:?}");
    formula.unwrap_or(cell)
}

fn all_spans(trace: &Trace) -> Vec<u32> {
    (0..trace.len() as u32).collect()
}

#[test]
fn the_statistics_of_every_fixture_are_the_table_in_its_order() {
    let groupings = ["service", "operation", "", "kind", "name", "status", "http.request.method", "=key,\"\r\n"];
    for path in fixture_files().iter().filter(|path| path.ends_with("v1.pb") || path.ends_with("v1.pb.gz")) {
        let trace = file_trace(path);
        let derived = Derived::of(&trace);
        for (by, (sort, _)) in groupings.iter().flat_map(|by| Sort::NAMES.iter().map(move |sort| (by, *sort))) {
            let (by, order) = (GroupBy::parse(by), Order::parse(&format!("-{sort}")).unwrap());
            let scope = Scope { hidden_services: vec![0], focus: None };
            let table = statistics(&trace, &derived, &scope, &by).statistics;
            let rows = csv(&statistics_csv(&trace, &derived, &scope, &by, order));
            let what = format!("{} by {} -{sort}", path.display(), by.name());
            assert_eq!(rows.len(), table.rows.len() + 1, "{what}");
            let column = |name: &str| rows[0].iter().position(|known| plain_cell(known) == name);
            for (row, at) in rows[1..].iter().zip(order.of(&table.rows)) {
                assert_eq!(row.len(), rows[0].len(), "{what}");
                let want = &table.rows[at as usize];
                let number = |name: &str| row[column(name).unwrap()].parse::<u64>().unwrap();
                let figures = [
                    ("count", want.count),
                    ("errors", want.errors),
                    ("total_ns", want.total_ns),
                    ("self_ns", want.self_ns),
                    ("min_ns", want.min_ns),
                    ("mean_ns", want.mean_ns),
                    ("p50_ns", want.p50_ns),
                    ("p95_ns", want.p95_ns),
                    ("p99_ns", want.p99_ns),
                    ("max_ns", want.max_ns),
                    ("critical_path_ns", want.critical_ns),
                ];
                for (name, figure) in figures {
                    assert_eq!(number(name), figure, "{what} {name}");
                }
                let service = want.service.map(|service| trace.set.strings.get(trace.services[service as usize]));
                assert_eq!(column("service").map(|at| plain_cell(&row[at])), service, "{what}");
                let group = match &by {
                    GroupBy::Service => continue,
                    GroupBy::ServiceOperation => "operation",
                    GroupBy::Attribute(key) => key,
                    by => &by.name(),
                };
                let text = if want.absent { "(not set)" } else { &want.text };
                assert_eq!(plain_cell(&row[column(group).unwrap()]), text, "{what}");
            }
            if let Some(at) = column(if sort == "critical" { "critical_path_ns" } else { sort }) {
                let figures: Vec<u64> = rows[1..].iter().filter_map(|row| row[at].parse().ok()).collect();
                assert!(figures.is_sorted_by(|a, b| a >= b), "{what}: the largest first");
            }
        }
    }
}

#[test]
fn the_spans_of_every_fixture_are_rows_with_their_figures() {
    for path in fixture_files() {
        let trace = file_trace(&path);
        let derived = Derived::of(&trace);
        let rows = csv(&spans_csv(&trace, &derived, &all_spans(&trace), None));
        assert_eq!(rows.len(), trace.len() + 1, "{}", path.display());
        for (row, span) in rows[1..].iter().zip(trace.spans()) {
            assert_eq!(row.len(), rows[0].len());
            let cell = |name: &str| plain_cell(&row[rows[0].iter().position(|known| known == name).unwrap()]);
            let number = |name: &str| cell(name).parse::<u64>().unwrap();
            let set_row = trace.row(span);
            let id_or_none = |id: SpanId| if id == SpanId(0) { String::new() } else { id.to_string() };
            assert_eq!(cell("trace_id"), trace.id.to_string());
            assert_eq!(cell("span_id"), id_or_none(trace.span_id(span)));
            assert_eq!(cell("parent_span_id"), id_or_none(trace.parent_id(span)));
            assert_eq!(cell("service"), trace.service_name(span));
            assert_eq!(cell("operation"), derived.labels.label(span));
            assert_eq!(cell("name"), trace.name(span));
            assert_eq!((cell("kind"), cell("status")), (trace.kind(span).name(), trace.status(span).name()));
            assert_eq!(cell("status_message"), trace.status_message(span));
            // What was not recorded is an empty cell, as it is 0 in the raw span.
            let (start, end) = (trace.set.start_unix_nano[set_row], trace.set.end_unix_nano[set_row]);
            let known = |name: &str, is_known: bool, figure: u64| {
                let text = if is_known { figure.to_string() } else { String::new() };
                assert_eq!(cell(name), text, "{} {name}", path.display());
            };
            known("start_unix_nano", start > 0, start);
            known("start_ns", start > 0, trace.start_ns(span));
            known("duration_ns", start > 0 && end > 0, trace.duration_of(span));
            known("self_ns", start > 0 && end > 0, derived.self_ns[span.index()]);
            assert_eq!(number("depth"), u64::from(trace.depth(span)));
            let own = derived.critical_path.as_ref().and_then(|path| path.own_ns_of(span)).unwrap_or_default();
            assert_eq!(number("critical_path_ns"), own);
            let attributes: serde_json::Map<String, Json> = serde_json::from_str(cell("attributes")).unwrap();
            let strings = &trace.set.strings;
            for (key, _) in trace.set.attrs.iter(strings, trace.attrs(span)) {
                let said = trace.attr(span, key).unwrap();
                let got = &attributes[strings.get(key)];
                match said {
                    Value::Str(text) => assert_eq!(got, text),
                    Value::Int(number) => assert_eq!(got, &Json::from(number)),
                    _ => {}
                }
            }
        }
        let Some(path) = &derived.critical_path else { continue };
        let shares: f64 = rows[1..].iter().map(|row| row[15].parse::<f64>().unwrap()).sum();
        assert!(trace.duration_of(path.root) == 0 || (shares - 1.0).abs() < 1e-6 * trace.len() as f64, "{shares}");
    }
}

#[test]
fn hostile_texts_stand_in_tables_as_they_are_and_no_spreadsheet_runs_them() {
    for text in HOSTILE {
        let trace = first_trace(hostile(text));
        let derived = Derived::of(&trace);
        let rows = csv(&spans_csv(&trace, &derived, &[0, 77], Some(&[0])));
        assert_eq!(rows.len(), 2, "a span that the trace does not have is left out");
        let cell = |name: &str| plain_cell(&rows[1][rows[0].iter().position(|known| known == name).unwrap()]);
        assert_eq!([cell("name"), cell("status_message"), cell("found")], [text, text, "true"]);
        let attributes: Json = serde_json::from_str(cell("attributes")).unwrap();
        // Of a key that repeats the last value counts.
        let last = values().iter().enumerate().rfind(|(at, _)| at % 3 != 0).map(|(_, value)| plain(value));
        assert_eq!(Some(&attributes["key"]), last.as_ref(), "{text:?}");
        let table = csv(&statistics_csv(&trace, &derived, &Default::default(), &GroupBy::Name, Order::default()));
        assert_eq!((plain_cell(&table[1][0]), table.len()), (text, 2));
    }
}
