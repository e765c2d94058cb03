//! Calls that stand together, in order of start, and what is said of them in titles and evidence: what several rules start from.
//! Not a rule, and nothing here decides what is worth telling.

use super::Ground;
use super::operation::path_template;
use crate::analysis::percentile::nearest_rank;
use crate::analysis::resolution::StartResolution;
use crate::analysis::statement::sql_name;
use crate::analysis::statement_shape::shape;
use crate::base::{format, sort};
use crate::model::{SpanIdx, Trace};

/// How much of a statement or URL evidence shows.
const MAX_SHOWN_CHARS: usize = 120;
/// Words that make a SELECT more than a read: `FOR UPDATE`, `SELECT … INTO`, `WITH x AS (DELETE …) SELECT`.
const WRITES: &[&str] = &["UPDATE", "INSERT", "DELETE", "MERGE", "INTO"];
/// Databases in which `"x"` is a name and never a text.
const QUOTE_NAMES: &[&str] = &["postgresql", "oracle", "oracle.db"];

/// A span and what it stands together by.
pub type Keyed = (u64, SpanIdx);

/// Brings spans of one key together, in order of start. Ties go by span id: the positions of siblings hang on arrival.
pub fn put_in_order(trace: &Trace, keyed: &mut [Keyed]) {
    sort::by_key(keyed, |(key, span)| (*key, trace.start_ns(*span), trace.span_id(*span), *span));
}

/// The spans of each key, of what was put in order.
pub fn groups(keyed: &[Keyed]) -> impl Iterator<Item = Vec<SpanIdx>> + '_ {
    keyed.chunk_by(|a, b| a.0 == b.0).map(|group| group.iter().map(|(_, span)| *span).collect())
}

/// All calls that have a parent, put in order by it. Calls below a parent that is missing are not known to have one in common.
pub fn by_parent(ground: &Ground<'_>) -> Vec<Keyed> {
    let trace = ground.trace;
    let calls = trace.spans().filter(|span| ground.is_call(*span));
    let mut keyed: Vec<Keyed> = calls.filter_map(|call| Some((u64::from(trace.parent(call)?.0), call))).collect();
    put_in_order(trace, &mut keyed);
    keyed
}

/// The most of these calls of one service that ran at once; 1 if none overlaps the next. They are in order of start.
pub fn most_at_once(trace: &Trace, resolution: &StartResolution, calls: &[SpanIdx]) -> u64 {
    let resolution_ns = calls.first().map_or(1, |first| resolution.ns(trace, *first));
    let is_long = |call: SpanIdx| trace.duration_of(call) >= resolution_ns;
    let mut ends: Vec<u64> = calls.iter().filter(|call| is_long(**call)).map(|call| trace.end_ns(*call)).collect();
    ends.sort_unstable();
    let mut ends = ends.into_iter().peekable();
    let (mut running, mut most) = (0u64, 0u64);
    for call in calls {
        let start_ns = trace.start_ns(*call);
        while ends.next_if(|end| end.saturating_sub(start_ns) < resolution_ns).is_some() {
            running = running.saturating_sub(1);
        }
        running += u64::from(is_long(*call));
        most = most.max(running + u64::from(!is_long(*call)));
    }
    most
}

/// Whether a statement reads tables and does nothing else. `SELECT 1` reads none.
pub fn is_select(statement: &str) -> bool {
    let reads = sql_name(statement).is_some_and(|name| name.starts_with("SELECT "));
    let is_write = |word: &str| WRITES.iter().any(|write| word.eq_ignore_ascii_case(write));
    reads && !shape(statement).split(|c: char| !c.is_alphanumeric() && c != '_').any(is_write)
}

/// What the calls are called: the first one's label, and if another reads differently, that without its ids.
pub fn name(ground: &Ground<'_>, calls: &[SpanIdx]) -> String {
    let Some(first) = calls.first() else { return String::new() };
    let label = ground.label(*first);
    let is_one = calls.iter().all(|call| ground.label(*call) == label);
    match label.split_once(' ') {
        Some((method, path)) if !is_one && path.starts_with('/') => format!("{method} {}", path_template(path)),
        _ => label.to_owned(),
    }
}

/// ` to inventory-service`; nothing for a database, whose label says enough, and where nothing is known of the other side.
pub fn called(ground: &Ground<'_>, call: SpanIdx) -> String {
    match ground.derived.labels.peer(call) {
        Some(peer) if !ground.operations.is_database(call) => format!(" to {peer}"),
        _ => String::new(),
    }
}

