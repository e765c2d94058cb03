//! The line at the bottom: how many rows hold how many spans, what is folded or hidden, and how to see it all.

use leptos::prelude::*;

use crate::base::format::{count, counted, duration};
use crate::layout::rows::Totals;
use crate::model::{Outline, SpanIdx};
use crate::state::app::App;
use crate::state::keys::{Action, hint};
use crate::state::url::View as Tab;
use crate::ui::map::status as map_status;
use crate::ui::stats::status as table_status;

#[component]
pub fn StatusBar() -> impl IntoView {
    let app = App::get();
    let view = app.view;
    view! {
        <footer class="status" data-status>
            {move || match view.tab.get() {
                Tab::Timeline => view! { <RowFigures/> }.into_any(),
                Tab::Flame => view! { <BoxFigures/> }.into_any(),
                tab => view! { <span>{move || words(app, tab)}</span><Hidden/> }.into_any(),
            }}
            {move || found(app).map(|words| view! { <span class="only-wide">"Find: "{words}</span> })}
            {move || selected(app).map(|words| view! { <span class="only-wide cut">"Selected "<b>{words}</b></span> })}
            {move || view.cursor_ns.get().map(|ns| view! { <span class="only-wide">"Cursor "<b>{duration(ns)}</b></span> })}
            <span class="end only-wide" aria-hidden="true">
                {move || hints(view.tab.get()).iter().map(|(actions, words)| view! { <Hint actions=actions words=words/> }).collect_view()}
            </span>
        </footer>
    }
}

/// `40 rows hold 147 spans`, what is folded or hidden, and how to see it all.
#[component]
fn RowFigures() -> impl IntoView {
    let app = App::get();
    let totals = move || app.shown.with(|shown| shown.as_ref().map(|shown| shown.rows.totals).unwrap_or_default());
    view! {
        <span>{move || rows_hold(totals().rows, totals().spans_total)}</span>
        <NotShown totals=Signal::derive(totals)/>
    }
}

/// `84 boxes in 31 rows hold 118 spans`.
#[component]
fn BoxFigures() -> impl IntoView {
    let app = App::get();
    let totals = move || app.flame.with(|flame| flame.as_ref().map(|flame| flame.rows.totals).unwrap_or_default());
    let figures = move || {
        let packed = app.flame.with(|flame| flame.as_ref().map(|flame| (flame.packed.len(), flame.packed.row_count())));
        packed.unwrap_or_default()
    };
    view! {
        <span>{move || {
            let (boxes, rows) = figures();
            let noun = if boxes == 1 { " box in " } else { " boxes in " };
            view! { <b>{count(boxes as u64)}</b>{noun}{rows_hold(rows, totals().spans_total)} }
        }}</span>
        <NotShown totals=Signal::derive(totals)/>
    }
}

/// `1 row holds 2 spans`.
fn rows_hold(rows: u32, spans: u32) -> impl IntoView {
    let hold = if rows == 1 { " row holds " } else { " rows hold " };
    let noun = if spans == 1 { " span" } else { " spans" };
    view! { <b>{count(u64::from(rows))}</b>{hold}<b>{count(u64::from(spans))}</b>{noun} }
}

/// Spans that have no row or box of their own.
#[component]
fn NotShown(totals: Signal<Totals>) -> impl IntoView {
    let app = App::get();
    view! {
        {move || parts(totals.get()).into_iter().map(|words| view! { <span>{words}</span> }).collect_view()}
        <Show when=move || totals.with(|totals| totals.spans_shown < totals.spans_total)>
            <button class="btn link" on:click=move |_| app.show_all()>"show all"</button>
        </Show>
    }
}

/// Where a view has no rows: which services it leaves out, and how to see them.
#[component]
fn Hidden() -> impl IntoView {
    let app = App::get();
    let hidden = move || app.view.options.with(|options| (options.hidden_services.count(), options.focus.is_some()));
    view! {
        <Show when=move || hidden() != (0, false)>
            <span>{move || match hidden() {
                (0, _) => "a subtree only".to_owned(),
                (services, focused) => format!("{} hidden{}", counted(u64::from(services), "service", "services"), if focused { ", a subtree only" } else { "" }),
            }}</span>
            <button class="btn link" on:click=move |_| app.show_every_service()>"show all services"</button>
        </Show>
    }
}

