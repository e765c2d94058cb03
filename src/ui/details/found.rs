//! What the selected span is part of: the findings that name it, each the way to itself.

use leptos::prelude::*;

use crate::model::SpanIdx;
use crate::state::app::App;
use crate::ui::icon::Icon;

#[component]
pub fn FoundIn(span: Signal<SpanIdx>) -> impl IntoView {
    let app = App::get();
    let titles = move || {
        let (at, off) = (span.get().0, app.prefs.findings_off.get());
        app.findings.found.with(|found| {
            let found = found.iter().flat_map(|found| found.iter());
            let names = found.filter(|one| one.spans.contains(&at) && !off.contains(&one.line.kind));
            names.map(|one| (one.line.id.clone(), one.line.title.clone())).collect::<Vec<_>>()
        })
    };
    move || {
        let titles = titles();
        (!titles.is_empty()).then(|| {
            let lines = titles.into_iter().map(|(id, title)| {
                let target = id.clone();
                view! {
                    <li><button class="btn link" data-found-in=id on:click=move |_| app.show_finding(&target)><Icon name="focus"/>{title}</button></li>
                }
            });
            view! { <ul class="found-in" aria-label="Findings of this span">{lines.collect_view()}</ul> }
        })
    }
}
