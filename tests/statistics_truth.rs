//! Statistics against the truth: for every fixture trace the tables are computed here, from Tempo's recorded JSON and the
//! definitions at the end of `tests/fixtures/tempo/INDEX.md`, sharing no code with the crate; the crate reads the
//! protobuf of the same trace. Figures are compared exactly. The critical path of this file is held against `facts.json`.
//!
//! Also: what a row says to type into find marks the spans of that row and no other, for every trace and grouping.

#![allow(clippy::unwrap_used, reason = "a test that cannot read its fixture fails")]

use std::collections::{BTreeMap, BTreeSet};
use std::fs::File;
use std::io::Read;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use serde_json::Value;
use spanloom::analysis::find::Query;
use spanloom::analysis::statistics::{GroupBy, KeyLine, StatRow, attribute_keys, statistics};
use spanloom::analysis::{Derived, Scope};
use spanloom::base::TraceId;
use spanloom::model::{SpanSet, Trace};

/// A span as the JSON says it. Places of attributes in the order in which grouping asks them.
struct Span {
    id: u64,
    /// 0 for none.
    parent: u64,
    service: String,
    name: String,
    kind: String,
    status: String,
    start: u64,
    /// Never before the start.
    end: u64,
    places: Vec<Vec<(String, String)>>,
}

fn traces_dir() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/tempo/traces")
}

fn facts() -> BTreeMap<String, Value> {
    serde_json::from_reader(File::open(traces_dir().with_file_name("facts.json")).unwrap()).unwrap()
}

fn read_json(trace: &str) -> Value {
    let dir = traces_dir().join(trace);
    match File::open(dir.join("v2.json")) {
        Ok(file) => serde_json::from_reader::<_, Value>(file).unwrap()["trace"].take(),
        Err(_) => {
            let mut text = String::new();
            let file = File::open(dir.join("v1.json.gz")).unwrap();
            flate2::read::GzDecoder::new(file).read_to_string(&mut text).unwrap();
            serde_json::from_str(&text).unwrap()
        }
    }
}

/// Eight bytes of base64, as a number; 0 when missing.
fn id_of(text: &Value) -> u64 {
    const DIGITS: &[u8] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let Some(text) = text.as_str() else { return 0 };
    let digits =
        text.trim_end_matches('=').bytes().map(|c| DIGITS.iter().position(|digit| *digit == c).unwrap() as u128);
    // Eleven digits are 66 bits: two more than the id.
    (digits.fold(0, |sum, digit| sum << 6 | digit) >> 2) as u64
}

fn ns_of(text: &Value) -> u64 {
    text.as_str().map_or(0, |digits| digits.parse().unwrap())
}

/// Scalars as they read; what is no scalar is not grouped by here.
fn attributes(list: &Value) -> Vec<(String, String)> {
    let text = |value: &Value| match value.as_object()?.iter().next()? {
        (kind, Value::String(text)) if kind != "bytesValue" => Some(text.clone()),
        (_, Value::Bool(flag)) => Some(flag.to_string()),
        (_, Value::Number(number)) => Some(number.to_string()),
        _ => None,
    };
    let list = list.as_array().map(Vec::as_slice).unwrap_or_default();
    let pairs = list.iter().filter_map(|pair| Some((pair["key"].as_str()?.to_owned(), text(&pair["value"])?)));
    pairs.collect()
}

fn spans_of(trace: &Value) -> Vec<Span> {
    let list = |value: &Value| value.as_array().cloned().unwrap_or_default();
    let name = |value: &Value, prefix: &str, default: &str| {
        value.as_str().map_or(default, |name| name.strip_prefix(prefix).unwrap()).to_owned()
    };
    let batches = if trace["batches"].is_array() { &trace["batches"] } else { &trace["resourceSpans"] };
    let mut spans = Vec::new();
    for batch in list(batches) {
        let resource = attributes(&batch["resource"]["attributes"]);
        let service = resource.iter().rfind(|(key, _)| key == "service.name").map(|(_, name)| name.clone());
        for scoped in list(&batch["scopeSpans"]) {
            let scope = attributes(&scoped["scope"]["attributes"]);
            for span in list(&scoped["spans"]) {
                let mut places = vec![attributes(&span["attributes"]), scope.clone(), resource.clone()];
                places.extend(list(&span["events"]).iter().map(|event| attributes(&event["attributes"])));
                places.extend(list(&span["links"]).iter().map(|link| attributes(&link["attributes"])));
                let start = ns_of(&span["startTimeUnixNano"]);
                spans.push(Span {
                    id: id_of(&span["spanId"]),
                    parent: id_of(&span["parentSpanId"]),
                    service: service.clone().unwrap_or_default(),
                    name: span["name"].as_str().unwrap_or_default().to_owned(),
                    kind: name(&span["kind"], "SPAN_KIND_", "UNSPECIFIED"),
                    status: name(&span["status"]["code"], "STATUS_CODE_", "UNSET"),
                    start,
                    end: ns_of(&span["endTimeUnixNano"]).max(start),
                    places,
                });
            }
        }
    }
    spans
}

