//! The whole trace in a strip, with the window over it: drag the window, its ends, or a new one.

use leptos::ev::PointerEvent;
use leptos::html;
use leptos::prelude::*;
use leptos::task::spawn_local;

use crate::layout::Viewport;
use crate::layout::minimap::{Minimap as Map, minimap};
use crate::paint::{self, Surface};
use crate::state::app::App;
use crate::state::pace::{AT_ONCE, Pace};
use crate::state::react::{effect, memo};
use crate::ui::follow::{drag, follow_palette, follow_size};

/// How near to an end of the window a press takes hold of it.
const GRIP_PX: f64 = 8.0;
/// Lanes of at least 2 px in the strip's height.
const LANES: u32 = 18;

/// The picture, drawn once a width; the old one stands until the new one is drawn.
fn follow_minimap(size: RwSignal<(f64, f64)>) -> RwSignal<Map> {
    let app = App::get();
    let map = RwSignal::new(Map::default());
    let newest = StoredValue::new(0u32);
    let width_px = memo(move |_| size.get().0 as u32);
    effect(move || {
        let (width_px, outline) = (width_px.get(), app.outline.get());
        newest.update_value(|n| *n = n.wrapping_add(1));
        let mine = newest.get_value();
        let Some(outline) = outline else { return map.set(Map::default()) };
        if outline.len() <= AT_ONCE {
            return map.set(minimap(&outline, width_px, LANES));
        }
        spawn_local(async move {
            let mut pace = Pace::new(move || newest.try_get_value() == Some(mine));
            if let Ok(drawn) = pace.minimap(&outline, width_px, LANES).await {
                map.set(drawn);
            }
        });
    });
    map
}

#[component]
pub fn Minimap() -> impl IntoView {
    let app = App::get();
    let view = app.view;
    let element = NodeRef::<html::Div>::new();
    let canvas = NodeRef::<html::Canvas>::new();
    let size = RwSignal::new((0.0, 0.0));
    follow_size(element, move |width, height| size.set((width, height)));
    let (map, palette) = (follow_minimap(size), follow_palette());
    effect(move || {
        let (width, height) = size.get();
        let palette = palette.get();
        let Some(canvas) = canvas.get() else { return };
        if let Some(surface) = Surface::cleared(&canvas, width, height) {
            map.with(|map| paint::minimap::paint(&surface, &palette, map));
        }
    });
    let duration_ns = move || app.outline.with(|o| o.as_ref().map(|o| o.headline.duration_ns).unwrap_or(1)).max(1);
    let shares = move || {
        let (window, all) = (view.window.get(), duration_ns() as f64);
        ((window.t0_ns / all * 100.0).clamp(0.0, 100.0), (window.t1_ns / all * 100.0).clamp(0.0, 100.0))
    };
    let press = move |event: PointerEvent| {
        let Some(strip) = element.get_untracked() else { return };
        let rect = strip.get_bounding_client_rect();
        let (left, width, all) = (rect.left(), rect.width().max(1.0), duration_ns() as f64);
        let ns = move |x_px: f64| x_px / width * all;
        let x = f64::from(event.client_x()) - left;
        let window = view.window.get_untracked();
        let (x0, x1) = (window.t0_ns / all * width, window.t1_ns / all * width);
        let whole = window.is_whole(duration_ns());
        // The window's ends first, then its middle; outside it, or when it is the whole, a new one is drawn.
        let moved: Box<dyn Fn(f64) -> Viewport> = if (x - x0).abs() < GRIP_PX {
            Box::new(move |dx| Viewport { t0_ns: ns(x0 + dx).min(window.t1_ns), ..window })
        } else if (x - x1).abs() < GRIP_PX {
            Box::new(move |dx| Viewport { t1_ns: ns(x1 + dx).max(window.t0_ns), ..window })
        } else if !whole && (x0..x1).contains(&x) {
            Box::new(move |dx| Viewport { t0_ns: window.t0_ns + ns(dx), t1_ns: window.t1_ns + ns(dx) })
        } else {
            Box::new(move |dx| Viewport { t0_ns: ns(x.min(x + dx)), t1_ns: ns(x.max(x + dx)) })
        };
        drag(&event, move |dx, _| {
            if dx.abs() >= 1.0 {
                app.set_window(moved(dx));
            }
        });
    };
    view! {
        <div class="mini" node_ref=element role="img" aria-label="The whole trace, with the visible window" on:pointerdown=press on:dblclick=move |_| app.fit()>
            <canvas node_ref=canvas></canvas>
            <div class="shade" style:left="0" style:width=move || format!("{}%", shares().0)></div>
            <div class="shade" style:left=move || format!("{}%", shares().1) style:right="0"></div>
            <div class="win" style:left=move || format!("{}%", shares().0) style:right=move || format!("{}%", 100.0 - shares().1)>
                <i class="grip start"></i><i class="grip end"></i>
            </div>
        </div>
    }
}
