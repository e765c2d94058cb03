//! Questions to the page's own server that may well be answered "no": whether there is a `config.json`, whether a
//! source is there. Chromium writes a red line onto the console for every answer of 400 and above that a page gets,
//! and for none that a worker gets; so a worker asks. `worker.js` has its end. docs/decisions/0019-first-page.md has
//! what else was tried.

use js_sys::{Array, Object, Promise, Reflect};
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::JsFuture;
use web_sys::{MessageEvent, Worker};

use super::fetch::Get;

/// An answer, whole: what is asked for here is small.
pub struct Answer {
    pub status: u16,
    pub content_type: String,
    pub body: String,
    /// The address after redirects.
    pub url: String,
}

/// Why there is none.
pub enum NoAnswer {
    /// The request failed.
    Failed,
    /// It was not put: the browser starts no worker here.
    NotAsked,
}

/// Ends its worker when dropped.
struct Held(Worker);

impl Drop for Held {
    fn drop(&mut self) {
        self.0.terminate();
    }
}

/// One GET, through a worker of its own.
pub async fn get(request: &Get) -> Result<Answer, NoAnswer> {
    let worker = Held(start().ok_or(NoAnswer::NotAsked)?);
    let message = message_of(request).map_err(|_| NoAnswer::NotAsked)?;
    let (mut on_message, mut on_error) = (None, None);
    let heard = Promise::new(&mut |resolve, reject| {
        let hear = Closure::<dyn FnMut(MessageEvent)>::new(move |event: MessageEvent| {
            // Settling a promise of our own cannot throw.
            let _ = resolve.call1(&JsValue::NULL, &event.data());
        });
        let fail = Closure::<dyn FnMut(web_sys::Event)>::new(move |event: web_sys::Event| {
            event.prevent_default();
            let _ = reject.call0(&JsValue::NULL);
        });
        worker.0.set_onmessage(Some(hear.as_ref().unchecked_ref()));
        worker.0.set_onerror(Some(fail.as_ref().unchecked_ref()));
        (on_message, on_error) = (Some(hear), Some(fail));
    });
    worker.0.post_message(&message).map_err(|_| NoAnswer::NotAsked)?;
    let said = JsFuture::from(heard).await.map_err(|_| NoAnswer::NotAsked)?;
    drop((on_message, on_error));
    let text = |name: &str| Reflect::get(&said, &name.into()).ok().and_then(|value| value.as_string());
    let status = Reflect::get(&said, &"status".into()).ok().and_then(|value| value.as_f64()).ok_or(NoAnswer::Failed)?;
    Ok(Answer {
        status: status as u16,
        content_type: text("type").unwrap_or_default(),
        body: text("body").unwrap_or_default(),
        url: text("url").unwrap_or_default(),
    })
}

fn start() -> Option<Worker> {
    let page = web_sys::window()?.document()?;
    let name = page.query_selector("meta[name=spanloom-worker]").ok()??.get_attribute("content")?;
    Worker::new(&whole(&name)?).ok()
}

/// An address as the page means it: the worker would read it against its own.
fn whole(address: &str) -> Option<String> {
    let base = web_sys::window()?.document()?.base_uri().ok()??;
    Some(web_sys::Url::new_with_base(address, &base).ok()?.href())
}

fn message_of(request: &Get) -> Result<JsValue, JsValue> {
    let set = |object: &Object, name: &str, value: JsValue| Reflect::set(object, &name.into(), &value);
    let headers = Array::new();
    for (name, value) in &request.headers {
        headers.push(&Array::of2(&name.into(), &value.into()));
    }
    let (ask, message) = (Object::new(), Object::new());
    set(&ask, "url", whole(&request.url).unwrap_or_else(|| request.url.clone()).into())?;
    set(&ask, "headers", headers.into())?;
    let credentials = if request.credentials.is_empty() { "same-origin" } else { &request.credentials };
    set(&ask, "credentials", credentials.into())?;
    set(&message, "ask", ask.into())?;
    Ok(message.into())
}
