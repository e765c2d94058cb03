//! What sets selected spans apart from the rest: values of attributes by how much more, or less, of the selected spans have them. Made of a backend's
//! counts; nothing is fetched here.
//!
//! The figure is the difference of two shares, in points: of the selected spans that have the attribute, so many have the value; of the rest, so many. It is
//! what Honeycomb's BubbleUp draws and Tempo's `compare()` counts for. Tempo counts some intrinsics twice over; shares are not touched by that.

use std::collections::BTreeMap;

use crate::base::sort;
use crate::model::comparison::{Counted, Part};

/// One value of one attribute.
#[derive(Clone, PartialEq, Debug)]
pub struct Difference {
    pub field: String,
    pub value: String,
    pub literal: String,
    /// Spans that have it.
    pub selected: u64,
    /// `None` where the backend told only the most frequent values of the rest, and this is none of them: fewer than the rarest of those.
    pub rest: Option<u64>,
    /// Share of the selected, and of the rest, 0 to 1; of what is not told the greatest that it can be.
    pub selected_share: f64,
    pub rest_share: f64,
}

impl Difference {
    /// Positive where more of the selected have it.
    pub fn points(&self) -> f64 {
        (self.selected_share - self.rest_share) * 100.0
    }
}

#[derive(Clone, PartialEq, Debug, Default)]
pub struct Comparison {
    /// The largest difference first.
    pub differences: Vec<Difference>,
    /// Selected spans, and the rest.
    pub selected: u64,
    pub rest: u64,
    /// Attributes that were compared, and those of which no value differs.
    pub fields: usize,
    pub alike: usize,
}

/// Smaller differences are none: a point of a hundred spans is one span.
const LEAST_POINTS: f64 = 1.0;

#[derive(Default)]
struct Field<'a> {
    selected_total: u64,
    rest_total: u64,
    /// Counts of the selected and of the rest, by value.
    values: BTreeMap<&'a str, (u64, Option<u64>, &'a str)>,
}

/// Ranks; `most_values` is how many values of an attribute the backend was asked for.
pub fn compared(counts: &[Counted], most_values: usize) -> Comparison {
    let mut fields: BTreeMap<&str, Field> = BTreeMap::new();
    for one in counts {
        let field = fields.entry(&one.field).or_default();
        match one.part {
            Part::SelectedTotal => add(&mut field.selected_total, one.count),
            Part::RestTotal => add(&mut field.rest_total, one.count),
            Part::Selected => add(&mut field.values.entry(&one.value).or_insert((0, None, &one.literal)).0, one.count),
            Part::Rest => {
                add(field.values.entry(&one.value).or_insert((0, None, &one.literal)).1.get_or_insert(0), one.count);
            }
        }
    }
    let mut comparison = Comparison { fields: fields.len(), ..Comparison::default() };
    // Some attributes are counted twice and some spans lack one: what most attributes agree on is the number of spans.
    let totals = |of: fn(&Field) -> u64| fields.values().map(of).filter(|total| *total > 0);
    comparison.selected = most_frequent(totals(|field| field.selected_total));
    comparison.rest = most_frequent(totals(|field| field.rest_total));
    for (name, field) in &fields {
        let differences = differences_of(name, field, most_values);
        if differences.is_empty() {
            comparison.alike += 1;
        }
        comparison.differences.extend(differences);
    }
    sort::by(&mut comparison.differences, |a, b| {
        b.points().abs().total_cmp(&a.points().abs()).then_with(|| (&a.field, &a.value).cmp(&(&b.field, &b.value)))
    });
    comparison
}

/// Numbers from outside.
fn add(sum: &mut u64, more: u64) {
    *sum = sum.saturating_add(more);
}

/// The total that most attributes agree on.
fn most_frequent(totals: impl Iterator<Item = u64>) -> u64 {
    let mut times: BTreeMap<u64, usize> = BTreeMap::new();
    totals.for_each(|total| *times.entry(total).or_default() += 1);
    times.into_iter().max_by_key(|(_, times)| *times).map_or(0, |(total, _)| total)
}

