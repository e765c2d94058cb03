//! One chart over time: the canvas, what is under the pointer, a range that is dragged out of it, and the same in words.

use leptos::ev::PointerEvent;
use leptos::html;
use leptos::prelude::*;
use std::sync::Arc;
use wasm_bindgen::JsCast;

use crate::base::format::{counted, duration};
use crate::layout::chart::{Chart, Dot};
use crate::layout::heatmap::Cell;
use crate::paint::{self, Surface};
use crate::state::app::App;
use crate::state::explore::compare::Selection;
use crate::state::react::{effect, memo};
use crate::state::stamp::absolute;
use crate::ui::follow::{follow_palette, follow_size};

/// A drag shorter than this is a click.
const DRAG_PX: f64 = 6.0;
/// Points in the words beside the canvas.
const MOST_WORDS: usize = 60;

/// The clock time of a point in ms.
pub fn clock(unix_ms: f64, zone: &str) -> String {
    let (whole, _) = absolute((unix_ms.max(0.0) as u64).saturating_mul(1_000_000), zone);
    let time = whole.split_once(' ').map_or(whole.as_str(), |(_, time)| time);
    time.split('.').next().unwrap_or_default().to_owned()
}

#[component]
pub fn TimeChart(
    name: &'static str,
    chart: Signal<Arc<Chart>>,
    /// A value as the words and the card have it.
    write: fn(f64) -> String,
    /// Dragging chooses a region to be asked about, not a range of time alone.
    #[prop(optional, into)]
    selects: Signal<bool>,
    /// Its values are durations of whole traces, not of spans.
    #[prop(optional)]
    of_traces: bool,
) -> impl IntoView {
    let app = App::get();
    // A region that was dragged out, in px, until it is used or let go.
    let region = RwSignal::new(None::<[(f64, f64); 2]>);
    let hot = app.explore.results.hot;
    let element = NodeRef::<html::Div>::new();
    let canvas = NodeRef::<html::Canvas>::new();
    let size = RwSignal::new((0.0, 0.0));
    // Where the pointer is, and where a drag began.
    let (pointer, pressed) = (RwSignal::new(None::<(f64, f64)>), RwSignal::new(None::<(f64, f64)>));
    follow_size(element, move |width, height| size.set((width, height)));
    let palette = follow_palette();
    effect(move || {
        let ((width, height), chart, palette) = (size.get(), chart.get(), palette.get());
        let Some(canvas) = canvas.get().filter(|_| width > 80.0) else { return };
        if let Some(surface) = Surface::cleared(&canvas, width, height) {
            paint::chart::paint(&surface, &palette, &chart);
        }
    });
    let at = move |event: &PointerEvent| {
        let rect = element.get_untracked()?.get_bounding_client_rect();
        Some((f64::from(event.client_x()) - rect.left(), f64::from(event.client_y()) - rect.top()))
    };
    let under = memo(move |_| {
        let (x, y) = pointer.get()?;
        chart.with(|chart| chart.hit_test(size.get(), x, y).and_then(|at| chart.dots.get(at).cloned()))
    });
    effect(move || hot.set(under.get().map(|dot| dot.trace)));
    let up = move |event: PointerEvent| {
        let (from, to) = (pressed.get_untracked(), at(&event));
        pressed.set(None);
        let (Some(down), Some(up)) = (from, to) else { return };
        let (from, to) = (down.0, up.0);
        region.set(None);
        if selects.get_untracked() && (to - from).abs().max((up.1 - down.1).abs()) >= DRAG_PX {
            region.set(Some([(from.min(to), down.1.min(up.1)), (from.max(to), down.1.max(up.1))]));
        } else if (to - from).abs() >= DRAG_PX {
            let times = chart
                .with_untracked(|chart| [from.min(to), from.max(to)].map(|x| chart.time_at(size.get_untracked(), x)));
            app.zoom_range(times[0], times[1]);
        } else if let Some(dot) = under.get_untracked() {
            app.open_found(dot.trace, None);
        }
    };
    let dragged = move || {
        let ((from, from_y), (to, to_y)) = pressed.get().zip(pointer.get())?;
        let is_drag = (to - from).abs() >= DRAG_PX || (selects.get() && (to_y - from_y).abs() >= DRAG_PX);
        let height = selects.get().then(|| (from_y.min(to_y), (to_y - from_y).abs()));
        is_drag.then(|| ((from.min(to), (to - from).abs()), height))
    };
    let selection = move |[(x0, y0), (x1, y1)]: [(f64, f64); 2]| {
        let size = size.get_untracked();
        chart.with_untracked(|chart| Selection::Region {
            from_ms: chart.time_at(size, x0),
            // Tempo takes whole seconds: a range has at least one.
            to_ms: chart.time_at(size, x1).max(chart.time_at(size, x0) + 1_000.0),
            from_s: chart.value_at(size, y1),
            to_s: chart.value_at(size, y0),
            of_traces,
        })
    };
    // Another picture has nothing at that place.
    effect(move || {
        chart.track();
        size.track();
        region.set(None);
    });
    let cell = memo(move |_| {
        let (x, y) = pointer.get()?;
        chart.with(|chart| chart.cell_at(size.get(), x, y))
    });
    let hot_place = move || {
        let id = hot.get()?;
        chart.with(|chart| {
            let dot = chart.dots.iter().find(|dot| dot.trace == id)?;
            Some(chart.place(size.get(), dot.unix_ms, dot.value))
        })
    };
    let words = move |dot: &Dot| format!("{} at {}", write(dot.value), clock(dot.unix_ms, &app.prefs.zone.get()));
    view! {
        <div class="plot" data-chart=name node_ref=element class:on-dot=move || under.with(Option::is_some)
            on:pointermove=move |event| pointer.set(at(&event))
            on:pointerleave=move |_| { pointer.set(None); pressed.set(None); }
            on:pointerdown=move |event| if event.button() == 0 { pressed.set(at(&event)) }
            on:pointerup=up
        >
            <canvas node_ref=canvas aria-hidden="true"></canvas>
            {move || dragged().map(|((left, width), height)| view! { <i class="x-drag" style:left=format!("{left}px") style:width=format!("{width}px") style:top=height.map(|(top, _)| format!("{top}px")) style:height=height.map(|(_, height)| format!("{height}px"))></i> })}
            {move || region.get().map(|of| view! { <Region of size=size.get_untracked() selection=selection(of) on_done=move || region.set(None)/> })}
            {move || hot_place().map(|(x, y)| view! { <i class="x-hot" style:left=format!("{x}px") style:top=format!("{y}px")></i> })}
            {move || cell.get().filter(|_| under.with(Option::is_none) && pressed.with(Option::is_none) && region.with(Option::is_none)).map(|cell| {
                let is_right = pointer.get_untracked().is_some_and(|(x, _)| x > size.get_untracked().0 / 2.0);
                view! { <p class="x-card" class:flip=is_right data-cell><b>{counted(cell.count.round() as u64, "span", "spans")}</b><span>{format!("{} to {}", write(cell.from_s), write(cell.to_s))}</span><span class="dim">{format!("until {}", clock(cell.to_ms, &app.prefs.zone.get_untracked()))}</span></p> }
            })}
            {move || under.get().map(|dot| {
                let is_right = pointer.get_untracked().is_some_and(|(x, _)| x > size.get_untracked().0 / 2.0);
                view! { <p class="x-card" class:flip=is_right><b>{words(&dot)}</b><span class="mono">{dot.trace.to_string()}</span><span class="dim">"Click opens this trace"</span></p> }
            })}
            <Twin name chart write/>
        </div>
    }
}

