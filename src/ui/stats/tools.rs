//! What the table is grouped by: service, operation, both, kind, or any attribute that spans have.

use leptos::prelude::*;

use crate::analysis::statistics::GroupBy;
use crate::base::format::{count, counted};
use crate::state::app::App;
use crate::ui::tools::{FocusTool, Services};

/// Groupings that every trace has; the words of the select.
pub fn standard() -> [(GroupBy, &'static str); 6] {
    [
        (GroupBy::ServiceOperation, "Service and operation"),
        (GroupBy::Service, "Service"),
        (GroupBy::Operation, "Operation"),
        (GroupBy::Kind, "Kind"),
        (GroupBy::Name, "Span name"),
        (GroupBy::Status, "Status"),
    ]
}

/// What a grouping is called, as the head of its column.
pub fn words(by: &GroupBy) -> String {
    match by {
        GroupBy::Attribute(key) => key.clone(),
        by => {
            standard().into_iter().find(|(known, _)| known == by).map(|(_, words)| words.to_owned()).unwrap_or_default()
        }
    }
}

#[component]
pub fn StatsTools() -> impl IntoView {
    let app = App::get();
    let stats = app.stats;
    let chosen = move || stats.by.get().name();
    // A key that a link names is offered even where no span has it.
    let keys = move || {
        let mut keys: Vec<(String, String)> = stats.keys.with(|keys| {
            keys.iter()
                .map(|line| {
                    (
                        line.key.clone(),
                        format!(
                            "{}  ({}, {})",
                            line.key,
                            counted(line.values, "value", "values"),
                            counted(line.spans, "span", "spans")
                        ),
                    )
                })
                .collect()
        });
        if let GroupBy::Attribute(key) = stats.by.get()
            && !keys.iter().any(|(known, _)| *known == key)
        {
            keys.insert(0, (key.clone(), format!("{key}  (no span has it)")));
        }
        keys
    };
    view! {
        <div class="tools" role="toolbar" aria-label="Statistics">
            <label class="row-flex"><span class="lab">"Group by"</span>
                <select class="select" data-by prop:value=chosen on:change:target=move |event| stats.by.set(GroupBy::parse(&event.target().value()))>
                    {standard().map(|(by, words)| {
                        let name = by.name();
                        let selected = by.clone();
                        view! { <option value=name selected=move || stats.by.get() == selected>{words}</option> }
                    }).collect_view()}
                    <optgroup label="Attributes">
                        {move || keys().into_iter().map(|(key, words)| {
                            let by = GroupBy::Attribute(key);
                            let selected = stats.by.get_untracked() == by;
                            view! { <option value=by.name() selected=selected>{words}</option> }
                        }).collect_view()}
                    </optgroup>
                </select>
            </label>
            <FocusTool/>
            <span class="sep only-wide"></span>
            <Services/>
            <span class="grow"></span>
            <span class="lab" data-stats-note>{move || stats.grouped.get().and_then(|grouped| {
                let left_out = &grouped.statistics;
                (left_out.more_groups > 0).then(|| format!("{} more groups with {} spans are not listed", count(left_out.more_groups), count(left_out.more_spans)))
            })}</span>
        </div>
    }
}
