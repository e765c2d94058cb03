//! The words of a row: service where it changes, icon, label, whom it calls, and what is folded or hidden in it.

use leptos::prelude::*;

use crate::base::format::{count, counted, duration};
use crate::layout::rows::Group;
use crate::layout::{Row, RowKind};
use crate::model::outline::{Icon as Kind, flag};
use crate::model::{Kind as SpanKind, Outline, SpanIdx};
use crate::state::app::App;
use crate::ui::icon::{ErrorMark, Icon};
use crate::ui::parts::service_words;

/// The icon of what a span is.
fn icon_of(outline: &Outline, span: SpanIdx) -> &'static str {
    match outline.icon(span) {
        Kind::Internal => "internal",
        Kind::HttpServer | Kind::Server => "http-server",
        Kind::HttpClient | Kind::Client => "http-client",
        Kind::Rpc => "rpc",
        Kind::Database => "database",
        Kind::Messaging if outline.kind(span) == SpanKind::Consumer => "messaging-in",
        Kind::Messaging => "messaging",
    }
}

/// A service is named where it changes from parent to child, and at the top.
fn names_service(outline: &Outline, span: SpanIdx) -> bool {
    match outline.parent(span) {
        Some(parent) => outline.service[parent.index()] != outline.service[span.index()],
        None => true,
    }
}

#[component]
pub fn NameCell(row: Row) -> impl IntoView {
    let app = App::get();
    let Some(shown) = app.shown.get_untracked() else { return ().into_any() };
    let (outline, span) = (&shown.outline, row.span());
    let is_group = row.kind() == RowKind::Group;
    let icon = icon_of(outline, span);
    let service = names_service(outline, span).then(|| service_words(outline.service_name(span)));
    let label = match outline.label(span) {
        "" => "(no name)".to_owned(),
        label => label.to_owned(),
    };
    let quiet = outline.icon(span) == Kind::Internal;
    let failed = outline.has(span, flag::ERROR) && !is_group;
    // A label that already says whom it calls is not said twice.
    let peer = outline.peer(span).filter(|_| !is_group).filter(|peer| !label.contains(*peer)).map(str::to_owned);
    let title = format!("{} {}", outline.service_name(span), outline.name(span));
    view! {
        <span class="sw"></span>
        <Icon name=icon/>
        {(row.folded() > 0).then(|| view! {
            <span class="kid thin" title=counted(u64::from(row.folded()), "pass-through span folded", "pass-through spans folded")>{format!("+{}", row.folded())}</span>
        })}
        {is_group.then(|| view! { <span class="kid">{format!("{} ×", count(u64::from(row.count())))}</span> })}
        <span class="nm cut" title=title>
            {service.map(|service| view! { <span class="svc">{move || marked(app, service.clone())}</span> })}
            <span class:quiet=quiet>{move || marked(app, label.clone())}</span>
            {peer.map(|peer| view! { <span class="sub"><span class="vh">"calls "</span><span class="arrow" aria-hidden="true">"→ "</span>{move || marked(app, peer.clone())}</span> })}
        </span>
        {failed.then(|| view! { <ErrorMark/> })}
        {outline.has(span, flag::SKEWED).then(|| view! { <span class="tag warn" title="Starts before its caller: their clocks disagree">"clock?"</span> })}
        {(row.below() > 0).then(|| view! {
            <span class="kid" class:err=row.error_inside() title=hidden_words(&row)>{count(u64::from(row.below()))}</span>
        })}
    }
    .into_any()
}

fn hidden_words(row: &Row) -> String {
    let words = counted(u64::from(row.below()), "hidden span", "hidden spans");
    if row.error_inside() { format!("{words}, with an error") } else { words }
}

/// Text with what is sought in it marked. Only plain words are marked: a term such as `duration>1ms` names no text.
fn marked(app: App, text: String) -> impl IntoView {
    let sought = app.view.find.get().trim().to_lowercase();
    let is_plain = !sought.is_empty() && !sought.contains([':', '=', '<', '>', '"']) && sought != "error";
    let lower = text.to_lowercase();
    // Lowercasing may change lengths; then the places do not fit, and nothing is marked.
    if !is_plain || lower.len() != text.len() {
        return view! { {text} }.into_any();
    }
    match lower.find(&sought).map(|at| (at, at + sought.len())) {
        Some((from, to)) if text.is_char_boundary(from) && text.is_char_boundary(to) => {
            let (before, found, after) = (text[..from].to_owned(), text[from..to].to_owned(), text[to..].to_owned());
            view! { {before}<span class="mk">{found}</span>{after} }.into_any()
        }
        _ => view! { {text} }.into_any(),
    }
}

/// What the bar shows, for those who do not see it.
pub fn time_words(outline: &Outline, span: SpanIdx) -> String {
    let mut words = format!("starts at {}", duration(outline.start_ns[span.index()]));
    words.push_str(&format!(", own time {}", duration(outline.self_ns[span.index()])));
    if let Some(ns) = outline.critical_ns(span) {
        words.push_str(&format!(", {} on the critical path", duration(ns)));
    }
    if outline.has(span, flag::ERROR) {
        words.push_str(", failed");
    }
    let events = outline.events_of(span).len();
    if events > 0 {
        words.push_str(&format!(", {}", counted(events as u64, "event", "events")));
    }
    words
}

pub fn group_words(group: &Group) -> String {
    format!(
        "{} like spans, {} in all, the longest {}",
        count(u64::from(group.count)),
        duration(group.sum_ns),
        duration(group.max_ns)
    )
}