/// `36.8 ms, 54 % of the critical path`; of what is not on the path only how long it is.
pub fn cost(ground: &Ground<'_>, cost_ns: u64, total_ns: u64) -> String {
    match cost_ns {
        0 => format!("{} in total", format::duration(total_ns)),
        _ => format!("{}, {} of the critical path", format::duration(cost_ns), ground.share(cost_ns)),
    }
}

/// `from 20.0 ms to 68.9 ms after the trace's start`.
pub fn when(trace: &Trace, calls: &[SpanIdx]) -> String {
    let from = calls.iter().map(|call| trace.start_ns(*call)).min().unwrap_or_default();
    let to = calls.iter().map(|call| trace.end_ns(*call)).max().unwrap_or_default();
    format!("from {} to {} after the trace's start", format::duration(from), format::duration(to))
}

/// `36.8 ms in total, median 256 µs, longest 4.52 ms`.
pub fn durations(trace: &Trace, calls: &[SpanIdx]) -> String {
    let mut ns: Vec<u64> = calls.iter().map(|call| trace.duration_of(*call)).collect();
    ns.sort_unstable();
    let total = ns.iter().fold(0u64, |sum, ns| sum.saturating_add(*ns));
    let [total, median, longest] = [total, nearest_rank(&ns, 50), nearest_rank(&ns, 100)].map(format::duration);
    format!("{total} in total, median {median}, longest {longest}")
}

/// What a call asks, as a sentence: the shape of its statement, or its URL without what may be secret in it.
pub fn asked(ground: &Ground<'_>, call: SpanIdx) -> Option<String> {
    let text = |keys: [&str; 2]| keys.into_iter().find_map(|key| ground.text(call, key));
    if ground.operations.is_database(call) {
        let shown = shown_statement(text(["db.query.text", "db.statement"])?, text(["db.system.name", "db.system"])?)?;
        return Some(format!("Statement: {}.", cut(&shown)));
    }
    Some(format!("URL: {}.", cut(&shown_url(text(["url.full", "http.url"])?))))
}

/// The shape of an SQL statement, unless a literal may be left in it: other query languages, `"x"` where that may be a text,
/// `'C:\'` where the backslash may end or not end the literal, `$$x$$`.
fn shown_statement(statement: &str, system: &str) -> Option<String> {
    sql_name(statement)?;
    let shape = shape(statement);
    let is_doubtful = statement.contains('\\') || shape.contains('$');
    let may_quote = !shape.contains('"') || QUOTE_NAMES.contains(&system);
    (!is_doubtful && may_quote).then_some(shape)
}

/// `http://user:word@a/b?token=1` as `http://a/b?…`.
fn shown_url(url: &str) -> String {
    let plain = url.split(['?', '#']).next().unwrap_or_default();
    let rest = if plain.len() < url.len() { "?…" } else { "" };
    let Some((scheme, place)) = plain.split_once("://") else { return format!("{plain}{rest}") };
    let (host, path) = place.split_at(place.find('/').unwrap_or(place.len()));
    let host = host.rsplit('@').next().unwrap_or_default();
    format!("{scheme}://{host}{path}{rest}")
}

fn cut(text: &str) -> String {
    match text.char_indices().nth(MAX_SHOWN_CHARS) {
        Some((end, _)) => format!("{}…", text.get(..end).unwrap_or_default()),
        None => text.to_owned(),
    }
}

