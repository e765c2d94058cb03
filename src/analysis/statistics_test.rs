//! Tests of `statistics`: exact figures of small traces. Recorded traces are in `tests/statistics_truth.rs`.

use super::Derived;
use super::find::Query;
use super::sample::{Draft, trace};
use super::scope::Scope;
use super::statistics::*;
use crate::model::{AnyValue, Kind, Trace};

fn grouped(trace: &Trace, scope: &Scope, by: &str) -> Grouped {
    statistics(trace, &Derived::of(trace), scope, &GroupBy::parse(by))
}

fn table(drafts: &[Draft], by: &str) -> Statistics {
    grouped(&trace(drafts), &Scope::default(), by).statistics
}

/// Text, count and find of each row.
fn lines(statistics: &Statistics) -> Vec<(&str, u64, Option<&str>)> {
    statistics.rows.iter().map(|row| (row.text.as_str(), row.count, row.find.as_deref())).collect()
}

/// web 0–100 calls shop 10–60, which queries twice, the first time in vain; shop's third query outlives it.
fn shop() -> Vec<Draft> {
    let query = |id, start, end| {
        Draft::new(id, 2, start, end).service("shop").name("query").kind(Kind::Client).attr("db.system", "postgresql")
    };
    vec![
        Draft::new(1, 0, 0, 100).service("web").name("GET /").kind(Kind::Server),
        Draft::new(2, 1, 10, 60).service("shop").name("GET /").kind(Kind::Server),
        query(3, 12, 20).error("gone"),
        query(4, 20, 31),
        query(5, 50, 70),
    ]
}

#[test]
fn figures_are_those_of_their_definitions() {
    let statistics = table(&shop(), "name");
    let [get, query] = &statistics.rows[..] else { panic!("{statistics:?}") };
    let whole = StatRow {
        service: None,
        text: "GET /".to_owned(),
        absent: false,
        first_span: 0,
        count: 2,
        errors: 0,
        // A span below another of its group counts again.
        total_ns: 150,
        self_ns: 50 + 21,
        min_ns: 50,
        mean_ns: 75,
        p50_ns: 50,
        p95_ns: 100,
        p99_ns: 100,
        max_ns: 100,
        critical_ns: 50 + 21,
        find: Some("name=\"GET /\"".to_owned()),
    };
    assert_eq!(*get, whole);
    let whole = StatRow {
        service: None,
        text: "query".to_owned(),
        absent: false,
        first_span: 2,
        count: 3,
        errors: 1,
        total_ns: 39,
        self_ns: 39,
        min_ns: 8,
        mean_ns: 13,
        p50_ns: 11,
        p95_ns: 20,
        p99_ns: 20,
        max_ns: 20,
        // Clamped to the parent there.
        critical_ns: 8 + 11 + 10,
        find: Some("name=query".to_owned()),
    };
    assert_eq!(*query, whole);
    let Statistics { spans, self_ns, critical_ns, more_groups, more_spans, .. } = statistics;
    assert_eq!([spans, self_ns, critical_ns, more_groups, more_spans], [5, 110, 100, 0, 0]);
}

#[test]
fn rows_stand_by_total_then_service_then_text() {
    let drafts = [
        Draft::new(1, 0, 0, 10).service("b").name("x"),
        Draft::new(2, 0, 0, 10).service("a").name("y"),
        Draft::new(3, 0, 0, 10).service("a").name("x"),
        Draft::new(4, 0, 0, 11).service("c").name("z"),
    ];
    let trace = trace(&drafts);
    let Grouped { statistics, row_of } = grouped(&trace, &Scope::default(), "");
    let rows: Vec<(Option<u32>, &str, u32)> =
        statistics.rows.iter().map(|row| (row.service, row.text.as_str(), row.first_span)).collect();
    assert_eq!(rows, [(Some(2), "z", 3), (Some(0), "x", 2), (Some(0), "y", 1), (Some(1), "x", 0)]);
    assert_eq!(row_of, [3, 2, 1, 0]);
    let finds: Vec<_> = lines(&statistics).into_iter().map(|(_, _, find)| find).collect();
    let expected = ["service=c operation=z", "service=a operation=x", "service=a operation=y", "service=b operation=x"];
    assert_eq!(finds, expected.map(Some));
    assert_eq!(
        lines(&table(&drafts, "service")),
        [("", 2, Some("service=a")), ("", 1, Some("service=c")), ("", 1, Some("service=b"))]
    );
    assert_eq!(lines(&table(&drafts, "operation"))[0], ("x", 2, Some("operation=x")));
}