fn children_of(spans: &[Span]) -> BTreeMap<u64, Vec<&Span>> {
    let mut children: BTreeMap<u64, Vec<&Span>> = BTreeMap::new();
    for span in spans.iter().filter(|span| span.parent != 0) {
        children.entry(span.parent).or_default().push(span);
    }
    children
}

/// Duration less the union of the direct children's intervals clamped to it, by span id: the length of the gaps between
/// what has been covered so far and the next start.
fn self_times(spans: &[Span]) -> BTreeMap<u64, u64> {
    let children = children_of(spans);
    let self_time = |span: &Span| {
        let direct = children.get(&span.id).into_iter().flatten();
        let mut intervals: Vec<(u64, u64)> = direct
            .map(|child| (child.start.clamp(span.start, span.end), child.end.clamp(span.start, span.end)))
            .collect();
        intervals.push((span.end, span.end));
        intervals.sort_unstable();
        let (mut gaps, mut covered_to) = (0, span.start);
        for (start, end) in intervals {
            gaps += start.saturating_sub(covered_to);
            covered_to = covered_to.max(end);
        }
        gaps
    };
    spans.iter().map(|span| (span.id, self_time(span))).collect()
}

/// Of each service the largest of 1 ms, 1 µs and 1 ns that all of its starts are multiples of.
fn resolution_of(spans: &[Span]) -> BTreeMap<String, u64> {
    let mut resolution = BTreeMap::new();
    for span in spans {
        let known = resolution.entry(span.service.clone()).or_insert(1_000_000);
        while !span.start.is_multiple_of(*known) {
            *known /= 1_000;
        }
    }
    resolution
}

/// Own time on the critical path by span id, and the root's duration; spans on the path with nothing are there too.
fn critical_path(spans: &[Span]) -> (BTreeMap<u64, u64>, u64) {
    let children = children_of(spans);
    let mut own = BTreeMap::new();
    let roots = spans.iter().filter(|span| span.parent == 0);
    let Some(root) = roots.max_by_key(|root| (root.end - root.start, u64::MAX - root.start)) else { return (own, 0) };
    let resolution = resolution_of(spans);
    let mut open = vec![(root, root.start, root.end)];
    while let Some((span, start, end)) = open.pop() {
        let (mut point, mut slack) = (end, 0);
        let mut mine = 0;
        let mut left: Vec<&Span> = children.get(&span.id).cloned().unwrap_or_default();
        left.retain(|child| !(span.kind == "PRODUCER" && child.kind == "CONSUMER"));
        // The next one is looked for anew each time, as the definition has it.
        loop {
            // What runs on past the point is skipped for good.
            left.retain(|child| child.end.min(end) < point + slack.max(1));
            let next = left
                .iter()
                .map(|child| (child.end.min(end), child.start.max(start), *child))
                // What ends after the point by less than the resolution of the start that it is ends there.
                .map(|(ends, starts, child)| {
                    (ends, if ends < point + slack { ends.min(point) } else { ends }, starts, child)
                })
                .filter(|(_, clamped_end, clamped_start, _)| clamped_end > clamped_start && *clamped_end <= point)
                .max_by_key(|(ends, .., child)| (*ends, child.start, u64::MAX - child.id));
            let Some((_, clamped_end, clamped_start, child)) = next else { break };
            mine += point - clamped_end;
            point = clamped_start;
            slack = if child.start >= start { resolution[&child.service] } else { 0 };
            open.push((child, clamped_start, clamped_end));
            left.retain(|other| other.id != child.id);
        }
        own.insert(span.id, mine + point - start);
    }
    (own, root.end - root.start)
}

