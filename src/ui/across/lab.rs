//! The sampling lab: left the policies, right what they would keep of the traces that are loaded, what would be lost, and the Collector's
//! configuration.

use std::sync::Arc;

use leptos::prelude::*;

use super::policies::Policies;
use super::row::More;
use crate::analysis::sampling::{BlindSpot, COLLECTOR, Kept, Lost, Outcome, Row, Share, Volume};
use crate::base::format::{bytes, count, counted, percent};
use crate::state::across::Lab;
use crate::state::app::App;
use crate::state::react::derived;
use crate::ui::icon::Icon;
use crate::ui::parts::{Choice, service_words};

const SHOWN: usize = 50;
const FEW: usize = 10;
/// Of which `percent` is told the parts.
const PARTS: f64 = 1_000_000.0;

#[derive(Clone, Copy)]
struct Look {
    /// Of a GB, in whatever money.
    price: RwSignal<Option<f64>>,
    by_operation: RwSignal<bool>,
    /// How many rows and blind spots are shown.
    rows: RwSignal<usize>,
    spots: RwSignal<usize>,
}

#[component]
pub fn SamplingLab() -> impl IntoView {
    let across = App::get().across;
    // How the outcome is looked at stays while policies are tried.
    let look = Look {
        price: RwSignal::new(None),
        by_operation: RwSignal::new(false),
        rows: RwSignal::new(SHOWN),
        spots: RwSignal::new(FEW),
    };
    let kept = move || {
        across.lab.get().map(|lab| {
            let Outcome { traces, spans, bytes, .. } = &lab.outcome;
            let words = format!("Keeps {} of traces ({})", share(traces.share.value), interval(traces.share));
            let rest = format!("{} of spans, {} of bytes", share(spans.share.value), share(bytes.share.value));
            view! { <h2>{words}</h2><span class="dim">{rest}</span> }
        })
    };
    view! {
        <div class="s-lab">
            <div class="l-kept" role="status" data-kept>{kept}</div>
            <Policies/>
            <div class="l-outcome">{move || across.lab.get().map(|lab| view! { <Outcomes lab look/> })}</div>
        </div>
    }
}

#[component]
fn Outcomes(lab: Arc<Lab>, look: Look) -> impl IntoView {
    let outcome = &lab.outcome;
    let config = lab.config.clone();
    let app = App::get();
    let copied = config.clone();
    view! {
        <Volumes outcome=outcome.clone() price=look.price/>
        <h2>"What each policy keeps"</h2>
        {policies(&outcome.policies)}
        <h2>"Blind spots"</h2>
        <BlindSpots spots=outcome.blind_spots.clone() shown=look.spots/>
        <Rows outcome=outcome.clone() look/>
        <h2>"What this cannot see"</h2>
        <ul class="l-limits" data-limits>{outcome.limits.iter().map(|words| view! { <li>{words.clone()}</li> }).collect_view()}</ul>
        <div class="l-row"><h2>"The Collector’s configuration"</h2><span class="grow"></span>
            <button class="btn line" on:click=move |_| app.copy(copied.clone(), "the configuration")><Icon name="copy"/>"Copy"</button>
        </div>
        <pre class="mono l-config" tabindex="0" aria-label="The Collector’s configuration" data-config>{config}</pre>
        <p class="dim">{format!("Decisions and keys as tailsamplingprocessor and probabilisticsamplerprocessor {COLLECTOR} have them.")}</p>
    }
}

/// An expected count: whole where it is large, one decimal where that says more.
fn expected(n: f64) -> String {
    match n {
        n if n < 0.05 && n > 0.0 => "<0.1".to_owned(),
        n if n < 100.0 && (n - n.round()).abs() >= 0.05 => format!("{n:.1}"),
        n => count(n.round().max(0.0) as u64),
    }
}

fn share(value: f64) -> String {
    percent((value * PARTS).round() as u64, PARTS as u64)
}

/// A share and the interval that a sample of this size allows.
fn interval(of: Share) -> String {
    format!("{}–{}", share(of.low).trim_end_matches(" %"), share(of.high))
}

