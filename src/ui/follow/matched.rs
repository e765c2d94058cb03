//! What find has matched, as a set that scenes can ask.

use std::sync::Arc;

use leptos::prelude::*;

use crate::layout::Bits;
use crate::state::app::App;

/// `None` while nothing is looked for.
pub fn follow_matches() -> Memo<Option<Arc<Bits>>> {
    let view = App::get().view;
    Memo::new_with_compare(
        move |_| {
            let asked = view.find.with(|text| !text.trim().is_empty());
            asked.then(|| view.matches.with(|matches| Arc::new(matches.spans.iter().copied().collect())))
        },
        |_, _| true,
    )
}
