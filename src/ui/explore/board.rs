//! The board: every service with its rate, errors and durations against the range before, worst change first; and a service's operations.

use leptos::prelude::*;

use super::board_row::BoardRow;
use super::pending::{Failed, Progress, Remarked};
use super::red::FiguresFrom;
use crate::analysis::services::ServiceLine;
use crate::query::metrics::Population;
use crate::source::failure::Failure;
use crate::state::app::App;
use crate::state::explore::board::Section;
use crate::state::react::derived;
use crate::ui::icon::Icon;

const COLUMNS: [(&str, &str); 8] = [
    ("Service", "Click one for its operations"),
    ("Rate", "A second, on the average of the range"),
    ("Over time", "The rate, from the start of the range to its end"),
    ("Errors", "A second: spans whose status is ERROR"),
    ("Error share", "Of all requests; in points against the range before"),
    ("p50", "Half took at most this long"),
    ("p95", "95 of 100 took at most this long; against the range before"),
    ("p99", "99 of 100 took at most this long"),
];

#[component]
pub fn Services() -> impl IntoView {
    let app = App::get();
    let services = app.explore.services;
    view! {
        <div class="board" data-board tabindex="0" role="region" aria-label="Services">
            <Progress of=services what="Asking for rates, errors and durations"/>
            {move || services.failure.get().map(|failure| view! { <Failed failure on_retry=move || app.refresh_explored()/> })}
            <Show when=move || app.has_prometheus()><div class="phead"><FiguresFrom/>{move || services.value.get().and_then(|board| board.note.clone()).map(|words| view! { <span class="warn cut row-flex" data-board-note title=words.clone()><Icon name="warning"/>{words.clone()}</span> })}</div></Show>
            {move || services.value.get().and_then(|board| board.newest_missing).map(|words| view! { <p class="dim board-newest" data-newest>"Figures are "{words}"."</p> })}
            {move || services.value.get().and_then(|board| board.remarks.words()).map(|words| view! { <p class="board-newest"><Remarked words/></p> })}
            {move || services.value.get().map(|board| if board.sections.is_empty() {
                view! { <NoSpans/> }.into_any()
            } else {
                board.sections.iter().cloned().map(|section| view! { <Lines section/> }).collect_view().into_any()
            })}
        </div>
    }
}

/// Nothing was received: the setting that may be missing, and what to do.
#[component]
fn NoSpans() -> impl IntoView {
    view! {
        <div class="msg explored" data-nothing>
            <h2><Icon name="info"/>"No request or message in this range"</h2>
            <p>"The source answered, and counts no SERVER or CONSUMER span here. Choose a longer range, or another source."</p>
            <p class="dim">"Tempo 2 computes these figures only with the local-blocks processor of its metrics-generator; Tempo 3 needs no setting."</p>
        </div>
    }
}

#[component]
fn Lines(section: Section) -> impl IntoView {
    let Section { population, lines, missing } = section;
    let title = if population == Population::Consumers { "Messages" } else { "Requests" };
    let said = format!("{}, worst change against the range before first", population.words());
    let slots = App::get().colours_of(lines.iter().map(|line| line.name.as_str()));
    view! {
        <section class="board-part" aria-label=title data-population=title>
            <h2 class="phead"><b>{title}</b><span class="dim">{said}</span></h2>
            <Missing missing/>
            <div role="table" aria-label=title class="board-table">
                <div role="row" class="board-head">
                    {COLUMNS.iter().enumerate().map(|(at, (name, title))| view! {
                        <div role="columnheader" class:num=move || at != 0 && at != 2 title=*title>{*name}</div>
                    }).collect_view()}
                    <div role="columnheader"><span class="vh">"Find traces"</span></div>
                </div>
                {lines.into_iter().zip(slots).map(|(line, colour)| view! { <ServiceLines line colour population/> }).collect_view()}
            </div>
        </section>
    }
}

#[component]
fn Missing(missing: Vec<(&'static str, Failure)>) -> impl IntoView {
    missing
        .into_iter()
        .map(|(what, failure)| {
            let said = failure.server_text.unwrap_or(failure.what);
            view! { <p class="banner" data-missing><Icon name="warning"/><span><b>{format!("Without {what}. ")}</b>{failure.title}": "{said}</span></p> }
        })
        .collect_view()
        .into_any()
}

/// A service, and below it its operations while it is unfolded.
#[component]
fn ServiceLines(line: ServiceLine, colour: u8, population: Population) -> impl IntoView {
    let app = App::get();
    let explore = app.explore;
    let name = line.name.clone();
    let is_open = derived(move || explore.of_service.with(|open| open.as_deref() == Some(name.as_str())));
    let service = line.name.clone();
    view! {
        <BoardRow line colour population service=service.clone() is_open/>
        {move || is_open.get().then(|| {
            let remarks = explore.operations.value.get().and_then(|board| board.remarks.words());
            let operations = explore.operations.value.get().and_then(|board| board.sections.iter().find(|section| section.population == population).cloned());
            let service = service.clone();
            view! {
                <Progress of=explore.operations what="Asking for its operations"/>
                {explore.operations.failure.get().map(|failure| view! { <Missing missing=vec![("operations", failure)]/> })}
                {remarks.map(|words| view! { <p class="board-newest"><Remarked words/></p> })}
                {operations.map(|section| {
                    let missing = section.missing.clone();
                    let lines = section.lines.into_iter().map(|line| view! { <BoardRow line colour population service=service.clone()/> }).collect_view();
                    view! { <Missing missing/>{lines} }
                })}
            }
        })}
    }
    .into_any()
}
