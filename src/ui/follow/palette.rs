//! The page's colours as canvases take them, read anew when the theme changes.

use std::sync::Arc;

use leptos::prelude::*;

use crate::paint::Palette;
use crate::state::app::App;

pub fn follow_palette() -> Memo<Arc<Palette>> {
    let app = App::get();
    Memo::new(move |_| {
        app.prefs.is_dark();
        Arc::new(Palette::read())
    })
}
