//! After a panic in the page: a bar that says so. It is written to the document directly, since no reactive code runs any
//! more: what failed still holds the queue of tasks.

use wasm_bindgen::prelude::*;
use web_sys::{Document, Element};

const ID: &str = "stopped";

/// Shows the first failure; those that follow come of it.
pub fn show(words: &str) {
    let Some(document) = web_sys::window().and_then(|window| window.document()) else { return };
    // Before the app has started, boot.js shows what went wrong.
    let is_starting = document.get_element_by_id("boot").is_some();
    if !is_starting && document.get_element_by_id(ID).is_none() {
        // Without a document that takes an element there is nowhere to show anything; the console has it.
        let _ = add_bar(&document, words);
    }
}

fn add_bar(document: &Document, words: &str) -> Result<(), JsValue> {
    let bar = element(document, "div", "stopped", "")?;
    bar.set_id(ID);
    bar.set_attribute("role", "alert")?;
    let text = element(document, "p", "grow", "")?;
    let strong = element(document, "b", "strong", "Spanloom stopped.")?;
    text.append_child(&strong)?;
    let what = format!(
        " An error in Spanloom, not in your browser: “{words}”. What is on the screen no longer changes. Reload the page to go on: its \
         address keeps trace and view. Open files of this machine again."
    );
    text.append_child(&document.create_text_node(&what))?;
    let reload = element(document, "button", "btn line", "Reload")?;
    let on_click = Closure::once_into_js(|| {
        // Nothing is left to show it to if even that is refused.
        let _ = web_sys::window().map(|window| window.location().reload());
    });
    reload.add_event_listener_with_callback("click", on_click.unchecked_ref())?;
    bar.append_child(&text)?;
    bar.append_child(&reload)?;
    document.body().ok_or(JsValue::UNDEFINED)?.append_child(&bar)?;
    Ok(())
}

fn element(document: &Document, tag: &str, class: &str, text: &str) -> Result<Element, JsValue> {
    let element = document.create_element(tag)?;
    element.set_class_name(class);
    element.set_text_content(Some(text));
    Ok(element)
}
