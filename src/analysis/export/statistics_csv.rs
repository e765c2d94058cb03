//! The table of statistics as CSV: the rows and figures of [`crate::analysis::statistics`], in the order in which the page
//! shows them.

use super::csv::Csv;
use crate::analysis::derived::Derived;
use crate::analysis::scope::Scope;
use crate::analysis::statistics::{GroupBy, statistics};
use crate::analysis::statistics_order::Order;
use crate::model::Trace;

const FIGURES: [&str; 12] = [
    "count",
    "errors",
    "total_ns",
    "self_ns",
    "min_ns",
    "mean_ns",
    "p50_ns",
    "p95_ns",
    "p99_ns",
    "max_ns",
    "critical_path_ns",
    "critical_path_share",
];

/// Spans without the attribute that is grouped by, in the words of the page.
const NOT_SET: &str = "(not set)";

pub fn statistics_csv(trace: &Trace, derived: &Derived, scope: &Scope, by: &GroupBy, order: Order) -> Vec<u8> {
    let table = statistics(trace, derived, scope, by).statistics;
    let has_service = matches!(by, GroupBy::Service | GroupBy::ServiceOperation);
    let group = match by {
        GroupBy::Service => None,
        GroupBy::ServiceOperation => Some("operation".to_owned()),
        GroupBy::Attribute(key) => Some(key.clone()),
        by => Some(by.name()),
    };
    let mut csv = Csv::default();
    let names = has_service.then_some("service").into_iter().chain(group.as_deref()).chain(FIGURES);
    names.for_each(|name| csv.text(name));
    csv.end_row();
    for row in order.of(&table.rows).into_iter().filter_map(|at| table.rows.get(at as usize)) {
        if has_service {
            let service = row.service.and_then(|service| trace.services.get(service as usize));
            csv.text(service.map(|name| trace.set.strings.get(*name)).unwrap_or_default());
        }
        if group.is_some() {
            csv.text(if row.absent { NOT_SET } else { &row.text });
        }
        let figures = [
            row.count,
            row.errors,
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
        figures.into_iter().for_each(|figure| csv.number(figure));
        csv.share(row.critical_ns, table.critical_ns);
        csv.end_row();
    }
    csv.into_bytes()
}
