//! Statistics: a table of figures by group. A click on a group marks its spans in every view.

mod table;
mod tools;

use leptos::prelude::*;

use self::table::Table;
use self::tools::StatsTools;
use crate::state::app::App;
use crate::ui::follow::next_task_on;

pub use self::table::{COLUMNS, ROW_PX, name_words, rows_in_sight, status};
pub use self::tools::words;

#[component]
pub fn StatisticsView() -> impl IntoView {
    App::get().follow_stats();
    // Tools first, the table in a task of its own: together they would keep a frame waiting.
    let has_tools = next_task_on();
    view! {
        <StatsTools/>
        <div class="stats" id="view-stats" role="tabpanel" aria-labelledby="tab-stats">{move || has_tools.get().then(|| view! { <Table/> })}</div>
    }
}
