//! Home: go to a trace, open a file, take a sample. Useful with no backend at all.

mod howto;
mod recent;
mod samples;

use leptos::prelude::*;

use self::howto::HowTo;
use self::recent::Recent;
use self::samples::Samples;
use super::icon::{Icon, Logo};
use crate::source::embedded;
use crate::state::app::{App, Screen};
use crate::state::first::{Answers, line};
use crate::state::react::effect;

#[component]
pub fn Home() -> impl IntoView {
    let app = App::get();
    let what = match embedded::is_single() {
        true => {
            "Timelines of distributed traces, from a file. This page is one file itself: it asks no server, and nothing leaves this machine."
        }
        false => "Timelines of distributed traces, from a Grafana Tempo or a file. Nothing leaves this machine.",
    };
    view! {
        <div class="home">
            <section class="home-open" aria-label="Open">
                <h1 class="logo"><Logo/>"Spanloom"</h1>
                <p class="mid">{what}</p>
                {(!embedded::is_single()).then(|| view! { <GoTo/> })}
                <div class="row-flex wrap">
                    <button class="btn line" on:click=move |_| app.pick_files()><Icon name="folder"/>"Open file"</button>
                    <button class="btn line" on:click=move |_| app.paste()><Icon name="paste"/>"Paste"</button>
                    <span class="dim">"or drop one anywhere"</span>
                </div>
                {(!embedded::is_single()).then(|| view! { <SourceLine/> })}
                <Recent/>
                <HowTo/>
                <TakeAlong/>
            </section>
            <Samples/>
        </div>
    }
}

/// The go-to box, large: the same as in the bar, where narrow screens have little room.
#[component]
fn GoTo() -> impl IntoView {
    let app = App::get();
    let text = RwSignal::new(String::new());
    let wrong = RwSignal::new(String::new());
    let submit = move |event: leptos::ev::SubmitEvent| {
        event.prevent_default();
        wrong.set(app.go_to(&text.get_untracked()).err().unwrap_or_default());
    };
    view! {
        <form class="home-goto" on:submit=submit>
            <span class="field">
                <Icon name="search"/>
                <input
                    class="val" type="text" spellcheck="false" autocomplete="off" prop:value=text
                    aria-label="Trace id, traceparent, URL or log line"
                    placeholder="Trace id, traceparent, URL or a whole log line"
                    on:input:target=move |event| { text.set(event.target().value()); wrong.set(String::new()); }
                />
                <button class="btn line" type="submit">"Open"</button>
            </span>
            <Show when=move || wrong.with(|why| !why.is_empty())><p class="err" role="alert">{move || wrong.get()}</p></Show>
        </form>
    }
}

/// One line on the source: which, and whether it answers.
#[component]
fn SourceLine() -> impl IntoView {
    let app = App::get();
    let name = move || app.source_name().filter(|_| app.has_source());
    let answers = move || name().map(|name| (name, app.answers()));
    // What is shown of a source was asked of it.
    effect(move || {
        if app.config_read.get() && name().is_some() {
            app.ask_for_line();
        }
    });
    view! {
        <div class="source-line">
            <p class="dim" role="status" data-source-line>
                {move || match answers() {
                    _ if !app.config_read.get() => String::new(),
                    None => "No source is configured. A config.json beside this page names a Tempo; files work without one.".to_owned(),
                    Some((name, Answers::Unasked | Answers::Asking)) => format!("Source {name}: asking…"),
                    Some((name, Answers::Yes)) => format!("Source {name} answers: paste a trace id to open it."),
                    Some((name, Answers::No(failure))) => line(&name, &failure),
                }}
            </p>
            {move || match answers() {
                Some((_, Answers::No(_))) => view! {
                    <span class="row-flex">
                        <button class="btn line" data-try-again on:click=move |_| app.ask_again()><Icon name="reload"/>"Try again"</button>
                        <button class="btn" title="Asks the source, and says what to change" on:click=move |_| app.explore_source(true)>"Set-up"</button>
                    </span>
                }.into_any(),
                Some((_, Answers::Yes)) if app.screen.get() == Screen::Home => view! {
                    <span class="row-flex"><button class="btn line" on:click=move |_| app.explore_source(false)>"Explore it"</button></span>
                }.into_any(),
                _ => ().into_any(),
            }}
        </div>
        {move || app.config_notes.get().into_iter().map(|note| view! { <p class="warn" data-config-note>"config.json: "{note_words(&note)}</p> }).collect_view()}
    }
}

/// The way to the single file, where the host has one to give.
#[component]
fn TakeAlong() -> impl IntoView {
    embedded::address().map(|file| {
        view! {
            <p class="dim" data-take-along>
                "Take it along: "<a href=file.clone() download=file.clone()>{file.clone()}</a>
                " is this page in one file. It opens by double click, without a server or a network."
            </p>
        }
    })
}

fn note_words(note: &crate::source::config::ConfigNote) -> String {
    if note.path.is_empty() { note.message.clone() } else { format!("{}: {}", note.path, note.message) }
}
