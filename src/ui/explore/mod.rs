//! Exploring a source: the board of its services, and searching for traces. The range, the source and how often all is asked again stand
//! above both.

mod board;
mod board_row;
mod chips;
mod compare;
mod doctor;
mod editor;
mod form;
pub mod map;
mod offers;
pub mod pending;
pub mod range;
mod red;
mod result_row;
mod results;
pub mod sampled;
mod search;
mod time_chart;
mod toolbar;

use leptos::prelude::*;

use self::board::Services;
use self::doctor::DoctorScreen;
use self::map::RangeMapScreen;
use self::search::SearchPage;
use self::toolbar::Toolbar;
use super::across::AcrossScreen;
use super::home::Home;
use crate::state::app::App;
use crate::state::explore::view::Tab;

#[component]
pub fn ExploreScreen() -> impl IntoView {
    let explore = App::get().explore;
    view! {
        <Toolbar/>
        {move || match explore.tab.get() {
            Tab::Services => view! { <Services/> }.into_any(),
            Tab::Traces => view! { <SearchPage/> }.into_any(),
            Tab::Map => view! { <RangeMapScreen/> }.into_any(),
            Tab::Across => view! { <AcrossScreen/> }.into_any(),
            Tab::Setup => view! { <DoctorScreen/> }.into_any(),
            Tab::Open => view! { <Home/> }.into_any(),
        }}
    }
}
