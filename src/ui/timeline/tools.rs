//! The tools of the timeline: levels, critical path, folding, errors, services, fit.

use leptos::html::Details;
use leptos::prelude::*;

use crate::base::format::count;
use crate::layout::collapse;
use crate::state::app::App;
use crate::ui::icon::Icon;
use crate::ui::menu::{Menu, close};
use crate::ui::parts::{IconButton, Toggle};
use crate::ui::tools::{ErrorTool, FocusTool, FoldTool, Services};

#[component]
pub fn Tools() -> impl IntoView {
    let app = App::get();
    let view = app.view;
    view! {
        <div class="tools" role="toolbar" aria-label="Timeline">
            <IconButton icon="expand-all" name="Expand all" on_click=move |_| view.expand_all()/>
            <IconButton icon="collapse-all" name="Collapse all" on_click=move |_| app.collapse_all()/>
            <Levels/>
            <span class="sep"></span>
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

/// How deep the tree is open.
#[component]
fn Levels() -> impl IntoView {
    let app = App::get();
    let menu = NodeRef::<Details>::new();
    let act = move |act: Box<dyn Fn(App)>| {
        act(app);
        close(menu);
    };
    let depth = move || app.outline.with(|o| o.as_ref().map(|o| o.headline.max_depth).unwrap_or_default());
    let label = || view! { <summary class="btn">"Level"<Icon name="down"/></summary> };
    view! {
        <Menu handle=menu label>
            <li><button class="btn" on:click=move |_| act(Box::new(App::expand_level))><span>"One level more"</span></button></li>
            <li><button class="btn" on:click=move |_| act(Box::new(App::collapse_level))><span>"One level less"</span></button></li>
            {[1u32, 2, 3, 5, 8].map(|level| view! {
                <Show when=move || u64::from(level) < depth()>
                    <li><button class="btn" on:click=move |_| act(Box::new(move |app| app.collapse_by(|o, _| collapse::to_depth(o, level))))>
                        {format!("To depth {}", count(u64::from(level)))}
                    </button></li>
                </Show>
            })}
            <li><button class="btn" on:click=move |_| act(Box::new(|app| app.collapse_by(|o, _| collapse::all_but_error_paths(o))))>"Only paths to errors"</button></li>
        </Menu>
    }
}
