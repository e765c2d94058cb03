//! A trace: header, tabs and find, the view, details, status.

mod find_box;
mod header;
mod splitter;
mod status;
mod tabs;

use leptos::prelude::*;

use self::header::TraceHeader;
use self::splitter::DetailsSplitter;
use self::status::StatusBar;
use self::tabs::Tabs;
use super::details::DetailsPanel;
use super::findings::FindingsView;
use super::flame::FlameChart;
use super::graph::FlameGraph;
use super::map::{MapPanel, MapScreen};
use super::stats::StatisticsView;
use super::timeline::Timeline;
use crate::model::SpanIdx;
use crate::state::app::App;
use crate::state::prefs::Dock;
use crate::state::url::View as Tab;

/// What stands beside the view.
#[derive(Clone, Copy, PartialEq)]
enum Panel {
    Nothing,
    Span,
    Map,
}

#[component]
pub fn TraceScreen() -> impl IntoView {
    let app = App::get();
    let view = app.view;
    // The last selected span: the panel keeps showing it for the moment in which it closes.
    let span = Memo::new(move |before: Option<&SpanIdx>| view.selected.get().or(before.copied()).unwrap_or(SpanIdx(0)));
    let panel = Memo::new(move |_| {
        let picked = view.tab.get() == Tab::Map && app.map.pick.with(Option::is_some);
        let details = view.details_open.get() && view.selected.with(Option::is_some);
        // Of the two the one that was chosen last.
        match (details, picked) {
            (_, true) if view.map_first.get() || !details => Panel::Map,
            (true, _) => Panel::Span,
            _ => Panel::Nothing,
        }
    });
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
                    Tab::Timeline => view! { <Timeline/> }.into_any(),
                    Tab::Flame => view! { <FlameChart/> }.into_any(),
                    Tab::Graph => view! { <FlameGraph/> }.into_any(),
                    Tab::Map => view! { <MapScreen/> }.into_any(),
                    Tab::Stats => view! { <StatisticsView/> }.into_any(),
                    Tab::Findings => view! { <FindingsView/> }.into_any(),
                }}
                <StatusBar/>
            </div>
            {move || match panel.get() {
                Panel::Nothing => ().into_any(),
                Panel::Span => view! { <DetailsSplitter/><DetailsPanel span=span.into()/> }.into_any(),
                Panel::Map => view! { <DetailsSplitter/><MapPanel/> }.into_any(),
            }}
        </div>
    }
}
