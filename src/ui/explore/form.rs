//! The form: what is asked most often, written as TraceQL while it is filled in.

use leptos::prelude::*;

use crate::query::form::{Form, Line, duration_problem};
use crate::query::words::{KINDS, STATUSES};
use crate::query::write;
use crate::state::app::App;
use crate::state::explore::editor::Editor;
use crate::state::react::{effect, memo};
use crate::ui::icon::Icon;

const SERVICES: &str = "resource.service.name";
const OPERATORS: [&str; 8] = ["=", "!=", "=~", "!~", ">", ">=", "<", "<="];

/// The query as the form has it now, which is the form's own, readable or not.
fn write_form(editor: Editor, form: RwSignal<Form>) {
    let written = form.with_untracked(Form::write);
    editor.form_text.set(Some(written.clone()));
    editor.text.set(written);
}

/// A value of the form: how it is read, and how it is set.
type Read = fn(&Form) -> &String;
type Write = fn(&mut Form) -> &mut String;

#[component]
pub fn QueryForm() -> impl IntoView {
    let app = App::get();
    let editor = app.explore.editor;
    // Its own copy: a line that is half filled in says nothing yet, and must not go.
    let form = RwSignal::new(editor.text.with_untracked(|text| Form::read(text)).unwrap_or_default());
    // What is written elsewhere meanwhile, by a chip that is taken away, is the form's too.
    effect(move || {
        let written = editor.text.get();
        if form.with_untracked(|form| form.write() != written)
            && let Some(read) = Form::read(&written)
        {
            form.set(read);
        }
    });
    let change = move |change: &dyn Fn(&mut Form)| {
        form.update(|form| change(form));
        write_form(editor, form);
    };
    for field in [SERVICES, "name"] {
        if editor.known.with_untracked(|known| !known.values.contains_key(field)) {
            app.learn(Some(field.to_owned()));
        }
    }
    let text = move |name: &'static str, list: &'static str, read: Read, write: Write| {
        view! {
            <label class="x-field"><span class="mid">{name}</span>
                <input class="field" type="text" spellcheck="false" autocomplete="off" list=list data-form=name prop:value=move || form.with(|form| read(form).clone())
                    on:input:target=move |event| { let value = event.target().value(); change(&|form| *write(form) = value.clone()) }/>
            </label>
        }
        .into_any()
    };
    let choice = move |name: &'static str, values: &'static [&'static str], read: Read, write: Write| {
        view! {
            <label class="x-field"><span class="mid">{name}</span>
                <select class="select" data-form=name on:change:target=move |event| { let value = event.target().value(); change(&|form| *write(form) = value.clone()) }>
                    <option value="">"any"</option>
                    {values.iter().map(|value| view! { <option value=*value selected=move || form.with(|form| read(form) == value)>{*value}</option> }).collect_view()}
                </select>
            </label>
        }
        .into_any()
    };
    let wrong =
        move || form.with(|form| duration_problem(&form.min_duration).or_else(|| duration_problem(&form.max_duration)));
    let values = move |id: &'static str, field: &'static str| {
        view! { <datalist id=id>{move || editor.known.with(|known| known.values.get(field).cloned()).into_iter().flat_map(|values| values.iter().map(|value| view! { <option value=value.value.clone()></option> }).collect::<Vec<_>>()).collect_view()}</datalist> }
    };
    let lines = memo(move |_| form.with(|form| form.lines.len()));
    view! {
        <div class="x-form" data-query-form>
            {text("Service", "x-services", |form| &form.service, |form| &mut form.service)}
            {text("Operation", "x-names", |form| &form.operation, |form| &mut form.operation)}
            {choice("Status", &STATUSES, |form| &form.status, |form| &mut form.status)}
            {choice("Kind", &KINDS, |form| &form.kind, |form| &mut form.kind)}
            {text("At least", "", |form| &form.min_duration, |form| &mut form.min_duration)}
            {text("At most", "", |form| &form.max_duration, |form| &mut form.max_duration)}
            {text("Calls service", "x-services", |form| &form.calls, |form| &mut form.calls)}
            {text("Root service", "x-services", |form| &form.root_service, |form| &mut form.root_service)}
            {move || (0..lines.get()).map(|at| view! { <AttributeLine form at/> }).collect_view()}
            <button type="button" class="btn" on:click=move |_| form.update(|form| form.lines.push(Line { operator: "=".to_owned(), ..Line::default() }))><Icon name="plus"/>"Attribute"</button>
            {move || wrong().map(|words| view! { <p class="err" role="alert">{words}</p> })}
            {values("x-services", SERVICES)}
            {values("x-names", "name")}
        </div>
    }
}

/// One attribute: its name with the scope, how to compare, and with what. A value that is no number, duration or keyword is text.
#[component]
fn AttributeLine(form: RwSignal<Form>, at: usize) -> impl IntoView {
    let editor = App::get().explore.editor;
    let line = move || form.with(|form| form.lines.get(at).cloned().unwrap_or_default());
    let change = move |change: &dyn Fn(&mut Line)| {
        form.update(|form| {
            if let Some(line) = form.lines.get_mut(at) {
                change(line);
            }
        });
        write_form(editor, form);
    };
    let shown = move || {
        let value = line().value;
        // Without quotes only if it would be text without them too.
        crate::query::form::unquoted(&value).filter(|text| write::value(text) == value).unwrap_or(value)
    };
    let remove = move |_| {
        form.update(|form| drop(form.lines.remove(at)));
        write_form(editor, form);
    };
    view! {
        <span class="x-line row-flex">
            <input class="field mono" type="text" spellcheck="false" aria-label="Attribute, with its scope" placeholder="span.order.id" prop:value=move || line().field
                on:input:target=move |event| { let field = event.target().value(); change(&|line| line.field = field.trim().to_owned()) }/>
            <select class="select" aria-label="How it compares" on:change:target=move |event| { let sign = event.target().value(); change(&|line| line.operator = sign.clone()) }>
                {OPERATORS.map(|sign| view! { <option value=sign selected=move || line().operator == sign>{sign}</option> }).collect_view()}
            </select>
            <input class="field mono" type="text" spellcheck="false" aria-label="Value" prop:value=shown
                on:input:target=move |event| { let value = event.target().value(); change(&|line| line.value = write::value(&value)) }/>
            <button type="button" class="btn icon" aria-label="Take this attribute away" title="Take away" on:click=remove><Icon name="close"/></button>
        </span>
    }
}
