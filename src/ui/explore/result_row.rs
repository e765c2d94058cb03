//! One line of the results: a trace, a set of its spans, or a span.

use std::sync::Arc;

use leptos::prelude::*;

use crate::base::format::{count, counted, duration_parts};
use crate::source::search::FoundTrace;
use crate::state::app::App;
use crate::state::explore::search::Results;
use crate::state::stamp::absolute;
use crate::ui::icon::{ErrorMark, Icon};
use crate::ui::parts::slot_class;

/// The bar of the longest trace.
const BAR_PX: f64 = 64.0;

/// Positions of a trace among those found, of a set in it, of a span in that.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Line {
    Trace(u32),
    Set(u32, u32),
    Span(u32, u32, u32),
    /// Spans of a set that did not come along.
    More(u32, u32),
}

#[component]
pub fn ResultRow(
    found: StoredValue<Arc<Results>>,
    line: Line,
    place: usize,
    top_px: f64,
    longest_ms: u64,
) -> impl IntoView {
    let app = App::get();
    let came = found.get_value();
    let (found, is_one_day) = (&came.found, came.asked.is_one_day());
    let cursor = app.explore.results.cursor;
    let (Line::Trace(at) | Line::Set(at, _) | Line::Span(at, ..) | Line::More(at, _)) = line;
    let Some(trace) = found.traces.get(at as usize).cloned() else { return ().into_any() };
    let id = trace.id;
    let span = match line {
        Line::Span(_, set, span) => {
            trace.span_sets.get(set as usize).and_then(|set| set.spans.get(span as usize)).map(|span| span.id)
        }
        _ => None,
    };
    let open = move || match line {
        Line::Trace(_) | Line::Span(..) => app.open_found(id, span),
        Line::Set(..) | Line::More(..) => {}
    };
    let press = move |event: leptos::ev::KeyboardEvent| {
        let unfold = |wanted: bool| {
            app.explore.results.unfolded.update(|unfolded| {
                if wanted {
                    unfolded.insert(id);
                } else {
                    unfolded.remove(&id);
                }
            });
        };
        match event.key().as_str() {
            "Enter" => open(),
            "ArrowRight" => unfold(true),
            "ArrowLeft" => unfold(false),
            _ => return,
        }
        event.prevent_default();
    };
    let is_trace = matches!(line, Line::Trace(_));
    let cells = match line {
        Line::Trace(_) => trace_cells(app, &trace, longest_ms, is_one_day),
        Line::Set(_, set) => set_cells(&trace, set),
        Line::Span(_, set, span) => span_cells(&trace, set, span),
        Line::More(_, set) => more_cells(&trace, set),
    };
    let is_unfolded = move || app.explore.results.unfolded.with(|unfolded| unfolded.contains(&id));
    view! {
        <div
            class="list-row" class:sub=!is_trace class:hot=move || app.explore.results.hot.get() == Some(id) on:pointerenter=move |_| app.explore.results.hot.set(Some(id)) on:pointerleave=move |_| app.explore.results.hot.set(None) role="row" tabindex=move || if cursor.get() == place { "0" } else { "-1" } on:focus=move |_| cursor.set(place)
            attr:aria-level=if is_trace { "1" } else { "2" } aria-expanded=move || is_trace.then(|| is_unfolded().to_string())
            data-place=place data-found=is_trace.then(|| id.to_string()) data-found-span=span.map(|span| span.to_string()) aria-rowindex=place + 2
            style:transform=format!("translateY({top_px}px)") on:click=move |_| open() on:keydown=press
        >
            {cells}
        </div>
    }
    .into_any()
}

fn milliseconds(ms: u64) -> AnyView {
    // Tempo's figure is whole milliseconds: 0 is less than one.
    let (figure, unit) = if ms == 0 { ("<1".to_owned(), "ms") } else { duration_parts(ms.saturating_mul(1_000_000)) };
    view! { {figure}<u class="u">{unit}</u> }.into_any()
}

