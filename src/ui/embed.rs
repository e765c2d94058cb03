//! Inside another page: one line instead of the bars, the wheel left to the page around until it is meant for this one, and a word where the link was not
//! filled in.

use leptos::ev::{self, MouseEvent, WheelEvent};
use leptos::prelude::*;
use wasm_bindgen::JsCast;
use web_sys::{AddEventListenerOptions, Element};

use super::across;
use super::explore::map::basis_words;
use super::explore::range::words;
use super::icon::{ErrorMark, Icon};
use super::map::cut_words;
use super::parts::{Swatch, service_words};
use crate::base::format::{counted, duration};
use crate::model::SpanIdx;
use crate::state::across::PARTS;
use crate::state::app::{App, Screen};
use crate::state::explore::view::Tab;

/// The line at the top of the frame: what is shown, and the way to all of it.
#[component]
pub fn EmbedLine() -> impl IntoView {
    let app = App::get();
    let full = move || {
        let mut url = app.url.get();
        url.embed = false;
        format!("?{}", url.to_query())
    };
    view! {
        <header class="embed-line" data-embed-line>
            {move || match app.screen.get() {
                Screen::Trace => view! { <OfTrace/> }.into_any(),
                Screen::Explore => view! { <OfExplore/> }.into_any(),
                Screen::Failure => view! { <span class="err row-flex"><Icon name="failed"/>"Not shown"</span> }.into_any(),
                Screen::Loading => view! { <span class="dim">"Loading…"</span> }.into_any(),
                Screen::Home | Screen::List => view! { <span>"Spanloom"</span> }.into_any(),
            }}
            <span class="grow"></span>
            <a class="row-flex" href=full target="_blank" rel="noopener" title="All of it, in a tab of its own"><Icon name="external"/>"Open full"</a>
        </header>
    }
}

/// Name, duration, errors, and whether it is whole.
#[component]
fn OfTrace() -> impl IntoView {
    let app = App::get();
    move || {
        let outline = app.outline.get()?;
        let head = &outline.headline;
        let root = head.root.map(SpanIdx).or_else(|| outline.tops().next())?;
        let ns = head.duration_ns;
        let told = app.banners.get();
        let (errors, orphans) = (head.error_span_count, head.orphan_count);
        let (moved, beside) = (!head.moved_clocks.is_empty(), head.beside.first().cloned());
        Some(view! {
            <Swatch of=outline.slot(root)/>
            <span class="dim only-wide">{service_words(outline.service_name(root))}</span>
            <b class="cut">{outline.label(root).to_owned()}</b>
            <span data-fact="duration" data-ns=ns.to_string()>{duration(ns)}</span>
            {(errors > 0).then(|| view! { <span class="err row-flex" data-fact="errors"><ErrorMark/>{counted(errors, "error", "errors")}</span> })}
            {(orphans > 0).then(|| view! { <span class="warn" data-fact="orphans">{counted(orphans, "orphan", "orphans")}</span> })}
            {moved.then(|| view! { <span class="warn" data-moved>"times not as recorded: clocks put right"</span> })}
            {beside.map(|id| view! { <span class="warn cut" data-beside>"beside trace "{id}</span> })}
            {told.into_iter().map(|banner| {
                let words = banner.strong.trim_end_matches('.').to_uppercase();
                view! { <span class="warn" title=banner.text data-banner>{if words == "PARTIAL TRACE" { "PARTIAL".to_owned() } else { words }}</span> }
            }).collect_view()}
        })
    }
}

/// What is asked, of which time.
#[component]
fn OfExplore() -> impl IntoView {
    let app = App::get();
    let explore = app.explore;
    let range = move || explore.range.with(|range| words(range, &app.prefs.zone.get()));
    let what = move || match explore.tab.get() {
        Tab::Services => "Services".to_owned(),
        Tab::Traces => explore.asked.get().map(|asked| asked.query).unwrap_or_default(),
        Tab::Map => app
            .explore
            .map
            .graph
            .value
            .get()
            .map_or_else(|| "Service map".to_owned(), |graph| format!("Service map: {}", basis_words(&graph))),
        Tab::Across => {
            let part = PARTS.iter().find(|(part, ..)| *part == app.across.part.get()).map(|(_, name, _)| *name);
            part.into_iter().map(str::to_owned).chain(across::basis_words(app.across)).collect::<Vec<_>>().join(", ")
        }
        Tab::Setup => "Set-up".to_owned(),
        Tab::Open => "Files".to_owned(),
    };
    let class = move || if explore.tab.get() == Tab::Traces { "mono cut" } else { "cut strong" };
    let note = move || {
        app.explore.map.graph.value.get().and_then(|graph| graph.note.clone()).filter(|_| explore.tab.get() == Tab::Map)
    };
    let cut = move || cut_words(app.explore.map.view).filter(|_| explore.tab.get() == Tab::Map);
    view! {
        <span class=class>{what}</span>
        {move || cut().map(|words| view! { <span class="cut" data-cut>{words}</span> })}
        {move || note().map(|words| view! { <span class="warn cut" title=words.clone()>{words.clone()}</span> })}
        <span class="dim cut" data-range>{range}</span>
    }
}

/// Views in which a plain wheel zooms: inside another page only with Ctrl.
const ZOOMING: &str = ".mapwrap, [data-flame]";

/// Leaves wheel and keys to the page around, until somebody presses into this one. Call once.
pub fn hold_back(app: App) {
    if !app.url.with_untracked(|url| url.embed) {
        return;
    }
    let pressed = window_event_listener(ev::mousedown, move |_: MouseEvent| app.is_entered.set(true));
    // Who comes by Tab has come in too.
    let tabbed = window_event_listener(ev::keydown, move |event| {
        if event.key() == "Tab" {
            app.is_entered.set(true);
        }
    });
    let left = window_event_listener(ev::blur, move |_| app.is_entered.set(false));
    let on_wheel = wasm_bindgen::closure::Closure::<dyn FnMut(WheelEvent)>::new(move |event: WheelEvent| {
        let target = event.target().and_then(|target| target.dyn_into::<Element>().ok());
        let zooms = || target.is_some_and(|target| target.closest(ZOOMING).ok().flatten().is_some());
        let is_plain = !event.ctrl_key() && !event.meta_key();
        if !app.is_entered.get_untracked() || (is_plain && zooms()) {
            event.stop_immediate_propagation();
        }
    });
    let options = AddEventListenerOptions::new();
    options.set_capture(true);
    options.set_passive(true);
    if let Some(window) = web_sys::window() {
        // A listener on the window is always taken.
        let _ = window.add_event_listener_with_callback_and_add_event_listener_options(
            "wheel",
            on_wheel.as_ref().unchecked_ref(),
            &options,
        );
    }
    // The page lives as long as its frame.
    on_wheel.forget();
    on_cleanup(move || {
        pressed.remove();
        tabbed.remove();
        left.remove();
    });
}
