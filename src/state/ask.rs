//! Questions to the worker: awaited, one answer each; or followed, as long as a view lives.

use std::cell::RefCell;
use std::rc::{Rc, Weak};
use std::sync::Arc;

use js_sys::{Function, Promise};
use leptos::prelude::*;
use wasm_bindgen::JsValue;
use wasm_bindgen_futures::JsFuture;

use super::app::App;
use crate::model::Outline;
use crate::model::outline::Column;
use crate::state::react::effect;
use crate::worker::client::{Answer, Client};
use crate::worker::protocol::Ask;

/// What a view's answer was given to: of which trace, and which question (its number left out). While both are the same the
/// answer still holds, also for a view that is opened again.
#[derive(Clone, Copy)]
pub struct Answered {
    to: StoredValue<Option<(Arc<Outline>, Ask)>>,
}

impl Answered {
    pub fn new() -> Self {
        Answered { to: StoredValue::new(None) }
    }

    pub fn forget(self) {
        self.to.set_value(None);
    }

    fn holds(self, outline: &Arc<Outline>, ask: &Ask) -> bool {
        self.to.with_value(|to| to.as_ref().is_some_and(|(of, known)| Arc::ptr_eq(of, outline) && known == ask))
    }
}

impl Default for Answered {
    fn default() -> Self {
        Self::new()
    }
}

/// A question that a view waits for, and whose it is to answer.
type Awaited = StoredValue<Option<(Weak<Client>, u32)>, LocalStorage>;

/// The view no longer waits: a worker that is still at it may stop.
fn give_up(awaited: Awaited) {
    let asked = awaited.try_update_value(Option::take).flatten();
    if let Some((client, id)) = asked.and_then(|(client, id)| Some((client.upgrade()?, id))) {
        client.give_up(id);
    }
}

/// A counter that the page shows as work under way while it is above 0.
pub struct Working(RwSignal<u32>);

impl Working {
    pub fn begin(counter: RwSignal<u32>) -> Self {
        counter.update(|n| *n += 1);
        Working(counter)
    }
}

impl Drop for Working {
    fn drop(&mut self) {
        self.0.try_update(|n| *n = n.saturating_sub(1));
    }
}

impl App {
    /// Puts a question now and whenever what `question` reads has changed, unless it is the one that `answered` has the
    /// answer to. Only the newest one's answer is taken: an older picture stays until then, so nothing jumps. A question is
    /// given up when another takes its place, and with the view.
    pub fn follow(
        self,
        answered: Answered,
        question: impl Fn() -> Ask + 'static,
        take: impl Fn(Arc<Outline>, Answer) + Clone + 'static,
    ) {
        let newest = StoredValue::new(0u32);
        let awaited: Awaited = StoredValue::new_local(None);
        on_cleanup(move || give_up(awaited));
        effect(move || {
            let Some(outline) = self.outline.get() else { return };
            let ask = question();
            newest.update_value(|n| *n = n.wrapping_add(1));
            give_up(awaited);
            if answered.holds(&outline, &ask) {
                return;
            }
            let Some(client) = self.client() else { return };
            let (mine, take) = (newest.get_value(), take.clone());
            let known = ask.clone();
            let mut working = Some(Working::begin(self.working));
            client.ask(
                |id| {
                    awaited.set_value(Some((Rc::downgrade(&client), id)));
                    ask.numbered(id)
                },
                move |answer| {
                    working.take();
                    // The view that asked may be gone.
                    if newest.try_get_value() == Some(mine) {
                        awaited.try_update_value(|awaited| *awaited = None);
                        answered.to.set_value(Some((outline.clone(), known.clone())));
                        take(outline.clone(), answer);
                    }
                },
            );
        });
    }

    /// The answer; `None` when nothing is open, and when the worker is gone. The question is on its way when this returns,
    /// before the first poll, and the worker it was put to lives until it has answered, also when another trace has opened
    /// since.
    pub fn ask(self, ask: impl FnOnce(u32) -> Ask) -> impl Future<Output = Option<Answer>> {
        self.ask_with(ask, Vec::new())
    }

    /// The same with columns beside the question.
    pub fn ask_with(self, ask: impl FnOnce(u32) -> Ask, columns: Vec<Column>) -> impl Future<Output = Option<Answer>> {
        // Without an open trace the worker would have nothing to answer from.
        let is_open = self.outline.with_untracked(Option::is_some);
        let asked = self.client().filter(|_| is_open).map(|client| (client.answer_with(ask, columns), client));
        async move {
            let (answer, _alive) = asked?;
            answer.await
        }
    }
}

/// Ends a question that was put, also one whose worker is gone.
struct ResolvedOnDrop(Function);

impl ResolvedOnDrop {
    fn resolve(&self) {
        // Resolving a promise of our own cannot throw, and doing it twice does nothing.
        let _ = self.0.call0(&JsValue::NULL);
    }
}

impl Drop for ResolvedOnDrop {
    fn drop(&mut self) {
        self.resolve();
    }
}

impl Client {
    /// The answer to one question, which is on its way when this returns.
    pub fn answer<F: FnOnce(u32) -> Ask>(&self, ask: F) -> impl Future<Output = Option<Answer>> + use<F> {
        self.answer_with(ask, Vec::new())
    }

    fn answer_with<F: FnOnce(u32) -> Ask>(
        &self,
        ask: F,
        columns: Vec<Column>,
    ) -> impl Future<Output = Option<Answer>> + use<F> {
        let slot: Rc<RefCell<Option<Answer>>> = Rc::default();
        let mut asked = Some((ask, columns));
        let promise = Promise::new(&mut |resolve, _| {
            let Some((ask, columns)) = asked.take() else { return };
            let (slot, ends) = (slot.clone(), ResolvedOnDrop(resolve));
            self.ask_with(ask, &columns, move |answer| {
                *slot.borrow_mut() = Some(answer);
                ends.resolve();
            });
        });
        async move {
            JsFuture::from(promise).await.ok()?;
            slot.borrow_mut().take()
        }
    }
}
