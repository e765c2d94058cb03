//! What is wrong with a file, in sentences: for the page, and for a host page that opened it.

use serde::Serialize;

use super::{DecodeError, Outcome};
use crate::base::format::{bytes, capitalised, count, counted};

/// The same as [`sentence`] in parts, as a host page gets it.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct Detail {
    /// The format it was read as; `None` where it was not recognised.
    pub format: Option<&'static str>,
    /// Where reading stopped, from the start of the unpacked file.
    pub byte: Option<u64>,
    /// The path of the value there, such as `resourceSpans[0].scopeSpans`.
    pub field: Option<String>,
    pub sentence: String,
    /// Complete spans that were read.
    pub spans: u64,
    pub skipped: Skipped,
}

/// Records that are no spans.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize)]
pub struct Skipped {
    pub log_records: u64,
    pub metrics: u64,
}

pub fn detail(outcome: &Outcome) -> Detail {
    let error = outcome.error.as_ref();
    Detail {
        format: outcome.format.map(|format| format.name()),
        byte: error.map(|error| error.offset),
        field: error.map(|error| error.field.clone()).filter(|field| !field.is_empty()),
        sentence: sentence(outcome),
        spans: outcome.spans,
        skipped: Skipped { log_records: outcome.skipped_logs, metrics: outcome.skipped_metrics },
    }
}

/// Format, byte, field and what is wrong there; or why a whole file shows nothing.
pub fn sentence(outcome: &Outcome) -> String {
    let read_as = match (outcome.format, outcome.compression) {
        (Some(format), Some(packed)) => format!("Read as {}, {packed:?}. ", format.name()),
        (Some(format), None) => format!("Read as {}. ", format.name()),
        (None, _) => String::new(),
    };
    let words = match &outcome.error {
        None => no_span(outcome),
        // What nothing was read of is described as a whole.
        Some(error) if error.format.is_none() && !error.truncated => format!("{}.", capitalised(&error.problem)),
        Some(error) => at_its_byte(error, outcome.spans),
    };
    read_as + &words
}

fn no_span(outcome: &Outcome) -> String {
    match (&outcome.partial, skipped(outcome)) {
        (Some(reason), _) => format!("It is whole, there is no span in it, and it says “{reason}”."),
        (None, Some(records)) => format!("It is whole, and holds {records} but no span."),
        (None, None) => "It is whole, and there is no span in it.".to_owned(),
    }
}

fn at_its_byte(error: &DecodeError, spans: u64) -> String {
    let before = if spans > 0 { " Everything before it is whole." } else { "" };
    // Some problems name their place themselves.
    if error.problem.ends_with(&format!("at byte {}", error.offset)) {
        return format!("{}.{before}", capitalised(&error.problem));
    }
    let field = if error.field.is_empty() { String::new() } else { format!(", in `{}`,", error.field) };
    format!("At byte {}{field} {}.{before}", count(error.offset), error.problem)
}

/// "3 log records, 1 metric".
pub fn skipped(outcome: &Outcome) -> Option<String> {
    let logs = (outcome.skipped_logs > 0).then(|| counted(outcome.skipped_logs, "log record", "log records"));
    let metrics = (outcome.skipped_metrics > 0).then(|| counted(outcome.skipped_metrics, "metric", "metrics"));
    let parts: Vec<String> = logs.into_iter().chain(metrics).collect();
    (!parts.is_empty()).then(|| parts.join(", "))
}

/// What can be done about it; `size` is that of the file, packed as it came; `kept` the spans of all files that were opened with it.
pub fn advice(outcome: &Outcome, size: u64, kept: u64) -> Vec<String> {
    let mut lines = Vec::new();
    match &outcome.error {
        Some(error) if error.truncated => lines.push(match usual_limit(size) {
            Some(limit) => {
                format!("Export the trace again: this size is exactly {limit}, which is a usual upload limit.")
            }
            None => format!("Export the trace again, or copy the file again: {} came.", bytes(size)),
        }),
        Some(DecodeError { format: None, .. }) => lines.push(
            "Spanloom reads OTLP (JSON, JSON lines, protobuf), Jaeger JSON and Zipkin v2 JSON, also gzipped or zstd-compressed.".to_owned(),
        ),
        Some(DecodeError { format: Some(format), .. }) if outcome.spans == 0 => {
            lines.push(format!("Check what wrote the file: this is not how {} is written.", format.name()));
        }
        Some(_) => {
            lines.push("Export the trace again; if it breaks at the same place, the sender wrote it so.".to_owned());
        }
        None if skipped(outcome).is_some() => {
            lines.push("Check that the export holds traces, not only logs or metrics.".to_owned());
        }
        None => lines.push("Check that the trace had spans when it was exported.".to_owned()),
    }
    if kept > 0 {
        lines.push("Or go on with what is here. The trace will say that it is cut.".to_owned());
    }
    lines
}

