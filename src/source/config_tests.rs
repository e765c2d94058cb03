//! The promises of `config.json`: what is right is used, what is wrong is told with its path, nothing stops the page.

use super::*;

#[track_caller]
fn only_note(text: &str) -> ConfigNote {
    let (_, notes) = Config::parse(text);
    assert_eq!(notes.len(), 1, "{notes:?}");
    notes[0].clone()
}

/// A file that uses every key.
const WHOLE: &str = r#"{
  "$schema": "x",
  "sources": [
    { "name": "prod", "type": "tempo", "url": "/tempo", "headers": { "X-Team": "a" }, "tenant": "a|b", "credentials": "include",
      "prometheus": "https://prom.example", "behind": "http://127.0.0.1:3200", "prometheus_behind": "http://127.0.0.1:9090/prom" }
  ],
  "links": [ { "name": "Logs", "on": "span", "url": "https://logs.example/?q=${trace.id}" } ],
  "trusted_hosts": ["https://Grafana.example/"],
  "trusted_sources": ["https://files.example:443"],
  "service_colors": { "orders": 3 },
  "defaults": { "theme": "dark", "tz": "Europe/Berlin", "keys": "jaeger", "fold": false, "details": "below", "findings_off": ["unset_kind"] }
}"#;

#[test]
fn the_example_of_a_release_is_right() {
    let (config, notes) = Config::parse(include_str!("../../examples/config.example.json"));
    assert_eq!(notes, []);
    assert_eq!(config.first_source_name().as_deref(), Some("production"));
}

#[test]
fn every_key_is_used() {
    let (config, notes) = Config::parse(WHOLE);
    assert_eq!(notes, []);
    let source = config.source("prod").unwrap();
    assert_eq!((source.tenant.as_deref(), source.credentials), (Some("a|b"), Credentials::Include));
    assert_eq!(source.headers, [("X-Team".to_owned(), "a".to_owned())]);
    assert_eq!(source.behind.as_deref(), Some("http://127.0.0.1:3200"));
    assert_eq!(source.prometheus_behind.as_deref(), Some("http://127.0.0.1:9090/prom"));
    assert_eq!((config.links[0].name.as_str(), config.links[0].on), ("Logs", LinkOn::Span));
    assert!(config.trusts_host("https://grafana.example") && !config.trusts_host("null"));
    assert!(config.trusts_source("https://files.example/x.json") && config.trusts_source("https://prom.example/y"));
    assert!(!config.trusts_source("https://evil.example") && !config.trusts_source("/tempo"));
    assert_eq!(config.service_colors["orders"], 3);
    assert_eq!(config.defaults.theme, Some(Theme::Dark));
    assert_eq!((config.defaults.fold, config.defaults.details), (Some(false), Some(DetailsSide::Below)));
    assert_eq!(config.defaults.findings_off.as_deref(), Some(&["unset_kind".to_owned()][..]));
}

