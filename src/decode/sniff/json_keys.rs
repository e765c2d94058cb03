//! The keys of JSON that may be cut off anywhere: which there are near the top, and what that makes of it.
//!
//! A scanner, not a parser: it follows quotes and brackets and believes the rest. Broken JSON is the decoders' affair.

use crate::decode::Format;

/// Keys are kept down to this many brackets: `{"data": [{"traceID"` is three.
const DEEPEST: usize = 3;

/// No more keys than this are kept, so that one long look costs no more than its bytes.
const MOST_KEYS: usize = 4096;

/// A key, and the brackets it stands in, outermost first: `{[{`.
#[derive(PartialEq, Eq, Debug)]
struct Key {
    brackets: [u8; DEEPEST],
    depth: usize,
    /// The place of the top-level key that it stands under, in `keys`.
    under: Option<usize>,
    name: String,
}

/// What a scan saw.
#[derive(Default, Debug)]
pub struct Seen {
    keys: Vec<Key>,
    /// The first bracket: `{` or `[`.
    top: u8,
    /// Whether the first document ended, and another began behind it.
    ended: bool,
    another: bool,
}

/// Looks through the beginning of a JSON document.
pub fn scan(bytes: &[u8]) -> Seen {
    let mut seen = Seen::default();
    let mut brackets: Vec<u8> = Vec::new();
    let mut depth = 0usize;
    let mut at = 0;
    while let Some(byte) = bytes.get(at) {
        at += 1;
        if seen.ended && !byte.is_ascii_whitespace() {
            seen.another = true;
            break;
        }
        match byte {
            b'{' | b'[' => {
                if brackets.is_empty() {
                    seen.top = *byte;
                }
                if depth < DEEPEST {
                    brackets.push(*byte);
                }
                depth += 1;
            }
            b'}' | b']' => {
                depth = depth.saturating_sub(1);
                brackets.truncate(depth);
                seen.ended = depth == 0;
            }
            b'"' => {
                let Some(length) = string_length(bytes.get(at..).unwrap_or_default()) else { break };
                let text = bytes.get(at..at + length).unwrap_or_default();
                at += length + 1;
                if depth <= DEEPEST && brackets.last() == Some(&b'{') && is_key(bytes.get(at..).unwrap_or_default()) {
                    seen.add(&brackets, text);
                }
            }
            _ => {}
        }
    }
    seen
}

/// Bytes up to the closing quote; `None` when there is none.
fn string_length(bytes: &[u8]) -> Option<usize> {
    let mut at = 0;
    loop {
        match bytes.get(at)? {
            b'"' => return Some(at),
            b'\\' => at += 2,
            _ => at += 1,
        }
    }
}

fn is_key(after: &[u8]) -> bool {
    after.iter().find(|byte| !byte.is_ascii_whitespace()) == Some(&b':')
}

impl Seen {
    fn add(&mut self, open: &[u8], name: &[u8]) {
        if self.keys.len() >= MOST_KEYS {
            return;
        }
        let mut brackets = [0; DEEPEST];
        for (slot, bracket) in brackets.iter_mut().zip(open) {
            *slot = *bracket;
        }
        let depth = open.len();
        let under = if depth > 1 { self.keys.iter().rposition(|key| key.depth == 1) } else { None };
        self.keys.push(Key { brackets, depth, under, name: String::from_utf8_lossy(name).into_owned() });
    }

    /// Whether an object in exactly these brackets has this key.
    fn has(&self, open: &[u8], name: &str) -> bool {
        self.at(open).any(|key| key.name == name)
    }

    fn at(&self, open: &[u8]) -> impl Iterator<Item = &Key> {
        let depth = open.len();
        self.keys.iter().filter(move |key| key.depth == depth && key.brackets.starts_with(open))
    }

    /// Whether the value of a top-level key is a list of objects that have this key.
    fn lists(&self, name: &str, inner: &str) -> bool {
        self.at(b"{[{").any(|key| {
            let under = key.under.and_then(|place| self.keys.get(place));
            key.name == inner && under.is_some_and(|under| under.name == name)
        })
    }

    /// Whether the first document was seen to its end.
    pub fn is_whole(&self) -> bool {
        self.ended
    }

    pub fn is_list(&self) -> bool {
        self.top == b'['
    }

    /// Up to `most` distinct keys of the top-level object, or of the objects in a top-level list.
    pub fn top_keys(&self, most: usize) -> Vec<&str> {
        let open: &[u8] = if self.is_list() { b"[{" } else { b"{" };
        let mut keys: Vec<&str> = Vec::new();
        for key in self.at(open) {
            if keys.len() < most && !keys.contains(&key.name.as_str()) {
                keys.push(&key.name);
            }
        }
        keys
    }

