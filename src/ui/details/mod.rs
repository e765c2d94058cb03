//! The details of the selected span: what it is, its figures, and everything it carries. Right of the timeline or below.

mod attributes;
mod events;
mod exception;
mod found;
mod head;
mod links;
mod section;
mod usual;
mod value;

use leptos::prelude::*;

use self::attributes::Attributes;
use self::events::Events;
use self::exception::Exceptions;
use self::found::FoundIn;
use self::head::{Head, Navigation};
use self::links::{Links, OutgoingLinks};
pub use self::section::Section;
use self::usual::UsualLine;
use self::value::Statement;
use crate::analysis::details::{self as answers, SpanDetails};
use crate::model::{SpanIdx, Timing, Unplaced};
use crate::state::app::App;
use crate::state::react::{derived, effect};
use crate::ui::notes::NotesOfSpan;
use crate::worker::protocol::{Ask, Tell};

#[component]
pub fn DetailsPanel(span: Signal<SpanIdx>) -> impl IntoView {
    let app = App::get();
    let filter = RwSignal::new(String::new());
    let answered: RwSignal<Option<SpanDetails>> = RwSignal::new(None);
    // The panel shows the span asked for last; an answer to an older question is dropped.
    effect(move || {
        let at = span.get();
        app.outline.track();
        let Some(client) = app.client() else { return };
        client.ask(
            |id| Ask::Details { id, span: at.0 },
            move |answer| {
                if let Tell::Details { details, .. } = answer.tell
                    && span.try_get_untracked() == Some(at)
                {
                    answered.set(details.map(|details| *details));
                }
            },
        );
    });
    view! {
        <aside class="details" aria-label="Span details" data-details tabindex="-1">
            <Head span/>
            <UsualLine span/>
            <FoundIn span/>
            <NotesOfSpan span/>
            <Navigation span filter count=derived(move || answered.with(|d| d.as_ref().map(count).unwrap_or_default()))/>
            <div class="d-body" tabindex="-1">
                {move || answered.get().map(|details| view! { <Body details span filter/> })}
            </div>
        </aside>
    }
}

/// Attributes that the filter looks through.
fn count(details: &SpanDetails) -> usize {
    details.attributes.len()
        + details.resource.len()
        + details.scope.attributes.len()
        + details.events.iter().map(|event| event.attributes.len()).sum::<usize>()
}

#[component]
fn Body(details: SpanDetails, span: Signal<SpanIdx>, filter: RwSignal<String>) -> impl IntoView {
    let SpanDetails {
        trace_id,
        span_id,
        parent_id,
        id_texts: [id_text, parent_text, trace_text],
        status,
        status_message,
        trace_state,
        start_unix_nano,
        timing,
        unplaced,
        exceptions,
        statement,
        attributes,
        events,
        links,
        resource,
        scope,
        dropped,
        kind,
        ..
    } = details;
    let duration = details.duration_ns;
    // Attributes first: their places are what a cut value is fetched by.
    let scope_names = [("name", scope.name), ("version", scope.version)]
        .into_iter()
        .filter(|(_, value)| !value.is_empty())
        .map(|(key, value)| plain(key, value));
    let scope_lines: Vec<answers::Attribute> = scope.attributes.into_iter().chain(scope_names).collect();
    let is_derived = id_text.is_some();
    let zone = App::get().prefs.zone.get_untracked();
    let stamp = |unix_nano: u64| {
        let (time, zone) = crate::state::stamp::absolute(unix_nano, &zone);
        format!("{time} {zone}")
    };
    let start = if timing == Timing::NoStart { "not recorded".to_owned() } else { stamp(start_unix_nano) };
    let duration = match (timing, unplaced) {
        (Timing::Known, _) => duration.to_string(),
        (_, Some(Unplaced::DurationNs(ns))) => format!("{ns}, recorded without a start"),
        _ => "not recorded".to_owned(),
    };
    let end = match (timing, unplaced) {
        (Timing::NoEnd, _) => Some("not recorded".to_owned()),
        (_, Some(Unplaced::EndUnixNano(end))) => Some(stamp(end)),
        _ => None,
    };
    let ids = [
        ("span", id_text.or(Some(span_id.clone()))),
        ("parent", parent_text.or(parent_id)),
        ("trace", trace_text.or(Some(trace_id))),
        ("span, derived id", is_derived.then_some(span_id)),
        ("kind", Some(kind.name().to_owned())),
        ("status", Some(status.name().to_owned())),
        ("start", Some(start)),
        ("end", end),
        ("duration ns", Some(duration)),
        ("trace state", Some(trace_state).filter(|state| !state.is_empty())),
    ];
    let ids = ids.into_iter().filter_map(|(key, value)| Some(plain(key, value?))).collect::<Vec<_>>();
    let shown_message = (!status_message.text.is_empty()).then(|| status_message.clone());
    view! {
        <Exceptions exceptions=exceptions status_message=shown_message span/>
        {statement.map(|statement| view! { <Section title="Statement" count=None open=true><Statement statement=statement.clone() span/></Section> })}
        <Attributes title="Span attributes" lines=attributes place=answers::Section::Span span filter/>
        <Events events span filter/>
        <Links links/>
        <OutgoingLinks span/>
        <Attributes title="Resource" lines=resource place=answers::Section::Resource span filter/>
        <Attributes title="Scope" lines=scope_lines place=answers::Section::Scope span filter/>
        <Attributes title="Ids and times" lines=ids place=answers::Section::StatusMessage span filter/>
        {(dropped != [0; 3]).then(|| view! {
            <p class="more warn">{format!("The SDK dropped {} attributes, {} events, {} links of this span.", dropped[0], dropped[1], dropped[2])}</p>
        })}
    }
}

fn plain(key: &str, value: String) -> answers::Attribute {
    answers::Attribute {
        key: key.to_owned(),
        value: answers::Text { text: value, cut_from: None },
        value_type: answers::ValueType::String,
    }
}
