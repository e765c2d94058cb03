//! The services of the trace: a legend that hides and isolates.

use leptos::html::Details;
use leptos::prelude::*;

use crate::base::format::{count, counted};
use crate::base::sort;
use crate::state::app::App;
use crate::ui::icon::Icon;
use crate::ui::menu::Menu;
use crate::ui::parts::{Swatch, service_words, slot_class};

/// How many services the legend shows beside the menu.
const INLINE: usize = 4;

#[component]
pub fn Services(
    /// The menu alone, without the services with most spans beside it.
    #[prop(optional)]
    menu_only: bool,
) -> impl IntoView {
    let app = App::get();
    let menu = NodeRef::<Details>::new();
    let total = move || app.outline.with(|o| o.as_ref().map(|o| o.services.len()).unwrap_or_default());
    let hidden = move || app.view.options.with(|options| options.hidden_services.count());
    let hides = move |at: u32| app.view.options.with(|options| options.hidden_services.contains(at));
    let label = move || {
        view! {
            <summary class="btn" data-services>
                {move || match hidden() {
                    0 => counted(total() as u64, "service", "services"),
                    n => format!("{} of {} services", count(total() as u64 - u64::from(n)), count(total() as u64)),
                }}
                <Icon name="down"/>
            </summary>
        }
    };
    view! {
        {(!menu_only).then(|| view! { <div class="svcs only-wide">
            {move || app.outline.get().map(|outline| {
                // The ones with most spans; all of them are in the menu.
                let mut order: Vec<(u32, _)> = (0u32..).zip(outline.services.clone()).collect();
                sort::by_key(&mut order, |(at, line)| (core::cmp::Reverse(line.spans), *at));
                order.into_iter().take(INLINE).map(|(at, line)| {
                    let title = format!("Show only {}", service_words(&line.name));
                    let slot = slot_class(line.slot);
                    view! {
                        <button class=format!("btn svc-chip {slot}") class:off=move || hides(at) title=title on:click=move |_| app.only_service(at)>
                            <i class="sw"></i>{service_words(&line.name)}" "<span class="dim">{count(line.spans)}</span>
                        </button>
                    }
                }).collect_view()
            })}
        </div> })}
        <Menu handle=menu class="services" label>
                {move || app.outline.get().map(|outline| (0u32..).zip(outline.services.clone()).map(|(at, line)| view! {
                    <li class="svc-line">
                        <label>
                            <input type="checkbox" prop:checked=move || !hides(at) on:change=move |_| app.toggle_service(at)/>
                            <Swatch of=line.slot/>
                            <span class="cut">{service_words(&line.name)}</span>
                            {(line.error_spans > 0).then(|| view! { <span class="err">{count(line.error_spans)}" err"</span> })}
                            <span class="dim num">{count(line.spans)}</span>
                        </label>
                        <button class="btn" on:click=move |_| app.only_service(at)>"only"</button>
                    </li>
                }).collect_view())}
                <li><button class="btn" on:click=move |_| app.all_services()>"Show all services"</button></li>
        </Menu>
    }
}
