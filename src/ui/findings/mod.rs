//! Findings: what is wrong with the trace and what each costs, the rules behind them, and what was repaired while reading.

mod card;
mod line;
mod other_half;
mod repairs;
mod rules;

use leptos::prelude::*;

use self::card::Card;
use self::repairs::Repairs;
use self::rules::Rules;
use crate::analysis::findings::{FindingLine, Severity};
use crate::base::format::counted;
use crate::state::app::App;
use crate::ui::icon::Icon;

pub use self::card::{LISTED, confidence_words, total_words};
pub use self::line::is_in_scope;

#[component]
pub fn FindingsView() -> impl IntoView {
    let app = App::get();
    view! {
        <div class="findings" id="view-findings" role="tabpanel" aria-labelledby="tab-findings" tabindex="0" data-view-focus>
            <Summary/>
            {move || app.findings.rules.get().then(|| view! { <Rules/> })}
            {move || {
                let told = told(app)?;
                if told.is_empty() {
                    return Some(view! { <Nothing/> }.into_any());
                }
                let cards = told.into_iter().map(|line| view! { <Card line/> }).collect_view();
                Some(view! { <div class="f-cards">{cards}</div> }.into_any())
            }}
            <Repairs/>
        </div>
    }
}

/// Findings of the kinds that are not turned off: what failed, what is to be mended, what is worth knowing, each with the dearest first.
/// `None` until they are there. Tracked.
pub fn told(app: App) -> Option<Vec<FindingLine>> {
    let off = app.prefs.findings_off.get();
    let found = app.findings.found.get()?;
    let lines = || found.iter().map(|one| one.line).filter(|line| !off.contains(&line.kind));
    let of = |severity| lines().filter(move |line| line.severity == severity).cloned();
    Some([Severity::Error, Severity::Warning, Severity::Info].into_iter().flat_map(of).collect())
}

/// How many there are of what is to be mended and of what is worth knowing. Tracked.
pub fn summary_words(app: App) -> String {
    match app.finding_counts() {
        None => "Looking…".to_owned(),
        Some((0, 0)) => "Nothing found".to_owned(),
        Some((0, info)) => format!("Nothing to mend, {info} worth knowing"),
        Some((mend, 0)) => format!("{mend} to mend"),
        Some((mend, info)) => format!("{mend} to mend, {info} worth knowing"),
    }
}

/// Whether something of a finding's card can be seen now.
pub fn in_sight(id: &str) -> bool {
    let page = web_sys::window().and_then(|window| window.document());
    let rect = |selector: &str| {
        let element = page.as_ref().and_then(|page| page.query_selector(selector).ok().flatten());
        element.map(|element| element.get_bounding_client_rect())
    };
    let (Some(view), Some(card)) = (rect("#view-findings"), rect(&format!("[data-finding-id=\"{id}\"]"))) else {
        return false;
    };
    card.bottom() > view.top() && card.top() < view.bottom()
}

#[component]
fn Summary() -> impl IntoView {
    let app = App::get();
    let off = move || app.prefs.findings_off.with(Vec::len) as u64;
    view! {
        <div class="f-head">
            <h2 role="status">{move || summary_words(app)}</h2>
            <span class="grow"></span>
            {move || (off() > 0).then(|| view! { <span class="dim">{counted(off(), "rule", "rules")}" off"</span> })}
            <button
                class="btn" class:on=move || app.findings.rules.get() aria-expanded=move || app.findings.rules.get().to_string()
                on:click=move |_| app.findings.rules.update(|open| *open = !*open)
            >
                <Icon name="list"/>"Rules"
            </button>
        </div>
    }
}

/// Nothing was found: that is said calmly, with what was looked at.
#[component]
fn Nothing() -> impl IntoView {
    let app = App::get();
    let spans =
        move || app.outline.with(|outline| outline.as_ref().map(|outline| outline.len() as u64).unwrap_or_default());
    let rules =
        move || (crate::analysis::findings::FindingKind::ALL.len() - app.prefs.findings_off.with(Vec::len)) as u64;
    view! {
        <div class="msg f-none">
            <p>{move || format!("{} looked at {}: errors and what hid them, repeated and slow calls, broken propagation, clocks, instrumentation.", counted(rules(), "rule", "rules"), counted(spans(), "span", "spans"))}</p>
            {move || (!app.findings.rules.get()).then(|| view! {
                <button class="btn link" on:click=move |_| app.findings.rules.set(true)>"See each rule and its thresholds"</button>
            })}
        </div>
    }
}
