//! Effects, memos and derived signals whose plumbing is compiled once, not once a closure: leptos' own constructors are generic over the closure, and each
//! copy of them weighs about a kilobyte.

use leptos::prelude::*;

/// Runs now and whenever what it reads has changed.
pub fn effect(run: impl FnMut() + 'static) {
    fn boxed(run: Box<dyn FnMut()>) {
        Effect::new(run);
    }
    boxed(Box::new(run));
}

/// Runs whenever a value has changed, and not for the one that it has now.
pub fn effect_of_change<T: PartialEq + 'static>(of: impl Fn() -> T + 'static, run: impl Fn() + 'static) {
    let known = StoredValue::new_local(None::<T>);
    effect(move || {
        let now = of();
        let is_first = known.with_value(Option::is_none);
        let differs = known.with_value(|known| known.as_ref() != Some(&now));
        known.set_value(Some(now));
        if differs && !is_first {
            untrack(&run);
        }
    });
}

/// A value worked out of others; whoever reads it hears of it only when it differs.
pub fn memo<T: PartialEq + Send + Sync + 'static>(of: impl Fn(Option<&T>) -> T + Send + Sync + 'static) -> Memo<T> {
    type Boxed<T> = Box<dyn Fn(Option<&T>) -> T + Send + Sync>;
    fn boxed<T: PartialEq + Send + Sync + 'static>(of: Boxed<T>) -> Memo<T> {
        Memo::new(of)
    }
    boxed(Box::new(of))
}

/// A value worked out each time it is read.
pub fn derived<T: Send + Sync + 'static>(of: impl Fn() -> T + Send + Sync + 'static) -> Signal<T> {
    fn boxed<T: Send + Sync + 'static>(of: Box<dyn Fn() -> T + Send + Sync>) -> Signal<T> {
        Signal::derive(of)
    }
    boxed(Box::new(of))
}
