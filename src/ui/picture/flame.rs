//! The flame chart as a picture.

use leptos::prelude::*;

use super::Making;
use super::heading::{cut_note, heading, rows_words, services, window_words};
use crate::layout::Viewport;
use crate::layout::flame_chart::{Chart, TOP_PX, pitch_px};
use crate::model::SpanIdx;
use crate::paint::svg::drawing::Named;
use crate::paint::svg::flame_chart::{BOXES_PX, Names, picture as drawn};
use crate::paint::svg::limits::MOST_ROWS;
use crate::paint::svg::{Heading, Picture, Sign};
use crate::state::view::Flame;
use crate::ui::flame::words_in;

pub fn picture(making: &Making) -> Option<Picture> {
    let (app, view) = (making.app, making.app.view);
    let flame = app.flame.get_untracked()?;
    let outline = &flame.outline;
    let viewport = match making.is_whole() {
        true => Viewport::fit(outline.headline.duration_ns),
        false => view.window.get_untracked(),
    };
    let (first, rows) = wanted(making, &flame);
    let pitch = pitch_px(flame.packed.row_count());
    let found = making.matched().map(|matched| flame.packed.positions_of(&matched));
    let chart = Chart {
        outline,
        packed: &flame.packed,
        rows: &flame.rows,
        viewport,
        width_px: BOXES_PX,
        view_px: rows as f64 * pitch,
        scroll_px: TOP_PX + first as f64 * pitch,
        matches: found.as_ref(),
        selected: view.selected.get_untracked(),
        critical_path: view.show_critical.get_untracked(),
    };
    let named = |span: u32| {
        let span = SpanIdx(span);
        let title = format!("{} {}, {}", outline.service_name(span), outline.name(span), outline.duration_words(span));
        Named { key: "span", id: outline.id(span).to_string(), title }
    };
    let names = Names { words: &|drawn| words_in(&flame, drawn), named: &named };
    let heading = headed(making, &flame, &viewport, (first, rows));
    Some(drawn(&chart, &names, &heading, &making.palette, &making.widths))
}

/// The first row to draw, and how many.
fn wanted(making: &Making, flame: &Flame) -> (usize, usize) {
    let all = flame.packed.row_count() as usize;
    if making.is_whole() {
        return (0, all.min(MOST_ROWS));
    }
    let view = making.app.view;
    let pitch = pitch_px(flame.packed.row_count());
    let first = ((view.flame_scroll_px.get_untracked() - TOP_PX) / pitch).round().max(0.0) as usize;
    let rows = (view.flame_px.get_untracked() / pitch).floor().max(1.0) as usize;
    (first.min(all), rows.min(all.saturating_sub(first)))
}

fn headed(making: &Making, flame: &Flame, viewport: &Viewport, (first, rows): (usize, usize)) -> Heading {
    let (app, outline) = (making.app, &flame.outline);
    let all = flame.packed.row_count() as usize;
    let view = format!("Flame chart: {}, {}", window_words(viewport, outline), rows_words(first, rows, all));
    let mut heading = heading(making, outline, view);
    heading.notes.extend(cut_note(all).filter(|_| making.is_whole()));
    heading.services = services(app, outline);
    heading.signs = vec![Sign::Box];
    if app.view.show_critical.get_untracked() {
        heading.signs.push(Sign::Critical);
    }
    if outline.headline.error_span_count > 0 {
        heading.signs.push(Sign::ErrorCorner);
    }
    super::heading::chosen_signs(app, &mut heading.signs);
    heading
}