/// The chart in words: each line with its last and greatest value, each point as a button.
#[component]
fn Twin(name: &'static str, chart: Signal<Arc<Chart>>, write: fn(f64) -> String) -> impl IntoView {
    let app = App::get();
    move || {
        let chart = chart.get();
        let zone = app.prefs.zone.get();
        let line = |line: &crate::layout::chart::Line| {
            let values = || line.runs.iter().flatten().map(|(_, value)| *value);
            let (last, most) = (values().next_back(), values().fold(f64::NAN, f64::max));
            let words = match last {
                Some(last) => format!("{}: {} last, {} at most", line.name, write(last), write(most)),
                None => format!("{}: nothing", line.name),
            };
            view! { <li data-line-of=line.name.clone() data-most=most.to_string()>{words}</li> }
        };
        // One of them takes part in the order of Tab; arrows lead to the others.
        let dot = |(nth, dot): (usize, &Dot)| {
            let trace = dot.trace;
            let words = format!(
                "{} at {}, {}trace {trace}",
                write(dot.value),
                clock(dot.unix_ms, &zone),
                if dot.is_error { "failed, " } else { "" }
            );
            view! { <li><button data-dot=trace.to_string() tabindex=if nth == 0 { "0" } else { "-1" } on:click=move |_| app.open_found(trace, None)>{words}</button></li> }
        };
        let more = chart.dots.len().saturating_sub(MOST_WORDS);
        view! {
            <ul class="vh x-words" aria-label=name on:keydown=step_dots>
                {chart.lines.iter().map(line).collect_view()}
                {buckets(&chart.cells).into_iter().map(|(from_s, to_s, spans)| view! { <li data-bucket=to_s.to_string() data-count=spans.to_string()>{format!("{} to {}: {}", write(from_s), write(to_s), counted(spans.round() as u64, "span", "spans"))}</li> }).collect_view()}
                {chart.dots.iter().take(MOST_WORDS).enumerate().map(dot).collect_view()}
                {(more > 0).then(|| view! { <li>{format!("and {more} more traces")}</li> })}
            </ul>
        }
    }
}

