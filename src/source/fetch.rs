//! Sending a request and collecting its answer, with progress and abort. Thin: what to ask, and what an answer means, is
//! decided in `tempo` and `failure`, which are pure.

use gloo_net::http::{RequestBuilder, Response};
use js_sys::{Array, Reflect, Uint8Array};
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::JsFuture;
use web_sys::{AbortController, AbortSignal, Blob, ReadableStreamDefaultReader, RequestCredentials, RequestMode};

use super::quiet;

/// One GET.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Get {
    pub url: String,
    pub headers: Vec<(String, String)>,
    /// `omit`, `same-origin` or `include`.
    pub credentials: String,
}

/// What a server answered, with whatever status. The body is a `Blob`: it never enters this side's wasm memory.
pub struct Reply {
    pub status: u16,
    pub content_type: String,
    pub body: Blob,
    /// The first bytes of the body, for telling what it is.
    pub head: Vec<u8>,
    /// The address after redirects.
    pub url: String,
    /// Seconds after which the server wants to be asked again (`Retry-After`, where the browser lets the page see it).
    pub retry_after_s: Option<u32>,
}

/// How many bytes of a body are looked at on the page.
const HEAD_LEN: f64 = 64.0 * 1024.0;

/// Why there is no reply.
#[derive(Clone, Debug, PartialEq)]
pub enum NoReply {
    /// The reader cancelled.
    Aborted,
    /// The browser gave no status: its own words, which rarely say why.
    NoStatus(String),
}

/// Hears how many bytes came, and how many were announced. Not generic: each copy of what sends would weigh kilobytes.
pub type OnBytes<'f> = &'f dyn Fn(u64, Option<u64>);

/// Sends and collects. `on_bytes` hears how many bytes came, and how many the server announced.
pub async fn get(request: &Get, signal: &AbortSignal, on_bytes: OnBytes<'_>) -> Result<Reply, NoReply> {
    let mut builder = RequestBuilder::new(&request.url).abort_signal(Some(signal)).credentials(credentials(request));
    for (name, value) in &request.headers {
        builder = builder.header(name, value);
    }
    let no_reply = |words: String| if signal.aborted() { NoReply::Aborted } else { NoReply::NoStatus(words) };
    let response = builder.send().await.map_err(|error| no_reply(error.to_string()))?;
    // A packed body announces its packed length, which says nothing of the bytes that come.
    let announced = match response.headers().get("content-encoding") {
        Some(_) => None,
        None => response.headers().get("content-length").and_then(|len| len.parse().ok()),
    };
    let content_type = response.headers().get("content-type").unwrap_or_default();
    let retry_after_s = response.headers().get("retry-after").and_then(|text| text.trim().parse().ok());
    let (status, url) = (response.status(), response.url());
    let body = collect(&response, &|bytes| on_bytes(bytes, announced)).await.map_err(no_reply)?;
    let head = head_of(&body).await.map_err(no_reply)?;
    Ok(Reply { status, content_type, body, head, url, retry_after_s })
}

fn credentials(request: &Get) -> RequestCredentials {
    match request.credentials.as_str() {
        "omit" => RequestCredentials::Omit,
        "include" => RequestCredentials::Include,
        _ => RequestCredentials::SameOrigin,
    }
}

fn words(error: JsValue) -> String {
    let message = Reflect::get(&error, &JsValue::from_str("message")).ok().and_then(|message| message.as_string());
    message.unwrap_or_else(|| "the connection broke off".to_owned())
}

/// The chunks of a body as one Blob.
async fn collect(response: &Response, on_bytes: &dyn Fn(u64)) -> Result<Blob, String> {
    let chunks = Array::new();
    if let Some(stream) = response.body() {
        let reader: ReadableStreamDefaultReader = stream.get_reader().unchecked_into();
        let mut taken = 0;
        loop {
            let step = JsFuture::from(reader.read()).await.map_err(words)?;
            if Reflect::get(&step, &JsValue::from_str("done")).is_ok_and(|done| done.is_truthy()) {
                break;
            }
            let chunk = Reflect::get(&step, &JsValue::from_str("value")).map_err(words)?;
            taken += u64::from(chunk.unchecked_ref::<Uint8Array>().byte_length());
            chunks.push(&chunk);
            on_bytes(taken);
        }
    }
    Blob::new_with_u8_array_sequence(&chunks).map_err(words)
}

async fn head_of(body: &Blob) -> Result<Vec<u8>, String> {
    let head = body.slice_with_f64_and_f64(0.0, HEAD_LEN.min(body.size())).map_err(words)?;
    let buffer = JsFuture::from(head.array_buffer()).await.map_err(words)?;
    Ok(Uint8Array::new(&buffer).to_vec())
}

/// All of a small body; `None` when it broke off.
pub async fn bytes_of(body: &Blob) -> Option<Vec<u8>> {
    let buffer = JsFuture::from(body.array_buffer()).await.ok()?;
    Some(Uint8Array::new(&buffer).to_vec())
}

/// Whether something answers at `url` at all, though its answer may not be read (`no-cors`).
pub async fn answers(url: &str) -> bool {
    RequestBuilder::new(url).mode(RequestMode::NoCors).send().await.is_ok()
}

/// Waits.
pub async fn pause(ms: i32) {
    let promise = js_sys::Promise::new(&mut |resolve, _| {
        if let Some(window) = web_sys::window() {
            // A timer that the browser refuses would leave the promise open; it never does.
            let _ = window.set_timeout_with_callback_and_timeout_and_arguments_0(&resolve, ms);
        }
    });
    let _ = JsFuture::from(promise).await;
}

/// Headers of this page itself, as its server sends them.
pub async fn own_headers(names: [&str; 2]) -> Option<[Option<String>; 2]> {
    let response = RequestBuilder::new(".").method(gloo_net::http::Method::HEAD).send().await.ok()?;
    Some(names.map(|name| response.headers().get(name)))
}

/// The text of a small file beside the page; `None` when it is not there or not to be had. That it is not there puts nothing onto the console.
pub async fn text(url: &str) -> Option<String> {
    match quiet::get(&Get { url: url.to_owned(), ..Get::default() }).await {
        Ok(answer) => return (200..300).contains(&answer.status).then_some(answer.body),
        Err(quiet::NoAnswer::Failed) => return None,
        Err(quiet::NoAnswer::NotAsked) => {}
    }
    let response = RequestBuilder::new(url).send().await.ok()?;
    if !response.ok() {
        return None;
    }
    response.text().await.ok()
}

/// Aborts its request when dropped: an owner that goes takes its requests along.
pub struct AbortOnDrop(AbortController);

impl AbortOnDrop {
    pub fn new() -> Option<Self> {
        AbortController::new().ok().map(AbortOnDrop)
    }

    pub fn signal(&self) -> AbortSignal {
        self.0.signal()
    }
}

impl Drop for AbortOnDrop {
    fn drop(&mut self) {
        self.0.abort();
    }
}