/// Service, text and whether the attribute is absent.
type Group = (Option<String>, String, bool);

fn group_of(span: &Span, by: &str) -> Group {
    match by {
        "service" => (Some(span.service.clone()), String::new(), false),
        "kind" => (None, span.kind.clone(), false),
        "name" => (None, span.name.clone(), false),
        "status" => (None, span.status.clone(), false),
        key => {
            let said = span.places.iter().find_map(|place| place.iter().rfind(|(known, _)| known == key));
            (None, said.map(|(_, value)| value.clone()).unwrap_or_default(), said.is_none())
        }
    }
}

/// A row of the table: group; count and errors; total, self, min, mean, p50, p95, p99, max and critical in ns.
type Line = (Group, [u64; 2], [u64; 9]);

/// The table by definition, without spans of the hidden service; its rows in order.
fn true_table(spans: &[Span], hidden: Option<&str>, by: &str) -> Vec<Line> {
    let (self_ns, (critical_ns, _)) = (self_times(spans), critical_path(spans));
    let mut groups: BTreeMap<Group, Vec<&Span>> = BTreeMap::new();
    for span in spans.iter().filter(|span| hidden != Some(span.service.as_str())) {
        groups.entry(group_of(span, by)).or_default().push(span);
    }
    let line = |(group, spans): (Group, Vec<&Span>)| {
        let mut durations: Vec<u64> = spans.iter().map(|span| span.end - span.start).collect();
        durations.sort_unstable();
        let count = durations.len();
        // The smallest rank that is p % of all, by counting up.
        let percentile = |p: usize| durations[(1..=count).find(|rank| rank * 100 >= p * count).unwrap() - 1];
        let total: u64 = durations.iter().sum();
        let sum = |of: &BTreeMap<u64, u64>| spans.iter().filter_map(|span| of.get(&span.id)).sum::<u64>();
        let errors = spans.iter().filter(|span| span.status == "ERROR").count();
        let figures = [
            total,
            sum(&self_ns),
            durations[0],
            total / count as u64,
            percentile(50),
            percentile(95),
            percentile(99),
            durations[count - 1],
            sum(&critical_ns),
        ];
        (group, [count as u64, errors as u64], figures)
    };
    let mut lines: Vec<Line> = groups.into_iter().map(line).collect();
    lines.sort_by_key(|((service, text, absent), _, figures)| {
        (u64::MAX - figures[0], service.clone(), text.clone(), !*absent)
    });
    lines
}

fn read_trace(name: &str, facts: &Value) -> Trace {
    let dir = traces_dir().join(name);
    let file = File::open(dir.join("v1.pb")).or_else(|_| File::open(dir.join("v1.pb.gz"))).unwrap();
    let mut set = SpanSet::new();
    let outcome = spanloom::decode::decode(Box::new(file), &mut set, &mut |_| {});
    assert_eq!(outcome.error, None, "{name}");
    let id = TraceId::from_hex(facts["trace_ids"][0].as_str().unwrap().as_bytes()).unwrap();
    Trace::build(&Arc::new(set), id).unwrap()
}

fn line_of(trace: &Trace, row: &StatRow) -> Line {
    let name = |service: u32| trace.set.strings.get(trace.services[service as usize]).to_owned();
    let figures = [
        row.total_ns,
        row.self_ns,
        row.min_ns,
        row.mean_ns,
        row.p50_ns,
        row.p95_ns,
        row.p99_ns,
        row.max_ns,
        row.critical_ns,
    ];
    ((row.service.map(name), row.text.clone(), row.absent), [row.count, row.errors], figures)
}

const GROUPINGS: [&str; 14] = [
    "service",
    "kind",
    "name",
    "status",
    // Of spans.
    "db.system.name",
    "http.route",
    "http.response.status_code",
    "retry.attempt",
    "dup",
    "dbl",
    // Of resources, scopes, events, links.
    "host.name",
    "scope.attr",
    "exception.type",
    "link.kind",
];

