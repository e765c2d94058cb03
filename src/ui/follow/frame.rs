//! Painting at most once a frame, however much has changed.

use crate::state::react::effect;
use leptos::prelude::*;

/// Calls `paint` in the next frame whenever what `watch` reads has changed.
pub fn paint_each_frame(watch: impl Fn() + 'static, paint: impl Fn() + Copy + 'static) {
    let asked = StoredValue::new(false);
    effect(move || {
        watch();
        if asked.get_value() {
            return;
        }
        asked.set_value(true);
        request_animation_frame(move || {
            // The component may have gone meanwhile.
            if asked.try_set_value(false).is_none() {
                paint();
            }
        });
    });
}