fn trace_cells(app: App, trace: &FoundTrace, longest_ms: u64, is_one_day: bool) -> AnyView {
    let id = trace.id;
    let unfolded = app.explore.results.unfolded;
    let is_unfolded = move || unfolded.with(|unfolded| unfolded.contains(&id));
    let toggle = move |event: leptos::ev::MouseEvent| {
        event.stop_propagation();
        unfolded.update(|unfolded| {
            if !unfolded.remove(&id) {
                unfolded.insert(id);
            }
        });
    };
    let nanos = trace.start_unix_nano;
    let start = move || {
        let (whole, _) = absolute(nanos, &app.prefs.zone.get());
        // Within a day the day says nothing.
        let shown = whole.split_once(' ').map(|(_, time)| time.to_owned()).filter(|_| is_one_day);
        (shown.unwrap_or_else(|| whole.clone()), whole)
    };
    let names: Vec<&str> = trace.services.iter().map(|service| service.name.as_str()).collect();
    let root_service = trace.root.as_ref().map(|(service, _)| service.clone()).unwrap_or_default();
    let slots = app.colours_of(names.iter().copied().chain([root_service.as_str()]));
    let root_slot = slots.last().copied().unwrap_or_default();
    let share = trace.duration_ms as f64 / longest_ms as f64 * BAR_PX;
    let has_spans = !trace.span_sets.is_empty();
    let failing: Vec<_> = trace.services.iter().filter(|service| service.errors > 0).collect();
    let worst =
        failing.iter().max_by_key(|service| service.errors).map(|service| (service.name.clone(), service.errors));
    let others = trace.errors().saturating_sub(worst.as_ref().map_or(0, |(_, errors)| *errors));
    let services = trace.services.iter().zip(slots).map(|(service, slot)| {
        view! { <span class=slot_class(slot) class:err=service.errors.gt(&0)><i class="sw"></i>{service.name.clone()}</span> }
    });
    let services_said = trace.services.iter().map(|service| service.name.clone()).collect::<Vec<_>>().join(", ");
    view! {
        <div role="gridcell" class="row-flex">
            {has_spans.then(|| view! {
                <button class="btn icon twist" tabindex="-1" aria-label="Spans that matched" title="Spans that matched" on:click=toggle>{move || view! { <Icon name=if is_unfolded() { "down" } else { "right" }/> }}</button>
            })}
            <span class="mono cut" data-figure="start" title=move || start().1>{move || start().0}</span>
        </div>
        <div role="gridcell" class="row-flex x-root">
            {match trace.root.clone() {
                Some((service, operation)) => view! { <span class="row-flex x-who"><i class=format!("sw {}", slot_class(root_slot))></i><span class="mid">{service}</span><span class="cut">{operation}</span></span> }.into_any(),
                None => view! { <span class="warn" title="The root span has not been received yet, or was not sampled">"root not received"</span> }.into_any(),
            }}
            <span class="svc-names cut wide" title=services_said data-services>{services.collect_view()}</span>
        </div>
        <div role="gridcell" class="row-flex x-duration"><span class="num" data-figure="duration">{milliseconds(trace.duration_ms)}</span><i class="hbar" style:width=format!("{share:.0}px")></i></div>
        <div role="gridcell" class="num" data-figure="spans">{count(trace.spans())}</div>
        <div role="gridcell" class="cut row-flex" data-figure="errors">
            {worst.map(|(name, errors)| view! { <ErrorMark/><span class="cut">{name}</span><span class="num">{count(errors)}</span> })}
            {(others > 0).then(|| view! { <span class="dim">{format!("+{}", count(others))}</span> })}
        </div>
        <div role="gridcell" class="num" data-figure="matched">{if has_spans { count(trace.matched()) } else { String::new() }}</div>
    }
    .into_any()
}

/// What `by()` and `count()` made of the spans below.
fn set_cells(trace: &FoundTrace, set: u32) -> AnyView {
    let Some(set) = trace.span_sets.get(set as usize) else { return ().into_any() };
    view! { <div role="gridcell" class="x-under row-flex" data-set>{attributes(&set.attributes)}<span class="dim">{format!("{} matched", count(set.matched))}</span></div> }.into_any()
}

fn span_cells(trace: &FoundTrace, set: u32, span: u32) -> AnyView {
    let Some(span) = trace.span_sets.get(set as usize).and_then(|set| set.spans.get(span as usize)) else {
        return ().into_any();
    };
    let (figure, unit) = duration_parts(span.duration_ns);
    let (after, after_unit) = duration_parts(span.start_unix_nano.saturating_sub(trace.start_unix_nano));
    let name = if span.name.is_empty() { span.id.to_string() } else { span.name.clone() };
    view! {
        <div role="gridcell" class="x-under row-flex">
            <span class="mono">{name}</span>
            <span class="dim">{format!("after {after} {after_unit}")}</span>
            <span>{figure}<u class="u">{unit}</u></span>
            {attributes(&span.attributes)}
        </div>
    }
    .into_any()
}

fn more_cells(trace: &FoundTrace, set: u32) -> AnyView {
    let Some(set) = trace.span_sets.get(set as usize) else { return ().into_any() };
    let more = set.matched.saturating_sub(set.spans.len() as u64);
    view! { <div role="gridcell" class="x-under dim">{counted(more, "more span matches", "more spans match")}": open the trace and find them there"</div> }.into_any()
}

fn attributes(attributes: &[(String, String)]) -> AnyView {
    attributes
        .iter()
        .map(|(name, value)| view! { <span class="x-attr mono cut"><span class="dim">{name.clone()}</span>" "{value.clone()}</span> })
        .collect_view()
        .into_any()
}