    pub fn has_top(&self, name: &str) -> bool {
        self.has(b"{", name)
    }

    /// What the keys make of it. No order of keys is relied on; all names are those that the formats define.
    pub fn format(&self) -> Option<Format> {
        const OTLP: [&str; 9] = [
            "resourceSpans",
            "resource_spans",
            "batches",
            "trace",
            "resourceLogs",
            "resource_logs",
            "resourceMetrics",
            "resource_metrics",
            "instrumentationLibrarySpans",
        ];
        if OTLP.iter().any(|name| self.has(b"{", name) || self.has(b"[{", name)) {
            return Some(if self.another { Format::OtlpJsonLines } else { Format::OtlpJson });
        }
        let jaeger_trace = |open: &[u8]| self.has(open, "traceID") && self.has(open, "spans");
        let jaeger_span = |open: &[u8]| self.has(open, "traceID") && self.has(open, "spanID");
        // Prometheus and Loki answer `{"data": …}` too; an answer of Jaeger that found nothing has its other four keys.
        let jaeger_answer = self.lists("data", "traceID") || self.lists("data", "spans");
        let jaeger_empty = ["data", "total", "limit", "offset", "errors"].iter().all(|name| self.has_top(name))
            && self.at(b"{[{").next().is_none();
        if jaeger_answer || jaeger_empty || [&b"{"[..], b"[{"].into_iter().any(|o| jaeger_trace(o) || jaeger_span(o)) {
            return Some(Format::JaegerJson);
        }
        let zipkin = |open: &[u8]| self.has(open, "traceId") && self.has(open, "id");
        // `/api/v2/traces` answers a list of lists.
        (zipkin(b"[{") || zipkin(b"[[{")).then_some(Format::ZipkinJson)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn format(text: &str) -> Option<Format> {
        scan(text.as_bytes()).format()
    }

    #[test]
    fn each_format_is_known_by_its_keys() {
        for (text, expected) in [
            (r#"{"resourceSpans":[]}"#, Some(Format::OtlpJson)),
            (r#" {"batches":[{"resource":{}"#, Some(Format::OtlpJson)),
            (r#"{"metrics":{},"trace":{}}"#, Some(Format::OtlpJson)),
            (r#"[{"resourceSpans":[]}]"#, Some(Format::OtlpJson)),
            ("{\"resourceSpans\":[]}\n{\"resourceLogs\":[]}", Some(Format::OtlpJsonLines)),
            (r#"{"data":[{"traceID":"1","spans":["#, Some(Format::JaegerJson)),
            (r#"{"processes":{},"spans":[{}],"traceID":"1"}"#, Some(Format::JaegerJson)),
            (r#"[{"operationName":"a","spanID":"2","traceID":"1"}]"#, Some(Format::JaegerJson)),
            (r#"{"data":[],"total":0,"limit":0,"offset":0,"errors":null}"#, Some(Format::JaegerJson)),
            (r#"[{"id":"2","tags":{"a":"b"},"traceId":"1"}]"#, Some(Format::ZipkinJson)),
            (r#"[[{"id":"2","traceId":"1"}]]"#, Some(Format::ZipkinJson)),
            (r#"{"status":"success","data":{"result":[]}}"#, None),
            (r#"{"status":"success","data":["a"]}"#, None),
            (r#"{"traces":[{"traceID":"1","spanSets":[]}]}"#, None),
            (r#"{"data":["orders"],"total":1}"#, None),
            ("[]", None),
            ("{}", None),
        ] {
            assert_eq!(format(text), expected, "{text}");
        }
    }

    #[test]
    fn keys_inside_strings_and_deeper_objects_do_not_count() {
        assert_eq!(format(r#"{"a":"{\"resourceSpans\":1}","b":{"batches":[]}}"#), None);
        assert_eq!(format(r#"{"a":"\\","resourceSpans":[]}"#), Some(Format::OtlpJson));
    }

    #[test]
    fn no_nesting_is_too_deep() {
        let text = "[".repeat(100_000) + "{\"id\":1,\"traceId\":2}";
        assert_eq!(format(&text), None);
    }

    #[test]
    fn brackets_that_close_too_often_are_no_matter() {
        assert_eq!(format("{}}}]]]"), None);
        assert_eq!(format("\"\\"), None);
    }
}
