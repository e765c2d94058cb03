//! One finding: its sentence, what it costs, and unfolded its evidence, its rule, what mends it and its spans.

use leptos::prelude::*;

use super::line::{SpanLine, is_in_scope};
use super::other_half::OtherHalf;
use crate::analysis::findings::{Confidence, FindingKind, FindingLine, Severity};
use crate::base::format::{count, counted, duration, percent};
use crate::model::SpanIdx;
use crate::state::app::App;
use crate::state::react::{derived, memo};
use crate::ui::icon::{ErrorMark, Icon};
use crate::ui::parts::{Choice, IconButton};

/// Spans that are listed before the reader asks for more, and how many come with each press.
pub const LISTED: usize = 8;
const MORE: usize = 200;

/// Which finding a card is of.
type Of = StoredValue<FindingLine>;

#[component]
pub fn Card(line: FindingLine) -> impl IntoView {
    let app = App::get();
    let of: Of = StoredValue::new(line);
    let open = memo(move |_| of.with_value(|line| app.findings.is_open(line)));
    let line = of.get_value();
    let words = line.kind.words();
    let place = format!("finding-{}", line.id.replace('.', "-"));
    let body = format!("{place}-body");
    let controls = body.clone();
    let is_marked =
        move || of.with_value(|line| app.view.find.with(|find| find.strip_prefix("finding:") == Some(&line.id)));
    if line.kind == FindingKind::SlowPart
        && let Some(span) = first_span(app, &line.id)
    {
        app.follow_unusual(line.id.clone(), SpanIdx(span));
    }
    let unusual = move || of.with_value(|line| app.findings.unusual.with(|unusual| unusual.get(&line.id).cloned()));
    view! {
        <article class="f-card" class:marked=is_marked data-finding=words.name data-finding-id=line.id.clone()>
            <h3>
                <button
                    class="f-title" id=place aria-expanded=move || open.get().to_string() aria-controls=move || open.get().then(|| controls.clone())
                    on:click=move |_| of.with_value(|line| app.findings.turn(&line.id))
                >
                    <Mark severity=line.severity/>
                    <span class="f-words">
                        <span class="f-sentence">{line.title.clone()}</span>
                        <span class="dim">{words.title}" · "{counted(u64::from(line.span_count), "span", "spans")}" · "{confidence_words(line.confidence)}</span>
                        {move || unusual().map(|words| view! { <span class="f-unusual" data-unusual>{words}</span> })}
                    </span>
                    <Cost cost_ns=line.cost_ns total_ns=line.total_ns/>
                    <span class="f-caret" class:down=move || open.get()><Icon name="right"/></span>
                </button>
            </h3>
            {move || open.get().then(|| view! { <div class="f-body" id=body.clone()><Body of/></div> })}
        </article>
    }
}

fn first_span(app: App, id: &str) -> Option<u32> {
    app.findings.found.with_untracked(|found| found.as_ref()?.named(id)?.spans.first().copied())
}

pub fn confidence_words(confidence: Confidence) -> &'static str {
    match confidence {
        Confidence::High => "certain",
        Confidence::Medium => "likely",
        Confidence::Low => "a hint",
    }
}

#[component]
fn Mark(severity: Severity) -> impl IntoView {
    match severity {
        Severity::Error => view! { <ErrorMark/> }.into_any(),
        Severity::Warning => {
            view! { <span class="f-mark warn"><Icon name="warning"/><span class="vh">"Warning: "</span></span> }
                .into_any()
        }
        Severity::Info => {
            view! { <span class="f-mark"><Icon name="info"/><span class="vh">"Info: "</span></span> }.into_any()
        }
    }
}

/// What it costs on the critical path, as a bar of the request; without that what it takes in total.
#[component]
fn Cost(cost_ns: u64, total_ns: u64) -> impl IntoView {
    let app = App::get();
    let whole_ns = app.outline.with_untracked(|outline| {
        let headline = outline.as_ref().map(|outline| &outline.headline);
        headline.map(|headline| headline.critical_path_ns).unwrap_or_default()
    });
    if cost_ns == 0 {
        let total = (total_ns > 0).then(|| duration(total_ns));
        return view! { <span class="f-cost">{total.map(|total| view! { <span class="dim" title="The durations of its spans; none of it is on the critical path">{total}" in total"</span> })}</span> }.into_any();
    }
    let share = if whole_ns == 0 { 0.0 } else { (cost_ns as f64 / whole_ns as f64 * 100.0).min(100.0) };
    view! {
        <span class="f-cost" title="On the critical path">
            <span class="f-bar" aria-hidden="true"><i style:width=format!("{share:.2}%")></i></span>
            <span class="num">{duration(cost_ns)}</span>
            <span class="num dim">{percent(cost_ns, whole_ns)}<span class="vh">" of the critical path"</span></span>
        </span>
    }
    .into_any()
}

