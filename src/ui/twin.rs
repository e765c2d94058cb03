//! The textual twin of a canvas: a tree of what is drawn, in words, for screen readers. It is rewritten when the picture has
//! come to rest, not at every frame.

use core::time::Duration;

use crate::state::react::effect;
use leptos::prelude::*;

/// One box in words.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub struct TwinItem {
    /// The id of its element, which the focused canvas names as its active one.
    pub id: String,
    /// Depth, from 1.
    pub level: u32,
    pub words: String,
    pub selected: bool,
}

/// At most this many; a screen reader's user walks along boxes, not through thousands.
pub const MOST: usize = 200;
const REST_MS: u64 = 120;

/// Follows what is drawn: when what `watch` reads has rested, `items` tells it anew.
pub fn follow_rest(
    watch: impl Fn() + 'static,
    items: impl Fn() -> Vec<TwinItem> + Copy + 'static,
) -> RwSignal<Vec<TwinItem>> {
    let rested = RwSignal::new(Vec::new());
    let newest = StoredValue::new(0u32);
    effect(move || {
        watch();
        newest.update_value(|n| *n = n.wrapping_add(1));
        let mine = newest.get_value();
        set_timeout(
            move || {
                if newest.try_get_value() == Some(mine) {
                    rested.try_set(untrack(items));
                }
            },
            Duration::from_millis(REST_MS),
        );
    });
    rested
}

#[component]
pub fn Twin(items: RwSignal<Vec<TwinItem>>) -> impl IntoView {
    view! {
        <For each=move || items.get() key=|item| item.clone() let:item>
            <div class="vh" role="treeitem" id=item.id prop:ariaLevel=item.level.to_string() aria-selected=item.selected.to_string()>{item.words}</div>
        </For>
    }
}
