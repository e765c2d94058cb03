//! The rows: a scroller as tall as browsers allow, and in it a view that holds only the rows in sight.

use std::sync::Arc;

use leptos::ev::{MouseEvent, PointerEvent, WheelEvent};
use leptos::html;
use leptos::prelude::*;

use super::bars::Bars;
use super::lines::{Lines, Seen};
use crate::layout::RowKind;
use crate::layout::scroll::{MAX_SCROLLER_PX, Scroll, scroller_height_px};
use crate::model::SpanIdx;
use crate::state::app::App;
use crate::state::react::{derived, effect, memo};
use crate::ui::follow::{ZOOM_PER_PX, follow_size, some_a_task};
use crate::ui::time::Across;
use crate::ui::tools::NothingShown;

/// Rows that are made in a task, and from how many on nobody counts them.
const ROWS_A_TASK: usize = 8;
const MOST_IN_SIGHT: usize = 120;

#[component]
pub fn Rows() -> impl IntoView {
    let app = App::get();
    let view = app.view;
    let width_px = expect_context::<Across>().width_px;
    let scroller = NodeRef::<html::Div>::new();
    follow_size(scroller, move |_, height| app.resize_rows(height));
    let left_px = derived(move || if view.narrow.get() { 0.0 } else { app.prefs.tree_width_px.get() });

    let most = some_a_task(ROWS_A_TASK, MOST_IN_SIGHT);
    let seen: Memo<Vec<Seen>> = memo(move |_| {
        let (scroll, height) = (view.scroll.get(), view.rows_px.get());
        app.shown.with(|shown| {
            let Some(shown) = shown else { return Vec::new() };
            let visible = shown.heights.visible(scroll, height);
            let version = Arc::as_ptr(&shown.outline) as usize;
            visible.take(most.get()).filter_map(|at| Some((version, at, *shown.rows.rows().get(at)?))).collect()
        })
    });
    // Fewer rows than before: the place may lie below the last one.
    effect(move || {
        let height = view.rows_px.get();
        let fits =
            app.shown.with(|shown| shown.as_ref().map(|shown| view.scroll.get().clamped(&shown.heights, height)));
        if let Some(fits) = fits.filter(|fits| *fits != view.scroll.get_untracked()) {
            view.scroll.set(fits);
        }
    });
    // The browser's own scroller follows the state, and the state its scroller, unless it is already there.
    let scroller_top = move |scroll: Scroll| {
        app.shown
            .with(|shown| shown.as_ref().map(|shown| scroll.to_scroller(&shown.heights, view.rows_px.get_untracked())))
    };
    effect(move || {
        let top = scroller_top(view.scroll.get());
        if let (Some(scroller), Some(top)) = (scroller.get(), top)
            && (f64::from(scroller.scroll_top()) - top).abs() >= 1.0
        {
            scroller.set_scroll_top(top.round() as i32);
        }
    });
    let on_scroll = move |_| {
        let (Some(scroller), Some(shown)) = (scroller.get_untracked(), app.shown.get_untracked()) else { return };
        let height = view.rows_px.get_untracked();
        let top = f64::from(scroller.scroll_top());
        let there = view.scroll.get_untracked().to_scroller(&shown.heights, height);
        if (there - top).abs() >= 1.0 {
            view.scroll.set(Scroll::from_scroller(top, &shown.heights, height));
        }
    };
    let on_wheel = move |event: WheelEvent| {
        let (dx, dy) = (event.delta_x(), event.delta_y());
        if event.ctrl_key() || event.meta_key() {
            event.prevent_default();
            let share = share_of(
                place(&event, scroller).map(|(x, _)| x).unwrap_or_default(),
                left_px.get_untracked(),
                width_px.get_untracked(),
            );
            app.zoom_at(share, (-dy * ZOOM_PER_PX).exp());
        } else if dx.abs() > dy.abs() || event.shift_key() {
            event.prevent_default();
            let by = if event.shift_key() && dx == 0.0 { dy } else { dx };
            app.pan(by / width_px.get_untracked().max(1.0));
        } else if app
            .shown
            .with_untracked(|shown| shown.as_ref().is_some_and(|s| s.heights.total_px() > MAX_SCROLLER_PX))
        {
            // The scroller stands for more rows than it has px: its own step would jump.
            event.prevent_default();
            app.scroll_by(dy);
        }
    };
    let span_at = move |y_px: f64| -> Option<SpanIdx> {
        let shown = app.shown.get_untracked()?;
        let at = shown.heights.row_at(view.scroll.get_untracked().y_px(&shown.heights) + y_px)?;
        shown.rows.rows().get(at).filter(|row| !row.is_head()).map(|row| row.span())
    };
    let on_move = move |event: PointerEvent| {
        let Some((x, y)) = place(&event, scroller) else { return };
        view.hovered.set(span_at(y));
        let x = x - left_px.get_untracked();
        let width = width_px.get_untracked();
        let inside = (0.0..=width).contains(&x) && event.pointer_type() != "touch";
        view.cursor_ns.set(inside.then(|| view.window.with_untracked(|window| window.time_from_px(x, width))));
    };
    let on_leave = move |_| {
        view.hovered.set(None);
        view.cursor_ns.set(None);
    };
    let on_double = move |event: MouseEvent| {
        let Some((x, y)) = place(&event, scroller) else { return };
        if x >= left_px.get_untracked()
            && let Some(span) = span_at(y)
        {
            app.zoom_to(span);
        }
    };
    let cursor_left = move || {
        let ns = view.cursor_ns.get()?;
        Some(left_px.get() + view.window.with(|window| window.px_from_time(ns, width_px.get())))
    };
    let height = move || {
        app.shown.with(|shown| shown.as_ref().map(|shown| scroller_height_px(&shown.heights)).unwrap_or_default())
    };
    // Only a row in sight can be named: others are not on the page.
    let active = move || {
        let selected = view.selected.get()?;
        let in_sight =
            seen.with(|seen| seen.iter().any(|(_, _, row)| row.span() == selected && row.kind() == RowKind::Span));
        in_sight.then(|| format!("row-{}", selected.0))
    };
    let empty = derived(move || app.shown.with(|shown| shown.as_ref().is_some_and(|shown| shown.rows.is_empty())));
    let row_count = move || app.shown.with(|shown| shown.as_ref().map(|shown| shown.rows.len()).unwrap_or_default());
    view! {
        <div
            class="rows" node_ref=scroller role="treegrid" tabindex="0" data-rows data-view-focus
            aria-label="Spans" aria-colcount="3" aria-rowcount=row_count
            aria-activedescendant=active
            on:scroll=on_scroll on:wheel=on_wheel
            on:pointermove=on_move on:pointerleave=on_leave on:dblclick=on_double
        >
            <div class="rows-space" role="presentation" style:height=move || format!("{}px", height())>
                <div class="rows-view" role="presentation" style:height=move || format!("{}px", view.rows_px.get())>
                    <Lines seen/>
                    <Bars left_px/>
                    {move || cursor_left().map(|left| view! { <span class="cursor" style:left=format!("{left}px")></span> })}
                </div>
            </div>
        </div>
        <NothingShown when=empty title="No row to show"/>
    }
}

/// Where an event is, from the scroller's corner.
fn place(event: &MouseEvent, scroller: NodeRef<html::Div>) -> Option<(f64, f64)> {
    let rect = scroller.get_untracked()?.get_bounding_client_rect();
    Some((f64::from(event.client_x()) - rect.left(), f64::from(event.client_y()) - rect.top()))
}

/// The share of the bars' width at an x of the scroller.
fn share_of(x_px: f64, left_px: f64, width_px: f64) -> f64 {
    ((x_px - left_px) / width_px.max(1.0)).clamp(0.0, 1.0)
}
