//! Attributes of one owner: key, value, and what can be done with a line: copy it, find all spans with it.

use leptos::prelude::*;

use super::section::Section;
use super::value::{LongText, Place};
use crate::analysis::details::{Attribute, Section as Owner};
use crate::model::SpanIdx;
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
    view! {
        <Section title count=Some(count) open=true>
            <Lines lines=lines.clone() place span filter/>
        </Section>
    }
    .into_any()
}

/// The lines alone, for owners inside a section: an event, a link.
#[component]
pub fn Lines(lines: Vec<Attribute>, place: Owner, span: Signal<SpanIdx>, filter: RwSignal<String>) -> impl IntoView {
    let span = span.get_untracked();
    let shown = move || {
        let wanted = filter.get().to_lowercase();
        let fits = |line: &&(u32, Attribute)| {
            line.1.key.to_lowercase().contains(&wanted) || line.1.value.text.to_lowercase().contains(&wanted)
        };
        let lines: Vec<(u32, Attribute)> = (0..).zip(lines.clone()).collect();
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
    let Attribute { key, value, .. } = line;
    let copied = value.text.clone();
    let sought = find_term(&key, &value.text);
    let what = key.clone();
    view! {
        <div>
            <dt>{breakable(&key)}</dt>
            <dd>
                <LongText text=value place/>
                <span class="act">
                    <button aria-label=format!("Copy {what}") title="Copy the value" on:click={
                        let what = what.clone();
                        move |_| app.copy(copied.clone(), &what)
                    }><Icon name="copy"/></button>
                    <button aria-label=format!("Find spans with this {what}") title="Find spans with this value" on:click=move |_| app.find_for(&sought)>
                        <Icon name="search"/>
                    </button>
                </span>
            </dd>
        </div>
    }
}

/// `key=value` as the find box reads it.
fn find_term(key: &str, value: &str) -> String {
    let first: String = value.chars().take(200).collect();
    if first.chars().any(|c| c.is_whitespace() || c == '"') || first.is_empty() {
        format!("{key}=\"{}\"", first.replace('"', "\\\""))
    } else {
        format!("{key}={first}")
    }
}

/// A key that may break after its dots and underscores.
fn breakable(key: &str) -> impl IntoView + use<> {
    let pieces: Vec<String> = key.split_inclusive(['.', '_']).map(str::to_owned).collect();
    pieces.into_iter().map(|piece| view! { {piece}<wbr/> }).collect_view()
}
