//! The page as a whole: the bar, one screen, and what lies over it.

use leptos::prelude::*;

use super::appbar::AppBar;
use super::banner::Banners;
use super::busy::Busy;
use super::consent::ConsentBar;
use super::dialog::Dialogs;
use super::drop::DropTarget;
use super::embed::{self, EmbedLine};
use super::explore::ExploreScreen;
use super::failure::FailureScreen;
use super::follow::provide_palette;
use super::home::Home;
use super::keyboard;
use super::list::TraceList;
use super::loading::LoadingScreen;
use super::picker::Picker;
use super::stopped;
use super::trace::TraceScreen;
use crate::state::act::focus_element;
use crate::state::app::{App, Screen};
use crate::state::host;
use crate::state::react::memo;
use crate::worker::panicked::on_panic;

/// Puts the page into the body; boot.js then removes the words that stood there meanwhile.
pub fn mount() {
    on_panic(stopped::show);
    leptos::mount::mount_to_body(Page);
}

#[component]
fn Page() -> impl IntoView {
    let app = App::new();
    provide_context(app);
    provide_palette();
    host::listen(app);
    keyboard::listen(app);
    app.follow_address();
    app.follow_rows();
    app.follow_caret();
    app.start();
    embed::hold_back(app);
    // A memo: home is not built again, losing what was typed into it, when only its reason changes.
    let is_blank = memo(move |_| app.undecided.get() && app.screen.get() == Screen::Home);
    let embedded = move || app.url.with(|url| url.embed);

    view! {
        <a class="skip" href="#main" on:click=move |event| { event.prevent_default(); focus_element("#main"); }>"Skip to content"</a>
        <Show when=embedded fallback=|| view! { <AppBar/> }><EmbedLine/></Show>
        <ConsentBar/>
        <Show when=move || !embedded()><Banners/></Show>
        <Busy/>
        <main id="main" tabindex="-1" class:embedded=embedded class:entered=app.is_entered data-screen=move || if is_blank.get() { "starting" } else { name_of(app.screen.get()) }>
            {move || match app.screen.get() {
                Screen::Home if is_blank.get() => ().into_any(),
                Screen::Home => view! { <Home/> }.into_any(),
                Screen::Explore => view! { <ExploreScreen/> }.into_any(),
                Screen::Loading => view! { <LoadingScreen/> }.into_any(),
                Screen::Failure => view! { <FailureScreen/> }.into_any(),
                Screen::List => view! { <TraceList/> }.into_any(),
                Screen::Trace => view! { <TraceScreen/> }.into_any(),
            }}
        </main>
        <Picker/>
        <DropTarget/>
        <Dialogs/>
        <div class="notice" role="status" aria-live="polite" class:shown=move || app.notice.with(|words| !words.is_empty())>
            {move || app.notice.get()}
        </div>
    }
}

fn name_of(screen: Screen) -> &'static str {
    match screen {
        Screen::Home => "home",
        Screen::Explore => "explore",
        Screen::Loading => "loading",
        Screen::Failure => "failure",
        Screen::List => "list",
        Screen::Trace => "trace",
    }
}
