//! The views of a trace, and find.

use leptos::ev::KeyboardEvent;
use leptos::prelude::*;

use super::find_box::FindBox;
use crate::base::format::count;
use crate::model::Outline;
use crate::state::app::App;
use crate::state::react::{effect, memo};
use crate::state::tabs::TABS;
use crate::state::url::View as Tab;

#[component]
pub fn Tabs() -> impl IntoView {
    let app = App::get();
    let keydown = move |event: KeyboardEvent| {
        match event.key().as_str() {
            "ArrowRight" => app.step_tab(1),
            "ArrowLeft" => app.step_tab(-1),
            "Home" => app.end_tab(false),
            "End" => app.end_tab(true),
            _ => return,
        }
        event.prevent_default();
        event.stop_propagation();
    };
    view! {
        <div class="tabs">
            <div class="tab-list" role="tablist" aria-label="Views" on:keydown=keydown>
                {TABS.map(|(tab, name)| view! { <TabButton tab name/> }).collect_view()}
            </div>
            <FindBox/>
        </div>
    }
}

#[component]
fn TabButton(tab: Tab, name: &'static str) -> impl IntoView {
    let app = App::get();
    let on = memo(move |_| app.view.tab.get() == tab);
    let figure = move || match tab {
        Tab::Findings => findings_figure(app),
        _ => app.outline.with(|outline| outline.as_ref().and_then(|outline| figure_of(tab, outline))),
    };
    let element = NodeRef::<leptos::html::Button>::new();
    // On a narrow screen the tabs scroll: the chosen one is in sight.
    effect(move || {
        // A figure that comes later makes the tab wider.
        figure();
        if let Some(element) = element.get().filter(|_| on.get() && app.view.narrow.get()) {
            // In the frame, which lays the page out in any case.
            request_animation_frame(move || bring_into_strip(&element));
        }
    });
    let hot = move || tab == Tab::Findings && app.finding_counts().is_some_and(|(mend, _)| mend > 0);
    view! {
        <button
            node_ref=element class="tab" class:on=on role="tab" id=format!("tab-{}", tab.name())
            aria-selected=move || on.get().to_string()
            aria-controls=move || on.get().then(|| format!("view-{}", tab.name()))
            tabindex=move || if on.get() { "0" } else { "-1" }
            on:click=move |_| app.show_tab(tab)
        >
            {name}{move || figure().map(|figure| view! { " "<span class="n" class:hot=hot>{count(figure)}</span> })}
        </button>
    }
}

fn bring_into_strip(tab: &web_sys::HtmlElement) {
    let Some(strip) = tab.parent_element() else { return };
    let (left, width) = (tab.offset_left() - strip.scroll_left(), tab.offset_width());
    if left < 0 || left + width > strip.client_width() {
        strip.set_scroll_left(tab.offset_left() - (strip.client_width() - width) / 2);
    }
}

/// How much there is to see in a view, where it is known beforehand.
fn figure_of(tab: Tab, outline: &Outline) -> Option<u64> {
    match tab {
        Tab::Timeline => Some(outline.len() as u64),
        Tab::Map => Some(outline.headline.service_count),
        Tab::Flame | Tab::Graph | Tab::Stats | Tab::Findings => None,
    }
}

/// What is to be mended; without any what is worth knowing; nothing while it is not known or when nothing was found.
fn findings_figure(app: App) -> Option<u64> {
    let (mend, info) = app.finding_counts()?;
    [mend, info].into_iter().find(|count| *count > 0)
}
