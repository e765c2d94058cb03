//! What the tables of many rows share: heads that sort, and the keyboard along rows of which only those in sight exist.

use leptos::ev::KeyboardEvent;
use leptos::html;
use leptos::prelude::*;
use wasm_bindgen::JsCast;

/// A sorted column, and whether the largest comes first.
pub type Sorted<C> = RwSignal<(C, bool)>;

/// The head of a column: a click sorts by it, a second one turns the order.
#[component]
pub fn SortHead<C>(
    sort: Sorted<C>,
    column: C,
    #[prop(into)] name: Signal<String>,
    #[prop(optional)] title: &'static str,
    /// Figures stand right, and are most often sought from the largest.
    is_figure: bool,
) -> impl IntoView
where
    C: Copy + PartialEq + Send + Sync + 'static,
{
    let state = move || match sort.get() {
        (by, false) if by == column => "ascending",
        (by, true) if by == column => "descending",
        _ => "none",
    };
    let click = move |_| {
        sort.update(|(by, descending)| {
            *descending = if *by == column { !*descending } else { is_figure };
            *by = column;
        });
    };
    view! {
        <div role="columnheader" class:num=is_figure aria-sort=state title=title>
            <button class="btn" on:click=click>{name}{move || match state() {
                "ascending" => " ↑",
                "descending" => " ↓",
                _ => "",
            }}</button>
        </div>
    }
}

/// The rows of a table: how high one is, how many there are, and which takes part in the order of Tab.
#[derive(Clone, Copy)]
pub struct Rows {
    pub scroller: NodeRef<html::Div>,
    pub row_px: f64,
    /// What stands above the rows inside the scroller and stays there.
    pub head_px: f64,
    pub count: Signal<usize>,
    pub cursor: RwSignal<usize>,
}

impl Rows {
    /// Arrows, page keys, Home and End move the keyboard along the rows. Elements of rows say their place in
    /// `data-place`.
    pub fn press(self, event: &KeyboardEvent) {
        let now = self.cursor.get_untracked();
        let last = self.count.get_untracked().saturating_sub(1);
        let page = (self.room_px() / self.row_px).floor().max(1.0) as usize;
        let next = match event.key().as_str() {
            "ArrowDown" => now + 1,
            "ArrowUp" => now.saturating_sub(1),
            "PageDown" => now + page,
            "PageUp" => now.saturating_sub(page),
            "Home" => 0,
            "End" => last,
            _ => return,
        };
        event.prevent_default();
        event.stop_propagation();
        self.go_to(next.min(last));
    }

    /// A row down or up.
    pub fn step(self, by: isize) {
        let last = self.count.get_untracked().saturating_sub(1);
        self.go_to(self.cursor.get_untracked().saturating_add_signed(by).min(last));
    }

    fn room_px(self) -> f64 {
        self.scroller.get_untracked().map_or(0.0, |scroller| f64::from(scroller.client_height())) - self.head_px
    }

    /// Scrolls no more than it takes, then gives the row the keyboard.
    fn go_to(self, place: usize) {
        let Some(scroller) = self.scroller.get_untracked() else { return };
        self.cursor.set(place);
        let (top, now) = (place as f64 * self.row_px, f64::from(scroller.scroll_top()));
        let most = (top + self.row_px - self.room_px()).max(0.0);
        if top < now {
            scroller.set_scroll_top(top as i32);
        } else if now < most {
            scroller.set_scroll_top(most.ceil() as i32);
        }
        // The row is made when the scroller has told of its new place.
        request_animation_frame(move || request_animation_frame(move || focus_row(&scroller, place)));
    }
}

fn focus_row(scroller: &web_sys::HtmlDivElement, place: usize) {
    let row = scroller.query_selector(&format!("[data-place='{place}']")).ok().flatten();
    if let Some(row) = row.and_then(|row| row.dyn_into::<web_sys::HtmlElement>().ok()) {
        // A row can always take the focus.
        let _ = row.focus();
    }
}
