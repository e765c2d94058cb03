//! The page as one file, `spanloom.html`: whether this page is that file, what is packed into it, and its own text, of which a file with
//! evidence in it is made. Unpacking is `single.js`'s; what evidence holds, whoever writes and reads it knows.

use js_sys::{Function, Promise, Reflect};
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::JsFuture;
use web_sys::{Blob, Document, Element};

use super::fetch;

/// What stands in place of every request.
pub const ASKS_NO_SERVER: &str =
    "This copy of Spanloom asks no server: open the trace from a file, or use a hosted Spanloom.";

/// The place for evidence, as it is written when it is empty (`scripts/single.sh`).
pub const PLACE: &str = r#"<script type="application/json" id="spanloom-evidence"></script>"#;

const SAMPLES: &str = "samples/";

fn page() -> Option<Document> {
    web_sys::window()?.document()
}

fn element(selector: &str) -> Option<Element> {
    page()?.query_selector(selector).ok()?
}

/// Whether this page is the single file.
pub fn is_single() -> bool {
    element("html[data-single]").is_some()
}

/// Where the single file lies beside a hosted page, as the page names it.
pub fn address() -> Option<String> {
    element("meta[name=spanloom-single]")?.get_attribute("content")
}

/// The text that stands in the page as evidence; `None` when there is none.
pub fn evidence() -> Option<String> {
    element("#spanloom-evidence")?.text_content().filter(|text| !text.trim().is_empty())
}

/// One of single.js's functions, called.
fn call(name: &str, argument: &str) -> Option<JsValue> {
    let single = Reflect::get(&js_sys::global(), &JsValue::from_str("spanloom")).ok()?;
    let function: Function = Reflect::get(&single, &JsValue::from_str(name)).ok()?.dyn_into().ok()?;
    function.call1(&single, &JsValue::from_str(argument)).ok()
}

/// Whether a sample of that path, `samples/x.pb`, is packed into the page.
pub fn holds(path: &str) -> bool {
    path.starts_with(SAMPLES) && call("has", path).is_some_and(|has| has.is_truthy())
}

/// A packed sample. The error is a sentence for the reader.
pub async fn sample(path: &str) -> Result<Blob, String> {
    let unpacked = match call("file", path).and_then(|promise| promise.dyn_into::<Promise>().ok()) {
        Some(promise) => JsFuture::from(promise).await.ok().and_then(|blob| blob.dyn_into().ok()),
        None => None,
    };
    unpacked.ok_or_else(|| format!("This copy of Spanloom is damaged: {path} cannot be unpacked."))
}

/// The whole page as one file, its place for evidence empty. The error is a sentence that names what is missing.
pub async fn whole_page() -> Result<String, String> {
    if is_single() {
        let text = call("html", "").and_then(|text| text.as_string());
        return text.ok_or_else(|| "the page did not keep its own text".to_owned());
    }
    let name = address().ok_or("the page does not name its single file")?;
    // A host may answer unknown paths with another page.
    let text = fetch::text(&name).await.filter(|text| text.contains(PLACE));
    text.ok_or_else(|| format!("this host has no {name} beside the page"))
}
