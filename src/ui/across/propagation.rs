//! The propagation matrix: whose calls kept their trace context, by caller, callee and protocol.

use std::sync::Arc;

use leptos::prelude::*;

use super::row::{Figure, More, TraceLinks};
use crate::analysis::propagation_matrix::{Callee, Cell, MatrixRows, Protocol};
use crate::base::format::{count, counted, percent};
use crate::state::app::App;
use crate::ui::icon::Icon;
use crate::ui::parts::service_words;

const SHOWN: usize = 100;

#[component]
pub fn PropagationMatrix() -> impl IntoView {
    let across = App::get().across;
    move || across.matrix.get().map(|matrix| view! { <Matrix matrix/> })
}

#[component]
fn Matrix(matrix: Arc<MatrixRows>) -> impl IntoView {
    let shown = RwSignal::new(SHOWN);
    let judged = matrix.survived + matrix.lost;
    let head = match judged {
        0 => "No call of which it could be told.".to_owned(),
        _ => format!(
            "Of {} in {} the context of {} survived; {} linked instead.",
            counted(judged, "call", "calls"),
            counted(matrix.traces, "trace", "traces"),
            percent(matrix.survived, judged),
            counted(matrix.linked, "is", "are")
        ),
    };
    let total = matrix.cells.len();
    let more = matrix.more_cells;
    view! {
        <p class="a-note" data-matrix-head>{head}</p>
        <table class="t a-table" data-matrix>
            <thead><tr>
                <th>"Caller"</th><th>"Callee"</th><th>"Protocol"</th>
                <th class="num" title="Of the calls that survived or are lost">"Survived"</th>
                <th class="num">"Calls"</th>
                <th class="num" title="Nothing arrived with their context: it was lost, or the callee sends no spans">"Lost"</th>
                <th class="num" title="Lost calls whose other half was found, in a trace of its own">"Joined"</th>
                <th class="num" title="Messages that a span elsewhere links to">"Linked"</th>
                <th>"Besides"</th>
            </tr></thead>
            <tbody>
                <For each=move || 0..shown.get().min(total) key=|at| *at let:at>{matrix.cells.get(at).cloned().map(|cell| view! { <Row cell/> })}</For>
            </tbody>
        </table>
        <More shown total/>
        {(more > 0).then(|| view! { <p class="a-note dim">{counted(more, "more pair is left out", "more pairs are left out")}"."</p> })}
        <p class="a-note dim">"Lost does not say by whom: the caller did not write the context, what lies between took it out, or the callee sends no spans here. Only what is joined proves that the callee does. Arrivals without a caller may be ordinary entries from outside."</p>
    }
}

#[component]
fn Row(cell: Cell) -> impl IntoView {
    let open = RwSignal::new(false);
    let caller = cell.caller.clone().map_or_else(|| "(unknown)".to_owned(), |caller| service_words(&caller));
    let judged = cell.judged();
    let share = (judged > 0).then(|| percent(cell.survived, judged));
    let besides = besides(&cell);
    let has_more = !cell.examples.is_empty();
    let examples = StoredValue::new(cell.examples.clone());
    let (callee, what) = callee_words(&cell.callee);
    let data_callee = callee.clone();
    let survived = cell.survived;
    view! {
        <tr data-cell data-caller=cell.caller.clone().unwrap_or_default() data-callee=data_callee data-protocol=protocol_words(cell.protocol)
            data-survived=cell.survived.to_string() data-lost=cell.lost.to_string() data-linked=cell.linked.to_string()>
            <td>{if has_more {
                view! {
                    <button class="btn a-name" aria-expanded=move || open.get().to_string() on:click=move |_| open.update(|open| *open = !*open)>
                        <span class="f-caret" class:down=move || open.get()><Icon name="right"/></span><span class="mid">{caller}</span>
                    </button>
                }.into_any()
            } else {
                view! { <span class="a-name mid">{caller}</span> }.into_any()
            }}</td>
            <td><span class="cut">{callee}</span>" "<span class="dim">{what}</span></td>
            <td class="dim">{protocol_words(cell.protocol)}</td>
            <Figure text=share why="Nothing to take a share of" bad=survived.lt(&judged)/>
            <td class="num">{count(judged)}</td>
            <td class="num" class:bad=cell.lost.gt(&0)>{(cell.lost > 0).then(|| count(cell.lost))}</td>
            <td class="num">{(cell.joined > 0).then(|| count(cell.joined))}</td>
            <td class="num">{(cell.linked > 0).then(|| count(cell.linked))}</td>
            <td class="dim">{besides}</td>
        </tr>
        {move || open.get().then(|| view! {
            <tr class="a-more"><td colspan="9">
                <p class="dim">"For example in these traces, the other half behind the arrow where it was found:"</p>
                {examples.get_value().into_iter().map(|lost| {
                    let ids = core::iter::once(lost.trace_id).chain(lost.other.map(|(trace, _)| trace)).collect::<Vec<_>>();
                    view! { <TraceLinks ids/> }
                }).collect_view()}
            </td></tr>
        })}
    }
}

fn callee_words(callee: &Callee) -> (String, &'static str) {
    let or = |name: &str, words: &str| if name.is_empty() { words.to_owned() } else { name.to_owned() };
    match callee {
        Callee::Service(name) => (service_words(name), ""),
        Callee::Host(name) => (or(name, "(not named)"), "host"),
        Callee::Queue(name) => (or(name, "(not named)"), "queue"),
    }
}

fn protocol_words(protocol: Protocol) -> &'static str {
    match protocol {
        Protocol::Http => "HTTP",
        Protocol::Rpc => "RPC",
        Protocol::Messaging => "messaging",
        Protocol::Other => "not said",
    }
}

/// What is in no share.
fn besides(cell: &Cell) -> String {
    let told = [
        (cell.unseen, "not in the sample"),
        (cell.unreached, "never got there"),
        (cell.outside, "outside"),
        (cell.arrived, "arrived without a caller"),
        (cell.orphaned, "arrived, the caller’s span did not"),
    ];
    let mut words: Vec<String> =
        told.iter().filter(|(n, _)| *n > 0).map(|(n, words)| format!("{} {words}", count(*n))).collect();
    if !cell.via.is_empty() {
        words.push(format!("called as {}", cell.via.join(", ")));
    }
    words.join(" · ")
}
