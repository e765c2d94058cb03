//! Statistics: a table of figures by group. A click on a group marks its spans in every view.

mod table;
mod tools;

use leptos::prelude::*;

use self::table::Table;
use self::tools::StatsTools;
use crate::state::app::App;

pub use self::table::status;

#[component]
pub fn StatisticsView() -> impl IntoView {
    App::get().follow_stats();
    view! {
        <StatsTools/>
        <div class="stats" id="view-stats" role="tabpanel" aria-labelledby="tab-stats"><Table/></div>
    }
}