#[test]
fn what_is_out_of_scope_leaves_and_figures_of_the_rest_stay() {
    let trace = trace(&shop());
    let kinds = |scope: &Scope| {
        let Grouped { statistics, row_of } = grouped(&trace, scope, "kind");
        let rows: Vec<_> = statistics.rows.iter().map(|row| (row.text.clone(), row.count, row.self_ns)).collect();
        (rows, statistics.spans, statistics.self_ns, statistics.critical_ns, row_of)
    };
    let row = |kind: &str, count, self_ns| (kind.to_owned(), count, self_ns);
    const NONE: u32 = u32::MAX;
    let focus = Scope { focus: Some(1), ..Scope::default() };
    let expected = vec![row("SERVER", 1, 21), row("CLIENT", 3, 39)];
    assert_eq!(kinds(&focus), (expected, 4, 60, 100, vec![NONE, 0, 1, 1, 1]));
    // shop is the first service by name.
    let hidden = Scope { hidden_services: vec![0], focus: None };
    assert_eq!(kinds(&hidden), (vec![row("SERVER", 1, 50)], 1, 50, 100, vec![0, NONE, NONE, NONE, NONE]));
    let nothing = Scope { hidden_services: vec![0, 1], focus: None };
    assert_eq!(kinds(&nothing), (vec![], 0, 0, 100, vec![NONE; 5]));
}

#[test]
fn an_attribute_may_be_absent_empty_or_a_number() {
    let k = |id, value| Draft::new(id, 0, 0, id).value("k", value);
    let drafts = [
        k(1, AnyValue::Int(7)),
        k(2, AnyValue::str("7")),
        k(3, AnyValue::str("")),
        Draft::new(4, 0, 0, 4),
        k(5, AnyValue::str("Two words")),
        Draft::new(6, 0, 0, 6).event("e", &[("k", "in an event")]),
    ];
    let statistics = table(&drafts, "k");
    assert_eq!(
        lines(&statistics),
        [
            ("in an event", 1, Some("k=\"in an event\"")),
            ("Two words", 1, Some("k=\"Two words\"")),
            ("", 1, Some("-k=")),
            ("", 1, None),
            ("7", 2, Some("k=7")),
        ]
    );
    assert_eq!(statistics.rows.iter().map(|row| row.absent).collect::<Vec<_>>(), [false, false, true, false, false]);
    let unknown = table(&drafts, "no.such.key");
    assert_eq!(lines(&unknown), [("", 6, Some("-no.such.key="))]);
    assert_eq!(lines(&table(&drafts, ".kind")), [("", 6, None)]);
}

#[test]
fn find_is_not_offered_where_it_would_mark_other_spans() {
    let named = |id, name| Draft::new(id, 0, 0, 10 - id).name(name);
    let by_case = [named(1, "GET"), named(2, "get"), named(3, "say \"hi\""), named(4, "")];
    let rows = table(&by_case, "name");
    assert_eq!(lines(&rows), [("GET", 1, None), ("get", 1, None), ("say \"hi\"", 1, None), ("", 1, Some("-name="))]);

    let host = |id, host| Draft::new(id, 0, 0, 10 - id).attr("host.name", host);
    // The last says `a` too: on its event.
    let besides = [host(1, "a"), host(2, "b"), host(3, "c").event("e", &[("host.name", "a")])];
    let rows = table(&besides, "host.name");
    assert_eq!(lines(&rows), [("a", 1, None), ("b", 1, Some("host.name=b")), ("c", 1, Some("host.name=c"))]);
    let trace = trace(&besides);
    assert_eq!(Query::parse("host.name=a").run(&trace, &Derived::of(&trace)), [0, 2]);
}