/// What rules say of a trace, run one after another. For the tests of the rules beside this file.
#[cfg(test)]
pub fn told(rules: &[super::Rule], drafts: &[crate::analysis::sample::Draft]) -> Vec<(super::Finding, Vec<u64>)> {
    let trace = crate::analysis::sample::trace(drafts);
    let derived = crate::analysis::Derived::of(&trace);
    let mut ground = Ground::new(&trace, &derived, super::Seen::default());
    let mut found = Vec::new();
    rules.iter().for_each(|rule| rule(&mut ground, &mut found));
    let ids = |finding: &super::Finding| finding.spans.iter().map(|span| trace.span_id(*span).0).collect();
    found.into_iter().map(|finding| (finding.clone(), ids(&finding))).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::analysis::sample::{Draft, trace};

    const MS: u64 = 1_000_000;

    /// The most at once of spans from and to these times, in order of start.
    fn most(times: &[(u64, u64)]) -> u64 {
        let drafts: Vec<Draft> = (1..).zip(times).map(|(id, (from, to))| Draft::new(id, 0, *from, *to)).collect();
        let trace = trace(&drafts);
        let mut keyed: Vec<Keyed> = trace.spans().map(|span| (0, span)).collect();
        put_in_order(&trace, &mut keyed);
        let resolution = StartResolution::of(&trace);
        groups(&keyed).map(|calls| most_at_once(&trace, &resolution, &calls)).max().unwrap_or_default()
    }

    #[test]
    fn less_than_the_resolution_of_starts_is_no_overlap() {
        assert_eq!(most(&[(0, 2 * MS - 1), (MS, 3 * MS)]), 1);
        assert_eq!(most(&[(0, 2 * MS), (MS, 3 * MS)]), 2);
        assert_eq!(most(&[(0, 2 * MS - 1), (MS + 1_000, 3 * MS)]), 2);
        assert_eq!(most(&[(0, MS + 1_999), (MS + 1_000, 3 * MS)]), 1);
        assert_eq!(most(&[(1, MS), (MS, 3 * MS)]), 1);
        assert_eq!(most(&[(1, MS + 1), (MS, 3 * MS)]), 2);
    }

    #[test]
    fn what_runs_inside_a_long_call_runs_beside_it() {
        assert_eq!(most(&[(0, 100 * MS), (50 * MS, 50 * MS), (60 * MS, 60 * MS)]), 2);
        assert_eq!(most(&[(0, 100 * MS), (50 * MS, 60 * MS), (55 * MS, 90 * MS), (70 * MS, 80 * MS)]), 3);
        assert_eq!(most(&[(0, 5 * MS), (0, 5 * MS), (0, 5 * MS)]), 3);
    }

    #[test]
    fn zero_length_and_endless_calls_are_counted_without_overflow() {
        let last = u64::MAX - crate::analysis::sample::BASE_UNIX_NANO;
        assert_eq!(most(&[(0, 0), (0, 0), (0, 0)]), 1);
        assert_eq!(most(&[(0, last), (1, last), (last, last)]), 2);
    }

    #[test]
    fn order_is_by_start_and_span_id_however_spans_arrived() {
        for ids in [[1, 2, 3], [3, 1, 2]] {
            let trace = trace(&ids.map(|id| Draft::new(id, 0, 5, 9)));
            let mut keyed: Vec<Keyed> = trace.spans().map(|span| (0, span)).collect();
            put_in_order(&trace, &mut keyed);
            let ids: Vec<u64> = keyed.iter().map(|(_, span)| trace.span_id(*span).0).collect();
            assert_eq!(ids, [1, 2, 3]);
        }
    }

    #[test]
    fn only_what_reads_tables_and_does_nothing_else_is_a_select() {
        for read in [
            "SELECT a FROM t",
            "/* x */ select a from t where b = 'UPDATE'",
            "WITH x AS (SELECT a FROM t) SELECT * FROM x",
        ] {
            assert!(is_select(read), "{read}");
        }
        for other in [
            "SELECT 1",
            "SELECT nextval('s')",
            "SELECT a FROM t FOR UPDATE",
            "SELECT a INTO b FROM t",
            "WITH x AS (DELETE FROM t RETURNING a) SELECT * FROM x",
            "UPDATE t SET a = 1",
            "",
        ] {
            assert!(!is_select(other), "{other}");
        }
    }

    #[test]
    fn nothing_that_may_be_a_literal_is_shown() {
        assert_eq!(
            shown_statement("SELECT a FROM t WHERE b = 'x'", "mysql").as_deref(),
            Some("SELECT a FROM t WHERE b = ?")
        );
        assert_eq!(shown_statement("SELECT a FROM \"t\"", "postgresql").as_deref(), Some("SELECT a FROM \"t\""));
        assert_eq!(shown_statement("SELECT a FROM t WHERE b = \"x\"", "mysql"), None);
        assert_eq!(shown_statement("SELECT a FROM t WHERE b = 'C:\\' AND c = 'x'", "postgresql"), None);
        assert_eq!(shown_statement("SELECT a FROM t WHERE b = $$x$$", "postgresql"), None);
        assert_eq!(shown_statement("{\"find\": \"t\"}", "mongodb"), None);
        assert_eq!(shown_url("http://me:x@a:1/b@c?token=1"), "http://a:1/b@c?…");
        assert_eq!(shown_url("/b#x"), "/b?…");
    }

    #[test]
    fn long_texts_are_cut_between_characters() {
        assert_eq!(cut(&"ä".repeat(500)).chars().count(), MAX_SHOWN_CHARS + 1);
        assert_eq!(cut(&"ä".repeat(120)), "ä".repeat(120));
    }
}
