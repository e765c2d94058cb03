//! Ending a task so that the browser, or a newer message, comes first. For page and worker alike.

use js_sys::Promise;
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::JsFuture;
use web_sys::MessageChannel;

/// Lets whatever waits be done. A message comes back at once, where a timer would wait four milliseconds.
pub async fn next_task() {
    let Ok(channel) = MessageChannel::new() else { return };
    let promise = Promise::new(&mut |resolve, _| {
        let heard = Closure::once_into_js(move || {
            // Resolving a promise of our own cannot throw.
            let _ = resolve.call0(&JsValue::NULL);
        });
        channel.port1().set_onmessage(Some(heard.unchecked_ref()));
        let _ = channel.port2().post_message(&JsValue::NULL);
    });
    let _ = JsFuture::from(promise).await;
    channel.port1().close();
}
