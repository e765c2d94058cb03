//! One chart over time: the canvas, what is under the pointer, a range that is dragged out of it, and the same in words.

use leptos::ev::PointerEvent;
use leptos::html;
use leptos::prelude::*;
use std::sync::Arc;
use wasm_bindgen::JsCast;

use crate::base::format::duration;
use crate::layout::chart::{Chart, Dot};
use crate::paint::{self, Surface};
use crate::source::when::When;
use crate::state::app::App;
use crate::state::explore::range::TimeRange;
use crate::state::stamp::absolute;
use crate::ui::follow::{follow_palette, follow_size};

/// A drag shorter than this is a click.
const DRAG_PX: f64 = 6.0;
/// Points in the words beside the canvas.
const MOST_WORDS: usize = 60;

/// The clock time of a point in ms.
fn clock(unix_ms: f64, zone: &str) -> String {
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
) -> impl IntoView {
    let app = App::get();
    let hot = app.explore.results.hot;
    let element = NodeRef::<html::Div>::new();
    let canvas = NodeRef::<html::Canvas>::new();
    let size = RwSignal::new((0.0, 0.0));
    // Where the pointer is, and where a drag began.
    let (pointer, pressed) = (RwSignal::new(None::<(f64, f64)>), RwSignal::new(None::<f64>));
    follow_size(element, move |width, height| size.set((width, height)));
    let palette = follow_palette();
    Effect::new(move || {
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
    let under = Memo::new(move |_| {
        let (x, y) = pointer.get()?;
        chart.with(|chart| chart.hit_test(size.get(), x, y).and_then(|at| chart.dots.get(at).cloned()))
    });
    Effect::new(move || hot.set(under.get().map(|dot| dot.trace)));
    let up = move |event: PointerEvent| {
        let (from, to) = (pressed.get_untracked(), at(&event));
        pressed.set(None);
        let (Some(from), Some((to, _))) = (from, to) else { return };
        if (to - from).abs() >= DRAG_PX {
            let times = chart
                .with_untracked(|chart| [from.min(to), from.max(to)].map(|x| chart.time_at(size.get_untracked(), x)));
            zoom(app, times);
        } else if let Some(dot) = under.get_untracked() {
            app.open_found(dot.trace, None);
        }
    };
    let dragged = move || pressed.get().zip(pointer.get()).map(|(from, (to, _))| (from.min(to), (to - from).abs()));
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
            on:pointerdown=move |event| if event.button() == 0 { pressed.set(at(&event).map(|(x, _)| x)) }
            on:pointerup=up
        >
            <canvas node_ref=canvas aria-hidden="true"></canvas>
            {move || dragged().filter(|(_, width)| *width >= DRAG_PX).map(|(left, width)| view! { <i class="x-drag" style:left=format!("{left}px") style:width=format!("{width}px")></i> })}
            {move || hot_place().map(|(x, y)| view! { <i class="x-hot" style:left=format!("{x}px") style:top=format!("{y}px")></i> })}
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
                {chart.dots.iter().take(MOST_WORDS).enumerate().map(dot).collect_view()}
                {(more > 0).then(|| view! { <li>{format!("and {more} more traces")}</li> })}
            </ul>
        }
    }
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

/// A range out of a chart.
fn zoom(app: App, [from_ms, to_ms]: [f64; 2]) {
    let point = |ms: f64| When::parse(&format!("{}", ms.round() as i64));
    // Tempo takes whole seconds: a range has at least one.
    if let (Ok(from), Ok(to)) = (point(from_ms), point(to_ms.max(from_ms + 1_000.0))) {
        app.choose_range(TimeRange { from, to });
    }
}

/// A duration in seconds, as the charts' words have it.
pub fn seconds(value: f64) -> String {
    duration((value.max(0.0) * 1e9).round() as u64)
}
