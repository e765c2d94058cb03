//! The tools of the flame chart: critical path, folding, errors, services, fit.

use leptos::prelude::*;

use crate::state::app::App;
use crate::ui::parts::{IconButton, Toggle};
use crate::ui::tools::{ErrorTool, FocusTool, FoldTool, Services};

#[component]
pub fn FlameTools() -> impl IntoView {
    let app = App::get();
    let view = app.view;
    view! {
        <div class="tools" role="toolbar" aria-label="Flame chart">
            <span class="lab only-wide">"x is time"</span>
            <span class="sep only-wide"></span>
            <Toggle icon="critical" name="Critical path" on=view.show_critical on_click=move |_| view.show_critical.update(|on| *on = !*on)/>
            <FoldTool/>
            <ErrorTool/>
            <FocusTool/>
            <span class="sep only-wide"></span>
            <Services/>
            <span class="grow"></span>
            <IconButton icon="focus" name="Focus the selected subtree" on_click=move |_| app.focus(view.selected.get_untracked())/>
            <IconButton icon="fit" name="Fit the trace" on_click=move |_| app.fit()/>
        </div>
    }
}
