//! The time range: quick ones, and from and to as links write them.

use leptos::html::Details;
use leptos::prelude::*;

use crate::source::when::End;
use crate::state::app::App;
use crate::state::explore::range::{QUICK, TimeRange};
use crate::state::react::effect;
use crate::state::stamp::absolute;
use crate::ui::icon::Icon;
use crate::ui::menu::{Menu, close};

/// A range in words: its name, `now-2h to now`, or two clock times in the reader's zone.
pub fn words(range: &TimeRange, zone: &str) -> String {
    if let Some(name) = range.name() {
        return name.to_owned();
    }
    let point = |when: &crate::source::when::When, end: End| {
        if when.text().starts_with("now") {
            return when.text().to_owned();
        }
        let unix_nano = u64::try_from(when.unix_ms(0, end)).unwrap_or(0).saturating_mul(1_000_000);
        absolute(unix_nano, zone).0.trim_end_matches(".000").to_owned()
    };
    let (from, to) = (point(&range.from, End::From), point(&range.to, End::To));
    // The same day is said once.
    let to = match (from.split_once(' '), to.split_once(' ')) {
        (Some((day, _)), Some((same, time))) if day == same => time.to_owned(),
        _ => to,
    };
    format!("{from} to {to}")
}

#[component]
pub fn RangeMenu() -> impl IntoView {
    let app = App::get();
    let range = app.explore.range;
    let handle = NodeRef::<Details>::new();
    let (from, to) = (RwSignal::new(String::new()), RwSignal::new(String::new()));
    let wrong = RwSignal::new(String::new());
    effect(move || {
        let now = range.get();
        from.set(now.from.text().to_owned());
        to.set(now.to.text().to_owned());
        wrong.set(String::new());
    });
    let choose = move |range: TimeRange| {
        close(handle);
        app.choose_range(range);
    };
    let apply = move |event: leptos::ev::SubmitEvent| {
        event.prevent_default();
        let read = TimeRange::parse(&from.get_untracked(), &to.get_untracked());
        match read.and_then(|range| range.bounds(js_sys::Date::now() as i64).map(|_| range)) {
            Ok(range) => choose(range),
            Err(why) => wrong.set(why),
        }
    };
    let zone = move || if app.prefs.zone.get() == "UTC" { " UTC" } else { "" };
    let field = move |name: &'static str, text: RwSignal<String>| {
        view! {
            <label class="x-field"><span class="mid">{name}</span>
                <input class="field" type="text" spellcheck="false" autocomplete="off" prop:value=text on:input:target=move |event| text.set(event.target().value())/>
            </label>
        }
    };
    view! {
        <Menu handle class="x-range" label=move || view! {
            <summary class="btn line" data-range><Icon name="clock"/><span class="vh">"Time range: "</span>
                <span class="cut">{move || range.with(|range| words(range, &app.prefs.zone.get()))}{move || if range.with(|range| range.name().is_none()) { zone() } else { "" }}</span><Icon name="down"/>
            </summary>
        }>
            {QUICK.map(|(name, begin)| view! {
                <li><button class="btn" class:on=move || range.with(|range| range.name() == Some(name)) on:click=move |_| {
                    if let Ok(range) = TimeRange::parse(begin, "now") {
                        choose(range);
                    }
                }>{name}</button></li>
            }).collect_view()}
            <li>
                <form class="x-absolute" on:submit=apply>
                    {field("From", from)}
                    {field("To", to)}
                    <p class="dim">"now-1h, 2026-11-22 12:17:10 (UTC), or epoch milliseconds"</p>
                    {move || wrong.with(|why| (!why.is_empty()).then(|| view! { <p class="err" role="alert">{why.clone()}</p> }))}
                    <button class="btn primary" type="submit">"Apply"</button>
                </form>
            </li>
        </Menu>
    }
}
