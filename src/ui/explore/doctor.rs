//! The set-up doctor: each source with its checks, what came of them in words, and what to copy where.

use leptos::prelude::*;

use super::pending::Progress;
use crate::base::format::counted;
use crate::source::doctor::{Finding, Verdict};
use crate::state::app::App;
use crate::state::explore::doctor::Part;
use crate::state::react::derived;
use crate::ui::failure::{Snippet, coded};
use crate::ui::icon::Icon;
use crate::ui::parts::Choice;

#[component]
pub fn DoctorScreen() -> impl IntoView {
    let app = App::get();
    let doctor = app.explore.doctor;
    view! {
        <div class="doctor board" tabindex="0" role="region" aria-label="Set-up doctor" data-doctor>
            <Progress of=doctor what="Asking each source"/>
            {move || {
                // Giving up changes what is said of each.
                doctor.since_ms.track();
                doctor.value.get()
            }.map(|parts| parts.iter().cloned().map(|part| view! { <Examined part/> }).collect_view())}
            {move || doctor.value.with(|parts| parts.as_ref().is_some_and(|parts| parts.len() < 2)).then(|| view! {
                <div class="msg explored"><h2><Icon name="info"/>"No source to examine"</h2><p>"A config.json beside this page names one, or ?tempo= in the address does."</p></div>
            })}
        </div>
    }
}

#[component]
fn Examined(part: Part) -> impl IntoView {
    let app = App::get();
    let failed = part.lines.iter().filter(|(finding, _)| finding.verdict == Verdict::Bad).count() as u64;
    let lacking = part.lines.iter().filter(|(finding, _)| finding.verdict == Verdict::Missing).count() as u64;
    let is_given_up = app.explore.doctor.since_ms.with_untracked(Option::is_none);
    let words = match (part.is_asking, failed, lacking) {
        (true, ..) if is_given_up => "given up".to_owned(),
        (true, ..) => "asking".to_owned(),
        (false, 0, 0) => "all is well".to_owned(),
        (false, 0, lacking) => format!("works, {}", counted(lacking, "thing missing", "things missing")),
        (false, failed, _) => format!("{failed} of {} failed", part.lines.len()),
    };
    let state = if failed > 0 { "err" } else { "dim" };
    view! {
        <section class="board-part" aria-label=part.name.clone() data-examined=part.name.clone()>
            <h2 class="phead"><b>{part.name.clone()}</b><span class="mono dim cut">{part.address}</span><span class="grow"></span><span class=state data-verdict role="status">{words}</span></h2>
            <ul class="checks">
                {part.lines.into_iter().map(|(finding, took_ms)| view! { <Check finding took_ms/> }).collect_view()}
            </ul>
        </section>
    }
}

/// Mark, class and word of a verdict.
fn mark(verdict: Verdict) -> (&'static str, &'static str, &'static str) {
    match verdict {
        Verdict::Good => ("check", "good", "Works"),
        Verdict::Missing => ("warning", "warn", "Missing"),
        Verdict::Bad => ("failed", "err", "Failed"),
        Verdict::Unknown => ("minus", "dim", "Not known"),
    }
}

#[component]
fn Check(finding: Finding, took_ms: Option<u64>) -> impl IntoView {
    let Finding { name, verdict, words, server_text, causes, advice, snippets, ways } = finding;
    let (icon, class, word) = mark(verdict);
    let list = |lines: Vec<String>, class: &'static str| {
        (!lines.is_empty()).then(|| view! { <ul class=class>{lines.iter().map(|line| view! { <li>{coded(line).into_any()}</li> }).collect_view()}</ul> })
    };
    view! {
        <li class="x-check" class:bad=verdict == Verdict::Bad data-check=name data-is=word>
            <span class=class><Icon name=icon/><span class="vh">{word}": "</span></span>
            <b>{name}</b>
            <div class="x-said">
                <p>{coded(&words).into_any()}</p>
                {server_text.map(|text| view! { <blockquote class="mono">{text}</blockquote> })}
                {list(causes, "do dim")}
                {list(advice, "do")}
                {(!ways.is_empty()).then(|| view! { <Ways ways/> })}
                {snippets.into_iter().map(|snippet| view! { <Snippet name=snippet.file text=snippet.text/> }).collect_view()}
            </div>
            <span class="dim num">{took_ms.map(|ms| format!("{ms} ms"))}</span>
        </li>
    }
    .into_any()
}

/// Several ways to the same, one at a time.
#[component]
fn Ways(ways: Vec<(&'static str, crate::source::failure::Snippet)>) -> impl IntoView {
    let chosen = RwSignal::new(0usize);
    let names: Vec<&'static str> = ways.iter().map(|(name, _)| *name).collect();
    view! {
        <div class="seg" role="group" aria-label="Which proxy">
            {names.into_iter().enumerate().map(|(at, name)| view! { <Choice name on=derived(move || chosen.get() == at) on_choose=move || chosen.set(at)/> }).collect_view()}
        </div>
        {move || ways.get(chosen.get()).cloned().map(|(_, snippet)| view! { <Snippet name=snippet.file text=snippet.text/> })}
    }
}
