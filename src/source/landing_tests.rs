//! Landings against a Tempo that holds traces of known length and start, and returns the first that it meets.

use super::*;
use crate::base::SpanId;
use crate::query::condition::parts;
use crate::source::search::{FoundSpan, FoundSpans};

/// Traces by position: start in seconds and duration in ns.
struct Store {
    traces: Vec<(u64, u64)>,
    knows_hint: bool,
    ignores_hint: bool,
    searches: usize,
}

const BOUNDS: Bounds = Bounds { start_s: 10_000, end_s: 13_600 };

impl Store {
    fn found(&mut self, search: &Search) -> Came {
        self.searches += 1;
        let is_hinted = search.query.contains("most_recent");
        if is_hinted && !self.knows_hint {
            return Came::Refused;
        }
        let least = parts(&search.query)
            .conditions
            .iter()
            .filter(|c| c.field == "duration" && c.operator == ">=")
            .map(|c| duration::read_ns(&c.value).unwrap())
            .max()
            .unwrap_or(0);
        let Bounds { start_s, end_s } = search.bounds;
        let mut matching: Vec<usize> = (0..self.traces.len())
            .filter(|at| {
                let (start, length) = self.traces[*at];
                (start_s..end_s).contains(&start) && length >= least
            })
            .collect();
        if is_hinted && !self.ignores_hint {
            matching.sort_by_key(|at| core::cmp::Reverse(self.traces[*at].0));
        }
        let traces = matching.into_iter().take(search.limit as usize).map(|at| self.trace(at)).collect();
        Came::Found(Found { traces, ..Found::default() })
    }

    fn trace(&self, at: usize) -> FoundTrace {
        let (start_s, duration_ns) = self.traces[at];
        let start_unix_nano = start_s * 1_000_000_000;
        let span =
            FoundSpan { id: SpanId(1), name: String::new(), start_unix_nano, duration_ns, attributes: Vec::new() };
        FoundTrace {
            id: TraceId(at as u128 + 1),
            root: None,
            start_unix_nano,
            duration_ms: duration_ns / 1_000_000,
            span_sets: vec![FoundSpans { matched: 1, spans: vec![span], attributes: Vec::new() }],
            services: Vec::new(),
        }
    }

    fn land(&mut self, landing: Landing, wanted: Wanted, p99_s: Option<f64>) -> Next {
        let mut hunt = Hunt::new(landing, wanted, BOUNDS);
        let mut next = hunt.first();
        loop {
            next = match next {
                Next::Quantile(_) => hunt.next(Came::Quantile(p99_s)),
                Next::Search(search) => hunt.next(self.found(&search)),
                end => return end,
            };
        }
    }
}

fn store(traces: impl IntoIterator<Item = (u64, u64)>) -> Store {
    Store { traces: traces.into_iter().collect(), knows_hint: true, ignores_hint: false, searches: 0 }
}

fn opened(next: Next) -> (u128, String) {
    match next {
        Next::Open { trace, why } => (trace.0, why),
        other => panic!("{other:?}"),
    }
}

/// 2,000 traces of 1 ms to 2 s, in an order that has nothing to do with it.
fn many() -> Vec<(u64, u64)> {
    (0..2_000u64).map(|at| (10_000 + at * 7 % 3_600, (at * 1_237 % 2_000 + 1) * 1_000_000)).collect()
}

#[test]
fn the_slowest_is_the_slowest_of_all_whatever_the_source_returns_first() {
    for p99_s in [Some(1.98), Some(0.5), Some(30.0), None] {
        let mut store = store(many());
        let longest = store.traces.iter().map(|(_, length)| *length).max().unwrap();
        let (id, why) = opened(store.land(Landing::default(), Wanted::Slowest, p99_s));
        assert!(store.searches <= MOST_SEARCHES);
        assert!(!why.contains("more exist"), "{p99_s:?}: {why}");
        assert_eq!(store.traces[id as usize - 1].1, longest, "{p99_s:?}: {why}");
    }
}

#[test]
fn what_five_searches_do_not_settle_is_said_to_be_a_guess() {
    // All alike: no duration tells twenty of them from the rest.
    let mut store = store((0..500).map(|at| (10_000 + at, 5_000_000_000)));
    let (_, why) = opened(store.land(Landing::default(), Wanted::Slowest, Some(5.0)));
    assert!(why.starts_with("The slowest of 20 returned, 5.00 s; more exist. Asked: {"), "{why}");
    assert!(store.searches <= MOST_SEARCHES);
}

#[test]
fn a_few_traces_are_found_however_long_the_quantile_says() {
    let mut store = store([(10_500, 3_000_000), (10_600, 9_000_000)]);
    let (id, _) = opened(store.land(Landing::default(), Wanted::Slowest, Some(60.0)));
    assert_eq!(id, 2);
    let mut store = self::store([]);
    assert!(matches!(store.land(Landing::default(), Wanted::Slowest, None), Next::Nothing { .. }));
    assert!(store.searches <= MOST_SEARCHES);
}

#[test]
fn the_latest_by_the_hint_or_by_a_window() {
    for (knows_hint, ignores_hint) in [(true, false), (false, false), (true, true)] {
        let mut store = store(many());
        (store.knows_hint, store.ignores_hint) = (knows_hint, ignores_hint);
        let newest = store.traces.iter().map(|(start, _)| *start).max().unwrap();
        let (id, why) = opened(store.land(Landing::default(), Wanted::Latest, None));
        assert_eq!(store.traces[id as usize - 1].0, newest, "{why}");
        assert!(!why.contains("more exist"), "{why}");
    }
}

#[test]
fn the_first_error_is_looked_for_from_the_start() {
    let mut store = store(many());
    let first = store.traces.iter().map(|(start, _)| *start).min().unwrap();
    let landing = Landing { service: "erp".to_owned(), ..Landing::default() };
    let (id, why) = opened(store.land(landing, Wanted::FirstError, None));
    assert_eq!(store.traces[id as usize - 1].0, first, "{why}");
    assert!(why.contains(r#"resource.service.name = "erp" && status = error"#), "{why}");
    let mut late = self::store([(13_500, 1)]);
    assert_eq!(opened(late.land(Landing::default(), Wanted::FirstError, None)).0, 1);
}

#[test]
fn a_landing_is_traceql() {
    let landing = Landing {
        service: "order \"x\"".to_owned(),
        operation: "POST /orders".to_owned(),
        min_duration: "500ms".to_owned(),
        max_duration: "5s".to_owned(),
        status: "error".to_owned(),
        tags: vec![("http.status_code".to_owned(), "500".to_owned()), ("error".to_owned(), "true".to_owned())],
    };
    assert_eq!(
        landing.query(),
        r#"{ resource.service.name = "order \"x\"" && name = "POST /orders" && status = error && duration >= 500ms && duration <= 5s && .http.status_code = 500 && status = error }"#
    );
    assert_eq!(Landing::default().query(), "{ }");
}

#[test]
fn the_least_duration_of_the_link_holds() {
    let mut store = store([(10_500, 100_000_000), (10_600, 900_000_000)]);
    let landing = Landing { min_duration: "1s".to_owned(), ..Landing::default() };
    assert!(matches!(store.land(landing, Wanted::Slowest, Some(0.1)), Next::Nothing { .. }));
}
