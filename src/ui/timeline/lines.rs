//! The rows in sight as elements, kept at what is shown: made when they come into sight, removed when they leave it. They stand fixed in a
//! group that is moved as a whole, so that scrolling by a row makes one row and moves one element.

use leptos::ev::MouseEvent;
use leptos::html;
use leptos::prelude::*;
use wasm_bindgen::JsCast;
use web_sys::Element;

use super::row::row_element;
use super::row_text::plain_words;
use crate::layout::{Row, RowKind};
use crate::model::SpanIdx;
use crate::state::app::App;
use crate::state::react::{effect, memo};
use crate::state::view::Shown;
use crate::ui::made::Maker;

/// A row in sight: of which rows (a reload makes new ones), where it stands, what it is. Equal ones need not be made anew.
pub type Seen = (usize, usize, Row);

/// Rows whose places are told from one common row: a place from the very first would pass what browsers can tell apart.
const BLOCK: usize = 4_096;

struct Line {
    seen: Seen,
    element: Element,
    state: State,
}

/// What changes about a row while it stands.
#[derive(Clone, Copy, PartialEq, Default)]
struct State {
    top_px: i64,
    selected: bool,
    hovered: bool,
    dimmed: bool,
    noted: bool,
}

#[component]
pub fn Lines(seen: Memo<Vec<Seen>>) -> impl IntoView {
    let app = App::get();
    let view = app.view;
    let group = NodeRef::<html::Div>::new();
    let lines: StoredValue<Vec<Line>, LocalStorage> = StoredValue::new_local(Vec::new());
    let sought = memo(move |_| view.find.with(|find| plain_words(find)));
    let noted = memo(move |_| app.noted_spans());
    let block = memo(move |_| view.scroll.get().row / BLOCK * BLOCK);
    let made_for = StoredValue::new(String::new());
    effect(move || {
        let (Some(group), Some(maker)) = (group.get(), Maker::of_page()) else { return };
        let sought = sought.get();
        // Marks are part of a row.
        let is_stale = made_for.with_value(|of| *of != sought);
        made_for.set_value(sought.clone());
        app.shown.with(|shown| {
            let Some(shown) = shown else { return };
            seen.with(|seen| {
                lines.update_value(|lines| {
                    if is_stale {
                        lines.drain(..).for_each(|line| line.element.remove());
                    }
                    follow(lines, seen, &group, |at, row| row_element(&maker, shown, at, row, &sought));
                    for line in lines {
                        let state = state_of(app, shown, &line.seen, block.get());
                        let is_noted = noted.with(|noted| !noted.is_empty() && noted.contains(&line.seen.2.span()));
                        line.show(State { noted: is_noted && !line.seen.2.is_head(), ..state });
                    }
                });
            });
        });
    });
    let top = move || {
        app.shown.with(|shown| {
            let y =
                shown.as_ref().map(|shown| shown.heights.y_px(block.get()) - view.scroll.get().y_px(&shown.heights));
            format!("{}px", y.unwrap_or_default().round())
        })
    };
    view! {
        <div class="rows-lines" role="rowgroup" node_ref=group style:top=top on:click=move |event| clicked(app, &event)></div>
    }
}

/// Removes lines that are out of sight and makes those that have come into it, in order. Both ascend.
fn follow(lines: &mut Vec<Line>, seen: &[Seen], group: &Element, make: impl Fn(usize, Row) -> Option<Element>) {
    let is_seen =
        |line: &Line| seen.binary_search_by_key(&line.seen.1, |seen| seen.1).is_ok_and(|at| seen[at] == line.seen);
    lines.retain(|line| {
        let stays = is_seen(line);
        if !stays {
            line.element.remove();
        }
        stays
    });
    for (place, wanted) in seen.iter().enumerate() {
        if lines.get(place).is_some_and(|line| line.seen == *wanted) {
            continue;
        }
        let Some(element) = make(wanted.1, wanted.2) else { return };
        // The one before it is a child of the group: inserting cannot fail.
        let _ = group.insert_before(&element, lines.get(place).map(|line| line.element.as_ref()));
        lines.insert(place, Line { seen: *wanted, element, state: State::default() });
    }
}

fn state_of(app: App, shown: &Shown, (_, at, row): &Seen, block: usize) -> State {
    let view = app.view;
    let top_px = (shown.heights.y_px(*at) - shown.heights.y_px(block)).round() as i64;
    if row.is_head() {
        return State { top_px, ..State::default() };
    }
    let span = row.span();
    let group = shown.rows.group(span).filter(|_| row.kind() == RowKind::Group);
    let end = group.map_or(span.0 + 1, |group| group.end);
    let is_matched = || {
        view.matches.with(|matches| {
            let from = matches.spans.partition_point(|at| *at < span.0);
            matches.spans.get(from).is_some_and(|at| *at < end)
        })
    };
    State {
        top_px,
        selected: group.is_none() && view.selected.get() == Some(span),
        hovered: view.hovered.get() == Some(span),
        dimmed: view.find.with(|text| !text.trim().is_empty()) && !is_matched(),
        noted: false,
    }
}

impl Line {
    /// Writes what differs from what is shown.
    fn show(&mut self, state: State) {
        let shown = core::mem::replace(&mut self.state, state);
        let toggle = |was: bool, is: bool, class: &str| {
            if was != is {
                // A class of one plain word is always accepted.
                let _ = self.element.class_list().toggle_with_force(class, is);
            }
        };
        toggle(shown.selected, state.selected, "sel");
        toggle(shown.hovered, state.hovered, "is-hover");
        toggle(shown.dimmed, state.dimmed, "dimmed");
        toggle(shown.noted, state.noted, "noted");
        if shown.selected != state.selected {
            let _ = self.element.set_attribute("aria-selected", if state.selected { "true" } else { "false" });
        }
        if shown.top_px != state.top_px
            && let Some(element) = self.element.dyn_ref::<web_sys::HtmlElement>()
        {
            let _ = element.style().set_property("top", &format!("{}px", state.top_px));
        }
    }
}

/// A click on a row selects it; on its caret, or on a group, it opens or closes.
fn clicked(app: App, event: &MouseEvent) {
    let Some(target) = event.target().and_then(|target| target.dyn_into::<Element>().ok()) else { return };
    let closest = |selector: &str| target.closest(selector).ok().flatten();
    let position = closest("[aria-rowindex]").and_then(|row| row.get_attribute("aria-rowindex"));
    let Some(at) = position.and_then(|position| position.parse::<usize>().ok()).and_then(|at| at.checked_sub(1)) else {
        return;
    };
    let row: Option<Row> =
        app.shown.with_untracked(|shown| shown.as_ref().and_then(|shown| shown.rows.rows().get(at).copied()));
    let Some(row) = row else { return };
    let (span, is_group): (SpanIdx, bool) = (row.span(), row.kind() == RowKind::Group);
    match (closest("button.caret").is_some(), is_group) {
        _ if row.is_head() => {}
        (true, false) if event.alt_key() => app.toggle_subtree(span, row.expanded()),
        (true, _) | (false, true) => app.toggle_row(at),
        (false, false) => app.select_row(span),
    }
}
