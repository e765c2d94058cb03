//! Absolute times as the reader wants them: local, UTC or a chosen zone, to the millisecond; and relative ones.

use js_sys::{Date, Object, Reflect};
use wasm_bindgen::{JsCast, JsValue};

/// `2026-11-22 12:17:10.234` and the zone's short name.
pub fn absolute(unix_nano: u64, zone: &str) -> (String, String) {
    let date = Date::new(&JsValue::from_f64((unix_nano / 1_000_000) as f64));
    // Swedish writes ISO dates; the comma before the milliseconds is its own.
    let written = localized(
        &date,
        "sv-SE",
        zone,
        &[
            ("year", "numeric"),
            ("month", "2-digit"),
            ("day", "2-digit"),
            ("hour", "2-digit"),
            ("minute", "2-digit"),
            ("second", "2-digit"),
            ("fractionalSecondDigits", "3"),
        ],
    );
    let named = localized(&date, "en-US", zone, &[("timeZoneName", "short")]);
    let zone_name = named.rsplit(' ').next().unwrap_or_default().to_owned();
    (written.replace(',', "."), zone_name)
}

fn localized(date: &Date, locale: &str, zone: &str, parts: &[(&str, &str)]) -> String {
    let options = Object::new();
    let set = |key: &str, value: JsValue| {
        // Setting a property of a fresh plain object cannot fail.
        let _ = Reflect::set(&options, &JsValue::from_str(key), &value);
    };
    for (key, value) in parts {
        match value.parse::<f64>() {
            Ok(number) => set(key, JsValue::from_f64(number)),
            Err(_) => set(key, JsValue::from_str(value)),
        }
    }
    if zone != "local" {
        set("timeZone", JsValue::from_str(zone));
    }
    // An unknown zone throws in JavaScript; going through the function keeps that an error instead of a trap.
    let method = Reflect::get(date, &JsValue::from_str("toLocaleString")).ok();
    let method = method.and_then(|method| method.dyn_into::<js_sys::Function>().ok());
    let written = method.and_then(|method| method.call2(date, &JsValue::from_str(locale), &options).ok());
    written.and_then(|text| text.as_string()).unwrap_or_else(|| date.to_iso_string().into())
}

/// Whether the browser knows a zone of this name.
pub fn is_zone(zone: &str) -> bool {
    let date = Date::new_0();
    zone == "local" || !localized(&date, "sv-SE", zone, &[("year", "numeric")]).contains('T')
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