/// How many spans each height of a heatmap has in all: its bounds in s, and the sum.
fn buckets(cells: &[Cell]) -> Vec<(f64, f64, f64)> {
    let mut sums: Vec<(f64, f64, f64)> = Vec::new();
    for cell in cells {
        match sums.iter_mut().find(|(from_s, ..)| *from_s == cell.from_s) {
            Some((.., sum)) => *sum += cell.count,
            None => sums.push((cell.from_s, cell.to_s, cell.count)),
        }
    }
    sums
}

/// Arrows along the points of a chart in words.
fn step_dots(event: leptos::ev::KeyboardEvent) {
    let button = event.target().and_then(|target| target.dyn_into::<web_sys::Element>().ok());
    let line = button.and_then(|button| button.parent_element());
    let next = match event.key().as_str() {
        "ArrowDown" | "ArrowRight" => line.and_then(|line| line.next_element_sibling()),
        "ArrowUp" | "ArrowLeft" => line.and_then(|line| line.previous_element_sibling()),
        _ => return,
    };
    let next = next.and_then(|line| line.query_selector("button").ok().flatten());
    if let Some(next) = next.and_then(|button| button.dyn_into::<web_sys::HtmlElement>().ok()) {
        event.prevent_default();
        event.stop_propagation();
        // A button can always take the focus.
        let _ = next.focus();
    }
}

/// As wide as the menu of a region can be, with its distance from the region.
const REGION_MENU_PX: f64 = 180.0;
const REGION_GAP_PX: f64 = 6.0;

/// What can be done with a region that was dragged out; beside it, and where there is no room, below the chart.
#[component]
fn Region(
    of: [(f64, f64); 2],
    size: (f64, f64),
    selection: Selection,
    on_done: impl Fn() + Copy + Send + Sync + 'static,
) -> impl IntoView {
    let app = App::get();
    let [(x0, y0), (x1, y1)] = of;
    let (compared, found) = (selection.clone(), selection.clone());
    let px = |px: f64| format!("{px}px");
    let left = (x1 + REGION_MENU_PX <= size.0).then(|| px(x1 + REGION_GAP_PX));
    let right = (left.is_none() && x0 >= REGION_MENU_PX).then(|| px(size.0 - x0 + REGION_GAP_PX));
    let is_below = left.is_none() && right.is_none();
    // Wherever the keyboard is: a drag leaves it where it was.
    let escape = window_event_listener(leptos::ev::keydown, move |event| {
        if event.key() == "Escape" {
            on_done();
        }
    });
    on_cleanup(move || escape.remove());
    // A press here is no press on the chart below.
    let hold = |event: PointerEvent| event.stop_propagation();
    view! {
        <i class="x-drag" style:left=format!("{x0}px") style:width=format!("{}px", x1 - x0) style:top=format!("{y0}px") style:height=format!("{}px", y1 - y0)></i>
        <div class="x-region" class:below=is_below style:left=left style:right=right role="group" aria-label="The region" on:pointerdown=hold on:pointerup=hold>
            <button class="btn" data-region="compare" on:click=move |_| { on_done(); app.compare(compared.clone()); }>"Compare with the rest"</button>
            <button class="btn" data-region="find" on:click=move |_| { on_done(); app.search_selection(&found); }>"Find these"</button>
            <button class="btn" data-region="zoom" on:click=move |_| {
                on_done();
                if let Selection::Region { from_ms, to_ms, .. } = &selection {
                    app.zoom_range(*from_ms, *to_ms);
                }
            }>"Zoom to this time"</button>
        </div>
    }
}

/// A duration in seconds, as the charts' words have it.
pub fn seconds(value: f64) -> String {
    duration((value.max(0.0) * 1e9).round() as u64)
}
