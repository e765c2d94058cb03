//! The service map of the range: the picture that a trace's map has too, what it is made of, and what is picked in it.

use leptos::prelude::*;
use wasm_bindgen::JsCast;

use super::pending::{Failed, Progress};
use super::sampled::{SampleChoice, sample_words};
use crate::state::app::App;
use crate::state::explore::map::{Basis, RangeGraph};
use crate::state::react::memo;
use crate::state::tabs::Step;
use crate::ui::icon::Icon;
use crate::ui::map::{MapPanel, MapTools, Picture, status};

#[component]
pub fn RangeMapScreen() -> impl IntoView {
    let app = App::get();
    let range_map = app.explore.map;
    let map = range_map.view;
    provide_context(map);
    app.follow_range_map();
    let is_picked = memo(move |_| map.pick.with(Option::is_some));
    let has_map = memo(move |_| range_map.graph.value.with(Option::is_some));
    let is_empty =
        move || range_map.graph.value.with(|graph| graph.as_ref().is_some_and(|graph| graph.map.nodes.is_empty()));
    let press = move |event: leptos::ev::KeyboardEvent| {
        if event.ctrl_key() || event.meta_key() || event.alt_key() || event.default_prevented() {
            return;
        }
        let middle = || {
            let (width, height) = map.size_px.get_untracked();
            (width / 2.0, height / 2.0)
        };
        match event.key().as_str() {
            "ArrowLeft" => app.step_map(map, Step::Left),
            "ArrowRight" => app.step_map(map, Step::Right),
            "ArrowUp" => app.step_map(map, Step::Up),
            "ArrowDown" => app.step_map(map, Step::Down),
            "+" | "=" => map.zoom(middle(), ZOOM_STEP),
            "-" => map.zoom(middle(), 1.0 / ZOOM_STEP),
            "f" | "0" => map.fit(),
            // A step has picked it, and its element may not have the keyboard yet.
            "Enter" if is_picked.get_untracked() && !is_in_control(&event) => app.follow_pick(map),
            "Escape" if is_picked.get_untracked() => app.close_pick(map),
            _ => return,
        }
        event.prevent_default();
        event.stop_propagation();
    };
    view! {
        <About/>
        <Progress of=range_map.graph what="Asking who calls whom"/>
        <Fetched/>
        {move || range_map.graph.failure.get().map(|failure| view! { <Failed failure on_retry=move || app.ask_range_map()/> })}
        <Show when=is_empty><NoCalls/></Show>
        <Show when=move || has_map.get() && !is_empty()>
            <MapTools/>
            <div class="work range-map" class:below=move || app.view.narrow.get()>
                <div class="main" on:keydown=press><Picture/></div>
                <Show when=move || is_picked.get()><MapPanel/></Show>
            </div>
        </Show>
    }
}

const ZOOM_STEP: f64 = 1.25;

/// Whether the key is a button's or a field's own.
fn is_in_control(event: &leptos::ev::KeyboardEvent) -> bool {
    let target = event.target().and_then(|target| target.dyn_into::<web_sys::Element>().ok());
    target.is_some_and(|target| target.closest("button, a, input, select").ok().flatten().is_some())
}

/// What the map is of, and how to have another.
#[component]
fn About() -> impl IntoView {
    let app = App::get();
    let range_map = app.explore.map;
    let words = move || range_map.graph.value.get().map(|graph| basis_words(&graph));
    let is_sample =
        move || range_map.graph.value.with(|graph| graph.as_ref().is_some_and(|graph| graph.basis != Basis::Metrics));
    let note = move || range_map.graph.value.get().and_then(|graph| graph.note.clone());
    view! {
        <div class="phead x-map-head">
            <b>"Service map"</b>
            <span class="dim cut" role="status" data-basis>{words}</span>
            {move || range_map.query.get().map(|query| view! {
                <button class="chip" title="The map of all traces" on:click=move |_| app.map_of(None)><span class="mono cut">{query}</span><Icon name="close"/></button>
            })}
            {move || note().map(|words| view! { <span class="warn cut" data-note title=words.clone()><Icon name="warning"/>{words.clone()}</span> })}
            <span class="grow"></span>
            <Show when=is_sample>
                <SampleChoice sample=range_map.sample on_choose=move || {
                    app.ask_range_map();
                    app.note_address(false);
                }/>
            </Show>
            <span class="dim wide">{move || status(range_map.view)}</span>
        </div>
    }
}

pub fn basis_words(graph: &RangeGraph) -> String {
    match graph.basis {
        Basis::Metrics => "all calls of the range, as the service-graph metrics count them".to_owned(),
        Basis::Sample { traces, more_exist, lost } => sample_words(traces, more_exist, lost),
    }
}

/// Traces of a sample on their way.
#[component]
fn Fetched() -> impl IntoView {
    let range_map = App::get().explore.map;
    move || {
        let (done, of) = range_map.fetched.get();
        (of > 0 && range_map.graph.is_asking()).then(|| {
            view! { <p class="x-wait dim" role="status" data-fetched>{format!("{done} of {of} traces fetched")}</p> }
        })
    }
}

#[component]
fn NoCalls() -> impl IntoView {
    view! {
        <div class="msg explored" data-nothing>
            <h2><Icon name="info"/>"No call in this range"</h2>
            <p>"Neither metrics nor traces tell of any. Choose a longer range, or another source."</p>
        </div>
    }
}
