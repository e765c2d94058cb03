//! Questions to the worker whose answers are awaited: one answer each.

use std::cell::RefCell;
use std::rc::Rc;

use js_sys::Promise;
use leptos::prelude::*;
use wasm_bindgen::JsValue;
use wasm_bindgen_futures::JsFuture;

use super::app::App;
use crate::worker::client::Answer;
use crate::worker::protocol::Ask;

impl App {
    /// The answer; `None` when nothing is open. A worker that is replaced meanwhile never answers, and neither does this:
    /// whoever waits is gone too.
    pub async fn ask(self, ask: impl FnOnce(u32) -> Ask) -> Option<Answer> {
        // Without an open trace the worker would have nothing to answer from.
        if self.outline.with_untracked(Option::is_none) {
            return None;
        }
        let client = self.client()?;
        let slot: Rc<RefCell<Option<Answer>>> = Rc::default();
        let mut asked = Some(ask);
        let promise = Promise::new(&mut |resolve, _| {
            let Some(ask) = asked.take() else { return };
            let slot = slot.clone();
            client.ask(ask, move |answer| {
                *slot.borrow_mut() = Some(answer);
                // Resolving a promise of our own cannot throw.
                let _ = resolve.call0(&JsValue::NULL);
            });
        });
        JsFuture::from(promise).await.ok()?;
        slot.borrow_mut().take()
    }
}
