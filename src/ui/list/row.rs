//! One trace of the list.

use leptos::prelude::*;

use crate::base::format::{count, counted, duration_parts};
use crate::state::app::App;
use crate::state::stamp::absolute;
use crate::ui::icon::ErrorMark;
use crate::ui::parts::slot_class;

#[component]
pub fn ListRow(place: usize, at: u32, top_px: f64, longest: Memo<u64>, cursor: RwSignal<usize>) -> impl IntoView {
    let app = App::get();
    let Some(line) = app.traces.with_untracked(|traces| traces.get(at as usize).cloned()) else { return ().into_any() };
    let (service, operation) = match line.root {
        Some(root) => (root.service, root.operation),
        None => (String::new(), "no root".to_owned()),
    };
    let (figure, unit) = duration_parts(line.duration_ns);
    let share = move || line.duration_ns as f64 / longest.get().max(1) as f64 * 100.0;
    let start = move || match line.start_unix_nano {
        0 => "unknown".to_owned(),
        known => absolute(known, &app.prefs.zone.get()).0,
    };
    let slot_of = app.slots_of(line.services.iter().map(|mark| mark.name.as_str()));
    let shown = line.services.len() as u64;
    let more = line.service_count.saturating_sub(shown);
    let id = line.trace_id.clone();
    let opened = id.clone();
    let open = move || app.open_from_list(&opened);
    let by_key = open.clone();
    view! {
        <div
            class="list-row" role="row" tabindex=move || if cursor.get() == place { "0" } else { "-1" } on:focus=move |_| cursor.set(place) data-trace=id data-place=place aria-rowindex=place + 2
            style:transform=format!("translateY({top_px}px)")
            on:click=move |_| open()
            on:keydown=move |event| if event.key() == "Enter" { by_key() }
        >
            <div role="gridcell" class="cut"><span class="mid">{service}</span>" "{operation}</div>
            <div role="gridcell" class="cut mid">{start}</div>
            <div role="gridcell" class="num" data-ns=line.duration_ns.to_string() title="From the first start to the last end"><i class="hbar" style:width=move || format!("{}%", share() * 0.5)></i>{figure}<u class="u">{unit}</u></div>
            <div role="gridcell" class="num list-spans" data-spans=line.spans.to_string() data-repeats=line.repeats.to_string()>
                {count(line.spans)}
                {(line.repeats > 0).then(|| {
                    let repeats = counted(line.repeats, "repeat", "repeats");
                    view! { <span class="dim" title="Spans that came again, word for word: one copy of each is counted">", "{repeats}</span> }
                })}
            </div>
            <div role="gridcell" class="num list-errors" class:err=move || line.error_spans.gt(&0)>
                {(line.error_spans > 0).then(|| view! { <ErrorMark/> })}{count(line.error_spans)}
            </div>
            <div role="gridcell" class="cut svc-names">
                <span class="num">{count(line.service_count)}</span>
                {line.services.into_iter().zip(slot_of).map(|(mark, slot)| view! {
                    <span class=slot_class(slot) class:err=mark.error><i class="sw"></i>{mark.name}</span>
                }).collect_view()}
                {(more > 0).then(|| format!("+{more}"))}
            </div>
        </div>
    }
    .into_any()
}