/// What all of its spans took, where that is more than what they cost.
pub fn total_words(line: &FindingLine) -> Option<String> {
    (line.cost_ns > 0 && line.total_ns > line.cost_ns).then(|| {
        format!("{} in total, {} of it on the critical path.", duration(line.total_ns), duration(line.cost_ns))
    })
}

#[component]
fn Body(of: Of) -> impl IntoView {
    let app = App::get();
    let line = of.get_value();
    let total = total_words(&line);
    let first = first_span(app, &line.id);
    let is_broken = matches!(line.kind, FindingKind::BrokenPropagation | FindingKind::UnansweredCall);
    let evidence = line.evidence.into_iter().chain(total).map(|sentence| view! { <li>{sentence}</li> }).collect_view();
    view! {
        <div class="f-say">
            <ul class="f-evidence">{evidence}</ul>
            <dl class="f-about">
                <dt>"Usually mended by"</dt><dd>{line.fix}</dd>
                <dt>"Rule"</dt>
                <dd>{line.kind.words().rule}" "<button class="btn link" on:click=move |_| of.with_value(|line| app.turn_rule(line.kind, false))>"Turn it off"</button></dd>
            </dl>
        </div>
        <div class="f-where">
            {(line.kind == FindingKind::ClockSkew).then(|| view! { <ClockSwitch/> })}
            <Steps of/>
            <Spans of/>
            {first.filter(|_| is_broken).map(|span| view! { <OtherHalf span/> })}
        </div>
    }
}

/// Recorded times, or clocks put right: for all of the trace, and said in its header.
#[component]
fn ClockSwitch() -> impl IntoView {
    let app = App::get();
    let right = move || app.arrangement.with(|arrangement| arrangement.clocks_right);
    view! {
        <div class="seg" role="group" aria-label="Times">
            <Choice name="Recorded times" on=derived(move || !right()) on_choose=move || app.put_clocks_right(false)/>
            <Choice name="Clocks put right" on=derived(right) on_choose=move || app.put_clocks_right(true)/>
        </div>
    }
}

/// Marking the spans in every view, and going from one to the next.
#[component]
fn Steps(of: Of) -> impl IntoView {
    let app = App::get();
    let total = of.with_value(|line| u64::from(line.span_count));
    let is_marked =
        memo(move |_| of.with_value(|line| app.view.find.with(|find| find.strip_prefix("finding:") == Some(&line.id))));
    let at = move || {
        let step = app.findings.step.get();
        let at = step.filter(|(id, _)| of.with_value(|line| line.id == *id)).map(|(_, at)| at as u64 + 1);
        at.filter(|_| is_marked.get())
    };
    let step = move |by: i64| of.with_value(|line| app.step_finding(&line.id, by));
    view! {
        <div class="f-steps">
            <button
                class="btn line" class:on=move || is_marked.get() aria-pressed=move || is_marked.get().to_string()
                title="Marks them in every view, as find does" on:click=move |_| of.with_value(|line| app.mark_finding(&line.id))
            >
                <Icon name="focus"/>"Mark "{counted(total, "span", "spans")}
            </button>
            <IconButton icon="up" name="Previous span of this finding" on_click=move |_| step(-1)/>
            <IconButton icon="down" name="Next span of this finding" on_click=move |_| step(1)/>
            <span class="dim">{move || at().map(|at| format!("{} of {}", count(at), count(total)))}</span>
        </div>
    }
}

#[component]
fn Spans(of: Of) -> impl IntoView {
    let app = App::get();
    let shown = RwSignal::new(LISTED);
    // Spans in scope as far as they are listed, how many there are in scope, how many are not.
    let listed = memo(move |_| {
        let (mut first, mut in_scope, mut left_out) = (Vec::new(), 0usize, 0u64);
        app.findings.found.with(|found| {
            let one = found.as_ref().and_then(|found| Some((found, of.with_value(|line| found.named(&line.id))?)));
            let Some((found, one)) = one else { return };
            for span in one.spans.iter().map(|span| SpanIdx(*span)) {
                if !is_in_scope(app, &found.outline, span) {
                    left_out += 1;
                    continue;
                }
                in_scope += 1;
                if first.len() < shown.get() {
                    first.push(span);
                }
            }
        });
        (first, in_scope, left_out)
    });
    view! {
        <ul class="f-spans">
            {move || listed.with(|(first, ..)| first.iter().map(|span| view! { <SpanLine span=Some(*span)/> }).collect_view())}
        </ul>
        {move || listed.with(|(_, _, left_out)| (*left_out > 0).then(|| view! { <p class="dim">{format!("{} of hidden services or out of focus", count(*left_out))}</p> }))}
        {move || listed.with(|(first, in_scope, _)| {
            let more = (in_scope - first.len()).min(MORE);
            (more > 0).then(|| view! {
                <button class="btn link" on:click=move |_| shown.update(|shown| *shown += MORE)>
                    {format!("Show {} more of {}", count(more as u64), count(*in_scope as u64))}
                </button>
            })
        })}
    }
}
