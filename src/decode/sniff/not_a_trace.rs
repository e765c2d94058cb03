//! Names for what is dropped on the page by mistake, so that the reader sees what went wrong: a login page saved as
//! JSON, an error text of Tempo, a screenshot.

use super::members::{Foreign, Shape};
use super::scan::Seen;

/// What these bytes, the beginning of an input, look like: "an HTML page (“Sign in”)".
pub fn name(bytes: &[u8]) -> String {
    const MAGIC: [(&[u8], &str); 12] = [
        (b"PK\x03\x04", "a ZIP archive"),
        (b"\x89PNG", "a PNG image"),
        (b"\xff\xd8\xff", "a JPEG image"),
        (b"GIF8", "a GIF image"),
        (b"%PDF", "a PDF document"),
        (b"\x7fELF", "a program"),
        (b"\0asm", "a WebAssembly module"),
        (b"SQLite format 3", "an SQLite database"),
        (b"PAR1", "a Parquet file"),
        (b"BZh", "bzip2 data, which cannot be unpacked here"),
        (b"\xfd7zXZ", "xz data, which cannot be unpacked here"),
        (b"\x1f\x8b", "gzip data, packed more than twice"),
    ];
    if bytes.iter().all(u8::is_ascii_whitespace) {
        return "an empty file".to_owned();
    }
    if let Some((_, name)) = MAGIC.iter().find(|(magic, _)| bytes.starts_with(magic)) {
        return (*name).to_owned();
    }
    if bytes.starts_with(b"\xff\xfe") || bytes.starts_with(b"\xfe\xff") {
        return "text in UTF-16, which must be saved as UTF-8".to_owned();
    }
    match text(bytes) {
        Some(text) => text_name(text),
        None => "binary data that is not OTLP protobuf".to_owned(),
    }
}

/// The bytes as text, when they are; the last character may be cut off.
fn text(bytes: &[u8]) -> Option<&str> {
    let text = match core::str::from_utf8(bytes) {
        Ok(text) => text,
        Err(error) if error.error_len().is_none() => core::str::from_utf8(bytes.get(..error.valid_up_to())?).ok()?,
        Err(_) => return None,
    };
    let control = |c: char| c.is_ascii_control() && !matches!(c, '\t' | '\n' | '\r' | '\x0c' | '\x1b');
    (!text.contains(control)).then_some(text)
}

fn text_name(text: &str) -> String {
    let text = text.trim();
    let start: String = text.chars().take(200).collect::<String>().to_ascii_lowercase();
    if start.starts_with("<!doctype html") || start.starts_with("<html") || start.contains("<head") {
        return match between(text, "<title>", "</title>") {
            Some(title) => format!("an HTML page ({}), perhaps of a login", quoted(title)),
            None => "an HTML page, perhaps of a login".to_owned(),
        };
    }
    if start.starts_with('<') {
        return "an XML document".to_owned();
    }
    if start.starts_with("---\n") || start.starts_with("apiversion:") {
        return "a YAML document".to_owned();
    }
    if OTLP_IN_LINES.iter().any(|start| text.contains(start)) {
        let first = text.lines().next().unwrap_or_default();
        return format!(
            "a log with OTLP/JSON in its lines ({}): remove what comes before `{{` in each of them",
            quoted(first)
        );
    }
    if serde_json::from_str::<serde_json::Value>(text).is_ok() {
        return format!("the JSON value {}, which is not an object", quoted(text));
    }
    let mut lines = text.lines();
    let first = lines.next().unwrap_or_default();
    if is_table(first, lines.next()) {
        return format!("a CSV table ({})", quoted(first));
    }
    format!("plain text ({})", quoted(first))
}

/// Whether these are spans as the console exporter of the JavaScript SDK prints them: objects of the language, not JSON.
pub fn is_printed(bytes: &[u8]) -> bool {
    ["traceId: '", "instrumentationScope: {"].iter().all(|part| memchr::memmem::find(bytes, part.as_bytes()).is_some())
}

/// How OTLP/JSON begins that a logging exporter wrote behind a time and a level.
const OTLP_IN_LINES: [&str; 3] = ["{\"resource\":", "{\"resourceSpans\":", "{\"scopeSpans\":"];

/// Two lines with the same number of commas, two at least.
fn is_table(first: &str, second: Option<&str>) -> bool {
    let commas = first.matches(',').count();
    commas >= 2 && second.is_some_and(|second| second.matches(',').count() == commas)
}

fn between<'a>(text: &'a str, from: &str, to: &str) -> Option<&'a str> {
    let (_, rest) = text.split_once(from)?;
    Some(rest.split_once(to)?.0)
}

/// At most 80 characters of a text, in quotes.
fn quoted(text: &str) -> String {
    const SHOWN: usize = 80;
    let text = text.trim();
    match text.char_indices().nth(SHOWN) {
        Some((end, _)) => format!("“{}…”", text.get(..end).unwrap_or_default()),
        None => format!("“{text}”"),
    }
}

const CHROME: &str = "a Chrome or Perfetto trace, which shows one program and not requests; Perfetto opens it";

