//! A pointer that is held down and moved.

use std::cell::RefCell;
use std::rc::Rc;

use leptos::ev::PointerEvent;
use leptos::prelude::*;
use wasm_bindgen::JsCast;
use web_sys::Element;

/// A press that moves less than this is a click.
const CLICK_PX: f64 = 3.0;

/// Follows the pointer until it is let go; `moved` gets the way from where it was pressed, in px.
pub fn drag(event: &PointerEvent, moved: impl Fn(f64, f64) + 'static) {
    let Some(element) = pressed(event) else { return };
    event.prevent_default();
    // Without capture the drag still works inside the element.
    let _ = element.set_pointer_capture(event.pointer_id());
    follow(event, move |dx, dy| {
        moved(dx, dy);
        true
    });
}

/// Drags of an element that can be clicked as well.
#[derive(Clone, Copy)]
pub struct Dragging {
    /// The press that is under way, or the last one, has moved.
    moved: StoredValue<bool>,
}

impl Dragging {
    pub fn new() -> Self {
        Dragging { moved: StoredValue::new(false) }
    }

    /// Follows a press; `moved` is called once it is no click any more.
    pub fn follow(self, event: &PointerEvent, moved: impl Fn(f64, f64) + 'static) {
        let Some(element) = pressed(event) else { return };
        self.moved.set_value(false);
        let pointer = event.pointer_id();
        follow(event, move |dx, dy| {
            // The component may go while the pointer is down.
            let Some(has_moved) = self.moved.try_get_value() else { return false };
            if !has_moved && dx.abs().max(dy.abs()) > CLICK_PX {
                self.moved.set_value(true);
                // Not before: a press that is captured at once is a click on the element, not on what lies in it.
                let _ = element.set_pointer_capture(pointer);
            }
            if has_moved {
                moved(dx, dy);
            }
            true
        });
    }

    /// Whether the click that comes now ends a drag, and so is none.
    pub fn was_drag(self) -> bool {
        self.moved.try_get_value().unwrap_or_default()
    }
}

/// The element under a press of the main button.
fn pressed(event: &PointerEvent) -> Option<Element> {
    let element = event.current_target().and_then(|target| target.dyn_into::<Element>().ok());
    element.filter(|_| event.button() == 0)
}

/// Calls `moved` with the way from the press until the pointer is let go, or `moved` says that nobody listens.
fn follow(event: &PointerEvent, moved: impl Fn(f64, f64) -> bool + 'static) {
    let from = (f64::from(event.client_x()), f64::from(event.client_y()));
    let held: Rc<RefCell<Vec<WindowListenerHandle>>> = Rc::default();
    let undo = {
        let held = held.clone();
        move || held.take().into_iter().for_each(WindowListenerHandle::remove)
    };
    let (up, cancel) = (undo.clone(), undo.clone());
    let moves = window_event_listener(leptos::ev::pointermove, move |event| {
        if !moved(f64::from(event.client_x()) - from.0, f64::from(event.client_y()) - from.1) {
            undo();
        }
    });
    let ends = [
        window_event_listener(leptos::ev::pointerup, move |_| up()),
        window_event_listener(leptos::ev::pointercancel, move |_| cancel()),
    ];
    held.borrow_mut().push(moves);
    held.borrow_mut().extend(ends);
}