/// What the other views hold.
fn words(app: App, tab: Tab) -> String {
    match tab {
        Tab::Graph => app.graph.merged.with(|merged| {
            let frames = merged.as_ref().map(|merged| merged.tree().len() as u64 - 1).unwrap_or_default();
            counted(frames, "merged frame", "merged frames")
        }),
        Tab::Map => map_status(app.map).unwrap_or_default(),
        Tab::Stats => {
            app.stats.grouped.with(|grouped| grouped.as_ref().map(|grouped| table_status(grouped)).unwrap_or_default())
        }
        Tab::Findings => {
            let told = app.finding_counts().map(|(mend, info)| counted(mend + info, "finding", "findings"));
            let warnings =
                app.outline.with(|outline| outline.as_ref().map(|outline| warnings_of(outline)).unwrap_or_default());
            let repairs = (warnings > 0).then(|| format!("{} while reading", counted(warnings, "warning", "warnings")));
            told.into_iter().chain(repairs).collect::<Vec<_>>().join(", ")
        }
        Tab::Timeline | Tab::Flame => String::new(),
    }
}

/// Warnings of a trace, those included that are told only by their number.
fn warnings_of(outline: &Outline) -> u64 {
    outline.headline.warnings.iter().map(|warning| warning.count).sum()
}

/// What find came to, in spans and self time.
fn found(app: App) -> Option<String> {
    let text = app.view.find.get();
    let matches = app.view.matches.get();
    let outline = app.outline.get()?;
    if text.trim().is_empty() || !matches.done {
        return None;
    }
    let own: u64 = matches.spans.iter().filter_map(|at| outline.self_ns.get(SpanIdx(*at).index())).sum();
    Some(format!("{}, {} self time", counted(matches.spans.len() as u64, "span", "spans"), duration(own)))
}

/// The selected span, where no row shows it.
fn selected(app: App) -> Option<String> {
    if app.view.tab.get() == Tab::Timeline {
        return None;
    }
    let (span, outline) = (app.view.selected.get()?, app.outline.get()?);
    (span.index() < outline.len()).then(|| format!("{}, {}", outline.label(span), outline.duration_words(span)))
}

/// What the line's end reminds of.
type Hints = &'static [(&'static [Action], &'static str)];

const STEPS: &[Action] = &[Action::NextRow, Action::PreviousRow];
const TIME: &[Action] = &[Action::ZoomIn, Action::PanLeft, Action::ZoomOut, Action::PanRight];

fn hints(tab: Tab) -> Hints {
    match tab {
        Tab::Timeline => {
            &[(TIME, "zoom, pan"), (STEPS, "rows"), (&[Action::NextError], "next error"), (&[Action::Help], "all keys")]
        }
        Tab::Flame => &[
            (TIME, "zoom, pan"),
            (&[Action::Fit], "fit"),
            (&[Action::Details], "details"),
            (&[Action::Help], "all keys"),
        ],
        Tab::Graph => &[
            (&[Action::ZoomToSelection], "zoom in"),
            (&[Action::Close], "out"),
            (&[Action::Details], "details"),
            (&[Action::Help], "all keys"),
        ],
        Tab::Map => &[
            (&[Action::PreviousRow, Action::NextRow, Action::Collapse, Action::Expand], "neighbours"),
            (&[Action::Details], "show in timeline"),
            (&[Action::Help], "all keys"),
        ],
        Tab::Stats | Tab::Findings => {
            &[(&[Action::Find], "find"), (&[Action::NextError], "next error"), (&[Action::Help], "all keys")]
        }
    }
}

/// The keys of some actions in the reader's scheme; nothing where it has none.
#[component]
fn Hint(actions: &'static [Action], words: &'static str) -> impl IntoView {
    let app = App::get();
    let caps = move || actions.iter().filter_map(|action| hint(app.scheme(), *action)).collect::<Vec<_>>();
    view! {
        <Show when=move || !caps().is_empty()>
            <span>{caps().into_iter().map(|cap| view! { <kbd class="kbd">{cap}</kbd> }).collect_view()}" "{words}</span>
        </Show>
    }
}

fn parts(totals: Totals) -> Vec<String> {
    let part = |n: u32, words: &str| (n > 0).then(|| format!("{} {words}", count(u64::from(n))));
    [
        part(totals.folded_pass_through, "pass-through folded"),
        part(totals.grouped, "in groups"),
        part(totals.collapsed, "collapsed"),
        part(totals.hidden_by_service, "of hidden services"),
        part(totals.out_of_focus, "out of focus"),
    ]
    .into_iter()
    .flatten()
    .collect()
}