#[test]
fn every_figure_of_every_table_is_true() {
    let mut rows_read = 0;
    let mut attributes_met: BTreeSet<&str> = BTreeSet::new();
    for (name, facts) in facts() {
        let spans = spans_of(&read_json(&name));
        assert_eq!(spans.len() as u64, facts["span_count"].as_u64().unwrap(), "{name}");
        let trace = read_trace(&name, &facts);
        let derived = Derived::of(&trace);
        // The whole trace, and without its first service.
        let first = spans.iter().map(|span| span.service.clone()).min().unwrap();
        let hidden = Scope { hidden_services: vec![0], focus: None };
        assert_eq!(trace.set.strings.get(trace.services[0]), first, "{name}");
        let scopes = [(&Scope::default(), None), (&hidden, Some(first.as_str()))];
        for (by, (scope, hidden)) in GROUPINGS.into_iter().flat_map(|by| scopes.map(|scope| (by, scope))) {
            let in_scope = |span: &Span| hidden != Some(span.service.as_str());
            let grouped = statistics(&trace, &derived, scope, &GroupBy::parse(by));
            let got: Vec<Line> = grouped.statistics.rows.iter().map(|row| line_of(&trace, row)).collect();
            let expected = true_table(&spans, hidden, by);
            assert_eq!(got, expected, "{name} by {by}");
            let sum = |at: usize| expected.iter().map(|line| line.2[at]).sum::<u64>();
            assert_eq!(grouped.statistics.self_ns, sum(1), "{name} by {by}");
            assert_eq!(grouped.statistics.spans, spans.iter().filter(|span| in_scope(span)).count() as u64);
            assert_eq!(grouped.statistics.critical_ns, critical_path(&spans).1, "{name} by {by}");
            for span in trace.spans() {
                let row = grouped.row_of[span.index()];
                let own = spans.iter().find(|own| own.id == trace.span_id(span).0).unwrap();
                let group = expected.get(row as usize).map(|line| &line.0);
                assert_eq!(group, in_scope(own).then(|| group_of(own, by)).as_ref(), "{name} by {by}");
            }
            rows_read += got.len();
            if got.iter().any(|line| line.0.0.is_none() && !line.0.2) {
                attributes_met.insert(by);
            }
        }
    }
    assert!(rows_read > 1_000, "only {rows_read} rows were compared");
    // Every grouping but the first is of text, and each has something to group in some trace.
    assert_eq!(GROUPINGS.into_iter().filter(|by| !attributes_met.contains(by)).collect::<Vec<_>>(), ["service"]);
}

#[test]
fn the_path_and_self_times_of_this_test_are_those_of_the_facts() {
    for (name, facts) in facts() {
        let spans = spans_of(&read_json(&name));
        let by_service = |of: &BTreeMap<u64, u64>| {
            let mut sums: BTreeMap<String, u64> = BTreeMap::new();
            for span in spans.iter().filter(|span| of.contains_key(&span.id)) {
                *sums.entry(span.service.clone()).or_default() += of[&span.id];
            }
            sums
        };
        let services = facts["services"].as_object().unwrap();
        let true_self = services.iter().map(|(name, line)| (name.clone(), line["self_time_ns"].as_u64().unwrap()));
        assert_eq!(by_service(&self_times(&spans)), true_self.collect(), "{name}");
        let ((own, duration), truth) = (critical_path(&spans), &facts["critical_path"]);
        if truth.is_null() {
            assert_eq!((own.len(), duration), (0, 0), "{name}");
            continue;
        }
        assert_eq!(duration, truth["root_duration_ns"].as_u64().unwrap(), "{name}");
        assert_eq!(own.len() as u64, truth["spans_on_path"].as_u64().unwrap(), "{name}");
        let true_by_service: BTreeMap<String, u64> = serde_json::from_value(truth["by_service_ns"].clone()).unwrap();
        assert_eq!(by_service(&own), true_by_service, "{name}");
        for span in truth["top"].as_array().unwrap() {
            let id = u64::from_str_radix(span["span_id"].as_str().unwrap(), 16).unwrap();
            assert_eq!(own.get(&id).copied(), span["on_path_self_ns"].as_u64(), "{name} {span}");
        }
    }
}

