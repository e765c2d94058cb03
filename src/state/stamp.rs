//! Absolute times as the reader wants them: local, UTC or a chosen zone, to the millisecond; and relative ones.

use std::cell::RefCell;

use js_sys::{Date, Function, Intl, Object, Reflect};
use wasm_bindgen::{JsCast, JsValue};

/// What is asked of the browser: numbers that are put together here, and the zone's short name.
const PARTS: [(&str, &str); 8] = [
    ("year", "numeric"),
    ("month", "2-digit"),
    ("day", "2-digit"),
    ("hour", "2-digit"),
    ("minute", "2-digit"),
    ("second", "2-digit"),
    ("hourCycle", "h23"),
    ("timeZoneName", "short"),
];

thread_local! {
    /// The zone asked for last, and the browser's format for it: the first one of a page costs tens of milliseconds.
    static LAST: RefCell<Option<(String, Intl::DateTimeFormat)>> = const { RefCell::new(None) };
}

/// `2026-11-22 12:17:10.234` and the zone's short name. A zone that the browser does not know is UTC. 0 is no time.
pub fn absolute(unix_nano: u64, zone: &str) -> (String, String) {
    if unix_nano == 0 {
        return ("start unknown".to_owned(), String::new());
    }
    let unix_ms = unix_nano / 1_000_000;
    let date = Date::new(&JsValue::from_f64(unix_ms as f64));
    let Some(format) = format_in(zone) else {
        let iso = String::from(date.to_iso_string());
        return (iso.trim_end_matches('Z').replace('T', " "), "UTC".to_owned());
    };
    let parts = format.format_to_parts(&date);
    let part = |wanted: &str| {
        let field = |part: &JsValue, name: &str| Reflect::get(part, &JsValue::from_str(name)).ok()?.as_string();
        let found = parts.iter().find(|part| field(part, "type").as_deref() == Some(wanted));
        found.and_then(|part| field(&part, "value")).unwrap_or_default()
    };
    let day = format!("{}-{}-{}", part("year"), part("month"), part("day"));
    let time = format!("{}:{}:{}.{:03}", part("hour"), part("minute"), part("second"), unix_ms % 1000);
    (format!("{day} {time}"), part("timeZoneName"))
}

/// The zone that this machine is in; UTC where the browser does not tell.
pub fn own_zone() -> String {
    let told = format_in("local").map(|format| format.resolved_options());
    let zone = told.and_then(|told| Reflect::get(&told, &JsValue::from_str("timeZone")).ok()?.as_string());
    zone.filter(|zone| crate::source::config::is_zone_name(zone)).unwrap_or_else(|| "UTC".to_owned())
}

/// Has the browser's format for a zone made, so that the first time that is written costs nothing.
pub fn prepare(zone: &str) {
    format_in(zone);
}

fn format_in(zone: &str) -> Option<Intl::DateTimeFormat> {
    LAST.with_borrow_mut(|last| {
        if last.as_ref().is_none_or(|(of, _)| of != zone) {
            *last = Some((zone.to_owned(), made(zone)?));
        }
        last.as_ref().map(|(_, format)| format.clone())
    })
}

/// `None` when the browser does not know the zone.
fn made(zone: &str) -> Option<Intl::DateTimeFormat> {
    let options = Object::new();
    let zone = (zone != "local").then_some(("timeZone", zone));
    for (key, value) in PARTS.into_iter().chain(zone) {
        Reflect::set(&options, &JsValue::from_str(key), &JsValue::from_str(value)).ok()?;
    }
    // The constructor throws at an unknown zone, and the binding's own would trap; called as a function it is an error.
    let intl = Reflect::get(&js_sys::global(), &JsValue::from_str("Intl")).ok()?;
    let constructor = Reflect::get(&intl, &JsValue::from_str("DateTimeFormat")).ok()?.dyn_into::<Function>().ok()?;
    constructor.call2(&JsValue::UNDEFINED, &JsValue::from_str("en-US"), &options).ok()?.dyn_into().ok()
}

/// Whether the browser knows a zone of this name.
pub fn is_zone(zone: &str) -> bool {
    zone == "local" || made(zone).is_some()
}

/// `3 min ago`, `2 d ago`, by the machine's clock.
pub fn ago(unix_nano: u64) -> String {
    let seconds = (Date::now() / 1000.0 - unix_nano as f64 / 1e9).round();
    let (figure, unit) = match seconds.abs() {
        s if s < 60.0 => (s, "s"),
        s if s < 3600.0 => ((s / 60.0).floor(), "min"),
        s if s < 86_400.0 => ((s / 3600.0).floor(), "h"),
        s => ((s / 86_400.0).floor(), "d"),
    };
    if seconds < 0.0 { format!("in {figure} {unit}") } else { format!("{figure} {unit} ago") }
}
