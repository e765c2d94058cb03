//! The views of a trace, and find. A view that is not there shows no tab.

use leptos::prelude::*;

use super::find_box::FindBox;
use crate::base::format::count;
use crate::state::app::App;

#[component]
pub fn Tabs() -> impl IntoView {
    let app = App::get();
    let spans = move || app.outline.with(|outline| outline.as_ref().map(|o| count(o.len() as u64)));
    view! {
        <div class="tabs">
            <div role="tablist" aria-label="Views">
                <button class="tab on" role="tab" aria-selected="true" id="tab-timeline" aria-controls="view-timeline">
                    "Timeline "<span class="n">{spans}</span>
                </button>
            </div>
            <FindBox/>
        </div>
    }
}