#[test]
fn a_text_of_a_megabyte_is_cut_and_stays_a_group_of_its_own() {
    let long = |end: &str| -> &'static str { Box::leak(format!("{}{end}", "é".repeat(500_000)).into_boxed_str()) };
    let rows = table(&[Draft::new(1, 0, 0, 9).name(long("a")), Draft::new(2, 0, 0, 8).name(long("b"))], "name").rows;
    assert_eq!(rows.len(), 2);
    assert_eq!((rows[0].text.len(), rows[0].text.ends_with('…')), (MAX_TEXT + '…'.len_utf8(), true));
    assert_eq!((rows[0].find.as_deref(), rows[1].count), (None, 1));
}

#[test]
fn beyond_the_cap_the_largest_groups_are_kept_and_the_rest_is_counted() {
    // 10,020 orders with one span each, but every hundredth with three; the last is one of them.
    let mut drafts = Vec::new();
    for order in 1..=10_020u64 {
        for n in 0..if order % 100 == 20 { 3 } else { 1 } {
            drafts
                .push(Draft::new(order * 10 + n, 0, order, order + 10).value("order.id", AnyValue::Int(order as i64)));
        }
    }
    let trace = trace(&drafts);
    let Grouped { statistics, row_of } = grouped(&trace, &Scope::default(), "order.id");
    assert_eq!((statistics.rows.len(), statistics.more_groups, statistics.more_spans), (MAX_GROUPS, 20, 20));
    assert_eq!(statistics.spans, 10_020 + 2 * 101);
    assert_eq!(statistics.self_ns, 10 * statistics.spans);
    assert_eq!(statistics.rows.iter().filter(|row| row.count == 3).count(), 101);
    assert_eq!((statistics.rows[0].text.as_str(), statistics.rows[100].count), ("10020", 3));
    assert_eq!(row_of.iter().filter(|row| **row == u32::MAX).count(), 20);
    for (row, line) in statistics.rows.iter().enumerate() {
        assert_eq!(row_of[line.first_span as usize], row as u32);
    }
}

#[test]
fn a_chain_and_siblings_by_the_hundred_thousand_are_one_row() {
    let chain: Vec<Draft> = (1..=100_000).map(|id| Draft::new(id, id - 1, id, 1_000_000 - id)).collect();
    let row = &table(&chain, "").rows[0];
    // 1,000,000 - 2 id, summed; each but the last waits 2 ns for the next.
    assert_eq!((row.count, row.total_ns, row.self_ns), (100_000, 89_999_900_000, 2 * 99_999 + 800_000));
    assert_eq!((row.p50_ns, row.p99_ns, row.critical_ns), (899_998, 997_998, 999_998));
    let siblings: Vec<Draft> =
        (1..=100_000).map(|id| Draft::new(id, u64::from(id > 1), if id > 1 { id } else { 0 }, 100_001)).collect();
    let row = &table(&siblings, "").rows[0];
    assert_eq!((row.count, row.min_ns, row.max_ns, row.p50_ns), (100_000, 1, 100_001, 50_000));
}

#[test]
fn sums_at_the_ends_of_u64_do_not_overflow() {
    let last = u64::MAX - crate::analysis::sample::BASE_UNIX_NANO;
    let statistics = table(&[Draft::new(1, 0, 0, last), Draft::new(2, 0, 0, last), Draft::new(3, 0, 0, 2)], "service");
    let row = &statistics.rows[0];
    assert_eq!((row.total_ns, row.self_ns, statistics.self_ns), (u64::MAX, u64::MAX, u64::MAX));
    assert_eq!((row.mean_ns, row.p50_ns, row.max_ns), ((2 * u128::from(last) + 2).div_euclid(3) as u64, last, last));
}

#[test]
fn the_table_survives_the_way_to_the_page() {
    let statistics = table(&shop(), "db.system");
    assert_eq!(statistics.rows.len(), 2);
    let text = serde_json::to_string(&statistics).unwrap();
    assert_eq!(serde_json::from_str::<Statistics>(&text).unwrap(), statistics);
}