#[component]
fn Volumes(outcome: Outcome, price: RwSignal<Option<f64>>) -> impl IntoView {
    let adjusted = match outcome.with_threshold {
        0 => String::new(),
        n => format!(
            " {} say how many they stand for; before is the traffic before the sampling in place.",
            count(u64::from(n))
        ),
    };
    let of = counted(u64::from(outcome.loaded), "trace", "traces");
    let line = |name: &'static str, of: Volume, words: &dyn Fn(f64) -> String, month: bool| {
        let monthly = |n: f64| month.then(|| outcome.per_month(n)).flatten().map(words);
        view! {
            <tr data-volume=name data-before=of.before.to_string() data-after=of.after.to_string()>
                <td>{name}</td><td class="num">{words(of.before)}</td><td class="num">{words(of.after)}</td>
                <td class="num strong">{share(of.share.value)}</td><td class="num dim">{interval(of.share)}</td>
                <td class="num">{monthly(of.before)}</td><td class="num">{monthly(of.after)}</td>
            </tr>
        }
    };
    let (before, after) = (outcome.per_month(outcome.bytes.before), outcome.per_month(outcome.bytes.after));
    let of_bytes = |n: f64| bytes(n.round() as u64);
    let rate = outcome
        .traces_per_second
        .map(|rate| format!("A month is 30 days at {} new traces a second.", crate::base::format::rate(rate)));
    let cost = move |of: Option<f64>| price.get().zip(of).map(|(price, of)| format!("{:.2}", of / 1e9 * price));
    view! {
        <h2>"Volume"</h2>
        <p class="dim">{format!("Expected values over {of}, with the 95 % interval that so many allow.{adjusted}")}</p>
        <table class="t a-table">
            <thead><tr><th></th><th class="num">"Before"</th><th class="num">"After"</th><th class="num">"Kept"</th><th class="num">"Interval"</th><th class="num">"A month before"</th><th class="num">"After"</th></tr></thead>
            <tbody>
                {line("Traces", outcome.traces, &expected, true)}
                {line("Spans", outcome.spans, &expected, true)}
                {line("Bytes", outcome.bytes, &of_bytes, true)}
                {line("Traces with errors", outcome.error_traces, &expected, true)}
                <tr data-volume="Cost"><td colspan="5">
                    <label class="row-flex">"Cost at "<input class="field num l-price" type="number" min="0" step="any" data-price aria-label="Price of a gigabyte" prop:value=move || price.get().map(|price| price.to_string())
                        on:change:target=move |event| price.set(event.target().value().parse().ok().filter(|price: &f64| price.is_finite() && *price >= 0.0))/>" a GB"</label>
                </td><td class="num">{move || cost(before)}</td><td class="num strong">{move || cost(after)}</td></tr>
            </tbody>
        </table>
        <p class="dim">{rate}" Bytes are uncompressed OTLP."</p>
    }
}

fn policies(kept: &[Kept]) -> AnyView {
    let line = |one: &Kept| {
        match one.off.clone() {
        Some(why) => view! { <tr data-keeps=one.name.clone()><td>{one.name.clone()}</td><td class="dim" colspan="5">"off: "{why}</td></tr> }.into_any(),
        None => view! {
            <tr data-keeps=one.name.clone() data-traces=one.traces.after.to_string() data-alone=one.alone.to_string()>
                <td>{one.name.clone()}</td><td class="num">{expected(one.traces.after)}</td><td class="num strong">{share(one.traces.share.value)}</td>
                <td class="num dim">{interval(one.traces.share)}</td><td class="num">{expected(one.alone)}</td><td class="num">{expected(one.spans)}</td>
            </tr>
        }
        .into_any(),
    }
    };
    view! {
        <table class="t a-table">
            <thead><tr><th>"Policy"</th><th class="num" title="Policies overlap">"Traces"</th><th class="num">"Of all"</th><th class="num">"Interval"</th><th class="num" title="Traces that no other policy keeps">"Alone"</th><th class="num">"Spans"</th></tr></thead>
            <tbody>{kept.iter().map(line).collect_view()}</tbody>
        </table>
        {kept.is_empty().then(|| view! { <p class="dim">"No policy: whatever passes the head is kept."</p> })}
    }
    .into_any()
}

