//! Onto the clipboard: texts at once, texts that have still to be made, and pictures.
//!
//! Safari lets a page copy only during a press. What is made later is promised during the press; a browser that takes no promise gets the text when it
//! is made.

use std::cell::Cell;
use std::rc::Rc;

use js_sys::{Array, Function, Object, Promise, Reflect};
use leptos::task::spawn_local;
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::JsFuture;

use super::app::App;
use super::take::blob_of;

const NOT_ALLOWED: &str = "The browser did not allow copying here";
const TEXT: &str = "text/plain";

/// The clipboard; pages that are not served securely have none.
pub fn clipboard() -> Option<web_sys::Clipboard> {
    let navigator = web_sys::window()?.navigator();
    let clipboard = Reflect::get(&navigator, &JsValue::from_str("clipboard")).ok()?;
    clipboard.is_object().then(|| clipboard.unchecked_into())
}

/// The browser's own maker of what goes onto the clipboard, where it has one.
fn item_maker() -> Option<Function> {
    Reflect::get(&js_sys::global(), &JsValue::from_str("ClipboardItem")).ok()?.dyn_into().ok()
}

/// Whether images can be copied here.
pub fn can_copy_images() -> bool {
    item_maker().is_some() && clipboard().is_some()
}

/// Begins to write what a promise will give. Call it during the press.
fn write_promised(kind: &str, content: &Promise) -> Option<Promise> {
    let kinds = Object::new();
    Reflect::set(&kinds, &JsValue::from_str(kind), content).ok()?;
    let item = Reflect::construct(&item_maker()?, &Array::of1(&kinds)).ok()?;
    Some(clipboard()?.write(&Array::of1(&item)))
}

/// How far a promised copy has come.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Stage {
    Waiting,
    /// The text was given; what the browser answers is shown.
    Given,
    /// The browser refused before there was a text: shown once there is one.
    Refused,
}

/// A copy that was begun during a press, and gets its text later; without one, nothing is copied and nothing is shown.
pub struct Copying {
    app: App,
    what: String,
    /// Keeps and breaks the promise, where one was made.
    promised: Option<(Function, Function)>,
    stage: Rc<Cell<Stage>>,
}

impl Copying {
    pub fn give(self, text: String) {
        let before = self.stage.replace(Stage::Given);
        match &self.promised {
            Some(_) if before == Stage::Refused => self.app.say(NOT_ALLOWED),
            Some((keep, _)) => {
                let blob = blob_of(text.as_bytes(), TEXT).map_or(JsValue::NULL, JsValue::from);
                let _ = keep.call1(&JsValue::NULL, &blob);
            }
            None => self.app.copy(text, &self.what),
        }
    }
}

impl Drop for Copying {
    fn drop(&mut self) {
        // After it was kept, a promise cannot be broken.
        if let Some((_, break_off)) = &self.promised {
            let _ = break_off.call0(&JsValue::NULL);
        }
    }
}

impl App {
    pub fn copy(self, text: String, what: &str) {
        let said = format!("Copied {what}");
        let Some(clipboard) = clipboard() else {
            self.say("The browser lets a page use the clipboard over https only");
            return;
        };
        let writing = clipboard.write_text(&text);
        spawn_local(async move {
            match JsFuture::from(writing).await {
                Ok(_) => self.say(said),
                Err(_) => self.say(NOT_ALLOWED),
            }
        });
    }

    /// Begins to copy a text that has still to be made. Call it during the press.
    pub fn begin_copy(self, what: &str) -> Copying {
        let stage = Rc::new(Cell::new(Stage::Waiting));
        let mut kept = None;
        let promise = Promise::new(&mut |keep, break_off| kept = Some((keep, break_off)));
        let Some(writing) = write_promised(TEXT, &promise) else {
            return Copying { app: self, what: what.to_owned(), promised: None, stage };
        };
        // One that is broken off after the browser refused would else be an error that nobody handles.
        let watched = promise.clone();
        spawn_local(async move { drop(JsFuture::from(watched).await) });
        let (reached, said) = (stage.clone(), format!("Copied {what}"));
        spawn_local(async move {
            match JsFuture::from(writing).await {
                Ok(_) => self.say(said),
                Err(_) if reached.get() == Stage::Given => self.say(NOT_ALLOWED),
                Err(_) => reached.set(Stage::Refused),
            }
        });
        Copying { app: self, what: what.to_owned(), promised: kept, stage }
    }

    /// Puts an image onto the clipboard that a promise will give.
    pub fn copy_image(self, png: &Promise) {
        let Some(writing) = write_promised("image/png", png) else {
            self.say("The browser lets a page use the clipboard over https only");
            return;
        };
        spawn_local(async move {
            match JsFuture::from(writing).await {
                Ok(_) => self.say("Copied the picture"),
                Err(_) => self.say(format!("{NOT_ALLOWED}, or the picture is too large")),
            }
        });
    }
}
