//! Pictures of the view that is shown: what the page has is handed to `paint::svg`, which draws it. A file a view. The dialog that asks for
//! them is `ui::dialog`'s.

mod findings;
mod flame;
mod graph;
mod heading;
mod map;
mod png;
mod stats;
mod timeline;

use leptos::prelude::*;

use crate::layout::Bits;
use crate::paint::Palette;
use crate::paint::svg::Picture;
use crate::paint::widths::Widths;
use crate::state::app::App;
use crate::state::pace::{Pace, Superseded};
use crate::state::picture::Extent;
use crate::state::url::View as Tab;

pub use self::png::png;

/// What every picture is made with.
struct Making {
    app: App,
    extent: Extent,
    palette: Palette,
    widths: Widths,
}

/// Rows or lines that are drawn between two looks at the clock.
const STEP: usize = 64;

impl Making {
    fn is_whole(&self) -> bool {
        self.extent == Extent::Whole
    }

    /// What find has matched; `None` while nothing is looked for.
    fn matched(&self) -> Option<Bits> {
        let view = self.app.view;
        let asked = view.find.with_untracked(|text| !text.trim().is_empty());
        asked.then(|| view.matches.with_untracked(|matches| matches.spans.iter().copied().collect()))
    }
}

/// The picture of the view that is shown; `None` while there is nothing to draw yet.
pub async fn make(app: App, extent: Extent, dark: bool, pace: &mut Pace) -> Result<Option<Picture>, Superseded> {
    let palette = Palette::of_theme(dark);
    let widths = Widths::new(&palette.font);
    let making = Making { app, extent, palette, widths };
    match app.view.tab.get_untracked() {
        Tab::Timeline => timeline::picture(&making, pace).await,
        Tab::Stats => stats::picture(&making, pace).await,
        Tab::Flame => Ok(flame::picture(&making)),
        Tab::Graph => Ok(graph::picture(&making)),
        Tab::Map => Ok(map::picture(&making)),
        Tab::Findings => Ok(findings::picture(&making)),
    }
}

/// Follows whatever a picture of any view is made of. Under tracking.
pub fn track(app: App) {
    app.view.tab.track();
    app.outline.track();
    app.shown.track();
    app.flame.track();
    app.graph.merged.track();
    app.map.mapped.track();
    app.stats.grouped.track();
    app.findings.found.track();
    app.view.matches.track();
}
