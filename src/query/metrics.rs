//! The questions behind services, charts and landings: TraceQL metrics, written out of a search query.
//!
//! Names of intrinsics are written without a scope (`status`, not `span:status`): Tempos before 2.6 know no other, and all know these.

use super::condition;
use super::token::{Kind, lex};
use super::words;
use super::write;

/// Whose spans rate, errors and duration are of.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub enum Population {
    /// Root spans: a request as its caller saw it.
    #[default]
    Roots,
    /// SERVER spans: a request as each service saw it.
    Servers,
    /// CONSUMER spans: a message as each service saw it.
    Consumers,
    /// SERVER and CONSUMER spans: what stands in for roots where none were received.
    Entries,
    /// All spans that match.
    All,
}

impl Population {
    fn condition(self) -> &'static str {
        match self {
            Population::Roots => "nestedSetParent < 0",
            Population::Servers => "kind = server",
            Population::Consumers => "kind = consumer",
            Population::Entries => "(kind = server || kind = consumer)",
            Population::All => "",
        }
    }

    /// For the line above the charts.
    pub fn words(self) -> &'static str {
        match self {
            Population::Roots => "root spans",
            Population::Servers => "server spans",
            Population::Consumers => "consumer spans",
            Population::Entries => "server and consumer spans",
            Population::All => "all matching spans",
        }
    }
}

/// The spans of a population that some conditions hold of.
fn spans(population: Population, conditions: &str) -> String {
    write::spanset(&write::all([population.condition().to_owned(), conditions.to_owned()]))
}

/// Spans a second by some fields: `{ kind = server } | rate() by (resource.service.name, status)`.
pub fn rate(population: Population, conditions: &str, by: &[&str]) -> String {
    grouped(&format!("{} | rate()", spans(population, conditions)), by)
}

/// p50, p95 and p99 of how long spans took.
pub fn quantiles(population: Population, conditions: &str, by: &[&str]) -> String {
    quantiles_of(population, conditions, ".5, .95, .99", by)
}

/// Some quantiles of how long spans took, as TraceQL lists them.
pub fn quantiles_of(population: Population, conditions: &str, shares: &str, by: &[&str]) -> String {
    grouped(&format!("{} | quantile_over_time(duration, {shares})", spans(population, conditions)), by)
}

/// How long spans took, in Tempo's buckets of powers of two.
pub fn histogram(population: Population, conditions: &str) -> String {
    format!("{} | histogram_over_time(duration)", spans(population, conditions))
}

/// How many of some spans, and of the rest, have which values; the `most` most frequent of each attribute. `times_ns` narrows the selected ones to a part of the
/// range.
pub fn compare(
    population: Population,
    conditions: &str,
    selected: &str,
    most: usize,
    times_ns: Option<(u64, u64)>,
) -> String {
    let times = times_ns.map(|(start, end)| format!(", {start}, {end}")).unwrap_or_default();
    format!("{} | compare({}, {most}{times})", spans(population, conditions), write::spanset(selected))
}

/// How long the spans of an operation took, failed ones apart: what `analysis::usual` reads.
pub fn usual(service: &str, operation: &str) -> String {
    let conditions =
        [format!("resource.service.name = {}", write::text(service)), format!("name = {}", write::text(operation))];
    format!("{} | histogram_over_time(duration) by (status)", write::spanset(&write::all(conditions)))
}

fn grouped(query: &str, by: &[&str]) -> String {
    if by.is_empty() { query.to_owned() } else { format!("{query} by ({})", by.join(", ")) }
}

/// What of a search says whose requests are meant, for the charts beside it: the conditions of its first spanset without those on
/// status and duration, which choose traces and would make every rate a rate of errors.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Scope {
    /// Joined by `&&`; empty when there is none.
    pub conditions: String,
    /// Conditions that were left out, as written.
    pub left_out: Vec<String>,
    /// The search says more than one plain spanset, which charts do not repeat.
    pub is_simplified: bool,
}

/// Reads a search.
pub fn scope_of(query: &str) -> Scope {
    let parts = condition::parts(query);
    let mut scope = Scope { is_simplified: !is_one_plain_spanset(&parts), ..Scope::default() };
    let mut kept = Vec::new();
    for condition in parts.conditions.iter().filter(|condition| condition.spanset == 0) {
        let text = query[condition.range.clone()].to_owned();
        let chooses = words::intrinsic_named(&condition.field).is_some_and(|known| {
            matches!(known.name, "span:status" | "span:duration" | "trace:duration" | "span:statusMessage")
        });
        if chooses { scope.left_out.push(text) } else { kept.push(text) }
    }
    scope.conditions = write::all(kept);
    scope
}

fn is_one_plain_spanset(parts: &condition::Parts) -> bool {
    parts.spansets.len() <= 1
        && parts.spansets.iter().all(|spanset| spanset.is_plain)
        && parts.between.iter().all(|text| text.is_empty())
}

/// Whether a query makes metrics, and so belongs to `/api/metrics`, not to search: search answers it as if the function were not there.
pub fn makes_metrics(query: &str) -> bool {
    let lexed = lex(query);
    lexed.meaningful().any(|token| {
        token.kind == Kind::Function
            && words::function_named(&query[token.range.clone()]).is_some_and(|known| known.makes_metrics)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn questions_are_traceql() {
        let by = ["resource.service.name", "status"];
        assert_eq!(rate(Population::Servers, "", &by), "{ kind = server } | rate() by (resource.service.name, status)");
        assert_eq!(
            quantiles(Population::Roots, "resource.service.name = \"a\"", &[]),
            "{ nestedSetParent < 0 && resource.service.name = \"a\" } | quantile_over_time(duration, .5, .95, .99)"
        );
        let usual = usual("a", "POST /\"x\"");
        assert_eq!(
            usual,
            r#"{ resource.service.name = "a" && name = "POST /\"x\"" } | histogram_over_time(duration) by (status)"#
        );
        assert_eq!(histogram(Population::All, ""), "{ } | histogram_over_time(duration)");
        let compared = compare(Population::Servers, "", "status = error", 2, None);
        assert_eq!(compared, "{ kind = server } | compare({ status = error }, 2)");
        assert!(compare(Population::All, "", "duration > 1s", 10, Some((1, 2))).ends_with("}, 10, 1, 2)"));
        for query in [rate(Population::All, "", &[]), histogram(Population::Consumers, "")] {
            assert_eq!(lex(&query).slip, None);
            assert!(makes_metrics(&query));
        }
        assert!(!makes_metrics("{ status = error } | select(.rate)"));
    }

    #[test]
    fn conditions_that_choose_traces_are_left_out_of_the_charts_and_told() {
        let scope = scope_of(r#"{ span:status = error && resource.service.name = "a" && duration > 1s }"#);
        assert_eq!(scope.conditions, r#"resource.service.name = "a""#);
        assert_eq!(scope.left_out, ["span:status = error", "duration > 1s"]);
        assert!(!scope.is_simplified);
    }

    #[test]
    fn more_than_a_plain_spanset_is_told_as_simplified() {
        for query in ["{ .a = 1 } >> { .b = 2 }", "{ .a = 1 || .b = 2 }", "{ } | count() > 2"] {
            assert!(scope_of(query).is_simplified, "{query}");
        }
        assert_eq!(scope_of("{ .a = 1 } >> { .b = 2 }").conditions, ".a = 1");
    }
}
