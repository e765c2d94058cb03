//! The plan as the reader sets it: the head sampler, how much arrives, and a card for each policy of the tail.

use std::sync::Arc;

use leptos::html::Select;
use leptos::prelude::*;

use super::fields::{Field, KINDS, NamedKind, add, fields, policy, policy_mut, portion_mut, remove, shape};
use crate::analysis::sampling::{Plan, Rule};
use crate::state::app::App;
use crate::state::react::memo;
use crate::ui::parts::IconButton;

/// Where a policy stands in the plan.
type Path = Arc<[usize]>;

#[component]
pub fn Policies() -> impl IntoView {
    let across = App::get().across;
    let plan = across.plan;
    let shape = memo(move |_| plan.with(|plan| shape(&plan.policies)));
    let adding = NodeRef::<Select>::new();
    let keys = move || across.lab.get().map(|lab| lab.keys.clone()).unwrap_or_default();
    view! {
        <section class="l-plan" aria-label="Policies">
            <div class="l-row"><h2>"Policies"</h2><span class="grow"></span>
                <button class="btn link" title="Errors, over 500 ms, what matters to the business, a tenth of the rest" on:click=move |_| plan.set(Plan::usual())>"The usual ones"</button>
            </div>
            <datalist id="sampled-keys">{move || keys().into_iter().map(|key| view! { <option value=key></option> }).collect_view()}</datalist>
            <div class="l-policy">
                <p class="strong">"Before any policy"</p>
                <NumberField name="Head sampling" unit="%" top=Some(100.0) mark="head" hint="off"
                    value=Signal::derive(move || plan.with(|plan| plan.head_percent))
                    on_change=Callback::new(move |value| plan.update(|plan| plan.head_percent = value))/>
                <NumberField name="Arriving" unit="traces/s" mark="rate" hint="as sampled"
                    value=Signal::derive(move || plan.with(|plan| plan.traces_per_second))
                    on_change=Callback::new(move |value| plan.update(|plan| plan.traces_per_second = value))/>
                <NumberField name="Decides after" unit="s" mark="wait"
                    value=Signal::derive(move || plan.with(|plan| Some(f64::from(plan.decision_wait_seconds))))
                    on_change=Callback::new(move |value: Option<f64>| plan.update(|plan| plan.decision_wait_seconds = value.unwrap_or(0.0) as u32))/>
            </div>
            {move || {
                // Reading it makes it: a memo that is only tracked never runs.
                shape.with(|_| ());
                let many = plan.with_untracked(|plan| plan.policies.len());
                (0..many).map(|at| card(plan, Arc::new([at]), adding)).collect_view()
            }}
            <Adder path=Arc::new([]) name="Add a policy…" kinds=&KINDS handle=adding/>
            <p class="dim">"One policy that says yes is enough. Policies that are off keep nothing and are not written."</p>
        </section>
    }
}

/// A policy with its settings, and those within it.
fn card(plan: RwSignal<Plan>, path: Path, adding: NodeRef<Select>) -> AnyView {
    let Some(rule) = plan.with_untracked(|plan| policy(plan, &path).map(|policy| policy.rule.clone())) else {
        return ().into_any();
    };
    let (named, renamed, off, gone) = (path.clone(), path.clone(), path.clone(), path.clone());
    let is_nested = path.len() > 1;
    let is_portion = plan.try_update_untracked(|plan| portion_mut(plan, &path).is_some()).unwrap_or_default();
    let portion_path = path.clone();
    let within: Vec<Path> = match &rule {
        Rule::And { policies } => (0..policies.len()).map(|at| path.iter().copied().chain([at]).collect()).collect(),
        Rule::Composite { policies, .. } => {
            (0..policies.len()).map(|at| path.iter().copied().chain([at]).collect()).collect()
        }
        _ => Vec::new(),
    };
    let kinds: &'static [NamedKind] = match rule {
        Rule::And { .. } => &KINDS[..9],
        Rule::Composite { .. } => &KINDS[..10],
        _ => &[],
    };
    let inner = within.into_iter().map(|path| card(plan, path, adding)).collect_view();
    view! {
        <div class="l-policy" class:nested=is_nested data-policy=rule.kind()>
            <div class="l-row">
                <input class="field l-name" aria-label="Name of the policy" spellcheck="false" prop:value=move || plan.with(|plan| policy(plan, &named).map(|policy| policy.name.clone()).unwrap_or_default())
                    on:change:target=move |event| {
                        let name = event.target().value();
                        plan.update(|plan| if let Some(policy) = policy_mut(plan, &renamed) { policy.name = name });
                    }/>
                <span class="dim mono l-kind">{rule.kind()}</span>
                <IconButton icon="close" name="Remove this policy" on_click=move |_| {
                    plan.update(|plan| remove(plan, &gone));
                    // Its button is gone with it.
                    if let Some(next) = adding.get_untracked() {
                        let _ = next.focus();
                    }
                }/>
            </div>
            {is_portion.then(|| {
                let (reading, writing) = (portion_path.clone(), portion_path);
                view! {
                    <NumberField name="Of the rate" unit="%" top=Some(100.0) mark="portion"
                        value=Signal::derive(move || plan.with(|plan| portion_mut(&mut plan.clone(), &reading).map(|percent| f64::from(*percent))))
                        on_change=Callback::new(move |value: Option<f64>| plan.update(|plan| if let Some(percent) = portion_mut(plan, &writing) { *percent = value.unwrap_or(0.0) as u32 }))/>
                }
            })}
            {fields(&rule).into_iter().map(|field| setting(plan, path.clone(), field)).collect_view()}
            {move || plan.with(|plan| policy(plan, &off).and_then(|policy| policy.rule.off())).map(|why| view! { <p class="warn" data-off>"Off: "{why}"."</p> })}
            {inner}
            {(!kinds.is_empty()).then(|| view! { <Adder path name="Add one within…" kinds/> })}
        </div>
    }
    .into_any()
}

