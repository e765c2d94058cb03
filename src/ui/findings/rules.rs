//! The rules: what each looks for, how often it found something, and whether it is on.

use leptos::prelude::*;

use crate::analysis::findings::FindingKind;
use crate::base::format::count;
use crate::state::app::App;

#[component]
pub fn Rules() -> impl IntoView {
    view! {
        <section class="f-rules" aria-label="Rules">
            <p class="dim">"Every rule, its thresholds and what it cannot tell are in docs/findings.md. What is turned off here stays off on this browser, for this page and the report."</p>
            <ul>{FindingKind::ALL.map(|kind| view! { <Rule kind/> }).collect_view()}</ul>
        </section>
    }
}

#[component]
fn Rule(kind: FindingKind) -> impl IntoView {
    let app = App::get();
    let words = kind.words();
    let on = move || app.prefs.findings_off.with(|off| !off.contains(&kind));
    let found = move || {
        let found = app.findings.found.get()?;
        Some(found.iter().filter(|one| one.line.kind == kind).count() as u64)
    };
    view! {
        <li data-rule=words.name>
            <label>
                <input type="checkbox" prop:checked=on on:change:target=move |event| app.turn_rule(kind, event.target().checked())/>
                <span class="strong">{words.title}</span>
                <span class="n" class:zero=move || found() == Some(0)>{move || found().map(count)}</span>
            </label>
            <p>{words.rule}</p>
        </li>
    }
}
