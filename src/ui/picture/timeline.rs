//! The timeline's rows as a picture: all that are unfolded now, or those in sight that run in the window.

use core::ops::Range;

use leptos::prelude::*;

use super::heading::{cut_note, heading, rows_words, window_words};
use super::{Making, STEP};
use crate::layout::{Bits, Viewport};
use crate::model::outline::flag;
use crate::paint::svg::limits::MOST_ROWS;
use crate::paint::svg::timeline::{self, Timeline, times};
use crate::paint::svg::{Heading, Picture, Sign};
use crate::state::pace::{Pace, Superseded};
use crate::state::view::Shown;
use crate::ui::timeline::plain_words;

pub async fn picture(making: &Making, pace: &mut Pace) -> Result<Option<Picture>, Superseded> {
    let (app, view) = (making.app, making.app.view);
    let (Some(shown), Some(wide)) = (app.shown.get_untracked(), app.wide_spans.get_untracked()) else {
        return Ok(None);
    };
    let viewport = match making.is_whole() {
        true => Viewport::fit(shown.outline.headline.duration_ns),
        false => view.window.get_untracked(),
    };
    let (range, which) = wanted(making, &shown, &viewport);
    let heading = headed(making, &shown, &viewport, range, &which);
    let matched = making.matched();
    let of = Timeline {
        outline: &shown.outline,
        rows: &shown.rows,
        wide: &wide,
        which: &which,
        viewport,
        matches: matched.as_ref(),
        critical_path: view.show_critical.get_untracked(),
        selected: view.selected.get_untracked(),
        sought: &view.find.with_untracked(|find| plain_words(find)),
    };
    let mut drawing = timeline::Making::new(&of, &heading, &making.palette, &making.widths);
    while drawing.step(STEP) {
        pace.rest().await?;
    }
    Ok(Some(drawing.finish()))
}

/// The rows looked at, and of these the ones to draw.
fn wanted(making: &Making, shown: &Shown, viewport: &Viewport) -> (Range<usize>, Vec<usize>) {
    let all = shown.rows.len();
    if making.is_whole() {
        let range = 0..all.min(MOST_ROWS);
        return (range.clone(), range.collect());
    }
    let view = making.app.view;
    let range = shown.heights.visible(view.scroll.get_untracked(), view.rows_px.get_untracked());
    let runs = |at: &usize| {
        let times = shown.rows.rows().get(*at).and_then(|row| times(&shown.outline, &shown.rows, row));
        times.is_some_and(|(start, end)| end as f64 >= viewport.t0_ns && start as f64 <= viewport.t1_ns)
    };
    (range.clone(), range.filter(runs).collect())
}

fn headed(making: &Making, shown: &Shown, viewport: &Viewport, range: Range<usize>, which: &[usize]) -> Heading {
    let (app, outline) = (making.app, &shown.outline);
    let rows = match making.is_whole() {
        true => rows_words(0, range.len(), shown.rows.len()),
        false => rows_words(range.start, range.len(), shown.rows.len()),
    };
    let mut heading = heading(making, outline, format!("Timeline: {}, {rows}", window_words(viewport, outline)));
    let left_out = range.len() - which.len();
    if left_out > 0 {
        heading.view.push_str(&format!("; {left_out} of these outside of the window are left out"));
    }
    heading.notes.extend(cut_note(shown.rows.len()).filter(|_| making.is_whole()));
    let drawn = which.iter().filter_map(|at| shown.rows.rows().get(*at)).filter(|row| !row.is_head());
    let services: Bits = drawn.map(|row| outline.service[row.span().index()]).collect();
    heading.services = super::heading::services_of(outline, &services);
    heading.signs = vec![Sign::Time];
    if app.view.show_critical.get_untracked() {
        heading.signs.push(Sign::Critical);
    }
    if !outline.event_ns.is_empty() {
        heading.signs.push(Sign::Event);
    }
    if outline.spans().any(|span| outline.has(span, flag::ERROR)) {
        heading.signs.push(Sign::Error);
    }
    heading
}