/// A trace that is known and not read, and what to do instead.
pub fn shape_name(shape: Shape) -> &'static str {
    match shape {
        Shape::Foreign(Foreign::Datadog) => {
            "a trace in Datadog's own format, which is not read; send the spans through an OpenTelemetry Collector with \
             its Datadog receiver, and export them as OTLP"
        }
        Shape::Foreign(Foreign::XRay) => {
            "a trace of AWS X-Ray, which is not read; send the segments through an OpenTelemetry Collector with its \
             AWS X-Ray receiver, and export them as OTLP"
        }
        Shape::Foreign(Foreign::SkyWalking) => {
            "a trace of SkyWalking, which is not read; send the segments through an OpenTelemetry Collector with its \
             SkyWalking receiver, and export them as OTLP"
        }
        Shape::Foreign(Foreign::Console) => {
            "the output of an SDK's console exporter, which is not made to be read again; use the OTLP exporter instead"
        }
        Shape::Foreign(Foreign::ElasticApm) => {
            "a stream of events for Elastic APM, which is not read; have the agents or an OpenTelemetry Collector \
             export OTLP"
        }
        Shape::Foreign(Foreign::Langfuse) => {
            "an export of Langfuse, which is not read; send the spans to an OpenTelemetry Collector too, and export \
             them as OTLP"
        }
        Shape::Foreign(Foreign::Phoenix) => {
            "an export of Phoenix, which is not read; send the spans to an OpenTelemetry Collector too, and export \
             them as OTLP"
        }
        Shape::Foreign(Foreign::ChromeEvents) => CHROME,
        Shape::ZipkinV1Span => {
            "a trace in Zipkin v1 JSON, which is not read; ask Zipkin for it at `/api/v2/trace/` and its id, which \
             answers in v2"
        }
        _ => "a part of a trace",
    }
}

/// What JSON that is no trace looks like: "a search result of Tempo, which lists traces but holds none".
pub fn json_name(seen: &Seen) -> String {
    let has = |names: &[&str]| names.iter().all(|name| seen.has_top(name));
    let all = |names: &[&str]| names.iter().all(|name| seen.names.iter().any(|known| known == name));
    let only = |names: &[&str]| seen.names.iter().all(|name| names.contains(&name.as_str()));
    let is_jaeger = has(&["data"]) && only(&["data", "total", "limit", "offset", "errors"]);
    if let Some(said) = seen.said() {
        let whose = if is_jaeger { "an answer of Jaeger" } else { "an answer" };
        return format!("{whose} that holds no trace and says “{said}”");
    }
    let known = if is_jaeger && seen.no_data {
        Some("an answer of Jaeger that holds no trace")
    } else if has(&["traces"]) {
        Some("a search result of Tempo, which lists traces but holds none")
    } else if has(&["series"]) && !has(&["state"]) {
        Some("a metrics result of Tempo, not a trace")
    } else if has(&["status", "data"]) {
        Some("an answer of Prometheus or Loki, not a trace")
    } else if has(&["traceEvents"]) {
        Some(CHROME)
    } else if all(&["schema", "data"]) || has(&["state", "series"]) {
        Some("the data of a Grafana panel; download the trace instead: Inspect, Data, “Download traces”")
    } else if has(&["tagNames"]) || has(&["tagValues"]) || has(&["scopes"]) {
        Some("a list of tags of Tempo, not a trace")
    } else {
        None
    };
    if let Some(known) = known {
        return known.to_owned();
    }
    let keys: Vec<String> = seen.names.iter().take(5).map(|name| format!("`{}`", shortened(name))).collect();
    match (keys.is_empty(), seen.is_list) {
        (true, true) if seen.is_empty => "an empty JSON list".to_owned(),
        (true, true) => "a JSON list without objects".to_owned(),
        (true, false) => "an empty JSON object".to_owned(),
        (false, true) => format!("a JSON list of objects with the keys {}", keys.join(", ")),
        (false, false) => format!("a JSON object with the keys {}", keys.join(", ")),
    }
}

fn shortened(key: &str) -> String {
    key.chars().take(40).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_people_drop_is_named() {
        for (bytes, expected) in [
            (&b""[..], "an empty file"),
            (b" \n", "an empty file"),
            (b"<!DOCTYPE html><html><head><title>Sign in</title>", "an HTML page (“Sign in”), perhaps of a login"),
            (b"trace not found", "plain text (“trace not found”)"),
            (b"null\n", "the JSON value “null”, which is not an object"),
            (b"123", "the JSON value “123”, which is not an object"),
            (b"\"gone\"", "the JSON value “\"gone\"”, which is not an object"),
            (b"true", "the JSON value “true”, which is not an object"),
            (b"a,b,c\n1,2,3\n", "a CSV table (“a,b,c”)"),
            (b"PK\x03\x04\x14\0", "a ZIP archive"),
            (b"\xff\xfe{\0", "text in UTF-16, which must be saved as UTF-8"),
            (b"\x00\x01\x02\xff", "binary data that is not OTLP protobuf"),
        ] {
            assert_eq!(name(bytes), expected);
        }
    }

    #[test]
    fn a_long_line_is_shortened() {
        let shown = name("é".repeat(500).as_bytes());
        assert!(shown.ends_with("é…”)") && shown.chars().count() < 110, "{shown}");
    }
}