fn differences_of(name: &str, field: &Field, most_values: usize) -> Vec<Difference> {
    let told: Vec<u64> = field.values.values().filter_map(|(_, rest, _)| *rest).collect();
    // A shorter list is whole: what is not on it does not occur.
    let rarest = if told.len() >= most_values { told.iter().copied().min().unwrap_or(0) } else { 0 };
    let told_selected = field.values.values().filter(|(selected, ..)| *selected > 0).count();
    let share = |count: u64, total: u64| if total > 0 { count as f64 / total as f64 } else { 0.0 };
    let values = field.values.iter().filter_map(|(value, (selected, rest, literal))| {
        // A value that is rare among the selected and not on their list cannot be compared.
        if *selected == 0 && told_selected >= most_values {
            return None;
        }
        let rest = if rarest == 0 { Some(rest.unwrap_or(0)) } else { *rest };
        let difference = Difference {
            field: name.to_owned(),
            value: (*value).to_owned(),
            literal: (*literal).to_owned(),
            selected: *selected,
            rest,
            selected_share: share(*selected, field.selected_total),
            rest_share: share(rest.unwrap_or(rarest), field.rest_total),
        };
        // Of what is not told only so much is known: that it is no more than the rarest. More than that of the selected ones is a difference.
        let is_known = difference.rest.is_some() || difference.points() > 0.0;
        (is_known && difference.points().abs() >= LEAST_POINTS).then_some(difference)
    });
    values.collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn counted(part: Part, field: &str, value: &str, count: u64) -> Counted {
        Counted { part, field: field.to_owned(), value: value.to_owned(), literal: value.to_owned(), count }
    }

    #[test]
    fn the_largest_difference_of_shares_stands_first() {
        let counts = [
            counted(Part::SelectedTotal, "route", "", 10),
            counted(Part::RestTotal, "route", "", 100),
            counted(Part::Selected, "route", "/a", 9),
            counted(Part::Rest, "route", "/a", 10),
            counted(Part::Selected, "route", "/b", 1),
            counted(Part::Rest, "route", "/b", 85),
            counted(Part::SelectedTotal, "host", "", 10),
            counted(Part::RestTotal, "host", "", 100),
            counted(Part::Selected, "host", "node", 10),
            counted(Part::Rest, "host", "node", 100),
        ];
        let found = compared(&counts, 10);
        let lines: Vec<String> =
            found.differences.iter().map(|one| format!("{}={} {:.0}", one.field, one.value, one.points())).collect();
        assert_eq!(lines, ["route=/a 80", "route=/b -75"]);
        assert_eq!((found.selected, found.rest, found.fields, found.alike), (10, 100, 2, 1));
    }

    #[test]
    fn what_the_rest_was_not_told_of_is_no_zero() {
        let counts = [
            counted(Part::SelectedTotal, "id", "", 10),
            counted(Part::RestTotal, "id", "", 100),
            counted(Part::Selected, "id", "7", 5),
            counted(Part::Selected, "id", "8", 1),
            counted(Part::Rest, "id", "1", 30),
            counted(Part::Rest, "id", "2", 20),
        ];
        let cut = compared(&counts, 2);
        let seven = cut.differences.iter().find(|one| one.value == "7").unwrap();
        assert_eq!((seven.rest, seven.points()), (None, 30.0));
        // Of 8 it is not known whether more or fewer have it.
        assert!(cut.differences.iter().all(|one| one.value != "8"));
        let whole = compared(&counts, 3);
        let seven = whole.differences.iter().find(|one| one.value == "7").unwrap();
        assert_eq!((seven.rest, seven.points()), (Some(0), 50.0));
        assert_eq!(compared(&[], 10), Comparison::default());
    }

    #[test]
    fn counts_beyond_64_bits_stay_at_the_greatest() {
        let parts = [Part::SelectedTotal, Part::RestTotal, Part::Selected, Part::Rest];
        let counts: Vec<Counted> = parts.map(|part| counted(part, "a", "b", u64::MAX)).into_iter().collect();
        let counts = [counts.clone(), counts].concat();
        assert_eq!((compared(&counts, 10).selected, compared(&counts, 10).rest), (u64::MAX, u64::MAX));
    }
}