fn setting(plan: RwSignal<Plan>, path: Path, field: Field) -> AnyView {
    let written = path.clone();
    match field {
        Field::Number { name, unit, top, read, write } => view! {
            <NumberField name unit top mark=name value=Signal::derive(move || plan.with(|plan| policy(plan, &path).and_then(|policy| read(&policy.rule))))
                on_change=Callback::new(move |value| plan.update(|plan| if let Some(policy) = policy_mut(plan, &written) { write(&mut policy.rule, value) }))/>
        }
        .into_any(),
        Field::Text { name, hint, is_key, read, write } => view! {
            <label class="l-field"><span>{name}</span>
                <input class="field" spellcheck="false" placeholder=hint list=is_key.then_some("sampled-keys") data-set=name
                    prop:value=move || plan.with(|plan| policy(plan, &path).map(|policy| read(&policy.rule)).unwrap_or_default())
                    on:change:target=move |event| {
                        let text = event.target().value();
                        plan.update(|plan| if let Some(policy) = policy_mut(plan, &written) { write(&mut policy.rule, text) });
                    }/>
            </label>
        }
        .into_any(),
        Field::Check { name, read, write } => view! {
            <label class="l-check"><input type="checkbox" data-set=name prop:checked=move || plan.with(|plan| policy(plan, &path).is_some_and(|policy| read(&policy.rule)))
                on:change:target=move |event| {
                    let on = event.target().checked();
                    plan.update(|plan| if let Some(policy) = policy_mut(plan, &written) { write(&mut policy.rule, on) });
                }/>{name}</label>
        }
        .into_any(),
    }
}

/// A number, with a slider where it has an end. An empty field is none.
#[component]
fn NumberField(
    name: &'static str,
    unit: &'static str,
    #[prop(optional_no_strip)] top: Option<f64>,
    mark: &'static str,
    #[prop(optional)] hint: &'static str,
    value: Signal<Option<f64>>,
    on_change: Callback<Option<f64>>,
) -> impl IntoView {
    let words =
        move || value.get().filter(|value| value.is_finite()).map(|value| value.to_string()).unwrap_or_default();
    let read = move |text: String| {
        let number = text.trim().parse().ok().filter(|value: &f64| value.is_finite());
        on_change.run(number.map(|number| if unit == "%" { number.clamp(0.0, 100.0) } else { number }));
    };
    view! {
        <label class="l-field"><span>{name}</span>
            <input class="field num" type="number" step="any" placeholder=hint data-set=mark prop:value=words on:change:target=move |event| {
                    read(event.target().value());
                    // What the plan took of it, which may be what it had.
                    event.target().set_value(&untrack(words));
                }/>
            <span class="dim">{unit}</span>
        </label>
        {top.map(|top| view! {
            <input class="l-slider" type="range" min="0" max=top.to_string() step=step(top) aria-label=format!("{name}, {unit}")
                prop:value=move || value.get().unwrap_or(top).to_string() on:input:target=move |event| read(event.target().value())/>
        })}
    }
}

fn step(top: f64) -> &'static str {
    if top > 1_000.0 { "10" } else { "1" }
}

/// Adds a policy of the kind that is chosen.
#[component]
fn Adder(
    path: Path,
    name: &'static str,
    kinds: &'static [NamedKind],
    #[prop(optional)] handle: NodeRef<Select>,
) -> impl IntoView {
    let plan = App::get().across.plan;
    view! {
        <select class="select" node_ref=handle aria-label=name data-add on:change:target=move |event| {
            let chosen = event.target().value().parse::<usize>().ok().and_then(|at| kinds.get(at));
            event.target().set_value("");
            if let Some((_, rule)) = chosen {
                plan.update(|plan| add(plan, &path, rule()));
            }
        }>
            <option value="">{name}</option>
            {kinds.iter().enumerate().map(|(at, (name, _))| view! { <option value=at.to_string()>{*name}</option> }).collect_view()}
        </select>
    }
}
