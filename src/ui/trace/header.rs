//! What the trace is and its figures. They come from the same value as the report.

use std::sync::Arc;

use leptos::prelude::*;

use crate::base::format::{count, counted, duration};
use crate::model::{MovedClock, Outline, SpanIdx, Warning};
use crate::state::app::App;
use crate::state::react::effect;
use crate::state::stamp::{absolute, ago};
use crate::ui::icon::{ErrorMark, Icon};
use crate::ui::notes::NoteList;
use crate::ui::parts::{IconButton, Swatch, service_words};

#[component]
pub fn TraceHeader() -> impl IntoView {
    let app = App::get();
    move || app.outline.get().map(|outline| view! { <Header outline/> })
}

/// The trace's duration, beside it the main root's where it reads differently, and what runs on after the root.
struct Durations {
    trace_ns: u64,
    root_ns: Option<u64>,
    tail_ns: u64,
}

impl Durations {
    fn of(outline: &Outline) -> Self {
        let trace_ns = outline.headline.duration_ns;
        // A root whose times are not known says nothing of how long the request took.
        let root = outline.headline.root.map(SpanIdx).filter(|root| outline.timing(*root).is_known());
        let root_ns = root.map(|root| outline.duration_of(root));
        Durations {
            trace_ns,
            root_ns: root_ns.filter(|root_ns| duration(*root_ns) != duration(trace_ns)),
            tail_ns: root.map_or(0, |root| trace_ns.saturating_sub(outline.end_ns[root.index()])),
        }
    }
}

#[component]
fn Header(outline: Arc<Outline>) -> impl IntoView {
    let app = App::get();
    let head = outline.headline.clone();
    let root = head.root.map(SpanIdx).or_else(|| outline.tops().next());
    let title = root.map(|root| {
        let service = service_words(outline.service_name(root));
        (outline.slot(root), service, outline.label(root).to_owned())
    });
    let (slot, service, operation) = title.unwrap_or_default();
    let Durations { trace_ns, root_ns, tail_ns } = Durations::of(&outline);
    let id = head.id_text.clone().unwrap_or_else(|| head.trace_id.clone());
    let copied = id.clone();
    let start = head.start_unix_nano;
    let zone = move || absolute(start, &app.prefs.zone.get());
    let (warnings_open, warnings) = (RwSignal::new(false), StoredValue::new(head.warnings.clone()));
    let warning_count = head.warnings.len() as u64;
    // Notes that somebody else wrote are what the file was sent for; on narrow screens they would leave no room for it.
    let is_carried = |of: &str| of == head.trace_id && !app.view.narrow.get_untracked();
    let notes_open =
        RwSignal::new(app.notes.carried.with_value(|carried| carried.as_ref().is_some_and(|(of, _)| is_carried(of))));
    view! {
        <section class="thead" aria-label="Trace">
            <h1>
                <Swatch of=slot/>
                <span class="svc">{service}</span>" "<span class="cut">{operation}</span>
                {head.root.is_none().then(|| view! { <span class="tag warn">"no root"</span> })}
            </h1>
            <div class="row-flex only-wide"><TraceLinks/></div>
            <dl class="facts">
                <div><dt>"Duration"</dt>
                    <dd>
                        <span class="strong" data-fact="duration" data-ns=trace_ns.to_string() title=format!("{} ns, from the first start to the last end", count(trace_ns))>{duration(trace_ns)}</span>
                        {root_ns.map(|ns| view! {
                            <span class="mid" data-fact="root" data-ns=ns.to_string() title=format!("{} ns, the duration of the root span: the request", count(ns))>
                                " · root "{duration(ns)}
                            </span>
                        })}
                        {(u128::from(tail_ns) * 100 >= u128::from(trace_ns) && tail_ns > 0).then(|| view! {
                            <span class="mid" data-fact="tail" data-ns=tail_ns.to_string() title="Spans that run on after the root has ended">
                                " · async tail +"{duration(tail_ns)}
                            </span>
                        })}
                    </dd>
                </div>
                <div class:err=move || head.error_span_count.gt(&0)><dt>{(head.error_span_count > 0).then(|| view! { <ErrorMark/> })}"Errors"</dt>
                    <dd data-fact="errors">
                        {if head.error_span_count > 0 {
                            view! { <button class="btn link err" title="Next error" on:click=move |_| app.next_error()>{count(head.error_span_count)}</button> }.into_any()
                        } else { view! { "0" }.into_any() }}
                    </dd>
                </div>
                <div class:warn=move || warning_count.gt(&0)><dt>{(warning_count > 0).then(|| view! { <Icon name="warning"/> })}"Warnings"</dt>
                    <dd data-fact="warnings">
                        {if warning_count > 0 {
                            view! { <button class="btn link warn" aria-expanded=move || warnings_open.get().to_string() on:click=move |_| warnings_open.update(|open| *open = !*open)>{count(warning_count)}</button> }.into_any()
                        } else { view! { "0" }.into_any() }}
                    </dd>
                </div>
                {move || match app.notes.all.with(Vec::len) as u64 {
                    0 => ().into_any(),
                    many => view! {
                        <div data-note-fact><dt><Icon name="note"/>"Notes"</dt>
                            <dd data-fact="notes"><button class="btn link" aria-expanded=move || notes_open.get().to_string() on:click=move |_| notes_open.update(|open| *open = !*open)>{count(many)}</button></dd>
                        </div>
                    }.into_any(),
                }}
                <div><dt>"Spans"</dt><dd><span data-fact="spans">{count(head.span_count)}</span>
                    {(head.repeats > 0).then(|| view! {
                        <span class="mid" data-fact="repeats" data-count=head.repeats.to_string() title="Spans that came again, word for word: one copy of each is kept">
                            {counted(head.repeats, "repeat", "repeats")}
                        </span>
                    })}
                </dd></div>
                <div><dt>"Services"</dt><dd data-fact="services">{count(head.service_count)}</dd></div>
                <div><dt>"Depth"</dt><dd data-fact="depth">{count(head.max_depth)}</dd></div>
                <div data-start><dt>"Start"</dt><dd data-fact="start" title=move || ago(start)>{move || zone().0}" "<span class="dim">{move || zone().1}</span></dd></div>
                <div data-trace-line><dt>"Trace"</dt><dd><span class="mono" data-fact="trace">{id}</span>
                    <IconButton icon="copy" name="Copy trace id" class="copy" on_click=move |_| app.copy(copied.clone(), "the trace id")/></dd>
                </div>
            </dl>
            <Arranged moved=head.moved_clocks.clone() beside=head.beside.clone()/>
            <StillGrowing end_unix_nano=head.end_unix_nano/>
            <Show when=move || notes_open.get() && app.notes.all.with(|all| !all.is_empty())>
                <div class="header-notes"><NoteList/></div>
            </Show>
            <Show when=move || warnings_open.get()>
                <WarningList warnings=warnings.get_value()/>
            </Show>
        </section>
    }
}

