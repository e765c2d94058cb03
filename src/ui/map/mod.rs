//! The service map: tools, the picture, and the panel of what is picked in it.

mod card;
mod edge;
mod legend;
mod node;
mod panel;
mod picture;
mod tools;

use leptos::prelude::*;

use crate::state::app::App;

pub use self::node::{cut, shape_of, text_place, words as node_words};
pub use self::panel::MapPanel;
pub use self::picture::{Picture, calls_to};
pub use self::tools::status;
pub use self::tools::{MapTools, cut_words};

#[component]
pub fn MapScreen() -> impl IntoView {
    App::get().follow_map();
    view! {
        <MapTools/>
        <Picture/>
    }
}
