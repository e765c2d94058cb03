//! Reading answers of a backend: protobuf's JSON, in which 64-bit numbers are texts, what has its default value is left out, and values carry
//! their type as a key.

use serde::de::DeserializeOwned;
use serde::{Deserialize, Deserializer};
use serde_json::Value;

/// Reads a body. The error is a sentence for the reader.
pub fn read<T: DeserializeOwned>(body: &[u8], what: &str) -> Result<T, String> {
    serde_json::from_slice(body).map_err(|error| format!("The answer is no {what} as Tempo gives it: {error}."))
}

/// A whole number that is written as a number or as a text.
pub fn whole<'de, D: Deserializer<'de>>(from: D) -> Result<u64, D::Error> {
    let value = Value::deserialize(from)?;
    let read = value
        .as_u64()
        .or_else(|| value.as_str()?.parse().ok())
        .or_else(|| Some(value.as_f64().filter(|n| *n >= 0.0)? as u64));
    read.ok_or_else(|| serde::de::Error::custom(format!("{value} is no whole number")))
}

/// A number, which protobuf's JSON writes as a text where JSON has none for it.
pub fn number<'de, D: Deserializer<'de>>(from: D) -> Result<f64, D::Error> {
    let value = Value::deserialize(from)?;
    let read = value.as_f64().or_else(|| match value.as_str()? {
        "NaN" => Some(f64::NAN),
        "Infinity" | "+Inf" => Some(f64::INFINITY),
        "-Infinity" | "-Inf" => Some(f64::NEG_INFINITY),
        text => text.parse().ok(),
    });
    read.ok_or_else(|| serde::de::Error::custom(format!("{value} is no number")))
}

/// A key and its value with a type: `{"key":"a","value":{"stringValue":"b"}}`.
#[derive(Clone, Debug, Deserialize)]
pub struct KeyValue {
    #[serde(default)]
    pub key: String,
    #[serde(default)]
    pub value: Value,
}

impl KeyValue {
    /// The value as people read it; an empty text where there is none.
    pub fn text(&self) -> String {
        text_of(&self.value)
    }
}

fn text_of(value: &Value) -> String {
    let Some((kind, inner)) = value.as_object().and_then(|fields| fields.iter().next()) else { return String::new() };
    match (kind.as_str(), inner) {
        ("arrayValue", inner) => {
            let items = inner.get("values").and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
            format!("[{}]", items.iter().map(text_of).collect::<Vec<_>>().join(", "))
        }
        (_, Value::String(text)) => text.clone(),
        (_, other) => other.to_string(),
    }
}
