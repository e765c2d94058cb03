//! The size of an element, followed.

use crate::state::react::effect;
use leptos::html::ElementType;
use leptos::prelude::*;
use wasm_bindgen::prelude::*;
use web_sys::{Element, ResizeObserver, ResizeObserverEntry};

/// The observer, and what it calls as long as it lives.
type Observing = (ResizeObserver, Closure<dyn FnMut(js_sys::Array)>);

/// Calls `sized` with width and height in CSS px, now and whenever they change, as long as the owner lives.
pub fn follow_size<E>(element: NodeRef<E>, sized: impl Fn(f64, f64) + Copy + 'static)
where
    E: ElementType,
    E::Output: JsCast + Clone + AsRef<Element> + 'static,
{
    let held: StoredValue<Option<Observing>, LocalStorage> = StoredValue::new_local(None);
    effect(move || {
        let Some(element) = element.get() else { return };
        let element: &Element = element.as_ref();
        let first = element.get_bounding_client_rect();
        sized(first.width(), first.height());
        let on_size = Closure::<dyn FnMut(js_sys::Array)>::new(move |entries: js_sys::Array| {
            let last = entries.pop().dyn_into::<ResizeObserverEntry>().ok();
            if let Some(rect) = last.map(|entry| entry.content_rect()) {
                sized(rect.width(), rect.height());
            }
        });
        if let Ok(observer) = ResizeObserver::new(on_size.as_ref().unchecked_ref()) {
            observer.observe(element);
            held.set_value(Some((observer, on_size)));
        }
    });
    on_cleanup(move || {
        held.update_value(|held| {
            if let Some((observer, _)) = held.take() {
                observer.disconnect();
            }
        });
    });
}
