//! In which order the rows of statistics stand: on the page and in what is taken along of it.

use core::cmp::Reverse;

use super::statistics::StatRow;
use crate::base::sort;

/// What the table is sorted by.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Sort {
    Group,
    Count,
    Errors,
    Total,
    OwnTime,
    Min,
    Mean,
    P50,
    P95,
    P99,
    Max,
    Critical,
}

impl Sort {
    /// As the address names it.
    pub const NAMES: [(&'static str, Sort); 12] = [
        ("group", Sort::Group),
        ("count", Sort::Count),
        ("errors", Sort::Errors),
        ("total", Sort::Total),
        ("self", Sort::OwnTime),
        ("min", Sort::Min),
        ("mean", Sort::Mean),
        ("p50", Sort::P50),
        ("p95", Sort::P95),
        ("p99", Sort::P99),
        ("max", Sort::Max),
        ("critical", Sort::Critical),
    ];

    /// A row's figure; groups are sorted by their names.
    pub fn figure(self, row: &StatRow) -> u64 {
        match self {
            Sort::Group => 0,
            Sort::Count => row.count,
            Sort::Errors => row.errors,
            Sort::Total => row.total_ns,
            Sort::OwnTime => row.self_ns,
            Sort::Min => row.min_ns,
            Sort::Mean => row.mean_ns,
            Sort::P50 => row.p50_ns,
            Sort::P95 => row.p95_ns,
            Sort::P99 => row.p99_ns,
            Sort::Max => row.max_ns,
            Sort::Critical => row.critical_ns,
        }
    }
}

/// A column, and whether the largest comes first.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Order {
    pub by: Sort,
    pub descending: bool,
}

impl Default for Order {
    fn default() -> Self {
        Order { by: Sort::Total, descending: true }
    }
}

impl Order {
    /// As the address has it: `self` the smallest first, `-self` the largest. `None` for a name that is none.
    pub fn parse(text: &str) -> Option<Order> {
        let (name, descending) = text.strip_prefix('-').map_or((text, false), |name| (name, true));
        let (_, by) = Sort::NAMES.iter().find(|(known, _)| *known == name)?;
        Some(Order { by: *by, descending })
    }

    pub fn text(self) -> String {
        let name = Sort::NAMES.iter().find(|(_, sort)| *sort == self.by).map(|(name, _)| *name).unwrap_or_default();
        if self.descending { format!("-{name}") } else { name.to_owned() }
    }

    /// Places of the rows in this order. Equal figures keep the order of the greatest total.
    pub fn of(self, rows: &[StatRow]) -> Vec<u32> {
        let name = |at: &u32| rows.get(*at as usize).map(|row| (row.service, row.text.to_lowercase(), row.absent));
        let figure = |at: &u32| rows.get(*at as usize).map(|row| self.by.figure(row));
        let mut order: Vec<u32> = (0..rows.len() as u32).collect();
        match (self.by, self.descending) {
            (Sort::Group, false) => order.sort_by_cached_key(name),
            (Sort::Group, true) => order.sort_by_cached_key(|at| Reverse(name(at))),
            (_, false) => sort::by_key(&mut order, figure),
            (_, true) => sort::by_key(&mut order, |at| Reverse(figure(at))),
        }
        order
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_order_reads_back_from_its_text() {
        for (name, by) in Sort::NAMES {
            for descending in [false, true] {
                let order = Order { by, descending };
                assert_eq!(Order::parse(&order.text()), Some(order), "{name}");
            }
        }
        assert_eq!((Order::parse("-total"), Order::parse("nothing")), (Some(Order::default()), None));
    }
}
