//! The line at the bottom: how many rows hold how many spans, what is folded or hidden, and how to see it all.

use leptos::prelude::*;

use crate::base::format::{count, counted, duration};
use crate::layout::rows::Totals;
use crate::model::SpanIdx;
use crate::state::app::App;

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
                <span><kbd class="kbd">"W"</kbd><kbd class="kbd">"A"</kbd><kbd class="kbd">"S"</kbd><kbd class="kbd">"D"</kbd>" zoom, pan"</span>
                <span><kbd class="kbd">"J"</kbd><kbd class="kbd">"K"</kbd>" rows"</span>
                <span><kbd class="kbd">"E"</kbd>" next error"</span>
                <span><kbd class="kbd">"?"</kbd>" all keys"</span>
            </span>
        </footer>
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
