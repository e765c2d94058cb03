//! Why there is nothing to show: what happened, where, what was kept, what to do.

use leptos::prelude::*;

use super::icon::Icon;
use crate::base::format::counted;
use crate::decode::{DecodeError, explain};
use crate::source::failure::Failure;
use crate::state::app::{App, Failed};
use crate::worker::protocol::FileOutcome;

#[component]
pub fn FailureScreen() -> impl IntoView {
    let app = App::get();
    move || match app.failed.get() {
        Some(Failed::Request(failure)) => view! { <RequestFailed failure/> }.into_any(),
        Some(Failed::File { files, spans, traces }) => view! { <FileBroken files spans traces/> }.into_any(),
        Some(Failed::NeedsFile(name)) => view! { <NeedsFile name/> }.into_any(),
        Some(Failed::NeedsConsent { origin, is_file }) => view! { <NeedsConsent origin is_file/> }.into_any(),
        Some(Failed::Other { title, sentence }) => view! { <Plain title sentence/> }.into_any(),
        None => ().into_any(),
    }
}

/// The title of every failure, with its mark.
#[component]
fn Title(text: String) -> impl IntoView {
    view! { <h2 class="err"><Icon name="failed"/>{text}</h2> }
}

#[component]
fn Plain(title: String, sentence: String) -> impl IntoView {
    view! {
        <div class="msg" role="alert">
            <Title text=title/>
            <p>{coded(&sentence).into_any()}</p>
            <div class="acts"><ChooseFile/><HomeButton/></div>
        </div>
    }
}

#[component]
fn ChooseFile(#[prop(optional)] primary: bool) -> impl IntoView {
    let app = App::get();
    let class = if primary { "btn primary" } else { "btn line" };
    view! { <button class=class on:click=move |_| app.pick_files()>"Choose another file"</button> }
}

#[component]
fn HomeButton() -> impl IntoView {
    let app = App::get();
    view! { <button class="btn" on:click=move |_| app.go_home()>"Home"</button> }
}

#[component]
fn NeedsFile(name: String) -> impl IntoView {
    let app = App::get();
    view! {
        <div class="msg">
            <h2><Icon name="file"/>"This link needs "{name.clone()}</h2>
            <p>
                "It shows a view of a file on your machine. Files are not kept here: drop "<b>{name}</b>
                " on this page, or choose it, and the view is restored."
            </p>
            <div class="acts">
                <button class="btn primary" on:click=move |_| app.pick_files()>"Choose the file"</button>
                <HomeButton/>
            </div>
        </div>
    }
}

#[component]
fn NeedsConsent(origin: String, is_file: bool) -> impl IntoView {
    let app = App::get();
    let what = if is_file { "fetch a trace file from" } else { "ask a Tempo at" };
    let allowed = origin.clone();
    view! {
        <div class="msg" role="alert" data-consent>
            <h2><Icon name="warning"/>"This link leads to another host"</h2>
            <p>"It wants this page to "{what}" "<b>{origin.clone()}</b>", which config.json does not name. That host would see your address, and what is asked for. No configured header and no cookie goes to it."</p>
            <div class="acts">
                <button class="btn primary" on:click=move |_| app.allow_source(&allowed)>{format!("Ask {origin}")}</button>
                <HomeButton/>
            </div>
        </div>
    }
}

#[component]
fn RequestFailed(failure: Failure) -> impl IntoView {
    let app = App::get();
    let Failure { title, what, server_text, causes, advice, snippets, retry, .. } = failure;
    view! {
        <div class="msg" role="alert">
            <Title text=title/>
            <p>{coded(&what)}</p>
            {server_text.map(|text| view! { <blockquote class="mono">{text}</blockquote> })}
            {(!causes.is_empty()).then(|| view! {
                <div><h3>"What it can be"</h3><ul class="do">{causes.into_iter().map(|cause| view! { <li>{coded(&cause)}</li> }).collect_view()}</ul></div>
            })}
            {(!advice.is_empty()).then(|| view! {
                <div><h3>"What to do"</h3><ul class="do">{advice.into_iter().map(|line| view! { <li>{coded(&line)}</li> }).collect_view()}</ul></div>
            })}
            {snippets.into_iter().map(|snippet| view! { <Snippet name=snippet.file text=snippet.text/> }).collect_view()}
            <div class="acts">
                {retry.then(|| view! { <button class="btn line" on:click=move |_| app.retry()>"Try again"</button> })}
                <HomeButton/>
            </div>
        </div>
    }
}

/// Text whose pieces between backticks are code.
pub fn coded(text: &str) -> impl IntoView + use<> {
    let pieces: Vec<(bool, String)> =
        text.split('`').enumerate().map(|(at, piece)| (at % 2 == 1, piece.to_owned())).collect();
    pieces
        .into_iter()
        .map(
            |(code, piece)| {
                if code { view! { <code class="mono">{piece}</code> }.into_any() } else { view! { {piece} }.into_any() }
            },
        )
        .collect_view()
}

