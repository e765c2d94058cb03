//! Is this slow, or always like this: a span beside what is usual for its operation, and the way to its like.

use leptos::prelude::*;

use crate::analysis::usual::Usual;
use crate::base::format::duration;
use crate::model::SpanIdx;
use crate::query::form::Form;
use crate::state::app::App;

#[component]
pub fn UsualLine(span: Signal<SpanIdx>) -> impl IntoView {
    let app = App::get();
    let operation = move || {
        let span = span.get();
        app.outline.with(|outline| {
            let outline = outline.as_ref().filter(|outline| span.index() < outline.len())?;
            Some((outline.service_name(span).to_owned(), outline.name(span).to_owned()))
        })
    };
    let length_ns = move || {
        let span = span.get();
        app.outline.with(|outline| {
            let outline = outline.as_ref().filter(|outline| span.index() < outline.len())?;
            outline.timing(span).is_known().then(|| outline.duration_of(span))
        })
    };
    let usual = app.follow_usual(operation);
    let alike = move |_| {
        if let Some((service, operation)) = operation() {
            app.search_from_trace(Form { service, operation, ..Form::default() }.write());
        }
    };
    move || {
        app.has_source().then(|| {
            let words = usual.get().zip(length_ns()).map(|(usual, ns)| in_words(&usual, ns));
            view! {
                <p class="usual" data-usual>
                    {words.map(|(words, is_slow)| view! { <span class:warn=is_slow title="This operation over the last hour">{words}</span>" " })}
                    <button class="btn link" title="Search for spans of the same service and name" on:click=alike>"Same operation"</button>
                </p>
            }
        })
    }
}

/// `p95 140 ms · 6.2 × · errors 0.3 %`, and whether this one is slow.
fn in_words(usual: &Usual, ns: u64) -> (String, bool) {
    let p95_ns = (usual.p95 * 1e9) as u64;
    let ratio = ns as f64 / p95_ns.max(1) as f64;
    let times = if ratio >= 10.0 { format!("{ratio:.0} ×") } else { format!("{ratio:.1} ×") };
    let errors = usual.error_share() * 100.0;
    (format!("p95 {} · {times} · errors {errors:.1} %", duration(p95_ns)), ratio > 1.0)
}