/// What may not be seen again, the likeliest first.
#[component]
fn BlindSpots(spots: Vec<BlindSpot>, shown: RwSignal<usize>) -> impl IntoView {
    if spots.is_empty() {
        return view! { <p class="dim" data-no-blind-spot>"None: whatever these traces show would be seen again."</p> }
            .into_any();
    }
    let line = |spot: &BlindSpot| {
        let what = match spot.lost {
            Lost::Operation => "vanishes",
            Lost::Errors => "its errors vanish",
        };
        let seen = format!("{} of {}", expected(spot.expected), counted(u64::from(spot.seen), "trace", "traces"));
        view! {
            <tr data-blind=spot.operation.clone() data-chance=spot.chance.to_string()>
                <td><span class="mid">{service_words(&spot.service)}</span>" "<span class="cut">{spot.operation.clone()}</span></td>
                <td>{what}</td><td class="num strong">{share(spot.chance)}</td><td class="num">{seen}</td>
            </tr>
        }
    };
    let many = spots.len();
    view! {
        <table class="t a-table" data-blind-spots>
            <thead><tr><th>"Operation"</th><th>"What"</th><th class="num" title="That none of these traces is kept">"Chance"</th><th class="num">"Expected kept"</th></tr></thead>
            <tbody>{move || spots.iter().take(shown.get()).map(line).collect_view()}</tbody>
        </table>
        <More shown total=many/>
    }
    .into_any()
}

/// By service or by operation: what is kept, by which policy.
#[component]
fn Rows(outcome: Outcome, look: Look) -> impl IntoView {
    let Look { by_operation, rows: shown, .. } = look;
    let outcome = StoredValue::new(outcome);
    let names: Vec<String> = outcome.with_value(|outcome| {
        outcome.policies.iter().filter(|one| one.off.is_none()).map(|one| one.name.clone()).collect()
    });
    let on: Vec<bool> = outcome.with_value(|outcome| outcome.policies.iter().map(|one| one.off.is_none()).collect());
    let line = move |row: &Row| {
        let name = if row.operation.is_empty() { service_words(&row.service) } else { row.operation.clone() };
        let service = (!row.operation.is_empty()).then(|| service_words(&row.service));
        let (mark, kept) = (name.clone(), row.traces);
        let errors = row.error_traces;
        view! {
            <tr data-sampled=mark data-service=row.service.clone() data-after=kept.after.to_string()>
                <td>{service.map(|service| view! { <span class="mid">{service}</span>" " })}<span class="cut">{name}</span></td>
                <td class="num">{expected(kept.before)}</td><td class="num">{expected(kept.after)}</td>
                <td class="num strong">{share(kept.share.value)}</td><td class="num dim">{interval(kept.share)}</td>
                <td class="num">{(errors.before > 0.0).then(|| format!("{} of {}", expected(errors.after), expected(errors.before)))}</td>
                <td class="num">{format!("{} of {}", expected(row.spans_after), expected(row.spans_before))}</td>
                {row.by_policy.iter().zip(&on).filter(|(_, on)| **on).map(|(kept, _)| view! { <td class="num dim">{expected(*kept)}</td> }).collect_view()}
            </tr>
        }
    };
    let line = StoredValue::new(line);
    let rows =
        move |outcome: &Outcome| if by_operation.get() { outcome.operations.clone() } else { outcome.services.clone() };
    let total = move || outcome.with_value(|outcome| rows(outcome).len());
    view! {
        <div class="l-row"><h2>"What is kept of whom"</h2>
            <div class="seg" role="group" aria-label="By">
                <Choice name="Services" on=derived(move || !by_operation.get()) on_choose=move || by_operation.set(false)/>
                <Choice name="Operations" on=derived(move || by_operation.get()) on_choose=move || by_operation.set(true)/>
            </div>
        </div>
        <table class="t a-table" data-sampled-rows>
            <thead><tr><th></th><th class="num">"Traces"</th><th class="num">"After"</th><th class="num">"Kept"</th><th class="num">"Interval"</th><th class="num">"With errors"</th><th class="num">"Spans"</th>
                {names.into_iter().map(|name| view! { <th class="num" title="Traces that this policy keeps, whatever the others do">{name}</th> }).collect_view()}
            </tr></thead>
            <tbody>{move || outcome.with_value(|outcome| rows(outcome).iter().take(shown.get()).map(|row| line.with_value(|line| line(row))).collect_view())}</tbody>
        </table>
        <More shown total=Signal::derive(total)/>
    }
}