#[test]
fn what_stands_behind_a_proxy_is_named_only_where_it_is_an_address() {
    for (behind, why) in [("127.0.0.1:3200", "no http or https address"), ("http://me:pw@tempo:3200", "password")] {
        let note =
            only_note(&format!(r#"{{"sources":[{{"name":"a","type":"tempo","url":"/t","behind":"{behind}"}}]}}"#));
        assert_eq!(note.path, "sources[0].behind");
        assert!(note.message.contains(why), "{}", note.message);
    }
    // Nothing is ever asked there, so a link to it is still a link to a stranger.
    let (config, _) =
        Config::parse(r#"{"sources":[{"name":"a","type":"tempo","url":"/t","behind":"http://b.example"}]}"#);
    assert!(!config.trusts_source("http://b.example"));
}

#[test]
fn the_table_names_exactly_the_keys_that_are_read() {
    let file: Value = serde_json::from_str(WHOLE).unwrap();
    let mut used = Vec::new();
    for (name, value) in file.as_object().unwrap() {
        used.push(name.clone());
        let (path, inner) = match value {
            Value::Array(items) => (format!("{name}[]"), items[0].as_object()),
            other => (name.clone(), other.as_object().filter(|_| name == "defaults")),
        };
        used.extend(inner.into_iter().flat_map(|fields| fields.keys()).map(|field| format!("{path}.{field}")));
    }
    let mut listed: Vec<String> = KEYS.iter().map(|key| key.path.to_owned()).collect();
    used.sort();
    listed.sort();
    assert_eq!(used, listed);
}

#[test]
fn unknown_keys_are_told_with_path_and_suggestion() {
    assert_eq!(
        only_note(r#"{"trustedHosts": []}"#).message,
        "There is no key “trustedHosts” here. Is “trusted_hosts” meant? It is left out."
    );
    let note = only_note(
        r#"{"sources": [{"name":"a","type":"tempo","url":"/t"}, {"name":"b","type":"tempo","url":"/t","tenent":"x"}]}"#,
    );
    assert_eq!(note.path, "sources[1].tenent");
    assert!(note.message.contains("“tenant”"));
    let note = only_note(r#"{"defaults": {"them": "dark"}}"#);
    assert_eq!(note.path, "defaults.them");
    assert!(!only_note(r#"{"x": 1}"#).message.contains("meant"));
    assert!(!only_note(&format!("{{\"{}\": 1}}", "é".repeat(1000))).message.contains("meant"));
}

#[test]
fn wrong_types_are_told_in_words() {
    for (text, path, words) in [
        (r#"[]"#, "", "Expected an object, found a list"),
        (r#"{"sources": {}}"#, "sources", "Expected a list, found an object"),
        (r#"{"sources": [7]}"#, "sources[0]", "found the number 7"),
        (
            r#"{"sources": [{"name":"a","type":"tempo","url":"/t","tenant":1}]}"#,
            "sources[0].tenant",
            "Expected text in quotes, found the number 1",
        ),
        (
            r#"{"sources": [{"name":"a","type":"tempo","url":"/t","headers":{"A":null}}]}"#,
            "sources[0].headers.A",
            "found null",
        ),
        (r#"{"defaults": {"fold": "yes"}}"#, "defaults.fold", "Expected true or false"),
        (r#"{"defaults": {"theme": "black"}}"#, "defaults.theme", "none of “system”, “light”, “dark”"),
        (r#"{"defaults": {"tz": "../x"}}"#, "defaults.tz", "no zone"),
        (r##"{"service_colors": {"a": "#ff0000"}}"##, "service_colors.a", "slot from 1 to 20"),
        (r#"{"service_colors": {"a": 21}}"#, "service_colors.a", "slot from 1 to 20"),
    ] {
        let note = only_note(text);
        assert_eq!(note.path, path);
        assert!(note.message.contains(words), "{}", note.message);
    }
}

#[test]
fn broken_json_names_line_and_column() {
    let note = only_note("{\n  \"sources\": [],\n}");
    assert!(note.message.starts_with("Not JSON at line 3, column 1: trailing comma."), "{}", note.message);
    assert!(only_note("").message.contains("empty"));
    assert!(only_note("<!doctype html>").message.contains("web page"));
    assert!(only_note(&"[".repeat(100_000)).message.contains("line 1"));
}

#[test]
fn a_byte_order_mark_is_no_error() {
    assert_eq!(Config::parse("\u{feff}{}"), (Config::default(), Vec::new()));
}

#[test]
fn sources_that_cannot_be_asked_are_left_out() {
    for (source, words) in [
        (r#"{"name":"a","type":"jaeger","url":"/t"}"#, "Only \"tempo\""),
        (r#"{"name":"a","type":"tempo"}"#, "needs its address"),
        (r#"{"name":"a","type":"tempo","url":"localhost:3200"}"#, "Write “http://localhost:3200”"),
        (r#"{"name":"a","type":"tempo","url":"javascript:alert(1)"}"#, "no http"),
        (r#"{"name":"a","type":"tempo","url":"https://me:pw@t.example"}"#, "password"),
    ] {
        let (config, notes) = Config::parse(&format!("{{\"sources\":[{source}]}}"));
        assert_eq!((config.sources.len(), notes.len()), (0, 1), "{source} {notes:?}");
        assert!(notes[0].message.contains(words), "{notes:?}");
    }
}

#[test]
fn a_second_source_of_one_name_is_left_out() {
    let (config, notes) =
        Config::parse(r#"{"sources":[{"name":"a","url":"/t"},{"name":"a","url":"/u"},{"url":"/v"}]}"#);
    assert_eq!(config.sources.iter().map(|source| source.name.as_str()).collect::<Vec<_>>(), ["a", "/v"]);
    assert_eq!(notes.iter().map(|note| note.path.as_str()).collect::<Vec<_>>(), ["sources[1].name", "sources[2].name"]);
}

#[test]
fn headers_that_a_page_cannot_send_are_left_out() {
    let text =
        r#"{"sources":[{"name":"a","url":"/t","headers":{"Cookie":"x","Sec-X":"x","a b":"x","B":"x\ny","Ok":"x"}}]}"#;
    let (config, notes) = Config::parse(text);
    assert_eq!(config.sources[0].headers, [("Ok".to_owned(), "x".to_owned())]);
    assert_eq!(notes.len(), 4);
}

#[test]
fn bad_links_and_origins_are_told() {
    let note = only_note(r#"{"links":[{"name":"a","on":"span","url":"/x?${trace.ID}"}]}"#);
    assert!(note.path == "links[0].url" && note.message.contains("${trace.ID}"), "{note:?}");
    assert_eq!(only_note(r#"{"links":[{"on":"span","url":"/x"}]}"#).path, "links[0]");
    for origin in ["*", "null", "grafana.example", "https://*.example"] {
        let (config, notes) = Config::parse(&format!("{{\"trusted_hosts\":[\"{origin}\"]}}"));
        assert_eq!((config.trusted_hosts.len(), notes.len()), (0, 1), "{origin}");
    }
    let (config, notes) = Config::parse(r#"{"trusted_sources":["https://a.example/path"]}"#);
    assert_eq!((config.trusted_sources, notes.len()), (vec!["https://a.example".to_owned()], 1));
}
