//! What becomes of a panic. Its stack goes to the console, its message to whoever shows it. With `panic = "abort"` nothing
//! in the program that failed goes on: a worker is replaced, a page is reloaded.

use std::panic::{PanicHookInfo, set_hook};

/// Longer messages are cut: some hold the stack of a JavaScript error.
const MAX_CHARS: usize = 200;

/// Calls `show` with the message and the place of a panic. Call once, before anything else.
pub fn on_panic(show: fn(&str)) {
    set_hook(Box::new(move |info| {
        console_error_panic_hook::hook(info);
        show(&words(info));
    }));
}

fn words(info: &PanicHookInfo<'_>) -> String {
    let payload = info.payload();
    let message = payload.downcast_ref::<&str>().copied().or(payload.downcast_ref::<String>().map(String::as_str));
    let message = message.and_then(|message| message.lines().next()).unwrap_or("no message");
    let message: String = message.chars().take(MAX_CHARS).collect();
    match info.location() {
        Some(at) => format!("{message} ({}:{})", at.file(), at.line()),
        None => message,
    }
}
