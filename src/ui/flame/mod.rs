//! The flame chart: tools, minimap, ruler, and the canvas in its scroller.

mod chart;
mod tools;

use leptos::prelude::*;

use self::chart::Chart;
use self::tools::FlameTools;
use super::time::{Across, Minimap, Ruler};

pub use self::chart::words_in;

#[component]
pub fn FlameChart() -> impl IntoView {
    provide_context(Across { width_px: RwSignal::new(800.0) });
    view! {
        <FlameTools/>
        <div class="tl flame" id="view-flame" role="tabpanel" aria-labelledby="tab-flame">
            <div class="tl-over"><Minimap/></div>
            <div class="tl-head"><Ruler/></div>
            <Chart/>
        </div>
    }
}
