//! The head of the details: which span, where in the trace, its four figures, and the steps to its relatives.

use leptos::prelude::*;

use crate::base::format::{duration, percent};
use crate::model::outline::flag;
use crate::model::{Outline, SpanIdx, Timing};
use crate::state::app::App;
use crate::state::prefs::Dock;
use crate::state::react::derived;
use crate::ui::icon::{ErrorMark, Icon};
use crate::ui::parts::{IconButton, Swatch, service_words, slot_class};

#[component]
pub fn Head(span: Signal<SpanIdx>) -> impl IntoView {
    let app = App::get();
    let shown = move || app.outline.get().filter(|outline| span.get().index() < outline.len());
    view! {
        {move || shown().map(|outline| view! { <Figures of=HeadOf::new(&outline, span.get())/> })}
    }
}

/// What the head shows of a span.
#[derive(Clone)]
struct HeadOf {
    slot: u8,
    service: String,
    what: &'static str,
    label: String,
    name: String,
    error: bool,
    start_ns: u64,
    duration_ns: u64,
    self_ns: u64,
    timing: Timing,
    critical_ns: Option<u64>,
    total_ns: u64,
    critical_total_ns: u64,
}

impl HeadOf {
    fn new(outline: &Outline, span: SpanIdx) -> Self {
        HeadOf {
            slot: outline.slot(span),
            service: outline.service_name(span).to_owned(),
            what: outline.icon(span).words(),
            label: outline.label(span).to_owned(),
            name: outline.name(span).to_owned(),
            error: outline.has(span, flag::ERROR),
            start_ns: outline.start_ns[span.index()],
            duration_ns: outline.duration_of(span),
            self_ns: outline.self_ns[span.index()],
            timing: outline.timing(span),
            critical_ns: outline.critical_ns(span),
            total_ns: outline.headline.duration_ns,
            critical_total_ns: outline.headline.critical_path_ns,
        }
    }
}

#[component]
fn Figures(of: HeadOf) -> impl IntoView {
    let app = App::get();
    let share = |ns: u64| ns as f64 / of.total_ns.max(1) as f64 * 100.0;
    let (left, width) = (share(of.start_ns), share(of.duration_ns));
    let known = |is_known: bool, ns: u64| if is_known { duration(ns) } else { "unknown".to_owned() };
    let has_start = of.timing != Timing::NoStart;
    let below = move || app.prefs.dock.get() == Dock::Below;
    let dock_name = derived(move || if below() { "Dock right" } else { "Dock below" }.to_owned());
    let service = service_words(&of.service);
    let raw = (of.name != of.label).then(|| of.name.clone());
    view! {
        <div class=format!("d-head {}", slot_class(of.slot))>
            <div class="top">
                <Swatch of=of.slot/>
                <span class="cut">{service}</span><span class="dim">{of.what}</span><span class="grow"></span>
                <IconButton icon="below" name=dock_name class="only-wide" on_click=move |_| app.toggle_dock()/>
                <IconButton icon="close" name="Close details" on_click=move |_| app.close_details()/>
            </div>
            <h2>
                {of.error.then(|| view! { <ErrorMark/>" " })}
                {of.label.clone()}" "{raw.map(|raw| view! { <span class="raw">{raw}</span> })}
            </h2>
            <div class="place" title="Where in the trace"><i style:left=format!("{left}%") style:width=format!("{width}%")></i></div>
            <dl class="nums">
                <div><dt>"Duration"</dt><dd data-detail="duration" data-ns=of.duration_ns.to_string()>{known(of.timing.is_known(), of.duration_ns)}</dd></div>
                <div><dt>"Self"</dt><dd data-detail="self" data-ns=of.self_ns.to_string()>{known(of.timing.is_known(), of.self_ns)}</dd></div>
                <div><dt>"Starts at"</dt><dd data-detail="start" data-ns=of.start_ns.to_string()>{known(has_start, of.start_ns)}</dd></div>
                <div><dt>"Critical path"</dt>
                    <dd data-detail="critical" data-ns=of.critical_ns.map(|ns| ns.to_string())>
                        {match of.critical_ns {
                            Some(ns) => view! { {duration(ns)}" "<span class="dim">{percent(ns, of.critical_total_ns)}</span> }.into_any(),
                            None => view! { <span class="dim">"not on it"</span> }.into_any(),
                        }}
                    </dd>
                </div>
            </dl>
        </div>
    }
}

/// Steps to parent, child and siblings; and the filter over everything the span carries.
#[component]
pub fn Navigation(span: Signal<SpanIdx>, filter: RwSignal<String>, count: Signal<usize>) -> impl IntoView {
    let app = App::get();
    let step = move |to: fn(&Outline, SpanIdx) -> Option<SpanIdx>| {
        let Some(outline) = app.outline.get_untracked() else { return };
        if let Some(next) = to(&outline, span.get_untracked()) {
            app.select(next);
        }
    };
    let none = move |to: fn(&Outline, SpanIdx) -> Option<SpanIdx>| {
        let at = span.get();
        app.outline.with(|outline| {
            outline.as_ref().is_none_or(|outline| at.index() >= outline.len() || to(outline, at).is_none())
        })
    };
    let button = move |icon: &'static str, name: &'static str, to: fn(&Outline, SpanIdx) -> Option<SpanIdx>| {
        view! {
            <button class="btn icon" aria-label=name title=name disabled=move || none(to) on:click=move |_| step(to)><Icon name=icon/></button>
        }
    };
    view! {
        <div class="d-nav">
            {button("parent", "Parent", Outline::parent)}
            {button("child", "First child", first_child)}
            {button("up", "Previous sibling", previous_sibling)}
            {button("down", "Next sibling", next_sibling)}
            <span class="sep"></span>
            <span class="field">
                <Icon name="search"/>
                <input class="val" type="search" aria-label="Filter attributes" spellcheck="false" prop:value=filter
                    placeholder=move || format!("Filter {} attributes", count.get())
                    on:input:target=move |event| filter.set(event.target().value())/>
            </span>
        </div>
    }
}

pub fn first_child(outline: &Outline, span: SpanIdx) -> Option<SpanIdx> {
    outline.children(span).next()
}

fn siblings(outline: &Outline, span: SpanIdx) -> Vec<SpanIdx> {
    match outline.parent(span) {
        Some(parent) => outline.children(parent).collect(),
        None => outline.tops().collect(),
    }
}

fn previous_sibling(outline: &Outline, span: SpanIdx) -> Option<SpanIdx> {
    siblings(outline, span).into_iter().take_while(|other| *other != span).last()
}

fn next_sibling(outline: &Outline, span: SpanIdx) -> Option<SpanIdx> {
    siblings(outline, span).into_iter().find(|other| *other > span)
}
