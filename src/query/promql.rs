//! PromQL over the metrics of Tempo's generator: span metrics for rates, errors and durations, the service graph for maps. Pure text.
//!
//! Names and labels are those of Tempo's span-metrics and service-graphs processors.

use super::condition;
use super::metrics::{Population, Scope};
use super::words;
use super::write;

const CALLS: &str = "traces_spanmetrics_calls_total";
const LATENCY: &str = "traces_spanmetrics_latency_bucket";
/// The label of span metrics, and the TraceQL field that says the same.
const FIELDS: [(&str, &str); 4] =
    [("service", "resource.service.name"), ("span_name", "name"), ("span_kind", "kind"), ("status_code", "status")];

/// A label and value of a series as TraceQL's metrics name them: `STATUS_CODE_ERROR` of `status_code` is `error` of `status`.
pub fn as_traceql(label: String, value: String) -> (String, String) {
    let Some((_, field)) = FIELDS.iter().find(|(known, _)| *known == label) else { return (label, value) };
    let value = match *field {
        "status" => value.strip_prefix("STATUS_CODE_").map(str::to_lowercase),
        "kind" => value.strip_prefix("SPAN_KIND_").map(str::to_lowercase),
        _ => None,
    }
    .unwrap_or(value);
    ((*field).to_owned(), value)
}

/// The label of a field; `None` for what span metrics do not tell apart.
pub fn label_of(field: &str) -> Option<&'static str> {
    let field = words::intrinsic_named(field).map_or(field, |known| known.name);
    let bare = match field {
        "span:name" => "name",
        "span:kind" => "kind",
        "span:status" => "status",
        ".service.name" => "resource.service.name",
        other => other,
    };
    FIELDS.iter().find(|(_, known)| *known == bare).map(|(label, _)| *label)
}

/// The field of a label, as answers come with it.
pub fn field_of(label: &str) -> Option<&'static str> {
    FIELDS.iter().find(|(known, _)| *known == label).map(|(_, field)| *field)
}

/// What span metrics can tell of a search's scope, as matchers; `left_out` grows by what they cannot.
pub fn matchers(scope: &mut Scope) -> Vec<String> {
    let written = write::spanset(&scope.conditions);
    let parts = condition::parts(&written);
    let mut matchers = Vec::new();
    let mut kept = Vec::new();
    for condition in &parts.conditions {
        let text = written[condition.range.clone()].to_owned();
        let operator = Some(condition.operator.as_str()).filter(|operator| ["=", "!=", "=~", "!~"].contains(operator));
        match (label_of(&condition.field), operator, value(&condition.value)) {
            (Some("span_kind"), Some(operator @ ("=" | "!=")), None) => {
                matchers.push(format!("span_kind{operator}\"SPAN_KIND_{}\"", condition.value.to_uppercase()));
                kept.push(text);
            }
            (Some(label), Some(operator), Some(value)) => {
                matchers.push(format!("{label}{operator}{}", write::text(&value)));
                kept.push(text);
            }
            _ => scope.left_out.push(text),
        }
    }
    scope.conditions = write::all(kept);
    matchers
}

/// What stands between quotes.
fn value(written: &str) -> Option<String> {
    let inner = written.strip_prefix('"').and_then(|rest| rest.strip_suffix('"'));
    match inner {
        Some(inner) => Some(inner.replace("\\\"", "\"").replace("\\\\", "\\")),
        None => written.strip_prefix('`').and_then(|rest| rest.strip_suffix('`')).map(str::to_owned),
    }
}

/// Spans of a population, as matchers. Span metrics know no root spans.
fn population(population: Population) -> Option<&'static str> {
    match population {
        Population::Servers => Some("span_kind=\"SPAN_KIND_SERVER\""),
        Population::Consumers => Some("span_kind=\"SPAN_KIND_CONSUMER\""),
        Population::Roots | Population::Entries => Some("span_kind=~\"SPAN_KIND_SERVER|SPAN_KIND_CONSUMER\""),
        Population::All => None,
    }
}

/// Whose spans, which of them, and over how many seconds each rate is taken.
#[derive(Clone, Copy, Debug)]
pub struct Asked<'a> {
    pub population: Population,
    pub matchers: &'a [String],
    pub window_s: u64,
}

impl Asked<'_> {
    fn selector(&self, metric: &str, more: Option<&str>) -> String {
        let own = population(self.population).map(str::to_owned);
        let all: Vec<String> =
            own.into_iter().chain(self.matchers.iter().cloned()).chain(more.map(str::to_owned)).collect();
        if all.is_empty() { metric.to_owned() } else { format!("{metric}{{{}}}", all.join(", ")) }
    }

    /// Spans a second, by labels.
    pub fn rate(&self, by: &[&str]) -> String {
        summed(&self.selector(CALLS, None), by, self.window_s)
    }

    /// Failed spans a second.
    pub fn errors(&self, by: &[&str]) -> String {
        summed(&self.selector(CALLS, Some("status_code=\"STATUS_CODE_ERROR\"")), by, self.window_s)
    }

    /// Quantiles of how long spans took, in seconds; each has its share as label `p`, as TraceQL's have.
    pub fn quantiles(&self, shares: &[&str], by: &[&str]) -> String {
        let selector = self.selector(LATENCY, None);
        let one = |share: &&str| {
            let quantile = quantile(share, &selector, by, self.window_s);
            format!("label_replace({quantile}, \"p\", \"{share}\", \"\", \"\")")
        };
        shares.iter().map(one).collect::<Vec<_>>().join(" or ")
    }

    /// Spans of each step, by bucket; each bucket holds the ones below. A rate, since a step may be shorter than the scraper takes between two looks.
    pub fn histogram(&self, step_s: u64) -> String {
        format!("{} * {step_s}", summed(&self.selector(LATENCY, None), &["le"], self.window_s))
    }

    /// What exemplars are asked of.
    pub fn exemplars(&self, failed: bool) -> String {
        self.selector(LATENCY, failed.then_some("status_code=\"STATUS_CODE_ERROR\""))
    }
}

