//! What sets selected spans apart from the rest: values of attributes with their shares on either side, the largest difference first.

use leptos::prelude::*;

use super::pending::{Failed, Progress, Remarked};
use super::time_chart::clock;
use crate::analysis::compare::Difference;
use crate::base::format::{count, counted};
use crate::state::app::App;
use crate::state::explore::compare::{Compared, Selection};
use crate::ui::parts::IconButton;

/// Lines that are shown until more are wanted.
const FIRST: usize = 12;
/// A share of everything is so wide.
const BAR_PX: f64 = 96.0;

#[component]
pub fn CompareSection() -> impl IntoView {
    let app = App::get();
    let compare = app.explore.compare;
    let zone = move || app.prefs.zone.get();
    let words = move |selection: &Selection| selection.words(|ms| clock(ms, &zone()));
    move || {
        compare.selection.get().map(|selection| {
            let again = StoredValue::new(selection.clone());
            let searched = selection.clone();
            view! {
                <section class="x-compare" aria-label="Comparison" data-compare>
                    <div class="phead">
                        <b>"Compared"</b>
                        <span class="dim cut" data-selection>{words(&selection)}</span>
                        {move || compare.found.value.get().map(|found| view! { <span class="dim cut" role="status" data-compared>{told(&found)}</span> })}
                        {move || compare.found.value.get().and_then(|found| found.remarks.words()).map(|words| view! { <Remarked words/> })}
                        <span class="grow"></span>
                        <button class="btn link" title="Search for the selected ones" on:click=move |_| app.search_selection(&searched)>"Find them"</button>
                        <IconButton icon="close" name="Close the comparison" on_click=move |_| compare.clear()/>
                    </div>
                    <Progress of=compare.found what="Counting values of every attribute"/>
                    {move || compare.found.failure.get().map(|failure| view! { <Failed failure on_retry=move || app.compare(again.get_value())/> })}
                    {move || compare.found.value.get().map(|found| view! { <Table found=found.comparison.differences.clone()/> })}
                </section>
            }
        })
    }
}

fn told(found: &Compared) -> String {
    let all = &found.comparison;
    let differing = all.fields.saturating_sub(all.alike) as u64;
    format!(
        "{} beside {}, of {}; {} differ, {} are alike",
        counted(all.selected, "span", "spans"),
        counted(all.rest, "other", "others"),
        found.population,
        counted(differing, "attribute", "attributes"),
        count(all.alike as u64)
    )
}

#[component]
fn Table(found: Vec<Difference>) -> impl IntoView {
    let more = RwSignal::new(false);
    let many = found.len();
    if many == 0 {
        return view! { <p class="more dim" data-nothing>"Nothing sets them apart: every attribute has the same shares, or nothing was selected."</p> }
            .into_any();
    }
    let lines = StoredValue::new(found);
    view! {
        <table class="t x-differences">
            <thead><tr><th>"Attribute"</th><th>"Value"</th><th class="num">"Difference"</th><th>"Selected"</th><th>"Rest"</th><th><span class="vh">"Search"</span></th></tr></thead>
            <tbody>{move || lines.with_value(|lines| lines.iter().take(if more.get() { many } else { FIRST }).cloned().map(|line| view! { <Line line/> }).collect_view())}</tbody>
        </table>
        {move || (many > FIRST && !more.get()).then(|| view! { <button class="btn link x-all" on:click=move |_| more.set(true)>{format!("Show all {many}")}</button> })}
    }
    .into_any()
}

/// A share as people read it.
fn percent(share: f64) -> String {
    match share * 100.0 {
        0.0 => "0 %".to_owned(),
        percent if percent < 0.1 => "<0.1 %".to_owned(),
        percent if percent < 10.0 => format!("{percent:.1} %"),
        percent => format!("{percent:.0} %"),
    }
}

#[component]
fn Line(line: Difference) -> impl IntoView {
    let app = App::get();
    let points = line.points();
    let Difference { field, value, literal, selected, rest, selected_share, rest_share } = line;
    let condition = format!("{field} = {literal}");
    let shown = if value.is_empty() { "(none)".to_owned() } else { value.clone() };
    let sign = if points > 0.0 { "+" } else { "−" };
    let rest_words = match rest {
        Some(rest) => format!("{} · {}", percent(rest_share), count(rest)),
        None => format!("under {}", percent(rest_share)),
    };
    let bar = |share: f64, class: &'static str| view! { <i class=class style:width=format!("{:.1}px", share.clamp(0.0, 1.0) * BAR_PX)></i> };
    view! {
        <tr data-difference=field.clone() data-value=value data-selected=selected.to_string() data-rest=rest.map(|rest| rest.to_string())>
            <td class="mono">{field.clone()}</td>
            <td class="mono x-value"><span class="cut" title=shown.clone()>{shown.clone()}</span></td>
            <td class="num" class:strong=points.abs().ge(&25.0)>{format!("{sign}{:.0}", points.abs())}<u class="u">"pt"</u></td>
            <td class="x-share">{bar(selected_share, "hbar own")}<span>{format!("{} · {}", percent(selected_share), count(selected))}</span></td>
            <td class="x-share">{bar(rest_share, "hbar")}<span>{rest_words}</span></td>
            <td><button class="btn link" title="Search for those with this value" on:click=move |_| app.search_with(&condition)>"Find"</button></td>
        </tr>
    }
    .into_any()
}
