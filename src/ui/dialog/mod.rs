//! What opens over the page and closes with Escape: keys, settings, pictures, handing over. Native dialogs keep the focus inside.

mod choice;
mod hand_over;
mod keys;
mod picture;
mod settings;

use leptos::html;
use leptos::prelude::*;

use self::hand_over::HandOverForm;
use self::keys::Keys;
use self::picture::PictureDialog;
use self::settings::Settings;
use super::parts::IconButton;
use crate::state::app::{App, Dialog};
use crate::state::react::effect;

#[component]
pub fn Dialogs() -> impl IntoView {
    let app = App::get();
    let element = NodeRef::<html::Dialog>::new();
    effect(move || {
        let open = app.dialog.get().is_some();
        let Some(element) = element.get() else { return };
        if open && !element.open() {
            // Refused only when it is open already, which was asked.
            let _ = element.show_modal();
        } else if !open && element.open() {
            element.close();
        }
    });
    let title = move || match app.dialog.get() {
        Some(Dialog::Settings) => "Settings",
        Some(Dialog::HandOver) => "Hand over",
        Some(Dialog::Picture) => "Picture",
        _ => "Keys",
    };
    view! {
        <dialog
            node_ref=element aria-label=title
            on:close=move |_| app.dialog.set(None)
            on:click=move |event| {
                // A click on the scrim is a click on the dialog element itself.
                if event.target() == event.current_target() {
                    app.dialog.set(None);
                }
            }
        >
            <div class="dialog-body">
                <header><h2>{title}</h2><span class="grow"></span>
                    <IconButton icon="close" name="Close" on_click=move |_| app.dialog.set(None)/>
                </header>
                {move || app.dialog.get().map(|dialog| match dialog {
                    Dialog::HandOver => view! { <HandOverForm/> }.into_any(),
                    Dialog::Picture => view! { <PictureDialog/> }.into_any(),
                    Dialog::Keys => view! { <Keys/> }.into_any(),
                    Dialog::Settings => view! { <Settings/> }.into_any(),
                })}
            </div>
        </dialog>
    }
}
