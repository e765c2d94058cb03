//! A trace: header, tabs and find, the view, details, status.

mod find_box;
mod header;
mod splitter;
pub use splitter::drag;
mod status;
mod tabs;

use leptos::prelude::*;

use self::header::TraceHeader;
use self::splitter::DetailsSplitter;
use self::status::StatusBar;
use self::tabs::Tabs;
use super::details::DetailsPanel;
use super::flame::FlameChart;
use super::timeline::Timeline;
use crate::model::SpanIdx;
use crate::state::app::App;
use crate::state::prefs::Dock;
use crate::state::url::View as Tab;

#[component]
pub fn TraceScreen() -> impl IntoView {
    let app = App::get();
    let view = app.view;
    // The last selected span: the panel keeps showing it for the moment in which it closes.
    let span = Memo::new(move |before: Option<&SpanIdx>| view.selected.get().or(before.copied()).unwrap_or(SpanIdx(0)));
    let shown = Memo::new(move |_| view.details_open.get() && view.selected.with(Option::is_some));
    let below = move || app.prefs.dock.get() == Dock::Below || view.narrow.get();
    view! {
        <TraceHeader/>
        <Tabs/>
        <div
            class="work" class:below=below
            style=("--w-details", move || format!("{}px", app.prefs.details_width_px.get()))
            style=("--h-details", move || format!("{}px", app.prefs.details_height_px.get()))
        >
            <div class="main">
                {move || match view.tab.get() {
                    Tab::Flame => view! { <FlameChart/> }.into_any(),
                    _ => view! { <Timeline/> }.into_any(),
                }}
                <StatusBar/>
            </div>
            <Show when=move || shown.get()>
                <DetailsSplitter/>
                <DetailsPanel span=span.into()/>
            </Show>
        </div>
    }
}
