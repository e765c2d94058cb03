//! The canvas of the bars, one frame at a time: changes between two frames cost one painting.

use leptos::html;
use leptos::prelude::*;

use crate::layout::bars::{Bars as Scene, scene};
use crate::layout::ticks::ticks;
use crate::paint::surface::Figures;
use crate::paint::{self, Surface};
use crate::state::app::App;
use crate::state::pace::mark;
use crate::ui::follow::{follow_matches, follow_palette, paint_each_frame};
use crate::ui::time::Across;

#[component]
pub fn Bars(left_px: Signal<f64>) -> impl IntoView {
    let app = App::get();
    let view = app.view;
    let width_px = expect_context::<Across>().width_px;
    let canvas = NodeRef::<html::Canvas>::new();
    let palette = follow_palette();
    let matched = follow_matches();
    let painted = StoredValue::new(false);
    let draw = move || {
        let (Some(shown), Some(wide)) = (app.shown.get_untracked(), app.wide_spans.get_untracked()) else { return };
        let Some(canvas) = canvas.get_untracked() else { return };
        let (width, height) = (width_px.get_untracked(), view.rows_px.get_untracked());
        let Some(surface) = Surface::cleared(&canvas, width, height) else { return };
        let viewport = view.window.get_untracked();
        let matched = matched.get_untracked();
        let items = scene(&Scene {
            outline: &shown.outline,
            rows: &shown.rows,
            wide: &wide,
            heights: &shown.heights,
            scroll: view.scroll.get_untracked(),
            view_px: height,
            viewport,
            width_px: width,
            metrics: untrack(|| view.metrics()),
            matches: matched.as_deref(),
            critical_path: view.show_critical.get_untracked(),
            measure: &Figures,
        });
        let labelled = ticks(&viewport, width, &Figures).into_iter().filter(|tick| tick.label.is_some());
        let grid: Vec<f64> =
            if view.narrow.get_untracked() { Vec::new() } else { labelled.map(|tick| tick.x_px).collect() };
        paint::bars::paint(&surface, &palette.get_untracked(), &grid, &items);
        // How much a frame draws, for tests: it grows with pixels, not with spans.
        let _ = canvas.set_attribute("data-items", &items.len().to_string());
        if !painted.get_value() {
            painted.set_value(true);
            mark("spanloom.painted");
        }
    };
    paint_each_frame(
        move || {
            app.shown.track();
            palette.track();
            matched.track();
            view.window.track();
            view.scroll.track();
            view.rows_px.track();
            view.show_critical.track();
            width_px.track();
            canvas.track();
        },
        draw,
    );
    view! {
        <canvas
            class="bars-canvas" node_ref=canvas aria-hidden="true"
            style:left=move || format!("{}px", left_px.get())
            style:width=move || format!("{}px", width_px.get())
            style:height=move || format!("{}px", view.rows_px.get())
        ></canvas>
    }
}
