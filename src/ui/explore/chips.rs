//! Below the query: its conditions, each of which can be taken away, and whether the results are of another query.

use leptos::prelude::*;

use crate::query::condition::{self, Condition, parts};
use crate::query::token::lex;
use crate::state::app::App;
use crate::state::react::memo;
use crate::ui::icon::Icon;

#[component]
pub fn Chips() -> impl IntoView {
    let app = App::get();
    let editor = app.explore.editor;
    let conditions = memo(move |_| editor.text.with(|text| parts(text).conditions));
    let take_away = move |taken: Condition| editor.text.update(|text| *text = condition::without(text, &taken));
    let add = move |_| {
        // A place holder marks where the caret goes.
        let more = editor.text.with_untracked(|text| condition::with(text, "\u{0}"));
        let caret = more.find('\u{0}').unwrap_or(more.len());
        editor.as_form.set(false);
        editor.text.set(more.replace('\u{0}', ""));
        editor.go_to(caret);
    };
    let slip = move || editor.caret.with(Option::is_none).then(|| editor.text.with(|text| lex(text).slip)).flatten();
    let refusal =
        move || editor.text.with(|text| editor.said.get().filter(|(of, _)| of == text).map(|(_, said)| said.words));
    let older = move || {
        let asked = app.explore.found.value.get()?.asked.clone();
        let is_edited =
            editor.text.with(|text| *text != asked.query && !(text.trim().is_empty() && asked.query == "{ }"));
        is_edited.then_some(asked.query)
    };
    view! {
        <div class="chips" data-chips>
            {move || conditions.get().into_iter().map(|condition| {
                let Condition { field, operator, value, .. } = condition.clone();
                let said = format!("{field} {operator} {value}");
                view! {
                    <span class="chip mono" data-chip=said.clone()>
                        <span class="a">{field}</span><span class="a">{operator}</span><span class="v cut">{value}</span>
                        <button type="button" class="x" aria-label=format!("Take away {said}") title="Take away" on:click=move |_| take_away(condition.clone())><Icon name="close"/></button>
                    </span>
                }
            }).collect_view()}
            <button type="button" class="btn" on:click=add><Icon name="plus"/>"Condition"</button>
            {move || older().map(|query| view! {
                <span class="explain" role="status" data-older><b class="warn">"Edited, not run."</b>" Below: "<span class="mono cut">{query}</span></span>
            })}
            {move || refusal().or_else(|| slip().map(|slip| slip.words)).map(|words| view! { <span class="err explain" role="status" data-slip><Icon name="failed"/>{words}</span> })}
        </div>
    }
}
