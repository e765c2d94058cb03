//! Questions to the worker: awaited, one answer each; or followed, as long as a view lives.

use std::cell::RefCell;
use std::rc::Rc;

use js_sys::Promise;
use leptos::prelude::*;
use wasm_bindgen::JsValue;
use wasm_bindgen_futures::JsFuture;

use super::app::App;
use crate::model::outline::Column;
use crate::worker::client::Answer;
use crate::worker::protocol::Ask;

/// A question that is put anew whenever what it was made from changes.
pub struct Question {
    pub ask: Box<dyn FnOnce(u32) -> Ask>,
    /// Beside it.
    pub columns: Vec<Column>,
}

impl App {
    /// Puts a question now and whenever what `question` reads has changed; `None` asks nothing. Only the newest one's
    /// answer is taken: an older picture stays until then, so nothing jumps.
    pub fn follow(self, question: impl Fn() -> Option<Question> + 'static, take: impl Fn(Answer) + Clone + 'static) {
        let newest = StoredValue::new(0u32);
        Effect::new(move || {
            let Some(Question { ask, columns }) = question() else { return };
            let Some(client) = self.client() else { return };
            newest.update_value(|n| *n = n.wrapping_add(1));
            let (mine, take) = (newest.get_value(), take.clone());
            client.ask_with(ask, &columns, move |answer| {
                // The view that asked may be gone.
                if newest.try_get_value() == Some(mine) {
                    take(answer);
                }
            });
        });
    }

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
