//! The bar at the top of every screen: where one is, go to, open, download, theme, keys.

use leptos::prelude::*;

use super::download::DownloadMenu;
use super::goto_box::GotoBox;
use super::icon::{Icon, Logo};
use super::parts::IconButton;
use crate::state::app::{App, Dialog, Screen};

#[component]
pub fn AppBar() -> impl IntoView {
    let app = App::get();
    let trace_open = move || app.screen.get() == Screen::Trace;
    view! {
        <header class="appbar">
            <a class="logo" href="?" on:click=move |event| { event.prevent_default(); app.go_home(); } title="Home">
                <Logo/>
                <span class="wide">"Spanloom"</span>
            </a>
            <Trail/>
            <span class="grow"></span>
            <GotoBox/>
            <OpenFile/>
            <Show when=trace_open>
                <IconButton icon="link" name="Copy link to this view" on_click=move |_| app.copy_link() class="wide"/>
                <DownloadMenu/>
            </Show>
            <IconButton icon="theme" name="Light or dark" on_click=move |_| app.next_theme() class="wide"/>
            <IconButton icon="settings" name="Settings" on_click=move |_| app.dialog.set(Some(Dialog::Settings))/>
            <IconButton icon="help" name="Keys" on_click=move |_| app.dialog.set(Some(Dialog::Keys)) class="wide"/>
        </header>
    }
}

/// Source, list, trace: each a step back.
#[component]
fn Trail() -> impl IntoView {
    let app = App::get();
    let several = move || app.traces.with(|traces| traces.len() > 1);
    let trace = move || {
        let shown = app.screen.get() == Screen::Trace;
        app.outline.with(|outline| outline.as_ref().filter(|_| shown).map(|o| o.headline.trace_id.clone()))
    };
    view! {
        <nav class="crumbs" aria-label="Where">
            {move || app.origin.get().filter(|_| app.screen.get() != Screen::Explore).map(|origin| {
                let words = origin.words();
                view! {
                    <span class="sep wide"></span>
                    {if several() {
                        let title = "Back to the list of traces";
                        view! { <button class="btn cut" title=title on:click=move |_| app.show_list(true)>{words}</button> }.into_any()
                    } else {
                        view! { <span class="cut">{words}</span> }.into_any()
                    }}
                }
            })}
            {move || trace().map(|id| {
                // An id of 64 bits is written behind zeros.
                let short = id.strip_prefix("0000000000000000").or(id.get(..16)).unwrap_or(&id).to_owned();
                view! { <span class="wide crumb-id"><Icon name="right"/><span class="mono cut">{short}</span></span> }
            })}
        </nav>
    }
}

/// The button of the file picker; the picker itself is the page's, which has it on screens without this bar too.
#[component]
fn OpenFile() -> impl IntoView {
    let app = App::get();
    view! {
        <button class="btn" title="Open trace files" on:click=move |_| app.pick_files()>
            <Icon name="folder"/>
            <span class="wide">"Open file"</span>
            <span class="vh narrow">"Open file"</span>
        </button>
    }
}
