//! A scroller and the signal that says how far it is scrolled: each follows the other.

use crate::state::react::effect;
use leptos::html;
use leptos::prelude::*;

/// Keeps the scroller at `top_px`; `watch` reads what changes its content's height, for a scroller cannot stand where it
/// has no content yet. Gives what to call on its `scroll`.
pub fn follow_scroll(
    scroller: NodeRef<html::Div>,
    top_px: RwSignal<f64>,
    watch: impl Fn() + 'static,
) -> impl Fn() + Copy + 'static {
    let differs =
        move |scroller: &web_sys::HtmlDivElement, top: f64| (f64::from(scroller.scroll_top()) - top).abs() >= 1.0;
    effect(move || {
        watch();
        let top = top_px.get();
        if let Some(scroller) = scroller.get().filter(|scroller| differs(scroller, top)) {
            scroller.set_scroll_top(top.round() as i32);
        }
    });
    move || {
        if let Some(scroller) = scroller.get_untracked().filter(|scroller| differs(scroller, top_px.get_untracked())) {
            top_px.set(f64::from(scroller.scroll_top()));
        }
    }
}
