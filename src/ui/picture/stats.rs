//! The table of statistics as a picture, sorted as it is shown.

use leptos::prelude::*;

use super::heading::{heading, rows_words};
use super::{Making, STEP};
use crate::analysis::statistics::StatRow;
use crate::base::format::{count, duration_parts, percent, service_words};
use crate::layout::Bits;
use crate::model::SpanIdx;
use crate::paint::svg::Picture;
use crate::paint::svg::limits::MOST_ROWS;
use crate::paint::svg::table::{self, Cell, Line, Table};
use crate::state::pace::{Pace, Superseded};
use crate::state::stats::{Grouped, Sort};
use crate::ui::stats::{COLUMNS, ROW_PX, name_words, rows_in_sight, words};

pub async fn picture(making: &Making, pace: &mut Pace) -> Result<Option<Picture>, Superseded> {
    let stats = making.app.stats;
    let Some(grouped) = stats.grouped.get_untracked() else { return Ok(None) };
    let (by, descending) = stats.sort.get_untracked();
    let order = untrack(|| stats.order()).of(&grouped.statistics.rows);
    let (first, many) = match making.is_whole() {
        true => (0, order.len().min(MOST_ROWS)),
        false => rows_in_sight(stats.scroll_px.get_untracked() / ROW_PX, order.len()),
    };
    let matched = making.matched();
    let selected = making.app.view.selected.get_untracked().and_then(|span| grouped.row_of(span.0));
    let found = matched.as_ref().map(|matched| found_in(&grouped, matched));
    let lines: Vec<Line> = order
        .iter()
        .skip(first)
        .take(many)
        .filter_map(|at| {
            let found = found.as_ref().map(|found| found.get(*at as usize).copied().unwrap_or_default());
            line(&grouped, *at, found, selected)
        })
        .collect();
    pace.rest().await?;
    let names = core::iter::once((Sort::Group, words(&grouped.by)));
    let figures = COLUMNS.iter().map(|(sort, name, _)| (*sort, (*name).to_owned()));
    let columns: Vec<(Sort, String)> = names.chain(figures).collect();
    let sorted = columns.iter().position(|(sort, _)| *sort == by).map(|at| (at, descending));
    let heads: Vec<String> = columns.into_iter().map(|(_, head)| head).collect();
    let rows = rows_words(first, lines.len(), order.len());
    let view = format!("Statistics by {}: {rows}", words(&grouped.by).to_lowercase());
    let heading = heading(making, &grouped.outline, view);
    let table = Table { heads: &heads, sorted, lines: &lines };
    let mut drawing = table::Making::new(&table, &heading, &making.palette, &making.widths);
    while drawing.step(STEP) {
        pace.rest().await?;
    }
    Ok(Some(drawing.finish()))
}

/// By row: how many of its spans find has matched.
fn found_in(grouped: &Grouped, matched: &Bits) -> Vec<u64> {
    let mut counts = vec![0; grouped.statistics.rows.len()];
    for row in matched.iter().filter_map(|span| grouped.row_of(span)) {
        if let Some(count) = counts.get_mut(row as usize) {
            *count += 1;
        }
    }
    counts
}

fn line(grouped: &Grouped, at: u32, found: Option<u64>, selected: Option<u32>) -> Option<Line> {
    let row = grouped.statistics.rows.get(at as usize)?;
    let (outline, first) = (&grouped.outline, SpanIdx(row.first_span));
    let service = row.service.filter(|_| first.index() < outline.len());
    Some(Line {
        slot: service.map(|_| outline.slot(first)),
        service: service.map(|_| service_words(outline.service_name(first))).unwrap_or_default(),
        name: name_words(row, &grouped.by),
        quiet: row.absent,
        cells: cells(row, found, grouped.statistics.critical_ns),
        dim: found == Some(0),
        selected: selected == Some(at),
    })
}

/// In the order of [`COLUMNS`].
fn cells(row: &StatRow, found: Option<u64>, critical_ns: u64) -> Vec<Cell> {
    let plain = |figure: String| Cell { figure, ..Cell::default() };
    let many = match found.filter(|found| *found > 0) {
        Some(found) => format!("{} of {}", count(found), count(row.count)),
        None => count(row.count),
    };
    let figures = COLUMNS.iter().map(|(sort, ..)| match sort {
        Sort::Count => plain(many.clone()),
        Sort::Errors => Cell { error: row.errors > 0, ..plain(count(row.errors)) },
        Sort::Critical if row.critical_ns == 0 => Cell { share: Some(0.0), ..plain("–".to_owned()) },
        Sort::Critical => {
            let share = row.critical_ns as f64 / critical_ns.max(1) as f64;
            Cell { share: Some(share), ..plain(percent(row.critical_ns, critical_ns)) }
        }
        sort => {
            let (figure, unit) = duration_parts(sort.figure(row));
            Cell { unit: unit.to_owned(), ..plain(figure) }
        }
    });
    figures.collect()
}