/// Outgoing links of the trace as a whole.
#[component]
fn TraceLinks() -> impl IntoView {
    let app = App::get();
    let links: RwSignal<Vec<(String, String)>> = RwSignal::new(Vec::new());
    effect(move || {
        app.outline.track();
        leptos::task::spawn_local(async move { links.set(app.outgoing_links(None).await) });
    });
    view! {
        {move || links.get().into_iter().map(|(name, href)| view! {
            <a class="btn" href=href target="_blank" rel="noopener"><Icon name="external"/>{name}</a>
        }).collect_view()}
    }
}

/// Which clocks were put right, and by how much.
pub fn moved_words(moved: &[MovedClock]) -> String {
    let shown = moved.iter().map(|clock| {
        let sign = if clock.shift_ns < 0 { "−" } else { "+" };
        let host = if clock.host.is_empty() { String::new() } else { format!(" on {}", clock.host) };
        format!("{}{host} {sign}{}", service_words(&clock.service), duration(clock.shift_ns.unsigned_abs()))
    });
    shown.collect::<Vec<_>>().join(", ")
}

/// What is not as it was recorded, for as long as it is not, with the way back.
#[component]
fn Arranged(moved: Vec<MovedClock>, beside: Vec<String>) -> impl IntoView {
    let app = App::get();
    let moved = (!moved.is_empty()).then(|| {
        let words = moved_words(&moved);
        view! {
            <p class="growing" data-moved role="status">
                <Icon name="clock"/><span>"Times are not as recorded; clocks put right: "{words}". "</span>
                <button class="btn link" on:click=move |_| app.put_clocks_right(false)>"Show recorded times"</button>
            </p>
        }
    });
    let beside = beside.into_iter().next().map(|id| {
        view! {
            <p class="growing" data-beside role="status">
                <Icon name="list"/><span>"Beside it on one time axis: trace "<span class="mono">{id}</span>". "</span>
                <button class="btn link" on:click=move |_| app.take_away_beside()>"Show this trace alone"</button>
            </p>
        }
    });
    view! { {moved}{beside} }
}

/// A trace whose last span ended just now may not be complete.
#[component]
fn StillGrowing(end_unix_nano: u64) -> impl IntoView {
    let app = App::get();
    let age_s = js_sys::Date::now() / 1e3 - end_unix_nano as f64 / 1e9;
    ((0.0..60.0).contains(&age_s)).then(|| {
        view! {
            <p class="growing" data-growing role="status">
                {format!("Its last span ended {} s ago: more may arrive. ", age_s.round())}
                <button class="btn link" on:click=move |_| app.reload()>"Reload"</button>
            </p>
        }
    })
}

/// Every warning, with a way to its span.
#[component]
fn WarningList(warnings: Vec<Warning>) -> impl IntoView {
    let app = App::get();
    view! {
        <ul class="warnings" data-warnings>
            {warnings.into_iter().map(|warning| {
                let span = warning.span;
                view! {
                    <li>
                        <Icon name="warning"/><span>{warning.message}</span>
                        {span.filter(|id| *id != 0).map(|id| view! {
                            <button class="btn link" on:click=move |_| app.select_id(crate::base::SpanId(id))>"Show"</button>
                        })}
                    </li>
                }
            }).collect_view()}
        </ul>
    }
}
