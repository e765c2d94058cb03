//! Reads what Tempo's `compare()` answers: a series a value, told apart by `__meta_type`, its other label the attribute. Pure.

use serde::Deserialize;
use serde_json::Value;

use super::json::{self, KeyValue};
use super::metrics::MOST_SERIES;
use crate::model::Remarks;
use crate::model::comparison::{Counted, Part};
use crate::query::{words, write};

const META: &str = "__meta_type";
/// How Tempo writes that an attribute is missing.
const NIL: &str = "nil";

/// Reads an answer, of an instant or of a range. The error is a sentence for the reader.
pub fn read(body: &[u8], remarks: &mut Remarks) -> Result<Vec<Counted>, String> {
    #[derive(Deserialize)]
    struct Answer {
        #[serde(default)]
        series: Vec<Series>,
    }
    #[derive(Deserialize)]
    struct Series {
        #[serde(default)]
        labels: Vec<KeyValue>,
        #[serde(default, deserialize_with = "json::number")]
        value: f64,
    }
    let mut answer: Answer = json::read(body, "comparison")?;
    remarks.cut_series(&mut answer.series, MOST_SERIES);
    let read = |series: Series| {
        let meta = series.labels.iter().find(|label| label.key == META)?;
        let part = match meta.text().as_str() {
            "selection" => Part::Selected,
            "baseline" => Part::Rest,
            "selection_total" => Part::SelectedTotal,
            "baseline_total" => Part::RestTotal,
            _ => return None,
        };
        let of = series.labels.iter().find(|label| label.key != META)?;
        let text = of.text();
        let is_nil = text == NIL;
        let literal = literal(&of.key, &of.value, &text);
        let value = if is_nil { String::new() } else { text };
        let count = remarks.whole(series.value);
        Some(Counted { part, field: of.key.clone(), value, literal, count })
    };
    Ok(answer.series.into_iter().filter_map(read).collect())
}

/// A value as a condition has it: keywords of intrinsics bare, texts in quotes, numbers as they are.
fn literal(field: &str, value: &Value, text: &str) -> String {
    let is_keyword =
        words::intrinsic_named(field).is_some_and(|known| matches!(known.name, "span:status" | "span:kind"));
    let is_text = value.get("stringValue").is_some();
    if text == NIL || is_keyword || !is_text { text.to_owned() } else { write::text(text) }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test that cannot read its fixture fails")]

    use super::*;

    #[test]
    fn the_recorded_comparison_is_read_whole() {
        let body =
            std::fs::read(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/fixtures/tempo/metrics/instant-compare.json"))
                .unwrap();
        let raw: Value = serde_json::from_slice(&body).unwrap();
        let mut remarks = Remarks::default();
        let counts = read(&body, &mut remarks).unwrap();
        assert!(remarks.is_empty());
        assert_eq!(counts.len(), raw["series"].as_array().unwrap().len());
        let of = |part: Part, field: &str, value: &str| {
            counts.iter().find(|one| one.part == part && one.field == field && one.value == value).unwrap()
        };
        assert_eq!(of(Part::Selected, "span.http.response.status_code", "404").count, 35);
        assert_eq!(of(Part::Selected, "span.http.response.status_code", "404").literal, "404");
        assert_eq!(of(Part::Selected, "name", "POST /orders").literal, "\"POST /orders\"");
        assert_eq!(of(Part::Selected, "status", "error").literal, "error");
        assert_eq!(of(Part::Rest, "resource.k8s.cluster.name", "").literal, "nil");
        assert_eq!(of(Part::SelectedTotal, "name", "").count, 112);
    }

    #[test]
    fn other_answers_are_none() {
        let mut remarks = Remarks::default();
        assert!(read(b"<html>", &mut remarks).is_err());
        assert_eq!(
            read(br#"{"series":[{"labels":[{"key":"a","value":{"stringValue":"b"}}],"value":1}]}"#, &mut remarks),
            Ok(Vec::new())
        );
        let label = |key: &str, value: &str| format!(r#"{{"key":"{key}","value":{{"stringValue":"{value}"}}}}"#);
        let labels = [label("__meta_type", "selection"), label("name", "a")].join(",");
        let body = format!(r#"{{"series":[{{"labels":[{labels}],"value":1e300}}]}}"#);
        assert_eq!(read(body.as_bytes(), &mut remarks).unwrap()[0].count, 1 << 53);
        assert!(remarks.words().unwrap().starts_with("1 number is doubted"));
    }
}
