//! Handing a trace over: what is taken out of it first, as a preview with counts; then a file, or a link with the trace inside.

use std::sync::Arc;

use leptos::prelude::*;

use crate::analysis::redact::{Rule, Taken};
use crate::base::format::{bytes, count, counted};
use crate::state::app::App;
use crate::state::evidence::save::Trial;
use crate::state::react::memo;
use crate::ui::icon::Icon;
use crate::ui::notes::NoteList;

#[component]
pub fn HandOverForm() -> impl IntoView {
    let app = App::get();
    app.hand_over.failed.set(String::new());
    app.follow_trial();
    view! {
        <div class="hand-over">
            <p class="mid">"One file that shows this trace as you see it now, on any machine, without a server: with the view, what is found and looked for, and the notes. It makes no request."</p>
            <section aria-labelledby="take-out">
                <h3 id="take-out">"Taken out first"</h3>
                <ul class="take-out">{Rule::OFFERED.map(|rule| view! { <RuleLine rule/> }).collect_view()}</ul>
                <Own/>
                <p class="dim">"A value that is taken out in one place is gone in every other: in texts, statements, names, findings and notes. Equal values get equal names. Words that could mean something else are taken out only where a rule finds them."</p>
            </section>
            <section aria-labelledby="hand-over-notes">
                <h3 id="hand-over-notes">"Notes"</h3>
                <NoteList/>
            </section>
            <Actions/>
        </div>
    }
}

/// What a rule takes out now.
fn taken(trial: Option<&Arc<Trial>>, rule: Rule) -> Option<Taken> {
    trial?.redaction.taken.iter().find(|taken| taken.rule == rule).cloned()
}

#[component]
fn RuleLine(rule: Rule) -> impl IntoView {
    let app = App::get();
    let over = app.hand_over;
    let on = move || over.rules.with(|rules| rules.is_on(rule));
    let turn = move |is_on: bool| {
        app.change_rules(|rules| rules.turn(rule, is_on));
    };
    view! {
        <li data-take-out=rule.word()>
            <label>
                <input type="checkbox" prop:checked=on on:change:target=move |event| turn(event.target().checked())/>
                <span class="strong">{rule.title()}</span><span class="dim grow">{rule.covers()}</span>
            </label>
            <Counted rule/>
        </li>
    }
}

/// How much a rule takes out; unfolded, where, and what a few of them become.
#[component]
fn Counted(rule: Rule) -> impl IntoView {
    let over = App::get().hand_over;
    let taken = memo(move |_| over.trial.with(|trial| taken(trial.as_ref(), rule)));
    let open = RwSignal::new(false);
    move || {
        match taken.get() {
        None => view! { <span class="n zero" data-places="0">"none"</span> }.into_any(),
        Some(Taken { values, places, keys, examples, .. }) => view! {
            <button class="btn link n" data-places=places.to_string() data-values=values.to_string()
                aria-expanded=move || open.get().to_string() on:click=move |_| open.update(|open| *open = !*open)>
                {match values {
                    0 => counted(places, "place", "places"),
                    _ => format!("{} in {}", counted(values.into(), "value", "values"), counted(places, "place", "places")),
                }}
            </button>
            <Show when=move || open.get()>
                <div class="taken">
                    <table class="t">
                        <thead><tr><th scope="col">"Recorded"</th><th scope="col">"Written"</th></tr></thead>
                        <tbody>{examples.iter().map(|(was, is)| view! { <tr><td class="mono">{was.clone()}</td><td class="mono">{is.clone()}</td></tr> }).collect_view()}</tbody>
                    </table>
                    <p class="dim">"In "{keys.iter().map(|(key, places)| format!("{key} ({})", count(*places))).collect::<Vec<_>>().join(", ")}</p>
                </div>
            </Show>
        }
        .into_any(),
    }
    }
}

/// The reader's own keys and texts, one a line.
#[component]
fn Own() -> impl IntoView {
    let app = App::get();
    let rules = app.hand_over.rules;
    let lines = |text: String| {
        text.lines().map(str::trim).filter(|line| !line.is_empty()).map(str::to_owned).collect::<Vec<_>>()
    };
    view! {
        <div class="own" data-take-out="redacted">
            <label><span>"Also these keys"</span>
                <textarea class="field" rows="2" spellcheck="false" placeholder="customer.*" data-own-keys
                    prop:value=rules.with_untracked(|rules| rules.keys.join("\n"))
                    on:input:target=move |event| app.change_rules(|rules| rules.keys = lines(event.target().value()))></textarea>
            </label>
            <label><span>"Also these texts"</span>
                <textarea class="field" rows="2" spellcheck="false" placeholder="ORD-*" data-own-texts
                    prop:value=rules.with_untracked(|rules| rules.texts.join("\n"))
                    on:input:target=move |event| app.change_rules(|rules| rules.texts = lines(event.target().value()))></textarea>
            </label>
            <Counted rule=Rule::Own/>
        </div>
    }
}

#[component]
fn Actions() -> impl IntoView {
    let app = App::get();
    let over = app.hand_over;
    let sum = move || {
        let trial = over.trial.get()?;
        let spans = app.outline.with(|outline| outline.as_ref().map(|outline| outline.len()).unwrap_or_default());
        let places = match trial.redaction.places() {
            0 => "nothing is taken out".to_owned(),
            places => format!("taken out in {}", counted(places, "place", "places")),
        };
        Some(format!("{}, {} before packing; {places}", counted(spans as u64, "span", "spans"), bytes(trial.bytes)))
    };
    view! {
        <footer class="hand-over-acts">
            <p class="mid" data-hand-over-sum>{sum}</p>
            <Show when=move || over.failed.with(|why| !why.is_empty())><p class="err" role="alert">{move || over.failed.get()}</p></Show>
            {move || app.no_evidence().map(|why| view! { <p class="warn" data-no-evidence>{why}</p> })}
            <div class="row-flex wrap">
                <button class="btn primary" data-save-evidence disabled=move || over.is_saving.get() || app.no_evidence().is_some() on:click=move |_| app.save_evidence()>
                    <Icon name="download"/>"Save as one file"
                </button>
                <button class="btn line" data-carrying-link disabled=move || over.is_saving.get() || app.no_carrying_link().is_some() on:click=move |_| app.copy_carrying_link()>
                    <Icon name="link"/>"Copy a link with the trace inside"
                </button>
            </div>
            <p class="dim">{move || app.no_carrying_link().unwrap_or("The link carries the trace behind its “#”, which browsers send to no server. Notes and findings do not go along.")}</p>
        </footer>
    }
}