fn summed(selector: &str, by: &[&str], window_s: u64) -> String {
    let rate = format!("rate({selector}[{}])", window(window_s));
    if by.is_empty() { format!("sum({rate})") } else { format!("sum by ({}) ({rate})", by.join(", ")) }
}

fn quantile(share: &str, selector: &str, by: &[&str], window_s: u64) -> String {
    let by: Vec<&str> = ["le"].iter().chain(by).copied().collect();
    format!("histogram_quantile({share}, {})", summed(selector, &by, window_s))
}

fn window(seconds: u64) -> String {
    if seconds.is_multiple_of(60) && seconds > 0 {
        format!("{}m", seconds / 60)
    } else {
        format!("{}s", seconds.max(1))
    }
}

/// Over how long a rate at each step is taken: a scraper that looks every 15 s has four looks in a minute.
pub fn window_of_step(step_s: u64) -> u64 {
    (step_s * 4).max(60)
}

const GRAPH_CALLS: &str = "traces_service_graph_request_total";
const GRAPH_FAILED: &str = "traces_service_graph_request_failed_total";
const GRAPH_SECONDS: &str = "traces_service_graph_request_server_seconds";
const ENDS: [&str; 3] = ["client", "server", "connection_type"];

/// The questions behind a map of a range: calls, failed ones, sums of durations, p50 and p95 of each edge, and p95 of each server.
pub fn graph(range_s: u64) -> [String; 6] {
    let increase = |metric: &str| format!("sum by ({}) (increase({metric}[{}]))", ENDS.join(", "), window(range_s));
    let buckets = format!("{GRAPH_SECONDS}_bucket");
    [
        increase(GRAPH_CALLS),
        increase(GRAPH_FAILED),
        increase(&format!("{GRAPH_SECONDS}_sum")),
        quantile("0.5", &buckets, &ENDS, range_s),
        quantile("0.95", &buckets, &ENDS, range_s),
        quantile("0.95", &buckets, &["server"], range_s),
    ]
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::query::metrics::scope_of;

    #[test]
    fn questions_are_promql() {
        let asked = Asked { population: Population::All, matchers: &[], window_s: 60 };
        assert_eq!(asked.rate(&["service"]), "sum by (service) (rate(traces_spanmetrics_calls_total[1m]))");
        let servers = Asked { population: Population::Servers, ..asked };
        assert_eq!(
            servers.quantiles(&["0.95"], &["service"]),
            "label_replace(histogram_quantile(0.95, sum by (le, service) (rate(traces_spanmetrics_latency_bucket{span_kind=\"SPAN_KIND_SERVER\"}[1m]))), \"p\", \"0.95\", \"\", \"\")"
        );
        let matchers = ["service=\"a\"".to_owned()];
        let entries = Asked { population: Population::Roots, matchers: &matchers, window_s: 90 };
        assert_eq!(
            entries.errors(&[]),
            "sum(rate(traces_spanmetrics_calls_total{span_kind=~\"SPAN_KIND_SERVER|SPAN_KIND_CONSUMER\", service=\"a\", status_code=\"STATUS_CODE_ERROR\"}[90s]))"
        );
        assert!(entries.quantiles(&["0.5", "0.99"], &[]).contains(") or label_replace("));
        assert_eq!(asked.exemplars(true), "traces_spanmetrics_latency_bucket{status_code=\"STATUS_CODE_ERROR\"}");
        assert_eq!(
            graph(3_600)[0],
            "sum by (client, server, connection_type) (increase(traces_service_graph_request_total[60m]))"
        );
    }

    #[test]
    fn what_span_metrics_cannot_tell_apart_is_left_out_and_told() {
        let mut scope = scope_of(
            r#"{ resource.service.name = "a \"b\"" && span:name =~ `GET .*` && kind = server && .order.id = "7" && status = error && duration > 1s }"#,
        );
        let found = matchers(&mut scope);
        assert_eq!(found, [r#"service="a \"b\"""#, r#"span_name=~"GET .*""#, r#"span_kind="SPAN_KIND_SERVER""#]);
        assert_eq!(scope.left_out, ["status = error", "duration > 1s", ".order.id = \"7\""]);
        assert!(!scope.conditions.contains("order") && scope.conditions.contains("kind = server"));
        assert_eq!(matchers(&mut scope_of("{ }")), Vec::<String>::new());
    }

    #[test]
    fn labels_come_out_as_traceql_names_them() {
        let named = |label: &str, value: &str| as_traceql(label.to_owned(), value.to_owned());
        assert_eq!(named("service", "a"), ("resource.service.name".to_owned(), "a".to_owned()));
        assert_eq!(named("status_code", "STATUS_CODE_ERROR"), ("status".to_owned(), "error".to_owned()));
        assert_eq!(named("span_kind", "SPAN_KIND_SERVER"), ("kind".to_owned(), "server".to_owned()));
        assert_eq!(named("client", "a"), ("client".to_owned(), "a".to_owned()));
        assert_eq!(label_of("span:kind"), Some("span_kind"));
        assert_eq!((label_of("name"), label_of("span.order.id")), (Some("span_name"), None));
    }
}
