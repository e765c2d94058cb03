//! The names and values of attributes that a Tempo knows, for completing a query. Pure.

use std::collections::BTreeMap;

use serde::Deserialize;

use super::json;
use super::percent::encode_component;
use super::tempo::{Bounds, Request, Tempo};
use crate::base::sort;
use crate::query::complete::Value;

/// How many values are asked for: what a list shows, and what does not take megabytes.
const MOST_VALUES: u32 = 1_000;
/// How many names and values of an answer are read: far more than a list of completions can be gone through.
const MOST_READ: usize = 20_000;

impl Tempo {
    /// Asks for the names, all scopes at once.
    pub fn tags(&self, bounds: Bounds) -> Request {
        let Bounds { start_s, end_s } = bounds;
        self.request(&format!("api/v2/search/tags?start={start_s}&end={end_s}"), "application/json")
    }

    /// Asks for the values of a field, which is written as TraceQL writes it.
    pub fn tag_values(&self, field: &str, bounds: Bounds) -> Request {
        let Bounds { start_s, end_s } = bounds;
        let field = encode_component(field);
        self.request(
            &format!("api/v2/search/tag/{field}/values?limit={MOST_VALUES}&start={start_s}&end={end_s}"),
            "application/json",
        )
    }
}

/// Reads names: scope and attribute, without intrinsics, which the page knows. The error is a sentence for the reader.
pub fn read_names(body: &[u8]) -> Result<Vec<(String, String)>, String> {
    #[derive(Deserialize)]
    struct Answer {
        #[serde(default)]
        scopes: Vec<Scope>,
    }
    #[derive(Deserialize)]
    struct Scope {
        #[serde(default)]
        name: String,
        #[serde(default)]
        tags: Vec<String>,
    }
    let answer: Answer = json::read(body, "list of attributes")?;
    let of_scope = |scope: Scope| scope.tags.into_iter().map(move |tag| (scope.name.clone(), tag));
    let scopes = answer.scopes.into_iter().filter(|scope| scope.name != "intrinsic");
    Ok(scopes.flat_map(of_scope).take(MOST_READ).collect())
}

/// Reads values, sorted and each once. An empty value is written as no value.
pub fn read_values(body: &[u8]) -> Result<Vec<Value>, String> {
    #[derive(Deserialize)]
    struct Answer {
        #[serde(default, rename = "tagValues")]
        values: Values,
    }
    #[derive(Deserialize)]
    struct Typed {
        #[serde(default, rename = "type")]
        kind: String,
        #[serde(default)]
        value: String,
    }
    /// A list of both, or lists by type, as Tempo answers who asks for its short form.
    #[derive(Deserialize)]
    #[serde(untagged)]
    enum Values {
        Listed(Vec<Typed>),
        ByType(BTreeMap<String, Vec<String>>),
    }
    impl Default for Values {
        fn default() -> Self {
            Values::Listed(Vec::new())
        }
    }
    let answer: Answer = json::read(body, "list of values")?;
    let mut values: Vec<Value> = match answer.values {
        Values::Listed(values) => {
            values.into_iter().take(MOST_READ).map(|Typed { kind, value }| Value { kind, value }).collect()
        }
        Values::ByType(kinds) => {
            let of_kind = |(kind, values): (String, Vec<String>)| {
                values.into_iter().map(move |value| Value { kind: kind.clone(), value })
            };
            kinds.into_iter().flat_map(of_kind).take(MOST_READ).collect()
        }
    };
    sort::by(&mut values, |a, b| a.value.cmp(&b.value).then_with(|| a.kind.cmp(&b.kind)));
    values.dedup();
    Ok(values)
}

#[cfg(test)]
mod tests {
    use super::*;

    const FOLDER: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/fixtures/tempo/tags/");

    fn recorded(file: &str) -> Vec<u8> {
        std::fs::read(format!("{FOLDER}{file}")).unwrap_or_else(|error| panic!("{file}: {error}"))
    }

    #[test]
    fn names_come_with_their_scope() {
        let names = read_names(&recorded("v2-tags-all.json")).unwrap();
        let has = |scope: &str, name: &str| names.contains(&(scope.to_owned(), name.to_owned()));
        assert!(has("span", "order.source") && has("resource", "service.name") && has("event", "exception.type"));
        assert!(names.iter().all(|(scope, _)| scope != "intrinsic"));
        for scope in ["span", "resource", "event", "link", "instrumentation"] {
            let body = recorded(&format!("v2-tags-{scope}.json"));
            let names = read_names(&body).unwrap();
            let raw: serde_json::Value = serde_json::from_slice(&body).unwrap();
            assert_eq!(names.len(), raw["scopes"][0]["tags"].as_array().unwrap().len(), "{scope}");
            assert!(!names.is_empty() && names.iter().all(|(of, _)| of == scope));
        }
        assert_eq!(read_names(&recorded("v2-tags-intrinsic.json")).unwrap(), []);
        assert!(!read_names(&recorded("v2-tags-q.json")).unwrap().is_empty());
    }

    #[test]
    fn every_recorded_list_of_values_is_read() {
        for entry in std::fs::read_dir(FOLDER).unwrap() {
            let name = entry.unwrap().file_name().into_string().unwrap();
            if !name.starts_with("v2-values-") {
                continue;
            }
            let raw: serde_json::Value = serde_json::from_slice(&recorded(&name)).unwrap();
            let values = read_values(&recorded(&name)).unwrap_or_else(|error| panic!("{name}: {error}"));
            let told = match &raw["tagValues"] {
                serde_json::Value::Array(list) => list.len(),
                by_type => by_type.as_object().unwrap().values().map(|list| list.as_array().unwrap().len()).sum(),
            };
            assert_eq!(values.len(), told, "{name}");
            assert!(values.is_sorted_by(|a, b| a.value <= b.value));
        }
        let bools = read_values(&recorded("v2-values-span.payment.critical.json")).unwrap();
        assert_eq!(
            bools.iter().map(|value| (value.kind.as_str(), value.value.as_str())).collect::<Vec<_>>(),
            [("bool", "false"), ("bool", "true")]
        );
    }

    #[test]
    fn an_answer_that_is_none_says_so() {
        assert!(
            read_names(b"<html>").unwrap_err().starts_with("The answer is no list of attributes as Tempo gives it")
        );
        assert!(read_values(b"{\"tagValues\": 5}").is_err());
        assert_eq!(read_values(b"{}"), Ok(Vec::new()));
    }

    #[test]
    fn no_more_is_read_than_can_be_gone_through() {
        let many: Vec<String> = (0..30_000).map(|nth| format!("\"{nth}\"")).collect();
        let names = format!(r#"{{"scopes":[{{"name":"span","tags":[{}]}}]}}"#, many.join(","));
        assert_eq!(read_names(names.as_bytes()).unwrap().len(), 20_000);
        let values = format!(r#"{{"tagValues":{{"string":[{}]}}}}"#, many.join(","));
        assert_eq!(read_values(values.as_bytes()).unwrap().len(), 20_000);
    }
}
