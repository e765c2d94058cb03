//! The line at the bottom: how many rows hold how many spans, what is folded or hidden, and how to see it all.

use leptos::prelude::*;

use crate::base::format::{count, counted, duration};
use crate::layout::rows::Totals;
use crate::model::SpanIdx;
use crate::state::app::App;
use crate::state::keys::{Action, hint};

#[component]
pub fn StatusBar() -> impl IntoView {
    let app = App::get();
    let view = app.view;
    let totals = move || app.shown.with(|shown| shown.as_ref().map(|shown| shown.rows.totals).unwrap_or_default());
    let hides = move || {
        let totals = totals();
        totals.spans_shown < totals.spans_total
    };
    let found = move || {
        let text = view.find.get();
        let matches = view.matches.get();
        let outline = app.outline.get()?;
        if text.trim().is_empty() || !matches.done {
            return None;
        }
        let own: u64 = matches.spans.iter().filter_map(|at| outline.self_ns.get(SpanIdx(*at).index())).sum();
        Some(format!("{}, {} self time", counted(matches.spans.len() as u64, "span", "spans"), duration(own)))
    };
    view! {
        <footer class="status" data-status>
            <span>{move || view! {
                <b>{count(u64::from(totals().rows))}</b>" rows hold "<b>{count(u64::from(totals().spans_total))}</b>" spans"
            }}</span>
            {move || parts(totals()).into_iter().map(|words| view! { <span>{words}</span> }).collect_view()}
            <Show when=hides>
                <button class="btn link" on:click=move |_| app.show_all()>"show all"</button>
            </Show>
            {move || found().map(|words| view! { <span class="only-wide">"Find: "{words}</span> })}
            {move || view.cursor_ns.get().map(|ns| view! { <span class="only-wide">"Cursor "<b>{duration(ns)}</b></span> })}
            <span class="end only-wide" aria-hidden="true">
                {HINTS.map(|(actions, words)| view! { <Hint actions words/> }).collect_view()}
            </span>
        </footer>
    }
}

/// What the line's end reminds of.
const HINTS: [(&[Action], &str); 4] = [
    (&[Action::ZoomIn, Action::PanLeft, Action::ZoomOut, Action::PanRight], "zoom, pan"),
    (&[Action::NextRow, Action::PreviousRow], "rows"),
    (&[Action::NextError], "next error"),
    (&[Action::Help], "all keys"),
];

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