/// Sizes at which tools are known to cut files.
fn usual_limit(size: u64) -> Option<&'static str> {
    match size {
        1_048_576 => Some("1 MiB"),
        2_097_152 => Some("2 MiB"),
        4_194_304 => Some("4 MiB"),
        5_242_880 => Some("5 MiB"),
        10_485_760 => Some("10 MiB"),
        104_857_600 => Some("100 MiB"),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::decode::decode;
    use crate::model::SpanSet;

    fn read(text: &str) -> Outcome {
        decode(Box::new(std::io::Cursor::new(text.as_bytes().to_vec())), &mut SpanSet::new(), &mut |_| {})
    }

    #[test]
    fn a_value_of_another_type_is_named_with_its_field_the_type_found_and_the_type_expected() {
        for (text, expected) in [
            (
                r#"{"resourceSpans":{}}"#,
                "in `resourceSpans`, expected an array of resources with their spans, found an object",
            ),
            (
                r#"{"resourceSpans":"a"}"#,
                "in `resourceSpans`, expected an array of resources with their spans, found the string `a`",
            ),
            (
                r#"{"resourceSpans":5}"#,
                "in `resourceSpans`, expected an array of resources with their spans, found the number `5`",
            ),
            (
                r#"{"resourceSpans":true}"#,
                "in `resourceSpans`, expected an array of resources with their spans, found `true`",
            ),
            (
                r#"{"resourceSpans":[{"resource":{},"scopeSpans":{}}]}"#,
                "in `resourceSpans[0].scopeSpans`, expected an array, found an object",
            ),
            (
                r#"{"resourceSpans":[{"resource":{},"scopeSpans":[{"spans":{}}]}]}"#,
                "in `resourceSpans[0].scopeSpans[0].spans`, expected an array, found an object",
            ),
            (r#"{"resourceSpans":[5]}"#, "in `resourceSpans[0]`, expected an object, found the number `5`"),
            (
                r#"{"batches":[{"resource":{},"scopeSpans":"a"}]}"#,
                "in `batches[0].scopeSpans`, expected an array, found the string `a`",
            ),
        ] {
            let words = sentence(&read(text));
            assert!(words.starts_with("Read as OTLP/JSON. At byte "), "{text}: {words}");
            assert!(!words.contains("whole"), "{text}: {words}");
            assert!(words.contains(expected), "{text}: {words}");
        }
    }

    #[test]
    fn where_nothing_is_read_nothing_is_called_whole() {
        for text in ["null", "[]", "{}", r#"{"data":[]}"#, "[[5]]"] {
            let outcome = read(text);
            let words = sentence(&outcome);
            assert!(!words.contains("whole"), "{text}: {words}");
            assert!(!advice(&outcome, 4, 0).iter().any(|line| line.contains("logs")), "{text}");
        }
    }

    #[test]
    fn an_empty_map_as_php_writes_it_is_no_mistake() {
        let text = r#"{"resourceSpans":[{"resource":[],"scopeSpans":[]}]}"#;
        assert_eq!(sentence(&read(text)), "Read as OTLP/JSON. It is whole, and there is no span in it.");
    }

    #[test]
    fn what_was_skipped_is_why_there_is_no_span() {
        let outcome = read(r#"{"resourceLogs":[{"resource":{},"scopeLogs":[{"logRecords":[{},{}]}]}]}"#);
        assert_eq!(sentence(&outcome), "Read as OTLP/JSON. It is whole, and holds 2 log records but no span.");
        assert_eq!(advice(&outcome, 4, 0), ["Check that the export holds traces, not only logs or metrics."]);
        assert_eq!(detail(&outcome).skipped, Skipped { log_records: 2, metrics: 0 });
    }
}
