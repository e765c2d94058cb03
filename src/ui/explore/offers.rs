//! The list under the editor: what can be written at the caret.

use leptos::html;
use leptos::prelude::*;
use wasm_bindgen::JsCast;

use super::editor::LIST_ID;
use crate::query::complete::{Offer, Wants};
use crate::state::app::App;
use crate::state::react::effect;
use crate::ui::parts::slot_class;

/// Lines in the document at once; the rest is reached by typing.
pub const SHOWN: usize = 60;

#[component]
pub fn Offers(offers: Memo<Vec<Offer>>, on_accept: impl Fn(usize) + Copy + Send + Sync + 'static) -> impl IntoView {
    let app = App::get();
    let editor = app.explore.editor;
    let list = NodeRef::<html::Ul>::new();
    // The chosen line stays in sight.
    effect(move || {
        let chosen = editor.chosen.get();
        let line = list.get().and_then(|list| list.children().item(chosen as u32));
        if let Some(line) = line.and_then(|line| line.dyn_into::<web_sys::HtmlElement>().ok()) {
            let options = web_sys::ScrollIntoViewOptions::new();
            options.set_block(web_sys::ScrollLogicalPosition::Nearest);
            line.scroll_into_view_with_scroll_into_view_options(&options);
        }
    });
    let head = move || match editor.place()?.wants {
        Wants::Value { field } => Some(match editor.asking.get() {
            Some(asked) if asked == field => format!("Asking for values of {field} …"),
            _ => format!("Values of {field}"),
        }),
        Wants::Attribute { scope } if !scope.is_empty() => Some(format!("Attributes of {scope}")),
        Wants::Stage => Some("Then".to_owned()),
        _ => None,
    };
    let is_service = move || {
        editor
            .place()
            .is_some_and(|place| matches!(place.wants, Wants::Value { field } if field.ends_with("service.name")))
    };
    let many = move || offers.with(Vec::len);
    view! {
        <div class="pop" class:gone=move || many() == 0>
            {move || head().map(|words| view! { <p class="head">{words}</p> })}
            <ul id=LIST_ID role="listbox" aria-label="What can be written here" node_ref=list>
                {move || {
                    let slots = is_service().then(|| offers.with(|offers| app.colours_of(offers.iter().map(|offer| offer.label.as_str()))));
                    offers.get().into_iter().take(SHOWN).enumerate().map(|(at, offer)| {
                        let slot = slots.as_ref().and_then(|slots| slots.get(at)).copied();
                        let Offer { label, found, detail, .. } = offer;
                        let piece = |range: core::ops::Range<usize>| label.get(range).unwrap_or_default().to_owned();
                        let (before, marked, after) = (piece(0..found.start), piece(found.clone()), piece(found.end..label.len()));
                        let is_chosen = move || editor.chosen.get() == at;
                        view! {
                            // A press must not take the keyboard from the text.
                            <li id=format!("{LIST_ID}-{at}") role="option" class:on=is_chosen aria-selected=move || is_chosen().to_string() data-offer=label.clone()
                                on:pointerdown=move |event| event.prevent_default() on:click=move |_| on_accept(at)>
                                {slot.map(|slot| view! { <i class=format!("sw {}", slot_class(slot))></i> })}
                                <span class="cut">{before}<span class="mk">{marked}</span>{after}</span>
                                <span class="dim">{detail}</span>
                            </li>
                        }
                    }).collect_view()
                }}
            </ul>
            <p class="foot"><span>{move || if many() > SHOWN { format!("{SHOWN} of {}", many()) } else { format!("{}", many()) }}</span>
                <span><span class="kbd">"↑"</span><span class="kbd">"↓"</span>" choose "<span class="kbd">"Tab"</span>" insert "<span class="kbd">"Esc"</span>" close"</span></p>
        </div>
    }
}