/// A piece of configuration to copy.
#[component]
pub fn Snippet(name: String, text: String) -> impl IntoView {
    let app = App::get();
    let copied = text.clone();
    let what = name.clone();
    view! {
        <div class="code">
            <div class="bar">
                <span>{name.clone()}</span><span class="grow"></span>
                <button class="btn icon" aria-label=format!("Copy {what}") title="Copy" on:click=move |_| app.copy(copied.clone(), &what)>
                    <Icon name="copy"/>
                </button>
            </div>
            <pre tabindex="0">{text}</pre>
        </div>
    }
}

/// What is wrong with a file, in a line for its title.
fn headline(file: &FileOutcome, error: Option<&DecodeError>) -> String {
    match error {
        Some(error) if error.truncated => format!("{} stops in the middle", file.name),
        Some(DecodeError { format: None, .. }) => format!("{} is not a trace file", file.name),
        Some(_) if file.outcome.spans == 0 => format!("{} cannot be read", file.name),
        Some(_) => format!("{} breaks off", file.name),
        None => format!("{} holds no spans", file.name),
    }
}

#[component]
fn FileBroken(files: Vec<FileOutcome>, spans: u64, traces: u64) -> impl IntoView {
    let app = App::get();
    let broken = files.iter().find(|file| file.outcome.error.is_some()).or(files.first()).cloned();
    let Some(file) = broken else { return ().into_any() };
    let error = file.outcome.error.clone();
    let details = details_text(&file);
    let skipped = explain::skipped(&file.outcome);
    let kept =
        format!("{} in {}", counted(spans, "complete span", "complete spans"), counted(traces, "trace", "traces"));
    view! {
        <div class="msg" role="alert">
            <Title text=headline(&file, error.as_ref())/>
            <p>{coded(&explain::sentence(&file.outcome))}</p>
            {error.as_ref().filter(|error| !error.before.is_empty() || !error.at.is_empty()).map(|error| view! { <Excerpt error=error.clone()/> })}
            {(spans > 0 || skipped.is_some()).then(|| view! {
                <dl class="two">
                    {(spans > 0).then(|| view! { <dt>"Kept"</dt><dd data-kept>{kept}</dd> })}
                    {skipped.map(|words| view! { <dt>"Skipped"</dt><dd>{words}</dd> })}
                </dl>
            })}
            <ul class="do">{explain::advice(&file.outcome, file.size, spans).into_iter().map(|line| view! { <li>{line}</li> }).collect_view()}</ul>
            <div class="acts">
                {(spans > 0).then(|| view! {
                    <button class="btn primary" data-open-kept on:click=move |_| open_kept(app, traces)>
                        {format!("Open the {}", counted(spans, "span", "spans"))}
                    </button>
                })}
                <ChooseFile primary={spans == 0}/>
                <button class="btn" on:click=move |_| app.copy(details.clone(), "the details")>"Copy details"</button>
                <HomeButton/>
            </div>
        </div>
    }
    .into_any()
}

fn open_kept(app: App, traces: u64) {
    if traces > 1 {
        app.show_list(true);
    } else if app.outline.with_untracked(Option::is_some) {
        app.show_trace();
    } else {
        app.show_start();
    }
}

fn details_text(file: &FileOutcome) -> String {
    let error = file.outcome.error.as_ref();
    format!(
        "file: {} ({} bytes)\nread as: {}\nbyte: {}\nfield: {}\nproblem: {}\nspans kept: {}\nSpanloom {}",
        file.name,
        file.size,
        file.outcome.format.map(|format| format.name()).unwrap_or("unknown"),
        error.map(|error| error.offset).unwrap_or_default(),
        error.map(|error| error.field.as_str()).unwrap_or_default(),
        error.map(|error| error.problem.as_str()).unwrap_or_default(),
        file.outcome.spans,
        env!("CARGO_PKG_VERSION"),
    )
}

/// The bytes around the place, readable ones as they are.
#[component]
fn Excerpt(error: DecodeError) -> impl IntoView {
    let readable = |bytes: &[u8]| -> String {
        let text = String::from_utf8_lossy(bytes);
        text.chars().map(|c| if c.is_control() || c == char::REPLACEMENT_CHARACTER { '·' } else { c }).collect()
    };
    let at = if error.at.is_empty() { "▮".to_owned() } else { readable(&error.at) };
    let from = error.offset.saturating_sub(error.before.len() as u64);
    view! {
        <div class="hex" tabindex="0" role="group" aria-label="The bytes around it">
            <span class="dim">{format!("0x{from:08x}")}</span>"  "{readable(&error.before)}<span class="at">{at}</span>
        </div>
    }
}
