//! The page's colours as canvases take them: read once, and anew when the theme changes.

use core::time::Duration;
use std::sync::Arc;

use leptos::prelude::*;

use crate::paint::Palette;
use crate::state::app::App;
use crate::state::react::memo;

/// How long the page is left alone before its colours are read for canvases that are not there yet.
const READ_AFTER: Duration = Duration::from_millis(300);

#[derive(Clone, Copy)]
struct Colours(Memo<Arc<Palette>>);

/// Gives every canvas of the page the same palette. Call once.
pub fn provide_palette() {
    let app = App::get();
    let palette = memo(move |_| Arc::new(Palette::of_theme(app.prefs.is_dark())));
    provide_context(Colours(palette));
    // Reading costs milliseconds, which a trace that is opened need not wait for.
    set_timeout(move || palette.with_untracked(|_| ()), READ_AFTER);
}

pub fn follow_palette() -> Memo<Arc<Palette>> {
    expect_context::<Colours>().0
}
