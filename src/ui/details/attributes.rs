//! Attributes of one owner: key, value, and what can be done with a line: copy it, find all spans with it.

use leptos::prelude::*;

use super::section::Section;
use super::value::{LongText, Place, copy_whole};
use crate::analysis::details::{Attribute, Section as Owner, Text, ValueType};
use crate::model::SpanIdx;
use crate::query::write;
use crate::state::app::App;
use crate::ui::icon::Icon;

#[component]
pub fn Attributes(
    title: &'static str,
    lines: Vec<Attribute>,
    place: Owner,
    span: Signal<SpanIdx>,
    filter: RwSignal<String>,
) -> impl IntoView {
    if lines.is_empty() {
        return ().into_any();
    }
    let count = lines.len();
    let numbered: Vec<(u32, Attribute)> = (0..).zip(lines).collect();
    view! {
        <Section title count=Some(count) open=true>
            <Lines lines=numbered.clone() place span filter/>
        </Section>
    }
    .into_any()
}

/// The lines alone, for owners inside a section: an event, a link.
#[component]
pub fn Lines(
    lines: Vec<(u32, Attribute)>,
    place: Owner,
    span: Signal<SpanIdx>,
    filter: RwSignal<String>,
) -> impl IntoView {
    let span = span.get_untracked();
    let shown = move || {
        let wanted = filter.get().to_lowercase();
        let fits = |line: &&(u32, Attribute)| {
            line.1.key.to_lowercase().contains(&wanted) || line.1.value.text.to_lowercase().contains(&wanted)
        };
        lines
            .iter()
            .filter(fits)
            .cloned()
            .map(|(index, line)| view! { <Line line place=Place { span, section: place, index }/> })
            .collect_view()
    };
    view! { <dl class="kv">{shown}</dl> }
}

#[component]
fn Line(line: Attribute, place: Place) -> impl IntoView {
    let app = App::get();
    let Attribute { key, value, value_type } = line;
    let search = untrack(|| app.has_source()).then(|| searches(place.section, &key, &value, value_type)).flatten();
    let copied = value.clone();
    let sought = find_term(place.section, &key, &value);
    let what = key.clone();
    view! {
        <div>
            <dt>{breakable(&key)}</dt>
            <dd>
                <LongText text=value place/>
                <span class="act">
                    <button aria-label=format!("Copy {what}") title="Copy the value" on:click={
                        let what = what.clone();
                        move |_| copy_whole(app, place, copied.clone(), what.clone())
                    }><Icon name="copy"/></button>
                    {sought.map(|sought| view! {
                        <button aria-label=format!("Find spans with this {what}") title="Find spans with this value" on:click=move |_| app.find_for(&sought)>
                            <Icon name="search"/>
                        </button>
                    })}
                    {search.map(|(with, without)| view! {
                        <button aria-label=format!("Find traces with this {key}") title="Find traces with this value" data-traces-with on:click=move |_| app.search_from_trace(with.clone())><Icon name="list"/></button>
                        <button aria-label=format!("Find traces with another {key}") title="Find traces with another value" data-traces-without on:click=move |_| app.search_from_trace(without.clone())><Icon name="minus"/></button>
                    })}
                </span>
            </dd>
        </div>
    }
}

/// The searches for traces with this value and with another; `None` for what TraceQL cannot compare, and for texts that are here only in part.
fn searches(owner: Owner, key: &str, value: &Text, value_type: ValueType) -> Option<(String, String)> {
    let scope = match owner {
        Owner::Span => "span",
        Owner::Resource => "resource",
        Owner::Event(_) => "event",
        Owner::Link(_) => "link",
        _ => return None,
    };
    let literal = match value_type {
        ValueType::String => write::text(&value.text),
        ValueType::Bool | ValueType::Int | ValueType::Double => value.text.clone(),
        _ => return None,
    };
    let is_whole = value.cut_from.is_none() && value.text.len() <= MAX_SOUGHT;
    let search = |sign: &str| write::spanset(&format!("{} {sign} {literal}", write::attribute(scope, key)));
    is_whole.then(|| (search("="), search("!=")))
}

/// Words that the find grammar reads as fields rather than as attribute keys.
const FIELDS: [&str; 7] = ["service", "name", "kind", "status", "duration", "self", "error"];
/// Longer values are sought by their beginning.
const MAX_SOUGHT: usize = 200;

/// The term that finds spans with this value, as the find box reads it; `None` where there is none: for what is no
/// attribute, and for values that the grammar cannot write.
fn find_term(owner: Owner, key: &str, value: &Text) -> Option<String> {
    let is_attribute = matches!(owner, Owner::Span | Owner::Resource | Owner::Event(_) | Owner::Link(_));
    if !is_attribute
        || value.text.is_empty()
        || FIELDS.contains(&key)
        || key.contains([' ', '"', '=', '~', ':', '<', '>'])
    {
        return None;
    }
    let sought: String = value.text.chars().take(MAX_SOUGHT).take_while(|c| *c != '"' && *c != '\n').collect();
    let is_whole = sought.len() == value.text.len() && value.cut_from.is_none();
    let sign = if is_whole { '=' } else { '~' };
    (!sought.trim().is_empty()).then(|| format!("{key}{sign}\"{sought}\""))
}

/// A key that may break after its dots and underscores.
fn breakable(key: &str) -> impl IntoView + use<> {
    let pieces: Vec<String> = key.split_inclusive(['.', '_']).map(str::to_owned).collect();
    pieces.into_iter().map(|piece| view! { {piece}<wbr/> }).collect_view()
}
