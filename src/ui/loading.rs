//! A load under way: what, how far, what can be seen of it already, and Cancel. The skeleton holds the places of rows to come.

use std::sync::Arc;

use leptos::prelude::*;

use crate::analysis::preview::{Preview, PreviewRow};
use crate::base::format::{bytes, count, counted, duration, percent};
use crate::base::sort;
use crate::model::palette::slots;
use crate::state::app::App;
use crate::state::pace::mark;
use crate::state::react::memo;
use crate::ui::parts::{service_words, slot_class};

#[component]
pub fn LoadingScreen() -> impl IntoView {
    let app = App::get();
    let tick = RwSignal::new(0u32);
    let clock = set_interval_with_handle(move || tick.update(|n| *n += 1), core::time::Duration::from_millis(100));
    on_cleanup(move || {
        if let Ok(clock) = clock {
            clock.clear();
        }
    });
    let loading = move || app.loading.get().unwrap_or_default();
    let elapsed = move || {
        tick.track();
        duration(((js_sys::Date::now() - loading().since_ms).max(0.0) / 100.0).round() as u64 * 100_000_000)
    };
    let share = move || {
        let now = loading();
        now.total.filter(|total| *total > 0).map(|total| (now.bytes as f64 / total as f64 * 100.0).min(100.0))
    };
    let preview = memo(move |_| app.loading.with(|loading| loading.as_ref().and_then(|now| now.preview.clone())));
    let repeats = move || {
        preview.with(|preview| {
            let repeats = preview.as_ref().map_or(0, |preview| preview.repeats);
            (repeats > 0).then(|| counted(repeats, "repeat", "repeats"))
        })
    };
    view! {
        <div
            class="prog" role="progressbar" aria-label="Progress" aria-valuemin="0" aria-valuemax="100"
            aria-valuenow=move || share().map(|share| format!("{share:.0}"))
        >
            <i style:width=move || format!("{}%", share().unwrap_or(4.0))></i>
        </div>
        <div class="msg">
            <h2>{move || format!("{} {}", loading().doing, loading().what)}</h2>
            <dl class="two">
                <dt>"Read"</dt>
                <dd>
                    {move || match loading().total {
                        Some(total) => format!("{} of {} ", bytes(loading().bytes), bytes(total)),
                        None => bytes(loading().bytes),
                    }}
                    <span class="dim">{move || loading().total.map(|total| percent(loading().bytes, total))}</span>
                </dd>
                <dt>"Spans so far"</dt>
                <dd>
                    {move || count(loading().spans)}
                    <span class="dim">{move || repeats().map(|repeats| format!(" with {repeats}"))}</span>
                </dd>
                <dt>"Elapsed"</dt><dd>{elapsed}</dd>
            </dl>
            {move || match preview.get() {
                Some(preview) => view! { <PreviewPicture preview/> }.into_any(),
                None => view! { <div class="skel" aria-hidden="true"><i></i><i></i><i></i><i></i><i></i><i></i></div> }.into_any(),
            }}
            <div class="acts">
                <button class="btn line" on:click=move |_| app.cancel()>
                    "Cancel "<span class="kbd" aria-hidden="true">"Esc"</span>
                </button>
            </div>
        </div>
    }
}

/// Services that are named; the others are counted.
const NAMED: usize = 8;

/// What came so far: services, when spans start, and the longest ones. A picture of what is still growing: nothing in it can
/// be clicked.
#[component]
fn PreviewPicture(preview: Arc<Preview>) -> impl IntoView {
    mark("spanloom.preview");
    let mut names: Vec<&str> = preview.services.iter().map(|(name, _)| name.as_str()).collect();
    sort::plain(&mut names);
    let slot_of: Vec<(String, u8)> =
        names.iter().map(|name| (*name).to_owned()).zip(slots(names.iter().copied())).collect();
    let class_of = move |name: &str| {
        let slot = slot_of.iter().find(|(known, _)| known == name).map(|(_, slot)| *slot).unwrap_or_default();
        slot_class(slot)
    };
    let more = preview.services.len().saturating_sub(NAMED);
    let services = preview.services.iter().take(NAMED).map(|(name, spans)| {
        let class = format!("preview-service {}", class_of(name));
        view! { <span class=class><i class="sw"></i>{service_words(name)}" "<span class="dim num">{count(*spans)}</span></span> }
    });
    let most = preview.density.iter().copied().max().unwrap_or_default().max(1);
    let bars = preview.density.iter().map(|spans| {
        let height = format!("{}%", (f64::from(*spans) / f64::from(most) * 100.0).ceil());
        view! { <i style:height=height></i> }
    });
    let whole = preview.duration_ns.max(1) as f64;
    let rows = preview.rows.iter().map(|row| {
        let PreviewRow { service, name, start_ns, end_ns, error } = row;
        let length = end_ns.saturating_sub(*start_ns);
        let (left, width) = (*start_ns as f64 / whole * 100.0, length as f64 / whole * 100.0);
        view! {
            <li class=format!("preview-row {}", class_of(service)) class:failed=*error>
                <span class="cut"><b>{service_words(service)}</b>" "{name.clone()}</span>
                <span class="num">{duration(length)}</span>
                <span class="track"><i style:left=format!("{left}%") style:width=format!("{width}%")></i></span>
            </li>
        }
    });
    let repeats = match preview.repeats {
        0 => String::new(),
        repeats => format!(", {}", counted(repeats, "repeat", "repeats")),
    };
    let told = format!(
        "{}{repeats} so far, {} failed, over {}",
        counted(preview.spans, "span", "spans"),
        count(preview.errors),
        duration(preview.duration_ns)
    );
    view! {
        <section class="preview" aria-label="What has been read so far" data-preview>
            <p class="dim">{told}</p>
            <div class="preview-services">
                {services.collect_view()}
                {(more > 0).then(|| view! { <span class="dim">{format!("and {more} more")}</span> })}
            </div>
            <div class="preview-density" role="img" aria-label="When spans start">{bars.collect_view()}</div>
            <ol aria-label="The longest spans so far">{rows.collect_view()}</ol>
        </section>
    }
}
