//! What a picture says about itself: which trace, which part of it, what of it is not shown and what is not as it was recorded.

use leptos::prelude::*;

use super::Making;
use crate::base::format::{count, counted, duration, service_words, tick};
use crate::layout::{Bits, Viewport};
use crate::model::{Outline, SpanIdx};
use crate::paint::svg::limits::MOST_ROWS;
use crate::paint::svg::{Heading, Sign};
use crate::state::app::App;
use crate::state::stamp::absolute;
use crate::ui::trace::moved_words;

/// The heading of a picture of `outline`; `view` names the view and its part.
pub fn heading(making: &Making, outline: &Outline, view: String) -> Heading {
    let app = making.app;
    let head = &outline.headline;
    let root = head.root.map(SpanIdx).or_else(|| outline.tops().next());
    let (start, zone) = absolute(head.start_unix_nano, &app.prefs.zone.get_untracked());
    let errors = counted(head.error_span_count, "error", "errors");
    Heading {
        slot: root.map(|root| outline.slot(root)).unwrap_or_default(),
        service: service_words(root.map(|root| outline.service_name(root)).unwrap_or_default()),
        operation: root.map(|root| outline.label(root).to_owned()).unwrap_or_default(),
        trace_id: head.trace_id.clone(),
        facts: vec![
            format!("{start} {zone}"),
            duration(head.duration_ns),
            spans_words(head.span_count, head.repeats),
            counted(head.service_count, "service", "services"),
            errors,
        ],
        view,
        notes: notes(app, outline),
        ..Heading::default()
    }
}

/// What a reader would not know from the picture alone.
fn notes(app: App, outline: &Outline) -> Vec<String> {
    let head = &outline.headline;
    let mut notes = Vec::new();
    if !head.moved_clocks.is_empty() {
        notes.push(format!("Times are not as recorded; clocks put right: {}.", moved_words(&head.moved_clocks)));
    }
    notes.extend(head.beside.iter().map(|id| format!("Beside it on one time axis: trace {id}.")));
    app.view.options.with_untracked(|options| {
        if let Some(focus) = options.focus.filter(|focus| focus.index() < outline.len()) {
            notes.push(format!("Only {} and what is below it.", outline.label(focus)));
        }
        let hidden = options.hidden_services.iter().filter_map(|at| outline.services.get(at as usize));
        let hidden: Vec<String> = hidden.map(|line| service_words(&line.name)).collect();
        if !hidden.is_empty() {
            notes.push(format!("Hidden services: {}.", hidden.join(", ")));
        }
    });
    let found = app.view.matches.with_untracked(|matches| matches.spans.len() as u64);
    app.view.find.with_untracked(|find| {
        if !find.trim().is_empty() {
            notes.push(format!("Find “{}”: {} stand out.", find.trim(), counted(found, "span", "spans")));
        }
    });
    notes
}

/// `23 spans`, and those that came again: `23 spans, 46 repeats`.
fn spans_words(spans: u64, repeats: u64) -> String {
    let spans = counted(spans, "span", "spans");
    if repeats == 0 { spans } else { format!("{spans}, {}", counted(repeats, "repeat", "repeats")) }
}

/// `1.20 s to 1.40 s of 3.12 s`, as exact as the window is narrow; of the whole, `all of 3.12 s`.
pub fn window_words(window: &Viewport, outline: &Outline) -> String {
    let whole = outline.headline.duration_ns;
    if window.is_whole(whole) {
        return format!("all of {}", duration(whole));
    }
    // Times are told to a thousandth of the window.
    let step_ns = (window.width_ns() / 1000.0).max(1.0) as u64;
    let at = |ns: f64| tick(ns.max(0.0) as u64, step_ns);
    format!("{} to {} of {}", at(window.t0_ns), at(window.t1_ns), duration(whole))
}

/// `rows 12 to 40 of 103`; of all rows, `103 rows`.
pub fn rows_words(first: usize, drawn: usize, all: usize) -> String {
    match (first, drawn) {
        (0, drawn) if drawn == all => counted(all as u64, "row", "rows"),
        (_, 0) => format!("none of {}", counted(all as u64, "row", "rows")),
        _ => format!("rows {} to {} of {}", count(first as u64 + 1), count((first + drawn) as u64), count(all as u64)),
    }
}

/// How many rows a picture leaves out because it would be too long.
pub fn cut_note(all: usize) -> Option<String> {
    let (most, all_words) = (count(MOST_ROWS as u64), count(all as u64));
    (all > MOST_ROWS).then(|| format!("The first {most} of {all_words} rows: a longer picture could not be opened."))
}

/// Services that are shown, with their colours.
pub fn services(app: App, outline: &Outline) -> Vec<(u8, String)> {
    let hidden = app.view.options.with_untracked(|options| options.hidden_services.clone());
    services_of(outline, &hidden.complement(outline.services.len() as u32))
}

/// These services, with their colours.
pub fn services_of(outline: &Outline, wanted: &Bits) -> Vec<(u8, String)> {
    let lines = wanted.iter().filter_map(|at| outline.services.get(at as usize));
    lines.map(|line| (line.slot, service_words(&line.name))).collect()
}

/// What find and the selection add to the marks of boxes.
pub fn chosen_signs(app: App, signs: &mut Vec<Sign>) {
    if app.view.find.with_untracked(|find| !find.trim().is_empty()) {
        signs.push(Sign::Found);
    }
    if app.view.selected.with_untracked(Option::is_some) {
        signs.push(Sign::Selected);
    }
}
