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
use super::follow::next_task_on;
use super::graph::FlameGraph;
use super::map::{MapPanel, MapScreen};
use super::stats::StatisticsView;
use super::timeline::Timeline;
use crate::model::SpanIdx;
use crate::state::app::App;
use crate::state::prefs::Dock;
use crate::state::react::memo;
use crate::state::url::View as Tab;

pub use self::header::moved_words;

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
    app.follow_findings();
    // The last selected span: the panel keeps showing it for the moment in which it closes.
    let span = memo(move |before: Option<&SpanIdx>| view.selected.get().or(before.copied()).unwrap_or(SpanIdx(0)));
    let panel = memo(move |_| {
        let picked = view.tab.get() == Tab::Map && app.map.pick.with(Option::is_some);
        let details = view.details_open.get() && view.selected.with(Option::is_some);
        // Of the two the one that was chosen last.
        match (details, picked) {
            (_, true) if view.map_first.get() || !details => Panel::Map,
            (true, _) => Panel::Span,
            _ => Panel::Nothing,
        }
    });
    // Header and tabs first, the view in a task of its own: together they would keep a frame waiting.
    let has_shell = next_task_on();
    let shown = memo(move |_| has_shell.get().then(|| view.tab.get()));
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
                {move || match shown.get() {
                    None => view! { <div class="tl"></div> }.into_any(),
                    Some(Tab::Timeline) => view! { <Timeline/> }.into_any(),
                    Some(Tab::Flame) => view! { <FlameChart/> }.into_any(),
                    Some(Tab::Graph) => view! { <FlameGraph/> }.into_any(),
                    Some(Tab::Map) => view! { <MapScreen/> }.into_any(),
                    Some(Tab::Stats) => view! { <StatisticsView/> }.into_any(),
                    Some(Tab::Findings) => view! { <FindingsView/> }.into_any(),
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
