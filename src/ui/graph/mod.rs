//! The flame graph: tools with the caption, breadcrumbs, and the canvas in its scroller.

mod canvas;
mod tools;

use leptos::prelude::*;

use self::canvas::GraphCanvas;
use self::tools::{Breadcrumbs, GraphTools};
use crate::state::app::App;

pub use self::canvas::{PITCH_PX, figure_words, words_in};

#[component]
pub fn FlameGraph() -> impl IntoView {
    App::get().follow_graph();
    view! {
        <GraphTools/>
        <div class="tl flame" id="view-graph" role="tabpanel" aria-labelledby="tab-graph">
            <Breadcrumbs/>
            <GraphCanvas/>
        </div>
    }
}