/// Rows of one table whose find is run: the first, which are the largest, and a few of the rest.
fn some_of(rows: &[StatRow]) -> impl Iterator<Item = (usize, &StatRow)> {
    rows.iter().enumerate().filter(|(at, _)| *at < 20 || at.is_multiple_of(97))
}

/// Why find has no words for a row; `None` for a reason that this test does not know.
fn excuse(row: &StatRow, rows: &[StatRow], by: &GroupBy) -> Option<&'static str> {
    let like = |other: &&StatRow| {
        (other.service, other.absent, other.text.to_lowercase()) == (row.service, row.absent, row.text.to_lowercase())
    };
    let key = match by {
        GroupBy::Attribute(key) => key.as_str(),
        _ => "",
    };
    if row.text.contains(['"', '\n', '\r']) {
        Some("a quote or a line break")
    } else if row.text.len() > spanloom::analysis::statistics::MAX_TEXT {
        Some("cut")
    } else if rows.iter().filter(like).count() > 1 {
        Some("case alone tells two groups apart")
    } else if !key.is_empty() && !row.absent && row.text.is_empty() {
        Some("an empty value")
    } else if key.contains(' ') {
        Some("a key with a blank")
    } else {
        None
    }
}

#[test]
fn what_a_row_says_to_find_marks_its_spans_and_no_other() {
    let mut asked = 0;
    let mut excuses: BTreeMap<&str, u64> = BTreeMap::new();
    for (name, facts) in facts() {
        let trace = read_trace(&name, &facts);
        let derived = Derived::of(&trace);
        let keys = attribute_keys(&trace, &Scope::default(), usize::MAX);
        let fields = ["service", "operation", "service,operation", "kind", "name", "status"].map(GroupBy::parse);
        let keys = keys.into_iter().map(|line| GroupBy::Attribute(line.key));
        for by in fields.into_iter().chain(keys) {
            let grouped = statistics(&trace, &derived, &Scope::default(), &by);
            let rows = &grouped.statistics.rows;
            for (at, row) in some_of(rows) {
                let Some(text) = &row.find else {
                    let excuse = excuse(row, rows, &by);
                    assert!(excuse.is_some(), "{name} by {}: nothing to find “{}” by", by.name(), row.text);
                    *excuses.entry(excuse.unwrap()).or_default() += 1;
                    continue;
                };
                asked += 1;
                let query = Query::parse(text);
                let spans: Vec<u32> = trace.spans().map(|span| span.0).collect();
                let own: Vec<u32> =
                    spans.into_iter().filter(|span| grouped.row_of[*span as usize] == at as u32).collect();
                assert_eq!(query.notes, [], "{text}");
                assert_eq!(query.run(&trace, &derived), own, "{name} by {}: {text}", by.name());
                assert_eq!(own.first(), Some(&row.first_span), "{name} by {}: {text}", by.name());
            }
        }
    }
    assert!(asked > 3_000, "only {asked} rows were asked for");
    // `GET` of an HTTP client and `get` of Redis are two names in many of these traces.
    let expected = [
        ("a key with a blank", 2),
        ("a quote or a line break", 65),
        ("an empty value", 24),
        ("case alone tells two groups apart", 14),
        ("cut", 1),
    ];
    assert_eq!(excuses.into_iter().collect::<Vec<_>>(), expected);
}

#[test]
fn the_keys_to_group_by_foretell_the_rows() {
    for (name, facts) in facts() {
        let trace = read_trace(&name, &facts);
        let derived = Derived::of(&trace);
        for scope in [Scope::default(), Scope { hidden_services: vec![0], focus: Some(1) }] {
            let lines = attribute_keys(&trace, &scope, usize::MAX);
            assert!(lines.is_sorted_by(|a, b| a.spans > b.spans || a.spans == b.spans && a.key < b.key), "{name}");
            for KeyLine { key, spans, values } in lines {
                let by = GroupBy::Attribute(key);
                let rows = statistics(&trace, &derived, &scope, &by).statistics.rows;
                let counts: Vec<u64> = rows.iter().filter(|row| !row.absent).map(|row| row.count).collect();
                assert_eq!((counts.iter().sum::<u64>(), counts.len() as u64), (spans, values), "{name} {}", by.name());
            }
        }
    }
}
