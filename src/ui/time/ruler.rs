//! The ruler: ticks at round times, the cursor's time, and dragging to zoom into a stretch.

use leptos::ev::PointerEvent;
use leptos::html;
use leptos::prelude::*;

use super::Across;
use crate::base::format::duration;
use crate::layout::ticks::ticks;
use crate::layout::{Measure, Viewport};
use crate::paint::surface::Figures;
use crate::state::app::App;
use crate::ui::follow::drag;

/// Room that a label needs to the right of its tick; a longer one needs its own width.
const LABEL_ROOM_PX: f64 = 48.0;
const LABEL_FONT_PX: f32 = 10.0;

#[component]
pub fn Ruler() -> impl IntoView {
    let app = App::get();
    let view = app.view;
    let width_px = expect_context::<Across>().width_px;
    let element = NodeRef::<html::Div>::new();
    crate::ui::follow::follow_size(element, move |width, _| width_px.set(width));
    let chosen: RwSignal<Option<(f64, f64)>> = RwSignal::new(None);
    let shown = move || ticks(&view.window.get(), width_px.get(), &Figures);

    let press = move |event: PointerEvent| {
        let Some(ruler) = element.get_untracked() else { return };
        let left = ruler.get_bounding_client_rect().left();
        let from = f64::from(event.client_x()) - left;
        drag(&event, move |dx, _| {
            // The drag may outlive the ruler.
            let Some(width) = width_px.try_get_untracked() else { return };
            let to = (from + dx).clamp(0.0, width);
            chosen.try_set(Some((from.min(to), from.max(to))));
        });
    };
    let release = move |_: PointerEvent| {
        let Some((x0, x1)) = chosen.get_untracked() else { return };
        chosen.set(None);
        // Less than this is a click, not a stretch.
        if x1 - x0 < 4.0 {
            return;
        }
        let (window, width) = (view.window.get_untracked(), width_px.get_untracked());
        let (t0, t1) = (window.time_from_px(x0, width), window.time_from_px(x1, width));
        app.set_window(Viewport { t0_ns: t0 as f64, t1_ns: t1 as f64 });
    };
    view! {
        <div class="ruler" node_ref=element title="Drag to zoom" on:pointerdown=press on:pointerup=release on:dblclick=move |_| app.fit()>
            {move || shown().into_iter().map(|tick| {
                let left = format!("{}px", tick.x_px);
                // A label that the edge would cut is left to its tick.
                let room_px = |label: &str| f64::from(Figures.width(label, LABEL_FONT_PX)).max(LABEL_ROOM_PX);
                let label = tick.label.filter(|label| tick.x_px + room_px(label) <= width_px.get());
                match label {
                    Some(label) => view! { <span style:left=left>{label}</span> }.into_any(),
                    None => view! { <span class="minor" style:left=left></span> }.into_any(),
                }
            }).collect_view()}
            {move || chosen.get().map(|(x0, x1)| view! {
                <i class="chosen" style:left=format!("{x0}px") style:width=format!("{}px", x1 - x0)></i>
            })}
            {move || view.cursor_ns.get().map(|ns| {
                let x = view.window.with(|window| window.px_from_time(ns, width_px.get()));
                view! { <b class="flag" style:left=format!("{x}px")>{duration(ns)}</b> }
            })}
        </div>
    }
}
