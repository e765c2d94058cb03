//! Tabs, source, range, and asking again.

use core::time::Duration;

use leptos::html::Details;
use leptos::prelude::*;

use super::range::RangeMenu;
use crate::state::app::{App, Screen};
use crate::state::explore::range::REFRESH_S;
use crate::state::explore::view::Tab;
use crate::state::first::Answers;
use crate::state::react::effect;
use crate::state::url_explore::refresh_words;
use crate::ui::icon::Icon;
use crate::ui::menu::{Menu, close};
use crate::ui::parts::IconButton;

const TABS: [(Tab, &str, &str); 6] = [
    (Tab::Services, "Services", "Every service with its rate, errors and durations"),
    (Tab::Traces, "Traces", "Search for traces"),
    (Tab::Map, "Map", "Who calls whom in the range"),
    (Tab::Across, "Sample", "What many traces say together: connectors, propagation, sampling"),
    (Tab::Setup, "Set-up", "What of the sources works, and what to change"),
    (Tab::Open, "Files", "Trace files, samples, ids"),
];

#[component]
pub fn Toolbar() -> impl IntoView {
    let app = App::get();
    let explore = app.explore;
    refresh_by_itself(app);
    let tab = move |(tab, name, title): (Tab, &'static str, &'static str)| {
        let is_on = move || explore.tab.get() == tab;
        view! {
            <button class="tab" class:on=is_on aria-pressed=move || is_on().to_string() title=title data-explore-tab=name on:click=move |_| app.show_explore_tab(tab)>{name}</button>
        }
    };
    view! {
        <div class="tabs xbar">
            <div class="tab-list row-flex">{TABS.map(tab).collect_view()}</div>
            <SourceMenu/>
            <span class="grow"></span>
            <div class="row-flex x-when" class:gone=move || explore.tab.get() == Tab::Open class:only-reload=move || explore.tab.get() == Tab::Setup>
                <RangeMenu/>
                <label class="row-flex"><span class="vh">"Ask again every"</span>
                    <select class="select" title="Ask again by itself" on:change:target=move |event| {
                        explore.refresh_s.set(event.target().value().parse().unwrap_or(0));
                        app.note_address(false);
                    }>
                        {move || Some(explore.refresh_s.get()).filter(|now| !REFRESH_S.iter().any(|(known, _)| known == now)).map(|now| view! { <option value=now.to_string() selected=true>{refresh_words(now)}</option> })}
                        {REFRESH_S.map(|(seconds, name)| view! { <option value=seconds.to_string() selected=move || explore.refresh_s.get() == seconds>{if seconds == 0 { "Refresh off" } else { name }}</option> }).collect_view()}
                    </select>
                </label>
                <IconButton icon="reload" name="Ask again now" on_click=move |_| app.refresh_explored()/>
            </div>
        </div>
    }
}

/// Which source is explored; a menu where there are several.
#[component]
fn SourceMenu() -> impl IntoView {
    let app = App::get();
    let handle = NodeRef::<Details>::new();
    let name = move || app.source_name().unwrap_or_default();
    let several = move || app.config.with(|config| config.sources.len() > 1);
    let state = move || {
        // Another source is another answer.
        app.source_name();
        match app.answers() {
            Answers::Yes => "ok",
            Answers::No(_) => "err",
            Answers::Unasked | Answers::Asking => "dim",
        }
    };
    view! {
        {move || if several() {
            view! {
                <Menu handle label=move || view! { <summary class="btn" data-source><i class=move || format!("dot {}", state())></i><span class="vh">"Source: "</span>{name}<Icon name="down"/></summary> }>
                    {app.config.get_untracked().sources.iter().map(|source| {
                        let (chosen, name) = (source.name.clone(), source.name.clone());
                        view! { <li><button class="btn" on:click=move |_| { close(handle); app.choose_source(&chosen); }>{name}</button></li> }
                    }).collect_view()}
                </Menu>
            }.into_any()
        } else {
            view! { <span class="row-flex mid x-source" data-source><i class=move || format!("dot {}", state())></i>{name}</span> }.into_any()
        }}
    }
}

/// Asks again as often as the reader chose, while the page is looked at.
fn refresh_by_itself(app: App) {
    let held = StoredValue::new(None::<IntervalHandle>);
    effect(move || {
        let seconds = app.explore.refresh_s.get();
        held.update_value(|held| {
            if let Some(old) = held.take() {
                old.clear();
            }
            let ask = move || {
                let is_seen = web_sys::window().and_then(|window| window.document()).is_some_and(|page| !page.hidden());
                let explore = app.explore;
                // A slow source is let finish first.
                let is_asking = untrack(|| {
                    explore.services.is_asking()
                        || explore.operations.is_asking()
                        || explore.found.is_asking()
                        || explore.red.is_asking()
                        || explore.compare.found.is_asking()
                        || explore.map.graph.is_asking()
                        || app.across.fetched.is_asking()
                        || explore.doctor.is_asking()
                });
                if is_seen && !is_asking && app.screen.get_untracked() == Screen::Explore {
                    app.refresh_explored();
                }
            };
            *held = (seconds > 0)
                .then(|| set_interval_with_handle(ask, Duration::from_secs(u64::from(seconds))).ok())
                .flatten();
        });
    });
    on_cleanup(move || {
        held.update_value(|held| {
            if let Some(old) = held.take() {
                old.clear();
            }
        });
    });
}
