//! The frame around the box that is selected: an element over the canvas, so that choosing another box paints nothing anew.

use leptos::prelude::*;

use crate::layout::Rect;

/// Narrower boxes are framed from outside, or the frame would be all there is to see.
const OUTSIDE_BELOW_PX: f64 = 6.0;

fn outside_px(rect: &Rect) -> f64 {
    if rect.w < OUTSIDE_BELOW_PX { 2.0 } else { 0.0 }
}

#[component]
pub fn Picked(#[prop(into)] rect: Signal<Option<Rect>>) -> impl IntoView {
    let px = move |side: fn(&Rect) -> f64| move || format!("{}px", rect.with(|rect| rect.as_ref().map_or(0.0, side)));
    view! {
        <span
            class="picked" aria-hidden="true" hidden=move || rect.with(Option::is_none)
            style:left=px(|rect| rect.x - outside_px(rect)) style:top=px(|rect| rect.y)
            style:width=px(|rect| rect.w + 2.0 * outside_px(rect)) style:height=px(|rect| rect.h)
        ></span>
    }
}
